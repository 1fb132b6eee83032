//! Tenants as the platform sees them, and the global routing.

use std::sync::MutexGuard;

use rusqlite::Connection;

use super::transaction::{Open, named_duplicate};
use super::{count, many, number, one, routing_documents, unavailable, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{PlatformTx, Provision, RoutingDocument, require_next, require_version};
use crate::tenancy::{Slug, Tenant, TenantStatus};

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
        one(self.open.connection(), "SELECT body FROM tenant WHERE id = ?1", [id.to_string()], "tenant")
    }

    fn tenant_by_slug(&mut self, slug: &Slug) -> Result<Tenant, Error> {
        one(self.open.connection(), "SELECT body FROM tenant WHERE slug = ?1", [slug.to_string()], "tenant")
    }

    fn list_tenants(&mut self) -> Result<Vec<Tenant>, Error> {
        many(self.open.connection(), "SELECT body FROM tenant ORDER BY created_at, id", [])
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
        routing_documents(self.open.connection(), sql, size, None)
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        let sql = "SELECT coalesce(max(version), 0) FROM global_routing";
        let current = self.open.connection().query_row(sql, [], |row| row.get(0)).map_err(unavailable)?;
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
