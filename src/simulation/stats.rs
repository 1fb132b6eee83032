//! The statistics of one output.

use super::definition::{Reference, SamplingMethod, StatisticsOptions};
use super::ranked::Ranked;
use super::result::{Column, SimulationResult};
use crate::parallel;
use crate::statistics::{Histogram, Moments, OrderStatistics, binomial_quantile, normal_interval, t_interval, wilson};

/// The statistics of one output over the trials that have a value; every answer is exact, but for
/// those by rank of a run in `sketch` mode.
#[derive(Clone, Copy, Debug)]
pub struct Stats<'a> {
    result: &'a SimulationResult,
    column: &'a Column,
    name: &'a str,
    moments: Moments,
}

/// A quantile with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileEstimate {
    /// The probability below it.
    pub p: f64,
    /// The quantile.
    pub value: f64,
    /// Lower end of the confidence interval; `None` when it lies below the sample.
    pub low: Option<f64>,
    /// Upper end; `None` when it lies above the sample.
    pub high: Option<f64>,
}

/// The probability of exceeding a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbabilityEstimate {
    /// The threshold.
    pub threshold: f64,
    /// Share of values above it; equal values are not above.
    pub above: f64,
    /// Standard error of that share.
    pub standard_error: f64,
    /// Lower end of Wilson's interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Mean and standard error after the first n trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Trials.
    pub n: u64,
    /// Mean of those that have a value.
    pub mean: f64,
    /// Its standard error; `None` for fewer than two values.
    pub standard_error: Option<f64>,
}

impl<'a> Stats<'a> {
    /// `None` when no trial has a value.
    pub(super) fn of(result: &'a SimulationResult, position: usize) -> Option<Self> {
        let column = &result.outputs[position];
        let moments = column.spread.moments.total();
        let name = &result.header.names[position];
        (moments.count > 0).then_some(Self { result, column, name, moments })
    }

