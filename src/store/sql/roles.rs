//! Roles, rules of separation of duty and overrides as rows.

use super::transaction::Transaction;
use super::{Connection, entities, many, one, write};
use crate::error::Error;
use crate::id::{GrantId, OverrideId, RoleId, SodRuleId, TenantId};
use crate::store::roles::{
    inserted, replaced, require_feature_override, require_limit_override, require_removable, require_rule,
};
use crate::store::{OverrideRead, OverrideTx, RoleRead, RoleTx, absent, duplicate, fold};
use crate::tenancy::{BuiltInRole, FeatureOverride, LimitOverride, Overrides, Role, RoleGrant, SodRule};
use crate::time::Timestamp;

pub(super) const NAMED: &str = "SELECT body FROM role WHERE tenant_id = ?1 AND name_fold = ?2";
/// The roles that a user's grants give.
pub(super) const GIVEN: &str = "SELECT body FROM role WHERE tenant_id = ?1 AND id IN (
    SELECT role_id FROM role_grant WHERE tenant_id = ?1 AND user_id = ?2) ORDER BY id";
pub(super) const FEATURES: &str = "SELECT body FROM feature_override WHERE tenant_id = ?1 ORDER BY id";
pub(super) const LIMITS: &str = "SELECT body FROM limit_override WHERE tenant_id = ?1 ORDER BY id";

pub(super) fn insert(connection: &dyn Connection, tenant: TenantId, role: &Role) -> Result<(), Error> {
    entities::insert(
        connection,
        "INSERT INTO role (tenant_id, id, name_fold, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        &[tenant.into(), role.id.into(), fold(&role.name).into(), write(role)?.into()],
        "role",
    )
}

/// The roles that every tenant has.
pub(super) fn insert_built_in(connection: &dyn Connection, tenant: TenantId, at: Timestamp) -> Result<(), Error> {
    BuiltInRole::ALL.iter().try_for_each(|role| insert(connection, tenant, &role.role_in(tenant, at)))
}

/// What a tenant has apart from its plan.
pub(super) fn overrides(connection: &dyn Connection, tenant: TenantId) -> Result<Overrides, Error> {
    Ok(Overrides {
        features: many(connection, FEATURES, &[tenant.into()])?,
        limits: many(connection, LIMITS, &[tenant.into()])?,
    })
}

impl RoleRead for Transaction<'_> {
    fn role(&mut self, id: RoleId) -> Result<Role, Error> {
        let sql = "SELECT body FROM role WHERE tenant_id = ?1 AND id = ?2";
        one(&*self.connection, sql, &[self.tenant(), id.into()], "role")
    }

    fn role_named(&mut self, name: &str) -> Result<Role, Error> {
        let folded = fold(name);
        if folded.contains('\0') {
            return Err(absent("role"));
        }
        one(&*self.connection, NAMED, &[self.tenant(), folded.into()], "role")
    }

    fn all_roles(&mut self) -> Result<Vec<Role>, Error> {
        many(&*self.connection, "SELECT body FROM role WHERE tenant_id = ?1 ORDER BY id", &[self.tenant()])
    }

    fn grant(&mut self, id: GrantId) -> Result<RoleGrant, Error> {
        let sql = "SELECT body FROM role_grant WHERE tenant_id = ?1 AND id = ?2";
        one(&*self.connection, sql, &[self.tenant(), id.into()], "grant")
    }

    fn all_grants(&mut self) -> Result<Vec<RoleGrant>, Error> {
        many(&*self.connection, "SELECT body FROM role_grant WHERE tenant_id = ?1 ORDER BY id", &[self.tenant()])
    }

    fn sod_rules(&mut self) -> Result<Vec<SodRule>, Error> {
        many(&*self.connection, "SELECT body FROM sod_rule WHERE tenant_id = ?1 ORDER BY id", &[self.tenant()])
    }
}

