//! Tenants, users, routing, usage and runs as services on the platform: each call decides first,
//! acts and puts itself on record in one transaction.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Platform;
use super::billing::Asked;
use crate::error::Error;
use crate::id::{GrantId, OrganizationId, RunId, SubscriptionId, TenantId, UserId};
use crate::store::{Provision, ProvisionKey, TenantTx, require_version};
use crate::tenancy::{
    AuditEvent, BuiltInRole, Cycle, GrantScope, Organization, Permission, PlatformCtx, PlatformPermission, Resource,
    RoleGrant, Run, Slug, Subscription, Tenant, TenantCtx, TenantStatus, UsageKind, User, VerifiedPrincipal,
    check_email, check_identity, check_name,
};
use crate::time::Timestamp;

/// A tenant to be made, with its first administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its plan.
    pub plan: String,
    /// The first administrator.
    pub admin: NewUser,
}

/// How the subscription of a new tenant begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// How it is paid.
    #[serde(default)]
    pub cycle: Cycle,
    /// A trial of so many days; without one the first period opens, and is billed, at once.
    #[serde(default)]
    pub trial_days: Option<u32>,
}

/// A user to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Who vouches for the identity.
    pub issuer: String,
    /// The identity there.
    pub subject: String,
    /// Address.
    pub email: String,
    /// Name.
    pub display_name: String,
    /// A role of the tenant's, by name or id, Guest when absent; the first administrator's is Admin.
    #[serde(default)]
    pub role: Option<String>,
}

/// A tenant that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provisioned {
    /// The tenant.
    pub tenant: Tenant,
    /// Its organization.
    pub organization: Organization,
    /// Its first administrator.
    pub admin: User,
    /// Its subscription.
    pub subscription: Subscription,
}

macro_rules! services {
    ($($(#[$doc:meta])* $service:ident $method:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy)]
            pub struct $service<'p>(pub(super) &'p Platform);
        )*
        impl Platform {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method(&self) -> $service<'_> {
                    $service(self)
                }
            )*
        }
    };
}

services! {
    /// Tenants, for operators.
    Tenants tenants;
    /// The users of a tenant.
    Users users;
    /// The organizations of a tenant.
    Organizations organizations;
    /// The roles of a tenant, who holds them, and what they keep apart.
    Roles roles;
    /// Which variant serves whom.
    Routing routing;
    /// What a tenant has used.
    Usage usage;
    /// The runs a tenant keeps.
    Runs runs;
    /// Named inputs that users keep.
    Scenarios scenarios;
    /// Notes that users keep.
    Notes notes;
    /// How variants did and how much they were used, over all processes.
    Statistics statistics;
    /// How a tenant's pages look.
    Branding branding;
    /// What a tenant sets under the keys that the host has registered.
    Configuration configuration;
}

impl Platform {
    /// Whether a principal may do what `permission` names in its tenant.
    pub fn can(&self, principal: &VerifiedPrincipal, permission: Permission) -> Result<bool, Error> {
        Ok(self.decide(&self.enter(principal)?, permission, &Resource::Tenant).allow)
    }

    /// Whether a principal may do what `permission` names to `resource`.
    pub fn can_on(
        &self,
        principal: &VerifiedPrincipal,
        permission: Permission,
        resource: &Resource,
    ) -> Result<bool, Error> {
        Ok(self.decide(&self.enter(principal)?, permission, resource).allow)
    }

    /// Everything a principal may do in its tenant.
    pub fn permissions(&self, principal: &VerifiedPrincipal) -> Result<Vec<Permission>, Error> {
        Ok(self.enter(principal)?.permissions())
    }

    pub(super) fn require(
        &self,
        principal: &VerifiedPrincipal,
        permission: Permission,
        what: &str,
    ) -> Result<TenantCtx, Error> {
        self.require_on(principal, permission, &Resource::Tenant, what)
    }

    /// The tenant of a principal who may do what `permission` names to `resource`; a denial is put on record.
    pub(super) fn require_on(
        &self,
        principal: &VerifiedPrincipal,
        permission: Permission,
        resource: &Resource,
        what: &str,
    ) -> Result<TenantCtx, Error> {
        let cx = self.enter(principal)?;
        self.permit(&cx, permission, resource, [what, "tenant", &cx.tenant().to_string()], what)?;
        Ok(cx)
    }

