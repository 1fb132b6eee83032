//! What must hold for every adjusted present value.

mod companies;

use companies::{close, companies, example, number, numbers, refused, shares_the_fields_of_a_company, with, years};
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::valuation::ShieldDiscount;
use valor_ivx::{ErrorKind, evaluate};

fn at(company: &Value, cost: f64, debt: Value) -> Value {
    with(&with(company, json!({"unlevered_cost": cost, "cost_of_debt": 0.05})), debt)
}

proptest! {
    #[test]
    fn without_debt_or_tax_it_is_the_unlevered_dcf(company in companies(), cost in 0.05..0.2_f64, leverage in 0.0..0.9_f64) {
        let dcf = number(&evaluate("dcf", with(&company, json!({"wacc": cost}))).unwrap(), "/enterprise_value");
        let none = evaluate("apv", at(&company, cost, json!({"debt": vec![0.0; years(&company) + 1]}))).unwrap();
        prop_assert_eq!(number(&none, "/enterprise_value"), dcf);
        let untaxed = evaluate("apv", at(&with(&company, json!({"tax_rate": 0.0})), cost, json!({"leverage": leverage}))).unwrap();
        let dcf = number(&evaluate("dcf", with(&company, json!({"wacc": cost, "tax_rate": 0.0}))).unwrap(), "/enterprise_value");
        prop_assert!(close(number(&untaxed, "/enterprise_value"), dcf, 1e-11));
    }

    #[test]
    fn leverage_is_a_dcf_at_the_equivalent_wacc(
        company in companies(), cost in 0.06..0.2_f64, leverage in 0.0..0.9_f64, once_a_year in any::<bool>(), driver in any::<bool>(),
    ) {
        let method = if driver { json!({"method": "value_driver", "growth": 0.02, "ronic": 0.15}) } else { company["terminal"].clone() };
        let company = with(&company, json!({"terminal": method}));
        let discount = if once_a_year { "miles_ezzell" } else { "unlevered" };
        let apv = evaluate("apv", at(&company, cost, json!({"leverage": leverage, "shield_discount": discount}))).unwrap();
        let tax = number(&company, "/tax_rate");
        let wacc = cost - leverage * tax * 0.05 * if once_a_year { (1.0 + cost) / 1.05 } else { 1.0 };
        let dcf = evaluate("dcf", with(&company, json!({"wacc": wacc}))).unwrap();
        let size = number(&dcf, "/pv_fcff").abs() + number(&dcf, "/pv_terminal").abs();
        prop_assert!((number(&apv, "/enterprise_value") - number(&dcf, "/enterprise_value")).abs() <= 1e-10 * size);
        if number(&apv, "/schedule/value/0").abs() > 1e-3 * size {
            prop_assert!(close(number(&apv, "/equivalent_wacc"), wacc, 1e-9));
        }
    }

    #[test]
    fn balances_that_leverage_gives_have_its_value(
        company in companies(), cost in 0.06..0.2_f64, leverage in 0.0..0.9_f64, once_a_year in any::<bool>(),
    ) {
        let discount = if once_a_year { "miles_ezzell" } else { "unlevered" };
        let by_leverage = evaluate("apv", at(&company, cost, json!({"leverage": leverage, "shield_discount": discount}))).unwrap();
        let debt = numbers(&by_leverage, "/schedule/debt");
        prop_assume!(debt.iter().all(|debt| *debt >= 0.0));
        let by_debt = evaluate("apv", at(&company, cost, json!({"debt": debt, "shield_discount": discount}))).unwrap();
        let size = number(&by_debt, "/unlevered_value").abs() + numbers(&by_debt, "/schedule/value").iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        for field in ["/enterprise_value", "/pv_tax_shield", "/pv_terminal_tax_shield"] {
            prop_assert!((number(&by_leverage, field) - number(&by_debt, field)).abs() <= 1e-10 * size, "{}", field);
        }
        for (one, other) in numbers(&by_leverage, "/schedule/value").iter().zip(numbers(&by_debt, "/schedule/value")) {
            prop_assert!((one - other).abs() <= 1e-10 * size);
        }
    }

    #[test]
    fn value_is_the_firm_and_its_shields_less_costs(
        company in companies(), cost in 0.06..0.2_f64, debt in 0.0..1e4_f64, issue in 0.0..100.0_f64, distress in 0.0..100.0_f64,
    ) {
        let balances = vec![debt; years(&company) + 1];
        let input = at(&company, cost, json!({
            "debt": balances, "shield_discount": "debt", "terminal_debt_growth": 0.0, "issue_costs": issue, "distress_cost_pv": distress,
            "bridge": {"net_debt": debt, "associates": 7.0}, "shares": 10.0,
        }));
        let apv = evaluate("apv", input).unwrap();
        // Modigliani and Miller: debt that stays what it is saves its tax rate of itself.
        let shield = number(&company, "/tax_rate") * debt;
        prop_assert!(close(number(&apv, "/pv_tax_shield"), shield, 1e-10));
        let value = number(&apv, "/unlevered_value") + shield - issue - distress;
        prop_assert!(close(number(&apv, "/enterprise_value"), value, 1e-10));
        prop_assert!(close(number(&apv, "/equity_value"), value - debt + 7.0, 1e-10));
        prop_assert!(close(number(&apv, "/value_per_share") * 10.0, value - debt + 7.0, 1e-10));
    }

    #[test]
    fn a_rate_equal_to_a_named_one_discounts_the_same(company in companies(), cost in 0.06..0.2_f64) {
        let debt = json!(vec![100.0; years(&company) + 1]);
        let at = |discount: Value| evaluate("apv", at(&company, cost, json!({"debt": debt, "shield_discount": discount}))).unwrap();
        prop_assert_eq!(&at(json!(cost))["pv_tax_shield"], &at(json!("unlevered"))["pv_tax_shield"]);
        prop_assert_eq!(&at(json!(0.05))["pv_tax_shield"], &at(json!("debt"))["pv_tax_shield"]);
    }
}

