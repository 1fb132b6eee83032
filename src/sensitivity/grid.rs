//! Outputs over every combination of values of up to six inputs.

use serde_json::Value;

use super::{Axis, CellError, Columns, Study, Varied};
use crate::error::Error;
use crate::model::{Engine, ModelSpec, Problems, record, value_of};

/// Most cells of one grid.
const MOST_CELLS: usize = 10_000_000;

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
    }

    fn compute(&self) -> Result<GridOutput, Error> {
        let field = |i: usize| format!("axes[{i}].");
        let points =
            self.axes.iter().enumerate().map(|(i, axis)| axis.points(&field(i))).collect::<Result<Vec<_>, _>>()?;
        let cells = points.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(axis.len()));
        if cells.is_none_or(|cells| cells > MOST_CELLS) {
            return Err(Error::invalid_input("axes", "more", format!("at most {MOST_CELLS} cells")));
        }
        let paths: Vec<_> =
            self.axes.iter().enumerate().map(|(i, axis)| (format!("{}path", field(i)), axis.path.as_str())).collect();
        let study = Study::new(&self.model, &self.input, &paths, &self.outputs)?;
        let shape = points.iter().map(|axis| axis.len() as u64).collect();
        let axes: Vec<_> = self
            .axes
            .iter()
            .zip(points)
            .map(|(axis, points)| Varied { slots: study.slots(&axis.path), mode: axis.mode, points })
            .collect();
        let (values, errors) = study.cells(&axes);
        Ok(GridOutput { shape, values, errors })
    }
}
