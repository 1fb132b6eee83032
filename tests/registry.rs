//! What a host sees of the registry: configurations, routing, runs and their measurement.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::registry::*;
use valor_ivx::simulation::CancelToken;
use valor_ivx::{Error, ErrorKind};

const TENANT: &str = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";

fn model() -> ModelId {
    "growth".parse().unwrap()
}

fn variant(name: &str) -> VariantId {
    name.parse().unwrap()
}

fn tenant() -> TenantId {
    TENANT.parse().unwrap()
}

fn meta() -> ChangeMeta {
    ChangeMeta { actor: "ada".to_owned(), reason: Some("test".to_owned()) }
}

fn naming(name: &'static str) -> Arc<HostFunction> {
    Arc::new(move |_: &Value, cx: &mut RunCx<'_>| Ok(json!({"by": name, "seed": cx.seed})))
}

fn register(registry: &Registry, name: &str, function: Arc<HostFunction>) {
    registry.register_fn(model(), variant(name), FunctionOptions::default(), function).unwrap();
}

fn registry() -> Registry {
    let registry = Registry::new();
    for name in ["v1", "v2", "v3"] {
        register(&registry, name, naming(name));
    }
    registry
}

fn experiment(a: u32, b: u32) -> Value {
    json!({
        "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==",
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": a}, {"key": "b", "variant": "v2", "weight_ppm": b}],
        "control": "a"
    })
}

fn global(version: u64, routing: &Value) -> Value {
    json!({"schema": 1, "scope": "Global", "version": version, "models": {"growth": routing}})
}

fn for_tenant(version: u64, routing: &Value) -> Value {
    json!({"schema": 1, "scope": {"Tenant": TENANT}, "version": version, "models": {"growth": routing}})
}

fn apply(registry: &Registry, config: &Value) -> Applied {
    registry.apply_json(config, &meta()).unwrap()
}

fn resolve_unit(registry: &Registry, unit: &str) -> Resolution {
    let unit: UnitId = unit.parse().unwrap();
    registry.resolve(&model(), &RouteRequest { unit: Some(&unit), ..RouteRequest::default() }).unwrap()
}

fn arm_b(registry: &Registry) -> Vec<bool> {
    (0..1_000_000).map(|n| resolve_unit(registry, &format!("u{n}")).served.as_str() == "v2").collect()
}

fn execute(registry: &Registry, request: &RouteRequest<'_>) -> Result<Executed, Error> {
    registry.execute(&model(), request, &json!({"x": 1}), &ExecOpts { seed: 7, ..ExecOpts::default() })
}

/// Acceptance A1 and A2.
#[test]
fn a_million_units_fall_as_published_and_a_ramp_moves_only_to_the_grown_arm() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"experiment": experiment(700_000, 300_000)})));
    let before = arm_b(&registry);
    assert_eq!(before.iter().filter(|in_b| **in_b).count(), 300_032);

    apply(&registry, &global(1, &json!({"experiment": experiment(600_000, 400_000)})));
    let after = arm_b(&registry);
    assert_eq!(after.iter().filter(|in_b| **in_b).count(), 399_381);
    let moved = |from: bool| before.iter().zip(&after).filter(|pair| *pair.0 == from && pair.0 != pair.1).count();
    assert_eq!((moved(true), moved(false)), (0, 99_349));
}

#[test]
fn the_smallest_legal_config_has_its_defaults_and_reads_back() {
    let read = RoutingConfig::from_json(&global(0, &json!({"experiment": experiment(700_000, 300_000)}))).unwrap();
    let held = read.models[&model()].experiment.as_ref().unwrap();
    assert_eq!((held.enrol_ppm, &held.assignment, held.guardrails.len()), (1_000_000, &Assignment::Sticky, 0));
    assert_eq!(held.plan.primary.name, "error");
    assert_eq!(RoutingConfig::from_json(&read.to_json()).unwrap(), read);
    assert_eq!(serde_json::from_value::<RoutingConfig>(serde_json::to_value(&read).unwrap()).unwrap(), read);
    let other_version = RoutingConfig { version: 9, ..read.clone() };
    assert_eq!(read.config_hash(), other_version.config_hash());
}

