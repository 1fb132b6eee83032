//! Jobs over the subscriptions of all tenants: what time has brought is carried out, and invoices are handed
//! on. Each may run at any time, and twice; what fails at one tenant keeps no other from its turn.

use super::services::event;
use super::subscriptions::{Subscriptions, require_size};
use crate::error::Error;
use crate::id::{InvoiceId, TenantId};
use crate::store::DueTenant;
use crate::tenancy::{Invoice, PlatformCtx, VerifiedPrincipal};

/// Tenants that are asked for at once.
const BATCH: usize = 100;

/// What a job over all tenants has done.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Swept {
    /// How many changes or invoices.
    pub done: u64,
    /// Where it failed; these are met again by the next job.
    pub failed: Vec<Failed>,
}

/// A tenant at which a job has failed.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Failed {
    /// The tenant.
    pub tenant: TenantId,
    /// The reason of the error.
    pub reason: String,
    /// The error.
    #[serde(skip)]
    pub error: Error,
}

/// An invoice that has not been handed on yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Waiting {
    /// Whose it is.
    pub tenant: TenantId,
    /// The invoice; its id is the key by which the host knows one that it has seen before.
    pub invoice: Invoice,
}

impl Subscriptions<'_> {
    /// For operators: carries out what time has brought to every tenant by now. It may run at any time, and
    /// twice: a tenant that calls is brought forward by its own call.
    pub fn advance(self, operator: &VerifiedPrincipal) -> Result<Swept, Error> {
        let cx = self.sweeping(operator)?;
        let (platform, now) = (self.platform, cx.now());
        let mut swept = Swept::default();
        let mut after: Option<DueTenant> = None;
        loop {
            let due = platform.store.platform(&cx)?.tenants_due(now, after, BATCH)?;
            let Some(last) = due.last() else { return Ok(swept) };
            after = Some(*last);
            for tenant in due.iter().map(|due| due.tenant) {
                let advanced = || {
                    let mut tx = platform.store.billing(&cx, tenant)?;
                    let (_, records) = platform.bring_forward(&mut *tx, now)?;
                    platform.finish(tx, records).map(|()| records)
                };
                swept.count(tenant, advanced());
            }
        }
    }

    /// For operators: hands invoices that wait on to the host's [`BillingSink`], each tenant's in order, at
    /// least once.
    ///
    /// [`BillingSink`]: crate::tenancy::BillingSink
    pub fn deliver(self, operator: &VerifiedPrincipal) -> Result<Swept, Error> {
        let cx = self.sweeping(operator)?;
        let mut swept = Swept::default();
        let mut after = None;
        loop {
            // A statement of its own, since what is read is held until the end of one.
            let next = self.platform.store.platform(&cx)?.tenants_undelivered(after, 1)?.pop();
            let Some(tenant) = next else { return Ok(swept) };
            after = Some(tenant);
            while let Some(true) = self.deliver_some(&cx, tenant, &mut swept) {}
        }
    }

    /// Hands on a batch of a tenant's invoices; `None` when there are none left, false when one failed.
    fn deliver_some(self, cx: &PlatformCtx, tenant: TenantId, swept: &mut Swept) -> Option<bool> {
        let batch = self.platform.store.billing(cx, tenant).and_then(|mut tx| tx.outbox(BATCH));
        let batch = match batch {
            Ok(batch) if batch.is_empty() => return None,
            Ok(batch) => batch,
            Err(error) => {
                swept.count(tenant, Err(error));
                return Some(false);
            }
        };
        for invoice in batch {
            // Nothing is held while the host takes it. Whether it did is known only once that is written.
            let handed = self.platform.sink.issue(tenant, &invoice, &invoice.id.to_string());
            let handed = handed.and_then(|()| self.set_delivered(cx, tenant, invoice.id)).map(|()| 1);
            let failed = handed.is_err();
            swept.count(tenant, handed);
            if failed {
                return Some(false);
            }
        }
        Some(true)
    }

    fn set_delivered(self, cx: &PlatformCtx, tenant: TenantId, invoice: InvoiceId) -> Result<(), Error> {
        let platform = self.platform;
        let mut tx = platform.store.billing(cx, tenant)?;
        tx.set_delivered(invoice)?;
        let id = invoice.to_string();
        tx.append_audit(&event(cx.operator(), "invoice.deliver", "invoice", &id, platform.clock.now()))?;
        platform.finish(tx, 1)
    }

    /// For operators whose host fetches invoices rather than being called: the first that waits of each
    /// tenant, at most `size` (1 to 100). It waits until [`Subscriptions::delivered`] says that it has arrived.
    pub fn outbox(self, operator: &VerifiedPrincipal, size: usize) -> Result<Vec<Waiting>, Error> {
        require_size(size)?;
        let cx = self.sweeping(operator)?;
        let tenants = self.platform.store.platform(&cx)?.tenants_undelivered(None, size)?;
        let mut waiting = Vec::new();
        for tenant in tenants {
            let first = self.platform.store.billing(&cx, tenant)?.outbox(1)?;
            waiting.extend(first.into_iter().map(|invoice| Waiting { tenant, invoice }));
        }
        Ok(waiting)
    }

    /// For operators: an invoice has been handed on, and waits no longer.
    pub fn delivered(self, operator: &VerifiedPrincipal, invoice: InvoiceId) -> Result<(), Error> {
        let (cx, tenant) = self.operating(operator)?;
        self.set_delivered(&cx, tenant, invoice)
    }
}

impl Swept {
    pub(super) fn count(&mut self, tenant: TenantId, done: Result<u64, Error>) {
        match done {
            Ok(done) => self.done += done,
            Err(error) => {
                let reason = error.reason().unwrap_or(error.kind().name()).to_owned();
                self.failed.push(Failed { tenant, reason, error });
            }
        }
    }
}
