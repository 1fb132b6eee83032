//! A store of the host's own, written as anyone outside can write one: it passes the conformance suite, and a
//! platform runs on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use valor_ivx::Error;
use valor_ivx::id::{OrganizationId, SeededIds, TenantId};
use valor_ivx::platform::{NewTenant, NewUser, Platform, RunRequest};
use valor_ivx::registry::{BatchResult, ChangeMeta, MergedStats, ModelId, StatsBatch, StatsFilter};
use valor_ivx::store::{
    BillingTx, CustodyTx, Entity, Identity, Listing, MemoryStore, PageReq, PlatformTx, RoutingDocument, ScopeCtx,
    StatsStore, Store, TenantRead, TenantTx,
};
use valor_ivx::tenancy::{Organization, PlatformCtx, PlatformRole, PrincipalKind, TenantCtx, VerifiedPrincipal};
use valor_ivx::time::Timestamp;

/// A store that counts how often it is written to.
#[derive(Default)]
struct Counted {
    kept: MemoryStore,
    writes: Arc<AtomicU64>,
}

impl Store for Counted {
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
        self.kept.read(cx)
    }

    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.kept.write(cx)
    }

    fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error> {
        self.kept.billing(cx, tenant)
    }

    fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error> {
        self.kept.custody(cx, tenant)
    }

    fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
        self.kept.platform(cx)
    }

    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
        self.kept.lookup(principal)
    }

    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
        self.kept.auth_version(principal)
    }

    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
        self.kept.global_routing()
    }

    fn global_routing_version(&self) -> Result<u64, Error> {
        self.kept.global_routing_version()
    }
}

impl StatsStore for Counted {
    fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error> {
        self.kept.publish(scope, batch)
    }

    fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error> {
        self.kept.totals(scope, filter)
    }

    fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error> {
        self.kept.clear(scope, model, meta)
    }
}

mod conformance {
    use super::*;

    valor_ivx::store_conformance!(|| Box::new(Counted::default()));
}

#[test]
fn a_platform_runs_on_a_store_of_the_hosts_own_and_names_it_so_in_metrics() {
    let store = Counted::default();
    let writes = store.writes.clone();
    let platform = Platform::builder_on(store).operator("host", "root", PlatformRole::Operator).open().unwrap();
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
    let admin = NewUser {
        issuer: "idp".into(),
        subject: "ada".into(),
        email: "ada@example.com".into(),
        display_name: "Ada".into(),
        role: None,
    };
    let new = NewTenant { slug: "acme".into(), name: "Acme".into(), plan: "basic".into(), admin };
    let tenant = platform.tenants().create(&operator, &new).unwrap().tenant.id;
    let ada = platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).unwrap();
    let before = writes.load(Ordering::SeqCst);
    let run = platform.run(&ada, &RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))).unwrap();
    assert!(writes.load(Ordering::SeqCst) > before);
    assert!(platform.replay(&ada, run.run_id).unwrap().identical);
    assert!(platform.prometheus().contains("store=\"own\""));
}

#[test]
fn rows_in_any_order_become_the_page_that_a_list_asks_for() {
    let ids = SeededIds::new([5; 32]);
    let organization = |at: i64, name: &str| {
        let created_at = Timestamp::from_micros(at);
        let id = OrganizationId::new(&ids, created_at);
        Organization { id, name: name.to_owned(), active: true, created_at, version: 1 }
    };
    let kept = [organization(2, "South"), organization(3, "north sea"), organization(1, "North")];
    let page = |request: &PageReq| {
        let listing = Listing::first(Entity::Organization, request).unwrap();
        let slice = listing.slice_of(&kept).map(|found| found.name.clone());
        (slice.items, slice.before, slice.after, slice.total)
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(page(&PageReq::of_size(2)), (names(&["North", "north sea"]), false, true, None));
    let newest = PageReq::of_size(2).sorted("created").page(2).counted();
    assert_eq!(page(&newest), (names(&["North"]), true, false, Some(3)));
    assert_eq!(page(&PageReq::default().searched("name", "NORTH ")), (names(&["north sea"]), false, false, None));
}
