//! Trials laid out together: the same bits however the work is divided, smaller errors than random
//! trials have, and standard errors that tell them.

mod runs;

use serde_json::{Value, json};
use valor_ivx::evaluate;
use valor_ivx::random::{BLOCK, Copula, Dependence, Distribution, Repair};
use valor_ivx::simulation::{RunOptions, Sampling, SamplingMethod, Simulation, SimulationResult};

use runs::{cancelled_midway, run, settled};

/// npv of flows after a first one of -100, at 25 %; its mean is -4 and its variance 94.72.
fn linear() -> Simulation {
    Simulation::of("npv")
        .input(json!({"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}))
        .draw("cashflows[1]", Distribution::normal(60.0, 6.0))
        .draw("cashflows[2]", Distribution::normal(75.0, 10.0))
        .correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]])
}

/// The same with a rate that bends it.
fn bent() -> Simulation {
    linear().draw("rate", Distribution::pert(0.1, 0.25, 0.4)).dependence(Dependence {
        names: Some(vec!["rate".to_owned(), "cashflows[1]".to_owned()]),
        ..Dependence::correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]])
    })
}

fn by(method: SamplingMethod, trials: u64, seed: u64) -> RunOptions {
    RunOptions { sampling: Sampling::by(method), ..RunOptions::new(trials, seed) }
}

const TOGETHER: [(SamplingMethod, u64); 2] = [(SamplingMethod::LatinHypercube, 9_990), (SamplingMethod::Sobol, 8_192)];

#[test]
fn shards_and_threads_leave_no_trace_in_replicates() {
    for (method, trials) in TOGETHER {
        let options = by(method, trials, 12);
        let whole = settled(&run(&bent(), &options));
        for threads in [1, 2, 7] {
            assert_eq!(settled(&run(&bent(), &RunOptions { threads: Some(threads), ..options.clone() })), whole);
        }
        for shards in [2, 5, 8] {
            let mut parts: Vec<SimulationResult> = (0..shards)
                .map(|shard| run(&bent(), &options.clone().shard(shard, shards).unwrap()))
                .map(|part| SimulationResult::from_bytes(&part.to_bytes()).unwrap())
                .collect();
            parts.rotate_left(1);
            assert_eq!(settled(&SimulationResult::merge(parts).unwrap()), whole, "{method:?} in {shards} shards");
        }
    }
}

#[test]
fn replicates_tell_their_standard_error_by_students_t() {
    for (method, trials) in TOGETHER {
        let replicates = 4;
        let options =
            RunOptions { sampling: Sampling { method, replicates: Some(replicates) }, ..RunOptions::new(4_096, 3) };
        let result = run(&bent(), &options);
        let stats = result.stats("npv").unwrap();
        assert_eq!(stats.standard_error_basis(), "replicates");
        let means: Vec<f64> =
            stats.samples().chunks(1_024).map(|values| values.iter().sum::<f64>() / 1_024.0).collect();
        let mean = means.iter().sum::<f64>() / 4.0;
        let variance = means.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 3.0;
        let error = stats.standard_error().unwrap();
        assert!((error / (variance / 4.0).sqrt() - 1.0).abs() < 1e-6, "{error}");
        // The 0.975 quantile of t with 3 degrees of freedom.
        let (low, high) = stats.confidence_interval().unwrap();
        assert!(((high - low) / (2.0 * 3.182446305 * error) - 1.0).abs() < 1e-8);
        for quantile in stats.quantiles() {
            assert!(quantile.low.unwrap() < quantile.value && quantile.value < quantile.high.unwrap());
        }
        let convergence = stats.convergence();
        assert_eq!(convergence[0].standard_error, None, "one replicate");
        assert!(convergence[1].standard_error.is_some() && convergence.last().unwrap().standard_error == Some(error));
        // One replicate alone has no spread.
        let one = Sampling { method, replicates: Some(1) };
        let alone = run(&bent(), &RunOptions { sampling: one, ..options });
        let stats = alone.stats("npv").unwrap();
        assert_eq!((stats.standard_error(), stats.confidence_interval()), (None, None));
        assert!(stats.quantiles().iter().all(|quantile| quantile.low.is_none() && quantile.high.is_none()));
        assert!(trials > 4_096);
    }
}

#[test]
fn intervals_from_replicates_cover_as_often_as_they_say() {
    // A share of 0.95 in 300 has a standard error of 0.0126.
    for (method, trials) in [(SamplingMethod::LatinHypercube, 320), (SamplingMethod::Sobol, 512)] {
        let covered = (0..300).filter(|&seed| {
            let result = run(&linear(), &RunOptions { threads: Some(1), ..by(method, trials, seed) });
            let (low, high) = result.stats("npv").unwrap().confidence_interval().unwrap();
            low <= -4.0 && -4.0 <= high
        });
        let covered = covered.count();
        assert!((267..=299).contains(&covered), "{method:?}: {covered} of 300");
    }
}

