//! A chain carried away: one record a line and a trailer, verified without any store.

use std::io::{BufRead, Read as _};

use serde::{Deserialize, Serialize};

use super::{Anchor, AuditHead, AuditRecord, Fault, Verification, Walk};
use crate::error::Error;
use crate::id::TenantId;

/// The longest line that is read.
const MOST_LINE_BYTES: u64 = 16 << 20;

/// The last line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportTrailer {
    /// How many records there are.
    pub count: u64,
    /// The last of them.
    pub head: AuditHead,
    /// Heads that were kept elsewhere, among these records.
    pub anchors: Vec<Anchor>,
    /// Whose chain it is; none is the platform's own.
    pub tenant: Option<TenantId>,
    /// What the first record follows: the empty head, a checkpoint, or the record before the range.
    pub start: AuditHead,
}

/// Verifies an export, one record at a time: every record follows from the one before, and the trailer agrees.
///
/// `anchors` are heads of this chain that the reader has from elsewhere; those outside its range say nothing.
/// A line that is neither record nor trailer is an error that names it.
pub fn verify_export(mut reader: impl BufRead, anchors: &[Anchor]) -> Result<Verification, Error> {
    let mut walk: Option<(AuditHead, Walk)> = None;
    let (mut line, mut number) = (String::new(), 0_u64);
    let refuse = |number: u64, why: String| {
        Error::invalid_input("line", number, "a record of the chain, and at the end its trailer").with_hint(why)
    };
    loop {
        line.clear();
        number += 1;
        let read = reader.by_ref().take(MOST_LINE_BYTES).read_line(&mut line);
        let read = read.map_err(|cause| Error::unavailable("unreadable", format!("line {number}: {cause}")))?;
        if read == 0 {
            let seq = walk.map_or(1, |(_, walk)| walk.last().seq + 1);
            return Ok(Verification::Broken { seq, kind: Fault::Truncated });
        }
        let record: AuditRecord = match serde_json::from_str(&line) {
            Ok(record) => record,
            Err(cause) => match serde_json::from_str::<ExportTrailer>(&line) {
                Ok(trailer) => return Ok(concluded(walk, &trailer, anchors)),
                Err(_) => return Err(refuse(number, cause.to_string())),
            },
        };
        let (_, walk) = walk.get_or_insert_with(|| {
            let start = AuditHead { seq: record.seq.saturating_sub(1), hash: record.prev_hash.clone() };
            (start.clone(), Walk::from(start))
        });
        if let Err(broken) = walk.step(&record) {
            return Ok(broken.into());
        }
        if let Some(broken) = anchors.iter().find_map(|anchor| anchor.check(&record).err()) {
            return Ok(broken.into());
        }
    }
}

/// What the trailer says of the records that were met.
fn concluded(walk: Option<(AuditHead, Walk)>, trailer: &ExportTrailer, anchors: &[Anchor]) -> Verification {
    let (start, walk) = walk.unwrap_or_else(|| (trailer.start.clone(), Walk::from(trailer.start.clone())));
    let broken = |seq, kind| Verification::Broken { seq, kind };
    if start.seq != trailer.start.seq {
        return broken(trailer.start.seq + 1, Fault::Gap);
    }
    let genesis = AuditHead::empty_of(trailer.tenant);
    if start != trailer.start || (start.seq == 0 && start != genesis) {
        return broken(start.seq + 1, Fault::Fork);
    }
    let told = anchors.iter().chain(&trailer.anchors).find(|anchor| {
        anchor.tenant == trailer.tenant && anchor.seq == trailer.head.seq && anchor.hash != trailer.head.hash
    });
    if let Some(anchor) = told {
        return broken(anchor.seq, Fault::Fork);
    }
    match walk.end(Some(&trailer.head)) {
        Verification::Intact { to, count, .. } if count != trailer.count => broken(to, Fault::Mismatch),
        verification => verification,
    }
}
