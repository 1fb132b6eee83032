//! Holds, redaction, purge and requests for what takes two operators, in any database.

use super::chain::{Log, position};
use super::platform::PlatformTransaction;
use super::transaction::Transaction;
use super::{Connection, Parameter, Scope, TENANT, at_most, many, number, one, write};
use crate::error::Error;
use crate::id::{ControlRequestId, HoldId, TenantId, UserId};
use crate::store::audit::{in_order, require_deactivated, require_holdable, require_prefix, subjects_of};
use crate::store::roles::Governed;
use crate::store::{
    AuditRead, ControlTx, CustodyTx, HoldRead, PurgedContent, RecordTx, TenantRead as _, erased, require_version,
};
use crate::tenancy::{
    AuditEvent, AuditHead, AuditRecord, ControlRequest, HeldSubject, LegalHold, LimitKind, PrivateField, Redaction,
    Release, Tenant, User, require_free, require_no_hold,
};

const HOLDS: &str = "SELECT body FROM legal_hold WHERE tenant_id = ?1";
/// Private fields of what a user did.
pub(super) const PRIVATE_BY_ACTOR: &str = "DELETE FROM audit_private WHERE tenant_id = ?1 AND seq IN
    (SELECT seq FROM audit WHERE tenant_id = ?1 AND actor = ?2)";
/// Private fields of what was done to a user.
pub(super) const PRIVATE_ABOUT_USER: &str = "DELETE FROM audit_private WHERE tenant_id = ?1 AND seq IN
    (SELECT seq FROM audit WHERE tenant_id = ?1 AND resource_type = 'user' AND resource_id = ?2)";
const HOLD: &str = "SELECT body FROM legal_hold WHERE tenant_id = ?1 AND id = ?2";
const REQUEST: &str = "SELECT body FROM global_control_request WHERE id = ?1";
const REQUESTS: &str = "SELECT body FROM global_control_request ORDER BY id DESC LIMIT ?1";

/// How many records are looked at at once.
const BATCH: usize = 1_000;

/// The holds of a tenant.
pub(super) fn holds(connection: &dyn Connection, tenant: TenantId) -> Result<Vec<LegalHold>, Error> {
    many(connection, HOLDS, &[tenant.into()]).map(in_order)
}

fn set_request(connection: &dyn Connection, request: &ControlRequest) -> Result<(), Error> {
    connection
        .execute(
            "INSERT INTO global_control_request (id, body) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            &[request.id.into(), write(request)?.into()],
        )
        .map(drop)
}

impl AuditRead for Transaction<'_> {
    fn audit_start(&mut self) -> Result<AuditHead, Error> {
        self.log().start(&*self.connection)
    }

    fn audit_head(&mut self) -> Result<AuditHead, Error> {
        self.log().head(&*self.connection)
    }

    fn audit_after(&mut self, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        self.log().after(&*self.connection, after, size)
    }

    fn private_fields(&mut self, from: u64, to: u64) -> Result<Vec<PrivateField>, Error> {
        self.log().private_fields(&*self.connection, from, to)
    }
}

impl HoldRead for Transaction<'_> {
    fn holds(&mut self) -> Result<Vec<LegalHold>, Error> {
        holds(&*self.connection, self.tenant)
    }
}

impl RecordTx for Transaction<'_> {
    fn append_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        self.log().append(&*self.connection, &self.origin, event)
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        self.connection.commit()
    }
}

impl Transaction<'_> {
    fn log(&self) -> Log {
        Log(Some(self.tenant))
    }

    /// Does `work` in the platform's name: what is its own is not the tenant's to reach.
    fn as_platform<T>(&self, work: impl FnOnce(&dyn Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.connection.act_for(Scope::Platform)?;
        let done = work(&*self.connection);
        // Whatever came of it, the rest of the transaction is the tenant's again.
        let back = self.connection.act_for(Scope::Tenant(self.tenant));
        done.and_then(|done| back.map(|()| done))
    }

    /// Makes a user a pseudonym, whoever administers the tenant then; how many private fields went.
    fn make_pseudonym(&self, user: &User) -> Result<(User, u64), Error> {
        let after = erased(user);
        let id = user.id.to_string();
        self.connection.execute(
            "UPDATE \"user\" SET subject = ?3 WHERE tenant_id = ?1 AND id = ?2",
            &[self.tenant(), user.id.into(), (&after.subject).into()],
        )?;
        self.replace_user(&after)?;
        let mut gone = 0;
        for sql in [PRIVATE_BY_ACTOR, PRIVATE_ABOUT_USER] {
            gone += self.connection.execute(sql, &[self.tenant(), (&id).into()])?;
        }
        Ok((after, gone))
    }

    fn delete_all(&self, table: &str) -> Result<u64, Error> {
        self.connection.execute(&format!("DELETE FROM {table} WHERE tenant_id = ?1"), &[self.tenant()])
    }

    pub(super) fn erase(&mut self, id: UserId, expected: u64) -> Result<User, Error> {
        let user = self.user(id)?;
        require_version("user", expected, user.version)?;
        let before = Governed::of(self)?;
        before.require_administered(&before.with_user(&erased(&user)))?;
        require_free(&self.holds()?, &[HeldSubject::User(id)])?;
        Ok(self.make_pseudonym(&user)?.0)
    }
}

impl ControlTx for Transaction<'_> {
    fn append_platform_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        self.as_platform(|connection| Log(None).append(connection, &self.origin, event))
    }

    fn control_request(&mut self, id: ControlRequestId) -> Result<ControlRequest, Error> {
        self.as_platform(|connection| one(connection, REQUEST, &[id.into()], "request"))
    }

    fn set_control_request(&mut self, request: &ControlRequest) -> Result<(), Error> {
        self.as_platform(|connection| set_request(connection, request))
    }
}

