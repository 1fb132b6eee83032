//! A tenant's subscription as a service: previewed, changed and paid, moved on by the clock, and its
//! invoices handed on.
//!
//! A change is worked out by [`Subscription`] and kept here, in one transaction: the row, its history, the
//! invoices with their outbox, and the audit record. What is kept raises the tenant's authorisation version,
//! so that the next call in every process is decided by it.

use serde_json::json;

use super::Platform;
use super::govern::beside;
use super::services::event;
use crate::error::Error;
use crate::id::{InvoiceId, TenantId};
use crate::store::{BillingTx, DueTenant};
use crate::tenancy::{
    AuditEvent, Billing, BillingChange, Invoice, InvoiceState, LimitKind, Permission, PlanChange, PlatformCtx,
    PlatformPermission, Preview, PrincipalKind, Resource, Subscription, SubscriptionChange, SubscriptionEvent,
    SubscriptionState, TenantCtx, TenantStatus, Transition, UsageAdjustment, UsageKind, Used, VerifiedPrincipal,
};
use crate::time::Timestamp;

/// Who is on record for what time brings.
const CLOCK: &str = "clock";

/// Tenants that are asked for at once.
const BATCH: usize = 100;

/// The start of the window of limits that never begin anew.
pub(super) const EVER: Timestamp = Timestamp::from_micros(0);

/// A tenant's subscription: the caller's own, or, for an operator, that of the tenant named by
/// [`Subscriptions::of`].
#[derive(Clone, Copy)]
pub struct Subscriptions<'p> {
    platform: &'p Platform,
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

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// The subscription after it.
    pub subscription: Subscription,
    /// What was billed by it.
    pub invoices: Vec<Invoice>,
}

/// What a job over all tenants has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// How many changes or invoices.
    pub done: u64,
    /// Where it failed; these are met again by the next job.
    pub failed: Vec<Failed>,
}

/// A tenant at which a job has failed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Failed {
    /// The tenant.
    pub tenant: TenantId,
    /// The reason of the error.
    pub reason: String,
}

/// An invoice that has not been handed on yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Waiting {
    /// Whose it is.
    pub tenant: TenantId,
    /// The invoice; its id is the key by which the host knows one that it has seen before.
    pub invoice: Invoice,
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

/// What changes depend on beside the subscription, read in one transaction.
struct Facts {
    used: [Used; 2],
    metered: Vec<(UsageKind, u64)>,
    adjustments: Vec<UsageAdjustment>,
}

impl Facts {
    /// As of the instant at which the metering closes.
    fn read(
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

    fn billing<'a>(&'a self, platform: &'a Platform) -> Billing<'a> {
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
    token: Option<&'a str>,
    idem_key: Option<&'a str>,
}

/// A rule of [`Subscription`] that makes a change.
type Rule<'r> = &'r dyn Fn(&Subscription, &Billing<'_>, Timestamp) -> Result<Transition, Error>;

impl Platform {
    /// A change as its history keeps it, and what was billed by it as drafts.
    pub(super) fn change(
        &self,
        transition: Transition,
        actor: &str,
        asked: Asked<'_>,
    ) -> (SubscriptionChange, Vec<Invoice>) {
        let Transition { event, at, subscription, bills, notice } = transition;
        let draft = |bill: crate::tenancy::Bill| bill.draft(InvoiceId::new(&*self.ids, at), at);
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
    fn keep(
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
        // What came late is on the first invoice that closes the metering.
        if let Some(invoice) = invoices.first().filter(|_| change.subscription.metered_from != before.metered_from) {
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

    /// Carries out everything that time has brought by `now`, and gives the subscription as it then is.
    fn bring_forward(&self, tx: &mut dyn BillingTx, now: Timestamp) -> Result<(Subscription, u64), Error> {
        let mut subscription = tx.subscription()?;
        let mut done = 0;
        while let Some(due) = subscription.due().filter(|due| due.at <= now) {
            let facts = Facts::read(self, tx, &subscription, due.at)?;
            let transition = subscription.elapse(due, &facts.billing(self))?;
            subscription = self.keep(tx, &subscription, transition, CLOCK, Asked::default())?.subscription;
            done += 1;
        }
        Ok((subscription, done))
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
    fn finish(&self, tx: Box<dyn BillingTx + '_>, records: u64) -> Result<(), Error> {
        tx.commit()?;
        (0..records).for_each(|_| self.count_record("ok"));
        Ok(())
    }
}

impl<'p> Subscriptions<'p> {
    /// That of a tenant, which an operator must name; for anyone else any tenant but their own is not there.
    #[must_use]
    pub fn of(self, tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// An operator who may manage the subscription of the tenant named.
    fn operating(self, who: &VerifiedPrincipal) -> Result<(PlatformCtx, TenantId), Error> {
        let cx = self.sweeping(who)?;
        let tenant = self.tenant.ok_or_else(|| {
            Error::invalid_input("tenant", serde_json::Value::Null, "the tenant whose subscription it is")
        })?;
        Ok((cx, tenant))
    }

    /// An operator who may manage all of them.
    fn sweeping(self, who: &VerifiedPrincipal) -> Result<PlatformCtx, Error> {
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
            let facts = Facts::read(platform, &mut *tx, &before, acting.now())?;
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
        let facts = Facts::read(platform, &mut *tx, &before, acting.now())?;
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
        if self.platform.sink.authorize(&change) {
            return Ok(());
        }
        let error = Error::limit_exceeded("billing_not_authorized", what.to_owned())
            .with_hint("ask the operator of the platform, or whoever may buy");
        let recorded = self.platform.put_denial_on_record(cx, what, &error);
        Err(beside(error, recorded))
    }

    /// For operators: an invoice has been paid. What was past due or suspended is active again; paid twice is
    /// paid once.
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
        if matches!(subscription.state, SubscriptionState::PastDue | SubscriptionState::Suspended) {
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
        let transition = before.payment_failed(now)?;
        let changed = platform.keep(&mut *tx, &before, transition, cx.operator(), Asked::default())?;
        platform.finish(tx, records + 1)?;
        Ok(changed)
    }

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
    fn count(&mut self, tenant: TenantId, done: Result<u64, Error>) {
        match done {
            Ok(done) => self.done += done,
            Err(error) => {
                let reason = error.reason().unwrap_or(error.kind().name()).to_owned();
                self.failed.push(Failed { tenant, reason });
            }
        }
    }
}

fn require_size(size: usize) -> Result<(), Error> {
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
