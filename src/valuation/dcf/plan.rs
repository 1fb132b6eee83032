//! A DCF input resolved once: stages, fades, defaults and overrides become one line a year, so that
//! the formula runs without asking what was given.

use super::input::{
    CostOfCapital, Dcf, Drivers, Fade, Forecast, Metric, MetricBasis, ReinvestmentBasis, Terminal, TerminalMethod,
};
use crate::model::{Problems, Series, Slot};

/// Years in a row that follow from the same numbers in the same way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Position of the first of them.
    pub(super) first: usize,
    /// How many.
    pub(super) years: usize,
}

/// A driver of one year: the way from one number to another, or the other end itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Driver<S> {
    pub(super) from: S,
    pub(super) to: S,
    /// Part of the way that is done; 1 is `to`.
    pub(super) way: f64,
}

impl<S: Copy + PartialEq> Driver<S> {
    fn held(at: S) -> Self {
        Self { from: at, to: at, way: 1.0 }
    }
}

/// What one forecast year follows from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Year<S> {
    pub(super) operations: Operations<S>,
    pub(super) tax_rate: Option<Driver<S>>,
    pub(super) tax: Option<S>,
    pub(super) nopat: Option<S>,
    pub(super) reinvestment: Option<S>,
    pub(super) fcff: Option<S>,
    pub(super) wacc: S,
}

/// Revenue, profit and capital of one year.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operations<S> {
    /// By ratios.
    Drivers {
        growth: Driver<S>,
        ebit_margin: Driver<S>,
        sales_to_capital: Option<Driver<S>>,
        nwc_pct: Driver<S>,
        da_pct: Option<Driver<S>>,
        capex_pct: Option<Driver<S>>,
        reinvestment_rate: Option<Driver<S>>,
        revenue: Option<S>,
        ebit: Option<S>,
    },
    /// By amounts.
    Amounts { revenue: S, ebit: S, da: S, capex: S, nwc: S },
    /// Only the free cash flow is known.
    FlowOnly,
}

/// A method for the terminal value, with its defaults filled in where they are not the year's own.
#[derive(Clone, Debug)]
pub(super) struct TerminalPlan<S> {
    pub(super) method: TerminalMethod,
    pub(super) growth: S,
    pub(super) wacc: S,
    pub(super) min_spread: S,
    pub(super) normalize: bool,
    pub(super) fcff_next: Option<S>,
    pub(super) ebit_margin: Option<S>,
    pub(super) tax_rate: Option<S>,
    pub(super) sales_to_capital: Option<S>,
    pub(super) nwc_pct: Option<S>,
    pub(super) da_pct: Option<S>,
    pub(super) capex_pct: Option<S>,
    pub(super) ronic: Option<S>,
    pub(super) metric: Metric,
    pub(super) metric_basis: MetricBasis,
    pub(super) multiple: S,
    pub(super) growth_initial: Option<S>,
    pub(super) half_life: S,
    pub(super) asset_value: Option<S>,
    pub(super) recovery_rate: S,
    pub(super) costs: S,
    pub(super) weight: S,
}

/// The whole valuation, resolved.
#[derive(Clone, Debug)]
pub(super) struct Plan<S> {
    pub(super) years: Vec<Year<S>>,
    pub(super) runs: Vec<Run>,
    pub(super) basis: ReinvestmentBasis,
    pub(super) allow_divestment: bool,
    pub(super) base_revenue: Option<S>,
    pub(super) base_nwc: Option<S>,
    pub(super) base_invested_capital: Option<S>,
    pub(super) nol: Option<NolPlan<S>>,
    pub(super) mid_year: bool,
    pub(super) stub: Option<S>,
    /// One method, or the components of a blend.
    pub(super) terminal: Vec<TerminalPlan<S>>,
    /// The terminal object itself: growth, cost of capital and normalisation of the implied figures.
    pub(super) whole: TerminalPlan<S>,
    /// Items of the bridge with their sign.
    pub(super) bridge: Vec<(f64, S)>,
    pub(super) shares: Option<SharesPlan<S>>,
}

