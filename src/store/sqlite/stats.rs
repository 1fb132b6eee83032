//! Statistics of calls in a file.

use super::SqliteStore;
use crate::error::Error;
use crate::registry::{BatchResult, ChangeMeta, MergedStats, ModelId, StatsBatch, StatsFilter};
use crate::store::sql::stats;
use crate::store::{ScopeCtx, StatsStore};

/// What a tenant's calls were counted as, and the same of all others.
pub(super) const TABLES: &str = r"
CREATE TABLE stats_come (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), instance TEXT NOT NULL, epoch INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, instance, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_total (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), series TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, series)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_cleared (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), generation INTEGER NOT NULL, model TEXT, actor TEXT NOT NULL,
    reason TEXT, at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE global_stats_come (
    scope TEXT NOT NULL, instance TEXT NOT NULL, epoch INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (scope, instance, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE global_stats_total (
    scope TEXT NOT NULL, series TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (scope, series)
) STRICT, WITHOUT ROWID;
CREATE TABLE global_stats_cleared (
    scope TEXT NOT NULL, generation INTEGER NOT NULL, model TEXT, actor TEXT NOT NULL, reason TEXT, at INTEGER NOT NULL,
    PRIMARY KEY (scope, generation)
) STRICT, WITHOUT ROWID;
";

impl StatsStore for SqliteStore {
    fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error> {
        stats::publish(&mut self.begin(true)?, scope, batch)
    }

    fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error> {
        stats::totals(&self.begin(false)?, scope, filter)
    }

    fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error> {
        stats::clear(&mut self.begin(true)?, scope, model, meta)
    }
}
