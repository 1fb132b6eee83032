//! Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
//! numbers: as easy as 1, 2, 3" (SC 2011).
//!
//! A number is a function of seed, stream and trial alone, so any trial can be had on any thread or
//! machine without the ones before it.

use super::BLOCK;
use crate::number::dispatch;

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
pub(super) const LOW_WORD: u64 = 0xFFFF_FFFF;
const SIGN: u64 = 1 << 63;

/// One round over one counter. Words travel in the low halves of `u64`, where a product of two
/// words is one vector instruction; the high halves are rubbish.
#[inline(always)]
fn round([x0, x1, x2, x3]: [u64; 4], key: [u32; 2]) -> [u64; 4] {
    let a = (x0 & LOW_WORD) * MULTIPLIERS[0];
    let b = (x2 & LOW_WORD) * MULTIPLIERS[1];
    [(b >> 32) ^ x1 ^ u64::from(key[0]), b, (a >> 32) ^ x3 ^ u64::from(key[1]), a]
}

/// Ten rounds over counters side by side: while one waits for a product, the next goes on.
#[inline(always)]
fn ten_rounds<const N: usize>(mut counters: [[u64; 4]; N], key: [u32; 2]) -> [[u64; 4]; N] {
    // Written out, since a loop this long is left a loop, and one around it is then not vectorised.
    macro_rules! rounds {
        ($($number:literal)*) => {$(
            let round_key = [
                key[0].wrapping_add(WEYL[0].wrapping_mul($number)),
                key[1].wrapping_add(WEYL[1].wrapping_mul($number)),
            ];
            for counter in &mut counters {
                *counter = round(*counter, round_key);
            }
        )*};
    }
    rounds!(0 1 2 3 4 5 6 7 8 9);
    for word in counters.as_flattened_mut() {
        *word &= LOW_WORD;
    }
    counters
}

/// The uniform u = (k + 1/2) 2^-53, where k is the top 53 bits of `high` and `low`, held by its
/// nearer end and exact there: -u below one half, 1 - u above.
#[inline(always)]
pub(super) fn tail(high: u64, low: u64) -> f64 {
    let upper = high >> 31;
    // All ones when the uniform is above one half: 2^53 - 1 - k stands for 1 - u.
    let mirror = 0_u64.wrapping_sub(upper);
    let high = (high ^ mirror) & LOW_WORD;
    let low = (low ^ mirror) & LOW_WORD;
    // `high` in the mantissa of 2^20, whose last place is 2^-32, and `low` with its half in that of 1/4.
    let coarse = f64::from_bits(high | 0x4130_0000_0000_0000) - 1_048_576.25;
    let fine = f64::from_bits((low >> 10) | 0x3FD0_0000_0000_0001);
    f64::from_bits((coarse + fine).to_bits() | ((upper ^ 1) << 63))
}

/// The four words of each counter, whose words are below 2^32.
#[inline(always)]
pub(super) fn words<const N: usize>(counters: [[u64; 4]; N], seed: u64) -> [[u64; 4]; N] {
    ten_rounds(counters, [low_word(seed), low_word(seed >> 32)])
}

/// Where the columns of a block of trials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The seed of the run.
    pub seed: u64,
    /// The stream; draw j takes uniform j mod 2 of stream floor(j / 2).
    pub number: u32,
    /// Whether trials 2k and 2k + 1 share counter k, the second mirrored.
    pub antithetic: bool,
}

impl Stream {
    /// The stream whose first uniform is the chi-square of a Student copula.
    pub(super) const CHI_SQUARE: u32 = u32::MAX;
    /// The stream that permutes the strata of Latin hypercubes.
    pub(super) const PERMUTATIONS: u32 = u32::MAX - 1;
    /// The stream that scrambles Sobol's points.
    pub(super) const SCRAMBLES: u32 = u32::MAX - 2;

