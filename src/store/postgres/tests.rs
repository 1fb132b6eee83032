//! What only a database can do: be asked how it looks for rows, be reached from anywhere, and last.

use postgres_cluster::Cluster;

use super::connection::{DIALECT, Open, Rights};
use super::server::Server;
use super::sql::old::Old;
use super::sql::shape::{self, FILL, House, ROWS, Shape};
use super::sql::{Connection as _, Scope};
use super::{PostgresStore, Store, schema};
use crate::store::conformance::{Maker, commit, operator, usage};
use crate::tenancy::Audience;

fn database() -> String {
    Cluster::shared().database(|owner| PostgresStore::migrate(owner).unwrap())
}

fn open(database: &str) -> PostgresStore {
    PostgresStore::open(&Cluster::shared().url("valor", database)).unwrap()
}

/// How many rows each list is tried on, with the tenants that hold them.
fn filled(database: &str) -> Vec<House> {
    let (store, maker) = (open(database), Maker::new(1));
    let houses: Vec<_> = (0..5).map(|i| shape::house(&store, &maker, &format!("tenant-{i}"))).collect();
    let sql = format!(
        "SET search_path = valor; SET synchronous_commit = off; SET session_replication_role = replica;
         CREATE TEMP TABLE house (k int, tenant_id uuid, ada uuid, dee uuid, home uuid, elsewhere uuid);
         INSERT INTO house VALUES {};
         CREATE TEMP TABLE number AS
             SELECT i, (lpad(to_hex(i), 8, '0') || '-0000-0000-0000-000000000000')::uuid AS id
             FROM generate_series(1, {ROWS}) AS i;
         {FILL}",
        shape::houses(&houses)
    );
    Cluster::shared().run(database, &sql).unwrap();
    // Rows that are known to be seen by all let an index be read alone.
    Cluster::shared().run(database, "VACUUM ANALYZE").unwrap();
    houses
}

/// What is wrong with the plans of `shapes` in a transaction of the tenant's, each with its plan.
fn problems(database: &Open<'_>, shapes: &[Shape]) -> Vec<String> {
    let problem = |shape: &Shape| {
        let sql = &shape.statement.sql;
        let rows = database.query(&format!("EXPLAIN {sql}"), &shape.statement.parameters).unwrap();
        let plan: Vec<_> = rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
        let steps = plan.iter().filter(|step| step.contains("(cost="));
        let mut steps = steps.map(|step| step.trim_start_matches([' ', '-', '>']));
        // A result is what row security asks before any row: whether the tenant is the transaction's.
        let known = ["Limit ", "Index Scan ", "Index Only Scan ", "Result "];
        let is_fine = |step: &str| !shape.lists || known.iter().any(|known| step.starts_with(known));
        // What reads all that an index holds may collect the places first.
        let by = if shape.lists { vec![" using "] } else { vec![" using ", "Bitmap Index Scan on "] };
        let by: Vec<_> = by.iter().map(|by| format!("{by}{}", shape.index)).collect();
        let seeks = |step: &String| step.contains("Index") && by.iter().any(|by| step.contains(by));
        let whole = steps.all(is_fine) && plan.iter().any(seeks);
        (!whole).then(|| format!("{}:\n{}\n{sql}", shape.name, plan.join("\n")))
    };
    shapes.iter().filter_map(problem).collect()
}

/// The statements of a house, by whom they are asked.
fn suite(house: &House) -> [(Scope, Vec<Shape>); 2] {
    let (all, own) = shape::shapes(house, DIALECT.by_ids).into_iter().partition(|shape| shape.of_platform);
    [(Scope::Tenant(house.room.provision.tenant.id), own), (Scope::Platform, all)]
}

#[test]
fn every_list_reads_one_index_range_however_rows_are_spread_and_each_index_is_needed() {
    let database = database();
    let houses = filled(&database);
    let store = open(&database);
    for house in [&houses[0], &houses[4]] {
        for (scope, shapes) in suite(house) {
            let found = problems(&store.begin(Rights::Read(scope)).unwrap(), &shapes);
            assert!(found.is_empty(), "{}", found.join("\n"));
        }
    }
    let named = "SELECT indexname FROM pg_indexes WHERE schemaname = 'valor' AND NOT EXISTS (
        SELECT FROM pg_constraint WHERE conname = indexname)";
    let named = Cluster::shared().run(&database, named).unwrap();
    assert!(named.lines().count() > 40, "{named}");
    let server = Server::at(&Cluster::shared().url("postgres", &database)).unwrap();
    for index in named.lines() {
        let needed = suite(&houses[0]).iter().any(|(scope, shapes)| {
            let open = Open::begin(server.client().unwrap(), Rights::Own, None).unwrap();
            open.script(&format!("DROP INDEX {index}")).unwrap();
            open.act_for(*scope).unwrap();
            !problems(&open, shapes).is_empty()
        });
        assert!(needed, "nothing needs the index {index}");
    }
}

#[test]
fn a_database_of_the_first_schema_is_brought_forward_with_its_rows() {
    let (database, maker) = (Cluster::shared().empty_database(), Maker::new(9));
    let url = Cluster::shared().url("valor_owner", &database);
    let server = Server::at(&url).unwrap();
    schema::migrate_to(Open::begin(server.client().unwrap(), Rights::Own, None).unwrap(), 1).unwrap();
    let old = Old::new(&maker);
    Cluster::shared().run(&database, &format!("SET search_path = valor; {}", old.rows())).unwrap();
    assert_eq!(
        PostgresStore::open(&Cluster::shared().url("valor", &database)).unwrap_err().reason(),
        Some("schema_older")
    );
    PostgresStore::migrate(&url).unwrap();
    old.require_found(&open(&database), &maker);
}

