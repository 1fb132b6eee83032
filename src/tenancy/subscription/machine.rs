//! The changes of a subscription, each with what is billed by it. (Spec: tenancy, section 6, first table.)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::period::{Period, anchor_of, charge, described};
use super::{
    Blocked, Cycle, DAY, Due, GRACE, PendingChange, Subscription, SubscriptionEvent, SubscriptionState, Used,
    blocked_by,
};
use crate::error::Error;
use crate::id::{InvoiceId, SubscriptionId};
use crate::tenancy::invoice::{Bill, InvoiceKind, InvoiceLine, LineKind, sum};
use crate::tenancy::plan::{Catalogues, Plan, PlanCatalogue};
use crate::tenancy::usage::{UsageAdjustment, UsageKind};
use crate::time::Timestamp;

/// Something the customer is told beside the change itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The downgrade that was to happen did not: use is beyond the limits of its plan.
    DowngradeBlocked(Vec<Blocked>),
}

/// A change of a subscription, ready to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What happened.
    pub event: SubscriptionEvent,
    /// As of when.
    pub at: Timestamp,
    /// The subscription after it.
    pub subscription: Subscription,
    /// What is billed by it.
    pub bills: Vec<Bill>,
    /// What else became of it.
    pub notice: Option<Notice>,
}

/// What changes of a subscription depend on beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Billing<'a> {
    /// The plans.
    pub catalogues: &'a Catalogues,
    /// What counts against limits.
    pub used: &'a [Used],
    /// What has been used since [`Subscription::metered_from`] until this change closes the metering, by kind.
    pub metered: &'a [(UsageKind, u64)],
    /// What became known too late for the period it fell into.
    pub adjustments: &'a [UsageAdjustment],
}

/// A period that opens.
struct Opening {
    event: SubscriptionEvent,
    plan: String,
    cycle: Cycle,
    at: Timestamp,
    anchor_day: i8,
}

/// What came late of a kind: how much, and the hours it fell into.
struct Late {
    quantity: u64,
    start: Timestamp,
    end: Timestamp,
}

fn late_by_kind(adjustments: &[UsageAdjustment]) -> Result<BTreeMap<UsageKind, Late>, Error> {
    let mut sums = BTreeMap::new();
    for one in adjustments {
        let (start, end) = (one.at.start_of_hour(), one.at.start_of_hour().plus_micros(DAY / 24));
        let late = sums.entry(one.kind).or_insert(Late { quantity: 0, start, end });
        late.quantity = late
            .quantity
            .checked_add(one.quantity)
            .ok_or_else(|| Error::undefined("quantity", "the sum of late use is beyond 64 bits"))?;
        (late.start, late.end) = (late.start.min(start), late.end.max(end));
    }
    Ok(sums)
}

impl Subscription {
    /// A trial of `days` of a plan, where there is no subscription.
    pub fn trial(
        id: SubscriptionId,
        catalogues: &Catalogues,
        (plan, cycle): (&str, Cycle),
        days: u32,
        now: Timestamp,
    ) -> Result<Transition, Error> {
        let catalogue = catalogues.newest();
        let plan = catalogue.plan(plan)?;
        if !(1..=365).contains(&days) {
            return Err(Error::invalid_input("trial_days", days, "1 to 365"));
        }
        let end = now.plus_micros(i64::from(days) * DAY);
        let subscription = Self {
            id,
            plan: plan.id.clone(),
            catalogue_version: catalogue.version,
            cycle,
            state: SubscriptionState::Trial,
            period_start: now,
            period_end: end,
            anchor_day: anchor_of(now)?,
            trial_end: Some(end),
            grace_end: None,
            ended_at: None,
            pending_change: None,
            cancel_at_period_end: false,
            price_minor: 0,
            credit_minor: 0,
            currency: catalogue.currency.clone(),
            metered_from: now,
            billable_from: now,
            accrued: Vec::new(),
            owed: None,
            version: 1,
        };
        let event = SubscriptionEvent::Start;
        Ok(Transition { event, at: now, subscription, bills: Vec::new(), notice: None })
    }

    /// A paid subscription, where there is none: its first period opens and is billed.
    pub fn bought(
        id: SubscriptionId,
        catalogues: &Catalogues,
        (plan, cycle): (&str, Cycle),
        now: Timestamp,
    ) -> Result<Transition, Error> {
        // As a trial that is activated as it starts, in one change.
        let trial = Self::trial(id, catalogues, (plan, cycle), 1, now)?.subscription;
        let nothing = Billing { catalogues, used: &[], metered: &[], adjustments: &[] };
        let mut bought = trial.activate(&nothing, now)?;
        bought.subscription.version = 1;
        Ok(bought)
    }

