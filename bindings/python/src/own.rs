//! A Python function over NumPy columns in place of a model.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;
use valor_ivx::Error;
use valor_ivx::model::{Column, Function};
use valor_ivx::sensitivity::evaluate_with;
use valor_ivx::simulation::CancelToken;

use crate::convert::{to_python, to_value};
use crate::error::foreign;
use crate::interrupt::interruptible;
use crate::view::view;

/// A column that NumPy looks at; it has the memory for as long as an array of it is alive.
#[pyclass(frozen)]
struct Lent(Column);

/// A function of the numbers of `input`, by name, to `outputs`; no call begins once `stop` is cancelled.
pub(crate) fn own_model(input: &Value, outputs: Vec<String>, function: Py<PyAny>, stop: CancelToken) -> Function {
    let names: Vec<String> = input.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let (inputs, wanted) = (names.clone(), outputs.clone());
    Function::of_columns(names, outputs, move |columns, results| {
        if stop.is_cancelled() {
            return Err(Error::cancelled("function"));
        }
        Python::attach(|py| {
            call(py, &function, &inputs, columns, &wanted, results).map_err(|exception| foreign(py, exception))
        })
    })
}

fn call(
    py: Python<'_>,
    function: &Py<PyAny>,
    names: &[String],
    columns: &[Column],
    outputs: &[String],
    results: &mut [Vec<f64>],
) -> PyResult<()> {
    let given = PyDict::new(py);
    for (name, column) in names.iter().zip(columns) {
        given.set_item(name, view(&Bound::new(py, Lent(column.clone()))?, |lent| Ok(&*lent.0))?)?;
    }
    let answer = function.bind(py).call1((given,))?;
    let is_table = answer.hasattr("keys")?;
    let numpy = py.import("numpy")?;
    for (name, result) in outputs.iter().zip(results) {
        let column = if is_table { answer.get_item(name)? } else { answer.clone() };
        let column = numpy.call_method1("asarray", (column, "float64"))?;
        let column = numpy.call_method1("broadcast_to", (column, result.len()))?.cast_into::<PyArray1<f64>>()?;
        let column = column.try_readonly()?;
        result.iter_mut().zip(column.as_array()).for_each(|(result, value)| *result = *value);
    }
    Ok(())
}

/// Values `input` by the study of that name, with `function` in place of its model.
#[pyfunction]
#[pyo3(signature = (name, input, function))]
pub(crate) fn study<'py>(
    py: Python<'py>,
    name: &str,
    input: &Bound<'py, PyAny>,
    function: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (name, input) = (name.to_owned(), to_value(input)?);
    let base = input.get("input").or(input.get("from_input")).unwrap_or(&Value::Null);
    let stop = CancelToken::new();
    let model = own_model(base, outputs(&input), function, stop.clone());
    let output = interruptible(py, Some(|| stop.cancel()), |_| Ok(()), move || evaluate_with(&name, &input, &model))?;
    to_python(py, &output)
}

/// The outputs that a study or a simulation of a function names; `value` when it names none.
pub(crate) fn outputs(spec: &Value) -> Vec<String> {
    let listed = spec["outputs"].as_array().into_iter().flatten().chain(spec.get("output"));
    let named: Vec<String> = listed.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    if named.is_empty() { vec!["value".to_owned()] } else { named }
}
