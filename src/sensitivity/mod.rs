//! How a model's outputs answer to its inputs: one number varied, grids of several, the range of each
//! driver, exact derivatives. Works on every model of the catalogue, through its `Prepared` form, and on a
//! host's own function over columns by [`StudyOf`].
//!
//! A cell whose model fails holds null, and its error stands beside the values; nothing is filled in.

mod attribution;
mod axis;
mod goal_seek;
mod gradient;
mod grid;
mod one_way;
mod spider;
mod study_of;
mod tornado;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::by_key::by_key;
use crate::error::{Error, ErrorKind};
use crate::model::{Mode, Model, Path, Prepared, Rows, Slot, record};
use crate::valuation::{Warning, inert_paths};

pub use attribution::{Attribution, AttributionMethod, AttributionOutput, Contribution};
pub use axis::Axis;
pub use goal_seek::{GoalSeek, GoalSeekOutput};
pub use gradient::{Gradient, GradientOutput};
pub use grid::{Grid, GridOutput};
pub use one_way::{OneWay, OneWayOutput};
pub use spider::{Spider, SpiderOutput};
pub use study_of::{StudyOf, evaluate_with};
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

/// Cells below which a row costs more than it saves.
const SHORTEST_ROW: usize = 64;

/// Numbers that move together, and what is applied to them.
struct Varied {
    slots: Vec<Slot>,
    mode: Mode,
    points: Vec<f64>,
}

/// Combinations of values of several numbers.
#[derive(Default)]
struct Points {
    slots: Vec<Slot>,
    /// A column a slot, one value a combination.
    columns: Vec<Vec<f64>>,
    /// Whether the domains allow a combination.
    allowed: Vec<bool>,
    all_allowed: bool,
}

impl Points {
    fn len(&self) -> usize {
        self.allowed.len()
    }
}

/// A model with the slots that a study varies.
pub(crate) struct Study<'m> {
    model: &'m dyn Model,
    /// The base input, defaults written out.
    input: Value,
    /// The paths varied, each with the field it was given in.
    paths: Vec<(String, Path)>,
    prepared: Arc<dyn Prepared>,
    base: Vec<f64>,
}

