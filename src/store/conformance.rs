//! What every store must do, as checks that anyone can run on theirs: [`store_conformance!`](crate::store_conformance)
//! makes a test of each.
//!
//! A check panics when the store breaks its promise, as tests do.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Identity, Provision, RoutingDocument, RunCursor, Store, TenantTx};
use crate::error::{Error, ErrorKind};
use crate::id::{
    GrantId, OrganizationId, ReservationId, RunId, SeededIds, SubscriptionId, TenantId, UsageEventId, UserId,
};
use crate::tenancy::{
    Audience, AuditEvent, BuiltInRole, Cycle, GrantScope, Limit, LimitKind, Organization, Permission, PlanCatalogue,
    PlatformCtx, PlatformRole, PrincipalKind, Recorded, Reservation, ReservationState, RoleGrant, Run, Slug, Snapshot,
    Subscription, SubscriptionState, Tenant, TenantCtx, TenantStatus, UsageEvent, UsageKind, User, Verification,
    VerifiedPrincipal, verify,
};
use crate::time::Timestamp;

/// Makes a test of each check, on the stores that `$factory` (a function without arguments) makes.
#[macro_export]
macro_rules! store_conformance {
    ($factory:expr) => {
        $crate::store_conformance! { @each $factory,
            provisioning_is_whole_and_unique
            unknown_and_foreign_ids_get_one_answer
            dropped_transactions_change_nothing
            unique_rules_and_versions_hold
            quotas_are_never_exceeded
            reservations_expire_and_commit_once
            usage_counts_once
            the_audit_chain_survives_concurrent_writers
            runs_are_listed_by_visibility_without_gap_or_repeat
            routing_is_written_by_compare_and_set
            references_stay_inside_the_tenant
            ids_are_unique
            one_administrator_remains
            sums_stay_exact_or_are_refused
        }
    };
    (@each $factory:expr, $($check:ident)*) => {
        $(
            #[test]
            fn $check() {
                let store = $factory();
                $crate::store::conformance::$check(&*store);
            }
        )*
    };
}

/// Makes ids and entities for one check; instants advance with each.
pub(super) struct Maker {
    ids: SeededIds,
    now: std::cell::Cell<i64>,
}

/// A tenant in the store with the context of its administrator.
pub(super) struct Room {
    pub(super) provision: Provision,
    pub(super) cx: TenantCtx,
}

impl Maker {
    pub(super) fn new(seed: u8) -> Self {
        Self { ids: SeededIds::new([seed; 32]), now: std::cell::Cell::new(1_700_000_000_000_000) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.set(self.now.get() + 1);
        Timestamp::from_micros(self.now.get())
    }

    fn user(&self, subject: &str, organization: Option<OrganizationId>) -> User {
        let at = self.now();
        User {
            id: UserId::new(&self.ids, at),
            issuer: "idp".to_owned(),
            subject: subject.to_owned(),
            email: format!("{subject}@Example.com"),
            display_name: format!("Ünï {subject} ☃"),
            organization_id: organization,
            active: true,
            created_at: at,
            version: 1,
        }
    }

    fn provision(&self, slug: &str) -> Provision {
        let at = self.now();
        let organization = Organization {
            id: OrganizationId::new(&self.ids, at),
            name: slug.to_owned(),
            active: true,
            created_at: at,
            version: 1,
        };
        let admin = self.user("ada", Some(organization.id));
        Provision {
            tenant: Tenant {
                id: TenantId::new(&self.ids, at),
                slug: Slug::parse(slug).expect("a slug"),
                name: slug.to_owned(),
                status: TenantStatus::Active,
                auth_version: 1,
                created_at: at,
                version: 1,
            },
            grant: RoleGrant {
                id: GrantId::new(&self.ids, at),
                user_id: admin.id,
                role: BuiltInRole::Admin,
                scope: GrantScope::Tenant,
                granted_by: None,
                expires_at: None,
            },
            subscription: Subscription {
                id: SubscriptionId::new(&self.ids, at),
                plan: "basic".to_owned(),
                catalogue_version: 1,
                cycle: Cycle::Monthly,
                state: SubscriptionState::Active,
                period_start: at,
                version: 1,
            },
            event: self.event("tenant.create"),
            organization,
            admin,
        }
    }

    pub(super) fn room(&self, store: &dyn Store, slug: &str) -> Room {
        let provision = self.provision(slug);
        commit_platform(store, &provision).expect("a new tenant");
        let cx = self.enter(store, &provision, "ada").expect("its administrator");
        Room { provision, cx }
    }

    pub(super) fn principal(&self, tenant: TenantId, subject: &str) -> VerifiedPrincipal {
        VerifiedPrincipal::asserted_by_host("idp", subject, Some(tenant), PrincipalKind::User, self.now())
            .expect("a principal")
    }

    fn enter(&self, store: &dyn Store, provision: &Provision, subject: &str) -> Result<TenantCtx, Error> {
        let Identity { tenant, user, organization, grants, subscription } =
            store.lookup(&self.principal(provision.tenant.id, subject))?;
        let catalogue = PlanCatalogue::seed();
        let plan = catalogue.plan(&subscription.plan)?.clone();
        let features = catalogue.features(&plan.id);
        let snapshot = Snapshot { tenant, user, organization, grants, subscription, plan, features, catalogue };
        Ok(TenantCtx::new(Arc::new(snapshot), PrincipalKind::User, self.now()))
    }

    pub(super) fn event(&self, action: &str) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor: "test".to_owned(),
            action: action.to_owned(),
            resource_type: "thing".to_owned(),
            resource_id: "1".to_owned(),
            outcome: "ok".to_owned(),
            reason: None,
            detail: json!({"b": 1, "a": [null, "☃"]}),
        }
    }

    pub(super) fn run(&self, owner: &User, audience: Audience, at: Timestamp) -> Run {
        Run {
            id: RunId::new(&self.ids, at),
            owner_id: owner.id,
            organization_id: owner.organization_id,
            audience,
            model: "npv".to_owned(),
            variant: "built_in".to_owned(),
            subject: None,
            title: None,
            record: json!({"x": 0.1}),
            input: json!({"rate": 0.1}),
            output: json!({"npv": 1.0 / 3.0}),
            bytes: 3,
            idem_key: None,
            created_at: at,
        }
    }

    pub(super) fn reservation(&self, amount: u64, lasts: i64) -> Reservation {
        let now = self.now();
        Reservation {
            id: ReservationId::new(&self.ids, now),
            kind: LimitKind::RunsPerMonth,
            window: Timestamp::default(),
            amount,
            state: ReservationState::Open,
            expires_at: now.plus_micros(lasts),
        }
    }
}

