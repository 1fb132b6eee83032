//! The store in one SQLite file: the default for real use on one machine.
//!
//! STRICT tables, write-ahead log, foreign keys on, composite keys (tenant, id). Writers take the file's
//! write lock at once and wait up to 5 seconds for it. Keys and what is searched for are columns; the
//! rest of an entity is its JSON form in `body`.

mod amounts;
mod platform;
mod runs;
mod schema;
#[cfg(test)]
mod tests;
mod transaction;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Serialize, de::DeserializeOwned};

use super::{Identity, PlatformTx, RoutingDocument, Store, TenantRead, TenantTx, absent};
use crate::error::Error;
use crate::tenancy::{PlatformCtx, Subscription, Tenant, TenantCtx, User, VerifiedPrincipal};
use crate::time::Timestamp;
use platform::PlatformTransaction;
use transaction::{Open, Transaction};

/// A store in one file.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the file at `path`, makes it if it is not there, and brings it to the newest schema.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let mut connection = Connection::open(path).map_err(unavailable)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(unavailable)?;
        for (pragma, value) in [("journal_mode", "WAL"), ("foreign_keys", "ON"), ("synchronous", "NORMAL")] {
            connection.pragma_update(None, pragma, value).map_err(unavailable)?;
        }
        connection.set_prepared_statement_cache_capacity(64);
        schema::migrate(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    // A transaction cut off by a panic has been rolled back by its drop.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
        Ok(Box::new(Transaction::begin(self.lock(), cx.tenant(), false)?))
    }

    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        Ok(Box::new(Transaction::begin(self.lock(), cx.tenant(), true)?))
    }

    fn platform<'s>(&'s self, _: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
        Ok(Box::new(PlatformTransaction::begin(self.lock())?))
    }

    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
        // One reading of the file, so that grants and version belong together.
        let open = Open::begin(self.lock(), false)?;
        let connection = open.connection();
        let tenant_id = principal.tenant().ok_or_else(|| absent("principal"))?.to_string();
        let tenant: Tenant = one(connection, "SELECT body FROM tenant WHERE id = ?1", [&tenant_id], "principal")?;
        let user: User = one(
            connection,
            "SELECT body FROM user WHERE tenant_id = ?1 AND issuer = ?2 AND subject = ?3",
            [&tenant_id, principal.issuer(), principal.subject()],
            "principal",
        )?;
        let organization = match user.organization_id {
            None => None,
            Some(id) => Some(one(
                connection,
                "SELECT body FROM organization WHERE tenant_id = ?1 AND id = ?2",
                [&tenant_id, &id.to_string()],
                "organization",
            )?),
        };
        let grants = many(
            connection,
            "SELECT body FROM role_grant WHERE tenant_id = ?1 AND user_id = ?2 ORDER BY role, scope",
            [&tenant_id, &user.id.to_string()],
        )?;
        let subscription: Subscription =
            one(connection, "SELECT body FROM subscription WHERE tenant_id = ?1", [&tenant_id], "subscription")?;
        Ok(Identity { tenant, user, organization, grants, subscription })
    }

    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
        let tenant = principal.tenant().ok_or_else(|| absent("principal"))?;
        auth_version(&self.lock(), &tenant.to_string())
    }

    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
        let sql = "SELECT version, config, actor, at FROM global_routing ORDER BY version DESC LIMIT ?1";
        Ok(routing_documents(&self.lock(), sql, 1, None)?.pop())
    }
}

/// The documents that `sql` finds: at most `size` (its parameter 1), of `tenant` (2) where it has one.
fn routing_documents(
    connection: &Connection,
    sql: &str,
    size: usize,
    tenant: Option<&str>,
) -> Result<Vec<RoutingDocument>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    statement.raw_bind_parameter(1, size).map_err(unavailable)?;
    if let Some(tenant) = tenant {
        statement.raw_bind_parameter(2, tenant).map_err(unavailable)?;
    }
    let mut rows = statement.raw_query();
    let mut documents = Vec::new();
    while let Some(row) = rows.next().map_err(unavailable)? {
        let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let (version, config, actor, at): (i64, String, String, i64) = columns(row).map_err(unavailable)?;
        documents.push(RoutingDocument {
            version: count(version)?,
            config: self::read(&config)?,
            actor,
            at: Timestamp::from_micros(at),
        });
    }
    Ok(documents)
}

fn auth_version(connection: &Connection, tenant: &str) -> Result<u64, Error> {
    let mut statement =
        connection.prepare_cached("SELECT auth_version FROM tenant WHERE id = ?1").map_err(unavailable)?;
    let version = statement.query_row([tenant], |row| row.get::<_, i64>(0)).optional().map_err(unavailable)?;
    count(version.ok_or_else(|| absent("principal"))?)
}

/// The entity that `sql` finds; `NotFound` about `what` when there is none.
fn one<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    what: &str,
) -> Result<T, Error> {
    maybe(connection, sql, parameters)?.ok_or_else(|| absent(what))
}

/// The entity that `sql` finds, if any.
fn maybe<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let body = statement.query_row(parameters, |row| row.get::<_, String>(0)).optional().map_err(unavailable)?;
    body.map(|body| read(&body)).transpose()
}

/// All entities that `sql` finds.
fn many<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    let rows = statement.query_map(parameters, |row| row.get::<_, String>(0)).map_err(unavailable)?;
    rows.map(|body| read(&body.map_err(unavailable)?)).collect()
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(|cause| Error::internal("unreadable_row", cause.to_string()))
}

fn write<T: Serialize>(entity: &T) -> Result<String, Error> {
    serde_json::to_string(entity).map_err(|cause| Error::internal("unwritable_row", cause.to_string()))
}

/// A count as SQLite holds it.
fn number(count: u64) -> Result<i64, Error> {
    i64::try_from(count).map_err(|_| Error::invalid_input("quantity", count, "at most 2^63 - 1"))
}

fn count(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::internal("unreadable_row", format!("{number} is not a count")))
}

/// What SQLite says, as an error of the library: a broken unique rule is a conflict, a held lock passes.
#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn unavailable(cause: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    match cause.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::conflict("duplicate", cause.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::unavailable("busy", cause.to_string()),
        _ => Error::unavailable("store_unavailable", cause.to_string()),
    }
}
