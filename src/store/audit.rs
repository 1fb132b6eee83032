//! The audit chain of a scope and what keeps it: private fields beside the records, legal holds, checkpoints
//! where a prefix was purged, and requests for what takes two operators.

use std::collections::BTreeMap;

use super::require_key;
use crate::error::Error;
use crate::id::{ControlRequestId, HoldId, TenantId};
use crate::tenancy::{
    AuditEvent, AuditHead, AuditRecord, ControlRequest, HeldSubject, LegalHold, MOST_PRIVATE_BYTES, Origin,
    PrivateField, Redaction, Release, TenantStatus,
};

/// Reading the chain of one tenant, or the platform's own, whichever the transaction is of.
pub trait AuditRead {
    /// Where what is kept of it begins: after the checkpoint of a purge, or with the first record.
    fn audit_start(&mut self) -> Result<AuditHead, Error>;
    /// Where it ends.
    fn audit_head(&mut self) -> Result<AuditHead, Error>;
    /// At most `size` records that follow position `after`, oldest first.
    fn audit_after(&mut self, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error>;
    /// The private fields of the records at positions `from` to `to` that have not been redacted, by position and
    /// name.
    fn private_fields(&mut self, from: u64, to: u64) -> Result<Vec<PrivateField>, Error>;
}

/// Putting on record, in the chain of the transaction's scope.
pub trait RecordTx {
    /// Appends to the chain; private fields go beside it, salted.
    fn append_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error>;
    /// Makes the changes last.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// Legal holds of one tenant.
pub trait HoldRead {
    /// All of them, released ones among them, in the order they were set.
    fn holds(&mut self) -> Result<Vec<LegalHold>, Error>;
}

/// Requests for what takes two operators, and the platform's own chain, in any transaction of the platform's.
pub trait ControlTx {
    /// Appends to the platform's chain; the last that a transaction does, since it holds that chain.
    fn append_platform_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error>;
    /// A request by its id.
    fn control_request(&mut self, id: ControlRequestId) -> Result<ControlRequest, Error>;
    /// Puts a request in place of the one of its id, if there is one.
    fn set_control_request(&mut self, request: &ControlRequest) -> Result<(), Error>;
}

/// What a purge of a tenant took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PurgedContent {
    /// Runs.
    pub runs: u64,
    /// Scenarios.
    pub scenarios: u64,
    /// Notes.
    pub notes: u64,
    /// Users who became pseudonyms.
    pub users: u64,
    /// Private fields of audit records.
    pub private_fields: u64,
}

/// What the platform does to what a tenant must keep, or may keep no longer. Whatever a live legal hold covers
/// is refused with `legal_hold`.
pub trait CustodyTx: AuditRead + HoldRead + RecordTx + ControlTx {
    /// Sets a hold.
    fn set_hold(&mut self, hold: &LegalHold) -> Result<(), Error>;
    /// Ends it.
    fn release_hold(&mut self, id: HoldId, release: &Release) -> Result<LegalHold, Error>;
    /// Deletes salt and text of private fields; how many there were.
    fn redact(&mut self, redaction: &Redaction) -> Result<u64, Error>;
    /// Deletes the records up to position `through`, which becomes the checkpoint.
    fn purge_audit(&mut self, through: u64) -> Result<AuditHead, Error>;
    /// Deletes what the users kept and makes them pseudonyms; invoices and the chain stay.
    fn purge_content(&mut self) -> Result<PurgedContent, Error>;
}

/// The most private fields of one record.
const MOST_PRIVATE: usize = 16;

/// An event as the chain takes it, marked with where the request came from, and its private fields, which are of
/// no record yet.
pub(super) fn sealed(origin: &Origin, event: &AuditEvent) -> Result<(AuditEvent, Vec<PrivateField>), Error> {
    let mut event = event.clone();
    if !event.private_digests.is_empty() {
        let told = event.private_digests.len();
        return Err(Error::invalid_input("private_digests", told, "none: they are made when it is put on record"));
    }
    if event.request_id.is_none() {
        event.request_id.clone_from(&origin.request_id);
    }
    let mut texts: BTreeMap<String, String> = std::mem::take(&mut event.private);
    for (name, text) in origin.private() {
        texts.entry(name.to_owned()).or_insert_with(|| text.to_owned());
    }
    if texts.len() > MOST_PRIVATE {
        return Err(Error::invalid_input("private", texts.len(), format!("at most {MOST_PRIVATE} fields")));
    }
    let mut fields = Vec::with_capacity(texts.len());
    for (name, text) in texts {
        if name.is_empty() || name.len() > 64 {
            return Err(Error::invalid_input("private", name.len(), "names of 1 to 64 bytes"));
        }
        require_key("private", &name)?;
        if text.len() > MOST_PRIVATE_BYTES || text.contains('\0') {
            // The text itself stays out of the message.
            let constraint = format!("at most {MOST_PRIVATE_BYTES} bytes, none of them zero");
            return Err(Error::invalid_input(format!("private.{name}"), text.len(), constraint));
        }
        let field = PrivateField::new(&name, &salt()?, &text);
        event.private_digests.insert(name, field.digest());
        fields.push(field);
    }
    Ok((event, fields))
}

/// 32 bytes that nobody can foretell, so that nobody can try texts against a digest once they are gone.
fn salt() -> Result<[u8; 32], Error> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt)
        .map_err(|cause| Error::unavailable("no_randomness", format!("the operating system: {cause}")))?;
    Ok(salt)
}

