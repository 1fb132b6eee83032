//! The one evaluator: whether a user may do something, by checks in a fixed order of which the first that
//! fails is the reason, for single questions and for lists alike.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::decision::{Decision, Reason, Resource, Snapshot, Visibility};
use super::entitlement::Standing;
use super::entity::{Audience, TenantStatus};
use super::hierarchy::Role;
use super::permission::{Permission, PermissionSet};
use super::plan::{Feature, Limit, LimitKind};
use super::policy::Policies;
use super::principal::{PrincipalKind, TenantCtx};
use super::role::{GrantScope, RoleGrant};
use super::subscription::SubscriptionState;
use crate::by_key::set_of;
use crate::id::OrganizationId;
use crate::time::Timestamp;

/// A check that a decision makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Whose tenant is named.
    Tenant,
    /// Whether the tenant may act.
    TenantStatus,
    /// Whether the user may act.
    Member,
    /// Whether the organizations of user and resource may act.
    Organization,
    /// What the state of the subscription leaves open.
    Subscription,
    /// Whether a role gives the permission where the resource is.
    Permission,
    /// Whether another than who asked must do it.
    Duty,
    /// Whether the resource is shown to the user.
    Visibility,
    /// Whether the plan is open to callers of this kind.
    Plan,
}

impl Check {
    /// All checks, in the order in which they are made.
    pub const ALL: [Self; 9] = [
        Self::Tenant,
        Self::TenantStatus,
        Self::Member,
        Self::Organization,
        Self::Subscription,
        Self::Permission,
        Self::Duty,
        Self::Visibility,
        Self::Plan,
    ];

    /// How many of them concern whether anything may be done at all: of these no policy is asked.
    const STANDING: usize = 5;
}

/// What a program of the tenant's needs of its plan.
const OF_PROGRAMS: &str = "api_access";

/// What the grants of a user come to at one instant.
#[derive(Clone, Debug, Default)]
pub(super) struct Rights {
    /// Held in the whole tenant.
    whole: PermissionSet,
    /// Held in organizations, each once.
    within: Vec<(OrganizationId, PermissionSet)>,
    /// What is allowed on the tenant as a whole.
    allowed: PermissionSet,
}

impl Rights {
    fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let mut rights = Self::default();
        for grant in snapshot.grants.iter().filter(|grant| grant.is_live(now)) {
            let held = snapshot.permissions_of(grant);
            match grant.scope {
                GrantScope::Tenant => rights.whole = rights.whole.union(held),
                GrantScope::Organization(id) => match rights.within.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, known)) => *known = known.union(held),
                    None => rights.within.push((id, held)),
                },
            }
        }
        rights
    }

    /// What is held where a resource of `organization` is; for none, in the whole tenant.
    fn at(&self, organization: Option<OrganizationId>) -> PermissionSet {
        let there = self.within.iter().find(|(id, _)| Some(*id) == organization);
        there.map_or(self.whole, |(_, held)| self.whole.union(*held))
    }

    fn anywhere(&self) -> PermissionSet {
        self.within.iter().fold(self.whole, |all, (_, held)| all.union(*held))
    }
}

impl Snapshot {
    /// What the role of a grant comes to.
    pub(super) fn permissions_of(&self, grant: &RoleGrant) -> PermissionSet {
        self.role_of(grant).map(|role| role.effective).unwrap_or_default()
    }

    /// What the role of a grant is called.
    pub(super) fn role_name(&self, grant: &RoleGrant) -> String {
        self.role_of(grant).map(|role| role.name.clone()).unwrap_or_default()
    }

    fn role_of(&self, grant: &RoleGrant) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == grant.role_id)
    }
}

impl TenantCtx {
    /// The context with the rights of its instant worked out.
    pub(super) fn evaluated(mut self) -> Self {
        self.rights = Rights::of(&self.snapshot, self.now);
        self.rights.allowed = self.held_in(GrantScope::Tenant);
        self
    }

    fn decided(&self, reason: Reason) -> Decision {
        Decision { allow: reason == Reason::Granted, reason, policy_version: self.policy_version(), needed_plan: None }
    }

