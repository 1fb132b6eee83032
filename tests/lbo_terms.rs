//! Terms of a leveraged buy-out, one by one, on deals that can be followed by hand.

mod buy_outs;

use buy_outs::{example, tranche};
use serde_json::json;
use valor_ivx::model::Series;
use valor_ivx::valuation::Nol;
use valor_ivx::valuation::lbo::{
    Covenant, CovenantKind, Dividend, Exit, Floating, InterestBasis, InterestLimit, Lbo, LboValuation, LimitBase,
    ManagementPool, Revolver, Tranche,
};
use valor_ivx::{Error, ErrorKind, evaluate};

/// One tranche and nothing that moves by itself: figures can be followed by hand.
fn plain() -> Lbo {
    Lbo {
        years: 3,
        base_revenue: 1000.0,
        revenue_growth: 0.0.into(),
        ebitda_margin: 0.1.into(),
        tax_rate: 0.0.into(),
        purchase_price: Some(800.0),
        tranches: vec![tranche("loan", 400.0, 0.1, Some(1))],
        exit: Exit { multiple: 8.0, ..Exit::default() },
        ..Lbo::default()
    }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

fn codes(value: &LboValuation) -> Vec<&str> {
    value.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[test]
fn worked_example_is_met_year_by_year() {
    let value = example().value().unwrap();
    assert_eq!((value.sponsor_equity, value.entry_multiple, value.leverage), (400.0, Some(10.0), Some(6.0)));
    let s = &value.schedule;
    let first = [s.ebitda[0], s.cash_interest[0], s.tax[0], s.cfads[0], s.sweep[0], value.tranches[0].balance[1]];
    for (got, want) in first.into_iter().zip([108.0, 46.8, 11.25, 69.15, 22.35, 337.65]) {
        assert!(close(got, want, 1e-13), "{got} {want}");
    }
    assert!(close(value.exit_debt, 430.7072, 1e-7));
    assert!(close(value.irr, 0.17788, 1e-5));
    let average = Lbo { interest_basis: InterestBasis::Average, ..example() }.value().unwrap();
    assert!(average.total_interest < value.total_interest);
    assert!(average.exit_debt < value.exit_debt && average.irr > value.irr);
    assert!((1..=50).contains(&average.iterations), "{}", average.iterations);
    assert_eq!(value.iterations, 0);
}

#[test]
fn working_capital_of_closing_is_given_or_follows_the_first_ratio() {
    let given = Lbo { base_nwc: Some(75.0), ..example() }.value().unwrap();
    assert_eq!(given.schedule, example().value().unwrap().schedule);
    let released = Lbo { base_nwc: Some(81.0), ..example() }.value().unwrap();
    assert!(close(released.schedule.cfads[0], 69.15 + 6.0, 1e-13));
}

#[test]
fn sweep_pays_the_first_priority_first_and_equal_ones_pro_rata() {
    let mut lbo = plain();
    lbo.tranches =
        vec![tranche("a", 30.0, 0.0, Some(1)), tranche("b", 90.0, 0.0, Some(2)), tranche("c", 180.0, 0.0, Some(2))];
    let value = lbo.value().unwrap();
    let balances = |t: usize| value.tranches.iter().map(|tranche| tranche.balance[t]).collect::<Vec<_>>();
    // 100 a year: 30 to a, of the other 70 a third to b.
    for (got, want) in balances(1).iter().zip([0.0, 90.0 - 70.0 / 3.0, 180.0 - 140.0 / 3.0]) {
        assert!(close(*got, want, 1e-13));
    }
    assert_eq!(balances(3), [0.0; 3]);
    assert!(close(value.schedule.cash[3], 0.0, 1e-12));
    lbo.tranches[2].sweep_priority = None;
    let held = lbo.value().unwrap();
    assert_eq!(held.tranches[2].balance, [180.0; 4]);
    assert!(close(held.exit_cash, 180.0, 1e-13));
    let half = Lbo { cash_sweep: 0.5.into(), ..plain() }.value().unwrap();
    // 100 less 40 of interest; half of it repays.
    assert!(close(half.tranches[0].balance[1], 370.0, 1e-13));
    assert!(close(half.schedule.cash[1], 30.0, 1e-13));
}

#[test]
fn amortization_is_of_the_original_amount_and_maturity_takes_the_balance() {
    let mut lbo = plain();
    lbo.tranches[0] =
        Tranche { amortization: vec![0.1, 0.05, 0.0].into(), maturity: Some(3), ..tranche("loan", 400.0, 0.0, None) };
    lbo.revolver = Some(Revolver { rate: Some(0.0.into()), ..Revolver::default() });
    let value = lbo.value().unwrap();
    assert_eq!(value.tranches[0].mandatory, [40.0, 20.0, 340.0]);
    assert_eq!(value.tranches[0].balance[3], 0.0);
    // 300 of cash flow pay 400; the revolver lends the rest.
    assert!(close(value.schedule.revolver[3], 100.0, 1e-12));
    assert!(close(value.exit_debt, 100.0, 1e-12));
}

#[test]
fn pik_accrues_on_the_opening_balance_and_toggles_with_a_premium() {
    let mut lbo = plain();
    lbo.tranches[0] = Tranche {
        pik_rate: 0.02.into(),
        pik_toggle_years: vec![2],
        pik_premium: 0.01,
        ..tranche("loan", 400.0, 0.1, None)
    };
    for basis in [InterestBasis::Opening, InterestBasis::Average] {
        lbo.interest_basis = basis;
        let value = lbo.value().unwrap();
        let loan = &value.tranches[0];
        assert!(close(loan.pik[0], 8.0, 1e-13) && close(loan.pik[1], 408.0 * 0.13, 1e-13));
        assert_eq!(loan.interest[1], 0.0);
        let first = if basis == InterestBasis::Opening { 40.0 } else { 40.4 };
        assert!(close(loan.interest[0], first, 1e-13));
    }
}

#[test]
fn floating_rates_have_a_floor_under_the_base_only() {
    let mut lbo = plain();
    lbo.tranches[0].rate = None;
    lbo.tranches[0].sweep_priority = None;
    lbo.tranches[0].floating = Some(Floating { base: vec![0.01, 0.03, 0.02].into(), spread: 0.04, floor: Some(0.02) });
    let interest = lbo.value().unwrap().tranches[0].interest.clone();
    for (got, rate) in interest.iter().zip([0.06, 0.07, 0.06]) {
        assert!(close(*got, 400.0 * rate, 1e-13));
    }
}

#[test]
fn revolver_is_drawn_repaid_first_and_paid_for_when_idle() {
    let mut lbo = plain();
    lbo.capex_pct = vec![0.09, 0.0, 0.0].into();
    lbo.revolver = Some(Revolver {
        limit: Some(50.0),
        drawn: 10.0,
        floating: Some(Floating { base: 0.05.into(), spread: 0.05, floor: None }),
        undrawn_fee: 0.01,
        ..Revolver::default()
    });
    let value = lbo.value().unwrap();
    let s = &value.schedule;
    // Interest 40 + 1 + 0.4; 100 less 90 of capital expenditure leaves 31.4 to draw.
    assert!(close(s.cash_interest[0], 41.4, 1e-13));
    assert!(close(s.revolver_draw[0], 31.4, 1e-13) && close(s.revolver[1], 41.4, 1e-13));
    assert!(close(s.revolver_draw[1], -41.4, 1e-13));
    assert_eq!(value.sources["revolver"], 10.0);
    lbo.revolver.as_mut().unwrap().limit = Some(41.0);
    let error = lbo.value().unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("liquidity")));
    let why = error.detail("why").unwrap().as_str().unwrap().to_owned();
    assert!(why.starts_with("year 1 short by 0.3"), "{why}");
}

