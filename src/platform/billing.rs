//! How a change of a subscription is kept: the row, its history, the invoices with their outbox and the audit
//! record in one transaction; and how what time brings is written down.
//!
//! What is kept raises the tenant's authorisation version, so that the next call in every process is decided
//! by it.

use serde_json::json;

use super::Platform;
use super::services::event;
use crate::error::Error;
use crate::id::{InvoiceId, TenantId};
use crate::store::BillingTx;
use crate::tenancy::{
    AuditEvent, Bill, Billing, Invoice, LimitKind, LineKind, PlatformCtx, Subscription, SubscriptionChange,
    SubscriptionEvent, TenantCtx, TenantStatus, Transition, UsageAdjustment, UsageKind, Used,
};
use crate::time::Timestamp;

/// Who is on record for what time brings.
const CLOCK: &str = "clock";

/// The start of the window of limits that never begin anew.
pub(super) const EVER: Timestamp = Timestamp::from_micros(0);

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// The subscription after it.
    pub subscription: Subscription,
    /// What was billed by it.
    pub invoices: Vec<Invoice>,
}

/// What changes depend on beside the subscription, read in one transaction.
pub(super) struct Facts {
    used: [Used; 2],
    metered: Vec<(UsageKind, u64)>,
    adjustments: Vec<UsageAdjustment>,
}

impl Facts {
    /// As of the instant at which the metering closes.
    pub(super) fn read(
        platform: &Platform,
        tx: &mut dyn BillingTx,
        subscription: &Subscription,
        closes: Timestamp,
    ) -> Result<Self, Error> {
        let used = [
            Used { kind: LimitKind::Users, used: tx.active_users()? },
            Used { kind: LimitKind::StorageBytes, used: tx.quota(LimitKind::StorageBytes, EVER, closes)? },
        ];
        let mut metered = Vec::new();
        // Only what has a price is summed.
        let catalogue = platform.catalogues.version(subscription.catalogue_version)?;
        for kind in catalogue.plan(&subscription.plan)?.usage.keys() {
            metered.push((*kind, tx.usage_total(*kind, subscription.metered_from, closes)?));
        }
        Ok(Self { used, metered, adjustments: tx.adjustments()? })
    }

    pub(super) fn billing<'a>(&'a self, platform: &'a Platform) -> Billing<'a> {
        Billing {
            catalogues: &platform.catalogues,
            used: &self.used,
            metered: &self.metered,
            adjustments: &self.adjustments,
        }
    }
}

/// How a change was asked for: the preview that it carries out, and the key under which it is made once.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    pub(super) token: Option<&'a str>,
    pub(super) idem_key: Option<&'a str>,
}

impl Platform {
    /// A change as its history keeps it, and what was billed by it as drafts.
    pub(super) fn change(
        &self,
        transition: Transition,
        actor: &str,
        asked: Asked<'_>,
    ) -> (SubscriptionChange, Vec<Invoice>) {
        let Transition { event, at, subscription, bills, notice } = transition;
        let draft = |bill: Bill| bill.draft(InvoiceId::new(&*self.ids, at), at);
        let drafts: Vec<_> = bills.into_iter().map(draft).collect();
        let change = SubscriptionChange {
            event,
            at,
            actor: actor.to_owned(),
            subscription,
            invoices: drafts.iter().map(|invoice| invoice.id).collect(),
            notice,
            token: asked.token.map(str::to_owned),
            idem_key: asked.idem_key.map(str::to_owned),
        };
        (change, drafts)
    }

    /// Keeps a change of `before`, with all that follows from it.
    pub(super) fn keep(
        &self,
        tx: &mut dyn BillingTx,
        before: &Subscription,
        transition: Transition,
        actor: &str,
        asked: Asked<'_>,
    ) -> Result<Changed, Error> {
        let (change, drafts) = self.change(transition, actor, asked);
        let mut invoices = Vec::new();
        for draft in &drafts {
            invoices.push(tx.insert_invoice(draft)?);
        }
        // What came late is billed once.
        let bills_late = |invoice: &&Invoice| invoice.lines.iter().any(|line| line.kind == LineKind::Adjustment);
        if let Some(invoice) = invoices.iter().find(bills_late) {
            tx.settle_adjustments(invoice.id)?;
        }
        tx.set_subscription(before.version, &change.subscription)?;
        tx.insert_change(&change)?;
        let subscription = change.subscription;
        let total =
            |invoice: &Invoice| json!({"id": invoice.id, "number": invoice.number, "total_minor": invoice.total_minor});
        tx.append_audit(&AuditEvent {
            detail: json!({
                "before": before.facts(), "after": subscription.facts(), "notice": change.notice,
                "invoices": invoices.iter().map(total).collect::<Vec<_>>(),
            }),
            ..event(
                actor,
                &format!("subscription.{}", change.event.name()),
                "subscription",
                &subscription.id.to_string(),
                self.clock.now(),
            )
        })?;
        Ok(Changed { subscription, invoices })
    }

    /// Carries out everything that time has brought by `now`, and gives the subscription as it then is. For a
    /// tenant that is deactivated nothing renews.
    pub(super) fn bring_forward(&self, tx: &mut dyn BillingTx, now: Timestamp) -> Result<(Subscription, u64), Error> {
        let mut subscription = tx.subscription()?;
        let mut done = 0;
        while let Some(due) = subscription.due().filter(|due| due.at <= now) {
            if due.event == SubscriptionEvent::Renew && tx.tenant_status()? == TenantStatus::Deactivated {
                break;
            }
            let facts = Facts::read(self, tx, &subscription, due.at)?;
            let transition = subscription.elapse(due, &facts.billing(self))?;
            subscription = self.keep(tx, &subscription, transition, CLOCK, Asked::default())?.subscription;
            done += 1;
        }
        Ok((subscription, done))
    }

    /// Ends the subscription of a tenant that is to be active again where its period is over: for the time
    /// between nothing is billed.
    pub(super) fn lapse(&self, cx: &PlatformCtx, tenant: TenantId) -> Result<(), Error> {
        let mut tx = self.store.billing(cx, tenant)?;
        let (subscription, mut records) = self.bring_forward(&mut *tx, cx.now())?;
        if subscription.due().is_some_and(|due| due.at <= cx.now()) {
            let facts = Facts::read(self, &mut *tx, &subscription, subscription.period_end)?;
            let ended = subscription.lapse(&facts.billing(self))?;
            self.keep(&mut *tx, &subscription, ended, cx.operator(), Asked::default())?;
            records += 1;
        }
        self.finish(tx, records)
    }

    /// Writes down what time has brought to the tenant of `cx`, if anything, so that what is decided next is
    /// decided by it.
    pub(super) fn bring_own_forward(&self, cx: &TenantCtx) -> Result<bool, Error> {
        let is_due = cx.subscription().due().is_some_and(|due| due.at <= cx.now());
        if !is_due || cx.tenant_status() == TenantStatus::Deactivated {
            return Ok(false);
        }
        let mut tx = self.store.write(cx)?;
        let (_, records) = self.bring_forward(&mut *tx, cx.now())?;
        self.finish(tx, records)?;
        Ok(true)
    }

    /// Commits, and counts the records that were written.
    pub(super) fn finish(&self, tx: Box<dyn BillingTx + '_>, records: u64) -> Result<(), Error> {
        tx.commit()?;
        (0..records).for_each(|_| self.count_record("ok"));
        Ok(())
    }
}
