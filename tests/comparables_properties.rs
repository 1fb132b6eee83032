//! What must hold for every valuation by multiples, of listed peers and of earlier transactions.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

/// Five peers with EBITDA multiples 8, 9, 10, 11 and 20; the last one loses money.
fn example() -> Value {
    let peer = |name: &str, value: f64, net_income: f64| {
        json!({
            "name": name, "enterprise_value": value, "net_debt": 100, "ebitda": 100, "revenue": 400,
            "net_income": net_income,
        })
    };
    json!({
        "peers": [
            peer("A", 1000.0, 60.0), peer("B", 800.0, 50.0), peer("C", 1100.0, 50.0), peer("D", 900.0, 40.0),
            peer("E", 2000.0, -10.0),
        ],
        "target": {"ebitda": 75, "revenue": 500, "net_income": 32, "net_debt": 100, "shares": 50},
        "multiples": ["ev/ebitda"],
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut input = example();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match input.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
            object => object[name] = value.clone(),
        }
    }
    input
}

fn value(changes: &[(&str, Value)]) -> Value {
    evaluate("comparables", with(changes)).unwrap()
}

/// A number of the one multiple.
fn number(output: &Value, multiple: &str, field: &str) -> f64 {
    output["multiples"][multiple][field].as_f64().unwrap_or_else(|| panic!("{field} in {output}"))
}

fn near(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-12 * (1.0 + want.abs()), "got {got}, want {want}");
}

fn refusals(model: &str, input: &Value) -> Vec<String> {
    let error = evaluate(model, input).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    std::iter::once(&error).chain(error.also()).map(|error| error.field().unwrap().to_owned()).collect()
}

fn codes(output: &Value) -> Vec<String> {
    let warnings = output["warnings"].as_array().unwrap().iter();
    warnings
        .map(|warning| format!("{} {}", warning["code"].as_str().unwrap(), warning["field"].as_str().unwrap()))
        .collect()
}

prop_compose! {
    fn markets()(
        peers in prop::collection::vec((1.0..1e4_f64, -50.0..500.0_f64, -100.0..500.0_f64, 1..4000_u32), 1..9),
        target in (1.0..500.0_f64, 1.0..100.0_f64, -100.0..300.0_f64),
        statistic in prop::sample::select(vec!["median", "mean", "harmonic_mean", "trimmed_mean", "quantile"]),
        outliers in prop::sample::select(vec!["none", "iqr", "mad"]),
        trim in 0.0..0.49_f64,
        quantile in 0.01..0.99_f64,
    ) -> Value {
        let peers: Vec<_> = peers.iter().enumerate().map(|(i, (price, ebitda, net_debt, days))| {
            let date = format!("{}-{:02}-{:02}", 2010 + days / 365, 1 + days % 12, 1 + days % 28);
            json!({
                "name": format!("peer {i}"), "market_cap": price, "net_debt": net_debt, "ebitda": ebitda,
                "book_equity": price / 2.0 + 1.0, "date": date,
            })
        }).collect();
        json!({
            "peers": peers,
            "target": {"ebitda": target.0, "book_equity": target.1, "net_debt": target.2, "shares": 7},
            "multiples": ["ev/ebitda", "p/book_equity"],
            "statistic": statistic, "outliers": outliers, "trim": trim, "quantile": quantile,
        })
    }
}

#[test]
fn a_study_varies_peers_and_custom_metrics() {
    let mut input = example();
    input["target"]["metrics"] = json!({"active users": 40});
    let output = evaluate(
        "tornado",
        json!({
            "model": "comparables", "input": input,
            "drivers": [
                {"path": "peers[*].ebitda", "low": 90, "high": 110},
                {"path": "target.metrics.active users", "low": 1, "high": 2},
            ],
        }),
    );
    assert!(output.is_ok(), "{output:?}");
}

/// The output without its lists by peer.
fn without_values(mut output: Value) -> Value {
    for multiple in output["multiples"].as_object_mut().unwrap().values_mut() {
        multiple["values"] = Value::Null;
    }
    output
}

