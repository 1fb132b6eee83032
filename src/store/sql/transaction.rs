//! A tenant's transaction, in any database.

use std::sync::Arc;

use super::{
    Connection, GRANTS_OF_USER, ORGANIZATION, Parameter, TENANT, USER_BY_IDENTITY, amounts, at_most, auth_version,
    count, entities, many, maybe, number, one, routing_documents, runs, write,
};
use crate::error::Error;
use crate::id::{GrantId, OrganizationId, ReservationId, RunId, TenantId, UserId};
use crate::store::roles::{Governed, require_grantable};
use crate::store::{
    RoleRead as _, RoutingDocument, TenantRead, TenantTx, UserPatch, duplicate, fold, require_organization_keys,
    require_routable, require_user_names, require_version,
};
use crate::tenancy::{Limit, Organization, Origin, Recorded, Reservation, RoleGrant, Run, Tenant, UsageEvent, User};
use crate::time::Timestamp;

pub(in crate::store) struct Transaction<'s> {
    pub(super) connection: Box<dyn Connection + 's>,
    pub(super) tenant: TenantId,
    /// From where the request came that it is for.
    pub(super) origin: Arc<Origin>,
}

impl<'s> Transaction<'s> {
    pub(super) fn new(connection: Box<dyn Connection + 's>, tenant: TenantId, origin: &Arc<Origin>) -> Self {
        Self { connection, tenant, origin: origin.clone() }
    }

    /// The tenant as the first parameter of its statements.
    pub(super) fn tenant(&self) -> Parameter<'static> {
        self.tenant.into()
    }

    fn one<T: serde::de::DeserializeOwned>(&self, sql: &str, id: Parameter<'_>, what: &str) -> Result<T, Error> {
        one(&*self.connection, sql, &[self.tenant(), id], what)
    }

    pub(super) fn raise_auth_version(&self) -> Result<(), Error> {
        let mut tenant: Tenant = one(&*self.connection, TENANT, &[self.tenant()], "tenant")?;
        tenant.auth_version += 1;
        self.connection
            .execute(
                "UPDATE tenant SET auth_version = ?2, body = ?3 WHERE id = ?1",
                &[self.tenant(), number(tenant.auth_version)?.into(), write(&tenant)?.into()],
            )
            .map(drop)
    }

    pub(super) fn replace_user(&self, user: &User) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE \"user\" SET email_fold = ?3, organization_id = ?4, version = ?5, body = ?6, name_fold = ?7
             WHERE tenant_id = ?1 AND id = ?2",
            &[
                self.tenant(),
                user.id.into(),
                fold(&user.email).into(),
                user.organization_id.into(),
                number(user.version)?.into(),
                write(user)?.into(),
                fold(&user.display_name).into(),
            ],
        )?;
        self.raise_auth_version()
    }

    fn replace_organization(&self, organization: &Organization) -> Result<(), Error> {
        self.connection.execute(
            "UPDATE organization SET body = ?3, name_fold = ?4, active = ?5 WHERE tenant_id = ?1 AND id = ?2",
            &[
                self.tenant(),
                organization.id.into(),
                write(organization)?.into(),
                fold(&organization.name).into(),
                i64::from(organization.active).into(),
            ],
        )?;
        self.raise_auth_version()
    }

    pub(super) fn require_organization(&mut self, id: Option<OrganizationId>) -> Result<(), Error> {
        id.map_or(Ok(()), |id| self.organization(id).map(drop))
    }

    /// Refuses an address that another user has.
    fn require_own_address(&self, user: &User) -> Result<(), Error> {
        require_user_names(user)?;
        let sql = "SELECT id FROM \"user\" WHERE tenant_id = ?1 AND email_fold = ?2 AND id <> ?3";
        let others = self.connection.query(sql, &[self.tenant(), fold(&user.email).into(), user.id.into()])?;
        if others.is_empty() { Ok(()) } else { Err(duplicate("user")) }
    }
}

impl TenantRead for Transaction<'_> {
    fn auth_version(&mut self) -> Result<u64, Error> {
        auth_version(&*self.connection, self.tenant)
    }

    fn run(&mut self, id: RunId) -> Result<Run, Error> {
        self.one(runs::BY_ID, id.into(), "run")
    }

    fn run_by_key(&mut self, owner: UserId, key: &str) -> Result<Option<Run>, Error> {
        maybe(&*self.connection, runs::BY_KEY, &[self.tenant(), owner.into(), key.into()])
    }

    fn user(&mut self, id: UserId) -> Result<User, Error> {
        self.one("SELECT body FROM \"user\" WHERE tenant_id = ?1 AND id = ?2", id.into(), "user")
    }

    fn user_by_identity(&mut self, issuer: &str, subject: &str) -> Result<User, Error> {
        one(&*self.connection, USER_BY_IDENTITY, &[self.tenant(), issuer.into(), subject.into()], "user")
    }

    fn list_grants(&mut self, user: UserId) -> Result<Vec<RoleGrant>, Error> {
        many(&*self.connection, GRANTS_OF_USER, &[self.tenant(), user.into()])
    }

    fn list_users(&mut self) -> Result<Vec<User>, Error> {
        let sql = "SELECT body FROM \"user\" WHERE tenant_id = ?1 ORDER BY created_at, id";
        many(&*self.connection, sql, &[self.tenant()])
    }

    fn organization(&mut self, id: OrganizationId) -> Result<Organization, Error> {
        self.one(ORGANIZATION, id.into(), "organization")
    }

    fn list_organizations(&mut self) -> Result<Vec<Organization>, Error> {
        let sql = "SELECT body FROM organization WHERE tenant_id = ?1 ORDER BY created_at, id";
        many(&*self.connection, sql, &[self.tenant()])
    }

    fn routing(&mut self) -> Result<Option<RoutingDocument>, Error> {
        Ok(self.routing_history(1)?.pop())
    }

    fn routing_version(&mut self) -> Result<u64, Error> {
        let sql = "SELECT coalesce(max(version), 0) FROM routing WHERE tenant_id = ?1";
        count(&*self.connection, sql, &[self.tenant()])
    }

    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error> {
        let sql = "SELECT version, config, actor, at FROM routing WHERE tenant_id = ?1 ORDER BY version DESC LIMIT ?2";
        routing_documents(&self.connection.query(sql, &[self.tenant(), at_most(size)])?)
    }

    fn kept_bytes(&mut self) -> Result<u64, Error> {
        let sum = |table: &str| count(&*self.connection, &(self.connection.dialect().bytes)(table), &[self.tenant()]);
        Ok(sum("run")? + sum("scenario")? + sum("note")?)
    }
}

