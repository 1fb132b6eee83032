//! Flows to equity and their value, over any number type.
//!
//! The forecast of the firm runs once, at the cost of equity; a ledger beside it takes from each year's
//! flow what debt is paid and adds what it lends.

use crate::error::Error;
use crate::model::{Formula, Slot};
use crate::number::Number;
use crate::valuation::dcf::formula::{Entry, Horizon, Ledger, at_horizon, raise};
use crate::valuation::dcf::plan::Plan;

/// The input, resolved.
pub(super) struct ToEquity {
    /// The flows to serve debt by, discounted at the cost of equity.
    pub(super) firm: Plan<Slot>,
    /// None where the flows to equity are given.
    pub(super) debt: Option<Debt<Slot>>,
    pub(super) terminal: Beyond<Slot>,
}

/// Balances of debt from year 0, and its cost.
pub(in crate::valuation) struct Debt<S> {
    pub(in crate::valuation) balances: Vec<S>,
    pub(in crate::valuation) cost: S,
    pub(in crate::valuation) tax_rate: S,
}

/// What follows the forecast.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beyond<S> {
    Growth { growth: S, min_spread: S },
    Value(S),
}

/// The figures of one year.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Year<N> {
    pub(super) fcff: N,
    pub(in crate::valuation) interest_after_tax: N,
    pub(super) net_borrowing: N,
    pub(in crate::valuation) fcfe: N,
    pub(super) pv: N,
}

/// The figures that do not depend on the year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals<N> {
    pub(super) fault: N,
    pub(super) equity_value: N,
    pub(super) value_per_share: N,
    pub(super) pv_fcfe: N,
    pub(super) pv_terminal: N,
    pub(super) terminal_value: N,
    /// Meant only where the terminal value is grown from it.
    pub(super) terminal_fcfe: N,
}

/// Flows to equity, summed as the forecast runs; `enter` is told of each year.
pub(in crate::valuation) struct Owners<'a, N, F> {
    debt: Option<&'a Debt<Slot>>,
    x: &'a [N],
    year: usize,
    pub(in crate::valuation) pv: N,
    enter: F,
}

impl<'a, N: Number, F: FnMut(Year<N>)> Owners<'a, N, F> {
    #[inline(always)]
    pub(in crate::valuation) fn of(debt: Option<&'a Debt<Slot>>, x: &'a [N], enter: F) -> Self {
        Self { debt, x, year: 0, pv: N::constant(0.0), enter }
    }
}

impl<N: Number, F: FnMut(Year<N>)> Ledger<N> for Owners<'_, N, F> {
    #[inline(always)]
    fn enter(&mut self, entry: Entry<N>) {
        let fcff = entry.flows.fcff;
        let (interest_after_tax, net_borrowing) = match self.debt {
            Some(debt) => {
                let opening = debt.balances[self.year].of(self.x);
                (debt.after_tax(self.x) * opening, debt.balances[self.year + 1].of(self.x) - opening)
            }
            None => (N::constant(0.0), N::constant(0.0)),
        };
        let fcfe = fcff - interest_after_tax + net_borrowing;
        let pv = entry.pv(fcfe);
        self.pv = self.pv + pv;
        self.year += 1;
        (self.enter)(Year { fcff, interest_after_tax, net_borrowing, fcfe, pv });
    }
}

impl Debt<Slot> {
    /// Interest on a unit of debt, less the tax it saves.
    #[inline(always)]
    fn after_tax<N: Number>(&self, x: &[N]) -> N {
        self.cost.of(x) * (-self.tax_rate.of(x) + 1.0)
    }

    /// What debt leaves of the first flow to the firm beyond the forecast, if it grows with all else.
    #[inline(always)]
    pub(in crate::valuation) fn next<N: Number>(&self, fcff: N, growth: N, x: &[N]) -> N {
        let last = self.balances[self.balances.len() - 1].of(x);
        fcff - self.after_tax(x) * last + growth * last
    }
}

impl ToEquity {
    /// The whole valuation.
    #[inline(always)]
    pub(super) fn value<N: Number>(&self, x: &[N], enter: impl FnMut(Year<N>)) -> Totals<N> {
        let zero = N::constant(0.0);
        let mut owners = Owners::of(self.debt.as_ref(), x, enter);
        let (_, horizon) = self.firm.forecast(x, &mut owners);
        let mut fault = zero;
        let mut terminal_fcfe = zero;
        let (terminal_value, pv_terminal) = match self.terminal {
            Beyond::Growth { growth, min_spread } => {
                let growth = growth.of(x);
                let cost = self.firm.whole.wacc.of(x);
                raise(&mut fault, cost - growth, min_spread.of(x), 1.0);
                terminal_fcfe = self.next(&horizon, growth, x);
                self.firm.by_growth(terminal_fcfe / (cost - growth), cost, &horizon)
            }
            Beyond::Value(value) => at_horizon(value.of(x), &horizon),
        };
        let equity = self.firm.equity(owners.pv + pv_terminal, x);
        Totals {
            fault,
            equity_value: equity.value,
            value_per_share: equity.per_share,
            pv_fcfe: owners.pv,
            pv_terminal,
            terminal_value,
            terminal_fcfe,
        }
    }

    /// The flow to equity of the first year beyond the forecast, in which debt grows with all else.
    #[inline(always)]
    fn next<N: Number>(&self, horizon: &Horizon<N>, growth: N, x: &[N]) -> N {
        let fcff = self.firm.terminal_year(&self.firm.whole, horizon, growth, x).fcff;
        match &self.debt {
            Some(debt) => debt.next(fcff, growth, x),
            None => fcff,
        }
    }
}

/// The names of what the formula computes for blocks of trials.
pub(super) const COMPUTED: &[&str] =
    &["equity_value", "value_per_share", "pv_fcfe", "pv_terminal", "terminal_value", "terminal_fcfe"];

impl Formula for ToEquity {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let totals = self.value(numbers, |_| {});
        outputs[0] = totals.equity_value;
        outputs[1] = totals.value_per_share;
        outputs[2] = totals.pv_fcfe;
        outputs[3] = totals.pv_terminal;
        outputs[4] = totals.terminal_value;
        outputs[5] = totals.terminal_fcfe;
        totals.fault
    }

    fn error(&self, _: u8, numbers: &[f64]) -> Error {
        let cost = self.firm.whole.wacc.of(numbers);
        let growth = match self.terminal {
            Beyond::Growth { growth, .. } => growth.of(numbers),
            Beyond::Value(_) => f64::NAN,
        };
        let why = format!("the cost of equity {cost} must exceed the growth {growth} by more than min_spread");
        Error::undefined("terminal_value", why)
    }
}
