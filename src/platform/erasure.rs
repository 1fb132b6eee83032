//! Erasure of a user: name, address and identity become a pseudonym, and what the audit log tells of the person
//! goes; the records stay.

use super::denials::{Acting, Refused};
use super::govern::beside;
use super::services::{Users, event};
use crate::error::Error;
use crate::id::UserId;
use crate::tenancy::{Permission, User, VerifiedPrincipal};

impl Users<'_> {
    /// Erases the user whose version is `expected`, who can sign in no more; refused where it would leave nobody
    /// to administer the tenant, and with `legal_hold` where the user or the tenant is held.
    pub fn erase(&self, principal: &VerifiedPrincipal, id: UserId, expected: u64) -> Result<User, Error> {
        let platform = self.0;
        let cx = platform.require(principal, Permission::AdminUsers, "user.erase")?;
        let (named, admin) = (id.to_string(), Permission::AdminUsers.name());
        let refuse = |error: Error| {
            let reason = error.reason().unwrap_or(error.kind().name());
            let refused =
                Refused { action: "user.erase", resource_type: "user", resource_id: &named, permission: admin, reason };
            let recorded = platform.put_refusal(&Acting::Tenant(cx.clone()), refused);
            beside(error, recorded)
        };
        if id == cx.user() {
            return Err(refuse(Error::denied("self_grant", "nobody changes their own standing")));
        }
        let mut tx = platform.begin(&cx)?;
        let user = match tx.erase_user(id, expected) {
            Err(error) if error.reason() == Some("legal_hold") => {
                drop(tx);
                return Err(refuse(error));
            }
            erased => erased?,
        };
        tx.append_audit(&event(&cx.user().to_string(), "user.erase", "user", &named, cx.now()))?;
        tx.commit()?;
        platform.count_record("ok");
        platform.forget_snapshots(cx.tenant());
        Ok(user)
    }
}
