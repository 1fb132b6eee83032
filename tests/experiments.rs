//! What a host sees of experiments: exposures, outcomes and what a report keeps of them.

mod trial_house;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::registry::*;
use valor_ivx::time::Timestamp;
use valor_ivx::{Error, ErrorKind};

use trial_house::*;

const TENANT: &str = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";

#[test]
fn only_executed_calls_expose_and_only_exposed_units_have_outcomes() {
    let house = house();
    house.apply(&experiment(&error_plan()));
    let refused = |error: Error, kind: ErrorKind, reason: &str| {
        assert_eq!((error.kind(), error.reason()), (kind, Some(reason)), "{error}");
        assert!(!error.to_string().contains("user-"), "a unit in a message: {error}");
    };
    refused(house.outcome(1, "signup", 1.0).unwrap_err(), ErrorKind::Conflict, "not_exposed");
    let user = unit(1);
    let request = RouteRequest { unit: Some(&user), ..RouteRequest::default() };
    house.registry.resolve(&model(), &request).unwrap();
    house.registry.dry_run(&model(), None, &json!({}), &ExecOpts::default()).unwrap();
    refused(house.outcome(1, "signup", 1.0).unwrap_err(), ErrorKind::Conflict, "not_exposed");
    assert_eq!(house.report().look.units, 0);

    house.run(1, &json!({})).unwrap();
    house.outcome(1, "signup", 1.0).unwrap();
    house.registry.expose(&model(), &request).unwrap();
    house.registry.record_outcome(id(), &user, "signup", 1.0, None).unwrap();
    let report = house.report();
    let arm = report.arms.iter().find(|arm| arm.units == 1).unwrap();
    assert_eq!((report.look.units, arm.exposures), (1, 2));
    assert!(report.warnings.iter().any(|warning| warning.contains("signup")), "{:?}", report.warnings);

    refused(house.outcome(1, "signup", f64::NAN).unwrap_err(), ErrorKind::InvalidInput, "not_finite");
    refused(house.outcome(1, "Sign Up", 1.0).unwrap_err(), ErrorKind::InvalidInput, "invalid_id");
    refused(house.outcome(1, "error", 0.5).unwrap_err(), ErrorKind::InvalidInput, "out_of_range");
    let early = house.registry.record_outcome(id(), &user, "signup", 1.0, Some(Timestamp::from_micros(1)));
    refused(early.unwrap_err(), ErrorKind::Conflict, "not_exposed");
    let other: ExperimentId = "exp-9".parse().unwrap();
    refused(house.registry.analyze(other).unwrap_err(), ErrorKind::NotFound, "unknown_experiment");
    refused(
        house.registry.record_outcome(other, &user, "x", 1.0, None).unwrap_err(),
        ErrorKind::NotFound,
        "unknown_experiment",
    );
}

#[test]
fn logarithms_of_what_is_not_above_0_are_refused_and_metrics_are_bounded() {
    let house = house();
    house.apply(&experiment(&plan(&metric("spend", "LogMean", "Higher"))));
    house.run(1, &json!({})).unwrap();
    assert_eq!(house.outcome(1, "spend", 0.0).unwrap_err().reason(), Some("out_of_range"));
    house.outcome(1, "spend", 2.0).unwrap();
    let refused = (0..100).filter(|n| house.outcome(1, &format!("m{n}"), 1.0).is_err()).count();
    assert_eq!(refused, 100 - (64 - 3));
}

#[test]
fn every_call_has_a_time_and_a_failure_counted_once_a_unit() {
    let house = house();
    let latency = json!({"primary": metric("latency", "LogMean", "Lower"), "secondary": [metric("error", "Proportion", "Lower")]});
    house.apply(&experiment(&latency));
    for n in 0..40 {
        for (fails, micros) in [("none", 10), ("v2", 40), ("v2", 40)] {
            let _ = house.run(n, &json!({"fails": fails, "micros": micros}));
        }
    }
    let report = house.report();
    let in_b = report.arms[1].units;
    let tally = &report.data.epochs[0].tallies[1];
    assert_eq!(
        (tally.exposures, tally.metrics["error"].events, tally.metrics["error"].values),
        (3 * in_b, in_b, 3 * in_b)
    );
    assert!((tally.metrics["error"].mean.unwrap().mean - 2.0 / 3.0).abs() < 1e-12);
    // Each unit took 30 microseconds on average, and that is one value, not three.
    let units = tally.metrics["latency"].units.unwrap();
    assert_eq!(units.count, in_b);
    assert!((units.mean - 30_000f64.ln()).abs() < 1e-12 && units.m2 < 1e-20, "{units:?}");
    assert_eq!(report.data.epochs[0].tallies[0].metrics["error"].events, 0);
}

