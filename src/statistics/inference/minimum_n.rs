//! How many units a comparison needs (Fleiss, Levin and Paik, "Statistical Methods for Rates and
//! Proportions", 2003, chapter 4).

use super::domain::{not_negative, positive, probability, require};
use super::sequence::variance_needed;
use crate::error::Error;
use crate::random::normal;

/// Units needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinimumN {
    /// In all.
    pub total: u64,
    /// In the first arm and in the second.
    pub per_arm: [u64; 2],
}

impl MinimumN {
    /// The units for a total that need not be whole, of which the first arm gets `share`.
    fn of(total: f64, share: f64) -> Result<Self, Error> {
        if total < 1e18 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 10^18")]
            let up = |n: f64| n.ceil() as u64;
            return Ok(Self { total: up(total), per_arm: [up(total * share), up(total * (1.0 - share))] });
        }
        Err(Error::undefined("the number of units", "the difference is too small to be found"))
    }
}

/// Units with which a difference of `difference` is found with probability `power` at level `alpha`.
///
/// (z of 1 - alpha/2 + z of power)^2 (v1 / r1 + v2 / r2) / d^2 in all, where v are the variances of one
/// unit in the two arms and the first arm gets the share r1. For shares v is p (1 - p), unpooled.
pub fn minimum_n(variances: [f64; 2], difference: f64, share: f64, alpha: f64, power: f64) -> Result<MinimumN, Error> {
    let per_unit = variance_of_one(variances, difference, share, alpha, power)?;
    let z = normal::quantile(1.0 - 0.5 * alpha) + normal::quantile(power);
    MinimumN::of((z / difference) * (z / difference) * per_unit, share)
}

/// As [`minimum_n`] for the always-valid sequence with a mixture of variance `tau2`, which may be looked
/// at all the while and needs more.
pub fn minimum_n_always_valid(
    variances: [f64; 2],
    difference: f64,
    share: f64,
    alpha: f64,
    power: f64,
    tau2: f64,
) -> Result<MinimumN, Error> {
    require([positive("tau2", tau2)])?;
    let per_unit = variance_of_one(variances, difference, share, alpha, power)?;
    MinimumN::of(per_unit / variance_needed(difference.abs(), tau2, alpha, power), share)
}

/// The variance of the difference times the number of units.
fn variance_of_one(variances: [f64; 2], difference: f64, share: f64, alpha: f64, power: f64) -> Result<f64, Error> {
    require([
        not_negative("variances[0]", variances[0]),
        not_negative("variances[1]", variances[1]),
        positive("difference", difference.abs()),
        probability("share", share),
        probability("alpha", alpha),
        probability("power", power),
    ])?;
    Ok(variances[0] / share + variances[1] / (1.0 - share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_planned_is_refused() {
        let error = minimum_n([1.0, f64::NAN], 0.0, 1.0, 0.05, 0.8).unwrap_err();
        assert_eq!((error.field(), error.also().len()), (Some("variances[1]"), 2));
        assert!(minimum_n([1.0, 1.0], 1e-200, 0.5, 0.05, 0.8).is_err());
        assert_eq!(minimum_n([0.0, 0.0], 0.1, 0.5, 0.05, 0.8).unwrap().total, 0);
        let fixed = minimum_n([1.0, 1.0], 0.1, 0.5, 0.05, 0.8).unwrap();
        assert!(minimum_n_always_valid([1.0, 1.0], 0.1, 0.5, 0.05, 0.8, 0.01).unwrap().total > fixed.total);
    }
}
