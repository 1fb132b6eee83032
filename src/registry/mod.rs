//! Which variant of a model serves whom, and how well it does.
//!
//! The registry holds the variants of every model, routes each call by a versioned configuration,
//! runs it, and keeps count. It knows no tenants beyond a routing key, no storage and no clock but the
//! one it is given. Start at [`Registry`]:
//!
//! ```
//! use std::sync::Arc;
//! use serde_json::json;
//! use valor_ivx::registry::{ChangeMeta, ExecOpts, FunctionOptions, Registry, RouteRequest, RunCx, UnitId};
//!
//! let registry = Registry::new();
//! let model = "growth".parse()?;
//! for (variant, rate) in [("v1", 0.02), ("v2", 0.03)] {
//!     let function = Arc::new(move |_: &_, _: &mut RunCx<'_>| Ok(json!({"rate": rate})));
//!     registry.register_fn(model, variant.parse()?, FunctionOptions::default(), function)?;
//! }
//! registry.apply_json(&json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": {
//!     "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a", "arms": [
//!         {"key": "a", "variant": "v1", "weight_ppm": 700_000}, {"key": "b", "variant": "v2", "weight_ppm": 300_000}],
//! }}}}), &ChangeMeta::default())?;
//! let unit: UnitId = "user-1".parse()?;
//! let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
//! let executed = registry.execute(&model, &request, &json!({}), &ExecOpts::default())?;
//! assert_eq!(executed.output["rate"], 0.02);
//! assert_eq!(executed.resolution.served.as_str(), "v1");
//! # Ok::<(), valor_ivx::Error>(())
//! ```

mod analysis;
mod catalogue;
mod change;
mod counted;
mod execute;
mod experiment;
mod keyed;
mod mirror;
mod model;
mod performance;
mod resolution;
mod route;
mod schema;
mod sha256;
mod snapshot;
mod variant;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::error::Error;
use crate::id::{InstanceId, TenantId};
use crate::time::{Clock, SystemClock};

pub use analysis::{
    ActedBreach, ArmReport, Breach, BreachCount, DataArm, DecidingTest, Epoch, ExperimentCounts, ExperimentData,
    ExperimentRef, Invalidity, Look, Measured, MetricReport, Report, SampleRatioCheck, Sight, Tally, Verdict, evaluate,
};
pub use catalogue::CatalogueChange;
pub use change::{Applied, ChangeMeta, ConfigChange, ConfigVersion, KeptVersion, diff};
pub use counted::MirrorResult;
pub use execute::{ExecOpts, Executed, RunKind, RunRecord};
pub use experiment::{Allocation, Range, reallocate};
pub use keyed::assign_point;
pub use mirror::{InlineMirrors, MirrorDiff, MirrorExecutor, MirrorJob, MirrorRun, QueuedMirrors};
pub use model::{ArmKey, Digest, ExperimentId, ModelId, SemVer, UnitId, VariantId, build_id};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use performance::Come;
pub use performance::{
    BatchResult, FailureKind, Instance, LONGEST_NANOS, MergedStats, MissingBatches, Series, SeriesDelta, SeriesKey,
    SeriesKind, SeriesScope, Span, StatsBatch, StatsFilter, StatsView, UsageRow, Window,
};
pub use resolution::{ConfigVersions, ExperimentTag, FallbackKind, FallbackTag, Reason, Resolution, RouteRequest};
pub use route::{
    AnalysisMode, AnalysisPlan, Arm, Assignment, Better, Compare, ConfigProblem, Experiment, ExperimentStatus,
    FallbackPolicy, GuardAction, GuardBound, GuardMetric, GuardTest, Guardrail, MetricKind, MetricPlan, Mirror,
    ModelRouting, OnFault, PauseCause, ROUTING_SCHEMA, RoutingConfig, RoutingScope, Salt,
};
pub use variant::{Availability, FunctionOptions, HostFunction, RunCx, Servable, VariantSpec, VariantStatus};

