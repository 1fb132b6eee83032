//! What must hold for cash-flow mathematics, textbook values, and the traps of the field.

#![expect(clippy::needless_pass_by_value, reason = "inputs are written in place")]

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::{ErrorKind, evaluate};

fn number(model: &str, inputs: Value, output: &str) -> f64 {
    evaluate(model, &inputs).unwrap_or_else(|error| panic!("{model} {inputs}: {error}"))[output].as_f64().unwrap()
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn npv_is_zero_at_each_reported_rate(flows in prop::collection::vec(-100.0..100.0_f64, 2..12)) {
        match evaluate("irr", json!({"cashflows": flows, "lower": -0.9, "upper": 10.0})) {
            Ok(output) => {
                let size: f64 = flows.iter().map(|flow| flow.abs()).sum();
                for rate in output["roots"].as_array().unwrap() {
                    let rate = rate.as_f64().unwrap();
                    let scale = if rate < 0.0 { (1.0 + rate).powf(flows.len() as f64 - 1.0) } else { 1.0 };
                    let npv = number("npv", json!({"rate": rate, "cashflows": flows}), "npv");
                    prop_assert!((npv * scale).abs() <= 1e-9 * size, "npv {npv} at {rate}");
                }
                prop_assert_eq!(output["multiple"].as_bool().unwrap(), output["roots"].as_array().unwrap().len() > 1);
            }
            Err(error) => prop_assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("irr"))),
        }
    }

    #[test]
    fn irr_does_not_change_with_the_size_of_flows(
        flows in prop::collection::vec(1.0..100.0_f64, 1..12), outlay in 10.0..500.0_f64, factor in 1e-6..1e6_f64,
    ) {
        let flows: Vec<f64> = std::iter::once(-outlay).chain(flows).collect();
        let scaled: Vec<f64> = flows.iter().map(|flow| flow * factor).collect();
        let (one, other) = (number("irr", json!({"cashflows": flows}), "irr"), number("irr", json!({"cashflows": scaled}), "irr"));
        prop_assert!(close(one, other, 1e-11));
        // One sign change: the root is unique whatever the guess.
        let elsewhere = number("irr", json!({"cashflows": flows, "guess": 5.0}), "irr");
        prop_assert!(close(one, elsewhere, 1e-13));
        let mirr = number("mirr", json!({"cashflows": flows, "finance_rate": one, "reinvest_rate": one}), "mirr");
        prop_assert!(close(mirr, one, 1e-9));
    }

    #[test]
    fn annuity_functions_are_mutual_inverses(
        rate in -0.05..0.3_f64, nper in 1.0..60.0_f64, pv in 1.0..1e5_f64, fv in -1e5..1e5_f64, begin in any::<bool>(), zero in any::<bool>(),
    ) {
        let rate = if zero { 0.0 } else { rate };
        let due = if begin { "begin" } else { "end" };
        let pmt = number("pmt", json!({"rate": rate, "nper": nper, "pv": pv, "fv": fv, "due": due}), "pmt");
        let again = number("pv", json!({"rate": rate, "nper": nper, "pmt": pmt, "fv": fv, "due": due}), "pv");
        prop_assert!(close(again, pv, 1e-8));
        let again = number("fv", json!({"rate": rate, "nper": nper, "pmt": pmt, "pv": pv, "due": due}), "fv");
        prop_assert!((again - fv).abs() <= 1e-8 * (1.0 + fv.abs() + pv.abs() * (1.0 + rate).powf(nper)));
        if let Ok(output) = evaluate("nper", json!({"rate": rate, "pmt": pmt, "pv": pv, "fv": fv, "due": due})) {
            let again = output["nper"].as_f64().unwrap();
            // Where the balance hardly moves, many lengths give the same numbers.
            let moves = (pmt + pv * rate).abs() > 1e-3 * pv;
            prop_assert!(!moves || close(again, nper, 1e-6), "{again} {nper}");
        }
    }

    #[test]
    fn rate_solves_the_identity(rate in -0.02..0.3_f64, nper in 2.0..60.0_f64, pmt in 1.0..100.0_f64) {
        let pv = number("pv", json!({"rate": rate, "nper": nper, "pmt": -pmt}), "pv");
        let again = number("rate", json!({"nper": nper, "pmt": -pmt, "pv": pv}), "rate");
        prop_assert!(close(again, rate, 1e-9));
    }

    #[test]
    fn interest_and_principal_add_up(rate in 0.0..0.2_f64, nper in 1..40_u32, pv in 1.0..1e5_f64, begin in any::<bool>()) {
        let due = if begin { "begin" } else { "end" };
        let base = json!({"rate": rate, "nper": nper, "pv": pv, "due": due});
        let pmt = number("pmt", base.clone(), "pmt");
        let mut principal = 0.0;
        for period in 1..=nper {
            let mut inputs = base.clone();
            inputs["period"] = period.into();
            let part = number("ppmt", inputs.clone(), "ppmt");
            prop_assert!(close(part + number("ipmt", inputs, "ipmt"), pmt, 1e-12));
            principal += part;
        }
        prop_assert!(close(principal, -pv, 1e-8));
    }

    #[test]
    fn dated_flows_365_days_apart_are_periodic_ones(
        flows in prop::collection::vec(-100.0..100.0_f64, 1..8), rate in -0.5..1.0_f64,
    ) {
        // No 29 February lies between 1 March 2021 and 1 March 2023.
        let start: valor_ivx::time::Date = "2021-03-01".parse().unwrap();
        let mut dates = vec![start];
        for year in 2022..=2023 {
            dates.push(valor_ivx::time::Date::new(year, 3, 1).unwrap());
        }
        let flows = &flows[..flows.len().min(3)];
        let dates: Vec<_> = dates.iter().take(flows.len()).map(ToString::to_string).collect();
        let dated = number("xnpv", json!({"rate": rate, "cashflows": flows, "dates": dates}), "npv");
        let periodic = number("npv", json!({"rate": rate, "cashflows": flows}), "npv");
        prop_assert!(close(dated, periodic, 1e-10));
    }

    #[test]
    fn converted_rates_come_back(rate in -0.5..0.9_f64, from in 0..6_usize, to in 0..6_usize) {
        let names = ["annual", "semiannual", "quarterly", "monthly", "daily", "continuous"];
        let there = number("convert_rate", json!({"rate": rate, "from_compounding": names[from], "to_compounding": names[to]}), "rate");
        let back = number("convert_rate", json!({"rate": there, "from_compounding": names[to], "to_compounding": names[from]}), "rate");
        prop_assert!(close(back, rate, 1e-12));
    }
}

