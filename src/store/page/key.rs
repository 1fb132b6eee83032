//! The values that lists are ordered and narrowed by, and where each entity has them.

use uuid::Uuid;

use super::catalogue::Column;
use crate::store::{RoutingDocument, fold};
use crate::tenancy::{
    Audience, AuditRecord, ConfigEntry, Note, Organization, Reservation, Role, RoleGrant, Run, Scenario, Tenant,
    UsageEvent, User,
};

/// A value of a column. Text is ordered by its bytes, as every store orders it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A count or an instant.
    Integer(i64),
    /// Text, folded where it is compared without regard to case.
    Text(String),
    /// An id.
    Id(Uuid),
}

macro_rules! keys_of_ids {
    ($($id:ident)*) => {$(
        impl From<crate::id::$id> for Key {
            fn from(id: crate::id::$id) -> Self {
                Key::Id(Uuid::from_bytes(*id.as_bytes()))
            }
        }
    )*};
}

keys_of_ids! { TenantId OrganizationId UserId RoleId GrantId ReservationId RunId ScenarioId NoteId UsageEventId }

impl From<crate::time::Timestamp> for Key {
    fn from(at: crate::time::Timestamp) -> Self {
        Key::Integer(at.as_micros())
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Key::Text(text.to_owned())
    }
}

impl From<Audience> for Key {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Private => "private",
            Audience::Organization => "organization",
            Audience::Tenant => "tenant",
        }
        .into()
    }
}

/// A count as it is ordered; counts are far below 2^63.
fn count(number: u64) -> Key {
    Key::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A word as its column keeps it: as JSON.
fn word<T: serde::Serialize>(value: &T) -> Option<Key> {
    serde_json::to_string(value).ok().map(Key::Text)
}

/// Something that is listed: what the library keeps, and nothing else.
pub trait Listed {
    /// What it holds in a column of its lists; nothing where the column is empty or not its own.
    fn key(&self, column: Column) -> Option<Key>;
}

impl<T: Listed> Listed for &T {
    fn key(&self, column: Column) -> Option<Key> {
        (*self).key(column)
    }
}

impl Listed for Run {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::CreatedAt => self.created_at.into(),
            Column::Model => self.model.as_str().into(),
            Column::Subject => self.subject.as_deref()?.into(),
            _ => return None,
        })
    }
}

impl Listed for Scenario {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::UpdatedAt => self.updated_at.into(),
            Column::Subject => self.subject.as_deref()?.into(),
            _ => return None,
        })
    }
}

impl Listed for Note {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::UpdatedAt => self.updated_at.into(),
            _ => return None,
        })
    }
}

impl Listed for User {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::CreatedAt => self.created_at.into(),
            Column::OrganizationId => self.organization_id?.into(),
            Column::EmailFold => Key::Text(fold(&self.email)),
            Column::NameFold => Key::Text(fold(&self.display_name)),
            _ => return None,
        })
    }
}

impl Listed for Organization {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::CreatedAt => self.created_at.into(),
            Column::NameFold => Key::Text(fold(&self.name)),
            _ => return None,
        })
    }
}

impl Listed for Role {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::NameFold => Key::Text(fold(&self.name)),
            _ => return None,
        })
    }
}

impl Listed for RoleGrant {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::UserId => self.user_id.into(),
            Column::RoleId => self.role_id.into(),
            _ => return None,
        })
    }
}

impl Listed for UsageEvent {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::At => self.at.into(),
            Column::Kind => self.kind.name().into(),
            _ => return None,
        })
    }
}

impl Listed for AuditRecord {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Seq => count(self.seq),
            Column::Actor => self.event.actor.as_str().into(),
            Column::Action => self.event.action.as_str().into(),
            Column::ResourceType => self.event.resource_type.as_str().into(),
            Column::ResourceId => self.event.resource_id.as_str().into(),
            _ => return None,
        })
    }
}

impl Listed for RoutingDocument {
    fn key(&self, column: Column) -> Option<Key> {
        (column == Column::Version).then(|| count(self.version))
    }
}

impl Listed for Reservation {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::ExpiresAt => self.expires_at.into(),
            Column::State => return word(&self.state),
            _ => return None,
        })
    }
}

impl Listed for ConfigEntry {
    fn key(&self, column: Column) -> Option<Key> {
        (column == Column::Key).then(|| self.key.as_str().into())
    }
}

impl Listed for Tenant {
    fn key(&self, column: Column) -> Option<Key> {
        Some(match column {
            Column::Id => self.id.into(),
            Column::CreatedAt => self.created_at.into(),
            Column::NameFold => Key::Text(fold(&self.name)),
            Column::Status => return word(&self.status),
            _ => return None,
        })
    }
}
