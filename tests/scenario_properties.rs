//! What must hold for scenarios, whatever the model.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use valor_ivx::scenario::{Base, DifferenceKind, Scenario, ScenarioSet, Weighted, diff};
use valor_ivx::{Error, ErrorKind, evaluate};

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

/// A set over the company: name, patch and weight of each scenario.
fn set(scenarios: &[(&str, Value, f64)]) -> Value {
    let scenario = |(name, patch, weight): &(&str, Value, f64)| json!({"name": name, "patch": patch, "weight": weight});
    json!({
        "format": "valor-ivx/scenarios", "version": 1, "base": {"model": "dcf", "input": company()},
        "scenarios": scenarios.iter().map(scenario).collect::<Vec<_>>(),
    })
}

/// Scenarios of `npv` at rate 0, whose values are the numbers given.
fn worth(values: &[f64], weights: &[f64]) -> ScenarioSet {
    let scenario = |(i, (value, weight)): (usize, (&f64, &f64))| Scenario {
        name: format!("S{i}"),
        patch: Some(BTreeMap::from([("cashflows[0]".to_owned(), json!(value))])),
        weight: *weight,
        ..Scenario::default()
    };
    ScenarioSet {
        base: Base { model: "npv".into(), input: json!({"rate": 0.0, "cashflows": [1.0]}) },
        scenarios: values.iter().zip(weights).enumerate().map(scenario).collect(),
        ..ScenarioSet::default()
    }
}

fn share(input: &Value) -> f64 {
    evaluate("dcf", input).unwrap()["value_per_share"].as_f64().unwrap()
}

fn fields(error: &Error) -> Vec<&str> {
    std::iter::once(error).chain(error.also()).filter_map(Error::field).collect()
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-1e12..1e12_f64).prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<i32>().prop_map(|whole| Value::from(f64::from(whole))),
        any::<u64>().prop_map(Value::from),
    ]
}

/// Any JSON, with names that paths can and cannot have.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => numbers(),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]|x\\.y|z\\[0|", inner, 0..4)
                .prop_map(|object| object.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

fn inputs() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-f]", values(), 0..5)
        .prop_map(|object| object.into_iter().collect::<Map<_, _>>().into())
}

prop_compose! {
    fn scenarios()(
        list in prop::collection::vec(
            (
                prop::option::of("[a-z]{1,8}"),
                prop_oneof![
                    inputs().prop_map(|input| (Some(input), None)),
                    prop::collection::btree_map("[a-c](\\[[0-9*]\\])?(\\.[a-c])?", values(), 0..4)
                        .prop_map(|patch| (None, Some(patch))),
                ],
                0.0..1e6_f64, prop::option::of(".{0,12}"), prop::option::of("2024-0[1-9]-01T00:00:00Z"),
            ),
            0..6,
        ),
        base in inputs(),
    ) -> ScenarioSet {
        let scenario = |(i, (model, (input, patch), weight, notes, created))| {
            Scenario { name: format!("S{i}"), model, input, patch, weight, notes, created }
        };
        ScenarioSet {
            base: Base { model: "dcf".into(), input: base },
            scenarios: list.into_iter().enumerate().map(scenario).collect(),
            ..ScenarioSet::default()
        }
    }
}

/// The same value with null fields left out: they are missing.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), bare(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

/// The value at `path`, made if it is an element just past the end or a field that is missing.
fn place<'v>(root: &'v mut Value, path: &str) -> (&'v mut Value, String) {
    let path = path.replace('[', ".").replace(']', "");
    let (parents, last) = path
        .rsplit_once('.')
        .map_or((Vec::new(), path.as_str()), |(parents, last)| (parents.split('.').collect(), last));
    let holder = parents.into_iter().fold(root, |value, step| match step.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[step],
    });
    (holder, last.to_owned())
}

