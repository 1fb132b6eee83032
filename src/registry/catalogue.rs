//! Which variants there are: registering, replacing, retiring them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::change::ChangeMeta;
use super::model::{Digest, ModelId, VariantId};
use super::route::RoutingScope;
use super::snapshot::{Catalogue, Identity, ModelEntry, Snapshot, VariantEntry};
use super::variant::{
    BuiltIn, FunctionOptions, HostFunction, Hosted, Servable, VariantSpec, VariantStatus, any_object,
};
use super::{Registry, Writer};
use crate::error::Error;
use crate::model::{Model, canonical_json};
use crate::time::Timestamp;

/// A change of a variant's state, as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogueChange {
    /// The model.
    pub model: ModelId,
    /// The variant.
    pub variant: VariantId,
    /// The new state; `None` when the variant was removed.
    pub status: Option<VariantStatus>,
    /// When.
    pub at: Timestamp,
    /// Who and why.
    pub meta: ChangeMeta,
}

/// A variant on its way into the catalogue.
struct Candidate {
    servable: Arc<dyn Servable>,
    identity: Identity,
    base: bool,
}

impl Registry {
    /// Registers a variant; the first of a model is its base.
    ///
    /// The same digest again changes nothing. `already_registered` when the name holds anything else,
    /// `incompatible_schema` when it does not take and give what the model's base does.
    pub fn register(&self, servable: Arc<dyn Servable>) -> Result<(), Error> {
        self.add(Candidate { servable, identity: Identity::Digest, base: false })
    }

    /// As [`Registry::register`], and makes it the base of its model.
    pub fn register_base(&self, servable: Arc<dyn Servable>) -> Result<(), Error> {
        self.add(Candidate { servable, identity: Identity::Digest, base: true })
    }

    /// Registers a model of the library under its own name, as variant `built_in`.
    pub fn register_model(&self, model: &'static dyn Model) -> Result<(), Error> {
        self.register(Arc::new(BuiltIn::new(model)?))
    }

    /// Registers a model of the library as variant `variant` of `model`.
    pub fn register_model_as(
        &self,
        model: ModelId,
        variant: VariantId,
        engine: &'static dyn Model,
        base: bool,
    ) -> Result<(), Error> {
        let servable = Arc::new(BuiltIn::new(engine)?.named(model, variant));
        self.add(Candidate { servable, identity: Identity::Digest, base })
    }

    /// Registers every model of the library, each as variant `built_in`.
    pub fn register_catalogue(&self) -> Result<(), Error> {
        crate::catalogue::all().iter().try_for_each(|model| self.register_model(*model))
    }

    /// Registers a function of the host.
    ///
    /// The same function object again changes nothing. Schemas that are not given are those of the
    /// model's base variant, or any JSON object for a new model.
    pub fn register_fn(
        &self,
        model: ModelId,
        variant: VariantId,
        options: FunctionOptions,
        function: Arc<HostFunction>,
    ) -> Result<(), Error> {
        let base = options.base;
        let (servable, identity) = self.hosted(model, variant, options, function);
        self.add(Candidate { servable, identity, base })
    }

    /// Puts another implementation in the place of the one with digest `expected`; statistics go on.
    ///
    /// `unknown_variant`, or `version_conflict` with the digest that is there.
    pub fn replace(&self, servable: Arc<dyn Servable>, expected: Digest) -> Result<(), Error> {
        self.exchange(Candidate { servable, identity: Identity::Digest, base: false }, expected)
    }

    /// As [`Registry::replace`] by a function of the host.
    pub fn replace_fn(
        &self,
        model: ModelId,
        variant: VariantId,
        options: FunctionOptions,
        function: Arc<HostFunction>,
        expected: Digest,
    ) -> Result<(), Error> {
        let base = options.base;
        let (servable, identity) = self.hosted(model, variant, options, function);
        self.exchange(Candidate { servable, identity, base }, expected)
    }

    fn hosted(
        &self,
        model: ModelId,
        variant: VariantId,
        options: FunctionOptions,
        function: Arc<HostFunction>,
    ) -> (Arc<dyn Servable>, Identity) {
        let snapshot = self.snapshot();
        let known = snapshot.catalogue.get(&model).and_then(|entry| entry.variants.get(&entry.base));
        let known = known.map(|entry| entry.servable.spec());
        let mut spec = VariantSpec::new(model, variant);
        if let Some(known) = known {
            spec.input_schema.clone_from(&known.input_schema);
            spec.output_schema.clone_from(&known.output_schema);
        }
        let declares_input = options.input_schema.is_some();
        spec.version = options.version.unwrap_or(spec.version);
        spec.params = options.params.unwrap_or(spec.params);
        spec.input_schema = options.input_schema.unwrap_or(spec.input_schema);
        spec.output_schema = options.output_schema.unwrap_or(spec.output_schema);
        spec.feature = options.feature;
        let identity = options.identity.map_or_else(|| Identity::Function(function.clone()), Identity::Host);
        (Arc::new(Hosted { spec, declares_input, function }), identity)
    }

