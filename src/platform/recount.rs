//! Whether what is counted is what is there.

use serde::{Deserialize, Serialize};

use super::billing::EVER;
use super::services::Usage;
use crate::error::Error;
use crate::tenancy::{LimitKind, Permission, User, VerifiedPrincipal};

/// A counter beside the rows that it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recount {
    /// The limit it is counted for.
    pub kind: LimitKind,
    /// What the counter says.
    pub counted: u64,
    /// What the rows add up to.
    pub found: u64,
    /// The first less the second; anything but 0 is a fault of the store.
    pub drift: i64,
}

impl Usage<'_> {
    /// Adds up the rows behind a counter, one by one: active users, or the bytes that users keep.
    pub fn recount(&self, principal: &VerifiedPrincipal, kind: LimitKind) -> Result<Recount, Error> {
        let cx = self.0.require(principal, Permission::ViewTenantAnalytics, "usage.recount")?;
        let mut read = self.0.store.read(&cx)?;
        let (counted, found) = match kind {
            LimitKind::Users => {
                let active = |user: &&User| user.active;
                (read.active_users()?, read.list_users()?.iter().filter(active).count() as u64)
            }
            LimitKind::StorageBytes => (read.committed(kind, EVER)?, read.kept_bytes()?),
            _ => return Err(Error::invalid_input("kind", kind.name(), "one of users, storage_bytes")),
        };
        let drift = i64::try_from(i128::from(counted) - i128::from(found))
            .map_err(|_| Error::undefined("drift", "counter and rows differ by more than 2^63"))?;
        Ok(Recount { kind, counted, found, drift })
    }
}
