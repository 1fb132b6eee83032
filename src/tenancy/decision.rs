//! The one evaluator: whether a user may do something, decided in a fixed order of reasons, for single
//! checks and for lists alike.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::content::{Note, Scenario};
use super::entity::{Audience, Organization, Run, Tenant, TenantStatus, User};
use super::permission::Permission;
use super::plan::{Feature, Limit, LimitKind, Plan, PlanCatalogue};
use super::principal::{PrincipalKind, TenantCtx};
use super::role::{GrantScope, RoleGrant};
use super::subscription::{Subscription, SubscriptionState};
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
            Reason::TenantMismatch => "tenant_mismatch",
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

/// Which of what users keep a list shows: exactly what [`TenantCtx::decide`] allows one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visibility {
    owner: UserId,
    organization: Option<OrganizationId>,
    /// Where the permission is held; `None` is the whole tenant.
    within: Option<BTreeSet<OrganizationId>>,
}

impl Visibility {
    /// Whether a resource is shown.
    #[must_use]
    pub fn shows(&self, resource: &Resource) -> bool {
        match resource {
            Resource::Tenant | Resource::Subscription => self.within.is_none(),
            Resource::Named(_) => false,
            Resource::Owned { owner, organization, audience } => {
                self.reaches(*organization) && self.addressed(*owner, *organization, *audience)
            }
        }
    }

    /// Whether the permission is held where a resource of `organization` is.
    fn reaches(&self, organization: Option<OrganizationId>) -> bool {
        self.within.as_ref().is_none_or(|within| organization.is_some_and(|id| within.contains(&id)))
    }

