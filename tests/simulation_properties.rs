//! What a simulation promises: the same bits however the work is divided, honest counts of what has
//! no value, and distributions that are what they say.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ranks of small samples")]

mod runs;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::ErrorKind;
use valor_ivx::error::Error;
use valor_ivx::evaluate;
use valor_ivx::random::{BLOCK, Distribution, Layout, Sampler};
use valor_ivx::simulation::{
    CancelToken, Control, OnUndefined, RunOptions, Sampling, SamplingMethod, Simulation, SimulationResult, Stopped,
};

use runs::{cancelled_midway, identity, run, settled};

fn dcf_input() -> Value {
    json!({
        "base_revenue": 500.0, "tax_rate": 0.23, "wacc": 0.09, "shares": 150.0, "bridge": {"net_debt": 300.0},
        "stages": [{"years": 10, "growth": 0.08, "ebit_margin": 0.22, "sales_to_capital": 3.0}],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

fn dcf() -> Simulation {
    Simulation::of("dcf")
        .input(dcf_input())
        .shift("stages[*].growth", Distribution::normal(0.0, 0.02))
        .draw("stages[*].ebit_margin", Distribution::normal(0.22, 0.02))
        .draw("wacc", Distribution::normal(0.09, 0.01))
        .draw("terminal.growth", Distribution::triangular(0.015, 0.025, 0.035))
        .draw("stages[*].sales_to_capital", Distribution::lognormal(3.0, 0.4))
        .correlation(vec![
            vec![1.0, 0.4, 0.0, 0.2, 0.1],
            vec![0.4, 1.0, 0.1, 0.0, 0.2],
            vec![0.0, 0.1, 1.0, 0.3, 0.0],
            vec![0.2, 0.0, 0.3, 1.0, 0.0],
            vec![0.1, 0.2, 0.0, 0.0, 1.0],
        ])
}

#[test]
fn the_number_of_threads_leaves_no_trace() {
    let mut options = RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(50_000, 11) };
    options.keep_samples = true;
    let mut results =
        [1, 2, 3, 7].map(|threads| settled(&run(&dcf(), &RunOptions { threads: Some(threads), ..options.clone() })));
    let (first, others) = results.split_first_mut().unwrap();
    for other in others {
        assert_eq!(other, first);
    }
}

#[test]
fn shards_merged_in_any_order_are_the_run_in_one_piece() {
    let options = RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(30_500, 12) };
    let whole = settled(&run(&dcf(), &options));
    for shards in [2, 5, 8] {
        let mut parts: Vec<SimulationResult> = (0..shards)
            .map(|shard| run(&dcf(), &options.clone().shard(shard, shards).unwrap()))
            .map(|part| SimulationResult::from_bytes(&part.to_bytes()).unwrap())
            .collect();
        let last = parts.len() - 1;
        parts.swap(0, last);
        parts.rotate_left(1);
        assert_eq!(settled(&SimulationResult::merge(parts).unwrap()), whole, "{shards} shards");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cuts_and_any_order_merge_to_the_run_in_one_piece(
        cuts in proptest::collection::btree_set(1_u64..9, 0..6),
        order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle(),
        antithetic in any::<bool>(),
    ) {
        let method = if antithetic { SamplingMethod::Antithetic } else { SamplingMethod::Random };
        let options = RunOptions {
            on_undefined: OnUndefined::Discard,
            sampling: Sampling::by(method),
            max_undefined_fraction: 1.0,
            ..RunOptions::new(8_900, 5)
        };
        let simulation = dcf().outputs(["value_per_share", "enterprise_value"]);
        let whole = settled(&run(&simulation, &options));
        let mut ends: Vec<u64> = cuts.into_iter().filter(|cut| *cut < 9).map(|cut| cut * BLOCK as u64).collect();
        ends.push(8_900);
        let mut first = 0;
        let mut parts = Vec::new();
        for end in ends {
            let shard = RunOptions { first_trial: first, trial_count: Some(end - first), ..options.clone() };
            parts.push(Some(run(&simulation, &shard)));
            first = end;
        }
        let shuffled = order.into_iter().filter_map(|i| parts.get_mut(i).and_then(Option::take)).collect();
        prop_assert_eq!(settled(&SimulationResult::merge(shuffled).unwrap()), whole);
    }
}

#[test]
fn a_longer_run_begins_with_the_shorter_one() {
    for method in [SamplingMethod::Random, SamplingMethod::Antithetic] {
        let options = |trials| RunOptions {
            on_undefined: OnUndefined::Discard,
            sampling: Sampling::by(method),
            ..RunOptions::new(trials, 3)
        };
        let (short, long) = (run(&dcf(), &options(1_500)), run(&dcf(), &options(5_000)));
        let samples = |result: &SimulationResult| result.stats("value_per_share").unwrap().samples().to_vec();
        assert_eq!(samples(&short), samples(&long)[..1_500]);
    }
}

/// npv is linear in its flows: 100 less the first, plus the discounted others.
fn linear() -> Simulation {
    Simulation::of("npv")
        .input(json!({"rate": 0.25, "cashflows": [-100.0, 60.0, 75.0]}))
        .draw("cashflows[1]", Distribution::normal(60.0, 6.0))
        .draw("cashflows[2]", Distribution::normal(75.0, 10.0))
        .correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]])
}

