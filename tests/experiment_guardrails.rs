//! Guardrails: when they act, and what a pause leaves behind.

mod trial_house;

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::registry::*;

use trial_house::*;

fn guarded(guardrails: &Value) -> Value {
    let mut held = experiment(&error_plan());
    held["guardrails"] = guardrails.clone();
    held
}

/// Every arm's units fail as often as said, in parts per hundred; the first call after the pause.
fn run_until_paused(house: &House, control: usize, arm: usize) -> Option<usize> {
    (0..20_000).find(|&n| {
        let user = unit(n);
        let request = RouteRequest { unit: Some(&user), ..RouteRequest::default() };
        let resolution = house.registry.resolve(&model(), &request).unwrap();
        let Some(tag) = resolution.experiment else { return true };
        let in_b = tag.arm.as_str() == "b";
        let fails = n * 7_919 % 100 < if in_b { arm } else { control };
        let _ = house.run(n, &json!({"fails": if fails { resolution.assigned.as_str() } else { "none" }}));
        false
    })
}

/// Acceptance A11.
#[test]
fn an_arm_past_its_guardrail_is_paused_at_the_next_call_with_the_numbers_on_record() {
    let house = house();
    house.apply(&guarded(&json!([{"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}, "min_n": 200}])));
    let paused_at = run_until_paused(&house, 1, 8).expect("it is paused");
    assert!((400..6_000).contains(&paused_at), "{paused_at}");
    let next = house.run(paused_at, &json!({})).unwrap();
    assert_eq!((next.resolution.reason, next.resolution.served.as_str()), (Reason::ExperimentPaused, "v3"));
    let config = house.registry.config(RoutingScope::Global);
    let ExperimentStatus::Paused { by, note } = &config.models[&model()].experiment.as_ref().unwrap().status else {
        panic!("{config:?}")
    };
    assert_eq!(*by, PauseCause::Guardrail);
    assert!(note.contains("error_rate of arm b") && note.contains("units") && note.contains("limit"), "{note}");
    let record = house.registry.history(RoutingScope::Global).last().unwrap().clone();
    assert_eq!((record.meta.actor.as_str(), record.meta.reason.as_ref()), ("guardrail", Some(note)));
    let counts = &house.registry.experiment_counts()[0];
    assert_eq!((counts.paused, counts.breaches.len(), counts.breaches[0].count), (true, 1, 1));
    assert_eq!(counts.exposures.values().sum::<u64>(), paused_at as u64);

    // Resuming is a person's decision, and stands.
    house.apply(&guarded(&json!([{"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}, "min_n": 200}])));
    (0..2_000).for_each(|n| drop(house.run(n, &json!({}))));
    assert_eq!(house.run(1, &json!({})).unwrap().resolution.reason, Reason::Experiment);
}

#[test]
fn arms_that_keep_their_limits_go_on() {
    let house = house();
    house.apply(&guarded(&json!([
        {"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}, "min_n": 200},
        {"metric": "ErrorRate", "bound": {"Absolute": 0.2}},
        {"metric": "LatencyMean", "bound": {"RelativeToControl": 1.5}},
        {"metric": "LatencyP95", "bound": {"RelativeToControl": 1.5}},
    ])));
    assert_eq!(run_until_paused(&house, 5, 6), None);
    assert_eq!(house.registry.breaches(id()).unwrap(), []);
}

#[test]
fn every_kind_of_guardrail_acts_when_its_limit_is_passed() {
    let cases = [
        json!({"metric": "ErrorRate", "bound": {"Absolute": 0.05}}),
        json!({"metric": "ErrorRate", "bound": {"Absolute": 0.05}, "test": "Threshold"}),
        json!({"metric": "LatencyMean", "bound": {"RelativeToControl": 1.5}}),
        json!({"metric": "LatencyMean", "bound": {"Absolute": 20_000.0}}),
        json!({"metric": "LatencyP95", "bound": {"Absolute": 20_000.0}}),
        json!({"metric": {"Outcome": "signup"}, "bound": {"RelativeToControl": 0.8}}),
        json!({"metric": {"Outcome": "signup"}, "bound": {"Absolute": 0.45}}),
        json!({"metric": {"Outcome": "loss"}, "bound": {"RelativeToControl": 1.2}}),
        json!({"metric": {"Outcome": "loss"}, "bound": {"Absolute": 2.5}}),
    ];
    let plan = json!({"primary": metric("signup", "Proportion", "Higher")});
    let house = house_of(Registry::builder().pauses_by_host());
    let mut held = experiment(&plan);
    held["guardrails"] = Value::Array(cases.to_vec());
    house.apply(&held);
    // The arm is worse in every way: errors, time, sign-ups, losses.
    for n in 0..6_000 {
        let in_b = house.in_arm(n);
        let fails = if in_b && n % 10 == 0 { "v2" } else { "none" };
        let micros = if in_b { 25 + n % 10 } else { 5 + n % 10 };
        (0..3).for_each(|_| drop(house.run(n, &json!({"fails": fails, "micros": micros}))));
        house.outcome(n, "signup", f64::from(u8::from(n % 10 < if in_b { 3 } else { 6 }))).unwrap();
        house.outcome(n, "loss", if in_b { 3.0 } else { 2.0 } + (n % 7) as f64 * 0.1).unwrap();
    }
    let breaches = house.registry.breaches(id()).unwrap();
    let acted: Vec<&Guardrail> = breaches.iter().map(|breach| &breach.guardrail).collect();
    for case in &cases {
        let guardrail: Guardrail = serde_json::from_value(case.clone()).unwrap();
        assert!(acted.contains(&&guardrail), "{case} did not act: {breaches:?}");
    }
    assert!(breaches.iter().all(|breach| breach.arm.as_str() == "b"));
    let again: Breach = serde_json::from_value(breaches[0].to_json()).unwrap();
    assert_eq!(again, breaches[0]);
}

#[test]
fn an_arm_that_fails_at_every_call_is_paused() {
    let house = house();
    house.apply(&guarded(&json!([{"metric": "ErrorRate", "bound": {"Absolute": 0.05}}])));
    assert!(run_until_paused(&house, 0, 100).is_some_and(|calls| calls < 3_000));
}

#[test]
fn guardrails_of_an_experiment_that_does_not_run_do_nothing_and_act_once_it_does() {
    for action in ["Pause", "Alert"] {
        let house = house_of(Registry::builder().pauses_by_host());
        let bound = json!({"Absolute": 0.05});
        let mut held =
            guarded(&json!([{"metric": "ErrorRate", "bound": bound, "test": "Threshold", "action": action}]));
        house.apply(&held);
        (0..300).for_each(|n| drop(house.run(n, &json!({"fails": "v2"}))));
        held["status"] = json!({"Paused": {"by": "Operator", "note": "lunch"}});
        house.apply(&held);
        assert_eq!(house.registry.enforce_guardrails(id(), |_, _| Ok(())).unwrap(), []);
        assert_eq!(house.registry.experiment_counts()[0].breaches, []);
        held["status"] = json!("Running");
        house.apply(&held);
        assert_eq!(house.registry.enforce_guardrails(id(), |_, _| Ok(())).unwrap().len(), 1);
    }
}

#[test]
fn a_planned_ratio_is_held_against_a_limit_in_its_own_unit() {
    let house = house_of(Registry::builder().pauses_by_host());
    let mut spent = metric("spent", "LogMean", "Lower");
    spent["mde"] = json!(0.01);
    let mut held = experiment(&plan(&spent));
    held["guardrails"] = json!([
        {"metric": {"Outcome": "spent"}, "bound": {"Absolute": 2e6}},
        {"metric": {"Outcome": "spent"}, "bound": {"RelativeToControl": 1.5}},
    ]);
    house.apply(&held);
    for n in 0..4_000 {
        let amount = if house.in_arm(n) { 3e6 } else { 1e6 };
        house.outcome(n, "spent", amount + (n % 13) as f64 * 1e4).unwrap();
    }
    assert_eq!(house.registry.breaches(id()).unwrap().len(), 2);
}

#[test]
fn of_many_callers_one_acts_on_a_breach() {
    let house = house_of(Registry::builder().pauses_by_host());
    house.apply(&guarded(&json!([{"metric": "ErrorRate", "bound": {"Absolute": 0.05}, "test": "Threshold"}])));
    (0..300).for_each(|n| drop(house.run(n, &json!({"fails": "v2"}))));
    let barrier = std::sync::Barrier::new(8);
    let enforce = || {
        barrier.wait();
        house.registry.enforce_guardrails(id(), |_, _| Ok(())).unwrap().len()
    };
    let acted: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(enforce)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    assert_eq!((acted, house.registry.experiment_counts()[0].breaches[0].count), (1, 1));
}

#[test]
fn a_pause_is_tried_three_times_against_other_changes_and_an_alert_pauses_nothing() {
    let house = house_of(Registry::builder().pauses_by_host());
    house.apply(&guarded(&json!([{"metric": "ErrorRate", "bound": {"Absolute": 0.05}, "test": "Threshold"}])));
    (0..300).for_each(|n| drop(house.run(n, &json!({"fails": "v2"}))));
    let conflict = || Error::conflict("version_conflict", "another process was faster");
    let mut tries = 0;
    let failed = house.registry.enforce_guardrails(id(), |_, _| {
        tries += 1;
        Err(conflict())
    });
    assert_eq!((failed.unwrap_err().reason(), tries), (Some("version_conflict"), 3));
    assert_eq!(house.run(1, &json!({})).unwrap().resolution.reason, Reason::Experiment);
    let mut tries = 0;
    let acted = house.registry.enforce_guardrails(id(), |config, breaches| {
        tries += 1;
        assert_eq!((config.version, breaches.len()), (2, 1));
        if tries < 3 { Err(conflict()) } else { Ok(()) }
    });
    assert_eq!((acted.unwrap().len(), tries), (1, 3));
    assert_eq!(house.run(1, &json!({})).unwrap().resolution.reason, Reason::ExperimentPaused);
    assert!(house.registry.enforce_guardrails(id(), |_, _| Err(conflict())).unwrap().is_empty());

    let told = house_of(Registry::builder());
    told.apply(&guarded(
        &json!([{"metric": "ErrorRate", "bound": {"Absolute": 0.05}, "test": "Threshold", "action": "Alert"}]),
    ));
    (0..300).for_each(|n| drop(told.run(n, &json!({"fails": "v2"}))));
    assert_eq!(told.run(1, &json!({})).unwrap().resolution.reason, Reason::Experiment);
    let counts = &told.registry.experiment_counts()[0];
    assert_eq!((counts.paused, counts.breaches[0].action.as_str(), counts.breaches[0].count), (false, "alert", 1));
    let acted = told.registry.acted_breaches(id()).unwrap();
    assert_eq!((acted.len(), acted[0].breach.guardrail.action), (1, GuardAction::Alert));
    assert_eq!(acted[0].breach.events.unwrap()[1], acted[0].breach.units[1]);
    assert!(acted[0].at > valor_ivx::time::Timestamp::from_micros(1_000_000));
}

#[test]
fn a_call_that_the_host_serves_and_an_outcome_it_observed_make_guardrails_due() {
    let limit = |action: &str| {
        json!([{"metric": {"Outcome": "churned"}, "bound": {"Absolute": 0.5}, "test": "Threshold", "min_n": 5,
            "action": action}])
    };
    let expose = |house: &House, n: usize| {
        let unit = unit(n);
        let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
        house.registry.expose(&model(), &request).unwrap()
    };
    let by_host = house_of(Registry::builder().pauses_by_host());
    by_host.apply(&guarded(&limit("Pause")));
    expose(&by_host, 0);
    assert_eq!(by_host.registry.guardrails_due(RoutingScope::Global), [ExperimentRef::from(id())]);
    by_host.outcome(0, "churned", 0.0).unwrap();
    assert_eq!(by_host.registry.guardrails_due(RoutingScope::Global), [ExperimentRef::from(id())]);
    assert!(by_host.registry.guardrails_due(RoutingScope::Global).is_empty());

    let house = house();
    house.apply(&guarded(&limit("Pause")));
    let paused = (0..200).find(|n| {
        let resolution = expose(&house, *n);
        if let Some(tag) = &resolution.experiment {
            house.outcome(*n, "churned", f64::from(u8::from(tag.arm.as_str() == "b"))).unwrap();
        }
        resolution.reason == Reason::ExperimentPaused
    });
    assert!(paused.is_some_and(|n| n > 5));
    assert_eq!(house.registry.acted_breaches(id()).unwrap()[0].breach.arm.as_str(), "b");
}
