//! What billing keeps of a tenant, in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::{Owned, Transaction};
use crate::error::Error;
use crate::id::InvoiceId;
use crate::store::{BillingRead, BillingTx, absent, duplicate, require_changeable, require_subscribable, usage_sum};
use crate::tenancy::{
    Invoice, InvoiceState, LimitKind, Subscription, SubscriptionChange, TenantStatus, UsageAdjustment, UsageEvent,
    UsageKind, UsageTotal,
};
use crate::time::Timestamp;

/// History, invoices, outbox and rolled-up use of a tenant.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Oldest first.
    changes: Vec<SubscriptionChange>,
    /// By number, from 1.
    invoices: Vec<Invoice>,
    /// Numbers of those that have not been handed on.
    pub(super) outbox: BTreeSet<u64>,
    hours: BTreeMap<(UsageKind, Timestamp), u128>,
    /// Those that wait for an invoice.
    adjustments: BTreeMap<String, UsageAdjustment>,
    /// Keys of those that an invoice has taken.
    settled: BTreeSet<String>,
}

impl Ledger {
    /// As a tenant begins.
    pub(super) fn begun(change: &SubscriptionChange, drafts: &[Invoice]) -> Result<Self, Error> {
        let mut ledger = Self {
            changes: vec![change.clone()],
            invoices: Vec::new(),
            outbox: BTreeSet::new(),
            hours: BTreeMap::new(),
            adjustments: BTreeMap::new(),
            settled: BTreeSet::new(),
        };
        for draft in drafts {
            ledger.issue(draft)?;
        }
        Ok(ledger)
    }

    fn issue(&mut self, draft: &Invoice) -> Result<Invoice, Error> {
        let number = self.invoices.len() as u64 + 1;
        if self.invoices.iter().any(|known| known.id == draft.id) {
            return Err(duplicate("invoice"));
        }
        let issued = draft.issued(number)?;
        self.invoices.push(issued.clone());
        self.outbox.insert(number);
        Ok(issued)
    }

    fn place(&self, id: InvoiceId) -> Result<usize, Error> {
        self.invoices.iter().position(|invoice| invoice.id == id).ok_or_else(|| absent("invoice"))
    }
}

impl Transaction<'_> {
    /// Counts an event in its hour, too.
    pub(super) fn roll_up(&mut self, event: &UsageEvent) -> Result<(), Error> {
        let (key, quantity) = ((event.kind, event.at.start_of_hour()), u128::from(event.quantity));
        *self.owned()?.billing.hours.entry(key).or_default() += quantity;
        self.remember(move |owned| {
            if let Some(sum) = owned.billing.hours.get_mut(&key) {
                *sum -= quantity;
            }
        });
        Ok(())
    }
}

