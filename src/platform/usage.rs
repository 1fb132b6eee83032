//! What a tenant has used: events of the host's own, totals by hour, day or month, and how much of each limit
//! is taken.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Platform;
use super::billing::EVER;
use super::services::{Usage, event};
use crate::error::Error;
use crate::id::UsageEventId;
use crate::store::BillingTx;
use crate::tenancy::{
    AuditEvent, Cycle, Feature, Limit, LimitKind, Permission, Recorded, SubscriptionState, UsageAdjustment, UsageEvent,
    UsageKind, UsageTotal, UsageWindow, VerifiedPrincipal,
};
use crate::time::Timestamp;

/// Use that a host tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUsage {
    /// What was used.
    pub kind: UsageKind,
    /// How much.
    pub quantity: u64,
    /// When; now when not given.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Key under which it counts once.
    pub idem_key: String,
    /// What else there is to tell; at most 8 names.
    #[serde(default)]
    pub dims: BTreeMap<String, String>,
}

/// An event as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedUsage {
    /// The event, the first one under its key.
    pub event: UsageEvent,
    /// Whether it had been recorded before.
    pub duplicate: bool,
}

/// How much of a limit is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitUse {
    /// The limit.
    pub kind: LimitKind,
    /// How much the plan allows.
    pub limit: Limit,
    /// How much is used.
    pub used: u64,
    /// How much more is held for work under way.
    pub reserved: u64,
    /// Both together in millionths of the limit; absent where there is none to compare with.
    pub used_ppm: Option<u64>,
}

/// Where a tenant stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// The plan.
    pub plan: String,
    /// Version of the catalogue that it is read from.
    pub catalogue_version: u32,
    /// How it is paid.
    pub cycle: Cycle,
    /// What the subscription allows now.
    pub state: SubscriptionState,
    /// Start of the period.
    pub period_start: Timestamp,
    /// End of it.
    pub period_end: Timestamp,
    /// Limits of the plan and what is taken of them.
    pub limits: Vec<LimitUse>,
    /// How many organizations there are.
    pub organizations: u64,
    /// Features of the plan, those it includes among them.
    pub features: BTreeSet<Feature>,
}

/// `taken` in millionths of a limit.
fn ppm(limit: Limit, taken: u64) -> Option<u64> {
    match limit {
        Limit::At(most) if most > 0 => {
            Some(u64::try_from(u128::from(taken) * 1_000_000 / u128::from(most)).unwrap_or(u64::MAX))
        }
        _ => None,
    }
}

/// The most of a kind that one bill takes.
const MOST_BILLED: u64 = 1 << 53;

/// Refuses an event, recorded already, with which there would be more of its kind than a bill takes: the next
/// could not be made.
fn require_billable(tx: &mut dyn BillingTx, event: &UsageEvent, late: bool) -> Result<(), Error> {
    let total = if late {
        let waiting = tx.adjustments()?.into_iter().filter(|waiting| waiting.kind == event.kind);
        waiting.fold(event.quantity, |sum, waiting| sum.saturating_add(waiting.quantity))
    } else {
        let subscription = tx.subscription()?;
        let accrued = subscription.accrued.iter().filter(|line| line.text == event.kind.name());
        let since = tx.usage_total(event.kind, subscription.metered_from, Timestamp::from_micros(i64::MAX));
        accrued.fold(since.unwrap_or(u64::MAX), |sum, line| sum.saturating_add(line.quantity))
    };
    if total <= MOST_BILLED {
        return Ok(());
    }
    let constraint = format!("at most {MOST_BILLED} of a kind in one bill, with what is recorded already");
    Err(Error::invalid_input("quantity", event.quantity, constraint))
}