    /// Whether the user is among those a resource is meant for.
    fn addressed(&self, owner: UserId, organization: Option<OrganizationId>, audience: Audience) -> bool {
        match audience {
            _ if owner == self.owner => true,
            Audience::Private => false,
            Audience::Organization => organization.is_some() && organization == self.organization,
            Audience::Tenant => true,
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

    /// The organizations to which all that is shown belongs; `None` is no such bound.
    #[must_use]
    pub fn within(&self) -> Option<&BTreeSet<OrganizationId>> {
        self.within.as_ref()
    }
}

impl TenantCtx {
    fn decided(&self, reason: Reason) -> Decision {
        Decision { allow: reason == Reason::Granted, reason, policy_version: self.policy_version(), needed_plan: None }
    }

    /// What forbids `permission` whoever holds it; what is done to the subscription itself takes no other.
    fn standing(&self, permission: Permission, is_subscription: bool) -> Option<Reason> {
        let snapshot = &self.snapshot;
        let open = || match snapshot.subscription.state_at(self.now) {
            SubscriptionState::Trial | SubscriptionState::Active | SubscriptionState::PastDue => true,
            SubscriptionState::Suspended => is_subscription,
            SubscriptionState::Cancelled | SubscriptionState::Expired => {
                let exports = permission == Permission::ExportData && snapshot.subscription.exports_at(self.now);
                is_subscription || exports
            }
        };
        if snapshot.tenant.status != TenantStatus::Active {
            Some(Reason::TenantInactive)
        } else if !snapshot.user.active {
            Some(Reason::UserInactive)
        } else if snapshot.organization.as_ref().is_some_and(|organization| !organization.active) {
            Some(Reason::OrganizationInactive)
        } else if open() {
            None
        } else {
            Some(Reason::SubscriptionState)
        }
    }

    /// The roles given by grants that have not ended, each with its scope.
    fn live_grants(&self) -> impl Iterator<Item = &RoleGrant> {
        self.snapshot.grants.iter().filter(|grant| grant.expires_at.is_none_or(|end| self.now < end))
    }

    /// Whether the user may do what `permission` names to `resource`.
    #[must_use]
    pub fn decide(&self, permission: Permission, resource: &Resource) -> Decision {
        let resource = match resource {
            Resource::Named(tenant) if *tenant != self.tenant() => return self.decided(Reason::TenantMismatch),
            Resource::Named(_) => &Resource::Tenant,
            resource => resource,
        };
        if let Some(reason) = self.standing(permission, *resource == Resource::Subscription) {
            return self.decided(reason);
        }
        let Some(visibility) = self.held(permission) else { return self.decided(Reason::NoPermission) };
        match resource {
            Resource::Tenant | Resource::Subscription | Resource::Named(_) if visibility.within.is_some() => {
                return self.decided(Reason::NoPermission);
            }
            Resource::Owned { organization, .. } if !visibility.reaches(*organization) => {
                return self.decided(Reason::NoPermission);
            }
            resource if !visibility.shows(resource) => return self.decided(Reason::NotVisible),
            _ => {}
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

    /// Where a live grant gives `permission`; `None` where none does.
    fn held(&self, permission: Permission) -> Option<Visibility> {
        let mut organizations = BTreeSet::new();
        let mut whole = false;
        for grant in self.live_grants().filter(|grant| grant.role.permissions().contains(permission)) {
            match grant.scope {
                GrantScope::Tenant => whole = true,
                GrantScope::Organization(id) => {
                    organizations.insert(id);
                }
            }
        }
        let within = (!whole).then_some(organizations);
        let nowhere = within.as_ref().is_some_and(BTreeSet::is_empty);
        (!nowhere).then(|| Visibility { owner: self.user(), organization: self.organization(), within })
    }

    /// To which of the things that users keep [`TenantCtx::decide`] allows what `permission` names; `None`
    /// when to none at all.
    #[must_use]
    pub fn visible(&self, permission: Permission) -> Option<Visibility> {
        let closed = self.kind == PrincipalKind::Service && !self.entitled("api_access").allow;
        if closed || self.standing(permission, false).is_some() { None } else { self.held(permission) }
    }

    /// What this user may read of that which users keep; nothing at all without `read_models`.
    #[must_use]
    pub fn visibility(&self) -> Visibility {
        self.visible(Permission::ReadModels).unwrap_or_else(|| Visibility {
            owner: self.user(),
            organization: self.organization(),
            within: Some(BTreeSet::new()),
        })
    }

    /// All permissions on the tenant as a whole: those for which [`TenantCtx::decide`] says yes.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        let allowed = |permission: &Permission| self.decide(*permission, &Resource::Tenant).allow;
        Permission::ALL.iter().copied().filter(allowed).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::id::{GrantId, SeededIds, SubscriptionId};
    use crate::tenancy::{BuiltInRole, Catalogues, Cycle, Slug};
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    /// Ids that are the same in each test.
    struct Cast {
        user: UserId,
        other: UserId,
        home: OrganizationId,
        abroad: OrganizationId,
        tenant: TenantId,
        grant: GrantId,
        subscription: SubscriptionId,
    }

    fn cast() -> Cast {
        let ids = SeededIds::new([3; 32]);
        Cast {
            user: UserId::new(&ids, NOW),
            other: UserId::new(&ids, NOW),
            home: OrganizationId::new(&ids, NOW),
            abroad: OrganizationId::new(&ids, NOW),
            tenant: TenantId::new(&ids, NOW),
            grant: GrantId::new(&ids, NOW),
            subscription: SubscriptionId::new(&ids, NOW),
        }
    }

    impl Cast {
        fn grant(&self, role: BuiltInRole, scope: GrantScope) -> RoleGrant {
            RoleGrant { id: self.grant, user_id: self.user, role, scope, granted_by: None, expires_at: None }
        }

        fn snapshot(&self, grants: Vec<RoleGrant>) -> Snapshot {
            let catalogue = PlanCatalogue::seed();
            let catalogues = Catalogues::new(vec![catalogue.clone()]).unwrap();
            let bought = Subscription::bought(self.subscription, &catalogues, ("basic", Cycle::Monthly), NOW).unwrap();
            let organization =
                Organization { id: self.home, name: "home".to_owned(), active: true, created_at: NOW, version: 1 };
            Snapshot {
                tenant: Tenant {
                    id: self.tenant,
                    slug: Slug::parse("acme").unwrap(),
                    name: "Acme".to_owned(),
                    status: TenantStatus::Active,
                    domain: None,
                    auth_version: 7,
                    created_at: NOW,
                    version: 1,
                },
                user: User {
                    id: self.user,
                    issuer: "idp".to_owned(),
                    subject: "ada".to_owned(),
                    email: "ada@example.com".to_owned(),
                    display_name: "Ada".to_owned(),
                    organization_id: Some(self.home),
                    active: true,
                    created_at: NOW,
                    version: 1,
                },
                organization: Some(organization),
                grants,
                subscription: bought.subscription,
                plan: catalogue.plan("basic").unwrap().clone(),
                features: catalogue.features("basic"),
                catalogue,
            }
        }

        fn enter(snapshot: Snapshot) -> TenantCtx {
            TenantCtx::new(Arc::new(snapshot), PrincipalKind::User, NOW)
        }

        fn owned(owner: UserId, organization: Option<OrganizationId>, audience: Audience) -> Resource {
            Resource::Owned { owner, organization, audience }
        }
    }

    #[test]
    fn of_several_reasons_the_first_in_order_is_given() {
        let cast = cast();
        let foreign = TenantId::new(&SeededIds::new([4; 32]), NOW);
        let mut snapshot = cast.snapshot(Vec::new());
        snapshot.tenant.status = TenantStatus::Suspended;
        snapshot.user.active = false;
        snapshot.organization.as_mut().unwrap().active = false;
        snapshot.subscription.state = SubscriptionState::Expired;
        let reason = |snapshot: &Snapshot, resource: &Resource| {
            let decision = Cast::enter(snapshot.clone()).decide(Permission::ReadModels, resource);
            assert_eq!((decision.allow, decision.policy_version), (decision.reason == Reason::Granted, 7));
            decision.reason
        };
        let hidden = Cast::owned(cast.other, Some(cast.home), Audience::Private);
        assert_eq!(reason(&snapshot, &Resource::Named(foreign)), Reason::TenantMismatch);
        assert_eq!(reason(&snapshot, &hidden), Reason::TenantInactive);
        snapshot.tenant.status = TenantStatus::Active;
        assert_eq!(reason(&snapshot, &hidden), Reason::UserInactive);
        snapshot.user.active = true;
        assert_eq!(reason(&snapshot, &hidden), Reason::OrganizationInactive);
        snapshot.organization.as_mut().unwrap().active = true;
        assert_eq!(reason(&snapshot, &hidden), Reason::SubscriptionState);
        snapshot.subscription.state = SubscriptionState::PastDue;
        assert_eq!(reason(&snapshot, &hidden), Reason::NoPermission);
        snapshot.grants = vec![cast.grant(BuiltInRole::Guest, GrantScope::Tenant)];
        assert_eq!(reason(&snapshot, &hidden), Reason::NotVisible);
        assert_eq!(reason(&snapshot, &Resource::Named(cast.tenant)), Reason::Granted);
        let service = TenantCtx::new(Arc::new(snapshot), PrincipalKind::Service, NOW);
        let decision = service.decide(Permission::ReadModels, &Resource::Tenant);
        assert_eq!(
            (decision.reason, decision.needed_plan.as_deref()),
            (Reason::FeatureNotInPlan, Some("professional"))
        );
        assert_eq!(service.visible(Permission::ReadModels), None);
    }

    #[test]
    fn callers_learn_nothing_of_what_they_may_not_see() {
        let error = |reason| {
            let needed_plan = Some("enterprise".to_owned());
            Decision { allow: false, reason, policy_version: 1, needed_plan }.into_result("run").unwrap_err()
        };
        assert_eq!(error(Reason::TenantMismatch), error(Reason::NotVisible));
        assert_eq!(error(Reason::NotVisible).kind(), ErrorKind::NotFound);
        assert_eq!(error(Reason::FeatureNotInPlan).kind(), ErrorKind::LimitExceeded);
        assert_eq!(error(Reason::FeatureNotInPlan).detail("needed_plan").unwrap(), "enterprise");
        for reason in [Reason::TenantInactive, Reason::UserInactive, Reason::SubscriptionState, Reason::NoPermission] {
            assert_eq!((error(reason).kind(), error(reason).reason()), (ErrorKind::Denied, Some(reason.name())));
        }
    }

    #[test]
    fn each_state_of_a_subscription_leaves_open_what_it_should_from_the_next_instant_on() {
        use SubscriptionState as S;
        let cast = cast();
        let day = 86_400_000_000;
        let at = |state, days: i64| {
            let mut snapshot = cast.snapshot(vec![cast.grant(BuiltInRole::Admin, GrantScope::Tenant)]);
            snapshot.subscription.state = state;
            snapshot.subscription.grace_end = Some(NOW.plus_micros(7 * day));
            snapshot.subscription.trial_end = Some(NOW.plus_micros(30 * day));
            snapshot.subscription.ended_at = state.has_ended().then_some(NOW);
            let cx = TenantCtx::new(Arc::new(snapshot), PrincipalKind::User, NOW.plus_micros(days * day));
            let told = |permission, resource: Resource| cx.decide(permission, &resource).reason;
            (
                told(Permission::WriteModels, Resource::Tenant) == Reason::Granted,
                told(Permission::ManageTenant, Resource::Subscription) == Reason::Granted,
                told(Permission::ExportData, Resource::Tenant) == Reason::Granted,
            )
        };
        let (everything, itself, exports) = ((true, true, true), (false, true, false), (false, true, true));
        assert_eq!([at(S::Trial, 29), at(S::Active, 29), at(S::PastDue, 6)], [everything; 3]);
        // The last instant of grace is the one before it ends.
        assert_eq!([at(S::PastDue, 7), at(S::Suspended, 1)], [itself; 2]);
        assert_eq!([at(S::Trial, 30), at(S::Cancelled, 29), at(S::Expired, 0)], [exports; 3]);
        assert_eq!([at(S::Trial, 60), at(S::Cancelled, 30)], [itself; 2]);
        let mut closed = cast.snapshot(vec![cast.grant(BuiltInRole::Admin, GrantScope::Tenant)]);
        closed.tenant.status = TenantStatus::Deactivated;
        let decision = Cast::enter(closed).decide(Permission::ManageTenant, &Resource::Subscription);
        assert_eq!(decision.reason, Reason::TenantInactive);
    }

    #[test]
    fn a_grant_ends_at_its_instant() {
        let cast = cast();
        let until = |end| {
            let grant = RoleGrant { expires_at: Some(end), ..cast.grant(BuiltInRole::Admin, GrantScope::Tenant) };
            Cast::enter(cast.snapshot(vec![grant])).permissions().len()
        };
        assert_eq!((until(NOW), until(NOW.plus_micros(1))), (0, 12));
    }

    fn organization(cast: &Cast) -> impl Strategy<Value = Option<OrganizationId>> + use<> {
        prop::sample::select(vec![None, Some(cast.home), Some(cast.abroad)])
    }

    proptest! {
        #[test]
        fn a_list_shows_exactly_what_single_decisions_allow(
            grants in prop::collection::vec(
                (prop::sample::select(BuiltInRole::ALL), organization(&cast()), any::<bool>()), 0..4),
            mine in any::<bool>(),
            organization in organization(&cast()),
            audience in prop::sample::select(vec![Audience::Private, Audience::Organization, Audience::Tenant]),
            service in any::<bool>(),
        ) {
            let cast = cast();
            let grants = grants.into_iter().map(|(role, scope, ended)| RoleGrant {
                expires_at: ended.then_some(NOW),
                ..cast.grant(role, scope.map_or(GrantScope::Tenant, GrantScope::Organization))
            });
            let snapshot = cast.snapshot(grants.collect());
            let kind = if service { PrincipalKind::Service } else { PrincipalKind::User };
            let cx = TenantCtx::new(Arc::new(snapshot), kind, NOW);
            let resource = Cast::owned(if mine { cast.user } else { cast.other }, organization, audience);
            for permission in Permission::ALL {
                for resource in [resource, Resource::Tenant, Resource::Subscription] {
                    let listed = cx.visible(*permission).is_some_and(|shown| shown.shows(&resource));
                    prop_assert_eq!(listed, cx.decide(*permission, &resource).allow);
                }
                let told = cx.permissions().contains(permission);
                prop_assert_eq!(told, cx.decide(*permission, &Resource::Tenant).allow);
            }
            let read = cx.decide(Permission::ReadModels, &resource).allow;
            prop_assert_eq!(cx.visibility().shows(&resource), read);
        }
    }
}
