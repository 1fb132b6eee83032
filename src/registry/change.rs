//! How routing changes: whole configurations, compared and swapped in one step, and kept for ever.
//!
//! Versions of a scope go 1, 2, 3 without gaps. A rollback writes old content as a new version, with
//! its allocations as they were, so that every unit is where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::experiment::{Allocation, reallocate};
use super::model::{ArmKey, Digest, ExperimentId, ModelId, VariantId};
use super::route::{
    ConfigProblem, Experiment, ExperimentStatus, Ground, Past, RoutingConfig, RoutingScope, Standing, read,
};
use super::snapshot::{Catalogue, ScopeRouting, Snapshot, TenantRouting};
use super::variant::VariantStatus;
use super::{Registry, Writer};
use crate::by_key::set_of;
use crate::error::Error;
use crate::time::Timestamp;

/// Who changes something, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeMeta {
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
}

/// A configuration that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Its version.
    pub version: u64,
    /// What is legal and perhaps not meant.
    pub warnings: Vec<ConfigProblem>,
}

impl Applied {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// One version in the history of a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigVersion {
    /// Its number.
    pub version: u64,
    /// The version it was made from; 0 for none.
    pub parent: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it, and why.
    pub meta: ChangeMeta,
    /// Digest of the content, without the version.
    pub hash: Digest,
    /// The content.
    pub config: RoutingConfig,
}

/// A version as the host kept it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptVersion {
    /// The content, with its version and its allocations.
    pub config: Value,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it, and why.
    pub meta: ChangeMeta,
}

impl ConfigVersion {
    /// `config`, whose digest is `hash`.
    fn of(config: RoutingConfig, hash: Digest, at: Timestamp, meta: ChangeMeta) -> Self {
        Self { version: config.version, parent: config.version.saturating_sub(1), at, meta, hash, config }
    }

    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// One difference between two configurations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigChange {
    /// Where, as a JSON pointer.
    pub path: String,
    /// What was there; absent when it is new.
    pub before: Option<Value>,
    /// What is there; absent when it is gone.
    pub after: Option<Value>,
}

impl ConfigChange {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The versions of one scope, and what its experiments have been.
#[derive(Default)]
pub(super) struct ScopeHistory {
    versions: Vec<Arc<ConfigVersion>>,
    seen: BTreeMap<ExperimentId, Option<Experiment>>,
}

impl ScopeHistory {
    pub(super) fn current(&self) -> Option<&RoutingConfig> {
        self.versions.last().map(|version| &version.config)
    }

    fn version(&self) -> u64 {
        self.versions.last().map_or(0, |version| version.version)
    }

    fn expect(&self, scope: RoutingScope, expected: u64) -> Result<(), Error> {
        let current = self.version();
        if current == expected {
            return Ok(());
        }
        Err(Error::conflict("version_conflict", format!("routing of scope {}, edited from {expected}", json!(scope)))
            .with("current", current)
            .with_hint("load the current version and make the change there"))
    }

    fn experiment(&self, model: &ModelId, id: &ExperimentId) -> Option<&Experiment> {
        let routing = self.current()?.models.get(model)?;
        routing.experiment.as_ref().filter(|experiment| experiment.id == *id)
    }

    fn add(&mut self, version: ConfigVersion) {
        for (_, experiment) in version.config.experiments() {
            let ran = self.seen.entry(experiment.id).or_default();
            if ran.is_none() && experiment.status != ExperimentStatus::Draft {
                *ran = Some(experiment.clone());
            }
        }
        self.versions.push(Arc::new(version));
    }
}

struct Standings<'a> {
    catalogue: &'a Catalogue,
    scopes: &'a BTreeMap<RoutingScope, ScopeHistory>,
}

impl Ground for Standings<'_> {
    fn has_model(&self, model: &ModelId) -> bool {
        self.catalogue.contains_key(model)
    }

    fn standing(&self, model: &ModelId, variant: &VariantId) -> Standing {
        match self.catalogue.get(model).and_then(|entry| entry.variants.get(variant)) {
            None => Standing::Unknown,
            Some(entry) if entry.status == VariantStatus::Disabled => Standing::Disabled,
            Some(_) => Standing::Serves,
        }
    }

    fn past(&self, scope: RoutingScope, model: &ModelId, id: &ExperimentId) -> Past<'_> {
        let Some(history) = self.scopes.get(&scope) else { return Past::default() };
        let ran = history.seen.get(id);
        Past { seen: ran.is_some(), current: history.experiment(model, id), ran: ran.and_then(Option::as_ref) }
    }
}

