//! Statistics of calls, in memory.

use std::collections::BTreeMap;

use super::{MemoryStore, State, absent};
use crate::error::Error;
use crate::registry::{BatchResult, ChangeMeta, MergedStats, ModelId, RoutingScope, StatsBatch, StatsFilter};
use crate::store::RecordTx;
use crate::store::stats::{ScopeCtx, StatsStore, cleared, require_own};

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
        match scope {
            ScopeCtx::Platform(_) => Ok(forget(&mut self.lock(), scope.scope(), model)),
            ScopeCtx::Tenant(cx) => {
                let mut tx = self.transaction(cx.tenant(), cx.origin())?;
                let event = cleared(generation(&tx.state, scope.scope()) + 1, model, meta, scope.now());
                tx.append_audit(&event)?;
                let generation = forget(&mut tx.state, scope.scope(), model);
                Box::new(tx).commit()?;
                Ok(generation)
            }
        }
    }
}

/// How often the statistics of a scope have been cleared.
fn generation(state: &State, scope: RoutingScope) -> u64 {
    state.stats.get(&scope).map_or(0, |(_, generation)| *generation)
}

fn forget(state: &mut State, scope: RoutingScope, model: Option<&ModelId>) -> u64 {
    let (totals, generation) = state.stats.entry(scope).or_default();
    totals.clear(model);
    *generation += 1;
    *generation
}
