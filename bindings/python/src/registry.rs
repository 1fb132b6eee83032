//! The registry: variants that are functions of the caller's or models of the library, routing,
//! routed calls, and what came of them.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use pyo3::prelude::*;
use serde_json::{Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::registry::{
    self as core, ChangeMeta, Digest, ExecOpts, Executed, ExperimentRef, FunctionOptions, HostFunction, ModelId,
    RouteRequest, RoutingScope, RunCx, RunRecord, SemVer, Span, StatsFilter, UnitId, VariantId,
};
use valor_ivx::simulation::CancelToken;
use valor_ivx::time::{Clock, SystemClock, Timestamp};
use valor_ivx::{Error, catalogue};

use crate::convert::{to_python, to_value, to_value_at};
use crate::error::{foreign, raised};
use crate::interrupt::{inline, interruptible};

/// The point below 1,000,000 that `unit` has in `experiment`.
#[pyfunction]
pub(crate) fn assign_point(salt: &[u8], experiment: &str, unit: &str) -> u32 {
    core::assign_point(salt, experiment, unit)
}

/// The page of an experiment's report.
#[pyfunction]
pub(crate) fn experiment_page(py: Python<'_>, report: &Bound<'_, PyAny>) -> PyResult<String> {
    let report = to_value(report)?;
    inline(py, || {
        let read = serde_json::from_value::<core::Report>(report.clone());
        let read = read.map_err(|cause| Error::invalid_input("report", report, cause.to_string()))?;
        Ok(valor_ivx::report::experiment(&read).to_html())
    })
}

/// The native half of `Registry`.
#[pyclass(frozen, module = "valor_ivx._native")]
pub(crate) struct NativeRegistry(pub(crate) core::Registry);

/// How a call was routed, of which Python objects are made when they are asked for.
#[pyclass(frozen, module = "valor_ivx._native")]
pub(crate) struct NativeResolution(core::Resolution);

#[pymethods]
impl NativeResolution {
    #[getter]
    fn model(&self) -> &str {
        self.0.model.as_str()
    }

    #[getter]
    fn requested(&self) -> Option<&str> {
        self.0.requested.as_ref().map(VariantId::as_str)
    }

    #[getter]
    fn assigned(&self) -> &str {
        self.0.assigned.as_str()
    }

    #[getter]
    fn served(&self) -> &str {
        self.0.served.as_str()
    }

    #[getter]
    fn reason<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &json!(self.0.reason))
    }

    #[getter]
    fn config_hash(&self) -> String {
        self.0.config_hash.to_string()
    }

    #[getter]
    fn shadowed(&self) -> Option<&str> {
        self.0.shadowed.as_ref().map(core::ExperimentId::as_str)
    }

    #[getter]
    fn deprecated(&self) -> bool {
        self.0.deprecated
    }

    /// All of it as plain objects.
    fn data<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.0.to_json())
    }
}

/// A clock of the caller's: a function that gives microseconds since 1970. Durations are the machine's.
struct HostClock {
    function: Py<PyAny>,
    /// What it said last, for when it raises.
    last: AtomicI64,
    machine: SystemClock,
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        let told = Python::attach(|py| {
            let told = self.function.bind(py).call0().and_then(|told| told.extract::<i64>());
            told.map_err(|raised| raised.write_unraisable(py, Some(self.function.bind(py)))).ok()
        });
        if let Some(told) = told {
            self.last.store(told, Ordering::Relaxed);
        }
        Timestamp::from_micros(self.last.load(Ordering::Relaxed))
    }

    fn monotonic_nanos(&self) -> u64 {
        self.machine.monotonic_nanos()
    }
}

#[pymethods]
impl NativeRegistry {
    #[new]
    fn new(py: Python<'_>, clock: Option<Py<PyAny>>) -> PyResult<Self> {
        let Some(function) = clock else { return Ok(Self(core::Registry::new())) };
        // One that cannot tell the time is refused where it is given.
        let last = AtomicI64::new(function.bind(py).call0()?.extract()?);
        let clock = Arc::new(HostClock { function, last, machine: SystemClock::new() });
        inline(py, || Ok(Self(core::Registry::builder().clock(clock).build())))
    }