impl Usage<'_> {
    /// Records use that the host tells of, once under its key. What falls into a time that has been billed is
    /// adjusted on the next invoice; what is dated more than 5 minutes ahead is refused.
    pub fn record(&self, principal: &VerifiedPrincipal, new: &NewUsage) -> Result<RecordedUsage, Error> {
        let platform: &Platform = self.0;
        let cx = platform.require(principal, Permission::ConfigureIntegrations, "usage.record")?;
        let told = UsageEvent {
            id: UsageEventId::new(&*platform.ids, cx.now()),
            idem_key: new.idem_key.clone(),
            kind: new.kind,
            quantity: new.quantity,
            at: new.at.unwrap_or(cx.now()),
            run_id: None,
            dims: new.dims.clone(),
        };
        told.check(cx.now())?;
        let mut tx = platform.begin(&cx)?;
        if tx.record_usage(&told)? == Recorded::Duplicate {
            let first = tx.usage_event(&told.idem_key)?.unwrap_or(told);
            platform.count_usage(new.kind, Recorded::Duplicate);
            return Ok(RecordedUsage { event: first, duplicate: true });
        }
        let subscription = tx.subscription()?;
        let late = (subscription.billable_from..subscription.metered_from).contains(&told.at);
        require_billable(&mut *tx, &told, late)?;
        if late {
            let UsageEvent { idem_key, kind, quantity, at, .. } = told.clone();
            tx.insert_adjustment(&UsageAdjustment { idem_key, kind, quantity, at })?;
        }
        tx.append_audit(&AuditEvent {
            detail: json!({"kind": told.kind, "quantity": told.quantity, "at": told.at, "late": late}),
            ..event(&cx.user().to_string(), "usage.record", "usage_event", &told.id.to_string(), cx.now())
        })?;
        tx.commit()?;
        platform.count_usage(told.kind, Recorded::New);
        platform.count_record("ok");
        Ok(RecordedUsage { event: told, duplicate: false })
    }

    /// What was used of `kind` in each hour, day or month of [from, to), oldest first, those without use left
    /// out; both are starts of such a window.
    pub fn totals(
        &self,
        principal: &VerifiedPrincipal,
        kind: UsageKind,
        (from, to): (Timestamp, Timestamp),
        by: UsageWindow,
    ) -> Result<Vec<UsageTotal>, Error> {
        let unaligned = [("from", from), ("to", to)].into_iter().filter(|(_, at)| by.start(*at) != *at);
        let constraint = match by {
            UsageWindow::Hour => "the start of an hour in UTC",
            UsageWindow::Day => "the start of a day in UTC",
            UsageWindow::Month => "the start of a month in UTC",
        };
        let problems = unaligned.map(|(field, at)| Error::invalid_input(field, at.as_micros(), constraint)).collect();
        if let Some(error) = Error::collect(problems) {
            return Err(error);
        }
        let cx = self.0.require(principal, Permission::ViewTenantAnalytics, "usage.read")?;
        by.sum(&self.0.store.read(&cx)?.usage_hours(kind, from, to)?)
    }

    /// Plan, state and period, and how much of each limit is taken.
    pub fn report(&self, principal: &VerifiedPrincipal) -> Result<UsageReport, Error> {
        let cx = self.0.require(principal, Permission::ViewTenantAnalytics, "usage.report")?;
        let mut read = self.0.store.read(&cx)?;
        let subscription = read.subscription()?;
        let mut limits = Vec::new();
        for (kind, window) in [
            (LimitKind::Users, EVER),
            (LimitKind::StorageBytes, EVER),
            (LimitKind::RunsPerMonth, cx.now().start_of_month()),
            (LimitKind::RequestsPerMinute, EVER),
        ] {
            let (used, reserved) = match kind {
                LimitKind::Users => (read.active_users()?, 0),
                LimitKind::RequestsPerMinute => (self.0.rate.used(cx.tenant(), cx.now()), 0),
                _ => {
                    let committed = read.committed(kind, window)?;
                    (committed, read.quota(kind, window, cx.now())?.saturating_sub(committed))
                }
            };
            let limit = cx.limit(kind);
            limits.push(LimitUse { kind, limit, used, reserved, used_ppm: ppm(limit, used.saturating_add(reserved)) });
        }
        Ok(UsageReport {
            state: subscription.state_at(cx.now()),
            plan: subscription.plan,
            catalogue_version: subscription.catalogue_version,
            cycle: subscription.cycle,
            period_start: subscription.period_start,
            period_end: subscription.period_end,
            limits,
            organizations: read.list_organizations()?.len() as u64,
            features: cx.features(),
        })
    }
}
