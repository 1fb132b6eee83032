//! A tenant's subscription: what it holds, which state it is in at an instant, and which changes there are.
//!
//! Time alone moves a subscription too. [`Subscription::state_at`] tells what it is at an instant, whatever
//! was written by then; [`Subscription::due`] is the next change that time brings, and
//! [`Subscription::elapse`] carries it out as of the instant it was due, so that it does not matter when,
//! or how often, that is asked for. Everything here is a function of its arguments.

mod change;
mod machine;
mod period;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::invoice::InvoiceLine;
use super::plan::{LimitKind, Plan};
use crate::error::Error;
use crate::id::{InvoiceId, SubscriptionId};
use crate::time::Timestamp;

pub use change::{Direction, PlanChange, Preview};
pub use machine::{Billing, Notice, Transition};

/// How a subscription is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cycle {
    /// Each month.
    #[default]
    Monthly,
    /// Each quarter.
    Quarterly,
    /// Each year.
    Yearly,
}

impl Cycle {
    /// All three.
    pub const ALL: &'static [Self] = &[Self::Monthly, Self::Quarterly, Self::Yearly];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cycle::Monthly => "Monthly",
            Cycle::Quarterly => "Quarterly",
            Cycle::Yearly => "Yearly",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|cycle| cycle.name() == text)
            .ok_or_else(|| Error::invalid_input("cycle", text, "one of Monthly, Quarterly, Yearly"))
    }

    /// How many months a period lasts.
    #[must_use]
    pub fn months(self) -> i32 {
        match self {
            Cycle::Monthly => 1,
            Cycle::Quarterly => 3,
            Cycle::Yearly => 12,
        }
    }
}

/// What a subscription allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// Everything, without an invoice yet.
    Trial,
    /// Everything.
    Active,
    /// Everything until the grace is over.
    PastDue,
    /// Reading the subscription and changing the plan.
    Suspended,
    /// These, and for 30 days exports.
    Cancelled,
    /// As cancelled.
    Expired,
}

impl SubscriptionState {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SubscriptionState::Trial => "Trial",
            SubscriptionState::Active => "Active",
            SubscriptionState::PastDue => "PastDue",
            SubscriptionState::Suspended => "Suspended",
            SubscriptionState::Cancelled => "Cancelled",
            SubscriptionState::Expired => "Expired",
        }
    }

    /// Whether nothing but reactivation follows.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(self, SubscriptionState::Cancelled | SubscriptionState::Expired)
    }
}

/// What happens to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionEvent {
    /// A trial starts where there was none.
    Start,
    /// It is bought, where there was none or a trial.
    Activate,
    /// The trial is over.
    TrialEnded,
    /// The period is over and the next one begins.
    Renew,
    /// A payment failed.
    PaymentFailed,
    /// It came after all.
    PaymentReceived,
    /// The grace after a failed payment is over.
    GraceOver,
    /// It has been suspended for too long.
    SuspensionOver,
    /// It is cancelled as of the end of the period.
    CancelAtPeriodEnd,
    /// It is cancelled at once.
    CancelNow,
    /// What was to happen at the end of the period will not.
    Withdraw,
    /// The period of one that was cancelled is over.
    PeriodEnded,
    /// One that has ended begins again.
    Reactivate,
    /// Plan or cycle change, now or at the end of the period.
    ChangePlan,
    /// It is pinned to the newest version of the plans before it renews.
    Migrate,
}

impl SubscriptionEvent {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Start,
        Self::Activate,
        Self::TrialEnded,
        Self::Renew,
        Self::PaymentFailed,
        Self::PaymentReceived,
        Self::GraceOver,
        Self::SuspensionOver,
        Self::CancelAtPeriodEnd,
        Self::CancelNow,
        Self::Withdraw,
        Self::PeriodEnded,
        Self::Reactivate,
        Self::ChangePlan,
        Self::Migrate,
    ];

    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SubscriptionEvent::Start => "start",
            SubscriptionEvent::Activate => "activate",
            SubscriptionEvent::TrialEnded => "trial_ended",
            SubscriptionEvent::Renew => "renew",
            SubscriptionEvent::PaymentFailed => "payment_failed",
            SubscriptionEvent::PaymentReceived => "payment_received",
            SubscriptionEvent::GraceOver => "grace_over",
            SubscriptionEvent::SuspensionOver => "suspension_over",
            SubscriptionEvent::CancelAtPeriodEnd => "cancel_at_period_end",
            SubscriptionEvent::CancelNow => "cancel_now",
            SubscriptionEvent::Withdraw => "withdraw",
            SubscriptionEvent::PeriodEnded => "period_ended",
            SubscriptionEvent::Reactivate => "reactivate",
            SubscriptionEvent::ChangePlan => "change_plan",
            SubscriptionEvent::Migrate => "migrate",
        }
    }
}

