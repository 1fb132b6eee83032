//! What must hold for every discounted cash-flow valuation.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::valuation::Fade;
use valor_ivx::valuation::dcf::{
    Bridge, Components, Convertible, Dcf, Forecast, Metric, MetricBasis, Nol, Override, ReinvestmentBasis, ShareOption,
    Stage, Terminal, TerminalMethod,
};
use valor_ivx::{ErrorKind, evaluate};

fn stage(years: u32, growth: f64, margin: f64, capital: f64, nwc: f64) -> Stage {
    Stage {
        years,
        growth: Some(growth),
        ebit_margin: Some(margin),
        sales_to_capital: Some(capital),
        nwc_pct: Some(nwc),
        ..Stage::default()
    }
}

fn gordon(growth: f64) -> Terminal {
    Terminal { method: TerminalMethod::Gordon, growth: Some(growth), ..Terminal::default() }
}

/// The worked example of three stages.
fn example() -> Dcf {
    Dcf {
        base_revenue: Some(500.0),
        stages: Some(vec![
            stage(3, 0.12, 0.20, 2.5, 0.05),
            stage(3, 0.08, 0.22, 3.0, 0.04),
            stage(1, 0.04, 0.24, 3.5, 0.035),
        ]),
        tax_rate: Some(0.23),
        wacc: 0.09.into(),
        terminal: gordon(0.025),
        bridge: Bridge { net_debt: Some(300.0), ..Bridge::default() },
        shares: Some(150.0),
        ..Dcf::default()
    }
}