    /// Registers a model of the library, or a function of an input and a seed.
    #[pyo3(signature = (model, variant, servable, options))]
    fn register(
        &self,
        py: Python<'_>,
        model: &str,
        variant: &str,
        servable: &Bound<'_, PyAny>,
        options: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let options = to_value(options)?;
        if let Ok(engine) = servable.extract::<String>() {
            return inline(py, || {
                let base = options["base"].as_bool().unwrap_or_default();
                self.0.register_model_as(read(model)?, read(variant)?, catalogue::find(&engine)?, base)
            });
        }
        let function = host_function(servable.clone().unbind());
        inline(py, || self.0.register_fn(read(model)?, read(variant)?, function_options(&options)?, function))
    }

    /// Puts another function in the place of the one with digest `expected`.
    fn replace(
        &self,
        py: Python<'_>,
        model: &str,
        variant: &str,
        servable: &Bound<'_, PyAny>,
        options: &Bound<'_, PyAny>,
        expected: &str,
    ) -> PyResult<()> {
        let options = to_value(options)?;
        let function = host_function(servable.clone().unbind());
        inline(py, || {
            let expected: Digest = expected.parse()?;
            self.0.replace_fn(read(model)?, read(variant)?, function_options(&options)?, function, expected)
        })
    }

    /// Names of the variants by model, the base first.
    fn models<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(json!(self.0.models())))
    }

    /// What a variant is, with its digest and status.
    fn variant<'py>(&self, py: Python<'py>, model: &str, variant: &str) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || {
            let (spec, digest, status) = self.0.variant(&read(model)?, &read(variant)?)?;
            let mut spec = json!(spec);
            spec["digest"] = json!(digest);
            spec["status"] = json!(status);
            Ok(spec)
        })
    }

    fn validate<'py>(&self, py: Python<'py>, config: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let config = to_value(config)?;
        answer(py, || Ok(json!(self.0.validate_json(&config)?)))
    }

    fn apply<'py>(
        &self,
        py: Python<'py>,
        config: &Bound<'py, PyAny>,
        actor: String,
        reason: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let config = to_value(config)?;
        answer(py, || Ok(self.0.apply_json(&config, &ChangeMeta { actor, reason })?.to_json()))
    }

    fn rollback<'py>(
        &self,
        py: Python<'py>,
        to: u64,
        expected: u64,
        tenant: Option<&str>,
        actor: String,
        reason: Option<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.rollback(scope(tenant)?, to, expected, &ChangeMeta { actor, reason })?.to_json()))
    }

    fn history<'py>(&self, py: Python<'py>, tenant: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.history(scope(tenant)?).iter().map(|version| version.to_json()).collect()))
    }

    fn config<'py>(&self, py: Python<'py>, tenant: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.config(scope(tenant)?).to_json()))
    }

    fn diff<'py>(&self, py: Python<'py>, one: u64, other: u64, tenant: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.diff(scope(tenant)?, one, other)?.iter().map(core::ConfigChange::to_json).collect()))
    }

    /// With the interpreter held: it takes less than letting go of it would.
    fn resolve(
        &self,
        py: Python<'_>,
        model: &str,
        unit: Option<&str>,
        tenant: Option<&str>,
        force: Option<&str>,
        draw: Option<u64>,
    ) -> PyResult<NativeResolution> {
        let resolve = || {
            let asked = Asked::read(unit, tenant, force)?;
            self.0.resolve(&read(model)?, &asked.request(draw)).map(NativeResolution)
        };
        resolve().map_err(|error| raised(py, &error))
    }

    #[expect(clippy::too_many_arguments, reason = "keywords of the Python method")]
    fn execute<'py>(
        &self,
        py: Python<'py>,
        model: &str,
        inputs: &Bound<'py, PyAny>,
        unit: Option<&str>,
        tenant: Option<&str>,
        force: Option<&str>,
        seed: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inputs = to_value(inputs)?;
        let (registry, model) = (self.0.clone(), read::<ModelId>(model).map_err(|error| raised(py, &error))?);
        let asked = Asked::read(unit, tenant, force).map_err(|error| raised(py, &error))?;
        self.run(py, inputs, seed, move |inputs, options| {
            registry.execute(&model, &asked.request(None), inputs, options)
        })
    }

    fn dry_run<'py>(
        &self,
        py: Python<'py>,
        model: &str,
        inputs: &Bound<'py, PyAny>,
        variant: Option<&str>,
        seed: u64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inputs = to_value(inputs)?;
        let (registry, model) = (self.0.clone(), read::<ModelId>(model).map_err(|error| raised(py, &error))?);
        let variant = variant.map(read::<VariantId>).transpose().map_err(|error| raised(py, &error))?;
        self.run(py, inputs, seed, move |inputs, options| registry.dry_run(&model, variant.as_ref(), inputs, options))
    }

    fn replay<'py>(
        &self,
        py: Python<'py>,
        record: &Bound<'py, PyAny>,
        inputs: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (record, inputs) = (to_value_at(record, "record")?, to_value(inputs)?);
        let record: RunRecord = serde_json::from_value(record.clone())
            .map_err(|cause| raised(py, &Error::invalid_input("record", record, cause.to_string())))?;
        let registry = self.0.clone();
        self.run(py, inputs, 0, move |inputs, _| registry.replay(&record, inputs))
    }

    fn expose<'py>(
        &self,
        py: Python<'py>,
        model: &str,
        unit: Option<&str>,
        tenant: Option<&str>,
        force: Option<&str>,
        draw: Option<u64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || {
            let asked = Asked::read(unit, tenant, force)?;
            Ok(self.0.expose(&read(model)?, &asked.request(draw))?.to_json())
        })
    }

    #[expect(clippy::too_many_arguments, reason = "keywords of the Python method")]
    fn record_outcome(
        &self,
        py: Python<'_>,
        experiment: &str,
        unit: &str,
        metric: &str,
        value: f64,
        at: Option<i64>,
        tenant: Option<&str>,
    ) -> PyResult<()> {
        let at = at.map(Timestamp::from_micros);
        inline(py, || self.0.record_outcome(named(experiment, tenant)?, &read(unit)?, metric, value, at))
    }

    fn analyze<'py>(&self, py: Python<'py>, experiment: &str, tenant: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let (registry, name) = (self.0.clone(), named(experiment, tenant).map_err(|error| raised(py, &error))?);
        // It walks over all units.
        let report = interruptible(py, None::<fn()>, |_| Ok(()), move || registry.analyze(name))?;
        to_python(py, &report.to_json())
    }

    fn breaches<'py>(&self, py: Python<'py>, experiment: &str, tenant: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.breaches(named(experiment, tenant)?)?.iter().map(core::Breach::to_json).collect()))
    }

    fn enforce_guardrails<'py>(
        &self,
        py: Python<'py>,
        experiment: &str,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || {
            let breaches = self.0.enforce_guardrails(named(experiment, tenant)?, |_, _| Ok(()))?;
            Ok(breaches.iter().map(core::Breach::to_json).collect())
        })
    }

    fn acted_breaches<'py>(
        &self,
        py: Python<'py>,
        experiment: &str,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || {
            let acted = self.0.acted_breaches(named(experiment, tenant)?)?;
            Ok(acted.iter().map(core::ActedBreach::to_json).collect())
        })
    }

    fn experiment_counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(json!(self.0.experiment_counts())))
    }

    fn performance<'py>(
        &self,
        py: Python<'py>,
        model: &str,
        window: Option<&str>,
        tenant: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || {
            let scope = tenant.map(|tenant| read(tenant).map(RoutingScope::Tenant)).transpose()?;
            let filter = StatsFilter { scope, span: span(window)?, ..StatsFilter::default() };
            let views = self.0.performance_of(&read(model)?, &filter)?;
            Ok(views
                .into_iter()
                .map(|(variant, view)| (variant, view.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into())
        })
    }

    fn clear_performance(&self, py: Python<'_>, model: Option<&str>) -> PyResult<()> {
        inline(py, || self.0.clear_performance(model.map(read::<ModelId>).transpose()?.as_ref()))
    }

    fn usage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.usage().iter().map(core::UsageRow::to_json).collect()))
    }

    fn popularity<'py>(&self, py: Python<'py>, n: usize, window: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        answer(py, || Ok(self.0.popularity(n, span(window)?).iter().map(core::UsageRow::to_json).collect()))
    }

    fn prometheus(&self, py: Python<'_>) -> PyResult<String> {
        inline(py, || Ok(self.0.prometheus()))
    }
}

