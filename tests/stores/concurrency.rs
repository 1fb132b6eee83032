//! Several processes, each with several threads, on one store: nothing is lost and nothing exceeded.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::id::{ReservationId, SeededIds, TenantId};
use valor_ivx::platform::{Platform, RunRequest};
use valor_ivx::store::{Entity, Listing, PageReq, Store, TenantTx};
use valor_ivx::tenancy::{
    Limit, LimitKind, PrincipalKind, Reservation, ReservationState, TenantCtx, UsageKind, Verification,
    VerifiedPrincipal, verify,
};
use valor_ivx::time::{Clock, SystemClock, Timestamp};

use crate::{Place, WORK, event, opened, places, store_at, tenant, user};

const PROCESSES: u64 = 5;
const THREADS: u64 = 4;
/// What each thread does: reservations tried, changes made, governed runs.
const TRIES: u64 = 4;
const CHANGES: u64 = 5;
const RUNS: u64 = 2;
/// What all of them together may hold.
const QUOTA: u64 = 37;

/// Does it again while others are in the way, which is no refusal.
fn patiently<T>(mut work: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match work() {
            Err(error) if matches!(error.reason(), Some("busy" | "version_conflict")) => {}
            done => return done,
        }
    }
}

fn commit(
    store: &dyn Store,
    cx: &TenantCtx,
    work: impl Fn(&mut dyn TenantTx) -> Result<(), Error>,
) -> Result<(), Error> {
    patiently(|| {
        let mut tx = store.write(cx)?;
        work(&mut *tx)?;
        tx.commit()
    })
}

fn principal(platform: &Platform, tenant: TenantId, subject: &str) -> VerifiedPrincipal {
    platform.principal("idp", subject, Some(tenant), PrincipalKind::User).unwrap()
}

