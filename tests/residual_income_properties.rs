//! What must hold for every residual income valuation.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::valuation::{
    Ddm, DividendStage, DividendTerminal, ResidualIncome, ResidualTerminal, ResidualTerminalMethod,
};
use valor_ivx::{ErrorKind, evaluate};

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

/// Book value 100, return 15 % at a cost of 10 %, half of it paid out.
fn example() -> ResidualIncome {
    ResidualIncome {
        book_value: 100.0,
        roe: Some(0.15.into()),
        years: Some(3),
        payout: Some(0.5.into()),
        cost_of_equity: 0.1.into(),
        shares: Some(10.0),
        ..ResidualIncome::default()
    }
}

fn growing(growth: f64) -> ResidualTerminal {
    ResidualTerminal { method: ResidualTerminalMethod::Growth, growth: Some(growth), ..ResidualTerminal::default() }
}

prop_compose! {
    fn companies()(
        book_value in 1.0..1e4_f64,
        roe in prop::collection::vec(-0.2..0.4_f64, 1..9),
        payout in -0.5..1.2_f64,
        cost in 0.04..0.2_f64,
    ) -> ResidualIncome {
        ResidualIncome {
            book_value,
            roe: Some(roe.into()),
            payout: Some(payout.into()),
            cost_of_equity: cost.into(),
            ..ResidualIncome::default()
        }
    }
}

