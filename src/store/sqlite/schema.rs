//! The tables of a file, as numbered migrations.

use super::connection::Open;
use super::stats;
use crate::error::Error;
use crate::store::sql::{self, Connection as _, Migration, Schema};

const SCHEMA: Schema = Schema {
    place: "file",
    migrations: &[
        Migration::Script(FIRST),
        Migration::Script(RANGES_OF_RUNS),
        Migration::Script(OPEN_RESERVATIONS),
        Migration::Script(stats::TABLES),
        Migration::Script(BILLING),
        Migration::Script(include_str!("lists.sql")),
        Migration::Fold,
        Migration::Script(include_str!("indexes.sql")),
        Migration::Script(include_str!("settings.sql")),
        Migration::Script(include_str!("roles.sql")),
        Migration::Roles,
        Migration::Script(include_str!("grants.sql")),
        Migration::Script(include_str!("audit.sql")),
    ],
};

/// What billing keeps: history, use by the hour, late use, invoices, and the outbox; and what the platform
/// is told of it in the tenant's own row, since it reads no other.
const BILLING: &str = r"
ALTER TABLE tenant ADD COLUMN due_at INTEGER NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE tenant ADD COLUMN undelivered INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tenant_due ON tenant (due_at, id);
CREATE INDEX tenant_undelivered ON tenant (id) WHERE undelivered > 0;

CREATE TABLE subscription_change (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), version INTEGER NOT NULL, idem_key TEXT, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version), UNIQUE (tenant_id, idem_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_window (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), kind TEXT NOT NULL, start INTEGER NOT NULL,
    upper INTEGER NOT NULL, lower INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, start)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_window (tenant_id, kind, start, upper, lower)
SELECT tenant_id, kind, at - ((at % 3600000000) + 3600000000) % 3600000000, sum(quantity >> 32),
    sum(quantity & 4294967295)
FROM usage_event GROUP BY 1, 2, 3;

CREATE TABLE invoice (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), number INTEGER NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, number), UNIQUE (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER invoice_no_update BEFORE UPDATE OF tenant_id, number, id, body ON invoice
BEGIN SELECT RAISE(ABORT, 'issued invoices do not change'); END;
CREATE TRIGGER invoice_no_delete BEFORE DELETE ON invoice BEGIN SELECT RAISE(ABORT, 'issued invoices stay'); END;

CREATE TABLE usage_adjustment (
    tenant_id TEXT NOT NULL, idem_key TEXT NOT NULL, invoice_id TEXT, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, idem_key),
    FOREIGN KEY (tenant_id, idem_key) REFERENCES usage_event (tenant_id, idem_key),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_adjustment_open ON usage_adjustment (tenant_id, idem_key) WHERE invoice_id IS NULL;

CREATE TABLE outbox (
    tenant_id TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, number),
    FOREIGN KEY (tenant_id, number) REFERENCES invoice (tenant_id, number)
) STRICT, WITHOUT ROWID;
";

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
pub(super) fn migrate(file: Open<'_>) -> Result<(), Error> {
    migrate_by(file, &SCHEMA)
}

/// As a library that knew the first `versions` alone.
#[cfg(test)]
pub(super) fn migrate_to(file: Open<'_>, versions: usize) -> Result<(), Error> {
    migrate_by(file, &Schema { migrations: &SCHEMA.migrations[..versions], ..SCHEMA })
}

fn migrate_by(mut file: Open<'_>, schema: &Schema) -> Result<(), Error> {
    file.script(
        "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT",
    )?;
    sql::migrate(&file, schema)?;
    file.commit()
}