proptest! {
    #[test]
    fn the_order_of_peers_moves_no_bit(market in markets(), turn in 0..8_usize, dated in any::<bool>()) {
        let mut turned = market.clone();
        let peers = turned["peers"].as_array_mut().unwrap();
        let turn = turn % peers.len();
        peers.rotate_left(turn);
        peers.reverse();
        let model = if dated { "precedents" } else { "comparables" };
        let outputs = [market, turned].map(|mut market| {
            if dated {
                market["as_of"] = json!("2025-06-30");
                market["half_life"] = json!(2.5);
            }
            evaluate(model, &market).map(without_values)
        });
        match &outputs {
            [Ok(one), Ok(other)] => prop_assert_eq!(one, other),
            [Err(one), Err(other)] => prop_assert_eq!(one.to_json(), other.to_json()),
            _ => prop_assert!(false, "one order has a value and the other has none"),
        }
    }

    #[test]
    fn means_and_quantiles_are_in_their_order(market in markets()) {
        let Ok(output) = evaluate("comparables", &market) else { return Ok(()) };
        for multiple in ["ev/ebitda", "p/book_equity"] {
            let of = |field: &str| number(&output, multiple, field);
            prop_assert!(of("harmonic_mean") <= of("mean") * (1.0 + 1e-14));
            let rising = ["min", "p25", "median", "p75", "max"].map(of);
            prop_assert!(rising.is_sorted(), "{rising:?}");
            let slack = 1e-14 * of("max");
            prop_assert!(of("min") - slack <= of("applied") && of("applied") <= of("max") + slack);
            prop_assert!(of("min") > 0.0);
        }
        let of = |field: &str| output[field].as_f64().unwrap();
        prop_assert!(of("low") <= of("mid") + 1e-9 && of("mid") <= of("high") + 1e-9);
    }

    #[test]
    fn every_peer_is_used_or_has_a_reason(market in markets()) {
        let Ok(output) = evaluate("comparables", &market) else { return Ok(()) };
        for multiple in output["multiples"].as_object().unwrap().values() {
            let values = multiple["values"].as_array().unwrap();
            prop_assert_eq!(values.len(), market["peers"].as_array().unwrap().len());
            let used = values.iter().filter(|value| value["excluded"] == false).count();
            prop_assert_eq!(multiple["n_used"].as_u64().unwrap(), used as u64);
            for value in values {
                prop_assert_eq!(value["reason"].is_string(), value["excluded"] == true);
            }
        }
    }

    #[test]
    fn one_peer_equal_to_the_target_returns_its_own_value(
        price in 1.0..1e4_f64, ebitda in 1.0..1e3_f64, net_debt in -500.0..1e3_f64,
        statistic in prop::sample::select(vec!["median", "mean", "harmonic_mean", "trimmed_mean", "quantile"])
    ) {
        prop_assume!(price + net_debt > 1.0);
        let input = json!({
            "peers": [{"name": "itself", "market_cap": price, "net_debt": net_debt, "ebitda": ebitda, "net_income": 3}],
            "target": {"ebitda": ebitda, "net_debt": net_debt, "net_income": 3},
            "multiples": ["ev/ebitda", "p/net_income"], "statistic": statistic,
        });
        for model in ["comparables", "precedents"] {
            let output = evaluate(model, &input).unwrap();
            for field in ["low", "mid", "high"] {
                let got = output[field].as_f64().unwrap();
                prop_assert!((got - price).abs() <= 1e-12 * (price + net_debt.abs()), "{field} {got} {price}");
            }
        }
    }
}

#[test]
fn each_statistic_is_its_textbook_value() {
    let applied = |changes: &[(&str, Value)]| number(&value(changes), "ev/ebitda", "applied");
    near(applied(&[]), 10.0);
    near(applied(&[("/statistic", json!("mean"))]), 11.6);
    let harmonic = 5.0 / (1.0 / 8.0 + 1.0 / 9.0 + 1.0 / 10.0 + 1.0 / 11.0 + 1.0 / 20.0);
    near(applied(&[("/statistic", json!("harmonic_mean"))]), harmonic);
    near(applied(&[("/statistic", json!("trimmed_mean"))]), 11.6);
    near(applied(&[("/statistic", json!("trimmed_mean")), ("/trim", json!(0.25))]), 10.0);
    near(applied(&[("/statistic", json!("quantile")), ("/quantile", json!(0.3))]), 9.2);
    let output = value(&[]);
    near(number(&output, "ev/ebitda", "sd"), (93.2_f64 / 4.0).sqrt());
    near(number(&output, "ev/ebitda", "implied_ev"), 750.0);
    near(number(&output, "ev/ebitda", "implied_equity"), 650.0);
    near(number(&output, "ev/ebitda", "implied_per_share"), 13.0);
}

#[test]
fn outliers_are_left_out_with_their_reason() {
    for (rule, k) in [("iqr", Value::Null), ("mad", Value::Null), ("iqr", json!(1.5)), ("mad", json!(3.5))] {
        let output = value(&[("/outliers", json!(rule)), ("/outlier_k", k), ("/statistic", json!("mean"))]);
        near(number(&output, "ev/ebitda", "applied"), 9.5);
        let last = &output["multiples"]["ev/ebitda"]["values"][4];
        assert_eq!(
            *last,
            json!({"name": "E", "value": 20.0, "excluded": true, "reason": format!("outlier by {rule}")})
        );
    }
    let wide = value(&[("/outliers", json!("iqr")), ("/outlier_k", json!(6))]);
    assert_eq!(wide["multiples"]["ev/ebitda"]["n_used"], 5);
}