#[test]
fn interest_beyond_the_limit_is_carried_forward() {
    let mut lbo = plain();
    lbo.tax_rate = 0.5.into();
    lbo.tranches[0].sweep_priority = None;
    lbo.interest_limit = Some(InterestLimit { pct: 0.3, base: LimitBase::Ebitda });
    lbo.ebitda_margin = vec![0.1, 0.1, 0.2].into();
    let tax = lbo.value().unwrap().schedule.tax;
    // Interest 40 a year, of which 30, 30 and all 40 + 20 are deductible.
    for (got, want) in tax.iter().zip([35.0, 35.0, 70.0]) {
        assert!(close(*got, want, 1e-13), "{got} {want}");
    }
    lbo.da_pct = 0.05.into();
    lbo.interest_limit = Some(InterestLimit { pct: 0.3, base: LimitBase::Ebit });
    assert!(close(lbo.value().unwrap().schedule.tax[0], 0.5 * (50.0 - 15.0), 1e-13));
}

#[test]
fn net_interest_income_is_taxed_after_using_what_was_carried_forward() {
    let mut lbo = plain();
    (lbo.tax_rate, lbo.minimum_cash, lbo.cash_rate) = (0.5.into(), 1000.0, 0.1);
    lbo.tranches[0].amount = Some(0.0);
    lbo.interest_limit = Some(InterestLimit { pct: 0.0, base: LimitBase::Ebitda });
    let value = lbo.value().unwrap();
    assert!(close(value.schedule.tax[0], 100.0, 1e-13));
}