fn operator() -> PlatformCtx {
    PlatformCtx::new("test".to_owned(), PlatformRole::Operator.permissions(), Timestamp::default())
}

fn commit_platform(store: &dyn Store, provision: &Provision) -> Result<(), Error> {
    let mut tx = store.platform(&operator())?;
    tx.provision(provision)?;
    tx.commit()
}

pub(super) fn commit(
    store: &dyn Store,
    cx: &TenantCtx,
    work: impl FnOnce(&mut dyn TenantTx) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut tx = store.write(cx)?;
    work(&mut *tx)?;
    tx.commit()
}

const SOON: i64 = 1_000_000_000;

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
            grants: vec![grant],
            subscription,
        }
    );
    let again = maker.provision("acme");
    assert_eq!(commit_platform(store, &again).unwrap_err().kind(), ErrorKind::Conflict);
    let mut platform = store.platform(&operator()).unwrap();
    assert_eq!(platform.list_tenants().unwrap(), std::slice::from_ref(&tenant));
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
    assert!(store.read(&mine.cx).unwrap().list_runs(&mine.cx.visibility(), None, 10).unwrap().is_empty());
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
        tx.set_subscription(&Subscription { plan: "enterprise".to_owned(), ..room.provision.subscription.clone() })
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
    assert_eq!(store.platform(&operator()).unwrap().list_tenants().unwrap().len(), 1);
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

