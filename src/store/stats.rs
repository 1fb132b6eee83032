//! What calls were counted, process by process, kept and read together.
//!
//! A process publishes batches of integers; each counts once, in whatever order and however often it comes.
//! A tenant keeps the statistics of its own calls, the platform those of all others, in tables apart.

use serde_json::json;

use crate::error::Error;
use crate::registry::{
    BatchResult, ChangeMeta, MergedStats, ModelId, RoutingScope, SeriesDelta, StatsBatch, StatsFilter,
};
use crate::tenancy::{AuditEvent, PlatformCtx, TenantCtx};
use crate::time::Timestamp;

/// In whose name statistics are kept and read.
#[derive(Clone, Copy)]
pub enum ScopeCtx<'a> {
    /// A tenant's own.
    Tenant(&'a TenantCtx),
    /// Those of calls that are for no tenant, or for tenants without a series of their own.
    Platform(&'a PlatformCtx),
}

impl ScopeCtx<'_> {
    /// The scope.
    #[must_use]
    pub fn scope(&self) -> RoutingScope {
        match self {
            ScopeCtx::Tenant(cx) => RoutingScope::Tenant(cx.tenant()),
            ScopeCtx::Platform(_) => RoutingScope::Global,
        }
    }

    /// The instant of the call.
    pub(super) fn now(&self) -> Timestamp {
        match self {
            ScopeCtx::Tenant(cx) => cx.now(),
            ScopeCtx::Platform(cx) => cx.now(),
        }
    }
}

/// Statistics of calls as a store keeps them.
pub trait StatsStore: Send + Sync {
    /// Counts `batch`, unless it has been; `invalid_input` when it holds a series of another scope.
    fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error>;
    /// What the batches add up to, of the series that `filter` asks for.
    fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error>;
    /// Forgets the performance of `model`, or of all models, and keeps usage; how often that was done. A
    /// tenant's is on record in its audit chain, the platform's with who did it and why.
    fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error>;
}

/// Refuses a batch of another scope than `scope`, by which its number would be that of another batch, and one
/// with a series that `scope` does not keep.
pub(super) fn require_own(scope: RoutingScope, batch: &StatsBatch) -> Result<(), Error> {
    if batch.of != Some(scope) {
        return Err(Error::invalid_input("of", serde_json::Value::Null, "the scope that keeps the batch")
            .with_reason("invalid_input")
            .with_hint("take it by stats_batch_of"));
    }
    let is_foreign = |delta: &&SeriesDelta| !delta.key.scope.is_in(scope);
    match batch.series.iter().find(is_foreign) {
        None => Ok(()),
        // Whose it is stays out of the message: it may be another tenant's.
        Some(delta) => Err(Error::invalid_input("series", delta.key.model.as_str(), "series of the scope's own calls")
            .with_reason("invalid_input")),
    }
}

/// The record of a clearing in the chain of a tenant.
pub(super) fn cleared(generation: u64, model: Option<&ModelId>, meta: &ChangeMeta, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        actor: meta.actor.clone(),
        action: "statistics.clear".to_owned(),
        resource_type: "statistics".to_owned(),
        resource_id: model.map_or_else(|| "all".to_owned(), ModelId::to_string),
        outcome: "ok".to_owned(),
        reason: meta.reason.clone(),
        detail: json!({"generation": generation}),
        ..AuditEvent::default()
    }
}
