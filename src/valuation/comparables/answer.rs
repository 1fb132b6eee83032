//! What the multiples of the peers imply for the target.

use std::collections::BTreeMap;

use super::input::{MultipleRegression, OutlierRule, Peer};
use super::output::{MultipleValuation, MultiplesValuation, PeerMultiple, RegressionFit};
use super::question::{NAME_CONSTRAINT, Question};
use super::sample::{Limits, Multiple, Numerator, Sample};
use crate::cashflow::DayCount;
use crate::error::Error;
use crate::model::{ExplanationLine, Slot, TrialFormula, figure};
use crate::number::Number;
use crate::statistics::LeastSquares;
use crate::valuation::Warning;
use crate::valuation::claims::bridge_sum;

/// Equity value by each multiple that applies, with its weight.
#[derive(Default)]
pub(super) struct Range(Vec<(f64, f64)>);

impl Range {
    /// The least, the weighted mean and the largest; `None` when nothing has a weight.
    fn low_mid_high(&self) -> Option<[f64; 3]> {
        let weights: f64 = self.0.iter().map(|(_, weight)| weight).sum();
        let values = || self.0.iter().map(|(equity, _)| *equity);
        let mid = self.0.iter().map(|(equity, weight)| equity * weight).sum::<f64>() / weights;
        let [low, high] = [values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)];
        (weights > 0.0).then_some([low, mid, high])
    }
}

/// What one multiple says of the target.
struct Implied {
    applied: f64,
    limits: Limits,
    ev: Option<f64>,
    equity: Option<f64>,
    per_share: Option<f64>,
}

impl Question<Slot> {
    /// The valuation of a question that the rules have passed.
    pub(super) fn answer(&self, x: &[f64]) -> Result<MultiplesValuation, Error> {
        let mut warnings = Vec::new();
        let mut multiples = BTreeMap::new();
        let mut sample = Sample::default();
        let mut range = Range::default();
        for (i, name) in self.multiples.iter().enumerate() {
            let multiple = parsed(name)?;
            let Some(implied) = self.implied(i, &multiple, &mut sample, &mut range, x) else {
                let why = "every peer is excluded: its metric or price is missing or not positive, or an outlier";
                return Err(Error::undefined(format!("multiples.{name}"), why));
            };
            warn_of(&multiple, &implied, &mut warnings);
            multiples.insert(name.clone(), self.valuation(&multiple, &implied, &sample, x));
        }
        let [low, mid, high] = range.low_mid_high().ok_or_else(|| {
            Error::undefined("mid", "no multiple with a weight applies to a positive metric of the target")
        })?;
        let regression = self.regression.as_ref().map(|regression| self.regression(regression, x)).transpose()?;
        Ok(MultiplesValuation { low, mid, high, multiples, regression, warnings })
    }