#[test]
fn a_store_works_and_ends_inside_a_hosts_asynchronous_runtime() {
    let (database, maker) = (database(), Maker::new(2));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(async {
        let store = open(&database);
        let room = maker.room(&store, "acme");
        let run = maker.run(&room.provision.admin, Audience::Tenant, maker.now());
        commit(&store, &room.cx, |tx| tx.insert_run(&run)).unwrap();
        // More than a task may do before it must give way.
        let work = move || {
            for _ in 0..300 {
                assert_eq!(store.read(&room.cx).unwrap().run(run.id).unwrap(), run);
            }
        };
        work();
        tokio::spawn(async move { work() }).await.unwrap();
    });
}

#[test]
fn a_transaction_that_the_server_broke_off_does_not_claim_to_have_lasted() {
    let (database, maker) = (database(), Maker::new(3));
    let store = open(&database);
    let room = maker.room(&store, "acme");
    let event = usage(&maker, "k", 1);
    Cluster::shared().run(&database, "ALTER TABLE valor.usage_event ADD CHECK (quantity > 1)").unwrap();
    let mut tx = store.write(&room.cx).unwrap();
    tx.append_audit(&maker.event("before")).unwrap();
    assert_eq!(tx.record_usage(&event).unwrap_err().reason(), Some("store_unavailable"));
    assert_eq!(tx.commit().unwrap_err().reason(), Some("store_unavailable"));
    assert_eq!(store.read(&room.cx).unwrap().audit_head().unwrap().seq, 1);
    // The connection is as good as new.
    commit(&store, &room.cx, |tx| tx.append_audit(&maker.event("after")).map(drop)).unwrap();
}

#[test]
fn a_connection_that_the_server_has_closed_is_replaced() {
    let (database, maker) = (database(), Maker::new(4));
    let store = open(&database);
    let room = maker.room(&store, "acme");
    let mut open_one = store.write(&room.cx).unwrap();
    open_one.append_audit(&maker.event("lost")).unwrap();
    let close = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}' AND usename = 'valor'"
    );
    assert_ne!(Cluster::shared().run(&database, &close).unwrap(), "0");
    let told = open_one.append_audit(&maker.event("lost too")).unwrap_err();
    assert_eq!(told.reason(), Some("store_unavailable"));
    drop(open_one);
    commit(&store, &room.cx, |tx| tx.append_audit(&maker.event("kept")).map(drop)).unwrap();
    let (records, _) = store.read(&room.cx).unwrap().audit().unwrap();
    assert_eq!(
        records.iter().map(|record| record.event.action.as_str()).collect::<Vec<_>>(),
        ["tenant.create", "kept"]
    );
}

#[test]
fn a_tenant_held_too_long_is_busy_and_another_is_not() {
    let (database, maker) = (database(), Maker::new(5));
    // Two, as in two processes: in one the writers wait for their turn without asking the server.
    let (store, other) = (open(&database), open(&database));
    let [acme, bolt] = ["acme", "bolt"].map(|slug| maker.room(&store, slug));
    let held = store.write(&acme.cx).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| other.write(&acme.cx).map(drop));
        commit(&store, &bolt.cx, |tx| tx.append_audit(&maker.event("meanwhile")).map(drop)).unwrap();
        assert_eq!(store.read(&acme.cx).unwrap().audit_head().unwrap().seq, 1, "reading waits for nobody");
        assert_eq!(waiting.join().unwrap().unwrap_err().reason(), Some("busy"));
    });
    drop(held);
    store.write(&acme.cx).unwrap();
}

#[test]
fn a_refused_tenant_leaves_the_transaction_to_the_platform() {
    let (database, maker) = (database(), Maker::new(8));
    let store = open(&database);
    let mut provision = maker.provision("acme");
    // More than a column holds, which comes to light when the tenant's own rows are written.
    provision.admin.version = u64::MAX;
    let mut tx = store.platform(&operator()).unwrap();
    assert_eq!(tx.provision(&provision).unwrap_err().field(), Some("quantity"));
    assert!(tx.routing_history(1).unwrap().is_empty(), "which no tenant may read");
}

#[test]
fn a_forked_process_is_told_so_before_it_waits_for_anything() {
    let (database, maker) = (database(), Maker::new(7));
    let mut store = open(&database);
    let room = maker.room(&store, "acme");
    // As in a process that was forked while another thread wrote: the turn never ends.
    store.server.process += 1;
    let _taken = store.turns.take(room.cx.tenant()).unwrap();
    let error = store.write(&room.cx).map(drop).unwrap_err();
    assert_eq!(
        (error.reason(), error.detail("hint")),
        (Some("store_unavailable"), Some(&"open it in each process".into()))
    );
}

#[test]
fn a_crowd_at_one_tenant_keeps_no_connection_from_another() {
    let (database, maker) = (database(), Maker::new(6));
    let store = open(&database);
    let [acme, bolt] = ["acme", "bolt"].map(|slug| maker.room(&store, slug));
    let event = maker.event("x");
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| commit(&store, &acme.cx, |tx| tx.append_audit(&event).map(drop)).unwrap());
        }
        for _ in 0..20 {
            commit(&store, &bolt.cx, |tx| tx.append_audit(&event).map(drop)).unwrap();
        }
    });
    assert_eq!(store.read(&acme.cx).unwrap().audit_head().unwrap().seq, 65);
    let count = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND usename = 'valor'");
    let connections: u32 = Cluster::shared().run(&database, &count).unwrap().parse().unwrap();
    assert!((1..=2).contains(&connections), "{connections} for two tenants");
}
