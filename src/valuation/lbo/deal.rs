//! A buy-out from closing to exit, over any number type.
//!
//! [`Deal::closing`] balances sources and uses, [`Deal::run`] passes the years through the waterfall
//! and [`Deal::returns`] divides the exit. Sources: Rosenbaum and Pearl, "Investment Banking",
//! chapters 4 and 5; Koller, Goedhart and Wessels, "Valuation".

use super::input::{InterestBasis, Lbo};
use super::interest::{OnAverage, OnOpening, Settle};
use super::waterfall::{Balances, Books, Carried, TrancheYear, Year};
use crate::error::Error;
use crate::model::{Formula, Slot};
use crate::number::Number;

/// Why there is no value; carried as a number beside it. Codes up to 30 are the year that is short.
pub(super) mod fault {
    pub(super) const REVOLVER: u8 = 101;
    pub(super) const LTM_EBITDA: u8 = 102;
    pub(super) const BALANCE: u8 = 103;
    pub(super) const SPONSOR: u8 = 104;
    pub(super) const UNSETTLED: u8 = 105;
    /// Only of a trial by itself.
    pub(in crate::valuation::lbo) const NO_RATE: u8 = 106;
}

/// Sources must equal uses to this part of them.
const BALANCED: f64 = 1e-9;

/// The terms of a deal, with what follows from their names and priorities.
pub(super) struct Deal {
    pub(super) terms: Lbo<Slot>,
    /// Positions of the tranches swept together, in order.
    pub(super) sweep_groups: Vec<Vec<usize>>,
    /// The tranche that each dividend is raised by.
    pub(super) dividend_tranches: Vec<Option<usize>>,
    /// The year of the exit, from 1.
    pub(super) exit_year: usize,
}

/// Sources and uses.
pub(super) struct Closing<N> {
    pub(super) fault: N,
    pub(super) ltm_ebitda: N,
    pub(super) purchase_price: N,
    /// Financing fees and issue discounts.
    pub(super) financing_fees: N,
    pub(super) revolver: N,
    pub(super) minimum_cash: N,
    /// Tranches and revolver.
    pub(super) debt: N,
    pub(super) uses: N,
    pub(super) sponsor_equity: N,
    pub(super) rollover_equity: N,
}

impl<N: Number> Closing<N> {
    /// All equity invested.
    #[inline(always)]
    pub(super) fn equity(&self) -> N {
        self.sponsor_equity + self.rollover_equity
    }
}

/// Where the deal stands at the end of a year.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position<N> {
    pub(super) ebitda: N,
    pub(super) debt: N,
    pub(super) cash: N,
    /// Paid so far.
    pub(super) dividends: N,
    /// Cash and PIK interest so far.
    pub(super) interest: N,
}

/// What an exit pays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Returns<N> {
    pub(super) exit_ev: N,
    pub(super) exit_fee: N,
    pub(super) exit_equity: N,
    pub(super) proceeds: N,
    pub(super) pool: N,
    pub(super) moic: N,
}

/// Where the yearly figures go; nowhere in trials by lanes.
pub(super) trait Ledger<N> {
    fn enter(&mut self, year: &Year<N>, lines: &[TrancheYear<N>], closing: &Balances<N>);
}

impl<N> Ledger<N> for () {
    #[inline(always)]
    fn enter(&mut self, _: &Year<N>, _: &[TrancheYear<N>], _: &Balances<N>) {}
}

impl Deal {
    /// The deal of an input whose names and lengths are in order.
    pub(super) fn of(terms: Lbo<Slot>) -> Self {
        let mut priorities: Vec<u32> = terms.tranches.iter().filter_map(|tranche| tranche.sweep_priority).collect();
        priorities.sort_unstable();
        priorities.dedup();
        let swept_at = |priority: u32| {
            let tranches = terms.tranches.iter().enumerate();
            tranches.filter(|(_, tranche)| tranche.sweep_priority == Some(priority)).map(|(i, _)| i).collect()
        };
        let sweep_groups = priorities.into_iter().map(swept_at).collect();
        let named = |name: &String| terms.tranches.iter().position(|tranche| tranche.name == *name);
        let dividend_tranches =
            terms.dividends.iter().map(|dividend| dividend.tranche.as_ref().and_then(named)).collect();
        let exit_year = terms.exit.year.unwrap_or(terms.years) as usize;
        Self { terms, sweep_groups, dividend_tranches, exit_year }
    }