#[test]
fn trials_laid_out_together_are_nearer_the_truth_than_random_ones() {
    let error = |method| {
        let result = run(&bent(), &by(method, 16_384, 5));
        result.stats("npv").unwrap().standard_error().unwrap()
    };
    let random = error(SamplingMethod::Random);
    let latin = {
        let result = run(&bent(), &by(SamplingMethod::LatinHypercube, 16_380, 5));
        result.stats("npv").unwrap().standard_error().unwrap()
    };
    let sobol = error(SamplingMethod::Sobol);
    assert!(latin < 0.2 * random, "{latin} against {random}");
    assert!(sobol < 0.02 * random, "{sobol} against {random}");
    let mean = |method, trials| run(&linear(), &by(method, trials, 9)).stats("npv").unwrap().mean();
    assert!((mean(SamplingMethod::Sobol, 16_384) + 4.0).abs() < 0.01);
    assert!((mean(SamplingMethod::LatinHypercube, 16_380) + 4.0).abs() < 0.02);
}

#[test]
fn antithetic_trials_share_the_chi_square_of_students_copula() {
    let student = Dependence {
        copula: Copula::StudentT,
        df: Some(3.0),
        ..Dependence::correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]])
    };
    let result = run(&linear().dependence(student), &by(SamplingMethod::Antithetic, 4_096, 21));
    let stats = result.stats("npv").unwrap();
    assert!((stats.mean() + 4.0).abs() < 1e-11, "{}", stats.mean());
    assert!(stats.standard_error().unwrap() < 1e-11);
    assert_eq!(stats.standard_error_basis(), "pairs");
}

#[test]
fn students_copula_works_with_every_method() {
    let student = Dependence {
        copula: Copula::StudentT,
        df: Some(4.0),
        ..Dependence::correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]])
    };
    for (method, trials) in TOGETHER {
        let result = run(&linear().dependence(student.clone()), &by(method, trials, 4));
        let stats = result.stats("npv").unwrap();
        let error = stats.standard_error().unwrap();
        assert!((stats.mean() + 4.0).abs() < 6.0 * error && error < 0.1, "{method:?}: {} {error}", stats.mean());
    }
}

#[test]
fn the_dependence_used_is_part_of_the_result() {
    let independent = run(
        &Simulation::of("npv")
            .input(json!({"rate": 0.25, "cashflows": [-100.0, 60.0]}))
            .draw("rate", Distribution::uniform(0.1, 0.2)),
        &RunOptions::new(2_000, 1),
    );
    assert_eq!(independent.to_json()["dependence"], Value::Null);
    let given = run(&linear(), &RunOptions::new(2_000, 1)).to_json();
    let matrix = json!([[1.0, 0.5], [0.5, 1.0]]);
    assert_eq!(given["dependence"], json!({"matrix_used": matrix, "repaired": false, "distance": 0.0}));
    let impossible = Dependence {
        repair: Repair::Nearest,
        ..Dependence::correlation(vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]])
    };
    let repaired = run(&bent().dependence(impossible), &RunOptions::new(3_000, 1).shard(1, 2).unwrap());
    let json = SimulationResult::from_bytes(&repaired.to_bytes()).unwrap().to_json();
    assert_eq!(json["dependence"]["repaired"], true);
    assert!((json["dependence"]["distance"].as_f64().unwrap() - 0.979_795_897).abs() < 1e-8);
    assert!((json["dependence"]["matrix_used"][0][2].as_f64().unwrap() + 0.5).abs() < 1e-9);
}

#[test]
fn trials_that_cannot_be_laid_out_are_refused_by_field() {
    let refused = |sampling: Value, trials: u64| {
        let mut input = serde_json::to_value(linear().to_input(&RunOptions::new(trials, 1))).unwrap();
        input["sampling"] = sampling;
        evaluate("simulate", input).unwrap_err().field().map(str::to_owned)
    };
    assert_eq!(refused(json!({"method": "antithetic"}), 1_001).as_deref(), Some("trials"));
    assert_eq!(refused(json!({"method": "latin_hypercube"}), 1_001).as_deref(), Some("trials"));
    assert_eq!(refused(json!({"method": "latin_hypercube", "replicates": 3}), 1_000).as_deref(), Some("trials"));
    assert_eq!(refused(json!({"method": "sobol"}), 1_000).as_deref(), Some("trials"));
    assert_eq!(refused(json!({"method": "sobol", "replicates": 8}), 8 * 96).as_deref(), Some("trials"));
    assert_eq!(refused(json!({"method": "sobol", "replicates": 0}), 64).as_deref(), Some("sampling.replicates"));
    assert_eq!(refused(json!({"method": "random", "replicates": 4}), 64).as_deref(), Some("sampling.replicates"));
    let typed = RunOptions {
        sampling: Sampling { method: SamplingMethod::Sobol, replicates: Some(0) },
        ..RunOptions::new(64, 1)
    };
    assert_eq!(linear().validate(&typed).unwrap_err().field(), Some("sampling.replicates"));
}

#[test]
fn a_run_stopped_midway_counts_its_whole_replicates_alone() {
    let sampling = Sampling { method: SamplingMethod::Sobol, replicates: Some(8) };
    let options = RunOptions { sampling, threads: Some(1), ..RunOptions::new(16_384, 1) };
    let stopped = cancelled_midway(&options);
    assert_eq!(stopped.trials(), 5 * BLOCK as u64);
    let stats = stopped.stats("y").unwrap();
    // Two replicates of 2,048 and a half.
    let means: Vec<f64> =
        stats.samples()[..4_096].chunks(2_048).map(|values| values.iter().sum::<f64>() / 2_048.0).collect();
    let error = stats.standard_error().unwrap();
    assert!((error - 0.5 * (means[0] - means[1]).abs()).abs() < 1e-12, "{error}");
}
