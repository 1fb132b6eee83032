//! Who is in which arm: keyed points of units and draws, and the ranges of points each arm holds.
//!
//! Probability is integer parts per million and no float decides anything. [`assign_point`] is the
//! whole published algorithm; an analyst can recompute any assignment from it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::model::{ArmKey, UnitId};
use crate::error::Error;

/// Parts per million in the whole.
pub(crate) const WHOLE_PPM: u32 = 1_000_000;

/// More ranges than this in one allocation, and a new experiment is due.
const MOST_RANGES: usize = 4_096;

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

/// The keyed digest of one experiment with its key already absorbed.
#[derive(Clone)]
pub(crate) struct Keyed(Hmac<Sha256>);

impl Keyed {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes any key length"))
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    pub(crate) fn unit_digest(&self, experiment: &[u8], unit: &[u8]) -> [u8; 32] {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.digest(&[ASSIGN_LABEL, &length(experiment), experiment, &length(unit), unit])
    }

    pub(crate) fn unit(&self, experiment: &[u8], unit: &UnitId) -> Points {
        points(&self.unit_digest(experiment, unit.as_bytes()))
    }

    pub(crate) fn draw(&self, draw: u64) -> Points {
        points(&self.digest(&[RANDOM_LABEL, &draw.to_be_bytes()]))
    }
}

/// The point, below 1,000,000, of eight bytes of a digest.
pub(crate) fn point(eight: &[u8]) -> u32 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(eight);
    let scaled = (u128::from(u64::from_be_bytes(bytes)) * u128::from(WHOLE_PPM)) >> 64;
    u32::try_from(scaled).expect("below one million")
}

fn points(digest: &[u8; 32]) -> Points {
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Points { arm: point(&digest[..8]), enrol: point(&digest[8..16]), key }
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
    points(&Keyed::new(salt).unit_digest(experiment.as_bytes(), unit.as_bytes())).arm
}

/// A half-open range of points that one arm holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first point.
    pub from: u32,
    /// The point after the last.
    pub to: u32,
    /// Whose it is.
    pub arm: ArmKey,
}

/// Sorted disjoint ranges that cover every point once; neighbours belong to different arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation(Vec<Range>);

impl Allocation {
    /// Ranges in the order of `weights`, whose sum must be 1,000,000.
    pub fn in_order(weights: &[(ArmKey, u32)]) -> Result<Self, Error> {
        let mut from = 0;
        let mut ranges = Vec::new();
        for &(arm, weight) in weights {
            if weight > 0 {
                ranges.push(Range { from, to: weight.saturating_add(from), arm });
                from = weight.saturating_add(from);
            }
        }
        Self::new(ranges)
    }

    /// The allocation of `ranges`: sorted, without gaps, covering 0 to 1,000,000.
    pub fn new(ranges: Vec<Range>) -> Result<Self, Error> {
        let mut next = 0;
        for range in &ranges {
            if range.from != next || range.to <= range.from {
                return Err(refused(range.from, "ranges sorted, not empty, each beginning where the last ended"));
            }
            next = range.to;
        }
        if next != WHOLE_PPM {
            return Err(refused(next, "ranges that end at 1000000"));
        }
        let mut merged: Vec<Range> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if last.arm == range.arm => last.to = range.to,
                _ => merged.push(range),
            }
        }
        if merged.len() > MOST_RANGES {
            return Err(Error::conflict("allocation_fragmented", format!("an allocation of {} ranges", merged.len()))
                .with("limit", MOST_RANGES)
                .with_hint("start a new experiment"));
        }
        Ok(Self(merged))
    }

    /// The ranges, ascending.
    #[must_use]
    pub fn ranges(&self) -> &[Range] {
        &self.0
    }

    /// The arm that holds `point`, if it is below 1,000,000.
    #[must_use]
    pub fn arm_at(&self, point: u32) -> Option<ArmKey> {
        self.0.get(self.0.partition_point(|range| range.to <= point)).map(|range| range.arm)
    }

    /// How many points `arm` holds.
    #[must_use]
    pub fn size_of(&self, arm: ArmKey) -> u32 {
        self.0.iter().filter(|range| range.arm == arm).map(|range| range.to - range.from).sum()
    }

    /// Whether every arm holds as many points as its weight, and no other arm holds any.
    #[must_use]
    pub fn has_sizes(&self, weights: &[(ArmKey, u32)]) -> bool {
        weights.iter().all(|&(arm, weight)| self.size_of(arm) == weight)
            && self.0.iter().all(|range| weights.iter().any(|&(arm, _)| arm == range.arm))
    }

    /// The JSON form: `[{"from", "to", "arm"}, …]`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.0.iter().map(|range| json!({"from": range.from, "to": range.to, "arm": range.arm})).collect()
    }
}

fn refused(point: u32, constraint: &str) -> Error {
    Error::invalid_input("allocation", point, constraint).with_reason("invalid_config")
}

