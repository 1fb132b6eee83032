//! What keeps the audit log: private fields beside it, holds, checkpoints, and the platform's own chain.

use std::collections::BTreeMap;

use super::{Maker, Room, commit, operator};
use crate::error::Error;
use crate::id::{ControlRequestId, HoldId, TenantId};
use crate::store::{CustodyTx, PlatformTx, Store};
use crate::tenancy::{
    Audience, AuditEvent, AuditHead, ControlRequest, ControlledAct, HeldSubject, LegalHold, LimitKind, Redaction,
    Release, TenantStatus, Verification, verify_after,
};
use crate::time::Timestamp;

fn custody<T>(
    store: &dyn Store,
    tenant: TenantId,
    work: impl FnOnce(&mut dyn CustodyTx) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tx = store.custody(&operator(), tenant)?;
    let done = work(&mut *tx)?;
    tx.commit()?;
    Ok(done)
}

fn platform<T>(store: &dyn Store, work: impl FnOnce(&mut dyn PlatformTx) -> Result<T, Error>) -> Result<T, Error> {
    let mut tx = store.platform(&operator())?;
    let done = work(&mut *tx)?;
    tx.commit()?;
    Ok(done)
}

fn reason<T>(told: Result<T, Error>) -> Option<String> {
    told.err().and_then(|error| error.reason().map(str::to_owned))
}

impl Maker {
    fn private(&self, action: &str, name: &str, text: &str) -> AuditEvent {
        AuditEvent { private: BTreeMap::from([(name.to_owned(), text.to_owned())]), ..self.event(action) }
    }

    fn hold(&self, subject: HeldSubject) -> LegalHold {
        LegalHold {
            id: HoldId::new(&self.ids, self.now()),
            subject,
            reason: "matter".to_owned(),
            set_by: "test".to_owned(),
            set_at: self.now(),
            released: None,
        }
    }
}

const RELEASE: fn() -> Release =
    || Release { requested_by: "one".to_owned(), confirmed_by: "other".to_owned(), at: Timestamp::default() };

/// What is kept of the chain follows from where it begins.
fn require_intact(store: &dyn Store, room: &Room) {
    let mut read = store.read(&room.cx).expect("a reading");
    let (start, (records, head)) = (read.audit_start().expect("a start"), read.audit().expect("a chain"));
    let told = verify_after(&start, &records, &head);
    assert!(matches!(told, Verification::Intact { .. }), "{told:?}");
}

/// Private fields are kept beside the chain, in the record as salted digests alone; redacting them leaves it whole.
pub fn private_fields_are_beside_the_chain_and_redacting_them_leaves_it_whole(store: &dyn Store) {
    let maker = Maker::new(81);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    for _ in 0..2 {
        commit(store, &room.cx, |tx| tx.append_audit(&maker.private("x", "address", "Ünï ☃")).map(drop)).unwrap();
    }
    commit(store, &other.cx, |tx| tx.append_audit(&maker.private("x", "address", "theirs")).map(drop)).unwrap();
    let mut read = store.read(&room.cx).unwrap();
    let fields = read.private_fields(1, 9).unwrap();
    let told: Vec<_> = fields.iter().map(|field| (field.seq, &*field.name, &*field.value)).collect();
    assert_eq!(told, [(2, "address", "Ünï ☃"), (3, "address", "Ünï ☃")]);
    assert_ne!(fields[0].salt, fields[1].salt);
    for (field, record) in fields.iter().zip(read.audit_after(1, 2).unwrap()) {
        assert_eq!(record.event.private_digests["address"], field.digest());
        assert!(record.event.private.is_empty());
    }
    drop(read);
    let long = maker.private("x", "address", &"x".repeat(1_025));
    assert!(commit(store, &room.cx, |tx| tx.append_audit(&long).map(drop)).is_err());
    let (tenant, redaction) =
        (room.provision.tenant.id, Redaction { from: 1, to: 2, field: Some("address".to_owned()) });
    let named = Redaction { field: Some("other".to_owned()), ..redaction.clone() };
    assert_eq!(custody(store, tenant, |tx| tx.redact(&named)).unwrap(), 0);
    assert_eq!(custody(store, tenant, |tx| tx.redact(&redaction)).unwrap(), 1);
    drop(store.custody(&operator(), tenant).and_then(|mut tx| tx.redact(&Redaction { from: 3, to: 3, field: None })));
    assert_eq!(store.read(&room.cx).unwrap().private_fields(1, 9).unwrap().len(), 1, "what is dropped was not done");
    assert_eq!(store.read(&other.cx).unwrap().private_fields(1, 9).unwrap().len(), 1);
    require_intact(store, &room);
}

