-- Roles of each tenant's own, rules that keep permissions apart, and what a tenant has apart from its plan.

CREATE TABLE role (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, name_fold TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name_fold)
) STRICT, WITHOUT ROWID;

CREATE TABLE sod_rule (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, name_fold TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name_fold)
) STRICT, WITHOUT ROWID;

CREATE TABLE feature_override (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, feature TEXT NOT NULL, effect TEXT NOT NULL,
    origin TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, feature, effect, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE limit_override (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, kind)
) STRICT, WITHOUT ROWID;

ALTER TABLE organization ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
UPDATE organization SET active = body ->> '$.active';
CREATE INDEX organization_inactive ON organization (tenant_id, id) WHERE active = 0;

ALTER TABLE role_grant ADD COLUMN role_id TEXT;
