//! Which arm holds which points: ranges, and their change with the least movement.

use serde_json::{Value, json};

use super::keyed::WHOLE_PPM;
use super::model::ArmKey;
use crate::error::Error;

/// More ranges than this in one allocation, and a new experiment is due.
const MOST_RANGES: usize = 4_096;

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
