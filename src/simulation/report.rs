//! The result as records: what the model `simulate` answers in JSON.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::contributions::Contribution;
use super::definition::OnUndefined;
use super::indices::IndexEstimate;
use super::result::{SimulationResult, Stopped};
use super::stats::Stats;
use crate::by_key::by_key;
use crate::model::{Field, record};
use crate::random::Seed;
use crate::valuation::Warning;

record! {
    /// Distributions of the outputs, and an honest account of what ran.
    pub struct SimulationReport {
        /// Why the run ended.
        pub status: Stopped,
        /// Trials of the whole run asked for.
        pub trials_requested: u64,
        /// Trials done.
        pub trials_completed: u64,
        /// Trials that have a value.
        pub trials_defined: u64,
        /// First trial; not 0 for a later shard.
        pub first_trial: u64,
        /// Seconds.
        pub elapsed: f64,
        /// The seed.
        pub seed: Seed,
        /// Version of the engine.
        pub engine_version: String,
        /// Outputs of the base input; null when it has none.
        pub base: Option<BTreeMap<String, f64>>,
        /// Statistics by output.
        pub outputs: BTreeMap<String, OutputReport>,
        /// Trials without a value.
        pub undefined: UndefinedReport,
        /// Whether statistics are over defined trials only, the others having been left out.
        pub conditional: bool,
        /// The dependence that draws were made with; null when they are independent.
        pub dependence: Option<DependenceReport>,
        /// What each draw contributes to each output.
        pub contributions: Vec<ContributionReport>,
        /// Values by output in trial order, of defined trials; null unless they were asked for.
        pub samples: Option<BTreeMap<String, Vec<f64>>>,
        /// Drawn values by draw in trial order, of defined trials; null unless they were asked for.
        pub inputs: Option<BTreeMap<String, Vec<f64>>>,
        /// Numbers of the trials in `samples` and `inputs`; null when every trial is there.
        pub trial_index: Option<Vec<u64>>,
        /// The shard in the form that can be merged, in base64; null for a whole run.
        pub summary: Option<String>,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// The dependence that draws were made with.
    pub struct DependenceReport {
        /// Correlations of scores: converted from those of ranks, and repaired if need be.
        pub matrix_used: Vec<Vec<f64>>,
        /// Whether the matrix given was one that no draws can have.
        pub repaired: bool,
        /// How far the repair moved it, as the root of the sum of squares; 0 without a repair.
        pub distance: f64,
    }
}

record! {
    /// Trials without a value.
    pub struct UndefinedReport {
        /// Trials.
        pub count: u64,
        /// Their share of the trials done.
        pub fraction: f64,
        /// By reason, the one met first at the front.
        pub by_reason: Vec<ReasonReport>,
    }
}

record! {
    /// Trials without a value for one reason.
    pub struct ReasonReport {
        /// Kind of error.
        pub kind: String,
        /// The quantity, or the field for InvalidInput.
        pub what: String,
        /// Trials.
        pub count: u64,
        /// The first of them.
        pub first_trial: u64,
    }
}

record! {
    /// Statistics of one output; a standard deviation needs two values and is null without them.
    pub struct OutputReport {
        /// Trials that have a value.
        pub count: u64,
        /// Mean.
        pub mean: f64,
        /// Standard deviation with n - 1.
        pub standard_deviation: Option<f64>,
        /// Standard error of the mean.
        pub standard_error: Option<f64>,
        /// What the standard error comes from: trials, pairs or replicates.
        pub standard_error_basis: String,
        /// Both ends of the confidence interval of the mean.
        pub confidence_interval: Option<Vec<f64>>,
        /// Skewness; null when all values are equal.
        pub skewness: Option<f64>,
        /// Excess kurtosis; null when all values are equal.
        pub kurtosis: Option<f64>,
        /// Smallest value.
        pub min: f64,
        /// Largest value.
        pub max: f64,
        /// Quantiles.
        pub quantiles: Vec<QuantileReport>,
        /// Value at risk.
        pub var: Vec<RiskReport>,
        /// Conditional value at risk.
        pub cvar: Vec<RiskReport>,
        /// Probabilities of exceeding thresholds.
        pub probabilities: Vec<ProbabilityReport>,
        /// Counts between edges; null in sketch mode unless the edges are given.
        pub histogram: Option<HistogramReport>,
        /// Mean and standard error after 1,024 x 2^k trials and at the end.
        pub convergence: Vec<ConvergenceReport>,
    }
}

record! {
    /// A quantile with its confidence interval, whose ends are null outside the sample.
    pub struct QuantileReport {
        /// Probability below.
        pub p: f64,
        /// The quantile.
        pub value: f64,
        /// Lower end.
        pub ci_low: Option<f64>,
        /// Upper end.
        pub ci_high: Option<f64>,
        /// Whether they are within 0.05 % and not exact.
        pub approximate: bool,
    }
}

record! {
    /// A risk measure at a level.
    pub struct RiskReport {
        /// The level.
        pub level: f64,
        /// The loss from the reference.
        pub value: f64,
        /// Whether the values it rests on are within 0.05 % and not exact.
        pub approximate: bool,
    }
}

record! {
    /// The probability of exceeding a threshold.
    pub struct ProbabilityReport {
        /// The threshold.
        pub threshold: f64,
        /// Share of values above it.
        pub above: f64,
        /// Standard error of the share.
        pub standard_error: f64,
        /// Lower end of Wilson's interval.
        pub ci_low: f64,
        /// Upper end.
        pub ci_high: f64,
        /// Whether it is that of a threshold within 0.05 % and not exact.
        pub approximate: bool,
    }
}

record! {
    /// Counts between edges; the last bin holds its upper edge too.
    pub struct HistogramReport {
        /// Edges, one more than bins.
        pub edges: Vec<f64>,
        /// Values in each bin.
        pub counts: Vec<u64>,
        /// Values below the first edge.
        pub below: u64,
        /// Values above the last edge.
        pub above: u64,
    }
}

record! {
    /// What one draw contributes to one output.
    pub struct ContributionReport {
        /// The output.
        pub output: String,
        /// Label of the draw.
        pub draw: String,
        /// Spearman's rank correlation; null when one of them does not vary, and in sketch mode.
        pub spearman: Option<f64>,
        /// Pearson's correlation; null likewise.
        pub pearson: Option<f64>,
        /// The square of spearman as a share of those of all draws: an aid to ranking.
        pub variance_share: Option<f64>,
        /// Share of variance from the draw alone; null unless indices were asked for.
        pub sobol_first: Option<IndexReport>,
        /// Share of variance from the draw with all its interactions; null likewise.
        pub sobol_total: Option<IndexReport>,
    }
}

record! {
    /// An index with its standard error.
    pub struct IndexReport {
        /// The index; noise may carry it outside 0 to 1.
        pub value: f64,
        /// Standard error; null for too few trials.
        pub standard_error: Option<f64>,
    }
}

record! {
    /// Mean and standard error after the first n trials.
    pub struct ConvergenceReport {
        /// Trials.
        pub n: u64,
        /// Mean.
        pub mean: f64,
        /// Standard error.
        pub standard_error: Option<f64>,
    }
}

impl SimulationResult {
    /// The result as records, with every statistic computed.
    #[must_use]
    pub fn report(&self) -> SimulationReport {
        let options = &self.header.options;
        let count = self.undefined_count();
        let conditional = options.on_undefined == OnUndefined::Discard;
        let names = || self.header.names.iter();
        let stats: Vec<Stats<'_>> = (0..self.outputs.len()).filter_map(|i| Stats::of(self, i)).collect();
        let samples = || by_key(stats.iter().map(|of| (of.name().to_owned(), of.samples().to_vec())));
        let drawn = |name: &String| Some((name.clone(), self.drawn(name).ok()?.to_vec()));
        let inputs = || by_key(self.header.draws.iter().filter_map(drawn));
        SimulationReport {
            status: self.stopped,
            trials_requested: options.requested(),
            trials_completed: self.trials,
            trials_defined: self.trials_defined(),
            first_trial: self.first_trial,
            elapsed: self.elapsed,
            seed: Seed(options.seed),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            base: self.header.base.as_ref().map(|base| by_key(names().cloned().zip(base.iter().copied()))),
            outputs: by_key(stats.iter().map(|of| (of.name().to_owned(), of.report()))),
            undefined: UndefinedReport {
                count,
                fraction: count as f64 / self.trials as f64,
                by_reason: self.undefined().into_iter().map(Into::into).collect(),
            },
            conditional,
            dependence: self.matrix_used().map(|used| DependenceReport {
                matrix_used: used.matrix.clone(),
                repaired: used.distance > 0.0,
                distance: used.distance,
            }),
            contributions: self.contributions().into_iter().map(Into::into).collect(),
            samples: options.keep_samples.then(samples),
            inputs: options.keep_inputs.then(inputs),
            trial_index: ((options.keep_samples || options.keep_inputs) && count > 0).then(|| self.trial_index()),
            summary: self.is_part().then(|| STANDARD.encode(self.to_bytes())),
            warnings: self.warnings(),
        }
    }