    /// What the multiple at `index` counts for among the others.
    fn weight_of(&self, index: usize, x: &[f64]) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[index].of(x))
    }

    /// 2^(-age/half_life), or 1 where age does not matter.
    fn weight(&self, peer: &Peer<Slot>, x: &[f64]) -> f64 {
        match (self.as_of, self.half_life, peer.date) {
            (Some(as_of), Some(half_life), Some(date)) => {
                let age = DayCount::Act365F.year_fraction(date, as_of);
                Number::exp(-age / half_life.of(x) * std::f64::consts::LN_2)
            }
            _ => 1.0,
        }
    }

    /// Draws the sample of a multiple; what is too far.
    fn draw(&self, multiple: &Multiple<'_>, sample: &mut Sample, x: &[f64]) -> Limits {
        let meaningful = self.peers.iter().filter_map(|peer| Some((multiple.of(peer, x).ok()?, self.weight(peer, x))));
        let k = self.outlier_k.map(|k| k.of(x)).or(default_k(self.outliers));
        sample.take(meaningful, self.outliers, k.unwrap_or(0.0))
    }

    /// What the multiple at `index` implies, entered in `range` too; `None` when no peer is left.
    fn implied(
        &self,
        index: usize,
        multiple: &Multiple<'_>,
        sample: &mut Sample,
        range: &mut Range,
        x: &[f64],
    ) -> Option<Implied> {
        let limits = self.draw(multiple, sample, x);
        if sample.count() == 0 {
            return None;
        }
        let applied = sample.statistic(self.statistic, self.quantile.of(x), self.trim.of(x));
        let bridge = self.bridge.as_ref().map(|items| bridge_sum(items, x));
        let value = self.target_metric(multiple, x).map(|metric| applied * metric);
        let (ev, equity) = match multiple.numerator {
            Numerator::EnterpriseValue => (value, value.zip(bridge).map(|(value, bridge)| value + bridge)),
            Numerator::Price => {
                let equity = value.map(|value| value * (1.0 + self.premium.of(x)));
                (equity.zip(bridge).map(|(equity, bridge)| equity - bridge), equity)
            }
        };
        if let Some(equity) = equity {
            range.0.push((equity, self.weight_of(index, x)));
        }
        let per_share = equity.zip(self.target.shares).map(|(equity, shares)| equity / shares.of(x));
        Some(Implied { applied, limits, ev, equity, per_share })
    }

    /// The target's metric where it is positive.
    fn target_metric(&self, multiple: &Multiple<'_>, x: &[f64]) -> Option<f64> {
        self.target.metric(multiple.metric).map(|metric| metric.of(x)).filter(|metric| *metric > 0.0)
    }

    fn valuation(&self, multiple: &Multiple<'_>, implied: &Implied, sample: &Sample, x: &[f64]) -> MultipleValuation {
        MultipleValuation {
            n_used: u32::try_from(sample.count()).unwrap_or(u32::MAX),
            min: sample.quantile(0.0),
            p25: sample.quantile(0.25),
            median: sample.quantile(0.5),
            p75: sample.quantile(0.75),
            max: sample.quantile(1.0),
            mean: sample.mean(),
            harmonic_mean: sample.harmonic_mean(),
            sd: sample.standard_deviation(),
            applied: implied.applied,
            implied_ev: implied.ev,
            implied_equity: implied.equity,
            implied_per_share: implied.per_share,
            values: self.entries(multiple, implied.limits, x),
        }
    }

    /// The multiples of all peers, those without meaning and outliers marked.
    fn entries(&self, multiple: &Multiple<'_>, limits: Limits, x: &[f64]) -> Vec<PeerMultiple> {
        let entry = |peer: &Peer<Slot>| {
            let (value, reason) = match multiple.of(peer, x) {
                Ok(value) => {
                    (Some(value), limits.exclude(value).then(|| format!("outlier by {}", self.outliers.name())))
                }
                Err(reason) => (None, Some(reason.to_string())),
            };
            PeerMultiple { name: peer.name.clone(), value, excluded: reason.is_some(), reason }
        };
        self.peers.iter().map(entry).collect()
    }

    /// Fits the regression over the peers that count and have all drivers; the target's multiple, with its
    /// standard error.
    fn fit(
        &self,
        regression: &MultipleRegression,
        sample: &mut Sample,
        squares: &mut LeastSquares,
        x: &[f64],
    ) -> Result<(f64, f64), NoFit> {
        let Some(multiple) = Multiple::parse(&regression.multiple) else { return Err(NoFit::TooFew) };
        let limits = self.draw(&multiple, sample, x);
        squares.clear();
        for peer in &self.peers {
            if let Some(value) = multiple.of(peer, x).ok().filter(|value| !limits.exclude(*value)) {
                let drivers = regression.drivers.iter().map(|driver| Some(peer.metric(driver)?.of(x)));
                squares.observe(std::iter::once(Some(1.0)).chain(drivers), value);
            }
        }
        if squares.count() <= regression.drivers.len() + 1 {
            return Err(NoFit::TooFew);
        }
        if !squares.fit() {
            return Err(NoFit::Dependent);
        }
        // The rules have seen that the target has each driver.
        let of_target = |driver: &String| self.target.metric(driver).map_or(f64::NAN, |metric| metric.of(x));
        Ok(squares.predict(std::iter::once(1.0).chain(regression.drivers.iter().map(of_target))))
    }

    /// The regression, or why there is none.
    fn regression(&self, regression: &MultipleRegression, x: &[f64]) -> Result<RegressionFit, Error> {
        let mut squares = regression.squares(self.peers.len());
        match self.fit(regression, &mut Sample::default(), &mut squares, x) {
            Ok((predicted, prediction_se)) => Ok(RegressionFit {
                predicted,
                prediction_se,
                coefficients: squares.coefficients,
                se: squares.standard_errors,
                r2: squares.r_squared,
            }),
            Err(NoFit::TooFew) => {
                let (drivers, needed) = (regression.drivers.len(), regression.drivers.len() + 1);
                let there_are = squares.count();
                let constraint = format!(
                    "fewer drivers: {drivers} need more than {needed} peers that have them all, and there are {there_are}"
                );
                Err(Error::invalid_input("regression.drivers", drivers, constraint))
            }
            Err(NoFit::Dependent) => {
                Err(Error::undefined("regression", "the drivers are linearly dependent over the peers"))
            }
        }
    }
}

