//! What only a database can do: be asked how it looks for rows, be reached from anywhere, and last.

use postgres_cluster::Cluster;
use uuid::Uuid;

use super::connection::{DIALECT, Rights};
use super::sql::{Connection as _, Parameter, STATEMENTS, Scope};
use super::{PostgresStore, Store};
use crate::id::{OrganizationId, TenantId, UserId};
use crate::store::conformance::{Maker, commit, operator, usage};
use crate::tenancy::Audience;

fn database() -> String {
    Cluster::shared().database(|owner| PostgresStore::migrate(owner).unwrap())
}

fn open(database: &str) -> PostgresStore {
    PostgresStore::open(&Cluster::shared().url("valor", database)).unwrap()
}

/// Adds runs to a tenant, of one owner, many at each instant.
fn add_runs(database: &str, tenant: TenantId, owner: UserId, organization: OrganizationId, count: u32) {
    let sql = format!(
        "INSERT INTO valor.run (tenant_id, id, owner_id, organization_id, audience, created_at, idem_key, body)
         SELECT '{tenant}', gen_random_uuid(), '{owner}', '{organization}',
             (ARRAY['private', 'organization', 'tenant'])[1 + i % 3], 1700000000000000 + i / 7, 'key ' || i, '{{}}'
         FROM generate_series(1, {count}) AS i"
    );
    Cluster::shared().run(database, &sql).unwrap();
}

#[test]
fn every_statement_on_runs_reads_one_index_range_however_rows_are_spread() {
    let (database, maker) = (database(), Maker::new(1));
    let store = open(&database);
    let rooms: Vec<_> = (0..5).map(|i| maker.room(&store, &format!("tenant-{i}"))).collect();
    for (i, room) in rooms.iter().enumerate() {
        let provision = &room.provision;
        // One tenant holds more than half.
        let count = if i == 0 { 60_000 } else { 10_000 };
        add_runs(&database, provision.tenant.id, provision.admin.id, provision.organization.id, count);
    }
    Cluster::shared().run(&database, "ANALYZE").unwrap();
    for room in [&rooms[0], &rooms[4]] {
        let (tenant, owner) = (room.provision.tenant.id, room.provision.admin.id);
        let home = room.provision.organization.id;
        let ids = |sql: &str| -> Vec<Uuid> {
            let sql = format!(
                "SELECT string_agg(id::text, ' ') FROM (SELECT id FROM valor.run WHERE {sql} LIMIT 20) AS found"
            );
            let printed = Cluster::shared().run(&database, &sql).unwrap();
            printed.split(' ').map(|id| id.parse().unwrap()).collect()
        };
        let some = ids(&format!("tenant_id = '{tenant}'"));
        let page = [tenant.into(), 1_700_000_000_001_000.into(), Uuid::max().into(), 21.into()];
        let of = |rest: &[Parameter<'static>]| page.iter().chain(rest).cloned().collect::<Vec<_>>();
        let parameters = [
            vec![tenant.into(), some[0].into()],
            vec![tenant.into(), owner.into(), "key 7".into()],
            of(&[owner.into()]),
            of(&["tenant".into()]),
            of(&["organization".into(), home.into()]),
            vec![tenant.into(), Parameter::Ids(some.clone())],
            of(&[owner.into(), Parameter::Ids(vec![Uuid::from_bytes(*home.as_bytes())])]),
        ];
        let own = [(DIALECT.runs_by_ids, ""), (DIALECT.own_runs_within, "run_owner")];
        let statements: Vec<_> = STATEMENTS.iter().chain(&own).collect();
        assert_eq!(statements.len(), parameters.len());
        for ((sql, index), parameters) in statements.into_iter().zip(&parameters) {
            let reading = store.begin(Rights::Read(Scope::Tenant(tenant))).unwrap();
            let rows = reading.query(&format!("EXPLAIN {sql}"), parameters).unwrap();
            let plan: Vec<_> = rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
            let plan = plan.join("\n");
            let seeks = plan.lines().any(|step| step.contains("Index") && step.contains(&format!("using {index}")));
            assert!(seeks, "{sql}\n{plan}");
            assert!(!["Seq Scan", "Sort", "Bitmap"].iter().any(|step| plan.contains(step)), "{sql}\n{plan}");
            assert!(!reading.query(sql, parameters).unwrap().is_empty(), "{sql}");
        }
    }
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