    /// Nothing changes before what has been written.
    pub(super) fn not_before(&self, now: Timestamp) -> Timestamp {
        now.max(self.period_start).max(self.ended_at.unwrap_or(self.period_start))
    }

    pub(super) fn next(&self, event: SubscriptionEvent) -> Result<Self, Error> {
        Ok(Self { state: self.after(event)?, version: self.version + 1, ..self.clone() })
    }

    /// As [`Subscription::next`], where another plan prices use from `at` on.
    pub(super) fn repriced(
        &self,
        event: SubscriptionEvent,
        at: Timestamp,
        billing: &Billing<'_>,
    ) -> Result<Self, Error> {
        if self.state == SubscriptionState::Trial {
            return self.next(event);
        }
        let accrued = self.accrue(billing, at)?;
        Ok(Self { accrued, metered_from: at.max(self.metered_from), ..self.next(event)? })
    }

    pub(super) fn unbilled(self, event: SubscriptionEvent, at: Timestamp) -> Transition {
        Transition { event, at, subscription: self, bills: Vec::new(), notice: None }
    }

    /// Use, priced by the plan in force.
    fn used_line(
        &self,
        catalogue: &PlanCatalogue,
        (kind, used): (LineKind, UsageKind),
        quantity: u64,
        (period_start, period_end): (Timestamp, Timestamp),
    ) -> Result<InvoiceLine, Error> {
        let price = catalogue.plan(&self.plan)?.usage.get(&used);
        let (unit_minor, whole) = price.map_or((0, 1), |price| (price.unit_minor, price.per));
        let text = used.name().to_owned();
        InvoiceLine { kind, text, quantity, unit_minor, part: 1, whole, amount_minor: 0, period_start, period_end }
            .priced(catalogue.rounding)
    }

    /// What is to be billed for use until `end`, at which the plan in force prices no more: one line for each
    /// kind and price.
    fn accrue(&self, billing: &Billing<'_>, end: Timestamp) -> Result<Vec<InvoiceLine>, Error> {
        if self.state == SubscriptionState::Trial {
            return Ok(Vec::new());
        }
        let catalogue = billing.catalogues.version(self.catalogue_version)?;
        let mut accrued = self.accrued.clone();
        for (kind, quantity) in billing.metered {
            let line = self.used_line(catalogue, (LineKind::Usage, *kind), *quantity, (self.metered_from, end))?;
            if line.quantity == 0 || line.unit_minor == 0 {
                continue;
            }
            let price = |line: &InvoiceLine| (line.text.clone(), line.unit_minor, line.whole);
            match accrued.iter_mut().find(|known| price(known) == price(&line)) {
                Some(known) => *known = known.extended(&line, catalogue.rounding)?,
                None => accrued.push(line),
            }
        }
        Ok(accrued)
    }

    /// What was used, to be billed as the metering closes at `end`, with what came late.
    fn used_lines(&self, billing: &Billing<'_>, end: Timestamp) -> Result<Vec<InvoiceLine>, Error> {
        if self.state == SubscriptionState::Trial {
            return Ok(Vec::new());
        }
        let catalogue = billing.catalogues.version(self.catalogue_version)?;
        let mut lines = self.accrue(billing, end)?;
        for (kind, late) in late_by_kind(billing.adjustments)? {
            let during = (late.start, late.end);
            lines.push(self.used_line(catalogue, (LineKind::Adjustment, kind), late.quantity, during)?);
        }
        Ok(lines)
    }

    /// Opens a period after this one and bills it, with what was used until then.
    fn open(&self, opening: Opening, billing: &Billing<'_>, mut lines: Vec<InvoiceLine>) -> Result<Transition, Error> {
        let Opening { event, plan, cycle, at, anchor_day } = opening;
        let (catalogue, plan) = billing.catalogues.opening(&plan, self.catalogue_version)?;
        let period = Period::from(at, cycle, anchor_day)?;
        lines.push(charge(plan, cycle, period, catalogue)?);
        let mut accrued = Vec::new();
        if event == SubscriptionEvent::ChangePlan {
            // A preview tells its amounts before all use is known: that is billed as the period ends.
            accrued = self.accrue(billing, at)?;
        } else {
            lines.extend(self.used_lines(billing, at)?);
        }
        let mut subscription = Self {
            plan: plan.id.clone(),
            catalogue_version: catalogue.version,
            cycle,
            period_start: period.start,
            period_end: period.end,
            anchor_day,
            trial_end: None,
            grace_end: None,
            ended_at: None,
            pending_change: None,
            price_minor: plan.price_minor(cycle),
            currency: catalogue.currency.clone(),
            metered_from: at,
            billable_from: if event == SubscriptionEvent::Activate { at } else { self.billable_from },
            accrued,
            owed: None,
            ..self.next(event)?
        };
        let bill = Bill::of(lines, &mut subscription.credit_minor, &catalogue.currency, (period.start, period.end))?;
        Ok(Transition { event, at, subscription, bills: bill.into_iter().collect(), notice: None })
    }