/// Why there is no regression.
enum NoFit {
    TooFew,
    Dependent,
}

impl MultipleRegression {
    /// Room for the multiples of so many peers, explained by an intercept and the drivers.
    fn squares(&self, peers: usize) -> LeastSquares {
        LeastSquares::with_room(self.drivers.len() + 1, peers)
    }
}

impl Question {
    /// The weighted mean, a line a multiple.
    pub(super) fn lines(&self, output: &MultiplesValuation) -> Vec<ExplanationLine> {
        let mut applied = Vec::new();
        for (i, name) in self.multiples.iter().enumerate() {
            if let Some(multiple) = output.multiples.get(name)
                && let Some(equity) = multiple.implied_equity
            {
                let weight = self.weights.as_ref().map_or(1.0, |weights| weights[i]);
                applied.push((name, multiple.applied, equity, weight));
            }
        }
        let weights: f64 = applied.iter().map(|(.., weight)| weight).sum();
        let mut lines = Vec::new();
        for (name, times, equity, weight) in applied {
            let share = weight / weights;
            let [share_text, times, implied] = [share, times, equity].map(figure);
            let formula = format!("weight {share_text} x implied_equity {implied}, at {times} times");
            lines.push(ExplanationLine::new(name.clone(), formula, share * equity));
        }
        lines
    }
}

/// A question of which trials are answered one by one, without allocating.
pub(super) struct Trial(pub(super) Question<Slot>);

/// Codes of reasons why a trial has no answer; from the last on, the multiple that has no peers.
mod fault {
    pub(super) const WEIGHTS: u8 = 1;
    pub(super) const MID: u8 = 2;
    pub(super) const TOO_FEW: u8 = 3;
    pub(super) const DEPENDENT: u8 = 4;
    pub(super) const MULTIPLES: usize = 5;
}

/// What is computed of the whole, and of each multiple.
const TOTALS: [&str; 6] = ["low", "mid", "high", "regression.predicted", "regression.prediction_se", "regression.r2"];
const EACH: [&str; 4] = ["applied", "implied_ev", "implied_equity", "implied_per_share"];

impl Trial {
    /// The names of what is computed.
    pub(super) fn computed(&self) -> Vec<String> {
        let of_each = self.0.multiples.iter().flat_map(|name| EACH.map(|end| format!("multiples.{name}.{end}")));
        TOTALS.map(str::to_owned).into_iter().chain(of_each).collect()
    }
}

/// What a trial is answered in.
pub(super) struct Room {
    sample: Sample,
    range: Range,
    squares: Option<LeastSquares>,
}

impl TrialFormula for Trial {
    type Scratch = Room;

    fn scratch(&self) -> Room {
        let Self(question) = self;
        Room {
            sample: Sample::with_room(question.peers.len()),
            range: Range(Vec::with_capacity(question.multiples.len())),
            squares: question.regression.as_ref().map(|regression| regression.squares(question.peers.len())),
        }
    }

