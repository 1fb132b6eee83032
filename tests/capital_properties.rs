//! What must hold for the cost of capital, and what it refuses.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

fn number(model: &str, inputs: &Value, output: &str) -> f64 {
    evaluate(model, inputs).unwrap_or_else(|error| panic!("{model} {inputs}: {error}"))[output].as_f64().unwrap()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

fn method() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("hamada"), Just("harris_pringle"), Just("miles_ezzell")]
}

proptest! {
    #[test]
    fn unlevering_undoes_relevering(
        beta in -1.0..3.0_f64, x in 0.0..4.0_f64, tax in 0.0..0.5_f64, debt_beta in 0.0..0.5_f64, kd in 0.0..0.15_f64, method in method(),
    ) {
        let at = |beta: f64| json!({"beta": beta, "debt_to_equity": x, "tax_rate": tax, "debt_beta": debt_beta, "cost_of_debt": kd, "method": method});
        let levered = number("relever_beta", &at(beta), "beta");
        let again = number("unlever_beta", &at(levered), "beta");
        prop_assert!(close(again, beta, 1e-13));
        let mut none = at(beta);
        none["debt_to_equity"] = json!(0);
        let unchanged = number("relever_beta", &none, "beta");
        prop_assert_eq!(unchanged, beta);
    }

    #[test]
    fn average_lies_between_its_parts(
        ke in 0.02..0.3_f64, kd in 0.0..0.2_f64, kp in 0.0..0.2_f64, tax in 0.0..0.5_f64,
        e in 1.0..1e4_f64, d in 0.0..1e4_f64, p in 0.0..1e4_f64,
    ) {
        let wacc = number("wacc", &json!({
            "cost_of_equity": ke, "cost_of_debt": kd, "cost_of_preferred": kp, "tax_rate": tax,
            "equity_value": e, "debt_value": d, "preferred_value": p,
        }), "wacc");
        let parts = [ke, kd * (1.0 - tax), kp];
        let (low, high) = (parts.iter().copied().fold(f64::MAX, f64::min), parts.iter().copied().fold(f64::MIN, f64::max));
        prop_assert!(low - 1e-12 <= wacc && wacc <= high + 1e-12);
    }

    #[test]
    fn average_falls_with_debt_as_each_theory_says(
        beta in 0.3..2.0_f64, weight in 0.0..0.8_f64, tax in 0.0..0.4_f64, kd in 0.01..0.08_f64,
    ) {
        // Debt with the beta that its cost stands for, so that one asset cost of capital holds.
        let (risk_free, premium) = (0.03, 0.05);
        let ku = risk_free + beta * premium;
        let at = |method: &str| number("wacc", &json!({
            "cost_of_equity": {"risk_free": risk_free, "beta": 9, "equity_risk_premium": premium},
            "cost_of_debt": kd, "tax_rate": tax, "debt_weight": weight,
            "unlevered_beta": beta, "beta_method": method, "debt_beta": (kd - risk_free) / premium,
        }), "wacc");
        let harris_pringle = at("harris_pringle");
        prop_assert!(close(harris_pringle, ku - weight * tax * kd, 1e-12));
        let miles_ezzell = at("miles_ezzell");
        prop_assert!(close(miles_ezzell, ku - weight * tax * kd * (1.0 + ku) / (1.0 + kd), 1e-12));
    }

    #[test]
    fn iterated_weights_are_those_of_the_value_they_lead_to(debt in 0.0..1500.0_f64, beta in 0.6..1.4_f64) {
        let dcf = |wacc: Value| json!({
            "base_revenue": 500, "tax_rate": 0.23, "wacc": wacc, "shares": 150, "bridge": {"net_debt": debt},
            "stages": [{"years": 5, "growth": 0.08, "ebit_margin": 0.3, "sales_to_capital": 3}],
            "terminal": {"method": "gordon", "growth": 0.02},
        });
        let wacc = json!({
            "cost_of_equity": {"risk_free": 0.03, "beta": 1, "equity_risk_premium": 0.05},
            "cost_of_debt": 0.05, "tax_rate": 0.23, "debt_value": debt, "weights": "iterated", "unlevered_beta": beta,
        });
        match evaluate("dcf", dcf(wacc.clone())) {
            Ok(value) => {
                let enterprise = value["enterprise_value"].as_f64().unwrap();
                let mut standing = wacc;
                standing["weights"] = json!("values");
                standing["equity_value"] = json!(enterprise - debt);
                let rate = number("wacc", &standing, "wacc");
                prop_assert!(close(rate, value["wacc"][0].as_f64().unwrap(), 1e-9));
            }
            Err(error) => prop_assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("wacc"))),
        }
    }
}

