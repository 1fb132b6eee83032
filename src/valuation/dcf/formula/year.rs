//! One forecast year, from drivers to free cash flow.

use super::super::input::{Metric, ReinvestmentBasis};
use super::super::plan::{Operations, Plan, Year};
use crate::model::Slot;
use crate::number::Number;
use crate::valuation::losses::use_losses;
use crate::valuation::stages::Driver;

/// One year's figures. What the plan does not lead to is 0; [`Year`] tells what there is.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Flows<N> {
    pub(in super::super) revenue: N,
    pub(in super::super) revenue_before: N,
    pub(in crate::valuation) ebit: N,
    pub(in super::super) da: N,
    pub(in super::super) tax: N,
    /// Tax saved by losses carried forward.
    pub(in super::super) tax_saved: N,
    pub(in super::super) nol_used: N,
    pub(in super::super) nol_balance: N,
    pub(in crate::valuation) nopat: N,
    pub(in super::super) net_capex: N,
    pub(in super::super) nwc: N,
    pub(in super::super) delta_nwc: N,
    pub(in crate::valuation) reinvestment: N,
    /// Fall of revenue times capital ratio that was floored at zero.
    pub(in super::super) floored: N,
    /// Free cash flow of the whole year.
    pub(in crate::valuation) fcff: N,
}

impl<N: Number> Flows<N> {
    /// Before the first year.
    #[inline(always)]
    pub(super) fn none() -> Self {
        let zero = N::constant(0.0);
        Self {
            revenue: zero,
            revenue_before: zero,
            ebit: zero,
            da: zero,
            tax: zero,
            tax_saved: zero,
            nol_used: zero,
            nol_balance: zero,
            nopat: zero,
            net_capex: zero,
            nwc: zero,
            delta_nwc: zero,
            reinvestment: zero,
            floored: zero,
            fcff: zero,
        }
    }

    /// The figure that a multiple applies to.
    #[inline(always)]
    pub(in super::super) fn metric(&self, metric: Metric) -> N {
        match metric {
            Metric::Ebitda => self.ebit + self.da,
            Metric::Ebit => self.ebit,
            Metric::Revenue => self.revenue,
            Metric::Fcff => self.fcff,
            Metric::Nopat => self.nopat,
        }
    }
}

/// What one year hands to the next.
pub(super) struct State<N> {
    /// 0 before the first year of a forecast that has no base revenue.
    pub(super) revenue: N,
    pub(super) nwc: N,
    pub(super) nol: N,
}

/// What a year's figures follow from, as numbers; what its plan has no use for is 0.
///
/// The same for all years of a run, so it is read once and the years themselves are arithmetic only.
pub(super) struct Terms<N> {
    growth: N,
    ebit_margin: N,
    tax_rate: N,
    /// Capital added per unit of revenue added: a division here saves one a year.
    capital_to_sales: N,
    nwc_pct: N,
    da_pct: N,
    capex_pct: N,
    reinvestment_rate: N,
    /// Depreciation, capital expenditure and working capital of a forecast by amounts.
    da: N,
    capex: N,
    nwc: N,
    /// Figures given outright.
    given: Given<N>,
}

struct Given<N> {
    revenue: Option<N>,
    ebit: Option<N>,
    tax: Option<N>,
    nopat: Option<N>,
    reinvestment: Option<N>,
    fcff: Option<N>,
}

/// What a year puts into the business, by the basis chosen.
struct Reinvestment<N> {
    net_capex: N,
    nwc: N,
    delta_nwc: N,
    total: N,
    floored: N,
}

impl<N: Number> Reinvestment<N> {
    /// Fixed and working capital apart.
    #[inline(always)]
    fn of(net_capex: N, nwc: N, nwc_before: N, floored: N) -> Self {
        let delta_nwc = nwc - nwc_before;
        Self { net_capex, nwc, delta_nwc, total: net_capex + delta_nwc, floored }
    }

    /// One amount for both.
    #[inline(always)]
    fn whole(total: N, nwc: N, floored: N) -> Self {
        let zero = N::constant(0.0);
        Self { net_capex: zero, nwc, delta_nwc: zero, total, floored }
    }
}

/// The ratio, or 0 where the basis chosen has no use for it.
#[inline(always)]
pub(super) fn ratio<N: Number>(driver: Option<&Driver<Slot>>, x: &[N]) -> N {
    match driver {
        Some(driver) => driver.of(x),
        None => N::constant(0.0),
    }
}

/// The number given outright, else the one computed.
#[inline(always)]
pub(super) fn given_or<N: Number>(slot: Option<Slot>, computed: N, x: &[N]) -> N {
    match slot {
        Some(slot) => slot.of(x),
        None => computed,
    }
}

/// The number in a slot, where there is one.
#[inline(always)]
fn at<N: Number>(slot: Option<Slot>, x: &[N]) -> Option<N> {
    match slot {
        Some(slot) => Some(slot.of(x)),
        None => None,
    }
}

