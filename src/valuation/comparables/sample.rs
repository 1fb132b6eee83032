//! The sample of one multiple: which peers count, and what is taken of them.

use super::input::{MultipleStatistic, OutlierRule, Peer};
use super::output::PeerMultiple;
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
    pub(super) fn of(&self, peer: &Peer) -> Result<f64, String> {
        let Peer { enterprise_value, market_cap, net_debt, .. } = peer;
        let (what, given, derived) = match self.numerator {
            Numerator::EnterpriseValue => {
                let derived = market_cap.zip(*net_debt).map(|(price, debt)| price + debt);
                ("enterprise value", enterprise_value, derived)
            }
            Numerator::Price => {
                let derived = enterprise_value.zip(*net_debt).map(|(value, debt)| value - debt);
                ("market capitalisation", market_cap, derived)
            }
        };
        let positive = |what: &str, value: Option<f64>| match value {
            None => Err(format!("{what} missing")),
            Some(value) if value <= 0.0 => Err(format!("{what} not positive")),
            Some(value) => Ok(value),
        };
        Ok(positive(what, given.or(derived))? / positive(self.metric, peer.metric(self.metric))?)
    }

    /// The multiples of all peers, those without meaning and outliers marked.
    pub(super) fn of_all(&self, peers: &[Peer], rule: OutlierRule, k: f64) -> Vec<PeerMultiple> {
        let multiples: Vec<_> = peers.iter().map(|peer| self.of(peer)).collect();
        let mut meaningful: Vec<f64> =
            multiples.iter().filter_map(|multiple| multiple.as_ref().ok().copied()).collect();
        meaningful.sort_by(f64::total_cmp);
        let is_outlier = outliers(&meaningful, rule, k);
        let entry = |(peer, multiple): (&Peer, Result<f64, String>)| {
            let (value, reason) = match multiple {
                Ok(value) => (Some(value), is_outlier(value).then(|| format!("outlier by {}", rule.name()))),
                Err(reason) => (None, Some(reason)),
            };
            PeerMultiple { name: peer.name.clone(), value, excluded: reason.is_some(), reason }
        };
        peers.iter().zip(multiples).map(entry).collect()
    }
}

/// Whether a value is too far from the `sorted` ones.
fn outliers(sorted: &[f64], rule: OutlierRule, k: f64) -> impl Fn(f64) -> bool {
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
                let mut deviations: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
                deviations.sort_by(f64::total_cmp);
                let reach = k * NORMAL_MAD * quantile_of_sorted(&deviations, 0.5);
                (low, high) = (median - reach, median + reach);
            }
        }
    }
    move |value| value < low || value > high
}

/// The multiples that count, rising, each with its weight.
pub(super) struct Sample {
    sorted: Vec<f64>,
    weights: Vec<f64>,
}

impl Sample {
    /// `None` when nothing is left. Sorted, so that the order of peers moves no bit.
    pub(super) fn new(values: &[PeerMultiple], weight: impl Fn(usize) -> f64) -> Option<Self> {
        let used = values.iter().enumerate().filter(|(_, entry)| !entry.excluded);
        let mut pairs: Vec<_> = used.filter_map(|(i, entry)| entry.value.map(|value| (value, weight(i)))).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (sorted, weights): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        (!sorted.is_empty()).then_some(Self { sorted, weights })
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