impl CustodyTx for Transaction<'_> {
    fn set_hold(&mut self, hold: &LegalHold) -> Result<(), Error> {
        require_holdable(hold)?;
        if let HeldSubject::User(user) = hold.subject {
            self.user(user)?;
        }
        self.connection
            .execute(
                "INSERT INTO legal_hold (tenant_id, id, live, body) VALUES (?1, ?2, 1, ?3)",
                &[self.tenant(), hold.id.into(), write(hold)?.into()],
            )
            .map(drop)
    }

    fn release_hold(&mut self, id: HoldId, release: &Release) -> Result<LegalHold, Error> {
        let hold: LegalHold = one(&*self.connection, HOLD, &[self.tenant(), id.into()], "hold")?;
        let after = hold.released(release)?;
        let sql = "UPDATE legal_hold SET live = 0, body = ?3 WHERE tenant_id = ?1 AND id = ?2";
        self.connection.execute(sql, &[self.tenant(), id.into(), write(&after)?.into()])?;
        Ok(after)
    }

    fn redact(&mut self, redaction: &Redaction) -> Result<u64, Error> {
        redaction.check()?;
        let holds = self.holds()?;
        let mut after = redaction.from - 1;
        while holds.iter().any(|hold| hold.released.is_none()) && after < redaction.to {
            let records = self.audit_after(after, BATCH)?;
            let Some(last) = records.last() else { break };
            after = last.seq;
            for record in records.iter().filter(|record| record.seq <= redaction.to) {
                require_free(&holds, &subjects_of(record))?;
            }
        }
        self.log().redact(&*self.connection, redaction)
    }

    fn purge_audit(&mut self, through: u64) -> Result<AuditHead, Error> {
        let (start, head) = (self.audit_start()?, self.audit_head()?);
        require_prefix(through, &start, &head)?;
        require_no_hold(&self.holds()?)?;
        let last = self.audit_after(through - 1, 1)?.pop().filter(|record| record.seq == through);
        let checkpoint = last.map(|record| record.as_head()).ok_or_else(|| crate::store::absent("audit record"))?;
        self.connection.execute(
            "INSERT INTO audit_checkpoint (tenant_id, seq, hash) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            &[self.tenant(), number(checkpoint.seq)?.into(), (&checkpoint.hash).into()],
        )?;
        let fields = "DELETE FROM audit_private WHERE tenant_id = ?1 AND seq <= ?2";
        self.connection.execute(fields, &[self.tenant(), position(through)])?;
        // Only who may not read the log may delete from it, and only what lies before the checkpoint.
        self.connection.act_for(Scope::Purging(self.tenant))?;
        let gone = self.connection.execute(self.connection.dialect().purge, &[self.tenant()]);
        let back = self.connection.act_for(Scope::Tenant(self.tenant));
        gone.and(back)?;
        Ok(checkpoint)
    }

    fn purge_content(&mut self) -> Result<PurgedContent, Error> {
        require_no_hold(&self.holds()?)?;
        let tenant: Tenant = one(&*self.connection, TENANT, &[self.tenant()], "tenant")?;
        require_deactivated(tenant.status)?;
        let (runs, scenarios, notes) =
            (self.delete_all("run")?, self.delete_all("scenario")?, self.delete_all("note")?);
        self.connection.execute(
            "UPDATE quota_counter SET committed = 0 WHERE tenant_id = ?1 AND kind = ?2",
            &[self.tenant(), write(&LimitKind::StorageBytes)?.into()],
        )?;
        let users = self.list_users()?;
        let mut private_fields = 0;
        for user in &users {
            private_fields += self.make_pseudonym(user)?.1;
        }
        private_fields += self.delete_all("audit_private")?;
        Ok(PurgedContent { runs, scenarios, notes, users: users.len() as u64, private_fields })
    }
}

impl AuditRead for PlatformTransaction<'_> {
    fn audit_start(&mut self) -> Result<AuditHead, Error> {
        Log(None).start(&*self.connection)
    }

    fn audit_head(&mut self) -> Result<AuditHead, Error> {
        Log(None).head(&*self.connection)
    }

    fn audit_after(&mut self, after: u64, size: usize) -> Result<Vec<AuditRecord>, Error> {
        Log(None).after(&*self.connection, after, size)
    }

    fn private_fields(&mut self, from: u64, to: u64) -> Result<Vec<PrivateField>, Error> {
        Log(None).private_fields(&*self.connection, from, to)
    }
}

impl RecordTx for PlatformTransaction<'_> {
    fn append_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        self.append_platform_audit(event)
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        self.connection.commit()
    }
}

impl ControlTx for PlatformTransaction<'_> {
    fn append_platform_audit(&mut self, event: &AuditEvent) -> Result<AuditRecord, Error> {
        Log(None).append(&*self.connection, &self.origin, event)
    }

    fn control_request(&mut self, id: ControlRequestId) -> Result<ControlRequest, Error> {
        one(&*self.connection, REQUEST, &[id.into()], "request")
    }

    fn set_control_request(&mut self, request: &ControlRequest) -> Result<(), Error> {
        set_request(&*self.connection, request)
    }
}

impl PlatformTransaction<'_> {
    pub(super) fn requests(&self, size: usize) -> Result<Vec<ControlRequest>, Error> {
        many(&*self.connection, REQUESTS, &[at_most(size)])
    }

    pub(super) fn ids(&self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error> {
        let after = after.map_or_else(|| uuid::Uuid::nil().into(), Parameter::from);
        let rows = self
            .connection
            .query("SELECT id FROM tenant WHERE id > ?1 ORDER BY id LIMIT ?2", &[after, at_most(size)])?;
        rows.iter().map(|row| row.tenant(0)).collect()
    }
}
