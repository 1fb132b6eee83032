//! The rules of routing one by one: every reason, what a configuration may be written as, whom it concerns.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::registry::*;
use valor_ivx::time::{Clock, ManualClock, Timestamp};
use valor_ivx::{Error, ErrorKind};

const WHOLE: u32 = 1_000_000;

fn model() -> ModelId {
    "growth".parse().unwrap()
}

fn variant(name: &str) -> VariantId {
    name.parse().unwrap()
}

fn tenant(n: u64) -> TenantId {
    format!("018bcfe5-6800-7cb5-a7b3-{n:012x}").parse().unwrap()
}

fn meta() -> ChangeMeta {
    ChangeMeta::default()
}

fn register(registry: &Registry, name: &str, function: Arc<HostFunction>) {
    registry.register_fn(model(), variant(name), FunctionOptions::default(), function).unwrap();
}

fn registry(variants: usize) -> Registry {
    let registry = Registry::new();
    for n in 0..variants {
        register(&registry, &format!("v{n}"), Arc::new(move |_: &Value, _: &mut RunCx<'_>| Ok(json!({"by": n}))));
    }
    registry
}

fn experiment(id: &str, weights: &[u32]) -> Value {
    let arm =
        |(n, weight): (usize, &u32)| json!({"key": format!("a{n}"), "variant": format!("v{n}"), "weight_ppm": weight});
    json!({
        "id": id, "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a0",
        "arms": weights.iter().enumerate().map(arm).collect::<Vec<_>>(),
    })
}

fn config(scope: &Value, version: u64, routing: &Value) -> Value {
    json!({"schema": 1, "scope": scope, "version": version, "models": {"growth": routing}})
}

fn global(version: u64, routing: &Value) -> Value {
    config(&json!("Global"), version, routing)
}

/// Makes `routing` the next version of everybody's.
fn apply(registry: &Registry, routing: &Value) {
    let version = registry.config(RoutingScope::Global).version;
    registry.apply_json(&global(version, routing), &meta()).unwrap();
}

fn execute(registry: &Registry, request: &RouteRequest<'_>, options: &ExecOpts<'_>) -> Result<Executed, Error> {
    registry.execute(&model(), request, &json!({}), options)
}

/// A variant that is there or not, as it likes.
struct Moody(VariantSpec, Arc<AtomicBool>);

impl Servable for Moody {
    fn spec(&self) -> &VariantSpec {
        &self.0
    }

    fn available(&self) -> Availability {
        if self.1.load(Ordering::Relaxed) { Availability::Ready } else { Availability::Unavailable("asleep".into()) }
    }

    fn run(&self, _: &Value, _: &mut RunCx<'_>) -> Result<Value, Error> {
        Ok(json!({"by": "moody"}))
    }
}

#[test]
fn every_reason_of_a_resolution_comes_about_and_is_told() {
    let registry = registry(3);
    let fails = |_: &Value, _: &mut RunCx<'_>| Err(Error::internal("model_internal", "broken"));
    register(&registry, "broken", Arc::new(fails));
    let unit: UnitId = "user-1".parse().unwrap();
    let plain = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
    let (v2, broken, nobody) = (variant("v2"), variant("broken"), variant("nobody"));
    let found = |request: &RouteRequest<'_>| {
        let resolution = execute(&registry, request, &ExecOpts::default()).unwrap().resolution;
        let fallback = resolution.fallback.as_ref().map(|fallback| fallback.kind);
        assert_eq!(fallback.is_some(), resolution.assigned != resolution.served);
        (resolution.reason, resolution.served.to_string(), resolution.experiment.is_some(), fallback)
    };
    assert_eq!(found(&plain), (Reason::Default, "v0".into(), false, None));
    let forced = RouteRequest { force: Some(&v2), ..plain };
    assert_eq!(found(&forced), (Reason::Forced, "v2".into(), false, None));

    let held = |change: &dyn Fn(&mut Value)| {
        let mut held = experiment("exp-1", &[0, WHOLE]);
        change(&mut held);
        apply(&registry, &json!({"experiment": held, "fallback": {"on_error": "Fallback"}}));
    };
    held(&|_| {});
    assert_eq!(found(&plain), (Reason::Experiment, "v1".into(), true, None));
    assert_eq!(found(&RouteRequest { unit: None, ..plain }), (Reason::NoUnit, "v0".into(), false, None));
    let of_tenant = RouteRequest { tenant: Some(tenant(1)), ..plain };
    let own = config(&json!({"Tenant": tenant(1)}), 0, &json!({"override_variant": "v2"}));
    registry.apply_json(&own, &meta()).unwrap();
    assert_eq!(found(&of_tenant), (Reason::TenantOverride, "v2".into(), false, None));
    let unknown = (Reason::FallbackUnknown, "v0".into(), false, Some(FallbackKind::Unknown));
    assert_eq!(found(&RouteRequest { force: Some(&nobody), ..plain }), unknown);
    let failed = (Reason::FallbackError, "v0".into(), false, Some(FallbackKind::Error));
    assert_eq!(found(&RouteRequest { force: Some(&broken), ..plain }), failed);
    registry.set_status(&model(), &variant("v2"), VariantStatus::Disabled, &meta()).unwrap();
    let away = (Reason::FallbackUnavailable, "v0".into(), false, Some(FallbackKind::Unavailable));
    assert_eq!(found(&of_tenant), away);
    held(&|held| held["enrol_ppm"] = json!(0));
    assert_eq!(found(&plain), (Reason::NotEnrolled, "v0".into(), false, None));
    held(&|held| held["status"] = json!({"Paused": {"by": "Operator"}}));
    assert_eq!(found(&plain), (Reason::ExperimentPaused, "v0".into(), false, None));
}

#[test]
fn a_variant_that_is_away_is_an_error_where_the_policy_says_so() {
    let registry = registry(1);
    let there = Arc::new(AtomicBool::new(true));
    let spec = VariantSpec::new(model(), variant("moody"));
    registry.register(Arc::new(Moody(spec, there.clone()))).unwrap();
    apply(&registry, &json!({"default": "moody", "fallback": {"on_unavailable": "Fail"}}));
    let run = || execute(&registry, &RouteRequest::default(), &ExecOpts::default());
    assert_eq!(run().unwrap().output["by"], "moody");
    there.store(false, Ordering::Relaxed);
    let refused = run().unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Unavailable, Some("model_unavailable")));
    assert!(refused.to_string().contains("asleep"));
    apply(&registry, &json!({"default": "moody"}));
    let executed = run().unwrap();
    assert_eq!((executed.output["by"].as_u64(), executed.resolution.reason), (Some(0), Reason::FallbackUnavailable));
    assert_eq!(executed.resolution.fallback.unwrap().detail, "asleep");
}