impl BillingRead for Transaction<'_> {
    fn tenant_status(&mut self) -> Result<TenantStatus, Error> {
        Ok(self.owned()?.tenant.status)
    }

    fn subscription(&mut self) -> Result<Subscription, Error> {
        Ok(self.owned()?.subscription.clone())
    }

    fn subscription_history(&mut self, size: usize) -> Result<Vec<SubscriptionChange>, Error> {
        Ok(self.owned()?.billing.changes.iter().rev().take(size).cloned().collect())
    }

    fn subscription_change(&mut self, idem_key: &str) -> Result<Option<SubscriptionChange>, Error> {
        let keyed = |change: &&SubscriptionChange| change.idem_key.as_deref() == Some(idem_key);
        Ok(self.owned()?.billing.changes.iter().find(keyed).cloned())
    }

    fn active_users(&mut self) -> Result<u64, Error> {
        Ok(self.owned()?.users.values().filter(|user| user.active).count() as u64)
    }

    fn quota(&mut self, kind: LimitKind, window: Timestamp, now: Timestamp) -> Result<u64, Error> {
        Ok(self.owned()?.counted(kind, window, now))
    }

    fn committed(&mut self, kind: LimitKind, window: Timestamp) -> Result<u64, Error> {
        Ok(self.owned()?.committed.get(&(kind, window)).copied().unwrap_or(0))
    }

    fn usage_total(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<u64, Error> {
        let inside = |event: &&UsageEvent| event.kind == kind && from <= event.at && event.at < to;
        let total: u128 = self.owned()?.usage.values().filter(inside).map(|event| u128::from(event.quantity)).sum();
        usage_sum(total)
    }

    fn usage_hours(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<Vec<UsageTotal>, Error> {
        if to <= from {
            return Ok(Vec::new());
        }
        let hours = self.owned()?.billing.hours.range((kind, from)..(kind, to)).filter(|(_, sum)| **sum > 0);
        hours.map(|((_, start), sum)| Ok(UsageTotal { start: *start, quantity: usage_sum(*sum)? })).collect()
    }

    fn usage_event(&mut self, idem_key: &str) -> Result<Option<UsageEvent>, Error> {
        Ok(self.owned()?.usage.get(idem_key).cloned())
    }

    fn adjustments(&mut self) -> Result<Vec<UsageAdjustment>, Error> {
        Ok(self.owned()?.billing.adjustments.values().cloned().collect())
    }

    fn invoice(&mut self, id: InvoiceId) -> Result<Invoice, Error> {
        let billing = &self.owned()?.billing;
        Ok(billing.invoices[billing.place(id)?].clone())
    }

    fn invoices(&mut self, before: Option<u64>, size: usize) -> Result<Vec<Invoice>, Error> {
        let earlier = |invoice: &&Invoice| before.is_none_or(|before| invoice.number < before);
        Ok(self.owned()?.billing.invoices.iter().rev().filter(earlier).take(size).cloned().collect())
    }

    fn outbox(&mut self, size: usize) -> Result<Vec<Invoice>, Error> {
        let billing = &self.owned()?.billing;
        let waiting = billing.invoices.iter().filter(|invoice| billing.outbox.contains(&invoice.number));
        Ok(waiting.take(size).cloned().collect())
    }
}

impl BillingTx for Transaction<'_> {
    fn set_subscription(&mut self, expected: u64, subscription: &Subscription) -> Result<(), Error> {
        require_subscribable(subscription, expected, self.owned()?.subscription.version)?;
        let before = std::mem::replace(&mut self.owned()?.subscription, subscription.clone());
        self.remember(|owned| owned.subscription = before);
        self.raise_auth_version()
    }

    fn insert_change(&mut self, change: &SubscriptionChange) -> Result<(), Error> {
        require_changeable(change)?;
        let changes = &mut self.owned()?.billing.changes;
        let clashes = |known: &SubscriptionChange| {
            known.subscription.version == change.subscription.version
                || (known.idem_key.is_some() && known.idem_key == change.idem_key)
        };
        if changes.iter().any(clashes) {
            return Err(duplicate("subscription change"));
        }
        changes.push(change.clone());
        self.remember(|owned| {
            owned.billing.changes.pop();
        });
        Ok(())
    }

    fn insert_invoice(&mut self, draft: &Invoice) -> Result<Invoice, Error> {
        let issued = self.owned()?.billing.issue(draft)?;
        let number = issued.number;
        self.remember(move |owned| {
            owned.billing.invoices.pop();
            owned.billing.outbox.remove(&number);
        });
        Ok(issued)
    }

    fn set_invoice_state(&mut self, id: InvoiceId, state: InvoiceState) -> Result<Invoice, Error> {
        let billing = &mut self.owned()?.billing;
        let place = billing.place(id)?;
        let invoice = &mut billing.invoices[place];
        invoice.state.require(state)?;
        let before = std::mem::replace(&mut invoice.state, state);
        let after = invoice.clone();
        self.remember(move |owned| owned.billing.invoices[place].state = before);
        Ok(after)
    }

    fn insert_adjustment(&mut self, adjustment: &UsageAdjustment) -> Result<(), Error> {
        let key = adjustment.idem_key.clone();
        self.usage_event(&key)?.ok_or_else(|| absent("usage event"))?;
        let billing = &mut self.owned()?.billing;
        if billing.settled.contains(&key) || billing.adjustments.contains_key(&key) {
            return Err(duplicate("usage adjustment"));
        }
        billing.adjustments.insert(key.clone(), adjustment.clone());
        self.remember(move |owned| {
            owned.billing.adjustments.remove(&key);
        });
        Ok(())
    }

    fn settle_adjustments(&mut self, invoice: InvoiceId) -> Result<(), Error> {
        let billing = &mut self.owned()?.billing;
        billing.place(invoice)?;
        let taken = std::mem::take(&mut billing.adjustments);
        billing.settled.extend(taken.keys().cloned());
        self.remember(|owned: &mut Owned| {
            for key in taken.keys() {
                owned.billing.settled.remove(key);
            }
            owned.billing.adjustments = taken;
        });
        Ok(())
    }

    fn set_delivered(&mut self, invoice: InvoiceId) -> Result<(), Error> {
        let billing = &mut self.owned()?.billing;
        let number = billing.invoices[billing.place(invoice)?].number;
        if billing.outbox.remove(&number) {
            self.remember(move |owned| {
                owned.billing.outbox.insert(number);
            });
        }
        Ok(())
    }
}
