//! Models whose formula runs by lanes of trials: a trial has the bits of the headline and its reason for
//! having no value, and the derivative is that of the same formula.

#[expect(dead_code, reason = "what tests of single models ask of a company")]
mod companies;

use companies::{companies, example, with, years};
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::{Block, Draw, Path, Prepared};
use valor_ivx::{ErrorKind, catalogue, evaluate};

fn prepared(model: &str, input: &Value, paths: &[&str], outputs: &[&str]) -> Box<dyn Prepared> {
    let paths: Vec<_> = paths.iter().map(|path| Path::parse(path, "path").unwrap()).collect();
    let outputs: Vec<_> = outputs.iter().map(|output| (*output).to_owned()).collect();
    catalogue::find(model).unwrap().prepare(input, &paths, &outputs).unwrap()
}

/// One trial: its outputs, or the kind and name of what is wrong.
type Trial = Result<Vec<u64>, (ErrorKind, String)>;

/// A block in which each path takes the numbers of its column.
fn by_lanes(prepared: &dyn Prepared, columns: &[(&str, Vec<f64>)]) -> Vec<Trial> {
    let trials = columns[0].1.len();
    let slot = |path: &str| prepared.numbers().select(&Path::parse(path, "path").unwrap())[0];
    let draws: Vec<_> = columns.iter().map(|(path, column)| Draw { slot: slot(path), column }).collect();
    let mut outputs = vec![vec![0.0; trials]; prepared.outputs().len()];
    let (mut faults, mut reasons) = (vec![0; trials], Vec::new());
    prepared.block(&mut Block { draws: &draws, outputs: &mut outputs, faults: &mut faults, reasons: &mut reasons });
    let trial = |i: usize| match faults[i] {
        0 => Ok(outputs.iter().map(|column: &Vec<f64>| column[i].to_bits()).collect()),
        code => Err((reasons[usize::from(code) - 1].kind, reasons[usize::from(code) - 1].what.clone())),
    };
    (0..trials).map(trial).collect()
}

/// The same trials through the door of a single valuation.
fn one_by_one(model: &str, input: &Value, outputs: &[&str], columns: &[(&str, Vec<f64>)]) -> Vec<Trial> {
    let trial = |i: usize| {
        let mut input = input.clone();
        for (path, column) in columns {
            assert!(Path::parse(path, "path").unwrap().set(&mut input, &json!(column[i])));
        }
        let value = evaluate(model, &input)
            .map_err(|error| (error.kind(), error.field().or(error.what()).unwrap_or_default().to_owned()))?;
        let number = |output: &&str| Path::parse(output, "path").unwrap().get(&value).and_then(Value::as_f64);
        Ok(outputs.iter().map(|output| number(output).unwrap().to_bits()).collect())
    };
    (0..columns[0].1.len()).map(trial).collect()
}

fn lanes_are_headlines(model: &str, input: &Value, outputs: &[&str], columns: &[(&str, Vec<f64>)]) {
    let paths: Vec<_> = columns.iter().map(|(path, _)| *path).collect();
    let prepared = prepared(model, input, &paths, outputs);
    assert_eq!(by_lanes(prepared.as_ref(), columns), one_by_one(model, input, outputs, columns));
    // A formula of the model's own differentiates; one valuation a trial does not.
    assert!(prepared.derivative(&prepared.numbers().values(), &[]).is_some());
}

/// The derivative by each number of the input is the central difference of the same formula.
fn derivative_is_the_central_difference(model: &str, input: &Value, outputs: &[&str], paths: &[&str]) {
    let prepared = prepared(model, input, paths, outputs);
    let base = prepared.numbers().values();
    for path in paths {
        let slot = prepared.numbers().select(&Path::parse(path, "path").unwrap())[0];
        let exact = prepared.derivative(&base, &[slot]).unwrap();
        let step = 1e-5 * base[slot.index()].abs().max(1e-2);
        let at = |step: f64| {
            let mut moved = base.clone();
            moved[slot.index()] += step;
            prepared.evaluate(&moved).unwrap()
        };
        let (up, down, here) = (at(step), at(-step), at(0.0));
        for (i, output) in outputs.iter().enumerate() {
            let difference = (up[i] - down[i]) / (2.0 * step);
            let size = exact[i].abs().max(here[i].abs()).max(1.0);
            assert!((exact[i] - difference).abs() <= 1e-6 * size, "{output} by {path}: {} {difference}", exact[i]);
        }
    }
}

