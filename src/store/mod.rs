//! Where tenants and what they keep are stored, as traits with one behaviour in memory, in SQLite and in
//! PostgreSQL.
//!
//! Every transaction belongs to a tenant or to the platform: no method takes a bare tenant id, and a
//! transaction dropped without commit changes nothing. Start at [`Store`]; [`conformance`] holds what
//! every store must do.

mod audit;
mod billing;
pub mod conformance;
mod content;
mod memory;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
mod provisioning;
mod roles;
mod settings;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stats;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::id::{GrantId, OrganizationId, ReservationId, RunId, TenantId, UserId};
use crate::tenancy::{
    AuditEvent, AuditHead, AuditRecord, ControlRequest, Invoice, Limit, LimitKind, Organization, Overrides,
    PlatformCtx, Recorded, Redaction, Reservation, ReservationState, Role, RoleGrant, Run, Slug, Subscription,
    SubscriptionChange, Tenant, TenantCtx, TenantStatus, UsageEvent, User, VerifiedPrincipal,
};
use crate::time::Timestamp;

pub use audit::{AuditRead, ControlTx, CustodyTx, HoldRead, PurgedContent, RecordTx};
pub use billing::{BillingRead, BillingTx, DueTenant};
use billing::{due_at, require_changeable, require_subscribable};
pub use content::{ContentRead, ContentTx};
pub use memory::MemoryStore;
pub use page::{CursorKeys, Entity, Listed, Listing, Lists, Mode, Page, PageReq, Search, Slice, Total};
pub(crate) use page::{Cursors, Holder};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use provisioning::{FirstProvision, ProvisionKey, ProvisioningTx, TenantPatch};
pub use roles::{OverrideRead, OverrideTx, RoleRead, RoleTx};
pub use settings::{SettingsRead, SettingsTx};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use stats::{ScopeCtx, StatsStore};

/// What a store knows of a verified principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The tenant.
    pub tenant: Tenant,
    /// The user.
    pub user: User,
    /// The user's organization.
    pub organization: Option<Organization>,
    /// The tenant's organizations that are deactivated.
    pub inactive: BTreeSet<OrganizationId>,
    /// The user's grants.
    pub grants: Vec<RoleGrant>,
    /// The roles that these give, by id.
    pub roles: Vec<Role>,
    /// What the tenant has apart from its plan.
    pub overrides: Overrides,
    /// The subscription in force.
    pub subscription: Subscription,
}

/// Everything a new tenant starts with, written in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Provision {
    /// The tenant.
    pub tenant: Tenant,
    /// Its first organization.
    pub organization: Organization,
    /// Its first administrator.
    pub admin: User,
    /// The administrator's grant.
    pub grant: RoleGrant,
    /// Its subscription.
    pub subscription: Subscription,
    /// How that began, as its history keeps it.
    pub change: SubscriptionChange,
    /// What was billed for it, as drafts.
    pub invoices: Vec<Invoice>,
    /// The first record of its audit chain.
    pub event: AuditEvent,
    /// The key under which it was asked for, if any.
    pub key: Option<ProvisionKey>,
}

/// What changes of a user; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// The user's name.
    pub display_name: Option<String>,
    /// Address, unique in the tenant without regard to case.
    pub email: Option<String>,
    /// The organization moved to; `Some(None)` is none.
    pub organization_id: Option<Option<OrganizationId>>,
}

impl UserPatch {
    /// The user after the change.
    fn applied(&self, user: &User) -> User {
        User {
            display_name: self.display_name.clone().unwrap_or_else(|| user.display_name.clone()),
            email: self.email.clone().unwrap_or_else(|| user.email.clone()),
            organization_id: self.organization_id.unwrap_or(user.organization_id),
            version: user.version + 1,
            ..user.clone()
        }
    }
}

/// A user after erasure: a pseudonym that tells of nobody, and no rights to act. The id stays, since records name it.
fn erased(user: &User) -> User {
    let pseudonym = format!("erased-{}", user.id);
    User {
        email: format!("{pseudonym}@invalid"),
        subject: pseudonym,
        display_name: "Erased user".to_owned(),
        active: false,
        version: user.version + 1,
        ..user.clone()
    }
}

