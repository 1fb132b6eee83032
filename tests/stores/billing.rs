//! Subscriptions, use and invoices as a host sees them, and the threats to them, on every store.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use valor_ivx::id::{InvoiceId, SeededIds, TenantId};
use valor_ivx::platform::{Cancellation, NewTenant, NewUsage, Platform, RunRequest, Swept, Terms};
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{
    BillingChange, BillingSink, Cycle, Invoice, InvoiceState, Limit, LimitKind, LineKind, Notice, PlanCatalogue,
    PlanChange, PlatformRole, PrincipalKind, SubscriptionEvent, SubscriptionState, TenantStatus, UsageKind, UsagePrice,
    UsageWindow, Verification, VerifiedPrincipal,
};
use valor_ivx::time::{Clock, ManualClock, Timestamp};
use valor_ivx::{Error, ErrorKind};

use crate::{Place, places, user};

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = DAY / 24;

/// The first of March 2026.
const START: Timestamp = Timestamp::from_micros(20_513 * DAY);

/// A host's till, which may refuse, and may fail after it has taken an invoice.
#[derive(Default)]
struct Till {
    allows: AtomicBool,
    fails: AtomicBool,
    asked: Mutex<Vec<BillingChange>>,
    taken: Mutex<Vec<(TenantId, u64, String)>>,
}

impl Till {
    fn taken(&self) -> Vec<u64> {
        self.taken.lock().unwrap().iter().map(|(_, number, _)| *number).collect()
    }
}

impl BillingSink for Till {
    fn authorize(&self, change: &BillingChange) -> Result<bool, Error> {
        self.asked.lock().unwrap().push(change.clone());
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::unavailable("till_closed", "nobody answers"));
        }
        Ok(self.allows.load(Ordering::SeqCst))
    }

    fn issue(&self, tenant: TenantId, invoice: &Invoice, idem_key: &str) -> Result<(), Error> {
        self.taken.lock().unwrap().push((tenant, invoice.number, idem_key.to_owned()));
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::unavailable("till_closed", "the answer was lost"));
        }
        Ok(())
    }
}

/// A platform on a store with one tenant.
struct House {
    platform: Platform,
    clock: Arc<ManualClock>,
    till: Arc<Till>,
    operator: VerifiedPrincipal,
    ada: VerifiedPrincipal,
    tenant: TenantId,
    /// Absent where the store is in memory.
    place: Option<Place>,
}

/// The seed plans, by which a crowd may ask as often as it likes.
/// Those of the library, with as many requests as one likes, and each tenant reading its own log.
fn plans() -> PlanCatalogue {
    let mut plans = PlanCatalogue::seed();
    plans.plans[0].features.push("audit_logs".to_owned());
    plans.plans.iter_mut().for_each(|plan| plan.requests_per_minute = Limit::Unlimited);
    plans
}

fn open(url: &str, clock: &Arc<ManualClock>, till: &Arc<Till>, versions: &[PlanCatalogue]) -> Platform {
    let mut builder = Platform::builder(url).clock(clock.clone()).billing(till.clone());
    for version in versions {
        builder = builder.plans(version.clone());
    }
    builder.operator("host", "root", PlatformRole::Operator).open().unwrap()
}

impl House {
    fn on(place: Option<Place>, plan: &str, terms: Terms, plans: &PlanCatalogue) -> Self {
        let url = place.as_ref().map_or("memory:", |place| place.url.as_str());
        let (clock, till) = (Arc::new(ManualClock::at(START)), Arc::new(Till::default()));
        let platform = open(url, &clock, &till, std::slice::from_ref(plans));
        let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
        let new =
            NewTenant { slug: "acme".into(), name: "Acme".into(), plan: plan.into(), admin: user("ada", "Admin") };
        let tenant = platform.tenants().create_on(&operator, &new, terms).unwrap().tenant.id;
        let ada = platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).unwrap();
        Self { platform, clock, till, operator, ada, tenant, place }
    }

    /// Another process on the same store; `None` where that is in memory.
    fn again(&self, versions: &[PlanCatalogue]) -> Option<Platform> {
        self.place.as_ref().map(|place| open(&place.url, &self.clock, &self.till, versions))
    }

    fn pass(&self, micros: i64) {
        self.clock.advance_micros(micros);
    }

    fn run(&self) -> Result<String, Error> {
        let run = self.platform.run(&self.ada, &npv())?;
        Ok(run.record["plan"].as_str().unwrap().to_owned())
    }

    /// An operator's change of plan.
    fn change(&self, plan: &str, cycle: Cycle, key: &str) -> Result<valor_ivx::platform::Changed, Error> {
        let subscriptions = self.platform.subscriptions().of(self.tenant);
        let preview = subscriptions.preview(&self.operator, &to(plan, cycle))?;
        subscriptions.commit(&self.operator, &preview.token, key)
    }

    fn state(&self) -> SubscriptionState {
        self.platform.subscriptions().of(self.tenant).get(&self.operator).unwrap().state
    }

    fn invoices(&self) -> Vec<Invoice> {
        let mut invoices = self.platform.subscriptions().of(self.tenant).invoices(&self.operator, None, 100).unwrap();
        invoices.reverse();
        invoices
    }

    fn totals(&self) -> Vec<i64> {
        self.invoices().iter().map(|invoice| invoice.total_minor).collect()
    }

    fn add_users(&self, count: usize) {
        for i in 0..count {
            self.platform.users().create(&self.ada, &user(&format!("user-{i}"), "Guest")).unwrap();
        }
    }

    fn actions(&self) -> Vec<String> {
        let records = self.platform.audit().list(&self.ada, &PageReq::of_size(100)).unwrap().items;
        records.into_iter().rev().map(|record| format!("{}: {}", record.event.action, record.event.outcome)).collect()
    }
}

