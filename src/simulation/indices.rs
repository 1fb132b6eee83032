//! First-order and total indices: which share of an output's variance a draw accounts for alone, and
//! which with all its interactions.
//!
//! Each trial has a second, independent set of draws. It is evaluated with its own set (a), with the
//! second (b), and for each draw with its own set in which that draw alone is exchanged (c): the
//! design of Saltelli ("Making best use of model evaluations to compute sensitivity indices", 2002),
//! d + 2 evaluations for d draws. The estimators are those of Jansen ("Analysis of variance designs
//! for model output", 1999): first = 1 - mean (b - c)^2 / 2V, total = mean (a - c)^2 / 2V.

use crate::model::Fault;
use crate::statistics::{Merge, Moments};

/// Parts that trials are dealt into; how the indices of the parts differ tells their standard error.
const PARTS: usize = 16;

/// How trials are dealt into parts that tell nothing of each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Trials in a row that stay together.
    together: u64,
}

impl Parts {
    /// Replicates stay whole; without them, mirrored trials 2k and 2k + 1 stay together.
    pub(super) fn of(replicate: Option<u64>) -> Self {
        Self { together: replicate.unwrap_or(2).max(1) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "below 16")]
    fn of_trial(self, trial: u64) -> usize {
        (trial / self.together % PARTS as u64) as usize
    }
}

/// An index with its standard error, which needs two parts of the trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexEstimate {
    /// The index; noise may carry it outside [0, 1].
    pub value: f64,
    /// Standard error; `None` for too few trials.
    pub standard_error: Option<f64>,
}

/// Sums of squared differences over the trials of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Differences {
    pub(super) count: u64,
    /// Of (b - c)^2.
    pub(super) second: f64,
    /// Of (a - c)^2.
    pub(super) own: f64,
}

/// What a block leaves of its design; empty when there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct IndexSums {
    /// By draw, trials in which the exchange changed it.
    pub(super) exchanged: Vec<u64>,
    /// By output and part, the moments of a and b together.
    pub(super) values: Vec<Moments>,
    /// By output, draw and part.
    pub(super) differences: Vec<Differences>,
}

impl IndexSums {
    /// Entries of each list for these many outputs and draws.
    pub(super) fn sizes(outputs: usize, draws: usize) -> [usize; 3] {
        [draws, outputs * PARTS, outputs * draws * PARTS]
    }

    /// Sums with the values of trials `first..` by output, from their own draws and the second ones.
    pub(super) fn of(
        parts: Parts,
        first: u64,
        length: usize,
        draws: usize,
        own: &[Vec<f64>],
        second: &[Vec<f64>],
    ) -> Self {
        let [_, _, differences] = Self::sizes(own.len(), draws);
        let mut values = Vec::with_capacity(own.len() * PARTS);
        let mut by_part = vec![Vec::new(); PARTS];
        for (own, second) in own.iter().zip(second) {
            by_part.iter_mut().for_each(Vec::clear);
            for ((trial, &own), &second) in (first..).zip(&own[..length]).zip(second) {
                if !own.is_nan() && !second.is_nan() {
                    by_part[parts.of_trial(trial)].extend([own, second]);
                }
            }
            values.extend(by_part.iter().map(|of_part| Moments::of(of_part)));
        }
        Self { exchanged: vec![0; draws], values, differences: vec![Differences::default(); differences] }
    }

    /// Adds the values that exchanging draw `draw` gives; a trial without one of its three values is left out.
    pub(super) fn add(&mut self, parts: Parts, first: u64, draw: usize, values: [&[Vec<f64>]; 3], length: usize) {
        let draws = self.exchanged.len();
        let [own, second, exchanged] = values;
        for (output, ((own, second), exchanged)) in own.iter().zip(second).zip(exchanged).enumerate() {
            let sums = &mut self.differences[(output * draws + draw) * PARTS..][..PARTS];
            let values = own[..length].iter().zip(second).zip(exchanged);
            for (trial, ((own, second), exchanged)) in (first..).zip(values) {
                let (from_own, from_second) = (own - exchanged, second - exchanged);
                if (from_own + from_second).is_nan() {
                    continue;
                }
                let sums = &mut sums[parts.of_trial(trial)];
                sums.count += 1;
                sums.own += from_own * from_own;
                sums.second += from_second * from_second;
            }
        }
    }

    /// Of `trials` trials, how many were left out for one draw or another, since they lack a value under
    /// exchanged draws.
    pub(super) fn left_out(&self, trials: u64) -> u64 {
        let of_draw = self.differences.chunks_exact(PARTS).map(|parts| parts.iter().map(|part| part.count).sum());
        of_draw.map(|count: u64| trials - count.min(trials)).max().unwrap_or(0)
    }

    /// First-order and total index of a draw for an output; `None` when one of them does not vary.
    pub(super) fn estimate(&self, output: usize, draw: usize) -> Option<(IndexEstimate, IndexEstimate)> {
        let draws = self.exchanged.len();
        if *self.exchanged.get(draw)? == 0 {
            return None;
        }
        let values = &self.values[output * PARTS..][..PARTS];
        let differences = &self.differences[(output * draws + draw) * PARTS..][..PARTS];
        let all_values = values.iter().fold(Moments::default(), |left, right| left.merge(right));
        let all = differences.iter().fold(Differences::default(), |left, right| left.merge(right));
        let (first, total) = indices(&all_values, &all)?;
        let parts: Vec<(f64, f64)> =
            values.iter().zip(differences).filter_map(|(values, sums)| indices(values, sums)).collect();
        let error =
            |of: fn(&(f64, f64)) -> f64| Moments::of(&parts.iter().map(of).collect::<Vec<_>>()).standard_error();
        Some((
            IndexEstimate { value: first, standard_error: error(|(first, _)| *first) },
            IndexEstimate { value: total, standard_error: error(|(_, total)| *total) },
        ))
    }
}

/// Both indices from the values and differences of some trials.
fn indices(values: &Moments, sums: &Differences) -> Option<(f64, f64)> {
    let twice = 2.0 * values.variance()?;
    let share = |sum: f64| sum / sums.count as f64 / twice;
    let found = (1.0 - share(sums.second), share(sums.own));
    (found.0.is_finite() && found.1.is_finite()).then_some(found)
}

impl Differences {
    fn merge(&self, right: &Self) -> Self {
        Self { count: self.count + right.count, second: self.second + right.second, own: self.own + right.own }
    }
}

impl Merge for IndexSums {
    fn merge(&self, right: &Self) -> Self {
        if self.exchanged.is_empty() {
            return right.clone();
        }
        let both = |left: &[u64], right: &[u64]| left.iter().zip(right).map(|(left, right)| left + right).collect();
        Self {
            exchanged: both(&self.exchanged, &right.exchanged),
            values: self.values.iter().zip(&right.values).map(|(left, right)| left.merge(right)).collect(),
            differences: self
                .differences
                .iter()
                .zip(&right.differences)
                .map(|(left, right)| left.merge(right))
                .collect(),
        }
    }
}

/// The design of a block: its sums, and the first trial that has no value under exchanged draws.
#[derive(Clone, Debug, Default)]
pub(super) struct Design {
    pub(super) sums: IndexSums,
    pub(super) undefined: Option<(u64, Fault)>,
}

impl Design {
    /// Whether a trial has no value under exchanged draws.
    pub(super) fn lacks_any(&self) -> bool {
        self.undefined.is_some()
    }
}
