//! Outputs over every combination of values of up to six inputs.

use std::collections::HashSet;

use serde_json::Value;

use super::{Axis, CellError, Columns, MOST_CELLS, Study, StudyOf, Varied};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Engine, Model, ModelSpec, Problems, record, value_of};
use crate::valuation::Warning;

record! {
    /// A grid of input values.
    pub struct Grid {
        /// Name of the model.
        pub model: String,
        /// Its base input.
        pub input: Value,
        /// Paths of the outputs; the model's primary by default.
        pub outputs: Vec<String> = Vec::new(),
        /// The inputs varied, 1 to 6.
        pub axes: Vec<Axis>,
    }
}

record! {
    /// The outputs of a grid.
    pub struct GridOutput {
        /// Number of values of each axis.
        pub shape: Vec<u64>,
        /// Row-major values of each output, the last axis fastest; null where the model failed.
        pub values: Columns,
        /// The failures.
        pub errors: Vec<CellError>,
        /// Paths that are varied to no effect; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

impl Grid {
    /// Evaluates every cell.
    pub fn value(&self) -> Result<GridOutput, Error> {
        value_of(self)
    }
}

impl Engine for Grid {
    const SPEC: ModelSpec = ModelSpec {
        name: "sensitivity_grid",
        about: "Outputs of a model over a grid of up to six inputs",
        version: "1.0.0",
        primary: "values",
        feature: "basic_analytics",
    };

    type Output = GridOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.axes.is_empty() || self.axes.len() > 6 {
            problems.refuse("axes", self.axes.len(), "1 to 6 axes");
        }
        for (i, axis) in self.axes.iter().enumerate() {
            axis.rules(&format!("axes[{i}]."), problems);
        }
        let cells = self.axes.iter().map(|axis| axis.len() as f64).product::<f64>();
        if cells > MOST_CELLS as f64 {
            problems.refuse("axes", cells, format!("at most {MOST_CELLS} cells"));
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn compute(&self) -> Result<GridOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for Grid {
    fn compute_of(&self, model: &dyn Model) -> Result<GridOutput, Error> {
        let paths: Vec<_> =
            self.axes.iter().enumerate().map(|(i, axis)| (format!("axes[{i}].path"), axis.path.as_str())).collect();
        let study = Study::new(model, &self.input, &paths, &self.outputs)?;
        let varied = |axis: &Axis| Varied { slots: study.slots(&axis.path), mode: axis.mode, points: axis.points() };
        let axes: Vec<_> = self.axes.iter().map(varied).collect();
        let mut taken = HashSet::new();
        for (i, axis) in axes.iter().enumerate() {
            if !axis.slots.iter().all(|slot| taken.insert(*slot)) {
                let constraint = "numbers that no other axis varies";
                return Err(Error::invalid_input(format!("axes[{i}].path"), self.axes[i].path.as_str(), constraint));
            }
        }
        let (values, errors) = study.cells(&axes)?;
        let shape = axes.iter().map(|axis| axis.points.len() as u64).collect();
        Ok(GridOutput { shape, values, errors, warnings: study.inert() })
    }
}
