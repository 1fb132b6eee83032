//! Scenarios and notes as services: kept, read, changed and removed under the evaluator's decision, their
//! bytes within the plan's storage, each change on record in its own transaction.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::billing::EVER;
use super::counted::Reserved;
use super::govern::HOLD_MICROS;
use super::services::{Notes, Scenarios, event};
use super::{Platform, govern::beside};
use crate::error::{Error, ErrorKind};
use crate::id::{NoteId, ReservationId, ScenarioId};
use crate::registry::ModelId;
use crate::store::{TenantTx, require_version};
use crate::tenancy::{
    Audience, AuditEvent, LimitKind, Note, Permission, Reservation, ReservationState, Resource, Scenario, TenantCtx,
    VerifiedPrincipal, check_name,
};
use crate::time::Timestamp;

/// A scenario to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewScenario {
    /// The model that the inputs are for.
    pub model: String,
    /// Company or ticker.
    #[serde(default)]
    pub subject: Option<String>,
    /// Its name.
    pub name: String,
    /// The inputs, an object.
    pub inputs: Value,
    /// Who may see it.
    #[serde(default)]
    pub audience: Audience,
}

/// What changes of a scenario; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioPatch {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// The inputs, an object.
    #[serde(default)]
    pub inputs: Option<Value>,
    /// Who may see it.
    #[serde(default)]
    pub audience: Option<Audience>,
}

/// A note to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// Company or ticker.
    pub subject: String,
    /// Its text, at most 64 KiB.
    pub body: String,
    /// Who may see it.
    #[serde(default)]
    pub audience: Audience,
}

/// What changes of a note; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotePatch {
    /// Its text, at most 64 KiB.
    #[serde(default)]
    pub body: Option<String>,
    /// Who may see it.
    #[serde(default)]
    pub audience: Option<Audience>,
}

/// How deep inputs are nested at most: far less than what a database's text is read to.
const MOST_DEPTH: usize = 64;

fn is_within(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_within(item, depth - 1)),
        Value::Object(fields) => depth > 0 && fields.values().all(|field| is_within(field, depth - 1)),
        _ => true,
    }
}

impl Platform {
    /// A subject of at most 100 characters, as names are.
    fn check_subject(subject: Option<&str>) -> Result<(), Error> {
        subject.map_or(Ok(()), |subject| check_name("subject", subject))
    }

    fn check_inputs(inputs: &Value) -> Result<(), Error> {
        if !inputs.is_object() {
            return Err(Error::invalid_input("inputs", inputs.clone(), "an object"));
        }
        if is_within(inputs, MOST_DEPTH) {
            return Ok(());
        }
        Err(Error::invalid_input("inputs", Value::Null, format!("lists and objects at most {MOST_DEPTH} deep")))
    }

    /// Refuses a model that is not registered here.
    fn check_model(&self, model: &str) -> Result<(), Error> {
        let model: ModelId = model.parse()?;
        self.features_of(&model).map(drop)
    }

    /// Refuses a change of what the principal may see but not change.
    fn decide_on(
        &self,
        cx: &TenantCtx,
        permissions: &[Permission],
        resource: &Resource,
        named: [&str; 3],
    ) -> Result<(), Error> {
        permissions.iter().try_for_each(|permission| self.permit(cx, *permission, resource, named, named[1]))
    }

    /// Counts `bytes` more of the tenant's storage; a refusal is counted at once, all else when `tx` ends.
    pub(super) fn count_bytes(
        &self,
        tx: &mut dyn TenantTx,
        cx: &TenantCtx,
        bytes: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (id, limit) = (ReservationId::new(&*self.ids, now), cx.limit(LimitKind::StorageBytes));
        let reservation = Reservation {
            id,
            kind: LimitKind::StorageBytes,
            window: EVER,
            amount: bytes,
            state: ReservationState::Open,
            expires_at: now.plus_micros(HOLD_MICROS),
        };
        let held = tx.reserve(&reservation, limit, now);
        if held.is_err() {
            self.count_quota(LimitKind::StorageBytes, Reserved::Held, &held);
        }
        held?;
        tx.commit_reservation(id, bytes, limit, now)
    }

    /// Counts storage that the transaction which has ended held and committed.
    pub(super) fn bytes_were_counted(&self) {
        for came in [Reserved::Held, Reserved::Committed] {
            self.count_quota(LimitKind::StorageBytes, came, &Ok(()));
        }
    }

