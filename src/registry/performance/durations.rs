//! Durations of calls as integers: moments, and quantiles of type 7.
//!
//! What is held is a function of the samples alone, so that any order and any split of them into parts
//! that are merged later gives the same bits.

use pulp::{Arch, NullaryFnOnce};
use serde::{Deserialize, Serialize};

use super::lane::SLOTS;
use crate::by_key::by_key;
use crate::error::Error;

/// A day in nanoseconds: the longest duration that is recorded.
pub const LONGEST_NANOS: u64 = 86_400_000_000_000;

/// Samples kept as they are before the histogram takes over.
const KEPT: u64 = 512;

/// Buckets of the histogram in one power of two; a bucket is at most 1/256 of its value wide.
const PER_OCTAVE_BITS: u32 = 8;

/// What the histogram's middle of a bucket may be off, relative to the value.
pub(super) const BUCKET_ERROR: f64 = 1.0 / 512.0;

/// Below it, in nanoseconds, the squares of all that a ring holds sum within 64 bits.
const SHORT: u64 = 1 << 29;

/// Durations of one outcome.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub(in super::super) struct Durations {
    count: u64,
    sum: u128,
    sum_of_squares: u128,
    min: u64,
    max: u64,
    samples: Samples,
}

/// The samples themselves, or beyond [`KEPT`] how many are in each bucket.
#[derive(Clone, Debug)]
enum Samples {
    Kept(Vec<u64>),
    /// Counts from bucket `first` on, up to the highest with a sample.
    Counted {
        first: usize,
        counts: Vec<u64>,
    },
}

impl Default for Samples {
    fn default() -> Self {
        Samples::Kept(Vec::new())
    }
}

impl Samples {
    fn count(&mut self, bucket: usize, number: u64) {
        let Samples::Counted { first, counts } = self else {
            return;
        };
        if counts.is_empty() {
            *first = bucket;
        }
        if bucket < *first {
            counts.splice(..0, std::iter::repeat_n(0, *first - bucket));
            *first = bucket;
        }
        let at = bucket - *first;
        if at >= counts.len() {
            counts.resize(at + 1, 0);
        }
        counts[at] = counts[at].saturating_add(number);
    }

    /// Counts samples as far as their buckets are there already; the first bucket that is not.
    #[expect(clippy::inline_always, reason = "compiled for the machine's instructions where it is inlined")]
    #[inline(always)]
    fn count_in_range(&mut self, samples: &mut std::slice::Iter<'_, u64>) -> Option<usize> {
        let Samples::Counted { first, counts } = self else { return None };
        for nanos in samples {
            let bucket = bucket_of(*nanos);
            match counts.get_mut(bucket.wrapping_sub(*first)) {
                Some(count) => *count += 1,
                None => return Some(bucket),
            }
        }
        None
    }

    /// Counts in buckets from now on.
    fn count_all(&mut self) {
        if let Samples::Kept(kept) = self {
            let kept = std::mem::take(kept);
            *self = Samples::Counted { first: 0, counts: Vec::new() };
            for sample in kept {
                self.count(bucket_of(sample), 1);
            }
        }
    }
}

/// Many durations for a histogram.
struct AddAll<'a> {
    durations: &'a mut Durations,
    all: &'a [u64],
}

impl NullaryFnOnce for AddAll<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled for the machine's instructions where it is inlined")]
    #[inline(always)]
    fn call(self) {
        self.durations.add_counted(self.all);
    }
}

impl Durations {
    pub(in super::super) fn add(&mut self, nanos: u64) {
        self.min = if self.count == 0 { nanos } else { self.min.min(nanos) };
        self.max = self.max.max(nanos);
        self.count += 1;
        self.sum += u128::from(nanos);
        self.sum_of_squares += u128::from(nanos) * u128::from(nanos);
        if let Samples::Kept(kept) = &mut self.samples {
            if self.count <= KEPT {
                kept.push(nanos);
                return;
            }
            self.samples.count_all();
        }
        self.samples.count(bucket_of(nanos), 1);
    }

    /// As [`Durations::add`] of each of at most as many as a ring holds, by whatever instructions the machine
    /// has.
    #[inline]
    pub(super) fn add_all(&mut self, all: &[u64]) {
        if self.is_exact() {
            for nanos in all {
                self.add(*nanos);
            }
            return;
        }
        Arch::new().dispatch(AddAll { durations: self, all });
    }

