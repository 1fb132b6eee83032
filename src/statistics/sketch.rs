//! Order statistics in constant memory: values counted in bins whose width is a fixed share of their
//! size, so that each order statistic is known to 0.05 % of itself.
//!
//! A bin is the sign, the exponent and the first ten places of the mantissa of a number, which are
//! its first 22 bits: equal on every machine, found without a logarithm, and at most 2^-11 of the
//! value away from its middle. Counts are whole numbers, so sketches merge exactly in any order.

use super::order::quantiles_and_ranks;
use crate::number::dispatch;

/// Places of the mantissa that a bin keeps.
const PLACES: u32 = 10;
/// Bits of a number that its bin leaves out.
const LEFT_OUT: u32 = 52 - PLACES;
/// Bins of one sign and exponent.
const PAGE: usize = 1 << PLACES;
/// Signs and exponents.
const PAGES: usize = 1 << 12;
/// The page that NaN and the infinite would have.
const NO_NUMBER: usize = PAGES / 2 - 1;
/// Anything nearer to 0 is counted as 0.
const SMALLEST: f64 = 1e-300;
/// The bin of 0; what else would be there is below [`SMALLEST`].
const ZERO: u32 = 0;

/// How often values fell into each bin.
#[derive(Clone, PartialEq)]
pub struct Sketch {
    /// By sign and exponent; a page is there once a value fell on it.
    pages: Vec<Option<Box<[u64; PAGE]>>>,
}

impl Default for Sketch {
    fn default() -> Self {
        Self { pages: vec![None; PAGES] }
    }
}

impl std::fmt::Debug for Sketch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sketch({} values)", self.count())
    }
}

impl Sketch {
    /// The most by which an order statistic differs from the true one, relative to it.
    pub const RELATIVE_ERROR: f64 = 0.0005;

