//! Threats by whoever calls: tenants named that are not theirs, amounts and names made up, models that fail.

use std::sync::Arc;

use serde_json::{Value, json};
use valor_ivx::id::{ReservationId, RunId, SeededIds, TenantId};
use valor_ivx::platform::{
    AuditRange, Cancellation, ExportFormat, NewNote, NewScenario, NewUsage, Platform, RunControl, RunRequest,
};
use valor_ivx::registry::{FunctionOptions, RunCx};
use valor_ivx::simulation::CancelToken;
use valor_ivx::store::{PageReq, Store};
use valor_ivx::tenancy::{
    Audience, ConfigSchema, ConfigType, Document, Limit, LimitKind, PlanCatalogue, PlanChange, PlatformRole,
    PrincipalKind, Reservation, ReservationState, Slug, TenantCtx, VerifiedPrincipal,
};
use valor_ivx::time::{Clock as _, ManualClock, Timestamp};

use crate::{opened, places, store_at, tenant, user};

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

fn reason<T>(told: Result<T, valor_ivx::Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

fn member(platform: &Platform, ada: &VerifiedPrincipal, subject: &str, role: &str) -> VerifiedPrincipal {
    platform.users().create(ada, &user(subject, role)).unwrap();
    platform.principal("idp", subject, ada.tenant(), PrincipalKind::User).unwrap()
}

/// How often the store was asked, by what it was asked.
fn asked(platform: &Platform) -> Vec<(String, u64)> {
    let told = platform.prometheus();
    let counts = told.lines().filter_map(|line| line.strip_prefix("valor_store_duration_seconds_count"));
    counts
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(op, count)| (op.to_owned(), count.parse().unwrap()))
        .collect()
}

/// What `work` asks of the store.
fn questions(platform: &Platform, work: impl FnOnce()) -> Vec<(String, u64)> {
    let before = asked(platform);
    work();
    let known = |op: &str| before.iter().find(|(known, _)| known == op).map_or(0, |(_, count)| *count);
    let grown = asked(platform).into_iter().map(|(op, count)| (op.clone(), count - known(&op)));
    grown.filter(|(_, more)| *more > 0).collect()
}

#[test]
fn threat_1_another_tenant_that_is_named_is_not_found_as_an_unknown_one_is_and_that_is_on_record() {
    for place in places() {
        let platform = opened(&place.url);
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let theirs = bolt.tenant().unwrap();
        let unknown = TenantId::new(&SeededIds::new([9; 32]), Timestamp::from_micros(1_700_000_000_000_000));
        let before = place.rows_of(theirs);
        let change = PlanChange { plan: "basic".to_owned(), cycle: None };
        let calls: [(&str, &dyn Fn(TenantId) -> valor_ivx::Error); 4] = [
            ("get", &|named| platform.subscriptions().of(named).get(&acme).unwrap_err()),
            ("preview", &|named| platform.subscriptions().of(named).preview(&acme, &change).unwrap_err()),
            ("commit", &|named| platform.subscriptions().of(named).commit(&acme, "t", "k").unwrap_err()),
            ("cancel", &|named| platform.subscriptions().of(named).cancel(&acme, Cancellation::Now).unwrap_err()),
        ];
        let denials = || {
            let records = platform.audit().list(&acme, &PageReq::of_size(100)).unwrap().items;
            records.iter().filter(|record| record.event.outcome == "denied").count()
        };
        for (name, call) in calls {
            let known = denials();
            let (foreign, missing) = (call(theirs), call(unknown));
            assert_eq!((foreign.kind(), &foreign), (valor_ivx::ErrorKind::NotFound, &missing), "{name}, {}", place.url);
            assert_eq!(denials(), known + 2, "{name}");
            // Nothing more is asked of the store for a tenant that is there.
            let [for_theirs, for_unknown] = [theirs, unknown].map(|named| questions(&platform, || drop(call(named))));
            assert_eq!(for_theirs, for_unknown, "{name}");
        }
        assert_eq!(place.rows_of(theirs), before, "{}", place.url);
    }
}

