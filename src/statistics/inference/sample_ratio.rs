//! Whether units fell into the arms as the weights say: Pearson's chi-square of counts ("On the
//! criterion that a given system of deviations …", Philosophical Magazine 50, 1900).

use super::domain::{at_least, not_negative, require, told};
use crate::error::Error;
use crate::random::chi_square_beyond;

/// Pearson's chi-square with its degrees of freedom; segments add up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SampleRatio {
    /// The sum of (counted - expected)^2 / expected.
    pub chi_square: f64,
    /// Arms with a weight, less one, for each segment.
    pub df: u64,
}

impl SampleRatio {
    /// Both segments together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { chi_square: self.chi_square + other.chi_square, df: self.df + other.df }
    }

    /// Chance of counts this far from the weights, when units fall by them.
    #[must_use]
    pub fn p(&self) -> f64 {
        if self.df == 0 { 1.0 } else { chi_square_beyond(self.df as f64, self.chi_square) }
    }
}

/// Compares counts of units with the weights they should fall by; arms with weight 0 are left out.
///
/// ```
/// use valor_ivx::statistics::sample_ratio;
///
/// let found = sample_ratio(&[52_000, 48_000], &[0.5, 0.5])?;
/// assert_eq!((found.chi_square, found.df), (160.0, 1));
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn sample_ratio(counts: &[u64], weights: &[f64]) -> Result<SampleRatio, Error> {
    let odd = weights.iter().find_map(|&weight| not_negative("weights", weight));
    let weighted = weights.iter().filter(|weight| **weight > 0.0).count() as u64;
    let lengths = (counts.len() != weights.len())
        .then(|| Error::invalid_input("counts", counts.len(), format!("{} counts, one a weight", weights.len())));
    require([lengths, odd, at_least("weights", weighted, 2)])?;
    let arms = || counts.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
    let (n, whole) =
        (arms().map(|(&count, _)| count as f64).sum::<f64>(), arms().map(|(_, weight)| weight).sum::<f64>());
    if n == 0.0 {
        return Ok(SampleRatio { chi_square: 0.0, df: weighted - 1 });
    }
    let chi_square: f64 = arms()
        .map(|(&count, weight)| {
            let expected = n * (weight / whole);
            let deviation = count as f64 - expected;
            deviation * deviation / expected
        })
        .sum();
    told("chi-square", [chi_square], SampleRatio { chi_square, df: weighted - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_without_weight_do_not_count_and_one_arm_is_no_ratio() {
        let two = sample_ratio(&[520, 480], &[1.0, 1.0]).unwrap();
        assert_eq!(sample_ratio(&[520, 9, 480], &[0.5, 0.0, 0.5]).unwrap(), two);
        assert_eq!(two.and(two).df, 2);
        assert_eq!(sample_ratio(&[0, 0], &[0.5, 0.5]).unwrap().p(), 1.0);
        assert!(sample_ratio(&[1, 2], &[1.0, 0.0]).is_err());
        assert_eq!(sample_ratio(&[1], &[f64::NAN, -1.0]).unwrap_err().also().len(), 2);
    }
}
