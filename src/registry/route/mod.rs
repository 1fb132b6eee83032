//! The routing configuration as data: who is served by which variant, scope by scope.
//!
//! A [`RoutingConfig`] is read from JSON by [`RoutingConfig::from_json`], which names every problem of
//! a document at once, and written by [`RoutingConfig::to_json`]. Its digest is that of the canonical
//! JSON without the version, so equal content has equal digests in every scope's history.

mod place;
mod plan;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::experiment::Allocation;
use super::keyed::{Keyed, WHOLE_PPM};
use super::model::{ArmKey, Digest, ExperimentId, ModelId, VariantId};
use crate::error::Error;
use crate::id::TenantId;
use crate::model::canonical_json;

pub(crate) use plan::is_metric_name;
pub use plan::{
    AnalysisMode, AnalysisPlan, Better, Compare, GuardAction, GuardBound, GuardMetric, GuardTest, Guardrail,
    MetricKind, MetricPlan, Mirror,
};
pub(crate) use read::{Ground, Past, Standing, read};

/// The only schema of configurations there is so far.
pub const ROUTING_SCHEMA: u16 = 1;

/// Whom a configuration is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RoutingScope {
    /// Everybody.
    Global,
    /// One tenant.
    Tenant(TenantId),
}

/// The routing of one scope.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingConfig {
    /// Whom it is for.
    pub scope: RoutingScope,
    /// Submitted: the version it was edited from, 0 for none yet. Stored: its own version.
    pub version: u64,
    /// Routing by model; a model that is not here has its base variant.
    pub models: BTreeMap<ModelId, ModelRouting>,
}

/// The routing of one model in one scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelRouting {
    /// Global only: the variant served when nothing else applies; absent, the base variant.
    pub default: Option<VariantId>,
    /// Tenant only: the variant served whatever an experiment says.
    pub override_variant: Option<VariantId>,
    /// At most one experiment.
    pub experiment: Option<Experiment>,
    /// Tenant only: takes no part in the global experiment.
    pub opt_out_global_experiment: bool,
    /// What happens when a variant cannot serve; absent, a tenant takes the global one.
    pub fallback: Option<FallbackPolicy>,
    /// A variant that runs beside a share of the calls.
    pub mirror: Option<Mirror>,
}

/// Whether another variant steps in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFault {
    /// Another variant serves, and the resolution says so.
    Fallback,
    /// The call fails.
    Fail,
}

/// What happens when a variant cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FallbackPolicy {
    /// The variant does not exist.
    pub on_unknown: OnFault,
    /// The variant is disabled or unavailable.
    pub on_unavailable: OnFault,
    /// The run failed inside the variant.
    pub on_error: OnFault,
}

impl Default for FallbackPolicy {
    fn default() -> Self {
        Self { on_unknown: OnFault::Fallback, on_unavailable: OnFault::Fallback, on_error: OnFault::Fail }
    }
}

/// The secret key of an experiment's assignment: 16 to 64 bytes, standard base64 with padding in JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// A salt of 16 to 64 bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        if (16..=64).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(Error::invalid_input("salt", format!("{} bytes", bytes.len()), "16 to 64 bytes")
                .with_reason("invalid_config"))
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Salt({} bytes)", self.0.len())
    }
}

/// Who paused an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PauseCause {
    /// A person.
    Operator,
    /// A guardrail.
    Guardrail,
}

/// Where an experiment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ExperimentStatus {
    /// Being written; routes nobody.
    Draft,
    /// Routes.
    Running,
    /// Routes nobody for now; units get the default.
    Paused {
        /// Who paused it.
        by: PauseCause,
        /// Why.
        #[serde(default)]
        note: String,
    },
    /// Over; its arms, allocation and data stay, its id cannot start again.
    Stopped,
}

impl ExperimentStatus {
    /// Whether it is running or paused.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, ExperimentStatus::Running | ExperimentStatus::Paused { .. })
    }
}

/// How units come to their arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// By the unit: the same unit always has the same arm.
    Sticky,
    /// By the number of the draw: every call anew.
    Random {
        /// The key of the draws.
        seed: [u8; 32],
    },
}

/// One arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Its name.
    pub key: ArmKey,
    /// The variant it is served by.
    pub variant: VariantId,
    /// Parts per million of the units.
    pub weight_ppm: u32,
}

