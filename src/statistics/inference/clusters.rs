//! The mean of values that come in clusters: requests of the same units are not independent, buckets of
//! units are (delta method for a ratio: Deng, Knoblich and Lu, "Applying the Delta Method in Metric
//! Analytics", 2018).

use serde::{Deserialize, Serialize};

use super::domain::{at_least, finite, not_negative, require};
use crate::error::Error;

/// A mean over all values, and its variance by clusters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterMean {
    /// Sum of the values over their count.
    pub mean: f64,
    /// Variance of the mean.
    pub variance: f64,
}

/// The mean of values in `counts.len()` buckets of so many values with such sums.
///
/// v = B / (B - 1) sum_b (Y_b - R N_b)^2 / N^2 with R = Y / N. Undefined without values.
pub fn cluster_mean(counts: &[u64], sums: &[f64]) -> Result<ClusterMean, Error> {
    let odd = sums.iter().find_map(|&sum| finite("sums", sum));
    let lengths = (counts.len() != sums.len())
        .then(|| Error::invalid_input("sums", sums.len(), format!("{} sums, one a bucket", counts.len())));
    require([lengths, odd, at_least("buckets", counts.len() as u64, 2)])?;
    let n = counts.iter().map(|&count| count as f64).sum::<f64>();
    if n == 0.0 {
        return Err(Error::undefined("the mean", "there is no value"));
    }
    let mean = sums.iter().sum::<f64>() / n;
    let share = |(&count, &sum): (&u64, &f64)| {
        let part = (sum - mean * count as f64) / n;
        part * part
    };
    let buckets = counts.len() as f64;
    let variance = buckets / (buckets - 1.0) * counts.iter().zip(sums).map(share).sum::<f64>();
    require([finite("sums", mean), not_negative("sums", variance)])?;
    Ok(ClusterMean { mean, variance })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_a_bucket_has_the_textbook_variance_and_copies_do_not_shrink_it() {
        let values = [3.0, 5.0, 4.0, 9.0, 1.0, 2.0];
        let plain = cluster_mean(&[1; 6], &values).unwrap();
        let m2: f64 = values.iter().map(|value| (value - 4.0) * (value - 4.0)).sum();
        assert!((plain.mean - 4.0).abs() < 1e-15 && (plain.variance - m2 / 5.0 / 6.0).abs() < 1e-15);
        // Every unit calls ten times with the same value: ten times the values, no more knowledge.
        let copied = cluster_mean(&[10; 6], &values.map(|value| 10.0 * value)).unwrap();
        assert!((copied.variance / plain.variance - 1.0).abs() < 1e-14);
        assert!(cluster_mean(&[0; 3], &[0.0; 3]).is_err() && cluster_mean(&[1], &[f64::NAN]).is_err());
    }
}
