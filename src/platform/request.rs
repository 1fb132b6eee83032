//! What a governed run is asked for, and what it gives.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::id::RunId;
use crate::registry::Resolution;
use crate::simulation::{CancelToken, Progress};
use crate::tenancy::Audience;

fn yes() -> bool {
    true
}

/// A run that is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Name of the model.
    pub model: String,
    /// Its inputs.
    pub inputs: Value,
    /// A simulation of it: the fields of `simulate` without `model` and `input`.
    #[serde(default)]
    pub simulation: Option<Value>,
    /// Key by which experiments keep to one variant; the user's id by default.
    #[serde(default)]
    pub unit: Option<String>,
    /// A variant to serve whatever the routing says; needs `configure_integrations`.
    #[serde(default)]
    pub force: Option<String>,
    /// Seed of everything random in a host's model.
    #[serde(default)]
    pub seed: u64,
    /// Whether the run is kept.
    #[serde(default = "yes")]
    pub save: bool,
    /// Who may see it.
    #[serde(default)]
    pub audience: Audience,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Company or ticker.
    #[serde(default)]
    pub subject: Option<String>,
    /// Key under which asking again gives the first result.
    #[serde(default)]
    pub idem_key: Option<String>,
}

impl RunRequest {
    /// A run of `model` that is kept.
    #[must_use]
    pub fn new(model: &str, inputs: Value) -> Self {
        Self {
            model: model.to_owned(),
            inputs,
            simulation: None,
            unit: None,
            force: None,
            seed: 0,
            save: true,
            audience: Audience::default(),
            title: None,
            subject: None,
            idem_key: None,
        }
    }
}

/// The caller's hold on a governed run.
#[derive(Clone, Copy, Default)]
pub struct RunControl<'a> {
    /// Stops it.
    pub cancel: Option<&'a CancelToken>,
    /// Is told how far it is, on the calling thread.
    pub progress: Option<&'a dyn Fn(&Progress)>,
}

/// A governed run that has ended well.
#[derive(Clone, Debug, PartialEq)]
pub struct GovernedRun {
    /// Its id.
    pub run_id: RunId,
    /// What the model gave.
    pub output: Value,
    /// Which variant served, and why.
    pub resolution: Resolution,
    /// Nanoseconds in the variant that served.
    pub elapsed: u64,
    /// What ran, by whom, under which plan and decision.
    pub record: Value,
}

impl GovernedRun {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "run_id": self.run_id,
            "output": self.output,
            "resolution": self.resolution.to_json(),
            "elapsed": self.elapsed,
            "record": self.record,
        })
    }
}

/// What running a kept run again has shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replay {
    /// Whether every bit is the same.
    pub identical: bool,
    /// What differs.
    pub differences: Vec<Value>,
    /// SHA-256 of the canonical output, as recorded.
    pub output_hash: String,
}
