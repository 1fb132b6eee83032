//! The governed run as a host sees it, on each store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use valor_ivx::id::RunId;
use valor_ivx::platform::{NewTenant, NewUser, Platform, PlatformBuilder, Provisioned, RunRequest};
use valor_ivx::registry::FunctionOptions;
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{
    AuditRecord, Limit, Permission, PlanCatalogue, PlatformRole, PrincipalKind, TenantStatus, UsageKind, Verification,
    VerifiedPrincipal,
};
use valor_ivx::time::Timestamp;
use valor_ivx::{Error, ErrorKind};

mod exposition;

struct House {
    platform: Platform,
    operator: VerifiedPrincipal,
    tenant: Provisioned,
    admin: VerifiedPrincipal,
    analyst: VerifiedPrincipal,
    viewer: VerifiedPrincipal,
}

fn user(subject: &str, role: Option<&str>) -> NewUser {
    NewUser {
        issuer: "idp".to_owned(),
        subject: subject.to_owned(),
        email: format!("{subject}@example.com"),
        display_name: subject.to_owned(),
        role: role.map(str::to_owned),
    }
}

/// The plans of the library, in each of which a tenant reads its own log.
fn plans() -> PlanCatalogue {
    let mut plans = PlanCatalogue::seed();
    plans.plans[0].features.push("audit_logs".to_owned());
    plans
}

fn open(url: &str) -> Platform {
    opened(Platform::builder(url).plans(plans()))
}

fn opened(builder: PlatformBuilder) -> Platform {
    builder.operator("host", "root", PlatformRole::Operator).open().unwrap()
}

fn house(url: &str, plan: &str) -> House {
    house_on(Platform::builder(url).plans(plans()), plan)
}

fn house_on(builder: PlatformBuilder, plan: &str) -> House {
    let platform = opened(builder);
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
    let new = NewTenant { slug: "acme".into(), name: "Acme".into(), plan: plan.into(), admin: user("ada", None) };
    let tenant = platform.tenants().create(&operator, &new).unwrap();
    let member =
        |subject: &str| platform.principal("idp", subject, Some(tenant.tenant.id), PrincipalKind::User).unwrap();
    let (admin, analyst, viewer) = (member("ada"), member("ben"), member("cy"));
    platform.users().create(&admin, &user("ben", Some("Analyst"))).unwrap();
    platform.users().create(&admin, &user("cy", Some("Viewer"))).unwrap();
    House { platform, operator, tenant, admin, analyst, viewer }
}

/// The tenant's records, oldest first.
fn records(house: &House) -> Vec<AuditRecord> {
    let mut records = house.platform.audit().list(&house.admin, &PageReq::of_size(100)).unwrap().items;
    records.reverse();
    records
}

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

fn simulation() -> RunRequest {
    let mut request = RunRequest::new(
        "dcf",
        json!({
            "base_revenue": 500, "tax_rate": 0.23, "wacc": 0.09, "shares": 150,
            "stages": [{"years": 3, "growth": 0.1, "ebit_margin": 0.2, "sales_to_capital": 2.5}],
            "terminal": {"method": "gordon", "growth": 0.02},
        }),
    );
    request.simulation = Some(json!({
        "draws": [{"path": "wacc", "distribution": {"type": "normal", "mean": 0.09, "sd": 0.005}}],
        "trials": 5000, "seed": 7,
    }));
    request
}