#[test]
fn threat_2_what_is_no_tenant_cannot_be_said_and_asks_the_store_nothing() {
    for place in places() {
        let platform = opened(&place.url);
        tenant(&platform, "acme", "enterprise");
        let asking = questions(&platform, || {
            for hostile in [
                "0",
                "",
                " ",
                "nil",
                "00000000-0000-0000-0000-000000000000",
                "1 OR 1",
                "' OR ''='",
                "018bcfe568007cb5a7b3c4d5e6f70819",
                "{018bcfe5-6800-7cb5-a7b3-c4d5e6f70819}",
                "018BCFE5-6800-7CB5-A7B3-C4D5E6F70819",
                "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819;",
                "٠",
            ] {
                assert!(hostile.parse::<TenantId>().is_err(), "{hostile}");
                assert!(serde_json::from_value::<TenantId>(json!(hostile)).is_err(), "{hostile}");
                assert!(hostile.parse::<RunId>().is_err(), "{hostile}");
            }
            for hostile in [json!(0), json!(1), json!(null), json!([]), json!({}), json!(true)] {
                assert!(serde_json::from_value::<TenantId>(hostile).is_err());
            }
            for hostile in ["", "ab", "admin", "a'b", "a b", "-ab", "ab-", "ACME", "acme;drop", "%%%"] {
                assert!(Slug::parse(hostile).is_err(), "{hostile}");
            }
            assert!(platform.principal("idp", "ada", None, PrincipalKind::User).is_err());
        });
        assert_eq!(asking, [], "{}", place.url);
    }
}

/// A part of the month's runs, held until `expires_at`.
fn held(ids: &SeededIds, cx: &TenantCtx, amount: u64, expires_at: Timestamp) -> Reservation {
    Reservation {
        id: ReservationId::new(ids, cx.now()),
        kind: LimitKind::RunsPerMonth,
        window: cx.now().start_of_month(),
        amount,
        state: ReservationState::Open,
        expires_at,
    }
}

#[test]
fn threat_19_a_flood_of_reservations_ends_at_a_thousand_expires_and_is_nobody_elses() {
    for place in places() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_700_000_000_000_000)));
        let platform = Platform::builder(&place.url)
            .clock(clock.clone())
            .operator("host", "root", PlatformRole::Operator)
            .open()
            .unwrap();
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let (cx, store, ids) = (platform.enter(&acme).unwrap(), store_at(&place.url), SeededIds::new([3; 32]));
        let hour = clock.now().plus_micros(3_600_000_000);
        let mut tx = store.write(&cx).unwrap();
        for _ in 0..1_000 {
            tx.reserve(&held(&ids, &cx, 1, hour), Limit::Unlimited, clock.now()).unwrap();
        }
        let more = tx.reserve(&held(&ids, &cx, 1, hour), Limit::Unlimited, clock.now());
        assert_eq!(reason(more), "quota_exceeded", "{}", place.url);
        tx.commit().unwrap();
        assert_eq!(reason(platform.run(&acme, &npv())), "quota_exceeded", "{}", place.url);
        platform.run(&bolt, &npv()).expect("another tenant's runs");
        clock.advance_micros(3_600_000_000);
        platform.run(&acme, &npv()).expect("what was never committed counts no more");
    }
}

