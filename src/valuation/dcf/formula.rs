//! The discounted cash-flow formula, over any number type.
//!
//! Year by year: drivers to free cash flow, discounted; then the terminal value; then the bridge to
//! equity and the dilution to a share. Lanes of trials, dual numbers and the headline valuation all
//! run this code. Sources: Koller, Goedhart and Wessels, "Valuation"; Damodaran, "Investment
//! Valuation".

use super::input::{Metric, MetricBasis, ReinvestmentBasis, TerminalMethod};
use super::plan::{Driver, Operations, Plan, SharesPlan, TerminalPlan, Year};
use crate::error::Error;
use crate::model::{Formula, Slot};
use crate::number::Number;

/// Why there is no value; carried as a number beside it.
pub(super) mod fault {
    pub(crate) const SPREAD: f64 = 1.0;
    pub(crate) const METRIC: f64 = 2.0;
    pub(crate) const RONIC: f64 = 3.0;
    pub(crate) const WEIGHTS: f64 = 4.0;
}

/// One year's figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flows<N> {
    pub(super) time: N,
    pub(super) discount_factor: N,
    pub(super) wacc: N,
    pub(super) fcff: N,
    pub(super) pv: N,
    /// Absent when only the free cash flow is known.
    pub(super) operations: Option<OperatingFlows<N>>,
    pub(super) nopat: Option<N>,
}

/// Revenue, profit and capital of a year.
#[derive(Clone, Copy, Debug)]
pub(super) struct OperatingFlows<N> {
    pub(super) revenue: N,
    pub(super) revenue_before: Option<N>,
    pub(super) ebit: N,
    pub(super) da: Option<N>,
    pub(super) tax: Option<N>,
    /// Tax saved by losses carried forward.
    pub(super) tax_saved: N,
    pub(super) nol_used: N,
    pub(super) nol_balance: N,
    pub(super) net_capex: Option<N>,
    pub(super) nwc: Option<N>,
    pub(super) delta_nwc: Option<N>,
    pub(super) reinvestment: N,
    /// Fall of revenue times capital ratio that was floored at zero.
    pub(super) floored: N,
}

/// Where the yearly figures go; nowhere in a simulation.
pub(super) trait Ledger<N> {
    fn enter(&mut self, year: &Flows<N>);
}

impl<N> Ledger<N> for () {
    #[inline(always)]
    fn enter(&mut self, _: &Flows<N>) {}
}

impl<N: Copy> Ledger<N> for Vec<Flows<N>> {
    fn enter(&mut self, year: &Flows<N>) {
        self.push(*year);
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

/// What the terminal value follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon<N> {
    pub(super) last: Flows<N>,
    /// Free cash flow without the tax saved by losses carried forward.
    pub(super) fcff: N,
    pub(super) invested_capital: Option<N>,
    pub(super) end_factor: N,
}

/// The first year beyond the forecast.
#[derive(Clone, Copy, Debug)]
pub(super) struct TerminalYear<N> {
    pub(super) revenue: Option<N>,
    pub(super) ebit: Option<N>,
    pub(super) ebitda: Option<N>,
    pub(super) nopat: Option<N>,
    pub(super) fcff: N,
}

impl Driver<Slot> {
    #[inline(always)]
    fn of<N: Number>(&self, x: &[N]) -> N {
        let to = self.to.of(x);
        if self.way < 1.0 {
            let from = self.from.of(x);
            from + (to - from) * self.way
        } else {
            to
        }
    }
}

impl Plan<Slot> {
    /// The whole valuation.
    #[inline(always)]
    pub(super) fn value<N: Number>(&self, x: &[N], ledger: &mut impl Ledger<N>) -> Totals<N> {
        let (pv_fcff, horizon) = self.forecast(x, ledger);
        let mut fault = N::constant(0.0);
        let mut terminal_value = N::constant(0.0);
        let mut pv_terminal = N::constant(0.0);
        if let [method] = self.terminal.as_slice()
            && self.whole.method != TerminalMethod::Blend
        {
            (terminal_value, pv_terminal) = self.terminal_value(method, &horizon, x, &mut fault);
        } else {
            let mut weights = N::constant(0.0);
            for component in &self.terminal {
                let weight = component.weight.of(x);
                let (value, pv) = self.terminal_value(component, &horizon, x, &mut fault);
                terminal_value = terminal_value + value * weight;
                pv_terminal = pv_terminal + pv * weight;
                weights = weights + weight;
            }
            let off = (weights - 1.0).abs();
            raise(&mut fault, N::constant(1e-9), off, fault::WEIGHTS);
        }
        let enterprise_value = pv_fcff + pv_terminal;
        let mut equity_value = enterprise_value;
        for (sign, item) in &self.bridge {
            equity_value = equity_value + item.of(x) * *sign;
        }
        let (value_per_share, diluted_shares) = match &self.shares {
            Some(shares) => shares.per_share(equity_value, x),
            None => (N::constant(0.0), N::constant(0.0)),
        };
        Totals {
            fault,
            enterprise_value,
            equity_value,
            value_per_share,
            diluted_shares,
            pv_fcff,
            pv_terminal,
            terminal_value,
            end_factor: horizon.end_factor,
        }
    }

