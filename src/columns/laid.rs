//! A column laid out for rows, and the pieces of it that rows are computed from.

use std::borrow::Cow;

use super::Column;
use crate::error::Error;
use crate::model::{Numbers, Slot};
use crate::number::dispatch;
use crate::zeros::zeros;

/// Rows after which it costs nothing that a column begins anew.
const LONG: usize = 1024;

/// Rows that a number must keep its value, on average, to be held along them.
const SHORTEST_RUN: usize = 64;

/// A column laid out for rows: row r has value (r / each) mod their number.
pub(super) struct Laid<'a> {
    pub(super) path: &'a str,
    pub(super) values: Cow<'a, [f64]>,
    each: usize,
    pub(super) slots: &'a [Slot],
    /// Whether its value is held along many rows; otherwise `each` is 1.
    pub(super) held: bool,
    /// Whether the domains of its numbers hold all values.
    pub(super) allowed: bool,
}

impl<'a> Laid<'a> {
    pub(super) fn new(column: &Column<'a>, slots: &'a [Slot], numbers: &Numbers) -> Result<Self, Error> {
        let &Column { path, values, each, times } = column;
        let allowed = slots.iter().all(|slot| {
            let domain = &numbers.all()[slot.index()].domain;
            dispatch(|| domain.contains_all(values))
        });
        let changes_seldom = || {
            let changes = values.windows(2).filter(|pair| pair[0].to_bits() != pair[1].to_bits());
            changes.count() * SHORTEST_RUN < values.len()
        };
        let held = each >= SHORTEST_RUN || (each == 1 && times == 1 && changes_seldom());
        let short = each == 1 && times > 1 && values.len() < SHORTEST_RUN;
        if held || (each == 1 && !short) {
            return Ok(Self { path, values: Cow::Borrowed(values), each, slots, held, allowed });
        }
        // Too short to be gone through as it is: written out one value a row, as often as makes it long.
        let once = values.len() * each;
        let rows = once * times.min(LONG.div_ceil(once));
        let mut written = zeros(Some(rows), "a column with one value a row", "value the rows in parts")?;
        let each_row = values.iter().flat_map(|&value| std::iter::repeat_n(value, each)).cycle();
        written.iter_mut().zip(each_row).for_each(|(place, value)| *place = value);
        Ok(Self { path, values: Cow::Owned(written), each: 1, slots, held, allowed })
    }

    /// The value of `row`.
    pub(super) fn at(&self, row: usize) -> f64 {
        self.values[self.place_of(row).position]
    }

    pub(super) fn place_of(&self, row: usize) -> Place {
        Place { position: row / self.each % self.values.len(), rows: self.each - row % self.each }
    }

    /// How many rows from `place`, at most `most`, one piece of it serves: a number when it is held, a slice of
    /// its values otherwise.
    pub(super) fn piece(&self, place: Place, most: usize) -> usize {
        let rest = &self.values[place.position..];
        let rows = match (self.held, self.each) {
            (true, 1) => standing(&rest[..rest.len().min(most)]),
            (true, _) => place.rows,
            (false, _) => rest.len(),
        };
        rows.min(most)
    }

    /// The place so many rows after `place`, no more than a piece from there has.
    pub(super) fn after(&self, place: Place, rows: usize) -> Place {
        let position = match (self.each, place.rows - rows.min(place.rows)) {
            (1, _) => place.position + rows,
            (_, 0) => place.position + 1,
            (_, left) => return Place { rows: left, ..place },
        };
        Place { position: if position == self.values.len() { 0 } else { position }, rows: self.each }
    }
}

/// Where a column stands at a row. Gone through from row to row, since to find it takes divisions.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The position of the row's value.
    pub(super) position: usize,
    /// Rows that it is for from here on.
    rows: usize,
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