#[test]
fn fees_and_discounts_are_deducted_over_their_years() {
    let mut lbo = plain();
    lbo.tranches[0] =
        Tranche { fee_pct: 0.02, oid_pct: 0.01, fee_years: Some(2), ..tranche("loan", 400.0, 0.1, Some(1)) };
    lbo.transaction_fees = 5.0;
    let value = lbo.value().unwrap();
    assert_eq!(value.schedule.fee_amortization, [6.0, 6.0, 0.0]);
    assert!(close(value.sponsor_equity, 800.0 + 12.0 + 5.0 - 400.0, 1e-13));
    assert!(close(value.uses["financing_fees"], 12.0, 1e-13));
    assert!(close(value.schedule.net_income[0], 100.0 - 6.0 - 40.0, 1e-13));
    lbo.tranches[0].fee_years = None;
    assert_eq!(lbo.value().unwrap().schedule.fee_amortization, [4.0; 3]);
    lbo.tranches[0].maturity = Some(6);
    assert_eq!(lbo.value().unwrap().schedule.fee_amortization, [2.0; 3]);
}

#[test]
fn lender_earns_its_rate_and_more_with_a_discount() {
    let mut lbo = plain();
    let irr = lbo.value().unwrap().tranches[0].irr.unwrap();
    assert!(close(irr, 0.1, 1e-12));
    lbo.tranches[0].fee_pct = 0.02;
    lbo.tranches[0].oid_pct = 0.01;
    lbo.tranches[0].sweep_priority = None;
    let irr = lbo.value().unwrap().tranches[0].irr.unwrap();
    let worth: f64 = (1..=3).map(|t| 40.0 / (1.0 + irr).powi(t)).sum::<f64>() + 400.0 / (1.0 + irr).powi(3);
    assert!(close(worth, 388.0, 1e-10));
}

#[test]
fn losses_carried_forward_save_tax() {
    let mut lbo = plain();
    lbo.tax_rate = 0.5.into();
    lbo.da_pct = vec![0.1, 0.0, 0.0].into();
    lbo.tranches[0].sweep_priority = None;
    let without = lbo.value().unwrap();
    assert!(codes(&without).contains(&"losses_without_nol"));
    lbo.nol = Some(Nol { opening: 10.0, usage_limit: 0.5, add_losses: true });
    let with = lbo.value().unwrap();
    // A loss of 40 and 10 from before, of which half of the 60 of profit may be offset.
    for (t, want) in [0.0, 15.0, 20.0].into_iter().enumerate() {
        assert!(close(with.schedule.tax[t], want, 1e-13));
    }
    assert!(!codes(&with).contains(&"losses_without_nol"));
}

#[test]
fn dividends_come_from_spare_cash_or_are_raised_by_a_tranche() {
    let mut lbo = Lbo { cash_sweep: 0.0.into(), ..plain() };
    lbo.dividends = vec![Dividend { year: 1, amount: 50.0, tranche: None }];
    let value = lbo.value().unwrap();
    assert!(close(value.schedule.cash[1], 10.0, 1e-12));
    assert_eq!(value.schedule.dividends, [50.0, 0.0, 0.0]);
    assert!(close(value.moic, (50.0 + value.proceeds) / 400.0, 1e-13));
    let worth = 50.0 / (1.0 + value.irr) + value.proceeds / (1.0 + value.irr).powi(3);
    assert!(close(worth, 400.0, 1e-9));
    lbo.dividends[0].amount = 61.0;
    let error = lbo.value().unwrap_err();
    assert_eq!(error.what(), Some("liquidity"), "{error}");
    lbo.dividends[0].tranche = Some("loan".into());
    let raised = lbo.value().unwrap();
    assert_eq!(raised.tranches[0].balance[1], 461.0);
    assert!(close(raised.tranches[0].irr.unwrap(), 0.1, 1e-12));
    // The mean that interest accrues on is that before the dividend.
    lbo.interest_basis = InterestBasis::Average;
    assert!(close(lbo.value().unwrap().tranches[0].interest[0], 40.0, 1e-12));
}

