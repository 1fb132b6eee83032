//! What the multiples of the peers imply for the target.

use std::collections::BTreeMap;

use super::input::{MultipleRegression, Peer};
use super::output::{MultipleValuation, MultiplesValuation, PeerMultiple, RegressionFit};
use super::question::{NAME_CONSTRAINT, Question};
use super::sample::{Multiple, Numerator, Sample};
use crate::cashflow::DayCount;
use crate::error::Error;
use crate::model::{ExplanationLine, Problems, figure};
use crate::number::Number;
use crate::statistics::LeastSquares;
use crate::valuation::Warning;

impl Question<'_> {
    /// The valuation of a question that the rules have passed.
    pub(super) fn answer(&self) -> Result<MultiplesValuation, Error> {
        let mut warnings = Vec::new();
        let mut multiples = BTreeMap::new();
        // Value and weight of what applies to the target.
        let mut implied = Vec::new();
        for (i, name) in self.multiples.iter().enumerate() {
            let multiple = parsed(name)?;
            let valuation = self.valuation(&multiple, &mut warnings)?;
            if let Some(equity) = valuation.implied_equity {
                implied.push((equity, self.weight_of(i)));
            }
            multiples.insert(name.clone(), valuation);
        }
        let weights: f64 = implied.iter().map(|(_, weight)| weight).sum();
        if weights <= 0.0 {
            return Err(Error::undefined(
                "mid",
                "no multiple with a weight applies to a positive metric of the target",
            ));
        }
        let values = || implied.iter().map(|(equity, _)| *equity);
        Ok(MultiplesValuation {
            low: values().fold(f64::INFINITY, f64::min),
            mid: implied.iter().map(|(equity, weight)| equity * weight).sum::<f64>() / weights,
            high: values().fold(f64::NEG_INFINITY, f64::max),
            multiples,
            regression: self.regression.map(|regression| self.fit(regression)).transpose()?,
            warnings,
        })
    }

    /// What the multiple at `index` counts for among the others.
    fn weight_of(&self, index: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[index])
    }

    /// The weighted mean, a line a multiple.
    pub(super) fn lines(&self, output: &MultiplesValuation) -> Vec<ExplanationLine> {
        let mut applied = Vec::new();
        for (i, name) in self.multiples.iter().enumerate() {
            if let Some(multiple) = output.multiples.get(name)
                && let Some(equity) = multiple.implied_equity
            {
                applied.push((name, multiple.applied, equity, self.weight_of(i)));
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

    /// 2^(-age/half_life), or 1 where age does not matter.
    fn weight(&self, peer: usize) -> f64 {
        match (self.as_of, self.half_life, self.peers[peer].date) {
            (Some(as_of), Some(half_life), Some(date)) => {
                let age = DayCount::Act365F.year_fraction(date, as_of);
                Number::exp(-age / half_life * std::f64::consts::LN_2)
            }
            _ => 1.0,
        }
    }

    fn valuation(&self, multiple: &Multiple<'_>, warnings: &mut Vec<Warning>) -> Result<MultipleValuation, Error> {
        let values = multiple.of_all(self.peers, self.outliers, self.outlier_k);
        let Some(sample) = Sample::new(&values, |peer| self.weight(peer)) else {
            let why = "every peer is excluded: its metric or price is missing or not positive, or an outlier";
            return Err(Error::undefined(format!("multiples.{}", multiple.name), why));
        };
        let applied = sample.statistic(self.statistic, self.quantile, self.trim);
        let (implied_ev, implied_equity) = self.implied(multiple, applied, warnings);
        if is_mixed(multiple) {
            let message = "what goes to all holders of capital is divided by what belongs to some, or the reverse";
            warn(warnings, "mixed_multiple", multiple, message.to_owned());
        }
        Ok(MultipleValuation {
            n_used: u32::try_from(sample.count()).unwrap_or(u32::MAX),
            min: sample.quantile(0.0),
            p25: sample.quantile(0.25),
            median: sample.quantile(0.5),
            p75: sample.quantile(0.75),
            max: sample.quantile(1.0),
            mean: sample.mean(),
            harmonic_mean: sample.harmonic_mean(),
            sd: sample.standard_deviation(),
            applied,
            implied_ev,
            implied_equity,
            implied_per_share: implied_equity.zip(self.target.shares).map(|(equity, shares)| equity / shares),
            values,
        })
    }

    /// Enterprise and equity value of the target.
    fn implied(
        &self,
        multiple: &Multiple<'_>,
        applied: f64,
        warnings: &mut Vec<Warning>,
    ) -> (Option<f64>, Option<f64>) {
        let metric = self.target.metric(multiple.metric).filter(|metric| *metric > 0.0);
        let Some(metric) = metric else {
            let message = format!("the target's {} is not positive: it implies no value", multiple.metric);
            warn(warnings, "target_metric_not_positive", multiple, message);
            return (None, None);
        };
        let bridge = match &self.target.bridge {
            Some(bridge) => {
                let items = bridge.signed("target.bridge", &mut Problems::default());
                Some(items.iter().map(|(sign, amount)| sign * amount).sum::<f64>())
            }
            None => self.target.net_debt.map(|net_debt| -net_debt),
        };
        match multiple.numerator {
            Numerator::EnterpriseValue => {
                let value = applied * metric;
                (Some(value), bridge.map(|bridge| value + bridge))
            }
            Numerator::Price => {
                let equity = applied * metric * (1.0 + self.premium);
                if bridge.is_none() {
                    let message = "implied_ev is null: the target has neither net_debt nor bridge".to_owned();
                    warn(warnings, "input_missing", multiple, message);
                }
                (bridge.map(|bridge| equity - bridge), Some(equity))
            }
        }
    }

    /// The regression over the peers that count and have all drivers.
    fn fit(&self, regression: &MultipleRegression) -> Result<RegressionFit, Error> {
        let multiple = parsed(&regression.multiple)?;
        let values = multiple.of_all(self.peers, self.outliers, self.outlier_k);
        let row = |metric: &dyn Fn(&str) -> Option<f64>| -> Option<Vec<f64>> {
            std::iter::once(Some(1.0)).chain(regression.drivers.iter().map(|driver| metric(driver))).collect()
        };
        let used = self.peers.iter().zip(&values).filter(|(_, entry)| !entry.excluded);
        let observe = |(peer, entry): (&Peer, &PeerMultiple)| row(&|name| peer.metric(name)).zip(entry.value);
        let mut observations: Vec<(Vec<f64>, f64)> = used.filter_map(observe).collect();
        if observations.len() <= regression.drivers.len() + 1 {
            let constraint = format!(
                "fewer drivers: {} need more than {} peers that have them all, and there are {}",
                regression.drivers.len(),
                regression.drivers.len() + 1,
                observations.len()
            );
            return Err(Error::invalid_input("regression.drivers", regression.drivers.len(), constraint));
        }
        // Sorted, so that the order of peers moves no bit.
        observations.sort_by(|a, b| {
            let drivers = a.0.iter().zip(&b.0).map(|(a, b)| a.total_cmp(b));
            drivers.fold(a.1.total_cmp(&b.1), std::cmp::Ordering::then)
        });
        let (rows, multiples): (Vec<_>, Vec<_>) = observations.into_iter().unzip();
        let dependent = || Error::undefined("regression", "the drivers are linearly dependent over the peers");
        let fit = LeastSquares::fit(&rows, &multiples).ok_or_else(dependent)?;
        let target = row(&|name| self.target.metric(name)).ok_or_else(|| {
            Error::internal("unchecked_driver", "a driver that the target lacks has passed the rules")
        })?;
        Ok(RegressionFit {
            predicted: fit.predicted(&target),
            prediction_se: fit.prediction_error(&target),
            coefficients: fit.coefficients,
            se: fit.standard_errors,
            r2: fit.r_squared,
        })
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

fn warn(warnings: &mut Vec<Warning>, code: &str, multiple: &Multiple<'_>, message: String) {
    warnings.push(Warning { code: code.to_owned(), field: format!("multiples.{}", multiple.name), message });
}
