//! What several processes counted, put together from batches that may come twice and in any order.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::model::ModelId;
use super::super::route::RoutingScope;
use super::recorder::{Instance, SeriesKey};
use super::series::{Counted, Tally};
use super::{StatsFilter, StatsView, UsageRow, Window, usage_rows};
use crate::by_key::by_key;
use crate::error::Error;
use crate::id::InstanceId;
use crate::time::Timestamp;

/// What a series counted since the batch before.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesDelta {
    /// Which series.
    pub key: SeriesKey,
    pub(super) counted: Counted,
}

/// What a process counted since its batch before: a value that can be sent, kept and read again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatsBatch {
    /// Which process counted.
    pub instance: InstanceId,
    /// Which start of it.
    pub epoch: u64,
    /// The scope whose calls alone it tells of; absent for one of all calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<RoutingScope>,
    /// Its number among those of the process that tell of the same calls: 1, 2, 3, and so on.
    pub seq: u64,
    /// When the batch before it ended.
    pub from: Timestamp,
    /// When it was made.
    pub to: Timestamp,
    /// The series that have anything new.
    pub series: Vec<SeriesDelta>,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl SeriesDelta {
    /// Adds what `other` counted of the same series.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counted.merge(&other.counted);
    }

    /// Forgets performance and keeps usage.
    pub(crate) fn clear(&mut self) {
        self.counted.tally = Tally::default();
    }
}

/// The numbers of a process's batches that have come, as first and last of each run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Vec<(u64, u64)>", from = "Vec<(u64, u64)>")]
pub(crate) struct Come(BTreeMap<u64, u64>);

impl From<Come> for Vec<(u64, u64)> {
    fn from(come: Come) -> Self {
        come.0.into_iter().collect()
    }
}

impl From<Vec<(u64, u64)>> for Come {
    fn from(runs: Vec<(u64, u64)>) -> Self {
        Self(by_key(runs))
    }
}

impl Come {
    /// Takes the number of a batch; `out_of_range` below 1.
    pub(crate) fn take(&mut self, seq: u64) -> Result<BatchResult, Error> {
        if seq == 0 {
            return Err(Error::invalid_input("seq", 0, "1 or more").with_reason("out_of_range"));
        }
        let before = self.0.range(..=seq).next_back().map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| last >= seq) {
            return Ok(BatchResult::Duplicate);
        }
        let first = before.filter(|(_, last)| last + 1 == seq).map_or(seq, |(first, _)| first);
        let after = seq.checked_add(1).and_then(|next| self.0.remove(&next));
        self.0.insert(first, after.unwrap_or(seq));
        Ok(BatchResult::New)
    }

    /// First and last of each gap below the highest that has come.
    fn missing(&self) -> Vec<RangeInclusive<u64>> {
        let mut next = 1;
        let mut missing = Vec::new();
        for (first, last) in &self.0 {
            if *first > next {
                missing.push(next..=first - 1);
            }
            next = last.saturating_add(1);
        }
        missing
    }
}

impl StatsBatch {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Reads the JSON form; refuses what contradicts itself.
    pub fn from_json(value: &Value) -> Result<Self, Error> {
        Self::deserialize(value)
            .map_err(|cause| Error::invalid_input("batch", Value::Null, cause.to_string()).with_reason("invalid_input"))
    }
}

/// Whether a batch counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchResult {
    /// It did.
    New,
    /// It had been counted before.
    Duplicate,
}

/// Batches of a process that have not come, below the highest that has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingBatches {
    /// Whose.
    #[serde(flatten)]
    pub by: Instance,
    /// The scope that they tell of; absent for all calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<RoutingScope>,
    /// First and last of each gap.
    pub missing: Vec<RangeInclusive<u64>>,
}