#[test]
fn sponsor_shares_with_rollover_and_after_the_pool() {
    let alone = plain().value().unwrap();
    let shared = Lbo { rollover_equity: 100.0, ..plain() }.value().unwrap();
    assert_eq!((alone.sponsor_equity, shared.sponsor_equity), (400.0, 300.0));
    assert!(close(alone.moic, shared.moic, 1e-13) && close(alone.irr, shared.irr, 1e-13));
    let pool = Lbo {
        management_pool: Some(ManagementPool { pct: 0.2, hurdle_moic: 1.25 }),
        rollover_equity: 100.0,
        ..plain()
    }
    .value()
    .unwrap();
    let paid = 0.2 * (alone.proceeds - 500.0);
    assert!(close(pool.value_bridge.as_ref().unwrap().management_pool, -paid, 1e-12));
    assert!(close(pool.moic, (alone.proceeds - paid) / 400.0, 1e-13));
    let unreached = ManagementPool { pct: 0.2, hurdle_moic: 9.0 };
    let missed = Lbo { management_pool: Some(unreached), ..plain() }.value().unwrap();
    assert_eq!(missed.moic, alone.moic);
}

#[test]
fn sponsor_equity_given_must_balance() {
    let value = Lbo { sponsor_equity: Some(400.0), ..plain() }.value().unwrap();
    assert_eq!(value.irr, plain().value().unwrap().irr);
    let error = Lbo { sponsor_equity: Some(400.01), ..plain() }.value().unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("sponsor_equity")));
    let mut all_debt = plain();
    all_debt.tranches[0].amount = Some(800.0);
    let error = all_debt.value().unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("sponsor_equity")));
}

#[test]
fn exit_before_the_last_year_ends_the_returns_there() {
    let lbo = Lbo { exit: Exit { year: Some(2), multiple: 8.0, fee_pct: 0.01 }, ..plain() };
    let value = lbo.value().unwrap();
    assert_eq!(value.exit_debt, value.schedule.total_debt[2]);
    assert!(close(value.exit_equity, 800.0 * 0.99 - value.exit_debt, 1e-13));
    assert_eq!(value.returns_by_year.len(), 3);
    assert!(close(value.total_interest, value.schedule.cash_interest[..2].iter().sum(), 1e-13));
    assert!(close(value.value_bridge.unwrap().fees, -8.0, 1e-13));
}

#[test]
fn wiped_out_equity_receives_nothing_and_the_raw_figure_is_told() {
    let mut lbo = plain();
    lbo.exit.multiple = 1.0;
    let value = lbo.value().unwrap();
    assert!(value.wiped_out && value.exit_equity < 0.0);
    assert_eq!((value.proceeds, value.moic, value.irr), (0.0, 0.0, -1.0));
    assert_eq!(value.tranches[0].irr, None);
    assert!(codes(&value).contains(&"wiped_out") && codes(&value).contains(&"undefined_output"));
    // A dividend before the end is still something.
    lbo.dividends = vec![Dividend { year: 1, amount: 40.0, tranche: Some("loan".into()) }];
    let some = lbo.value().unwrap();
    assert!(close(some.moic, 0.1, 1e-13) && close(some.irr, -0.9, 1e-9));
}

