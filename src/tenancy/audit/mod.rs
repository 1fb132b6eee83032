//! The audit log: one hash chain a tenant, and one of the platform. Whoever alters, removes, inserts or
//! reorders a record breaks the chain at a place that [`verify`] names.
//!
//! What may have to be forgotten one day is in the chain as a salted digest alone ([`PrivateField`]), so that
//! redacting it leaves the chain whole.

mod anchor;
mod control;
mod export;
mod hold;
mod private;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::id::TenantId;
use crate::model::canonical::{write_string, write_value};
use crate::time::Timestamp;

pub use anchor::{Anchor, AnchorSink, NoAnchors};
pub use control::{Confirmation, ControlRequest, ControlledAct, Redaction};
pub use export::{ExportTrailer, verify_export};
pub use hold::{HeldSubject, LegalHold, Release, require_free, require_no_hold};
pub use private::{MOST_PRIVATE_BYTES, Origin, PrivateField};

/// Something to be put on record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who: a user id, or an operator.
    pub actor: String,
    /// What was done: `run.create`, `user.create`, …
    pub action: String,
    /// What sort of thing it was done to.
    pub resource_type: String,
    /// Which one.
    pub resource_id: String,
    /// How it ended: `ok` or `denied`, or the kind of error.
    pub outcome: String,
    /// The reason of a refusal or failure.
    pub reason: Option<String>,
    /// Further facts; never inputs, outputs or secrets.
    pub detail: Value,
    /// The host's own name of the request that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Texts that may have to be forgotten, by name, at most 1 KiB each: `network_address`,
    /// `client_software`, names, free text. Only what is to be put on record holds them; a record that is read
    /// holds `private_digests` in their place.
    #[serde(skip)]
    pub private: BTreeMap<String, String>,
    /// SHA-256 of salt and text of each private field, in hexadecimal; set when it is put on record.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private_digests: BTreeMap<String, String>,
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Position, from 1.
    pub seq: u64,
    /// What is on record.
    pub event: AuditEvent,
    /// Hash of the record before, in hexadecimal.
    pub prev_hash: String,
    /// Hash of this one.
    pub hash: String,
}

/// Where a chain ends, or where what is kept of it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Position of the last record; 0 for an empty chain.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

impl AuditHead {
    /// The head of a chain without records: the digest of the tenant's id.
    #[must_use]
    pub fn empty(tenant: TenantId) -> Self {
        Self { seq: 0, hash: hex(&Sha256::digest(tenant.as_bytes())) }
    }

    /// The head of the platform's own chain without records: the digest of the word `platform`.
    #[must_use]
    pub fn empty_platform() -> Self {
        Self { seq: 0, hash: hex(&Sha256::digest(b"platform")) }
    }

    /// The head of the chain of a tenant, or of the platform, without records.
    #[must_use]
    pub fn empty_of(owner: Option<TenantId>) -> Self {
        owner.map_or_else(Self::empty_platform, Self::empty)
    }

    /// The record that `event` becomes after this head.
    #[must_use]
    pub fn append(&self, event: AuditEvent) -> AuditRecord {
        let seq = self.seq + 1;
        let hash = digest(&self.hash, seq, &event);
        AuditRecord { seq, event, prev_hash: self.hash.clone(), hash }
    }
}

impl AuditRecord {
    /// The head of a chain that ends with this record.
    #[must_use]
    pub fn as_head(&self) -> AuditHead {
        AuditHead { seq: self.seq, hash: self.hash.clone() }
    }
}

/// SHA-256("valor-ivx/audit/v1" || 0 || previous hash || position || canonical record), times as
/// integer microseconds. Request and private fields are in the record where there are any.
fn digest(prev_hash: &str, seq: u64, event: &AuditEvent) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"valor-ivx/audit/v1\0");
    hasher.update(unhex(prev_hash));
    hasher.update(seq.to_be_bytes());
    hasher.update(canonical_record(prev_hash, seq, event));
    hex(&hasher.finalize())
}

