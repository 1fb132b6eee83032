//! The adjusted present value, over any number type.
//!
//! The forecast of the unlevered firm runs once; a ledger beside it discounts what debt changes. What
//! balances save is summed forwards, year by year. Debt of a constant share L of value is V_{t-1} =
//! (FCFF_t + V_t + s) / (1 + ku) with s the shield of L V_{t-1}: the same flows at a lower rate, and so
//! no year has to wait for the one behind it.

use super::ShieldDiscount;
use crate::error::Error;
use crate::model::{Formula, Slot};
use crate::number::Number;
use crate::valuation::dcf::formula::{Entry, Horizon, Ledger, first, raise};
use crate::valuation::dcf::plan::Plan;

/// Why there is no value, beside the codes of the unlevered firm.
mod fault {
    pub(super) const EQUIVALENT_WACC: f64 = 101.0;
    pub(super) const TERMINAL_SHIELD: f64 = 102.0;
    /// Added to the codes of the firm at the rates that the tax saved leaves.
    pub(super) const LEVERED: f64 = 200.0;
}

/// How much debt there is.
#[derive(Clone, Debug)]
pub(super) enum Debt<S> {
    /// From year 0, and its growth beyond the forecast.
    Balances { balances: Vec<S>, growth: S },
    /// Over the value of the firm.
    Leverage(S),
}

/// The terms that interest saves tax by.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Saving<S> {
    pub(in crate::valuation) tax_rate: S,
    pub(in crate::valuation) cost_of_debt: S,
    pub(in crate::valuation) discount: ShieldDiscount<S>,
}

/// The input, resolved.
pub(super) struct Levered {
    /// The firm without debt.
    pub(super) firm: Plan<Slot>,
    pub(super) debt: Debt<Slot>,
    pub(super) saving: Saving<Slot>,
    pub(super) issue_costs: Slot,
    pub(super) distress_cost_pv: Slot,
}

/// The figures of a valuation that do not depend on the year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals<N> {
    pub(super) fault: N,
    pub(super) enterprise_value: N,
    pub(super) equity_value: N,
    pub(super) value_per_share: N,
    pub(super) unlevered_value: N,
    pub(super) pv_tax_shield: N,
    pub(super) pv_terminal_tax_shield: N,
    /// The same at the end of the forecast.
    pub(super) terminal_tax_shield: N,
}

/// Tax saved beyond the forecast.
pub(in crate::valuation) struct Beyond<N> {
    pub(in crate::valuation) fault: N,
    /// At the end of the forecast, and as a present value.
    at_horizon: N,
    pub(in crate::valuation) pv: N,
}

impl<N: Number> Saving<N> {
    /// Tax saved in a year by each unit of debt at its start.
    #[inline(always)]
    pub(in crate::valuation) fn of_debt(&self) -> N {
        self.tax_rate * self.cost_of_debt
    }

    /// What a shield counts for when it is discounted at the unlevered cost `cost`: interest of the
    /// year ahead is known, and discounted at the cost of debt, under Miles and Ezzell.
    #[inline(always)]
    pub(super) fn certainty(&self, cost: N) -> N {
        match self.discount {
            ShieldDiscount::MilesEzzell => (cost + 1.0) / (self.cost_of_debt + 1.0),
            _ => N::constant(1.0),
        }
    }

    /// The rate that shields are discounted at where the unlevered cost is `cost`.
    #[inline(always)]
    pub(in crate::valuation) fn rate(&self, cost: N) -> N {
        match self.discount {
            ShieldDiscount::Unlevered | ShieldDiscount::MilesEzzell => cost,
            ShieldDiscount::Debt => self.cost_of_debt,
            ShieldDiscount::Rate(rate) => rate,
        }
    }

    /// The cost of capital that includes the tax saved by debt of the share `leverage` of value.
    #[inline(always)]
    pub(in crate::valuation) fn wacc_at(&self, leverage: N, cost: N) -> N {
        cost - leverage * self.of_debt() * self.certainty(cost)
    }
}

impl Saving<Slot> {
    #[inline(always)]
    pub(in crate::valuation) fn of<N: Number>(&self, x: &[N]) -> Saving<N> {
        Saving {
            tax_rate: self.tax_rate.of(x),
            cost_of_debt: self.cost_of_debt.of(x),
            discount: match self.discount {
                ShieldDiscount::Unlevered => ShieldDiscount::Unlevered,
                ShieldDiscount::Debt => ShieldDiscount::Debt,
                ShieldDiscount::MilesEzzell => ShieldDiscount::MilesEzzell,
                ShieldDiscount::Rate(rate) => ShieldDiscount::Rate(rate.of(x)),
            },
        }
    }
}

