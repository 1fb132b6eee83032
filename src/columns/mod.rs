//! A model over columns of numbers: the same inputs, some of them with one value a row. The way in
//! for arrays of the bindings, where row by row through JSON would cost more than the formula.

mod laid;
mod study;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use self::laid::Laid;
use self::study::Study;
use crate::catalogue;
use crate::error::Error;
use crate::model::{Path, Prepared, Rows, Slot};

/// Values of the input at `path` over rows.
///
/// The axes of a grid of 3 by 4 rows, the last fastest, are columns of 3 values with `each` 4 and of 4
/// values with `times` 3.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Path of one number of the input, or of several that take the same value.
    pub path: &'a str,
    /// Its values.
    pub values: &'a [f64],
    /// Rows in succession that each value holds for.
    pub each: usize,
    /// How often all values are gone through.
    pub times: usize,
}

impl<'a> Column<'a> {
    /// One value a row for the input at `path`.
    #[must_use]
    pub fn new(path: &'a str, values: &'a [f64]) -> Self {
        Self { path, values, each: 1, times: 1 }
    }

    /// The rows it is for; `None` for more than can be counted.
    fn rows(&self) -> Option<usize> {
        self.values.len().checked_mul(self.each)?.checked_mul(self.times)
    }
}

/// One output of `model` a row; `output` is a path, or `None` for the model's primary.
///
/// `inputs` holds the inputs that are the same in each row; those at the columns' paths may be left
/// out. The first row that has no value is the error, with its number in the hint. A caller who comes
/// again and again with other columns keeps a [`ColumnModel`].
///
/// ```
/// use serde_json::json;
/// use valor_ivx::columns::{Column, evaluate_columns};
/// let inputs = json!({"cashflows": [-100.0, 110.0]});
/// let values = evaluate_columns("npv", &inputs, &[Column::new("rate", &[0.0, 0.1])], None)?;
/// assert_eq!(values[0], 10.0);
/// assert!(values[1].abs() < 1e-12);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn evaluate_columns(
    model: &str,
    inputs: &Value,
    columns: &[Column<'_>],
    output: Option<&str>,
) -> Result<Vec<f64>, Error> {
    catalogue::find(model)?;
    if rows_of(columns)? == Some(0) {
        return Ok(Vec::new());
    }
    let mut base = inputs.clone();
    for column in columns {
        let first = serde_json::Number::from_f64(column.values[0])
            .ok_or_else(|| row_error(Error::invalid_number(column.path, column.values[0], "finite number"), 0))?;
        if !Path::parse(column.path, "columns")?.set(&mut base, &Value::Number(first)) {
            return Err(unknown_path(column.path));
        }
    }
    let paths: Vec<_> = columns.iter().map(|column| column.path).collect();
    // A base that is refused is the first row refused.
    ColumnModel::new(model, &base, &paths, output).map_err(|error| row_error(error, 0))?.evaluate(columns)
}

/// A model made ready once, to be called with columns again and again.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::columns::{Column, ColumnModel};
/// let npv = ColumnModel::new("npv", &json!({"rate": 0.1, "cashflows": [-100.0, 110.0]}), &["rate"], None)?;
/// assert_eq!(npv.evaluate(&[Column::new("rate", &[0.0])])?, [10.0]);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub struct ColumnModel {
    prepared: Arc<dyn Prepared>,
    /// What columns may be for, with the numbers that each varies.
    inputs: Vec<(String, Vec<Slot>)>,
    /// Rows of earlier calls that none uses now: it costs more to make them than to value a few.
    kept: Mutex<Vec<Along>>,
}

/// Rows along which some numbers are held and others drawn.
struct Along {
    held: Vec<Slot>,
    drawn: Vec<Slot>,
    rows: Rows,
}

/// Rows that are kept: as many as threads may want at once, of one or two layouts.
const MOST_KEPT: usize = 16;

impl std::fmt::Debug for ColumnModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let paths: Vec<_> = self.inputs.iter().map(|(path, _)| path).collect();
        f.debug_struct("ColumnModel")
            .field("paths", &paths)
            .field("output", &self.prepared.outputs()[0])
            .finish_non_exhaustive()
    }
}