    fn add(&self, candidate: Candidate) -> Result<(), Error> {
        let spec = candidate.servable.spec();
        let (model, variant) = (spec.model, spec.variant);
        model.not_reserved()?;
        variant.not_reserved()?;
        let digest = spec.digest();
        let _writer = self.writer();
        let snapshot = self.snapshot();
        let known = snapshot.catalogue.get(&model);
        if let Some(there) = known.and_then(|entry| entry.variants.get(&variant)) {
            if there.digest != digest || there.identity != candidate.identity {
                return Err(Error::conflict("already_registered", format!("variant {variant} of model {model}"))
                    .with("current", there.digest.to_string())
                    .with_hint("register it under another name, or replace the one that is there"));
            }
            if candidate.base {
                self.edit(|catalogue| {
                    catalogue.entry(model).and_modify(|entry| entry.base = variant);
                });
            }
            return Ok(());
        }
        if let Some(entry) = known {
            compatible(entry.variants[&entry.base].servable.spec(), spec)?;
        }
        let series = self.0.recorder.registered(model, variant);
        let Candidate { servable, identity, base } = candidate;
        let added = VariantEntry { servable, digest, status: VariantStatus::Active, identity, series };
        let counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).of(model);
        self.edit(|catalogue| {
            let first = || ModelEntry { base: variant, variants: BTreeMap::new(), counts };
            let entry = catalogue.entry(model).or_insert_with(first);
            entry.variants.insert(variant, added);
            if base {
                entry.base = variant;
            }
        });
        Ok(())
    }

    fn exchange(&self, candidate: Candidate, expected: Digest) -> Result<(), Error> {
        let spec = candidate.servable.spec();
        let (model, variant, digest) = (spec.model, spec.variant, spec.digest());
        let _writer = self.writer();
        let snapshot = self.snapshot();
        let there = known_variant(&snapshot, &model, &variant)?;
        if there.digest != expected {
            return Err(Error::conflict("version_conflict", format!("variant {variant} of model {model}"))
                .with("current", there.digest.to_string()));
        }
        let base = snapshot.model(&model)?.base;
        if base != variant {
            compatible(snapshot.catalogue[&model].variants[&base].servable.spec(), spec)?;
        }
        let Candidate { servable, identity, base } = candidate;
        let next = VariantEntry { servable, digest, identity, ..there.clone() };
        self.edit(|catalogue| {
            catalogue.entry(model).and_modify(|entry| {
                entry.variants.insert(variant, next);
                if base {
                    entry.base = variant;
                }
            });
        });
        Ok(())
    }

    /// Deprecates, disables or enables a variant.
    pub fn set_status(
        &self,
        model: &ModelId,
        variant: &VariantId,
        status: VariantStatus,
        meta: &ChangeMeta,
    ) -> Result<(), Error> {
        let mut writer = self.writer();
        known_variant(&self.snapshot(), model, variant)?;
        self.edit(|catalogue| {
            if let Some(entry) = catalogue.get_mut(model).and_then(|entry| entry.variants.get_mut(variant)) {
                entry.status = status;
            }
        });
        self.note(&mut writer, *model, *variant, Some(status), meta);
        Ok(())
    }

    /// Takes a variant out; its statistics stay.
    ///
    /// `in_use` while a current configuration names it, or while it is the base of other variants.
    pub fn remove(&self, model: &ModelId, variant: &VariantId, meta: &ChangeMeta) -> Result<(), Error> {
        let mut writer = self.writer();
        let snapshot = self.snapshot();
        known_variant(&snapshot, model, variant)?;
        let entry = snapshot.model(model)?;
        let mut users: Vec<String> = Vec::new();
        if entry.base == *variant && entry.variants.len() > 1 {
            users.push("base of the model".to_owned());
        }
        let last = entry.variants.len() == 1;
        for (scope, history) in &writer.scopes {
            let routing = history.current().and_then(|config| config.models.get(model));
            if routing.is_some_and(|routing| last || routing.variants().any(|named| named == *variant)) {
                users.push(match scope {
                    RoutingScope::Global => "global routing".to_owned(),
                    RoutingScope::Tenant(tenant) => format!("routing of tenant {tenant}"),
                });
            }
        }
        if !users.is_empty() {
            return Err(
                Error::conflict("in_use", format!("variant {variant} of model {model}")).with("blocked_by", users)
            );
        }
        self.edit(|catalogue| {
            if last {
                catalogue.remove(model);
            } else if let Some(entry) = catalogue.get_mut(model) {
                entry.variants.remove(variant);
            }
        });
        self.0.recorder.removed(*model, *variant);
        self.note(&mut writer, *model, *variant, None, meta);
        Ok(())
    }

    fn note(
        &self,
        writer: &mut Writer,
        model: ModelId,
        variant: VariantId,
        status: Option<VariantStatus>,
        meta: &ChangeMeta,
    ) {
        let at = self.0.clock.now();
        writer.catalogue_changes.push(CatalogueChange { model, variant, status, at, meta: meta.clone() });
    }

    fn edit(&self, change: impl FnOnce(&mut Catalogue)) {
        self.publish(|snapshot| {
            let mut catalogue = Catalogue::clone(&snapshot.catalogue);
            change(&mut catalogue);
            Snapshot {
                generation: snapshot.generation,
                catalogue: Arc::new(catalogue),
                global: snapshot.global.clone(),
                tenants: snapshot.tenants.clone(),
            }
        });
    }

    /// Changes of the state of variants, oldest first.
    #[must_use]
    pub fn catalogue_changes(&self) -> Vec<CatalogueChange> {
        self.writer().catalogue_changes.clone()
    }

    /// The registered models with their variants, the base first among them.
    #[must_use]
    pub fn models(&self) -> BTreeMap<ModelId, Vec<VariantId>> {
        let snapshot = self.snapshot();
        let names = |entry: &ModelEntry| {
            let others = entry.variants.keys().copied().filter(|variant| *variant != entry.base);
            std::iter::once(entry.base).chain(others).collect()
        };
        snapshot.catalogue.iter().map(|(model, entry)| (*model, names(entry))).collect()
    }

    /// What a registered variant is, with its digest and state.
    pub fn variant(&self, model: &ModelId, variant: &VariantId) -> Result<(VariantSpec, Digest, VariantStatus), Error> {
        let snapshot = self.snapshot();
        let entry = known_variant(&snapshot, model, variant)?;
        Ok((entry.servable.spec().clone(), entry.digest, entry.status))
    }
}

