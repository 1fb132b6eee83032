//! Whether an arm keeps the limits of its experiment.
//!
//! A threshold compares estimates. A lower bound acts only when the limit is passed for certain at any
//! number of looks: of shares beside the control by the exact count test of units with an event, of
//! means by the always-valid sequence over single values, their variance by buckets of units.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::model::ArmKey;
use super::super::route::{Better, GuardBound, GuardMetric, GuardTest, Guardrail, MetricKind, MetricPlan};
use super::compare::{event_evidence, sequence_bound, sequence_may_speak, share_evidence, spread_of_share, sum_of};
use super::data::{Difference, ExperimentData, Measured, Stratum, together};
use super::ledger::{ERROR, LATENCY};
use crate::number::Number;
use crate::statistics::ClusterMean;
use crate::time::Timestamp;

/// The mixture of a guardrail is tuned to this part of its limit beyond the limit.
const TUNED_TO: f64 = 0.1;

/// A limit that an arm does not keep, with the numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// The guardrail.
    pub guardrail: Guardrail,
    /// The arm.
    pub arm: ArmKey,
    /// Units of the control and of the arm.
    pub units: [u64; 2],
    /// Units with an event, of the control and of the arm, where the metric has events.
    pub events: Option<[u64; 2]>,
    /// What the control has.
    pub control_value: Option<f64>,
    /// What the arm has.
    pub value: f64,
    /// The limit, in the metric's own unit.
    pub limit: f64,
}

impl Breach {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} of arm {} is {}, past the limit {}",
            self.guardrail.metric.name(),
            self.arm,
            self.value,
            self.limit
        )?;
        if let Some(control) = self.control_value {
            write!(f, "; control {control}")?;
        }
        let [in_control, in_arm] = self.units;
        match self.events {
            Some([control, arm]) => write!(f, "; events {arm} of {in_arm} units, control {control} of {in_control}"),
            None => write!(f, "; units {in_arm}, control {in_control}"),
        }
    }
}

/// A breach that was acted on, whether its guardrail pauses or tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActedBreach {
    /// When.
    pub at: Timestamp,
    /// The breach.
    pub breach: Breach,
}

impl ActedBreach {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The limits that arms other than the control do not keep: a pure function of both.
#[must_use]
pub fn evaluate(data: &ExperimentData, guardrails: &[Guardrail]) -> Vec<Breach> {
    let Some(control) = data.control_place() else { return Vec::new() };
    let arms = (0..data.arms.len()).filter(|arm| *arm != control);
    arms.flat_map(|arm| guardrails.iter().filter_map(move |guardrail| breach(data, guardrail, control, arm))).collect()
}

/// What a guardrail looks at, on both sides.
struct Watched<'a> {
    metric: &'a str,
    kind: MetricKind,
    /// 1 when more is worse, -1 when less is.
    worse: f64,
    /// The difference the plan says is worth finding, if it names the metric.
    mde: Option<f64>,
    strata: Vec<Stratum<'a>>,
}

fn breach(data: &ExperimentData, guardrail: &Guardrail, control: usize, arm: usize) -> Option<Breach> {
    let units = [data.units_of(control), data.units_of(arm)];
    let (metric, planned) = match &guardrail.metric {
        GuardMetric::ErrorRate => (ERROR, None),
        GuardMetric::LatencyMean | GuardMetric::LatencyP95 => (LATENCY, None),
        GuardMetric::Outcome(name) => (name.as_str(), data.plan.metric(name)),
    };
    let kind = match guardrail.metric {
        GuardMetric::ErrorRate => MetricKind::Proportion,
        // Beside the control latency is judged by its logarithm.
        GuardMetric::LatencyMean => MetricKind::LogMean,
        _ => planned.map_or(MetricKind::Mean, |metric| metric.kind),
    };
    let worse = if planned.is_some_and(|metric| metric.better == Better::Higher) { -1.0 } else { 1.0 };
    let value_of = |place: usize| match guardrail.metric {
        GuardMetric::LatencyP95 => data.arms[place].latency_p95,
        GuardMetric::Outcome(_) if kind == MetricKind::Proportion => {
            let units = data.units_of(place);
            (units > 0).then(|| events_of(data, place, metric) as f64 / units as f64)
        }
        _ => pooled(data, place, metric).map(|mean| mean.mean),
    };
    let value = value_of(arm)?;
    let (limit, control_value) = match guardrail.bound {
        GuardBound::Absolute(limit) => (limit, None),
        GuardBound::RelativeToControl(times) => {
            let control = value_of(control)?;
            (times * control, Some(control))
        }
    };
    let enough = units[1] >= guardrail.min_n && (control_value.is_none() || units[0] >= guardrail.min_n);
    if !enough || worse * (value - limit) <= 0.0 {
        return None;
    }
    let mde = planned.and_then(|metric| unit_of_mde(metric, guardrail.bound)).filter(|mde| *mde > 0.0);
    let watched = Watched { metric, kind, worse, mde, strata: data.strata(control, arm) };
    let certain = match (guardrail.test(), guardrail.bound) {
        (GuardTest::Threshold, _) => true,
        (GuardTest::LowerBound { alpha }, GuardBound::RelativeToControl(times)) => watched.beyond_control(times, alpha),
        (GuardTest::LowerBound { alpha }, GuardBound::Absolute(limit)) => {
            let of_units = kind == MetricKind::Proportion && guardrail.metric != GuardMetric::ErrorRate;
            if of_units {
                watched.share_beyond(data, arm, limit, alpha)
            } else {
                watched.mean_beyond(data, arm, limit, alpha)
            }
        }
    };
    let events = (kind == MetricKind::Proportion).then(|| [control, arm].map(|place| events_of(data, place, metric)));
    certain.then(|| Breach {
        guardrail: guardrail.clone(),
        arm: data.arms[arm].key,
        units,
        events,
        control_value,
        value,
        limit,
    })
}

