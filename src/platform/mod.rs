//! The governed run: permission checked, plan limited, routed, measured, metered, audited, and
//! reproducible bit for bit, in one call.
//!
//! [`Platform`] ties together what the rooms below know apart: who may do what (tenancy), which variant
//! serves (registry), and where it is kept (store). Start at [`Platform::open`] and [`Platform::run`].

mod audit;
mod billing;
mod content;
mod counted;
mod custody;
mod denials;
mod entitlements;
mod erasure;
mod govern;
mod lists;
mod organizations;
mod patience;
mod provisioning;
mod rate;
mod recount;
mod request;
mod roles;
mod routing;
mod services;
mod settings;
mod sign_in;
mod simulate;
mod snapshots;
mod statistics;
mod subscriptions;
mod sweep;
mod usage;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::error::Error;
use crate::id::{IdSource, InstanceId, SeededIds, TenantId};
use crate::metrics::Counts;
use crate::registry::{MirrorExecutor, Registry, RegistryBuilder, RoutingScope};
#[cfg(feature = "postgres")]
use crate::store::PostgresStore;
#[cfg(feature = "sqlite")]
use crate::store::SqliteStore;
use crate::store::{CursorKeys, Cursors, MemoryStore, Store};
use crate::tenancy::{
    AnchorSink, BillingSink, Catalogues, ConfigSchema, ConfigSchemas, Feature, NoAnchors, NoBilling, PlanCatalogue,
    PlanPolicy, PlatformCtx, PlatformPermissionSet, PlatformRole, Policies, Policy, PrincipalKind, Snapshot, TenantCtx,
    VerifiedPrincipal,
};
use crate::time::{Clock, SystemClock};

use audit::Anchored;
pub use audit::{Audit, AuditRange, ExportFormat};
pub use billing::Changed;
pub use content::{NewNote, NewScenario, NotePatch, ScenarioPatch};
pub use custody::{Control, Holds, NewHold};
use denials::Acting;
pub use entitlements::{Entitlements, NewFeatureOverride, NewLimitOverride};
use govern::beside;
pub use recount::Recount;
pub use request::{GovernedRun, Replay, RunControl, RunRequest};
pub use roles::{Granted, NewGrant, NewRole, NewSodRule, RolePatch};
pub use services::{
    Branding, Configuration, NewTenant, NewUser, Notes, Organizations, Provisioned, Roles, Routing, Runs, Scenarios,
    Statistics, Tenants, Terms, Usage, Users,
};
pub use subscriptions::{Cancellation, Subscriptions};
pub use sweep::{Failed, Swept, Waiting};
pub use usage::{LimitUse, NewUsage, RecordedUsage, UsageReport};
pub use users::UserChange;

/// Who may act as an operator: issuer, subject, role.
type Operator = (String, String, PlatformRole);

/// Everything below, tied together.
pub struct Platform {
    store: Box<dyn Store>,
    /// What metrics call the store.
    store_name: &'static str,
    registry: Registry,
    catalogues: Catalogues,
    sink: Arc<dyn BillingSink>,
    clock: Arc<dyn Clock>,
    ids: Box<dyn IdSource>,
    operators: Vec<Operator>,
    policies: Policies,
    snapshots: snapshots::Snapshots,
    rate: rate::Rate,
    cursors: Cursors,
    schemas: ConfigSchemas,
    counts: Arc<Counts>,
    /// Up to which version the kept routing of a scope has been taken back from the store.
    restored: Mutex<BTreeMap<RoutingScope, u64>>,
    published: Mutex<BTreeMap<RoutingScope, Arc<Mutex<statistics::Published>>>>,
    sign_ins: sign_in::SignIns,
    floods: denials::Floods,
    anchors: Arc<dyn AnchorSink>,
    /// Whether the host keeps anchors at all.
    has_anchors: bool,
    /// How far they have come, by scope.
    anchored: Mutex<BTreeMap<Option<TenantId>, Anchored>>,
    /// How long records of audit logs are kept, in microseconds.
    audit_retention: i64,
}

/// How long records are kept where a host does not say: seven years.
const RETENTION: Duration = Duration::from_secs(2_557 * 86_400);

impl Drop for Platform {
    /// What was only counted of denials is put on record.
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.settle_all_floods();
    }
}

/// Where a platform keeps what tenants own.
enum Place {
    Url(String),
    Own(Box<dyn Store>),
}

