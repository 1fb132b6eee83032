//! Quantiles from a sketch: near the exact ones, in memory that does not grow, and with the same bits
//! however the work was divided.

mod runs;

use serde_json::{Value, json};
use valor_ivx::random::{BLOCK, Distribution};
use valor_ivx::simulation::{
    OnUndefined, PrecisionTarget, QuantileMode, RunOptions, Simulation, SimulationResult, Stopped,
};
use valor_ivx::statistics::Sketch;

use runs::{cancelled_midway, run, settled};

fn dcf() -> Simulation {
    let input = json!({
        "base_revenue": 500.0, "tax_rate": 0.23, "wacc": 0.09, "shares": 150.0, "bridge": {"net_debt": 3_000.0},
        "stages": [{"years": 10, "growth": 0.08, "ebit_margin": 0.22, "sales_to_capital": 3.0}],
        "terminal": {"method": "gordon", "growth": 0.025}
    });
    // Some values per share are negative, some trials have none.
    Simulation::of("dcf")
        .input(input)
        .shift("stages[*].growth", Distribution::normal(0.0, 0.02))
        .draw("wacc", Distribution::normal(0.09, 0.018))
        .outputs(["value_per_share", "enterprise_value"])
}

fn sketched(trials: u64) -> RunOptions {
    let mut options = RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(trials, 5) };
    options.statistics.quantile_mode = QuantileMode::Sketch;
    options.statistics.edges.insert("enterprise_value".into(), vec![1_000.0, 3_000.0, 4_000.0, 9_000.0]);
    options.statistics.thresholds.insert("value_per_share".into(), vec![-2.0, 0.0, 3.0]);
    options
}

