//! Tenants as the platform sees them, and the routing of everyone, in any database.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    Connection, Held, Parameter, TENANT, at_most, billing, chain::Log, entities, global_routing,
    global_routing_version, number, one, provisioning::in_name_of, ranges, roles, write,
};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{
    DueTenant, Listing, PlatformTx, Provision, RoutingDocument, Slice, fold, provisioning::Remembered,
    require_provisionable, require_routable, require_version,
};
use crate::tenancy::{ControlRequest, Origin, Redaction, Slug, Tenant, TenantStatus};
use crate::time::Timestamp;

pub(in crate::store) struct PlatformTransaction<'s> {
    pub(super) connection: Box<dyn Connection + 's>,
    /// From where the request came that it is for.
    pub(super) origin: Arc<Origin>,
}

impl<'s> PlatformTransaction<'s> {
    pub(super) fn new(connection: Box<dyn Connection + 's>, origin: &Arc<Origin>) -> Self {
        Self { connection, origin: origin.clone() }
    }
}

impl PlatformTx for PlatformTransaction<'_> {
    fn provision(&mut self, provision: &Provision) -> Result<(), Error> {
        let Provision { tenant, organization, admin, grant, subscription, change, invoices, event, key } = provision;
        let connection = &*self.connection;
        require_provisionable(provision)?;
        let made = key.as_ref().map(|key| {
            write(&Remembered { digest: key.digest.clone(), organization: organization.id, admin: admin.id })
        });
        entities::insert(
            connection,
            "INSERT INTO tenant (id, slug, created_at, auth_version, version, status, body, name_fold, plan,
                 domain, idem_key, made)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
            &[
                tenant.id.into(),
                tenant.slug.to_string().into(),
                tenant.created_at.into(),
                number(tenant.auth_version)?.into(),
                number(tenant.version)?.into(),
                write(&tenant.status)?.into(),
                write(tenant)?.into(),
                fold(&tenant.name).into(),
                (&subscription.plan).into(),
                (&tenant.domain).into(),
                Parameter::Text(key.as_ref().map(|key| key.key.as_str().into())),
                Parameter::Text(made.transpose()?.map(Into::into)),
            ],
            "tenant",
        )?;
        in_name_of(connection, tenant.id, || {
            entities::insert_organization(connection, tenant.id, organization)?;
            entities::insert_user(connection, tenant.id, admin)?;
            roles::insert_built_in(connection, tenant.id, tenant.created_at)?;
            entities::insert_grant(connection, tenant.id, grant)?;
            entities::set_subscription(connection, tenant.id, subscription)?;
            billing::set_due(connection, tenant.id, subscription)?;
            billing::insert_change(connection, tenant.id, change)?;
            for draft in invoices {
                billing::issue(connection, tenant.id, draft)?;
            }
            Log(Some(tenant.id)).append(connection, &self.origin, event).map(drop)
        })
    }

    fn tenant(&mut self, id: TenantId) -> Result<Tenant, Error> {
        one(&*self.connection, TENANT, &[id.into()], "tenant")
    }

    fn tenant_by_slug(&mut self, slug: &Slug) -> Result<Tenant, Error> {
        one(&*self.connection, "SELECT body FROM tenant WHERE slug = ?1", &[slug.to_string().into()], "tenant")
    }

    fn page_tenants(&mut self, listing: &Listing) -> Result<Slice<Tenant>, Error> {
        ranges::page(&*self.connection, None, listing)
    }

    fn tenants_due(&mut self, now: Timestamp, after: Option<DueTenant>, size: usize) -> Result<Vec<DueTenant>, Error> {
        let (at, id) = after.map_or((Timestamp::from_micros(i64::MIN).into(), Uuid::nil().into()), |after| {
            (Parameter::from(after.due_at), Parameter::from(after.tenant))
        });
        let rows = self
            .connection
            .query(billing::DUE, &[now.into(), at, id, write(&TenantStatus::Deactivated)?.into(), at_most(size)])?;
        rows.iter().map(|row| Ok(DueTenant { due_at: row.at(0)?, tenant: row.tenant(1)? })).collect()
    }

    fn tenants_undelivered(&mut self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error> {
        let after = after.map_or_else(|| Uuid::nil().into(), Parameter::from);
        self.connection.query(billing::UNDELIVERED, &[after, at_most(size)])?.iter().map(|row| row.tenant(0)).collect()
    }

    fn set_status(&mut self, id: TenantId, expected: u64, status: TenantStatus) -> Result<Tenant, Error> {
        self.connection.hold(Held::Tenant(id))?;
        let mut tenant = self.tenant(id)?;
        require_version("tenant", expected, tenant.version)?;
        tenant.status = status;
        tenant.version += 1;
        tenant.auth_version += 1;
        self.connection.execute(
            "UPDATE tenant SET status = ?2, version = ?3, auth_version = ?4, body = ?5 WHERE id = ?1",
            &[
                id.into(),
                write(&status)?.into(),
                number(tenant.version)?.into(),
                number(tenant.auth_version)?.into(),
                write(&tenant)?.into(),
            ],
        )?;
        Ok(tenant)
    }

    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error> {
        global_routing(&*self.connection, size)
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        self.connection.hold(Held::Routing)?;
        let current = global_routing_version(&*self.connection)?;
        require_routable(document, expected, current)?;
        self.connection
            .execute(
                "INSERT INTO global_routing (version, config, actor, at) VALUES (?1, ?2, ?3, ?4)",
                &[
                    number(document.version)?.into(),
                    document.config.to_string().into(),
                    (&document.actor).into(),
                    document.at.into(),
                ],
            )
            .map(drop)
    }

    fn tenant_ids(&mut self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error> {
        self.ids(after, size)
    }

    fn control_requests(&mut self, size: usize) -> Result<Vec<ControlRequest>, Error> {
        self.requests(size)
    }

    fn redact_platform(&mut self, redaction: &Redaction) -> Result<u64, Error> {
        redaction.check()?;
        Log(None).redact(&*self.connection, redaction)
    }
}
