//! The roles of a tenant as a hierarchy: what each holds itself and what it inherits from others.
//!
//! What a role comes to is worked out when one is written ([`with_role`]) and only read when something is
//! decided.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::permission::PermissionSet;
use super::role::BuiltInRole;
use crate::by_key::{by_key, set_of};
use crate::error::Error;
use crate::id::{RoleId, TenantId};
use crate::time::Timestamp;

/// How many roles there are at most from one to the last that it inherits from, both counted.
const MOST_DEPTH: usize = 5;

/// A role of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// What it is for; at most 1,000 characters.
    pub description: String,
    /// The permissions it holds itself.
    pub permissions: PermissionSet,
    /// The roles whose permissions it holds too.
    pub inherits: Vec<RoleId>,
    /// Its own and all inherited permissions, worked out by the store on each write.
    pub effective: PermissionSet,
    /// Whether it is one of those that every tenant has and that never change.
    pub built_in: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}

impl BuiltInRole {
    /// The id of this role in a tenant: the same in every store, since it is drawn from the tenant's own by
    /// SHA-256, under the instant that one holds.
    #[must_use]
    pub fn id_in(self, tenant: TenantId) -> RoleId {
        let digest = Sha256::new().chain_update(tenant.as_bytes()).chain_update(self.name()).finalize();
        let mut bytes: [u8; 16] = digest[..16].try_into().expect("a digest is longer");
        bytes[..6].copy_from_slice(&tenant.as_bytes()[..6]);
        // The bits of the version and the variant, as UUID v7 has them.
        bytes[6] = bytes[6] & 0x0f | 0x70;
        RoleId::of(Builder::from_bytes(bytes).with_variant(uuid::Variant::RFC4122).into_uuid())
    }