    /// Does `work` in a transaction in which the storage goes from `before` bytes to `after`, with its record.
    fn change_content(
        &self,
        cx: &TenantCtx,
        [before, after]: [u64; 2],
        record: &AuditEvent,
        work: impl FnOnce(&mut dyn TenantTx) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let done = || {
            let mut tx = self.begin(cx)?;
            work(&mut *tx)?;
            if after > before {
                self.count_bytes(&mut *tx, cx, after - before, cx.now())?;
            } else if before > after {
                tx.give_back(LimitKind::StorageBytes, EVER, before - after)?;
            }
            tx.append_audit(record)?;
            tx.commit()
        };
        done().map_err(|error| {
            // What the plan or a legal hold refuses is on record; a mistake in the request is none.
            if error.kind() != ErrorKind::LimitExceeded && error.reason() != Some("legal_hold") {
                return error;
            }
            let recorded = self.refuse(cx, [&record.action, &record.resource_type, &record.resource_id], &error);
            beside(error, recorded)
        })?;
        if after > before {
            self.bytes_were_counted();
        }
        self.count_record("ok");
        Ok(())
    }
}

/// The permissions that writing takes: to show it to others is one more.
fn writing(shares: bool) -> &'static [Permission] {
    if shares { &[Permission::WriteModels, Permission::ShareModels] } else { &[Permission::WriteModels] }
}

/// Whether `to` shows it to anyone to whom `from` does not.
fn widens(from: Audience, to: Audience) -> bool {
    let reach = |audience| match audience {
        Audience::Private => 0,
        Audience::Organization => 1,
        Audience::Tenant => 2,
    };
    reach(to) > reach(from)
}

/// What a new thing of the user's is to the evaluator.
fn of_ones_own(cx: &TenantCtx, audience: Audience) -> Resource {
    Resource::Owned { owner: cx.user(), organization: cx.organization(), audience }
}

impl Scenarios<'_> {
    /// Keeps named inputs of a model; showing them to others takes `share_models`.
    pub fn create(&self, principal: &VerifiedPrincipal, new: &NewScenario) -> Result<Scenario, Error> {
        let platform = self.0;
        let cx = platform.enter(principal)?;
        let permissions = writing(new.audience != Audience::Private);
        let (resource, now) = (of_ones_own(&cx, new.audience), cx.now());
        platform.decide_on(&cx, permissions, &resource, ["scenario.create", "scenario", ""])?;
        check_name("name", &new.name)?;
        Platform::check_subject(new.subject.as_deref())?;
        Platform::check_inputs(&new.inputs)?;
        platform.check_model(&new.model)?;
        let scenario = Scenario {
            id: ScenarioId::new(&*platform.ids, now),
            owner_id: cx.user(),
            organization_id: cx.organization(),
            audience: new.audience,
            model: new.model.clone(),
            subject: new.subject.clone(),
            name: new.name.clone(),
            inputs: new.inputs.clone(),
            bytes: scenario_bytes(&new.name, &new.inputs),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let record = AuditEvent {
            detail: json!({"model": scenario.model, "audience": scenario.audience}),
            ..event(&cx.user().to_string(), "scenario.create", "scenario", &scenario.id.to_string(), now)
        };
        platform.change_content(&cx, [0, scenario.bytes], &record, |tx| tx.insert_scenario(&scenario))?;
        Ok(scenario)
    }

    /// A scenario that is shown to the principal.
    pub fn get(&self, principal: &VerifiedPrincipal, id: ScenarioId) -> Result<Scenario, Error> {
        let cx = self.0.enter(principal)?;
        let found = self.0.store.read(&cx)?.scenario(id);
        self.0.read_kept(&cx, found, ["scenario", &id.to_string()])
    }

    /// Changes the scenario whose version is `expected`; showing it to more takes `share_models`.
    pub fn update(
        &self,
        principal: &VerifiedPrincipal,
        id: ScenarioId,
        expected: u64,
        patch: &ScenarioPatch,
    ) -> Result<Scenario, Error> {
        let platform = self.0;
        let before = self.get(principal, id)?;
        require_version("scenario", expected, before.version)?;
        let cx = platform.enter(principal)?;
        let audience = patch.audience.unwrap_or(before.audience);
        let named = ["scenario.update", "scenario", &id.to_string()];
        let permissions = writing(widens(before.audience, audience));
        platform.decide_on(&cx, permissions, &Resource::from(&before), named)?;
        let name = patch.name.clone().unwrap_or_else(|| before.name.clone());
        let inputs = patch.inputs.clone().unwrap_or_else(|| before.inputs.clone());
        check_name("name", &name)?;
        Platform::check_inputs(&inputs)?;
        let after = Scenario {
            audience,
            bytes: scenario_bytes(&name, &inputs),
            name,
            inputs,
            updated_at: cx.now(),
            version: before.version + 1,
            ..before
        };
        let record = AuditEvent {
            detail: json!({"audience": after.audience}),
            ..event(&cx.user().to_string(), "scenario.update", "scenario", &id.to_string(), cx.now())
        };
        platform
            .change_content(&cx, [before.bytes, after.bytes], &record, |tx| tx.replace_scenario(expected, &after))?;
        Ok(after)
    }

    /// Removes the scenario whose version is `expected` and gives its bytes back; takes `delete_models`.
    pub fn remove(&self, principal: &VerifiedPrincipal, id: ScenarioId, expected: u64) -> Result<(), Error> {
        let platform = self.0;
        let before = self.get(principal, id)?;
        require_version("scenario", expected, before.version)?;
        let cx = platform.enter(principal)?;
        let named = ["scenario.delete", "scenario", &id.to_string()];
        platform.decide_on(&cx, &[Permission::DeleteModels], &Resource::from(&before), named)?;
        let record = event(&cx.user().to_string(), named[0], named[1], named[2], cx.now());
        platform.change_content(&cx, [before.bytes, 0], &record, |tx| tx.remove_scenario(id, expected))
    }
}