use analysis::Books;
use change::ScopeHistory;
use counted::{Changes, CountsByModel};
use mirror::MirrorRuns;
use performance::Recorder;
use snapshot::{Catalogue, ScopeRouting, Snapshot};

/// Models, their variants and the routing between them; clones are the same registry.
///
/// Every call reads one snapshot from beginning to end. Changes make a new snapshot and publish it
/// whole; they wait for each other and never for a call.
#[derive(Clone)]
pub struct Registry(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    /// Number of the published snapshot, so that readers see a change without taking the lock.
    generation: AtomicU64,
    current: Mutex<Arc<Snapshot>>,
    writer: Mutex<Writer>,
    recorder: Recorder,
    mirrors: Box<dyn MirrorExecutor>,
    mirror_runs: Mutex<MirrorRuns>,
    /// Read while a change is being kept, which may take as long as a store does.
    counts: Mutex<CountsByModel>,
    changes: Changes,
    books: Mutex<Books>,
    /// Experiments whose guardrails the host should look at.
    due: Mutex<BTreeSet<ExperimentRef>>,
    /// Whether guardrails pause by themselves.
    pauses: bool,
    /// Number of the next draw of a random experiment.
    draws: AtomicU64,
}

/// What only changes look at.
#[derive(Default)]
struct Writer {
    scopes: BTreeMap<RoutingScope, ScopeHistory>,
    catalogue_changes: Vec<CatalogueChange>,
}

/// Sets up a [`Registry`].
#[derive(Default)]
pub struct RegistryBuilder {
    clock: Option<Arc<dyn Clock>>,
    host_pauses: bool,
    most_series: Option<usize>,
    named_tenants: Vec<TenantId>,
    instance: Option<Instance>,
    mirrors: Option<Box<dyn MirrorExecutor>>,
}

/// Tenants that may be named in metrics.
const MOST_NAMED_TENANTS: usize = 50;

impl RegistryBuilder {
    /// The clock of durations, history and usage days; the machine's when not set.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Leaves it to the host to call [`Registry::enforce_guardrails`] on what
    /// [`Registry::guardrails_due`] tells, where a pause has to be kept elsewhere too; otherwise executed
    /// calls do so as the data grow.
    #[must_use]
    pub fn pauses_by_host(mut self) -> Self {
        self.host_pauses = true;
        self
    }

    /// Series that are kept, 10,000 when not set; beyond it those of tenants that called longest ago are
    /// counted together.
    #[must_use]
    pub fn most_series(mut self, most: usize) -> Self {
        self.most_series = Some(most);
        self
    }

    /// Tenants that metrics name; all others are `_other` there. At most 50, or `out_of_range`.
    pub fn tenants_in_metrics(mut self, tenants: impl IntoIterator<Item = TenantId>) -> Result<Self, Error> {
        self.named_tenants = tenants.into_iter().collect();
        let named = self.named_tenants.len();
        if named > MOST_NAMED_TENANTS {
            let most = format!("at most {MOST_NAMED_TENANTS} tenants");
            return Err(Error::invalid_input("tenants_in_metrics", named, most).with_reason("out_of_range"));
        }
        Ok(self)
    }

    /// Which process this is, for [`Registry::stats_batch`].
    #[must_use]
    pub fn instance(mut self, instance: InstanceId, epoch: u64) -> Self {
        self.instance = Some(Instance { instance, epoch });
        self
    }

    /// Where runs of mirror variants go; [`QueuedMirrors`] when not set.
    #[must_use]
    pub fn mirrors(mut self, executor: impl MirrorExecutor + 'static) -> Self {
        self.mirrors = Some(Box::new(executor));
        self
    }

