//! What a variant is and how it runs: [`Servable`], the adapter for catalogue models, host functions.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::model::{Digest, ModelId, SemVer, VariantId, build_id};
use super::schema;
use crate::error::Error;
use crate::model::Model;
use crate::simulation::{CancelToken, Progress};

/// The variant a catalogue model is served as.
pub(crate) const BUILT_IN: &str = "built_in";

/// What a variant is, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantSpec {
    /// The model it computes.
    pub model: ModelId,
    /// Its name inside the model.
    pub variant: VariantId,
    /// Informational: a new version is a new variant or an explicit replacement.
    pub version: SemVer,
    /// What it was configured with, part of its digest.
    pub params: Value,
    /// JSON Schema of the input.
    pub input_schema: Value,
    /// JSON Schema of the output.
    pub output_schema: Value,
    /// The plan feature that guards it, if any.
    pub feature: Option<String>,
}

impl VariantSpec {
    /// A variant of version 1.0.0 without parameters that takes and gives any JSON object.
    #[must_use]
    pub fn new(model: ModelId, variant: VariantId) -> Self {
        Self {
            model,
            variant,
            version: SemVer::ONE,
            params: json!({}),
            input_schema: any_object(),
            output_schema: any_object(),
            feature: None,
        }
    }

    /// SHA-256 of the canonical JSON of model, variant, version, params and the build that computes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_json(&json!({
            "model": self.model,
            "variant": self.variant,
            "version": self.version,
            "params": self.params,
            "build": build_id(),
        }))
    }
}

pub(crate) fn any_object() -> Value {
    json!({"type": "object"})
}

/// Whether a variant can run at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Ready,
    /// It cannot, for the reason given.
    Unavailable(String),
}

/// What a run is given besides its input.
pub struct RunCx<'a> {
    /// The seed of everything random in the run.
    pub seed: u64,
    /// Long runs look here and stop with [`Error::cancelled`].
    pub cancel: &'a CancelToken,
    /// Long runs tell here how far they are.
    pub progress: Option<&'a dyn Fn(&Progress)>,
    /// When an answer comes too late, in nanoseconds on the monotonic clock of the registry.
    pub deadline: Option<u64>,
}

/// The narrow face the registry serves.
pub trait Servable: Send + Sync {
    /// What it is; the same at every call.
    fn spec(&self) -> &VariantSpec;

    /// Whether it can run; cheap, without I/O.
    fn available(&self) -> Availability {
        Availability::Ready
    }

    /// Refuses an input that is not what the variant declares to take, before anything is booked.
    ///
    /// By the JSON Schema of its spec; a variant whose `run` reads the whole input by itself need not.
    fn check(&self, input: &Value) -> Result<(), Error> {
        schema::check(input, &self.spec().input_schema)
    }

    /// The output for `input`, a pure function of both arguments.
    fn run(&self, input: &Value, cx: &mut RunCx<'_>) -> Result<Value, Error>;
}

/// The state of a variant in the catalogue of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VariantStatus {
    /// It serves.
    Active,
    /// It serves, and resolutions say that it should no longer be chosen.
    Deprecated,
    /// It counts as unavailable.
    Disabled,
}

/// A function of the host that computes a variant.
pub type HostFunction = dyn Fn(&Value, &mut RunCx<'_>) -> Result<Value, Error> + Send + Sync;

/// What is said about a host function when it is registered; everything may be left out.
#[derive(Clone, Debug, Default)]
pub struct FunctionOptions {
    /// Makes it the base variant of its model.
    pub base: bool,
    /// 1.0.0 when absent.
    pub version: Option<SemVer>,
    /// An empty object when absent.
    pub params: Option<Value>,
    /// JSON Schema of the input, which is held against it; when absent the model's, or any JSON object for a
    /// new model, and the function sees to it.
    pub input_schema: Option<Value>,
    /// JSON Schema of the output; when absent the model's, or any JSON object for a new model.
    pub output_schema: Option<Value>,
    /// The plan feature that guards it.
    pub feature: Option<String>,
    /// Tells the host's function object from others, where a binding wraps it anew at every
    /// registration; when absent the function's own address does.
    pub identity: Option<u64>,
}

/// A catalogue model as a variant.
pub(crate) struct BuiltIn {
    spec: VariantSpec,
    model: &'static dyn Model,
}

impl BuiltIn {
    pub(crate) fn new(model: &'static dyn Model) -> Result<Self, Error> {
        let (spec, schema) = (model.spec(), model.schema());
        let mut variant = VariantSpec::new(spec.name.parse()?, BUILT_IN.parse()?);
        variant.version = spec.version.parse()?;
        variant.input_schema = schema["inputs"].clone();
        variant.output_schema = schema["outputs"].clone();
        variant.feature = Some(spec.feature.to_owned()).filter(|feature| !feature.is_empty());
        Ok(Self { spec: variant, model })
    }

    /// The same engine under other names.
    pub(crate) fn named(mut self, model: ModelId, variant: VariantId) -> Self {
        (self.spec.model, self.spec.variant) = (model, variant);
        // Two engines under one name in turn must not share a digest.
        self.spec.params = json!({"engine": self.model.spec().name});
        self
    }
}

impl Servable for BuiltIn {
    fn spec(&self) -> &VariantSpec {
        &self.spec
    }

    fn check(&self, _: &Value) -> Result<(), Error> {
        // The model reads and checks its input whole, with the errors of its fields.
        Ok(())
    }

    fn run(&self, input: &Value, cx: &mut RunCx<'_>) -> Result<Value, Error> {
        if cx.cancel.is_cancelled() {
            return Err(Error::cancelled(format!("run of {}", self.spec.model)));
        }
        self.model.evaluate(input)
    }
}

/// A host function as a variant.
pub(crate) struct Hosted {
    pub(crate) spec: VariantSpec,
    /// Whether the input schema is its own, not taken over from the model's base.
    pub(crate) declares_input: bool,
    pub(crate) function: Arc<HostFunction>,
}

impl Servable for Hosted {
    fn spec(&self) -> &VariantSpec {
        &self.spec
    }

    fn check(&self, input: &Value) -> Result<(), Error> {
        // One that declares nothing may fill in what its callers leave out.
        if self.declares_input { schema::check(input, &self.spec.input_schema) } else { Ok(()) }
    }

    fn run(&self, input: &Value, cx: &mut RunCx<'_>) -> Result<Value, Error> {
        (self.function)(input, cx)
    }
}
