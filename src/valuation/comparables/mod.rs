//! Valuation by multiples: what the market pays for peers, per unit of a metric, applied to the
//! target's metric. `comparables` takes listed companies, `precedents` earlier transactions.
//!
//! Start at [`Comparables`] and [`Precedents`]. Every peer that is left out is reported with its
//! reason. Both ask one `question`, which `answer` computes from a `sample` a multiple. Sources: Koller, Goedhart and Wessels, "Valuation", chapter on multiples; Damodaran,
//! "Investment Valuation"; quantiles of type 7 by Hyndman and Fan (1996).
//!
//! Which peers count and their order depend on the numbers, so there is no one formula for lanes of
//! trials: a simulation values trial by trial.
//!
//! Not supported: averages over years of a metric, calendarisation, currencies, dilution (shares of
//! the target are diluted ones).

mod answer;
mod input;
mod output;
mod question;
mod sample;

use crate::error::Error;
use crate::model::{Engine, Explained, ModelSpec, Problems, value_of};
pub use input::{Comparables, MultipleRegression, MultipleStatistic, OutlierRule, Peer, Precedents, Target};
pub use output::{MultipleValuation, MultiplesValuation, PeerMultiple, RegressionFit};
use question::Question;

impl Comparables {
    /// Values the target.
    ///
    /// `Undefined{what: "multiples.<name>"}` says that no peer is left for a multiple,
    /// `Undefined{what: "mid"}` that no multiple applies to the target.
    ///
    /// ```
    /// use valor_ivx::valuation::comparables::{Comparables, Peer, Target};
    /// let peer = |name: &str, enterprise_value: f64, ebitda: f64| Peer {
    ///     name: name.into(),
    ///     enterprise_value: Some(enterprise_value),
    ///     ebitda: Some(ebitda),
    ///     ..Peer::default()
    /// };
    /// let valuation = Comparables {
    ///     peers: vec![peer("A", 800.0, 100.0), peer("B", 540.0, 60.0), peer("C", 500.0, 50.0)],
    ///     target: Target { ebitda: Some(75.0), net_debt: Some(100.0), ..Target::default() },
    ///     multiples: vec!["ev/ebitda".into()],
    ///     ..Comparables::default()
    /// };
    /// assert_eq!(valuation.value()?.mid, 9.0 * 75.0 - 100.0);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<MultiplesValuation, Error> {
        value_of(self)
    }
}

impl Precedents {
    /// Values the target; errors as [`Comparables::value`].
    ///
    /// ```
    /// use valor_ivx::valuation::comparables::{MultipleStatistic, Peer, Precedents, Target};
    /// let deal = |name: &str, enterprise_value: f64, date: &str| Peer {
    ///     name: name.into(),
    ///     enterprise_value: Some(enterprise_value),
    ///     ebitda: Some(100.0),
    ///     date: date.parse().ok(),
    ///     ..Peer::default()
    /// };
    /// let valuation = Precedents {
    ///     peers: vec![deal("old", 600.0, "2021-01-01"), deal("new", 900.0, "2025-01-01")],
    ///     target: Target { ebitda: Some(75.0), net_debt: Some(100.0), ..Target::default() },
    ///     multiples: vec!["ev/ebitda".into()],
    ///     statistic: MultipleStatistic::Mean,
    ///     as_of: "2025-01-01".parse().ok(),
    ///     half_life: Some(2.0),
    ///     ..Precedents::default()
    /// };
    /// assert!(valuation.value()?.multiples["ev/ebitda"].applied > 8.0);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<MultiplesValuation, Error> {
        value_of(self)
    }
}

/// Makes an input the question that both models ask.
macro_rules! question {
    ($input:expr, $as_of:expr, $half_life:expr) => {
        Question {
            peers: &$input.peers,
            target: &$input.target,
            multiples: &$input.multiples,
            statistic: $input.statistic,
            quantile: $input.quantile,
            trim: $input.trim,
            outliers: $input.outliers,
            outlier_k: $input.outlier_k.or(default_k($input.outliers)).unwrap_or(0.0),
            weights: $input.weights.as_deref(),
            regression: $input.regression.as_ref(),
            premium: $input.premium,
            as_of: $as_of,
            half_life: $half_life,
        }
    };
}

impl Engine for Comparables {
    const SPEC: ModelSpec = ModelSpec {
        name: "comparables",
        about: "Value of equity by the multiples of comparable listed companies",
        version: "1.0.0",
        primary: "mid",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "mid", lines: |input, output| Ok(question!(input, None, None).lines(output)) });

    type Output = MultiplesValuation;

    fn rules(&self, problems: &mut Problems) {
        question!(self, None, None).rules(problems);
    }

    fn compute(&self) -> Result<MultiplesValuation, Error> {
        question!(self, None, None).answer()
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        default_k(self.outliers).filter(|_| path == "outlier_k")
    }
}

impl Engine for Precedents {
    const SPEC: ModelSpec = ModelSpec {
        name: "precedents",
        about: "Value of equity by the multiples paid in earlier transactions",
        version: "1.0.0",
        primary: "mid",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> = Some(Explained {
        output: "mid",
        lines: |input, output| Ok(question!(input, input.as_of, input.half_life).lines(output)),
    });

    type Output = MultiplesValuation;

    fn rules(&self, problems: &mut Problems) {
        question!(self, self.as_of, self.half_life).rules(problems);
    }

    fn compute(&self) -> Result<MultiplesValuation, Error> {
        question!(self, self.as_of, self.half_life).answer()
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        default_k(self.outliers).filter(|_| path == "outlier_k")
    }
}

/// How far is too far when nobody says.
fn default_k(rule: OutlierRule) -> Option<f64> {
    match rule {
        OutlierRule::None => None,
        OutlierRule::Iqr => Some(1.5),
        OutlierRule::Mad => Some(3.5),
    }
}
