//! Roles, rules of separation of duty and overrides in a store: kept, found, replaced and removed, by rules
//! that are written here once for every store.

use crate::error::Error;
use crate::id::{GrantId, OverrideId, RoleId, SodRuleId};
use crate::store::{TenantRead, absent, duplicate, fold, require_folded, require_key, require_next, require_version};
use crate::tenancy::{
    FeatureOverride, GrantScope, LimitOverride, Organization, Overrides, Permission, Role, RoleGrant, SodRule, User,
    with_role,
};

/// Reading roles, grants and rules of one tenant.
pub trait RoleRead {
    /// A role by id.
    fn role(&mut self, id: RoleId) -> Result<Role, Error>;
    /// A role by its name, without regard to case.
    fn role_named(&mut self, name: &str) -> Result<Role, Error>;
    /// All roles, by id.
    fn all_roles(&mut self) -> Result<Vec<Role>, Error>;
    /// A grant by id.
    fn grant(&mut self, id: GrantId) -> Result<RoleGrant, Error>;
    /// All grants, ended ones among them, by id.
    fn all_grants(&mut self) -> Result<Vec<RoleGrant>, Error>;
    /// All rules of separation of duty, by id.
    fn sod_rules(&mut self) -> Result<Vec<SodRule>, Error>;
}

/// Writing them. Grants are written by [`TenantTx`](super::TenantTx).
pub trait RoleTx: RoleRead {
    /// Adds a role; its name must be new, and what it inherits from the tenant's own. Given back with what it
    /// comes to.
    fn insert_role(&mut self, role: &Role) -> Result<Role, Error>;
    /// Puts a role, version one higher, in place of its version `expected`, and works out again what those
    /// come to that inherit from it. `built_in` for those that never change, `last_admin` when nobody would
    /// administer the tenant.
    fn replace_role(&mut self, expected: u64, role: &Role) -> Result<Role, Error>;
    /// Removes the role whose version is `expected`; `in_use` while it is given or inherited from.
    fn remove_role(&mut self, id: RoleId, expected: u64) -> Result<(), Error>;
    /// Adds a rule; its name must be new and its organization the tenant's own.
    fn insert_sod_rule(&mut self, rule: &SodRule) -> Result<(), Error>;
    /// Removes a rule.
    fn remove_sod_rule(&mut self, id: SodRuleId) -> Result<(), Error>;
}

/// Reading what a tenant has apart from its plan.
pub trait OverrideRead {
    /// All overrides, ended ones among them, by id.
    fn overrides(&mut self) -> Result<Overrides, Error>;
}

/// Writing it; the next call in every process is decided by it.
pub trait OverrideTx: OverrideRead {
    /// Puts it in place of the one of the same feature, effect and origin, if there is one.
    fn set_feature_override(&mut self, kept: &FeatureOverride) -> Result<(), Error>;
    /// Puts it in place of the one of the same limit, if there is one.
    fn set_limit_override(&mut self, kept: &LimitOverride) -> Result<(), Error>;
    /// Removes an override.
    fn remove_override(&mut self, id: OverrideId) -> Result<(), Error>;
}

/// Refuses a role that lists could not be ordered by, or that says more than a role does.
fn require_role_keys(role: &Role) -> Result<(), Error> {
    const MOST_CHARACTERS: usize = 1_000;
    require_folded("name", &role.name)?;
    if role.description.chars().count() > MOST_CHARACTERS || role.description.contains('\0') {
        let constraint = format!("at most {MOST_CHARACTERS} characters, none of them zero");
        return Err(Error::invalid_input("description", role.description.chars().count(), constraint));
    }
    Ok(())
}

fn require_own_name(roles: &[Role], role: &Role) -> Result<(), Error> {
    let clashes = |other: &Role| other.id != role.id && fold(&other.name) == fold(&role.name);
    if roles.iter().any(clashes) { Err(duplicate("role")) } else { Ok(()) }
}

/// A new role with what it comes to.
pub(super) fn inserted(read: &mut impl RoleRead, role: &Role) -> Result<Role, Error> {
    require_role_keys(role)?;
    let roles = read.all_roles()?;
    if role.built_in {
        return Err(Error::conflict("built_in", "built-in roles come with the tenant"));
    }
    if roles.iter().any(|known| known.id == role.id) {
        return Err(duplicate("role"));
    }
    require_own_name(&roles, role)?;
    with_role(&roles, role)?.into_iter().find(|known| known.id == role.id).ok_or_else(|| absent("role"))
}

/// What is to be written when `role` takes the place of its version `expected`: itself, and its heirs.
pub(super) fn replaced(read: &mut impl TenantRead, expected: u64, role: &Role) -> Result<Vec<Role>, Error> {
    let current = read.role(role.id)?;
    if current.built_in || role.built_in {
        return Err(
            Error::conflict("built_in", "built-in roles do not change").with_hint("make a role that inherits from it")
        );
    }
    require_next("role", role.version, expected, current.version)?;
    require_role_keys(role)?;
    let before = Governed::of(read)?;
    require_own_name(&before.roles, role)?;
    let changed = with_role(&before.roles, role)?;
    let roles = before.roles.iter().map(|known| changed.iter().find(|role| role.id == known.id).unwrap_or(known));
    let after = Governed { roles: roles.cloned().collect(), ..before.clone() };
    before.require_administered(&after)?;
    Ok(changed)
}

