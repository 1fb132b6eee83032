//! What the registry tells of performance and usage, and the batches it takes and gives.

use std::collections::BTreeMap;

use super::super::Registry;
use super::super::model::ModelId;
use super::super::route::RoutingScope;
use super::series::window;
use super::{BatchResult, MergedStats, Span, StatsBatch, StatsFilter, StatsView, UsageRow, usage_rows};
use crate::error::Error;

impl Registry {
    /// Performance of the variants of `model` by the variant that served: all live calls.
    ///
    /// `unknown_model`; a variant that never served has empty statistics.
    pub fn performance(&self, model: &ModelId) -> Result<BTreeMap<String, StatsView>, Error> {
        self.performance_of(model, &StatsFilter::default())
    }

    /// As [`Registry::performance`] of the calls that `filter` asks for.
    pub fn performance_of(&self, model: &ModelId, filter: &StatsFilter) -> Result<BTreeMap<String, StatsView>, Error> {
        self.views(model, filter, true)
    }

    /// As [`Registry::performance`] with the times of the failed calls.
    pub fn failure_performance(&self, model: &ModelId) -> Result<BTreeMap<String, StatsView>, Error> {
        self.views(model, &StatsFilter::default(), false)
    }

    fn views(
        &self,
        model: &ModelId,
        filter: &StatsFilter,
        ended_well: bool,
    ) -> Result<BTreeMap<String, StatsView>, Error> {
        let snapshot = self.snapshot();
        let entry = snapshot.model(model)?;
        let now = self.0.clock.now();
        let mut counted = self.0.recorder.counted(Some(model), filter, now);
        let mut views = BTreeMap::new();
        for variant in entry.variants.keys() {
            let of_variant = counted.remove(&(*model, *variant)).unwrap_or_default();
            views.insert(variant.to_string(), of_variant.tally.view(ended_well, window(filter.span, now)));
        }
        Ok(views)
    }

    /// Forgets the performance of `model`, or of all models; usage stays.
    pub fn clear_performance(&self, model: Option<&ModelId>) -> Result<(), Error> {
        if let Some(model) = model {
            self.snapshot().model(model)?;
        }
        self.0.recorder.clear(model);
        Ok(())
    }

    /// How often each variant served, by model and variant; variants that never did are left out.
    #[must_use]
    pub fn usage(&self) -> Vec<UsageRow> {
        self.usage_of(&StatsFilter::default())
    }

    /// As [`Registry::usage`] of the calls that `filter` asks for; shares are of those.
    #[must_use]
    pub fn usage_of(&self, filter: &StatsFilter) -> Vec<UsageRow> {
        usage_rows(self.0.recorder.counted(None, filter, self.0.clock.now()).into_iter())
    }

    /// The `n` variants with most calls over `span`, by calls descending, then by name.
    #[must_use]
    pub fn popularity(&self, n: usize, span: Span) -> Vec<UsageRow> {
        let mut rows = self.usage_of(&StatsFilter { span, ..StatsFilter::default() });
        rows.sort_unstable_by(|one, two| {
            two.calls.cmp(&one.calls).then((one.model, one.variant).cmp(&(two.model, two.variant)))
        });
        rows.truncate(n);
        rows
    }

    /// What was counted since the last batch, to be put together elsewhere with that of other processes by
    /// [`MergedStats::apply`]; none when there is nothing new.
    ///
    /// It is told once: the host sends it until it has been taken, as often as it likes. `invalid_id` where
    /// the registry was built without an instance.
    pub fn stats_batch(&self) -> Result<Option<StatsBatch>, Error> {
        self.0.recorder.tell(None, self.0.clock.now())
    }

    /// As [`Registry::stats_batch`] of the calls for one tenant alone, or of all that are for no tenant with a
    /// series of its own. Each scope has batches 1, 2, 3; what one kind of batch has told the other does not.
    pub fn stats_batch_of(&self, scope: RoutingScope) -> Result<Option<StatsBatch>, Error> {
        self.0.recorder.tell(Some(scope), self.0.clock.now())
    }

    /// Takes the batch of another process, or of this one, into [`Registry::merged_stats`].
    pub fn take_stats_batch(&self, batch: &StatsBatch) -> Result<BatchResult, Error> {
        self.0.recorder.take(batch)
    }

    /// What the batches taken so far add up to.
    #[must_use]
    pub fn merged_stats(&self) -> MergedStats {
        self.0.recorder.merged()
    }
}
