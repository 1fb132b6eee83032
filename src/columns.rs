//! A model over columns of numbers: the same inputs, some of them with one value a row. The way in
//! for arrays of the bindings, where row by row through JSON would cost more than the formula.

use std::ops::Range;

use serde_json::Value;

use crate::error::Error;
use crate::model::{Path, Prepared, Rows, Slot};
use crate::number::dispatch;
use crate::{catalogue, parallel};

/// Rows below which another thread costs more than it brings.
const ROWS_A_THREAD: usize = 65_536;

/// Rows that a number must keep its value, on average, to be held along them.
const SHORTEST_RUN: usize = 64;

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
    let study = Study { slots: paths.iter().map(|path| prepared.numbers().select(path)).collect(), prepared, columns };
    study.all(rows)
}

fn row_error(error: Error, row: usize) -> Error {
    error.with_hint(format!("in row {row}, counted from 0"))
}

struct Study<'a> {
    prepared: Box<dyn Prepared>,
    slots: Vec<Vec<Slot>>,
    columns: &'a [Column<'a>],
}

impl Study<'_> {
    fn all(&self, rows: usize) -> Result<Vec<f64>, Error> {
        let mut values = vec![0.0; rows];
        let threads = parallel::threads(None).min(rows / ROWS_A_THREAD).max(1);
        let part = rows.div_ceil(threads);
        let work = |start, values: &mut [f64]| self.range(start, values);
        parallel::in_parts(&mut values, part, threads, work)?.into_iter().collect::<Result<(), _>>()?;
        Ok(values)
    }

    /// Evaluates the rows from `start` into `values`.
    fn range(&self, start: usize, values: &mut [f64]) -> Result<(), Error> {
        let end = start + values.len();
        let is_held = |column: &Column<'_>| {
            let changes = column.values[start..end].windows(2).filter(|pair| pair[0].to_bits() != pair[1].to_bits());
            changes.count() * SHORTEST_RUN < values.len()
        };
        let (held, drawn): (Vec<_>, Vec<_>) = (0..self.columns.len()).partition(|&i| is_held(&self.columns[i]));
        let slots = |columns: &[usize]| columns.iter().flat_map(|&i| self.slots[i].iter().copied()).collect::<Vec<_>>();
        let mut rows = Rows::new(&*self.prepared, &slots(&held), &slots(&drawn));
        let mut numbers = Vec::new();
        let mut first = start;
        while first < end {
            let most = end.min(first + rows.longest());
            let held_along = held.iter().map(|&i| first + standing(&self.columns[i].values[first..most]));
            let end_of_run = held_along.min().unwrap_or(most);
            let last = match self.refused(first..end_of_run) {
                Some((row, error)) if row == first => return Err(row_error(error, row)),
                Some((row, _)) => row,
                None => end_of_run,
            };
            numbers.clear();
            for &i in &held {
                numbers.extend(self.slots[i].iter().map(|_| self.columns[i].values[first]));
            }
            let of = |&i: &usize| self.slots[i].iter().map(move |_| &self.columns[i].values[first..last]);
            let drawn: Vec<_> = drawn.iter().flat_map(of).collect();
            rows.evaluate(&numbers, &drawn, last - first);
            if !rows.all_have_values() {
                let row = (first..last).find(|row| !rows.has_value(row - first)).unwrap_or(first);
                return Err(row_error(self.failure(row), row));
            }
            values[first - start..last - start].copy_from_slice(&rows.output(0)[..last - first]);
            first = last;
        }
        Ok(())
    }

    /// The first of `rows` that has a number outside its domain, with the error.
    fn refused(&self, rows: Range<usize>) -> Option<(usize, Error)> {
        let of = |slot: Slot, column: &Column<'_>| {
            let domain = &self.prepared.numbers().all()[slot.index()].domain;
            if dispatch(|| domain.contains_all(&column.values[rows.clone()])) {
                return None;
            }
            let row = rows.clone().find(|row| !domain.contains(column.values[*row]))?;
            Some((row, Error::invalid_number(column.path, column.values[row], domain.constraint())))
        };
        let columns = self.slots.iter().zip(self.columns);
        columns
            .flat_map(|(slots, column)| slots.iter().filter_map(move |slot| of(*slot, column)))
            .min_by_key(|(row, _)| *row)
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

/// How many of `values`, at the beginning, have the bits of the first.
fn standing(values: &[f64]) -> usize {
    const AT_ONCE: usize = 16;
    let first = values[0].to_bits();
    let differ = |some: &[f64]| some.iter().fold(0, |any, value| any | (value.to_bits() ^ first)) != 0;
    let equal = dispatch(|| values.chunks(AT_ONCE).take_while(|some| !differ(some)).count()) * AT_ONCE;
    let rest = values.get(equal..).unwrap_or_default().iter().take_while(|value| value.to_bits() == first);
    values.len().min(equal + rest.count())
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
