//! The first year beyond the forecast, and the value of all that follows the forecast.

use super::super::input::{Metric, MetricBasis, ReinvestmentBasis, TerminalMethod};
use super::super::plan::{Operations, Plan, TerminalPlan};
use super::year::{Flows, given_or, ratio};
use super::{Horizon, fault, raise};
use crate::model::Slot;
use crate::number::Number;

/// The first year beyond the forecast; what a forecast of flows alone cannot tell is 0.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct TerminalYear<N> {
    revenue: N,
    ebit: N,
    ebitda: N,
    pub(in super::super) nopat: N,
    pub(in crate::valuation) fcff: N,
}

impl<N: Number> TerminalYear<N> {
    #[inline(always)]
    fn metric(&self, metric: Metric) -> N {
        match metric {
            Metric::Ebitda => self.ebitda,
            Metric::Ebit => self.ebit,
            Metric::Revenue => self.revenue,
            Metric::Fcff => self.fcff,
            Metric::Nopat => self.nopat,
        }
    }
}

/// The ratios that hold for ever.
struct Ratios<N> {
    ebit_margin: N,
    tax_rate: N,
    sales_to_capital: N,
    nwc_pct: N,
    da_pct: N,
    capex_pct: N,
    reinvestment_rate: N,
}

impl Plan<Slot> {
    /// The year beyond the forecast at growth `growth`.
    #[inline(always)]
    pub(in crate::valuation) fn terminal_year<N: Number>(
        &self,
        plan: &TerminalPlan<Slot>,
        horizon: &Horizon<N>,
        growth: N,
        x: &[N],
    ) -> TerminalYear<N> {
        let zero = N::constant(0.0);
        let last = &horizon.last;
        let year = self.last_year();
        let ahead = growth + 1.0;
        if !year.has_operations() {
            let fcff = given_or(plan.fcff_next, horizon.fcff * ahead, x);
            return TerminalYear { revenue: zero, ebit: zero, ebitda: zero, nopat: last.nopat * ahead, fcff };
        }
        let ratios = self.ratios_for_ever(plan, last, x);
        let revenue = last.revenue * ahead;
        let ebit = revenue * ratios.ebit_margin;
        let nopat = match year.nopat {
            Some(_) => last.nopat * ahead,
            None => ebit - ratios.tax_rate * ebit.max(zero),
        };
        let increase = last.revenue * growth;
        let reinvestment = match self.basis {
            ReinvestmentBasis::SalesToFixedCapital => {
                self.floor(increase / ratios.sales_to_capital).0 + ratios.nwc_pct * increase
            }
            ReinvestmentBasis::SalesToInvestedCapital => self.floor(increase / ratios.sales_to_capital).0,
            ReinvestmentBasis::CapexDaNwc => (ratios.capex_pct - ratios.da_pct) * revenue + ratios.nwc_pct * increase,
            ReinvestmentBasis::ReinvestmentRate => ratios.reinvestment_rate * nopat,
        };
        let fcff = match plan.fcff_next {
            Some(slot) => slot.of(x),
            None if plan.normalize => nopat - reinvestment,
            None => horizon.fcff * ahead,
        };
        TerminalYear { revenue, ebit, ebitda: ebit + revenue * ratios.da_pct, nopat, fcff }
    }

    /// As given, else those of the last year.
    #[inline(always)]
    fn ratios_for_ever<N: Number>(&self, plan: &TerminalPlan<Slot>, last: &Flows<N>, x: &[N]) -> Ratios<N> {
        let year = self.last_year();
        let tax_rate = given_or(plan.tax_rate, ratio(year.tax_rate.as_ref(), x), x);
        match &year.operations {
            Operations::Drivers {
                ebit_margin,
                sales_to_capital,
                nwc_pct,
                da_pct,
                capex_pct,
                reinvestment_rate,
                ebit,
                ..
            } => Ratios {
                // An operating profit set for the last year sets its margin too.
                ebit_margin: match (plan.ebit_margin, ebit) {
                    (Some(slot), _) => slot.of(x),
                    (None, Some(_)) => last.ebit / last.revenue,
                    (None, None) => ebit_margin.of(x),
                },
                tax_rate,
                sales_to_capital: given_or(plan.sales_to_capital, ratio(sales_to_capital.as_ref(), x), x),
                nwc_pct: given_or(plan.nwc_pct, nwc_pct.of(x), x),
                da_pct: given_or(plan.da_pct, ratio(da_pct.as_ref(), x), x),
                capex_pct: given_or(plan.capex_pct, ratio(capex_pct.as_ref(), x), x),
                reinvestment_rate: ratio(reinvestment_rate.as_ref(), x),
            },
            Operations::Amounts { .. } | Operations::FlowOnly => Ratios {
                ebit_margin: given_or(plan.ebit_margin, last.ebit / last.revenue, x),
                tax_rate,
                sales_to_capital: given_or(plan.sales_to_capital, N::constant(0.0), x),
                nwc_pct: given_or(plan.nwc_pct, last.nwc / last.revenue, x),
                da_pct: given_or(plan.da_pct, last.da / last.revenue, x),
                capex_pct: given_or(plan.capex_pct, (last.net_capex + last.da) / last.revenue, x),
                reinvestment_rate: N::constant(0.0),
            },
        }
    }

