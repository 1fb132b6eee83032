//! The main job's simulation, a million trials: the bits of the golden file, which Python and Node find too.

use serde_json::{Value, json};
use valor_ivx::simulation::{Control, RunOptions, Simulate, SimulationResult};

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/simulation.json")).unwrap()
}

/// What the golden file tells of a result.
fn found(result: &SimulationResult) -> Value {
    let bits = |number: f64| format!("{:016x}", number.to_bits());
    let output = |name: &String| {
        let stats = result.stats(name).unwrap();
        let samples = stats.samples().iter().zip((1_u64..).step_by(2));
        let sum = samples.fold(0_u64, |sum, (value, weight)| sum.wrapping_add(value.to_bits().wrapping_mul(weight)));
        let found = json!({
            "mean": bits(stats.mean()),
            "standard_deviation": bits(stats.standard_deviation().unwrap()),
            "quantile_5": bits(stats.quantile(0.05).unwrap()),
            "samples": format!("{sum:016x}"),
        });
        (name.clone(), found)
    };
    result.output_names().iter().map(output).collect::<serde_json::Map<_, _>>().into()
}

fn run(threads: u32, shard: Option<(u64, u64)>) -> SimulationResult {
    let golden = golden();
    let mut input = golden["simulation"].clone();
    input.as_object_mut().unwrap().extend(golden["options"].as_object().unwrap().clone());
    let input: Simulate = valor_ivx::model::read(&input).unwrap();
    let (simulation, options) = input.split();
    let options = RunOptions { threads: Some(threads), ..options };
    let options = match shard {
        Some((shard, shards)) => options.shard(shard, shards).unwrap(),
        None => options,
    };
    simulation.run(&options, &mut Control::default()).unwrap()
}

#[test]
fn the_main_job_has_the_golden_bits_on_one_two_and_three_threads() {
    for threads in 1..=3 {
        let result = run(threads, None);
        assert_eq!(found(&result), golden()["outputs"], "{threads} threads");
        assert_eq!(json!(result.trials_defined()), golden()["trials_defined"]);
    }
}

#[test]
fn the_main_job_has_the_golden_bits_in_shards_merged_in_any_order() {
    for (shards, step) in [(2, 1), (5, 3), (8, 5)] {
        let parts = (0..shards).map(|i| run(1, Some((i * step % shards, shards)))).collect();
        let result = SimulationResult::merge(parts).unwrap();
        assert_eq!(found(&result), golden()["outputs"], "{shards} shards");
    }
}
