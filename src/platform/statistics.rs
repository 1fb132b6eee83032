//! What all processes counted of calls: published to the store as calls are made, and read from it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use super::Platform;
use super::services::Statistics;
use crate::error::Error;
use crate::registry::{ChangeMeta, ModelId, StatsBatch, StatsFilter, StatsView, UsageRow};
use crate::store::{ScopeCtx, require_key};
use crate::tenancy::{Permission, PlatformCtx, PlatformPermission, PrincipalKind, TenantCtx, VerifiedPrincipal};
use crate::time::Timestamp;

/// How long a tenant's calls are counted in this process alone.
const PUBLISHED_EVERY_MICROS: i64 = 15_000_000;

/// What has been published of a scope; who holds it alone publishes or clears.
#[derive(Default)]
pub(super) struct Published {
    last: Option<Timestamp>,
    /// Told by the registry and not yet taken by the store.
    waiting: Vec<StatsBatch>,
}

/// Who asks, and for whose statistics.
enum Asker {
    Tenant(TenantCtx),
    Platform(PlatformCtx),
}

impl Asker {
    fn scope(&self) -> ScopeCtx<'_> {
        match self {
            Asker::Tenant(cx) => ScopeCtx::Tenant(cx),
            Asker::Platform(cx) => ScopeCtx::Platform(cx),
        }
    }

    fn name(&self) -> String {
        match self {
            Asker::Tenant(cx) => cx.user().to_string(),
            Asker::Platform(cx) => cx.operator().to_owned(),
        }
    }
}

impl Statistics<'_> {
    /// Publishes what this process has counted of the tenant's calls; for an operator, of calls that are for no
    /// tenant. Runs do so by themselves every 15 seconds: this is for a process that is about to end.
    pub fn publish(&self, principal: &VerifiedPrincipal) -> Result<(), Error> {
        let asker = self.asker(principal, Permission::ReadModels, PlatformPermission::ViewMetrics)?;
        self.0.publish(asker.scope())
    }

    /// Performance of the variants of `model` that served, in whichever process: of the tenant's calls, or for an
    /// operator of those that are for no tenant.
    ///
    /// `unknown_model` when it is neither registered here nor was ever called.
    pub fn performance(
        &self,
        principal: &VerifiedPrincipal,
        model: &ModelId,
    ) -> Result<BTreeMap<String, StatsView>, Error> {
        let asker = self.asker(principal, Permission::ReadModels, PlatformPermission::ViewMetrics)?;
        self.0.publish(asker.scope())?;
        let filter = StatsFilter::default();
        let views = self.0.store.totals(asker.scope(), &filter)?.performance(model, &filter);
        if views.is_empty() && !self.0.registry.models().contains_key(model) {
            return Err(Error::not_found("unknown_model", format!("model {model}")));
        }
        Ok(views)
    }

    /// How often each variant served, in whichever process.
    pub fn usage(&self, principal: &VerifiedPrincipal) -> Result<Vec<UsageRow>, Error> {
        let asker = self.asker(principal, Permission::ViewAnalytics, PlatformPermission::ViewMetrics)?;
        self.0.publish(asker.scope())?;
        let filter = StatsFilter::default();
        Ok(self.0.store.totals(asker.scope(), &filter)?.usage(&filter))
    }

    /// Forgets the performance of `model`, or of all models, and keeps usage; how often that was done. What other
    /// processes have counted and not yet published comes after it.
    pub fn clear(
        &self,
        principal: &VerifiedPrincipal,
        model: Option<&ModelId>,
        reason: Option<&str>,
    ) -> Result<u64, Error> {
        reason.map_or(Ok(()), |reason| require_key("reason", reason))?;
        let asker = self.asker(principal, Permission::ManageTenant, PlatformPermission::ManageRouting)?;
        let meta = ChangeMeta { actor: asker.name(), reason: reason.map(str::to_owned) };
        // Held until it is done, so that nothing counted before comes after it.
        let published = self.0.published(asker.scope());
        let mut published = published.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.publish_more(asker.scope(), &mut published)?;
        let cleared = self.0.store.clear(asker.scope(), model, &meta)?;
        if matches!(asker, Asker::Tenant(_)) {
            self.0.count_record("ok");
        }
        Ok(cleared)
    }

    fn asker(
        self,
        principal: &VerifiedPrincipal,
        permission: Permission,
        of_operator: PlatformPermission,
    ) -> Result<Asker, Error> {
        if principal.kind() == PrincipalKind::Platform {
            let cx = self.0.enter_platform(principal)?;
            cx.require(of_operator)?;
            return Ok(Asker::Platform(cx));
        }
        self.0.require(principal, permission, "statistics").map(Asker::Tenant)
    }
}

impl Platform {
    fn published(&self, scope: ScopeCtx<'_>) -> Arc<Mutex<Published>> {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.entry(scope.scope()).or_default().clone()
    }

    /// Publishes the tenant's statistics if that is due and nobody else is at it; the run is answered whatever
    /// comes of it, and what the store does not take waits for the next time.
    pub(super) fn publish_when_due(&self, cx: &TenantCtx) {
        let scope = ScopeCtx::Tenant(cx);
        let published = self.published(scope);
        let mut published = match published.try_lock() {
            Ok(published) => published,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let now = self.clock.now();
        let since = |last: Timestamp| now.as_micros().saturating_sub(last.as_micros());
        if published.last.is_none_or(|last| since(last) >= PUBLISHED_EVERY_MICROS) {
            let _ = self.publish_more(scope, &mut published);
        }
    }

    fn publish(&self, scope: ScopeCtx<'_>) -> Result<(), Error> {
        let published = self.published(scope);
        let mut published = published.lock().unwrap_or_else(PoisonError::into_inner);
        self.publish_more(scope, &mut published)
    }

    /// Publishes what was counted of a scope, and what is still waiting of it.
    fn publish_more(&self, scope: ScopeCtx<'_>, published: &mut Published) -> Result<(), Error> {
        published.last = Some(self.clock.now());
        published.waiting.extend(self.registry.stats_batch_of(scope.scope())?);
        while let Some(batch) = published.waiting.last() {
            // Told twice it counts once: it is let go only when it has been taken.
            self.store.publish(scope, batch)?;
            published.waiting.pop();
        }
        Ok(())
    }
}