/// A comparison of variants.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Its name, never used again in its scope.
    pub id: ExperimentId,
    /// Where it stands.
    pub status: ExperimentStatus,
    /// The key of its assignment, fixed once it ran.
    pub salt: Salt,
    /// 2 to 16 arms whose weights sum to 1,000,000.
    pub arms: Vec<Arm>,
    /// The arm the others are compared with.
    pub control: ArmKey,
    /// Which points each arm holds; absent in a submitted configuration, it is derived.
    pub allocation: Option<Allocation>,
    /// Parts per million of the units that take part.
    pub enrol_ppm: u32,
    /// How units come to their arms.
    pub assignment: Assignment,
    /// How it is judged.
    pub plan: AnalysisPlan,
    /// The limits it must keep.
    pub guardrails: Vec<Guardrail>,
}

impl Experiment {
    /// A sticky experiment as a draft, with every default.
    #[must_use]
    pub fn new(id: ExperimentId, salt: Salt, arms: Vec<Arm>, control: ArmKey) -> Self {
        Self {
            id,
            status: ExperimentStatus::Draft,
            salt,
            arms,
            control,
            allocation: None,
            enrol_ppm: WHOLE_PPM,
            assignment: Assignment::Sticky,
            plan: AnalysisPlan::default(),
            guardrails: Vec::new(),
        }
    }

    /// What it assigns by, its key absorbed.
    pub(crate) fn keyed(&self) -> Keyed {
        match &self.assignment {
            Assignment::Sticky => Keyed::sticky(self.salt.as_bytes(), self.id.as_bytes()),
            Assignment::Random { seed } => Keyed::random(seed),
        }
    }

    /// Arms and their weights in declared order.
    #[must_use]
    pub fn weights(&self) -> Vec<(ArmKey, u32)> {
        self.arms.iter().map(|arm| (arm.key, arm.weight_ppm)).collect()
    }

    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let assignment = match &self.assignment {
            Assignment::Sticky => json!("Sticky"),
            Assignment::Random { seed } => json!({"Random": {"seed": BASE64.encode(seed)}}),
        };
        let arm = |arm: &Arm| json!({"key": arm.key, "variant": arm.variant, "weight_ppm": arm.weight_ppm});
        let mut object = json!({
            "id": self.id,
            "status": self.status,
            "salt": BASE64.encode(&self.salt.0),
            "arms": self.arms.iter().map(arm).collect::<Vec<_>>(),
            "control": self.control,
            "enrol_ppm": self.enrol_ppm,
            "assignment": assignment,
            "plan": self.plan,
            "guardrails": self.guardrails,
        });
        if let Some(allocation) = &self.allocation {
            object["allocation"] = allocation.to_json();
        }
        object
    }
}

impl ModelRouting {
    /// Every variant it names.
    pub(crate) fn variants(&self) -> impl Iterator<Item = VariantId> {
        let arms = self.experiment.iter().flat_map(|experiment| &experiment.arms).map(|arm| arm.variant);
        let mirrored = self.mirror.iter().map(|mirror| mirror.variant);
        self.default.into_iter().chain(self.override_variant).chain(arms).chain(mirrored)
    }

    /// The JSON form; what is absent is left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(name.to_owned(), value);
            }
        };
        put("default", self.default.map(|variant| json!(variant)));
        put("override_variant", self.override_variant.map(|variant| json!(variant)));
        put("experiment", self.experiment.as_ref().map(Experiment::to_json));
        put("opt_out_global_experiment", self.opt_out_global_experiment.then_some(json!(true)));
        put("fallback", self.fallback.map(|policy| json!(policy)));
        put("mirror", self.mirror.as_ref().map(|mirror| json!(mirror)));
        object.into()
    }
}

impl RoutingConfig {
    /// The empty configuration of a scope that has none yet.
    #[must_use]
    pub fn new(scope: RoutingScope) -> Self {
        Self { scope, version: 0, models: BTreeMap::new() }
    }

    /// Reads the JSON form; an error carries every problem of shape in `problems`.
    ///
    /// What depends on the models of a registry is judged by `Registry::validate` and `apply`.
    pub fn from_json(value: &Value) -> Result<Self, Error> {
        read(value, None)?.into_config()
    }

