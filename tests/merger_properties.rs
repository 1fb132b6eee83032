//! What must hold for every merger.

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::Path;
use valor_ivx::valuation::Merger;
use valor_ivx::valuation::dcf::ShareOption;
use valor_ivx::valuation::merger::{
    Consideration, Financing, MergerValuation, Offer, Party, PurchasePriceAllocation, Synergies,
};
use valor_ivx::{ErrorKind, catalogue, evaluate};

/// The worked example.
fn example() -> Value {
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

fn with(changes: &[(&str, Value)]) -> Value {
    let mut input = example();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        input.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    input
}

fn value(changes: &[(&str, Value)]) -> Value {
    evaluate("merger", with(changes)).unwrap()
}

fn number(output: &Value, pointer: &str) -> f64 {
    output.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} in {output}"))
}

fn near(got: f64, want: f64) {
    assert!(close(got, want, 1e-12), "got {got}, want {want}");
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

fn codes(output: &Value, field: &str) -> Vec<String> {
    let warnings = output["warnings"].as_array().unwrap().iter();
    warnings
        .filter(|warning| warning["field"] == field)
        .map(|warning| warning["code"].as_str().unwrap().into())
        .collect()
}

/// Field and kind of every problem.
fn refusals(changes: &[(&str, Value)]) -> Vec<String> {
    let error = evaluate("merger", with(changes)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let fields = std::iter::once(&error).chain(error.also()).map(|error| error.field().unwrap().to_owned());
    fields.collect()
}

prop_compose! {
    fn deals()(
        acquirer in (10.0..1e3_f64, 1.0..100.0_f64, 1.0..500.0_f64, 0.0..0.4_f64, -100.0..500.0_f64),
        target in (10.0..1e3_f64, 1.0..100.0_f64, 0.1..200.0_f64, 0.0..0.4_f64, -100.0..500.0_f64),
        premium in -0.2..0.8_f64,
        cash_pct in 0.0..=1.0_f64,
        financing in (0.0..0.2_f64, 0.0..0.1_f64, 0.0..0.3_f64, 0.0..10.0_f64, 0.5..6.0_f64, any::<bool>()),
        fees in (0.0..10.0_f64, any::<bool>()),
        ppa in (0.0..100.0_f64, 0.5..12.0_f64, -20.0..50.0_f64, 0.5..12.0_f64),
        synergies in (0.0..50.0_f64, 0.0..50.0_f64, 0.0..0.5_f64, -0.02..0.03_f64, 0.05..0.2_f64, any::<bool>()),
        options in prop::collection::vec((0.0..20.0_f64, 0.0..120.0_f64), 0..4),
    ) -> Merger {
        let party = |(shares, price, net_income, tax_rate, net_debt): (f64, f64, f64, f64, f64)| Party {
            shares,
            share_price: Some(price),
            net_income: Some(net_income.into()),
            tax_rate: Some(tax_rate),
            net_debt,
            interest: Some(4.0.into()),
            ..Party::default()
        };
        Merger {
            acquirer: party(acquirer),
            target: Party {
                options: options.into_iter().map(|(count, strike)| ShareOption { count, strike }).collect(),
                ..party(target)
            },
            offer: Offer { premium: Some(premium), ..Offer::default() },
            consideration: Some(Consideration { cash_pct, stock_pct: 1.0 - cash_pct }),
            financing: Financing {
                new_debt_rate: Some(financing.0),
                cash_yield: financing.1,
                new_debt_amortization: financing.2,
                financing_fees: financing.3,
                fee_years: financing.4,
                refinance_target_debt: financing.5,
                ..Financing::default()
            },
            advisory_fees: fees.0,
            expense_fees: fees.1,
            ppa: PurchasePriceAllocation {
                intangibles: ppa.0,
                intangibles_life: Some(ppa.1),
                asset_step_up: ppa.2,
                asset_life: Some(ppa.3),
                deferred_tax: true,
            },
            synergies: Synergies {
                cost: synergies.0,
                revenue: synergies.1,
                revenue_margin: Some(synergies.2),
                ramp: vec![0.3, 0.8, 1.0],
                cost_to_achieve: vec![12.0, 3.0],
                growth: synergies.3,
                discount_rate: Some(synergies.4),
                perpetual: synergies.5,
                ..Synergies::default()
            },
            ..Merger::default()
        }
    }
}

fn scaled(merger: &Merger, factor: f64) -> Merger {
    let mut merger = merger.clone();
    for party in [&mut merger.acquirer, &mut merger.target] {
        party.share_price = party.share_price.map(|price| price * factor);
        party.net_debt *= factor;
        for series in [&mut party.net_income, &mut party.interest].into_iter().flatten() {
            *series = (series.at(0) * factor).into();
        }
        for option in &mut party.options {
            option.strike *= factor;
        }
    }
    merger.financing.financing_fees *= factor;
    merger.advisory_fees *= factor;
    merger.ppa.intangibles *= factor;
    merger.ppa.asset_step_up *= factor;
    merger.synergies.cost *= factor;
    merger.synergies.revenue *= factor;
    for cost in &mut merger.synergies.cost_to_achieve {
        *cost *= factor;
    }
    merger
}

fn at_price(merger: &Merger, equity_price: f64) -> MergerValuation {
    let offer = Offer { equity_price: Some(equity_price), ..Offer::default() };
    Merger { offer, ..merger.clone() }.value().unwrap()
}

proptest! {
    #[test]
    fn accretion_at_breakeven_synergies_is_zero(merger in deals(), year in 0..3_usize) {
        let breakeven = merger.value().unwrap().schedule.breakeven_synergies[year];
        let mut at_breakeven = merger;
        at_breakeven.synergies = Synergies {
            cost: breakeven,
            revenue: 0.0,
            ramp: vec![1.0],
            growth: 0.0,
            ..at_breakeven.synergies
        };
        let schedule = at_breakeven.value().unwrap().schedule;
        prop_assert!(schedule.accretion[year].abs() <= 1e-11 * (1.0 + schedule.acquirer_eps[year].abs()));
    }

    #[test]
    fn parts_sum_to_their_whole(merger in deals()) {
        let value = merger.value().unwrap();
        let ownership = value.contribution.ownership;
        prop_assert!(close(ownership.acquirer + ownership.target, 1.0, 1e-15));
        prop_assert_eq!(ownership.target, value.ownership_target);
        prop_assert!(close(value.sources.total, value.uses.total, 1e-12), "{:?} {:?}", value.sources, value.uses);
        prop_assert!(close(value.cash_consideration + value.stock_consideration, value.equity_price, 1e-12));
        let income = value.contribution.net_income.unwrap();
        prop_assert!(close(income.acquirer + income.target, 1.0, 1e-12));
    }

    #[test]
    fn gains_sum_to_synergies_less_fees(merger in deals()) {
        let value = merger.value().unwrap();
        let fees = merger.advisory_fees + merger.financing.financing_fees;
        let sum = value.gain_acquirer.unwrap() + value.gain_target.unwrap();
        prop_assert!((sum - (value.pv_synergies - fees)).abs() <= 1e-9 * (1.0 + value.equity_price));
    }

    #[test]
    fn a_share_swap_at_equal_price_earnings_ratio_without_premium_changes_nothing(
        merger in deals(), ratio in 5.0..30.0_f64
    ) {
        let mut swap = Merger {
            offer: Offer { premium: Some(0.0), ..Offer::default() },
            consideration: Some(Consideration { cash_pct: 0.0, stock_pct: 1.0 }),
            financing: Financing::default(),
            advisory_fees: 0.0,
            ppa: PurchasePriceAllocation::default(),
            synergies: Synergies::default(),
            ..merger
        };
        swap.target.options.clear();
        for party in [&mut swap.acquirer, &mut swap.target] {
            party.net_income = Some((party.shares * party.share_price.unwrap() / ratio).into());
        }
        let schedule = swap.value().unwrap().schedule;
        prop_assert!(schedule.accretion.iter().all(|accretion| accretion.abs() <= 1e-13 * schedule.acquirer_eps[0]));
    }

    #[test]
    fn a_higher_price_never_raises_earnings_per_share(
        merger in deals(), price in 1.0..2000.0_f64, more in 1.0..3.0_f64
    ) {
        let (low, high) = (at_price(&merger, price), at_price(&merger, price * more));
        for (low, high) in low.schedule.pro_forma_eps.iter().zip(&high.schedule.pro_forma_eps) {
            // With a loss, more shares carry it.
            prop_assert!(*low <= 0.0 || *high <= low + 1e-12 * low.abs());
        }
    }

    #[test]
    fn it_is_homogeneous_in_money(merger in deals(), factor in 0.01..100.0_f64) {
        let (one, other) = (merger.value().unwrap(), scaled(&merger, factor).value().unwrap());
        for (one, other) in [
            (one.equity_price, other.equity_price),
            (one.new_debt, other.new_debt),
            (one.pv_synergies, other.pv_synergies),
            (one.gain_target.unwrap(), other.gain_target.unwrap()),
            (one.schedule.accretion[2], other.schedule.accretion[2]),
        ] {
            prop_assert!((one * factor - other).abs() <= 1e-9 * factor * (1.0 + merger_size(&merger)), "{one} {other}");
        }
        prop_assert!(close(one.new_shares, other.new_shares, 1e-12));
    }

    #[test]
    fn the_maximum_price_leaves_earnings_per_share_as_they_are(merger in deals(), year in 1..4_u32) {
        let merger = Merger { max_price_year: year, ..merger };
        let value = merger.value().unwrap();
        let Some(price) = value.max_price else {
            prop_assert!(value.warnings.iter().any(|warning| warning.code == "no_max_price"));
            return Ok(());
        };
        let schedule = at_price(&merger, price).schedule;
        let at = year as usize - 1;
        prop_assert!(schedule.accretion[at].abs() <= 1e-9 * (1.0 + schedule.acquirer_eps[at].abs()));
    }

    #[test]
    fn every_form_of_the_same_offer_is_the_same_merger(merger in deals()) {
        let value = merger.value().unwrap();
        let same = |offer: Offer, consideration: Option<Consideration>| {
            let other = Merger { offer, consideration, ..merger.clone() }.value().unwrap();
            close(other.equity_price, value.equity_price, 1e-11)
                && close(other.new_shares, value.new_shares, 1e-9)
                && (other.schedule.accretion[0] - value.schedule.accretion[0]).abs()
                    <= 1e-9 * (1.0 + value.schedule.acquirer_eps[0].abs())
        };
        let mix = merger.consideration.clone();
        let price_per_share = Some(value.offer_price);
        let by_share = Offer { price_per_share, ..Offer::default() };
        prop_assert!(same(by_share, mix.clone()));
        let whole = Offer { equity_price: Some(value.equity_price), ..Offer::default() };
        prop_assert!(same(whole, mix));
        if value.exchange_ratio > 0.0 {
            let cash_per_share = Some(value.cash_consideration / (value.equity_price / value.offer_price));
            let ratio = Offer { exchange_ratio: Some(value.exchange_ratio), cash_per_share, ..Offer::default() };
            prop_assert!(same(ratio, None));
        }
    }

    #[test]
    fn trials_have_the_bits_of_the_headline(merger in deals(), rate in 0.0..0.2_f64) {
        let mut merger = merger;
        let input = serde_json::to_value(&merger).unwrap();
        let outputs = ["schedule.accretion[0]", "gain_target", "pv_synergies", "pro_forma_net_debt", "ownership_target"];
        let path = Path::parse("financing.new_debt_rate", "path").unwrap();
        let names = outputs.map(str::to_owned);
        let prepared = catalogue::find("merger").unwrap().prepare(&input, std::slice::from_ref(&path), &names).unwrap();
        let mut numbers = prepared.numbers().values();
        numbers[prepared.numbers().select(&path)[0].index()] = rate;
        merger.financing.new_debt_rate = Some(rate);
        let value = merger.value().unwrap();
        let want = [
            value.schedule.accretion[0],
            value.gain_target.unwrap(),
            value.pv_synergies,
            value.pro_forma_net_debt,
            value.ownership_target,
        ];
        prop_assert_eq!(prepared.evaluate(&numbers).unwrap(), want);
    }
}

fn merger_size(merger: &Merger) -> f64 {
    let value = merger.value().unwrap();
    value.equity_price + value.pv_synergies.abs() + value.gain_target.unwrap().abs()
}

#[test]
fn the_worked_example_is_met() {
    let output = value(&[]);
    near(number(&output, "/schedule/pro_forma_net_income/0"), 87.62);
    near(number(&output, "/schedule/pro_forma_eps/4"), 0.730_166_666_666_666_7);
    near(number(&output, "/schedule/breakeven_synergies/0"), 7.8);
    near(number(&output, "/ev_ebitda"), 700.0 / 75.0);
    near(number(&output, "/premium"), 0.2);
    near(number(&output, "/schedule/cash_eps/0"), (87.62 + 12.0 * 0.65) / 120.0);
    // Goodwill: 600 less 300 - 20 + 120 - 42.
    near(number(&output, "/deferred_tax_liability"), 42.0);
    near(number(&output, "/goodwill"), 242.0);
    near(number(&output, "/roic"), (55.0 * 0.65 + 25.0 * 0.65) / 700.0);
    near(number(&output, "/contribution/revenue/target"), 1.0 / 3.0);
    assert_eq!(output["bargain_gain"], 0.0);
    assert_eq!(output["warnings"], json!([]));
}

#[test]
fn target_options_are_diluted_at_the_offer_price() {
    // 600 = 50 P + 10 (P - 6): P = 11, diluted 600 / 11.
    let options = json!([{"count": 10, "strike": 6}, {"count": 5, "strike": 40}]);
    let output = value(&[("/target/options", options.clone())]);
    near(number(&output, "/offer_price"), 11.0);
    near(number(&output, "/exchange_ratio"), 20.0 / (600.0 / 11.0));
    let output = value(&[("/target/options", options), ("/offer", json!({"price_per_share": 11}))]);
    near(number(&output, "/equity_price"), 600.0);
}

#[test]
fn financing_costs_run_off_as_they_are_told() {
    let output = value(&[
        (
            "/financing",
            json!({
                "cash_on_hand": 60, "cash_yield": 0.05, "new_debt_rate": 0.07, "new_debt_amortization": 0.3,
                "refinance_target_debt": true, "financing_fees": 10, "fee_years": 2.5,
            }),
        ),
        ("/advisory_fees", json!(15)),
        ("/expense_fees", json!(true)),
        ("/ppa", json!({"intangibles": 30, "intangibles_life": 1.5, "asset_step_up": 20, "asset_life": 4})),
    ]);
    // 360 cash, 25 fees, 100 refinanced, less 60 on hand.
    near(number(&output, "/new_debt"), 425.0);
    near(number(&output, "/sources/total"), number(&output, "/uses/total"));
    for (year, debt, fees) in [(0, 425.0, 4.0), (1, 297.5, 4.0), (2, 170.0, 2.0), (3, 42.5, 0.0), (4, 0.0, 0.0)] {
        near(number(&output, &format!("/schedule/financing_cost/{year}")), 0.07 * debt + 3.0 + fees);
    }
    let amortization = [25.0, 15.0, 5.0, 5.0, 0.0];
    for (year, amount) in amortization.into_iter().enumerate() {
        near(number(&output, &format!("/schedule/amortization/{year}")), amount);
    }
    // Interest of 6 is saved, and the advisers' fee is charged once, without a tax effect.
    let first = 63.7 + 31.85 + (25.0 - (29.75 + 3.0 + 4.0) - 25.0 + 6.0) * 0.65 - 15.0;
    near(number(&output, "/schedule/pro_forma_net_income/0"), first);
    let second = 63.7 + 31.85 + (25.0 - (20.825 + 3.0 + 4.0) - 15.0 + 6.0) * 0.65;
    near(number(&output, "/schedule/pro_forma_net_income/1"), second);
    near(number(&output, "/pro_forma_net_debt"), 200.0 + 100.0 + 360.0 + 25.0);
}

#[test]
fn synergies_ramp_grow_and_end() {
    let output = value(&[(
        "/synergies",
        json!({
            "cost": 10, "revenue": 100, "revenue_margin": 0.2, "ramp": [0.5, 1], "duration": 3, "growth": 0.1,
            "cost_to_achieve": [8], "discount_rate": 0.1,
        }),
    )]);
    for (year, want) in [15.0, 33.0, 36.3, 0.0, 0.0].into_iter().enumerate() {
        near(number(&output, &format!("/schedule/synergies/{year}")), want);
    }
    let pv = (7.0 / 1.1 + 33.0 / 1.21 + 36.3 / 1.331) * 0.65;
    near(number(&output, "/pv_synergies"), pv);
    let perpetual = json!({"cost": 25, "discount_rate": 0.1, "growth": 0.02, "perpetual": true});
    let output = value(&[("/synergies", perpetual)]);
    near(number(&output, "/pv_synergies"), 25.0 * 0.65 / 0.08);
    let longer = value(&[("/synergies/duration", json!(8))]);
    near(number(&longer, "/pv_synergies"), 25.0 * 0.65 * (1.0 - 1.1_f64.powi(-8)) / 0.1);
}

#[test]
fn a_price_below_net_assets_is_a_bargain() {
    let output = value(&[("/target/book_equity", json!(700))]);
    assert_eq!(output["goodwill"], 0.0);
    near(number(&output, "/bargain_gain"), 158.0);
}

#[test]
fn outputs_that_do_not_exist_are_null_with_a_reason() {
    let bare = json!({"shares": 50, "net_income": 31.85, "net_debt": -700});
    let output = value(&[("/target", bare)]);
    for field in ["premium", "ev_revenue", "ev_ebitda", "leverage", "goodwill", "bargain_gain", "gain_acquirer", "roic"]
    {
        assert!(output[field].is_null(), "{field}");
        assert!(codes(&output, field).contains(&"input_missing".to_owned()), "{field}");
    }
    assert!(output["contribution"]["revenue"].is_null());
    let output = value(&[("/acquirer/ebitda", json!(-200)), ("/acquirer/book_equity", json!(3))]);
    assert!(output["schedule"]["accretion_pct"][0].is_null());
    assert_eq!(codes(&output, "schedule.accretion_pct[0]"), ["base_not_positive"]);
    assert_eq!(codes(&output, "leverage"), ["base_not_positive"]);
    assert_eq!(codes(&output, "acquirer.book_equity"), ["inert_path"]);
}

#[test]
fn a_maximum_price_that_does_not_exist_is_null_with_a_reason() {
    let output = value(&[("/synergies/cost", json!(-500))]);
    assert!(output["max_price"].is_null());
    assert_eq!(codes(&output, "max_price"), ["no_max_price"]);
    let cash_only = [("/financing", json!({"cash_on_hand": 360})), ("/acquirer/interest", json!([1, 2, 3, 4, 5]))];
    let output = value(&cash_only);
    assert_eq!(output["new_debt"], 0.0);
    assert_eq!(codes(&output, "max_price"), ["no_max_price"]);
}

#[test]
fn what_is_missing_is_named_all_at_once() {
    let fields = refusals(&[
        ("/acquirer", json!({"shares": 100})),
        ("/target", json!({"shares": 50})),
        ("/offer", json!({"premium": 0.2, "cash_per_share": 1})),
        ("/consideration", Value::Null),
        ("/financing", json!({"refinance_target_debt": true})),
        ("/max_price_year", json!(6)),
        ("/synergies", json!({"ramp": [], "cost_to_achieve": [1, 1, 1, 1, 1, 1]})),
    ]);
    assert_eq!(
        fields,
        [
            "acquirer.share_price",
            "acquirer.tax_rate",
            "acquirer.net_income",
            "target.net_income",
            "target.interest",
            "offer.cash_per_share",
            "target.share_price",
            "consideration",
            "max_price_year",
            "synergies.ramp",
            "synergies.cost_to_achieve",
        ]
    );
}

#[test]
fn what_an_amount_needs_is_asked_for_only_with_it() {
    let bare = [("/ppa", json!({"intangibles": 1, "asset_step_up": -1})), ("/synergies", json!({"revenue": 3}))];
    let fields = refusals(&bare);
    assert_eq!(
        fields,
        ["ppa.intangibles_life", "ppa.asset_life", "synergies.revenue_margin", "synergies.discount_rate"]
    );
    value(&[("/ppa", json!({})), ("/synergies", json!({"perpetual": true}))]);
    assert_eq!(refusals(&[("/synergies", json!({"cost_to_achieve": [0, 2]}))]), ["synergies.discount_rate"]);
}

#[test]
fn offers_and_parts_that_contradict_are_refused() {
    assert_eq!(refusals(&[("/offer", json!({"equity_price": 600, "premium": 0.1}))]), ["offer"]);
    assert_eq!(refusals(&[("/offer", json!({}))]), ["offer"]);
    assert_eq!(refusals(&[("/offer", json!({"exchange_ratio": 0.4}))]), ["consideration"]);
    assert_eq!(refusals(&[("/consideration/stock_pct", json!(0.5))]), ["consideration"]);
    assert_eq!(refusals(&[("/offer", json!({"premium": -1}))]), ["offer.premium"]);
    assert_eq!(refusals(&[("/target/da", json!([1, 2]))]), ["target.da"]);
}

#[test]
fn financing_that_cannot_be_is_refused() {
    assert_eq!(refusals(&[("/financing/cash_on_hand", json!(361))]), ["financing.cash_on_hand"]);
    assert_eq!(refusals(&[("/financing", json!({}))]), ["financing.new_debt_rate"]);
    value(&[("/financing", json!({})), ("/consideration", json!({"cash_pct": 0, "stock_pct": 1}))]);
}

#[test]
fn perpetual_synergies_that_outgrow_their_discount_rate_have_no_value() {
    let synergies = json!({"cost": 25, "discount_rate": 0.1, "growth": 0.1, "perpetual": true});
    let error = evaluate("merger", with(&[("/synergies", synergies)])).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Undefined, Some("pv_synergies")));
}

