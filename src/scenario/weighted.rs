//! Outputs over scenarios that have weights: mean, spread, extremes, and the chance of falling below a
//! threshold.

use serde_json::Value;

use super::ScenarioSet;
use super::set::{Case, duplicates};
use crate::error::{Error, ErrorKind};
use crate::model::{Domain, Engine, ModelSpec, Path, Place, Problems, number_at, record, value_of};
use crate::valuation::Warning;

record! {
    /// Scenarios to be weighed.
    pub struct Weighted<N> {
        /// The scenarios with their weights. One of weight 0 is not evaluated.
        pub set: ScenarioSet<N>,
        /// Paths of the outputs; the primary of the base's model by default.
        pub outputs: Vec<String> = Vec::new(),
        /// Value of which the probability to fall short is wanted, the same for each output.
        pub threshold: Option<N> [Domain::NUMBER],
        /// Whether scenarios without a value are left out and the others' weights scaled up.
        pub skip_undefined: bool = false,
    }
}

record! {
    /// The scenarios weighed.
    pub struct WeightedScenarios {
        /// One an output, in the order given.
        pub outputs: Vec<WeightedOutput>,
        /// Weights used, with a sum of 1.
        pub weights: Vec<ScenarioWeight>,
        /// Part of all weight that scenarios left out had.
        pub dropped_weight: f64,
        /// The scenarios left out.
        pub skipped: Vec<SkippedScenario>,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// One output over the weighted scenarios.
    pub struct WeightedOutput {
        /// Path of the output.
        pub output: String,
        /// Weighted mean.
        pub mean: f64,
        /// Weighted standard deviation, of the population.
        pub sd: f64,
        /// Smallest value.
        pub min: f64,
        /// The first scenario that has it.
        pub min_scenario: String,
        /// Largest value.
        pub max: f64,
        /// The first scenario that has it.
        pub max_scenario: String,
        /// Weight of the scenarios whose value is below threshold; null without one.
        pub probability_below: Option<f64>,
    }
}

record! {
    /// The part of a scenario in the whole.
    pub struct ScenarioWeight {
        /// Name of the scenario.
        pub name: String,
        /// Its weight.
        pub weight: f64,
    }
}

record! {
    /// A scenario without a value.
    pub struct SkippedScenario {
        /// Name of the scenario.
        pub name: String,
        /// Part of all weight that it had.
        pub weight: f64,
        /// Why it has no value.
        pub error: Value,
    }
}

impl Weighted {
    /// Weighs the scenarios.
    pub fn value(&self) -> Result<WeightedScenarios, Error> {
        value_of(self)
    }
}

impl Engine for Weighted {
    const SPEC: ModelSpec = ModelSpec {
        name: "scenarios_weighted",
        about: "Weighted mean, spread, extremes and shortfall over scenarios",
        version: "1.0.0",
        primary: "outputs[0].mean",
        feature: "basic_analytics",
    };

    type Output = WeightedScenarios;

    fn rules(&self, problems: &mut Problems) {
        self.set.rules(&Place::ROOT.field("set", Domain::NUMBER), problems);
        let total = self.total();
        if total == 0.0 || !total.is_finite() {
            let constraint = "weights with a positive sum that a number can hold";
            problems.push(Error::invalid_number("set.scenarios[*].weight", total, constraint));
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        self.set.models()
    }

    fn compute(&self) -> Result<WeightedScenarios, Error> {
        let outputs = self.set.outputs(&self.outputs)?;
        let cases = self.cases()?;
        let warnings = duplicates(&self.set, cases.iter().map(|(i, case)| (*i, case)));
        let total = self.total();
        let mut kept = Vec::new();
        let mut skipped = Vec::new();
        for (i, case) in &cases {
            let scenario = &self.set.scenarios[*i];
            match values(case, &outputs) {
                Ok(values) => kept.push(Kept { name: &scenario.name, weight: scenario.weight, values }),
                Err(error) if !has_no_value(&error) => return Err(error),
                Err(error) if !self.skip_undefined => {
                    let hint = format!("in scenario {}; skip_undefined leaves it out", scenario.name);
                    return Err(error.with_hint(hint));
                }
                Err(error) => skipped.push(SkippedScenario {
                    name: scenario.name.clone(),
                    weight: scenario.weight / total,
                    error: error.to_json(),
                }),
            }
        }
        let total: f64 = kept.iter().map(|scenario| scenario.weight).sum();
        if kept.is_empty() {
            return Err(Error::undefined("mean", "no scenario with a weight has a value"));
        }
        for scenario in &mut kept {
            scenario.weight /= total;
        }
        let weight = |kept: &Kept<'_>| ScenarioWeight { name: kept.name.to_owned(), weight: kept.weight };
        let weighed = |(i, (output, _)): (usize, &(String, Path))| weigh(output, &kept, i, self.threshold);
        Ok(WeightedScenarios {
            outputs: outputs.iter().enumerate().map(weighed).collect(),
            weights: kept.iter().map(weight).collect(),
            dropped_weight: skipped.iter().map(|scenario| scenario.weight).sum(),
            skipped,
            warnings,
        })
    }
}

impl Weighted {
    fn total(&self) -> f64 {
        self.set.scenarios.iter().map(|scenario| scenario.weight).sum()
    }

    /// The cases that have weight, with the problems of all their inputs together.
    fn cases(&self) -> Result<Vec<(usize, Case)>, Error> {
        let mut problems = Problems::default();
        let mut cases = Vec::new();
        for (i, scenario) in self.set.scenarios.iter().enumerate() {
            if scenario.weight == 0.0 {
                continue;
            }
            match self.set.case(i) {
                Ok(case) => cases.push((i, case)),
                Err(error) => problems.push(error),
            }
        }
        problems.into_result()?;
        Ok(cases)
    }
}

/// A scenario that has values, one an output.
struct Kept<'s> {
    name: &'s str,
    weight: f64,
    values: Vec<f64>,
}

fn values(case: &Case, outputs: &[(String, Path)]) -> Result<Vec<f64>, Error> {
    let result = case.evaluate()?;
    outputs.iter().map(|(_, path)| number_at(&result, path)).collect()
}

fn has_no_value(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Undefined | ErrorKind::NoConvergence)
}

/// The statistics of output number `index`; the weights sum to 1.
fn weigh(output: &str, kept: &[Kept<'_>], index: usize, threshold: Option<f64>) -> WeightedOutput {
    let first = &kept[0];
    let ends = (first, first);
    let (least, most) = kept.iter().fold(ends, |(least, most), next| {
        let value = next.values[index];
        (if value < least.values[index] { next } else { least }, if value > most.values[index] { next } else { most })
    });
    let (min, max) = (least.values[index], most.values[index]);
    let weighted = |of: &dyn Fn(f64) -> f64| kept.iter().map(|one| one.weight * of(one.values[index])).sum::<f64>();
    // From the smallest value up: equal values have their mean exactly, and rounding of the weights
    // cannot lift the mean over the largest.
    let mean = (min + weighted(&|value| value - min)).min(max);
    WeightedOutput {
        output: output.to_owned(),
        mean,
        sd: weighted(&|value| (value - mean) * (value - mean)).sqrt(),
        min,
        min_scenario: least.name.to_owned(),
        max,
        max_scenario: most.name.to_owned(),
        probability_below: threshold.map(|threshold| weighted(&|value| f64::from(u8::from(value < threshold)))),
    }
}