/// A versioned document of routing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoutingDocument {
    /// Version, from 1.
    pub version: u64,
    /// The configuration.
    pub config: Value,
    /// Who applied it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// Connections of a store at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Open, and used by nobody.
    pub idle: u64,
    /// Used by somebody.
    pub busy: u64,
    /// The most there can be.
    pub max: u64,
}

/// A store of tenants.
pub trait Store: StatsStore {
    /// Reads what a tenant owns.
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error>;
    /// Reads and writes it; dropped without commit it changes nothing.
    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error>;
    /// Reads and writes what billing keeps of a tenant, for the platform; `NotFound` when there is no such
    /// tenant.
    fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error>;
    /// Reads and writes what the platform has in custody of a tenant: its audit chain, holds, and what is purged;
    /// `NotFound` when there is no such tenant.
    fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error>;
    /// Reads and writes tenants, not what they own, and the platform's own chain.
    fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error>;
    /// What is known of a principal; `NotFound` when its tenant or user is not there.
    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error>;
    /// The authorisation version of a principal's tenant: one primary-key read.
    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error>;
    /// The global routing in force; readable by every scope.
    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error>;
    /// Its version alone; 0 for none.
    fn global_routing_version(&self) -> Result<u64, Error>;
    /// Its connections, if it has any.
    fn connections(&self) -> Option<Connections> {
        None
    }
}

/// Reading inside one tenant.
pub trait TenantRead: Lists + ContentRead + BillingRead + RoleRead + SettingsRead + AuditRead + HoldRead {
    /// The tenant's authorisation version.
    fn auth_version(&mut self) -> Result<u64, Error>;
    /// A run by its id.
    fn run(&mut self, id: RunId) -> Result<Run, Error>;
    /// The run that `owner` made under an idempotency key.
    fn run_by_key(&mut self, owner: UserId, key: &str) -> Result<Option<Run>, Error>;
    /// A user by id.
    fn user(&mut self, id: UserId) -> Result<User, Error>;
    /// A user by the identity that an issuer vouches for.
    fn user_by_identity(&mut self, issuer: &str, subject: &str) -> Result<User, Error>;
    /// The grants of a user, ended ones among them.
    fn list_grants(&mut self, user: UserId) -> Result<Vec<RoleGrant>, Error>;
    /// All users, oldest first.
    fn list_users(&mut self) -> Result<Vec<User>, Error>;
    /// An organization by id.
    fn organization(&mut self, id: OrganizationId) -> Result<Organization, Error>;
    /// All organizations, oldest first.
    fn list_organizations(&mut self) -> Result<Vec<Organization>, Error>;
    /// What is kept of the audit chain, and its head.
    fn audit(&mut self) -> Result<(Vec<AuditRecord>, AuditHead), Error> {
        Ok((self.audit_after(0, usize::MAX)?, self.audit_head()?))
    }
    /// The tenant's routing in force.
    fn routing(&mut self) -> Result<Option<RoutingDocument>, Error>;
    /// Its version alone; 0 for none.
    fn routing_version(&mut self) -> Result<u64, Error>;
    /// At most `size` versions of the tenant's routing, newest first.
    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error>;
    /// The bytes of all that users keep, added up row by row.
    fn kept_bytes(&mut self) -> Result<u64, Error>;
}

