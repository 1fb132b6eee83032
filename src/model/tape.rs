//! A formula reduced to what some of its numbers touch, step by step over columns.
//!
//! Where most numbers of a model stay as they are, most of its formula gives the same again and again.
//! A tape holds the other steps (`number::Traced` finds them), each of which works through a column of
//! trials at a time. Numbers that are held along a row make single numbers, not columns, and what
//! nothing that changed since the last row leads to stands as it is. The bits are those of the formula,
//! since the same operations are done on the same numbers.

// Lane code is compiled for the chosen instruction set only where it is inlined into `side_by_side`.
#![allow(clippy::inline_always)]

use crate::number::{At, Binary, LaneNumber, LaneWork, Record, Step, Unary, WIDEST, side_by_side};

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

/// A step that gives one number a row.
#[derive(Clone, Copy, Debug)]
struct Held {
    depends: Inputs,
    at: At,
    step: Step,
}

/// A step that gives one number a trial.
#[derive(Clone, Copy, Debug)]
struct Drawn {
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

/// A formula for the numbers that it does not know, with the figures of the last row.
#[derive(Debug)]
pub struct Tape {
    held: Vec<Held>,
    drawn: Vec<Drawn>,
    /// The steps of these that the inputs changed with the last row touch, and those inputs.
    touched: Vec<Drawn>,
    changed_before: Inputs,
    /// The columns of the drawn inputs that lead anywhere, with their position among the inputs.
    inputs: Vec<(usize, usize)>,
    /// Columns of results that do not depend on what is drawn.
    level: Vec<(At, usize)>,
    /// The columns of the outputs, then that of the fault codes.
    results: Vec<usize>,
    /// One number a step of the record, meant where the step is held or known.
    values: Vec<f64>,
    columns: Vec<f64>,
    /// How many columns there are, and from one to the next; 0 before the first row.
    count: usize,
    stride: usize,
    /// Numbers in a column, whole registers; 0 before the first row.
    length: usize,
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
            drawn: Vec::new(),
            touched: Vec::new(),
            changed_before: 0,
            inputs: Vec::new(),
            level: Vec::new(),
            results: Vec::new(),
            values: vec![0.0; steps.len()],
            columns: Vec::new(),
            count: 0,
            stride: 0,
            length: 0,
            held_before: vec![0.0; held_inputs],
            all_have_values: true,
        };
        let mut columns = 0;
        let mut column = || {
            columns += 1;
            columns - 1
        };
        let mut depends = vec![0; steps.len()];
        let mut sources: Vec<_> = (0..steps.len()).map(Source::Number).collect();
        for (at, step) in steps.iter().enumerate().filter(|(at, _)| needed[*at]) {
            depends[at] = match step {
                Step::Input(input) => bit(*input),
                step => step.operands().iter().fold(0, |all, operand| all | depends[*operand]),
            };
            let depends = depends[at];
            let over_columns = step.map(|operand| sources[operand]);
            let is_drawn = over_columns.operands().iter().any(|source| matches!(source, Source::Column(_)));
            match *step {
                Step::Constant(value) => tape.values[at] = value,
                Step::Input(input) if input >= held_inputs => {
                    let column = column();
                    sources[at] = Source::Column(column);
                    tape.inputs.push((column, input - held_inputs));
                }
                _ if is_drawn => {
                    let column = column();
                    sources[at] = Source::Column(column);
                    tape.drawn.push(Drawn { depends, column, step: over_columns });
                }
                step => tape.held.push(Held { depends, at, step }),
            }
        }
        for &result in &record.results {
            let result = match sources[result] {
                Source::Column(column) => column,
                Source::Number(at) => {
                    let column = column();
                    tape.level.push((at, column));
                    column
                }
            };
            tape.results.push(result);
        }
        tape.count = columns;
        (COST_OF_A_COLUMN * tape.drawn.len() < record.asked).then_some(tape)
    }

    /// Where the columns begin, on a line of cache.
    fn start(&self) -> usize {
        self.columns.as_ptr().align_offset(64).min(LINE - 1)
    }

    /// Trials of the longest row.
    pub(super) fn longest(&self) -> usize {
        if self.held_before.is_empty() { LONGEST_DRAWN } else { LONGEST }
    }

    /// Computes a row of at most [`Tape::longest`] trials: one number for each held input, a column for each
    /// drawn one.
    pub(super) fn evaluate(&mut self, held: &[f64], drawn: &[&[f64]], trials: usize) {
        let length = trials.next_multiple_of(WIDEST);
        if length + GAP > self.stride {
            self.stride = length + GAP;
            // Room to begin on a line of cache.
            self.columns = vec![0.0; self.count * self.stride + LINE - 1];
        }
        let mut changed = if length == self.length { 0 } else { Inputs::MAX };
        self.length = length;
        for (input, (before, now)) in self.held_before.iter_mut().zip(held).enumerate() {
            if before.to_bits() != now.to_bits() {
                *before = *now;
                changed |= bit(input);
            }
        }
        for Held { depends, at, step } in &self.held {
            if depends & changed == 0 {
                continue;
            }
            let of = |at: At| self.values[at];
            self.values[*at] = match *step {
                Step::Constant(value) => value,
                Step::Input(input) => held[input],
                Step::One(operation, [a]) => operation.of(of(a)),
                Step::Two(operation, [a, b]) => operation.of(of(a), of(b)),
                Step::IfLess([a, b, yes, no]) => of(if of(a) < of(b) { yes } else { no }),
            };
        }
        let start = self.start();
        side_by_side(Row { tape: self, start, drawn, changed, trials });
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
        &self.columns[self.start() + column * self.stride..][..self.length]
    }
}

