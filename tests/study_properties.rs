//! What must hold for goal seek, spider and attribution, whatever the model.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

fn company() -> Value {
    json!({
        "base_revenue": 500, "tax_rate": 0.23, "wacc": 0.09, "shares": 150, "bridge": {"net_debt": 300},
        "stages": [
            {"years": 3, "growth": 0.12, "ebit_margin": 0.2, "sales_to_capital": 2.5, "nwc_pct": 0.05},
            {"years": 2, "growth": 0.05, "ebit_margin": 0.22, "sales_to_capital": 3, "nwc_pct": 0.04}
        ],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

fn seek(path: &str, target: f64, lower: f64, upper: f64) -> Value {
    json!({"model": "dcf", "input": company(), "path": path, "target": target, "lower": lower, "upper": upper})
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn goal_seek_finds_again_what_led_to_the_output(growth in -0.05..0.3_f64, margin in 0.1..0.4_f64) {
        for (path, x) in [("stages[*].growth", growth), ("stages[1].ebit_margin", margin)] {
            let mut input = company();
            let wanted = json!(x);
            for stage in input["stages"].as_array_mut().unwrap().iter_mut().skip(usize::from(path.contains("[1]"))) {
                stage[path.rsplit_once('.').unwrap().1] = wanted.clone();
            }
            let target = evaluate("dcf", &input).unwrap()["value_per_share"].as_f64().unwrap();
            let found = evaluate("goal_seek", seek(path, target, -0.3, 0.6)).unwrap();
            prop_assert!((found["x"].as_f64().unwrap() - x).abs() < 1e-9, "{path} {x}: {found}");
            let reached = found["output_value"].as_f64().unwrap();
            prop_assert!((reached - target).abs() <= 1e-12 * target.abs().max(1.0) * 2.0);
            prop_assert_eq!(found["result"]["value_per_share"].as_f64().unwrap().to_bits(), reached.to_bits());
        }
    }

    #[test]
    fn contributions_add_up_to_the_change_by_both_methods(
        growth in -0.05..0.3_f64, wacc in 0.06..0.15_f64, margin in 0.05..0.4_f64
    ) {
        let mut to = company();
        to["wacc"] = json!(wacc);
        for stage in to["stages"].as_array_mut().unwrap() {
            stage["growth"] = json!(growth);
            stage["ebit_margin"] = json!(margin);
        }
        let paths = json!(["stages[*].growth", "wacc", "stages[*].ebit_margin"]);
        for method in ["stepwise", "shapley"] {
            let result = evaluate("attribution", json!({
                "model": "dcf", "from_input": company(), "to_input": to, "paths": paths, "method": method,
            })).unwrap();
            let number = |name: &str| result[name].as_f64().unwrap();
            let amounts = result["contributions"].as_array().unwrap();
            let sum: f64 = amounts.iter().map(|one| one["amount"].as_f64().unwrap()).sum();
            let (change, from, to) = (number("change"), number("from"), number("to"));
            prop_assert_eq!(sum, change, "{}", method);
            prop_assert!((change - (to - from)).abs() <= 1e-13 * (to.abs() + from.abs()), "{}", result);
            prop_assert_eq!(number("other"), 0.0);
        }
    }
}

#[test]
fn goal_seek_moves_what_is_shifted_or_scaled_and_tells_the_whole_result() {
    let base = evaluate("dcf", company()).unwrap()["value_per_share"].as_f64().unwrap();
    for (mode, path, lower, upper, current) in
        [("shift", "stages[*].ebit_margin", -0.1, 0.1, 0.0), ("scale", "wacc", 0.7, 1.6, 1.0)]
    {
        let mut request = seek(path, base, lower, upper);
        request["mode"] = json!(mode);
        let found = evaluate("goal_seek", request).unwrap();
        assert!((found["x"].as_f64().unwrap() - current).abs() < 1e-9, "{found}");
        assert_eq!(found["multiple"], false);
    }
    // A number that stands in an object nobody gave is found as well, and set in the result's input.
    let mut bare = seek("bridge.net_debt", 10.0, -5000.0, 5000.0);
    bare["input"].as_object_mut().unwrap().remove("bridge");
    let found = evaluate("goal_seek", bare).unwrap();
    assert!((found["result"]["value_per_share"].as_f64().unwrap() - 10.0).abs() < 1e-9);
}

#[test]
fn of_several_roots_the_nearest_to_the_current_value_is_taken() {
    // Present value of these flows is zero at 10 % and at 20 %.
    let flows = json!({"rate": 0.19, "cashflows": [-100.0, 230.0, -132.0]});
    let request = json!({"model": "npv", "input": flows, "path": "rate", "target": 0, "lower": 0.01, "upper": 0.5});
    let found = evaluate("goal_seek", request).unwrap();
    assert_eq!(found["multiple"], true);
    assert_eq!(found["roots"].as_array().unwrap().len(), 2);
    assert!((found["x"].as_f64().unwrap() - 0.2).abs() < 1e-9);
}

#[test]
fn a_target_out_of_reach_is_undefined_with_both_ends_and_a_pole_is_no_root() {
    let error = evaluate("goal_seek", seek("stages[*].ebit_margin", 1e6, 0.1, 0.3)).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("goal_seek")));
    assert!(error.to_string().contains("0.1") && error.to_string().contains("0.3"), "{error}");
    // At a growth of 9 % and beyond there is no value: those points are counted, and no sign change
    // beside them is taken for a root.
    let error = evaluate("goal_seek", seek("terminal.growth", -1e6, 0.0, 0.2)).unwrap_err();
    assert_eq!(error.what(), Some("goal_seek"));
    assert!(error.to_string().contains("undefined"), "{error}");
    let found = evaluate("goal_seek", seek("terminal.growth", 20.0, 0.0, 0.2)).unwrap();
    assert!(found["undefined_points"].as_u64().unwrap() > 30);
    let mut short = seek("stages[*].growth", 12.0, -0.3, 0.6);
    short["max_iterations"] = json!(1);
    assert_eq!(evaluate("goal_seek", short).unwrap_err().kind(), ErrorKind::NoConvergence);
    let error = evaluate("goal_seek", seek("wacc", 10.0, 0.2, 0.1)).unwrap_err();
    assert_eq!(error.field(), Some("upper"));
    assert_eq!(evaluate("goal_seek", seek("waccc", 10.0, 0.1, 0.2)).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_spider_has_the_base_at_no_change_and_null_where_there_is_no_value() {
    let result = evaluate(
        "spider",
        json!({
            "model": "dcf", "input": company(), "drivers": ["wacc", "stages[*].growth"], "steps": [-0.8, 0, 0.1],
        }),
    )
    .unwrap();
    assert_eq!(result["matrix"][0][1], result["base"]);
    assert_eq!(result["matrix"][1][1], result["base"]);
    assert!(result["matrix"][0][0].is_null());
    assert_eq!(result["errors"][0]["index"], 0);
    assert_eq!(result["errors"][0]["error"]["kind"], "Undefined");
    let mut shifted = company();
    shifted["wacc"] = json!(0.09 * 1.1);
    assert_eq!(result["matrix"][0][2], evaluate("dcf", shifted).unwrap()["value_per_share"]);
    let empty = json!({"model": "dcf", "input": company(), "drivers": [], "steps": []});
    assert_eq!(evaluate("spider", empty).unwrap_err().field(), Some("drivers"));
}

#[test]
fn a_change_no_path_names_is_told_apart_and_shapley_does_not_care_for_order() {
    let mut to = company();
    to["wacc"] = json!(0.08);
    to["tax_rate"] = json!(0.3);
    to["terminal"]["growth"] = json!(0.03);
    let attribute = |paths: Value, method: &str| {
        evaluate(
            "attribution",
            json!({
                "model": "dcf", "from_input": company(), "to_input": to, "paths": paths, "method": method,
            }),
        )
        .unwrap()
    };
    let part = attribute(json!(["wacc", "terminal.growth"]), "stepwise");
    assert!(part["other"].as_f64().unwrap() < -0.1, "a higher tax rate takes value: {part}");
    let amount = |result: &Value, path: &str| {
        let all = result["contributions"].as_array().unwrap();
        all.iter().find(|one| one["path"] == path).unwrap()["amount"].as_f64().unwrap()
    };
    let one = attribute(json!(["wacc", "terminal.growth", "tax_rate"]), "shapley");
    let other = attribute(json!(["tax_rate", "wacc", "terminal.growth"]), "shapley");
    for path in ["wacc", "terminal.growth", "tax_rate"] {
        assert!((amount(&one, path) - amount(&other, path)).abs() < 1e-12);
    }
    let mut shorter = company();
    shorter["stages"].as_array_mut().unwrap().pop();
    let request = json!({
        "model": "dcf", "from_input": company(), "to_input": shorter, "paths": ["stages[*].growth"],
    });
    assert_eq!(evaluate("attribution", request).unwrap_err().field(), Some("paths[0]"));
    let many: Vec<Value> = (0..13).map(|_| json!("wacc")).collect();
    let request = json!({"model": "dcf", "from_input": company(), "to_input": to, "paths": many, "method": "shapley"});
    assert_eq!(evaluate("attribution", request).unwrap_err().field(), Some("paths"));
}