prop_compose! {
    fn companies()(
        revenue in 10.0..1e5_f64,
        years in prop::collection::vec((1..5_u32, -0.1..0.3_f64, -0.1..0.4_f64, 0.5..5.0_f64, -0.1..0.2_f64), 1..4),
        tax in 0.0..0.4_f64,
        wacc in 0.05..0.2_f64,
        growth in -0.02..0.04_f64,
        net_debt in -100.0..100.0_f64,
        shares in 0.1..1e4_f64,
        mid_year in any::<bool>(),
        normalize in any::<bool>(),
    ) -> Dcf {
        Dcf {
            base_revenue: Some(revenue),
            stages: Some(years.into_iter().map(|(n, g, m, c, w)| stage(n, g, m, c, w)).collect()),
            tax_rate: Some(tax),
            wacc: wacc.into(),
            mid_year,
            terminal: Terminal { normalize: Some(normalize), ..gordon(growth) },
            bridge: Bridge { net_debt: Some(net_debt), ..Bridge::default() },
            shares: Some(shares),
            ..Dcf::default()
        }
    }
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn value_is_homogeneous_in_money(dcf in companies(), factor in 0.01..100.0_f64) {
        let mut scaled = dcf.clone();
        scaled.base_revenue = dcf.base_revenue.map(|revenue| revenue * factor);
        scaled.bridge.net_debt = dcf.bridge.net_debt.map(|debt| debt * factor);
        let (one, other) = (dcf.value().unwrap(), scaled.value().unwrap());
        prop_assert!(close(one.equity_value * factor, other.equity_value, 1e-9));
    }

    #[test]
    fn splitting_a_step_stage_changes_nothing(dcf in companies()) {
        let mut split = dcf.clone();
        let stages = split.stages.take().unwrap();
        split.stages = Some(stages.into_iter().flat_map(|stage| {
            (0..stage.years).map(move |_| Stage { years: 1, ..stage.clone() })
        }).collect());
        prop_assert_eq!(dcf.value().unwrap().equity_value, split.value().unwrap().equity_value);
    }

    #[test]
    fn explicit_flows_of_a_driver_run_reproduce_it(dcf in companies()) {
        let value = dcf.value().unwrap();
        let explicit = Dcf {
            stages: None,
            base_revenue: None,
            forecast: Some(Forecast { fcff: Some(value.schedule.fcff.clone()), ..Forecast::default() }),
            terminal: Terminal { fcff_next: value.terminal_fcff, ..dcf.terminal.clone() },
            ..dcf.clone()
        };
        prop_assert!(close(explicit.value().unwrap().enterprise_value, value.enterprise_value, 1e-12));
    }

    #[test]
    fn explicit_amounts_of_a_driver_run_reproduce_it(dcf in companies()) {
        let mut dcf = dcf;
        for stage in dcf.stages.as_mut().unwrap() {
            stage.da_pct = Some(0.03);
        }
        let value = dcf.value().unwrap();
        let column = |values: &[Option<f64>]| Some(values.iter().map(|value| value.unwrap()).collect::<Vec<_>>());
        let capex = value.schedule.net_capex.iter().zip(&value.schedule.da).map(|(net, da)| net.unwrap() + da.unwrap());
        let first = dcf.stages.as_ref().unwrap()[0].nwc_pct.unwrap();
        let explicit = Dcf {
            stages: None,
            base_revenue: None,
            base_nwc: dcf.base_revenue.map(|revenue| revenue * first),
            forecast: Some(Forecast {
                revenue: column(&value.schedule.revenue),
                ebit: column(&value.schedule.ebit),
                da: column(&value.schedule.da),
                capex: Some(capex.collect()),
                nwc: column(&value.schedule.nwc),
                ..Forecast::default()
            }),
            terminal: Terminal { normalize: Some(false), ..dcf.terminal.clone() },
            ..dcf.clone()
        };
        dcf.terminal.normalize = Some(false);
        prop_assert!(close(explicit.value().unwrap().enterprise_value, dcf.value().unwrap().enterprise_value, 1e-9));
    }

    #[test]
    fn gordon_value_implies_its_own_growth(dcf in companies()) {
        let value = dcf.value().unwrap();
        // Where the flow falls faster than its present value rises, two growths give one value.
        if let Some(implied) = value.implied_growth {
            let again = Dcf { terminal: Terminal { growth: Some(implied), ..dcf.terminal.clone() }, ..dcf.clone() };
            prop_assert!(close(again.value().unwrap().pv_terminal, value.pv_terminal, 1e-7));
        }
    }

    #[test]
    fn mid_year_gordon_is_the_end_year_value_half_a_year_on(dcf in companies(), wacc in 0.05..0.2_f64) {
        let at = |mid_year| Dcf { mid_year, wacc: wacc.into(), ..dcf.clone() }.value().unwrap().enterprise_value;
        prop_assert!(close(at(true), at(false) * (1.0 + wacc).sqrt(), 1e-11));
    }

    #[test]
    fn bridge_is_additive(dcf in companies(), leases in 0.0..50.0_f64, associates in 0.0..50.0_f64) {
        let bridge = Bridge { leases, associates, ..dcf.bridge.clone() };
        let with = Dcf { bridge, ..dcf.clone() }.value().unwrap();
        prop_assert!(close(with.equity_value, dcf.value().unwrap().equity_value - leases + associates, 1e-12));
        prop_assert!(close(with.enterprise_value + with.bridge.iter().map(|item| item.amount).sum::<f64>(), with.equity_value, 1e-12));
    }

    #[test]
    fn value_driver_is_flat_in_growth_when_new_capital_earns_its_cost(dcf in companies(), g in -0.01..0.04_f64) {
        let at = |growth| Dcf {
            terminal: Terminal { method: TerminalMethod::ValueDriver, growth: Some(growth), ..Terminal::default() },
            ..dcf.clone()
        }.value().unwrap();
        // NOPAT+ itself grows with g, so the value of the next year's profit is compared.
        let value = at(g);
        prop_assert!(close(value.terminal_value, value.terminal_nopat.unwrap() / value.wacc[0], 1e-9));
    }

    #[test]
    fn dilution_solves_its_equation(
        dcf in companies(),
        options in prop::collection::vec((0.0..100.0_f64, 0.0..50.0_f64), 0..6),
        convertible in (0.0..500.0_f64, 0.1..50.0_f64),
    ) {
        let diluted = Dcf {
            options: options.iter().map(|&(count, strike)| ShareOption { count, strike }).collect(),
            convertibles: vec![Convertible { principal: convertible.0, shares: convertible.1 }],
            rsus: Some(2.0),
            ..dcf.clone()
        };
        let value = diluted.value().unwrap();
        let price = value.value_per_share.unwrap();
        let basic = dcf.shares.unwrap() + 2.0;
        if value.equity_value <= 0.0 {
            prop_assert!(close(price, value.equity_value / basic, 1e-12));
        } else {
            let claims: f64 = options.iter().map(|&(count, strike)| count * (price - strike).max(0.0)).sum();
            let converted = convertible.1 * (price - convertible.0 / convertible.1).max(0.0);
            prop_assert!(close(basic * price + claims + converted, value.equity_value, 1e-9));
            prop_assert!(close(value.diluted_shares.unwrap() * price, value.equity_value, 1e-9));
        }
    }

    #[test]
    fn exact_gradient_agrees_with_differences_and_euler(dcf in companies()) {
        let input = serde_json::to_value(&dcf).unwrap();
        let paths = ["base_revenue", "bridge.net_debt", "wacc", "terminal.growth", "stages[0].sales_to_capital"];
        let gradient = |step: Value| {
            evaluate("gradient", json!({"model": "dcf", "input": input, "paths": paths, "outputs": ["equity_value"], "step": step})).unwrap()
        };
        let (exact, central) = (gradient(Value::Null), gradient(json!(1e-5)));
        prop_assert_eq!(&exact["exact"], &json!(true));
        for i in 0..paths.len() {
            let (a, b) = (exact["gradient"][i].as_f64().unwrap(), central["gradient"][i].as_f64().unwrap());
            prop_assert!((a - b).abs() <= 2e-4 * (1.0 + a.abs()), "{}: {a} {b}", paths[i]);
        }
        // Degree 1 in money: base_nwc follows base_revenue here.
        let euler = exact["gradient"][0].as_f64().unwrap() * dcf.base_revenue.unwrap()
            + exact["gradient"][1].as_f64().unwrap() * dcf.bridge.net_debt.unwrap();
        prop_assert!(close(euler, exact["base"].as_f64().unwrap(), 1e-9));
    }

    #[test]
    fn grid_cells_are_the_headline_bit_for_bit(dcf in companies(), wacc in 0.06..0.2_f64) {
        let input = serde_json::to_value(&dcf).unwrap();
        let grid = evaluate("sensitivity_grid", json!({
            "model": "dcf", "input": input, "outputs": ["equity_value", "schedule.fcff[0]"],
            "axes": [{"path": "wacc", "values": [wacc, 0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18]}],
        })).unwrap();
        let lanes = evaluate("sensitivity_grid", json!({
            "model": "dcf", "input": input, "outputs": ["equity_value"],
            "axes": [{"path": "wacc", "values": [wacc, 0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18]}],
        })).unwrap();
        let headline = Dcf { wacc: wacc.into(), ..dcf }.value().unwrap().equity_value;
        prop_assert_eq!(grid["values"]["equity_value"][0].as_f64().unwrap(), headline);
        prop_assert_eq!(&lanes["values"]["equity_value"], &grid["values"]["equity_value"]);
    }

    #[test]
    fn random_json_never_panics_and_never_gives_a_number_that_is_not_one(
        growth in prop::num::f64::ANY, wacc in prop::num::f64::ANY, revenue in prop::num::f64::ANY, multiple in prop::num::f64::ANY,
    ) {
        for terminal in [gordon(growth), Terminal { method: TerminalMethod::ExitMultiple, metric: Metric::Ebit, multiple: Some(multiple), ..Terminal::default() }] {
            let mut dcf = example();
            dcf.base_revenue = Some(revenue);
            dcf.wacc = wacc.into();
            dcf.terminal = terminal;
            if let Ok(value) = dcf.value() {
                prop_assert!(value.enterprise_value.is_finite());
            }
        }
    }
}

