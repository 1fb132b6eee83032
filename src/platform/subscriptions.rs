//! A tenant's subscription as a service: read, previewed, changed and paid, by those who may.

use serde_json::json;

use super::Platform;
use super::billing::{Asked, Changed, Facts};
use super::govern::beside;
use super::services::event;
use crate::error::Error;
use crate::id::{InvoiceId, TenantId};
use crate::store::BillingTx;
use crate::tenancy::{
    AuditEvent, Billing, BillingChange, Invoice, InvoiceState, Permission, PlanChange, PlatformCtx, PlatformPermission,
    Preview, PrincipalKind, Resource, Subscription, SubscriptionChange, SubscriptionEvent, TenantCtx, Transition,
    VerifiedPrincipal,
};
use crate::time::Timestamp;

/// A tenant's subscription: the caller's own, or, for an operator, that of the tenant named by
/// [`Subscriptions::of`].
#[derive(Clone, Copy)]
pub struct Subscriptions<'p> {
    pub(super) platform: &'p Platform,
    tenant: Option<TenantId>,
}

impl Platform {
    /// A tenant's subscription.
    #[must_use]
    pub fn subscriptions(&self) -> Subscriptions<'_> {
        Subscriptions { platform: self, tenant: None }
    }
}

/// When a cancellation takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// At the end of the period, until which it can be withdrawn.
    PeriodEnd,
    /// Now.
    Now,
}

/// In whose name something is done.
enum Acting {
    Member(TenantCtx),
    Operator(PlatformCtx, TenantId),
}

impl Acting {
    fn actor(&self) -> String {
        match self {
            Acting::Member(cx) => cx.user().to_string(),
            Acting::Operator(cx, _) => cx.operator().to_owned(),
        }
    }

    fn now(&self) -> Timestamp {
        match self {
            Acting::Member(cx) => cx.now(),
            Acting::Operator(cx, _) => cx.now(),
        }
    }
}

