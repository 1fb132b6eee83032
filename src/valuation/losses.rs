//! Tax losses carried forward: added in years of loss, used against later profits up to a limit.

use crate::model::{Domain, record};
use crate::number::Number;

record! {
    /// Carry-forward of tax losses.
    pub struct Nol<N> {
        /// Balance at the start.
        pub opening: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Share of a year's profit that losses may offset.
        pub usage_limit: N [Domain::SHARE] = 1.0,
        /// Whether losses of the forecast are added.
        pub add_losses: bool = true,
    }
}

/// What of `balance` a year's `profit` uses; the balance moves to the year's end.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
pub(in crate::valuation) fn use_losses<N: Number>(balance: &mut N, profit: N, usage_limit: N, add_losses: bool) -> N {
    let zero = N::constant(0.0);
    let used = balance.min(profit.max(zero) * usage_limit);
    *balance = *balance - used;
    if add_losses {
        *balance = *balance + (-profit).max(zero);
    }
    used
}
