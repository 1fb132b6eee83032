//! One whole state of the registry, never changed once made, and the resolution of a call in it.
//!
//! [`Snapshot::resolve`] is a pure function of the snapshot, the availability of variants and the
//! request; it takes no lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::analysis::{Book, Enrolment, ExperimentRef};
use super::counted::ModelCounts;
use super::keyed::{Keyed, Points};
use super::model::{Digest, ExperimentId, ModelId, VariantId};
use super::performance::Series;
use super::resolution::{ConfigVersions, ExperimentTag, FallbackKind, FallbackTag, Reason, Resolution, RouteRequest};
use super::route::{
    Arm, Assignment, Experiment, ExperimentStatus, FallbackPolicy, Mirror, ModelRouting, OnFault, RoutingConfig,
    RoutingScope, content_hash,
};
use super::variant::{Availability, HostFunction, Servable, VariantStatus};
use crate::error::Error;
use crate::id::TenantId;
use crate::model::canonical_json;
use crate::time::Timestamp;

/// What tells one registered implementation from another of the same digest.
#[derive(Clone)]
pub(crate) enum Identity {
    /// The digest alone.
    Digest,
    /// The host's own number.
    Host(u64),
    /// The function object.
    Function(Arc<HostFunction>),
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Identity::Digest, Identity::Digest) => true,
            (Identity::Host(one), Identity::Host(two)) => one == two,
            (Identity::Function(one), Identity::Function(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }
}

/// A variant in the catalogue.
#[derive(Clone)]
pub(crate) struct VariantEntry {
    pub(crate) servable: Arc<dyn Servable>,
    pub(crate) digest: Digest,
    pub(crate) status: VariantStatus,
    pub(crate) identity: Identity,
    pub(crate) series: Arc<Series>,
}

impl VariantEntry {
    /// Why it cannot serve, if it cannot.
    pub(crate) fn hindrance(&self) -> Option<String> {
        if self.status == VariantStatus::Disabled {
            return Some("disabled".to_owned());
        }
        match self.servable.available() {
            Availability::Ready => None,
            Availability::Unavailable(why) => Some(why),
        }
    }
}

/// A model in the catalogue; the base variant is always among its variants.
#[derive(Clone)]
pub(crate) struct ModelEntry {
    pub(crate) base: VariantId,
    pub(crate) variants: BTreeMap<VariantId, VariantEntry>,
    pub(crate) counts: Arc<ModelCounts>,
}

pub(crate) type Catalogue = BTreeMap<ModelId, ModelEntry>;

/// The routing of one model with the key of its running experiment absorbed.
struct Route {
    routing: ModelRouting,
    /// The routing as canonical JSON.
    text: String,
    running: Option<Running>,
}

/// What a running experiment assigns by and books exposures in.
struct Running {
    keyed: Keyed,
    enrolment: Enrolment,
}

impl Route {
    fn new(routing: &ModelRouting, enter: impl FnOnce(&Experiment) -> Enrolment) -> Self {
        let running = routing.experiment.as_ref().and_then(|experiment| {
            let enrolment = enter(experiment);
            is_running(experiment).then(|| Running { keyed: experiment.keyed(), enrolment })
        });
        Self { text: canonical_json(&routing.to_json()), routing: routing.clone(), running }
    }

    fn live(&self) -> Option<(&Experiment, Option<&Running>)> {
        let experiment = self.routing.experiment.as_ref().filter(|experiment| experiment.status.is_live())?;
        Some((experiment, self.running.as_ref()))
    }
}

fn is_running(experiment: &Experiment) -> bool {
    experiment.status == ExperimentStatus::Running
}

/// The configuration of one scope, ready to resolve.
pub(crate) struct ScopeRouting {
    pub(crate) version: u64,
    pub(crate) hash: Digest,
    routes: BTreeMap<ModelId, Arc<Route>>,
}

impl ScopeRouting {
    /// The routing of a scope without a configuration.
    pub(crate) fn none(scope: RoutingScope) -> Self {
        Self { version: 0, hash: RoutingConfig::new(scope).config_hash(), routes: BTreeMap::new() }
    }

