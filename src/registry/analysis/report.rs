//! The report of an experiment: a verdict for each arm, with everything it follows from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::model::{ArmKey, ExperimentId, ModelId, VariantId};
use super::super::route::{AnalysisMode, Better, ExperimentStatus, MetricKind, MetricPlan};
use super::compare::{DecidingTest, Found, Level, compare};
use super::data::{Epoch, ExperimentData};
use crate::number::Number;
use crate::statistics::{SampleRatio, count_evidence, holm, sample_ratio};
use crate::time::Timestamp;

/// The concentration of the exact count test for units.
const UNIT_CONCENTRATION: f64 = 100.0;

/// What is said of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The data cannot be trusted, whatever they show.
    Invalid {
        /// What is wrong with them.
        why: Invalidity,
    },
    /// Nothing can be said yet.
    Insufficient {
        /// Units the arm needs to find the smallest difference worth finding, as far as can be told.
        need_per_arm: Option<u64>,
    },
    /// It does not differ by more than the plan's margin.
    NoDifference,
    /// It is better than the control.
    Better,
    /// It is worse than the control.
    Worse,
}

/// What makes data invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Invalidity {
    /// Units did not fall into the arms as the weights say.
    Srm,
    /// An arm was served by more than one implementation, or the weights changed under a fixed horizon.
    MixedConfig,
    /// The control never had a weight.
    NoControl,
}

/// The check whether units fell into the arms as the weights say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleRatioCheck {
    /// The test that decides.
    pub test: DecidingTest,
    /// Pearson's chi-square, summed over epochs.
    pub chi_square: f64,
    /// Its degrees of freedom.
    pub df: u64,
    /// The p of the test that decides; of the exact count test the least of all looks.
    pub p: f64,
}

/// One metric of one arm beside the control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricReport {
    /// How it is compared.
    pub kind: MetricKind,
    /// Which direction is better.
    pub better: Better,
    /// Whether it is the metric that decides about the arm.
    pub primary: bool,
    /// The test behind p.
    pub test: DecidingTest,
    /// Whether p or the interval holds in large samples only.
    pub asymptotic: bool,
    /// Units that count, of the control and of the arm.
    pub units: [u64; 2],
    /// The arm's mean or share less the control's; of a `LogMean` the ratio of both.
    pub estimate: Option<f64>,
    /// The interval about it, at the plan's alpha over the number of comparisons.
    pub interval: Option<[f64; 2]>,
    /// In sequential mode the least of all looks.
    pub p: Option<f64>,
    /// Adjusted by Holm over the arms, or over arms and secondary metrics.
    pub p_adjusted: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
    /// The interval lies inside the margin of the plan, though p is small.
    pub practically_equivalent: bool,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmReport {
    /// Its name.
    pub key: ArmKey,
    /// The variant it is served by.
    pub variant: VariantId,
    /// Parts per million of the units it should have at present.
    pub weight_ppm: u32,
    /// Distinct units.
    pub units: u64,
    /// Exposures, repeated ones among them.
    pub exposures: u64,
    /// Parts per million of the units it has, rounded down.
    pub share_ppm: u32,
    /// The verdict by the primary metric; none for the control.
    pub verdict: Option<Verdict>,
    /// What each metric shows; empty for the control.
    pub metrics: BTreeMap<String, MetricReport>,
}

/// One metric of one arm as it was seen at a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// The arm.
    pub arm: ArmKey,
    /// The metric.
    pub metric: String,
    /// The estimate at this look.
    pub estimate: Option<f64>,
    /// The interval at this look.
    pub interval: Option<[f64; 2]>,
    /// The least p of all looks so far; under a fixed horizon that of this look.
    pub p: Option<f64>,
    /// Whether the arm lay above the control when p was least.
    pub above: bool,
}

/// What was seen at one look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Distinct units in all arms.
    pub units: u64,
    /// The least p of the sample-ratio check so far; under a fixed horizon that of this look.
    pub srm_p: f64,
    /// Each metric of each arm but the control.
    pub sights: Vec<Sight>,
}

/// The analysis of an experiment at one moment.
///
/// It carries its whole input: `data.report(at)` gives it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The experiment.
    pub experiment: ExperimentId,
    /// The model it is about.
    pub model: ModelId,
    /// Where it stands.
    pub status: ExperimentStatus,
    /// Whether it may be read at any time or once.
    pub mode: AnalysisMode,
    /// When it was made.
    pub at: Timestamp,
    /// Whether units fell into the arms as the weights say.
    pub srm: SampleRatioCheck,
    /// The arms.
    pub arms: Vec<ArmReport>,
    /// What a reader should know.
    pub warnings: Vec<String>,
    /// This look.
    pub look: Look,
    /// What it follows from, with the looks before.
    pub data: ExperimentData,
}