fn scenario_bytes(name: &str, inputs: &Value) -> u64 {
    (name.len() + inputs.to_string().len()) as u64
}

impl Notes<'_> {
    /// Keeps a note, the only one of its owner on its subject; showing it to others takes `share_models`.
    pub fn create(&self, principal: &VerifiedPrincipal, new: &NewNote) -> Result<Note, Error> {
        let platform = self.0;
        let cx = platform.enter(principal)?;
        let permissions = writing(new.audience != Audience::Private);
        let (resource, now) = (of_ones_own(&cx, new.audience), cx.now());
        platform.decide_on(&cx, permissions, &resource, ["note.create", "note", ""])?;
        Platform::check_subject(Some(&new.subject))?;
        let note = Note {
            id: NoteId::new(&*platform.ids, now),
            owner_id: cx.user(),
            organization_id: cx.organization(),
            audience: new.audience,
            subject: new.subject.clone(),
            body: new.body.clone(),
            bytes: new.body.len() as u64,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let record = AuditEvent {
            detail: json!({"audience": note.audience}),
            ..event(&cx.user().to_string(), "note.create", "note", &note.id.to_string(), now)
        };
        platform.change_content(&cx, [0, note.bytes], &record, |tx| tx.insert_note(&note))?;
        Ok(note)
    }

    /// A note that is shown to the principal.
    pub fn get(&self, principal: &VerifiedPrincipal, id: NoteId) -> Result<Note, Error> {
        let cx = self.0.enter(principal)?;
        let found = self.0.store.read(&cx)?.note(id);
        self.0.read_kept(&cx, found, ["note", &id.to_string()])
    }

    /// The principal's own note on a subject.
    pub fn on(&self, principal: &VerifiedPrincipal, subject: &str) -> Result<Note, Error> {
        let cx = self.0.enter(principal)?;
        let found = self.0.store.read(&cx)?.note_on(cx.user(), subject);
        let id = found.as_ref().map_or_else(|_| String::new(), |note| note.id.to_string());
        self.0.read_kept(&cx, found, ["note", &id])
    }

    /// Changes the note whose version is `expected`; showing it to more takes `share_models`.
    pub fn update(
        &self,
        principal: &VerifiedPrincipal,
        id: NoteId,
        expected: u64,
        patch: &NotePatch,
    ) -> Result<Note, Error> {
        let platform = self.0;
        let before = self.get(principal, id)?;
        require_version("note", expected, before.version)?;
        let cx = platform.enter(principal)?;
        let audience = patch.audience.unwrap_or(before.audience);
        let named = ["note.update", "note", &id.to_string()];
        let permissions = writing(widens(before.audience, audience));
        platform.decide_on(&cx, permissions, &Resource::from(&before), named)?;
        let body = patch.body.clone().unwrap_or_else(|| before.body.clone());
        let bytes = [before.bytes, body.len() as u64];
        let after =
            Note { audience, body, bytes: bytes[1], updated_at: cx.now(), version: before.version + 1, ..before };
        let record = AuditEvent {
            detail: json!({"audience": after.audience}),
            ..event(&cx.user().to_string(), "note.update", "note", &id.to_string(), cx.now())
        };
        platform.change_content(&cx, bytes, &record, |tx| tx.replace_note(expected, &after))?;
        Ok(after)
    }

    /// Removes the note whose version is `expected` and gives its bytes back; takes `delete_models`.
    pub fn remove(&self, principal: &VerifiedPrincipal, id: NoteId, expected: u64) -> Result<(), Error> {
        let platform = self.0;
        let before = self.get(principal, id)?;
        require_version("note", expected, before.version)?;
        let cx = platform.enter(principal)?;
        let named = ["note.delete", "note", &id.to_string()];
        platform.decide_on(&cx, &[Permission::DeleteModels], &Resource::from(&before), named)?;
        let record = event(&cx.user().to_string(), named[0], named[1], named[2], cx.now());
        platform.change_content(&cx, [before.bytes, 0], &record, |tx| tx.remove_note(id, expected))
    }
}
