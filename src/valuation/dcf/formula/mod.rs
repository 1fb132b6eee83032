//! The discounted cash-flow formula, over any number type.
//!
//! Year by year: drivers to free cash flow (`year`), discounted; then the terminal value
//! (`terminal`); then the bridge to equity and the dilution to a share (`claims`). Lanes of trials,
//! dual numbers and the headline valuation all run this code. Sources: Koller, Goedhart and Wessels,
//! "Valuation"; Damodaran, "Investment Valuation".

mod terminal;
mod year;

use super::input::TerminalMethod;
use super::plan::{Operations, Plan, Year};
use crate::error::Error;
use crate::model::{Formula, Slot};
use crate::number::Number;
use crate::valuation::claims::bridge_sum;

pub(in crate::valuation) use terminal::at_horizon;
pub(in crate::valuation) use year::Flows;
use year::{State, given_or};

/// Why there is no value; carried as a number beside it.
pub(in crate::valuation) mod fault {
    pub(in crate::valuation) const SPREAD: f64 = 1.0;
    pub(super) const METRIC: f64 = 2.0;
    pub(super) const RONIC: f64 = 3.0;
    pub(super) const WEIGHTS: f64 = 4.0;
}

/// How a run of years is discounted.
#[derive(Clone, Copy, Debug)]
struct Pace<N> {
    wacc: N,
    /// Of the whole year, and until its flow arrives.
    factor: N,
    arrival: N,
    /// The part of the year that is still to come, of a first year that has begun.
    length: Option<N>,
}

impl<N: Number> Pace<N> {
    /// Whole years, whose flows arrive at their ends.
    #[inline(always)]
    fn of(wacc: N) -> Self {
        let factor = N::constant(1.0) / (wacc + 1.0);
        Self { wacc, factor, arrival: factor, length: None }
    }

    /// The line of one of the years; the factor moves to the year's end.
    #[inline(always)]
    fn enter(&self, flows: Flows<N>, end_factor: &mut N) -> Entry<N> {
        let discount_factor = *end_factor * self.arrival;
        *end_factor = *end_factor * self.factor;
        Entry { flows, wacc: self.wacc, discount_factor, length: self.length }
    }
}

/// Where the yearly figures go, with rate and discount factor; nowhere in a simulation.
pub(in crate::valuation) trait Ledger<N> {
    fn enter(&mut self, year: Entry<N>);
}

/// A line of the ledger.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Entry<N> {
    pub(in crate::valuation) flows: Flows<N>,
    pub(in crate::valuation) wacc: N,
    pub(in crate::valuation) discount_factor: N,
    /// The part of the year that is still to come, of a first year that has begun.
    length: Option<N>,
}

impl<N: Number> Entry<N> {
    /// What a flow of this whole year is worth now, of the part still to come.
    #[inline(always)]
    pub(in crate::valuation) fn pv(&self, flow: N) -> N {
        let counted = match self.length {
            Some(length) => flow * length,
            None => flow,
        };
        counted * self.discount_factor
    }
}

impl<N> Ledger<N> for () {
    #[inline(always)]
    fn enter(&mut self, _: Entry<N>) {}
}

impl<N> Ledger<N> for Vec<Entry<N>> {
    fn enter(&mut self, year: Entry<N>) {
        self.push(year);
    }
}

/// The figures of a valuation that do not depend on the year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals<N> {
    pub(super) fault: N,
    pub(super) enterprise_value: N,
    pub(super) equity_value: N,
    pub(super) value_per_share: N,
    pub(super) diluted_shares: N,
    pub(super) pv_fcff: N,
    pub(super) pv_terminal: N,
    pub(super) terminal_value: N,
    pub(super) end_factor: N,
}

/// What equity is worth.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Equity<N> {
    pub(in crate::valuation) value: N,
    /// 0 without shares.
    pub(in crate::valuation) per_share: N,
    pub(super) diluted_shares: N,
}

/// What the terminal value follows from.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Horizon<N> {
    pub(super) last: Flows<N>,
    /// Free cash flow without the tax saved by losses carried forward.
    pub(super) fcff: N,
    /// Meant only when the plan has an opening capital.
    pub(super) invested_capital: N,
    pub(in crate::valuation) end_factor: N,
}

