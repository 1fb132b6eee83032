//! Models that lanes cannot run are valued trial by trial: with the bits of the headline valuation, its
//! reasons where there is no value, and without allocating for any trial.

mod counting;

use serde_json::{Value, json};
use valor_ivx::model::{Block, Draw, Fault, NumberAt, Path, Prepared};
use valor_ivx::{Error, catalogue, evaluate};

const BLOCK: usize = 1_024;
/// Trials that are drawn; a longer block has them again and again.
const DRAWN: usize = 64;
/// Of a block whose trials all have a value.
const MOST_ALLOCATIONS: u64 = 40;

/// A model with outputs that are computed trial by trial.
struct Case {
    model: &'static str,
    input: Value,
    outputs: Vec<&'static str>,
    /// Each number is multiplied by up to 1 ± this.
    spread: f64,
}

fn case(model: &'static str, outputs: &[&'static str], spread: f64, input: Value) -> Case {
    Case { model, input, outputs: outputs.to_vec(), spread }
}

fn buy_out(changes: &Value) -> Value {
    let mut input = json!({
        "years": 6, "base_revenue": 650, "revenue_growth": [0.08, 0.07, 0.06, 0.05, 0.04, 0.03],
        "ebitda_margin": 0.22, "da_pct": 0.03, "capex_pct": 0.04, "nwc_pct": 0.15, "tax_rate": 0.25,
        "purchase_price": 1200, "exit": {"multiple": 10, "year": 5}, "revolver": {"rate": 0.06, "limit": 100},
        "minimum_cash": 10, "cash_rate": 0.02, "management_pool": {"pct": 0.1},
        "tranches": [
            {"name": "senior", "amount": 420, "rate": 0.06, "sweep_priority": 1, "amortization": 0.1},
            {"name": "mezzanine", "amount": 252, "rate": 0.1, "pik_rate": 0.02, "sweep_priority": 2},
        ],
    });
    input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    input
}

/// Paid in shares and cash a share, since parts of a price would have to sum to 1.
fn merger(exchange_ratio: f64, cash_per_share: f64) -> Value {
    json!({
        "acquirer": {"shares": 100, "share_price": 12, "net_income": 63.7, "tax_rate": 0.35},
        "target": {"shares": 50, "share_price": 10, "net_income": 31.85, "options": [{"count": 4, "strike": 9}]},
        "offer": {"exchange_ratio": exchange_ratio, "cash_per_share": cash_per_share},
        "financing": {"new_debt_rate": 0.07},
        "synergies": {"cost": 25, "discount_rate": 0.1, "growth": 0.06, "perpetual": true},
    })
}

fn wacc(changes: &Value) -> Value {
    let mut input = json!({
        "cost_of_equity": {"risk_free": 0.03, "beta": 1.1, "equity_risk_premium": 0.05}, "cost_of_debt": 0.05,
        "tax_rate": 0.25, "unlevered_beta": 0.9,
    });
    input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    input
}

fn peers(changes: &Value) -> Value {
    let peer = |name: &str, value: f64, net_income: f64, date: &str| json!({"name": name, "enterprise_value": value, "net_debt": 100, "ebitda": 100, "net_income": net_income, "date": date});
    let mut input = json!({
        "peers": [
            peer("A", 1000.0, 60.0, "2024-01-01"), peer("B", 800.0, 50.0, "2023-01-01"),
            peer("C", 1100.0, 50.0, "2022-01-01"), peer("D", 900.0, 40.0, "2021-01-01"),
            peer("E", 2000.0, -10.0, "2020-01-01"),
        ],
        "target": {"ebitda": 75, "net_income": 32, "net_debt": 100, "shares": 50},
        "multiples": ["ev/ebitda", "p/net_income"],
    });
    input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    input
}

const LBO: [&str; 5] = ["irr", "moic", "exit_equity", "total_interest", "sponsor_equity"];
const MULTIPLES: [&str; 5] =
    ["low", "mid", "high", "multiples.ev/ebitda.implied_equity", "multiples.p/net_income.implied_per_share"];

