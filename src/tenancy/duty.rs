//! Separation of duty: which permissions one user may not hold together.
//!
//! A rule is static: it binds when a role is given or changed, or the rule is made, not when something is
//! decided.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hierarchy::Role;
use super::permission::PermissionSet;
use super::role::{GrantScope, RoleGrant};
use crate::by_key::by_key;
use crate::error::Error;
use crate::id::{OrganizationId, SodRuleId, UserId};
use crate::time::Timestamp;

/// Forbids one user two or more of its permissions in one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SodRule {
    /// Its id.
    pub id: SodRuleId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// Of these, two or more, a user holds one at most.
    pub permissions: PermissionSet,
    /// Where it binds: in one organization, or in the tenant as a whole and in each organization of it.
    pub scope: GrantScope,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its version; a rule does not change.
    pub version: u64,
}

/// A user who holds what a rule keeps apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offender {
    /// The rule.
    pub rule: String,
    /// The user.
    pub user_id: UserId,
    /// The scope in which it is so.
    pub scope: GrantScope,
    /// What of the rule's the user holds there.
    pub permissions: PermissionSet,
}

impl SodRule {
    /// Those who offend against it by grants that have not ended at `now`; whether a user is active does not
    /// matter, since it may become so. A grant in the whole tenant counts in each organization too.
    #[must_use]
    pub fn offenders(&self, grants: &[RoleGrant], roles: &[Role], now: Timestamp) -> Vec<Offender> {
        let known = by_key(roles.iter().map(|role| (role.id, role.effective)));
        let mut whole: BTreeMap<UserId, PermissionSet> = BTreeMap::new();
        let mut within: BTreeMap<(UserId, OrganizationId), PermissionSet> = BTreeMap::new();
        for grant in grants.iter().filter(|grant| grant.is_live(now)) {
            let held = known.get(&grant.role_id).copied().unwrap_or_default();
            let place = match grant.scope {
                GrantScope::Tenant => whole.entry(grant.user_id).or_default(),
                GrantScope::Organization(id) => within.entry((grant.user_id, id)).or_default(),
            };
            *place = place.union(held);
        }
        let everywhere = |user: UserId| whole.get(&user).copied().unwrap_or_default();
        let mut places: BTreeSet<(UserId, Option<OrganizationId>)> = BTreeSet::new();
        match self.scope {
            GrantScope::Tenant => {
                places.extend(whole.keys().map(|user| (*user, None)));
                places.extend(within.keys().map(|(user, id)| (*user, Some(*id))));
            }
            GrantScope::Organization(id) => {
                places.extend(whole.keys().map(|user| (*user, Some(id))));
                places.extend(within.keys().filter(|(_, place)| *place == id).map(|(user, id)| (*user, Some(*id))));
            }
        }
        let mut offenders: Vec<Offender> = Vec::new();
        for (user_id, place) in places {
            let there = place.and_then(|id| within.get(&(user_id, id))).copied().unwrap_or_default();
            let permissions = self.permissions.intersection(everywhere(user_id).union(there));
            if permissions.iter().count() < 2 {
                continue;
            }
            // Who offends in the whole tenant does so in each organization: told once.
            let told = offenders.iter().any(|known| known.user_id == user_id && known.permissions == permissions);
            if !told {
                let scope = place.map_or(GrantScope::Tenant, GrantScope::Organization);
                offenders.push(Offender { rule: self.name.clone(), user_id, scope, permissions });
            }
        }
        offenders
    }
}

/// The most offenders that a refusal names.
const MOST_NAMED: usize = 100;

/// Refuses what offends against a rule.
pub(crate) fn require_separated(
    rules: &[SodRule],
    grants: &[RoleGrant],
    roles: &[Role],
    now: Timestamp,
) -> Result<(), Error> {
    let mut offenders: Vec<_> = rules.iter().flat_map(|rule| rule.offenders(grants, roles, now)).collect();
    if offenders.is_empty() {
        return Ok(());
    }
    let count = offenders.len();
    offenders.truncate(MOST_NAMED);
    let what = format!("users who would hold what the rule {} keeps apart", offenders[0].rule);
    let named =
        serde_json::to_value(&offenders).map_err(|cause| Error::internal("unwritable_row", cause.to_string()))?;
    Err(Error::conflict("sod_violation", what)
        .with("used", count as u64)
        .with("offenders", named)
        .with_hint("take one of the permissions from each of them first"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{GrantId, SeededIds, TenantId};
    use crate::tenancy::{BuiltInRole, Permission};

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[test]
    fn one_user_offends_by_grants_that_count_in_one_scope_and_have_not_ended() {
        let ids = SeededIds::new([1; 32]);
        let tenant = TenantId::new(&ids, NOW);
        let [ada, ben] = [(); 2].map(|()| UserId::new(&ids, NOW));
        let [home, abroad] = [(); 2].map(|()| OrganizationId::new(&ids, NOW));
        let roles: Vec<_> = BuiltInRole::ALL
            .iter()
            .map(|role| Role { effective: role.own_permissions(), ..role.role_in(tenant, NOW) })
            .collect();
        let rule = |scope| SodRule {
            id: SodRuleId::new(&ids, NOW),
            name: "four eyes".to_owned(),
            permissions: PermissionSet::of(&[Permission::ReadModels, Permission::ViewAnalytics]),
            scope,
            created_at: NOW,
            version: 1,
        };
        let grant = |user_id, role: BuiltInRole, scope, expires_at| RoleGrant {
            id: GrantId::new(&ids, NOW),
            user_id,
            role_id: role.id_in(tenant),
            scope,
            granted_by: None,
            expires_at,
        };
        let scopes = |rule: &SodRule, grants: &[RoleGrant]| {
            rule.offenders(grants, &roles, NOW)
                .into_iter()
                .map(|found| (found.user_id, found.scope))
                .collect::<Vec<_>>()
        };
        let (whole, there) = (GrantScope::Tenant, GrantScope::Organization(home));
        let (guest, viewer) = (BuiltInRole::Guest, BuiltInRole::Viewer);
        let tells = |rule_scope, grants: &[RoleGrant]| scopes(&rule(rule_scope), grants);
        let apart = [grant(ada, guest, whole, None), grant(ben, viewer, whole, None)];
        assert!(tells(whole, &apart).is_empty(), "two users, one each");
        let both = [grant(ada, guest, whole, None), grant(ada, viewer, whole, None)];
        assert_eq!(tells(whole, &both), [(ada, whole)]);
        let mixed = [grant(ada, guest, whole, None), grant(ada, viewer, there, None)];
        assert_eq!((tells(whole, &mixed), tells(there, &mixed)), (vec![(ada, there)], vec![(ada, there)]));
        assert!(tells(GrantScope::Organization(abroad), &mixed).is_empty());
        let elsewhere = [grant(ada, guest, there, None), grant(ada, viewer, GrantScope::Organization(abroad), None)];
        assert!(tells(whole, &elsewhere).is_empty(), "no scope holds both");
        let ended = [grant(ada, guest, whole, Some(NOW)), grant(ada, viewer, whole, None)];
        assert!(tells(whole, &ended).is_empty());
        let refused = require_separated(&[rule(whole)], &both, &roles, NOW).unwrap_err();
        assert_eq!(refused.reason(), Some("sod_violation"));
        assert_eq!(refused.detail("offenders").unwrap()[0]["user_id"], ada.to_string());
    }
}