impl Plan<Slot> {
    /// The whole valuation.
    #[inline(always)]
    pub(super) fn value<N: Number>(&self, x: &[N], ledger: &mut impl Ledger<N>) -> Totals<N> {
        let (pv_fcff, horizon) = self.forecast(x, ledger);
        let mut fault = N::constant(0.0);
        let (terminal_value, pv_terminal) = self.beyond(&horizon, |wacc| wacc, x, &mut fault);
        let enterprise_value = pv_fcff + pv_terminal;
        let equity = self.equity(enterprise_value, x);
        Totals {
            fault,
            enterprise_value,
            equity_value: equity.value,
            value_per_share: equity.per_share,
            diluted_shares: equity.diluted_shares,
            pv_fcff,
            pv_terminal,
            terminal_value,
            end_factor: horizon.end_factor,
        }
    }

    /// Terminal value, of one method or blended, and its present value. `discount` is the rate to
    /// discount at, of the rate given: the two differ where debt saves tax.
    #[inline(always)]
    pub(in crate::valuation) fn beyond<N: Number>(
        &self,
        horizon: &Horizon<N>,
        discount: impl Fn(N) -> N,
        x: &[N],
        fault: &mut N,
    ) -> (N, N) {
        let [mut terminal_value, mut pv_terminal, mut weights] = [N::constant(0.0); 3];
        for component in &self.terminal {
            let (value, pv) = self.terminal_value(component, horizon, &discount, x, fault);
            // A method alone has no weight.
            if self.whole.method != TerminalMethod::Blend {
                return (value, pv);
            }
            let weight = component.weight.of(x);
            terminal_value = terminal_value + value * weight;
            pv_terminal = pv_terminal + pv * weight;
            weights = weights + weight;
        }
        let off = (weights - 1.0).abs();
        raise(fault, N::constant(1e-9), off, fault::WEIGHTS);
        (terminal_value, pv_terminal)
    }

    /// From the value of operations over the bridge to a share.
    #[inline(always)]
    pub(in crate::valuation) fn equity<N: Number>(&self, operations: N, x: &[N]) -> Equity<N> {
        // Summed by itself, since nothing of it waits for the value of the firm.
        let bridge = bridge_sum(&self.bridge, x);
        let value = operations + bridge;
        let (per_share, diluted_shares) = match &self.shares {
            Some(shares) => shares.per_share(value, x),
            None => (N::constant(0.0), N::constant(0.0)),
        };
        Equity { value, per_share, diluted_shares }
    }

    /// The forecast years: present value of the flows, and where they end.
    #[inline(always)]
    pub(in crate::valuation) fn forecast<N: Number>(&self, x: &[N], ledger: &mut impl Ledger<N>) -> (N, Horizon<N>) {
        let zero = N::constant(0.0);
        let mut state = State {
            revenue: given_or(self.base_revenue, zero, x),
            nwc: self.opening_nwc(x),
            nol: match &self.nol {
                Some(nol) => nol.opening.of(x),
                None => zero,
            },
        };
        let mut invested_capital = given_or(self.base_invested_capital, zero, x);
        let mut end_factor = N::constant(1.0);
        let mut pv_fcff = zero;
        let mut last = Flows::none();
        for run in &self.runs {
            let year = &self.years[run.first];
            let terms = year.terms(x);
            let pace = self.pace(run.first, year.wacc.of(x), x);
            for _ in 0..run.years {
                let flows = self.flows(year, &terms, &mut state, x);
                invested_capital = invested_capital + flows.reinvestment;
                let entry = pace.enter(flows, &mut end_factor);
                pv_fcff = pv_fcff + entry.pv(flows.fcff);
                ledger.enter(entry);
                last = flows;
            }
        }
        let fcff = match self.last_year() {
            Year {
                operations: Operations::Drivers { .. } | Operations::Amounts { .. }, fcff: None, tax: None, ..
            } => last.fcff - last.tax_saved,
            _ => last.fcff,
        };
        (pv_fcff, Horizon { last, fcff, invested_capital, end_factor })
    }

    /// The present value of a forecast that is flows alone, one a year, at the rate `wacc` of all years, and
    /// the factor that discounts from its end: what a year brings does not depend on the rate, so a forecast
    /// made once is discounted at many.
    #[inline(always)]
    pub(in crate::valuation) fn discounted<N: Number>(
        &self,
        flows: impl Iterator<Item = N>,
        wacc: N,
        x: &[N],
        ledger: &mut impl Ledger<N>,
    ) -> (N, N) {
        discount(flows, self.pace(0, wacc, x), self.pace(1, wacc, x), ledger)
    }

