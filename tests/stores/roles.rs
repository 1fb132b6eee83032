//! Who may give what to whom, on every store: roles, grants, rules, overrides, and the threats to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use valor_ivx::id::{OrganizationId, RoleId, SeededIds, UserId};
use valor_ivx::platform::{
    NewFeatureOverride, NewGrant, NewLimitOverride, NewRole, NewSodRule, NewUser, Platform, RolePatch, RunRequest,
    UserChange,
};
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{
    Audience, BuiltInRole, Check, Decision, GrantScope, Limit, LimitKind, OverrideEffect, Permission, PermissionSet,
    PlanCatalogue, PlanPolicy, PlatformRole, Policy, PrincipalKind, Reason, Resource, Role, TenantCtx, User,
    VerifiedPrincipal,
};
use valor_ivx::time::{ManualClock, Timestamp};
use valor_ivx::{Error, ErrorKind};

use crate::{Place, places, tenant, user};

/// One store of each kind, that in memory too.
fn everywhere() -> Vec<Place> {
    let mut all = places();
    all.push(Place { url: "memory:".to_owned(), name: "".into() });
    all
}

fn reason<T>(told: Result<T, Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A process on a store, with plans that let a test ask as often as it likes.
fn process(url: &str, clock: &Arc<ManualClock>) -> Platform {
    let mut plans = PlanCatalogue::seed();
    plans.plans[0].features.push("audit_logs".to_owned());
    plans.plans.iter_mut().for_each(|plan| plan.requests_per_minute = Limit::Unlimited);
    let builder = Platform::builder(url).plans(plans).clock(clock.clone());
    builder.operator("host", "root", PlatformRole::Operator).open().unwrap()
}

/// A tenant of ada's, and whom she has let in.
struct House {
    clock: Arc<ManualClock>,
    platform: Platform,
    ada: VerifiedPrincipal,
}

impl House {
    fn new(place: &Place, plan: &str) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let platform = process(&place.url, &clock);
        let ada = tenant(&platform, "acme", plan);
        Self { clock, platform, ada }
    }

    fn operator(&self) -> VerifiedPrincipal {
        self.platform.principal("host", "root", None, PrincipalKind::Platform).unwrap()
    }

    fn add(&self, subject: &str, role: &str) -> (User, VerifiedPrincipal) {
        let made = self.platform.users().create(&self.ada, &user(subject, role)).unwrap();
        (made, self.platform.principal("idp", subject, self.ada.tenant(), PrincipalKind::User).unwrap())
    }

    fn role(&self, name: &str, permissions: &[Permission], inherits: &[&str]) -> Result<Role, Error> {
        self.platform.roles().create(&self.ada, &new_role(name, permissions, inherits))
    }

    fn own(&self) -> UserId {
        self.platform.enter(&self.ada).unwrap().user()
    }
}

fn new_role(name: &str, permissions: &[Permission], inherits: &[&str]) -> NewRole {
    NewRole {
        name: name.to_owned(),
        description: String::new(),
        permissions: PermissionSet::of(permissions),
        inherits: inherits.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn new_grant(user: UserId, role: &str) -> NewGrant {
    NewGrant { user_id: user, role: role.to_owned(), scope: GrantScope::Tenant, expires_at: None }
}

#[test]
fn the_default_matrix_is_the_published_one_for_users_of_each_role() {
    const VIEWER: &[&str] = &["read_models", "view_analytics"];
    const ANALYST: &[&str] = &["read_models", "write_models", "share_models", "view_analytics", "export_data"];
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let listed = house.platform.roles().list(&house.ada, &PageReq::default()).unwrap().items;
        let names: Vec<_> = listed.iter().map(|role| (role.name.as_str(), role.built_in)).collect();
        assert_eq!(names, [("Admin", true), ("Analyst", true), ("Guest", true), ("Viewer", true)], "{}", place.url);
        let all: Vec<_> = Permission::ALL.iter().map(|permission| permission.name()).collect();
        for (role, published) in [("Guest", &VIEWER[..1]), ("Viewer", VIEWER), ("Analyst", ANALYST), ("Admin", &all)] {
            let (_, who) = house.add(&role.to_lowercase(), role);
            let held = house.platform.permissions(&who).unwrap();
            assert_eq!(held.iter().map(|permission| permission.name()).collect::<Vec<_>>(), published, "{role}");
            for permission in Permission::ALL {
                assert_eq!(house.platform.can(&who, *permission).unwrap(), published.contains(&permission.name()));
            }
        }
    }
}

#[test]
fn a_role_of_ones_own_is_made_given_changed_taken_back_and_removed() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let (platform, ada) = (&house.platform, &house.ada);
        let clerk = house.role("Ｃlerk", &[Permission::WriteModels], &["guest"]).unwrap();
        let (ben, as_ben) = house.add("ben", "cLERK");
        assert_eq!(platform.permissions(&as_ben).unwrap(), [Permission::ReadModels, Permission::WriteModels]);
        let patch = RolePatch {
            name: Some("Scribe".to_owned()),
            permissions: Some(PermissionSet::of(&[Permission::ExportData])),
            ..RolePatch::default()
        };
        let changed = platform.roles().update(ada, clerk.id, 1, &patch).unwrap();
        assert_eq!((changed.version, changed.inherits.len()), (2, 1), "what is absent stays");
        assert_eq!(platform.permissions(&as_ben).unwrap(), [Permission::ReadModels, Permission::ExportData]);
        assert_eq!(reason(platform.roles().update(ada, clerk.id, 1, &patch)), "version_conflict");

        for filter in ["Scribe".to_owned(), clerk.id.to_string()] {
            let found = platform.roles().grants(ada, &PageReq::default().filtered("role", filter)).unwrap().items;
            let told: Vec<_> = found.iter().map(|found| (found.role.as_str(), found.grant.user_id)).collect();
            assert_eq!(told, [("Scribe", ben.id)], "{}", place.url);
        }
        let of_ben = PageReq::default().filtered("user", ben.id.to_string());
        let grant = platform.users().grants(ada, &of_ben).unwrap().items.remove(0).grant;
        assert_eq!(grant.granted_by, Some(house.own()));
        assert_eq!(reason(platform.roles().remove(ada, clerk.id, 2)), "in_use");
        platform.roles().revoke(ada, grant.id).unwrap();
        assert!(platform.permissions(&as_ben).unwrap().is_empty());
        assert_eq!(reason(platform.roles().revoke(ada, grant.id)), "not_found");
        platform.roles().remove(ada, clerk.id, 2).unwrap();
        assert_eq!(reason(platform.roles().get(ada, "Scribe")), "not_found");
        let guest = platform.roles().get(ada, "Guest").unwrap();
        assert_eq!(reason(platform.roles().remove(ada, guest.id, 1)), "built_in");
        assert_eq!(reason(platform.roles().update(ada, guest.id, 1, &patch)), "built_in");
        let records = platform.audit().list(ada, &PageReq::of_size(100)).unwrap().items;
        let actions: BTreeSet<_> = records.iter().map(|record| record.event.action.as_str()).collect();
        for action in ["role.create", "role.update", "role.delete", "grant.delete"] {
            assert!(actions.contains(action), "{}: {actions:?}", place.url);
        }
    }
}