    /// The flow of the year beyond the forecast that is grown for ever: of a value driver, profit less what its
    /// return on new capital, by default the rate `cost`, makes growth cost.
    #[inline(always)]
    pub(in crate::valuation) fn grown<N: Number>(
        &self,
        plan: &TerminalPlan<Slot>,
        horizon: &Horizon<N>,
        growth: N,
        cost: N,
        x: &[N],
        fault: &mut N,
    ) -> N {
        let year = self.terminal_year(plan, horizon, growth, x);
        if plan.method != TerminalMethod::ValueDriver {
            return year.fcff;
        }
        let ronic = given_or(plan.ronic, cost, x);
        raise(fault, ronic.abs(), N::constant(0.0), fault::RONIC);
        year.nopat * (-(growth / ronic) + 1.0)
    }

    /// Terminal value by one method, at its own date, and its present value. The return on new capital is
    /// by default the rate given, not the one it is discounted at: debt does not change the business.
    #[inline(always)]
    pub(in super::super) fn terminal_value<N: Number>(
        &self,
        plan: &TerminalPlan<Slot>,
        horizon: &Horizon<N>,
        discount: impl Fn(N) -> N,
        x: &[N],
        fault: &mut N,
    ) -> (N, N) {
        let zero = N::constant(0.0);
        let growth = plan.growth.of(x);
        let cost = plan.wacc.of(x);
        let wacc = discount(cost);
        let spread = wacc - growth;
        match plan.method {
            TerminalMethod::Gordon | TerminalMethod::ValueDriver => {
                raise(fault, spread, plan.min_spread.of(x), fault::SPREAD);
                self.by_growth(self.grown(plan, horizon, growth, cost, x, fault) / spread, wacc, horizon)
            }
            TerminalMethod::HModel => {
                raise(fault, spread, plan.min_spread.of(x), fault::SPREAD);
                let initial = match plan.growth_initial {
                    Some(slot) => slot.of(x),
                    None => self.last_growth(horizon, x),
                };
                let flow = self.terminal_year(plan, horizon, growth, x).fcff / (growth + 1.0);
                let grown = flow * ((growth + 1.0) + plan.half_life.of(x) * (initial - growth));
                self.by_growth(grown / spread, wacc, horizon)
            }
            TerminalMethod::ExitMultiple => {
                let metric = match plan.metric_basis {
                    MetricBasis::Ltm => horizon.last.metric(plan.metric),
                    MetricBasis::Ntm => self.terminal_year(plan, horizon, growth, x).metric(plan.metric),
                };
                raise(fault, metric, zero, fault::METRIC);
                at_horizon(plan.multiple.of(x) * metric, horizon)
            }
            TerminalMethod::Liquidation => {
                let assets = given_or(plan.asset_value, horizon.invested_capital, x);
                at_horizon(assets * plan.recovery_rate.of(x) - plan.costs.of(x), horizon)
            }
            TerminalMethod::Blend | TerminalMethod::None => (zero, zero),
        }
    }

    /// A value one year before its first flow: that flow arrives in the middle of its year if all do.
    #[inline(always)]
    pub(in crate::valuation) fn by_growth<N: Number>(&self, value: N, wacc: N, horizon: &Horizon<N>) -> (N, N) {
        let pv = value * horizon.end_factor;
        (value, if self.mid_year { pv * (wacc + 1.0).sqrt() } else { pv })
    }

    /// Revenue growth of the last year.
    #[inline(always)]
    fn last_growth<N: Number>(&self, horizon: &Horizon<N>, x: &[N]) -> N {
        match &self.last_year().operations {
            Operations::Drivers { growth, revenue: None, .. } => growth.of(x),
            _ => horizon.last.revenue / horizon.last.revenue_before - 1.0,
        }
    }
}

/// A value at the end of the last year, and its present value.
#[inline(always)]
pub(in crate::valuation) fn at_horizon<N: Number>(value: N, horizon: &Horizon<N>) -> (N, N) {
    (value, value * horizon.end_factor)
}