/// `a` with the differences to `b` applied; removed elements are the last of an array.
fn applied(a: &Value, b: &Value) -> Value {
    let mut result = bare(a);
    let differences = diff(a, b).unwrap();
    let (removed, others): (Vec<_>, Vec<_>) =
        differences.into_iter().partition(|one| one.kind == DifferenceKind::Removed);
    for one in others.into_iter().chain(removed.into_iter().rev()) {
        let (holder, last) = place(&mut result, &one.path);
        let new = one.new.unwrap_or(Value::Null);
        match (holder, one.kind) {
            (Value::Object(object), DifferenceKind::Removed) => drop(object.remove(&last)),
            (Value::Array(items), DifferenceKind::Removed) => drop(items.pop()),
            (Value::Array(items), DifferenceKind::Added) => items.push(new),
            (Value::Array(items), DifferenceKind::Changed) => items[last.parse::<usize>().unwrap()] = new,
            (holder, _) => holder[&last] = new,
        }
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_set_comes_back_from_its_export_and_its_text(set in scenarios()) {
        let kept = set.export();
        let back = ScenarioSet::import(&kept).unwrap();
        prop_assert_eq!(&back, &set);
        let text = kept.to_string();
        let read = ScenarioSet::import(&serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(read.export().to_string(), text);
    }

    #[test]
    fn an_input_does_not_differ_from_itself_nor_by_nulls_or_the_order_of_its_fields(a in inputs()) {
        prop_assert_eq!(diff(&a, &a).unwrap(), vec![]);
        prop_assert_eq!(diff(&a, &bare(&a)).unwrap(), vec![]);
        let turned: Map<_, _> = a.as_object().unwrap().clone().into_iter().rev().collect();
        prop_assert_eq!(diff(&a, &turned.into()).unwrap(), vec![]);
    }

    #[test]
    fn the_differences_applied_to_the_old_input_give_the_new_one(a in inputs(), b in inputs()) {
        let result = applied(&a, &b);
        prop_assert_eq!(diff(&result, &b).unwrap(), vec![]);
        let differences = diff(&a, &b).unwrap();
        let back = diff(&b, &a).unwrap();
        prop_assert_eq!(differences.len(), back.len());
        for one in &differences {
            let same = back.iter().find(|other| other.path == one.path).unwrap();
            prop_assert_eq!((&one.old, &one.new), (&same.new, &same.old));
        }
    }

    #[test]
    fn the_weighted_mean_lies_between_the_extremes_and_weights_may_be_scaled(
        cases in prop::collection::vec((-1e6..1e6_f64, 0.001..1e3_f64), 1..8), scale in 1e-3..1e3_f64, at in -1e6..1e6_f64,
    ) {
        let (values, weights): (Vec<f64>, Vec<f64>) = cases.into_iter().unzip();
        let weigh = |scale: f64| {
            let weights: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
            let weighted = Weighted { set: worth(&values, &weights), threshold: Some(at), ..Weighted::default() };
            weighted.value().unwrap()
        };
        let one = weigh(1.0);
        let output = &one.outputs[0];
        prop_assert!(output.min <= output.mean && output.mean <= output.max, "{:?}", output);
        prop_assert!((one.weights.iter().map(|one| one.weight).sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(2.0 * output.sd <= (output.max - output.min) * (1.0 + 1e-12));
        let (total, close) = (weights.iter().sum::<f64>(), |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs()));
        let mean = values.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / total;
        prop_assert!(close(output.mean, mean));
        let square = values.iter().zip(&weights).map(|(value, weight)| (value - mean).powi(2) * weight).sum::<f64>();
        prop_assert!(close(output.sd, (square / total).sqrt()));
        let below = values.iter().zip(&weights).filter(|(value, _)| **value < at).map(|(_, weight)| weight).sum::<f64>();
        prop_assert!(close(output.probability_below.unwrap(), below / total));
        let other = weigh(scale);
        prop_assert!(close(output.mean, other.outputs[0].mean) && close(output.sd, other.outputs[0].sd));
        prop_assert_eq!(&output.min_scenario, &other.outputs[0].min_scenario);
        // A power of two moves no bit.
        prop_assert_eq!(&weigh(8.0).outputs, &one.outputs);
    }

    #[test]
    fn equal_values_have_their_mean_exactly_and_no_spread(
        value in -1e6..1e6_f64, weights in prop::collection::vec(0.001..1e3_f64, 1..8),
    ) {
        let output = worth(&vec![value; weights.len()], &weights).weighted(&[]).unwrap().outputs.remove(0);
        prop_assert_eq!((output.mean, output.sd, output.min_scenario.as_str()), (value, 0.0, "S0"));
    }

    #[test]
    fn a_patch_is_the_base_with_its_values_in_place(growth in -0.05..0.3_f64, wacc in 0.06..0.15_f64) {
        let patch = json!({"stages[*].growth": growth, "wacc": wacc, "bridge.cash": 20, "bridge.net_debt": null});
        let mut input = company();
        input["wacc"] = json!(wacc);
        input["bridge"] = json!({"cash": 20});
        for stage in input["stages"].as_array_mut().unwrap() {
            stage["growth"] = json!(growth);
        }
        let result = evaluate("scenarios_evaluate", json!({"set": set(&[("A", patch, 1.0)])})).unwrap();
        prop_assert_eq!(&result["results"][0]["result"], &evaluate("dcf", &input).unwrap());
    }
}

#[test]
fn import_refuses_what_is_no_set_and_names_the_field() {
    let good = set(&[("A", json!({"wacc": 0.1}), 1.0), ("B", json!({}), 0.0)]);
    assert!(ScenarioSet::import(&good).is_ok());
    for (path, value, field) in [
        ("/version", json!(2), "version"),
        ("/version", json!("1"), "version"),
        ("/version", Value::Null, "version"),
        ("/format", json!("valor-ivx/runs"), "format"),
        ("/format", Value::Null, "format"),
        ("/base/model", Value::Null, "base.model"),
        ("/base/input", Value::Null, "base.input"),
        ("/scenarios", Value::Null, "scenarios"),
        ("/scenarios/0/name", Value::Null, "scenarios[0].name"),
        ("/scenarios/0/name", json!(""), "scenarios[0].name"),
        ("/scenarios/1/name", json!("A"), "scenarios[1].name"),
        ("/scenarios/1/weight", json!(-0.1), "scenarios[1].weight"),
        ("/scenarios/1/patch", Value::Null, "scenarios[1].input"),
        ("/scenarios/1/patch", json!({"a..b": 1}), "scenarios[1].patch.a..b"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        let error = ScenarioSet::import(&bad).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)), "{error}");
        let error = evaluate("scenarios_evaluate", json!({"set": bad})).unwrap_err();
        assert_eq!(error.field(), Some(format!("set.{field}").as_str()));
    }
    for (pointer, field) in [("", "colour"), ("/base", "base.colour"), ("/scenarios/0", "scenarios[0].colour")] {
        let mut bad = good.clone();
        bad.pointer_mut(pointer).unwrap()["colour"] = json!(1);
        assert_eq!(ScenarioSet::import(&bad).unwrap_err().field(), Some(field));
    }
    let mut both = good.clone();
    both["scenarios"][0]["input"] = company();
    both["scenarios"][1]["name"] = json!("A");
    assert_eq!(fields(&ScenarioSet::import(&both).unwrap_err()), ["scenarios[0].input", "scenarios[1].name"]);
}

#[test]
fn a_patch_sets_numbers_defaults_objects_and_arrays_and_a_continued_path_comes_last() {
    let stages = json!([{"years": 4, "growth": 0.06, "ebit_margin": 0.2, "sales_to_capital": 2.5}]);
    let patch = json!({
        "stages[0].growth": 0.07, "stages": stages, "terminal.growth": 0.01, "terminal": {"method": "gordon", "growth": 0},
        "stub": 0.5, "mid_year": false,
    });
    let mut input = company();
    input["stages"] = stages;
    input["stages"][0]["growth"] = json!(0.07);
    input["terminal"]["growth"] = json!(0.01);
    input["stub"] = json!(0.5);
    input["mid_year"] = json!(false);
    let compared = ScenarioSet::import(&set(&[("A", patch, 1.0)])).unwrap().compare(&[]).unwrap();
    let row = &compared.outputs[0].scenarios[0];
    assert_eq!((row.value, row.rank), (Some(share(&input)), Some(1)), "{row:?}");
    assert_eq!(row.difference, Some(share(&input) - share(&company())));
}

#[test]
fn a_path_that_the_model_does_not_have_is_named_beside_the_scenario() {
    for (path, value) in [
        ("waccc", json!(0.1)),
        ("stages[5].growth", json!(0.1)),
        ("stages[*].grwth", json!(0.1)),
        ("overrides[*].growth", json!(0.1)),
        ("bridge.nothing", json!(1)),
        ("wacc[0]", json!(0.1)),
    ] {
        let field = format!("set.scenarios[1].patch.{path}");
        let bad = set(&[("A", json!({}), 1.0), ("B", json!({path: value, "wacc": 0.1}), 1.0)]);
        let result = evaluate("scenarios_evaluate", json!({"set": bad})).unwrap();
        assert!(result["results"][0]["error"].is_null() && result["results"][1]["result"].is_null());
        let error = &result["results"][1]["error"];
        assert_eq!(error["field"], field.as_str());
        assert_eq!(error["constraint"], "unknown path");
        let error = evaluate("scenarios_weighted", json!({"set": bad, "skip_undefined": true})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field.as_str())));
    }
    // A value that the model refuses is refused where the patch gives it.
    let result = evaluate("scenarios_evaluate", json!({"set": set(&[("A", json!({"wacc": -2}), 1.0)])})).unwrap();
    assert_eq!(result["results"][0]["error"]["field"], "set.scenarios[0].patch.wacc");
    // Of several bad scenarios all are told.
    let bad = set(&[("A", json!({"x": 1, "y": 1}), 1.0), ("B", json!({"z": 1}), 1.0), ("C", json!({"z": 1}), 0.0)]);
    let error = evaluate("scenarios_weighted", json!({"set": bad})).unwrap_err();
    let patches = ["set.scenarios[0].patch.x", "set.scenarios[0].patch.y", "set.scenarios[1].patch.z"];
    assert_eq!(fields(&error), patches);
}