#[test]
fn a_grant_counts_until_it_ends_and_one_that_has_ended_is_replaced() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let (platform, ada) = (&house.platform, &house.ada);
        let (ben, as_ben) = house.add("ben", "Guest");
        let now = START;
        let until = |end| NewGrant { expires_at: Some(end), ..new_grant(ben.id, "Analyst") };
        let past = platform.roles().grant(ada, &until(now.plus_micros(-1))).unwrap_err();
        assert_eq!(past.field(), Some("expires_at"), "{}", place.url);
        let given = platform.roles().grant(ada, &until(now.plus_micros(1_000_000))).unwrap();
        assert_eq!(given.role, "Analyst");
        assert_eq!(reason(platform.roles().grant(ada, &until(now.plus_micros(1_000_000_000)))), "duplicate");
        assert_eq!(platform.permissions(&as_ben).unwrap().len(), 5);
        house.clock.advance_micros(1_000_000);
        assert_eq!(platform.permissions(&as_ben).unwrap(), [Permission::ReadModels], "no one had to sweep");
        platform.roles().grant(ada, &new_grant(ben.id, "Analyst")).unwrap();
        assert_eq!(platform.permissions(&as_ben).unwrap().len(), 5);
    }
}

#[test]
fn threat_5_no_role_of_a_tenant_can_hold_a_permission_of_the_platform() {
    for permission in ["platform_write_tenants", "platform_redact_audit", "root", ""] {
        assert_eq!(Permission::parse(permission).unwrap_err().field(), Some("permission"));
        let role = json!({"name": "x", "permissions": [permission]});
        let refused = serde_json::from_value::<NewRole>(role).unwrap_err().to_string();
        assert!(refused.contains("permission"), "{refused}");
    }
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        for operator in ["Operator", "Auditor"] {
            assert_eq!(reason(house.role("x", &[], &[operator])), "not_found", "{}", place.url);
            let (ben, _) = house.add(operator, "Guest");
            assert_eq!(reason(house.platform.roles().grant(&house.ada, &new_grant(ben.id, operator))), "not_found");
        }
    }
}

