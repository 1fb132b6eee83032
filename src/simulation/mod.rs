//! Monte Carlo over any model: draws on its numbers, dependence between them, and the distribution
//! of its outputs.
//!
//! Start at [`Simulation`]. Trial i of a run is the same set of bits for any number of threads,
//! shards or machines. This room knows models only by the [`Prepared`] trait; what draws are is in
//! `random`, what is accumulated in `statistics`.

// Lane code is compiled for the chosen instruction set only where it is inlined into `dispatch`.
#![allow(clippy::inline_always)]

mod block;
mod bytes;
mod contributions;
mod control;
mod definition;
mod indices;
mod options;
mod ranked;
mod replicates;
mod report;
mod result;
mod run;
mod stats;
mod tally;
mod target;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::by_key::by_key;
use crate::catalogue;
use crate::error::Error;
use crate::model::{Engine, Field, Function, Model, ModelSpec, Path, Place, Prepared, Problems};
use crate::parallel;
use crate::random::{Dependence, Distribution, Sampler};
use crate::valuation::{Warning, inert_paths};

use block::{Plan, Target};
use result::{Column, Header, Spread};
use tally::Tally;
use target::Decisions;

pub use contributions::Contribution;
pub use control::{CancelToken, Control, Progress};
pub use definition::{
    DrawOn, Mode, OnUndefined, QuantileMode, Reference, Sampling, SamplingMethod, Simulate, StatisticsOptions,
};
pub use indices::IndexEstimate;
pub use options::RunOptions;
pub use report::SimulationReport;
pub use result::{SimulationResult, Stopped, UndefinedTrials};
pub use stats::{Convergence, ProbabilityEstimate, QuantileEstimate, Stats};
pub use target::PrecisionTarget;

pub use crate::statistics::Histogram;

/// No more draws than this in a simulation.
const MOST_DRAWS: usize = 1024;

/// A model, its base input and what is drawn.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::random::Distribution;
/// use valor_ivx::simulation::{Control, RunOptions, Simulation};
///
/// let simulation = Simulation::of("npv")
///     .input(json!({"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}))
///     .draw("rate", Distribution::normal(0.1, 0.01));
/// let result = simulation.run(&RunOptions::new(10_000, 7), &mut Control::default())?;
/// let npv = result.stats("npv")?;
/// assert!((npv.mean() - 4.15).abs() < 0.1);
/// assert!(npv.quantile(0.05) < npv.quantile(0.95));
/// # Ok::<(), valor_ivx::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Simulation {
    subject: Subject,
    input: Value,
    draws: Vec<DrawOn>,
    outputs: Vec<String>,
    dependence: Option<Dependence>,
}

/// What is simulated.
#[derive(Clone, Debug)]
enum Subject {
    Model(String),
    Function(Function),
    /// A function that computes what outputs the simulation names.
    Columns(Function),
}

impl Simulation {
    /// A simulation of the model called `model`.
    #[must_use]
    pub fn of(model: impl Into<String>) -> Self {
        Self::with(Subject::Model(model.into()))
    }

    /// A simulation of a function over columns: a column an input name, in the order of `names`, in;
    /// a column an output, of the same length, out. The base input is an object with a number for
    /// each name, and the outputs must be named.
    ///
    /// An error of the function ends the run and is passed on unchanged; a value that is not finite
    /// makes its trial undefined. [`Simulation::of_own`] takes a function that studies take too.
    #[must_use]
    pub fn of_function<F>(names: impl IntoIterator<Item = impl Into<String>>, function: F) -> Self
    where
        F: Fn(&[&[f64]], &mut [Vec<f64>]) -> Result<(), Error> + Send + Sync + 'static,
    {
        Self::with(Subject::Columns(Function::new(names, Vec::<String>::new(), function)))
    }

    /// A simulation of a function of the host's own in place of a model.
    #[must_use]
    pub fn of_own(function: Function) -> Self {
        Self::with(Subject::Function(function))
    }

    fn with(subject: Subject) -> Self {
        Self { subject, input: Value::Null, draws: Vec::new(), outputs: Vec::new(), dependence: None }
    }

    /// Sets the base input.
    #[must_use]
    pub fn input(mut self, input: Value) -> Self {
        self.input = input;
        self
    }

    /// Draws the number at `path`.
    #[must_use]
    pub fn draw(self, path: impl Into<String>, distribution: impl Into<Distribution>) -> Self {
        self.draw_on(DrawOn { path: path.into(), distribution: distribution.into(), ..DrawOn::default() })
    }

