//! Audit chains in their tables: one appender each, which holds the chain's owner while it appends.

use super::{Connection, Held, Parameter, Row, at_most, number, write};
use crate::error::Error;
use crate::store::audit::{Owner, sealed};
use crate::store::require_brief;
use crate::tenancy::{AuditEvent, AuditHead, AuditRecord, Origin, PrivateField, Redaction};

/// The tables of a chain, each statement written once: a tenant's rows begin with its id, the platform's with
/// the word `platform`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log(pub(super) Owner);

impl Log {
    fn written(self, sql: &str) -> String {
        let (prefix, owner) = if self.0.is_some() { ("", "tenant_id") } else { ("global_", "scope") };
        sql.replace("{log}", prefix).replace("{owner}", owner)
    }

    /// Its owner as the first parameter of its statements.
    fn owner(self) -> Parameter<'static> {
        self.0.map_or_else(|| "platform".into(), Parameter::from)
    }

    fn query(self, connection: &dyn Connection, sql: &str, rest: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        let parameters: Vec<_> = std::iter::once(self.owner()).chain(rest.iter().cloned()).collect();
        connection.query(&self.written(sql), &parameters)
    }

    fn execute(self, connection: &dyn Connection, sql: &str, rest: &[Parameter<'_>]) -> Result<u64, Error> {
        let parameters: Vec<_> = std::iter::once(self.owner()).chain(rest.iter().cloned()).collect();
        connection.execute(&self.written(sql), &parameters)
    }

    fn place(self, connection: &dyn Connection, sql: &str) -> Result<Option<AuditHead>, Error> {
        let rows = self.query(connection, sql, &[])?;
        rows.first().map(|row| Ok(AuditHead { seq: row.count(0)?, hash: row.text(1)?.to_owned() })).transpose()
    }

    pub(super) fn head(self, connection: &dyn Connection) -> Result<AuditHead, Error> {
        let known = self.place(connection, "SELECT seq, hash FROM {log}audit_head WHERE {owner} = ?1")?;
        Ok(known.unwrap_or_else(|| AuditHead::empty_of(self.0)))
    }

    pub(super) fn start(self, connection: &dyn Connection) -> Result<AuditHead, Error> {
        // Of the platform's own chain nothing is purged.
        let known = match self.0 {
            None => None,
            Some(_) => self.place(connection, "SELECT seq, hash FROM audit_checkpoint WHERE {owner} = ?1")?,
        };
        Ok(known.unwrap_or_else(|| AuditHead::empty_of(self.0)))
    }

    pub(super) fn append(
        self,
        connection: &dyn Connection,
        origin: &Origin,
        event: &AuditEvent,
    ) -> Result<AuditRecord, Error> {
        require_brief(event)?;
        let (event, fields) = sealed(origin, event)?;
        if self.0.is_none() {
            connection.hold(Held::PlatformLog)?;
        }
        let record = self.head(connection)?.append(event);
        let (seq, event) = (number(record.seq)?, &record.event);
        self.execute(
            connection,
            "INSERT INTO {log}audit
                 ({owner}, seq, prev_hash, hash, event, actor, action, resource_type, resource_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            &[
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
        for PrivateField { name, salt, value, .. } in &fields {
            let sql = "INSERT INTO {log}audit_private ({owner}, seq, name, salt, value) VALUES (?1, ?2, ?3, ?4, ?5)";
            self.execute(connection, sql, &[seq.into(), name.into(), salt.into(), value.into()])?;
        }
        self.execute(
            connection,
            "INSERT INTO {log}audit_head ({owner}, seq, hash) VALUES (?1, ?2, ?3)
             ON CONFLICT ({owner}) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            &[seq.into(), (&record.hash).into()],
        )?;
        Ok(record)
    }

    /// At most `size` records that follow position `after`.
    pub(super) fn after(self, connection: &dyn Connection, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        let sql = "SELECT seq, prev_hash, hash, event FROM {log}audit
                   WHERE {owner} = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let rows = self.query(connection, sql, &[position(after), at_most(size)])?;
        rows.iter().map(record).collect()
    }

    /// The private fields of a range of records.
    pub(super) fn private_fields(
        self,
        connection: &dyn Connection,
        from: u64,
        to: u64,
    ) -> Result<Vec<PrivateField>, Error> {
        let sql = "SELECT seq, name, salt, value FROM {log}audit_private
                   WHERE {owner} = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq, name";
        let field = |row: &Row| {
            let text = |at| row.text(at).map(str::to_owned);
            Ok(PrivateField { seq: row.count(0)?, name: text(1)?, salt: text(2)?, value: text(3)? })
        };
        self.query(connection, sql, &[position(from), position(to)])?.iter().map(field).collect()
    }

    /// Deletes salt and text of private fields; how many there were.
    pub(super) fn redact(self, connection: &dyn Connection, redaction: &Redaction) -> Result<u64, Error> {
        let range = [position(redaction.from), position(redaction.to)];
        let sql = "DELETE FROM {log}audit_private WHERE {owner} = ?1 AND seq BETWEEN ?2 AND ?3";
        match &redaction.field {
            None => self.execute(connection, sql, &range),
            Some(field) => {
                let [from, to] = range;
                self.execute(connection, &format!("{sql} AND name = ?4"), &[from, to, field.into()])
            }
        }
    }
}

/// A position as databases hold it; what is beyond the largest is after all of them.
pub(super) fn position(seq: u64) -> Parameter<'static> {
    i64::try_from(seq).unwrap_or(i64::MAX).into()
}

/// What a record is read from.
pub(super) const COLUMNS: &str = "seq, prev_hash, hash, event";

pub(super) fn record(row: &Row) -> Result<AuditRecord, Error> {
    let seq = row.count(0)?;
    let event = serde_json::from_str(row.text(3)?)
        .map_err(|cause| Error::internal("unreadable_row", format!("audit record {seq}: {cause}")))?;
    Ok(AuditRecord { seq, event, prev_hash: row.text(1)?.to_owned(), hash: row.text(2)?.to_owned() })
}
