//! Equity value as a sum: what the forecast, what follows it and each item of the bridge add.

use super::input::Dcf;
use super::output::{DcfValuation, TerminalComponent};
use crate::model::{ExplanationLine, figure};
use crate::valuation::claims::bridge_lines;

pub(super) fn lines(dcf: &Dcf, output: &DcfValuation) -> Vec<ExplanationLine> {
    let part = match dcf.stub {
        Some(stub) if stub != 1.0 => format!(", of year 1 the part {} still to come", figure(stub)),
        _ => String::new(),
    };
    let forecast = format!("sum of schedule.fcff x discount_factor, years 1 to {}{part}", output.schedule.fcff.len());
    let mut lines = vec![ExplanationLine::new("Forecast", forecast, output.pv_fcff)];
    lines.extend(terminal_lines(dcf, output));
    lines.extend(bridge_lines(&dcf.bridge));
    lines
}

/// One line a terminal method.
fn terminal_lines(dcf: &Dcf, output: &DcfValuation) -> Vec<ExplanationLine> {
    let is_blend = output.terminal_components.len() > 1;
    let line = |component: &TerminalComponent| {
        let TerminalComponent { method, weight, terminal_value, pv } = component;
        let label = if is_blend { format!("Terminal: {method}") } else { "Terminal".to_owned() };
        let part = if is_blend { format!("weight {} x ", figure(*weight)) } else { String::new() };
        let made_of = if is_blend { String::new() } else { growth_figures(dcf, output, method) };
        // A value of nothing has no factor to tell, and its line is left out.
        let discount = figure(pv / terminal_value);
        let value = figure(*terminal_value);
        let formula = format!("{part}terminal_value {value} by {method}{made_of}, x {discount} as discount");
        ExplanationLine::new(label, formula, weight * pv)
    };
    output.terminal_components.iter().map(line).collect()
}

/// What a value by growth for ever is made of.
fn growth_figures(dcf: &Dcf, output: &DcfValuation, method: &str) -> String {
    let flow = match method {
        "gordon" => output.terminal_fcff.map(|flow| ("terminal_fcff", flow)),
        "value_driver" => output.terminal_nopat.map(|nopat| ("terminal_nopat", nopat)),
        _ => None,
    };
    let wacc = dcf.terminal.wacc.or(output.wacc.last().copied());
    match (flow, wacc, dcf.terminal.growth) {
        (Some((name, flow)), Some(wacc), Some(growth)) => {
            format!(" ({name} {}, wacc {}, growth {})", figure(flow), figure(wacc), figure(growth))
        }
        _ => String::new(),
    }
}
