//! What must hold for every leveraged buy-out.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::Series;
use valor_ivx::valuation::Nol;
use valor_ivx::valuation::lbo::{
    Covenant, CovenantKind, Dividend, Exit, Floating, InterestBasis, InterestLimit, Lbo, LboValuation, LimitBase,
    ManagementPool, Revolver, Tranche,
};
use valor_ivx::{Error, ErrorKind, evaluate};

fn tranche(name: &str, amount: f64, rate: f64, priority: Option<u32>) -> Tranche {
    Tranche {
        name: name.into(),
        amount: Some(amount),
        rate: Some(rate.into()),
        sweep_priority: priority,
        ..Tranche::default()
    }
}

/// The worked example of three tranches.
fn example() -> Lbo {
    Lbo {
        years: 5,
        base_revenue: 500.0,
        revenue_growth: vec![0.08, 0.07, 0.06, 0.05, 0.04].into(),
        ebitda_margin: 0.2.into(),
        da_pct: 0.03.into(),
        capex_pct: 0.04.into(),
        nwc_pct: 0.15.into(),
        tax_rate: 0.25.into(),
        purchase_price: Some(1000.0),
        tranches: vec![
            tranche("senior", 360.0, 0.06, Some(1)),
            tranche("mezzanine", 180.0, 0.1, Some(2)),
            tranche("high_yield", 60.0, 0.12, Some(3)),
        ],
        exit: Exit { multiple: 10.0, ..Exit::default() },
        ..Lbo::default()
    }
}

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

prop_compose! {
    fn tranches()(
        multiple in 0.0..2.0_f64,
        rate in 0.0..0.15_f64,
        floating in any::<bool>(),
        pik_rate in prop_oneof![Just(0.0), 0.0..0.06_f64],
        pik_toggle_years in prop_oneof![Just(vec![]), Just(vec![1, 3])],
        amortization in prop_oneof![Just(0.0), 0.0..0.1_f64],
        maturity in prop::option::of(4..9_u32),
        sweep_priority in prop::option::of(1..4_u32),
        fee_pct in 0.0..0.03_f64,
        oid_pct in 0.0..0.03_f64,
    ) -> Tranche {
        Tranche {
            ebitda_multiple: Some(multiple),
            rate: (!floating).then(|| rate.into()),
            floating: floating.then(|| Floating { base: (rate / 2.0).into(), spread: 0.03, floor: Some(0.01) }),
            pik_rate: pik_rate.into(),
            pik_toggle_years,
            pik_premium: 0.01,
            amortization: amortization.into(),
            maturity,
            sweep_priority,
            fee_pct,
            oid_pct,
            ..Tranche::default()
        }
    }
}

