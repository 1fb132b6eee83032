//! Services of the platform as JSON in and JSON out, for every binding: a call by its name, such as
//! `users.create`, with its fields as an object. Only reading and writing of values happens here.

mod audit;
mod billing;
mod people;
mod settings;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;
use valor_ivx::Error;
use valor_ivx::cashflow::DayCount;
use valor_ivx::model::{Domain, Field, Place, Problems};
use valor_ivx::platform::{NewNote, NewScenario, NotePatch, Platform, RunRequest, ScenarioPatch};
use valor_ivx::store::{CursorKeys, Mode, PageReq, Search, Total};
use valor_ivx::tenancy::{
    Audience, BillingSink, Permission, PlanCatalogue, PlatformRole, PrincipalKind, Resource, VerifiedPrincipal,
};

pub use audit::verify_exported;

/// Runs of a page when the caller does not say.
const PAGE: u64 = 50;

/// Opens the store at `url`; `operators` are issuer, subject and role, `plans` the versions of the catalogue,
/// `cursor_keys` the secret of cursors under its id, and after it the one before, if cursors of that are still read,
/// `configuration` the schemas of what tenants set, by their keys, `billing` what is asked and handed invoices.
pub fn open(
    url: &str,
    operators: &[(String, String, String)],
    plans: &[Value],
    cursor_keys: &[(u8, Vec<u8>)],
    configuration: &Value,
    billing: Option<Arc<dyn BillingSink>>,
) -> Result<Platform, Error> {
    let mut builder = Platform::builder(url);
    if let Some(sink) = billing {
        builder = builder.billing(sink);
    }
    for (key, schema) in settings::schemas(configuration)? {
        builder = builder.configuration(&key, schema);
    }
    if let Some(keys) = keys_of(cursor_keys)? {
        builder = builder.cursor_keys(keys);
    }
    for catalogue in plans {
        builder = builder.plans(PlanCatalogue::from_json(catalogue)?);
    }
    for (issuer, subject, role) in operators {
        builder = builder.operator(issuer, subject, PlatformRole::parse(role)?);
    }
    builder.open()
}

fn keys_of(keys: &[(u8, Vec<u8>)]) -> Result<Option<CursorKeys>, Error> {
    let secret = |secret: &Vec<u8>| {
        let refuse = |_| Error::invalid_input("cursor_keys", secret.len(), "secrets of 32 bytes");
        <[u8; 32]>::try_from(secret.as_slice()).map_err(refuse)
    };
    match keys {
        [] => Ok(None),
        [(id, now)] => Ok(Some(CursorKeys::new(*id, secret(now)?))),
        [(id, now), (old, before)] => CursorKeys::new(*id, secret(now)?)
            .and_before(*old, secret(before)?)
            .map(Some)
            .map_err(|error| error.under("cursor_keys")),
        more => Err(Error::invalid_input("cursor_keys", more.len(), "one key, or two with the former last")),
    }
}

/// The host's assertion that it has verified this caller, with what it tells of the request: `network_address`,
/// `client_software`, `request_id`.
pub fn principal(
    platform: &Platform,
    issuer: &str,
    subject: &str,
    tenant: Option<&str>,
    kind: &str,
    origin: &BTreeMap<String, String>,
) -> Result<VerifiedPrincipal, Error> {
    let tenant = tenant.map(FromStr::from_str).transpose()?;
    let principal = platform.principal(issuer, subject, tenant, PrincipalKind::parse(kind)?)?;
    audit::told_of(principal, origin)
}

/// The request of a governed run; its seed may be digits.
pub fn run_request(fields: &Value) -> Result<RunRequest, Error> {
    let mut fields = fields.clone();
    if let Some(seed) = fields["seed"].as_str().and_then(|text| text.parse::<u64>().ok()) {
        fields["seed"] = seed.into();
    }
    if let Some(object) = fields.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    typed("request", &fields)
}

/// The day count of that name, or the usual one.
pub fn day_count(name: Option<&str>) -> Result<DayCount, Error> {
    let Some(name) = name else { return Ok(DayCount::default()) };
    let mut problems = Problems::default();
    let found = DayCount::read(&name.into(), &Place::ROOT.field("day_count", Domain::NUMBER), &mut problems);
    problems.into_result()?;
    Ok(found.unwrap_or_default())
}