    /// The sums stay in registers meanwhile.
    #[expect(clippy::inline_always, reason = "compiled for the machine's instructions where it is inlined")]
    #[inline(always)]
    fn add_counted(&mut self, all: &[u64]) {
        const { assert!((SHORT - 1).pow(2).checked_mul(SLOTS as u64).is_some()) };
        let (mut min, mut max, mut sum, mut sum_of_squares) = (self.min, self.max, 0, 0);
        if all.iter().fold(0, |bits, nanos| bits | nanos) < SHORT {
            let (mut short_sum, mut short_sum_of_squares) = (0, 0);
            for nanos in all {
                short_sum += nanos;
                short_sum_of_squares += nanos * nanos;
            }
            (sum, sum_of_squares) = (u128::from(short_sum), u128::from(short_sum_of_squares));
        } else {
            for nanos in all {
                sum += u128::from(*nanos);
                sum_of_squares += u128::from(*nanos) * u128::from(*nanos);
            }
        }
        for nanos in all {
            min = min.min(*nanos);
            max = max.max(*nanos);
        }
        self.count += all.len() as u64;
        self.sum += sum;
        self.sum_of_squares += sum_of_squares;
        (self.min, self.max) = (min, max);
        let mut rest = all.iter();
        while let Some(beyond) = self.samples.count_in_range(&mut rest) {
            self.samples.count(beyond, 1);
        }
    }

    /// Adds what `other` holds, as if its samples had come here.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        // What another process wrote may say anything.
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.sum_of_squares = self.sum_of_squares.saturating_add(other.sum_of_squares);
        if self.count > KEPT {
            self.samples.count_all();
        }
        match (&mut self.samples, &other.samples) {
            (Samples::Kept(kept), Samples::Kept(others)) => kept.extend(others),
            (counted, _) => other.buckets().for_each(|(bucket, number)| counted.count(bucket, number)),
        }
    }

    pub(in super::super) fn count(&self) -> u64 {
        self.count
    }

    pub(in super::super) fn sum(&self) -> u128 {
        self.sum
    }

    /// Shortest and longest.
    pub(super) fn ends(&self) -> Option<(u64, u64)> {
        (self.count > 0).then_some((self.min, self.max))
    }

    pub(super) fn is_exact(&self) -> bool {
        matches!(self.samples, Samples::Kept(_))
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The sample standard deviation; the difference of the two large products is taken in integers.
    pub(super) fn standard_deviation(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let n = u128::from(self.count);
        let difference = wide_difference(wide_product(n, self.sum_of_squares), wide_product(self.sum, self.sum));
        let spread = difference.0 as f64 * 2f64.powi(128) + difference.1 as f64;
        Some((spread / (n as f64 * (n - 1) as f64)).sqrt())
    }

    /// Quantiles of type 7 at `shares`, each in [0, 1] and ascending.
    pub(in super::super) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [Option<f64>; N] {
        if self.count == 0 {
            return [None; N];
        }
        let sorted = match &self.samples {
            Samples::Kept(kept) => {
                let mut sorted = kept.clone();
                sorted.sort_unstable();
                sorted
            }
            Samples::Counted { .. } => Vec::new(),
        };
        shares.map(|share| {
            let at = (self.count - 1) as f64 * share;
            // Not negative and far below 2^53.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank below the count")]
            let rank = at.floor() as u64;
            let low = self.order_statistic(rank, &sorted);
            let high = self.order_statistic((rank + 1).min(self.count - 1), &sorted);
            Some(low + (at - rank as f64) * (high - low))
        })
    }

    fn order_statistic(&self, rank: u64, sorted: &[u64]) -> f64 {
        if let Some(exact) = usize::try_from(rank).ok().and_then(|rank| sorted.get(rank)) {
            return *exact as f64;
        }
        if rank == 0 {
            return self.min as f64;
        }
        if rank + 1 == self.count {
            return self.max as f64;
        }
        let mut below = 0;
        let mut buckets = self.buckets();
        let found = buckets.find(|(_, count)| {
            below = count.saturating_add(below);
            below > rank
        });
        found.map_or(self.max as f64, |(bucket, _)| middle_of(bucket).clamp(self.min as f64, self.max as f64))
    }

    /// Buckets with their counts; kept samples each by itself, in no order.
    fn buckets(&self) -> Box<dyn Iterator<Item = (usize, u64)> + '_> {
        match &self.samples {
            Samples::Kept(kept) => Box::new(kept.iter().map(|sample| (bucket_of(*sample), 1))),
            Samples::Counted { first, counts } => {
                Box::new(counts.iter().enumerate().map(move |(at, count)| (first + at, *count)))
            }
        }
    }

    /// How many are at most each of `bounds`, ascending, in nanoseconds.
    ///
    /// Kept samples are counted by their bucket too, so that no number shrinks when the histogram takes
    /// over.
    pub(in super::super) fn at_most(&self, bounds: &[u64]) -> Vec<u64> {
        let mut counts = vec![0u64; bounds.len()];
        for (bucket, count) in self.buckets() {
            let middle = middle_of(bucket);
            if let Some(at) = bounds.iter().position(|bound| middle <= *bound as f64) {
                counts[at] = count.saturating_add(counts[at]);
            }
        }
        let mut below = 0u64;
        for count in &mut counts {
            below = count.saturating_add(below);
            *count = below;
        }
        counts
    }
}

