//! How a simulation is run: trials, seed, sampling, statistics, shard.

use serde_json::Value;

use super::definition::{MOST_TRIALS, OnUndefined, QuantileMode, Sampling, Simulate, StatisticsOptions};
use super::target::PrecisionTarget;
use crate::error::Error;
use crate::model::{Domain, Field, Place, Problems};
use crate::random::{BLOCK, Seed};

/// How a simulation is run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOptions {
    /// Trials of the whole run, 1 to 2^40; absent when a target is given.
    pub trials: Option<u64>,
    /// The precision at which the run stops, in place of a number of trials.
    pub target: Option<PrecisionTarget>,
    /// The seed; the same seed gives the same bits.
    pub seed: u64,
    /// Threads; all cores when absent. They never change a bit of the result.
    pub threads: Option<u32>,
    /// How trials are laid out.
    pub sampling: Sampling,
    /// What a trial without a value does to the run.
    pub on_undefined: OnUndefined,
    /// The largest share of trials without a value that a conditional result may have.
    pub max_undefined_fraction: f64,
    /// Seconds after which no further block of trials starts.
    pub time_budget: Option<f64>,
    /// First trial of a shard.
    pub first_trial: u64,
    /// Trials of a shard; all that remain when absent.
    pub trial_count: Option<u64>,
    /// The statistics wanted.
    pub statistics: StatisticsOptions,
    /// Whether the JSON form of the result holds the values of all trials.
    pub keep_samples: bool,
    /// Whether the JSON form of the result holds the drawn values of all trials.
    pub keep_inputs: bool,
}

/// No trials yet: `trials` or `target` must be set. Everything else as in the model `simulate`.
impl Default for RunOptions {
    fn default() -> Self {
        Self::from(&Simulate::default())
    }
}

impl From<&Simulate> for RunOptions {
    fn from(given: &Simulate) -> Self {
        Self {
            trials: given.trials,
            target: given.target.clone(),
            seed: given.seed.0,
            threads: given.threads,
            sampling: given.sampling.clone(),
            on_undefined: given.on_undefined,
            max_undefined_fraction: given.max_undefined_fraction,
            time_budget: given.time_budget,
            first_trial: given.first_trial,
            trial_count: given.trial_count,
            statistics: given.statistics.clone(),
            keep_samples: given.keep_samples,
            keep_inputs: given.keep_inputs,
        }
    }
}

impl RunOptions {
    /// A run of `trials` trials from `seed`.
    #[must_use]
    pub fn new(trials: u64, seed: u64) -> Self {
        Self { trials: Some(trials), seed, ..Self::default() }
    }

    /// A run from `seed` until it is as precise as `target` asks for.
    #[must_use]
    pub fn until(target: PrecisionTarget, seed: u64) -> Self {
        Self { target: Some(target), seed, ..Self::default() }
    }

    /// Trials of the whole run, or the most that a target allows.
    #[must_use]
    pub fn requested(&self) -> u64 {
        let most = self.target.as_ref().map(|target| target.max_trials);
        self.trials.or(most).unwrap_or_default()
    }

    /// Whether the values of all trials are held.
    pub(super) fn holds_values(&self) -> bool {
        self.statistics.quantile_mode == QuantileMode::Exact || self.keep_samples || self.keep_inputs
    }

    /// The same run cut to shard `shard` (from 0) of `shards`: blocks floor(shard B / shards) up to
    /// floor((shard + 1) B / shards) of its B blocks of 1,024 trials.
    pub fn shard(mut self, shard: u64, shards: u64) -> Result<Self, Error> {
        let block = BLOCK as u64;
        let trials = self.requested();
        let blocks = trials.div_ceil(block);
        if shards == 0 || shards > blocks {
            let constraint = format!("1 to {blocks}, the blocks of 1,024 trials in the run");
            return Err(Error::invalid_input("shards", shards, constraint));
        }
        if shard >= shards {
            return Err(Error::invalid_input("shard", shard, format!("0 to {}", shards - 1)));
        }
        // At most 2^30 blocks, so the products are far below 2^64.
        self.first_trial = shard * blocks / shards * block;
        let end = ((shard + 1) * blocks / shards * block).min(trials);
        self.trial_count = Some(end - self.first_trial);
        Ok(self)
    }

    /// Whether it asks for a part of the run.
    #[must_use]
    pub fn is_shard(&self) -> bool {
        self.first_trial > 0 || self.trial_count.is_some()
    }

