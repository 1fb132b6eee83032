//! Policies in Cedar's language over our evaluator: what it allows they may forbid, and nothing else, so that
//! no mistake in them gives anyone a right: `cargo run --release --example forbid_only` in this folder.
//!
//! Lists and single reads go through the same policy, which is checked at the end, beside the same tenant
//! without it.
//!
//! Entering a tenant works out all twelve permissions, and so asks the policy twelve times: on the machine and
//! in the build that `src/main.rs` tells of, a check by a principal takes 3.3 microseconds (3.3 to 3.5) by the
//! evaluator alone and 107 (100 to 109) with these policies. A context that is kept answers `can` at its old price.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use cedar_policy::{
    Authorizer, Context, Effect, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy as Statement, PolicyId,
    PolicySet, Request, RestrictedExpression,
};
use valor_ivx::id::{NoteId, OrganizationId};
use valor_ivx::platform::{NewNote, NewTenant, NewUser, Platform};
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{
    Audience, Decision, Permission, PlatformRole, Policy, PrincipalKind, Resource, TenantCtx, VerifiedPrincipal,
};

/// A wall between organizations, whatever their users share with the tenant; and nothing is deleted.
const POLICIES: &str = r#"
forbid(principal, action, resource is Kept) unless {
    resource.owner == principal ||
    (principal has organization && resource has organization && principal.organization == resource.organization)
};

forbid(principal, action == Action::"delete_models", resource);
"#;

/// Policies of Cedar's that only forbid.
struct Forbidding {
    authorizer: Authorizer,
    policies: PolicySet,
}

impl Forbidding {
    /// Reads policies, of which none may permit anything.
    fn parse(text: &str) -> Result<Self, Box<dyn Error>> {
        let mut policies: PolicySet = text.parse()?;
        if policies.templates().next().is_some() {
            return Err("policies: a template, where each must stand for itself".into());
        }
        if let Some(permit) = policies.policies().find(|policy| policy.effect() == Effect::Permit) {
            return Err(format!("policies: {} permits, where all must forbid", permit.id()).into());
        }
        // What reaches Cedar at all was allowed by the evaluator.
        let id = PolicyId::new("the evaluator");
        policies.add(Statement::parse(Some(id), "permit(principal, action, resource);")?)?;
        Ok(Self { authorizer: Authorizer::new(), policies })
    }

    /// Whether they leave it as allowed as it was.
    fn agrees(&self, cx: &TenantCtx, permission: Permission, on: &Resource) -> Result<bool, Box<dyn Error>> {
        let user = uid("User", &cx.user().to_string())?;
        let action = uid("Action", permission.name())?;
        let (resource, attributes) = described(cx, on)?;
        let own = organization(cx.organization())?.into_iter().collect();
        let entities = [
            Entity::new(user.clone(), own, HashSet::new())?,
            Entity::new(resource.clone(), attributes, HashSet::new())?,
        ];
        let entities = Entities::from_entities(entities, None)?;
        let context = [
            ("plan".to_owned(), RestrictedExpression::new_string(cx.plan().to_owned())),
            ("kind".to_owned(), RestrictedExpression::new_string(cx.kind().name().to_owned())),
        ];
        let request = Request::new(user, action, resource, Context::from_pairs(context)?, None)?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        // Cedar passes over a policy that errs; one that was to forbid would be lost.
        let erred = response.diagnostics().errors().next().is_some();
        Ok(response.decision() == cedar_policy::Decision::Allow && !erred)
    }
}

impl Policy for Forbidding {
    fn decide(&self, cx: &TenantCtx, permission: Permission, on: &Resource, built_in: Decision) -> Decision {
        // What is refused already keeps its reason, and what cannot be asked is forbidden.
        let agrees = !built_in.allow || self.agrees(cx, permission, on).unwrap_or(false);
        if agrees { built_in } else { built_in.forbidden() }
    }
}

type Attributes = HashMap<String, RestrictedExpression>;

fn uid(kind: &str, id: &str) -> Result<EntityUid, Box<dyn Error>> {
    Ok(EntityUid::from_type_name_and_id(kind.parse::<EntityTypeName>()?, EntityId::new(id)))
}

fn reference(kind: &str, id: &str) -> Result<RestrictedExpression, Box<dyn Error>> {
    Ok(RestrictedExpression::new_entity_uid(uid(kind, id)?))
}

/// The attribute that names an organization, if there is one.
fn organization(id: Option<OrganizationId>) -> Result<Option<(String, RestrictedExpression)>, Box<dyn Error>> {
    id.map(|id| Ok(("organization".to_owned(), reference("Organization", &id.to_string())?))).transpose()
}

/// What is acted on, as an entity with attributes.
fn described(cx: &TenantCtx, on: &Resource) -> Result<(EntityUid, Attributes), Box<dyn Error>> {
    let tenant = cx.tenant().to_string();
    Ok(match on {
        Resource::Tenant => (uid("Tenant", &tenant)?, HashMap::new()),
        Resource::Named(id) => (uid("Tenant", &id.to_string())?, HashMap::new()),
        Resource::Subscription => (uid("Subscription", &tenant)?, HashMap::new()),
        Resource::Owned { owner, organization: its, audience } => {
            let mut attributes: Attributes = organization(*its)?.into_iter().collect();
            attributes.insert("owner".to_owned(), reference("User", &owner.to_string())?);
            attributes.insert("audience".to_owned(), RestrictedExpression::new_string(format!("{audience:?}")));
            (uid("Kept", "it")?, attributes)
        }
        Resource::Confirmation { requested_by } => {
            let by = ("requested_by".to_owned(), reference("User", &requested_by.to_string())?);
            (uid("Confirmation", "it")?, HashMap::from([by]))
        }
    })
}

