-- What tenants set for themselves, and how operators find them.

CREATE TABLE branding (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id), version INTEGER NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE config_entry (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), key TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE tenant ADD COLUMN domain TEXT;
ALTER TABLE tenant ADD COLUMN idem_key TEXT;
ALTER TABLE tenant ADD COLUMN made TEXT;
CREATE UNIQUE INDEX tenant_domain ON tenant (domain);
CREATE UNIQUE INDEX tenant_key ON tenant (idem_key);