impl Registry {
    /// Every problem of `config` against this registry; none means that it would be applied, if its
    /// version is still the current one.
    #[must_use]
    pub fn validate(&self, config: &RoutingConfig) -> Vec<ConfigProblem> {
        self.validate_json(&config.to_json()).unwrap_or_default()
    }

    /// As [`Registry::validate`] of the JSON form, with the problems of its shape among them.
    ///
    /// `unsupported_schema` when it was written by a newer version of the library.
    pub fn validate_json(&self, config: &Value) -> Result<Vec<ConfigProblem>, Error> {
        let writer = self.writer();
        let snapshot = self.snapshot();
        let ground = Standings { catalogue: &snapshot.catalogue, scopes: &writer.scopes };
        Ok(read(config, Some(&ground))?.problems)
    }

    /// Takes `config` as the next version of its scope, in one step, or changes nothing.
    ///
    /// `invalid_config` with all `problems`; `version_conflict` with the `current` version when
    /// `config.version` is not it; `experiment_retired`, `experiment_immutable` and
    /// `allocation_fragmented` when the past of an experiment forbids it.
    pub fn apply(&self, config: &RoutingConfig, meta: &ChangeMeta) -> Result<Applied, Error> {
        self.apply_json(&config.to_json(), meta)
    }

    /// As [`Registry::apply`] of the JSON form.
    pub fn apply_json(&self, config: &Value, meta: &ChangeMeta) -> Result<Applied, Error> {
        self.apply_kept(config, meta, |_| Ok(()))
    }

    /// As [`Registry::apply_json`], with `keep` called on what will serve, its new version and its
    /// allocations in it, before it does; when `keep` fails, nothing has changed.
    pub fn apply_kept(
        &self,
        config: &Value,
        meta: &ChangeMeta,
        keep: impl FnOnce(&RoutingConfig) -> Result<(), Error>,
    ) -> Result<Applied, Error> {
        let applied = self.take(config, meta, keep);
        self.0.changes.applied(&applied);
        applied
    }

    fn take(
        &self,
        config: &Value,
        meta: &ChangeMeta,
        keep: impl FnOnce(&RoutingConfig) -> Result<(), Error>,
    ) -> Result<Applied, Error> {
        let mut writer = self.writer();
        let snapshot = self.snapshot();
        let reading = read(config, Some(&Standings { catalogue: &snapshot.catalogue, scopes: &writer.scopes }))?;
        let faulty = reading.is_faulty();
        if let Some(config) = reading.config.as_ref().filter(|_| !faulty) {
            // A stale edit is told so before it is judged against a past it did not know.
            history_of(&writer, config.scope).expect(config.scope, config.version)?;
        }
        let mut config = reading.into_config()?;
        let history = history_of(&writer, config.scope);
        for (model, routing) in &mut config.models {
            if let Some(experiment) = &mut routing.experiment {
                let held = history.experiment(model, &experiment.id);
                experiment.allocation = Some(allocation_of(experiment, held)?);
            }
        }
        let warnings = warnings_of(&config, history_of(&writer, RoutingScope::Global).current());
        config.version = history.version() + 1;
        keep(&config)?;
        let version = self.commit(&mut writer, config, meta);
        Ok(Applied { version, warnings })
    }

