//! What a host sees of experiments: exposures, outcomes, verdicts, guardrails.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::registry::*;
use valor_ivx::time::{ManualClock, Timestamp};
use valor_ivx::{Error, ErrorKind};

const TENANT: &str = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";
const SALT: &str = "AAECAwQFBgcICQoLDA0ODw==";

struct House {
    registry: Registry,
    clock: Arc<ManualClock>,
}

fn model() -> ModelId {
    "growth".parse().unwrap()
}

fn id() -> ExperimentId {
    "exp-1".parse().unwrap()
}

fn unit(n: usize) -> UnitId {
    format!("user-{n}").parse().unwrap()
}

fn meta() -> ChangeMeta {
    ChangeMeta { actor: "ada".to_owned(), reason: None }
}

/// Variants v1 and v2; a variant fails when the input says so, and takes the microseconds the input says.
fn house() -> House {
    house_of(Registry::builder())
}

fn house_of(builder: RegistryBuilder) -> House {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_000_000)));
    let registry = builder.clock(clock.clone()).build();
    for name in ["v1", "v2", "v3"] {
        let clock = clock.clone();
        let function = Arc::new(move |input: &Value, _: &mut RunCx<'_>| {
            clock.advance_micros(input["micros"].as_i64().unwrap_or(10));
            if input["fails"] == name { Err(Error::internal("model_internal", "it broke")) } else { Ok(json!({"by": name})) }
        });
        registry.register_fn(model(), name.parse().unwrap(), FunctionOptions::default(), function).unwrap();
    }
    House { registry, clock }
}

fn experiment(plan: &Value) -> Value {
    json!({
        "id": "exp-1", "status": "Running", "salt": SALT, "control": "a", "plan": plan,
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 500_000}, {"key": "b", "variant": "v2", "weight_ppm": 500_000}],
    })
}

fn metric(name: &str, kind: &str, better: &str) -> Value {
    json!({"name": name, "kind": kind, "better": better})
}

fn plan(primary: Value) -> Value {
    json!({ "primary": primary })
}

impl House {
    fn apply(&self, experiment: &Value) -> u64 {
        let version = self.registry.config(RoutingScope::Global).version;
        let config = json!({"schema": 1, "scope": "Global", "version": version,
            "models": {"growth": {"experiment": experiment, "default": "v3"}}});
        self.registry.apply_json(&config, &meta()).unwrap().version
    }

    fn run(&self, n: usize, input: &Value) -> Result<Executed, Error> {
        let unit = unit(n);
        let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
        self.registry.execute(&model(), &request, input, &ExecOpts::default())
    }

    fn outcome(&self, n: usize, metric: &str, value: f64) -> Result<(), Error> {
        self.registry.record_outcome(id(), &unit(n), metric, value, None)
    }

    fn in_arm(&self, n: usize) -> bool {
        self.run(n, &json!({})).unwrap().resolution.experiment.unwrap().arm.as_str() == "b"
    }

    fn report(&self) -> Report {
        self.registry.analyze(id()).unwrap()
    }
}

fn found<'a>(report: &'a Report, metric: &str) -> &'a MetricReport {
    &report.arms[1].metrics[metric]
}

/// Data of two arms without a registry, one epoch.
fn data(plan: &Value, weights_ppm: [u32; 2], tallies: [Tally; 2]) -> ExperimentData {
    let arm = |key: &str, weight_ppm| DataArm {
        key: key.parse().unwrap(),
        variant: key.parse().unwrap(),
        weight_ppm,
        replaced: false,
        latency_p95: None,
    };
    ExperimentData {
        experiment: id(),
        model: model(),
        status: ExperimentStatus::Running,
        plan: serde_json::from_value(plan.clone()).unwrap(),
        control: "a".parse().unwrap(),
        arms: vec![arm("a", weights_ppm[0]), arm("b", weights_ppm[1])],
        epochs: vec![Epoch {
            config_version: 1,
            from: Timestamp::from_micros(0),
            weights_ppm: weights_ppm.to_vec(),
            tallies: tallies.to_vec(),
        }],
        moved: 0,
        looks: Vec::new(),
    }
}

/// An arm with so many units, of which so many have an event of `error`, and means of `revenue`.
fn tally(units: u64, events: u64, mean: f64, variance: f64) -> Tally {
    let moments = valor_ivx::statistics::Paired {
        count: units,
        mean,
        m2: variance * (units.max(1) - 1) as f64,
        covariate_mean: 0.0,
        covariate_m2: 0.0,
        cross: 0.0,
    };
    let error = Measured { events, values: units, ..Measured::default() };
    let revenue = Measured { values: units, units: Some(moments), ..Measured::default() };
    let metrics = [("error".to_owned(), error), ("revenue".to_owned(), revenue)].into();
    Tally { units, exposures: units, metrics }
}

