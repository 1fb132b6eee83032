//! Scenarios beside the base, output by output.

use serde_json::Value;

use super::{Scenario, ScenarioSet};
use crate::error::{Error, ErrorKind};
use crate::model::{Domain, Engine, ModelSpec, Path, Place, Problems, number_at, record, value_of};
use crate::valuation::Warning;

record! {
    /// Scenarios to be compared.
    pub struct Compare<N> {
        /// The scenarios and their base.
        pub set: ScenarioSet<N>,
        /// Paths of the outputs; the primary of the base's model by default.
        pub outputs: Vec<String> = Vec::new(),
    }
}

record! {
    /// The scenarios by output.
    pub struct CompareOutput {
        /// One an output, in the order given.
        pub outputs: Vec<ComparedOutput>,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// One output over the scenarios.
    pub struct ComparedOutput {
        /// Path of the output.
        pub output: String,
        /// Its value on the base; null where that is undefined.
        pub base: Option<f64>,
        /// One a scenario, in the order given.
        pub scenarios: Vec<ComparedScenario>,
    }
}

record! {
    /// One output of a scenario.
    pub struct ComparedScenario {
        /// Name of the scenario.
        pub name: String,
        /// Its value; null where it failed.
        pub value: Option<f64>,
        /// Value less the base's.
        pub difference: Option<f64>,
        /// 1 for the largest value of this output; equal values share the better rank.
        pub rank: Option<u64>,
        /// Why there is no value.
        pub error: Option<Value>,
    }
}

impl Compare {
    /// Compares the scenarios.
    pub fn value(&self) -> Result<CompareOutput, Error> {
        value_of(self)
    }
}

impl Engine for Compare {
    const SPEC: ModelSpec = ModelSpec {
        name: "scenarios_compare",
        about: "Outputs of each scenario, their difference to the base and their rank",
        version: "1.0.0",
        primary: "outputs[0].scenarios[0].difference",
        feature: "basic_analytics",
    };

    type Output = CompareOutput;

    fn rules(&self, problems: &mut Problems) {
        self.set.rules(&Place::ROOT.field("set", Domain::NUMBER), problems);
    }

    fn inner(&self) -> Vec<(String, Value)> {
        self.set.models()
    }

    fn compute(&self) -> Result<CompareOutput, Error> {
        let set = &self.set;
        let outputs = set.outputs(&self.outputs)?;
        let base = set.base_case()?.evaluate();
        let (outcomes, mut warnings) = set.outcomes();
        let mut compared = Vec::with_capacity(outputs.len());
        for (i, (output, path)) in outputs.into_iter().enumerate() {
            let base = match value(&base, &path) {
                Ok(base) => Some(base),
                Err(error) if error.kind() == ErrorKind::InvalidInput => return Err(error),
                Err(error) => {
                    let field = format!("outputs[{i}].base");
                    warnings.push(Warning { code: "base_undefined".to_owned(), field, message: error.to_string() });
                    None
                }
            };
            let values: Vec<_> = outcomes.iter().map(|outcome| value(outcome, &path)).collect();
            let rank = |value: f64| 1 + values.iter().flatten().filter(|other| **other > value).count() as u64;
            let scenario = |(scenario, found): (&Scenario, &Result<f64, Error>)| {
                let value = found.as_ref().ok().copied();
                ComparedScenario {
                    name: scenario.name.clone(),
                    value,
                    difference: value.zip(base).map(|(value, base)| value - base),
                    rank: value.map(rank),
                    error: found.as_ref().err().map(Error::to_json),
                }
            };
            let scenarios = set.scenarios.iter().zip(&values).map(scenario).collect();
            compared.push(ComparedOutput { output, base, scenarios });
        }
        Ok(CompareOutput { outputs: compared, warnings })
    }
}

fn value(outcome: &Result<Value, Error>, path: &Path) -> Result<f64, Error> {
    outcome.as_ref().map_err(Error::clone).and_then(|result| number_at(result, path))
}