/// The last of which only capital cash flow gives, for debt that moves with value at all times.
const RECONCILED: [&str; 8] = [
    "max_relative_difference",
    "cost_of_equity",
    "debt[1]",
    "equity_value.dcf",
    "equity_value.apv",
    "equity_value.fcfe",
    "equity_value.residual_income",
    "equity_value.capital_cash_flow",
];

const REGRESSED: [&str; 4] = ["mid", "regression.predicted", "regression.prediction_se", "regression.r2"];

/// Of the multiple that every peer has.
fn regression(drivers: &[&str]) -> Value {
    json!({"multiples": ["ev/ebitda"], "regression": {"multiple": "ev/ebitda", "drivers": drivers}})
}

const FIRM: [&str; 4] = ["enterprise_value", "equity_value", "value_per_share", "pv_terminal"];

fn betas(statistic: &str) -> Value {
    let peer = |name: &str, beta: f64, leverage: f64| json!({"name": name, "beta": beta, "debt_to_equity": leverage, "tax_rate": 0.25, "debt_beta": 0.1});
    json!({
        "peers": [peer("A", 1.2, 0.5), peer("B", 0.9, 0.2), peer("C", 1.4, 0.8), peer("D", 1.1, 0.3)],
        "statistic": statistic, "target_debt_to_equity": 0.4, "target_tax_rate": 0.3,
    })
}

fn firm(cost_of_capital: &Value) -> Value {
    json!({
        "base_revenue": 500, "tax_rate": 0.23, "wacc": cost_of_capital, "shares": 150, "bridge": {"net_debt": 300},
        "stages": [{"years": 4, "growth": 0.08, "ebit_margin": 0.2, "sales_to_capital": 2.5, "nwc_pct": 0.05}],
        "terminal": {"method": "gordon", "growth": 0.025},
    })
}

fn reconciled(method: &str, terminal: &Value) -> Value {
    json!({
        "base_revenue": 500, "base_invested_capital": 240, "tax_rate": 0.23, "unlevered_cost": 0.1, "cost_of_debt": 0.06,
        "leverage": 0.4, "method": method, "terminal": terminal,
        "stages": [{"years": 4, "growth": 0.08, "ebit_margin": 0.2, "sales_to_capital": 2.5, "nwc_pct": 0.05}],
    })
}

/// Debt of a fixed amount, with weights that follow from the value they lead to.
fn financed(debt: f64) -> Value {
    let changes = json!({"weights": "iterated", "debt_value": debt});
    firm(&wacc(&changes))
}

fn with_target_weights() -> Value {
    firm(&wacc(&json!({"debt_weight": 0.5, "preferred_weight": 0.2, "cost_of_preferred": 0.06})))
}