impl ColumnModel {
    /// `model` with `inputs`, whole and valid, for columns at `paths`; `output` is a path, or `None` for the
    /// model's primary.
    ///
    /// # Errors
    /// What the model says of its inputs, and unknown models, paths and outputs.
    pub fn new(model: &str, inputs: &Value, paths: &[&str], output: Option<&str>) -> Result<Self, Error> {
        let parsed = paths.iter().map(|path| Path::parse(path, "columns")).collect::<Result<Vec<_>, _>>()?;
        let outputs: Vec<String> = output.into_iter().map(str::to_owned).collect();
        let prepared: Arc<dyn Prepared> = catalogue::find(model)?.prepare(inputs, &parsed, &outputs)?.into();
        let slots = parsed.iter().map(|path| prepared.numbers().select(path));
        let inputs = paths.iter().map(|path| (*path).to_owned()).zip(slots).collect();
        Ok(Self { prepared, inputs, kept: Mutex::default() })
    }

    /// The output, one value a row. Where there is no column for a path, its input stands as it is.
    ///
    /// # Errors
    /// Columns of different lengths, for other paths or for the same number; the first row that has no value, with its number in
    /// the hint.
    pub fn evaluate(&self, columns: &[Column<'_>]) -> Result<Vec<f64>, Error> {
        let rows = rows_of(columns)?;
        let slots: Vec<_> = columns.iter().map(|column| self.slots(column.path)).collect::<Result<_, Error>>()?;
        let mut taken = BTreeSet::new();
        for (column, slots) in columns.iter().zip(&slots) {
            if !slots.iter().all(|slot| taken.insert(*slot)) {
                return Err(Error::invalid_input(column.path, Value::Null, "numbers that no other column is for"));
            }
        }
        if rows == Some(0) {
            return Ok(Vec::new());
        }
        let laid = columns.iter().zip(slots).map(|(column, slots)| Laid::new(column, slots, self.prepared.numbers()));
        Study { model: self, columns: laid.collect::<Result<_, Error>>()? }.all(rows)
    }

    /// The numbers that a column at `path` varies.
    fn slots(&self, path: &str) -> Result<&[Slot], Error> {
        let found = self.inputs.iter().find(|(known, _)| known == path);
        found.map(|(_, slots)| slots.as_slice()).ok_or_else(|| unknown_path(path))
    }

    /// Rows that were kept, or new ones.
    fn along(&self, held: Vec<Slot>, drawn: Vec<Slot>) -> Along {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|along| along.held == held && along.drawn == drawn) {
            return kept.swap_remove(at);
        }
        drop(kept);
        Along { rows: Rows::new(&self.prepared, &held, &drawn), held, drawn }
    }

    fn keep(&self, along: Along) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push(along);
        }
    }
}

