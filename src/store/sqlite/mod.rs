//! The store in one SQLite file: the default for real use on one machine.
//!
//! STRICT tables, write-ahead log, foreign keys on, composite keys (tenant, id). Writers take the file's
//! write lock at once and wait up to 5 seconds for it.

mod connection;
mod schema;
mod stats;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::{
    BillingTx, Connections, CustodyTx, Identity, PlatformTx, RoutingDocument, Store, TenantRead, TenantTx, sql,
};
use crate::error::Error;
use crate::id::TenantId;
use crate::tenancy::{PlatformCtx, TenantCtx, VerifiedPrincipal};
use connection::{Open, unavailable};

/// A store in one file.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<rusqlite::Connection>,
}

impl SqliteStore {
    /// Opens the file at `path`, makes it if it is not there, and brings it to the newest schema.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let connection = rusqlite::Connection::open(path).map_err(unavailable)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(unavailable)?;
        for (pragma, value) in [("journal_mode", "WAL"), ("foreign_keys", "ON"), ("synchronous", "NORMAL")] {
            connection.pragma_update(None, pragma, value).map_err(unavailable)?;
        }
        connection.set_prepared_statement_cache_capacity(64);
        let store = Self { connection: Mutex::new(connection) };
        schema::migrate(store.begin(true)?)?;
        Ok(store)
    }

    fn begin(&self, writes: bool) -> Result<Open<'_>, Error> {
        // A transaction cut off by a panic has been rolled back by its drop.
        let connection: MutexGuard<'_, _> = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        Open::begin(connection, writes)
    }
}

impl Store for SqliteStore {
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
        Ok(Box::new(sql::reading(Box::new(self.begin(false)?), cx)))
    }

    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        Ok(Box::new(sql::writing(Box::new(self.begin(true)?), cx)?))
    }

    fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error> {
        Ok(Box::new(sql::tending(Box::new(self.begin(true)?), cx, tenant)?))
    }

    fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error> {
        Ok(Box::new(sql::tending(Box::new(self.begin(true)?), cx, tenant)?))
    }

    fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
        Ok(Box::new(sql::governing(Box::new(self.begin(true)?), cx)))
    }

    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
        // One reading of the file, so that grants and version belong together.
        sql::identity(&self.begin(false)?, principal)
    }

    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
        sql::auth_version(&self.begin(false)?, sql::tenant_of(principal)?)
    }

    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
        Ok(sql::global_routing(&self.begin(false)?, 1)?.pop())
    }

    fn global_routing_version(&self) -> Result<u64, Error> {
        sql::global_routing_version(&self.begin(false)?)
    }

    fn connections(&self) -> Option<Connections> {
        let busy = u64::from(matches!(self.connection.try_lock(), Err(TryLockError::WouldBlock)));
        Some(Connections { idle: 1 - busy, busy, max: 1 })
    }
}