/// Cases whose trials all have a value, and cases of which some have none.
fn cases() -> (Vec<Case>, Vec<Case>) {
    let dividends =
        json!([{"year": 2, "amount": 20, "tranche": "senior"}, {"year": 4, "amount": 10, "tranche": "mezzanine"}]);
    let dates = json!(["2024-01-01", "2025-03-01", "2024-07-01", "2025-03-01", "2027-01-01"]);
    let all = vec![
        case("irr", &["irr", "sign_changes"], 0.3, json!({"cashflows": [-100, 30, 40, 50, 20]})),
        case("irr", &["irr"], 0.01, json!({"cashflows": [-100, 300, -200]})),
        case("xirr", &["irr"], 0.3, json!({"cashflows": [-100, 30, 40, 50, 20], "dates": dates})),
        case("wacc", &["wacc", "beta", "debt_weight"], 0.2, wacc(&json!({"equity_value": 700, "debt_value": 300}))),
        case("wacc", &["wacc", "cost_of_equity"], 0.2, wacc(&json!({"debt_weight": 0.3}))),
        case("peer_beta", &["beta", "unlevered_beta", "unlevered[2]"], 0.3, betas("median")),
        case("peer_beta", &["beta"], 0.3, betas("mean")),
        case("dcf", &FIRM, 0.1, financed(100.0)),
        case("payback", &["years"], 0.2, json!({"cashflows": [-100, 60, 50, 40], "rate": 0.05})),
        case("nper", &["nper"], 0.2, json!({"rate": 0.05, "pmt": -100, "pv": 1000})),
        case("rate", &["rate"], 0.1, json!({"nper": 24, "pmt": -100, "pv": 2000, "due": "begin"})),
        case("lbo", &LBO, 0.05, buy_out(&json!({"interest_basis": "average"}))),
        case("lbo", &LBO, 0.05, buy_out(&json!({"dividends": dividends}))),
        case("lbo", &LBO, 0.05, buy_out(&json!({"interest_basis": "average", "dividends": dividends}))),
        case("merger", &["max_price", "new_debt", "gain_target"], 0.1, merger(0.5, 6.0)),
        case("comparables", &MULTIPLES, 0.3, peers(&json!({"outliers": "iqr"}))),
        case(
            "comparables",
            &MULTIPLES,
            0.3,
            peers(&json!({"statistic": "trimmed_mean", "outliers": "mad", "weights": [2, 1]})),
        ),
        case("comparables", &REGRESSED, 0.3, peers(&regression(&["net_income"]))),
        case(
            "precedents",
            &MULTIPLES,
            0.3,
            peers(&json!({"statistic": "mean", "as_of": "2025-01-01", "half_life": 2})),
        ),
    ];
    let some = vec![
        case("irr", &["irr"], 1.5, json!({"cashflows": [-100, 60, 50], "lower": 0, "upper": 0.3})),
        case("xirr", &["irr"], 1.5, json!({"cashflows": [-100, 30, 40, 50, 20], "dates": dates})),
        case(
            "wacc",
            &["wacc"],
            1.5,
            wacc(&json!({"debt_weight": 0.5, "preferred_weight": 0.2, "cost_of_preferred": 0.06})),
        ),
        case("dcf", &FIRM, 0.9, financed(800.0)),
        case("dcf", &FIRM, 0.9, with_target_weights()),
        case("payback", &["years"], 0.9, json!({"cashflows": [-100, 60, 50], "rate": 0.05})),
        case("nper", &["nper"], 0.9, json!({"rate": 0.08, "pmt": -100, "pv": 1000})),
        case("rate", &["rate"], 2.0, json!({"nper": 24, "pmt": -100, "pv": 2000})),
        case("lbo", &LBO, 0.5, buy_out(&json!({"interest_basis": "average"}))),
        case("lbo", &LBO, 0.5, buy_out(&json!({"dividends": dividends}))),
        case("merger", &["max_price", "pv_synergies"], 0.9, merger(0.5, 6.0)),
        case("comparables", &MULTIPLES, 2.0, peers(&json!({}))),
        case("comparables", &["mid"], 3.0, peers(&json!({"multiples": ["p/net_income"], "weights": [1]}))),
        case("comparables", &REGRESSED, 2.0, peers(&regression(&["net_income", "ebitda"]))),
        case("precedents", &MULTIPLES, 2.0, peers(&json!({"statistic": "harmonic_mean"}))),
    ];
    (all, some)
}

