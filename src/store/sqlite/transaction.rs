//! Transactions on the file. One that is dropped without commit is rolled back.

use std::sync::MutexGuard;

use rusqlite::{Connection, OptionalExtension};

use super::{auth_version, count, many, number, one, routing_documents, unavailable, write};
use crate::error::Error;
use crate::id::{GrantId, OrganizationId, ReservationId, RunId, TenantId, UserId};
use crate::store::{
    RoutingDocument, RunCursor, TenantRead, TenantTx, UserPatch, absent, duplicate, fold, require_administered,
    require_brief, require_next, require_version,
};
use crate::tenancy::{
    AuditEvent, AuditHead, AuditRecord, GrantScope, Limit, LimitKind, Organization, Recorded, Reservation, RoleGrant,
    Run, Subscription, Tenant, UsageEvent, UsageKind, User, Visibility,
};
use crate::time::Timestamp;

/// A connection inside a transaction.
pub(super) struct Open<'s> {
    connection: MutexGuard<'s, Connection>,
    committed: bool,
}

impl<'s> Open<'s> {
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn begin(connection: MutexGuard<'s, Connection>, writes: bool) -> Result<Self, Error> {
        connection.execute_batch(if writes { "BEGIN IMMEDIATE" } else { "BEGIN" }).map_err(unavailable)?;
        Ok(Self { connection, committed: false })
    }

    pub(super) fn commit(&mut self) -> Result<(), Error> {
        self.connection.execute_batch("COMMIT").map_err(unavailable)?;
        self.committed = true;
        Ok(())
    }

