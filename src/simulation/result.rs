//! What a run found: moments, columns and undefined trials, mergeable with those of other shards,
//! and the statistics read from them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::definition::{OnUndefined, Sampling};
use super::indices::IndexSums;
use super::options::RunOptions;
use super::ranked::Ranked;
use super::replicates::Replicates;
use super::stats::Stats;
use super::tally::Tally;
use crate::error::{Error, ErrorKind};
use crate::model::{Fault, Problems, choice};
use crate::parallel;
use crate::random::{BLOCK, MatrixUsed, Sampler};
use crate::statistics::{Moments, Nodes, OrderStatistics, SketchOrder};

choice! {
    /// Why a run ended.
    pub enum Stopped {
        /// All its trials are done.
        Complete = "complete",
        /// The mean was as precise as asked for.
        TargetReached = "target_reached",
        /// The mean was not as precise as asked for after the most trials allowed.
        MaxTrials = "max_trials",
        /// The time given for it had passed.
        TimeBudget = "time_budget",
        /// The caller asked it to.
        Cancelled = "cancelled",
        /// Shards at an end of the run are missing.
        Partial = "partial",
    }
}

/// The trials without a value for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndefinedTrials {
    /// What sort of refusal.
    pub kind: ErrorKind,
    /// The quantity, or the field for `InvalidInput`.
    pub what: String,
    /// Trials.
    pub count: u64,
    /// The first of them.
    pub first_trial: u64,
}

/// The result of a run, or of a shard of one.
///
/// Merged shards equal the run in one piece, bit for bit, whatever their number and order.
#[derive(Clone, Debug)]
pub struct SimulationResult {
    pub(super) header: Header,
    pub(super) first_trial: u64,
    pub(super) trials: u64,
    pub(super) stopped: Stopped,
    pub(super) elapsed: f64,
    pub(super) outputs: Vec<Column>,
    /// Sums for indices of draws; empty unless they were asked for.
    pub(super) indices: Nodes<IndexSums>,
    pub(super) undefined: BTreeMap<Fault, (u64, u64)>,
    /// Threads that the run was allowed; how it is asked about later is no part of the result.
    pub(super) threads: Option<u32>,
    /// Drawn values of the trials that have a value, found when first asked for.
    pub(super) drawn: OnceLock<Vec<Vec<f64>>>,
}

/// What is the same in all shards of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// The model, input, draws, outputs and dependence, in JSON.
    pub(super) definition: serde_json::Value,
    /// Options of the whole run: no shard, no threads.
    pub(super) options: RunOptions,
    /// Names of the outputs.
    pub(super) names: Vec<String>,
    /// Their values in the base case; `None` when it has none.
    pub(super) base: Option<Vec<f64>>,
    /// Digest of all of the above and of the model's version.
    pub(super) digest: String,
    /// Labels of the draws.
    pub(super) draws: Vec<String>,
    /// What drew them: draws are a function of the trial, so they are found again and not kept.
    pub(super) sampler: Sampler,
}

/// How the values of one output spread, over trials and over what is independent of each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spread {
    pub(super) moments: Nodes,
    /// Of the means of antithetic pairs; empty for other sampling.
    pub(super) pairs: Nodes,
    /// Of replicates; empty for sampling without them.
    pub(super) replicates: Replicates,
}

impl Spread {
    fn absorb(&mut self, other: &Self) {
        self.moments.absorb(&other.moments);
        self.pairs.absorb(&other.pairs);
        self.replicates.absorb(&other.replicates);
    }
}

/// One output.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) spread: Spread,
    /// In trial order; NaN where a trial has no value. Empty when they were not held.
    pub(super) values: Vec<f64>,
    /// What was counted of the values, in `sketch` mode.
    pub(super) tally: Option<Tally>,
    order: OnceLock<OrderStatistics>,
    counted: OnceLock<SketchOrder>,
    samples: OnceLock<Vec<f64>>,
}

impl Clone for Column {
    /// What is derived from the values is found again when it is asked for.
    fn clone(&self) -> Self {
        Self::new(self.spread.clone(), self.values.clone(), self.tally.clone())
    }
}

impl Column {
    pub(super) fn new(spread: Spread, values: Vec<f64>, tally: Option<Tally>) -> Self {
        let (order, counted, samples) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { spread, values, tally, order, counted, samples }
    }

