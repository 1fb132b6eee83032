//! How fast and how reliable a variant is: integer moments and quantiles of its calls.
//!
//! Up to 512 samples quantiles are exact (Hyndman-Fan type 7, linear between order statistics); beyond
//! that a log-linear histogram of integer counts gives each within 1 %. Nothing is a running float, so
//! the order of calls does not reach the numbers. Start at [`Series`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

use super::model::{ModelId, VariantId};
use crate::error::{Error, ErrorKind};
use crate::time::Timestamp;

/// A day in nanoseconds: the longest duration that is recorded.
pub const LONGEST_NANOS: u64 = 86_400_000_000_000;

/// Samples kept as they are before the histogram takes over.
const KEPT: usize = 512;

/// Buckets of the histogram in one power of two; a bucket is at most 1/256 of its value wide.
const PER_OCTAVE_BITS: u32 = 8;

/// What the histogram's middle of a bucket may be off, relative to the value.
const BUCKET_ERROR: f64 = 1.0 / 512.0;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What a failed call failed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The input was refused.
    InvalidInput,
    /// The quantity does not exist for the input.
    Undefined,
    /// An iteration did not settle.
    NoConvergence,
    /// The variant was not there.
    Unavailable,
    /// It took too long.
    Timeout,
    /// The caller stopped it.
    Cancelled,
    /// Anything else, among it panics and exceptions of the host.
    Internal,
}

impl FailureKind {
    /// The kind `error` counts as.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput => FailureKind::InvalidInput,
            ErrorKind::Undefined => FailureKind::Undefined,
            ErrorKind::NoConvergence => FailureKind::NoConvergence,
            ErrorKind::Cancelled => FailureKind::Cancelled,
            ErrorKind::Unavailable if error.reason() == Some("timeout") => FailureKind::Timeout,
            ErrorKind::Unavailable => FailureKind::Unavailable,
            _ => FailureKind::Internal,
        }
    }

    /// The word it is counted under.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::InvalidInput => "invalid_input",
            FailureKind::Undefined => "undefined",
            FailureKind::NoConvergence => "no_convergence",
            FailureKind::Unavailable => "unavailable",
            FailureKind::Timeout => "timeout",
            FailureKind::Cancelled => "cancelled",
            FailureKind::Internal => "internal",
        }
    }
}

/// Durations of one outcome.
#[derive(Clone, Debug, Default)]
pub(super) struct Durations {
    count: u64,
    sum: u128,
    sum_of_squares: u128,
    min: u64,
    max: u64,
    kept: Vec<u64>,
    buckets: Vec<u64>,
}

impl Durations {
    pub(super) fn add(&mut self, nanos: u64) {
        self.min = if self.count == 0 { nanos } else { self.min.min(nanos) };
        self.max = self.max.max(nanos);
        self.count += 1;
        self.sum += u128::from(nanos);
        self.sum_of_squares += u128::from(nanos) * u128::from(nanos);
        if self.buckets.is_empty() {
            if self.kept.len() < KEPT {
                self.kept.push(nanos);
                return;
            }
            for sample in std::mem::take(&mut self.kept) {
                self.count_in_bucket(sample);
            }
        }
        self.count_in_bucket(nanos);
    }

    fn count_in_bucket(&mut self, nanos: u64) {
        let index = bucket_of(nanos);
        if index >= self.buckets.len() {
            self.buckets.resize(index + 1, 0);
        }
        self.buckets[index] += 1;
    }

