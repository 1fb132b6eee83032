//! The set of scenarios as it is kept, and the whole input that each scenario stands for.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::diff::canonical;
use super::{Compare, CompareOutput, Evaluate, EvaluateOutput, Weighted, WeightedScenarios};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Domain, Field, Model, Path, Place, Problems, canonical_json, choice, fixed, read, record};
use crate::valuation::Warning;

record! {
    /// Scenarios of one base.
    pub struct ScenarioSet<N> {
        /// What the object is.
        pub format: Format,
        /// Version of the format.
        pub version: Version,
        /// What patches apply to, and what scenarios are compared with.
        pub base: Base,
        /// The scenarios.
        pub scenarios: Vec<Scenario<N>>,
    }
}

record! {
    /// A model and its input.
    pub struct Base {
        /// Name of the model.
        pub model: String,
        /// Its input.
        pub input: Value,
    }
}

record! {
    /// A named case: the whole input, or a patch of the base's.
    pub struct Scenario<N> {
        /// Its name, unlike any other in the set.
        pub name: String,
        /// Name of the model; the base's by default.
        pub model: Option<String>,
        /// The whole input; instead of patch.
        pub input: Option<Value>,
        /// New values by path of the base's input; instead of input. Values may be whole objects or
        /// arrays; null restores a default. A path applies after those that it continues.
        pub patch: Option<BTreeMap<String, Value>>,
        /// What it weighs; the weights of a set need not sum to 1.
        pub weight: N [Domain::NUMBER.at_least(0.0)] = 1.0,
        /// What its author says of it.
        pub notes: Option<String>,
        /// When it was made, as the host writes it.
        pub created: Option<String>,
    }
}

choice! {
    /// What a kept object is.
    pub enum Format {
        /// A set of scenarios.
        Scenarios = "valor-ivx/scenarios",
    }
}

/// Version of the format of a set; there is only 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Field for Version {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if u64::read(value, at, &mut Problems::default()) == Some(1) {
            return Some(Self);
        }
        problems.refuse(at, value.clone(), "1, the only version that is known");
        None
    }
    fn placeholder() -> Self {
        Self
    }
    fn check(&self, _: &Place<'_>, _: &mut Problems) {}
    fn write(&self) -> Value {
        1.into()
    }
    fn schema(_: &Domain) -> Map<String, Value> {
        Map::from_iter([("type".to_owned(), "integer".into()), ("const".to_owned(), 1.into())])
    }
}
fixed!(Version);

