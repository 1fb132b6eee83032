//! What lenders look at: credit statistics of each year's end and the covenants on them.
//!
//! Headroom is the fall of EBITDA alone that reaches the level: debt, interest, capital expenditure
//! and tax stay as they are.

use super::deal::Entry;
use super::input::{Covenant, CovenantKind, Lbo};
use super::output::{CovenantTest, CreditStatistics};

/// A ratio that lenders watch.
struct Ratio {
    numerator: f64,
    denominator: f64,
}

impl Ratio {
    fn of(kind: CovenantKind, entry: &Entry) -> Self {
        let (operations, service) = (&entry.year.operations, &entry.year.service);
        let debt = entry.closing.debt();
        let (numerator, denominator) = match kind {
            CovenantKind::MaxTotalLeverage => (debt, operations.ebitda),
            CovenantKind::MaxNetLeverage => (debt - entry.closing.cash, operations.ebitda),
            CovenantKind::MinInterestCover => (operations.ebitda, service.cash_interest),
            CovenantKind::MinFccr => {
                (operations.ebitda - operations.capex - entry.year.tax, service.cash_interest + service.mandatory)
            }
        };
        Self { numerator, denominator }
    }

    /// Null where nothing positive is divided by.
    fn value(&self) -> Option<f64> {
        (self.denominator > 0.0).then(|| self.numerator / self.denominator)
    }
}

/// The statistics of all years.
pub(super) fn statistics(years: &[Entry]) -> CreditStatistics {
    let each = |kind| years.iter().map(|entry| Ratio::of(kind, entry).value()).collect();
    CreditStatistics {
        leverage: each(CovenantKind::MaxTotalLeverage),
        net_leverage: each(CovenantKind::MaxNetLeverage),
        interest_cover: each(CovenantKind::MinInterestCover),
        fccr: each(CovenantKind::MinFccr),
    }
}

/// One covenant in all years.
pub(super) fn test(covenant: &Covenant, lbo: &Lbo, years: &[Entry]) -> CovenantTest {
    let mut test = CovenantTest {
        kind: covenant.kind,
        actual: Vec::with_capacity(years.len()),
        headroom: Vec::with_capacity(years.len()),
        breached: Vec::with_capacity(years.len()),
    };
    for (t, entry) in years.iter().enumerate() {
        let level = covenant.level.at(t);
        let ratio = Ratio::of(covenant.kind, entry);
        test.actual.push(ratio.value());
        test.headroom.push(headroom(covenant.kind, &ratio, level, entry.year.operations.ebitda));
        test.breached.push(is_tested(covenant, lbo, entry) && is_broken(covenant.kind, &ratio, level));
    }
    test
}

fn is_maximum(kind: CovenantKind) -> bool {
    matches!(kind, CovenantKind::MaxTotalLeverage | CovenantKind::MaxNetLeverage)
}

fn headroom(kind: CovenantKind, ratio: &Ratio, level: f64, ebitda: f64) -> Option<f64> {
    let fall = if is_maximum(kind) {
        1.0 - ratio.numerator / ratio.denominator / level
    } else {
        (ratio.numerator - level * ratio.denominator) / ebitda
    };
    (ebitda > 0.0).then_some(fall)
}

/// Compared without dividing, so that a year of no EBITDA or no interest is judged too.
fn is_broken(kind: CovenantKind, ratio: &Ratio, level: f64) -> bool {
    if is_maximum(kind) {
        // Who owes nothing, net, has no leverage to limit.
        ratio.numerator > 0.0 && ratio.numerator > level * ratio.denominator
    } else {
        ratio.denominator > 0.0 && ratio.numerator < level * ratio.denominator
    }
}

/// A springing covenant sleeps while little of the revolver is drawn.
fn is_tested(covenant: &Covenant, lbo: &Lbo, entry: &Entry) -> bool {
    let limit = lbo.revolver.as_ref().and_then(|revolver| revolver.limit);
    match (covenant.springing_utilization, limit) {
        (Some(utilization), Some(limit)) => entry.closing.revolver > utilization * limit,
        _ => true,
    }
}