#[test]
fn a_linear_model_of_normals_has_its_analytic_mean_and_variance() {
    let result = run(&linear(), &RunOptions::new(400_000, 21));
    let stats = result.stats("npv").unwrap();
    // -100 + 60 x 0.8 + 75 x 0.64, and 4.8^2 + 6.4^2 + 2 x 0.5 x 4.8 x 6.4.
    let (mean, variance) = (-4.0, 94.72);
    assert!((stats.mean() - mean).abs() < 5.0 * stats.standard_error().unwrap());
    let sd = stats.standard_deviation().unwrap();
    assert!((sd * sd - variance).abs() < 5.0 * variance * (2.0_f64 / 400_000.0).sqrt());
    assert!(stats.skewness().unwrap().abs() < 5.0 * (6.0_f64 / 400_000.0).sqrt());
    assert!(stats.kurtosis().unwrap().abs() < 5.0 * (24.0_f64 / 400_000.0).sqrt());
}

#[test]
fn antithetic_trials_give_the_mean_of_a_linear_model_exactly() {
    let sampling = Sampling::by(SamplingMethod::Antithetic);
    let result = run(&linear(), &RunOptions { sampling, ..RunOptions::new(4_096, 21) });
    let stats = result.stats("npv").unwrap();
    assert!((stats.mean() + 4.0).abs() < 1e-12, "{}", stats.mean());
    assert!(stats.standard_error().unwrap() < 1e-12);
}

#[test]
fn without_spread_every_trial_is_the_base_case() {
    let simulation = Simulation::of("dcf")
        .input(dcf_input())
        .draw("wacc", Distribution::normal(0.09, 0.0))
        .shift("stages[*].growth", Distribution::constant(0.0))
        .scale("shares", Distribution::lognormal(1.0, 0.0));
    let result = run(&simulation, &RunOptions::new(3_000, 1));
    let base = evaluate("dcf", dcf_input()).unwrap()["value_per_share"].as_f64().unwrap();
    let stats = result.stats("value_per_share").unwrap();
    assert_eq!(result.base(), Some(&[base][..]));
    assert_eq!((stats.mean(), stats.min(), stats.max()), (base, base, base));
    assert_eq!(stats.standard_deviation(), Some(0.0));
    assert_eq!(stats.quantile(0.3), Some(base));
    assert_eq!((stats.skewness(), stats.kurtosis()), (None, None));
    assert_eq!(stats.value_at_risk(0.95), stats.conditional_value_at_risk(0.95));
}

