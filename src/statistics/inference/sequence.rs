//! Differences that may be looked at any number of times: the confidence sequence of a Gaussian mixture
//! (Robbins, "Statistical methods related to the law of the iterated logarithm", 1970; Johari, Koomen,
//! Pekelis and Walsh, "Always Valid Inference", Operations Research 70, 2022).
//!
//! It rests on the normal law of the difference, so it holds for large samples only.

use super::domain::{finite, positive, probability, require, told};
use crate::error::Error;
use crate::number::Number;
use crate::random::normal;

/// Half the width of the interval at one look, for a difference of variance `variance` and a mixture of
/// variance `tau2`: sqrt(V (V + t) / t ln((V + t) / (V alpha^2))).
pub fn always_valid_half_width(variance: f64, tau2: f64, alpha: f64) -> Result<f64, Error> {
    require([positive("variance", variance), positive("tau2", tau2), probability("alpha", alpha)])?;
    let half = half_width(variance, tau2, alpha);
    told("the half-width", [half], half)
}

fn half_width(v: f64, t: f64, alpha: f64) -> f64 {
    (v * (v / t + 1.0) * (ln_growth(v, t) - 2.0 * Number::ln(alpha))).sqrt()
}

/// ln((V + t) / V), which neither rounds to 0 nor overflows where one of both is tiny.
fn ln_growth(v: f64, t: f64) -> f64 {
    if t < v { Number::ln_1p(t / v) } else { Number::ln_1p(v / t) + Number::ln(t) - Number::ln(v) }
}

/// Chance that the difference is ever found this far from 0 when it is 0:
/// sqrt((V + t) / V) exp(-d^2 t / (2 V (V + t))), at most 1. The p of several looks is the least of them.
pub fn always_valid_p(difference: f64, variance: f64, tau2: f64) -> Result<f64, Error> {
    require([finite("difference", difference), positive("variance", variance), positive("tau2", tau2)])?;
    let score = difference * (difference / variance) * (tau2 / (variance + tau2));
    let ln_p = 0.5 * (ln_growth(variance, tau2) - score);
    // A difference so far out that its square overflows has no chance at all.
    if score == f64::INFINITY { Ok(0.0) } else { told("p", [ln_p], Number::exp(ln_p.min(0.0))) }
}

/// The variance at which a true difference of `difference`, above 0, is found with probability `power`:
/// where the half-width and the normal quantile of `power` in standard errors make up the difference.
pub(super) fn variance_needed(difference: f64, tau2: f64, alpha: f64, power: f64) -> f64 {
    let z = normal::quantile(power).max(0.0);
    let needed = |ln_v: f64| {
        let v = difference * difference * Number::exp(ln_v);
        half_width(v, tau2, alpha) + z * v.sqrt()
    };
    // In units of d^2; below e^-60 nothing is told from certainty.
    let (mut low, mut high) = (-60.0, 2.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if needed(middle) < difference { low = middle } else { high = middle }
    }
    difference * difference * Number::exp(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_ends_at_0_where_p_is_alpha() {
        for v in [1e-12, 2e-4, 0.3, 1e6] {
            for t in [1e-9, 1e-3, 10.0] {
                let half = always_valid_half_width(v, t, 0.05).unwrap();
                let p = always_valid_p(half, v, t).unwrap();
                assert!((p / 0.05 - 1.0).abs() < 1e-9, "{v} {t}: {p}");
                assert_eq!(always_valid_p(0.0, v, t).unwrap(), 1.0);
            }
        }
        assert_eq!(always_valid_p(1.0, 1e-300, 1.0).unwrap(), 0.0);
        assert!(always_valid_p(f64::NAN, 0.0, -1.0).unwrap_err().also().len() == 2);
    }

    #[test]
    fn the_variance_that_is_needed_makes_up_the_difference() {
        let v = variance_needed(0.1, 0.01, 0.05, 0.8);
        let reached = always_valid_half_width(v, 0.01, 0.05).unwrap() + normal::quantile(0.8) * v.sqrt();
        assert!((reached / 0.1 - 1.0).abs() < 1e-9, "{reached}");
    }
}
