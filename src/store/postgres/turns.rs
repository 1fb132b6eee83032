//! Whose turn it is to write: of the writers of one tenant in this process one holds a connection, and the
//! others wait without one, so that a crowd at one tenant keeps no connection from another.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::server::PATIENCE;
use crate::error::Error;
use crate::id::TenantId;

/// The tenants that somebody writes to.
#[derive(Debug, Default)]
pub(super) struct Turns {
    taken: Mutex<HashSet<TenantId>>,
    ended: Condvar,
}

/// The turn at one tenant, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'s> {
    turns: &'s Turns,
    tenant: TenantId,
}

impl Turns {
    fn lock(&self) -> MutexGuard<'_, HashSet<TenantId>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn at a tenant, as long as for a lock of the server.
    pub(super) fn take(&self, tenant: TenantId) -> Result<Turn<'_>, Error> {
        let waited = self.ended.wait_timeout_while(self.lock(), PATIENCE, |taken| taken.contains(&tenant));
        let (mut taken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Error::unavailable("busy", "others write to this tenant"));
        }
        taken.insert(tenant);
        Ok(Turn { turns: self, tenant })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.lock().remove(&self.tenant);
        self.turns.ended.notify_all();
    }
}
