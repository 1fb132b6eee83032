//! A run that stops when its mean is known well enough: where it stops depends on its first blocks
//! alone.

mod runs;

use serde_json::{Value, json};
use valor_ivx::evaluate;
use valor_ivx::random::{BLOCK, Distribution, Layout, Sampler};
use valor_ivx::simulation::{
    CancelToken, Control, PrecisionTarget, RunOptions, Sampling, SamplingMethod, Simulation, SimulationResult, Stopped,
};

use runs::run;

/// Trials between two places to decide.
const STEP: u64 = 16 * BLOCK as u64;

fn linear() -> Simulation {
    Simulation::of("npv")
        .input(json!({"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}))
        .draw("cashflows[1]", Distribution::lognormal(60.0, 6.0))
        .draw("cashflows[2]", Distribution::normal(75.0, 10.0))
}

fn target(standard_error: f64) -> PrecisionTarget {
    PrecisionTarget {
        output: "npv".to_owned(),
        standard_error,
        min_trials: 1,
        max_trials: 10 * STEP,
        ..PrecisionTarget::default()
    }
}

/// All that must not depend on how the work was divided or when it was to stop.
fn found(result: &SimulationResult) -> Value {
    let mut json = result.to_json();
    for field in ["elapsed", "status", "trials_requested"] {
        json[field] = Value::Null;
    }
    json
}

#[test]
fn a_run_stops_at_the_first_place_where_its_mean_is_known_well_enough() {
    for (method, wanted) in [(SamplingMethod::Random, 0.0402), (SamplingMethod::Antithetic, 0.0021)] {
        let sampling = Sampling::by(method);
        let options = RunOptions { sampling: sampling.clone(), ..RunOptions::until(target(wanted), 3) };
        let error_of = |result: &SimulationResult| result.stats("npv").unwrap().standard_error().unwrap();
        let stopped = run(&linear(), &options);
        assert_eq!(stopped.stopped(), Stopped::TargetReached);
        assert!(error_of(&stopped) <= wanted);
        assert!(stopped.trials().is_multiple_of(STEP) && stopped.trials() > 2 * STEP, "{}", stopped.trials());
        assert_eq!(stopped.to_json()["summary"], Value::Null);
        let fixed = |trials| RunOptions { sampling: sampling.clone(), ..RunOptions::new(trials, 3) };
        for trials in (STEP..stopped.trials()).step_by(usize::try_from(STEP).unwrap()) {
            assert!(error_of(&run(&linear(), &fixed(trials))) > wanted, "{trials}");
        }
        assert_eq!(found(&run(&linear(), &fixed(stopped.trials()))), found(&stopped));
        for threads in [1, 2, 7] {
            let again = run(&linear(), &RunOptions { threads: Some(threads), ..options.clone() });
            assert_eq!(again.stopped(), Stopped::TargetReached);
            assert_eq!(found(&again), found(&stopped), "{threads} threads");
        }
    }
}

#[test]
fn a_relative_target_is_a_share_of_the_mean_and_none_of_a_mean_of_zero() {
    let of = |mean: f64| {
        Simulation::of_function(["x"], |columns, outputs| {
            outputs[0].copy_from_slice(columns[0]);
            Ok(())
        })
        .input(json!({"x": 1.0}))
        .draw("x", Distribution::normal(mean, if mean == 0.0 { 0.0 } else { 1.0 }))
        .outputs(["npv"])
    };
    let relative = |standard_error| PrecisionTarget { relative: true, ..target(standard_error) };
    // 1 / sqrt(2 STEP) = 0.00552 of a mean of -200.
    let result = run(&of(-200.0), &RunOptions::until(relative(0.005_6 / 200.0), 1));
    assert_eq!((result.stopped(), result.trials()), (Stopped::TargetReached, 2 * STEP));
    let zero = run(&of(0.0), &RunOptions::until(relative(0.5), 1));
    assert_eq!((zero.stopped(), zero.trials()), (Stopped::MaxTrials, 10 * STEP));
    let absolute = run(&of(0.0), &RunOptions::until(target(0.5), 1));
    assert_eq!((absolute.stopped(), absolute.trials()), (Stopped::TargetReached, STEP));
}

#[test]
fn a_run_never_stops_before_the_least_and_always_after_the_most_trials() {
    let least = PrecisionTarget { min_trials: STEP + 1, ..target(1e9) };
    assert_eq!(run(&linear(), &RunOptions::until(least, 1)).trials(), 2 * STEP);
    let usual = PrecisionTarget { min_trials: PrecisionTarget::default().min_trials, ..target(1e9) };
    assert_eq!((usual.min_trials, run(&linear(), &RunOptions::until(usual, 1)).trials()), (10 * BLOCK as u64, STEP));
    let most = PrecisionTarget { max_trials: 20_000, ..target(1e-9) };
    let result = run(&linear(), &RunOptions::until(most, 1));
    assert_eq!((result.stopped(), result.trials(), result.trials_requested()), (Stopped::MaxTrials, 20_000, 20_000));
    assert_eq!(found(&result), found(&run(&linear(), &RunOptions::new(20_000, 1))));
}

#[test]
fn a_trial_without_a_value_after_the_stop_does_not_fail_the_run() {
    let normal = Distribution::normal(0.0, 1.0);
    let step = usize::try_from(STEP).unwrap();
    // A seed whose largest value of the first 17 blocks stands in the last of them.
    let (seed, limit) = (0..)
        .find_map(|seed| {
            let sampler = Sampler::new(seed, Layout::Random, &[("x", &normal)], None).unwrap();
            let mut columns = sampler.columns();
            let mut drawn = Vec::new();
            for first in (0..=STEP).step_by(BLOCK) {
                sampler.fill(first, BLOCK, &mut columns);
                drawn.extend_from_slice(&columns[0]);
            }
            let largest = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max);
            let (limit, next) = (largest(&drawn[..step]), largest(&drawn[step..]));
            (next > limit).then_some((seed, limit))
        })
        .unwrap();
    let simulation = Simulation::of_function(["x"], move |columns, outputs| {
        for (value, x) in outputs[0].iter_mut().zip(columns[0]) {
            *value = if *x > limit { f64::NAN } else { *x };
        }
        Ok(())
    })
    .input(json!({"x": 0.0}))
    .draw("x", normal)
    .outputs(["npv"]);
    for threads in [1, 2, 5] {
        let options = RunOptions { threads: Some(threads), ..RunOptions::until(target(1.0), seed) };
        assert_eq!(run(&simulation, &options).trials(), STEP);
        let options = RunOptions { threads: Some(threads), ..RunOptions::until(target(1e-9), seed) };
        let error = simulation.run(&options, &mut Control::default()).unwrap_err();
        assert!((STEP..STEP + BLOCK as u64).contains(&error.detail("value").unwrap().as_u64().unwrap()));
    }
}

#[test]
fn a_run_with_a_target_can_be_cancelled() {
    let token = CancelToken::new();
    token.cancel();
    let mut control = Control { cancel: Some(&token), ..Control::default() };
    let error = linear().run(&RunOptions::until(target(1e-9), 1), &mut control).unwrap_err();
    assert_eq!(error.kind(), valor_ivx::ErrorKind::Cancelled);
}

#[test]
fn progress_tells_the_standard_error_of_the_output_with_the_target() {
    use std::sync::Arc;
    use valor_ivx::time::{ManualClock, Timestamp};
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let hand = Arc::clone(&clock);
    let simulation = Simulation::of_function(["x"], move |columns, outputs| {
        hand.advance_micros(60_000);
        outputs[0].fill(7.0);
        outputs[1].copy_from_slice(columns[0]);
        Ok(())
    })
    .input(json!({"x": 0.0}))
    .draw("x", Distribution::normal(0.0, 1.0))
    .outputs(["constant", "npv"]);
    let mut seen = Vec::new();
    let mut note = |progress: &valor_ivx::simulation::Progress| seen.push(*progress);
    let options = RunOptions { threads: Some(1), ..RunOptions::until(target(0.1), 1) };
    let mut control = Control { progress: Some(&mut note), clock: Some(&*clock), ..Control::default() };
    simulation.run(&options, &mut control).unwrap();
    assert_eq!(seen.len(), 16);
    for progress in seen {
        assert_eq!(progress.total, 10 * STEP, "never all unless all is done");
        assert!(progress.standard_error.unwrap() > 0.0);
        // Rate and time that remains follow from what is told.
        let rate = progress.done as f64 / progress.elapsed;
        assert!((rate - BLOCK as f64 / 0.06).abs() < rate * 0.1);
    }
}

#[test]
fn a_target_that_contradicts_the_rest_is_refused_by_field() {
    let refused = |options: RunOptions| {
        let error = linear().validate(&options).unwrap_err();
        let also = error.also().iter().filter_map(|error| error.field());
        error.field().into_iter().chain(also).map(str::to_owned).collect::<Vec<_>>()
    };
    let until = |target| RunOptions::until(target, 1);
    assert_eq!(refused(RunOptions::default()), ["trials"]);
    assert_eq!(refused(RunOptions { trials: Some(1_000), ..until(target(1.0)) }), ["trials"]);
    assert_eq!(refused(RunOptions { trial_count: Some(1_024), ..until(target(1.0)) }), ["target"]);
    assert_eq!(refused(until(PrecisionTarget { output: "irr".to_owned(), ..target(1.0) })), ["target.output"]);
    let both = PrecisionTarget { min_trials: 5_000, max_trials: 4_095, standard_error: -1.0, ..target(1.0) };
    let antithetic = Sampling::by(SamplingMethod::Antithetic);
    assert_eq!(
        refused(RunOptions { sampling: antithetic, ..until(both) }),
        ["target.standard_error", "target.min_trials", "target.max_trials"]
    );
}

#[test]
fn the_json_door_takes_a_target() {
    let input = |rest: Value| {
        let mut input = json!({
            "model": "npv", "input": {"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}, "seed": 1,
            "draws": [{"path": "cashflows[1]", "distribution": {"type": "normal", "mean": 60.0, "sd": 6.0}}],
        });
        input.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        input
    };
    let target = json!({"output": "npv", "standard_error": 0.02, "max_trials": 200_000});
    let report = evaluate("simulate", input(json!({"target": target}))).unwrap();
    assert_eq!((&report["status"], &report["trials_requested"]), (&json!("target_reached"), &json!(200_000)));
    assert!(report["trials_completed"].as_u64().unwrap() < 200_000);
    assert!(report["outputs"]["npv"]["standard_error"].as_f64().unwrap() <= 0.02);
    let error = evaluate("simulate", input(json!({}))).unwrap_err();
    assert_eq!(error.field(), Some("trials"));
    let error = evaluate("simulate", input(json!({"target": {"output": "npv", "standard_error": 0.1}}))).unwrap_err();
    assert_eq!(error.field(), Some("target.max_trials"));
}