/// Totals of batches, each counted once.
///
/// Neither the order of the batches nor how often each comes reaches the totals: all that is added are
/// integers, and a quantile is a function of the samples that came, in whichever batches. It holds a total
/// for every series that any process has, so the limits of the processes are its own.
#[derive(Clone, Debug, Default)]
pub struct MergedStats {
    come: BTreeMap<(Instance, Option<RoutingScope>), Come>,
    series: BTreeMap<SeriesKey, Counted>,
    batches: [u64; 2],
}

impl MergedStats {
    /// Totals of no batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    /// What a store kept of a scope: the numbers that have come, and totals by series.
    pub(crate) fn of_parts(
        scope: RoutingScope,
        come: impl IntoIterator<Item = (Instance, Come)>,
        series: impl IntoIterator<Item = SeriesDelta>,
    ) -> Self {
        let come = by_key(come.into_iter().map(|(by, come)| ((by, Some(scope)), come)));
        let series = by_key(series.into_iter().map(|total| (total.key, total.counted)));
        Self { come, series, batches: [0; 2] }
    }

    /// Counts `batch`, unless it has been; `out_of_range` for a number below 1.
    pub fn apply(&mut self, batch: &StatsBatch) -> Result<BatchResult, Error> {
        let by = Instance { instance: batch.instance, epoch: batch.epoch };
        let taken = self.come.entry((by, batch.of)).or_default().take(batch.seq)?;
        self.batches[usize::from(taken == BatchResult::Duplicate)] += 1;
        if taken == BatchResult::New {
            for SeriesDelta { key, counted } in &batch.series {
                self.series.entry(*key).or_default().merge(counted);
            }
        }
        Ok(taken)
    }

    /// Forgets the performance of `model`, or of all models; usage stays.
    pub(crate) fn clear(&mut self, model: Option<&ModelId>) {
        let meant = self.series.iter_mut().filter(|(key, _)| model.is_none_or(|model| key.model == *model));
        meant.for_each(|(_, counted)| counted.tally = Tally::default());
    }

    /// The same with those series alone that `filter` asks for.
    pub(crate) fn only(&self, filter: &StatsFilter) -> Self {
        let asked = self.of(None, filter).map(|(key, counted)| (*key, counted.clone()));
        Self { come: self.come.clone(), series: by_key(asked), batches: self.batches }
    }

    /// Batches that must still come, or are lost.
    #[must_use]
    pub fn missing(&self) -> Vec<MissingBatches> {
        let gaps = |((by, of), come): (&(Instance, Option<RoutingScope>), &Come)| {
            let missing = come.missing();
            (!missing.is_empty()).then_some(MissingBatches { by: *by, of: *of, missing })
        };
        self.come.iter().filter_map(gaps).collect()
    }

    /// Performance of the variants of `model` that any process served; of the lifetime, whatever `filter`
    /// says of time.
    #[must_use]
    pub fn performance(&self, model: &ModelId, filter: &StatsFilter) -> BTreeMap<String, StatsView> {
        let mut all: BTreeMap<String, Counted> = BTreeMap::new();
        for (key, counted) in self.of(Some(model), filter) {
            all.entry(key.variant.to_string()).or_default().merge(counted);
        }
        all.into_iter().map(|(variant, counted)| (variant, counted.tally.view(true, Window::Lifetime))).collect()
    }

    /// How often each variant served in all processes.
    #[must_use]
    pub fn usage(&self, filter: &StatsFilter) -> Vec<UsageRow> {
        let mut all: BTreeMap<_, Counted> = BTreeMap::new();
        for (key, counted) in self.of(None, filter) {
            all.entry((key.model, key.variant)).or_default().merge(counted);
        }
        usage_rows(all.into_iter())
    }

    fn of<'a>(
        &'a self,
        model: Option<&'a ModelId>,
        filter: &'a StatsFilter,
    ) -> impl Iterator<Item = (&'a SeriesKey, &'a Counted)> {
        self.series.iter().filter(move |(key, _)| key.is_of(model, filter))
    }

    pub(super) fn batches(&self) -> [u64; 2] {
        self.batches
    }
}