#[test]
fn a_whole_config_with_plan_guardrails_and_mirror_survives() {
    let registry = registry();
    let mut held = experiment(500_000, 500_000);
    held["status"] = json!({"Paused": {"by": "Operator", "note": "look"}});
    held["assignment"] = json!({"Random": {"seed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}});
    held["plan"] = json!({
        "primary": {"name": "latency", "kind": "LogMean", "better": "Lower", "mde": 0.05, "cuped": "before"},
        "secondary": [{"name": "error", "kind": "Proportion", "better": "Lower"}],
        "mode": {"FixedHorizon": {"n_per_arm": 1000}}, "alpha": 0.1});
    held["guardrails"] = json!([
        {"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}, "min_n": 200, "action": "Alert"},
        {"metric": {"Outcome": "revenue"}, "bound": {"Absolute": 1.5}, "test": {"LowerBound": {"alpha": 0.01}}}]);
    let mirror = json!({"variant": "v3", "sample_ppm": 1000, "compare": {"Tolerance": {"abs": 1e-9, "rel": 0.0}}});
    let config = global(0, &json!({"default": "v3", "experiment": held, "mirror": mirror}));
    apply(&registry, &config);
    let kept = registry.config(RoutingScope::Global);
    assert_eq!(kept.to_json()["models"]["growth"]["experiment"]["plan"]["mode"]["FixedHorizon"]["n_per_arm"], 1000);
    assert_eq!(kept.to_json()["models"]["growth"]["mirror"]["timeout_ms"], 1000);
    assert_eq!(resolve_unit(&registry, "u").reason, Reason::ExperimentPaused);
    assert_eq!(resolve_unit(&registry, "u").served.as_str(), "v3");
}

/// Acceptance A3.
#[test]
fn every_problem_of_one_document_is_listed_and_nothing_changes() {
    let registry = registry();
    apply(&registry, &global(0, &json!({})));
    let arms = json!([
        {"key": "a", "variant": "v1", "weight_ppm": "7.5 %"},
        {"key": "b", "variant": "v9", "weight_ppm": -1},
        {"key": "b", "variant": "v2", "weight_ppm": "0.3"},
        {"key": "c", "variant": "v3", "weight_ppm": 0.5, "colour": "red"}]);
    let mut held = experiment(0, 0);
    held["arms"] = arms;
    held["control"] = json!("z");
    held["salt"] = json!("AAEC");
    let mut config = global(1, &json!({"experiment": held, "override_variant": "v1", "default": "v8"}));
    config["models"]["unheard"] = json!({});
    let problems = registry.validate_json(&config).unwrap();
    let found: Vec<(&str, &str)> = problems.iter().map(|p| (p.path.as_str(), p.code.as_str())).collect();
    let at = |name: &str| format!("/models/growth/experiment/{name}");
    for (path, code) in [
        (at("arms/0/weight_ppm"), "wrong_type"),
        (at("arms/1/weight_ppm"), "out_of_range"),
        (at("arms/1/variant"), "unknown_variant"),
        (at("arms/2/key"), "duplicate_arm"),
        (at("arms/2/weight_ppm"), "wrong_type"),
        (at("arms/3/weight_ppm"), "wrong_type"),
        (at("arms/3/colour"), "unknown_field"),
        (at("control"), "unknown_control"),
        (at("salt"), "salt_length"),
        ("/models/growth/override_variant".to_owned(), "not_for_scope"),
        ("/models/growth/default".to_owned(), "unknown_variant"),
        ("/models/unheard".to_owned(), "unknown_model"),
    ] {
        assert!(found.contains(&(path.as_str(), code)), "{path} {code} in {found:?}");
    }
    let error = registry.apply_json(&config, &meta()).unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::InvalidInput, Some("invalid_config")));
    assert_eq!(error.detail("problems").unwrap().as_array().unwrap().len(), problems.len());
    assert_eq!(registry.config(RoutingScope::Global).version, 1);
}

#[test]
fn sums_one_off_are_refused() {
    for (a, b, sum) in [(700_000, 299_999, "999999"), (700_000, 300_001, "1000001")] {
        let config = global(0, &json!({"experiment": experiment(a, b)}));
        let problems = registry().validate_json(&config).unwrap();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].code, "weight_sum");
        assert!(problems[0].message.contains(sum));
    }
}

#[test]
fn a_newer_schema_is_told_apart_from_a_wrong_one() {
    let config = json!({"schema": 2, "scope": "Global", "version": 0, "models": {}});
    assert_eq!(RoutingConfig::from_json(&config).unwrap_err().reason(), Some("unsupported_schema"));
    let config = json!({"schema": 0, "scope": "Global", "version": 0, "models": {}});
    assert_eq!(RoutingConfig::from_json(&config).unwrap_err().reason(), Some("invalid_config"));
}

