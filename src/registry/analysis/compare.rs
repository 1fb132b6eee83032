//! One metric of one arm beside the control: which test decides, and what it finds.
//!
//! In sequential mode the exact count test decides about shares, in any number of looks and without a
//! minimum; the always-valid sequence decides about means, and only behind its minimums, since it rests
//! on the normal law. A fixed horizon has Welch's test and the score test of two shares.

use serde::{Deserialize, Serialize};

use super::super::route::{AnalysisMode, MetricKind, MetricPlan};
use super::data::{Difference, ExperimentData, Stratum, together};
use crate::error::Error;
use crate::number::Number;
use crate::statistics::{
    Paired, Sample, Share, always_valid_half_width, always_valid_p, count_evidence, covariate_slope, minimum_n,
    minimum_n_always_valid, newcombe, welch,
};

/// Units each arm needs before the sequence says anything of a share or of a logarithm.
const LEAST_UNITS: u64 = 30;
/// The same of a mean whose tails may be heavy.
const LEAST_UNITS_RAW: u64 = 1_000;
/// Events each arm needs before the sequence says anything of a share.
const LEAST_EVENTS: u64 = 10;
/// The concentration of the exact count test for events.
const EVENT_CONCENTRATION: f64 = 2.0;

/// The test behind a p value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidingTest {
    /// The exact count test, valid at every look in finite samples.
    ExactCount,
    /// The always-valid Gaussian-mixture sequence, valid at every look in large samples.
    AlwaysValidSequence,
    /// Pearson's chi-square, for one look.
    ChiSquare,
    /// Welch's t, for one look.
    Welch,
}

/// What is found at this look.
pub(super) struct Found {
    pub(super) test: DecidingTest,
    /// Units that count, of the control and of the arm.
    pub(super) units: [u64; 2],
    /// Difference, or ratio of a `LogMean`.
    pub(super) estimate: Option<f64>,
    pub(super) interval: Option<[f64; 2]>,
    pub(super) p: Option<f64>,
    /// Units the arm needs to find `mde`.
    pub(super) need: Option<u64>,
}

/// At what level and with which mixture a comparison is made.
#[derive(Clone, Copy)]
pub(super) struct Level {
    /// The level of the interval, a part of the plan's for several comparisons.
    pub(super) alpha: f64,
    pub(super) power: f64,
    /// Variance of the mixture; none for a fixed horizon.
    pub(super) tau2: Option<f64>,
    pub(super) min_n: u64,
}

impl Level {
    pub(super) fn new(data: &ExperimentData, metric: &MetricPlan, comparisons: usize) -> Self {
        let plan = &data.plan;
        let tau2 = match plan.mode {
            AnalysisMode::Sequential { tau2 } if plan.primary.name == metric.name => Some(tau2),
            // The mixture of the plan is in the unit of the primary metric.
            AnalysisMode::Sequential { .. } => Some(metric.mde * metric.mde),
            AnalysisMode::FixedHorizon { .. } => None,
        };
        let alpha = plan.alpha / comparisons.max(1) as f64;
        Self { alpha, power: plan.power, tau2, min_n: plan.min_n_per_arm }
    }
}

/// Compares `arm` with `control` by `metric`.
pub(super) fn compare(data: &ExperimentData, metric: &MetricPlan, control: usize, arm: usize, level: Level) -> Found {
    let strata = data.strata(control, arm);
    match metric.kind {
        MetricKind::Proportion => shares(&strata, metric, level),
        MetricKind::Mean | MetricKind::LogMean => means(&strata, metric, slope(data, metric), level),
    }
}

