//! The file's connection inside a transaction.

use std::sync::MutexGuard;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Statement, ToSql, params_from_iter};

use crate::error::Error;
use crate::store::sql::{Column, Connection, Dialect, Held, Parameter, Row, Scope};

/// Lists of ids are handed over as JSON arrays.
pub(super) const DIALECT: Dialect = Dialect {
    by_ids: |table| {
        format!(
            "SELECT body FROM json_each(?2) AS wanted JOIN {table} AS kept ON kept.tenant_id = ?1 AND kept.id = wanted.value"
        )
    },
    // The trigger refuses what lies behind the checkpoint.
    purge: "DELETE FROM audit WHERE tenant_id = ?1
            AND seq <= (SELECT seq FROM audit_checkpoint WHERE tenant_id = ?1)",
    bytes: |table| format!("SELECT coalesce(sum(body ->> '$.bytes'), 0) FROM {table} WHERE tenant_id = ?1"),
};

/// A connection inside a transaction, rolled back when dropped without commit.
pub(super) struct Open<'s> {
    connection: MutexGuard<'s, rusqlite::Connection>,
    committed: bool,
}

impl<'s> Open<'s> {
    pub(super) fn begin(connection: MutexGuard<'s, rusqlite::Connection>, writes: bool) -> Result<Self, Error> {
        connection.execute_batch(if writes { "BEGIN IMMEDIATE" } else { "BEGIN" }).map_err(unavailable)?;
        Ok(Self { connection, committed: false })
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // Where even this fails, closing the connection rolls back.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

impl Connection for Open<'_> {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(unavailable)?;
        let changed = statement.execute(params_from_iter(parameters)).map_err(unavailable)?;
        Ok(changed as u64)
    }

    fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(unavailable)?;
        found(&mut statement, parameters).map_err(unavailable)
    }

    fn script(&self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(unavailable)
    }

    // A file knows no roles: whoever has it has all of it.
    fn act_for(&self, _: Scope) -> Result<(), Error> {
        Ok(())
    }

    // A transaction that writes holds the whole file.
    fn hold(&self, _: Held) -> Result<(), Error> {
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.connection.execute_batch("COMMIT").map_err(unavailable)?;
        self.committed = true;
        Ok(())
    }
}

fn found(statement: &mut Statement<'_>, parameters: &[Parameter<'_>]) -> rusqlite::Result<Vec<Row>> {
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(parameters))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let column = |at: usize| match row.get_ref(at)? {
            ValueRef::Integer(number) => Ok(Column::Integer(number)),
            ValueRef::Text(_) => Ok(Column::Text(row.get(at)?)),
            other => Err(rusqlite::Error::InvalidColumnType(at, String::new(), other.data_type())),
        };
        found.push(Row((0..width).map(column).collect::<rusqlite::Result<_>>()?));
    }
    Ok(found)
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Parameter::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Parameter::Text(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Parameter::Id(Some(id)) => ToSqlOutput::Owned(Value::Text(id.to_string())),
            Parameter::Text(None) | Parameter::Id(None) => ToSqlOutput::Owned(Value::Null),
            Parameter::Ids(ids) => ToSqlOutput::Owned(Value::Text(serde_json::json!(ids).to_string())),
        })
    }
}

/// What SQLite says, as an error of the library: a held lock passes, and a broken rule is a conflict.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(super) fn unavailable(cause: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    match cause.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::conflict("duplicate", cause.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::unavailable("busy", cause.to_string()),
        _ => Error::unavailable("store_unavailable", cause.to_string()),
    }
}
