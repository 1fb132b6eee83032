//! A result told as a sum: the lines add up to it, whatever the engine and the input.

#[expect(dead_code, reason = "shared with tests that ask more of a company")]
mod companies;

use companies::{companies, example, with};
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::{Explanation, Path};
use valor_ivx::{ErrorKind, catalogue, evaluate, explain};

/// Explains and checks that the lines add up to the output that is named.
fn explained(model: &str, input: &Value) -> Explanation {
    let explanation = explain(model, input).unwrap_or_else(|error| panic!("{model}: {error}: {input}"));
    let output = evaluate(model, input).unwrap();
    let named = Path::parse(&explanation.output, "output").unwrap().get(&output).and_then(Value::as_f64);
    assert_eq!(named, Some(explanation.total), "{model}: the total is not {}", explanation.output);
    let sum: f64 = explanation.lines.iter().map(|line| line.amount).sum();
    let size: f64 = explanation.lines.iter().map(|line| line.amount.abs()).sum();
    assert!((sum - explanation.total).abs() <= 1e-9 * size, "{model}: {sum} is not the total\n{explanation}");
    assert!(!explanation.lines.is_empty() || explanation.total == 0.0, "{model}: no lines");
    for line in &explanation.lines {
        assert!(!line.label.is_empty() && !line.formula.is_empty() && line.amount != 0.0, "{model}: {line:?}");
    }
    explanation
}

fn company(changes: &Value) -> Value {
    let bridge = json!({
        "debt": 350, "cash": 50, "leases": 20, "associates": 12, "other_claims": [{"name": "earn_out", "amount": 8}],
    });
    with(&with(&example(), json!({"bridge": bridge, "shares": 150})), changes)
}

fn balances() -> Vec<f64> {
    (0..8).map(|year| 300.0 + 10.0 * f64::from(year)).collect()
}

fn lbo() -> Value {
    json!({
        "years": 5, "base_revenue": 500, "revenue_growth": [0.08, 0.07, 0.06, 0.05, 0.04], "ebitda_margin": 0.2,
        "da_pct": 0.03, "capex_pct": 0.04, "nwc_pct": 0.15, "tax_rate": 0.25, "purchase_price": 1000,
        "transaction_fees": 20,
        "tranches": [
            {"name": "senior", "amount": 360, "rate": 0.06, "sweep_priority": 1, "fee_pct": 0.02},
            {"name": "mezzanine", "amount": 180, "rate": 0.1, "sweep_priority": 2},
        ],
        "exit": {"multiple": 10.5, "fee_pct": 0.01},
    })
}

fn merger() -> Value {
    json!({
        "acquirer": {"shares": 100, "share_price": 12, "tax_rate": 0.35, "net_income": 63.7},
        "target": {"shares": 50, "share_price": 10, "net_debt": 100, "ebitda": 75, "da": 20, "interest": 6},
        "offer": {"equity_price": 600}, "consideration": {"cash_pct": 0.6, "stock_pct": 0.4},
        "financing": {"new_debt_rate": 0.07, "refinance_target_debt": true, "financing_fees": 4},
        "advisory_fees": 9, "expense_fees": true,
        "ppa": {"intangibles": 120, "intangibles_life": 10},
        "synergies": {"cost": 25, "discount_rate": 0.1, "cost_to_achieve": [7]},
    })
}

fn multiples() -> Value {
    let peer = |name: &str, value: f64, ebitda: f64, revenue: f64| {
        json!({"name": name, "enterprise_value": value, "market_cap": value * 0.8, "ebitda": ebitda, "revenue": revenue,
               "net_income": ebitda / 3.0})
    };
    json!({
        "peers": [peer("A", 800.0, 100.0, 500.0), peer("B", 540.0, 60.0, 400.0), peer("C", 500.0, 50.0, 450.0)],
        "target": {"ebitda": 75, "revenue": 500, "net_income": 30, "net_debt": 100, "shares": 50},
        "multiples": ["ev/ebitda", "ev/revenue", "p/net_income"], "weights": [2, 1, 1],
    })
}

