//! How a model's outputs answer to its inputs: one number varied, grids of several, the range of each
//! driver, exact derivatives. Works on every model of the catalogue, through its `Prepared` form.
//!
//! A cell whose model fails holds null, and its error stands beside the values; nothing is filled in.

mod attribution;
mod axis;
mod goal_seek;
mod gradient;
mod grid;
mod one_way;
mod spider;
mod tornado;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue;
use crate::error::Error;
use crate::model::{Block, Draw, Mode, Model, Path, Prepared, Slot, record};
use crate::valuation::Warning;

pub use attribution::{Attribution, AttributionMethod, AttributionOutput, Contribution};
pub use axis::Axis;
pub use goal_seek::{GoalSeek, GoalSeekOutput};
pub use gradient::{Gradient, GradientOutput};
pub use grid::{Grid, GridOutput};
pub use one_way::{OneWay, OneWayOutput};
pub use spider::{Spider, SpiderOutput};
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

/// Most cells of one study.
const MOST_CELLS: usize = 10_000_000;

/// Cells evaluated together.
const BLOCK: usize = 1024;

/// Numbers that move together, and what is applied to them.
struct Varied {
    slots: Vec<Slot>,
    mode: Mode,
    points: Vec<f64>,
}

/// The values that one number takes along its axis, and whether its domain allows them.
struct VariedSlot {
    axis: usize,
    slot: Slot,
    applied: Vec<f64>,
    allowed: Vec<bool>,
}

/// A model with the slots that a study varies.
pub(crate) struct Study {
    model: &'static dyn Model,
    /// The base input, defaults written out.
    input: Value,
    /// The paths varied, each with the field it was given in.
    paths: Vec<(String, Path)>,
    prepared: Box<dyn Prepared>,
    base: Vec<f64>,
}

impl Study {
    /// Prepares `model` on `input` for changes at `paths` (each with the field it was given in).
    pub(crate) fn new(model: &str, input: &Value, paths: &[(String, &str)], outputs: &[String]) -> Result<Self, Error> {
        let model = catalogue::find(model)?;
        let parsed = paths.iter().map(|(field, path)| Path::parse(path, field)).collect::<Result<Vec<_>, _>>()?;
        let filled = model.filled(input).map_err(|error| error.under("input"))?;
        let prepared = model.prepare(input, &parsed, outputs)?;
        let base = prepared.numbers().values();
        let paths = paths.iter().map(|(field, _)| field.clone()).zip(parsed).collect();
        Ok(Self { model, input: filled, paths, prepared, base })
    }

    pub(crate) fn slots(&self, path: &str) -> Vec<Slot> {
        // The path was parsed when the study was made.
        Path::parse(path, "path").map(|path| self.prepared.numbers().select(&path)).unwrap_or_default()
    }

    fn names(&self) -> &[String] {
        self.prepared.outputs()
    }

    /// The outputs of the base input.
    pub(crate) fn base_outputs(&self) -> Result<Vec<f64>, Error> {
        self.prepared.evaluate(&self.base)
    }

    /// The outputs with `x` applied to each of `slots`.
    pub(crate) fn with(&self, slots: &[Slot], mode: Mode, x: f64) -> Result<Vec<f64>, Error> {
        let mut numbers = self.base.clone();
        for slot in slots {
            numbers[slot.index()] = mode.apply(self.base[slot.index()], x);
        }
        self.prepared.evaluate(&numbers)
    }

    /// The base input with `new` of the base number in each of `slots`.
    fn input_with(&self, slots: &[Slot], new: impl Fn(f64) -> f64) -> Result<Value, Error> {
        let mut input = self.input.clone();
        for slot in slots {
            let number = &self.prepared.numbers().all()[slot.index()];
            if !number.path.set(&mut input, &new(number.value).into()) {
                return Err(Error::internal("unset_path", format!("{} cannot be set in the input", number.path)));
            }
        }
        Ok(input)
    }

