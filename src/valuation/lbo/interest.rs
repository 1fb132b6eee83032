//! The balances that a year's interest accrues on: known at its start, or a matter of the year's own
//! outcome.

use super::deal::Deal;
use super::waterfall::{Books, Carried, Year};
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
#[derive(Default)]
pub(super) struct OnAverage {
    /// Most rounds that a year took.
    pub(super) iterations: u32,
    /// The first year (0-based) that found no solution, and why.
    pub(super) failure: Option<(usize, Error)>,
}

impl OnAverage {
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
        if self.failure.is_some() {
            return solution;
        }
        // Where much cash meets little debt, rounding alone moves balances by more than the tolerance.
        let size = books.opening.debt() + books.opening.cash + solution.0.operations.revenue;
        let tolerance = (Self::TOLERANCE * (1.0 + books.opening.debt())).max(Self::ROUNDING * size);
        let mut guess = books.closing.clone();
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
        let error = Error::no_convergence("interest", u64::from(Self::MOST_ROUNDS), change, guess.debt());
        self.failure = Some((t, error.with_hint("interest_basis opening has no circularity")));
        solution
    }
}