/// What a live hold covers is neither deleted nor redacted, erased or purged; released, it may be.
pub fn holds_keep_what_they_cover_until_they_are_released(store: &dyn Store) {
    let maker = Maker::new(82);
    let room = maker.room(store, "acme");
    let (tenant, ada) = (room.provision.tenant.id, &room.provision.admin);
    let (note, free) =
        (maker.note(ada, Audience::Private, maker.now()), maker.note(ada, Audience::Private, maker.now()));
    let ben = maker.user("ben", None);
    let scenario = maker.scenario(&ben, Audience::Private, maker.now());
    commit(store, &room.cx, |tx| {
        tx.insert_user(&ben)?;
        tx.insert_scenario(&scenario)?;
        [&note, &free].into_iter().try_for_each(|note| tx.insert_note(note))?;
        tx.append_audit(&AuditEvent { actor: ben.id.to_string(), ..maker.private("x", "address", "b") }).map(drop)
    })
    .unwrap();
    let on_ben = maker.hold(HeldSubject::User(ben.id));
    let (resource_type, resource_id) = ("note".to_owned(), note.id.to_string());
    let on_note = maker.hold(HeldSubject::Resource { resource_type, resource_id });
    for hold in [&on_ben, &on_note] {
        custody(store, tenant, |tx| tx.set_hold(hold)).unwrap();
    }
    let stranger = maker.hold(HeldSubject::User(maker.user("eve", None).id));
    assert_eq!(reason(custody(store, tenant, |tx| tx.set_hold(&stranger))).as_deref(), Some("not_found"));
    let nothing = LegalHold { reason: " ".to_owned(), ..maker.hold(HeldSubject::Tenant) };
    assert!(custody(store, tenant, |tx| tx.set_hold(&nothing)).is_err());
    let all = Redaction { from: 1, to: 9, field: None };
    let refused = [
        reason(commit(store, &room.cx, |tx| tx.remove_note(note.id, 1))),
        reason(commit(store, &room.cx, |tx| tx.remove_scenario(scenario.id, 1))),
        reason(commit(store, &room.cx, |tx| tx.erase_user(ben.id, 1).map(drop))),
        reason(custody(store, tenant, |tx| tx.redact(&all))),
        reason(custody(store, tenant, |tx| tx.purge_audit(1))),
        reason(custody(store, tenant, |tx| tx.purge_content())),
    ];
    assert!(refused.iter().all(|reason| reason.as_deref() == Some("legal_hold")), "{refused:?}");
    commit(store, &room.cx, |tx| tx.remove_note(free.id, 1)).unwrap();
    assert_eq!(store.read(&room.cx).unwrap().holds().unwrap(), [on_ben.clone(), on_note.clone()]);
    for hold in [&on_ben, &on_note] {
        let released = custody(store, tenant, |tx| tx.release_hold(hold.id, &RELEASE())).unwrap();
        assert_eq!(released.released, Some(RELEASE()));
        let again = custody(store, tenant, |tx| tx.release_hold(hold.id, &RELEASE()));
        assert_eq!(reason(again).as_deref(), Some("illegal_transition"));
    }
    commit(store, &room.cx, |tx| {
        tx.remove_note(note.id, 1)?;
        tx.remove_scenario(scenario.id, 1)
    })
    .unwrap();
    assert_eq!(custody(store, tenant, |tx| tx.redact(&all)).unwrap(), 1);
    require_intact(store, &room);
}