    fn evaluate(&self, x: &[f64], room: &mut Room, outputs: &mut [f64]) -> Result<(), u8> {
        let Self(question) = self;
        let Room { sample, range, squares } = room;
        let null = |figure: Option<f64>| figure.unwrap_or(f64::NAN);
        let weights = question.weights.as_ref().map(|weights| weights.iter().map(|weight| weight.of(x)).sum::<f64>());
        if weights.is_some_and(|sum| sum <= 0.0) {
            return Err(fault::WEIGHTS);
        }
        range.0.clear();
        let (totals, each) = outputs.split_at_mut(TOTALS.len());
        for ((i, name), figures) in question.multiples.iter().enumerate().zip(each.chunks_exact_mut(EACH.len())) {
            // A lowered question has fewer multiples than there are codes, and all can be read.
            let no_peers = u8::try_from(fault::MULTIPLES + i).unwrap_or(u8::MAX);
            let multiple = Multiple::parse(name).ok_or(no_peers)?;
            let implied = question.implied(i, &multiple, sample, range, x).ok_or(no_peers)?;
            figures.copy_from_slice(&[
                implied.applied,
                null(implied.ev),
                null(implied.equity),
                null(implied.per_share),
            ]);
        }
        let [low, mid, high] = range.low_mid_high().ok_or(fault::MID)?;
        let [predicted, error, r2] = match question.regression.as_ref().zip(squares.as_mut()) {
            None => [f64::NAN; 3],
            Some((regression, squares)) => match question.fit(regression, sample, squares, x) {
                Ok((predicted, error)) => [predicted, error, null(squares.r_squared)],
                Err(NoFit::TooFew) => return Err(fault::TOO_FEW),
                Err(NoFit::Dependent) => return Err(fault::DEPENDENT),
            },
        };
        totals.copy_from_slice(&[low, mid, high, predicted, error, r2]);
        Ok(())
    }
}

/// How far is too far when nobody says.
pub(super) fn default_k(rule: OutlierRule) -> Option<f64> {
    match rule {
        OutlierRule::None => None,
        OutlierRule::Iqr => Some(1.5),
        OutlierRule::Mad => Some(3.5),
    }
}

/// A multiple that the rules have passed.
fn parsed(name: &str) -> Result<Multiple<'_>, Error> {
    Multiple::parse(name).ok_or_else(|| Error::invalid_input("multiples", name, NAME_CONSTRAINT))
}

/// Whether enterprise value is set against what belongs to shareholders alone, or a price against
/// what belongs to all holders of capital.
fn is_mixed(multiple: &Multiple<'_>) -> bool {
    match multiple.numerator {
        Numerator::EnterpriseValue => ["net_income", "book_equity"].contains(&multiple.metric),
        Numerator::Price => ["ebitda", "ebit", "nopat", "fcff"].contains(&multiple.metric),
    }
}

fn warn_of(multiple: &Multiple<'_>, implied: &Implied, warnings: &mut Vec<Warning>) {
    // A positive metric implies at least one of the two; the other needs net debt or a bridge.
    if implied.ev.is_none() && implied.equity.is_none() {
        let message = format!("the target's {} is not positive: it implies no value", multiple.metric);
        warn(warnings, "target_metric_not_positive", multiple, message);
    } else if implied.ev.is_none() {
        let message = "implied_ev is null: the target has neither net_debt nor bridge".to_owned();
        warn(warnings, "input_missing", multiple, message);
    }
    if is_mixed(multiple) {
        let message = "what goes to all holders of capital is divided by what belongs to some, or the reverse";
        warn(warnings, "mixed_multiple", multiple, message.to_owned());
    }
}

fn warn(warnings: &mut Vec<Warning>, code: &str, multiple: &Multiple<'_>, message: String) {
    warnings.push(Warning { code: code.to_owned(), field: format!("multiples.{}", multiple.name), message });
}