#[test]
fn value_falls_in_wacc_and_blend_of_one_is_itself() {
    let base = example().value().unwrap();
    let dearer = Dcf { wacc: 0.1.into(), ..example() }.value().unwrap();
    assert!(dearer.enterprise_value < base.enterprise_value);
    let component = Terminal { weight: Some(1.0), ..gordon(0.025) };
    let blend = Terminal {
        method: TerminalMethod::Blend,
        components: Components(vec![component]),
        growth: Some(0.025),
        ..Terminal::default()
    };
    assert_eq!(Dcf { terminal: blend, ..example() }.value().unwrap().enterprise_value, base.enterprise_value);
}

#[test]
fn stub_year_is_timed_and_counted_in_part() {
    let dcf = Dcf { stages: Some(vec![stage(3, 0.1, 0.2, 2.0, 0.0)]), stub: Some(0.4), ..example() };
    let end = dcf.value().unwrap();
    assert_eq!(end.schedule.time, vec![0.4, 1.4, 2.4]);
    let factor = |years: f64| 1.09_f64.powf(-years);
    assert!(close(end.schedule.discount_factor[1], factor(1.4), 1e-14));
    assert!(close(end.schedule.pv[0], 0.4 * end.schedule.fcff[0] * factor(0.4), 1e-13));
    let mid = Dcf { mid_year: true, ..dcf }.value().unwrap();
    for (got, years) in mid.schedule.discount_factor.iter().zip([0.2, 0.9, 1.9]) {
        assert!(close(*got, factor(years), 1e-14));
    }
    assert!(close(mid.pv_terminal, mid.terminal_value * factor(1.9), 1e-13));
    let exit = Terminal {
        method: TerminalMethod::ExitMultiple,
        metric: Metric::Ebit,
        multiple: Some(10.0),
        ..Terminal::default()
    };
    let exit = Dcf {
        terminal: exit,
        mid_year: true,
        stub: Some(0.4),
        stages: Some(vec![stage(3, 0.1, 0.2, 2.0, 0.0)]),
        ..example()
    };
    let exit = exit.value().unwrap();
    assert!(close(exit.pv_terminal, exit.terminal_value * factor(2.4), 1e-13));
    assert!(close(exit.implied_multiples.ebit.unwrap(), 10.0, 1e-12));
}

