//! The forecast years: from stages of drivers or from explicit figures, and what replaces a single one.

use super::{Operations, Year};
use crate::model::Problems;
use crate::valuation::dcf::input::{Dcf, Drivers, Forecast, ReinvestmentBasis, Stage};
use crate::valuation::stages::{self, Driver};

/// One driver of each record of drivers, with its name.
type Pick<S> = (&'static str, fn(&Drivers<S>) -> Option<S>);

pub(super) fn by_stages<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    stages: &[Stage<S>],
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<Vec<Year<S>>> {
    if dcf.base_revenue.is_none() {
        problems.missing("base_revenue", "required with stages: finite number > 0");
    }
    if stages.is_empty() {
        problems.refuse("stages", serde_json::json!([]), "at least one stage");
        return None;
    }
    let basis = dcf.reinvestment_basis;
    let no_nwc = basis == ReinvestmentBasis::SalesToInvestedCapital;
    if no_nwc {
        refuse_nwc(dcf, stages, problems);
    }
    let s2c = matches!(basis, ReinvestmentBasis::SalesToFixedCapital | ReinvestmentBasis::SalesToInvestedCapital);
    let capex = basis == ReinvestmentBasis::CapexDaNwc;
    let rate = basis == ReinvestmentBasis::ReinvestmentRate;
    let zero = constant(0.0);

    let mut column = |pick: Pick<S>, default: Option<S>, required: bool, why: &str| {
        let (name, pick) = pick;
        let targets = stages.iter().map(|stage| stages::Target {
            years: stage.years,
            fade: stage.fade,
            value: pick(&stage.drivers()),
        });
        let base = dcf.base.as_ref().and_then(pick);
        stages::spread(name, targets, base, default, required.then_some(why), problems)
    };
    let growth = column(("growth", |d| d.growth), None, true, "required");
    let ebit_margin = column(("ebit_margin", |d| d.ebit_margin), None, true, "required");
    let tax_rate =
        column(("tax_rate", |d| d.tax_rate), dcf.tax_rate, true, "required here or as tax_rate of the whole");
    let sales_to_capital =
        column(("sales_to_capital", |d| d.sales_to_capital), None, s2c, "required by reinvestment_basis");
    let nwc_pct = column(("nwc_pct", |d| d.nwc_pct), Some(zero), false, "");
    let da_pct = column(("da_pct", |d| d.da_pct), None, capex, "required by reinvestment_basis capex_da_nwc");
    let capex_pct = column(("capex_pct", |d| d.capex_pct), None, capex, "required by reinvestment_basis capex_da_nwc");
    let reinvestment_rate = column(
        ("reinvestment_rate", |d| d.reinvestment_rate),
        None,
        rate,
        "required by reinvestment_basis reinvestment_rate",
    );
    if !problems.is_empty() {
        return None;
    }
    Some(
        (0..growth.len())
            .map(|i| Year {
                operations: Operations::Drivers {
                    // The required ones are there, or there would be a problem.
                    growth: growth[i].unwrap_or(Driver::held(zero)),
                    ebit_margin: ebit_margin[i].unwrap_or(Driver::held(zero)),
                    sales_to_capital: sales_to_capital[i],
                    nwc_pct: nwc_pct[i].unwrap_or(Driver::held(zero)),
                    da_pct: da_pct[i],
                    capex_pct: capex_pct[i],
                    reinvestment_rate: reinvestment_rate[i],
                    revenue: None,
                    ebit: None,
                },
                tax_rate: tax_rate[i],
                tax: None,
                nopat: None,
                reinvestment: None,
                fcff: None,
                wacc: zero,
            })
            .collect(),
    )
}

fn refuse_nwc<S: Copy + PartialEq>(dcf: &Dcf<S>, stages: &[Stage<S>], problems: &mut Problems) {
    let given = stages
        .iter()
        .enumerate()
        .filter(|(_, stage)| stage.nwc_pct.is_some())
        .map(|(i, _)| format!("stages[{i}].nwc_pct"))
        .chain(dcf.base.iter().filter(|base| base.nwc_pct.is_some()).map(|_| "base.nwc_pct".to_owned()))
        .chain(dcf.terminal.nwc_pct.iter().map(|_| "terminal.nwc_pct".to_owned()));
    for field in given {
        problems.refuse(
            field,
            "given",
            "not with reinvestment_basis sales_to_invested_capital, whose ratio already contains working capital",
        );
    }
}

pub(super) fn by_forecast<S: Copy + PartialEq>(
    dcf: &Dcf<S>,
    forecast: &Forecast<S>,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<Vec<Year<S>>> {
    let zero = constant(0.0);
    let amounts = [
        ("revenue", &forecast.revenue),
        ("ebit", &forecast.ebit),
        ("da", &forecast.da),
        ("capex", &forecast.capex),
        ("nwc", &forecast.nwc),
    ];
    let by_amounts = forecast.fcff.is_none();
    if by_amounts {
        for (name, values) in &amounts {
            if values.is_none() {
                problems.missing(format!("forecast.{name}"), "required unless forecast.fcff is given");
            }
        }
        if dcf.base_nwc.is_none() {
            problems.missing("base_nwc", "required with forecast.nwc");
        }
        if dcf.tax_rate.is_none() && forecast.nopat.is_none() {
            problems
                .missing("tax_rate", "required unless every stage has it, or forecast.fcff or forecast.nopat is given");
        }
    } else {
        for (name, values) in &amounts {
            if values.is_some() {
                problems.refuse(format!("forecast.{name}"), "given", "not together with forecast.fcff");
            }
        }
    }
    let all = amounts.into_iter().chain([("fcff", &forecast.fcff), ("nopat", &forecast.nopat)]);
    let given: Vec<_> = all.filter_map(|(name, values)| values.as_ref().map(|values| (name, values))).collect();
    let length = given.first().map_or(0, |(_, values)| values.len());
    for (name, values) in given {
        if values.len() != length || length == 0 {
            problems.refuse(
                format!("forecast.{name}"),
                values.len(),
                format!("all arrays of the forecast have one length of at least 1 (the first has {length})"),
            );
        }
    }
    if !problems.is_empty() {
        return None;
    }
    let at = |values: &Option<Vec<S>>, i: usize| values.as_ref().map(|values| values[i]);
    let year = |i: usize| {
        let operations = match (
            at(&forecast.revenue, i),
            at(&forecast.ebit, i),
            at(&forecast.da, i),
            at(&forecast.capex, i),
            at(&forecast.nwc, i),
        ) {
            (Some(revenue), Some(ebit), Some(da), Some(capex), Some(nwc)) => {
                Operations::Amounts { revenue, ebit, da, capex, nwc }
            }
            _ => Operations::FlowOnly,
        };
        Year {
            operations,
            tax_rate: dcf.tax_rate.map(Driver::held),
            tax: None,
            nopat: at(&forecast.nopat, i),
            reinvestment: None,
            fcff: at(&forecast.fcff, i),
            wacc: zero,
        }
    };
    Some((0..length).map(year).collect())
}

pub(super) fn apply_overrides<S: Copy + PartialEq>(dcf: &Dcf<S>, years: &mut [Year<S>], problems: &mut Problems) {
    let mut seen = Vec::new();
    for (i, change) in dcf.overrides.iter().enumerate() {
        let number = change.year as usize;
        let field = format!("overrides[{i}].year");
        if number > years.len() {
            problems.refuse(field, change.year, format!("a year of the forecast: 1 to {}", years.len()));
            continue;
        }
        if seen.contains(&number) {
            problems.refuse(field, change.year, "one override a year");
            continue;
        }
        seen.push(number);
        let year = &mut years[number - 1];
        let drivers = change.drivers();
        let set = |target: &mut Option<Driver<S>>, value: Option<S>| {
            if let Some(value) = value {
                *target = Some(Driver::held(value));
            }
        };
        set(&mut year.tax_rate, drivers.tax_rate);
        year.tax = change.tax.or(year.tax);
        year.reinvestment = change.reinvestment.or(year.reinvestment);
        year.fcff = change.fcff.or(year.fcff);
        match &mut year.operations {
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
                *growth = drivers.growth.map_or(*growth, Driver::held);
                *ebit_margin = drivers.ebit_margin.map_or(*ebit_margin, Driver::held);
                *nwc_pct = drivers.nwc_pct.map_or(*nwc_pct, Driver::held);
                set(sales_to_capital, drivers.sales_to_capital);
                set(da_pct, drivers.da_pct);
                set(capex_pct, drivers.capex_pct);
                set(reinvestment_rate, drivers.reinvestment_rate);
                *revenue = change.revenue;
                *ebit = change.ebit;
                if drivers.nwc_pct.is_some() && dcf.reinvestment_basis == ReinvestmentBasis::SalesToInvestedCapital {
                    problems.refuse(
                        format!("overrides[{i}].nwc_pct"),
                        "given",
                        "not with reinvestment_basis sales_to_invested_capital, whose ratio already contains working capital",
                    );
                }
            }
            Operations::Amounts { revenue, ebit, .. } => {
                *revenue = change.revenue.unwrap_or(*revenue);
                *ebit = change.ebit.unwrap_or(*ebit);
                refuse_drivers(i, &drivers, problems);
            }
            Operations::FlowOnly => {
                let items = [("revenue", change.revenue), ("ebit", change.ebit), ("tax", change.tax)];
                for (name, _) in items.iter().filter(|(_, value)| value.is_some()) {
                    problems.refuse(format!("overrides[{i}].{name}"), "given", "only fcff, with forecast.fcff");
                }
                refuse_drivers(i, &drivers, problems);
            }
        }
    }
}

fn refuse_drivers<S: Copy + PartialEq>(i: usize, drivers: &Drivers<S>, problems: &mut Problems) {
    let given = [
        ("growth", drivers.growth),
        ("ebit_margin", drivers.ebit_margin),
        ("sales_to_capital", drivers.sales_to_capital),
        ("nwc_pct", drivers.nwc_pct),
        ("da_pct", drivers.da_pct),
        ("capex_pct", drivers.capex_pct),
        ("reinvestment_rate", drivers.reinvestment_rate),
    ];
    for (name, _) in given.iter().filter(|(_, value)| value.is_some()) {
        problems.refuse(
            format!("overrides[{i}].{name}"),
            "given",
            "not with forecast, which gives amounts, not ratios",
        );
    }
}