/// The entry of a variant, or which of the two names is unknown.
pub(super) fn known_variant<'s>(
    snapshot: &'s Snapshot,
    model: &ModelId,
    variant: &VariantId,
) -> Result<&'s VariantEntry, Error> {
    let entry = snapshot.model(model)?;
    entry.variants.get(variant).ok_or_else(|| {
        let known: Vec<&str> = entry.variants.keys().map(VariantId::as_str).collect();
        Error::not_found("unknown_variant", format!("variant {variant} of model {model}"))
            .with_hint(format!("known: {}", known.join(", ")))
    })
}

/// Refuses a variant that does not take what the base takes or give what it gives.
fn compatible(base: &VariantSpec, spec: &VariantSpec) -> Result<(), Error> {
    let fault = if takes_as_much(&base.input_schema, &spec.input_schema) {
        if canonical_json(&base.output_schema) == canonical_json(&spec.output_schema) {
            return Ok(());
        }
        "output_schema"
    } else {
        "input_schema"
    };
    Err(Error::invalid_input(
        fault,
        format!("variant {} of model {}", spec.variant, spec.model),
        format!("the schema of variant {}, with new optional input fields at most", base.variant),
    )
    .with_reason("incompatible_schema"))
}

/// Whether `schema` is `base`, with optional fields more at most, or takes any object.
fn takes_as_much(base: &Value, schema: &Value) -> bool {
    if *schema == any_object() || canonical_json(base) == canonical_json(schema) {
        return true;
    }
    let (Some(base), Some(schema)) = (base.as_object(), schema.as_object()) else { return false };
    let rest = |object: &serde_json::Map<String, Value>| {
        let mut object = object.clone();
        object.remove("properties");
        canonical_json(&object.into())
    };
    let fields = |object: &serde_json::Map<String, Value>| object.get("properties").and_then(Value::as_object).cloned();
    match (fields(base), fields(schema)) {
        (Some(known), Some(all)) => {
            rest(base) == rest(schema) && known.iter().all(|(name, field)| all.get(name) == Some(field))
        }
        _ => false,
    }
}
