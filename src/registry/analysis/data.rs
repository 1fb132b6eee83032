//! What an experiment has gathered, as plain data: the whole input of its report and its guardrails.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::model::{ArmKey, ExperimentId, ModelId, VariantId};
use super::super::route::{AnalysisPlan, ExperimentStatus};
use super::report::Look;
use crate::statistics::{ClusterMean, Paired};
use crate::time::Timestamp;

/// Everything a report follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentData {
    /// The experiment.
    pub experiment: ExperimentId,
    /// The model it is about.
    pub model: ModelId,
    /// Where it stands.
    pub status: ExperimentStatus,
    /// How it is judged.
    pub plan: AnalysisPlan,
    /// The arm the others are compared with.
    pub control: ArmKey,
    /// The arms.
    pub arms: Vec<DataArm>,
    /// The times between changes of the weights, oldest first.
    pub epochs: Vec<Epoch>,
    /// Units that a change of the weights assigned to another arm after their first exposure; they stay
    /// in the first.
    pub moved: u64,
    /// What was seen at earlier looks.
    pub looks: Vec<Look>,
}

/// An arm over the whole experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataArm {
    /// Its name.
    pub key: ArmKey,
    /// The variant it is served by.
    pub variant: VariantId,
    /// Parts per million of the units at present.
    pub weight_ppm: u32,
    /// Whether another implementation took the variant's place while the experiment ran.
    pub replaced: bool,
    /// The 95 % quantile of its calls in nanoseconds.
    pub latency_p95: Option<f64>,
}

/// A time in which the weights did not change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Epoch {
    /// The version of the configuration it began with.
    pub config_version: u64,
    /// When it began.
    pub from: Timestamp,
    /// Parts per million by arm.
    pub weights_ppm: Vec<u32>,
    /// What each arm gathered from the units first exposed in this time.
    pub tallies: Vec<Tally>,
}

/// What one arm gathered from the units of one epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Distinct units.
    pub units: u64,
    /// Exposures, repeated ones among them.
    pub exposures: u64,
    /// Outcomes by metric.
    pub metrics: BTreeMap<String, Measured>,
}

/// One metric of one arm in one epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Distinct units with a value above 0.
    pub events: u64,
    /// Single values.
    pub values: u64,
    /// Mean of the single values, its variance by 256 buckets of units.
    pub mean: Option<ClusterMean>,
    /// The same of their logarithms; absent when a value was not above 0.
    pub log_mean: Option<ClusterMean>,
    /// One value a unit, the mean of its own (its logarithm for a `LogMean`), with the covariate of the
    /// plan less its mean over all units, 0 for a unit without one. Absent in a quick look.
    pub units: Option<Paired>,
}

impl ExperimentData {
    /// The place of the control among the arms.
    pub(super) fn control_place(&self) -> Option<usize> {
        self.arms.iter().position(|arm| arm.key == self.control)
    }

    /// Distinct units of an arm.
    pub(super) fn units_of(&self, arm: usize) -> u64 {
        self.tallies_of(arm).fold(0, |sum, tally| sum.saturating_add(tally.units))
    }

    /// What an arm gathered, epoch by epoch.
    pub(super) fn tallies_of(&self, arm: usize) -> impl Iterator<Item = &Tally> {
        self.epochs.iter().filter_map(move |epoch| epoch.tallies.get(arm))
    }

    /// The epochs in which both arms had a weight.
    pub(super) fn strata(&self, control: usize, arm: usize) -> Vec<Stratum<'_>> {
        let weight = |epoch: &Epoch, place: usize| {
            epoch.weights_ppm.get(place).copied().map(f64::from).filter(|weight| *weight > 0.0)
        };
        self.epochs
            .iter()
            .filter_map(|epoch| {
                let weights = [weight(epoch, control)?, weight(epoch, arm)?];
                Some(Stratum { weights, tallies: [epoch.tallies.get(control)?, epoch.tallies.get(arm)?] })
            })
            .collect()
    }
}

/// An arm beside the control in one epoch; the control comes first.
pub(super) struct Stratum<'a> {
    pub(super) weights: [f64; 2],
    pub(super) tallies: [&'a Tally; 2],
}

impl<'a> Stratum<'a> {
    /// What both measured of `metric`.
    pub(super) fn measured(&self, metric: &str) -> Option<[&'a Measured; 2]> {
        let [control, arm] = self.tallies;
        Some([control.metrics.get(metric)?, arm.metrics.get(metric)?])
    }

    /// Distinct units with an event of `metric`.
    pub(super) fn events(&self, metric: &str) -> [u64; 2] {
        self.tallies.map(|tally| tally.metrics.get(metric).map_or(0, |measured| measured.events))
    }

    pub(super) fn units(&self) -> [u64; 2] {
        self.tallies.map(|tally| tally.units)
    }
}

/// A difference with its variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) value: f64,
    pub(super) variance: f64,
}

/// Differences of strata as one, each by the size of its smaller side (Mantel and Haenszel's weights
/// n1 n2 / (n1 + n2), which no outcome moves); `None` without a stratum that has units on both sides.
pub(super) fn together(strata: impl Iterator<Item = ([u64; 2], Difference)>) -> Option<Difference> {
    let (mut whole, mut value, mut variance) = (0.0, 0.0, 0.0);
    for ([n1, n2], difference) in strata.filter(|([n1, n2], _)| *n1 > 0 && *n2 > 0) {
        let weight = n1 as f64 / (n1 as f64 + n2 as f64) * n2 as f64;
        whole += weight;
        value += weight * difference.value;
        variance += weight * weight * difference.variance;
    }
    let found = Difference { value: value / whole, variance: variance / (whole * whole) };
    (found.value.is_finite() && found.variance.is_finite()).then_some(found)
}
