//! Exact order statistics of a column without sorting it: values are counted into equal buckets
//! between the extremes, and only buckets that are asked for are gathered and sorted.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::number::dispatch;

const BUCKETS: usize = 4096;

/// Order statistics of a column in any order, found when first asked for.
#[derive(Debug)]
pub struct OrderStatistics {
    low: f64,
    scale: f64,
    /// Values in the buckets before each, and in all at the end.
    before: Vec<u64>,
    sorted: Mutex<BTreeMap<usize, Vec<f64>>>,
}

impl OrderStatistics {
    /// Counts the values of `column`, which lie in `min..=max`; NaN stands for no value.
    #[must_use]
    pub fn new(column: &[f64], min: f64, max: f64) -> Self {
        let scale = BUCKETS as f64 / (max - min);
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let mut this = Self { low: min, scale, before: Vec::new(), sorted: Mutex::default() };
        let mut counts = vec![0_u32; BUCKETS + 1];
        let mut before = vec![0_u64; BUCKETS + 1];
        // In pieces that 32-bit counts hold.
        for piece in column.chunks(1 << 30) {
            this.in_buckets(piece, |bucket, _| counts[bucket] += 1);
            for (total, count) in before[1..].iter_mut().zip(&mut counts) {
                *total += u64::from(std::mem::take(count));
            }
            counts[BUCKETS] = 0;
        }
        for bucket in 0..BUCKETS {
            before[bucket + 1] += before[bucket];
        }
        this.before = before;
        this
    }

    /// Values in the column.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.before[BUCKETS]
    }

    /// Calls `visit` with each place's bucket and value; NaN has the bucket past the last.
    ///
    /// A bucket is increasing in the value, which is all that exactness needs.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clipped to the buckets")]
    fn in_buckets(&self, column: &[f64], mut visit: impl FnMut(usize, f64)) {
        let (low, scale) = (self.low, self.scale);
        let last = (BUCKETS - 1) as f64;
        dispatch(
            #[inline(always)]
            || {
                let mut buckets = [0_i32; 256];
                for group in column.chunks(256) {
                    for (bucket, &value) in buckets.iter_mut().zip(group) {
                        let position = (value - low) * scale;
                        let position = if position < last { position } else { last };
                        let position = if value.is_nan() { BUCKETS as f64 } else { position };
                        *bucket = position as i32;
                    }
                    for (&bucket, &value) in buckets.iter().zip(group) {
                        visit((bucket as usize).min(BUCKETS), value);
                    }
                }
            },
        );
    }

    /// The values of ranks `ranks` (0 is the smallest, each below [`OrderStatistics::count`]) of the
    /// same column as was counted.
    #[must_use]
    pub fn at(&self, column: &[f64], ranks: &[u64]) -> Vec<f64> {
        let bucket_of = |rank: u64| self.before.partition_point(|&before| before <= rank).clamp(1, BUCKETS) - 1;
        // A panic elsewhere cannot leave the map half filled: it is filled in one step.
        let mut sorted = self.sorted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut wanted = vec![false; BUCKETS + 1];
        let mut missing = BTreeMap::new();
        for &rank in ranks {
            let bucket = bucket_of(rank);
            if !sorted.contains_key(&bucket) {
                wanted[bucket] = true;
                missing.insert(bucket, Vec::new());
            }
        }
        if !missing.is_empty() {
            self.in_buckets(column, |bucket, value| {
                if wanted[bucket]
                    && let Some(values) = missing.get_mut(&bucket)
                {
                    values.push(value);
                }
            });
            for values in missing.values_mut() {
                values.sort_unstable_by(f64::total_cmp);
            }
            sorted.append(&mut missing);
        }
        ranks
            .iter()
            .map(|&rank| {
                let bucket = bucket_of(rank);
                let within = usize::try_from(rank - self.before[bucket]).unwrap_or(usize::MAX);
                sorted.get(&bucket).and_then(|values| values.get(within)).copied().unwrap_or(f64::NAN)
            })
            .collect()
    }

    /// Quantiles of type 7 (Hyndman and Fan, 1996) at probabilities in [0, 1]: h = (n - 1) p, linear
    /// between the order statistics beside h. The column must not be empty.
    #[must_use]
    pub fn quantiles(&self, column: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let last = self.count().saturating_sub(1);
        let places: Vec<(u64, f64)> = probabilities.iter().map(|&p| place(last, p)).collect();
        let ranks: Vec<u64> = places.iter().flat_map(|&(rank, _)| [rank, (rank + 1).min(last)]).collect();
        let values = self.at(column, &ranks);
        let between = |(pair, (_, part)): (&[f64], (u64, f64))| pair[0] + part * (pair[1] - pair[0]);
        values.chunks_exact(2).zip(places).map(between).collect()
    }
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
        OrderStatistics::new(column, moments.min, moments.max)
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
    }
}