#[test]
fn threat_6_nobody_gives_themselves_or_a_friend_more_than_they_hold() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let platform = &house.platform;
        let keeper = house.role("keeper", &[Permission::AdminUsers, Permission::ReadModels], &[]).unwrap();
        let strong = house.role("strong", &[Permission::ManageTenant], &[]).unwrap();
        let (ben, as_ben) = house.add("ben", "keeper");
        let (friend, _) = house.add("friend", "Guest");
        let roles = platform.roles();
        for role in ["Admin", "keeper", "Guest"] {
            assert_eq!(reason(roles.grant(&as_ben, &new_grant(ben.id, role))), "self_grant", "{}", place.url);
        }
        for role in ["Admin", "Analyst", "strong"] {
            assert_eq!(reason(roles.grant(&as_ben, &new_grant(friend.id, role))), "no_permission");
            let there = GrantScope::Organization(friend.organization_id.unwrap());
            let grant = NewGrant { scope: there, ..new_grant(friend.id, role) };
            assert_eq!(reason(roles.grant(&as_ben, &grant)), "no_permission", "in a narrower scope neither");
            assert_eq!(reason(platform.users().create(&as_ben, &user("eve", role))), "no_permission");
        }
        assert_eq!(reason(roles.create(&as_ben, &new_role("x", &[Permission::ManageTenant], &[]))), "no_permission");
        let wider = RolePatch { permissions: Some(PermissionSet::of(Permission::ALL)), ..RolePatch::default() };
        let none = RolePatch { permissions: Some(PermissionSet::default()), ..RolePatch::default() };
        assert_eq!(reason(roles.update(&as_ben, keeper.id, 1, &wider)), "no_permission", "a role of their own");
        assert_eq!(reason(roles.update(&as_ben, strong.id, 1, &none)), "no_permission", "nor less than they lack");
        assert_eq!(reason(roles.remove(&as_ben, strong.id, 1)), "no_permission");
        let of = |id: UserId| PageReq::default().filtered("user", id.to_string());
        let own = roles.grants(&house.ada, &of(ben.id)).unwrap().items.remove(0).grant;
        assert_eq!(reason(roles.revoke(&as_ben, own.id)), "self_grant");
        let of_ada = roles.grants(&house.ada, &of(house.own())).unwrap().items.remove(0).grant;
        assert_eq!(reason(roles.revoke(&as_ben, of_ada.id)), "no_permission");
        roles.grant(&as_ben, &new_grant(friend.id, "keeper")).unwrap();
        assert_eq!(roles.grants(&house.ada, &of(friend.id)).unwrap().items.len(), 2, "what they hold they may give");
        assert_eq!(platform.permissions(&as_ben).unwrap().len(), 2);
        assert_eq!(roles.get(&house.ada, "strong").unwrap(), strong, "{}", place.url);
        // Each refusal is on record under its true reason.
        let denied = platform.audit().list(&house.ada, &PageReq::of_size(100)).unwrap().items;
        let told: BTreeSet<_> = denied.iter().filter_map(|record| record.event.reason.as_deref()).collect();
        assert!(told.is_superset(&["self_grant", "no_permission"].into()), "{}: {told:?}", place.url);
    }
}

#[test]
fn who_administers_one_organization_gives_what_they_hold_there_and_only_there() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let platform = &house.platform;
        let [north, south] = ["North", "South"].map(|name| platform.organizations().create(&house.ada, name).unwrap());
        let (ben, as_ben) = house.add("ben", "Guest");
        let (cy, _) = house.add("cy", "Guest");
        let there = |id| GrantScope::Organization(id);
        let admin = NewGrant { scope: there(north.id), ..new_grant(ben.id, "Admin") };
        platform.roles().grant(&house.ada, &admin).unwrap();
        assert!(!platform.can(&as_ben, Permission::AdminUsers).unwrap(), "not in the whole tenant");
        let give = |scope| platform.roles().grant(&as_ben, &NewGrant { scope, ..new_grant(cy.id, "Analyst") });
        assert_eq!([reason(give(GrantScope::Tenant)), reason(give(there(south.id)))], ["no_permission"; 2]);
        let given = give(there(north.id)).unwrap();
        platform.roles().revoke(&as_ben, given.grant.id).unwrap();
        assert_eq!(reason(platform.users().create(&as_ben, &user("eve", "Guest"))), "no_permission");
    }
}

#[test]
fn threat_7_a_role_neither_inherits_from_itself_nor_from_what_its_maker_lacks() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let roles = house.platform.roles();
        let first = house.role("first", &[Permission::AdminUsers], &["Guest"]).unwrap();
        house.role("second", &[], &["first"]).unwrap();
        let inherits = |names: &[&str]| RolePatch {
            inherits: Some(names.iter().map(|name| (*name).to_owned()).collect()),
            ..RolePatch::default()
        };
        for circle in [&["second"][..], &["first"], &["Admin", "second"]] {
            let refused = roles.update(&house.ada, first.id, 1, &inherits(circle)).unwrap_err();
            assert_eq!((refused.kind(), refused.reason()), (ErrorKind::InvalidInput, Some("cycle")), "{}", place.url);
        }
        house.role("fifth", &[], &["Admin"]).unwrap();
        assert_eq!(house.role("sixth", &[], &["fifth"]).unwrap_err().field(), Some("inherits"));
        let (_, as_ben) = house.add("ben", "first");
        assert_eq!(reason(roles.create(&as_ben, &new_role("x", &[], &["Admin"]))), "no_permission");
        assert_eq!(reason(roles.update(&as_ben, first.id, 1, &inherits(&["Analyst"]))), "no_permission");
        assert_eq!(roles.get(&house.ada, "first").unwrap(), first);
    }
}