    /// Fills two columns with the two uniforms of trials `first..`, each held by its nearer end:
    /// negative is minus the probability below, positive the probability above.
    ///
    /// Both columns have the same length, at most [`BLOCK`].
    pub fn fill(&self, first: u64, even: &mut [f64], odd: &mut [f64]) {
        let length = even.len().min(odd.len()).min(BLOCK);
        let (even, odd) = (&mut even[..length], &mut odd[..length]);
        let seed = self.seed;
        let stream = u64::from(self.number);
        let antithetic = self.antithetic;
        dispatch(
            #[inline(always)]
            || {
                let counter = |number: u64| [number & LOW_WORD, number >> 32, stream, 0];
                if antithetic {
                    for ((a, b), trial) in even.iter_mut().zip(odd.iter_mut()).zip(first..) {
                        let [[x0, x1, x2, x3]] = words([counter(trial >> 1)], seed);
                        let mirror = (trial & 1) << 63;
                        *a = f64::from_bits(tail(x0, x1).to_bits() ^ mirror);
                        *b = f64::from_bits(tail(x2, x3).to_bits() ^ mirror);
                    }
                    return;
                }
                // The two halves side by side; an odd trial at the end alone.
                let half = length / 2;
                let (even, even_rest) = even.split_at_mut(half);
                let (odd, odd_rest) = odd.split_at_mut(half);
                let places = even.iter_mut().zip(odd).zip(even_rest.iter_mut().zip(odd_rest.iter_mut()));
                for (((a, b), (c, d)), trial) in places.zip(first..) {
                    let [x, y] = words([counter(trial), counter(trial + half as u64)], seed);
                    (*a, *b) = (tail(x[0], x[1]), tail(x[2], x[3]));
                    (*c, *d) = (tail(y[0], y[1]), tail(y[2], y[3]));
                }
                if let ([.., a], [.., b]) = (even_rest, odd_rest)
                    && length % 2 == 1
                {
                    let [x] = words([counter(first + length as u64 - 1)], seed);
                    (*a, *b) = (tail(x[0], x[1]), tail(x[2], x[3]));
                }
            },
        );
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low word is what is meant")]
fn low_word(value: u64) -> u32 {
    value as u32
}

/// The probability below, from a probability held by its nearer end.
#[inline(always)]
pub(super) fn below(tail: f64) -> f64 {
    if tail.to_bits() & SIGN == 0 { 1.0 - tail } else { -tail }
}

/// The probability above, from a probability held by its nearer end.
#[inline(always)]
pub(super) fn above(tail: f64) -> f64 {
    if tail.to_bits() & SIGN == 0 { tail } else { 1.0 + tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_come_out() {
        // Random123, kat_vectors: philox4x32 10.
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([LOW_WORD; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, want) in cases {
            assert_eq!(ten_rounds([counter], key), [want]);
        }
    }

    #[test]
    fn a_tail_is_the_uniform_of_53_bits_with_a_half_added() {
        for (high, low) in [(0_u64, 0_u64), (LOW_WORD, LOW_WORD), (0x8000_0000, 0), (0x7fff_ffff, LOW_WORD), (123, 456)]
        {
            let k = ((high << 32) | low) >> 11;
            let exact_above = (((1_u64 << 53) - 1 - k) as f64 + 0.5) / 9007199254740992.0;
            let exact_below = (k as f64 + 0.5) / 9007199254740992.0;
            let want = if k < 1 << 52 { -exact_below } else { exact_above };
            assert_eq!(tail(high, low).to_bits(), want.to_bits(), "{high:x} {low:x}");
            assert!(below(tail(high, low)) > 0.0 && above(tail(high, low)) > 0.0);
        }
    }

    #[test]
    fn a_trial_has_the_same_number_wherever_its_block_starts() {
        let stream = Stream { seed: 0x0123_4567_89ab_cdef, number: 3, antithetic: false };
        let mut whole = [vec![0.0; BLOCK], vec![0.0; BLOCK]];
        let [even, odd] = &mut whole;
        stream.fill(1 << 33, even, odd);
        let (mut even, mut odd) = ([0.0; 13], [0.0; 13]);
        stream.fill((1 << 33) + 500, &mut even, &mut odd);
        assert_eq!(even, whole[0][500..513]);
        assert_eq!(odd, whole[1][500..513]);
    }

    #[test]
    fn antithetic_trials_are_exact_mirrors() {
        let stream = Stream { seed: 9, number: 0, antithetic: true };
        let (mut even, mut odd) = ([0.0; 64], [0.0; 64]);
        stream.fill(0, &mut even, &mut odd);
        for pair in even.chunks(2).chain(odd.chunks(2)) {
            assert_eq!(pair[0], -pair[1]);
        }
        let plain = Stream { antithetic: false, ..stream };
        let (mut even_plain, mut odd_plain) = ([0.0; 32], [0.0; 32]);
        plain.fill(0, &mut even_plain, &mut odd_plain);
        assert_eq!(even[62], even_plain[31]);
        assert_eq!(odd[62], odd_plain[31]);
    }
}
