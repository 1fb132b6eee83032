//! What a simulation refuses before its first trial, by field, and what its statistics are by definition.

mod runs;

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use valor_ivx::random::{BLOCK, Distribution};
use valor_ivx::simulation::{
    Control, DrawOn, OnUndefined, PrecisionTarget, Reference, RunOptions, Sampling, SamplingMethod, Simulation,
};
use valor_ivx::statistics::{Moments, binomial_quantile, normal_interval};
use valor_ivx::time::{Clock, Timestamp};
use valor_ivx::{ErrorKind, evaluate};

use runs::{identity, run, settled};

fn input() -> Value {
    json!({
        "model": "npv", "input": {"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}, "seed": 1, "trials": 4096,
        "draws": [{"path": "cashflows[1]", "distribution": {"type": "normal", "mean": 60.0, "sd": 6.0}}],
    })
}

/// The field by which the input is refused with `value` at `pointer`.
fn refused(pointer: &str, value: Value) -> String {
    let mut input = input();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    input.pointer_mut(parent).unwrap()[name] = value;
    let error = evaluate("simulate", input).expect_err(pointer);
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{pointer}: {error}");
    error.field().unwrap().to_owned()
}

#[test]
fn what_is_out_of_range_is_refused_by_field() {
    for (pointer, value, field) in [
        ("/seed", Value::Null, "seed"),
        ("/seed", json!(9_007_199_254_740_992_u64), "seed"),
        ("/seed", json!("18446744073709551616"), "seed"),
        ("/seed", json!(1.5), "seed"),
        ("/trials", json!(0), "trials"),
        ("/trials", json!(1_099_511_627_777_u64), "trials"),
        ("/trials", json!(10.5), "trials"),
        ("/threads", json!(0), "threads"),
        ("/time_budget", json!(0), "time_budget"),
        ("/max_undefined_fraction", json!(1.01), "max_undefined_fraction"),
        ("/on_undefined", json!("ignore"), "on_undefined"),
        ("/first_trial", json!(1_000), "first_trial"),
        ("/first_trial", json!(4_096), "first_trial"),
        ("/trial_count", json!(0), "trial_count"),
        ("/trial_count", json!(1_000), "trial_count"),
        ("/trial_count", json!(5_120), "trial_count"),
        ("/draws", json!([]), "draws"),
        ("/draws/0/mode", json!("add"), "draws[0].mode"),
        ("/draws/0/path", json!("cashflows[x]"), "draws[0].path"),
        ("/outputs", json!(["profit"]), "outputs"),
        ("/statistics", json!({"quantiles": [0.5, 1.0]}), "statistics.quantiles[1]"),
        ("/statistics", json!({"confidence": 1.0}), "statistics.confidence"),
        ("/statistics", json!({"risk_levels": [0.0]}), "statistics.risk_levels[0]"),
        ("/statistics", json!({"reference": "median"}), "statistics.reference"),
        ("/statistics", json!({"bins": 0}), "statistics.bins"),
        ("/statistics", json!({"thresholds": {"profit": [1.0]}}), "statistics.thresholds.profit"),
        ("/statistics", json!({"edges": {"npv": [1.0, 1.0]}}), "statistics.edges.npv"),
        ("/statistics", json!({"edges": {"npv": [1.0]}}), "statistics.edges.npv"),
    ] {
        assert_eq!(refused(pointer, value.clone()), field, "{pointer} = {value}");
    }
    for (field, value) in [("seed", json!("18446744073709551615")), ("first_trial", json!(3_072))] {
        let mut input = input();
        input[field] = value;
        evaluate("simulate", input).unwrap();
    }
}

#[test]
fn a_simulation_has_one_draw_at_least_and_1_024_at_most() {
    let of = |count: usize| {
        let simulation = Simulation::of("npv").input(json!({"rate": 0.1, "cashflows": vec![1.0; count]}));
        (0..count).fold(simulation, |simulation, i| {
            simulation.draw(format!("cashflows[{i}]"), Distribution::uniform(0.0, 1.0))
        })
    };
    of(1_024).validate(&RunOptions::new(16, 1)).unwrap();
    for count in [0, 1_025] {
        let error = of(count).validate(&RunOptions::new(16, 1)).unwrap_err();
        assert_eq!(error.field(), Some("draws"), "{count}");
    }
}

#[test]
fn as_many_trials_as_two_to_the_fortieth_can_be_asked_for() {
    let error = |trials| identity(|| ()).validate(&RunOptions::new(trials, 1)).err();
    assert!(error(1 << 40).is_none());
    assert_eq!(error((1 << 40) + 1).and_then(|error| error.field().map(str::to_owned)).as_deref(), Some("trials"));
}

#[test]
fn labels_tell_draws_apart_and_are_theirs_alone() {
    let named = |name: &str| DrawOn {
        path: "cashflows[1]".to_owned(),
        distribution: Distribution::normal(60.0, 6.0),
        name: Some(name.to_owned()),
        ..DrawOn::default()
    };
    let npv = || Simulation::of("npv").input(json!({"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}));
    let simulation = npv().draw_on(named("sales")).draw("cashflows[2]", Distribution::normal(75.0, 5.0));
    let result = run(&simulation, &RunOptions { keep_inputs: true, ..RunOptions::new(2_000, 3) });
    assert_eq!(result.draw_names(), ["sales", "cashflows[2]"]);
    let json = result.to_json();
    assert_eq!(json["inputs"]["sales"].as_array().unwrap().len(), 2_000);
    assert_eq!(json["contributions"][0]["draw"], "sales");
    let twice = npv().draw_on(named("cashflows[2]")).draw("cashflows[2]", Distribution::normal(75.0, 5.0));
    assert_eq!(twice.validate(&RunOptions::new(10, 1)).unwrap_err().field(), Some("draws[1].name"));
}

#[test]
fn a_target_goes_with_random_and_antithetic_trials_alone() {
    for method in [SamplingMethod::LatinHypercube, SamplingMethod::Sobol] {
        let target = PrecisionTarget {
            output: "y".to_owned(),
            standard_error: 0.1,
            max_trials: 16_384,
            ..PrecisionTarget::default()
        };
        let options =
            RunOptions { sampling: Sampling { method, replicates: Some(16) }, ..RunOptions::until(target, 1) };
        assert_eq!(identity(|| ()).validate(&options).unwrap_err().field(), Some("target"), "{method:?}");
    }
}

/// A clock that goes on by a second each time it is looked at.
#[derive(Debug, Default)]
struct Hasty(AtomicU64);

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
    fn monotonic_nanos(&self) -> u64 {
        self.0.fetch_add(1_000_000_000, Ordering::Relaxed)
    }
}

#[test]
fn a_budget_that_is_over_before_the_first_block_is_an_error() {
    let clock = Hasty::default();
    let options = RunOptions { time_budget: Some(0.5), ..RunOptions::new(10_000, 1) };
    let mut control = Control { clock: Some(&clock), ..Control::default() };
    let error = identity(|| ()).run(&options, &mut control).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("simulation")));
    assert!(error.to_string().contains("no block finished"), "{error}");
}

#[test]
fn too_many_trials_without_a_value_are_an_error_that_counts_them() {
    let simulation = Simulation::of("npv")
        .input(json!({"rate": 0.1, "cashflows": [-1.0, 1.0]}))
        .draw("rate", Distribution::uniform(-1.5, 0.5));
    let options = RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(4_000, 4) };
    let allowed = RunOptions { max_undefined_fraction: 1.0, ..options.clone() };
    let reason = run(&simulation, &allowed).undefined()[0].clone();
    let error = simulation.run(&options, &mut Control::default()).unwrap_err();
    assert_eq!(error.detail("value"), Some(&json!(reason.count as f64 / 4_000.0)));
    assert_eq!(error.detail("limit"), Some(&json!(0.01)));
    let counts = format!("{} InvalidInput rate (first trial {})", reason.count, reason.first_trial);
    assert!(error.to_string().contains(&counts), "{error}");
}

