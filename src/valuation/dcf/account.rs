//! The full account of one valuation: schedule, implied figures, bridge and warnings, from the same
//! formula that gives the value.

use super::formula::{Entry, Flows, Horizon, Totals};
use super::input::{Dcf, Metric, MetricBasis, ReinvestmentBasis, TerminalMethod};
use super::output::{DcfSchedule, DcfValuation, EntryMultiples, ImpliedMultiples, TerminalComponent};
use super::plan::{Plan, Year};
use crate::model::Slot;
use crate::valuation::warning::{Warning, inert, narrow_spread, negative_terminal_flow};

/// Everything the account is drawn from.
pub(super) struct Account<'a> {
    pub(super) dcf: &'a Dcf,
    pub(super) plan: &'a Plan<Slot>,
    pub(super) numbers: &'a [f64],
    pub(super) totals: Totals<f64>,
    pub(super) years: Vec<Entry<f64>>,
    pub(super) horizon: Horizon<f64>,
}

impl Account<'_> {
    pub(super) fn write(self) -> DcfValuation {
        let totals = self.totals;
        let schedule = self.schedule();
        let growth = self.plan.whole.growth.of(self.numbers);
        let year = self.plan.terminal_year(&self.plan.whole, &self.horizon, growth, self.numbers);
        // Without a growth rate there is no year beyond the forecast to tell of.
        let has_year = self.dcf.terminal.growth.is_some() || self.dcf.terminal.method != TerminalMethod::None;
        let at_horizon = totals.pv_terminal / totals.end_factor;
        let nopat = self.plan.last_year().has_nopat().then_some(year.nopat);
        let (implied_growth, implied_ronic) = self.implied(at_horizon, growth, nopat);
        let mut valuation = DcfValuation {
            value_per_share: self.plan.shares.as_ref().map(|_| totals.value_per_share),
            equity_value: totals.equity_value,
            enterprise_value: totals.enterprise_value,
            diluted_shares: self.plan.shares.as_ref().map(|_| totals.diluted_shares),
            pv_fcff: totals.pv_fcff,
            pv_terminal: totals.pv_terminal,
            terminal_value: totals.terminal_value,
            terminal_value_at_horizon: at_horizon,
            terminal_fcff: finite(Some(year.fcff)).filter(|_| has_year),
            terminal_nopat: finite(nopat).filter(|_| has_year),
            terminal_share: over(totals.pv_terminal, Some(totals.enterprise_value)),
            implied_growth,
            implied_multiples: self.implied_multiples(at_horizon),
            implied_ronic,
            entry_multiples: self.entry_multiples(),
            wacc: self.years.iter().map(|year| year.wacc).collect(),
            bridge: self.dcf.bridge.items(),
            schedule,
            terminal_components: self.components(),
            warnings: Vec::new(),
        };
        valuation.warnings = self.warnings(&valuation);
        valuation
    }

    fn schedule(&self) -> DcfSchedule {
        let stub = self.plan.stub.map_or(1.0, |slot| slot.of(self.numbers));
        let mut capital = self.plan.base_invested_capital.map(|slot| slot.of(self.numbers));
        let mut invested_capital = Vec::new();
        let mut roic = Vec::new();
        for (i, year) in self.years.iter().enumerate() {
            let opening = capital;
            capital = capital.map(|capital| capital + year.flows.reinvestment);
            invested_capital.push(capital);
            let nopat = self.nopat(i);
            roic.push(finite(nopat.zip(opening).map(|(nopat, capital)| nopat / capital)));
        }
        let plan = &self.plan;
        let all = |pick: fn(&Flows<f64>) -> f64| self.column(|_, year| year.has_operations(), pick);
        let explicit = plan.base_revenue.is_some();
        let parts =
            |pick: fn(&Flows<f64>) -> f64| self.column(|_, year| year.has_operations() && plan.has_net_capex(), pick);
        let finite_only = |column: Vec<Option<f64>>| column.into_iter().map(finite).collect();
        DcfSchedule {
            year: (1..).take(self.years.len()).collect(),
            time: (0..self.years.len()).map(|i| stub + i as f64).collect(),
            discount_factor: self.years.iter().map(|year| year.discount_factor).collect(),
            revenue: all(|flows| flows.revenue),
            growth: finite_only(self.column(
                |i, year| year.has_operations() && (i > 0 || explicit),
                |flows| flows.revenue / flows.revenue_before - 1.0,
            )),
            ebit_margin: finite_only(all(|flows| flows.ebit / flows.revenue)),
            ebit: all(|flows| flows.ebit),
            da: self.column(|_, year| year.has_da(), |flows| flows.da),
            tax: all(|flows| flows.tax),
            nol_used: all(|flows| flows.nol_used),
            nol_balance: all(|flows| flows.nol_balance),
            nopat: (0..self.years.len()).map(|i| self.nopat(i)).collect(),
            net_capex: parts(|flows| flows.net_capex),
            nwc: parts(|flows| flows.nwc),
            delta_nwc: parts(|flows| flows.delta_nwc),
            reinvestment: all(|flows| flows.reinvestment),
            fcff: self.years.iter().map(|year| year.flows.fcff).collect(),
            pv: self.years.iter().map(|year| year.pv(year.flows.fcff)).collect(),
            invested_capital,
            roic,
        }
    }

    /// A figure of every year; null in years whose plan does not lead to it.
    fn column(
        &self,
        known: impl Fn(usize, &Year<Slot>) -> bool,
        pick: impl Fn(&Flows<f64>) -> f64,
    ) -> Vec<Option<f64>> {
        let years = self.plan.years.iter().zip(&self.years).enumerate();
        years.map(|(i, (year, entry))| known(i, year).then(|| pick(&entry.flows))).collect()
    }

    fn nopat(&self, i: usize) -> Option<f64> {
        self.plan.years[i].has_nopat().then(|| self.years[i].flows.nopat)
    }

    /// A metric of year `i`, where the forecast tells it.
    fn metric(&self, metric: Metric, i: usize) -> Option<f64> {
        let year = &self.plan.years[i];
        let known = match metric {
            Metric::Ebitda => year.has_da(),
            Metric::Ebit | Metric::Revenue => year.has_operations(),
            Metric::Nopat => year.has_nopat(),
            Metric::Fcff => true,
        };
        known.then(|| self.years[i].flows.metric(metric))
    }

    /// Terminal value as a Gordon value sees it: at the date its flow is one year ahead of.
    fn gordon_basis(&self, at_horizon: f64) -> f64 {
        let wacc = self.plan.whole.wacc.of(self.numbers);
        if self.plan.mid_year { at_horizon / (1.0 + wacc).sqrt() } else { at_horizon }
    }

    /// Growth and return on new capital that the terminal value stands for.
    fn implied(&self, at_horizon: f64, growth: f64, nopat: Option<f64>) -> (Option<f64>, Option<f64>) {
        let whole = &self.plan.whole;
        let wacc = whole.wacc.of(self.numbers);
        let value = self.gordon_basis(at_horizon);
        let flow = |growth: f64| self.plan.terminal_year(whole, &self.horizon, growth, self.numbers).fcff;
        // The flow is a straight line in growth on each side of zero, where the floor on divestment begins.
        let at_zero = flow(0.0);
        let branch = |end: f64| {
            let slope = (flow(end) - at_zero) / end;
            let root = (value * wacc - at_zero) / (value + slope);
            (root.is_finite() && root < wacc && root > -1.0 && (root >= 0.0) == (end > 0.0)).then_some(root)
        };
        // A forecast of flows alone has no growth to normalise by.
        let known = self.plan.last_year().has_operations() || !whole.normalize;
        let implied_growth = if known { branch(0.5).or_else(|| branch(-0.5)) } else { None };

        let by_growth =
            matches!(whole.method, TerminalMethod::Gordon | TerminalMethod::ValueDriver | TerminalMethod::HModel);
        let implied_ronic = nopat
            .filter(|_| by_growth)
            .and_then(|nopat| finite(Some(growth * nopat / (nopat - value * (wacc - growth)))));
        (implied_growth, implied_ronic)
    }

    fn implied_multiples(&self, at_horizon: f64) -> ImpliedMultiples {
        let last = self.years.len() - 1;
        let of = |metric| over(at_horizon, self.metric(metric, last));
        ImpliedMultiples {
            revenue: of(Metric::Revenue),
            ebitda: of(Metric::Ebitda),
            ebit: of(Metric::Ebit),
            nopat: of(Metric::Nopat),
            fcff: of(Metric::Fcff),
        }
    }

    fn entry_multiples(&self) -> EntryMultiples {
        let of = |metric| over(self.totals.enterprise_value, self.metric(metric, 0));
        EntryMultiples {
            revenue: of(Metric::Revenue),
            ebitda: of(Metric::Ebitda),
            ebit: of(Metric::Ebit),
            nopat: of(Metric::Nopat),
        }
    }

    fn components(&self) -> Vec<TerminalComponent> {
        let blended = self.plan.whole.method == TerminalMethod::Blend;
        self.plan
            .terminal
            .iter()
            .map(|plan| {
                let (terminal_value, pv) =
                    self.plan.terminal_value(plan, &self.horizon, |wacc| wacc, self.numbers, &mut 0.0);
                TerminalComponent {
                    method: plan.method.name().to_owned(),
                    weight: if blended { plan.weight.of(self.numbers) } else { 1.0 },
                    terminal_value,
                    pv,
                }
            })
            .collect()
    }

    fn warnings(&self, valuation: &DcfValuation) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(share) = valuation.terminal_share.filter(|share| *share > 0.75) {
            let message = format!("{:.0} % of enterprise value lies beyond the forecast", share * 100.0);
            warnings.push(warning("terminal_share_high", "terminal", message));
        }
        let by_growth =
            |method| matches!(method, TerminalMethod::Gordon | TerminalMethod::ValueDriver | TerminalMethod::HModel);
        for plan in &self.plan.terminal {
            let spread = plan.wacc.of(self.numbers) - plan.growth.of(self.numbers);
            if by_growth(plan.method) {
                warnings.extend(narrow_spread("cost of capital", spread));
            }
        }
        self.warn_of_years(&mut warnings);
        self.warn_of_terminal(valuation, &mut warnings);
        warnings.extend(self.inert_paths());
        warnings
    }

    fn warn_of_years(&self, warnings: &mut Vec<Warning>) {
        let operations = || {
            let years = self.plan.years.iter().zip(&self.years).enumerate();
            years.filter(|(_, (year, _))| year.has_operations()).map(|(i, (_, entry))| (i, &entry.flows))
        };
        let years = |found: &[usize]| {
            let list: Vec<_> = found.iter().map(|i| (i + 1).to_string()).collect();
            format!("year {}", list.join(", "))
        };
        let mut found = |code: &str, field: &str, which: Vec<usize>, message: &str| {
            if !which.is_empty() {
                let message = format!("{}: {message}", years(&which));
                warnings.push(warning(code, format!("schedule.{field}[{}]", which[0]), message));
            }
        };
        let losses = operations().filter(|(_, flows)| flows.ebit < 0.0 && self.plan.nol.is_none());
        found(
            "losses_without_nol",
            "ebit",
            losses.map(|(i, _)| i).collect(),
            "a loss saves no tax, since nol is not given",
        );
        let floored = operations().filter(|(_, flows)| flows.floored > 0.0);
        found(
            "divestment_floored",
            "net_capex",
            floored.map(|(i, _)| i).collect(),
            "revenue falls but assets keep their book value; set allow_divestment to release them",
        );
        let released = operations().filter(|(_, flows)| -flows.delta_nwc > 0.05 * flows.revenue);
        found(
            "nwc_release",
            "delta_nwc",
            released.map(|(i, _)| i).collect(),
            "working capital releases more than 5 % of revenue",
        );
        if let Some((i, flows)) = operations().next_back()
            && flows.nol_balance > 0.0
        {
            let message = format!("losses of {} are still unused at the end of the forecast", flows.nol_balance);
            warnings.push(warning("nol_unused", format!("schedule.nol_balance[{i}]"), message));
        }
    }

    fn warn_of_terminal(&self, valuation: &DcfValuation, warnings: &mut Vec<Warning>) {
        let growth_flow = |method| matches!(method, TerminalMethod::Gordon | TerminalMethod::HModel);
        for plan in &self.plan.terminal {
            let growth = plan.growth.of(self.numbers);
            let year = self.plan.terminal_year(plan, &self.horizon, growth, self.numbers);
            if growth_flow(plan.method) {
                warnings.extend(negative_terminal_flow(year.fcff));
            }
            if growth_flow(plan.method) && !plan.normalize && plan.fcff_next.is_none() {
                let message =
                    "the last year's flow is grown as it is, with that year's one-off reinvestment".to_owned();
                warnings.push(warning("not_normalized", "terminal.normalize", message));
            }
        }
        let whole = &self.plan.whole;
        if self.plan.basis == ReinvestmentBasis::CapexDaNwc
            && whole.growth.of(self.numbers) > 0.0
            && self.plan.last_year().has_operations()
        {
            let last = &self.horizon.last;
            let da_pct = whole.da_pct.map_or(last.da / last.revenue, |slot| slot.of(self.numbers));
            let capex_pct =
                whole.capex_pct.map_or((last.net_capex + last.da) / last.revenue, |slot| slot.of(self.numbers));
            if capex_pct < da_pct {
                let message = "growth for ever while capital expenditure stays below depreciation".to_owned();
                warnings.push(warning("capex_below_da", "terminal.capex_pct", message));
            }
        }
        if whole.method != TerminalMethod::None && valuation.implied_growth.is_none() {
            let message =
                "no growth below the cost of capital gives this terminal value; implied_growth is null".to_owned();
            warnings.push(warning("implied_growth_out_of_range", "implied_growth", message));
        }
    }

    /// Optional fields that are given and cannot influence the value.
    fn inert_paths(&self) -> Vec<Warning> {
        let terminal = &self.dcf.terminal;
        let method = terminal.method;
        let blend = method == TerminalMethod::Blend;
        let multiple = method == TerminalMethod::ExitMultiple;
        let ntm = multiple && terminal.metric_basis == MetricBasis::Ntm;
        inert([
            ("terminal.ronic", terminal.ronic.is_some() && method != TerminalMethod::ValueDriver && !blend),
            ("terminal.multiple", terminal.multiple.is_some() && !multiple && !blend),
            ("terminal.half_life", terminal.half_life.is_some() && method != TerminalMethod::HModel && !blend),
            ("terminal.asset_value", terminal.asset_value.is_some() && method != TerminalMethod::Liquidation && !blend),
            ("terminal.growth", terminal.growth.is_some() && multiple && !ntm),
        ])
    }
}

fn warning(code: &str, field: impl Into<String>, message: String) -> Warning {
    Warning { code: code.to_owned(), field: field.into(), message }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// The quotient where the base is there and positive.
fn over(value: f64, base: Option<f64>) -> Option<f64> {
    finite(base.filter(|base| *base > 0.0).map(|base| value / base))
}
