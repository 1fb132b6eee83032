//! Tenants, their users and organizations, and what these may do.

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::platform::{
    NewFeatureOverride, NewGrant, NewLimitOverride, NewRole, NewSodRule, NewTenant, NewUser, Platform, RolePatch,
    Terms, UserChange,
};
use valor_ivx::store::TenantPatch;
use valor_ivx::tenancy::{TenantStatus, VerifiedPrincipal};

use crate::{given, only, page, parted, text, truth, typed, whole};

/// Calls a service of tenants, for operators.
pub(crate) fn tenants(
    platform: &Platform,
    who: &VerifiedPrincipal,
    call: &str,
    fields: &Value,
) -> Result<Value, Error> {
    let service = platform.tenants();
    let text = |name: &str| text(fields, name);
    let whole = |name: &str| whole(fields, name);
    match call {
        "create" => {
            let (terms, fields) = parted(&given(fields), &["cycle", "trial_days"]);
            let (key, fields) = parted(&fields, &["idem_key"]);
            let new: NewTenant = typed("tenant", &fields)?;
            let terms: Terms = typed("tenant", &terms)?;
            let key = Some(key).filter(|key| !key["idem_key"].is_null());
            Ok(json!(match &key {
                None => service.create_on(who, &new, terms)?,
                Some(key) => service.create_once(who, &new, terms, crate::text(key, "idem_key")?)?,
            }))
        }
        "list" => Ok(json!(service.list(who, &page(fields)?)?)),
        "by_slug" => Ok(json!(service.by_slug(who, text("slug")?)?)),
        "get" => Ok(json!(service.get(who, text("id")?.parse()?)?)),
        "by_domain" => Ok(json!(service.by_domain(who, text("domain")?)?)),
        "update" => {
            let patch: TenantPatch = typed("tenant", &only(fields, &["name", "domain"]))?;
            Ok(json!(service.update(who, text("id")?.parse()?, whole("expected")?, &patch)?))
        }
        "set_status" => {
            let status: TenantStatus = typed("status", &fields["status"])?;
            Ok(json!(service.set_status(who, text("id")?.parse()?, whole("expected")?, status)?))
        }
        other => Err(Error::not_found("unknown_service", format!("tenants.{other}"))),
    }
}

/// Calls a service of users.
pub(crate) fn users(platform: &Platform, who: &VerifiedPrincipal, call: &str, fields: &Value) -> Result<Value, Error> {
    let service = platform.users();
    let text = |name: &str| text(fields, name);
    let whole = |name: &str| whole(fields, name);
    match call {
        "create" => {
            let (place, fields) = parted(&given(fields), &["organization_id"]);
            let new: NewUser = typed("user", &fields)?;
            Ok(json!(match place["organization_id"].as_str() {
                Some(id) => service.create_in(who, &new, Some(id.parse()?))?,
                None => service.create(who, &new)?,
            }))
        }
        "get" => Ok(json!(service.get(who, text("id")?.parse()?)?)),
        "update" => {
            let names = ["display_name", "email", "organization_id", "no_organization"];
            let change: UserChange = typed("user", &only(fields, &names))?;
            Ok(json!(service.update(who, text("id")?.parse()?, whole("expected")?, &change)?))
        }
        "list" => Ok(json!(service.list(who, &page(fields)?)?)),
        "set_active" => {
            let (id, expected) = (text("id")?.parse()?, whole("expected")?);
            Ok(json!(service.set_active(who, id, expected, truth(fields, "active")?)?))
        }
        "grants" => Ok(json!(service.grants(who, &page(fields)?)?)),
        other => Err(Error::not_found("unknown_service", format!("users.{other}"))),
    }
}

/// Calls a service of organizations.
pub(crate) fn organizations(
    platform: &Platform,
    who: &VerifiedPrincipal,
    call: &str,
    fields: &Value,
) -> Result<Value, Error> {
    let service = platform.organizations();
    let text = |name: &str| text(fields, name);
    let whole = |name: &str| whole(fields, name);
    match call {
        "list" => Ok(json!(service.list(who, &page(fields)?)?)),
        "create" => Ok(json!(service.create(who, text("name")?)?)),
        "get" => Ok(json!(service.get(who, text("id")?.parse()?)?)),
        "rename" => {
            let (id, expected) = (text("id")?.parse()?, whole("expected")?);
            Ok(json!(service.rename(who, id, expected, text("name")?)?))
        }
        "set_active" => {
            let (id, expected) = (text("id")?.parse()?, whole("expected")?);
            Ok(json!(service.set_active(who, id, expected, truth(fields, "active")?)?))
        }
        other => Err(Error::not_found("unknown_service", format!("organizations.{other}"))),
    }
}

/// Calls a service of roles.
pub(crate) fn roles(platform: &Platform, who: &VerifiedPrincipal, call: &str, fields: &Value) -> Result<Value, Error> {
    let service = platform.roles();
    let id = || text(fields, "id");
    let expected = || whole(fields, "expected");
    match call {
        "create" => Ok(json!(service.create(who, &typed::<NewRole>("role", &given(fields))?)?)),
        "get" => Ok(json!(service.get(who, text(fields, "role")?)?)),
        "update" => {
            let names = ["name", "description", "permissions", "inherits"];
            let patch: RolePatch = typed("role", &only(fields, &names))?;
            Ok(json!(service.update(who, id()?.parse()?, expected()?, &patch)?))
        }
        "remove" => service.remove(who, id()?.parse()?, expected()?).map(|()| Value::Null),
        "list" => Ok(json!(service.list(who, &page(fields)?)?)),
        "grants" => Ok(json!(service.grants(who, &page(fields)?)?)),
        "grant" => Ok(json!(service.grant(who, &typed::<NewGrant>("grant", &scoped(fields))?)?)),
        "revoke" => service.revoke(who, id()?.parse()?).map(|()| Value::Null),
        "create_sod_rule" => Ok(json!(service.create_sod_rule(who, &typed::<NewSodRule>("rule", &scoped(fields))?)?)),
        "sod_rules" => Ok(json!(service.sod_rules(who)?)),
        "remove_sod_rule" => service.remove_sod_rule(who, id()?.parse()?).map(|()| Value::Null),
        other => Err(Error::not_found("unknown_service", format!("roles.{other}"))),
    }
}

/// Calls a service of what a tenant has apart from its plan: the caller's own, or the one that an operator
/// names.
pub(crate) fn entitlements(
    platform: &Platform,
    who: &VerifiedPrincipal,
    call: &str,
    fields: &Value,
) -> Result<Value, Error> {
    let mut service = platform.entitlements();
    if let Some(tenant) = fields["tenant"].as_str() {
        service = service.of(tenant.parse()?);
    }
    let (_, new) = parted(&given(fields), &["tenant"]);
    match call {
        "get" => Ok(json!(service.get(who)?)),
        "set_feature" => Ok(json!(service.set_feature(who, &typed::<NewFeatureOverride>("override", &new)?)?)),
        "set_limit" => Ok(json!(service.set_limit(who, &typed::<NewLimitOverride>("override", &new)?)?)),
        "remove" => service.remove(who, text(fields, "id")?.parse()?).map(|()| Value::Null),
        other => Err(Error::not_found("unknown_service", format!("entitlements.{other}"))),
    }
}

/// The fields that are given, with the organization they name as their scope.
fn scoped(fields: &Value) -> Value {
    let (place, mut fields) = parted(&given(fields), &["organization_id"]);
    if let Some(id) = place["organization_id"].as_str() {
        fields["scope"] = json!({"Organization": id});
    }
    fields
}