#[test]
fn trials_without_a_value_are_counted_as_their_draws_predict() {
    let trials = 20_000;
    let wacc = Distribution::uniform(-0.04, 0.2);
    let simulation = Simulation::of("dcf").input(dcf_input()).draw("wacc", wacc.clone());
    let discard =
        RunOptions { on_undefined: OnUndefined::Discard, max_undefined_fraction: 0.5, ..RunOptions::new(trials, 8) };
    let sampler = Sampler::new(8, Layout::Random, &[("wacc", &wacc)], None).unwrap();
    let mut columns = sampler.columns();
    let mut drawn = Vec::new();
    for first in (0..trials).step_by(BLOCK) {
        sampler.fill(first, BLOCK, &mut columns);
        drawn.extend_from_slice(&columns[0]);
    }
    drawn.truncate(usize::try_from(trials).unwrap());
    let missing: Vec<u64> = (0..).zip(&drawn).filter(|(_, wacc)| **wacc <= 0.025).map(|(trial, _)| trial).collect();

    let result = run(&simulation, &discard);
    assert_eq!(result.undefined_count(), missing.len() as u64);
    assert_eq!(result.trials_defined() + result.undefined_count(), trials);
    let reasons = result.undefined();
    assert_eq!(reasons.iter().map(|reason| reason.first_trial).min(), missing.first().copied());
    assert!(!result.trial_index().contains(&missing[0]));
    let json = result.to_json();
    assert_eq!(json["conditional"], true);
    assert_eq!(json["warnings"][0]["code"], "conditional_on_defined");

    for threads in [1, 2, 7] {
        let fail = RunOptions { on_undefined: OnUndefined::Fail, threads: Some(threads), ..discard.clone() };
        let error = simulation.run(&fail, &mut Control::default()).unwrap_err();
        assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("trial")));
        assert_eq!(error.detail("value"), Some(&json!(missing[0])));
    }

    let strict = RunOptions { max_undefined_fraction: 0.01, ..discard };
    let error = simulation.run(&strict, &mut Control::default()).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("simulation")));
}

#[test]
fn a_drawn_value_outside_its_domain_is_refused_by_field_and_never_moved() {
    let rate = Distribution::uniform(-1.5, 0.5);
    let simulation = Simulation::of("npv").input(json!({"rate": 0.1, "cashflows": [-1.0, 1.0]})).draw("rate", rate);
    let options =
        RunOptions { on_undefined: OnUndefined::Discard, max_undefined_fraction: 1.0, ..RunOptions::new(10_000, 4) };
    let result = run(&simulation, &options);
    let reasons = result.undefined();
    assert_eq!(reasons.len(), 1);
    assert_eq!((reasons[0].kind, reasons[0].what.as_str()), (ErrorKind::InvalidInput, "rate"));
    assert!((2_300..2_700).contains(&reasons[0].count), "a quarter lies below -1");
}

#[test]
fn a_base_without_a_value_needs_discard() {
    let mut input = dcf_input();
    input["wacc"] = json!(0.02);
    let simulation = Simulation::of("dcf").input(input).draw("wacc", Distribution::normal(0.09, 0.005));
    let fail = simulation.run(&RunOptions::new(2_000, 1), &mut Control::default());
    assert_eq!(fail.unwrap_err().kind(), ErrorKind::Undefined);
    let result = run(&simulation, &RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(2_000, 1) });
    assert_eq!(result.base(), None);
    assert_eq!(result.to_json()["base"], Value::Null);
}

#[test]
fn a_draw_on_every_element_is_one_shock() {
    let input = json!({"rate": 0.0, "cashflows": [10.0, 20.0, 40.0]});
    let both = |simulation: Simulation| {
        let result = run(&simulation, &RunOptions::new(2_000, 2));
        result.stats("npv").unwrap().samples().to_vec()
    };
    let shock = Distribution::uniform(0.5, 1.5);
    let scaled = both(Simulation::of("npv").input(input.clone()).scale("cashflows[*]", shock.clone()));
    let shifted = both(Simulation::of("npv").input(input.clone()).shift("cashflows[*]", shock.clone()));
    let set = both(Simulation::of("npv").input(input).draw("cashflows[*]", shock));
    for ((scaled, shifted), set) in scaled.iter().zip(&shifted).zip(&set) {
        assert!((scaled / 70.0 - set / 3.0).abs() < 1e-14);
        assert!((shifted - 70.0 - set).abs() < 1e-13);
    }
}

