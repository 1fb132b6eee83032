//! What several processes counted, put together from batches that may come twice and in any order.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::model::ModelId;
use super::recorder::{Instance, SeriesKey};
use super::series::Counted;
use super::{StatsFilter, StatsView, UsageRow, Window, usage_rows};
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
    /// Its number: 1, 2, 3, and so on.
    pub seq: u64,
    /// When the batch before it ended.
    pub from: Timestamp,
    /// When it was made.
    pub to: Timestamp,
    /// The series that have anything new.
    pub series: Vec<SeriesDelta>,
}

impl StatsBatch {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Reads the JSON form; refuses what contradicts itself.
    pub fn from_json(value: &Value) -> Result<Self, Error> {
        Self::deserialize(value).map_err(|cause| Error::invalid_input("batch", Value::Null, cause.to_string()))
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
    /// Numbers that have come, as first and last of each run.
    come: BTreeMap<Instance, BTreeMap<u64, u64>>,
    series: BTreeMap<SeriesKey, Counted>,
    batches: [u64; 2],
}

impl MergedStats {
    /// Totals of no batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts `batch`, unless it has been; `out_of_range` for a number below 1.
    pub fn apply(&mut self, batch: &StatsBatch) -> Result<BatchResult, Error> {
        if batch.seq == 0 {
            return Err(Error::invalid_input("seq", 0, "1 or more").with_reason("out_of_range"));
        }
        let runs = self.come.entry(Instance { instance: batch.instance, epoch: batch.epoch }).or_default();
        let before = runs.range(..=batch.seq).next_back().map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| last >= batch.seq) {
            self.batches[1] += 1;
            return Ok(BatchResult::Duplicate);
        }
        let first = before.filter(|(_, last)| last + 1 == batch.seq).map_or(batch.seq, |(first, _)| first);
        let after = batch.seq.checked_add(1).and_then(|next| runs.remove(&next));
        runs.insert(first, after.unwrap_or(batch.seq));
        for SeriesDelta { key, counted } in &batch.series {
            self.series.entry(*key).or_default().merge(counted);
        }
        self.batches[0] += 1;
        Ok(BatchResult::New)
    }

    /// Batches that must still come, or are lost.
    #[must_use]
    pub fn missing(&self) -> Vec<MissingBatches> {
        let gaps = |(by, runs): (&Instance, &BTreeMap<u64, u64>)| {
            let mut next = 1;
            let mut missing = Vec::new();
            for (first, last) in runs {
                if *first > next {
                    missing.push(next..=first - 1);
                }
                next = last.saturating_add(1);
            }
            (!missing.is_empty()).then_some(MissingBatches { by: *by, missing })
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