/// A change of plan that waits for the end of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// The plan.
    pub plan: String,
    /// How it will be paid.
    pub cycle: Cycle,
    /// When it was asked for.
    pub requested_at: Timestamp,
}

/// A tenant's subscription to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The plan.
    pub plan: String,
    /// Version of the catalogue that the plan is read from.
    pub catalogue_version: u32,
    /// How it is paid.
    pub cycle: Cycle,
    /// What it allows, as of the last change; [`Subscription::state_at`] tells what it allows now.
    pub state: SubscriptionState,
    /// Start of the period.
    pub period_start: Timestamp,
    /// End of the period, which is the first instant after it; the end of time for a subscription that was
    /// kept before there were periods.
    #[serde(default = "end_of_time")]
    pub period_end: Timestamp,
    /// The day of the month, 1 to 31, on which periods begin; the last of the month in shorter ones.
    #[serde(default = "first_day")]
    pub anchor_day: i8,
    /// End of the trial.
    #[serde(default)]
    pub trial_end: Option<Timestamp>,
    /// Until when a failed payment changes nothing; it also starts the time of a suspension.
    #[serde(default)]
    pub grace_end: Option<Timestamp>,
    /// When it was cancelled or expired.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// What waits for the end of the period.
    #[serde(default)]
    pub pending_change: Option<PendingChange>,
    /// Whether it ends with the period.
    #[serde(default)]
    pub cancel_at_period_end: bool,
    /// What was billed for the whole of the current period, minor units; after an upgrade within it the
    /// price of the higher plan.
    #[serde(default)]
    pub price_minor: i64,
    /// Credit that later invoices use, minor units.
    #[serde(default)]
    pub credit_minor: i64,
    /// Currency of both.
    #[serde(default)]
    pub currency: String,
    /// From when on use is still to be billed; what is dated earlier and comes late is adjusted.
    #[serde(default)]
    pub metered_from: Timestamp,
    /// Use dated before is never billed: it fell into a trial.
    #[serde(default)]
    pub billable_from: Timestamp,
    /// Use since the last bill that a plan no longer in force has priced; billed with the rest.
    #[serde(default)]
    pub accrued: Vec<InvoiceLine>,
    /// The invoice whose payment failed, while that is past due or suspended for it.
    #[serde(default)]
    pub owed: Option<InvoiceId>,
    /// Raised by each change.
    pub version: u64,
}

fn end_of_time() -> Timestamp {
    Timestamp::from_micros(i64::MAX)
}

fn first_day() -> i8 {
    1
}

/// A change that time brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub event: SubscriptionEvent,
}

/// What counts against a limit of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The limit.
    pub kind: LimitKind,
    /// How much counts against it.
    pub used: u64,
}

/// A limit of a plan that today's use is beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// The limit.
    pub kind: LimitKind,
    /// How much counts against it.
    pub used: u64,
    /// The most that the plan allows.
    pub limit: u64,
}

/// The limits of `plan` that `used` is beyond.
fn blocked_by(plan: &Plan, used: &[Used]) -> Vec<Blocked> {
    use super::plan::Limit;
    let beyond = used.iter().filter(|used| !plan.limit(used.kind).allows(used.used));
    beyond
        .map(|&Used { kind, used }| {
            let limit = if let Limit::At(most) = plan.limit(kind) { most } else { 0 };
            Blocked { kind, used, limit }
        })
        .collect()
}

/// A change of a subscription, as its history keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionChange {
    /// What happened.
    pub event: SubscriptionEvent,
    /// As of when.
    pub at: Timestamp,
    /// Who did it: a user, an operator, or the clock.
    pub actor: String,
    /// The subscription after it.
    pub subscription: Subscription,
    /// What was billed by it.
    pub invoices: Vec<InvoiceId>,
    /// What else became of it.
    pub notice: Option<Notice>,
    /// The preview that it carried out.
    pub token: Option<String>,
    /// Key under which asking again gives this answer.
    pub idem_key: Option<String>,
}

const DAY: i64 = 86_400_000_000;
/// How long a trial lasts where nobody says otherwise, days.
pub const TRIAL_DAYS: u32 = 30;
const GRACE: i64 = 7 * DAY;
const SUSPENSION: i64 = 60 * DAY;
const EXPORTS: i64 = 30 * DAY;

