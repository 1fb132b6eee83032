//! Subscriptions as pure rules: the table of changes, periods, plan changes to the unit, and what holds
//! for all of them.

use proptest::prelude::*;
use valor_ivx::Error;
use valor_ivx::id::{InvoiceId, SeededIds, SubscriptionId};
use valor_ivx::tenancy::{
    Billing, Blocked, Catalogues, Cycle, Direction, InvoiceKind, InvoiceLine, Limit, LimitKind, LineKind, Notice,
    PlanCatalogue, PlanChange, Preview, Rounding, Subscription, SubscriptionEvent, SubscriptionState, Transition,
    UsageAdjustment, UsageKind, UsagePrice, Used,
};
use valor_ivx::time::{Date, Timestamp};

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = DAY / 24;

fn at(date: &str) -> Timestamp {
    Timestamp::from_micros(i64::from(date.parse::<Date>().unwrap().days()) * DAY)
}

fn seed() -> Catalogues {
    Catalogues::new(vec![PlanCatalogue::seed()]).unwrap()
}

fn under(rounding: Rounding) -> Catalogues {
    Catalogues::new(vec![PlanCatalogue { rounding, ..PlanCatalogue::seed() }]).unwrap()
}

fn id() -> SubscriptionId {
    SubscriptionId::new(&SeededIds::new([9; 32]), at("2026-01-01"))
}

fn invoice() -> InvoiceId {
    InvoiceId::new(&SeededIds::new([8; 32]), at("2026-01-01"))
}

fn billing<'a>(catalogues: &'a Catalogues, used: &'a [Used]) -> Billing<'a> {
    Billing { catalogues, used, metered: &[], adjustments: &[] }
}

/// Bought on `date`, by a catalogue.
fn bought(catalogues: &Catalogues, plan: &str, cycle: Cycle, date: &str) -> Subscription {
    Subscription::bought(id(), catalogues, (plan, cycle), at(date)).unwrap().subscription
}

fn to(plan: &str, cycle: Cycle) -> PlanChange {
    PlanChange { plan: plan.to_owned(), cycle: Some(cycle) }
}

fn amounts(lines: &[InvoiceLine]) -> Vec<i64> {
    lines.iter().map(|line| line.amount_minor).collect()
}

/// Everything that is due at `now`, carried out.
fn advance(subscription: &Subscription, now: Timestamp, billing: &Billing<'_>) -> Vec<Transition> {
    let mut done: Vec<Transition> = Vec::new();
    loop {
        let last = done.last().map_or(subscription, |transition| &transition.subscription);
        let Some(due) = last.due().filter(|due| due.at <= now) else { return done };
        let next = last.elapse(due, billing).unwrap();
        done.push(next);
    }
}

/// Previewed and carried out at once.
fn changed(
    subscription: &Subscription,
    change: &PlanChange,
    billing: &Billing<'_>,
    now: Timestamp,
) -> (Preview, Transition) {
    let preview = subscription.preview(change, billing, now).unwrap();
    let done = subscription.carry_out(&preview.token, billing, now).unwrap();
    (preview, done)
}

fn users(count: u64, bytes: u64) -> [Used; 2] {
    [Used { kind: LimitKind::Users, used: count }, Used { kind: LimitKind::StorageBytes, used: bytes }]
}

#[test]
fn example_1_basic_to_professional_with_21_of_31_days_left() {
    for (rounding, credit, charge) in [(Rounding::Nearest, -6_706, 20_255), (Rounding::Floor, -6_707, 20_254)] {
        let plans = under(rounding);
        let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
        assert_eq!(march.period_end, at("2026-04-01"));
        let (preview, done) =
            changed(&march, &to("professional", Cycle::Monthly), &billing(&plans, &[]), at("2026-03-11"));
        assert_eq!((preview.direction, preview.effective_at), (Direction::Upgrade, at("2026-03-11")));
        assert_eq!(amounts(&preview.lines), [credit, charge]);
        assert_eq!(preview.net_minor, credit + charge);
        let [bill] = &done.bills[..] else { panic!("one invoice") };
        assert_eq!((&bill.lines, bill.total_minor), (&preview.lines, if credit == -6_706 { 13_549 } else { 13_547 }));
        assert_eq!((done.subscription.plan.as_str(), done.subscription.period_end), ("professional", at("2026-04-01")));
    }
}

#[test]
fn example_2_professional_to_enterprise_yearly_with_184_of_365_days_left() {
    let plans = seed();
    let year = bought(&plans, "professional", Cycle::Yearly, "2026-01-01");
    let (preview, done) = changed(&year, &to("enterprise", Cycle::Yearly), &billing(&plans, &[]), at("2026-07-01"));
    assert_eq!(amounts(&preview.lines), [-150_729, 503_605]);
    assert_eq!(done.bills[0].total_minor, 352_876);
}