/// An input of every model that explains itself.
fn examples() -> Vec<(&'static str, Value)> {
    let leverage = json!({"unlevered_cost": 0.1, "cost_of_debt": 0.06, "leverage": 0.4});
    let capm = json!({"risk_free": 0.03, "beta": 1.2, "equity_risk_premium": 0.05, "size_premium": 0.01,
                      "country_premium": 0.02, "country_exposure": 0.5, "beta_adjustment": "blume"});
    let flows = json!([-100, 40, 50, 60]);
    let peer = json!({"name": "P", "beta": 1.1, "debt_to_equity": 0.5, "tax_rate": 0.25});
    let dcf = company(&json!({"wacc": 0.09, "stub": 0.4, "mid_year": true}));
    let to = with(&dcf, json!({"wacc": 0.08, "tax_rate": 0.25, "stub": 0.5}));
    vec![
        ("npv", json!({"rate": 0.1, "cashflows": flows, "first_period": 1})),
        (
            "xnpv",
            json!({"rate": 0.1, "cashflows": flows,
                        "dates": ["2025-01-01", "2025-07-01", "2026-01-01", "2024-07-01"]}),
        ),
        ("capm", capm.clone()),
        (
            "wacc",
            json!({"cost_of_equity": capm, "cost_of_debt": 0.05, "cost_of_preferred": 0.06, "tax_rate": 0.25,
                        "equity_value": 700, "debt_value": 250, "preferred_value": 50, "unlevered_beta": 0.9}),
        ),
        ("unlever_beta", json!({"beta": 1.2, "debt_to_equity": 0.5, "tax_rate": 0.25})),
        ("relever_beta", json!({"beta": 0.9, "debt_to_equity": 0.5, "tax_rate": 0.25})),
        ("peer_beta", json!({"peers": [peer], "target_debt_to_equity": 0.8, "target_tax_rate": 0.3})),
        ("dcf", dcf.clone()),
        (
            "ddm",
            json!({"dividend": 2, "cost_of_equity": 0.1, "terminal": {"growth": 0.03},
                       "stages": [{"years": 5, "growth": 0.08}, {"years": 3, "growth": 0.05}]}),
        ),
        (
            "residual_income",
            json!({"book_value": 100, "roe": 0.15, "years": 4, "payout": 0.4, "cost_of_equity": 0.1,
                                   "terminal": {"method": "persistence", "omega": 0.6}}),
        ),
        ("eva", company(&json!({"wacc": 0.09}))),
        (
            "apv",
            company(&json!({"unlevered_cost": 0.1, "cost_of_debt": 0.06, "debt": balances(),
                                "issue_costs": 5, "distress_cost_pv": 10})),
        ),
        (
            "fcfe",
            company(&json!({"cost_of_equity": 0.11, "cost_of_debt": 0.06, "debt": balances(),
                                 "terminal": {"growth": 0.025}})),
        ),
        ("reconcile", company(&leverage)),
        ("lbo", lbo()),
        ("merger", merger()),
        ("comparables", multiples()),
        ("precedents", with(&multiples(), json!({"premium": 0.1}))),
        ("attribution", json!({"model": "dcf", "from_input": dcf, "to_input": to, "paths": ["wacc", "tax_rate"]})),
        (
            "sotp",
            json!({
                "segments": [
                    {"name": "Rail", "value": 400},
                    {"name": "Ports", "ownership": 0.6, "metric": 50, "multiple": 8},
                    {"name": "Roads", "model": "dcf", "input": company(&json!({"wacc": 0.09}))},
                ],
                "corporate_costs": {"annual": 10, "multiple": 7}, "holding_discount": 0.1, "bridge": {"net_debt": 120},
            }),
        ),
    ]
}

#[test]
fn every_model_that_explains_has_an_example_that_adds_up() {
    let examples = examples();
    for (model, input) in &examples {
        explained(model, input);
    }
    let named: Vec<_> = examples.iter().map(|(model, _)| *model).collect();
    for model in catalogue::all() {
        assert_eq!(model.explained().is_some(), named.contains(&model.spec().name), "{}", model.spec().name);
    }
}

#[test]
fn golden_cases_add_up() {
    let file: Value = serde_json::from_str(include_str!("golden/valuation.json")).unwrap();
    let mut told = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["model"].as_str().unwrap();
        let explains = catalogue::find(name).is_ok_and(|model| model.explained().is_some());
        if explains && case.get("expected").is_some_and(|expected| !expected.is_null()) {
            explained(name, &case["inputs"]);
            told += 1;
        }
    }
    assert!(told > 15, "only {told} golden cases were explained");
}

