//! Scenarios and notes: kept, replaced by version, unique in their place, removed.

use serde_json::json;

use super::{Maker, SOON, commit};
use crate::error::ErrorKind;
use crate::id::{NoteId, ScenarioId};
use crate::store::Store;
use crate::tenancy::{Audience, Limit, LimitKind, Note, Reservation, Scenario, User};
use crate::time::Timestamp;

impl Maker {
    pub(super) fn scenario(&self, owner: &User, audience: Audience, at: Timestamp) -> Scenario {
        let id = ScenarioId::new(&self.ids, at);
        Scenario {
            id,
            owner_id: owner.id,
            organization_id: owner.organization_id,
            audience,
            model: "npv".to_owned(),
            subject: None,
            name: id.to_string(),
            inputs: json!({"rate": 0.1}),
            bytes: 12,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }

    pub(super) fn note(&self, owner: &User, audience: Audience, at: Timestamp) -> Note {
        let id = NoteId::new(&self.ids, at);
        Note {
            id,
            owner_id: owner.id,
            organization_id: owner.organization_id,
            audience,
            subject: id.to_string(),
            body: "Ünï ☃".to_owned(),
            bytes: 8,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }
}

/// Scenarios and notes are kept, changed by version, unique in their place, removed, and their bytes given
/// back.
pub fn scenarios_and_notes_are_kept_by_version_and_unique(store: &dyn Store) {
    let maker = Maker::new(74);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let (ada, at) = (&room.provision.admin, maker.now());
    let scenario = Scenario { name: "base".to_owned(), ..maker.scenario(ada, Audience::Private, at) };
    let second = Scenario { name: "bear".to_owned(), ..maker.scenario(ada, Audience::Private, at) };
    let note = Note { subject: "ACME".to_owned(), ..maker.note(ada, Audience::Private, at) };
    commit(store, &room.cx, |tx| {
        tx.insert_scenario(&scenario)?;
        tx.insert_scenario(&second)?;
        tx.insert_note(&note)
    })
    .unwrap();
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!((read.scenario(scenario.id).unwrap(), read.note(note.id).unwrap()), (scenario.clone(), note.clone()));
    assert_eq!(read.note_on(ada.id, "ACME").unwrap(), note);
    drop(read);
    let mut foreign = store.read(&other.cx).unwrap();
    let unknown = ScenarioId::new(&maker.ids, at);
    assert_eq!(foreign.scenario(scenario.id).unwrap_err(), foreign.scenario(unknown).unwrap_err());
    assert_eq!(foreign.note(note.id).unwrap_err(), foreign.note_on(ada.id, "ACME").unwrap_err());
    drop(foreign);

    let mut tx = store.write(&room.cx).unwrap();
    let again = Scenario { name: "base".to_owned(), ..maker.scenario(ada, Audience::Tenant, at) };
    assert_eq!(tx.insert_scenario(&again).unwrap_err().reason(), Some("duplicate"));
    let renamed = Scenario { name: "base".to_owned(), version: 2, ..second.clone() };
    assert_eq!(tx.replace_scenario(1, &renamed).unwrap_err().reason(), Some("duplicate"));
    let changed = Scenario { name: "bull".to_owned(), version: 2, audience: Audience::Tenant, ..second.clone() };
    assert_eq!(tx.replace_scenario(2, &changed).unwrap_err().detail("current"), Some(&json!(1)));
    tx.replace_scenario(1, &changed).unwrap();
    assert_eq!(tx.scenario(second.id).unwrap(), changed);
    let other_model = Scenario { model: "dcf".to_owned(), version: 3, ..changed.clone() };
    assert_eq!(tx.replace_scenario(2, &other_model).unwrap_err().reason(), Some("illegal_transition"));
    assert_eq!(tx.remove_scenario(second.id, 1).unwrap_err().reason(), Some("version_conflict"));
    tx.remove_scenario(second.id, 2).unwrap();
    assert_eq!(tx.scenario(second.id).unwrap_err().kind(), ErrorKind::NotFound);
    let twin = Note { subject: "ACME".to_owned(), ..maker.note(ada, Audience::Private, at) };
    assert_eq!(tx.insert_note(&twin).unwrap_err().reason(), Some("duplicate"));
    let stranger = Note { owner_id: other.provision.admin.id, ..maker.note(ada, Audience::Private, at) };
    assert_eq!(tx.insert_note(&stranger).unwrap_err().kind(), ErrorKind::NotFound);
    let long = Note { body: "x".repeat(64 * 1_024 + 1), version: 2, ..note.clone() };
    assert_eq!(tx.replace_note(1, &long).unwrap_err().field(), Some("body"));
    let longest = Note { body: "x".repeat(64 * 1_024), ..long };
    tx.replace_note(1, &longest).unwrap();
    tx.remove_note(note.id, 2).unwrap();
    drop(tx);
    assert_eq!(store.read(&room.cx).unwrap().note(note.id).unwrap(), note, "dropped, and so as before");
    assert_eq!(store.read(&room.cx).unwrap().scenario(second.id).unwrap(), second);

    let (kind, window) = (LimitKind::StorageBytes, Timestamp::default());
    let held = Reservation { kind, window, ..maker.reservation(20, SOON) };
    commit(store, &room.cx, |tx| {
        tx.reserve(&held, Limit::At(20), maker.now())?;
        tx.commit_reservation(held.id, 20, Limit::At(20), maker.now())?;
        tx.give_back(kind, window, 8)
    })
    .unwrap();
    let used = || store.read(&room.cx).unwrap().quota(kind, window, maker.now()).unwrap();
    assert_eq!(used(), 12);
    let beyond = commit(store, &room.cx, |tx| tx.give_back(kind, window, 13)).unwrap_err();
    assert_eq!((beyond.reason(), used()), (Some("illegal_transition"), 12));
}
