//! A process that is killed in the middle of a transaction leaves store, counters and log as they were.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::id::{ReservationId, RunId, SeededIds, TenantId, UsageEventId};
use valor_ivx::store::{Entity, Listing, PageReq, Store, TenantTx};
use valor_ivx::tenancy::{
    Audience, Limit, LimitKind, PrincipalKind, Reservation, ReservationState, Run, TenantCtx, UsageEvent, UsageKind,
    Verification, verify,
};
use valor_ivx::time::Timestamp;

use crate::{Place, WORK, event, opened, places, store_at, tenant, user};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const LATER: Timestamp = Timestamp::from_micros(1_700_000_001_000_000);
const AMOUNT: u64 = 3;

/// The steps of what a governed run writes down, and of a change of rights beside it, one after the other.
type Step = fn(&mut dyn TenantTx, &TenantCtx) -> Result<(), Error>;

const STEPS: [Step; 7] = [
    |tx, _| {
        let held = Reservation {
            id: id(ReservationId::new),
            kind: LimitKind::StorageBytes,
            window: Timestamp::default(),
            amount: AMOUNT,
            state: ReservationState::Open,
            expires_at: LATER,
        };
        tx.reserve(&held, Limit::At(10), NOW)
    },
    |tx, _| tx.commit_reservation(id(ReservationId::new), AMOUNT, Limit::At(10), NOW),
    |tx, _| {
        let event = UsageEvent {
            id: id(UsageEventId::new),
            idem_key: "killed".to_owned(),
            kind: UsageKind::Trials,
            quantity: AMOUNT,
            at: NOW,
            run_id: None,
            dims: std::collections::BTreeMap::new(),
        };
        tx.record_usage(&event).map(drop)
    },
    |tx, _| tx.append_audit(&event("killed", NOW)).map(drop),
    |tx, cx| {
        let run = Run {
            id: id(RunId::new),
            owner_id: cx.user(),
            organization_id: cx.organization(),
            audience: Audience::Tenant,
            model: "npv".to_owned(),
            variant: "built_in".to_owned(),
            subject: None,
            title: None,
            record: Value::Null,
            input: Value::Null,
            output: Value::Null,
            bytes: AMOUNT,
            idem_key: None,
            created_at: NOW,
        };
        tx.insert_run(&run)
    },
    |tx, cx| tx.set_user_active(cx.user(), 1, true).map(drop),
    |tx, cx| {
        let home = cx.organization().expect("ada's");
        tx.set_organization_active(home, 1, true).map(drop)
    },
];

/// The one id of its type that the killed process makes.
fn id<T>(new: impl Fn(&dyn valor_ivx::id::IdSource, Timestamp) -> T) -> T {
    new(&SeededIds::new([9; 32]), NOW)
}

fn entered(url: &str, tenant: TenantId) -> (Box<dyn Store>, TenantCtx) {
    let platform = opened(url);
    let ada = platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).unwrap();
    (store_at(url), platform.enter(&ada).unwrap())
}

#[test]
#[ignore = "run by the test below, in a process of its own, and killed"]
fn victim() {
    let order: Value = serde_json::from_str(&std::env::var(WORK).unwrap()).unwrap();
    let (store, cx) = entered(order["url"].as_str().unwrap(), order["tenant"].as_str().unwrap().parse().unwrap());
    let mut tx = store.write(&cx).unwrap();
    let steps = usize::try_from(order["steps"].as_u64().unwrap()).unwrap();
    for step in &STEPS[..steps] {
        step(&mut *tx, &cx).unwrap();
    }
    if order["commits"] == true {
        tx.commit().unwrap();
    } else {
        // Not dropped, which would roll back: what the kill meets is open.
        std::mem::forget(tx);
    }
    writeln!(std::io::stdout(), "\nready").unwrap();
    let mut never = String::new();
    let _ = std::io::stdin().read_line(&mut never);
}

/// Runs a process as far as `steps`, and kills it there.
fn kill_at(place: &Place, tenant: TenantId, steps: usize, commits: bool) {
    let order = json!({"url": place.url, "tenant": tenant, "steps": steps, "commits": commits});
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "crash::victim", "--nocapture"])
        .env(WORK, order.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(victim.stdout.take().unwrap());
    let ready = told.lines().map_while(Result::ok).any(|line| line == "ready");
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(ready, "{}: the process ended before step {steps}", place.url);
}

/// Everything that a step could have touched.
fn kept(store: &dyn Store, cx: &TenantCtx) -> Value {
    let mut read = store.read(cx).unwrap();
    let (records, head) = read.audit().unwrap();
    let chain = verify(cx.tenant(), &records, &head);
    assert!(matches!(chain, Verification::Intact { .. }), "{chain:?}");
    let all = Listing::first(Entity::Run, &PageReq::of_size(100)).unwrap();
    let runs = read.page_runs(&cx.visibility(), &all).unwrap().items;
    json!({
        "quota": read.quota(LimitKind::StorageBytes, Timestamp::default(), NOW).unwrap(),
        "usage": read.usage_total(UsageKind::Trials, Timestamp::default(), LATER).unwrap(),
        "audit": records.len(),
        "runs": runs.len(),
        "bytes": runs.iter().map(|run| run.bytes).sum::<u64>(),
        "auth_version": read.auth_version().unwrap(),
        "users": read.list_users().unwrap(),
        "organizations": read.list_organizations().unwrap(),
    })
}

#[test]
fn threat_40_a_process_killed_at_any_step_leaves_store_counters_and_log_as_they_were() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        platform.users().create(&ada, &user("ben", "Admin")).unwrap();
        let (store, cx) = entered(&place.url, ada.tenant().unwrap());
        let mut before = kept(&*store, &cx);
        for steps in 0..=STEPS.len() {
            kill_at(&place, cx.tenant(), steps, false);
            // That the process signed in is on record before anything else, and for good.
            before["audit"] = json!(before["audit"].as_u64().unwrap() + 1);
            assert_eq!(kept(&*store, &cx), before, "{} after step {steps}", place.url);
            // Nothing of it is in the way of the next writer.
            let mut tx = store.write(&cx).unwrap();
            for step in STEPS {
                step(&mut *tx, &cx).unwrap();
            }
        }
        kill_at(&place, cx.tenant(), STEPS.len(), true);
        let after = kept(&*store, &cx);
        let (quota, bytes, usage) = (&after["quota"], &after["bytes"], &after["usage"]);
        assert_eq!([quota, bytes, usage], [&json!(AMOUNT); 3], "{}: what was committed lasts", place.url);
        assert_eq!(after["audit"].as_u64().unwrap(), before["audit"].as_u64().unwrap() + 2);
        assert_eq!(after["auth_version"].as_u64().unwrap(), before["auth_version"].as_u64().unwrap() + 2);
    }
}