#[test]
fn threat_8_exactly_one_administrator_remains_of_two_who_remove_each_other() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let platform = &house.platform;
        let (ben, as_ben) = house.add("ben", "Admin");
        let ada = platform.users().get(&as_ben, house.own()).unwrap();
        let work = |who: &VerifiedPrincipal, other: &User| {
            let users = platform.users();
            loop {
                match users.set_active(who, other.id, other.version, false) {
                    Err(error) if matches!(error.reason(), Some("busy" | "version_conflict")) => {}
                    told => return told.is_ok(),
                }
            }
        };
        let done = std::thread::scope(|scope| {
            let threads = [scope.spawn(|| work(&house.ada, &ben)), scope.spawn(|| work(&as_ben, &ada))];
            threads.map(|thread| thread.join().unwrap())
        });
        let left: Vec<_> = [&house.ada, &as_ben]
            .into_iter()
            .filter(|who| platform.can(who, Permission::AdminUsers).unwrap())
            .collect();
        assert_eq!((done.iter().filter(|done| **done).count(), left.len()), (1, 1), "{}", place.url);
        // Who is left can neither be demoted nor deactivated by a lesser keeper of users.
        let keeper =
            platform.roles().create(left[0], &new_role("keeper", &[Permission::AdminUsers], &["Admin"])).unwrap();
        let (cy, as_cy) = (
            platform.users().create(left[0], &user("cy", "keeper")).unwrap(),
            platform.principal("idp", "cy", house.ada.tenant(), PrincipalKind::User).unwrap(),
        );
        let last = platform.enter(left[0]).unwrap().user();
        let last = platform.users().get(&as_cy, last).unwrap();
        platform.users().set_active(&as_cy, last.id, last.version, false).unwrap();
        let narrower = RolePatch {
            permissions: Some(PermissionSet::default()),
            inherits: Some(vec!["Analyst".to_owned()]),
            ..RolePatch::default()
        };
        assert_eq!(reason(platform.roles().update(&as_cy, keeper.id, 1, &narrower)), "last_admin", "{}", place.url);
        assert_eq!(reason(platform.users().set_active(&as_cy, cy.id, 1, false)), "self_grant");
    }
}

#[test]
fn threat_9_a_foreign_user_role_or_organization_in_a_body_is_not_there_and_nothing_is_done() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let (platform, ada) = (&house.platform, &house.ada);
        let other = tenant(platform, "bolt", "enterprise");
        let theirs = platform.roles().create(&other, &new_role("theirs", &[], &[])).unwrap();
        let stranger = platform.users().create(&other, &user("eve", "Guest")).unwrap();
        let (ben, _) = house.add("ben", "Guest");
        let ids = SeededIds::new([7; 32]);
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        let roles = [theirs.id, RoleId::new(&ids, at)];
        let users = [stranger.id, UserId::new(&ids, at)];
        let organizations = [stranger.organization_id.unwrap(), OrganizationId::new(&ids, at)];
        // Foreign and unknown are one answer.
        for ((role, other_user), organization) in roles.iter().zip(users).zip(organizations) {
            let told = [
                platform.roles().grant(ada, &new_grant(ben.id, &role.to_string())).map(drop),
                platform.roles().grant(ada, &new_grant(other_user, "Guest")).map(drop),
                platform
                    .roles()
                    .grant(
                        ada,
                        &NewGrant { scope: GrantScope::Organization(organization), ..new_grant(ben.id, "Guest") },
                    )
                    .map(drop),
                platform.roles().create(ada, &new_role("x", &[], &[&role.to_string()])).map(drop),
                platform.roles().update(ada, *role, 1, &RolePatch::default()).map(drop),
                platform.roles().remove(ada, *role, 1),
                platform.users().create(ada, &user("dee", &role.to_string())).map(drop),
                platform.users().create_in(ada, &user("dee", "Guest"), Some(organization)).map(drop),
                platform
                    .users()
                    .update(
                        ada,
                        ben.id,
                        1,
                        &UserChange { organization_id: Some(organization), ..UserChange::default() },
                    )
                    .map(drop),
                platform.users().update(ada, other_user, 1, &UserChange::default()).map(drop),
                platform.organizations().rename(ada, organization, 1, "mine").map(drop),
                platform.organizations().set_active(ada, organization, 1, false).map(drop),
            ];
            for (at, told) in told.into_iter().enumerate() {
                let error = told.unwrap_err();
                assert_eq!((error.kind(), error.reason()), (ErrorKind::NotFound, Some("not_found")), "{at}");
            }
        }
        let left = platform.users().list(ada, &PageReq::default()).unwrap().items;
        assert_eq!(left.len(), 2, "{}: an unknown role fails the whole call", place.url);
        assert_eq!(platform.users().get(ada, ben.id).unwrap(), ben);
    }
}

#[test]
fn threat_36_a_program_on_a_plan_without_api_access_is_refused_and_told_which_plan_it_needs() {
    for place in everywhere() {
        let house = House::new(&place, "basic");
        let platform = &house.platform;
        let program = platform.principal("idp", "ada", house.ada.tenant(), PrincipalKind::Service).unwrap();
        let refused = platform.run(&program, &npv()).unwrap_err();
        assert_eq!((refused.kind(), refused.reason()), (ErrorKind::LimitExceeded, Some("feature_not_in_plan")));
        assert_eq!(refused.detail("needed_plan"), Some(&json!("professional")), "{}", place.url);
        assert!(platform.permissions(&program).unwrap().is_empty());
        let grant = NewFeatureOverride {
            feature: "api_access".to_owned(),
            effect: OverrideEffect::Grant,
            expires_at: None,
            reason: "a trial of the interface".to_owned(),
        };
        let of = platform.entitlements().of(house.ada.tenant().unwrap());
        let granted = of.set_feature(&house.operator(), &grant).unwrap();
        platform.run(&program, &npv()).unwrap();
        of.remove(&house.operator(), granted.id).unwrap();
        assert_eq!(reason(platform.run(&program, &npv())), "feature_not_in_plan");
    }
}