impl Year<Slot> {
    #[inline(always)]
    pub(super) fn terms<N: Number>(&self, x: &[N]) -> Terms<N> {
        let zero = N::constant(0.0);
        let mut terms = Terms {
            growth: zero,
            ebit_margin: zero,
            tax_rate: ratio(self.tax_rate.as_ref(), x),
            capital_to_sales: zero,
            nwc_pct: zero,
            da_pct: zero,
            capex_pct: zero,
            reinvestment_rate: zero,
            da: zero,
            capex: zero,
            nwc: zero,
            given: Given {
                revenue: None,
                ebit: None,
                tax: at(self.tax, x),
                nopat: at(self.nopat, x),
                reinvestment: at(self.reinvestment, x),
                fcff: at(self.fcff, x),
            },
        };
        match &self.operations {
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
                terms.growth = growth.of(x);
                terms.ebit_margin = ebit_margin.of(x);
                if let Some(sales_to_capital) = sales_to_capital {
                    terms.capital_to_sales = N::constant(1.0) / sales_to_capital.of(x);
                }
                terms.nwc_pct = nwc_pct.of(x);
                terms.da_pct = ratio(da_pct.as_ref(), x);
                terms.capex_pct = ratio(capex_pct.as_ref(), x);
                terms.reinvestment_rate = ratio(reinvestment_rate.as_ref(), x);
                terms.given.revenue = at(*revenue, x);
                terms.given.ebit = at(*ebit, x);
            }
            Operations::Amounts { revenue, ebit, da, capex, nwc } => {
                terms.given.revenue = Some(revenue.of(x));
                terms.given.ebit = Some(ebit.of(x));
                terms.da = da.of(x);
                terms.capex = capex.of(x);
                terms.nwc = nwc.of(x);
            }
            // No business is told of, only what it leaves; fcff is among the figures given.
            Operations::FlowOnly => {
                terms.given.revenue = Some(zero);
                terms.given.ebit = Some(zero);
            }
        }
        terms
    }
}

impl Plan<Slot> {
    #[inline(always)]
    pub(super) fn flows<N: Number>(
        &self,
        year: &Year<Slot>,
        terms: &Terms<N>,
        state: &mut State<N>,
        x: &[N],
    ) -> Flows<N> {
        let zero = N::constant(0.0);
        let given = &terms.given;
        let before = state.revenue;
        let revenue = match given.revenue {
            Some(revenue) => revenue,
            None => before * (terms.growth + 1.0),
        };
        let ebit = match given.ebit {
            Some(ebit) => ebit,
            None => revenue * terms.ebit_margin,
        };

        let mut nol_used = zero;
        if let Some(nol) = &self.nol {
            nol_used = use_losses(&mut state.nol, ebit, nol.usage_limit.of(x), nol.add_losses);
        }
        let tax = match (given.tax, given.nopat) {
            (Some(tax), _) => tax,
            (None, Some(nopat)) => ebit - nopat,
            (None, None) => terms.tax_rate * (ebit - nol_used).max(zero),
        };
        let nopat = ebit - tax;

        let capital = self.reinvest(year, terms, revenue, revenue - before, nopat, state.nwc);
        let reinvestment = match given.reinvestment {
            Some(reinvestment) => reinvestment,
            None => capital.total,
        };
        state.revenue = revenue;
        state.nwc = capital.nwc;
        Flows {
            revenue,
            revenue_before: before,
            ebit,
            da: if matches!(year.operations, Operations::Amounts { .. }) { terms.da } else { revenue * terms.da_pct },
            tax,
            tax_saved: terms.tax_rate * nol_used,
            nol_used,
            nol_balance: state.nol,
            nopat,
            net_capex: capital.net_capex,
            nwc: capital.nwc,
            delta_nwc: capital.delta_nwc,
            reinvestment,
            floored: capital.floored,
            fcff: match given.fcff {
                Some(fcff) => fcff,
                None => nopat - reinvestment,
            },
        }
    }

    #[inline(always)]
    fn reinvest<N: Number>(
        &self,
        year: &Year<Slot>,
        terms: &Terms<N>,
        revenue: N,
        growth: N,
        nopat: N,
        nwc_before: N,
    ) -> Reinvestment<N> {
        let zero = N::constant(0.0);
        if matches!(year.operations, Operations::Amounts { .. }) {
            return Reinvestment::of(terms.capex - terms.da, terms.nwc, nwc_before, zero);
        }
        match self.basis {
            ReinvestmentBasis::SalesToFixedCapital => {
                let (net_capex, floored) = self.floor(growth * terms.capital_to_sales);
                Reinvestment::of(net_capex, revenue * terms.nwc_pct, nwc_before, floored)
            }
            ReinvestmentBasis::SalesToInvestedCapital => {
                let (total, floored) = self.floor(growth * terms.capital_to_sales);
                Reinvestment::whole(total, nwc_before, floored)
            }
            ReinvestmentBasis::CapexDaNwc => {
                let net_capex = (terms.capex_pct - terms.da_pct) * revenue;
                Reinvestment::of(net_capex, revenue * terms.nwc_pct, nwc_before, zero)
            }
            ReinvestmentBasis::ReinvestmentRate => {
                Reinvestment::whole(nopat * terms.reinvestment_rate, nwc_before, zero)
            }
        }
    }

    /// Net capital expenditure is not negative unless divestment is allowed; also what the floor took.
    #[inline(always)]
    pub(super) fn floor<N: Number>(&self, net_capex: N) -> (N, N) {
        if self.allow_divestment {
            (net_capex, N::constant(0.0))
        } else {
            let floored = net_capex.max(N::constant(0.0));
            (floored, floored - net_capex)
        }
    }
}
