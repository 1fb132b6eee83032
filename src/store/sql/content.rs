//! Scenarios and notes as rows.

use serde::{Serialize, de::DeserializeOwned};

use super::{Connection, Parameter, audit, entities, maybe, number, one, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::content::{Kept, after_giving_back, require_successor};
use crate::store::page::Key;
use crate::store::{duplicate, require_version};
use crate::tenancy::{LimitKind, Note, Scenario, require_free};
use crate::time::Timestamp;

/// How a kind of content is written to its table.
pub(super) trait Rows: Kept + Serialize + DeserializeOwned {
    const TABLE: &'static str;
    /// Columns that together are unique in a tenant.
    const UNIQUE: &'static [&'static str];

    /// Columns that change; the others never do.
    const CHANGES: &'static [&'static str];

    /// Every column but tenant and body.
    fn columns(&self) -> Result<Vec<(&'static str, Parameter<'_>)>, Error>;
    fn parameter(id: Self::Id) -> Parameter<'static>;
}

impl Rows for Scenario {
    const TABLE: &'static str = "scenario";
    const UNIQUE: &'static [&'static str] = &["owner_id", "model", "subject", "name"];
    const CHANGES: &'static [&'static str] = &["audience", "name", "updated_at", "version"];

    fn columns(&self) -> Result<Vec<(&'static str, Parameter<'_>)>, Error> {
        Ok(vec![
            ("id", self.id.into()),
            ("owner_id", self.owner_id.into()),
            ("organization_id", self.organization_id.into()),
            ("audience", (&Key::from(self.audience)).into()),
            ("model", (&self.model).into()),
            // None is kept as the empty text, since what is absent is never the same as another.
            ("subject", self.subject.as_deref().unwrap_or_default().into()),
            ("name", (&self.name).into()),
            ("updated_at", self.updated_at.into()),
            ("version", number(self.version)?.into()),
        ])
    }

    fn parameter(id: Self::Id) -> Parameter<'static> {
        id.into()
    }
}

impl Rows for Note {
    const TABLE: &'static str = "note";
    const UNIQUE: &'static [&'static str] = &["owner_id", "subject"];
    const CHANGES: &'static [&'static str] = &["audience", "updated_at", "version"];

    fn columns(&self) -> Result<Vec<(&'static str, Parameter<'_>)>, Error> {
        Ok(vec![
            ("id", self.id.into()),
            ("owner_id", self.owner_id.into()),
            ("organization_id", self.organization_id.into()),
            ("audience", (&Key::from(self.audience)).into()),
            ("subject", (&self.subject).into()),
            ("updated_at", self.updated_at.into()),
            ("version", number(self.version)?.into()),
        ])
    }

    fn parameter(id: Self::Id) -> Parameter<'static> {
        id.into()
    }
}

pub(super) const NOTE_ON: &str = "SELECT body FROM note WHERE tenant_id = ?1 AND owner_id = ?2 AND subject = ?3";

pub(super) fn by_id<T: Rows>(connection: &dyn Connection, tenant: TenantId, id: T::Id) -> Result<T, Error> {
    let sql = format!("SELECT body FROM {} WHERE tenant_id = ?1 AND id = ?2", T::TABLE);
    one(connection, &sql, &[tenant.into(), T::parameter(id)], T::WHAT)
}

/// Owner and organization have been found to be the tenant's own.
pub(super) fn insert<T: Rows>(connection: &dyn Connection, tenant: TenantId, item: &T) -> Result<(), Error> {
    item.require_keepable()?;
    let (names, values): (Vec<_>, Vec<_>) = item.columns()?.into_iter().unzip();
    let parameters: Vec<_> = [tenant.into(), write(item)?.into()].into_iter().chain(values).collect();
    let marks: Vec<_> = (1..=parameters.len()).map(|at| format!("?{at}")).collect();
    let sql = format!(
        "INSERT INTO {} (tenant_id, body, {}) VALUES ({}) ON CONFLICT DO NOTHING",
        T::TABLE,
        names.join(", "),
        marks.join(", ")
    );
    entities::insert(connection, &sql, &parameters, T::WHAT)
}

pub(super) fn replace<T: Rows>(
    connection: &dyn Connection,
    tenant: TenantId,
    expected: u64,
    item: &T,
) -> Result<(), Error> {
    let current: T = by_id(connection, tenant, item.id())?;
    require_successor(item, expected, &current)?;
    let columns = item.columns()?;
    let mut parameters = vec![tenant.into(), T::parameter(item.id())];
    let mut same = Vec::new();
    for (name, value) in columns.iter().filter(|(name, _)| T::UNIQUE.contains(name)) {
        parameters.push(value.clone());
        same.push(format!("{name} = ?{}", parameters.len()));
    }
    let sql = format!("SELECT id FROM {} WHERE tenant_id = ?1 AND id <> ?2 AND {}", T::TABLE, same.join(" AND "));
    if !connection.query(&sql, &parameters)?.is_empty() {
        return Err(duplicate(T::WHAT));
    }
    let mut parameters = vec![tenant.into(), T::parameter(item.id()), write(item)?.into()];
    let mut set = vec!["body = ?3".to_owned()];
    for (name, value) in columns.into_iter().filter(|(name, _)| T::CHANGES.contains(name)) {
        parameters.push(value);
        set.push(format!("{name} = ?{}", parameters.len()));
    }
    let sql = format!("UPDATE {} SET {} WHERE tenant_id = ?1 AND id = ?2", T::TABLE, set.join(", "));
    connection.execute(&sql, &parameters).map(drop)
}

pub(super) fn remove<T: Rows>(
    connection: &dyn Connection,
    tenant: TenantId,
    id: T::Id,
    expected: u64,
) -> Result<(), Error> {
    let current: T = by_id(connection, tenant, id)?;
    require_version(T::WHAT, expected, current.version())?;
    require_free(&audit::holds(connection, tenant)?, &current.held_by())?;
    let sql = format!("DELETE FROM {} WHERE tenant_id = ?1 AND id = ?2", T::TABLE);
    connection.execute(&sql, &[tenant.into(), T::parameter(id)]).map(drop)
}

/// The note of an owner on a subject.
pub(super) fn note_on(
    connection: &dyn Connection,
    tenant: TenantId,
    owner: crate::id::UserId,
    subject: &str,
) -> Result<Note, Error> {
    let note = maybe(connection, NOTE_ON, &[tenant.into(), owner.into(), subject.into()])?;
    note.ok_or_else(|| crate::store::absent(Note::WHAT))
}

pub(super) fn give_back(
    connection: &dyn Connection,
    tenant: TenantId,
    kind: LimitKind,
    window: Timestamp,
    amount: u64,
) -> Result<(), Error> {
    let key = [tenant.into(), write(&kind)?.into(), window.into()];
    let rows = connection
        .query("SELECT committed FROM quota_counter WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3", &key)?;
    let committed = rows.first().map_or(Ok(0), |row| row.count(0))?;
    let after = number(after_giving_back(committed, amount)?)?;
    let parameters: Vec<_> = key.into_iter().chain([after.into()]).collect();
    connection
        .execute(
            "UPDATE quota_counter SET committed = ?4 WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3",
            &parameters,
        )
        .map(drop)
}
