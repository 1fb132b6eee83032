//! Roles, rules and overrides: versioned, unique, inside the tenant, and none taken that is needed.

use serde_json::json;

use super::{Maker, SOON, commit, operator};
use crate::error::{Error, ErrorKind};
use crate::id::{GrantId, OrganizationId, OverrideId, RoleId, SodRuleId};
use crate::store::{Entity, Listing, PageReq, Store, TenantTx, UserPatch};
use crate::tenancy::{
    Audience, BuiltInRole, FeatureOverride, GrantScope, Limit, LimitKind, LimitOverride, Organization, OverrideEffect,
    OverrideOrigin, Permission, PermissionSet, Resource, Role, RoleGrant, Run, SodRule,
};

impl Maker {
    pub(super) fn role(&self, name: &str, permissions: &[Permission]) -> Role {
        let at = self.now();
        Role {
            id: RoleId::new(&self.ids, at),
            name: name.to_owned(),
            description: "Ünï ☃".to_owned(),
            permissions: PermissionSet::of(permissions),
            inherits: Vec::new(),
            effective: PermissionSet::of(permissions),
            built_in: false,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    pub(super) fn rule(&self, name: &str, permissions: &[Permission]) -> SodRule {
        let at = self.now();
        SodRule {
            id: SodRuleId::new(&self.ids, at),
            name: name.to_owned(),
            permissions: PermissionSet::of(permissions),
            scope: GrantScope::Tenant,
            created_at: at,
            version: 1,
        }
    }

    pub(super) fn feature_override(&self, feature: &str, effect: OverrideEffect) -> FeatureOverride {
        let at = self.now();
        FeatureOverride {
            id: OverrideId::new(&self.ids, at),
            feature: feature.to_owned(),
            effect,
            origin: OverrideOrigin::Platform,
            expires_at: None,
            reason: "a test".to_owned(),
            set_by: "host/root".to_owned(),
            created_at: at,
        }
    }

    pub(super) fn limit_override(&self, limit: LimitKind) -> LimitOverride {
        let at = self.now();
        LimitOverride {
            id: OverrideId::new(&self.ids, at),
            limit,
            value: Limit::At(7),
            expires_at: Some(at.plus_micros(SOON)),
            reason: "a test".to_owned(),
            set_by: "host/root".to_owned(),
            created_at: at,
        }
    }
}

/// A role comes to its own and all that it inherits, is changed on its version, and stays while it is given
/// or inherited from; those that come with the tenant never change.
pub fn roles_inherit_are_versioned_and_stay_while_they_are_needed(store: &dyn Store) {
    let maker = Maker::new(80);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let tenant = room.provision.tenant.id;
    let version = || store.auth_version(&maker.principal(tenant, "ada")).unwrap();
    let refused = |work: &dyn Fn(&mut dyn TenantTx) -> Result<(), Error>| commit(store, &room.cx, work).unwrap_err();
    let mut built_in: Vec<_> =
        BuiltInRole::ALL.iter().map(|role| role.role_in(tenant, room.provision.tenant.created_at)).collect();
    let by_name = Listing::first(Entity::Role, &PageReq::default()).unwrap();
    built_in.sort_unstable_by_key(|role| role.name.clone());
    assert_eq!(store.read(&room.cx).unwrap().page_roles(&by_name).unwrap().items, built_in);

    let base = maker.role("Ｂase", &[Permission::ExportData]);
    let heir = Role { inherits: vec![base.id, BuiltInRole::Guest.id_in(tenant)], ..maker.role("heir", &[]) };
    let both = PermissionSet::of(&[Permission::ReadModels, Permission::ExportData]);
    commit(store, &room.cx, |tx| {
        assert_eq!(tx.insert_role(&base).unwrap(), base);
        assert_eq!(tx.insert_role(&heir).unwrap(), Role { effective: both, ..heir.clone() });
        Ok(())
    })
    .unwrap();
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.role_named("bASE").unwrap(), base, "by its folded name");
    assert_eq!((read.role(heir.id).unwrap().effective, read.all_roles().unwrap().len()), (both, 6));
    assert_eq!(read.role_named("nobody").unwrap_err().kind(), ErrorKind::NotFound);
    drop(read);
    let mut foreign = store.read(&other.cx).unwrap();
    let unknown = RoleId::new(&maker.ids, maker.now());
    assert_eq!(foreign.role(base.id).unwrap_err(), foreign.role(unknown).unwrap_err());
    drop(foreign);

    let again = maker.role("BASE", &[]);
    assert_eq!(refused(&|tx| tx.insert_role(&again).map(drop)).reason(), Some("duplicate"));
    let same_id = Role { name: "new".to_owned(), ..base.clone() };
    assert_eq!(refused(&|tx| tx.insert_role(&same_id).map(drop)).reason(), Some("duplicate"));
    let stranger = Role { inherits: vec![BuiltInRole::Guest.id_in(other.provision.tenant.id)], ..maker.role("x", &[]) };
    assert_eq!(refused(&|tx| tx.insert_role(&stranger).map(drop)).kind(), ErrorKind::NotFound);
    let long = Role { description: "x".repeat(1_001), ..maker.role("x", &[]) };
    assert_eq!(refused(&|tx| tx.insert_role(&long).map(drop)).field(), Some("description"));

    let ben = maker.user("ben", None);
    let grant = RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        user_id: ben.id,
        role_id: heir.id,
        ..room.provision.grant.clone()
    };
    commit(store, &room.cx, |tx| tx.insert_user(&ben).and_then(|()| tx.insert_grant(&grant))).unwrap();
    assert_eq!(store.read(&room.cx).unwrap().grant(grant.id).unwrap(), grant);
    let before = version();
    let changed = Role { permissions: PermissionSet::of(&[Permission::WriteModels]), version: 2, ..base.clone() };
    commit(store, &room.cx, |tx| tx.replace_role(1, &changed).map(drop)).unwrap();
    assert!(version() > before, "what someone holds has changed");
    let cx = maker.enter(store, &room.provision, "ben").unwrap();
    assert_eq!(cx.permissions(), [Permission::ReadModels, Permission::WriteModels]);
    let circle = Role { inherits: vec![heir.id], version: 3, ..changed.clone() };
    assert_eq!(refused(&|tx| tx.replace_role(2, &circle).map(drop)).reason(), Some("cycle"));
    let late = refused(&|tx| tx.replace_role(1, &changed).map(drop));
    assert_eq!((late.reason(), late.detail("current")), (Some("version_conflict"), Some(&json!(2))));
    let taken = Role { name: "guest".to_owned(), version: 3, ..changed.clone() };
    assert_eq!(refused(&|tx| tx.replace_role(2, &taken).map(drop)).reason(), Some("duplicate"));
    let guest = Role { permissions: both, version: 2, ..BuiltInRole::Guest.role_in(tenant, maker.now()) };
    assert_eq!(refused(&|tx| tx.replace_role(1, &guest).map(drop)).reason(), Some("built_in"));
    assert_eq!(refused(&|tx| tx.remove_role(guest.id, 1)).reason(), Some("built_in"));