fn verdict(data: &ExperimentData) -> Verdict {
    data.report(Timestamp::from_micros(1)).arms[1].verdict.unwrap()
}

fn error_plan() -> Value {
    plan(metric("error", "Proportion", "Lower"))
}

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
    refused(house.registry.record_outcome(other, &user, "x", 1.0, None).unwrap_err(), ErrorKind::NotFound, "unknown_experiment");
}

#[test]
fn logarithms_of_what_is_not_above_0_are_refused_and_metrics_are_bounded() {
    let house = house();
    house.apply(&experiment(&plan(metric("spend", "LogMean", "Higher"))));
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
    assert_eq!((tally.exposures, tally.metrics["error"].events, tally.metrics["error"].values), (3 * in_b, in_b, 3 * in_b));
    assert!((tally.metrics["error"].mean.unwrap().mean - 2.0 / 3.0).abs() < 1e-12);
    // Each unit took 30 microseconds on average, and that is one value, not three.
    let units = tally.metrics["latency"].units.unwrap();
    assert_eq!(units.count, in_b);
    assert!((units.mean - 30_000f64.ln()).abs() < 1e-12 && units.m2 < 1e-20, "{units:?}");
    assert_eq!(report.data.epochs[0].tallies[0].metrics["error"].events, 0);
}

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
fn units_that_fell_unlike_the_weights_make_any_effect_invalid() {
    let huge = data(&error_plan(), [500_000, 500_000], [tally(52_000, 20_000, 0.0, 1.0), tally(48_000, 10, 0.0, 1.0)]);
    assert_eq!(verdict(&huge), Verdict::Invalid { why: Invalidity::Srm });
    let report = huge.report(Timestamp::from_micros(1));
    assert_eq!((report.srm.chi_square, report.srm.df, report.srm.test), (160.0, 1, DecidingTest::ExactCount));
    assert!((report.srm.p.ln() + 76.485_287).abs() < 1e-6);
    let fair = data(&error_plan(), [520_000, 480_000], [tally(52_000, 20_000, 0.0, 1.0), tally(48_000, 10, 0.0, 1.0)]);
    assert_eq!(verdict(&fair), Verdict::Better);
}

#[test]
fn a_fixed_horizon_says_nothing_before_its_end_even_if_p_is_tiny() {
    let plan = json!({"primary": metric("revenue", "Mean", "Higher"), "mode": {"FixedHorizon": {"n_per_arm": 1_200}}});
    let at = |n: u64| data(&plan, [500_000, 500_000], [tally(n, 0, 10.0, 4.0), tally(n, 0, 12.0, 4.0)]);
    let early = at(1_000).report(Timestamp::from_micros(1));
    assert!(found(&early, "revenue").p.unwrap() < 1e-50);
    assert!(matches!(found(&early, "revenue").verdict, Verdict::Insufficient { need_per_arm: Some(_) }));
    assert!(early.warnings.iter().any(|warning| warning.contains("fixed horizon")));
    let done = at(1_200).report(Timestamp::from_micros(1));
    assert_eq!((found(&done, "revenue").verdict, found(&done, "revenue").test), (Verdict::Better, DecidingTest::Welch));
    assert_eq!((done.srm.test, done.srm.p), (DecidingTest::ChiSquare, 1.0));

    let mut changed = at(1_200);
    let mut second = changed.epochs[0].clone();
    second.weights_ppm = vec![400_000, 600_000];
    second.tallies = vec![Tally::default(); 2];
    changed.epochs.push(second);
    assert_eq!(verdict(&changed), Verdict::Invalid { why: Invalidity::MixedConfig });
}

#[test]
fn a_control_without_weight_or_a_replaced_variant_is_invalid() {
    let mut none = data(&error_plan(), [0, 1_000_000], [Tally::default(), tally(500, 5, 0.0, 1.0)]);
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
    let options = FunctionOptions { version: Some("2.0.0".parse().unwrap()), ..FunctionOptions::default() };
    house.registry.replace_fn(model(), "v2".parse().unwrap(), options, function, digest).unwrap();
    (0..20).for_each(|n| drop(house.run(n, &json!({}))));
    let report = house.report();
    assert!(report.data.arms[1].replaced && !report.data.arms[0].replaced);
    assert_eq!(report.arms[1].verdict, Some(Verdict::Invalid { why: Invalidity::MixedConfig }));
}