    /// Opens a period at `at`, in which what waited for it takes effect unless use is beyond its limits.
    fn open_next(
        &self,
        event: SubscriptionEvent,
        at: Timestamp,
        anchor_day: i8,
        billing: &Billing<'_>,
    ) -> Result<Transition, Error> {
        let same = (self.plan.clone(), self.cycle);
        let (plan, cycle, notice) = match &self.pending_change {
            None => (same.0, same.1, None),
            Some(PendingChange { plan, cycle, .. }) => {
                let target = billing.catalogues.opening(plan, self.catalogue_version).ok();
                match target.map(|(_, target)| blocked_by(target, billing.used)) {
                    Some(none) if none.is_empty() => (plan.clone(), *cycle, None),
                    // A plan that is offered no more is never reached, and the one in force goes on.
                    blocked => (same.0, same.1, Some(Notice::DowngradeBlocked(blocked.unwrap_or_default()))),
                }
            }
        };
        let opening = Opening { event, plan, cycle, at, anchor_day };
        Ok(Transition { notice, ..self.open(opening, billing, Vec::new())? })
    }

    /// The trial is bought: the first period opens and is billed.
    pub fn activate(&self, billing: &Billing<'_>, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::Activate;
        self.after(event)?;
        let at = self.not_before(now);
        self.open_next(event, at, anchor_of(at)?, billing)
    }

    /// One that has ended begins again, on this plan, with a new period.
    pub(super) fn reopen(
        &self,
        (plan, cycle): (&str, Cycle),
        at: Timestamp,
        billing: &Billing<'_>,
    ) -> Result<Transition, Error> {
        let event = SubscriptionEvent::Reactivate;
        self.after(event)?;
        let fresh = Self { cancel_at_period_end: false, ..self.clone() };
        let opening = Opening { event, plan: plan.to_owned(), cycle, at, anchor_day: anchor_of(at)? };
        fresh.open(opening, billing, Vec::new())
    }

    /// A new period of another cycle opens in place of the rest of this one, which is credited.
    pub(super) fn exchange(
        &self,
        (plan, cycle): (&str, Cycle),
        at: Timestamp,
        billing: &Billing<'_>,
        credit: Vec<InvoiceLine>,
    ) -> Result<Transition, Error> {
        let (grace_end, owed) = (self.grace_end, self.owed);
        let opening = Opening {
            event: SubscriptionEvent::ChangePlan,
            plan: plan.to_owned(),
            cycle,
            at,
            anchor_day: anchor_of(at)?,
        };
        let mut changed = self.open(opening, billing, credit)?;
        // A payment that is owed stays owed.
        (changed.subscription.grace_end, changed.subscription.owed) = (grace_end, owed);
        Ok(changed)
    }

    /// Carries out what time brings at `due`, as of then.
    pub fn elapse(&self, due: Due, billing: &Billing<'_>) -> Result<Transition, Error> {
        let Due { at, event } = due;
        if event == SubscriptionEvent::Renew {
            self.after(event)?;
            return self.open_next(event, at, self.anchor_day, billing);
        }
        let next = self.next(event)?;
        if next.state.has_ended() { next.ended(self, event, at, billing) } else { Ok(next.unbilled(event, at)) }
    }

    /// It ends with its period, and not renewed: while that ended nobody could use it.
    pub fn lapse(&self, billing: &Billing<'_>) -> Result<Transition, Error> {
        let unrenewed = Self { cancel_at_period_end: true, ..self.clone() };
        unrenewed.elapse(Due { at: self.period_end, event: SubscriptionEvent::PeriodEnded }, billing)
    }

