//! The calls of one variant for one scope: recorded without waiting, gathered by slices of time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use serde::{Deserialize, Serialize};

use super::durations::{Durations, LONGEST_NANOS};
use super::lane::{Entry, LANES, Lane, SLICE_MICROS, SLOTS, is_in_slice, slice_start, this_thread};
use super::{FailureKind, Span, StatsView, Window};
use crate::by_key::set_of;
use crate::error::Error;
use crate::time::Timestamp;

/// Slices of the rolling window.
const SLICES: i64 = 60;

const SLICES_PER_DAY: i64 = 86_400_000_000 / SLICE_MICROS;

/// What an entry says of a call besides its time: how it ended, or that its time was refused.
const CODE_BITS: u32 = 4;
const CODE: u64 = (1 << CODE_BITS) - 1;
const ENDED_WELL: u64 = 0;
const REFUSED: u64 = 15;

fn slice_of(now: Timestamp) -> i64 {
    now.as_micros().div_euclid(SLICE_MICROS)
}

/// Performance of calls: what can be cleared.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tally {
    finished: u64,
    errors: [u64; FailureKind::ALL.len()],
    out_of_range: u64,
    successes: Durations,
    failures: Durations,
}

impl Tally {
    fn add(&mut self, nanos: u64, code: u64) {
        let in_range = nanos <= LONGEST_NANOS;
        self.out_of_range += u64::from(!in_range);
        if code == REFUSED {
            return;
        }
        self.finished += 1;
        let failed = usize::try_from(code).ok().and_then(|code| code.checked_sub(1));
        if let Some(failed) = failed {
            self.errors[failed] += 1;
        }
        if in_range {
            if failed.is_none() { self.successes.add(nanos) } else { self.failures.add(nanos) }
        }
    }

    /// As [`Tally::add`] of the calls that `words`, at most as many as a ring holds, tell.
    fn add_all(&mut self, words: &[u64]) {
        // No bit of a code and none beyond the longest time is in any of them, or each is looked at.
        let bits = words.iter().fold(0, |bits, word| bits | word);
        if bits & CODE != ENDED_WELL || bits >> CODE_BITS > LONGEST_NANOS {
            for word in words {
                self.add(word >> CODE_BITS, word & CODE);
            }
            return;
        }
        let mut times = [0; SLOTS];
        times.iter_mut().zip(words).for_each(|(time, word)| *time = word >> CODE_BITS);
        self.finished += words.len() as u64;
        self.successes.add_all(&times[..words.len()]);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.finished = self.finished.saturating_add(other.finished);
        self.out_of_range = self.out_of_range.saturating_add(other.out_of_range);
        for (errors, others) in self.errors.iter_mut().zip(other.errors) {
            *errors = errors.saturating_add(others);
        }
        self.successes.merge(&other.successes);
        self.failures.merge(&other.failures);
    }

    pub(super) fn failed(&self) -> u64 {
        self.errors.iter().fold(0, |sum, errors| sum.saturating_add(*errors))
    }

    /// Failed calls by kind.
    fn by_kind(&self) -> impl Iterator<Item = (FailureKind, u64)> {
        FailureKind::ALL.into_iter().zip(self.errors)
    }

    /// The statistics; times are those of the calls that ended well, or else of those that failed.
    pub(super) fn view(&self, ended_well: bool, window: Window) -> StatsView {
        let times = if ended_well { &self.successes } else { &self.failures };
        let kinds = self.by_kind().filter(|(_, count)| *count > 0);
        StatsView::of(times, self.finished, kinds, self.out_of_range, window)
    }
}

/// Use of a variant: what clearing leaves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Used {
    pub(super) calls: u64,
    pub(super) errors: u64,
    /// UTC days with a call, since 1970-01-01.
    pub(super) days: BTreeSet<i64>,
}

impl Used {
    pub(super) fn merge(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.errors = self.errors.saturating_add(other.errors);
        self.days.extend(&other.days);
    }
}

/// Performance and use of the same calls.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counted {
    pub(super) tally: Tally,
    pub(super) used: Used,
}

