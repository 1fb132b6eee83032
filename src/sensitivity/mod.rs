//! How a model's outputs answer to its inputs: one number varied, grids of several, the range of each
//! driver, exact derivatives. Works on every model of the catalogue, through its `Prepared` form.
//!
//! A cell whose model fails holds null, and its error stands beside the values; nothing is filled in.

mod axis;
mod gradient;
mod grid;
mod one_way;
mod tornado;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue;
use crate::error::Error;
use crate::model::{Block, Draw, Mode, Path, Prepared, Slot, record};

pub use axis::Axis;
pub use gradient::{Gradient, GradientOutput};
pub use grid::{Grid, GridOutput};
pub use one_way::{OneWay, OneWayOutput};
pub use tornado::{Driver, Tornado, TornadoOutput, TornadoRow};

record! {
    /// Why a cell has no value.
    pub struct CellError {
        /// Position of the cell, counted from 0.
        pub index: u64,
        /// The error object.
        pub error: Value,
    }
}

/// Values by output name; null where the model failed.
pub type Columns = BTreeMap<String, Vec<Option<f64>>>;

/// A model with the slots that a study varies.
struct Study {
    prepared: Box<dyn Prepared>,
    base: Vec<f64>,
}

impl Study {
    /// Prepares `model` on `input` for changes at `paths` (each with the field it was given in).
    fn new(model: &str, input: &Value, paths: &[(String, &str)], outputs: &[String]) -> Result<Self, Error> {
        let model = catalogue::find(model)?;
        let parsed = paths.iter().map(|(field, path)| Path::parse(path, field)).collect::<Result<Vec<_>, _>>()?;
        model.validate(input).map_err(|error| error.under("input"))?;
        let prepared = model.prepare(input, &parsed, outputs)?;
        let base = prepared.numbers().values();
        Ok(Self { prepared, base })
    }

    fn slots(&self, path: &str) -> Vec<Slot> {
        // The path was parsed when the study was made.
        Path::parse(path, "path").map(|path| self.prepared.numbers().select(&path)).unwrap_or_default()
    }

    fn names(&self) -> &[String] {
        self.prepared.outputs()
    }

    /// The outputs of the base input.
    fn base_outputs(&self) -> Result<Vec<f64>, Error> {
        self.prepared.evaluate(&self.base)
    }

    /// The outputs with `x` applied to each of `slots`.
    fn with(&self, slots: &[Slot], mode: Mode, x: f64) -> Result<Vec<f64>, Error> {
        let mut numbers = self.base.clone();
        for slot in slots {
            numbers[slot.index()] = mode.apply(self.base[slot.index()], x);
        }
        self.prepared.evaluate(&numbers)
    }

    /// The outputs of `count` cells; `value(cell, axis)` is what each axis applies there.
    fn cells(
        &self,
        axes: &[(Vec<Slot>, Mode)],
        count: usize,
        value: impl Fn(usize, usize) -> f64,
    ) -> (Columns, Vec<CellError>) {
        const BLOCK: usize = 1024;
        let slots: Vec<(Slot, usize, Mode)> = axes
            .iter()
            .enumerate()
            .flat_map(|(axis, (slots, mode))| slots.iter().map(move |slot| (*slot, axis, *mode)))
            .collect();
        let names = self.names();
        let mut values = vec![Vec::with_capacity(count); names.len()];
        let mut errors = Vec::new();
        let mut inputs = vec![Vec::with_capacity(BLOCK); slots.len()];
        let mut outputs = vec![vec![0.0; BLOCK]; names.len()];
        let mut faults = vec![0; BLOCK];
        let mut reasons = Vec::new();
        for start in (0..count).step_by(BLOCK) {
            let length = BLOCK.min(count - start);
            let mut refused = vec![false; length];
            for (column, (slot, axis, mode)) in inputs.iter_mut().zip(&slots) {
                column.clear();
                let base = self.base[slot.index()];
                column.extend((start..start + length).map(|cell| mode.apply(base, value(cell, *axis))));
                let domain = &self.prepared.numbers().all()[slot.index()].domain;
                for (refused, value) in refused.iter_mut().zip(column) {
                    *refused |= !domain.contains(*value);
                }
            }
            let draws: Vec<_> =
                slots.iter().zip(&inputs).map(|((slot, ..), column)| Draw { slot: *slot, column }).collect();
            reasons.clear();
            self.prepared.block(&mut Block {
                draws: &draws,
                outputs: &mut outputs,
                faults: &mut faults[..length],
                reasons: &mut reasons,
            });
            for i in 0..length {
                let fine = !refused[i] && faults[i] == 0 && outputs.iter().all(|column| column[i].is_finite());
                for (values, column) in values.iter_mut().zip(&outputs) {
                    values.push(fine.then_some(column[i]));
                }
                if !fine {
                    let mut numbers = self.base.clone();
                    for draw in &draws {
                        numbers[draw.slot.index()] = draw.column[i];
                    }
                    if let Err(error) = self.prepared.evaluate(&numbers) {
                        errors.push(CellError { index: (start + i) as u64, error: error.to_json() });
                    }
                }
            }
        }
        (names.iter().cloned().zip(values).collect(), errors)
    }
}

/// The one output of a study that takes one.
fn single_output(output: Option<&String>, outputs: &[String]) -> Result<Vec<String>, Error> {
    match (output, outputs) {
        (None, []) => Ok(Vec::new()),
        (Some(output), []) | (None, [output]) => Ok(vec![output.clone()]),
        _ => Err(Error::invalid_input("outputs", outputs.to_vec(), "one output")),
    }
}
