//! Correlation of two columns, and ranks, whose correlation is Spearman's.

use super::bins::Bins;
use super::sums::{sum, sum_of_pairs};

/// Values that a bin holds on average while a column is ranked: few enough to be sorted in the nearest
/// cache, and so few bins that dealing into them stays there too.
const IN_A_BIN: usize = 256;

/// Pearson's correlation of two columns of numbers of one length; `None` when one of them does not vary.
pub(crate) fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    let (a, b) = (centre(left)?, centre(right)?);
    let spread = |column: &[f64], centre: f64| sum(column, |value| (value - centre) * (value - centre)).sqrt();
    let scale = spread(left, a) * spread(right, b);
    let together = sum_of_pairs(left, right, |left, right| (left - a) * (right - b));
    // Rounding alone can carry it beyond 1.
    (scale > 0.0).then_some(together / scale).filter(|found| found.is_finite()).map(|found| found.clamp(-1.0, 1.0))
}

/// The mean, by differences from the first value: equal values have it exactly.
fn centre(column: &[f64]) -> Option<f64> {
    let &origin = column.first()?;
    Some(origin + sum(column, |value| value - origin) / column.len() as f64)
}

/// The ranks of a column of numbers from 1; equal values share the mean of theirs.
pub(crate) fn mid_ranks(column: &[f64]) -> Vec<f64> {
    let low = column.iter().copied().fold(f64::INFINITY, f64::min);
    let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let count = (column.len() / IN_A_BIN).clamp(1, 1 << 24);
    let bins = Bins::new(low, high, count);
    // Where the next value of each bin belongs; a bin's place rises with its values, so sorting within bins is enough.
    let mut next = vec![0_usize; count + 1];
    bins.tiles(column, |bins, _| bins.iter().for_each(|&bin| next[bin as usize + 1] += 1));
    for bin in 1..=count {
        next[bin] += next[bin - 1];
    }
    let mut sorted = vec![(0.0, 0_usize); column.len()];
    let mut position = 0;
    bins.tiles(column, |bins, values| {
        for (&bin, &value) in bins.iter().zip(values) {
            let place = &mut next[bin as usize];
            sorted[*place] = (value, position);
            *place += 1;
            position += 1;
        }
    });
    let mut start = 0;
    // By now a bin's next place is its end.
    for &end in &next[..count] {
        sorted[start..end].sort_unstable_by(|(one, _), (other, _)| one.total_cmp(other));
        start = end;
    }
    let mut ranks = vec![0.0; column.len()];
    let mut first = 0;
    for equal in sorted.chunk_by(|(one, _), (other, _)| one == other) {
        let rank = first as f64 + 0.5 * (equal.len() + 1) as f64;
        for &(_, position) in equal {
            ranks[position] = rank;
        }
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_sorted_column_with_ties_in_the_middle() {
        assert_eq!(mid_ranks(&[3.0, 1.0, 3.0, -2.0, 3.0]), [4.0, 2.0, 4.0, 1.0, 4.0]);
        assert_eq!(mid_ranks(&[0.0, -0.0]), [1.5, 1.5]);
        assert_eq!(mid_ranks(&[7.0; 5]), [3.0; 5]);
        assert!(mid_ranks(&[]).is_empty());
        // One far value puts all others into one bin.
        let column: Vec<f64> =
            (0..2_000).map(|i: i32| if i == 5 { 1e12 } else { f64::from(i * 37 % 501) * 0.1 }).collect();
        let rank = |value: f64| {
            let below = column.iter().filter(|&&other| other < value).count();
            let equal = column.iter().filter(|&&other| other == value).count();
            below as f64 + 0.5 * (equal + 1) as f64
        };
        assert_eq!(mid_ranks(&column), column.iter().map(|&value| rank(value)).collect::<Vec<_>>());
    }

    #[test]
    fn correlation_is_the_textbook_one_and_none_without_spread() {
        // Anscombe (1973), first set.
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        assert!((correlation(&x, &y).unwrap() - 0.816_420_516_3).abs() < 1e-10);
        let ranks = (mid_ranks(&x), mid_ranks(&y));
        // 1 - 6 sum d^2 / (n (n^2 - 1)) with sum d^2 = 40.
        assert!((correlation(&ranks.0, &ranks.1).unwrap() - (1.0 - 240.0 / 1_320.0)).abs() < 1e-15);
        assert_eq!(correlation(&[0.1; 40], &x[..1].repeat(40)), None);
        assert_eq!(correlation(&[], &[]), None);
        let falling: Vec<f64> = x.iter().map(|value| 3.0 - 2.0 * value).collect();
        assert!((correlation(&x, &falling).unwrap() + 1.0).abs() < 1e-15);
    }
}
