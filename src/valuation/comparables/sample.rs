//! The sample of one multiple: which peers count, and what is taken of them.

use std::fmt;

use super::input::{MultipleStatistic, OutlierRule, Peer};
use crate::model::Slot;
use crate::statistics::{Moments, quantile_of_sorted};

/// The median absolute deviation of a normal distribution is its standard deviation over this.
const NORMAL_MAD: f64 = 1.4826;

/// What a multiple divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numerator {
    EnterpriseValue,
    Price,
}

/// A multiple's name taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Multiple<'a> {
    pub(super) name: &'a str,
    pub(super) numerator: Numerator,
    pub(super) metric: &'a str,
}

impl<'a> Multiple<'a> {
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let (numerator, metric) = name.split_once('/')?;
        let numerator = match numerator {
            "ev" => Numerator::EnterpriseValue,
            "p" => Numerator::Price,
            _ => return None,
        };
        Some(Self { name, numerator, metric })
    }

    /// The multiple of `peer`, or why it has no meaning.
    pub(super) fn of(&self, peer: &Peer<Slot>, x: &[f64]) -> Result<f64, Meaningless<'a>> {
        let [value, price, debt] =
            [peer.enterprise_value, peer.market_cap, peer.net_debt].map(|amount| amount.map(|slot| slot.of(x)));
        let (what, amount) = match self.numerator {
            Numerator::EnterpriseValue => {
                ("enterprise value", value.or_else(|| price.zip(debt).map(|(price, debt)| price + debt)))
            }
            Numerator::Price => {
                ("market capitalisation", price.or_else(|| value.zip(debt).map(|(value, debt)| value - debt)))
            }
        };
        let metric = peer.metric(self.metric).map(|metric| metric.of(x));
        Ok(positive(what, amount)? / positive(self.metric, metric)?)
    }
}

fn positive(what: &str, value: Option<f64>) -> Result<f64, Meaningless<'_>> {
    value.filter(|value| *value > 0.0).ok_or(Meaningless { what, is_missing: value.is_none() })
}

/// Why a multiple has no meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Meaningless<'a> {
    what: &'a str,
    is_missing: bool,
}

impl fmt::Display for Meaningless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, if self.is_missing { "missing" } else { "not positive" })
    }
}

/// What a multiple may be without being too far from the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    low: f64,
    high: f64,
}

impl Limits {
    /// The limits that `rule` draws around `sorted`; `deviations` is room for them.
    fn around(sorted: &[f64], rule: OutlierRule, k: f64, deviations: &mut Vec<f64>) -> Self {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        if !sorted.is_empty() {
            match rule {
                OutlierRule::None => {}
                OutlierRule::Iqr => {
                    let (q1, q3) = (quantile_of_sorted(sorted, 0.25), quantile_of_sorted(sorted, 0.75));
                    (low, high) = (q1 - k * (q3 - q1), q3 + k * (q3 - q1));
                }
                OutlierRule::Mad => {
                    let median = quantile_of_sorted(sorted, 0.5);
                    deviations.clear();
                    deviations.extend(sorted.iter().map(|value| (value - median).abs()));
                    deviations.sort_unstable_by(f64::total_cmp);
                    let reach = k * NORMAL_MAD * quantile_of_sorted(deviations, 0.5);
                    (low, high) = (median - reach, median + reach);
                }
            }
        }
        Self { low, high }
    }

    pub(super) fn exclude(&self, value: f64) -> bool {
        value < self.low || value > self.high
    }
}

/// The multiples that count, rising, each with its weight.
#[derive(Default)]
pub(super) struct Sample {
    sorted: Vec<f64>,
    weights: Vec<f64>,
    pairs: Vec<(f64, f64)>,
    deviations: Vec<f64>,
}

impl Sample {
    /// Room for as many peers.
    pub(super) fn with_room(peers: usize) -> Self {
        let room = || Vec::with_capacity(peers);
        Self { sorted: room(), weights: room(), deviations: room(), pairs: Vec::with_capacity(peers) }
    }

    /// Takes the multiples that have a meaning, each with its weight, and leaves out those that are too
    /// far from the others. Sorted, so that the order of peers moves no bit.
    pub(super) fn take(&mut self, multiples: impl Iterator<Item = (f64, f64)>, rule: OutlierRule, k: f64) -> Limits {
        let Self { sorted, weights, pairs, deviations } = self;
        pairs.clear();
        pairs.extend(multiples);
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        sorted.clear();
        sorted.extend(pairs.iter().map(|(value, _)| *value));
        let limits = Limits::around(sorted, rule, k, deviations);
        pairs.retain(|(value, _)| !limits.exclude(*value));
        sorted.clear();
        sorted.extend(pairs.iter().map(|(value, _)| *value));
        weights.clear();
        weights.extend(pairs.iter().map(|(_, weight)| *weight));
        limits
    }

    pub(super) fn count(&self) -> usize {
        self.sorted.len()
    }

    pub(super) fn quantile(&self, p: f64) -> f64 {
        quantile_of_sorted(&self.sorted, p)
    }

    pub(super) fn mean(&self) -> f64 {
        let weighted = self.sorted.iter().zip(&self.weights).map(|(value, weight)| value * weight);
        weighted.sum::<f64>() / self.weights.iter().sum::<f64>()
    }

    pub(super) fn harmonic_mean(&self) -> f64 {
        let weighted = self.sorted.iter().zip(&self.weights).map(|(value, weight)| weight / value);
        self.weights.iter().sum::<f64>() / weighted.sum::<f64>()
    }

    /// With n - 1; `None` for a single value.
    pub(super) fn standard_deviation(&self) -> Option<f64> {
        Moments::of(&self.sorted).standard_deviation()
    }

    /// What is applied to the target.
    pub(super) fn statistic(&self, statistic: MultipleStatistic, quantile: f64, trim: f64) -> f64 {
        match statistic {
            MultipleStatistic::Median => self.quantile(0.5),
            MultipleStatistic::Mean => self.mean(),
            MultipleStatistic::HarmonicMean => self.harmonic_mean(),
            MultipleStatistic::TrimmedMean => {
                // Below half of the count.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let cut = (self.count() as f64 * trim).floor() as usize;
                let kept = &self.sorted[cut..self.count() - cut];
                kept.iter().sum::<f64>() / kept.len() as f64
            }
            MultipleStatistic::Quantile => self.quantile(quantile),
        }
    }
}
