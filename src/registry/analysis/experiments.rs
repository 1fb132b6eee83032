//! What the registry offers on experiments: outcomes, reports, guardrails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::super::Registry;
use super::super::change::ChangeMeta;
use super::super::model::{ArmKey, ExperimentId, ModelId, UnitId};
use super::super::resolution::{Resolution, RouteRequest};
use super::super::route::{ExperimentStatus, GuardAction, PauseCause, RoutingConfig, RoutingScope, is_metric_name};
use super::books::Books;
use super::guard::{ActedBreach, Breach, evaluate};
use super::ledger::Book;
use super::report::Report;
use crate::by_key::by_key;
use crate::error::Error;
use crate::id::TenantId;
use crate::time::Timestamp;

/// Attempts to pause an experiment while others change the configuration.
const ATTEMPTS: usize = 3;

/// Who is written down for a pause by a guardrail.
const GUARDRAIL: &str = "guardrail";

/// Which experiment of which scope is meant; an id alone is a global one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExperimentRef {
    /// Whose it is.
    pub scope: RoutingScope,
    /// Its name there.
    pub id: ExperimentId,
}

impl ExperimentRef {
    /// An experiment of a tenant.
    #[must_use]
    pub fn of_tenant(tenant: TenantId, id: ExperimentId) -> Self {
        Self { scope: RoutingScope::Tenant(tenant), id }
    }
}

impl From<ExperimentId> for ExperimentRef {
    fn from(id: ExperimentId) -> Self {
        Self { scope: RoutingScope::Global, id }
    }
}

impl From<&ExperimentId> for ExperimentRef {
    fn from(id: &ExperimentId) -> Self {
        (*id).into()
    }
}

/// The counts of an experiment that metrics are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExperimentCounts {
    /// Whose it is.
    pub scope: RoutingScope,
    /// The experiment.
    pub experiment: ExperimentId,
    /// Whether it is paused.
    pub paused: bool,
    /// Exposures by arm, repeated ones among them.
    pub exposures: BTreeMap<ArmKey, u64>,
    /// Breaches of guardrails that were acted on.
    pub breaches: Vec<BreachCount>,
}

/// How often a guardrail acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BreachCount {
    /// What it watches.
    pub metric: String,
    /// `pause` or `alert`.
    pub action: String,
    /// How often.
    pub count: u64,
}

impl Registry {
    /// Books what the host observed of `unit`: `value` of `metric`, at `at` (now when absent).
    ///
    /// It counts in the arm the unit was first exposed to. A covariate of the plan is booked the same
    /// way and must be dated before that exposure. `unknown_experiment`, `not_exposed`, `not_finite`, and
    /// `out_of_range` for a value the plan's metric cannot have. In a random experiment `unit` is the
    /// number of the draw.
    pub fn record_outcome(
        &self,
        experiment: impl Into<ExperimentRef>,
        unit: &UnitId,
        metric: &str,
        value: f64,
        at: Option<Timestamp>,
    ) -> Result<(), Error> {
        if !is_metric_name(metric) {
            return Err(Error::invalid_input("metric", metric, "[a-z0-9_.-]{1,64}").with_reason("invalid_id"));
        }
        let name = experiment.into();
        if self.book(name)?.outcome(unit, metric, value, at, self.0.clock.now())? {
            self.look_at_guardrails(name);
        }
        Ok(())
    }

    /// Resolves a call that the host serves itself, and books it as an exposure if it is one.
    ///
    /// [`Registry::execute`] does so by itself; [`Registry::resolve`] never does.
    pub fn expose(&self, model: &ModelId, request: &RouteRequest<'_>) -> Result<Resolution, Error> {
        let now = self.0.clock.now();
        let held = self.held();
        let snapshot = &held.snapshot;
        let routed = snapshot.resolve(model, request, &|| self.next_draw())?;
        let due = routed.expose(now).filter(|exposed| exposed.book.served_by_host());
        let resolution = routed.resolution();
        snapshot.model(model)?.counts.resolved(&resolution);
        if let Some(exposed) = due {
            self.look_at_guardrails(exposed.experiment);
        }
        Ok(resolution)
    }

    /// The report of an experiment, now. Each report is a look, and is kept as one.
    ///
    /// `unknown_experiment` when no configuration held it since this registry began, or was restored.
    pub fn analyze(&self, experiment: impl Into<ExperimentRef>) -> Result<Report, Error> {
        Ok(self.book(experiment.into())?.look(self.0.clock.now()))
    }

    /// The guardrails that an experiment breaches at present; nothing is done about them.
    pub fn breaches(&self, experiment: impl Into<ExperimentRef>) -> Result<Vec<Breach>, Error> {
        let book = self.book(experiment.into())?;
        Ok(evaluate(&book.tallied(), &book.guardrails()))
    }

