//! Six values of one equity, over any number type.
//!
//! Each step is that of the engine it stands for, on one list of numbers: what an engine is told that
//! the input does not hold (rates, balances of debt, earnings, dividends) is computed first and put into
//! a slot of its own. The forecast runs once: what a year brings does not depend on the rate that it is
//! discounted at, so methods at other rates discount the flows that it left.

use super::ReconcileMethod;
use crate::capital::{BetaMethod, relever};
use crate::error::Error;
use crate::model::{Formula, Slot};
use crate::number::Number;
use crate::valuation::apv::{Saving, Shields, backwards};
use crate::valuation::dcf::formula::{Entry, Ledger, discounted_by_years, fault::SPREAD, first, raise};
use crate::valuation::dcf::plan::Plan;
use crate::valuation::eva::Charges;
use crate::valuation::fcfe::{Debt, Owners};
use crate::valuation::residual_income;

/// Why there is no value, beside the codes of the firm.
mod fault {
    pub(super) const WACC: f64 = 5.0;
    pub(super) const COST_OF_EQUITY: f64 = 6.0;
    pub(super) const UNLEVERED: f64 = 7.0;
    pub(super) const DEBT: f64 = 8.0;
    pub(super) const TO_EQUITY: f64 = 9.0;
    /// Of a loss in year 1; each later year, of 200 at most, has the next code.
    pub(super) const LOSS: f64 = 10.0;
}

/// The input, resolved.
pub(super) struct SixMethods {
    /// The firm at its weighted average cost of capital.
    pub(super) firm: Plan<Slot>,
    /// Whether its profits are given year by year.
    pub(super) explicit: bool,
    pub(super) method: ReconcileMethod,
    pub(super) unlevered_cost: Slot,
    pub(super) leverage: Slot,
    pub(super) growth: Slot,
    pub(super) min_spread: Slot,
    pub(super) capital: Slot,
    /// The terms that interest saves tax by.
    pub(super) saving: Saving<Slot>,
    /// Balances, and what they cost the owners.
    pub(super) debt: Debt<Slot>,
    pub(super) residual_income: residual_income::Plan<Slot>,
    pub(super) derived: Derived,
}

/// Slots of what the engines are told and the input does not hold, beside the balances of debt.
pub(super) struct Derived {
    pub(super) wacc: Slot,
    pub(super) cost_of_equity: Slot,
    /// Book value of equity in year 0.
    pub(super) book_value: Slot,
    /// Value of equity at the end of the forecast.
    pub(super) terminal_equity: Slot,
    /// One a year, from year 1.
    pub(super) net_income: Vec<Slot>,
    pub(super) dividends: Vec<Slot>,
}

/// What an evaluation writes over.
pub(super) struct Room<N> {
    /// The numbers, those derived among them.
    x: Vec<N>,
    ebit: Vec<N>,
    fcff: Vec<N>,
    /// After-tax operating profit, then what interest leaves of it.
    earnings: Vec<N>,
    dividends: Vec<N>,
    /// Of the firm at each year's end, from year 0.
    value: Vec<N>,
}

/// Rates of the input and what follows from them.
#[derive(Clone, Copy)]
struct Rates<N> {
    saving: Saving<N>,
    unlevered_cost: N,
    leverage: N,
    growth: N,
    wacc: N,
    cost_of_equity: N,
}

/// The firm at its weighted average cost of capital.
struct Firm<N> {
    enterprise_value: N,
    terminal_value: N,
    /// The terminal value at the end of the forecast, as the account of a dcf tells it.
    at_horizon: N,
    /// The flow grown for ever.
    next: N,
    charges: Charges<N>,
}

/// The figures that do not depend on the year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals<N> {
    pub(super) fault: N,
    pub(super) wacc: N,
    pub(super) cost_of_equity: N,
    pub(super) unlevered_value: N,
    pub(super) pv_tax_shield: N,
    pub(super) max_relative_difference: N,
    /// By dcf, adjusted present value, economic value added, flows to equity, residual income and capital
    /// cash flow; the last is meant only under Harris and Pringle.
    pub(super) equity_value: [N; 6],
}

/// The forecast written down, and what is charged for its capital.
struct Books<'a, N> {
    ebit: &'a mut [N],
    fcff: &'a mut [N],
    nopat: &'a mut [N],
    charges: Charges<N>,
    year: usize,
    fault: N,
}

