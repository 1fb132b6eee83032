//! Rows that the transactions of a tenant and of the platform write alike.

use super::{Connection, Parameter, number, write};
use crate::error::Error;
use crate::id::TenantId;
use crate::store::{duplicate, fold, require_organization_keys, require_user_keys};
use crate::tenancy::{Organization, RoleGrant, Subscription, User};

/// Inserts a row; a duplicate of `what` when one of its keys is taken.
pub(super) fn insert(
    connection: &dyn Connection,
    sql: &str,
    parameters: &[Parameter<'_>],
    what: &str,
) -> Result<(), Error> {
    match connection.execute(sql, parameters)? {
        0 => Err(duplicate(what)),
        _ => Ok(()),
    }
}

pub(super) fn insert_organization(
    connection: &dyn Connection,
    tenant: TenantId,
    organization: &Organization,
) -> Result<(), Error> {
    require_organization_keys(organization)?;
    insert(
        connection,
        "INSERT INTO organization (tenant_id, id, name_fold, created_at, body, active) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        &[
            tenant.into(),
            organization.id.into(),
            fold(&organization.name).into(),
            organization.created_at.into(),
            write(organization)?.into(),
            i64::from(organization.active).into(),
        ],
        "organization",
    )
}

pub(super) fn insert_user(connection: &dyn Connection, tenant: TenantId, user: &User) -> Result<(), Error> {
    require_user_keys(user)?;
    insert(
        connection,
        "INSERT INTO \"user\"
             (tenant_id, id, issuer, subject, email_fold, name_fold, organization_id, created_at, version, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        &[
            tenant.into(),
            user.id.into(),
            (&user.issuer).into(),
            (&user.subject).into(),
            fold(&user.email).into(),
            fold(&user.display_name).into(),
            user.organization_id.into(),
            user.created_at.into(),
            number(user.version)?.into(),
            write(user)?.into(),
        ],
        "user",
    )
}

pub(super) fn insert_grant(connection: &dyn Connection, tenant: TenantId, grant: &RoleGrant) -> Result<(), Error> {
    insert(
        connection,
        "INSERT INTO role_grant (tenant_id, id, user_id, role_id, scope, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        &[
            tenant.into(),
            grant.id.into(),
            grant.user_id.into(),
            grant.role_id.into(),
            write(&grant.scope)?.into(),
            write(grant)?.into(),
        ],
        "grant",
    )
}

pub(super) fn set_subscription(
    connection: &dyn Connection,
    tenant: TenantId,
    subscription: &Subscription,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO subscription (tenant_id, id, plan, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (tenant_id) DO UPDATE SET id = excluded.id, plan = excluded.plan, body = excluded.body",
        &[tenant.into(), subscription.id.into(), (&subscription.plan).into(), write(subscription)?.into()],
    )?;
    // Operators list tenants by it, and may not read what tenants own.
    connection
        .execute("UPDATE tenant SET plan = ?2 WHERE id = ?1", &[tenant.into(), (&subscription.plan).into()])
        .map(drop)
}
