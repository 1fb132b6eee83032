//! Tenants as they are made once and changed by operators, in a store.

use serde::{Deserialize, Serialize};

use super::{require_folded, require_key, require_version};
use crate::error::Error;
use crate::id::{OrganizationId, TenantId, UserId};
use crate::tenancy::{AuditEvent, AuditRecord, Organization, Subscription, Tenant, User};

/// The key under which a tenant was asked for, and what tells its request from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionKey {
    /// The key, unique over all tenants.
    pub key: String,
    /// A digest of the request.
    pub digest: String,
}

/// What a tenant was made with, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstProvision {
    /// The digest of the request that made it.
    pub digest: String,
    /// The tenant.
    pub tenant: Tenant,
    /// Its first organization.
    pub organization: Organization,
    /// Its first administrator.
    pub admin: User,
    /// Its subscription.
    pub subscription: Subscription,
}

/// What changes of a tenant; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantPatch {
    /// Its name.
    pub name: Option<String>,
    /// The host name of its own, unique over all tenants; empty for none.
    pub domain: Option<String>,
}

impl TenantPatch {
    /// The tenant after the change.
    pub(in crate::store) fn applied(&self, tenant: &Tenant, expected: u64) -> Result<Tenant, Error> {
        require_version("tenant", expected, tenant.version)?;
        let name = self.name.clone().unwrap_or_else(|| tenant.name.clone());
        require_folded("name", &name)?;
        let domain = self.domain.clone().map_or_else(|| tenant.domain.clone(), Some).filter(|name| !name.is_empty());
        domain.as_deref().map_or(Ok(()), |domain| require_key("domain", domain))?;
        Ok(Tenant { name, domain, version: tenant.version + 1, ..tenant.clone() })
    }
}

/// What a tenant's row remembers of how it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Remembered {
    pub(in crate::store) digest: String,
    pub(in crate::store) organization: OrganizationId,
    pub(in crate::store) admin: UserId,
}

/// Making tenants once, and changing them.
pub trait ProvisioningTx {
    /// The tenant that was made under a key.
    fn provisioned(&mut self, key: &str) -> Result<Option<FirstProvision>, Error>;
    /// A tenant by the host name of its own.
    fn tenant_by_domain(&mut self, domain: &str) -> Result<Tenant, Error>;
    /// Changes the tenant whose version is `expected`; its domain must be no other's.
    fn update_tenant(&mut self, id: TenantId, expected: u64, patch: &TenantPatch) -> Result<Tenant, Error>;
    /// Puts what an operator did on the record of the tenant that it was done to.
    fn append_to(&mut self, id: TenantId, event: &AuditEvent) -> Result<AuditRecord, Error>;
}
