//! Changes of plan: what a change would cost and when it would take effect, told before it is made.
//!
//! The token of a preview is its instant, plan and cycle with a digest over all that was told and all that
//! it was worked out from. Carrying it out works the same out again, as of that instant, and compares: an
//! invented token, another subscription, another version of it or of the plans all give another digest. So
//! nothing needs to be kept between the two, and no secret is needed: who writes a token by hand can only
//! ask for what the preview of that instant would have said.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::machine::{Billing, Transition};
use super::period::{Period, anchor_of, charge};
use super::{Blocked, Cycle, PendingChange, Subscription, SubscriptionEvent, SubscriptionState, blocked_by};
use crate::error::Error;
use crate::model::canonical_json;
use crate::tenancy::audit::hex;
use crate::tenancy::invoice::{Bill, InvoiceLine, sum};
use crate::tenancy::plan::Plan;
use crate::time::Timestamp;

/// For how long a preview is honoured.
const HONOURED: i64 = 600_000_000;

/// Whether a change leads to a dearer plan, by monthly price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To a dearer plan.
    Upgrade,
    /// To a cheaper one.
    Downgrade,
    /// The plan stays.
    Same,
}

/// What a change of plan would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Whether it leads to a dearer plan.
    pub direction: Direction,
    /// The plan.
    pub plan: String,
    /// How it would be paid.
    pub cycle: Cycle,
    /// When it would take effect.
    pub effective_at: Timestamp,
    /// What would be billed by it, before credit of earlier invoices.
    pub lines: Vec<InvoiceLine>,
    /// The sum of the lines, minor units; below 0 it becomes credit for later invoices.
    pub net_minor: i64,
    /// Currency of the amounts.
    pub currency: String,
    /// The limits of the plan that today's use is beyond; while there is one it cannot be carried out.
    pub blocked_by: Vec<Blocked>,
    /// By which it is carried out.
    pub token: String,
    /// Until when it is honoured.
    pub expires_at: Timestamp,
}

/// A change of plan that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanChange {
    /// The plan.
    pub plan: String,
    /// How it is to be paid; as it is now when not given.
    #[serde(default)]
    pub cycle: Option<Cycle>,
}

/// What a token says; whether it is true is found by working the preview out again.
struct Quoted {
    at: Timestamp,
    change: PlanChange,
}

impl Quoted {
    fn read(token: &str) -> Result<Self, Error> {
        let refuse = || Error::invalid_input("token", token, "the token of a preview");
        let parts: Vec<_> = token.split('.').collect();
        let [at, plan, cycle, _] = parts[..] else { return Err(refuse()) };
        let at = at.parse().map(Timestamp::from_micros).map_err(|_| refuse())?;
        let cycle = Cycle::parse(cycle).map_err(|_| refuse())?;
        Ok(Self { at, change: PlanChange { plan: plan.to_owned(), cycle: Some(cycle) } })
    }
}

fn stale(why: &str) -> Error {
    Error::conflict("preview_stale", why).with_hint("ask for a new preview")
}

impl Subscription {
    /// What a change of plan at `now` would do. The subscription is as of now: what time brings before has
    /// been carried out.
    pub fn preview(&self, change: &PlanChange, billing: &Billing<'_>, now: Timestamp) -> Result<Preview, Error> {
        self.quote(change, billing, now).map(|(preview, _)| preview)
    }

    /// Carries out a preview by its token, as of its own instant and with its amounts.
    ///
    /// `preview_stale` when it is not honoured any longer, or something that it was worked out from has
    /// changed; `blocked` when use is beyond the limits of its plan.
    pub fn carry_out(&self, token: &str, billing: &Billing<'_>, now: Timestamp) -> Result<Transition, Error> {
        let quoted = Quoted::read(token)?;
        if now < quoted.at || quoted.at.plus_micros(HONOURED) <= now {
            return Err(stale("a preview is honoured for 10 minutes"));
        }
        let (preview, transition) = self.quote(&quoted.change, billing, quoted.at).map_err(|error| {
            // What was offered then is not even thinkable now.
            stale("the subscription or the plans have changed").with("why", error.to_string())
        })?;
        if preview.token != token {
            return Err(stale("the subscription or the plans have changed"));
        }
        require_unblocked(&preview)?;
        Ok(transition)
    }