#[test]
fn a_drawn_number_is_refused_as_a_given_one() {
    let input = with(&[("/ppa", json!({})), ("/synergies/perpetual", json!(true))]);
    let paths = ["consideration.cash_pct", "financing.cash_on_hand", "ppa.intangibles", "synergies.growth"];
    let paths = paths.map(|path| Path::parse(path, "path").unwrap());
    let prepared = catalogue::find("merger").unwrap().prepare(&input, &paths, &[]).unwrap();
    let error = |path: &Path, value: f64| {
        let mut numbers = prepared.numbers().values();
        numbers[prepared.numbers().select(path)[0].index()] = value;
        prepared.evaluate(&numbers).unwrap_err()
    };
    assert_eq!(error(&paths[0], 0.7).field(), Some("consideration"));
    assert_eq!(error(&paths[1], 400.0).field(), Some("financing.cash_on_hand"));
    assert_eq!(error(&paths[2], 5.0).field(), Some("ppa.intangibles_life"));
    assert_eq!(error(&paths[3], 0.2).what(), Some("pv_synergies"));
}

#[test]
fn series_by_year_and_scalars_agree() {
    let flat = value(&[]);
    let by_year = value(&[("/target/ebitda", json!([75, 75, 75, 75, 75]))]);
    assert_eq!(flat, by_year);
}

