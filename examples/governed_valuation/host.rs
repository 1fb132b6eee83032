//! What a host does around the library: open the file, register its own models, route them, make tenants and
//! users, and say who is calling. Everything here may be done again on a file that has been used before.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use valor_ivx::Error;
use valor_ivx::error::ErrorKind;
use valor_ivx::id::TenantId;
use valor_ivx::platform::{NewTenant, NewUser, Platform};
use valor_ivx::registry::{ChangeMeta, FunctionOptions};
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{PlatformRole, PrincipalKind, VerifiedPrincipal};

use crate::forecast;

/// The host's own sign-in, by whose word people are who they are.
const SIGN_IN: &str = "https://sign-in.example";
const OPERATOR: &str = "operations";
pub(crate) const FORECAST: &str = "revenue_forecast";

/// A person of a tenant.
pub(crate) struct Person {
    pub(crate) subject: &'static str,
    pub(crate) name: &'static str,
    pub(crate) role: &'static str,
}

/// A tenant, its administrator first among its people.
pub(crate) struct House {
    pub(crate) slug: &'static str,
    pub(crate) name: &'static str,
    pub(crate) plan: &'static str,
    pub(crate) people: &'static [Person],
}

pub(crate) const RESEARCH: House = House {
    slug: "fjord-research",
    name: "Fjord Research",
    plan: "enterprise",
    people: &[
        Person { subject: "odd", name: "Odd Berg", role: "Admin" },
        Person { subject: "ada", name: "Ada Nilsen", role: "Analyst" },
        Person { subject: "vera", name: "Vera Lund", role: "Viewer" },
    ],
};

pub(crate) const SMALL: House = House {
    slug: "harbour-advisers",
    name: "Harbour Advisers",
    plan: "basic",
    people: &[Person { subject: "hanne", name: "Hanne Dahl", role: "Admin" }],
};

/// Opens the file and puts both variants of the forecast and their experiment into service.
pub(crate) fn open(file: &Path) -> Result<Platform, Error> {
    let url = format!("sqlite:{}", file.display());
    let platform = Platform::builder(&url).operator(SIGN_IN, OPERATOR, PlatformRole::Operator).open()?;
    let model = FORECAST.parse()?;
    let registry = platform.registry();
    let options = || FunctionOptions { feature: Some("ml_models".to_owned()), ..FunctionOptions::default() };
    registry.register_fn(model, "smoothing".parse()?, options(), Arc::new(|input, _| forecast::smoothing(input)))?;
    registry.register_fn(model, "regression".parse()?, options(), Arc::new(|input, _| forecast::regression(input)))?;
    let experiment = json!({
        "id": "forecast-2024",
        "status": "Running",
        "salt": "AAECAwQFBgcICQoLDA0ODw==",
        "arms": [
            {"key": "smoothing", "variant": "smoothing", "weight_ppm": 700_000},
            {"key": "regression", "variant": "regression", "weight_ppm": 300_000},
        ],
        "control": "smoothing",
    });
    let models = json!({FORECAST: {"experiment": experiment}});
    let who = ChangeMeta { actor: OPERATOR.to_owned(), reason: Some("start of the process".to_owned()) };
    registry.apply_json(&json!({"schema": 1, "scope": "Global", "version": 0, "models": models}), &who)?;
    Ok(platform)
}

/// The tenant of a house, made with its people unless the file holds it already.
pub(crate) fn provision(platform: &Platform, house: &House) -> Result<TenantId, Error> {
    let operator = platform.principal(SIGN_IN, OPERATOR, None, PrincipalKind::Platform)?;
    let user = |person: &Person| NewUser {
        issuer: SIGN_IN.to_owned(),
        subject: person.subject.to_owned(),
        email: format!("{}@{}.example", person.subject, house.slug),
        display_name: person.name.to_owned(),
        role: Some(person.role.to_owned()),
    };
    let tenant = match platform.tenants().by_slug(&operator, house.slug) {
        Ok(tenant) => tenant.id,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let new = NewTenant {
                slug: house.slug.to_owned(),
                name: house.name.to_owned(),
                plan: house.plan.to_owned(),
                admin: user(&house.people[0]),
            };
            platform.tenants().create(&operator, &new)?.tenant.id
        }
        Err(error) => return Err(error),
    };
    let admin = principal(platform, tenant, &house.people[0])?;
    let known = platform.users().list(&admin, &PageReq::of_size(100))?.items;
    for person in &house.people[1..] {
        if known.iter().all(|user| user.subject != person.subject) {
            platform.users().create(&admin, &user(person))?;
        }
    }
    Ok(tenant)
}

/// The host's word that a person of a tenant is calling.
pub(crate) fn principal(platform: &Platform, tenant: TenantId, person: &Person) -> Result<VerifiedPrincipal, Error> {
    platform.principal(SIGN_IN, person.subject, Some(tenant), PrincipalKind::User)
}