/// Calls a service for `who`.
pub fn call(platform: &Platform, who: &VerifiedPrincipal, service: &str, fields: &Value) -> Result<Value, Error> {
    let text = |name: &str| text(fields, name);
    match service {
        "can" => Ok(platform.can_on(who, Permission::parse(text("permission")?)?, &resource(fields)?)?.into()),
        "explain" => {
            let user = fields["user_id"].as_str().map(FromStr::from_str).transpose()?;
            Ok(json!(platform.explain(who, user, Permission::parse(text("permission")?)?, &resource(fields)?)?))
        }
        "permissions" => {
            let held = platform.permissions(who)?;
            Ok(held.into_iter().map(|permission| Value::from(permission.name())).collect())
        }
        "permission_snapshot" => {
            let cx = platform.enter(who)?;
            let names = |permissions: &[Permission]| permissions.iter().map(|it| it.name()).collect::<Vec<_>>();
            let (held, known) = (names(&cx.permissions()), names(Permission::ALL));
            Ok(json!({"permissions": held, "known": known, "version": cx.policy_version()}))
        }
        "routing.apply" => Ok(platform.routing().apply(who, &fields["config"])?.into()),
        "routing.history" => Ok(json!(platform.routing().history(who, &page(fields)?)?)),
        "runs.get" => Ok(json!(platform.runs().get(who, text("id")?.parse()?)?)),
        "runs.list" => Ok(json!(platform.runs().list(who, &page(fields)?)?)),
        "runs.replay" => Ok(json!(platform.replay(who, text("id")?.parse()?)?)),
        "statistics.publish" => platform.statistics().publish(who).map(|()| Value::Null),
        "statistics.performance" => {
            let views = platform.statistics().performance(who, &text("model")?.parse()?)?;
            Ok(views.into_iter().map(|(variant, view)| (variant, view.to_json())).collect::<Map<_, _>>().into())
        }
        "statistics.usage" => Ok(json!(platform.statistics().usage(who)?)),
        "statistics.clear" => {
            let model = fields["model"].as_str().map(FromStr::from_str).transpose()?;
            Ok(platform.statistics().clear(who, model.as_ref(), fields["reason"].as_str())?.into())
        }
        "plans" => Ok(json!(platform.plans())),
        other => match other.split_once('.') {
            Some(("users", "erase") | ("audit" | "holds" | "control", _)) => {
                let told = audit::call(platform, who, other, fields)?;
                told.ok_or_else(|| Error::not_found("unknown_service", other))
            }
            Some(("tenants", call)) => people::tenants(platform, who, call, fields),
            Some(("users", call)) => people::users(platform, who, call, fields),
            Some(("organizations", call)) => people::organizations(platform, who, call, fields),
            Some(("roles", call)) => people::roles(platform, who, call, fields),
            Some(("entitlements", call)) => people::entitlements(platform, who, call, fields),
            Some(("usage", call)) => billing::usage(platform, who, call, fields),
            Some(("subscriptions", call)) => billing::subscriptions(platform, who, call, fields),
            _ => match settings::call(platform, who, other, fields)? {
                Some(told) => Ok(told),
                None => content(platform, who, other, fields),
            },
        },
    }
}

/// What a question is about: something that `owner_id` keeps, or the tenant as a whole.
fn resource(fields: &Value) -> Result<Resource, Error> {
    let Some(owner) = fields["owner_id"].as_str() else { return Ok(Resource::Tenant) };
    Ok(Resource::Owned {
        owner: owner.parse()?,
        organization: fields["organization_id"].as_str().map(FromStr::from_str).transpose()?,
        audience: match &fields["audience"] {
            Value::Null => Audience::default(),
            audience => typed("audience", &audience.clone())?,
        },
    })
}

/// Calls a service of scenarios or notes.
fn content(platform: &Platform, who: &VerifiedPrincipal, service: &str, fields: &Value) -> Result<Value, Error> {
    let (scenarios, notes) = (platform.scenarios(), platform.notes());
    let id = || text(fields, "id");
    let expected = || whole(fields, "expected");
    match service {
        "scenarios.create" => {
            let new: NewScenario = typed("scenario", &given(fields))?;
            Ok(json!(scenarios.create(who, &new)?))
        }
        "scenarios.get" => Ok(json!(scenarios.get(who, id()?.parse()?)?)),
        "scenarios.update" => {
            let patch: ScenarioPatch = typed("scenario", &only(fields, &["name", "inputs", "audience"]))?;
            Ok(json!(scenarios.update(who, id()?.parse()?, expected()?, &patch)?))
        }
        "scenarios.remove" => Ok(json!(scenarios.remove(who, id()?.parse()?, expected()?)?)),
        "scenarios.list" => Ok(json!(scenarios.list(who, &page(fields)?)?)),
        "notes.create" => {
            let new: NewNote = typed("note", &given(fields))?;
            Ok(json!(notes.create(who, &new)?))
        }
        "notes.get" => Ok(json!(notes.get(who, id()?.parse()?)?)),
        "notes.on" => Ok(json!(notes.on(who, text(fields, "subject")?)?)),
        "notes.update" => {
            let patch: NotePatch = typed("note", &only(fields, &["body", "audience"]))?;
            Ok(json!(notes.update(who, id()?.parse()?, expected()?, &patch)?))
        }
        "notes.remove" => Ok(json!(notes.remove(who, id()?.parse()?, expected()?)?)),
        "notes.list" => Ok(json!(notes.list(who, &page(fields)?)?)),
        other => Err(Error::not_found("unknown_service", other)),
    }
}

