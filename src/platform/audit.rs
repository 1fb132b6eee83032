//! The audit log as a service: listed, verified and carried away, by those who may and on record; its heads
//! handed to the host's anchors.
//!
//! A tenant's users reach their own tenant's chain, operators the platform's own.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Platform;
use super::denials::Acting;
use super::govern::beside;
use super::services::event;
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{AuditRead, Entity, Holder, Page, PageReq};
use crate::tenancy::{
    Anchor, AuditEvent, AuditHead, AuditRecord, Broken, ExportTrailer, Fault, Permission, PlatformPermission,
    PrincipalKind, PrivateField, Verification, VerifiedPrincipal, Walk,
};
use crate::time::Timestamp;

/// Records that are read at once, so that no log is too long for memory.
const BATCH: u64 = 2_000;

/// Records after which a head is handed to the anchors.
const ANCHOR_RECORDS: u64 = 1_000;
/// The time after which one is, if there is any record more.
const ANCHOR_MICROS: i64 = 3_600_000_000;
/// Calls of a scope after which its head is looked at.
const ANCHOR_CALLS: u32 = 100;

/// The audit log of the caller's tenant; for operators the platform's own.
#[derive(Clone, Copy)]
pub struct Audit<'p>(pub(super) &'p Platform);

impl Platform {
    /// The audit log of the caller's tenant; for operators the platform's own.
    #[must_use]
    pub fn audit(&self) -> Audit<'_> {
        Audit(self)
    }
}

/// A part of a log: positions from and to, each included; the whole where they are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRange {
    /// The first position.
    #[serde(default)]
    pub from: Option<u64>,
    /// The last position.
    #[serde(default)]
    pub to: Option<u64>,
}

/// How a log is carried away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One record a line as JSON, and a trailer.
    #[default]
    Ndjson,
}

/// What is read of a log at once.
struct Batch {
    start: AuditHead,
    head: AuditHead,
    records: Vec<AuditRecord>,
    private: Vec<PrivateField>,
}

impl Batch {
    fn read(read: &mut (impl AuditRead + ?Sized), after: u64, size: u64) -> Result<Self, Error> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let records = read.audit_after(after, size)?;
        let private = match (records.first(), records.last()) {
            (Some(first), Some(last)) => read.private_fields(first.seq, last.seq)?,
            _ => Vec::new(),
        };
        Ok(Self { start: read.audit_start()?, head: read.audit_head()?, records, private })
    }

    /// The first private field that is not the one on record. One that is gone was redacted, which is a record.
    fn changed_field(&self) -> Option<Broken> {
        let kept = |field: &&PrivateField| {
            let at = self.records.binary_search_by_key(&field.seq, |record| record.seq);
            let digest = at.ok().and_then(|at| self.records[at].event.private_digests.get(&field.name));
            digest.is_none_or(|digest| *digest != field.digest())
        };
        self.private.iter().find(kept).map(|field| Broken { seq: field.seq, kind: Fault::Mismatch })
    }
}