    /// The error that the fault code of a scalar run stands for; `None` for 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are small whole numbers")]
    pub(super) fn fault(&self, code: f64, numbers: &[f64]) -> Option<Error> {
        (code != 0.0).then(|| Deal::error(self, code as u8, numbers))
    }

    /// Whether equity receives anything before the exit.
    pub(super) fn has_interim_dividends(&self) -> bool {
        self.terms.dividends.iter().any(|dividend| (dividend.year as usize) < self.exit_year)
    }

    /// Empty books of the deal.
    #[inline(always)]
    pub(super) fn books<N: Number>(&self) -> Books<N> {
        Books::empty(self.terms.tranches.len())
    }

    /// Sources and uses, and why they make no deal. Opens the books.
    #[inline(always)]
    pub(super) fn closing<N: Number>(&self, books: &mut Books<N>, x: &[N]) -> Closing<N> {
        let terms = &self.terms;
        let zero = N::constant(0.0);
        let mut fault = zero;
        let ltm_ebitda = self.ltm_ebitda(x);
        if terms.entry_multiple.is_some() || terms.tranches.iter().any(|tranche| tranche.ebitda_multiple.is_some()) {
            raise_unless_above(&mut fault, ltm_ebitda, zero, fault::LTM_EBITDA);
        }
        let purchase_price = match (terms.purchase_price, terms.entry_multiple) {
            (Some(price), _) => price.of(x),
            (None, Some(multiple)) => multiple.of(x) * ltm_ebitda,
            (None, None) => zero,
        };
        let mut revolver = zero;
        if let Some(terms) = &terms.revolver {
            revolver = terms.drawn.of(x);
            if let Some(limit) = terms.limit {
                raise_if_less(&mut fault, limit.of(x), revolver, fault::REVOLVER);
            }
        }
        let mut financing_fees = zero;
        let mut debt = revolver;
        for (tranche, entered) in terms.tranches.iter().zip(&mut books.amounts) {
            let amount = match (tranche.amount, tranche.ebitda_multiple) {
                (Some(amount), _) => amount.of(x),
                (None, Some(multiple)) => multiple.of(x) * ltm_ebitda,
                (None, None) => zero,
            };
            financing_fees = financing_fees + amount * (tranche.fee_pct.of(x) + tranche.oid_pct.of(x));
            debt = debt + amount;
            *entered = amount;
        }
        let minimum_cash = terms.minimum_cash.of(x);
        let rollover_equity = terms.rollover_equity.of(x);
        let uses = purchase_price + terms.transaction_fees.of(x) + financing_fees + minimum_cash;
        let plug = uses - debt - rollover_equity;
        let sponsor_equity = match terms.sponsor_equity {
            Some(sponsor) => {
                let sponsor = sponsor.of(x);
                raise_if_less(&mut fault, uses * BALANCED, (sponsor - plug).abs(), fault::BALANCE);
                sponsor
            }
            None => plug,
        };
        raise_unless_above(&mut fault, sponsor_equity, zero, fault::SPONSOR);
        books.open(revolver, minimum_cash);
        Closing {
            fault,
            ltm_ebitda,
            purchase_price,
            financing_fees,
            revolver,
            minimum_cash,
            debt,
            uses,
            sponsor_equity,
            rollover_equity,
        }
    }

    #[inline(always)]
    pub(super) fn ltm_ebitda<N: Number>(&self, x: &[N]) -> N {
        match self.terms.ltm_ebitda {
            Some(ebitda) => ebitda.of(x),
            None => self.terms.base_revenue.of(x) * self.terms.ebitda_margin.at(0).of(x),
        }
    }

    #[inline(always)]
    pub(super) fn base_nwc<N: Number>(&self, x: &[N]) -> N {
        match self.terms.base_nwc {
            Some(nwc) => nwc.of(x),
            None => self.terms.base_revenue.of(x) * self.terms.nwc_pct.at(0).of(x),
        }
    }

