//! Tenants, users, organizations, grants and subscriptions: unique, referenced inside the tenant, versioned.

use std::collections::BTreeSet;

use serde_json::json;

use super::lists::Reader;
use super::{Maker, SOON, commit, commit_platform, operator, routing, usage};
use crate::error::{Error, ErrorKind};
use crate::id::{GrantId, OrganizationId, ReservationId, RunId, UserId};
use crate::store::{Entity, Identity, Listing, PageReq, Provision, Store, TenantTx, UserPatch};
use crate::tenancy::{
    Audience, BuiltInRole, GrantScope, Limit, LimitKind, Organization, Overrides, Reservation, RoleGrant, Run, Slug,
    Subscription, Tenant, TenantStatus, UsageKind, User,
};
use crate::time::Timestamp;

/// A tenant comes with all it starts with, once.
pub fn provisioning_is_whole_and_unique(store: &dyn Store) {
    let maker = Maker::new(1);
    let room = maker.room(store, "acme");
    let Provision { tenant, organization, admin, grant, subscription, .. } = room.provision.clone();
    let identity = store.lookup(&maker.principal(tenant.id, "ada")).unwrap();
    assert_eq!(
        identity,
        Identity {
            tenant: tenant.clone(),
            user: admin,
            organization: Some(organization),
            inactive: BTreeSet::new(),
            grants: vec![grant],
            roles: vec![BuiltInRole::Admin.role_in(tenant.id, tenant.created_at)],
            overrides: Overrides::default(),
            subscription,
        }
    );
    let again = maker.provision("acme");
    assert_eq!(commit_platform(store, &again).unwrap_err().kind(), ErrorKind::Conflict);
    let mut platform = store.platform(&operator()).unwrap();
    let all = Listing::first(Entity::Tenant, &PageReq::default()).unwrap();
    assert_eq!(platform.page_tenants(&all).unwrap().items, std::slice::from_ref(&tenant));
    assert_eq!(platform.tenant_by_slug(&tenant.slug).unwrap(), tenant);
    assert_eq!(
        platform.set_status(tenant.id, 9, TenantStatus::Suspended).unwrap_err().reason(),
        Some("version_conflict")
    );
}

