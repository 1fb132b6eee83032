//! What must hold for every valuation by flows to equity.

mod companies;

use companies::{close, companies, example, number, numbers, refused, shares_the_fields_of_a_company, with, years};
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

/// The company with balances of debt at 5 %, its terminal object by growth.
fn owed(company: &Value, cost: f64, debt: &[f64]) -> Value {
    let growth = company["terminal"]["growth"].clone();
    with(company, json!({"cost_of_equity": cost, "cost_of_debt": 0.05, "debt": debt, "terminal": {"growth": growth}}))
}

proptest! {
    #[test]
    fn without_debt_it_is_the_dcf_at_the_cost_of_equity(
        company in companies(), cost in 0.05..0.2_f64, mid_year in any::<bool>(), stub in 0.1..1.0_f64, normalize in any::<bool>(),
    ) {
        let company = with(&company, json!({"mid_year": mid_year, "stub": stub, "bridge": {"cash": 5.0, "minority_interest": 3.0}, "shares": 7.0}));
        let mut fcfe = owed(&company, cost, &vec![0.0; years(&company) + 1]);
        fcfe["terminal"]["normalize"] = json!(normalize);
        let mut dcf = with(&company, json!({"wacc": cost}));
        dcf["terminal"]["normalize"] = json!(normalize);
        let (fcfe, dcf) = (evaluate("fcfe", fcfe).unwrap(), evaluate("dcf", dcf).unwrap());
        prop_assert!(close(number(&fcfe, "/equity_value"), number(&dcf, "/equity_value"), 1e-12));
        prop_assert!(close(number(&fcfe, "/value_per_share"), number(&dcf, "/value_per_share"), 1e-12));
        prop_assert_eq!(&fcfe["schedule"]["fcff"], &dcf["schedule"]["fcff"]);
    }

    #[test]
    fn flows_pay_interest_and_take_new_debt(company in companies(), balances in prop::collection::vec(0.0..1e3_f64, 13), cost in 0.05..0.2_f64) {
        let debt = &balances[..=years(&company)];
        let value = evaluate("fcfe", owed(&company, cost, debt)).unwrap();
        let after_tax = 0.05 * (1.0 - number(&company, "/tax_rate"));
        let (fcff, fcfe) = (numbers(&value, "/schedule/fcff"), numbers(&value, "/schedule/fcfe"));
        for t in 0..fcff.len() {
            let want = fcff[t] - after_tax * debt[t] + debt[t + 1] - debt[t];
            prop_assert!(close(fcfe[t], want, 1e-12));
            prop_assert!(close(numbers(&value, "/schedule/interest_after_tax")[t], after_tax * debt[t], 1e-12));
            prop_assert!(close(numbers(&value, "/schedule/net_borrowing")[t], debt[t + 1] - debt[t], 1e-12));
        }
        // Debt grows with the flows beyond the forecast.
        let growth = number(&company, "/terminal/growth");
        let last = debt[fcff.len()];
        let firm = evaluate("dcf", with(&company, json!({"wacc": cost}))).unwrap();
        let next = number(&firm, "/terminal_fcff") - after_tax * last + growth * last;
        prop_assert!(close(number(&value, "/terminal_fcfe"), next, 1e-11));
        prop_assert!(close(number(&value, "/terminal_value"), next / (cost - growth), 1e-9));
    }

    #[test]
    fn explicit_flows_of_a_driver_run_reproduce_it(company in companies(), cost in 0.05..0.2_f64) {
        let debt: Vec<f64> = (0..=years(&company)).map(|t| 50.0 + 3.0 * t as f64).collect();
        let value = evaluate("fcfe", owed(&company, cost, &debt)).unwrap();
        let explicit = evaluate("fcfe", json!({
            "fcfe": value["schedule"]["fcfe"], "cost_of_equity": cost, "terminal": {"value": value["terminal_value"]},
        })).unwrap();
        prop_assert!(close(number(&explicit, "/equity_value"), number(&value, "/equity_value"), 1e-12));
    }

    #[test]
    fn debt_that_costs_what_equity_does_changes_no_value_without_tax(company in companies(), cost in 0.05..0.2_f64, debt in 0.0..1e3_f64) {
        let untaxed = with(&company, json!({"tax_rate": 0.0}));
        let balances = vec![debt; years(&company) + 1];
        let growth = number(&company, "/terminal/growth");
        let mut owed = owed(&untaxed, cost, &balances);
        owed["cost_of_debt"] = json!(cost);
        let value = number(&evaluate("fcfe", owed).unwrap(), "/equity_value");
        let firm = number(&evaluate("dcf", with(&untaxed, json!({"wacc": cost}))).unwrap(), "/enterprise_value");
        prop_assume!(growth < cost);
        prop_assert!((value - (firm - debt)).abs() <= 1e-10 * (firm.abs() + debt + value.abs()));
    }
}

