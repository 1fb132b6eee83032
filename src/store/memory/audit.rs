//! Audit chains, holds and what is in custody, in memory.

use std::collections::BTreeMap;

use super::platform::PlatformTransaction;
use super::{State, Transaction};
use crate::error::Error;
use crate::id::{ControlRequestId, HoldId, UserId};
use crate::store::audit::{
    Owner, in_order, require_deactivated, require_holdable, require_prefix, sealed, subjects_of,
};
use crate::store::roles::Governed;
use crate::store::{
    AuditRead, ControlTx, CustodyTx, HoldRead, PurgedContent, RecordTx, absent, erased, require_brief, require_version,
};
use crate::tenancy::{
    AuditEvent, AuditHead, AuditRecord, ControlRequest, HeldSubject, LegalHold, LimitKind, Origin, PrivateField,
    Redaction, Release, User, require_free, require_no_hold,
};
use crate::time::Timestamp;

/// A chain, from its checkpoint on, with the private fields of its records.
#[derive(Debug)]
pub(super) struct Log {
    start: AuditHead,
    pub(super) records: Vec<AuditRecord>,
    private: BTreeMap<(u64, String), PrivateField>,
}

impl Default for Log {
    /// The platform's own, before anything is on record.
    fn default() -> Self {
        Self::of(None)
    }
}

impl Log {
    /// The chain of a tenant, or of the platform, before anything is on record.
    pub(super) fn of(owner: Owner) -> Self {
        Self { start: AuditHead::empty_of(owner), records: Vec::new(), private: BTreeMap::new() }
    }

    pub(super) fn head(&self) -> AuditHead {
        self.records.last().map_or_else(|| self.start.clone(), AuditRecord::as_head)
    }

    pub(super) fn append(&mut self, origin: &Origin, event: &AuditEvent) -> Result<AuditRecord, Error> {
        require_brief(event)?;
        let (event, fields) = sealed(origin, event)?;
        let record = self.head().append(event);
        for field in fields {
            self.private.insert((record.seq, field.name.clone()), PrivateField { seq: record.seq, ..field });
        }
        self.records.push(record.clone());
        Ok(record)
    }

    /// Undoes the last append.
    pub(super) fn retract(&mut self) {
        if let Some(record) = self.records.pop() {
            self.private.retain(|(seq, _), _| *seq != record.seq);
        }
    }

    fn after(&self, after: u64, size: usize) -> Vec<AuditRecord> {
        // Positions are without gap.
        let seen = usize::try_from(after.saturating_sub(self.start.seq)).unwrap_or(usize::MAX);
        self.records.iter().skip(seen).take(size).cloned().collect()
    }

    fn private_fields(&self, from: u64, to: u64) -> Vec<PrivateField> {
        let of_range = self.private.range((from, String::new())..).map(|(_, field)| field);
        of_range.take_while(|field| field.seq <= to).cloned().collect()
    }

    /// Takes out the private fields that are named.
    fn take(&mut self, wanted: impl Fn(&PrivateField) -> bool) -> Vec<PrivateField> {
        let names: Vec<_> =
            self.private.iter().filter(|(_, field)| wanted(field)).map(|(key, _)| key.clone()).collect();
        names.iter().filter_map(|key| self.private.remove(key)).collect()
    }

    fn put_back(&mut self, fields: Vec<PrivateField>) {
        self.private.extend(fields.into_iter().map(|field| ((field.seq, field.name.clone()), field)));
    }

    /// The positions of records by or about a user.
    fn of_user(&self, id: UserId) -> std::collections::BTreeSet<u64> {
        let text = id.to_string();
        let names =
            |event: &AuditEvent| event.actor == text || (event.resource_type == "user" && event.resource_id == text);
        self.records.iter().filter(|record| names(&record.event)).map(|record| record.seq).collect()
    }
}

fn is_redacted(redaction: &Redaction, field: &PrivateField) -> bool {
    (redaction.from..=redaction.to).contains(&field.seq)
        && redaction.field.as_ref().is_none_or(|name| *name == field.name)
}