    /// The forecast years: present value of the flows, and where they end.
    #[inline(always)]
    pub(super) fn forecast<N: Number>(&self, x: &[N], ledger: &mut impl Ledger<N>) -> (N, Horizon<N>) {
        let zero = N::constant(0.0);
        let one = N::constant(1.0);
        let mut state = State {
            revenue: self.base_revenue.map(|slot| slot.of(x)),
            nwc: self.opening_nwc(x),
            nol: self.nol.as_ref().map_or(zero, |nol| nol.opening.of(x)),
        };
        let mut invested_capital = self.base_invested_capital.map(|slot| slot.of(x));
        let mut end_factor = one;
        let mut pv_fcff = zero;
        let flat_factor = one / (self.years[0].wacc.of(x) + 1.0);
        let stub = self.stub.map(|slot| slot.of(x));
        let mut last = None;
        for (i, year) in self.years.iter().enumerate() {
            let wacc = year.wacc.of(x);
            let (operations, nopat, fcff) = self.flows(year, &mut state, x);

            let length = if i == 0 { stub } else { None };
            let factor = match length {
                Some(stub) => (wacc + 1.0).pow(-stub),
                None if self.flat_wacc => flat_factor,
                None => one / (wacc + 1.0),
            };
            let opening_factor = end_factor;
            end_factor = end_factor * factor;
            let discount_factor = if self.mid_year { opening_factor * factor.sqrt() } else { end_factor };
            let counted = length.map_or(fcff, |stub| fcff * stub);
            let pv = counted * discount_factor;
            pv_fcff = pv_fcff + pv;

            if let (Some(capital), Some(operations)) = (invested_capital, &operations) {
                invested_capital = Some(capital + operations.reinvestment);
            }
            let time = stub.unwrap_or(one) + i as f64;
            let flows = Flows { time, discount_factor, wacc, fcff, pv, operations, nopat };
            ledger.enter(&flows);
            last = Some(flows);
        }
        let nothing =
            Flows { time: zero, discount_factor: one, wacc: zero, fcff: zero, pv: zero, operations: None, nopat: None };
        // A plan has at least one year.
        let last = last.unwrap_or(nothing);
        let fcff = match (&last.operations, self.years.last()) {
            (Some(operations), Some(Year { fcff: None, tax: None, .. })) => last.fcff - operations.tax_saved,
            _ => last.fcff,
        };
        (pv_fcff, Horizon { last, fcff, invested_capital, end_factor })
    }

    #[inline(always)]
    fn opening_nwc<N: Number>(&self, x: &[N]) -> N {
        match (self.base_nwc, self.base_revenue, &self.years[0].operations) {
            (Some(nwc), _, _) => nwc.of(x),
            (None, Some(revenue), Operations::Drivers { nwc_pct, .. }) => revenue.of(x) * nwc_pct.of(x),
            _ => N::constant(0.0),
        }
    }