    /// Adds a draw to the number at `path`.
    #[must_use]
    pub fn shift(self, path: impl Into<String>, distribution: impl Into<Distribution>) -> Self {
        let distribution = distribution.into();
        self.draw_on(DrawOn { path: path.into(), distribution, mode: Mode::Shift, ..DrawOn::default() })
    }

    /// Multiplies the number at `path` by a draw.
    #[must_use]
    pub fn scale(self, path: impl Into<String>, distribution: impl Into<Distribution>) -> Self {
        let distribution = distribution.into();
        self.draw_on(DrawOn { path: path.into(), distribution, mode: Mode::Scale, ..DrawOn::default() })
    }

    /// Adds a draw with all its settings.
    #[must_use]
    pub fn draw_on(mut self, draw: DrawOn) -> Self {
        self.draws.push(draw);
        self
    }

    /// Sets the outputs; the model's primary output when there are none.
    #[must_use]
    pub fn outputs(mut self, outputs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.outputs = outputs.into_iter().map(Into::into).collect();
        self
    }

    /// Makes all draws depend on each other by a Gaussian copula with these correlations of scores.
    #[must_use]
    pub fn correlation(self, matrix: Vec<Vec<f64>>) -> Self {
        self.dependence(Dependence::correlation(matrix))
    }

    /// Sets how draws depend on each other.
    #[must_use]
    pub fn dependence(mut self, dependence: Dependence) -> Self {
        self.dependence = Some(dependence);
        self
    }

    /// The input of the model `simulate` that stands for this simulation run with `options`.
    ///
    /// A function has no JSON form: its `model` is then `function`, which no catalogue holds.
    #[must_use]
    pub fn to_input(&self, options: &RunOptions) -> Simulate {
        let model = match &self.subject {
            Subject::Model(name) => name.clone(),
            Subject::Function(_) | Subject::Columns(_) => "function".to_owned(),
        };
        let mut input = Simulate {
            model,
            input: self.input.clone(),
            draws: self.draws.clone(),
            outputs: self.outputs.clone(),
            dependence: self.dependence.clone(),
            ..Simulate::default()
        };
        options.write_to(&mut input);
        input
    }

    /// Refuses what [`Simulation::run`] would refuse before its first trial.
    pub fn validate(&self, options: &RunOptions) -> Result<(), Error> {
        self.prepare(options).map(drop)
    }

    /// Runs the trials that `options` ask for.
    ///
    /// A run that `control` or the time budget stops has the trials of its longest finished prefix;
    /// without a finished block it is an error.
    pub fn run(&self, options: &RunOptions, control: &mut Control<'_>) -> Result<SimulationResult, Error> {
        let ready = self.prepare(options)?;
        let plan = Plan {
            prepared: &*ready.prepared,
            sampler: ready.design_sampler.as_ref().unwrap_or(&ready.header.sampler),
            targets: &ready.targets,
            antithetic: options.sampling.method == SamplingMethod::Antithetic,
            replicate: options.sampling.replicate_size(options.requested()),
            indices: options.statistics.sobol_indices,
            draws: self.draws.len(),
        };
        let names = &ready.header.names;
        let tallies = if options.statistics.quantile_mode == QuantileMode::Sketch {
            names.iter().map(|name| Tally::new(options.statistics.edges.get(name))).collect()
        } else {
            Vec::new()
        };
        let position = |target: &PrecisionTarget| names.iter().position(|name| *name == target.output);
        let decisions = |target| position(target).map(|output| Decisions::of(target, output));
        let span = run::Span {
            first: ready.first,
            count: ready.count,
            threads: parallel::threads(options.threads.map(|threads| threads as usize)),
            time_budget: options.time_budget,
            fail: options.on_undefined == OnUndefined::Fail,
            decisions: options.target.as_ref().and_then(decisions),
            hold_values: options.holds_values(),
            tallies: &tallies,
        };
        let ran = run::run(&plan, &span, control)?;
        let (mut pairs, mut replicates) = (ran.pairs.into_iter(), ran.replicates.into_iter());
        let (mut columns, mut tallies) = (ran.columns.into_iter(), ran.tallies.into_iter());
        let column = |moments| {
            let spread = Spread {
                moments,
                pairs: pairs.next().unwrap_or_default(),
                replicates: replicates.next().unwrap_or_default(),
            };
            Column::new(spread, columns.next().unwrap_or_default(), tallies.next())
        };
        let result = SimulationResult {
            header: ready.header,
            first_trial: ready.first,
            trials: ran.trials,
            stopped: ran.stopped,
            elapsed: ran.elapsed,
            outputs: ran.moments.into_iter().map(column).collect(),
            indices: ran.indices,
            undefined: ran.undefined,
            threads: options.threads,
            drawn: OnceLock::new(),
        };
        if !options.is_shard() {
            result.check_undefined()?;
        }
        Ok(result)
    }

