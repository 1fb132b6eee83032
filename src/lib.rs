//! Embeddable, governed valuation.
#![deny(unsafe_code)]

pub mod cashflow;
pub mod catalogue;
pub mod error;
pub mod id;
pub mod model;
pub mod number;
pub mod random;
pub mod statistics;
pub mod sensitivity;
pub mod time;
pub mod valuation;

pub use catalogue::{evaluate, models, schema};
pub use error::{Error, ErrorKind};
