//! The order of reasons, and that lists and single decisions agree.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;
use crate::id::{GrantId, OverrideId, SeededIds, SubscriptionId, TenantId, UserId};
use crate::tenancy::{
    BuiltInRole, Catalogues, Cycle, FeatureOverride, Organization, OverrideEffect, OverrideOrigin, Overrides,
    PlanCatalogue, Slug, Subscription, Tenant, User,
};
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
        let role_id = role.id_in(self.tenant);
        RoleGrant { id: self.grant, user_id: self.user, role_id, scope, granted_by: None, expires_at: None }
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
            inactive: BTreeSet::new(),
            grants,
            roles: BuiltInRole::ALL.iter().map(|role| role.role_in(self.tenant, NOW)).collect(),
            subscription: bought.subscription,
            plan: catalogue.plan("basic").unwrap().clone(),
            features: catalogue.features("basic"),
            overrides: Overrides::default(),
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
    assert_eq!((decision.reason, decision.needed_plan.as_deref()), (Reason::FeatureNotInPlan, Some("professional")));
    assert_eq!(service.visible(Permission::ReadModels), None);
}

#[test]
fn what_lies_in_an_organization_at_rest_is_out_of_reach_and_nothing_else_is() {
    let cast = cast();
    let mut snapshot = cast.snapshot(vec![cast.grant(BuiltInRole::Admin, GrantScope::Tenant)]);
    snapshot.inactive.insert(cast.abroad);
    let cx = Cast::enter(snapshot);
    let reason = |organization| {
        let own = Cast::owned(cast.user, organization, Audience::Tenant);
        cx.decide(Permission::ReadModels, &own).reason
    };
    assert_eq!(reason(Some(cast.abroad)), Reason::OrganizationInactive);
    assert_eq!([reason(Some(cast.home)), reason(None)], [Reason::Granted; 2]);
}

#[test]
fn who_made_a_request_does_not_confirm_it_and_who_lacks_the_permission_neither() {
    let cast = cast();
    let reason = |role, requested_by| {
        let cx = Cast::enter(cast.snapshot(vec![cast.grant(role, GrantScope::Tenant)]));
        cx.decide(Permission::ManageTenant, &Resource::Confirmation { requested_by }).reason
    };
    assert_eq!(reason(BuiltInRole::Admin, cast.user), Reason::SeparationOfDuty);
    assert_eq!(reason(BuiltInRole::Admin, cast.other), Reason::Granted);
    assert_eq!(reason(BuiltInRole::Guest, cast.user), Reason::NoPermission);
}

#[test]
fn a_revoked_feature_is_another_refusal_than_one_that_no_plan_of_the_tenants_holds() {
    let cast = cast();
    let mut snapshot = cast.snapshot(vec![cast.grant(BuiltInRole::Admin, GrantScope::Tenant)]);
    let revoked = |feature: &str| FeatureOverride {
        id: OverrideId::new(&SeededIds::new([5; 32]), NOW),
        feature: feature.to_owned(),
        effect: OverrideEffect::Revoke,
        origin: OverrideOrigin::Tenant,
        expires_at: Some(NOW.plus_micros(1)),
        reason: "a test".to_owned(),
        set_by: "ada".to_owned(),
        created_at: NOW,
    };
    snapshot.overrides.features = vec![revoked("dcf_analysis")];
    let at = |now| TenantCtx::new(Arc::new(snapshot.clone()), PrincipalKind::User, now);
    assert_eq!(at(NOW).entitled("dcf_analysis").reason, Reason::FeatureDisabled);
    assert_eq!(at(NOW).entitled("ml_models").reason, Reason::FeatureNotInPlan);
    assert!(!at(NOW).features().contains("dcf_analysis"));
    assert!(at(NOW.plus_micros(1)).entitled("dcf_analysis").allow, "until it ends");
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
        resting in any::<bool>(),
    ) {
        let cast = cast();
        let grants = grants.into_iter().map(|(role, scope, ended)| RoleGrant {
            expires_at: ended.then_some(NOW),
            ..cast.grant(role, scope.map_or(GrantScope::Tenant, GrantScope::Organization))
        });
        let mut snapshot = cast.snapshot(grants.collect());
        if resting {
            snapshot.inactive.insert(cast.abroad);
        }
        let kind = if service { PrincipalKind::Service } else { PrincipalKind::User };
        let cx = TenantCtx::new(Arc::new(snapshot), kind, NOW);
        let resource = Cast::owned(if mine { cast.user } else { cast.other }, organization, audience);
        for permission in Permission::ALL {
            let others = [cast.user, cast.other].map(|requested_by| Resource::Confirmation { requested_by });
            for resource in [resource, Resource::Tenant, Resource::Subscription].into_iter().chain(others) {
                let listed = cx.visible(*permission).is_some_and(|shown| shown.shows(&resource));
                prop_assert_eq!(listed, cx.decide(*permission, &resource).allow);
            }
            let allowed = cx.decide(*permission, &Resource::Tenant).allow;
            prop_assert_eq!(cx.permissions().contains(permission), allowed);
            prop_assert_eq!(cx.can(*permission), allowed);
        }
        let read = cx.decide(Permission::ReadModels, &resource).allow;
        prop_assert_eq!(cx.visibility().shows(&resource), read);
    }
}
