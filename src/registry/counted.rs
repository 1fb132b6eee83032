//! What the registry counts besides its calls, and all of it as metrics.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use super::model::ModelId;
use super::performance::{SeriesKey, SeriesKind, SeriesScope};
use super::resolution::{FallbackKind, Reason, Resolution};
use super::route::{ROUTING_SCHEMA, RoutingScope};
use super::{FailureKind, Registry};
use crate::by_key::set_of;
use crate::error::{Error, ErrorKind};
use crate::metrics::{
    APPLIES, BUILD_INFO, CONFIG_AGE, CONFIG_VERSION, DRY_RUNS, EXPERIMENT_PAUSED, EXPOSURES, Exposition, FALLBACKS,
    Family, FamilyKind, FilledBy, GUARDRAIL_BREACHES, Label, MIRRORS, MODEL_CALLS, MODEL_DURATION, OTHER, RESOLUTIONS,
    SERIES_FOLDED, STATS_BATCHES, Times,
};
use crate::time::Timestamp;

/// Experiments that metrics name; those beyond are counted together.
const MOST_EXPERIMENTS: usize = 1_000;

/// Models with counts of their own; those beyond are counted together.
const MOST_MODELS: usize = 10_000;

/// One number for each of a few words.
struct Words<const N: usize> {
    words: [&'static str; N],
    counts: [AtomicU64; N],
}

impl<const N: usize> Words<N> {
    fn new(words: [&'static str; N]) -> Self {
        Self { words, counts: [const { AtomicU64::new(0) }; N] }
    }

    fn count(&self, at: usize) {
        self.counts[at].fetch_add(1, Ordering::Relaxed);
    }

    fn fill(&self, exposition: &mut Exposition, family: &Family, name: &'static str, others: &[Label<'_>]) {
        for (word, count) in self.words.iter().zip(&self.counts) {
            let labels: Vec<Label<'_>> = others.iter().copied().chain([(name, *word)]).collect();
            exposition.add(family, &labels, count.load(Ordering::Relaxed));
        }
    }
}

/// What came of a run beside a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorResult {
    /// The same bits.
    Equal,
    /// Within the tolerance of the configuration.
    Within,
    /// Something else.
    Differs,
    /// It failed.
    Error,
    /// It did not run, or not in time.
    Dropped,
}

/// The counts of one model.
pub(super) struct ModelCounts {
    resolutions: Words<10>,
    fallbacks: Words<3>,
    mirrors: Words<5>,
    dry_runs: AtomicU64,
}

impl Default for ModelCounts {
    fn default() -> Self {
        Self {
            resolutions: Words::new([
                "forced",
                "tenant_override",
                "experiment",
                "default",
                "not_enrolled",
                "no_unit",
                "experiment_paused",
                "fallback_unknown",
                "fallback_unavailable",
                "fallback_error",
            ]),
            fallbacks: Words::new(["unknown", "unavailable", "error"]),
            mirrors: Words::new(["equal", "within", "differs", "error", "dropped"]),
            dry_runs: AtomicU64::new(0),
        }
    }
}

impl ModelCounts {
    /// A live call went the way of `resolution`.
    pub(super) fn resolved(&self, resolution: &Resolution) {
        self.resolutions.count(match resolution.reason {
            Reason::Forced => 0,
            Reason::TenantOverride => 1,
            Reason::Experiment => 2,
            Reason::Default => 3,
            Reason::NotEnrolled => 4,
            Reason::NoUnit => 5,
            Reason::ExperimentPaused => 6,
            Reason::FallbackUnknown => 7,
            Reason::FallbackUnavailable => 8,
            Reason::FallbackError => 9,
        });
        if let Some(fallback) = &resolution.fallback {
            self.fallbacks.count(match fallback.kind {
                FallbackKind::Unknown => 0,
                FallbackKind::Unavailable => 1,
                FallbackKind::Error => 2,
            });
        }
    }

    pub(super) fn dry_run(&self) {
        self.dry_runs.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn mirrored(&self, result: MirrorResult) {
        self.mirrors.count(result as usize);
    }
}

/// The counts of models by name.
#[derive(Default)]
pub(super) struct CountsByModel(BTreeMap<ModelId, Arc<ModelCounts>>);

impl CountsByModel {
    /// The counts of `model`, which go on when it was there before.
    pub(super) fn of(&mut self, model: ModelId) -> Arc<ModelCounts> {
        let has_room = self.0.contains_key(&model) || self.0.len() < MOST_MODELS;
        self.0.entry(if has_room { model } else { ModelId::OTHER }).or_default().clone()
    }
}

/// What is counted of changes of routing.
pub(super) struct Changes {
    applies: Words<3>,
    /// When routing was last taken or found current, of all and of tenants, in microseconds since 1970.
    current_at: [AtomicI64; 2],
}

impl Changes {
    pub(super) fn new(now: Timestamp) -> Self {
        let current_at = [AtomicI64::new(now.as_micros()), AtomicI64::new(now.as_micros())];
        Self { applies: Words::new(["ok", "conflict", "invalid"]), current_at }
    }

    /// Counts what came of a configuration; where the host could not keep it, nothing came of it.
    pub(super) fn applied<T>(&self, result: &Result<T, Error>) {
        match result.as_ref().map_err(|error| (error.kind(), error.reason())) {
            Ok(_) => self.applies.count(0),
            Err((_, Some("version_conflict"))) => self.applies.count(1),
            Err((ErrorKind::InvalidInput | ErrorKind::Conflict | ErrorKind::NotFound, _)) => self.applies.count(2),
            Err(_) => {}
        }
    }