#[test]
fn threat_20_amounts_that_are_negative_too_large_or_more_than_was_held_are_refused_and_count_nothing() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let (cx, store, ids) = (platform.enter(&ada).unwrap(), store_at(&place.url), SeededIds::new([3; 32]));
        let (now, hour) = (cx.now(), cx.now().plus_micros(3_600_000_000));
        let five = held(&ids, &cx, 5, hour);
        let counted = |store: &dyn Store| {
            let mut read = store.read(&cx).unwrap();
            read.quota(LimitKind::RunsPerMonth, five.window, now).unwrap()
        };
        let mut tx = store.write(&cx).unwrap();
        tx.reserve(&five, Limit::At(10), now).unwrap();
        assert_eq!(reason(tx.commit_reservation(five.id, 6, Limit::At(10), now)), "illegal_transition");
        assert_eq!(reason(tx.commit_reservation(five.id, u64::MAX, Limit::Unlimited, now)), "illegal_transition");
        for amount in [6, u64::MAX, i64::MAX.unsigned_abs()] {
            let told = tx.reserve(&held(&ids, &cx, amount, hour), Limit::At(10), now);
            assert_eq!(reason(told), "quota_exceeded", "{amount}, {}", place.url);
        }
        let told = tx.reserve(&held(&ids, &cx, u64::MAX, hour), Limit::Unlimited, now);
        assert_eq!(reason(told), "quota_exceeded", "{}", place.url);
        tx.commit_reservation(five.id, 5, Limit::At(10), now).unwrap();
        assert_eq!(reason(tx.commit_reservation(five.id, 5, Limit::At(10), now)), "illegal_transition");
        tx.commit().unwrap();
        assert_eq!(counted(&*store), 5, "{}", place.url);

        for quantity in ["-1", "1.5", "1e30", "18446744073709551616", "\"1\"", "null"] {
            let usage = format!(r#"{{"kind": "export", "quantity": {quantity}, "idem_key": "k"}}"#);
            assert!(serde_json::from_str::<NewUsage>(&usage).is_err(), "{quantity}");
        }
        let usage = |quantity, key: &str| {
            let fields = json!({"kind": "export", "quantity": quantity, "idem_key": key});
            platform.usage().record(&ada, &serde_json::from_value::<NewUsage>(fields).unwrap())
        };
        assert_eq!(usage(u64::MAX, "a").unwrap_err().field(), Some("quantity"), "{}", place.url);
        usage(1, "b").unwrap();
        let kind = valor_ivx::tenancy::UsageKind::Export;
        let ever = (Timestamp::default(), Timestamp::from_micros(i64::MAX));
        assert_eq!(platform.usage().total(&ada, kind, ever.0, ever.1).unwrap(), 1);
    }
}

#[test]
fn threat_21_the_rate_is_the_tenants_whoever_asks_and_whatever_the_request_says() {
    for place in places() {
        let mut plans = PlanCatalogue::seed();
        for plan in &mut plans.plans {
            plan.requests_per_minute = Limit::At(6);
        }
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_700_000_000_000_000)));
        let builder = Platform::builder(&place.url).plans(plans).clock(clock.clone());
        let platform = builder.operator("host", "root", PlatformRole::Operator).open().unwrap();
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let ben = member(&platform, &acme, "ben", "Analyst");
        let service = platform.principal("idp", "ben", acme.tenant(), PrincipalKind::Service).unwrap();
        let request = |i: usize| RunRequest {
            unit: Some(format!("203.0.113.{i}")),
            title: Some(format!("X-Forwarded-For: 203.0.113.{i}")),
            idem_key: Some(format!("address-{i}")),
            ..npv()
        };
        for (i, who) in [&acme, &ben, &service, &acme, &ben, &service].into_iter().enumerate() {
            platform.run(who, &request(i)).unwrap();
        }
        for (i, who) in [&acme, &ben, &service].into_iter().enumerate() {
            let error = platform.run(who, &request(100 + i)).unwrap_err();
            assert_eq!(error.reason(), Some("rate_limited"), "{}", place.url);
        }
        platform.run(&bolt, &request(0)).expect("another tenant's rate");
        clock.advance_micros(60_000_000);
        platform.run(&ben, &request(200)).expect("a minute later");
    }
}