/// By what a record of the chain may be held: the whole tenant, its actor, the user or thing it is about.
pub(super) fn subjects_of(record: &AuditRecord) -> Vec<HeldSubject> {
    let AuditEvent { actor, resource_type, resource_id, .. } = &record.event;
    let resource = HeldSubject::Resource { resource_type: resource_type.clone(), resource_id: resource_id.clone() };
    let user = |id: &str| id.parse().ok().map(HeldSubject::User);
    let about = (resource_type == "user").then(|| user(resource_id)).flatten();
    [Some(resource), user(actor), about].into_iter().flatten().collect()
}

/// Refuses a checkpoint that would go back, or beyond the chain.
pub(super) fn require_prefix(through: u64, start: &AuditHead, head: &AuditHead) -> Result<(), Error> {
    if through > start.seq && through <= head.seq {
        return Ok(());
    }
    let constraint = format!("a position after the checkpoint {} and at most the last {}", start.seq, head.seq);
    Err(Error::invalid_input("through", through, constraint))
}

/// Refuses to purge a tenant that may still act.
pub(super) fn require_deactivated(status: TenantStatus) -> Result<(), Error> {
    if status == TenantStatus::Deactivated {
        return Ok(());
    }
    Err(Error::conflict("illegal_transition", "a tenant that may still act is not purged")
        .with_hint("deactivate it first"))
}

/// Holds in the order they were set; ids of one millisecond have none.
pub(super) fn in_order(mut holds: Vec<LegalHold>) -> Vec<LegalHold> {
    holds.sort_by_key(|hold| (hold.set_at, hold.id));
    holds
}

/// Refuses a hold whose words no store could keep.
pub(super) fn require_holdable(hold: &LegalHold) -> Result<(), Error> {
    require_key("reason", &hold.reason)?;
    if hold.reason.trim().is_empty() {
        return Err(Error::invalid_input("reason", hold.reason.clone(), "text that tells why it is held"));
    }
    match &hold.subject {
        HeldSubject::Resource { resource_type, resource_id } => {
            if !matches!(resource_type.as_str(), "run" | "scenario" | "note") {
                return Err(Error::invalid_input("resource_type", resource_type.clone(), "run, scenario or note"));
            }
            require_key("resource_id", resource_id)
        }
        HeldSubject::Tenant | HeldSubject::User(_) => Ok(()),
    }
}

/// By what something that a user keeps may be held.
pub(super) fn kept_subjects(what: &str, id: &str, owner: crate::id::UserId) -> [HeldSubject; 2] {
    let resource = HeldSubject::Resource { resource_type: what.to_owned(), resource_id: id.to_owned() };
    [resource, HeldSubject::User(owner)]
}

/// Whose chain it is: a tenant's, or the platform's own.
pub(super) type Owner = Option<TenantId>;
