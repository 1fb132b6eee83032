//! Roles, rules and overrides in memory.

use super::{Owned, Transaction};
use crate::error::Error;
use crate::id::{GrantId, OverrideId, RoleId, SodRuleId};
use crate::store::roles::{
    inserted, replaced, require_feature_override, require_limit_override, require_removable, require_rule, same_place,
};
use crate::store::{OverrideRead, OverrideTx, RoleRead, RoleTx, absent, duplicate, fold};
use crate::tenancy::{FeatureOverride, LimitOverride, Overrides, Role, RoleGrant, SodRule};

impl Transaction<'_> {
    fn put_role(&mut self, role: &Role) -> Result<(), Error> {
        let id = role.id;
        let before = self.owned()?.roles.insert(id, role.clone());
        self.remember(move |owned| {
            match before {
                Some(before) => owned.roles.insert(id, before),
                None => owned.roles.remove(&id),
            };
        });
        Ok(())
    }

    fn change_overrides(&mut self, change: impl FnOnce(&mut Owned) -> Result<(), Error>) -> Result<(), Error> {
        let owned = self.owned()?;
        let before = owned.overrides.clone();
        change(owned)?;
        owned.overrides.features.sort_unstable_by_key(|kept| kept.id);
        owned.overrides.limits.sort_unstable_by_key(|kept| kept.id);
        self.remember(move |owned| owned.overrides = before);
        self.raise_auth_version()
    }
}

/// Refuses an id that another override has.
fn require_new(overrides: &Overrides, id: OverrideId) -> Result<(), Error> {
    let mut ids = overrides.features.iter().map(|kept| kept.id).chain(overrides.limits.iter().map(|kept| kept.id));
    if ids.any(|known| known == id) { Err(duplicate("override")) } else { Ok(()) }
}

impl RoleRead for Transaction<'_> {
    fn role(&mut self, id: RoleId) -> Result<Role, Error> {
        self.owned()?.roles.get(&id).cloned().ok_or_else(|| absent("role"))
    }

    fn role_named(&mut self, name: &str) -> Result<Role, Error> {
        let folded = fold(name);
        let found = self.owned()?.roles.values().find(|role| fold(&role.name) == folded);
        found.cloned().ok_or_else(|| absent("role"))
    }

    fn all_roles(&mut self) -> Result<Vec<Role>, Error> {
        Ok(self.owned()?.roles.values().cloned().collect())
    }

    fn grant(&mut self, id: GrantId) -> Result<RoleGrant, Error> {
        self.owned()?.grants.iter().find(|grant| grant.id == id).cloned().ok_or_else(|| absent("grant"))
    }

    fn all_grants(&mut self) -> Result<Vec<RoleGrant>, Error> {
        let mut grants = self.owned()?.grants.clone();
        grants.sort_unstable_by_key(|grant| grant.id);
        Ok(grants)
    }

    fn sod_rules(&mut self) -> Result<Vec<SodRule>, Error> {
        Ok(self.owned()?.rules.values().cloned().collect())
    }
}

impl RoleTx for Transaction<'_> {
    fn insert_role(&mut self, role: &Role) -> Result<Role, Error> {
        let role = inserted(self, role)?;
        self.put_role(&role)?;
        Ok(role)
    }

    fn replace_role(&mut self, expected: u64, role: &Role) -> Result<Role, Error> {
        for changed in replaced(self, expected, role)? {
            self.put_role(&changed)?;
        }
        self.raise_auth_version()?;
        self.role(role.id)
    }

    fn remove_role(&mut self, id: RoleId, expected: u64) -> Result<(), Error> {
        require_removable(self, id, expected)?;
        if let Some(before) = self.owned()?.roles.remove(&id) {
            self.remember(move |owned| {
                owned.roles.insert(id, before);
            });
        }
        Ok(())
    }

    fn insert_sod_rule(&mut self, rule: &SodRule) -> Result<(), Error> {
        require_rule(self, rule)?;
        let id = rule.id;
        self.owned()?.rules.insert(id, rule.clone());
        self.remember(move |owned| {
            owned.rules.remove(&id);
        });
        Ok(())
    }

    fn remove_sod_rule(&mut self, id: SodRuleId) -> Result<(), Error> {
        let before = self.owned()?.rules.remove(&id).ok_or_else(|| absent("rule"))?;
        self.remember(move |owned| {
            owned.rules.insert(id, before);
        });
        Ok(())
    }
}

impl OverrideRead for Transaction<'_> {
    fn overrides(&mut self) -> Result<Overrides, Error> {
        Ok(self.owned()?.overrides.clone())
    }
}

impl OverrideTx for Transaction<'_> {
    fn set_feature_override(&mut self, kept: &FeatureOverride) -> Result<(), Error> {
        require_feature_override(kept)?;
        self.change_overrides(|owned| {
            let mut features = owned.overrides.features.clone();
            features.retain(|known| !same_place(known, kept));
            require_new(&Overrides { features: features.clone(), limits: owned.overrides.limits.clone() }, kept.id)?;
            features.push(kept.clone());
            owned.overrides.features = features;
            Ok(())
        })
    }

    fn set_limit_override(&mut self, kept: &LimitOverride) -> Result<(), Error> {
        require_limit_override(kept)?;
        self.change_overrides(|owned| {
            let mut limits = owned.overrides.limits.clone();
            limits.retain(|known| known.limit != kept.limit);
            require_new(&Overrides { features: owned.overrides.features.clone(), limits: limits.clone() }, kept.id)?;
            limits.push(kept.clone());
            owned.overrides.limits = limits;
            Ok(())
        })
    }

    fn remove_override(&mut self, id: OverrideId) -> Result<(), Error> {
        self.change_overrides(|owned| {
            let Overrides { features, limits } = &mut owned.overrides;
            let before = features.len() + limits.len();
            features.retain(|known| known.id != id);
            limits.retain(|known| known.id != id);
            if features.len() + limits.len() < before { Ok(()) } else { Err(absent("override")) }
        })
    }
}