#[test]
fn an_answer_after_the_deadline_is_none_and_no_other_variant_is_tried_then() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let registry = Registry::builder().clock(clock.clone()).build();
    register(&registry, "base", Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({"by": "base"}))));
    let (told, moved) = (Arc::new(AtomicU64::new(0)), clock.clone());
    let seen = told.clone();
    let slow = move |_: &Value, cx: &mut RunCx<'_>| {
        seen.store(cx.deadline.unwrap(), Ordering::Relaxed);
        moved.advance_micros(50);
        Ok(json!({"by": "slow"}))
    };
    register(&registry, "slow", Arc::new(slow));
    let honest = |_: &Value, _: &mut RunCx<'_>| Err(Error::unavailable("timeout", "the service did not answer"));
    register(&registry, "honest", Arc::new(honest));
    apply(&registry, &json!({"fallback": {"on_error": "Fallback"}}));
    let run = |name: &str, micros: u64| {
        let force = variant(name);
        let options = ExecOpts { timeout: Some(Duration::from_micros(micros)), ..ExecOpts::default() };
        execute(&registry, &RouteRequest { force: Some(&force), ..RouteRequest::default() }, &options)
    };
    let began = clock.monotonic_nanos();
    assert_eq!(run("slow", 50).unwrap().output["by"], "slow");
    assert_eq!(told.load(Ordering::Relaxed), began + 50_000);
    let late = run("slow", 49).unwrap_err();
    assert_eq!((late.kind(), late.reason()), (ErrorKind::Unavailable, Some("timeout")));
    let executed = run("honest", 49).unwrap();
    assert_eq!((executed.output["by"].as_str(), executed.resolution.reason), (Some("base"), Reason::FallbackError));
    let performance = registry.performance(&model()).unwrap();
    let counts = |name: &str| (performance[name].count, performance[name].error_kinds.get("timeout").copied());
    assert_eq!((counts("slow"), counts("honest"), counts("base")), ((2, Some(1)), (1, Some(1)), (1, None)));
}

