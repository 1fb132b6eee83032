//! The one way from Python into long work: the interpreter is released, the work runs on a thread of
//! its own, and the caller looks every 50 ms whether a signal has arrived.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use valor_ivx::Error;

use crate::error::raised;

/// Time between two looks at signals and progress.
const LOOK: Duration = Duration::from_millis(50);

/// Runs work of less than about a millisecond on the calling thread with the interpreter released.
pub(crate) fn inline<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    py.detach(work).map_err(|error| raised(py, &error))
}

/// Runs long work on a thread of its own.
///
/// `look` is called with the interpreter held about every 50 ms. When it fails or a signal handler
/// raises, the work is cancelled and the exception raised once it has stopped; work that cannot be
/// cancelled is left to end by itself.
pub(crate) fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    cancel: Option<impl Fn()>,
    mut look: impl FnMut(Python<'_>) -> PyResult<()>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> PyResult<T> {
    let (sender, receiver) = sync_channel(1);
    let receiver = std::sync::Mutex::new(receiver);
    let thread = std::thread::Builder::new().name("valor-ivx".to_owned()).spawn(move || {
        // The caller is gone when nobody receives; its result is then of no use.
        let _ = sender.send(work());
    });
    if let Err(cause) = thread {
        let error = Error::unavailable("model_unavailable", format!("no thread can be started: {cause}"));
        return Err(raised(py, &error));
    }
    loop {
        let answer = py.detach(|| match receiver.lock() {
            Ok(receiver) => receiver.recv_timeout(LOOK),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        });
        match answer {
            Ok(result) => {
                look(py)?;
                return result.map_err(|error| raised(py, &error));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err(
                    "the work stopped without an answer; this is a fault of valor_ivx",
                ));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(exception) = py.check_signals().and_then(|()| look(py)) {
                    if let Some(cancel) = cancel {
                        cancel();
                        // Its end is waited for, its answer is not wanted any more.
                        let _ = py.detach(|| receiver.lock().map(|receiver| receiver.recv().is_ok()).is_ok());
                    }
                    return Err(exception);
                }
            }
        }
    }
}
