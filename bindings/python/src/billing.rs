//! A Python object as the platform's billing sink: it is asked whether a tenant may buy, and handed invoices.

use pyo3::prelude::*;
use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::id::TenantId;
use valor_ivx::tenancy::{BillingChange, BillingSink, Invoice};

use crate::convert::to_python;
use crate::error::foreign;

/// Two functions of the host's; what they raise is the error of the call that asked them.
pub(crate) struct PythonSink {
    pub(crate) authorize: Py<PyAny>,
    pub(crate) issue: Py<PyAny>,
}

/// Calls into Python.
fn ask<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T, Error> {
    Python::attach(|py| work(py).map_err(|exception| foreign(py, exception)))
}

impl BillingSink for PythonSink {
    fn authorize(&self, change: &BillingChange) -> Result<bool, Error> {
        ask(|py| self.authorize.call1(py, (to_python(py, &json!(change))?,))?.extract(py))
    }

    fn issue(&self, tenant: TenantId, invoice: &Invoice, idem_key: &str) -> Result<(), Error> {
        let mut invoice = json!(invoice);
        invoice["tenant"] = Value::String(tenant.to_string());
        ask(|py| self.issue.call1(py, (to_python(py, &invoice)?, idem_key)).map(drop))
    }
}