    /// All years from the books that closing opened: where the deal stands at the exit, and the fault of
    /// the first year that is short.
    #[inline(always)]
    pub(super) fn run<N: Number>(
        &self,
        closing: &Closing<N>,
        settle: &mut impl Settle<N>,
        ledger: &mut impl Ledger<N>,
        books: &mut Books<N>,
        x: &[N],
    ) -> (Position<N>, N) {
        let zero = N::constant(0.0);
        let mut carried = Carried {
            revenue: self.terms.base_revenue.of(x),
            nwc: self.base_nwc(x),
            losses: match &self.terms.nol {
                Some(nol) => nol.opening.of(x),
                None => zero,
            },
            interest: zero,
        };
        let mut fault = closing.fault;
        let mut now = Position { ebitda: zero, debt: zero, cash: zero, dividends: zero, interest: zero };
        let mut at_exit = now;
        for t in 0..self.terms.years as usize {
            let (mut year, next) = settle.settle(self, t, &carried, books, x);
            self.pay_dividends(t, &mut year, books, x);
            #[expect(clippy::cast_possible_truncation, reason = "a forecast has at most 30 years")]
            raise_if_less(&mut fault, zero, year.short, t as u8 + 1);
            now = Position {
                ebitda: year.operations.ebitda,
                debt: books.closing.debt(),
                cash: books.closing.cash,
                dividends: now.dividends + year.dividends,
                interest: now.interest + year.service.cash_interest + year.service.pik,
            };
            if t + 1 == self.exit_year {
                at_exit = now;
            }
            ledger.enter(&year, &books.lines, &books.closing);
            carried = next;
            books.opening.copy_from(&books.closing);
        }
        (at_exit, fault)
    }

    /// An exit at `multiple` from `position`.
    ///
    /// Sponsor and rollover rank alike, so the sponsor's multiple of money is that of all equity.
    #[inline(always)]
    pub(super) fn returns<N: Number>(
        &self,
        closing: &Closing<N>,
        position: &Position<N>,
        multiple: N,
        x: &[N],
    ) -> Returns<N> {
        let zero = N::constant(0.0);
        let exit_ev = multiple * position.ebitda;
        let exit_fee = exit_ev * self.terms.exit.fee_pct.of(x);
        let exit_equity = exit_ev - exit_fee - position.debt + position.cash;
        let proceeds = exit_equity.max(zero);
        let pool = match &self.terms.management_pool {
            Some(pool) => (proceeds - closing.equity() * pool.hurdle_moic.of(x)).max(zero) * pool.pct.of(x),
            None => zero,
        };
        let moic = (position.dividends + proceeds - pool) / closing.equity();
        Returns { exit_ev, exit_fee, exit_equity, proceeds, pool, moic }
    }
}

/// The yearly growth that makes `moic` of 1 in `years`; -1 for nothing.
#[inline(always)]
pub(super) fn yearly_growth<N: Number>(moic: N, years: usize) -> N {
    (moic.ln() / years as f64).exp_m1()
}

/// Records `code` where `value` < `bound`, unless an earlier fault stands.
#[inline(always)]
fn raise_if_less<N: Number>(fault: &mut N, value: N, bound: N, code: u8) {
    let here = value.if_less(bound, N::constant(f64::from(code)), N::constant(0.0));
    *fault = N::constant(0.0).if_less(*fault, *fault, here);
}

/// Records `code` unless `value` > `bound`, or an earlier fault stands.
#[inline(always)]
fn raise_unless_above<N: Number>(fault: &mut N, value: N, bound: N, code: u8) {
    let here = bound.if_less(value, N::constant(0.0), N::constant(f64::from(code)));
    *fault = N::constant(0.0).if_less(*fault, *fault, here);
}

/// The names of what the formula computes for blocks of trials.
pub(super) const COMPUTED: &[&str] = &[
    "irr",
    "moic",
    "exit_equity",
    "proceeds",
    "exit_ev",
    "exit_debt",
    "exit_cash",
    "total_interest",
    "sponsor_equity",
    "total_debt",
];

/// Interest on opening balances; the irr is that of a deal without interim dividends.
impl Formula for Deal {
    type Scratch<N: Number> = Books<N>;

    fn scratch<N: Number>(&self) -> Books<N> {
        self.books()
    }

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], books: &mut Books<N>) -> N {
        let closing = self.closing(books, numbers);
        let (at_exit, fault) = self.run(&closing, &mut OnOpening, &mut (), books, numbers);
        let returns = self.exit(&closing, &at_exit, outputs, numbers);
        outputs[0] = yearly_growth(returns.moic, self.exit_year);
        fault
    }

    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        Deal::error(self, code, numbers)
    }
}

