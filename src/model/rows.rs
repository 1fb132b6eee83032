//! A prepared model over rows of trials: along a row some numbers are held and others are drawn.

use std::sync::Arc;

use super::prepare::{Block, Draw, Prepared, Slot};
use super::tape::Tape;

/// Trials of the longest row that is computed as a block.
const BLOCK: usize = 1024;

/// A prepared model over rows, with the figures of the last one. Quickest where little changes from row to
/// row, for models that lanes can compute.
#[derive(Debug)]
pub struct Rows(Way);

#[derive(Debug)]
enum Way {
    /// Only the steps that a held or drawn number touches.
    ByTape(Box<Tape>),
    /// The whole model for each trial.
    ByBlock(Blocks),
}

struct Blocks {
    prepared: Arc<dyn Prepared>,
    drawn: Vec<Slot>,
    /// The numbers that are drawn, a column each.
    drawn_columns: Vec<Vec<f64>>,
    held: Vec<Slot>,
    /// The numbers that are held, row by row.
    numbers: Vec<f64>,
    /// A column of the one value for each of them.
    columns: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
    faults: Vec<u8>,
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks").field("outputs", &self.prepared.outputs()).finish_non_exhaustive()
    }
}

impl Rows {
    /// Rows that are best held together: enough to fill registers, few enough for the nearer caches.
    pub const AHEAD: usize = 128;

    /// Rows of `prepared` along which the numbers in `held` have one value and those in `drawn` one a trial.
    #[must_use]
    pub fn new(prepared: &Arc<dyn Prepared>, held: &[Slot], drawn: &[Slot]) -> Self {
        if let Some(tape) = prepared.tape(held, drawn) {
            return Self(Way::ByTape(Box::new(tape)));
        }
        Self(Way::ByBlock(Blocks {
            prepared: Arc::clone(prepared),
            drawn: drawn.to_vec(),
            drawn_columns: vec![Vec::new(); drawn.len()],
            held: held.to_vec(),
            numbers: Vec::new(),
            columns: vec![Vec::new(); held.len()],
            outputs: vec![vec![0.0; BLOCK]; prepared.outputs().len()],
            faults: Vec::new(),
        }))
    }

    /// Trials of the longest row.
    #[must_use]
    pub fn longest(&self) -> usize {
        match &self.0 {
            Way::ByTape(tape) => tape.longest(),
            Way::ByBlock(_) => BLOCK,
        }
    }

    /// Holds numbers for the next rows, best [`Rows::AHEAD`] of them: a column for each slot held, of one
    /// number a row.
    pub fn hold(&mut self, held: &[&[f64]]) {
        match &mut self.0 {
            Way::ByTape(tape) => tape.hold(held),
            Way::ByBlock(blocks) => blocks.hold(held),
        }
    }

    /// Draws `trials`, at most [`Rows::longest`], for the next rows: a column for each slot drawn.
    pub fn draw(&mut self, drawn: &[&[f64]], trials: usize) {
        match &mut self.0 {
            Way::ByTape(tape) => tape.draw(drawn, trials),
            Way::ByBlock(blocks) => blocks.draw(drawn, trials),
        }
    }

    /// Computes row number `row` of those held last, of the trials drawn last.
    pub fn evaluate(&mut self, row: usize) {
        match &mut self.0 {
            Way::ByTape(tape) => tape.evaluate(row),
            Way::ByBlock(blocks) => blocks.evaluate(row),
        }
    }

    /// Output number `output` of the last row, one value a trial; a trial without a value has any number.
    #[must_use]
    pub fn output(&self, output: usize) -> &[f64] {
        match &self.0 {
            Way::ByTape(tape) => tape.output(output),
            Way::ByBlock(blocks) => &blocks.outputs[output][..blocks.faults.len()],
        }
    }

    /// Whether every trial of the last row has all outputs.
    #[must_use]
    pub fn all_have_values(&self) -> bool {
        match &self.0 {
            Way::ByTape(tape) => tape.all_have_values(),
            Way::ByBlock(blocks) => (0..blocks.faults.len()).all(|trial| blocks.has_value(trial)),
        }
    }

    /// Whether `trial` of the last row has all outputs.
    #[must_use]
    pub fn has_value(&self, trial: usize) -> bool {
        match &self.0 {
            Way::ByTape(tape) => tape.has_value(trial),
            Way::ByBlock(blocks) => blocks.has_value(trial),
        }
    }
}

impl Blocks {
    fn hold(&mut self, held: &[&[f64]]) {
        let rows = held.first().map_or(0, |column| column.len());
        self.numbers.clear();
        self.numbers.extend((0..rows).flat_map(|row| held.iter().map(move |column| column[row])));
    }

    fn draw(&mut self, drawn: &[&[f64]], trials: usize) {
        for (column, drawn) in self.drawn_columns.iter_mut().zip(drawn) {
            column.clear();
            column.extend_from_slice(&drawn[..trials]);
        }
        self.faults.resize(trials, 0);
    }

    fn evaluate(&mut self, row: usize) {
        let numbers = &self.numbers[row * self.held.len()..];
        for (column, &value) in self.columns.iter_mut().zip(numbers) {
            column.clear();
            column.resize(self.faults.len(), value);
        }
        let slots = self.held.iter().chain(&self.drawn);
        let columns = self.columns.iter().chain(&self.drawn_columns);
        let draws: Vec<_> = slots.zip(columns).map(|(slot, column)| Draw { slot: *slot, column }).collect();
        self.faults.fill(0);
        self.prepared.block(&mut Block {
            draws: &draws,
            outputs: &mut self.outputs,
            faults: &mut self.faults,
            reasons: &mut Vec::new(),
        });
    }

    fn has_value(&self, trial: usize) -> bool {
        self.faults[trial] == 0 && self.outputs.iter().all(|column| column[trial].is_finite())
    }
}
