//! Runs in the file: kept, found, and listed as a merge of one index range per branch of what is shown.
//!
//! Each range reads at most one page of keys, so that a page costs the same at any depth and however
//! little of a large tenant the user sees.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;
use rusqlite::types::Value as Column;

use super::transaction::Transaction;
use super::{many, maybe, number, one, unavailable, write};
use crate::error::Error;
use crate::id::{RunId, UserId};
use crate::store::{RunCursor, duplicate};
use crate::tenancy::{Audience, Run, Visibility};

const INSERT: &str = "INSERT INTO run (tenant_id, id, owner_id, organization_id, audience, created_at, idem_key, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const BY_ID: &str = "SELECT body FROM run WHERE tenant_id = ?1 AND id = ?2";
const BY_KEY: &str = "SELECT body FROM run WHERE tenant_id = ?1 AND owner_id = ?2 AND idem_key = ?3";
/// Bodies of the runs whose ids are in the JSON array ?2.
const BY_IDS: &str =
    "SELECT body FROM json_each(?2) AS wanted JOIN run ON run.tenant_id = ?1 AND run.id = wanted.value";

/// The branches of what a user sees. Each begins with tenant, instant, id and size, parameters 1 to 4.
const OWN: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND owner_id = ?5 AND (created_at, id) < (?2, ?3)
     ORDER BY created_at DESC, id DESC LIMIT ?4";
const OWN_WITHIN: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND owner_id = ?5 AND (created_at, id) < (?2, ?3)
       AND organization_id IN (SELECT value FROM json_each(?6))
     ORDER BY created_at DESC, id DESC LIMIT ?4";
const AUDIENCE: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND audience = ?5 AND (created_at, id) < (?2, ?3)
     ORDER BY created_at DESC, id DESC LIMIT ?4";
const AUDIENCE_OF: &str = "SELECT created_at, id FROM run
     WHERE tenant_id = ?1 AND audience = ?5 AND organization_id = ?6 AND (created_at, id) < (?2, ?3)
     ORDER BY created_at DESC, id DESC LIMIT ?4";

/// One index range: its statement and the parameters after the first four.
type Branch = (&'static str, Vec<Column>);

fn audience_column(audience: Audience) -> Column {
    let text = match audience {
        Audience::Private => "private",
        Audience::Organization => "organization",
        Audience::Tenant => "tenant",
    };
    Column::Text(text.to_owned())
}

fn branches(shown: &Visibility) -> Result<Vec<Branch>, Error> {
    let owner = Column::Text(shown.owner().to_string());
    let mut branches = Vec::new();
    match shown.within() {
        None => {
            branches.push((OWN, vec![owner]));
            branches.push((AUDIENCE, vec![audience_column(Audience::Tenant)]));
        }
        Some(organizations) => {
            branches.push((OWN_WITHIN, vec![owner, Column::Text(write(organizations)?)]));
            for id in organizations {
                branches.push((AUDIENCE_OF, vec![audience_column(Audience::Tenant), Column::Text(id.to_string())]));
            }
        }
    }
    if let Some(id) = shown.organization()
        && shown.within().is_none_or(|organizations| organizations.contains(&id))
    {
        branches.push((AUDIENCE_OF, vec![audience_column(Audience::Organization), Column::Text(id.to_string())]));
    }
    Ok(branches)
}

impl Transaction<'_> {
    pub(super) fn run_by_id(&self, id: RunId) -> Result<Run, Error> {
        one(self.connection(), BY_ID, (self.tenant_text(), id.to_string()), "run")
    }

    pub(super) fn run_of_key(&self, owner: UserId, key: &str) -> Result<Option<Run>, Error> {
        maybe(self.connection(), BY_KEY, (self.tenant_text(), owner.to_string(), key))
    }

    pub(super) fn keep_run(&self, run: &Run) -> Result<(), Error> {
        let parameters = (
            self.tenant_text(),
            run.id.to_string(),
            run.owner_id.to_string(),
            run.organization_id.map(|id| id.to_string()),
            audience_column(run.audience),
            run.created_at.as_micros(),
            &run.idem_key,
            write(run)?,
        );
        let mut statement = self.connection().prepare_cached(INSERT).map_err(unavailable)?;
        match statement.execute(parameters).map_err(unavailable) {
            Ok(_) => Ok(()),
            Err(error) if error.reason() == Some("duplicate") => Err(duplicate("run")),
            Err(error) => Err(error),
        }
    }

    pub(super) fn runs_shown(
        &self,
        shown: &Visibility,
        after: Option<RunCursor>,
        size: usize,
    ) -> Result<Vec<Run>, Error> {
        // Above every instant and every id, so that the first page needs no statement of its own.
        let (at, id) =
            after.map_or((i64::MAX, "~".to_owned()), |cursor| (cursor.created_at.as_micros(), cursor.id.to_string()));
        let first = [
            Column::Text(self.tenant_text().to_owned()),
            Column::Integer(at),
            Column::Text(id),
            Column::Integer(number(size as u64)?),
        ];
        let mut keys = BTreeSet::new();
        for (sql, rest) in branches(shown)? {
            let mut statement = self.connection().prepare_cached(sql).map_err(unavailable)?;
            let parameters = params_from_iter(first.iter().cloned().chain(rest));
            let rows = statement
                .query_map(parameters, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
                .map_err(unavailable)?;
            for key in rows {
                keys.insert(key.map_err(unavailable)?);
            }
        }
        let wanted: Vec<_> = keys.into_iter().rev().take(size).map(|(_, id)| id).collect();
        let mut runs: Vec<Run> = many(self.connection(), BY_IDS, (self.tenant_text(), write(&wanted)?))?;
        runs.sort_unstable_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;

    #[test]
    fn every_statement_seeks_in_an_index_and_sorts_nothing() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for sql in [BY_ID, BY_KEY, BY_IDS, OWN, OWN_WITHIN, AUDIENCE, AUDIENCE_OF] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nulls = vec![Column::Null; statement.parameter_count()];
            let rows = statement.query_map(params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<_> = rows.map(Result::unwrap).collect();
            assert!(plan.iter().any(|step| step.contains("SEARCH run USING")), "{sql}: {plan:?}");
            assert!(plan.iter().all(|step| !step.starts_with("SCAN run") && !step.contains("B-TREE")), "{plan:?}");
        }
    }

    #[test]
    fn each_list_has_an_index_for_its_branch() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for (sql, index) in [
            (OWN, "run_owner"),
            (OWN_WITHIN, "run_owner"),
            (AUDIENCE, "run_audience"),
            (AUDIENCE_OF, "run_audience_organization"),
        ] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let nulls = vec![Column::Null; statement.parameter_count()];
            let step: String = statement.query_row(params_from_iter(nulls), |row| row.get(3)).unwrap();
            assert!(step.contains(&format!("INDEX {index} (")), "{sql}: {step}");
            assert!(step.contains("created_at<?") || step.contains("(created_at,id)<(?,?)"), "{step}");
        }
    }
}
