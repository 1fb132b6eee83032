//! Anchors: heads of a chain that are kept elsewhere, so that whoever cuts its end off is found out.

use serde::{Deserialize, Serialize};

use super::{AuditHead, AuditRecord, Broken, Fault};
use crate::error::Error;
use crate::id::TenantId;
use crate::time::Timestamp;

/// A head of a chain as it was at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Whose chain; none is the platform's own.
    #[serde(default)]
    pub tenant: Option<TenantId>,
    /// Position of the record.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
    /// When it was the last.
    pub at: Timestamp,
}

impl Anchor {
    /// Refuses a record that is not the one anchored.
    pub(crate) fn check(&self, record: &AuditRecord) -> Result<(), Broken> {
        if record.seq != self.seq || record.hash == self.hash {
            return Ok(());
        }
        Err(Broken { seq: self.seq, kind: Fault::Fork })
    }

    /// Whether the chain once went on beyond `head`.
    #[must_use]
    pub fn is_beyond(&self, head: &AuditHead) -> bool {
        self.seq > head.seq
    }
}

/// Where a host keeps heads of the chains: a place that nobody who can change the store can change too.
pub trait AnchorSink: Send + Sync {
    /// Keeps a head. It is told of each chain about every 1,000 records, and every hour in which there were any.
    fn keep(&self, anchor: &Anchor) -> Result<(), Error>;

    /// The heads that were kept of the chain of a tenant, or of the platform's own, by position.
    fn kept(&self, tenant: Option<TenantId>) -> Result<Vec<Anchor>, Error>;
}

/// Keeps no anchors.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAnchors;

impl AnchorSink for NoAnchors {
    fn keep(&self, _: &Anchor) -> Result<(), Error> {
        Ok(())
    }

    fn kept(&self, _: Option<TenantId>) -> Result<Vec<Anchor>, Error> {
        Ok(Vec::new())
    }
}