/// The rows that all columns are for; `None` for more than can be counted.
fn rows_of(columns: &[Column<'_>]) -> Result<Option<usize>, Error> {
    let Some(first) = columns.first() else { return Ok(Some(0)) };
    let rows = first.rows();
    match columns.iter().find(|column| column.rows() != rows) {
        None => Ok(rows),
        Some(column) => {
            let (length, rows) = (column.values.len(), rows.map_or("countless".to_owned(), |rows| rows.to_string()));
            Err(Error::invalid_input(column.path, length, format!("values for {rows} rows, as the others")))
        }
    }
}

fn unknown_path(path: &str) -> Error {
    Error::invalid_input(path, Value::Null, "unknown path")
}

fn row_error(error: Error, row: usize) -> Error {
    error.with_hint(format!("in row {row}, counted from 0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_row_is_what_the_model_gives_for_it() {
        let rates: Vec<f64> = (0..20_000).map(|i| f64::from(i) * 1e-5).collect();
        let inputs = json!({"cashflows": [-100.0, 60.0, 60.0]});
        let values = evaluate_columns("npv", &inputs, &[Column::new("rate", &rates)], None).unwrap();
        for (rate, value) in rates.iter().zip(&values).step_by(997) {
            let one = catalogue::evaluate("npv", json!({"rate": rate, "cashflows": [-100.0, 60.0, 60.0]})).unwrap();
            assert_eq!(one["npv"].as_f64(), Some(*value));
        }
    }

    #[test]
    fn the_first_row_without_a_value_is_named() {
        let mut rates = vec![0.1; 30_000];
        rates[20_000] = -2.0;
        rates[25_000] = f64::NAN;
        let inputs = json!({"cashflows": [-100.0, 60.0]});
        let error = evaluate_columns("npv", &inputs, &[Column::new("rate", &rates)], None).unwrap_err();
        assert_eq!(error.field(), Some("rate"));
        assert_eq!(error.detail("hint").unwrap(), "in row 20000, counted from 0");
    }

    #[test]
    fn a_model_called_again_gives_the_bits_of_one_made_for_the_call() {
        let inputs = json!({"rate": 0.05, "cashflows": [-100.0, 60.0, 60.0]});
        let model = ColumnModel::new("npv", &inputs, &["rate", "cashflows[1]"], None).unwrap();
        let rates: Vec<f64> = (0..300).map(|i| f64::from(i) * 1e-3).collect();
        let flows: Vec<f64> = (0..300).map(|i| 50.0 + f64::from(i)).collect();
        let grid = |rates, flows| {
            [
                Column { path: "rate", values: rates, each: 300, times: 1 },
                Column { path: "cashflows[1]", values: flows, each: 1, times: 300 },
            ]
        };
        let calls: [&[Column<'_>]; 6] = [
            &grid(&rates, &flows),
            &[Column::new("rate", &rates)],
            &grid(&rates, &rates),
            &[Column::new("cashflows[1]", &flows[..7])],
            &grid(&flows, &rates),
            &[Column::new("rate", &rates[..10]), Column::new("cashflows[1]", &flows[..10])],
        ];
        for columns in calls.iter().chain(&calls) {
            let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            let fresh = evaluate_columns("npv", &inputs, columns, None).unwrap();
            assert_eq!(bits(model.evaluate(columns).unwrap()), bits(fresh));
        }
        assert!(model.evaluate(&[Column::new("rate", &[])]).unwrap().is_empty());
        assert!(model.evaluate(&[]).unwrap().is_empty());
        for (each, times) in [(0, 1), (3, 1), (1, 2)] {
            let empty = Column { path: "rate", values: if each == 0 { &[0.1] } else { &[] }, each, times };
            assert!(model.evaluate(&[empty]).unwrap().is_empty());
        }
    }

    #[test]
    fn a_model_refuses_columns_that_it_was_not_made_for_and_goes_on() {
        let inputs = json!({"rate": 0.05, "cashflows": [-100.0, 60.0, 60.0]});
        let model = ColumnModel::new("npv", &inputs, &["rate"], None).unwrap();
        let error = model.evaluate(&[Column::new("cashflows[1]", &[1.0])]).unwrap_err();
        assert_eq!(error.field(), Some("cashflows[1]"));
        let error = model.evaluate(&[Column::new("rate", &[0.1, -2.0])]).unwrap_err();
        assert_eq!(
            (error.field(), error.detail("hint").unwrap().as_str()),
            (Some("rate"), Some("in row 1, counted from 0"))
        );
        assert_eq!(model.evaluate(&[Column::new("rate", &[0.0])]).unwrap(), [20.0]);
        let both = [Column::new("cashflows[*]", &[1.0, 2.0]), Column::new("cashflows[1]", &[3.0, 4.0])];
        let error = evaluate_columns("npv", &inputs, &both, None).unwrap_err();
        assert_eq!(error.field(), Some("cashflows[1]"));
        assert!(ColumnModel::new("npv", &inputs, &["unknown"], None).is_err());
        assert!(ColumnModel::new("npv", &json!({"cashflows": [1.0]}), &["rate"], None).is_err());
    }
}
