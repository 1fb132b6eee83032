//! A DCF input resolved once: stages, fades, defaults and overrides become one line a year, so that
//! the formula runs without asking what was given.

mod terminal;
mod years;

use super::input::{CostOfCapital, Dcf, ReinvestmentBasis, TerminalMethod};
use crate::model::{Problems, Series, Slot};
use crate::valuation::claims::ShareCount;
use crate::valuation::stages::Driver;

pub(in crate::valuation) use terminal::TerminalPlan;
use terminal::{blend, terminal_plan};
use years::{apply_overrides, by_forecast, by_stages};

/// Years in a row that follow from the same numbers in the same way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Position of the first of them.
    pub(super) first: usize,
    /// How many.
    pub(super) years: usize,
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

/// The whole valuation, resolved.
#[derive(Clone, Debug)]
pub(in crate::valuation) struct Plan<S> {
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
    pub(in crate::valuation) whole: TerminalPlan<S>,
    /// Items of the bridge with their sign.
    pub(super) bridge: Vec<(f64, S)>,
    pub(in crate::valuation) shares: Option<ShareCount<S>>,
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
    #[expect(clippy::inline_always, reason = "inside lane code")]
    pub(super) fn last_year(&self) -> &Year<S> {
        &self.years[self.years.len() - 1]
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
    let bridge = dcf.bridge.signed("bridge", problems);
    let shares = ShareCount::new(dcf.shares, dcf.rsus, &dcf.options, &dcf.convertibles, dcf.treasury_price, problems);
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
    /// The cost of capital of each year.
    pub(in crate::valuation) fn rates<'a>(&'a self, numbers: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.years.iter().map(|year| year.wacc.of(numbers))
    }

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
