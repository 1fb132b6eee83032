//! Each scenario's result, or why it has none.

use serde_json::Value;

use super::{Scenario, ScenarioSet};
use crate::error::Error;
use crate::model::{Domain, Engine, ModelSpec, Place, Problems, record, value_of};
use crate::valuation::Warning;

record! {
    /// Scenarios to be evaluated.
    pub struct Evaluate<N> {
        /// The scenarios.
        pub set: ScenarioSet<N>,
    }
}

record! {
    /// What each scenario comes to.
    pub struct EvaluateOutput {
        /// One a scenario, in the order given.
        pub results: Vec<ScenarioResult>,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// A scenario's result or error.
    pub struct ScenarioResult {
        /// Name of the scenario.
        pub name: String,
        /// Name of the model.
        pub model: String,
        /// The model's whole output; null where it failed.
        pub result: Option<Value>,
        /// Why there is no result.
        pub error: Option<Value>,
    }
}

impl Evaluate {
    /// Evaluates each scenario.
    pub fn value(&self) -> Result<EvaluateOutput, Error> {
        value_of(self)
    }
}

impl Engine for Evaluate {
    const SPEC: ModelSpec = ModelSpec {
        name: "scenarios_evaluate",
        about: "The result of each scenario, or its error",
        version: "1.0.0",
        primary: "results",
        feature: "basic_analytics",
    };

    type Output = EvaluateOutput;

    fn rules(&self, problems: &mut Problems) {
        self.set.rules(&Place::ROOT.field("set", Domain::NUMBER), problems);
    }

    fn inner(&self) -> Vec<(String, Value)> {
        self.set.models()
    }

    fn compute(&self) -> Result<EvaluateOutput, Error> {
        let (outcomes, warnings) = self.set.outcomes();
        let result = |(scenario, outcome): (&Scenario, Result<Value, Error>)| {
            let model = scenario.model.as_ref().unwrap_or(&self.set.base.model).clone();
            let (result, error) = match outcome {
                Ok(result) => (Some(result), None),
                Err(error) => (None, Some(error.to_json())),
            };
            ScenarioResult { name: scenario.name.clone(), model, result, error }
        };
        Ok(EvaluateOutput { results: self.set.scenarios.iter().zip(outcomes).map(result).collect(), warnings })
    }
}
