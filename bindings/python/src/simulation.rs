//! Simulations: a run with its progress, cancellation and host functions, and what came of it.

use std::sync::{Arc, Mutex, PoisonError};

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::Value;
use valor_ivx::Error;
use valor_ivx::model::{Field, read};
use valor_ivx::report::outcome;
use valor_ivx::simulation::{
    CancelToken as Token, Control, Progress, RunOptions, Simulate, Simulation, SimulationResult,
};

use crate::convert::{to_python, to_value};
use crate::error::raised;
use crate::interrupt::{inline, interruptible};
use crate::own::{outputs, own_model};
use crate::view::view;

/// Stops a run from another thread; the run then ends with the trials finished so far.
#[pyclass(frozen, module = "valor_ivx")]
pub(crate) struct CancelToken(Token);

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> Self {
        Self(Token::new())
    }

    /// Asks the run to stop.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it has been asked to stop.
    #[getter]
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl CancelToken {
    /// The token itself.
    pub(crate) fn token(&self) -> Token {
        self.0.clone()
    }
}

/// A finished run; `SimulationResult` of the package shows it.
#[pyclass(frozen, module = "valor_ivx._native")]
pub(crate) struct Run(Arc<SimulationResult>);

#[pymethods]
impl Run {
    /// What ran, without the statistics.
    #[getter]
    fn head<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = &self.0;
        let head = PyDict::new(py);
        head.set_item("stopped", run.stopped().name())?;
        head.set_item("trials", run.trials())?;
        head.set_item("trials_requested", run.trials_requested())?;
        head.set_item("trials_defined", run.trials_defined())?;
        head.set_item("first_trial", run.first_trial())?;
        head.set_item("seed", run.seed())?;
        head.set_item("elapsed", run.elapsed())?;
        head.set_item("outputs", run.output_names())?;
        Ok(head)
    }

    /// Everything but the samples.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let report = py.detach(|| {
            let mut report = self.0.report();
            report.samples = None;
            report.trial_index = None;
            report.summary = None;
            report.write()
        });
        to_python(py, &report)
    }

    /// One of the statistics that cost next to nothing; `None` where it does not exist.
    fn number(&self, py: Python<'_>, output: &str, field: &str) -> PyResult<Option<f64>> {
        inline(py, || {
            let stats = self.0.stats(output)?;
            Ok(match field {
                "mean" => Some(stats.mean()),
                "standard_deviation" => stats.standard_deviation(),
                "standard_error" => stats.standard_error(),
                "skewness" => stats.skewness(),
                "kurtosis" => stats.kurtosis(),
                "min" => Some(stats.min()),
                "max" => Some(stats.max()),
                _ => None,
            })
        })
    }

    /// Quantiles at several probabilities, found together.
    fn quantiles(&self, py: Python<'_>, output: &str, p: Vec<f64>) -> PyResult<Vec<f64>> {
        let refused = p.iter().copied().find(|p| !(0.0..=1.0).contains(p)).unwrap_or_default();
        self.ask(py, output, "p", refused, "a probability in [0, 1]", |stats| stats.quantiles_at(&p))
    }

    fn probability_above(&self, py: Python<'_>, output: &str, threshold: f64) -> PyResult<f64> {
        let answer =
            |stats: valor_ivx::simulation::Stats<'_>| (!threshold.is_nan()).then(|| stats.probability_above(threshold));
        self.ask(py, output, "threshold", threshold, "a number", answer)
    }

    fn value_at_risk(&self, py: Python<'_>, output: &str, level: f64) -> PyResult<f64> {
        self.ask(py, output, "level", level, "a level in (0, 1)", |stats| stats.value_at_risk(level))
    }

    fn conditional_value_at_risk(&self, py: Python<'_>, output: &str, level: f64) -> PyResult<f64> {
        self.ask(py, output, "level", level, "a level in (0, 1)", |stats| stats.conditional_value_at_risk(level))
    }

    /// The outcomes in trial order, as a view that cannot be written.
    fn samples<'py>(slf: &Bound<'py, Self>, output: &str) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let py = slf.py();
        // A run never changes its samples.
        view(slf, |run| Ok(run.0.stats(output).map_err(|error| raised(py, &error))?.samples()))
    }

    /// The numbers of the trials that the samples belong to.
    fn trial_index<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        PyArray1::from_vec(py, self.0.trial_index())
    }

    /// Edges and counts of what there is to draw.
    fn bins(&self, py: Python<'_>, output: &str) -> PyResult<(Vec<f64>, Vec<u64>)> {
        inline(py, || self.0.stats(output).map(|stats| stats.bins())).map(|bins| (bins.edges, bins.counts))
    }

    /// A picture of the outcomes.
    fn svg(&self, py: Python<'_>, output: &str) -> PyResult<String> {
        inline(py, || self.0.stats(output).map(|stats| outcome(&stats).to_svg()))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, summary: &[u8]) -> PyResult<Self> {
        inline(py, || SimulationResult::from_bytes(summary)).map(|result| Self(Arc::new(result)))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        Ok((slf.get_type().getattr("from_bytes")?, (slf.get().to_bytes(py),)))
    }
}

