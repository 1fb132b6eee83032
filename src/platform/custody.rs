//! What the platform keeps of a tenant against all comers, or keeps no longer: legal holds, retention of the
//! audit log, and what takes two operators.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Platform;
use super::audit::Audit;
use super::govern::beside;
use super::services::event;
use super::sweep::Swept;
use crate::error::Error;
use crate::id::{ControlRequestId, HoldId, TenantId};
use crate::store::CustodyTx;
use crate::tenancy::{
    AuditEvent, ControlRequest, ControlledAct, HeldSubject, LegalHold, PlatformCtx, PlatformPermission, Release,
    VerifiedPrincipal,
};
use crate::time::Timestamp;

/// Records or tenants that are looked at at once.
const BATCH: usize = 1_000;

/// Legal holds, for operators.
#[derive(Clone, Copy)]
pub struct Holds<'p>(&'p Platform);

/// Requests for what takes two operators.
#[derive(Clone, Copy)]
pub struct Control<'p>(&'p Platform);

impl Platform {
    /// Legal holds, for operators.
    #[must_use]
    pub fn holds(&self) -> Holds<'_> {
        Holds(self)
    }

    /// Requests for what takes two operators: redaction of the audit log, release of a legal hold, purge of a
    /// tenant.
    #[must_use]
    pub fn control(&self) -> Control<'_> {
        Control(self)
    }

    /// Puts a refusal on the platform's record, and where it is of a legal hold on the tenant's, too.
    fn refuse_custody(&self, cx: &PlatformCtx, tenant: Option<TenantId>, action: &str, error: Error) -> Error {
        let mut recorded = self.refuse_operator(cx, action, "", &error);
        if let (Some(tenant), Some("legal_hold")) = (tenant, error.reason()) {
            let told = || {
                let mut tx = self.store.custody(cx, tenant)?;
                tx.append_audit(&AuditEvent {
                    outcome: "denied".to_owned(),
                    reason: Some("legal_hold".to_owned()),
                    ..event(cx.operator(), action, "tenant", &tenant.to_string(), self.clock.now())
                })?;
                tx.commit()?;
                self.count_record("denied");
                Ok(())
            };
            recorded = recorded.and(told());
        }
        beside(error, recorded)
    }

    /// Does `work` to a tenant, with a record of it in the tenant's log and in the platform's.
    fn in_custody<T>(
        &self,
        cx: &PlatformCtx,
        tenant: TenantId,
        [action, resource_type, resource_id]: [&str; 3],
        work: impl FnOnce(&mut dyn CustodyTx) -> Result<(T, Value), Error>,
    ) -> Result<T, Error> {
        let done = || {
            let mut tx = self.store.custody(cx, tenant)?;
            let (given, detail) = work(&mut *tx)?;
            let record = AuditEvent {
                detail: detail.clone(),
                ..event(cx.operator(), action, resource_type, resource_id, self.clock.now())
            };
            tx.append_audit(&record)?;
            let detail = json!({"tenant": tenant, "of": detail});
            tx.append_platform_audit(&AuditEvent { detail, ..record })?;
            tx.commit()?;
            (0..2).for_each(|_| self.count_record("ok"));
            Ok(given)
        };
        done().map_err(|error| self.refuse_custody(cx, Some(tenant), action, error))
    }

    /// Nothing that a process still knows of the users of a tenant outlives their erasure.
    pub(super) fn forget_snapshots(&self, tenant: TenantId) {
        self.snapshots.forget(tenant);
    }
}

/// A hold to be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// What it keeps.
    pub subject: HeldSubject,
    /// Why, such as the name of the matter.
    pub reason: String,
}