/// The plan's least difference in the unit that the guardrail compares in, if it has one there.
fn unit_of_mde(metric: &MetricPlan, bound: GuardBound) -> Option<f64> {
    match (metric.kind, bound) {
        (MetricKind::Mean, _) => Some(metric.mde),
        (MetricKind::LogMean, GuardBound::RelativeToControl(_)) => Some(Number::ln_1p(metric.mde)),
        (MetricKind::LogMean | MetricKind::Proportion, _) => None,
    }
}

impl Watched<'_> {
    /// Whether the arm is certainly beyond `times` the control.
    fn beyond_control(&self, times: f64, alpha: f64) -> bool {
        if self.kind == MetricKind::Proportion {
            return self.events_beyond(times, alpha);
        }
        let is_log = self.kind == MetricKind::LogMean;
        let both = |[control, arm]: [&Measured; 2]| {
            if is_log { Some([control.log_mean?, arm.log_mean?]) } else { Some([control.mean?, arm.mean?]) }
        };
        let shift = if is_log { 1.0 } else { times };
        let compared = |stratum: &Stratum<'_>| {
            let [control, arm] = both(stratum.measured(self.metric)?)?;
            let value = arm.mean - shift * control.mean - if is_log { Number::ln(times) } else { 0.0 };
            Some((stratum.units(), Difference { value, variance: arm.variance + shift * shift * control.variance }))
        };
        let units = sum_of(self.strata.iter().map(Stratum::units));
        let scale = if is_log { TUNED_TO } else { self.scale_of_control(times) };
        together(self.strata.iter().filter_map(compared))
            .filter(|_| sequence_may_speak(units[0].min(units[1]), None, is_log))
            .is_some_and(|difference| self.certainly_above(difference, scale, alpha))
    }

    /// What a difference of raw means is measured by where no plan says it: a part of the limit.
    fn scale_of_control(&self, times: f64) -> f64 {
        let means = self.strata.iter().filter_map(|stratum| stratum.measured(self.metric)?[0].mean);
        means.map(|mean| (TUNED_TO * times * mean.mean).abs()).fold(0.0, f64::max)
    }

    fn certainly_above(&self, difference: Difference, scale: f64, alpha: f64) -> bool {
        let worse = Difference { value: self.worse * difference.value, ..difference };
        let scale = self.mde.unwrap_or(scale);
        let tau2 = if scale > 0.0 { scale * scale } else { 1.0 };
        sequence_bound(worse, tau2, alpha).is_some_and(|bound| bound > 0.0)
    }

    /// By the exact count test of units with an event: more than `times` as likely as in the control.
    fn events_beyond(&self, times: f64, alpha: f64) -> bool {
        let beyond: f64 = self
            .strata
            .iter()
            .map(|stratum| {
                let [control, arm] = stratum.events(self.metric).map(|events| events as f64);
                let split = stratum.weights[1] * times / (stratum.weights[0] + stratum.weights[1] * times);
                arm - (control + arm) * split
            })
            .sum();
        self.worse * beyond > 0.0
            && event_evidence(&self.strata, self.metric, times).is_ok_and(|evidence| evidence >= -Number::ln(alpha))
    }

    /// By the exact count test of units with and without an event: a share beyond `limit`.
    fn share_beyond(&self, data: &ExperimentData, arm: usize, limit: f64, alpha: f64) -> bool {
        let (events, units) = (events_of(data, arm, self.metric), data.units_of(arm));
        if limit <= 0.0 || limit >= 1.0 {
            // A share is never beyond 0 or 1 on the outside, and certainly inside after one unit.
            return if self.worse > 0.0 { limit <= 0.0 && events > 0 } else { limit >= 1.0 && events < units };
        }
        share_evidence(events, units, limit).is_ok_and(|evidence| evidence >= -Number::ln(alpha))
    }

    /// By the sequence over single values: a mean beyond `limit`.
    fn mean_beyond(&self, data: &ExperimentData, arm: usize, limit: f64, alpha: f64) -> bool {
        let is_share = self.kind == MetricKind::Proportion;
        let units = data.units_of(arm);
        let events = is_share.then(|| events_of(data, arm, self.metric));
        // Where every call failed, the buckets show no spread at all.
        let least = events.map_or(0.0, |events| spread_of_share(events, units) / units as f64);
        pooled(data, arm, self.metric)
            .map(|mean| ClusterMean { variance: mean.variance.max(least), ..mean })
            .filter(|mean| mean.variance > 0.0 && sequence_may_speak(units, events, false))
            .is_some_and(|mean| {
                let difference = Difference { value: mean.mean - limit, variance: mean.variance };
                self.certainly_above(difference, TUNED_TO * limit, alpha)
            })
    }
}

fn events_of(data: &ExperimentData, place: usize, metric: &str) -> u64 {
    let measured = data.tallies_of(place).filter_map(|tally| tally.metrics.get(metric));
    measured.fold(0, |sum, measured| sum.saturating_add(measured.events))
}

/// The mean of all single values of an arm; units of different epochs are independent.
fn pooled(data: &ExperimentData, place: usize, metric: &str) -> Option<ClusterMean> {
    let each = || {
        data.tallies_of(place)
            .filter_map(|tally| tally.metrics.get(metric))
            .filter_map(|of| Some((of.values as f64, of.mean?)))
    };
    let n: f64 = each().map(|(values, _)| values).sum();
    let mean = each().map(|(values, of)| values / n * of.mean).sum();
    let variance = each().map(|(values, of)| (values / n) * (values / n) * of.variance).sum();
    (n > 0.0).then_some(ClusterMean { mean, variance })
}
