//! The library's errors as Python exceptions. The classes are Python classes, written from the error
//! table; an exception that a host's own model raised comes out as it went in.

use std::sync::Arc;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use valor_ivx::Error;

use crate::convert::to_python;

/// The Python exception for `error`.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(exception) = error.foreign().and_then(|foreign| foreign.downcast_ref::<PyErr>()) {
        return exception.clone_ref(py);
    }
    exception(py, error).map_or_else(|failure| failure, PyErr::from_value)
}

fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static FROM_NATIVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = FROM_NATIVE.get_or_try_init(py, || {
        py.import("valor_ivx.errors")?.getattr("_from_native").map(Bound::unbind).map_err(|cause| {
            let failure = PyImportError::new_err("valor_ivx.errors is not the one of this build");
            failure.set_cause(py, Some(cause));
            failure
        })
    })?;
    make.bind(py).call1((error.to_string(), to_python(py, &error.to_json())?))
}

/// A host model's exception as the library's error, to be raised again unchanged.
pub(crate) fn foreign(py: Python<'_>, exception: PyErr) -> Error {
    let text = exception.value(py).to_string();
    Error::from_foreign(Arc::new(exception), text)
}
