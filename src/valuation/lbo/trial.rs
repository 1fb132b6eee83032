//! A buy-out valued one trial at a time without allocating: circular interest settles year by year,
//! and with dividends before the exit the sponsor's return is a root.

use super::deal::{Closing, Deal, Ledger, Returns, fault, yearly_growth};
use super::interest::OnAverage;
use super::waterfall::{Balances, Books, TrancheYear, Year};
use crate::cashflow::{NoRate, SearchRoom, any_internal_rate};
use crate::model::TrialFormula;

/// A deal of which trials are valued one by one.
pub(super) struct Trial {
    pub(super) deal: Deal,
    /// Whether anybody asks for the return, which may take a search.
    pub(super) wants_irr: bool,
}

/// What a trial writes over.
pub(super) struct Room {
    books: Books<f64>,
    average: OnAverage,
    dividends: Dividends,
    search: Search,
}

/// The flows of equity and the rates found.
#[derive(Default)]
pub(super) struct Search {
    flows: Vec<f64>,
    room: SearchRoom,
}

/// The dividends of each year.
struct Dividends(Vec<f64>);

impl Ledger<f64> for Dividends {
    fn enter(&mut self, year: &Year<f64>, _: &[TrancheYear<f64>], _: &Balances<f64>) {
        self.0.push(year.dividends);
    }
}

/// The sponsor's yearly return of an exit after as many years as there are `dividends`.
///
/// Sponsor and rollover rank alike, so it is that of all equity.
pub(super) fn equity_rate(
    closing: &Closing<f64>,
    dividends: impl ExactSizeIterator<Item = f64>,
    returns: &Returns<f64>,
    search: &mut Search,
) -> Result<f64, NoRate> {
    let Search { flows, room } = search;
    let year = dividends.len();
    flows.clear();
    flows.push(-closing.equity());
    flows.extend(dividends);
    if flows[1..year].iter().all(|dividend| *dividend == 0.0) {
        return Ok(yearly_growth(returns.moic, year));
    }
    flows[year] += returns.proceeds - returns.pool;
    any_internal_rate(flows, room)
}

impl TrialFormula for Trial {
    type Scratch = Room;

    fn scratch(&self) -> Room {
        let years = self.deal.terms.years as usize;
        let room = || Vec::with_capacity(years + 1);
        Room {
            books: self.deal.books(),
            average: OnAverage::new(self.deal.terms.tranches.len()),
            dividends: Dividends(room()),
            search: Search { flows: room(), room: SearchRoom::for_flows(years + 1) },
        }
    }

    fn evaluate(&self, numbers: &[f64], room: &mut Room, outputs: &mut [f64]) -> Result<(), u8> {
        let Room { books, average, dividends, search } = room;
        let deal = &self.deal;
        let closing = deal.closing(books, numbers);
        reason(closing.fault)?;
        dividends.0.clear();
        let (at_exit, fault) = deal.run_by_basis(&closing, average, dividends, books, numbers);
        reason(fault)?;
        let returns = deal.exit(&closing, &at_exit, outputs, numbers);
        if self.wants_irr {
            let dividends = dividends.0[..deal.exit_year].iter().copied();
            outputs[0] = equity_rate(&closing, dividends, &returns, search).map_err(|_| fault::NO_RATE)?;
        }
        Ok(())
    }
}

/// A fault carried as a number, as a code.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are small whole numbers")]
fn reason(fault: f64) -> Result<(), u8> {
    if fault == 0.0 { Ok(()) } else { Err(fault as u8) }
}