impl<S> Year<S> {
    /// Whether there is more than a free cash flow.
    pub(super) fn has_operations(&self) -> bool {
        !matches!(self.operations, Operations::FlowOnly)
    }

    /// Whether depreciation is told.
    pub(super) fn has_da(&self) -> bool {
        match &self.operations {
            Operations::Drivers { da_pct, .. } => da_pct.is_some(),
            Operations::Amounts { .. } => true,
            Operations::FlowOnly => false,
        }
    }

    /// Whether after-tax operating profit is told.
    pub(super) fn has_nopat(&self) -> bool {
        self.has_operations() || self.nopat.is_some()
    }
}

impl<S: Copy + PartialEq> Plan<S> {
    /// The last year of the forecast.
    #[inline(always)]
    pub(super) fn last_year(&self) -> &Year<S> {
        &self.years[self.years.len() - 1]
    }

    /// Losses carried into the forecast.
    #[inline(always)]
    pub(super) fn opening_nol(&self) -> Option<S> {
        match &self.nol {
            Some(nol) => Some(nol.opening),
            None => None,
        }
    }

    /// Whether the basis tells net capital expenditure apart from working capital.
    pub(super) fn has_net_capex(&self) -> bool {
        matches!(self.basis, ReinvestmentBasis::SalesToFixedCapital | ReinvestmentBasis::CapexDaNwc)
    }
}

/// Carry-forward of losses.
#[derive(Clone, Copy, Debug)]
pub(super) struct NolPlan<S> {
    pub(super) opening: S,
    pub(super) usage_limit: S,
    pub(super) add_losses: bool,
}

/// Shares and what dilutes them.
#[derive(Clone, Debug)]
pub(super) struct SharesPlan<S> {
    pub(super) basic: S,
    pub(super) rsus: Option<S>,
    /// Count and strike.
    pub(super) options: Vec<(S, S)>,
    /// Principal and shares.
    pub(super) convertibles: Vec<(S, S)>,
    pub(super) treasury_price: Option<S>,
}

/// Resolves `dcf`; `constant` makes a number that the input does not hold. `None` when there are problems.
pub(super) fn resolve<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<Plan<S>> {
    let mut years = match (&dcf.stages, &dcf.forecast) {
        (Some(stages), None) => by_stages(dcf, stages, constant, problems),
        (None, Some(forecast)) => by_forecast(dcf, forecast, constant, problems),
        (None, None) => {
            problems.missing("stages", "one of stages and forecast is required");
            return None;
        }
        (Some(_), Some(_)) => {
            problems.refuse("forecast", "given", "not together with stages: give one of the two");
            return None;
        }
    }?;
    if years.is_empty() || years.len() > 200 {
        problems.refuse("stages", years.len(), "a forecast of 1 to 200 years");
        return None;
    }
    apply_overrides(dcf, &mut years, problems);
    // A rate that is still to be computed is the same in all years.
    let unknown = Series::Flat(constant(0.0));
    let rates = match &dcf.wacc {
        CostOfCapital::Rates(rates) => rates,
        CostOfCapital::Wacc(_) => &unknown,
    };
    rates.check_length(years.len(), "wacc", problems);
    if !problems.is_empty() {
        return None;
    }
    for (i, year) in years.iter_mut().enumerate() {
        year.wacc = rates.at(i);
    }
    let last_wacc = years[years.len() - 1].wacc;

    let whole = terminal_plan(dcf, &dcf.terminal, "terminal", &years, last_wacc, constant, problems);
    if dcf.terminal.method != TerminalMethod::Blend && !dcf.terminal.components.0.is_empty() {
        problems.refuse("terminal.components", "given", "only with method blend");
    }
    let terminal = if dcf.terminal.method == TerminalMethod::Blend {
        blend(dcf, &years, last_wacc, constant, problems)
    } else {
        vec![whole.clone()]
    };
    let bridge = bridge(dcf, problems);
    let shares = shares(dcf, problems);
    check_timing(dcf, problems);

    let flow_only = matches!(years[0].operations, Operations::FlowOnly);
    if dcf.base_invested_capital.is_some() && flow_only {
        problems.refuse(
            "base_invested_capital",
            "given",
            "not with forecast.fcff, which has no reinvestment to add to it",
        );
    }
    problems.is_empty().then(|| Plan {
        runs: runs(&years, dcf.stub.is_some() || dcf.valuation_date.is_some()),
        years,
        basis: if dcf.forecast.is_some() { ReinvestmentBasis::CapexDaNwc } else { dcf.reinvestment_basis },
        allow_divestment: dcf.allow_divestment,
        base_revenue: dcf.base_revenue,
        base_nwc: dcf.base_nwc,
        base_invested_capital: dcf.base_invested_capital,
        nol: dcf.nol.as_ref().map(|nol| NolPlan {
            opening: nol.opening,
            usage_limit: nol.usage_limit,
            add_losses: nol.add_losses,
        }),
        mid_year: dcf.mid_year,
        stub: stub(dcf, constant),
        terminal,
        whole,
        bridge,
        shares,
    })
}