/// A prefix of the log goes, its last record stays as the checkpoint, and the chain goes on from there.
pub fn a_prefix_of_the_log_is_purged_and_its_checkpoint_stays(store: &dyn Store) {
    let maker = Maker::new(83);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let tenant = room.provision.tenant.id;
    for _ in 0..5 {
        commit(store, &room.cx, |tx| tx.append_audit(&maker.private("x", "address", "b")).map(drop)).unwrap();
    }
    let (records, _) = store.read(&room.cx).unwrap().audit().unwrap();
    let theirs = store.read(&other.cx).unwrap().audit().unwrap();
    assert_eq!(store.read(&room.cx).unwrap().audit_start().unwrap(), AuditHead::empty(tenant));
    // Dropped, it was not done.
    drop(store.custody(&operator(), tenant).and_then(|mut tx| tx.purge_audit(4)));
    assert_eq!(store.read(&room.cx).unwrap().audit().unwrap().0, records);
    let checkpoint = custody(store, tenant, |tx| tx.purge_audit(3)).unwrap();
    assert_eq!(checkpoint, records[2].as_head());
    for through in [0, 2, 3, 7] {
        assert!(custody(store, tenant, |tx| tx.purge_audit(through)).is_err(), "{through}");
    }
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!((read.audit_start().unwrap(), read.audit().unwrap().0), (checkpoint, records[3..].to_vec()));
    assert_eq!(read.audit_after(4, 1).unwrap(), records[4..5]);
    let kept: Vec<_> = read.private_fields(1, 9).unwrap().iter().map(|field| field.seq).collect();
    assert_eq!(kept, [4, 5, 6]);
    drop(read);
    assert_eq!(custody(store, tenant, |tx| tx.purge_audit(6)).unwrap(), records[5].as_head());
    assert!(store.read(&room.cx).unwrap().audit().unwrap().0.is_empty());
    commit(store, &room.cx, |tx| tx.append_audit(&maker.event("after")).map(drop)).unwrap();
    assert_eq!(store.read(&room.cx).unwrap().audit_head().unwrap().seq, 7);
    require_intact(store, &room);
    assert_eq!(store.read(&other.cx).unwrap().audit().unwrap(), theirs);
}

/// The platform has a chain of its own, and its requests for what takes two operators.
pub fn the_platform_has_a_chain_and_requests_of_its_own(store: &dyn Store) {
    let maker = Maker::new(84);
    let room = maker.room(store, "acme");
    let tenant = room.provision.tenant.id;
    let start = AuditHead::empty_platform();
    let event = maker.private("x", "address", "b");
    platform(store, |tx| tx.append_audit(&event)).unwrap();
    let act = ControlledAct::PurgeTenant { tenant };
    let id = ControlRequestId::new(&maker.ids, maker.now());
    let request = ControlRequest::new(id, act, "one", maker.now()).unwrap();
    platform(store, |tx| tx.set_control_request(&request)).unwrap();
    let confirmed = request.confirmed("other", maker.now()).unwrap();
    // Beside what is done to a tenant, in one transaction.
    drop(store.custody(&operator(), tenant).and_then(|mut tx| {
        tx.set_control_request(&confirmed)?;
        tx.append_platform_audit(&event)
    }));
    custody(store, tenant, |tx| {
        assert_eq!(tx.control_request(id).unwrap(), request);
        tx.set_control_request(&confirmed)?;
        tx.append_audit(&event)?;
        tx.append_platform_audit(&event).map(drop)
    })
    .unwrap();
    let mut tx = store.platform(&operator()).unwrap();
    assert_eq!(tx.control_requests(9).unwrap(), [confirmed]);
    let unknown = ControlRequestId::new(&maker.ids, maker.now());
    assert_eq!(reason(tx.control_request(unknown)).as_deref(), Some("not_found"));
    let (records, head) = (tx.audit_after(0, 9).unwrap(), tx.audit_head().unwrap());
    assert!(matches!(verify_after(&start, &records, &head), Verification::Intact { count: 2, .. }));
    assert_eq!((tx.audit_start().unwrap(), tx.private_fields(1, 9).unwrap().len()), (start, 2));
    assert_eq!(tx.redact_platform(&Redaction { from: 2, to: 2, field: None }).unwrap(), 1);
    assert_eq!(tx.tenant_ids(None, 9).unwrap(), [tenant]);
    assert!(tx.tenant_ids(Some(tenant), 9).unwrap().is_empty());
    tx.commit().unwrap();
    assert_eq!(store.platform(&operator()).unwrap().private_fields(1, 9).unwrap().len(), 1);
    require_intact(store, &room);
}

