//! What only a file can do: last, be brought forward, and tell how it looks for rows.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;

use super::connection::{DIALECT, Open};
use super::{SqliteStore, schema};
use crate::store::conformance::{Maker, Room, commit, usage};
use crate::store::sql::BILLING_STATEMENTS;
use crate::store::sql::old::Old;
use crate::store::sql::shape::{self, FILL, House, ROWS, Shape};
use crate::store::{RoutingDocument, Store};
use crate::tenancy::{Audience, InvoiceState, Limit, LimitKind, UsageKind, Verification, verify};
use crate::time::Timestamp;

/// A file for one test, gone with it.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("valor-ivx-sqlite-{}-{}.db", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.0).unwrap()
    }

    /// The file without the library, as someone with access to the machine has it.
    fn raw(&self) -> Connection {
        Connection::open(&self.0).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(ending);
            let _ = std::fs::remove_file(path);
        }
    }
}

const ENDS: i64 = 1_000_000_000;

fn verified(store: &SqliteStore, room: &Room) -> Verification {
    let (records, head) = store.read(&room.cx).unwrap().audit().unwrap();
    verify(room.provision.tenant.id, &records, &head)
}

#[test]
fn a_file_that_is_opened_again_holds_everything() {
    let (file, maker) = (File::new(), Maker::new(1));
    let store = file.open();
    let room = maker.room(&store, "acme");
    let run = maker.run(&room.provision.admin, Audience::Tenant, maker.now());
    let held = maker.reservation(3, ENDS);
    let document = RoutingDocument {
        version: 1,
        config: serde_json::json!({"scope": "x", "weights": [0.1, 1e-300]}),
        actor: "ada".to_owned(),
        at: maker.now(),
    };
    commit(&store, &room.cx, |tx| {
        tx.insert_run(&run)?;
        tx.reserve(&held, Limit::At(3), maker.now())?;
        tx.record_usage(&usage(&maker, "k", 4))?;
        tx.set_routing(0, &document)?;
        tx.append_audit(&maker.event("x")).map(drop)
    })
    .unwrap();
    let principal = maker.principal(room.provision.tenant.id, "ada");
    let identity = store.lookup(&principal).unwrap();
    let audit = store.read(&room.cx).unwrap().audit().unwrap();
    drop(store);

    let store = file.open();
    assert_eq!(store.lookup(&principal).unwrap(), identity);
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.run(run.id).unwrap(), run);
    assert_eq!(read.quota(LimitKind::RunsPerMonth, Timestamp::default(), maker.now()).unwrap(), 3);
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(read.usage_total(UsageKind::Export, Timestamp::default(), far).unwrap(), 4);
    assert_eq!(read.routing().unwrap(), Some(document));
    assert_eq!(read.audit().unwrap(), audit);
}