#[test]
fn the_environment_names_global_defaults() {
    let variables = [("VALOR_GROWTH_VARIANT", "v2"), ("PATH", "/bin")];
    let config = RoutingConfig::from_env("VALOR", variables).unwrap();
    assert_eq!(config.models[&model()].default, Some(variant("v2")));
    assert!(RoutingConfig::from_env("VALOR", [("VALOR_GROWTH", "v2")]).is_err());
    assert!(RoutingConfig::from_env("VALOR", [("VALOR_GROWTH_VARIANT", "V 2")]).is_err());
}

/// Acceptance A4.
#[test]
fn a_tenant_override_shadows_the_experiment_and_says_so() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"experiment": experiment(700_000, 300_000)})));
    let applied = apply(&registry, &for_tenant(0, &json!({"override_variant": "v3"})));
    assert_eq!(applied.warnings[0].code, "override_shadows_experiment");
    let unit: UnitId = "user-1".parse().unwrap();
    let request = RouteRequest { tenant: Some(tenant()), unit: Some(&unit), ..RouteRequest::default() };
    let resolution = registry.resolve(&model(), &request).unwrap();
    assert_eq!((resolution.reason, resolution.served.as_str()), (Reason::TenantOverride, "v3"));
    assert_eq!(resolution.shadowed.unwrap().as_str(), "exp-1");
    assert_eq!(resolution.config_version, ConfigVersions { global: 1, tenant: Some(1) });
    assert!(resolution.experiment.is_none());
}

/// Acceptance A5.
#[test]
fn an_unknown_forced_variant_falls_back_to_base_or_fails_by_policy() {
    let registry = registry();
    let nope = variant("nope");
    let request = RouteRequest { force: Some(&nope), ..RouteRequest::default() };
    let executed = execute(&registry, &request).unwrap();
    assert_eq!(executed.output["by"], "v1");
    assert_eq!(executed.resolution.reason, Reason::FallbackUnknown);
    assert_eq!(executed.resolution.to_json()["requested"], "nope");
    assert_eq!(registry.performance(&model()).unwrap()["v1"].count, 1);

    apply(&registry, &global(0, &json!({"fallback": {"on_unknown": "Fail"}})));
    assert_eq!(execute(&registry, &request).unwrap_err().reason(), Some("unknown_variant"));
    let unheard = "unheard".parse().unwrap();
    assert_eq!(registry.resolve(&unheard, &request).unwrap_err().reason(), Some("unknown_model"));
    assert_eq!(registry.performance(&unheard).unwrap_err().reason(), Some("unknown_model"));
}

#[test]
fn a_disabled_variant_falls_back_but_never_to_another_arm() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"default": "v3", "experiment": experiment(0, 1_000_000)})));
    registry.set_status(&model(), &variant("v2"), VariantStatus::Disabled, &meta()).unwrap();
    let resolution = resolve_unit(&registry, "u");
    assert_eq!((resolution.assigned.as_str(), resolution.served.as_str()), ("v2", "v3"));
    assert_eq!(resolution.reason, Reason::FallbackUnavailable);
    assert_eq!(resolution.experiment.unwrap().arm.as_str(), "b");

    registry.set_status(&model(), &variant("v3"), VariantStatus::Disabled, &meta()).unwrap();
    let unit: UnitId = "u".parse().unwrap();
    let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
    let refused = registry.resolve(&model(), &request).unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Unavailable, Some("no_variant_available")));
    assert_eq!(registry.catalogue_changes().len(), 2);
}

#[test]
fn a_deprecated_variant_serves_and_is_flagged() {
    let registry = registry();
    registry.set_status(&model(), &variant("v1"), VariantStatus::Deprecated, &meta()).unwrap();
    assert!(resolve_unit(&registry, "u").deprecated);
}