/// A tenant of two organizations, and who works there.
struct House {
    platform: Platform,
    ada: VerifiedPrincipal,
    ben: VerifiedPrincipal,
    cy: VerifiedPrincipal,
    /// What ben, of another organization than ada and cy, and cy share with the tenant.
    notes: BTreeSet<NoteId>,
}

fn person(subject: &str, role: &str) -> NewUser {
    NewUser {
        issuer: "idp".into(),
        subject: subject.into(),
        email: format!("{subject}@example.com"),
        display_name: subject.into(),
        role: Some(role.into()),
    }
}

impl House {
    fn under(policy: Option<Forbidding>) -> Result<Self, Box<dyn Error>> {
        let builder = Platform::builder("memory:").operator("host", "root", PlatformRole::Operator);
        let platform = match policy {
            Some(policy) => builder.policy(Arc::new(policy)),
            None => builder,
        };
        let platform = platform.open()?;
        let operator = platform.principal("host", "root", None, PrincipalKind::Platform)?;
        let admin = person("ada", "Admin");
        let new = NewTenant { slug: "acme".into(), name: "Acme".into(), plan: "enterprise".into(), admin };
        let tenant = platform.tenants().create(&operator, &new)?.tenant.id;
        let principal = |subject: &str| platform.principal("idp", subject, Some(tenant), PrincipalKind::User);
        let (ada, ben, cy) = (principal("ada")?, principal("ben")?, principal("cy")?);
        let deals = platform.organizations().create(&ada, "Deals")?.id;
        platform.users().create_in(&ada, &person("ben", "Analyst"), Some(deals))?;
        platform.users().create(&ada, &person("cy", "Analyst"))?;
        let mut notes = BTreeSet::new();
        for (who, subject) in [(&ben, "AAPL"), (&cy, "MSFT"), (&ben, "NVDA"), (&cy, "ORCL")] {
            let new = NewNote { subject: subject.into(), body: "seen".into(), audience: Audience::Tenant };
            notes.insert(platform.notes().create(who, &new)?.id);
        }
        Ok(Self { platform, ada, ben, cy, notes })
    }

    /// The notes that lists show, page by page; one at a time the same are shown.
    fn shown(&self, who: &VerifiedPrincipal) -> Result<usize, Box<dyn Error>> {
        let mut listed = BTreeSet::new();
        let mut request = PageReq::of_size(1);
        loop {
            let page = self.platform.notes().list(who, &request)?;
            listed.extend(page.items.iter().map(|note| note.id));
            let Some(next) = page.next else { break };
            request = PageReq::of_size(1).at(next);
        }
        let read = self.notes.iter().copied().filter(|id| self.platform.notes().get(who, *id).is_ok());
        assert_eq!(listed, read.collect());
        Ok(listed.len())
    }

    /// Median and spread, in nanoseconds, of a question whether ben may save.
    fn nanos(&self) -> [f64; 3] {
        const CALLS: u32 = 200;
        let mut seen: Vec<f64> = (0..31)
            .map(|_| {
                let start = Instant::now();
                (0..CALLS).for_each(|_| {
                    assert!(self.platform.can(black_box(&self.ben), Permission::WriteModels).expect("an answer"));
                });
                start.elapsed().as_nanos() as f64 / f64::from(CALLS)
            })
            .collect();
        seen.sort_by(f64::total_cmp);
        [seen[15], seen[0], seen[30]]
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    assert!(Forbidding::parse("permit(principal, action, resource);").is_err());

    let (alone, walled) = (House::under(None)?, House::under(Some(Forbidding::parse(POLICIES)?))?);
    for (house, shown, deletes) in [(&alone, 4, true), (&walled, 2, false)] {
        for who in [&house.ada, &house.ben, &house.cy] {
            assert_eq!(house.shown(who)?, shown);
        }
        assert_eq!(house.platform.can(&house.ada, Permission::DeleteModels)?, deletes);
        assert!(house.platform.can(&house.ben, Permission::WriteModels)?);
        // It gives nobody what the evaluator does not.
        assert!(!house.platform.can(&house.ben, Permission::AdminUsers)?);
    }

    let erring = r#"forbid(principal, action == Action::"view_audit_logs", resource) when { resource.nowhere };"#;
    let erring = House::under(Some(Forbidding::parse(erring)?))?;
    assert!(!erring.platform.can(&erring.ada, Permission::ViewAuditLogs)?);
    assert!(erring.platform.can(&erring.ada, Permission::DeleteModels)?);

    println!("each of three sees 4 notes of 4 by the evaluator alone, 2 behind the wall, listed or read one by one");
    for (name, house) in [("the evaluator alone", &alone), ("with Cedar's policies", &walled)] {
        let [middle, least, most] = house.nanos();
        println!("a permission checked, {name}: {middle:.0} ns ({least:.0} to {most:.0})");
    }
    Ok(())
}
