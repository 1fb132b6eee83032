//! The host's side of billing: who may buy, and where invoices go.
//!
//! The library keeps no card data and works out no tax.

use serde::Serialize;

use super::invoice::Invoice;
use super::subscription::{Cycle, SubscriptionEvent};
use crate::error::Error;
use crate::id::{TenantId, UserId};
use crate::time::Timestamp;

/// A change that a tenant's user asks for and that money may follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BillingChange {
    /// The tenant.
    pub tenant: TenantId,
    /// Who asks.
    pub user: UserId,
    /// What would happen.
    pub event: SubscriptionEvent,
    /// The plan in force.
    pub from_plan: String,
    /// The plan asked for; the same for what changes no plan.
    pub to_plan: String,
    /// How it would be paid.
    pub cycle: Cycle,
    /// What would be billed by it, minor units.
    pub net_minor: i64,
    /// Currency of that.
    pub currency: String,
    /// When it is asked for.
    pub at: Timestamp,
}

/// What a host connects its payments to.
///
/// Neither method is called while a transaction is open.
pub trait BillingSink: Send + Sync {
    /// Whether a tenant's own user, who manages the tenant, may make this change; an error refuses it too, and
    /// is what the user is told.
    fn authorize(&self, change: &BillingChange) -> Result<bool, Error>;

    /// Takes an invoice or credit note of a tenant. It is handed on at least once, and again with the same
    /// `idem_key` where it is not known whether it arrived; an error leaves it for later.
    fn issue(&self, tenant: TenantId, invoice: &Invoice, idem_key: &str) -> Result<(), Error>;
}

/// Where a host connects nothing: no tenant buys for itself, and invoices wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBilling;

impl BillingSink for NoBilling {
    fn authorize(&self, _: &BillingChange) -> Result<bool, Error> {
        Ok(false)
    }

    fn issue(&self, _: TenantId, _: &Invoice, _: &str) -> Result<(), Error> {
        Err(Error::unavailable("no_billing_sink", "there is nothing that takes invoices")
            .with_hint("give the platform a billing sink when it is opened"))
    }
}
