//! Exact order statistics of a column without sorting it: values are counted into equal buckets
//! between the extremes, and only buckets that are asked for are gathered and sorted.
//!
//! A long column is worked on in parts, on several threads: counts add up to the same in any order, and
//! what is gathered is sorted, so the answers are those of one thread.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::bins::Bins;
use super::sums::{sum, sum_of_terms};
use crate::by_key::by_key;
use crate::number::dispatch;
use crate::parallel;

const BUCKETS: usize = 4096;

/// Of a column that has more terms than its length over this, no terms are gathered: each takes the room of two
/// values.
const MOST_TERMS: u64 = 8;

/// Values of the shortest part, which is worth a thread, and of the longest, which 32-bit counts hold.
const SHORTEST_PART: usize = 1 << 16;
const LONGEST_PART: usize = 1 << 30;

/// Parts for each thread, so that none waits long for the last one.
const PARTS_A_THREAD: usize = 4;

/// Order statistics of a column in any order, found when first asked for.
#[derive(Debug)]
pub struct OrderStatistics {
    buckets: Bins,
    /// Values in the buckets before each, and in all at the end.
    before: Vec<u64>,
    sorted: Mutex<BTreeMap<usize, Vec<f64>>>,
    threads: usize,
}

impl OrderStatistics {
    /// Counts the values of `column`, which lie in `min..=max`; NaN stands for no value. All answers are
    /// found on up to `threads` threads.
    #[must_use]
    pub fn new(column: &[f64], min: f64, max: f64, threads: usize) -> Self {
        let buckets = Bins::new(min, max, BUCKETS);
        // A part's counts are of 32 bits: they take half of the fastest cache, those of 64 all.
        let counts = by_parts(column, threads, |_, part| {
            let mut counts = vec![0_u32; BUCKETS + 1];
            buckets.tiles(part, |bins, _| {
                for &bin in bins {
                    counts[(bin as usize).min(BUCKETS)] += 1;
                }
            });
            counts
        });
        let mut totals = vec![0_u64; BUCKETS];
        for counts in counts {
            for (total, count) in totals.iter_mut().zip(counts) {
                *total += u64::from(count);
            }
        }
        let mut before = vec![0];
        before.extend(totals.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        }));
        Self { buckets, before, sorted: Mutex::default(), threads }
    }

    /// Values in the column.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.before[BUCKETS]
    }

    /// The bucket that holds rank `rank`.
    fn bucket(&self, rank: u64) -> usize {
        self.before.partition_point(|&before| before <= rank).clamp(1, BUCKETS) - 1
    }

    /// The values of ranks `ranks` (0 is the smallest, each below [`OrderStatistics::count`]) of the
    /// same column as was counted.
    #[must_use]
    pub fn at(&self, column: &[f64], ranks: &[u64]) -> Vec<f64> {
        // A panic elsewhere cannot leave the map half filled: it is filled in one step.
        let mut sorted = self.sorted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let wanted = ranks.iter().map(|&rank| self.bucket(rank));
        let missing = wanted.filter(|bucket| !sorted.contains_key(bucket));
        let mut missing: BTreeMap<usize, Vec<f64>> = by_key(missing.map(|bucket| (bucket, Vec::new())));
        if !missing.is_empty() {
            self.gather(column, &mut missing);
            sorted.append(&mut missing);
        }
        ranks
            .iter()
            .map(|&rank| {
                let bucket = self.bucket(rank);
                let within = usize::try_from(rank - self.before[bucket]).unwrap_or(usize::MAX);
                sorted.get(&bucket).and_then(|values| values.get(within)).copied().unwrap_or(f64::NAN)
            })
            .collect()
    }

    /// Fills `wanted` buckets with their values, sorted.
    fn gather(&self, column: &[f64], wanted: &mut BTreeMap<usize, Vec<f64>>) {
        let numbers: Vec<u32> = wanted.keys().filter_map(|&bucket| u32::try_from(bucket).ok()).collect();
        let found = by_parts(column, self.threads, |_, part| {
            let mut found = vec![Vec::new(); numbers.len()];
            let mut take = |bins: &[u32], values: &[f64]| {
                for (bin, &value) in bins.iter().zip(values) {
                    if let Ok(place) = numbers.binary_search(bin) {
                        found[place].push(value);
                    }
                }
            };
            self.buckets.tiles(part, |bins, values| {
                // Few groups hold a wanted value, and comparing all of a group at once is quick.
                let (groups, rest) = bins.as_chunks::<32>();
                for (group, values) in groups.iter().zip(values.chunks(32)) {
                    let mut any = 0;
                    for &number in &numbers {
                        for &bin in group {
                            any |= u32::from(bin == number);
                        }
                    }
                    if any != 0 {
                        take(group, values);
                    }
                }
                take(rest, &values[values.len() - rest.len()..]);
            });
            found
        });
        for found in found {
            for (values, more) in wanted.values_mut().zip(found) {
                values.extend(more);
            }
        }
        for values in wanted.values_mut() {
            values.sort_unstable_by(f64::total_cmp);
        }
    }

    /// The sum of differences from `boundary` of the values below it, of the same column as was counted.
    pub(crate) fn shortfall(&self, column: &[f64], boundary: f64) -> f64 {
        // The sum has one order. What is not below adds zero to it and is left out, unless the terms took more
        // room than a small part of the column.
        let below = self.count_of(
            column,
            #[inline(always)]
            |value| value < boundary,
        );
        if below > column.len() as u64 / MOST_TERMS {
            return sum(
                column,
                #[inline(always)]
                |value| if value < boundary { value - boundary } else { 0.0 },
            );
        }
        let terms = by_parts(column, self.threads, |first, part| {
            let found = (first..).zip(part).filter(|(_, value)| **value < boundary);
            found.map(|(place, value)| (place, value - boundary)).collect::<Vec<_>>()
        });
        sum_of_terms(terms.into_iter().flatten())
    }

    /// Values above `threshold`, of the same column as was counted; equal ones are not above.
    pub(crate) fn count_above(&self, column: &[f64], threshold: f64) -> u64 {
        self.count_of(
            column,
            #[inline(always)]
            |value| value > threshold,
        )
    }

    fn count_of(&self, column: &[f64], is_one: impl Fn(f64) -> bool + Sync) -> u64 {
        let counts = by_parts(column, self.threads, |_, part| {
            dispatch(
                #[inline(always)]
                || part.iter().map(|&value| u64::from(is_one(value))).sum::<u64>(),
            )
        });
        counts.iter().sum()
    }

    /// Quantiles of type 7 (Hyndman and Fan, 1996) at probabilities in [0, 1]: h = (n - 1) p, linear
    /// between the order statistics beside h. The column must not be empty.
    #[must_use]
    pub fn quantiles(&self, column: &[f64], probabilities: &[f64]) -> Vec<f64> {
        self.quantiles_and_ranks(column, probabilities, &[]).0
    }

    /// [`OrderStatistics::quantiles`] and [`OrderStatistics::at`] by one walk over the column.
    #[must_use]
    pub fn quantiles_and_ranks(&self, column: &[f64], probabilities: &[f64], ranks: &[u64]) -> (Vec<f64>, Vec<f64>) {
        quantiles_and_ranks(self.count(), probabilities, ranks, |ranks| self.at(column, ranks))
    }
}

