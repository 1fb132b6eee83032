//! One output as each driver in turn is changed by the same relative steps: the lines of a spider plot.

use serde_json::{Value, json};

use super::{CellError, Study, StudyOf, single_output};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Engine, Mode, Model, ModelSpec, Problems, record, value_of};
use crate::valuation::Warning;

record! {
    /// Drivers to be changed one by one.
    pub struct Spider {
        /// Name of the model.
        pub model: String,
        /// Its base input.
        pub input: Value,
        /// Path of the output; the model's primary by default.
        pub output: Option<String>,
        /// The same as a list of one.
        pub outputs: Vec<String> = Vec::new(),
        /// Paths of the drivers; a pattern moves all its numbers together.
        pub drivers: Vec<String>,
        /// Relative changes: 0.1 makes a driver a tenth more.
        pub steps: Vec<f64>,
    }
}

record! {
    /// The output by driver and step.
    pub struct SpiderOutput {
        /// Path of the output.
        pub output: String,
        /// Its value on the base input.
        pub base: f64,
        /// The drivers, one a row.
        pub drivers: Vec<String>,
        /// The steps, one a column.
        pub steps: Vec<f64>,
        /// The output by row and column; null where the model failed.
        pub matrix: Vec<Vec<Option<f64>>>,
        /// The failures, counted along the rows.
        pub errors: Vec<CellError>,
        /// Drivers that have no effect; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

impl Spider {
    /// Changes each driver by each step.
    pub fn value(&self) -> Result<SpiderOutput, Error> {
        value_of(self)
    }
}

impl Engine for Spider {
    const SPEC: ModelSpec = ModelSpec {
        name: "spider",
        about: "One output as each driver is changed by the same relative steps",
        version: "1.0.0",
        primary: "base",
        feature: "basic_analytics",
    };

    type Output = SpiderOutput;

    fn rules(&self, problems: &mut Problems) {
        for (name, count) in [("drivers", self.drivers.len()), ("steps", self.steps.len())] {
            if count == 0 {
                problems.refuse(name, json!([]), "at least one");
            }
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn compute(&self) -> Result<SpiderOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for Spider {
    fn compute_of(&self, model: &dyn Model) -> Result<SpiderOutput, Error> {
        let outputs = single_output(self.output.as_ref(), &self.outputs)?;
        let paths: Vec<_> =
            self.drivers.iter().enumerate().map(|(i, path)| (format!("drivers[{i}]"), path.as_str())).collect();
        let study = Study::new(model, &self.input, &paths, &outputs)?;
        let mut errors = Vec::new();
        let mut matrix = Vec::new();
        for driver in &self.drivers {
            let slots = study.slots(driver);
            let mut row = Vec::with_capacity(self.steps.len());
            for step in &self.steps {
                row.push(match study.with(&slots, Mode::Scale, 1.0 + step) {
                    Ok(outputs) => Some(outputs[0]),
                    Err(error) => {
                        errors.push(study.failed(matrix.len() * self.steps.len() + row.len(), &error)?);
                        None
                    }
                });
            }
            matrix.push(row);
        }
        Ok(SpiderOutput {
            output: study.names()[0].clone(),
            base: study.base_outputs()?[0],
            drivers: self.drivers.clone(),
            steps: self.steps.clone(),
            matrix,
            errors,
            warnings: study.inert(),
        })
    }
}
