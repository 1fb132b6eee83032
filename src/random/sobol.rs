//! Sobol's sequence with the direction numbers of Joe and Kuo (new-joe-kuo-6; "Constructing Sobol
//! sequences with better two-dimensional projections", 2008), scrambled as Owen proposed.
//!
//! Scrambling permutes the halves of every dyadic interval at random, which keeps one point in each of
//! the intervals and makes each point uniform. The permutations are a hash in which a bit depends on
//! those above it alone (Laine and Karras, "Stratified sampling for stochastic transparency", 2011;
//! Burley, "Practical hash-based Owen scrambling", 2020), widened to 64 bits and keyed by the generator.

use super::philox::{self, Stream};

/// The most dimensions there are direction numbers for.
pub(super) const MOST_DIMENSIONS: usize = 1024;
/// Bits of a position: no replicate has more than 2^40 trials.
const BITS: usize = 40;

/// See tests/golden/sobol.py, which wrote it.
const JOE_KUO: &[u8] = include_bytes!("joe_kuo.bin");

/// The first dimensions of the sequence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sobol {
    /// For each dimension and bit of the position, binary digits from the top of the word.
    directions: Vec<[u64; BITS]>,
}

impl Sobol {
    pub(super) fn new(dimensions: usize) -> Self {
        let mut bits = Bits { at: 0 };
        // The first dimension is van der Corput's: each bit of the position is one digit.
        let first = std::array::from_fn(|k| 1 << (63 - k));
        let directions = (0..dimensions).map(|j| if j == 0 { first } else { bits.directions() }).collect();
        Self { directions }
    }

    /// Digits of the point at `position`, in the order of Gray's code.
    pub(super) fn digits(&self, dimension: usize, position: u64) -> u64 {
        let gray = position ^ (position >> 1);
        let directions = self.directions[dimension].iter().enumerate();
        directions.filter(|(k, _)| gray >> k & 1 == 1).fold(0, |digits, (_, direction)| digits ^ direction)
    }

    /// Fills a column with uniforms of the points from `position` on, scrambled by the key of
    /// `replicate`, each held by its nearer end.
    pub(super) fn fill(&self, seed: u64, replicate: u64, dimension: usize, position: u64, column: &mut [f64]) {
        let scramble = Scramble::new(seed, replicate, dimension as u64);
        let directions = &self.directions[dimension];
        let mut digits = self.digits(dimension, position);
        for (place, position) in column.iter_mut().zip(position..) {
            let word = scramble.of(digits);
            *place = philox::tail(word >> 32, word & philox::LOW_WORD);
            // The next position differs in one bit of its code.
            digits ^= directions.get((position + 1).trailing_zeros() as usize).copied().unwrap_or_default();
        }
    }
}

/// The numbers not read yet of the stream of bits.
struct Bits {
    at: usize,
}

impl Bits {
    fn take(&mut self, count: usize) -> u64 {
        let bit = |at: usize| u64::from(JOE_KUO[at / 8] >> (at % 8) & 1);
        let value = (0..count).fold(0, |value, k| value | bit(self.at + k) << k);
        self.at += count;
        value
    }

    /// The direction numbers of the next dimension.
    fn directions(&mut self) -> [u64; BITS] {
        let polynomial = self.take(14);
        let degree = polynomial.ilog2() as usize;
        let mut directions = [0; BITS];
        for i in 1..=degree {
            let odd = self.take(i - 1) << 1 | 1;
            directions[i - 1] = odd << (64 - i);
        }
        for k in degree..BITS {
            let mut direction = directions[k - degree] ^ (directions[k - degree] >> degree);
            for i in 1..degree {
                if polynomial >> (degree - i) & 1 == 1 {
                    direction ^= directions[k - i];
                }
            }
            directions[k] = direction;
        }
        directions
    }
}

/// A random permutation of the halves of every dyadic interval.
struct Scramble {
    shift: u64,
    odd: u64,
    /// Even, so that a product changes only what lies above a bit.
    even: [u64; 2],
}

impl Scramble {
    fn new(seed: u64, replicate: u64, dimension: u64) -> Self {
        let word = |number: u64| {
            let counter = [replicate, dimension, u64::from(Stream::SCRAMBLES), number];
            let [[a, b, c, d]] = philox::words([counter], seed);
            [a << 32 | b, c << 32 | d]
        };
        let ([shift, odd], [one, other]) = (word(0), word(1));
        Self { shift, odd: odd | 1, even: [one & !1, other & !1] }
    }

    /// On reversed digits a sum or product carries from higher digits to lower ones only, so the digits
    /// that name an interval are permuted among themselves. Adding a uniform word makes the point uniform.
    #[inline(always)]
    fn of(&self, digits: u64) -> u64 {
        let mut x = digits.reverse_bits();
        x ^= x.wrapping_mul(EVEN[0]);
        x = x.wrapping_add(self.shift);
        x = x.wrapping_mul(self.odd);
        x ^= x.wrapping_mul(self.even[0]);
        x ^= x.wrapping_mul(EVEN[1]);
        x ^= x.wrapping_mul(self.even[1]);
        x.reverse_bits()
    }
}

/// Even multipliers without pattern: digits of pi and of e.
const EVEN: [u64; 2] = [0x243F_6A88_85A3_08D2, 0xB7E1_5162_8AED_2A6A];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn points_without_scrambling_are_those_of_the_published_numbers() {
        let golden: Value = serde_json::from_str(include_str!("../../tests/golden/sobol.json")).unwrap();
        let sobol = Sobol::new(MOST_DIMENSIONS);
        for point in golden["points"].as_array().unwrap() {
            let index = point["index"].as_u64().unwrap();
            for (dimension, want) in point["point"].as_array().unwrap().iter().enumerate() {
                let found = sobol.digits(dimension, index) >> 34;
                assert_eq!(Some(found), want.as_u64(), "point {index}, dimension {dimension}");
            }
        }
    }

    #[test]
    fn scrambling_keeps_every_dyadic_interval_together() {
        let scramble = Scramble::new(7, 3, 5);
        for bits in 1..=12 {
            let intervals: std::collections::BTreeSet<u64> =
                (0..1_u64 << bits).map(|top| scramble.of(top << (64 - bits)) >> (64 - bits)).collect();
            assert_eq!(intervals.len(), 1 << bits);
            let other = 0x0123_4567_89ab_cdef_u64 >> bits;
            assert_eq!(scramble.of(other) >> (64 - bits), scramble.of(0) >> (64 - bits));
        }
    }

    #[test]
    fn every_bit_of_a_scrambled_point_is_a_fair_coin_over_keys() {
        let keys = 4_000;
        let digits = 0x9e37_79b9_7f4a_7c15;
        let mut ones = [0_u32; 64];
        for key in 0..keys {
            let word = Scramble::new(1, key, key % 7).of(digits);
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(word >> bit & 1 == 1);
            }
        }
        // Five standard deviations of a count, which is sqrt(4000) / 2.
        assert!(ones.iter().all(|&count| count.abs_diff(2_000) < 160), "{ones:?}");
    }
}