impl NativeRegistry {
    /// Runs a routed call: a study on a thread of its own, all else at once, so that a function of the
    /// caller's runs on the caller's thread.
    #[expect(clippy::unused_self, reason = "a step of the methods above")]
    fn run<'py>(
        &self,
        py: Python<'py>,
        inputs: Value,
        seed: u64,
        call: impl FnOnce(&Value, &ExecOpts<'_>) -> Result<Executed, Error> + Send + 'static,
    ) -> PyResult<Bound<'py, PyAny>> {
        let cancel = CancelToken::new();
        let executed = if inputs.get("model").is_some() {
            let token = cancel.clone();
            let work = move || call(&inputs, &ExecOpts { seed, cancel: Some(&token), ..ExecOpts::default() });
            interruptible(py, Some(|| cancel.cancel()), |_| Ok(()), work)?
        } else {
            inline(py, || call(&inputs, &ExecOpts { seed, cancel: Some(&cancel), ..ExecOpts::default() }))?
        };
        to_python(py, &executed.to_json())
    }
}

/// Whom a call is for, owned so that it can go to another thread.
struct Asked {
    unit: Option<UnitId>,
    tenant: Option<TenantId>,
    force: Option<VariantId>,
}

impl Asked {
    fn read(unit: Option<&str>, tenant: Option<&str>, force: Option<&str>) -> Result<Self, Error> {
        Ok(Self {
            unit: unit.map(read).transpose()?,
            tenant: tenant.map(read).transpose()?,
            force: force.map(read).transpose()?,
        })
    }