    /// The options of the run that this shard is part of, without what changes no bit.
    pub(super) fn of_whole_run(&self) -> Self {
        Self { threads: None, time_budget: None, first_trial: 0, trial_count: None, ..self.clone() }
    }

    /// Puts the options into the JSON input of the model `simulate`.
    pub(super) fn write_to(&self, input: &mut Simulate) {
        input.trials = self.trials;
        input.target.clone_from(&self.target);
        input.seed = Seed(self.seed);
        input.threads = self.threads;
        input.sampling = self.sampling.clone();
        input.on_undefined = self.on_undefined;
        input.max_undefined_fraction = self.max_undefined_fraction;
        input.time_budget = self.time_budget;
        input.first_trial = self.first_trial;
        input.trial_count = self.trial_count;
        input.statistics = self.statistics.clone();
        input.keep_samples = self.keep_samples;
        input.keep_inputs = self.keep_inputs;
    }

    /// First trial and number of trials to run; refuses options that contradict each other.
    pub(super) fn span(&self) -> Result<(u64, u64), Error> {
        let mut problems = Problems::default();
        self.check_ranges(&mut problems);
        let block = BLOCK as u64;
        if self.trials.is_none() && self.target.is_none() {
            problems.missing("trials", "required, or a target");
            return problems.into_result().map(|()| (0, 0));
        }
        if let (Some(trials), Some(_)) = (self.trials, &self.target) {
            problems.refuse("trials", trials, "null when a target is given");
        }
        let trials = self.requested();
        let field = if self.trials.is_some() { "trials" } else { "target.max_trials" };
        if let Some(target) = &self.target {
            target.check_against(self, &mut problems);
        }
        self.sampling.check_against(trials, field, &mut problems);
        if !self.first_trial.is_multiple_of(block) || self.first_trial >= trials.max(1) {
            problems.refuse("first_trial", self.first_trial, "a multiple of 1,024 below trials");
        }
        let rest = trials.saturating_sub(self.first_trial);
        let count = self.trial_count.unwrap_or(rest);
        if count == 0 || count > rest || (count < rest && !count.is_multiple_of(block)) {
            problems.refuse("trial_count", count, "a multiple of 1,024, or all trials that remain");
        }
        problems.into_result().map(|()| (self.first_trial, count))
    }

    fn check_ranges(&self, problems: &mut Problems) {
        let root = Place::ROOT;
        let mut check = |name: &str, value: f64, domain: Domain| value.check(&root.field(name, domain), problems);
        check("trials", self.trials.unwrap_or(1) as f64, Domain::COUNT.at_least(1.0).at_most(MOST_TRIALS as f64));
        check("threads", f64::from(self.threads.unwrap_or(1)), Domain::COUNT.at_least(1.0));
        check("max_undefined_fraction", self.max_undefined_fraction, Domain::SHARE);
        check("time_budget", self.time_budget.unwrap_or(1.0), Domain::NUMBER.above(0.0));
        self.sampling.check(&root.field("sampling", Domain::NUMBER), problems);
        self.statistics.check(&root.field("statistics", Domain::NUMBER), problems);
        self.target.check(&root.field("target", Domain::NUMBER), problems);
    }

    /// Refuses statistics of outputs that are not computed.
    pub(super) fn check_outputs(&self, names: &[String]) -> Result<(), Error> {
        let mut problems = Problems::default();
        let statistics = &self.statistics;
        let thresholds = statistics.thresholds.keys().map(|name| ("thresholds", name));
        for (field, name) in thresholds.chain(statistics.edges.keys().map(|name| ("edges", name))) {
            if !names.contains(name) {
                let known = format!("an output of the run: {}", names.join(", "));
                problems.refuse(format!("statistics.{field}.{name}"), name.as_str(), known);
            }
        }
        if let Some(target) = self.target.as_ref().filter(|target| !names.contains(&target.output)) {
            let known = format!("an output of the run: {}", names.join(", "));
            problems.refuse("target.output", target.output.as_str(), known);
        }
        for (name, edges) in &statistics.edges {
            if edges.len() < 2 || edges.windows(2).any(|pair| pair[0] >= pair[1]) {
                let value = Value::from(edges.clone());
                problems.refuse(format!("statistics.edges.{name}"), value, "at least two increasing numbers");
            }
        }
        problems.into_result()
    }
}
