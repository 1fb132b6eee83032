//! The tables of a database, as numbered migrations, in a schema of their own.

use super::connection::Open;
use super::stats;
use crate::error::Error;
use crate::store::sql::{self, Connection as _, Migration, Schema};

/// The role that acts for one tenant.
pub(super) const APP: &str = "valor_app";
/// The role that acts for the platform.
pub(super) const PLATFORM: &str = "valor_platform";

const SCHEMA: Schema = Schema {
    place: "database",
    migrations: &[
        Migration::Script(FIRST),
        Migration::Script(stats::TABLES),
        Migration::Script(BILLING),
        Migration::Script(include_str!("lists.sql")),
        Migration::Fold,
        Migration::Script(include_str!("indexes.sql")),
        Migration::Script(include_str!("settings.sql")),
        Migration::Script(include_str!("tenant_roles.sql")),
        Migration::Roles,
        Migration::Script(include_str!("grants.sql")),
        Migration::Script(include_str!("audit.sql")),
    ],
};

/// What billing keeps: history, use by the hour, late use, invoices, and the outbox; and what the platform
/// is told of it in the tenant's own row, since it reads no other.
const BILLING: &str = r#"
ALTER TABLE tenant ADD COLUMN due_at bigint NOT NULL DEFAULT 9223372036854775807,
    ADD COLUMN undelivered bigint NOT NULL DEFAULT 0;
CREATE INDEX tenant_due ON tenant (due_at, id);
CREATE INDEX tenant_undelivered ON tenant (id) WHERE undelivered > 0;

CREATE TABLE subscription_change (
    tenant_id uuid NOT NULL REFERENCES tenant (id), version bigint NOT NULL, idem_key text COLLATE "C",
    body text NOT NULL,
    PRIMARY KEY (tenant_id, version), UNIQUE (tenant_id, idem_key)
);

CREATE TABLE usage_window (
    tenant_id uuid NOT NULL REFERENCES tenant (id), kind text COLLATE "C" NOT NULL, start bigint NOT NULL,
    upper bigint NOT NULL, lower bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind, start)
);

CREATE TABLE invoice (
    tenant_id uuid NOT NULL REFERENCES tenant (id), number bigint NOT NULL, id uuid NOT NULL,
    state text COLLATE "C" NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, number), UNIQUE (tenant_id, id)
);
CREATE FUNCTION refuse_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'issued invoices do not change, and stay';
END $$;
CREATE TRIGGER invoice_stays BEFORE UPDATE OF tenant_id, number, id, body OR DELETE OR TRUNCATE ON invoice
    EXECUTE FUNCTION refuse_invoice();

CREATE TABLE usage_adjustment (
    tenant_id uuid NOT NULL, idem_key text COLLATE "C" NOT NULL, invoice_id uuid, body text NOT NULL,
    PRIMARY KEY (tenant_id, idem_key),
    FOREIGN KEY (tenant_id, idem_key) REFERENCES usage_event (tenant_id, idem_key),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
);
CREATE INDEX usage_adjustment_open ON usage_adjustment (tenant_id, idem_key) WHERE invoice_id IS NULL;

CREATE TABLE outbox (
    tenant_id uuid NOT NULL, number bigint NOT NULL,
    PRIMARY KEY (tenant_id, number),
    FOREIGN KEY (tenant_id, number) REFERENCES invoice (tenant_id, number)
);

-- Row security binds the owner too, and is lifted while the use of every tenant is rolled up.
ALTER TABLE usage_event NO FORCE ROW LEVEL SECURITY;
INSERT INTO usage_window (tenant_id, kind, start, upper, lower)
SELECT tenant_id, kind, at - ((at % 3600000000) + 3600000000) % 3600000000, sum(quantity >> 32)::bigint,
    sum(quantity & 4294967295)::bigint