#[test]
fn capm_adds_its_premia_and_adjusts_beta() {
    let base = json!({"risk_free": 0.04, "beta": 1.2, "equity_risk_premium": 0.05});
    assert!(close(number("capm", &base, "cost_of_equity"), 0.10, 1e-15));
    let mut premia = base.clone();
    premia["size_premium"] = json!(0.01);
    premia["specific_premium"] = json!(0.02);
    premia["country_premium"] = json!(0.03);
    premia["country_exposure"] = json!(0.5);
    assert!(close(number("capm", &premia, "cost_of_equity"), 0.145, 1e-14));
    let mut blume = base.clone();
    blume["beta_adjustment"] = json!("blume");
    assert!(close(number("capm", &blume, "beta_used"), 1.2 * 2.0 / 3.0 + 1.0 / 3.0, 1e-15));
    let mut vasicek = base;
    vasicek["beta_adjustment"] = json!("vasicek");
    assert_eq!(evaluate("capm", &vasicek).unwrap_err().field(), Some("beta_se"));
    vasicek["beta_se"] = json!(0.3);
    vasicek["prior_sd"] = json!(0.3);
    assert!(close(number("capm", &vasicek, "beta_used"), 1.1, 1e-14));
}

#[test]
fn peers_give_a_beta_for_the_target() {
    let output = evaluate(
        "peer_beta",
        json!({
            "peers": [
                {"name": "a", "beta": 1.2, "debt_to_equity": 0.5, "tax_rate": 0.2},
                {"name": "b", "beta": 1.0, "debt_to_equity": 0.0, "tax_rate": 0.3},
                {"name": "c", "beta": 1.8, "debt_to_equity": 1.0, "tax_rate": 0.25},
            ],
            "target_debt_to_equity": 0.4, "target_tax_rate": 0.25,
        }),
    )
    .unwrap();
    let unlevered = [1.2 / 1.4, 1.0, 1.8 / 1.75];
    for (got, want) in output["unlevered"].as_array().unwrap().iter().zip(unlevered) {
        assert!(close(got.as_f64().unwrap(), want, 1e-14));
    }
    assert!(close(output["beta"].as_f64().unwrap(), 1.0 * 1.3, 1e-14));
}

#[test]
fn cover_finds_its_rating() {
    let at = |cover: f64| {
        json!({"interest_cover": cover, "table": [
            {"min_cover": 8.5, "rating": "AAA", "spread": 0.0059}, {"min_cover": 3, "rating": "A-", "spread": 0.0133},
        ]})
    };
    assert_eq!(evaluate("synthetic_rating", at(3.0)).unwrap()["rating"], "A-");
    assert_eq!(evaluate("synthetic_rating", at(12.0)).unwrap()["spread"], 0.0059);
    assert_eq!(evaluate("synthetic_rating", at(1.0)).unwrap_err().kind(), ErrorKind::Undefined);
}

#[test]
fn a_wacc_that_says_too_little_or_too_much_is_refused() {
    let field = |inputs: Value| evaluate("wacc", inputs).unwrap_err().field().unwrap().to_owned();
    let base = json!({"cost_of_equity": 0.1, "tax_rate": 0.2, "equity_value": 60, "debt_value": 40});
    assert_eq!(field(base.clone()), "cost_of_debt");
    let with = |name: &str, value: Value| {
        let mut inputs = base.clone();
        inputs["cost_of_debt"] = json!(0.05);
        inputs[name] = value;
        inputs
    };
    assert!(close(number("wacc", &with("weights", Value::Null), "wacc"), 0.6 * 0.1 + 0.4 * 0.05 * 0.8, 1e-15));
    assert_eq!(field(with("weights", json!("iterated"))), "weights");
    assert_eq!(field(with("unlevered_beta", json!(0.8))), "cost_of_equity");
    assert_eq!(field(with("debt_weight", json!(0.4))), "equity_value");
    assert_eq!(field(with("tax_rate", json!(1.0))), "tax_rate");
    assert_eq!(field(json!({"cost_of_equity": 0.1, "tax_rate": 0.2})), "equity_value");
    assert_eq!(
        field(json!({"cost_of_equity": {"risk_free": 0.1, "colour": 1}, "tax_rate": 0.2})),
        "cost_of_equity.colour"
    );
}
