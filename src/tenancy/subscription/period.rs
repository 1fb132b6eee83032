//! A period of a subscription: where it ends, what is left of it, and what is billed for it.

use super::{Cycle, Subscription, end_of_time};
use crate::error::Error;
use crate::tenancy::invoice::{InvoiceLine, LineKind};
use crate::tenancy::plan::{Plan, PlanCatalogue};
use crate::tenancy::proration::Rounding;
use crate::time::Timestamp;

/// A half-open span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Period {
    /// The period of `cycle` that begins at `start`, in a row of periods that begin on `anchor_day`.
    pub(super) fn from(start: Timestamp, cycle: Cycle, anchor_day: i8) -> Result<Self, Error> {
        let end = start.plus_months(cycle.months(), anchor_day);
        let end = end.ok_or_else(|| Error::undefined("period_end", "the period ends beyond the year 9999"))?;
        Ok(Self { start, end })
    }

    fn micros(self) -> u64 {
        u64::try_from(i128::from(self.end.as_micros()) - i128::from(self.start.as_micros())).unwrap_or(0)
    }
}

/// The day of the month of an instant.
pub(super) fn anchor_of(at: Timestamp) -> Result<i8, Error> {
    at.day_of_month().ok_or_else(|| Error::undefined("anchor_day", "the instant is beyond the year 9999"))
}

impl Subscription {
    /// What is left of the period at `at`.
    pub(super) fn rest(&self, at: Timestamp) -> Period {
        Period { start: at.max(self.period_start).min(self.period_end), end: self.period_end }
    }

    fn whole(&self) -> Period {
        Period { start: self.period_start, end: self.period_end }
    }

    /// A line for the rest of the period from `at` at a price for the whole of it.
    pub(super) fn share(
        &self,
        kind: LineKind,
        text: String,
        price_minor: i64,
        at: Timestamp,
        rounding: Rounding,
    ) -> Result<InvoiceLine, Error> {
        let rest = self.rest(at);
        InvoiceLine {
            kind,
            text,
            quantity: 1,
            unit_minor: price_minor,
            part: rest.micros(),
            whole: self.whole().micros(),
            amount_minor: 0,
            period_start: rest.start,
            period_end: rest.end,
        }
        .priced(rounding)
    }

    /// The credit for what was billed for the rest of the period, if anything was.
    pub(super) fn credit(&self, at: Timestamp, rounding: Rounding) -> Result<Option<InvoiceLine>, Error> {
        if self.price_minor == 0 || self.period_end == end_of_time() {
            return Ok(None);
        }
        let text = format!("{}, unused", described(&self.plan, self.cycle));
        self.share(LineKind::Credit, text, -self.price_minor, at, rounding).map(Some)
    }
}

/// The line for a whole period of a plan.
pub(super) fn charge(
    plan: &Plan,
    cycle: Cycle,
    period: Period,
    catalogue: &PlanCatalogue,
) -> Result<InvoiceLine, Error> {
    InvoiceLine {
        kind: LineKind::Plan,
        text: described(&plan.id, cycle),
        quantity: 1,
        unit_minor: plan.price_minor(cycle),
        part: 1,
        whole: 1,
        amount_minor: 0,
        period_start: period.start,
        period_end: period.end,
    }
    .priced(catalogue.rounding)
}

pub(super) fn described(plan: &str, cycle: Cycle) -> String {
    format!("{plan}, {}", cycle.name().to_lowercase())
}