    /// Global defaults from the host's variables: `<PREFIX>_<MODEL>_VARIANT` names the default variant
    /// of the model whose upper-case name is `<MODEL>`; any other variable under the prefix is refused.
    pub fn from_env<'a>(prefix: &str, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut config = Self::new(RoutingScope::Global);
        let mut problems = Vec::new();
        for (name, value) in variables {
            let Some(rest) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) else { continue };
            let model = rest
                .strip_suffix("_VARIANT")
                .filter(|model| !model.bytes().any(|byte| byte.is_ascii_lowercase()))
                .and_then(|model| model.to_ascii_lowercase().parse::<ModelId>().ok());
            match (model, value.parse::<VariantId>()) {
                (None, _) => problems.push(
                    Error::invalid_input(name, value, format!("a variable {prefix}_<MODEL>_VARIANT"))
                        .with_reason("invalid_config"),
                ),
                (_, Err(error)) => problems.push(error.under(name)),
                (Some(model), Ok(variant)) => {
                    config.models.insert(model, ModelRouting { default: Some(variant), ..ModelRouting::default() });
                }
            }
        }
        Error::collect(problems).map_or(Ok(config), Err)
    }

    /// The JSON form with every default written out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let models: Map<String, Value> =
            self.models.iter().map(|(model, routing)| (model.to_string(), routing.to_json())).collect();
        json!({"schema": ROUTING_SCHEMA, "scope": self.scope, "version": self.version, "models": models})
    }

    /// SHA-256 of the canonical JSON without the version.
    #[must_use]
    pub fn config_hash(&self) -> Digest {
        let text = |(model, routing): (&ModelId, &ModelRouting)| (*model, canonical_json(&routing.to_json()));
        let texts: Vec<_> = self.models.iter().map(text).collect();
        content_hash(self.scope, texts.iter().map(|(model, text)| (model, text.as_str())))
    }

    /// The experiments it holds, with their models.
    pub fn experiments(&self) -> impl Iterator<Item = (&ModelId, &Experiment)> {
        self.models.iter().filter_map(|(model, routing)| Some((model, routing.experiment.as_ref()?)))
    }
}

/// SHA-256 of the canonical JSON of a configuration without its version, of its models' canonical JSON in their
/// order.
pub(crate) fn content_hash<'a>(scope: RoutingScope, models: impl Iterator<Item = (&'a ModelId, &'a str)>) -> Digest {
    let mut text = "{\"models\":{".to_owned();
    for (place, (model, routing)) in models.enumerate() {
        let comma = if place > 0 { "," } else { "" };
        text.extend([comma, "\"", model.as_str(), "\":", routing]);
    }
    text.extend(["},\"schema\":", &ROUTING_SCHEMA.to_string(), ",\"scope\":", &canonical_json(&json!(scope)), "}"]);
    Digest::of_bytes(text.as_bytes())
}

impl Serialize for RoutingConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RoutingConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(serde::de::Error::custom)
    }
}

/// One thing wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConfigProblem {
    /// Where, as a JSON pointer.
    pub path: String,
    /// The stable `snake_case` word for it.
    pub code: String,
    /// What is there and what is allowed.
    pub message: String,
}

impl ConfigProblem {
    pub(crate) fn new(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.to_owned(), message: message.into() }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_configuration_is_that_of_its_json_without_the_version() {
        let experiment = json!({"id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a",
            "arms": [{"key": "a", "variant": "v1", "weight_ppm": 700_000},
                {"key": "b", "variant": "v2", "weight_ppm": 300_000}]});
        let tenant = json!({"Tenant": "018bd8f0-5c00-7000-8000-000000000001"});
        for (scope, models) in [
            (json!("Global"), json!({})),
            (json!("Global"), json!({"growth": {"experiment": experiment}, "a": {"default": "v1"}, "a_b": {}})),
            (tenant, json!({"growth": {"override_variant": "v2"}})),
        ] {
            let written = json!({"schema": 1, "scope": scope, "version": 7, "models": models});
            let config = RoutingConfig::from_json(&written).unwrap();
            let mut content = config.to_json();
            content.as_object_mut().unwrap().remove("version");
            assert_eq!(config.config_hash(), Digest::of_json(&content));
        }
    }
}