#[test]
fn a_pair_with_one_value_counts_in_the_moments_and_not_in_the_error() {
    let simulation = Simulation::of_function(["x"], |columns, outputs| {
        for (value, x) in outputs[0].iter_mut().zip(columns[0]) {
            *value = if *x > 2.0 { f64::NAN } else { x * x };
        }
        Ok(())
    })
    .input(json!({"x": 1.0}))
    .draw("x", Distribution::normal(0.0, 1.0))
    .outputs(["y"]);
    let options = RunOptions {
        sampling: Sampling::by(SamplingMethod::Antithetic),
        on_undefined: OnUndefined::Discard,
        max_undefined_fraction: 1.0,
        keep_inputs: true,
        ..RunOptions::new(3_000, 2)
    };
    let result = run(&simulation, &options);
    let stats = result.stats("y").unwrap();
    let values: Vec<(u64, f64)> = result.trial_index().into_iter().zip(stats.samples().iter().copied()).collect();
    assert!(result.undefined_count() > 0 && stats.count() == 3_000 - result.undefined_count());
    let pairs: Vec<f64> = values
        .windows(2)
        .filter(|pair| pair[0].0.is_multiple_of(2) && pair[1].0 == pair[0].0 + 1)
        .map(|pair| 0.5 * (pair[0].1 + pair[1].1))
        .collect();
    // A draw above 2 has its mirror below -2, which has a value.
    assert_eq!(pairs.len() as u64, 1_500 - result.undefined_count());
    let error = Moments::of(&pairs).standard_error().unwrap();
    assert!((stats.standard_error().unwrap() / error - 1.0).abs() < 1e-12);
    let mean = values.iter().map(|(_, value)| value).sum::<f64>() / values.len() as f64;
    assert!((stats.mean() / mean - 1.0).abs() < 1e-13);
}

