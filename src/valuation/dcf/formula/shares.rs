//! From equity to a share: what options, restricted units and convertibles dilute.

use super::super::plan::SharesPlan;
use crate::model::Slot;
use crate::number::Number;

impl SharesPlan<Slot> {
    /// Price P with (shares + rsus) P + sum of count max(0, P - strike) = equity, and diluted shares.
    ///
    /// The left side is convex and piecewise linear in P, so Newton's method from the undiluted price
    /// falls monotonically and ends exactly on the solution after at most one step a strike.
    #[inline(always)]
    pub(in super::super) fn per_share<N: Number>(&self, equity: N, x: &[N]) -> (N, N) {
        let zero = N::constant(0.0);
        let basic = self.rsus.map_or(self.basic.of(x), |rsus| self.basic.of(x) + rsus.of(x));
        let claims = || {
            let options = self.options.iter().map(|(count, strike)| (count.of(x), strike.of(x)));
            options.chain(self.convertibles.iter().map(|(principal, shares)| {
                let shares = shares.of(x);
                (shares, principal.of(x) / shares)
            }))
        };
        if let Some(price) = self.treasury_price {
            let price = price.of(x);
            let mut diluted = basic;
            for (count, strike) in claims() {
                diluted = diluted + count * (-(strike / price) + 1.0).max(zero);
            }
            return (equity / diluted, diluted);
        }
        let mut price = equity / basic;
        let steps = self.options.len() + self.convertibles.len();
        for _ in 0..steps {
            let mut shares = basic;
            let mut proceeds = equity;
            for (count, strike) in claims() {
                shares = shares + strike.if_less(price, count, zero);
                proceeds = proceeds + strike.if_less(price, count * strike, zero);
            }
            price = proceeds / shares;
        }
        let mut diluted = basic;
        for (count, strike) in claims() {
            let exercised = strike.if_less(price, count * (price - strike), zero);
            diluted = diluted + zero.if_less(exercised, exercised / price, zero);
        }
        (price, diluted)
    }
}