    /// `config` with its experiments entered in their books by `enter`; what is as in `last` is taken from there.
    pub(crate) fn new(
        config: &RoutingConfig,
        last: &ScopeRouting,
        mut enter: impl FnMut(&ModelId, &Experiment) -> Enrolment,
    ) -> Self {
        let mut route = |(model, routing): (&ModelId, &ModelRouting)| {
            let kept = last.routes.get(model).filter(|route| route.routing == *routing).cloned();
            (*model, kept.unwrap_or_else(|| Arc::new(Route::new(routing, |experiment| enter(model, experiment)))))
        };
        let routes: BTreeMap<ModelId, Arc<Route>> = config.models.iter().map(&mut route).collect();
        let hash = content_hash(config.scope, routes.iter().map(|(model, route)| (model, route.text.as_str())));
        Self { version: config.version, hash, routes }
    }
}

/// A tenant's routing, with the digest of it and the global one together.
#[derive(Clone)]
pub(crate) struct TenantRouting {
    pub(crate) own: Arc<ScopeRouting>,
    with_global: Digest,
}

impl TenantRouting {
    pub(crate) fn new(own: Arc<ScopeRouting>, global: &ScopeRouting) -> Self {
        let both = [*global.hash.as_bytes(), *own.hash.as_bytes()].concat();
        Self { own, with_global: Digest::of_bytes(&both) }
    }
}

/// A whole state of the registry.
pub(crate) struct Snapshot {
    pub(crate) generation: u64,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) global: Arc<ScopeRouting>,
    pub(crate) tenants: Arc<BTreeMap<TenantId, TenantRouting>>,
}

/// A call that has been routed, by reference: what is needed to run it and to tell how it was routed.
#[derive(Clone)]
pub(crate) struct Routed<'s> {
    pub(crate) entry: &'s VariantEntry,
    pub(crate) served: &'s VariantId,
    on_error: OnFault,
    asked: &'s ModelId,
    model: &'s ModelEntry,
    default: &'s VariantId,
    choice: Choice<'s>,
    fallback: Option<FallbackTag>,
    config_version: ConfigVersions,
    config_hash: &'s Digest,
}

/// What routing chose, and why.
#[derive(Clone)]
struct Choice<'s> {
    assigned: &'s VariantId,
    reason: Reason,
    shadowed: Option<&'s ExperimentId>,
    exposure: Option<Exposure<'s>>,
}

/// That a call counts in an experiment.
#[derive(Clone)]
struct Exposure<'s> {
    experiment: &'s Experiment,
    enrolment: &'s Enrolment,
    scope: RoutingScope,
    arm: &'s Arm,
    points: Points,
    draw: Option<u64>,
}

impl<'s> Choice<'s> {
    /// Arms a fallback must not land on.
    fn barred(&self) -> &'s [Arm] {
        self.exposure.as_ref().map_or(&[], |exposure| &exposure.experiment.arms)
    }
}

/// A unit's place in the book of its experiment.
pub(crate) struct Exposed<'s> {
    pub(crate) book: &'s Book,
    pub(crate) experiment: ExperimentRef,
    pub(crate) place: usize,
}

impl Snapshot {
    pub(crate) fn model(&self, model: &ModelId) -> Result<&ModelEntry, Error> {
        self.catalogue.get(model).ok_or_else(|| {
            let known: Vec<&str> = self.catalogue.keys().map(ModelId::as_str).collect();
            Error::not_found("unknown_model", format!("model {model}"))
                .with_hint(format!("registered models: {}", known.join(", ")))
        })
    }

    /// The routing of `scope`, if it has any.
    pub(crate) fn routing(&self, scope: RoutingScope) -> Option<&Arc<ScopeRouting>> {
        match scope {
            RoutingScope::Global => Some(&self.global),
            RoutingScope::Tenant(tenant) => self.tenants.get(&tenant).map(|tenant| &tenant.own),
        }
    }

    /// The variant that runs beside calls of `model`, if any: the tenant's, otherwise everybody's.
    pub(crate) fn mirror(&self, model: &ModelId, tenant: Option<TenantId>) -> Option<&Mirror> {
        let own = tenant.and_then(|tenant| self.tenants.get(&tenant)).map(|tenant| &tenant.own);
        let mut scopes = own.into_iter().chain([&self.global]);
        scopes.find_map(|scope| scope.routes.get(model)?.routing.mirror.as_ref())
    }