impl<N: Number> Ledger<N> for Books<'_, N> {
    #[inline(always)]
    fn enter(&mut self, entry: Entry<N>) {
        let zero = N::constant(0.0);
        let flows = &entry.flows;
        self.ebit[self.year] = flows.ebit;
        self.fcff[self.year] = flows.fcff;
        self.nopat[self.year] = flows.nopat;
        let loss = flows.ebit.if_less(zero, N::constant(fault::LOSS + self.year as f64), zero);
        self.fault = first(self.fault, loss);
        let closing = self.charges.capital + flows.reinvestment;
        self.charges.enter(flows.nopat, entry.wacc, closing, entry.discount_factor);
        self.year += 1;
    }
}

impl SixMethods {
    /// The whole comparison.
    #[inline(always)]
    fn value<N: Number>(&self, numbers: &[N], room: &mut Room<N>) -> Totals<N> {
        room.x.clear();
        room.x.extend_from_slice(numbers);
        let mut fault = N::constant(0.0);
        let rates = self.rates(numbers, &mut fault);
        room.x[self.derived.wacc.index()] = rates.wacc;
        room.x[self.derived.cost_of_equity.index()] = rates.cost_of_equity;
        let firm = self.firm(&rates, room, &mut fault);
        let unlevered_value = self.borrow(&rates, &firm, room, &mut fault);
        let [opening, closing] = [0, self.debt.balances.len() - 1].map(|year| self.debt.balances[year].of(&room.x));
        let (pv_tax_shield, cash_flow) = self.save_tax(&rates, firm.next, closing, room, &mut fault);
        let to_equity = self.serve_debt(&rates, firm.next, room, &mut fault);
        let capital = self.capital.of(numbers);
        let residual_income = self.earn(capital - opening, closing, room);
        let equity_value = [
            firm.enterprise_value - opening,
            unlevered_value + pv_tax_shield - opening,
            capital + firm.charges.pv + firm.charges.beyond(firm.at_horizon) - opening,
            to_equity,
            residual_income,
            cash_flow - opening,
        ];
        Totals {
            fault,
            wacc: rates.wacc,
            cost_of_equity: rates.cost_of_equity,
            unlevered_value,
            pv_tax_shield,
            max_relative_difference: difference(&equity_value[..self.method.compared()]),
            equity_value,
        }
    }

    #[inline(always)]
    fn rates<N: Number>(&self, x: &[N], fault: &mut N) -> Rates<N> {
        let (leverage, unlevered_cost) = (self.leverage.of(x), self.unlevered_cost.of(x));
        let saving = self.saving.of(x);
        let least = N::constant(-1.0);
        let wacc = saving.wacc_at(leverage, unlevered_cost);
        raise(fault, wacc, least, fault::WACC);
        let by = match self.method {
            ReconcileMethod::HarrisPringle => BetaMethod::HarrisPringle,
            ReconcileMethod::MilesEzzell => BetaMethod::MilesEzzell,
        };
        let weight = by.weight(leverage / (-leverage + 1.0), saving.tax_rate, saving.cost_of_debt);
        let cost_of_equity = relever(unlevered_cost, saving.cost_of_debt, weight);
        raise(fault, cost_of_equity, least, fault::COST_OF_EQUITY);
        Rates { saving, unlevered_cost, leverage, growth: self.growth.of(x), wacc, cost_of_equity }
    }

    /// The dcf, which writes down its forecast.
    #[inline(always)]
    fn firm<N: Number>(&self, rates: &Rates<N>, room: &mut Room<N>, fault: &mut N) -> Firm<N> {
        let Room { x, ebit, fcff, earnings, .. } = room;
        let charges = Charges::on(self.capital.of(x));
        let mut books = Books { ebit, fcff, nopat: earnings, charges, year: 0, fault: N::constant(0.0) };
        let (pv_fcff, horizon) = self.firm.forecast(x, &mut books);
        let spread = rates.wacc - rates.growth;
        raise(fault, spread, self.min_spread.of(x), SPREAD);
        let next = self.firm.grown(&self.firm.whole, &horizon, rates.growth, rates.wacc, x, fault);
        *fault = first(*fault, books.fault);
        let terminal_value = next / spread;
        let pv_terminal = terminal_value * horizon.end_factor;
        Firm {
            enterprise_value: pv_fcff + pv_terminal,
            terminal_value,
            at_horizon: pv_terminal / horizon.end_factor,
            next,
            charges: books.charges,
        }
    }

