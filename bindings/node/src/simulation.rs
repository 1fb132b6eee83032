//! Simulations: a run with its progress, cancellation and host functions, and what came of it.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Float64Array, Function, Object};
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi_derive::napi;
use serde_json::json;
use valor_ivx::Error;
use valor_ivx::model::{Field, read as read_input};
use valor_ivx::report::outcome;
use valor_ivx::simulation::{
    CancelToken as Token, Control, Progress, RunOptions, Simulate, Simulation, SimulationResult, Stats,
};

use crate::interrupt::promise;
use crate::json::{read, thrown, write};
use crate::own::own_model;

/// Stops a run; the run then ends with the trials finished so far.
#[napi]
#[derive(Default)]
pub struct CancelToken(Token);

#[napi]
impl CancelToken {
    /// A token nobody has cancelled.
    #[napi(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl CancelToken {
    /// The token itself.
    pub(crate) fn token(&self) -> Token {
        self.0.clone()
    }
}

/// A finished run; `SimulationResult` of the package shows it.
#[napi]
pub struct Run(Arc<SimulationResult>);

#[napi]
impl Run {
    /// What ran, without the statistics.
    #[napi]
    #[must_use]
    pub fn head(&self) -> String {
        let run = &self.0;
        json!({
            "stopped": run.stopped().name(),
            "trials": run.trials(),
            "trials_requested": run.trials_requested(),
            "trials_defined": run.trials_defined(),
            "first_trial": run.first_trial(),
            "seed": run.seed().to_string(),
            "elapsed": run.elapsed(),
            "names": run.output_names(),
        })
        .to_string()
    }

    /// Everything but the samples.
    #[napi]
    #[must_use]
    pub fn report(&self) -> String {
        let mut report = self.0.report();
        report.samples = None;
        report.trial_index = None;
        report.summary = None;
        write(&report.write())
    }

    /// One of the statistics that cost next to nothing; null where it does not exist.
    #[napi]
    pub fn number(&self, output: String, field: String) -> napi::Result<Option<f64>> {
        let stats = self.stats(&output)?;
        Ok(match field.as_str() {
            "mean" => Some(stats.mean()),
            "standard_deviation" => stats.standard_deviation(),
            "standard_error" => stats.standard_error(),
            "skewness" => stats.skewness(),
            "kurtosis" => stats.kurtosis(),
            "min" => Some(stats.min()),
            "max" => Some(stats.max()),
            _ => None,
        })
    }

    /// Quantiles at several probabilities, found together.
    #[napi]
    pub fn quantiles(&self, output: String, p: Vec<f64>) -> napi::Result<Vec<f64>> {
        let refused = p.iter().copied().find(|p| !(0.0..=1.0).contains(p)).unwrap_or_default();
        answered(self.stats(&output)?.quantiles_at(&p), "p", refused, "a probability in [0, 1]")
    }

    /// The share of outcomes greater than `threshold`.
    #[napi]
    pub fn probability_above(&self, output: String, threshold: f64) -> napi::Result<f64> {
        let stats = self.stats(&output)?;
        let share = (!threshold.is_nan()).then(|| stats.probability_above(threshold));
        answered(share, "threshold", threshold, "a number")
    }

    /// Value at risk.
    #[napi]
    pub fn value_at_risk(&self, output: String, level: f64) -> napi::Result<f64> {
        answered(self.stats(&output)?.value_at_risk(level), "level", level, "a level in (0, 1)")
    }

    /// Conditional value at risk.
    #[napi]
    pub fn conditional_value_at_risk(&self, output: String, level: f64) -> napi::Result<f64> {
        answered(self.stats(&output)?.conditional_value_at_risk(level), "level", level, "a level in (0, 1)")
    }

    /// The outcomes in trial order.
    #[napi]
    pub fn samples(&self, output: String) -> napi::Result<Float64Array> {
        Ok(Float64Array::new(self.stats(&output)?.samples().to_vec()))
    }

    /// The histogram of an output with its percentiles, as an SVG file.
    #[napi]
    pub fn svg(&self, output: String) -> napi::Result<String> {
        Ok(outcome(&self.stats(&output)?).to_svg())
    }

