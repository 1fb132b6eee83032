//! The query catalogue: which lists there are, of what, in which order, and by which index. A list that is
//! not written down here cannot be asked for; the stores in a database build their statements from it.

use serde_json::{Value, json};

use super::{PageReq, key::Key};
use crate::error::Error;
use crate::store::require_key;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entity {
    /// Governed runs that were kept.
    Run,
    /// Named inputs that were kept.
    Scenario,
    /// Notes.
    Note,
    /// The users of a tenant.
    User,
    /// Its organizations.
    Organization,
    /// Its roles.
    Role,
    /// Roles given to users.
    Grant,
    /// What was used.
    Usage,
    /// The records of the audit chain.
    Audit,
    /// The versions of a tenant's routing.
    Routing,
    /// Parts of limits that are or were held.
    Reservation,
    /// What a tenant has set under keys.
    Config,
    /// Tenants, for operators.
    Tenant,
}

impl Entity {
    /// Its table, as statements write it.
    pub(in crate::store) fn table(self) -> &'static str {
        match self {
            Entity::Run => "run",
            Entity::Scenario => "scenario",
            Entity::Note => "note",
            Entity::User => "\"user\"",
            Entity::Organization => "organization",
            Entity::Role => "role",
            Entity::Grant => "role_grant",
            Entity::Usage => "usage_event",
            Entity::Audit => "audit",
            Entity::Routing => "routing",
            Entity::Reservation => "reservation",
            Entity::Config => "config_entry",
            Entity::Tenant => "tenant",
        }
    }
}

/// A column that lists are ordered or narrowed by; named as the fields of what is listed. No path from outside
/// leads here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Id,
    CreatedAt,
    UpdatedAt,
    At,
    ExpiresAt,
    Seq,
    Version,
    OwnerId,
    OrganizationId,
    UserId,
    Audience,
    Model,
    Subject,
    EmailFold,
    NameFold,
    RoleId,
    Kind,
    Actor,
    Action,
    ResourceType,
    ResourceId,
    State,
    Status,
    Plan,
    Key,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Integer,
    Text,
    Id,
}

impl Column {
    /// Its name in every database.
    pub(in crate::store) fn name(self) -> &'static str {
        match self {
            Column::Id => "id",
            Column::CreatedAt => "created_at",
            Column::UpdatedAt => "updated_at",
            Column::At => "at",
            Column::ExpiresAt => "expires_at",
            Column::Seq => "seq",
            Column::Version => "version",
            Column::OwnerId => "owner_id",
            Column::OrganizationId => "organization_id",
            Column::UserId => "user_id",
            Column::Audience => "audience",
            Column::Model => "model",
            Column::Subject => "subject",
            Column::EmailFold => "email_fold",
            Column::NameFold => "name_fold",
            Column::RoleId => "role_id",
            Column::Kind => "kind",
            Column::Actor => "actor",
            Column::Action => "action",
            Column::ResourceType => "resource_type",
            Column::ResourceId => "resource_id",
            Column::State => "state",
            Column::Status => "status",
            Column::Plan => "plan",
            Column::Key => "key",
        }
    }

    pub(in crate::store) fn holds(self) -> Holds {
        match self {
            Column::Id | Column::OwnerId | Column::OrganizationId | Column::UserId | Column::RoleId => Holds::Id,
            Column::CreatedAt | Column::UpdatedAt | Column::At | Column::ExpiresAt | Column::Seq | Column::Version => {
                Holds::Integer
            }
            _ => Holds::Text,
        }
    }
}

/// What a filter takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// Text that is to be the same.
    Text,
    /// An id.
    Id,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, which the column keeps as JSON.
    JsonWord(&'static [&'static str]),
}

/// A column that a list is narrowed by, under the name by which callers ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) column: Column,
    pub(crate) takes: Takes,
}

