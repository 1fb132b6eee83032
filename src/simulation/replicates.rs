//! Moments of the replicates of a run, whose means tell the standard error where trials are laid out
//! together and so depend on each other.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::statistics::{Moments, Nodes};

/// The moments of one output by replicate. A replicate cut by the end of a shard is joined again, block by
/// block along the tree of [`Nodes`], so merged shards have the bits of the run in one piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Replicates(BTreeMap<u64, Nodes>);

impl Replicates {
    /// Adds what [`parts`] found in block `block`.
    pub(super) fn add(&mut self, block: u64, parts: Vec<(u64, Moments)>) {
        for (replicate, moments) in parts {
            self.0.entry(replicate).or_default().add(block, moments);
        }
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        for (&replicate, nodes) in &other.0 {
            self.0.entry(replicate).or_default().absorb(nodes);
        }
    }

    /// The moments of the replicates of `size` trials that lie within `trials` as a whole.
    pub(super) fn whole(&self, size: u64, trials: Range<u64>) -> impl Iterator<Item = (u64, Moments)> {
        let replicates = trials.start.div_ceil(size)..(trials.end / size).max(trials.start.div_ceil(size));
        self.0.range(replicates).map(|(&replicate, nodes)| (replicate, nodes.total()))
    }

    /// The moments of the means of those replicates; one without a value is left out.
    pub(super) fn means(&self, size: u64, trials: Range<u64>) -> Moments {
        let whole = self.whole(size, trials).filter(|(_, moments)| moments.count > 0);
        Moments::of(&whole.map(|(_, moments)| moments.mean).collect::<Vec<_>>())
    }

    /// The replicates begun, in order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (u64, &Nodes)> {
        self.0.iter().map(|(&replicate, nodes)| (replicate, nodes))
    }
}

impl FromIterator<(u64, Nodes)> for Replicates {
    fn from_iter<I: IntoIterator<Item = (u64, Nodes)>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

/// The moments of a column of trials `first..` by replicate of `size` trials.
pub(super) fn parts(size: u64, first: u64, column: &[f64]) -> Vec<(u64, Moments)> {
    let mut parts = Vec::new();
    let (mut trial, mut rest) = (first, column);
    while !rest.is_empty() {
        let left = size - trial % size;
        let length = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
        let (part, after) = rest.split_at(length);
        parts.push((trial / size, Moments::of(part)));
        trial += length as u64;
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::BLOCK;

    #[test]
    fn replicates_that_cross_blocks_or_share_one_have_the_means_of_their_trials() {
        let column: Vec<f64> = (0..5_000_u32).map(|i| f64::from(i * 37 % 1_009)).collect();
        for size in [7, 100, 1_024, 1_500, 2_500] {
            let mut replicates = Replicates::default();
            for (block, values) in (0..).zip(column.chunks(BLOCK)) {
                replicates.add(block, parts(size, block * BLOCK as u64, values));
            }
            let width = usize::try_from(size).unwrap();
            let want: Vec<f64> =
                column.chunks_exact(width).map(|values| values.iter().sum::<f64>() / size as f64).collect();
            let found: Vec<(u64, Moments)> = replicates.whole(size, 0..5_000).collect();
            assert_eq!(found.len(), want.len());
            assert!(found.iter().zip(&want).all(|((_, moments), want)| (moments.mean - want).abs() < 1e-10));
            assert_eq!(replicates.means(size, 0..5_000).count, want.len() as u64);
            // From trial 1 on the first replicate is not there as a whole.
            assert_eq!(replicates.means(size, 1..5_000).count, want.len() as u64 - 1);
            assert_eq!(replicates.means(size, 0..size - 1).count, 0);
        }
    }
}