/// Acceptance A13.
#[test]
fn errors_are_booked_under_the_assigned_arm_when_another_variant_steps_in() {
    let house = house();
    let version = house.registry.config(RoutingScope::Global).version;
    let config = json!({"schema": 1, "scope": "Global", "version": version, "models": {"growth": {
        "experiment": experiment(&error_plan()), "default": "v3", "fallback": {"on_error": "Fallback"}}}});
    house.registry.apply_json(&config, &meta()).unwrap();
    for n in 0..400 {
        let executed = house.run(n, &json!({"fails": "v2"})).unwrap();
        let in_b = executed.resolution.experiment.unwrap().arm.as_str() == "b";
        assert_eq!(executed.resolution.served.as_str(), if in_b { "v3" } else { "v1" });
    }
    let report = house.report();
    let units = report.arms[1].units;
    assert!(units > 140);
    assert_eq!(report.data.epochs[0].tallies[1].metrics["error"].events, units);
    let performance = house.registry.performance(&model()).unwrap();
    assert_eq!((performance["v2"].errors, performance["v3"].errors, performance["v3"].count), (units, 0, units));
    assert_eq!(found(&report, "error").verdict, Verdict::Worse);
}

#[test]
fn a_control_without_weight_or_a_replaced_variant_is_invalid() {
    let mut none = data(&error_plan(), [0, 1_000_000], &[Tally::default(), tally(500, 5, 0.0, 1.0)]);
    assert_eq!(verdict(&none), Verdict::Invalid { why: Invalidity::NoControl });
    none.epochs[0].weights_ppm = vec![500_000, 500_000];
    none.epochs[0].tallies = vec![tally(500, 5, 0.0, 1.0); 2];
    none.arms[1].replaced = true;
    assert_eq!(verdict(&none), Verdict::Invalid { why: Invalidity::MixedConfig });

    let house = house();
    house.apply(&experiment(&error_plan()));
    (0..20).for_each(|n| drop(house.run(n, &json!({}))));
    assert!(!house.report().data.arms[1].replaced);
    let (_, digest, _) = house.registry.variant(&model(), &"v2".parse().unwrap()).unwrap();
    let function = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({"by": "another"})));
    // Without a new version its digest is that of the one before.
    house.registry.replace_fn(model(), "v2".parse().unwrap(), FunctionOptions::default(), function, digest).unwrap();
    (0..20).for_each(|n| drop(house.run(n, &json!({}))));
    let report = house.report();
    assert!(report.data.arms[1].replaced && !report.data.arms[0].replaced);
    assert_eq!(report.arms[1].verdict, Some(Verdict::Invalid { why: Invalidity::MixedConfig }));
}

#[test]
fn outcomes_that_every_call_has_are_of_their_kind_and_planned_ones_always_have_a_place() {
    let house = house();
    let mut planned = plan(&metric("revenue", "Mean", "Higher"));
    planned["primary"]["cuped"] = json!("before");
    house.apply(&experiment(&planned));
    house.run(1, &json!({})).unwrap();
    for (name, value) in [("latency", 0.0), ("error", -3.0), ("error", 0.5)] {
        assert_eq!(house.outcome(1, name, value).unwrap_err().reason(), Some("out_of_range"), "{name} {value}");
    }
    let unplanned = (0..100).filter(|n| house.outcome(1, &format!("other_{n}"), 1.0).is_ok()).count();
    assert!((50..64).contains(&unplanned), "{unplanned}");
    house.outcome(1, "revenue", 5.0).unwrap();
    house.registry.record_outcome(id(), &unit(1), "before", 4.0, Some(Timestamp::from_micros(0))).unwrap();
}

#[test]
fn what_a_caller_asked_wrongly_is_no_failure_of_the_arm() {
    let house = house();
    house.apply(&experiment(&error_plan()));
    (0..200).for_each(|n| assert!(house.run(n, &json!({"wrong": true})).is_err()));
    let report = house.report();
    assert_eq!(report.look.units, 200);
    let tallies = &report.data.epochs[0].tallies;
    assert!(tallies.iter().all(|tally| tally.metrics.get("error").is_none_or(|error| error.values == 0)));
}