/// What belongs to another tenant is as if it did not exist.
pub fn unknown_and_foreign_ids_get_one_answer(store: &dyn Store) {
    let maker = Maker::new(2);
    let (mine, other) = (maker.room(store, "mine"), maker.room(store, "other"));
    let run = maker.run(&other.provision.admin, Audience::Tenant, maker.now());
    commit(store, &other.cx, |tx| tx.insert_run(&run)).unwrap();
    let mut read = store.read(&mine.cx).unwrap();
    let unknown = RunId::new(&maker.ids, maker.now());
    assert_eq!(read.run(run.id).unwrap_err(), read.run(unknown).unwrap_err());
    let user = UserId::new(&maker.ids, maker.now());
    assert_eq!(read.user(other.provision.admin.id).unwrap_err(), read.user(user).unwrap_err());
    let organization = OrganizationId::new(&maker.ids, maker.now());
    let foreign = read.organization(other.provision.organization.id).unwrap_err();
    assert_eq!(foreign, read.organization(organization).unwrap_err());
    drop(read);
    assert!(Reader::of(store, &mine.cx).runs(&PageReq::default()).unwrap().items.is_empty());
    let stray = maker.user("stray", Some(other.provision.organization.id));
    assert_eq!(commit(store, &mine.cx, |tx| tx.insert_user(&stray)).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(
        store.lookup(&maker.principal(mine.provision.tenant.id, "nobody")).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

/// A transaction that is not committed leaves no trace.
pub fn dropped_transactions_change_nothing(store: &dyn Store) {
    let maker = Maker::new(3);
    let room = maker.room(store, "acme");
    let before = store.read(&room.cx).unwrap().audit().unwrap();
    {
        let mut tx = store.write(&room.cx).unwrap();
        let user = maker.user("gone", None);
        tx.insert_user(&user).unwrap();
        tx.insert_grant(&RoleGrant {
            id: GrantId::new(&maker.ids, maker.now()),
            user_id: user.id,
            ..room.provision.grant.clone()
        })
        .unwrap();
        // Possible only because another administrator has just been made.
        tx.set_user_active(room.provision.admin.id, 1, false).unwrap();
        tx.insert_run(&maker.run(&room.provision.admin, Audience::Private, maker.now())).unwrap();
        tx.reserve(&maker.reservation(5, SOON), Limit::At(5), maker.now()).unwrap();
        tx.record_usage(&usage(&maker, "k", 1)).unwrap();
        tx.append_audit(&maker.event("x")).unwrap();
        tx.set_routing(0, &routing(1)).unwrap();
        let subscription = &room.provision.subscription;
        tx.set_subscription(1, &Subscription { plan: "enterprise".to_owned(), version: 2, ..subscription.clone() })
            .unwrap();
    }
    {
        let mut tx = store.platform(&operator()).unwrap();
        tx.provision(&maker.provision("gone")).unwrap();
        tx.set_status(room.provision.tenant.id, 1, TenantStatus::Suspended).unwrap();
        tx.set_routing(0, &routing(1)).unwrap();
    }
    let identity = store.lookup(&maker.principal(room.provision.tenant.id, "ada")).unwrap();
    assert_eq!((identity.tenant, identity.user), (room.provision.tenant.clone(), room.provision.admin.clone()));
    assert_eq!(identity.subscription, room.provision.subscription);
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.audit().unwrap(), before);
    assert_eq!(read.list_users().unwrap(), std::slice::from_ref(&room.provision.admin));
    assert_eq!(read.quota(LimitKind::RunsPerMonth, Timestamp::default(), maker.now()).unwrap(), 0);
    assert_eq!(read.usage_total(UsageKind::Export, Timestamp::default(), Timestamp::from_micros(i64::MAX)).unwrap(), 0);
    assert_eq!(read.routing().unwrap(), None);
    drop(read);
    assert_eq!(store.global_routing().unwrap(), None);
    let all = Listing::first(Entity::Tenant, &PageReq::default()).unwrap();
    assert_eq!(store.platform(&operator()).unwrap().page_tenants(&all).unwrap().items.len(), 1);
}

/// Names and identities are unique; a change names the version it was made on.
pub fn unique_rules_and_versions_hold(store: &dyn Store) {
    let maker = Maker::new(4);
    let room = maker.room(store, "acme");
    let version = || store.auth_version(&maker.principal(room.provision.tenant.id, "ada")).unwrap();
    let first = version();
    let ben = maker.user("ben", None);
    commit(store, &room.cx, |tx| tx.insert_user(&ben)).unwrap();
    assert!(version() > first);
    let duplicate =
        |user: User| commit(store, &room.cx, |tx| tx.insert_user(&user)).unwrap_err().reason().map(str::to_owned);
    assert_eq!(duplicate(maker.user("ben", None)).as_deref(), Some("duplicate"));
    let same_address = User { email: "BEN@example.COM".to_owned(), ..maker.user("other", None) };
    assert_eq!(duplicate(same_address).as_deref(), Some("duplicate"));
    let named = Organization {
        id: OrganizationId::new(&maker.ids, maker.now()),
        name: "ACME".to_owned(),
        ..room.provision.organization.clone()
    };
    assert_eq!(commit(store, &room.cx, |tx| tx.insert_organization(&named)).unwrap_err().reason(), Some("duplicate"));
    let grant = RoleGrant { id: GrantId::new(&maker.ids, maker.now()), ..room.provision.grant.clone() };
    assert_eq!(commit(store, &room.cx, |tx| tx.insert_grant(&grant)).unwrap_err().reason(), Some("duplicate"));
    let error = commit(store, &room.cx, |tx| tx.set_user_active(ben.id, 7, false).map(drop)).unwrap_err();
    assert_eq!((error.reason(), error.detail("current")), (Some("version_conflict"), Some(&json!(1))));
    commit(store, &room.cx, |tx| tx.set_user_active(ben.id, 1, false).map(drop)).unwrap();
    let user = store.read(&room.cx).unwrap().user(ben.id).unwrap();
    assert_eq!((user.active, user.version), (false, 2));
    let run = Run { idem_key: Some("k".to_owned()), ..maker.run(&ben, Audience::Private, maker.now()) };
    commit(store, &room.cx, |tx| tx.insert_run(&run)).unwrap();
    let same_key = Run { idem_key: Some("k".to_owned()), ..maker.run(&ben, Audience::Private, maker.now()) };
    assert_eq!(commit(store, &room.cx, |tx| tx.insert_run(&same_key)).unwrap_err().reason(), Some("duplicate"));
    assert_eq!(store.read(&room.cx).unwrap().run_by_key(ben.id, "k").unwrap(), Some(run));
}

/// Nothing that is kept names a user or organization of another tenant.
pub fn references_stay_inside_the_tenant(store: &dyn Store) {
    let maker = Maker::new(11);
    let (mine, other) = (maker.room(store, "mine"), maker.room(store, "other"));
    let foreign = other.provision.organization.id;
    let unknown = OrganizationId::new(&maker.ids, maker.now());
    let grant_in = |organization| RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        scope: GrantScope::Organization(organization),
        ..mine.provision.grant.clone()
    };
    let refused = |work: &dyn Fn(&mut dyn TenantTx) -> Result<(), Error>| commit(store, &mine.cx, work).unwrap_err();
    let answer = refused(&|tx| tx.insert_grant(&grant_in(foreign)));
    assert_eq!(answer.kind(), ErrorKind::NotFound);
    assert_eq!(answer, refused(&|tx| tx.insert_grant(&grant_in(unknown))));
    commit(store, &mine.cx, |tx| tx.insert_grant(&grant_in(mine.provision.organization.id))).unwrap();
    let grant = RoleGrant { user_id: other.provision.admin.id, ..grant_in(mine.provision.organization.id) };
    assert_eq!(refused(&|tx| tx.insert_grant(&grant)).kind(), ErrorKind::NotFound);
    let run = maker.run(&other.provision.admin, Audience::Private, maker.now());
    assert_eq!(refused(&|tx| tx.insert_run(&run)).kind(), ErrorKind::NotFound);
    let run =
        Run { organization_id: Some(foreign), ..maker.run(&mine.provision.admin, Audience::Private, maker.now()) };
    assert_eq!(refused(&|tx| tx.insert_run(&run)).kind(), ErrorKind::NotFound);
    let held = maker.reservation(1, SOON);
    commit(store, &other.cx, |tx| tx.reserve(&held, Limit::At(1), maker.now())).unwrap();
    let stranger = refused(&|tx| tx.release_reservation(held.id));
    let nothing = ReservationId::new(&maker.ids, maker.now());
    assert_eq!(stranger, refused(&|tx| tx.release_reservation(nothing)));
}

/// An id that is taken is refused, and what it names stays.
pub fn ids_are_unique(store: &dyn Store) {
    let maker = Maker::new(12);
    let room = maker.room(store, "acme");
    let refused = |work: &dyn Fn(&mut dyn TenantTx) -> Result<(), Error>| {
        commit(store, &room.cx, work).unwrap_err().reason().map(str::to_owned)
    };
    let duplicate = Some("duplicate".to_owned());
    let user = User { id: room.provision.admin.id, ..maker.user("ben", None) };
    assert_eq!(refused(&|tx| tx.insert_user(&user)), duplicate);
    let organization = Organization { name: "new".to_owned(), ..room.provision.organization.clone() };
    assert_eq!(refused(&|tx| tx.insert_organization(&organization)), duplicate);
    let grant =
        RoleGrant { role_id: BuiltInRole::Guest.id_in(room.provision.tenant.id), ..room.provision.grant.clone() };
    assert_eq!(refused(&|tx| tx.insert_grant(&grant)), duplicate);
    let held = maker.reservation(1, SOON);
    commit(store, &room.cx, |tx| tx.reserve(&held, Limit::At(9), maker.now())).unwrap();
    let again = Reservation { amount: 2, ..held };
    assert_eq!(refused(&|tx| tx.reserve(&again, Limit::At(9), maker.now())), duplicate);
    let run = maker.run(&room.provision.admin, Audience::Private, maker.now());
    commit(store, &room.cx, |tx| tx.insert_run(&run)).unwrap();
    let again = Run { created_at: maker.now(), ..run };
    assert_eq!(refused(&|tx| tx.insert_run(&again)), duplicate);
    let mut platform = store.platform(&operator()).unwrap();
    let tenant = Tenant { slug: Slug::parse("elsewhere").unwrap(), ..room.provision.tenant.clone() };
    let again = Provision { tenant, ..maker.provision("unused") };
    assert_eq!(platform.provision(&again).unwrap_err().reason(), Some("duplicate"));
}

/// Nobody takes from a tenant its last administrator, not even two at once.
pub fn one_administrator_remains(store: &dyn Store) {
    let maker = Maker::new(13);
    let room = maker.room(store, "acme");
    let (ada, ben) = (room.provision.admin.id, maker.user("ben", None));
    let deactivate = |id| commit(store, &room.cx, |tx| tx.set_user_active(id, 1, false).map(drop));
    assert_eq!(deactivate(ada).unwrap_err().reason(), Some("last_admin"));
    let grant = |expires_at| RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        user_id: ben.id,
        expires_at,
        scope: if expires_at.is_some() {
            GrantScope::Tenant
        } else {
            GrantScope::Organization(room.provision.organization.id)
        },
        ..room.provision.grant.clone()
    };
    commit(store, &room.cx, |tx| {
        tx.insert_user(&ben)?;
        tx.insert_grant(&grant(None))?;
        tx.insert_grant(&grant(Some(maker.now().plus_micros(SOON))))
    })
    .unwrap();
    // Neither a grant that ends nor one for an organization keeps a tenant governed.
    assert_eq!(deactivate(ada).unwrap_err().reason(), Some("last_admin"));
    let cy = maker.user("cy", None);
    let whole = RoleGrant { user_id: cy.id, scope: GrantScope::Tenant, ..grant(None) };
    commit(store, &room.cx, |tx| tx.insert_user(&cy).and_then(|()| tx.insert_grant(&whole))).unwrap();
    let cx = &room.cx;
    let done: usize = std::thread::scope(|scope| {
        let deactivate =
            |id| scope.spawn(move || commit(store, cx, |tx| tx.set_user_active(id, 1, false).map(drop)).is_ok());
        let threads = [deactivate(ada), deactivate(cy.id)];
        threads.into_iter().map(|thread| usize::from(thread.join().expect("no panic"))).sum()
    });
    assert_eq!(done, 1);
}

