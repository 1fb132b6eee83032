//! What a valuation by multiples tells.

use std::collections::BTreeMap;

use crate::model::{Domain, record};
use crate::valuation::Warning;

record! {
    /// Values of equity by multiples, and how each came about.
    pub struct MultiplesValuation {
        /// Lowest implied equity value.
        pub low: f64 [Domain::MONEY],
        /// Weighted mean of the implied equity values.
        pub mid: f64 [Domain::MONEY],
        /// Highest implied equity value.
        pub high: f64 [Domain::MONEY],
        /// Each multiple by its name.
        pub multiples: BTreeMap<String, MultipleValuation>,
        /// The regression; null when none was asked for.
        pub regression: Option<RegressionFit>,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// One multiple over the peers, and what it implies for the target.
    pub struct MultipleValuation {
        /// The multiple of each peer, in their order.
        pub values: Vec<PeerMultiple>,
        /// Peers used.
        pub n_used: u32,
        /// Smallest.
        pub min: f64,
        /// Quantile at 0.25.
        pub p25: f64,
        /// Median.
        pub median: f64,
        /// Quantile at 0.75.
        pub p75: f64,
        /// Largest.
        pub max: f64,
        /// Mean, weighted by age where there is a half_life.
        pub mean: f64,
        /// Harmonic mean, weighted likewise.
        pub harmonic_mean: f64,
        /// Standard deviation with n - 1; null for a single peer.
        pub sd: Option<f64>,
        /// What is applied to the target.
        pub applied: f64,
        /// Enterprise value implied; null when the target's metric is not positive or its net debt not told.
        pub implied_ev: Option<f64> [Domain::MONEY],
        /// Equity value implied; null when the target's metric is not positive.
        pub implied_equity: Option<f64> [Domain::MONEY],
        /// That per share; null without shares.
        pub implied_per_share: Option<f64> [Domain::MONEY],
    }
}

record! {
    /// The multiple of one peer.
    pub struct PeerMultiple {
        /// The peer.
        pub name: String,
        /// Its multiple; null when it has no meaning.
        pub value: Option<f64>,
        /// Whether it is left out.
        pub excluded: bool,
        /// Why; null when it is not.
        pub reason: Option<String>,
    }
}

record! {
    /// A multiple explained by metrics, by ordinary least squares.
    pub struct RegressionFit {
        /// Intercept, then a coefficient for each driver.
        pub coefficients: Vec<f64>,
        /// Their standard errors.
        pub se: Vec<f64>,
        /// Part of the variance explained; null when all multiples are equal.
        pub r2: Option<f64>,
        /// The target's multiple.
        pub predicted: f64,
        /// Standard error of that prediction.
        pub prediction_se: f64,
    }
}
