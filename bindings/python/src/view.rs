//! NumPy arrays that look at memory of the core without a copy: the only place with unsafe code.

use numpy::ndarray::ArrayView1;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;

/// The numbers of `owner` that `values` finds, as an array that cannot be written.
///
/// `owner` is frozen, so that nobody can exchange what it has, and must itself never change the numbers.
pub(crate) fn view<'py, T: PyClass<Frozen = True> + Sync>(
    owner: &Bound<'py, T>,
    values: impl for<'a> FnOnce(&'a T) -> PyResult<&'a [f64]>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let view = ArrayView1::from(values(owner.get())?);
    // The numbers belong to `owner`, which the array keeps alive, and nobody may write to them.
    #[expect(unsafe_code, reason = "a view instead of a copy of what may be gigabytes")]
    let array = unsafe { PyArray1::borrow_from_array(&view, owner.clone().into_any()) };
    array.readwrite().make_nonwriteable();
    Ok(array)
}