/// Whatever the interleaving, what counts stays within the limit.
pub fn quotas_are_never_exceeded(store: &dyn Store) {
    let maker = Maker::new(5);
    let room = maker.room(store, "acme");
    let reservations: Vec<_> = (0..32).map(|_| maker.reservation(1, SOON)).collect();
    let now = maker.now();
    let won: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = reservations
            .chunks(2)
            .map(|chunk| {
                let cx = &room.cx;
                scope.spawn(move || {
                    let reserve =
                        |held: &&Reservation| commit(store, cx, |tx| tx.reserve(held, Limit::At(10), now)).is_ok();
                    chunk.iter().filter(reserve).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(won, 10);
    assert_eq!(store.read(&room.cx).unwrap().quota(LimitKind::RunsPerMonth, Timestamp::default(), now).unwrap(), 10);
    let error = commit(store, &room.cx, |tx| tx.reserve(&maker.reservation(1, SOON), Limit::At(10), now)).unwrap_err();
    assert_eq!((error.kind(), error.detail("used")), (ErrorKind::LimitExceeded, Some(&json!(10))));
    assert!(commit(store, &room.cx, |tx| tx.reserve(&maker.reservation(u64::MAX, SOON), Limit::At(10), now)).is_err());
}

/// What has expired counts no more; what is committed counts once.
pub fn reservations_expire_and_commit_once(store: &dyn Store) {
    let maker = Maker::new(6);
    let room = maker.room(store, "acme");
    let held = maker.reservation(4, 1_000);
    let limit = Limit::At(5);
    commit(store, &room.cx, |tx| tx.reserve(&held, limit, maker.now())).unwrap();
    let late = held.expires_at.plus_micros(1);
    let counted =
        |now| store.read(&room.cx).unwrap().quota(LimitKind::RunsPerMonth, Timestamp::default(), now).unwrap();
    assert_eq!((counted(maker.now()), counted(late)), (4, 0));
    let second = Reservation { expires_at: late.plus_micros(SOON), ..maker.reservation(3, 0) };
    commit(store, &room.cx, |tx| tx.reserve(&second, limit, late)).unwrap();
    let error = commit(store, &room.cx, |tx| tx.commit_reservation(held.id, 4, limit, late)).unwrap_err();
    assert_eq!(error.reason(), Some("quota_exceeded"));
    commit(store, &room.cx, |tx| tx.commit_reservation(held.id, 2, limit, late)).unwrap();
    assert_eq!(counted(late), 5);
    assert!(commit(store, &room.cx, |tx| tx.commit_reservation(held.id, 1, limit, late)).is_err());
    assert!(commit(store, &room.cx, |tx| tx.commit_reservation(second.id, 9, limit, late)).is_err());
    commit(store, &room.cx, |tx| tx.release_reservation(second.id)).unwrap();
    assert_eq!(counted(late), 2);
    assert!(commit(store, &room.cx, |tx| tx.release_reservation(held.id)).is_err());
}

pub(super) fn usage(maker: &Maker, key: &str, quantity: u64) -> UsageEvent {
    let at = maker.now();
    UsageEvent {
        id: UsageEventId::new(&maker.ids, at),
        idem_key: key.to_owned(),
        kind: UsageKind::Export,
        quantity,
        at,
        run_id: None,
    }
}

/// An event counts once under its key, and a key says one thing.
pub fn usage_counts_once(store: &dyn Store) {
    let maker = Maker::new(7);
    let room = maker.room(store, "acme");
    let mut tx = store.write(&room.cx).unwrap();
    assert_eq!(tx.record_usage(&usage(&maker, "a", 3)).unwrap(), Recorded::New);
    assert_eq!(tx.record_usage(&usage(&maker, "a", 3)).unwrap(), Recorded::Duplicate);
    assert_eq!(tx.record_usage(&usage(&maker, "a", 4)).unwrap_err().reason(), Some("idempotency_conflict"));
    assert_eq!(tx.record_usage(&usage(&maker, "b", 4)).unwrap(), Recorded::New);
    tx.commit().unwrap();
    let far = Timestamp::from_micros(i64::MAX);
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.usage_total(UsageKind::Export, Timestamp::default(), far).unwrap(), 7);
    assert_eq!(read.usage_total(UsageKind::Trials, Timestamp::default(), far).unwrap(), 0);
    assert_eq!(read.usage_total(UsageKind::Export, far, far).unwrap(), 0);
}

/// Writers at once make one chain.
pub fn the_audit_chain_survives_concurrent_writers(store: &dyn Store) {
    let maker = Maker::new(8);
    let room = maker.room(store, "acme");
    let event = maker.event("x");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    commit(store, &room.cx, |tx| tx.append_audit(&event).map(drop)).expect("an append");
                }
            });
        }
    });
    let (records, head) = store.read(&room.cx).unwrap().audit().unwrap();
    assert_eq!(
        verify(room.provision.tenant.id, &records, &head),
        Verification::Intact { from: 1, to: 81, count: 81, head: head.hash.clone() }
    );
    let cut = &records[..80];
    assert!(matches!(verify(room.provision.tenant.id, cut, &head), Verification::Broken { seq: 81, .. }));
}

