//! What was used: events counted once, and reservations that keep a limit under any interleaving.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::LimitKind;
use crate::error::Error;
use crate::id::{ReservationId, RunId, UsageEventId};
use crate::time::Timestamp;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageKind {
    /// Governed runs.
    ModelRun,
    /// Trials of simulations.
    Trials,
    /// Calls over HTTP.
    ApiCall,
    /// Bytes kept for an hour.
    StorageByteHour,
    /// Exports.
    Export,
}

impl UsageKind {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::ModelRun, Self::Trials, Self::ApiCall, Self::StorageByteHour, Self::Export];

    /// Its wire name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            UsageKind::ModelRun => "model_run",
            UsageKind::Trials => "trials",
            UsageKind::ApiCall => "api_call",
            UsageKind::StorageByteHour => "storage_byte_hour",
            UsageKind::Export => "export",
        }
    }
}

/// Something used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageEvent {
    /// Its id.
    pub id: UsageEventId,
    /// Key under which it counts once.
    pub idem_key: String,
    /// What was used.
    pub kind: UsageKind,
    /// How much.
    pub quantity: u64,
    /// When.
    pub at: Timestamp,
    /// The run that used it.
    pub run_id: Option<RunId>,
    /// What else the host tells of it; at most 8 names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dims: BTreeMap<String, String>,
}

/// How far ahead of the clock an event may be dated, microseconds.
const MOST_AHEAD: i64 = 300_000_000;

/// The most that is told of an event beside its quantity.
const MOST_DIMS: usize = 8;

impl UsageEvent {
    /// Whether two events say the same, whatever their ids and instants.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        (self.kind, self.quantity, self.run_id, &self.dims) == (other.kind, other.quantity, other.run_id, &other.dims)
    }

    /// Refuses an event of a host that is dated more than 5 minutes ahead of `now`, or tells too much.
    pub fn check(&self, now: Timestamp) -> Result<(), Error> {
        let mut problems = Vec::new();
        if self.at > now.plus_micros(MOST_AHEAD) {
            let constraint = "at most 5 minutes ahead of the clock";
            problems.push(Error::invalid_input("at", self.at.as_micros(), constraint));
        }
        if !(1..=256).contains(&self.idem_key.len()) || self.idem_key.contains('\0') {
            let constraint = "text of 1 to 256 bytes, none zero";
            problems.push(Error::invalid_input("idem_key", self.idem_key.clone(), constraint));
        }
        if self.dims.len() > MOST_DIMS {
            problems.push(Error::invalid_input("dims", self.dims.len(), "at most 8 names"));
        }
        for (name, value) in &self.dims {
            if !(1..=64).contains(&name.len()) || value.len() > 256 {
                let constraint = "a name of 1 to 64 bytes, a value of at most 256";
                problems.push(Error::invalid_input(format!("dims.{name}"), value.clone(), constraint));
            }
        }
        Error::collect(problems).map_or(Ok(()), Err)
    }
}

/// How long each window is in which use is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageWindow {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A calendar month.
    Month,
}

impl UsageWindow {
    /// The start of the window that holds `at`.
    #[must_use]
    pub fn start(self, at: Timestamp) -> Timestamp {
        match self {
            UsageWindow::Hour => at.start_of_hour(),
            UsageWindow::Day => at.start_of_day(),
            UsageWindow::Month => at.start_of_month(),
        }
    }

    /// Sums what was used hour by hour, oldest first, into windows, those without use left out.
    ///
    /// `Undefined` where a sum is beyond 2^63 - 1.
    pub fn sum(self, hours: &[UsageTotal]) -> Result<Vec<UsageTotal>, Error> {
        let mut windows: Vec<UsageTotal> = Vec::new();
        for hour in hours {
            let start = self.start(hour.start);
            match windows.last_mut().filter(|window| window.start == start) {
                None => windows.push(UsageTotal { start, quantity: hour.quantity }),
                Some(window) => {
                    let sum = window.quantity.checked_add(hour.quantity).filter(|sum| i64::try_from(*sum).is_ok());
                    window.quantity = sum.ok_or_else(|| {
                        Error::undefined("usage total", "the sum is beyond 2^63 - 1; ask for shorter windows")
                    })?;
                }
            }
        }
        Ok(windows)
    }
}

/// What was used in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageTotal {
    /// Where the window starts.
    pub start: Timestamp,
    /// How much was used in it.
    pub quantity: u64,
}

/// Use that became known after the period it fell into had been billed; billed with the open one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageAdjustment {
    /// The event's own key.
    pub idem_key: String,
    /// What was used.
    pub kind: UsageKind,
    /// How much.
    pub quantity: u64,
    /// When it was used.
    pub at: Timestamp,
}

/// What became of an event that was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It counts.
    New,
    /// It was there already.
    Duplicate,
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReservationState {
    /// It counts against the limit.
    Open,
    /// What was used counts.
    Committed,
    /// It counts no more.
    Released,
}

/// Part of a limit held for work under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// What is limited.
    pub kind: LimitKind,
    /// Start of the window that the limit is counted in; the epoch for what has no window.
    pub window: Timestamp,
    /// How much is held.
    pub amount: u64,
    /// Where it stands.
    pub state: ReservationState,
    /// When it stops counting.
    pub expires_at: Timestamp,
}
