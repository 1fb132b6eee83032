//! The balances that a year's interest accrues on: known at its start, or a matter of the year's own
//! outcome.

use super::deal::Deal;
use super::waterfall::{Balances, Books, Carried, Year};
use crate::error::Error;
use crate::number::Number;

/// How a year is settled until its sweep.
pub(super) trait Settle<N> {
    /// Year `t` (0-based): its figures, what it carries on, and `books.closing`.
    fn settle(
        &mut self,
        deal: &Deal,
        t: usize,
        before: &Carried<N>,
        books: &mut Books<N>,
        x: &[N],
    ) -> (Year<N>, Carried<N>);
}

/// Interest on the balances at the year's start.
pub(super) struct OnOpening;

impl<N: Number> Settle<N> for OnOpening {
    #[inline(always)]
    fn settle(
        &mut self,
        deal: &Deal,
        t: usize,
        before: &Carried<N>,
        books: &mut Books<N>,
        x: &[N],
    ) -> (Year<N>, Carried<N>) {
        books.accruing.copy_from(&books.opening);
        deal.year(t, before, books, x)
    }
}

/// Interest on the mean of opening and closing balances, which interest itself changes: iterated from
/// the solution on opening balances.
pub(super) struct OnAverage {
    /// Most rounds that a year took.
    pub(super) iterations: u32,
    /// The first year that found no solution.
    pub(super) unsettled: Option<Unsettled>,
    guess: Balances<f64>,
}

/// A year whose interest moves on and on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsettled {
    /// From 0.
    pub(super) year: usize,
    /// Of the largest change of a balance in the last round.
    change: f64,
    debt: f64,
}

impl Unsettled {
    pub(super) fn error(self) -> Error {
        let rounds = u64::from(OnAverage::MOST_ROUNDS);
        Error::no_convergence("interest", rounds, self.change, self.debt)
            .with_hint("interest_basis opening has no circularity")
    }
}

impl OnAverage {
    /// For a deal of `tranches` tranches.
    pub(super) fn new(tranches: usize) -> Self {
        Self { iterations: 0, unsettled: None, guess: Balances::none(tranches) }
    }

    /// Forgets the years settled so far.
    pub(super) fn restart(&mut self) {
        (self.iterations, self.unsettled) = (0, None);
    }

    const MOST_ROUNDS: u32 = 500;
    /// Of the largest change of a balance, relative to 1 + all debt at the year's start.
    const TOLERANCE: f64 = 1e-12;
    /// Relative error of a year's sums.
    const ROUNDING: f64 = 8.0 * f64::EPSILON;
}

impl Settle<f64> for OnAverage {
    fn settle(
        &mut self,
        deal: &Deal,
        t: usize,
        before: &Carried<f64>,
        books: &mut Books<f64>,
        x: &[f64],
    ) -> (Year<f64>, Carried<f64>) {
        let mut solution = OnOpening.settle(deal, t, before, books, x);
        if self.unsettled.is_some() {
            return solution;
        }
        // Where much cash meets little debt, rounding alone moves balances by more than the tolerance.
        let size = books.opening.debt() + books.opening.cash + solution.0.operations.revenue;
        let tolerance = (Self::TOLERANCE * (1.0 + books.opening.debt())).max(Self::ROUNDING * size);
        let guess = &mut self.guess;
        guess.copy_from(&books.closing);
        let mut change = f64::INFINITY;
        for round in 1..=Self::MOST_ROUNDS {
            for (i, accruing) in books.accruing.tranches.iter_mut().enumerate() {
                *accruing = 0.5 * (books.opening.tranches[i] + guess.tranches[i]);
            }
            books.accruing.revolver = 0.5 * (books.opening.revolver + guess.revolver);
            books.accruing.cash = 0.5 * (books.opening.cash + guess.cash);
            solution = deal.year(t, before, books, x);
            let closing = &books.closing;
            let tranches = closing.tranches.iter().zip(&guess.tranches);
            change = tranches.fold((closing.revolver - guess.revolver).abs(), |most, (a, b)| most.max((a - b).abs()));
            change = change.max((closing.cash - guess.cash).abs());
            guess.copy_from(closing);
            if change <= tolerance {
                self.iterations = self.iterations.max(round);
                return solution;
            }
        }
        self.unsettled = Some(Unsettled { year: t, change, debt: guess.debt() });
        solution
    }
}
