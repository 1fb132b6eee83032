//! What draws contribute to outputs: correlations that anyone can compute again from the columns, and
//! indices of functions whose indices are known.

mod runs;

use std::f64::consts::PI;

use serde_json::{Value, json};
use valor_ivx::random::{BLOCK, Dependence, Distribution, Layout, Sampler};
use valor_ivx::simulation::{
    Contribution, Control, OnUndefined, RunOptions, Sampling, SamplingMethod, Simulation, SimulationResult,
};

use runs::{run, settled};

fn of<'a>(contributions: &'a [Contribution], draw: &str) -> &'a Contribution {
    contributions.iter().find(|one| one.draw == draw).unwrap()
}

/// npv = 0.8 first + 0.64 second - 100; the rate is drawn and constant.
fn linear() -> Simulation {
    Simulation::of("npv")
        .input(json!({"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}))
        .draw_on(valor_ivx::simulation::DrawOn {
            path: "cashflows[1]".to_owned(),
            name: Some("first".to_owned()),
            distribution: Distribution::normal(60.0, 6.0),
            ..Default::default()
        })
        .draw("cashflows[2]", Distribution::normal(75.0, 10.0))
        .draw("rate", Distribution::constant(0.25))
}

#[test]
fn correlations_of_a_linear_model_are_the_analytic_ones() {
    let trials = 50_000;
    let contributions = run(&linear(), &RunOptions::new(trials, 2)).contributions();
    let se = 1.0 / (trials as f64).sqrt();
    // Shares of the standard deviation: 4.8 and 6.4 of 8.
    for (draw, wanted) in [("first", 0.6), ("cashflows[2]", 0.8)] {
        let found = of(&contributions, draw);
        assert!((found.pearson.unwrap() - wanted).abs() < 5.0 * se, "{found:?}");
        // Rank correlation of a bivariate normal.
        let ranks = 6.0 / PI * f64::asin(wanted / 2.0);
        assert!((found.spearman.unwrap() - ranks).abs() < 5.0 * se, "{found:?}");
        assert_eq!((found.sobol_first, found.sobol_total), (None, None));
    }
    let shares: f64 = contributions.iter().filter_map(|one| one.variance_share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    let constant = of(&contributions, "rate");
    assert_eq!((constant.spearman, constant.pearson, constant.variance_share), (None, None, None));
}

/// Ranks from 1 by counting, equal values in the middle.
fn ranks(column: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = column.iter().filter(|other| *other < value).count();
        let equal = column.iter().filter(|other| *other == value).count();
        below as f64 + 0.5 * (equal as f64 + 1.0)
    };
    column.iter().map(rank).collect()
}

fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let mean = |column: &[f64]| column.iter().sum::<f64>() / column.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let sum = |part: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(x, y)| part(x - mx, y - my)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn correlations_follow_from_the_kept_columns_ties_and_missing_trials_included() {
    // Values in steps, so that many are equal; no value beyond 2.
    let simulation = Simulation::of_function(["a", "b"], |columns, outputs| {
        for (i, (a, b)) in columns[0].iter().zip(columns[1]).enumerate() {
            outputs[0][i] = if *a > 2.0 { f64::NAN } else { (a * 2.0 - b).round() };
        }
        Ok(())
    })
    .input(json!({"a": 0.0, "b": 0.0}))
    .draw("a", Distribution::normal(0.0, 1.0))
    .shift("b", Distribution::uniform(-3.0, 3.0))
    .outputs(["y"]);
    let options = RunOptions {
        on_undefined: OnUndefined::Discard,
        max_undefined_fraction: 1.0,
        keep_inputs: true,
        keep_samples: true,
        ..RunOptions::new(2_500, 4)
    };
    let result = run(&simulation, &options);
    assert!(result.undefined_count() > 0);
    let json = result.to_json();
    let column =
        |value: &Value| -> Vec<f64> { value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    let samples = column(&json["samples"]["y"]);
    for draw in ["a", "b"] {
        let drawn = column(&json["inputs"][draw]);
        assert_eq!(drawn, result.drawn(draw).unwrap());
        let contributions = result.contributions();
        let found = of(&contributions, draw);
        assert!((found.pearson.unwrap() - pearson(&drawn, &samples)).abs() < 1e-12);
        assert!((found.spearman.unwrap() - pearson(&ranks(&drawn), &ranks(&samples))).abs() < 1e-12);
    }
    // The numbers of the trials tell which draws these are.
    let index: Vec<u64> = json["trial_index"].as_array().unwrap().iter().map(|trial| trial.as_u64().unwrap()).collect();
    let (a, b) = (Distribution::normal(0.0, 1.0), Distribution::uniform(-3.0, 3.0));
    let sampler = Sampler::new(4, Layout::Random, &[("a", &a), ("b", &b)], None).unwrap();
    let mut columns = sampler.columns();
    for (&trial, &drawn) in index.iter().zip(result.drawn("b").unwrap()) {
        let block = trial / BLOCK as u64 * BLOCK as u64;
        sampler.fill(block, BLOCK, &mut columns);
        assert_eq!(columns[1][usize::try_from(trial - block).unwrap()], drawn);
    }
    assert_eq!(result.drawn("c").unwrap_err().kind(), valor_ivx::ErrorKind::NotFound);
    assert_eq!(settled(&run(&simulation, &RunOptions { keep_inputs: false, ..options }))["inputs"], Value::Null);
}

/// sin x + 7 sin^2 y + z^4 sin x / 10, of uniforms between -pi and pi (Ishigami and Homma, 1990).
fn ishigami() -> Simulation {
    let uniform = || Distribution::uniform(-PI, PI);
    Simulation::of_function(["x", "y", "z"], |columns, outputs| {
        for i in 0..columns[0].len() {
            let (x, y, z) = (columns[0][i].sin(), columns[1][i].sin(), columns[2][i]);
            outputs[0][i] = x + 7.0 * y * y + 0.1 * z.powi(4) * x;
        }
        Ok(())
    })
    .input(json!({"x": 0.0, "y": 0.0, "z": 0.0}))
    .draw("x", uniform())
    .draw("y", uniform())
    .draw("z", uniform())
    .outputs(["f"])
}

fn indexed(trials: u64, seed: u64) -> RunOptions {
    let mut options = RunOptions::new(trials, seed);
    options.statistics.sobol_indices = true;
    options
}

#[test]
fn indices_of_the_ishigami_function_are_the_published_ones() {
    let contributions = run(&ishigami(), &indexed(60_000, 1)).contributions();
    for (draw, first, total) in [("x", 0.3139, 0.5576), ("y", 0.4424, 0.4424), ("z", 0.0, 0.2437)] {
        let found = of(&contributions, draw);
        for (estimate, wanted) in [(found.sobol_first.unwrap(), first), (found.sobol_total.unwrap(), total)] {
            let error = estimate.standard_error.unwrap();
            assert!(
                error < 0.02 && (estimate.value - wanted).abs() < 5.0 * error,
                "{draw}: {estimate:?}, not {wanted}"
            );
        }
    }
}

#[test]
fn standard_errors_of_indices_are_the_spread_over_seeds() {
    for method in [SamplingMethod::Random, SamplingMethod::LatinHypercube, SamplingMethod::Sobol] {
        let replicates = (method != SamplingMethod::Random).then_some(16);
        honest_errors(&Sampling { method, replicates });
    }
}

fn honest_errors(sampling: &Sampling) {
    let options = |seed| RunOptions { sampling: sampling.clone(), ..indexed(2_048, seed) };
    let found: Vec<Vec<Contribution>> = (0..60).map(|seed| run(&ishigami(), &options(seed)).contributions()).collect();
    for draw in 0..3 {
        for index in [|one: &Contribution| one.sobol_first, |one: &Contribution| one.sobol_total] {
            let estimates: Vec<_> = found.iter().map(|all| index(&all[draw]).unwrap()).collect();
            let n = estimates.len() as f64;
            let mean = estimates.iter().map(|one| one.value).sum::<f64>() / n;
            let spread = (estimates.iter().map(|one| (one.value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let told = estimates.iter().map(|one| one.standard_error.unwrap()).sum::<f64>() / n;
            // A standard deviation of 60 values is known to 9 %.
            assert!((0.65..1.5).contains(&(told / spread)), "{sampling:?}, draw {draw}: {told} told, {spread} seen");
        }
    }
}

#[test]
fn indices_of_a_linear_model_are_shares_of_variance() {
    for method in [SamplingMethod::Random, SamplingMethod::Antithetic] {
        let options = RunOptions { sampling: Sampling::by(method), ..indexed(40_000, 3) };
        let contributions = run(&linear(), &options).contributions();
        for (draw, wanted) in [("first", 0.36), ("cashflows[2]", 0.64)] {
            let found = of(&contributions, draw);
            for estimate in [found.sobol_first.unwrap(), found.sobol_total.unwrap()] {
                assert!(
                    (estimate.value - wanted).abs() < 5.0 * estimate.standard_error.unwrap(),
                    "{draw}: {estimate:?}"
                );
            }
        }
        let constant = of(&contributions, "rate");
        assert_eq!((constant.sobol_first, constant.sobol_total), (None, None));
    }
}

#[test]
fn the_trials_of_a_run_are_the_same_with_indices_and_without() {
    for method in [SamplingMethod::Random, SamplingMethod::Antithetic] {
        let with = RunOptions { sampling: Sampling::by(method), ..indexed(3_000, 3) };
        let mut without = with.clone();
        without.statistics.sobol_indices = false;
        let samples = |options| run(&ishigami(), options).stats("f").unwrap().samples().to_vec();
        assert_eq!(samples(&with), samples(&without));
    }
}

#[test]
fn threads_and_shards_leave_no_trace_in_contributions() {
    let simulation = linear().outputs(["npv"]);
    let options = indexed(10_500, 6);
    let whole = settled(&run(&simulation, &options));
    assert!(whole["contributions"][0]["sobol_total"]["standard_error"].as_f64().unwrap() > 0.0);
    for threads in [1, 2, 7] {
        assert_eq!(settled(&run(&simulation, &RunOptions { threads: Some(threads), ..options.clone() })), whole);
    }
    for (shards, step) in [(2, 1), (5, 3), (8, 5)] {
        let parts = (0..shards)
            .map(|i| run(&simulation, &options.clone().shard(i * step % shards, shards).unwrap()))
            .map(|part| SimulationResult::from_bytes(&part.to_bytes()).unwrap())
            .collect();
        assert_eq!(settled(&SimulationResult::merge(parts).unwrap()), whole, "{shards} shards");
    }
}

#[test]
fn indices_come_with_a_sketch() {
    let mut options = indexed(5_000, 6);
    let exact = run(&linear(), &options).contributions();
    options.statistics.quantile_mode = valor_ivx::simulation::QuantileMode::Sketch;
    for (sketch, exact) in run(&linear(), &options).contributions().iter().zip(exact) {
        assert_eq!((sketch.sobol_first, sketch.sobol_total), (exact.sobol_first, exact.sobol_total));
        assert_eq!((sketch.spearman, sketch.variance_share), (None, None));
    }
}

#[test]
fn indices_of_draws_that_depend_on_each_other_are_refused() {
    let simulation = ishigami().dependence(Dependence::correlation(vec![
        vec![1.0, 0.5, 0.0],
        vec![0.5, 1.0, 0.0],
        vec![0.0, 0.0, 1.0],
    ]));
    let error = simulation.run(&indexed(2_000, 1), &mut Control::default()).unwrap_err();
    assert_eq!(error.field(), Some("statistics.sobol_indices"));
}

#[test]
fn exchanged_draws_without_a_value_fail_the_run_or_are_left_out() {
    // Of two draws that are one after the other in the base, either alone is far from the other.
    let simulation = Simulation::of_function(["a", "b"], |columns, outputs| {
        for (i, (a, b)) in columns[0].iter().zip(columns[1]).enumerate() {
            outputs[0][i] = if a + b > 1.95 { f64::NAN } else { a + b };
        }
        Ok(())
    })
    .input(json!({"a": 0.0, "b": 0.0}))
    .draw("a", Distribution::uniform(0.0, 1.0))
    .draw("b", Distribution::uniform(0.0, 1.0))
    .outputs(["y"]);
    // A seed whose own trials all have a value, and some of whose exchanged ones have none.
    let trials = 300;
    let defined = |seed: &u64| simulation.run(&RunOptions::new(trials, *seed), &mut Control::default()).is_ok();
    let failed = |seed: u64| simulation.run(&indexed(trials, seed), &mut Control::default()).err();
    let (seed, error) = (0..).filter(defined).find_map(|seed| Some((seed, failed(seed)?))).unwrap();
    assert_eq!(error.what(), Some("trial"));
    assert!(error.to_string().contains("exchanged"), "{error}");
    let discard = RunOptions { on_undefined: OnUndefined::Discard, ..indexed(trials, seed) };
    let result = run(&simulation, &discard);
    assert_eq!(result.undefined_count(), 0, "the trials themselves have a value");
    assert_eq!(result.to_json()["warnings"][1]["code"], "indices_on_defined");
    assert!(result.contributions().iter().all(|one| (0.3..0.7).contains(&one.sobol_first.unwrap().value)));
}
