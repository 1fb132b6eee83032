//! Statistics of calls, in memory.

use std::collections::BTreeMap;

use super::{MemoryStore, absent};
use crate::error::Error;
use crate::registry::{BatchResult, ChangeMeta, MergedStats, ModelId, RoutingScope, StatsBatch, StatsFilter};
use crate::store::stats::{ScopeCtx, StatsStore, cleared, require_own};
use crate::store::{Store, require_brief};

/// Totals by scope, and how often they were cleared.
pub(super) type Stats = BTreeMap<RoutingScope, (MergedStats, u64)>;

impl StatsStore for MemoryStore {
    fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error> {
        require_own(scope.scope(), batch)?;
        let mut state = self.lock();
        if let ScopeCtx::Tenant(cx) = scope
            && !state.tenants.contains_key(&cx.tenant())
        {
            return Err(absent("tenant"));
        }
        state.stats.entry(scope.scope()).or_default().0.apply(batch)
    }

    fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error> {
        let state = self.lock();
        Ok(state.stats.get(&scope.scope()).map(|(totals, _)| totals.only(filter)).unwrap_or_default())
    }

    fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error> {
        let generation = self.lock().stats.get(&scope.scope()).map_or(0, |(_, generation)| *generation) + 1;
        if let ScopeCtx::Tenant(cx) = scope {
            let event = cleared(generation, model, meta, scope.now());
            require_brief(&event)?;
            let mut tx = self.write(cx)?;
            tx.append_audit(&event)?;
            tx.commit()?;
        }
        let mut state = self.lock();
        let (totals, cleared) = state.stats.entry(scope.scope()).or_default();
        totals.clear(model);
        *cleared = generation;
        Ok(generation)
    }
}
