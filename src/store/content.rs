//! Scenarios and notes in a store: kept, found, replaced and removed, and their bytes given back.

use crate::error::Error;
use crate::id::{NoteId, OrganizationId, ScenarioId, UserId};
use crate::store::audit::kept_subjects;
use crate::store::{MOST, require_key, require_next};
use crate::tenancy::{HeldSubject, LimitKind, MOST_NOTE_BYTES, Note, Scenario};
use crate::time::Timestamp;

/// Reading scenarios and notes of one tenant.
pub trait ContentRead {
    /// A scenario by its id.
    fn scenario(&mut self, id: ScenarioId) -> Result<Scenario, Error>;
    /// A note by its id.
    fn note(&mut self, id: NoteId) -> Result<Note, Error>;
    /// The note of an owner on a subject.
    fn note_on(&mut self, owner: UserId, subject: &str) -> Result<Note, Error>;
}

/// Writing them.
pub trait ContentTx: ContentRead {
    /// Keeps a scenario; owner and organization must be the tenant's own, its name new in its place.
    fn insert_scenario(&mut self, scenario: &Scenario) -> Result<(), Error>;
    /// Puts a scenario, version one higher, in place of its version `expected`.
    fn replace_scenario(&mut self, expected: u64, scenario: &Scenario) -> Result<(), Error>;
    /// Removes the scenario whose version is `expected`; `legal_hold` where it is held.
    fn remove_scenario(&mut self, id: ScenarioId, expected: u64) -> Result<(), Error>;
    /// Keeps a note; owner and organization must be the tenant's own, its subject new to its owner.
    fn insert_note(&mut self, note: &Note) -> Result<(), Error>;
    /// Puts a note, version one higher, in place of its version `expected`.
    fn replace_note(&mut self, expected: u64, note: &Note) -> Result<(), Error>;
    /// Removes the note whose version is `expected`; `legal_hold` where it is held.
    fn remove_note(&mut self, id: NoteId, expected: u64) -> Result<(), Error>;
    /// Counts `amount` no more that was committed against a limit.
    fn give_back(&mut self, kind: LimitKind, window: Timestamp, amount: u64) -> Result<(), Error>;
}

/// What scenarios and notes have in common.
pub(in crate::store) trait Kept: Clone {
    type Id: Copy + Ord + std::fmt::Display;
    const WHAT: &'static str;

    fn id(&self) -> Self::Id;
    fn version(&self) -> u64;
    fn owner(&self) -> UserId;
    fn organization(&self) -> Option<OrganizationId>;
    /// By what it may be held.
    fn held_by(&self) -> [HeldSubject; 2] {
        kept_subjects(Self::WHAT, &self.id().to_string(), self.owner())
    }
    /// Whether both would be found under one name.
    fn clashes(&self, other: &Self) -> bool;
    /// Whether `self` is what `before` may become: some of it never changes.
    fn continues(&self, before: &Self) -> bool;
    /// Refuses what not every store could keep or search for.
    fn require_keepable(&self) -> Result<(), Error>;
}

impl Kept for Scenario {
    type Id = ScenarioId;
    const WHAT: &'static str = "scenario";

    fn id(&self) -> ScenarioId {
        self.id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn owner(&self) -> UserId {
        self.owner_id
    }

    fn organization(&self) -> Option<OrganizationId> {
        self.organization_id
    }

    fn clashes(&self, other: &Self) -> bool {
        (self.owner_id, &self.model, &self.subject, &self.name)
            == (other.owner_id, &other.model, &other.subject, &other.name)
    }

    fn continues(&self, before: &Self) -> bool {
        (self.owner_id, self.organization_id, &self.model, &self.subject, self.created_at)
            == (before.owner_id, before.organization_id, &before.model, &before.subject, before.created_at)
    }

    fn require_keepable(&self) -> Result<(), Error> {
        require_key("model", &self.model)?;
        require_key("name", &self.name)?;
        self.subject.as_deref().map_or(Ok(()), require_subject)
    }
}

impl Kept for Note {
    type Id = NoteId;
    const WHAT: &'static str = "note";

    fn id(&self) -> NoteId {
        self.id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn owner(&self) -> UserId {
        self.owner_id
    }

    fn organization(&self) -> Option<OrganizationId> {
        self.organization_id
    }

    fn clashes(&self, other: &Self) -> bool {
        (self.owner_id, &self.subject) == (other.owner_id, &other.subject)
    }

    fn continues(&self, before: &Self) -> bool {
        (self.owner_id, self.organization_id, &self.subject, self.created_at)
            == (before.owner_id, before.organization_id, &before.subject, before.created_at)
    }

    fn require_keepable(&self) -> Result<(), Error> {
        require_subject(&self.subject)?;
        if self.body.len() <= MOST_NOTE_BYTES {
            return Ok(());
        }
        Err(Error::invalid_input("body", self.body.len(), format!("at most {MOST_NOTE_BYTES} bytes")))
    }
}

/// Refuses an item that may not follow `current`, the one of its id.
pub(in crate::store) fn require_successor<T: Kept>(item: &T, expected: u64, current: &T) -> Result<(), Error> {
    require_next(T::WHAT, item.version(), expected, current.version())?;
    item.require_keepable()?;
    if item.continues(current) {
        return Ok(());
    }
    Err(Error::conflict("illegal_transition", format!("owner, model and subject of a {} stay", T::WHAT)))
}

/// A subject that is there is not empty: databases keep the empty one for none.
fn require_subject(subject: &str) -> Result<(), Error> {
    if subject.is_empty() {
        return Err(Error::invalid_input("subject", subject, "1 to 1024 bytes"));
    }
    require_key("subject", subject)
}

/// What counts after `amount` of `committed` is given back.
pub(in crate::store) fn after_giving_back(committed: u64, amount: u64) -> Result<u64, Error> {
    committed
        .checked_sub(amount)
        .filter(|_| amount <= MOST)
        .ok_or_else(|| Error::conflict("illegal_transition", format!("{amount} given back of {committed} that count")))
}