    /// When a change that is made at `now` closes the metering of use: at the instant of the preview that it
    /// carries out, if it does that.
    pub fn metered_until(&self, token: Option<&str>, now: Timestamp) -> Result<Timestamp, Error> {
        let quoted = token.map(Quoted::read).transpose()?;
        Ok(self.not_before(quoted.map_or(now, |quoted| quoted.at)).max(self.metered_from))
    }

    /// Reactivates a subscription that has ended, on this plan.
    pub fn reactivate(&self, change: &PlanChange, billing: &Billing<'_>, now: Timestamp) -> Result<Transition, Error> {
        self.after(SubscriptionEvent::Reactivate)?;
        let (preview, transition) = self.quote(change, billing, now)?;
        require_unblocked(&preview)?;
        Ok(transition)
    }

    fn quote(
        &self,
        change: &PlanChange,
        billing: &Billing<'_>,
        now: Timestamp,
    ) -> Result<(Preview, Transition), Error> {
        let at = self.not_before(now);
        let cycle = change.cycle.unwrap_or(self.cycle);
        let pinned = billing.catalogues.version(self.catalogue_version)?;
        let newest = billing.catalogues.newest();
        let current = pinned.plan(&self.plan)?;
        let over = self.period_end <= self.not_before(now);
        let opens = self.state.has_ended()
            || self.state == SubscriptionState::Trial
            || (self.state == SubscriptionState::Suspended && over)
            || cycle != self.cycle;
        // What opens a period is of the newest plans, what changes one of those it was opened under.
        let known = if opens {
            billing.catalogues.opening(&change.plan, self.catalogue_version)?.1
        } else {
            pinned.plan(&change.plan).or_else(|_| newest.plan(&change.plan))?
        };
        let direction = if known.id == current.id {
            Direction::Same
        } else if known.monthly_minor > current.monthly_minor {
            Direction::Upgrade
        } else {
            Direction::Downgrade
        };
        let event = if self.state.has_ended() { SubscriptionEvent::Reactivate } else { SubscriptionEvent::ChangePlan };
        self.after(event)?;
        if event == SubscriptionEvent::ChangePlan && direction == Direction::Same && cycle == self.cycle {
            return Err(Error::invalid_input(
                "plan",
                change.plan.clone(),
                "another plan or cycle than the one in force",
            ));
        }
        let target = (known.id.as_str(), cycle);
        let (lines, transition) = match self.state {
            SubscriptionState::Cancelled | SubscriptionState::Expired => {
                (vec![self.opened(target, at, billing)?], self.reopen(target, at, billing)?)
            }
            // Nothing has been billed, or nothing is left of what was: the next period is of the new plan.
            SubscriptionState::Trial => (Vec::new(), self.replaced(target, at, billing)?),
            SubscriptionState::Suspended if over => (Vec::new(), self.replaced(target, at, billing)?),
            SubscriptionState::PastDue if over => return Err(self.owed(event)),
            SubscriptionState::Active | SubscriptionState::PastDue | SubscriptionState::Suspended => match direction {
                Direction::Downgrade => (Vec::new(), self.postponed(target, at)?),
                Direction::Upgrade if cycle == self.cycle && !self.is_endless() => {
                    let plan = pinned.plan(&known.id)?;
                    let (next, lines) = self.raise(plan, at, pinned, billing)?;
                    (lines.clone(), next.billed(lines, at)?)
                }
                Direction::Upgrade | Direction::Same => {
                    let credit: Vec<_> = self.credit(at, pinned.rounding)?.into_iter().collect();
                    let lines = credit.iter().cloned().chain([self.opened(target, at, billing)?]).collect();
                    (lines, self.exchange(target, at, billing, credit)?)
                }
            },
        };
        // What has not been paid buys nothing else.
        if matches!(self.state, SubscriptionState::PastDue | SubscriptionState::Suspended) && sum(&lines)? < 0 {
            return Err(self.owed(event));
        }
        let pending = transition.subscription.pending_change.is_some();
        let mut preview = Preview {
            direction,
            plan: known.id.clone(),
            cycle,
            effective_at: if pending { self.period_end } else { at },
            net_minor: sum(&lines)?,
            lines,
            currency: newest.currency.clone(),
            blocked_by: self.blocking(known, billing),
            token: String::new(),
            expires_at: now.plus_micros(HONOURED),
        };
        preview.token = self.token(&preview, (&pinned.hash(), &newest.hash()), now);
        Ok((preview, transition))
    }