    /// Pauses an experiment that runs and whose guardrails say so; the breaches that were acted on, none
    /// while another call is at it.
    ///
    /// The pause is a new version of the configuration, applied by compare-and-set with at most three
    /// attempts; `keep` is called on it and on the breaches before it serves, as in
    /// [`Registry::apply_kept`]. A guardrail that acted does so again only after it was kept in between,
    /// so an experiment that was resumed goes on.
    pub fn enforce_guardrails(
        &self,
        experiment: impl Into<ExperimentRef>,
        mut keep: impl FnMut(&RoutingConfig, &[Breach]) -> Result<(), Error>,
    ) -> Result<Vec<Breach>, Error> {
        let name = experiment.into();
        let book = self.book(name)?;
        let Some(_enforcing) = book.enforcing().filter(|_| book.is_running()) else { return Ok(Vec::new()) };
        let fresh = book.fresh(evaluate(&book.tallied(), &book.guardrails()));
        if fresh.is_empty() {
            return Ok(fresh);
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.pause(name, &fresh, &mut keep) {
                Err(error) if error.reason() == Some("version_conflict") && tries < ATTEMPTS => {}
                paused => {
                    if !paused? {
                        return Ok(Vec::new());
                    }
                    break;
                }
            }
        }
        book.acted(&fresh, self.0.clock.now());
        Ok(fresh)
    }

    /// The breaches that were acted on, oldest first: those that paused the experiment, and those that only
    /// tell. Of very many the last are kept.
    pub fn acted_breaches(&self, experiment: impl Into<ExperimentRef>) -> Result<Vec<ActedBreach>, Error> {
        Ok(self.book(experiment.into())?.acted_breaches())
    }

    /// Experiments of `scope` whose data have grown since their guardrails were looked at last, where
    /// that is left to the host; each is told once.
    #[must_use]
    pub fn guardrails_due(&self, scope: RoutingScope) -> Vec<ExperimentRef> {
        let mut due = self.0.due.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, left): (BTreeSet<_>, _) =
            std::mem::take(&mut *due).into_iter().partition(|experiment| experiment.scope == scope);
        *due = left;
        told.into_iter().collect()
    }

    pub(in super::super) fn look_at_guardrails(&self, experiment: ExperimentRef) {
        if self.0.pauses {
            // The call is answered whatever the guardrails say; what fails here is tried at the next look.
            let _ = self.enforce_guardrails(experiment, |_, _| Ok(()));
        } else {
            self.0.due.lock().unwrap_or_else(PoisonError::into_inner).insert(experiment);
        }
    }

    /// One attempt: the current configuration with the experiment paused, if a breach pauses; false when it
    /// does not run any more.
    fn pause(
        &self,
        name: ExperimentRef,
        breaches: &[Breach],
        keep: &mut impl FnMut(&RoutingConfig, &[Breach]) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let pausing = |breach: &&Breach| breach.guardrail.action == GuardAction::Pause;
        let Some(first) = breaches.iter().find(pausing) else { return Ok(true) };
        let note = first.to_string();
        let mut config = self.config(name.scope);
        let running = config.models.values_mut().filter_map(|routing| routing.experiment.as_mut());
        let Some(experiment) = running
            .into_iter()
            .find(|experiment| experiment.id == name.id && experiment.status == ExperimentStatus::Running)
        else {
            return Ok(false);
        };
        experiment.status = ExperimentStatus::Paused { by: PauseCause::Guardrail, note: note.clone() };
        let meta = ChangeMeta { actor: GUARDRAIL.to_owned(), reason: Some(note) };
        self.apply_kept(&config.to_json(), &meta, |config| keep(config, breaches)).map(|_| true)
    }

    /// Exposures, pauses and breaches of every experiment.
    #[must_use]
    pub fn experiment_counts(&self) -> Vec<ExperimentCounts> {
        let books: Vec<(ExperimentRef, Arc<Book>)> =
            self.books().iter().map(|(name, book)| (*name, book.clone())).collect();
        let counted = |(name, book): (ExperimentRef, Arc<Book>)| {
            let counts = book.counts();
            let breaches = counts.breaches.into_iter();
            ExperimentCounts {
                scope: name.scope,
                experiment: name.id,
                paused: counts.paused,
                exposures: by_key(counts.exposures),
                breaches: breaches.map(|((metric, action), count)| BreachCount { metric, action, count }).collect(),
            }
        };
        books.into_iter().map(counted).collect()
    }

    pub(in super::super) fn books(&self) -> MutexGuard<'_, Books> {
        // A book is added in one step, so a poisoned lock guards whole data.
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self, name: ExperimentRef) -> Result<Arc<Book>, Error> {
        let found = self.books().get(&name);
        found.ok_or_else(|| Error::not_found("unknown_experiment", format!("experiment {}", name.id)))
    }
}