#[test]
fn example_3_professional_to_enterprise_with_thirteen_and_a_half_of_28_days_left() {
    let plans = seed();
    let month = bought(&plans, "professional", Cycle::Monthly, "2026-02-01");
    let noon = at("2026-02-15").plus_micros(12 * HOUR);
    let (preview, done) = changed(&month, &to("enterprise", Cycle::Monthly), &billing(&plans, &[]), noon);
    assert_eq!(amounts(&preview.lines), [-14_416, 48_166]);
    assert_eq!(done.bills[0].total_minor, 33_750);
}

#[test]
fn example_4_an_upgrade_in_the_last_second_bills_nothing_and_the_next_period_whole() {
    let plans = seed();
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let last = at("2026-04-01").plus_micros(-1_000_000);
    let (preview, done) = changed(&march, &to("professional", Cycle::Monthly), &billing(&plans, &[]), last);
    assert_eq!(amounts(&preview.lines), [0, 0]);
    assert!(done.bills.is_empty());
    assert_eq!(done.subscription.plan, "professional");
    let next = advance(&done.subscription, at("2026-04-01"), &billing(&plans, &[]));
    assert_eq!(next[0].bills[0].total_minor, 29_900);
}

#[test]
fn example_5_a_yearly_plan_given_up_for_a_monthly_one_leaves_credit_that_the_next_invoice_uses() {
    let plans = seed();
    let year = bought(&plans, "professional", Cycle::Yearly, "2026-01-01");
    let (preview, done) = changed(&year, &to("enterprise", Cycle::Monthly), &billing(&plans, &[]), at("2026-07-01"));
    assert_eq!(amounts(&preview.lines), [-150_729, 99_900]);
    assert_eq!((preview.net_minor, done.subscription.credit_minor), (-50_829, 50_829));
    assert_eq!((done.bills[0].total_minor, done.subscription.period_end), (0, at("2026-08-01")));
    let august = advance(&done.subscription, at("2026-08-01"), &billing(&plans, &[]));
    assert_eq!(amounts(&august[0].bills[0].lines), [99_900, -50_829]);
    assert_eq!((august[0].bills[0].total_minor, august[0].subscription.credit_minor), (49_071, 0));
}

#[test]
fn example_6_forty_users_and_six_and_a_half_gigabytes_do_not_go_to_basic() {
    let plans = seed();
    let march = bought(&plans, "professional", Cycle::Monthly, "2026-03-01");
    let used = users(40, 6_500_000_000);
    let (basic, now) = (to("basic", Cycle::Monthly), at("2026-03-11"));
    let preview = march.preview(&basic, &billing(&plans, &used), now).unwrap();
    assert_eq!((preview.direction, preview.net_minor), (Direction::Downgrade, 0));
    assert_eq!(
        preview.blocked_by,
        [
            Blocked { kind: LimitKind::Users, used: 40, limit: 10 },
            Blocked { kind: LimitKind::StorageBytes, used: 6_500_000_000, limit: 1_000_000_000 },
        ]
    );
    let error = march.carry_out(&preview.token, &billing(&plans, &used), now).unwrap_err();
    assert_eq!(error.reason(), Some("blocked"));
    assert_eq!(error.detail("blocked_by").unwrap()[0]["used"], 40);
}

/// Example 7 until 1 April, whose month follows under `used`.
fn downgraded(used: &[Used]) -> Transition {
    let plans = seed();
    let march = bought(&plans, "professional", Cycle::Monthly, "2026-03-01");
    let fits = users(10, 800_000_000);
    let (preview, done) = changed(&march, &to("basic", Cycle::Monthly), &billing(&plans, &fits), at("2026-03-11"));
    assert_eq!((preview.effective_at, &preview.lines[..], preview.net_minor), (at("2026-04-01"), &[][..], 0));
    assert!(done.bills.is_empty() && done.subscription.plan == "professional");
    let mut next = advance(&done.subscription, at("2026-04-01"), &billing(&plans, used));
    assert_eq!(next.len(), 1);
    next.remove(0)
}

#[test]
fn example_7_a_downgrade_takes_effect_at_the_end_of_the_period() {
    let april = downgraded(&users(10, 800_000_000));
    assert_eq!((april.subscription.plan.as_str(), april.at), ("basic", at("2026-04-01")));
    assert_eq!((april.bills[0].total_minor, april.notice), (9_900, None));
    assert_eq!(april.subscription.pending_change, None);
}

#[test]
fn example_8_a_downgrade_that_no_longer_fits_is_blocked_and_the_old_plan_renews() {
    let april = downgraded(&users(11, 800_000_000));
    assert_eq!((april.subscription.plan.as_str(), april.bills[0].total_minor), ("professional", 29_900));
    let blocked = vec![Blocked { kind: LimitKind::Users, used: 11, limit: 10 }];
    assert_eq!(april.notice, Some(Notice::DowngradeBlocked(blocked)));
    assert_eq!(april.subscription.pending_change, None);
}

