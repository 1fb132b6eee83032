//! What only a file can do: last, be brought forward, and tell how it looks for rows.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::Connection;

use super::SqliteStore;
use super::connection::DIALECT;
use crate::store::conformance::{Maker, Room, commit, usage};
use crate::store::sql::{BILLING_STATEMENTS, STATEMENTS};
use crate::store::{RoutingDocument, Store};
use crate::tenancy::{
    Audience, InvoiceState, Limit, LimitKind, SubscriptionState, UsageKind, UsageTotal, Verification, verify,
};
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
    let (file, maker) = (File::new(), Maker::new(5));
    let room = maker.room(&file.open(), "acme");
    let event = usage(&maker, "k", 7);
    commit(&file.open(), &room.cx, |tx| tx.record_usage(&event).map(drop)).unwrap();
    let raw = file.raw();
    let old = "{\"id\": \"018bcfe5-6800-7cb5-a7b3-c4d5e6f70819\", \"plan\": \"basic\", \"catalogue_version\": 1,
         \"cycle\": \"Monthly\", \"state\": \"Active\", \"period_start\": 5, \"version\": 1}";
    raw.execute_batch(&format!(
        "DROP INDEX run_owner; DROP INDEX run_audience; DROP INDEX run_audience_organization;
         DROP INDEX reservation_expiry; DROP TABLE stats_come; DROP TABLE stats_total; DROP TABLE stats_cleared;
         DROP TABLE global_stats_come; DROP TABLE global_stats_total; DROP TABLE global_stats_cleared;
         DROP TABLE outbox; DROP TABLE usage_adjustment; DROP TABLE invoice; DROP TABLE usage_window;
         DROP TABLE subscription_change; DROP INDEX tenant_due; DROP INDEX tenant_undelivered;
         ALTER TABLE tenant DROP COLUMN due_at; ALTER TABLE tenant DROP COLUMN undelivered;
         UPDATE subscription SET body = '{old}'; DELETE FROM schema_version WHERE version > 1;"
    ))
    .unwrap();
    let store = file.open();
    let versions: i64 = raw.query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0)).unwrap();
    assert!(versions >= 2);
    assert!(store.read(&room.cx).unwrap().list_runs(&room.cx.visibility(), None, 5).unwrap().is_empty());
    assert!(matches!(verified(&store, &room), Verification::Intact { count: 1, .. }));
    let mut read = store.read(&room.cx).unwrap();
    let hours = read.usage_hours(UsageKind::Export, Timestamp::default(), maker.now()).unwrap();
    assert_eq!(hours, [UsageTotal { start: event.at.start_of_hour(), quantity: 7 }], "what had been used is rolled up");
    // From before there were periods: it goes on, and nothing is billed for the time behind it.
    let subscription = read.subscription().unwrap();
    let far = Timestamp::from_micros(i64::MAX - 1);
    assert_eq!((subscription.state_at(far), subscription.due().unwrap().at > far), (SubscriptionState::Active, true));
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
fn every_statement_on_runs_seeks_in_its_index_and_sorts_nothing() {
    let file = File::new();
    drop(file.open());
    let raw = file.raw();
    let own = [(DIALECT.runs_by_ids, ""), (DIALECT.own_runs_within, "run_owner")];
    for (sql, index) in STATEMENTS.iter().chain(&own) {
        let mut statement = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
        let rows = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> = rows.map(Result::unwrap).collect();
        let seeks = |step: &String| step.contains("SEARCH run USING") && step.contains(index);
        assert!(plan.iter().any(seeks), "{sql}: {plan:?}");
        assert!(plan.iter().all(|step| !step.starts_with("SCAN run") && !step.contains("B-TREE")), "{plan:?}");
        let paged = plan.iter().any(|step| step.contains("created_at<?") || step.contains("(created_at,id)<(?,?)"));
        assert_eq!(paged, !index.is_empty(), "{sql}: {plan:?}");
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