/// A house on each kind of store; whatever is done there leaves an unbroken chain.
fn on_each(plan: &str, check: impl Fn(&House)) {
    on_each_of(plan, Terms::default(), &plans(), check);
}

fn on_each_of(plan: &str, terms: Terms, plans: &PlanCatalogue, check: impl Fn(&House)) {
    for place in std::iter::once(None).chain(places().into_iter().map(Some)) {
        let house = House::on(place, plan, terms, plans);
        check(&house);
        if let Ok(chain) = house.platform.audit().verify(&house.ada) {
            assert!(matches!(chain, Verification::Intact { .. }), "{chain:?}");
        }
        let numbers: Vec<_> = house.invoices().iter().map(|invoice| invoice.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    }
}

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

fn to(plan: &str, cycle: Cycle) -> PlanChange {
    PlanChange { plan: plan.to_owned(), cycle: Some(cycle) }
}

fn used(key: &str, quantity: u64, at: Timestamp) -> NewUsage {
    NewUsage {
        kind: UsageKind::Export,
        quantity,
        at: Some(at),
        idem_key: key.to_owned(),
        dims: [("region".to_owned(), "eu".to_owned())].into_iter().collect(),
    }
}

fn reason<T>(told: Result<T, Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

#[test]
fn threat_4_a_tenant_changes_plan_and_state_by_a_commit_that_the_host_allows_and_in_no_other_way() {
    on_each("basic", |house| {
        let (platform, ada) = (&house.platform, &house.ada);
        let own = platform.subscriptions();
        platform.users().create(ada, &user("ben", "Analyst")).unwrap();
        let ben = platform.principal("idp", "ben", Some(house.tenant), PrincipalKind::User).unwrap();
        let upgrade = to("enterprise", Cycle::Monthly);
        let before = own.get(ada).unwrap();
        assert_eq!(reason(own.preview(&ben, &upgrade)), "no_permission");
        assert_eq!(reason(own.get(&ben)), "no_permission");
        let preview = own.preview(ada, &upgrade).unwrap();
        let error = own.commit(ada, &preview.token, "k").unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::LimitExceeded, Some("billing_not_authorized")));
        let asked = house.till.asked.lock().unwrap().clone();
        let [asked] = &asked[..] else { panic!("asked once") };
        assert_eq!((asked.to_plan.as_str(), asked.net_minor), ("enterprise", preview.net_minor));
        for told in [
            reason(own.cancel(ada, Cancellation::PeriodEnd)),
            reason(own.cancel(ada, Cancellation::Now)),
            reason(own.withdraw(ada)),
            reason(own.reactivate(ada, &upgrade)),
            reason(own.activate(ada)),
        ] {
            assert!(["billing_not_authorized", "illegal_transition"].contains(&told.as_str()), "{told}");
        }
        // What only operators do, and other tenants' subscriptions.
        let paid = house.invoices()[0].id;
        let of = own.of(house.tenant);
        for told in [
            reason(of.payment_received(ada, paid)),
            reason(of.payment_failed(ada, paid)),
            reason(of.migrate(ada)),
            reason(of.advance(ada)),
            reason(of.deliver(ada)),
        ] {
            assert_eq!(told, "not_member");
        }
        let foreign = TenantId::new(&SeededIds::new([8; 32]), START);
        assert_eq!(own.of(foreign).get(ada).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(own.of(foreign).commit(ada, &preview.token, "k").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(own.of(house.tenant).get(ada).unwrap(), before, "nothing of it has changed");
        assert!(house.actions().iter().filter(|action| *action == "subscription.commit: denied").count() >= 1);

        house.till.allows.store(true, Ordering::SeqCst);
        house.till.fails.store(true, Ordering::SeqCst);
        assert_eq!(reason(own.commit(ada, &preview.token, "k")), "till_closed", "and nothing is sold meanwhile");
        assert_eq!(own.get(ada).unwrap(), before);
        house.till.fails.store(false, Ordering::SeqCst);
        let changed = own.commit(ada, &preview.token, "k").unwrap();
        assert_eq!(
            (changed.subscription.plan.as_str(), changed.invoices[0].total_minor),
            ("enterprise", preview.net_minor)
        );
        assert_eq!(house.run().unwrap(), "enterprise");
        assert!(house.actions().contains(&"subscription.change_plan: ok".to_owned()));
        // An operator who may not manage subscriptions may not either.
        let support = Platform::builder("memory:").operator("host", "sue", PlatformRole::Support).open().unwrap();
        let sue = support.principal("host", "sue", None, PrincipalKind::Platform).unwrap();
        assert_eq!(reason(support.subscriptions().of(house.tenant).get(&sue)), "no_permission");
    });
}

#[test]
fn a_commit_is_made_once_under_its_key_and_a_key_says_one_thing() {
    on_each("basic", |house| {
        let of = house.platform.subscriptions().of(house.tenant);
        let preview = of.preview(&house.operator, &to("professional", Cycle::Monthly)).unwrap();
        house.pass(HOUR / 60);
        let first = of.commit(&house.operator, &preview.token, "k").unwrap();
        assert_eq!(of.commit(&house.operator, &preview.token, "k").unwrap(), first);
        let other = of.preview(&house.operator, &to("enterprise", Cycle::Monthly)).unwrap();
        assert_eq!(reason(of.commit(&house.operator, &other.token, "k")), "idempotency_conflict");
        // Under another key the token is of a subscription that is no more.
        assert_eq!(reason(of.commit(&house.operator, &preview.token, "l")), "preview_stale");
        assert_eq!(of.commit(&house.operator, &preview.token, "").unwrap_err().field(), Some("idem_key"));
        assert_eq!(house.totals(), [9_900, 20_000]);
        let history = of.history(&house.operator, 10).unwrap();
        let events: Vec<_> = history.iter().map(|change| change.event).collect();
        assert_eq!(events, [SubscriptionEvent::ChangePlan, SubscriptionEvent::Activate]);
        assert_eq!(history[0].invoices, [first.invoices[0].id]);
    });
}

#[test]
fn threat_22_an_event_told_again_or_altered_under_its_key_is_billed_once() {
    let mut metered = plans();
    metered.plans[0].usage.insert(UsageKind::Export, UsagePrice { unit_minor: 5, per: 1 });
    on_each_of("basic", Terms::default(), &metered, |house| {
        let usage = house.platform.usage();
        let first = usage.record(&house.ada, &used("k", 7, START)).unwrap();
        assert!(!first.duplicate);
        house.pass(HOUR);
        let again = usage.record(&house.ada, &used("k", 7, START)).unwrap();
        assert_eq!((again.duplicate, again.event), (true, first.event));
        assert_eq!(reason(usage.record(&house.ada, &used("k", 8, START))), "idempotency_conflict");
        let mut elsewhere = used("k", 7, START);
        elsewhere.dims.insert("region".to_owned(), "us".to_owned());
        assert_eq!(reason(usage.record(&house.ada, &elsewhere)), "idempotency_conflict");
        house.pass(31 * DAY);
        house.run().unwrap();
        let april = house.invoices().pop().unwrap();
        let lines: Vec<_> = april.lines.iter().map(|line| (line.kind, line.quantity, line.amount_minor)).collect();
        assert_eq!(lines, [(LineKind::Plan, 1, 9_900), (LineKind::Usage, 7, 35)]);
    });
}

#[test]
fn what_is_told_after_its_period_was_billed_is_adjusted_on_the_next_invoice_once() {
    let mut metered = plans();
    metered.plans[0].usage.insert(UsageKind::Export, UsagePrice { unit_minor: 5, per: 1 });
    on_each_of("basic", Terms::default(), &metered, |house| {
        let usage = house.platform.usage();
        house.pass(31 * DAY + HOUR);
        house.run().unwrap();
        usage.record(&house.ada, &used("late", 3, START.plus_micros(DAY))).unwrap();
        usage.record(&house.ada, &used("late", 3, START.plus_micros(DAY))).unwrap();
        usage.record(&house.ada, &used("in time", 2, START.plus_micros(31 * DAY))).unwrap();
        house.pass(30 * DAY);
        house.run().unwrap();
        let may = house.invoices().pop().unwrap();
        let lines: Vec<_> = may.lines.iter().map(|line| (line.kind, line.quantity, line.amount_minor)).collect();
        let expected = [(LineKind::Plan, 1, 9_900), (LineKind::Usage, 2, 10), (LineKind::Adjustment, 3, 15)];
        assert_eq!(lines, expected);
        house.pass(31 * DAY);
        house.run().unwrap();
        assert_eq!(house.totals(), [9_900, 9_900, 9_925, 9_900]);
    });
}

#[test]
fn threat_23_a_preview_kept_until_prices_change_is_stale() {
    on_each("basic", |house| {
        let of = house.platform.subscriptions().of(house.tenant);
        let preview = of.preview(&house.operator, &to("professional", Cycle::Yearly)).unwrap();
        let mut dearer = PlanCatalogue { version: 2, ..plans() };
        dearer.plans[1].yearly_minor *= 2;
        if let Some(other) = house.again(&[plans(), dearer]) {
            let of = other.subscriptions().of(house.tenant);
            assert_eq!(reason(of.commit(&house.operator, &preview.token, "k")), "preview_stale");
            let anew = of.preview(&house.operator, &to("professional", Cycle::Yearly)).unwrap();
            assert_eq!(anew.net_minor - preview.net_minor, 299_000);
        }
        house.pass(600_000_000);
        assert_eq!(reason(of.commit(&house.operator, &preview.token, "k")), "preview_stale");
        assert_eq!(house.totals(), [9_900]);
    });
}

#[test]
fn threat_24_who_upgrades_uses_and_downgrades_at_once_is_refunded_nothing() {
    on_each("basic", |house| {
        house.change("enterprise", Cycle::Monthly, "up").unwrap();
        assert_eq!(house.run().unwrap(), "enterprise");
        for (cycle, key) in [(Cycle::Monthly, "down"), (Cycle::Yearly, "down by the year")] {
            let down = house.change("basic", cycle, key).unwrap();
            assert!(down.invoices.is_empty());
            assert_eq!((down.subscription.plan.as_str(), down.subscription.credit_minor), ("enterprise", 0));
        }
        house.platform.subscriptions().of(house.tenant).withdraw(&house.operator).unwrap();
        house.change("basic", Cycle::Monthly, "down again").unwrap();
        assert_eq!(house.totals(), [9_900, 90_000]);
        house.pass(31 * DAY - 1);
        assert_eq!(house.run().unwrap(), "enterprise");
        house.pass(1);
        assert_eq!(house.run().unwrap(), "basic", "no call after the end of the period is of the old plan");
        assert_eq!(house.totals(), [9_900, 90_000, 9_900]);
    });
}

#[test]
fn threat_25_of_64_runs_raced_with_a_commit_none_after_it_is_of_the_old_plan() {
    on_each("enterprise", |house| {
        let (platform, ada) = (&house.platform, &house.ada);
        let other = house.again(&[plans()]);
        let buying = other.as_ref().unwrap_or(platform);
        // Every change is retried while the crowd is in its way.
        house.pass(DAY);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(move || {
                    for _ in 0..4 {
                        while let Err(error) = platform.run(ada, &npv()) {
                            assert!(matches!(error.reason(), Some("version_conflict" | "busy")), "{error}");
                        }
                    }
                });
            }
            let commit = || {
                let of = buying.subscriptions().of(house.tenant);
                let preview = of.preview(&house.operator, &to("enterprise", Cycle::Yearly))?;
                of.commit(&house.operator, &preview.token, "k")
            };
            while let Err(error) = commit() {
                assert_eq!(error.reason(), Some("busy"), "{error}");
            }
        });
        let changes = PageReq::default().filtered("action", "subscription.change_plan");
        let change = &platform.audit().list(ada, &changes).unwrap().items[0];
        let runs = platform.runs().list(ada, &PageReq::of_size(100)).unwrap().items;
        assert_eq!(runs.len(), 64);
        // A decision names the version it was made by, and the change has raised it.
        let versions = |after: bool| {
            let policy = |run: &valor_ivx::tenancy::Run| run.record["decision"]["policy_version"].as_u64().unwrap();
            let on_side = runs.iter().filter(|run| (run.record["audit_seq"].as_u64().unwrap() > change.seq) == after);
            on_side.map(policy).collect::<Vec<_>>()
        };
        let (before, after) = (versions(false), versions(true));
        assert!(before.iter().all(|version| after.iter().all(|later| version < later)), "{before:?} {after:?}");
    });
}

