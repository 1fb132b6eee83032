//! The uniform door: any model by its name, plain objects in and out.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;
use valor_ivx::Error;
use valor_ivx::model::Field;

use crate::convert::{to_python, to_value};
use crate::error::raised;
use crate::interrupt::{inline, interruptible};

/// Values `inputs` by the model called `model`.
#[pyfunction]
#[pyo3(signature = (model, inputs))]
pub(crate) fn evaluate<'py>(py: Python<'py>, model: &str, inputs: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let inputs = to_value(inputs)?;
    let output = if inputs.get("model").is_some() || inputs.get("set").is_some() {
        // A study values other models many times; every other model takes far less than a millisecond.
        let model = model.to_owned();
        interruptible(py, None::<fn()>, |_| Ok(()), move || valor_ivx::evaluate(&model, &inputs))?
    } else {
        inline(py, || valor_ivx::evaluate(model, &inputs))?
    };
    to_python(py, &output)
}

/// The result for `inputs` as a sum, line by line: as data, and as a table in plain text.
#[pyfunction]
#[pyo3(signature = (model, inputs))]
pub(crate) fn explain<'py>(
    py: Python<'py>,
    model: &str,
    inputs: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, String)> {
    let inputs = to_value(inputs)?;
    let explanation = inline(py, || valor_ivx::explain(model, &inputs))?;
    Ok((to_python(py, &explanation.write())?, explanation.to_string()))
}

/// Names of the models with one line each.
#[pyfunction]
pub(crate) fn models(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let lines = PyDict::new(py);
    for model in valor_ivx::models() {
        lines.set_item(model.name, model.about)?;
    }
    Ok(lines)
}

/// Schema of the inputs and outputs of the model called `model`.
#[pyfunction]
pub(crate) fn schema<'py>(py: Python<'py>, model: &str) -> PyResult<Bound<'py, PyAny>> {
    let schema = inline(py, || valor_ivx::schema(model))?;
    to_python(py, schema)
}

/// The inputs as plain objects, refused when the model would refuse them before computing.
#[pyfunction]
#[pyo3(signature = (model, inputs))]
pub(crate) fn checked<'py>(py: Python<'py>, model: &str, inputs: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let inputs = to_value(inputs)?;
    inline(py, || valor_ivx::catalogue::find(model)?.validate(&inputs))?;
    to_python(py, &inputs)
}

/// An object as plain dicts, lists, numbers and texts, as the core would read it.
#[pyfunction]
pub(crate) fn plain<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    to_python(object.py(), &to_value(object)?)
}

/// The exception that refuses `value` at `field`.
#[pyfunction]
pub(crate) fn refusal<'py>(field: &str, value: &Bound<'py, PyAny>, constraint: &str) -> Bound<'py, PyAny> {
    let py = value.py();
    let value = to_value(value).unwrap_or(Value::Null);
    raised(py, &Error::invalid_input(field, value, constraint)).into_value(py).into_bound(py).into_any()
}