#[test]
fn a_model_without_an_explanation_says_which_have_one() {
    let error = explain("irr", json!({"cashflows": [-1, 2]})).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("explanation")));
    let hint = error.detail("hint").and_then(Value::as_str).unwrap();
    assert!(hint.contains("dcf, ddm") && !hint.contains("irr"), "{hint}");
    assert_eq!(explain("no_such_model", json!({})).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn an_invalid_input_is_refused_as_by_evaluate() {
    let input = with(&lbo(), json!({"years": 0, "tax_rate": 2}));
    assert_eq!(explain("lbo", &input).unwrap_err(), evaluate("lbo", &input).unwrap_err());
}

#[test]
fn a_buy_out_without_an_entry_multiple_has_no_bridge_to_tell() {
    let input = with(&lbo(), json!({"ltm_ebitda": -10.0}));
    assert!(evaluate("lbo", &input).unwrap()["value_bridge"].is_null());
    let error = explain("lbo", &input).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("value_bridge.total")));
}

#[test]
fn nothing_is_no_line_and_labels_are_words() {
    let labels: Vec<_> = explained("dcf", &company(&json!({"wacc": 0.09}))).lines;
    let labels: Vec<_> = labels.iter().map(|line| line.label.as_str()).collect();
    assert_eq!(labels, ["Forecast", "Terminal", "Debt", "Cash", "Leases", "Earn out", "Associates"]);
    let none = with(&company(&json!({"wacc": 0.09})), json!({"terminal": {"method": "none"}}));
    assert!(explained("dcf", &none).lines.iter().all(|line| line.label != "Terminal"));
}

#[test]
fn a_blend_has_a_line_a_method() {
    let terminal = json!({"method": "blend", "components": [
        {"method": "gordon", "growth": 0.02, "weight": 0.25},
        {"method": "exit_multiple", "metric": "ebit", "multiple": 9, "weight": 0.75},
    ]});
    let explanation = explained("dcf", &company(&json!({"wacc": 0.09, "terminal": terminal})));
    assert_eq!(explanation.lines[1].label, "Terminal: gordon");
    assert!(explanation.lines[2].formula.starts_with("weight 0.75 x terminal_value"), "{explanation}");
}

#[test]
fn the_text_of_a_dcf_is_a_table() {
    let text =
        explained("dcf", &with(&company(&json!({"wacc": 0.09})), json!({"bridge": {"net_debt": 300}}))).to_string();
    assert_eq!(text, DCF_TEXT.trim_start_matches('\n'), "\n{text}");
}

#[test]
fn the_text_of_a_buy_out_is_a_table() {
    let text = explained("lbo", &lbo()).to_string();
    assert_eq!(text, LBO_TEXT.trim_start_matches('\n'), "\n{text}");
}

const DCF_TEXT: &str = "
dcf
  Forecast       488.25  sum of schedule.fcff x discount_factor, years 1 to 7
  Terminal      1404.99  terminal_value 2568.37 by gordon (terminal_fcff 166.944, wacc 0.09, growth 0.025), x 0.547034 as discount
  Net debt      -300.00  bridge item net_debt 300, deducted
                -------
  equity_value  1593.24";

const LBO_TEXT: &str = "
lbo
  EBITDA growth       337.63  (EBITDA 133.763 at exit - 100 at closing) x entry_multiple 10
  Multiple change      66.88  (exit.multiple 10.5 - entry_multiple 10) x EBITDA 133.763 at exit
  Net debt reduction  200.80  net debt 540 at closing - 339.196 at exit
  Fees                -41.25  transaction_fees 20, financing_fees 7.2 and fee of the exit 14.0451
                      ------
  value_bridge.total  564.07";

