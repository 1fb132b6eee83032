-- What tenants set for themselves, and how operators find them.

CREATE TABLE branding (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (id), version bigint NOT NULL, body text NOT NULL
);

CREATE TABLE config_entry (
    tenant_id uuid NOT NULL REFERENCES tenant (id), key text COLLATE "C" NOT NULL, version bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

ALTER TABLE tenant ADD COLUMN domain text COLLATE "C", ADD COLUMN idem_key text COLLATE "C", ADD COLUMN made text;
CREATE UNIQUE INDEX tenant_domain ON tenant (domain);
CREATE UNIQUE INDEX tenant_key ON tenant (idem_key);

DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['branding', 'config_entry'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON branding, config_entry TO valor_app;
GRANT UPDATE (version, body) ON branding, config_entry TO valor_app;
GRANT DELETE ON config_entry TO valor_app;
GRANT UPDATE (name_fold, domain) ON tenant TO valor_platform;