#[test]
fn covenants_measure_how_far_ebitda_may_fall() {
    let covenant = |kind, level: f64| Covenant { kind, level: level.into(), springing_utilization: None };
    let mut lbo = Lbo { minimum_cash: 20.0, capex_pct: 0.01.into(), ..plain() };
    lbo.tranches[0] = Tranche { amortization: 0.05.into(), ..tranche("loan", 400.0, 0.1, None) };
    lbo.covenants = vec![
        covenant(CovenantKind::MaxTotalLeverage, 5.0),
        covenant(CovenantKind::MaxNetLeverage, 5.0),
        covenant(CovenantKind::MinInterestCover, 2.0),
        covenant(CovenantKind::MinFccr, 1.6),
    ];
    let value = lbo.value().unwrap();
    let first = |i: usize| (value.covenants[i].actual[0].unwrap(), value.covenants[i].headroom[0].unwrap());
    // Debt 380, cash 20 + 30, EBITDA 100, interest 40, repayment 20, capital expenditure 10.
    for (i, (actual, headroom)) in [(3.8, 0.24), (3.3, 0.34), (2.5, 0.2), (1.5, -0.06)].into_iter().enumerate() {
        assert!(close(first(i).0, actual, 1e-12) && close(first(i).1, headroom, 1e-12), "{i}: {:?}", first(i));
    }
    assert!(value.covenants[3].breached[0]);
    assert!(!value.covenants[2].breached[0]);
    assert!(codes(&value).contains(&"covenant_breached"));
    assert_eq!(value.credit.leverage[0], value.covenants[0].actual[0]);
    assert_eq!(value.credit.net_leverage[0], value.covenants[1].actual[0]);
    assert_eq!(value.credit.interest_cover[0], value.covenants[2].actual[0]);
    assert_eq!(value.credit.fccr[0], value.covenants[3].actual[0]);
}

#[test]
fn springing_covenant_sleeps_until_the_revolver_is_used() {
    let mut lbo = plain();
    lbo.capex_pct = vec![0.09, 0.0, 0.0].into();
    lbo.revolver = Some(Revolver { limit: Some(100.0), rate: Some(0.0.into()), ..Revolver::default() });
    let level: Series = 1.0.into();
    let springing = Covenant { kind: CovenantKind::MaxTotalLeverage, level, springing_utilization: Some(0.25) };
    lbo.covenants = vec![springing];
    assert_eq!(lbo.value().unwrap().covenants[0].breached, [true, false, false]);
    lbo.covenants[0].springing_utilization = Some(0.5);
    assert_eq!(lbo.value().unwrap().covenants[0].breached, [false; 3]);
    lbo.covenants[0].springing_utilization = None;
    assert_eq!(lbo.value().unwrap().covenants[0].breached, [true; 3]);
}

#[test]
fn outputs_without_a_meaning_are_null_and_say_why() {
    let mut lbo = plain();
    lbo.ltm_ebitda = Some(-5.0);
    lbo.tranches = Vec::new();
    let value = lbo.value().unwrap();
    assert_eq!((value.entry_multiple, value.leverage, &value.value_bridge), (None, None, &None));
    assert_eq!(value.credit.interest_cover, [None; 3]);
    let fields: Vec<_> = value.warnings.iter().map(|warning| warning.field.as_str()).collect();
    for field in ["entry_multiple", "leverage", "value_bridge", "credit.interest_cover[0]", "credit.fccr[0]"] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
    let mut premium = plain();
    premium.tranches[0].pik_premium = 0.01;
    assert!(codes(&premium.value().unwrap()).contains(&"inert_path"));
}

#[test]
fn interest_that_explodes_is_no_convergence() {
    let mut lbo = plain();
    lbo.tranches[0].rate = Some(2.5.into());
    lbo.revolver = Some(Revolver { rate: Some(2.5.into()), ..Revolver::default() });
    lbo.interest_basis = InterestBasis::Average;
    let error = lbo.value().unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::NoConvergence, Some("interest")), "{error}");
    assert_eq!(error.detail("iterations"), Some(&json!(500)));
}

#[test]
fn defaults_can_be_addressed_by_a_path() {
    let grid = |path: &str, value: f64| {
        evaluate(
            "sensitivity_grid",
            json!({"model": "lbo", "input": example(), "axes": [{"path": path, "values": [value]}]}),
        )
        .unwrap()["values"]["irr"][0]
            .as_f64()
            .unwrap()
    };
    let base = example().value().unwrap().irr;
    assert_eq!(grid("base_nwc", 75.0), base);
    assert_eq!(grid("ltm_ebitda", 100.0), base);
    assert!(grid("base_nwc", 80.0) > base);
}