/// The part of a row that is done in registers.
struct Row<'a> {
    tape: &'a mut Tape,
    start: usize,
    drawn: &'a [&'a [f64]],
    changed: Inputs,
    trials: usize,
}

impl LaneWork for Row<'_> {
    #[inline(always)]
    fn work<N: LaneNumber>(self) {
        let Self { tape, start, drawn, mut changed, trials } = self;
        let (length, stride) = (tape.length, tape.stride);
        let columns = &mut tape.columns[start..];
        for &(column, input) in &tape.inputs {
            let before = &mut columns[column * stride..][..trials];
            let moved = before.iter().zip(drawn[input]).fold(0, |any, (a, b)| any | (a.to_bits() ^ b.to_bits()));
            if moved != 0 {
                before.copy_from_slice(&drawn[input][..trials]);
                changed |= bit(tape.held_before.len() + input);
            }
        }
        for &(at, column) in &tape.level {
            columns[column * stride..][..length].fill(tape.values[at]);
        }
        let mut missing = N::constant(0.0);
        // From row to row it is mostly the same inputs that change.
        if tape.changed_before != changed {
            tape.changed_before = changed;
            tape.touched.clear();
            tape.touched.extend(tape.drawn.iter().filter(|step| step.depends & changed != 0));
        }
        for step in &tape.touched {
            step.run::<N>(&tape.values, columns, length, stride);
        }
        if let Some((&fault, outputs)) = tape.results.split_last() {
            // What lies behind the last trial counts for nothing.
            let whole = trials - trials % N::COUNT;
            for codes in columns[fault * stride..][..whole].chunks_exact(N::COUNT) {
                missing = N::constant(0.0).if_less(N::load(codes), N::constant(1.0), missing);
            }
            for &output in outputs {
                for values in columns[output * stride..][..whole].chunks_exact(N::COUNT) {
                    let size = N::load(values).abs();
                    missing = size.if_less(N::constant(f64::INFINITY), missing, N::constant(1.0));
                }
            }
            let mut lanes = [0.0; WIDEST];
            missing.store(&mut lanes[..N::COUNT]);
            let of = |column: usize| &columns[column * stride..][whole..trials];
            tape.all_have_values = lanes.iter().all(|lane| *lane == 0.0)
                && of(fault).iter().all(|code| *code == 0.0)
                && outputs.iter().all(|&output| of(output).iter().all(|value| value.is_finite()));
        }
    }
}

impl Drawn {
    /// Does this step for the first `length` trials, whole registers.
    #[inline(always)]
    fn run<N: LaneNumber>(&self, values: &[f64], columns: &mut [f64], length: usize, stride: usize) {
        // A column is computed from those before it.
        let (before, rest) = columns.split_at_mut(self.column * stride);
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
                let (a, b) = (known.of::<N>(a), known.of::<N>(b));
                match operation {
                    Binary::Add => two(to, a, b, |a: N, b| Binary::Add.of(a, b)),
                    Binary::Sub => two(to, a, b, |a: N, b| Binary::Sub.of(a, b)),
                    Binary::Mul => two(to, a, b, |a: N, b| Binary::Mul.of(a, b)),
                    Binary::Div => two(to, a, b, |a: N, b| Binary::Div.of(a, b)),
                }
            }
            Step::IfLess([a, b, yes, no]) => {
                let (a, b, yes, no) = (known.of::<N>(a), known.of::<N>(b), known.of::<N>(yes), known.of::<N>(no));
                for (i, to) in to.chunks_exact_mut(N::COUNT).enumerate() {
                    a.at(i).if_less(b.at(i), yes.at(i), no.at(i)).store(to);
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
            Source::Column(column) => Operand::Column(&self.columns[column * self.stride..][..self.length]),
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