    /// The registry, without models.
    #[must_use]
    pub fn build(self) -> Registry {
        let snapshot = Snapshot {
            generation: 0,
            catalogue: Arc::new(Catalogue::new()),
            global: Arc::new(ScopeRouting::none(RoutingScope::Global)),
            tenants: Arc::default(),
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let most = self.most_series.unwrap_or(performance::MOST_SERIES);
        Registry(Arc::new(Shared {
            recorder: Recorder::new(most, self.named_tenants, self.instance, clock.now()),
            mirrors: self.mirrors.unwrap_or_else(|| Box::new(QueuedMirrors::new())),
            mirror_runs: Mutex::default(),
            counts: Mutex::default(),
            changes: Changes::new(clock.now()),
            clock,
            generation: AtomicU64::new(0),
            current: Mutex::new(Arc::new(snapshot)),
            writer: Mutex::default(),
            books: Mutex::default(),
            due: Mutex::default(),
            pauses: !self.host_pauses,
            draws: AtomicU64::new(0),
        }))
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

/// A thread's copy of the snapshot of one registry.
struct Copy {
    registry: Weak<Shared>,
    snapshot: Arc<Snapshot>,
}

/// Registries a thread keeps a copy for; the oldest gives way.
const MOST_COPIES: usize = 4;

thread_local! {
    // Sharing one counter among all readers would cost more than the resolution itself.
    static COPIES: RefCell<Vec<Rc<Copy>>> = const { RefCell::new(Vec::new()) };
}

impl Registry {
    /// A registry without models, by the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Sets up a registry with another clock.
    #[must_use]
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::default()
    }

    /// Which variant of `model` would serve `request`, and why.
    ///
    /// `unknown_model`; under a policy of failing `unknown_variant` or `model_unavailable`; and
    /// `no_variant_available` when nothing can serve.
    pub fn resolve(&self, model: &ModelId, request: &RouteRequest<'_>) -> Result<Resolution, Error> {
        Ok(self.held().snapshot.resolve(model, request, &|| self.next_draw())?.resolution())
    }

    fn next_draw(&self) -> u64 {
        self.0.draws.fetch_add(1, Ordering::Relaxed)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A change is published by one assignment at its end, so a poisoned lock guards whole data.
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The published snapshot.
    fn snapshot(&self) -> Arc<Snapshot> {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Publishes the snapshot after the current one; the caller holds the writer.
    fn publish(&self, change: impl FnOnce(&Snapshot) -> Snapshot) {
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Arc::new(Snapshot { generation: current.generation + 1, ..change(&current) });
        let generation = next.generation;
        let last = std::mem::replace(&mut *current, next);
        self.0.generation.store(generation, Ordering::Release);
        drop(current);
        // The last of a snapshot may drop functions of the host, which may call back.
        drop(last);
    }

    /// The published snapshot by this thread's copy of it, which its calls share without telling other threads.
    fn held(&self) -> Rc<Copy> {
        let generation = self.0.generation.load(Ordering::Acquire);
        let by_copy = COPIES.try_with(|copies| {
            let copies = copies.try_borrow().ok()?;
            let copy = copies.iter().find(|copy| std::ptr::eq(copy.registry.as_ptr(), Arc::as_ptr(&self.0)))?;
            (copy.snapshot.generation == generation).then(|| copy.clone())
        });
        if let Ok(Some(copy)) = by_copy {
            return copy;
        }
        let fresh = Rc::new(Copy { registry: Arc::downgrade(&self.0), snapshot: self.snapshot() });
        let replaced = COPIES.try_with(|copies| {
            // Dropping a copy may call back into this thread, which leaves the copies as they are.
            let mut copies = copies.try_borrow_mut().ok()?;
            let mut gone: Vec<Rc<Copy>> = Vec::new();
            let mine = |copy: &mut Rc<Copy>| {
                copy.registry.strong_count() == 0 || std::ptr::eq(copy.registry.as_ptr(), fresh.registry.as_ptr())
            };
            gone.extend(copies.extract_if(.., mine));
            if copies.len() >= MOST_COPIES {
                gone.push(copies.remove(0));
            }
            copies.push(fresh.clone());
            Some(gone)
        });
        drop(replaced);
        fresh
    }
}