FROM usage_event GROUP BY 1, 2, 3;
ALTER TABLE usage_event FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['subscription_change', 'usage_window', 'invoice', 'usage_adjustment', 'outbox'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
END $$;

GRANT UPDATE (due_at, undelivered) ON tenant TO valor_app;
GRANT SELECT, INSERT ON subscription_change, usage_window, invoice, usage_adjustment, outbox TO valor_app;
GRANT UPDATE (upper, lower) ON usage_window TO valor_app;
GRANT UPDATE (state) ON invoice TO valor_app;
GRANT UPDATE (invoice_id) ON usage_adjustment TO valor_app;
GRANT DELETE ON outbox TO valor_app;
"#;

/// The lock that whoever migrates holds: "valor-mi" as bytes of a number.
const MIGRATION_LOCK: i64 = i64::from_be_bytes(*b"valor-mi");

const FIRST: &str = r#"
CREATE TABLE tenant (
    id uuid PRIMARY KEY, slug text COLLATE "C" NOT NULL UNIQUE, created_at bigint NOT NULL,
    auth_version bigint NOT NULL, version bigint NOT NULL, status text NOT NULL, body text NOT NULL
);
CREATE INDEX tenant_created ON tenant (created_at, id);

CREATE TABLE organization (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, name_fold text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name_fold)
);
CREATE INDEX organization_created ON organization (tenant_id, created_at, id);

CREATE TABLE "user" (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL, email_fold text COLLATE "C" NOT NULL, organization_id uuid,
    created_at bigint NOT NULL, version bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, issuer, subject), UNIQUE (tenant_id, email_fold),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organization (tenant_id, id)
);
CREATE INDEX user_created ON "user" (tenant_id, created_at, id);

CREATE TABLE role_grant (
    tenant_id uuid NOT NULL, id uuid NOT NULL, user_id uuid NOT NULL, role text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, user_id, role, scope),
    FOREIGN KEY (tenant_id, user_id) REFERENCES "user" (tenant_id, id)
);

CREATE TABLE subscription (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (id), id uuid NOT NULL, plan text COLLATE "C" NOT NULL,
    body text NOT NULL
);

CREATE TABLE quota_counter (
    tenant_id uuid NOT NULL REFERENCES tenant (id), kind text COLLATE "C" NOT NULL, window_start bigint NOT NULL,
    committed bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind, window_start)
);

CREATE TABLE reservation (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, kind text COLLATE "C" NOT NULL,
    window_start bigint NOT NULL, amount bigint NOT NULL, state text COLLATE "C" NOT NULL, expires_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX reservation_open ON reservation (tenant_id, kind, window_start, state, expires_at);
CREATE INDEX reservation_expiry ON reservation (tenant_id, state, expires_at, id);

CREATE TABLE usage_event (
    tenant_id uuid NOT NULL REFERENCES tenant (id), idem_key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL, quantity bigint NOT NULL, at bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, idem_key)
);
CREATE INDEX usage_event_kind ON usage_event (tenant_id, kind, at);

CREATE TABLE run (
    tenant_id uuid NOT NULL, id uuid NOT NULL, owner_id uuid NOT NULL, organization_id uuid,
    audience text COLLATE "C" NOT NULL, created_at bigint NOT NULL, idem_key text COLLATE "C", body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, owner_id, idem_key),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES "user" (tenant_id, id)
);
CREATE INDEX run_created ON run (tenant_id, created_at, id);
CREATE INDEX run_owner ON run (tenant_id, owner_id, created_at, id);
CREATE INDEX run_audience ON run (tenant_id, audience, created_at, id);
CREATE INDEX run_audience_organization ON run (tenant_id, audience, organization_id, created_at, id);

CREATE TABLE audit (
    tenant_id uuid NOT NULL REFERENCES tenant (id), seq bigint NOT NULL, prev_hash text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL, event text NOT NULL,
    PRIMARY KEY (tenant_id, seq), UNIQUE (tenant_id, prev_hash)
);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit records do not change, and stay';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION refuse();
CREATE TABLE audit_head (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (id), seq bigint NOT NULL, hash text COLLATE "C" NOT NULL
);

