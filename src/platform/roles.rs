//! Roles as a service: made, changed and given by those who hold what they give, under the rules that keep
//! permissions apart; and why a decision is as it is.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::services::{Roles, event};
use super::{Platform, govern::beside};
use crate::error::{Error, ErrorKind};
use crate::id::{GrantId, RoleId, SodRuleId, UserId};
use crate::store::{Page, PageReq, TenantRead, TenantTx, require_version};
use crate::tenancy::{
    AuditEvent, Explanation, GrantScope, Permission, PermissionSet, PrincipalKind, Resource, Role, RoleGrant, SodRule,
    TenantCtx, VerifiedPrincipal, check_name, require_separated,
};
use crate::time::Timestamp;

/// A role to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The permissions it holds itself.
    #[serde(default)]
    pub permissions: PermissionSet,
    /// The roles it inherits from, by name or id.
    #[serde(default)]
    pub inherits: Vec<String>,
}

/// What changes of a role; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolePatch {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// The permissions it holds itself.
    #[serde(default)]
    pub permissions: Option<PermissionSet>,
    /// The roles it inherits from, by name or id.
    #[serde(default)]
    pub inherits: Option<Vec<String>>,
}

/// A role to be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// To whom.
    pub user_id: UserId,
    /// The role, by name or id.
    pub role: String,
    /// Where it counts; in the whole tenant when not said.
    #[serde(default = "whole_tenant")]
    pub scope: GrantScope,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

fn whole_tenant() -> GrantScope {
    GrantScope::Tenant
}

/// A rule of separation of duty to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSodRule {
    /// Its name.
    pub name: String,
    /// Of these, two or more, a user holds one at most.
    pub permissions: PermissionSet,
    /// Where it binds; in the whole tenant when not said.
    #[serde(default = "whole_tenant")]
    pub scope: GrantScope,
}

/// A grant with the name of its role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The grant.
    #[serde(flatten)]
    pub grant: RoleGrant,
    /// What its role is called now.
    pub role: String,
}

/// The role of the tenant that is meant by a name or an id.
pub(super) fn named<R: TenantRead + ?Sized>(read: &mut R, text: &str) -> Result<Role, Error> {
    match text.parse::<RoleId>() {
        Ok(id) => read.role(id),
        Err(_) => read.role_named(text),
    }
}

fn all_named(tx: &mut dyn TenantTx, texts: &[String]) -> Result<Vec<RoleId>, Error> {
    texts.iter().map(|text| named(tx, text).map(|role| role.id)).collect()
}

/// Refuses what someone lacks in a scope.
fn require_held(cx: &TenantCtx, permissions: PermissionSet, scope: GrantScope) -> Result<(), Error> {
    let lacking: Vec<_> = permissions.difference(cx.held_in(scope)).iter().map(Permission::name).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Error::denied("no_permission", format!("giving {}", lacking.join(", ")))
        .with_hint("nobody gives, changes or takes away a permission that they lack in the same scope"))
}

/// Writes a grant; refused where its giver lacks something of it, or a rule keeps apart what its holder would
/// hold.
pub(super) fn give(tx: &mut dyn TenantTx, cx: &TenantCtx, role: &Role, grant: &RoleGrant) -> Result<(), Error> {
    require_held(cx, role.effective, grant.scope)?;
    tx.insert_grant(grant)?;
    let rules = tx.sod_rules()?;
    if rules.is_empty() {
        return Ok(());
    }
    let (grants, roles) = (tx.list_grants(grant.user_id)?, tx.all_roles()?);
    require_separated(&rules, &grants, &roles, cx.now())
}