#[test]
fn a_scenario_may_have_its_own_model_and_whole_input() {
    let mut mixed = set(&[("Patched", json!({"wacc": 0.1}), 1.0)]);
    let flows = json!({"rate": 0.1, "cashflows": [-100.0, 121.0]});
    mixed["scenarios"].as_array_mut().unwrap().extend([
        json!({"name": "Flows", "model": "npv", "input": flows}),
        json!({"name": "Bad flows", "model": "npv", "input": {"rate": "0.1", "cashflows": []}}),
        json!({"name": "No model", "model": "nothing", "input": {}}),
    ]);
    let result = evaluate("scenarios_evaluate", json!({"set": mixed})).unwrap();
    let results = &result["results"];
    assert_eq!(results[0]["model"], "dcf");
    assert_eq!(results[1]["model"], "npv");
    assert_eq!(results[1]["result"], evaluate("npv", flows).unwrap());
    assert_eq!(results[2]["error"]["field"], "set.scenarios[2].input.rate");
    assert_eq!(results[3]["error"]["reason"], "unknown_model");
    // Without the output that is compared a scenario has no value, and the base's primary is the default.
    let compared = evaluate("scenarios_compare", json!({"set": mixed})).unwrap();
    assert_eq!(compared["outputs"][0]["output"], "value_per_share");
    assert_eq!(compared["outputs"][0]["scenarios"][1]["error"]["field"], "outputs");
    assert!(compared["outputs"][0]["scenarios"][1]["rank"].is_null());
}

