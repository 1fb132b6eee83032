//! Speed of both databases on a tenant with a million runs: a page of twenty wherever it lies, a
//! reservation held and counted, an append to the audit log and its verification.

use std::io::Write as _;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use postgres_cluster::Cluster;
use serde_json::json;
use valor_ivx::id::{ReservationId, SeededIds};
use valor_ivx::platform::{NewTenant, NewUser, Platform, RunRequest};
use valor_ivx::store::{PageReq, PostgresStore, SqliteStore, Store};
use valor_ivx::tenancy::{
    AuditEvent, Limit, LimitKind, PlatformRole, PrincipalKind, Reservation, ReservationState, TenantCtx, Verification,
    VerifiedPrincipal,
};
use valor_ivx::time::{Clock, SystemClock, Timestamp};

const RUNS: u32 = 1_000_000;

/// Records of the log that is verified.
const RECORDS: u64 = 200_000;

/// A million times the one run there is, each with an id and an instant of its own.
const MANY_IN_FILE: &str = "
    WITH RECURSIVE number (i, id) AS (
        SELECT 1, lower(hex(randomblob(16))) UNION ALL SELECT i + 1, lower(hex(randomblob(16))) FROM number WHERE i < MANY
    ), new AS (
        SELECT i, substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-7' || substr(id, 14, 3) || '-8' || substr(id, 18, 3)
            || '-' || substr(id, 21) AS id FROM number
    )
    INSERT INTO run (tenant_id, id, owner_id, organization_id, audience, created_at, model, body)
    SELECT tenant_id, new.id, owner_id, organization_id, audience, created_at + i, model,
        json_set(body, '$.id', new.id, '$.created_at', created_at + i, '$.record', NULL) FROM run, new;
    ANALYZE";
const MANY_IN_DATABASE: &str = "
    INSERT INTO valor.run (tenant_id, id, owner_id, organization_id, audience, created_at, model, body)
    SELECT tenant_id, new.id, owner_id, organization_id, audience, created_at + i, model,
        (body::jsonb || jsonb_build_object('id', new.id, 'created_at', created_at + i, 'record', NULL))::text
    FROM valor.run, (SELECT i, gen_random_uuid() AS id FROM generate_series(1, MANY) AS i) AS new;
    ANALYZE";

fn opened(url: &str) -> (Platform, VerifiedPrincipal) {
    let platform = Platform::builder(url).operator("host", "root", PlatformRole::Operator).open().expect("a store");
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).expect("an operator");
    let admin = NewUser {
        issuer: "idp".into(),
        subject: "ada".into(),
        email: "ada@example.com".into(),
        display_name: "Ada".into(),
        role: None,
    };
    let new = NewTenant { slug: "acme".into(), name: "Acme".into(), plan: "enterprise".into(), admin };
    let tenant = platform.tenants().create(&operator, &new).expect("a tenant").tenant.id;
    let ada = platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).expect("a principal");
    let request = RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}));
    platform.run(&ada, &request).expect("a run");
    (platform, ada)
}

fn file(folder: &std::path::Path) -> (Box<dyn Store>, Platform, VerifiedPrincipal) {
    let path = folder.join("store.db");
    let (platform, ada) = opened(&format!("sqlite:{}", path.display()));
    let raw = rusqlite::Connection::open(&path).expect("the file");
    raw.execute_batch(&MANY_IN_FILE.replace("MANY", &RUNS.to_string())).expect("many runs");
    (Box::new(SqliteStore::open(path).expect("the file")), platform, ada)
}

fn database() -> (Box<dyn Store>, Platform, VerifiedPrincipal) {
    let cluster = Cluster::shared();
    let name = cluster.database(|owner| PostgresStore::migrate(owner).expect("tables"));
    let url = cluster.url("valor", &name);
    let (platform, ada) = opened(&url);
    cluster.run(&name, &MANY_IN_DATABASE.replace("MANY", &RUNS.to_string())).expect("many runs");
    (Box::new(PostgresStore::open(&url).expect("the database")), platform, ada)
}

