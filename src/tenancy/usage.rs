//! What was used: events counted once, and reservations that keep a limit under any interleaving.

use serde::{Deserialize, Serialize};

use super::plan::LimitKind;
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
}

impl UsageEvent {
    /// Whether two events say the same, whatever their ids and instants.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        (self.kind, self.quantity, self.run_id) == (other.kind, other.quantity, other.run_id)
    }
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