/// The record as JSON, its keys in order: written out, since it is written for each record that is verified.
fn canonical_record(prev_hash: &str, seq: u64, event: &AuditEvent) -> String {
    let mut text = String::with_capacity(512);
    let mut before = '{';
    let mut key = |text: &mut String, name: &str| {
        text.push(before);
        before = ',';
        write_string(text, name);
        text.push(':');
    };
    let string = |text: &mut String, value: &Option<String>| match value {
        None => text.push_str("null"),
        Some(value) => write_string(text, value),
    };
    key(&mut text, "action");
    write_string(&mut text, &event.action);
    key(&mut text, "actor");
    write_string(&mut text, &event.actor);
    key(&mut text, "at");
    text.push_str(&event.at.as_micros().to_string());
    key(&mut text, "detail");
    write_value(&mut text, &event.detail);
    key(&mut text, "outcome");
    write_string(&mut text, &event.outcome);
    key(&mut text, "prev_hash");
    write_string(&mut text, prev_hash);
    if !event.private_digests.is_empty() {
        key(&mut text, "private_digests");
        let digests = event.private_digests.iter().map(|(name, digest)| (name.clone(), digest.as_str().into()));
        write_value(&mut text, &Value::Object(digests.collect()));
    }
    key(&mut text, "reason");
    string(&mut text, &event.reason);
    if event.request_id.is_some() {
        key(&mut text, "request_id");
        string(&mut text, &event.request_id);
    }
    key(&mut text, "resource_id");
    write_string(&mut text, &event.resource_id);
    key(&mut text, "resource_type");
    write_string(&mut text, &event.resource_type);
    key(&mut text, "seq");
    text.push_str(&seq.to_string());
    text.push('}');
    text
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of a hexadecimal text; what is not hexadecimal counts as nothing, and breaks the chain.
fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// A record does not hash to what it says.
    Mismatch,
    /// A position is missing.
    Gap,
    /// A record does not follow from the one before.
    Fork,
    /// Records after the known head are gone.
    Truncated,
}

/// The state of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verification {
    /// Every record follows from the one before.
    Intact {
        /// First position verified.
        from: u64,
        /// Last position verified; less than `from` when there was nothing to verify.
        to: u64,
        /// Records verified.
        count: u64,
        /// Hash of the last.
        head: String,
    },
    /// The chain is broken.
    Broken {
        /// At this position.
        seq: u64,
        /// In this way.
        kind: Fault,
    },
}

/// Verifies a whole chain of `tenant`, whose head is known to be `head`.
#[must_use]
pub fn verify<'a>(
    tenant: TenantId,
    records: impl IntoIterator<Item = &'a AuditRecord>,
    head: &AuditHead,
) -> Verification {
    verify_after(&AuditHead::empty(tenant), records, head)
}

/// Verifies the part of a chain that follows `start`, a head known from before, and ends at `head`.
#[must_use]
pub fn verify_after<'a>(
    start: &AuditHead,
    records: impl IntoIterator<Item = &'a AuditRecord>,
    head: &AuditHead,
) -> Verification {
    let mut walk = Walk::from(start.clone());
    match records.into_iter().try_for_each(|record| walk.step(record)) {
        Ok(()) => walk.end(Some(head)),
        Err(broken) => broken.into(),
    }
}

/// A place at which a chain is broken, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The position.
    pub seq: u64,
    /// In which way.
    pub kind: Fault,
}

impl From<Broken> for Verification {
    fn from(Broken { seq, kind }: Broken) -> Self {
        Verification::Broken { seq, kind }
    }
}

/// A walk along a chain, record by record, in bounded memory.
#[derive(Clone, Debug)]
pub struct Walk {
    start: u64,
    last: AuditHead,
}

impl From<AuditHead> for Walk {
    /// Begins after a head that is known from before.
    fn from(start: AuditHead) -> Self {
        Self { start: start.seq, last: start }
    }
}

impl Walk {
    /// The record that was met last.
    #[must_use]
    pub fn last(&self) -> &AuditHead {
        &self.last
    }

    /// Meets the next record, which must follow from the one before.
    pub fn step(&mut self, record: &AuditRecord) -> Result<(), Broken> {
        let broken = |kind| Err(Broken { seq: self.last.seq + 1, kind });
        if record.seq != self.last.seq + 1 {
            return broken(Fault::Gap);
        }
        if record.prev_hash != self.last.hash {
            return broken(Fault::Fork);
        }
        if digest(&record.prev_hash, record.seq, &record.event) != record.hash {
            return broken(Fault::Mismatch);
        }
        self.last = record.as_head();
        Ok(())
    }