/// The allocation after a change of weights, moving as little as can be.
///
/// Each shrunk arm, in the order of `weights`, releases its highest points; the released points,
/// ascending, go to the grown arms in the order of `weights`, the lowest first. A unit moves only from
/// a shrunk arm to a grown one. `weights` must name every arm of `old` and sum to 1,000,000.
pub fn reallocate(old: &Allocation, weights: &[(ArmKey, u32)]) -> Result<Allocation, Error> {
    let mut kept: Vec<Range> = old.ranges().to_vec();
    let mut released: Vec<(u32, u32)> = Vec::new();
    for &(arm, weight) in weights {
        let mut excess = old.size_of(arm).saturating_sub(weight);
        for range in kept.iter_mut().rev().filter(|range| range.arm == arm) {
            let cut = excess.min(range.to - range.from);
            if cut > 0 {
                released.push((range.to - cut, range.to));
                range.to -= cut;
                excess -= cut;
            }
        }
    }
    kept.retain(|range| range.from < range.to);
    released.sort_unstable();

    let mut free = released.into_iter();
    let mut open = free.next();
    for &(arm, weight) in weights {
        let mut wanted = weight.saturating_sub(old.size_of(arm));
        while wanted > 0 {
            let Some((from, to)) = open else {
                return Err(refused(weight, "weights that sum to 1000000"));
            };
            let taken = wanted.min(to - from);
            kept.push(Range { from, to: from + taken, arm });
            wanted -= taken;
            open = if from + taken < to { Some((from + taken, to)) } else { free.next() };
        }
    }
    kept.sort_unstable_by_key(|range| range.from);
    Allocation::new(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(text: &str) -> ArmKey {
        text.parse().unwrap()
    }

    fn weights(list: &[(&str, u32)]) -> Vec<(ArmKey, u32)> {
        list.iter().map(|&(key, weight)| (arm(key), weight)).collect()
    }

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
            let digest = Keyed::new(salt).unit_digest(experiment.as_bytes(), unit.as_bytes());
            assert_eq!(digest[..8], prefix.to_be_bytes(), "{experiment} {unit}");
            let found = points(&digest);
            assert_eq!((found.arm, found.enrol), (arm, enrol), "{experiment} {unit}");
            assert_eq!(found.key[..8], prefix.to_be_bytes(), "{experiment} {unit}");
            assert_eq!(assign_point(salt, experiment, unit), arm);
        }
    }

    #[test]
    fn published_vectors_of_random_draws() {
        let keyed = Keyed::new(&[0; 32]);
        let points: Vec<u32> = (0..4).map(|draw| keyed.draw(draw).arm).collect();
        assert_eq!(points, [854_623, 107_657, 771_513, 473_019]);
    }

    #[test]
    fn growing_one_of_two_arms_moves_exactly_the_difference() {
        let old = Allocation::in_order(&weights(&[("a", 700_000), ("b", 300_000)])).unwrap();
        let new = reallocate(&old, &weights(&[("a", 600_000), ("b", 400_000)])).unwrap();
        assert_eq!(
            new.ranges(),
            [Range { from: 0, to: 600_000, arm: arm("a") }, Range { from: 600_000, to: 1_000_000, arm: arm("b") }]
        );
    }

    #[test]
    fn growing_the_third_arm_takes_from_the_first_alone() {
        let old = Allocation::in_order(&weights(&[("a", 500_000), ("b", 250_000), ("c", 250_000)])).unwrap();
        let new = reallocate(&old, &weights(&[("a", 400_000), ("b", 250_000), ("c", 350_000)])).unwrap();
        let ranges: Vec<_> = new.ranges().iter().map(|r| (r.from, r.to, r.arm.to_string())).collect();
        let expected = [(0, 400_000, "a"), (400_000, 500_000, "c"), (500_000, 750_000, "b"), (750_000, 1_000_000, "c")];
        assert_eq!(ranges, expected.map(|(from, to, key)| (from, to, key.to_owned())));
    }

    #[test]
    fn gaps_overlaps_and_short_sums_are_refused() {
        let (a, b) = (arm("a"), arm("b"));
        for ranges in [
            vec![],
            vec![Range { from: 0, to: 999_999, arm: a }],
            vec![Range { from: 0, to: 10, arm: a }, Range { from: 11, to: WHOLE_PPM, arm: b }],
            vec![Range { from: 0, to: 10, arm: a }, Range { from: 9, to: WHOLE_PPM, arm: b }],
            vec![Range { from: 0, to: 0, arm: a }, Range { from: 0, to: WHOLE_PPM, arm: b }],
        ] {
            assert!(Allocation::new(ranges).is_err());
        }
        assert!(Allocation::in_order(&weights(&[("a", u32::MAX), ("b", 2)])).is_err());
    }

    #[test]
    fn too_many_ranges_are_a_conflict() {
        let ranges: Vec<Range> = (0..=4_096u32)
            .map(|n| Range {
                from: n,
                to: if n == 4_096 { WHOLE_PPM } else { n + 1 },
                arm: arm(["a", "b"][n as usize % 2]),
            })
            .collect();
        assert_eq!(Allocation::new(ranges).unwrap_err().reason(), Some("allocation_fragmented"));
    }
}
