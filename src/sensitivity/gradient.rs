//! Derivatives of an output: exact by dual numbers where the model's formula allows, otherwise by
//! central differences.

use serde_json::Value;

use super::{CellError, Study, StudyOf, single_output};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Domain, Engine, Mode, Model, ModelSpec, Problems, Slot, record, value_of};
use crate::valuation::Warning;

/// Relative step of central differences when none is given.
const RELATIVE_STEP: f64 = 1e-6;

record! {
    /// Inputs by which an output is differentiated.
    pub struct Gradient {
        /// Name of the model.
        pub model: String,
        /// Its base input.
        pub input: Value,
        /// Path of the output; the model's primary by default.
        pub output: Option<String>,
        /// The same as a list of one.
        pub outputs: Vec<String> = Vec::new(),
        /// Paths of the inputs; a pattern moves all its numbers together.
        pub paths: Vec<String>,
        /// Relative step of central differences; null for exact derivatives where the model has them.
        pub step: Option<f64> [Domain::NUMBER.above(0.0).below(1.0)],
    }
}

record! {
    /// Derivatives and elasticities.
    pub struct GradientOutput {
        /// Path of the output.
        pub output: String,
        /// Its value on the base input.
        pub base: f64,
        /// Whether the derivatives are exact.
        pub exact: bool,
        /// Derivative by each path; null where the model failed.
        pub gradient: Vec<Option<f64>>,
        /// Relative change of the output per relative change of the input; null where either is 0.
        pub elasticity: Vec<Option<f64>>,
        /// The failures, by position of the path.
        pub errors: Vec<CellError>,
        /// Paths that have no effect; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

impl Gradient {
    /// Differentiates by each path.
    pub fn value(&self) -> Result<GradientOutput, Error> {
        value_of(self)
    }
}

impl Engine for Gradient {
    const SPEC: ModelSpec = ModelSpec {
        name: "gradient",
        about: "Derivatives and elasticities of an output",
        version: "1.0.0",
        primary: "gradient[0]",
        feature: "basic_analytics",
    };

    type Output = GradientOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.paths.is_empty() {
            problems.refuse("paths", serde_json::json!([]), "at least one path");
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn compute(&self) -> Result<GradientOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for Gradient {
    fn compute_of(&self, model: &dyn Model) -> Result<GradientOutput, Error> {
        let outputs = single_output(self.output.as_ref(), &self.outputs)?;
        let paths: Vec<_> =
            self.paths.iter().enumerate().map(|(i, path)| (format!("paths[{i}]"), path.as_str())).collect();
        let study = Study::new(model, &self.input, &paths, &outputs)?;
        let base = study.base_outputs()?[0];
        let exact = self.step.is_none() && study.prepared.derivative(&study.base, &[]).is_some();
        let mut result = GradientOutput {
            output: study.names()[0].clone(),
            base,
            exact,
            gradient: Vec::new(),
            elasticity: Vec::new(),
            errors: Vec::new(),
            warnings: study.inert(),
        };
        for (i, path) in self.paths.iter().enumerate() {
            // Each number by itself: the derivative of moving them together is the sum, and the
            // elasticity of scaling them together is the weighted sum.
            let parts: Result<Vec<(f64, f64)>, Error> = study
                .slots(path)
                .into_iter()
                .map(|slot| {
                    let x = study.base[slot.index()];
                    let exact = if exact { study.prepared.derivative(&study.base, &[slot]) } else { None };
                    let derivative = match exact {
                        Some(exact) => exact[0],
                        None => study.difference(slot, self.step)?,
                    };
                    if !derivative.is_finite() {
                        return Err(Error::undefined("gradient", "the derivative is not a finite number"));
                    }
                    Ok((x, derivative))
                })
                .collect();
            match parts {
                Ok(parts) => {
                    let gradient: f64 = parts.iter().map(|(_, derivative)| derivative).sum();
                    let weighted: f64 = parts.iter().map(|(x, derivative)| x * derivative).sum();
                    let elasticity = (base != 0.0 && parts.iter().any(|(x, _)| *x != 0.0)).then(|| weighted / base);
                    result.gradient.push(Some(gradient).filter(|value| value.is_finite()));
                    result.elasticity.push(elasticity.filter(|value| value.is_finite()));
                }
                Err(error) => {
                    result.gradient.push(None);
                    result.elasticity.push(None);
                    result.errors.push(study.failed(i, &error)?);
                }
            }
        }
        Ok(result)
    }
}

impl Study<'_> {
    /// Central difference at one number with a relative step; absolute where the number is 0.
    fn difference(&self, slot: Slot, step: Option<f64>) -> Result<f64, Error> {
        let x = self.base[slot.index()];
        let step = step.unwrap_or(RELATIVE_STEP) * if x == 0.0 { 1.0 } else { x.abs() };
        let (below, above) = (x - step, x + step);
        let low = self.with(&[slot], Mode::Set, below)?[0];
        let high = self.with(&[slot], Mode::Set, above)?[0];
        Ok((high - low) / (above - below))
    }
}