    /// Takes back the versions of `scope` from where [`Registry::apply_kept`] put them, oldest first; the
    /// last one serves, every unit where it was. Of a scope that has versions already, those that are newer:
    /// another process may have kept them.
    ///
    /// `invalid_config` when the last one names a variant that is not registered or is disabled.
    pub fn restore(&self, scope: RoutingScope, versions: &[KeptVersion]) -> Result<(), Error> {
        let mut writer = self.writer();
        let current = history_of(&writer, scope).version();
        let is_known = |kept: &KeptVersion| kept.config["version"].as_u64().is_some_and(|version| version <= current);
        let known = versions.iter().take_while(|kept| current > 0 && is_known(kept)).count();
        let Some((last, earlier)) = versions[known..].split_last() else { return Ok(()) };
        let snapshot = self.snapshot();
        let ground = Standings { catalogue: &snapshot.catalogue, scopes: &BTreeMap::new() };
        let content = |kept: &KeptVersion, ground: Option<&dyn Ground>| -> Result<RoutingConfig, Error> {
            let config = read(&kept.config, ground)?.into_config()?;
            if config.scope == scope {
                return Ok(config);
            }
            Err(Error::invalid_input(
                "scope",
                json!(config.scope),
                format!("{}, whose versions these are", json!(scope)),
            ))
        };
        let version = |config: RoutingConfig, kept: &KeptVersion| {
            let hash = config.config_hash();
            ConfigVersion::of(config, hash, kept.at, kept.meta.clone())
        };
        let taken = earlier.iter().map(|kept| Ok(version(content(kept, None)?, kept)));
        let taken: Vec<_> = taken.collect::<Result<_, Error>>()?;
        let serving = content(last, Some(&ground))?;
        let routing = Arc::new(self.entered(&snapshot, &serving, last.at));
        self.0.changes.is_current(scope, self.0.clock.now());
        let history = writer.scopes.entry(scope).or_default();
        taken.into_iter().chain([version(serving, last)]).for_each(|version| history.add(version));
        self.publish(|snapshot| with_routing(snapshot, scope, routing));
        Ok(())
    }

    /// Writes the content of version `to` as a new version of `scope`.
    ///
    /// `unknown_version`; `version_conflict` when `expected` is not the current version;
    /// `invalid_config` when the content names a variant that is gone or disabled.
    pub fn rollback(&self, scope: RoutingScope, to: u64, expected: u64, meta: &ChangeMeta) -> Result<Applied, Error> {
        let applied = self.take_again(scope, to, expected, meta);
        self.0.changes.applied(&applied);
        applied
    }

    fn take_again(&self, scope: RoutingScope, to: u64, expected: u64, meta: &ChangeMeta) -> Result<Applied, Error> {
        let mut writer = self.writer();
        let content = self.content(&writer, scope, to)?;
        history_of(&writer, scope).expect(scope, expected)?;
        let snapshot = self.snapshot();
        // Judged by the catalogue alone: what the past of the scope was, it may be again.
        let ground = Standings { catalogue: &snapshot.catalogue, scopes: &BTreeMap::new() };
        let config = read(&content.config.to_json(), Some(&ground))?.into_config()?;
        let warnings = warnings_of(&config, history_of(&writer, RoutingScope::Global).current());
        let version = self.commit(&mut writer, config, meta);
        Ok(Applied { version, warnings })
    }

    /// The versions of `scope`, oldest first.
    #[must_use]
    pub fn history(&self, scope: RoutingScope) -> Vec<Arc<ConfigVersion>> {
        history_of(&self.writer(), scope).versions.clone()
    }

    /// The current configuration of `scope`; empty with version 0 when it has none yet.
    #[must_use]
    pub fn config(&self, scope: RoutingScope) -> RoutingConfig {
        let writer = self.writer();
        history_of(&writer, scope).current().cloned().unwrap_or_else(|| RoutingConfig::new(scope))
    }

    /// What changed in `scope` from version `from` to version `to`.
    pub fn diff(&self, scope: RoutingScope, from: u64, to: u64) -> Result<Vec<ConfigChange>, Error> {
        let writer = self.writer();
        let (from, to) = (self.content(&writer, scope, from)?, self.content(&writer, scope, to)?);
        Ok(diff(&from.config, &to.config))
    }

    #[expect(clippy::unused_self, reason = "a step of the changes above")]
    fn content(&self, writer: &Writer, scope: RoutingScope, version: u64) -> Result<Arc<ConfigVersion>, Error> {
        let found = history_of(writer, scope).versions.iter().find(|kept| kept.version == version);
        found.cloned().ok_or_else(|| {
            Error::not_found("unknown_version", format!("version {version} of routing of scope {}", json!(scope)))
        })
    }

    fn commit(&self, writer: &mut Writer, mut config: RoutingConfig, meta: &ChangeMeta) -> u64 {
        let history = writer.scopes.entry(config.scope).or_default();
        config.version = history.version() + 1;
        let (scope, version) = (config.scope, config.version);
        let now = self.0.clock.now();
        let routing = Arc::new(self.entered(&self.snapshot(), &config, now));
        self.0.changes.is_current(scope, now);
        history.add(ConfigVersion::of(config, routing.hash, now, meta.clone()));
        self.publish(|snapshot| with_routing(snapshot, scope, routing));
        version
    }
}

