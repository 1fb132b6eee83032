//! What must hold for lines, grids, tornados and gradients, whatever the model.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::Path;
use valor_ivx::{Error, ErrorKind, evaluate};

fn dcf() -> Value {
    json!({
        "base_revenue": 500, "tax_rate": 0.23, "wacc": 0.09, "shares": 150, "bridge": {"net_debt": 300},
        "stages": [
            {"years": 3, "growth": 0.12, "ebit_margin": 0.2, "sales_to_capital": 2.5, "nwc_pct": 0.05},
            {"years": 2, "growth": 0.05, "ebit_margin": 0.22, "sales_to_capital": 3, "nwc_pct": 0.04}
        ],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

fn lbo() -> Value {
    json!({
        "years": 5, "base_revenue": 500, "revenue_growth": [0.08, 0.07, 0.06, 0.05, 0.04], "ebitda_margin": 0.2,
        "da_pct": 0.03, "capex_pct": 0.04, "nwc_pct": 0.15, "tax_rate": 0.25, "purchase_price": 1000,
        "tranches": [
            {"name": "senior", "amount": 360, "rate": 0.06, "sweep_priority": 1},
            {"name": "mezzanine", "amount": 180, "rate": 0.1, "sweep_priority": 2},
        ],
        "exit": {"multiple": 10},
    })
}

fn merger() -> Value {
    json!({
        "years": 5,
        "acquirer": {
            "shares": 100, "share_price": 12, "tax_rate": 0.35, "net_debt": 200,
            "revenue": 1000, "ebitda": 150, "da": 40, "interest": 12,
        },
        "target": {
            "shares": 50, "share_price": 10, "net_debt": 100, "book_equity": 300, "existing_goodwill": 20,
            "revenue": 500, "ebitda": 75, "da": 20, "interest": 6,
        },
        "offer": {"equity_price": 600},
        "consideration": {"cash_pct": 0.6, "stock_pct": 0.4},
        "financing": {"new_debt_rate": 0.07},
        "ppa": {"intangibles": 120, "intangibles_life": 10},
        "synergies": {"cost": 25, "duration": 5, "discount_rate": 0.1},
    })
}

fn ddm() -> Value {
    json!({
        "dividend": 2, "cost_of_equity": 0.1, "stages": [{"years": 5, "growth": 0.08}], "terminal": {"growth": 0.03},
    })
}

/// A model, its input, its primary, and two paths with the ranges they are tried in.
struct Tried {
    model: &'static str,
    input: Value,
    primary: &'static str,
    paths: [(&'static str, f64, f64); 2],
}

fn tried() -> Vec<Tried> {
    let tried = |model, input, primary, paths| Tried { model, input, primary, paths };
    vec![
        tried("dcf", dcf(), "value_per_share", [("wacc", 0.05, 0.15), ("stages[*].growth", -0.05, 0.2)]),
        tried("lbo", lbo(), "irr", [("exit.multiple", 8.0, 12.0), ("revenue_growth[*]", 0.0, 0.1)]),
        tried(
            "merger",
            merger(),
            "schedule.accretion[0]",
            [("offer.equity_price", 500.0, 700.0), ("synergies.cost", 0.0, 50.0)],
        ),
        tried("ddm", ddm(), "value", [("cost_of_equity", 0.06, 0.2), ("stages[0].growth", -0.05, 0.15)]),
    ]
}

/// The number at `path` of an input that gives it.
fn number(value: &Value, path: &str) -> f64 {
    Path::parse(path, "path").unwrap().get(value).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} in {value}"))
}

fn with(input: &Value, path: &str, x: f64) -> Value {
    let mut input = input.clone();
    assert!(Path::parse(path, "path").unwrap().set(&mut input, &json!(x)), "{path}");
    input
}

/// The output of a model, null where it has none.
fn output(model: &str, input: &Value, path: &str) -> Value {
    evaluate(model, input).map_or(Value::Null, |result| json!(number(&result, path)))
}

fn fields(error: &Error) -> Vec<&str> {
    std::iter::once(error).chain(error.also()).filter_map(Error::field).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_grid_is_repeated_evaluation_bit_for_bit(places in prop::collection::vec((-0.5..1.5_f64, 0.0..1.0_f64), 1..5)) {
        for Tried { model, input, primary, paths } in tried() {
            let at = |axis: usize, place: f64| paths[axis].1 + (paths[axis].2 - paths[axis].1) * place;
            let one: Vec<f64> = places.iter().map(|place| at(0, place.0)).collect();
            let other: Vec<f64> = places.iter().map(|place| at(1, place.1)).collect();
            let axes = json!([{"path": paths[0].0, "values": one}, {"path": paths[1].0, "values": other}]);
            let grid = evaluate("sensitivity_grid", json!({"model": model, "input": input, "axes": axes})).unwrap();
            prop_assert_eq!(&grid["shape"], &json!([places.len(), places.len()]));
            for (i, x) in one.iter().enumerate() {
                for (j, y) in other.iter().enumerate() {
                    let cell = i * places.len() + j;
                    let changed = with(&with(&input, paths[0].0, *x), paths[1].0, *y);
                    let alone = output(model, &changed, primary);
                    prop_assert_eq!(&grid["values"][primary][cell], &alone, "{} {} {}", model, x, y);
                    let failed = grid["errors"].as_array().unwrap().iter().any(|error| error["index"] == cell);
                    prop_assert_eq!(failed, alone.is_null());
                }
            }
        }
    }

    #[test]
    fn shifting_by_0_or_scaling_by_1_leaves_the_headline_and_a_swing_of_0(end in 0.0..0.02_f64) {
        for Tried { model, input, primary, paths } in tried() {
            let base = output(model, &input, primary);
            let still = [("shift", 0.0), ("scale", 1.0)];
            let driver = |path: &str, (mode, x): (&str, f64)| json!({"path": path, "low": x, "high": x, "mode": mode});
            let mut drivers: Vec<_> =
                paths.iter().flat_map(|path| still.map(|still| driver(path.0, still))).collect();
            drivers.push(json!({"path": paths[0].0, "low": 1.0 - end, "high": 1.0 + end, "mode": "scale"}));
            let tornado = evaluate("tornado", json!({"model": model, "input": input, "drivers": drivers})).unwrap();
            prop_assert_eq!(&tornado["base"], &base);
            let rows = tornado["rows"].as_array().unwrap();
            prop_assert!(rows[0]["swing"].as_f64().unwrap() >= 0.0);
            for row in &rows[1..] {
                prop_assert_eq!(&row["swing"], 0.0, "{} {}", model, row);
                prop_assert_eq!(&row["low_output"], &base);
            }
            for (mode, x) in still {
                let axes = json!([{"path": paths[0].0, "values": [x], "mode": mode}, {"path": paths[1].0, "values": [x], "mode": mode}]);
                let grid = evaluate("sensitivity_grid", json!({"model": model, "input": input, "axes": axes})).unwrap();
                prop_assert_eq!(&grid["values"][primary][0], &base);
            }
        }
    }

    #[test]
    fn a_tornado_falls_in_swing_and_each_row_is_two_evaluations(ends in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 2..6)) {
        for Tried { model, input, primary, paths } in tried() {
            let drivers: Vec<_> = ends.iter().enumerate().map(|(i, (low, high))| {
                let (path, from, to) = paths[i % 2];
                json!({"path": path, "low": from + (to - from) * low, "high": from + (to - from) * high})
            }).collect();
            let tornado = evaluate("tornado", json!({"model": model, "input": input, "drivers": drivers})).unwrap();
            let swings: Vec<f64> = tornado["rows"].as_array().unwrap().iter().map(|row| row["swing"].as_f64().unwrap_or(-1.0)).collect();
            prop_assert!(swings.is_sorted_by(|a, b| a >= b), "{:?}", swings);
            for driver in &drivers {
                let at = |end: &str| output(model, &with(&input, driver["path"].as_str().unwrap(), driver[end].as_f64().unwrap()), primary);
                let (low, high) = (at("low"), at("high"));
                let found = tornado["rows"].as_array().unwrap().iter().any(|row| {
                    row["path"] == driver["path"] && row["low_output"] == low && row["high_output"] == high
                });
                prop_assert!(found, "{} {} in {}", model, driver, tornado);
            }
        }
    }

    #[test]
    fn the_gradient_by_all_amounts_of_money_satisfies_euler(scale in 0.1..10.0_f64) {
        // Degree 1: twice the money is twice the value; degree 0: a multiple of money stays.
        let cases: [(&str, Value, &str, &[&str], f64); 4] = [
            ("dcf", dcf(), "equity_value", &["base_revenue", "bridge.net_debt"], 1.0),
            ("ddm", ddm(), "value", &["dividend"], 1.0),
            ("lbo", lbo(), "moic", &["base_revenue", "purchase_price", "tranches[0].amount", "tranches[1].amount"], 0.0),
            ("merger", merger(), "schedule.accretion[0]", &[
                "acquirer.share_price", "acquirer.net_debt", "acquirer.revenue", "acquirer.ebitda", "acquirer.da",
                "acquirer.interest", "target.share_price", "target.net_debt", "target.book_equity",
                "target.existing_goodwill", "target.revenue", "target.ebitda", "target.da", "target.interest",
                "offer.equity_price", "ppa.intangibles", "synergies.cost",
            ], 1.0),
        ];
        for (model, mut input, wanted, paths, degree) in cases {
            for path in paths {
                let x = number(&input, path) * scale;
                input = with(&input, path, x);
            }
            for step in [Value::Null, json!(1e-5)] {
                let request = json!({"model": model, "input": input, "output": wanted, "paths": paths, "step": step});
                let result = evaluate("gradient", request).unwrap();
                let sum: f64 = paths.iter().enumerate()
                    .map(|(i, path)| number(&input, path) * result["gradient"][i].as_f64().unwrap()).sum();
                let base = result["base"].as_f64().unwrap();
                let tolerance = if result["exact"] == true { 1e-10 } else { 1e-5 };
                prop_assert!((sum - degree * base).abs() <= tolerance * (1.0 + base.abs()), "{} {} {}", model, sum, base);
                let elasticity: f64 = (0..paths.len()).map(|i| result["elasticity"][i].as_f64().unwrap_or(0.0)).sum();
                prop_assert!((elasticity - degree).abs() <= tolerance * 10.0 * (1.0 + 1.0 / base.abs()), "{} {}", model, result);
            }
        }
    }

    #[test]
    fn equally_spaced_values_begin_and_end_where_they_should(start in -0.05..0.1_f64, stop in -0.05..0.1_f64, steps in 2..40_u32) {
        let request = json!({"model": "dcf", "input": dcf(), "path": "stages[0].growth", "start": start, "stop": stop, "steps": steps});
        let line = evaluate("sensitivity_1d", request).unwrap();
        let x: Vec<f64> = line["x"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        prop_assert_eq!((x.len(), x[0], x[x.len() - 1]), (steps as usize, start, stop));
        prop_assert!(x.windows(2).all(|pair| (pair[1] - pair[0] - (stop - start) / f64::from(steps - 1)).abs() < 1e-15));
        for (i, x) in x.iter().enumerate() {
            prop_assert_eq!(&line["y"]["value_per_share"][i], &output("dcf", &with(&dcf(), "stages[0].growth", *x), "value_per_share"));
        }
    }
}

#[test]
fn a_line_tells_the_change_over_the_size_of_the_base_and_null_where_that_is_0() {
    let line = |flow: f64| {
        let input = json!({"rate": 0, "cashflows": [-100, flow]});
        evaluate("sensitivity_1d", json!({"model": "npv", "input": input, "path": "cashflows[1]", "values": [60, 160]}))
            .unwrap()
    };
    let loss = line(80.0);
    assert_eq!(loss["base"], json!({"npv": -20.0}));
    assert_eq!(loss["y"], json!({"npv": [-40.0, 60.0]}));
    assert_eq!(loss["change"], json!({"npv": [-1.0, 4.0]}));
    assert_eq!(line(100.0)["change"], json!({"npv": [null, null]}));
}

#[test]
fn a_cell_without_a_value_is_null_and_its_error_is_told() {
    let request = json!({
        "model": "dcf", "input": dcf(), "path": "wacc", "values": [0.02, 0.09, -2],
        "outputs": ["value_per_share", "enterprise_value"],
    });
    let line = evaluate("sensitivity_1d", request).unwrap();
    for name in ["value_per_share", "enterprise_value"] {
        assert!(line["y"][name][0].is_null() && line["y"][name][2].is_null() && line["y"][name][1].is_number());
        assert!(line["change"][name][0].is_null());
        assert_eq!(line["change"][name][1], 0.0);
    }
    assert_eq!(line["errors"][0]["index"], 0);
    assert_eq!(line["errors"][0]["error"]["kind"], "Undefined");
    assert_eq!(line["errors"][1]["index"], 2);
    assert_eq!(line["errors"][1]["error"]["field"], "wacc");
    let drivers = json!([{"path": "wacc", "low": 0.02, "high": 0.1}, {"path": "wacc", "low": 0.1, "high": 0.11}]);
    let tornado = evaluate("tornado", json!({"model": "dcf", "input": dcf(), "drivers": drivers})).unwrap();
    assert_eq!(tornado["rows"][1]["swing"], Value::Null, "without a swing a driver comes last: {tornado}");
    assert_eq!(tornado["errors"][0]["index"], 0);
}

#[test]
fn a_line_stands_where_its_base_has_no_value() {
    let mut input = dcf();
    input["wacc"] = json!(0.01);
    let request = json!({"model": "dcf", "input": input, "path": "wacc", "values": [0.01, 0.09]});
    let line = evaluate("sensitivity_1d", request).unwrap();
    assert_eq!(line["base"], json!({"value_per_share": null}));
    assert_eq!(line["y"]["value_per_share"][1], output("dcf", &with(&dcf(), "wacc", 0.09), "value_per_share"));
    assert_eq!(line["change"], json!({"value_per_share": [null, null]}));
    assert_eq!((line["errors"].as_array().unwrap().len(), &line["errors"][0]["index"]), (1, &json!(0)));
}

#[test]
fn an_axis_has_values_or_equal_steps_and_every_axis_that_does_not_is_named() {
    let line = |axis: Value| {
        let mut request = json!({"model": "dcf", "input": dcf(), "path": "wacc"});
        request.as_object_mut().unwrap().extend(axis.as_object().unwrap().clone());
        evaluate("sensitivity_1d", request)
    };
    for axis in [
        json!({}),
        json!({"values": []}),
        json!({"values": [0.1], "steps": 2}),
        json!({"start": 0.1, "stop": 0.2}),
        json!({"start": 0.1, "steps": 2}),
    ] {
        let error = line(axis).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("values")), "{error}");
    }
    for steps in [1, 4_000_000_000_u32] {
        let error = line(json!({"start": 0.1, "stop": 0.2, "steps": steps})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("steps")), "{error}");
    }
    let axes = json!([{"path": "wacc", "values": []}, {"path": "tax_rate", "values": [0.2]}, {"path": "stub"}]);
    let error = evaluate("sensitivity_grid", json!({"model": "dcf", "input": dcf(), "axes": axes})).unwrap_err();
    assert_eq!(fields(&error), ["axes[0].values", "axes[2].values"]);
}

#[test]
fn a_grid_has_1_to_6_axes_over_different_numbers_and_at_most_10_million_cells() {
    let grid = |axes: Vec<Value>| {
        evaluate("sensitivity_grid", json!({"model": "dcf", "input": dcf(), "outputs": ["equity_value"], "axes": axes}))
    };
    let paths = ["wacc", "tax_rate", "stub", "base_revenue", "bridge.net_debt", "terminal.growth", "stages[0].growth"];
    let steps = |path: &str, steps: u32| json!({"path": path, "start": 0.1, "stop": 0.2, "steps": steps});
    let axes = |count: usize, points: u32| paths[..count].iter().map(|path| steps(path, points)).collect::<Vec<_>>();
    assert_eq!(grid(axes(6, 2)).unwrap()["shape"], json!([2, 2, 2, 2, 2, 2]));
    for (bad, fault) in [(axes(0, 2), "axes"), (axes(7, 2), "axes"), (axes(3, 1000), "axes")] {
        let error = grid(bad).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(fault)), "{error}");
    }
    let error = grid(vec![steps("stages[0].growth", 2), steps("stages[*].growth", 2)]).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("axes[1].path")));
}