#[test]
fn failures_are_booked_where_they_happened_and_fall_back_only_by_policy() {
    let registry = registry();
    let calls = Arc::new(AtomicU64::new(0));
    let count = calls.clone();
    let flaky: Arc<HostFunction> = Arc::new(move |_: &Value, _: &mut RunCx<'_>| {
        assert!(!count.fetch_add(1, Ordering::Relaxed).is_multiple_of(20), "out of luck");
        Ok(json!({"by": "flaky"}))
    });
    registry.register_fn(model(), variant("flaky"), FunctionOptions::default(), flaky).unwrap();
    let flaky = variant("flaky");
    let request = RouteRequest { force: Some(&flaky), ..RouteRequest::default() };
    let failed = execute(&registry, &request).unwrap_err();
    assert_eq!((failed.kind(), failed.reason()), (ErrorKind::Internal, Some("model_internal")));
    assert!(failed.to_string().contains("out of luck"));

    calls.store(0, Ordering::Relaxed);
    apply(&registry, &global(0, &json!({"fallback": {"on_error": "Fallback"}})));
    let results: Vec<Executed> = (0..100).map(|_| execute(&registry, &request).unwrap()).collect();
    let fell: Vec<&Executed> = results.iter().filter(|executed| executed.resolution.fallback.is_some()).collect();
    assert_eq!(fell.len(), 5);
    assert_eq!((fell[0].resolution.reason, fell[0].record.variant), (Reason::FallbackError, variant("v1")));
    assert_eq!(fell[0].resolution.assigned, flaky);
    let performance = registry.performance(&model()).unwrap();
    assert_eq!((performance["flaky"].count, performance["flaky"].errors), (101, 6));
    assert_eq!(performance["flaky"].error_kinds["internal"], 6);
    assert_eq!((performance["v1"].count, performance["v1"].errors), (5, 0));
}

#[test]
fn errors_of_the_input_and_exceptions_of_the_host_pass_through_unchanged() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"fallback": {"on_error": "Fallback"}})));
    register(
        &registry,
        "refuses",
        Arc::new(|_: &Value, _: &mut RunCx<'_>| Err(Error::undefined("growth", "nothing grows"))),
    );
    let refuses = variant("refuses");
    let refused = execute(&registry, &RouteRequest { force: Some(&refuses), ..RouteRequest::default() }).unwrap_err();
    assert_eq!(refused, Error::undefined("growth", "nothing grows"));

    let registry = self::registry();
    let raise = |_: &Value, _: &mut RunCx<'_>| Err(Error::from_foreign(Arc::new(42_i32), "KeyError"));
    register(&registry, "raises", Arc::new(raise));
    let raises = variant("raises");
    let raised = execute(&registry, &RouteRequest { force: Some(&raises), ..RouteRequest::default() }).unwrap_err();
    assert_eq!(raised.foreign().and_then(|held| held.downcast_ref::<i32>()), Some(&42));
    assert_eq!(registry.performance(&model()).unwrap()["raises"].error_kinds["internal"], 1);
}

#[test]
fn a_stopped_experiment_keeps_its_arms_and_never_starts_again() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"experiment": experiment(700_000, 300_000)})));
    let mut stopped = experiment(700_000, 300_000);
    stopped["status"] = json!("Stopped");
    apply(&registry, &global(1, &json!({"experiment": stopped})));
    assert_eq!(resolve_unit(&registry, "user-1").reason, Reason::Default);
    let kept = registry.config(RoutingScope::Global).models[&model()].experiment.clone().unwrap();
    assert_eq!(kept.allocation.unwrap().ranges().len(), 2);

    let again = global(2, &json!({"experiment": experiment(700_000, 300_000)}));
    let refused = registry.apply_json(&again, &meta()).unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Conflict, Some("experiment_retired")));
    apply(&registry, &global(2, &json!({})));
    let again = global(3, &json!({"experiment": experiment(700_000, 300_000)}));
    assert_eq!(registry.apply_json(&again, &meta()).unwrap_err().reason(), Some("experiment_retired"));
}

#[test]
fn what_a_running_experiment_assigns_by_cannot_change() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"experiment": experiment(700_000, 300_000)})));
    for (field, value) in [
        ("salt", json!("AAECAwQFBgcICQoLDA0OEA==")),
        ("control", json!("b")),
        ("status", json!("Draft")),
        ("assignment", json!({"Random": {"seed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}})),
    ] {
        let mut changed = experiment(700_000, 300_000);
        changed[field] = value;
        let refused = registry.apply_json(&global(1, &json!({"experiment": changed})), &meta()).unwrap_err();
        assert_eq!(refused.reason(), Some("experiment_immutable"), "{field}");
        assert_eq!(refused.detail("problems").unwrap()[0]["path"], format!("/models/growth/experiment/{field}"));
    }
    let mut rearmed = experiment(700_000, 300_000);
    rearmed["arms"][1]["variant"] = json!("v3");
    let refused = registry.apply_json(&global(1, &json!({"experiment": rearmed})), &meta()).unwrap_err();
    assert_eq!(refused.reason(), Some("experiment_immutable"));
}

#[test]
fn a_stale_edit_is_refused_with_the_current_version() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"default": "v2"})));
    let refused = registry.apply_json(&global(0, &json!({"default": "v3"})), &meta()).unwrap_err();
    assert_eq!((refused.reason(), refused.detail("current")), (Some("version_conflict"), Some(&json!(1))));
    assert_eq!(resolve_unit(&registry, "u").served.as_str(), "v2");
}