/// Sets up a [`Platform`].
pub struct PlatformBuilder {
    place: Place,
    clock: Option<Arc<dyn Clock>>,
    ids: Option<Box<dyn IdSource>>,
    operators: Vec<Operator>,
    policies: Policies,
    registry: RegistryBuilder,
    instance: Option<(InstanceId, u64)>,
    plans: Vec<PlanCatalogue>,
    sink: Option<Arc<dyn BillingSink>>,
    cursor_keys: Option<CursorKeys>,
    anchors: Option<Arc<dyn AnchorSink>>,
    audit_retention: Duration,
    schemas: Vec<(String, ConfigSchema)>,
}

impl PlatformBuilder {
    /// The clock of records and durations; the machine's when not set.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where ids come from; a source seeded by the operating system when not set.
    #[must_use]
    pub fn ids(mut self, ids: Box<dyn IdSource>) -> Self {
        self.ids = Some(ids);
        self
    }

    /// A version of the plans; [`PlanCatalogue::seed`] when none is set. Of several the newest is on offer,
    /// and subscriptions go on under the one that their period was opened under.
    #[must_use]
    pub fn plans(mut self, plans: PlanCatalogue) -> Self {
        self.plans.push(plans);
        self
    }

    /// Where invoices go, and who says whether a tenant may buy; [`NoBilling`] when not set.
    #[must_use]
    pub fn billing(mut self, sink: Arc<dyn BillingSink>) -> Self {
        self.sink = Some(sink);
        self
    }

    /// The secrets of cursors; one seeded by the operating system when not set, whose cursors no other
    /// process reads, and none after this one has ended.
    #[must_use]
    pub fn cursor_keys(mut self, keys: CursorKeys) -> Self {
        self.cursor_keys = Some(keys);
        self
    }

    /// Where heads of audit logs are kept, out of reach of who can change the store; nowhere when not set.
    #[must_use]
    pub fn anchors(mut self, sink: Arc<dyn AnchorSink>) -> Self {
        self.anchors = Some(sink);
        self
    }

    /// How long records of audit logs are kept before [`Audit::retain`] purges them; seven years when not set.
    #[must_use]
    pub fn audit_retention(mut self, kept: Duration) -> Self {
        self.audit_retention = kept;
        self
    }

    /// Registers a key under which tenants set a value, and what may stand there.
    #[must_use]
    pub fn configuration(mut self, key: &str, schema: ConfigSchema) -> Self {
        self.schemas.push((key.to_owned(), schema));
        self
    }

    /// Lists an operator; only those listed here can act on the platform.
    #[must_use]
    pub fn operator(mut self, issuer: &str, subject: &str, role: PlatformRole) -> Self {
        self.operators.push((issuer.to_owned(), subject.to_owned(), role));
        self
    }

    /// Who may do what by the host's own policy, which is told what the evaluator says; the evaluator alone
    /// decides when not set.
    #[must_use]
    pub fn policy(mut self, policy: Arc<dyn Policy>) -> Self {
        self.policies.set(policy);
        self
    }

    /// What plans hold by the host's own policy, likewise.
    #[must_use]
    pub fn plan_policy(mut self, policy: Arc<dyn PlanPolicy>) -> Self {
        self.policies.set_plan(policy);
        self
    }

    /// Tenants that metrics name; all others are `_other` there. At most 50, or `out_of_range`.
    pub fn tenants_in_metrics(mut self, tenants: impl IntoIterator<Item = TenantId>) -> Result<Self, Error> {
        self.registry = self.registry.tenants_in_metrics(tenants)?;
        Ok(self)
    }

    /// Which process this is, and which start of it, in statistics that processes keep together; a new id
    /// when not set.
    #[must_use]
    pub fn instance(mut self, instance: InstanceId, epoch: u64) -> Self {
        self.instance = Some((instance, epoch));
        self
    }

    /// Where runs of mirror variants go; a thread of the library's when not set.
    #[must_use]
    pub fn mirrors(mut self, executor: impl MirrorExecutor + 'static) -> Self {
        self.registry = self.registry.mirrors(executor);
        self
    }

