//! The audit log: one hash chain a tenant. Whoever alters, removes, inserts or reorders a record breaks
//! the chain at a place that [`verify`] names.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::id::TenantId;
use crate::model::canonical_json;
use crate::time::Timestamp;

/// Something to be put on record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// The record that `event` becomes after this head.
    #[must_use]
    pub fn append(&self, event: AuditEvent) -> AuditRecord {
        let seq = self.seq + 1;
        let hash = digest(&self.hash, seq, &event);
        AuditRecord { seq, event, prev_hash: self.hash.clone(), hash }
    }
}

/// SHA-256("valor-ivx/audit/v1" || 0 || previous hash || position || canonical record), times as
/// integer microseconds.
fn digest(prev_hash: &str, seq: u64, event: &AuditEvent) -> String {
    let record = json!({
        "seq": seq, "prev_hash": prev_hash, "at": event.at.as_micros(), "actor": event.actor, "action": event.action,
        "resource_type": event.resource_type, "resource_id": event.resource_id,
        "outcome": event.outcome, "reason": event.reason, "detail": event.detail,
    });
    let mut hasher = Sha256::new();
    hasher.update(b"valor-ivx/audit/v1\0");
    hasher.update(unhex(prev_hash));
    hasher.update(seq.to_be_bytes());
    hasher.update(canonical_json(&record).as_bytes());
    hex(&hasher.finalize())
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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
    let mut last = start.clone();
    for record in records {
        let broken = |kind| Verification::Broken { seq: last.seq + 1, kind };
        if record.seq != last.seq + 1 {
            return broken(Fault::Gap);
        }
        if record.prev_hash != last.hash {
            return broken(Fault::Fork);
        }
        if digest(&record.prev_hash, record.seq, &record.event) != record.hash {
            return broken(Fault::Mismatch);
        }
        last = AuditHead { seq: record.seq, hash: record.hash.clone() };
    }
    if last == *head {
        Verification::Intact { from: start.seq + 1, to: last.seq, count: last.seq - start.seq, head: last.hash }
    } else {
        Verification::Broken { seq: last.seq + 1, kind: Fault::Truncated }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TENANT: &str = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";

    fn event(action: &str, detail: Value) -> AuditEvent {
        AuditEvent {
            at: Timestamp::from_micros(1_700_000_000_000_000),
            actor: "ada".to_owned(),
            action: action.to_owned(),
            resource_type: "run".to_owned(),
            resource_id: "r1".to_owned(),
            outcome: "ok".to_owned(),
            reason: None,
            detail,
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
        fn any_change_of_any_record_is_found_at_its_place(length in 1_u64..8, at in 0_usize..8, change in 0_usize..9) {
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
                _ => record.hash = head.hash.chars().rev().collect(),
            }
            let seq = at as u64 + 1;
            let found = verify(TENANT.parse().unwrap(), &records, &head);
            prop_assert_eq!(found, Verification::Broken { seq, kind: Fault::Mismatch });
        }
    }
}