/// How durations are written: numbers beyond 64 bits as decimal text, and either the samples, sorted,
/// or the counts of the buckets that have any.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    count: u64,
    sum: String,
    sum_of_squares: String,
    min: u64,
    max: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    samples: Vec<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    buckets: Vec<(usize, u64)>,
}

impl From<Durations> for Written {
    fn from(durations: Durations) -> Self {
        let Durations { count, sum, sum_of_squares, min, max, .. } = durations;
        let (mut samples, mut buckets) = (Vec::new(), Vec::new());
        match &durations.samples {
            Samples::Kept(kept) => samples.clone_from(kept),
            Samples::Counted { .. } => buckets.extend(durations.buckets().filter(|(_, count)| *count > 0)),
        }
        samples.sort_unstable();
        Self { count, sum: sum.to_string(), sum_of_squares: sum_of_squares.to_string(), min, max, samples, buckets }
    }
}

impl TryFrom<Written> for Durations {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self, Error> {
        let refuse = |constraint: &str| Error::invalid_input("durations", written.count, constraint);
        let wide = |text: &str| text.parse::<u128>().map_err(|_| refuse("sums written in decimal"));
        let (sum, sum_of_squares) = (wide(&written.sum)?, wide(&written.sum_of_squares)?);
        if written.count <= KEPT {
            let mut durations = Durations::default();
            let legal = written.buckets.is_empty() && written.samples.iter().all(|nanos| *nanos <= LONGEST_NANOS);
            if !legal {
                return Err(refuse("samples of at most a day, since they are few"));
            }
            written.samples.iter().for_each(|nanos| durations.add(*nanos));
            let told = (written.count, sum, sum_of_squares, written.min, written.max);
            let found = (durations.count, durations.sum, durations.sum_of_squares, durations.min, durations.max);
            return if told == found { Ok(durations) } else { Err(refuse("count, sums and ends of its samples")) };
        }
        let counts = by_key(written.buckets.iter().copied());
        let in_buckets = counts.values().try_fold(0u64, |sum, count| sum.checked_add(*count));
        let ends = counts.first_key_value().zip(counts.last_key_value()).map(|(low, high)| (*low.0, *high.0));
        let legal = counts.len() == written.buckets.len()
            && in_buckets == Some(written.count)
            && written.samples.is_empty()
            && written.min <= written.max
            && written.max <= LONGEST_NANOS
            && wide_product(written.count.into(), sum_of_squares) >= wide_product(sum, sum)
            && ends == Some((bucket_of(written.min), bucket_of(written.max)));
        if !legal {
            return Err(refuse(
                "the samples in its buckets, the outer ones with its ends, and sums that some samples have",
            ));
        }
        let mut samples = Samples::Counted { first: 0, counts: Vec::new() };
        for (bucket, count) in counts {
            samples.count(bucket, count);
        }
        Ok(Self { count: written.count, sum, sum_of_squares, min: written.min, max: written.max, samples })
    }
}

/// The bucket of `nanos`: itself below 512, then 256 buckets for each power of two.
#[expect(clippy::inline_always, reason = "compiled for the machine's instructions where it is inlined")]
#[inline(always)]
fn bucket_of(nanos: u64) -> usize {
    // One bit more changes no bucket, and a number that is not 0 needs no case of its own.
    let shift = (u64::BITS - (nanos | 1).leading_zeros()).saturating_sub(PER_OCTAVE_BITS + 1);
    let index = (u64::from(shift) << PER_OCTAVE_BITS) + (nanos >> shift);
    usize::try_from(index).expect("at most 56 * 256 + 511")
}