#[test]
fn verdicts_follow_the_direction_the_margin_and_the_least_units() {
    let halves = [500_000, 500_000];
    let of = |better: &str, equivalence: f64, control: Tally, arm: Tally| {
        let mut metric = metric("revenue", "Mean", better);
        metric["equivalence"] = json!(equivalence);
        let plan = json!({"primary": metric, "mode": {"Sequential": {"tau2": 0.01}}});
        data(&plan, halves, [control, arm]).report(Timestamp::from_micros(1))
    };
    let up = of("Higher", 0.0, tally(5_000, 0, 10.0, 1.0), tally(5_000, 0, 10.2, 1.0));
    assert_eq!(found(&up, "revenue").verdict, Verdict::Better);
    assert!(found(&up, "revenue").asymptotic && !found(&up, "revenue").practically_equivalent);
    let down = of("Lower", 0.0, tally(5_000, 0, 10.0, 1.0), tally(5_000, 0, 10.2, 1.0));
    assert_eq!(found(&down, "revenue").verdict, Verdict::Worse);
    let tiny = of("Higher", 0.5, tally(5_000, 0, 10.0, 1.0), tally(5_000, 0, 10.2, 1.0));
    assert_eq!(found(&tiny, "revenue").verdict, Verdict::Better);
    assert!(found(&tiny, "revenue").practically_equivalent);
    let same = of("Higher", 0.2, tally(5_000, 0, 10.0, 1.0), tally(5_000, 0, 10.01, 1.0));
    assert_eq!(found(&same, "revenue").verdict, Verdict::NoDifference);
    let unclear = of("Higher", 0.01, tally(5_000, 0, 10.0, 1.0), tally(5_000, 0, 10.01, 1.0));
    assert!(matches!(found(&unclear, "revenue").verdict, Verdict::Insufficient { need_per_arm: Some(_) }));
    // A raw mean may have heavy tails: below 1,000 units nothing is said of it, whatever it shows.
    let few = of("Higher", 0.0, tally(999, 0, 10.0, 1.0), tally(999, 0, 19.0, 1.0));
    assert_eq!((found(&few, "revenue").p, found(&few, "revenue").interval), (None, None));
    assert!(matches!(found(&few, "revenue").verdict, Verdict::Insufficient { .. }));
}

#[test]
fn shares_are_decided_by_the_exact_test_from_the_first_units_the_plan_allows() {
    let shares = |arm_events: u64, n: u64| data(&error_plan(), [500_000, 500_000], [tally(n, 2, 0.0, 1.0), tally(n, arm_events, 0.0, 1.0)]);
    let report = shares(40, 100).report(Timestamp::from_micros(1));
    let error = found(&report, "error");
    assert_eq!((error.verdict, error.test, error.asymptotic), (Verdict::Worse, DecidingTest::ExactCount, false));
    // The interval rests on the normal law and waits for ten events on both sides.
    assert_eq!(error.interval, None);
    let evidence = valor_ivx::statistics::count_evidence(&[2, 40], &[0.5, 0.5], 2.0).unwrap();
    assert!((error.p.unwrap() / (-evidence).exp() - 1.0).abs() < 1e-12);
    assert!(matches!(verdict(&shares(40, 99)), Verdict::Insufficient { .. }), "below min_n_per_arm");
}

#[test]
fn several_arms_are_adjusted_together_and_secondary_metrics_by_themselves() {
    let plan = json!({"primary": metric("error", "Proportion", "Lower"), "secondary": [metric("revenue", "Mean", "Higher")],
        "mode": {"Sequential": {"tau2": 0.01}}});
    let mut three = data(&plan, [400_000, 300_000], [tally(4_000, 200, 10.0, 1.0), tally(3_000, 105, 10.0, 1.0)]);
    three.arms.push(DataArm { key: "c".parse().unwrap(), weight_ppm: 300_000, ..three.arms[1].clone() });
    three.epochs[0].weights_ppm.push(300_000);
    three.epochs[0].tallies.push(tally(3_000, 150, 10.5, 1.0));
    let report = three.report(Timestamp::from_micros(1));
    let p = |arm: usize, metric: &str| {
        let found = &report.arms[arm].metrics[metric];
        (found.p.unwrap(), found.p_adjusted.unwrap())
    };
    for metric in ["error", "revenue"] {
        let found = [p(1, metric), p(2, metric)];
        let adjusted = valor_ivx::statistics::holm(&[found[0].0, found[1].0]).unwrap();
        assert_eq!([found[0].1, found[1].1], adjusted[..]);
    }
    assert!(report.arms[0].metrics.is_empty() && report.arms[0].verdict.is_none());
    assert_eq!(report.look.sights.len(), 4);
}