impl Subscription {
    /// The state after `event`; `illegal_transition` where there is no such change.
    pub fn after(&self, event: SubscriptionEvent) -> Result<SubscriptionState, Error> {
        use SubscriptionEvent as E;
        use SubscriptionState as S;
        let flagged = self.cancel_at_period_end;
        match (self.state, event) {
            (S::Trial, E::Activate)
            | (S::Active, E::Renew)
            | (S::PastDue | S::Suspended, E::PaymentReceived)
            | (S::Cancelled | S::Expired, E::Reactivate) => Ok(S::Active),
            (S::Trial, E::TrialEnded) | (S::Suspended, E::SuspensionOver) => Ok(S::Expired),
            (S::Active, E::PaymentFailed) => Ok(S::PastDue),
            (S::PastDue, E::GraceOver) => Ok(S::Suspended),
            (S::Active | S::PastDue | S::Suspended, E::PeriodEnded) if flagged => Ok(S::Cancelled),
            (S::Active | S::PastDue | S::Trial, E::CancelNow) => Ok(S::Cancelled),
            (S::Active | S::PastDue, E::CancelAtPeriodEnd) if !flagged => Ok(self.state),
            (S::Active | S::PastDue | S::Suspended, E::Withdraw) if flagged || self.pending_change.is_some() => {
                Ok(self.state)
            }
            (S::Trial | S::Active | S::PastDue | S::Suspended, E::ChangePlan | E::Migrate) => Ok(self.state),
            (_, event) => Err(self.illegal(event)),
        }
    }

    pub(super) fn illegal(&self, event: SubscriptionEvent) -> Error {
        let from = self.state.name();
        Error::conflict("illegal_transition", format!("{} of a subscription that is {from}", event.name()))
            .with("current", from)
            .with("value", event.name())
    }

    /// The change that time brings next.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        self.due_in(self.state)
    }

    fn due_in(&self, state: SubscriptionState) -> Option<Due> {
        use SubscriptionEvent as E;
        let due = |at: Option<Timestamp>, event| at.map(|at| Due { at, event });
        let ends = || due(self.cancel_at_period_end.then_some(self.period_end), E::PeriodEnded);
        let first = |one: Option<Due>, other: Option<Due>| match (one, other) {
            (Some(one), Some(other)) => Some(if other.at < one.at { other } else { one }),
            (one, other) => one.or(other),
        };
        match state {
            SubscriptionState::Trial => due(self.trial_end, E::TrialEnded),
            SubscriptionState::Active => ends().or_else(|| due(Some(self.period_end), E::Renew)),
            SubscriptionState::PastDue => first(ends(), due(self.grace_end, E::GraceOver)),
            SubscriptionState::Suspended => {
                first(ends(), due(self.grace_end.map(|end| end.plus_micros(SUSPENSION)), E::SuspensionOver))
            }
            SubscriptionState::Cancelled | SubscriptionState::Expired => None,
        }
    }

    /// What it is at `now`, whether or not that has been written yet, and when it ended if it has.
    ///
    /// A clock that is set back takes nothing back: what was written stays.
    fn standing_at(&self, now: Timestamp) -> (SubscriptionState, Option<Timestamp>) {
        use SubscriptionEvent as E;
        let (mut state, mut ended) = (self.state, self.ended_at);
        while let Some(due) = self.due_in(state).filter(|due| due.at <= now) {
            state = match due.event {
                E::TrialEnded | E::SuspensionOver => SubscriptionState::Expired,
                E::PeriodEnded => SubscriptionState::Cancelled,
                E::GraceOver => SubscriptionState::Suspended,
                // It stays active, period after period.
                _ => return (state, ended),
            };
            if state.has_ended() {
                ended = Some(due.at);
            }
        }
        (state, ended)
    }

    /// What it allows at `now`.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> SubscriptionState {
        self.standing_at(now).0
    }

    /// Whether it has ended, and no longer ago than what is kept may still be exported.
    #[must_use]
    pub fn exports_at(&self, now: Timestamp) -> bool {
        let (state, ended) = self.standing_at(now);
        state.has_ended() && ended.is_some_and(|ended| now < ended.plus_micros(EXPORTS))
    }

    /// Whether it was kept before there were periods.
    fn is_endless(&self) -> bool {
        self.period_end == end_of_time()
    }

    /// What the audit chain tells of it.
    #[must_use]
    pub(crate) fn facts(&self) -> serde_json::Value {
        json!({
            "plan": self.plan, "cycle": self.cycle, "state": self.state, "catalogue_version": self.catalogue_version,
            "period_start": self.period_start, "period_end": self.period_end, "version": self.version,
        })
    }
}