#[test]
fn explicit_flows_are_as_computed_by_hand() {
    let input = json!({
        "fcfe": [10.0, 12.0], "cost_of_equity": [0.1, 0.12], "terminal": {"growth": 0.02},
        "bridge": {"cash": 4.0, "debt": 50.0}, "shares": 2.0,
    });
    let value = evaluate("fcfe", &input).unwrap();
    let factor = 1.0 / 1.1 / 1.12;
    let want = 10.0 / 1.1 + 12.0 * factor + 12.0 * 1.02 / 0.1 * factor + 4.0;
    assert!(close(number(&value, "/equity_value"), want, 1e-13));
    assert!(close(number(&value, "/value_per_share"), want / 2.0, 1e-13));
    assert_eq!(value["schedule"]["fcff"], json!([null, null]));
    let given = evaluate("fcfe", with(&input, json!({"terminal": {"value": 100.0}}))).unwrap();
    assert!(close(number(&given, "/pv_terminal"), 100.0 * factor, 1e-13));
    assert_eq!(given["terminal_fcfe"], Value::Null);
}

#[test]
fn debt_of_the_bridge_is_not_deducted_again_and_its_field_is_warned_of() {
    let plain = owed(&example(), 0.11, &[300.0; 8]);
    let at = |bridge: Value| evaluate("fcfe", with(&plain, json!({"bridge": bridge}))).unwrap();
    let equity = |bridge| number(&at(bridge), "/equity_value");
    let base = equity(json!({}));
    assert_eq!(equity(json!({"debt": 300.0})), base);
    assert_eq!(equity(json!({"net_debt": 280.0})), base);
    assert!(close(
        equity(json!({"debt": 300.0, "cash": 20.0, "associates": 5.0, "preferred": 2.0})),
        base + 23.0,
        1e-13
    ));
    let warned = |bridge: Value| {
        let value = at(bridge);
        let warnings = value["warnings"].as_array().unwrap().clone();
        warnings.into_iter().filter(|w| w["code"] == "inert_path").map(|w| w["field"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(warned(json!({"debt": 1.0})), [json!("bridge.debt")]);
    assert_eq!(warned(json!({"net_debt": 1.0})), [json!("bridge.net_debt")]);
}

#[test]
fn warnings_of_growth_reach_equity() {
    let codes = |input: Value| {
        let value = evaluate("fcfe", input).unwrap();
        let warnings = value["warnings"].as_array().unwrap().clone();
        warnings.into_iter().map(|warning| warning["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let explicit = json!({"fcfe": [-1.0], "cost_of_equity": 0.1, "terminal": {"growth": 0.095}, "tax_rate": 0.2});
    assert_eq!(codes(explicit), ["inert_path", "narrow_spread", "negative_terminal_flow"]);
    let shrinking = json!({"stages": [{"years": 2, "growth": -0.1, "ebit_margin": 0.1, "sales_to_capital": 2.0}]});
    assert!(codes(owed(&with(&example(), shrinking), 0.11, &[0.0; 3])).contains(&"divestment_floored".to_owned()));
}

#[test]
fn growth_that_is_not_below_the_cost_of_equity_has_no_value() {
    for (cost, min_spread) in [(0.025, 0.0), (0.09, 0.07)] {
        let mut input = owed(&example(), cost, &[0.0; 8]);
        input["terminal"]["min_spread"] = json!(min_spread);
        let error = evaluate("fcfe", input).unwrap_err();
        assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
    }
}

#[test]
fn inputs_that_contradict_each_other_are_refused_by_path() {
    let example = owed(&example(), 0.11, &[300.0; 8]);
    shares_the_fields_of_a_company("fcfe", &example, "cost_of_equity");
    let fields = |changes: Value| refused("fcfe", &with(&example, changes));
    assert_eq!(fields(json!({"wacc": 0.09})), ["wacc"]);
    assert_eq!(fields(json!({"debt": null, "cost_of_debt": null})), ["cost_of_debt", "debt"]);
    assert_eq!(fields(json!({"debt": [1.0], "cost_of_equity": [0.1]})), ["cost_of_equity", "debt"]);
    assert_eq!(fields(json!({"terminal": {}})), ["terminal.growth"]);
    assert_eq!(fields(json!({"terminal": {"growth": 0.02, "value": 1.0}})), ["terminal.value"]);
    assert_eq!(fields(json!({"fcfe": vec![1.0; 7]})), ["debt", "stages"]);
    let explicit = json!({"fcfe": [], "cost_of_equity": 0.1, "terminal": {"growth": 0.02}});
    assert_eq!(refused("fcfe", &explicit), ["fcfe"]);
    let rates = with(&explicit, json!({"fcfe": [1.0], "cost_of_equity": [0.1, 0.1], "rsus": 1}));
    assert_eq!(refused("fcfe", &rates), ["cost_of_equity", "shares"]);
    // A forecast of flows alone cannot be normalised.
    let flows = json!({"stages": null, "base_revenue": null, "base_invested_capital": null, "debt": [0.0, 0.0], "forecast": {"fcff": [1.0]}});
    let mut flows = with(&example, flows);
    flows["terminal"]["normalize"] = json!(true);
    assert_eq!(refused("fcfe", &flows), ["terminal.fcff_next"]);
}