impl AuditRead for Transaction<'_> {
    fn audit_start(&mut self) -> Result<AuditHead, Error> {
        Ok(self.owned()?.audit.start.clone())
    }

    fn audit_head(&mut self) -> Result<AuditHead, Error> {
        Ok(self.owned()?.audit.head())
    }

    fn audit_after(&mut self, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        Ok(self.owned()?.audit.after(after, size))
    }

    fn private_fields(&mut self, from: u64, to: u64) -> Result<Vec<PrivateField>, Error> {
        Ok(self.owned()?.audit.private_fields(from, to))
    }
}

impl HoldRead for Transaction<'_> {
    fn holds(&mut self) -> Result<Vec<LegalHold>, Error> {
        Ok(in_order(self.owned()?.holds.values().cloned().collect()))
    }
}

impl RecordTx for Transaction<'_> {
    fn append_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        let origin = self.origin.clone();
        let record = self.owned()?.audit.append(&origin, event)?;
        self.remember(|owned| owned.audit.retract());
        Ok(record)
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        self.undo.clear();
        Ok(())
    }
}

impl Transaction<'_> {
    /// Refuses what a live hold keeps.
    pub(super) fn require_free(&mut self, subjects: &[HeldSubject]) -> Result<(), Error> {
        require_free(&self.holds()?, subjects)
    }

    fn take_private(&mut self, wanted: impl Fn(&PrivateField) -> bool) -> Result<u64, Error> {
        let taken = self.owned()?.audit.take(wanted);
        let count = taken.len() as u64;
        self.remember(move |owned| owned.audit.put_back(taken));
        Ok(count)
    }

    /// Makes a user a pseudonym, whoever administers the tenant then.
    fn make_pseudonym(&mut self, user: &User) -> Result<(User, u64), Error> {
        let after = erased(user);
        let positions = self.owned()?.audit.of_user(user.id);
        self.replace_user(after.clone())?;
        let taken = self.take_private(|field| positions.contains(&field.seq))?;
        Ok((after, taken))
    }

    pub(super) fn erase(&mut self, id: UserId, expected: u64) -> Result<User, Error> {
        let owned = self.owned()?;
        let user = owned.users.get(&id).cloned().ok_or_else(|| absent("user"))?;
        require_version("user", expected, user.version)?;
        let before = Governed::of(self)?;
        before.require_administered(&before.with_user(&erased(&user)))?;
        self.require_free(&[HeldSubject::User(id)])?;
        Ok(self.make_pseudonym(&user)?.0)
    }
}

/// Appends to the platform's chain.
fn append_platform(state: &mut State, origin: &Origin, event: &AuditEvent) -> Result<AuditRecord, Error> {
    state.log.append(origin, event)
}

fn find_request(state: &State, id: ControlRequestId) -> Result<ControlRequest, Error> {
    state.requests.get(&id).cloned().ok_or_else(|| absent("request"))
}

macro_rules! control {
    ($transaction:ident) => {
        impl ControlTx for $transaction<'_> {
            fn append_platform_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
                let origin = self.origin.clone();
                let record = append_platform(&mut self.state, &origin, event)?;
                self.undo.push(Box::new(|state| state.log.retract()));
                Ok(record)
            }

            fn control_request(&mut self, id: ControlRequestId) -> Result<ControlRequest, Error> {
                find_request(&self.state, id)
            }

            fn set_control_request(&mut self, request: &ControlRequest) -> Result<(), Error> {
                let id = request.id;
                let before = self.state.requests.insert(id, request.clone());
                self.undo.push(Box::new(move |state| {
                    match before {
                        Some(before) => state.requests.insert(id, before),
                        None => state.requests.remove(&id),
                    };
                }));
                Ok(())
            }
        }
    };
}

control!(Transaction);
control!(PlatformTransaction);

