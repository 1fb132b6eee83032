mod assumptions;
mod forecast;
mod report;
use serde_json::Value;
fn main() -> Result<(), valor_ivx::Error> {
    let company = assumptions::Company::read(std::path::Path::new("examples/data/microsoft_fy2024.json"))?;
    for f in [forecast::regression as fn(&Value) -> Result<Value, valor_ivx::Error>, forecast::smoothing] {
        let path = f(&company.forecast_input())?;
        println!("{path}");
        let path: Vec<f64> = path["growth_path"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let dcf = company.dcf_input(&path);
        let valuation = valor_ivx::evaluate("dcf", dcf.clone())?;
        let v = valuation["value_per_share"].as_f64().unwrap();
        println!("{v} {}", valuation["bridge"]);
        let edges: Vec<f64> = (0..=60).map(|i| v * (0.3 + 0.035 * i as f64)).collect();
        let t = std::time::Instant::now();
        let simulation =
            valor_ivx::evaluate("simulate", assumptions::simulation_input(&dcf, 1_000_000, 7, 400.0, &edges))?;
        println!("{:?} {}", t.elapsed(), simulation["undefined"]);
        let grid = valor_ivx::evaluate("sensitivity_grid", assumptions::grid_input(&dcf))?;
        let tornado = valor_ivx::evaluate("tornado", assumptions::tornado_input(&dcf))?;
        println!("{}", simulation["outputs"]["value_per_share"]["quantiles"]);
        let html = report::Story {
            company: &company,
            price: 400.0,
            dcf_input: &dcf,
            valuation: &valuation,
            simulation: &simulation,
            grid: &grid,
            tornado: &tornado,
            forecast_variant: "smoothing",
            forecast_reason: "sticky experiment",
            account: Default::default(),
        }
        .page();
        std::fs::write("/tmp/msft.html", html).unwrap();
    }
    Ok(())
}