/// Users, organizations, grants and the subscription change on the version that is named, and what
/// changes rights raises the authorisation version.
pub fn changes_name_their_version_and_bind_the_next_call(store: &dyn Store) {
    let maker = Maker::new(15);
    let room = maker.room(store, "acme");
    let home = room.provision.organization.clone();
    let ben = maker.user("ben", Some(home.id));
    let grant = RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        user_id: ben.id,
        role_id: BuiltInRole::Viewer.id_in(room.provision.tenant.id),
        ..room.provision.grant.clone()
    };
    commit(store, &room.cx, |tx| tx.insert_user(&ben).and_then(|()| tx.insert_grant(&grant))).unwrap();
    let version = std::cell::Cell::new(0);
    let raised = || {
        let now = store.auth_version(&maker.principal(room.provision.tenant.id, "ada")).unwrap();
        now > version.replace(now)
    };
    assert!(raised() && !raised());

    let patch = UserPatch {
        display_name: Some("Ben ☃".to_owned()),
        email: Some("ben@elsewhere.org".to_owned()),
        organization_id: Some(None),
    };
    commit(store, &room.cx, |tx| tx.update_user(ben.id, 1, &patch).map(drop)).unwrap();
    assert!(raised());
    let changed = User {
        display_name: "Ben ☃".to_owned(),
        email: "ben@elsewhere.org".to_owned(),
        organization_id: None,
        version: 2,
        ..ben.clone()
    };
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.user_by_identity("idp", "ben").unwrap(), changed);
    assert_eq!(read.user_by_identity("idp", "nobody").unwrap_err(), read.user_by_identity("x", "ben").unwrap_err());
    assert_eq!(read.list_grants(ben.id).unwrap(), std::slice::from_ref(&grant));
    drop(read);
    let refused = |expected, patch: &UserPatch| {
        commit(store, &room.cx, |tx| tx.update_user(ben.id, expected, patch).map(drop)).unwrap_err()
    };
    assert_eq!(refused(1, &patch).detail("current"), Some(&json!(2)));
    let taken = UserPatch { email: Some("ADA@example.com".to_owned()), ..UserPatch::default() };
    assert_eq!(refused(2, &taken).reason(), Some("duplicate"));
    let unknown = OrganizationId::new(&maker.ids, maker.now());
    let moved = UserPatch { organization_id: Some(Some(unknown)), ..UserPatch::default() };
    assert_eq!(refused(2, &moved).kind(), ErrorKind::NotFound);
    assert!(!raised());

    let close = |expected| commit(store, &room.cx, |tx| tx.set_organization_active(home.id, expected, false).map(drop));
    assert_eq!(close(1).unwrap_err().reason(), Some("last_admin"));
    let cy = maker.user("cy", None);
    let of_cy = RoleGrant { id: GrantId::new(&maker.ids, maker.now()), user_id: cy.id, ..room.provision.grant.clone() };
    commit(store, &room.cx, |tx| tx.insert_user(&cy).and_then(|()| tx.insert_grant(&of_cy))).unwrap();
    assert!(raised());
    close(1).unwrap();
    assert!(raised());
    assert_eq!(close(1).unwrap_err().reason(), Some("version_conflict"));
    let identity = store.lookup(&maker.principal(room.provision.tenant.id, "ada")).unwrap();
    assert_eq!(identity.inactive, [home.id].into());
    assert_eq!(identity.organization, Some(Organization { active: false, version: 2, ..home.clone() }));
    let rename =
        |expected, name: &str| commit(store, &room.cx, |tx| tx.rename_organization(home.id, expected, name).map(drop));
    rename(2, "Home ☃").unwrap();
    assert!(raised());
    assert_eq!(rename(2, "x").unwrap_err().reason(), Some("version_conflict"));
    let away = Organization { id: OrganizationId::new(&maker.ids, maker.now()), name: "AWAY".to_owned(), ..home };
    commit(store, &room.cx, |tx| tx.insert_organization(&away)).unwrap();
    assert_eq!(rename(3, "away").unwrap_err().reason(), Some("duplicate"));
    rename(3, "HOME ☃").unwrap();
    assert!(raised());

    let take_back = |id| commit(store, &room.cx, |tx| tx.remove_grant(id));
    take_back(grant.id).unwrap();
    assert!(raised());
    assert_eq!(take_back(grant.id).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(take_back(of_cy.id).unwrap_err().reason(), Some("last_admin"), "ada is where nobody may act");
    assert!(store.read(&room.cx).unwrap().list_grants(ben.id).unwrap().is_empty());

    let next = Subscription { plan: "professional".to_owned(), version: 2, ..room.provision.subscription.clone() };
    let set = |expected| commit(store, &room.cx, |tx| tx.set_subscription(expected, &next));
    set(1).unwrap();
    assert!(raised());
    assert_eq!(set(1).unwrap_err().reason(), Some("version_conflict"));
    assert_eq!(set(2).unwrap_err().field(), Some("version"));
    assert_eq!(store.read(&room.cx).unwrap().subscription().unwrap(), next);
}

