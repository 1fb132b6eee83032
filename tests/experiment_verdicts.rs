//! Which verdict data give, whatever they are.

mod trial_house;

use proptest::prelude::*;
use serde_json::json;
use valor_ivx::registry::*;
use valor_ivx::time::Timestamp;

use trial_house::*;

/// Acceptance A10.
#[test]
fn units_that_fell_unlike_the_weights_make_any_effect_invalid() {
    let huge = data(&error_plan(), [500_000, 500_000], &[tally(52_000, 20_000, 0.0, 1.0), tally(48_000, 10, 0.0, 1.0)]);
    assert_eq!(verdict(&huge), Verdict::Invalid { why: Invalidity::Srm });
    let report = huge.report(Timestamp::from_micros(1));
    assert_eq!((report.srm.chi_square, report.srm.df, report.srm.test), (160.0, 1, DecidingTest::ExactCount));
    assert!((report.srm.p.ln() + 76.485_287).abs() < 1e-6);
    let fair = data(&error_plan(), [520_000, 480_000], &[tally(52_000, 20_000, 0.0, 1.0), tally(48_000, 10, 0.0, 1.0)]);
    assert_eq!(verdict(&fair), Verdict::Better);
}

#[test]
fn a_fixed_horizon_says_nothing_before_its_end_even_if_p_is_tiny() {
    let plan = json!({"primary": metric("revenue", "Mean", "Higher"), "mode": {"FixedHorizon": {"n_per_arm": 1_200}}});
    let at = |n: u64| data(&plan, [500_000, 500_000], &[tally(n, 0, 10.0, 4.0), tally(n, 0, 12.0, 4.0)]);
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
    // Weights that no unit has met change nothing.
    assert_eq!(verdict(&changed), Verdict::Better);
    changed.epochs[1].tallies = changed.epochs[0].tallies.clone();
    changed.epochs[1].weights_ppm = vec![499_999, 500_001];
    assert_eq!(verdict(&changed), Verdict::Invalid { why: Invalidity::MixedConfig });

    let mut headless = at(1_200);
    headless.arms.remove(0);
    headless.epochs[0].tallies.remove(0);
    headless.epochs[0].weights_ppm.remove(0);
    let report = headless.report(Timestamp::from_micros(1));
    assert_eq!(report.arms[0].verdict, Some(Verdict::Invalid { why: Invalidity::NoControl }));
}

#[test]
fn verdicts_follow_the_direction_the_margin_and_the_least_units() {
    let halves = [500_000, 500_000];
    let of = |better: &str, equivalence: f64, control: Tally, arm: Tally| {
        let mut metric = metric("revenue", "Mean", better);
        metric["equivalence"] = json!(equivalence);
        let plan = json!({"primary": metric, "mode": {"Sequential": {"tau2": 0.01}}});
        data(&plan, halves, &[control, arm]).report(Timestamp::from_micros(1))
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
fn the_mixture_that_is_left_out_is_that_of_the_smallest_difference_worth_finding() {
    let tau2 = |plan: serde_json::Value| match serde_json::from_value::<AnalysisPlan>(plan).unwrap().mode {
        AnalysisMode::Sequential { tau2 } => tau2,
        mode @ AnalysisMode::FixedHorizon { .. } => panic!("{mode:?}"),
    };
    let mut primary = metric("revenue", "Mean", "Higher");
    primary["mde"] = json!(0.5);
    assert_eq!(tau2(json!({})), 0.0001);
    assert_eq!(tau2(json!({"primary": primary})), 0.25);
    assert_eq!(tau2(json!({"primary": primary, "mode": {"Sequential": {}}})), 0.25);
    assert_eq!(tau2(json!({"primary": primary, "mode": {"Sequential": {"tau2": 2.0}}})), 2.0);
    assert!(serde_json::from_value::<AnalysisPlan>(json!({"colour": 1})).is_err());
    let written = serde_json::to_value(AnalysisPlan::default()).unwrap();
    assert_eq!(serde_json::from_value::<AnalysisPlan>(written).unwrap(), AnalysisPlan::default());
}

#[test]
fn shares_are_decided_by_the_exact_test_from_the_first_units_the_plan_allows() {
    let shares = |arm_events: u64, n: u64| {
        data(&error_plan(), [500_000, 500_000], &[tally(n, 2, 0.0, 1.0), tally(n, arm_events, 0.0, 1.0)])
    };
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
    let mut three = data(&plan, [400_000, 300_000], &[tally(4_000, 200, 10.0, 1.0), tally(3_000, 105, 10.0, 1.0)]);
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
    let bad = data(&plan, [500_000, 500_000], &[tally(1_000, 10, 0.0, 1.0), tally(1_000, 60, 0.0, 1.0)]);
    let first = bad.report(Timestamp::from_micros(1));
    assert_eq!(first.arms[1].verdict, Some(Verdict::Worse));
    let mut later = data(&plan, [500_000, 500_000], &[tally(2_000, 70, 0.0, 1.0), tally(2_000, 61, 0.0, 1.0)]);
    later.looks = vec![first.look.clone()];
    let second = later.report(Timestamp::from_micros(2));
    assert_eq!(found(&second, "error").p, found(&first, "error").p);
    assert_eq!(second.arms[1].verdict, Some(Verdict::Worse), "judged by where the arm lay when p was least");
    assert!(found(&second, "error").estimate.unwrap() < 0.0);
}

proptest! {
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
        let data = data(&plan, [ppm, 1_000_000 - ppm], &[side(0), side(1)]);
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
