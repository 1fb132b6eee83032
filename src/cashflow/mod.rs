//! Cash-flow mathematics: present values, rates of return, annuities, day counts, compounding.
//!
//! Each function of a spreadsheet is a typed input with `value()`; [`npv`] and [`npv_at`] are the
//! bare formulas, [`ManySeries`] the rates and values of many series at once.

mod annuity;
mod convention;
mod day_count;
mod internal_rate;
mod many;
mod present_value;
pub(crate) mod root;
mod sole_root;

pub use annuity::{
    Due, Fv, FvOutput, Ipmt, IpmtOutput, Nper, NperOutput, Pmt, PmtOutput, Ppmt, PpmtOutput, Pv, PvOutput, Rate,
    RateOutput,
};
pub use convention::{
    Compounding, ConvertRate, ConvertRateOutput, Payback, PaybackOutput, YearFraction, YearFractionOutput,
};
pub use day_count::DayCount;
pub use internal_rate::{Irr, IrrOutput, Mirr, MirrOutput, Xirr};
pub(crate) use internal_rate::{NoRate, SearchRoom, any_internal_rate};
pub use many::{ManySeries, Outcomes, RateSearch};
pub use present_value::{Npv, NpvOutput, Xnpv, npv, npv_at};
pub use root::brent;