    /// The value without debt, and the balances that are a constant share of the value with it, backwards
    /// from the horizon.
    #[inline(always)]
    fn borrow<N: Number>(&self, rates: &Rates<N>, firm: &Firm<N>, room: &mut Room<N>, fault: &mut N) -> N {
        let Room { x, fcff, value, .. } = room;
        let zero = N::constant(0.0);
        let spread = rates.unlevered_cost - rates.growth;
        raise(fault, spread, self.min_spread.of(x), fault::UNLEVERED);
        let (pv_fcff, end_factor) = self.firm.discounted(fcff.iter().copied(), rates.unlevered_cost, x, &mut ());
        let terminal_value = firm.next / spread;
        let pv_terminal = terminal_value * end_factor;
        let saved = firm.terminal_value - terminal_value;
        backwards(pv_terminal / end_factor + saved, fcff.iter().map(|fcff| (*fcff, rates.wacc)), value);
        let mut negative = zero;
        for (slot, value) in self.debt.balances.iter().zip(value.iter()) {
            let debt = rates.leverage * *value;
            negative = debt.if_less(zero, N::constant(fault::DEBT), negative);
            x[slot.index()] = debt;
        }
        *fault = first(*fault, negative);
        pv_fcff + pv_terminal
    }

    /// What the tax saved by the balances is worth, and what the flows with it are.
    #[inline(always)]
    fn save_tax<N: Number>(&self, rates: &Rates<N>, next: N, closing: N, room: &mut Room<N>, fault: &mut N) -> (N, N) {
        let Room { x, fcff, .. } = room;
        let saved = rates.saving.of_debt();
        let mut shields = Shields::of(&rates.saving, &self.debt.balances, self.growth, x);
        let flows = fcff.iter().zip(&self.debt.balances).map(|(fcff, debt)| *fcff + saved * debt.of(x));
        let (pv, end_factor) = discounted_by_years(flows, rates.unlevered_cost, &mut shields);
        // Growth below the unlevered cost, which has been asked for, leaves no shield without a value.
        let beyond = shields.beyond(rates.unlevered_cost, fault::UNLEVERED);
        *fault = first(*fault, beyond.fault);
        let terminal_value = (next + saved * closing) / (rates.unlevered_cost - rates.growth);
        (shields.pv + beyond.pv, pv + terminal_value * end_factor)
    }

    /// The value of the flows to equity, which leave earnings and dividends.
    #[inline(always)]
    fn serve_debt<N: Number>(&self, rates: &Rates<N>, next: N, room: &mut Room<N>, fault: &mut N) -> N {
        let Room { x, fcff, earnings, dividends, .. } = room;
        let mut years = earnings.iter_mut().zip(dividends.iter_mut());
        let mut owners = Owners::of(Some(&self.debt), x, |year| {
            if let Some((earned, paid)) = years.next() {
                *earned = *earned - year.interest_after_tax;
                *paid = year.fcfe;
            }
        });
        let (_, end_factor) = self.firm.discounted(fcff.iter().copied(), rates.cost_of_equity, x, &mut owners);
        let spread = rates.cost_of_equity - rates.growth;
        raise(fault, spread, N::constant(0.0), fault::TO_EQUITY);
        let terminal_value = self.debt.next(next, rates.growth, x) / spread;
        owners.pv + terminal_value * end_factor
    }

    /// The book value of equity and what is earned beyond its cost.
    #[inline(always)]
    fn earn<N: Number>(&self, book_value: N, closing: N, room: &mut Room<N>) -> N {
        let Room { x, earnings, dividends, value, .. } = room;
        let Derived { net_income, dividends: paid, book_value: book, terminal_equity, .. } = &self.derived;
        for (slot, amount) in net_income.iter().zip(earnings).chain(paid.iter().zip(dividends)) {
            x[slot.index()] = *amount;
        }
        x[book.index()] = book_value;
        x[terminal_equity.index()] = value[value.len() - 1] - closing;
        let totals = self.residual_income.value(x, |_| {});
        book_value + totals.pv_residual_income + totals.pv_terminal
    }

    /// The comparison, and the balances of debt.
    ///
    /// In one piece: all that asks for single numbers asks here, so that the formula is compiled for them once.
    #[inline(never)]
    fn written(&self, numbers: &[f64]) -> (Totals<f64>, Room<f64>) {
        let mut room = self.scratch();
        (self.value(numbers, &mut room), room)
    }