#[test]
fn history_diff_and_rollback_keep_every_version() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"default": "v2"})));
    apply(&registry, &global(1, &json!({"default": "v3", "fallback": {"on_error": "Fallback"}})));
    let changes = registry.diff(RoutingScope::Global, 1, 2).unwrap();
    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["/models/growth/default", "/models/growth/fallback"]);
    assert_eq!((changes[0].before.clone(), changes[1].before.clone()), (Some(json!("v2")), None));

    registry.rollback(RoutingScope::Global, 1, 2, &meta()).unwrap();
    let history = registry.history(RoutingScope::Global);
    assert_eq!(history.iter().map(|v| (v.version, v.parent)).collect::<Vec<_>>(), [(1, 0), (2, 1), (3, 2)]);
    assert_eq!((history[0].hash, history[2].meta.actor.as_str()), (history[2].hash, "ada"));
    assert_eq!(resolve_unit(&registry, "u").served.as_str(), "v2");
    let read_back: ConfigVersion = serde_json::from_value(history[2].to_json()).unwrap();
    assert_eq!(read_back, *history[2]);
    assert_eq!(registry.rollback(RoutingScope::Global, 9, 3, &meta()).unwrap_err().reason(), Some("unknown_version"));
    let stale = registry.rollback(RoutingScope::Global, 1, 2, &meta()).unwrap_err();
    assert_eq!(stale.reason(), Some("version_conflict"));

    apply(&registry, &global(3, &json!({})));
    registry.remove(&model(), &variant("v2"), &meta()).unwrap();
    let gone = registry.rollback(RoutingScope::Global, 1, 4, &meta()).unwrap_err();
    assert_eq!(gone.detail("problems").unwrap()[0]["code"], "unknown_variant");
}

#[test]
fn a_variant_in_use_stays() {
    let registry = registry();
    apply(&registry, &for_tenant(0, &json!({"override_variant": "v2"})));
    let refused = registry.remove(&model(), &variant("v2"), &meta()).unwrap_err();
    assert_eq!(refused.reason(), Some("in_use"));
    assert!(refused.detail("blocked_by").unwrap()[0].as_str().unwrap().contains(TENANT));
    assert_eq!(registry.remove(&model(), &variant("v1"), &meta()).unwrap_err().reason(), Some("in_use"));
}

#[test]
fn one_function_object_may_be_registered_again_and_another_not() {
    let registry = registry();
    let function = naming("v4");
    register(&registry, "v4", function.clone());
    register(&registry, "v4", function);
    let again = registry.register_fn(model(), variant("v4"), FunctionOptions::default(), naming("v4")).unwrap_err();
    assert_eq!(again.reason(), Some("already_registered"));
    let options = FunctionOptions { identity: Some(1), ..FunctionOptions::default() };
    for _ in 0..2 {
        registry.register_fn(model(), variant("v5"), options.clone(), naming("v5")).unwrap();
    }
    let (_, digest, _) = registry.variant(&model(), &variant("v4")).unwrap();
    registry.replace_fn(model(), variant("v4"), FunctionOptions::default(), naming("new"), digest).unwrap();
    let v4 = variant("v4");
    let executed = execute(&registry, &RouteRequest { force: Some(&v4), ..RouteRequest::default() }).unwrap();
    assert_eq!(executed.output["by"], "new");
    let other = FunctionOptions { input_schema: Some(json!({"type": "object", "required": ["y"]})), ..options };
    let refused = registry.register_fn(model(), variant("v6"), other, naming("v6")).unwrap_err();
    assert_eq!(refused.reason(), Some("incompatible_schema"));
    let reserved = "usage".parse().unwrap();
    assert!(registry.register_fn(reserved, v4, FunctionOptions::default(), naming("v")).is_err());
}