#[test]
fn the_last_axis_of_a_grid_is_the_fastest_and_modes_do_as_they_say() {
    let input = json!({"rate": 0, "cashflows": [10, 100]});
    let axes = json!([
        {"path": "cashflows[0]", "values": [1, 2], "mode": "shift"},
        {"path": "cashflows[1]", "values": [2, 3, 4], "mode": "scale"},
    ]);
    let grid = evaluate("sensitivity_grid", json!({"model": "npv", "input": input, "axes": axes})).unwrap();
    assert_eq!(grid["shape"], json!([2, 3]));
    assert_eq!(grid["values"]["npv"], json!([211.0, 311.0, 411.0, 212.0, 312.0, 412.0]));
}

#[test]
fn equal_swings_keep_the_order_given() {
    let input = json!({"rate": 0, "cashflows": [1, 2, 3, 4]});
    let driver =
        |i: usize, high: f64| json!({"path": format!("cashflows[{i}]"), "low": 0, "high": high, "mode": "shift"});
    let drivers = json!([driver(3, 5.0), driver(1, 7.0), driver(0, -5.0), driver(2, 5.0)]);
    let tornado = evaluate("tornado", json!({"model": "npv", "input": input, "drivers": drivers})).unwrap();
    let order: Vec<_> = tornado["rows"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(order, ["cashflows[1]", "cashflows[3]", "cashflows[0]", "cashflows[2]"]);
    let none = json!({"model": "npv", "input": input, "drivers": []});
    assert_eq!(evaluate("tornado", none).unwrap_err().field(), Some("drivers"));
}

#[test]
fn elasticity_is_null_where_input_or_output_is_0() {
    let gradient = |flows: [f64; 2]| {
        let input = json!({"rate": 0, "cashflows": flows});
        let paths = ["rate", "cashflows[0]", "cashflows[*]"];
        evaluate("gradient", json!({"model": "npv", "input": input, "paths": paths})).unwrap()
    };
    let some = gradient([-100.0, 150.0]);
    assert_eq!(some["gradient"], json!([-150.0, 1.0, 2.0]));
    assert_eq!(some["elasticity"], json!([null, -2.0, 1.0]));
    assert_eq!(gradient([-100.0, 100.0])["elasticity"], json!([null, null, null]));
    assert_eq!(
        evaluate("gradient", json!({"model": "npv", "input": {"rate": 0, "cashflows": [1]}, "paths": []}))
            .unwrap_err()
            .field(),
        Some("paths")
    );
}

#[test]
fn without_dual_numbers_a_gradient_takes_central_differences_of_1e_6() {
    // Average balances are solved for by iteration, which has no exact derivative.
    let mut input = lbo();
    input["interest_basis"] = json!("average");
    let gradient = |step: Value| {
        let paths = ["exit.multiple", "tranches[*].rate"];
        evaluate("gradient", json!({"model": "lbo", "input": input, "paths": paths, "step": step})).unwrap()
    };
    let fallback = gradient(Value::Null);
    assert_eq!(fallback["exact"], false);
    assert_eq!(fallback["gradient"], gradient(json!(1e-6))["gradient"]);
    let at = |x: f64| number(&evaluate("lbo", with(&input, "exit.multiple", x)).unwrap(), "irr");
    let central = (at(10.0 + 1e-5) - at(10.0 - 1e-5)) / ((10.0 + 1e-5) - (10.0 - 1e-5));
    assert_eq!(fallback["gradient"][0], central);
    let exact = json!({"model": "dcf", "input": dcf(), "paths": ["wacc"]});
    assert_eq!(evaluate("gradient", exact).unwrap()["exact"], true);
    for step in [0.0, -1e-6, 1.0] {
        let request = json!({"model": "dcf", "input": dcf(), "paths": ["wacc"], "step": step});
        assert_eq!(evaluate("gradient", request).unwrap_err().field(), Some("step"));
    }
}

#[test]
fn an_inert_path_has_no_effect_and_a_warning_where_it_was_given() {
    let mut input = dcf();
    input["terminal"]["ronic"] = json!(0.15);
    let study = |name: &str, mut more: Value| {
        more["model"] = json!("dcf");
        more["input"] = input.clone();
        evaluate(name, more).unwrap()
    };
    let warned = |result: &Value, field: &str| {
        assert_eq!(result["warnings"].as_array().unwrap().len(), 1, "{result}");
        assert_eq!(result["warnings"][0]["code"], "inert_path");
        assert_eq!(result["warnings"][0]["field"], field);
    };
    let path = "terminal.ronic";
    let line = study("sensitivity_1d", json!({"path": path, "values": [0.1, 0.2]}));
    assert_eq!(line["change"]["value_per_share"], json!([0.0, 0.0]));
    warned(&line, "path");
    let axes = json!([{"path": "wacc", "values": [0.1]}, {"path": path, "values": [0.1, 0.2]}]);
    let grid = study("sensitivity_grid", json!({"axes": axes}));
    assert_eq!(grid["values"]["value_per_share"][0], grid["values"]["value_per_share"][1]);
    warned(&grid, "axes[1].path");
    let drivers = json!([{"path": path, "low": 0.1, "high": 0.2}, {"path": "wacc", "low": 0.08, "high": 0.1}]);
    let tornado = study("tornado", json!({"drivers": drivers}));
    assert_eq!(tornado["rows"][1]["swing"], 0.0);
    warned(&tornado, "drivers[0].path");
    let spider = study("spider", json!({"drivers": ["wacc", path], "steps": [-0.1, 0.1]}));
    assert_eq!(spider["matrix"][1], json!([spider["base"], spider["base"]]));
    warned(&spider, "drivers[1]");
    let gradient = study("gradient", json!({"paths": [path]}));
    assert_eq!(gradient["gradient"], json!([0.0]));
    warned(&gradient, "paths[0]");
    let request = json!({"model": "dcf", "from_input": input, "to_input": input, "paths": [path]});
    warned(&evaluate("attribution", request).unwrap(), "paths[0]");
    let plain = study("sensitivity_1d", json!({"path": "wacc", "values": [0.1]}));
    assert_eq!(plain["warnings"], json!([]));
}

#[test]
fn inputs_of_an_attribution_are_refused_where_they_were_given() {
    let request = json!({
        "model": "dcf", "from_input": with(&dcf(), "wacc", -2.0), "to_input": with(&dcf(), "tax_rate", 2.0), "paths": ["wacc"],
    });
    let error = evaluate("attribution", request).unwrap_err();
    assert_eq!(fields(&error), ["from_input.wacc", "to_input.tax_rate"]);
}

#[test]
fn unknown_models_paths_outputs_and_fields_are_refused_by_every_study() {
    let studies: [(&str, Value, &str); 6] = [
        ("sensitivity_1d", json!({"path": "x", "values": [1]}), "x"),
        ("sensitivity_grid", json!({"axes": [{"path": "x", "values": [1]}]}), "x"),
        ("tornado", json!({"drivers": [{"path": "x", "low": 0, "high": 1}]}), "x"),
        ("spider", json!({"drivers": ["x"], "steps": [0.1]}), "x"),
        ("gradient", json!({"paths": ["x"]}), "x"),
        ("goal_seek", json!({"path": "x", "target": 1, "lower": 0, "upper": 1}), "x"),
    ];
    for (name, request, field) in studies {
        let study = |changes: Value| {
            let mut request = request.clone();
            request["model"] = json!("dcf");
            request["input"] = dcf();
            request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let text = request.to_string();
            evaluate(name, serde_json::from_str::<Value>(&text).unwrap()).unwrap_err()
        };
        let error = study(json!({}));
        assert_eq!(
            (error.field(), error.detail("constraint").unwrap()),
            (Some(field), &json!("unknown path")),
            "{name}"
        );
        assert_eq!(study(json!({"model": "nothing"})).kind(), ErrorKind::NotFound, "{name}");
        assert_eq!(study(json!({"colour": 1})).field(), Some("colour"), "{name}");
        assert_eq!(study(json!({"input": with(&dcf(), "wacc", -2.0)})).field(), Some("input.wacc"), "{name}");
        if !name.starts_with("sensitivity") {
            assert_eq!(
                study(json!({"outputs": ["equity_value", "value_per_share"]})).field(),
                Some("outputs"),
                "{name}"
            );
        }
    }
    let request = json!({"model": "dcf", "input": dcf(), "path": "wacc", "values": [0.1], "outputs": ["colour"]});
    assert_eq!(evaluate("sensitivity_1d", request).unwrap_err().field(), Some("outputs"));
}
