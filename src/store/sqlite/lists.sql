-- What lists are ordered and narrowed by, and the scenarios and notes that users keep.

ALTER TABLE tenant ADD COLUMN name_fold TEXT NOT NULL DEFAULT '';
ALTER TABLE tenant ADD COLUMN plan TEXT NOT NULL DEFAULT '';
UPDATE tenant SET plan = coalesce((SELECT plan FROM subscription WHERE tenant_id = tenant.id), '');
ALTER TABLE user ADD COLUMN name_fold TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN subject TEXT;
UPDATE run SET model = body ->> '$.model', subject = body ->> '$.subject';
ALTER TABLE usage_event ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE usage_event SET id = body ->> '$.id';

DROP TRIGGER audit_no_update;
ALTER TABLE audit ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN action TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN resource_type TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN resource_id TEXT NOT NULL DEFAULT '';
UPDATE audit SET actor = event ->> '$.actor', action = event ->> '$.action',
    resource_type = event ->> '$.resource_type', resource_id = event ->> '$.resource_id';
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records do not change'); END;

CREATE TABLE scenario (
    tenant_id TEXT NOT NULL, id TEXT NOT NULL, owner_id TEXT NOT NULL, organization_id TEXT, audience TEXT NOT NULL,
    model TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, owner_id, model, subject, name),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES user (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organization (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    tenant_id TEXT NOT NULL, id TEXT NOT NULL, owner_id TEXT NOT NULL, organization_id TEXT, audience TEXT NOT NULL,
    subject TEXT NOT NULL, updated_at INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, owner_id, subject),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES user (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organization (tenant_id, id)
) STRICT, WITHOUT ROWID;
