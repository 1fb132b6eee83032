//! Runs: kept, found, and listed as a merge of one index range per branch of what is shown.
//!
//! Each range reads at most one page of keys, so that a page costs the same at any depth and however
//! little of a large tenant the user sees.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Connection, Parameter, at_most, entities, many, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{RunCursor, require_key};
use crate::tenancy::{Audience, Run, Visibility};

const INSERT: &str = "INSERT INTO run (tenant_id, id, owner_id, organization_id, audience, created_at, idem_key, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
pub(super) const BY_ID: &str = "SELECT body FROM run WHERE tenant_id = ?1 AND id = ?2";
pub(super) const BY_KEY: &str = "SELECT body FROM run WHERE tenant_id = ?1 AND owner_id = ?2 AND idem_key = ?3";

/// The branches of what a user sees. Each begins with tenant, instant, id and size, parameters 1 to 4.
const OWN: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND owner_id = ?5 AND (created_at, id) < (?2, ?3)
     ORDER BY created_at DESC, id DESC LIMIT ?4";
const AUDIENCE: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND audience = ?5 AND (created_at, id) < (?2, ?3)
     ORDER BY created_at DESC, id DESC LIMIT ?4";
const AUDIENCE_OF: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND audience = ?5 AND organization_id = ?6 AND (created_at, id) < (?2, ?3)
     ORDER BY created_at DESC, id DESC LIMIT ?4";

/// Each statement on runs that is the same in every database, and the index it is to seek in; the
/// empty name is any.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: &[(&str, &str)] = &[
    (BY_ID, ""),
    (BY_KEY, ""),
    (OWN, "run_owner"),
    (AUDIENCE, "run_audience"),
    (AUDIENCE_OF, "run_audience_organization"),
];

/// One index range: its statement and the parameters after the first four.
type Branch<'a> = (&'static str, Vec<Parameter<'a>>);

fn audience_column(audience: Audience) -> Parameter<'static> {
    match audience {
        Audience::Private => "private",
        Audience::Organization => "organization",
        Audience::Tenant => "tenant",
    }
    .into()
}

fn branches(connection: &dyn Connection, shown: &Visibility) -> Vec<Branch<'static>> {
    let owner = shown.owner().into();
    let mut branches = Vec::new();
    match shown.within() {
        None => {
            branches.push((OWN, vec![owner]));
            branches.push((AUDIENCE, vec![audience_column(Audience::Tenant)]));
        }
        Some(organizations) => {
            let ids = organizations.iter().map(|id| Uuid::from_bytes(*id.as_bytes())).collect();
            branches.push((connection.dialect().own_runs_within, vec![owner, Parameter::Ids(ids)]));
            for id in organizations {
                branches.push((AUDIENCE_OF, vec![audience_column(Audience::Tenant), (*id).into()]));
            }
        }
    }
    if let Some(id) = shown.organization()
        && shown.within().is_none_or(|organizations| organizations.contains(&id))
    {
        branches.push((AUDIENCE_OF, vec![audience_column(Audience::Organization), id.into()]));
    }
    branches
}

pub(super) fn insert(connection: &dyn Connection, tenant: TenantId, run: &Run) -> Result<(), Error> {
    if let Some(key) = &run.idem_key {
        require_key("idem_key", key)?;
    }
    entities::insert(
        connection,
        INSERT,
        &[
            tenant.into(),
            run.id.into(),
            run.owner_id.into(),
            run.organization_id.into(),
            audience_column(run.audience),
            run.created_at.into(),
            (&run.idem_key).into(),
            write(run)?.into(),
        ],
        "run",
    )
}

pub(super) fn shown(
    connection: &dyn Connection,
    tenant: TenantId,
    shown: &Visibility,
    after: Option<RunCursor>,
    size: usize,
) -> Result<Vec<Run>, Error> {
    // Above every instant and every id, so that the first page needs no statement of its own.
    let top = (i64::MAX.into(), Uuid::max().into());
    let (at, id) = after.map_or(top, |cursor| (cursor.created_at.into(), cursor.id.into()));
    let first = [tenant.into(), at, id, at_most(size)];
    let mut keys = BTreeSet::new();
    for (sql, rest) in branches(connection, shown) {
        let parameters: Vec<_> = first.iter().cloned().chain(rest).collect();
        for row in connection.query(sql, &parameters)? {
            keys.insert((row.integer(0)?, row.id(1)?));
        }
    }
    let wanted: Vec<_> = keys.into_iter().rev().take(size).map(|(_, id)| id).collect();
    let parameters = [tenant.into(), Parameter::Ids(wanted)];
    let mut runs: Vec<Run> = many(connection, connection.dialect().runs_by_ids, &parameters)?;
    runs.sort_unstable_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
    Ok(runs)
}