#[test]
fn threat_35_what_is_remembered_of_one_tenant_answers_nobody_of_another() {
    for place in places() {
        let platform = Platform::builder(&place.url)
            .operator("host", "root", PlatformRole::Operator)
            .configuration("region", ConfigSchema::of(ConfigType::String))
            .open()
            .unwrap();
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "professional"));
        // The same identity, an administrator here and a guest there.
        let sam = [member(&platform, &acme, "sam", "Admin"), member(&platform, &bolt, "sam", "Guest")];
        let region = |who: &VerifiedPrincipal, value: &str| {
            platform.configuration().set(who, "region", 0, &Document::of("x", json!(value)).unwrap()).unwrap();
        };
        region(&acme, "eu");
        region(&bolt, "us");
        platform.branding().patch(&acme, 0, &Document::of("patch", json!({"theme": "dark"})).unwrap()).unwrap();
        let request = RunRequest { idem_key: Some("k".to_owned()), ..npv() };
        let runs = [&acme, &bolt].map(|who| platform.run(who, &request).unwrap());
        for _ in 0..20 {
            let held = sam.each_ref().map(|who| platform.permissions(who).unwrap().len());
            assert_eq!(held, [12, 1], "{}", place.url);
            let set = sam.each_ref().map(|who| platform.configuration().get(who, "region").unwrap().value.unwrap());
            assert_eq!(set, [json!("eu"), json!("us")]);
            let shown = sam.each_ref().map(|who| platform.branding().get(who).unwrap().version);
            assert_eq!(shown, [1, 0]);
            for (who, run) in [&acme, &bolt].into_iter().zip(&runs) {
                let again = platform.run(who, &request).unwrap();
                assert_eq!((again.run_id, &again.record["plan"]), (run.run_id, &run.record["plan"]));
            }
            assert_eq!(reason(platform.runs().get(&bolt, runs[0].run_id)), "not_found");
        }
        assert_ne!(runs[0].run_id, runs[1].run_id);
        assert_eq!(runs.map(|run| run.record["plan"].clone()), [json!("enterprise"), json!("professional")]);
    }
}

#[test]
fn threat_38_no_caller_makes_a_label_or_a_series_of_metrics() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let hostile = |i: usize| format!("label-{i}\"}} 1\nvalor_runs_total{{x=\"{i}");
        let told = |i: usize| {
            let text = hostile(i);
            let _ = platform.run(&ada, &RunRequest::new(&text, json!({})));
            let _ = platform.run(&ada, &RunRequest::new(&format!("unknown_{i}"), json!({})));
            let request = RunRequest {
                unit: Some(format!("label-{i}")),
                force: Some(format!("forced_{i}")),
                title: Some(text),
                ..npv()
            };
            let _ = platform.run(&ada, &request);
            platform.run(&ada, &RunRequest { unit: Some(format!("label-{i}")), ..npv() }).unwrap();
            let _ = platform.can(
                &platform.principal("idp", &hostile(i), ada.tenant(), PrincipalKind::User).unwrap(),
                valor_ivx::tenancy::Permission::ReadModels,
            );
        };
        // What is counted at all has been counted once.
        told(0);
        let series = || platform.prometheus().lines().count();
        let before = series();
        (1..60).for_each(told);
        assert_eq!(series(), before, "{}", place.url);
        let text = platform.prometheus();
        for never in ["label-", "unknown_", "forced_"] {
            assert!(!text.contains(never), "{never}, {}", place.url);
        }
    }
}