impl ScenarioSet {
    /// Reads a kept set: refuses other formats and versions, unknown fields, names given twice, and a
    /// scenario that has both an input and a patch, or neither.
    ///
    /// ```
    /// use serde_json::json;
    /// use valor_ivx::scenario::ScenarioSet;
    /// let set = ScenarioSet::import(&json!({
    ///     "format": "valor-ivx/scenarios", "version": 1,
    ///     "base": {"model": "npv", "input": {"rate": 0.1, "cashflows": [-100.0, 121.0]}},
    ///     "scenarios": [
    ///         {"name": "Bull", "patch": {"cashflows[1]": 132.0}, "weight": 0.25},
    ///         {"name": "Bear", "patch": {"cashflows[1]": 110.0}, "weight": 0.75},
    ///     ],
    /// }))?;
    /// let weighted = set.weighted(&[])?;
    /// assert!((weighted.outputs[0].mean - 5.0).abs() < 1e-12);
    /// assert_eq!(weighted.outputs[0].max_scenario, "Bull");
    /// assert_eq!(ScenarioSet::import(&set.export())?, set);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn import(kept: &Value) -> Result<Self, Error> {
        let set: Self = read(kept)?;
        let mut problems = Problems::default();
        set.rules(&Place::ROOT, &mut problems);
        problems.into_result()?;
        Ok(set)
    }

    /// The set as it is kept; [`ScenarioSet::import`] gives it back.
    #[must_use]
    pub fn export(&self) -> Value {
        self.write()
    }

    /// Evaluates each scenario.
    pub fn evaluate(&self) -> Result<EvaluateOutput, Error> {
        Evaluate { set: self.clone() }.value()
    }

    /// Weighs `outputs` (empty: the base's primary) over the scenarios. A threshold, and leaving out
    /// undefined scenarios, are fields of [`Weighted`].
    pub fn weighted(&self, outputs: &[&str]) -> Result<WeightedScenarios, Error> {
        let outputs = outputs.iter().map(|&output| output.to_owned()).collect();
        Weighted { set: self.clone(), outputs, ..Weighted::default() }.value()
    }

    /// Compares `outputs` (empty: the base's primary) of the scenarios with the base's.
    pub fn compare(&self, outputs: &[&str]) -> Result<CompareOutput, Error> {
        let outputs = outputs.iter().map(|&output| output.to_owned()).collect();
        Compare { set: self.clone(), outputs }.value()
    }

    pub(super) fn rules(&self, at: &Place<'_>, problems: &mut Problems) {
        let mut names = HashMap::new();
        let list = at.field("scenarios", Domain::NUMBER);
        for (i, scenario) in self.scenarios.iter().enumerate() {
            let at = list.index(i);
            let field = |name| at.field(name, Domain::NUMBER).to_string();
            if scenario.name.is_empty() {
                problems.refuse(field("name"), "", "a name");
            } else if let Some(first) = names.insert(scenario.name.as_str(), i) {
                problems.refuse(
                    field("name"),
                    scenario.name.as_str(),
                    format!("not the name of {}", list.index(first)),
                );
            }
            if scenario.input.is_some() == scenario.patch.is_some() {
                let given = if scenario.patch.is_some() { json!("both") } else { Value::Null };
                problems.refuse(field("input"), given, "either input or patch");
            }
            for text in scenario.patch.iter().flat_map(BTreeMap::keys) {
                if let Err(error) = Path::parse(text, &format!("{}.{text}", field("patch"))) {
                    problems.push(error);
                }
            }
        }
    }

    /// The base as a case.
    pub(super) fn base_case(&self) -> Result<Case, Error> {
        Case::new(&self.base.model, &self.base.input, "set.base.input".to_owned())
    }

    /// The case that the scenario at `index` stands for.
    pub(super) fn case(&self, index: usize) -> Result<Case, Error> {
        let scenario = &self.scenarios[index];
        let model = scenario.model.as_ref().unwrap_or(&self.base.model);
        let field = |name| format!("set.scenarios[{index}].{name}");
        match &scenario.input {
            Some(input) => Case::new(model, input, field("input")),
            None => Case::new(model, &self.base.input, "set.base.input".to_owned())?
                .patched(scenario.patch.iter().flatten(), field("patch")),
        }
    }

    /// The models that evaluating the set takes, with their inputs; a case that has none is refused later.
    pub(super) fn models(&self) -> Vec<(String, Value)> {
        let cases = (0..self.scenarios.len()).filter_map(|i| self.case(i).ok());
        let base = (self.base.model.clone(), self.base.input.clone());
        std::iter::once(base).chain(cases.map(|case| (case.model().to_owned(), case.input))).collect()
    }

    /// The outcome of each scenario, and a warning for each that repeats another.
    pub(super) fn outcomes(&self) -> (Vec<Result<Value, Error>>, Vec<Warning>) {
        let cases: Vec<_> = (0..self.scenarios.len()).map(|i| self.case(i)).collect();
        let warnings =
            duplicates(self, cases.iter().enumerate().filter_map(|(i, case)| Some((i, case.as_ref().ok()?))));
        (cases.into_iter().map(|case| case.and_then(|case| case.evaluate())).collect(), warnings)
    }

    /// The outputs asked for; the base's primary when none is.
    pub(super) fn outputs(&self, asked: &[String]) -> Result<Vec<(String, Path)>, Error> {
        let names = if asked.is_empty() { vec![self.base_case()?.primary()?] } else { asked.to_vec() };
        let output = |(i, name): (usize, String)| Ok((name.clone(), Path::parse(&name, &format!("outputs[{i}]"))?));
        names.into_iter().enumerate().map(output).collect()
    }
}

/// A model and its whole input, valid and with defaults written out.
pub(super) struct Case {
    model: &'static dyn Model,
    input: Value,
    /// Where the input was given, for errors.
    field: String,
}

impl Case {
    fn new(model: &str, input: &Value, field: String) -> Result<Self, Error> {
        let model = catalogue::find(model)?;
        let input = model.filled(input).map_err(|error| error.under(&field))?;
        Ok(Self { model, input, field })
    }

    fn patched<'p>(
        mut self,
        patch: impl Iterator<Item = (&'p String, &'p Value)>,
        field: String,
    ) -> Result<Self, Error> {
        let mut problems = Problems::default();
        let schema = &self.model.schema()["inputs"];
        for (text, value) in patch {
            let at = format!("{field}.{text}");
            let path = Path::parse(text, &at)?;
            if !path.exists_in(schema) || !path.set(&mut self.input, value) {
                problems.refuse(at, value.clone(), "unknown path");
            }
        }
        problems.into_result()?;
        let input = self.model.filled(&self.input).map_err(|error| error.under(&field))?;
        Ok(Self { input, field, ..self })
    }

    fn model(&self) -> &'static str {
        self.model.spec().name
    }

    pub(super) fn evaluate(&self) -> Result<Value, Error> {
        self.model.evaluate(&self.input).map_err(|error| error.under(&self.field))
    }

    fn primary(&self) -> Result<String, Error> {
        let prepared = self.model.prepare(&self.input, &[], &[]).map_err(|error| error.under(&self.field))?;
        Ok(prepared.outputs()[0].clone())
    }
}

/// A warning for each case that is the same as one before it, by model and whole input.
pub(super) fn duplicates<'c>(set: &ScenarioSet, cases: impl Iterator<Item = (usize, &'c Case)>) -> Vec<Warning> {
    let mut seen = HashMap::new();
    let mut warnings = Vec::new();
    for (i, case) in cases {
        let first = *seen.entry((case.model(), canonical_json(&canonical(&case.input)))).or_insert(i);
        if first != i {
            warnings.push(Warning {
                code: "duplicate_scenario".to_owned(),
                field: format!("set.scenarios[{i}]"),
                message: format!("the same model and input as {}", set.scenarios[first].name),
            });
        }
    }
    warnings
}
