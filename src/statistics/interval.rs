//! Confidence intervals of means, shares and quantiles.

use crate::random::{normal, student_quantile};

/// `centre` less and plus the normal quantile of `confidence` times `standard_error`.
#[must_use]
pub fn normal_interval(centre: f64, standard_error: f64, confidence: f64) -> (f64, f64) {
    let half = normal::quantile(0.5 + 0.5 * confidence) * standard_error;
    (centre - half, centre + half)
}

/// The same with the quantile of Student's t with `df` degrees of freedom, which must be 1 or more.
#[must_use]
pub fn t_interval(centre: f64, standard_error: f64, confidence: f64, df: u64) -> (f64, f64) {
    let half = student_quantile(df as f64, 0.5 - 0.5 * confidence) * standard_error;
    (centre - half, centre + half)
}

/// Wilson's score interval for a share of `hits` in `count`; `None` for a count of 0.
#[must_use]
pub fn wilson(hits: u64, count: u64, confidence: f64) -> Option<(f64, f64)> {
    if count == 0 {
        return None;
    }
    let n = count as f64;
    let share = hits as f64 / n;
    let z = normal::quantile(0.5 + 0.5 * confidence);
    let shrink = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / shrink;
    let half = z / shrink * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the interval reaches 0 and 1 exactly, which rounding would miss.
    let low = if hits == 0 { 0.0 } else { centre - half };
    let high = if hits == count { 1.0 } else { centre + half };
    Some((low, high))
}

/// The smallest k with P(Binomial(n, p) <= k) >= `level`, for p and level in (0, 1).
///
/// Summed outward from the mode in units of its probability, so no gamma function is needed.
#[must_use]
pub fn binomial_quantile(n: u64, p: f64, level: f64) -> u64 {
    if n == 0 {
        return 0;
    }
    let odds = p / (1.0 - p);
    let size = n as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside 0..=n")]
    let mode = (((size + 1.0) * p) as u64).min(n);
    // Terms below this share of the largest cannot move the sum.
    let negligible = 1e-20;
    let down = |k: u64, term: f64| term * (k as f64) / ((size - k as f64 + 1.0) * odds);
    let up = |k: u64, term: f64| term * (size - k as f64) * odds / (k as f64 + 1.0);
    let (mut first, mut first_term) = (mode, 1.0);
    let mut below = 0.0;
    while first > 0 && first_term > negligible {
        first_term = down(first, first_term);
        first -= 1;
        below += first_term;
    }
    let (mut k, mut term) = (mode, 1.0);
    let mut above = 0.0;
    while k < n && term > negligible {
        term = up(k, term);
        k += 1;
        above += term;
    }
    let wanted = level * (below + 1.0 + above);
    let (mut k, mut term) = (first, first_term);
    let mut sum = term;
    while sum < wanted && k < n && term > 0.0 {
        term = up(k, term);
        k += 1;
        sum += term;
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_quantiles_match_the_tabled_ones() {
        // P(X <= 3) = 0.171875 and P(X <= 7) = 0.9453125 for n = 10, p = 1/2.
        assert_eq!(binomial_quantile(10, 0.5, 0.1718), 3);
        assert_eq!(binomial_quantile(10, 0.5, 0.172), 4);
        assert_eq!(binomial_quantile(10, 0.5, 0.9453), 7);
        assert_eq!(binomial_quantile(10, 0.5, 0.9454), 8);
        // (1 - p)^n = 0.9048 with n = 10, p = 0.01.
        assert_eq!(binomial_quantile(10, 0.01, 0.9), 0);
        assert_eq!(binomial_quantile(10, 0.01, 0.91), 1);
        // Normal limit: 500,000 - 1.959964 * 500 within one.
        assert!(binomial_quantile(1_000_000, 0.5, 0.025).abs_diff(499_020) <= 1);
    }

    #[test]
    fn intervals_by_students_t_have_the_tabled_widths() {
        for (df, want) in [(1, 12.706204736), (9, 2.262157163), (15, 2.131449546), (1_000_000, 1.959966)] {
            let (low, high) = t_interval(3.0, 2.0, 0.95, df);
            assert!((high - 3.0 - 2.0 * want).abs() < 1e-5 && (low + high - 6.0).abs() < 1e-12, "{df}: {high}");
        }
    }

    #[test]
    fn the_score_interval_of_wilson_has_its_published_ends() {
        let (low, high) = wilson(81, 263, 0.95).unwrap();
        // Newcombe (1998), method 3: 81 of 263 gives 0.2553 to 0.3662.
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
        assert_eq!(wilson(0, 10, 0.95).unwrap().0, 0.0);
        assert_eq!(wilson(0, 0, 0.95), None);
    }
}