impl Run {
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        output: &str,
        field: &str,
        value: f64,
        constraint: &str,
        answer: impl FnOnce(valor_ivx::simulation::Stats<'_>) -> Option<T> + Send,
    ) -> PyResult<T> {
        inline(py, || answer(self.0.stats(output)?).ok_or_else(|| Error::invalid_number(field, value, constraint)))
    }
}

/// One result of the shards of a run.
#[pyfunction]
pub(crate) fn merge(py: Python<'_>, parts: Vec<Bound<'_, Run>>) -> PyResult<Run> {
    let parts: Vec<Arc<SimulationResult>> = parts.iter().map(|part| Arc::clone(&part.get().0)).collect();
    inline(py, || SimulationResult::merge(parts.iter().map(|part| (**part).clone()).collect()))
        .map(|result| Run(Arc::new(result)))
}

/// Runs a simulation: `spec` is the input of the model `simulate`, with `shard` and `shards` for a part
/// of it; `function` stands in for the model.
#[pyfunction]
#[pyo3(signature = (spec, function=None, progress=None, cancel=None))]
pub(crate) fn simulate(
    py: Python<'_>,
    spec: &Bound<'_, PyAny>,
    function: Option<Py<PyAny>>,
    progress: Option<Py<PyAny>>,
    cancel: Option<Bound<'_, CancelToken>>,
) -> PyResult<Run> {
    let mut spec = to_value(spec)?;
    let part = [spec_part(&mut spec, "shard"), spec_part(&mut spec, "shards")];
    let (simulation, options) = inline(py, move || definition(&spec, part, function))?;
    let token = cancel.map_or_else(Token::new, |token| token.get().token());
    let latest: Arc<Mutex<Option<Progress>>> = Arc::default();
    let (seen, stop) = (Arc::clone(&latest), token.clone());
    let work = move || {
        let mut report = |state: &Progress| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(*state);
        };
        let mut control = Control { cancel: Some(&token), progress: Some(&mut report), ..Control::default() };
        simulation.run(&options, &mut control)
    };
    let look = |py: Python<'_>| match &progress {
        None => Ok(()),
        Some(progress) => {
            let state = latest.lock().unwrap_or_else(PoisonError::into_inner).take();
            state.map_or(Ok(()), |state| progress.call1(py, (shown(py, &state)?,)).map(drop))
        }
    };
    interruptible(py, Some(|| stop.cancel()), look, work).map(|result| Run(Arc::new(result)))
}

fn spec_part(spec: &mut Value, name: &str) -> Option<Value> {
    spec.as_object_mut().and_then(|spec| spec.remove(name)).filter(|value| !value.is_null())
}

fn definition(
    spec: &Value,
    [shard, shards]: [Option<Value>; 2],
    function: Option<Py<PyAny>>,
) -> Result<(Simulation, RunOptions), Error> {
    let given: Simulate = read(spec)?;
    let (simulation, options) = given.split();
    let simulation = match function {
        None => simulation,
        Some(function) => of_function(&given, outputs(spec), function),
    };
    let options = match (shard, shards) {
        (None, None) => options,
        (shard, shards) => options.shard(whole("shard", shard)?, whole("shards", shards)?)?,
    };
    Ok((simulation, options))
}

fn whole(field: &str, value: Option<Value>) -> Result<u64, Error> {
    let value = value.unwrap_or(Value::Null);
    value.as_u64().ok_or_else(|| Error::invalid_input(field, value, "whole number"))
}

/// The simulation with a Python function over NumPy columns in place of its model.
fn of_function(given: &Simulate, outputs: Vec<String>, function: Py<PyAny>) -> Simulation {
    // The run itself looks at the caller's token between two blocks, and keeps what is finished.
    let own = own_model(&given.input, outputs.clone(), function, Token::new());
    let mut simulation = Simulation::of_own(own).input(given.input.clone()).outputs(outputs);
    for draw in &given.draws {
        simulation = simulation.draw_on(draw.clone());
    }
    match &given.dependence {
        Some(dependence) => simulation.dependence(dependence.clone()),
        None => simulation,
    }
}

pub(crate) fn shown<'py>(py: Python<'py>, state: &Progress) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("done", state.done)?;
    dict.set_item("total", state.total)?;
    dict.set_item("elapsed", state.elapsed)?;
    dict.set_item("standard_error", state.standard_error)?;
    dict.set_item("rate", state.rate())?;
    dict.set_item("remaining", state.remaining())?;
    Ok(dict)
}