impl Filter {
    /// What the column must hold where a caller asks for `text`.
    fn read(&self, text: &str) -> Result<Key, Error> {
        let field = format!("filter.{}", self.name);
        let words = |words: &[&str]| {
            let refuse = || Error::invalid_input(field.clone(), text, format!("one of {}", words.join(", ")));
            words.contains(&text).then_some(()).ok_or_else(refuse)
        };
        match self.takes {
            Takes::Text if text.is_empty() => Err(Error::invalid_input(field, text, "at least one character")),
            Takes::Text => require_key(&field, text).map(|()| Key::Text(text.to_owned())),
            Takes::Id => crate::id::parse(&field, text).map(Key::Id),
            Takes::Word(known) => words(known).map(|()| Key::Text(text.to_owned())),
            Takes::JsonWord(known) => words(known).map(|()| Key::Text(json!(text).to_string())),
        }
    }
}

/// One list of the catalogue.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) entity: Entity,
    /// The name of its order.
    pub(crate) sort: &'static str,
    /// What it is narrowed by, all of it.
    pub(crate) filter: &'static [Filter],
    /// The name under which the first column of its order is searched by prefix.
    pub(crate) search: Option<&'static str>,
    /// Its order, unique in the range; all in one direction.
    pub(crate) order: &'static [Column],
    pub(crate) ascending: bool,
}

const MODEL: Filter = Filter { name: "model", column: Column::Model, takes: Takes::Text };
const SUBJECT: Filter = Filter { name: "subject", column: Column::Subject, takes: Takes::Text };
const ORGANIZATION: Filter = Filter { name: "organization", column: Column::OrganizationId, takes: Takes::Id };
const USER: Filter = Filter { name: "user", column: Column::UserId, takes: Takes::Id };
const ROLE: Filter = Filter { name: "role", column: Column::RoleId, takes: Takes::Id };
const KIND: Filter = Filter {
    name: "kind",
    column: Column::Kind,
    takes: Takes::Word(&["model_run", "trials", "api_call", "storage_byte_hour", "export"]),
};
const ACTOR: Filter = Filter { name: "actor", column: Column::Actor, takes: Takes::Text };
const ACTION: Filter = Filter { name: "action", column: Column::Action, takes: Takes::Text };
const RESOURCE_TYPE: Filter = Filter { name: "resource_type", column: Column::ResourceType, takes: Takes::Text };
const RESOURCE_ID: Filter = Filter { name: "resource_id", column: Column::ResourceId, takes: Takes::Text };
const STATE: Filter =
    Filter { name: "state", column: Column::State, takes: Takes::JsonWord(&["Open", "Committed", "Released"]) };
const STATUS: Filter =
    Filter { name: "status", column: Column::Status, takes: Takes::JsonWord(&["Active", "Suspended", "Deactivated"]) };
const PLAN: Filter = Filter { name: "plan", column: Column::Plan, takes: Takes::Text };

const CREATED: &[Column] = &[Column::CreatedAt, Column::Id];
const UPDATED: &[Column] = &[Column::UpdatedAt, Column::Id];
const NAME: &[Column] = &[Column::NameFold, Column::Id];
const AT: &[Column] = &[Column::At, Column::Id];
/// Unique in a tenant, and so an order by themselves.
const EMAIL: &[Column] = &[Column::EmailFold];
const NAME_ALONE: &[Column] = &[Column::NameFold];
const SEQ: &[Column] = &[Column::Seq];
const VERSION: &[Column] = &[Column::Version];
/// Ids are made in the order of time.
const MADE: &[Column] = &[Column::Id];

const fn newest(entity: Entity, sort: &'static str, filter: &'static [Filter], order: &'static [Column]) -> Line {
    Line { entity, sort, filter, search: None, order, ascending: false }
}

const fn rising(
    entity: Entity,
    sort: &'static str,
    filter: &'static [Filter],
    search: Option<&'static str>,
    order: &'static [Column],
) -> Line {
    Line { entity, sort, filter, search, order, ascending: true }
}