    for (id, expected) in [(base.id, 2), (heir.id, 1)] {
        assert_eq!(refused(&|tx| tx.remove_role(id, expected)).reason(), Some("in_use"));
    }
    commit(store, &room.cx, |tx| tx.remove_grant(grant.id)).unwrap();
    assert_eq!(refused(&|tx| tx.remove_role(heir.id, 2)).reason(), Some("version_conflict"));
    commit(store, &room.cx, |tx| tx.remove_role(heir.id, 1).and_then(|()| tx.remove_role(base.id, 2))).unwrap();
    assert_eq!(refused(&|tx| tx.remove_role(base.id, 2)).kind(), ErrorKind::NotFound);
    assert_eq!(refused(&|tx| tx.insert_grant(&grant)).kind(), ErrorKind::NotFound, "of a role that is gone");
    let foreign = RoleGrant { role_id: BuiltInRole::Guest.id_in(other.provision.tenant.id), ..grant.clone() };
    assert_eq!(refused(&|tx| tx.insert_grant(&foreign)), refused(&|tx| tx.insert_grant(&grant)));

    let mut tx = store.write(&room.cx).unwrap();
    tx.insert_role(&base).unwrap();
    tx.insert_role(&heir).unwrap();
    tx.replace_role(1, &Role { version: 2, ..base.clone() }).unwrap();
    tx.remove_role(heir.id, 1).unwrap();
    drop(tx);
    assert_eq!(store.read(&room.cx).unwrap().all_roles().unwrap().len(), 4, "dropped, and so as before");
}

