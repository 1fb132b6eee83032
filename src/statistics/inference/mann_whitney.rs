//! Whether values of one sample tend to lie above those of another (Mann and Whitney, "On a test of
//! whether one of two random variables is stochastically larger than the other", 1947).

use super::domain::{at_least, finite, require};
use crate::error::Error;
use crate::random::normal;
use crate::statistics::mid_ranks;

/// Up to this product of the sizes, and without ties, p is exact.
const MOST_EXACT: usize = 400;

/// What the test finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which the first sample's value lies above the second's, ties counting half.
    pub u: f64,
    /// Chance of a U this far from its middle when both samples are of one law, two-sided.
    pub p: f64,
    /// Whether p is exact, and not by the normal law with corrections for ties and continuity.
    pub exact: bool,
    /// U over the number of pairs: the chance that a value of the first sample lies above one of the
    /// second (the common-language effect of McGraw and Wong, 1992).
    pub effect: f64,
}

/// The Mann-Whitney test with mid-ranks.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Result<MannWhitney, Error> {
    require([
        at_least("first", first.len() as u64, 1),
        at_least("second", second.len() as u64, 1),
        first.iter().find_map(|&value| finite("first", value)),
        second.iter().find_map(|&value| finite("second", value)),
    ])?;
    let all = [first, second].concat();
    let ranks = mid_ranks(&all);
    let (n1, n2, n) = (first.len() as f64, second.len() as f64, all.len() as f64);
    let u = ranks[..first.len()].iter().sum::<f64>() - 0.5 * n1 * (n1 + 1.0);
    let ties = ties(ranks);
    let exact = first.len() * second.len() <= MOST_EXACT && ties == 0.0;
    let p = if exact {
        exact_p(first.len(), second.len(), u)
    } else {
        let variance = n1 * n2 / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
        let off = ((u - 0.5 * n1 * n2).abs() - 0.5).max(0.0);
        // All values equal: there is nothing to tell apart.
        if variance > 0.0 { (2.0 * normal::probability(off / variance.sqrt())).min(1.0) } else { 1.0 }
    };
    Ok(MannWhitney { u, p, exact, effect: u / (n1 * n2) })
}

/// The sum of t^3 - t over groups of t equal ranks.
fn ties(mut ranks: Vec<f64>) -> f64 {
    ranks.sort_unstable_by(f64::total_cmp);
    ranks.chunk_by(|one, other| one == other).map(|group| group.len() as f64).map(|t| t * t * t - t).sum()
}

/// Twice the share of arrangements with U at most as far from its end as `u`, which is whole.
fn exact_p(n1: usize, n2: usize, u: f64) -> f64 {
    let pairs = n1 * n2;
    // Arrangements by U: the coefficients of the Gaussian binomial, product of (1 - q^(n2 + i)) / (1 - q^i).
    let mut counts = vec![0_i128; pairs + 1];
    counts[0] = 1;
    for i in 1..=n1 {
        for at in (n2 + i..=pairs).rev() {
            counts[at] -= counts[at - n2 - i];
        }
        for at in i..=pairs {
            counts[at] += counts[at - i];
        }
    }
    let nearer = u.min(pairs as f64 - u);
    let tail: i128 = counts.iter().enumerate().filter(|(at, _)| *at as f64 <= nearer).map(|(_, count)| count).sum();
    (2.0 * tail as f64 / counts.iter().sum::<i128>() as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_law_counts_every_arrangement() {
        // All ways to choose which 3 of 7 ranks are the first sample's.
        for u in 0..=12_u32 {
            let mut far = 0;
            for set in (0_u32..128).filter(|set| set.count_ones() == 3) {
                // Ranks below each member that are not members.
                let members = (0..7).filter(|rank| set >> rank & 1 == 1);
                let of_set: u32 = members.map(|rank| rank - (set & ((1 << rank) - 1)).count_ones()).sum();
                far += u32::from(of_set.min(12 - of_set) <= u.min(12 - u));
            }
            assert!((exact_p(3, 4, f64::from(u)) - f64::from(far) / 35.0).abs() < 1e-15, "{u}");
        }
    }

    #[test]
    fn equal_values_and_odd_ones_are_no_finding() {
        let same = mann_whitney(&[1.0; 4], &[1.0; 5]).unwrap();
        assert_eq!((same.p, same.effect, same.exact), (1.0, 0.5, false));
        assert_eq!(mann_whitney(&[], &[f64::NAN]).unwrap_err().also().len(), 1);
        assert_eq!(mann_whitney(&[3.0], &[2.0]).unwrap().effect, 1.0);
    }
}
