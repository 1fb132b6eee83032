//! A connection inside a transaction, with the rights of one scope.

use std::cell::Cell;

use deadpool_postgres::Object;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::schema::{APP, PLATFORM};
use super::turns::Turn;
use crate::error::Error;
use crate::store::absent;
use crate::store::sql::{Column, Connection, Dialect, Held, Parameter, Row, Scope};

/// Lists of ids are handed over as arrays.
pub(super) const DIALECT: Dialect = Dialect {
    by_ids: |table| format!("SELECT body FROM {table} WHERE tenant_id = ?1 AND id = ANY(?2)"),
    // Row security alone says which: who deletes may not read a row of the log. The tenant is in the setting.
    purge: "DELETE FROM audit WHERE ?1 IS NOT NULL",
    // JSON may hold characters that are no text here: they are none of this field's, but all fields are read.
    bytes: |table| {
        let bytes = "(replace(body, '\\u0000', '\\ufffd')::json ->> 'bytes')::bigint";
        format!("SELECT coalesce(sum({bytes}), 0)::bigint FROM {table} WHERE tenant_id = ?1")
    },
};

/// The lock that whoever changes the routing of everyone holds: "valor-iv" as bytes of a number.
const ROUTING_LOCK: i64 = i64::from_be_bytes(*b"valor-iv");

/// The lock that whoever counts calls for no tenant holds: "valor-st" as bytes of a number.
const STATISTICS_LOCK: i64 = i64::from_be_bytes(*b"valor-st");

/// The lock that whoever appends to the platform's log holds: "valor-lg" as bytes of a number.
const PLATFORM_LOG_LOCK: i64 = i64::from_be_bytes(*b"valor-lg");

/// With which rights a transaction begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rights {
    /// Reads what a scope shows, all of it as of one instant.
    Read(Scope),
    /// Reads and writes it.
    Write(Scope),
    /// Those of the role that connected, to look at the database itself or to migrate it.
    Own,
}

/// A connection inside a transaction, rolled back when dropped without commit.
pub(super) struct Open<'s> {
    /// Absent only while it is dropped.
    client: Option<Object>,
    /// Whether a statement has failed, after which PostgreSQL takes no other, and rolls back in place of a commit.
    failed: Cell<bool>,
    committed: bool,
    /// Given up after all else.
    _turn: Option<Turn<'s>>,
}

/// What puts a transaction into a scope until it ends. A tenant's id is hexadecimal, and so is safe as text.
fn entering(scope: Scope) -> String {
    let (tenant, role) = match scope {
        Scope::Tenant(tenant) => (tenant.to_string(), APP),
        Scope::Platform => (String::new(), PLATFORM),
        Scope::Purging(tenant) => (tenant.to_string(), PLATFORM),
    };
    format!("SELECT set_config('valor.tenant', '{tenant}', true); SET LOCAL ROLE {role};")
}

impl<'s> Open<'s> {
    pub(super) fn begin(client: Object, rights: Rights, turn: Option<Turn<'s>>) -> Result<Self, Error> {
        let (mode, scope) = match rights {
            Rights::Read(scope) => ("REPEATABLE READ READ ONLY", entering(scope)),
            Rights::Write(scope) => ("READ COMMITTED READ WRITE", entering(scope)),
            Rights::Own => ("READ COMMITTED READ WRITE", String::new()),
        };
        let open = Self { client: Some(client), failed: Cell::new(false), committed: false, _turn: turn };
        // In one message. Names are looked for in the library's schema alone, and a tenant that another
        // writer holds is waited for as long as SQLite waits for its file.
        open.script(&format!(
            "BEGIN ISOLATION LEVEL {mode}; {scope} SET LOCAL search_path = valor, pg_temp; SET LOCAL lock_timeout = '5s'"
        ))?;
        Ok(open)
    }

    fn client(&self) -> &tokio_postgres::Client {
        self.client.as_ref().expect("only dropping takes it")
    }