fn shares(strata: &[Stratum<'_>], metric: &MetricPlan, level: Level) -> Found {
    let units = sum_of(strata.iter().map(Stratum::units));
    let events = sum_of(strata.iter().map(|stratum| stratum.events(&metric.name)));
    let each =
        strata.iter().map(|stratum| (stratum.units(), share_difference(stratum.units(), stratum.events(&metric.name))));
    let difference = together(each);
    let share = |side: usize| Share { hits: events[side], count: units[side] };
    let spread = [0, 1].map(|side| spread_of_share(events[side], units[side]));
    let need = need(strata, spread, metric.mde, level).filter(|_| units[0] > 0 && units[1] > 0);
    let Some(tau2) = level.tau2 else {
        let found = newcombe(share(0), share(1), 1.0 - level.alpha).ok();
        return Found {
            test: DecidingTest::ChiSquare,
            units,
            estimate: found.map(|found| found.difference),
            interval: found.map(|found| [found.interval.0, found.interval.1]),
            p: found.map(|found| found.p),
            need,
        };
    };
    let evidence = event_evidence(strata, &metric.name, 1.0).ok();
    let ready = may_look(units, level, LEAST_UNITS) && events.iter().all(|events| *events >= LEAST_EVENTS);
    Found {
        test: DecidingTest::ExactCount,
        units,
        estimate: difference.map(|difference| difference.value),
        interval: difference.filter(|_| ready).and_then(|difference| around(difference, tau2, level.alpha)),
        p: evidence.map(|evidence| Number::exp(-evidence.max(0.0))),
        need,
    }
}

/// ln E of the split of events between control and arm, when the arm's share of units with an event is
/// `ratio` times the control's; the product over the epochs.
pub(super) fn event_evidence(strata: &[Stratum<'_>], metric: &str, ratio: f64) -> Result<f64, Error> {
    strata.iter().try_fold(0.0, |sum, stratum| {
        let split = [stratum.weights[0], stratum.weights[1] * ratio];
        Ok(sum + count_evidence(&stratum.events(metric), &split, EVENT_CONCENTRATION)?)
    })
}

/// ln E of so many events among so many units, when a unit has one with chance `share`.
pub(super) fn share_evidence(events: u64, units: u64, share: f64) -> Result<f64, Error> {
    count_evidence(&[events, units.saturating_sub(events)], &[share, 1.0 - share], EVENT_CONCENTRATION)
}

/// The variance of one unit's share, whose estimate (x + 1) / (n + 2) is certain of nothing.
pub(super) fn spread_of_share(events: u64, units: u64) -> f64 {
    let share = (events as f64 + 1.0) / (units as f64 + 2.0);
    share * (1.0 - share)
}

fn share_difference([n1, n2]: [u64; 2], [x1, x2]: [u64; 2]) -> Difference {
    let part = |x: u64, n: u64| (x as f64 / n as f64, spread_of_share(x, n) / n as f64);
    let ((p1, v1), (p2, v2)) = (part(x1, n1), part(x2, n2));
    Difference { value: p2 - p1, variance: v1 + v2 }
}

/// The slope of the covariate that the plan names; 0 without one.
fn slope(data: &ExperimentData, metric: &MetricPlan) -> f64 {
    if metric.cuped.is_none() {
        return 0.0;
    }
    let measured =
        data.epochs.iter().flat_map(|epoch| &epoch.tallies).filter_map(|tally| tally.metrics.get(&metric.name));
    let arms: Vec<Paired> = measured.filter_map(|measured| measured.units).collect();
    // A covariate that tells nothing apart takes nothing away.
    covariate_slope(&arms).unwrap_or(0.0)
}

fn means(strata: &[Stratum<'_>], metric: &MetricPlan, slope: f64, level: Level) -> Found {
    let paired = |stratum: &Stratum<'_>| {
        let [control, arm] = stratum.measured(&metric.name)?;
        Some([control.units?, arm.units?])
    };
    let units = sum_of(strata.iter().filter_map(paired).map(|pair| pair.map(|side| side.count)));
    let samples: Vec<[Sample; 2]> = strata
        .iter()
        .filter_map(paired)
        .filter_map(|[control, arm]| Some([control.adjusted(slope).ok()?, arm.adjusted(slope).ok()?]))
        .collect();
    let is_log = metric.kind == MetricKind::LogMean;
    let scaled = |value: f64| if is_log { Number::exp(value) } else { value };
    let on_scale = |value: f64| Some(scaled(value)).filter(|value| value.is_finite());
    let difference = together(samples.iter().map(|[control, arm]| {
        let variance = control.variance_of_mean() + arm.variance_of_mean();
        ([control.count, arm.count], Difference { value: arm.mean - control.mean, variance })
    }));
    let variance = |side: usize| {
        let (m2, df) = samples.iter().fold((0.0, 0.0), |(m2, df), pair| {
            let less_one = (pair[side].count - 1) as f64;
            (m2 + pair[side].variance * less_one, df + less_one)
        });
        if df > 0.0 { m2 / df } else { f64::NAN }
    };
    let mde = if is_log { Number::ln_1p(metric.mde) } else { metric.mde };
    let need = need(strata, [variance(0), variance(1)], mde, level);
    let estimate = difference.and_then(|difference| on_scale(difference.value));
    let Some(tau2) = level.tau2 else {
        let found = match samples[..] {
            [[control, arm]] => welch(&control, &arm, 1.0 - level.alpha).ok(),
            // Several epochs under a fixed horizon are no valid data.
            _ => None,
        };
        let interval = found.and_then(|found| Some([on_scale(found.interval.0)?, on_scale(found.interval.1)?]));
        return Found { test: DecidingTest::Welch, units, estimate, interval, p: found.map(|found| found.p), need };
    };
    let least = if is_log { LEAST_UNITS } else { LEAST_UNITS_RAW };
    let seen = difference.filter(|difference| difference.variance > 0.0 && may_look(units, level, least));
    let interval = seen.and_then(|difference| around(difference, tau2, level.alpha));
    Found {
        test: DecidingTest::AlwaysValidSequence,
        units,
        estimate,
        interval: interval.and_then(|[low, high]| Some([on_scale(low)?, on_scale(high)?])),
        p: seen.and_then(|difference| always_valid_p(difference.value, difference.variance, tau2).ok()),
        need,
    }
}

fn may_look(units: [u64; 2], level: Level, least: u64) -> bool {
    units.iter().all(|units| *units >= least.max(level.min_n))
}

fn around(difference: Difference, tau2: f64, alpha: f64) -> Option<[f64; 2]> {
    let half = always_valid_half_width(difference.variance, tau2, alpha).ok()?;
    Some([difference.value - half, difference.value + half]).filter(|[low, high]| low.is_finite() && high.is_finite())
}

/// Units the arm needs to find `mde`, by the weights of the last epoch.
fn need(strata: &[Stratum<'_>], variances: [f64; 2], mde: f64, level: Level) -> Option<u64> {
    let weights = strata.last()?.weights;
    let share = weights[0] / (weights[0] + weights[1]);
    let needed = match level.tau2 {
        None => minimum_n(variances, mde, share, level.alpha, level.power),
        Some(tau2) => minimum_n_always_valid(variances, mde, share, level.alpha, level.power, tau2),
    };
    needed.ok().map(|needed| needed.per_arm[1])
}

pub(super) fn sum_of(pairs: impl Iterator<Item = [u64; 2]>) -> [u64; 2] {
    pairs.fold([0; 2], |sum: [u64; 2], pair| [sum[0].saturating_add(pair[0]), sum[1].saturating_add(pair[1])])
}

/// The lower end of the always-valid interval about a difference.
pub(super) fn sequence_bound(difference: Difference, tau2: f64, alpha: f64) -> Option<f64> {
    around(difference, tau2, alpha).map(|[low, _]| low)
}

/// Whether the sequence may speak of a mean of single values of so many units.
pub(super) fn sequence_may_speak(units: u64, events: Option<u64>, is_log: bool) -> bool {
    match events {
        Some(events) => units >= LEAST_UNITS && events >= LEAST_EVENTS,
        None => units >= if is_log { LEAST_UNITS } else { LEAST_UNITS_RAW },
    }
}
