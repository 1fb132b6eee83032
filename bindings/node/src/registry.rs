//! The registry: variants that are functions of the caller's or models of the library, routing,
//! routed calls, and what came of them. Everything crosses as JSON text.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Function, Object, Uint8Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi_derive::napi;
use serde_json::{Map, Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::registry::{
    self as core, ChangeMeta, Digest, ExecOpts, ExperimentRef, FunctionOptions, HostFunction, ModelId, RouteRequest,
    RoutingScope, RunCx, RunRecord, SemVer, Span, StatsFilter, UnitId, VariantId,
};
use valor_ivx::report::experiment as experiment_page;
use valor_ivx::time::{Clock, SystemClock, Timestamp};
use valor_ivx::{Error, catalogue};

use crate::interrupt::promise;
use crate::json::{foreign, read as read_json, thrown, write};
use crate::outcome::Outcomes;

/// The point below 1,000,000 that `unit` has in `experiment`.
#[napi]
#[must_use]
pub fn assign_point(salt: Uint8Array, experiment: String, unit: String) -> u32 {
    core::assign_point(&salt, &experiment, &unit)
}

/// Calls of JavaScript functions that have not been answered yet.
type Waiting = Arc<Mutex<HashMap<u32, SyncSender<Result<Value, Error>>>>>;

/// A clock of the caller's, which is told the time; durations are the machine's.
struct ToldClock {
    micros: AtomicI64,
    machine: SystemClock,
}

impl Clock for ToldClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::Relaxed))
    }

    fn monotonic_nanos(&self) -> u64 {
        self.machine.monotonic_nanos()
    }
}

/// The native half of `Registry`.
#[napi]
pub struct NativeRegistry {
    registry: core::Registry,
    clock: Option<Arc<ToldClock>>,
    waiting: Waiting,
    calls: Arc<AtomicU32>,
    outcomes: Outcomes,
}

impl Default for NativeRegistry {
    fn default() -> Self {
        Self::of(core::Registry::new())
    }
}

#[napi]
impl NativeRegistry {
    /// A registry without models; with `micros` since 1970 its clock stands there until it is told otherwise.
    #[napi(constructor)]
    #[must_use]
    pub fn new(micros: Option<i64>) -> Self {
        let Some(micros) = micros else { return Self::default() };
        let clock = Arc::new(ToldClock { micros: AtomicI64::new(micros), machine: SystemClock::new() });
        let registry = core::Registry::builder().clock(clock.clone()).build();
        Self { clock: Some(clock), ..Self::of(registry) }
    }

    /// Tells the time, in microseconds since 1970, to the clock that was made with one.
    #[napi]
    pub fn tell(&self, micros: i64) {
        if let Some(clock) = &self.clock {
            clock.micros.store(micros, Ordering::Relaxed);
        }
    }

    /// How a call would be routed, as a number that stands for all of it but the point of the unit, of 2^20
    /// each, and that point; 0 for what comes once. `told` has the text of either.
    #[napi]
    pub fn resolve(
        &self,
        model: String,
        unit: Option<String>,
        tenant: Option<String>,
        force: Option<String>,
        draw: Option<String>,
    ) -> napi::Result<f64> {
        let resolve = || {
            let asked = Asked {
                unit: unit.map(UnitId::try_from).transpose()?,
                tenant: tenant.as_deref().map(read).transpose()?,
                force: force.as_deref().map(read).transpose()?,
                draw: draw.map(|digits| whole("draw", &digits)).transpose()?,
            };
            self.registry.resolve(&read(&model)?, &asked.request())
        };
        resolve().map(|resolution| self.outcomes.number(resolution)).map_err(|error| thrown(&error))
    }

    /// The resolution that a number of `resolve` stands for as JSON text.
    #[napi]
    #[must_use]
    pub fn told(&self, number: u32) -> String {
        self.outcomes.text(number)
    }

    /// Registers a model of the library as a variant.
    #[napi]
    pub fn register_model(&self, model: String, variant: String, engine: String, base: bool) -> napi::Result<()> {
        let register =
            || self.registry.register_model_as(read(&model)?, read(&variant)?, catalogue::find(&engine)?, base);
        register().map_err(|error| thrown(&error))
    }

    /// Registers a function, which is called with the number of the call, its input and its seed, and
    /// whose result comes back by `answer`; with `expected` it replaces what has that digest.
    #[napi]
    pub fn register_function(
        &self,
        model: String,
        variant: String,
        servable: Function<'_, String, ()>,
        options: String,
        expected: Option<String>,
    ) -> napi::Result<()> {
        let options = read_json(&options)?;
        let function = self.host_function(servable)?;
        let register = || {
            let (model, variant, options) = (read(&model)?, read(&variant)?, function_options(&options)?);
            match expected {
                None => self.registry.register_fn(model, variant, options, function),
                Some(digest) => self.registry.replace_fn(model, variant, options, function, read::<Digest>(&digest)?),
            }
        };
        register().map_err(|error| thrown(&error))
    }