    /// One year from drivers to free cash flow.
    #[inline(always)]
    fn flows<N: Number>(
        &self,
        year: &Year<Slot>,
        state: &mut State<N>,
        x: &[N],
    ) -> (Option<OperatingFlows<N>>, Option<N>, N) {
        let zero = N::constant(0.0);
        let (revenue, ebit, da) = match &year.operations {
            Operations::Drivers { growth, ebit_margin, da_pct, revenue, ebit, .. } => {
                let before = state.revenue.unwrap_or(zero);
                let revenue = revenue.map_or_else(|| before * (growth.of(x) + 1.0), |slot| slot.of(x));
                let ebit = ebit.map_or_else(|| revenue * ebit_margin.of(x), |slot| slot.of(x));
                (revenue, ebit, da_pct.as_ref().map(|pct| revenue * pct.of(x)))
            }
            Operations::Amounts { revenue, ebit, da, .. } => (revenue.of(x), ebit.of(x), Some(da.of(x))),
            Operations::FlowOnly => {
                let fcff = year.fcff.map_or(zero, |slot| slot.of(x));
                return (None, year.nopat.map(|slot| slot.of(x)), fcff);
            }
        };

        let gain = ebit.max(zero);
        let mut nol_used = zero;
        if let Some(nol) = &self.nol {
            nol_used = state.nol.min(gain * nol.usage_limit.of(x));
            state.nol = state.nol - nol_used;
            if nol.add_losses {
                state.nol = state.nol + (-ebit).max(zero);
            }
        }
        let rate = year.tax_rate.as_ref().map_or(zero, |rate| rate.of(x));
        let tax_saved = rate * nol_used;
        let tax = match (year.tax, year.nopat) {
            (Some(tax), _) => tax.of(x),
            (None, Some(nopat)) => ebit - nopat.of(x),
            (None, None) => rate * (ebit - nol_used).max(zero),
        };
        let nopat = ebit - tax;

        let growth = state.revenue.map_or(zero, |before| revenue - before);
        let capital = self.reinvest(year, revenue, growth, nopat, state.nwc, x);
        let reinvestment = year.reinvestment.map_or(capital.total, |slot| slot.of(x));
        let fcff = year.fcff.map_or_else(|| nopat - reinvestment, |slot| slot.of(x));
        let operations = OperatingFlows {
            revenue,
            revenue_before: state.revenue,
            ebit,
            da,
            tax: Some(tax),
            tax_saved,
            nol_used,
            nol_balance: state.nol,
            net_capex: capital.net_capex,
            nwc: capital.nwc,
            delta_nwc: capital.delta_nwc,
            reinvestment,
            floored: capital.floored,
        };
        state.revenue = Some(revenue);
        state.nwc = capital.nwc.unwrap_or(state.nwc);
        (Some(operations), Some(nopat), fcff)
    }

    /// Reinvestment of one year by the chosen basis.
    #[inline(always)]
    fn reinvest<N: Number>(
        &self,
        year: &Year<Slot>,
        revenue: N,
        growth: N,
        nopat: N,
        nwc_before: N,
        x: &[N],
    ) -> Reinvestment<N> {
        let zero = N::constant(0.0);
        match &year.operations {
            Operations::Drivers { sales_to_capital, nwc_pct, da_pct, capex_pct, reinvestment_rate, .. } => {
                let ratio = |driver: &Option<Driver<Slot>>| driver.as_ref().map_or(zero, |driver| driver.of(x));
                match self.basis {
                    ReinvestmentBasis::ReinvestmentRate => Reinvestment {
                        net_capex: None,
                        nwc: None,
                        delta_nwc: None,
                        total: nopat * ratio(reinvestment_rate),
                        floored: zero,
                    },
                    ReinvestmentBasis::SalesToInvestedCapital => {
                        let (total, floored) = self.floor(growth / ratio(sales_to_capital));
                        Reinvestment { net_capex: None, nwc: None, delta_nwc: None, total, floored }
                    }
                    ReinvestmentBasis::SalesToFixedCapital => {
                        let (net_capex, floored) = self.floor(growth / ratio(sales_to_capital));
                        let nwc = revenue * nwc_pct.of(x);
                        Reinvestment::of(net_capex, nwc, nwc_before, floored)
                    }
                    ReinvestmentBasis::CapexDaNwc => {
                        let net_capex = (ratio(capex_pct) - ratio(da_pct)) * revenue;
                        Reinvestment::of(net_capex, revenue * nwc_pct.of(x), nwc_before, zero)
                    }
                }
            }
            Operations::Amounts { da, capex, nwc, .. } => {
                Reinvestment::of(capex.of(x) - da.of(x), nwc.of(x), nwc_before, zero)
            }
            Operations::FlowOnly => Reinvestment::of(zero, nwc_before, nwc_before, zero),
        }
    }