#[test]
fn a_change_of_weights_begins_an_epoch_and_units_stay_in_their_first_arm() {
    let house = house();
    let mut held = experiment(&error_plan());
    held["arms"][0]["weight_ppm"] = json!(950_000);
    held["arms"][1]["weight_ppm"] = json!(50_000);
    house.apply(&held);
    let before: Vec<bool> = (0..2_000).map(|n| house.in_arm(n)).collect();
    held["arms"][0]["weight_ppm"] = json!(500_000);
    held["arms"][1]["weight_ppm"] = json!(500_000);
    let version = house.apply(&held);
    let after: Vec<bool> = (0..4_000).map(|n| house.in_arm(n)).collect();
    let moved = before.iter().zip(&after).filter(|(one, other)| one != other).count() as u64;
    let report = house.report();
    assert!(moved > 700 && report.data.moved == moved);
    assert_eq!(report.data.epochs.len(), 2);
    assert_eq!(report.data.epochs[1].config_version, version);
    let in_b = |list: &[bool]| list.iter().filter(|in_b| **in_b).count() as u64;
    let units = |epoch: usize| report.data.epochs[epoch].tallies[1].units;
    assert_eq!((units(0), units(1)), (in_b(&before), in_b(&after[2_000..])));
    // Pooled, 1,100 of 4,000 units in an arm of one half would look like a fault of the split.
    assert!(report.srm.p > 0.01, "{:?}", report.srm);
    assert!(report.warnings.iter().any(|warning| warning.contains("two arms")));
    // A version that keeps the weights begins nothing.
    held["enrol_ppm"] = json!(900_000);
    house.apply(&held);
    house.run(1, &json!({})).unwrap();
    assert_eq!(house.report().data.epochs.len(), 2);
}

#[test]
fn what_decides_may_not_change_while_the_experiment_runs() {
    let house = house();
    house.apply(&experiment(&error_plan()));
    let mut changed = experiment(&plan(&metric("latency", "LogMean", "Lower")));
    let version = house.registry.config(RoutingScope::Global).version;
    let config = |held: &Value| {
        json!({"schema": 1, "scope": "Global", "version": version,
        "models": {"growth": {"experiment": held, "default": "v3"}}})
    };
    let refused = house.registry.apply_json(&config(&changed), &meta()).unwrap_err();
    assert_eq!(refused.reason(), Some("experiment_immutable"), "{refused}");
    changed["id"] = json!("exp-2");
    assert!(house.registry.apply_json(&config(&changed), &meta()).is_ok());
}

#[test]
fn plans_that_cannot_be_carried_out_are_refused() {
    let house = house();
    let mut covariate = metric("error", "Proportion", "Lower");
    covariate["cuped"] = json!("before");
    let mut itself = metric("revenue", "Mean", "Higher");
    itself["cuped"] = json!("revenue");
    let twice = json!({"primary": metric("x", "Mean", "Higher"), "secondary": [metric("x", "Mean", "Higher")]});
    for plan in [plan(&covariate), plan(&itself), twice] {
        let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": experiment(&plan)}}});
        assert_eq!(house.registry.apply_json(&config, &meta()).unwrap_err().reason(), Some("invalid_config"), "{plan}");
    }
    let mut nothing = experiment(&error_plan());
    nothing["guardrails"] = json!([{"metric": "ErrorRate", "bound": {"RelativeToControl": 0.0}}]);
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": nothing}}});
    assert_eq!(house.registry.apply_json(&config, &meta()).unwrap_err().reason(), Some("invalid_config"));
}

