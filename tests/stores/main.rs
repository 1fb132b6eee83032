//! Stores that outlive a process, one of each kind this build has, met by threats, crowds and crashes.
#![cfg(any(feature = "sqlite", feature = "postgres"))]

mod audit;
mod billing;
mod callers;
mod concurrency;
mod crash;
mod lists;
mod roles;
mod settings;
mod threats;
#[cfg(feature = "postgres")]
mod walls;

use std::path::PathBuf;
#[cfg(feature = "sqlite")]
use std::sync::atomic::{AtomicU32, Ordering};

use valor_ivx::id::TenantId;
use valor_ivx::platform::{NewTenant, NewUser, Platform};
use valor_ivx::store::Store;
use valor_ivx::tenancy::{AuditEvent, Limit, PlanCatalogue, PlatformRole, PrincipalKind, VerifiedPrincipal};
use valor_ivx::time::Timestamp;

/// Where a process that a test starts gets its work from.
const WORK: &str = "VALOR_IVX_TEST_WORK";

/// What such a process puts on record.
fn event(action: &str, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        actor: "worker".to_owned(),
        action: action.to_owned(),
        resource_type: "thing".to_owned(),
        resource_id: "1".to_owned(),
        outcome: "ok".to_owned(),
        ..AuditEvent::default()
    }
}

/// An empty store, gone with this.
struct Place {
    url: String,
    /// The folder of its file, or the name of its database.
    name: PathBuf,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.url.starts_with("sqlite:") {
            let _ = std::fs::remove_dir_all(&self.name);
        }
    }
}

#[cfg(feature = "sqlite")]
fn file() -> Place {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("valor-ivx-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    Place { url: format!("sqlite:{}", folder.join("store.db").display()), name: folder }
}

#[cfg(feature = "postgres")]
fn database() -> Place {
    let cluster = postgres_cluster::Cluster::shared();
    let name = cluster.database(|owner| Platform::migrate(owner).unwrap());
    Place { url: cluster.url("valor", &name), name: name.into() }
}

/// One of each kind.
fn places() -> Vec<Place> {
    vec![
        #[cfg(feature = "sqlite")]
        file(),
        #[cfg(feature = "postgres")]
        database(),
    ]
}

/// All that a tenant has in a database.
const OWNED: [&str; 28] = [
    "tenant",
    "organization",
    "\"user\"",
    "role",
    "role_grant",
    "sod_rule",
    "feature_override",
    "limit_override",
    "subscription",
    "quota_counter",
    "reservation",
    "usage_event",
    "run",
    "scenario",
    "note",
    "audit",
    "audit_head",
    "audit_private",
    "audit_checkpoint",
    "legal_hold",
    "routing",
    "subscription_change",
    "usage_window",
    "usage_adjustment",
    "invoice",
    "outbox",
    "branding",
    "config_entry",
];

impl Place {
    /// Every row of a tenant as it is kept.
    fn rows_of(&self, tenant: TenantId) -> String {
        let rows = |table: &&str| {
            let key = if *table == "tenant" { "id" } else { "tenant_id" };
            self.printed(&format!("SELECT * FROM {table} WHERE {key} = '{tenant}' ORDER BY 1, 2"))
        };
        OWNED.iter().map(rows).collect::<Vec<_>>().join("\n")
    }

    /// What a query finds, past the library.
    fn printed(&self, sql: &str) -> String {
        #[cfg(feature = "sqlite")]
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let file = rusqlite::Connection::open(path).unwrap();
            let mut query = file.prepare(sql).unwrap();
            let width = query.column_count();
            let row = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get(at)).collect();
            let rows: Vec<Vec<rusqlite::types::Value>> =
                query.query_map([], row).unwrap().map(Result::unwrap).collect();
            return format!("{rows:?}");
        }
        self.tamper(sql).unwrap()
    }

    /// Carries out statements past the library, as someone with access to the machine can.
    fn tamper(&self, sql: &str) -> Result<String, String> {
        #[cfg(feature = "sqlite")]
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let file = rusqlite::Connection::open(path).unwrap();
            file.execute_batch("PRAGMA foreign_keys = ON").unwrap();
            return file.execute_batch(sql).map(|()| String::new()).map_err(|cause| cause.to_string());
        }
        #[cfg(feature = "postgres")]
        return postgres_cluster::Cluster::shared()
            .run(self.name.to_str().unwrap(), &format!("SET search_path = valor; {sql}"));
        #[cfg(not(feature = "postgres"))]
        unreachable!("no database to reach {sql}")
    }
}

/// The platform on a store, with one operator, and plans that let a crowd ask as often as it likes and each
/// tenant read its own log.
fn opened(url: &str) -> Platform {
    let mut plans = PlanCatalogue::seed();
    plans.plans[0].features.push("audit_logs".to_owned());
    for plan in &mut plans.plans {
        plan.requests_per_minute = Limit::Unlimited;
    }
    Platform::builder(url).plans(plans).operator("host", "root", PlatformRole::Operator).open().unwrap()
}

fn user(subject: &str, role: &str) -> NewUser {
    NewUser {
        issuer: "idp".to_owned(),
        subject: subject.to_owned(),
        email: format!("{subject}@example.com"),
        display_name: subject.to_owned(),
        role: Some(role.to_owned()),
    }
}

/// The store alone, as another process sees it.
fn store_at(url: &str) -> Box<dyn Store> {
    #[cfg(feature = "postgres")]
    if url.starts_with("postgresql:") {
        return Box::new(valor_ivx::store::PostgresStore::open(url).unwrap());
    }
    #[cfg(feature = "sqlite")]
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Box::new(valor_ivx::store::SqliteStore::open(path).unwrap());
    }
    panic!("no store at {url}")
}

/// Makes a tenant whose administrator is ada, and gives her.
fn tenant(platform: &Platform, slug: &str, plan: &str) -> VerifiedPrincipal {
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
    let new = NewTenant { slug: slug.into(), name: slug.into(), plan: plan.into(), admin: user("ada", "Admin") };
    let tenant = platform.tenants().create(&operator, &new).unwrap().tenant.id;
    platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).unwrap()
}