    fn owed(&self, event: SubscriptionEvent) -> Error {
        self.illegal(event).with_hint("what is owed is paid first")
    }

    /// The line for the period that a change opens at `at`.
    fn opened(&self, (plan, cycle): (&str, Cycle), at: Timestamp, billing: &Billing<'_>) -> Result<InvoiceLine, Error> {
        let (catalogue, plan) = billing.catalogues.opening(plan, self.catalogue_version)?;
        charge(plan, cycle, Period::from(at, cycle, anchor_of(at)?)?, catalogue)
    }

    /// The plan takes effect at once and costs nothing before the next period.
    fn replaced(
        &self,
        (plan, cycle): (&str, Cycle),
        at: Timestamp,
        billing: &Billing<'_>,
    ) -> Result<Transition, Error> {
        let event = SubscriptionEvent::ChangePlan;
        let (catalogue, plan) = billing.catalogues.opening(plan, self.catalogue_version)?;
        let (plan, catalogue_version) = (plan.id.clone(), catalogue.version);
        let next = self.repriced(event, at, billing)?;
        let next = Self { plan, catalogue_version, cycle, pending_change: None, ..next };
        Ok(next.unbilled(event, at))
    }

    /// The plan takes effect at the end of the period.
    fn postponed(&self, (plan, cycle): (&str, Cycle), at: Timestamp) -> Result<Transition, Error> {
        let event = SubscriptionEvent::ChangePlan;
        let pending_change = Some(PendingChange { plan: plan.to_owned(), cycle, requested_at: at });
        Ok(Self { pending_change, ..self.next(event)? }.unbilled(event, at))
    }

    /// With a bill of these lines for the rest of the period.
    fn billed(mut self, lines: Vec<InvoiceLine>, at: Timestamp) -> Result<Transition, Error> {
        let rest = self.rest(at);
        let bill = Bill::of(lines, &mut self.credit_minor, &self.currency.clone(), (rest.start, rest.end))?;
        let event = SubscriptionEvent::ChangePlan;
        Ok(Transition { event, at, subscription: self, bills: bill.into_iter().collect(), notice: None })
    }

    /// What stands in the way; a plan that stays is never in its own.
    fn blocking(&self, target: &Plan, billing: &Billing<'_>) -> Vec<Blocked> {
        if target.id == self.plan { Vec::new() } else { blocked_by(target, billing.used) }
    }

    fn token(&self, preview: &Preview, catalogues: (&str, &str), now: Timestamp) -> String {
        let told = json!({
            "subscription": self, "catalogues": catalogues, "effective_at": preview.effective_at,
            "lines": preview.lines, "net_minor": preview.net_minor, "direction": preview.direction,
        });
        let digest = hex(&Sha256::digest(canonical_json(&told).as_bytes()));
        format!("{}.{}.{}.{digest}", now.as_micros(), preview.plan, preview.cycle.name())
    }
}

fn require_unblocked(preview: &Preview) -> Result<(), Error> {
    if preview.blocked_by.is_empty() {
        return Ok(());
    }
    let beyond: Vec<_> = preview
        .blocked_by
        .iter()
        .map(|blocked| format!("{} {} > {}", blocked.kind.name(), blocked.used, blocked.limit))
        .collect();
    Err(Error::conflict("blocked", format!("change to {}: {}", preview.plan, beyond.join(", ")))
        .with("blocked_by", json!(preview.blocked_by))
        .with_hint("bring use within the limits of the plan first"))
}
