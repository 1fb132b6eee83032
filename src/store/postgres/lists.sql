-- What lists are ordered and narrowed by, and the scenarios and notes that users keep.

-- Rows are guarded from their owner too, who fills the new columns here; guarded again after that.
ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY;
ALTER TABLE organization NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "user" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE run NO FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit NO FORCE ROW LEVEL SECURITY;

ALTER TABLE tenant ADD COLUMN name_fold text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN plan text COLLATE "C" NOT NULL DEFAULT '';
UPDATE tenant SET plan = coalesce((SELECT plan FROM subscription WHERE tenant_id = tenant.id), '');
ALTER TABLE "user" ADD COLUMN name_fold text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN model text COLLATE "C" NOT NULL DEFAULT '', ADD COLUMN subject text COLLATE "C";
-- JSON may hold characters that are no text here: they are none of these fields', but all fields are read.
UPDATE run SET model = replace(body, '\u0000', '\ufffd')::json ->> 'model',
    subject = replace(body, '\u0000', '\ufffd')::json ->> 'subject';
ALTER TABLE usage_event ADD COLUMN id uuid;
UPDATE usage_event SET id = (replace(body, '\u0000', '\ufffd')::json ->> 'id')::uuid;
ALTER TABLE usage_event ALTER COLUMN id SET NOT NULL;

ALTER TABLE audit DISABLE TRIGGER audit_stays;
ALTER TABLE audit ADD COLUMN actor text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN action text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN resource_type text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN resource_id text COLLATE "C" NOT NULL DEFAULT '';
UPDATE audit SET actor = replace(event, '\u0000', '\ufffd')::json ->> 'actor',
    action = replace(event, '\u0000', '\ufffd')::json ->> 'action',
    resource_type = replace(event, '\u0000', '\ufffd')::json ->> 'resource_type',
    resource_id = replace(event, '\u0000', '\ufffd')::json ->> 'resource_id';
ALTER TABLE audit ENABLE TRIGGER audit_stays;

CREATE TABLE scenario (
    tenant_id uuid NOT NULL, id uuid NOT NULL, owner_id uuid NOT NULL, organization_id uuid,
    audience text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, owner_id, model, subject, name),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES "user" (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organization (tenant_id, id)
);

CREATE TABLE note (
    tenant_id uuid NOT NULL, id uuid NOT NULL, owner_id uuid NOT NULL, organization_id uuid,
    audience text COLLATE "C" NOT NULL, subject text COLLATE "C" NOT NULL, updated_at bigint NOT NULL,
    version bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, owner_id, subject),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES "user" (tenant_id, id),
    FOREIGN KEY (tenant_id, organization_id) REFERENCES organization (tenant_id, id)
);

DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['scenario', 'note'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
END $$;

GRANT UPDATE (plan) ON tenant TO valor_app;
GRANT UPDATE (name_fold) ON "user" TO valor_app;
GRANT SELECT, INSERT, DELETE ON scenario, note TO valor_app;
GRANT UPDATE (audience, name, updated_at, version, body) ON scenario TO valor_app;
GRANT UPDATE (audience, updated_at, version, body) ON note TO valor_app;
