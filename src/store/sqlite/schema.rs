//! The tables of a file, as numbered migrations.

use super::connection::Open;
use super::stats;
use crate::error::Error;
use crate::store::sql::{self, Connection as _, Schema};

const SCHEMA: Schema = Schema { place: "file", migrations: &[FIRST, RANGES_OF_RUNS, OPEN_RESERVATIONS, stats::TABLES] };

/// How many reservations are open is counted without those that are not.
const OPEN_RESERVATIONS: &str = r"
CREATE INDEX reservation_expiry ON reservation (tenant_id, state, expires_at, id);
";

/// One range of runs for each branch of what a user sees.
const RANGES_OF_RUNS: &str = r"
CREATE INDEX run_owner ON run (tenant_id, owner_id, created_at, id);
CREATE INDEX run_audience ON run (tenant_id, audience, created_at, id);
CREATE INDEX run_audience_organization ON run (tenant_id, audience, organization_id, created_at, id);
";

const FIRST: &str = r"
CREATE TABLE tenant (
    id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, auth_version INTEGER NOT NULL,
    version INTEGER NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_created ON tenant (created_at, id);

CREATE TABLE organization (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, name_fold TEXT NOT NULL,
    created_at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name_fold)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_created ON organization (tenant_id, created_at, id);

CREATE TABLE user (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
    email_fold TEXT NOT NULL, organization_id TEXT, created_at INTEGER NOT NULL, version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, issuer, subject), UNIQUE (tenant_id, email_fold),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organization (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_created ON user (tenant_id, created_at, id);

CREATE TABLE role_grant (
    tenant_id TEXT NOT NULL, id TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, scope TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, user_id, role, scope),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscription (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id), id TEXT NOT NULL, plan TEXT NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quota_counter (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), kind TEXT NOT NULL, window_start INTEGER NOT NULL,
    committed INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, window_start)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservation (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, kind TEXT NOT NULL,
    window_start INTEGER NOT NULL, amount INTEGER NOT NULL, state TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_open ON reservation (tenant_id, kind, window_start, state, expires_at);

CREATE TABLE usage_event (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), idem_key TEXT NOT NULL, kind TEXT NOT NULL,
    quantity INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, idem_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_event_kind ON usage_event (tenant_id, kind, at);

CREATE TABLE run (
    tenant_id TEXT NOT NULL, id TEXT NOT NULL, owner_id TEXT NOT NULL, organization_id TEXT,
    audience TEXT NOT NULL, created_at INTEGER NOT NULL, idem_key TEXT, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, owner_id, idem_key),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES user (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_created ON run (tenant_id, created_at, id);

CREATE TABLE audit (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), seq INTEGER NOT NULL, prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq), UNIQUE (tenant_id, prev_hash)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records do not change'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit records stay'); END;
CREATE TABLE audit_head (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id), seq INTEGER NOT NULL, hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE routing (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), version INTEGER NOT NULL, config TEXT NOT NULL,
    actor TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE global_routing (
    version INTEGER PRIMARY KEY, config TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
";

/// Brings a file to the newest schema; one of a newer library, or with another history, is refused.
pub(super) fn migrate(mut file: Open<'_>) -> Result<(), Error> {
    file.script(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT",
    )?;
    sql::migrate(&file, &SCHEMA)?;
    file.commit()
}
