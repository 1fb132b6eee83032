//! The one evaluator: whether a user may do something, decided in a fixed order of reasons, for single
//! checks and for lists alike.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::entity::{Audience, Organization, Run, Subscription, SubscriptionState, Tenant, TenantStatus, User};
use super::permission::{Permission, PermissionSet};
use super::plan::{Feature, Limit, LimitKind, Plan, PlanCatalogue};
use super::principal::{PrincipalKind, TenantCtx};
use super::role::{GrantScope, RoleGrant};
use crate::error::Error;
use crate::id::{OrganizationId, UserId};

/// What is true of a user at one authorisation version.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The tenant.
    pub tenant: Tenant,
    /// The user.
    pub user: User,
    /// The user's organization.
    pub organization: Option<Organization>,
    /// The user's grants.
    pub grants: Vec<RoleGrant>,
    /// The subscription in force.
    pub subscription: Subscription,
    /// Its plan.
    pub plan: Plan,
    /// The plan's features, those included among them.
    pub features: BTreeSet<Feature>,
    /// The catalogue, to name the plan that a refusal needs.
    pub catalogue: PlanCatalogue,
}

/// What is acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The tenant as a whole.
    Tenant,
    /// Something a user keeps.
    Owned {
        /// Its owner.
        owner: UserId,
        /// The owner's organization.
        organization: Option<OrganizationId>,
        /// Who may see it.
        audience: Audience,
    },
}

impl From<&Run> for Resource {
    fn from(run: &Run) -> Self {
        Resource::Owned { owner: run.owner_id, organization: run.organization_id, audience: run.audience }
    }
}

/// Why a decision is as it is; the first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The tenant is suspended or deactivated.
    TenantInactive,
    /// The user is deactivated.
    UserInactive,
    /// The user's organization is deactivated.
    OrganizationInactive,
    /// The subscription does not allow it.
    SubscriptionState,
    /// No grant holds the permission.
    NoPermission,
    /// The resource is not shown to this user.
    NotVisible,
    /// The plan does not hold the feature.
    FeatureNotInPlan,
    /// It is allowed.
    Granted,
}

impl Reason {
    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::TenantInactive => "tenant_inactive",
            Reason::UserInactive => "user_inactive",
            Reason::OrganizationInactive => "organization_inactive",
            Reason::SubscriptionState => "subscription_state",
            Reason::NoPermission => "no_permission",
            Reason::NotVisible => "not_visible",
            Reason::FeatureNotInPlan => "feature_not_in_plan",
            Reason::Granted => "granted",
        }
    }
}

/// The outcome of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it is allowed.
    pub allow: bool,
    /// Why.
    pub reason: Reason,
    /// Authorisation version that it was decided by.
    pub policy_version: u64,
    /// The least plan that would allow it.
    pub needed_plan: Option<String>,
}

impl Decision {
    /// `Ok` when allowed; otherwise the error for the caller, about `what`.
    pub fn into_result(self, what: &str) -> Result<(), Error> {
        match self.reason {
            Reason::Granted => Ok(()),
            // What may not be seen is not there.
            Reason::NotVisible => Err(Error::not_found("not_found", what)),
            Reason::FeatureNotInPlan => {
                let error = Error::limit_exceeded(self.reason.name(), what);
                Err(match self.needed_plan {
                    Some(plan) => error.with("needed_plan", plan),
                    None => error,
                })
            }
            reason => Err(Error::denied(reason.name(), what)),
        }
    }
}

/// Which of what users keep a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    owner: UserId,
    organization: Option<OrganizationId>,
}

impl Visibility {
    /// Whether a resource is shown.
    #[must_use]
    pub fn shows(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Tenant => true,
            Resource::Owned { owner, organization, audience } => match audience {
                _ if *owner == self.owner => true,
                Audience::Private => false,
                Audience::Organization => organization.is_some() && *organization == self.organization,
                Audience::Tenant => true,
            },
        }
    }

    /// The owner whose own things are shown.
    #[must_use]
    pub fn owner(&self) -> UserId {
        self.owner
    }

    /// The organization whose things are shown.
    #[must_use]
    pub fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }
}

impl TenantCtx {
    fn decided(&self, reason: Reason) -> Decision {
        Decision {
            allow: reason == Reason::Granted,
            reason,
            policy_version: self.snapshot.tenant.auth_version,
            needed_plan: None,
        }
    }

    /// What forbids anything at all.
    fn standing(&self) -> Option<Reason> {
        let snapshot = &self.snapshot;
        let paid = matches!(
            snapshot.subscription.state,
            SubscriptionState::Trial | SubscriptionState::Active | SubscriptionState::PastDue
        );
        if snapshot.tenant.status != TenantStatus::Active {
            Some(Reason::TenantInactive)
        } else if !snapshot.user.active {
            Some(Reason::UserInactive)
        } else if snapshot.organization.as_ref().is_some_and(|organization| !organization.active) {
            Some(Reason::OrganizationInactive)
        } else if paid {
            None
        } else {
            Some(Reason::SubscriptionState)
        }
    }

    /// The permissions that live grants give on `resource`.
    fn granted(&self, resource: &Resource) -> PermissionSet {
        let live = |grant: &&RoleGrant| grant.expires_at.is_none_or(|end| self.now < end);
        let counts = |grant: &&RoleGrant| match (grant.scope, resource) {
            (GrantScope::Tenant, _) => true,
            (GrantScope::Organization(id), Resource::Owned { organization, .. }) => *organization == Some(id),
            (GrantScope::Organization(_), Resource::Tenant) => false,
        };
        let grants = self.snapshot.grants.iter().filter(live).filter(counts);
        grants.fold(PermissionSet::default(), |set, grant| set.union(grant.role.permissions()))
    }

    /// Whether the user may do what `permission` names to `resource`.
    #[must_use]
    pub fn decide(&self, permission: Permission, resource: &Resource) -> Decision {
        if let Some(reason) = self.standing() {
            return self.decided(reason);
        }
        if !self.granted(resource).contains(permission) {
            return self.decided(Reason::NoPermission);
        }
        if !self.visibility().shows(resource) {
            return self.decided(Reason::NotVisible);
        }
        // A program of the tenant's needs a plan that is open to programs.
        if self.kind == PrincipalKind::Service {
            return self.entitled("api_access");
        }
        self.decided(Reason::Granted)
    }

    /// Whether the plan holds `feature`.
    #[must_use]
    pub fn entitled(&self, feature: &str) -> Decision {
        if self.snapshot.features.contains(feature) {
            return self.decided(Reason::Granted);
        }
        let needed_plan = self.snapshot.catalogue.needed_plan(feature).map(str::to_owned);
        Decision { needed_plan, ..self.decided(Reason::FeatureNotInPlan) }
    }

    /// How much of `kind` the plan allows.
    #[must_use]
    pub fn limit(&self, kind: LimitKind) -> Limit {
        self.snapshot.plan.limit(kind)
    }

    /// What of others' things this user sees.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        Visibility { owner: self.user(), organization: self.organization() }
    }

    /// All permissions on the tenant as a whole: those for which [`TenantCtx::decide`] says yes.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        let allowed = |permission: &Permission| self.decide(*permission, &Resource::Tenant).allow;
        Permission::ALL.iter().copied().filter(allowed).collect()
    }
}