    /// The values by rank, found on up to `threads` threads; `total` is what the moments add up to.
    pub(super) fn ranked(&self, total: &Moments, threads: usize) -> Ranked<'_> {
        if let Some(tally) = &self.tally {
            let counted = || SketchOrder::new(&tally.sketch, total.min, total.max);
            Ranked::Counted(self.counted.get_or_init(counted))
        } else {
            let order = || OrderStatistics::new(&self.values, total.min, total.max, threads);
            Ranked::Exact(self.order.get_or_init(order), &self.values)
        }
    }

    /// Takes over the trials that follow.
    fn append(&mut self, other: Self) {
        let mut whole =
            Self::new(std::mem::take(&mut self.spread), std::mem::take(&mut self.values), self.tally.take());
        whole.spread.absorb(&other.spread);
        whole.values.extend(other.values);
        if let (Some(tally), Some(other)) = (&mut whole.tally, &other.tally) {
            tally.absorb(other);
        }
        *self = whole;
    }

    /// The values of the trials that have one.
    pub(super) fn samples(&self, defined: u64) -> &[f64] {
        if self.values.len() as u64 == defined {
            return &self.values;
        }
        self.samples.get_or_init(|| self.values.iter().copied().filter(|value| !value.is_nan()).collect())
    }
}

