//! Less variance by what was known before (Deng, Xu, Kohavi and Walker, "Improving the Sensitivity of
//! Online Controlled Experiments by Utilizing Pre-Experiment Data", 2013, known as CUPED).

use serde::{Deserialize, Serialize};

use super::domain::{at_least, finite, require};
use super::welch::Sample;
use crate::error::Error;
use crate::statistics::sums::{sum, sum_of_pairs};

/// Values with a covariate each, by their moments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Pairs.
    pub count: u64,
    /// Mean of the values.
    pub mean: f64,
    /// Sum of squared deviations of the values.
    pub m2: f64,
    /// Mean of the covariates.
    pub covariate_mean: f64,
    /// Sum of squared deviations of the covariates.
    pub covariate_m2: f64,
    /// Sum of products of both deviations.
    pub cross: f64,
}

impl Paired {
    /// The moments of two columns of one length; refuses empty ones and numbers that are not finite.
    pub fn of(values: &[f64], covariates: &[f64]) -> Result<Self, Error> {
        let odd = values.iter().chain(covariates).find_map(|&value| finite("values", value));
        let lengths = (values.len() != covariates.len())
            .then(|| Error::invalid_input("covariates", covariates.len(), format!("{}, one a value", values.len())));
        require([lengths, odd, at_least("values", values.len() as u64, 1)])?;
        let n = values.len() as f64;
        // By differences from the first: equal values have no deviation at all.
        let centre = |column: &[f64]| column[0] + sum(column, |value| value - column[0]) / n;
        let (mean, covariate_mean) = (centre(values), centre(covariates));
        let squares = |column: &[f64], mean: f64| sum(column, |value| (value - mean) * (value - mean));
        let cross = sum_of_pairs(values, covariates, |value, covariate| (value - mean) * (covariate - covariate_mean));
        let paired = Self {
            count: values.len() as u64,
            mean,
            m2: squares(values, mean),
            covariate_mean,
            covariate_m2: squares(covariates, covariate_mean),
            cross,
        };
        require([finite("values", paired.m2 + paired.cross), finite("covariates", paired.covariate_m2)])?;
        Ok(paired)
    }

    /// The sample of the values less `slope` times their covariates; refuses fewer than two.
    pub fn adjusted(&self, slope: f64) -> Result<Sample, Error> {
        require([at_least("count", self.count, 2), finite("slope", slope)])?;
        let m2 = self.m2 - 2.0 * slope * self.cross + slope * slope * self.covariate_m2;
        Ok(Sample {
            count: self.count,
            mean: self.mean - slope * self.covariate_mean,
            variance: m2.max(0.0) / (self.count - 1) as f64,
        })
    }
}

/// theta: the covariance of values and covariates within arms over the variance of the covariates
/// within arms. Undefined when no covariate varies within its arm.
pub fn covariate_slope(arms: &[Paired]) -> Result<f64, Error> {
    let (cross, spread) =
        arms.iter().fold((0.0, 0.0), |(cross, spread), arm| (cross + arm.cross, spread + arm.covariate_m2));
    let slope = cross / spread;
    if slope.is_finite() {
        Ok(slope)
    } else {
        Err(Error::undefined("theta", "the covariate does not vary within arms"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covariates_that_do_not_vary_give_no_slope_and_odd_numbers_are_refused() {
        let still = Paired::of(&[1.0, 2.0], &[3.0, 3.0]).unwrap();
        assert_eq!(covariate_slope(&[still]).unwrap_err().what(), Some("theta"));
        assert!(Paired::of(&[1.0], &[1.0, 2.0]).is_err() && Paired::of(&[f64::NAN], &[1.0]).is_err());
        assert_eq!(still.adjusted(0.0).unwrap(), Sample { count: 2, mean: 1.5, variance: 0.5 });
    }
}
