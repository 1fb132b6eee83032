//! A precision to reach: when a run may stop, decided on its first blocks alone, so that neither the
//! number of threads nor their pace has a say.

use super::definition::{MOST_TRIALS, SamplingMethod};
use super::options::RunOptions;
use crate::model::{Domain, Problems, record};
use crate::random::BLOCK;
use crate::statistics::Moments;

/// Blocks from one decision to the next.
const BLOCKS: u64 = 16;

record! {
    /// A standard error of the mean at which a run stops.
    pub struct PrecisionTarget {
        /// The output, by path.
        pub output: String,
        /// The standard error to reach.
        pub standard_error: f64 [Domain::NUMBER.above(0.0)],
        /// Whether it is a share of the mean's size.
        pub relative: bool = false,
        /// Trials before which the run does not stop.
        pub min_trials: u64 = 10 * BLOCK as u64,
        /// Trials after which it stops in any case.
        pub max_trials: u64 [Domain::COUNT.at_least(1.0).at_most(MOST_TRIALS as f64)],
    }
}

impl PrecisionTarget {
    /// Refuses what contradicts the other options of a run.
    pub(super) fn check_against(&self, options: &RunOptions, problems: &mut Problems) {
        if self.min_trials > self.max_trials {
            problems.refuse("target.min_trials", self.min_trials, format!("at most max_trials, {}", self.max_trials));
        }
        if options.is_shard() {
            let constraint = "null for a shard, which cannot know what the others found";
            problems.refuse("target", self.standard_error, constraint);
        }
        if !matches!(options.sampling.method, SamplingMethod::Random | SamplingMethod::Antithetic) {
            let constraint = "null, or sampling random or antithetic, whose first trials are a run of their own";
            problems.refuse("target", self.standard_error, constraint);
        }
    }
}

/// The decisions of one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decisions {
    /// Position of the output.
    pub(super) output: usize,
    standard_error: f64,
    relative: bool,
    /// Blocks before the first decision.
    first: u64,
}

impl Decisions {
    pub(super) fn of(target: &PrecisionTarget, output: usize) -> Self {
        let first = target.min_trials.div_ceil(BLOCKS * BLOCK as u64).max(1) * BLOCKS;
        Self { output, standard_error: target.standard_error, relative: target.relative, first }
    }

    /// Blocks that will be needed once the first `done` are finished and have not reached the target.
    pub(super) fn needed(&self, done: u64) -> u64 {
        (done / BLOCKS + 1).saturating_mul(BLOCKS).max(self.first)
    }

    /// Whether the first `done` blocks are a place to decide, and their mean is known well enough;
    /// `spread` is what the standard error comes from.
    pub(super) fn reached(&self, done: u64, mean: f64, spread: &Moments) -> bool {
        if done < self.first || !done.is_multiple_of(BLOCKS) {
            return false;
        }
        let limit = if self.relative { self.standard_error * mean.abs() } else { self.standard_error };
        let never = self.relative && mean == 0.0;
        !never && spread.standard_error().is_some_and(|found| found <= limit)
    }
}