impl Counted {
    pub(super) fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.used.merge(&other.used);
    }

    /// Finished calls.
    pub(in super::super) fn finished(&self) -> u64 {
        self.tally.finished
    }

    /// The failed ones among them by kind.
    pub(in super::super) fn failures(&self) -> impl Iterator<Item = (FailureKind, u64)> {
        self.tally.by_kind()
    }

    /// Times of all calls, failed ones among them.
    pub(in super::super) fn times(&self) -> Durations {
        let mut times = self.tally.successes.clone();
        times.merge(&self.tally.failures);
        times
    }

    pub(super) fn is_empty(&self) -> bool {
        self.used.calls == 0 && self.tally.finished == 0 && self.tally.out_of_range == 0
    }
}

/// What was read from the lanes.
#[derive(Default)]
struct Gathered {
    /// When the slice began that calls come from now, and those of its calls that are nowhere below yet.
    since: i64,
    tally: Tally,
    /// The slices of the rolling window that have calls.
    slices: BTreeMap<i64, Counted>,
    /// What no batch has told yet, and what batches have told.
    untold: Counted,
    told: Counted,
}

impl Gathered {
    fn take(&mut self, entry: Entry) {
        self.turn_to(entry.micros);
        self.tally.add(entry.word >> CODE_BITS, entry.word & CODE);
    }

    /// Takes all that is in `lane`.
    fn take_all(&mut self, lane: &Lane) {
        lane.drain(|since, words| {
            self.turn_to(since);
            self.tally.add_all(words);
        });
    }

    /// Opens the slice of `micros`.
    fn turn_to(&mut self, micros: i64) {
        if !is_in_slice(micros, self.since) {
            self.close();
            self.since = slice_start(micros);
        }
    }

    /// Books the calls of the open slice.
    fn close(&mut self) {
        let tally = std::mem::take(&mut self.tally);
        if tally.finished == 0 && tally.out_of_range == 0 {
            return;
        }
        let open = slice_of(Timestamp::from_micros(self.since));
        let days = set_of((tally.finished > 0).then(|| open.div_euclid(SLICES_PER_DAY)));
        let used = Used { calls: tally.finished, errors: tally.failed(), days };
        let counted = Counted { tally, used };
        self.untold.merge(&counted);
        self.slices.entry(open).or_default().merge(&counted);
        self.keep_near(open);
    }

    /// Lets go of slices that no rolling window around `slice` holds; on both sides, since a clock may be
    /// set back.
    fn keep_near(&mut self, slice: i64) {
        self.slices.retain(|held, _| held.abs_diff(slice) < SLICES.unsigned_abs());
    }

    fn over(&self, span: Span, now: Timestamp) -> Counted {
        match span {
            Span::Lifetime => {
                let mut all = self.told.clone();
                all.merge(&self.untold);
                all
            }
            Span::Rolling => {
                let mut all = Counted::default();
                let last = slice_of(now);
                self.slices.range(last - SLICES + 1..=last).for_each(|(_, slice)| all.merge(slice));
                all
            }
        }
    }
}

/// The window that `span` means at `now`.
pub(super) fn window(span: Span, now: Timestamp) -> Window {
    match span {
        Span::Lifetime => Window::Lifetime,
        Span::Rolling => {
            let from = (slice_of(now) - SLICES + 1).saturating_mul(SLICE_MICROS);
            Window::Rolling { from: Timestamp::from_micros(from), to: now }
        }
    }
}

/// The calls of one variant: performance, which can be cleared, and usage, which cannot.
///
/// A record is a few plain stores into a ring of the thread's own; every 64th is carried on, with those
/// before it, to where they are gathered, unless somebody is reading there: then it goes into a new ring.
/// So none of the first 64 threads waits for another, and a reader finds every call that was recorded before it began.
pub struct Series {
    lanes: [OnceLock<Box<Lane>>; LANES],
    gathered: Mutex<Gathered>,
}

impl Default for Series {
    fn default() -> Self {
        Self::new()
    }
}

impl Series {
    /// An empty series.
    #[must_use]
    pub fn new() -> Self {
        Self { lanes: [const { OnceLock::new() }; LANES], gathered: Mutex::default() }
    }

    /// Records a call that took `nanos`, finished at `now`, and failed by `failure` if it did.
    ///
    /// Refuses more than a day with `out_of_range`, and counts that it did.
    #[inline]
    pub fn record(&self, nanos: u64, now: Timestamp, failure: Option<FailureKind>) -> Result<(), Error> {
        if nanos > LONGEST_NANOS {
            return Err(self.refuse(nanos, now));
        }
        self.finish(nanos, now, failure);
        Ok(())
    }