#[test]
fn what_is_changed_here_binds_the_next_call_in_a_second_process() {
    for place in places() {
        let house = House::new(&place, "enterprise");
        let there = process(&place.url, &house.clock);
        let clerk = house.role("clerk", &[Permission::AdminUsers], &["Analyst"]).unwrap();
        let (ben, as_ben) = house.add("ben", "clerk");
        there.run(&as_ben, &npv()).unwrap();
        let less = RolePatch { inherits: Some(Vec::new()), ..RolePatch::default() };
        house.platform.roles().update(&house.ada, clerk.id, 1, &less).unwrap();
        assert_eq!(reason(there.run(&as_ben, &npv())), "no_permission", "{}: a role", place.url);
        let revoke = NewFeatureOverride {
            feature: "basic_analytics".to_owned(),
            effect: OverrideEffect::Revoke,
            expires_at: None,
            reason: "not wanted here".to_owned(),
        };
        there.run(&house.ada, &npv()).unwrap();
        let set = house.platform.entitlements().set_feature(&house.ada, &revoke).unwrap();
        let refused = there.run(&house.ada, &npv()).unwrap_err();
        assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Denied, Some("feature_disabled")), "{}", place.url);
        there.entitlements().remove(&house.ada, set.id).unwrap();
        house.platform.run(&house.ada, &npv()).unwrap();
        let (cy, as_cy) = house.add("cy", "Admin");
        there.users().list(&as_cy, &PageReq::default()).unwrap();
        house.platform.users().set_active(&house.ada, cy.id, cy.version, false).unwrap();
        assert_eq!(reason(there.users().list(&as_cy, &PageReq::default())), "user_inactive", "{}", place.url);
        assert!(there.can(&as_ben, Permission::AdminUsers).unwrap());
        house.platform.users().set_active(&house.ada, ben.id, ben.version, false).unwrap();
        assert!(!there.can(&as_ben, Permission::AdminUsers).unwrap(), "{}", place.url);
    }
}

#[test]
fn a_rule_keeps_two_permissions_from_one_user_in_each_scope() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let (platform, ada) = (&house.platform, &house.ada);
        let roles = platform.roles();
        let apart = NewSodRule {
            name: "who writes does not delete".to_owned(),
            permissions: PermissionSet::of(&[Permission::WriteModels, Permission::ExportData]),
            scope: GrantScope::Tenant,
        };
        let refused = roles.create_sod_rule(ada, &apart).unwrap_err();
        assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Conflict, Some("sod_violation")), "{}", place.url);
        let offenders = refused.detail("offenders").unwrap();
        assert_eq!(offenders[0]["user_id"], json!(house.own()), "{offenders}");
        assert_eq!(offenders[0]["permissions"], json!(["write_models", "export_data"]));
        assert!(roles.sod_rules(ada).unwrap().is_empty());

        // In an organization of which ada is not, what she holds in the whole tenant counts all the same; and
        // who is deactivated may come back.
        let there = GrantScope::Organization(platform.organizations().create(ada, "elsewhere").unwrap().id);
        let narrow = NewSodRule { scope: there, ..apart };
        let refused = roles.create_sod_rule(ada, &narrow).unwrap_err();
        assert_eq!(refused.detail("offenders").unwrap()[0]["scope"], json!(there));
        let (ben, _) = house.add("ben", "Analyst");
        platform.users().set_active(ada, ben.id, 1, false).unwrap();
        let refused = roles.create_sod_rule(ada, &narrow).unwrap_err();
        assert_eq!(refused.detail("used"), Some(&json!(2)), "{}", place.url);
    }
}