    /// Waits for an answer of the server, and remembers that a statement has failed.
    fn answer<T>(&self, future: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Error> {
        wait(future).map_err(|cause| {
            self.failed.set(true);
            unavailable(cause)
        })
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().filter(|_| !self.committed)
            && wait(client.batch_execute("ROLLBACK")).is_err()
        {
            // Nobody is to use it again; the server rolls back when it is closed.
            drop(Object::take(client));
        }
    }
}

impl Connection for Open<'_> {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
        self.answer(self.client().execute_typed(&numbered(sql), &typed(parameters)))
    }

    fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        // PostgreSQL takes no text with a zero in it, and so no row holds one.
        if parameters.iter().any(|parameter| matches!(parameter, Parameter::Text(Some(text)) if text.contains('\0'))) {
            return Ok(Vec::new());
        }
        let rows = self.answer(self.client().query_typed(&numbered(sql), &typed(parameters)))?;
        rows.iter().map(|row| (0..row.len()).map(|at| column(row, at)).collect::<Result<_, _>>().map(Row)).collect()
    }

    fn script(&self, sql: &str) -> Result<(), Error> {
        self.answer(self.client().batch_execute(sql))
    }

    fn act_for(&self, scope: Scope) -> Result<(), Error> {
        self.script(&entering(scope))
    }

    fn hold(&self, held: Held) -> Result<(), Error> {
        match held {
            Held::Tenant(tenant) => {
                let sql = "SELECT auth_version FROM tenant WHERE id = ?1 FOR NO KEY UPDATE";
                if self.query(sql, &[tenant.into()])?.is_empty() { Err(absent("tenant")) } else { Ok(()) }
            }
            Held::Routing => self.script(&format!("SELECT pg_advisory_xact_lock({ROUTING_LOCK})")),
            Held::Statistics => self.script(&format!("SELECT pg_advisory_xact_lock({STATISTICS_LOCK})")),
            Held::PlatformLog => self.script(&format!("SELECT pg_advisory_xact_lock({PLATFORM_LOG_LOCK})")),
        }
    }

    fn commit(&mut self) -> Result<(), Error> {
        if self.failed.get() {
            let what = "a statement of this transaction failed, and all of it has been rolled back";
            return Err(Error::unavailable("store_unavailable", what));
        }
        self.script("COMMIT")?;
        self.committed = true;
        Ok(())
    }
}

/// A statement as PostgreSQL writes its parameters.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// The parameters with their types, so that the server need not be asked for them.
fn typed<'p>(parameters: &'p [Parameter<'_>]) -> Vec<(&'p (dyn ToSql + Sync), Type)> {
    let typed = |parameter: &'p Parameter<'_>| match parameter {
        Parameter::Integer(number) => (number as &(dyn ToSql + Sync), Type::INT8),
        Parameter::Text(text) => (text as _, Type::TEXT),
        Parameter::Id(id) => (id as _, Type::UUID),
        Parameter::Ids(ids) => (ids as _, Type::UUID_ARRAY),
    };
    parameters.iter().map(typed).collect()
}

fn column(row: &tokio_postgres::Row, at: usize) -> Result<Column, Error> {
    let found = match *row.columns()[at].type_() {
        Type::INT8 => row.try_get(at).map(Column::Integer),
        Type::UUID => row.try_get(at).map(Column::Id),
        _ => row.try_get(at).map(Column::Text),
    };
    found.map_err(|cause| Error::internal("unreadable_row", cause.to_string()))
}

/// Waits for what the client's thread does.
///
/// A host's task may poll only so much before it must give way, which a caller that waits here never
/// does: counted against the host's task, the wait would not end.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(tokio::task::coop::unconstrained(future))
}

/// What PostgreSQL says, as an error of the library: a held lock passes, and a broken rule is a conflict.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
pub(super) fn unavailable(cause: tokio_postgres::Error) -> Error {
    let Some(told) = cause.as_db_error() else {
        // Of what went wrong on the way only the innermost cause tells anything.
        let inner = std::error::Error::source(&cause).map(|inner| format!(": {inner}")).unwrap_or_default();
        return Error::unavailable("store_unavailable", format!("{cause}{inner}"));
    };
    let code = told.code();
    if [&SqlState::UNIQUE_VIOLATION, &SqlState::FOREIGN_KEY_VIOLATION].contains(&code) {
        return Error::conflict("duplicate", told.message());
    }
    let passing = [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    let reason = if passing.contains(code) { "busy" } else { "store_unavailable" };
    Error::unavailable(reason, told.message())
}