impl Holds<'_> {
    /// Sets a hold: what it keeps is neither deleted nor redacted, erased or purged until two operators have
    /// released it.
    pub fn set(&self, operator: &VerifiedPrincipal, tenant: TenantId, new: &NewHold) -> Result<LegalHold, Error> {
        let platform = self.0;
        let cx = platform.require_operator(operator, PlatformPermission::WriteTenants, "hold.set")?;
        let hold = LegalHold {
            id: HoldId::new(&*platform.ids, cx.now()),
            subject: new.subject.clone(),
            reason: new.reason.clone(),
            set_by: cx.operator().to_owned(),
            set_at: cx.now(),
            released: None,
        };
        platform.in_custody(&cx, tenant, ["hold.set", "hold", &hold.id.to_string()], |tx| {
            tx.set_hold(&hold)?;
            Ok((hold.clone(), json!({ "subject": hold.subject })))
        })
    }

    /// The holds of a tenant, released ones among them, in the order they were set.
    pub fn list(&self, operator: &VerifiedPrincipal, tenant: TenantId) -> Result<Vec<LegalHold>, Error> {
        let platform = self.0;
        let cx = platform.require_operator(operator, PlatformPermission::ReadTenants, "hold.list")?;
        platform.store.custody(&cx, tenant)?.holds()
    }
}

impl Control<'_> {
    /// Asks for what another operator is to confirm within 24 hours.
    pub fn request(&self, operator: &VerifiedPrincipal, act: &ControlledAct) -> Result<ControlRequest, Error> {
        let platform = self.0;
        let cx = platform.require_operator(operator, act.permission(), act.action())?;
        let id = ControlRequestId::new(&*platform.ids, cx.now());
        let request = ControlRequest::new(id, act.clone(), cx.operator(), cx.now())?;
        let mut tx = platform.store.platform(&cx)?;
        if let Some(tenant) = act.tenant() {
            tx.tenant(tenant)?;
        }
        tx.set_control_request(&request)?;
        tx.append_audit(&AuditEvent {
            detail: json!({ "act": act }),
            ..event(cx.operator(), "control.request", "control_request", &id.to_string(), cx.now())
        })?;
        tx.commit()?;
        platform.count_record("ok");
        Ok(request)
    }

    /// Confirms what another operator has asked for, and does it: both are on record together.
    ///
    /// `separation_of_duty` for who asked; `illegal_transition` where it was confirmed before or came too late.
    pub fn confirm(&self, operator: &VerifiedPrincipal, id: ControlRequestId) -> Result<ControlRequest, Error> {
        let platform = self.0;
        let cx = platform.enter_platform(operator)?;
        let request = platform.store.platform(&cx)?.control_request(id)?;
        let act = &request.act;
        platform.permit_operator(&cx, act.permission(), act.action())?;
        let confirmed = match (act.tenant(), act) {
            (Some(tenant), _) => self.confirm_for(&cx, tenant, &request),
            (None, ControlledAct::RedactAudit { redaction, .. }) => {
                let done = || {
                    let confirmed = request.confirmed(cx.operator(), cx.now())?;
                    let mut tx = platform.store.platform(&cx)?;
                    // The record first: it keeps others away until the transaction ends.
                    tx.append_audit(&AuditEvent {
                        detail: json!({"request": id, "requested_by": request.requested_by, "of": redaction}),
                        ..event(cx.operator(), act.action(), "audit", "platform", cx.now())
                    })?;
                    tx.control_request(id)?.confirmed(cx.operator(), cx.now())?;
                    tx.redact_platform(redaction)?;
                    tx.set_control_request(&confirmed)?;
                    tx.commit()?;
                    platform.count_record("ok");
                    Ok(confirmed)
                };
                done().map_err(|error| platform.refuse_custody(&cx, None, act.action(), error))
            }
            (None, _) => Err(Error::internal("unreadable_row", "a request about no tenant")),
        }?;
        if let ControlledAct::PurgeTenant { tenant } = act {
            platform.forget_snapshots(*tenant);
        }
        Ok(confirmed)
    }

    fn confirm_for(
        self,
        cx: &PlatformCtx,
        tenant: TenantId,
        request: &ControlRequest,
    ) -> Result<ControlRequest, Error> {
        let (act, id) = (&request.act, request.id);
        let (resource_type, resource_id) = match act {
            ControlledAct::RedactAudit { .. } => ("audit", tenant.to_string()),
            ControlledAct::ReleaseHold { hold, .. } => ("hold", hold.to_string()),
            ControlledAct::PurgeTenant { .. } => ("tenant", tenant.to_string()),
        };
        self.0.in_custody(cx, tenant, [act.action(), resource_type, &resource_id], |tx| {
            // As it is now that the tenant is held: another may have confirmed it meanwhile.
            let confirmed = tx.control_request(id)?.confirmed(cx.operator(), cx.now())?;
            let done = match act {
                ControlledAct::RedactAudit { redaction, .. } => {
                    json!({"redaction": redaction, "private_fields": tx.redact(redaction)?})
                }
                ControlledAct::ReleaseHold { hold, .. } => {
                    let (requested_by, by) = (request.requested_by.clone(), cx.operator().to_owned());
                    let release = Release { requested_by, confirmed_by: by, at: cx.now() };
                    json!({ "subject": tx.release_hold(*hold, &release)?.subject })
                }
                ControlledAct::PurgeTenant { .. } => json!(tx.purge_content()?),
            };
            tx.set_control_request(&confirmed)?;
            let detail = json!({"request": id, "requested_by": request.requested_by, "done": done});
            Ok((confirmed, detail))
        })
    }

    /// At most `size` (1 to 100) requests, the newest first, confirmed and expired ones among them.
    pub fn list(&self, operator: &VerifiedPrincipal, size: usize) -> Result<Vec<ControlRequest>, Error> {
        super::subscriptions::require_size(size)?;
        let platform = self.0;
        let cx = platform.require_operator(operator, PlatformPermission::ViewAudit, "control.list")?;
        platform.store.platform(&cx)?.control_requests(size)
    }
}