fn file(name: &str) -> (std::path::PathBuf, String) {
    let folder = std::env::temp_dir().join(format!("valor-ivx-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store.db");
    let url = format!("sqlite:{}", path.display());
    (path, url)
}

fn on_each_store(name: &str, plan: &str, check: impl Fn(House)) {
    check(house("memory:", plan));
    if cfg!(feature = "sqlite") {
        let (path, url) = file(name);
        check(house(&url, plan));
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
    #[cfg(feature = "postgres")]
    {
        let cluster = postgres_cluster::Cluster::shared();
        let name = cluster.database(|owner| Platform::migrate(owner).unwrap());
        check(house(&cluster.url("valor", &name), plan));
    }
}

/// Two variants of a host's model.
fn register_growth(platform: &Platform) {
    for (variant, rate) in [("v1", 0.02), ("v2", 0.03)] {
        let function = Arc::new(move |_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| Ok(json!({"rate": rate})));
        let (model, variant) = ("growth".parse().unwrap(), variant.parse().unwrap());
        platform.registry().register_fn(model, variant, FunctionOptions::default(), function).unwrap();
    }
}

fn experiment(scope: &Value, version: u64, first_arm_ppm: u32) -> Value {
    json!({"schema": 1, "scope": scope, "version": version, "models": {"growth": {"experiment": {
        "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a", "arms": [
            {"key": "a", "variant": "v1", "weight_ppm": first_arm_ppm},
            {"key": "b", "variant": "v2", "weight_ppm": 1_000_000 - first_arm_ppm}],
    }}}})
}

#[test]
#[cfg(feature = "sqlite")]
fn routing_kept_in_a_file_serves_every_unit_as_before_when_it_is_opened_again() {
    let (path, url) = file("routing-kept");
    let house = house(&url, "professional");
    let served = |platform: &Platform| -> Vec<String> {
        (0..40)
            .map(|unit| {
                let request = RunRequest { unit: Some(format!("unit-{unit}")), ..RunRequest::new("growth", json!({})) };
                platform.run(&house.analyst, &request).unwrap().resolution.served.to_string()
            })
            .collect()
    };
    register_growth(&house.platform);
    let own = json!({"Tenant": house.tenant.tenant.id});
    house.platform.routing().apply(&house.operator, &experiment(&json!("Global"), 0, 900_000)).unwrap();
    // Two steps up: the ranges of the arms now lie in pieces that only the kept document tells.
    for (version, ppm) in [(0, 300_000), (1, 500_000), (2, 400_000)] {
        house.platform.routing().apply(&house.admin, &experiment(&own, version, ppm)).unwrap();
    }
    let before = served(&house.platform);
    assert!(before.iter().any(|variant| variant == "v1") && before.iter().any(|variant| variant == "v2"));

    let bare = open(&url);
    let error = bare.run(&house.analyst, &npv()).unwrap_err();
    assert_eq!(error.reason(), Some("invalid_config"), "routing to variants nobody registered is not passed over");
    register_growth(&bare);
    assert_eq!(served(&bare), before);
    let scope = valor_ivx::registry::RoutingScope::Tenant(house.tenant.tenant.id);
    assert_eq!(bare.registry().history(scope).iter().map(|kept| kept.version).collect::<Vec<_>>(), [1, 2, 3]);
    let stale = bare.routing().apply(&house.admin, &experiment(&own, 1, 300_000)).unwrap_err();
    assert_eq!(stale.reason(), Some("version_conflict"));
    assert_eq!(bare.routing().apply(&house.admin, &experiment(&own, 3, 300_000)).unwrap(), 4);
    assert_eq!(bare.routing().apply(&house.operator, &experiment(&json!("Global"), 1, 800_000)).unwrap(), 2);
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn a_governed_run_is_kept_metered_audited_and_replayed() {
    on_each_store("kept", "professional", |house| {
        let run = house.platform.run(&house.analyst, &simulation()).unwrap();
        assert_eq!(run.output["trials_completed"], 5000);
        assert_eq!(run.record["plan"], "professional");
        assert_eq!(run.record["decision"]["reason"], "granted");
        let replay = house.platform.replay(&house.analyst, run.run_id).unwrap();
        assert!(replay.identical, "{:?}", replay.differences);
        let far = Timestamp::from_micros(i64::MAX);
        let used = |kind| house.platform.usage().total(&house.admin, kind, Timestamp::default(), far).unwrap();
        assert_eq!((used(UsageKind::ModelRun), used(UsageKind::Trials)), (1, 5000));
        let records = records(&house);
        let link = records.iter().find(|record| record.event.resource_id == run.run_id.to_string()).unwrap();
        assert_eq!(json!(link.seq), run.record["audit_seq"]);
        assert!(matches!(house.platform.audit().verify(&house.admin).unwrap(), Verification::Intact { .. }));
        let model = "simulate".parse().unwrap();
        assert_eq!(house.platform.registry().performance(&model).unwrap()["watched"].count, 1);
        assert_eq!(house.platform.runs().list(&house.analyst, &PageReq::default()).unwrap().items.len(), 1);
    });
}

#[test]
fn a_viewer_runs_but_keeps_nothing_and_a_plan_names_what_it_needs() {
    on_each_store("denied", "basic", |house| {
        let error = house.platform.run(&house.viewer, &npv()).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Denied, Some("no_permission")));
        let unsaved = RunRequest { save: false, ..npv() };
        let run = house.platform.run(&house.viewer, &unsaved).unwrap();
        assert_eq!(house.platform.runs().get(&house.viewer, run.run_id).unwrap_err().kind(), ErrorKind::NotFound);
        let error = house.platform.run(&house.analyst, &simulation()).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::LimitExceeded, Some("feature_not_in_plan")));
        assert_eq!(error.detail("needed_plan"), Some(&json!("professional")));
        let outcomes: Vec<_> = records(&house)
            .into_iter()
            .filter(|record| record.event.outcome == "denied")
            .filter_map(|record| record.event.reason)
            .collect();
        assert_eq!(outcomes, ["no_permission", "not_found", "feature_not_in_plan"]);
    });
}