#[test]
fn an_upgrade_cancels_a_downgrade_that_waits_and_a_downgrade_can_be_withdrawn() {
    let plans = seed();
    let free = billing(&plans, &[]);
    let march = bought(&plans, "professional", Cycle::Monthly, "2026-03-01");
    let (_, waiting) = changed(&march, &to("basic", Cycle::Monthly), &free, at("2026-03-02"));
    let waiting = waiting.subscription;
    assert!(waiting.pending_change.is_some());
    let (_, raised) = changed(&waiting, &to("enterprise", Cycle::Monthly), &free, at("2026-03-03"));
    assert_eq!(raised.subscription.pending_change, None);
    let withdrawn = waiting.withdraw(at("2026-03-03")).unwrap().subscription;
    assert_eq!(withdrawn.pending_change, None);
    assert_eq!(withdrawn.withdraw(at("2026-03-03")).unwrap_err().reason(), Some("illegal_transition"));
}

#[test]
fn threat_23_a_preview_is_stale_after_ten_minutes_or_when_anything_it_came_from_has_changed() {
    let plans = seed();
    let free = billing(&plans, &[]);
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let (upgrade, now) = (to("professional", Cycle::Monthly), at("2026-03-11"));
    let preview = march.preview(&upgrade, &free, now).unwrap();
    let reason = |subscription: &Subscription, billing: &Billing<'_>, now, token: &str| {
        subscription.carry_out(token, billing, now).err().and_then(|error| error.reason().map(str::to_owned))
    };
    let late = now.plus_micros(600_000_000);
    assert_eq!(preview.expires_at, late);
    assert_eq!(reason(&march, &free, late.plus_micros(-1), &preview.token), None);
    let stale = Some("preview_stale".to_owned());
    assert_eq!(reason(&march, &free, late, &preview.token), stale);
    assert_eq!(reason(&march, &free, now.plus_micros(-1), &preview.token), stale);
    let moved = march.cancel_at_period_end(now).unwrap().subscription;
    assert_eq!(reason(&moved, &free, now, &preview.token), stale);
    let mut dearer = PlanCatalogue { version: 2, ..PlanCatalogue::seed() };
    dearer.plans[1].monthly_minor += 1;
    let dearer = Catalogues::new(vec![PlanCatalogue::seed(), dearer]).unwrap();
    assert_eq!(reason(&march, &billing(&dearer, &[]), now, &preview.token), stale);
    // Written by hand: another plan, or another instant, under a digest of something else.
    let forged = preview.token.replace("professional", "enterprise");
    assert_eq!(reason(&march, &free, now, &forged), stale);
    let earlier = preview.token.replace(&now.as_micros().to_string(), &now.plus_micros(-9).as_micros().to_string());
    assert_eq!(reason(&march, &free, now, &earlier), stale);
    assert_eq!(march.carry_out("free", &free, now).unwrap_err().field(), Some("token"));
}

#[test]
fn threat_24_who_upgrades_uses_and_downgrades_at_once_gets_nothing_back() {
    let plans = seed();
    let free = billing(&plans, &[]);
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let (_, raised) = changed(&march, &to("enterprise", Cycle::Monthly), &free, at("2026-03-02"));
    let (preview, lowered) =
        changed(&raised.subscription, &to("basic", Cycle::Monthly), &free, at("2026-03-02").plus_micros(1));
    assert_eq!((preview.effective_at, preview.net_minor), (at("2026-04-01"), 0));
    assert!(preview.lines.is_empty() && lowered.bills.is_empty());
    assert_eq!((lowered.subscription.plan.as_str(), lowered.subscription.credit_minor), ("enterprise", 0));
    // Nor by another cycle: that too waits for the end.
    let (yearly, _) =
        changed(&raised.subscription, &to("basic", Cycle::Yearly), &free, at("2026-03-02").plus_micros(1));
    assert_eq!((yearly.effective_at, yearly.net_minor), (at("2026-04-01"), 0));
}

