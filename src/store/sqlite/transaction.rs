//! Transactions on the file. One that is dropped without commit is rolled back.

use std::sync::MutexGuard;

use rusqlite::{Connection, OptionalExtension};

use super::{auth_version, count, many, maybe, number, one, read, routing_documents, unavailable, write};
use crate::error::Error;
use crate::id::{GrantId, OrganizationId, ReservationId, RunId, TenantId, UserId};
use crate::store::{
    PlatformTx, Provision, RoutingDocument, RunCursor, TenantRead, TenantTx, UserPatch, absent, compare_usage,
    duplicate, fold, require_administered, require_brief, require_countable, require_next, require_open,
    require_version, require_within, usage_sum,
};
use crate::tenancy::{
    AuditEvent, AuditHead, AuditRecord, GrantScope, Limit, LimitKind, Organization, Recorded, Reservation,
    ReservationState, RoleGrant, Run, Slug, Subscription, Tenant, TenantStatus, UsageEvent, UsageKind, User,
    Visibility,
};
use crate::time::Timestamp;

/// Kind, window, amount, state and end of a reservation.
type ReservationColumns = (String, i64, i64, String, i64);

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

    fn commit(&mut self) -> Result<(), Error> {
        self.connection.execute_batch("COMMIT").map_err(unavailable)?;
        self.committed = true;
        Ok(())
    }

    /// Runs one statement and gives the number of rows changed.
    fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(unavailable)?;
        statement.execute(parameters).map_err(unavailable)
    }

    fn insert_organization(&self, tenant: &str, organization: &Organization) -> Result<(), Error> {
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

    fn insert_user(&self, tenant: &str, user: &User) -> Result<(), Error> {
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

    fn insert_grant(&self, tenant: &str, grant: &RoleGrant) -> Result<(), Error> {
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

    fn set_subscription(&self, tenant: &str, subscription: &Subscription) -> Result<(), Error> {
        self.execute(
            "INSERT INTO subscription (tenant_id, id, plan, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (tenant_id) DO UPDATE SET id = ?2, plan = ?3, body = ?4",
            (tenant, subscription.id.to_string(), &subscription.plan, write(subscription)?),
        )
        .map(drop)
    }

    fn head(&self, tenant: TenantId) -> Result<AuditHead, Error> {
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

    fn append_audit(&self, tenant: TenantId, event: &AuditEvent) -> Result<AuditRecord, Error> {
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
fn named_duplicate(error: Error, what: &str) -> Error {
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

    fn reservation(&self, id: ReservationId) -> Result<Reservation, Error> {
        let mut statement = self
            .open
            .connection
            .prepare_cached(
                "SELECT kind, window_start, amount, state, expires_at FROM reservation WHERE tenant_id = ?1 AND id = ?2",
            )
            .map_err(unavailable)?;
        let row: Option<ReservationColumns> = statement
            .query_row((&self.id, id.to_string()), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()
            .map_err(unavailable)?;
        let (kind, window, amount, state, expires) = row.ok_or_else(|| absent("reservation"))?;
        Ok(Reservation {
            id,
            kind: read(&kind)?,
            window: Timestamp::from_micros(window),
            amount: count(amount)?,
            state: read(&state)?,
            expires_at: Timestamp::from_micros(expires),
        })
    }

    fn set_reservation_state(&self, id: ReservationId, state: ReservationState) -> Result<(), Error> {
        self.open
            .execute(
                "UPDATE reservation SET state = ?3 WHERE tenant_id = ?1 AND id = ?2",
                (&self.id, id.to_string(), write(&state)?),
            )
            .map(drop)
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
        grants.sort_by_key(|grant| grant.id);
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
        let mut statement = self
            .open
            .connection
            .prepare_cached(
                "SELECT coalesce((SELECT committed FROM quota_counter
                                  WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3), 0)
                      + coalesce((SELECT sum(amount) FROM reservation
                                  WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3 AND state = ?4
                                    AND expires_at > ?5), 0)",
            )
            .map_err(unavailable)?;
        let open = write(&ReservationState::Open)?;
        let parameters = (&self.id, write(&kind)?, window.as_micros(), open, now.as_micros());
        count(statement.query_row(parameters, |row| row.get(0)).map_err(unavailable)?)
    }

    fn usage_total(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<u64, Error> {
        let mut statement = self
            .open
            .connection
            .prepare_cached(
                // In two halves, so that no sum of SQLite's own overflows.
                "SELECT coalesce(sum(quantity >> 32), 0), coalesce(sum(quantity & 4294967295), 0) FROM usage_event
                 WHERE tenant_id = ?1 AND kind = ?2 AND at >= ?3 AND at < ?4",
            )
            .map_err(unavailable)?;
        let parameters = (&self.id, kind.name(), from.as_micros(), to.as_micros());
        let halves = statement.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?))).map_err(unavailable)?;
        usage_sum((u128::from(count(halves.0)?) << 32) + u128::from(count(halves.1)?))
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
        require_open(reservation)?;
        let used = self.quota(reservation.kind, reservation.window, now)?;
        require_within(reservation.kind, limit, used, reservation.amount)?;
        self.open
            .execute(
                "INSERT INTO reservation (tenant_id, id, kind, window_start, amount, state, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    &self.id,
                    reservation.id.to_string(),
                    write(&reservation.kind)?,
                    reservation.window.as_micros(),
                    number(reservation.amount)?,
                    write(&reservation.state)?,
                    reservation.expires_at.as_micros(),
                ),
            )
            .map(drop)
            .map_err(|error| named_duplicate(error, "reservation"))
    }

    fn commit_reservation(
        &mut self,
        id: ReservationId,
        actual: u64,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        let held = self.reservation(id)?;
        if held.state != ReservationState::Open || actual > held.amount {
            return Err(Error::conflict("illegal_transition", "a reservation commits once, and at most what it holds"));
        }
        if now >= held.expires_at {
            let used = self.quota(held.kind, held.window, now)?;
            require_within(held.kind, limit, used, actual)?;
        }
        self.open.execute(
            "INSERT INTO quota_counter (tenant_id, kind, window_start, committed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (tenant_id, kind, window_start) DO UPDATE SET committed = committed + ?4",
            (&self.id, write(&held.kind)?, held.window.as_micros(), number(actual)?),
        )?;
        self.set_reservation_state(id, ReservationState::Committed)
    }

    fn release_reservation(&mut self, id: ReservationId) -> Result<(), Error> {
        if self.reservation(id)?.state == ReservationState::Committed {
            return Err(Error::conflict("illegal_transition", "a committed reservation cannot be released"));
        }
        self.set_reservation_state(id, ReservationState::Released)
    }

    fn record_usage(&mut self, event: &UsageEvent) -> Result<Recorded, Error> {
        let sql = "SELECT body FROM usage_event WHERE tenant_id = ?1 AND idem_key = ?2";
        if let Some(known) = maybe::<UsageEvent>(&self.open.connection, sql, (&self.id, &event.idem_key))? {
            return compare_usage(&known, event);
        }
        require_countable(event)?;
        self.open.execute(
            "INSERT INTO usage_event (tenant_id, idem_key, kind, quantity, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                &self.id,
                &event.idem_key,
                event.kind.name(),
                number(event.quantity)?,
                event.at.as_micros(),
                write(event)?,
            ),
        )?;
        Ok(Recorded::New)
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

pub(super) struct PlatformTransaction<'s> {
    open: Open<'s>,
}

impl<'s> PlatformTransaction<'s> {
    pub(super) fn begin(connection: MutexGuard<'s, Connection>) -> Result<Self, Error> {
        Ok(Self { open: Open::begin(connection, true)? })
    }
}

impl PlatformTx for PlatformTransaction<'_> {
    fn provision(&mut self, provision: &Provision) -> Result<(), Error> {
        let Provision { tenant, organization, admin, grant, subscription, event } = provision;
        let id = tenant.id.to_string();
        self.open
            .execute(
                "INSERT INTO tenant (id, slug, created_at, auth_version, version, status, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    &id,
                    tenant.slug.to_string(),
                    tenant.created_at.as_micros(),
                    number(tenant.auth_version)?,
                    number(tenant.version)?,
                    write(&tenant.status)?,
                    write(tenant)?,
                ),
            )
            .map_err(|error| named_duplicate(error, "tenant"))?;
        self.open.insert_organization(&id, organization)?;
        self.open.insert_user(&id, admin)?;
        self.open.insert_grant(&id, grant)?;
        self.open.set_subscription(&id, subscription)?;
        self.open.append_audit(tenant.id, event).map(drop)
    }

    fn tenant(&mut self, id: TenantId) -> Result<Tenant, Error> {
        one(&self.open.connection, "SELECT body FROM tenant WHERE id = ?1", [id.to_string()], "tenant")
    }

    fn tenant_by_slug(&mut self, slug: &Slug) -> Result<Tenant, Error> {
        one(&self.open.connection, "SELECT body FROM tenant WHERE slug = ?1", [slug.to_string()], "tenant")
    }

    fn list_tenants(&mut self) -> Result<Vec<Tenant>, Error> {
        many(&self.open.connection, "SELECT body FROM tenant ORDER BY created_at, id", [])
    }

    fn set_status(&mut self, id: TenantId, expected: u64, status: TenantStatus) -> Result<Tenant, Error> {
        let mut tenant = self.tenant(id)?;
        require_version("tenant", expected, tenant.version)?;
        tenant.status = status;
        tenant.version += 1;
        tenant.auth_version += 1;
        self.open.execute(
            "UPDATE tenant SET status = ?2, version = ?3, auth_version = ?4, body = ?5 WHERE id = ?1",
            (id.to_string(), write(&status)?, number(tenant.version)?, number(tenant.auth_version)?, write(&tenant)?),
        )?;
        Ok(tenant)
    }

    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error> {
        let sql = "SELECT version, config, actor, at FROM global_routing ORDER BY version DESC LIMIT ?1";
        routing_documents(&self.open.connection, sql, size, None)
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        let sql = "SELECT coalesce(max(version), 0) FROM global_routing";
        let current = self.open.connection.query_row(sql, [], |row| row.get(0)).map_err(unavailable)?;
        let current = count(current)?;
        require_next("routing", document.version, expected, current)?;
        self.open
            .execute(
                "INSERT INTO global_routing (version, config, actor, at) VALUES (?1, ?2, ?3, ?4)",
                (number(document.version)?, document.config.to_string(), &document.actor, document.at.as_micros()),
            )
            .map(drop)
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        self.open.commit()
    }
}