/// Neither a change of a role, nor an organization that is deactivated or moved to, takes from a tenant its
/// last administrator.
pub fn no_change_of_a_role_or_an_organization_takes_the_last_administrator(store: &dyn Store) {
    let maker = Maker::new(81);
    let room = maker.room(store, "acme");
    let home = &room.provision.organization;
    let refused = |work: &dyn Fn(&mut dyn TenantTx) -> Result<(), Error>| {
        commit(store, &room.cx, work).unwrap_err().reason().map(str::to_owned)
    };
    let last = Some("last_admin".to_owned());
    let keys = maker.role("keys", &[Permission::AdminUsers]);
    let keeper = Role { inherits: vec![keys.id], ..maker.role("keeper", &[]) };
    let ben = maker.user("ben", None);
    let grant = |expires_at| RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        user_id: ben.id,
        role_id: keeper.id,
        expires_at,
        ..room.provision.grant.clone()
    };
    let (ending, lasting) = (grant(Some(maker.now().plus_micros(SOON))), grant(None));
    commit(store, &room.cx, |tx| {
        tx.insert_user(&ben)?;
        tx.insert_role(&keys)?;
        tx.insert_role(&keeper)?;
        tx.insert_grant(&ending)
    })
    .unwrap();
    assert_eq!(refused(&|tx| tx.remove_grant(room.provision.grant.id)), last, "a grant that ends keeps nothing");
    commit(store, &room.cx, |tx| {
        tx.remove_grant(ending.id)?;
        tx.insert_grant(&lasting)?;
        tx.remove_grant(room.provision.grant.id)
    })
    .unwrap();
    let without = Role { permissions: PermissionSet::default(), version: 2, ..keys.clone() };
    assert_eq!(refused(&|tx| tx.replace_role(1, &without).map(drop)), last, "through an heir");
    let apart = Role { inherits: Vec::new(), version: 2, ..keeper.clone() };
    assert_eq!(refused(&|tx| tx.replace_role(1, &apart).map(drop)), last);
    let closed = Organization { active: false, name: "closed".to_owned(), ..home.clone() };
    let closed = Organization { id: OrganizationId::new(&maker.ids, maker.now()), ..closed };
    commit(store, &room.cx, |tx| tx.insert_organization(&closed)).unwrap();
    let moved = |id| UserPatch { organization_id: Some(Some(id)), ..UserPatch::default() };
    assert_eq!(refused(&|tx| tx.update_user(ben.id, 1, &moved(closed.id)).map(drop)), last);
    commit(store, &room.cx, |tx| tx.update_user(ben.id, 1, &moved(home.id)).map(drop)).unwrap();
    assert_eq!(refused(&|tx| tx.set_organization_active(home.id, 1, false).map(drop)), last);

    // Two at once, each of whom would leave the other.
    let again = RoleGrant { id: GrantId::new(&maker.ids, maker.now()), ..room.provision.grant.clone() };
    commit(store, &room.cx, |tx| tx.insert_grant(&again)).unwrap();
    let cx = &room.cx;
    let (without, again) = (&without, &again);
    let done: usize = std::thread::scope(|scope| {
        let threads = [
            scope.spawn(move || commit(store, cx, |tx| tx.replace_role(1, without).map(drop)).is_ok()),
            scope.spawn(move || commit(store, cx, |tx| tx.remove_grant(again.id)).is_ok()),
        ];
        threads.into_iter().map(|thread| usize::from(thread.join().expect("no panic"))).sum()
    });
    assert_eq!(done, 1);
}

