//! What must hold for sums of parts and football fields.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::Path;
use valor_ivx::{ErrorKind, catalogue, evaluate};

fn company() -> Value {
    json!({
        "base_revenue": 500, "tax_rate": 0.23, "wacc": 0.09, "shares": 150, "bridge": {"net_debt": 300},
        "stages": [{"years": 3, "growth": 0.05, "ebit_margin": 0.2, "sales_to_capital": 2.5}],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

fn dcf(output: &str) -> f64 {
    number(&evaluate("dcf", company()).unwrap(), output)
}

fn number(output: &Value, field: &str) -> f64 {
    output[field].as_f64().unwrap_or_else(|| panic!("{field} in {output}"))
}

fn near(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-12 * (1.0 + want.abs()), "got {got}, want {want}");
}

fn refusals(model: &str, input: &Value) -> Vec<String> {
    let error = evaluate(model, input).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    std::iter::once(&error).chain(error.also()).map(|error| error.field().unwrap().to_owned()).collect()
}

fn codes(output: &Value) -> Vec<&str> {
    output["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// Two plain segments and one that the dcf values.
fn parts() -> Value {
    json!({
        "segments": [
            {"name": "Rail", "value": 400},
            {"name": "Ports", "ownership": 0.6, "metric": 50, "multiple": 8},
            {"name": "Grid", "ownership": 0.5, "model": "dcf", "input": company()},
        ],
        "corporate_costs": {"annual": 10, "multiple": 7},
        "holding_discount": 0.1,
        "bridge": {"net_debt": 150, "associates": 20},
        "shares": 100,
    })
}

#[test]
fn parts_are_summed_less_costs_and_discount() {
    let output = evaluate("sotp", parts()).unwrap();
    let grid = 0.5 * dcf("enterprise_value");
    near(number(&output["segments"][1], "value"), 240.0);
    near(number(&output["segments"][2], "value"), grid);
    near(number(&output["segments"][0], "share"), 400.0 / (640.0 + grid));
    let value = (640.0 + grid - 70.0) * 0.9;
    near(number(&output, "enterprise_value"), value);
    near(number(&output, "equity_value"), value - 130.0);
    near(number(&output, "value_per_share"), (value - 130.0) / 100.0);
}

#[test]
fn a_model_segment_takes_the_output_it_names() {
    let mut input = parts();
    input["segments"][2]["output"] = json!("schedule.fcff[1]");
    let fcff = evaluate("dcf", company()).unwrap()["schedule"]["fcff"][1].as_f64().unwrap();
    near(number(&evaluate("sotp", &input).unwrap()["segments"][2], "value"), 0.5 * fcff);
    input["segments"][2] = json!({"name": "Group", "model": "sotp", "input": parts()});
    let inner = number(&evaluate("sotp", parts()).unwrap(), "enterprise_value");
    near(number(&evaluate("sotp", &input).unwrap()["segments"][2], "value"), inner);
}

#[test]
fn errors_of_a_segments_model_name_the_segment() {
    let mut input = parts();
    input["segments"][2]["input"]["shares"] = json!(-1);
    assert_eq!(refusals("sotp", &input), ["segments[2].input.shares"]);
    input["segments"][2]["input"] = company();
    input["segments"][2]["input"]["wacc"] = json!(0.02);
    let error = evaluate("sotp", &input).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
    input["segments"][2]["model"] = json!("astrology");
    assert_eq!(evaluate("sotp", &input).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_sum_of_parts_dilutes_like_a_dcf() {
    let input = json!({
        "segments": [{"name": "all", "value": 1000}], "shares": 100, "options": [{"count": 10, "strike": 5}],
    });
    near(number(&evaluate("sotp", &input).unwrap(), "value_per_share"), 1050.0 / 110.0);
    let input = json!({"segments": [{"name": "all", "value": 1000}], "rsus": 3});
    assert_eq!(refusals("sotp", &input), ["shares"]);
    let output = evaluate("sotp", json!({"segments": [{"name": "all", "value": -1000}]})).unwrap();
    assert_eq!((&output["value_per_share"], &output["segments"][0]["share"]), (&Value::Null, &Value::Null));
    assert_eq!(codes(&output), ["base_not_positive"]);
}

#[test]
fn problems_of_a_sum_of_parts_are_reported_together() {
    let input = json!({
        "segments": [
            {"name": "none"},
            {"name": "two ways", "value": 3, "metric": 4, "multiple": 5},
            {"name": "half", "metric": 4},
            {"name": "no input", "model": "dcf"},
            {"name": "no model", "input": {}},
            {"name": "both", "value": 3, "model": "dcf", "input": {}},
            {"name": "output", "value": 3, "output": "enterprise_value"},
        ],
        "corporate_costs": {"annual": 3},
        "bridge": {"net_debt": 3, "cash": 4},
    });
    assert_eq!(
        refusals("sotp", &input),
        [
            "segments[3].input",
            "segments[4].model",
            "segments[5]",
            "segments[6].output",
            "segments[0]",
            "segments[1]",
            "segments[2]",
            "corporate_costs",
            "bridge.net_debt",
        ]
    );
    assert_eq!(refusals("sotp", &json!({"segments": []})), ["segments"]);
    let input = json!({"segments": [{"name": "a", "value": 3, "ownership": 0}], "holding_discount": 1});
    assert_eq!(refusals("sotp", &input), ["segments[0].ownership", "holding_discount"]);
}

proptest! {
    #[test]
    fn a_sum_of_parts_is_homogeneous_and_its_shares_sum_to_one(
        values in prop::collection::vec((0.1..1e4_f64, 0.01..=1.0_f64), 1..6),
        costs in 0.0..1e3_f64, discount in 0.0..0.9_f64, debt in -1e3..1e3_f64, factor in 0.01..100.0_f64
    ) {
        let input = |factor: f64| json!({
            "segments": values.iter().map(|(value, ownership)| {
                json!({"name": "part", "ownership": ownership, "value": value * factor})
            }).collect::<Vec<_>>(),
            "corporate_costs": {"value": costs * factor}, "holding_discount": discount,
            "bridge": {"net_debt": debt * factor},
        });
        let (one, other) = (evaluate("sotp", input(1.0)).unwrap(), evaluate("sotp", input(factor)).unwrap());
        let size: f64 = costs + debt.abs() + values.iter().map(|(value, _)| value).sum::<f64>();
        let off = number(&one, "equity_value") * factor - number(&other, "equity_value");
        prop_assert!(off.abs() <= 1e-12 * factor * size);
        let shares: f64 = one["segments"].as_array().unwrap().iter().map(|part| number(part, "share")).sum();
        prop_assert!((shares - 1.0).abs() < 1e-12);
    }

    #[test]
    fn trials_of_a_sum_of_parts_have_the_bits_of_the_headline(metric in 1.0..100.0_f64, discount in 0.0..0.9_f64) {
        let paths = ["segments[1].metric", "holding_discount"].map(|path| Path::parse(path, "path").unwrap());
        let outputs = ["value_per_share".to_owned(), "enterprise_value".to_owned()];
        let prepared = catalogue::find("sotp").unwrap().prepare(&parts(), &paths, &outputs).unwrap();
        let mut numbers = prepared.numbers().values();
        for (path, value) in paths.iter().zip([metric, discount]) {
            numbers[prepared.numbers().select(path)[0].index()] = value;
        }
        let mut input = parts();
        input["segments"][1]["metric"] = json!(metric);
        input["holding_discount"] = json!(discount);
        let output = evaluate("sotp", &input).unwrap();
        let want = [number(&output, "value_per_share"), number(&output, "enterprise_value")];
        prop_assert_eq!(prepared.evaluate(&numbers).unwrap(), want);
    }

    #[test]
    fn overlap_lies_in_every_row_and_every_row_in_the_range(
        rows in prop::collection::vec((-100.0..100.0_f64, 0.0..100.0_f64), 1..6), price in 0.1..100.0_f64
    ) {
        let rows: Vec<_> = rows.iter().map(|(low, width)| {
            json!({"name": "row", "low": low, "mid": low + width / 2.0, "high": low + width})
        }).collect();
        let output = evaluate("football_field", json!({"rows": rows, "price": price})).unwrap();
        let (range, overlap) = (&output["range"], &output["overlap"]);
        for row in output["rows"].as_array().unwrap() {
            let (low, high) = (number(row, "low"), number(row, "high"));
            prop_assert!(number(range, "low") <= low && high <= number(range, "high"));
            if !overlap.is_null() {
                prop_assert!(low <= number(overlap, "low") && number(overlap, "high") <= high);
            }
            prop_assert!((number(row, "upside_low") - (low / price - 1.0)).abs() < 1e-12);
        }
        prop_assert_eq!(overlap.is_null(), codes(&output) == ["no_overlap"]);
    }

    #[test]
    fn ends_of_a_model_row_are_sorted_whichever_comes_first(one in 0.05..0.2_f64, other in 0.05..0.2_f64) {
        let row = |low: f64, high: f64| json!({"rows": [{
            "name": "DCF", "model": "dcf", "input": company(), "path": "wacc", "low_value": low, "high_value": high,
        }]});
        let outputs = [row(one, other), row(other, one)].map(|input| evaluate("football_field", input).unwrap());
        prop_assert_eq!(&outputs[0], &outputs[1]);
        let row = &outputs[0]["rows"][0];
        prop_assert!(number(row, "low") <= number(row, "high"));
        prop_assert_eq!(number(row, "mid"), dcf("value_per_share"));
    }
}

#[test]
fn a_football_field_shows_given_and_computed_rows() {
    let mut cheap = company();
    cheap["wacc"] = json!(0.1);
    let per_share = number(&evaluate("dcf", &cheap).unwrap(), "enterprise_value");
    let output = evaluate(
        "football_field",
        json!({"rows": [
            {"name": "Multiples", "low": 10, "mid": 900, "high": 1e6},
            {
                "name": "DCF", "model": "dcf", "input": company(), "output": "enterprise_value", "path": "wacc",
                "low_value": 0.08, "high_value": 0.1,
            },
        ]}),
    )
    .unwrap();
    near(number(&output["rows"][1], "low"), per_share);
    near(number(&output["overlap"], "low"), per_share);
    near(number(&output["range"], "low"), 10.0);
    assert_eq!(output["rows"][0]["upside_high"], Value::Null);
    assert_eq!(output["warnings"], json!([]));
}

#[test]
fn problems_of_a_football_field_are_reported_together() {
    let input = json!({"rows": [
        {"name": "crossed", "low": 3, "mid": 2, "high": 1},
        {"name": "neither"},
        {"name": "both", "low": 3, "model": "dcf"},
        {"name": "part", "low": 3},
        {"name": "part of a model", "model": "dcf", "path": "wacc", "low_value": 3},
    ]});
    assert_eq!(
        refusals("football_field", &input),
        ["rows[0].low", "rows[1]", "rows[2]", "rows[3].mid", "rows[3].high", "rows[4].input", "rows[4].high_value",]
    );
    assert_eq!(refusals("football_field", &json!({"rows": []})), ["rows"]);
    let row = |path: &str, low: f64| {
        json!({"rows": [{
            "name": "DCF", "model": "dcf", "input": company(), "path": path, "low_value": low, "high_value": 0.1,
        }]})
    };
    assert_eq!(refusals("football_field", &row("colour", 0.08)), ["rows[0].colour"]);
    assert_eq!(refusals("football_field", &row("wacc", -2.0)), ["rows[0].input.wacc"]);
    let error = evaluate("football_field", row("wacc", 0.01)).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
}
