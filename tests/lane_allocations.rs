//! Trials by lanes take no memory of their own: what a block needs is made once a block.

mod counting;

use serde_json::{Value, json};
use valor_ivx::catalogue;
use valor_ivx::model::{Block, Draw, Path};

/// Allocations of a block of `trials`, of the model's primary output or another, after one that warmed up.
fn allocations(model: &str, output: Option<&str>, input: &Value, path: &str, trials: usize) -> u64 {
    let path = Path::parse(path, "path").unwrap();
    let outputs: Vec<_> = output.into_iter().map(str::to_owned).collect();
    let prepared = catalogue::find(model).unwrap().prepare(input, std::slice::from_ref(&path), &outputs).unwrap();
    let base = prepared.numbers().values();
    let slot = prepared.numbers().select(&path)[0];
    let column: Vec<f64> = (0..trials).map(|i| base[slot.index()] * (1.0 + 1e-5 * i as f64)).collect();
    let draws = [Draw { slot, column: &column }];
    let mut outputs = vec![vec![0.0; trials]];
    let (mut faults, mut reasons) = (vec![0; trials], Vec::new());
    let mut block = || {
        let outputs = &mut outputs;
        let mut block = Block { draws: &draws, outputs, faults: &mut faults, reasons: &mut reasons };
        counting::allocations(|| prepared.block(&mut block))
    };
    block();
    let counted = block();
    assert!(faults.iter().all(|fault| *fault == 0), "{model}: {reasons:?}");
    assert!(outputs[0].windows(2).all(|pair| pair[0] != pair[1]), "{model}: the draw moves nothing");
    counted
}

fn company(fields: &Value) -> Value {
    let mut company = json!({
        "base_revenue": 500.0, "base_invested_capital": 240.0, "tax_rate": 0.23,
        "stages": [{"years": 5, "growth": 0.08, "ebit_margin": 0.2, "sales_to_capital": 2.5, "nwc_pct": 0.05}],
        "terminal": {"method": "gordon", "growth": 0.025},
        "shares": 10.0, "options": [{"count": 1.0, "strike": 20.0}],
        "nol": {"opening": 50.0},
    });
    company.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    company
}

fn models() -> Vec<(&'static str, Value, &'static str)> {
    let growing = json!({"growth": 0.025});
    let debt = json!([100.0, 110.0, 120.0, 130.0, 140.0, 150.0]);
    let lbo = json!({
        "years": 5, "base_revenue": 500.0, "revenue_growth": 0.06, "ebitda_margin": 0.2, "capex_pct": 0.02, "da_pct": 0.02,
        "tax_rate": 0.25, "entry_multiple": 10.0, "exit": {"multiple": 10.0},
        "tranches": [
            {"name": "senior", "amount": 300.0, "rate": 0.07, "sweep_priority": 1, "amortization": 0.05},
            {"name": "junior", "amount": 200.0, "rate": 0.09, "sweep_priority": 2, "fee_pct": 0.02},
            {"name": "mezzanine", "amount": 100.0, "rate": 0.05, "pik_rate": 0.04},
        ],
    });
    let golden: Value = serde_json::from_str(include_str!("golden/valuation.json")).unwrap();
    let merger = golden["cases"].as_array().unwrap().iter().find(|case| case["model"] == "merger").unwrap();
    vec![
        ("dcf", company(&json!({"wacc": 0.09})), "wacc"),
        (
            "ddm",
            json!({"dividend": 2.0, "stages": [{"years": 5, "growth": 0.08}], "cost_of_equity": 0.1, "terminal": growing}),
            "cost_of_equity",
        ),
        (
            "residual_income",
            json!({"book_value": 100.0, "roe": 0.15, "years": 5, "payout": 0.5, "cost_of_equity": 0.1}),
            "cost_of_equity",
        ),
        ("eva", company(&json!({"wacc": 0.09})), "wacc"),
        ("apv", company(&json!({"unlevered_cost": 0.09, "cost_of_debt": 0.05, "debt": debt})), "unlevered_cost"),
        ("apv", company(&json!({"unlevered_cost": 0.09, "cost_of_debt": 0.05, "leverage": 0.3})), "unlevered_cost"),
        (
            "fcfe",
            company(&json!({"cost_of_equity": 0.11, "cost_of_debt": 0.05, "debt": debt, "terminal": growing})),
            "cost_of_equity",
        ),
        ("fcfe", json!({"fcfe": [10.0, 12.0], "cost_of_equity": 0.11, "terminal": growing}), "cost_of_equity"),
        ("lbo", lbo, "exit.multiple"),
        ("merger", merger["inputs"].clone(), "synergies.cost"),
        (
            "sotp",
            json!({"segments": [{"name": "a", "value": 100.0}, {"name": "b", "metric": 10.0, "multiple": 8.0}], "shares": 10.0}),
            "segments[0].value",
        ),
    ]
}

fn allocates_by_the_block(model: &str, output: Option<&str>, input: &Value, path: &str) {
    let few = allocations(model, output, input, path, 8);
    let block = allocations(model, output, input, path, 1024);
    assert_eq!(block, few, "{model}: trials allocate");
    assert!(block <= 16, "{model}: {block} allocations a block");
}

#[test]
fn a_block_allocates_no_more_for_a_thousand_trials_than_for_a_few() {
    for (model, input, path) in models() {
        allocates_by_the_block(model, None, &input, path);
    }
    // The primary output of a comparison is what rounding leaves, which a draw may well not move.
    for method in ["harris_pringle", "miles_ezzell"] {
        let input = company(
            &json!({"unlevered_cost": 0.09, "cost_of_debt": 0.05, "leverage": 0.3, "method": method, "nol": null}),
        );
        for output in ["equity_value.residual_income", "debt[5]"] {
            allocates_by_the_block("reconcile", Some(output), &input, "unlevered_cost");
        }
    }
}