/// Explains where there is a value; an input without one is refused alike.
fn adds_up_where_defined(model: &str, input: &Value) {
    match evaluate(model, input) {
        Ok(_) => drop(explained(model, input)),
        Err(error) => assert_eq!(explain(model, input).unwrap_err(), error),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_company_adds_up_by_every_method(
        company in companies(),
        cost in 0.06..0.2_f64,
        leverage in 0.0..0.6_f64,
        debt in 0.0..1e4_f64,
        stub in 0.05..1.0_f64,
        mid_year in any::<bool>(),
        claim in -1e4..1e4_f64,
    ) {
        let company = with(&company, json!({"bridge": {"net_debt": claim, "associates": 3.5}}));
        let timing = json!({"wacc": cost, "stub": stub, "mid_year": mid_year});
        adds_up_where_defined("dcf", &with(&company, timing));
        adds_up_where_defined("eva", &with(&company, json!({"wacc": cost})));
        let levered = json!({"unlevered_cost": cost, "cost_of_debt": 0.05, "leverage": leverage});
        adds_up_where_defined("apv", &with(&company, levered.clone()));
        adds_up_where_defined("reconcile", &with(&company, levered));
        let debt = vec![debt; companies::years(&company) + 1];
        let flows = json!({"cost_of_equity": cost, "cost_of_debt": 0.05, "debt": debt, "terminal": {"growth": 0.01}});
        adds_up_where_defined("fcfe", &with(&company, flows));
    }

    #[test]
    fn any_buy_out_adds_up(
        price in 600.0..1500.0_f64,
        growth in -0.2..0.2_f64,
        senior in 0.0..500.0_f64,
        multiple in 1.0..15.0_f64,
        average in any::<bool>(),
        pool in 0.0..0.2_f64,
    ) {
        let mut input = with(&lbo(), json!({"purchase_price": price, "revenue_growth": growth,
            "interest_basis": if average { "average" } else { "opening" }, "management_pool": {"pct": pool}}));
        input["tranches"][0]["amount"] = senior.into();
        input["exit"]["multiple"] = multiple.into();
        adds_up_where_defined("lbo", &input);
    }

    #[test]
    fn any_merger_adds_up(
        price in 1.0..3000.0_f64,
        cash in 0.0..1.0_f64,
        synergies in -50.0..80.0_f64,
        refinance in any::<bool>(),
        expense in any::<bool>(),
        net_debt in -100.0..200.0_f64,
    ) {
        let mut input = with(&merger(), json!({"expense_fees": expense}));
        input["offer"]["equity_price"] = price.into();
        input["consideration"] = json!({"cash_pct": cash, "stock_pct": 1.0 - cash});
        input["synergies"]["cost"] = synergies.into();
        input["financing"]["refinance_target_debt"] = refinance.into();
        input["target"]["net_debt"] = net_debt.into();
        adds_up_where_defined("merger", &input);
    }

    #[test]
    fn any_equity_adds_up(
        stages in prop::collection::vec((1..6_u32, -0.1..0.2_f64, any::<bool>()), 1..4),
        cost in 0.05..0.2_f64,
        method in prop::sample::select(vec!["multi_stage", "gordon", "h_model"]),
        roe in -0.1..0.3_f64,
        terminal in prop::sample::select(vec!["zero", "persistence", "growth", "value"]),
        mid_year in any::<bool>(),
    ) {
        let stages: Vec<_> = stages.into_iter().map(|(years, growth, linear)| json!({
            "years": years, "growth": growth, "fade": if linear { "linear" } else { "step" }})).collect();
        adds_up_where_defined("ddm", &json!({"dividend": 2, "cost_of_equity": cost, "stages": stages, "method": method,
            "base": {"growth": 0.05}, "growth_initial": 0.12, "half_life": 3, "terminal": {"growth": 0.02},
            "mid_year": mid_year}));
        adds_up_where_defined("residual_income", &json!({"book_value": 100, "roe": roe, "years": 5, "payout": 0.4,
            "cost_of_equity": cost,
            "terminal": {"method": terminal, "omega": 0.5, "growth": 0.02, "value": 150}}));
    }

    #[test]
    fn any_parts_multiples_and_flows_add_up(
        values in prop::collection::vec((-100.0..1000.0_f64, 0.1..1.0_f64), 1..6),
        discount in 0.0..0.9_f64,
        costs in prop::option::of(0.0..500.0_f64),
        weights in prop::collection::vec(0.0..3.0_f64, 3),
        income in -5.0..50.0_f64,
        rate in -0.5..1.0_f64,
    ) {
        let segments: Vec<_> = values.iter().map(|(value, ownership)| {
            json!({"name": "part", "value": value, "ownership": ownership})
        }).collect();
        let costs = costs.map_or(Value::Null, |value| json!({"value": value}));
        adds_up_where_defined("sotp", &json!({"segments": segments, "holding_discount": discount,
            "corporate_costs": costs, "bridge": {"debt": 10, "cash": 4}}));
        let mut multiples = with(&multiples(), json!({"weights": weights}));
        multiples["target"]["net_income"] = income.into();
        adds_up_where_defined("comparables", &multiples);
        let flows: Vec<_> = values.iter().map(|(value, _)| *value).collect();
        adds_up_where_defined("npv", &json!({"rate": rate, "cashflows": flows}));
    }
}