const APV: &[&str] = &[
    "enterprise_value",
    "equity_value",
    "value_per_share",
    "unlevered_value",
    "pv_tax_shield",
    "pv_terminal_tax_shield",
];
const FCFE: &[&str] = &["equity_value", "value_per_share", "pv_fcfe", "pv_terminal", "terminal_value", "terminal_fcfe"];

const RECONCILE: &[&str] = &[
    "max_relative_difference",
    "wacc",
    "cost_of_equity",
    "debt[0]",
    "debt[1]",
    "equity_value.dcf",
    "equity_value.apv",
    "equity_value.eva",
    "equity_value.fcfe",
    "equity_value.residual_income",
    "equity_value.capital_cash_flow",
];

/// Outputs of `reconcile` under a method, the first of which is what rounding leaves.
fn reconciled(method: &str) -> &'static [&'static str] {
    if method == "harris_pringle" { RECONCILE } else { &RECONCILE[..RECONCILE.len() - 1] }
}

/// What is grown for ever, by a method that all the values compared can follow.
fn growths() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"method": "gordon", "growth": 0.02})),
        Just(json!({"method": "gordon", "growth": 0.02, "normalize": false, "min_spread": 0.02})),
        Just(json!({"method": "value_driver", "growth": 0.02})),
        Just(json!({"method": "value_driver", "growth": 0.02, "ronic": 0.15})),
    ]
}

fn methods() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("harris_pringle"), Just("miles_ezzell")]
}

fn reconcile(company: &Value, method: &str, terminal: &Value) -> Value {
    let fields = json!({
        "unlevered_cost": 0.1, "cost_of_debt": 0.05, "leverage": 0.4, "method": method, "terminal": terminal,
    });
    with(company, fields)
}

fn terminals() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"method": "gordon", "growth": 0.02})),
        Just(json!({"method": "gordon", "growth": 0.02, "wacc": 0.085})),
        Just(json!({"method": "value_driver", "growth": 0.02})),
        Just(json!({"method": "value_driver", "growth": 0.02, "ronic": 0.15})),
        Just(json!({"method": "exit_multiple", "multiple": 8.0, "metric": "ebit", "growth": 0.02})),
        Just(json!({"method": "none", "growth": 0.02})),
        Just(json!({"method": "blend", "growth": 0.02, "components": [
            {"method": "value_driver", "growth": 0.02, "weight": 0.4},
            {"method": "exit_multiple", "multiple": 8.0, "metric": "ebit", "weight": 0.6},
        ]})),
    ]
}

/// How much debt, and what its shield is discounted at.
fn debts() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"leverage": 0.4})),
        Just(json!({"leverage": 0.4, "shield_discount": "miles_ezzell"})),
        Just(json!({"debt": 120.0})),
        Just(json!({"debt": 120.0, "shield_discount": "debt"})),
        Just(json!({"debt": 120.0, "shield_discount": "miles_ezzell", "terminal_debt_growth": 0.01})),
        Just(json!({"debt": 120.0, "shield_discount": 0.07})),
    ]
}

/// The company with debt of every year as `debt` says.
fn owing(company: &Value, debt: &Value) -> Value {
    let mut input = with(company, debt);
    if let Some(balance) = debt["debt"].as_f64() {
        input["debt"] = (0..=years(company)).map(|t| balance + 5.0 * t as f64).collect();
    }
    input
}