#[test]
fn intervals_of_mean_and_quantiles_are_those_of_their_definitions() {
    let mut options = RunOptions::new(1_500, 9);
    options.statistics.confidence = 0.8;
    options.statistics.quantiles = vec![0.001, 0.3, 0.999];
    let result = run(&identity(|| ()), &options);
    let stats = result.stats("y").unwrap();
    let (mean, error) = (stats.mean(), stats.standard_error().unwrap());
    assert_eq!(stats.confidence_interval(), Some(normal_interval(mean, error, 0.8)));
    assert!((error - stats.standard_deviation().unwrap() / 1_500.0_f64.sqrt()).abs() < 1e-15);
    let mut sorted = stats.samples().to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |rank: u64| usize::try_from(rank).unwrap().checked_sub(1).and_then(|i| sorted.get(i).copied());
    for quantile in stats.quantiles() {
        let low = at(binomial_quantile(1_500, quantile.p, 0.1));
        let high = at(binomial_quantile(1_500, quantile.p, 0.9) + 1);
        assert_eq!((quantile.low, quantile.high), (low, high), "{}", quantile.p);
    }
    let ends: Vec<_> = stats.quantiles().iter().map(|quantile| (quantile.low, quantile.high)).collect();
    assert!(ends[0].0.is_none() && ends[0].1.is_some(), "no order statistic lies below the smallest");
    assert!(ends[2].0.is_some() && ends[2].1.is_none(), "nor above the largest");
}

#[test]
fn losses_are_measured_from_the_mean_or_a_number() {
    let mut options = RunOptions::new(5_000, 9);
    let from_mean = run(&identity(|| ()), &options);
    options.statistics.reference = Reference::Value(3.0);
    let from_number = run(&identity(|| ()), &options);
    let (mean, number) = (from_mean.stats("y").unwrap(), from_number.stats("y").unwrap());
    for level in [0.9, 0.95] {
        let quantile = mean.quantile(1.0 - level).unwrap();
        assert_eq!(mean.value_at_risk(level), Some(mean.mean() - quantile));
        assert_eq!(number.value_at_risk(level), Some(3.0 - quantile));
        let beyond = |of: &valor_ivx::simulation::Stats<'_>| of.conditional_value_at_risk(level).unwrap();
        assert!((beyond(&number) - beyond(&mean) - (3.0 - mean.mean())).abs() < 1e-14);
    }
}

#[test]
fn statistics_that_several_threads_find_have_the_bits_of_one() {
    let mut options = RunOptions::new(300_000, 9);
    options.statistics.thresholds.insert("y".to_owned(), vec![-1.0, 0.5]);
    let found = |options: &RunOptions, threads| {
        settled(&run(&identity(|| ()), &RunOptions { threads: Some(threads), ..options.clone() }))
    };
    let replicates = RunOptions { sampling: Sampling::by(SamplingMethod::LatinHypercube), ..options.clone() };
    let mut edges = options.clone();
    edges.statistics.edges.insert("y".to_owned(), vec![-2.0, 0.0, 1.0]);
    for options in [options, replicates, edges] {
        let one = found(&options, 1);
        for threads in [2, 7] {
            assert_eq!(found(&options, threads), one);
        }
    }
}

#[test]
fn convergence_tells_what_the_shorter_run_would_have_found() {
    for method in [SamplingMethod::Random, SamplingMethod::Antithetic] {
        let of = |trials| {
            let options = RunOptions { sampling: Sampling::by(method), ..RunOptions::new(trials, 4) };
            run(&identity(|| ()), &options)
        };
        let whole = of(9_000);
        for point in whole.stats("y").unwrap().convergence() {
            let shorter = of(point.n);
            let stats = shorter.stats("y").unwrap();
            assert_eq!(
                (point.mean, point.standard_error),
                (stats.mean(), stats.standard_error()),
                "{method:?} {}",
                point.n
            );
        }
        assert_eq!(whole.stats("y").unwrap().convergence().len(), 5, "1, 2, 4 and 8 blocks, and the end");
    }
    assert_eq!(BLOCK, 1_024);
}

#[test]
fn a_report_has_every_field_of_the_contract() {
    let report = evaluate("simulate", input()).unwrap();
    for field in [
        "status",
        "trials_requested",
        "trials_completed",
        "trials_defined",
        "elapsed",
        "seed",
        "engine_version",
        "warnings",
        "base",
        "outputs",
        "undefined",
        "conditional",
        "dependence",
        "contributions",
        "samples",
        "summary",
    ] {
        assert!(report.get(field).is_some(), "{field}");
    }
    for field in [
        "count",
        "mean",
        "standard_deviation",
        "standard_error",
        "standard_error_basis",
        "confidence_interval",
        "skewness",
        "kurtosis",
        "min",
        "max",
        "quantiles",
        "var",
        "cvar",
        "probabilities",
        "histogram",
        "convergence",
    ] {
        assert!(report["outputs"]["npv"].get(field).is_some(), "{field}");
    }
}