    /// Which variant serves; `next_draw` numbers the draws of random experiments.
    pub(crate) fn resolve<'s>(
        &'s self,
        model: &'s ModelId,
        request: &RouteRequest<'s>,
        next_draw: &dyn Fn() -> u64,
    ) -> Result<Routed<'s>, Error> {
        let entry = self.model(model)?;
        let tenant = request.tenant.and_then(|tenant| self.tenants.get(&tenant));
        let own = tenant.and_then(|tenant| tenant.own.routes.get(model)).map(Arc::as_ref);
        let global = self.global.routes.get(model).map(Arc::as_ref);
        let default = global.and_then(|route| route.routing.default.as_ref()).unwrap_or(&entry.base);
        let policy = own
            .and_then(|route| route.routing.fallback)
            .or_else(|| global.and_then(|route| route.routing.fallback))
            .unwrap_or_default();
        let choice = choose(request, own, global, default, next_draw);
        let (served, variant, fallback) = serving(model, entry, &choice, default, policy)?;
        Ok(Routed {
            entry: variant,
            served,
            // A second fallback would hide the first.
            on_error: if fallback.is_some() { OnFault::Fail } else { policy.on_error },
            asked: model,
            model: entry,
            default,
            choice,
            fallback,
            config_version: ConfigVersions {
                global: self.global.version,
                tenant: tenant.map(|tenant| tenant.own.version),
            },
            config_hash: tenant.map_or(&self.global.hash, |tenant| &tenant.with_global),
        })
    }
}

/// The precedence: forced, tenant override, the tenant's experiment, the global one, the default.
fn choose<'s>(
    request: &RouteRequest<'s>,
    own: Option<&'s Route>,
    global: Option<&'s Route>,
    default: &'s VariantId,
    next_draw: &dyn Fn() -> u64,
) -> Choice<'s> {
    let opted_out = own.is_some_and(|route| route.routing.opt_out_global_experiment);
    let shared = global.filter(|_| !opted_out).and_then(Route::live);
    let tenants_own = own.and_then(Route::live);
    let candidate = tenants_own.or(shared);
    let running_id = |live: Option<(&'s Experiment, Option<&Running>)>| {
        live.filter(|(experiment, _)| is_running(experiment)).map(|(experiment, _)| &experiment.id)
    };
    let plain = |assigned, reason, shadowed| Choice { assigned, reason, shadowed, exposure: None };

    if let Some(force) = request.force {
        return plain(force, Reason::Forced, running_id(candidate));
    }
    if let Some(variant) = own.and_then(|route| route.routing.override_variant.as_ref()) {
        return plain(variant, Reason::TenantOverride, running_id(candidate));
    }
    let Some((experiment, running)) = candidate else {
        return plain(default, Reason::Default, None);
    };
    let shadowed = if tenants_own.is_some() { running_id(shared) } else { None };
    let Some(Running { keyed, enrolment }) = running else {
        return plain(default, Reason::ExperimentPaused, shadowed);
    };
    let (points, draw): (Points, Option<u64>) = match (&experiment.assignment, request.unit) {
        (Assignment::Sticky, None) => return plain(default, Reason::NoUnit, shadowed),
        (Assignment::Sticky, Some(unit)) => (keyed.unit(unit), None),
        (Assignment::Random { .. }, _) => {
            let draw = request.draw.unwrap_or_else(next_draw);
            (keyed.draw(draw), Some(draw))
        }
    };
    let arm = experiment
        .allocation
        .as_ref()
        .and_then(|allocation| allocation.arm_at(points.arm))
        .and_then(|key| experiment.arms.iter().find(|arm| arm.key == key));
    let Some(arm) = arm.filter(|_| points.enrol < experiment.enrol_ppm) else {
        return plain(default, Reason::NotEnrolled, shadowed);
    };
    let of_tenant = request.tenant.filter(|_| tenants_own.is_some());
    let scope = of_tenant.map_or(RoutingScope::Global, RoutingScope::Tenant);
    let exposure = Some(Exposure { experiment, enrolment, scope, arm, points, draw });
    Choice { assigned: &arm.variant, reason: Reason::Experiment, shadowed, exposure }
}