impl RoleTx for Transaction<'_> {
    fn insert_role(&mut self, role: &Role) -> Result<Role, Error> {
        let role = inserted(self, role)?;
        insert(&*self.connection, self.tenant, &role)?;
        Ok(role)
    }

    fn replace_role(&mut self, expected: u64, role: &Role) -> Result<Role, Error> {
        for changed in replaced(self, expected, role)? {
            self.connection.execute(
                "UPDATE role SET name_fold = ?3, body = ?4 WHERE tenant_id = ?1 AND id = ?2",
                &[self.tenant(), changed.id.into(), fold(&changed.name).into(), write(&changed)?.into()],
            )?;
        }
        self.raise_auth_version()?;
        self.role(role.id)
    }

    fn remove_role(&mut self, id: RoleId, expected: u64) -> Result<(), Error> {
        require_removable(self, id, expected)?;
        let sql = "DELETE FROM role WHERE tenant_id = ?1 AND id = ?2";
        self.connection.execute(sql, &[self.tenant(), id.into()]).map(drop)
    }

    fn insert_sod_rule(&mut self, rule: &SodRule) -> Result<(), Error> {
        require_rule(self, rule)?;
        entities::insert(
            &*self.connection,
            "INSERT INTO sod_rule (tenant_id, id, name_fold, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            &[self.tenant(), rule.id.into(), fold(&rule.name).into(), write(rule)?.into()],
            "rule",
        )
    }

    fn remove_sod_rule(&mut self, id: SodRuleId) -> Result<(), Error> {
        let sql = "DELETE FROM sod_rule WHERE tenant_id = ?1 AND id = ?2";
        match self.connection.execute(sql, &[self.tenant(), id.into()])? {
            0 => Err(absent("rule")),
            _ => Ok(()),
        }
    }
}

impl Transaction<'_> {
    /// Refuses an id that an override in another place has.
    fn require_new_override(&self, id: OverrideId, [table, place]: [&str; 2], key: &[&str]) -> Result<(), Error> {
        let mut parameters = vec![self.tenant(), id.into()];
        parameters.extend(key.iter().map(|key| (*key).into()));
        for other in ["feature_override", "limit_override"] {
            let (elsewhere, parameters) = if other == table {
                (format!(" AND NOT ({place})"), &parameters[..])
            } else {
                (String::new(), &parameters[..2])
            };
            let sql = format!("SELECT id FROM {other} WHERE tenant_id = ?1 AND id = ?2{elsewhere}");
            if !self.connection.query(&sql, parameters)?.is_empty() {
                return Err(duplicate("override"));
            }
        }
        Ok(())
    }
}

impl OverrideRead for Transaction<'_> {
    fn overrides(&mut self) -> Result<Overrides, Error> {
        overrides(&*self.connection, self.tenant)
    }
}

impl OverrideTx for Transaction<'_> {
    fn set_feature_override(&mut self, kept: &FeatureOverride) -> Result<(), Error> {
        require_feature_override(kept)?;
        let key = [kept.feature.as_str(), kept.effect.name(), kept.origin.name()];
        let place = "feature = ?3 AND effect = ?4 AND origin = ?5";
        self.require_new_override(kept.id, ["feature_override", place], &key)?;
        let [feature, effect, origin] = key.map(Into::into);
        self.connection.execute(
            "INSERT INTO feature_override (tenant_id, id, feature, effect, origin, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (tenant_id, feature, effect, origin) DO UPDATE SET id = excluded.id, body = excluded.body",
            &[self.tenant(), kept.id.into(), feature, effect, origin, write(kept)?.into()],
        )?;
        self.raise_auth_version()
    }

    fn set_limit_override(&mut self, kept: &LimitOverride) -> Result<(), Error> {
        require_limit_override(kept)?;
        let limit = kept.limit.name();
        self.require_new_override(kept.id, ["limit_override", "kind = ?3"], &[limit])?;
        self.connection.execute(
            "INSERT INTO limit_override (tenant_id, id, kind, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (tenant_id, kind) DO UPDATE SET id = excluded.id, body = excluded.body",
            &[self.tenant(), kept.id.into(), limit.into(), write(kept)?.into()],
        )?;
        self.raise_auth_version()
    }

    fn remove_override(&mut self, id: OverrideId) -> Result<(), Error> {
        let mut removed = 0;
        for table in ["feature_override", "limit_override"] {
            let sql = format!("DELETE FROM {table} WHERE tenant_id = ?1 AND id = ?2");
            removed += self.connection.execute(&sql, &[self.tenant(), id.into()])?;
        }
        if removed == 0 {
            return Err(absent("override"));
        }
        self.raise_auth_version()
    }
}
