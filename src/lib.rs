//! Embeddable, governed valuation.
#![deny(unsafe_code)]

pub mod error;
pub mod id;
pub mod time;

pub use error::{Error, ErrorKind};
