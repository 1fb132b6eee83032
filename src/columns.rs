//! A model over columns of numbers: the same inputs, some of them with one value a row. The way in
//! for arrays of the bindings, where row by row through JSON would cost more than the formula.

use std::num::NonZeroUsize;

use serde_json::Value;

use crate::catalogue;
use crate::error::Error;
use crate::model::{Block, Draw, Path, Prepared, Slot};

/// Rows evaluated at once.
const BLOCK: usize = 1024;

/// Rows below which another thread costs more than it brings.
const ROWS_A_THREAD: usize = 8 * BLOCK;

/// One value a row for the input at `path`.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Path of one number of the input, or of several that take the same value.
    pub path: &'a str,
    /// Its values.
    pub values: &'a [f64],
}

/// One output of `model` a row; `output` is a path, or `None` for the model's primary.
///
/// `inputs` holds the inputs that are the same in each row; those at the columns' paths may be left
/// out. The first row that has no value is the error, with its number in the hint.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::columns::{Column, evaluate_columns};
/// let rates = [0.0, 0.1];
/// let inputs = json!({"cashflows": [-100.0, 110.0]});
/// let values = evaluate_columns("npv", &inputs, &[Column { path: "rate", values: &rates }], None)?;
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
    let model = catalogue::find(model)?;
    let rows = columns.first().map_or(0, |column| column.values.len());
    let paths = columns.iter().map(|column| Path::parse(column.path, "columns")).collect::<Result<Vec<_>, _>>()?;
    for column in columns {
        if column.values.len() != rows {
            return Err(Error::invalid_input(
                column.path,
                column.values.len(),
                format!("{rows} values, as the others"),
            ));
        }
    }
    if rows == 0 {
        return Ok(Vec::new());
    }
    let mut base = inputs.clone();
    for (path, column) in paths.iter().zip(columns) {
        let first = serde_json::Number::from_f64(column.values[0])
            .ok_or_else(|| row_error(Error::invalid_number(column.path, column.values[0], "finite number"), 0))?;
        if !path.set(&mut base, &Value::Number(first)) {
            return Err(Error::invalid_input(column.path, Value::Null, "unknown path"));
        }
    }
    let outputs: Vec<String> = output.into_iter().map(str::to_owned).collect();
    let prepared = match model.prepare(&base, &paths, &outputs) {
        Ok(prepared) => prepared,
        // A base that is refused is the first row refused.
        Err(error) => return Err(row_error(error, 0)),
    };
    let study = Rows { slots: paths.iter().map(|path| prepared.numbers().select(path)).collect(), prepared, columns };
    study.all(rows)
}

fn row_error(error: Error, row: usize) -> Error {
    error.with_hint(format!("in row {row}, counted from 0"))
}

struct Rows<'a> {
    prepared: Box<dyn Prepared>,
    slots: Vec<Vec<Slot>>,
    columns: &'a [Column<'a>],
}

impl Rows<'_> {
    fn all(&self, rows: usize) -> Result<Vec<f64>, Error> {
        let mut values = vec![0.0; rows];
        let cores = if cfg!(feature = "parallel") {
            std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
        } else {
            1
        };
        let threads = cores.min(rows / ROWS_A_THREAD).max(1);
        let each = rows.div_ceil(threads).next_multiple_of(BLOCK);
        let first_failures = std::thread::scope(|scope| {
            let workers: Vec<_> = values
                .chunks_mut(each)
                .enumerate()
                .map(|(i, part)| (i * each, part))
                .map(|(start, part)| scope.spawn(move || self.range(start, part)))
                .collect();
            workers
                .into_iter()
                .map(|worker| {
                    worker.join().unwrap_or_else(|_| Err(Error::internal("model_internal", "a model panicked")))
                })
                .collect::<Vec<_>>()
        });
        first_failures.into_iter().collect::<Result<(), _>>()?;
        Ok(values)
    }

    /// Evaluates the rows from `start` into `values`.
    fn range(&self, start: usize, values: &mut [f64]) -> Result<(), Error> {
        let mut outputs = vec![vec![0.0; BLOCK]];
        let mut faults = [0; BLOCK];
        let mut reasons = Vec::new();
        for (i, part) in values.chunks_mut(BLOCK).enumerate() {
            let rows = start + i * BLOCK..start + i * BLOCK + part.len();
            for (slots, column) in self.slots.iter().zip(self.columns) {
                for slot in slots {
                    let number = &self.prepared.numbers().all()[slot.index()];
                    if let Some(row) = rows.clone().find(|row| !number.domain.contains(column.values[*row])) {
                        let error = Error::invalid_number(column.path, column.values[row], number.domain.constraint());
                        return Err(row_error(error, row));
                    }
                }
            }
            let draws: Vec<Draw<'_>> = self
                .slots
                .iter()
                .zip(self.columns)
                .flat_map(|(slots, column)| slots.iter().map(|slot| (*slot, &column.values[rows.clone()])))
                .map(|(slot, column)| Draw { slot, column })
                .collect();
            reasons.clear();
            self.prepared.block(&mut Block {
                draws: &draws,
                outputs: &mut outputs,
                faults: &mut faults[..part.len()],
                reasons: &mut reasons,
            });
            part.copy_from_slice(&outputs[0][..part.len()]);
            if let Some(i) = (0..part.len()).find(|&i| faults[i] != 0 || !part[i].is_finite()) {
                return Err(row_error(self.failure(rows.start + i), rows.start + i));
            }
        }
        Ok(())
    }

    /// Why `row` has no value.
    fn failure(&self, row: usize) -> Error {
        let mut numbers = self.prepared.numbers().values();
        for (slots, column) in self.slots.iter().zip(self.columns) {
            for slot in slots {
                numbers[slot.index()] = column.values[row];
            }
        }
        match self.prepared.evaluate(&numbers) {
            Err(error) => error,
            Ok(_) => Error::undefined(self.prepared.outputs()[0].clone(), "the result is not a finite number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_row_is_what_the_model_gives_for_it() {
        let rates: Vec<f64> = (0..20_000).map(|i| f64::from(i) * 1e-5).collect();
        let inputs = json!({"cashflows": [-100.0, 60.0, 60.0]});
        let values = evaluate_columns("npv", &inputs, &[Column { path: "rate", values: &rates }], None).unwrap();
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
        let error = evaluate_columns("npv", &inputs, &[Column { path: "rate", values: &rates }], None).unwrap_err();
        assert_eq!(error.field(), Some("rate"));
        assert_eq!(error.detail("hint").unwrap(), "in row 20000, counted from 0");
    }
}
