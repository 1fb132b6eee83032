//! What the stores in a database do alike: one set of statements, and the rows they read and write.
//!
//! Keys and what is searched for are columns; the rest of an entity is its JSON form in `body`. A
//! database lends a [`Connection`], already inside a transaction; what it writes otherwise than the
//! others is in its [`Dialect`].
//!
//! No statement here breaks a rule of the tables to find out that it would: what is taken is skipped and
//! counted, so that a refusal leaves the transaction usable in every database.

mod amounts;
mod audit;
mod billing;
mod chain;
mod content;
mod entities;
mod lists;
mod migration;
#[cfg(test)]
pub(super) mod old;
mod platform;
mod provisioning;
mod ranges;
mod roles;
mod runs;
mod settings;
#[cfg(test)]
pub(super) mod shape;
pub(super) mod stats;
mod transaction;

use std::borrow::Cow;

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Identity, RoutingDocument, absent};
use crate::by_key::set_of;
use crate::error::Error;
use crate::id::{
    ControlRequestId, GrantId, HoldId, InvoiceId, NoteId, OrganizationId, OverrideId, ReservationId, RoleId, RunId,
    ScenarioId, SodRuleId, SubscriptionId, TenantId, UsageEventId, UserId,
};
use crate::tenancy::{PlatformCtx, TenantCtx, User, VerifiedPrincipal};
use crate::time::Timestamp;
use platform::PlatformTransaction;
use transaction::Transaction;

#[cfg(test)]
pub(super) use billing::BILLING_STATEMENTS;
#[cfg(feature = "postgres")]
pub(super) use migration::require_current;
pub(super) use migration::{Migration, Schema, migrate};

/// In whose name a transaction acts.
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a file knows no roles"))]
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// A tenant: it sees and changes what is the tenant's own.
    Tenant(TenantId),
    /// The platform: it sees and changes tenants, not what they own.
    Platform,
    /// The platform where it deletes what lies before the checkpoint of a tenant's log.
    Purging(TenantId),
}

/// What only one writer at a time may hold, until its transaction ends.
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a writer holds the whole file"))]
#[derive(Clone, Copy, Debug)]
pub(super) enum Held {
    /// A tenant with all it owns.
    Tenant(TenantId),
    /// The routing of everyone.
    Routing,
    /// The statistics of calls that are for no tenant.
    Statistics,
    /// The platform's own audit chain.
    PlatformLog,
}

/// A connection inside a transaction, which is rolled back when dropped without commit.
///
/// Parameters of statements are written `?1`, `?2` and so on.
pub(super) trait Connection {
    /// What this database writes otherwise than the others.
    fn dialect(&self) -> &'static Dialect;
    /// Carries out a statement and gives the number of rows changed.
    fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error>;
    /// The rows that a statement finds.
    fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Error>;
    /// Carries out statements without parameters.
    fn script(&self, sql: &str) -> Result<(), Error>;
    /// Acts in the name of `scope` from here on.
    fn act_for(&self, scope: Scope) -> Result<(), Error>;
    /// Keeps other writers away; `NotFound` when it is not there.
    fn hold(&self, held: Held) -> Result<(), Error>;
    /// Makes the changes last.
    fn commit(&mut self) -> Result<(), Error>;
}

/// Statements that databases write differently.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Bodies of the rows of a table that tenant ?1 has and whose ids are among ?2.
    pub(super) by_ids: fn(table: &str) -> String,
    /// Deletes what lies before the checkpoint of the log of tenant ?1.
    pub(super) purge: &'static str,
    /// The sum of the `bytes` of the bodies of all rows of a table that tenant ?1 has.
    pub(super) bytes: fn(table: &str) -> String,
}

/// A value handed to a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parameter<'a> {
    Integer(i64),
    Text(Option<Cow<'a, str>>),
    Id(Option<Uuid>),
    Ids(Vec<Uuid>),
}

impl From<i64> for Parameter<'_> {
    fn from(number: i64) -> Self {
        Parameter::Integer(number)
    }
}

impl From<Timestamp> for Parameter<'_> {
    fn from(at: Timestamp) -> Self {
        Parameter::Integer(at.as_micros())
    }
}

impl<'a> From<&'a str> for Parameter<'a> {
    fn from(text: &'a str) -> Self {
        Parameter::Text(Some(text.into()))
    }
}

impl<'a> From<&'a String> for Parameter<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Parameter<'_> {
    fn from(text: String) -> Self {
        Parameter::Text(Some(text.into()))
    }
}

impl<'a> From<&'a Option<String>> for Parameter<'a> {
    fn from(text: &'a Option<String>) -> Self {
        Parameter::Text(text.as_deref().map(Cow::Borrowed))
    }
}

