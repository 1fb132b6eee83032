-- A grant refers to a role of the tenant's.

ALTER TABLE role_grant DROP COLUMN role;
ALTER TABLE role_grant ALTER COLUMN role_id SET NOT NULL,
    ADD UNIQUE (tenant_id, user_id, role_id, scope),
    ADD FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id);
CREATE INDEX role_grant_role ON role_grant (tenant_id, role_id, id);

-- Every row is guarded again, from its owner too.
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
ALTER TABLE role_grant FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['role', 'sod_rule', 'feature_override', 'limit_override'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
END $$;

GRANT SELECT, INSERT, DELETE ON role, sod_rule, feature_override, limit_override TO valor_app;
GRANT UPDATE (name_fold, body) ON role TO valor_app;
GRANT UPDATE (id, body) ON feature_override, limit_override TO valor_app;
GRANT UPDATE (name_fold, active) ON organization TO valor_app;
