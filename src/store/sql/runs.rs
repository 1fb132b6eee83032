//! Runs: kept, and found one by one; their lists are in `ranges`.

use super::{Connection, entities, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::page::Key;
use crate::store::require_run_keys;
use crate::tenancy::Run;

pub(super) const BY_ID: &str = "SELECT body FROM run WHERE tenant_id = ?1 AND id = ?2";
pub(super) const BY_KEY: &str = "SELECT body FROM run WHERE tenant_id = ?1 AND owner_id = ?2 AND idem_key = ?3";

pub(super) fn insert(connection: &dyn Connection, tenant: TenantId, run: &Run) -> Result<(), Error> {
    require_run_keys(run)?;
    entities::insert(
        connection,
        "INSERT INTO run
             (tenant_id, id, owner_id, organization_id, audience, created_at, idem_key, model, subject, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        &[
            tenant.into(),
            run.id.into(),
            run.owner_id.into(),
            run.organization_id.into(),
            (&Key::from(run.audience)).into(),
            run.created_at.into(),
            (&run.idem_key).into(),
            (&run.model).into(),
            (&run.subject).into(),
            write(run)?.into(),
        ],
        "run",
    )
}