#[test]
fn shields_are_as_computed_by_hand() {
    let input = json!({
        "forecast": {"fcff": [100.0, 110.0]}, "tax_rate": 0.25, "unlevered_cost": 0.1, "cost_of_debt": 0.06,
        "debt": [300.0, 280.0, 260.0], "terminal": {"method": "gordon", "growth": 0.02, "normalize": false},
    });
    let discounted = |discount: &str| evaluate("apv", with(&input, json!({"shield_discount": discount}))).unwrap();
    let (first, second, next) = (4.5, 4.2, 3.9);
    let value = discounted("unlevered");
    assert!(close(numbers(&value, "/schedule/shield")[1], second, 1e-14));
    let terminal = next / 0.08 / 1.21;
    assert!(close(number(&value, "/pv_terminal_tax_shield"), terminal, 1e-13));
    assert!(close(number(&value, "/pv_tax_shield"), first / 1.1 + second / 1.21 + terminal, 1e-13));
    let firm = 100.0 / 1.1 + 110.0 / 1.21 + 110.0 * 1.02 / 0.08 / 1.21;
    assert!(close(number(&value, "/enterprise_value"), firm + number(&value, "/pv_tax_shield"), 1e-13));
    let value = discounted("debt");
    assert!(close(
        number(&value, "/pv_tax_shield"),
        first / 1.06 + second / 1.06_f64.powi(2) + next / 0.04 / 1.06_f64.powi(2),
        1e-13
    ));
    let value = discounted("miles_ezzell");
    let want = first / 1.06 + second / (1.1 * 1.06) + next * 1.1 / 1.06 / 0.08 / 1.21;
    assert!(close(number(&value, "/pv_tax_shield"), want, 1e-13));
}

#[test]
fn debt_that_outgrows_its_rate_has_no_shield_value() {
    let debt = json!({"debt": vec![100.0; 8], "shield_discount": "debt", "terminal_debt_growth": 0.05});
    let error = evaluate("apv", at(&example(), 0.09, debt)).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("pv_terminal_tax_shield")));
    // Debt that is paid back saves nothing beyond.
    let mut balances = vec![100.0; 8];
    balances[7] = 0.0;
    let paid = json!({"debt": balances, "shield_discount": "debt", "terminal_debt_growth": 0.05});
    let value = evaluate("apv", at(&example(), 0.09, paid)).unwrap();
    assert_eq!(number(&value, "/pv_terminal_tax_shield"), 0.0);
    let dear = with(&at(&example(), 0.09, json!({"leverage": 0.5})), json!({"cost_of_debt": 30.0}));
    let error = evaluate("apv", dear).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("equivalent_wacc")));
    let error = evaluate("apv", at(&example(), 0.025, json!({"leverage": 0.1}))).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
}

