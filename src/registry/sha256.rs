//! SHA-256 (FIPS 180-4): most of the time of a sticky decision, and much of that of a change of routing.
//!
//! Where the processor has instructions for SHA-256, `sha2` uses them. Where it has none, `sha2` computes the
//! message schedule word by word, in 340 ns a block at 2.5 GHz; here a register holds four words of it, and
//! rotations are those of BMI2, which takes 200 ns.

use sha2::block_api::compress256;

/// What is handed from block to block.
pub(super) type State = [u32; 8];

/// Before the first block.
const INITIAL: State = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

/// How this machine takes in a block.
#[derive(Clone, Copy)]
pub(super) enum Compressor {
    /// As `sha2` does.
    Plain,
    /// Four words of the schedule at a time.
    #[cfg(target_arch = "x86_64")]
    Wide(pulp::x86::V3),
}

impl Compressor {
    /// The fastest way of this machine.
    pub(super) fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        if !std::arch::is_x86_feature_detected!("sha")
            && let Some(simd) = pulp::x86::V3::try_new()
        {
            return Self::Wide(simd);
        }
        Self::Plain
    }

    /// Takes `block` into `state`.
    pub(super) fn compress(self, state: &mut State, block: &[u8; BLOCK]) {
        match self {
            Self::Plain => compress256(state, std::slice::from_ref(block)),
            #[cfg(target_arch = "x86_64")]
            Self::Wide(simd) => wide::compress(simd, state, block),
        }
    }
}

/// A message that is being taken in.
#[derive(Clone)]
pub(super) struct Message {
    compressor: Compressor,
    state: State,
    /// What is not a whole block yet.
    rest: [u8; BLOCK],
    filled: usize,
    blocks: u64,
}

impl Message {
    pub(super) fn new(compressor: Compressor) -> Self {
        Self { compressor, state: INITIAL, rest: [0; BLOCK], filled: 0, blocks: 0 }
    }

    /// After the whole blocks so far.
    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn take_in(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.filled));
            self.rest[self.filled..self.filled + now.len()].copy_from_slice(now);
            self.filled += now.len();
            if self.filled == BLOCK {
                self.take_in_block();
            }
            bytes = later;
        }
    }

    fn take_in_block(&mut self) {
        self.compressor.compress(&mut self.state, &self.rest);
        self.filled = 0;
        self.blocks += 1;
    }

    /// The digest: after a bit, zeros up to the length in bits at the end of a block.
    pub(super) fn finish(mut self) -> State {
        let bits = 8 * (self.blocks * BLOCK as u64 + self.filled as u64);
        self.rest[self.filled] = 0x80;
        self.rest[self.filled + 1..].fill(0);
        if self.filled >= BLOCK - 8 {
            self.take_in_block();
            self.rest.fill(0);
        }
        self.rest[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
        self.take_in_block();
        self.state
    }
}

/// The digest of `bytes`.
pub(super) fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut message = Message::new(Compressor::new());
    message.take_in(bytes);
    bytes_of(message.finish())
}

/// A state as the bytes of a digest.
pub(super) fn bytes_of(state: State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *four = word.to_be_bytes();
    }
    bytes
}

#[cfg(target_arch = "x86_64")]
#[expect(clippy::inline_always, reason = "compiled for the machine's instructions where it is inlined")]
mod wide {
    use std::arch::x86_64::__m128i;

    use pulp::NullaryFnOnce;
    use pulp::x86::V3;

    use super::{BLOCK, State};

    /// Groups of four words in the whole schedule.
    const GROUPS: usize = 16;

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    const K: [[u32; 4]; GROUPS] = [
        [0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5],
        [0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5],
        [0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3],
        [0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174],
        [0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc],
        [0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da],
        [0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7],
        [0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967],
        [0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13],
        [0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85],
        [0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3],
        [0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070],
        [0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5],
        [0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3],
        [0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208],
        [0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2],
    ];

