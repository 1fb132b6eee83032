//! The simulation that every language repeats bit for bit.

use serde_json::{Value, json};
use valor_ivx::simulation::{Control, RunOptions, Simulate};

use crate::run::Outcome;

/// `tests/golden/simulation.json`: a simulation, its options, and what each language must find.
pub(crate) fn simulation(cases: &str) -> Outcome<String> {
    let cases: Value = serde_json::from_str(cases).map_err(|cause| cause.to_string())?;
    let company = cases["cases"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|case| case["id"] == "dcf_three_stage_gordon_last_flow")
        .ok_or("the golden cases lack the company")?;
    let simulation = json!({
        "model": "dcf",
        "input": company["inputs"],
        "draws": [
            {"path": "wacc", "distribution": {"type": "normal", "mean": 0.09, "sd": 0.005}},
            {"path": "stages[*].ebit_margin", "distribution": {"type": "triangular", "low": 0.18, "mode": 0.2, "high": 0.24}},
            {"path": "base_revenue", "mode": "scale", "distribution": {"type": "lognormal", "mean": 1.0, "sd": 0.1}},
        ],
        "outputs": ["value_per_share", "enterprise_value"],
        "dependence": {"matrix": [[1.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 1.0]]},
    });
    let (trials, seed) = (20_000, 20_261_124);
    let mut input = simulation.clone();
    input["trials"] = trials.into();
    input["seed"] = seed.into();
    let input: Simulate = valor_ivx::model::read(&input).map_err(|error| error.to_string())?;
    let run = || input.split().0.run(&RunOptions::new(trials, seed), &mut Control::default());
    let result = run().map_err(|error| error.to_string())?;
    let mut outputs = serde_json::Map::new();
    for name in result.output_names() {
        let stats = result.stats(name).map_err(|error| error.to_string())?;
        let quantile = stats.quantile(0.05).ok_or("no quantile")?;
        let words = stats.samples().iter().map(|value| value.to_bits());
        let found = json!({
            "mean": bits(stats.mean()),
            "standard_deviation": bits(stats.standard_deviation().unwrap_or_default()),
            "quantile_5": bits(quantile),
            "samples": format!("{:016x}", words.fold(0, |sum: u64, word| sum.rotate_left(1) ^ word)),
        });
        outputs.insert(name.clone(), found);
    }
    let golden = json!({
        "about": "Found by every language: numbers as the hexadecimal of their bits; samples folded by \
                  sum = rotate_left(sum, 1) xor bits.",
        "simulation": simulation,
        "trials": trials,
        "seed": seed,
        "outputs": outputs,
    });
    let mut text = serde_json::to_string_pretty(&golden).map_err(|cause| cause.to_string())?;
    text.push('\n');
    Ok(text)
}

fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}
