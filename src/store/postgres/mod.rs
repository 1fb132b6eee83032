//! The store in PostgreSQL; see [`PostgresStore`].
//!
//! A writer holds its tenant's row until it ends, so that writers of one tenant follow one another and
//! those of different tenants do not wait, and within a process only the first of them holds a connection. Statements are sent whole, with their parameters apart, and
//! leave nothing on the server.

mod connection;
mod encryption;
mod safety;
mod schema;
mod server;
mod stats;
#[cfg(test)]
mod tests;
mod turns;

use super::{
    BillingTx, Connections, CustodyTx, Identity, PlatformTx, RoutingDocument, Store, TenantRead, TenantTx, sql,
};
use crate::error::Error;
use crate::id::TenantId;
use crate::tenancy::{PlatformCtx, TenantCtx, VerifiedPrincipal};
use connection::{Open, Rights};
use server::Server;
use sql::Scope;
use turns::Turns;

/// A store in a database of PostgreSQL 14 or later, for many processes on the same tenants.
///
/// Two walls stand between tenants. Each statement names its tenant, and the database itself shows and
/// takes only rows of the tenant that the transaction was opened for: row security is enabled and forced
/// on every table, by a setting that ends with the transaction.
///
/// Three roles share the work, and [`PostgresStore::ROLES`] makes them: the owner of the tables, who
/// migrates them; `valor_app`, which acts for one tenant; and `valor_platform`, which acts for the
/// platform and has no right to what tenants own. The library connects as a fourth, `valor`, that is
/// neither owner nor superuser and takes one of the last two in each transaction.
///
/// ```no_run
/// use valor_ivx::platform::Platform;
///
/// // Once for each version of the library, as the owner.
/// Platform::migrate("postgresql://valor_owner@localhost/valor")?;
/// let platform = Platform::open("postgresql://valor@localhost/valor")?;
/// # Ok::<(), valor_ivx::Error>(())
/// ```
///
/// No setting and no prepared statement outlives its transaction, so that a pooler of transactions may
/// stand between. Connections are encrypted where the address says `sslmode=require` and names, by
/// `sslrootcert=/path/of/certificates.pem`, whom it trusts; the server must then prove to be the host that is
/// named, and else they are not: connect by a unix socket or a private network. Not supported: certificates of
/// the client's own, encryption over a unix socket, and use in a process that was forked after the store was
/// opened.
pub struct PostgresStore {
    server: Server,
    turns: Turns,
}

impl PostgresStore {
    /// The statements by which a superuser makes the roles that a store needs, once a cluster.
    pub const ROLES: &'static str = include_str!("roles.sql");

    /// Opens the database at `url`, `postgresql://valor@host/database`.
    ///
    /// Refused when its schema is not this library's own (see [`PostgresStore::migrate`]), or when the
    /// role that connects, or anything in the database, would let one tenant see another's rows.
    pub fn open(url: &str) -> Result<Self, Error> {
        let server = Server::at(url)?;
        let database = Open::begin(server.client()?, Rights::Own, None)?;
        safety::require_safe_roles(&database)?;
        schema::require_current(&database)?;
        safety::require_safe_tables(&database)?;
        drop(database);
        Ok(Self { server, turns: Turns::default() })
    }

    /// Brings the database to the newest schema; `url` connects as the role that owns the tables.
    pub fn migrate(url: &str) -> Result<(), Error> {
        let server = Server::at(url)?;
        let database = Open::begin(server.client()?, Rights::Own, None)?;
        safety::require_safe_owner(&database)?;
        schema::migrate(database)
    }

    fn begin(&self, rights: Rights) -> Result<Open<'_>, Error> {
        self.server.require_own_process()?;
        let turn = match rights {
            Rights::Write(Scope::Tenant(tenant)) => Some(self.turns.take(tenant)?),
            _ => None,
        };
        Open::begin(self.server.client()?, rights, turn)
    }
}

impl std::fmt::Debug for PostgresStore {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl Store for PostgresStore {
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
        let database = self.begin(Rights::Read(Scope::Tenant(cx.tenant())))?;
        Ok(Box::new(sql::reading(Box::new(database), cx)))
    }

    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        let database = self.begin(Rights::Write(Scope::Tenant(cx.tenant())))?;
        Ok(Box::new(sql::writing(Box::new(database), cx)?))
    }

    fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error> {
        let database = self.begin(Rights::Write(Scope::Tenant(tenant)))?;
        Ok(Box::new(sql::tending(Box::new(database), cx, tenant)?))
    }

    fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error> {
        let database = self.begin(Rights::Write(Scope::Tenant(tenant)))?;
        Ok(Box::new(sql::tending(Box::new(database), cx, tenant)?))
    }

    fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
        Ok(Box::new(sql::governing(Box::new(self.begin(Rights::Write(Scope::Platform))?), cx)))
    }

    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
        let tenant = sql::tenant_of(principal)?;
        sql::identity(&self.begin(Rights::Read(Scope::Tenant(tenant)))?, principal)
    }

    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
        let tenant = sql::tenant_of(principal)?;
        sql::auth_version(&self.begin(Rights::Read(Scope::Tenant(tenant)))?, tenant)
    }

    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
        Ok(sql::global_routing(&self.begin(Rights::Read(Scope::Platform))?, 1)?.pop())
    }

    fn global_routing_version(&self) -> Result<u64, Error> {
        sql::global_routing_version(&self.begin(Rights::Read(Scope::Platform))?)
    }

    fn connections(&self) -> Option<Connections> {
        Some(self.server.connections())
    }
}
