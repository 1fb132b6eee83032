//! The native half of the Node package: JSON text in, core called, JSON text out, and columns of
//! numbers as typed arrays. The JavaScript half in `lib/` converts names and values; no formula and
//! no rule lives in either. Start at [`engine`] for the uniform door.
#![allow(clippy::needless_pass_by_value, reason = "arguments of a Node function arrive owned")]

pub mod batch;
mod billing;
pub mod cashflow;
pub mod columns;
pub mod engine;
mod interrupt;
mod json;
mod outcome;
pub mod own;
pub mod paths;
pub mod platform;
pub mod registry;
pub mod simulation;
pub mod threads;
