//! Lists by the page: each is the sorted filter of what may be read, walked either way and by number, while
//! others write.

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::agreement::Dice;
use super::{Maker, Room, commit, operator, routing, usage};
use crate::error::Error;
use crate::id::{GrantId, OrganizationId};
use crate::store::page::{Column, Key};
use crate::store::{
    CursorKeys, Cursors, Entity, Holder, Listed, Listing, Page, PageReq, Slice, Store, TenantRead, UserPatch, fold,
};
use crate::tenancy::{
    Audience, BuiltInRole, GrantScope, Limit, Note, Organization, Permission, Reservation, Resource, RoleGrant, Run,
    Scenario, Subscription, TenantCtx, TenantStatus, UsageKind, User,
};
use crate::time::Timestamp;

/// How one list is read.
type Find<'f, T> = &'f dyn Fn(&mut dyn TenantRead, &Listing) -> Result<Slice<T>, Error>;

/// Pages of a store as a user gets them.
pub(super) struct Reader<'s> {
    store: &'s dyn Store,
    cx: &'s TenantCtx,
    cursors: Cursors,
}

impl<'s> Reader<'s> {
    pub(super) fn of(store: &'s dyn Store, cx: &'s TenantCtx) -> Self {
        Self { store, cx, cursors: Cursors::new(CursorKeys::new(1, [9; 32])) }
    }

    fn page<T: Listed>(&self, entity: Entity, request: &PageReq, find: Find<'_, T>) -> Result<Page<T>, Error> {
        let holder = Holder::User(self.cx.tenant(), self.cx.user());
        let listing = self.cursors.listing(entity, request, holder, self.cx.now())?;
        let slice = find(&mut *self.store.read(self.cx)?, &listing)?;
        Ok(self.cursors.page(slice, &listing, holder, self.cx.now()))
    }

    pub(super) fn runs(&self, request: &PageReq) -> Result<Page<Run>, Error> {
        let shown = self.cx.visibility();
        self.page(Entity::Run, request, &|read, listing| read.page_runs(&shown, listing))
    }

    pub(super) fn scenarios(&self, request: &PageReq) -> Result<Page<Scenario>, Error> {
        let shown = self.cx.visibility();
        self.page(Entity::Scenario, request, &|read, listing| read.page_scenarios(&shown, listing))
    }

    pub(super) fn notes(&self, request: &PageReq) -> Result<Page<Note>, Error> {
        let shown = self.cx.visibility();
        self.page(Entity::Note, request, &|read, listing| read.page_notes(&shown, listing))
    }

    /// All rows of a list, walked forward, and found to be the same backward and by the number of the page.
    fn walked<T: Listed + Clone + PartialEq + Debug>(
        &self,
        entity: Entity,
        request: &PageReq,
        find: Find<'_, T>,
    ) -> Vec<T> {
        let read = |request: &PageReq| self.page(entity, request, find).expect("a page");
        let mut page = read(request);
        assert_eq!(page.prev, None, "nothing is before the first page");
        let mut pages = vec![page.items.clone()];
        while let Some(next) = page.next {
            assert_eq!(page.items.len(), request.size, "only the last page is not full");
            page = read(&request.clone().at(next));
            pages.push(page.items.clone());
        }
        let mut backward = vec![page.items];
        while let Some(prev) = page.prev {
            page = read(&request.clone().at(prev));
            assert!(page.next.is_some(), "one came from there");
            backward.push(page.items);
        }
        // The first page read backward may reach beyond the beginning, and so is not cut where it was.
        let flat = |pages: &[Vec<T>]| pages.concat();
        backward.reverse();
        assert_eq!(flat(&backward), flat(&pages), "backward as forward");
        let numbered: Vec<_> = (1..=pages.len())
            .map(|number| {
                let page = read(&request.clone().page(number).counted());
                assert_eq!(page.total, Some(flat(&pages).len() as u64));
                assert_eq!((page.page, page.prev.is_some()), (Some(number), number > 1));
                page.items
            })
            .collect();
        assert_eq!(numbered, pages, "by number as by cursor");
        flat(&pages)
    }
}