fn apv(company: &Value, debt: &Value, terminal: &Value) -> Value {
    let fields = json!({
        "unlevered_cost": 0.09, "cost_of_debt": 0.05, "terminal": terminal, "issue_costs": 3.0, "distress_cost_pv": 2.0,
        "bridge": {"net_debt": 40.0}, "shares": 12.0, "options": [{"count": 1.0, "strike": 5.0}],
    });
    owing(&with(company, fields), debt)
}

fn fcfe(company: &Value, terminal: &Value, timing: &Value) -> Value {
    let fields = json!({
        "cost_of_equity": 0.11, "cost_of_debt": 0.05, "terminal": terminal,
        "bridge": {"debt": 40.0, "cash": 7.0}, "shares": 12.0,
    });
    with(&owing(&with(company, fields), &json!({"debt": 120.0})), timing)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_trial_of_apv_has_the_bits_of_the_headline(
        company in companies(), debt in debts(), terminal in terminals(),
        costs in prop::collection::vec(0.01..0.3_f64, 19), taxes in prop::collection::vec(0.0..0.5_f64, 19),
        rates in prop::collection::vec(-0.2..3.0_f64, 19), margins in prop::collection::vec(-0.2..0.4_f64, 19),
    ) {
        let columns = [("unlevered_cost", costs), ("tax_rate", taxes), ("cost_of_debt", rates), ("stages[0].ebit_margin", margins)];
        lanes_are_headlines("apv", &apv(&company, &debt, &terminal), APV, &columns);
    }

    #[test]
    fn a_trial_of_fcfe_has_the_bits_of_the_headline(
        company in companies(), whole in any::<bool>(), by_value in any::<bool>(),
        costs in prop::collection::vec(0.01..0.3_f64, 19), taxes in prop::collection::vec(0.0..0.5_f64, 19),
        rates in prop::collection::vec(-0.2..3.0_f64, 19), balances in prop::collection::vec(0.0..1e3_f64, 19),
    ) {
        let timing = if whole { json!({}) } else { json!({"mid_year": true, "stub": 0.4}) };
        let (terminal, outputs) = if by_value {
            (json!({"value": 500.0}), &FCFE[..FCFE.len() - 1])
        } else {
            (json!({"growth": 0.02, "min_spread": 0.01}), FCFE)
        };
        let columns = [("cost_of_equity", costs), ("tax_rate", taxes), ("cost_of_debt", rates), ("debt[1]", balances)];
        lanes_are_headlines("fcfe", &fcfe(&company, &terminal, &timing), outputs, &columns);
    }

    #[test]
    fn a_trial_of_explicit_flows_has_the_bits_of_the_headline(
        costs in prop::collection::vec(0.01..0.3_f64, 19), flows in prop::collection::vec(-50.0..90.0_f64, 19),
    ) {
        let input = json!({
            "fcfe": [10.0, 12.0], "cost_of_equity": [0.1, 0.12], "terminal": {"growth": 0.02}, "bridge": {"cash": 4.0}, "shares": 2.0,
        });
        lanes_are_headlines("fcfe", &input, FCFE, &[("cost_of_equity[1]", costs), ("fcfe[1]", flows)]);
    }

    #[test]
    fn a_trial_of_reconcile_has_the_bits_of_the_headline(
        company in companies(), method in methods(), terminal in growths(),
        costs in prop::collection::vec(0.01..0.3_f64, 19), taxes in prop::collection::vec(0.0..0.5_f64, 19),
        rates in prop::collection::vec(-0.2..3.0_f64, 19), margins in prop::collection::vec(-0.05..0.4_f64, 19),
        shares in prop::collection::vec(0.0..0.95_f64, 19),
    ) {
        let columns = [
            ("unlevered_cost", costs), ("tax_rate", taxes), ("cost_of_debt", rates), ("stages[0].ebit_margin", margins),
            ("leverage", shares),
        ];
        let input = reconcile(&company, method, &terminal);
        // Without a value there is no derivative.
        prop_assume!(evaluate("reconcile", &input).is_ok());
        lanes_are_headlines("reconcile", &input, reconciled(method), &columns);
    }

    #[test]
    fn the_derivative_of_reconcile_is_its_central_difference(company in companies(), method in methods(), terminal in growths()) {
        // Far from the loss and the debt below zero that leave no value.
        let input = with(&reconcile(&company, method, &terminal), json!({"tax_rate": 0.2}));
        prop_assume!(evaluate("reconcile", &input).is_ok());
        let paths = ["unlevered_cost", "cost_of_debt", "leverage", "tax_rate", "stages[0].ebit_margin", "terminal.growth"];
        derivative_is_the_central_difference("reconcile", &input, &reconciled(method)[1..], &paths);
    }

    #[test]
    fn the_derivative_of_apv_is_its_central_difference(company in companies(), debt in debts(), terminal in terminals()) {
        // Enough value for options to stay on one side of their strike.
        let input = with(&apv(&company, &debt, &terminal), json!({"options": [], "tax_rate": 0.2}));
        let debt = if debt["debt"].is_null() { "leverage" } else { "debt[0]" };
        let paths = ["unlevered_cost", "cost_of_debt", "tax_rate", "stages[0].ebit_margin", "issue_costs", debt];
        derivative_is_the_central_difference("apv", &input, APV, &paths);
    }

    #[test]
    fn the_derivative_of_fcfe_is_its_central_difference(company in companies(), mid_year in any::<bool>()) {
        let input = fcfe(&with(&company, json!({"tax_rate": 0.2})), &json!({"growth": 0.02}), &json!({"mid_year": mid_year, "stub": 0.5}));
        let paths = ["cost_of_equity", "cost_of_debt", "tax_rate", "terminal.growth", "debt[0]", "debt[1]", "stub", "shares"];
        derivative_is_the_central_difference("fcfe", &input, FCFE, &paths);
    }
}

