//! What a tenant consists of: the tenant, its organizations and users, and the runs it keeps.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::host::is_host;
use crate::error::Error;
use crate::id::{OrganizationId, RunId, TenantId, UserId};
use crate::time::Timestamp;

/// The short name of a tenant in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Names no tenant may have.
    const RESERVED: &'static [&'static str] = &["admin", "api", "www", "platform", "system"];

    /// Reads a slug: 3 to 63 of a-z, 0-9 and inner hyphens.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let well_formed = (3..=63).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !Self::RESERVED.contains(&text);
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid_input("slug", text, "3 to 63 of a-z, 0-9 and inner hyphens, and no reserved word"))
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

/// Checks a name: 1 to 100 characters that are not all blank.
pub fn check_name(field: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() || text.chars().count() > 100 {
        return Err(Error::invalid_input(field, text, "a name of 1 to 100 characters"));
    }
    Ok(())
}

/// Checks an address: text with an `@`, of at most 320 bytes.
pub fn check_email(text: &str) -> Result<(), Error> {
    if !text.contains('@') || text.len() > 320 {
        return Err(Error::invalid_input("email", text, "an address name@domain"));
    }
    Ok(())
}

/// Checks the host name of a tenant's own: labels of a-z, 0-9 and inner hyphens, public, and no number.
pub fn check_domain(domain: &str) -> Result<(), Error> {
    if is_host(domain) {
        return Ok(());
    }
    let allowed = "a public host name in lower case, such as valuation.example.com";
    Err(Error::invalid_input("domain", domain, allowed))
}

/// Whether a tenant may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantStatus {
    /// It may.
    Active,
    /// Not for now.
    Suspended,
    /// Never again.
    Deactivated,
}

/// One customer of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// The host name of its own, unique over all tenants.
    #[serde(default)]
    pub domain: Option<String>,
    /// Whether it may act.
    pub status: TenantStatus,
    /// Raised by every change of status, plan, user or grant; a decision names the one it was made by.
    pub auth_version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}

/// A part of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// Whether its users may act.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}

/// A person or program of a tenant; the library stores no password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// Who vouches for the identity.
    pub issuer: String,
    /// The identity there.
    pub subject: String,
    /// Address, unique in the tenant without regard to case.
    pub email: String,
    /// The user's name.
    pub display_name: String,
    /// The user's organization.
    pub organization_id: Option<OrganizationId>,
    /// Whether the user may act.
    pub active: bool,
    /// When the user was made.
    pub created_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}

/// Who may see what a user keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The owner.
    #[default]
    Private,
    /// The owner's organization.
    Organization,
    /// The tenant.
    Tenant,
}

impl Audience {
    /// Whether a user of an organization is among those that something of `owner`'s is meant for.
    pub(super) fn is_meant_for(
        self,
        (user, at_home): (UserId, Option<OrganizationId>),
        owner: UserId,
        organization: Option<OrganizationId>,
    ) -> bool {
        match self {
            _ if owner == user => true,
            Audience::Private => false,
            Audience::Organization => organization.is_some() && organization == at_home,
            Audience::Tenant => true,
        }
    }
}

/// A governed run that was kept; nothing of it changes but title and audience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Who ran it.
    pub owner_id: UserId,
    /// The owner's organization.
    pub organization_id: Option<OrganizationId>,
    /// Who may see it.
    pub audience: Audience,
    /// Model asked for.
    pub model: String,
    /// Variant that served.
    pub variant: String,
    /// Company or ticker.
    pub subject: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// The record by which it can be replayed.
    pub record: Value,
    /// Its input.
    pub input: Value,
    /// Its output.
    pub output: Value,
    /// Bytes it takes.
    pub bytes: u64,
    /// Key under which the caller may ask for it again.
    pub idem_key: Option<String>,
    /// When it ran.
    pub created_at: Timestamp,
}