/// The rows that hold `equal`, in the order of `columns`.
fn sorted<T: Listed + Clone>(all: &[T], holds: impl Fn(&T) -> bool, columns: &[Column], ascending: bool) -> Vec<T> {
    let keys = |item: &T| columns.iter().map(|column| item.key(*column).expect("a key")).collect::<Vec<Key>>();
    let mut rows: Vec<_> = all.iter().filter(|item| holds(item)).cloned().collect();
    rows.sort_by_key(keys);
    if !ascending {
        rows.reverse();
    }
    rows
}

/// What a tenant holds, of everything that is listed.
struct House {
    room: Room,
    users: Vec<User>,
    organizations: Vec<Organization>,
    runs: Vec<Run>,
    scenarios: Vec<Scenario>,
    notes: Vec<Note>,
}

/// A tenant of users in several organizations and in none, with grants everywhere and in one place, and
/// many things at few instants.
fn house(store: &dyn Store, maker: &Maker, dice: &mut Dice, slug: &str) -> House {
    let room = maker.room(store, slug);
    let mut organizations = vec![room.provision.organization.clone()];
    for name in ["Ａbroad", "aBROAD b", "ab%c", "ab_c", "zürich"] {
        organizations.push(Organization {
            id: OrganizationId::new(&maker.ids, maker.now()),
            name: name.to_owned(),
            ..room.provision.organization.clone()
        });
    }
    let mut users = vec![room.provision.admin.clone()];
    for (i, subject) in ["ben", "cy", "dee", "eli", "fay"].into_iter().enumerate() {
        let home = (i > 0).then(|| dice.one_of(&organizations).id);
        users.push(maker.user(subject, home));
    }
    let audiences = [Audience::Private, Audience::Organization, Audience::Tenant];
    let at = maker.now();
    let instant = |dice: &mut Dice| at.plus_micros(i64::try_from(dice.below(4)).expect("small"));
    let made = |dice: &mut Dice| (dice.one_of(&users), dice.one_of(&audiences), instant(dice));
    let (mut runs, mut scenarios, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..60 {
        let (owner, audience, at) = made(dice);
        let subject = dice.one_of(&[None, Some("ACME"), Some("%")]).map(str::to_owned);
        let anywhere = dice.one_of(&organizations).id;
        let organization_id = dice.one_of(&[owner.organization_id, Some(anywhere), None]);
        let model = dice.one_of(&["npv", "dcf"]).to_owned();
        runs.push(Run { organization_id, model, subject, ..maker.run(&owner, audience, at) });
        let (owner, audience, at) = made(dice);
        let subject = dice.one_of(&[None, Some("ACME"), Some("%")]).map(str::to_owned);
        scenarios.push(Scenario { subject, ..maker.scenario(&owner, audience, at) });
        let (owner, audience, at) = made(dice);
        notes.push(maker.note(&owner, audience, at));
    }
    let grant = |user: &User, scope| RoleGrant {
        id: GrantId::new(&maker.ids, maker.now()),
        user_id: user.id,
        role_id: BuiltInRole::Guest.id_in(room.provision.tenant.id),
        scope,
        ..room.provision.grant.clone()
    };
    commit(store, &room.cx, |tx| {
        organizations[1..].iter().try_for_each(|organization| tx.insert_organization(organization))?;
        users[1..].iter().try_for_each(|user| tx.insert_user(user))?;
        tx.insert_grant(&grant(&users[1], GrantScope::Tenant))?;
        tx.insert_grant(&grant(&users[2], GrantScope::Tenant))?;
        tx.insert_grant(&grant(&users[3], GrantScope::Organization(organizations[1].id)))?;
        for organization in &organizations[..3] {
            tx.insert_grant(&grant(&users[4], GrantScope::Organization(organization.id)))?;
        }
        runs.iter().try_for_each(|run| tx.insert_run(run))?;
        scenarios.iter().try_for_each(|scenario| tx.insert_scenario(scenario))?;
        notes.iter().try_for_each(|note| tx.insert_note(note))
    })
    .expect("a house");
    House { room, users, organizations, runs, scenarios, notes }
}

/// Invariants 2 and 10: what is listed is exactly what may be read one by one, in order, however it is
/// walked.
pub fn a_list_is_the_sorted_filter_of_what_may_be_read(store: &dyn Store) {
    for seed in 0..3 {
        let (maker, mut dice) = (Maker::new(60 + seed), Dice(u64::from(seed)));
        let house = house(store, &maker, &mut dice, &format!("house-{seed}"));
        for user in &house.users {
            let cx = maker.enter(store, &house.room.provision, &user.subject).expect("a user");
            let (reader, shown) = (Reader::of(store, &cx), cx.visibility());
            let may = |resource: Resource| cx.decide(Permission::ReadModels, &resource).allow;
            for request in [PageReq::of_size(7), PageReq::of_size(100)] {
                let created = [Column::CreatedAt, Column::Id];
                let updated = [Column::UpdatedAt, Column::Id];
                let asked = |filter: Option<(&str, &str)>| match filter {
                    None => request.clone(),
                    Some((name, value)) => request.clone().filtered(name, value),
                };
                for filter in [None, Some(("model", "npv")), Some(("subject", "ACME")), Some(("subject", "%"))] {
                    let walked =
                        reader.walked(Entity::Run, &asked(filter), &|read, listing| read.page_runs(&shown, listing));
                    let holds = |run: &Run| match filter {
                        None => true,
                        Some(("model", model)) => run.model == model,
                        Some((_, subject)) => run.subject.as_deref() == Some(subject),
                    };
                    let expected = sorted(&house.runs, |run| holds(run) && may(run.into()), &created, false);
                    assert_eq!(walked, expected, "{} {filter:?}", user.subject);
                }
                for filter in [None, Some(("subject", "ACME"))] {
                    let walked = reader.walked(Entity::Scenario, &asked(filter), &|read, listing| {
                        read.page_scenarios(&shown, listing)
                    });
                    let holds = |scenario: &Scenario| filter.is_none() || scenario.subject.as_deref() == Some("ACME");
                    let expected = sorted(&house.scenarios, |kept| holds(kept) && may(kept.into()), &updated, false);
                    assert_eq!(walked, expected, "{} {filter:?}", user.subject);
                }
                let walked = reader.walked(Entity::Note, &request, &|read, listing| read.page_notes(&shown, listing));
                assert_eq!(walked, sorted(&house.notes, |note| may(note.into()), &updated, false));
            }
        }
    }
}

/// Users, organizations, grants, usage, records, routing and reservations: whole, in order, narrowed and
/// searched.
pub fn what_a_tenant_has_is_listed_whole_narrowed_and_searched(store: &dyn Store) {
    let (maker, mut dice) = (Maker::new(70), Dice(7));
    let house = house(store, &maker, &mut dice, "acme");
    let cx = &house.room.cx;
    let events: Vec<_> = (0..9)
        .map(|i| {
            let kind = [UsageKind::Export, UsageKind::ApiCall][i % 2];
            let mut event = usage(&maker, &format!("k{i}"), 1);
            (event.kind, event.at) = (kind, Timestamp::from_micros(1_700_000_000_000_000 + i64::from(i > 4)));
            event
        })
        .collect();
    let held: Vec<_> = (0..5).map(|i| maker.reservation(1, i)).collect();
    commit(store, cx, |tx| {
        events.iter().try_for_each(|event| tx.record_usage(event).map(drop))?;
        held.iter().try_for_each(|held| tx.reserve(held, Limit::Unlimited, held.expires_at))?;
        tx.release_reservation(held[2].id)?;
        (1..=4).try_for_each(|version| tx.set_routing(version - 1, &routing(version)))?;
        for i in 0..9 {
            let mut event = maker.event(["read", "write"][i % 2]);
            (event.actor, event.resource_id) = (format!("a{}", i % 3), format!("r{}", i % 4));
            tx.append_audit(&event)?;
        }
        Ok(())
    })
    .unwrap();
    let reader = Reader::of(store, cx);
    let few = PageReq::of_size(2);

    let users = |request: &PageReq| reader.walked(Entity::User, request, &|read, listing| read.page_users(listing));
    assert_eq!(users(&few), sorted(&house.users, |_| true, &[Column::CreatedAt, Column::Id], false));
    let home = house.organizations[0].id;
    assert_eq!(
        users(&few.clone().filtered("organization", home.to_string())),
        sorted(&house.users, |user| user.organization_id == Some(home), &[Column::CreatedAt, Column::Id], false)
    );
    let named = |prefix: &str, field: &str| {
        users(&few.clone().searched(field, prefix)).iter().map(|user| user.subject.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named("ÜNÏ ", "name"), ["ada", "ben", "cy", "dee", "eli", "fay"]);
    assert_eq!(named("ünï d", "name"), ["dee"]);
    assert_eq!(named("BEN@", "email"), ["ben"]);
    assert_eq!((named("be_", "email"), named("%n", "email")), (vec![], vec![]));

    let organizations = |request: &PageReq| {
        let walked = reader.walked(Entity::Organization, request, &|read, listing| read.page_organizations(listing));
        walked.into_iter().map(|organization| organization.name).collect::<Vec<_>>()
    };
    let mut names: Vec<_> = house.organizations.iter().map(|organization| organization.name.clone()).collect();
    names.sort_by_key(|name| fold(name));
    assert_eq!(organizations(&few), names);
    assert_eq!(organizations(&few.clone().sorted("created")).len(), names.len());
    let found = |prefix: &str| organizations(&few.clone().searched("name", prefix));
    assert_eq!(found("ab"), ["ab%c", "ab_c", "Ａbroad", "aBROAD b"]);
    assert_eq!((found("ab%"), found("ab_")), (vec!["ab%c".to_owned()], vec!["ab_c".to_owned()]));
    assert_eq!(found("ａＢr"), ["Ａbroad", "aBROAD b"], "without regard to case and width");

    let grants = |request: &PageReq| reader.walked(Entity::Grant, request, &|read, listing| read.page_grants(listing));
    let eli = &house.users[4];
    let of_eli = grants(&few.clone().filtered("user", eli.id.to_string()));
    assert_eq!((of_eli.len(), of_eli.iter().all(|grant| grant.user_id == eli.id)), (3, true));
    let admin = house.room.provision.grant.role_id.to_string();
    assert_eq!(grants(&few.clone().filtered("role", admin)), std::slice::from_ref(&house.room.provision.grant));

    let used = |request: &PageReq| reader.walked(Entity::Usage, request, &|read, listing| read.page_usage(listing));
    assert_eq!(used(&few), sorted(&events, |_| true, &[Column::At, Column::Id], false));
    assert_eq!(
        used(&few.clone().filtered("kind", "api_call")),
        sorted(&events, |event| event.kind == UsageKind::ApiCall, &[Column::At, Column::Id], false)
    );

    let (records, _) = store.read(cx).unwrap().audit().unwrap();
    let audit = |request: &PageReq| reader.walked(Entity::Audit, request, &|read, listing| read.page_audit(listing));
    assert_eq!(audit(&few), sorted(&records, |_| true, &[Column::Seq], false));
    assert_eq!(
        audit(&few.clone().filtered("actor", "a1")),
        sorted(&records, |record| record.event.actor == "a1", &[Column::Seq], false)
    );
    assert_eq!(
        audit(&few.clone().filtered("action", "read")),
        sorted(&records, |record| record.event.action == "read", &[Column::Seq], false)
    );
    let resource = few.clone().filtered("resource_type", "thing").filtered("resource_id", "r3");
    let of_resource = sorted(&records, |record| record.event.resource_id == "r3", &[Column::Seq], false);
    assert_eq!((audit(&resource), of_resource.len()), (of_resource, 2));

    let routed = reader.walked(Entity::Routing, &few, &|read, listing| read.page_routing(listing));
    assert_eq!(routed, [4, 3, 2, 1].map(routing));

    let open = few.filtered("state", "Open");
    let reserved: Vec<Reservation> =
        reader.walked(Entity::Reservation, &open, &|read, listing| read.page_reservations(listing));
    assert_eq!(reserved, sorted(&held, |one| one.id != held[2].id, &[Column::ExpiresAt, Column::Id], true));
}

/// Tenants are listed to operators alone, by status, plan and name.
pub fn tenants_are_listed_by_status_plan_and_name(store: &dyn Store) {
    let maker = Maker::new(71);
    let rooms = ["acme", "bolt", "bold", "cone"].map(|slug| maker.room(store, slug));
    commit(store, &rooms[2].cx, |tx| {
        let subscription = tx.subscription()?;
        tx.set_subscription(1, &Subscription { plan: "enterprise".to_owned(), version: 2, ..subscription })
    })
    .unwrap();
    let mut tx = store.platform(&operator()).unwrap();
    tx.set_status(rooms[3].provision.tenant.id, 1, TenantStatus::Suspended).unwrap();
    tx.commit().unwrap();
    let cursors = Cursors::new(CursorKeys::new(1, [9; 32]));
    let (holder, now) = (Holder::Operator("root"), maker.now());
    let listed = |request: PageReq| {
        let (mut names, mut request) = (Vec::new(), request);
        loop {
            let listing = cursors.listing(Entity::Tenant, &request, holder, now).unwrap();
            let slice = store.platform(&operator()).unwrap().page_tenants(&listing).unwrap();
            let page = cursors.page(slice, &listing, holder, now);
            names.extend(page.items.iter().map(|tenant| tenant.slug.to_string()));
            let Some(next) = page.next else { return names };
            request = request.at(next);
        }
    };
    let one = PageReq::of_size(1);
    assert_eq!(listed(one.clone()), ["cone", "bold", "bolt", "acme"]);
    assert_eq!(listed(one.clone().sorted("name")), ["acme", "bold", "bolt", "cone"]);
    assert_eq!(listed(one.clone().filtered("status", "Active")), ["bold", "bolt", "acme"]);
    assert_eq!(listed(one.clone().filtered("plan", "enterprise")), ["bold"]);
    assert_eq!(listed(one.clone().filtered("plan", "basic")), ["cone", "bolt", "acme"]);
    assert_eq!(listed(one.searched("name", "BOL")), ["bold", "bolt"]);
}

/// Where ten thousand rows are of one instant, the id decides, and a walk misses and repeats none.
pub fn ten_thousand_rows_of_one_instant_are_walked_without_gap_or_repeat(store: &dyn Store) {
    let maker = Maker::new(72);
    let room = maker.room(store, "acme");
    let ben = maker.user("ben", None);
    commit(store, &room.cx, |tx| tx.insert_user(&ben)).unwrap();
    let (at, owners) = (maker.now(), [&room.provision.admin, &ben]);
    let audiences = [Audience::Private, Audience::Organization, Audience::Tenant, Audience::Tenant];
    let notes: Vec<_> = (0..10_000).map(|i| maker.note(owners[i % 2], audiences[i % 4], at)).collect();
    commit(store, &room.cx, |tx| notes.iter().try_for_each(|note| tx.insert_note(note))).unwrap();
    let (shown, reader) = (room.cx.visibility(), Reader::of(store, &room.cx));
    let mut expected: Vec<_> = notes.iter().filter(|note| shown.shows(&(*note).into())).map(|note| note.id).collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(expected.len(), 7_500);
    let walk = |first: Page<Note>, on: fn(&Page<Note>) -> Option<&String>| {
        let (mut pages, mut page) = (Vec::new(), first);
        loop {
            pages.push(page.items.iter().map(|note| note.id).collect::<Vec<_>>());
            let Some(cursor) = on(&page) else { return (pages, page) };
            page = reader.notes(&PageReq::of_size(100).at(cursor.clone())).unwrap();
        }
    };
    let (pages, last) = walk(reader.notes(&PageReq::of_size(100)).unwrap(), |page| page.next.as_ref());
    assert_eq!(pages.concat(), expected);
    let (mut backward, _) = walk(last, |page| page.prev.as_ref());
    backward.reverse();
    assert_eq!(backward.concat(), expected);
    let deep = reader.notes(&PageReq::of_size(100).page(75).counted()).unwrap();
    assert_eq!((deep.total, deep.next.is_none()), (Some(7_500), true));
    assert_eq!(deep.items.iter().map(|note| note.id).collect::<Vec<_>>(), expected[7_400..]);
}

/// What is added or removed while pages are turned neither repeats nor hides what was there.
pub fn rows_added_and_removed_while_paging_leave_no_gap_and_no_repeat(store: &dyn Store) {
    let maker = Maker::new(73);
    let room = maker.room(store, "acme");
    let ada = &room.provision.admin;
    let at = maker.now();
    let notes: Vec<_> = (0..60).map(|i| maker.note(ada, Audience::Tenant, at.plus_micros(1_000 * (i / 3)))).collect();
    commit(store, &room.cx, |tx| notes.iter().try_for_each(|note| tx.insert_note(note))).unwrap();
    let (reader, shown) = (Reader::of(store, &room.cx), room.cx.visibility());
    for backward in [false, true] {
        let find: Find<'_, Note> = &|read, listing| read.page_notes(&shown, listing);
        let mut seen = Vec::new();
        let mut removed = BTreeSet::new();
        let mut page = reader.page(Entity::Note, &PageReq::of_size(9), find).unwrap();
        if backward {
            while let Some(next) = page.next {
                page = reader.page(Entity::Note, &PageReq::of_size(9).at(next), find).unwrap();
            }
        }
        loop {
            seen.extend(page.items.iter().map(|note| note.id));
            let Some(cursor) = (if backward { page.prev } else { page.next }) else { break };
            // At both ends and in the middle, at instants there are and between them.
            let added: Vec<_> = [-1, 0, 8_500, 9_000, 70_000]
                .map(|after| maker.note(ada, Audience::Tenant, at.plus_micros(after)))
                .into();
            let gone = page.items.iter().find(|note| notes.contains(note)).cloned();
            commit(store, &room.cx, |tx| {
                added.iter().try_for_each(|note| tx.insert_note(note))?;
                gone.as_ref().map_or(Ok(()), |note| tx.remove_note(note.id, 1))
            })
            .unwrap();
            removed.extend(gone.map(|note| note.id));
            page = reader.page(Entity::Note, &PageReq::of_size(9).at(cursor), find).unwrap();
        }
        let once: BTreeSet<_> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "none is repeated");
        let there = |note: &&Note| store.read(&room.cx).unwrap().note(note.id).is_ok();
        assert!(notes.iter().filter(there).all(|note| once.contains(&note.id)), "none is missed");
        assert!(removed.len() > 5);
    }
}

/// A name that changes is found under the new one alone, and one too long to be ordered by is refused.
pub fn folded_names_follow_changes_and_are_bounded(store: &dyn Store) {
    let maker = Maker::new(75);
    let room = maker.room(store, "acme");
    let ada = &room.provision.admin;
    let rename = |version, name: &str| {
        let patch = UserPatch { display_name: Some(name.to_owned()), ..UserPatch::default() };
        commit(store, &room.cx, |tx| tx.update_user(ada.id, version, &patch).map(drop))
    };
    rename(1, "Ｇrace").unwrap();
    let reader = Reader::of(store, &room.cx);
    let found = |prefix: &str| {
        let request = PageReq::default().searched("name", prefix);
        reader.page(Entity::User, &request, &|read, listing| read.page_users(listing)).unwrap().items.len()
    };
    assert_eq!((found("grace"), found("ünï")), (1, 0));
    // One character that stands for eighteen.
    let wide = "\u{FDFA}".repeat(16);
    assert_eq!(rename(2, &wide).unwrap_err().field(), Some("display_name"));
    assert_eq!(rename(2, "zero\0").unwrap_err().field(), Some("display_name"));
    let organization = Organization { name: wide, ..room.provision.organization.clone() };
    let refused = commit(store, &room.cx, |tx| tx.insert_organization(&organization)).unwrap_err();
    assert_eq!(refused.field(), Some("name"));
}