/// What `work` answers for each part of a column, given the place of its first value, on up to `threads`
/// threads; in the order of the parts.
pub(super) fn by_parts<R: Send>(column: &[f64], threads: usize, work: impl Fn(usize, &[f64]) -> R + Sync) -> Vec<R> {
    let length = column.len().div_ceil(PARTS_A_THREAD * threads.max(1)).clamp(SHORTEST_PART, LONGEST_PART);
    let mut parts: Vec<&[f64]> = column.chunks(length).collect();
    let answers = parallel::in_parts(&mut parts, 1, threads, |i, part| work(i * length, part[0]));
    answers.expect("counting does not panic")
}

/// Quantiles of type 7 and the values of ranks, of `count` values of which `at` knows those of any ranks.
pub(super) fn quantiles_and_ranks(
    count: u64,
    probabilities: &[f64],
    ranks: &[u64],
    at: impl FnOnce(&[u64]) -> Vec<f64>,
) -> (Vec<f64>, Vec<f64>) {
    let last = count.saturating_sub(1);
    let places: Vec<(u64, f64)> = probabilities.iter().map(|&p| place(last, p)).collect();
    let beside = places.iter().flat_map(|&(rank, _)| [rank, (rank + 1).min(last)]);
    let mut values = at(&beside.chain(ranks.iter().copied()).collect::<Vec<_>>());
    let at_ranks = values.split_off(2 * places.len());
    let quantiles = values.chunks_exact(2).zip(places).map(|(pair, (_, part))| between(pair[0], pair[1], part));
    (quantiles.collect(), at_ranks)
}

