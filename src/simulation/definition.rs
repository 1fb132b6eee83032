//! What a simulation is made of, as records: draws, sampling, statistics wanted, and the input of
//! the model `simulate` that holds them all.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::target::PrecisionTarget;
use crate::model::{Domain, Field, Place, Problems, choice, fixed, record};
use crate::random::{Dependence, Distribution, Layout, Seed};

choice! {
    /// What a draw does to the base value.
    pub enum Mode {
        /// Replaces it.
        Set = "set",
        /// Is added to it.
        Shift = "shift",
        /// Multiplies it.
        Scale = "scale",
    }
}

record! {
    /// A drawn number.
    pub struct DrawOn {
        /// The number; `a[*].b` applies one draw to every element.
        pub path: String,
        /// What it is distributed as.
        pub distribution: Distribution,
        /// What it does to the base value.
        pub mode: Mode = Mode::Set,
        /// Label in results and in the dependence; the path when absent.
        pub name: Option<String>,
    }
}

impl DrawOn {
    /// The label: the name given, else the path.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.path)
    }
}

choice! {
    /// How trials are laid out.
    pub enum SamplingMethod {
        /// Independent trials.
        Random = "random",
        /// Trials 2k and 2k + 1 are mirrors of each other.
        Antithetic = "antithetic",
        /// Replicates in which each stratum of each draw has one trial.
        LatinHypercube = "latin_hypercube",
        /// Replicates of scrambled points of Sobol's sequence.
        Sobol = "sobol",
    }
}

record! {
    /// How trials are laid out.
    pub struct Sampling {
        /// The method.
        pub method: SamplingMethod = SamplingMethod::Random,
        /// Replicates that the trials are divided into: 10 with latin_hypercube and 16 with sobol when
        /// absent; other methods have none.
        pub replicates: Option<u32> [Domain::COUNT.at_least(1.0).at_most(65_536.0)],
    }
}

impl Sampling {
    /// This method with its default settings.
    #[must_use]
    pub fn by(method: SamplingMethod) -> Self {
        Self { method, ..Self::default() }
    }

    /// Trials of a replicate in a run of `trials`; `None` for a method without replicates.
    pub(super) fn replicate_size(&self, trials: u64) -> Option<u64> {
        self.replicate_count().map(|count| trials / count)
    }

    fn replicate_count(&self) -> Option<u64> {
        let default = match self.method {
            SamplingMethod::Random | SamplingMethod::Antithetic => return None,
            SamplingMethod::LatinHypercube => 10,
            SamplingMethod::Sobol => 16,
        };
        Some(self.replicates.unwrap_or(default).max(1).into())
    }

    /// How a run of `trials` is laid out.
    pub(super) fn layout(&self, trials: u64) -> Layout {
        let size = self.replicate_size(trials).unwrap_or(1).max(1);
        match self.method {
            SamplingMethod::Random => Layout::Random,
            SamplingMethod::Antithetic => Layout::Antithetic,
            SamplingMethod::LatinHypercube => Layout::LatinHypercube { size },
            SamplingMethod::Sobol => Layout::Sobol { size },
        }
    }

    /// Refuses settings that `trials`, given as `field`, cannot be laid out by.
    pub(super) fn check_against(&self, trials: u64, field: &str, problems: &mut Problems) {
        match (self.method, self.replicate_count()) {
            (SamplingMethod::Antithetic, _) if !trials.is_multiple_of(2) => {
                problems.refuse(field, trials, "an even number, since antithetic trials come in pairs");
            }
            (SamplingMethod::LatinHypercube, Some(count)) if trials < count || !trials.is_multiple_of(count) => {
                problems.refuse(field, trials, format!("a multiple of {count}, the replicates of latin_hypercube"));
            }
            (SamplingMethod::Sobol, Some(count))
                if !trials.is_multiple_of(count) || !(trials / count).is_power_of_two() =>
            {
                let constraint = format!("{count} times a power of two, for the {count} replicates of sobol");
                problems.refuse(field, trials, constraint);
            }
            _ => {}
        }
        if let (Some(replicates), None) = (self.replicates, self.replicate_count()) {
            problems.refuse("sampling.replicates", replicates, "null but with latin_hypercube and sobol");
        }
    }
}

choice! {
    /// What a trial without a value does to the run.
    pub enum OnUndefined {
        /// Ends it with an error that names the first such trial.
        Fail = "fail",
        /// Is counted and left out; the result is conditional on the others.
        Discard = "discard",
    }
}

