//! Who calls, and in whose name: the host's assertion, and the contexts it opens.
//!
//! A context cannot be made, copied to another tenant or read from text by a caller:
//!
//! ```compile_fail
//! let cx = valor_ivx::tenancy::TenantCtx { };
//! ```
//! ```compile_fail
//! fn is_readable<T: serde::de::DeserializeOwned>() {}
//! is_readable::<valor_ivx::tenancy::TenantCtx>();
//! ```

use std::sync::Arc;

use super::audit::Origin;
use super::decision::Snapshot;
use super::entity::TenantStatus;
use super::evaluator::Rights;
use super::permission::{PlatformPermission, PlatformPermissionSet};
use super::policy::Policies;
use super::subscription::Subscription;
use crate::error::Error;
use crate::id::{OrganizationId, TenantId, UserId};
use crate::time::Timestamp;

/// What sort of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A program of the tenant's.
    Service,
    /// An operator of the platform.
    Platform,
}

impl PrincipalKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PrincipalKind::User => "User",
            PrincipalKind::Service => "Service",
            PrincipalKind::Platform => "Platform",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "User" => Ok(PrincipalKind::User),
            "Service" => Ok(PrincipalKind::Service),
            "Platform" => Ok(PrincipalKind::Platform),
            _ => Err(Error::invalid_input("kind", text, "one of User, Service, Platform")),
        }
    }
}

/// Checks issuer and subject: text of 1 to 256 bytes, none of them zero, which no database takes in a text.
pub(crate) fn check_identity(issuer: &str, subject: &str) -> Result<(), Error> {
    let allowed = |text: &str| (1..=256).contains(&text.len()) && !text.contains('\0');
    let problems = [("issuer", issuer), ("subject", subject)].into_iter().filter(|(_, text)| !allowed(text));
    let problems = problems.map(|(field, text)| Error::invalid_input(field, text, "text of 1 to 256 bytes, none zero"));
    Error::collect(problems.collect()).map_or(Ok(()), Err)
}

/// A caller whose identity the host has verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPrincipal {
    issuer: String,
    subject: String,
    tenant: Option<TenantId>,
    kind: PrincipalKind,
    authenticated_at: Timestamp,
    pub(super) origin: Arc<Origin>,
}

impl VerifiedPrincipal {
    /// The host's own assertion that it has verified this caller.
    pub fn asserted_by_host(
        issuer: &str,
        subject: &str,
        tenant: Option<TenantId>,
        kind: PrincipalKind,
        authenticated_at: Timestamp,
    ) -> Result<Self, Error> {
        check_identity(issuer, subject)?;
        match (kind, tenant) {
            (PrincipalKind::Platform, Some(tenant)) => {
                Err(Error::invalid_input("tenant", tenant.to_string(), "none, for a principal of the platform"))
            }
            (PrincipalKind::User | PrincipalKind::Service, None) => {
                Err(Error::invalid_input("tenant", serde_json::Value::Null, "the tenant that the principal belongs to"))
            }
            _ => Ok(Self {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
                tenant,
                kind,
                authenticated_at,
                origin: Arc::default(),
            }),
        }
    }

    /// Who vouches for the identity.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The identity there.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The tenant, for all but the platform's own.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// What sort of caller it is.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// When the host verified it.
    #[must_use]
    pub fn authenticated_at(&self) -> Timestamp {
        self.authenticated_at
    }

    /// The same caller, verified at another instant: a host that asserts a sign-in anew with each request says
    /// when that was, so that it is on record once.
    #[must_use]
    pub fn with_authenticated_at(self, authenticated_at: Timestamp) -> Self {
        Self { authenticated_at, ..self }
    }

    /// The caller's network address, of 1 to 1,024 bytes: a private field of what is put on record.
    pub fn with_network_address(self, address: &str) -> Result<Self, Error> {
        self.with_origin("network_address", address, |origin| &mut origin.network_address)
    }

    /// What the caller's program calls itself, of 1 to 1,024 bytes: a private field of what is put on record.
    pub fn with_client_software(self, software: &str) -> Result<Self, Error> {
        self.with_origin("client_software", software, |origin| &mut origin.client_software)
    }