    /// Whether the state of the subscription leaves it open; what is done to the subscription itself takes
    /// no other.
    fn is_open(&self, permission: Permission, is_subscription: bool) -> bool {
        match self.snapshot.subscription.state_at(self.now) {
            SubscriptionState::Trial | SubscriptionState::Active | SubscriptionState::PastDue => true,
            SubscriptionState::Suspended => is_subscription,
            SubscriptionState::Cancelled | SubscriptionState::Expired => {
                let exports = permission == Permission::ExportData && self.snapshot.subscription.exports_at(self.now);
                is_subscription || exports
            }
        }
    }

    /// Why a check fails, if it does.
    pub(super) fn failure(&self, check: Check, permission: Permission, on: &Resource) -> Option<Reason> {
        let snapshot = &*self.snapshot;
        let reason = |fails: bool, reason| fails.then_some(reason);
        match check {
            Check::Tenant => reason(matches!(on, Resource::Named(id) if *id != self.tenant()), Reason::TenantMismatch),
            Check::TenantStatus => reason(snapshot.tenant.status != TenantStatus::Active, Reason::TenantInactive),
            Check::Member => reason(!snapshot.user.active, Reason::UserInactive),
            Check::Organization => {
                let own = snapshot.organization.as_ref().is_some_and(|organization| !organization.active);
                let its = on.organization().is_some_and(|id| snapshot.inactive.contains(&id));
                reason(own || its, Reason::OrganizationInactive)
            }
            Check::Subscription => {
                reason(!self.is_open(permission, *on == Resource::Subscription), Reason::SubscriptionState)
            }
            Check::Permission => reason(!self.rights.at(on.organization()).contains(permission), Reason::NoPermission),
            Check::Duty => {
                let own = matches!(on, Resource::Confirmation { requested_by } if *requested_by == self.user());
                reason(own, Reason::SeparationOfDuty)
            }
            Check::Visibility => match on {
                Resource::Owned { owner, organization, audience } => {
                    let is_meant = audience.is_meant_for((self.user(), self.organization()), *owner, *organization);
                    reason(!is_meant, Reason::NotVisible)
                }
                _ => None,
            },
            Check::Plan if self.kind == PrincipalKind::Service => {
                Some(self.entitled(OF_PROGRAMS).reason).filter(|reason| *reason != Reason::Granted)
            }
            Check::Plan => None,
        }
    }

    fn decide_by(&self, checks: &[Check], permission: Permission, on: &Resource) -> Decision {
        match checks.iter().find_map(|check| self.failure(*check, permission, on)) {
            // Which plan would do is told with it.
            Some(Reason::FeatureNotInPlan) => self.entitled(OF_PROGRAMS),
            failure => self.decided(failure.unwrap_or(Reason::Granted)),
        }
    }

    /// Whether the user may do what `permission` names to `resource`.
    #[must_use]
    pub fn decide(&self, permission: Permission, resource: &Resource) -> Decision {
        let Some(policy) = self.policies.policy() else { return self.decide_by(&Check::ALL, permission, resource) };
        let (standing, others) = Check::ALL.split_at(Check::STANDING);
        let stands = self.decide_by(standing, permission, resource);
        if !stands.allow {
            return stands;
        }
        let built_in = self.decide_by(others, permission, resource);
        let own = policy.decide(&self.without_policies(), permission, resource, built_in).consistent();
        let shown = || self.visible(permission).is_some_and(|shown| shown.shows(resource));
        if own.allow && matches!(resource, Resource::Owned { .. }) && !shown() {
            return self.decided(Reason::NotVisible);
        }
        own
    }

    /// Whether the user may do what `permission` names to the tenant as a whole: what [`TenantCtx::decide`]
    /// says, looked up.
    #[must_use]
    pub fn can(&self, permission: Permission) -> bool {
        self.rights.allowed.contains(permission)
    }