    fn prepare(&self, options: &RunOptions) -> Result<Ready, Error> {
        let (first, count) = options.span()?;
        let paths = self.check_draws()?;
        let computing;
        let model: &dyn Model = match &self.subject {
            Subject::Model(name) => catalogue::find(name)?,
            Subject::Function(function) => function,
            Subject::Columns(function) => {
                computing = function.computing(&self.outputs);
                &computing
            }
        };
        model.validate(&self.input).map_err(|error| error.under("input"))?;
        let prepared = model.prepare(&self.input, &paths, &self.outputs)?;
        let names = prepared.outputs().to_vec();
        options.check_outputs(&names)?;
        let targets = targets(&*prepared, &self.draws, &paths)?;
        let base = match prepared.evaluate(&prepared.numbers().values()) {
            Ok(base) => Some(base),
            Err(error) if options.on_undefined == OnUndefined::Fail || prepared.failure().is_some() => {
                return Err(prepared.failure().unwrap_or(error));
            }
            Err(_) => None,
        };
        if options.statistics.sobol_indices && self.dependence.is_some() {
            let constraint = "false for draws that depend on each other, which have no such indices";
            return Err(Error::invalid_input("statistics.sobol_indices", true, constraint));
        }
        let sampler = self.sampler(options, 1)?;
        let design_sampler = if options.statistics.sobol_indices { Some(self.sampler(options, 2)?) } else { None };
        let options = options.of_whole_run();
        let definition = self.to_input(&options).write();
        let digest = digest(&json!([definition, model.spec().version, names]));
        let draws = self.draws.iter().map(|draw| draw.label().to_owned()).collect();
        let header = Header { definition, options, names, base, digest, draws, sampler };
        Ok(Ready { prepared, design_sampler, targets, header, first, count })
    }

    /// What draws the numbers: all draws in order, `sets` times over, each set independent of the others.
    fn sampler(&self, options: &RunOptions, sets: usize) -> Result<Sampler, Error> {
        let draws = self.draws.iter().map(|draw| (draw.label(), &draw.distribution));
        let draws: Vec<_> = std::iter::repeat_n(draws, sets).flatten().collect();
        let layout = options.sampling.layout(options.requested());
        Sampler::new(options.seed, layout, &draws, self.dependence.as_ref())
    }

    /// The paths of the draws; refuses distributions out of range and labels given twice.
    fn check_draws(&self) -> Result<Vec<Path>, Error> {
        let mut problems = Problems::default();
        let root = Place::ROOT;
        if self.draws.is_empty() || self.draws.len() > MOST_DRAWS {
            problems.refuse("draws", self.draws.len(), format!("1 to {MOST_DRAWS} draws"));
        }
        let at = root.field("draws", crate::model::Domain::NUMBER);
        self.draws.check(&at, &mut problems);
        let mut paths = Vec::with_capacity(self.draws.len());
        let mut labels = BTreeMap::new();
        for (i, draw) in self.draws.iter().enumerate() {
            match Path::parse(&draw.path, &format!("draws[{i}].path")) {
                Ok(path) => paths.push(path),
                Err(error) => problems.push(error),
            }
            if let Some(earlier) = labels.insert(draw.label(), i) {
                let constraint = format!("a label of its own; draws[{earlier}] has the same");
                problems.refuse(format!("draws[{i}].name"), draw.label(), constraint);
            }
        }
        problems.into_result().map(|()| paths)
    }
}

/// A simulation ready to run.
struct Ready {
    prepared: Box<dyn Prepared>,
    /// Draws every number twice, for indices.
    design_sampler: Option<Sampler>,
    targets: Vec<Target>,
    header: Header,
    first: u64,
    count: u64,
}

