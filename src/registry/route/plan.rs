//! The parts of a routing configuration that say how an experiment is judged and guarded, and which
//! calls are mirrored: parsed, checked and kept.

use serde::{Deserialize, Serialize};

use super::super::model::VariantId;

/// Whether more or less of a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// How a metric is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetricKind {
    /// By its mean.
    Mean,
    /// By the mean of its logarithm.
    LogMean,
    /// As a share of units.
    Proportion,
}

impl MetricKind {
    /// What says that two arms are alike: a ratio of 1, a difference of 0.
    #[must_use]
    pub fn neutral(self) -> f64 {
        if self == Self::LogMean { 1.0 } else { 0.0 }
    }
}

/// One metric of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricPlan {
    /// Its name, as outcomes are recorded under.
    pub name: String,
    /// How it is compared.
    pub kind: MetricKind,
    /// Which direction is better.
    pub better: Better,
    /// A difference inside this margin is no difference.
    #[serde(default)]
    pub equivalence: f64,
    /// The smallest difference worth detecting.
    #[serde(default = "default_mde")]
    pub mde: f64,
    /// A covariate of the time before the experiment that reduces variance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuped: Option<String>,
}

fn default_mde() -> f64 {
    0.01
}

/// When an experiment may be read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum AnalysisMode {
    /// At any time.
    Sequential {
        /// Variance of the mixture, fixed before the start.
        tau2: f64,
    },
    /// Once, when each arm has its number of units.
    FixedHorizon {
        /// Units each arm needs.
        n_per_arm: u64,
    },
}

/// How an experiment is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "GivenPlan")]
pub struct AnalysisPlan {
    /// The metric that decides.
    pub primary: MetricPlan,
    /// Metrics reported beside it.
    pub secondary: Vec<MetricPlan>,
    /// Chance of a false alarm.
    pub alpha: f64,
    /// Chance of a false alarm of the sample-ratio check.
    pub srm_alpha: f64,
    /// When it may be read.
    pub mode: AnalysisMode,
    /// No verdict below this number of units per arm.
    pub min_n_per_arm: u64,
    /// Chance of finding a difference of `mde`.
    pub power: f64,
}

/// A plan as it is written, where everything may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct GivenPlan {
    primary: MetricPlan,
    secondary: Vec<MetricPlan>,
    alpha: f64,
    srm_alpha: f64,
    mode: GivenMode,
    min_n_per_arm: u64,
    power: f64,
}

/// A mode as it is written: the mixture is that of the primary metric's `mde` when it is left out.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
enum GivenMode {
    Sequential {
        #[serde(default)]
        tau2: Option<f64>,
    },
    FixedHorizon {
        n_per_arm: u64,
    },
}

impl Default for GivenPlan {
    fn default() -> Self {
        let primary = MetricPlan {
            name: "error".to_owned(),
            kind: MetricKind::Proportion,
            better: Better::Lower,
            equivalence: 0.0,
            mde: default_mde(),
            cuped: None,
        };
        Self {
            primary,
            secondary: Vec::new(),
            alpha: 0.05,
            srm_alpha: 0.001,
            mode: GivenMode::Sequential { tau2: None },
            min_n_per_arm: 100,
            power: 0.8,
        }
    }
}

impl From<GivenPlan> for AnalysisPlan {
    fn from(given: GivenPlan) -> Self {
        let mode = match given.mode {
            GivenMode::Sequential { tau2 } => {
                AnalysisMode::Sequential { tau2: tau2.unwrap_or(given.primary.mde * given.primary.mde) }
            }
            GivenMode::FixedHorizon { n_per_arm } => AnalysisMode::FixedHorizon { n_per_arm },
        };
        Self {
            primary: given.primary,
            secondary: given.secondary,
            alpha: given.alpha,
            srm_alpha: given.srm_alpha,
            mode,
            min_n_per_arm: given.min_n_per_arm,
            power: given.power,
        }
    }
}

impl Default for AnalysisPlan {
    fn default() -> Self {
        GivenPlan::default().into()
    }
}

impl AnalysisPlan {
    /// The primary metric, then the secondary ones.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricPlan> {
        std::iter::once(&self.primary).chain(&self.secondary)
    }

    /// The metric of that name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricPlan> {
        self.metrics().find(|metric| metric.name == name)
    }

    /// The first rule the plan breaks: the field below it and what is allowed.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let share = |x: f64| x > 0.0 && x < 1.0;
        let metrics = || self.metrics();
        let is_alone = |metric: &MetricPlan| self.metrics().filter(|other| other.name == metric.name).count() == 1;
        let covariates = || self.metrics().filter_map(|metric| Some((metric.cuped.as_deref()?, metric.kind)));
        let mode = match self.mode {
            AnalysisMode::Sequential { tau2 } => tau2 > 0.0,
            AnalysisMode::FixedHorizon { n_per_arm } => n_per_arm > 0,
        };
        let rules = [
            (share(self.alpha), "alpha", "between 0 and 1"),
            (share(self.srm_alpha), "srm_alpha", "between 0 and 1"),
            (share(self.power), "power", "between 0 and 1"),
            (mode, "mode", "tau2 or n_per_arm above 0"),
            (metrics().all(|metric| is_metric_name(&metric.name)), "name", "[a-z0-9_.-]{1,64}"),
            (metrics().all(|metric| metric.equivalence >= 0.0), "equivalence", "0 or more"),
            (metrics().all(|metric| metric.mde > 0.0), "mde", "above 0"),
            (metrics().all(is_alone), "secondary", "metrics of different names"),
            (covariates().all(|(_, kind)| kind != MetricKind::Proportion), "cuped", "of a Mean or LogMean"),
            (
                covariates().all(|(name, _)| is_metric_name(name) && self.metric(name).is_none()),
                "cuped",
                "[a-z0-9_.-]{1,64}, and no metric of the plan",
            ),
        ];
        rules.into_iter().find(|rule| !rule.0).map(|(_, field, allowed)| (field, allowed))
    }
}