/// A rule of [`Subscription`] that makes a change.
type Rule<'r> = &'r dyn Fn(&Subscription, &Billing<'_>, Timestamp) -> Result<Transition, Error>;

impl<'p> Subscriptions<'p> {
    /// That of a tenant, which an operator must name; for anyone else any tenant but their own is not there.
    #[must_use]
    pub fn of(self, tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// An operator who may manage the subscription of the tenant named.
    pub(super) fn operating(self, who: &VerifiedPrincipal) -> Result<(PlatformCtx, TenantId), Error> {
        let cx = self.sweeping(who)?;
        let tenant = self.tenant.ok_or_else(|| {
            Error::invalid_input("tenant", serde_json::Value::Null, "the tenant whose subscription it is")
        })?;
        Ok((cx, tenant))
    }

    /// An operator who may manage all of them.
    pub(super) fn sweeping(self, who: &VerifiedPrincipal) -> Result<PlatformCtx, Error> {
        let cx = self.platform.enter_platform(who)?;
        cx.require(PlatformPermission::ManageSubscriptions)?;
        Ok(cx)
    }

    /// Who acts, if they may manage this subscription.
    fn acting(self, who: &VerifiedPrincipal, what: &str) -> Result<Acting, Error> {
        if who.kind() == PrincipalKind::Platform {
            return self.operating(who).map(|(cx, tenant)| Acting::Operator(cx, tenant));
        }
        let platform = self.platform;
        if let Some(tenant) = self.tenant.filter(|tenant| Some(*tenant) != who.tenant()) {
            platform.require_on(who, Permission::ManageTenant, &Resource::Named(tenant), what)?;
        }
        platform.require_on(who, Permission::ManageTenant, &Resource::Subscription, what).map(Acting::Member)
    }

    fn begin(self, acting: &Acting) -> Result<Box<dyn BillingTx + 'p>, Error> {
        match acting {
            Acting::Member(cx) => Ok(self.platform.begin(cx)?),
            Acting::Operator(cx, tenant) => self.platform.store.billing(cx, *tenant),
        }
    }

    /// The subscription as it is now.
    pub fn get(self, who: &VerifiedPrincipal) -> Result<Subscription, Error> {
        let acting = self.acting(who, "subscription.read")?;
        let mut tx = self.begin(&acting)?;
        // Not committed: reading keeps nothing.
        self.platform.bring_forward(&mut *tx, acting.now()).map(|(subscription, _)| subscription)
    }

    /// At most `size` (1 to 100) changes of it, newest first.
    pub fn history(self, who: &VerifiedPrincipal, size: usize) -> Result<Vec<SubscriptionChange>, Error> {
        require_size(size)?;
        let acting = self.acting(who, "subscription.read")?;
        self.begin(&acting)?.subscription_history(size)
    }

    /// At most `size` (1 to 100) invoices with numbers below `before`, newest first.
    pub fn invoices(self, who: &VerifiedPrincipal, before: Option<u64>, size: usize) -> Result<Vec<Invoice>, Error> {
        require_size(size)?;
        let acting = self.acting(who, "invoice.list")?;
        self.begin(&acting)?.invoices(before, size)
    }

    /// An invoice.
    pub fn invoice(self, who: &VerifiedPrincipal, id: InvoiceId) -> Result<Invoice, Error> {
        let acting = self.acting(who, "invoice.read")?;
        self.begin(&acting)?.invoice(id)
    }

    /// What a change of plan would do now; it changes nothing.
    pub fn preview(self, who: &VerifiedPrincipal, change: &PlanChange) -> Result<Preview, Error> {
        let acting = self.acting(who, "subscription.preview")?;
        let (platform, now) = (self.platform, acting.now());
        let mut tx = self.begin(&acting)?;
        let (subscription, _) = platform.bring_forward(&mut *tx, now)?;
        let facts = Facts::read(platform, &mut *tx, &subscription, now)?;
        subscription.preview(change, &facts.billing(platform), now)
    }

    /// Carries out a preview by its token, once under a key: asked for again it gives the first answer.
    ///
    /// A tenant's own user needs `manage_tenant` and the host's leave ([`BillingSink::authorize`]);
    /// `preview_stale` and `blocked` are told by [`Subscription::carry_out`].
    ///
    /// [`BillingSink::authorize`]: crate::tenancy::BillingSink::authorize
    pub fn commit(self, who: &VerifiedPrincipal, token: &str, idem_key: &str) -> Result<Changed, Error> {
        if !(1..=256).contains(&idem_key.len()) || idem_key.contains('\0') {
            return Err(Error::invalid_input("idem_key", idem_key, "text of 1 to 256 bytes, none zero"));
        }
        let acting = self.acting(who, "subscription.commit")?;
        let asked = Asked { token: Some(token), idem_key: Some(idem_key) };
        self.make(&acting, "subscription.commit", asked, &|subscription, billing, now| {
            subscription.carry_out(token, billing, now)
        })
    }

    /// Cancels it; who may, may commit a change of plan.
    pub fn cancel(self, who: &VerifiedPrincipal, when: Cancellation) -> Result<Changed, Error> {
        let acting = self.acting(who, "subscription.cancel")?;
        self.make(&acting, "subscription.cancel", Asked::default(), &|subscription, billing, now| match when {
            Cancellation::PeriodEnd => subscription.cancel_at_period_end(now),
            Cancellation::Now => subscription.cancel_now(billing, now),
        })
    }

    /// Neither a downgrade nor a cancellation happens at the end of the period.
    pub fn withdraw(self, who: &VerifiedPrincipal) -> Result<Changed, Error> {
        let acting = self.acting(who, "subscription.withdraw")?;
        self.make(&acting, "subscription.withdraw", Asked::default(), &|subscription, _, now| {
            subscription.withdraw(now)
        })
    }

    /// One that has ended begins again, on this plan of today's catalogue.
    pub fn reactivate(self, who: &VerifiedPrincipal, change: &PlanChange) -> Result<Changed, Error> {
        let acting = self.acting(who, "subscription.reactivate")?;
        self.make(&acting, "subscription.reactivate", Asked::default(), &|subscription, billing, now| {
            subscription.reactivate(change, billing, now)
        })
    }

    /// A trial is bought: its first period opens and is billed.
    pub fn activate(self, who: &VerifiedPrincipal) -> Result<Changed, Error> {
        let acting = self.acting(who, "subscription.activate")?;
        self.make(&acting, "subscription.activate", Asked::default(), &|subscription, billing, now| {
            subscription.activate(billing, now)
        })
    }

    /// For operators: it is pinned to the newest version of the plans before it renews.
    pub fn migrate(self, operator: &VerifiedPrincipal) -> Result<Changed, Error> {
        let (cx, tenant) = self.operating(operator)?;
        let acting = Acting::Operator(cx, tenant);
        self.make(&acting, "subscription.migrate", Asked::default(), &|subscription, billing, now| {
            subscription.migrate(billing.catalogues, now)
        })
    }

    /// Makes a change by a rule, where it may be made.
    fn make(self, acting: &Acting, what: &str, asked: Asked<'_>, rule: Rule<'_>) -> Result<Changed, Error> {
        let platform = self.platform;
        if let Acting::Member(cx) = acting {
            let mut tx = self.begin(acting)?;
            if let Some(first) = first_answer(&mut *tx, asked)? {
                return Ok(first);
            }
            let (before, _) = platform.bring_forward(&mut *tx, acting.now())?;
            let closes = before.metered_until(asked.token, acting.now())?;
            let facts = Facts::read(platform, &mut *tx, &before, closes)?;
            let transition = rule(&before, &facts.billing(platform), acting.now())?;
            // The host is asked while nothing is held.
            drop(tx);
            self.require_leave(cx, what, &before, &transition)?;
        }
        let mut tx = self.begin(acting)?;
        if let Some(first) = first_answer(&mut *tx, asked)? {
            return Ok(first);
        }
        let (before, records) = platform.bring_forward(&mut *tx, acting.now())?;
        let closes = before.metered_until(asked.token, acting.now())?;
        let facts = Facts::read(platform, &mut *tx, &before, closes)?;
        let transition = rule(&before, &facts.billing(platform), acting.now())?;
        let changed = platform.keep(&mut *tx, &before, transition, &acting.actor(), asked)?;
        platform.finish(tx, records + 1)?;
        Ok(changed)
    }

    /// Refuses a tenant's own user whom the host does not let buy.
    fn require_leave(
        self,
        cx: &TenantCtx,
        what: &str,
        before: &Subscription,
        transition: &Transition,
    ) -> Result<(), Error> {
        let after = &transition.subscription;
        let wanted = after.pending_change.as_ref().filter(|_| transition.event == SubscriptionEvent::ChangePlan);
        let change = BillingChange {
            tenant: cx.tenant(),
            user: cx.user(),
            event: transition.event,
            from_plan: before.plan.clone(),
            to_plan: wanted.map_or(&after.plan, |pending| &pending.plan).clone(),
            cycle: wanted.map_or(after.cycle, |pending| pending.cycle),
            net_minor: transition.bills.iter().map(|bill| bill.total_minor).sum(),
            currency: after.currency.clone(),
            at: transition.at,
        };
        let error = match self.platform.sink.authorize(&change) {
            Ok(true) => return Ok(()),
            Ok(false) => Error::limit_exceeded("billing_not_authorized", what.to_owned())
                .with_hint("ask the operator of the platform, or whoever may buy"),
            Err(error) => error,
        };
        let recorded = self.platform.put_denial_on_record(cx, what, &error);
        Err(beside(error, recorded))
    }

    /// For operators: an invoice has been paid. What was past due or suspended for it is active again; paid
    /// twice is paid once.
    pub fn payment_received(self, operator: &VerifiedPrincipal, invoice: InvoiceId) -> Result<Changed, Error> {
        let (cx, tenant) = self.operating(operator)?;
        let (platform, now) = (self.platform, cx.now());
        let mut tx = platform.store.billing(&cx, tenant)?;
        let (mut subscription, mut records) = platform.bring_forward(&mut *tx, now)?;
        let known = tx.invoice(invoice)?;
        if known.state == InvoiceState::Paid {
            platform.finish(tx, records)?;
            return Ok(Changed { subscription, invoices: vec![known] });
        }
        let mut invoices = vec![tx.set_invoice_state(invoice, InvoiceState::Paid)?];
        let detail = json!({"number": known.number, "total_minor": known.total_minor});
        tx.append_audit(&AuditEvent {
            detail,
            ..event(cx.operator(), "invoice.paid", "invoice", &invoice.to_string(), now)
        })?;
        records += 1;
        if subscription.owes(invoice) {
            let facts = Facts::read(platform, &mut *tx, &subscription, now)?;
            let transition = subscription.payment_received(&facts.billing(platform), now)?;
            let changed = platform.keep(&mut *tx, &subscription, transition, cx.operator(), Asked::default())?;
            invoices.extend(changed.invoices);
            // What was past due beyond its period renews now.
            let (renewed, more) = platform.bring_forward(&mut *tx, now)?;
            subscription = renewed;
            records += 1 + more;
        }
        platform.finish(tx, records)?;
        Ok(Changed { subscription, invoices })
    }

    /// For operators: the payment of an invoice has failed; everything goes on for seven days.
    pub fn payment_failed(self, operator: &VerifiedPrincipal, invoice: InvoiceId) -> Result<Changed, Error> {
        let (cx, tenant) = self.operating(operator)?;
        let (platform, now) = (self.platform, cx.now());
        let mut tx = platform.store.billing(&cx, tenant)?;
        let (before, records) = platform.bring_forward(&mut *tx, now)?;
        // Only what is still owed can fail.
        tx.invoice(invoice)?.state.require(InvoiceState::Paid)?;
        let transition = before.payment_failed(invoice, now)?;
        let changed = platform.keep(&mut *tx, &before, transition, cx.operator(), Asked::default())?;
        platform.finish(tx, records + 1)?;
        Ok(changed)
    }
}

pub(super) fn require_size(size: usize) -> Result<(), Error> {
    if (1..=100).contains(&size) { Ok(()) } else { Err(Error::invalid_input("size", size, "1 to 100")) }
}

/// What was answered under the key before; another change under it is refused.
fn first_answer(tx: &mut dyn BillingTx, asked: Asked<'_>) -> Result<Option<Changed>, Error> {
    let Some(key) = asked.idem_key else { return Ok(None) };
    let Some(known) = tx.subscription_change(key)? else { return Ok(None) };
    if known.token.as_deref() != asked.token {
        return Err(Error::conflict("idempotency_conflict", "another change was made under this key"));
    }
    let mut invoices = Vec::new();
    for id in known.invoices {
        invoices.push(tx.invoice(id)?);
    }
    Ok(Some(Changed { subscription: known.subscription, invoices }))
}