impl Report {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl ExperimentData {
    /// The report of this data at `at`: a pure function of both.
    #[must_use]
    pub fn report(&self, at: Timestamp) -> Report {
        let srm = self.sample_ratio();
        let mut arms: Vec<ArmReport> = (0..self.arms.len()).map(|place| self.arm(place)).collect();
        let mut sights = Vec::new();
        if let Some(control) = self.control_place() {
            let families = [std::slice::from_ref(&self.plan.primary), &self.plan.secondary];
            for metrics in families {
                self.judge(metrics, control, srm.p, &mut arms, &mut sights);
            }
        } else {
            for arm in &mut arms {
                arm.verdict = Some(Verdict::Invalid { why: Invalidity::NoControl });
            }
        }
        let units = arms.iter().fold(0_u64, |sum, arm| sum.saturating_add(arm.units));
        Report {
            experiment: self.experiment,
            model: self.model,
            status: self.status.clone(),
            mode: self.plan.mode,
            at,
            srm,
            arms,
            warnings: self.warnings(),
            look: Look { at, units, srm_p: srm.p, sights },
            data: self.clone(),
        }
    }

    fn is_sequential(&self) -> bool {
        matches!(self.plan.mode, AnalysisMode::Sequential { .. })
    }

    fn sample_ratio(&self) -> SampleRatioCheck {
        let mut found = SampleRatio::default();
        let mut evidence = 0.0;
        for epoch in self.lived() {
            let units: Vec<u64> = epoch.tallies.iter().map(|tally| tally.units).collect();
            let weights: Vec<f64> = epoch.weights_ppm.iter().copied().map(f64::from).collect();
            // With one arm alone there is no ratio.
            if let Ok(segment) = sample_ratio(&units, &weights) {
                found = found.and(segment);
                evidence += count_evidence(&units, &weights, UNIT_CONCENTRATION).unwrap_or(0.0);
            }
        }
        let (test, p) = if self.is_sequential() {
            let before = self.looks.last().map_or(1.0, |look| look.srm_p);
            (DecidingTest::ExactCount, Number::exp(-f64::max(evidence, 0.0)).min(before))
        } else {
            (DecidingTest::ChiSquare, found.p())
        };
        SampleRatioCheck { test, chi_square: found.chi_square, df: found.df, p }
    }

    fn arm(&self, place: usize) -> ArmReport {
        let arm = &self.arms[place];
        let units = self.units_of(place);
        let all = (0..self.arms.len()).fold(0_u64, |sum, place| sum.saturating_add(self.units_of(place)));
        let share = u128::from(units) * 1_000_000 / u128::from(all.max(1));
        ArmReport {
            key: arm.key,
            variant: arm.variant,
            weight_ppm: arm.weight_ppm,
            units,
            exposures: self.tallies_of(place).fold(0, |sum, tally| sum.saturating_add(tally.exposures)),
            share_ppm: u32::try_from(share).expect("at most one million"),
            verdict: None,
            metrics: BTreeMap::new(),
        }
    }

    /// Compares every arm with the control by every metric of one family.
    fn judge(
        &self,
        metrics: &[MetricPlan],
        control: usize,
        srm_p: f64,
        arms: &mut [ArmReport],
        sights: &mut Vec<Sight>,
    ) {
        let others: Vec<usize> = (0..self.arms.len()).filter(|place| *place != control).collect();
        let comparisons = metrics.len() * others.len();
        let mut compared = Vec::with_capacity(comparisons);
        for metric in metrics {
            let level = Level::new(self, metric, comparisons);
            for &place in &others {
                let found = compare(self, metric, control, place, level);
                let sight = self.sight(metric, place, &found);
                compared.push((metric, place, found, sight));
            }
        }
        let p: Vec<f64> = compared.iter().map(|(.., sight)| sight.p.unwrap_or(1.0)).collect();
        let adjusted = holm(&p).unwrap_or(p);
        for ((metric, place, found, sight), adjusted) in compared.into_iter().zip(adjusted) {
            let p_adjusted = sight.p.map(|_| adjusted);
            let inside = is_inside(metric, found.interval);
            let verdict =
                self.invalid(control, srm_p).unwrap_or_else(|| self.verdict(metric, &found, &sight, p_adjusted));
            let primary = metric.name == self.plan.primary.name;
            let report = MetricReport {
                kind: metric.kind,
                better: metric.better,
                primary,
                test: found.test,
                asymptotic: found.test == DecidingTest::AlwaysValidSequence
                    || (found.test == DecidingTest::ExactCount && found.interval.is_some()),
                units: found.units,
                estimate: found.estimate,
                interval: found.interval,
                p: sight.p,
                p_adjusted,
                verdict,
                practically_equivalent: inside && matches!(verdict, Verdict::Better | Verdict::Worse),
            };
            if primary {
                arms[place].verdict = Some(verdict);
            }
            arms[place].metrics.insert(metric.name.clone(), report);
            sights.push(sight);
        }
    }