impl From<Uuid> for Parameter<'_> {
    fn from(id: Uuid) -> Self {
        Parameter::Id(Some(id))
    }
}

macro_rules! id_parameters {
    ($($id:ident)*) => {$(
        impl From<$id> for Parameter<'_> {
            fn from(id: $id) -> Self {
                Parameter::Id(Some(Uuid::from_bytes(*id.as_bytes())))
            }
        }

        impl From<Option<$id>> for Parameter<'_> {
            fn from(id: Option<$id>) -> Self {
                id.map_or(Parameter::Id(None), Into::into)
            }
        }
    )*};
}

id_parameters! {
    TenantId OrganizationId UserId RoleId GrantId SodRuleId OverrideId SubscriptionId ReservationId InvoiceId RunId
    ScenarioId NoteId UsageEventId HoldId ControlRequestId
}

/// A value found by a statement; none of those asked for may be absent.
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a file keeps ids as text"))]
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    Integer(i64),
    Text(String),
    Id(Uuid),
}

/// A row found by a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row(pub(super) Vec<Column>);

impl Row {
    fn column<'r, T>(&'r self, at: usize, take: impl FnOnce(&'r Column) -> Option<T>) -> Result<T, Error> {
        self.0
            .get(at)
            .and_then(take)
            .ok_or_else(|| Error::internal("unreadable_row", format!("column {at} is not what was asked for")))
    }

    pub(super) fn integer(&self, at: usize) -> Result<i64, Error> {
        self.column(at, |column| if let Column::Integer(number) = column { Some(*number) } else { None })
    }

    pub(super) fn count(&self, at: usize) -> Result<u64, Error> {
        let number = self.integer(at)?;
        u64::try_from(number).map_err(|_| Error::internal("unreadable_row", format!("{number} is not a count")))
    }

    pub(super) fn at(&self, at: usize) -> Result<Timestamp, Error> {
        self.integer(at).map(Timestamp::from_micros)
    }

    pub(super) fn text(&self, at: usize) -> Result<&str, Error> {
        self.column(at, |column| if let Column::Text(text) = column { Some(text.as_str()) } else { None })
    }

    /// An id, which SQLite keeps as its text.
    pub(super) fn id(&self, at: usize) -> Result<Uuid, Error> {
        self.column(at, |column| match column {
            Column::Id(id) => Some(*id),
            Column::Text(text) => Uuid::try_parse(text).ok(),
            Column::Integer(_) => None,
        })
    }

    pub(super) fn tenant(&self, at: usize) -> Result<TenantId, Error> {
        self.id(at)?.to_string().parse()
    }

    pub(super) fn body<T: DeserializeOwned>(&self, at: usize) -> Result<T, Error> {
        read(self.text(at)?)
    }
}

/// Reads what the tenant of `cx` owns.
pub(super) fn reading<'s>(connection: Box<dyn Connection + 's>, cx: &TenantCtx) -> Transaction<'s> {
    Transaction::new(connection, cx.tenant(), cx.origin())
}

/// Reads and writes it, while no other writer of the tenant does.
pub(super) fn writing<'s>(connection: Box<dyn Connection + 's>, cx: &TenantCtx) -> Result<Transaction<'s>, Error> {
    connection.hold(Held::Tenant(cx.tenant()))?;
    Ok(Transaction::new(connection, cx.tenant(), cx.origin()))
}

/// Reads and writes what the platform may reach of a tenant, while no other writer of the tenant does; the
/// connection acts in the tenant's name.
pub(super) fn tending<'s>(
    connection: Box<dyn Connection + 's>,
    cx: &PlatformCtx,
    tenant: TenantId,
) -> Result<Transaction<'s>, Error> {
    connection.hold(Held::Tenant(tenant))?;
    if connection.query(TENANT, &[tenant.into()])?.is_empty() {
        return Err(absent("tenant"));
    }
    Ok(Transaction::new(connection, tenant, cx.origin()))
}

/// Reads and writes tenants.
pub(super) fn governing<'s>(connection: Box<dyn Connection + 's>, cx: &PlatformCtx) -> PlatformTransaction<'s> {
    PlatformTransaction::new(connection, cx.origin())
}

/// The tenant that a principal names; `NotFound` when it names none.
pub(super) fn tenant_of(principal: &VerifiedPrincipal) -> Result<TenantId, Error> {
    principal.tenant().ok_or_else(|| absent("principal"))
}

