//! Sums over columns in an order that positions alone set.

use crate::number::dispatch;

const LANES: usize = 16;

/// The sum of `part` over a column.
pub(super) fn sum(column: &[f64], part: impl Fn(f64) -> f64) -> f64 {
    sum_of_pairs(
        column,
        column,
        #[inline(always)]
        |value, _| part(value),
    )
}

/// The sum over a column, in the order of [`sum`], of which only these terms are not zero; each comes
/// with its place, in their order.
pub(super) fn sum_of_terms(terms: impl Iterator<Item = (usize, f64)>) -> f64 {
    let mut lanes = [0.0; LANES];
    for (place, term) in terms {
        lanes[place % LANES] += term;
    }
    lanes.iter().sum()
}

/// The sum of `part` over the pairs of two columns of one length.
pub(super) fn sum_of_pairs(left: &[f64], right: &[f64], part: impl Fn(f64, f64) -> f64) -> f64 {
    dispatch(
        #[inline(always)]
        || {
            let mut lanes = [0.0; LANES];
            for (left, right) in left.chunks(LANES).zip(right.chunks(LANES)) {
                for (lane, (&left, &right)) in lanes.iter_mut().zip(left.iter().zip(right)) {
                    *lane += part(left, right);
                }
            }
            lanes.iter().sum()
        },
    )
}