#[test]
fn what_was_seen_once_stays_seen() {
    let plan = error_plan();
    let bad = data(&plan, [500_000, 500_000], [tally(1_000, 10, 0.0, 1.0), tally(1_000, 60, 0.0, 1.0)]);
    let first = bad.report(Timestamp::from_micros(1));
    assert_eq!(first.arms[1].verdict, Some(Verdict::Worse));
    let mut later = data(&plan, [500_000, 500_000], [tally(2_000, 70, 0.0, 1.0), tally(2_000, 61, 0.0, 1.0)]);
    later.looks = vec![first.look.clone()];
    let second = later.report(Timestamp::from_micros(2));
    assert_eq!(found(&second, "error").p, found(&first, "error").p);
    assert_eq!(second.arms[1].verdict, Some(Verdict::Worse), "judged by where the arm lay when p was least");
    assert!(found(&second, "error").estimate.unwrap() < 0.0);
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
    let mut changed = experiment(&plan(metric("latency", "LogMean", "Lower")));
    let version = house.registry.config(RoutingScope::Global).version;
    let config = |held: &Value| json!({"schema": 1, "scope": "Global", "version": version,
        "models": {"growth": {"experiment": held, "default": "v3"}}});
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
    for plan in [plan(covariate), plan(itself), twice] {
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
    told.apply(&guarded(&json!([{"metric": "ErrorRate", "bound": {"Absolute": 0.05}, "test": "Threshold", "action": "Alert"}])));
    (0..300).for_each(|n| drop(told.run(n, &json!({"fails": "v2"}))));
    assert_eq!(told.run(1, &json!({})).unwrap().resolution.reason, Reason::Experiment);
    let counts = &told.registry.experiment_counts()[0];
    assert_eq!((counts.paused, counts.breaches[0].action.as_str(), counts.breaches[0].count), (false, "alert", 1));
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
    assert_eq!(house.registry.record_outcome(own, &unit(20), "x", 1.0, None).unwrap_err().reason(), Some("not_exposed"));
}

#[test]
fn draws_of_a_random_experiment_are_its_units() {
    let house = house();
    let mut held = experiment(&error_plan());
    held["assignment"] = json!({"Random": {"seed": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}});
    house.apply(&held);
    let draws: Vec<u64> = (0..40).map(|_| house.run(1, &json!({})).unwrap().resolution.experiment.unwrap().draw.unwrap()).collect();
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

    #[test]
    fn any_data_give_a_report_of_numbers(
        units in prop::array::uniform2(0_u64..3_000), events in prop::array::uniform2(0_u64..3_000),
        means in prop::array::uniform2(prop_oneof![Just(0.0), -1e300..1e300_f64]),
        variance in prop_oneof![Just(0.0), 0.0..1e300_f64], ppm in 0_u32..=1_000_000, horizon in any::<bool>(),
    ) {
        let mode = if horizon { json!({"FixedHorizon": {"n_per_arm": 10}}) } else { json!({"Sequential": {"tau2": 0.01}}) };
        let mut plan = json!({"primary": metric("error", "Proportion", "Lower"),
            "secondary": [metric("revenue", "Mean", "Higher")], "mode": mode, "min_n_per_arm": 1});
        if ppm % 2 == 0 {
            plan["secondary"][0]["kind"] = json!("LogMean");
        }
        let side = |i: usize| tally(units[i], events[i].min(units[i]), means[i], variance);
        let data = data(&plan, [ppm, 1_000_000 - ppm], [side(0), side(1)]);
        let report = data.report(Timestamp::from_micros(1));
        prop_assert!((0.0..=1.0).contains(&report.srm.p) && report.srm.chi_square.is_finite());
        for found in report.arms[1].metrics.values() {
            prop_assert!(found.estimate.is_none_or(f64::is_finite), "{:?}", found);
            prop_assert!(found.interval.is_none_or(|[low, high]| low.is_finite() && high.is_finite() && low <= high), "{:?}", found);
            prop_assert!(found.p.is_none_or(|p| (0.0..=1.0).contains(&p)), "{:?}", found);
            prop_assert!(found.p_adjusted >= found.p);
        }
        // What is not a number would be null in JSON, and not read back.
        prop_assert_eq!(serde_json::from_value::<Report>(report.to_json()).unwrap(), report);
    }
}
