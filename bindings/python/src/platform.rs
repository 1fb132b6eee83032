//! The platform: governed runs and the services around them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use valor_ivx::platform::{self as core, RunControl};
use valor_ivx::simulation::{CancelToken as Token, Progress};
use valor_ivx::tenancy::{BillingSink, VerifiedPrincipal};

use crate::billing::PythonSink;
use crate::convert::{to_python, to_value};
use crate::interrupt::{inline, interruptible};
use crate::registry::NativeRegistry;
use crate::simulation::{CancelToken, shown};

/// A caller whom the host has verified.
#[pyclass(frozen, module = "valor_ivx")]
pub(crate) struct Principal(VerifiedPrincipal);

#[pymethods]
impl Principal {
    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// The native half of `Platform`.
#[pyclass(frozen, module = "valor_ivx._native")]
pub(crate) struct NativePlatform(Arc<core::Platform>);

#[pymethods]
impl NativePlatform {
    #[staticmethod]
    fn open(
        py: Python<'_>,
        url: &str,
        operators: Vec<(String, String, String)>,
        plans: Vec<Bound<'_, PyAny>>,
        cursor_keys: Vec<(u8, Vec<u8>)>,
        configuration: &Bound<'_, PyAny>,
        billing: Option<(Py<PyAny>, Py<PyAny>)>,
    ) -> PyResult<Self> {
        let configuration = to_value(configuration)?;
        let billing =
            billing.map(|(authorize, issue)| Arc::new(PythonSink { authorize, issue }) as Arc<dyn BillingSink>);
        let plans = plans.iter().map(to_value).collect::<PyResult<Vec<_>>>()?;
        inline(py, || valor_ivx_bindings::open(url, &operators, &plans, &cursor_keys, &configuration, billing))
            .map(|platform| Self(Arc::new(platform)))
    }

    #[staticmethod]
    fn migrate(py: Python<'_>, url: &str) -> PyResult<()> {
        inline(py, || core::Platform::migrate(url))
    }

    fn registry(&self) -> NativeRegistry {
        NativeRegistry(self.0.registry().clone())
    }

    fn prometheus(&self, py: Python<'_>) -> PyResult<String> {
        inline(py, || Ok(self.0.prometheus()))
    }

    fn principal(
        &self,
        py: Python<'_>,
        issuer: &str,
        subject: &str,
        tenant: Option<&str>,
        kind: &str,
        origin: BTreeMap<String, String>,
    ) -> PyResult<Principal> {
        inline(py, || valor_ivx_bindings::principal(&self.0, issuer, subject, tenant, kind, &origin)).map(Principal)
    }

    #[staticmethod]
    fn verify_export<'py>(py: Python<'py>, path: &str, anchors: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let anchors = to_value(anchors)?;
        let told = inline(py, || valor_ivx_bindings::verify_exported(path, &anchors))?;
        to_python(py, &told)
    }

    /// A governed run, stopped and watched from outside.
    fn run<'py>(
        &self,
        py: Python<'py>,
        principal: &Bound<'py, Principal>,
        request: &Bound<'py, PyAny>,
        progress: Option<Py<PyAny>>,
        cancel: Option<Bound<'py, CancelToken>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = to_value(request)?;
        let request = inline(py, move || valor_ivx_bindings::run_request(&request))?;
        let (platform, who) = (Arc::clone(&self.0), principal.get().0.clone());
        let token = cancel.map_or_else(Token::new, |token| token.get().token());
        let latest: Arc<Mutex<Option<Progress>>> = Arc::default();
        let (seen, stop) = (Arc::clone(&latest), token.clone());
        let work = move || {
            let told = |state: &Progress| *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(*state);
            platform.run_with(&who, &request, &RunControl { cancel: Some(&token), progress: Some(&told) })
        };
        let look = |py: Python<'_>| match &progress {
            None => Ok(()),
            Some(progress) => {
                let state = latest.lock().unwrap_or_else(PoisonError::into_inner).take();
                state.map_or(Ok(()), |state| progress.call1(py, (shown(py, &state)?,)).map(drop))
            }
        };
        let run = interruptible(py, Some(|| stop.cancel()), look, work)?;
        to_python(py, &run.to_json())
    }

    /// A service by its name, with its fields.
    fn call<'py>(
        &self,
        py: Python<'py>,
        principal: &Bound<'py, Principal>,
        service: &str,
        fields: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let fields = to_value(fields)?;
        let who = &principal.get().0;
        let answer = inline(py, || valor_ivx_bindings::call(&self.0, who, service, &fields))?;
        to_python(py, &answer)
    }
}