    /// Checks the plans and the schemas of configuration, and opens the store.
    pub fn open(mut self) -> Result<Platform, Error> {
        if self.plans.is_empty() {
            self.plans.push(PlanCatalogue::seed());
        }
        let catalogues = Catalogues::new(self.plans)?;
        let schemas = ConfigSchemas::new(self.schemas)?;
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let ids = self.ids.map_or_else(system_ids, Ok)?;
        let cursor_keys = match self.cursor_keys {
            Some(keys) => keys,
            None => CursorKeys::new(0, system_secret()?),
        };
        let (instance, epoch) = self.instance.unwrap_or_else(|| (InstanceId::new(&*ids, clock.now()), 1));
        let registry = self.registry.clock(clock.clone()).pauses_by_host().instance(instance, epoch).build();
        registry.register_catalogue()?;
        registry.register_base(Arc::new(simulate::Simulated::new()?))?;
        let counts = Arc::new(Counts::default());
        let (name, store) = match self.place {
            Place::Own(store) => ("own", store),
            Place::Url(url) => {
                let name = url.split(':').next().unwrap_or_default();
                let name = ["memory", "sqlite"].into_iter().find(|known| *known == name).unwrap_or("postgresql");
                (name, store_at(&url)?)
            }
        };
        Ok(Platform {
            store: Box::new(patience::Patient { store, name, counts: counts.clone(), clock: clock.clone() }),
            store_name: name,
            registry,
            catalogues,
            sink: self.sink.unwrap_or_else(|| Arc::new(NoBilling)),
            clock,
            ids,
            operators: self.operators,
            policies: self.policies,
            snapshots: snapshots::Snapshots::default(),
            rate: rate::Rate::default(),
            cursors: Cursors::new(cursor_keys),
            schemas,
            counts,
            restored: Mutex::default(),
            published: Mutex::default(),
            sign_ins: sign_in::SignIns::default(),
            floods: denials::Floods::default(),
            has_anchors: self.anchors.is_some(),
            anchors: self.anchors.unwrap_or_else(|| Arc::new(NoAnchors)),
            anchored: Mutex::default(),
            audit_retention: i64::try_from(self.audit_retention.as_micros()).unwrap_or(i64::MAX),
        })
    }
}

/// 32 bytes that nobody can foretell.
fn system_secret() -> Result<[u8; 32], Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|cause| Error::unavailable("no_randomness", format!("the operating system: {cause}")))?;
    Ok(secret)
}

/// Ids seeded by the operating system.
fn system_ids() -> Result<Box<dyn IdSource>, Error> {
    Ok(Box::new(SeededIds::new(system_secret()?)))
}

fn is_database(url: &str) -> bool {
    url.starts_with("postgresql:") || url.starts_with("postgres:")
}

fn store_at(url: &str) -> Result<Box<dyn Store>, Error> {
    match url.split_once(':') {
        Some(("memory", "")) => Ok(Box::new(MemoryStore::new())),
        Some(("sqlite", path)) if !path.is_empty() => store_in_file(path),
        _ if is_database(url) => store_in_database(url),
        _ => {
            let supported = "\"memory:\", \"sqlite:path.db\" or \"postgresql://role@host/database\"";
            // Only its first word: what follows may hold a password.
            Err(Error::invalid_input("url", url.split(':').next().unwrap_or_default(), supported))
        }
    }
}