/// Every run that is shown comes once, newest first, page by page.
pub fn runs_are_listed_by_visibility_without_gap_or_repeat(store: &dyn Store) {
    let maker = Maker::new(9);
    let room = maker.room(store, "acme");
    let home = room.provision.organization.id;
    let abroad = Organization {
        id: OrganizationId::new(&maker.ids, maker.now()),
        name: "abroad".to_owned(),
        ..room.provision.organization.clone()
    };
    let ben = maker.user("ben", Some(home));
    let (cy, dee, eli) = (maker.user("cy", None), maker.user("dee", Some(abroad.id)), maker.user("eli", Some(home)));
    let grant = |user: &User, scope| RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        user_id: user.id,
        role: BuiltInRole::Guest,
        scope,
        ..room.provision.grant.clone()
    };
    commit(store, &room.cx, |tx| {
        tx.insert_organization(&abroad)?;
        [&ben, &cy, &dee, &eli].into_iter().try_for_each(|user| tx.insert_user(user))?;
        tx.insert_grant(&grant(&ben, GrantScope::Tenant))?;
        tx.insert_grant(&grant(&cy, GrantScope::Tenant))?;
        tx.insert_grant(&grant(&dee, GrantScope::Organization(abroad.id)))
    })
    .unwrap();
    // Many at one instant: the id decides.
    let at = maker.now();
    let audiences = [Audience::Private, Audience::Organization, Audience::Tenant];
    let owners = [&ben, &room.provision.admin, &dee, &cy];
    let runs: Vec<_> = (0..120).map(|i| maker.run(owners[i % 4], audiences[i % 3], at)).collect();
    commit(store, &room.cx, |tx| runs.iter().try_for_each(|run| tx.insert_run(run))).unwrap();
    // Of the whole tenant, of one's own organization, of none, of another by its grant alone, and nothing.
    for subject in ["ada", "ben", "cy", "dee", "eli"] {
        let cx = maker.enter(store, &room.provision, subject).unwrap();
        let shown = cx.visibility();
        let mut expected: Vec<_> = runs.iter().filter(|run| shown.shows(&(*run).into())).map(|run| run.id).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let page = store.read(&cx).unwrap().list_runs(&shown, after, 7).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(RunCursor { created_at: last.created_at, id: last.id });
            walked.extend(page.iter().map(|run| run.id));
        }
        assert_eq!(walked, expected, "{subject}");
        let allowed = |run: &&Run| cx.decide(Permission::ReadModels, &(*run).into()).allow;
        assert_eq!(runs.iter().filter(allowed).count(), expected.len(), "{subject}");
        assert_eq!(expected.is_empty(), subject == "eli");
    }
}

fn routing(version: u64) -> RoutingDocument {
    RoutingDocument { version, config: json!({"v": version}), actor: "test".to_owned(), at: Timestamp::from_micros(5) }
}

/// Of writers on one version one wins, and the newest document is read.
pub fn routing_is_written_by_compare_and_set(store: &dyn Store) {
    let maker = Maker::new(10);
    let room = maker.room(store, "acme");
    let platform = |expected: u64, document: &RoutingDocument| {
        let mut tx = store.platform(&operator())?;
        tx.set_routing(expected, document)?;
        tx.commit()
    };
    platform(0, &routing(1)).unwrap();
    assert_eq!(platform(0, &routing(1)).unwrap_err().detail("current"), Some(&Value::from(1)));
    platform(1, &routing(2)).unwrap();
    assert_eq!(store.global_routing().unwrap(), Some(routing(2)));
    commit(store, &room.cx, |tx| tx.set_routing(0, &routing(1))).unwrap();
    assert!(commit(store, &room.cx, |tx| tx.set_routing(0, &routing(1))).is_err());
    let leap = commit(store, &room.cx, |tx| tx.set_routing(1, &routing(3))).unwrap_err();
    assert_eq!((leap.kind(), leap.field()), (ErrorKind::InvalidInput, Some("version")));
    assert_eq!(store.read(&room.cx).unwrap().routing().unwrap(), Some(routing(1)));
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
    let grant = RoleGrant { role: BuiltInRole::Guest, ..room.provision.grant.clone() };
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

/// Amounts beyond what is counted exactly are refused, and break nothing for those that follow.
pub fn sums_stay_exact_or_are_refused(store: &dyn Store) {
    let maker = Maker::new(14);
    let room = maker.room(store, "acme");
    let most = i64::MAX.cast_unsigned();
    let reserve = |amount| {
        let held = maker.reservation(amount, SOON);
        commit(store, &room.cx, |tx| tx.reserve(&held, Limit::Unlimited, maker.now()))
    };
    assert_eq!(reserve(most + 1).unwrap_err().kind(), ErrorKind::LimitExceeded);
    reserve(most - 1).unwrap();
    assert_eq!(reserve(2).unwrap_err().detail("used"), Some(&json!(most - 1)));
    reserve(1).unwrap();
    let record = |key: &str, quantity| {
        commit(store, &room.cx, |tx| tx.record_usage(&usage(&maker, key, quantity)).map(drop)).map_err(|e| e.kind())
    };
    assert_eq!(record("a", most + 1), Err(ErrorKind::InvalidInput));
    record("b", most).unwrap();
    let far = Timestamp::from_micros(i64::MAX);
    let total = || store.read(&room.cx).unwrap().usage_total(UsageKind::Export, Timestamp::default(), far);
    assert_eq!(total().unwrap(), most);
    record("c", 1).unwrap();
    assert_eq!(total().unwrap_err().kind(), ErrorKind::Undefined);
}