impl Audit<'_> {
    /// The tenant's records, newest first; filter `actor`, `action`, or `resource_type` with `resource_id`.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<AuditRecord>, Error> {
        let platform = self.0;
        let cx = platform.require(principal, Permission::ViewAuditLogs, "audit.read")?;
        platform.require_feature(&cx, "audit_logs", "audit.read")?;
        platform.settle_floods(Some(cx.tenant()), true)?;
        let holder = Holder::User(cx.tenant(), cx.user());
        let listing = platform.cursors.listing(Entity::Audit, request, holder, cx.now())?;
        // Read and on record in one: nobody reads it unseen.
        let mut tx = platform.begin(&cx)?;
        let slice = tx.page_audit(&listing)?;
        tx.append_audit(&AuditEvent {
            detail: json!({"records": slice.items.len()}),
            ..event(&cx.user().to_string(), "audit.read", "audit", &cx.tenant().to_string(), platform.clock.now())
        })?;
        tx.commit()?;
        platform.count_record("ok");
        Ok(platform.cursors.page(slice, &listing, holder, cx.now()))
    }

    /// For operators: at most `size` (1 to 1,000) records of the platform's own log that follow position `after`,
    /// oldest first.
    pub fn records(&self, operator: &VerifiedPrincipal, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        if !(1..=1_000).contains(&size) {
            return Err(Error::invalid_input("size", size, "1 to 1000"));
        }
        let platform = self.0;
        let cx = platform.require_operator(operator, PlatformPermission::ViewAudit, "audit.read")?;
        platform.settle_floods(None, true)?;
        let mut tx = platform.store.platform(&cx)?;
        let records = tx.audit_after(after, size)?;
        tx.append_audit(&AuditEvent {
            detail: json!({"records": records.len()}),
            ..event(cx.operator(), "audit.read", "audit", "platform", platform.clock.now())
        })?;
        tx.commit()?;
        platform.count_record("ok");
        Ok(records)
    }

    /// The private fields of a record that have not been redacted, by name; for operators of the platform's own.
    pub fn private_fields(&self, principal: &VerifiedPrincipal, seq: u64) -> Result<BTreeMap<String, String>, Error> {
        let acting = self.reading(principal, "audit.read_private")?;
        let batch = self.batch(&acting, seq.saturating_sub(1), 1)?;
        if batch.records.first().is_none_or(|record| record.seq != seq) {
            return Err(Error::not_found("not_found", "audit record"));
        }
        self.put(&acting, "audit.read_private", &json!({ "seq": seq }))?;
        Ok(batch.private.into_iter().map(|field| (field.name, field.value)).collect())
    }

    /// Verifies the whole log, with its private fields, against the anchors that were kept.
    pub fn verify(&self, principal: &VerifiedPrincipal) -> Result<Verification, Error> {
        self.verify_range(principal, AuditRange::default(), &[])
    }

    /// Verifies a part of it, against the anchors that were kept and those that are given. The record before the
    /// part is taken for known.
    pub fn verify_range(
        &self,
        principal: &VerifiedPrincipal,
        range: AuditRange,
        anchors: &[Anchor],
    ) -> Result<Verification, Error> {
        let platform = self.0;
        let acting = self.reading(principal, "audit.verify")?;
        let anchors = self.anchors(&acting, anchors)?;
        let verification = self.walked(&acting, range, &anchors)?;
        platform.count_verification(&verification);
        let recorded = self.put(&acting, "audit.verify", &json!({ "range": range, "verification": verification }));
        match verification {
            // Nothing may keep back that a log is broken; a broken one may take no record.
            Verification::Broken { .. } => Ok(verification),
            Verification::Intact { .. } => recorded.map(|()| verification),
        }
    }

    /// Carries a part of the log away, record by record, and a trailer with which
    /// [`verify_export`](crate::tenancy::verify_export) checks it; takes `export_data`, too.
    ///
    /// Private fields are in it as their digests alone.
    pub fn export(
        &self,
        principal: &VerifiedPrincipal,
        range: AuditRange,
        format: ExportFormat,
        to: &mut dyn Write,
    ) -> Result<ExportTrailer, Error> {
        let acting = self.reading(principal, "audit.export")?;
        if let Acting::Tenant(cx) = &acting {
            let tenant = cx.tenant().to_string();
            let named = ["audit.export", "audit", &*tenant];
            self.0.permit(cx, Permission::ExportData, &crate::tenancy::Resource::Tenant, named, "audit.export")?;
        }
        self.put(&acting, "audit.export", &json!({ "range": range, "format": format }))?;
        let (begin, mut last) = (self.begin(&acting, range)?, None);
        let (mut after, mut count) = (begin.seq, 0);
        let end = range.to.unwrap_or(u64::MAX);
        let head = loop {
            let size = BATCH.min(end.saturating_sub(after));
            let batch = self.batch(&acting, after, size)?;
            require_still_there(&batch.start, after)?;
            let is_last = (batch.records.len() as u64) < size;
            for record in batch.records {
                write_line(to, &record)?;
                (after, count) = (record.seq, count + 1);
                last = Some(record);
            }
            if is_last {
                break batch.head;
            }
            if after >= end {
                break last.as_ref().map_or_else(|| begin.clone(), AuditRecord::as_head);
            }
        };
        let mut anchors = self.anchors(&acting, &[])?;
        anchors.retain(|anchor| (begin.seq + 1..=head.seq).contains(&anchor.seq));
        let tenant = scope(&acting);
        let trailer = ExportTrailer { count, head, anchors, tenant, start: begin };
        write_line(to, &trailer)?;
        to.flush().map_err(unwritable)?;
        Ok(trailer)
    }

    /// Hands the head of the log to the host's anchors now, as calls do about every 1,000 records and every hour.
    pub fn anchor(&self, principal: &VerifiedPrincipal) -> Result<Anchor, Error> {
        let acting = self.reading(principal, "audit.anchor")?;
        self.put(&acting, "audit.anchor", &Value::Null)?;
        let head = self.batch(&acting, 0, 0)?.head;
        let anchor = Anchor { tenant: scope(&acting), seq: head.seq, hash: head.hash, at: self.0.clock.now() };
        self.0.anchors.keep(&anchor)?;
        Ok(anchor)
    }

    /// Who reads which log, if they may.
    fn reading(self, principal: &VerifiedPrincipal, action: &str) -> Result<Acting, Error> {
        let platform = self.0;
        let acting = if principal.kind() == PrincipalKind::Platform {
            Acting::Platform(platform.require_operator(principal, PlatformPermission::ViewAudit, action)?)
        } else {
            let cx = platform.require(principal, Permission::ViewAuditLogs, action)?;
            platform.require_feature(&cx, "audit_logs", action)?;
            Acting::Tenant(cx)
        };
        platform.settle_floods(scope(&acting), true)?;
        Ok(acting)
    }

    fn put(self, acting: &Acting, action: &str, detail: &Value) -> Result<(), Error> {
        let id = scope(acting).map_or_else(|| "platform".to_owned(), |tenant| tenant.to_string());
        let read = event(&acting.actor(), action, "audit", &id, self.0.clock.now());
        self.0.put(acting, &AuditEvent { detail: detail.clone(), ..read })
    }

    fn batch(self, acting: &Acting, after: u64, size: u64) -> Result<Batch, Error> {
        match acting {
            Acting::Tenant(cx) => Batch::read(&mut *self.0.store.read(cx)?, after, size),
            Acting::Platform(cx) => Batch::read(&mut *self.0.store.platform(cx)?, after, size),
        }
    }

    fn anchors(self, acting: &Acting, given: &[Anchor]) -> Result<Vec<Anchor>, Error> {
        let scope = scope(acting);
        let mut anchors = self.0.anchors.kept(scope)?;
        anchors.extend(given.iter().filter(|anchor| anchor.tenant == scope).cloned());
        Ok(anchors)
    }

    /// The head after which a part of the log begins.
    fn begin(self, acting: &Acting, range: AuditRange) -> Result<AuditHead, Error> {
        let from = range.from.unwrap_or(1).max(1);
        let batch = self.batch(acting, from.saturating_sub(2), 1)?;
        if from <= batch.start.seq + 1 {
            return Ok(batch.start);
        }
        if from > batch.head.seq {
            return Ok(batch.head);
        }
        // Where the record before is not there, the walk finds the gap.
        let before = batch.records.first().filter(|record| record.seq == from - 1);
        Ok(before.map_or_else(|| AuditHead { seq: from - 1, hash: String::new() }, AuditRecord::as_head))
    }

    fn walked(self, acting: &Acting, range: AuditRange, anchors: &[Anchor]) -> Result<Verification, Error> {
        let begin = self.begin(acting, range)?;
        if let Some(broken) = anchors.iter().find(|anchor| anchor.seq == begin.seq && anchor.hash != begin.hash) {
            return Ok(Verification::Broken { seq: broken.seq, kind: Fault::Fork });
        }
        let end = range.to.unwrap_or(u64::MAX);
        let mut walk = Walk::from(begin);
        loop {
            let after = walk.last().seq;
            let size = BATCH.min(end.saturating_sub(after));
            let batch = self.batch(acting, after, size)?;
            require_still_there(&batch.start, after)?;
            let met = batch.records.iter().try_for_each(|record| {
                walk.step(record)?;
                anchors.iter().filter(|anchor| anchor.seq == record.seq).try_for_each(|anchor| anchor.check(record))
            });
            if let Some(broken) = met.err().or_else(|| batch.changed_field()) {
                return Ok(broken.into());
            }
            if (batch.records.len() as u64) < size {
                let cut = anchors.iter().any(|anchor| anchor.is_beyond(&batch.head));
                return Ok(match walk.end(Some(&batch.head)) {
                    Verification::Intact { to, .. } if cut => {
                        Verification::Broken { seq: to + 1, kind: Fault::Truncated }
                    }
                    verification => verification,
                });
            }
            if walk.last().seq >= end {
                return Ok(walk.end(None));
            }
        }
    }
}