#[test]
fn threat_26_who_or_what_is_deactivated_is_denied_at_the_next_call_in_every_process() {
    on_each("professional", |house| {
        let platform = &house.platform;
        let ben = platform.users().create(&house.ada, &user("ben", "Analyst")).unwrap();
        let who = platform.principal("idp", "ben", Some(house.tenant), PrincipalKind::User).unwrap();
        let other = house.again(&[plans()]);
        let told = || {
            let all = std::iter::once(platform).chain(&other);
            let mut told: Vec<_> = all.map(|platform| reason(platform.run(&who, &npv()))).collect();
            told.dedup();
            assert_eq!(told.len(), 1, "{told:?}");
            told.remove(0)
        };
        assert_eq!(told(), "");
        platform.users().set_active(&house.ada, ben.id, 1, false).unwrap();
        assert_eq!(told(), "user_inactive");
        platform.users().set_active(&house.ada, ben.id, 2, true).unwrap();
        assert_eq!(told(), "");
        let of = platform.subscriptions().of(house.tenant);
        of.cancel(&house.operator, Cancellation::Now).unwrap();
        assert_eq!(told(), "subscription_state");
        of.reactivate(&house.operator, &to("professional", Cycle::Monthly)).unwrap();
        assert_eq!(told(), "");
        platform.tenants().set_status(&house.operator, house.tenant, 1, TenantStatus::Deactivated).unwrap();
        assert_eq!(told(), "tenant_inactive");
        // A tenant that is no more is billed no more.
        house.pass(100 * DAY);
        assert_eq!(told(), "tenant_inactive");
        assert_eq!(of.advance(&house.operator).unwrap().done, 0);
        assert_eq!(house.totals().len(), 2);
    });
}