    /// What was found, where the last record must be `head` if one is known.
    #[must_use]
    pub fn end(self, head: Option<&AuditHead>) -> Verification {
        let Self { start, last } = self;
        if head.is_none_or(|head| last == *head) {
            Verification::Intact { from: start + 1, to: last.seq, count: last.seq - start, head: last.hash }
        } else {
            Verification::Broken { seq: last.seq + 1, kind: Fault::Truncated }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::model::canonical_json;

    const TENANT: &str = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";

    fn event(action: &str, detail: Value) -> AuditEvent {
        AuditEvent {
            at: Timestamp::from_micros(1_700_000_000_000_000),
            actor: "ada".to_owned(),
            action: action.to_owned(),
            resource_type: "run".to_owned(),
            resource_id: "r1".to_owned(),
            outcome: "ok".to_owned(),
            detail,
            ..AuditEvent::default()
        }
    }

    fn chain(length: u64) -> (Vec<AuditRecord>, AuditHead) {
        let mut head = AuditHead::empty(TENANT.parse().unwrap());
        let records = (0..length)
            .map(|i| {
                let record = head.append(event("run.create", json!({"number": i})));
                head = AuditHead { seq: record.seq, hash: record.hash.clone() };
                record
            })
            .collect();
        (records, head)
    }

    #[test]
    fn the_hash_is_the_one_that_another_program_computes() {
        // Worked out apart from this library: SHA-256 over the bytes that `digest` documents.
        let hash = "e34174886820de472b74fade642cb96e59e9e5c12d63e1d1acccbb2eea3ff358";
        assert_eq!(chain(1).1, AuditHead { seq: 1, hash: hash.to_owned() });
    }

    #[test]
    fn the_order_in_which_a_detail_was_written_does_not_matter() {
        let head = AuditHead::empty(TENANT.parse().unwrap());
        let one = head.append(event("x", json!({"a": 1, "b": {"c": 2, "d": 3}})));
        let two = head.append(event("x", json!({"b": {"d": 3, "c": 2}, "a": 1})));
        assert_eq!(one.hash, two.hash);
    }

    #[test]
    fn the_text_that_is_hashed_is_the_canonical_one_of_all_that_a_record_says() {
        let whole = AuditEvent {
            reason: Some("no \"permission\"".to_owned()),
            request_id: Some("r-1".to_owned()),
            private_digests: BTreeMap::from([("b".to_owned(), "02".to_owned()), ("a".to_owned(), "01".to_owned())]),
            ..event("run.create", json!({"z": [1, {"y": 2, "x": "Ünï"}], "a": null}))
        };
        let bare = AuditEvent { reason: None, request_id: None, private_digests: BTreeMap::new(), ..whole.clone() };
        for event in [whole, bare] {
            let mut record = json!({
                "seq": 7, "prev_hash": "ff", "at": event.at.as_micros(), "actor": event.actor, "action": event.action,
                "resource_type": event.resource_type, "resource_id": event.resource_id,
                "outcome": event.outcome, "reason": event.reason, "detail": event.detail,
            });
            if event.request_id.is_some() {
                record["request_id"] = json!(event.request_id);
                record["private_digests"] = json!(event.private_digests);
            }
            assert_eq!(canonical_record("ff", 7, &event), canonical_json(&record));
        }
    }

    #[test]
    fn a_part_is_verified_from_the_head_before_it() {
        let (records, head) = chain(5);
        let start = AuditHead { seq: 2, hash: records[1].hash.clone() };
        let whole = Verification::Intact { from: 3, to: 5, count: 3, head: head.hash.clone() };
        assert_eq!(verify_after(&start, &records[2..], &head), whole);
        assert_eq!(verify_after(&start, &records[3..], &head), Verification::Broken { seq: 3, kind: Fault::Gap });
        let elsewhere = AuditHead { seq: 2, hash: records[0].hash.clone() };
        assert_eq!(verify_after(&elsewhere, &records[2..], &head), Verification::Broken { seq: 3, kind: Fault::Fork });
        let none = Verification::Intact { from: 6, to: 5, count: 0, head: head.hash.clone() };
        assert_eq!(verify_after(&head, [], &head), none);
    }

    #[test]
    fn a_chain_of_one_tenant_is_none_of_another() {
        let (records, head) = chain(2);
        let other = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70810".parse().unwrap();
        assert_eq!(verify(other, &records, &head), Verification::Broken { seq: 1, kind: Fault::Fork });
    }

    proptest! {
        #[test]
        fn any_change_of_any_record_is_found_at_its_place(length in 1_u64..8, at in 0_usize..8, change in 0_usize..11) {
            let (mut records, head) = chain(length);
            let at = at % records.len();
            let record = &mut records[at];
            match change {
                0 => record.event.actor.push('x'),
                1 => record.event.action.push('x'),
                2 => record.event.resource_id.push('x'),
                3 => record.event.outcome = "denied".to_owned(),
                4 => record.event.reason = Some("no_permission".to_owned()),
                5 => record.event.detail = Value::Null,
                6 => record.event.at = record.event.at.plus_micros(1),
                7 => record.event.resource_type.clear(),
                8 => record.event.request_id = Some(String::new()),
                9 => drop(record.event.private_digests.insert("name".to_owned(), String::new())),
                _ => record.hash = head.hash.chars().rev().collect(),
            }
            let seq = at as u64 + 1;
            let found = verify(TENANT.parse().unwrap(), &records, &head);
            prop_assert_eq!(found, Verification::Broken { seq, kind: Fault::Mismatch });
        }
    }
}
