//! What users keep beside runs: scenarios, which are named inputs of a model, and notes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entity::Audience;
use crate::id::{NoteId, OrganizationId, ScenarioId, UserId};
use crate::time::Timestamp;

/// The most bytes of a note's text.
pub const MOST_NOTE_BYTES: usize = 64 * 1_024;

/// Named inputs of a model, unique by owner, model, subject and name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Its id.
    pub id: ScenarioId,
    /// Who keeps it.
    pub owner_id: UserId,
    /// The owner's organization.
    pub organization_id: Option<OrganizationId>,
    /// Who may see it.
    pub audience: Audience,
    /// The model that the inputs are for.
    pub model: String,
    /// Company or ticker.
    pub subject: Option<String>,
    /// Its name.
    pub name: String,
    /// The inputs.
    pub inputs: Value,
    /// Bytes it takes.
    pub bytes: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}

/// A note on a company or ticker, one for each owner and subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Who keeps it.
    pub owner_id: UserId,
    /// The owner's organization.
    pub organization_id: Option<OrganizationId>,
    /// Who may see it.
    pub audience: Audience,
    /// Company or ticker.
    pub subject: String,
    /// Its text, at most 64 KiB.
    pub body: String,
    /// Bytes it takes.
    pub bytes: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}
