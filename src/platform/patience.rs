//! A store that is busy is asked again: at its doors, where nothing has been done yet that would have to be
//! done once more.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::counted::count_shut;
use crate::error::Error;
use crate::id::TenantId;
use crate::metrics::{Counts, STORE_DURATION};
use crate::registry::{BatchResult, ChangeMeta, MergedStats, ModelId, StatsBatch, StatsFilter};
use crate::store::{
    BillingTx, Connections, CustodyTx, Identity, PlatformTx, RoutingDocument, ScopeCtx, StatsStore, Store, TenantRead,
    TenantTx,
};
use crate::tenancy::{PlatformCtx, TenantCtx, VerifiedPrincipal};
use crate::time::Clock;

/// How often a store that is busy is asked again.
const RETRIES: usize = 3;

/// The longest pause between two attempts: far shorter than a store itself waits before it says busy.
const LONGEST_PAUSE: u64 = 50_000;

/// A store whose doors are tried again while it is busy.
pub(super) struct Patient {
    pub(super) store: Box<dyn Store>,
    /// What metrics call it.
    pub(super) name: &'static str,
    pub(super) counts: Arc<Counts>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Patient {
    /// Asks again while it is busy, measures how long that took, and counts when it could not be asked at all.
    fn patiently<T>(&self, operation: &str, ask: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
        let start = self.clock.monotonic_nanos();
        let told = patiently(ask);
        let took = self.clock.monotonic_nanos().saturating_sub(start);
        self.counts.time(&STORE_DURATION, &[operation, self.name], took);
        count_shut(&self.counts, self.name, &told);
        told
    }
}

fn patiently<T>(mut ask: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let is_busy = |told: &Result<T, Error>| told.as_ref().is_err_and(|error| error.reason() == Some("busy"));
    for _ in 0..RETRIES {
        let told = ask();
        if !is_busy(&told) {
            return told;
        }
        // Each waits another while, so that those who met once do not meet again.
        let dice = RandomState::new().build_hasher().finish();
        std::thread::sleep(Duration::from_micros(dice % LONGEST_PAUSE));
    }
    ask()
}

impl Store for Patient {
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
        self.patiently("read", || self.store.read(cx))
    }

    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        self.patiently("write", || self.store.write(cx))
    }

    fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error> {
        self.patiently("billing", || self.store.billing(cx, tenant))
    }

    fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error> {
        self.patiently("custody", || self.store.custody(cx, tenant))
    }

    fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
        self.patiently("platform", || self.store.platform(cx))
    }

    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
        self.patiently("lookup", || self.store.lookup(principal))
    }

    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
        self.patiently("auth_version", || self.store.auth_version(principal))
    }

    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
        self.patiently("global_routing", || self.store.global_routing())
    }

    fn global_routing_version(&self) -> Result<u64, Error> {
        self.patiently("global_routing_version", || self.store.global_routing_version())
    }

    fn connections(&self) -> Option<Connections> {
        self.store.connections()
    }
}

impl StatsStore for Patient {
    fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error> {
        self.patiently("publish", || self.store.publish(scope, batch))
    }

    fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error> {
        self.patiently("totals", || self.store.totals(scope, filter))
    }

    fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error> {
        self.patiently("clear", || self.store.clear(scope, model, meta))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::{Value, json};

    use super::*;
    use crate::platform::{NewTenant, NewUser, Platform, RunRequest};
    use crate::registry::{FunctionOptions, RunCx};
    use crate::store::MemoryStore;
    use crate::tenancy::{PlatformRole, PrincipalKind};

    /// A store whose door to write is shut as often as the number says.
    struct Shut(MemoryStore, Arc<AtomicUsize>);

    impl Store for Shut {
        fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
            self.0.read(cx)
        }

        fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
            let less = |times: usize| times.checked_sub(1);
            match self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
                Ok(_) => Err(Error::unavailable("busy", "shut")),
                Err(_) => self.0.write(cx),
            }
        }

        fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error> {
            self.0.billing(cx, tenant)
        }

        fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error> {
            self.0.custody(cx, tenant)
        }

        fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
            self.0.platform(cx)
        }

        fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
            self.0.lookup(principal)
        }

        fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
            self.0.auth_version(principal)
        }

        fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
            self.0.global_routing()
        }

        fn global_routing_version(&self) -> Result<u64, Error> {
            self.0.global_routing_version()
        }
    }

    impl StatsStore for Shut {
        fn publish(&self, scope: ScopeCtx<'_>, batch: &StatsBatch) -> Result<BatchResult, Error> {
            self.0.publish(scope, batch)
        }

        fn totals(&self, scope: ScopeCtx<'_>, filter: &StatsFilter) -> Result<MergedStats, Error> {
            self.0.totals(scope, filter)
        }

        fn clear(&self, scope: ScopeCtx<'_>, model: Option<&ModelId>, meta: &ChangeMeta) -> Result<u64, Error> {
            self.0.clear(scope, model, meta)
        }
    }

    /// A platform with a tenant, its administrator, and how often its store will be busy from now on.
    fn platform() -> (Platform, VerifiedPrincipal, Arc<AtomicUsize>) {
        let mut platform =
            Platform::builder("memory:").operator("host", "root", PlatformRole::Operator).open().unwrap();
        let busy = Arc::new(AtomicUsize::new(0));
        let (counts, clock) = (platform.counts.clone(), platform.clock.clone());
        let shut = Box::new(Shut(MemoryStore::new(), busy.clone()));
        platform.store = Box::new(Patient { store: shut, name: "memory", counts, clock });
        let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
        let ada = NewUser {
            issuer: "idp".into(),
            subject: "ada".into(),
            email: "ada@example.com".into(),
            display_name: "Ada".into(),
            role: None,
        };
        let new = NewTenant { slug: "acme".into(), name: "Acme".into(), plan: "professional".into(), admin: ada };
        let tenant = platform.tenants().create(&operator, &new).unwrap().tenant.id;
        let ada = platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).unwrap();
        (platform, ada, busy)
    }

    #[test]
    fn a_busy_store_is_asked_three_times_more_and_no_oftener() {
        let (platform, ada, busy) = platform();
        let create = |name: &str| platform.organizations().create(&ada, name);
        busy.store(3, Ordering::SeqCst);
        create("North").unwrap();
        assert_eq!(busy.load(Ordering::SeqCst), 0);
        busy.store(5, Ordering::SeqCst);
        let error = create("South").unwrap_err();
        assert_eq!((error.reason(), busy.load(Ordering::SeqCst)), (Some("busy"), 1));
        let told = platform.prometheus();
        assert!(told.contains("\nvalor_store_errors_total{kind=\"busy\",store=\"memory\"} 1\n"), "{told}");
        create("South").unwrap();
    }

    #[test]
    fn a_failed_run_tells_its_own_error_though_nothing_of_it_could_be_written_down() {
        let (platform, ada, busy) = platform();
        let shut = busy.clone();
        let failing = Arc::new(move |_: &Value, _: &mut RunCx<'_>| {
            shut.store(usize::MAX, Ordering::SeqCst);
            Err(Error::internal("model_internal", "it broke"))
        });
        let (model, variant) = ("own".parse().unwrap(), "v1".parse().unwrap());
        platform.registry().register_fn(model, variant, FunctionOptions::default(), failing).unwrap();
        let error = platform.run(&ada, &RunRequest::new("own", json!({}))).unwrap_err();
        let also: Vec<_> = error.also().iter().map(Error::reason).collect();
        assert_eq!((error.reason(), &*also), (Some("model_internal"), &[Some("busy")][..]));
    }
}
