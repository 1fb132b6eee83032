//! The users of a tenant as a service: made with a role, changed by version, deactivated and back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::roles::{give, named};
use super::services::{NewUser, Users, event};
use crate::error::Error;
use crate::id::{GrantId, OrganizationId, UserId};
use crate::store::{TenantTx, UserPatch};
use crate::tenancy::{
    AuditEvent, BuiltInRole, GrantScope, LimitKind, Permission, RoleGrant, TenantCtx, User, VerifiedPrincipal,
    check_email, check_name,
};

/// What changes of a user; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Address.
    #[serde(default)]
    pub email: Option<String>,
    /// The organization moved to.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// Whether the user leaves its organization for none.
    #[serde(default)]
    pub no_organization: bool,
}

impl UserChange {
    fn patch(&self) -> Result<UserPatch, Error> {
        if let Some(name) = &self.display_name {
            check_name("display_name", name)?;
        }
        if let Some(email) = &self.email {
            check_email(email)?;
        }
        let organization_id = match (self.organization_id, self.no_organization) {
            (Some(_), true) => {
                return Err(Error::invalid_input("no_organization", true, "not beside an organization_id"));
            }
            (None, true) => Some(None),
            (moved, false) => moved.map(Some),
        };
        Ok(UserPatch { display_name: self.display_name.clone(), email: self.email.clone(), organization_id })
    }
}

/// Refuses one more active user than the plan allows.
fn require_room(tx: &mut dyn TenantTx, cx: &TenantCtx) -> Result<(), Error> {
    let active = tx.active_users()?;
    if cx.limit(LimitKind::Users).allows(active + 1) {
        return Ok(());
    }
    Err(Error::limit_exceeded(LimitKind::Users.reason(), "one more active user").with("used", active))
}

impl Users<'_> {
    /// Makes a user of the caller's organization with a role in the whole tenant; nobody gives a permission
    /// that they lack.
    pub fn create(&self, principal: &VerifiedPrincipal, new: &NewUser) -> Result<User, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "user.create")?;
        self.make(&cx, new, cx.organization())
    }

    /// As [`Users::create`], in another organization or none.
    pub fn create_in(
        &self,
        principal: &VerifiedPrincipal,
        new: &NewUser,
        organization: Option<OrganizationId>,
    ) -> Result<User, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "user.create")?;
        self.make(&cx, new, organization)
    }

    fn make(self, cx: &TenantCtx, new: &NewUser, organization: Option<OrganizationId>) -> Result<User, Error> {
        let (platform, now) = (self.0, cx.now());
        let user = platform.new_user(new, organization, now)?;
        platform.act(cx, "user.create", |tx| {
            let role = named(tx, new.role.as_deref().unwrap_or(BuiltInRole::Guest.name()))?;
            require_room(tx, cx)?;
            tx.insert_user(&user)?;
            let grant = RoleGrant {
                id: GrantId::new(&*platform.ids, now),
                user_id: user.id,
                role_id: role.id,
                scope: GrantScope::Tenant,
                granted_by: Some(cx.user()),
                expires_at: None,
            };
            give(tx, cx, &role, &grant)?;
            tx.append_audit(&AuditEvent {
                detail: json!({"role": role.name}),
                ..event(&cx.user().to_string(), "user.create", "user", &user.id.to_string(), now)
            })?;
            Ok(())
        })?;
        Ok(user)
    }

    /// A user of the tenant's.
    pub fn get(&self, principal: &VerifiedPrincipal, id: UserId) -> Result<User, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "user.read")?;
        self.0.store.read(&cx)?.user(id)
    }

    /// Changes name, address or organization of the user whose version is `expected`.
    pub fn update(
        &self,
        principal: &VerifiedPrincipal,
        id: UserId,
        expected: u64,
        change: &UserChange,
    ) -> Result<User, Error> {
        let patch = change.patch()?;
        let cx = self.0.require(principal, Permission::AdminUsers, "user.update")?;
        self.0.act(&cx, "user.update", |tx| {
            if id == cx.user() && patch.organization_id.is_some() {
                return Err(Error::denied("self_grant", "nobody changes their own standing"));
            }
            let user = tx.update_user(id, expected, &patch)?;
            // Which of them changed, and not to what: the log is kept longer than addresses may be.
            let detail = json!({
                "display_name": patch.display_name.is_some(),
                "email": patch.email.is_some(),
                "organization": patch.organization_id,
            });
            tx.append_audit(&updated(&cx, id, detail))?;
            Ok(user)
        })
    }

    /// Activates or deactivates the user whose version is `expected`.
    pub fn set_active(
        &self,
        principal: &VerifiedPrincipal,
        id: UserId,
        expected: u64,
        active: bool,
    ) -> Result<User, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "user.update")?;
        self.0.act(&cx, "user.update", |tx| {
            if id == cx.user() {
                return Err(Error::denied("self_grant", "nobody changes their own standing"));
            }
            if active && !tx.user(id)?.active {
                require_room(tx, &cx)?;
            }
            let user = tx.set_user_active(id, expected, active)?;
            tx.append_audit(&updated(&cx, id, json!({"active": active})))?;
            Ok(user)
        })
    }
}

fn updated(cx: &TenantCtx, id: UserId, detail: Value) -> AuditEvent {
    AuditEvent { detail, ..event(&cx.user().to_string(), "user.update", "user", &id.to_string(), cx.now()) }
}