#[test]
fn a_covariate_from_before_sharpens_the_comparison_and_one_from_after_is_refused() {
    let house = house();
    let mut revenue = metric("revenue", "Mean", "Higher");
    revenue["cuped"] = json!("before");
    house.apply(&experiment(&json!({"primary": revenue, "mode": {"Sequential": {"tau2": 0.01}}})));
    let exposed = Timestamp::from_micros(1_000_000);
    for n in 0..3_000 {
        let in_b = house.in_arm(n);
        let before = (n * 7_919 % 1_009) as f64;
        let late = house.registry.record_outcome(id(), &unit(n), "before", before, None).unwrap_err();
        assert_eq!((late.field(), late.reason()), (Some("at"), Some("out_of_range")));
        // One in three is new, and has no time before.
        if n % 3 > 0 {
            house.registry.record_outcome(id(), &unit(n), "before", before, Some(exposed.plus_micros(-1))).unwrap();
        }
        let after = before + (n * 31 % 17) as f64 * 0.01 + if in_b { 1.0 } else { 0.0 };
        house.outcome(n, "revenue", if n % 3 > 0 { after } else { 500.0 + (n * 31 % 17) as f64 * 0.01 }).unwrap();
    }
    let sharp = house.report();
    let width = |report: &Report| found(report, "revenue").interval.map(|[low, high]| high - low).unwrap();
    let mut blunt = sharp.data.clone();
    blunt.plan.primary.cuped = None;
    let blunt = blunt.report(sharp.at);
    assert!(width(&sharp) < 0.1 * width(&blunt), "{} {}", width(&sharp), width(&blunt));
    assert_eq!(found(&sharp, "revenue").verdict, Verdict::Better);
}

/// Acceptance A15.
#[test]
fn a_stopped_experiment_keeps_its_data_and_its_id() {
    let house = house();
    let mut held = experiment(&error_plan());
    house.apply(&held);
    (0..50).for_each(|n| drop(house.run(n, &json!({}))));
    let running = house.report();
    held["status"] = json!("Stopped");
    house.apply(&held);
    (50..60).for_each(|n| drop(house.run(n, &json!({}))));
    let stopped = house.report();
    assert_eq!((stopped.status.clone(), &stopped.arms), (ExperimentStatus::Stopped, &running.arms));
    assert_eq!(stopped.data.epochs[0].tallies, running.data.epochs[0].tallies);
    assert_eq!(stopped.data.looks, [running.look]);
    // Outcomes that take their time still count.
    house.outcome(7, "signup", 1.0).unwrap();
    held["status"] = json!("Running");
    let version = house.registry.config(RoutingScope::Global).version;
    let again = json!({"schema": 1, "scope": "Global", "version": version, "models": {"growth": {"experiment": held}}});
    assert_eq!(house.registry.apply_json(&again, &meta()).unwrap_err().reason(), Some("experiment_retired"));
    // Dropped from the configuration it is over as well.
    let without = json!({"schema": 1, "scope": "Global", "version": version, "models": {}});
    house.registry.apply_json(&without, &meta()).unwrap();
    assert_eq!(house.report().status, ExperimentStatus::Stopped);
}

#[test]
fn a_draft_may_change_and_only_then_begins() {
    let house = house();
    let mut held = experiment(&error_plan());
    held["status"] = json!("Draft");
    house.apply(&held);
    assert_eq!(house.report().status, ExperimentStatus::Draft);
    held["arms"][1]["key"] = json!("other");
    held["status"] = json!("Running");
    house.apply(&held);
    (0..50).for_each(|n| drop(house.run(n, &json!({}))));
    let report = house.report();
    assert_eq!(report.arms[1].key.as_str(), "other");
    assert_eq!(report.look.units, 50);
}

#[test]
fn an_experiment_of_a_tenant_is_not_the_global_one_of_the_same_name() {
    let house = house();
    let tenant: TenantId = TENANT.parse().unwrap();
    house.apply(&experiment(&error_plan()));
    let config = json!({"schema": 1, "scope": {"Tenant": TENANT}, "version": 0,
        "models": {"growth": {"experiment": experiment(&error_plan())}}});
    house.registry.apply_json(&config, &meta()).unwrap();
    for n in 0..30 {
        let user = unit(n);
        let tenant = (n < 10).then_some(tenant);
        let request = RouteRequest { unit: Some(&user), tenant, ..RouteRequest::default() };
        house.registry.execute(&model(), &request, &json!({}), &ExecOpts::default()).unwrap();
    }
    let own = ExperimentRef::of_tenant(tenant, id());
    assert_eq!(house.registry.analyze(own).unwrap().look.units, 10);
    assert_eq!(house.report().look.units, 20);
    assert_eq!(
        house.registry.record_outcome(own, &unit(20), "x", 1.0, None).unwrap_err().reason(),
        Some("not_exposed")
    );
}