    /// The end of `before`, with a last bill for what was used.
    fn ended(
        mut self,
        before: &Self,
        event: SubscriptionEvent,
        at: Timestamp,
        billing: &Billing<'_>,
    ) -> Result<Transition, Error> {
        let start = before.metered_from;
        let lines = before.used_lines(billing, at)?;
        let last = Bill::of(lines, &mut self.credit_minor, &before.currency, (start, at))?;
        let (pending_change, accrued) = (None, Vec::new());
        let subscription = Self { ended_at: Some(at), pending_change, metered_from: at, accrued, ..self };
        Ok(Transition { event, at, subscription, bills: last.into_iter().collect(), notice: None })
    }

    /// The payment of an invoice failed: everything goes on for seven days.
    pub fn payment_failed(&self, invoice: InvoiceId, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::PaymentFailed;
        let now = self.not_before(now);
        let grace_end = Some(now.plus_micros(GRACE));
        Ok(Self { grace_end, owed: Some(invoice), ..self.next(event)? }.unbilled(event, now))
    }

    /// Whether it waits for the payment of an invoice; of any where it is not known which one failed.
    #[must_use]
    pub fn owes(&self, invoice: InvoiceId) -> bool {
        matches!(self.state, SubscriptionState::PastDue | SubscriptionState::Suspended)
            && self.owed.is_none_or(|owed| owed == invoice)
    }

    /// The payment that was owed has come; after a suspension that outlasted the period a new one opens.
    pub fn payment_received(&self, billing: &Billing<'_>, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::PaymentReceived;
        let next = Self { grace_end: None, owed: None, ..self.next(event)? };
        if self.state == SubscriptionState::Suspended && self.period_end <= now {
            return self.open_next(event, now, anchor_of(now)?, billing);
        }
        Ok(next.unbilled(event, now))
    }

    /// It ends with its period.
    pub fn cancel_at_period_end(&self, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::CancelAtPeriodEnd;
        Ok(Self { cancel_at_period_end: true, ..self.next(event)? }.unbilled(event, now))
    }

    /// It ends now, with a credit note for the time not used if the catalogue says so.
    pub fn cancel_now(&self, billing: &Billing<'_>, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::CancelNow;
        let now = self.not_before(now);
        let catalogue = billing.catalogues.version(self.catalogue_version)?;
        let mut ended = self.next(event)?.ended(self, event, now, billing)?;
        // What has not been paid is not given back.
        let unused = if catalogue.credit_on_cancel && self.state != SubscriptionState::PastDue {
            self.credit(now, catalogue.rounding)?
        } else {
            None
        };
        if let Some(line) = unused.filter(|line| line.amount_minor != 0) {
            let rest = self.rest(now);
            ended.bills.push(Bill {
                kind: InvoiceKind::CreditNote,
                period_start: rest.start,
                period_end: rest.end,
                currency: self.currency.clone(),
                total_minor: sum(std::slice::from_ref(&line))?,
                lines: vec![line],
            });
        }
        Ok(ended)
    }

    /// Neither a downgrade nor a cancellation happens at the end of the period.
    pub fn withdraw(&self, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::Withdraw;
        let next = Self { pending_change: None, cancel_at_period_end: false, ..self.next(event)? };
        Ok(next.unbilled(event, now))
    }

    /// It is pinned to the newest version of the plans before it renews; nothing is billed by it.
    pub fn migrate(&self, catalogues: &Catalogues, now: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::Migrate;
        let next = self.next(event)?;
        let newest = catalogues.newest();
        let pending = self.pending_change.iter().map(|pending| &pending.plan);
        pending.chain([&self.plan]).try_for_each(|plan| newest.plan(plan).map(drop))?;
        Ok(Self { catalogue_version: newest.version, ..next }.unbilled(event, now))
    }

    /// A higher plan for the rest of the period: what was billed for it is credited, its price is charged.
    pub(super) fn raise(
        &self,
        plan: &Plan,
        at: Timestamp,
        catalogue: &PlanCatalogue,
        billing: &Billing<'_>,
    ) -> Result<(Self, Vec<InvoiceLine>), Error> {
        let price_minor = plan.price_minor(self.cycle);
        let text = format!("{}, rest of the period", described(&plan.id, self.cycle));
        let charged = self.share(LineKind::Plan, text, price_minor, at, catalogue.rounding)?;
        let lines = self.credit(at, catalogue.rounding)?.into_iter().chain([charged]).collect();
        let next = self.repriced(SubscriptionEvent::ChangePlan, at, billing)?;
        Ok((Self { plan: plan.id.clone(), price_minor, pending_change: None, ..next }, lines))
    }
}
