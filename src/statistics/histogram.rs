//! Counts of values between edges.

use super::bins::Bins;
use super::order::by_parts;

/// Counts of values between edges; each bin holds its lower edge, the last one both.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Edges, one more than bins.
    pub edges: Vec<f64>,
    /// Values in each bin.
    pub counts: Vec<u64>,
    /// Values below the first edge.
    pub below: u64,
    /// Values above the last edge.
    pub above: u64,
}

/// Bins up to which parts of a column are counted on several threads.
const MOST_BINS_A_PART: usize = 4_096;

impl Histogram {
    /// No values yet between `edges`, of which there are at least two and which increase.
    #[must_use]
    pub fn between(edges: Vec<f64>) -> Self {
        Self { counts: vec![0; edges.len().saturating_sub(1)], below: 0, above: 0, edges }
    }

    /// The values of a column between `edges`, counted on up to `threads` threads.
    pub(crate) fn of(edges: Vec<f64>, column: &[f64], threads: usize) -> Self {
        let mut whole = Self::between(edges);
        // Counts of each part for itself would take more room and work than the values.
        if whole.counts.len() > MOST_BINS_A_PART {
            whole.record(column);
            return whole;
        }
        let parts = by_parts(column, threads, |_, part| {
            let mut counts = whole.clone();
            counts.record(part);
            counts
        });
        for part in &parts {
            whole.absorb(part);
        }
        whole
    }

    /// Counts the values of a column; NaN stands for no value.
    pub fn record(&mut self, column: &[f64]) {
        let last = self.counts.len();
        let (low, high) = (self.edges[0], self.edges[last]);
        let Self { edges, counts, below, above } = self;
        // Right for equal bins but for rounding; where it is not, the edges are searched.
        let guesses = Bins::new(low, high, last);
        guesses.tiles(column, |bins, values| {
            for (&guess, &value) in bins.iter().zip(values) {
                let guess = (guess as usize).min(last - 1);
                if value >= edges[guess] && value < edges[guess + 1] {
                    counts[guess] += 1;
                } else if value < low {
                    *below += 1;
                } else if value > high {
                    *above += 1;
                } else if !value.is_nan() {
                    counts[edges[1..last].partition_point(|&edge| edge <= value)] += 1;
                }
            }
        });
    }

    /// Adds the counts of `other`, which has the same edges.
    pub fn absorb(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.below += other.below;
        self.above += other.above;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bin_holds_its_lower_edge_and_the_last_one_both() {
        let mut histogram = Histogram::between(vec![0.0, 1.0, 4.0]);
        histogram.record(&[-0.5, 0.0, 0.5, 1.0, 3.9, 4.0, 4.1, f64::NAN]);
        assert_eq!((histogram.below, histogram.counts.as_slice(), histogram.above), (1, &[2, 3][..], 1));
        let mut twice = histogram.clone();
        twice.absorb(&histogram);
        assert_eq!((twice.below, twice.counts.as_slice(), twice.above), (2, &[4, 6][..], 2));
    }

    #[test]
    fn parts_on_any_number_of_threads_count_as_one_walk_does() {
        let column: Vec<f64> = (0..200_000_u32).map(|i| f64::from(i * 37 % 10_007)).collect();
        let edges: Vec<f64> = (0..=100).map(|i| f64::from(i) * 90.0 + 300.0).collect();
        let mut walked = Histogram::between(edges.clone());
        walked.record(&column);
        assert!(walked.below > 0 && walked.above > 0);
        for threads in [1, 2, 5] {
            assert_eq!(Histogram::of(edges.clone(), &column, threads), walked);
        }
    }
}