    struct Compress<'a> {
        simd: V3,
        state: &'a mut State,
        block: &'a [u8; BLOCK],
    }

    impl NullaryFnOnce for Compress<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { simd, state, block } = self;
            let (words, []) = block.as_chunks::<4>() else { return };
            let word = |at: usize| u32::from_be_bytes(words[at]);
            let mut schedule: [__m128i; 4] =
                std::array::from_fn(|group| pulp::cast([0, 1, 2, 3].map(|at| word(4 * group + at))));
            // By way of memory: a word taken out of a register costs more than one loaded.
            let mut ready = [[0; 4]; GROUPS];
            let with_constants = |group: __m128i, at: usize| -> [u32; 4] {
                pulp::cast(simd.sse2._mm_add_epi32(group, pulp::cast(K[at])))
            };
            (0..4).for_each(|at| ready[at] = with_constants(schedule[at], at));
            let mut working = *state;
            // Two groups a turn: after eight rounds each word is in its register again.
            for turn in 0..GROUPS / 2 - 2 {
                let [_, _, third, newest] = schedule;
                let one = next(simd, schedule);
                ready[2 * turn + 4] = with_constants(one, 2 * turn + 4);
                working = rounds(working, ready[2 * turn]);
                let two = next(simd, [schedule[1], third, newest, one]);
                ready[2 * turn + 5] = with_constants(two, 2 * turn + 5);
                working = rounds(working, ready[2 * turn + 1]);
                schedule = [third, newest, one, two];
            }
            for turn in GROUPS / 2 - 2..GROUPS / 2 {
                working = rounds(rounds(working, ready[2 * turn]), ready[2 * turn + 1]);
            }
            for (word, worked) in state.iter_mut().zip(working) {
                *word = word.wrapping_add(worked);
            }
        }
    }

    #[inline(never)]
    pub(super) fn compress(simd: V3, state: &mut State, block: &[u8; BLOCK]) {
        simd.vectorize(Compress { simd, state, block });
    }

    #[inline(always)]
    fn rounds(state: State, [one, two, three, four]: [u32; 4]) -> State {
        round(round(round(round(state, one), two), three), four)
    }

    #[inline(always)]
    fn round([a, b, c, d, e, f, g, h]: State, word: u32) -> State {
        let choice = (e & f).wrapping_add(!e & g);
        let sum_e = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let one = h.wrapping_add(word).wrapping_add(choice).wrapping_add(sum_e);
        // b ^ c is a ^ b of the round before.
        let majority = ((a ^ b) & (b ^ c)) ^ b;
        let sum_a = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        [one.wrapping_add(majority).wrapping_add(sum_a), a, b, c, d.wrapping_add(one), e, f, g]
    }

    /// The four words of the schedule after sixteen.
    #[inline(always)]
    fn next(simd: V3, [oldest, second, third, newest]: [__m128i; 4]) -> __m128i {
        let (sse2, ssse3) = (simd.sse2, simd.ssse3);
        let fifteen_before = ssse3._mm_alignr_epi8::<4>(second, oldest);
        let seven_before = ssse3._mm_alignr_epi8::<4>(newest, third);
        let xor = |one, two, three| sse2._mm_xor_si128(sse2._mm_xor_si128(one, two), three);
        let by_7 =
            sse2._mm_or_si128(sse2._mm_srli_epi32::<7>(fifteen_before), sse2._mm_slli_epi32::<25>(fifteen_before));
        let by_18 =
            sse2._mm_or_si128(sse2._mm_srli_epi32::<18>(fifteen_before), sse2._mm_slli_epi32::<14>(fifteen_before));
        let sum_0 = xor(by_7, by_18, sse2._mm_srli_epi32::<3>(fifteen_before));
        let without_1 = sse2._mm_add_epi32(sse2._mm_add_epi32(oldest, seven_before), sum_0);
        // The second two words need the first two. A word twice in 64 bits is rotated by a shift.
        let sum_1 = |twice: __m128i| {
            let (by_17, by_19) = (sse2._mm_srli_epi64::<17>(twice), sse2._mm_srli_epi64::<19>(twice));
            sse2._mm_shuffle_epi32::<0b10_00_10_00>(xor(by_17, by_19, sse2._mm_srli_epi32::<10>(twice)))
        };
        let first = sse2._mm_move_epi64(sum_1(sse2._mm_shuffle_epi32::<0b11_11_10_10>(newest)));
        let half = sse2._mm_add_epi32(without_1, first);
        let second = sse2._mm_slli_si128::<8>(sum_1(sse2._mm_shuffle_epi32::<0b01_01_00_00>(half)));
        sse2._mm_add_epi32(half, second)
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn a_digest_is_that_of_another_implementation_whatever_the_length() {
        let bytes: Vec<u8> = (0..300_u16).map(|n| n.to_be_bytes()[1].wrapping_mul(37)).collect();
        for length in 0..bytes.len() {
            assert_eq!(digest(&bytes[..length]), *Sha256::digest(&bytes[..length]), "{length}");
        }
    }

    #[test]
    fn every_way_of_this_machine_takes_in_a_block_alike() {
        let mut ways = vec![Compressor::new()];
        #[cfg(target_arch = "x86_64")]
        ways.extend(pulp::x86::V3::try_new().map(Compressor::Wide));
        let mut byte = 1_u8;
        for _ in 0..200 {
            let block = std::array::from_fn(|_| {
                byte = byte.wrapping_mul(149).wrapping_add(71);
                byte
            });
            let mut plain: State = std::array::from_fn(|word| INITIAL[word].rotate_left(u32::from(byte)));
            let start = plain;
            Compressor::Plain.compress(&mut plain, &block);
            for way in &ways {
                let mut state = start;
                way.compress(&mut state, &block);
                assert_eq!(state, plain);
            }
        }
    }
}