    /// As [`Series::record`] of a time in seconds; `not_finite` when it is no number.
    pub fn record_seconds(&self, seconds: f64, now: Timestamp, failure: Option<FailureKind>) -> Result<(), Error> {
        if !seconds.is_finite() {
            return Err(Error::invalid_number("seconds", seconds, "a finite number").with_reason("not_finite"));
        }
        let nanos = (seconds * 1e9).round();
        if !(0.0..=LONGEST_NANOS as f64).contains(&nanos) {
            self.push(entry(u64::MAX, now, REFUSED));
            return Err(Error::invalid_number("seconds", seconds, "0 to 86400").with_reason("out_of_range"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, as was just seen")]
        self.finish(nanos as u64, now, failure);
        Ok(())
    }

    #[cold]
    fn refuse(&self, nanos: u64, now: Timestamp) -> Error {
        self.push(entry(nanos, now, REFUSED));
        Error::invalid_input("nanos", nanos, format!("0 to {LONGEST_NANOS}")).with_reason("out_of_range")
    }

    /// Counts a call, and its time unless that is longer than a day.
    #[inline]
    pub(crate) fn finish(&self, nanos: u64, now: Timestamp, failure: Option<FailureKind>) {
        self.push(entry(nanos, now, failure.map_or(ENDED_WELL, |kind| 1 + kind as u64)));
    }

    #[inline]
    fn push(&self, entry: Entry) {
        let Some(number) = this_thread() else {
            self.gathered().take(entry);
            return;
        };
        let lane = self.lanes[number].get_or_init(Lane::new);
        if !lane.push(entry) {
            self.push_full(lane, entry);
        }
    }

    #[cold]
    fn push_full(&self, lane: &Lane, entry: Entry) {
        let mut gathered = match self.gathered.try_lock() {
            Ok(gathered) => gathered,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return lane.push_behind(entry),
        };
        gathered.take_all(lane);
        gathered.take(entry);
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        // Whole between entries, and an entry is one call.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was recorded until now, booked.
    fn settled(&self) -> MutexGuard<'_, Gathered> {
        let mut gathered = self.gathered();
        for lane in self.lanes.iter().filter_map(OnceLock::get) {
            gathered.take_all(lane);
        }
        gathered.close();
        gathered
    }

    pub(super) fn counted(&self, span: Span, now: Timestamp) -> Counted {
        self.settled().over(span, now)
    }

    /// The statistics of all calls; times are those of the successful ones.
    #[must_use]
    pub fn view(&self) -> StatsView {
        self.counted(Span::Lifetime, Timestamp::default()).tally.view(true, Window::Lifetime)
    }

    /// As [`Series::view`] of the 15 minutes that end at `now`, by slices of 15 seconds.
    #[must_use]
    pub fn rolling_view(&self, now: Timestamp) -> StatsView {
        self.counted(Span::Rolling, now).tally.view(true, window(Span::Rolling, now))
    }

    /// As [`Series::view`] with the times of the failed calls.
    #[must_use]
    pub fn failure_view(&self) -> StatsView {
        self.counted(Span::Lifetime, Timestamp::default()).tally.view(false, Window::Lifetime)
    }

    /// Forgets performance and keeps usage.
    pub(crate) fn clear(&self) {
        let mut gathered = self.settled();
        let Gathered { slices, untold, told, .. } = &mut *gathered;
        slices.values_mut().chain([untold, told]).for_each(|counted| counted.tally = Tally::default());
    }

    /// What no batch has told yet; from now on it has been told.
    pub(super) fn tell(&self) -> Counted {
        let mut gathered = self.settled();
        let untold = std::mem::take(&mut gathered.untold);
        gathered.told.merge(&untold);
        untold
    }

    /// Moves everything into `other`.
    pub(super) fn fold_into(&self, other: &Series) {
        let taken = std::mem::take(&mut *self.settled());
        let mut gathered = other.gathered();
        gathered.told.merge(&taken.told);
        gathered.untold.merge(&taken.untold);
        for (slice, counted) in &taken.slices {
            gathered.slices.entry(*slice).or_default().merge(counted);
        }
        // What is folded only into closes no slice of its own.
        if let Some((newest, _)) = gathered.slices.last_key_value() {
            let newest = *newest;
            gathered.keep_near(newest);
        }
    }
}

#[inline]
fn entry(nanos: u64, now: Timestamp, code: u64) -> Entry {
    // One beyond the longest stands for all that are.
    Entry { word: nanos.min(LONGEST_NANOS + 1) << CODE_BITS | code, micros: now.as_micros() }
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
    fn what_many_series_are_folded_into_keeps_the_slices_of_one_window() {
        let all = Series::new();
        for slice in 0..500 {
            let one = Series::new();
            one.record(7, Timestamp::from_micros(slice * SLICE_MICROS), None).unwrap();
            one.fold_into(&all);
        }
        assert_eq!(all.gathered().slices.len() as u64, SLICES.unsigned_abs());
        let now = Timestamp::from_micros(499 * SLICE_MICROS);
        assert_eq!((all.rolling_view(now).count, all.view().count), (SLICES.unsigned_abs(), 500));
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
        assert_eq!(series.counted(Span::Lifetime, now).used.calls, 2);
    }

    #[test]
    fn a_time_that_is_none_is_refused_and_counted_and_a_finished_call_stays_one() {
        let series = Series::new();
        let now = Timestamp::from_micros(0);
        let refused = series.record(LONGEST_NANOS + 1, now, None).unwrap_err();
        assert_eq!(refused.reason(), Some("out_of_range"));
        for (seconds, reason) in [
            (f64::NAN, "not_finite"),
            (f64::INFINITY, "not_finite"),
            (-1.0, "out_of_range"),
            (86_401.0, "out_of_range"),
        ] {
            assert_eq!(series.record_seconds(seconds, now, None).unwrap_err().reason(), Some(reason), "{seconds}");
        }
        series.record_seconds(1.5e-6, now, None).unwrap();
        series.finish(u64::MAX, now, Some(FailureKind::Timeout));
        let view = series.view();
        assert_eq!((view.count, view.errors, view.out_of_range, view.max), (2, 1, 4, Some(1_500)));
    }

    #[test]
    fn a_slice_leaves_the_window_whole_and_the_lifetime_keeps_it() {
        let series = Series::new();
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        for seconds in [1_000_i64, 1_004, 1_005, 1_019] {
            series.record(seconds.unsigned_abs(), at(seconds), None).unwrap();
        }
        // Slices begin at 990 and 1005; the window of second 1889 begins at 990, that of 1890 at 1005.
        assert_eq!(series.rolling_view(at(1_889)).count, 4);
        let later = series.rolling_view(at(1_890));
        assert_eq!((later.count, later.min), (2, Some(1_005)));
        assert_eq!(later.window, Window::Rolling { from: at(1_005), to: at(1_890) });
        assert_eq!(series.rolling_view(at(1_905)).count, 0);
        assert_eq!(series.view().count, 4);
        series.record(7, at(3_000), None).unwrap();
        assert_eq!((series.rolling_view(at(3_000)).count, series.gathered().slices.len()), (1, 1));
    }

    #[test]
    fn a_clock_set_back_loses_no_call_and_no_slice_for_long() {
        let series = Series::new();
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        for seconds in [1_000_000, 2_000, 1_000_000, 2_000, 2_015] {
            series.record(1, at(seconds), None).unwrap();
        }
        assert_eq!((series.rolling_view(at(2_015)).count, series.view().count), (2, 5));
        assert_eq!(series.counted(Span::Lifetime, at(0)).used.days, BTreeSet::from([0, 11]));
    }

    #[test]
    fn what_is_told_once_is_not_told_again_and_still_counts() {
        let series = Series::new();
        let now = Timestamp::from_micros(0);
        series.record(1, now, None).unwrap();
        assert_eq!(series.tell().tally.finished, 1);
        assert!(series.tell().is_empty());
        series.record(2, now, None).unwrap();
        assert_eq!((series.tell().tally.finished, series.view().count), (1, 2));
    }

    #[test]
    fn readers_and_writers_together_lose_nothing() {
        let series = Series::new();
        let now = Timestamp::from_micros(0);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let series = &series;
                scope.spawn(move || (0..20_000).for_each(|n| series.finish(thread * 20_000 + n, now, None)));
            }
            for _ in 0..200 {
                let view = series.view();
                assert!(view.count <= 160_000 && view.mean.is_none_or(|mean| mean < 160_000.0));
            }
        });
        let view = series.view();
        assert_eq!((view.count, view.mean, view.max), (160_000, Some(79_999.5), Some(159_999)));
    }
}