#[test]
fn a_sketch_is_within_its_error_of_the_exact_answers_and_says_so() {
    let options = sketched(30_000);
    let mut exact = options.clone();
    exact.statistics.quantile_mode = QuantileMode::Exact;
    let (sketch, exact) = (run(&dcf(), &options), run(&dcf(), &exact));
    assert!(sketch.undefined_count() > 0);
    for name in ["value_per_share", "enterprise_value"] {
        let (sketch, exact) = (sketch.stats(name).unwrap(), exact.stats(name).unwrap());
        assert!(sketch.is_approximate() && !exact.is_approximate());
        assert_eq!((sketch.mean(), sketch.kurtosis()), (exact.mean(), exact.kurtosis()), "moments are exact");
        assert!(sketch.samples().is_empty());
        assert_eq!((sketch.quantile(0.0), sketch.quantile(1.0)), (Some(exact.min()), Some(exact.max())));
        let near = |found: f64, value: f64| (found - value).abs() <= Sketch::RELATIVE_ERROR * value.abs() * 1.000_1;
        for (found, value) in sketch.quantiles().iter().zip(exact.quantiles()) {
            assert!(near(found.value, value.value), "{found:?} for {value:?}");
            assert!(near(found.low.unwrap(), value.low.unwrap()) && near(found.high.unwrap(), value.high.unwrap()));
        }
        let size = exact.min().abs().max(exact.max().abs());
        for level in [0.5, 0.95, 0.99] {
            let of = |stats: &valor_ivx::simulation::Stats<'_>| stats.conditional_value_at_risk(level).unwrap();
            assert!((of(&sketch) - of(&exact)).abs() <= Sketch::RELATIVE_ERROR * size);
            assert!(of(&sketch) >= sketch.value_at_risk(level).unwrap());
        }
        for threshold in [-2.0, 0.0, 3.0, 2_500.0] {
            let slack = 2.0 * Sketch::RELATIVE_ERROR * f64::abs(threshold);
            let found = sketch.probability_above(threshold);
            assert!(found <= exact.probability_above(threshold - slack));
            assert!(found >= exact.probability_above(threshold + slack));
        }
    }
    let histogram = |result: &SimulationResult, name| result.stats(name).unwrap().histogram();
    assert_eq!(histogram(&sketch, "enterprise_value"), histogram(&exact, "enterprise_value"), "fixed edges are exact");
    assert_eq!(histogram(&sketch, "value_per_share"), None);
    let json = sketch.to_json();
    let output = &json["outputs"]["value_per_share"];
    for list in ["quantiles", "probabilities", "var", "cvar"] {
        assert!(!output[list].as_array().unwrap().is_empty());
        assert!(output[list].as_array().unwrap().iter().all(|one| one["approximate"] == true), "{list}");
    }
    assert_eq!(output["histogram"], Value::Null);
    let codes: Vec<_> = json["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert_eq!(codes, ["conditional_on_defined", "histogram_omitted", "correlations_omitted"]);
    assert!(json["warnings"][1]["message"].as_str().unwrap().ends_with("value_per_share"));
    assert_eq!(exact.to_json()["outputs"]["value_per_share"]["quantiles"][0]["approximate"], false);
}

#[test]
fn threads_and_shards_leave_no_trace_in_a_sketch() {
    let whole = settled(&run(&dcf(), &sketched(20_500)));
    for threads in [1, 2, 7] {
        assert_eq!(settled(&run(&dcf(), &RunOptions { threads: Some(threads), ..sketched(20_500) })), whole);
    }
    for (shards, step) in [(2, 1), (5, 3)] {
        let parts = (0..shards)
            .map(|i| run(&dcf(), &sketched(20_500).shard(i * step % shards, shards).unwrap()))
            .map(|part| SimulationResult::from_bytes(&part.to_bytes()).unwrap())
            .collect();
        assert_eq!(settled(&SimulationResult::merge(parts).unwrap()), whole, "{shards} shards");
    }
}

#[test]
fn a_sketch_holds_exactly_the_trials_before_a_target_was_reached() {
    let simulation = identity(Distribution::normal(0.0, 1.0));
    let of = |trials: Option<u64>, target: Option<PrecisionTarget>, threads: u32| {
        let mut options = RunOptions { trials, target, threads: Some(threads), ..RunOptions::new(1, 5) };
        options.statistics.quantile_mode = QuantileMode::Sketch;
        run(&simulation, &options)
    };
    let to = |standard_error, max_trials| {
        Some(PrecisionTarget { output: "y".to_owned(), standard_error, max_trials, ..PrecisionTarget::default() })
    };
    for threads in [1, 2, 7] {
        // 1 / sqrt(32,768) = 0.00552.
        let stopped = of(None, to(0.006, 1_000_000), threads);
        assert_eq!((stopped.stopped(), stopped.trials()), (Stopped::TargetReached, 32 * BLOCK as u64));
        let fixed = of(Some(stopped.trials()), None, 1);
        assert_eq!(stopped.to_json()["outputs"], fixed.to_json()["outputs"], "{threads} threads");
    }
    let most = of(None, to(1e-9, 18_000), 3);
    assert_eq!(most.to_json()["outputs"], of(Some(18_000), None, 1).to_json()["outputs"]);
}

/// The values of a draw as they are.
fn identity(distribution: Distribution) -> Simulation {
    Simulation::of_function(["x"], |columns, outputs| {
        outputs[0].copy_from_slice(columns[0]);
        Ok(())
    })
    .input(json!({"x": 1.5}))
    .draw("x", distribution)
    .outputs(["y"])
}

#[test]
fn the_size_of_a_result_does_not_grow_with_its_trials() {
    let size = |blocks: u64| {
        let options = sketched(blocks * BLOCK as u64);
        let options = RunOptions {
            statistics: valor_ivx::simulation::StatisticsOptions {
                edges: std::collections::BTreeMap::new(),
                thresholds: std::collections::BTreeMap::new(),
                ..options.statistics
            },
            ..options
        };
        run(&identity(Distribution::uniform(1.0, 2.0)), &options).to_bytes().len()
    };
    let (few, many) = (size(32), size(1_024));
    // A level of the tree of moments for each doubling, and no more.
    assert!(many < few + 1_000, "{few} and {many} bytes");
}

#[test]
fn more_trials_than_any_memory_holds_can_be_asked_for() {
    let mut options = RunOptions { threads: Some(2), ..RunOptions::new(1 << 40, 5) };
    options.statistics.quantile_mode = QuantileMode::Sketch;
    let result = cancelled_midway(&options);
    assert_eq!(result.stopped(), Stopped::Cancelled);
    let mut again = RunOptions::new(result.trials(), 5);
    again.statistics.quantile_mode = QuantileMode::Sketch;
    let rerun = identity(Distribution::normal(0.0, 1.0));
    assert_eq!(run(&rerun, &again).to_json()["outputs"], result.to_json()["outputs"]);
}

#[test]
fn without_spread_a_sketch_has_the_value_itself() {
    let mut options = RunOptions::new(3_000, 1);
    options.statistics.quantile_mode = QuantileMode::Sketch;
    let result = run(&identity(Distribution::constant(0.1)), &options);
    let stats = result.stats("y").unwrap();
    assert_eq!((stats.quantile(0.3), stats.standard_deviation()), (Some(0.1), Some(0.0)));
    assert_eq!((stats.conditional_value_at_risk(0.95), stats.probability_above(0.1)), (Some(0.0), 0.0));
}

#[test]
fn kept_samples_and_inputs_come_with_a_sketch_too() {
    let mut options = RunOptions { keep_inputs: true, ..RunOptions::new(3_000, 1) };
    options.statistics.quantile_mode = QuantileMode::Sketch;
    let result = run(&identity(Distribution::normal(0.0, 1.0)), &options);
    assert_eq!(result.drawn("x").unwrap(), result.stats("y").unwrap().samples());
    assert_eq!(result.contributions()[0].spearman.map(f64::round), Some(1.0));
    options.keep_inputs = false;
    let error = run(&identity(Distribution::normal(0.0, 1.0)), &options).drawn("x").unwrap_err();
    assert_eq!(error.field(), Some("keep_inputs"));
}

/// `cargo test --release --test simulation_sketch -- --ignored` runs it within seconds.
#[test]
#[ignore = "a hundred million trials"]
#[cfg(target_os = "linux")]
fn a_hundred_million_trials_take_no_more_memory_than_a_million() {
    let peak_kib = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let simulation = dcf();
    let few = run(&simulation, &sketched(1_000_000));
    let before = peak_kib();
    let many = run(&simulation, &sketched(100_000_000));
    let grown = peak_kib() - before;
    assert_eq!(many.trials(), 100_000_000);
    assert!(many.stats("enterprise_value").unwrap().quantile(0.5).is_some());
    assert!(few.trials_defined() > 0);
    // A column of the values would take 781,250 KiB an output; what grows are pages of rarer values.
    assert!(grown < 8_192, "{grown} KiB more");
}
