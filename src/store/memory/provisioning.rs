//! Tenants made once and changed by operators, in memory.

use super::{Owned, platform::PlatformTransaction};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{
    FirstProvision, ProvisionKey, ProvisioningTx, TenantPatch, absent, duplicate, provisioning::Remembered,
};
use crate::tenancy::{AuditEvent, AuditRecord, Tenant};

/// What a tenant remembers of how it was made.
pub(super) type Made = Option<(ProvisionKey, Remembered)>;

impl PlatformTransaction<'_> {
    fn owned(&mut self, id: TenantId) -> Result<&mut Owned, Error> {
        self.state.tenants.get_mut(&id).ok_or_else(|| absent("tenant"))
    }

    fn remember(&mut self, id: TenantId, undo: impl FnOnce(&mut Owned) + 'static) {
        self.undo.push(Box::new(move |state| {
            if let Some(owned) = state.tenants.get_mut(&id) {
                undo(owned);
            }
        }));
    }
}

impl ProvisioningTx for PlatformTransaction<'_> {
    fn provisioned(&mut self, key: &str) -> Result<Option<FirstProvision>, Error> {
        let made = self.state.tenants.values().find_map(|owned| {
            let (_, made) = owned.made.as_ref().filter(|(known, _)| known.key == key)?;
            Some((owned, made))
        });
        let first = |(owned, made): (&Owned, &Remembered)| {
            Ok(FirstProvision {
                digest: made.digest.clone(),
                tenant: owned.tenant.clone(),
                organization: owned
                    .organizations
                    .get(&made.organization)
                    .cloned()
                    .ok_or_else(|| absent("organization"))?,
                admin: owned.users.get(&made.admin).cloned().ok_or_else(|| absent("user"))?,
                subscription: owned.subscription.clone(),
            })
        };
        made.map(first).transpose()
    }

    fn tenant_by_domain(&mut self, domain: &str) -> Result<Tenant, Error> {
        let found = self.state.tenants.values().find(|owned| owned.tenant.domain.as_deref() == Some(domain));
        found.map(|owned| owned.tenant.clone()).ok_or_else(|| absent("tenant"))
    }

    fn update_tenant(&mut self, id: TenantId, expected: u64, patch: &TenantPatch) -> Result<Tenant, Error> {
        let before = self.owned(id)?.tenant.clone();
        let after = patch.applied(&before, expected)?;
        let clashes = |owned: &Owned| after.domain.is_some() && owned.tenant.domain == after.domain;
        if self.state.tenants.values().any(|owned| owned.tenant.id != id && clashes(owned)) {
            return Err(duplicate("tenant"));
        }
        self.owned(id)?.tenant = after.clone();
        self.remember(id, move |owned| owned.tenant = before);
        Ok(after)
    }

    fn append_to(&mut self, id: TenantId, event: &AuditEvent) -> Result<AuditRecord, Error> {
        let origin = self.origin.clone();
        let record = self.owned(id)?.audit.append(&origin, event)?;
        self.remember(id, |owned| owned.audit.retract());
        Ok(record)
    }
}