    /// A warning for each path all of whose numbers the model itself calls inert on the base input.
    fn inert(&self) -> Vec<Warning> {
        let numbers = self.prepared.numbers();
        let slots: Vec<_> = self.paths.iter().flat_map(|(_, path)| numbers.select(path)).collect();
        // A base without a value says nothing of its paths; what it lacks is told by the cells.
        let Ok(result) = self.input_with(&slots, |base| base).and_then(|input| self.model.evaluate(&input)) else {
            return Vec::new();
        };
        let said = result["warnings"].as_array().into_iter().flatten();
        let inert: Vec<_> = said
            .filter(|warning| warning["code"] == "inert_path")
            .filter_map(|warning| Path::parse(warning["field"].as_str()?, "warnings").ok())
            .collect();
        let is_inert = |slot: Slot| inert.iter().any(|path| path.holds(&numbers.all()[slot.index()].path));
        self.paths
            .iter()
            .filter(|(_, path)| numbers.select(path).into_iter().all(is_inert))
            .map(|(field, path)| Warning {
                code: "inert_path".to_owned(),
                field: field.clone(),
                message: format!("{path} cannot influence the model, since another field takes precedence"),
            })
            .collect()
    }

    fn vary(&self, axis: usize, varied: &Varied, slot: Slot) -> VariedSlot {
        let base = self.base[slot.index()];
        let domain = &self.prepared.numbers().all()[slot.index()].domain;
        let applied: Vec<_> = varied.points.iter().map(|x| varied.mode.apply(base, *x)).collect();
        let allowed = applied.iter().map(|value| domain.contains(*value)).collect();
        VariedSlot { axis, slot, applied, allowed }
    }

    /// The outputs of every combination of the axes' points, the last axis fastest.
    fn cells(&self, axes: &[Varied]) -> (Columns, Vec<CellError>) {
        let count: usize = axes.iter().map(|axis| axis.points.len()).product();
        let slots: Vec<VariedSlot> = axes
            .iter()
            .enumerate()
            .flat_map(|(axis, varied)| varied.slots.iter().map(move |slot| self.vary(axis, varied, *slot)))
            .collect();
        let names = self.names();
        let mut values = vec![Vec::with_capacity(count); names.len()];
        let mut errors = Vec::new();
        let mut inputs = vec![vec![0.0; BLOCK]; slots.len()];
        let mut outputs = vec![vec![0.0; BLOCK]; names.len()];
        let mut faults = vec![0; BLOCK];
        let mut reasons = Vec::new();
        // The position on each axis of the next cell, and of each cell of the block.
        let mut next = vec![0; axes.len()];
        let mut positions = vec![vec![0; BLOCK]; axes.len()];
        for start in (0..count).step_by(BLOCK) {
            let length = BLOCK.min(count - start);
            for cell in 0..length {
                for (column, position) in positions.iter_mut().zip(&next) {
                    column[cell] = *position;
                }
                for (position, axis) in next.iter_mut().zip(axes).rev() {
                    *position += 1;
                    if *position < axis.points.len() {
                        break;
                    }
                    *position = 0;
                }
            }
            let mut refused = [false; BLOCK];
            for (column, slot) in inputs.iter_mut().zip(&slots) {
                for (cell, &position) in positions[slot.axis][..length].iter().enumerate() {
                    column[cell] = slot.applied[position];
                    refused[cell] |= !slot.allowed[position];
                }
            }
            let draws: Vec<_> =
                slots.iter().zip(&inputs).map(|(varied, column)| Draw { slot: varied.slot, column }).collect();
            reasons.clear();
            self.prepared.block(&mut Block {
                draws: &draws,
                outputs: &mut outputs,
                faults: &mut faults[..length],
                reasons: &mut reasons,
            });
            for (values, column) in values.iter_mut().zip(&outputs) {
                values.extend(column[..length].iter().map(|value| value.is_finite().then_some(*value)));
            }
            for cell in 0..length {
                if !refused[cell] && faults[cell] == 0 && outputs.iter().all(|column| column[cell].is_finite()) {
                    continue;
                }
                for values in &mut values {
                    values[start + cell] = None;
                }
                let mut numbers = self.base.clone();
                for draw in &draws {
                    numbers[draw.slot.index()] = draw.column[cell];
                }
                if let Err(error) = self.prepared.evaluate(&numbers) {
                    errors.push(CellError { index: (start + cell) as u64, error: error.to_json() });
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
