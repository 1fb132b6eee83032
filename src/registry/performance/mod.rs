//! How fast and how reliable a variant is, and how much it is used.
//!
//! [`Series`] records the calls of one variant without waiting: integer moments, quantiles of
//! Hyndman-Fan type 7 (linear between order statistics), exact up to 512 samples and within 1 % beyond,
//! over the lifetime and over a rolling window. The recorder keeps the series of a registry by model,
//! variant, scope and kind, a bounded number of them. What several processes recorded is put together
//! again from [`StatsBatch`]es, each counted once, by [`MergedStats`]. Nothing is a running float, so
//! neither order nor division of the calls reaches the numbers.

mod durations;
mod lane;
mod measured;
mod merged;
mod recorder;
mod series;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{ModelId, VariantId};
use super::route::RoutingScope;
use crate::by_key::by_key;
use crate::error::{Error, ErrorKind};
use crate::time::Timestamp;

pub(super) use durations::Durations;
pub use durations::LONGEST_NANOS;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use merged::Come;
pub use merged::{BatchResult, MergedStats, MissingBatches, SeriesDelta, StatsBatch};
pub use recorder::{Instance, SeriesKey, SeriesKind, SeriesScope};
pub(super) use recorder::{MOST_SERIES, Recorder};
pub use series::Series;

use durations::BUCKET_ERROR;
use series::Counted;

/// What a failed call failed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The input was refused.
    InvalidInput,
    /// The quantity does not exist for the input.
    Undefined,
    /// An iteration did not settle.
    NoConvergence,
    /// The variant was not there.
    Unavailable,
    /// It took too long.
    Timeout,
    /// The caller stopped it.
    Cancelled,
    /// Anything else, among it panics and exceptions of the host.
    Internal,
}

impl FailureKind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [FailureKind; 7] = [
        FailureKind::InvalidInput,
        FailureKind::Undefined,
        FailureKind::NoConvergence,
        FailureKind::Unavailable,
        FailureKind::Timeout,
        FailureKind::Cancelled,
        FailureKind::Internal,
    ];

    /// The kind `error` counts as.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidInput => FailureKind::InvalidInput,
            ErrorKind::Undefined => FailureKind::Undefined,
            ErrorKind::NoConvergence => FailureKind::NoConvergence,
            ErrorKind::Cancelled => FailureKind::Cancelled,
            ErrorKind::Unavailable if error.reason() == Some("timeout") => FailureKind::Timeout,
            ErrorKind::Unavailable => FailureKind::Unavailable,
            _ => FailureKind::Internal,
        }
    }

    /// The word it is counted under.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::InvalidInput => "invalid_input",
            FailureKind::Undefined => "undefined",
            FailureKind::NoConvergence => "no_convergence",
            FailureKind::Unavailable => "unavailable",
            FailureKind::Timeout => "timeout",
            FailureKind::Cancelled => "cancelled",
            FailureKind::Internal => "internal",
        }
    }
}

/// Over which time statistics are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Span {
    /// Since the registry was made or the series cleared.
    #[default]
    Lifetime,
    /// The last 15 minutes, by slices of 15 seconds that leave whole.
    Rolling,
}

impl std::str::FromStr for Span {
    type Err = Error;

    /// Reads `lifetime` or `rolling`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "lifetime" => Ok(Span::Lifetime),
            "rolling" => Ok(Span::Rolling),
            _ => Err(Error::invalid_input("window", text, "\"lifetime\" or \"rolling\"").with_reason("out_of_range")),
        }
    }
}

/// The time that statistics are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// Since the registry was made or the series cleared.
    Lifetime,
    /// The rolling window.
    Rolling {
        /// Where its oldest slice begins.
        from: Timestamp,
        /// When it was read.
        to: Timestamp,
    },
}

/// Which series statistics are asked of; the default is all live calls, over the lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatsFilter {
    /// Of one scope alone: calls without a tenant, or those of a tenant; all when absent.
    pub scope: Option<RoutingScope>,
    /// Live calls or mirrored ones.
    pub kind: SeriesKind,
    /// Over which time.
    pub span: Span,
}

/// What a series says of itself; times in nanoseconds, each absent for an empty series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatsView {
    /// All finished calls.
    pub count: u64,
    /// The failed ones among them.
    pub errors: u64,
    /// The failed ones by kind.
    pub error_kinds: BTreeMap<String, u64>,
    /// Times that were longer than a day or no time at all, and are in no statistic.
    pub out_of_range: u64,
    /// Shortest.
    pub min: Option<u64>,
    /// Longest.
    pub max: Option<u64>,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Sample standard deviation; absent below two samples.
    pub sd: Option<f64>,
    /// Quantile at 50 %, Hyndman-Fan type 7 as the two below.
    pub median: Option<f64>,
    /// Quantile at 95 %.
    pub p95: Option<f64>,
    /// Quantile at 99 %.
    pub p99: Option<f64>,
    /// Whether the quantiles are exact.
    pub exact: bool,
    /// What each quantile may be off, relative to its value.
    pub rel_error: f64,
    /// The time it is about.
    pub window: Window,
}

impl StatsView {
    fn of(
        times: &Durations,
        finished: u64,
        kinds: impl Iterator<Item = (FailureKind, u64)>,
        out_of_range: u64,
        window: Window,
    ) -> Self {
        let [median, p95, p99] = times.quantiles([0.5, 0.95, 0.99]);
        let error_kinds: BTreeMap<String, u64> = by_key(kinds.map(|(kind, count)| (kind.name().to_owned(), count)));
        Self {
            count: finished,
            errors: error_kinds.values().fold(0, |sum, count| count.saturating_add(sum)),
            error_kinds,
            out_of_range,
            min: times.ends().map(|(min, _)| min),
            max: times.ends().map(|(_, max)| max),
            mean: times.mean(),
            sd: times.standard_deviation(),
            median,
            p95,
            p99,
            exact: times.is_exact(),
            rel_error: if times.is_exact() { 0.0 } else { BUCKET_ERROR },
            window,
        }
    }

    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// How often a variant served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageRow {
    /// The model.
    pub model: ModelId,
    /// The variant that served.
    pub variant: VariantId,
    /// Finished calls.
    pub calls: u64,
    /// The failed ones among them.
    pub errors: u64,
    /// Distinct UTC days with a call.
    pub days: u64,
    /// Share of all calls in parts per million, rounded down.
    pub share_ppm: u32,
}

impl UsageRow {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The rows of what was counted, with the share each has of all; those without calls are left out.
fn usage_rows(counted: impl Iterator<Item = ((ModelId, VariantId), Counted)>) -> Vec<UsageRow> {
    let mut rows: Vec<UsageRow> = counted
        .filter(|(_, counted)| counted.used.calls > 0)
        .map(|((model, variant), Counted { used, .. })| UsageRow {
            model,
            variant,
            calls: used.calls,
            errors: used.errors,
            days: used.days.len() as u64,
            share_ppm: 0,
        })
        .collect();
    let all: u128 = rows.iter().map(|row| u128::from(row.calls)).sum();
    for row in &mut rows {
        let share = u128::from(row.calls) * 1_000_000 / all.max(1);
        row.share_ppm = u32::try_from(share).expect("at most one million");
    }
    rows
}
