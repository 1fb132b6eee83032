//! Cash-flow mathematics: present values, rates of return, annuities, day counts, compounding.

mod day_count;
mod present_value;
pub use day_count::DayCount;

pub use present_value::{Npv, NpvOutput};
