-- What keeps the audit log: private fields beside it, holds, the checkpoint of a purge, and the platform's own
-- chain with the requests for what takes two operators.

CREATE TABLE audit_private (
    tenant_id TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, salt TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (tenant_id, seq, name),
    FOREIGN KEY (tenant_id, seq) REFERENCES audit (tenant_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_private_no_update BEFORE UPDATE ON audit_private
BEGIN SELECT RAISE(ABORT, 'private fields do not change'); END;

CREATE TABLE legal_hold (
    tenant_id TEXT NOT NULL REFERENCES tenant (id), id TEXT NOT NULL, live INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER legal_hold_no_delete BEFORE DELETE ON legal_hold BEGIN SELECT RAISE(ABORT, 'legal holds stay'); END;

-- Records go in one way alone: a prefix, up to a record that is there, while nothing is held.
CREATE TABLE audit_checkpoint (
    tenant_id TEXT PRIMARY KEY REFERENCES tenant (id), seq INTEGER NOT NULL, hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_checkpoint_insert BEFORE INSERT ON audit_checkpoint
WHEN NOT EXISTS (SELECT 1 FROM audit WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq AND hash = NEW.hash)
    OR EXISTS (SELECT 1 FROM legal_hold WHERE tenant_id = NEW.tenant_id AND live = 1)
BEGIN SELECT RAISE(ABORT, 'audit records stay: no such checkpoint, or a legal hold'); END;
CREATE TRIGGER audit_checkpoint_update BEFORE UPDATE ON audit_checkpoint
WHEN NEW.tenant_id <> OLD.tenant_id OR NEW.seq <= OLD.seq
    OR NOT EXISTS (SELECT 1 FROM audit WHERE tenant_id = NEW.tenant_id AND seq = NEW.seq AND hash = NEW.hash)
    OR EXISTS (SELECT 1 FROM legal_hold WHERE tenant_id = NEW.tenant_id AND live = 1)
BEGIN SELECT RAISE(ABORT, 'audit records stay: no such checkpoint, or a legal hold'); END;
CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoints of audit records stay'); END;
DROP TRIGGER audit_no_delete;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoint WHERE tenant_id = OLD.tenant_id AND seq >= OLD.seq)
BEGIN SELECT RAISE(ABORT, 'audit records stay'); END;

CREATE TABLE global_audit (
    scope TEXT NOT NULL, seq INTEGER NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, event TEXT NOT NULL,
    actor TEXT NOT NULL, action TEXT NOT NULL, resource_type TEXT NOT NULL, resource_id TEXT NOT NULL,
    PRIMARY KEY (scope, seq), UNIQUE (scope, prev_hash)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER global_audit_no_update BEFORE UPDATE ON global_audit
BEGIN SELECT RAISE(ABORT, 'audit records do not change'); END;
CREATE TRIGGER global_audit_no_delete BEFORE DELETE ON global_audit
BEGIN SELECT RAISE(ABORT, 'audit records stay'); END;
CREATE TABLE global_audit_head (
    scope TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE global_audit_private (
    scope TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL, salt TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (scope, seq, name),
    FOREIGN KEY (scope, seq) REFERENCES global_audit (scope, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER global_audit_private_no_update BEFORE UPDATE ON global_audit_private
BEGIN SELECT RAISE(ABORT, 'private fields do not change'); END;
CREATE TABLE global_control_request (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