/// Writing inside one tenant.
pub trait TenantTx: TenantRead + ContentTx + BillingTx + RoleTx + SettingsTx {
    /// Keeps a run; owner and organization must be the tenant's own, and its key new for its owner.
    fn insert_run(&mut self, run: &Run) -> Result<(), Error>;
    /// Adds a user; identity and address must be new.
    fn insert_user(&mut self, user: &User) -> Result<(), Error>;
    /// Adds an organization; its name must be new.
    fn insert_organization(&mut self, organization: &Organization) -> Result<(), Error>;
    /// Gives a role; user, role and organization must be the tenant's own.
    fn insert_grant(&mut self, grant: &RoleGrant) -> Result<(), Error>;
    /// Activates or deactivates a user whose version is `expected`; `last_admin` when nobody else would
    /// administer the tenant.
    fn set_user_active(&mut self, id: UserId, expected: u64, active: bool) -> Result<User, Error>;
    /// Changes a user whose version is `expected`; address unique, organization the tenant's own; `last_admin`
    /// when nobody else would administer the tenant.
    fn update_user(&mut self, id: UserId, expected: u64, patch: &UserPatch) -> Result<User, Error>;
    /// Makes a user whose version is `expected` a pseudonym, without rights to act, and deletes the private fields
    /// of audit records by or about the user; `last_admin` when nobody else would administer the tenant.
    fn erase_user(&mut self, id: UserId, expected: u64) -> Result<User, Error>;
    /// Activates or deactivates an organization whose version is `expected`; `last_admin` when nobody else
    /// would administer the tenant.
    fn set_organization_active(
        &mut self,
        id: OrganizationId,
        expected: u64,
        active: bool,
    ) -> Result<Organization, Error>;
    /// Renames an organization whose version is `expected`; its name must be new.
    fn rename_organization(&mut self, id: OrganizationId, expected: u64, name: &str) -> Result<Organization, Error>;
    /// Takes a role back; `last_admin` when nobody else would administer the tenant.
    fn remove_grant(&mut self, id: GrantId) -> Result<(), Error>;
    /// Holds part of a limit, if what counts and this together stay within it.
    fn reserve(&mut self, reservation: &Reservation, limit: Limit, now: Timestamp) -> Result<(), Error>;
    /// Counts `actual` (at most what was held) in place of an open reservation; one that has expired is
    /// held again first, within `limit`.
    fn commit_reservation(&mut self, id: ReservationId, actual: u64, limit: Limit, now: Timestamp)
    -> Result<(), Error>;
    /// Holds it no more.
    fn release_reservation(&mut self, id: ReservationId) -> Result<(), Error>;
    /// Counts an event once.
    fn record_usage(&mut self, event: &UsageEvent) -> Result<Recorded, Error>;
    /// Puts routing in place of version `expected`.
    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error>;
}

/// Tenants as the platform sees them, and the platform's own chain.
pub trait PlatformTx: ProvisioningTx + AuditRead + RecordTx + ControlTx {
    /// Writes a new tenant with all it starts with.
    fn provision(&mut self, provision: &Provision) -> Result<(), Error>;
    /// A tenant by id.
    fn tenant(&mut self, id: TenantId) -> Result<Tenant, Error>;
    /// A tenant by its short name.
    fn tenant_by_slug(&mut self, slug: &Slug) -> Result<Tenant, Error>;
    /// Tenants.
    fn page_tenants(&mut self, listing: &Listing) -> Result<Slice<Tenant>, Error>;
    /// At most `size` tenants, deactivated ones left out, whose subscription time has moved by `now`, those
    /// due longest first, after `after`.
    fn tenants_due(&mut self, now: Timestamp, after: Option<DueTenant>, size: usize) -> Result<Vec<DueTenant>, Error>;
    /// At most `size` tenants with invoices that have not been handed on yet, by id, after `after`.
    fn tenants_undelivered(&mut self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error>;
    /// Sets the status of a tenant whose version is `expected`.
    fn set_status(&mut self, id: TenantId, expected: u64, status: TenantStatus) -> Result<Tenant, Error>;
    /// At most `size` versions of global routing, newest first.
    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error>;
    /// Puts global routing in place of version `expected`.
    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error>;
    /// At most `size` tenants by id, after `after`.
    fn tenant_ids(&mut self, after: Option<TenantId>, size: usize) -> Result<Vec<TenantId>, Error>;
    /// At most `size` requests for what takes two operators, the newest first.
    fn control_requests(&mut self, size: usize) -> Result<Vec<ControlRequest>, Error>;
    /// Deletes salt and text of private fields of the platform's own chain; how many there were.
    fn redact_platform(&mut self, redaction: &Redaction) -> Result<u64, Error>;
}

/// The answer for what is unknown, foreign or not shown: always the same.
pub(crate) fn absent(what: &str) -> Error {
    Error::not_found("not_found", what)
}

fn version_conflict(what: &str, current: u64) -> Error {
    Error::conflict("version_conflict", what).with("current", current)
}

fn duplicate(what: &str) -> Error {
    Error::conflict("duplicate", what)
}

/// Refuses text that not every store could search for.
pub(crate) fn require_key(field: &str, text: &str) -> Result<(), Error> {
    const MOST_BYTES: usize = 1_024;
    if text.len() <= MOST_BYTES && !text.contains('\0') {
        return Ok(());
    }
    Err(Error::invalid_input(field, text, "at most 1024 bytes, none of them zero"))
}

/// Refuses a name or address that cursors could not hold once it is folded.
fn require_folded(field: &str, text: &str) -> Result<(), Error> {
    const MOST_BYTES: usize = 512;
    require_key(field, text)?;
    if fold(text).len() <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::invalid_input(field, text, "at most 512 bytes in its normal form"))
}