#[test]
fn a_rule_refuses_the_grant_and_the_change_of_a_role_that_break_it() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let ada = &house.ada;
        let roles = house.platform.roles();
        let everything: Vec<_> =
            Permission::ALL.iter().copied().filter(|permission| *permission != Permission::ExportData).collect();
        // An administrator who holds all but one of the two.
        house.role("most", &everything, &[]).unwrap();
        house.role("exporter", &[Permission::ExportData], &[]).unwrap();
        let writer = house.role("writer", &[Permission::WriteModels], &[]).unwrap();
        let (ben, as_ben) = house.add("ben", "most");
        let (cy, _) = house.add("cy", "exporter");
        let of_ada = PageReq::default().filtered("user", house.own().to_string());
        let of_ada = roles.grants(ada, &of_ada).unwrap().items.remove(0).grant;
        assert_eq!(reason(roles.revoke(&as_ben, of_ada.id)), "no_permission", "ben lacks one of ada's");
        // Ada gives all she holds to dee, who takes her role from her.
        let (dee, as_dee) = house.add("dee", "Admin");
        roles.revoke(&as_dee, of_ada.id).unwrap();
        roles.grant(&as_dee, &new_grant(house.own(), "most")).unwrap();
        let of_dee = PageReq::default().filtered("user", dee.id.to_string());
        let of_dee = roles.grants(&as_ben, &of_dee).unwrap().items.remove(0).grant;
        let until = START.plus_micros(1);
        let ending = NewGrant { expires_at: Some(until), ..new_grant(house.own(), "Admin") };
        roles.grant(&as_dee, &ending).unwrap();
        roles.revoke(ada, of_dee.id).unwrap();
        house.clock.advance_micros(1);
        let apart = NewSodRule {
            name: "apart".to_owned(),
            permissions: PermissionSet::of(&[Permission::WriteModels, Permission::ExportData]),
            scope: GrantScope::Tenant,
        };
        let rule = roles.create_sod_rule(ada, &apart).unwrap();
        assert_eq!(roles.sod_rules(ada).unwrap(), std::slice::from_ref(&rule), "{}", place.url);
        assert_eq!(reason(roles.create_sod_rule(ada, &apart)), "duplicate");

        assert_eq!(reason(roles.grant(ada, &new_grant(cy.id, "writer"))), "sod_violation");
        assert_eq!(reason(roles.grant(ada, &new_grant(cy.id, "most"))), "sod_violation");
        let there = GrantScope::Organization(cy.organization_id.unwrap());
        let narrow = NewGrant { scope: there, ..new_grant(cy.id, "writer") };
        assert_eq!(reason(roles.grant(ada, &narrow)), "sod_violation", "what is held everywhere is held there");
        let patch =
            |permission| RolePatch { permissions: Some(PermissionSet::of(&[permission])), ..RolePatch::default() };
        roles.grant(ada, &new_grant(ben.id, "writer")).unwrap();
        assert_eq!(reason(roles.update(ada, writer.id, 1, &patch(Permission::ExportData))), "no_permission");
        let view = roles.create(ada, &new_role("view", &[Permission::ViewAnalytics], &[])).unwrap();
        roles.grant(ada, &new_grant(cy.id, "view")).unwrap();
        assert_eq!(reason(roles.update(ada, view.id, 1, &patch(Permission::WriteModels))), "sod_violation");
        assert_eq!(roles.get(ada, "view").unwrap(), view, "{}: and nothing has changed", place.url);
        roles.remove_sod_rule(ada, rule.id).unwrap();
        roles.update(ada, view.id, 1, &patch(Permission::WriteModels)).unwrap();
    }
}

#[test]
fn rules_of_ones_own_take_the_feature_for_them() {
    for place in everywhere() {
        let house = House::new(&place, "professional");
        let apart = NewSodRule {
            name: "apart".to_owned(),
            permissions: PermissionSet::of(&[Permission::WriteModels, Permission::ExportData]),
            scope: GrantScope::Tenant,
        };
        let refused = house.platform.roles().create_sod_rule(&house.ada, &apart).unwrap_err();
        assert_eq!(refused.reason(), Some("feature_not_in_plan"), "{}", place.url);
        assert_eq!(refused.detail("needed_plan"), Some(&json!("enterprise")));
    }
}

#[test]
fn features_and_limits_apart_from_the_plan_are_the_platforms_to_give_and_a_tenants_to_forgo() {
    for place in everywhere() {
        let house = House::new(&place, "basic");
        let (platform, ada, operator) = (&house.platform, &house.ada, house.operator());
        let of = platform.entitlements().of(ada.tenant().unwrap());
        let feature = |feature: &str, effect| NewFeatureOverride {
            feature: feature.to_owned(),
            effect,
            expires_at: None,
            reason: "because".to_owned(),
        };
        let users =
            |value| NewLimitOverride { limit: LimitKind::Users, value, expires_at: None, reason: "because".to_owned() };
        let (grant, revoke) = (OverrideEffect::Grant, OverrideEffect::Revoke);
        let own = platform.entitlements();
        assert_eq!(reason(own.set_feature(ada, &feature("ml_models", grant))), "no_permission", "{}", place.url);
        assert_eq!(reason(own.set_limit(ada, &users(Limit::Unlimited))), "no_permission");
        assert_eq!(own.set_feature(ada, &feature("flying", revoke)).unwrap_err().field(), Some("feature"));
        let limit = of.set_limit(&operator, &users(Limit::At(2))).unwrap();
        house.add("ben", "Guest");
        assert_eq!(reason(platform.users().create(ada, &user("cy", "Guest"))), "user_limit");
        assert_eq!(reason(own.remove(ada, limit.id)), "no_permission");
        let by_platform = of.set_feature(&operator, &feature("basic_analytics", revoke)).unwrap();
        let by_tenant = own.set_feature(ada, &feature("basic_analytics", revoke)).unwrap();
        assert_eq!(reason(own.remove(ada, by_platform.id)), "no_permission", "what the platform took stays taken");
        own.remove(ada, by_tenant.id).unwrap();
        assert_eq!(reason(platform.run(ada, &npv())), "feature_disabled", "{}", place.url);
        of.remove(&operator, by_platform.id).unwrap();
        platform.run(ada, &npv()).unwrap();
        of.remove(&operator, limit.id).unwrap();
        house.add("cy", "Guest");
        assert_eq!(of.get(&operator).unwrap(), own.get(ada).unwrap());
        let stranger = tenant(platform, "bolt", "basic");
        assert_eq!(reason(of.get(&stranger)), "not_found");
        assert_eq!(reason(of.set_feature(&stranger, &feature("basic_analytics", revoke))), "not_found");
        of.set_feature(&operator, &feature("audit_logs", grant)).unwrap();
        let records = platform.audit().list(ada, &PageReq::of_size(100)).unwrap().items;
        let set = records.iter().filter(|record| record.event.action == "override.set" && record.event.outcome == "ok");
        assert_eq!(set.count(), 4, "{}", place.url);
    }
}