/// A rule names two permissions or more, is unique by its name, and binds in the tenant's own organizations.
pub fn rules_that_keep_permissions_apart_are_unique_and_inside_the_tenant(store: &dyn Store) {
    let maker = Maker::new(82);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let refused = |work: &dyn Fn(&mut dyn TenantTx) -> Result<(), Error>| commit(store, &room.cx, work).unwrap_err();
    let pair = [Permission::WriteModels, Permission::DeleteModels];
    let rule = maker.rule("four eyes", &pair);
    commit(store, &room.cx, |tx| tx.insert_sod_rule(&rule)).unwrap();
    assert_eq!(store.read(&room.cx).unwrap().sod_rules().unwrap(), std::slice::from_ref(&rule));
    assert!(store.read(&other.cx).unwrap().sod_rules().unwrap().is_empty());
    let again = maker.rule("FOUR EYES", &pair);
    assert_eq!(refused(&|tx| tx.insert_sod_rule(&again)).reason(), Some("duplicate"));
    let alone = maker.rule("one eye", &pair[..1]);
    assert_eq!(refused(&|tx| tx.insert_sod_rule(&alone)).field(), Some("permissions"));
    let foreign =
        SodRule { scope: GrantScope::Organization(other.provision.organization.id), ..maker.rule("elsewhere", &pair) };
    assert_eq!(refused(&|tx| tx.insert_sod_rule(&foreign)).kind(), ErrorKind::NotFound);
    let mut tx = store.write(&room.cx).unwrap();
    tx.remove_sod_rule(rule.id).unwrap();
    tx.insert_sod_rule(&again).unwrap();
    drop(tx);
    assert_eq!(store.read(&room.cx).unwrap().sod_rules().unwrap(), std::slice::from_ref(&rule));
    assert_eq!(
        commit(store, &other.cx, |tx| tx.remove_sod_rule(rule.id)).unwrap_err(),
        commit(store, &other.cx, |tx| tx.remove_sod_rule(again.id)).unwrap_err()
    );
    commit(store, &room.cx, |tx| tx.remove_sod_rule(rule.id)).unwrap();
    assert!(store.read(&room.cx).unwrap().sod_rules().unwrap().is_empty());
}

/// An override takes the place of the one before it, the platform reaches those of each tenant, and each
/// change raises the authorisation version.
pub fn overrides_stand_in_their_place_and_bind_the_next_call(store: &dyn Store) {
    let maker = Maker::new(83);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let tenant = room.provision.tenant.id;
    let version = std::cell::Cell::new(0);
    let raised = || {
        let now = store.auth_version(&maker.principal(tenant, "ada")).unwrap();
        now > version.replace(now)
    };
    assert!(raised() && !raised());
    let by_id = |mut features: Vec<FeatureOverride>| {
        features.sort_unstable_by_key(|kept| kept.id);
        features
    };
    let grant = maker.feature_override("ml_models", OverrideEffect::Grant);
    let revoke = FeatureOverride {
        origin: OverrideOrigin::Tenant,
        ..maker.feature_override("dcf_analysis", OverrideEffect::Revoke)
    };
    let users = maker.limit_override(LimitKind::Users);
    let mut tx = store.billing(&operator(), tenant).unwrap();
    tx.set_feature_override(&grant).unwrap();
    tx.set_limit_override(&users).unwrap();
    tx.commit().unwrap();
    assert!(raised());
    commit(store, &room.cx, |tx| tx.set_feature_override(&revoke)).unwrap();
    assert!(raised());
    let cx = maker.enter(store, &room.provision, "ada").unwrap();
    assert!(cx.entitled("ml_models").allow && !cx.entitled("dcf_analysis").allow);
    assert_eq!(cx.limit(LimitKind::Users), Limit::At(7));
    assert!(maker.enter(store, &other.provision, "ada").unwrap().entitled("dcf_analysis").allow);

    let later = FeatureOverride { expires_at: Some(maker.now()), ..maker.feature_override("ml_models", grant.effect) };
    let more = LimitOverride { value: Limit::Unlimited, ..maker.limit_override(LimitKind::Users) };
    let mut tx = store.write(&room.cx).unwrap();
    tx.set_feature_override(&later).unwrap();
    tx.set_limit_override(&more).unwrap();
    let known = tx.overrides().unwrap();
    assert_eq!((by_id(known.features), known.limits), (by_id(vec![revoke.clone(), later]), vec![more]));
    drop(tx);
    assert!(!raised());
    let known = store.read(&room.cx).unwrap().overrides().unwrap();
    assert_eq!((by_id(known.features), known.limits), (by_id(vec![grant.clone(), revoke]), vec![users.clone()]));
    let same_id = LimitOverride { id: grant.id, ..maker.limit_override(LimitKind::StorageBytes) };
    let refused = commit(store, &room.cx, |tx| tx.set_limit_override(&same_id)).unwrap_err();
    assert_eq!(refused.reason(), Some("duplicate"));
    let unknown = OverrideId::new(&maker.ids, maker.now());
    assert_eq!(
        commit(store, &other.cx, |tx| tx.remove_override(grant.id)).unwrap_err(),
        commit(store, &other.cx, |tx| tx.remove_override(unknown)).unwrap_err()
    );
    assert!(!raised());
    commit(store, &room.cx, |tx| tx.remove_override(grant.id).and_then(|()| tx.remove_override(users.id))).unwrap();
    assert!(raised());
    assert!(!maker.enter(store, &room.provision, "ada").unwrap().entitled("ml_models").allow);
}

