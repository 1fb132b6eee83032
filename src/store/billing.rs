//! What billing keeps of a tenant: its subscription with its history, what it has apart from its plan, use by
//! the hour, invoices, and the outbox that they leave by.
//!
//! A tenant's own transaction does all of this too; the platform reaches it tenant by tenant through
//! [`Store::billing`](super::Store::billing), and reaches nothing else that a tenant owns.

use super::{OverrideRead, OverrideTx, RecordTx, require_key, require_next};
use crate::error::Error;
use crate::id::{InvoiceId, TenantId};
use crate::tenancy::{
    Invoice, InvoiceState, LimitKind, Subscription, SubscriptionChange, TenantStatus, UsageAdjustment, UsageEvent,
    UsageKind, UsageTotal,
};
use crate::time::Timestamp;

/// Reading what billing keeps.
pub trait BillingRead: OverrideRead {
    /// Whether the tenant may act.
    fn tenant_status(&mut self) -> Result<TenantStatus, Error>;
    /// The subscription in force.
    fn subscription(&mut self) -> Result<Subscription, Error>;
    /// At most `size` changes of it, newest first.
    fn subscription_history(&mut self, size: usize) -> Result<Vec<SubscriptionChange>, Error>;
    /// The change that was made under an idempotency key.
    fn subscription_change(&mut self, idem_key: &str) -> Result<Option<SubscriptionChange>, Error>;
    /// How many users are active.
    fn active_users(&mut self) -> Result<u64, Error>;
    /// What counts against a limit in a window: committed and open reservations.
    fn quota(&mut self, kind: LimitKind, window: Timestamp, now: Timestamp) -> Result<u64, Error>;
    /// What of it is committed.
    fn committed(&mut self, kind: LimitKind, window: Timestamp) -> Result<u64, Error>;
    /// Sum of usage of a kind in [from, to).
    fn usage_total(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<u64, Error>;
    /// The same for each hour that starts in [from, to), oldest first, those without use left out.
    fn usage_hours(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<Vec<UsageTotal>, Error>;
    /// The usage event of a key.
    fn usage_event(&mut self, idem_key: &str) -> Result<Option<UsageEvent>, Error>;
    /// Use that came late and is not on an invoice yet, by its keys.
    fn adjustments(&mut self) -> Result<Vec<UsageAdjustment>, Error>;
    /// An invoice by id.
    fn invoice(&mut self, id: InvoiceId) -> Result<Invoice, Error>;
    /// At most `size` invoices with numbers below `before`, newest first.
    fn invoices(&mut self, before: Option<u64>, size: usize) -> Result<Vec<Invoice>, Error>;
    /// At most `size` invoices that have not been handed on yet, oldest first.
    fn outbox(&mut self, size: usize) -> Result<Vec<Invoice>, Error>;
}

/// Writing it.
pub trait BillingTx: BillingRead + OverrideTx + RecordTx {
    /// Puts a subscription, version one higher, in place of the one in force, whose version is `expected`.
    fn set_subscription(&mut self, expected: u64, subscription: &Subscription) -> Result<(), Error>;
    /// Adds a change to its history, once a version; its key, if any, must be new.
    fn insert_change(&mut self, change: &SubscriptionChange) -> Result<(), Error>;
    /// Issues a draft under the next number and puts it into the outbox.
    fn insert_invoice(&mut self, draft: &Invoice) -> Result<Invoice, Error>;
    /// Moves an invoice on; nothing else of it changes.
    fn set_invoice_state(&mut self, id: InvoiceId, state: InvoiceState) -> Result<Invoice, Error>;
    /// Keeps use that came late until an invoice takes it.
    fn insert_adjustment(&mut self, adjustment: &UsageAdjustment) -> Result<(), Error>;
    /// All that waits has been put on this invoice.
    fn settle_adjustments(&mut self, invoice: InvoiceId) -> Result<(), Error>;
    /// Takes an invoice out of the outbox; nothing happens when it is not there any longer.
    fn set_delivered(&mut self, invoice: InvoiceId) -> Result<(), Error>;
}

/// A place in the list of tenants whose subscription time has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueTenant {
    /// When it was due.
    pub due_at: Timestamp,
    /// The tenant.
    pub tenant: TenantId,
}

/// When time moves a subscription next; the end of time where it does not.
pub(super) fn due_at(subscription: &Subscription) -> Timestamp {
    subscription.due().map_or(Timestamp::from_micros(i64::MAX), |due| due.at)
}

/// Refuses a subscription that may not follow the one in force, of version `current`.
pub(super) fn require_subscribable(subscription: &Subscription, expected: u64, current: u64) -> Result<(), Error> {
    require_next("subscription", subscription.version, expected, current)?;
    require_key("plan", &subscription.plan)
}

/// Refuses a change whose words no store could search for.
pub(super) fn require_changeable(change: &SubscriptionChange) -> Result<(), Error> {
    change.idem_key.as_deref().map_or(Ok(()), |key| require_key("idem_key", key))
}