/// Groups years that are alike; a first year of which only a part is left stands alone.
fn runs<S: PartialEq>(years: &[Year<S>], has_stub: bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (i, year) in years.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if *year == years[run.first] && !(has_stub && run.first == 0) => run.years += 1,
            _ => runs.push(Run { first: i, years: 1 }),
        }
    }
    runs
}

/// One driver of each record of drivers, with its name.
type Pick<S> = (&'static str, fn(&Drivers<S>) -> Option<S>);

fn by_stages<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    stages: &[super::input::Stage<S>],
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<Vec<Year<S>>> {
    if dcf.base_revenue.is_none() {
        problems.missing("base_revenue", "required with stages: finite number > 0");
    }
    if stages.is_empty() {
        problems.refuse("stages", serde_json::json!([]), "at least one stage");
        return None;
    }
    let basis = dcf.reinvestment_basis;
    let no_nwc = basis == ReinvestmentBasis::SalesToInvestedCapital;
    if no_nwc {
        refuse_nwc(dcf, stages, problems);
    }
    let s2c = matches!(basis, ReinvestmentBasis::SalesToFixedCapital | ReinvestmentBasis::SalesToInvestedCapital);
    let capex = basis == ReinvestmentBasis::CapexDaNwc;
    let rate = basis == ReinvestmentBasis::ReinvestmentRate;
    let zero = constant(0.0);

    let mut column = |pick: Pick<S>, default: Option<S>, required: bool, why: &str| {
        spread(dcf, stages, pick, default, required, why, problems)
    };
    let growth = column(("growth", |d| d.growth), None, true, "required");
    let ebit_margin = column(("ebit_margin", |d| d.ebit_margin), None, true, "required");
    let tax_rate =
        column(("tax_rate", |d| d.tax_rate), dcf.tax_rate, true, "required here or as tax_rate of the whole");
    let sales_to_capital =
        column(("sales_to_capital", |d| d.sales_to_capital), None, s2c, "required by reinvestment_basis");
    let nwc_pct = column(("nwc_pct", |d| d.nwc_pct), Some(zero), false, "");
    let da_pct = column(("da_pct", |d| d.da_pct), None, capex, "required by reinvestment_basis capex_da_nwc");
    let capex_pct = column(("capex_pct", |d| d.capex_pct), None, capex, "required by reinvestment_basis capex_da_nwc");
    let reinvestment_rate = column(
        ("reinvestment_rate", |d| d.reinvestment_rate),
        None,
        rate,
        "required by reinvestment_basis reinvestment_rate",
    );
    if !problems.is_empty() {
        return None;
    }
    Some(
        (0..growth.len())
            .map(|i| Year {
                operations: Operations::Drivers {
                    // The required ones are there, or there would be a problem.
                    growth: growth[i].unwrap_or(Driver::held(zero)),
                    ebit_margin: ebit_margin[i].unwrap_or(Driver::held(zero)),
                    sales_to_capital: sales_to_capital[i],
                    nwc_pct: nwc_pct[i].unwrap_or(Driver::held(zero)),
                    da_pct: da_pct[i],
                    capex_pct: capex_pct[i],
                    reinvestment_rate: reinvestment_rate[i],
                    revenue: None,
                    ebit: None,
                },
                tax_rate: tax_rate[i],
                tax: None,
                nopat: None,
                reinvestment: None,
                fcff: None,
                wacc: zero,
            })
            .collect(),
    )
}

fn refuse_nwc<S: Copy + PartialEq>(dcf: &Dcf<S>, stages: &[super::input::Stage<S>], problems: &mut Problems) {
    let given = stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| stage.nwc_pct.is_some())
        .map(|(i, _)| format!("stages[{i}].nwc_pct"))
        .chain(dcf.base.iter().filter(|base| base.nwc_pct.is_some()).map(|_| "base.nwc_pct".to_owned()))
        .chain(dcf.terminal.nwc_pct.iter().map(|_| "terminal.nwc_pct".to_owned()));
    for field in given {
        problems.refuse(
            field,
            "given",
            "not with reinvestment_basis sales_to_invested_capital, whose ratio already contains working capital",
        );
    }
}

