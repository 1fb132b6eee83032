//! What both models ask, and what is wrong with a question.

use std::collections::BTreeSet;

use serde_json::json;

use super::input::{
    Comparables, METRICS, MultipleRegression, MultipleStatistic, OutlierRule, Peer, Precedents, Target,
};
use super::sample::{Multiple, Numerator};
use crate::by_key::set_of;
use crate::model::Problems;
use crate::time::Date;
use crate::valuation::dcf::Bridge;

/// What both models ask.
pub(super) struct Question<N = f64> {
    pub(super) peers: Vec<Peer<N>>,
    pub(super) target: Target<N>,
    /// What the target's equity has beyond its enterprise value, each item with its sign.
    pub(super) bridge: Option<Vec<(f64, N)>>,
    pub(super) multiples: Vec<String>,
    pub(super) statistic: MultipleStatistic,
    pub(super) quantile: N,
    pub(super) trim: N,
    pub(super) outliers: OutlierRule,
    pub(super) outlier_k: Option<N>,
    pub(super) weights: Option<Vec<N>>,
    pub(super) regression: Option<MultipleRegression>,
    pub(super) premium: N,
    pub(super) as_of: Option<Date>,
    pub(super) half_life: Option<N>,
}

/// Makes an input the question that both models ask.
macro_rules! asks {
    ($input:ident, $as_of:expr, $half_life:expr) => {
        impl<N: Copy> From<$input<N>> for Question<N> {
            fn from(input: $input<N>) -> Self {
                let as_of: fn(&$input<N>) -> Option<Date> = $as_of;
                let half_life: fn(&$input<N>) -> Option<N> = $half_life;
                let items = |bridge: &Bridge<N>| bridge.signed("target.bridge", &mut Problems::default());
                Self {
                    as_of: as_of(&input),
                    half_life: half_life(&input),
                    bridge: (input.target.bridge.as_ref().map(items))
                        .or(input.target.net_debt.map(|net_debt| vec![(-1.0, net_debt)])),
                    peers: input.peers,
                    target: input.target,
                    multiples: input.multiples,
                    statistic: input.statistic,
                    quantile: input.quantile,
                    trim: input.trim,
                    outliers: input.outliers,
                    outlier_k: input.outlier_k,
                    weights: input.weights,
                    regression: input.regression,
                    premium: input.premium,
                }
            }
        }
    };
}
asks!(Comparables, |_| None, |_| None);
asks!(Precedents, |input| input.as_of, |input| input.half_life);

impl Question {
    /// Adds the problems that concern more than one field.
    pub(super) fn rules(&self, problems: &mut Problems) {
        if self.peers.is_empty() {
            problems.refuse("peers", json!([]), "at least one peer");
        }
        if self.multiples.is_empty() {
            problems.refuse("multiples", json!([]), "at least one multiple");
        }
        let known = self.known_metrics(problems);
        let mut seen = BTreeSet::new();
        for (i, name) in self.multiples.iter().enumerate() {
            let field = format!("multiples[{i}]");
            if let Some(multiple) = parse(name, &field, &known, problems) {
                if !seen.insert(name) {
                    problems.refuse(field, name.as_str(), "a multiple that is not listed before");
                    continue;
                }
                self.require_of_target(multiple.metric, problems);
                let is_debt_told = self.target.net_debt.is_some() || self.target.bridge.is_some();
                if multiple.numerator == Numerator::EnterpriseValue && !is_debt_told {
                    problems.missing("target.net_debt", format!("one of net_debt and bridge is required by {name}"));
                }
            }
        }
        for (i, peer) in self.peers.iter().enumerate() {
            if peer.enterprise_value.is_none() && peer.market_cap.is_none() {
                let field = format!("peers[{i}].enterprise_value");
                problems.missing(field, "one of enterprise_value and market_cap is required");
            }
        }
        if let Some(bridge) = &self.target.bridge {
            if self.target.net_debt.is_some() {
                problems.refuse("target.net_debt", "given", "either net_debt or bridge, not both");
            }
            bridge.signed("target.bridge", problems);
        }
        self.check_weights(problems);
        self.check_dates(problems);
        if let Some(regression) = &self.regression {
            parse(&regression.multiple, "regression.multiple", &known, problems);
            if regression.drivers.is_empty() {
                problems.refuse("regression.drivers", json!([]), "at least one driver");
            }
            for (i, driver) in regression.drivers.iter().enumerate() {
                if known.contains(driver.as_str()) {
                    self.require_of_target(driver, problems);
                } else {
                    problems.refuse(format!("regression.drivers[{i}]"), driver.as_str(), among(&known));
                }
            }
        }
    }