fn middle_of(index: usize) -> f64 {
    let octave = (index >> PER_OCTAVE_BITS).saturating_sub(1);
    let low = ((index - (octave << PER_OCTAVE_BITS)) as u64) << octave;
    let width = 1u64 << octave;
    low as f64 + (width - 1) as f64 / 2.0
}

/// The 256-bit product, upper and lower half.
fn wide_product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> 64) + (other >> 64), (other << 64) | (low & LOW))
}

fn wide_difference(a: (u128, u128), b: (u128, u128)) -> (u128, u128) {
    let (low, borrow) = a.1.overflowing_sub(b.1);
    (a.0.wrapping_sub(b.0).wrapping_sub(u128::from(borrow)), low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: impl IntoIterator<Item = u64>) -> Durations {
        let mut durations = Durations::default();
        samples.into_iter().for_each(|nanos| durations.add(nanos));
        durations
    }

    #[test]
    fn every_value_is_in_a_bucket_whose_middle_is_near() {
        for nanos in (0..2_000).chain((0..46).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1])) {
            let middle = middle_of(bucket_of(nanos));
            assert!((middle - nanos as f64).abs() <= BUCKET_ERROR * nanos as f64, "{nanos} {middle}");
        }
        assert!(bucket_of(LONGEST_NANOS) < 10_240);
    }

    #[test]
    fn spread_of_the_longest_durations_does_not_overflow() {
        let sd = of((0..600).map(|n| LONGEST_NANOS - (n % 2))).standard_deviation();
        assert!((sd.unwrap() - (0.25f64 * 600.0 / 599.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn parts_merge_to_the_whole_on_both_sides_of_the_switch_to_buckets() {
        for size in [2, 512, 513, 2_000_u64] {
            let sample = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (20 + n % 30);
            let whole = of((0..size).map(sample));
            for cut in [0, 1, size / 3, size] {
                let mut merged = of((cut..size).map(sample));
                merged.merge(&of((0..cut).map(sample)));
                assert_eq!(merged.quantiles([0.1, 0.5, 0.99]), whole.quantiles([0.1, 0.5, 0.99]), "{size} {cut}");
                assert_eq!(serde_json::to_value(&merged).unwrap(), serde_json::to_value(&whole).unwrap());
            }
        }
    }

    #[test]
    fn what_is_written_reads_back_and_what_contradicts_itself_is_refused() {
        for durations in [of([]), of([7, 3, LONGEST_NANOS]), of((0..700).map(|n| n * n))] {
            let written = serde_json::to_value(&durations).unwrap();
            let read: Durations = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), written);
            for (field, value) in [("count", 1.into()), ("max", u64::MAX.into()), ("sum", "x".into())] {
                let mut wrong = written.clone();
                wrong[field] = value;
                assert!(serde_json::from_value::<Durations>(wrong).is_err(), "{field}");
            }
        }
        // Both ends in the one bucket there is, crossed; and samples beside buckets.
        let bucket = bucket_of(1_000);
        assert_eq!(bucket, bucket_of(1_001));
        let told = |min: u64, max: u64, samples: &[u64]| {
            let (sum, sum_of_squares) = ("513000", "513000000");
            serde_json::json!({"count": 513, "sum": sum, "sum_of_squares": sum_of_squares, "min": min, "max": max,
                "samples": samples, "buckets": [[bucket, 513]]})
        };
        assert!(serde_json::from_value::<Durations>(told(1_000, 1_001, &[])).is_ok());
        assert!(serde_json::from_value::<Durations>(told(1_001, 1_000, &[])).is_err());
        assert!(serde_json::from_value::<Durations>(told(1_000, 1_001, &[1_000])).is_err());
    }

    #[test]
    fn counts_below_bounds_never_shrink_when_buckets_take_over() {
        let bounds = [1_000, 1_000_000];
        let mut durations = of((0..512).map(|n| 999 + n % 4));
        let before = durations.at_most(&bounds);
        durations.add(5_000_000);
        assert_eq!(durations.at_most(&bounds), before);
        assert_eq!((durations.is_exact(), before[1]), (false, 512));
    }
}
