//! A formula reduced to what some of its numbers touch, step by step over columns.
//!
//! Where most numbers of a model stay as they are, most of its formula gives the same again and again.
//! A tape holds the other steps (`number::Traced` finds them), each of which works through a column of
//! trials at a time. Numbers that are held along a row make single numbers, not columns; those of many
//! rows are computed ahead, as columns of rows. What nothing that changed since the last row leads to
//! stands as it is. The bits are those of the formula, since the same operations are done on the same
//! numbers.

// Lane code is compiled for the chosen instruction set only where it is inlined into `side_by_side`.
#![allow(clippy::inline_always)]

use crate::number::{
    At, Binary, LaneNumber, LaneWork, Record, Step, Unary, WIDEST, dispatch, divide_all, side_by_side,
};

/// Trials of the longest row.
const LONGEST: usize = 1024;

/// The same where nothing is held, and every row does all steps: their columns stay in the nearest cache.
const LONGEST_DRAWN: usize = 256;

/// Numbers in a line of cache.
const LINE: usize = 8;

/// Numbers between the end of a column and the next: not a power of two from one to the other, or the processor
/// takes a number read of one column for the number just written of another and waits for it.
const GAP: usize = 9 * LINE;

/// What a step over columns costs of the same operation within a formula, whose numbers stay in registers.
const COST_OF_A_COLUMN: usize = 3;

/// The inputs that a step depends on, a bit each; those beyond the last bit share it.
type Inputs = u64;

fn bit(input: usize) -> Inputs {
    1 << input.min(63)
}

/// A step over columns: of numbers held, one a row, or drawn, one a trial.
#[derive(Clone, Copy, Debug)]
struct Work {
    depends: Inputs,
    column: usize,
    step: Step<Source>,
}

/// Where a step over columns finds an operand.
#[derive(Clone, Copy, Debug)]
enum Source {
    Number(At),
    Column(usize),
}

/// Columns of one length, each on lines of cache of its own.
#[derive(Debug, Default)]
struct Columns {
    numbers: Vec<f64>,
    /// Where the first begins.
    start: usize,
    count: usize,
    /// From one column to the next; 0 before there is a first row.
    stride: usize,
    /// Numbers in a column, whole registers; 0 before there is a first row.
    length: usize,
}

/// A formula for the numbers that it does not know, with the figures of the last row.
#[derive(Debug)]
pub struct Tape {
    held: Vec<Work>,
    /// Columns of rows, with those of the held inputs that lead anywhere, and their position among the inputs.
    rows: Columns,
    held_inputs: Vec<(usize, usize)>,
    /// The numbers of a row that its trials ask for.
    taken: Vec<(At, usize)>,
    drawn: Vec<Work>,
    /// The steps of these that the inputs changed with the last row touch, and those inputs.
    touched: Vec<Work>,
    changed_before: Inputs,
    /// The inputs drawn since the last row.
    drawn_since: Inputs,
    /// Columns of trials, with those of the drawn inputs that lead anywhere.
    trials: Columns,
    drawn_inputs: Vec<(usize, usize)>,
    /// Columns of results that do not depend on what is drawn.
    level: Vec<(At, usize)>,
    /// The columns of the outputs, then that of the fault codes.
    results: Vec<usize>,
    /// One number a step of the record, meant where the step is known or taken of the row.
    values: Vec<f64>,
    /// The held inputs of the last row.
    held_before: Vec<f64>,
    all_have_values: bool,
}