impl Registry {
    /// The routing of `config`, with its experiments in their books and those it dropped stopped.
    fn entered(&self, snapshot: &Snapshot, config: &RoutingConfig, now: Timestamp) -> ScopeRouting {
        let mut books = self.books();
        let held: BTreeSet<ExperimentId> = set_of(config.experiments().map(|(_, experiment)| experiment.id));
        books.stop_others(config.scope, &held);
        let enter = |model: &ModelId, experiment: &Experiment| {
            books.enter(config.scope, config.version, now, *model, experiment)
        };
        let none = ScopeRouting::none(config.scope);
        ScopeRouting::new(config, snapshot.routing(config.scope).map_or(&none, Arc::as_ref), enter)
    }
}

fn with_routing(snapshot: &Snapshot, scope: RoutingScope, routing: Arc<ScopeRouting>) -> Snapshot {
    let (global, tenants) = match scope {
        RoutingScope::Global => {
            let again =
                |(tenant, kept): (&_, &TenantRouting)| (*tenant, TenantRouting::new(kept.own.clone(), &routing));
            let tenants = snapshot.tenants.iter().map(again).collect();
            (routing, Arc::new(tenants))
        }
        RoutingScope::Tenant(tenant) => {
            let mut tenants = BTreeMap::clone(&snapshot.tenants);
            tenants.insert(tenant, TenantRouting::new(routing, &snapshot.global));
            (snapshot.global.clone(), Arc::new(tenants))
        }
    };
    Snapshot { generation: snapshot.generation, catalogue: snapshot.catalogue.clone(), global, tenants }
}

fn history_of(writer: &Writer, scope: RoutingScope) -> &ScopeHistory {
    static NONE: ScopeHistory = ScopeHistory { versions: Vec::new(), seen: BTreeMap::new() };
    writer.scopes.get(&scope).unwrap_or(&NONE)
}

/// The ranges of an experiment, moving as few points as can be from those it has.
fn allocation_of(experiment: &Experiment, held: Option<&Experiment>) -> Result<Allocation, Error> {
    let weights = experiment.weights();
    let keys = |experiment: &Experiment| -> Vec<ArmKey> {
        let mut keys: Vec<ArmKey> = experiment.arms.iter().map(|arm| arm.key).collect();
        keys.sort_unstable();
        keys
    };
    match (held, &experiment.allocation) {
        (Some(held), _) => match &held.allocation {
            Some(old) if held.weights() == weights => Ok(old.clone()),
            Some(old) if keys(held) == keys(experiment) => reallocate(old, &weights),
            _ => Allocation::in_order(&weights),
        },
        (None, Some(given)) => Ok(given.clone()),
        (None, None) => Allocation::in_order(&weights),
    }
}

fn warnings_of(config: &RoutingConfig, global: Option<&RoutingConfig>) -> Vec<ConfigProblem> {
    let live = |experiment: &Option<Experiment>| experiment.as_ref().is_some_and(|held| held.status.is_live());
    let shadowing = config.models.iter().filter(|(model, routing)| {
        let shared =
            || global.and_then(|global| global.models.get(model)).is_some_and(|shared| live(&shared.experiment));
        routing.override_variant.is_some()
            && (live(&routing.experiment) || (!routing.opt_out_global_experiment && shared()))
    });
    shadowing
        .map(|(model, _)| {
            ConfigProblem::new(
                format!("/models/{model}/override_variant"),
                "override_shadows_experiment",
                format!("the override keeps the live experiment of model {model} from this tenant"),
            )
        })
        .collect()
}

/// What changed from one configuration to another, their versions aside.
#[must_use]
pub fn diff(from: &RoutingConfig, to: &RoutingConfig) -> Vec<ConfigChange> {
    let mut changes = Vec::new();
    let content = |config: &RoutingConfig| RoutingConfig { version: 0, ..config.clone() }.to_json();
    compare("", Some(&content(from)), Some(&content(to)), &mut changes);
    changes
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<ConfigChange>) {
    let step = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (before, after) {
        (Some(Value::Object(one)), Some(Value::Object(two))) => {
            let mut names: Vec<&String> = one.keys().chain(two.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                compare(&step(name), one.get(name), two.get(name), changes);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(two))) => {
            for index in 0..one.len().max(two.len()) {
                compare(&step(&index.to_string()), one.get(index), two.get(index), changes);
            }
        }
        (before, after) if before != after => {
            changes.push(ConfigChange { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
        }
        _ => {}
    }
}
