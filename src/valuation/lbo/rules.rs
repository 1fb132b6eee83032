//! What fields of a buy-out must have to do with each other.

use std::fmt::Display;

use super::input::{Covenant, Dividend, Floating, Lbo, Tranche};
use crate::model::{Problems, Series};

/// Names of sources beside the tranches, and of their sum.
const OTHER_SOURCES: [&str; 4] = ["revolver", "rollover_equity", "sponsor_equity", "total"];

/// Adds every problem that shows without computing.
pub(super) fn check(lbo: &Lbo, problems: &mut Problems) {
    let years = lbo.years as usize;
    let series = [
        ("revenue_growth", &lbo.revenue_growth),
        ("ebitda_margin", &lbo.ebitda_margin),
        ("da_pct", &lbo.da_pct),
        ("capex_pct", &lbo.capex_pct),
        ("nwc_pct", &lbo.nwc_pct),
        ("tax_rate", &lbo.tax_rate),
        ("monitoring_fee", &lbo.monitoring_fee),
        ("cash_sweep", &lbo.cash_sweep),
    ];
    for (name, series) in series {
        series.check_length(years, name, problems);
    }
    exactly_one(
        ["purchase_price", "entry_multiple"],
        [lbo.purchase_price.is_some(), lbo.entry_multiple.is_some()],
        "",
        problems,
    );
    for (i, tranche) in lbo.tranches.iter().enumerate() {
        check_tranche(lbo, i, tranche, problems);
    }
    if let Some(revolver) = &lbo.revolver {
        check_rate(revolver.rate.as_ref(), revolver.floating.as_ref(), years, "revolver.", problems);
    }
    for (i, dividend) in lbo.dividends.iter().enumerate() {
        check_dividend(lbo, i, dividend, problems);
    }
    if let Some(year) = lbo.exit.year.filter(|year| *year > lbo.years) {
        problems.refuse("exit.year", year, format!("at most years ({years})"));
    }
    for (i, covenant) in lbo.covenants.iter().enumerate() {
        check_covenant(lbo, i, covenant, problems);
    }
}

fn check_tranche(lbo: &Lbo, i: usize, tranche: &Tranche, problems: &mut Problems) {
    let years = lbo.years as usize;
    let at = format!("tranches[{i}].");
    let name = tranche.name.as_str();
    let taken = OTHER_SOURCES.contains(&name) || lbo.tranches[..i].iter().any(|other| other.name == name);
    if taken || name.is_empty() {
        problems.refuse(format!("{at}name"), name, format!("a name of its own, none of {}", OTHER_SOURCES.join(", ")));
    }
    exactly_one(
        ["amount", "ebitda_multiple"],
        [tranche.amount.is_some(), tranche.ebitda_multiple.is_some()],
        &at,
        problems,
    );
    check_rate(tranche.rate.as_ref(), tranche.floating.as_ref(), years, &at, problems);
    tranche.pik_rate.check_length(years, format!("{at}pik_rate"), problems);
    tranche.amortization.check_length(years, format!("{at}amortization"), problems);
    for (j, year) in tranche.pik_toggle_years.iter().enumerate() {
        if *year > lbo.years {
            problems.refuse(format!("{at}pik_toggle_years[{j}]"), *year, format!("at most years ({years})"));
        }
    }
}

fn check_rate(rate: Option<&Series>, floating: Option<&Floating>, years: usize, at: &str, problems: &mut Problems) {
    exactly_one(["rate", "floating"], [rate.is_some(), floating.is_some()], at, problems);
    if let Some(rate) = rate {
        rate.check_length(years, format!("{at}rate"), problems);
    }
    if let Some(floating) = floating {
        floating.base.check_length(years, format!("{at}floating.base"), problems);
    }
}

fn check_dividend(lbo: &Lbo, i: usize, dividend: &Dividend, problems: &mut Problems) {
    let at = |name: &str| format!("dividends[{i}].{name}");
    if dividend.year > lbo.years {
        problems.refuse(at("year"), dividend.year, format!("at most years ({})", lbo.years));
    }
    let Some(name) = &dividend.tranche else { return };
    match lbo.tranches.iter().find(|tranche| tranche.name == *name) {
        None => problems.refuse(at("tranche"), name.as_str(), "the name of a tranche"),
        Some(tranche) => {
            if let Some(maturity) = tranche.maturity.filter(|maturity| dividend.year >= *maturity) {
                problems.refuse(at("year"), dividend.year, format!("before {name} matures (year {maturity})"));
            }
        }
    }
}

fn check_covenant(lbo: &Lbo, i: usize, covenant: &Covenant, problems: &mut Problems) {
    covenant.level.check_length(lbo.years as usize, format!("covenants[{i}].level"), problems);
    let limited = lbo.revolver.as_ref().is_some_and(|revolver| revolver.limit.is_some());
    if let Some(utilization) = covenant.springing_utilization.filter(|_| !limited) {
        problems.refuse(
            format!("covenants[{i}].springing_utilization"),
            utilization,
            "null without a revolver that has a limit",
        );
    }
}

fn exactly_one(names: [&str; 2], given: [bool; 2], at: impl Display, problems: &mut Problems) {
    let [one, other] = names;
    if given == [true, true] {
        problems.refuse(format!("{at}{one}"), "both", format!("either {one} or {other}"));
    } else if given == [false, false] {
        problems.missing(format!("{at}{one}"), format!("either {one} or {other} is required"));
    }
}