#[test]
fn every_row_of_the_table_and_nothing_else_is_a_transition() {
    use SubscriptionEvent as E;
    use SubscriptionState as S;
    let states = [S::Trial, S::Active, S::PastDue, S::Suspended, S::Cancelled, S::Expired];
    // What each state becomes, for one that is flagged to end and one that is not.
    let table = |state, flagged: bool, event| match (state, event) {
        (S::Trial, E::Activate)
        | (S::Active, E::Renew)
        | (S::PastDue | S::Suspended, E::PaymentReceived)
        | (S::Cancelled | S::Expired, E::Reactivate) => Some(S::Active),
        (S::Trial, E::TrialEnded) | (S::Suspended, E::SuspensionOver) => Some(S::Expired),
        (S::Active, E::PaymentFailed) => Some(S::PastDue),
        (S::PastDue, E::GraceOver) => Some(S::Suspended),
        (S::Active | S::PastDue, E::CancelAtPeriodEnd) => (!flagged).then_some(state),
        (S::Active | S::PastDue | S::Suspended, E::PeriodEnded) => flagged.then_some(S::Cancelled),
        (S::Active | S::PastDue | S::Suspended, E::Withdraw) => flagged.then_some(state),
        (S::Active | S::PastDue | S::Trial, E::CancelNow) => Some(S::Cancelled),
        (S::Cancelled | S::Expired, E::ChangePlan | E::Migrate) => None,
        (_, E::ChangePlan | E::Migrate) => Some(state),
        _ => None,
    };
    let plans = seed();
    let base = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    for state in states {
        for flagged in [false, true] {
            let subscription = Subscription { state, cancel_at_period_end: flagged, ..base.clone() };
            for event in SubscriptionEvent::ALL.iter().copied() {
                match (table(state, flagged, event), subscription.after(event)) {
                    (Some(expected), Ok(given)) => assert_eq!(given, expected, "{state:?} {flagged} {event:?}"),
                    (None, Err(error)) => {
                        assert_eq!(error.reason(), Some("illegal_transition"));
                        assert_eq!(error.detail("current").unwrap(), state.name());
                        assert_eq!(error.detail("value").unwrap(), event.name());
                    }
                    (expected, given) => panic!("{state:?} {flagged} {event:?}: {expected:?}, {given:?}"),
                }
            }
        }
    }
}

#[test]
fn a_trial_costs_nothing_ends_by_itself_and_is_billed_when_it_is_bought() {
    let plans = seed();
    let free = billing(&plans, &[]);
    let started = Subscription::trial(id(), &plans, ("professional", Cycle::Monthly), 30, at("2026-01-01")).unwrap();
    assert!(started.bills.is_empty());
    let trial = started.subscription;
    assert_eq!((trial.state_at(at("2026-01-30")), trial.trial_end), (SubscriptionState::Trial, Some(at("2026-01-31"))));
    let ended = advance(&trial, at("2026-05-01"), &free);
    assert_eq!(ended.len(), 1);
    let expired = &ended[0].subscription;
    assert_eq!((expired.state, expired.ended_at), (SubscriptionState::Expired, Some(at("2026-01-31"))));
    assert!(ended[0].bills.is_empty());
    let bought = trial.activate(&free, at("2026-01-31").plus_micros(-1)).unwrap();
    assert_eq!((bought.bills[0].total_minor, bought.subscription.anchor_day), (29_900, 30));
    assert_eq!(bought.subscription.state_at(at("2026-05-01")), SubscriptionState::Active);
    // Another plan within the trial is as free as the first.
    let (preview, other) = changed(&trial, &to("enterprise", Cycle::Yearly), &free, at("2026-01-02"));
    assert!(preview.lines.is_empty() && other.bills.is_empty());
    assert_eq!((other.subscription.plan.as_str(), other.subscription.state), ("enterprise", SubscriptionState::Trial));
}

#[test]
fn what_is_not_paid_is_past_due_then_suspended_then_expired_and_each_can_be_paid_before() {
    use SubscriptionState as S;
    let plans = seed();
    let free = billing(&plans, &[]);
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let failed = march.payment_failed(invoice(), at("2026-03-02")).unwrap().subscription;
    assert_eq!((failed.state, failed.grace_end), (SubscriptionState::PastDue, Some(at("2026-03-09"))));
    let states = ["2026-03-08", "2026-03-09", "2026-05-07", "2026-05-08"].map(|date| failed.state_at(at(date)));
    assert_eq!(states, [S::PastDue, S::Suspended, S::Suspended, S::Expired]);
    let suspended = advance(&failed, at("2026-03-09"), &free).remove(0).subscription;
    let paid = suspended.payment_received(&free, at("2026-03-20")).unwrap();
    assert!(paid.bills.is_empty(), "the same period, which is still open");
    assert_eq!((paid.subscription.state, paid.subscription.period_end), (S::Active, at("2026-04-01")));
    let anew = suspended.payment_received(&free, at("2026-04-10")).unwrap();
    assert_eq!((anew.subscription.period_start, anew.bills[0].total_minor), (at("2026-04-10"), 9_900));
    assert_eq!(anew.subscription.anchor_day, 10);
    let expired = advance(&failed, at("2026-12-31"), &free);
    let events: Vec<_> = expired.iter().map(|done| (done.event, done.at)).collect();
    assert_eq!(
        events,
        [(SubscriptionEvent::GraceOver, at("2026-03-09")), (SubscriptionEvent::SuspensionOver, at("2026-05-08"))]
    );
    let ended = &expired[1].subscription;
    assert!(ended.exports_at(at("2026-06-06")) && !ended.exports_at(at("2026-06-07")));
    let again = ended.reactivate(&to("professional", Cycle::Monthly), &free, at("2027-01-05")).unwrap();
    assert_eq!((again.subscription.state, again.subscription.period_end), (S::Active, at("2027-02-05")));
    assert_eq!((again.bills[0].total_minor, again.subscription.grace_end), (29_900, None));
    // By a preview, too, with the same amount.
    let (preview, by_token) = changed(ended, &to("professional", Cycle::Monthly), &free, at("2027-01-05"));
    assert_eq!((preview.net_minor, by_token.event), (29_900, SubscriptionEvent::Reactivate));
}