#[test]
fn threat_39_a_host_model_that_panics_fails_or_is_stopped_leaves_no_hold_and_troubles_nobody_else() {
    type Model = dyn Fn(&Value, &mut RunCx<'_>) -> Result<Value, valor_ivx::Error> + Send + Sync;
    for place in places() {
        let platform = opened(&place.url);
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let token = CancelToken::new();
        let stop = token.clone();
        let models: [(&str, Arc<Model>); 3] = [
            ("panics", Arc::new(|_, _| panic!("a model of the host's"))),
            ("fails", Arc::new(|_, _| Err(valor_ivx::Error::internal("model_internal", "it broke")))),
            (
                "stopped",
                Arc::new(move |_, _| {
                    stop.cancel();
                    Err(valor_ivx::Error::cancelled("stopped"))
                }),
            ),
        ];
        for (name, model) in models {
            let variant = "v1".parse().unwrap();
            platform.registry().register_fn(name.parse().unwrap(), variant, FunctionOptions::default(), model).unwrap();
        }
        for name in ["panics", "fails", "stopped"] {
            let control = RunControl { cancel: Some(&token), ..RunControl::default() };
            let error = platform.run_with(&acme, &RunRequest::new(name, json!({})), &control).unwrap_err();
            let record = platform.audit().list(&acme, &PageReq::of_size(1)).unwrap().items.remove(0);
            let told = (record.event.action.as_str(), record.event.outcome.as_str(), record.event.resource_id.as_str());
            assert_eq!(told, ("run.create", "failed", name), "{error}, {}", place.url);
            let report = platform.usage().report(&acme).unwrap();
            let runs = report.limits.iter().find(|limit| limit.kind == LimitKind::RunsPerMonth).unwrap();
            assert_eq!((runs.used, runs.reserved), (0, 0), "{name}, {}", place.url);
            platform.run(&bolt, &npv()).expect("another tenant's runs");
        }
        assert!(platform.runs().list(&acme, &PageReq::default()).unwrap().items.is_empty());
        platform.run(&acme, &npv()).expect("its own other models");
    }
}

#[test]
fn threat_41_nothing_that_leaves_the_platform_names_the_units_of_an_experiment() {
    const CUSTOMER: &str = "customer-4711";
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        for (variant, rate) in [("v1", 0.02), ("v2", 0.03)] {
            let model = Arc::new(move |_: &Value, _: &mut RunCx<'_>| Ok(json!({ "rate": rate })));
            let (name, variant) = ("growth".parse().unwrap(), variant.parse().unwrap());
            platform.registry().register_fn(name, variant, FunctionOptions::default(), model).unwrap();
        }
        let config = json!({"schema": 1, "scope": {"Tenant": ada.tenant().unwrap()}, "version": 0, "models": {"growth": {
        "experiment": {
            "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a", "arms": [
                {"key": "a", "variant": "v1", "weight_ppm": 500_000},
                {"key": "b", "variant": "v2", "weight_ppm": 500_000}],
        }}}});
        platform.routing().apply(&ada, &config).unwrap();
        let mut told = Vec::new();
        for i in 0..20 {
            let unit = Some(format!("{CUSTOMER}-{i}"));
            let run = platform.run(&ada, &RunRequest { unit, ..RunRequest::new("growth", json!({})) }).unwrap();
            told.push(run.to_json().to_string());
        }
        platform.statistics().publish(&ada).unwrap();
        let records = platform.audit().list(&ada, &PageReq::of_size(100)).unwrap();
        let runs = platform.runs().list(&ada, &PageReq::of_size(100)).unwrap();
        let usage = platform.usage().list(&ada, &PageReq::of_size(100)).unwrap();
        told.push(format!("{records:?} {runs:?} {usage:?} {}", platform.prometheus()));
        told.push(format!("{:?}", platform.statistics().performance(&ada, &"growth".parse().unwrap()).unwrap()));
        told.push(place.rows_of(ada.tenant().unwrap()));
        for told in told {
            assert!(!told.contains(CUSTOMER), "{}: {told}", place.url);
        }
    }
}

#[test]
fn threat_30_no_secret_and_no_input_is_in_records_metrics_or_refusals_of_others() {
    const CANARY: &str = "canary-e19f";
    for place in places() {
        let platform = Platform::builder(&place.url)
            .operator("host", "root", PlatformRole::Operator)
            .configuration("hook.token", ConfigSchema::of(ConfigType::String).secret())
            .configuration("limits", ConfigSchema::of(ConfigType::Json))
            .open()
            .unwrap();
        let ada = tenant(&platform, "acme", "enterprise");
        let echo = Arc::new(|input: &Value, _: &mut RunCx<'_>| Ok(input.clone()));
        let (model, variant) = ("echo".parse().unwrap(), "v1".parse().unwrap());
        platform.registry().register_fn(model, variant, FunctionOptions::default(), echo).unwrap();
        let secret = |word: &str| format!("{CANARY}-{word}");
        let inputs = json!({"name": secret("input"), "deep": [{"a": secret("deep")}]});
        let unit = Some(secret("unit"));
        let run = platform.run(&ada, &RunRequest { unit, ..RunRequest::new("echo", inputs.clone()) }).unwrap();
        let failing = Arc::new(|input: &Value, _: &mut RunCx<'_>| {
            Err(valor_ivx::Error::internal("model_internal", input.to_string()))
        });
        let (model, variant) = ("broken".parse().unwrap(), "v1".parse().unwrap());
        platform.registry().register_fn(model, variant, FunctionOptions::default(), failing).unwrap();
        platform.run(&ada, &RunRequest::new("broken", inputs.clone())).unwrap_err();
        platform.run(&ada, &RunRequest::new("npv", json!({"rate": secret("rate")}))).unwrap_err();
        platform.run(&ada, &RunRequest::new(&secret("model"), json!({}))).unwrap_err();
        let scenario = NewScenario {
            model: "npv".to_owned(),
            subject: None,
            name: secret("scenario"),
            inputs,
            audience: Audience::Private,
        };
        let scenario = platform.scenarios().create(&ada, &scenario).unwrap();
        let note = NewNote { subject: secret("subject"), body: secret("body"), audience: Audience::Private };
        let note = platform.notes().create(&ada, &note).unwrap();
        let document = |value: Value| Document::of("value", value).unwrap();
        platform.configuration().set(&ada, "hook.token", 0, &document(json!(secret("token")))).unwrap();
        platform.configuration().set(&ada, "limits", 0, &document(json!({"a": secret("limits")}))).unwrap();
        let support = json!({"support_email": format!("{CANARY}@example.com"), "product_name": secret("name")});
        platform.branding().patch(&ada, 0, &document(support)).unwrap();
        let ben = member(&platform, &ada, &secret("subject"), "Analyst");

        // What others are told of what is not theirs.
        let refused = [
            platform.runs().get(&ben, run.run_id).unwrap_err(),
            platform.replay(&ben, run.run_id).unwrap_err(),
            platform.scenarios().get(&ben, scenario.id).unwrap_err(),
            platform.notes().get(&ben, note.id).unwrap_err(),
            platform.users().create(&ada, &user(&secret("subject"), "Guest")).unwrap_err(),
            platform.configuration().set(&ada, "hook.token", 1, &document(json!([secret("token")]))).unwrap_err(),
            platform.configuration().set(&ada, "hook.token", 7, &document(json!(secret("token")))).unwrap_err(),
        ];
        let mut told: Vec<_> = refused.iter().map(|error| format!("{error} {error:?} {}", error.to_json())).collect();
        let mut cursor = PageReq::of_size(100);
        loop {
            let page = platform.audit().list(&ada, &cursor).unwrap();
            told.extend(page.items.iter().map(|record| format!("{record:?}")));
            let Some(next) = page.next else { break };
            cursor = PageReq::of_size(100).at(next);
        }
        assert!(told.len() > 10 + refused.len(), "there is something to look through");
        told.push(platform.prometheus());
        let configured = platform.configuration().get(&ada, "hook.token").unwrap();
        told.push(format!("{configured:?} {}", json!(configured)));
        let store = store_at(&place.url);
        let kept = store.read(&platform.enter(&ada).unwrap()).unwrap().config("hook.token").unwrap();
        told.push(format!("{kept:?} {:?}", document(json!(secret("token")))));
        told.push(place.printed("SELECT event FROM audit"));
        let mut exported = Vec::new();
        platform.audit().export(&ada, AuditRange::default(), ExportFormat::Ndjson, &mut exported).unwrap();
        told.push(String::from_utf8(exported).unwrap());
        for told in told {
            assert!(!told.contains(CANARY), "{}: {told}", place.url);
        }
    }
}