choice! {
    /// How quantiles are found.
    pub enum QuantileMode {
        /// From all values, which are held: 8 bytes for each trial and output.
        Exact = "exact",
        /// From counts in bins that are 0.05 % of their value wide, in memory that does not grow.
        Sketch = "sketch",
    }
}

/// The number that losses are measured from.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Reference {
    /// The mean of the output.
    #[default]
    Mean,
    /// A given value.
    Value(f64),
}

impl Field for Reference {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if value.as_str() == Some("mean") {
            return Some(Self::Mean);
        }
        if !value.is_number() {
            problems.refuse(at, value.clone(), "\"mean\" or a finite number");
            return None;
        }
        f64::read(value, at, problems).map(Self::Value)
    }
    fn placeholder() -> Self {
        Self::Mean
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        if let Self::Value(value) = self {
            value.check(at, problems);
        }
    }
    fn write(&self) -> Value {
        match self {
            Self::Mean => "mean".into(),
            Self::Value(value) => value.write(),
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        Map::from_iter([("anyOf".to_owned(), json!([{"const": "mean"}, f64::schema(domain)]))])
    }
}
fixed!(Reference);

/// Open interval (0, 1).
const LEVEL: Domain = Domain::FRACTION.above(0.0).below(1.0);

record! {
    /// The statistics wanted of each output.
    pub struct StatisticsOptions {
        /// Probabilities of the quantiles.
        pub quantiles: Vec<f64> [LEVEL] = vec![0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99],
        /// Level of confidence intervals.
        pub confidence: f64 [LEVEL] = 0.95,
        /// Levels of value at risk.
        pub risk_levels: Vec<f64> [LEVEL] = vec![0.95, 0.99],
        /// What losses are measured from.
        pub reference: Reference = Reference::Mean,
        /// Thresholds whose probability of being exceeded is wanted, by output.
        pub thresholds: BTreeMap<String, Vec<f64>> = BTreeMap::new(),
        /// Equal bins of the histogram.
        pub bins: u32 [Domain::COUNT.at_least(1.0).at_most(1_000_000.0)] = 50,
        /// Edges of the histogram, increasing, by output; equal bins where not given.
        pub edges: BTreeMap<String, Vec<f64>> = BTreeMap::new(),
        /// How quantiles are found.
        pub quantile_mode: QuantileMode = QuantileMode::Exact,
        /// Whether first-order and total indices of the draws are wanted, for which each trial is
        /// evaluated two more times than there are draws.
        pub sobol_indices: bool = false,
    }
}

/// No more trials than this in a run: 2^40.
pub(super) const MOST_TRIALS: u64 = 1 << 40;

record! {
    /// Monte Carlo over a model: some of its numbers are drawn, its outputs become distributions.
    pub struct Simulate {
        /// The model, by name.
        pub model: String,
        /// A valid input of the model, the base case.
        pub input: Value,
        /// The numbers drawn.
        pub draws: Vec<DrawOn>,
        /// Paths of the outputs; the model's primary output when empty.
        pub outputs: Vec<String> = Vec::new(),
        /// How draws depend on each other; independent when absent.
        pub dependence: Option<Dependence>,
        /// How trials are laid out.
        pub sampling: Sampling = Sampling::default(),
        /// The seed; the same seed gives the same bits.
        pub seed: Seed,
        /// Trials of the whole run; absent when a target is given.
        pub trials: Option<u64> [Domain::COUNT.at_least(1.0).at_most(1_099_511_627_776.0)],
        /// The precision at which the run stops, in place of a number of trials.
        pub target: Option<PrecisionTarget>,
        /// Seconds after which no further block of trials starts.
        pub time_budget: Option<f64> [Domain::NUMBER.above(0.0)],
        /// What a trial without a value does to the run.
        pub on_undefined: OnUndefined = OnUndefined::Fail,
        /// The largest share of trials without a value that a conditional result may have.
        pub max_undefined_fraction: f64 [Domain::SHARE] = 0.01,
        /// First trial of a shard: a multiple of 1,024.
        pub first_trial: u64 = 0,
        /// Trials of a shard: a multiple of 1,024 unless it ends the run; all that remain when absent.
        pub trial_count: Option<u64>,
        /// The statistics wanted.
        pub statistics: StatisticsOptions = StatisticsOptions::default(),
        /// Whether the values of all trials are part of the result.
        pub keep_samples: bool = false,
        /// Whether the drawn values of all trials are part of the result.
        pub keep_inputs: bool = false,
        /// Threads; all cores when absent. They never change a bit of the result.
        pub threads: Option<u32> [Domain::COUNT.at_least(1.0)],
    }
}