    /// Net capital expenditure is not negative unless divestment is allowed; also what the floor took.
    #[inline(always)]
    fn floor<N: Number>(&self, net_capex: N) -> (N, N) {
        if self.allow_divestment {
            (net_capex, N::constant(0.0))
        } else {
            let floored = net_capex.max(N::constant(0.0));
            (floored, floored - net_capex)
        }
    }

    /// The year beyond the forecast at growth `growth`.
    #[inline(always)]
    pub(super) fn terminal_year<N: Number>(
        &self,
        plan: &TerminalPlan<Slot>,
        horizon: &Horizon<N>,
        growth: N,
        x: &[N],
    ) -> TerminalYear<N> {
        let zero = N::constant(0.0);
        let given = |slot: Option<Slot>| slot.map(|slot| slot.of(x));
        let last = &horizon.last;
        let Some(operations) = &last.operations else {
            let nopat = last.nopat.map(|nopat| nopat * (growth + 1.0));
            let fcff = given(plan.fcff_next).unwrap_or_else(|| horizon.fcff * (growth + 1.0));
            return TerminalYear { revenue: None, ebit: None, ebitda: None, nopat, fcff };
        };
        let ratios = self.last_ratios(plan, operations, x);
        let revenue = operations.revenue * (growth + 1.0);
        let ebit = revenue * ratios.ebit_margin;
        let explicit_nopat = self.years.last().and_then(|year| year.nopat);
        let nopat = match (explicit_nopat, last.nopat) {
            (Some(_), Some(nopat)) => nopat * (growth + 1.0),
            _ => ebit - ratios.tax_rate * ebit.max(zero),
        };
        let nwc = || ratios.nwc_pct * (operations.revenue * growth);
        let reinvestment = match self.basis {
            ReinvestmentBasis::SalesToFixedCapital => {
                self.floor(operations.revenue * growth / ratios.sales_to_capital).0 + nwc()
            }
            ReinvestmentBasis::SalesToInvestedCapital => {
                self.floor(operations.revenue * growth / ratios.sales_to_capital).0
            }
            ReinvestmentBasis::CapexDaNwc => (ratios.capex_pct - ratios.da_pct.unwrap_or(zero)) * revenue + nwc(),
            ReinvestmentBasis::ReinvestmentRate => ratios.reinvestment_rate * nopat,
        };
        let fcff = match given(plan.fcff_next) {
            Some(fcff) => fcff,
            None if plan.normalize => nopat - reinvestment,
            None => horizon.fcff * (growth + 1.0),
        };
        let ebitda = ratios.da_pct.map(|pct| ebit + revenue * pct);
        TerminalYear { revenue: Some(revenue), ebit: Some(ebit), ebitda, nopat: Some(nopat), fcff }
    }

    /// Terminal drivers: as given, else those of the last year.
    #[inline(always)]
    fn last_ratios<N: Number>(&self, plan: &TerminalPlan<Slot>, operations: &OperatingFlows<N>, x: &[N]) -> Ratios<N> {
        let zero = N::constant(0.0);
        let given = |slot: Option<Slot>| slot.map(|slot| slot.of(x));
        let year = &self.years[self.years.len() - 1];
        let tax_rate = given(plan.tax_rate).or(year.tax_rate.as_ref().map(|rate| rate.of(x))).unwrap_or(zero);
        if let Operations::Drivers {
            ebit_margin,
            sales_to_capital,
            nwc_pct,
            da_pct,
            capex_pct,
            reinvestment_rate,
            ebit,
            ..
        } = &year.operations
        {
            let or_last = |slot: Option<Slot>, driver: &Option<Driver<Slot>>| {
                given(slot).or(driver.as_ref().map(|driver| driver.of(x)))
            };
            Ratios {
                // An operating profit set for the last year sets its margin too.
                ebit_margin: given(plan.ebit_margin).unwrap_or_else(|| match ebit {
                    Some(_) => operations.ebit / operations.revenue,
                    None => ebit_margin.of(x),
                }),
                tax_rate,
                sales_to_capital: or_last(plan.sales_to_capital, sales_to_capital).unwrap_or(zero),
                nwc_pct: given(plan.nwc_pct).unwrap_or_else(|| nwc_pct.of(x)),
                da_pct: or_last(plan.da_pct, da_pct),
                capex_pct: or_last(plan.capex_pct, capex_pct).unwrap_or(zero),
                reinvestment_rate: or_last(None, reinvestment_rate).unwrap_or(zero),
            }
        } else {
            let of_revenue = |amount: Option<N>| amount.unwrap_or(zero) / operations.revenue;
            let da_pct = given(plan.da_pct).unwrap_or_else(|| of_revenue(operations.da));
            let net_capex = of_revenue(operations.net_capex);
            Ratios {
                ebit_margin: given(plan.ebit_margin).unwrap_or(operations.ebit / operations.revenue),
                tax_rate,
                sales_to_capital: given(plan.sales_to_capital).unwrap_or(zero),
                nwc_pct: given(plan.nwc_pct).unwrap_or_else(|| of_revenue(operations.nwc)),
                da_pct: Some(da_pct),
                capex_pct: given(plan.capex_pct).unwrap_or_else(|| net_capex + of_revenue(operations.da)),
                reinvestment_rate: zero,
            }
        }
    }

