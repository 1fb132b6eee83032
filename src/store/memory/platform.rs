//! Tenants as the platform sees them, and the global routing.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};

use super::audit::Log;
use super::billing::Ledger;
use super::{Owned, State, Undo, latest, lists};
use crate::by_key::by_key;
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{
    DueTenant, Listing, PlatformTx, Provision, RoutingDocument, Slice, absent, due_at, duplicate,
    provisioning::Remembered, require_provisionable, require_routable, require_version,
};
use crate::tenancy::{BuiltInRole, ControlRequest, Origin, Overrides, Redaction, Slug, Tenant, TenantStatus};
use crate::time::Timestamp;

pub(super) struct PlatformTransaction<'s> {
    pub(super) state: MutexGuard<'s, State>,
    pub(super) origin: Arc<Origin>,
    pub(super) undo: Vec<Undo>,
}

impl Drop for PlatformTransaction<'_> {
    fn drop(&mut self) {
        for undo in self.undo.drain(..).rev() {
            undo(&mut self.state);
        }
    }
}

impl PlatformTx for PlatformTransaction<'_> {
    fn provision(&mut self, provision: &Provision) -> Result<(), Error> {
        let Provision { tenant, organization, admin, grant, subscription, change, invoices, event, key } = provision;
        require_provisionable(provision)?;
        let clashes = |owned: &Owned| {
            let asked =
                owned.made.as_ref().is_some_and(|(known, _)| key.as_ref().is_some_and(|key| key.key == known.key));
            owned.tenant.slug == tenant.slug || owned.tenant.id == tenant.id || asked
        };
        if self.state.tenants.values().any(clashes) {
            return Err(duplicate("tenant"));
        }
        let id = tenant.id;
        let mut audit = Log::of(Some(id));
        audit.append(&self.origin, event)?;
        let owned = Owned {
            tenant: tenant.clone(),
            organizations: by_key([(organization.id, organization.clone())]),
            users: by_key([(admin.id, admin.clone())]),
            grants: vec![grant.clone()],
            roles: by_key(BuiltInRole::ALL.iter().map(|role| {
                let role = role.role_in(id, tenant.created_at);
                (role.id, role)
            })),
            rules: BTreeMap::new(),
            overrides: Overrides::default(),
            subscription: subscription.clone(),
            reservations: BTreeMap::new(),
            committed: BTreeMap::new(),
            billing: Ledger::begun(change, invoices)?,
            usage: BTreeMap::new(),
            scenarios: BTreeMap::new(),
            notes: BTreeMap::new(),
            runs: BTreeMap::new(),
            run_places: BTreeMap::new(),
            run_keys: BTreeMap::new(),
            audit,
            holds: BTreeMap::new(),
            routing: Vec::new(),
            branding: None,
            config: BTreeMap::new(),
            made: key.clone().map(|key| {
                let digest = key.digest.clone();
                (key, Remembered { digest, organization: organization.id, admin: admin.id })
            }),
        };
        self.state.tenants.insert(id, owned);
        self.undo.push(Box::new(move |state| {
            state.tenants.remove(&id);
        }));
        Ok(())
    }

    fn tenant(&mut self, id: TenantId) -> Result<Tenant, Error> {
        self.state.tenants.get(&id).map(|owned| owned.tenant.clone()).ok_or_else(|| absent("tenant"))
    }

    fn tenant_by_slug(&mut self, slug: &Slug) -> Result<Tenant, Error> {
        let found = self.state.tenants.values().find(|owned| owned.tenant.slug == *slug);
        found.map(|owned| owned.tenant.clone()).ok_or_else(|| absent("tenant"))
    }

    fn page_tenants(&mut self, listing: &Listing) -> Result<Slice<Tenant>, Error> {
        Ok(lists::tenants(self.state.tenants.values(), listing))
    }

    fn tenants_due(&mut self, now: Timestamp, after: Option<DueTenant>, size: usize) -> Result<Vec<DueTenant>, Error> {
        let place = |due: &DueTenant| (due.due_at, due.tenant);
        let active = self.state.tenants.values().filter(|owned| owned.tenant.status != TenantStatus::Deactivated);
        let mut due: Vec<_> = active
            .map(|owned| DueTenant { due_at: due_at(&owned.subscription), tenant: owned.tenant.id })
            .filter(|due| due.due_at <= now && after.is_none_or(|after| place(due) > place(&after)))
            .collect();
        due.sort_unstable_by_key(place);
        due.truncate(size);
        Ok(due)
    }

    fn tenants_undelivered(&mut self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error> {
        let waiting = self.state.tenants.iter().filter(|(_, owned)| !owned.billing.outbox.is_empty());
        let ids = waiting.map(|(id, _)| *id).filter(|id| after.is_none_or(|after| *id > after));
        Ok(ids.take(size).collect())
    }

    fn set_status(&mut self, id: TenantId, expected: u64, status: TenantStatus) -> Result<Tenant, Error> {
        let owned = self.state.tenants.get_mut(&id).ok_or_else(|| absent("tenant"))?;
        require_version("tenant", expected, owned.tenant.version)?;
        let before = owned.tenant.clone();
        owned.tenant.status = status;
        owned.tenant.version += 1;
        owned.tenant.auth_version += 1;
        let after = owned.tenant.clone();
        self.undo.push(Box::new(move |state| {
            if let Some(owned) = state.tenants.get_mut(&id) {
                owned.tenant = before;
            }
        }));
        Ok(after)
    }

    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error> {
        Ok(self.state.routing.iter().rev().take(size).cloned().collect())
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        require_routable(document, expected, latest(&self.state.routing))?;
        self.state.routing.push(document.clone());
        self.undo.push(Box::new(|state| {
            state.routing.pop();
        }));
        Ok(())
    }

    fn tenant_ids(&mut self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error> {
        let ids = self.state.tenants.keys().copied().filter(|id| after.is_none_or(|after| *id > after));
        Ok(ids.take(size).collect())
    }

    fn control_requests(&mut self, size: usize) -> Result<Vec<ControlRequest>, Error> {
        let mut all: Vec<_> = self.state.requests.values().cloned().collect();
        all.sort_unstable_by_key(|request| std::cmp::Reverse(request.id));
        all.truncate(size);
        Ok(all)
    }

    fn redact_platform(&mut self, redaction: &Redaction) -> Result<u64, Error> {
        self.take_platform_private(redaction)
    }
}