#[test]
fn threat_27_a_clock_set_back_gives_nothing_back_and_use_dated_ahead_is_refused() {
    let trial = Terms { trial_days: Some(30), ..Terms::default() };
    on_each_of("basic", trial, &plans(), |house| {
        house.pass(30 * DAY);
        assert_eq!(reason(house.run()), "subscription_state");
        house.pass(-29 * DAY);
        assert_eq!(reason(house.run()), "subscription_state", "it has expired, whatever the clock says now");
        assert_eq!(house.state(), SubscriptionState::Expired);
    });
    on_each("basic", |house| {
        let now = house.clock.now();
        let usage = house.platform.usage();
        let ahead = usage.record(&house.ada, &used("k", 1, now.plus_micros(300_000_001))).unwrap_err();
        assert_eq!((ahead.kind(), ahead.field()), (ErrorKind::InvalidInput, Some("at")));
        usage.record(&house.ada, &used("k", 1, now.plus_micros(300_000_000))).unwrap();
        // An upgrade quoted before the period began is worth the whole of it, not more.
        house.pass(-DAY);
        let early = house.change("professional", Cycle::Monthly, "k").unwrap();
        assert_eq!(early.invoices[0].total_minor, 20_000);
    });
}

#[test]
fn a_tenant_with_40_users_cannot_go_to_basic() {
    on_each("professional", |house| {
        house.add_users(39);
        let of = house.platform.subscriptions().of(house.tenant);
        let preview = of.preview(&house.operator, &to("basic", Cycle::Monthly)).unwrap();
        assert_eq!(json!(preview.blocked_by), json!([{"kind": "users", "used": 40, "limit": 10}]));
        let error = of.commit(&house.operator, &preview.token, "k").unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Conflict, Some("blocked")));
        assert_eq!(error.detail("blocked_by"), Some(&json!(preview.blocked_by)));
        house.pass(31 * DAY);
        assert_eq!(house.run().unwrap(), "professional");
        assert_eq!(house.totals(), [29_900, 29_900]);
    });
}