#[test]
fn dry_runs_count_nowhere() {
    let registry = registry();
    let executed = registry.dry_run(&model(), Some(&variant("v2")), &json!({}), &ExecOpts::default()).unwrap();
    assert_eq!((executed.kind, executed.output["by"].as_str()), (RunKind::DryRun, Some("v2")));
    assert_eq!(registry.performance(&model()).unwrap()["v2"].count, 0);
    assert!(registry.usage().is_empty());
}

#[test]
fn a_built_in_model_runs_and_replays_to_the_bit() {
    let registry = Registry::new();
    registry.register_catalogue().unwrap();
    registry.register_catalogue().unwrap();
    let npv = "npv".parse().unwrap();
    let input = json!({"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]});
    let options = ExecOpts { seed: u64::MAX, ..ExecOpts::default() };
    let executed = registry.execute(&npv, &RouteRequest::default(), &input, &options).unwrap();
    assert_eq!(executed.output, valor_ivx::evaluate("npv", &input).unwrap());
    assert_eq!(executed.record.variant.as_str(), "built_in");
    assert_eq!(executed.record.to_json()["seed"], json!(u64::MAX));
    let record: RunRecord = serde_json::from_value(executed.record.to_json()).unwrap();
    assert_eq!(registry.replay(&record, &input).unwrap().output, executed.output);

    let other = json!({"rate": 0.2, "cashflows": [-100.0, 60.0, 60.0]});
    let mismatch = registry.replay(&record, &other).unwrap_err();
    assert_eq!((mismatch.kind(), mismatch.reason()), (ErrorKind::Conflict, Some("record_mismatch")));
    assert_eq!(mismatch.detail("problems").unwrap()[0]["field"], "input_hash");
    let moved = RunRecord { output_hash: record.input_hash, ..record };
    assert_eq!(registry.replay(&moved, &input).unwrap_err().detail("problems").unwrap()[0]["field"], "output_hash");
}

#[test]
fn a_cancelled_call_runs_nothing() {
    let registry = registry();
    let cancel = CancelToken::new();
    cancel.cancel();
    let options = ExecOpts { cancel: Some(&cancel), ..ExecOpts::default() };
    let stopped = registry.execute(&model(), &RouteRequest::default(), &json!({}), &options).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Cancelled);
    assert!(registry.usage().is_empty());
}

#[test]
fn random_assignment_follows_the_draw_and_numbers_its_own() {
    let registry = registry();
    let mut held = experiment(500_000, 500_000);
    held["assignment"] = json!({"Random": {"seed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}});
    apply(&registry, &global(0, &json!({"experiment": held})));
    let point = |draw: Option<u64>| {
        let request = RouteRequest { draw, ..RouteRequest::default() };
        let tag = registry.resolve(&model(), &request).unwrap().experiment.unwrap();
        (tag.point, tag.draw)
    };
    assert_eq!(point(Some(2)), (771_513, Some(2)));
    assert_eq!(point(None), (854_623, Some(0)));
    assert_eq!(point(None), (107_657, Some(1)));
}

#[test]
fn a_sticky_experiment_without_a_unit_is_no_exposure() {
    let registry = registry();
    apply(&registry, &global(0, &json!({"experiment": experiment(0, 1_000_000)})));
    let resolution = registry.resolve(&model(), &RouteRequest::default()).unwrap();
    assert_eq!((resolution.reason, resolution.served.as_str()), (Reason::NoUnit, "v1"));
    assert!(resolution.experiment.is_none());
}

#[test]
fn a_variant_may_call_the_registry_that_runs_it() {
    let registry = registry();
    let inner = registry.clone();
    register(
        &registry,
        "outer",
        Arc::new(move |_: &Value, _: &mut RunCx<'_>| {
            let by = inner.resolve(&model(), &RouteRequest::default())?.served;
            inner.apply_json(&global(0, &json!({"default": "v2"})), &meta())?;
            let after = inner.resolve(&model(), &RouteRequest::default())?.served;
            Ok(json!({"by": by, "after": after}))
        }),
    );
    let outer = variant("outer");
    let executed = execute(&registry, &RouteRequest { force: Some(&outer), ..RouteRequest::default() }).unwrap();
    assert_eq!(executed.output, json!({"by": "v1", "after": "v2"}));
}