    fn is_exact(&self) -> bool {
        self.buckets.is_empty()
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The sample standard deviation; the difference of the two large products is taken in integers.
    fn standard_deviation(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let n = u128::from(self.count);
        let difference = wide_difference(wide_product(n, self.sum_of_squares), wide_product(self.sum, self.sum));
        let spread = difference.0 as f64 * 2f64.powi(128) + difference.1 as f64;
        Some((spread / (n as f64 * (n - 1) as f64)).sqrt())
    }

    /// Quantiles of type 7 at `shares`, each in [0, 1] and ascending.
    pub(super) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [Option<f64>; N] {
        if self.count == 0 {
            return [None; N];
        }
        let mut sorted = self.kept.clone();
        sorted.sort_unstable();
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
        let index = self.buckets.iter().position(|count| {
            below += count;
            below > rank
        });
        index.map_or(self.max as f64, |index| middle_of(index).clamp(self.min as f64, self.max as f64))
    }
}

/// The bucket of `nanos`: itself below 512, then 256 buckets for each power of two.
fn bucket_of(nanos: u64) -> usize {
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(PER_OCTAVE_BITS + 1);
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

/// What a series says of itself; times in nanoseconds, each absent for an empty series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatsView {
    /// All finished calls.
    pub count: u64,
    /// The failed ones among them.
    pub errors: u64,
    /// The failed ones by kind.
    pub error_kinds: BTreeMap<String, u64>,
    /// Shortest.
    pub min: Option<u64>,
    /// Longest.
    pub max: Option<u64>,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Sample standard deviation; absent below two samples.
    pub sd: Option<f64>,
    /// Quantile at 50 %, type 7 as the two below.
    pub median: Option<f64>,
    /// Quantile at 95 %.
    pub p95: Option<f64>,
    /// Quantile at 99 %.
    pub p99: Option<f64>,
    /// Whether the quantiles are exact.
    pub exact: bool,
    /// What each quantile may be off, relative to its value.
    pub rel_error: f64,
    /// The time it is about: `"Lifetime"`, since the registry was made or the series cleared.
    pub window: String,
}

impl StatsView {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// How often a variant served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageRow {
    /// The model.
    pub model: ModelId,
    /// The variant that served.
    pub variant: VariantId,
    /// Finished calls.
    pub calls: u64,
    /// The failed ones among them.
    pub errors: u64,
    /// Distinct UTC days with a call.
    pub days: u64,
    /// Share of all calls in parts per million, rounded down.
    pub share_ppm: u32,
}

impl UsageRow {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    successes: Durations,
    failures: Durations,
    finished: u64,
    kinds: BTreeMap<FailureKind, u64>,
    calls: u64,
    errors: u64,
    days: BTreeSet<i64>,
    last_day: Option<i64>,
}

/// The calls of one variant: performance, which can be cleared, and usage, which cannot.
#[derive(Default)]
pub struct Series(Mutex<State>);

impl Series {
    /// An empty series.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between statements that can panic, so a poisoned lock is still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a call that took `nanos`, finished at `now`, and failed by `failure` if it did.
    ///
    /// Refuses more than a day with `out_of_range`.
    pub fn record(&self, nanos: u64, now: Timestamp, failure: Option<FailureKind>) -> Result<(), Error> {
        if nanos > LONGEST_NANOS {
            return Err(
                Error::invalid_input("nanos", nanos, format!("0 to {LONGEST_NANOS}")).with_reason("out_of_range")
            );
        }
        self.finish(nanos, now, failure);
        Ok(())
    }

    /// Counts a call, and its time unless that is beyond what can be summed.
    pub(crate) fn finish(&self, nanos: u64, now: Timestamp, failure: Option<FailureKind>) {
        let day = now.as_micros().div_euclid(MICROS_PER_DAY);
        let mut state = self.state();
        state.calls += 1;
        if state.last_day != Some(day) {
            state.days.insert(day);
            state.last_day = Some(day);
        }
        state.finished += 1;
        if let Some(kind) = failure {
            state.errors += 1;
            *state.kinds.entry(kind).or_default() += 1;
        }
        if nanos <= LONGEST_NANOS {
            match failure {
                None => state.successes.add(nanos),
                Some(_) => state.failures.add(nanos),
            }
        }
    }