    /// This look, with the least p so far.
    fn sight(&self, metric: &MetricPlan, place: usize, found: &Found) -> Sight {
        let arm = self.arms[place].key;
        let neutral = metric.kind.neutral();
        let mut sight = Sight {
            arm,
            metric: metric.name.clone(),
            estimate: found.estimate,
            interval: found.interval,
            p: found.p,
            above: found.estimate.is_some_and(|estimate| estimate > neutral),
        };
        let before = self.looks.last().filter(|_| self.is_sequential());
        let before =
            before.and_then(|look| look.sights.iter().find(|sight| sight.arm == arm && sight.metric == metric.name));
        if let Some(before) = before
            && before.p.is_some_and(|least| sight.p.is_none_or(|p| least < p))
        {
            (sight.p, sight.above) = (before.p, before.above);
        }
        sight
    }

    fn invalid(&self, control: usize, srm_p: f64) -> Option<Verdict> {
        let why = if srm_p < self.plan.srm_alpha {
            Invalidity::Srm
        } else if self.is_mixed() {
            Invalidity::MixedConfig
        } else if self.epochs.iter().all(|epoch| epoch.weights_ppm.get(control).is_none_or(|weight| *weight == 0)) {
            Invalidity::NoControl
        } else {
            return None;
        };
        Some(Verdict::Invalid { why })
    }

    fn is_mixed(&self) -> bool {
        let replaced = self.arms.iter().any(|arm| arm.replaced);
        replaced || (!self.is_sequential() && self.weights_changed())
    }

    /// The epochs that have units, or the only one.
    fn lived(&self) -> impl Iterator<Item = &Epoch> {
        let only = self.epochs.len() == 1;
        self.epochs.iter().filter(move |epoch| only || epoch.tallies.iter().any(|tally| tally.units > 0))
    }

    fn weights_changed(&self) -> bool {
        let mut weights = self.lived().map(|epoch| &epoch.weights_ppm);
        weights.next().is_some_and(|first| weights.any(|later| later != first))
    }

    fn verdict(&self, metric: &MetricPlan, found: &Found, sight: &Sight, p_adjusted: Option<f64>) -> Verdict {
        let planned = match self.plan.mode {
            AnalysisMode::Sequential { .. } => 0,
            AnalysisMode::FixedHorizon { n_per_arm } => n_per_arm,
        };
        let insufficient = Verdict::Insufficient { need_per_arm: found.need };
        if found.units.iter().any(|units| *units < planned.max(self.plan.min_n_per_arm)) {
            return insufficient;
        }
        if p_adjusted.is_some_and(|p| p <= self.plan.alpha) {
            let good = sight.above == (metric.better == Better::Higher);
            return if good { Verdict::Better } else { Verdict::Worse };
        }
        if is_inside(metric, found.interval) { Verdict::NoDifference } else { insufficient }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let AnalysisMode::FixedHorizon { n_per_arm } = self.plan.mode {
            warnings.push(format!("fixed horizon: read it once, at {n_per_arm} units an arm"));
        }
        if self.weights_changed() {
            warnings.push("the weights changed; each time between changes is compared by itself".to_owned());
        }
        if self.moved > 0 {
            warnings.push(format!("{} units were exposed to two arms; they count in the first", self.moved));
        }
        for arm in self.arms.iter().filter(|arm| arm.replaced) {
            warnings.push(format!("the variant of arm {} was replaced while the experiment ran", arm.key));
        }
        let mut unplanned: Vec<&str> = self
            .epochs
            .iter()
            .flat_map(|epoch| &epoch.tallies)
            .flat_map(|tally| tally.metrics.keys())
            .map(String::as_str)
            .filter(|name| !super::ledger::AUTOMATIC.contains(name) && self.plan.metric(name).is_none())
            .collect();
        unplanned.sort_unstable();
        unplanned.dedup();
        warnings.extend(
            unplanned.iter().map(|name| format!("outcomes {name} were recorded, but the plan does not name them")),
        );
        warnings
    }
}

/// Whether an interval lies inside the margin of the plan; of a ratio, in distance from 1.
fn is_inside(metric: &MetricPlan, interval: Option<[f64; 2]>) -> bool {
    let neutral = metric.kind.neutral();
    metric.equivalence > 0.0
        && interval
            .is_some_and(|[low, high]| low - neutral >= -metric.equivalence && high - neutral <= metric.equivalence)
}