/// What is known of a principal.
pub(super) fn identity(connection: &dyn Connection, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
    let tenant_id = tenant_of(principal)?;
    let tenant = one(connection, TENANT, &[tenant_id.into()], "principal")?;
    let named = [tenant_id.into(), principal.issuer().into(), principal.subject().into()];
    let user: User = one(connection, USER_BY_IDENTITY, &named, "principal")?;
    let organization = match user.organization_id {
        None => None,
        Some(id) => Some(one(connection, ORGANIZATION, &[tenant_id.into(), id.into()], "organization")?),
    };
    let at_rest = connection.query(INACTIVE, &[tenant_id.into()])?;
    Ok(Identity {
        inactive: set_of(at_rest.iter().map(|row| row.id(0)?.to_string().parse()).collect::<Result<Vec<_>, _>>()?),
        grants: many(connection, GRANTS_OF_USER, &[tenant_id.into(), user.id.into()])?,
        roles: many(connection, roles::GIVEN, &[tenant_id.into(), user.id.into()])?,
        overrides: roles::overrides(connection, tenant_id)?,
        subscription: one(connection, SUBSCRIPTION, &[tenant_id.into()], "subscription")?,
        tenant,
        user,
        organization,
    })
}

/// The authorisation version of a tenant.
pub(super) fn auth_version(connection: &dyn Connection, tenant: TenantId) -> Result<u64, Error> {
    let rows = connection.query("SELECT auth_version FROM tenant WHERE id = ?1", &[tenant.into()])?;
    rows.first().ok_or_else(|| absent("principal"))?.count(0)
}

/// At most `size` versions of the routing of everyone, newest first.
pub(super) fn global_routing(connection: &dyn Connection, size: usize) -> Result<Vec<RoutingDocument>, Error> {
    let sql = "SELECT version, config, actor, at FROM global_routing ORDER BY version DESC LIMIT ?1";
    routing_documents(&connection.query(sql, &[at_most(size)])?)
}

/// The version of the routing of everyone; 0 for none.
pub(super) fn global_routing_version(connection: &dyn Connection) -> Result<u64, Error> {
    count(connection, "SELECT coalesce(max(version), 0) FROM global_routing", &[])
}

const TENANT: &str = "SELECT body FROM tenant WHERE id = ?1";
const INACTIVE: &str = "SELECT id FROM organization WHERE tenant_id = ?1 AND active = 0 ORDER BY id";
const ORGANIZATION: &str = "SELECT body FROM organization WHERE tenant_id = ?1 AND id = ?2";
const USER_BY_IDENTITY: &str = "SELECT body FROM \"user\" WHERE tenant_id = ?1 AND issuer = ?2 AND subject = ?3";
const GRANTS_OF_USER: &str = "SELECT body FROM role_grant WHERE tenant_id = ?1 AND user_id = ?2 ORDER BY id";
const SUBSCRIPTION: &str = "SELECT body FROM subscription WHERE tenant_id = ?1";

/// Reads version, configuration, actor and instant.
fn routing_document(row: &Row) -> Result<RoutingDocument, Error> {
    Ok(RoutingDocument { version: row.count(0)?, config: row.body(1)?, actor: row.text(2)?.to_owned(), at: row.at(3)? })
}

fn routing_documents(rows: &[Row]) -> Result<Vec<RoutingDocument>, Error> {
    rows.iter().map(routing_document).collect()
}

/// The one number that `sql` finds.
fn count(connection: &dyn Connection, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Error> {
    let rows = connection.query(sql, parameters)?;
    rows.first().ok_or_else(|| Error::internal("unreadable_row", "a number without a row"))?.count(0)
}

/// The entity that `sql` finds; `NotFound` about `what` when there is none.
fn one<T: DeserializeOwned>(
    connection: &dyn Connection,
    sql: &str,
    parameters: &[Parameter<'_>],
    what: &str,
) -> Result<T, Error> {
    maybe(connection, sql, parameters)?.ok_or_else(|| absent(what))
}

/// The entity that `sql` finds, if any.
fn maybe<T: DeserializeOwned>(
    connection: &dyn Connection,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Option<T>, Error> {
    connection.query(sql, parameters)?.first().map(|row| row.body(0)).transpose()
}

/// All entities that `sql` finds.
fn many<T: DeserializeOwned>(
    connection: &dyn Connection,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<T>, Error> {
    connection.query(sql, parameters)?.iter().map(|row| row.body(0)).collect()
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(|cause| Error::internal("unreadable_row", cause.to_string()))
}

fn write<T: Serialize>(entity: &T) -> Result<String, Error> {
    serde_json::to_string(entity).map_err(|cause| Error::internal("unwritable_row", cause.to_string()))
}

/// A count as databases hold it.
fn number(count: u64) -> Result<i64, Error> {
    i64::try_from(count).map_err(|_| Error::invalid_input("quantity", count, "at most 2^63 - 1"))
}

/// A bound on what is listed; no list is longer than the largest.
fn at_most(size: usize) -> Parameter<'static> {
    i64::try_from(size).unwrap_or(i64::MAX).into()
}
