//! Tenants made once and changed by operators, in any database.

use super::platform::PlatformTransaction;
use super::{Connection, Held, ORGANIZATION, SUBSCRIPTION, Scope, TENANT, chain::Log, number, one, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{
    FirstProvision, PlatformTx as _, ProvisioningTx, TenantPatch, duplicate, fold, provisioning::Remembered,
};
use crate::tenancy::{AuditEvent, AuditRecord, Tenant};

/// The tenant of a host name of its own.
pub(super) const BY_DOMAIN: &str = "SELECT body FROM tenant WHERE domain = ?1";

/// The tenant that was made under a key, and what it remembers of it.
pub(super) const BY_KEY: &str = "SELECT body, made FROM tenant WHERE idem_key = ?1";

/// Does `work` in the tenant's own name: what it owns the platform may neither read nor write.
pub(super) fn in_name_of<T>(
    connection: &dyn Connection,
    tenant: TenantId,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    connection.act_for(Scope::Tenant(tenant))?;
    let done = work();
    // Whatever came of it, the rest of the transaction is no longer the tenant's.
    let back = connection.act_for(Scope::Platform);
    done.and_then(|done| back.map(|()| done))
}

impl ProvisioningTx for PlatformTransaction<'_> {
    fn provisioned(&mut self, key: &str) -> Result<Option<FirstProvision>, Error> {
        let connection = &*self.connection;
        let rows = connection.query(BY_KEY, &[key.into()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (tenant, made): (Tenant, Remembered) = (row.body(0)?, row.body(1)?);
        in_name_of(connection, tenant.id, || {
            let user = "SELECT body FROM \"user\" WHERE tenant_id = ?1 AND id = ?2";
            let id = tenant.id;
            Ok(Some(FirstProvision {
                digest: made.digest,
                tenant,
                organization: one(connection, ORGANIZATION, &[id.into(), made.organization.into()], "organization")?,
                admin: one(connection, user, &[id.into(), made.admin.into()], "user")?,
                subscription: one(connection, SUBSCRIPTION, &[id.into()], "subscription")?,
            }))
        })
    }

    fn tenant_by_domain(&mut self, domain: &str) -> Result<Tenant, Error> {
        one(&*self.connection, BY_DOMAIN, &[domain.into()], "tenant")
    }

    fn update_tenant(&mut self, id: TenantId, expected: u64, patch: &TenantPatch) -> Result<Tenant, Error> {
        let connection = &*self.connection;
        connection.hold(Held::Tenant(id))?;
        let after = patch.applied(&one(connection, TENANT, &[id.into()], "tenant")?, expected)?;
        if let Some(domain) = &after.domain {
            let others = connection
                .query("SELECT body FROM tenant WHERE domain = ?1 AND id <> ?2", &[domain.into(), id.into()])?;
            if !others.is_empty() {
                return Err(duplicate("tenant"));
            }
        }
        connection.execute(
            "UPDATE tenant SET name_fold = ?2, domain = ?3, version = ?4, body = ?5 WHERE id = ?1",
            &[
                id.into(),
                fold(&after.name).into(),
                (&after.domain).into(),
                number(after.version)?.into(),
                write(&after)?.into(),
            ],
        )?;
        Ok(after)
    }

    fn append_to(&mut self, id: TenantId, event: &AuditEvent) -> Result<AuditRecord, Error> {
        self.connection.hold(Held::Tenant(id))?;
        // Not every database has found out by holding it whether it is there.
        self.tenant(id)?;
        let connection = &*self.connection;
        in_name_of(connection, id, || Log(Some(id)).append(connection, &self.origin, event))
    }
}