impl SimulationResult {
    /// Why the run ended.
    #[must_use]
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.header.options.seed
    }

    /// Trials of the whole run asked for.
    #[must_use]
    pub fn trials_requested(&self) -> u64 {
        self.header.options.requested()
    }

    /// Trials done.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// Trials that have a value.
    #[must_use]
    pub fn trials_defined(&self) -> u64 {
        self.trials - self.undefined_count()
    }

    /// The first trial; not 0 for a later shard.
    #[must_use]
    pub fn first_trial(&self) -> u64 {
        self.first_trial
    }

    /// Seconds of the run, or of all its shards together.
    #[must_use]
    pub fn elapsed(&self) -> f64 {
        self.elapsed
    }

    /// Names of the outputs, in the order asked for.
    #[must_use]
    pub fn output_names(&self) -> &[String] {
        &self.header.names
    }

    /// The outputs of the base input; `None` when it has none.
    #[must_use]
    pub fn base(&self) -> Option<&[f64]> {
        self.header.base.as_deref()
    }

    /// Trials without a value.
    #[must_use]
    pub fn undefined_count(&self) -> u64 {
        self.undefined.values().map(|(count, _)| count).sum()
    }

    /// Trials without a value by reason, the reason met first at the front.
    #[must_use]
    pub fn undefined(&self) -> Vec<UndefinedTrials> {
        let one = |(fault, &(count, first_trial)): (&Fault, &(u64, u64))| UndefinedTrials {
            kind: fault.kind,
            what: fault.what.clone(),
            count,
            first_trial,
        };
        let mut reasons: Vec<_> = self.undefined.iter().map(one).collect();
        reasons.sort_unstable_by_key(|reason| reason.first_trial);
        reasons
    }

    /// Numbers of the trials that have a value, in order; empty when the values were not held.
    #[must_use]
    pub fn trial_index(&self) -> Vec<u64> {
        let Some(column) = self.outputs.first() else { return Vec::new() };
        (self.first_trial..).zip(&column.values).filter(|(_, value)| !value.is_nan()).map(|(trial, _)| trial).collect()
    }

    /// The statistics of the output called `name`.
    pub fn stats(&self, name: &str) -> Result<Stats<'_>, Error> {
        let Some(position) = self.header.names.iter().position(|known| known == name) else {
            return Err(Error::not_found("unknown_output", format!("output {name}"))
                .with_hint(format!("outputs of this run: {}", self.header.names.join(", "))));
        };
        Stats::of(self, position).ok_or_else(|| Error::undefined(name, "no trial has a value"))
    }

    pub(super) fn sampling(&self) -> &Sampling {
        &self.header.options.sampling
    }

    /// The correlations of scores that draws were made with; `None` when they are independent.
    #[must_use]
    pub fn matrix_used(&self) -> Option<&MatrixUsed> {
        self.header.sampler.matrix_used()
    }

    /// The threads that statistics are found on: those that the run was allowed.
    pub(super) fn threads(&self) -> usize {
        parallel::threads(self.threads.map(|threads| threads as usize))
    }

    /// The numbers of its trials.
    pub(super) fn range(&self) -> std::ops::Range<u64> {
        self.first_trial..self.first_trial + self.trials
    }

    /// Whether it covers its run from the first trial to the last.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.first_trial == 0 && self.trials == self.header.options.requested()
    }

    /// Whether more trials of the same run can be joined to it.
    pub(super) fn is_part(&self) -> bool {
        !self.is_whole() && self.stopped != Stopped::TargetReached
    }

    /// Refuses a result with too many trials without a value.
    pub(super) fn check_undefined(&self) -> Result<(), Error> {
        let options = &self.header.options;
        let count = self.undefined_count();
        let fraction = count as f64 / self.trials as f64;
        if options.on_undefined == OnUndefined::Discard
            && (fraction > options.max_undefined_fraction || count == self.trials)
        {
            let reasons: Vec<String> = self
                .undefined()
                .iter()
                .map(|reason| {
                    let (kind, first) = (reason.kind.row().name, reason.first_trial);
                    format!("{} {kind} {} (first trial {first})", reason.count, reason.what)
                })
                .collect();
            let why = format!("{count} of {} trials have no value: {}", self.trials, reasons.join(", "));
            return Err(Error::undefined("simulation", why)
                .with("value", fraction)
                .with("limit", options.max_undefined_fraction));
        }
        Ok(())
    }

    /// One result from the shards of one run, in any order.
    ///
    /// A shard missing at an end leaves the result `partial`; one missing in the middle, one given
    /// twice, or one of another run is `InvalidInput` on `summaries[i]`.
    pub fn merge(parts: Vec<SimulationResult>) -> Result<SimulationResult, Error> {
        let refuse = |i: usize, value: serde_json::Value, constraint: String| {
            Err(Error::invalid_input(format!("summaries[{i}]"), value, constraint))
        };
        let mut parts: Vec<(usize, SimulationResult)> = parts.into_iter().enumerate().collect();
        for pair in parts.windows(2) {
            let ((_, one), (i, other)) = (&pair[0], &pair[1]);
            if one.header.digest != other.header.digest {
                return refuse(*i, other.header.digest.as_str().into(), "a shard of the same run".to_owned());
            }
        }
        parts.sort_unstable_by_key(|(i, part)| (part.first_trial, *i));
        let mut parts = parts.into_iter();
        let Some((_, mut whole)) = parts.next() else {
            return Err(Error::invalid_input("summaries", serde_json::json!([]), "at least one shard"));
        };
        for (i, part) in parts {
            let end = whole.first_trial + whole.trials;
            if part.first_trial < end {
                return refuse(i, part.first_trial.into(), format!("trials given once; {end} is the next"));
            }
            if part.first_trial > end || !end.is_multiple_of(BLOCK as u64) {
                return refuse(i, part.first_trial.into(), format!("no gap between shards; {end} is the next trial"));
            }
            whole.append(part);
        }
        whole.stopped = match whole.stopped {
            // A run with a target has no shards: it is all there is.
            Stopped::TargetReached | Stopped::MaxTrials => whole.stopped,
            _ if whole.is_whole() => Stopped::Complete,
            _ => Stopped::Partial,
        };
        if whole.is_whole() {
            whole.check_undefined()?;
        }
        Ok(whole)
    }

    /// [`SimulationResult::merge`] of the `summary` texts of the shards' JSON answers.
    pub fn merge_summaries(summaries: &[impl AsRef<str>]) -> Result<SimulationResult, Error> {
        let mut problems = Problems::default();
        let mut parts = Vec::with_capacity(summaries.len());
        for (i, summary) in summaries.iter().enumerate() {
            let bytes = STANDARD.decode(summary.as_ref()).unwrap_or_default();
            if let Ok(part) = SimulationResult::from_bytes(&bytes) {
                parts.push(part);
            } else {
                let length = format!("{} characters", summary.as_ref().len());
                problems.refuse(format!("summaries[{i}]"), length, "the undamaged summary of a simulation's shard");
            }
        }
        problems.into_result()?;
        Self::merge(parts)
    }

    fn append(&mut self, part: SimulationResult) {
        self.trials += part.trials;
        self.elapsed += part.elapsed;
        for (column, other) in self.outputs.iter_mut().zip(part.outputs) {
            column.append(other);
        }
        self.indices.absorb(&part.indices);
        self.drawn = OnceLock::new();
        for (fault, (count, first)) in part.undefined {
            let known = self.undefined.entry(fault).or_insert((0, first));
            *known = (known.0 + count, known.1.min(first));
        }
    }
}