/// The values of one driver over all years, by the rules for stages and fades.
fn spread<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    stages: &[super::input::Stage<S>],
    (name, pick): Pick<S>,
    default: Option<S>,
    required: bool,
    why: &str,
    problems: &mut Problems,
) -> Vec<Option<Driver<S>>> {
    let base = dcf.base.as_ref().and_then(pick);
    let mut previous = None;
    let mut years = Vec::new();
    for (i, stage) in stages.iter().enumerate() {
        let target = pick(&stage.drivers());
        let count = stage.years as usize;
        let Some(target) = target else {
            let held = previous.or(base).or(default);
            if held.is_none() && required {
                problems.missing(format!("stages[{i}].{name}"), why);
            }
            previous = held;
            years.extend(std::iter::repeat_n(held.map(Driver::held), count));
            continue;
        };
        let from = if i == 0 { base } else { previous };
        if stage.fade != Fade::Step && from.is_none() {
            problems.missing(
                if i == 0 { format!("base.{name}") } else { format!("stages[{}].{name}", i - 1) },
                format!("required, since stage {i} fades {name} from it"),
            );
        }
        years.extend((1..=count).map(|year| {
            let x = year as f64 / count as f64;
            let way = match stage.fade {
                Fade::Step => 1.0,
                Fade::Linear => x,
                Fade::SCurve => x * x * (3.0 - 2.0 * x),
            };
            Some(Driver { from: from.unwrap_or(target), to: target, way })
        }));
        previous = Some(target);
    }
    years
}