/// Cases that lanes compute, of the small formulas.
fn by_lanes() -> Vec<Case> {
    let dates = json!(["2024-01-01", "2025-03-01", "2023-07-01"]);
    let table = json!([
        {"min_cover": 8.5, "rating": "AAA", "spread": 0.006}, {"min_cover": 4, "rating": "A", "spread": 0.012},
        {"min_cover": 2, "rating": "BB", "spread": 0.03},
    ]);
    let convert =
        |from: &str, to: &str, rate: f64| json!({"rate": rate, "from_compounding": from, "to_compounding": to});
    let leverage = |method: &str| json!({"beta": 1.1, "debt_to_equity": 0.4, "tax_rate": 0.25, "debt_beta": 0.2, "cost_of_debt": 0.05, "method": method});
    vec![
        case("mirr", &["mirr"], 1.5, json!({"cashflows": [-100, 60, 50], "finance_rate": 0.1, "reinvest_rate": 0.12})),
        case("xnpv", &["npv"], 0.5, json!({"rate": 0.08, "cashflows": [-100, 60, 50], "dates": dates})),
        case("pmt", &["pmt"], 0.9, json!({"rate": 0.05, "nper": 12, "pv": 1000, "fv": 10})),
        case("pmt", &["pmt"], 0.9, json!({"rate": 0, "nper": 12, "pv": 1000, "due": "begin"})),
        case("ipmt", &["ipmt"], 0.9, json!({"rate": 0.05, "period": 7, "nper": 12, "pv": 1000, "fv": 10})),
        case("ipmt", &["ipmt"], 0.9, json!({"rate": 0.05, "period": 1, "nper": 1.2, "pv": 1000, "due": "begin"})),
        case("ppmt", &["ppmt"], 0.9, json!({"rate": 0.05, "period": 7, "nper": 12, "pv": 1000, "due": "begin"})),
        case("convert_rate", &["rate"], 0.9, convert("quarterly", "continuous", 0.08)),
        case("convert_rate", &["rate"], 0.9, convert("continuous", "daily", -0.3)),
        case("convert_rate", &["rate"], 3.0, convert("annual", "monthly", -0.6)),
        case("synthetic_rating", &["spread"], 0.9, json!({"interest_cover": 5, "table": table})),
        case("pv", &["pv"], 0.9, json!({"rate": 0.05, "nper": 12, "pmt": -100})),
        case("fv", &["fv"], 0.9, json!({"rate": -0.05, "nper": 12, "pmt": -100, "pv": 10, "due": "begin"})),
        case(
            "capm",
            &["cost_of_equity", "beta_used"],
            0.9,
            json!({
                "risk_free": 0.03, "beta": 1.2, "equity_risk_premium": 0.05, "country_premium": 0.02, "beta_adjustment": "vasicek",
                "beta_se": 0.3, "prior_sd": 0.2,
            }),
        ),
        case("unlever_beta", &["beta"], 0.9, leverage("hamada")),
        case("relever_beta", &["beta"], 0.9, leverage("miles_ezzell")),
        case(
            "reconcile",
            &RECONCILED,
            0.05,
            reconciled("harris_pringle", &json!({"method": "gordon", "growth": 0.025})),
        ),
        case(
            "reconcile",
            &RECONCILED,
            0.9,
            reconciled("harris_pringle", &json!({"method": "value_driver", "growth": 0.025, "ronic": 0.2})),
        ),
        case(
            "reconcile",
            &RECONCILED[..7],
            0.05,
            reconciled("miles_ezzell", &json!({"method": "value_driver", "growth": 0.025})),
        ),
        case(
            "reconcile",
            &RECONCILED[..7],
            0.9,
            reconciled("miles_ezzell", &json!({"method": "gordon", "growth": 0.025, "normalize": false})),
        ),
    ]
}

/// Whether the number stands in the input; a constant of the formula does not.
fn is_addressed(number: &NumberAt) -> bool {
    !number.path.to_string().is_empty()
}

/// The case made ready, and a column of numbers a slot that a path addresses.
fn ready(case: &Case) -> (Box<dyn Prepared>, Vec<Vec<f64>>) {
    let outputs: Vec<String> = case.outputs.iter().map(|output| (*output).to_owned()).collect();
    let prepared = catalogue::find(case.model).unwrap().prepare(&case.input, &[], &outputs).unwrap();
    let mut state = 7_u64;
    let mut between = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let columns = prepared.numbers().all().iter().map(|number| {
        let drawn: Vec<f64> = (0..DRAWN)
            .map(|_| number.value * (1.0 + case.spread * between()))
            .map(|value| {
                if number.domain.contains(value) && !number.path.to_string().is_empty() { value } else { number.value }
            })
            .collect();
        drawn.iter().copied().cycle().take(BLOCK).collect()
    });
    let columns = columns.collect();
    (prepared, columns)
}

