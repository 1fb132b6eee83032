//! A model over columns of numbers: the same inputs, some of them with one value a row. The way in
//! for arrays of the bindings, where row by row through JSON would cost more than the formula.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::error::Error;
use crate::model::{Path, Prepared, Rows, Slot};
use crate::number::dispatch;
use crate::zeros::zeros;
use crate::{catalogue, parallel};

/// Rows below which another thread costs more than it brings.
const ROWS_A_THREAD: usize = 65_536;

/// Rows after which it costs nothing that a column begins anew.
const LONG: usize = 1024;

/// Rows that a number must keep its value, on average, to be held along them.
const SHORTEST_RUN: usize = 64;

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
/// out. The first row that has no value is the error, with its number in the hint.
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
    let model = catalogue::find(model)?;
    let rows = rows_of(columns)?;
    let paths = columns.iter().map(|column| Path::parse(column.path, "columns")).collect::<Result<Vec<_>, _>>()?;
    if rows == Some(0) {
        return Ok(Vec::new());
    }
    let mut values = zeros(rows, "a value a row", "value the rows in parts")?;
    let mut base = inputs.clone();
    for (path, column) in paths.iter().zip(columns) {
        let first = serde_json::Number::from_f64(column.values[0])
            .ok_or_else(|| row_error(Error::invalid_number(column.path, column.values[0], "finite number"), 0))?;
        if !path.set(&mut base, &Value::Number(first)) {
            return Err(Error::invalid_input(column.path, Value::Null, "unknown path"));
        }
    }
    let outputs: Vec<String> = output.into_iter().map(str::to_owned).collect();
    // A base that is refused is the first row refused.
    let prepared = model.prepare(&base, &paths, &outputs).map_err(|error| row_error(error, 0))?;
    let laid = columns.iter().zip(&paths).map(|(column, path)| Laid::new(column, path, &*prepared));
    let columns = laid.collect::<Result<_, Error>>()?;
    Study { prepared, columns }.all(&mut values)?;
    Ok(values)
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

fn row_error(error: Error, row: usize) -> Error {
    error.with_hint(format!("in row {row}, counted from 0"))
}

/// A column laid out for rows: row r has value (r / each) mod their number.
struct Laid<'a> {
    path: &'a str,
    values: Cow<'a, [f64]>,
    each: usize,
    slots: Vec<Slot>,
    /// Whether its value is held along many rows; otherwise `each` is 1.
    held: bool,
    /// Whether the domains of its numbers hold all values.
    allowed: bool,
}

impl<'a> Laid<'a> {
    fn new(column: &Column<'a>, path: &Path, prepared: &dyn Prepared) -> Result<Self, Error> {
        let &Column { path: name, values, each, times } = column;
        let slots = prepared.numbers().select(path);
        let allowed = slots.iter().all(|slot| {
            let domain = &prepared.numbers().all()[slot.index()].domain;
            dispatch(|| domain.contains_all(values))
        });
        let changes_seldom = || {
            let changes = values.windows(2).filter(|pair| pair[0].to_bits() != pair[1].to_bits());
            changes.count() * SHORTEST_RUN < values.len()
        };
        let held = each >= SHORTEST_RUN || (each == 1 && times == 1 && changes_seldom());
        let short = each == 1 && times > 1 && values.len() < SHORTEST_RUN;
        if held || (each == 1 && !short) {
            return Ok(Self { path: name, values: Cow::Borrowed(values), each, slots, held, allowed });
        }
        // Too short to be gone through as it is: written out one value a row, as often as makes it long.
        let once = values.len() * each;
        let rows = once * times.min(LONG.div_ceil(once));
        let mut written = zeros(Some(rows), "a column with one value a row", "value the rows in parts")?;
        let each_row = values.iter().flat_map(|&value| std::iter::repeat_n(value, each)).cycle();
        written.iter_mut().zip(each_row).for_each(|(place, value)| *place = value);
        Ok(Self { path: name, values: Cow::Owned(written), each: 1, slots, held, allowed })
    }

    fn position(&self, row: usize) -> usize {
        row / self.each % self.values.len()
    }

    fn at(&self, row: usize) -> f64 {
        self.values[self.position(row)]
    }