#[test]
fn blocks_of_trials_have_the_bits_of_single_mergers_and_the_same_faults() {
    let options = json!([{"count": 10, "strike": 6}, {"count": 5, "strike": 11.5}]);
    let input = with(&[("/target/options", options), ("/synergies/perpetual", json!(true))]);
    let prices: Vec<f64> = (0..20).map(|i| 300.0 + 40.0 * f64::from(i)).collect();
    // From the third on perpetual synergies outgrow their discount rate.
    let growths = [0.0, 0.05, 0.1, 0.2];
    let outputs = ["schedule.accretion[0]", "gain_target", "offer_price"];
    let axes =
        json!([{"path": "offer.equity_price", "values": prices}, {"path": "synergies.growth", "values": growths}]);
    let grid =
        evaluate("sensitivity_grid", json!({"model": "merger", "input": input, "outputs": outputs, "axes": axes}))
            .unwrap();
    let cells = prices.iter().flat_map(|price| growths.map(|growth| (*price, growth)));
    for (i, (price, growth)) in cells.enumerate() {
        let mut cell = input.clone();
        cell["offer"]["equity_price"] = json!(price);
        cell["synergies"]["growth"] = json!(growth);
        match evaluate("merger", &cell) {
            Ok(output) => {
                assert_eq!(grid["values"]["gain_target"][i], output["gain_target"]);
                assert_eq!(grid["values"]["offer_price"][i], output["offer_price"]);
                assert_eq!(grid["values"]["schedule.accretion[0]"][i], output["schedule"]["accretion"][0]);
            }
            Err(error) => {
                assert!(growth >= 0.1 && error.what() == Some("pv_synergies"), "{error}");
                assert!(grid["values"]["gain_target"][i].is_null());
            }
        }
    }
    assert_eq!(grid["errors"].as_array().unwrap().len(), 40);
}

#[test]
fn derivatives_are_exact_and_agree_with_differences() {
    let paths = json!(["offer.equity_price", "financing.new_debt_rate", "acquirer.share_price", "synergies.cost"]);
    let of = |step: Value| {
        evaluate("gradient", json!({"model": "merger", "input": example(), "paths": paths, "step": step})).unwrap()
    };
    let (exact, differences) = (of(Value::Null), of(json!(1e-6)));
    assert_eq!(exact["exact"], true);
    for i in 0..4 {
        let (exact, difference) =
            (exact["gradient"][i].as_f64().unwrap(), differences["gradient"][i].as_f64().unwrap());
        assert!((exact - difference).abs() <= 1e-6 * (1.0 + exact.abs()), "{i}: {exact} {difference}");
    }
}