/// The quantile of type 7 at probability `p` in [0, 1] of a short sample that is sorted and not empty.
pub(crate) fn quantile_of_sorted(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len() - 1;
    let (rank, part) = place(last as u64, p);
    let rank = usize::try_from(rank).unwrap_or(last);
    between(sorted[rank], sorted[(rank + 1).min(last)], part)
}

/// `part` of the way from one order statistic to the next.
fn between(low: f64, high: f64, part: f64) -> f64 {
    low + part * (high - low)
}

/// h = last * p as whole rank and rest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last rank")]
fn place(last: u64, p: f64) -> (u64, f64) {
    let h = last as f64 * p;
    let rank = (h.floor() as u64).min(last);
    (rank, h - rank as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Moments;

    fn of(column: &[f64]) -> OrderStatistics {
        let moments = Moments::of(column);
        OrderStatistics::new(column, moments.min, moments.max, 1)
    }

    #[test]
    fn every_rank_is_that_of_the_sorted_column() {
        let mut column: Vec<f64> =
            (0..5_000_u64).map(|i| ((i * 2_654_435_761) % 10_007) as f64 * 0.3 - 900.0).collect();
        column.extend([1e9, -3.0, -3.0, -3.0]);
        let mut with_gaps = column.clone();
        with_gaps.insert(17, f64::NAN);
        let mut sorted = column.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let ranks: Vec<u64> = (0..sorted.len() as u64).collect();
        assert_eq!(of(&column).at(&column, &ranks), sorted);
        let gaps = of(&with_gaps);
        assert_eq!(gaps.count(), 5_004);
        assert_eq!(gaps.at(&with_gaps, &[5_003, 0]), [1e9, sorted[0]]);
        // The second question finds its buckets beside those of the first.
        assert_eq!(gaps.at(&with_gaps, &ranks), sorted);
    }

    #[test]
    fn quantiles_interpolate_between_neighbours() {
        let column = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(of(&column).quantiles(&column, &[0.0, 0.25, 0.5, 1.0]), [1.0, 1.75, 2.5, 4.0]);
        assert_eq!(of(&[2.0; 5]).quantiles(&[2.0; 5], &[0.1, 0.9]), [2.0, 2.0]);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|p| quantile_of_sorted(&[1.0, 2.0, 3.0, 4.0], p)), [1.0, 1.75, 2.5, 4.0]);
        assert_eq!(quantile_of_sorted(&[7.0], 0.3), 7.0);
    }

    #[test]
    fn parts_on_any_number_of_threads_give_the_bits_of_one_thread() {
        let value =
            |i: u64| if i % 97 == 5 { f64::NAN } else { ((i * 2_654_435_761) % 1_000_003) as f64 * 1e-3 - 77.7 };
        let column: Vec<f64> = (0..3 * SHORTEST_PART as u64 + 1_234).map(value).collect();
        let moments = Moments::of(&column.iter().copied().filter(|value| !value.is_nan()).collect::<Vec<_>>());
        let answers = |threads| {
            let order = OrderStatistics::new(&column, moments.min, moments.max, threads);
            let quantiles = order.quantiles(&column, &[0.0, 0.01, 0.5, 0.987, 1.0]);
            let shortfalls = [-70.0, 3.3, 900.0].map(|boundary| order.shortfall(&column, boundary));
            (order.before.clone(), quantiles, shortfalls, order.count_above(&column, 500.0))
        };
        let one = answers(1);
        // One sum over all places, zero where a value is not below.
        for (found, boundary) in one.2.iter().zip([-70.0, 3.3, 900.0]) {
            assert_eq!(*found, sum(&column, |value| if value < boundary { value - boundary } else { 0.0 }));
        }
        assert_eq!(one.3, column.iter().filter(|&&value| value > 500.0).count() as u64);
        for threads in [2, 3, 7] {
            assert_eq!(answers(threads), one);
        }
    }
}
