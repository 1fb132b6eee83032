//! A model over NumPy arrays.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use valor_ivx::columns::{Column, evaluate_columns as evaluate_rows};

use crate::convert::to_value;
use crate::interrupt::inline;

/// An array with the rows that each of its values holds for, and how often it is gone through.
type Laid<'py> = (PyReadonlyArray1<'py, f64>, usize, usize);

/// One output a row; `columns` are contiguous arrays for the inputs at `paths`.
#[pyfunction]
#[pyo3(signature = (model, inputs, paths, columns, output=None))]
pub(crate) fn evaluate_columns<'py>(
    py: Python<'py>,
    model: &str,
    inputs: &Bound<'py, PyAny>,
    paths: Vec<String>,
    columns: Vec<Laid<'py>>,
    output: Option<&str>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let inputs = to_value(inputs)?;
    let slices = columns.iter().map(|(values, ..)| values.as_slice()).collect::<Result<Vec<_>, _>>()?;
    let columns: Vec<_> = paths
        .iter()
        .zip(slices)
        .zip(&columns)
        .map(|((path, values), (_, each, times))| Column { path, values, each: *each, times: *times })
        .collect();
    let values = inline(py, || evaluate_rows(model, &inputs, &columns, output))?;
    Ok(PyArray1::from_vec(py, values))
}
