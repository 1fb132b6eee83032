//! The terminal method, or the components of a blend, with their defaults filled in.

use super::{Operations, Year};
use crate::model::Problems;
use crate::valuation::dcf::input::{Dcf, Metric, MetricBasis, Terminal, TerminalMethod};

/// A method for the terminal value, with its defaults filled in where they are not the year's own.
#[derive(Clone, Debug)]
pub(in crate::valuation) struct TerminalPlan<S> {
    pub(in super::super) method: TerminalMethod,
    pub(in crate::valuation) growth: S,
    pub(in crate::valuation) wacc: S,
    pub(in super::super) min_spread: S,
    pub(in super::super) normalize: bool,
    pub(in super::super) fcff_next: Option<S>,
    pub(in super::super) ebit_margin: Option<S>,
    pub(in super::super) tax_rate: Option<S>,
    pub(in super::super) sales_to_capital: Option<S>,
    pub(in super::super) nwc_pct: Option<S>,
    pub(in super::super) da_pct: Option<S>,
    pub(in super::super) capex_pct: Option<S>,
    pub(in super::super) ronic: Option<S>,
    pub(in super::super) metric: Metric,
    pub(in super::super) metric_basis: MetricBasis,
    pub(in super::super) multiple: S,
    pub(in super::super) growth_initial: Option<S>,
    pub(in super::super) half_life: S,
    pub(in super::super) asset_value: Option<S>,
    pub(in super::super) recovery_rate: S,
    pub(in super::super) costs: S,
    pub(in super::super) weight: S,
}

pub(super) fn blend<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    years: &[Year<S>],
    last_wacc: S,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Vec<TerminalPlan<S>> {
    let components = &dcf.terminal.components.0;
    if components.is_empty() {
        problems.missing("terminal.components", "required by method blend: at least one");
    }
    components
        .iter()
        .enumerate()
        .map(|(i, component)| {
            let place = format!("terminal.components[{i}]");
            if component.method == TerminalMethod::Blend {
                problems.refuse(format!("{place}.method"), "blend", "a method other than blend");
            }
            if component.weight.is_none() {
                problems.missing(format!("{place}.weight"), "required in a blend: finite number >= 0");
            }
            terminal_plan(dcf, component, &place, years, last_wacc, constant, problems)
        })
        .collect()
}

pub(super) fn terminal_plan<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    terminal: &Terminal<S>,
    place: &str,
    years: &[Year<S>],
    last_wacc: S,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> TerminalPlan<S> {
    let last = &years[years.len() - 1];
    let normalize = terminal.normalize.unwrap_or(dcf.forecast.is_none());
    let mut require = |given: bool, name: &str, why: &str| {
        if !given {
            problems.missing(format!("{place}.{name}"), why.to_owned());
        }
    };
    let method = terminal.method;
    let ntm = method == TerminalMethod::ExitMultiple && terminal.metric_basis == MetricBasis::Ntm;
    let by_growth = matches!(method, TerminalMethod::Gordon | TerminalMethod::ValueDriver | TerminalMethod::HModel);
    require(!(by_growth || ntm) || terminal.growth.is_some(), "growth", "required by this method: finite number > -1");

    let metric = terminal.metric;
    if method == TerminalMethod::ExitMultiple {
        require(terminal.multiple.is_some(), "multiple", "required by method exit_multiple: finite number > 0");
        let (has_da, has_amounts) = match &last.operations {
            Operations::Drivers { da_pct, .. } => (da_pct.is_some() || (ntm && terminal.da_pct.is_some()), true),
            Operations::Amounts { .. } => (true, true),
            Operations::FlowOnly => (false, false),
        };
        let has_metric = match metric {
            Metric::Ebitda => has_da,
            Metric::Ebit | Metric::Revenue => has_amounts,
            Metric::Nopat => has_amounts || last.nopat.is_some(),
            Metric::Fcff => true,
        };
        require(
            has_metric,
            "metric",
            "a metric that the forecast supplies (ebitda needs depreciation: da_pct or forecast.da)",
        );
    }
    if method == TerminalMethod::HModel {
        require(terminal.half_life.is_some(), "half_life", "required by method h_model: finite number >= 0");
        let growth_known = match &last.operations {
            Operations::Drivers { .. } => true,
            Operations::Amounts { .. } => years.len() > 1 || dcf.base_revenue.is_some(),
            Operations::FlowOnly => false,
        };
        require(
            terminal.growth_initial.is_some() || growth_known,
            "growth_initial",
            "required, since the forecast does not tell the last year's growth",
        );
    }
    if method == TerminalMethod::Liquidation {
        require(
            terminal.asset_value.is_some() || dcf.base_invested_capital.is_some(),
            "asset_value",
            "required by method liquidation unless base_invested_capital is given",
        );
    }
    // The terminal year's profit and reinvestment, where the method asks for them.
    let asks_flow =
        matches!(method, TerminalMethod::Gordon | TerminalMethod::HModel) || (ntm && metric == Metric::Fcff);
    let asks_profit = method == TerminalMethod::ValueDriver || (ntm && metric == Metric::Nopat);
    let flow_only = matches!(last.operations, Operations::FlowOnly);
    let normalized = asks_flow && normalize && terminal.fcff_next.is_none();
    if flow_only && normalized {
        require(false, "fcff_next", "required to normalise a forecast of fcff alone; or set normalize to false");
    }
    if flow_only && asks_profit && last.nopat.is_none() {
        require(
            false,
            "method",
            "a method the forecast can supply: forecast.fcff alone has no nopat (give forecast.nopat)",
        );
    }
    let has_tax = terminal.tax_rate.is_some() || last.tax_rate.is_some();
    if (asks_profit || normalized) && !flow_only && last.nopat.is_none() && !has_tax {
        require(false, "tax_rate", "required for the terminal year");
    }
    let unknown = constant(0.0);
    TerminalPlan {
        method,
        growth: terminal.growth.unwrap_or(unknown),
        wacc: terminal.wacc.unwrap_or(last_wacc),
        min_spread: terminal.min_spread,
        normalize,
        fcff_next: terminal.fcff_next,
        ebit_margin: terminal.ebit_margin,
        tax_rate: terminal.tax_rate,
        sales_to_capital: terminal.sales_to_capital,
        nwc_pct: terminal.nwc_pct,
        da_pct: terminal.da_pct,
        capex_pct: terminal.capex_pct,
        ronic: terminal.ronic,
        metric,
        metric_basis: terminal.metric_basis,
        multiple: terminal.multiple.unwrap_or(unknown),
        growth_initial: terminal.growth_initial,
        half_life: terminal.half_life.unwrap_or(unknown),
        asset_value: terminal.asset_value,
        recovery_rate: terminal.recovery_rate,
        costs: terminal.costs,
        weight: terminal.weight.unwrap_or(unknown),
    }
}