#[test]
fn dates_give_the_stub() {
    let dated = Dcf {
        valuation_date: Some("2024-08-07".parse().unwrap()),
        first_year_end: Some("2024-12-31".parse().unwrap()),
        ..example()
    };
    let stub = Dcf { stub: Some(146.0 / 365.0), ..example() };
    assert_eq!(dated.value().unwrap().equity_value, stub.value().unwrap().equity_value);
}

#[test]
fn options_dilute_as_the_worked_example_says() {
    let mut dcf = Dcf {
        forecast: Some(Forecast { fcff: Some(vec![1100.0]), ..Forecast::default() }),
        stages: None,
        base_revenue: None,
        wacc: 0.1.into(),
        terminal: Terminal { method: TerminalMethod::None, ..Terminal::default() },
        bridge: Bridge::default(),
        shares: Some(100.0),
        options: vec![ShareOption { count: 10.0, strike: 5.0 }],
        ..Dcf::default()
    };
    let value = dcf.value().unwrap();
    assert!(close(value.value_per_share.unwrap(), 1050.0 / 110.0, 1e-13));
    assert!(close(value.diluted_shares.unwrap(), 1000.0 / (1050.0 / 110.0), 1e-13));
    dcf.treasury_price = Some(10.0);
    assert!(close(dcf.value().unwrap().value_per_share.unwrap(), 1000.0 / 105.0, 1e-13));
}

