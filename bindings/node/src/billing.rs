//! A JavaScript object as the platform's billing sink. The thread that asks waits; the event loop answers,
//! when the promise that the object gave is settled.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::ThreadsafeFunction;
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi_derive::napi;
use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::id::TenantId;
use valor_ivx::tenancy::{BillingChange, BillingSink, Invoice};

use crate::json::{foreign, read, write};

/// The JavaScript function that is told each question; it holds no event loop open.
type Ask = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Questions that have not been answered yet.
type Waiting = Arc<Mutex<HashMap<u32, SyncSender<Result<Value, Error>>>>>;

/// The native half of a billing sink.
#[napi]
pub struct NativeSink {
    ask: Arc<Ask>,
    waiting: Waiting,
    calls: Arc<AtomicU32>,
}

#[napi]
impl NativeSink {
    /// `ask` is called with JSON of the number of the call, the `change` or `invoice` it is about, and the
    /// `idemKey`; its answer comes back by `answer`.
    #[napi(constructor)]
    pub fn new(ask: Function<'_, String, ()>) -> napi::Result<Self> {
        let ask = ask.build_threadsafe_function::<String>().weak::<true>().build()?;
        Ok(Self { ask: Arc::new(ask), waiting: Waiting::default(), calls: Arc::default() })
    }

    /// The answer to a call; without one the function failed, and what it threw has the number of the call.
    #[napi]
    pub fn answer(&self, call: u32, answer: Option<String>) -> napi::Result<()> {
        let answer = match answer {
            Some(answer) => Ok(read(&answer)?),
            None => Err(foreign(call)),
        };
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
        if let Some(waiting) = waiting {
            // The asker is gone when nobody receives; the answer is then of no use.
            let _ = waiting.send(answer);
        }
        Ok(())
    }
}

impl NativeSink {
    /// What the platform asks.
    pub(crate) fn asking(&self) -> Arc<dyn BillingSink> {
        let (ask, waiting, calls) = (Arc::clone(&self.ask), Arc::clone(&self.waiting), Arc::clone(&self.calls));
        Arc::new(Asking { ask, waiting, calls })
    }
}

struct Asking {
    ask: Arc<Ask>,
    waiting: Waiting,
    calls: Arc<AtomicU32>,
}

impl Asking {
    fn ask(&self, mut question: Value) -> Result<Value, Error> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        question["call"] = call.into();
        let (sender, receiver) = sync_channel(1);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(call, sender);
        self.ask.call(write(&question), NonBlocking);
        receiver.recv().unwrap_or_else(|_| Err(Error::unavailable("billing_sink", "the billing sink gave no answer")))
    }
}

impl BillingSink for Asking {
    fn authorize(&self, change: &BillingChange) -> Result<bool, Error> {
        Ok(self.ask(json!({ "change": change }))? == Value::Bool(true))
    }

    fn issue(&self, tenant: TenantId, invoice: &Invoice, idem_key: &str) -> Result<(), Error> {
        let mut invoice = json!(invoice);
        invoice["tenant"] = Value::String(tenant.to_string());
        self.ask(json!({ "invoice": invoice, "idem_key": idem_key })).map(drop)
    }
}