prop_compose! {
    /// Deals that always can pay, thanks to a revolver without limit.
    fn deals()(
        revenue in 10.0..1e4_f64,
        growth in prop::collection::vec(-0.1..0.2_f64, 6),
        margin in 0.05..0.4_f64,
        ratios in (0.0..0.05_f64, 0.0..0.06_f64, -0.1..0.2_f64, 0.0..0.35_f64),
        entry in 6.5..12.0_f64,
        stack in prop::collection::vec(tranches(), 0..4),
        basis in any::<bool>(),
        sweep in 0.0..1.0_f64,
        cash in (0.0..20.0_f64, 0.0..0.03_f64),
        extras in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        exit in (5.0..14.0_f64, 2..7_u32, 0.0..0.02_f64),
    ) -> Lbo {
        let mut stack = stack;
        for (i, tranche) in stack.iter_mut().enumerate() {
            tranche.name = format!("tranche_{i}");
        }
        let raised = stack.first().filter(|tranche| tranche.maturity.is_none_or(|year| year > 2));
        let raised = raised.map(|tranche| tranche.name.clone());
        let dividends = match raised {
            Some(name) if extras.3 => vec![Dividend { year: 2, amount: 0.1 * revenue * margin, tranche: Some(name) }],
            _ => Vec::new(),
        };
        Lbo {
            years: 6,
            base_revenue: revenue,
            revenue_growth: growth.into(),
            ebitda_margin: margin.into(),
            da_pct: ratios.0.into(),
            capex_pct: ratios.1.into(),
            nwc_pct: ratios.2.into(),
            tax_rate: ratios.3.into(),
            entry_multiple: Some(entry),
            transaction_fees: 0.01 * revenue,
            monitoring_fee: (0.001 * revenue).into(),
            minimum_cash: cash.0,
            cash_rate: cash.1,
            tranches: stack,
            revolver: Some(Revolver { rate: Some(0.06.into()), ..Revolver::default() }),
            interest_basis: if basis { InterestBasis::Average } else { InterestBasis::Opening },
            cash_sweep: sweep.into(),
            interest_limit: extras.0.then(|| InterestLimit { pct: 0.3, base: LimitBase::Ebit }),
            nol: extras.1.then(Nol::default),
            management_pool: extras.2.then_some(ManagementPool { pct: 0.1, hurdle_moic: 1.5 }),
            dividends,
            exit: Exit { multiple: exit.0, year: Some(exit.1), fee_pct: exit.2 },
            ..Lbo::default()
        }
    }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

/// Interest received, which the schedule shows only inside net income.
fn cash_income(lbo: &Lbo, value: &LboValuation, t: usize) -> f64 {
    let s = &value.schedule;
    let before = s.ebit[t] - lbo.monitoring_fee.at(t) - s.fee_amortization[t] - s.tax[t];
    s.net_income[t] - before + s.cash_interest[t] + s.pik_interest[t]
}

fn codes(value: &LboValuation) -> Vec<&str> {
    value.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

proptest! {
    #[test]
    fn sources_equal_uses_and_each_total_is_the_sum(lbo in deals()) {
        let value = lbo.value().unwrap();
        for side in [&value.sources, &value.uses] {
            let sum: f64 = side.iter().filter(|(name, _)| *name != "total").map(|(_, amount)| amount).sum();
            prop_assert!(close(sum, side["total"], 1e-12));
        }
        prop_assert!(close(value.sources["total"], value.uses["total"], 1e-12));
    }

    #[test]
    fn balances_roll_and_are_never_negative(lbo in deals()) {
        let value = lbo.value().unwrap();
        for (i, tranche) in value.tranches.iter().enumerate() {
            for t in 0..6 {
                let raised: f64 = lbo.dividends.iter()
                    .filter(|dividend| i == 0 && dividend.year as usize == t + 1)
                    .map(|dividend| dividend.amount)
                    .sum();
                let rolled = tranche.balance[t] + tranche.pik[t] + raised - tranche.mandatory[t] - tranche.sweep[t];
                prop_assert!(close(rolled, tranche.balance[t + 1], 1e-12));
                prop_assert!(tranche.balance[t + 1] >= 0.0);
            }
        }
        for t in 0..6 {
            let rolled = value.schedule.revolver[t] + value.schedule.revolver_draw[t];
            prop_assert!(close(rolled, value.schedule.revolver[t + 1], 1e-12));
            let all: f64 = value.tranches.iter().map(|tranche| tranche.balance[t + 1]).sum();
            prop_assert!(close(all + value.schedule.revolver[t + 1], value.schedule.total_debt[t + 1], 1e-12));
        }
    }

    #[test]
    fn cash_reconciles_every_year(lbo in deals()) {
        let value = lbo.value().unwrap();
        let s = &value.schedule;
        for t in 0..6 {
            // Dividends of these deals are raised by a tranche and pass by the cash.
            let closing = s.cash[t] + s.cfads[t] - s.cash_interest[t] + cash_income(&lbo, &value, t)
                - s.mandatory[t] + s.revolver_draw[t] - s.sweep[t];
            prop_assert!(close(closing, s.cash[t + 1], 1e-10), "year {}: {closing} {}", t + 1, s.cash[t + 1]);
            prop_assert!(s.cash[t + 1] >= lbo.minimum_cash * (1.0 - 1e-12));
        }
    }

    #[test]
    fn circular_interest_satisfies_its_own_equations(lbo in deals()) {
        let lbo = Lbo { interest_basis: InterestBasis::Average, ..lbo };
        let value = lbo.value().unwrap();
        prop_assert!(value.iterations >= 1);
        let s = &value.schedule;
        for t in 0..6 {
            let mut paid = 0.06 * 0.5 * (s.revolver[t] + s.revolver[t + 1]);
            for (tranche, given) in value.tranches.iter().zip(&lbo.tranches) {
                let raised = if given.name == "tranche_0" && t == 1 {
                    lbo.dividends.iter().map(|dividend| dividend.amount).sum()
                } else {
                    0.0
                };
                let rate = match &given.floating {
                    Some(floating) => floating.base.at(t).max(0.01) + floating.spread,
                    None => given.rate.as_ref().unwrap().at(t),
                };
                if !given.pik_toggle_years.contains(&(t as u32 + 1)) {
                    let interest = rate * 0.5 * (tranche.balance[t] + tranche.balance[t + 1] - raised);
                    prop_assert!(close(tranche.interest[t], interest, 1e-10));
                    paid += interest;
                }
            }
            prop_assert!(close(s.cash_interest[t], paid, 1e-10));
            let income = lbo.cash_rate * 0.5 * (s.cash[t] + s.cash[t + 1]);
            prop_assert!(close(cash_income(&lbo, &value, t), income, 1e-10));
        }
    }

    #[test]
    fn interest_of_tranches_is_the_interest_expense(lbo in deals()) {
        let value = lbo.value().unwrap();
        for t in 0..6 {
            let revolver = match lbo.interest_basis {
                InterestBasis::Opening => value.schedule.revolver[t],
                InterestBasis::Average => 0.5 * (value.schedule.revolver[t] + value.schedule.revolver[t + 1]),
            };
            let interest: f64 = value.tranches.iter().map(|tranche| tranche.interest[t]).sum();
            prop_assert!(close(interest + 0.06 * revolver, value.schedule.cash_interest[t], 1e-11));
            let pik: f64 = value.tranches.iter().map(|tranche| tranche.pik[t]).sum();
            prop_assert!(close(pik, value.schedule.pik_interest[t], 1e-12));
        }
        let exit = lbo.exit.year.unwrap() as usize;
        let total: f64 = (0..exit).map(|t| value.schedule.cash_interest[t] + value.schedule.pik_interest[t]).sum();
        prop_assert!(close(total, value.total_interest, 1e-12));
    }

    #[test]
    fn deal_of_equity_alone_does_not_depend_on_rates(lbo in deals(), rate in 0.0..0.5_f64) {
        let equity = Lbo { tranches: Vec::new(), dividends: Vec::new(), minimum_cash: 1e6, ..lbo };
        let dear = Lbo { revolver: Some(Revolver { rate: Some(rate.into()), ..Revolver::default() }), ..equity.clone() };
        prop_assert_eq!(equity.value().unwrap().irr, dear.value().unwrap().irr);
    }

    #[test]
    fn returns_do_not_depend_on_the_unit_of_money(lbo in deals(), factor in 0.01..100.0_f64) {
        let value = lbo.value().unwrap();
        let scaled = Lbo {
            base_revenue: lbo.base_revenue * factor,
            transaction_fees: lbo.transaction_fees * factor,
            monitoring_fee: (lbo.monitoring_fee.at(0) * factor).into(),
            minimum_cash: lbo.minimum_cash * factor,
            dividends: lbo.dividends.iter().map(|d| Dividend { amount: d.amount * factor, ..d.clone() }).collect(),
            ..lbo
        }.value().unwrap();
        prop_assert!(close(value.moic, scaled.moic, 1e-8));
        prop_assert!(close(value.exit_debt * factor, scaled.exit_debt, 1e-8));
        prop_assert!(close(value.total_interest * factor, scaled.total_interest, 1e-8));
    }

    #[test]
    fn irr_rises_with_the_exit_multiple(lbo in deals()) {
        let multiples: Vec<f64> = (1..12).map(|i| 2.0 * f64::from(i)).collect();
        let value = Lbo { exit_multiples: Some(multiples), ..lbo }.value().unwrap();
        for pair in value.returns_by_multiple.windows(2) {
            let (lower, higher) = (pair[0].irr, pair[1].irr);
            prop_assert!(higher > lower || (higher == lower && pair[1].exit_equity <= 0.0));
        }
    }

    #[test]
    fn irr_is_the_yearly_growth_of_moic_without_interim_dividends(lbo in deals()) {
        let lbo = Lbo { dividends: Vec::new(), ..lbo };
        let value = lbo.value().unwrap();
        let years = lbo.exit.year.unwrap();
        prop_assert!(close((1.0 + value.irr).powi(years.cast_signed()), value.moic, 1e-10));
        let at_exit = &value.returns_by_year[years as usize - 1];
        prop_assert_eq!((at_exit.irr, at_exit.moic, at_exit.exit_equity), (value.irr, value.moic, value.exit_equity));
    }

    #[test]
    fn irr_with_interim_dividends_discounts_them_to_what_was_paid(lbo in deals()) {
        let value = lbo.value().unwrap();
        let years = lbo.exit.year.unwrap() as usize;
        let factor = 1.0 / (1.0 + value.irr);
        let pool = value.value_bridge.as_ref().unwrap().management_pool;
        let dividends = (0..years).map(|t| value.schedule.dividends[t] * factor.powi(t as i32 + 1));
        let last = (value.proceeds + pool) * factor.powi(years as i32);
        if value.irr > -0.9 {
            prop_assert!(close(dividends.sum::<f64>() + last, value.sponsor_equity, 1e-8));
        }
    }

    #[test]
    fn value_bridge_sums_to_the_gain_of_equity(lbo in deals()) {
        let value = lbo.value().unwrap();
        let bridge = value.value_bridge.unwrap();
        let sum = bridge.ebitda_growth + bridge.multiple_change + bridge.net_debt_reduction + bridge.fees
            + bridge.dividends + bridge.management_pool;
        prop_assert!(close(sum, bridge.total, 1e-12));
        if !value.wiped_out {
            let gain = bridge.dividends + value.proceeds + bridge.management_pool - value.sponsor_equity;
            prop_assert!((bridge.total - gain).abs() <= 1e-10 * value.uses["total"]);
        }
    }

    #[test]
    fn trials_by_lanes_are_the_headline_bit_for_bit(lbo in deals(), growth in -0.05..0.1_f64) {
        let lbo = Lbo { interest_basis: InterestBasis::Opening, dividends: Vec::new(), revenue_growth: 0.0.into(), ..lbo };
        let outputs = ["irr", "moic", "exit_equity", "proceeds", "exit_ev", "exit_debt", "exit_cash", "total_interest",
            "sponsor_equity", "total_debt"];
        let grid = |outputs: &[&str]| evaluate("sensitivity_grid", json!({
            "model": "lbo", "input": lbo, "outputs": outputs,
            "axes": [{"path": "revenue_growth", "values": [growth, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]}],
        })).unwrap();
        let lanes = grid(&outputs);
        // An output that only the account has: these trials are valued one by one.
        let mut with_account = outputs.to_vec();
        with_account.push("schedule.tax[0]");
        let one_by_one = grid(&with_account);
        let headline = serde_json::to_value(Lbo { revenue_growth: growth.into(), ..lbo.clone() }.value().unwrap()).unwrap();
        for output in outputs {
            prop_assert_eq!(&lanes["values"][output], &one_by_one["values"][output], "{}", output);
            prop_assert_eq!(&lanes["values"][output][0], &headline[output], "{}", output);
        }
    }

    #[test]
    fn exact_gradient_agrees_with_differences(lbo in deals()) {
        let lbo = Lbo { interest_basis: InterestBasis::Opening, dividends: Vec::new(), ..lbo };
        let gradient = |step: Value| evaluate("gradient", json!({
            "model": "lbo", "input": lbo, "paths": ["exit.multiple", "base_revenue"], "outputs": ["exit_ev"], "step": step,
        })).unwrap();
        let (exact, central) = (gradient(Value::Null), gradient(json!(1e-5)));
        prop_assert_eq!(&exact["exact"], &json!(true));
        for i in 0..2 {
            let (a, b) = (exact["gradient"][i].as_f64().unwrap(), central["gradient"][i].as_f64().unwrap());
            prop_assert!(close(a, b, 1e-4), "{a} {b}");
        }
    }

    #[test]
    fn no_input_panics_or_gives_a_number_that_is_not_one(
        revenue in prop::num::f64::ANY, growth in prop::num::f64::ANY, rate in prop::num::f64::ANY,
        price in prop::num::f64::ANY, average in any::<bool>(),
    ) {
        let mut lbo = example();
        (lbo.base_revenue, lbo.purchase_price) = (revenue, Some(price));
        lbo.revenue_growth = growth.into();
        lbo.tranches[0].rate = Some(rate.into());
        lbo.revolver = Some(Revolver { rate: Some(rate.into()), ..Revolver::default() });
        if average {
            lbo.interest_basis = InterestBasis::Average;
        }
        if let Ok(value) = lbo.value() {
            prop_assert!(value.irr.is_finite() && value.exit_equity.is_finite());
        }
    }
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
    assert_eq!(value.covenants[3].breached[0], true);
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