/// The variant that serves: the chosen one, or the one that steps in and why.
fn serving<'s>(
    name: &ModelId,
    model: &'s ModelEntry,
    choice: &Choice<'s>,
    default: &'s VariantId,
    policy: FallbackPolicy,
) -> Result<(&'s VariantId, &'s VariantEntry, Option<FallbackTag>), Error> {
    let assigned = choice.assigned;
    let (kind, detail) = match model.variants.get(assigned).map(|entry| (entry, entry.hindrance())) {
        Some((entry, None)) => return Ok((assigned, entry, None)),
        Some((_, Some(why))) => (FallbackKind::Unavailable, why),
        None => (FallbackKind::Unknown, "no such variant".to_owned()),
    };
    let what = format!("variant {assigned} of model {name}");
    if kind == FallbackKind::Unknown && policy.on_unknown == OnFault::Fail {
        let known: Vec<&str> = model.variants.keys().map(VariantId::as_str).collect();
        return Err(Error::not_found("unknown_variant", what).with_hint(format!("known: {}", known.join(", "))));
    }
    if kind == FallbackKind::Unavailable && policy.on_unavailable == OnFault::Fail {
        return Err(Error::unavailable("model_unavailable", format!("{what}: {detail}")));
    }
    let order = if kind == FallbackKind::Unknown { [&model.base, default] } else { [default, &model.base] };
    let Some((served, entry)) = stand_in(model, assigned, order, choice.barred()) else {
        return Err(Error::unavailable("no_variant_available", format!("{what}: {detail}, and no other can serve")));
    };
    Ok((served, entry, Some(FallbackTag { from: *assigned, kind, detail })))
}

/// The first of `order` that can serve in place of `failed` and is not an arm of the experiment.
fn stand_in<'s>(
    model: &'s ModelEntry,
    failed: &VariantId,
    order: [&'s VariantId; 2],
    barred: &[Arm],
) -> Option<(&'s VariantId, &'s VariantEntry)> {
    order
        .into_iter()
        .filter(|variant| *variant != failed && !barred.iter().any(|arm| arm.variant == **variant))
        .filter_map(|variant| Some((variant, model.variants.get(variant)?)))
        .find(|(_, entry)| entry.hindrance().is_none())
}

impl<'s> Routed<'s> {
    /// How the call was routed, as a value that outlives the snapshot.
    pub(crate) fn resolution(&self) -> Resolution {
        let Choice { assigned, reason, shadowed, exposure } = &self.choice;
        let stepped_in = self.fallback.as_ref().map(|fallback| match fallback.kind {
            FallbackKind::Unknown => Reason::FallbackUnknown,
            FallbackKind::Unavailable => Reason::FallbackUnavailable,
            FallbackKind::Error => Reason::FallbackError,
        });
        Resolution {
            model: *self.asked,
            requested: (*reason == Reason::Forced).then_some(**assigned),
            assigned: **assigned,
            served: *self.served,
            reason: stepped_in.unwrap_or(*reason),
            config_version: self.config_version,
            config_hash: *self.config_hash,
            experiment: exposure.as_ref().map(|exposure| ExperimentTag {
                id: exposure.experiment.id,
                arm: exposure.arm.key,
                point: exposure.points.arm,
                draw: exposure.draw,
            }),
            shadowed: shadowed.copied(),
            fallback: self.fallback.clone(),
            deprecated: self.entry.status == VariantStatus::Deprecated,
        }
    }

    /// The name of the model that was asked for.
    pub(crate) fn model(&self) -> &'s ModelId {
        self.asked
    }

    /// Books the call as an exposure, if it is one.
    pub(crate) fn expose(&self, now: Timestamp) -> Option<Exposed<'s>> {
        let Exposure { experiment, enrolment, scope, arm, points, .. } = self.choice.exposure.as_ref()?;
        let implementation = (self.entry.digest, &self.entry.identity);
        let implementation = self.fallback.is_none().then_some(implementation);
        let place = enrolment.book.expose(enrolment.epoch, arm.key, points.key, implementation, now)?;
        Some(Exposed { book: &enrolment.book, experiment: ExperimentRef { scope: *scope, id: experiment.id }, place })
    }

    /// The same call served by another variant after the run failed with `error`, if one may step in.
    pub(crate) fn after_error(&self, error: &Error) -> Option<Routed<'s>> {
        if self.on_error == OnFault::Fail {
            return None;
        }
        let order = [self.default, &self.model.base];
        let (served, entry) = stand_in(self.model, self.served, order, self.choice.barred())?;
        let fallback = FallbackTag { from: *self.served, kind: FallbackKind::Error, detail: error.to_string() };
        Some(Routed { entry, served, on_error: OnFault::Fail, fallback: Some(fallback), ..self.clone() })
    }
}