#[test]
fn an_input_beside_the_declared_schema_is_refused_and_booked_nowhere() {
    let registry = Registry::new();
    let schema = json!({"type": "object", "required": ["rate"], "additionalProperties": false,
        "properties": {"rate": {"type": "number", "minimum": 0}, "years": {"type": "integer"}}});
    for name in ["v0", "v1"] {
        let options = FunctionOptions { input_schema: Some(schema.clone()), ..FunctionOptions::default() };
        let function = Arc::new(|input: &Value, _: &mut RunCx<'_>| Ok(input.clone()));
        registry.register_fn(model(), variant(name), options, function).unwrap();
    }
    apply(&registry, &json!({"experiment": experiment("exp-1", &[0, WHOLE])}));
    let unit: UnitId = "user-1".parse().unwrap();
    let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
    let bad = json!({"rate": -1, "years": 1.5, "colour": "red"});
    let refused = registry.execute(&model(), &request, &bad, &ExecOpts::default()).unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::InvalidInput, Some("invalid_input")));
    let fields: Vec<Option<&str>> = std::iter::once(&refused).chain(refused.also()).map(Error::field).collect();
    assert_eq!(fields, [Some("rate"), Some("years"), Some("colour")]);
    let no_object = registry.execute(&model(), &request, &json!([1]), &ExecOpts::default()).unwrap_err();
    assert_eq!((no_object.field(), no_object.reason()), (Some("input"), Some("invalid_input")));
    assert!(registry.usage().is_empty());
    assert!(registry.experiment_counts()[0].exposures.values().all(|exposures| *exposures == 0));
    assert!(registry.execute(&model(), &request, &json!({"rate": 0}), &ExecOpts::default()).is_ok());
    // A variant that declares nothing may fill in what is left out.
    let filling = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({"rate": 1})));
    registry.register_fn(model(), variant("v2"), FunctionOptions::default(), filling).unwrap();
    let filler = variant("v2");
    let filled =
        registry.execute(&model(), &RouteRequest { force: Some(&filler), ..request }, &json!({}), &ExecOpts::default());
    assert_eq!(filled.unwrap().output, json!({"rate": 1}));
    // Who steps in after a failure is given nothing that it does not take.
    let failing = Arc::new(|_: &Value, _: &mut RunCx<'_>| Err(Error::internal("model_internal", "it broke")));
    registry.register_fn(model(), variant("v3"), FunctionOptions::default(), failing).unwrap();
    let routing = json!({"default": "v3", "fallback": {"on_error": "Fallback"}});
    let config = json!({"schema": 1, "scope": "Global", "version": 1, "models": {"growth": routing}});
    registry.apply_json(&config, &ChangeMeta::default()).unwrap();
    let run = |input: Value| registry.execute(&model(), &RouteRequest::default(), &input, &ExecOpts::default());
    assert_eq!(run(json!({"rate": 2})).unwrap().resolution.reason, Reason::FallbackError);
    assert_eq!(run(json!({"rate": -2})).unwrap_err().reason(), Some("model_internal"));
}