impl Platform {
    /// Does `work` in a transaction in which the rights that `cx` was decided by still hold; a refusal is put
    /// on record.
    pub(super) fn act<T>(
        &self,
        cx: &TenantCtx,
        action: &str,
        work: impl FnOnce(&mut dyn TenantTx) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let changed = self.begin(cx).and_then(|mut tx| {
            let changed = work(&mut *tx)?;
            tx.commit()?;
            Ok(changed)
        });
        match changed {
            Ok(changed) => {
                self.count_record("ok");
                Ok(changed)
            }
            Err(error) if is_refusal(&error) => {
                let recorded = self.put_denial_on_record(cx, action, &error);
                Err(beside(error, recorded))
            }
            Err(error) => Err(error),
        }
    }

    /// Every check of a decision about a user of the tenant's, the principal itself when none is named; for
    /// administrators.
    pub fn explain(
        &self,
        principal: &VerifiedPrincipal,
        user: Option<UserId>,
        permission: Permission,
        on: &Resource,
    ) -> Result<Explanation, Error> {
        let cx = self.require(principal, Permission::AdminUsers, "decision.explain")?;
        let Some(user) = user.filter(|user| *user != cx.user()) else { return Ok(cx.explain(permission, on)) };
        let user = self.store.read(&cx)?.user(user)?;
        let tenant = Some(cx.tenant());
        let asked = self.principal(&user.issuer, &user.subject, tenant, PrincipalKind::User)?;
        Ok(self.enter(&asked)?.explain(permission, on))
    }
}

/// Whether it is a refusal of someone, and no mistake or contention.
fn is_refusal(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Denied | ErrorKind::LimitExceeded | ErrorKind::NotFound => true,
        ErrorKind::Conflict => matches!(error.reason(), Some("last_admin" | "sod_violation" | "built_in")),
        _ => false,
    }
}

fn record(cx: &TenantCtx, [action, kind, id]: [&str; 3], detail: Value) -> AuditEvent {
    AuditEvent { detail, ..event(&cx.user().to_string(), action, kind, id, cx.now()) }
}