#[cfg(feature = "sqlite")]
fn store_in_file(path: &str) -> Result<Box<dyn Store>, Error> {
    Ok(Box::new(SqliteStore::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn store_in_file(_: &str) -> Result<Box<dyn Store>, Error> {
    Err(Error::unavailable("store_unavailable", "this build has no SQLite: enable the feature sqlite"))
}

#[cfg(feature = "postgres")]
fn store_in_database(url: &str) -> Result<Box<dyn Store>, Error> {
    Ok(Box::new(PostgresStore::open(url)?))
}

#[cfg(not(feature = "postgres"))]
fn store_in_database(_: &str) -> Result<Box<dyn Store>, Error> {
    Err(Error::unavailable("store_unavailable", "this build has no PostgreSQL: enable the feature postgres"))
}

impl Platform {
    /// Opens `memory:`, `sqlite:path.db` or `postgresql://role@host/database` with the machine's clock and
    /// no operator.
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::builder(url).open()
    }

    /// Brings the store at `url` to this version's tables; for PostgreSQL in the role that owns them.
    ///
    /// A database is migrated by this alone, since who may change its tables does not serve tenants; a file
    /// is migrated when it is opened, too.
    pub fn migrate(url: &str) -> Result<(), Error> {
        #[cfg(feature = "postgres")]
        if is_database(url) {
            return PostgresStore::migrate(url);
        }
        // Whatever else there is comes to the newest tables by being opened.
        store_at(url).map(drop)
    }

    /// Sets up a platform on the store at `url`.
    #[must_use]
    pub fn builder(url: &str) -> PlatformBuilder {
        Self::builder_at(Place::Url(url.to_owned()))
    }

    /// Sets up a platform on a store of the host's own, which holds what
    /// [`store_conformance!`](crate::store_conformance) asks of every store.
    #[must_use]
    pub fn builder_on(store: impl Store + 'static) -> PlatformBuilder {
        Self::builder_at(Place::Own(Box::new(store)))
    }

    fn builder_at(place: Place) -> PlatformBuilder {
        PlatformBuilder {
            place,
            clock: None,
            ids: None,
            operators: Vec::new(),
            policies: Policies::default(),
            registry: Registry::builder(),
            instance: None,
            plans: Vec::new(),
            sink: None,
            cursor_keys: None,
            anchors: None,
            audit_retention: RETENTION,
            schemas: Vec::new(),
        }
    }

    /// The host's own assertion that it has verified this caller.
    pub fn principal(
        &self,
        issuer: &str,
        subject: &str,
        tenant: Option<TenantId>,
        kind: PrincipalKind,
    ) -> Result<VerifiedPrincipal, Error> {
        VerifiedPrincipal::asserted_by_host(issuer, subject, tenant, kind, self.clock.now())
    }

    /// The registry: register variants here.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The plans on offer.
    #[must_use]
    pub fn plans(&self) -> &PlanCatalogue {
        self.catalogues.newest()
    }

    /// Opens the tenant of a principal, by today's rights; what time has brought to its subscription is
    /// written down before.
    pub fn enter(&self, principal: &VerifiedPrincipal) -> Result<TenantCtx, Error> {
        if principal.kind() == PrincipalKind::Platform {
            return Err(Error::denied("not_member", "a principal of the platform has no tenant to enter"));
        }
        let entered = || {
            let (policies, snapshot) = (self.policies.clone(), self.snapshot(principal)?);
            let cx = TenantCtx::under(policies, snapshot, principal.kind(), self.clock.now());
            Ok::<_, Error>(cx.with_origin(principal.origin()))
        };
        let cx = entered()?;
        let cx = if self.bring_own_forward(&cx)? { entered()? } else { cx };
        self.settle_floods(Some(cx.tenant()), false)?;
        let acting = Acting::Tenant(cx.clone());
        self.accept(&acting, principal)?;
        self.anchor_when_due(&acting);
        Ok(cx)
    }

    /// Opens the platform to one of its operators.
    pub fn enter_platform(&self, principal: &VerifiedPrincipal) -> Result<PlatformCtx, Error> {
        let listed = self
            .operators
            .iter()
            .find(|(issuer, subject, _)| issuer == principal.issuer() && subject == principal.subject());
        let named = format!("{}/{}", principal.issuer(), principal.subject());
        let entered =
            |permissions| PlatformCtx::new(named, permissions, self.clock.now()).with_origin(principal.origin());
        if let (PrincipalKind::Platform, Some((.., role))) = (principal.kind(), listed) {
            let cx = entered(role.permissions());
            self.settle_floods(None, false)?;
            let acting = Acting::Platform(cx.clone());
            self.accept(&acting, principal)?;
            self.anchor_when_due(&acting);
            return Ok(cx);
        }
        let error = Error::denied("not_member", format!("{} is not an operator of this platform", principal.subject()));
        let recorded = self.refuse_operator(&entered(PlatformPermissionSet::of(&[])), "sign_in", "", &error);
        Err(beside(error, recorded))
    }

    /// What is true of a principal, read again only when the tenant's authorisation version has moved.
    fn snapshot(&self, principal: &VerifiedPrincipal) -> Result<Arc<Snapshot>, Error> {
        let tenant = principal.tenant().ok_or_else(|| Error::not_found("not_found", "principal"))?;
        let version = self.store.auth_version(principal)?;
        if let Some(known) = self.snapshots.at(tenant, principal, version) {
            return Ok(known);
        }
        let identity = self.store.lookup(principal)?;
        let catalogue = self.catalogues.version(identity.subscription.catalogue_version)?;
        let plan = catalogue.plan(&identity.subscription.plan)?.clone();
        let features: BTreeSet<Feature> = catalogue.features(&plan.id);
        let snapshot = Arc::new(Snapshot {
            tenant: identity.tenant,
            user: identity.user,
            organization: identity.organization,
            inactive: identity.inactive,
            grants: identity.grants,
            roles: identity.roles,
            overrides: identity.overrides,
            subscription: identity.subscription,
            plan,
            features,
            catalogue: catalogue.clone(),
        });
        self.snapshots.keep(tenant, principal, &snapshot);
        Ok(snapshot)
    }
}
