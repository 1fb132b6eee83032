//! What billing keeps of a tenant, in any database.

use super::transaction::Transaction;
use super::{
    Connection, Parameter, SUBSCRIPTION, amounts, at_most, count, entities, many, maybe, number, one, read, write,
};
use crate::error::Error;
use crate::id::{InvoiceId, TenantId};
use crate::store::{BillingRead, BillingTx, TenantRead, absent, due_at, require_changeable, require_subscribable};
use crate::tenancy::{
    Invoice, InvoiceState, LimitKind, Subscription, SubscriptionChange, Tenant, TenantStatus, UsageAdjustment,
    UsageEvent, UsageKind, UsageTotal,
};
use crate::time::Timestamp;

const INVOICE: &str = "SELECT state, body FROM invoice WHERE tenant_id = ?1 AND id = ?2";
const INVOICES: &str =
    "SELECT state, body FROM invoice WHERE tenant_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
const OUTBOX: &str = "SELECT invoice.state, invoice.body FROM outbox
     JOIN invoice ON invoice.tenant_id = outbox.tenant_id AND invoice.number = outbox.number
     WHERE outbox.tenant_id = ?1 ORDER BY outbox.number LIMIT ?2";

const HISTORY: &str = "SELECT body FROM subscription_change WHERE tenant_id = ?1 ORDER BY version DESC LIMIT ?2";
const CHANGE_BY_KEY: &str = "SELECT body FROM subscription_change WHERE tenant_id = ?1 AND idem_key = ?2";
const EVENT: &str = "SELECT body FROM usage_event WHERE tenant_id = ?1 AND idem_key = ?2";
pub(super) const ADJUSTMENTS: &str =
    "SELECT body FROM usage_adjustment WHERE tenant_id = ?1 AND invoice_id IS NULL ORDER BY idem_key";
pub(super) const DUE: &str = "SELECT due_at, id FROM tenant
     WHERE due_at <= ?1 AND (due_at, id) > (?2, ?3) AND status <> ?4 ORDER BY due_at, id LIMIT ?5";
pub(super) const UNDELIVERED: &str = "SELECT id FROM tenant WHERE undelivered > 0 AND id > ?1 ORDER BY id LIMIT ?2";

/// Statements whose rows must be one range of an index, already in order.
#[cfg(test)]
pub(in crate::store) const BILLING_STATEMENTS: [&str; 9] =
    [INVOICE, INVOICES, OUTBOX, HISTORY, CHANGE_BY_KEY, EVENT, ADJUSTMENTS, DUE, UNDELIVERED];

