//! Governed valuation as a library: value companies, simulate them, and let every run be permission
//! checked, plan limited, A/B routed, measured, audited and reproducible bit for bit.
//!
//! Start at [`evaluate`] (any model by its name, JSON in and out) or at an engine's own type, such as
//! [`valuation::Dcf`]:
//!
//! ```
//! use serde_json::json;
//! use valor_ivx::evaluate;
//!
//! let output = evaluate("dcf", json!({
//!     "base_revenue": 500.0, "tax_rate": 0.23, "wacc": 0.09, "shares": 150.0,
//!     "bridge": {"net_debt": 300.0},
//!     "stages": [{"years": 5, "growth": 0.08, "ebit_margin": 0.22, "sales_to_capital": 3.0}],
//!     "terminal": {"method": "gordon", "growth": 0.025},
//! }))?;
//! println!("{} a share", output["value_per_share"]);
//! # Ok::<(), valor_ivx::Error>(())
//! ```
//!
//! The house has floors, and a room uses only rooms below it:
//!
//! | floor | rooms |
//! |---|---|
//! | ground | [`error`], [`number`], [`time`], [`id`] |
//! | tools | [`metrics`], [`model`], [`cashflow`], [`random`], [`statistics`] |
//! | engines | [`capital`], [`valuation`] |
//! | study | [`catalogue`], [`batch`], [`columns`], [`simulation`], [`sensitivity`], [`scenario`], [`aggregation`] |
//! | service | [`registry`], [`tenancy`] |
//! | keeping | [`store`] |
//! | hall | [`platform`] |
//!
//! Features: `parallel` (default) lets simulations use all cores; `sqlite`, `postgres` and `report` add rooms and
//! change nothing else. Without features the crate needs no C compiler.
#![deny(unsafe_code)]

pub mod aggregation;
pub mod batch;
mod by_key;
pub mod capital;
pub mod cashflow;
pub mod catalogue;
pub mod columns;
pub mod error;
pub mod id;
pub mod metrics;
pub mod model;
pub mod number;
mod parallel;
pub mod platform;
pub mod random;
pub mod registry;
#[cfg(feature = "report")]
pub mod report;
pub mod scenario;
pub mod sensitivity;
pub mod simulation;
pub mod statistics;
pub mod store;
pub mod tenancy;
pub mod time;
pub mod valuation;
mod zeros;

pub use batch::evaluate_many;
pub use catalogue::{evaluate, explain, models, schema};
pub use error::{Error, ErrorKind};
pub use parallel::{num_threads, set_num_threads};

/// The blocks of a guide, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/guides/own_parts.md")]
mod own_parts {}