#[test]
fn runs_by_a_clock_that_lags_behind_the_last_bill_are_on_the_next() {
    let mut priced = plans();
    priced.plans[0].usage.insert(UsageKind::ModelRun, UsagePrice { unit_minor: 7, per: 1 });
    on_each_of("basic", Terms::default(), &priced, |house| {
        house.pass(31 * DAY);
        house.run().unwrap();
        house.pass(-DAY);
        house.run().unwrap();
        house.pass(40 * DAY);
        house.run().unwrap();
        assert_eq!(house.totals(), [9_900, 9_900, 9_914], "both runs, and the plan");
    });
}

#[test]
fn a_user_who_is_activated_again_counts_as_a_new_one() {
    on_each("basic", |house| {
        house.add_users(9);
        let users = house.platform.users();
        let ben = users.list(&house.ada, &PageReq::default().searched("email", "user-3")).unwrap().items.remove(0);
        let away = users.set_active(&house.ada, ben.id, ben.version, false).unwrap();
        users.create(&house.ada, &user("more", "Guest")).unwrap();
        assert_eq!(reason(users.set_active(&house.ada, ben.id, away.version, true)), "user_limit");
        assert_eq!(house.state(), SubscriptionState::Active);
    });
}

#[test]
fn more_use_than_a_bill_takes_is_refused_when_it_is_told() {
    on_each("basic", |house| {
        let usage = house.platform.usage();
        let told = |key: &str, quantity, at| usage.record(&house.ada, &used(key, quantity, at));
        let now = house.clock.now();
        told("a", 1 << 53, now).unwrap();
        let error = told("b", 1, now).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("quantity")));
        house.pass(31 * DAY);
        house.run().unwrap();
        told("c", 1 << 53, START).unwrap();
        assert_eq!(told("d", 1, START).unwrap_err().field(), Some("quantity"));
        house.pass(30 * DAY);
        assert_eq!(house.run().unwrap(), "basic", "the next bill is made");
    });
}

