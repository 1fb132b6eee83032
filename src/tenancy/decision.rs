//! What a decision is about and what it says: the facts it is made from, the resource, the reason, and what
//! of a list it shows. How it is made is in `evaluator`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::content::{Note, Scenario};
use super::entitlement::Overrides;
use super::entity::{Audience, Organization, Run, Tenant, User};
use super::hierarchy::Role;
use super::plan::{Feature, Plan, PlanCatalogue};
use super::role::RoleGrant;
use super::subscription::Subscription;
use crate::error::Error;
use crate::id::{OrganizationId, TenantId, UserId};

/// What is true of a user at one authorisation version.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The tenant.
    pub tenant: Tenant,
    /// The user.
    pub user: User,
    /// The user's organization.
    pub organization: Option<Organization>,
    /// The tenant's organizations that are deactivated.
    pub inactive: BTreeSet<OrganizationId>,
    /// The user's grants.
    pub grants: Vec<RoleGrant>,
    /// The roles that these give.
    pub roles: Vec<Role>,
    /// The subscription in force.
    pub subscription: Subscription,
    /// Its plan.
    pub plan: Plan,
    /// The plan's features, those included among them.
    pub features: BTreeSet<Feature>,
    /// What of plan and limits is otherwise for this tenant.
    pub overrides: Overrides,
    /// The catalogue, to name the plan that a refusal needs.
    pub catalogue: PlanCatalogue,
}

/// What is acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// The tenant as a whole.
    Tenant,
    /// The tenant that a path, header or body of the host's names; any but the caller's own is not there.
    Named(TenantId),
    /// The tenant's subscription: in whatever state it is, it can be read and changed.
    Subscription,
    /// Something a user keeps.
    Owned {
        /// Its owner.
        owner: UserId,
        /// The owner's organization.
        organization: Option<OrganizationId>,
        /// Who may see it.
        audience: Audience,
    },
    /// A request that another than who made it must confirm.
    Confirmation {
        /// Who made it.
        requested_by: UserId,
    },
}

impl Resource {
    /// The organization that it belongs to.
    pub(super) fn organization(&self) -> Option<OrganizationId> {
        match self {
            Resource::Owned { organization, .. } => *organization,
            _ => None,
        }
    }
}

macro_rules! owned_resources {
    ($($kept:ident)*) => {$(
        impl From<&$kept> for Resource {
            fn from(kept: &$kept) -> Self {
                Resource::Owned { owner: kept.owner_id, organization: kept.organization_id, audience: kept.audience }
            }
        }
    )*};
}

owned_resources! { Run Scenario Note }

/// Why a decision is as it is; the first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another tenant was named than the caller's.
    TenantMismatch,
    /// The tenant is suspended or deactivated.
    TenantInactive,
    /// The user is deactivated.
    UserInactive,
    /// The organization of the user or of the resource is deactivated.
    OrganizationInactive,
    /// The subscription does not allow it.
    SubscriptionState,
    /// No grant holds the permission.
    NoPermission,
    /// Who made the request may not confirm it too.
    SeparationOfDuty,
    /// The resource is not shown to this user.
    NotVisible,
    /// The plan does not hold the feature.
    FeatureNotInPlan,
    /// The feature is revoked for this tenant.
    FeatureDisabled,
    /// It is allowed.
    Granted,
}

impl Reason {
    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::TenantMismatch => "tenant_mismatch",
            Reason::TenantInactive => "tenant_inactive",
            Reason::UserInactive => "user_inactive",
            Reason::OrganizationInactive => "organization_inactive",
            Reason::SubscriptionState => "subscription_state",
            Reason::NoPermission => "no_permission",
            Reason::SeparationOfDuty => "separation_of_duty",
            Reason::NotVisible => "not_visible",
            Reason::FeatureNotInPlan => "feature_not_in_plan",
            Reason::FeatureDisabled => "feature_disabled",
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
    /// The same question refused, where it was not refused already: what a policy that only forbids gives.
    #[must_use]
    pub fn forbidden(self) -> Self {
        if self.allow { Self { allow: false, reason: Reason::NoPermission, ..self } } else { self }
    }

    /// With a reason that fits the answer.
    pub(super) fn consistent(self) -> Self {
        match (self.allow, self.reason) {
            (true, reason) if reason != Reason::Granted => Self { reason: Reason::Granted, ..self },
            (false, Reason::Granted) => Self { reason: Reason::NoPermission, ..self },
            _ => self,
        }
    }

    /// `Ok` when allowed; otherwise the error for the caller, about `what`.
    pub fn into_result(self, what: &str) -> Result<(), Error> {
        match self.reason {
            Reason::Granted => Ok(()),
            // What may not be seen is not there.
            Reason::TenantMismatch | Reason::NotVisible => Err(Error::not_found("not_found", what)),
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

/// Which of what users keep a list shows: exactly what [`TenantCtx::decide`](super::TenantCtx::decide) allows one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    pub(super) owner: UserId,
    pub(super) organization: Option<OrganizationId>,
    /// Where the permission is held; `None` is the whole tenant.
    pub(super) within: Option<BTreeSet<OrganizationId>>,
    /// What belongs to these is not shown.
    pub(super) without: BTreeSet<OrganizationId>,
}

impl Visibility {
    /// Whether a resource is shown.
    #[must_use]
    pub fn shows(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Tenant | Resource::Subscription => self.within.is_none(),
            Resource::Named(_) => false,
            Resource::Confirmation { requested_by } => self.within.is_none() && *requested_by != self.owner,
            Resource::Owned { owner, organization, audience } => {
                let at_rest = organization.is_some_and(|id| self.without.contains(&id));
                !at_rest
                    && self.reaches(*organization)
                    && audience.is_meant_for((self.owner, self.organization), *owner, *organization)
            }
        }
    }

    /// Of what is shown only that which belongs to one of `organizations`.
    #[must_use]
    pub fn only_within(self, organizations: &BTreeSet<OrganizationId>) -> Self {
        let within = match &self.within {
            None => organizations.clone(),
            Some(within) => within.intersection(organizations).copied().collect(),
        };
        Self { within: Some(within), ..self }
    }

    /// Whether the permission is held where a resource of `organization` is.
    pub(super) fn reaches(&self, organization: Option<OrganizationId>) -> bool {
        self.within.as_ref().is_none_or(|within| organization.is_some_and(|id| within.contains(&id)))
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

    /// The organizations to which all that is shown belongs; `None` is no such bound.
    #[must_use]
    pub fn within(&self) -> Option<&BTreeSet<OrganizationId>> {
        self.within.as_ref()
    }

    /// The organizations to which nothing that is shown belongs: those that are deactivated.
    #[must_use]
    pub fn without(&self) -> &BTreeSet<OrganizationId> {
        &self.without
    }
}