    /// The host's own name of the request, of 1 to 1,024 bytes, as its records name it.
    pub fn with_request_id(self, id: &str) -> Result<Self, Error> {
        self.with_origin("request_id", id, |origin| &mut origin.request_id)
    }

    fn with_origin(
        mut self,
        field: &str,
        text: &str,
        place: impl FnOnce(&mut Origin) -> &mut Option<String>,
    ) -> Result<Self, Error> {
        Origin::check(field, text)?;
        *place(Arc::make_mut(&mut self.origin)) = Some(text.to_owned());
        Ok(self)
    }

    /// From where and by what it came.
    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }
}

/// A user acting in a tenant, with what was true when it was entered.
#[derive(Clone, Debug)]
pub struct TenantCtx {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) kind: PrincipalKind,
    pub(super) now: Timestamp,
    pub(super) origin: Arc<Origin>,
    pub(super) policies: Policies,
    pub(super) rights: Rights,
}

impl TenantCtx {
    pub(crate) fn new(snapshot: Arc<Snapshot>, kind: PrincipalKind, now: Timestamp) -> Self {
        Self::under(Policies::default(), snapshot, kind, now)
    }

    /// The context under policies of the host's own.
    pub(crate) fn under(policies: Policies, snapshot: Arc<Snapshot>, kind: PrincipalKind, now: Timestamp) -> Self {
        Self { snapshot, kind, now, policies, rights: Rights::default(), origin: Arc::default() }.evaluated()
    }

    /// The same, on behalf of a request that came from there.
    pub(crate) fn with_origin(self, origin: &Arc<Origin>) -> Self {
        Self { origin: origin.clone(), ..self }
    }

    /// From where and by what the request came.
    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// What sort of caller it is.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// Whether a policy of the host's own decides with the evaluator.
    pub(crate) fn has_own_policy(&self) -> bool {
        self.policies.policy().is_some()
    }

    /// The tenant acted in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.snapshot.tenant.id
    }

    /// The version of the rights that decisions here are made by.
    #[must_use]
    pub fn policy_version(&self) -> u64 {
        self.snapshot.tenant.auth_version
    }

    /// The user acting.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.snapshot.user.id
    }

    /// The user's organization.
    #[must_use]
    pub fn organization(&self) -> Option<OrganizationId> {
        self.snapshot.user.organization_id
    }

    /// The plan in force.
    #[must_use]
    pub fn plan(&self) -> &str {
        &self.snapshot.plan.id
    }

    /// The tenant's subscription as it was kept.
    pub(crate) fn subscription(&self) -> &Subscription {
        &self.snapshot.subscription
    }

    /// Whether the tenant may act.
    pub(crate) fn tenant_status(&self) -> TenantStatus {
        self.snapshot.tenant.status
    }

    /// The user's own name.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.snapshot.user.display_name
    }

    /// The instant of the call.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }
}

/// An operator acting on the platform.
#[derive(Clone, Debug)]
pub struct PlatformCtx {
    operator: String,
    permissions: PlatformPermissionSet,
    now: Timestamp,
    pub(super) origin: Arc<Origin>,
}

impl PlatformCtx {
    pub(crate) fn new(operator: String, permissions: PlatformPermissionSet, now: Timestamp) -> Self {
        Self { operator, permissions, now, origin: Arc::default() }
    }

    /// The same, on behalf of a request that came from there.
    pub(crate) fn with_origin(self, origin: &Arc<Origin>) -> Self {
        Self { origin: origin.clone(), ..self }
    }

    /// From where and by what the request came.
    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// Who acts: issuer and subject.
    #[must_use]
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// The instant of the call.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Refuses an operator without `permission`.
    pub fn require(&self, permission: PlatformPermission) -> Result<(), Error> {
        if self.permissions.contains(permission) {
            return Ok(());
        }
        Err(Error::denied("no_permission", format!("{} lacks {}", self.operator, permission.name())))
    }
}