#[test]
fn use_within_a_trial_that_becomes_known_after_it_is_never_billed() {
    let mut plans = plans();
    plans.plans[0].usage.insert(UsageKind::Export, UsagePrice { unit_minor: 5, per: 1 });
    let terms = Terms { trial_days: Some(30), ..Terms::default() };
    on_each_of("basic", terms, &plans, |house| {
        house.pass(3 * DAY);
        house.platform.subscriptions().of(house.tenant).activate(&house.operator).unwrap();
        let usage = house.platform.usage();
        for (key, day) in [("in the trial", 2), ("after it", 3)] {
            usage.record(&house.ada, &used(key, 1, START.plus_micros(day * DAY))).unwrap();
        }
        house.pass(31 * DAY);
        house.run().unwrap();
        assert_eq!(house.totals(), [9_900, 9_905]);
    });
}

#[test]
fn a_downgrade_is_checked_again_at_the_end_of_the_period() {
    for (more, plan, total) in [(0, "basic", 9_900), (1, "professional", 29_900)] {
        on_each("professional", |house| {
            house.add_users(9);
            house.change("basic", Cycle::Monthly, "k").unwrap();
            house.pass(DAY);
            for i in 0..more {
                house.platform.users().create(&house.ada, &user(&format!("more-{i}"), "Guest")).unwrap();
            }
            house.pass(30 * DAY);
            let swept = house.platform.subscriptions().advance(&house.operator).unwrap();
            assert_eq!((swept.done, &swept.failed[..]), (1, &[][..]));
            assert_eq!(house.run().unwrap(), plan);
            assert_eq!(house.totals(), [29_900, total]);
            let of = house.platform.subscriptions().of(house.tenant);
            let renewal = of.history(&house.operator, 1).unwrap().remove(0);
            let blocked = matches!(&renewal.notice, Some(Notice::DowngradeBlocked(by)) if by[0].used == 11);
            assert_eq!((renewal.event, blocked), (SubscriptionEvent::Renew, more == 1));
            // Users stay, whatever the plan.
            assert_eq!(house.platform.users().list(&house.ada, &PageReq::of_size(100)).unwrap().items.len(), 10 + more);
        });
    }
}

#[test]
fn what_is_due_is_carried_out_once_by_job_or_call_and_in_whichever_process() {
    on_each("basic", |house| {
        house.pass(62 * DAY);
        let other = house.again(&[plans()]);
        let other = other.as_ref().unwrap_or(&house.platform);
        let retried = |work: &dyn Fn() -> Result<(), Error>| {
            while let Err(error) = work() {
                assert!(matches!(error.reason(), Some("busy" | "version_conflict")), "{error}");
            }
        };
        std::thread::scope(|scope| {
            for platform in [&house.platform, other] {
                scope.spawn(move || {
                    retried(&|| {
                        let swept = platform.subscriptions().advance(&house.operator)?;
                        match swept.failed.first() {
                            None => Ok(()),
                            Some(failed) => {
                                assert_eq!(failed.reason, "busy");
                                Err(Error::unavailable("busy", "met"))
                            }
                        }
                    });
                });
                scope.spawn(move || retried(&|| platform.run(&house.ada, &npv()).map(drop)));
            }
        });
        assert_eq!(house.totals(), [9_900; 3]);
        assert_eq!(house.platform.subscriptions().advance(&house.operator).unwrap().done, 0);
        let starts: Vec<_> = house.invoices().iter().map(|invoice| invoice.issued_at).collect();
        assert_eq!(starts, [0, 31, 61].map(|days| START.plus_micros(days * DAY)), "as of when it was due");
    });
}