    /// The end, at most `end`, of the rows from `row` that one piece of it serves: a number when it is held,
    /// a slice of its values otherwise.
    fn piece(&self, row: usize, end: usize) -> usize {
        let position = self.position(row);
        let last = match (self.held, self.each) {
            (true, 1) => row + standing(&self.values[position..self.values.len().min(position + end - row)]),
            (true, each) => (row / each + 1) * each,
            (false, _) => row + self.values.len() - position,
        };
        last.min(end)
    }
}

struct Study<'a> {
    prepared: Box<dyn Prepared>,
    columns: Vec<Laid<'a>>,
}

impl Study<'_> {
    fn all(&self, values: &mut [f64]) -> Result<(), Error> {
        let rows = values.len();
        let threads = parallel::threads(None).min(rows / ROWS_A_THREAD).max(1);
        let part = rows.div_ceil(threads);
        let work = |start, values: &mut [f64]| self.range(start, values);
        parallel::in_parts(values, part, threads, work)?.into_iter().collect()
    }

    /// Evaluates the rows from `start` into `values`.
    fn range(&self, start: usize, values: &mut [f64]) -> Result<(), Error> {
        let end = start + values.len();
        let (held, drawn): (Vec<_>, Vec<_>) = self.columns.iter().partition(|column| column.held);
        let slots = |columns: &[&Laid<'_>]| columns.iter().flat_map(|of| of.slots.iter().copied()).collect::<Vec<_>>();
        let mut rows = Rows::new(&*self.prepared, &slots(&held), &slots(&drawn));
        let all_allowed = self.columns.iter().all(|column| column.allowed);
        let mut pieces = Vec::with_capacity(Rows::AHEAD);
        let mut slices = Vec::new();
        let mut from = start;
        while from < end {
            pieces.clear();
            while pieces.len() < Rows::AHEAD && from < end {
                let most = end.min(from + rows.longest());
                let piece = from..self.columns.iter().map(|column| column.piece(from, most)).min().unwrap_or(most);
                from = piece.end;
                pieces.push(piece);
            }
            let numbers = |column: &Laid<'_>| pieces.iter().map(|piece| column.at(piece.start)).collect::<Vec<_>>();
            let numbers: Vec<_> = held.iter().map(|column| (column.slots.len(), numbers(column))).collect();
            let each_slot = numbers.iter().flat_map(|(slots, numbers)| std::iter::repeat_n(&**numbers, *slots));
            rows.hold(&each_slot.collect::<Vec<_>>());
            for (number, piece) in pieces.iter().enumerate() {
                let refused = if all_allowed { None } else { self.refused(piece.clone()) };
                // What stands before the first row refused may fail first.
                let last = refused.as_ref().map_or(piece.end, |(row, _)| *row);
                slices.clear();
                for column in &drawn {
                    let slice = &column.values[column.position(piece.start)..][..last - piece.start];
                    slices.extend(column.slots.iter().map(|_| slice));
                }
                rows.evaluate(number, &slices, last - piece.start);
                if !rows.all_have_values() {
                    let row = (piece.start..last).find(|row| !rows.has_value(row - piece.start)).unwrap_or(piece.start);
                    return Err(row_error(self.failure(row), row));
                }
                if let Some((row, error)) = refused {
                    return Err(row_error(error, row));
                }
                values[piece.start - start..last - start].copy_from_slice(&rows.output(0)[..last - piece.start]);
            }
        }
        Ok(())
    }

    /// The first of `rows` that has a number outside its domain, with the error.
    fn refused(&self, rows: Range<usize>) -> Option<(usize, Error)> {
        let of = |slot: Slot, column: &Laid<'_>| {
            let domain = &self.prepared.numbers().all()[slot.index()].domain;
            let row = rows.clone().find(|row| !domain.contains(column.at(*row)))?;
            Some((row, Error::invalid_number(column.path, column.at(row), domain.constraint())))
        };
        let columns = self.columns.iter().filter(|column| !column.allowed);
        columns
            .flat_map(|column| column.slots.iter().filter_map(move |slot| of(*slot, column)))
            .min_by_key(|(row, _)| *row)
    }

    /// Why `row` has no value.
    fn failure(&self, row: usize) -> Error {
        let mut numbers = self.prepared.numbers().values();
        for column in &self.columns {
            for slot in &column.slots {
                numbers[slot.index()] = column.at(row);
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
}