/// Refuses to remove a role that is needed.
pub(super) fn require_removable(read: &mut impl RoleRead, id: RoleId, expected: u64) -> Result<(), Error> {
    let role = read.role(id)?;
    if role.built_in {
        return Err(Error::conflict("built_in", "built-in roles stay"));
    }
    require_version("role", expected, role.version)?;
    let heirs = read.all_roles()?.iter().filter(|known| known.inherits.contains(&id)).count();
    let grants = read.all_grants()?.iter().filter(|grant| grant.role_id == id).count();
    if heirs + grants == 0 {
        return Ok(());
    }
    Err(Error::conflict("in_use", format!("the role {}", role.name))
        .with("used", (grants + heirs) as u64)
        .with_hint("revoke it, and take it out of the roles that inherit from it, first"))
}

/// Refuses a grant that not every part of the tenant's would be found for.
pub(super) fn require_grantable(read: &mut impl TenantRead, grant: &RoleGrant) -> Result<(), Error> {
    read.user(grant.user_id)?;
    read.role(grant.role_id)?;
    require_scope(read, grant.scope)
}

fn require_scope(read: &mut impl TenantRead, scope: GrantScope) -> Result<(), Error> {
    match scope {
        GrantScope::Tenant => Ok(()),
        GrantScope::Organization(id) => read.organization(id).map(drop),
    }
}

/// Refuses a rule that is none, or is there already.
pub(super) fn require_rule(read: &mut impl TenantRead, rule: &SodRule) -> Result<(), Error> {
    require_folded("name", &rule.name)?;
    let count = rule.permissions.iter().count();
    if count < 2 {
        return Err(Error::invalid_input("permissions", count, "two permissions or more"));
    }
    require_scope(read, rule.scope)?;
    let clashes = |known: &SodRule| known.id == rule.id || fold(&known.name) == fold(&rule.name);
    if read.sod_rules()?.iter().any(clashes) { Err(duplicate("rule")) } else { Ok(()) }
}

pub(super) fn require_feature_override(kept: &FeatureOverride) -> Result<(), Error> {
    require_key("feature", &kept.feature)?;
    require_key("reason", &kept.reason)?;
    require_key("set_by", &kept.set_by)
}

pub(super) fn require_limit_override(kept: &LimitOverride) -> Result<(), Error> {
    require_key("reason", &kept.reason)?;
    require_key("set_by", &kept.set_by)
}

/// Whether both are of the same feature, effect and origin: one stands in the place of the other.
#[must_use]
pub(super) fn same_place(one: &FeatureOverride, other: &FeatureOverride) -> bool {
    (&one.feature, one.effect, one.origin) == (&other.feature, other.effect, other.origin)
}

/// What decides whether a tenant is administered.
#[derive(Clone)]
pub(super) struct Governed {
    pub(super) users: Vec<User>,
    pub(super) organizations: Vec<Organization>,
    pub(super) grants: Vec<RoleGrant>,
    pub(super) roles: Vec<Role>,
}

impl Governed {
    pub(super) fn of(read: &mut impl TenantRead) -> Result<Self, Error> {
        Ok(Self {
            users: read.list_users()?,
            organizations: read.list_organizations()?,
            grants: read.all_grants()?,
            roles: read.all_roles()?,
        })
    }

    /// An administrator is active, in no organization that is not, and holds `admin_users` in the whole
    /// tenant by a grant without an end.
    fn is_administered(&self) -> bool {
        let at_rest = |user: &User| {
            let own = |organization: &&Organization| Some(organization.id) == user.organization_id;
            self.organizations.iter().find(own).is_some_and(|organization| !organization.active)
        };
        let acts =
            |grant: &RoleGrant| self.users.iter().any(|user| user.id == grant.user_id && user.active && !at_rest(user));
        let administers = |grant: &RoleGrant| {
            let role = self.roles.iter().find(|role| role.id == grant.role_id);
            role.is_some_and(|role| role.effective.contains(Permission::AdminUsers))
        };
        let lasting = |grant: &&RoleGrant| grant.scope == GrantScope::Tenant && grant.expires_at.is_none();
        self.grants.iter().filter(lasting).any(|grant| administers(grant) && acts(grant))
    }

    /// Refuses a change to `after`, with which a tenant that is administered would be so no more.
    pub(super) fn require_administered(&self, after: &Self) -> Result<(), Error> {
        if !self.is_administered() || after.is_administered() {
            return Ok(());
        }
        Err(Error::conflict("last_admin", "the last active administrator of the tenant")
            .with_hint("give another user the role Admin first"))
    }

    /// The same with another user in the place of the one of its id.
    pub(super) fn with_user(&self, user: &User) -> Self {
        let mut after = self.clone();
        after.users.iter_mut().filter(|known| known.id == user.id).for_each(|known| *known = user.clone());
        after
    }

    /// The same with another organization in the place of the one of its id.
    pub(super) fn with_organization(&self, organization: &Organization) -> Self {
        let mut after = self.clone();
        let same = after.organizations.iter_mut().filter(|known| known.id == organization.id);
        same.for_each(|known| *known = organization.clone());
        after
    }

    /// The same without a grant.
    pub(super) fn without_grant(&self, id: GrantId) -> Self {
        let mut after = self.clone();
        after.grants.retain(|grant| grant.id != id);
        after
    }
}
