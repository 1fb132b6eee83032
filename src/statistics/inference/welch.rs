//! Difference of two means without assuming equal variances (Welch, "The generalization of Student's
//! problem when several different population variances are involved", Biometrika 34, 1947).

use super::domain::{at_least, finite, not_negative, probability, require, told};
use crate::error::Error;
use crate::random::{student_beyond, student_quantile};
use crate::statistics::Moments;

/// A sample by its count, mean and variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Their variance with n - 1.
    pub variance: f64,
}

impl Sample {
    /// The sample of a column; refuses fewer than two values and values that are not finite.
    pub fn of(values: &[f64]) -> Result<Self, Error> {
        let odd = values.iter().copied().find(|value| !value.is_finite());
        require([odd.and_then(|value| finite("values", value)), at_least("values", values.len() as u64, 2)])?;
        let moments = Moments::of(values);
        Ok(Self { count: moments.count, mean: moments.mean, variance: moments.variance().unwrap_or_default() })
    }

    /// The variance of the mean.
    #[must_use]
    pub fn variance_of_mean(&self) -> f64 {
        self.variance / self.count as f64
    }
}

/// What Welch's test finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// Mean of the second sample less that of the first.
    pub difference: f64,
    /// The difference over its standard error.
    pub t: f64,
    /// Degrees of freedom by Welch and Satterthwaite.
    pub df: f64,
    /// Chance of a t this far from 0 when the means are equal.
    pub p: f64,
    /// Confidence interval of the difference.
    pub interval: (f64, f64),
}

/// Welch's t test of `second` against `first`, two-sided.
///
/// t = (m2 - m1) / sqrt(v1 + v2) with v = s^2 / n; df = (v1 + v2)^2 / (v1^2 / (n1 - 1) + v2^2 / (n2 - 1)).
/// Undefined when neither sample varies.
///
/// ```
/// use valor_ivx::statistics::{Sample, welch};
///
/// let control = Sample { count: 1000, mean: 10.0, variance: 4.0 };
/// let test = Sample { count: 1200, mean: 10.3, variance: 6.25 };
/// assert!(welch(&control, &test, 0.95)?.p < 0.002);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn welch(first: &Sample, second: &Sample, confidence: f64) -> Result<Welch, Error> {
    require([
        at_least("first.count", first.count, 2),
        at_least("second.count", second.count, 2),
        finite("first.mean", first.mean),
        finite("second.mean", second.mean),
        not_negative("first.variance", first.variance),
        not_negative("second.variance", second.variance),
        probability("confidence", confidence),
    ])?;
    let (v1, v2) = (first.variance_of_mean(), second.variance_of_mean());
    let v = v1 + v2;
    if v == 0.0 {
        return Err(Error::undefined("t", "neither sample varies"));
    }
    // Shares of the variance, so that no square of a tiny variance underflows.
    let (share1, share2) = (v1 / v, v2 / v);
    let df = 1.0 / (share1 * share1 / (first.count - 1) as f64 + share2 * share2 / (second.count - 1) as f64);
    let difference = second.mean - first.mean;
    let t = difference / v.sqrt();
    told("t", [t, df], ())?;
    let half = student_quantile(df, 0.5 - 0.5 * confidence) * v.sqrt();
    let interval = (difference - half, difference + half);
    let found = Welch { difference, t, df, p: student_beyond(df, t.abs()), interval };
    told("the interval", [interval.0, interval.1, found.p], found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_t_is_refused_with_every_problem() {
        let bad = Sample { count: 1, mean: f64::NAN, variance: -1.0 };
        let good = Sample { count: 10, mean: 1.0, variance: 1.0 };
        let error = welch(&bad, &good, 1.0).unwrap_err();
        assert_eq!((error.field(), error.also().len()), (Some("first.count"), 3));
        let still = Sample { variance: 0.0, ..good };
        assert_eq!(welch(&still, &still, 0.95).unwrap_err().what(), Some("t"));
        assert_eq!(welch(&good, &good, 0.95).unwrap().p, 1.0);
        assert!(Sample::of(&[1.0]).is_err() && Sample::of(&[1.0, f64::INFINITY]).is_err());
    }
}