fn require_organization_keys(organization: &Organization) -> Result<(), Error> {
    require_folded("name", &organization.name)
}

fn require_user_keys(user: &User) -> Result<(), Error> {
    let keys = [("issuer", &user.issuer), ("subject", &user.subject)];
    let mut problems: Vec<_> = keys.into_iter().filter_map(|(field, text)| require_key(field, text).err()).collect();
    problems.extend(require_user_names(user).err());
    Error::collect(problems).map_or(Ok(()), Err)
}

/// Refuses an address or a name that lists could not be ordered by.
fn require_user_names(user: &User) -> Result<(), Error> {
    let names = [("email", &user.email), ("display_name", &user.display_name)];
    let problems = names.into_iter().filter_map(|(field, text)| require_folded(field, text).err());
    Error::collect(problems.collect()).map_or(Ok(()), Err)
}

/// Refuses a run that not every store could search for.
fn require_run_keys(run: &Run) -> Result<(), Error> {
    let keys = [("model", Some(&run.model)), ("subject", run.subject.as_ref()), ("idem_key", run.idem_key.as_ref())];
    keys.into_iter().try_for_each(|(field, text)| text.map_or(Ok(()), |text| require_key(field, text)))
}

/// Refuses a new tenant that a store would have to refuse half written.
fn require_provisionable(provision: &Provision) -> Result<(), Error> {
    require_folded("name", &provision.tenant.name)?;
    require_organization_keys(&provision.organization)?;
    require_user_keys(&provision.admin).map_err(|error| error.under("admin"))?;
    provision.key.as_ref().map_or(Ok(()), |asked| require_key("idem_key", &asked.key))?;
    require_key("plan", &provision.subscription.plan)?;
    require_changeable(&provision.change)?;
    require_brief(&provision.event)
}

/// The most that is counted in one limit or event: what every store holds exactly.
const MOST: u64 = i64::MAX.cast_unsigned();

/// Refuses `wanted` more of a limit when `used` counts already.
fn require_within(kind: LimitKind, limit: Limit, used: u64, wanted: u64) -> Result<(), Error> {
    match used.checked_add(wanted) {
        Some(total) if total <= MOST && limit.allows(total) => Ok(()),
        _ => {
            let most = match limit {
                Limit::At(most) => most,
                Limit::Unlimited => MOST,
                Limit::Absent => 0,
            };
            let error = Error::limit_exceeded(kind.reason(), format!("{wanted} more {}", kind.name()));
            Err(error.with("limit", most).with("used", used))
        }
    }
}

/// Most reservations that a tenant has open at once, so that a caller who commits none of them takes no
/// more than these of what others may hold. Ended ones count no more; their rows stay, since one that has
/// expired may still be committed.
const MOST_OPEN: u64 = 1_000;

