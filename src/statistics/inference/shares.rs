//! Difference of two shares: Newcombe's hybrid score interval ("Interval estimation for the difference
//! between independent proportions", Statistics in Medicine 17, 1998, method 10) on Wilson's score
//! intervals, and the score test that goes with it (Pearson's chi-square of the two-by-two table).

use super::domain::{at_least, probability, require, told};
use crate::error::Error;
use crate::random::chi_square_beyond;
use crate::statistics::wilson;

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Those that have it.
    pub hits: u64,
    /// All.
    pub count: u64,
}

impl Share {
    fn value(self) -> f64 {
        self.hits as f64 / self.count as f64
    }

    fn problem(self, field: &str) -> Option<Error> {
        (self.hits > self.count).then(|| Error::invalid_input(field, self.hits, format!("at most {}", self.count)))
    }
}

/// What is found of two shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareDifference {
    /// The second share less the first.
    pub difference: f64,
    /// Confidence interval of the difference.
    pub interval: (f64, f64),
    /// Chance of a difference this large when the shares are equal, by the score test.
    pub p: f64,
}

/// The difference of two shares, with Newcombe's interval, without continuity correction.
///
/// With Wilson's bounds l and u of both: from d - sqrt((p2 - l2)^2 + (u1 - p1)^2) to
/// d + sqrt((u2 - p2)^2 + (p1 - l1)^2).
pub fn newcombe(first: Share, second: Share, confidence: f64) -> Result<ShareDifference, Error> {
    require([
        at_least("first.count", first.count, 1),
        at_least("second.count", second.count, 1),
        first.problem("first.hits"),
        second.problem("second.hits"),
        probability("confidence", confidence),
    ])?;
    let bounds = |share: Share| wilson(share.hits, share.count, confidence).expect("the count is above 0");
    let (p1, p2) = (first.value(), second.value());
    let ((low1, high1), (low2, high2)) = (bounds(first), bounds(second));
    let difference = p2 - p1;
    let interval = (difference - (p2 - low2).hypot(high1 - p1), difference + (high2 - p2).hypot(p1 - low1));
    let (n1, n2) = (first.count as f64, second.count as f64);
    let pooled = (first.hits as f64 + second.hits as f64) / (n1 + n2);
    let spread = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2);
    // All or none of both: the shares are equal, whatever their spread.
    let p = if spread > 0.0 { chi_square_beyond(1.0, difference * difference / spread) } else { 1.0 };
    told("the interval", [interval.0, interval.1, p], ShareDifference { difference, interval, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_shares_are_refused_and_certain_ones_compared() {
        let share = |hits, count| Share { hits, count };
        let error = newcombe(share(3, 2), share(0, 0), 0.95).unwrap_err();
        assert_eq!((error.field(), error.also().len()), (Some("second.count"), 1));
        for all in [0, 40] {
            let same = newcombe(share(all, 40), share(all, 40), 0.95).unwrap();
            assert_eq!((same.difference, same.p), (0.0, 1.0));
            assert!(same.interval.0 < 0.0 && same.interval.1 > 0.0);
        }
    }
}
