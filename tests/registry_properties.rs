//! What holds for every routing configuration and every order of calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::registry::*;

const TENANT: &str = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";
const WHOLE: u32 = 1_000_000;

fn model() -> ModelId {
    "growth".parse().unwrap()
}

fn registry(variants: usize) -> Registry {
    let registry = Registry::new();
    for n in 0..variants {
        let function: Arc<HostFunction> = Arc::new(move |_: &Value, _: &mut RunCx<'_>| Ok(json!({"by": n})));
        registry.register_fn(model(), format!("v{n}").parse().unwrap(), FunctionOptions::default(), function).unwrap();
    }
    registry
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

fn keyed(weights: &[u32]) -> Vec<(ArmKey, u32)> {
    weights.iter().enumerate().map(|(n, weight)| (format!("a{n}").parse().unwrap(), *weight)).collect()
}

fn experiment(id: &str, weights: &[u32], enrol_ppm: u32) -> Value {
    let arm =
        |(n, weight): (usize, &u32)| json!({"key": format!("a{n}"), "variant": format!("v{n}"), "weight_ppm": weight});
    json!({
        "id": id, "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a0", "enrol_ppm": enrol_ppm,
        "arms": weights.iter().enumerate().map(arm).collect::<Vec<_>>(),
    })
}

fn config(scope: Value, version: u64, routing: Value) -> Value {
    let mut config = json!({"schema": 1, "version": version, "models": {}});
    config["scope"] = scope;
    config["models"]["growth"] = routing;
    config
}

fn global(version: u64, routing: Value) -> Value {
    config(json!("Global"), version, routing)
}

fn resolve(registry: &Registry, unit: usize) -> Resolution {
    let unit: UnitId = format!("unit {unit}").parse().unwrap();
    registry.resolve(&model(), &RouteRequest { unit: Some(&unit), ..RouteRequest::default() }).unwrap()
}

proptest! {
    /// Property 1.
    #[test]
    fn every_point_has_one_arm_and_sizes_are_the_weights(weights in (2usize..=16).prop_flat_map(weights)) {
        let keyed = keyed(&weights);
        let allocation = Allocation::in_order(&keyed).unwrap();
        let mut next = 0;
        for range in allocation.ranges() {
            prop_assert_eq!(range.from, next);
            prop_assert_eq!(allocation.arm_at(range.from), Some(range.arm));
            prop_assert_eq!(allocation.arm_at(range.to - 1), Some(range.arm));
            next = range.to;
        }
        prop_assert_eq!(next, WHOLE);
        prop_assert_eq!(allocation.arm_at(WHOLE), None);
        prop_assert!(allocation.has_sizes(&keyed));
    }

    /// Property 2.
    #[test]
    fn a_chain_of_changes_moves_points_only_from_shrunk_to_grown_arms(
        chain in (2usize..=6).prop_flat_map(|arms| prop::collection::vec(weights(arms), 2..8))
    ) {
        let mut old = keyed(&chain[0]);
        let mut allocation = Allocation::in_order(&old).unwrap();
        for weights in &chain[1..] {
            let new = keyed(weights);
            let next = reallocate(&allocation, &new).unwrap();
            prop_assert!(next.has_sizes(&new));
            let edges: BTreeSet<u32> =
                allocation.ranges().iter().chain(next.ranges()).map(|range| range.from).chain([WHOLE]).collect();
            let edges: Vec<u32> = edges.into_iter().collect();
            let weight = |list: &[(ArmKey, u32)], arm: ArmKey| list.iter().find(|held| held.0 == arm).unwrap().1;
            let mut moved = 0;
            for pair in edges.windows(2) {
                let (from, to) = (allocation.arm_at(pair[0]).unwrap(), next.arm_at(pair[0]).unwrap());
                if from != to {
                    prop_assert!(weight(&new, from) < weight(&old, from));
                    prop_assert!(weight(&new, to) > weight(&old, to));
                    moved += pair[1] - pair[0];
                }
            }
            let gained: u32 = old.iter().zip(&new).map(|(old, new)| new.1.saturating_sub(old.1)).sum();
            prop_assert_eq!(moved, gained);
            (allocation, old) = (next, new);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Property 3.
    #[test]
    fn raising_enrolment_moves_and_loses_nobody(
        weights in (2usize..=4).prop_flat_map(weights), low in 0..=WHOLE, high in 0..=WHOLE
    ) {
        let (low, high) = (low.min(high), low.max(high));
        let registry = registry(weights.len());
        registry.apply_json(&global(0, json!({"experiment": experiment("e", &weights, low)})), &ChangeMeta::default()).unwrap();
        let before: Vec<Resolution> = (0..200).map(|unit| resolve(&registry, unit)).collect();
        registry.apply_json(&global(1, json!({"experiment": experiment("e", &weights, high)})), &ChangeMeta::default()).unwrap();
        for (unit, before) in before.iter().enumerate() {
            if before.experiment.is_some() {
                prop_assert_eq!(resolve(&registry, unit).experiment, before.experiment);
            }
        }
    }

    /// Property 7.
    #[test]
    fn a_rollback_gives_every_unit_what_it_had(
        chain in (2usize..=4).prop_flat_map(|arms| prop::collection::vec(weights(arms), 2..6)), pick in any::<prop::sample::Index>()
    ) {
        let registry = registry(4);
        let mut seen: Vec<Vec<(VariantId, Reason, Option<ExperimentTag>)>> = Vec::new();
        let view = |registry: &Registry| (0..100).map(|unit| {
            let resolution = resolve(registry, unit);
            (resolution.served, resolution.reason, resolution.experiment)
        }).collect::<Vec<_>>();
        for (version, weights) in chain.iter().enumerate() {
            let next = global(version as u64, json!({"experiment": experiment("e", weights, WHOLE)}));
            registry.apply_json(&next, &ChangeMeta::default()).unwrap();
            seen.push(view(&registry));
        }
        let last = chain.len() as u64;
        registry.apply_json(&global(last, json!({"default": "v3"})), &ChangeMeta::default()).unwrap();
        let back = pick.index(chain.len());
        let scope = RoutingScope::Global;
        registry.rollback(scope, back as u64 + 1, last + 1, &ChangeMeta::default()).unwrap();
        prop_assert_eq!(&view(&registry), &seen[back]);
        let history = registry.history(scope);
        prop_assert_eq!(history[back].hash, history.last().unwrap().hash);
    }

    /// Property 5.
    #[test]
    fn a_broken_config_changes_nothing_and_names_each_fault(faults in prop::collection::btree_set(0usize..8, 1..8)) {
        let registry = registry(3);
        registry.apply_json(&global(0, json!({"default": "v1"})), &ChangeMeta::default()).unwrap();
        let mut broken = global(1, json!({"experiment": experiment("e", &[400_000, 600_000], WHOLE)}));
        let held = &mut broken["models"]["growth"];
        let mut expected = BTreeSet::new();
        for fault in faults {
            let held = &mut *held;
            let experiment = &mut held["experiment"];
            expected.insert(match fault {
                0 => { experiment["salt"] = json!("AA=="); "/models/growth/experiment/salt" }
                1 => { experiment["control"] = json!("nobody"); "/models/growth/experiment/control" }
                2 => { experiment["arms"][0]["variant"] = json!("gone"); "/models/growth/experiment/arms/0/variant" }
                3 => { experiment["enrol_ppm"] = json!(1_000_001); "/models/growth/experiment/enrol_ppm" }
                4 => { experiment["arms"][1]["weight_ppm"] = json!(600_000.5); "/models/growth/experiment/arms/1/weight_ppm" }
                5 => { experiment["status"] = json!("Walking"); "/models/growth/experiment/status" }
                6 => { held["opt_out_global_experiment"] = json!(true); "/models/growth/opt_out_global_experiment" }
                _ => { held["mirror"] = json!({"variant": "v1"}); "/models/growth/mirror" }
            }.to_owned());
        }
        let found: BTreeSet<String> = registry.validate_json(&broken).unwrap().into_iter().map(|p| p.path).collect();
        prop_assert_eq!(found, expected);
        let error = registry.apply_json(&broken, &ChangeMeta::default()).unwrap_err();
        prop_assert_eq!(error.reason(), Some("invalid_config"));
        prop_assert_eq!(registry.config(RoutingScope::Global).version, 1);
        prop_assert_eq!(resolve(&registry, 0).served.to_string(), "v1");
    }

    /// Property 15.
    #[test]
    fn taking_a_level_of_precedence_away_gives_the_next_one(levels in 0u8..32, unit in 0usize..1_000) {
        let has = |level: u8| levels >> level & 1 == 1;
        let registry = registry(6);
        let all = |from: usize| {
            let mut held = experiment(&format!("e{from}"), &[WHOLE, 0], WHOLE);
            held["arms"][0]["variant"] = json!(format!("v{from}"));
            held["arms"][1]["variant"] = json!("v0");
            held
        };
        let mut shared = json!({});
        if has(0) { shared["default"] = json!("v1"); }
        if has(1) { shared["experiment"] = all(2); }
        let mut own = json!({});
        if has(2) { own["experiment"] = all(3); }
        if has(3) { own["override_variant"] = json!("v4"); }
        registry.apply_json(&global(0, shared), &ChangeMeta::default()).unwrap();
        registry.apply_json(&config(json!({"Tenant": TENANT}), 0, own), &ChangeMeta::default()).unwrap();
        let unit: UnitId = format!("unit {unit}").parse().unwrap();
        let forced = "v5".parse().unwrap();
        let request = RouteRequest {
            tenant: Some(TENANT.parse().unwrap()), unit: Some(&unit), force: has(4).then_some(&forced), draw: None,
        };
        let resolution = registry.resolve(&model(), &request).unwrap();
        let reasons = [Reason::Default, Reason::Experiment, Reason::Experiment, Reason::TenantOverride, Reason::Forced];
        let (served, reason) = match (0..5).rev().find(|level| has(*level)) {
            Some(level) => (format!("v{}", level + 1), reasons[usize::from(level)]),
            None => ("v0".to_owned(), Reason::Default),
        };
        prop_assert_eq!((resolution.served.to_string(), resolution.reason), (served, reason));
    }
}

/// Property 6.
#[test]
fn of_applies_on_one_version_exactly_one_wins_and_no_version_is_left_out() {
    let registry = registry(8);
    for round in 0..50 {
        let wins: usize = std::thread::scope(|scope| {
            let apply = |n: usize| {
                let registry = &registry;
                scope.spawn(move || {
                    let next = global(round, json!({"default": format!("v{n}")}));
                    match registry.apply_json(&next, &ChangeMeta::default()) {
                        Ok(applied) => usize::from(applied.version == round + 1),
                        Err(error) => {
                            assert_eq!(error.reason(), Some("version_conflict"));
                            assert_eq!(error.detail("current"), Some(&json!(round + 1)));
                            0
                        }
                    }
                })
            };
            let racers: Vec<_> = (0..8).map(apply).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
    }
    let versions: Vec<u64> = registry.history(RoutingScope::Global).iter().map(|kept| kept.version).collect();
    assert_eq!(versions, (1..=50).collect::<Vec<_>>());
}

/// Property 10, under contention and change.
#[test]
fn under_contention_and_change_every_live_run_is_booked_where_it_ran() {
    let registry = registry(4);
    let ran: Vec<[u64; 4]> = std::thread::scope(|scope| {
        let runner = |thread: usize| {
            let registry = &registry;
            scope.spawn(move || {
                let mut ran = [0; 4];
                for n in 0..3_000 {
                    let unit: UnitId = format!("{thread} {n}").parse().unwrap();
                    let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
                    let executed = registry.execute(&model(), &request, &json!({}), &ExecOpts::default()).unwrap();
                    assert_eq!(executed.resolution.served.as_str(), format!("v{}", executed.output["by"]));
                    ran[usize::try_from(executed.output["by"].as_u64().unwrap()).unwrap()] += 1;
                }
                ran
            })
        };
        let runners: Vec<_> = (0..4).map(runner).collect();
        for version in 0..40 {
            let next = global(version, json!({"default": format!("v{}", version % 4)}));
            registry.apply_json(&next, &ChangeMeta::default()).unwrap();
        }
        runners.into_iter().map(|runner| runner.join().unwrap()).collect()
    });
    let performance = registry.performance(&model()).unwrap();
    for variant in 0..4 {
        let expected: u64 = ran.iter().map(|counts| counts[variant]).sum();
        assert_eq!(performance[&format!("v{variant}")].count, expected);
    }
    assert_eq!(registry.usage().iter().map(|row| row.calls).sum::<u64>(), 12_000);
}
