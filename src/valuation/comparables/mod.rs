//! Valuation by multiples: what the market pays for peers, per unit of a metric, applied to the
//! target's metric. `comparables` takes listed companies, `precedents` earlier transactions.
//!
//! Start at [`Comparables`] and [`Precedents`]. Every peer that is left out is reported with its
//! reason. Both ask one `question`, which `answer` computes from a `sample` a multiple. Sources: Koller, Goedhart and Wessels, "Valuation", chapter on multiples; Damodaran,
//! "Investment Valuation"; quantiles of type 7 by Hyndman and Fan (1996).
//!
//! Which peers count and their order depend on the numbers, so there is no one formula for lanes of
//! trials: these are answered one by one, sorting in a room made once a block. That gives low, mid and
//! high, of each multiple what is applied and implied, and what a regression predicts; statistics of the
//! peers and coefficients are read off the whole account of each trial.
//!
//! Not supported: averages over years of a metric, calendarisation, currencies, dilution (shares of
//! the target are diluted ones).

mod answer;
mod input;
mod output;
mod question;
mod sample;

use crate::error::Error;
use crate::model::{ByTrials, Engine, Explained, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot, value_of};
use answer::{Trial, default_k};
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

impl Engine for Comparables {
    const SPEC: ModelSpec = ModelSpec {
        name: "comparables",
        about: "Value of equity by the multiples of comparable listed companies",
        version: "1.0.0",
        primary: "mid",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "mid", lines: |input, output| Ok(Question::from(input.clone()).lines(output)) });

    type Output = MultiplesValuation;

    fn rules(&self, problems: &mut Problems) {
        Question::from(self.clone()).rules(problems);
    }

    fn compute(&self) -> Result<MultiplesValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        Question::from(slots).answer(&numbers)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        by_trials(self, Question::from(slots), numbers, outputs)
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

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "mid", lines: |input, output| Ok(Question::from(input.clone()).lines(output)) });

    type Output = MultiplesValuation;

    fn rules(&self, problems: &mut Problems) {
        Question::from(self.clone()).rules(problems);
    }

    fn compute(&self) -> Result<MultiplesValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        Question::from(slots).answer(&numbers)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        by_trials(self, Question::from(slots), numbers, outputs)
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        default_k(self.outliers).filter(|_| path == "outlier_k")
    }
}

/// More multiples than a code can tell apart are valued by the whole account.
const MOST_MULTIPLES: usize = 250;

fn by_trials<E: Engine>(
    input: &E,
    question: Question<Slot>,
    numbers: &mut Numbers,
    outputs: &[String],
) -> Option<Box<dyn Prepared>> {
    if question.multiples.len() > MOST_MULTIPLES {
        return None;
    }
    let trial = Trial(question);
    let computed = trial.computed();
    ByTrials::boxed(input, trial, std::mem::take(numbers), &computed, outputs)
}