/// Pages of 20 at the beginning, in the middle and at the end, found by turning pages.
fn pages(platform: &Platform, ada: &VerifiedPrincipal) -> [(&'static str, PageReq); 3] {
    let (leaf, twenty) = (PageReq::of_size(100), PageReq::of_size(20));
    let mut cursors = Vec::new();
    let mut request = leaf.clone();
    while let Some(next) = platform.runs().list(ada, &request).expect("a page").next {
        request = leaf.clone().at(&next);
        cursors.push(next);
    }
    let [middle, last] = [cursors.len() / 2, cursors.len() - 2].map(|at| twenty.clone().at(&cursors[at]));
    [("first", twenty), ("middle", middle), ("last", last)]
}

/// Appends a record so many times in one transaction.
fn append(store: &dyn Store, cx: &TenantCtx, event: &AuditEvent, times: u64) {
    let mut tx = store.write(cx).expect("a transaction");
    (0..times).for_each(|_| drop(tx.append_audit(event).expect("a record")));
    tx.commit().expect("a commit");
}

/// How long `work` takes at the middle and at the tails.
fn tails(times: usize, mut work: impl FnMut()) -> String {
    let mut took: Vec<_> = (0..times)
        .map(|_| {
            let start = std::time::Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    let at = |part: usize| took[(times * part / 100).min(times - 1)];
    format!("p50 {:?}, p95 {:?}, p99 {:?}, n {times}", at(50), at(95), at(99))
}

fn stores(c: &mut Criterion) {
    let folder: PathBuf = std::env::temp_dir().join(format!("valor-ivx-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, (store, platform, ada)) in [("SQLite", file(&folder)), ("PostgreSQL", database())] {
        let mut group = c.benchmark_group(name);
        for (place, request) in pages(&platform, &ada) {
            group.bench_function(format!("{place} page of 20 of {RUNS} runs"), |b| {
                b.iter(|| {
                    let page = platform.runs().list(&ada, &request).expect("a page");
                    assert_eq!(page.items.len(), 20);
                    page
                });
            });
        }
        let cx = platform.enter(&ada).expect("a context");
        let (ids, now) = (SeededIds::new([1; 32]), SystemClock::new().now());
        group.bench_function("reserve and commit", |b| {
            b.iter(|| {
                let held = Reservation {
                    id: ReservationId::new(&ids, now),
                    kind: LimitKind::TrialsPerRun,
                    window: Timestamp::default(),
                    amount: 1,
                    state: ReservationState::Open,
                    expires_at: now.plus_micros(1_000_000),
                };
                let mut tx = store.write(&cx).expect("a transaction");
                tx.reserve(&held, Limit::Unlimited, now).expect("room");
                tx.commit_reservation(held.id, 1, Limit::Unlimited, now).expect("what is held");
                tx.commit().expect("a commit");
            });
        });
        let event = AuditEvent {
            at: now,
            actor: "bench".to_owned(),
            action: "bench".to_owned(),
            resource_type: "thing".to_owned(),
            resource_id: "1".to_owned(),
            outcome: "ok".to_owned(),
            ..AuditEvent::default()
        };
        group.bench_function("audit append", |b| b.iter(|| append(&*store, &cx, &event, 1)));
        let told = tails(2_000, || append(&*store, &cx, &event, 1));
        writeln!(std::io::stdout(), "{name}: audit append {told}").expect("a terminal");
        append(&*store, &cx, &event, RECORDS);
        let count = match platform.audit().verify(&ada).expect("a chain") {
            Verification::Intact { count, .. } => count,
            broken @ Verification::Broken { .. } => panic!("{broken:?}"),
        };
        group.sample_size(10).throughput(Throughput::Elements(count));
        group.bench_function("audit verify", |b| b.iter(|| platform.audit().verify(&ada).expect("a chain")));
        group.finish();
    }
    std::fs::remove_dir_all(&folder).expect("the folder");
}

criterion_group!(benches, stores);
criterion_main!(benches);
