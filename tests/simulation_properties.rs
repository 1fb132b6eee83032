//! What a simulation promises: the same bits however the work is divided, honest counts of what has
//! no value, and distributions that are what they say.

use serde_json::{Value, json};
use valor_ivx::ErrorKind;
use valor_ivx::random::{Dependence, Distribution};
use valor_ivx::simulation::{
    CancelToken, Control, OnUndefined, RunOptions, Sampling, SamplingMethod, Simulation, SimulationResult, Stopped,
};

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

fn run(simulation: &Simulation, options: &RunOptions) -> SimulationResult {
    simulation.run(options, &mut Control::default()).unwrap()
}

/// All that must not depend on how the work was divided.
fn settled(result: &SimulationResult) -> Value {
    let mut json = result.to_json();
    json["elapsed"] = Value::Null;
    json
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