#[test]
fn losses_and_gaps_are_excluded_and_never_zero() {
    let output = value(&[
        ("/multiples", json!(["p/net_income", "ev/revenue"])),
        ("/peers/0", json!({"name": "A", "market_cap": 900, "net_income": 60, "revenue": 400})),
        ("/peers/1", json!({"name": "B", "enterprise_value": -5, "market_cap": 10, "revenue": 400})),
    ]);
    let reasons = |multiple: &str| -> Vec<Value> {
        output["multiples"][multiple]["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value["reason"].clone())
            .collect()
    };
    let none = Value::Null;
    assert_eq!(
        reasons("p/net_income"),
        [none.clone(), "net_income missing".into(), none.clone(), none.clone(), "net_income not positive".into()]
    );
    assert_eq!(
        reasons("ev/revenue"),
        ["enterprise value missing".into(), "enterprise value not positive".into(), none.clone(), none.clone(), none]
    );
    near(number(&output, "p/net_income", "max"), 20.0);
}

#[test]
fn prices_and_enterprise_values_are_told_apart() {
    let both = json!(["ev/ebitda", "p/net_income"]);
    let output = value(&[("/multiples", both.clone()), ("/weights", json!([1, 3])), ("/premium", json!(0.25))]);
    // P of A 15, B 14, C 20, D 20: median 17.5; equity 17.5 x 32 x 1.25 = 700.
    near(number(&output, "p/net_income", "implied_equity"), 700.0);
    near(number(&output, "p/net_income", "implied_ev"), 800.0);
    near(number(&output, "ev/ebitda", "implied_equity"), 650.0);
    near(output["low"].as_f64().unwrap(), 650.0);
    near(output["mid"].as_f64().unwrap(), 687.5);
    near(output["high"].as_f64().unwrap(), 700.0);
    let bridge = json!({"ebitda": 75, "net_income": 32, "bridge": {"debt": 150, "cash": 20, "associates": 40}});
    let output = value(&[("/multiples", both), ("/target", bridge)]);
    near(number(&output, "ev/ebitda", "implied_equity"), 660.0);
    near(number(&output, "p/net_income", "implied_ev"), 650.0);
    assert_eq!(output["multiples"]["ev/ebitda"]["implied_per_share"], Value::Null);
}

#[test]
fn custom_metrics_make_multiples() {
    let mut input = example();
    for peer in input["peers"].as_array_mut().unwrap() {
        peer["metrics"] = json!({"subscribers": 50});
    }
    input["target"]["metrics"] = json!({"subscribers": 40});
    input["multiples"] = json!(["ev/subscribers"]);
    near(number(&evaluate("comparables", &input).unwrap(), "ev/subscribers", "implied_ev"), 800.0);
    input["peers"][0]["metrics"]["ebitda"] = json!(3);
    assert_eq!(refusals("comparables", &input), ["peers[0].metrics"]);
    for name in ["", "a.b", "a[0]", "a/b"] {
        input["peers"][0]["metrics"] = json!({"subscribers": 50});
        input["peers"][0]["metrics"][name] = json!(3);
        assert_eq!(refusals("comparables", &input), ["peers[0].metrics"], "{name}");
    }
}

#[test]
fn older_transactions_count_less_in_means() {
    let mut input = with(&[("/statistic", json!("mean"))]);
    input["peers"] = json!([
        {"name": "old", "enterprise_value": 600, "ebitda": 100, "date": "2023-01-01"},
        {"name": "new", "enterprise_value": 900, "ebitda": 100, "date": "2025-01-01"},
    ]);
    input["as_of"] = json!("2025-01-01");
    // 2024 had 366 days: 731 days at a half-life of 731/365 years.
    input["half_life"] = json!(731.0 / 365.0);
    let output = evaluate("precedents", &input).unwrap();
    near(number(&output, "ev/ebitda", "applied"), 8.0);
    near(number(&output, "ev/ebitda", "harmonic_mean"), 1.5 / (0.5 / 6.0 + 1.0 / 9.0));
    near(number(&output, "ev/ebitda", "median"), 7.5);
    input["peers"][1]["date"] = json!("2025-01-02");
    input["peers"][0].as_object_mut().unwrap().remove("date");
    assert_eq!(refusals("precedents", &input), ["peers[0].date", "peers[1].date"]);
    input["half_life"] = Value::Null;
    assert_eq!(refusals("precedents", &input), ["half_life"]);
    input["half_life"] = json!(2);
    input["as_of"] = Value::Null;
    assert_eq!(refusals("precedents", &input), ["as_of"]);
    assert_eq!(refusals("comparables", &input), ["as_of", "half_life"]);
}

#[test]
fn a_regression_explains_the_multiple_by_the_drivers() {
    let mut input = example();
    // Multiples 10, 8, 11, 9, 20 at growth 0.04, 0.02, 0.05, 0.03, 0.14: exactly 6 + 100 growth.
    for (peer, growth) in input["peers"].as_array_mut().unwrap().iter_mut().zip([0.04, 0.02, 0.05, 0.03, 0.14]) {
        peer["metrics"] = json!({"growth": growth});
    }
    input["target"]["metrics"] = json!({"growth": -0.01});
    input["regression"] = json!({"multiple": "ev/ebitda", "drivers": ["growth"]});
    let fit = evaluate("comparables", &input).unwrap()["regression"].clone();
    let close = |got: &Value, want: f64| assert!((got.as_f64().unwrap() - want).abs() < 1e-10, "{got} {want}");
    close(&fit["coefficients"][0], 6.0);
    close(&fit["coefficients"][1], 100.0);
    close(&fit["r2"], 1.0);
    close(&fit["predicted"], 5.0);
    close(&fit["prediction_se"], 0.0);
    close(&fit["se"][1], 0.0);
    input["regression"]["drivers"] = json!(["growth", "ebitda"]);
    let error = evaluate("comparables", &input).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("regression")));
    input["regression"]["drivers"] = json!(["growth", "ebitda", "revenue", "net_income"]);
    assert_eq!(refusals("comparables", &input), ["regression.drivers"]);
    input["regression"] = json!({"multiple": "growth", "drivers": ["colour"]});
    assert_eq!(refusals("comparables", &input), ["regression.multiple", "regression.drivers[0]"]);
    input["regression"] = json!({"multiple": "ev/ebitda", "drivers": []});
    assert_eq!(refusals("comparables", &input), ["regression.drivers"]);
}

