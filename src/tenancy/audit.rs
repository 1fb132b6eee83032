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

fn hex(bytes: &[u8]) -> String {
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
    let mut last = AuditHead::empty(tenant);
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
        Verification::Intact { count: last.seq, head: last.hash }
    } else {
        Verification::Broken { seq: last.seq + 1, kind: Fault::Truncated }
    }
}
