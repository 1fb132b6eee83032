//! The simulation that every language repeats bit for bit: that of the main job, `examples/governed_valuation`.

use serde_json::{Value, json};
use valor_ivx::simulation::{Control, RunOptions, Simulate};

use crate::run::{Outcome, root};

#[path = "../../../../examples/governed_valuation/assumptions.rs"]
#[expect(dead_code, reason = "the example shows more than it simulates")]
mod assumptions;

/// Growth of the ten years to come, as a damped trend gives it; the forecast itself is the example's.
const GROWTH_PATH: [f64; 10] = [0.15, 0.145, 0.14, 0.135, 0.12, 0.11, 0.1, 0.08, 0.07, 0.06];
const TRIALS: u64 = 1_000_000;
const SEED: u64 = 20_261_124;
/// Dollars a share, whose probability the main job asks for.
const PRICE: f64 = 420.0;

/// `tests/golden/simulation.json`: the simulation, its options, and what each language must find.
pub(crate) fn simulation() -> Outcome<String> {
    let shown = |error: valor_ivx::Error| error.to_string();
    let company = assumptions::Company::read(&root().join("examples/data/microsoft_fy2024.json")).map_err(shown)?;
    let mut simulation = assumptions::simulation(TRIALS, SEED, PRICE, &assumptions::histogram_edges(PRICE));
    simulation["model"] = "dcf".into();
    simulation["input"] = company.dcf_input(&GROWTH_PATH);
    let input: Simulate = valor_ivx::model::read(&simulation).map_err(shown)?;
    let (definition, _) = input.split();
    let options = RunOptions { on_undefined: input.on_undefined, ..RunOptions::new(TRIALS, SEED) };
    let result = definition.run(&options, &mut Control::default()).map_err(shown)?;
    let mut outputs = serde_json::Map::new();
    for name in result.output_names() {
        let stats = result.stats(name).map_err(shown)?;
        let quantile = stats.quantile(0.05).ok_or("no quantile")?;
        let weighed = |(value, weight): (&f64, u64)| value.to_bits().wrapping_mul(weight);
        let samples = stats.samples().iter().zip((1..).step_by(2)).map(weighed).fold(0, u64::wrapping_add);
        let found = json!({
            "mean": bits(stats.mean()),
            "standard_deviation": bits(stats.standard_deviation().unwrap_or_default()),
            "quantile_5": bits(quantile),
            "samples": format!("{samples:016x}"),
        });
        outputs.insert(name.clone(), found);
    }
    let pick = |names: &[&str]| -> Value {
        names
            .iter()
            .map(|name| ((*name).to_owned(), simulation[*name].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let golden = json!({
        "about": "The main job, found alike by every language, on any number of threads and in any shards: numbers as \
                  the hexadecimal of their bits; samples as the sum of bits times 1, 3, 5, ... modulo 2^64.",
        "simulation": pick(&["model", "input", "draws", "outputs", "dependence"]),
        "options": pick(&["trials", "seed", "on_undefined"]),
        "trials_defined": result.trials_defined(),
        "outputs": outputs,
    });
    let mut text = serde_json::to_string_pretty(&golden).map_err(|cause| cause.to_string())?;
    text.push('\n');
    Ok(text)
}

fn bits(number: f64) -> String {
    format!("{:016x}", number.to_bits())
}