impl Tape {
    /// The tape of a record whose first inputs, so many, are held along a row, and whose last result is
    /// the fault code. `None` where whole registers through the whole formula are as quick.
    pub(super) fn new(record: &Record, held_inputs: usize) -> Option<Self> {
        let steps = &record.steps;
        let needed = record.needed();
        let mut tape = Self {
            held: Vec::new(),
            rows: Columns::default(),
            held_inputs: Vec::new(),
            taken: Vec::new(),
            drawn: Vec::new(),
            touched: Vec::new(),
            changed_before: 0,
            drawn_since: 0,
            trials: Columns::default(),
            drawn_inputs: Vec::new(),
            level: Vec::new(),
            results: Vec::new(),
            values: vec![0.0; steps.len()],
            held_before: vec![0.0; held_inputs],
            all_have_values: true,
        };
        let mut depends = vec![0; steps.len()];
        // Where each step's numbers stand among rows and among trials.
        let mut of_row: Vec<_> = (0..steps.len()).map(Source::Number).collect();
        let mut of_trial = of_row.clone();
        for (at, step) in steps.iter().enumerate().filter(|(at, _)| needed[*at]) {
            depends[at] = match step {
                Step::Input(input) => bit(*input),
                step => step.operands().iter().fold(0, |all, operand| all | depends[*operand]),
            };
            let depends = depends[at];
            let over_trials = step.map(|operand| of_trial[operand]);
            let is_drawn = over_trials.operands().iter().any(|source| matches!(source, Source::Column(_)));
            match *step {
                Step::Constant(value) => tape.values[at] = value,
                Step::Input(input) if input >= held_inputs => {
                    let column = tape.trials.add();
                    of_trial[at] = Source::Column(column);
                    tape.drawn_inputs.push((column, input - held_inputs));
                }
                _ if is_drawn => {
                    let column = tape.trials.add();
                    of_trial[at] = Source::Column(column);
                    tape.drawn.push(Work { depends, column, step: over_trials });
                }
                step => {
                    let column = tape.rows.add();
                    of_row[at] = Source::Column(column);
                    if let Step::Input(input) = step {
                        tape.held_inputs.push((column, input));
                    } else {
                        tape.held.push(Work { depends, column, step: step.map(|operand| of_row[operand]) });
                    }
                }
            }
        }
        for &result in &record.results {
            let result = match of_trial[result] {
                Source::Column(column) => column,
                Source::Number(at) => {
                    let column = tape.trials.add();
                    tape.level.push((at, column));
                    column
                }
            };
            tape.results.push(result);
        }
        let operands = tape.drawn.iter().flat_map(|work| work.step.operands());
        let numbers = operands.filter_map(|source| match source {
            Source::Number(at) => Some(*at),
            Source::Column(_) => None,
        });
        let mut asked: Vec<At> = numbers.chain(tape.level.iter().map(|(at, _)| *at)).collect();
        asked.sort_unstable();
        asked.dedup();
        tape.taken.extend(asked.into_iter().filter_map(|at| match of_row[at] {
            Source::Column(column) => Some((at, column)),
            Source::Number(_) => None,
        }));
        (COST_OF_A_COLUMN * tape.drawn.len() < record.asked).then_some(tape)
    }

    /// Trials of the longest row.
    pub(super) fn longest(&self) -> usize {
        if self.held_before.is_empty() { LONGEST_DRAWN } else { LONGEST }
    }

    /// Computes what the next rows hold: a column for each held input, one number a row.
    pub(super) fn hold(&mut self, held: &[&[f64]]) {
        let Some(first) = held.first() else { return };
        self.rows.set_length(first.len());
        for &(column, input) in &self.held_inputs {
            fill(self.rows.column_mut(column), held[input]);
        }
        side_by_side(Steps { of: &self.held, values: &self.values, columns: &mut self.rows });
    }

    /// Draws `trials`, at most [`Tape::longest`], for the next rows: a column for each drawn input.
    pub(super) fn draw(&mut self, drawn: &[&[f64]], trials: usize) {
        if self.trials.set_length(trials) {
            self.drawn_since = Inputs::MAX;
        }
        for &(column, input) in &self.drawn_inputs {
            let (before, now) = (self.trials.column_mut(column), &drawn[input][..trials]);
            if differ(&before[..trials], now) {
                fill(before, now);
                self.drawn_since |= bit(self.held_before.len() + input);
            }
        }
    }

    /// Computes the trials drawn for row number `row` of those held.
    pub(super) fn evaluate(&mut self, row: usize) {
        let mut changed = std::mem::take(&mut self.drawn_since);
        for &(column, input) in &self.held_inputs {
            let (before, now) = (&mut self.held_before[input], self.rows.column(column)[row]);
            if before.to_bits() != now.to_bits() {
                *before = now;
                changed |= bit(input);
            }
        }
        for &(at, column) in &self.taken {
            self.values[at] = self.rows.column(column)[row];
        }
        for &(at, column) in &self.level {
            self.trials.column_mut(column).fill(self.values[at]);
        }
        // From row to row it is mostly the same inputs that change.
        if self.changed_before != changed {
            self.changed_before = changed;
            self.touched.clear();
            self.touched.extend(self.drawn.iter().filter(|work| work.depends & changed != 0));
        }
        side_by_side(Steps { of: &self.touched, values: &self.values, columns: &mut self.trials });
        let Self { trials: columns, results, all_have_values: all, .. } = self;
        side_by_side(AllHaveValues { columns, results, all });
    }

    /// An output of the last row.
    pub(super) fn output(&self, output: usize) -> &[f64] {
        self.column(self.results[output])
    }