    /// Terminal value by one method, at its own date, and its present value.
    #[inline(always)]
    pub(super) fn terminal_value<N: Number>(
        &self,
        plan: &TerminalPlan<Slot>,
        horizon: &Horizon<N>,
        x: &[N],
        fault: &mut N,
    ) -> (N, N) {
        let zero = N::constant(0.0);
        let g = plan.growth.of(x);
        let w = plan.wacc.of(x);
        let spread = w - g;
        let by_growth = |value: N| {
            let factor = horizon.end_factor;
            (value, if self.mid_year { value * factor * (w + 1.0).sqrt() } else { value * factor })
        };
        let at_horizon = |value: N| (value, value * horizon.end_factor);
        match plan.method {
            TerminalMethod::Gordon => {
                raise(fault, spread, plan.min_spread.of(x), fault::SPREAD);
                by_growth(self.terminal_year(plan, horizon, g, x).fcff / spread)
            }
            TerminalMethod::ValueDriver => {
                raise(fault, spread, plan.min_spread.of(x), fault::SPREAD);
                let ronic = plan.ronic.map_or(w, |slot| slot.of(x));
                raise(fault, ronic.abs(), zero, fault::RONIC);
                let nopat = self.terminal_year(plan, horizon, g, x).nopat.unwrap_or(zero);
                by_growth(nopat * (-(g / ronic) + 1.0) / spread)
            }
            TerminalMethod::HModel => {
                raise(fault, spread, plan.min_spread.of(x), fault::SPREAD);
                let initial = plan.growth_initial.map_or_else(|| self.last_growth(horizon, x), |slot| slot.of(x));
                let flow = self.terminal_year(plan, horizon, g, x).fcff / (g + 1.0);
                by_growth(flow * ((g + 1.0) + plan.half_life.of(x) * (initial - g)) / spread)
            }
            TerminalMethod::ExitMultiple => {
                let metric = match plan.metric_basis {
                    MetricBasis::Ltm => ltm(plan.metric, &horizon.last),
                    MetricBasis::Ntm => ntm(plan.metric, &self.terminal_year(plan, horizon, g, x)),
                };
                let metric = metric.unwrap_or(zero);
                raise(fault, metric, zero, fault::METRIC);
                at_horizon(plan.multiple.of(x) * metric)
            }
            TerminalMethod::Liquidation => {
                let assets = plan.asset_value.map(|slot| slot.of(x)).or(horizon.invested_capital).unwrap_or(zero);
                at_horizon(assets * plan.recovery_rate.of(x) - plan.costs.of(x))
            }
            TerminalMethod::Blend | TerminalMethod::None => (zero, zero),
        }
    }