#[test]
fn a_number_drawn_twice_or_not_there_is_refused_with_its_path() {
    let shock = || Distribution::normal(0.0, 0.01);
    let refused =
        |simulation: Simulation| simulation.run(&RunOptions::new(2_000, 2), &mut Control::default()).unwrap_err();
    let twice = refused(
        Simulation::of("dcf").input(dcf_input()).shift("stages[*].growth", shock()).shift("stages[0].growth", shock()),
    );
    assert_eq!((twice.kind(), twice.field()), (ErrorKind::InvalidInput, Some("draws[1].path")));
    let unknown = refused(Simulation::of("dcf").input(dcf_input()).shift("stages[3].growth", shock()));
    assert_eq!(unknown.kind(), ErrorKind::InvalidInput);
    let unknown_model = refused(Simulation::of("no_such_model").draw("x", shock()));
    assert_eq!(unknown_model.kind(), ErrorKind::NotFound);
    let bad_input = refused(Simulation::of("dcf").input(json!({"wacc": "high"})).draw("wacc", shock()));
    assert!(bad_input.field().unwrap().starts_with("input."));
    let nothing_drawn = refused(Simulation::of("dcf").input(dcf_input()));
    assert_eq!(nothing_drawn.field(), Some("draws"));
}

#[test]
fn statistics_hang_together() {
    let mut options = RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(20_011, 6) };
    options.statistics.thresholds.insert("value_per_share".into(), vec![10.0, 30.0]);
    options.statistics.edges.insert("enterprise_value".into(), vec![2_000.0, 3_000.0, 4_000.0]);
    let result = run(&dcf().outputs(["value_per_share", "enterprise_value"]), &options);
    let stats = result.stats("value_per_share").unwrap();
    let mut sorted = stats.samples().to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;

    let histogram = stats.histogram().unwrap();
    assert_eq!(histogram.counts.iter().sum::<u64>(), stats.count());
    assert_eq!((histogram.below, histogram.above, histogram.counts.len()), (0, 0, 50));
    let enterprise = result.stats("enterprise_value").unwrap().histogram().unwrap();
    assert!(enterprise.below > 0 && enterprise.above > 0);
    assert_eq!(enterprise.counts.iter().sum::<u64>() + enterprise.below + enterprise.above, stats.count());

    let quantiles = stats.quantiles();
    for pair in quantiles.windows(2) {
        assert!(pair[0].value <= pair[1].value);
    }
    for quantile in &quantiles {
        let h = (n - 1.0) * quantile.p;
        let (below, above) = (sorted[h.floor() as usize], sorted[h.ceil() as usize]);
        assert!((quantile.value - (below + h.fract() * (above - below))).abs() < 1e-12 * quantile.value.abs());
        assert!(quantile.low.unwrap() <= quantile.value && quantile.value <= quantile.high.unwrap());
    }
    for level in [0.5, 0.95, 0.99] {
        let share = n * (1.0 - level);
        let whole = share.floor() as usize;
        let mean = (sorted[..whole].iter().sum::<f64>() + share.fract() * sorted[whole]) / share;
        let expected = stats.conditional_value_at_risk(level).unwrap();
        assert!((expected - (stats.mean() - mean)).abs() < 1e-10);
        assert!(expected >= stats.value_at_risk(level).unwrap());
    }
    for estimate in stats.probabilities() {
        let above = sorted.iter().filter(|value| **value > estimate.threshold).count() as f64 / n;
        assert_eq!(estimate.above, above);
        assert_eq!(stats.probability_above(estimate.threshold), above);
        assert!(estimate.low < above && above < estimate.high);
    }
    assert_eq!(stats.probability_above(stats.max()), 0.0, "an equal value is not above");
    let convergence = stats.convergence();
    assert_eq!(
        convergence.iter().map(|point| point.n).collect::<Vec<_>>(),
        [1_024, 2_048, 4_096, 8_192, 16_384, 20_011]
    );
    assert_eq!(convergence.last().unwrap().mean, stats.mean());
}

