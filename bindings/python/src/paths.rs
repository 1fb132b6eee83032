//! Paths of stochastic processes as NumPy arrays.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use valor_ivx::random::GeometricBrownian;

use crate::convert::to_value;
use crate::error::raised;
use crate::interrupt::interruptible;

/// Paths of a geometric Brownian motion, a row a path.
#[pyfunction]
#[pyo3(signature = (wanted, threads=None))]
pub(crate) fn gbm_paths<'py>(
    py: Python<'py>,
    wanted: &Bound<'py, PyAny>,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let motion: GeometricBrownian = valor_ivx::model::read(&to_value(wanted)?).map_err(|error| raised(py, &error))?;
    let shape = [motion.paths as usize, motion.steps as usize + 1];
    let look = |_: Python<'_>| Ok(());
    let values = interruptible(py, None::<fn()>, look, move || motion.values(threads))?;
    PyArray1::from_vec(py, values).reshape(shape)
}