/// An erased user is a pseudonym without rights, by version, and never the last administrator; a purged tenant
/// keeps its invoices and its chain alone.
pub fn erased_users_are_pseudonyms_and_a_purged_tenant_keeps_its_chain(store: &dyn Store) {
    let maker = Maker::new(85);
    let room = maker.room(store, "acme");
    let (tenant, ada) = (room.provision.tenant.id, &room.provision.admin);
    let ben = maker.user("ben", None);
    let by_ben = AuditEvent { actor: ben.id.to_string(), ..maker.private("x", "address", "b") };
    let (resource_type, resource_id) = ("user".to_owned(), ben.id.to_string());
    let about = AuditEvent { resource_type, resource_id, ..maker.private("x", "name", "Ben") };
    commit(store, &room.cx, |tx| {
        tx.insert_user(&ben)?;
        tx.insert_note(&maker.note(&ben, Audience::Private, maker.now()))?;
        tx.insert_run(&maker.run(&ben, Audience::Private, maker.now()))?;
        [&by_ben, &about, &maker.private("x", "address", "a")]
            .into_iter()
            .try_for_each(|event| tx.append_audit(event).map(drop))
    })
    .unwrap();
    let erase = |id, expected| {
        let mut tx = store.write(&room.cx)?;
        let user = tx.erase_user(id, expected)?;
        tx.commit()?;
        Ok::<_, Error>(user)
    };
    assert_eq!(reason(erase(ada.id, 1)).as_deref(), Some("last_admin"));
    assert_eq!(reason(erase(ben.id, 2)).as_deref(), Some("version_conflict"));
    let erased = erase(ben.id, 1).unwrap();
    assert_eq!((erased.id, erased.active, erased.version), (ben.id, false, 2));
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.user(ben.id).unwrap(), erased);
    assert!(read.user_by_identity(&ben.issuer, &ben.subject).is_err());
    assert_eq!(read.user_by_identity(&erased.issuer, &erased.subject).unwrap(), erased);
    let left: Vec<_> = read.private_fields(1, 9).unwrap().into_iter().map(|field| field.value).collect();
    assert_eq!(left, ["a"]);
    drop(read);
    // Another of the old name and address may come.
    let again = maker.user("ben", None);
    commit(store, &room.cx, |tx| tx.insert_user(&again)).unwrap();
    assert_eq!(reason(custody(store, tenant, |tx| tx.purge_content())).as_deref(), Some("illegal_transition"));
    platform(store, |tx| tx.set_status(tenant, 1, TenantStatus::Deactivated)).unwrap();
    let invoices = store.read(&room.cx).unwrap().invoices(None, 9).unwrap();
    let purged = custody(store, tenant, |tx| tx.purge_content()).unwrap();
    assert_eq!((purged.runs, purged.notes, purged.users, purged.private_fields), (1, 1, 3, 1));
    let mut read = store.read(&room.cx).unwrap();
    assert!(read.list_users().unwrap().iter().all(|user| !user.active && user.subject.starts_with("erased-")));
    assert_eq!(
        (read.kept_bytes().unwrap(), read.committed(LimitKind::StorageBytes, Timestamp::default()).unwrap()),
        (0, 0)
    );
    assert_eq!(read.invoices(None, 9).unwrap(), invoices);
    drop(read);
    require_intact(store, &room);
}
