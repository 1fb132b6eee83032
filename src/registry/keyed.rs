//! The keyed digest that assigns: HMAC-SHA256 (RFC 2104) with its key, its label and the experiment taken in
//! beforehand, so that a decision is two blocks of SHA-256, and one more for each 64 bytes of a long unit.

use super::model::{Digest, UnitId};
use super::sha256::{BLOCK, Compressor, Message, State, bytes_of};

/// Parts per million in the whole.
pub(crate) const WHOLE_PPM: u32 = 1_000_000;

const ASSIGN_LABEL: &[u8] = b"valor-ivx/assign/v1\0";
const RANDOM_LABEL: &[u8] = b"valor-ivx/random/v1\0";

/// The first bytes of a keyed digest: all that is kept of a unit.
pub(crate) type UnitKey = [u8; 16];

/// Where a unit or a draw falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Points {
    /// Chooses the arm, below 1,000,000.
    pub(crate) arm: u32,
    /// Chooses whether it takes part, below 1,000,000.
    pub(crate) enrol: u32,
    /// Names the unit or the draw in what is gathered of the experiment.
    pub(crate) key: UnitKey,
}

/// The assignment of one experiment, up to the unit or the draw.
#[derive(Clone)]
pub(crate) struct Keyed {
    compressor: Compressor,
    inner: Message,
    /// After the block of the outer key.
    outer: State,
}

impl Keyed {
    /// By `key`, of messages that begin with `head`.
    fn new(key: &[u8], head: &[&[u8]]) -> Self {
        let mut block = [0; BLOCK];
        match block.get_mut(..key.len()) {
            Some(start) => start.copy_from_slice(key),
            None => block[..32].copy_from_slice(Digest::of_bytes(key).as_bytes()),
        }
        let compressor = Compressor::new();
        let started = |pad: u8| {
            let mut message = Message::new(compressor);
            message.take_in(&block.map(|byte| byte ^ pad));
            message
        };
        let mut inner = started(0x36);
        for part in head {
            inner.take_in(part);
        }
        Self { compressor, inner, outer: started(0x5c).state() }
    }

    /// Of the units of a sticky experiment.
    pub(crate) fn sticky(salt: &[u8], experiment: &[u8]) -> Self {
        Self::new(salt, &[ASSIGN_LABEL, &length(experiment), experiment])
    }

    /// Of the draws of a random experiment.
    pub(crate) fn random(seed: &[u8; 32]) -> Self {
        Self::new(seed, &[RANDOM_LABEL])
    }

    fn digest(&self, parts: &[&[u8]]) -> State {
        let mut message = self.inner.clone();
        for part in parts {
            message.take_in(part);
        }
        let mut block = [0; BLOCK];
        block[..32].copy_from_slice(&bytes_of(message.finish()));
        block[32] = 0x80;
        // Two blocks less half of one, in bits.
        block[BLOCK - 8..].copy_from_slice(&(8 * (BLOCK as u64 + 32)).to_be_bytes());
        let mut state = self.outer;
        self.compressor.compress(&mut state, &block);
        state
    }

    fn of_unit(&self, unit: &[u8]) -> Points {
        points(self.digest(&[&length(unit), unit]))
    }

    /// Where `unit` falls in a sticky experiment.
    pub(crate) fn unit(&self, unit: &UnitId) -> Points {
        self.of_unit(unit.as_bytes())
    }

    /// Where the draw of that number falls in a random one.
    pub(crate) fn draw(&self, draw: u64) -> Points {
        points(self.digest(&[&draw.to_be_bytes()]))
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The point, below 1,000,000, of eight bytes of a digest read as a number.
pub(crate) fn point(eight: u64) -> u32 {
    let scaled = (u128::from(eight) * u128::from(WHOLE_PPM)) >> 64;
    u32::try_from(scaled).expect("below one million")
}

fn points([a, b, c, d, ..]: State) -> Points {
    let (first, second) = (u64::from(a) << 32 | u64::from(b), u64::from(c) << 32 | u64::from(d));
    let key = u128::from(first) << 64 | u128::from(second);
    Points { arm: point(first), enrol: point(second), key: key.to_be_bytes() }
}

/// The point, 0 to 999,999, at which `unit` stands in `experiment` under `salt`.
///
/// `HMAC-SHA256(salt, "valor-ivx/assign/v1" 00 len(experiment) experiment len(unit) unit)` with
/// lengths as big-endian 32-bit numbers; the first eight bytes as a big-endian number times 1,000,000,
/// upper half. Any UTF-8 texts are taken.
///
/// ```
/// let salt: Vec<u8> = (0..16).collect();
/// assert_eq!(valor_ivx::registry::assign_point(&salt, "exp-1", "user-1"), 171_950);
/// ```
#[must_use]
pub fn assign_point(salt: &[u8], experiment: &str, unit: &str) -> u32 {
    Keyed::sticky(salt, experiment.as_bytes()).of_unit(unit.as_bytes()).arm
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::*;

    #[test]
    fn published_vectors_of_assignment() {
        let counting: Vec<u8> = (0..16).collect();
        let vectors = [
            (&counting[..], "exp-1", "user-1", 0x2c04ee491a4e01ea_u64, 171_950, 956_144),
            (&counting, "exp-1", "user-2", 0x79f7145e731b4aeb, 476_426, 957_499),
            (&counting, "exp-2", "user-1", 0x7d6ded1f09761c21, 489_958, 629_700),
            (&counting, "é", "ünït-☃", 0xf0b2abe0f6c0c4f6, 940_226, 459_442),
            (&[0xff; 32], "exp-1", "user-1", 0x1bd92543bde76896, 108_782, 752_204),
        ];
        for (salt, experiment, unit, prefix, arm, enrol) in vectors {
            let found = Keyed::sticky(salt, experiment.as_bytes()).of_unit(unit.as_bytes());
            assert_eq!((found.arm, found.enrol), (arm, enrol), "{experiment} {unit}");
            assert_eq!(found.key[..8], prefix.to_be_bytes(), "{experiment} {unit}");
            assert_eq!(assign_point(salt, experiment, unit), arm);
        }
    }

    #[test]
    fn published_vectors_of_random_draws() {
        let keyed = Keyed::random(&[0; 32]);
        let points: Vec<u32> = (0..4).map(|draw| keyed.draw(draw).arm).collect();
        assert_eq!(points, [854_623, 107_657, 771_513, 473_019]);
    }

    proptest! {
        /// Over every way that key, experiment and unit can lie across blocks.
        #[test]
        fn keyed_digests_are_those_of_another_implementation(
            key in prop::collection::vec(any::<u8>(), 0..150),
            experiment in prop::collection::vec(any::<u8>(), 0..150),
            unit in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            for part in [ASSIGN_LABEL, &length(&experiment), &experiment, &length(&unit), &unit] {
                mac.update(part);
            }
            let found = Keyed::sticky(&key, &experiment).of_unit(&unit);
            let digest = mac.finalize().into_bytes();
            prop_assert_eq!(&found.key[..], &digest[..16]);
        }
    }
}
