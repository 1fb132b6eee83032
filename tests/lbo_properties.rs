//! What must hold for every leveraged buy-out.

mod buy_outs;

use buy_outs::example;
use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::evaluate;
use valor_ivx::valuation::Nol;
use valor_ivx::valuation::lbo::{
    Dividend, Exit, Floating, InterestBasis, InterestLimit, Lbo, LboValuation, LimitBase, ManagementPool, Revolver,
    Tranche,
};

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
            interest_limit: extras.0.then_some(InterestLimit { pct: 0.3, base: LimitBase::Ebit }),
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
                if !given.pik_toggle_years.iter().any(|year| *year as usize == t + 1) {
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
        let worth = (0..years).rev().fold(value.proceeds + pool, |later, t| (later + value.schedule.dividends[t]) * factor);
        if value.irr > -0.9 {
            prop_assert!(close(worth, value.sponsor_equity, 1e-8));
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