/// What one thread brings about, added to `done`: reservations held, users made, administrators deactivated, runs.
fn work(platform: &Platform, store: &dyn Store, tenant: TenantId, number: u64, done: &[AtomicU64; 4]) {
    let count = |what: usize, by: u64| done[what].fetch_add(by, Ordering::Relaxed);
    let ada = principal(platform, tenant, "ada");
    let cx = patiently(|| platform.enter(&ada)).unwrap();
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let (ids, now) = (SeededIds::new(seed), SystemClock::new().now());
    for _ in 0..TRIES {
        let held = Reservation {
            id: ReservationId::new(&ids, now),
            kind: LimitKind::TrialsPerRun,
            window: Timestamp::default(),
            amount: 1,
            state: ReservationState::Open,
            expires_at: now.plus_micros(3_600_000_000),
        };
        match commit(store, &cx, |tx| tx.reserve(&held, Limit::At(QUOTA), now)) {
            Ok(()) => count(0, 1),
            Err(error) => {
                assert_eq!(error.reason(), Some("quota_exceeded"), "{error}");
                0
            }
        };
    }
    for _ in 0..CHANGES {
        let home = cx.organization().unwrap();
        patiently(|| {
            // Read before the others are kept away, and so sometimes old.
            let version = store.read(&cx)?.organization(home)?.version;
            let mut tx = store.write(&cx)?;
            tx.set_organization_active(home, version, true)?;
            tx.append_audit(&event("work", now))?;
            tx.commit()
        })
        .unwrap();
    }
    for _ in 0..RUNS {
        let request = RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}));
        patiently(|| platform.run(&ada, &request)).unwrap();
        count(3, 1);
    }
    match patiently(|| platform.users().create(&ada, &user(&format!("new-{number}"), "Guest"))) {
        Ok(_) => count(1, 1),
        Err(error) => {
            assert_eq!(error.reason(), Some("user_limit"), "{error}");
            0
        }
    };
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn worker() {
    let order: Value = serde_json::from_str(&std::env::var(WORK).unwrap()).unwrap();
    let url = order["url"].as_str().unwrap();
    let tenant = order["tenant"].as_str().unwrap().parse().unwrap();
    let governed: TenantId = order["governed"].as_str().unwrap().parse().unwrap();
    let first = order["process"].as_u64().unwrap() * THREADS;
    let (platform, store) = (opened(url), store_at(url));
    let done: [AtomicU64; 4] = std::array::from_fn(|_| AtomicU64::new(0));
    std::thread::scope(|scope| {
        for number in first..first + THREADS {
            let (platform, store, done) = (&platform, &*store, &done);
            scope.spawn(move || {
                work(platform, store, tenant, number, done);
                let cx = platform.enter(&principal(platform, governed, &format!("admin-{number}"))).unwrap();
                match commit(store, &cx, |tx| tx.set_user_active(cx.user(), 1, false).map(drop)) {
                    Ok(()) => {
                        done[2].fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => assert_eq!(error.reason(), Some("last_admin"), "{error}"),
                }
            });
        }
    });
    writeln!(std::io::stdout(), "\ndone {}", json!(done.map(AtomicU64::into_inner))).unwrap();
}

/// Starts the processes at once and adds up what they say they did.
fn processes(place: &Place, tenant: TenantId, governed: TenantId) -> [u64; 4] {
    let start = |process: u64| {
        let order = json!({"url": place.url, "tenant": tenant, "governed": governed, "process": process});
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "concurrency::worker", "--nocapture"])
            .env(WORK, order.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let started: Vec<_> = (0..PROCESSES).map(start).collect();
    let mut all = [0; 4];
    for process in started {
        let output = process.wait_with_output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{told}");
        let done = told.lines().find_map(|line| line.strip_prefix("done ")).unwrap();
        let done: [u64; 4] = serde_json::from_str(done).unwrap();
        all.iter_mut().zip(done).for_each(|(all, done)| *all += done);
    }
    all
}

#[test]
fn five_processes_on_one_store_lose_nothing_and_exceed_nothing() {
    const WORKERS: u64 = PROCESSES * THREADS;
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "basic");
        // Nine of ten seats are taken.
        for i in 0..8 {
            platform.users().create(&ada, &user(&format!("taken-{i}"), "Guest")).unwrap();
        }
        let eve = tenant(&platform, "governed", "enterprise");
        for number in 0..WORKERS {
            platform.users().create(&eve, &user(&format!("admin-{number}"), "Admin")).unwrap();
        }
        let cx = platform.enter(&eve).unwrap();
        let store = store_at(&place.url);
        commit(&*store, &cx, |tx| tx.set_user_active(cx.user(), 1, false).map(drop)).unwrap();

        let (acme, governed) = (ada.tenant().unwrap(), eve.tenant().unwrap());
        let [held, made, deactivated, runs] = processes(&place, acme, governed);
        assert_eq!((held, made, deactivated), (QUOTA, 1, WORKERS - 1), "{}", place.url);
        assert_eq!(runs, WORKERS * RUNS);

        let admins = store.read(&cx).unwrap().list_users().unwrap();
        assert_eq!(admins.iter().filter(|user| user.active).count(), 1, "{}", place.url);
        let cx = platform.enter(&ada).unwrap();
        let mut read = store.read(&cx).unwrap();
        let (records, head) = read.audit().unwrap();
        assert!(matches!(verify(acme, &records, &head), Verification::Intact { .. }), "{}", place.url);
        let worked = records.iter().filter(|record| record.event.action == "work").count();
        assert_eq!(worked as u64, WORKERS * CHANGES);
        assert_eq!(read.organization(cx.organization().unwrap()).unwrap().version, 1 + WORKERS * CHANGES);
        let now = SystemClock::new().now();
        assert_eq!(read.quota(LimitKind::TrialsPerRun, Timestamp::default(), now).unwrap(), QUOTA);
        let counted = read.usage_total(UsageKind::ModelRun, Timestamp::default(), now.plus_micros(1));
        assert_eq!(counted.unwrap(), runs);
        assert_eq!(read.quota(LimitKind::RunsPerMonth, now.start_of_month(), now).unwrap(), runs);
        let all = Listing::first(Entity::Run, &PageReq::default().counted()).unwrap();
        assert_eq!(read.page_runs(&cx.visibility(), &all).unwrap().total, Some(runs));
        assert_eq!(read.list_users().unwrap().len(), 10, "{}", place.url);
    }
}

#[test]
fn threat_18_of_sixty_four_who_ask_for_the_last_seat_one_gets_it() {
    let kept = places();
    for url in std::iter::once("memory:").chain(kept.iter().map(|place| place.url.as_str())) {
        let platform = opened(url);
        let ada = tenant(&platform, "acme", "basic");
        for i in 0..8 {
            platform.users().create(&ada, &user(&format!("taken-{i}"), "Guest")).unwrap();
        }
        let (platform, ada) = (&platform, &ada);
        let made: usize = std::thread::scope(|scope| {
            let ask = |i: usize| {
                let new = user(&format!("new-{i}"), "Guest");
                patiently(|| platform.users().create(ada, &new)).map_err(|error| error.reason().map(str::to_owned))
            };
            let asking: Vec<_> = (0..64).map(|i| scope.spawn(move || ask(i))).collect();
            let told = asking.into_iter().map(|thread| thread.join().unwrap());
            told.filter(|told| match told {
                Ok(_) => true,
                Err(reason) => {
                    assert_eq!(reason.as_deref(), Some("user_limit"), "{url}");
                    false
                }
            })
            .count()
        });
        assert_eq!((made, platform.users().list(ada, &PageReq::default()).unwrap().items.len()), (1, 10), "{url}");
    }
}