/// While an organization is deactivated its things are in no list and no count, as none of them may be read.
pub fn what_belongs_to_an_organization_at_rest_is_neither_listed_nor_counted(store: &dyn Store) {
    let maker = Maker::new(84);
    let room = maker.room(store, "acme");
    let resting = Organization {
        id: OrganizationId::new(&maker.ids, maker.now()),
        name: "resting".to_owned(),
        ..room.provision.organization.clone()
    };
    let (ada, at) = (&room.provision.admin, maker.now());
    let mut runs = Vec::new();
    for organization_id in [None, Some(room.provision.organization.id), Some(resting.id)] {
        for audience in [Audience::Private, Audience::Organization, Audience::Tenant] {
            let mut run = maker.run(ada, audience, at);
            run.organization_id = organization_id;
            runs.push(run);
        }
    }
    commit(store, &room.cx, |tx| {
        tx.insert_organization(&resting)?;
        runs.iter().try_for_each(|run| tx.insert_run(run))
    })
    .unwrap();
    for (active, expected) in [(false, 1), (true, 2)] {
        commit(store, &room.cx, |tx| tx.set_organization_active(resting.id, expected, active).map(drop)).unwrap();
        let cx = maker.enter(store, &room.provision, "ada").unwrap();
        let listing = Listing::first(Entity::Run, &PageReq::of_size(50).counted()).unwrap();
        let found = store.read(&cx).unwrap().page_runs(&cx.visibility(), &listing).unwrap();
        let mut ids: Vec<_> = found.items.iter().map(|run| run.id).collect();
        let may = |run: &&Run| cx.decide(Permission::ReadModels, &Resource::from(*run)).allow;
        let mut allowed: Vec<_> = runs.iter().filter(may).map(|run| run.id).collect();
        ids.sort_unstable();
        allowed.sort_unstable();
        assert_eq!((ids, found.total), (allowed.clone(), Some(allowed.len() as u64)));
        assert_eq!(allowed.len(), if active { 9 } else { 6 });
    }
}

/// What is added up is the bytes of each run, scenario and note of the tenant, and of no other.
pub fn kept_bytes_are_the_sum_of_the_rows(store: &dyn Store) {
    let maker = Maker::new(85);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let (ada, at) = (&room.provision.admin, maker.now());
    assert_eq!(store.read(&room.cx).unwrap().kept_bytes().unwrap(), 0);
    // What JSON holds and not every database's text does.
    let run = Run { input: json!({"note": "\0"}), ..maker.run(ada, Audience::Private, at) };
    let (scenario, note) = (maker.scenario(ada, Audience::Private, at), maker.note(ada, Audience::Private, at));
    commit(store, &room.cx, |tx| {
        tx.insert_run(&run)?;
        tx.insert_scenario(&scenario)?;
        tx.insert_note(&note)
    })
    .unwrap();
    assert_eq!(store.read(&room.cx).unwrap().kept_bytes().unwrap(), run.bytes + scenario.bytes + note.bytes);
    assert_eq!(store.read(&other.cx).unwrap().kept_bytes().unwrap(), 0);
}