#[test]
fn debt_without_a_balance_or_tax_still_has_a_derivative() {
    let company = example();
    let debt = json!({"debt": 0.0});
    let mut input = apv(&company, &debt, &json!({"method": "gordon", "growth": 0.02}));
    input["debt"] = json!(vec![0.0; years(&company) + 1]);
    let prepared = prepared("apv", &input, &[], &["pv_tax_shield"]);
    let last = prepared.numbers().select(&Path::parse("debt[7]", "path").unwrap());
    let exact = prepared.derivative(&prepared.numbers().values(), &last).unwrap()[0];
    let want = 0.23 * 0.05 / (0.09 - 0.02) / 1.09_f64.powi(7);
    assert!((exact - want).abs() < 1e-12, "{exact} {want}");
}

#[test]
fn every_reason_of_a_trial_is_that_of_the_headline() {
    let gordon = json!({"method": "gordon", "growth": 0.025});
    let levered = apv(&example(), &json!({"leverage": 0.9}), &gordon);
    // Value; no spread without debt; none with it; a rate below -1.
    let columns = [("unlevered_cost", vec![0.09, 0.02, 0.03, 0.09]), ("cost_of_debt", vec![0.05, 0.05, 0.05, 30.0])];
    lanes_are_headlines("apv", &levered, APV, &columns);
    let reasons = one_by_one("apv", &levered, APV, &columns);
    let what = |trial: &Trial| trial.as_ref().err().map(|(_, what)| what.clone()).unwrap_or_default();
    assert_eq!(
        reasons.iter().map(what).collect::<Vec<_>>(),
        ["", "terminal_value", "terminal_value", "equivalent_wacc"]
    );
    let balances = apv(&example(), &json!({"debt": 100.0, "shield_discount": "debt"}), &gordon);
    let columns = [("cost_of_debt", vec![0.05, 0.02]), ("debt[0]", vec![1.0, 1.0])];
    lanes_are_headlines("apv", &balances, APV, &columns);
    assert_eq!(what(&one_by_one("apv", &balances, APV, &columns)[1]), "pv_terminal_tax_shield");

    for (method, terminal, below) in [
        ("harris_pringle", gordon, "wacc"),
        // Whose wacc is above -1 whatever debt costs.
        ("miles_ezzell", json!({"method": "value_driver", "growth": 0.025, "ronic": 0.15}), "cost_of_equity"),
    ] {
        // Value; a wacc and a cost of equity below -1; no spread with debt, nor without it, nor to equity; a loss;
        // a firm worth less than nothing.
        let columns = [
            ("unlevered_cost", vec![0.1, 0.1, 0.1, 0.02, 0.024, 0.03, 0.1, 0.1]),
            ("cost_of_debt", vec![0.05, 30.0, 0.2, 0.05, -0.1, 0.05, 0.05, 0.05]),
            ("leverage", vec![0.4, 0.5, 0.95, 0.0, 0.5, 0.6, 0.4, 0.4]),
            ("stages[2].ebit_margin", vec![0.24, 0.24, 0.24, 0.24, 0.24, 0.24, -0.01, 0.24]),
            ("stages[2].sales_to_capital", vec![3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 0.01]),
        ];
        let input = reconcile(&example(), method, &terminal);
        lanes_are_headlines("reconcile", &input, reconciled(method), &columns);
        let trials = one_by_one("reconcile", &input, reconciled(method), &columns);
        assert_eq!(
            trials.iter().map(what).collect::<Vec<_>>(),
            ["", below, "cost_of_equity", "terminal_value", "terminal_value", "terminal_value", "stages", "debt"]
        );
    }
    let amounts = json!({
        "stages": null, "base_nwc": 10.0, "forecast": {
            "revenue": [100.0, 110.0, 121.0], "ebit": [20.0, 22.0, 24.0], "da": [5.0, 5.0, 5.0],
            "capex": [9.0, 10.0, 8.0], "nwc": [11.0, 12.0, 13.0],
        },
    });
    let input = reconcile(&with(&example(), amounts), "harris_pringle", &json!({"method": "gordon", "growth": 0.02}));
    let columns =
        [("forecast.ebit[1]", vec![22.0, -1.0, 22.0, -1.0]), ("forecast.ebit[2]", vec![24.0, 24.0, -2.0, -2.0])];
    lanes_are_headlines("reconcile", &input, RECONCILE, &columns);
    let trials = one_by_one("reconcile", &input, RECONCILE, &columns);
    let reasons: Vec<_> = trials.iter().map(what).collect();
    assert_eq!(reasons, ["", "forecast.ebit[1]", "forecast.ebit[2]", "forecast.ebit[1]"]);
}