/// Tax saved by balances, summed as the forecast runs.
pub(in crate::valuation) struct Shields<'a, N> {
    saving: &'a Saving<N>,
    /// Balances from that at the start of the next year on.
    balances: std::slice::Iter<'a, Slot>,
    /// Of debt beyond the forecast.
    growth: Slot,
    x: &'a [N],
    factor: N,
    pub(in crate::valuation) pv: N,
}

impl<'a, N: Number> Shields<'a, N> {
    /// Of `balances` from year 0, which grow by `growth` beyond the forecast.
    #[inline(always)]
    pub(in crate::valuation) fn of(saving: &'a Saving<N>, balances: &'a [Slot], growth: Slot, x: &'a [N]) -> Self {
        Self { saving, balances: balances.iter(), growth, x, factor: N::constant(1.0), pv: N::constant(0.0) }
    }

    /// What follows the forecast, at the unlevered cost `cost`; `code` where it has no finite value.
    #[inline(always)]
    pub(in crate::valuation) fn beyond(&mut self, cost: N, code: f64) -> Beyond<N> {
        let zero = N::constant(0.0);
        let saving = self.saving;
        let last = self.balances.next().expect("the rules ask for a balance at the end").of(self.x);
        let growth = self.growth.of(self.x);
        let next = saving.of_debt() * last * saving.certainty(cost);
        let rate = saving.rate(cost);
        // Debt that saves nothing has no shield to value, however fast it grows.
        let unpriced = growth.if_less(rate, zero, next.abs());
        let at_horizon = growth.if_less(rate, next / (rate - growth), zero);
        Beyond { fault: zero.if_less(unpriced, N::constant(code), zero), at_horizon, pv: at_horizon * self.factor }
    }
}

impl<N: Number> Ledger<N> for Shields<'_, N> {
    #[inline(always)]
    fn enter(&mut self, year: Entry<N>) {
        let opening = self.balances.next().expect("the rules ask for a balance a year").of(self.x);
        self.factor = self.factor * (N::constant(1.0) / (self.saving.rate(year.wacc) + 1.0));
        self.pv = self.pv + self.saving.of_debt() * opening * self.saving.certainty(year.wacc) * self.factor;
    }
}

/// The flows at the cost of capital that includes the tax saved, discounted as the forecast runs.
struct AtLeverage<'a, N> {
    saving: &'a Saving<N>,
    leverage: N,
    factor: N,
    pv: N,
    fault: N,
}

impl<N: Number> Ledger<N> for AtLeverage<'_, N> {
    #[inline(always)]
    fn enter(&mut self, year: Entry<N>) {
        let wacc = self.saving.wacc_at(self.leverage, year.wacc);
        raise(&mut self.fault, wacc, N::constant(-1.0), fault::EQUIVALENT_WACC);
        self.factor = self.factor * (N::constant(1.0) / (wacc + 1.0));
        self.pv = self.pv + year.flows.fcff * self.factor;
    }
}

/// What debt changes, kept as the forecast runs.
enum Books<'a, N> {
    Shields(Shields<'a, N>),
    AtLeverage(AtLeverage<'a, N>),
}

impl<N: Number> Ledger<N> for Books<'_, N> {
    #[inline(always)]
    fn enter(&mut self, year: Entry<N>) {
        match self {
            Books::Shields(shields) => shields.enter(year),
            Books::AtLeverage(levered) => levered.enter(year),
        }
    }
}

/// The firm without debt: why it has no value, its value, and that at the end of the forecast.
struct Unlevered<N> {
    fault: N,
    value: N,
    terminal: N,
}

/// The firm without debt, and the present value of the tax saved: all of it, and its part beyond the
/// forecast.
struct Parts<N> {
    fault: N,
    unlevered: N,
    shields: N,
    terminal_shields: N,
    /// What the last of these is at the end of the forecast.
    at_horizon: N,
}

impl Levered {
    /// The whole valuation.
    #[inline(always)]
    pub(super) fn value<N: Number>(&self, x: &[N]) -> Totals<N> {
        let saving = self.saving.of(x);
        let (zero, one) = (N::constant(0.0), N::constant(1.0));
        let mut books = match &self.debt {
            Debt::Balances { balances, growth } => Books::Shields(Shields::of(&saving, balances, *growth, x)),
            Debt::Leverage(leverage) => {
                let leverage = leverage.of(x);
                Books::AtLeverage(AtLeverage { saving: &saving, leverage, factor: one, pv: zero, fault: zero })
            }
        };
        let (pv_fcff, horizon) = self.firm.forecast(x, &mut books);
        let mut fault = zero;
        let (terminal, pv_terminal) = self.firm.beyond(&horizon, |cost| cost, x, &mut fault);
        let unlevered = Unlevered { fault, value: pv_fcff + pv_terminal, terminal };
        let parts = match books {
            Books::Shields(shields) => self.by_balances(&unlevered, shields, x),
            Books::AtLeverage(levered) => self.by_leverage(&unlevered, &levered, &horizon, x),
        };
        let enterprise_value = parts.unlevered + parts.shields - self.issue_costs.of(x) - self.distress_cost_pv.of(x);
        let equity = self.firm.equity(enterprise_value, x);
        Totals {
            fault: parts.fault,
            enterprise_value,
            equity_value: equity.value,
            value_per_share: equity.per_share,
            unlevered_value: parts.unlevered,
            pv_tax_shield: parts.shields,
            pv_terminal_tax_shield: parts.terminal_shields,
            terminal_tax_shield: parts.at_horizon,
        }
    }