    /// A transaction of the tenant in which the rights that `cx` was decided by still hold, and will
    /// until it ends.
    pub(super) fn begin<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        let mut tx = self.store.write(cx)?;
        let current = tx.auth_version()?;
        if current == cx.policy_version() {
            return Ok(tx);
        }
        Err(Error::conflict("version_conflict", "rights changed while this was under way")
            .with("current", current)
            .with_hint("do it again: it will be decided by the rights of now"))
    }

    pub(super) fn new_user(
        &self,
        new: &NewUser,
        organization: Option<OrganizationId>,
        at: Timestamp,
    ) -> Result<User, Error> {
        check_name("display_name", &new.display_name)?;
        check_email(&new.email)?;
        check_identity(&new.issuer, &new.subject)?;
        Ok(User {
            id: UserId::new(&*self.ids, at),
            issuer: new.issuer.clone(),
            subject: new.subject.clone(),
            email: new.email.clone(),
            display_name: new.display_name.clone(),
            organization_id: organization,
            active: true,
            created_at: at,
            version: 1,
        })
    }
}

pub(super) fn event(actor: &str, action: &str, resource_type: &str, resource_id: &str, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        resource_type: resource_type.to_owned(),
        resource_id: resource_id.to_owned(),
        outcome: "ok".to_owned(),
        ..AuditEvent::default()
    }
}

impl Tenants<'_> {
    /// Makes a tenant with its organization, first administrator and subscription, paid each month from now
    /// on, in one transaction.
    pub fn create(&self, operator: &VerifiedPrincipal, new: &NewTenant) -> Result<Provisioned, Error> {
        self.create_on(operator, new, Terms::default())
    }

    /// As [`Tenants::create`], on other terms.
    pub fn create_on(&self, operator: &VerifiedPrincipal, new: &NewTenant, terms: Terms) -> Result<Provisioned, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::WriteTenants, "tenant.create")?;
        self.make(&cx, new, terms, None)
    }

    pub(super) fn make(
        self,
        cx: &PlatformCtx,
        new: &NewTenant,
        terms: Terms,
        key: Option<ProvisionKey>,
    ) -> Result<Provisioned, Error> {
        let platform = self.0;
        check_name("name", &new.name)?;
        let now = cx.now();
        let tenant = Tenant {
            id: TenantId::new(&*platform.ids, now),
            slug: Slug::parse(&new.slug)?,
            name: new.name.clone(),
            status: TenantStatus::Active,
            domain: None,
            auth_version: 1,
            created_at: now,
            version: 1,
        };
        let organization = Organization {
            id: OrganizationId::new(&*platform.ids, now),
            name: new.name.clone(),
            active: true,
            created_at: now,
            version: 1,
        };
        let admin = platform.new_user(&new.admin, Some(organization.id), now)?;
        let role = BuiltInRole::Admin;
        if let Some(named) = new.admin.role.as_deref().filter(|named| *named != role.name()) {
            return Err(Error::invalid_input("admin.role", named, "Admin: a tenant starts with one"));
        }
        let grant = RoleGrant {
            id: GrantId::new(&*platform.ids, now),
            user_id: admin.id,
            role_id: role.id_in(tenant.id),
            scope: GrantScope::Tenant,
            granted_by: None,
            expires_at: None,
        };
        let id = SubscriptionId::new(&*platform.ids, now);
        let begun = match terms.trial_days {
            None => Subscription::bought(id, &platform.catalogues, (&new.plan, terms.cycle), now)?,
            Some(days) => Subscription::trial(id, &platform.catalogues, (&new.plan, terms.cycle), days, now)?,
        };
        let subscription = begun.subscription.clone();
        let (change, invoices) = platform.change(begun, cx.operator(), Asked::default());
        let event = AuditEvent {
            detail: json!({"slug": tenant.slug, "plan": new.plan}),
            ..event(cx.operator(), "tenant.create", "tenant", &tenant.id.to_string(), now)
        };
        let provision = Provision { tenant, organization, admin, grant, subscription, change, invoices, event, key };
        let mut tx = platform.store.platform(cx)?;
        tx.provision(&provision)?;
        tx.append_audit(&provision.event)?;
        tx.commit()?;
        (0..2).for_each(|_| platform.count_record("ok"));
        let Provision { tenant, organization, admin, subscription, .. } = provision;
        Ok(Provisioned { tenant, organization, admin, subscription })
    }

    /// The tenant of a short name.
    pub fn by_slug(&self, operator: &VerifiedPrincipal, slug: &str) -> Result<Tenant, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::ReadTenants, "tenant.read")?;
        self.0.store.platform(&cx)?.tenant_by_slug(&Slug::parse(slug)?)
    }

    /// Suspends, deactivates or reactivates the tenant whose version is `expected`, on the tenant's record. The
    /// subscription of one that was deactivated has ended if its period has, and is reactivated as any other
    /// that has.
    pub fn set_status(
        &self,
        operator: &VerifiedPrincipal,
        id: TenantId,
        expected: u64,
        status: TenantStatus,
    ) -> Result<Tenant, Error> {
        let cx = self.0.require_operator(operator, PlatformPermission::SuspendTenants, "tenant.set_status")?;
        if status == TenantStatus::Active {
            let before = self.0.store.platform(&cx)?.tenant(id)?;
            if before.status == TenantStatus::Deactivated {
                require_version("tenant", expected, before.version)?;
                self.0.lapse(&cx, id)?;
            }
        }
        let mut tx = self.0.store.platform(&cx)?;
        let tenant = tx.set_status(id, expected, status)?;
        let record = AuditEvent {
            detail: json!({ "status": status }),
            ..event(cx.operator(), "tenant.set_status", "tenant", &id.to_string(), cx.now())
        };
        tx.append_to(id, &record)?;
        tx.append_audit(&record)?;
        tx.commit()?;
        (0..2).for_each(|_| self.0.count_record("ok"));
        Ok(tenant)
    }
}