    /// All permissions on the tenant as a whole: those for which [`TenantCtx::decide`] says yes.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        self.rights.allowed.iter().collect()
    }

    /// What acting in a scope is about: the tenant as a whole, or something of the user's own in an
    /// organization.
    pub(crate) fn place_of(&self, scope: GrantScope) -> Resource {
        match scope {
            GrantScope::Tenant => Resource::Tenant,
            GrantScope::Organization(id) => {
                Resource::Owned { owner: self.user(), organization: Some(id), audience: Audience::Private }
            }
        }
    }

    /// What the user may do in a scope.
    pub(crate) fn held_in(&self, scope: GrantScope) -> PermissionSet {
        let place = self.place_of(scope);
        let allowed = |permission: &Permission| self.decide(*permission, &place).allow;
        PermissionSet::of(&Permission::ALL.iter().copied().filter(allowed).collect::<Vec<_>>())
    }

    /// Whether the tenant has `feature`: from its plan or granted apart from it, and not revoked.
    #[must_use]
    pub fn entitled(&self, feature: &str) -> Decision {
        let Snapshot { overrides, features, catalogue, .. } = &*self.snapshot;
        let built_in = match overrides.standing(features, feature, self.now) {
            Standing::Held => self.decided(Reason::Granted),
            Standing::Revoked => self.decided(Reason::FeatureDisabled),
            Standing::NotInPlan => {
                let needed_plan = catalogue.needed_plan(feature).map(str::to_owned);
                Decision { needed_plan, ..self.decided(Reason::FeatureNotInPlan) }
            }
        };
        match self.policies.plan() {
            None => built_in,
            Some(policy) => policy.entitled(&self.without_policies(), feature, built_in).consistent(),
        }
    }

    /// The features that the tenant has now.
    #[must_use]
    pub fn features(&self) -> BTreeSet<Feature> {
        let mut features = self.snapshot.overrides.effective(&self.snapshot.features, self.now);
        if self.policies.plan().is_some() {
            features.retain(|feature| self.entitled(feature).allow);
        }
        features
    }

    /// How much of `kind` the tenant may have: what the plan allows, if nothing else is set for it.
    #[must_use]
    pub fn limit(&self, kind: LimitKind) -> Limit {
        let own = self.snapshot.overrides.limit(kind, self.now);
        let built_in = own.unwrap_or_else(|| self.snapshot.plan.limit(kind));
        match self.policies.plan() {
            None => built_in,
            Some(policy) => policy.limit(&self.without_policies(), kind, built_in),
        }
    }

    /// To which of the things that users keep [`TenantCtx::decide`] allows what `permission` names; `None`
    /// when to none at all. Where a host's own policy decides, it may forbid more of them one by one.
    #[must_use]
    pub fn visible(&self, permission: Permission) -> Option<Visibility> {
        let closed = [Check::TenantStatus, Check::Member, Check::Organization, Check::Subscription, Check::Plan];
        let fails = |check: &Check| self.failure(*check, permission, &Resource::Tenant).is_some();
        if closed.iter().any(fails) || !self.rights.anywhere().contains(permission) {
            return None;
        }
        let Snapshot { inactive, .. } = &*self.snapshot;
        let (within, without) = if self.rights.whole.contains(permission) {
            (None, inactive.clone())
        } else {
            let held =
                self.rights.within.iter().filter(|(id, held)| held.contains(permission) && !inactive.contains(id));
            (Some(set_of(held.map(|(id, _)| *id))), BTreeSet::new())
        };
        let built_in = Visibility { owner: self.user(), organization: self.organization(), within, without };
        Some(match self.policies.policy() {
            None => built_in,
            Some(policy) => policy.visible(&self.without_policies(), permission, built_in),
        })
    }

    /// What this user may read of that which users keep; nothing at all without `read_models`.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.visible(Permission::ReadModels).unwrap_or_else(|| Visibility {
            owner: self.user(),
            organization: self.organization(),
            within: Some(BTreeSet::new()),
            without: BTreeSet::new(),
        })
    }

    /// The same context under the evaluator alone, as policies are handed it.
    fn without_policies(&self) -> Self {
        Self { policies: Policies::default(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
