//! Cash-flow mathematics: present values, rates of return, annuities, day counts, compounding.

mod present_value;

pub use present_value::{Npv, NpvOutput};