/// The numbers the draws apply to; refuses a path without a number, and a number drawn twice.
fn targets(prepared: &dyn Prepared, draws: &[DrawOn], paths: &[Path]) -> Result<Vec<Target>, Error> {
    let mut targets: Vec<Target> = Vec::new();
    for (i, (draw, path)) in draws.iter().zip(paths).enumerate() {
        let field = || format!("draws[{i}].path");
        let slots = prepared.numbers().select(path);
        if slots.is_empty() {
            return Err(Error::invalid_input(field(), draw.path.as_str(), "unknown path"));
        }
        for slot in slots {
            let number = &prepared.numbers().all()[slot.index()];
            if number.domain.is_whole() && !draw.distribution.is_whole() {
                let constraint =
                    format!("constant or discrete with whole values, since {} is a whole number", number.path);
                return Err(Error::invalid_input(
                    format!("draws[{i}].distribution"),
                    draw.distribution.write(),
                    constraint,
                ));
            }
            if let Some(other) = targets.iter().find(|target| target.slot == slot) {
                let constraint =
                    format!("each number drawn once; {} is drawn by draws[{}] too", other.field, other.draw);
                return Err(Error::invalid_input(field(), draw.path.as_str(), constraint));
            }
            targets.push(Target {
                draw: i,
                slot,
                mode: draw.mode,
                base: number.value,
                domain: number.domain,
                field: number.path.to_string(),
            });
        }
    }
    Ok(targets)
}

/// A warning for each draw on a path that can change none of `outputs`, as far as the model knows. A function
/// says nothing of its numbers.
fn inert_draws(definition: &Value, outputs: &[String]) -> Vec<Warning> {
    let input = &definition["input"];
    let Ok(model) = catalogue::find(definition["model"].as_str().unwrap_or_default()) else { return Vec::new() };
    let drawn = definition["draws"].as_array().into_iter().flatten().enumerate().filter_map(|(i, draw)| {
        let field = format!("draws[{i}].path");
        let path = Path::parse(draw["path"].as_str()?, &field).ok()?;
        Some((field, path))
    });
    let paths: Vec<_> = drawn.collect();
    let plain: Vec<_> = paths.iter().map(|(_, path)| path.clone()).collect();
    match (model.filled(input), model.prepare(input, &plain, outputs)) {
        (Ok(filled), Ok(prepared)) => inert_paths(model, filled, &*prepared, &paths),
        // A definition that has run can be read.
        _ => Vec::new(),
    }
}

/// SHA-256 of a JSON value with sorted keys and numbers as f64, in hexadecimal.
fn digest(value: &Value) -> String {
    fn canonical(value: &Value, text: &mut String) {
        match value {
            Value::Object(object) => {
                let sorted = by_key(object);
                text.push('{');
                for (name, value) in sorted {
                    text.push_str(&Value::from(name.as_str()).to_string());
                    text.push(':');
                    canonical(value, text);
                    text.push(',');
                }
                text.push('}');
            }
            Value::Array(items) => {
                text.push('[');
                for item in items {
                    canonical(item, text);
                    text.push(',');
                }
                text.push(']');
            }
            // 1 and 1.0 are the same number; a seed beyond 2^53 is text.
            Value::Number(number) => match number.as_f64() {
                Some(number) => text.push_str(&(number + 0.0).to_string()),
                None => text.push_str(&number.to_string()),
            },
            other => text.push_str(&other.to_string()),
        }
    }
    let mut text = String::new();
    canonical(value, &mut text);
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Simulate {
    /// The simulation and the options that this input stands for.
    #[must_use]
    pub fn split(&self) -> (Simulation, RunOptions) {
        let simulation = Simulation {
            subject: Subject::Model(self.model.clone()),
            input: self.input.clone(),
            draws: self.draws.clone(),
            outputs: self.outputs.clone(),
            dependence: self.dependence.clone(),
        };
        (simulation, RunOptions::from(self))
    }
}

impl Engine for Simulate {
    const SPEC: ModelSpec = ModelSpec {
        name: "simulate",
        about: "Monte Carlo simulation of any model",
        version: "1.0.0",
        primary: "trials_completed",
        feature: "advanced_analytics",
    };

    type Output = SimulationReport;

    fn rules(&self, problems: &mut Problems) {
        let (simulation, options) = self.split();
        if let Err(error) = simulation.validate(&options) {
            problems.push(error);
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn trials(&self) -> u64 {
        RunOptions::from(self).requested()
    }

    fn compute(&self) -> Result<SimulationReport, Error> {
        let (simulation, options) = self.split();
        let result = simulation.run(&options, &mut Control::default())?;
        Ok(result.report())
    }
}
