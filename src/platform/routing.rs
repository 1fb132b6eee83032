//! Which variant serves whom: decided by right, kept in the store, and taken back from it when the
//! platform is opened again or another process has changed it.

use serde_json::{Value, json};

use super::Platform;
use super::services::{Routing, event};
use crate::error::Error;
use crate::registry::{Breach, ChangeMeta, ExperimentRef, GuardAction, KeptVersion, RoutingConfig, RoutingScope};
use crate::store::{MOST_DETAIL, RoutingDocument};
use crate::tenancy::{
    AuditEvent, Permission, PlatformCtx, PlatformPermission, PlatformPermissionSet, PrincipalKind, TenantCtx,
    VerifiedPrincipal,
};
use crate::time::Timestamp;

/// Versions of a tenant's routing that are taken back; older ones stay in the store.
const MOST_VERSIONS: usize = 1_000;

impl Routing<'_> {
    /// Applies a routing configuration: the global one by an operator, a tenant's by who manages it.
    ///
    /// Checked whole, written by compare-and-set on its `version`, then made to serve; the new version.
    pub fn apply(&self, principal: &VerifiedPrincipal, config: &Value) -> Result<u64, Error> {
        let platform = self.0;
        if principal.kind() == PrincipalKind::Platform {
            let cx = platform.require_operator(principal, PlatformPermission::ManageRouting, "routing.apply")?;
            require_scope(config, RoutingScope::Global)?;
            platform.restore_global()?;
            platform.serve(config, cx.operator(), |routing| {
                let mut tx = platform.store.platform(&cx)?;
                tx.set_routing(routing.version - 1, &document(routing, cx.operator(), cx.now()))?;
                let version = routing.version.to_string();
                tx.append_audit(&event(cx.operator(), "routing.apply", "routing", &version, cx.now()))?;
                tx.commit()?;
                platform.count_record("ok");
                Ok(())
            })
        } else {
            let cx = platform.require(principal, Permission::ManageTenant, "routing.apply")?;
            platform.require_feature(&cx, "ml_models", "routing.apply")?;
            require_scope(config, RoutingScope::Tenant(cx.tenant()))?;
            platform.restore_routing(&cx)?;
            let actor = cx.user().to_string();
            platform.serve(config, &actor, |routing| {
                let mut tx = platform.begin(&cx)?;
                tx.set_routing(routing.version - 1, &document(routing, &actor, cx.now()))?;
                tx.append_audit(&event(&actor, "routing.apply", "routing", &routing.version.to_string(), cx.now()))?;
                tx.commit()?;
                platform.count_record("ok");
                Ok(())
            })
        }
    }
}

/// Who is on record for a pause by a guardrail.
const GUARDRAIL: &str = "guardrail";

impl Platform {
    /// Pauses experiments that the tenant took part in where their guardrails say so: kept before the pause
    /// serves, and where the experiment is the tenant's own, on record with the numbers in its chain. A breach
    /// of the tenant's own experiment that only tells is on record, too.
    ///
    /// The pause of a global experiment, whose numbers are of all tenants, is told by the history of global
    /// routing, with the first breach as its note, and by the platform's own log.
    ///
    /// The run that brought it to light is answered whatever comes of it; a pause that fails is tried
    /// again when more has been gathered.
    pub(super) fn enforce_guardrails(&self, cx: &TenantCtx) {
        for experiment in self.registry.guardrails_due(RoutingScope::Tenant(cx.tenant())) {
            let paused = self.pause(cx, experiment, |routing, breaches, now| {
                let mut tx = self.store.write(cx)?;
                tx.set_routing(routing.version - 1, &document(routing, GUARDRAIL, now))?;
                tx.append_audit(&acted("routing.pause", experiment, breaches, now))?;
                tx.commit()?;
                self.count_record("ok");
                Ok(())
            });
            let pauses = |breach: &Breach| breach.guardrail.action == GuardAction::Pause;
            if let Ok(breaches) = paused
                && !breaches.is_empty()
                && !breaches.iter().any(pauses)
            {
                let _ = self.put_alert_on_record(cx, experiment, &breaches);
            }
        }
        for experiment in self.registry.guardrails_due(RoutingScope::Global) {
            let _ = self.pause(cx, experiment, |routing, breaches, now| {
                let permissions = PlatformPermissionSet::of(&[PlatformPermission::ManageRouting]);
                let mut tx = self.store.platform(&PlatformCtx::new(GUARDRAIL.to_owned(), permissions, now))?;
                tx.set_routing(routing.version - 1, &document(routing, GUARDRAIL, now))?;
                tx.append_audit(&acted("routing.pause", experiment, breaches, now))?;
                tx.commit()?;
                self.count_record("ok");
                Ok(())
            });
        }
    }

