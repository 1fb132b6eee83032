//! Companies for the methods that share the fields of one, and what their tests ask of all of them.

use std::borrow::Borrow;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

/// The worked example of three stages, without any rate of return.
pub(crate) fn example() -> Value {
    json!({
        "base_revenue": 500.0, "base_invested_capital": 240.0, "tax_rate": 0.23,
        "stages": [
            {"years": 3, "growth": 0.12, "ebit_margin": 0.20, "sales_to_capital": 2.5, "nwc_pct": 0.05},
            {"years": 3, "growth": 0.08, "ebit_margin": 0.22, "sales_to_capital": 3.0, "nwc_pct": 0.04},
            {"years": 1, "growth": 0.04, "ebit_margin": 0.24, "sales_to_capital": 3.5, "nwc_pct": 0.035},
        ],
        "terminal": {"method": "gordon", "growth": 0.025},
    })
}

prop_compose! {
    /// Profitable companies without any rate of return, of 1 to 12 years.
    pub(crate) fn companies()(
        revenue in 10.0..1e5_f64,
        capital in 1.0..1e5_f64,
        stages in prop::collection::vec((1..5_u32, -0.1..0.3_f64, 0.05..0.4_f64, 0.5..5.0_f64, -0.1..0.2_f64), 1..4),
        tax in 0.0..0.4_f64,
        growth in -0.02..0.03_f64,
    ) -> Value {
        let stages = stages.into_iter().map(|(years, growth, margin, capital, nwc)| json!({
            "years": years, "growth": growth, "ebit_margin": margin, "sales_to_capital": capital, "nwc_pct": nwc,
        }));
        json!({
            "base_revenue": revenue, "base_invested_capital": capital, "tax_rate": tax,
            "stages": stages.collect::<Vec<_>>(),
            "terminal": {"method": "gordon", "growth": growth},
        })
    }
}

/// `base` with the fields of `changes` in place of its own; null takes one away.
pub(crate) fn with(base: &Value, changes: impl Borrow<Value>) -> Value {
    let mut merged = base.clone();
    for (name, value) in changes.borrow().as_object().unwrap() {
        if value.is_null() {
            merged.as_object_mut().unwrap().remove(name);
        } else {
            merged[name.as_str()] = value.clone();
        }
    }
    merged
}

/// The years of its stages.
pub(crate) fn years(company: &Value) -> usize {
    let stages = company["stages"].as_array().unwrap().iter();
    stages.map(|stage| usize::try_from(stage["years"].as_u64().unwrap()).unwrap()).sum()
}

pub(crate) fn number(value: &Value, path: &str) -> f64 {
    value.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} is no number in {value}"))
}

pub(crate) fn numbers(value: &Value, path: &str) -> Vec<f64> {
    let array = value.pointer(path).and_then(Value::as_array).unwrap_or_else(|| panic!("no {path} in {value}"));
    array.iter().map(|number| number.as_f64().unwrap()).collect()
}

pub(crate) fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

/// The fields that `model` refuses in `input`, sorted.
pub(crate) fn refused(model: &str, input: &Value) -> Vec<String> {
    let error = evaluate(model, input).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let mut fields: Vec<_> = error.also().iter().filter_map(|error| error.field().map(str::to_owned)).collect();
    fields.extend(error.field().map(str::to_owned));
    fields.sort_unstable();
    fields
}

/// What the shared fields promise in every model that has them: flat paths, unknown names, a schema of
/// one level, and draws by path.
pub(crate) fn shares_the_fields_of_a_company(model: &str, input: &Value, rate: &str) {
    let wrong = with(input, json!({"colour": 1, "base_revenue": "500", "stages": [{"years": 2.5}], rate: -2}));
    assert_eq!(refused(model, &wrong), ["base_revenue", "colour", "stages[0].years"], "{model}");
    let wrong = with(input, json!({"base_revenue": 0, "shares": -1, rate: -2}));
    let mut fields = ["base_revenue", "shares", rate];
    fields.sort_unstable();
    assert_eq!(refused(model, &wrong), fields, "{model}");
    let wrong = with(input, json!({"rsus": 1, "valuation_date": "2024-01-01"}));
    assert_eq!(refused(model, &wrong), ["first_year_end", "shares"], "{model}");

    let schema = valor_ivx::schema(model).unwrap();
    let properties = schema["inputs"]["properties"].as_object().unwrap();
    let dcf = valor_ivx::schema("dcf").unwrap()["inputs"]["properties"].as_object().unwrap();
    for (name, property) in dcf.iter().filter(|(name, _)| !["wacc", "terminal"].contains(&name.as_str())) {
        assert_eq!(properties.get(name), Some(property), "{model} {name}");
    }
    assert_eq!(properties.contains_key("wacc"), model == "eva");

    let primary = schema["primary"].as_str().unwrap();
    let line = evaluate(
        "sensitivity_1d",
        json!({"model": model, "input": input, "path": "stages[0].growth", "values": [0.05, 0.1]}),
    )
    .unwrap();
    let mut changed = input.clone();
    changed["stages"][0]["growth"] = json!(0.1);
    let headline = evaluate(model, &changed).unwrap();
    assert_eq!(line["y"][primary][1], headline[primary], "{model}");
    let unknown = evaluate(
        "sensitivity_1d",
        json!({"model": model, "input": input, "path": "stages[9].growth", "values": [0.1, 0.2]}),
    );
    assert_eq!(unknown.unwrap_err().field(), Some("stages[9].growth"));
}
