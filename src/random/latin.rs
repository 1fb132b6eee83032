//! Latin hypercubes: in each dimension the trials of a replicate fall one into each of as many strata,
//! in an order of their own.
//!
//! The order is a keyed bijection, a Feistel network of four rounds over the next power of four, walked
//! until it lands inside, so any trial is had without a table.

use super::TILE;
use super::philox::{self, Stream, above, below};
use crate::number::dispatch;

/// The dimension of the chi-square of Student's copula: one that no draw has, however many there are.
pub(super) const CHI_SQUARE: usize = (1 << 30) - 1;

/// The order of the strata of one dimension in one replicate.
struct Permutation {
    seed: u64,
    replicate: u64,
    dimension: u64,
    size: u64,
    /// Bits of each half of a position.
    half: u32,
}

impl Permutation {
    fn new(seed: u64, replicate: u64, dimension: u64, size: u64) -> Self {
        let bits = u64::BITS - (size - 1).leading_zeros();
        Self { seed, replicate, dimension, size, half: bits.div_ceil(2).max(1) }
    }

    /// Puts the strata at `position..`, all below the size, into `strata`, a tile of them at most.
    fn strata(&self, position: u64, strata: &mut [u64]) {
        for (stratum, position) in strata.iter_mut().zip(position..) {
            *stratum = position;
        }
        self.pass(strata);
        // Those that landed outside walk on, side by side.
        let (mut walking, mut places) = ([0; TILE], [0; TILE]);
        let outside = strata.iter().enumerate().filter(|(_, stratum)| **stratum >= self.size);
        let mut count = 0;
        for (place, stratum) in outside {
            (walking[count], places[count]) = (*stratum, place);
            count += 1;
        }
        while count > 0 {
            self.pass(&mut walking[..count]);
            let mut left = 0;
            for i in 0..count {
                if walking[i] < self.size {
                    strata[places[i]] = walking[i];
                } else {
                    (walking[left], places[left]) = (walking[i], places[i]);
                    left += 1;
                }
            }
            count = left;
        }
    }

    /// Takes each place once through the network.
    fn pass(&self, places: &mut [u64]) {
        let &Self { seed, replicate, dimension, half, .. } = self;
        let mask = (1 << half) - 1;
        dispatch(
            #[inline(always)]
            move || {
                for place in places {
                    let (mut left, mut right) = (*place >> half, *place & mask);
                    macro_rules! rounds {
                        ($($round:literal)*) => {$(
                            // At most 20 bits of a half and 30 of a dimension, so the words hold them.
                            let counter = [right, replicate, u64::from(Stream::PERMUTATIONS), dimension << 2 | $round];
                            let [[word, ..]] = philox::words([counter], seed);
                            (left, right) = (right, left ^ (word & mask));
                        )*};
                    }
                    // Written out, or the loop over places is not vectorised.
                    rounds!(0 1 2 3);
                    *place = left << half | right;
                }
            },
        );
    }
}

/// Puts the uniforms of a column, which come from trials `position..` of a replicate of `size` trials,
/// into their strata.
pub(super) fn stratify(seed: u64, replicate: u64, dimension: usize, size: u64, position: u64, column: &mut [f64]) {
    let permutation = Permutation::new(seed, replicate, dimension as u64, size);
    let count = size as f64;
    let mut strata = [0; TILE];
    for (tile, position) in column.chunks_mut(TILE).zip((position..).step_by(TILE)) {
        let strata = &mut strata[..tile.len()];
        permutation.strata(position, strata);
        for (place, stratum) in tile.iter_mut().zip(strata) {
            let low = (*stratum as f64 + below(*place)) / count;
            let high = ((size - 1 - *stratum) as f64 + above(*place)) / count;
            *place = if low < high { -low } else { high };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stratum_comes_once_in_an_order_that_key_replicate_and_dimension_change() {
        for size in [1, 2, 3, 4, 5, 17, 64, 65, 1_000] {
            let order = |seed, replicate, dimension| -> Vec<u64> {
                let permutation = Permutation::new(seed, replicate, dimension, size);
                let mut strata = vec![0; usize::try_from(size).unwrap()];
                for (tile, position) in strata.chunks_mut(TILE).zip((0..).step_by(TILE)) {
                    permutation.strata(position, tile);
                }
                strata
            };
            let found = order(1, 2, 3);
            let mut sorted = found.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..size).collect::<Vec<_>>());
            if size > 60 {
                assert!([order(2, 2, 3), order(1, 3, 3), order(1, 2, 4)].iter().all(|other| *other != found));
                assert_ne!(found, sorted);
            }
        }
    }
}
