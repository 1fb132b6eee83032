//! Outputs as one input varies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Axis, CellError, Columns, MOST_CELLS, Study, StudyOf, Varied};
use crate::by_key::by_key;
use crate::catalogue;
use crate::error::Error;
use crate::model::{Domain, Engine, Mode, Model, ModelSpec, Problems, record, value_of};
use crate::valuation::Warning;

record! {
    /// One input, varied over given or equally spaced values.
    pub struct OneWay {
        /// Name of the model.
        pub model: String,
        /// Its base input.
        pub input: Value,
        /// Paths of the outputs; the model's primary by default.
        pub outputs: Vec<String> = Vec::new(),
        /// Path of the number varied.
        pub path: String,
        /// The values; instead of start, stop and steps.
        pub values: Option<Vec<f64>>,
        /// First value.
        pub start: Option<f64>,
        /// Last value.
        pub stop: Option<f64>,
        /// Number of values from start to stop.
        pub steps: Option<u32> [Domain::COUNT.at_least(2.0).at_most(MOST_CELLS as f64)],
        /// What a value does to the base number.
        pub mode: Mode = Mode::default(),
    }
}

record! {
    /// The outputs along one input.
    pub struct OneWayOutput {
        /// The values applied.
        pub x: Vec<f64>,
        /// Each output at each of them; null where the model failed.
        pub y: Columns,
        /// Change against the base over its absolute value; null where the base is 0 or either has no value.
        pub change: Columns,
        /// Each output of the base input; null where the model fails on it.
        pub base: BTreeMap<String, Option<f64>>,
        /// The failures.
        pub errors: Vec<CellError>,
        /// Paths that are varied to no effect; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

impl OneWay {
    /// Evaluates every value.
    pub fn value(&self) -> Result<OneWayOutput, Error> {
        value_of(self)
    }
}

impl Engine for OneWay {
    const SPEC: ModelSpec = ModelSpec {
        name: "sensitivity_1d",
        about: "Outputs of a model as one input varies",
        version: "1.0.0",
        primary: "y",
        feature: "basic_analytics",
    };

    type Output = OneWayOutput;

    fn rules(&self, problems: &mut Problems) {
        self.axis().rules("", problems);
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn compute(&self) -> Result<OneWayOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for OneWay {
    fn compute_of(&self, model: &dyn Model) -> Result<OneWayOutput, Error> {
        let x = self.axis().points();
        let study = Study::new(model, &self.input, &[("path".to_owned(), &self.path)], &self.outputs)?;
        let base = study.base()?;
        let (y, errors) =
            study.cells(&[Varied { slots: study.slots(&self.path), mode: self.mode, points: x.clone() }])?;
        let change = by_key(y.iter().map(|(name, values)| {
            let base = base[name].filter(|base| *base != 0.0);
            let relative = |value: &Option<f64>| value.zip(base).map(|(value, base)| (value - base) / base.abs());
            (name.clone(), values.iter().map(relative).collect())
        }));
        Ok(OneWayOutput { x, y, change, base, errors, warnings: study.inert() })
    }
}

impl OneWay {
    fn axis(&self) -> Axis {
        Axis {
            path: self.path.clone(),
            values: self.values.clone(),
            start: self.start,
            stop: self.stop,
            steps: self.steps,
            mode: self.mode,
        }
    }
}