#[test]
fn textbook_values_are_met() {
    // Brealey, Myers and Allen, "Principles of Corporate Finance": -4,000, 2,000, 4,000 has an IRR of 28.08 %.
    let irr = number("irr", json!({"cashflows": [-4000, 2000, 4000]}), "irr");
    assert!((irr - 0.280_776_406_404_415_1).abs() < 1e-13);
    // A 30-year loan of 100,000 at 6 % a year, monthly.
    let pmt = number("pmt", json!({"rate": 0.005, "nper": 360, "pv": 100_000}), "pmt");
    assert!((pmt + 599.550_525_152_752_4).abs() < 1e-9);
    // The example that spreadsheets document for XIRR: 37.34 %.
    let xirr = number(
        "xirr",
        json!({
            "cashflows": [-10000, 2750, 4250, 3250, 2750],
            "dates": ["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"],
        }),
        "irr",
    );
    assert!((xirr - 0.373_362_535).abs() < 1e-8);
    // And for MIRR: 12.61 %.
    let mirr = number(
        "mirr",
        json!({"cashflows": [-120_000, 39000, 30000, 21000, 37000, 46000], "finance_rate": 0.1, "reinvest_rate": 0.12}),
        "mirr",
    );
    assert!((mirr - 0.126_094_13).abs() < 1e-8);
}

#[test]
fn several_roots_are_all_reported_and_the_nearest_is_meant() {
    // (x - 1.1)(x - 1.25)(x - 1.4): roots at 10, 25 and 40 %.
    let cashflows = [-1.0, 3.75, -4.665, 1.925];
    let output = evaluate("irr", json!({"cashflows": cashflows, "guess": 0.3})).unwrap();
    let roots: Vec<f64> = output["roots"].as_array().unwrap().iter().map(|root| root.as_f64().unwrap()).collect();
    assert_eq!(roots.len(), 3, "{roots:?}");
    for (got, want) in roots.iter().zip([0.1, 0.25, 0.4]) {
        assert!((got - want).abs() < 1e-9);
    }
    assert!((output["irr"].as_f64().unwrap() - 0.25).abs() < 1e-9);
    assert_eq!((output["multiple"].as_bool(), output["sign_changes"].as_u64()), (Some(true), Some(3)));
}