#[test]
fn losses_carried_forward_save_tax_but_not_in_the_terminal_year() {
    let losing = Dcf {
        stages: Some(vec![stage(2, 0.0, -0.2, 2.0, 0.0), stage(2, 0.0, 0.3, 2.0, 0.0)]),
        nol: Some(Nol { usage_limit: 0.8, ..Nol::default() }),
        ..example()
    };
    let value = losing.value().unwrap();
    // Losses of 100 a year; profits of 150, of which at most 120 may be offset.
    assert_eq!(value.schedule.nol_used, vec![Some(0.0), Some(0.0), Some(120.0), Some(80.0)]);
    let plain = Dcf { nol: None, ..losing.clone() }.value().unwrap();
    assert_eq!(value.terminal_value, plain.terminal_value);
    let grown = |dcf: &Dcf| {
        Dcf { terminal: Terminal { normalize: Some(false), ..gordon(0.025) }, ..dcf.clone() }
            .value()
            .unwrap()
            .terminal_value
    };
    assert!(close(grown(&losing), grown(&Dcf { nol: None, ..losing.clone() }), 1e-12));
    assert!(plain.warnings.iter().any(|warning| warning.code == "losses_without_nol"));
}

#[test]
fn fades_move_from_the_base_and_overrides_do_not_move_them() {
    let mut dcf = example();
    dcf.base = Some(valor_ivx::valuation::dcf::Drivers { growth: Some(0.2), ..Default::default() });
    dcf.stages = Some(vec![Stage { fade: Fade::Linear, ..stage(4, 0.04, 0.2, 2.0, 0.0) }]);
    // Fading the other drivers too needs their base.
    assert_eq!(dcf.value().unwrap_err().field(), Some("base.ebit_margin"));
    let base = dcf.base.as_mut().unwrap();
    (base.ebit_margin, base.sales_to_capital, base.nwc_pct) = (Some(0.1), Some(2.0), Some(0.0));
    let value = dcf.value().unwrap();
    for (got, want) in value.schedule.growth.iter().zip([0.16, 0.12, 0.08, 0.04]) {
        assert!(close(got.unwrap(), want, 1e-12));
    }
    dcf.overrides = vec![Override { year: 2, growth: Some(0.5), ..Override::default() }];
    let changed = dcf.value().unwrap();
    assert!(close(changed.schedule.growth[2].unwrap(), 0.08, 1e-12));
    assert!(close(changed.schedule.growth[1].unwrap(), 0.5, 1e-12));
}

#[test]
fn absolute_overrides_flow_on() {
    let mut dcf = example();
    dcf.overrides = vec![
        Override { year: 1, revenue: Some(1000.0), ..Override::default() },
        Override { year: 2, tax: Some(1.0), ..Override::default() },
        Override { year: 3, reinvestment: Some(7.0), ..Override::default() },
        Override { year: 7, fcff: Some(55.0), ..Override::default() },
    ];
    let schedule = dcf.value().unwrap().schedule;
    assert_eq!(schedule.revenue[0], Some(1000.0));
    assert!(close(schedule.revenue[1].unwrap(), 1120.0, 1e-13));
    assert_eq!(schedule.tax[1], Some(1.0));
    assert_eq!(schedule.reinvestment[2], Some(7.0));
    assert_eq!(schedule.fcff[6], 55.0);
}

#[test]
fn every_warning_can_be_reached() {
    let code = |dcf: Dcf| dcf.value().unwrap().warnings.into_iter().map(|warning| warning.code).collect::<Vec<_>>();
    let has = |dcf: Dcf, wanted: &str| {
        let codes = code(dcf);
        assert!(codes.contains(&wanted.to_owned()), "{wanted} is not in {codes:?}");
    };
    has(Dcf { terminal: gordon(0.05), ..example() }, "terminal_share_high");
    has(Dcf { terminal: gordon(0.085), ..example() }, "narrow_spread");
    has(Dcf { stages: Some(vec![stage(2, 0.1, -0.1, 2.0, 0.0)]), ..example() }, "losses_without_nol");
    has(
        Dcf { stages: Some(vec![stage(2, 0.1, -0.1, 2.0, 0.0)]), nol: Some(Nol::default()), ..example() },
        "nol_unused",
    );
    has(Dcf { stages: Some(vec![stage(2, -0.1, 0.1, 2.0, 0.0)]), ..example() }, "divestment_floored");
    has(Dcf { stages: Some(vec![stage(2, 0.1, -0.1, 2.0, 0.0)]), ..example() }, "negative_terminal_flow");
    has(
        Dcf { stages: Some(vec![stage(1, 0.1, 0.1, 2.0, 0.2), stage(1, 0.1, 0.1, 2.0, 0.05)]), ..example() },
        "nwc_release",
    );
    has(Dcf { terminal: Terminal { normalize: Some(false), ..gordon(0.02) }, ..example() }, "not_normalized");
    has(Dcf { terminal: Terminal { ronic: Some(0.1), ..gordon(0.02) }, ..example() }, "inert_path");
    let mut capex = example();
    capex.reinvestment_basis = ReinvestmentBasis::CapexDaNwc;
    for stage in capex.stages.as_mut().unwrap() {
        (stage.da_pct, stage.capex_pct) = (Some(0.05), Some(0.03));
    }
    has(capex, "capex_below_da");
    let sold = Terminal { method: TerminalMethod::Liquidation, asset_value: Some(-1e6), ..Terminal::default() };
    has(Dcf { terminal: sold, ..example() }, "implied_growth_out_of_range");
}