impl Deal {
    /// The exit of the input, with all outputs of [`COMPUTED`] but the first.
    #[inline(always)]
    pub(super) fn exit<N: Number>(
        &self,
        closing: &Closing<N>,
        at_exit: &Position<N>,
        outputs: &mut [N],
        numbers: &[N],
    ) -> Returns<N> {
        let returns = self.returns(closing, at_exit, self.terms.exit.multiple.of(numbers), numbers);
        outputs[1] = returns.moic;
        outputs[2] = returns.exit_equity;
        outputs[3] = returns.proceeds;
        outputs[4] = returns.exit_ev;
        outputs[5] = at_exit.debt;
        outputs[6] = at_exit.cash;
        outputs[7] = at_exit.interest;
        outputs[8] = closing.sponsor_equity;
        outputs[9] = closing.debt;
        returns
    }

    /// As [`Deal::run`], with interest on the balances that the deal says; what is wrong in the earliest
    /// year counts, and among equals that its interest is not settled.
    pub(super) fn run_by_basis(
        &self,
        closing: &Closing<f64>,
        average: &mut OnAverage,
        ledger: &mut impl Ledger<f64>,
        books: &mut Books<f64>,
        x: &[f64],
    ) -> (Position<f64>, f64) {
        average.restart();
        if self.terms.interest_basis == InterestBasis::Opening {
            return self.run(closing, &mut OnOpening, ledger, books, x);
        }
        let (at_exit, fault) = self.run(closing, average, ledger, books, x);
        match average.unsettled {
            Some(unsettled) if fault == 0.0 || fault > unsettled.year as f64 => (at_exit, f64::from(fault::UNSETTLED)),
            _ => (at_exit, fault),
        }
    }

    /// The error that a fault code stands for, with the numbers that led to it.
    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        let mut books = self.books();
        let closing = self.closing(&mut books, numbers);
        match code {
            fault::REVOLVER => {
                let limit = self.terms.revolver.as_ref().and_then(|revolver| revolver.limit);
                let limit = limit.map_or(0.0, |limit| limit.of(numbers));
                Error::invalid_number("revolver.drawn", closing.revolver, format!("at most revolver.limit ({limit})"))
            }
            fault::LTM_EBITDA => Error::invalid_number(
                "ltm_ebitda",
                closing.ltm_ebitda,
                "above 0 where a price or a tranche is given as a multiple of it",
            ),
            fault::BALANCE => Error::invalid_number(
                "sponsor_equity",
                closing.sponsor_equity,
                format!("what makes sources equal uses ({})", closing.uses - closing.debt - closing.rollover_equity),
            )
            .with_hint("leave sponsor_equity out to have it follow from the other sources"),
            fault::SPONSOR => Error::undefined(
                "sponsor_equity",
                format!("other sources pay for all uses; {} is left for the sponsor", closing.sponsor_equity),
            ),
            _ => {
                let mut years = Vec::new();
                let mut average = OnAverage::new(self.terms.tranches.len());
                self.run_by_basis(&closing, &mut average, &mut years, &mut books, numbers);
                match average.unsettled {
                    Some(unsettled) if code == fault::UNSETTLED => unsettled.error(),
                    _ => {
                        // The numbers of another trial may not fall short where this one does.
                        let year = usize::from(code);
                        let short = years.iter().position(|entry: &Entry| entry.year.short > 0.0);
                        short.map_or_else(|| liquidity(year, 0.0), |t| liquidity(t + 1, years[t].year.short))
                    }
                }
            }
        }
    }
}

/// A year of the books that is kept.
pub(super) struct Entry {
    pub(super) year: Year<f64>,
    pub(super) lines: Vec<TrancheYear<f64>>,
    pub(super) closing: Balances<f64>,
}

impl Ledger<f64> for Vec<Entry> {
    fn enter(&mut self, year: &Year<f64>, lines: &[TrancheYear<f64>], closing: &Balances<f64>) {
        self.push(Entry { year: *year, lines: lines.to_vec(), closing: closing.clone() });
    }
}

fn liquidity(year: usize, short: f64) -> Error {
    Error::undefined("liquidity", format!("year {year} short by {short}"))
        .with_hint("raise the revolver's limit, or lower repayments, dividends or minimum_cash")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_received_is_a_return_of_minus_one() {
        assert_eq!(yearly_growth(0.0, 5), -1.0);
        assert!((yearly_growth(2.0_f64.powi(5), 5) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn an_earlier_fault_is_not_overwritten() {
        let mut fault = 0.0;
        raise_if_less(&mut fault, 1.0, 0.0, 1);
        assert_eq!(fault, 0.0);
        raise_if_less(&mut fault, 0.0, 1.0, 2);
        raise_unless_above(&mut fault, 0.0, 0.0, 3);
        assert_eq!(fault, 2.0);
    }
}
