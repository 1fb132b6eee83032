//! A model over NumPy arrays.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use valor_ivx::columns::{Column, evaluate_columns as evaluate_rows};

use crate::convert::to_value;
use crate::interrupt::inline;

/// One output a row; `columns` are contiguous arrays of the same length for the inputs at `paths`.
#[pyfunction]
#[pyo3(signature = (model, inputs, paths, columns, output=None))]
pub(crate) fn evaluate_columns<'py>(
    py: Python<'py>,
    model: &str,
    inputs: &Bound<'py, PyAny>,
    paths: Vec<String>,
    columns: Vec<PyReadonlyArray1<'py, f64>>,
    output: Option<&str>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let inputs = to_value(inputs)?;
    let slices = columns.iter().map(|column| column.as_slice()).collect::<Result<Vec<_>, _>>()?;
    let columns: Vec<Column<'_>> = paths.iter().zip(slices).map(|(path, values)| Column { path, values }).collect();
    let values = inline(py, || evaluate_rows(model, &inputs, &columns, output))?;
    Ok(PyArray1::from_vec(py, values))
}