    fn put_alert_on_record(&self, cx: &TenantCtx, experiment: ExperimentRef, breaches: &[Breach]) -> Result<(), Error> {
        let mut tx = self.store.write(cx)?;
        tx.append_audit(&acted("routing.alert", experiment, breaches, self.clock.now()))?;
        tx.commit()?;
        self.count_record("ok");
        Ok(())
    }

    /// Pauses an experiment whose guardrails say so, and where another process has changed its routing
    /// meanwhile, once more by what it is now.
    fn pause(
        &self,
        cx: &TenantCtx,
        experiment: ExperimentRef,
        keep: impl Fn(&RoutingConfig, &[Breach], Timestamp) -> Result<(), Error>,
    ) -> Result<Vec<Breach>, Error> {
        let enforce = || {
            let kept = |routing: &RoutingConfig, breaches: &[Breach]| keep(routing, breaches, self.clock.now());
            self.registry.enforce_guardrails(experiment, kept)
        };
        enforce().or_else(|error| {
            if error.reason() != Some("version_conflict") {
                return Err(error);
            }
            self.restore_routing(cx)?;
            enforce()
        })
    }

    fn serve(
        &self,
        config: &Value,
        actor: &str,
        keep: impl FnOnce(&RoutingConfig) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        let meta = ChangeMeta { actor: actor.to_owned(), ..ChangeMeta::default() };
        self.registry.apply_kept(config, &meta, keep).map(|applied| applied.version)
    }

    /// Takes back what was kept for everyone and for the tenant, as far as it is newer than what serves:
    /// not when the platform is opened, since the host registers its variants after that.
    pub(super) fn restore_routing(&self, cx: &TenantCtx) -> Result<(), Error> {
        self.restore_global()?;
        let mut read = self.store.read(cx)?;
        // The reading ends with the closure: whoever changes routing holds the registry, then the store.
        self.take(RoutingScope::Tenant(cx.tenant()), read.routing_version()?, move |size| read.routing_history(size))
    }

    fn restore_global(&self) -> Result<(), Error> {
        let latest = |_| Ok(self.store.global_routing()?.into_iter().collect());
        self.take(RoutingScope::Global, self.store.global_routing_version()?, latest)
    }

    /// Restores `scope` up to version `stored` from at most as many of its `kept` versions as are asked
    /// for, newest first. Where something serves already and the newer routing names what is not registered
    /// here, as while a fleet is renewed, it goes on serving, and its age tells.
    fn take(
        &self,
        scope: RoutingScope,
        stored: u64,
        kept: impl FnOnce(usize) -> Result<Vec<RoutingDocument>, Error>,
    ) -> Result<(), Error> {
        let restored = || self.restored.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let served = restored().get(&scope).copied();
        let known = served.unwrap_or(0);
        if stored <= known {
            restored().entry(scope).or_default();
            self.registry.routing_is_current(scope);
            return Ok(());
        }
        let newer = usize::try_from(stored - known).map_or(MOST_VERSIONS, |newer| newer.min(MOST_VERSIONS));
        let version = |kept: RoutingDocument| KeptVersion {
            config: kept.config,
            at: kept.at,
            meta: ChangeMeta { actor: kept.actor, ..ChangeMeta::default() },
        };
        let versions: Vec<KeptVersion> = kept(newer)?.into_iter().rev().map(version).collect();
        match self.registry.restore(scope, &versions) {
            Err(error) if served.is_some() && error.reason() == Some("invalid_config") => return Ok(()),
            told => told?,
        }
        let mut restored = restored();
        let known = restored.entry(scope).or_default();
        *known = stored.max(*known);
        Ok(())
    }
}

/// Another scope than the caller's own: for an operator a wrong field, for a tenant nothing there is.
fn require_scope(config: &Value, scope: RoutingScope) -> Result<(), Error> {
    if config["scope"] == json!(scope) {
        return Ok(());
    }
    Err(match scope {
        RoutingScope::Global => Error::invalid_input("scope", config["scope"].clone(), "Global, for an operator"),
        RoutingScope::Tenant(_) => Error::not_found("not_found", "scope"),
    })
}

/// The record of what guardrails did: how many breaches led to it, and of as many as a record takes the numbers,
/// those that pause first.
fn acted(action: &str, experiment: ExperimentRef, breaches: &[Breach], at: Timestamp) -> AuditEvent {
    let (mut told, others): (Vec<_>, Vec<_>) =
        breaches.iter().partition(|breach| breach.guardrail.action == GuardAction::Pause);
    told.extend(others);
    let detail = |told: &[&Breach]| json!({ "breaches": told, "count": breaches.len() });
    while detail(&told).to_string().len() > MOST_DETAIL && told.pop().is_some() {}
    AuditEvent { detail: detail(&told), ..event(GUARDRAIL, action, "experiment", experiment.id.as_str(), at) }
}

fn document(routing: &RoutingConfig, actor: &str, at: Timestamp) -> RoutingDocument {
    RoutingDocument { version: routing.version, config: routing.to_json(), actor: actor.to_owned(), at }
}