    /// The result of a call of a JavaScript function; without one it failed, and what it threw has the
    /// number of the call.
    #[napi]
    pub fn answer(&self, call: u32, output: Option<String>) -> napi::Result<()> {
        let answer = match output {
            Some(output) => Ok(read_json(&output)?),
            None => Err(foreign(call)),
        };
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&call);
        if let Some(waiting) = waiting {
            // The run is over when nobody receives; the answer is then of no use.
            let _ = waiting.send(answer);
        }
        Ok(())
    }

    /// Asks for what needs no run; `question` names it and `fields` are its arguments.
    #[napi]
    pub fn ask(&self, question: String, fields: String) -> napi::Result<String> {
        let fields = read_json(&fields)?;
        self.asked(&question, &fields).map(|answer| write(&answer)).map_err(|error| thrown(&error))
    }

    /// A promise of a routed run.
    #[napi]
    pub fn execute<'env>(
        &self,
        env: &'env Env,
        model: String,
        inputs: String,
        fields: String,
    ) -> napi::Result<Object<'env>> {
        let (inputs, fields) = (read_json(&inputs)?, read_json(&fields)?);
        let registry = self.registry.clone();
        let work = move || {
            let asked = Asked::read(&fields)?;
            let options = ExecOpts { seed: seed(&fields), ..ExecOpts::default() };
            registry.execute(&read(&model)?, &asked.request(), &inputs, &options)
        };
        promise(env, work, |executed| write(&executed.to_json()))
    }

    /// A promise of a run that is counted nowhere.
    #[napi]
    pub fn dry_run<'env>(
        &self,
        env: &'env Env,
        model: String,
        inputs: String,
        fields: String,
    ) -> napi::Result<Object<'env>> {
        let (inputs, fields) = (read_json(&inputs)?, read_json(&fields)?);
        let registry = self.registry.clone();
        let work = move || {
            let variant = fields["variant"].as_str().map(read::<VariantId>).transpose()?;
            let options = ExecOpts { seed: seed(&fields), ..ExecOpts::default() };
            registry.dry_run(&read(&model)?, variant.as_ref(), &inputs, &options)
        };
        promise(env, work, |executed| write(&executed.to_json()))
    }

    /// A promise of the same run again.
    #[napi]
    pub fn replay<'env>(&self, env: &'env Env, record: String, inputs: String) -> napi::Result<Object<'env>> {
        let (mut record, inputs) = (read_json(&record)?, read_json(&inputs)?);
        if let Some(seed) = record["seed"].as_str().and_then(|text| text.parse::<u64>().ok()) {
            record["seed"] = seed.into();
        }
        let registry = self.registry.clone();
        let work = move || {
            let record: RunRecord = serde_json::from_value(record.clone())
                .map_err(|cause| Error::invalid_input("record", record, cause.to_string()))?;
            registry.replay(&record, &inputs)
        };
        promise(env, work, |executed| write(&executed.to_json()))
    }

    pub(crate) fn of(registry: core::Registry) -> Self {
        Self {
            registry,
            clock: None,
            waiting: Waiting::default(),
            calls: Arc::default(),
            outcomes: Outcomes::default(),
        }
    }

    fn asked(&self, question: &str, fields: &Value) -> Result<Value, Error> {
        let registry = &self.registry;
        let text = |name: &str| fields[name].as_str().unwrap_or_default();
        let meta =
            || ChangeMeta { actor: text("actor").to_owned(), reason: fields["reason"].as_str().map(str::to_owned) };
        match question {
            "models" => Ok(json!(registry.models())),
            "variant" => {
                let (spec, digest, status) = registry.variant(&read(text("model"))?, &read(text("variant"))?)?;
                let mut spec = json!(spec);
                spec["digest"] = json!(digest);
                spec["status"] = json!(status);
                Ok(spec)
            }
            "validate" => Ok(json!(registry.validate_json(&fields["config"])?)),
            "apply" => Ok(registry.apply_json(&fields["config"], &meta())?.to_json()),
            "rollback" => {
                let (to, expected) = (number(fields, "to")?, number(fields, "expected")?);
                Ok(registry.rollback(scope(fields)?, to, expected, &meta())?.to_json())
            }
            "history" => Ok(registry.history(scope(fields)?).iter().map(|version| version.to_json()).collect()),
            "config" => Ok(registry.config(scope(fields)?).to_json()),
            "diff" => {
                let (from, to) = (number(fields, "from")?, number(fields, "to")?);
                Ok(registry.diff(scope(fields)?, from, to)?.iter().map(core::ConfigChange::to_json).collect())
            }
            "expose" => {
                let asked = Asked::read(fields)?;
                Ok(registry.expose(&read(text("model"))?, &asked.request())?.to_json())
            }
            "record_outcome" => {
                let value = fields["value"].as_f64();
                let refuse = || Error::invalid_input("value", fields["value"].clone(), "finite number");
                let at = fields["at"].as_i64().map(Timestamp::from_micros);
                let (unit, value) = (read(text("unit"))?, value.ok_or_else(refuse)?);
                registry.record_outcome(experiment(fields)?, &unit, text("metric"), value, at)?;
                Ok(Value::Null)
            }
            "analyze" => {
                let report = registry.analyze(experiment(fields)?)?;
                Ok(json!({"report": report.to_json(), "page": experiment_page(&report).to_html()}))
            }
            "breaches" => Ok(registry.breaches(experiment(fields)?)?.iter().map(core::Breach::to_json).collect()),
            "enforce_guardrails" => {
                let breaches = registry.enforce_guardrails(experiment(fields)?, |_, _| Ok(()))?;
                Ok(breaches.iter().map(core::Breach::to_json).collect())
            }
            "acted_breaches" => {
                let acted = registry.acted_breaches(experiment(fields)?)?;
                Ok(acted.iter().map(core::ActedBreach::to_json).collect())
            }
            "experiment_counts" => Ok(json!(registry.experiment_counts())),
            "performance" => {
                let scope = fields["tenant"].as_str().map(|_| scope(fields)).transpose()?;
                let filter = StatsFilter { scope, span: span(fields)?, ..StatsFilter::default() };
                let views = registry.performance_of(&read(text("model"))?, &filter)?;
                Ok(views.into_iter().map(|(variant, view)| (variant, view.to_json())).collect::<Map<_, _>>().into())
            }
            "clear_performance" => {
                let model = fields["model"].as_str().map(read::<ModelId>).transpose()?;
                registry.clear_performance(model.as_ref())?;
                Ok(Value::Null)
            }
            "usage" => Ok(registry.usage().iter().map(core::UsageRow::to_json).collect()),
            "popularity" => {
                let most = usize::try_from(number(fields, "n")?).unwrap_or(usize::MAX);
                Ok(registry.popularity(most, span(fields)?).iter().map(core::UsageRow::to_json).collect())
            }
            "prometheus" => Ok(registry.prometheus().into()),
            other => Err(Error::not_found("unknown_question", other)),
        }
    }

    fn host_function(&self, function: Function<'_, String, ()>) -> napi::Result<Arc<HostFunction>> {
        let function = function.build_threadsafe_function::<String>().weak::<true>().build()?;
        let (waiting, calls) = (Arc::clone(&self.waiting), Arc::clone(&self.calls));
        Ok(Arc::new(move |input: &Value, cx: &mut RunCx<'_>| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            let (sender, receiver) = sync_channel(1);
            waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(call, sender);
            let message = json!({"call": call, "input": input, "seed": cx.seed.to_string()});
            function.call(write(&message), NonBlocking);
            receiver.recv().unwrap_or_else(|_| Err(Error::internal("model_internal", "the function gave no result")))
        }))
    }
}