#[test]
fn private_runs_are_not_there_for_others_and_foreign_tenants_see_nothing() {
    on_each_store("private", "professional", |house| {
        let run = house.platform.run(&house.analyst, &npv()).unwrap();
        let unknown: RunId = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819".parse().unwrap();
        let hidden = house.platform.runs().get(&house.viewer, run.run_id).unwrap_err();
        let missing = house.platform.runs().get(&house.viewer, unknown).unwrap_err();
        assert_eq!(hidden, missing);
        let new =
            NewTenant { slug: "other".into(), name: "Other".into(), plan: "basic".into(), admin: user("eve", None) };
        let other = house.platform.tenants().create(&house.operator, &new).unwrap();
        let eve = house.platform.principal("idp", "eve", Some(other.tenant.id), PrincipalKind::User).unwrap();
        assert_eq!(house.platform.runs().get(&eve, run.run_id).unwrap_err(), missing);
        assert!(house.platform.runs().list(&eve, &PageReq::default()).unwrap().items.is_empty());
        // Belonging to one tenant says nothing about another.
        let stranger = house.platform.principal("idp", "ben", Some(other.tenant.id), PrincipalKind::User).unwrap();
        assert_eq!(house.platform.run(&stranger, &npv()).unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[test]
fn the_same_key_gives_the_first_result_and_another_input_is_refused() {
    on_each_store("idem", "professional", |house| {
        let keyed = RunRequest { idem_key: Some("k".into()), ..npv() };
        let first = house.platform.run(&house.analyst, &keyed).unwrap();
        assert_eq!(house.platform.run(&house.analyst, &keyed).unwrap(), first);
        let other = RunRequest { inputs: json!({"rate": 0.2, "cashflows": [1]}), ..keyed };
        let error = house.platform.run(&house.analyst, &other).unwrap_err();
        assert_eq!(error.reason(), Some("idempotency_conflict"));
    });
}

#[test]
fn a_change_of_rights_binds_the_next_call() {
    on_each_store("rights", "professional", |house| {
        house.platform.run(&house.analyst, &npv()).unwrap();
        let users = house.platform.users().list(&house.admin, &PageReq::default()).unwrap().items;
        let ben = users.iter().find(|user| user.subject == "ben").unwrap();
        assert_eq!(
            house.platform.users().set_active(&house.admin, ben.id, 9, false).unwrap_err().reason(),
            Some("version_conflict")
        );
        house.platform.users().set_active(&house.admin, ben.id, ben.version, false).unwrap();
        assert_eq!(house.platform.run(&house.analyst, &npv()).unwrap_err().reason(), Some("user_inactive"));
        let tenant = &house.tenant.tenant;
        let now = house.platform.tenants().by_slug(&house.operator, "acme").unwrap();
        house.platform.tenants().set_status(&house.operator, tenant.id, now.version, TenantStatus::Suspended).unwrap();
        assert_eq!(house.platform.run(&house.viewer, &npv()).unwrap_err().reason(), Some("tenant_inactive"));
    });
}

#[test]
fn a_sticky_experiment_routes_a_host_model_and_is_on_record() {
    on_each_store("route", "professional", |house| {
        register_growth(&house.platform);
        let config = experiment(&json!("Global"), 0, 700_000);
        assert_eq!(house.platform.routing().apply(&house.admin, &config).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(house.platform.routing().apply(&house.operator, &config).unwrap(), 1);
        let run = house
            .platform
            .run(&house.analyst, &RunRequest { unit: Some("user-1".into()), ..RunRequest::new("growth", json!({})) })
            .unwrap();
        assert_eq!((run.resolution.served.as_str(), run.output["rate"].as_f64()), ("v1", Some(0.02)));
        let mut broken = config;
        broken["version"] = json!(1);
        broken["models"]["growth"]["experiment"]["arms"][0]["weight_ppm"] = json!(1);
        assert_eq!(
            house.platform.routing().apply(&house.operator, &broken).unwrap_err().reason(),
            Some("invalid_config")
        );
        let force = RunRequest { force: Some("v2".into()), ..RunRequest::new("growth", json!({})) };
        assert_eq!(house.platform.run(&house.analyst, &force).unwrap_err().reason(), Some("no_permission"));
        assert_eq!(house.platform.run(&house.admin, &force).unwrap().output["rate"], 0.03);
    });
}

#[test]
fn roles_give_what_they_say_and_nobody_gives_more_than_they_hold() {
    let house = house("memory:", "basic");
    assert_eq!(house.platform.permissions(&house.viewer).unwrap(), [Permission::ReadModels, Permission::ViewAnalytics]);
    assert!(!house.platform.can(&house.analyst, Permission::AdminUsers).unwrap());
    let error = house.platform.users().create(&house.analyst, &user("dan", Some("Admin"))).unwrap_err();
    assert_eq!(error.reason(), Some("no_permission"));
    for i in 0..7 {
        house.platform.users().create(&house.admin, &user(&format!("u{i}"), None)).unwrap();
    }
    assert_eq!(
        house.platform.users().create(&house.admin, &user("u8", None)).unwrap_err().reason(),
        Some("user_limit")
    );
    assert_eq!(
        house.platform.users().create(&house.admin, &user("ben", None)).unwrap_err().reason(),
        Some("user_limit")
    );
    let root = house.platform.principal("host", "mallory", None, PrincipalKind::Platform).unwrap();
    assert_eq!(house.platform.tenants().list(&root, &PageReq::default()).unwrap_err().kind(), ErrorKind::Denied);
}

#[test]
fn bad_requests_are_refused_before_anything_is_held() {
    let house = house("memory:", "professional");
    let refused = |request: RunRequest| house.platform.run(&house.analyst, &request).unwrap_err();
    assert_eq!(refused(RunRequest::new("nothing", json!({}))).reason(), Some("unknown_model"));
    assert_eq!(refused(RunRequest::new("npv", json!({"rate": "x"}))).field(), Some("rate"));
    let mut twice = simulation();
    twice.simulation.as_mut().unwrap()["input"] = json!({});
    assert_eq!(refused(twice).field(), Some("simulation.input"));
    assert_eq!(Platform::open("postgresql://x").err().unwrap().kind(), ErrorKind::Unavailable);
    assert_eq!(Platform::open("papyrus:x").err().unwrap().field(), Some("url"));
}

#[cfg(feature = "sqlite")]
#[test]
fn a_file_keeps_runs_for_the_next_process_and_shows_tampering() {
    let (path, url) = file("reopen");
    let (run_id, tenant) = {
        let house = house(&url, "professional");
        (house.platform.run(&house.analyst, &simulation()).unwrap().run_id, house.tenant.tenant.id)
    };
    let platform = open(&url);
    let member = |subject: &str| platform.principal("idp", subject, Some(tenant), PrincipalKind::User).unwrap();
    assert!(platform.replay(&member("ben"), run_id).unwrap().identical);
    let verify = || platform.audit().verify(&member("ada")).unwrap();
    assert!(matches!(verify(), Verification::Intact { .. }));
    let other = rusqlite::Connection::open(&path).unwrap();
    assert!(other.execute("UPDATE audit SET event = '{}'", []).is_err(), "the log takes no update");
    other
        .execute_batch(
            "DROP TRIGGER audit_no_update; UPDATE audit SET event = replace(event, 'ok', 'no') WHERE seq = 2",
        )
        .unwrap();
    assert_eq!(verify(), Verification::Broken { seq: 2, kind: valor_ivx::tenancy::Fault::Mismatch });
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn each_built_in_model_is_guarded_by_a_feature_that_a_plan_holds() {
    let plans = valor_ivx::tenancy::PlanCatalogue::seed();
    for model in valor_ivx::models() {
        assert!(plans.needed_plan(model.feature).is_some(), "{} is guarded by {}", model.name, model.feature);
    }
}

#[test]
fn a_study_takes_what_the_model_inside_it_takes_and_trials_count_however_they_are_asked_for() {
    on_each_store("inside", "basic", |house| {
        let simulate = simulation();
        let mut inputs = simulate.simulation.clone().unwrap();
        inputs["model"] = json!("dcf");
        inputs["input"] = simulate.inputs.clone();
        let tornado = |model: &str, input: &Value| {
            let drivers = json!([{"path": "wacc", "low": 0.08, "high": 0.1}]);
            RunRequest::new("tornado", json!({"model": model, "input": input, "drivers": drivers}))
        };
        assert!(house.platform.run(&house.analyst, &tornado("dcf", &simulate.inputs)).is_ok());
        // A reconciliation is not of the basic plan, nor is a simulation, however deep they lie.
        let field = json!({"rows": [{
            "name": "simulated", "model": "simulate", "input": inputs, "output": "outputs.value_per_share.mean",
            "path": "draws[0].distribution.mean", "low_value": 0.08, "high_value": 0.1,
        }]});
        let set = json!({
            "format": "valor-ivx/scenarios", "version": 1, "base": {"model": "dcf", "input": simulate.inputs},
            "scenarios": [{"name": "other", "model": "football_field", "input": field}],
        });
        for request in [
            RunRequest::new("football_field", field.clone()),
            RunRequest::new("scenarios_evaluate", json!({"set": set})),
        ] {
            let error = house.platform.run(&house.analyst, &request).unwrap_err();
            assert_eq!(error.reason(), Some("feature_not_in_plan"), "{error}");
            assert_eq!(error.detail("needed_plan"), Some(&json!("professional")));
        }
    });
    // A plan that limits trials is the host's own.
    let mut plans = PlanCatalogue::seed();
    plans.plans.iter_mut().for_each(|plan| plan.trials_per_run = Limit::At(4_000));
    let house = house_on(Platform::builder("memory:").plans(plans), "professional");
    let mut inputs = simulation().simulation.unwrap();
    inputs["model"] = json!("dcf");
    inputs["input"] = simulation().inputs;
    for request in [simulation(), RunRequest::new("simulate", inputs)] {
        let error = house.platform.run(&house.analyst, &request).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::LimitExceeded, Some("quota_exceeded")), "{error}");
    }
}

#[test]
fn an_arm_past_its_guardrail_is_paused_in_the_store_too_with_the_numbers_on_the_chain() {
    on_each_store("guardrail", "enterprise", |house| {
        register_growth(&house.platform);
        let failing = Arc::new(|_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| {
            Err(valor_ivx::Error::internal("model_internal", "it broke"))
        });
        let (model, variant) = ("growth".parse().unwrap(), "v3".parse().unwrap());
        house.platform.registry().register_fn(model, variant, FunctionOptions::default(), failing).unwrap();
        let own = json!({"Tenant": house.tenant.tenant.id});
        let mut config = experiment(&own, 0, 500_000);
        let held = &mut config["models"]["growth"]["experiment"];
        held["arms"][1]["variant"] = json!("v3");
        held["guardrails"] = json!([{"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}, "min_n": 20}]);
        house.platform.routing().apply(&house.admin, &config).unwrap();
        let run = |n: usize| {
            let request = RunRequest { unit: Some(format!("unit-{n}")), ..RunRequest::new("growth", json!({})) };
            house.platform.run(&house.analyst, &request)
        };
        let reason = |n: usize| run(n).ok().map(|run| run.resolution.reason);
        let paused = (0..200).find(|n| reason(*n) == Some(valor_ivx::registry::Reason::ExperimentPaused));
        assert!(paused.is_some_and(|n| n > 40), "{paused:?}");
        let records = records(&house);
        let pause = records.iter().find(|record| record.event.action == "routing.pause").unwrap();
        let breach = &pause.event.detail["breaches"][0];
        assert_eq!(pause.event.detail["count"], 1);
        assert_eq!((breach["arm"].as_str(), breach["events"][0].as_u64()), (Some("b"), Some(0)));
        assert_eq!(breach["events"][1], breach["units"][1]);
        assert_eq!(breach["guardrail"]["bound"]["RelativeToControl"], 2.0);
        // The next change of routing is edited from the pause: the store and the registry agree.
        config["version"] = json!(2);
        assert_eq!(house.platform.routing().apply(&house.admin, &config).unwrap(), 3);
        assert!(matches!(house.platform.audit().verify(&house.admin).unwrap(), Verification::Intact { .. }));
    });
}

#[test]
fn a_pause_with_more_breaches_than_a_record_takes_is_a_pause_all_the_same() {
    on_each_store("breaches", "enterprise", |house| {
        register_growth(&house.platform);
        let failing = Arc::new(|_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| {
            Err(valor_ivx::Error::internal("model_internal", "it broke"))
        });
        for n in 1..16 {
            let (model, variant) = ("growth".parse().unwrap(), format!("bad-{n}").parse().unwrap());
            let options = FunctionOptions::default();
            house.platform.registry().register_fn(model, variant, options, failing.clone()).unwrap();
        }
        let mut config = experiment(&json!({"Tenant": house.tenant.tenant.id}), 0, 20_005);
        let held = &mut config["models"]["growth"]["experiment"];
        let arms = held["arms"].as_array_mut().unwrap();
        arms.truncate(1);
        let arm = |n| json!({"key": format!("arm-{n}"), "variant": format!("bad-{n}"), "weight_ppm": 65_333});
        arms.extend((1..16).map(arm));
        // The control is the last to have its units, and then every other arm is past every limit at once.
        let guardrail = |action: &str, times: f64| {
            let bound = json!({"RelativeToControl": times});
            json!({"metric": "ErrorRate", "bound": bound, "min_n": 10, "action": action, "test": "Threshold"})
        };
        held["guardrails"] = json!([guardrail("Alert", 1.5), guardrail("Alert", 2.0), guardrail("Pause", 2.5)]);
        house.platform.routing().apply(&house.admin, &config).unwrap();
        let run = |n: usize| {
            let request = RunRequest { unit: Some(format!("unit-{n}")), ..RunRequest::new("growth", json!({})) };
            house.platform.run(&house.analyst, &request)
        };
        let reason = |n: usize| run(n).ok().map(|run| run.resolution.reason);
        assert!((0..2_000).any(|n| reason(n) == Some(valor_ivx::registry::Reason::ExperimentPaused)));
        let records = records(&house);
        let pause = records.iter().find(|record| record.event.action == "routing.pause").unwrap();
        let (told, count) = (pause.event.detail["breaches"].as_array().unwrap(), &pause.event.detail["count"]);
        assert!(!told.is_empty() && count.as_u64() > Some(told.len() as u64), "{count}: {told:?}");
        assert_eq!(told[0]["guardrail"]["action"], "Pause");
    });
}

/// Acceptance A16.
#[test]
#[cfg(feature = "sqlite")]
fn routing_that_one_process_changes_serves_and_is_paused_in_another() {
    let (path, url) = file("routing-shared");
    let house = house(&url, "enterprise");
    let (first, second) = (Arc::new(house.platform), open(&url));
    register_growth(&first);
    register_growth(&second);
    let own = json!({"Tenant": house.tenant.tenant.id});
    let all_to = |variant: &str, version: u64| json!({"schema": 1, "scope": own, "version": version, "models": {"growth": {"override_variant": variant}}});
    let growth =
        |unit: usize| RunRequest { unit: Some(format!("unit-{unit}")), ..RunRequest::new("growth", json!({})) };
    let served = || second.run(&house.analyst, &growth(0)).unwrap().resolution.served.to_string();
    for (version, variant) in [(0, "v1"), (1, "v2")] {
        first.routing().apply(&house.admin, &all_to(variant, version)).unwrap();
        assert_eq!(served(), variant);
    }
    // A newer process knows a variant that this one does not: what serves here goes on.
    let newer = Arc::new(|_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| Ok(json!({"growth": 0.3})));
    let (model, variant) = ("growth".parse().unwrap(), "v4".parse().unwrap());
    first.registry().register_fn(model, variant, FunctionOptions::default(), newer).unwrap();
    first.routing().apply(&house.admin, &all_to("v4", 2)).unwrap();
    assert_eq!(first.run(&house.analyst, &growth(0)).unwrap().resolution.served.to_string(), "v4");
    assert_eq!(served(), "v2");
    first.routing().apply(&house.admin, &all_to("v2", 3)).unwrap();
    assert_eq!(served(), "v2");
    let global = json!({"schema": 1, "scope": "Global", "version": 0, "models": {}});
    assert_eq!(first.routing().apply(&house.operator, &global).unwrap(), 1);
    let stale = second.routing().apply(&house.operator, &global).unwrap_err();
    assert_eq!(stale.detail("current"), Some(&json!(1)), "as the other process left it");
    assert_eq!(second.routing().apply(&house.admin, &all_to("v1", 4)).unwrap(), 5);
    assert_eq!(served(), "v1");

    // Each call of the failing arm finds, when it ends, that the other process has changed routing.
    let version = Arc::new(std::sync::atomic::AtomicU64::new(5));
    let mut config = experiment(&own, 0, 500_000);
    let held = &mut config["models"]["growth"]["experiment"];
    held["arms"][1]["variant"] = json!("v3");
    held["guardrails"] = json!([{"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}, "min_n": 20}]);
    let change = {
        let (first, admin) = (first.clone(), house.admin.clone());
        move || {
            config["version"] = json!(version.load(std::sync::atomic::Ordering::SeqCst));
            let next = first.routing().apply(&admin, &config).unwrap();
            version.store(next, std::sync::atomic::Ordering::SeqCst);
        }
    };
    let change = Arc::new(std::sync::Mutex::new(change));
    let failing = {
        let change = change.clone();
        Arc::new(move |_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| {
            change.lock().unwrap()();
            Err(valor_ivx::Error::internal("model_internal", "it broke"))
        })
    };
    for platform in [&*first, &second] {
        let (model, variant) = ("growth".parse().unwrap(), "v3".parse().unwrap());
        platform.registry().register_fn(model, variant, FunctionOptions::default(), failing.clone()).unwrap();
    }
    change.lock().unwrap()();
    let reason = |n: usize| second.run(&house.analyst, &growth(n)).ok().map(|run| run.resolution.reason);
    let paused = (0..200).find(|n| reason(*n) == Some(valor_ivx::registry::Reason::ExperimentPaused));
    assert!(paused.is_some_and(|n| n > 40), "{paused:?}");
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn decisions_quota_use_and_records_are_told_as_metrics() {
    let house = house("memory:", "basic");
    house.platform.run(&house.analyst, &RunRequest { save: true, ..npv() }).unwrap();
    assert_eq!(house.platform.run(&house.analyst, &simulation()).unwrap_err().reason(), Some("feature_not_in_plan"));
    assert!(house.platform.run(&house.viewer, &RunRequest { save: true, ..npv() }).is_err());
    let fails = |_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| Err(valor_ivx::Error::unavailable("away", "gone"));
    let (model, variant) = ("failing".parse().unwrap(), "v1".parse().unwrap());
    let options = FunctionOptions { feature: Some("dcf_analysis".into()), ..FunctionOptions::default() };
    house.platform.registry().register_fn(model, variant, options, Arc::new(fails)).unwrap();
    assert!(house.platform.run(&house.analyst, &RunRequest::new("failing", json!({}))).is_err());
    let text = house.platform.prometheus();
    let read = exposition::read(&text);
    let of = |family: &str, labels: &[(&str, &str)]| read[family].value(labels);
    let quota = |kind: &str, result: &str| of("valor_quota_total", &[("kind", kind), ("result", result)]);
    assert_eq!(["reserved", "committed", "released"].map(|result| quota("runs_per_month", result)), [2.0, 1.0, 1.0]);
    assert_eq!(quota("storage_bytes", "committed"), 1.0);
    assert_eq!(of("valor_usage_events_total", &[("kind", "model_run"), ("result", "new")]), 1.0);
    let plan = read["valor_plan_denials_total"].samples.iter().map(|(_, labels, count)| (labels[1].1.as_str(), *count));
    assert_eq!(plan.collect::<Vec<_>>(), [("basic", 1.0)]);
    let denied = [("outcome", "deny"), ("permission", "write_models"), ("reason", "no_permission")];
    assert_eq!(of("valor_decisions_total", &denied), 1.0);
    let mut records = records(&house);
    records.extend(house.platform.audit().records(&house.operator, 0, 100).unwrap());
    for outcome in ["ok", "denied", "failed"] {
        let written = records.iter().filter(|record| record.event.outcome == outcome).count();
        assert_eq!(of("valor_audit_records_total", &[("outcome", outcome)]), written as f64, "{outcome}");
    }
    assert_eq!(of("valor_model_calls_total", &[("model", "npv"), ("outcome", "ok")]), 1.0);
    assert!(!text.contains(&house.tenant.tenant.id.to_string()));
}

#[test]
fn a_breach_that_only_tells_is_on_record_and_pauses_nothing() {
    on_each_store("alert", "enterprise", |house| {
        register_growth(&house.platform);
        let failing = Arc::new(|_: &Value, _: &mut valor_ivx::registry::RunCx<'_>| {
            Err(valor_ivx::Error::internal("model_internal", "it broke"))
        });
        let (model, variant) = ("growth".parse().unwrap(), "v3".parse().unwrap());
        house.platform.registry().register_fn(model, variant, FunctionOptions::default(), failing).unwrap();
        let mut config = experiment(&json!({"Tenant": house.tenant.tenant.id}), 0, 500_000);
        let held = &mut config["models"]["growth"]["experiment"];
        held["arms"][1]["variant"] = json!("v3");
        held["guardrails"] = json!([{"metric": "ErrorRate", "bound": {"Absolute": 0.5}, "min_n": 5, "test": "Threshold",
            "action": "Alert"}]);
        house.platform.routing().apply(&house.admin, &config).unwrap();
        for n in 0..40 {
            let request = RunRequest { unit: Some(format!("unit-{n}")), ..RunRequest::new("growth", json!({})) };
            // Those of the failing arm fail.
            let _ = house.platform.run(&house.analyst, &request);
        }
        let records = house.platform.audit().list(&house.admin, &PageReq::of_size(100)).unwrap().items;
        let told: Vec<_> = records.iter().filter(|record| record.event.action == "routing.alert").collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].event.detail["breaches"][0]["guardrail"]["action"], "Alert");
        assert!(!records.iter().any(|record| record.event.action == "routing.pause"));
    });
}

/// Property 4, over stores.
#[test]
fn one_configuration_resolves_alike_through_every_store() {
    let mut seen: Vec<Vec<(String, Option<u32>)>> = Vec::new();
    let resolved = std::sync::Mutex::new(&mut seen);
    on_each_store("alike", "enterprise", |house| {
        register_growth(&house.platform);
        house.platform.routing().apply(&house.operator, &experiment(&json!("Global"), 0, 700_000)).unwrap();
        let served = |n: usize| {
            let request = RunRequest { unit: Some(format!("unit-{n}")), ..RunRequest::new("growth", json!({})) };
            let resolution = house.platform.run(&house.analyst, &request).unwrap().resolution;
            (resolution.served.to_string(), resolution.experiment.map(|tag| tag.point))
        };
        resolved.lock().unwrap().push((0..25).map(served).collect());
    });
    assert!(seen.len() > 1 && seen.iter().all(|of_store| *of_store == seen[0]));
}

#[test]
#[cfg(feature = "sqlite")]
fn what_two_processes_counted_is_read_together_and_cleared_on_record() {
    let (path, url) = file("statistics");
    let first = house(&url, "enterprise");
    register_growth(&first.platform);
    let second = Platform::builder(&url).open().unwrap();
    register_growth(&second);
    let call = |platform: &Platform, times: usize| {
        for n in 0..times {
            let request = RunRequest { unit: Some(format!("unit-{n}")), ..RunRequest::new("growth", json!({})) };
            platform.run(&first.analyst, &request).unwrap();
        }
    };
    let model = "growth".parse().unwrap();
    call(&first.platform, 3);
    call(&second, 4);
    // What the second counted since its first call is published by itself after a while, or when asked for.
    second.statistics().publish(&first.analyst).unwrap();
    let count = |platform: &Platform| {
        let performance = platform.statistics().performance(&first.analyst, &model).unwrap();
        performance.values().map(|view| view.count).sum::<u64>()
    };
    assert_eq!((count(&first.platform), count(&second)), (7, 7));
    let unheard = "unheard".parse().unwrap();
    let error = second.statistics().performance(&first.analyst, &unheard).unwrap_err();
    assert_eq!(error.reason(), Some("unknown_model"));
    assert!(first.platform.statistics().clear(&first.analyst, None, None).is_err());
    assert_eq!(first.platform.statistics().clear(&first.admin, Some(&model), Some("anew")).unwrap(), 1);
    call(&second, 1);
    second.statistics().publish(&first.analyst).unwrap();
    assert_eq!((count(&first.platform), count(&second)), (1, 1));
    let usage = second.statistics().usage(&first.admin).unwrap();
    assert_eq!(usage.iter().map(|row| row.calls).sum::<u64>(), 8);
    let records = first.platform.audit().list(&first.admin, &PageReq::of_size(100)).unwrap().items;
    assert!(records.iter().any(|record| record.event.action == "statistics.clear"));
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn what_was_counted_before_statistics_are_cleared_does_not_come_back_by_a_late_publication() {
    let house = house("memory:", "professional");
    register_growth(&house.platform);
    let (model, statistics) = ("growth".parse().unwrap(), house.platform.statistics());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    statistics.publish(&house.analyst).unwrap();
                }
            });
        }
        let after_clearing = || {
            house.platform.run(&house.analyst, &RunRequest::new("growth", json!({})))?;
            statistics.clear(&house.admin, None, None)?;
            let counted = statistics.performance(&house.analyst, &model)?;
            Ok::<_, Error>(counted.values().map(|view| view.count).sum::<u64>())
        };
        let counts: Vec<_> = (0..40).map(|_| after_clearing()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(counts.iter().all(|count| *count == Ok(0)), "{counts:?}");
    });
}

#[test]
fn decisions_the_store_and_its_connections_are_timed_and_told() {
    on_each_store("timed", "basic", |house| {
        house.platform.run(&house.analyst, &npv()).unwrap();
        let read = exposition::read(&house.platform.prometheus());
        let count = |family: &str, labels: &[(&str, &str)]| {
            let named = |(name, found, _): &&(String, Vec<(String, String)>, f64)| {
                name.ends_with("_count")
                    && labels
                        .iter()
                        .all(|(name, value)| found.iter().any(|label| label.0 == *name && label.1 == *value))
            };
            read[family].samples.iter().filter(named).map(|(_, _, count)| *count).sum::<f64>()
        };
        let decided: f64 = read["valor_decisions_total"].samples.iter().map(|(_, _, count)| count).sum();
        assert!(decided > 0.0);
        assert_eq!(count("valor_decision_duration_seconds", &[]), decided);
        assert!(count("valor_store_duration_seconds", &[("op", "write")]) > 0.0);
        assert!(count("valor_store_duration_seconds", &[("op", "publish")]) > 0.0);
        let pool = &read["valor_store_pool_connections"].samples;
        assert!(pool.is_empty() || pool.iter().any(|(_, labels, most)| labels[0].1 == "max" && *most >= 1.0));
    });
}