    /// The result as JSON: what the model `simulate` answers.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.report().write()
    }

    fn warnings(&self) -> Vec<Warning> {
        let options = &self.header.options;
        let mut warnings = Vec::new();
        let mut warn = |code: &str, field: &str, message: String| {
            warnings.push(Warning { code: code.to_owned(), field: field.to_owned(), message });
        };
        if options.on_undefined == OnUndefined::Discard {
            let message =
                format!("{} of {} trials have no value and are left out", self.undefined_count(), self.trials);
            warn("conditional_on_defined", "on_undefined", message);
        }
        let left_out = self.indices.total().left_out(self.trials_defined());
        if left_out > 0 {
            let message =
                format!("up to {left_out} trials have no value under exchanged draws and are left out of indices");
            warn("indices_on_defined", "statistics.sobol_indices", message);
        }
        if !options.holds_values() {
            let bare: Vec<&str> = self
                .header
                .names
                .iter()
                .filter(|name| !options.statistics.edges.contains_key(*name))
                .map(String::as_str)
                .collect();
            if !bare.is_empty() {
                let message = format!("sketch mode needs statistics.edges for a histogram of {}", bare.join(", "));
                warn("histogram_omitted", "statistics.edges", message);
            }
            let message = "sketch mode holds no values to correlate with draws, unless samples or inputs are kept";
            warn("correlations_omitted", "statistics.quantile_mode", message.to_owned());
        }
        warnings.extend(super::inert_draws(&self.header.definition, &self.header.names));
        warnings
    }
}