fn scope(acting: &Acting) -> Option<TenantId> {
    match acting {
        Acting::Tenant(cx) => Some(cx.tenant()),
        Acting::Platform(_) => None,
    }
}

/// Refuses to go on where a purge has taken what comes next.
fn require_still_there(start: &AuditHead, after: u64) -> Result<(), Error> {
    if start.seq <= after {
        return Ok(());
    }
    Err(Error::conflict("version_conflict", "records were purged while they were read").with_hint("read them again"))
}

fn write_line(to: &mut dyn Write, line: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(line).map_err(|cause| Error::internal("unwritable_row", cause.to_string()))?;
    to.write_all(text.as_bytes()).and_then(|()| to.write_all(b"\n")).map_err(unwritable)
}

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn unwritable(cause: std::io::Error) -> Error {
    Error::unavailable("unwritable", format!("the export: {cause}"))
}

/// How far the anchors of a log have come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchored {
    seq: u64,
    at: Timestamp,
    calls: u32,
}

impl Platform {
    /// Hands the head of a log to the host's anchors where that is due; what goes wrong is tried again by a later
    /// call, and found by whoever verifies.
    pub(super) fn anchor_when_due(&self, acting: &Acting) {
        if !self.has_anchors {
            return;
        }
        let (scope, now) = (scope(acting), self.clock.now());
        let known = {
            let mut anchored = self.anchored.lock().unwrap_or_else(PoisonError::into_inner);
            let known = anchored.entry(scope).or_insert(Anchored { seq: 0, at: now, calls: 0 });
            known.calls += 1;
            let is_late = now.as_micros().saturating_sub(known.at.as_micros()) >= ANCHOR_MICROS;
            if known.calls < ANCHOR_CALLS && !is_late {
                return;
            }
            known.calls = 0;
            (known.seq, is_late)
        };
        let Ok(Batch { head, .. }) = self.audit().batch(acting, u64::MAX, 0) else { return };
        if head.seq < known.0 + ANCHOR_RECORDS && !(known.1 && head.seq > known.0) {
            return;
        }
        let anchor = Anchor { tenant: scope, seq: head.seq, hash: head.hash, at: now };
        if self.anchors.keep(&anchor).is_ok() {
            let mut anchored = self.anchored.lock().unwrap_or_else(PoisonError::into_inner);
            anchored.insert(scope, Anchored { seq: anchor.seq, at: now, calls: 0 });
        }
    }

    /// Refuses what the plan does not hold, on record.
    pub(super) fn require_feature(
        &self,
        cx: &crate::tenancy::TenantCtx,
        feature: &str,
        action: &str,
    ) -> Result<(), Error> {
        self.entitle(cx, feature, action).map_err(|error| {
            let recorded = self.put_denial_on_record(cx, action, &error);
            beside(error, recorded)
        })
    }
}