/// Outputs and reasons of the first trials, and the allocations they took.
fn block(prepared: &dyn Prepared, columns: &[Vec<f64>], trials: usize) -> (Vec<Vec<f64>>, Vec<Option<Fault>>, u64) {
    let numbers = prepared.numbers();
    let draws: Vec<Draw<'_>> = numbers
        .all()
        .iter()
        .zip(columns)
        .filter(|(number, _)| is_addressed(number))
        .map(|(number, column)| Draw { slot: numbers.select(&number.path)[0], column })
        .collect();
    let mut outputs = vec![vec![0.0; trials]; prepared.outputs().len()];
    let mut faults = vec![0; trials];
    let mut reasons = Vec::with_capacity(254);
    let mut block = Block { draws: &draws, outputs: &mut outputs, faults: &mut faults, reasons: &mut reasons };
    let taken = counting::allocations(|| prepared.block(&mut block));
    let reason = |code: &u8| code.checked_sub(1).map(|position| reasons[usize::from(position)].clone());
    (outputs, faults.iter().map(reason).collect(), taken)
}

/// The input of one trial.
fn trial(case: &Case, prepared: &dyn Prepared, columns: &[Vec<f64>], i: usize) -> (Value, Vec<f64>) {
    let mut input = catalogue::find(case.model).unwrap().filled(&case.input).unwrap();
    for (number, column) in prepared.numbers().all().iter().zip(columns) {
        if is_addressed(number) {
            assert!(number.path.set(&mut input, &column[i].into()), "{}", number.path);
        }
    }
    (input, columns.iter().map(|column| column[i]).collect())
}

fn headline(case: &Case, input: &Value) -> Result<Vec<f64>, Error> {
    let output = evaluate(case.model, input)?;
    let number = |path: &&str| {
        let found = Path::parse(path, "path").unwrap().get(&output).and_then(Value::as_f64);
        found.ok_or_else(|| Error::undefined(*path, "this input has no such output"))
    };
    case.outputs.iter().map(number).collect()
}

#[test]
fn trials_have_the_bits_of_the_headline_and_its_reasons_where_there_is_no_value() {
    let (all, some) = cases();
    for case in all.iter().chain(&some).chain(&by_lanes()) {
        let (prepared, columns) = ready(case);
        let (outputs, faults, _) = block(&*prepared, &columns, DRAWN);
        for i in 0..DRAWN {
            let (input, numbers) = trial(case, &*prepared, &columns, i);
            let place = format!("{} {:?} {input}", case.model, case.outputs);
            match (headline(case, &input), prepared.evaluate(&numbers)) {
                (Ok(want), found) => {
                    assert_eq!(faults[i], None, "{place}");
                    assert_eq!(found.as_ref(), Ok(&want), "{place}");
                    assert_eq!(outputs.iter().map(|column| column[i]).collect::<Vec<_>>(), want, "{place}");
                }
                (Err(want), found) => {
                    assert_eq!(found.map_err(|error| error.to_string()), Err(want.to_string()), "{place}");
                    assert_eq!(faults[i], Some(Fault::from(&want)), "{place}");
                }
            }
        }
    }
}

#[test]
fn a_block_whose_trials_have_values_allocates_its_scratch_and_nothing_else() {
    for case in cases().0 {
        let (prepared, columns) = ready(&case);
        let (_, faults, taken) = block(&*prepared, &columns, BLOCK);
        assert_eq!(faults.iter().flatten().next(), None, "{} {}", case.model, case.input);
        assert!(taken <= MOST_ALLOCATIONS, "{} {:?}: {taken} allocations", case.model, case.outputs);
    }
}

#[test]
fn no_trial_allocates_be_it_valued_or_not() {
    let (all, some) = cases();
    for case in all.iter().chain(&some) {
        let (prepared, columns) = ready(case);
        let (_, _, few) = block(&*prepared, &columns, DRAWN);
        let (_, faults, many) = block(&*prepared, &columns, BLOCK);
        assert_eq!(few, many, "{} {:?}", case.model, case.outputs);
        if case.spread > 0.3 {
            let faulty = faults.iter().flatten().count();
            assert!(faulty > 0 && faulty < BLOCK, "{} {}: {faulty} faults", case.model, case.input);
        }
    }
}