fn by_forecast<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    forecast: &Forecast<S>,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<Vec<Year<S>>> {
    let zero = constant(0.0);
    let amounts = [
        ("revenue", &forecast.revenue),
        ("ebit", &forecast.ebit),
        ("da", &forecast.da),
        ("capex", &forecast.capex),
        ("nwc", &forecast.nwc),
    ];
    let by_amounts = forecast.fcff.is_none();
    if by_amounts {
        for (name, values) in &amounts {
            if values.is_none() {
                problems.missing(format!("forecast.{name}"), "required unless forecast.fcff is given");
            }
        }
        if dcf.base_nwc.is_none() {
            problems.missing("base_nwc", "required with forecast.nwc");
        }
        if dcf.tax_rate.is_none() && forecast.nopat.is_none() {
            problems
                .missing("tax_rate", "required unless every stage has it, or forecast.fcff or forecast.nopat is given");
        }
    } else {
        for (name, values) in &amounts {
            if values.is_some() {
                problems.refuse(format!("forecast.{name}"), "given", "not together with forecast.fcff");
            }
        }
    }
    let all = amounts.into_iter().chain([("fcff", &forecast.fcff), ("nopat", &forecast.nopat)]);
    let given: Vec<_> = all.filter_map(|(name, values)| values.as_ref().map(|values| (name, values))).collect();
    let length = given.first().map_or(0, |(_, values)| values.len());
    for (name, values) in given {
        if values.len() != length || length == 0 {
            problems.refuse(
                format!("forecast.{name}"),
                values.len(),
                format!("all arrays of the forecast have one length of at least 1 (the first has {length})"),
            );
        }
    }
    if !problems.is_empty() {
        return None;
    }
    let at = |values: &Option<Vec<S>>, i: usize| values.as_ref().map(|values| values[i]);
    let year = |i: usize| {
        let operations = match (
            at(&forecast.revenue, i),
            at(&forecast.ebit, i),
            at(&forecast.da, i),
            at(&forecast.capex, i),
            at(&forecast.nwc, i),
        ) {
            (Some(revenue), Some(ebit), Some(da), Some(capex), Some(nwc)) => {
                Operations::Amounts { revenue, ebit, da, capex, nwc }
            }
            _ => Operations::FlowOnly,
        };
        Year {
            operations,
            tax_rate: dcf.tax_rate.map(Driver::held),
            tax: None,
            nopat: at(&forecast.nopat, i),
            reinvestment: None,
            fcff: at(&forecast.fcff, i),
            wacc: zero,
        }
    };
    Some((0..length).map(year).collect())
}

fn apply_overrides<S: Copy + PartialEq>(dcf: &Dcf<S>, years: &mut [Year<S>], problems: &mut Problems) {
    let mut seen = Vec::new();
    for (i, change) in dcf.overrides.iter().enumerate() {
        let number = change.year as usize;
        let field = format!("overrides[{i}].year");
        if number > years.len() {
            problems.refuse(field, change.year, format!("a year of the forecast: 1 to {}", years.len()));
            continue;
        }
        if seen.contains(&number) {
            problems.refuse(field, change.year, "one override a year");
            continue;
        }
        seen.push(number);
        let year = &mut years[number - 1];
        let drivers = change.drivers();
        let set = |target: &mut Option<Driver<S>>, value: Option<S>| {
            if let Some(value) = value {
                *target = Some(Driver::held(value));
            }
        };
        set(&mut year.tax_rate, drivers.tax_rate);
        year.tax = change.tax.or(year.tax);
        year.reinvestment = change.reinvestment.or(year.reinvestment);
        year.fcff = change.fcff.or(year.fcff);
        match &mut year.operations {
            Operations::Drivers {
                growth,
                ebit_margin,
                sales_to_capital,
                nwc_pct,
                da_pct,
                capex_pct,
                reinvestment_rate,
                revenue,
                ebit,
            } => {
                *growth = drivers.growth.map_or(*growth, Driver::held);
                *ebit_margin = drivers.ebit_margin.map_or(*ebit_margin, Driver::held);
                *nwc_pct = drivers.nwc_pct.map_or(*nwc_pct, Driver::held);
                set(sales_to_capital, drivers.sales_to_capital);
                set(da_pct, drivers.da_pct);
                set(capex_pct, drivers.capex_pct);
                set(reinvestment_rate, drivers.reinvestment_rate);
                *revenue = change.revenue;
                *ebit = change.ebit;
                if drivers.nwc_pct.is_some() && dcf.reinvestment_basis == ReinvestmentBasis::SalesToInvestedCapital {
                    problems.refuse(
                        format!("overrides[{i}].nwc_pct"),
                        "given",
                        "not with reinvestment_basis sales_to_invested_capital, whose ratio already contains working capital",
                    );
                }
            }
            Operations::Amounts { revenue, ebit, .. } => {
                *revenue = change.revenue.unwrap_or(*revenue);
                *ebit = change.ebit.unwrap_or(*ebit);
                refuse_drivers(i, &drivers, problems);
            }
            Operations::FlowOnly => {
                let items = [("revenue", change.revenue), ("ebit", change.ebit), ("tax", change.tax)];
                for (name, _) in items.iter().filter(|(_, value)| value.is_some()) {
                    problems.refuse(format!("overrides[{i}].{name}"), "given", "only fcff, with forecast.fcff");
                }
                refuse_drivers(i, &drivers, problems);
            }
        }
    }
}