#[test]
fn inputs_that_contradict_each_other_are_refused_by_path() {
    let example = at(&example(), 0.09, json!({"leverage": 0.3}));
    shares_the_fields_of_a_company("apv", &example, "unlevered_cost");
    let fields = |changes: Value| refused("apv", &with(&example, changes));
    assert_eq!(fields(json!({"wacc": 0.09})), ["wacc"]);
    assert_eq!(fields(json!({"leverage": null})), ["debt"]);
    assert_eq!(fields(json!({"debt": vec![1.0; 8]})), ["leverage"]);
    assert_eq!(fields(json!({"leverage": null, "debt": vec![1.0; 7]})), ["debt"]);
    assert_eq!(fields(json!({"leverage": null, "debt": vec![-1.0; 8]})).len(), 8);
    assert_eq!(fields(json!({"leverage": 1.0})), ["leverage"]);
    assert_eq!(fields(json!({"shield_discount": "debt"})), ["shield_discount"]);
    assert_eq!(fields(json!({"shield_discount": 0.05})), ["shield_discount"]);
    assert_eq!(fields(json!({"shield_discount": "wacc"})), ["shield_discount"]);
    assert_eq!(fields(json!({"shield_discount": -1.0})), ["shield_discount"]);
    assert_eq!(
        fields(json!({"mid_year": true, "stub": 0.5, "unlevered_cost": [0.1]})),
        ["mid_year", "stub", "unlevered_cost"]
    );
    let staged: Vec<Value> =
        example["stages"].as_array().unwrap().iter().map(|stage| with(stage, json!({"tax_rate": 0.2}))).collect();
    assert_eq!(fields(json!({"tax_rate": null, "stages": staged})), ["tax_rate"]);
    assert_eq!(fields(json!({"issue_costs": -1.0, "distress_cost_pv": -1.0})), ["distress_cost_pv", "issue_costs"]);
}

#[test]
fn a_rate_that_discounts_shields_can_be_moved_by_its_path() {
    let input = at(&example(), 0.09, json!({"debt": vec![100.0; 8], "shield_discount": 0.06}));
    let line = evaluate(
        "sensitivity_1d",
        json!({"model": "apv", "input": input, "path": "shield_discount", "values": [0.06, 0.08]}),
    )
    .unwrap();
    let at = |rate: f64| evaluate("apv", with(&input, json!({"shield_discount": rate}))).unwrap();
    assert_eq!(line["y"]["enterprise_value"][1], at(0.08)["enterprise_value"]);
    assert!(number(&at(0.08), "/enterprise_value") < number(&at(0.06), "/enterprise_value"));
    assert_eq!(ShieldDiscount::from(0.06), ShieldDiscount::Rate(0.06));
}

#[test]
fn growth_of_debt_beside_leverage_is_warned_of() {
    let value = evaluate("apv", at(&example(), 0.09, json!({"leverage": 0.3, "terminal_debt_growth": 0.01}))).unwrap();
    let fields: Vec<_> = value["warnings"].as_array().unwrap().iter().map(|warning| &warning["field"]).collect();
    assert!(fields.contains(&&json!("terminal_debt_growth")), "{fields:?}");
}

#[test]
fn a_simulation_draws_the_shared_fields_by_their_flat_paths() {
    let input = at(&example(), 0.09, json!({"leverage": 0.3}));
    let run = evaluate(
        "simulate",
        json!({
            "model": "apv", "input": input, "trials": 64, "seed": "7",
            "draws": [
                {"path": "stages[0].growth", "distribution": {"type": "constant", "value": 0.1}},
                {"path": "unlevered_cost", "distribution": {"type": "uniform", "low": 0.08, "high": 0.1}},
            ],
        }),
    )
    .unwrap();
    let mut growing = input;
    growing["stages"][0]["growth"] = json!(0.1);
    let headline = |cost: f64| {
        number(&evaluate("apv", with(&growing, json!({"unlevered_cost": cost}))).unwrap(), "/enterprise_value")
    };
    let mean = number(&run, "/outputs/enterprise_value/mean");
    assert!(headline(0.1) < mean && mean < headline(0.08), "{mean}");
}
