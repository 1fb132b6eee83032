//! What must hold for every dividend discount valuation.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::valuation::{Ddm, DividendDrivers, DividendMethod, DividendStage, DividendTerminal, Fade};
use valor_ivx::{ErrorKind, evaluate};

fn stage(years: u32, growth: f64) -> DividendStage {
    DividendStage { years, growth: Some(growth), ..DividendStage::default() }
}

fn terminal(growth: f64) -> DividendTerminal {
    DividendTerminal { growth, ..DividendTerminal::default() }
}

/// Two stages on a dividend of 2.
fn example() -> Ddm {
    Ddm {
        dividend: Some(2.0),
        cost_of_equity: 0.1.into(),
        stages: vec![stage(5, 0.08)],
        terminal: terminal(0.03),
        ..Ddm::default()
    }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

prop_compose! {
    fn shares_of_stock()(
        dividend in 0.01..50.0_f64,
        stages in prop::collection::vec((1..6_u32, -0.1..0.25_f64), 1..4),
        cost in 0.06..0.2_f64,
        growth in -0.03..0.05_f64,
        mid_year in any::<bool>(),
    ) -> Ddm {
        Ddm {
            dividend: Some(dividend),
            cost_of_equity: cost.into(),
            stages: stages.into_iter().map(|(years, growth)| stage(years, growth)).collect(),
            terminal: terminal(growth),
            mid_year,
            ..Ddm::default()
        }
    }
}

proptest! {
    #[test]
    fn stages_at_the_terminal_growth_are_the_gordon_value(ddm in shares_of_stock()) {
        let growth = ddm.terminal.growth;
        let even = Ddm { stages: vec![stage(7, growth)], ..ddm.clone() };
        let gordon = Ddm { stages: Vec::new(), method: DividendMethod::Gordon, ..ddm };
        prop_assert!(close(even.value().unwrap().value, gordon.value().unwrap().value, 1e-12));
    }

    #[test]
    fn h_model_without_fade_or_excess_growth_is_the_gordon_value(ddm in shares_of_stock(), half_life in 0.0..10.0_f64, excess in 0.0..0.2_f64) {
        let growth = ddm.terminal.growth;
        let method = |method, initial, half_life| Ddm {
            stages: Vec::new(), method, growth_initial: initial, half_life, ..ddm.clone()
        }.value().unwrap().value;
        let gordon = method(DividendMethod::Gordon, None, None);
        prop_assert!(close(method(DividendMethod::HModel, Some(growth), Some(half_life)), gordon, 1e-12));
        prop_assert!(close(method(DividendMethod::HModel, Some(growth + excess), Some(0.0)), gordon, 1e-12));
        prop_assert!(method(DividendMethod::HModel, Some(growth + excess), Some(half_life)) >= gordon - 1e-12);
    }

    #[test]
    fn value_is_homogeneous_in_the_dividend(ddm in shares_of_stock(), factor in 0.01..100.0_f64) {
        let scaled = Ddm { dividend: ddm.dividend.map(|dividend| dividend * factor), ..ddm.clone() };
        prop_assert!(close(scaled.value().unwrap().value, ddm.value().unwrap().value * factor, 1e-12));
    }

    #[test]
    fn value_rises_with_growth_and_falls_with_the_cost_of_equity(ddm in shares_of_stock()) {
        let value = ddm.value().unwrap().value;
        let faster = Ddm { terminal: terminal(ddm.terminal.growth + 0.002), ..ddm.clone() };
        prop_assert!(faster.value().unwrap().value > value);
        let dearer = Ddm { cost_of_equity: 0.21.into(), ..ddm };
        prop_assert!(dearer.value().unwrap().value < value);
    }

    #[test]
    fn a_payout_of_earnings_that_stays_the_same_is_a_dividend(ddm in shares_of_stock(), payout in 0.05..1.0_f64) {
        let mut by_earnings = Ddm {
            dividend: None,
            eps: ddm.dividend.map(|dividend| dividend / payout),
            ..ddm.clone()
        };
        by_earnings.stages[0].payout = Some(payout);
        let value = by_earnings.value().unwrap();
        prop_assert!(close(value.value, ddm.value().unwrap().value, 1e-12));
        prop_assert!(close(value.implied_pe.unwrap(), value.value / by_earnings.eps.unwrap(), 1e-12));
    }

    #[test]
    fn mid_year_is_half_a_year_of_interest(ddm in shares_of_stock(), cost in 0.06..0.2_f64) {
        let at = |mid_year| Ddm { mid_year, cost_of_equity: cost.into(), ..ddm.clone() }.value().unwrap().value;
        prop_assert!(close(at(true), at(false) * (1.0 + cost).sqrt(), 1e-12));
    }

    #[test]
    fn splitting_a_step_stage_changes_no_bit(ddm in shares_of_stock()) {
        let split = ddm.stages.iter().flat_map(|s| (0..s.years).map(|_| stage(1, s.growth.unwrap()))).collect();
        prop_assert_eq!(Ddm { stages: split, ..ddm.clone() }.value().unwrap().value, ddm.value().unwrap().value);
    }

    #[test]
    fn lanes_have_the_bits_of_the_headline_and_duals_its_slope(ddm in shares_of_stock(), cost in 0.06..0.2_f64) {
        let input = serde_json::to_value(&ddm).unwrap();
        let grid = evaluate("sensitivity_grid", json!({
            "model": "ddm", "input": input,
            "axes": [{"path": "cost_of_equity", "values": [cost, 0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17]}],
        })).unwrap();
        let headline = Ddm { cost_of_equity: cost.into(), ..ddm.clone() }.value().unwrap().value;
        prop_assert_eq!(grid["values"]["value"][0].as_f64().unwrap(), headline);
        let gradient = |step: Value| evaluate("gradient", json!({
            "model": "ddm", "input": input, "paths": ["dividend", "stages[0].growth", "cost_of_equity"], "step": step,
        })).unwrap();
        let (exact, central) = (gradient(Value::Null), gradient(json!(1e-6)));
        prop_assert_eq!(&exact["exact"], &json!(true));
        for i in 0..3 {
            let (a, b) = (exact["gradient"][i].as_f64().unwrap(), central["gradient"][i].as_f64().unwrap());
            prop_assert!((a - b).abs() <= 1e-4 * (1.0 + a.abs()), "{} {}", a, b);
        }
    }

    #[test]
    fn any_number_gives_a_value_or_an_error(
        dividend in prop::num::f64::ANY, growth in prop::num::f64::ANY, cost in prop::num::f64::ANY,
    ) {
        let ddm = Ddm { dividend: Some(dividend), cost_of_equity: cost.into(), terminal: terminal(growth), ..example() };
        if let Ok(value) = ddm.value() {
            prop_assert!(value.value.is_finite() && value.pv_terminal.is_finite());
        }
    }
}

#[test]
fn two_stages_are_as_computed_by_hand() {
    let value = example().value().unwrap();
    let dividend = |year: i32| 2.0 * 1.08_f64.powi(year);
    let stages: f64 = (1..=5).map(|year| dividend(year) / 1.1_f64.powi(year)).sum();
    let terminal = dividend(5) * 1.03 / 0.07;
    assert!(close(value.pv_dividends, stages, 1e-13));
    assert!(close(value.terminal_value, terminal, 1e-13));
    assert!(close(value.value, stages + terminal / 1.1_f64.powi(5), 1e-13));
    assert!(close(value.terminal_share.unwrap(), value.pv_terminal / value.value, 1e-15));
    assert_eq!(value.schedule.growth, vec![0.08; 5]);
    assert!(close(value.schedule.discount_factor[4], 1.1_f64.powi(-5), 1e-14));
    assert!(close(value.schedule.pv.iter().sum(), value.pv_dividends, 1e-14));
    assert_eq!(value.implied_pe, None);
}

#[test]
fn three_stages_fade_to_the_terminal_growth() {
    let fading = DividendStage { fade: Fade::Linear, ..stage(4, 0.03) };
    let value = Ddm { stages: vec![stage(2, 0.11), fading], ..example() }.value().unwrap();
    for (got, want) in value.schedule.growth.iter().zip([0.11, 0.11, 0.09, 0.07, 0.05, 0.03]) {
        assert!(close(*got, want, 1e-14));
    }
    // The H-model is the straight-line fade, nearly.
    let long = DividendStage { fade: Fade::Linear, ..stage(10, 0.03) };
    let base = Some(DividendDrivers { growth: Some(0.08), payout: None });
    let faded = Ddm { stages: vec![long], base, ..example() }.value().unwrap().value;
    let h_model = Ddm {
        method: DividendMethod::HModel,
        stages: Vec::new(),
        growth_initial: Some(0.08),
        half_life: Some(5.0),
        ..example()
    };
    assert!((h_model.value().unwrap().value / faded - 1.0).abs() < 0.05);
}

#[test]
fn terminal_payout_is_what_growth_leaves_of_the_return_on_equity() {
    let ddm = |payout, roe| Ddm {
        dividend: None,
        eps: Some(5.0),
        stages: vec![DividendStage { payout: Some(0.4), ..stage(3, 0.1) }],
        terminal: DividendTerminal { payout, roe, ..terminal(0.03) },
        ..example()
    };
    let last = ddm(None, None).value().unwrap();
    let eps = 5.0 * 1.1_f64.powi(3) * 1.03;
    assert!(close(last.terminal_value, eps * 0.4 / 0.07, 1e-13));
    let by_roe = ddm(None, Some(0.12)).value().unwrap();
    assert!(close(by_roe.terminal_value, eps * 0.75 / 0.07, 1e-13));
    assert_eq!(ddm(Some(0.75), None).value().unwrap().terminal_value, by_roe.terminal_value);
    // The default that a path addresses is filled in.
    let line = json!({"model": "ddm", "input": ddm(None, None), "path": "terminal.payout", "values": [0.75, 0.5]});
    let line = evaluate("sensitivity_1d", line).unwrap();
    assert_eq!(line["y"]["value"][0].as_f64(), Some(by_roe.value));
    assert_eq!(ddm(Some(0.75), Some(0.12)).value().unwrap_err().field(), Some("terminal.roe"));
}

#[test]
fn a_rate_a_year_discounts_each_year_and_the_last_one_the_rest() {
    let ddm = Ddm { cost_of_equity: vec![0.1, 0.2].into(), stages: vec![stage(2, 0.0)], ..example() };
    let want = 2.0 / 1.1 + 2.0 / (1.1 * 1.2) + 2.0 * 1.03 / 0.17 / (1.1 * 1.2);
    assert!(close(ddm.value().unwrap().value, want, 1e-13));
    let wrong = Ddm { cost_of_equity: vec![0.1; 3].into(), ..ddm };
    assert_eq!(wrong.value().unwrap_err().field(), Some("cost_of_equity"));
}

#[test]
fn growth_that_is_not_below_the_cost_of_equity_has_no_value() {
    for method in [DividendMethod::MultiStage, DividendMethod::Gordon, DividendMethod::HModel] {
        let ddm = Ddm { method, growth_initial: Some(0.1), half_life: Some(1.0), terminal: terminal(0.1), ..example() };
        let error = ddm.value().unwrap_err();
        assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
    }
    let narrow = Ddm { terminal: DividendTerminal { min_spread: 0.07, ..terminal(0.03) }, ..example() };
    assert_eq!(narrow.value().unwrap_err().what(), Some("terminal_value"));
}

#[test]
fn every_problem_of_an_input_is_reported_with_its_path() {
    let fields = |input: Value| {
        let error = evaluate("ddm", input).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let mut fields: Vec<_> = error.also().iter().filter_map(|error| error.field().map(str::to_owned)).collect();
        fields.push(error.field().unwrap().to_owned());
        fields.sort_unstable();
        fields
    };
    assert_eq!(
        fields(
            json!({"dividend": 0, "cost_of_equity": -1, "stages": [{"years": 0}], "terminal": {"growth": "x"}, "wacc": 0.1})
        ),
        ["terminal.growth", "wacc"]
    );
    assert_eq!(
        fields(json!({"dividend": 0, "cost_of_equity": -1, "stages": [{"years": 0}], "terminal": {"growth": 0.02}})),
        ["cost_of_equity", "dividend", "stages[0].years"]
    );
    assert_eq!(fields(json!({"cost_of_equity": 0.1, "terminal": {"growth": 0.02}})), ["dividend", "stages"]);
    assert_eq!(
        fields(json!({"dividend": 1, "cost_of_equity": [0.1], "method": "h_model", "terminal": {"growth": 0.02}})),
        ["cost_of_equity", "growth_initial", "half_life"]
    );
    assert_eq!(
        fields(
            json!({"eps": 1, "cost_of_equity": 0.1, "stages": [{"years": 1, "fade": "linear", "growth": 0.1, "payout": 0.2}], "terminal": {"growth": 0.02}})
        ),
        ["base.growth", "base.payout"]
    );
    assert_eq!(
        fields(json!({"eps": 1, "cost_of_equity": 0.1, "method": "gordon", "terminal": {"growth": 0.02}})),
        ["terminal.payout"]
    );
}

#[test]
fn every_warning_can_be_reached() {
    let warnings = |ddm: Ddm| {
        let warnings = ddm.value().unwrap().warnings;
        warnings.into_iter().map(|warning| (warning.code, warning.field)).collect::<Vec<_>>()
    };
    let inert = |field: &str| vec![("inert_path".to_owned(), field.to_owned())];
    assert_eq!(warnings(example()), vec![]);
    assert_eq!(warnings(Ddm { method: DividendMethod::Gordon, ..example() }), inert("stages"));
    assert_eq!(warnings(Ddm { half_life: Some(1.0), ..example() }), inert("half_life"));
    let roe = DividendTerminal { roe: Some(0.1), ..terminal(0.02) };
    assert_eq!(warnings(Ddm { terminal: roe, ..example() }), inert("terminal.roe"));
    let costly = Ddm {
        dividend: None,
        eps: Some(1.0),
        method: DividendMethod::Gordon,
        stages: Vec::new(),
        terminal: DividendTerminal { roe: Some(0.02), ..terminal(0.03) },
        ..example()
    };
    assert_eq!(warnings(costly), vec![("negative_terminal_flow".to_owned(), "terminal".to_owned())]);
}