#[test]
fn a_multiple_without_a_peer_left_is_undefined() {
    let peers = json!([{"name": "E", "enterprise_value": 5, "ebitda": -1}]);
    let error = evaluate("comparables", with(&[("/peers", peers)])).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("multiples.ev/ebitda")));
}

#[test]
fn a_loss_of_the_target_implies_no_value() {
    let loss = [("/target/net_income", json!(-3)), ("/multiples", json!(["ev/ebitda", "p/net_income"]))];
    let output = value(&loss);
    assert_eq!(output["multiples"]["p/net_income"]["implied_equity"], Value::Null);
    assert_eq!(codes(&output), ["target_metric_not_positive multiples.p/net_income"]);
    near(output["high"].as_f64().unwrap(), 650.0);
    let error = evaluate("comparables", with(&[loss[0].clone(), ("/multiples", json!(["p/net_income"]))])).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("mid")));
}

#[test]
fn doubtful_multiples_are_warned_of() {
    let output = value(&[("/multiples", json!(["ev/net_income", "p/ebitda"]))]);
    assert_eq!(codes(&output), ["mixed_multiple multiples.ev/net_income", "mixed_multiple multiples.p/ebitda"]);
    let output = value(&[("/multiples", json!(["p/net_income"])), ("/target", json!({"net_income": 32}))]);
    assert_eq!(codes(&output), ["input_missing multiples.p/net_income"]);
    assert_eq!(output["multiples"]["p/net_income"]["implied_ev"], Value::Null);
}

#[test]
fn problems_are_reported_together() {
    let input = with(&[
        ("/peers/0", json!({"name": "A", "ebitda": 3})),
        ("/target", json!({"revenue": 3, "bridge": {"net_debt": 3, "debt": 4}})),
        ("/multiples", json!(["ev/ebitda", "ev/ebitda", "ebitda", "ev/colour"])),
        ("/weights", json!([1, 2])),
    ]);
    assert_eq!(
        refusals("comparables", &input),
        [
            "target.ebitda",
            "multiples[1]",
            "multiples[2]",
            "multiples[3]",
            "peers[0].enterprise_value",
            "target.bridge.net_debt",
            "weights",
        ]
    );
    assert_eq!(
        refusals("comparables", &with(&[("/peers", json!([])), ("/multiples", json!([]))])),
        ["peers", "multiples"]
    );
    assert_eq!(refusals("comparables", &with(&[("/target", json!({"ebitda": 75}))])), ["target.net_debt"]);
    let both = json!({"ebitda": 75, "net_debt": 3, "bridge": {}});
    assert_eq!(refusals("comparables", &with(&[("/target", both)])), ["target.net_debt"]);
    assert_eq!(refusals("comparables", &with(&[("/weights", json!([0]))])), ["weights"]);
}
