-- A grant refers to a role of the tenant's: a column of another kind in its key takes another table.

CREATE TABLE role_grant_of_id (
    tenant_id TEXT NOT NULL, id TEXT NOT NULL, user_id TEXT NOT NULL, role_id TEXT NOT NULL, scope TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, user_id, role_id, scope),
    FOREIGN KEY (tenant_id, user_id) REFERENCES user (tenant_id, id),
    FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO role_grant_of_id (tenant_id, id, user_id, role_id, scope, body)
SELECT tenant_id, id, user_id, role_id, scope, body FROM role_grant;
DROP TABLE role_grant;
ALTER TABLE role_grant_of_id RENAME TO role_grant;
CREATE INDEX role_grant_user ON role_grant (tenant_id, user_id, id);
CREATE INDEX role_grant_role ON role_grant (tenant_id, role_id, id);