#[test]
fn undefined_terminal_values_are_named() {
    let refused = |terminal: Terminal| {
        let error = Dcf { terminal, ..example() }.value().unwrap_err();
        assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("terminal_value")), "{error}");
    };
    refused(gordon(0.09));
    refused(Terminal { min_spread: 0.07, ..gordon(0.025) });
    refused(Terminal {
        method: TerminalMethod::ExitMultiple,
        metric: Metric::Fcff,
        metric_basis: MetricBasis::Ntm,
        multiple: Some(10.0),
        fcff_next: Some(-1.0),
        ..gordon(0.02)
    });
    let free = Terminal { method: TerminalMethod::ValueDriver, growth: Some(-0.02), ..Terminal::default() };
    let error = Dcf { wacc: 0.0.into(), terminal: free, ..example() }.value().unwrap_err();
    assert_eq!(error.what(), Some("terminal_value"));
}

#[test]
fn every_problem_of_an_input_is_reported_with_its_path() {
    let error = evaluate(
        "dcf",
        json!({
            "base_revenue": "500", "wacc": -1.5, "colour": 1,
            "stages": [{"years": 2.5, "growth": 0.1}, {"years": 1, "tax_rate": 1.0}],
            "terminal": {"method": "guess"},
        }),
    )
    .unwrap_err();
    let mut fields: Vec<_> = error.also().iter().filter_map(|error| error.field()).collect();
    fields.push(error.field().unwrap());
    fields.sort_unstable();
    assert_eq!(fields, ["base_revenue", "colour", "stages[0].years", "terminal.method"]);

    let field = |change: fn(&mut Dcf)| {
        let mut dcf = example();
        change(&mut dcf);
        dcf.value().unwrap_err().field().map(str::to_owned)
    };
    assert_eq!(field(|dcf| dcf.wacc = vec![0.09; 3].into()).as_deref(), Some("wacc"));
    assert_eq!(field(|dcf| dcf.stages = None).as_deref(), Some("stages"));
    assert_eq!(field(|dcf| dcf.base_revenue = Some(f64::NAN)).as_deref(), Some("base_revenue"));
    assert_eq!(field(|dcf| dcf.terminal = Terminal::default()).as_deref(), Some("terminal.growth"));
    assert_eq!(field(|dcf| dcf.bridge.debt = Some(1.0)).as_deref(), Some("bridge.net_debt"));
    assert_eq!(field(|dcf| dcf.tax_rate = None).as_deref(), Some("stages[0].tax_rate"));
    assert_eq!(
        field(|dcf| dcf.reinvestment_basis = ReinvestmentBasis::SalesToInvestedCapital).as_deref(),
        Some("stages[0].nwc_pct")
    );
    assert_eq!(field(|dcf| (dcf.shares, dcf.rsus) = (None, Some(1.0))).as_deref(), Some("shares"));
    assert_eq!(
        field(|dcf| dcf.overrides = vec![Override { year: 8, ..Override::default() }]).as_deref(),
        Some("overrides[0].year")
    );
}
