//! The full account of one valuation: schedule, implied figures, bridge and warnings, from the same
//! formula that gives the value.

use super::formula::{Flows, Horizon, Totals, ltm};
use super::input::{Bridge, Dcf, Metric, MetricBasis, ReinvestmentBasis, TerminalMethod};
use super::output::{BridgeItem, DcfSchedule, DcfValuation, EntryMultiples, ImpliedMultiples, TerminalComponent};
use super::plan::Plan;
use crate::model::Slot;
use crate::valuation::Warning;

/// Everything the account is drawn from.
pub(super) struct Account<'a> {
    pub(super) dcf: &'a Dcf,
    pub(super) plan: &'a Plan<Slot>,
    pub(super) numbers: &'a [f64],
    pub(super) totals: Totals<f64>,
    pub(super) years: Vec<Flows<f64>>,
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
        let (implied_growth, implied_ronic) = self.implied(at_horizon, growth, year.nopat);
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
            terminal_nopat: finite(year.nopat).filter(|_| has_year),
            terminal_share: over(totals.pv_terminal, Some(totals.enterprise_value)),
            implied_growth,
            implied_multiples: self.implied_multiples(at_horizon),
            implied_ronic,
            entry_multiples: self.entry_multiples(),
            wacc: self.years.iter().map(|year| year.wacc).collect(),
            bridge: bridge_items(&self.dcf.bridge),
            schedule,
            terminal_components: self.components(),
            warnings: Vec::new(),
        };
        valuation.warnings = self.warnings(&valuation);
        valuation
    }

    fn schedule(&self) -> DcfSchedule {
        let operating = |pick: fn(&super::formula::OperatingFlows<f64>) -> Option<f64>| {
            self.years.iter().map(|year| year.operations.as_ref().and_then(pick)).collect::<Vec<_>>()
        };
        let mut capital = self.plan.base_invested_capital.map(|slot| slot.of(self.numbers));
        let mut invested_capital = Vec::new();
        let mut roic = Vec::new();
        for year in &self.years {
            let opening = capital;
            capital = opening.zip(year.operations.as_ref()).map(|(capital, flows)| capital + flows.reinvestment);
            invested_capital.push(capital);
            roic.push(finite(year.nopat.zip(opening).map(|(nopat, capital)| nopat / capital)));
        }
        DcfSchedule {
            year: (1..).take(self.years.len()).collect(),
            time: self.years.iter().map(|year| year.time).collect(),
            discount_factor: self.years.iter().map(|year| year.discount_factor).collect(),
            revenue: operating(|flows| Some(flows.revenue)),
            growth: operating(|flows| finite(flows.revenue_before.map(|before| flows.revenue / before - 1.0))),
            ebit_margin: operating(|flows| finite(Some(flows.ebit / flows.revenue))),
            ebit: operating(|flows| Some(flows.ebit)),
            da: operating(|flows| flows.da),
            tax: operating(|flows| flows.tax),
            nol_used: operating(|flows| Some(flows.nol_used)),
            nol_balance: operating(|flows| Some(flows.nol_balance)),
            nopat: self.years.iter().map(|year| year.nopat).collect(),
            net_capex: operating(|flows| flows.net_capex),
            nwc: operating(|flows| flows.nwc),
            delta_nwc: operating(|flows| flows.delta_nwc),
            reinvestment: operating(|flows| Some(flows.reinvestment)),
            fcff: self.years.iter().map(|year| year.fcff).collect(),
            pv: self.years.iter().map(|year| year.pv).collect(),
            invested_capital,
            roic,
        }
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
        let known = self.horizon.last.operations.is_some() || !whole.normalize;
        let implied_growth = if known { branch(0.5).or_else(|| branch(-0.5)) } else { None };

        let by_growth =
            matches!(whole.method, TerminalMethod::Gordon | TerminalMethod::ValueDriver | TerminalMethod::HModel);
        let implied_ronic = nopat
            .filter(|_| by_growth)
            .and_then(|nopat| finite(Some(growth * nopat / (nopat - value * (wacc - growth)))));
        (implied_growth, implied_ronic)
    }

    fn implied_multiples(&self, at_horizon: f64) -> ImpliedMultiples {
        let of = |metric| over(at_horizon, ltm(metric, &self.horizon.last));
        ImpliedMultiples {
            revenue: of(Metric::Revenue),
            ebitda: of(Metric::Ebitda),
            ebit: of(Metric::Ebit),
            nopat: of(Metric::Nopat),
            fcff: of(Metric::Fcff),
        }
    }

    fn entry_multiples(&self) -> EntryMultiples {
        let of = |metric| over(self.totals.enterprise_value, self.years.first().and_then(|year| ltm(metric, year)));
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
                let (terminal_value, pv) = self.plan.terminal_value(plan, &self.horizon, self.numbers, &mut 0.0);
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
        let mut warn = |code: &str, field: String, message: String| {
            warnings.push(Warning { code: code.to_owned(), field, message });
        };
        if let Some(share) = valuation.terminal_share.filter(|share| *share > 0.75) {
            let message = format!("{:.0} % of enterprise value lies beyond the forecast", share * 100.0);
            warn("terminal_share_high", "terminal".into(), message);
        }
        let by_growth =
            |method| matches!(method, TerminalMethod::Gordon | TerminalMethod::ValueDriver | TerminalMethod::HModel);
        for plan in &self.plan.terminal {
            let spread = plan.wacc.of(self.numbers) - plan.growth.of(self.numbers);
            if by_growth(plan.method) && spread < 0.01 {
                let message = format!("the cost of capital exceeds growth by only {:.2} %", spread * 100.0);
                warn("narrow_spread", "terminal.growth".into(), message);
            }
        }
        self.warn_of_years(&mut warn);
        self.warn_of_terminal(valuation, &mut warn);
        warnings
    }

    fn warn_of_years(&self, warn: &mut impl FnMut(&str, String, String)) {
        let operations = || self.years.iter().enumerate().filter_map(|(i, year)| Some((i, year.operations.as_ref()?)));
        let years = |found: &[usize]| {
            let list: Vec<_> = found.iter().map(|i| (i + 1).to_string()).collect();
            format!("year {}", list.join(", "))
        };
        let mut found = |code: &str, field: &str, which: Vec<usize>, message: &str| {
            if !which.is_empty() {
                warn(code, format!("schedule.{field}[{}]", which[0]), format!("{}: {message}", years(&which)));
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
        let released =
            operations().filter(|(_, flows)| flows.delta_nwc.is_some_and(|delta| -delta > 0.05 * flows.revenue));
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
            warn("nol_unused", format!("schedule.nol_balance[{i}]"), message);
        }
    }

    fn warn_of_terminal(&self, valuation: &DcfValuation, warn: &mut impl FnMut(&str, String, String)) {
        let growth_flow = |method| matches!(method, TerminalMethod::Gordon | TerminalMethod::HModel);
        for plan in &self.plan.terminal {
            let growth = plan.growth.of(self.numbers);
            let year = self.plan.terminal_year(plan, &self.horizon, growth, self.numbers);
            if growth_flow(plan.method) && year.fcff <= 0.0 {
                let message = format!("the flow grown for ever is {}", year.fcff);
                warn("negative_terminal_flow", "terminal".into(), message);
            }
            if growth_flow(plan.method) && !plan.normalize && plan.fcff_next.is_none() {
                let message =
                    "the last year's flow is grown as it is, with that year's one-off reinvestment".to_owned();
                warn("not_normalized", "terminal.normalize".into(), message);
            }
        }
        let whole = &self.plan.whole;
        if self.plan.basis == ReinvestmentBasis::CapexDaNwc
            && whole.growth.of(self.numbers) > 0.0
            && let Some(last) = &self.horizon.last.operations
            && let (Some(da), Some(net)) = (last.da, last.net_capex)
        {
            let da_pct = whole.da_pct.map_or(da / last.revenue, |slot| slot.of(self.numbers));
            let capex_pct = whole.capex_pct.map_or((net + da) / last.revenue, |slot| slot.of(self.numbers));
            if capex_pct < da_pct {
                let message = "growth for ever while capital expenditure stays below depreciation".to_owned();
                warn("capex_below_da", "terminal.capex_pct".into(), message);
            }
        }
        if whole.method != TerminalMethod::None && valuation.implied_growth.is_none() {
            let message =
                "no growth below the cost of capital gives this terminal value; implied_growth is null".to_owned();
            warn("implied_growth_out_of_range", "implied_growth".into(), message);
        }
        for path in self.inert_paths() {
            warn("inert_path", path.to_owned(), "given, but another field takes precedence".to_owned());
        }
    }

    /// Optional fields that are given and cannot influence the value.
    fn inert_paths(&self) -> Vec<&'static str> {
        let terminal = &self.dcf.terminal;
        let method = terminal.method;
        let blend = method == TerminalMethod::Blend;
        let multiple = method == TerminalMethod::ExitMultiple;
        let ntm = multiple && terminal.metric_basis == MetricBasis::Ntm;
        [
            ("terminal.ronic", terminal.ronic.is_some() && method != TerminalMethod::ValueDriver && !blend),
            ("terminal.multiple", terminal.multiple.is_some() && !multiple && !blend),
            ("terminal.half_life", terminal.half_life.is_some() && method != TerminalMethod::HModel && !blend),
            ("terminal.asset_value", terminal.asset_value.is_some() && method != TerminalMethod::Liquidation && !blend),
            ("terminal.growth", terminal.growth.is_some() && multiple && !ntm),
        ]
        .into_iter()
        .filter_map(|(path, inert)| inert.then_some(path))
        .collect()
    }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// The quotient where the base is there and positive.
fn over(value: f64, base: Option<f64>) -> Option<f64> {
    finite(base.filter(|base| *base > 0.0).map(|base| value / base))
}

fn bridge_items(bridge: &Bridge) -> Vec<BridgeItem> {
    let item = |name: &str, amount: f64| BridgeItem { name: name.to_owned(), amount: amount + 0.0 };
    let mut items = Vec::new();
    if let Some(net_debt) = bridge.net_debt {
        items.push(item("net_debt", -net_debt));
    } else {
        items.push(item("debt", -bridge.debt.unwrap_or(0.0)));
        items.push(item("cash", bridge.cash.unwrap_or(0.0)));
    }
    items.extend([
        item("leases", -bridge.leases),
        item("pension_deficit", -bridge.pension_deficit),
        item("preferred", -bridge.preferred),
        item("minority_interest", -bridge.minority_interest),
    ]);
    items.extend(bridge.other_claims.iter().map(|claim| item(&claim.name, -claim.amount)));
    items.extend([item("associates", bridge.associates), item("non_operating_assets", bridge.non_operating_assets)]);
    items.extend(bridge.other_assets.iter().map(|asset| item(&asset.name, asset.amount)));
    items
}
