//! Evidence against a split of counts that holds at every look, in finite samples (Lindon and Malek,
//! "Anytime-Valid Inference for Multinomial Count Data", 2022).
//!
//! E is the likelihood of the counts under a Dirichlet mixture about the split, over that under the
//! split itself: a martingale, so the chance that it ever reaches 1 / alpha is at most alpha.

use super::domain::{at_least, positive, require, told};
use crate::error::Error;
use crate::number::Number;

/// The logarithm of the evidence against `counts` falling by `split`; `concentration` is the k of the
/// mixture Dirichlet(k split).
///
/// ln E = ln B(k split + S) - ln B(k split) - sum S_i ln split_i. It is computed as
/// sum a_i ln (a_i / (A split_i)) - 1/2 sum ln (a_i / k_i) + 1/2 ln (A / k) + sum (r(a_i) - r(k_i)) -
/// (r(A) - r(k)) with k_i = k split_i, a_i = k_i + S_i, A = k + n and r the remainder of Stirling's
/// formula, so that no large terms cancel, however many units there are. Counts with a share of 0 are
/// left out; shares are scaled to sum to 1.
///
/// ```
/// use valor_ivx::statistics::count_evidence;
///
/// assert!((count_evidence(&[52_000, 48_000], &[0.5, 0.5], 100.0)? - 76.485287).abs() < 1e-6);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn count_evidence(counts: &[u64], split: &[f64], concentration: f64) -> Result<f64, Error> {
    let odd = split.iter().find(|share| !(**share >= 0.0 && share.is_finite()));
    let shares = split.iter().filter(|share| **share > 0.0).count() as u64;
    let lengths = (counts.len() != split.len())
        .then(|| Error::invalid_input("counts", counts.len(), format!("{} counts, one a share", split.len())));
    require([
        lengths,
        odd.map(|&share| Error::invalid_number("split", share, "a finite number of 0 or more")),
        at_least("split", shares, 2),
        positive("concentration", concentration),
    ])?;
    let arms = || counts.iter().zip(split).filter(|(_, share)| **share > 0.0);
    let whole: f64 = split.iter().sum();
    let n: f64 = arms().map(|(&count, _)| count as f64).sum();
    let all = concentration + n;
    let mut ln_e = 0.5 * Number::ln(all / concentration) - (remainder(all) - remainder(concentration));
    for (&count, share) in arms() {
        let share = share / whole;
        let prior = concentration * share;
        let (after, expected) = (prior + count as f64, all * share);
        // (1 + x) ln (1 + x) - x times the expected count; the x sum to 0 over the arms.
        let beyond = (count as f64 - n * share) / expected;
        let distance = if beyond < -0.5 { Number::ln(after / expected) } else { Number::ln_1p(beyond) };
        ln_e += expected * ((1.0 + beyond) * distance - beyond);
        ln_e += remainder(after) - remainder(prior) - 0.5 * Number::ln(after / prior);
    }
    told("the evidence", [ln_e], ln_e)
}

/// ln Gamma(x) - ((x - 1/2) ln x - x + 1/2 ln 2 pi) for x > 0: Stirling's series from 12 on, below that
/// by Gamma(x + 1) = x Gamma(x).
fn remainder(x: f64) -> f64 {
    let mut x = x;
    let mut sum = 0.0;
    while x < 12.0 {
        sum += (x + 0.5) * Number::ln_1p(1.0 / x) - 1.0;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    // B_2k / (2k (2k - 1)), k = 1 to 6; the next term is below 4e-17 at 12.
    let series = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0]
        .into_iter()
        .rev()
        .fold(0.0, |sum, term| sum * square + term);
    sum + series / x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remainder_of_stirling_gives_back_factorials() {
        let half_ln_two_pi = 0.918938533204672742;
        let mut ln_factorial = 0.0_f64;
        for n in 1..40_u32 {
            let x = f64::from(n);
            let ln_gamma = remainder(x) + (x - 0.5) * x.ln() - x + half_ln_two_pi;
            assert!((ln_gamma - ln_factorial).abs() < 1e-13 * ln_factorial.max(1.0), "{n}: {ln_gamma} {ln_factorial}");
            ln_factorial += x.ln();
        }
        // Gamma(1/2) is the square root of pi.
        let half = remainder(0.5) - 0.5 + half_ln_two_pi;
        assert!((half - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-14);
    }

    #[test]
    fn the_first_unit_says_nothing_and_the_product_of_steps_is_the_whole() {
        assert!(count_evidence(&[1, 0], &[0.3, 0.7], 2.0).unwrap().abs() < 1e-14);
        // Each step multiplies by (k split_i + S_i) / (k + n) / split_i.
        let (split, k) = ([0.95, 0.05], 2.0);
        let (mut counts, mut ln_e) = ([0_u64; 2], 0.0_f64);
        for step in 0..400_u64 {
            let arm = usize::from(step * step % 7 == 2);
            let n = (counts[0] + counts[1]) as f64;
            ln_e += ((k * split[arm] + counts[arm] as f64) / ((k + n) * split[arm])).ln();
            counts[arm] += 1;
            let found = count_evidence(&counts, &split, k).unwrap();
            assert!((found - ln_e).abs() < 1e-11 * ln_e.abs().max(1.0), "{counts:?}: {found} {ln_e}");
        }
    }

    #[test]
    fn what_is_no_split_is_refused() {
        assert_eq!(count_evidence(&[1], &[f64::NAN], 0.0).unwrap_err().also().len(), 2);
        assert!(count_evidence(&[1, 2, 3], &[0.5, 0.5], 2.0).is_err());
        assert!(count_evidence(&[u64::MAX / 4, 0], &[0.5, 0.5], 100.0).unwrap().is_finite());
    }
}