/// Every list there is; of those that a request fits the first is taken.
///
/// Runs, scenarios and notes are read through the ranges of what the user sees
/// ([`Visibility`](crate::tenancy::Visibility)), all else through one range.
pub(crate) const CATALOGUE: &[Line] = &[
    newest(Entity::Run, "created", &[], CREATED),
    newest(Entity::Run, "created", &[MODEL], CREATED),
    newest(Entity::Run, "created", &[SUBJECT], CREATED),
    newest(Entity::Scenario, "updated", &[], UPDATED),
    newest(Entity::Scenario, "updated", &[SUBJECT], UPDATED),
    newest(Entity::Note, "updated", &[], UPDATED),
    newest(Entity::User, "created", &[], CREATED),
    newest(Entity::User, "created", &[ORGANIZATION], CREATED),
    rising(Entity::User, "email", &[], Some("email"), EMAIL),
    rising(Entity::User, "name", &[], Some("name"), NAME),
    rising(Entity::Organization, "name", &[], None, NAME_ALONE),
    newest(Entity::Organization, "created", &[], CREATED),
    rising(Entity::Organization, "name", &[], Some("name"), NAME_ALONE),
    rising(Entity::Role, "name", &[], None, NAME_ALONE),
    newest(Entity::Grant, "created", &[USER], MADE),
    newest(Entity::Grant, "created", &[ROLE], MADE),
    newest(Entity::Usage, "at", &[], AT),
    newest(Entity::Usage, "at", &[KIND], AT),
    newest(Entity::Audit, "seq", &[], SEQ),
    newest(Entity::Audit, "seq", &[ACTOR], SEQ),
    newest(Entity::Audit, "seq", &[RESOURCE_TYPE, RESOURCE_ID], SEQ),
    newest(Entity::Audit, "seq", &[ACTION], SEQ),
    newest(Entity::Routing, "version", &[], VERSION),
    rising(Entity::Reservation, "expires", &[STATE], None, &[Column::ExpiresAt, Column::Id]),
    rising(Entity::Config, "key", &[], None, &[Column::Key]),
    newest(Entity::Tenant, "created", &[], CREATED),
    newest(Entity::Tenant, "created", &[STATUS], CREATED),
    newest(Entity::Tenant, "created", &[PLAN], CREATED),
    rising(Entity::Tenant, "name", &[], None, NAME),
    rising(Entity::Tenant, "name", &[], Some("name"), NAME),
];

impl Line {
    /// The list of `entity` that a request asks for; `unsupported_query` with those there are if it is none.
    pub(super) fn find(entity: Entity, request: &PageReq) -> Result<&'static Self, Error> {
        let of_entity = || CATALOGUE.iter().filter(move |line| line.entity == entity);
        let search = request.search.as_ref().map(|search| search.field.as_str());
        let fits = |line: &&Line| {
            line.search == search
                && request.sort.as_deref().is_none_or(|sort| sort == line.sort)
                && request.filter.len() == line.filter.len()
                && line.filter.iter().all(|filter| request.filter.contains_key(filter.name))
        };
        of_entity().find(fits).ok_or_else(|| {
            let filtered = |name: &str| of_entity().any(|line| line.filter.iter().any(|filter| filter.name == name));
            let searched = |name: &str| of_entity().any(|line| line.search == Some(name));
            let (field, value) = match (request.filter.keys().find(|name| !filtered(name)), search, &request.sort) {
                (Some(name), ..) => ("filter", name.clone()),
                (None, Some(name), _) if !searched(name) => ("search", name.to_owned()),
                (None, _, Some(sort)) => ("sort", sort.clone()),
                _ => ("filter", request.filter.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
            };
            let allowed: Vec<_> = of_entity().map(Line::to_json).collect();
            Error::invalid_input(field, value, "one of the lists there are")
                .with_reason("unsupported_query")
                .with("allowed", allowed)
        })
    }

    /// What its filters must hold.
    pub(super) fn values(&self, request: &PageReq) -> Result<Vec<(Column, Key)>, Error> {
        let value = |filter: &Filter| Ok((filter.column, filter.read(&request.filter[filter.name])?));
        self.filter.iter().map(value).collect()
    }

    fn to_json(&self) -> Value {
        let filter: Vec<_> = self.filter.iter().map(|filter| filter.name).collect();
        json!({"sort": self.sort, "filter": filter, "search": self.search})
    }
}