    fn request(&self, draw: Option<u64>) -> RouteRequest<'_> {
        RouteRequest { tenant: self.tenant, unit: self.unit.as_ref(), force: self.force.as_ref(), draw }
    }
}

fn read<T: FromStr<Err = Error>>(text: &str) -> Result<T, Error> {
    text.parse()
}

fn scope(tenant: Option<&str>) -> Result<RoutingScope, Error> {
    tenant.map_or(Ok(RoutingScope::Global), |tenant| read(tenant).map(RoutingScope::Tenant))
}

fn span(window: Option<&str>) -> Result<Span, Error> {
    window.map_or(Ok(Span::Lifetime), read)
}

fn named(experiment: &str, tenant: Option<&str>) -> Result<ExperimentRef, Error> {
    Ok(ExperimentRef { scope: scope(tenant)?, id: read(experiment)? })
}

fn answer(py: Python<'_>, ask: impl FnOnce() -> Result<Value, Error> + Send) -> PyResult<Bound<'_, PyAny>> {
    let value = inline(py, ask)?;
    to_python(py, &value)
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

/// A Python function of an input and a seed; what it raises passes through.
fn host_function(function: Py<PyAny>) -> Arc<HostFunction> {
    Arc::new(move |input: &Value, cx: &mut RunCx<'_>| {
        let seed = cx.seed;
        Python::attach(|py| {
            let call = || {
                let given = to_python(py, input)?;
                to_value(&function.bind(py).call1((given, seed))?)
            };
            call().map_err(|exception| foreign(py, exception))
        })
    })
}