#[test]
fn ranks_count_within_an_output_and_ties_share_the_better_one() {
    let set = set(&[
        ("Low", json!({"wacc": 0.11}), 1.0),
        ("Shares", json!({"shares": 300}), 1.0),
        ("High", json!({"wacc": 0.08}), 1.0),
        ("None", json!({"terminal.growth": 0.2}), 1.0),
        ("Shares too", json!({"shares": 300, "stub": 1}), 1.0),
    ]);
    let request = json!({"set": set, "outputs": ["value_per_share", "enterprise_value"]});
    let result = evaluate("scenarios_compare", request).unwrap();
    let ranks = |output: usize| -> Vec<Option<u64>> {
        let rows = result["outputs"][output]["scenarios"].as_array().unwrap();
        rows.iter().map(|row| row["rank"].as_u64()).collect()
    };
    assert_eq!(ranks(0), [Some(2), Some(3), Some(1), None, Some(3)]);
    assert_eq!(ranks(1), [Some(4), Some(2), Some(1), None, Some(2)]);
    let failed = &result["outputs"][0]["scenarios"][3];
    assert!(failed["value"].is_null() && failed["difference"].is_null());
    assert_eq!(failed["error"]["kind"], "Undefined");
    assert_eq!(result["outputs"][1]["scenarios"][1]["difference"], 0.0);
}

