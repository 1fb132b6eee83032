//! Latin hypercubes: in each dimension the trials of a replicate fall one into each of as many strata,
//! in an order of their own.
//!
//! The order is a keyed bijection, a Feistel network of four rounds over the next power of four, walked
//! until it lands inside, so any trial is had without a table.

use super::philox::{self, Stream, above, below};

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

    /// The stratum at `position`, both below the size.
    fn at(&self, position: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let mut place = position;
        loop {
            let (mut left, mut right) = (place >> self.half, place & mask);
            for round in 0..4 {
                // At most 20 bits of a half and 10 of a dimension, so the words hold them.
                let counter = [right, self.replicate, u64::from(Stream::PERMUTATIONS), self.dimension << 2 | round];
                let [[word, ..]] = philox::words([counter], self.seed);
                (left, right) = (right, left ^ (word & mask));
            }
            place = left << self.half | right;
            if place < self.size {
                return place;
            }
        }
    }
}

/// Puts the uniforms of a column, which come from trials `position..` of a replicate of `size` trials,
/// into their strata.
pub(super) fn stratify(seed: u64, replicate: u64, dimension: usize, size: u64, position: u64, column: &mut [f64]) {
    let permutation = Permutation::new(seed, replicate, dimension as u64, size);
    let count = size as f64;
    for (place, position) in column.iter_mut().zip(position..) {
        let stratum = permutation.at(position);
        let low = (stratum as f64 + below(*place)) / count;
        let high = ((size - 1 - stratum) as f64 + above(*place)) / count;
        *place = if low < high { -low } else { high };
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
                (0..size).map(|position| permutation.at(position)).collect()
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