/// What is refused changes nothing, and what the same transaction did before and does after it lasts.
pub fn a_refusal_leaves_the_transaction_usable(store: &dyn Store) {
    let maker = Maker::new(19);
    let room = maker.room(store, "acme");
    let (ben, cy) = (maker.user("ben", None), maker.user("cy", None));
    let unknown = OrganizationId::new(&maker.ids, maker.now());
    let mut tx = store.write(&room.cx).unwrap();
    tx.insert_user(&ben).unwrap();
    let refusals = [
        tx.insert_user(&maker.user("ben", None)),
        tx.insert_user(&maker.user("dee", Some(unknown))),
        tx.insert_user(&User { email: "zero\0@example.com".to_owned(), ..maker.user("eli", None) }),
        tx.insert_organization(&room.provision.organization),
        tx.insert_grant(&room.provision.grant),
        tx.update_user(ben.id, 1, &UserPatch { email: Some("ADA@example.com".to_owned()), ..UserPatch::default() })
            .map(drop),
        tx.insert_run(&maker.run(&maker.user("nobody", None), Audience::Private, maker.now())),
        tx.reserve(&maker.reservation(2, SOON), Limit::At(1), maker.now()),
        tx.release_reservation(ReservationId::new(&maker.ids, maker.now())),
        tx.set_routing(3, &routing(4)),
        tx.record_usage(&usage(&maker, "zero\0", 1)).map(drop),
    ];
    assert!(refusals.iter().all(Result::is_err), "{refusals:?}");
    tx.insert_user(&cy).unwrap();
    tx.commit().unwrap();
    let users = store.read(&room.cx).unwrap().list_users().unwrap();
    assert_eq!(users, [room.provision.admin.clone(), ben, cy]);
}