    /// The statistics of the calls; times are those of the successful ones.
    #[must_use]
    pub fn view(&self) -> StatsView {
        let state = self.state();
        let (times, finished, kinds) = (state.successes.clone(), state.finished, state.kinds.clone());
        drop(state);
        view(&times, finished, &kinds)
    }

    /// As [`Series::view`] with the times of the failed calls.
    #[must_use]
    pub fn failure_view(&self) -> StatsView {
        let state = self.state();
        let (times, finished, kinds) = (state.failures.clone(), state.finished, state.kinds.clone());
        drop(state);
        view(&times, finished, &kinds)
    }

    /// Forgets performance and keeps usage.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.successes = Durations::default();
        state.failures = Durations::default();
        state.finished = 0;
        state.kinds.clear();
    }

    /// Usage, with its share left at 0.
    pub(crate) fn usage(&self, model: ModelId, variant: VariantId) -> UsageRow {
        let state = self.state();
        UsageRow {
            model,
            variant,
            calls: state.calls,
            errors: state.errors,
            days: state.days.len() as u64,
            share_ppm: 0,
        }
    }
}

fn view(times: &Durations, finished: u64, kinds: &BTreeMap<FailureKind, u64>) -> StatsView {
    let [median, p95, p99] = times.quantiles([0.5, 0.95, 0.99]);
    let any = |value: u64| (times.count > 0).then_some(value);
    StatsView {
        count: finished,
        errors: kinds.values().sum(),
        error_kinds: kinds.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect(),
        min: any(times.min),
        max: any(times.max),
        mean: times.mean(),
        sd: times.standard_deviation(),
        median,
        p95,
        p99,
        exact: times.is_exact(),
        rel_error: if times.is_exact() { 0.0 } else { BUCKET_ERROR },
        window: "Lifetime".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: impl IntoIterator<Item = u64>) -> StatsView {
        let series = Series::new();
        for nanos in samples {
            series.record(nanos, Timestamp::from_micros(0), None).unwrap();
        }
        series.view()
    }

    #[test]
    fn small_samples_have_exact_quantiles_of_type_7() {
        let hundred = of(1..=100);
        assert_eq!((hundred.median, hundred.mean), (Some(50.5), Some(50.5)));
        assert!((hundred.p95.unwrap() - 95.05).abs() < 1e-12);
        assert!((hundred.p99.unwrap() - 99.01).abs() < 1e-12);
        assert!((hundred.sd.unwrap() - 29.011_491_975_882_016).abs() < 1e-12);
        assert!(hundred.exact);
        assert_eq!(of(1..=4).median, Some(2.5));
        assert!((of(1..=20).p95.unwrap() - 19.05).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_said_of_what_was_not_measured() {
        let empty = of([]);
        assert_eq!((empty.count, empty.min, empty.mean, empty.sd, empty.p99), (0, None, None, None, None));
        assert_eq!(of([7]).sd, None);
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
        let view = of((0..600).map(|n| LONGEST_NANOS - (n % 2)));
        assert!((view.sd.unwrap() - (0.25f64 * 600.0 / 599.0).sqrt()).abs() < 1e-9);
        let refused = Series::new().record(LONGEST_NANOS + 1, Timestamp::from_micros(0), None).unwrap_err();
        assert_eq!(refused.reason(), Some("out_of_range"));
    }

    #[test]
    fn failures_keep_out_of_the_times_of_successes() {
        let series = Series::new();
        let now = Timestamp::from_micros(0);
        series.record(10, now, None).unwrap();
        series.record(1_000, now, Some(FailureKind::Internal)).unwrap();
        let view = series.view();
        assert_eq!((view.count, view.errors, view.max), (2, 1, Some(10)));
        assert_eq!(view.error_kinds["internal"], 1);
        let failed = series.failure_view();
        assert_eq!((failed.count, failed.errors, failed.min), (2, 1, Some(1_000)));
        series.clear();
        assert_eq!(series.view().count, 0);
        assert_eq!(series.usage("m".parse().unwrap(), "v".parse().unwrap()).calls, 2);
    }
}
