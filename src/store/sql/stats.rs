//! Statistics of calls in their tables: the numbers of batches that have come, totals by series, and when
//! they were cleared. Whoever counts a batch holds its scope, so that no two add to one total at a time.

use super::chain::Log;
use super::{Connection, Held, Parameter, Row, count, number, read, write};
use crate::error::Error;
use crate::registry::{
    BatchResult, ChangeMeta, Come, Instance, MergedStats, ModelId, RoutingScope, SeriesDelta, StatsBatch, StatsFilter,
};
use crate::store::stats::{ScopeCtx, cleared, require_own};

/// The tables of a scope, and which of their rows are its own.
struct Tables {
    prefix: &'static str,
    /// The column that tells whose a row is, and what it says.
    owner: &'static str,
    own: Parameter<'static>,
    held: Held,
}

impl Tables {
    fn of(scope: RoutingScope) -> Self {
        match scope {
            RoutingScope::Tenant(tenant) => {
                Self { prefix: "", owner: "tenant_id", own: tenant.into(), held: Held::Tenant(tenant) }
            }
            RoutingScope::Global => {
                Self { prefix: "global_", owner: "scope", own: "global".into(), held: Held::Statistics }
            }
        }
    }

    /// The statement with the names of this scope.
    fn sql(&self, statement: &str) -> String {
        statement.replace("{prefix}", self.prefix).replace("{owner}", self.owner)
    }

    fn query(&self, connection: &dyn Connection, statement: &str, rest: &[Parameter<'_>]) -> Result<Vec<Row>, Error> {
        connection.query(&self.sql(statement), &self.with_own(rest))
    }

    fn execute(&self, connection: &dyn Connection, statement: &str, rest: &[Parameter<'_>]) -> Result<(), Error> {
        connection.execute(&self.sql(statement), &self.with_own(rest)).map(drop)
    }

    fn with_own<'p>(&self, rest: &[Parameter<'p>]) -> Vec<Parameter<'p>> {
        std::iter::once(self.own.clone()).chain(rest.iter().cloned()).collect()
    }

    fn set_total(&self, connection: &dyn Connection, total: &SeriesDelta) -> Result<(), Error> {
        let statement = "INSERT INTO {prefix}stats_total ({owner}, series, body) VALUES (?1, ?2, ?3)
             ON CONFLICT ({owner}, series) DO UPDATE SET body = excluded.body";
        self.execute(connection, statement, &[write(&total.key)?.into(), write(total)?.into()])
    }

    fn totals(&self, connection: &dyn Connection) -> Result<Vec<SeriesDelta>, Error> {
        let rows = self.query(connection, "SELECT body FROM {prefix}stats_total WHERE {owner} = ?1", &[])?;
        rows.iter().map(|row| row.body(0)).collect()
    }
}

/// Counts a batch, unless it has been; the connection is committed where it counted.
pub(in crate::store) fn publish(
    connection: &mut dyn Connection,
    scope: ScopeCtx<'_>,
    batch: &StatsBatch,
) -> Result<BatchResult, Error> {
    let scope = scope.scope();
    require_own(scope, batch)?;
    let tables = Tables::of(scope);
    connection.hold(tables.held)?;
    let process = [batch.instance.to_string().into(), number(batch.epoch)?.into()];
    let known = "SELECT body FROM {prefix}stats_come WHERE {owner} = ?1 AND instance = ?2 AND epoch = ?3";
    let known = tables.query(connection, known, &process)?;
    let mut come: Come = known.first().map(|row| row.body(0)).transpose()?.unwrap_or_default();
    if come.take(batch.seq)? == BatchResult::Duplicate {
        return Ok(BatchResult::Duplicate);
    }
    let statement = "INSERT INTO {prefix}stats_come ({owner}, instance, epoch, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT ({owner}, instance, epoch) DO UPDATE SET body = excluded.body";
    let [instance, epoch] = process;
    tables.execute(connection, statement, &[instance, epoch, write(&come)?.into()])?;
    for delta in &batch.series {
        let total = "SELECT body FROM {prefix}stats_total WHERE {owner} = ?1 AND series = ?2";
        let rows = tables.query(connection, total, &[write(&delta.key)?.into()])?;
        let total = match rows.first() {
            None => delta.clone(),
            Some(row) => {
                let mut total: SeriesDelta = row.body(0)?;
                total.merge(delta);
                total
            }
        };
        tables.set_total(connection, &total)?;
    }
    connection.commit()?;
    Ok(BatchResult::New)
}

/// What the batches of a scope add up to.
pub(in crate::store) fn totals(
    connection: &dyn Connection,
    scope: ScopeCtx<'_>,
    filter: &StatsFilter,
) -> Result<MergedStats, Error> {
    let tables = Tables::of(scope.scope());
    let statement = "SELECT instance, epoch, body FROM {prefix}stats_come WHERE {owner} = ?1";
    let mut come = Vec::new();
    for row in tables.query(connection, statement, &[])? {
        let by = Instance { instance: row.text(0)?.parse()?, epoch: row.count(1)? };
        come.push((by, read(row.text(2)?)?));
    }
    let all = tables.totals(connection)?;
    Ok(MergedStats::of_parts(scope.scope(), come, all.into_iter().filter(|total| total.key.is_of(None, filter))))
}

/// Forgets performance and keeps usage; the connection is committed.
pub(in crate::store) fn clear(
    connection: &mut dyn Connection,
    scope: ScopeCtx<'_>,
    model: Option<&ModelId>,
    meta: &ChangeMeta,
) -> Result<u64, Error> {
    let tables = Tables::of(scope.scope());
    connection.hold(tables.held)?;
    let last = tables.sql("SELECT coalesce(max(generation), 0) FROM {prefix}stats_cleared WHERE {owner} = ?1");
    let generation = count(connection, &last, &tables.with_own(&[]))? + 1;
    let is_meant = |total: &SeriesDelta| model.is_none_or(|model| total.key.model == *model);
    for mut total in tables.totals(connection)?.into_iter().filter(is_meant) {
        total.clear();
        tables.set_total(connection, &total)?;
    }
    let statement = "INSERT INTO {prefix}stats_cleared ({owner}, generation, model, actor, reason, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let model_name = model.map(ModelId::to_string);
    let row = [
        number(generation)?.into(),
        (&model_name).into(),
        (&meta.actor).into(),
        (&meta.reason).into(),
        scope.now().into(),
    ];
    tables.execute(connection, statement, &row)?;
    if let ScopeCtx::Tenant(cx) = scope {
        let event = cleared(generation, model, meta, scope.now());
        Log(Some(cx.tenant())).append(connection, cx.origin(), &event)?;
    }
    connection.commit()?;
    Ok(generation)
}
