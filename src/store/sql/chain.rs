//! The audit chain in its table: one appender a tenant, which holds the tenant while it appends.

use super::{Connection, Row, at_most, number, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::require_brief;
use crate::tenancy::{AuditEvent, AuditHead, AuditRecord};

pub(super) fn head(connection: &dyn Connection, tenant: TenantId) -> Result<AuditHead, Error> {
    let rows = connection.query("SELECT seq, hash FROM audit_head WHERE tenant_id = ?1", &[tenant.into()])?;
    match rows.first() {
        None => Ok(AuditHead::empty(tenant)),
        Some(row) => Ok(AuditHead { seq: row.count(0)?, hash: row.text(1)?.to_owned() }),
    }
}

pub(super) fn append(connection: &dyn Connection, tenant: TenantId, event: &AuditEvent) -> Result<AuditRecord, Error> {
    require_brief(event)?;
    let record = head(connection, tenant)?.append(event.clone());
    let seq = number(record.seq)?;
    connection.execute(
        "INSERT INTO audit
             (tenant_id, seq, prev_hash, hash, event, actor, action, resource_type, resource_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &[
            tenant.into(),
            seq.into(),
            (&record.prev_hash).into(),
            (&record.hash).into(),
            write(event)?.into(),
            (&event.actor).into(),
            (&event.action).into(),
            (&event.resource_type).into(),
            (&event.resource_id).into(),
        ],
    )?;
    connection.execute(
        "INSERT INTO audit_head (tenant_id, seq, hash) VALUES (?1, ?2, ?3)
         ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        &[tenant.into(), seq.into(), (&record.hash).into()],
    )?;
    Ok(record)
}

/// At most `size` records that follow position `after`.
pub(super) fn after(
    connection: &dyn Connection,
    tenant: TenantId,
    after: u64,
    size: usize,
) -> Result<Vec<AuditRecord>, Error> {
    // What is beyond the largest position is after all of them.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let sql = "SELECT seq, prev_hash, hash, event FROM audit WHERE tenant_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    let rows = connection.query(sql, &[tenant.into(), after.into(), at_most(size)])?;
    rows.iter().map(record).collect()
}

/// What a record is read from.
pub(super) const COLUMNS: &str = "seq, prev_hash, hash, event";

pub(super) fn record(row: &Row) -> Result<AuditRecord, Error> {
    let seq = row.count(0)?;
    let event = serde_json::from_str(row.text(3)?)
        .map_err(|cause| Error::internal("unreadable_row", format!("audit record {seq}: {cause}")))?;
    Ok(AuditRecord { seq, event, prev_hash: row.text(1)?.to_owned(), hash: row.text(2)?.to_owned() })
}