    /// Revenue growth of the last year.
    #[inline(always)]
    fn last_growth<N: Number>(&self, horizon: &Horizon<N>, x: &[N]) -> N {
        let driver = match &self.years[self.years.len() - 1].operations {
            Operations::Drivers { growth, revenue: None, .. } => Some(growth.of(x)),
            _ => None,
        };
        let computed = horizon
            .last
            .operations
            .as_ref()
            .and_then(|operations| operations.revenue_before.map(|before| operations.revenue / before - 1.0));
        driver.or(computed).unwrap_or(N::constant(0.0))
    }
}

/// The metric of the last forecast year.
#[inline(always)]
pub(super) fn ltm<N: Number>(metric: Metric, year: &Flows<N>) -> Option<N> {
    let operations = year.operations.as_ref();
    match metric {
        Metric::Ebitda => operations.and_then(|o| o.da.map(|da| o.ebit + da)),
        Metric::Ebit => operations.map(|o| o.ebit),
        Metric::Revenue => operations.map(|o| o.revenue),
        Metric::Fcff => Some(year.fcff),
        Metric::Nopat => year.nopat,
    }
}

/// The metric of the first year beyond the forecast.
#[inline(always)]
fn ntm<N: Number>(metric: Metric, year: &TerminalYear<N>) -> Option<N> {
    match metric {
        Metric::Ebitda => year.ebitda,
        Metric::Ebit => year.ebit,
        Metric::Revenue => year.revenue,
        Metric::Fcff => Some(year.fcff),
        Metric::Nopat => year.nopat,
    }
}

/// Records `code` unless `value > bound` or an earlier fault stands.
#[inline(always)]
fn raise<N: Number>(fault: &mut N, value: N, bound: N, code: f64) {
    let here = bound.if_less(value, N::constant(0.0), N::constant(code));
    *fault = N::constant(0.0).if_less(*fault, *fault, here);
}

/// What one year hands to the next.
struct State<N> {
    revenue: Option<N>,
    nwc: N,
    nol: N,
}

struct Reinvestment<N> {
    net_capex: Option<N>,
    nwc: Option<N>,
    delta_nwc: Option<N>,
    total: N,
    floored: N,
}

impl<N: Number> Reinvestment<N> {
    #[inline(always)]
    fn of(net_capex: N, nwc: N, nwc_before: N, floored: N) -> Self {
        let delta = nwc - nwc_before;
        Self { net_capex: Some(net_capex), nwc: Some(nwc), delta_nwc: Some(delta), total: net_capex + delta, floored }
    }
}

struct Ratios<N> {
    ebit_margin: N,
    tax_rate: N,
    sales_to_capital: N,
    nwc_pct: N,
    da_pct: Option<N>,
    capex_pct: N,
    reinvestment_rate: N,
}

impl SharesPlan<Slot> {
    /// Price P with (shares + rsus) P + sum of count max(0, P - strike) = equity, and diluted shares.
    ///
    /// The left side is convex and piecewise linear in P, so Newton's method from the undiluted price
    /// falls monotonically and ends exactly on the solution after at most one step a strike.
    #[inline(always)]
    fn per_share<N: Number>(&self, equity: N, x: &[N]) -> (N, N) {
        let zero = N::constant(0.0);
        let basic = self.rsus.map_or(self.basic.of(x), |rsus| self.basic.of(x) + rsus.of(x));
        let claims = || {
            let options = self.options.iter().map(|(count, strike)| (count.of(x), strike.of(x)));
            options.chain(self.convertibles.iter().map(|(principal, shares)| {
                let shares = shares.of(x);
                (shares, principal.of(x) / shares)
            }))
        };
        if let Some(price) = self.treasury_price {
            let price = price.of(x);
            let mut diluted = basic;
            for (count, strike) in claims() {
                diluted = diluted + count * (-(strike / price) + 1.0).max(zero);
            }
            return (equity / diluted, diluted);
        }
        let mut price = equity / basic;
        let steps = self.options.len() + self.convertibles.len();
        for _ in 0..steps {
            let mut shares = basic;
            let mut proceeds = equity;
            for (count, strike) in claims() {
                shares = shares + strike.if_less(price, count, zero);
                proceeds = proceeds + strike.if_less(price, count * strike, zero);
            }
            price = proceeds / shares;
        }
        let mut diluted = basic;
        for (count, strike) in claims() {
            let exercised = strike.if_less(price, count * (price - strike), zero);
            diluted = diluted + zero.if_less(exercised, exercised / price, zero);
        }
        (price, diluted)
    }
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

impl Formula for Plan<Slot> {
    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N]) -> N {
        let totals = self.value(numbers, &mut ());
        outputs[..7].copy_from_slice(&[
            totals.value_per_share,
            totals.equity_value,
            totals.enterprise_value,
            totals.pv_fcff,
            totals.pv_terminal,
            totals.terminal_value,
            totals.diluted_shares,
        ]);
        totals.fault
    }

    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        let code = f64::from(code);
        let (growth, wacc) = (self.whole.growth.of(numbers), self.whole.wacc.of(numbers));
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
