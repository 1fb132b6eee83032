//! The books of all experiments of a registry, by scope and name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::model::{ExperimentId, ModelId};
use super::super::route::{Experiment, RoutingScope};
use super::ExperimentRef;
use super::ledger::Book;
use crate::time::Timestamp;

/// A book and the epoch that exposures of a route belong to.
#[derive(Clone)]
pub(crate) struct Enrolment {
    pub(crate) book: Arc<Book>,
    pub(crate) epoch: usize,
}

/// The books of a registry.
#[derive(Default)]
pub(crate) struct Books(BTreeMap<ExperimentRef, Arc<Book>>);

impl Books {
    /// The book of an experiment that is in a new version of its configuration.
    pub(crate) fn enter(
        &mut self,
        scope: RoutingScope,
        config_version: u64,
        now: Timestamp,
        model: ModelId,
        experiment: &Experiment,
    ) -> Enrolment {
        let name = ExperimentRef { scope, id: experiment.id };
        if self.0.get(&name).is_some_and(|book| book.is_blank()) {
            // A draft could still change in every way.
            self.0.remove(&name);
        }
        let book = self.0.entry(name).or_insert_with(|| Arc::new(Book::new(model, experiment))).clone();
        let epoch = book.configure(experiment, config_version, now);
        Enrolment { book, epoch }
    }

    /// Stops the books of a scope that are not among `held`.
    pub(crate) fn stop_others(&self, scope: RoutingScope, held: &BTreeSet<ExperimentId>) {
        for (_, book) in self.0.iter().filter(|(name, _)| name.scope == scope && !held.contains(&name.id)) {
            book.stop();
        }
    }

    pub(super) fn get(&self, name: &ExperimentRef) -> Option<Arc<Book>> {
        self.0.get(name).cloned()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ExperimentRef, &Arc<Book>)> {
        self.0.iter()
    }
}
