//! What a tenant has apart from its plan, as a service: operators grant and revoke features and set limits,
//! and a tenant revokes features of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Platform;
use super::services::event;
use crate::error::Error;
use crate::id::{OverrideId, TenantId};
use crate::store::BillingTx;
use crate::tenancy::{
    AuditEvent, Feature, FeatureOverride, Limit, LimitKind, LimitOverride, OverrideEffect, OverrideOrigin, Overrides,
    Permission, PlatformPermission, PrincipalKind, Resource, VerifiedPrincipal, check_name,
};
use crate::time::Timestamp;

/// A feature to be granted or revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFeatureOverride {
    /// The feature.
    pub feature: Feature,
    /// What is done to it; a tenant only revokes.
    pub effect: OverrideEffect,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// A limit to be set in place of the plan's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLimitOverride {
    /// The limit.
    pub limit: LimitKind,
    /// How much there is of it.
    pub value: Limit,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// What a tenant has apart from its plan: the caller's own, or, for an operator, that of the tenant named by
/// [`Entitlements::of`].
#[derive(Clone, Copy)]
pub struct Entitlements<'p> {
    platform: &'p Platform,
    tenant: Option<TenantId>,
}

impl Platform {
    /// What a tenant has apart from its plan.
    #[must_use]
    pub fn entitlements(&self) -> Entitlements<'_> {
        Entitlements { platform: self, tenant: None }
    }
}

/// Who changes what a tenant has, and when.
struct Acting {
    actor: String,
    origin: OverrideOrigin,
    now: Timestamp,
}

fn require_ahead(expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
    match expires_at {
        Some(end) if end <= now => Err(Error::invalid_input("expires_at", end.as_micros(), "a later instant than now")),
        _ => Ok(()),
    }
}

impl<'p> Entitlements<'p> {
    /// Those of a tenant, which an operator must name; for anyone else any tenant but their own is not there.
    #[must_use]
    pub fn of(self, tenant: TenantId) -> Self {
        Self { tenant: Some(tenant), ..self }
    }

    /// Does `work` in the name of an operator with a right to manage subscriptions, or of the tenant's own
    /// administrator.
    fn acting<T>(
        self,
        who: &VerifiedPrincipal,
        action: &str,
        work: impl FnOnce(&mut dyn BillingTx, &Acting) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let platform: &'p Platform = self.platform;
        if who.kind() == PrincipalKind::Platform {
            let cx = platform.require_operator(who, PlatformPermission::ManageSubscriptions, action)?;
            let tenant = self.tenant.ok_or_else(|| Error::invalid_input("tenant", Value::Null, "the tenant's id"))?;
            let mut tx = platform.store.billing(&cx, tenant)?;
            let (actor, origin) = (cx.operator().to_owned(), OverrideOrigin::Platform);
            let done = work(&mut *tx, &Acting { actor, origin, now: cx.now() })?;
            tx.commit()?;
            platform.count_record("ok");
            return Ok(done);
        }
        let resource = self.tenant.map_or(Resource::Tenant, Resource::Named);
        let cx = platform.require_on(who, Permission::ManageTenant, &resource, action)?;
        let acting = Acting { actor: cx.user().to_string(), origin: OverrideOrigin::Tenant, now: cx.now() };
        platform.act(&cx, action, |tx| work(tx, &acting))
    }

    /// All that the tenant has apart from its plan, ended ones among them.
    pub fn get(self, who: &VerifiedPrincipal) -> Result<Overrides, Error> {
        if who.kind() == PrincipalKind::Platform {
            let cx = self.platform.require_operator(who, PlatformPermission::ReadTenants, "override.read")?;
            let tenant = self.tenant.ok_or_else(|| Error::invalid_input("tenant", Value::Null, "the tenant's id"))?;
            return self.platform.store.billing(&cx, tenant)?.overrides();
        }
        let resource = self.tenant.map_or(Resource::Tenant, Resource::Named);
        let cx = self.platform.require_on(who, Permission::ManageTenant, &resource, "override.read")?;
        self.platform.store.read(&cx)?.overrides()
    }