#[test]
fn a_cancellation_waits_for_the_end_can_be_undone_until_then_and_at_once_leaves_a_credit_note_if_so_agreed() {
    let plans = seed();
    let free = billing(&plans, &[]);
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let flagged = march.cancel_at_period_end(at("2026-03-05")).unwrap().subscription;
    assert_eq!(flagged.state_at(at("2026-03-31")), SubscriptionState::Active);
    assert_eq!(flagged.state_at(at("2026-04-01")), SubscriptionState::Cancelled);
    let undone = flagged.withdraw(at("2026-03-31")).unwrap().subscription;
    assert_eq!(undone.state_at(at("2026-04-01")), SubscriptionState::Active);
    let ended = advance(&flagged, at("2026-04-01"), &free);
    assert!(ended[0].bills.is_empty());
    assert_eq!(ended[0].subscription.withdraw(at("2026-04-01")).unwrap_err().reason(), Some("illegal_transition"));

    assert!(march.cancel_now(&free, at("2026-03-11")).unwrap().bills.is_empty());
    let generous = PlanCatalogue { credit_on_cancel: true, ..PlanCatalogue::seed() };
    let generous = Catalogues::new(vec![generous]).unwrap();
    let ended = march.cancel_now(&billing(&generous, &[]), at("2026-03-11")).unwrap();
    assert_eq!((ended.bills[0].kind, ended.bills[0].total_minor), (InvoiceKind::CreditNote, -6_706));
    assert_eq!(ended.subscription.ended_at, Some(at("2026-03-11")));
}

