-- Roles of each tenant's own, rules that keep permissions apart, and what a tenant has apart from its plan.

-- Rows are guarded from their owner too, who fills new columns and tables here; guarded again after that.
ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY;
ALTER TABLE organization NO FORCE ROW LEVEL SECURITY;
ALTER TABLE role_grant NO FORCE ROW LEVEL SECURITY;

CREATE TABLE role (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, name_fold text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name_fold)
);

CREATE TABLE sod_rule (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, name_fold text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name_fold)
);

CREATE TABLE feature_override (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, feature text COLLATE "C" NOT NULL,
    effect text COLLATE "C" NOT NULL, origin text COLLATE "C" NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, feature, effect, origin)
);

CREATE TABLE limit_override (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, kind text COLLATE "C" NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, kind)
);

ALTER TABLE organization ADD COLUMN active bigint NOT NULL DEFAULT 1;
UPDATE organization SET active = CASE replace(body, '\u0000', '\ufffd')::json ->> 'active' WHEN 'false' THEN 0 ELSE 1 END;
CREATE INDEX organization_inactive ON organization (tenant_id, id) WHERE active = 0;

ALTER TABLE role_grant ADD COLUMN role_id uuid;
