//! Random work gives in every store what it gives in memory: answers, refusals and all that is kept.

use std::fmt::Debug;

use serde_json::json;

use super::lists::Reader;
use super::{Maker, Room, SOON, commit_platform, usage};
use crate::error::Error;
use crate::id::{GrantId, InvoiceId, OrganizationId, OverrideId, UserId};
use crate::store::{MemoryStore, PageReq, RoutingDocument, Store, TenantRead, TenantTx, UserPatch};
use crate::tenancy::{
    Audience, BuiltInRole, GrantScope, InvoiceState, Limit, LimitKind, LimitOverride, Note, Organization,
    OverrideEffect, Permission, PermissionSet, Reservation, Role, RoleGrant, Run, Scenario, SodRule, Subscription,
    TenantCtx, UsageAdjustment, UsageKind, User,
};
use crate::time::Timestamp;

/// Whatever is done, and undone, each answer and everything kept is as in memory.
pub fn random_work_gives_what_it_gives_in_memory(store: &dyn Store) {
    let memory = MemoryStore::new();
    let maker = Maker::new(17);
    for seed in 0..8 {
        let mut dice = Dice(seed);
        let provision = maker.provision(&format!("tenant-{seed}"));
        let rooms = [&memory as &dyn Store, store].map(|store| {
            commit_platform(store, &provision).expect("a new tenant");
            (store, maker.enter(store, &provision, "ada").expect("its administrator"))
        });
        let mut cast = Cast::of(&Room { provision, cx: rooms[0].1.clone() });
        let mut trace = vec![format!("seed {seed}")];
        for step in 0..40 {
            let mut open = rooms.each_ref().map(|(store, cx)| store.write(cx).expect("a transaction"));
            for _ in 0..=dice.below(5) {
                let (name, operation) = cast.operation(&maker, &mut dice);
                let [expected, given] = open.each_mut().map(|tx| operation(&mut **tx));
                trace.push(format!("{name}: {expected:?}"));
                assert_eq!(given, expected, "{}", trace.join("\n"));
            }
            let kept = dice.below(4) > 0;
            trace.push(if kept { "commit" } else { "drop" }.to_owned());
            for tx in open {
                if kept {
                    tx.commit().expect("a commit");
                }
            }
            cast.refresh(&maker, &mut *memory.read(&rooms[0].1).expect("a reading"));
            if step % 4 == 3 {
                let now = maker.now();
                let [expected, given] = rooms.each_ref().map(|(store, cx)| cast.seen(&maker, *store, cx, now));
                assert_eq!(given, expected, "{}", trace.join("\n"));
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    pub(super) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        let at = self.below(choices.len() as u64);
        choices[usize::try_from(at).expect("a position")].clone()
    }
}

impl Dice {
    /// Mostly the version itself.
    fn near(&mut self, version: u64) -> u64 {
        if self.below(4) > 0 { version } else { self.below(4) }
    }
}

const SUBJECTS: &[&str] = &["ada", "ben", "BEN", "cy", "Ünï ☃"];
const NAMES: &[&str] = &["North", "NORTH", "south", "Süd", "zero\0"];
const MOST: u64 = i64::MAX.cast_unsigned();
/// Before anything was used.
const EARLY: Timestamp = Timestamp::from_micros(0);
const WINDOWS: &[Timestamp] = &[Timestamp::from_micros(0), Timestamp::from_micros(1_000)];

/// A step of the work and how it is done.
type Operation = Box<dyn Fn(&mut dyn TenantTx) -> Result<String, Error>>;

fn operation<T: Debug>(work: impl Fn(&mut dyn TenantTx) -> Result<T, Error> + 'static) -> Operation {
    Box::new(move |tx| work(tx).map(|done| format!("{done:?}")))
}

/// What work can be about: what is kept, and something of each kind that is not.
struct Cast {
    room: Room,
    users: Vec<User>,
    organizations: Vec<Organization>,
    grants: Vec<RoleGrant>,
    roles: Vec<Role>,
    rules: Vec<SodRule>,
    overrides: Vec<OverrideId>,
    reservations: Vec<Reservation>,
    runs: Vec<Run>,
    scenarios: Vec<Scenario>,
    notes: Vec<Note>,
    invoices: Vec<InvoiceId>,
    /// Versions in force.
    subscription: u64,
    routing: u64,
}

impl Cast {
    fn of(room: &Room) -> Self {
        let Room { provision, cx } = room;
        Self {
            room: Room { provision: provision.clone(), cx: cx.clone() },
            users: vec![provision.admin.clone()],
            organizations: vec![provision.organization.clone()],
            grants: vec![provision.grant.clone()],
            roles: BuiltInRole::ALL
                .iter()
                .map(|role| role.role_in(provision.tenant.id, provision.tenant.created_at))
                .collect(),
            rules: Vec::new(),
            overrides: Vec::new(),
            reservations: Vec::new(),
            runs: Vec::new(),
            scenarios: Vec::new(),
            notes: Vec::new(),
            invoices: Vec::new(),
            subscription: 1,
            routing: 0,
        }
    }

    /// Forgets what was not kept, and learns the versions of what was.
    fn refresh(&mut self, maker: &Maker, read: &mut dyn TenantRead) {
        let unknown = [maker.user("nobody", None), maker.user("ben", None)];
        self.users = read.list_users().expect("users");
        self.grants = self.users.iter().flat_map(|user| read.list_grants(user.id).expect("grants")).collect();
        self.users.extend(unknown);
        self.roles = read.all_roles().expect("roles");
        self.roles.push(maker.role("unknown", &[]));
        self.organizations = read.list_organizations().expect("organizations");
        self.subscription = read.subscription().expect("a subscription").version;
        self.routing = read.routing().expect("routing").map_or(0, |document| document.version);
    }

    fn organization(&self, maker: &Maker, dice: &mut Dice) -> OrganizationId {
        if dice.below(8) == 0 {
            OrganizationId::new(&maker.ids, maker.now())
        } else {
            dice.one_of(&self.organizations).id
        }
    }

    fn user(&self, dice: &mut Dice) -> (UserId, u64) {
        let user = dice.one_of(&self.users);
        (user.id, dice.near(user.version))
    }

    /// Mostly one that there is.
    fn role(&self, dice: &mut Dice) -> Role {
        dice.one_of(&self.roles)
    }

    /// Roles, rules and overrides.
    fn rule(&mut self, maker: &Maker, dice: &mut Dice) -> (String, Operation) {
        let now = maker.now();
        let permissions: Vec<_> = (0..dice.below(4)).map(|_| dice.one_of(Permission::ALL)).collect();
        match dice.below(8) {
            0 => {
                let inherits = (0..dice.below(3)).map(|_| self.role(dice).id).collect();
                let role = Role { inherits, ..maker.role(dice.one_of(NAMES), &permissions) };
                self.roles.push(role.clone());
                (format!("insert {role:?}"), operation(move |tx| tx.insert_role(&role)))
            }
            1 | 2 => {
                let kept = self.role(dice);
                let expected = dice.near(kept.version);
                let inherits = (0..dice.below(3)).map(|_| self.role(dice).id).collect();
                let permissions = PermissionSet::of(&permissions);
                let role = Role { permissions, inherits, version: expected + 1, updated_at: now, ..kept };
                let name = format!("replace version {expected} by {role:?}");
                (name, operation(move |tx| tx.replace_role(expected, &role)))
            }
            3 => {
                let kept = self.role(dice);
                let expected = dice.near(kept.version);
                let name = format!("remove version {expected} of {}", kept.id);
                (name, operation(move |tx| tx.remove_role(kept.id, expected)))
            }
            4 => {
                let scope = match dice.below(2) {
                    0 => GrantScope::Tenant,
                    _ => GrantScope::Organization(self.organization(maker, dice)),
                };
                let rule = SodRule { scope, ..maker.rule(dice.one_of(NAMES), &permissions) };
                self.rules.push(rule.clone());
                (format!("insert {rule:?}"), operation(move |tx| tx.insert_sod_rule(&rule)))
            }
            5 if !self.rules.is_empty() => {
                let id = dice.one_of(&self.rules).id;
                (format!("remove rule {id}"), operation(move |tx| tx.remove_sod_rule(id)))
            }
            6 if !self.overrides.is_empty() && dice.below(2) == 0 => {
                let id = dice.one_of(&self.overrides);
                (format!("remove override {id}"), operation(move |tx| tx.remove_override(id)))
            }
            6 => {
                let value = dice.one_of(&[Limit::Absent, Limit::At(4), Limit::Unlimited]);
                let limit = LimitOverride { value, ..maker.limit_override(LimitKind::Users) };
                let limit = LimitOverride { limit: dice.one_of(&[LimitKind::Users, LimitKind::StorageBytes]), ..limit };
                self.overrides.push(limit.id);
                (format!("set {limit:?}"), operation(move |tx| tx.set_limit_override(&limit)))
            }
            _ => {
                let effect = dice.one_of(&[OverrideEffect::Grant, OverrideEffect::Revoke]);
                let mut feature = maker.feature_override(dice.one_of(&["ml_models", "api_access", "zero\0"]), effect);
                if dice.below(4) == 0 && !self.overrides.is_empty() {
                    feature.id = dice.one_of(&self.overrides);
                }
                self.overrides.push(feature.id);
                (format!("set {feature:?}"), operation(move |tx| tx.set_feature_override(&feature)))
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm an operation")]
    fn operation(&mut self, maker: &Maker, dice: &mut Dice) -> (String, Operation) {
        let now = maker.now().plus_micros(dice.one_of(&[0, 0, 2_000]));
        let active = dice.below(2) == 0;
        match dice.below(32) {
            0 => {
                let organization = (dice.below(2) == 0).then(|| self.organization(maker, dice));
                let email = format!("{}@example.com", dice.one_of(SUBJECTS));
                let user = User { email, ..maker.user(dice.one_of(SUBJECTS), organization) };
                self.users.push(user.clone());
                (format!("insert {user:?}"), operation(move |tx| tx.insert_user(&user)))
            }
            1 => {
                let organization = Organization {
                    id: OrganizationId::new(&maker.ids, now),
                    name: dice.one_of(NAMES).to_owned(),
                    created_at: now,
                    ..self.room.provision.organization.clone()
                };
                self.organizations.push(organization.clone());
                (format!("insert {organization:?}"), operation(move |tx| tx.insert_organization(&organization)))
            }
            2 => {
                let scope = match dice.below(2) {
                    0 => GrantScope::Tenant,
                    _ => GrantScope::Organization(self.organization(maker, dice)),
                };
                let grant = RoleGrant {
                    id: GrantId::new(&maker.ids, now),
                    user_id: self.user(dice).0,
                    role_id: self.role(dice).id,
                    scope,
                    granted_by: None,
                    expires_at: (dice.below(3) == 0).then(|| now.plus_micros(SOON)),
                };
                self.grants.push(grant.clone());
                (format!("insert {grant:?}"), operation(move |tx| tx.insert_grant(&grant)))
            }
            3 => {
                let (id, expected) = self.user(dice);
                let name = format!("set user {id} of version {expected} active: {active}");
                (name, operation(move |tx| tx.set_user_active(id, expected, active)))
            }
            4 => {
                let (id, expected) = self.user(dice);
                let patch = UserPatch {
                    display_name: (dice.below(2) == 0).then(|| "renamed".to_owned()),
                    email: (dice.below(2) == 0).then(|| format!("{}@EXAMPLE.com", dice.one_of(SUBJECTS))),
                    organization_id: (dice.below(2) == 0)
                        .then(|| (dice.below(2) == 0).then(|| self.organization(maker, dice))),
                };
                let name = format!("update user {id} of version {expected} by {patch:?}");
                (name, operation(move |tx| tx.update_user(id, expected, &patch)))
            }
            5 => {
                let organization = dice.one_of(&self.organizations);
                let (id, expected) = (organization.id, dice.near(organization.version));
                let name = format!("set organization {id} of version {expected} active: {active}");
                (name, operation(move |tx| tx.set_organization_active(id, expected, active)))
            }
            23 => {
                let organization = dice.one_of(&self.organizations);
                let (id, expected) = (organization.id, dice.near(organization.version));
                let to = dice.one_of(NAMES);
                let name = format!("rename organization {id} of version {expected} to {to:?}");
                (name, operation(move |tx| tx.rename_organization(id, expected, to)))
            }
            24.. => self.rule(maker, dice),
            6 => {
                let id = dice.one_of(&self.grants).id;
                (format!("remove grant {id}"), operation(move |tx| tx.remove_grant(id)))
            }
            7 => {
                let expected = dice.near(self.subscription);
                let version = dice.near(expected + 1);
                let plan = dice.one_of(&["basic", "enterprise", "zero\0"]).to_owned();
                let next = Subscription { plan, version, ..self.room.provision.subscription.clone() };
                let name = format!("replace version {expected} by {next:?}");
                (name, operation(move |tx| tx.set_subscription(expected, &next)))
            }
            8 | 9 => {
                let held = Reservation {
                    kind: dice.one_of(&[LimitKind::RunsPerMonth, LimitKind::StorageBytes]),
                    window: dice.one_of(WINDOWS),
                    ..maker.reservation(dice.one_of(&[0, 1, 2, 5, MOST - 3, MOST, u64::MAX]), 0)
                };
                let held = Reservation { expires_at: now.plus_micros(dice.one_of(&[0, 1_000, SOON])), ..held };
                let limit = dice.one_of(&[Limit::Absent, Limit::At(4), Limit::At(10), Limit::Unlimited]);
                self.reservations.push(held.clone());
                (format!("reserve {held:?} of {limit:?}"), operation(move |tx| tx.reserve(&held, limit, now)))
            }
            10 if !self.reservations.is_empty() => {
                let held = dice.one_of(&self.reservations);
                let (id, actual) = (held.id, dice.one_of(&[0, 1, held.amount, held.amount.saturating_add(1)]));
                let name = format!("commit {actual} of {id} at {now:?}");
                (name, operation(move |tx| tx.commit_reservation(id, actual, Limit::At(10), now)))
            }
            11 if !self.reservations.is_empty() => {
                let id = dice.one_of(&self.reservations).id;
                (format!("release {id}"), operation(move |tx| tx.release_reservation(id)))
            }
            12 => {
                let event = usage(maker, dice.one_of(&["k", "K", "l\0", "☃"]), dice.one_of(&[0, 7, MOST, MOST + 1]));
                (format!("record {event:?}"), operation(move |tx| tx.record_usage(&event)))
            }
            13 => {
                let expected = dice.near(self.routing);
                let version = dice.near(expected + 1);
                let config = json!({"version": version, "weights": [0.1, 1e-300]});
                let actor = dice.one_of(&["test", "ünï", "zero\0"]).to_owned();
                let document = RoutingDocument { version, config, actor, at: now };
                let name = format!("route by {document:?} in place of {expected}");
                (name, operation(move |tx| tx.set_routing(expected, &document)))
            }
            14 => {
                let owner = dice.one_of(&self.users);
                let audience = dice.one_of(&[Audience::Private, Audience::Organization, Audience::Tenant]);
                let mut run = maker.run(&owner, audience, now);
                run.idem_key = (dice.below(2) == 0).then(|| dice.one_of(&["k", "K", "l\0"]).to_owned());
                run.organization_id = (dice.below(2) == 0).then(|| self.organization(maker, dice));
                self.runs.push(run.clone());
                (format!("insert {run:?}"), operation(move |tx| tx.insert_run(&run)))
            }
            15 => {
                let audience = dice.one_of(&[Audience::Private, Audience::Organization, Audience::Tenant]);
                let name = dice.one_of(NAMES).to_owned();
                let subject = dice.one_of(&[None, Some("ACME"), Some("")]).map(str::to_owned);
                let scenario = Scenario { subject, name, ..maker.scenario(&dice.one_of(&self.users), audience, now) };
                self.scenarios.push(scenario.clone());
                (format!("insert {scenario:?}"), operation(move |tx| tx.insert_scenario(&scenario)))
            }
            16 if !self.scenarios.is_empty() => {
                let kept = dice.one_of(&self.scenarios);
                let expected = dice.near(kept.version);
                let name = dice.one_of(NAMES).to_owned();
                let next = Scenario { name, version: expected + 1, updated_at: now, ..kept };
                let what = format!("replace version {expected} by {next:?}");
                (what, operation(move |tx| tx.replace_scenario(expected, &next)))
            }
            17 => {
                let subject = dice.one_of(&["ACME", "Süd", "zero\0", ""]).to_owned();
                let note = Note { subject, ..maker.note(&dice.one_of(&self.users), Audience::Tenant, now) };
                self.notes.push(note.clone());
                (format!("insert {note:?}"), operation(move |tx| tx.insert_note(&note)))
            }
            18 if !self.notes.is_empty() && !self.scenarios.is_empty() => {
                let (note, scenario) = (dice.one_of(&self.notes).id, dice.one_of(&self.scenarios).id);
                let expected = 1 + dice.below(2);
                let amount = dice.one_of(&[0, 1, 5, u64::MAX]);
                let name = format!("remove {note} and {scenario} of version {expected}, and give back {amount}");
                let work = move |tx: &mut dyn TenantTx| {
                    tx.give_back(LimitKind::StorageBytes, WINDOWS[0], amount)?;
                    tx.remove_note(note, expected)?;
                    tx.remove_scenario(scenario, expected)
                };
                (name, operation(work))
            }
            19 => {
                let draft = maker.draft(&self.room.provision.invoices[0]);
                self.invoices.push(draft.id);
                (format!("issue {}", draft.id), operation(move |tx| tx.insert_invoice(&draft)))
            }
            20 if !self.invoices.is_empty() => {
                let id = dice.one_of(&self.invoices);
                let state = dice.one_of(&[InvoiceState::Paid, InvoiceState::Issued]);
                (format!("make invoice {id} {state:?}"), operation(move |tx| tx.set_invoice_state(id, state)))
            }
            21 if !self.invoices.is_empty() => {
                let id = dice.one_of(&self.invoices);
                match dice.below(2) {
                    0 => (format!("deliver {id}"), operation(move |tx| tx.set_delivered(id))),
                    _ => (format!("settle on {id}"), operation(move |tx| tx.settle_adjustments(id))),
                }
            }
            22 => {
                let idem_key = dice.one_of(&["k", "K", "☃", "unknown"]).to_owned();
                let late = UsageAdjustment { idem_key, kind: UsageKind::Export, quantity: 7, at: now };
                (format!("adjust {late:?}"), operation(move |tx| tx.insert_adjustment(&late)))
            }
            _ => {
                let event = maker.event(dice.one_of(&["first", "second"]));
                (format!("append {event:?}"), operation(move |tx| tx.append_audit(&event)))
            }
        }
    }

    /// Everything a store tells of the tenant.
    fn seen(&self, maker: &Maker, store: &dyn Store, cx: &TenantCtx, now: Timestamp) -> Vec<String> {
        let mut seen = Vec::new();
        let mut read = store.read(cx).expect("a reading");
        let mut note = |what: &dyn Debug| seen.push(format!("{what:?}"));
        note(&(read.auth_version(), read.list_users(), read.list_organizations(), read.subscription()));
        note(&(read.all_roles(), read.all_grants(), read.sod_rules(), read.overrides(), read.kept_bytes()));
        note(&self.roles.iter().map(|role| (read.role(role.id), read.role_named(&role.name))).collect::<Vec<_>>());
        note(&(read.audit(), read.audit_after(2, 2), read.routing(), read.routing_history(2)));
        for user in &self.users {
            note(&(read.user(user.id), read.list_grants(user.id), read.user_by_identity(&user.issuer, &user.subject)));
            note(&["k", "K", "l\0"].map(|key| read.run_by_key(user.id, key)));
        }
        note(&self.scenarios.iter().map(|kept| read.scenario(kept.id)).collect::<Vec<_>>());
        note(
            &self
                .notes
                .iter()
                .map(|kept| (read.note(kept.id), read.note_on(kept.owner_id, &kept.subject)))
                .collect::<Vec<_>>(),
        );
        note(&(read.invoices(None, 9), read.outbox(9), read.adjustments(), read.active_users()));
        note(&(read.subscription_history(9), read.usage_event("k"), read.usage_hours(UsageKind::Export, EARLY, now)));
        note(&self.runs.iter().map(|run| read.run(run.id)).collect::<Vec<_>>());
        for window in WINDOWS {
            let kinds = [LimitKind::RunsPerMonth, LimitKind::StorageBytes];
            note(&kinds.map(|kind| [now, now.plus_micros(2_000)].map(|now| read.quota(kind, *window, now))));
        }
        note(&read.usage_total(UsageKind::Export, Timestamp::default(), now));
        drop(read);
        for subject in SUBJECTS {
            let tenant = self.room.provision.tenant.id;
            note(&store.lookup(&maker.principal(tenant, subject)));
            let Ok(cx) = maker.enter(store, &self.room.provision, subject) else { continue };
            let reader = Reader::of(store, &cx);
            let first = reader.runs(&PageReq::of_size(3).counted()).expect("a page");
            if let Some(next) = first.next {
                note(&reader.runs(&PageReq::of_size(30).at(next)).expect("a page").items);
            }
            note(&(first.items, first.total));
            let all = PageReq::of_size(100).counted();
            note(&(reader.scenarios(&all).expect("a page").items, reader.notes(&all).expect("a page").items));
        }
        seen
    }
}