#[test]
fn a_double_root_is_found() {
    // (x - 1.2)^2
    let output = evaluate("irr", json!({"cashflows": [1.0, -2.4, 1.44]})).unwrap();
    assert!((output["irr"].as_f64().unwrap() - 0.2).abs() < 1e-6, "{output}");
    assert_eq!(output["roots"].as_array().unwrap().len(), 1);
}

#[test]
fn what_does_not_exist_is_undefined_and_says_why() {
    let refused = |model: &str, inputs: Value, what: &str| {
        let error = evaluate(model, inputs).unwrap_err();
        assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some(what)), "{error}");
    };
    refused("irr", json!({"cashflows": [100, 10, 10]}), "irr");
    // Never paid back: a loss is not simply -100 %.
    refused("irr", json!({"cashflows": [1.0, -2.0, 1.5]}), "irr");
    refused("irr", json!({"cashflows": [-100.0, 110.0], "lower": 0.2}), "irr");
    refused("mirr", json!({"cashflows": [-1, -2], "finance_rate": 0.1, "reinvest_rate": 0.1}), "mirr");
    refused("nper", json!({"rate": 0.1, "pmt": -5, "pv": 100}), "nper");
    refused("rate", json!({"nper": 10, "pmt": 1, "pv": 1}), "rate");
}

#[test]
fn bad_input_names_its_field() {
    let field = |model: &str, inputs: Value| evaluate(model, inputs).unwrap_err().field().unwrap().to_owned();
    assert_eq!(field("npv", json!({"rate": -1, "cashflows": [1]})), "rate");
    assert_eq!(field("npv", json!({"rate": 0.1, "cashflows": []})), "cashflows");
    assert_eq!(field("npv", json!({"rate": 0.1, "cashflows": [1, "2"]})), "cashflows[1]");
    assert_eq!(field("npv", json!({"rate": 0.1, "cashflows": [1], "first_period": 2})), "first_period");
    assert_eq!(field("xnpv", json!({"rate": 0.1, "cashflows": [1], "dates": []})), "dates");
    assert_eq!(field("xnpv", json!({"rate": 0.1, "cashflows": [1], "dates": ["2023-02-29"]})), "dates[0]");
    assert_eq!(field("pmt", json!({"rate": 0.1, "nper": 0, "pv": 1})), "nper");
    assert_eq!(field("ipmt", json!({"rate": 0.1, "nper": 10, "pv": 1, "period": 11})), "period");
    assert_eq!(
        field("convert_rate", json!({"rate": -12, "from_compounding": "monthly", "to_compounding": "annual"})),
        "rate"
    );
    assert_eq!(field("irr", json!({"cashflows": [-1, 2], "lower": 0.5, "upper": 0.1})), "upper");
}

#[test]
fn traps_of_the_field_are_not_fallen_into() {
    // A rate of zero is a rate, not a missing one.
    assert_eq!(number("npv", json!({"rate": 0, "cashflows": [1, 2]}), "npv"), 3.0);
    assert_eq!(number("pmt", json!({"rate": 0, "nper": 4, "pv": 100}), "pmt"), -25.0);
    // The spreadsheet NPV discounts the first flow.
    assert!(close(number("npv", json!({"rate": 0.1, "cashflows": [110], "first_period": 1}), "npv"), 100.0, 1e-14));
    // A loss has its own rate.
    assert!(close(number("irr", json!({"cashflows": [-100, 90]}), "irr"), -0.1, 1e-13));
    // A date before the first is compounded.
    let early = json!({"rate": 0.1, "cashflows": [0, 100], "dates": ["2024-01-01", "2023-01-01"]});
    assert!(close(number("xnpv", early, "npv"), 110.0, 1e-12));
    // 365 days, not 365.25.
    assert_eq!(number("year_fraction", json!({"start": "2023-01-01", "end": "2024-01-01"}), "years"), 1.0);
}

#[test]
fn payback_is_linear_inside_its_year() {
    assert_eq!(number("payback", json!({"cashflows": [-100, 60, 80]}), "years"), 1.5);
    assert_eq!(evaluate("payback", json!({"cashflows": [-100, 50, 40]})).unwrap()["years"], Value::Null);
    assert!(close(number("payback", json!({"cashflows": [-100, 110], "rate": 0.1}), "years"), 1.0, 1e-12));
}