/// Invoices from their rows: what was issued, and where it stands by now.
fn invoices(connection: &dyn Connection, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Invoice>, Error> {
    let rows = connection.query(sql, parameters)?;
    rows.iter().map(|row| Ok(Invoice { state: read(row.text(0)?)?, ..row.body(1)? })).collect()
}

/// Tells the platform when time moves the subscription next.
pub(super) fn set_due(connection: &dyn Connection, tenant: TenantId, subscription: &Subscription) -> Result<(), Error> {
    let sql = "UPDATE tenant SET due_at = ?2 WHERE id = ?1";
    connection.execute(sql, &[tenant.into(), due_at(subscription).into()]).map(drop)
}

pub(super) fn insert_change(
    connection: &dyn Connection,
    tenant: TenantId,
    change: &SubscriptionChange,
) -> Result<(), Error> {
    require_changeable(change)?;
    entities::insert(
        connection,
        "INSERT INTO subscription_change (tenant_id, version, idem_key, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        &[tenant.into(), number(change.subscription.version)?.into(), (&change.idem_key).into(), write(change)?.into()],
        "subscription change",
    )
}

/// Issues a draft under the next number, which no other writer can take: the tenant is held.
pub(super) fn issue(connection: &dyn Connection, tenant: TenantId, draft: &Invoice) -> Result<Invoice, Error> {
    let last =
        count(connection, "SELECT coalesce(max(number), 0) FROM invoice WHERE tenant_id = ?1", &[tenant.into()])?;
    let issued = draft.issued(last + 1)?;
    let position = number(issued.number)?;
    entities::insert(
        connection,
        "INSERT INTO invoice (tenant_id, number, id, state, body) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        &[tenant.into(), position.into(), issued.id.into(), write(&issued.state)?.into(), write(&issued)?.into()],
        "invoice",
    )?;
    connection.execute("INSERT INTO outbox (tenant_id, number) VALUES (?1, ?2)", &[tenant.into(), position.into()])?;
    connection.execute("UPDATE tenant SET undelivered = undelivered + 1 WHERE id = ?1", &[tenant.into()])?;
    Ok(issued)
}

impl BillingRead for Transaction<'_> {
    fn tenant_status(&mut self) -> Result<TenantStatus, Error> {
        let tenant: Tenant =
            one(&*self.connection, "SELECT body FROM tenant WHERE id = ?1", &[self.tenant()], "tenant")?;
        Ok(tenant.status)
    }

    fn subscription(&mut self) -> Result<Subscription, Error> {
        one(&*self.connection, SUBSCRIPTION, &[self.tenant()], "subscription")
    }

    fn subscription_history(&mut self, size: usize) -> Result<Vec<SubscriptionChange>, Error> {
        many(&*self.connection, HISTORY, &[self.tenant(), at_most(size)])
    }

    fn subscription_change(&mut self, idem_key: &str) -> Result<Option<SubscriptionChange>, Error> {
        maybe(&*self.connection, CHANGE_BY_KEY, &[self.tenant(), idem_key.into()])
    }

    fn active_users(&mut self) -> Result<u64, Error> {
        Ok(self.list_users()?.iter().filter(|user| user.active).count() as u64)
    }

    fn quota(&mut self, kind: LimitKind, window: Timestamp, now: Timestamp) -> Result<u64, Error> {
        amounts::counted(&*self.connection, self.tenant, kind, window, now)
    }

    fn committed(&mut self, kind: LimitKind, window: Timestamp) -> Result<u64, Error> {
        let sql = "SELECT committed FROM quota_counter WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3";
        let rows = self.connection.query(sql, &[self.tenant(), write(&kind)?.into(), window.into()])?;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }

    fn usage_total(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<u64, Error> {
        amounts::used(&*self.connection, self.tenant, kind, from, to)
    }

    fn usage_hours(&mut self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<Vec<UsageTotal>, Error> {
        amounts::hours(&*self.connection, self.tenant, kind, from, to)
    }

    fn usage_event(&mut self, idem_key: &str) -> Result<Option<UsageEvent>, Error> {
        maybe(&*self.connection, EVENT, &[self.tenant(), idem_key.into()])
    }

    fn adjustments(&mut self) -> Result<Vec<UsageAdjustment>, Error> {
        many(&*self.connection, ADJUSTMENTS, &[self.tenant()])
    }

    fn invoice(&mut self, id: InvoiceId) -> Result<Invoice, Error> {
        invoices(&*self.connection, INVOICE, &[self.tenant(), id.into()])?.pop().ok_or_else(|| absent("invoice"))
    }

    fn invoices(&mut self, before: Option<u64>, size: usize) -> Result<Vec<Invoice>, Error> {
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        invoices(&*self.connection, INVOICES, &[self.tenant(), before.into(), at_most(size)])
    }

    fn outbox(&mut self, size: usize) -> Result<Vec<Invoice>, Error> {
        invoices(&*self.connection, OUTBOX, &[self.tenant(), at_most(size)])
    }
}

impl BillingTx for Transaction<'_> {
    fn set_subscription(&mut self, expected: u64, subscription: &Subscription) -> Result<(), Error> {
        require_subscribable(subscription, expected, self.subscription()?.version)?;
        entities::set_subscription(&*self.connection, self.tenant, subscription)?;
        set_due(&*self.connection, self.tenant, subscription)?;
        self.raise_auth_version()
    }

    fn insert_change(&mut self, change: &SubscriptionChange) -> Result<(), Error> {
        insert_change(&*self.connection, self.tenant, change)
    }

    fn insert_invoice(&mut self, draft: &Invoice) -> Result<Invoice, Error> {
        issue(&*self.connection, self.tenant, draft)
    }

    fn set_invoice_state(&mut self, id: InvoiceId, state: InvoiceState) -> Result<Invoice, Error> {
        let invoice = self.invoice(id)?;
        invoice.state.require(state)?;
        let sql = "UPDATE invoice SET state = ?3 WHERE tenant_id = ?1 AND id = ?2";
        self.connection.execute(sql, &[self.tenant(), id.into(), write(&state)?.into()])?;
        Ok(Invoice { state, ..invoice })
    }

    fn insert_adjustment(&mut self, adjustment: &UsageAdjustment) -> Result<(), Error> {
        self.usage_event(&adjustment.idem_key)?.ok_or_else(|| absent("usage event"))?;
        entities::insert(
            &*self.connection,
            "INSERT INTO usage_adjustment (tenant_id, idem_key, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            &[self.tenant(), (&adjustment.idem_key).into(), write(adjustment)?.into()],
            "usage adjustment",
        )
    }

    fn settle_adjustments(&mut self, invoice: InvoiceId) -> Result<(), Error> {
        self.invoice(invoice)?;
        let sql = "UPDATE usage_adjustment SET invoice_id = ?2 WHERE tenant_id = ?1 AND invoice_id IS NULL";
        self.connection.execute(sql, &[self.tenant(), invoice.into()]).map(drop)
    }

    fn set_delivered(&mut self, invoice: InvoiceId) -> Result<(), Error> {
        let position = number(self.invoice(invoice)?.number)?;
        let sql = "DELETE FROM outbox WHERE tenant_id = ?1 AND number = ?2";
        if self.connection.execute(sql, &[self.tenant(), position.into()])? > 0 {
            let sql = "UPDATE tenant SET undelivered = undelivered - 1 WHERE id = ?1";
            self.connection.execute(sql, &[self.tenant()])?;
        }
        Ok(())
    }
}