/// Whether outcomes can be recorded under `name`.
pub(crate) fn is_metric_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte))
}

/// What a guardrail watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuardMetric {
    /// The share of failed calls; beside the control, the share of units with one.
    ErrorRate,
    /// The mean duration in nanoseconds; beside the control, the ratio of geometric means.
    LatencyMean,
    /// The 95 % quantile of durations in nanoseconds.
    LatencyP95,
    /// A recorded outcome.
    Outcome(String),
}

impl GuardMetric {
    /// The word it is counted and shown under.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            GuardMetric::ErrorRate => "error_rate",
            GuardMetric::LatencyMean => "latency_mean",
            GuardMetric::LatencyP95 => "latency_p95",
            GuardMetric::Outcome(name) => name,
        }
    }
}

/// The limit of a guardrail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum GuardBound {
    /// In the metric's own unit.
    Absolute(f64),
    /// A multiple of the control's value.
    RelativeToControl(f64),
}

/// When a guardrail acts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum GuardTest {
    /// When the estimate is past the limit.
    Threshold,
    /// When the always-valid bound is past the limit.
    LowerBound {
        /// Chance of acting on nothing.
        alpha: f64,
    },
}

/// What a guardrail does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GuardAction {
    /// Pauses the experiment.
    Pause,
    /// Tells.
    Alert,
}

/// A limit that an experiment must keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// What is watched.
    pub metric: GuardMetric,
    /// The limit.
    pub bound: GuardBound,
    /// Units needed before it is looked at.
    #[serde(default = "default_min_n")]
    pub min_n: u64,
    /// When it acts; the bound at 5 % when absent, the threshold for the 95 % quantile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<GuardTest>,
    /// What it does.
    #[serde(default = "default_action")]
    pub action: GuardAction,
}

fn default_min_n() -> u64 {
    100
}

fn default_action() -> GuardAction {
    GuardAction::Pause
}

impl Guardrail {
    /// The test that is meant.
    #[must_use]
    pub fn test(&self) -> GuardTest {
        self.test.unwrap_or(match self.metric {
            GuardMetric::LatencyP95 => GuardTest::Threshold,
            _ => GuardTest::LowerBound { alpha: 0.05 },
        })
    }

    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let (GuardBound::Absolute(bound) | GuardBound::RelativeToControl(bound)) = self.bound;
        let alpha = match self.test() {
            GuardTest::Threshold => true,
            GuardTest::LowerBound { alpha } => alpha > 0.0 && alpha < 1.0,
        };
        let threshold_only = self.metric == GuardMetric::LatencyP95 && self.test() != GuardTest::Threshold;
        let named = match &self.metric {
            GuardMetric::Outcome(name) => is_metric_name(name),
            _ => true,
        };
        let relative = matches!(self.bound, GuardBound::RelativeToControl(_));
        let rules = [
            (bound >= 0.0, "bound", "0 or more"),
            (!relative || bound > 0.0, "bound", "above 0 times the control"),
            (alpha, "test", "alpha between 0 and 1"),
            (!threshold_only, "test", "Threshold for LatencyP95"),
            (named, "metric", "an outcome named [a-z0-9_.-]{1,64}"),
        ];
        rules.into_iter().find(|rule| !rule.0).map(|(_, field, allowed)| (field, allowed))
    }
}

/// How a mirrored output is compared with the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Compare {
    /// To the bit.
    #[default]
    Exact,
    /// Within a tolerance.
    Tolerance {
        /// Absolute.
        abs: f64,
        /// Relative.
        rel: f64,
    },
}

/// A variant that runs beside a share of the calls and never answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// The variant.
    pub variant: VariantId,
    /// Parts per million of calls.
    pub sample_ppm: u32,
    /// How outputs are compared.
    #[serde(default)]
    pub compare: Compare,
    /// Milliseconds from the answer after which it counts as dropped, whatever it gives.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
}

fn default_timeout_ms() -> u64 {
    1_000
}

impl Mirror {
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let tolerance = match self.compare {
            Compare::Exact => true,
            Compare::Tolerance { abs, rel } => abs >= 0.0 && rel >= 0.0,
        };
        let rules = [
            (self.sample_ppm <= 1_000_000, "sample_ppm", "0 to 1000000"),
            (tolerance, "compare", "tolerances of 0 or more"),
            (self.timeout_ms > 0, "timeout_ms", "above 0"),
        ];
        rules.into_iter().find(|rule| !rule.0).map(|(_, field, allowed)| (field, allowed))
    }
}