    #[inline(always)]
    fn by_balances<N: Number>(&self, unlevered: &Unlevered<N>, mut shields: Shields<'_, N>, x: &[N]) -> Parts<N> {
        let beyond = shields.beyond(self.firm.whole.wacc.of(x), fault::TERMINAL_SHIELD);
        Parts {
            fault: first(unlevered.fault, beyond.fault),
            unlevered: unlevered.value,
            shields: shields.pv + beyond.pv,
            terminal_shields: beyond.pv,
            at_horizon: beyond.at_horizon,
        }
    }

    #[inline(always)]
    fn by_leverage<N: Number>(
        &self,
        unlevered: &Unlevered<N>,
        levered: &AtLeverage<'_, N>,
        horizon: &Horizon<N>,
        x: &[N],
    ) -> Parts<N> {
        let zero = N::constant(0.0);
        let mut beyond = zero;
        let wacc = |cost| levered.saving.wacc_at(levered.leverage, cost);
        let (terminal, _) = self.firm.beyond(horizon, wacc, x, &mut beyond);
        let beyond = zero.if_less(beyond, beyond + fault::LEVERED, zero);
        let at_horizon = terminal - unlevered.terminal;
        Parts {
            fault: first(unlevered.fault, first(levered.fault, beyond)),
            unlevered: unlevered.value,
            shields: levered.pv + terminal * levered.factor - unlevered.value,
            terminal_shields: at_horizon * horizon.end_factor,
            at_horizon,
        }
    }
}

/// Values from year 0 to the horizon of what is worth `at_horizon` there and of the years before it,
/// each a flow and the rate to discount at.
#[inline(always)]
pub(in crate::valuation) fn backwards<N: Number>(
    at_horizon: N,
    years: impl DoubleEndedIterator<Item = (N, N)>,
    values: &mut [N],
) {
    let mut value = at_horizon;
    let mut years = years.rev();
    for target in values.iter_mut().rev() {
        *target = value;
        if let Some((flow, rate)) = years.next() {
            value = (flow + value) / (rate + 1.0);
        }
    }
}

/// Why tax saved at the rate `rate` by debt that grows by `growth` has no finite value.
fn unpriced_shield(rate: f64, growth: f64) -> Error {
    let why = format!("the rate {rate} that shields are discounted at must exceed the growth {growth} of debt");
    Error::undefined("pv_terminal_tax_shield", why)
}

/// The names of what the formula computes for blocks of trials.
pub(super) const COMPUTED: &[&str] = &[
    "enterprise_value",
    "equity_value",
    "value_per_share",
    "unlevered_value",
    "pv_tax_shield",
    "pv_terminal_tax_shield",
];

impl Formula for Levered {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let totals = self.value(numbers);
        outputs[0] = totals.enterprise_value;
        outputs[1] = totals.equity_value;
        outputs[2] = totals.value_per_share;
        outputs[3] = totals.unlevered_value;
        outputs[4] = totals.pv_tax_shield;
        outputs[5] = totals.pv_terminal_tax_shield;
        totals.fault
    }

    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        let code = f64::from(code);
        let saving = self.saving.of(numbers);
        let cost = self.firm.whole.wacc.of(numbers);
        match &self.debt {
            Debt::Leverage(leverage) if code >= fault::EQUIVALENT_WACC => {
                let wacc = |cost| saving.wacc_at(leverage.of(numbers), cost);
                if code >= fault::LEVERED {
                    return self.firm.undefined(code - fault::LEVERED, wacc, numbers);
                }
                let lowest = self.firm.rates(numbers).map(wacc).fold(f64::INFINITY, f64::min);
                let why = format!("the tax saved leaves a cost of capital of {lowest}, which must exceed -1");
                Error::undefined("equivalent_wacc", why)
            }
            Debt::Balances { growth, .. } if code == fault::TERMINAL_SHIELD => {
                unpriced_shield(saving.rate(cost), growth.of(numbers))
            }
            _ => self.firm.undefined(code, |cost| cost, numbers),
        }
    }
}