#[test]
fn periods_keep_the_day_they_began_on_through_short_months() {
    let plans = seed();
    let january = bought(&plans, "basic", Cycle::Monthly, "2026-01-31");
    let starts: Vec<_> = advance(&january, at("2026-05-31"), &billing(&plans, &[]))
        .iter()
        .map(|done| done.subscription.period_start)
        .collect();
    assert_eq!(starts, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"].map(at));
    let leap = bought(&plans, "basic", Cycle::Yearly, "2024-02-29");
    assert_eq!(leap.period_end, at("2025-02-28"));
}

#[test]
fn a_new_version_of_the_plans_applies_when_a_period_opens_and_not_before() {
    let plans = seed();
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let mut second = PlanCatalogue { version: 2, ..PlanCatalogue::seed() };
    second.plans[0].monthly_minor = 10_900;
    second.plans[1].monthly_minor = 31_900;
    let both = Catalogues::new(vec![PlanCatalogue::seed(), second]).unwrap();
    let now = billing(&both, &[]);
    let (within, _) = changed(&march, &to("professional", Cycle::Monthly), &now, at("2026-03-11"));
    assert_eq!(within.net_minor, 13_549, "by the version that the period was opened under");
    let april = advance(&march, at("2026-04-01"), &now).remove(0);
    assert_eq!((april.subscription.catalogue_version, april.bills[0].total_minor), (2, 10_900));
    let migrated = march.migrate(&both, at("2026-03-05")).unwrap();
    assert_eq!((migrated.subscription.catalogue_version, migrated.bills.len()), (2, 0));
    // What was billed is still what is credited.
    let (after, _) = changed(&migrated.subscription, &to("professional", Cycle::Monthly), &now, at("2026-03-11"));
    assert_eq!(after.lines[0].amount_minor, -6_706);
}

#[test]
fn use_is_billed_when_its_period_closes_and_what_came_late_with_the_next() {
    let mut metered = PlanCatalogue::seed();
    metered.plans[0].usage.insert(UsageKind::Trials, UsagePrice { unit_minor: 3, per: 1_000 });
    let plans = Catalogues::new(vec![metered]).unwrap();
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let late = |key: &str, quantity| UsageAdjustment {
        idem_key: key.to_owned(),
        kind: UsageKind::Trials,
        quantity,
        at: at("2026-02-27").plus_micros(HOUR + 1),
    };
    let adjustments = [late("a", 400), late("b", 100)];
    let used = [(UsageKind::Trials, 10_500), (UsageKind::Export, 7)];
    let closing = Billing { catalogues: &plans, used: &[], metered: &used, adjustments: &adjustments };
    let april = advance(&march, at("2026-04-01"), &closing).remove(0);
    let lines: Vec<_> = april.bills[0].lines.iter().map(|line| (line.kind, line.quantity, line.amount_minor)).collect();
    let expected = [(LineKind::Plan, 1, 9_900), (LineKind::Usage, 10_500, 32), (LineKind::Adjustment, 500, 2)];
    assert_eq!(lines, expected);
    assert_eq!(april.subscription.metered_from, at("2026-04-01"));
    let usage = &april.bills[0].lines[1];
    assert_eq!((usage.period_start, usage.period_end), (at("2026-03-01"), at("2026-04-01")));
}

#[test]
fn use_before_a_change_of_plan_is_billed_at_the_price_of_the_plan_it_was_used_under() {
    let mut metered = PlanCatalogue::seed();
    for (plan, unit_minor) in [(0, 3), (1, 2), (2, 1)] {
        metered.plans[plan].usage.insert(UsageKind::Trials, UsagePrice { unit_minor, per: 1 });
    }
    let plans = Catalogues::new(vec![metered]).unwrap();
    let using = |used: &[(UsageKind, u64)], then: &dyn Fn(&Billing<'_>) -> Transition| {
        then(&Billing { catalogues: &plans, used: &[], metered: used, adjustments: &[] }).subscription
    };
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let preview = march.preview(&to("professional", Cycle::Monthly), &billing(&plans, &[]), at("2026-03-11")).unwrap();
    // Carried out nine minutes later, by when more has been used: neither its amounts nor its token change.
    let later = at("2026-03-11").plus_micros(9 * HOUR / 60);
    assert_eq!(march.metered_until(Some(&preview.token), later).unwrap(), at("2026-03-11"));
    let raised = using(&[(UsageKind::Trials, 1_000)], &|now| march.carry_out(&preview.token, now, later).unwrap());
    assert_eq!((raised.metered_from, amounts(&raised.accrued)), (at("2026-03-11"), vec![3_000]));
    // Another cycle of the same price goes on with the line, another plan begins one.
    let yearly = using(&[(UsageKind::Trials, 10)], &|now| {
        changed(&raised, &to("professional", Cycle::Yearly), now, at("2026-03-20")).1
    });
    let quarterly = using(&[(UsageKind::Trials, 5)], &|now| {
        changed(&yearly, &to("enterprise", Cycle::Quarterly), now, at("2026-03-25")).1
    });
    let monthly = using(&[(UsageKind::Trials, 7)], &|now| {
        changed(&quarterly, &to("enterprise", Cycle::Monthly), now, at("2026-03-26")).1
    });
    let lines: Vec<_> = monthly.accrued.iter().map(|line| (line.quantity, line.unit_minor)).collect();
    assert_eq!(lines, [(1_000, 3), (15, 2), (7, 1)]);
    let used = [(UsageKind::Trials, 100)];
    let closing = Billing { catalogues: &plans, used: &[], metered: &used, adjustments: &[] };
    let renewed = advance(&monthly, monthly.period_end, &closing).remove(0);
    let lines = renewed.bills[0].lines.iter().filter(|line| line.kind == LineKind::Usage);
    let lines: Vec<_> = lines.map(|line| (line.quantity, line.amount_minor, line.period_start)).collect();
    let starts = ["2026-03-01", "2026-03-11", "2026-03-25"].map(at);
    assert_eq!(lines, [(1_000, 3_000, starts[0]), (15, 30, starts[1]), (107, 107, starts[2])]);
    assert!(renewed.subscription.accrued.is_empty());
    let cancelled = monthly.cancel_now(&closing, at("2026-03-28")).unwrap();
    assert_eq!(amounts(&cancelled.bills[0].lines)[..3], [3_000, 30, 107]);
}

#[test]
fn use_within_a_trial_is_billed_neither_at_its_end_nor_when_it_is_bought() {
    let mut metered = PlanCatalogue::seed();
    metered.plans[0].usage.insert(UsageKind::Trials, UsagePrice { unit_minor: 3, per: 1 });
    let plans = Catalogues::new(vec![metered]).unwrap();
    let trial =
        Subscription::trial(id(), &plans, ("basic", Cycle::Monthly), 30, at("2026-01-01")).unwrap().subscription;
    let used = [(UsageKind::Trials, 10_500)];
    let closing = Billing { catalogues: &plans, used: &[], metered: &used, adjustments: &[] };
    assert!(advance(&trial, at("2026-02-01"), &closing)[0].bills.is_empty());
    assert!(trial.cancel_now(&closing, at("2026-01-05")).unwrap().bills.is_empty());
    let bought = trial.activate(&closing, at("2026-01-05")).unwrap();
    assert_eq!(amounts(&bought.bills[0].lines), [9_900]);
}

#[test]
fn what_is_owed_buys_nothing_else_and_is_not_given_back() {
    let plans = Catalogues::new(vec![PlanCatalogue { credit_on_cancel: true, ..PlanCatalogue::seed() }]).unwrap();
    let free = billing(&plans, &[]);
    let yearly = bought(&plans, "professional", Cycle::Yearly, "2026-01-01");
    let failed = yearly.payment_failed(invoice(), at("2026-01-02")).unwrap().subscription;
    let to_monthly = failed.preview(&to("professional", Cycle::Monthly), &free, at("2026-01-03")).unwrap_err();
    assert_eq!(to_monthly.reason(), Some("illegal_transition"));
    assert!(failed.cancel_now(&free, at("2026-01-03")).unwrap().bills.is_empty());
    // More may be bought, and after the payment anything.
    assert!(failed.preview(&to("enterprise", Cycle::Yearly), &free, at("2026-01-03")).is_ok());
    let paid = failed.payment_received(&free, at("2026-01-04")).unwrap().subscription;
    assert!(paid.preview(&to("professional", Cycle::Monthly), &free, at("2026-01-05")).unwrap().net_minor < 0);
    // Beyond the end of its period nothing changes before it is paid.
    let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
    let over = march.payment_failed(invoice(), at("2026-03-30")).unwrap().subscription;
    for (plan, cycle) in [("professional", Cycle::Monthly), ("basic", Cycle::Yearly)] {
        let error = over.preview(&to(plan, cycle), &free, at("2026-04-02")).unwrap_err();
        assert_eq!(error.reason(), Some("illegal_transition"));
    }
}

#[test]
fn a_downgrade_to_a_plan_that_is_offered_no_more_leaves_the_one_in_force() {
    let seed = PlanCatalogue::seed();
    let mut second = PlanCatalogue { version: 2, ..seed.clone() };
    second.plans.retain(|plan| plan.id != "basic");
    second.plans[0].includes = None;
    let both = Catalogues::new(vec![seed, second]).unwrap();
    let pinned =
        bought(&Catalogues::new(vec![PlanCatalogue::seed()]).unwrap(), "professional", Cycle::Monthly, "2026-03-01");
    let now = billing(&both, &[]);
    let (_, waits) = changed(&pinned, &to("basic", Cycle::Monthly), &now, at("2026-03-05"));
    assert!(waits.subscription.migrate(&both, at("2026-03-06")).is_err(), "the plan that waits would be lost");
    // A host that gives the old version no more cannot carry it out either, and goes on.
    let stranded = Subscription { catalogue_version: 2, ..waits.subscription };
    let april = advance(&stranded, at("2026-04-01"), &now).remove(0);
    assert_eq!(april.subscription.plan, "professional");
    assert_eq!(april.notice, Some(Notice::DowngradeBlocked(Vec::new())));
}

#[test]
fn what_opens_a_period_is_measured_by_the_plan_it_opens_with() {
    let mut second = PlanCatalogue { version: 2, ..PlanCatalogue::seed() };
    second.plans[0].users = Limit::At(5);
    let both = Catalogues::new(vec![PlanCatalogue::seed(), second]).unwrap();
    let of_first = bought(&seed(), "professional", Cycle::Monthly, "2026-03-01");
    let eight = users(8, 0);
    let now = billing(&both, &eight);
    let cancelled = of_first.cancel_now(&now, at("2026-03-05")).unwrap().subscription;
    let error = cancelled.reactivate(&to("basic", Cycle::Monthly), &now, at("2026-03-06")).unwrap_err();
    assert_eq!(error.reason(), Some("blocked"));
}

/// A subscription in any state that steps from a purchase lead to.
fn walked(steps: &[(u8, u32)]) -> Vec<Transition> {
    let plans = seed();
    let free = billing(&plans, &[]);
    let first = Subscription::trial(id(), &plans, ("professional", Cycle::Monthly), 30, at("2026-01-31")).unwrap();
    let mut done = vec![first];
    let mut now = at("2026-01-31");
    for (step, hours) in steps {
        now = now.plus_micros(i64::from(*hours) * HOUR);
        let last = done.last().unwrap().subscription.clone();
        done.extend(advance(&last, now, &free));
        let last = done.last().unwrap().subscription.clone();
        let change = |plan: &str, cycle| {
            let preview = last.preview(&to(plan, cycle), &free, now)?;
            last.carry_out(&preview.token, &free, now)
        };
        let next: Result<Transition, Error> = match step {
            0 => last.activate(&free, now),
            1 => last.payment_failed(invoice(), now),
            2 => last.payment_received(&free, now),
            3 => last.cancel_at_period_end(now),
            4 => last.withdraw(now),
            5 => last.cancel_now(&free, now),
            6 => last.reactivate(&to("basic", Cycle::Monthly), &free, now),
            7 => change("enterprise", Cycle::Monthly),
            8 => change("basic", Cycle::Quarterly),
            9 => change("professional", Cycle::Yearly),
            _ => change("enterprise", Cycle::Yearly),
        };
        match next {
            Ok(next) => done.push(next),
            Err(error) => assert!(
                error.reason() == Some("illegal_transition") || error.field() == Some("plan"),
                "{error} of {last:?}"
            ),
        }
    }
    done
}

fn steps() -> impl Strategy<Value = Vec<(u8, u32)>> {
    prop::collection::vec((0_u8..11, prop::sample::select(vec![0_u32, 1, 30, 200, 800, 3_000])), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Invariant 6: lines add up, no invoice is below zero, and what becomes of a negative net is credit.
    #[test]
    fn invoices_are_the_sum_of_their_lines_and_never_below_zero(steps in steps()) {
        let done = walked(&steps);
        for transition in &done {
            prop_assert!(transition.subscription.credit_minor >= 0);
            for bill in &transition.bills {
                prop_assert_eq!(bill.lines.iter().map(|line| line.amount_minor).sum::<i64>(), bill.total_minor);
                prop_assert!(bill.kind == InvoiceKind::CreditNote || bill.total_minor >= 0);
                for line in &bill.lines {
                    let exact = i128::from(line.quantity) * i128::from(line.unit_minor) * i128::from(line.part);
                    let given = i128::from(line.amount_minor) * i128::from(line.whole);
                    prop_assert!(2 * (given - exact).abs() <= i128::from(line.whole));
                }
            }
        }
        let mut versions = done.iter().map(|done| done.subscription.version);
        prop_assert!(versions.clone().zip(versions.by_ref().skip(1)).all(|(one, next)| next == one + 1));
    }

    /// Invariant 6: the later in the period, the smaller the credit, and the smaller the charge.
    #[test]
    fn proration_never_rises_with_time(seconds in prop::collection::vec(0_i64..2_678_400, 2..6), floor in any::<bool>()) {
        let plans = under(if floor { Rounding::Floor } else { Rounding::Nearest });
        let march = bought(&plans, "basic", Cycle::Monthly, "2026-03-01");
        let mut seconds = seconds;
        seconds.sort_unstable();
        let quotes: Vec<_> = seconds
            .iter()
            .map(|second| {
                let now = at("2026-03-01").plus_micros(second * 1_000_000);
                let preview = march.preview(&to("enterprise", Cycle::Monthly), &billing(&plans, &[]), now).unwrap();
                (-preview.lines[0].amount_minor, preview.lines[1].amount_minor)
            })
            .collect();
        for pair in quotes.windows(2) {
            prop_assert!(pair[1].0 <= pair[0].0 && pair[1].1 <= pair[0].1, "{quotes:?}");
        }
    }

    /// Invariant 6: upgrades and then the end of the period bill what a clock that bills each second does,
    /// within one minor unit a line.
    #[test]
    fn upgrades_bill_what_a_clock_that_bills_by_the_second_does(
        first in 0_u32..2_678_400, second in 0_u32..2_678_400, floor in any::<bool>(),
    ) {
        let plans = under(if floor { Rounding::Floor } else { Rounding::Nearest });
        let whole = 2_678_400;
        let (first, second) = (first.min(second), first.max(second));
        let start = Subscription::bought(id(), &plans, ("basic", Cycle::Monthly), at("2026-03-01")).unwrap();
        let mut lines: Vec<InvoiceLine> = start.bills[0].lines.clone();
        let mut subscription = start.subscription;
        for (plan, second) in [("professional", first), ("enterprise", second)] {
            let now = at("2026-03-01").plus_micros(i64::from(second) * 1_000_000);
            let (preview, done) = changed(&subscription, &to(plan, Cycle::Monthly), &billing(&plans, &[]), now);
            lines.extend(preview.lines);
            subscription = done.subscription;
        }
        let billed: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let spans = [(9_900, first), (29_900, second - first), (99_900, whole - second)];
        let clock: f64 = spans.iter().map(|(price, seconds)| f64::from(*price) * f64::from(*seconds)).sum::<f64>()
            / f64::from(whole);
        prop_assert!((billed as f64 - clock).abs() <= lines.len() as f64, "{billed} against {clock}");
    }

    /// Invariant 7: what it is at an instant follows from the row and the instant alone, does not depend on
    /// when what was due is carried out, and is never taken back.
    #[test]
    fn the_state_is_a_function_of_row_and_instant_and_late_jobs_change_nothing(
        steps in steps(), hours in prop::collection::vec(0_u32..6_000, 1..5),
    ) {
        let plans = seed();
        let free = billing(&plans, &[]);
        let done = walked(&steps);
        let last = done.last().unwrap();
        let row = &last.subscription;
        let mut hours = hours;
        hours.sort_unstable();
        let end = last.at.plus_micros(i64::from(*hours.last().unwrap()) * HOUR);
        let at_once = advance(row, end, &free);
        let final_row = at_once.last().map_or(row, |done| &done.subscription);
        prop_assert_eq!(row.state_at(end), final_row.state);
        // Carried out again, nothing is left to do.
        prop_assert!(advance(final_row, end, &free).is_empty());
        // In many small steps, or late and at once: the same changes as of the same instants.
        let mut stepwise: Vec<Transition> = Vec::new();
        for hour in hours {
            let now = last.at.plus_micros(i64::from(hour) * HOUR);
            let from = stepwise.last().map_or(row, |done| &done.subscription).clone();
            prop_assert_eq!(from.state_at(now), row.state_at(now));
            stepwise.extend(advance(&from, now, &free));
            // Set back, the clock takes nothing back.
            let written = stepwise.last().map_or(row, |done| &done.subscription);
            prop_assert_eq!(written.state_at(Timestamp::from_micros(0)), written.state);
        }
        prop_assert_eq!(stepwise, at_once);
    }
}