    /// Whether every trial of the last row has all outputs.
    pub(super) fn all_have_values(&self) -> bool {
        self.all_have_values
    }

    /// Whether `trial` of the last row has all outputs.
    pub(super) fn has_value(&self, trial: usize) -> bool {
        let (fault, outputs) = self.results.split_last().expect("the fault code is a result");
        self.column(*fault)[trial] == 0.0 && outputs.iter().all(|&output| self.column(output)[trial].is_finite())
    }

    fn column(&self, column: usize) -> &[f64] {
        self.trials.column(column)
    }
}

/// Writes `numbers` to a column of as many whole registers as they need; behind them stands the last of them
/// again, so that nothing is computed there that is not computed before.
fn fill(column: &mut [f64], numbers: &[f64]) {
    let (own, behind) = column.split_at_mut(numbers.len());
    own.copy_from_slice(numbers);
    behind.fill(numbers.last().copied().unwrap_or_default());
}

/// Whether two columns of one length have other bits somewhere.
fn differ(a: &[f64], b: &[f64]) -> bool {
    dispatch(
        #[inline(always)]
        || a.iter().zip(b).fold(0, |any, (a, b)| any | (a.to_bits() ^ b.to_bits())) != 0,
    )
}

impl Columns {
    /// One more, before there is a first row.
    fn add(&mut self) -> usize {
        self.count += 1;
        self.count - 1
    }

    /// Makes room for so many numbers in each; true where what stood in them is no longer meant.
    fn set_length(&mut self, numbers: usize) -> bool {
        let length = numbers.next_multiple_of(WIDEST);
        if length + GAP > self.stride {
            self.stride = length + GAP;
            // Room to begin on a line of cache.
            self.numbers = vec![0.0; self.count * self.stride + LINE - 1];
            self.start = self.numbers.as_ptr().align_offset(64).min(LINE - 1);
        }
        std::mem::replace(&mut self.length, length) != length
    }

    #[inline(always)]
    fn column(&self, column: usize) -> &[f64] {
        &self.numbers[self.start + column * self.stride..][..self.length]
    }

    fn column_mut(&mut self, column: usize) -> &mut [f64] {
        let start = self.start + column * self.stride;
        &mut self.numbers[start..][..self.length]
    }
}

/// Steps over columns, done in registers.
struct Steps<'a> {
    of: &'a [Work],
    values: &'a [f64],
    columns: &'a mut Columns,
}

impl LaneWork for Steps<'_> {
    #[inline(always)]
    fn work<N: LaneNumber>(self) {
        for step in self.of {
            step.run::<N>(self.values, self.columns);
        }
    }
}

/// Whether every trial has no fault and only outputs that are numbers.
struct AllHaveValues<'a> {
    columns: &'a Columns,
    results: &'a [usize],
    all: &'a mut bool,
}

impl LaneWork for AllHaveValues<'_> {
    #[inline(always)]
    fn work<N: LaneNumber>(self) {
        let Self { columns, results, all } = self;
        let Some((&fault, outputs)) = results.split_last() else { return };
        // Apart, so that neither waits for the other.
        let (mut faults, mut missing) = (N::constant(0.0), N::constant(0.0));
        for &output in outputs {
            let codes = columns.column(fault).chunks_exact(N::COUNT);
            for (codes, values) in codes.zip(columns.column(output).chunks_exact(N::COUNT)) {
                faults = N::constant(0.0).if_less(N::load(codes), N::constant(1.0), faults);
                // Zero for numbers alone.
                let value = N::load(values);
                #[expect(clippy::eq_op, reason = "NaN where it is no finite number")]
                let nothing = value - value;
                missing = nothing.if_less(N::constant(1.0), missing, N::constant(1.0));
            }
        }
        let mut lanes = [0.0; WIDEST];
        (faults + missing).store(&mut lanes[..N::COUNT]);
        *all = lanes == [0.0; WIDEST];
    }
}