    /// The comparison and the balances of debt, or why there are none.
    pub(super) fn account(&self, numbers: &[f64]) -> Result<(Totals<f64>, Vec<f64>), Error> {
        let (totals, room) = self.written(numbers);
        if totals.fault != 0.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are whole numbers")]
            return Err(self.error(totals.fault as u8, numbers));
        }
        Ok((totals, self.debt.balances.iter().map(|slot| slot.of(&room.x)).collect()))
    }

    /// The names of what the formula computes for blocks of trials.
    pub(super) fn computed(&self) -> Vec<String> {
        const RATES: [&str; 3] = ["max_relative_difference", "wacc", "cost_of_equity"];
        const METHODS: [&str; 6] = ["dcf", "apv", "eva", "fcfe", "residual_income", "capital_cash_flow"];
        let methods = METHODS[..self.method.compared()].iter().map(|method| format!("equity_value.{method}"));
        let balances = (0..self.debt.balances.len()).map(|year| format!("debt[{year}]"));
        RATES.map(str::to_owned).into_iter().chain(methods).chain(balances).collect()
    }
}

impl ReconcileMethod {
    /// How many of the six methods are compared: capital cash flow asks for debt that moves with value at all times.
    #[inline(always)]
    pub(super) fn compared(self) -> usize {
        match self {
            ReconcileMethod::HarrisPringle => 6,
            ReconcileMethod::MilesEzzell => 5,
        }
    }
}

/// Largest difference between two of the values, over the largest of them; NaN where one is not finite.
#[inline(always)]
fn difference<N: Number>(values: &[N]) -> N {
    let zero = N::constant(0.0);
    let (mut least, mut most, mut size, mut finite) = (values[0], values[0], zero, zero);
    for value in values {
        least = least.min(*value);
        most = most.max(*value);
        size = size.max(value.abs());
        // None of a number is 0, and of what is not finite NaN, which selections would pass over for agreement.
        finite = finite + *value * 0.0;
    }
    zero.if_less(size, (most - least) / size, zero) + finite
}

impl Formula for SixMethods {
    type Scratch<N: Number> = Room<N>;

    fn scratch<N: Number>(&self) -> Room<N> {
        let years = self.derived.dividends.len();
        let column = |length: usize| vec![N::constant(0.0); length];
        Room {
            x: Vec::new(),
            ebit: column(years),
            fcff: column(years),
            earnings: column(years),
            dividends: column(years),
            value: column(years + 1),
        }
    }

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], room: &mut Room<N>) -> N {
        let totals = self.value(numbers, room);
        outputs[0] = totals.max_relative_difference;
        outputs[1] = totals.wacc;
        outputs[2] = totals.cost_of_equity;
        let (methods, balances) = outputs[3..].split_at_mut(self.method.compared());
        for (output, value) in methods.iter_mut().zip(&totals.equity_value) {
            *output = *value;
        }
        for (output, slot) in balances.iter_mut().zip(&self.debt.balances) {
            *output = slot.of(&room.x);
        }
        totals.fault
    }

    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        let code = f64::from(code);
        let rates = self.rates(numbers, &mut 0.0);
        if code == fault::WACC {
            return no_rate("wacc", rates.wacc);
        }
        if code == fault::COST_OF_EQUITY {
            return no_rate("cost_of_equity", rates.cost_of_equity);
        }
        if code == fault::UNLEVERED {
            return self.firm.undefined(SPREAD, |_| rates.unlevered_cost, numbers);
        }
        if code == fault::DEBT {
            let value = self.written(numbers).1.value;
            let year = value.iter().position(|value| rates.leverage * value < 0.0).unwrap_or(0);
            let worth = value[year];
            let why = format!("the firm is worth {worth} at the end of year {year}, and cannot owe a share of it");
            return Error::undefined("debt", why);
        }
        if code == fault::TO_EQUITY {
            let why = format!("the cost of equity {} must exceed the growth {}", rates.cost_of_equity, rates.growth);
            return Error::undefined("terminal_value", why);
        }
        if code >= fault::LOSS {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are whole numbers")]
            let i = (code - fault::LOSS) as usize;
            let field = if self.explicit { format!("forecast.ebit[{i}]") } else { "stages".to_owned() };
            let year = i + 1;
            let why =
                format!("operating profit >= 0 in every year, so that interest saves tax: year {year} has a loss");
            return Error::invalid_number(field, self.written(numbers).1.ebit[i], why);
        }
        self.firm.undefined(code, |_| rates.wacc, numbers)
    }
}

/// A derived rate at which nothing can be discounted.
fn no_rate(what: &str, rate: f64) -> Error {
    Error::undefined(what, format!("at this leverage it would be {rate}, which must exceed -1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_does_not_agree() {
        assert_eq!(difference(&[-4.0, 4.0, 2.0]), 2.0);
        assert_eq!(difference(&[0.0, -0.0]).to_bits(), 0);
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for values in [[value, 1.0, 1.0], [1.0, value, 1.0], [1.0, 1.0, value], [value; 3]] {
                assert!(difference(&values).is_nan(), "{values:?}");
            }
        }
    }
}