/// Whom a call is for.
struct Asked {
    unit: Option<UnitId>,
    tenant: Option<TenantId>,
    force: Option<VariantId>,
    draw: Option<u64>,
}

impl Asked {
    fn read(fields: &Value) -> Result<Self, Error> {
        Ok(Self {
            unit: fields["unit"].as_str().map(read).transpose()?,
            tenant: fields["tenant"].as_str().map(read).transpose()?,
            force: fields["force"].as_str().map(read).transpose()?,
            draw: wide(&fields["draw"]),
        })
    }

    fn request(&self) -> RouteRequest<'_> {
        RouteRequest { tenant: self.tenant, unit: self.unit.as_ref(), force: self.force.as_ref(), draw: self.draw }
    }
}

fn read<T: FromStr<Err = Error>>(text: &str) -> Result<T, Error> {
    text.parse()
}

/// A whole number of 64 bits, which crosses as digits when a JSON number cannot hold it.
fn wide(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A whole number of 64 bits in digits.
fn whole(field: &str, digits: &str) -> Result<u64, Error> {
    digits.parse().map_err(|_| Error::invalid_input(field, digits, "whole number of 64 bits"))
}

fn seed(fields: &Value) -> u64 {
    wide(&fields["seed"]).unwrap_or_default()
}

fn number(fields: &Value, name: &str) -> Result<u64, Error> {
    fields[name].as_u64().ok_or_else(|| Error::invalid_input(name, fields[name].clone(), "whole number"))
}

fn scope(fields: &Value) -> Result<RoutingScope, Error> {
    fields["tenant"].as_str().map_or(Ok(RoutingScope::Global), |tenant| read(tenant).map(RoutingScope::Tenant))
}

fn span(fields: &Value) -> Result<Span, Error> {
    fields["window"].as_str().map_or(Ok(Span::Lifetime), read)
}

fn experiment(fields: &Value) -> Result<ExperimentRef, Error> {
    Ok(ExperimentRef { scope: scope(fields)?, id: read(fields["experiment"].as_str().unwrap_or_default())? })
}

fn function_options(given: &Value) -> Result<FunctionOptions, Error> {
    let present = |name: &str| Some(given[name].clone()).filter(|value| !value.is_null());
    Ok(FunctionOptions {
        base: given["base"].as_bool().unwrap_or_default(),
        version: given["version"].as_str().map(read::<SemVer>).transpose()?,
        params: present("params"),
        input_schema: present("input_schema"),
        output_schema: present("output_schema"),
        feature: given["feature"].as_str().map(str::to_owned),
        identity: given["identity"].as_u64(),
    })
}