fn refuse_drivers<S: Copy + PartialEq>(i: usize, drivers: &Drivers<S>, problems: &mut Problems) {
    let given = [
        ("growth", drivers.growth),
        ("ebit_margin", drivers.ebit_margin),
        ("sales_to_capital", drivers.sales_to_capital),
        ("nwc_pct", drivers.nwc_pct),
        ("da_pct", drivers.da_pct),
        ("capex_pct", drivers.capex_pct),
        ("reinvestment_rate", drivers.reinvestment_rate),
    ];
    for (name, _) in given.iter().filter(|(_, value)| value.is_some()) {
        problems.refuse(
            format!("overrides[{i}].{name}"),
            "given",
            "not with forecast, which gives amounts, not ratios",
        );
    }
}

fn blend<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    years: &[Year<S>],
    last_wacc: S,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Vec<TerminalPlan<S>> {
    let components = &dcf.terminal.components.0;
    if components.is_empty() {
        problems.missing("terminal.components", "required by method blend: at least one");
    }
    components
        .iter()
        .enumerate()
        .map(|(i, component)| {
            let place = format!("terminal.components[{i}]");
            if component.method == TerminalMethod::Blend {
                problems.refuse(format!("{place}.method"), "blend", "a method other than blend");
            }
            if component.weight.is_none() {
                problems.missing(format!("{place}.weight"), "required in a blend: finite number >= 0");
            }
            terminal_plan(dcf, component, &place, years, last_wacc, constant, problems)
        })
        .collect()
}

