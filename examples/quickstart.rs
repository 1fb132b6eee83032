//! Quick start: value a company, simulate it, read a refusal, route between variants.
//! `cargo run --example quickstart`
//! The same program in Python and JavaScript lies beside this one and prints the same digits.
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use serde_json::json;
use valor_ivx::random::Distribution;
use valor_ivx::registry::{ChangeMeta, Registry, RouteRequest};
use valor_ivx::simulation::{Control, RunOptions, Simulation};
use valor_ivx::valuation::dcf::{Bridge, Dcf, Stage, Terminal, TerminalMethod};
use valor_ivx::{Error, catalogue, evaluate};

fn main() -> Result<(), Error> {
    let stage = |years, growth, ebit_margin| Stage {
        years,
        growth: Some(growth),
        ebit_margin: Some(ebit_margin),
        sales_to_capital: Some(2.5),
        ..Stage::default()
    };
    let company = Dcf {
        base_revenue: Some(500.0),
        stages: Some(vec![stage(3, 0.12, 0.2), stage(3, 0.08, 0.22), stage(1, 0.04, 0.24)]),
        tax_rate: Some(0.23),
        wacc: 0.09.into(),
        terminal: Terminal { method: TerminalMethod::Gordon, growth: Some(0.025), ..Terminal::default() },
        bridge: Bridge { net_debt: Some(300.0), ..Bridge::default() },
        shares: Some(150.0),
        ..Dcf::default()
    };
    let value = company.value()?;
    println!("value per share    {:.6}", value.value_per_share.unwrap_or_default());
    println!("enterprise value   {:.6}", value.enterprise_value);

    let simulation = Simulation::of("dcf")
        .input(serde_json::to_value(&company).map_err(|cause| Error::internal("quickstart", cause.to_string()))?)
        .draw("wacc", Distribution::normal(0.09, 0.005))
        .draw("terminal.growth", Distribution::triangular(0.02, 0.025, 0.03))
        .correlation(vec![vec![1.0, 0.3], vec![0.3, 1.0]])
        .outputs(["value_per_share"]);
    let result = simulation.run(&RunOptions::new(100_000, 7), &mut Control::default())?;
    let share = result.stats("value_per_share")?;
    println!("mean               {:.6}", share.mean());
    println!(
        "5 % to 95 %        {:.6} to {:.6}",
        share.quantile(0.05).unwrap_or_default(),
        share.quantile(0.95).unwrap_or_default()
    );
    println!("chance above 10    {:.6}", share.probability_above(10.0));

    if let Err(error) = evaluate("npv", json!({"rate": -2.0, "cashflows": [-100.0, 110.0]})) {
        println!("refused            {} at {}: {}", error.kind().row().name, error.field().unwrap_or_default(), error);
    }

    let registry = Registry::new();
    for variant in ["cautious", "bold"] {
        registry.register_model_as("dcf".parse()?, variant.parse()?, catalogue::find("dcf")?, false)?;
    }
    let arms = json!([
        {"key": "a", "variant": "cautious", "weight_ppm": 500_000},
        {"key": "b", "variant": "bold", "weight_ppm": 500_000},
    ]);
    let experiment =
        json!({"id": "first", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "arms": arms, "control": "a"});
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"dcf": {"experiment": experiment}}});
    registry.apply_json(&config, &ChangeMeta::default())?;
    for unit in ["ada", "grace"] {
        let asking = unit.parse()?;
        let resolution =
            registry.resolve(&"dcf".parse()?, &RouteRequest { unit: Some(&asking), ..RouteRequest::default() })?;
        let point = resolution.experiment.map_or(0, |exposure| exposure.point);
        println!("{unit:<19}{} at point {point}", resolution.served);
    }
    Ok(())
}