#[test]
fn users_and_organizations_are_changed_by_version_deactivated_and_back() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let (platform, ada) = (&house.platform, &house.ada);
        let (ben, as_ben) = house.add("ben", "Analyst");
        let north = platform.organizations().create(ada, "North").unwrap();
        let change = UserChange {
            display_name: Some("Ben ☃".to_owned()),
            email: Some("ben@elsewhere.org".to_owned()),
            organization_id: Some(north.id),
            no_organization: false,
        };
        let changed = platform.users().update(ada, ben.id, 1, &change).unwrap();
        assert_eq!((changed.version, changed.organization_id), (2, Some(north.id)), "{}", place.url);
        assert_eq!(platform.users().get(ada, ben.id).unwrap(), changed);
        assert_eq!(reason(platform.users().update(ada, ben.id, 1, &change)), "version_conflict");
        let bad = UserChange { email: Some("nowhere".to_owned()), ..UserChange::default() };
        assert_eq!(platform.users().update(ada, ben.id, 2, &bad).unwrap_err().field(), Some("email"));
        let own = UserChange { organization_id: Some(north.id), ..UserChange::default() };
        assert_eq!(reason(platform.users().update(ada, house.own(), 1, &own)), "self_grant");
        platform.run(&as_ben, &npv()).unwrap();
        let closed = platform.organizations().set_active(ada, north.id, 1, false).unwrap();
        assert_eq!(reason(platform.run(&as_ben, &npv())), "organization_inactive", "{}", place.url);
        let renamed = platform.organizations().rename(ada, north.id, closed.version, "Far North").unwrap();
        assert_eq!(platform.organizations().get(ada, north.id).unwrap(), renamed);
        platform.organizations().set_active(ada, north.id, renamed.version, true).unwrap();
        platform.run(&as_ben, &npv()).unwrap();
        let leave = UserChange { no_organization: true, ..UserChange::default() };
        assert_eq!(platform.users().update(ada, ben.id, 2, &leave).unwrap().organization_id, None);
        let home = platform.enter(ada).unwrap().organization().unwrap();
        assert_eq!(reason(platform.organizations().set_active(ada, home, 1, false)), "self_grant");
        let (_, as_cy) = house.add("cy", "Admin");
        let dee = platform.users().create_in(ada, &user("dee", "Admin"), None).unwrap();
        assert_eq!(dee.organization_id, None);
        let as_dee = platform.principal("idp", "dee", ada.tenant(), PrincipalKind::User).unwrap();
        platform.organizations().set_active(&as_dee, home, 1, false).unwrap();
        assert_eq!(reason(platform.users().list(&as_cy, &PageReq::default())), "organization_inactive");
    }
}

#[test]
fn a_recount_finds_no_drift_whatever_was_done() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let (platform, ada) = (&house.platform, &house.ada);
        let (ben, _) = house.add("ben", "Analyst");
        house.add("cy", "Guest");
        platform.users().set_active(ada, ben.id, 1, false).unwrap();
        for _ in 0..3 {
            platform.run(ada, &RunRequest { save: true, ..npv() }).unwrap();
        }
        let told = [LimitKind::Users, LimitKind::StorageBytes].map(|kind| platform.usage().recount(ada, kind).unwrap());
        assert_eq!(told.map(|told| told.drift), [0, 0], "{}", place.url);
        assert_eq!(told[0].found, 2);
        assert!(told[1].found > 0);
        assert_eq!(platform.usage().recount(ada, LimitKind::RunsPerMonth).unwrap_err().field(), Some("kind"));
        if place.url != "memory:" {
            let tampering = "UPDATE quota_counter SET committed = committed + 7 WHERE kind = '\"storage_bytes\"'";
            place.tamper(tampering).unwrap();
            assert_eq!(platform.usage().recount(ada, LimitKind::StorageBytes).unwrap().drift, 7, "{}", place.url);
        }
    }
}