#[test]
fn confidence_intervals_cover_as_often_as_they_say() {
    // 1,000 seeds; a share of 0.95 has a standard error of 0.0069.
    let scores =
        [(0.05, -1.644_853_627), (0.25, -0.674_489_750), (0.5, 0.0), (0.75, 0.674_489_750), (0.95, 1.644_853_627)];
    let (mut of_quantiles, mut of_mean) = ([0_u32; 5], 0);
    for seed in 0..1_000 {
        let result = run(&linear(), &RunOptions { threads: Some(1), ..RunOptions::new(1_024, seed) });
        let stats = result.stats("npv").unwrap();
        let quantiles = stats.quantiles();
        for ((p, score), covered) in scores.iter().zip(&mut of_quantiles) {
            let found = quantiles.iter().find(|quantile| quantile.p == *p).unwrap();
            let truth = -4.0 + score * 94.72_f64.sqrt();
            *covered += u32::from(found.low.unwrap() <= truth && truth <= found.high.unwrap());
        }
        let (low, high) = stats.confidence_interval().unwrap();
        of_mean += u32::from(low <= -4.0 && -4.0 <= high);
    }
    assert!(of_quantiles.iter().all(|covered| (925..=980).contains(covered)), "{of_quantiles:?} of 1000");
    assert!((915..=985).contains(&of_mean), "{of_mean} of 1000");
}