impl<'m> Study<'m> {
    /// Prepares `model` on `input` for changes at `paths` (each with the field it was given in).
    pub(crate) fn new(
        model: &'m dyn Model,
        input: &Value,
        paths: &[(String, &str)],
        outputs: &[String],
    ) -> Result<Self, Error> {
        let parsed = paths.iter().map(|(field, path)| Path::parse(path, field)).collect::<Result<Vec<_>, _>>()?;
        let filled = model.filled(input).map_err(|error| error.under("input"))?;
        let prepared: Arc<dyn Prepared> = model.prepare(input, &parsed, outputs)?.into();
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

    /// The outputs of the base input by name, null where it has no value: the cells stand on their own.
    fn base(&self) -> Result<BTreeMap<String, Option<f64>>, Error> {
        let outputs = match self.base_outputs() {
            Ok(outputs) => Some(outputs),
            Err(error) if matches!(error.kind(), ErrorKind::Undefined | ErrorKind::NoConvergence) => {
                self.check_failure()?;
                None
            }
            Err(error) => return Err(error),
        };
        let names = self.names().iter().cloned().enumerate();
        Ok(by_key(names.map(|(i, name)| (name, outputs.as_ref().map(|outputs| outputs[i])))))
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

    /// The failure of a cell; that of a host's own function ends the study instead.
    fn failed(&self, index: usize, error: &Error) -> Result<CellError, Error> {
        self.check_failure()?;
        Ok(CellError { index: index as u64, error: error.to_json() })
    }

    fn check_failure(&self) -> Result<(), Error> {
        self.prepared.failure().map_or(Ok(()), Err)
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

    /// A warning for each path that can change no output asked for, as far as the model knows.
    fn inert(&self) -> Vec<Warning> {
        inert_paths(self.model, self.input.clone(), &*self.prepared, &self.paths)
    }

    /// The outputs of every combination of the axes' points, the last axis fastest.
    fn cells(&self, axes: &[Varied]) -> Result<(Columns, Vec<CellError>), Error> {
        let lengths: Vec<_> = axes.iter().map(|axis| axis.points.len()).collect();
        // The last axes are drawn along a row, as many as make it worth while; the others are held.
        let is_long = |from: &usize| lengths[*from..].iter().product::<usize>() >= SHORTEST_ROW;
        let (outer, inner) = axes.split_at((0..axes.len()).rev().find(is_long).unwrap_or(0));
        let (held, drawn) = (self.points(outer), self.points(inner));
        let (count, along) = (held.len(), drawn.len());
        let mut rows = Rows::new(&self.prepared, &held.slots, &drawn.slots);
        let longest = rows.longest();
        let mut values: Vec<_> = self.names().iter().map(|_| Vec::with_capacity(count * along)).collect();
        let mut errors = Vec::new();
        for row in 0..count {
            let ahead = row % Rows::AHEAD;
            if ahead == 0 {
                let next = row..count.min(row + Rows::AHEAD);
                rows.hold(&held.columns.iter().map(|column| &column[next.clone()]).collect::<Vec<_>>());
            }
            for first in (0..along).step_by(longest) {
                let part = first..along.min(first + longest);
                if row == 0 || along > longest {
                    let columns: Vec<_> = drawn.columns.iter().map(|column| &column[part.clone()]).collect();
                    rows.draw(&columns, part.len());
                }
                rows.evaluate(ahead);
                self.check_failure()?;
                for (output, values) in values.iter_mut().enumerate() {
                    values.extend(rows.output(output)[..part.len()].iter().copied().map(Some));
                }
                if rows.all_have_values() && held.allowed[row] && drawn.all_allowed {
                    continue;
                }
                for (cell, i) in part.enumerate() {
                    if rows.has_value(cell) && held.allowed[row] && drawn.allowed[i] {
                        continue;
                    }
                    let index = row * along + i;
                    for values in &mut values {
                        values[index] = None;
                    }
                    if let Err(error) = self.prepared.evaluate(&self.numbers_at([(&held, row), (&drawn, i)])) {
                        errors.push(self.failed(index, &error)?);
                    }
                }
            }
        }
        Ok((by_key(self.names().iter().cloned().zip(values)), errors))
    }

    /// Every combination of the points of `axes`, the last axis fastest.
    fn points(&self, axes: &[Varied]) -> Points {
        let count = axes.iter().map(|axis| axis.points.len()).product();
        let mut points = Points { allowed: vec![true; count], ..Points::default() };
        // How many combinations in a row have the same point.
        let mut repeats = count;
        for axis in axes {
            repeats /= axis.points.len();
            for &slot in &axis.slots {
                let base = self.base[slot.index()];
                let applied = axis.points.iter().map(|x| axis.mode.apply(base, *x));
                let once = applied.flat_map(|value| std::iter::repeat_n(value, repeats));
                let column: Vec<f64> = once.clone().cycle().take(count).collect();
                let domain = &self.prepared.numbers().all()[slot.index()].domain;
                for (allowed, value) in points.allowed.iter_mut().zip(&column) {
                    *allowed &= domain.contains(*value);
                }
                points.slots.push(slot);
                points.columns.push(column);
            }
        }
        points.all_allowed = points.allowed.iter().all(|allowed| *allowed);
        points
    }

    /// The base numbers with those of one combination of each of `points`.
    fn numbers_at(&self, points: [(&Points, usize); 2]) -> Vec<f64> {
        let mut numbers = self.base.clone();
        for (points, at) in points {
            for (slot, column) in points.slots.iter().zip(&points.columns) {
                numbers[slot.index()] = column[at];
            }
        }
        numbers
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
