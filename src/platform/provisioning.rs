//! Tenants made once under a key, found and changed by operators.

use serde_json::json;

use super::services::{NewTenant, Provisioned, Tenants, Terms, event};
use crate::error::Error;
use crate::id::TenantId;
use crate::registry::Digest;
use crate::store::{FirstProvision, ProvisionKey, TenantPatch};
use crate::tenancy::{
    AuditEvent, PlatformCtx, PlatformPermission, Tenant, VerifiedPrincipal, check_domain, check_name,
};

impl Tenants<'_> {
    /// As [`Tenants::create_on`], once for each `idem_key` of 1 to 255 bytes: asked again with the same
    /// request it gives the tenant that was made, as it stands now, and with another `idempotency_conflict`.
    pub fn create_once(
        &self,
        operator: &VerifiedPrincipal,
        new: &NewTenant,
        terms: Terms,
        idem_key: &str,
    ) -> Result<Provisioned, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::WriteTenants, "tenant.create")?;
        if !(1..=255).contains(&idem_key.len()) || idem_key.contains('\0') {
            return Err(Error::invalid_input("idem_key", idem_key, "1 to 255 bytes, none of them zero"));
        }
        let digest = Digest::of_json(&json!({"tenant": new, "terms": terms})).to_string();
        let key = ProvisionKey { key: idem_key.to_owned(), digest };
        if let Some(first) = self.first(&cx, &key)? {
            return Ok(first);
        }
        match self.make(&cx, new, terms, Some(key.clone())) {
            // Somebody else may have been the first under this key.
            Err(error) if error.reason() == Some("duplicate") => self.first(&cx, &key)?.ok_or(error),
            made => made,
        }
    }

    fn first(self, cx: &PlatformCtx, key: &ProvisionKey) -> Result<Option<Provisioned>, Error> {
        let Some(first) = self.0.store.platform(cx)?.provisioned(&key.key)? else { return Ok(None) };
        let FirstProvision { digest, tenant, organization, admin, subscription } = first;
        if digest != key.digest {
            return Err(Error::conflict("idempotency_conflict", "another tenant was asked for under this key"));
        }
        Ok(Some(Provisioned { tenant, organization, admin, subscription }))
    }

    /// A tenant.
    pub fn get(&self, operator: &VerifiedPrincipal, id: TenantId) -> Result<Tenant, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::ReadTenants, "tenant.read")?;
        self.0.store.platform(&cx)?.tenant(id)
    }

    /// The tenant of a host name.
    pub fn by_domain(&self, operator: &VerifiedPrincipal, domain: &str) -> Result<Tenant, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::ReadTenants, "tenant.read")?;
        check_domain(domain)?;
        self.0.store.platform(&cx)?.tenant_by_domain(domain)
    }

    /// Changes the name or the host name of the tenant whose version is `expected`; a host name is no
    /// other tenant's, and the empty one is none.
    pub fn update(
        &self,
        operator: &VerifiedPrincipal,
        id: TenantId,
        expected: u64,
        patch: &TenantPatch,
    ) -> Result<Tenant, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::WriteTenants, "tenant.update")?;
        let name = patch.name.as_deref().map(|name| check_name("name", name));
        let domain = patch.domain.as_deref().filter(|domain| !domain.is_empty()).map(check_domain);
        let problems = [name, domain].into_iter().flatten().filter_map(Result::err);
        if let Some(error) = Error::collect(problems.collect()) {
            return Err(error);
        }
        let given = [("name", patch.name.is_some()), ("domain", patch.domain.is_some())];
        let fields: Vec<_> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
        let record = AuditEvent {
            detail: json!({ "fields": fields }),
            ..event(cx.operator(), "tenant.update", "tenant", &id.to_string(), cx.now())
        };
        let mut tx = self.0.store.platform(&cx)?;
        let tenant = tx.update_tenant(id, expected, patch)?;
        tx.append_to(id, &record)?;
        tx.append_audit(&record)?;
        tx.commit()?;
        (0..2).for_each(|_| self.0.count_record("ok"));
        Ok(tenant)
    }
}