impl From<super::UndefinedTrials> for ReasonReport {
    fn from(of: super::UndefinedTrials) -> Self {
        Self { kind: of.kind.row().name.to_owned(), what: of.what, count: of.count, first_trial: of.first_trial }
    }
}

impl From<Contribution> for ContributionReport {
    fn from(of: Contribution) -> Self {
        let index = |of: IndexEstimate| IndexReport { value: of.value, standard_error: of.standard_error };
        Self {
            output: of.output,
            draw: of.draw,
            spearman: of.spearman,
            pearson: of.pearson,
            variance_share: of.variance_share,
            sobol_first: of.sobol_first.map(index),
            sobol_total: of.sobol_total.map(index),
        }
    }
}

impl Stats<'_> {
    /// All statistics asked for, as a record.
    #[must_use]
    pub fn report(&self) -> OutputReport {
        let approximate = self.is_approximate();
        let risk = |measure: &dyn Fn(f64) -> Option<f64>| {
            let levels = &self.options().risk_levels;
            levels.iter().filter_map(|&level| Some(RiskReport { level, value: measure(level)?, approximate })).collect()
        };
        OutputReport {
            count: self.count(),
            mean: self.mean(),
            standard_deviation: self.standard_deviation(),
            standard_error: self.standard_error(),
            standard_error_basis: self.standard_error_basis().to_owned(),
            confidence_interval: self.confidence_interval().map(|(low, high)| vec![low, high]),
            skewness: self.skewness(),
            kurtosis: self.kurtosis(),
            min: self.min(),
            max: self.max(),
            quantiles: self
                .quantiles()
                .into_iter()
                .map(|of| QuantileReport { p: of.p, value: of.value, ci_low: of.low, ci_high: of.high, approximate })
                .collect(),
            var: risk(&|level| self.value_at_risk(level)),
            cvar: risk(&|level| self.conditional_value_at_risk(level)),
            probabilities: self
                .probabilities()
                .into_iter()
                .map(|of| ProbabilityReport {
                    threshold: of.threshold,
                    above: of.above,
                    standard_error: of.standard_error,
                    ci_low: of.low,
                    ci_high: of.high,
                    approximate,
                })
                .collect(),
            histogram: self.histogram().map(|of| HistogramReport {
                edges: of.edges,
                counts: of.counts,
                below: of.below,
                above: of.above,
            }),
            convergence: self
                .convergence()
                .into_iter()
                .map(|of| ConvergenceReport { n: of.n, mean: of.mean, standard_error: of.standard_error })
                .collect(),
        }
    }
}