#[test]
fn a_base_without_a_value_leaves_values_and_takes_differences() {
    let mut set = set(&[("A", json!({"terminal.growth": 0.02}), 1.0)]);
    set["base"]["input"]["terminal"]["growth"] = json!(0.2);
    let result = evaluate("scenarios_compare", json!({"set": set})).unwrap();
    assert!(result["outputs"][0]["base"].is_null());
    assert_eq!(result["warnings"][0]["code"], "base_undefined");
    assert_eq!(result["warnings"][0]["field"], "outputs[0].base");
    assert!(result["outputs"][0]["scenarios"][0]["value"].is_number());
    assert!(result["outputs"][0]["scenarios"][0]["difference"].is_null());
    set["base"]["input"]["wacc"] = json!(-2);
    let error = evaluate("scenarios_compare", json!({"set": set})).unwrap_err();
    assert_eq!(error.field(), Some("set.base.input.wacc"));
}

#[test]
fn an_output_that_is_not_there_is_refused() {
    let set = set(&[("A", json!({}), 1.0)]);
    for model in ["scenarios_weighted", "scenarios_compare"] {
        let error = evaluate(model, json!({"set": set, "outputs": ["colour"]})).unwrap_err();
        assert_eq!(error.field(), Some("outputs"), "{model}");
        let error = evaluate(model, json!({"set": set, "outputs": ["equity_value", "a..b"]})).unwrap_err();
        assert_eq!(error.field(), Some("outputs[1]"), "{model}");
    }
}

#[test]
fn an_undefined_scenario_stops_the_weighing_unless_it_is_skipped_or_weighs_nothing() {
    let with = |weight: f64| {
        set(&[
            ("Bull", json!({"wacc": 0.08}), 3.0),
            ("Moon", json!({"terminal.growth": 0.2}), weight),
            ("Bear", json!({"wacc": 0.1}), 1.0),
        ])
    };
    let error = evaluate("scenarios_weighted", json!({"set": with(4.0)})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Undefined);
    assert!(error.to_string().contains("Moon"), "{error}");
    let skipped = evaluate("scenarios_weighted", json!({"set": with(4.0), "skip_undefined": true})).unwrap();
    assert_eq!(skipped["dropped_weight"], 0.5);
    assert_eq!(skipped["skipped"][0]["name"], "Moon");
    assert_eq!(skipped["skipped"][0]["error"]["kind"], "Undefined");
    assert_eq!(skipped["weights"], json!([{"name": "Bull", "weight": 0.75}, {"name": "Bear", "weight": 0.25}]));
    let ignored = evaluate("scenarios_weighted", json!({"set": with(0.0)})).unwrap();
    assert_eq!((&ignored["dropped_weight"], &ignored["skipped"]), (&json!(0.0), &json!([])));
    assert_eq!(ignored["outputs"], skipped["outputs"]);
    assert_eq!(ignored["outputs"][0]["max_scenario"], "Bull");
    assert_eq!(ignored["outputs"][0]["min_scenario"], "Bear");
    assert!(ignored["outputs"][0]["probability_below"].is_null());
    let only = set(&[("Moon", json!({"terminal.growth": 0.2}), 1.0)]);
    let error = evaluate("scenarios_weighted", json!({"set": only, "skip_undefined": true})).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("mean")));
}

#[test]
fn weights_that_cannot_be_normalised_are_refused() {
    for weights in [vec![], vec![0.0, 0.0], vec![1e308, 1e308]] {
        let error = worth(&vec![1.0; weights.len()], &weights).weighted(&[]).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("set.scenarios[*].weight")));
    }
    // They are no matter where nothing is weighed.
    assert!(worth(&[1.0], &[0.0]).evaluate().is_ok());
}