#[test]
fn faults_of_single_trials_keep_their_kind() {
    let mut lbo = plain();
    lbo.revolver = Some(Revolver { limit: Some(10.0), drawn: 5.0, rate: Some(0.1.into()), ..Revolver::default() });
    let run = |path: &str, values: [f64; 2]| {
        evaluate("sensitivity_grid", json!({"model": "lbo", "input": lbo, "axes": [{"path": path, "values": values}]}))
            .unwrap()
            .to_string()
    };
    assert!(run("ebitda_margin", [0.01, 0.1]).contains("liquidity"));
    assert!(run("tranches[0].amount", [900.0, 400.0]).contains("sponsor_equity"));
    assert!(run("revolver.drawn", [11.0, 5.0]).contains("revolver.drawn"));
}

#[test]
fn every_problem_of_an_input_is_reported_with_its_path() {
    let fields = |error: &Error| {
        let all = std::iter::once(error).chain(error.also());
        all.map(|error| error.field().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let error = evaluate(
        "lbo",
        json!({"years": 0, "base_revenue": 500, "revenue_growth": 0.1, "ebitda_margin": 1.0,
        "tax_rate": 0.2, "exit": {"multiple": 0}, "colour": 1}),
    )
    .unwrap_err();
    assert_eq!(fields(&error), ["colour", "years", "ebitda_margin", "exit.multiple"]);

    let mut lbo = example();
    lbo.tax_rate = vec![0.2; 4].into();
    lbo.entry_multiple = Some(10.0);
    lbo.tranches[1].name = "senior".into();
    lbo.tranches[1].ebitda_multiple = Some(1.0);
    lbo.tranches[2].name = "revolver".into();
    lbo.tranches[2].rate = None;
    lbo.tranches[2].pik_toggle_years = vec![6];
    lbo.revolver = Some(Revolver {
        rate: Some(0.05.into()),
        floating: Some(Floating { base: vec![0.02].into(), spread: 0.03, floor: None }),
        ..Revolver::default()
    });
    lbo.tranches[0].maturity = Some(3);
    lbo.dividends = vec![
        Dividend { year: 6, amount: 1.0, tranche: None },
        Dividend { year: 3, amount: 1.0, tranche: Some("senior".into()) },
        Dividend { year: 1, amount: 1.0, tranche: Some("nobody".into()) },
    ];
    lbo.exit.year = Some(6);
    lbo.covenants =
        vec![Covenant { kind: CovenantKind::MinFccr, level: vec![1.0].into(), springing_utilization: Some(0.3) }];
    assert_eq!(
        fields(&lbo.value().unwrap_err()),
        [
            "tax_rate",
            "purchase_price",
            "tranches[1].name",
            "tranches[1].amount",
            "tranches[2].name",
            "tranches[2].rate",
            "tranches[2].pik_toggle_years[0]",
            "revolver.rate",
            "revolver.floating.base",
            "dividends[0].year",
            "dividends[1].year",
            "dividends[2].tranche",
            "exit.year",
            "covenants[0].level",
            "covenants[0].springing_utilization",
        ]
    );

    let field = |change: fn(&mut Lbo)| {
        let mut lbo = example();
        change(&mut lbo);
        lbo.value().unwrap_err().field().map(str::to_owned)
    };
    assert_eq!(field(|lbo| lbo.base_revenue = f64::NAN).as_deref(), Some("base_revenue"));
    assert_eq!(field(|lbo| lbo.purchase_price = None).as_deref(), Some("purchase_price"));
    let multiple_of_nothing = |lbo: &mut Lbo| {
        (lbo.purchase_price, lbo.entry_multiple, lbo.ltm_ebitda) = (None, Some(10.0), Some(0.0));
    };
    assert_eq!(field(multiple_of_nothing).as_deref(), Some("ltm_ebitda"));
    let overdrawn = |lbo: &mut Lbo| {
        let rate = Some(0.05.into());
        lbo.revolver = Some(Revolver { limit: Some(1.0), drawn: 2.0, rate, ..Revolver::default() });
    };
    assert_eq!(field(overdrawn).as_deref(), Some("revolver.drawn"));
}