impl TenantTx for Transaction<'_> {
    fn insert_run(&mut self, run: &Run) -> Result<(), Error> {
        self.user(run.owner_id)?;
        self.require_organization(run.organization_id)?;
        runs::insert(&*self.connection, self.tenant, run)
    }

    fn insert_user(&mut self, user: &User) -> Result<(), Error> {
        self.require_organization(user.organization_id)?;
        entities::insert_user(&*self.connection, self.tenant, user)?;
        self.raise_auth_version()
    }

    fn insert_organization(&mut self, organization: &Organization) -> Result<(), Error> {
        entities::insert_organization(&*self.connection, self.tenant, organization)
    }

    fn insert_grant(&mut self, grant: &RoleGrant) -> Result<(), Error> {
        require_grantable(self, grant)?;
        entities::insert_grant(&*self.connection, self.tenant, grant)?;
        self.raise_auth_version()
    }

    fn set_user_active(&mut self, id: UserId, expected: u64, active: bool) -> Result<User, Error> {
        let user = self.user(id)?;
        require_version("user", expected, user.version)?;
        let after = User { active, version: user.version + 1, ..user };
        if !active {
            let before = Governed::of(self)?;
            before.require_administered(&before.with_user(&after))?;
        }
        self.replace_user(&after)?;
        Ok(after)
    }

    fn update_user(&mut self, id: UserId, expected: u64, patch: &UserPatch) -> Result<User, Error> {
        let user = self.user(id)?;
        require_version("user", expected, user.version)?;
        let after = patch.applied(&user);
        self.require_organization(after.organization_id)?;
        self.require_own_address(&after)?;
        if patch.organization_id.is_some() {
            let before = Governed::of(self)?;
            before.require_administered(&before.with_user(&after))?;
        }
        self.replace_user(&after)?;
        Ok(after)
    }

    fn erase_user(&mut self, id: UserId, expected: u64) -> Result<User, Error> {
        self.erase(id, expected)
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
        if !active {
            let before = Governed::of(self)?;
            before.require_administered(&before.with_organization(&after))?;
        }
        self.replace_organization(&after)?;
        Ok(after)
    }

    fn rename_organization(&mut self, id: OrganizationId, expected: u64, name: &str) -> Result<Organization, Error> {
        let organization = self.organization(id)?;
        require_version("organization", expected, organization.version)?;
        let after = Organization { name: name.to_owned(), version: organization.version + 1, ..organization };
        require_organization_keys(&after)?;
        let sql = "SELECT id FROM organization WHERE tenant_id = ?1 AND name_fold = ?2 AND id <> ?3";
        if !self.connection.query(sql, &[self.tenant(), fold(name).into(), id.into()])?.is_empty() {
            return Err(duplicate("organization"));
        }
        self.replace_organization(&after)?;
        Ok(after)
    }

    fn remove_grant(&mut self, id: GrantId) -> Result<(), Error> {
        self.grant(id)?;
        let before = Governed::of(self)?;
        before.require_administered(&before.without_grant(id))?;
        let sql = "DELETE FROM role_grant WHERE tenant_id = ?1 AND id = ?2";
        self.connection.execute(sql, &[self.tenant(), id.into()])?;
        self.raise_auth_version()
    }

    fn reserve(&mut self, reservation: &Reservation, limit: Limit, now: Timestamp) -> Result<(), Error> {
        amounts::hold(&*self.connection, self.tenant, reservation, limit, now)
    }

    fn commit_reservation(
        &mut self,
        id: ReservationId,
        actual: u64,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        amounts::count_held(&*self.connection, self.tenant, id, actual, limit, now)
    }

    fn release_reservation(&mut self, id: ReservationId) -> Result<(), Error> {
        amounts::let_go(&*self.connection, self.tenant, id)
    }

    fn record_usage(&mut self, event: &UsageEvent) -> Result<Recorded, Error> {
        amounts::count_once(&*self.connection, self.tenant, event)
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        require_routable(document, expected, self.routing_version()?)?;
        self.connection
            .execute(
                "INSERT INTO routing (tenant_id, version, config, actor, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                &[
                    self.tenant(),
                    number(document.version)?.into(),
                    document.config.to_string().into(),
                    (&document.actor).into(),
                    document.at.into(),
                ],
            )
            .map(drop)
    }
}