    /// The names that a multiple may divide by.
    fn known_metrics(&self, problems: &mut Problems) -> BTreeSet<&str> {
        let mut known = set_of(METRICS);
        let custom = |i: Option<usize>| i.map_or("target.metrics".to_owned(), |i| format!("peers[{i}].metrics"));
        let peers = self.peers.iter().enumerate().map(|(i, peer)| (Some(i), &peer.metrics));
        for (i, metrics) in peers.chain([(None, &self.target.metrics)]) {
            for name in metrics.keys() {
                // A name is a step of a path.
                let is_plain =
                    !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_- ".contains(letter));
                if !is_plain || METRICS.contains(&name.as_str()) {
                    let constraint = "a name of letters, digits, _, - and spaces that is not a field of its own";
                    problems.refuse(custom(i), name.as_str(), constraint);
                }
                known.insert(name);
            }
        }
        known
    }

    fn require_of_target(&self, metric: &str, problems: &mut Problems) {
        if self.target.metric(metric).is_none() {
            let parent = if METRICS.contains(&metric) { "target" } else { "target.metrics" };
            problems.missing(format!("{parent}.{metric}"), "required, since a multiple or driver names it");
        }
    }

    fn check_weights(&self, problems: &mut Problems) {
        let Some(weights) = &self.weights else { return };
        if weights.len() != self.multiples.len() {
            let constraint = format!("one weight for each of the {} multiples", self.multiples.len());
            problems.refuse("weights", weights.len(), constraint);
        } else if weights.iter().sum::<f64>() <= 0.0 {
            problems.refuse("weights", weights.clone(), "weights whose sum is positive");
        }
    }

    fn check_dates(&self, problems: &mut Problems) {
        match (self.as_of, self.half_life) {
            (None, None) => {}
            (None, Some(_)) => problems.missing("as_of", "required with half_life"),
            (Some(_), None) => problems.missing("half_life", "required with as_of"),
            (Some(as_of), Some(_)) => {
                for (i, peer) in self.peers.iter().enumerate() {
                    match peer.date {
                        None => problems.missing(format!("peers[{i}].date"), "required with half_life"),
                        Some(date) if date > as_of => {
                            problems.refuse(format!("peers[{i}].date"), date.to_string(), "not after as_of");
                        }
                        Some(_) => {}
                    }
                }
            }
        }
    }
}

pub(super) const NAME_CONSTRAINT: &str = "a multiple such as ev/ebitda or p/net_income: ev or p, a slash, a metric";

fn parse<'a>(name: &'a str, field: &str, known: &BTreeSet<&str>, problems: &mut Problems) -> Option<Multiple<'a>> {
    let multiple = Multiple::parse(name);
    match multiple {
        None => problems.refuse(field, name, NAME_CONSTRAINT),
        Some(multiple) if !known.contains(multiple.metric) => problems.refuse(field, name, among(known)),
        Some(multiple) => return Some(multiple),
    }
    None
}

fn among(known: &BTreeSet<&str>) -> String {
    format!("a metric among {}", known.iter().copied().collect::<Vec<_>>().join(", "))
}
