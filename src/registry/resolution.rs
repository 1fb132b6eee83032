//! What a routed call asks and what it is told: values that outlive the state of the registry they came from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{ArmKey, Digest, ExperimentId, ModelId, UnitId, VariantId};
use crate::id::TenantId;

/// Who asks, and what they insist on.
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteRequest<'a> {
    /// A routing key only; who may name it is decided above the registry.
    pub tenant: Option<TenantId>,
    /// The sticky key.
    pub unit: Option<&'a UnitId>,
    /// The variant the caller insists on.
    pub force: Option<&'a VariantId>,
    /// The number of the draw of a random experiment; the registry's own counter when absent.
    pub draw: Option<u64>,
}

/// Why a variant was assigned, or another served in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// The caller insisted.
    Forced,
    /// The tenant's override.
    TenantOverride,
    /// The arm of an experiment.
    Experiment,
    /// The default.
    Default,
    /// The default, since the unit takes no part in the experiment.
    NotEnrolled,
    /// The default, since a sticky experiment was given no unit.
    NoUnit,
    /// The default, since the experiment is paused.
    ExperimentPaused,
    /// Another, since the assigned variant does not exist.
    FallbackUnknown,
    /// Another, since the assigned variant is unavailable.
    FallbackUnavailable,
    /// Another, since the assigned variant failed.
    FallbackError,
}

/// The exposure of a call to an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExperimentTag {
    /// The experiment.
    pub id: ExperimentId,
    /// The arm.
    pub arm: ArmKey,
    /// The point that chose the arm, below 1,000,000.
    pub point: u32,
    /// The number of the draw, for random assignment.
    pub draw: Option<u64>,
}

/// What a fallback stepped in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FallbackKind {
    /// The variant does not exist.
    Unknown,
    /// The variant is disabled or unavailable.
    Unavailable,
    /// The run failed.
    Error,
}

/// That another variant served, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackTag {
    /// The variant that should have served.
    pub from: VariantId,
    /// What was the matter with it.
    pub kind: FallbackKind,
    /// In words.
    pub detail: String,
}

/// The versions a call was routed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigVersions {
    /// Of the global configuration; 0 for none.
    pub global: u64,
    /// Of the tenant's configuration, if it has one.
    pub tenant: Option<u64>,
}

/// Which variant serves a call, and why: a value that travels with the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// The model.
    pub model: ModelId,
    /// The variant the caller insisted on.
    pub requested: Option<VariantId>,
    /// What routing chose; experiment outcomes are booked here.
    pub assigned: VariantId,
    /// What produces the output; performance and usage are booked here.
    pub served: VariantId,
    /// Why.
    pub reason: Reason,
    /// By which versions.
    pub config_version: ConfigVersions,
    /// Digest of the configuration: the global one's, or with a tenant's, of both digests together.
    pub config_hash: Digest,
    /// Set only for real exposures.
    pub experiment: Option<ExperimentTag>,
    /// A running experiment that a higher rule kept from applying.
    pub shadowed: Option<ExperimentId>,
    /// Set when another variant serves than was assigned.
    pub fallback: Option<FallbackTag>,
    /// The served variant should no longer be chosen.
    pub deprecated: bool,
}

impl Resolution {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