#[test]
fn an_administrator_is_told_every_check_of_a_decision() {
    for place in everywhere() {
        let house = House::new(&place, "enterprise");
        let platform = &house.platform;
        let (ben, as_ben) = house.add("ben", "Guest");
        let private = Resource::Owned { owner: house.own(), organization: None, audience: Audience::Private };
        let told = platform.explain(&house.ada, Some(ben.id), Permission::WriteModels, &private).unwrap();
        assert_eq!((told.user_id, told.decision.reason), (ben.id, Reason::NoPermission), "{}", place.url);
        assert_eq!(told.steps.iter().map(|step| step.check).collect::<Vec<_>>(), Check::ALL);
        let failing: Vec<_> = told.steps.iter().filter(|step| !step.passed).map(|step| step.check).collect();
        assert_eq!(failing, [Check::Permission, Check::Visibility], "those after the first too");
        assert!(told.grants.is_empty() && !told.own_policy);
        let told = platform.explain(&house.ada, None, Permission::WriteModels, &Resource::Tenant).unwrap();
        assert!(told.decision.allow && told.steps.iter().all(|step| step.passed));
        assert_eq!((told.grants[0].role.as_str(), told.grants[0].counts), ("Admin", true));
        let refused = platform.explain(&as_ben, None, Permission::ReadModels, &Resource::Tenant);
        assert_eq!(reason(refused), "no_permission");
        let confirming = Resource::Confirmation { requested_by: house.own() };
        assert!(!platform.can_on(&house.ada, Permission::ManageTenant, &confirming).unwrap());
        let told = platform.explain(&house.ada, None, Permission::ManageTenant, &confirming).unwrap();
        assert_eq!(told.decision.reason, Reason::SeparationOfDuty);
        let others = Resource::Confirmation { requested_by: ben.id };
        assert!(platform.can_on(&house.ada, Permission::ManageTenant, &others).unwrap());
    }
}

/// Forbids deletes, and all that is kept by one user, which no evaluator knows of.
struct Stricter(std::sync::Mutex<Option<UserId>>);

impl Policy for Stricter {
    fn decide(&self, cx: &TenantCtx, permission: Permission, on: &Resource, built_in: Decision) -> Decision {
        let hidden = *self.0.lock().unwrap();
        let secret = matches!(on, Resource::Owned { owner, .. } if Some(*owner) == hidden && *owner != cx.user());
        if permission == Permission::DeleteModels || secret { built_in.forbidden() } else { built_in }
    }
}

impl PlanPolicy for Stricter {
    fn limit(&self, _: &TenantCtx, kind: LimitKind, built_in: Limit) -> Limit {
        if kind == LimitKind::Users { Limit::At(3) } else { built_in }
    }
}

#[test]
fn a_policy_of_the_hosts_own_forbids_more_and_lists_show_what_single_decisions_allow() {
    for place in everywhere() {
        let stricter = Arc::new(Stricter(std::sync::Mutex::default()));
        let platform = Platform::builder(&place.url)
            .operator("host", "root", PlatformRole::Operator)
            .policy(stricter.clone())
            .plan_policy(stricter.clone())
            .open()
            .unwrap();
        let ada = tenant(&platform, "acme", "enterprise");
        assert!(!platform.can(&ada, Permission::DeleteModels).unwrap());
        assert_eq!(platform.permissions(&ada).unwrap().len(), 11, "{}", place.url);
        let member = |subject: &str| {
            let made: NewUser = user(subject, "Analyst");
            let id = platform.users().create(&ada, &made).unwrap().id;
            (id, platform.principal("idp", subject, ada.tenant(), PrincipalKind::User).unwrap())
        };
        let ((ben, as_ben), (_, as_cy)) = (member("ben"), member("cy"));
        assert_eq!(reason(platform.users().create(&ada, &user("dee", "Guest"))), "user_limit");
        let kept = |who: &VerifiedPrincipal| {
            let request = RunRequest { save: true, audience: Audience::Tenant, ..npv() };
            platform.run(who, &request).unwrap().run_id
        };
        let runs: Vec<_> = [&as_ben, &as_cy, &as_ben, &as_cy].map(kept).into();
        let seen = |who: &VerifiedPrincipal| {
            let mut seen = BTreeSet::new();
            let mut request = PageReq::of_size(1);
            loop {
                let page = platform.runs().list(who, &request).unwrap();
                seen.extend(page.items.iter().map(|run| run.id));
                let Some(next) = page.next else { return seen };
                request = PageReq::of_size(1).at(next);
            }
        };
        let gets = |who: &VerifiedPrincipal| {
            runs.iter().copied().filter(|id| platform.runs().get(who, *id).is_ok()).collect::<BTreeSet<_>>()
        };
        assert_eq!(seen(&as_cy).len(), 4);
        *stricter.0.lock().unwrap() = Some(ben);
        for (who, count) in [(&as_cy, 2), (&as_ben, 4), (&ada, 2)] {
            assert_eq!(seen(who), gets(who), "{}", place.url);
            assert_eq!(seen(who).len(), count);
        }
        let counted = platform.runs().list(&as_cy, &PageReq::default().counted());
        assert_eq!(reason(counted), "unsupported_query");
        assert!(platform.explain(&ada, None, Permission::DeleteModels, &Resource::Tenant).unwrap().own_policy);
    }
}

#[test]
fn built_in_roles_have_the_same_ids_wherever_a_tenant_is_kept() {
    for place in everywhere() {
        let house = House::new(&place, "basic");
        let tenant = house.ada.tenant().unwrap();
        for role in BuiltInRole::ALL {
            let kept = house.platform.roles().get(&house.ada, &role.id_in(tenant).to_string()).unwrap();
            assert_eq!((kept.name.as_str(), kept.effective), (role.name(), role.permissions()), "{}", place.url);
        }
    }
}