fn text<'f>(fields: &'f Value, name: &str) -> Result<&'f str, Error> {
    let value = &fields[name];
    value.as_str().ok_or_else(|| Error::invalid_input(name, value.clone(), "text"))
}

fn whole(fields: &Value, name: &str) -> Result<u64, Error> {
    let value = &fields[name];
    value.as_u64().ok_or_else(|| Error::invalid_input(name, value.clone(), "whole number"))
}

fn truth(fields: &Value, name: &str) -> Result<bool, Error> {
    let value = &fields[name];
    value.as_bool().ok_or_else(|| Error::invalid_input(name, value.clone(), "true or false"))
}

/// The page that is asked for: `size`, `cursor` or `page`, `sort`, `filter`, `search`, `total`.
fn page(fields: &Value) -> Result<PageReq, Error> {
    let present = |name: &'static str| Some(name).filter(|name| !fields[*name].is_null());
    let count = |name: &'static str| {
        let count = present(name).map(|name| whole(fields, name)).transpose()?;
        Ok::<_, Error>(count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)))
    };
    let texts = |name: &str| match &fields[name] {
        Value::Null => Ok(Vec::new()),
        Value::Object(pairs) => pairs
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| {
                let refuse = || Error::invalid_input(format!("{name}.{key}"), value.clone(), "text");
                Ok((key.clone(), value.as_str().ok_or_else(refuse)?.to_owned()))
            })
            .collect(),
        other => Err(Error::invalid_input(name, other.clone(), "an object of texts")),
    };
    let cursor = present("cursor").map(|name| text(fields, name)).transpose()?;
    let mode = match (cursor, count("page")?) {
        (Some(_), Some(page)) => return Err(Error::invalid_input("page", page, "no page beside a cursor")),
        (None, Some(page)) => Mode::Offset { page },
        (cursor, None) => Mode::Keyset { cursor: cursor.map(str::to_owned) },
    };
    let mut searches = texts("search")?.into_iter().map(|(field, prefix)| Search { field, prefix });
    let search = searches.next();
    if searches.next().is_some() {
        return Err(Error::invalid_input("search", fields["search"].clone(), "one field with how it begins"));
    }
    let total = match &fields["total"] {
        Value::Null | Value::Bool(false) => Total::None,
        Value::Bool(true) => Total::Exact,
        other => return Err(Error::invalid_input("total", other.clone(), "true or false")),
    };
    Ok(PageReq {
        size: count("size")?.unwrap_or(PageReq::default().size),
        mode,
        sort: present("sort").map(|name| text(fields, name)).transpose()?.map(str::to_owned),
        filter: texts("filter")?.into_iter().collect(),
        search,
        total,
    })
}

/// Those of the fields that are given.
fn only(fields: &Value, names: &[&str]) -> Value {
    let given = names.iter().filter(|name| !fields[**name].is_null());
    given.map(|name| ((*name).to_owned(), fields[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}

/// The fields of these names, and the others.
fn parted(fields: &Value, names: &[&str]) -> (Value, Value) {
    let all = fields.as_object().cloned().unwrap_or_default();
    let (taken, rest): (Map<_, _>, Map<_, _>) = all.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
    (taken.into(), rest.into())
}

/// The fields that are given; null is the same as absent.
fn given(fields: &Value) -> Value {
    let mut fields = fields.clone();
    if let Some(object) = fields.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    fields
}

/// Reads a value of a type that is not read field by field; the error names the innermost field that is wrong,
/// and `field` where that is the whole.
fn typed<T: DeserializeOwned>(field: &str, value: &Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|cause| {
        let within = cause.path().iter().try_fold(value, |inner, segment| match segment {
            Segment::Map { key } => inner.get(key),
            Segment::Seq { index } => inner.get(index),
            _ => None,
        });
        let path = cause.path().to_string();
        let field = if path == "." { field } else { &path };
        Error::invalid_input(field, within.cloned().unwrap_or_default(), cause.inner().to_string())
    })
}