    /// Counts the values of a column; NaN stands for no value.
    pub fn record(&mut self, column: &[f64]) {
        dispatch(
            #[inline(always)]
            || {
                let mut bins = [0_u32; 256];
                for values in column.chunks(bins.len()) {
                    for (bin, &value) in bins.iter_mut().zip(values) {
                        *bin = bin_of(value);
                    }
                    for &bin in &bins[..values.len()] {
                        let (page, place) = split(bin);
                        if page != NO_NUMBER {
                            self.page(page)[place] += 1;
                        }
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn page(&mut self, page: usize) -> &mut [u64; PAGE] {
        self.pages[page].get_or_insert_with(|| Box::new([0; PAGE]))
    }

    /// Adds all that `other` counted.
    pub fn absorb(&mut self, other: &Self) {
        for (page, theirs) in other.pages.iter().enumerate() {
            if let Some(theirs) = theirs {
                for (count, more) in self.page(page).iter_mut().zip(theirs.iter()) {
                    *count += more;
                }
            }
        }
    }

    /// Values counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bins().map(|(_, count)| count).sum()
    }

    /// The bins that hold a value, with their counts, from the lowest values up.
    pub fn bins(&self) -> impl Iterator<Item = (u32, u64)> {
        let negative = (PAGES / 2..PAGES).rev().flat_map(|page| self.on_page(page).rev());
        negative.chain((0..PAGES / 2).flat_map(|page| self.on_page(page))).filter(|(_, count)| *count > 0)
    }

    fn on_page(&self, page: usize) -> impl DoubleEndedIterator<Item = (u32, u64)> {
        let counts = self.pages[page].as_deref().map_or(&[][..], |counts| &counts[..]);
        #[expect(clippy::cast_possible_truncation, reason = "22 bits")]
        counts.iter().enumerate().map(move |(place, &count)| ((page * PAGE + place) as u32, count))
    }

    /// The sketch of what [`Sketch::bins`] gave; `None` for a bin that does not exist.
    #[must_use]
    pub fn from_bins(bins: &[(u32, u64)]) -> Option<Self> {
        let mut sketch = Self::default();
        for &(bin, count) in bins {
            let (page, place) = split(bin);
            if page >= PAGES || page % (PAGES / 2) == NO_NUMBER {
                return None;
            }
            sketch.page(page)[place] += count;
        }
        Some(sketch)
    }
}

/// The bin of a value, or one on the page of no number.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "22 bits")]
fn bin_of(value: f64) -> u32 {
    let bin = (value.to_bits() >> LEFT_OUT) as u32;
    let bin = if value.abs() < SMALLEST { ZERO } else { bin };
    if value.is_finite() { bin } else { (NO_NUMBER * PAGE) as u32 }
}

/// Page and place on it.
#[inline(always)]
fn split(bin: u32) -> (usize, usize) {
    ((bin >> PLACES) as usize, bin as usize & (PAGE - 1))
}

/// The value halfway through a bin.
fn middle(bin: u32) -> f64 {
    let half = 1 << (LEFT_OUT - 1);
    if bin == ZERO { 0.0 } else { f64::from_bits(u64::from(bin) << LEFT_OUT | half) }
}

/// The order statistics that a [`Sketch`] knows.
#[derive(Clone, Debug)]
pub struct SketchOrder {
    /// Bins that hold a value and the middles of them, from the lowest up.
    bins: Vec<u32>,
    middles: Vec<f64>,
    /// Values in the bins before each, and in all at the end.
    before: Vec<u64>,
    min: f64,
    max: f64,
}

impl SketchOrder {
    /// The order statistics of `sketch`, whose values are known to reach from `min` to `max`.
    #[must_use]
    pub fn new(sketch: &Sketch, min: f64, max: f64) -> Self {
        let (bins, counts): (Vec<u32>, Vec<u64>) = sketch.bins().unzip();
        let middles = bins.iter().map(|&bin| middle(bin)).collect();
        let mut before = vec![0];
        before.extend(counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        }));
        Self { bins, middles, before, min, max }
    }

    /// Values counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.before[self.bins.len()]
    }

    /// The value of rank `rank` (0 is the smallest, below [`SketchOrder::count`]); never outside the extremes,
    /// which are known exactly.
    #[must_use]
    pub fn at(&self, rank: u64) -> f64 {
        let bin = self.before.partition_point(|&before| before <= rank).saturating_sub(1);
        match self.middles.get(bin) {
            Some(_) if rank == 0 => self.min,
            Some(_) if rank + 1 == self.count() => self.max,
            Some(&middle) => middle.max(self.min).min(self.max),
            None => f64::NAN,
        }
    }

    /// Quantiles of type 7 and the values of ranks, as [`super::OrderStatistics::quantiles_and_ranks`].
    #[must_use]
    pub fn quantiles_and_ranks(&self, probabilities: &[f64], ranks: &[u64]) -> (Vec<f64>, Vec<f64>) {
        let at = |ranks: &[u64]| ranks.iter().map(|&rank| self.at(rank)).collect();
        quantiles_and_ranks(self.count(), probabilities, ranks, at)
    }

    /// The sum of differences from `boundary` of the values below it.
    #[must_use]
    pub fn shortfall(&self, boundary: f64) -> f64 {
        let below = |(middle, before): (&f64, &[u64])| {
            let short = middle.max(self.min).min(self.max) - boundary;
            if short < 0.0 { short * (before[1] - before[0]) as f64 } else { 0.0 }
        };
        self.middles.iter().zip(self.before.windows(2)).map(below).sum()
    }

    /// Values above `threshold`, spread evenly over the bin that it falls into.
    #[must_use]
    pub fn above(&self, threshold: f64) -> u64 {
        if threshold >= self.max {
            return 0;
        }
        if threshold < self.min {
            return self.count();
        }
        let own = bin_of(threshold);
        let first = self.middles.partition_point(|&value| value < middle(own));
        let over = |bin: usize| self.count() - self.before[bin];
        if self.bins.get(first) != Some(&own) || own == ZERO {
            return over(first + usize::from(self.bins.get(first) == Some(&own)));
        }
        // The middle of a bin and half of its width, of which a value uses the part beyond the threshold.
        let half = f64::from_bits(u64::from(own) << LEFT_OUT) - middle(own);
        let share = 0.5 - (threshold - middle(own)) / (2.0 * half.abs());
        let within = (self.before[first + 1] - self.before[first]) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
        let part = (share * within).round() as u64;
        over(first + 1) + part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{Moments, OrderStatistics};

    fn of(column: &[f64]) -> (Sketch, SketchOrder) {
        let mut sketch = Sketch::default();
        sketch.record(column);
        let moments = Moments::of(column);
        let order = SketchOrder::new(&sketch, moments.min, moments.max);
        (sketch, order)
    }

    /// Both signs over six hundred powers of ten, and zeros.
    fn wide() -> Vec<f64> {
        let size = |i: i32| 1.37 * 10_f64.powi(i * 7 % 599 - 299);
        let signed = |i: i32| if i % 3 == 0 { -size(i) } else { size(i) };
        (0..3_000).map(|i| if i % 11 == 0 { 0.0 } else { signed(i) }).collect()
    }

    #[test]
    fn every_rank_is_within_the_stated_error() {
        let near = (0..5_000).map(|i: i32| f64::from(i * 7_919 % 5_003) * 0.37 - 700.0).collect::<Vec<_>>();
        for column in [wide(), near] {
            let (sketch, order) = of(&column);
            assert_eq!(sketch.count(), column.len() as u64);
            let moments = Moments::of(&column);
            let exact = OrderStatistics::new(&column, moments.min, moments.max, 1);
            let ranks: Vec<u64> = (0..column.len() as u64).collect();
            for (rank, value) in ranks.iter().zip(exact.at(&column, &ranks)) {
                let found = order.at(*rank);
                assert!((found - value).abs() <= Sketch::RELATIVE_ERROR * value.abs(), "{found} for {value}");
            }
            assert_eq!((order.at(0), order.at(ranks.len() as u64 - 1)), (moments.min, moments.max));
        }
    }

    #[test]
    fn what_is_too_small_is_zero_and_what_is_missing_is_not_there() {
        let (sketch, order) = of(&[f64::NAN, 1e-301, -1e-310, 0.0, -0.0, 2.0, -f64::NAN]);
        assert_eq!(sketch.count(), 5);
        assert_eq!(order.at(2), 0.0);
        assert_eq!(order.above(0.0), 1);
        assert_eq!(of(&[f64::MAX, f64::MIN]).0.count(), 2);
    }

    #[test]
    fn parts_merge_to_the_whole_and_bins_are_read_back() {
        let column = wide();
        let (whole, _) = of(&column);
        let mut merged = of(&column[2_000..]).0;
        merged.absorb(&of(&column[..2_000]).0);
        assert_eq!(merged.bins().collect::<Vec<_>>(), whole.bins().collect::<Vec<_>>());
        let bins: Vec<_> = whole.bins().collect();
        assert_eq!(Sketch::from_bins(&bins), Some(whole));
        assert_eq!(Sketch::from_bins(&[(1 << 22, 1)]), None);
        assert_eq!(Sketch::from_bins(&[(bin_of(f64::NAN), 1)]), None);
    }

    #[test]
    fn the_share_above_a_threshold_is_that_of_a_threshold_within_the_error() {
        let column: Vec<f64> = (0..4_000).map(|i: i32| f64::from(i) * 0.5 - 1_000.0).collect();
        let order = of(&column).1;
        let count = |threshold: f64| column.iter().filter(|&&value| value > threshold).count() as u64;
        for threshold in [-1_000.5, -999.9, -512.3, -0.4, 0.0, 0.3, 17.77, 999.4, 999.5, 2_000.0] {
            let slack = Sketch::RELATIVE_ERROR * 2.0 * f64::abs(threshold);
            let found = order.above(threshold);
            assert!(
                (count(threshold + slack)..=count(threshold - slack)).contains(&found),
                "{found} above {threshold}"
            );
        }
        let equal = of(&[3.3; 10]).1;
        assert_eq!((equal.above(3.3), equal.above(3.2), equal.at(4)), (0, 10, 3.3));
    }

    #[test]
    fn the_shortfall_is_that_of_the_values_within_the_error() {
        let column: Vec<f64> = (0..1_000).map(|i: i32| f64::from(i)).collect();
        let found = of(&column).1.shortfall(100.0);
        assert!((found + 5_050.0).abs() < Sketch::RELATIVE_ERROR * 5_050.0 * 2.0, "{found}");
    }
}