impl Roles<'_> {
    /// Makes a role; nobody puts into it what they lack in the whole tenant.
    pub fn create(&self, principal: &VerifiedPrincipal, new: &NewRole) -> Result<Role, Error> {
        check_name("name", &new.name)?;
        let platform = self.0;
        let cx = platform.require(principal, Permission::AdminUsers, "role.create")?;
        platform.act(&cx, "role.create", |tx| {
            let role = insert(tx, &cx, platform, new)?;
            require_held(&cx, role.effective, GrantScope::Tenant)?;
            let detail = json!({"name": role.name, "permissions": role.permissions, "inherits": role.inherits.len()});
            tx.append_audit(&record(&cx, ["role.create", "role", &role.id.to_string()], detail))?;
            Ok(role)
        })
    }

    /// A role, by name or id.
    pub fn get(&self, principal: &VerifiedPrincipal, role: &str) -> Result<Role, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "role.read")?;
        named(&mut *self.0.store.read(&cx)?, role)
    }

    /// Changes the role whose version is `expected`, and with it what all who hold it may do; nobody changes
    /// a role with what they lack, before or after.
    pub fn update(
        &self,
        principal: &VerifiedPrincipal,
        id: RoleId,
        expected: u64,
        patch: &RolePatch,
    ) -> Result<Role, Error> {
        patch.name.as_deref().map_or(Ok(()), |name| check_name("name", name))?;
        let platform = self.0;
        let cx = platform.require(principal, Permission::AdminUsers, "role.update")?;
        platform.act(&cx, "role.update", |tx| {
            let before = tx.role(id)?;
            require_version("role", expected, before.version)?;
            let inherits = patch.inherits.as_ref().map(|texts| all_named(tx, texts)).transpose()?;
            let after = Role {
                name: patch.name.clone().unwrap_or_else(|| before.name.clone()),
                description: patch.description.clone().unwrap_or_else(|| before.description.clone()),
                permissions: patch.permissions.unwrap_or(before.permissions),
                inherits: inherits.unwrap_or_else(|| before.inherits.clone()),
                updated_at: cx.now(),
                version: before.version + 1,
                ..before.clone()
            };
            let after = tx.replace_role(expected, &after)?;
            require_held(&cx, before.effective.union(after.effective), GrantScope::Tenant)?;
            let (rules, grants, roles) = (tx.sod_rules()?, tx.all_grants()?, tx.all_roles()?);
            require_separated(&rules, &grants, &roles, cx.now())?;
            let detail =
                json!({"name": after.name, "permissions": after.permissions, "inherits": after.inherits.len()});
            tx.append_audit(&record(&cx, ["role.update", "role", &id.to_string()], detail))?;
            Ok(after)
        })
    }

    /// Removes the role whose version is `expected`; `in_use` while it is given or inherited from.
    pub fn remove(&self, principal: &VerifiedPrincipal, id: RoleId, expected: u64) -> Result<(), Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "role.delete")?;
        self.0.act(&cx, "role.delete", |tx| {
            let before = tx.role(id)?;
            require_held(&cx, before.effective, GrantScope::Tenant)?;
            tx.remove_role(id, expected)?;
            tx.append_audit(&record(&cx, ["role.delete", "role", &id.to_string()], json!({"name": before.name})))?;
            Ok(())
        })
    }

    /// Gives a role; nobody gives one to themselves, nor what they lack in the same scope. One that has ended
    /// is replaced.
    pub fn grant(&self, principal: &VerifiedPrincipal, new: &NewGrant) -> Result<Granted, Error> {
        let platform = self.0;
        let cx = platform.enter(principal)?;
        let cx = platform.require_on(principal, Permission::AdminUsers, &cx.place_of(new.scope), "grant.create")?;
        if new.expires_at.is_some_and(|end| end <= cx.now()) {
            let at = new.expires_at.map(Timestamp::as_micros);
            return Err(Error::invalid_input("expires_at", at, "a later instant than now"));
        }
        platform.act(&cx, "grant.create", |tx| {
            require_others(&cx, new.user_id)?;
            let role = named(tx, &new.role)?;
            let grant = RoleGrant {
                id: GrantId::new(&*platform.ids, cx.now()),
                user_id: new.user_id,
                role_id: role.id,
                scope: new.scope,
                granted_by: Some(cx.user()),
                expires_at: new.expires_at,
            };
            let same = |known: &&RoleGrant| (known.role_id, known.scope) == (grant.role_id, grant.scope);
            let known = tx.list_grants(new.user_id)?;
            if let Some(ended) = known.iter().find(same).filter(|known| !known.is_live(cx.now())) {
                tx.remove_grant(ended.id)?;
            }
            give(tx, &cx, &role, &grant)?;
            tx.append_audit(&record(&cx, ["grant.create", "grant", &grant.id.to_string()], told(&grant, &role)))?;
            Ok(Granted { grant, role: role.name })
        })
    }

    /// Takes a role back; nobody takes one from themselves, nor one with what they lack in the same scope.
    pub fn revoke(&self, principal: &VerifiedPrincipal, id: GrantId) -> Result<(), Error> {
        let platform = self.0;
        let cx = platform.enter(principal)?;
        let known = platform.store.read(&cx)?.grant(id);
        // Who may not administer users learns nothing of which grants there are.
        let scope = known.as_ref().map_or(GrantScope::Tenant, |grant| grant.scope);
        let cx = platform.require_on(principal, Permission::AdminUsers, &cx.place_of(scope), "grant.delete")?;
        platform.act(&cx, "grant.delete", |tx| {
            let grant = tx.grant(id)?;
            require_others(&cx, grant.user_id)?;
            let role = tx.role(grant.role_id)?;
            require_held(&cx, role.effective, grant.scope)?;
            tx.remove_grant(id)?;
            tx.append_audit(&record(&cx, ["grant.delete", "grant", &id.to_string()], told(&grant, &role)))?;
            Ok(())
        })
    }

    /// Adds a rule that keeps permissions apart; refused, with those who offend against it, while there are
    /// any. Takes the feature `advanced_security`.
    pub fn create_sod_rule(&self, principal: &VerifiedPrincipal, new: &NewSodRule) -> Result<SodRule, Error> {
        check_name("name", &new.name)?;
        let platform = self.0;
        let cx = platform.require(principal, Permission::AdminUsers, "sod_rule.create")?;
        platform.act(&cx, "sod_rule.create", |tx| {
            platform.entitle(&cx, "advanced_security", "rules of separation of duty")?;
            let rule = SodRule {
                id: SodRuleId::new(&*platform.ids, cx.now()),
                name: new.name.clone(),
                permissions: new.permissions,
                scope: new.scope,
                created_at: cx.now(),
                version: 1,
            };
            tx.insert_sod_rule(&rule)?;
            let (grants, roles) = (tx.all_grants()?, tx.all_roles()?);
            require_separated(std::slice::from_ref(&rule), &grants, &roles, cx.now())?;
            let detail = json!({"name": rule.name, "permissions": rule.permissions, "scope": rule.scope});
            tx.append_audit(&record(&cx, ["sod_rule.create", "sod_rule", &rule.id.to_string()], detail))?;
            Ok(rule)
        })
    }

    /// The rules that keep permissions apart, by id.
    pub fn sod_rules(&self, principal: &VerifiedPrincipal) -> Result<Vec<SodRule>, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "sod_rule.list")?;
        self.0.store.read(&cx)?.sod_rules()
    }

    /// Removes a rule.
    pub fn remove_sod_rule(&self, principal: &VerifiedPrincipal, id: SodRuleId) -> Result<(), Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "sod_rule.delete")?;
        self.0.act(&cx, "sod_rule.delete", |tx| {
            tx.remove_sod_rule(id)?;
            tx.append_audit(&record(&cx, ["sod_rule.delete", "sod_rule", &id.to_string()], Value::Null))?;
            Ok(())
        })
    }

    /// The grants that a list found, each with the name of its role.
    pub(super) fn with_names(self, cx: &TenantCtx, found: Page<RoleGrant>) -> Result<Page<Granted>, Error> {
        let Page { items, next, prev, size, total, page } = found;
        let mut read = self.0.store.read(cx)?;
        let mut granted = Vec::with_capacity(items.len());
        for grant in items {
            let role = read.role(grant.role_id)?.name;
            granted.push(Granted { grant, role });
        }
        Ok(Page { items: granted, next, prev, size, total, page })
    }

    /// The same request with the role it names by its id.
    pub(super) fn by_id(self, cx: &TenantCtx, request: &PageReq) -> Result<PageReq, Error> {
        let mut request = request.clone();
        if let Some(role) = request.filter.get_mut("role") {
            *role = named(&mut *self.0.store.read(cx)?, role)?.id.to_string();
        }
        Ok(request)
    }
}

fn insert(tx: &mut dyn TenantTx, cx: &TenantCtx, platform: &Platform, new: &NewRole) -> Result<Role, Error> {
    let inherits = all_named(tx, &new.inherits)?;
    tx.insert_role(&Role {
        id: RoleId::new(&*platform.ids, cx.now()),
        name: new.name.clone(),
        description: new.description.clone(),
        permissions: new.permissions,
        inherits,
        effective: PermissionSet::default(),
        built_in: false,
        created_at: cx.now(),
        updated_at: cx.now(),
        version: 1,
    })
}

/// Refuses someone's own grants.
fn require_others(cx: &TenantCtx, user: UserId) -> Result<(), Error> {
    if user == cx.user() {
        return Err(Error::denied("self_grant", "nobody changes their own grants"));
    }
    Ok(())
}

fn told(grant: &RoleGrant, role: &Role) -> Value {
    json!({"user": grant.user_id, "role": role.name, "scope": grant.scope, "expires_at": grant.expires_at})
}