#[test]
fn a_run_cancelled_before_its_first_block_is_an_error() {
    let token = CancelToken::new();
    token.cancel();
    for threads in [1, 3] {
        let options = RunOptions { threads: Some(threads), ..RunOptions::new(10_000, 1) };
        let error = linear().run(&options, &mut Control { cancel: Some(&token), ..Control::default() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}

#[test]
fn a_run_cancelled_midway_is_the_run_of_its_finished_trials() {
    for threads in [1, 4] {
        let options = RunOptions { threads: Some(threads), ..RunOptions::new(1_000_000, 1) };
        let stopped = cancelled_midway(&options);
        assert_eq!(stopped.stopped(), Stopped::Cancelled);
        assert!((5 * BLOCK as u64..20 * BLOCK as u64).contains(&stopped.trials()));
        let again = run(&identity(|| ()), &RunOptions::new(stopped.trials(), 1));
        assert_eq!(again.stats("y").unwrap().samples(), stopped.stats("y").unwrap().samples());
        assert_eq!(again.stats("y").unwrap().mean().to_bits(), stopped.stats("y").unwrap().mean().to_bits());
    }
}

#[test]
fn a_function_over_columns_is_simulated_like_a_model() {
    let function = |columns: &[&[f64]], outputs: &mut [Vec<f64>]| {
        for (i, (a, b)) in columns[0].iter().zip(columns[1]).enumerate() {
            outputs[0][i] = a * b;
            outputs[1][i] = a.sqrt();
        }
        Ok(())
    };
    let simulation = Simulation::of_function(["a", "b"], function)
        .input(json!({"a": 4.0, "b": 3.0}))
        .shift("a", Distribution::uniform(-5.0, 5.0))
        .outputs(["product", "root"]);
    let options =
        RunOptions { on_undefined: OnUndefined::Discard, max_undefined_fraction: 1.0, ..RunOptions::new(5_000, 9) };
    let result = run(&simulation, &options);
    assert_eq!(result.base(), Some(&[12.0, 2.0][..]));
    let reasons = result.undefined();
    assert_eq!((reasons[0].kind, reasons[0].what.as_str()), (ErrorKind::Undefined, "non_finite"));
    assert!(result.stats("product").unwrap().min() >= 0.0, "a trial lacks all its outputs or none");

    let broken = Simulation::of_function(["a"], |_, _| Err(Error::conflict("sold_out", "the host")))
        .input(json!({"a": 1.0}))
        .draw("a", Distribution::normal(0.0, 1.0))
        .outputs(["b"]);
    let error = broken.run(&options, &mut Control::default()).unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Conflict, Some("sold_out")));
}

#[test]
fn progress_comes_from_the_injected_clock_and_never_says_more_than_is_done() {
    use valor_ivx::time::{ManualClock, Timestamp};
    let clock = std::sync::Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let hand = std::sync::Arc::clone(&clock);
    let simulation = Simulation::of_function(["x"], move |columns, outputs| {
        hand.advance_micros(20_000);
        outputs[0].copy_from_slice(columns[0]);
        Ok(())
    })
    .input(json!({"x": 1.0}))
    .draw("x", Distribution::normal(0.0, 1.0))
    .outputs(["y"]);
    let mut seen = Vec::new();
    let mut note = |progress: &valor_ivx::simulation::Progress| seen.push(*progress);
    let options = RunOptions { threads: Some(1), time_budget: Some(0.19), ..RunOptions::new(20 * BLOCK as u64, 1) };
    let mut control = Control { progress: Some(&mut note), clock: Some(&*clock), ..Control::default() };
    let result = simulation.run(&options, &mut control).unwrap();
    assert_eq!(result.stopped(), Stopped::TimeBudget);
    assert_eq!(result.trials(), 10 * BLOCK as u64);
    assert_eq!(seen.iter().map(|at| at.done / BLOCK as u64).collect::<Vec<_>>(), [3, 6, 9]);
    assert!(seen.iter().all(|at| at.total == 20 * BLOCK as u64 && at.standard_error.is_some()));
}

#[test]
fn shards_that_do_not_fit_together_are_refused() {
    let options = RunOptions::new(10_000, 1);
    let shard = |i| run(&linear(), &options.clone().shard(i, 4).unwrap());
    let refused = |parts| SimulationResult::merge(parts).unwrap_err().field().map(str::to_owned);
    assert_eq!(refused(vec![shard(0), shard(0)]).as_deref(), Some("summaries[1]"));
    assert_eq!(refused(vec![shard(2), shard(0)]).as_deref(), Some("summaries[0]"));
    let other = run(&linear(), &RunOptions::new(10_000, 2).shard(1, 4).unwrap());
    assert_eq!(refused(vec![shard(0), other]).as_deref(), Some("summaries[1]"));
    let partial = SimulationResult::merge(vec![shard(1), shard(0)]).unwrap();
    assert_eq!(partial.stopped(), Stopped::Partial);
    assert_eq!(options.clone().shard(0, 11).unwrap_err().field(), Some("shards"));
    let alone = SimulationResult::merge(vec![shard(2), shard(1)]).unwrap();
    assert_eq!((alone.stopped(), alone.first_trial()), (Stopped::Partial, shard(1).first_trial()));
    let mut summaries: Vec<String> =
        (0..4).map(|i| shard(i).to_json()["summary"].as_str().unwrap().to_owned()).collect();
    let merged = SimulationResult::merge_summaries(&summaries).unwrap();
    assert_eq!(settled(&merged), settled(&run(&linear(), &options)));
    summaries[1].truncate(100);
    summaries[3] = "no summary".to_owned();
    let error = SimulationResult::merge_summaries(&summaries).unwrap_err();
    assert_eq!((error.field(), error.also()[0].field()), (Some("summaries[1]"), Some("summaries[3]")));
    let mut bytes = shard(0).to_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    assert_eq!(SimulationResult::from_bytes(&bytes).unwrap_err().field(), Some("summary"));
}

#[test]
fn the_json_door_is_the_typed_door() {
    let options = RunOptions { on_undefined: OnUndefined::Discard, ..RunOptions::new(5_000, u64::MAX) };
    let input = serde_json::to_value(dcf().to_input(&options)).unwrap();
    assert_eq!(input["seed"], "18446744073709551615");
    let mut output = evaluate("simulate", &input).unwrap();
    output["elapsed"] = Value::Null;
    assert_eq!(output, settled(&run(&dcf(), &options)));

    let refused = |field: &str, value: Value| {
        let mut input = input.clone();
        input[field] = value;
        evaluate("simulate", &input).unwrap_err().to_string()
    };
    assert!(refused("seed", json!(-1)).contains("seed"));
    assert!(
        refused("sampling", json!({"method": "halton"})).contains("one of random antithetic latin_hypercube sobol")
    );
    assert!(refused("trials", json!(0)).contains("trials"));
    let text = refused("draws", json!([{"path": "wacc", "distribution": {"type": "cauchy"}}]));
    assert!(text.contains("constant, normal, lognormal, uniform, triangular, pert, beta, student_t, gamma"), "{text}");
}

#[test]
fn bits_are_those_of_the_golden_file() {
    let golden: Value = serde_json::from_str(include_str!("golden/simulation_bits.json")).unwrap();
    let hex = |value: f64| format!("{:016x}", value.to_bits());
    let run = |wanted: &Value| {
        let mut input = golden["simulation"].clone();
        input["seed"] = wanted["seed"].clone();
        let output = evaluate("simulate", &input).unwrap();
        let stats = &output["outputs"]["npv"];
        json!({
            "seed": wanted["seed"],
            "mean": hex(stats["mean"].as_f64().unwrap()),
            "standard_deviation": hex(stats["standard_deviation"].as_f64().unwrap()),
            "p50": hex(stats["quantiles"][0]["value"].as_f64().unwrap()),
        })
    };
    let found: Value = golden["runs"].as_array().unwrap().iter().map(run).collect();
    assert_eq!(found, golden["runs"], "{found}");
}

#[test]
fn a_draw_on_a_path_that_another_field_overrides_is_warned_of_where_it_was_given() {
    let mut company = json!({
        "base_revenue": 500, "tax_rate": 0.23, "wacc": 0.09,
        "stages": [{"years": 3, "growth": 0.08, "ebit_margin": 0.2, "sales_to_capital": 2.5}],
        "terminal": {"method": "gordon", "growth": 0.025, "multiple": 8},
    });
    let run = |company: &Value| {
        let draw = |path: &str, mean: f64| json!({"path": path, "distribution": {"type": "normal", "mean": mean, "sd": 0.001}});
        let draws = [draw("wacc", 0.09), draw("terminal.multiple", 8.0)];
        evaluate("simulate", json!({"model": "dcf", "input": company, "trials": 1024, "seed": 1, "draws": draws}))
            .unwrap()
    };
    let inert = run(&company)["warnings"].clone();
    assert_eq!((inert.as_array().unwrap().len(), &inert[0]["code"]), (1, &json!("inert_path")));
    assert_eq!(inert[0]["field"], "draws[1].path");
    company["terminal"]["method"] = json!("exit_multiple");
    company["terminal"]["metric"] = json!("ebit");
    assert_eq!(run(&company)["warnings"], json!([]));
}

#[test]
fn a_draw_that_no_output_follows_from_is_warned_of() {
    let inert = |outputs: Value| {
        let draw = |path: &str, mean: f64| json!({"path": path, "distribution": {"type": "normal", "mean": mean, "sd": 0.001}});
        let draws = [draw("wacc", 0.09), draw("shares", 150.0), draw("terminal.growth", 0.025)];
        let input = json!({
            "model": "dcf", "input": dcf_input(), "trials": 1024, "seed": 1, "draws": draws, "outputs": outputs,
        });
        let warnings = evaluate("simulate", input).unwrap()["warnings"].clone();
        let fields = warnings.as_array().unwrap().iter().map(|warning| {
            assert_eq!(warning["code"], "inert_path");
            warning["field"].as_str().unwrap().to_owned()
        });
        fields.collect::<Vec<_>>()
    };
    assert_eq!(inert(json!([])), Vec::<String>::new());
    assert_eq!(inert(json!(["enterprise_value"])), ["draws[1].path"]);
    assert_eq!(inert(json!(["enterprise_value", "value_per_share"])), Vec::<String>::new());
}
