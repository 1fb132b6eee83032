-- What keeps the audit log: private fields beside it, holds, the checkpoint of a purge, and the platform's own
-- chain with the requests for what takes two operators.

CREATE TABLE audit_private (
    tenant_id uuid NOT NULL, seq bigint NOT NULL, name text COLLATE "C" NOT NULL, salt text COLLATE "C" NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (tenant_id, seq, name),
    FOREIGN KEY (tenant_id, seq) REFERENCES audit (tenant_id, seq)
);
CREATE FUNCTION refuse_private() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'private fields do not change';
END $$;
CREATE TRIGGER audit_private_stays BEFORE UPDATE OR TRUNCATE ON audit_private EXECUTE FUNCTION refuse_private();

CREATE TABLE legal_hold (
    tenant_id uuid NOT NULL REFERENCES tenant (id), id uuid NOT NULL, live bigint NOT NULL, body text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE FUNCTION refuse_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'legal holds stay';
END $$;
CREATE TRIGGER legal_hold_stays BEFORE DELETE OR TRUNCATE ON legal_hold EXECUTE FUNCTION refuse_hold();

-- Records go in one way alone: a prefix, up to a record that is there, while nothing is held. Who sets the
-- checkpoint may not delete, and who deletes may neither set it nor read a record.
CREATE TABLE audit_checkpoint (
    tenant_id uuid PRIMARY KEY REFERENCES tenant (id), seq bigint NOT NULL, hash text COLLATE "C" NOT NULL
);
CREATE FUNCTION check_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'UPDATE' AND (NEW.tenant_id <> OLD.tenant_id OR NEW.seq <= OLD.seq))
        OR NOT EXISTS (SELECT FROM valor.audit a
            WHERE a.tenant_id = NEW.tenant_id AND a.seq = NEW.seq AND a.hash = NEW.hash)
        OR EXISTS (SELECT FROM valor.legal_hold h WHERE h.tenant_id = NEW.tenant_id AND h.live = 1) THEN
        RAISE EXCEPTION 'audit records stay: no such checkpoint, or a legal hold';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_checkpoint_is_one BEFORE INSERT OR UPDATE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION check_checkpoint();
CREATE TRIGGER audit_checkpoint_stays BEFORE DELETE OR TRUNCATE ON audit_checkpoint EXECUTE FUNCTION refuse();

DROP TRIGGER audit_stays ON audit;
CREATE TRIGGER audit_stays BEFORE UPDATE OR TRUNCATE ON audit EXECUTE FUNCTION refuse();
CREATE FUNCTION refuse_unpurged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM valor.audit_checkpoint c WHERE c.tenant_id = OLD.tenant_id AND c.seq >= OLD.seq) THEN
        RAISE EXCEPTION 'audit records do not change, and stay';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_goes_by_prefix BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_unpurged();

CREATE TABLE global_audit (
    scope text COLLATE "C" NOT NULL, seq bigint NOT NULL, prev_hash text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL, event text NOT NULL, actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL, resource_type text COLLATE "C" NOT NULL, resource_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, seq), UNIQUE (scope, prev_hash)
);
CREATE TRIGGER global_audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON global_audit EXECUTE FUNCTION refuse();
CREATE TABLE global_audit_head (
    scope text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL, hash text COLLATE "C" NOT NULL
);
CREATE TABLE global_audit_private (
    scope text COLLATE "C" NOT NULL, seq bigint NOT NULL, name text COLLATE "C" NOT NULL,
    salt text COLLATE "C" NOT NULL, value text NOT NULL,
    PRIMARY KEY (scope, seq, name),
    FOREIGN KEY (scope, seq) REFERENCES global_audit (scope, seq)
);
CREATE TRIGGER global_audit_private_stays BEFORE UPDATE OR TRUNCATE ON global_audit_private
    EXECUTE FUNCTION refuse_private();
CREATE TABLE global_control_request (id uuid PRIMARY KEY, body text NOT NULL);

DO $$
DECLARE
    owned text;
    own text := $own$= NULLIF(current_setting('valor.tenant', true), '')::uuid$own$;
BEGIN
    FOREACH owned IN ARRAY ARRAY['audit_private', 'legal_hold', 'audit_checkpoint'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %1$I TO valor_app USING (tenant_id %2$s) WITH CHECK (tenant_id %2$s)',
            owned, own);
    END LOOP;
    FOREACH owned IN ARRAY ARRAY['global_audit', 'global_audit_head', 'global_audit_private',
        'global_control_request'] LOOP
        EXECUTE format('CREATE POLICY platform_rows ON %I TO valor_platform USING (true) WITH CHECK (true)', owned);
    END LOOP;
    FOREACH owned IN ARRAY ARRAY['audit_private', 'legal_hold', 'audit_checkpoint', 'global_audit',
        'global_audit_head', 'global_audit_private', 'global_control_request'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    END LOOP;
    EXECUTE format('CREATE POLICY purged_rows ON audit_checkpoint FOR SELECT TO valor_platform USING (tenant_id %s)',
        own);
    EXECUTE format('CREATE POLICY purged_rows ON audit FOR DELETE TO valor_platform USING (tenant_id %s
        AND seq <= (SELECT c.seq FROM audit_checkpoint c WHERE c.tenant_id %1$s))', own);
END $$;

GRANT SELECT, INSERT, DELETE ON audit_private TO valor_app;
GRANT SELECT, INSERT ON legal_hold, audit_checkpoint TO valor_app;
GRANT UPDATE (live, body) ON legal_hold TO valor_app;
GRANT UPDATE (seq, hash) ON audit_checkpoint TO valor_app;
GRANT UPDATE (subject) ON "user" TO valor_app;
GRANT DELETE ON run TO valor_app;
GRANT SELECT (tenant_id, seq) ON audit_checkpoint TO valor_platform;
GRANT DELETE ON audit TO valor_platform;
GRANT SELECT, INSERT ON global_audit, global_audit_head, global_audit_private, global_control_request
    TO valor_platform;
GRANT UPDATE (seq, hash) ON global_audit_head TO valor_platform;
GRANT DELETE ON global_audit_private TO valor_platform;
GRANT UPDATE (body) ON global_control_request TO valor_platform;
