//! Money for a part of a time: exact rationals in integers, rounded once.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How an amount is rounded to whole minor units, once for each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, halves away from zero.
    #[default]
    Nearest,
    /// Down, towards less: a credit, which is negative, grows by it.
    Floor,
}

impl Rounding {
    /// `numerator / denominator`, rounded; the denominator is positive.
    fn whole(self, numerator: i128, denominator: i128) -> i128 {
        let floor = numerator.div_euclid(denominator);
        match self {
            Rounding::Floor => floor,
            Rounding::Nearest => {
                let rest = numerator.rem_euclid(denominator);
                // Compared without doubling, which could overflow. Away from zero is up for what is not negative.
                let up = rest > denominator - rest || (rest == denominator - rest && numerator >= 0);
                floor + i128::from(up)
            }
        }
    }
}

/// `quantity` times `unit_minor` for the share `part / whole` of it, rounded once to minor units.
///
/// A whole of 0 has no share, and an amount beyond 64 bits is none that a bill could hold.
pub fn amount_minor(quantity: u64, unit_minor: i64, part: u64, whole: u64, rounding: Rounding) -> Result<i64, Error> {
    let undefined = |why: &str| Error::undefined("amount_minor", why);
    if whole == 0 {
        return Err(undefined("a share of nothing"));
    }
    i128::from(quantity)
        .checked_mul(i128::from(unit_minor))
        .and_then(|product| product.checked_mul(i128::from(part)))
        .and_then(|product| i64::try_from(rounding.whole(product, i128::from(whole))).ok())
        .ok_or_else(|| undefined("the amount is beyond 64 bits"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_away_from_zero_and_floor_goes_down() {
        let amount = |unit, rounding| amount_minor(1, unit, 1, 2, rounding).unwrap();
        assert_eq!([3, -3, 1, -1].map(|unit| amount(unit, Rounding::Nearest)), [2, -2, 1, -1]);
        assert_eq!([3, -3, 1, -1].map(|unit| amount(unit, Rounding::Floor)), [1, -2, 0, -1]);
        let thirds = [1, 2, -1, -2].map(|unit| amount_minor(1, unit, 1, 3, Rounding::Nearest).unwrap());
        assert_eq!(thirds, [0, 1, 0, -1]);
    }

    #[test]
    fn what_no_bill_could_hold_is_refused() {
        for (quantity, unit, part, whole) in [(1, 1, 1, 0), (u64::MAX, 2, 1, 1), (u64::MAX, i64::MAX, u64::MAX, 1)] {
            assert!(amount_minor(quantity, unit, part, whole, Rounding::Nearest).is_err());
        }
        assert_eq!(amount_minor(1, i64::MIN, 7, 7, Rounding::Floor).unwrap(), i64::MIN);
    }

    proptest! {
        #[test]
        fn the_amount_is_within_half_a_unit_of_the_fraction_or_one_below(
            unit in -1_000_000_000_000_i64..=1_000_000_000_000,
            whole in 1_u64..=40_000_000_000_000,
            share in 0.0..=1.0_f64,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a whole")]
            let part = ((whole as f64 * share) as u64).min(whole);
            let exact = i128::from(unit) * i128::from(part);
            let nearest = i128::from(amount_minor(1, unit, part, whole, Rounding::Nearest).unwrap());
            prop_assert!(2 * (nearest * i128::from(whole) - exact).abs() <= i128::from(whole));
            let floor = i128::from(amount_minor(1, unit, part, whole, Rounding::Floor).unwrap());
            let below = exact - floor * i128::from(whole);
            prop_assert!((0..i128::from(whole)).contains(&below));
            let opposite = i128::from(amount_minor(1, -unit, part, whole, Rounding::Nearest).unwrap());
            prop_assert_eq!(opposite, -nearest);
        }
    }
}