    /// The whole result as bytes, the same in every language.
    #[napi]
    #[must_use]
    pub fn to_bytes(&self) -> Buffer {
        self.0.to_bytes().into()
    }

    /// The result whose `toBytes` this is.
    #[napi(factory)]
    pub fn from_bytes(bytes: Buffer) -> napi::Result<Self> {
        SimulationResult::from_bytes(&bytes).map(|result| Self(Arc::new(result))).map_err(|error| thrown(&error))
    }

    fn stats(&self, output: &str) -> napi::Result<Stats<'_>> {
        self.0.stats(output).map_err(|error| thrown(&error))
    }
}

fn answered<T>(answer: Option<T>, field: &str, value: f64, constraint: &str) -> napi::Result<T> {
    answer.ok_or_else(|| thrown(&Error::invalid_number(field, value, constraint)))
}

/// One result of the shards of a run.
#[napi]
pub fn merge(parts: Vec<&Run>) -> napi::Result<Run> {
    SimulationResult::merge(parts.iter().map(|part| (*part.0).clone()).collect())
        .map(|result| Run(Arc::new(result)))
        .map_err(|error| thrown(&error))
}

/// A promise of a run: `spec` is the input of the model `simulate`; `shard` of `shards` is a part of it.
///
/// `model` stands in for the model: it takes the columns of one block one after the other and gives
/// those of the outputs, or nothing when it failed. `progress` takes the state as JSON.
#[napi]
pub fn simulate<'env>(
    env: &'env Env,
    spec: String,
    shard: Option<f64>,
    shards: Option<f64>,
    token: &CancelToken,
    model: Option<Function<'env, Float64Array, Option<Float64Array>>>,
    progress: Option<Function<'env, String, ()>>,
) -> napi::Result<Object<'env>> {
    let given: Simulate = read(&spec).and_then(|spec| read_input(&spec).map_err(|error| thrown(&error)))?;
    let (simulation, options) = given.split();
    let simulation = match model {
        None => simulation,
        Some(model) => of_function(&given, model)?,
    };
    let options = part(options, shard, shards).map_err(|error| thrown(&error))?;
    let progress = progress.map(|show| show.build_threadsafe_function::<String>().build()).transpose()?;
    let token = token.0.clone();
    let work = move || {
        let mut report = |state: &Progress| {
            if let Some(progress) = &progress {
                let state = json!({
                    "done": state.done,
                    "total": state.total,
                    "elapsed": state.elapsed,
                    "standard_error": state.standard_error,
                    "rate": state.rate(),
                    "remaining": state.remaining(),
                });
                progress.call(state.to_string(), NonBlocking);
            }
        };
        let mut control = Control { cancel: Some(&token), progress: Some(&mut report), ..Control::default() };
        simulation.run(&options, &mut control)
    };
    promise(env, work, |result| Run(Arc::new(result)))
}

fn part(options: RunOptions, shard: Option<f64>, shards: Option<f64>) -> Result<RunOptions, Error> {
    match (shard, shards) {
        (None, None) => Ok(options),
        (shard, shards) => options.shard(whole("shard", shard)?, whole("shards", shards)?),
    }
}

fn whole(field: &str, value: Option<f64>) -> Result<u64, Error> {
    match value {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
        Some(number) if number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number) => Ok(number as u64),
        Some(number) => Err(Error::invalid_number(field, number, "whole number")),
        None => Err(Error::invalid_input(field, serde_json::Value::Null, "required")),
    }
}

/// The simulation with a JavaScript function over columns in place of its model.
fn of_function(given: &Simulate, model: Function<'_, Float64Array, Option<Float64Array>>) -> napi::Result<Simulation> {
    let outputs = if given.outputs.is_empty() { vec!["value".to_owned()] } else { given.outputs.clone() };
    let own = own_model(&given.input, outputs.clone(), model)?;
    let mut simulation = Simulation::of_own(own).input(given.input.clone()).outputs(outputs);
    for draw in &given.draws {
        simulation = simulation.draw_on(draw.clone());
    }
    Ok(match &given.dependence {
        Some(dependence) => simulation.dependence(dependence.clone()),
        None => simulation,
    })
}
