//! A model over NumPy arrays.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use valor_ivx::columns::{Column, ColumnModel, evaluate_columns as evaluate_rows};

use crate::convert::to_value;
use crate::error::raised;
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
    let columns = laid(&paths, &columns)?;
    let values = inline(py, || evaluate_rows(model, &inputs, &columns, output))?;
    Ok(PyArray1::from_vec(py, values))
}

/// A model made ready once for columns at its paths.
#[pyclass(frozen, module = "valor_ivx._native")]
pub(crate) struct NativeColumnModel(ColumnModel);

#[pymethods]
impl NativeColumnModel {
    #[new]
    #[pyo3(signature = (model, inputs, paths, output=None))]
    fn new(
        py: Python<'_>,
        model: &str,
        inputs: &Bound<'_, PyAny>,
        paths: Vec<String>,
        output: Option<&str>,
    ) -> PyResult<Self> {
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        ColumnModel::new(model, &to_value(inputs)?, &paths, output).map(Self).map_err(|error| raised(py, &error))
    }

    /// One value a row; `columns` are contiguous arrays for the inputs at `paths`.
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        paths: Vec<String>,
        columns: Vec<Laid<'py>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let columns = laid(&paths, &columns)?;
        let values = inline(py, || self.0.evaluate(&columns))?;
        Ok(PyArray1::from_vec(py, values))
    }
}

fn laid<'a>(paths: &'a [String], columns: &'a [Laid<'_>]) -> PyResult<Vec<Column<'a>>> {
    let column = |(path, (values, each, times)): (&'a String, &'a Laid<'_>)| {
        Ok(Column { path, values: values.as_slice()?, each: *each, times: *times })
    };
    paths.iter().zip(columns).map(column).collect()
}