#[test]
fn what_is_not_paid_is_suspended_and_what_is_paid_goes_on() {
    on_each("basic", |house| {
        let of = house.platform.subscriptions().of(house.tenant);
        let invoice = house.invoices()[0].id;
        of.payment_failed(&house.operator, invoice).unwrap();
        assert_eq!(reason(of.payment_failed(&house.operator, invoice)), "illegal_transition");
        house.pass(7 * DAY - 1);
        assert_eq!((house.run().is_ok(), house.state()), (true, SubscriptionState::PastDue));
        house.pass(1);
        assert_eq!(reason(house.run()), "subscription_state");
        assert_eq!(house.state(), SubscriptionState::Suspended);
        // What is left: to read the subscription, and to see and make a change of plan.
        house.till.allows.store(true, Ordering::SeqCst);
        let own = house.platform.subscriptions();
        assert_eq!(own.get(&house.ada).unwrap().state, SubscriptionState::Suspended);
        let preview = own.preview(&house.ada, &to("professional", Cycle::Monthly)).unwrap();
        own.commit(&house.ada, &preview.token, "k").unwrap();
        assert_eq!(reason(house.run()), "subscription_state");
        let paid = of.payment_received(&house.operator, invoice).unwrap();
        assert_eq!((paid.subscription.state, paid.invoices[0].state), (SubscriptionState::Active, InvoiceState::Paid));
        assert_eq!(house.run().unwrap(), "professional");
        let again = of.payment_received(&house.operator, invoice).unwrap();
        assert_eq!(again.subscription.version, paid.subscription.version, "paid twice is paid once");
        let unknown = InvoiceId::new(&SeededIds::new([8; 32]), START);
        assert_eq!(of.payment_received(&house.operator, unknown).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(reason(of.payment_failed(&house.operator, invoice)), "illegal_transition");
        let actions = house.actions();
        for action in ["payment_failed", "grace_over", "payment_received"] {
            assert!(actions.contains(&format!("subscription.{action}: ok")), "{actions:?}");
        }
    });
}

#[test]
fn what_was_past_due_over_the_end_of_its_period_renews_when_it_is_paid() {
    on_each("basic", |house| {
        let of = house.platform.subscriptions().of(house.tenant);
        house.pass(29 * DAY);
        let invoice = house.invoices()[0].id;
        of.payment_failed(&house.operator, invoice).unwrap();
        house.pass(4 * DAY);
        assert_eq!((house.run().unwrap().as_str(), house.totals()), ("basic", vec![9_900]));
        let paid = of.payment_received(&house.operator, invoice).unwrap();
        assert_eq!(paid.subscription.period_start, START.plus_micros(31 * DAY));
        assert_eq!((house.totals(), house.state()), (vec![9_900; 2], SubscriptionState::Active));
    });
}

fn failures(swept: &Swept) -> Vec<(TenantId, &str)> {
    swept.failed.iter().map(|failed| (failed.tenant, failed.reason.as_str())).collect()
}

#[test]
fn the_payment_of_another_invoice_than_the_one_that_failed_leaves_what_is_owed() {
    on_each("basic", |house| {
        let of = house.platform.subscriptions().of(house.tenant);
        house.change("professional", Cycle::Monthly, "k").unwrap();
        house.pass(31 * DAY);
        house.run().unwrap();
        let [first, _, second] = &house.invoices()[..] else { panic!("three invoices") };
        of.payment_failed(&house.operator, second.id).unwrap();
        let paid = of.payment_received(&house.operator, first.id).unwrap();
        assert_eq!((paid.subscription.state, paid.invoices[0].state), (SubscriptionState::PastDue, InvoiceState::Paid));
        assert_eq!(of.payment_received(&house.operator, second.id).unwrap().subscription.owed, None);
        assert_eq!(house.state(), SubscriptionState::Active);
    });
}

#[test]
fn a_tenant_is_billed_nothing_for_the_time_in_which_it_was_deactivated() {
    on_each("basic", |house| {
        let tenants = house.platform.tenants();
        let set = |version, status| tenants.set_status(&house.operator, house.tenant, version, status);
        let gone = set(1, TenantStatus::Deactivated).unwrap();
        house.pass(10 * DAY);
        let back = set(gone.version, TenantStatus::Active).unwrap();
        assert_eq!((house.run().is_ok(), house.totals()), (true, vec![9_900]), "the period was paid, and goes on");
        let gone = set(back.version, TenantStatus::Deactivated).unwrap();
        house.pass(100 * DAY);
        let first = house.invoices()[0].id;
        let of = house.platform.subscriptions().of(house.tenant);
        of.payment_received(&house.operator, first).unwrap();
        assert_eq!(house.platform.subscriptions().advance(&house.operator).unwrap().done, 0);
        assert_eq!(reason(set(gone.version + 1, TenantStatus::Active)), "version_conflict");
        set(gone.version, TenantStatus::Active).unwrap();
        let ended = of.get(&house.operator).unwrap();
        assert_eq!((ended.state, ended.ended_at), (SubscriptionState::Cancelled, Some(START.plus_micros(31 * DAY))));
        assert_eq!((reason(house.run()).as_str(), house.totals()), ("subscription_state", vec![9_900]));
        of.reactivate(&house.operator, &to("basic", Cycle::Monthly)).unwrap();
        assert_eq!((house.run().is_ok(), house.totals()), (true, vec![9_900; 2]));
    });
}

#[test]
fn an_invoice_is_handed_on_at_least_once_under_one_key_and_in_order() {
    on_each("basic", |house| {
        let subscriptions = house.platform.subscriptions();
        house.change("professional", Cycle::Monthly, "k").unwrap();
        house.till.fails.store(true, Ordering::SeqCst);
        let swept = subscriptions.deliver(&house.operator).unwrap();
        assert_eq!((swept.done, failures(&swept)), (0, vec![(house.tenant, "till_closed")]));
        assert_eq!(swept.failed[0].error.what(), Some("the answer was lost"));
        assert_eq!(house.till.taken(), [1], "the second waits for the first");
        house.till.fails.store(false, Ordering::SeqCst);
        assert_eq!(subscriptions.deliver(&house.operator).unwrap().done, 2);
        assert_eq!(house.till.taken(), [1, 1, 2]);
        let taken = house.till.taken.lock().unwrap().clone();
        assert_eq!(taken[0], taken[1], "with the same key, by which the host knows it");
        assert_eq!(subscriptions.deliver(&house.operator).unwrap().done, 0);
        assert_eq!(house.actions().iter().filter(|action| *action == "invoice.deliver: ok").count(), 2);
    });
    // Where nothing takes invoices they wait.
    let platform = Platform::builder("memory:").operator("host", "root", PlatformRole::Operator).open().unwrap();
    let ada = crate::tenant(&platform, "acme", "basic");
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
    for _ in 0..2 {
        let swept = platform.subscriptions().deliver(&operator).unwrap();
        assert_eq!(failures(&swept), [(ada.tenant().unwrap(), "no_billing_sink")]);
    }
}

#[test]
fn a_host_that_fetches_its_invoices_gets_each_until_it_says_that_it_has_it() {
    on_each("basic", |house| {
        house.change("professional", Cycle::Monthly, "k").unwrap();
        let subscriptions = house.platform.subscriptions();
        let of = subscriptions.of(house.tenant);
        let first = || subscriptions.outbox(&house.operator, 10).unwrap().pop().map(|waiting| waiting.invoice);
        for number in [1, 2] {
            let invoice = first().unwrap();
            assert_eq!((invoice.number, first().as_ref()), (number, Some(&invoice)));
            of.delivered(&house.operator, invoice.id).unwrap();
        }
        assert_eq!(first(), None);
        assert_eq!(reason(subscriptions.outbox(&house.ada, 10)), "not_member");
        assert_eq!(reason(of.delivered(&house.ada, house.invoices()[0].id)), "not_member");
    });
}

#[test]
fn a_new_version_of_the_plans_reaches_a_tenant_when_it_renews_or_is_migrated() {
    on_each("basic", |house| {
        let mut second = PlanCatalogue { version: 2, ..plans() };
        second.plans[0].monthly_minor = 10_900;
        second.plans[0].users = Limit::At(1);
        let Some(renewing) = house.again(&[plans(), second.clone()]) else { return };
        let limit = |platform: &Platform| {
            let report = platform.usage().report(&house.ada).unwrap();
            (report.catalogue_version, report.limits[0].limit)
        };
        assert_eq!(limit(&renewing), (1, Limit::At(10)));
        // A process that knows only the new version does not guess at the old one.
        let only = house.again(&[second]).unwrap();
        assert_eq!(reason(only.run(&house.ada, &npv())), "unknown_catalogue");
        let migrated = renewing.subscriptions().of(house.tenant).migrate(&house.operator).unwrap();
        assert!(migrated.invoices.is_empty());
        assert_eq!(limit(&renewing), (2, Limit::At(1)));
        assert!(only.run(&house.ada, &npv()).is_ok());
        house.pass(31 * DAY);
        assert!(renewing.run(&house.ada, &npv()).is_ok());
        assert_eq!(house.totals(), [9_900, 10_900]);
    });
}

#[test]
fn use_is_told_by_window_and_limit() {
    on_each("professional", |house| {
        house.run().unwrap();
        house.pass(25 * HOUR);
        house.run().unwrap();
        house.platform.users().create(&house.ada, &user("ben", "Viewer")).unwrap();
        let usage = house.platform.usage();
        let end = START.plus_micros(31 * DAY);
        let total = |by| -> Vec<_> {
            let windows = usage.totals(&house.ada, UsageKind::ModelRun, (START, end), by).unwrap();
            windows.iter().map(|window| (window.start.as_micros() - START.as_micros(), window.quantity)).collect()
        };
        assert_eq!(total(UsageWindow::Hour), [(0, 1), (25 * HOUR, 1)]);
        assert_eq!(total(UsageWindow::Day), [(0, 1), (DAY, 1)]);
        assert_eq!(total(UsageWindow::Month), [(0, 2)]);
        let off = (START.plus_micros(1), end);
        let error = usage.totals(&house.ada, UsageKind::ModelRun, off, UsageWindow::Hour).unwrap_err();
        assert_eq!(error.field(), Some("from"));
        let report = usage.report(&house.ada).unwrap();
        assert_eq!(
            (report.plan.as_str(), report.state, report.period_end),
            ("professional", SubscriptionState::Active, end)
        );
        let of = |kind| report.limits.iter().find(|limit| limit.kind == kind).unwrap();
        let users = of(LimitKind::Users);
        assert_eq!((users.used, users.limit, users.used_ppm), (2, Limit::At(50), Some(40_000)));
        assert_eq!((of(LimitKind::RunsPerMonth).used, of(LimitKind::RunsPerMonth).used_ppm), (2, None));
        assert!(of(LimitKind::StorageBytes).used > 0 && of(LimitKind::StorageBytes).reserved == 0);
        assert!(report.features.contains("ml_models") && report.organizations == 1);
        let ben = house.platform.principal("idp", "ben", Some(house.tenant), PrincipalKind::User).unwrap();
        assert_eq!(reason(usage.report(&ben)), "no_permission");
        assert_eq!(reason(usage.record(&ben, &used("k", 1, START))), "no_permission");
    });
}
