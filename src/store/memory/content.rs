//! Scenarios and notes in memory.

use std::collections::BTreeMap;

use super::{Owned, Transaction};
use crate::error::Error;
use crate::id::{NoteId, ScenarioId, UserId};
use crate::store::content::{Kept, after_giving_back, require_successor};
use crate::store::{ContentRead, ContentTx, absent, duplicate, require_version};
use crate::tenancy::{LimitKind, Note, Scenario};
use crate::time::Timestamp;

/// Where a tenant has them.
trait InMemory: Kept + 'static {
    fn all(owned: &mut Owned) -> &mut BTreeMap<Self::Id, Self>;
}

impl InMemory for Scenario {
    fn all(owned: &mut Owned) -> &mut BTreeMap<ScenarioId, Self> {
        &mut owned.scenarios
    }
}

impl InMemory for Note {
    fn all(owned: &mut Owned) -> &mut BTreeMap<NoteId, Self> {
        &mut owned.notes
    }
}

impl Transaction<'_> {
    fn kept<T: InMemory>(&mut self, id: T::Id) -> Result<T, Error> {
        T::all(self.owned()?).get(&id).cloned().ok_or_else(|| absent(T::WHAT))
    }

    /// Puts an item in place of what has its id, and keeps the way back.
    fn put<T: InMemory>(&mut self, item: &T) -> Result<(), Error>
    where
        T::Id: 'static,
    {
        let id = item.id();
        let before = T::all(self.owned()?).insert(id, item.clone());
        self.remember(move |owned| {
            match before {
                Some(before) => T::all(owned).insert(id, before),
                None => T::all(owned).remove(&id),
            };
        });
        Ok(())
    }

    fn insert<T: InMemory>(&mut self, item: &T) -> Result<(), Error>
    where
        T::Id: 'static,
    {
        let owned = self.owned()?;
        owned.require_user(item.owner())?;
        owned.require_organization(item.organization())?;
        item.require_keepable()?;
        if T::all(owned).values().any(|other| other.id() == item.id() || item.clashes(other)) {
            return Err(duplicate(T::WHAT));
        }
        self.put(item)
    }

    fn replace<T: InMemory>(&mut self, expected: u64, item: &T) -> Result<(), Error>
    where
        T::Id: 'static,
    {
        let current: T = self.kept(item.id())?;
        require_successor(item, expected, &current)?;
        if T::all(self.owned()?).values().any(|other| other.id() != item.id() && item.clashes(other)) {
            return Err(duplicate(T::WHAT));
        }
        self.put(item)
    }

    fn remove<T: InMemory>(&mut self, id: T::Id, expected: u64) -> Result<(), Error>
    where
        T::Id: 'static,
    {
        let current: T = self.kept(id)?;
        require_version(T::WHAT, expected, current.version())?;
        self.require_free(&current.held_by())?;
        T::all(self.owned()?).remove(&id);
        self.remember(move |owned| {
            T::all(owned).insert(id, current);
        });
        Ok(())
    }
}

impl ContentRead for Transaction<'_> {
    fn scenario(&mut self, id: ScenarioId) -> Result<Scenario, Error> {
        self.kept(id)
    }

    fn note(&mut self, id: NoteId) -> Result<Note, Error> {
        self.kept(id)
    }

    fn note_on(&mut self, owner: UserId, subject: &str) -> Result<Note, Error> {
        let found = self.owned()?.notes.values().find(|note| note.owner_id == owner && note.subject == subject);
        found.cloned().ok_or_else(|| absent(Note::WHAT))
    }
}

impl ContentTx for Transaction<'_> {
    fn insert_scenario(&mut self, scenario: &Scenario) -> Result<(), Error> {
        self.insert(scenario)
    }

    fn replace_scenario(&mut self, expected: u64, scenario: &Scenario) -> Result<(), Error> {
        self.replace(expected, scenario)
    }

    fn remove_scenario(&mut self, id: ScenarioId, expected: u64) -> Result<(), Error> {
        self.remove::<Scenario>(id, expected)
    }

    fn insert_note(&mut self, note: &Note) -> Result<(), Error> {
        self.insert(note)
    }

    fn replace_note(&mut self, expected: u64, note: &Note) -> Result<(), Error> {
        self.replace(expected, note)
    }

    fn remove_note(&mut self, id: NoteId, expected: u64) -> Result<(), Error> {
        self.remove::<Note>(id, expected)
    }

    fn give_back(&mut self, kind: LimitKind, window: Timestamp, amount: u64) -> Result<(), Error> {
        let committed = self.owned()?.committed.entry((kind, window)).or_default();
        let before = *committed;
        *committed = after_giving_back(before, amount)?;
        self.remember(move |owned| {
            owned.committed.insert((kind, window), before);
        });
        Ok(())
    }
}