    /// Runs one statement and gives the number of rows changed.
    pub(super) fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(unavailable)?;
        statement.execute(parameters).map_err(unavailable)
    }

    pub(super) fn insert_organization(&self, tenant: &str, organization: &Organization) -> Result<(), Error> {
        self.execute(
            "INSERT INTO organization (tenant_id, id, name_fold, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                tenant,
                organization.id.to_string(),
                fold(&organization.name),
                organization.created_at.as_micros(),
                write(organization)?,
            ),
        )
        .map(drop)
        .map_err(|error| named_duplicate(error, "organization"))
    }

    pub(super) fn insert_user(&self, tenant: &str, user: &User) -> Result<(), Error> {
        self.execute(
            "INSERT INTO user (tenant_id, id, issuer, subject, email_fold, organization_id, created_at, version, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                tenant,
                user.id.to_string(),
                &user.issuer,
                &user.subject,
                fold(&user.email),
                user.organization_id.map(|id| id.to_string()),
                user.created_at.as_micros(),
                number(user.version)?,
                write(user)?,
            ),
        )
        .map(drop)
        .map_err(|error| named_duplicate(error, "user"))
    }

    pub(super) fn insert_grant(&self, tenant: &str, grant: &RoleGrant) -> Result<(), Error> {
        self.execute(
            "INSERT INTO role_grant (tenant_id, id, user_id, role, scope, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                tenant,
                grant.id.to_string(),
                grant.user_id.to_string(),
                grant.role.name(),
                write(&grant.scope)?,
                write(grant)?,
            ),
        )
        .map(drop)
        .map_err(|error| named_duplicate(error, "grant"))
    }

    pub(super) fn set_subscription(&self, tenant: &str, subscription: &Subscription) -> Result<(), Error> {
        self.execute(
            "INSERT INTO subscription (tenant_id, id, plan, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (tenant_id) DO UPDATE SET id = ?2, plan = ?3, body = ?4",
            (tenant, subscription.id.to_string(), &subscription.plan, write(subscription)?),
        )
        .map(drop)
    }

    pub(super) fn head(&self, tenant: TenantId) -> Result<AuditHead, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, hash FROM audit_head WHERE tenant_id = ?1")
            .map_err(unavailable)?;
        let head = statement
            .query_row([tenant.to_string()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
            .optional()
            .map_err(unavailable)?;
        match head {
            None => Ok(AuditHead::empty(tenant)),
            Some((seq, hash)) => Ok(AuditHead { seq: count(seq)?, hash }),
        }
    }

    pub(super) fn append_audit(&self, tenant: TenantId, event: &AuditEvent) -> Result<AuditRecord, Error> {
        require_brief(event)?;
        let record = self.head(tenant)?.append(event.clone());
        let (id, seq) = (tenant.to_string(), number(record.seq)?);
        self.execute(
            "INSERT INTO audit (tenant_id, seq, prev_hash, hash, event) VALUES (?1, ?2, ?3, ?4, ?5)",
            (&id, seq, &record.prev_hash, &record.hash, write(event)?),
        )?;
        self.execute(
            "INSERT INTO audit_head (tenant_id, seq, hash) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant_id) DO UPDATE SET seq = ?2, hash = ?3",
            (&id, seq, &record.hash),
        )?;
        Ok(record)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // Where even this fails, closing the connection rolls back.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// A broken rule named by what it was about; a reference to what is not there is absence.
pub(super) fn named_duplicate(error: Error, what: &str) -> Error {
    match error.what() {
        Some(text) if text.contains("FOREIGN KEY") => absent(what),
        _ if error.reason() == Some("duplicate") => duplicate(what),
        _ => error,
    }
}

pub(super) struct Transaction<'s> {
    open: Open<'s>,
    tenant: TenantId,
    id: String,
}

impl<'s> Transaction<'s> {
    pub(super) fn begin(connection: MutexGuard<'s, Connection>, tenant: TenantId, writes: bool) -> Result<Self, Error> {
        let open = Open::begin(connection, writes)?;
        Ok(Self { open, tenant, id: tenant.to_string() })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.open.connection
    }

    pub(super) fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, Error> {
        self.open.execute(sql, parameters)
    }

    /// The tenant's id as its rows name it.
    pub(super) fn tenant_text(&self) -> &str {
        &self.id
    }

    fn raise_auth_version(&self) -> Result<(), Error> {
        let mut tenant: Tenant =
            one(&self.open.connection, "SELECT body FROM tenant WHERE id = ?1", [&self.id], "tenant")?;
        tenant.auth_version += 1;
        self.open
            .execute(
                "UPDATE tenant SET auth_version = ?2, body = ?3 WHERE id = ?1",
                (&self.id, number(tenant.auth_version)?, write(&tenant)?),
            )
            .map(drop)
    }

    fn all_grants(&self) -> Result<Vec<RoleGrant>, Error> {
        many(&self.open.connection, "SELECT body FROM role_grant WHERE tenant_id = ?1", [&self.id])
    }

    fn replace_user(&self, user: &User) -> Result<(), Error> {
        self.open
            .execute(
                "UPDATE user SET email_fold = ?3, organization_id = ?4, version = ?5, body = ?6
                 WHERE tenant_id = ?1 AND id = ?2",
                (
                    &self.id,
                    user.id.to_string(),
                    fold(&user.email),
                    user.organization_id.map(|id| id.to_string()),
                    number(user.version)?,
                    write(user)?,
                ),
            )
            .map_err(|error| named_duplicate(error, "user"))?;
        self.raise_auth_version()
    }

    fn require_organization(&mut self, id: Option<OrganizationId>) -> Result<(), Error> {
        id.map_or(Ok(()), |id| self.organization(id).map(drop))
    }
}

impl TenantRead for Transaction<'_> {
    fn auth_version(&mut self) -> Result<u64, Error> {
        auth_version(&self.open.connection, &self.id)
    }

    fn run(&mut self, id: RunId) -> Result<Run, Error> {
        self.run_by_id(id)
    }

    fn run_by_key(&mut self, owner: UserId, key: &str) -> Result<Option<Run>, Error> {
        self.run_of_key(owner, key)
    }

    fn list_runs(&mut self, shown: &Visibility, after: Option<RunCursor>, size: usize) -> Result<Vec<Run>, Error> {
        self.runs_shown(shown, after, size)
    }

    fn user(&mut self, id: UserId) -> Result<User, Error> {
        let sql = "SELECT body FROM user WHERE tenant_id = ?1 AND id = ?2";
        one(&self.open.connection, sql, (&self.id, id.to_string()), "user")
    }

    fn user_by_identity(&mut self, issuer: &str, subject: &str) -> Result<User, Error> {
        let sql = "SELECT body FROM user WHERE tenant_id = ?1 AND issuer = ?2 AND subject = ?3";
        one(&self.open.connection, sql, (&self.id, issuer, subject), "user")
    }

    fn list_grants(&mut self, user: UserId) -> Result<Vec<RoleGrant>, Error> {
        let sql = "SELECT body FROM role_grant WHERE tenant_id = ?1 AND user_id = ?2";
        let mut grants: Vec<RoleGrant> = many(&self.open.connection, sql, (&self.id, user.to_string()))?;
        grants.sort_unstable_by_key(|grant| grant.id);
        Ok(grants)
    }

    fn list_users(&mut self) -> Result<Vec<User>, Error> {
        many(&self.open.connection, "SELECT body FROM user WHERE tenant_id = ?1 ORDER BY created_at, id", [&self.id])
    }

    fn organization(&mut self, id: OrganizationId) -> Result<Organization, Error> {
        let sql = "SELECT body FROM organization WHERE tenant_id = ?1 AND id = ?2";
        one(&self.open.connection, sql, (&self.id, id.to_string()), "organization")
    }

    fn list_organizations(&mut self) -> Result<Vec<Organization>, Error> {
        let sql = "SELECT body FROM organization WHERE tenant_id = ?1 ORDER BY created_at, id";
        many(&self.open.connection, sql, [&self.id])
    }

    fn subscription(&mut self) -> Result<Subscription, Error> {
        let sql = "SELECT body FROM subscription WHERE tenant_id = ?1";
        one(&self.open.connection, sql, [&self.id], "subscription")
    }

    fn quota(&mut self, kind: LimitKind, window: Timestamp, now: Timestamp) -> Result<u64, Error> {
        self.counted(kind, window, now)
    }

    fn usage_total(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<u64, Error> {
        self.usage_between(kind, from, to)
    }

    fn audit(&mut self) -> Result<(Vec<AuditRecord>, AuditHead), Error> {
        Ok((self.audit_after(0, usize::MAX)?, self.audit_head()?))
    }

    fn audit_after(&mut self, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        let mut statement = self
            .open
            .connection
            .prepare_cached(
                "SELECT seq, prev_hash, hash, event FROM audit WHERE tenant_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )
            .map_err(unavailable)?;
        // What is beyond the largest position is after all of them.
        let held = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let rows = statement
            .query_map((&self.id, held(after), held(size as u64)), |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
            })
            .map_err(unavailable)?;
        rows.map(|row| {
            let (seq, prev_hash, hash, event) = row.map_err(unavailable)?;
            let event = serde_json::from_str(&event)
                .map_err(|cause| Error::internal("unreadable_row", format!("audit record {seq}: {cause}")))?;
            Ok(AuditRecord { seq: count(seq)?, event, prev_hash, hash })
        })
        .collect()
    }

    fn audit_head(&mut self) -> Result<AuditHead, Error> {
        self.open.head(self.tenant)
    }

    fn routing(&mut self) -> Result<Option<RoutingDocument>, Error> {
        Ok(self.routing_history(1)?.pop())
    }

    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error> {
        let sql = "SELECT version, config, actor, at FROM routing WHERE tenant_id = ?2 ORDER BY version DESC LIMIT ?1";
        routing_documents(&self.open.connection, sql, size, Some(&self.id))
    }
}

impl TenantTx for Transaction<'_> {
    fn insert_run(&mut self, run: &Run) -> Result<(), Error> {
        self.user(run.owner_id)?;
        self.require_organization(run.organization_id)?;
        self.keep_run(run)
    }

    fn insert_user(&mut self, user: &User) -> Result<(), Error> {
        self.require_organization(user.organization_id)?;
        self.open.insert_user(&self.id, user)?;
        self.raise_auth_version()
    }

    fn insert_organization(&mut self, organization: &Organization) -> Result<(), Error> {
        self.open.insert_organization(&self.id, organization)
    }

    fn insert_grant(&mut self, grant: &RoleGrant) -> Result<(), Error> {
        self.user(grant.user_id)?;
        if let GrantScope::Organization(id) = grant.scope {
            self.require_organization(Some(id))?;
        }
        self.open.insert_grant(&self.id, grant)?;
        self.raise_auth_version()
    }

    fn set_user_active(&mut self, id: UserId, expected: u64, active: bool) -> Result<User, Error> {
        let user = self.user(id)?;
        require_version("user", expected, user.version)?;
        let after = User { active, version: user.version + 1, ..user };
        let (before, grants) = (self.list_users()?, self.all_grants()?);
        let users: Vec<_> =
            before.iter().map(|user| if user.id == id { after.clone() } else { user.clone() }).collect();
        require_administered(&before, &grants, &users, &grants)?;
        self.replace_user(&after)?;
        Ok(after)
    }

    fn update_user(&mut self, id: UserId, expected: u64, patch: &UserPatch) -> Result<User, Error> {
        let user = self.user(id)?;
        require_version("user", expected, user.version)?;
        let after = patch.applied(&user);
        self.require_organization(after.organization_id)?;
        self.replace_user(&after)?;
        Ok(after)
    }

    fn set_organization_active(
        &mut self,
        id: OrganizationId,
        expected: u64,
        active: bool,
    ) -> Result<Organization, Error> {
        let organization = self.organization(id)?;
        require_version("organization", expected, organization.version)?;
        let after = Organization { active, version: organization.version + 1, ..organization };
        self.open.execute(
            "UPDATE organization SET body = ?3 WHERE tenant_id = ?1 AND id = ?2",
            (&self.id, id.to_string(), write(&after)?),
        )?;
        self.raise_auth_version()?;
        Ok(after)
    }

    fn remove_grant(&mut self, id: GrantId) -> Result<(), Error> {
        let (users, before) = (self.list_users()?, self.all_grants()?);
        let grants: Vec<_> = before.iter().filter(|grant| grant.id != id).cloned().collect();
        if grants.len() == before.len() {
            return Err(absent("grant"));
        }
        require_administered(&users, &before, &users, &grants)?;
        let sql = "DELETE FROM role_grant WHERE tenant_id = ?1 AND id = ?2";
        self.open.execute(sql, (&self.id, id.to_string()))?;
        self.raise_auth_version()
    }

    fn set_subscription(&mut self, expected: u64, subscription: &Subscription) -> Result<(), Error> {
        require_next("subscription", subscription.version, expected, self.subscription()?.version)?;
        self.open.set_subscription(&self.id, subscription)?;
        self.raise_auth_version()
    }

    fn reserve(&mut self, reservation: &Reservation, limit: Limit, now: Timestamp) -> Result<(), Error> {
        self.hold(reservation, limit, now)
    }

    fn commit_reservation(
        &mut self,
        id: ReservationId,
        actual: u64,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.count_held(id, actual, limit, now)
    }

    fn release_reservation(&mut self, id: ReservationId) -> Result<(), Error> {
        self.let_go(id)
    }

    fn record_usage(&mut self, event: &UsageEvent) -> Result<Recorded, Error> {
        self.count_once(event)
    }

    fn append_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        self.open.append_audit(self.tenant, event)
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        let current = self.routing()?.map_or(0, |document| document.version);
        require_next("routing", document.version, expected, current)?;
        self.open
            .execute(
                "INSERT INTO routing (tenant_id, version, config, actor, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    &self.id,
                    number(document.version)?,
                    document.config.to_string(),
                    &document.actor,
                    document.at.as_micros(),
                ),
            )
            .map(drop)
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        self.open.commit()
    }
}