impl Usage<'_> {
    /// What the tenant has used of `kind` in [from, to).
    pub fn total(
        &self,
        principal: &VerifiedPrincipal,
        kind: UsageKind,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<u64, Error> {
        let cx = self.0.require(principal, Permission::ViewAnalytics, "usage.read")?;
        self.0.store.read(&cx)?.usage_total(kind, from, to)
    }
}

impl Runs<'_> {
    /// A run that is shown to the principal.
    pub fn get(&self, principal: &VerifiedPrincipal, id: RunId) -> Result<Run, Error> {
        let cx = self.0.enter(principal)?;
        let found = self.0.store.read(&cx)?.run(id);
        self.0.read_kept(&cx, found, ["run", &id.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenancy::{PlatformRole, PrincipalKind};

    #[test]
    fn a_decision_does_not_outlive_the_rights_it_was_made_by() {
        let platform = Platform::builder("memory:").operator("host", "root", PlatformRole::Operator).open().unwrap();
        let principal = |subject: &str, tenant, kind| platform.principal("idp", subject, tenant, kind).unwrap();
        let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
        let user = |subject: &str, role: Option<&str>| NewUser {
            issuer: "idp".into(),
            subject: subject.into(),
            email: format!("{subject}@example.com"),
            display_name: subject.into(),
            role: role.map(Into::into),
        };
        let new =
            NewTenant { slug: "acme".into(), name: "Acme".into(), plan: "basic".into(), admin: user("ada", None) };
        let tenant = platform.tenants().create(&operator, &new).unwrap().tenant.id;
        let ada = principal("ada", Some(tenant), PrincipalKind::User);
        let bob = platform.users().create(&ada, &user("bob", Some("Admin"))).unwrap();
        let bob_principal = principal("bob", Some(tenant), PrincipalKind::User);

        let decided = platform.require(&bob_principal, Permission::AdminUsers, "user.create").unwrap();
        platform.users().set_active(&ada, bob.id, bob.version, false).unwrap();
        let error = platform.begin(&decided).map(drop).unwrap_err();
        assert_eq!(error.reason(), Some("version_conflict"));
        assert!(platform.users().create(&bob_principal, &user("cy", None)).is_err());
    }
}