    /// This role as a row of a tenant's.
    #[must_use]
    pub fn role_in(self, tenant: TenantId, at: Timestamp) -> Role {
        Role {
            id: self.id_in(tenant),
            name: self.name().to_owned(),
            description: self.description().to_owned(),
            permissions: self.own_permissions(),
            inherits: self.inherits().map(|role| role.id_in(tenant)).into_iter().collect(),
            effective: self.permissions(),
            built_in: true,
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }
}

/// What changes when `role` is put among `roles`, in place of the one of its id if there is one: itself, and
/// of those that inherit from it those which come to something else.
///
/// Refused are an unknown role inherited from, a circle (`cycle`), and a line of more than five.
pub(crate) fn with_role(roles: &[Role], role: &Role) -> Result<Vec<Role>, Error> {
    let mut known = by_key(roles.iter().map(|role| (role.id, role)));
    known.insert(role.id, role);
    let named = set_of(&role.inherits);
    if named.len() < role.inherits.len() {
        return Err(Error::invalid_input("inherits", role.inherits.len(), "each role once"));
    }
    if role.inherits.iter().any(|id| !known.contains_key(id)) {
        return Err(Error::not_found("not_found", "role"));
    }
    require_no_circle(&known, role)?;
    let mut closed = BTreeMap::new();
    let mut changed = Vec::new();
    for each in known.values() {
        let (_, effective) = close(&known, each, &mut closed)?;
        if each.id == role.id || effective != each.effective {
            changed.push(Role { effective, ..(*each).clone() });
        }
    }
    Ok(changed)
}

/// Refuses a role that would inherit from itself.
fn require_no_circle(known: &BTreeMap<RoleId, &Role>, role: &Role) -> Result<(), Error> {
    let (mut seen, mut next) = (BTreeSet::new(), role.inherits.clone());
    while let Some(id) = next.pop() {
        if id == role.id {
            let constraint = "roles that do not themselves inherit from this one";
            return Err(Error::invalid_input("inherits", role.name.clone(), constraint).with_reason("cycle"));
        }
        if seen.insert(id) {
            next.extend(known.get(&id).into_iter().flat_map(|role| &role.inherits));
        }
    }
    Ok(())
}

/// What is known of a role already: how deep it reaches, and what it comes to.
type Closed = BTreeMap<RoleId, (usize, PermissionSet)>;

/// Among roles without a circle.
fn close(known: &BTreeMap<RoleId, &Role>, role: &Role, closed: &mut Closed) -> Result<(usize, PermissionSet), Error> {
    if let Some(done) = closed.get(&role.id) {
        return Ok(*done);
    }
    let (mut depth, mut effective) = (1, role.permissions);
    for heir_of in role.inherits.iter().filter_map(|id| known.get(id)) {
        let (below, inherited) = close(known, heir_of, closed)?;
        depth = depth.max(below + 1);
        effective = effective.union(inherited);
    }
    if depth > MOST_DEPTH {
        let constraint = format!("at most {MOST_DEPTH} roles, this one among them, from first to last");
        return Err(Error::invalid_input("inherits", role.name.clone(), constraint));
    }
    closed.insert(role.id, (depth, effective));
    Ok((depth, effective))
}

impl RoleId {
    fn of(uuid: Uuid) -> Self {
        uuid.to_string().parse().expect("the canonical form of an id that is not nil")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::SeededIds;
    use crate::tenancy::Permission;

    const AT: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn tenant(seed: u8) -> TenantId {
        TenantId::new(&SeededIds::new([seed; 32]), AT)
    }

    fn built_in() -> Vec<Role> {
        BuiltInRole::ALL.iter().map(|role| role.role_in(tenant(1), AT)).collect()
    }

    fn custom(ids: &SeededIds, name: &str, permissions: &[Permission], inherits: &[RoleId]) -> Role {
        Role {
            id: RoleId::new(ids, AT),
            name: name.to_owned(),
            description: String::new(),
            permissions: PermissionSet::of(permissions),
            inherits: inherits.to_vec(),
            effective: PermissionSet::default(),
            built_in: false,
            created_at: AT,
            updated_at: AT,
            version: 1,
        }
    }

    #[test]
    fn built_in_roles_have_ids_of_their_own_in_each_tenant_and_come_to_what_they_always_did() {
        let of = |tenant: TenantId| BuiltInRole::ALL.iter().map(move |role| role.id_in(tenant));
        let ids: BTreeSet<_> = of(tenant(1)).chain(of(tenant(2))).collect();
        assert_eq!(ids.len(), 8);
        assert!(ids.iter().all(|id| Uuid::from_bytes(*id.as_bytes()).get_version_num() == 7));
        assert_eq!(BuiltInRole::Admin.id_in(tenant(1)), BuiltInRole::Admin.id_in(tenant(1)));
        for role in built_in() {
            assert_eq!(with_role(&built_in(), &role).unwrap(), [role]);
        }
    }

    #[test]
    fn a_change_reaches_all_heirs_and_no_one_else() {
        let ids = SeededIds::new([2; 32]);
        let base = custom(&ids, "base", &[Permission::ExportData], &[]);
        let mut roles = built_in();
        roles.extend(with_role(&roles, &base).unwrap());
        let heir = custom(&ids, "heir", &[Permission::DeleteModels], &[base.id, BuiltInRole::Guest.id_in(tenant(1))]);
        let made = with_role(&roles, &heir).unwrap();
        let all = [Permission::ReadModels, Permission::DeleteModels, Permission::ExportData];
        assert_eq!(made[0].effective, PermissionSet::of(&all));
        roles.extend(made);
        let narrower = Role { permissions: PermissionSet::default(), ..base.clone() };
        let changed = with_role(&roles, &narrower).unwrap();
        assert_eq!(set_of(changed.iter().map(|role| role.id)), [base.id, heir.id].into());
        assert!(changed.iter().all(|role| !role.effective.contains(Permission::ExportData)));
    }

    #[test]
    fn circles_strangers_and_long_lines_are_refused() {
        let ids = SeededIds::new([3; 32]);
        let mut roles = built_in();
        let admin = BuiltInRole::Admin.id_in(tenant(1));
        let fifth = custom(&ids, "fifth", &[], &[admin]);
        roles.extend(with_role(&roles, &fifth).unwrap());
        let sixth = custom(&ids, "sixth", &[], &[fifth.id]);
        assert_eq!(with_role(&roles, &sixth).unwrap_err().field(), Some("inherits"));
        let own = Role { inherits: vec![fifth.id], ..fifth.clone() };
        assert_eq!(with_role(&roles, &own).unwrap_err().reason(), Some("cycle"));
        let guest = Role { inherits: vec![fifth.id], ..roles[0].clone() };
        assert_eq!(with_role(&roles, &guest).unwrap_err().reason(), Some("cycle"));
        let stranger = custom(&ids, "x", &[], &[RoleId::new(&ids, AT)]);
        assert_eq!(with_role(&roles, &stranger).unwrap_err().reason(), Some("not_found"));
        let twice = custom(&ids, "x", &[], &[admin, admin]);
        assert_eq!(with_role(&roles, &twice).unwrap_err().field(), Some("inherits"));
    }

    proptest! {
        #[test]
        fn a_role_comes_to_its_own_and_all_that_it_reaches(
            edges in prop::collection::vec((0_usize..6, 0_usize..6), 0..12),
            bits in prop::collection::vec(prop::sample::select(Permission::ALL), 6),
        ) {
            let ids = SeededIds::new([4; 32]);
            let mut roles: Vec<Role> =
                bits.iter().map(|permission| custom(&ids, "x", &[*permission], &[])).collect();
            for role in roles.clone() {
                let changed = with_role(&roles, &role).unwrap();
                roles.retain(|known| changed.iter().all(|changed| changed.id != known.id));
                roles.extend(changed);
            }
            roles.sort_by_key(|role| role.id);
            for (from, to) in edges {
                let mut role = roles[from].clone();
                role.inherits.push(roles[to].id);
                for changed in with_role(&roles, &role).unwrap_or_default() {
                    let place = roles.iter().position(|known| known.id == changed.id).unwrap();
                    roles[place] = changed;
                }
                // Reached by walking, whatever was remembered.
                for role in &roles {
                    let (mut reached, mut next) = (PermissionSet::default(), vec![(role.id, 1)]);
                    while let Some((id, depth)) = next.pop() {
                        prop_assert!(depth <= MOST_DEPTH);
                        let role = roles.iter().find(|role| role.id == id).unwrap();
                        reached = reached.union(role.permissions);
                        next.extend(role.inherits.iter().map(|id| (*id, depth + 1)));
                    }
                    prop_assert_eq!(role.effective, reached);
                }
            }
        }
    }
}