#[test]
fn two_processes_on_one_file_keep_one_limit_and_one_chain() {
    let (file, maker) = (File::new(), Maker::new(2));
    let stores = [file.open(), file.open()];
    let room = maker.room(&stores[0], "acme");
    let held: Vec<_> = (0..24).map(|_| maker.reservation(1, ENDS)).collect();
    let (now, event, cx) = (maker.now(), maker.event("x"), &room.cx);
    let (event, won) = (&event, AtomicU32::new(0));
    std::thread::scope(|scope| {
        for (i, held) in held.iter().enumerate() {
            let (store, won) = (&stores[i % 2], &won);
            scope.spawn(move || {
                commit(store, cx, |tx| tx.append_audit(event).map(drop)).unwrap();
                if commit(store, cx, |tx| tx.reserve(held, Limit::At(7), now)).is_ok() {
                    won.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(won.into_inner(), 7);
    for store in &stores {
        assert!(matches!(verified(store, &room), Verification::Intact { count: 25, .. }));
    }
}

#[test]
fn a_file_of_the_first_schema_is_brought_forward_with_its_rows() {
    let maker = Maker::new(5);
    for version in 1..=3 {
        let (file, old) = (File::new(), Old::new(&maker));
        let connection = Mutex::new(file.raw());
        schema::migrate_to(Open::begin(connection.lock().unwrap(), true).unwrap(), version).unwrap();
        file.raw().execute_batch(&old.rows()).unwrap();
        old.require_found(&file.open(), &maker);
    }
}

/// How many rows each list is tried on, with the tenants that hold them.
fn filled(file: &File) -> Vec<House> {
    let (store, maker) = (file.open(), Maker::new(3));
    let houses: Vec<_> = (0..5).map(|i| shape::house(&store, &maker, &format!("tenant-{i}"))).collect();
    drop(store);
    let raw = file.raw();
    // An index made over rows is made much faster than one that grows with them.
    let (names, made): (Vec<String>, Vec<String>) = named_indexes(&raw).into_iter().unzip();
    let dropped: Vec<_> = names.iter().map(|name| format!("DROP INDEX {name}")).collect();
    raw.execute_batch(&format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000;
             PRAGMA temp_store = MEMORY; BEGIN; {};
             CREATE TEMP TABLE house (k INTEGER, tenant_id TEXT, ada TEXT, dee TEXT, home TEXT, elsewhere TEXT);
             INSERT INTO house VALUES {};
             CREATE TEMP TABLE number AS
                 WITH RECURSIVE up (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM up WHERE i < {ROWS})
                 SELECT i, printf('%08x-0000-0000-0000-000000000000', i) AS id FROM up;
             {FILL} {}; COMMIT; ANALYZE;",
        dropped.join(";"),
        shape::houses(&houses),
        made.join(";")
    ))
    .unwrap();
    houses
}

/// What is wrong with the plans of `shapes`, each with its plan.
fn problems(raw: &Connection, shapes: &[Shape]) -> Vec<String> {
    let problem = |shape: &Shape| {
        let mut statement = raw.prepare(&format!("EXPLAIN QUERY PLAN {}", shape.statement.sql)).unwrap();
        let parameters = rusqlite::params_from_iter(&shape.statement.parameters);
        let rows = statement.query_map(parameters, |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> = rows.map(Result::unwrap).collect();
        // What is handed over as JSON is no table.
        let is_fine =
            |step: &String| !step.contains("B-TREE") && (!step.starts_with("SCAN") || step.contains("wanted"));
        let seeks = |step: &String| {
            let index = if shape.index.is_empty() { " USING " } else { &format!("INDEX {} (", shape.index) };
            step.starts_with("SEARCH") && step.contains(index)
        };
        let whole = plan.iter().all(is_fine) && plan.iter().any(seeks);
        (!whole).then(|| format!("{}: {plan:?}\n{}", shape.name, shape.statement.sql))
    };
    shapes.iter().filter_map(problem).collect()
}

#[test]
fn an_issued_invoice_neither_changes_nor_goes_even_past_the_library() {
    let (file, maker) = (File::new(), Maker::new(6));
    let room = maker.room(&file.open(), "acme");
    let raw = file.raw();
    for sql in ["UPDATE invoice SET body = '{}'", "UPDATE invoice SET number = 9", "DELETE FROM invoice"] {
        assert!(raw.execute(sql, []).unwrap_err().to_string().contains("issued invoices"), "{sql}");
    }
    raw.execute("UPDATE invoice SET state = '\"Paid\"'", []).unwrap();
    let kept = file.open().read(&room.cx).unwrap().invoices(None, 1).unwrap();
    assert_eq!(kept[0].state, InvoiceState::Paid);
}

#[test]
fn every_list_seeks_in_its_index_and_sorts_nothing_and_each_index_is_needed() {
    let file = File::new();
    let houses = filled(&file);
    let raw = file.raw();
    for house in [&houses[0], &houses[4]] {
        let found = problems(&raw, &shape::shapes(house, DIALECT.by_ids));
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
    let shapes = shape::shapes(&houses[0], DIALECT.by_ids);
    let raw = planner(&file);
    assert!(problems(&raw, &shapes).is_empty());
    let named = named_indexes(&raw);
    assert!(named.len() > 40, "{named:?}");
    for (index, made) in named {
        raw.execute_batch(&format!("DROP INDEX {index}")).unwrap();
        assert!(!problems(&raw, &shapes).is_empty(), "nothing needs the index {index}");
        raw.execute_batch(&made).unwrap();
        restore_statistics(&raw);
    }
}

#[test]
fn every_statement_of_billing_seeks_in_an_index_and_sorts_nothing() {
    let file = File::new();
    drop(file.open());
    let raw = file.raw();
    for sql in BILLING_STATEMENTS {
        let mut statement = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
        let rows = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> = rows.map(Result::unwrap).collect();
        assert!(plan.iter().all(|step| step.starts_with("SEARCH") && !step.contains("B-TREE")), "{sql}: {plan:?}");
    }
}

/// Name and statement of each index that no rule of a table brings along.
fn named_indexes(raw: &Connection) -> Vec<(String, String)> {
    let mut named =
        raw.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").unwrap();
    named.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// A place with the tables and statistics of a file and none of its rows: a plan is made from these alone,
/// and an index without rows is dropped and made again at once.
fn planner(file: &File) -> Connection {
    let raw = Connection::open_in_memory().unwrap();
    let path = file.0.display().to_string();
    raw.execute("ATTACH ?1 AS filled", [path]).unwrap();
    let made = texts(
        &raw,
        "SELECT sql FROM filled.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY rowid",
    );
    raw.execute_batch(&made.join(";")).unwrap();
    raw.execute_batch("ANALYZE main").unwrap();
    restore_statistics(&raw);
    raw
}

fn texts(raw: &Connection, sql: &str) -> Vec<String> {
    raw.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn restore_statistics(raw: &Connection) {
    let kept = "SELECT name FROM filled.sqlite_schema WHERE name LIKE 'sqlite\\_stat%' ESCAPE '\\'";
    for table in texts(raw, kept) {
        let copy = format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM filled.{table}");
        raw.execute_batch(&copy).unwrap();
    }
    raw.execute_batch("ANALYZE main.sqlite_schema").unwrap();
}