proptest! {
    #[test]
    fn clean_surplus_makes_it_the_dividends_and_the_value_at_the_horizon(company in companies(), at_horizon in 0.0..1e5_f64) {
        let terminal = ResidualTerminal {
            method: ResidualTerminalMethod::Value, value: Some(at_horizon), ..ResidualTerminal::default()
        };
        let valued = ResidualIncome { terminal, ..company.clone() }.value().unwrap();
        let schedule = &valued.schedule;
        let rate = company.cost_of_equity.at(0);
        let mut factor = 1.0;
        let mut dividends = 0.0;
        for (t, income) in schedule.net_income.iter().enumerate() {
            factor /= 1.0 + rate;
            dividends += (schedule.book_value[t] + income - schedule.book_value[t + 1]) * factor;
        }
        prop_assert!((valued.equity_value - dividends - at_horizon * factor).abs() <= 1e-9 * (company.book_value + at_horizon + valued.equity_value.abs()));
    }

    #[test]
    fn steady_growth_is_worth_its_dividends_for_ever(
        book_value in 1.0..1e4_f64, roe in 0.05..0.3_f64, retained in 0.0..0.3_f64, spread in 0.01..0.1_f64, years in 1..9_u32,
    ) {
        let growth = roe * retained;
        let cost = growth + spread;
        let by_income = ResidualIncome {
            book_value,
            roe: Some(roe.into()),
            years: Some(years),
            payout: Some((1.0 - retained).into()),
            cost_of_equity: cost.into(),
            terminal: growing(growth),
            ..ResidualIncome::default()
        };
        // Earnings on opening book value: those of year 1 are roe x book_value.
        let by_dividends = Ddm {
            eps: Some(roe * book_value / (1.0 + growth)),
            cost_of_equity: cost.into(),
            stages: vec![DividendStage { years, growth: Some(growth), payout: Some(1.0 - retained), ..DividendStage::default() }],
            terminal: DividendTerminal { growth, roe: Some(roe), ..DividendTerminal::default() },
            ..Ddm::default()
        };
        prop_assert!(close(by_income.value().unwrap().equity_value, by_dividends.value().unwrap().value, 1e-10));
    }

    #[test]
    fn a_return_equal_to_its_cost_is_worth_book_value(company in companies(), cost in 0.04..0.2_f64) {
        let even = ResidualIncome { roe: Some(cost.into()), years: Some(6), cost_of_equity: cost.into(), ..company.clone() };
        prop_assert!(close(even.value().unwrap().equity_value, company.book_value, 1e-12));
    }

    #[test]
    fn persistence_lies_between_nothing_and_for_ever(company in companies(), omega in 0.0..0.999_f64) {
        let at = |terminal| ResidualIncome { terminal, ..company.clone() }.value().unwrap().pv_terminal;
        let persistence = |omega| ResidualTerminal {
            method: ResidualTerminalMethod::Persistence, omega: Some(omega), ..ResidualTerminal::default()
        };
        prop_assert_eq!(at(persistence(0.0)), 0.0);
        prop_assert!(at(persistence(omega)).abs() <= at(growing(0.0)).abs() + 1e-12);
    }

    #[test]
    fn earnings_and_dividends_by_amount_reproduce_the_ratios(company in companies()) {
        let value = company.value().unwrap();
        let book = &value.schedule.book_value;
        let amounts = ResidualIncome {
            roe: None,
            payout: None,
            net_income: Some(value.schedule.net_income.clone()),
            dividends: Some(value.schedule.net_income.iter().enumerate().map(|(t, income)| book[t] + income - book[t + 1]).collect()),
            ..company
        };
        prop_assert!(close(amounts.value().unwrap().equity_value, value.equity_value, 1e-9));
    }

    #[test]
    fn value_is_homogeneous_in_money(company in companies(), factor in 0.01..100.0_f64) {
        let scaled = ResidualIncome { book_value: company.book_value * factor, ..company.clone() };
        prop_assert!(close(scaled.value().unwrap().equity_value, company.value().unwrap().equity_value * factor, 1e-10));
    }

    #[test]
    fn lanes_have_the_bits_of_the_headline_and_duals_its_slope(company in companies(), book in 1.0..1e3_f64) {
        let company = ResidualIncome { terminal: growing(0.01), ..company };
        let input = serde_json::to_value(&company).unwrap();
        let grid = evaluate("sensitivity_grid", json!({
            "model": "residual_income", "input": input,
            "axes": [{"path": "book_value", "values": [book, 1, 2, 3, 4, 5, 6, 7, 8]}],
        })).unwrap();
        let headline = ResidualIncome { book_value: book, ..company }.value().unwrap().equity_value;
        prop_assert_eq!(grid["values"]["equity_value"][0].as_f64().unwrap(), headline);
        let gradient = |step: Value| evaluate("gradient", json!({
            "model": "residual_income", "input": input, "paths": ["book_value", "roe[0]", "cost_of_equity"], "step": step,
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
        book_value in prop::num::f64::ANY, roe in prop::num::f64::ANY, cost in prop::num::f64::ANY,
    ) {
        let company = ResidualIncome { book_value, roe: Some(roe.into()), cost_of_equity: cost.into(), ..example() };
        if let Ok(value) = company.value() {
            prop_assert!(value.equity_value.is_finite() && value.schedule.pv.iter().all(|pv| pv.is_finite()));
        }
    }
}

#[test]
fn three_years_are_as_computed_by_hand() {
    let value = example().value().unwrap();
    let book = [100.0, 107.5, 115.5625, 124.2296875];
    for (got, want) in value.schedule.book_value.iter().zip(book) {
        assert!(close(*got, want, 1e-14));
    }
    let residual = [5.0, 5.375, 5.778125];
    let pv: f64 = residual.iter().zip(1..).map(|(income, t)| income / 1.1_f64.powi(t)).sum();
    assert!(close(value.pv_residual_income, pv, 1e-13));
    assert!(close(value.equity_value, 100.0 + pv, 1e-13));
    assert!(close(value.value_per_share.unwrap(), value.equity_value / 10.0, 1e-15));
    assert!(close(value.price_to_book.unwrap(), value.equity_value / 100.0, 1e-15));
    let last = residual[2] / 1.1_f64.powi(3);
    let at = |terminal| ResidualIncome { terminal, ..example() }.value().unwrap().pv_terminal;
    assert!(close(at(growing(0.02)), last * 1.02 / 0.08, 1e-13));
    assert!(close(at(ResidualTerminal { ri_next: Some(8.0), ..growing(0.02) }), 100.0 / 1.1_f64.powi(3), 1e-13));
    let persistence = ResidualTerminal {
        method: ResidualTerminalMethod::Persistence,
        omega: Some(0.6),
        ..ResidualTerminal::default()
    };
    assert!(close(at(persistence), last * 0.6 / 0.5, 1e-13));
    assert_eq!(ResidualIncome { book_value: -1.0, ..example() }.value().unwrap().price_to_book, None);
}

#[test]
fn what_never_fades_or_grows_too_fast_has_no_value() {
    let undefined = |terminal, cost: f64| {
        let error = ResidualIncome { terminal, cost_of_equity: cost.into(), ..example() }.value().unwrap_err();
        assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")));
    };
    undefined(growing(0.1), 0.1);
    let persistence = ResidualTerminal {
        method: ResidualTerminalMethod::Persistence,
        omega: Some(0.9),
        ..ResidualTerminal::default()
    };
    undefined(persistence, -0.5);
}

#[test]
fn every_problem_of_an_input_is_reported_with_its_path() {
    let fields = |input: Value| {
        let error = evaluate("residual_income", input).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let mut fields: Vec<_> = error.also().iter().filter_map(|error| error.field().map(str::to_owned)).collect();
        fields.push(error.field().unwrap().to_owned());
        fields.sort_unstable();
        fields
    };
    assert_eq!(fields(json!({"book_value": 1, "cost_of_equity": 0.1})), ["net_income", "payout", "years"]);
    assert_eq!(
        fields(
            json!({"book_value": 1, "cost_of_equity": [0.1], "net_income": [1, 2], "roe": 0.1, "dividends": [1], "payout": 0.5, "terminal": {"method": "persistence"}})
        ),
        ["cost_of_equity", "dividends", "payout", "roe", "terminal.omega"]
    );
    assert_eq!(
        fields(
            json!({"book_value": 1, "cost_of_equity": 0.1, "net_income": [1], "payout": 1, "years": 2, "terminal": {"method": "value"}})
        ),
        ["net_income", "terminal.value"]
    );
    assert_eq!(
        fields(
            json!({"book_value": 1, "cost_of_equity": 0.1, "net_income": [1], "payout": 1, "terminal": {"method": "growth"}})
        ),
        ["terminal.growth"]
    );
    assert_eq!(fields(json!({"book_value": 1, "cost_of_equity": 0.1, "net_income": [], "payout": 1})), ["years"]);
    assert_eq!(
        fields(
            json!({"book_value": 1, "cost_of_equity": 0.1, "net_income": [1], "payout": 1, "terminal": {"method": "persistence", "omega": 1}})
        ),
        ["terminal.omega"]
    );
}

#[test]
fn terminal_fields_of_another_method_are_warned_of() {
    let terminal = ResidualTerminal { omega: Some(0.5), value: Some(1.0), ..growing(0.02) };
    let warnings = ResidualIncome { terminal, ..example() }.value().unwrap().warnings;
    let found: Vec<_> = warnings.iter().map(|warning| (warning.code.as_str(), warning.field.as_str())).collect();
    assert_eq!(found, [("inert_path", "terminal.omega"), ("inert_path", "terminal.value")]);
}