#[test]
fn the_worked_example_is_met() {
    let weighted =
        Weighted { set: worth(&[10.0, 20.0, 40.0], &[1.0, 2.0, 1.0]), threshold: Some(20.0), ..Weighted::default() };
    let output = weighted.value().unwrap().outputs.remove(0);
    assert!((output.mean - 22.5).abs() < 1e-12);
    assert!((output.sd - 118.75_f64.sqrt()).abs() < 1e-12);
    assert_eq!((output.min, output.max, output.probability_below), (10.0, 40.0, Some(0.25)));
}

#[test]
fn scenarios_that_are_the_same_whole_input_are_pointed_out() {
    let mut set = set(&[
        ("A", json!({"wacc": 0.1}), 1.0),
        ("B", json!({"wacc": 0.1, "stub": null}), 1.0),
        ("C", json!({"wacc": 0.11}), 1.0),
    ]);
    let mut whole = company();
    whole["wacc"] = json!(0.11);
    set["scenarios"].as_array_mut().unwrap().push(json!({"name": "D", "input": whole}));
    for model in ["scenarios_evaluate", "scenarios_weighted", "scenarios_compare"] {
        let result = evaluate(model, json!({"set": set})).unwrap();
        let warnings: Vec<_> = result["warnings"].as_array().unwrap().iter().collect();
        assert_eq!(warnings.len(), 2, "{model}: {warnings:?}");
        assert!(warnings.iter().all(|warning| warning["code"] == "duplicate_scenario"));
        assert_eq!(warnings[0]["field"], "set.scenarios[1]");
        assert_eq!(warnings[1]["field"], "set.scenarios[3]");
    }
}

#[test]
fn the_weight_of_a_scenario_is_a_number_like_any_other() {
    let set = set(&[("Bull", json!({"wacc": 0.08}), 1.0), ("Bear", json!({"wacc": 0.1}), 1.0)]);
    let request = json!({
        "model": "scenarios_weighted", "input": {"set": set}, "path": "set.scenarios[1].weight", "values": [0, 1, 3],
    });
    let line = evaluate("sensitivity_1d", request).unwrap();
    let means = line["y"]["outputs[0].mean"].as_array().unwrap();
    let mut bull = company();
    bull["wacc"] = json!(0.08);
    assert_eq!(means[0].as_f64(), Some(share(&bull)));
    assert!(means[2].as_f64() < means[1].as_f64() && means[1].as_f64() < means[0].as_f64());
}

#[test]
fn differences_tell_path_kind_and_both_values() {
    let mut new = company();
    new["wacc"] = json!(0.1);
    new["shares"] = Value::Null;
    new["stub"] = json!(1);
    new["base_revenue"] = json!(500.0);
    new["stages"].as_array_mut().unwrap().push(json!({"years": 1, "growth": 0}));
    new["stages"][0]["growth"] = json!(0.13);
    let result = evaluate("scenarios_diff", json!({"a": company(), "b": new})).unwrap();
    assert_eq!(
        result["differences"],
        json!([
            {"path": "wacc", "old": 0.09, "new": 0.1, "kind": "changed"},
            {"path": "shares", "old": 150, "new": null, "kind": "removed"},
            {"path": "stages[0].growth", "old": 0.12, "new": 0.13, "kind": "changed"},
            {"path": "stages[2]", "old": null, "new": {"years": 1, "growth": 0}, "kind": "added"},
            {"path": "stub", "old": null, "new": 1, "kind": "added"},
        ])
    );
    assert_eq!(result["count"], 5);
}

#[test]
fn what_no_path_can_name_is_told_by_the_object_around_it_or_refused() {
    let differences = diff(&json!({"draws": {"a.b": 1}}), &json!({"draws": {"a.b": 2}})).unwrap();
    assert_eq!((differences.len(), differences[0].path.as_str()), (1, "draws"));
    let error = evaluate("scenarios_diff", json!({"a": {"x.y": 1}, "b": 3})).unwrap_err();
    assert_eq!(fields(&error), ["a", "b"]);
    // Seeds beyond two to the 53 differ by their last digit.
    assert_eq!(diff(&json!({"seed": u64::MAX}), &json!({"seed": u64::MAX - 1})).unwrap().len(), 1);
    assert_eq!(diff(&json!({"x": 0.0}), &json!({"x": -0.0})).unwrap(), vec![]);
}
