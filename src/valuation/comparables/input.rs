//! What a valuation by multiples is told: the peers, the target, and how peers are summed up.

use std::collections::BTreeMap;

use crate::model::{Domain, choice, record};
use crate::time::Date;
use crate::valuation::dcf::Bridge;

record! {
    /// A company with a price, listed or bought.
    pub struct Peer<N> {
        /// Its name.
        pub name: String,
        /// Enterprise value; by default market_cap and net_debt.
        pub enterprise_value: Option<N> [Domain::MONEY],
        /// Price of its equity; by default enterprise_value less net_debt.
        pub market_cap: Option<N> [Domain::MONEY],
        /// Debt less cash.
        pub net_debt: Option<N> [Domain::MONEY],
        /// Revenue.
        pub revenue: Option<N> [Domain::MONEY],
        /// Operating profit before depreciation and amortisation.
        pub ebitda: Option<N> [Domain::MONEY],
        /// Operating profit.
        pub ebit: Option<N> [Domain::MONEY],
        /// After-tax operating profit.
        pub nopat: Option<N> [Domain::MONEY],
        /// Net income.
        pub net_income: Option<N> [Domain::MONEY],
        /// Book value of equity.
        pub book_equity: Option<N> [Domain::MONEY],
        /// Free cash flow to the firm.
        pub fcff: Option<N> [Domain::MONEY],
        /// Further metrics by name.
        pub metrics: BTreeMap<String, N> = BTreeMap::new(),
        /// Date of the price; required with half_life.
        pub date: Option<Date>,
    }
}

record! {
    /// The company to be valued.
    pub struct Target<N> {
        /// Debt less cash; instead of bridge.
        pub net_debt: Option<N> [Domain::MONEY],
        /// From enterprise to equity value; instead of net_debt.
        pub bridge: Option<Bridge<N>>,
        /// Diluted shares, for a value per share.
        pub shares: Option<N> [Domain::SHARES.above(0.0)],
        /// Revenue.
        pub revenue: Option<N> [Domain::MONEY],
        /// Operating profit before depreciation and amortisation.
        pub ebitda: Option<N> [Domain::MONEY],
        /// Operating profit.
        pub ebit: Option<N> [Domain::MONEY],
        /// After-tax operating profit.
        pub nopat: Option<N> [Domain::MONEY],
        /// Net income.
        pub net_income: Option<N> [Domain::MONEY],
        /// Book value of equity.
        pub book_equity: Option<N> [Domain::MONEY],
        /// Free cash flow to the firm.
        pub fcff: Option<N> [Domain::MONEY],
        /// Further metrics by name.
        pub metrics: BTreeMap<String, N> = BTreeMap::new(),
    }
}

/// The metrics that have a field of their own.
pub(super) const METRICS: [&str; 7] = ["revenue", "ebitda", "ebit", "nopat", "net_income", "book_equity", "fcff"];

macro_rules! metrics_of {
    ($($record:ident),*) => {$(
        impl<N: Copy> $record<N> {
            /// The metric called `name`, where it is given.
            #[must_use]
            pub fn metric(&self, name: &str) -> Option<N> {
                let own = [
                    self.revenue,
                    self.ebitda,
                    self.ebit,
                    self.nopat,
                    self.net_income,
                    self.book_equity,
                    self.fcff,
                ];
                match METRICS.iter().position(|metric| *metric == name) {
                    Some(position) => own[position],
                    None => self.metrics.get(name).copied(),
                }
            }
        }
    )*};
}
metrics_of!(Peer, Target);

choice! {
    /// What is taken of the peers' multiples.
    pub enum MultipleStatistic {
        /// The median.
        Median = "median",
        /// The mean.
        Mean = "mean",
        /// The reciprocal of the mean reciprocal.
        HarmonicMean = "harmonic_mean",
        /// The mean without the share trim at each end.
        TrimmedMean = "trimmed_mean",
        /// The quantile at the probability quantile.
        Quantile = "quantile",
    }
}

choice! {
    /// Which multiples are too far from the others.
    pub enum OutlierRule {
        /// None.
        None = "none",
        /// Those more than outlier_k interquartile ranges outside the quartiles.
        Iqr = "iqr",
        /// Those further from the median than outlier_k times 1.4826 median absolute deviations.
        Mad = "mad",
    }
}

record! {
    /// A multiple explained by metrics of the peers.
    pub struct MultipleRegression {
        /// The multiple, such as ev/ebitda.
        pub multiple: String,
        /// Names of the metrics that explain it.
        pub drivers: Vec<String>,
    }
}

/// Declares an input: what all valuations by multiples are told, and what is its own.
macro_rules! by_multiples {
    ($(#[doc = $doc:literal])* $name:ident { $($own:tt)* }) => {
        record! {
            $(#[doc = $doc])*
            pub struct $name<N> {
                /// The companies compared with.
                pub peers: Vec<Peer<N>>,
                /// The company to be valued.
                pub target: Target<N>,
                /// Multiples by numerator and metric: ev/ebitda, p/net_income.
                pub multiples: Vec<String>,
                /// What is taken of the peers.
                pub statistic: MultipleStatistic = MultipleStatistic::default(),
                /// Probability of the statistic quantile.
                pub quantile: N [Domain::FRACTION.above(0.0).below(1.0)] = 0.5,
                /// Share of peers that a trimmed mean leaves out at each end.
                pub trim: N [Domain::FRACTION.at_least(0.0).below(0.5)] = 0.1,
                /// Which multiples are left out as too far from the others.
                pub outliers: OutlierRule = OutlierRule::default(),
                /// How far is too far; 1.5 for iqr, 3.5 for mad by default.
                pub outlier_k: Option<N> [Domain::NUMBER.at_least(0.0)],
                /// Weight of each multiple in mid; equal by default.
                pub weights: Option<Vec<N>> [Domain::NUMBER.at_least(0.0)],
                /// A multiple explained by metrics, beside the statistics.
                pub regression: Option<MultipleRegression>,
                /// Control premium put on equity values of p multiples.
                pub premium: N [Domain::RATE] = 0.0,
                $($own)*
            }
        }
    };
}

by_multiples! {
    /// A company valued by the multiples of comparable listed companies.
    Comparables {}
}

by_multiples! {
    /// A company valued by the multiples paid in earlier transactions; these hold a control premium already.
    Precedents {
        /// Date of the valuation; with half_life.
        pub as_of: Option<Date>,
        /// Years after which a transaction counts half in means; with as_of.
        pub half_life: Option<N> [Domain::YEARS.above(0.0)],
    }
}
