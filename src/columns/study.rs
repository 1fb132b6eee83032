//! A model along columns laid out: rows that hold what stands and draw what changes.

use std::iter::repeat_n;
use std::ops::Range;

use super::laid::Laid;
use super::{ColumnModel, row_error};
use crate::error::Error;
use crate::model::{Rows, Slot};
use crate::parallel;
use crate::zeros::{Unwritten, written};

/// Rows below which another thread costs more than it brings.
const ROWS_A_THREAD: usize = 65_536;

/// The values of a model along columns.
pub(super) struct Study<'a> {
    pub(super) model: &'a ColumnModel,
    pub(super) columns: Vec<Laid<'a>>,
}

impl Study<'_> {
    /// The values of so many rows.
    pub(super) fn all(&self, rows: Option<usize>) -> Result<Vec<f64>, Error> {
        let threads = parallel::threads(None).min(rows.unwrap_or_default() / ROWS_A_THREAD).max(1);
        let part = rows.unwrap_or_default().div_ceil(threads);
        let told = ("a value a row", "value the rows in parts");
        written(rows, told, (part, threads), |start, values| self.range(start, values))
    }

    /// Writes the values of the rows from `start`.
    fn range(&self, start: usize, values: &mut Unwritten<'_>) -> Result<(), Error> {
        let (held, drawn): (Vec<_>, Vec<_>) = self.columns.iter().partition(|column| column.held);
        let slots = |columns: &[&Laid<'_>]| columns.iter().flat_map(|of| of.slots.iter().copied()).collect();
        let mut along = self.model.along(slots(&held), slots(&drawn));
        let rows = &mut along.rows;
        let all_allowed = self.columns.iter().all(|column| column.allowed);
        let places = |columns: &[&Laid<'_>]| columns.iter().map(|column| column.place_of(start)).collect::<Vec<_>>();
        let (mut held_places, mut drawn_places) = (places(&held), places(&drawn));
        // A column for each input held, of one number a row, and where each column drawn stands at each row.
        let mut numbers = vec![Vec::with_capacity(Rows::AHEAD); held.len()];
        let mut positions = Vec::with_capacity(Rows::AHEAD * drawn.len());
        let mut pieces = Vec::with_capacity(Rows::AHEAD);
        // Where those stood, and how many trials there were, when last drawn.
        let mut last_drawn = (Vec::new(), 0);
        let (mut from, end) = (start, start + values.len());
        while from < end {
            numbers.iter_mut().for_each(Vec::clear);
            positions.clear();
            pieces.clear();
            while pieces.len() < Rows::AHEAD && from < end {
                let mut count = rows.longest().min(end - from);
                for (column, place) in held.iter().zip(&held_places).chain(drawn.iter().zip(&drawn_places)) {
                    count = column.piece(*place, count);
                }
                for ((column, place), numbers) in held.iter().zip(&mut held_places).zip(&mut numbers) {
                    numbers.push(column.values[place.position]);
                    *place = column.after(*place, count);
                }
                for (column, place) in drawn.iter().zip(&mut drawn_places) {
                    positions.push(place.position);
                    *place = column.after(*place, count);
                }
                pieces.push(from..from + count);
                from += count;
            }
            let each_slot = held.iter().zip(&numbers).flat_map(|(of, numbers)| repeat_n(&**numbers, of.slots.len()));
            rows.hold(&each_slot.collect::<Vec<_>>());
            for (number, piece) in pieces.iter().enumerate() {
                let refused = if all_allowed { None } else { self.refused(piece.clone()) };
                // What stands before the first row refused may fail first.
                let last = refused.as_ref().map_or(piece.end, |(row, _)| *row);
                let trials = last - piece.start;
                let positions = &positions[number * drawn.len()..][..drawn.len()];
                if number == 0 || last_drawn.1 != trials || last_drawn.0 != positions {
                    let slices = drawn
                        .iter()
                        .zip(positions)
                        .flat_map(|(of, position)| repeat_n(&of.values[*position..][..trials], of.slots.len()));
                    rows.draw(&slices.collect::<Vec<_>>(), trials);
                    last_drawn = (positions.to_vec(), trials);
                }
                rows.evaluate(number);
                if !rows.all_have_values() {
                    let row = (piece.start..last).find(|row| !rows.has_value(row - piece.start)).unwrap_or(piece.start);
                    return Err(row_error(self.failure(row), row));
                }
                if let Some((row, error)) = refused {
                    return Err(row_error(error, row));
                }
                values.write(&rows.output(0)[..trials]);
            }
        }
        self.model.keep(along);
        Ok(())
    }

    /// The first of `rows` that has a number outside its domain, with the error.
    fn refused(&self, rows: Range<usize>) -> Option<(usize, Error)> {
        let of = |slot: Slot, column: &Laid<'_>| {
            let domain = &self.model.prepared.numbers().all()[slot.index()].domain;
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
        let mut numbers = self.model.prepared.numbers().values();
        for column in &self.columns {
            for slot in column.slots {
                numbers[slot.index()] = column.at(row);
            }
        }
        match self.model.prepared.evaluate(&numbers) {
            Err(error) => error,
            Ok(_) => Error::undefined(self.model.prepared.outputs()[0].clone(), "the result is not a finite number"),
        }
    }
}
