//! What is known of principals, by tenant: all of a tenant's at one authorisation version, so that a change of
//! its rights forgets the tenant's and no other's.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::id::TenantId;
use crate::tenancy::{Snapshot, VerifiedPrincipal};

/// Snapshots by issuer and subject, at one version.
#[derive(Default)]
struct Shard {
    version: u64,
    known: HashMap<String, HashMap<String, Arc<Snapshot>>>,
}

/// Snapshots by tenant.
#[derive(Default)]
pub(super) struct Snapshots(RwLock<HashMap<TenantId, RwLock<Shard>>>);

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Snapshots {
    /// What is known of a principal at `version` of its tenant's rights.
    pub(super) fn at(&self, tenant: TenantId, principal: &VerifiedPrincipal, version: u64) -> Option<Arc<Snapshot>> {
        let tenants = read(&self.0);
        let shard = read(tenants.get(&tenant)?);
        let known = shard.known.get(principal.issuer())?.get(principal.subject())?;
        (shard.version == version).then(|| known.clone())
    }

    /// Forgets all that is known of a tenant's principals.
    pub(super) fn forget(&self, tenant: TenantId) {
        write(&self.0).remove(&tenant);
    }

    /// Keeps a snapshot; what is known at an older version is forgotten, and what is older itself is not kept.
    pub(super) fn keep(&self, tenant: TenantId, principal: &VerifiedPrincipal, snapshot: &Arc<Snapshot>) {
        if !read(&self.0).contains_key(&tenant) {
            write(&self.0).entry(tenant).or_default();
        }
        let tenants = read(&self.0);
        let Some(shard) = tenants.get(&tenant) else { return };
        let (mut shard, version) = (write(shard), snapshot.tenant.auth_version);
        if shard.version > version {
            return;
        }
        if shard.version < version {
            *shard = Shard { version, known: HashMap::new() };
        }
        let of_issuer = shard.known.entry(principal.issuer().to_owned()).or_default();
        of_issuer.insert(principal.subject().to_owned(), snapshot.clone());
    }
}