CREATE TABLE routing (
    tenant_id uuid NOT NULL REFERENCES tenant (id), version bigint NOT NULL, config text NOT NULL,
    actor text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
CREATE TABLE global_routing (
    version bigint PRIMARY KEY, config text NOT NULL, actor text NOT NULL, at bigint NOT NULL
);

-- After a transaction the setting is an empty text, before the first it is absent: both mean nobody.
DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['organization', 'user', 'role_grant', 'subscription', 'quota_counter',
        'reservation', 'usage_event', 'run', 'audit', 'audit_head', 'routing'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
    END LOOP;
    EXECUTE format('CREATE POLICY own_rows ON tenant TO valor_app USING (id %1$s) WITH CHECK (id %1$s)', own);
    CREATE POLICY platform_rows ON tenant TO valor_platform USING (true) WITH CHECK (true);
    CREATE POLICY platform_rows ON global_routing TO valor_platform USING (true) WITH CHECK (true);
    FOR owned IN SELECT relname FROM pg_class
        WHERE relnamespace = 'valor'::regnamespace AND relkind = 'r' AND relname <> 'schema_version' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA valor TO valor_app, valor_platform;
GRANT SELECT ON schema_version TO valor_app, valor_platform;
GRANT SELECT, INSERT, UPDATE (auth_version, version, status, body) ON tenant TO valor_platform;
GRANT SELECT, INSERT ON global_routing TO valor_platform;
GRANT SELECT, UPDATE (auth_version, body) ON tenant TO valor_app;
GRANT SELECT, INSERT ON organization, "user", role_grant, subscription, quota_counter, reservation, usage_event, run,
    audit, audit_head, routing TO valor_app;
GRANT UPDATE (body) ON organization TO valor_app;
GRANT UPDATE (email_fold, organization_id, version, body) ON "user" TO valor_app;
GRANT DELETE ON role_grant TO valor_app;
GRANT UPDATE (id, plan, body) ON subscription TO valor_app;
GRANT UPDATE (committed) ON quota_counter TO valor_app;
GRANT UPDATE (state) ON reservation TO valor_app;
GRANT UPDATE (seq, hash) ON audit_head TO valor_app;
"#;

/// Brings a database to the newest schema; one of a newer library, or with another history, is refused.
pub(super) fn migrate(database: Open<'_>) -> Result<(), Error> {
    migrate_by(database, &SCHEMA)
}

/// As a library that knew the first `versions` alone.
#[cfg(test)]
pub(super) fn migrate_to(database: Open<'_>, versions: usize) -> Result<(), Error> {
    migrate_by(database, &Schema { migrations: &SCHEMA.migrations[..versions], ..SCHEMA })
}

fn migrate_by(mut database: Open<'_>, schema: &Schema) -> Result<(), Error> {
    database.script(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))?;
    if database.query("SELECT oid::bigint FROM pg_namespace WHERE nspname = 'valor'", &[])?.is_empty() {
        database.script("CREATE SCHEMA valor")?;
    }
    database
        .script("CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY, checksum text NOT NULL)")?;
    sql::migrate(&database, schema)?;
    database.commit()
}

/// Refuses a database that has no tables, or those of another version of the library.
pub(super) fn require_current(database: &Open<'_>) -> Result<(), Error> {
    let versions = "SELECT c.oid::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'valor' AND c.relname = 'schema_version'";
    if database.query(versions, &[])?.is_empty() {
        return Err(Error::conflict("schema_older", "the database has no tables of this library")
            .with_hint("migrate it first, in the role that is to own them"));
    }
    database.act_for(sql::Scope::Platform)?;
    sql::require_current(database, &SCHEMA)?;
    database.script("SET LOCAL ROLE NONE")
}