/// Refuses a reservation that does not start open, or one more where `open` are so already.
fn require_openable(reservation: &Reservation, open: u64) -> Result<(), Error> {
    if reservation.state != ReservationState::Open {
        return Err(Error::conflict("illegal_transition", "a reservation starts open"));
    }
    if open < MOST_OPEN {
        return Ok(());
    }
    Err(Error::limit_exceeded("quota_exceeded", "one more open reservation")
        .with("limit", MOST_OPEN)
        .with("used", open)
        .with_hint("commit or release those that are open, or wait until they expire"))
}

/// Refuses to count `actual` in place of `held` when `used` counts already, `held` in it until it expires.
fn require_committable(held: &Reservation, actual: u64, limit: Limit, used: u64, now: Timestamp) -> Result<(), Error> {
    if held.state != ReservationState::Open || actual > held.amount {
        return Err(Error::conflict("illegal_transition", "a reservation commits once, and at most what it holds"));
    }
    if now < held.expires_at {
        // It was within the limit when it was made, whatever the limit is now.
        return require_within(held.kind, Limit::Unlimited, used.saturating_sub(held.amount), actual);
    }
    require_within(held.kind, limit, used, actual)
}

/// Refuses an event that no store could count.
fn require_countable(event: &UsageEvent) -> Result<(), Error> {
    if event.quantity <= MOST {
        return Ok(());
    }
    Err(Error::invalid_input("quantity", event.quantity, "at most 2^63 - 1"))
}

/// A sum of usage as it is told.
fn usage_sum(total: u128) -> Result<u64, Error> {
    u64::try_from(total)
        .ok()
        .filter(|total| *total <= MOST)
        .ok_or_else(|| Error::undefined("usage total", "the sum is beyond 2^63 - 1; ask for a shorter period"))
}

/// Refuses a change of `what` made on another version than `current`.
pub(crate) fn require_version(what: &str, expected: u64, current: u64) -> Result<(), Error> {
    if current == expected { Ok(()) } else { Err(version_conflict(what, current)) }
}

/// As [`require_version`]; what takes its place must bear the `next` version.
fn require_next(what: &str, next: u64, expected: u64, current: u64) -> Result<(), Error> {
    require_version(what, expected, current)?;
    if expected.checked_add(1) != Some(next) {
        let follows = format!("one more than version {expected}, which it replaces");
        return Err(Error::invalid_input("version", next, follows));
    }
    Ok(())
}

/// The most bytes of JSON that the detail of an audit event takes.
pub(crate) const MOST_DETAIL: usize = 4_096;

/// Refuses routing that may not follow the one in force, of version `current`.
fn require_routable(document: &RoutingDocument, expected: u64, current: u64) -> Result<(), Error> {
    require_next("routing", document.version, expected, current)?;
    require_key("actor", &document.actor)
}

/// Refuses an audit event too long for the chain, or not to be searched for; its detail is facts, not
/// documents.
fn require_brief(event: &AuditEvent) -> Result<(), Error> {
    let keys = [
        ("actor", &event.actor),
        ("action", &event.action),
        ("resource_type", &event.resource_type),
        ("resource_id", &event.resource_id),
    ];
    let reason = event.reason.as_ref().map(|reason| ("reason", reason));
    keys.into_iter().chain(reason).try_for_each(|(field, text)| require_key(field, text))?;
    let bytes = event.detail.to_string().len();
    if bytes <= MOST_DETAIL {
        return Ok(());
    }
    Err(Error::invalid_input("detail", bytes, format!("at most {MOST_DETAIL} bytes of JSON")))
}

/// What an event says if its key is known.
fn compare_usage(known: &UsageEvent, event: &UsageEvent) -> Result<Recorded, Error> {
    if known.same_as(event) {
        Ok(Recorded::Duplicate)
    } else {
        Err(Error::conflict("idempotency_conflict", format!("usage event {}", event.idem_key)))
    }
}

/// Folds a name or address for comparison without regard to case and width: NFKC, lower case.
fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    // Lower case may take what is composed apart again.
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}