impl Audit<'_> {
    /// For operators who may redact: purges from every tenant's log the records older than the platform keeps them
    /// (see `PlatformBuilder::audit_retention`), a prefix each, of which a checkpoint stays. It may run at any
    /// time, and twice; a tenant of which anything is under a legal hold keeps all.
    pub fn retain(&self, operator: &VerifiedPrincipal) -> Result<Swept, Error> {
        let platform = self.0;
        let cx = platform.require_operator(operator, PlatformPermission::RedactAudit, "audit.purge")?;
        let oldest = cx.now().plus_micros(-platform.audit_retention);
        let mut swept = Swept::default();
        let mut after = None;
        loop {
            let tenants = platform.store.platform(&cx)?.tenant_ids(after, BATCH)?;
            let Some(last) = tenants.last() else { return Ok(swept) };
            after = Some(*last);
            for tenant in tenants {
                swept.count(tenant, self.purge(&cx, tenant, oldest));
            }
        }
    }

    /// Purges what a tenant has of before `oldest`; how many records that were.
    fn purge(self, cx: &PlatformCtx, tenant: TenantId, oldest: Timestamp) -> Result<u64, Error> {
        let platform = self.0;
        let (start, through) = {
            let mut tx = platform.store.custody(cx, tenant)?;
            let start = tx.audit_start()?.seq;
            (start, expired(&mut *tx, start, oldest)?)
        };
        if through == start {
            return Ok(0);
        }
        platform.in_custody(cx, tenant, ["audit.purge", "audit", &tenant.to_string()], |tx| {
            let checkpoint = tx.purge_audit(through)?;
            let purged = checkpoint.seq - start;
            Ok((purged, json!({"checkpoint": checkpoint, "records": purged})))
        })
    }
}

/// The last position of the prefix that is older.
fn expired(tx: &mut dyn CustodyTx, start: u64, oldest: Timestamp) -> Result<u64, Error> {
    let mut through = start;
    loop {
        let records = tx.audit_after(through, BATCH)?;
        let old = records.iter().take_while(|record| record.event.at < oldest).count();
        through = old.checked_sub(1).map_or(through, |last| records[last].seq);
        if old < BATCH {
            return Ok(through);
        }
    }
}