    pub(super) fn is_current(&self, scope: RoutingScope, now: Timestamp) {
        self.current_at[usize::from(scope != RoutingScope::Global)].store(now.as_micros(), Ordering::Relaxed);
    }
}

/// The word a failure has in metrics; that the input has no answer is a property of the input.
fn outcome(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Undefined | FailureKind::NoConvergence => FailureKind::InvalidInput.name(),
        kind => kind.name(),
    }
}

impl Registry {
    /// The routing of `scope` that serves here is the one that is kept, as the host has just seen.
    pub fn routing_is_current(&self, scope: RoutingScope) {
        self.0.changes.is_current(scope, self.0.clock.now());
    }

    /// All that the registry counts, as text in Prometheus' exposition format 0.0.4.
    #[must_use]
    pub fn prometheus(&self) -> String {
        self.exposition().to_text()
    }

    /// All that the registry counts, to be joined by what other rooms count.
    #[must_use]
    pub fn exposition(&self) -> Exposition {
        let mut exposition = Exposition::of(FilledBy::Registry);
        let schema = ROUTING_SCHEMA.to_string();
        exposition.add(&BUILD_INFO, &[("version", env!("CARGO_PKG_VERSION")), ("schema", &schema)], 1);
        self.expose_calls(&mut exposition);
        for (model, counts) in &self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).0 {
            let model = ("model", model.as_str());
            counts.resolutions.fill(&mut exposition, &RESOLUTIONS, "reason", &[model]);
            counts.fallbacks.fill(&mut exposition, &FALLBACKS, "kind", &[model]);
            counts.mirrors.fill(&mut exposition, &MIRRORS, "result", &[model]);
            exposition.add(&DRY_RUNS, &[model], counts.dry_runs.load(Ordering::Relaxed));
        }
        self.expose_experiments(&mut exposition);
        self.expose_routing(&mut exposition);
        let [new, duplicate] = self.0.recorder.batches();
        exposition.add(&STATS_BATCHES, &[("result", "new")], new);
        exposition.add(&STATS_BATCHES, &[("result", "duplicate")], duplicate);
        exposition.add(&SERIES_FOLDED, &[], self.0.recorder.folded());
        exposition
    }

    /// The label of a series' tenant, if the host lists tenants.
    fn tenant_label(&self, key: &SeriesKey) -> Option<String> {
        let named = self.0.recorder.named();
        let is_named = |tenant: &_| named.contains(tenant);
        let tenant = match key.scope {
            SeriesScope::Tenant(tenant) if is_named(&tenant) => tenant.to_string(),
            _ => OTHER.to_owned(),
        };
        (!named.is_empty()).then_some(tenant)
    }

    fn expose_calls(&self, exposition: &mut Exposition) {
        let FamilyKind::Histogram(bounds) = MODEL_DURATION.kind else { return };
        self.0.recorder.show(self.0.clock.now(), |key, counted| {
            if key.kind != SeriesKind::Live {
                return;
            }
            let tenant = self.tenant_label(key);
            let mut labels = vec![("model", key.model.as_str()), ("variant", key.variant.as_str())];
            labels.extend(tenant.as_deref().map(|tenant| ("tenant", tenant)));
            let times = counted.times();
            let times = Times { at_most: times.at_most(bounds), count: times.count(), sum: times.sum() };
            exposition.times(&MODEL_DURATION, &labels, &times);
            let failed: u64 = counted.failures().map(|(_, count)| count).sum();
            let ended_well = ("ok", counted.finished() - failed);
            let failures = counted.failures().map(|(kind, count)| (outcome(kind), count));
            for (outcome, count) in failures.chain([ended_well]) {
                labels.push(("outcome", outcome));
                exposition.add(&MODEL_CALLS, &labels, count);
                labels.pop();
            }
        });
    }

    /// Experiments of tenants have names that tenants chose, and are counted together.
    fn expose_experiments(&self, exposition: &mut Exposition) {
        let counts = self.experiment_counts();
        let named = counts.iter().filter(|counts| counts.scope == RoutingScope::Global).take(MOST_EXPERIMENTS);
        let named = set_of(named.map(|counts| counts.experiment));
        for counts in counts {
            let is_named = counts.scope == RoutingScope::Global && named.contains(&counts.experiment);
            let name = |name: &'_ str| if is_named { name.to_owned() } else { OTHER.to_owned() };
            let experiment = name(counts.experiment.as_str());
            let experiment = ("experiment", experiment.as_str());
            exposition.set(&EXPERIMENT_PAUSED, &[experiment], f64::from(u8::from(counts.paused)));
            for (arm, exposures) in &counts.exposures {
                exposition.add(&EXPOSURES, &[experiment, ("arm", &name(arm.as_str()))], *exposures);
            }
            for breach in &counts.breaches {
                let (metric, action) = (name(&breach.metric), breach.action.as_str());
                let labels = [experiment, ("metric", metric.as_str()), ("action", action)];
                exposition.add(&GUARDRAIL_BREACHES, &labels, breach.count);
            }
        }
    }

    fn expose_routing(&self, exposition: &mut Exposition) {
        let snapshot = self.snapshot();
        let of_tenants = snapshot.tenants.values().map(|tenant| tenant.own.version).max();
        let now = self.0.clock.now();
        let versions = [("global", snapshot.global.version), ("tenant", of_tenants.unwrap_or_default())];
        for ((kind, version), current_at) in versions.into_iter().zip(&self.0.changes.current_at) {
            let label = [("scope_kind", kind)];
            exposition.add(&CONFIG_VERSION, &label, version);
            let age = now.as_micros().saturating_sub(current_at.load(Ordering::Relaxed)).max(0);
            exposition.set(&CONFIG_AGE, &label, age as f64 / 1e6);
        }
        self.0.changes.applies.fill(exposition, &APPLIES, "result", &[]);
    }
}
