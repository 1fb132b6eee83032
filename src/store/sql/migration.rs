//! Migrations: numbered, only forward, each one's checksum recorded, so that a database of a newer
//! library or with another history is refused.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Connection, Parameter, number, roles, write};
use crate::error::Error;
use crate::store::fold;
use crate::tenancy::{BuiltInRole, Organization, Tenant, User};

/// The tables of a store, as the migrations that lead to them.
#[derive(Debug)]
pub(in crate::store) struct Schema {
    /// What is migrated, as it is named to the reader of an error.
    pub(in crate::store) place: &'static str,
    /// Every migration, from version 1.
    pub(in crate::store) migrations: &'static [Migration],
}

/// A step from one version of the tables to the next.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Migration {
    /// Statements.
    Script(&'static str),
    /// Names and addresses are folded again, by NFKC and lower case, which no database does alike; where it
    /// guards its rows even from their owner, the script before has suspended that.
    Fold,
    /// Each tenant gets the roles that every tenant has, and each grant the id of its role beside the name.
    Roles,
}

impl Migration {
    fn checksum(self) -> String {
        let text = match self {
            Migration::Script(script) => script,
            Migration::Fold => "fold names and addresses: NFKC, lower case",
            Migration::Roles => "give each tenant its built-in roles, and each grant the id of one",
        };
        format!("{:x?}", Sha256::digest(text.as_bytes()))
    }

    fn apply(self, connection: &dyn Connection) -> Result<(), Error> {
        match self {
            Migration::Script(script) => connection.script(script),
            Migration::Fold => fold_again(connection),
            Migration::Roles => name_roles(connection),
        }
    }
}

fn name_roles(connection: &dyn Connection) -> Result<(), Error> {
    for row in connection.query("SELECT body FROM tenant", &[])? {
        let tenant: Tenant = row.body(0)?;
        roles::insert_built_in(connection, tenant.id, tenant.created_at)?;
    }
    for row in connection.query("SELECT tenant_id, id, role, body FROM role_grant", &[])? {
        let role = BuiltInRole::parse(row.text(2)?)?.id_in(row.tenant(0)?);
        let mut body: Map<String, Value> = row.body(3)?;
        body.remove("role");
        body.insert("role_id".to_owned(), role.to_string().into());
        let named: [Parameter<'_>; 4] = [row.id(0)?.into(), row.id(1)?.into(), role.into(), write(&body)?.into()];
        connection.execute("UPDATE role_grant SET role_id = ?3, body = ?4 WHERE tenant_id = ?1 AND id = ?2", &named)?;
    }
    Ok(())
}

fn fold_again(connection: &dyn Connection) -> Result<(), Error> {
    for row in connection.query("SELECT id, body FROM tenant", &[])? {
        let tenant: Tenant = row.body(1)?;
        let folded = [tenant.id.into(), fold(&tenant.name).into()];
        connection.execute("UPDATE tenant SET name_fold = ?2 WHERE id = ?1", &folded)?;
    }
    let mut names = BTreeSet::new();
    for row in connection.query("SELECT tenant_id, body FROM organization", &[])? {
        let organization: Organization = row.body(1)?;
        let name = fold(&organization.name);
        require_apart(names.insert((row.id(0)?, name.clone())), "organization", organization.id)?;
        let folded: [Parameter<'_>; 3] = [row.id(0)?.into(), organization.id.into(), name.into()];
        connection.execute("UPDATE organization SET name_fold = ?3 WHERE tenant_id = ?1 AND id = ?2", &folded)?;
    }
    let mut addresses = BTreeSet::new();
    for row in connection.query("SELECT tenant_id, body FROM \"user\"", &[])? {
        let user: User = row.body(1)?;
        let email = fold(&user.email);
        require_apart(addresses.insert((row.id(0)?, email.clone())), "user", user.id)?;
        let folded: [Parameter<'_>; 4] =
            [row.id(0)?.into(), user.id.into(), email.into(), fold(&user.display_name).into()];
        connection
            .execute("UPDATE \"user\" SET email_fold = ?3, name_fold = ?4 WHERE tenant_id = ?1 AND id = ?2", &folded)?;
    }
    Ok(())
}

/// Refuses what only the older form of names told apart.
fn require_apart(is_new: bool, what: &str, id: impl Display) -> Result<(), Error> {
    if is_new {
        return Ok(());
    }
    Err(Error::conflict("duplicate", format!("{what} {id} has the name or address of another but for width or case"))
        .with_hint("rename one of the two with the library that wrote them, then migrate"))
}

/// A version that has been applied, and the checksum of its migration.
type Applied = (i64, String);

fn applied(connection: &dyn Connection) -> Result<Vec<Applied>, Error> {
    let rows = connection.query("SELECT version, checksum FROM schema_version ORDER BY version", &[])?;
    rows.iter().map(|row| Ok((row.integer(0)?, row.text(1)?.to_owned()))).collect()
}

impl Schema {
    /// The migrations that are still to be applied, after those that have been are found to be the same.
    fn pending(&self, applied: &[Applied]) -> Result<&'static [Migration], Error> {
        let Self { place, migrations } = self;
        if applied.len() > migrations.len() {
            let what = format!(
                "the {place} has schema {}, this library knows up to {}: use a newer library",
                applied.len(),
                migrations.len()
            );
            return Err(Error::conflict("schema_newer", what));
        }
        for ((version, known), migration) in applied.iter().zip(*migrations) {
            if *known != migration.checksum() {
                let what = format!("migration {version} of the {place} is not the one this library holds");
                return Err(Error::conflict("schema_differs", what));
            }
        }
        Ok(&migrations[applied.len()..])
    }
}

/// Applies what is still to be applied. The connection's transaction keeps other migrations away.
pub(in crate::store) fn migrate(connection: &dyn Connection, schema: &Schema) -> Result<(), Error> {
    let applied = applied(connection)?;
    for (i, migration) in schema.pending(&applied)?.iter().enumerate() {
        let version = number((applied.len() + i + 1) as u64)?;
        migration.apply(connection)?;
        connection.execute(
            "INSERT INTO schema_version (version, checksum) VALUES (?1, ?2)",
            &[version.into(), migration.checksum().into()],
        )?;
    }
    Ok(())
}

/// Refuses a database that is not of this library's own schema, neither newer nor older.
///
/// SQLite needs none of it: a file is migrated when it is opened.
#[cfg(feature = "postgres")]
pub(in crate::store) fn require_current(connection: &dyn Connection, schema: &Schema) -> Result<(), Error> {
    let applied = applied(connection)?;
    if schema.pending(&applied)?.is_empty() {
        return Ok(());
    }
    let what =
        format!("the {} has schema {}, this library needs {}", schema.place, applied.len(), schema.migrations.len());
    Err(Error::conflict("schema_older", what).with_hint("migrate it first, in the role that owns its tables"))
}
