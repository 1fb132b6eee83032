//! How many threads work takes that is not told how many.

use std::num::NonZeroUsize;

use pyo3::prelude::*;
use valor_ivx::Error;

use crate::error::raised;

/// Sets how many threads work takes that is not told how many; `None` for one a core.
#[pyfunction]
#[pyo3(signature = (threads))]
pub(crate) fn set_num_threads(py: Python<'_>, threads: Option<i64>) -> PyResult<()> {
    let threads = match threads {
        None => None,
        Some(given) => {
            let known = usize::try_from(given).ok().and_then(NonZeroUsize::new);
            let refusal = || raised(py, &Error::invalid_input("threads", given, "a whole number of at least 1"));
            Some(known.ok_or_else(refusal)?)
        }
    };
    valor_ivx::set_num_threads(threads);
    Ok(())
}

/// How many threads work takes that is not told how many.
#[pyfunction]
pub(crate) fn num_threads() -> usize {
    valor_ivx::num_threads()
}
