//! The values of an output by rank: exactly from its column, or from a sketch within its error.

use crate::statistics::{OrderStatistics, SketchOrder};

/// The values of an output by rank.
#[derive(Clone, Copy)]
pub(super) enum Ranked<'a> {
    /// All values are there.
    Exact(&'a OrderStatistics, &'a [f64]),
    /// They were counted.
    Counted(&'a SketchOrder),
}

impl Ranked<'_> {
    pub(super) fn is_approximate(self) -> bool {
        matches!(self, Ranked::Counted(_))
    }

    /// Quantiles of type 7, and the values of ranks.
    pub(super) fn quantiles_and_ranks(self, probabilities: &[f64], ranks: &[u64]) -> (Vec<f64>, Vec<f64>) {
        match self {
            Ranked::Exact(order, column) => order.quantiles_and_ranks(column, probabilities, ranks),
            Ranked::Counted(order) => order.quantiles_and_ranks(probabilities, ranks),
        }
    }

    /// The value of a rank and the sum of differences from it of the values below.
    pub(super) fn at_with_shortfall(self, rank: u64) -> Option<(f64, f64)> {
        match self {
            Ranked::Exact(order, column) => {
                let value = *order.at(column, &[rank]).first()?;
                Some((value, order.shortfall(column, value)))
            }
            Ranked::Counted(order) => {
                let value = order.at(rank);
                Some((value, order.shortfall(value)))
            }
        }
    }

    /// Values above `threshold`; equal ones are not.
    pub(super) fn above(self, threshold: f64) -> u64 {
        match self {
            Ranked::Exact(order, column) => order.count_above(column, threshold),
            Ranked::Counted(order) => order.above(threshold),
        }
    }
}
