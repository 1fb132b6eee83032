-- One index for each range of the query catalogue, and none that no list and no statement reads.

DROP INDEX run_created;
DROP INDEX usage_event_kind;
CREATE INDEX run_owner_organization ON run (tenant_id, owner_id, organization_id, created_at, id);
CREATE INDEX run_owner_model ON run (tenant_id, owner_id, model, created_at, id);
CREATE INDEX run_owner_organization_model ON run (tenant_id, owner_id, organization_id, model, created_at, id);
CREATE INDEX run_audience_model ON run (tenant_id, audience, model, created_at, id);
CREATE INDEX run_audience_organization_model ON run (tenant_id, audience, organization_id, model, created_at, id);
CREATE INDEX run_owner_subject ON run (tenant_id, owner_id, subject, created_at, id);
CREATE INDEX run_owner_organization_subject ON run (tenant_id, owner_id, organization_id, subject, created_at, id);
CREATE INDEX run_audience_subject ON run (tenant_id, audience, subject, created_at, id);
CREATE INDEX run_audience_organization_subject ON run (tenant_id, audience, organization_id, subject, created_at, id);
CREATE INDEX scenario_owner ON scenario (tenant_id, owner_id, updated_at, id);
CREATE INDEX scenario_owner_organization ON scenario (tenant_id, owner_id, organization_id, updated_at, id);
CREATE INDEX scenario_audience ON scenario (tenant_id, audience, updated_at, id);
CREATE INDEX scenario_audience_organization ON scenario (tenant_id, audience, organization_id, updated_at, id);
CREATE INDEX scenario_owner_subject ON scenario (tenant_id, owner_id, subject, updated_at, id);
CREATE INDEX scenario_owner_organization_subject ON scenario (tenant_id, owner_id, organization_id, subject, updated_at, id);
CREATE INDEX scenario_audience_subject ON scenario (tenant_id, audience, subject, updated_at, id);
CREATE INDEX scenario_audience_organization_subject ON scenario (tenant_id, audience, organization_id, subject, updated_at, id);
CREATE INDEX note_owner ON note (tenant_id, owner_id, updated_at, id);
CREATE INDEX note_owner_organization ON note (tenant_id, owner_id, organization_id, updated_at, id);
CREATE INDEX note_audience ON note (tenant_id, audience, updated_at, id);
CREATE INDEX note_audience_organization ON note (tenant_id, audience, organization_id, updated_at, id);
CREATE INDEX user_organization ON "user" (tenant_id, organization_id, created_at, id);
CREATE INDEX user_name ON "user" (tenant_id, name_fold, id);
CREATE INDEX role_grant_user ON role_grant (tenant_id, user_id, id);
CREATE INDEX role_grant_role ON role_grant (tenant_id, role, id);
CREATE INDEX usage_event_at ON usage_event (tenant_id, at, id);
CREATE INDEX usage_event_kind ON usage_event (tenant_id, kind, at, id);
CREATE INDEX audit_actor ON audit (tenant_id, actor, seq);
CREATE INDEX audit_resource ON audit (tenant_id, resource_type, resource_id, seq);
CREATE INDEX audit_action ON audit (tenant_id, action, seq);
CREATE INDEX tenant_status ON tenant (status, created_at, id);
CREATE INDEX tenant_plan ON tenant (plan, created_at, id);
CREATE INDEX tenant_name ON tenant (name_fold, id);

-- Every row is guarded again, from its owner too.
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
ALTER TABLE "user" FORCE ROW LEVEL SECURITY;
ALTER TABLE subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE run FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_event FORCE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