#[test]
fn a_configuration_is_written_and_read_as_toml_too() {
    let text = r#"
        schema = 1
        scope = "Global"
        version = 0
        [models.growth]
        default = "v1"
        fallback = { on_error = "Fallback" }
        mirror = { variant = "v2", sample_ppm = 1000 }
        [models.growth.experiment]
        id = "exp-1"
        salt = "AAECAwQFBgcICQoLDA0ODw=="
        control = "a"
        status = { Paused = { by = "Operator", note = "look" } }
        assignment = { Random = { seed = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" } }
        [[models.growth.experiment.arms]]
        key = "a"
        variant = "v0"
        weight_ppm = 700000
        [[models.growth.experiment.arms]]
        key = "b"
        variant = "v1"
        weight_ppm = 300000
        [models.growth.experiment.plan]
        mode = { Sequential = { tau2 = 0.0001 } }
    "#;
    let read: RoutingConfig = toml::from_str(text).unwrap();
    let mut held = experiment("exp-1", &[700_000, 300_000]);
    held["control"] = json!("a");
    held["arms"][0]["key"] = json!("a");
    held["arms"][1]["key"] = json!("b");
    held["status"] = json!({"Paused": {"by": "Operator", "note": "look"}});
    held["assignment"] = json!({"Random": {"seed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}});
    held["plan"] = json!({"mode": {"Sequential": {"tau2": 0.0001}}});
    let routing = json!({"default": "v1", "fallback": {"on_error": "Fallback"},
        "mirror": {"variant": "v2", "sample_ppm": 1000}, "experiment": held});
    assert_eq!(read, RoutingConfig::from_json(&global(0, &routing)).unwrap());
    let registry = registry(3);
    registry.apply(&read, &meta()).unwrap();
    let kept = registry.config(RoutingScope::Global);
    let again: RoutingConfig = toml::from_str(&toml::to_string(&kept).unwrap()).unwrap();
    assert_eq!((again.config_hash(), again), (kept.config_hash(), kept));
    let problem = toml::from_str::<RoutingConfig>(&text.replace("default =", "defualt =")).unwrap_err();
    assert!(problem.to_string().contains("defualt"), "{problem}");
    assert!(toml::from_str::<RoutingConfig>(&text.replace("schema = 1", "schema = 2")).is_err());
}

#[test]
fn variables_of_the_environment_that_are_not_understood_are_all_named() {
    let good = [("IVX_GROWTH_VARIANT", "v1"), ("IVX_NET_WORTH_2_VARIANT", "v.2"), ("IVXOTHER", "x")];
    let read = RoutingConfig::from_env("IVX", good).unwrap();
    let defaults: BTreeMap<String, Option<String>> = read
        .models
        .iter()
        .map(|(model, routing)| (model.to_string(), routing.default.map(|variant| variant.to_string())))
        .collect();
    let expected = [("growth", "v1"), ("net_worth_2", "v.2")];
    assert_eq!(defaults, expected.map(|(model, variant)| (model.to_owned(), Some(variant.to_owned()))).into());
    let bad = [("IVX_GROWTH", "v1"), ("IVX_growth_VARIANT", "v1"), ("IVX_A_VARIANT", "V 1"), ("IVX__VARIANT", "v")];
    let refused = RoutingConfig::from_env("IVX", bad).unwrap_err();
    let fields: Vec<&str> = std::iter::once(&refused).chain(refused.also()).filter_map(Error::field).collect();
    assert_eq!(fields.len(), bad.len());
    for ((name, _), field) in bad.iter().zip(fields) {
        assert!(field.starts_with(name), "{name} {field}");
    }
    // Whether there is such a model is for the registry to say.
    let unheard = registry(2).apply(&read, &meta()).unwrap_err();
    assert_eq!(unheard.detail("problems").unwrap()[0]["code"], "unknown_model");
}

#[test]
fn an_allocation_in_too_many_pieces_is_refused_and_nothing_changes() {
    let registry = registry(2);
    let mut held = experiment("exp-1", &[WHOLE / 2, WHOLE / 2]);
    let piece = |n: u32| json!({"from": n * 200, "to": (n + 1) * 200, "arm": format!("a{}", n % 2)});
    held["allocation"] = (0..5_000).map(piece).collect();
    let refused = registry.apply_json(&global(0, &json!({"experiment": held})), &meta()).unwrap_err();
    assert_eq!((refused.kind(), refused.reason()), (ErrorKind::Conflict, Some("allocation_fragmented")));
    assert_eq!(registry.config(RoutingScope::Global).version, 0);
}

/// Acceptance A12.
#[test]
fn an_override_of_one_tenant_moves_no_other_and_not_everybody() {
    let registry = registry(4);
    apply(&registry, &json!({"experiment": experiment("exp-1", &[300_000, 700_000])}));
    let all = |tenant: Option<TenantId>| -> Vec<String> {
        let resolve = |n: usize| {
            let unit: UnitId = format!("user-{n}").parse().unwrap();
            let request = RouteRequest { tenant, unit: Some(&unit), ..RouteRequest::default() };
            registry.resolve(&model(), &request).unwrap().to_json().to_string()
        };
        (0..500).map(resolve).collect()
    };
    let before = [all(None), all(Some(tenant(2))), all(Some(tenant(1)))];
    let own = config(&json!({"Tenant": tenant(1)}), 0, &json!({"override_variant": "v3"}));
    registry.apply_json(&own, &meta()).unwrap();
    assert_eq!([all(None), all(Some(tenant(2)))], before[..2]);
    assert!(all(Some(tenant(1))).iter().zip(&before[2]).all(|(after, before)| after != before));
}

/// Weights of `arms` arms that sum to one million.
fn weights(arms: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..=WHOLE, arms - 1).prop_map(|mut cuts| {
        cuts.push(WHOLE);
        cuts.sort_unstable();
        let mut last = 0;
        cuts.iter().map(|cut| std::mem::replace(&mut last, *cut)).zip(&cuts).map(|(from, to)| to - from).collect()
    })
}

fn resolved(registry: &Registry, tenant: Option<TenantId>, units: usize) -> Vec<Resolution> {
    let resolve = |n: usize| {
        let unit: UnitId = format!("unit {n}").parse().unwrap();
        registry.resolve(&model(), &RouteRequest { tenant, unit: Some(&unit), ..RouteRequest::default() }).unwrap()
    };
    (0..units).map(resolve).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Property 2, as units see it.
    #[test]
    fn a_ramp_of_any_number_of_arms_moves_units_only_from_shrunk_to_grown_arms(
        chain in (2usize..=16).prop_flat_map(|arms| prop::collection::vec(weights(arms), 2..5))
    ) {
        let registry = registry(16);
        apply(&registry, &json!({"experiment": experiment("e", &chain[0])}));
        let arms = |registry: &Registry| -> Vec<usize> {
            let arm = |resolution: &Resolution| resolution.experiment.unwrap().arm.as_str()[1..].parse().unwrap();
            resolved(registry, None, 400).iter().map(arm).collect()
        };
        let mut before = arms(&registry);
        for pair in chain.windows(2) {
            apply(&registry, &json!({"experiment": experiment("e", &pair[1])}));
            let after = arms(&registry);
            for (from, to) in before.iter().zip(&after).filter(|(from, to)| from != to) {
                prop_assert!(pair[1][*from] < pair[0][*from] && pair[1][*to] > pair[0][*to]);
            }
            before = after;
        }
    }

    /// Property 4, for threads and registries; the bindings and stores have tests of their own.
    #[test]
    fn one_configuration_resolves_alike_in_every_thread_and_registry(
        weights in (2usize..=6).prop_flat_map(weights), again in (2usize..=6).prop_flat_map(weights)
    ) {
        let first = registry(6);
        apply(&first, &json!({"experiment": experiment("e", &weights)}));
        if again.len() == weights.len() {
            apply(&first, &json!({"experiment": experiment("e", &again)}));
        }
        let kept = first.config(RoutingScope::Global);
        let second = registry(6);
        let version = KeptVersion { config: kept.to_json(), at: Timestamp::default(), meta: meta() };
        second.restore(RoutingScope::Global, &[version]).unwrap();
        prop_assert_eq!(second.config(RoutingScope::Global).config_hash(), kept.config_hash());
        let expected = resolved(&first, None, 200);
        let found: Vec<Vec<Resolution>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|n| {
                    let registry = if n % 2 == 0 { &first } else { &second };
                    scope.spawn(move || resolved(registry, None, 200))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        prop_assert!(found.iter().all(|found| *found == expected));
    }

    /// Property 13.
    #[test]
    fn what_one_tenant_configures_and_does_reaches_no_other(
        theirs in prop::collection::vec((0usize..6, any::<bool>()), 0..12)
    ) {
        let made = || {
            let registry = registry(6);
            let broken = |_: &Value, _: &mut RunCx<'_>| Err(Error::internal("model_internal", "broken"));
            register(&registry, "broken", Arc::new(broken));
            apply(&registry, &json!({"experiment": experiment("shared", &[WHOLE / 2, WHOLE / 2])}));
            let own = json!({"experiment": experiment("own", &[WHOLE / 4, 3 * (WHOLE / 4)])});
            registry.apply_json(&config(&json!({"Tenant": tenant(1)}), 0, &own), &meta()).unwrap();
            registry
        };
        let (alone, beside) = (made(), made());
        let scope = json!({"Tenant": tenant(2)});
        for (n, (kind, runs)) in theirs.iter().enumerate() {
            let version = beside.config(RoutingScope::Tenant(tenant(2))).version;
            let routing = match kind {
                0 => json!({"override_variant": "broken"}),
                1 => json!({"override_variant": "v5", "fallback": {"on_error": "Fallback"}}),
                2 => json!({"experiment": experiment(&format!("own-{n}"), &[WHOLE, 0])}),
                3 => json!({"opt_out_global_experiment": true}),
                4 => json!({"mirror": {"variant": "v3", "sample_ppm": WHOLE}}),
                _ => json!({"override_variant": "unheard"}),
            };
            prop_assert_eq!(beside.apply_json(&config(&scope, version, &routing), &meta()).is_ok(), *kind < 5);
            if *runs {
                let unit: UnitId = format!("unit {n}").parse().unwrap();
                let request = RouteRequest { tenant: Some(tenant(2)), unit: Some(&unit), ..RouteRequest::default() };
                let _ = execute(&beside, &request, &ExecOpts::default());
            }
        }
        for registry in [&alone, &beside] {
            for n in 0..20 {
                let unit: UnitId = format!("unit {n}").parse().unwrap();
                let request = RouteRequest { tenant: Some(tenant(1)), unit: Some(&unit), ..RouteRequest::default() };
                execute(registry, &request, &ExecOpts::default()).unwrap();
            }
        }
        for of in [None, Some(tenant(1)), Some(tenant(3))] {
            prop_assert_eq!(resolved(&alone, of, 60), resolved(&beside, of, 60));
        }
        let own = RoutingScope::Tenant(tenant(1));
        prop_assert_eq!(alone.config(own), beside.config(own));
        prop_assert_eq!(alone.history(own).len(), beside.history(own).len());
        let filter = StatsFilter { scope: Some(own), ..StatsFilter::default() };
        let counts = |registry: &Registry| -> Vec<(String, u64, u64)> {
            let views = registry.performance_of(&model(), &filter).unwrap();
            views.into_iter().map(|(name, view)| (name, view.count, view.errors)).collect()
        };
        prop_assert_eq!(counts(&alone), counts(&beside));
        let exposures = |registry: &Registry| {
            let all = registry.experiment_counts();
            all.into_iter().find(|counts| counts.scope == own).map(|counts| counts.exposures)
        };
        prop_assert_eq!(exposures(&alone), exposures(&beside));
    }

    /// Property 14.
    #[test]
    fn a_record_replays_to_the_bit_wherever_the_variant_is_registered(
        rate in -0.5f64..2.0, flows in prop::collection::vec(-1e9f64..1e9, 1..30), seed in any::<u64>()
    ) {
        let input = json!({"rate": rate, "cashflows": flows});
        let npv: ModelId = "npv".parse().unwrap();
        let made = || {
            let registry = Registry::new();
            registry.register_catalogue().unwrap();
            registry
        };
        let options = ExecOpts { seed, ..ExecOpts::default() };
        let executed = made().execute(&npv, &RouteRequest::default(), &input, &options).unwrap();
        let record: RunRecord = serde_json::from_str(&executed.record.to_json().to_string()).unwrap();
        let again: Value = serde_json::from_str(&input.to_string()).unwrap();
        let replayed = std::thread::spawn(move || made().replay(&record, &again).unwrap()).join().unwrap();
        prop_assert_eq!(replayed.output.to_string(), executed.output.to_string());
        prop_assert_eq!(replayed.record, executed.record);
    }
}