    /// Name of the output.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Trials that have a value.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.moments.count
    }

    /// Mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.moments.mean
    }

    /// Standard deviation with n - 1; `None` for one value.
    #[must_use]
    pub fn standard_deviation(&self) -> Option<f64> {
        self.moments.standard_deviation()
    }

    /// Standard error of the mean, from the means of pairs for antithetic sampling and from those of
    /// whole replicates where there are any; `None` for fewer than two of them.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        self.independent().standard_error()
    }

    /// What the standard error comes from: `trials`, `pairs` or `replicates`.
    #[must_use]
    pub fn standard_error_basis(&self) -> &'static str {
        match self.result.sampling().method {
            SamplingMethod::Random => "trials",
            SamplingMethod::Antithetic => "pairs",
            SamplingMethod::LatinHypercube | SamplingMethod::Sobol => "replicates",
        }
    }

    /// Confidence interval of the mean, at the level of `statistics.confidence`: normal, or Student's t
    /// where the standard error comes from replicates.
    #[must_use]
    pub fn confidence_interval(&self) -> Option<(f64, f64)> {
        let of = self.independent();
        let error = of.standard_error()?;
        Some(match self.replicate_size() {
            None => normal_interval(self.mean(), error, self.confidence()),
            Some(_) => t_interval(self.mean(), error, self.confidence(), of.count - 1),
        })
    }

    /// The moments of what is independent of each other: values, means of pairs, or means of replicates.
    fn independent(&self) -> Moments {
        match self.replicate_size() {
            Some(size) => self.column.spread.replicates.means(size, self.result.range()),
            None if self.result.sampling().method == SamplingMethod::Antithetic => self.column.spread.pairs.total(),
            None => self.moments,
        }
    }

    fn replicate_size(&self) -> Option<u64> {
        self.result.sampling().replicate_size(self.result.trials_requested())
    }

    /// Skewness; `None` when all values are equal.
    #[must_use]
    pub fn skewness(&self) -> Option<f64> {
        self.moments.skewness()
    }

    /// Excess kurtosis; `None` when all values are equal.
    #[must_use]
    pub fn kurtosis(&self) -> Option<f64> {
        self.moments.excess_kurtosis()
    }

    /// Smallest value.
    #[must_use]
    pub fn min(&self) -> f64 {
        self.moments.min
    }

    /// Largest value.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.moments.max
    }

    /// Whether quantiles, probabilities and risk measures are within the error of a sketch
    /// ([`Sketch::RELATIVE_ERROR`](crate::statistics::Sketch::RELATIVE_ERROR)) and not exact.
    #[must_use]
    pub fn is_approximate(&self) -> bool {
        self.ranked().is_approximate()
    }

    /// The values in trial order; trials without one are absent. Empty when the run did not hold them,
    /// which one in `sketch` mode does only to keep samples or inputs.
    #[must_use]
    pub fn samples(&self) -> &'a [f64] {
        self.column.samples(self.moments.count)
    }

    /// The quantile at probability `p` (type 7); `None` outside [0, 1].
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        self.quantiles_at(&[p]).and_then(|values| values.first().copied())
    }

    /// Quantiles at several probabilities, found together; `None` when one is outside [0, 1].
    #[must_use]
    pub fn quantiles_at(&self, probabilities: &[f64]) -> Option<Vec<f64>> {
        probabilities
            .iter()
            .all(|p| (0.0..=1.0).contains(p))
            .then(|| self.ranked().quantiles_and_ranks(probabilities, &[]).0)
    }

    /// The quantiles of `statistics.quantiles` with their confidence intervals.
    #[must_use]
    pub fn quantiles(&self) -> Vec<QuantileEstimate> {
        let levels = &self.options().quantiles;
        if let Some(size) = self.replicate_size() {
            return self.quantiles_by_replicate(levels, size);
        }
        let n = self.moments.count;
        let outer = 0.5 - 0.5 * self.confidence();
        // Ranks from 0; outside the sample they are `None`.
        let ends = |p: f64| {
            let low = binomial_quantile(n, p, outer).checked_sub(1);
            let high = Some(binomial_quantile(n, p, 1.0 - outer)).filter(|&rank| rank < n);
            [low, high]
        };
        let ranks: Vec<Option<u64>> = levels.iter().flat_map(|&p| ends(p)).collect();
        let found: Vec<u64> = ranks.iter().flatten().copied().collect();
        let (values, found) = self.ranked().quantiles_and_ranks(levels, &found);
        let mut found = found.into_iter();
        let ends: Vec<Option<f64>> = ranks.iter().map(|rank| rank.and_then(|_| found.next())).collect();
        let estimate = |((&p, value), ends): ((&f64, f64), &[Option<f64>])| QuantileEstimate {
            p,
            value,
            low: ends[0],
            high: ends[1],
        };
        levels.iter().zip(values).zip(ends.chunks_exact(2)).map(estimate).collect()
    }

    /// Intervals by Student's t over the quantiles of whole replicates; none when values were not held.
    fn quantiles_by_replicate(&self, levels: &[f64], size: u64) -> Vec<QuantileEstimate> {
        let first = self.result.first_trial();
        let of_replicate = |(replicate, moments): &(u64, Moments)| {
            let start = usize::try_from(replicate * size - first).ok()?;
            let values = self.column.values.get(start..start + usize::try_from(size).ok()?)?;
            let order = OrderStatistics::new(values, moments.min, moments.max, 1);
            (moments.count > 0).then(|| order.quantiles(values, levels))
        };
        let mut whole: Vec<_> = self.column.spread.replicates.whole(size, self.result.range()).collect();
        let threads = self.result.threads();
        let found = parallel::in_parts(&mut whole, 1, threads, |_, replicates| of_replicate(&replicates[0]));
        let found: Vec<Vec<f64>> = found.expect("ranking does not panic").into_iter().flatten().collect();
        let values = self.ranked().quantiles_and_ranks(levels, &[]).0;
        let estimate = |(i, (&p, value)): (usize, (&f64, f64))| {
            let of = Moments::of(&found.iter().map(|quantiles| quantiles[i]).collect::<Vec<_>>());
            let error = of.standard_error();
            let interval = error.map(|error| t_interval(value, error, self.confidence(), of.count - 1));
            let (low, high) = interval.unzip();
            QuantileEstimate { p, value, low, high }
        };
        levels.iter().zip(values).enumerate().map(estimate).collect()
    }

    /// The reference less the quantile at 1 - `level`; `None` for a level outside (0, 1).
    #[must_use]
    pub fn value_at_risk(&self, level: f64) -> Option<f64> {
        inside(level).and_then(|level| self.quantile(1.0 - level)).map(|quantile| self.reference() - quantile)
    }

    /// The reference less the mean of the lowest share 1 - `level` of the values, of which the last
    /// counts in part; `None` for a level outside (0, 1).
    #[must_use]
    pub fn conditional_value_at_risk(&self, level: f64) -> Option<f64> {
        let level = inside(level)?;
        let share = self.moments.count as f64 * (1.0 - level);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        let rank = (share as u64).min(self.moments.count - 1);
        // Values equal to the boundary add nothing to the sum of differences from it.
        let (boundary, shortfall) = self.ranked().at_with_shortfall(rank)?;
        Some(self.reference() - (boundary + shortfall / share))
    }

    /// The share of values above `threshold`; equal values are not above.
    #[must_use]
    pub fn probability_above(&self, threshold: f64) -> f64 {
        self.ranked().above(threshold) as f64 / self.moments.count as f64
    }

    /// The probabilities at `statistics.thresholds` of this output.
    #[must_use]
    pub fn probabilities(&self) -> Vec<ProbabilityEstimate> {
        let thresholds = self.options().thresholds.get(self.name);
        let n = self.moments.count;
        let estimate = |&threshold: &f64| {
            let hits = self.ranked().above(threshold);
            let above = hits as f64 / n as f64;
            let (low, high) = wilson(hits, n, self.confidence()).unwrap_or((0.0, 1.0));
            let standard_error = (above * (1.0 - above) / n as f64).sqrt();
            ProbabilityEstimate { threshold, above, standard_error, low, high }
        };
        thresholds.into_iter().flatten().map(estimate).collect()
    }

    /// Counts in `statistics.bins` equal bins over the sample, or between the edges given; `None` for
    /// equal bins when the values were not held, since the bins are known only in the end.
    #[must_use]
    pub fn histogram(&self) -> Option<Histogram> {
        if self.column.values.is_empty() {
            return self.column.tally.as_ref().and_then(|tally| tally.histogram.clone());
        }
        let edges = self.options().edges.get(self.name).cloned().unwrap_or_else(|| self.equal_edges());
        Some(Histogram::of(edges, &self.column.values, self.result.threads()))
    }

    /// What there is to draw: the histogram, or where there is none the shares of equal bins over the
    /// sample, within the error of the sketch.
    #[must_use]
    pub fn bins(&self) -> Histogram {
        self.histogram().unwrap_or_else(|| {
            let mut histogram = Histogram::between(self.equal_edges());
            let last = histogram.counts.len();
            let mut left = self.moments.count;
            for (count, (i, &edge)) in histogram.counts.iter_mut().zip(histogram.edges.iter().enumerate().skip(1)) {
                // All that is left is in the last bin, which holds the largest value.
                let above = if i == last { 0 } else { self.ranked().above(edge).min(left) };
                *count = left - above;
                left = above;
            }
            histogram
        })
    }

    fn equal_edges(&self) -> Vec<f64> {
        let last = self.options().bins;
        let (bins, min, max) = (f64::from(last), self.moments.min, self.moments.max);
        let edge = |i: u32| if i == last { max } else { min + (max - min) * (f64::from(i) / bins) };
        (0..=last).map(edge).collect()
    }

    /// Mean and standard error after 1,024 x 2^k trials and at the end.
    #[must_use]
    pub fn convergence(&self) -> Vec<Convergence> {
        let trials = self.result.trials;
        let spread = &self.column.spread;
        let antithetic = self.result.sampling().method == SamplingMethod::Antithetic;
        let pairs: Vec<(u32, Moments)> = spread.pairs.prefixes().map(|(level, of)| (level, *of)).collect();
        let size = self.replicate_size();
        let mut points: Vec<Convergence> = spread
            .moments
            .prefixes()
            .map(|(level, moments)| {
                let n = 1024 << level;
                let of_pairs = || pairs.iter().find(|(known, _)| *known == level).map(|(_, moments)| *moments);
                let independent = match size {
                    Some(size) => Some(spread.replicates.means(size, 0..n)),
                    None if antithetic => of_pairs(),
                    None => Some(*moments),
                };
                let standard_error = independent.and_then(|moments| moments.standard_error());
                Convergence { n, mean: moments.mean, standard_error }
            })
            .filter(|point| point.n < trials)
            .collect();
        points.push(Convergence { n: trials, mean: self.mean(), standard_error: self.standard_error() });
        points
    }

    fn ranked(&self) -> Ranked<'a> {
        self.column.ranked(&self.moments, self.result.threads())
    }

    pub(super) fn options(&self) -> &'a StatisticsOptions {
        &self.result.header.options.statistics
    }

    fn confidence(&self) -> f64 {
        self.options().confidence
    }

    fn reference(&self) -> f64 {
        match self.options().reference {
            Reference::Mean => self.mean(),
            Reference::Value(value) => value,
        }
    }
}

fn inside(level: f64) -> Option<f64> {
    (level > 0.0 && level < 1.0).then_some(level)
}
