//! The range that each driver alone gives an output.

use serde_json::Value;

use super::{CellError, Study, StudyOf, single_output};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Engine, Mode, Model, ModelSpec, Problems, record, value_of};
use crate::valuation::Warning;

record! {
    /// A driver with the two ends of its range.
    pub struct Driver {
        /// Path of the number.
        pub path: String,
        /// Low end.
        pub low: f64,
        /// High end.
        pub high: f64,
        /// What the ends do to the base number.
        pub mode: Mode = Mode::default(),
    }
}

record! {
    /// Drivers to be compared, each moved alone.
    pub struct Tornado {
        /// Name of the model.
        pub model: String,
        /// Its base input.
        pub input: Value,
        /// Path of the output; the model's primary by default.
        pub output: Option<String>,
        /// The same as a list of one.
        pub outputs: Vec<String> = Vec::new(),
        /// The drivers.
        pub drivers: Vec<Driver>,
    }
}

record! {
    /// What one driver does.
    pub struct TornadoRow {
        /// Path of the driver.
        pub path: String,
        /// Output at its low end; null where the model failed.
        pub low_output: Option<f64>,
        /// Output at its high end; null where the model failed.
        pub high_output: Option<f64>,
        /// Absolute difference of the two.
        pub swing: Option<f64>,
    }
}

record! {
    /// The drivers, widest swing first.
    pub struct TornadoOutput {
        /// Path of the output.
        pub output: String,
        /// Its value on the base input.
        pub base: f64,
        /// One row a driver, by falling swing, equal ones in the order given.
        pub rows: Vec<TornadoRow>,
        /// The failures; index 2 i is the low end of driver i, 2 i + 1 its high end.
        pub errors: Vec<CellError>,
        /// Drivers that have no effect; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

impl Tornado {
    /// Moves each driver to both ends.
    pub fn value(&self) -> Result<TornadoOutput, Error> {
        value_of(self)
    }
}

impl Engine for Tornado {
    const SPEC: ModelSpec = ModelSpec {
        name: "tornado",
        about: "The range that each driver alone gives an output",
        version: "1.0.0",
        primary: "rows[0].swing",
        feature: "basic_analytics",
    };

    type Output = TornadoOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.drivers.is_empty() {
            problems.refuse("drivers", serde_json::json!([]), "at least one driver");
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn compute(&self) -> Result<TornadoOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for Tornado {
    fn compute_of(&self, model: &dyn Model) -> Result<TornadoOutput, Error> {
        let outputs = single_output(self.output.as_ref(), &self.outputs)?;
        let paths: Vec<_> = self
            .drivers
            .iter()
            .enumerate()
            .map(|(i, driver)| (format!("drivers[{i}].path"), driver.path.as_str()))
            .collect();
        let study = Study::new(model, &self.input, &paths, &outputs)?;
        let base = study.base_outputs()?[0];
        let mut errors = Vec::new();
        let mut rows = Vec::with_capacity(self.drivers.len());
        for (i, driver) in self.drivers.iter().enumerate() {
            let slots = study.slots(&driver.path);
            let mut end = |x: f64, index: usize| match study.with(&slots, driver.mode, x) {
                Ok(outputs) => Ok(Some(outputs[0])),
                Err(error) => study.failed(index, &error).map(|failed| {
                    errors.push(failed);
                    None
                }),
            };
            let low_output = end(driver.low, 2 * i)?;
            let high_output = end(driver.high, 2 * i + 1)?;
            let swing = low_output.zip(high_output).map(|(low, high)| (high - low).abs());
            rows.push(TornadoRow { path: driver.path.clone(), low_output, high_output, swing });
        }
        // Stable, so that equal swings keep the order given; a driver without a swing comes last.
        let width = |row: &TornadoRow| row.swing.unwrap_or(f64::NEG_INFINITY);
        rows.sort_by(|a, b| width(b).total_cmp(&width(a)));
        Ok(TornadoOutput { output: study.names()[0].clone(), base, rows, errors, warnings: study.inert() })
    }
}