#[test]
fn a_tax_rate_that_is_drawn_apart_from_that_of_all_years_is_refused_as_in_the_headline() {
    let input =
        reconcile(&example(), "harris_pringle", &json!({"method": "gordon", "growth": 0.025, "tax_rate": 0.23}));
    let columns = [("terminal.tax_rate", vec![0.23, 0.3])];
    let prepared = prepared("reconcile", &input, &["terminal.tax_rate"], &["wacc"]);
    let found = by_lanes(prepared.as_ref(), &columns);
    assert_eq!(found, one_by_one("reconcile", &input, &["wacc"], &columns));
    assert_eq!(found[1], Err((ErrorKind::InvalidInput, "terminal.tax_rate".to_owned())));
}

#[test]
fn a_part_of_a_year_that_is_drawn_is_refused_as_in_the_headline() {
    let gordon = json!({"method": "gordon", "growth": 0.025});
    let apv = apv(&example(), &json!({"leverage": 0.3}), &gordon);
    let eva = with(&example(), json!({"wacc": 0.09}));
    let reconcile = reconcile(&example(), "harris_pringle", &gordon);
    let models =
        [("apv", apv, "enterprise_value"), ("eva", eva, "enterprise_value"), ("reconcile", reconcile, "debt[0]")];
    for (model, input, output) in models {
        let columns = [("stub", vec![1.0, 0.5])];
        let prepared = prepared(model, &input, &["stub"], &[output]);
        let found = by_lanes(prepared.as_ref(), &columns);
        assert_eq!(found, one_by_one(model, &input, &[output], &columns), "{model}");
        assert_eq!(found[1], Err((ErrorKind::InvalidInput, "stub".to_owned())), "{model}");
    }
}