#[test]
fn draws_of_a_random_experiment_are_its_units() {
    let house = house();
    let mut held = experiment(&error_plan());
    held["assignment"] = json!({"Random": {"seed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}});
    house.apply(&held);
    let draws: Vec<u64> =
        (0..40).map(|_| house.run(1, &json!({})).unwrap().resolution.experiment.unwrap().draw.unwrap()).collect();
    assert_eq!(house.report().look.units, 40);
    let by_draw: UnitId = draws[3].to_string().parse().unwrap();
    house.registry.record_outcome(id(), &by_draw, "signup", 1.0, None).unwrap();
    let refused = house.outcome(1, "signup", 1.0).unwrap_err();
    assert!(refused.reason() == Some("not_exposed") && refused.detail("hint").is_some());
}

#[test]
fn a_report_carries_its_whole_input_and_names_no_unit() {
    let house = house();
    let plan = json!({"primary": metric("latency", "LogMean", "Lower"), "secondary": [metric("error", "Proportion", "Lower"), metric("revenue", "Mean", "Higher")]});
    house.apply(&experiment(&plan));
    for n in 0..1_500 {
        let _ = house.run(n, &json!({"micros": 5 + n * 31 % 17, "fails": if n % 40 == 0 { "v2" } else { "" }}));
        house.outcome(n, "revenue", (n % 13) as f64).unwrap();
        if n % 500 == 0 {
            house.report();
        }
    }
    let report = house.report();
    assert_eq!(report.data.report(report.at), report);
    let json = report.to_json();
    assert!(!json.to_string().contains("user-"));
    assert_eq!(serde_json::from_value::<Report>(json.clone()).unwrap(), report);
    let data: ExperimentData = serde_json::from_value(json["data"].clone()).unwrap();
    assert_eq!(data.report(report.at).to_json(), json);
    assert_eq!(report.data.looks.len(), 3);
    for name in ["estimate", "interval", "p", "p_adjusted", "verdict"] {
        assert!(json["arms"][1]["metrics"]["latency"].get(name).is_some(), "{name}");
    }
    for name in ["test", "chi_square", "df", "p"] {
        assert!(json["srm"].get(name).is_some(), "{name}");
    }
    for name in ["key", "variant", "weight_ppm", "units", "exposures", "share_ppm"] {
        assert!(json["arms"][0].get(name).is_some(), "{name}");
    }
}

#[test]
fn looks_are_bounded_and_the_first_and_last_stay() {
    let house = house();
    house.apply(&experiment(&error_plan()));
    for n in 0..600 {
        house.run(n, &json!({})).unwrap();
        house.report();
    }
    let looks = house.report().data.looks;
    assert!((100..=256).contains(&looks.len()), "{}", looks.len());
    assert_eq!((looks[0].units, looks.last().unwrap().units), (1, 600));
    assert!(looks.windows(2).all(|pair| pair[0].units < pair[1].units));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_and_the_threads_of_calls_leave_no_trace(order in Just((0..400_usize).collect::<Vec<_>>()).prop_shuffle(), threads in 1_usize..5) {
        let plan = json!({"primary": metric("revenue", "Mean", "Higher"), "secondary": [metric("spend", "LogMean", "Higher")], "min_n_per_arm": 2});
        let gather = |order: &[usize], threads: usize| {
            let house = house();
            house.apply(&experiment(&plan));
            std::thread::scope(|scope| {
                for part in order.chunks(order.len().div_ceil(threads)) {
                    let house = &house;
                    scope.spawn(move || for &n in part {
                        house.run(n, &json!({})).unwrap();
                        house.outcome(n, "revenue", (n as f64).sqrt()).unwrap();
                        house.outcome(n, "spend", (n as f64 + 0.1).cbrt()).unwrap();
                    });
                }
            });
            let mut data = house.report().data;
            // Times of calls are those of the shared clock, and sums by bucket are of calls, not of units.
            for tally in data.epochs.iter_mut().flat_map(|epoch| &mut epoch.tallies) {
                tally.metrics.retain(|name, _| name != "latency");
                for measured in tally.metrics.values_mut() {
                    (measured.mean, measured.log_mean) = (None, None);
                }
            }
            data.arms.iter_mut().for_each(|arm| arm.latency_p95 = None);
            data
        };
        let sorted: Vec<usize> = (0..400).collect();
        let (one, other) = (gather(&sorted, 1), gather(&order, threads));
        prop_assert_eq!(&one, &other);
        let at = Timestamp::from_micros(9);
        prop_assert_eq!(one.report(at), other.report(at));
    }
}