    /// Grants or revokes a feature from now on, in place of what the same side did to it before. A tenant
    /// revokes what it has, and grants nothing.
    pub fn set_feature(self, who: &VerifiedPrincipal, new: &NewFeatureOverride) -> Result<FeatureOverride, Error> {
        check_name("reason", &new.reason)?;
        let platform = self.platform;
        self.acting(who, "override.set", |tx, acting| {
            require_ahead(new.expires_at, acting.now)?;
            if acting.origin == OverrideOrigin::Tenant && new.effect == OverrideEffect::Grant {
                return Err(Error::denied("no_permission", format!("granting the feature {}", new.feature))
                    .with_hint("only operators of the platform grant features"));
            }
            platform.require_known(&new.feature)?;
            let kept = FeatureOverride {
                id: OverrideId::new(&*platform.ids, acting.now),
                feature: new.feature.clone(),
                effect: new.effect,
                origin: acting.origin,
                expires_at: new.expires_at,
                reason: new.reason.clone(),
                set_by: acting.actor.clone(),
                created_at: acting.now,
            };
            tx.set_feature_override(&kept)?;
            let detail = json!({
                "feature": kept.feature, "effect": kept.effect, "expires_at": kept.expires_at, "why": kept.reason,
            });
            tx.append_audit(&record(acting, "override.set", kept.id, detail))?;
            Ok(kept)
        })
    }

    /// Sets a limit in place of the plan's from now on; operators alone.
    pub fn set_limit(self, who: &VerifiedPrincipal, new: &NewLimitOverride) -> Result<LimitOverride, Error> {
        check_name("reason", &new.reason)?;
        let platform = self.platform;
        self.acting(who, "override.set", |tx, acting| {
            require_ahead(new.expires_at, acting.now)?;
            require_operator(acting, "setting a limit")?;
            let kept = LimitOverride {
                id: OverrideId::new(&*platform.ids, acting.now),
                limit: new.limit,
                value: new.value,
                expires_at: new.expires_at,
                reason: new.reason.clone(),
                set_by: acting.actor.clone(),
                created_at: acting.now,
            };
            tx.set_limit_override(&kept)?;
            let detail = json!({
                "limit": kept.limit, "value": kept.value, "expires_at": kept.expires_at, "why": kept.reason,
            });
            tx.append_audit(&record(acting, "override.set", kept.id, detail))?;
            Ok(kept)
        })
    }

    /// Takes an override back; a tenant only those of its own.
    pub fn remove(self, who: &VerifiedPrincipal, id: OverrideId) -> Result<(), Error> {
        self.acting(who, "override.delete", |tx, acting| {
            let known = tx.overrides()?;
            let feature = known.features.iter().find(|kept| kept.id == id);
            let limit = known.limits.iter().find(|kept| kept.id == id);
            let told = match (feature, limit) {
                (Some(kept), _) => {
                    if kept.origin == OverrideOrigin::Platform {
                        require_operator(acting, "lifting what the platform set")?;
                    }
                    json!({"feature": kept.feature, "effect": kept.effect})
                }
                (None, Some(kept)) => {
                    require_operator(acting, "lifting a limit")?;
                    json!({"limit": kept.limit})
                }
                (None, None) => return Err(Error::not_found("not_found", "override")),
            };
            tx.remove_override(id)?;
            tx.append_audit(&record(acting, "override.delete", id, told))?;
            Ok(())
        })
    }
}

impl Platform {
    /// Refuses a feature that no plan and no model of this platform knows.
    fn require_known(&self, feature: &str) -> Result<(), Error> {
        let plans = self.plans();
        let of_plan = plans.plans.iter().any(|plan| plan.features.iter().any(|known| known == feature));
        if of_plan || plans.own_features.contains(feature) {
            return Ok(());
        }
        Err(Error::invalid_input("feature", feature, "a feature of the plans on offer"))
    }
}

fn require_operator(acting: &Acting, what: &str) -> Result<(), Error> {
    if acting.origin == OverrideOrigin::Platform {
        return Ok(());
    }
    Err(Error::denied("no_permission", what).with_hint("only operators of the platform do this"))
}

fn record(acting: &Acting, action: &str, id: OverrideId, detail: Value) -> AuditEvent {
    AuditEvent { detail, ..event(&acting.actor, action, "override", &id.to_string(), acting.now) }
}
