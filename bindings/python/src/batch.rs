//! A model over many whole inputs.

use pyo3::prelude::*;
use pyo3::types::PyList;
use serde_json::Value;
use valor_ivx::batch::evaluate_many_over;

use crate::convert::{to_python, to_value, to_value_at};
use crate::error::raised;
use crate::interrupt::interruptible;

/// What each row over `base` gives, `None` where it fails; and the failures as exceptions.
#[pyfunction]
#[pyo3(signature = (model, base, rows, threads=None))]
pub(crate) fn evaluate_many<'py>(
    py: Python<'py>,
    model: &str,
    base: &Bound<'py, PyAny>,
    rows: Vec<Bound<'py, PyAny>>,
    threads: Option<usize>,
) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
    let base = to_value_at(base, "base")?;
    // A row that cannot be read fails alone, as one that cannot be valued does.
    let read: Vec<PyResult<Value>> = rows.iter().map(to_value).collect();
    let rows: Vec<Value> = read.iter().filter_map(|row| row.as_ref().ok().cloned()).collect();
    let name = model.to_owned();
    let look = |_: Python<'_>| Ok(());
    let valued = interruptible(py, None::<fn()>, look, move || evaluate_many_over(&name, &base, &rows, threads))?;
    let mut valued = valued.into_iter();
    let (results, errors) = (PyList::empty(py), PyList::empty(py));
    for (i, row) in read.into_iter().enumerate() {
        let result = match row {
            Ok(_) => valued.next().expect("a result a row").map_err(|error| raised(py, &error)),
            Err(error) => Err(error),
        };
        match result {
            Ok(output) => results.append(to_python(py, &output)?)?,
            Err(error) => {
                results.append(py.None())?;
                errors.append((i, error))?;
            }
        }
    }
    Ok((results, errors))
}