impl CustodyTx for Transaction<'_> {
    fn set_hold(&mut self, hold: &LegalHold) -> Result<(), Error> {
        require_holdable(hold)?;
        let (id, owned) = (hold.id, self.owned()?);
        if let HeldSubject::User(user) = hold.subject {
            owned.require_user(user)?;
        }
        owned.holds.insert(id, hold.clone());
        self.remember(move |owned| drop(owned.holds.remove(&id)));
        Ok(())
    }

    fn release_hold(&mut self, id: HoldId, release: &Release) -> Result<LegalHold, Error> {
        let before = self.owned()?.holds.get(&id).cloned().ok_or_else(|| absent("hold"))?;
        let after = before.released(release)?;
        self.owned()?.holds.insert(id, after.clone());
        self.remember(move |owned| drop(owned.holds.insert(id, before)));
        Ok(after)
    }

    fn redact(&mut self, redaction: &Redaction) -> Result<u64, Error> {
        redaction.check()?;
        let holds = self.holds()?;
        for record in &self.owned()?.audit.records {
            if (redaction.from..=redaction.to).contains(&record.seq) {
                require_free(&holds, &subjects_of(record))?;
            }
        }
        self.take_private(|field| is_redacted(redaction, field))
    }

    fn purge_audit(&mut self, through: u64) -> Result<AuditHead, Error> {
        let holds = self.holds()?;
        let log = &mut self.owned()?.audit;
        require_prefix(through, &log.start, &log.head())?;
        require_no_hold(&holds)?;
        let count = usize::try_from(through - log.start.seq).unwrap_or(usize::MAX);
        let gone: Vec<_> = log.records.drain(..count).collect();
        let checkpoint = gone.last().map_or_else(|| log.start.clone(), AuditRecord::as_head);
        let before = std::mem::replace(&mut log.start, checkpoint.clone());
        let fields = log.take(|field| field.seq <= through);
        self.remember(move |owned| {
            owned.audit.start = before;
            owned.audit.records.splice(0..0, gone);
            owned.audit.put_back(fields);
        });
        Ok(checkpoint)
    }

    fn purge_content(&mut self) -> Result<PurgedContent, Error> {
        let holds = self.holds()?;
        require_no_hold(&holds)?;
        let owned = self.owned()?;
        require_deactivated(owned.tenant.status)?;
        let (runs, places, keys) = (
            std::mem::take(&mut owned.runs),
            std::mem::take(&mut owned.run_places),
            std::mem::take(&mut owned.run_keys),
        );
        let (scenarios, notes) = (std::mem::take(&mut owned.scenarios), std::mem::take(&mut owned.notes));
        let storage = |kind: &(LimitKind, Timestamp)| kind.0 == LimitKind::StorageBytes;
        let counted: Vec<_> =
            owned.committed.iter().filter(|(key, _)| storage(key)).map(|(key, n)| (*key, *n)).collect();
        owned.committed.retain(|key, _| !storage(key));
        let users: Vec<_> = owned.users.values().cloned().collect();
        let mut purged = PurgedContent {
            runs: runs.len() as u64,
            scenarios: scenarios.len() as u64,
            notes: notes.len() as u64,
            users: users.len() as u64,
            private_fields: 0,
        };
        self.remember(move |owned| {
            owned.runs = runs;
            owned.run_places = places;
            owned.run_keys = keys;
            owned.scenarios = scenarios;
            owned.notes = notes;
            owned.committed.extend(counted);
        });
        for user in &users {
            self.make_pseudonym(user)?;
        }
        purged.private_fields = self.take_private(|_| true)?;
        Ok(purged)
    }
}

impl AuditRead for PlatformTransaction<'_> {
    fn audit_start(&mut self) -> Result<AuditHead, Error> {
        Ok(self.state.log.start.clone())
    }

    fn audit_head(&mut self) -> Result<AuditHead, Error> {
        Ok(self.state.log.head())
    }

    fn audit_after(&mut self, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        Ok(self.state.log.after(after, size))
    }

    fn private_fields(&mut self, from: u64, to: u64) -> Result<Vec<PrivateField>, Error> {
        Ok(self.state.log.private_fields(from, to))
    }
}

impl RecordTx for PlatformTransaction<'_> {
    fn append_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        self.append_platform_audit(event)
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        self.undo.clear();
        Ok(())
    }
}

impl PlatformTransaction<'_> {
    pub(super) fn take_platform_private(&mut self, redaction: &Redaction) -> Result<u64, Error> {
        redaction.check()?;
        let taken = self.state.log.take(|field| is_redacted(redaction, field));
        let count = taken.len() as u64;
        self.undo.push(Box::new(move |state| state.log.put_back(taken)));
        Ok(count)
    }
}
