//! The rules in the words of casbin and of Cedar.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use casbin::{CachedApi as _, CachedEnforcer, CoreApi as _, DefaultCache, DefaultModel, Enforcer, StringAdapter};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use valor_ivx::tenancy::Permission;

use crate::rules::{Question, Rules};

/// RBAC with domains, as casbin's own examples have it, with the comparisons that cost least first.
const MODEL: &str = "
[request_definition]
r = sub, dom, act

[policy_definition]
p = sub, dom, act

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.dom == p.dom && r.act == p.act && g(r.sub, p.sub, r.dom)
";

/// The model and the rules, a line each.
fn lines(rules: &Rules) -> (DefaultModel, StringAdapter) {
    let mut text = String::new();
    for tenant in rules.tenants() {
        for role in rules.roles() {
            for permission in &role.permissions {
                writeln!(text, "p, {}, {tenant}, {}", role.name, permission.name()).expect("room");
            }
            for above in &role.inherits {
                writeln!(text, "g, {}, {above}, {tenant}", role.name).expect("room");
            }
        }
        for (user, role) in rules.users() {
            writeln!(text, "g, {user}, {role}, {tenant}").expect("room");
        }
    }
    let model = now(DefaultModel::from_str(MODEL)).expect("a model");
    (model, StringAdapter::new(text))
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// casbin as it comes.
pub(crate) struct Casbin(Enforcer);

impl Casbin {
    pub(crate) fn of(rules: &Rules) -> Self {
        let (model, lines) = lines(rules);
        Self(now(Enforcer::new(model, lines)).expect("an enforcer"))
    }

    pub(crate) fn ask(&self, Question { tenant, user, permission, .. }: &Question) -> bool {
        self.0.enforce((user.as_str(), tenant.as_str(), permission.name())).expect("an answer")
    }
}

/// casbin with room to remember every answer.
pub(crate) struct Remembering(CachedEnforcer);

impl Remembering {
    pub(crate) fn of(rules: &Rules) -> Self {
        let (model, lines) = lines(rules);
        let mut enforcer = now(CachedEnforcer::new(model, lines)).expect("an enforcer");
        enforcer.set_cache(Box::new(DefaultCache::new(1 << 20)));
        Self(enforcer)
    }

    pub(crate) fn ask(&self, Question { tenant, user, permission, .. }: &Question) -> bool {
        self.0.enforce((user.as_str(), tenant.as_str(), permission.name())).expect("an answer")
    }
}

/// What a policy of Cedar's stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policies {
    /// A permission that a role of a tenant's holds.
    OfRules,
    /// A permission: which roles hold it is an attribute of the tenant.
    OfPermissions,
}

/// Cedar, with a request to be made for each question.
pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    /// Principal, action and resource of each question.
    asked: Vec<[EntityUid; 3]>,
}

fn uid(kind: &str, id: &str) -> EntityUid {
    let kind: EntityTypeName = kind.parse().expect("a type");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

/// Roles and users have their names under their tenant's.
fn uid_in(tenant: &str, kind: &str, name: &str) -> EntityUid {
    uid(kind, &format!("{tenant}/{name}"))
}

impl Cedar {
    pub(crate) fn of(rules: &Rules, policies: Policies) -> Self {
        let mut text = String::new();
        let mut entities = Vec::new();
        for tenant in rules.tenants() {
            let mut held: HashMap<String, RestrictedExpression> = HashMap::new();
            for permission in Permission::ALL {
                let holders = rules.roles().iter().filter(|role| role.permissions.contains(permission));
                let holders = holders.map(|role| uid_in(tenant, "Role", role.name));
                if policies == Policies::OfPermissions {
                    let holders = holders.map(RestrictedExpression::new_entity_uid);
                    held.insert(permission.name().to_owned(), RestrictedExpression::new_set(holders));
                    continue;
                }
                for role in holders {
                    let on = format!("action == Action::\"{}\", resource == Tenant::\"{tenant}\"", permission.name());
                    writeln!(text, "permit(principal in {role}, {on});").expect("room");
                }
            }
            entities.push(Entity::new(uid("Tenant", tenant), held, HashSet::new()).expect("an entity"));
            for role in rules.roles() {
                let above = role.inherits.iter().map(|above| uid_in(tenant, "Role", above)).collect();
                entities.push(Entity::new_no_attrs(uid_in(tenant, "Role", role.name), above));
            }
            for (user, role) in rules.users() {
                let roles = HashSet::from([uid_in(tenant, "Role", role)]);
                entities.push(Entity::new_no_attrs(uid_in(tenant, "User", &user), roles));
            }
        }
        if policies == Policies::OfPermissions {
            for permission in Permission::ALL.iter().map(|permission| permission.name()) {
                let on = format!("principal, action == Action::\"{permission}\", resource");
                writeln!(text, "permit({on}) when {{ principal in resource.{permission} }};").expect("room");
            }
        }
        let asked = rules.questions().iter().map(|Question { tenant, user, permission, .. }| {
            [uid_in(tenant, "User", user), uid("Action", permission.name()), uid("Tenant", tenant)]
        });
        Self {
            authorizer: Authorizer::new(),
            policies: text.parse().expect("policies"),
            entities: Entities::from_entities(entities, None).expect("entities"),
            asked: asked.collect(),
        }
    }

    pub(crate) fn ask(&self, question: usize) -> bool {
        let [principal, action, resource] = self.asked[question].clone();
        let request = Request::new(principal, action, resource, Context::empty(), None).expect("a request");
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        response.decision() == Decision::Allow
    }
}