impl Work {
    /// Does this step for whole columns.
    #[inline(always)]
    fn run<N: LaneNumber>(&self, values: &[f64], columns: &mut Columns) {
        let (start, stride, length) = (columns.start, columns.stride, columns.length);
        // A column is computed from those before it.
        let (before, rest) = columns.numbers[start..].split_at_mut(self.column * stride);
        let to = &mut rest[..length];
        let known = Known { values, columns: before, length, stride };
        match self.step {
            Step::Constant(_) | Step::Input(_) => {}
            Step::One(operation, [a]) => {
                let a = known.of::<N>(a);
                match operation {
                    Unary::Neg => one(to, a, |a: N| Unary::Neg.of(a)),
                    Unary::Sqrt => one(to, a, |a: N| Unary::Sqrt.of(a)),
                    Unary::Exp => one(to, a, |a: N| Unary::Exp.of(a)),
                    Unary::Ln => one(to, a, |a: N| Unary::Ln.of(a)),
                    Unary::ExpM1 => one(to, a, |a: N| Unary::ExpM1.of(a)),
                    Unary::Ln1p => one(to, a, |a: N| Unary::Ln1p.of(a)),
                }
            }
            Step::Two(operation, [a, b]) => {
                let by = known.number(b);
                let (a, b) = (known.of::<N>(a), known.of::<N>(b));
                match operation {
                    Binary::Add => two(to, a, b, |a: N, b| Binary::Add.of(a, b)),
                    Binary::Sub => two(to, a, b, |a: N, b| Binary::Sub.of(a, b)),
                    Binary::Mul => two(to, a, b, |a: N, b| Binary::Mul.of(a, b)),
                    Binary::Div => match (a, by) {
                        (Operand::Column(numbers), Some(by)) => divide_all::<N>(to, numbers, by),
                        _ => two(to, a, b, |a: N, b| Binary::Div.of(a, b)),
                    },
                }
            }
            Step::IfLess([a, b, yes, no]) => {
                let (a, b) = (known.of::<N>(a), known.of::<N>(b));
                match (known.of::<N>(yes), known.of::<N>(no)) {
                    (Operand::Number(yes), Operand::Number(no)) => two(to, a, b, |a: N, b| a.if_less(b, yes, no)),
                    (yes, no) => {
                        for (i, to) in to.chunks_exact_mut(N::COUNT).enumerate() {
                            a.at(i).if_less(b.at(i), yes.at(i), no.at(i)).store(to);
                        }
                    }
                }
            }
        }
    }
}

/// What a step over columns may work on.
#[derive(Clone, Copy)]
struct Known<'a> {
    values: &'a [f64],
    columns: &'a [f64],
    length: usize,
    stride: usize,
}

impl<'a> Known<'a> {
    #[inline(always)]
    fn of<N: LaneNumber>(self, source: Source) -> Operand<'a, N> {
        match source {
            Source::Number(at) => Operand::Number(N::constant(self.values[at])),
            Source::Column(column) => Operand::Column(self.column(column)),
        }
    }

    #[inline(always)]
    fn column(self, column: usize) -> &'a [f64] {
        &self.columns[column * self.stride..][..self.length]
    }

    /// The one number for all trials, if that is what it is.
    #[inline(always)]
    fn number(self, source: Source) -> Option<f64> {
        match source {
            Source::Number(at) => Some(self.values[at]),
            Source::Column(_) => None,
        }
    }
}

/// One number for all trials, or one a trial.
#[derive(Clone, Copy)]
enum Operand<'a, N> {
    Number(N),
    Column(&'a [f64]),
}

impl<N: LaneNumber> Operand<'_, N> {
    /// The register of this position.
    #[inline(always)]
    fn at(self, position: usize) -> N {
        match self {
            Operand::Number(number) => number,
            Operand::Column(column) => N::load(&column[position * N::COUNT..][..N::COUNT]),
        }
    }
}

#[inline(always)]
fn one<N: LaneNumber>(to: &mut [f64], a: Operand<'_, N>, operation: impl Fn(N) -> N) {
    for (i, to) in to.chunks_exact_mut(N::COUNT).enumerate() {
        operation(a.at(i)).store(to);
    }
}

/// A loop for each kind of operands, none of which asks within.
#[inline(always)]
fn two<N: LaneNumber>(to: &mut [f64], a: Operand<'_, N>, b: Operand<'_, N>, operation: impl Fn(N, N) -> N) {
    let to = to.chunks_exact_mut(N::COUNT);
    match (a, b) {
        (Operand::Column(a), Operand::Column(b)) => {
            for (to, (a, b)) in to.zip(a.chunks_exact(N::COUNT).zip(b.chunks_exact(N::COUNT))) {
                operation(N::load(a), N::load(b)).store(to);
            }
        }
        (Operand::Column(a), Operand::Number(b)) => {
            for (to, a) in to.zip(a.chunks_exact(N::COUNT)) {
                operation(N::load(a), b).store(to);
            }
        }
        (Operand::Number(a), Operand::Column(b)) => {
            for (to, b) in to.zip(b.chunks_exact(N::COUNT)) {
                operation(a, N::load(b)).store(to);
            }
        }
        (Operand::Number(a), Operand::Number(b)) => {
            for to in to {
                operation(a, b).store(to);
            }
        }
    }
}
