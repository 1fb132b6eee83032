//! Statistics of calls in a database.

use super::connection::Rights;
use super::{PostgresStore, Scope};
use crate::error::Error;
use crate::registry::{BatchResult, ChangeMeta, MergedStats, ModelId, StatsBatch, StatsFilter};
use crate::store::sql::stats;
use crate::store::{ScopeCtx, StatsStore};

/// What a tenant's calls were counted as, and the same of all others.
pub(super) const TABLES: &str = r#"
CREATE TABLE stats_come (
    tenant_id uuid NOT NULL REFERENCES tenant (id), instance text COLLATE "C" NOT NULL, epoch bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, instance, epoch)
);
CREATE TABLE stats_total (
    tenant_id uuid NOT NULL REFERENCES tenant (id), series text COLLATE "C" NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, series)
);
CREATE TABLE stats_cleared (
    tenant_id uuid NOT NULL REFERENCES tenant (id), generation bigint NOT NULL, model text COLLATE "C",
    actor text NOT NULL, reason text, at bigint NOT NULL,
    PRIMARY KEY (tenant_id, generation)
);

CREATE TABLE global_stats_come (
    scope text COLLATE "C" NOT NULL, instance text COLLATE "C" NOT NULL, epoch bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (scope, instance, epoch)
);
CREATE TABLE global_stats_total (
    scope text COLLATE "C" NOT NULL, series text COLLATE "C" NOT NULL, body text NOT NULL,
    PRIMARY KEY (scope, series)
);
CREATE TABLE global_stats_cleared (
    scope text COLLATE "C" NOT NULL, generation bigint NOT NULL, model text COLLATE "C", actor text NOT NULL,
    reason text, at bigint NOT NULL,
    PRIMARY KEY (scope, generation)
);

DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['stats_come', 'stats_total', 'stats_cleared'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
        EXECUTE format('CREATE POLICY platform_rows ON %I TO valor_platform USING (true) WITH CHECK (true)',
            'global_' || owned);
    END LOOP;
    FOREACH owned IN ARRAY ARRAY['stats_come', 'stats_total', 'stats_cleared',
        'global_stats_come', 'global_stats_total', 'global_stats_cleared'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON stats_come, stats_total, stats_cleared TO valor_app;
GRANT UPDATE (body) ON stats_come, stats_total TO valor_app;
GRANT SELECT, INSERT ON global_stats_come, global_stats_total, global_stats_cleared TO valor_platform;
GRANT UPDATE (body) ON global_stats_come, global_stats_total TO valor_platform;
"#;

/// Whose rows a scope has.
fn owned(scope: ScopeCtx<'_>) -> Scope {
    match scope {
        ScopeCtx::Tenant(cx) => Scope::Tenant(cx.tenant()),
        ScopeCtx::Platform(_) => Scope::Platform,
    }
}

impl StatsStore for PostgresStore {
    fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error> {
        stats::publish(&mut self.begin(Rights::Write(owned(scope)))?, scope, batch)
    }

    fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error> {
        stats::totals(&self.begin(Rights::Read(owned(scope)))?, scope, filter)
    }

    fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error> {
        stats::clear(&mut self.begin(Rights::Write(owned(scope)))?, scope, model, meta)
    }
}
