//! What must hold for every valuation by economic value added.

mod companies;

use companies::{close, companies, example, number, numbers, refused, shares_the_fields_of_a_company, with, years};
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

fn at(company: &Value, wacc: f64) -> Value {
    with(company, json!({"wacc": wacc}))
}

proptest! {
    #[test]
    fn capital_and_what_it_earns_is_the_dcf_value(company in companies(), wacc in 0.05..0.2_f64) {
        let (eva, dcf) = (evaluate("eva", at(&company, wacc)).unwrap(), evaluate("dcf", at(&company, wacc)).unwrap());
        let capital = number(&company, "/base_invested_capital");
        let sum = capital + number(&eva, "/pv_eva") + number(&eva, "/pv_terminal_eva");
        let size = capital + number(&dcf, "/pv_fcff").abs() + number(&dcf, "/pv_terminal").abs();
        prop_assert!((sum - number(&dcf, "/enterprise_value")).abs() <= 1e-11 * size);
        prop_assert!((number(&eva, "/mva") - (number(&dcf, "/enterprise_value") - capital)).abs() <= 1e-11 * size);
        prop_assert_eq!(numbers(&eva, "/schedule/eva").len(), years(&company));
        // Everything else is as the dcf tells it.
        for (name, value) in dcf.as_object().unwrap().iter().filter(|(name, _)| *name != "schedule") {
            prop_assert_eq!(&eva[name], value);
        }
        for (name, column) in dcf["schedule"].as_object().unwrap() {
            prop_assert_eq!(&eva["schedule"][name], column);
        }
    }

    #[test]
    fn opening_capital_changes_what_is_added_and_not_the_value(company in companies(), more in 1.0..1e4_f64, wacc in 0.05..0.2_f64) {
        let capital = number(&company, "/base_invested_capital");
        let one = evaluate("eva", at(&company, wacc)).unwrap();
        let other = evaluate("eva", with(&at(&company, wacc), json!({"base_invested_capital": capital + more}))).unwrap();
        prop_assert_eq!(&one["enterprise_value"], &other["enterprise_value"]);
        prop_assert!((number(&one, "/mva") - number(&other, "/mva") - more).abs() <= 1e-9 * (1.0 + more + number(&one, "/mva").abs()));
    }
}

proptest! {
    #[test]
    fn lanes_have_the_bits_of_the_headline(company in companies(), wacc in 0.05..0.2_f64) {
        let grid = |output: &str| evaluate("sensitivity_grid", json!({
            "model": "eva", "input": at(&company, 0.1), "outputs": [output],
            "axes": [{"path": "wacc", "values": [wacc, 0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17]}],
        })).unwrap();
        let headline = evaluate("eva", at(&company, wacc)).unwrap();
        for output in ["enterprise_value", "mva"] {
            prop_assert_eq!(&grid(output)["values"][output][0], &headline[output]);
        }
    }
}

#[test]
fn charges_are_as_computed_by_hand() {
    let value = evaluate("eva", at(&example(), 0.09)).unwrap();
    let (charge, eva) = (numbers(&value, "/schedule/capital_charge"), numbers(&value, "/schedule/eva"));
    assert!(close(charge[0], 0.09 * 240.0, 1e-14));
    assert!(close(eva[0], 86.24 - 21.6, 1e-14));
    // Year 1 adds 24 of fixed and 3 of working capital.
    assert!(close(charge[1], 0.09 * 267.0, 1e-14));
    let tv = number(&value, "/terminal_value") - numbers(&value, "/schedule/invested_capital")[6];
    assert!(close(number(&value, "/pv_terminal_eva"), tv / 1.09_f64.powi(7), 1e-12));
}

#[test]
fn a_computed_cost_of_capital_is_charged_too() {
    let wacc = json!({"cost_of_equity": 0.1, "cost_of_debt": 0.05, "tax_rate": 0.2, "debt_weight": 0.5});
    let value = evaluate("eva", with(&example(), json!({"wacc": wacc}))).unwrap();
    assert!(close(numbers(&value, "/schedule/capital_charge")[0], 0.07 * 240.0, 1e-14));
}

#[test]
fn flows_that_break_the_identity_are_refused() {
    let example = at(&example(), 0.09);
    shares_the_fields_of_a_company("eva", &example, "wacc");
    assert_eq!(refused("eva", &with(&example, json!({"base_invested_capital": null}))), ["base_invested_capital"]);
    assert_eq!(refused("eva", &with(&example, json!({"mid_year": true, "stub": 0.5}))), ["mid_year", "stub"]);
    let dates = json!({"valuation_date": "2024-06-30", "first_year_end": "2024-12-31"});
    assert_eq!(refused("eva", &with(&example, dates)), ["first_year_end"]);
    let whole = json!({"valuation_date": "2023-12-31", "first_year_end": "2024-12-30"});
    assert!(evaluate("eva", with(&example, whole)).is_ok());
    assert!(evaluate("eva", with(&example, json!({"stub": 1.0}))).is_ok());
    let flow = json!({"overrides": [{"year": 2, "fcff": 1.0}]});
    assert_eq!(refused("eva", &with(&example, flow)), ["overrides[0].fcff"]);
    assert_eq!(refused("eva", &with(&example, json!({"wacc": [0.09, 0.09]}))), ["wacc"]);
}

#[test]
fn growth_that_is_not_below_the_cost_of_capital_has_no_value() {
    let error = evaluate("eva", at(&example(), 0.025)).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
}