fn terminal_plan<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    terminal: &Terminal<S>,
    place: &str,
    years: &[Year<S>],
    last_wacc: S,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> TerminalPlan<S> {
    let last = &years[years.len() - 1];
    let normalize = terminal.normalize.unwrap_or(dcf.forecast.is_none());
    let mut require = |given: bool, name: &str, why: &str| {
        if !given {
            problems.missing(format!("{place}.{name}"), why.to_owned());
        }
    };
    let method = terminal.method;
    let ntm = method == TerminalMethod::ExitMultiple && terminal.metric_basis == MetricBasis::Ntm;
    let by_growth = matches!(method, TerminalMethod::Gordon | TerminalMethod::ValueDriver | TerminalMethod::HModel);
    require(!(by_growth || ntm) || terminal.growth.is_some(), "growth", "required by this method: finite number > -1");

    let metric = terminal.metric;
    if method == TerminalMethod::ExitMultiple {
        require(terminal.multiple.is_some(), "multiple", "required by method exit_multiple: finite number > 0");
        let (has_da, has_amounts) = match &last.operations {
            Operations::Drivers { da_pct, .. } => (da_pct.is_some() || (ntm && terminal.da_pct.is_some()), true),
            Operations::Amounts { .. } => (true, true),
            Operations::FlowOnly => (false, false),
        };
        let has_metric = match metric {
            Metric::Ebitda => has_da,
            Metric::Ebit | Metric::Revenue => has_amounts,
            Metric::Nopat => has_amounts || last.nopat.is_some(),
            Metric::Fcff => true,
        };
        require(
            has_metric,
            "metric",
            "a metric that the forecast supplies (ebitda needs depreciation: da_pct or forecast.da)",
        );
    }
    if method == TerminalMethod::HModel {
        require(terminal.half_life.is_some(), "half_life", "required by method h_model: finite number >= 0");
        let growth_known = match &last.operations {
            Operations::Drivers { .. } => true,
            Operations::Amounts { .. } => years.len() > 1 || dcf.base_revenue.is_some(),
            Operations::FlowOnly => false,
        };
        require(
            terminal.growth_initial.is_some() || growth_known,
            "growth_initial",
            "required, since the forecast does not tell the last year's growth",
        );
    }
    if method == TerminalMethod::Liquidation {
        require(
            terminal.asset_value.is_some() || dcf.base_invested_capital.is_some(),
            "asset_value",
            "required by method liquidation unless base_invested_capital is given",
        );
    }
    // The terminal year's profit and reinvestment, where the method asks for them.
    let asks_flow =
        matches!(method, TerminalMethod::Gordon | TerminalMethod::HModel) || (ntm && metric == Metric::Fcff);
    let asks_profit = method == TerminalMethod::ValueDriver || (ntm && metric == Metric::Nopat);
    let flow_only = matches!(last.operations, Operations::FlowOnly);
    let normalized = asks_flow && normalize && terminal.fcff_next.is_none();
    if flow_only && normalized {
        require(false, "fcff_next", "required to normalise a forecast of fcff alone; or set normalize to false");
    }
    if flow_only && asks_profit && last.nopat.is_none() {
        require(
            false,
            "method",
            "a method the forecast can supply: forecast.fcff alone has no nopat (give forecast.nopat)",
        );
    }
    let has_tax = terminal.tax_rate.is_some() || last.tax_rate.is_some();
    if (asks_profit || normalized) && !flow_only && last.nopat.is_none() && !has_tax {
        require(false, "tax_rate", "required for the terminal year");
    }
    let unknown = constant(0.0);
    TerminalPlan {
        method,
        growth: terminal.growth.unwrap_or(unknown),
        wacc: terminal.wacc.unwrap_or(last_wacc),
        min_spread: terminal.min_spread,
        normalize,
        fcff_next: terminal.fcff_next,
        ebit_margin: terminal.ebit_margin,
        tax_rate: terminal.tax_rate,
        sales_to_capital: terminal.sales_to_capital,
        nwc_pct: terminal.nwc_pct,
        da_pct: terminal.da_pct,
        capex_pct: terminal.capex_pct,
        ronic: terminal.ronic,
        metric,
        metric_basis: terminal.metric_basis,
        multiple: terminal.multiple.unwrap_or(unknown),
        growth_initial: terminal.growth_initial,
        half_life: terminal.half_life.unwrap_or(unknown),
        asset_value: terminal.asset_value,
        recovery_rate: terminal.recovery_rate,
        costs: terminal.costs,
        weight: terminal.weight.unwrap_or(unknown),
    }
}

fn bridge<S: Copy + PartialEq>(dcf: &Dcf<S>, problems: &mut Problems) -> Vec<(f64, S)> {
    let bridge = &dcf.bridge;
    if bridge.net_debt.is_some() && (bridge.debt.is_some() || bridge.cash.is_some()) {
        problems.refuse("bridge.net_debt", "given", "either net_debt, or debt and cash, not both");
    }
    let claims = bridge
        .net_debt
        .into_iter()
        .chain(bridge.debt)
        .chain([bridge.leases, bridge.pension_deficit, bridge.preferred, bridge.minority_interest])
        .chain(bridge.other_claims.iter().map(|claim| claim.amount))
        .map(|item| (-1.0, item));
    let assets = bridge
        .cash
        .into_iter()
        .chain([bridge.associates, bridge.non_operating_assets])
        .chain(bridge.other_assets.iter().map(|asset| asset.amount))
        .map(|item| (1.0, item));
    claims.chain(assets).collect()
}