    /// How years from position `first` on are discounted at the rate `wacc`.
    #[inline(always)]
    fn pace<N: Number>(&self, first: usize, wacc: N, x: &[N]) -> Pace<N> {
        // The part of the year that is still to come, in the first year.
        let length = match self.stub {
            Some(slot) if first == 0 => Some(slot.of(x)),
            _ => None,
        };
        let factor = match length {
            Some(length) => (wacc + 1.0).pow(-length),
            None => N::constant(1.0) / (wacc + 1.0),
        };
        let arrival = if self.mid_year { factor.sqrt() } else { factor };
        Pace { wacc, factor, arrival, length }
    }

    #[inline(always)]
    pub(super) fn opening_nwc<N: Number>(&self, x: &[N]) -> N {
        match (self.base_nwc, self.base_revenue, &self.years[0].operations) {
            (Some(nwc), _, _) => nwc.of(x),
            (None, Some(revenue), Operations::Drivers { nwc_pct, .. }) => revenue.of(x) * nwc_pct.of(x),
            _ => N::constant(0.0),
        }
    }
}

/// As [`Plan::discounted`] where flows arrive at the ends of whole years.
#[inline(always)]
pub(in crate::valuation) fn discounted_by_years<N: Number>(
    flows: impl Iterator<Item = N>,
    wacc: N,
    ledger: &mut impl Ledger<N>,
) -> (N, N) {
    discount(flows, Pace::of(wacc), Pace::of(wacc), ledger)
}

#[inline(always)]
fn discount<N: Number>(
    flows: impl Iterator<Item = N>,
    first: Pace<N>,
    later: Pace<N>,
    ledger: &mut impl Ledger<N>,
) -> (N, N) {
    let mut end_factor = N::constant(1.0);
    let mut pv = N::constant(0.0);
    let mut pace = first;
    for fcff in flows {
        let entry = pace.enter(Flows { fcff, ..Flows::none() }, &mut end_factor);
        pv = pv + entry.pv(fcff);
        ledger.enter(entry);
        pace = later;
    }
    (pv, end_factor)
}

/// Records `code` unless `value > bound` or an earlier fault stands.
#[inline(always)]
pub(in crate::valuation) fn raise<N: Number>(fault: &mut N, value: N, bound: N, code: f64) {
    let here = bound.if_less(value, N::constant(0.0), N::constant(code));
    *fault = first(*fault, here);
}

/// The fault that stands: an earlier one, else a later one.
#[inline(always)]
pub(in crate::valuation) fn first<N: Number>(earlier: N, later: N) -> N {
    N::constant(0.0).if_less(earlier, earlier, later)
}

/// The names of what the formula computes for blocks of trials.
pub(super) const COMPUTED: &[&str] = &[
    "value_per_share",
    "equity_value",
    "enterprise_value",
    "pv_fcff",
    "pv_terminal",
    "terminal_value",
    "diluted_shares",
];

impl<N: Copy> Totals<N> {
    /// Writes what [`COMPUTED`] names.
    #[inline(always)]
    pub(super) fn write(&self, outputs: &mut [N]) {
        outputs[0] = self.value_per_share;
        outputs[1] = self.equity_value;
        outputs[2] = self.enterprise_value;
        outputs[3] = self.pv_fcff;
        outputs[4] = self.pv_terminal;
        outputs[5] = self.terminal_value;
        outputs[6] = self.diluted_shares;
    }
}

impl Formula for Plan<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let totals = self.value(numbers, &mut ());
        totals.write(outputs);
        totals.fault
    }

    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        self.undefined(f64::from(code), |wacc| wacc, numbers)
    }
}

impl Plan<Slot> {
    /// Why [`Plan::beyond`] found no value at the rates that `discount` makes of those given.
    pub(in crate::valuation) fn undefined(&self, code: f64, discount: impl Fn(f64) -> f64, numbers: &[f64]) -> Error {
        let (growth, wacc) = (self.whole.growth.of(numbers), discount(self.whole.wacc.of(numbers)));
        if code == fault::WEIGHTS {
            return Error::invalid_input("terminal.components", "weights", "weights that sum to 1 within 1e-9");
        }
        let why = if code == fault::SPREAD {
            format!("the cost of capital {wacc} must exceed the growth {growth} by more than min_spread")
        } else if code == fault::METRIC {
            "an exit multiple needs a metric above zero".to_owned()
        } else {
            "the return on new capital must not be zero".to_owned()
        };
        Error::undefined("terminal_value", why)
    }
}
