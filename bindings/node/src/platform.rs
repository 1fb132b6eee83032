//! The platform: governed runs and the services around them, as JSON text.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Function, Object, Uint8Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi_derive::napi;
use serde_json::json;
use valor_ivx::platform::{self as core, RunControl};
use valor_ivx::simulation::Progress;
use valor_ivx::tenancy::VerifiedPrincipal;

use crate::billing::NativeSink;
use crate::interrupt::promise;
use crate::json::{read, thrown, write};
use crate::registry::NativeRegistry;
use crate::simulation::CancelToken;

/// A caller whom the host has verified.
#[napi]
pub struct Principal(VerifiedPrincipal);

/// The native half of `Platform`.
#[napi]
pub struct NativePlatform(Arc<core::Platform>);

#[napi]
impl NativePlatform {
    /// Opens the store at `url`; `operators` are issuer, subject and role, `plans` versions of the catalogue,
    /// `key_ids` and `secrets` those of cursors, `configuration` the schemas of what tenants set,
    /// `billing` what is asked and handed invoices.
    #[napi(factory)]
    pub fn open(
        url: String,
        operators: Vec<Vec<String>>,
        plans: Vec<String>,
        key_ids: Vec<u8>,
        secrets: Vec<Uint8Array>,
        configuration: String,
        billing: Option<&NativeSink>,
    ) -> napi::Result<Self> {
        let plans = plans.iter().map(|catalogue| read(catalogue)).collect::<napi::Result<Vec<_>>>()?;
        let cursor_keys: Vec<_> = key_ids.into_iter().zip(secrets.iter().map(|secret| secret.to_vec())).collect();
        let operators: Vec<_> = operators
            .into_iter()
            .map(|operator| {
                let mut parts = operator.into_iter();
                let mut next = || parts.next().unwrap_or_default();
                (next(), next(), next())
            })
            .collect();
        let (configuration, billing) = (read(&configuration)?, billing.map(NativeSink::asking));
        let platform = valor_ivx_bindings::open(&url, &operators, &plans, &cursor_keys, &configuration, billing)
            .map_err(|error| thrown(&error))?;
        Ok(Self(Arc::new(platform)))
    }

    /// Brings the store at `url` to this version's tables.
    #[napi]
    pub fn migrate(url: String) -> napi::Result<()> {
        core::Platform::migrate(&url).map_err(|error| thrown(&error))
    }

    /// The registry that serves its runs.
    #[napi]
    #[must_use]
    pub fn registry(&self) -> NativeRegistry {
        NativeRegistry::of(self.0.registry().clone())
    }

    /// All that the platform and its registry count, as text in Prometheus' exposition format 0.0.4.
    #[napi]
    #[must_use]
    pub fn prometheus(&self) -> String {
        self.0.prometheus()
    }

    /// The host's assertion that it has verified this caller.
    #[napi]
    pub fn principal(
        &self,
        issuer: String,
        subject: String,
        tenant: Option<String>,
        kind: String,
        origin: HashMap<String, String>,
    ) -> napi::Result<Principal> {
        valor_ivx_bindings::principal(
            &self.0,
            &issuer,
            &subject,
            tenant.as_deref(),
            &kind,
            &origin.into_iter().collect::<BTreeMap<_, _>>(),
        )
        .map(Principal)
        .map_err(|error| thrown(&error))
    }

    /// What verifying an exported log finds, against the anchors given as JSON.
    #[napi]
    pub fn verify_export(path: String, anchors: String) -> napi::Result<String> {
        let told = valor_ivx_bindings::verify_exported(&path, &read(&anchors)?).map_err(|error| thrown(&error))?;
        Ok(told.to_string())
    }

    /// A promise of a governed run.
    #[napi]
    pub fn run<'env>(
        &self,
        env: &'env Env,
        principal: &Principal,
        request: String,
        token: &CancelToken,
        progress: Option<Function<'env, String, ()>>,
    ) -> napi::Result<Object<'env>> {
        let request = valor_ivx_bindings::run_request(&read(&request)?).map_err(|error| thrown(&error))?;
        let progress = progress.map(|show| show.build_threadsafe_function::<String>().build()).transpose()?;
        let (platform, who, token) = (Arc::clone(&self.0), principal.0.clone(), token.token());
        let work = move || {
            let told = |state: &Progress| {
                if let Some(progress) = &progress {
                    let state = json!({
                        "done": state.done,
                        "total": state.total,
                        "elapsed": state.elapsed,
                        "standard_error": state.standard_error,
                    });
                    progress.call(state.to_string(), NonBlocking);
                }
            };
            platform.run_with(&who, &request, &RunControl { cancel: Some(&token), progress: Some(&told) })
        };
        promise(env, work, |run| write(&run.to_json()))
    }

    /// A promise of what a service gives, by its name, with its fields.
    #[napi]
    pub fn call<'env>(
        &self,
        env: &'env Env,
        principal: &Principal,
        service: String,
        fields: String,
    ) -> napi::Result<Object<'env>> {
        let fields = read(&fields)?;
        let (platform, who) = (Arc::clone(&self.0), principal.0.clone());
        promise(env, move || valor_ivx_bindings::call(&platform, &who, &service, &fields), |answer| write(&answer))
    }
}