fn shares<S: Copy + PartialEq>(dcf: &Dcf<S>, problems: &mut Problems) -> Option<SharesPlan<S>> {
    let dilution = !dcf.options.is_empty() || !dcf.convertibles.is_empty() || dcf.rsus.is_some();
    let Some(basic) = dcf.shares else {
        if dilution || dcf.treasury_price.is_some() {
            problems.missing("shares", "required with options, rsus, convertibles or treasury_price");
        }
        return None;
    };
    Some(SharesPlan {
        basic,
        rsus: dcf.rsus,
        options: dcf.options.iter().map(|option| (option.count, option.strike)).collect(),
        convertibles: dcf.convertibles.iter().map(|convertible| (convertible.principal, convertible.shares)).collect(),
        treasury_price: dcf.treasury_price,
    })
}

/// The stub given, or the one between the two dates; `None` is a whole first year.
fn stub<S: Copy + PartialEq>(dcf: &Dcf<S>, constant: &mut dyn FnMut(f64) -> S) -> Option<S> {
    match (dcf.valuation_date, dcf.first_year_end) {
        (Some(start), Some(end)) => Some(constant(dcf.day_count.year_fraction(start, end))),
        _ => dcf.stub,
    }
}

fn check_timing<S: Copy + PartialEq>(dcf: &Dcf<S>, problems: &mut Problems) {
    match (dcf.valuation_date, dcf.first_year_end) {
        (None, None) => {}
        (Some(start), Some(end)) => {
            let years = dcf.day_count.year_fraction(start, end);
            if dcf.stub.is_some() {
                problems.refuse("stub", "given", "either stub, or valuation_date and first_year_end, not both");
            } else if !(years > 0.0 && years <= 1.0) {
                problems.refuse("first_year_end", end.to_string(), "after valuation_date, by at most one year");
            }
        }
        (None, Some(_)) => problems.missing("valuation_date", "required with first_year_end"),
        (Some(_), None) => problems.missing("first_year_end", "required with valuation_date"),
    }
}

impl Plan<Slot> {
    /// The number that an optional field stands for when it is not given.
    pub(super) fn default_at(&self, path: &str, numbers: &[f64]) -> Option<f64> {
        let (_, horizon) = self.forecast(numbers, &mut ());
        let year = self.last_year();
        let last = &horizon.last;
        let of = |driver: Option<&Driver<Slot>>| driver.map(|driver| driver.of(numbers));
        match (path, &year.operations) {
            ("terminal.wacc" | "terminal.ronic", _) => Some(self.whole.wacc.of(numbers)),
            ("terminal.growth", _) => Some(self.whole.growth.of(numbers)),
            ("terminal.tax_rate", _) => of(year.tax_rate.as_ref()),
            ("terminal.ebit_margin", _) => year.has_operations().then(|| last.ebit / last.revenue),
            ("terminal.asset_value", _) => self.base_invested_capital.map(|_| horizon.invested_capital),
            ("terminal.nwc_pct", Operations::Drivers { nwc_pct, .. }) => of(Some(nwc_pct)),
            ("terminal.da_pct", Operations::Drivers { da_pct, .. }) => of(da_pct.as_ref()),
            ("terminal.capex_pct", Operations::Drivers { capex_pct, .. }) => of(capex_pct.as_ref()),
            ("terminal.sales_to_capital", Operations::Drivers { sales_to_capital, .. }) => {
                of(sales_to_capital.as_ref())
            }
            ("base_nwc", Operations::Drivers { .. }) => Some(self.opening_nwc(numbers)),
            ("bridge.net_debt", _) if self.bridge.iter().all(|(_, slot)| slot.of(numbers) == 0.0) => Some(0.0),
            ("bridge.cash" | "bridge.debt" | "rsus", _) => Some(0.0),
            _ => None,
        }
    }
}
