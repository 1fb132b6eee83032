//! A number that writes down how it is computed.
//!
//! A formula never branches on a value, so the steps of one run are the steps of every run. What follows
//! from known numbers alone is computed at once, with the operations that every other number type uses,
//! and leaves no step: what remains is what the unknown numbers touch.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Number;

/// The position of a step in its record; its operands stand before it.
pub(crate) type At = usize;

/// One step, over operands of the kind `A`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step<A = At> {
    /// A number known when the record was made.
    Constant(f64),
    /// The unknown number of this position.
    Input(usize),
    One(Unary, [A; 1]),
    Two(Binary, [A; 2]),
    /// The third where the first is less than the second, else the fourth.
    IfLess([A; 4]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Neg,
    Sqrt,
    Exp,
    Ln,
    ExpM1,
    Ln1p,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
}

impl Unary {
    #[inline(always)]
    pub(crate) fn of<N: Number>(self, a: N) -> N {
        match self {
            Unary::Neg => -a,
            Unary::Sqrt => a.sqrt(),
            Unary::Exp => a.exp(),
            Unary::Ln => a.ln(),
            Unary::ExpM1 => a.exp_m1(),
            Unary::Ln1p => a.ln_1p(),
        }
    }
}

impl Binary {
    #[inline(always)]
    pub(crate) fn of<N: Number>(self, a: N, b: N) -> N {
        match self {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
        }
    }
}

impl<A: Copy> Step<A> {
    /// What this step works on.
    pub(crate) fn operands(&self) -> &[A] {
        match self {
            Step::Constant(_) | Step::Input(_) => &[],
            Step::One(_, operands) => operands,
            Step::Two(_, operands) => operands,
            Step::IfLess(operands) => operands,
        }
    }

    /// The same step over other operands.
    pub(crate) fn map<B>(self, other: impl Fn(A) -> B) -> Step<B> {
        match self {
            Step::Constant(value) => Step::Constant(value),
            Step::Input(input) => Step::Input(input),
            Step::One(operation, operands) => Step::One(operation, operands.map(other)),
            Step::Two(operation, operands) => Step::Two(operation, operands.map(other)),
            Step::IfLess(operands) => Step::IfLess(operands.map(other)),
        }
    }
}

/// The steps that lead from unknown numbers to results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) steps: Vec<Step>,
    /// Where the results stand.
    pub(crate) results: Vec<At>,
    /// Operations that were asked for, those among known numbers too.
    pub(crate) asked: usize,
}

/// A record being made.
#[derive(Debug, Default)]
struct Notes {
    record: Record,
    /// The known numbers met so far.
    known: Vec<f64>,
}

thread_local! {
    // A formula hands its numbers around by value, so they cannot hold the notes themselves.
    static NOTES: RefCell<Notes> = RefCell::default();
}

/// A number of a run that is written down: where the notes have it. One short word, since the code of a
/// formula moves thousands of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traced(u32);

/// Set for the position of a known number, not for that of a step.
const KNOWN: u32 = 1 << 31;

/// What a number is.
#[derive(Clone, Copy)]
enum Noted {
    Known(f64),
    Step(At),
}

/// Writes down how `formula` computes its results from so many unknown numbers. All its numbers are made
/// inside the call.
pub(crate) fn record(inputs: usize, formula: impl FnOnce(&[Traced]) -> Vec<Traced>) -> Record {
    let record = Record { steps: (0..inputs).map(Step::Input).collect(), ..Record::default() };
    let before = NOTES.replace(Notes { record, known: Vec::new() });
    let unknown: Vec<_> = (0..inputs).map(Notes::step).collect();
    let results = formula(&unknown);
    let mut notes = NOTES.replace(before);
    let results = results.into_iter().map(|result| notes.at(result)).collect();
    Record { results, ..notes.record }
}

impl Notes {
    fn step(at: At) -> Traced {
        Traced(short(at))
    }

    fn know(&mut self, value: f64) -> Traced {
        self.known.push(value);
        Traced(KNOWN | short(self.known.len() - 1))
    }

    fn of(&self, Traced(number): Traced) -> Noted {
        let position = (number & !KNOWN) as usize;
        if number & KNOWN == 0 { Noted::Step(position) } else { Noted::Known(self.known[position]) }
    }

    /// The step that gives this number.
    fn at(&mut self, number: Traced) -> At {
        match self.of(number) {
            Noted::Step(at) => at,
            Noted::Known(value) => self.record.constant(value),
        }
    }

    fn one(&mut self, operation: Unary, a: Traced) -> Traced {
        self.record.asked += 1;
        match self.of(a) {
            Noted::Known(value) => self.know(operation.of(value)),
            Noted::Step(at) => Self::step(self.record.operation(Step::One(operation, [at]))),
        }
    }

    fn two(&mut self, operation: Binary, a: Traced, b: Traced) -> Traced {
        self.record.asked += 1;
        if let (Noted::Known(a), Noted::Known(b)) = (self.of(a), self.of(b)) {
            return self.know(operation.of(a, b));
        }
        let operands = [self.at(a), self.at(b)];
        Self::step(self.record.operation(Step::Two(operation, operands)))
    }
}

/// Positions are few enough: a formula has thousands of steps.
fn short(position: usize) -> u32 {
    u32::try_from(position).ok().filter(|position| position & KNOWN == 0).expect("a record has fewer than 2^31 steps")
}

impl Record {
    /// The results for unknown numbers of any type.
    pub(crate) fn replay<N: Number>(&self, inputs: &[N]) -> Vec<N> {
        let mut values: Vec<N> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            values.push(match step.map(|at| values[at]) {
                Step::Constant(value) => N::constant(value),
                Step::Input(input) => inputs[input],
                Step::One(operation, [a]) => operation.of(a),
                Step::Two(operation, [a, b]) => operation.of(a, b),
                Step::IfLess([a, b, yes, no]) => a.if_less(b, yes, no),
            });
        }
        self.results.iter().map(|&at| values[at]).collect()
    }

    /// For each step, whether a result needs it.
    pub(crate) fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.steps.len()];
        for &result in &self.results {
            needed[result] = true;
        }
        for (at, step) in self.steps.iter().enumerate().rev() {
            if needed[at] {
                for &operand in step.operands() {
                    needed[operand] = true;
                }
            }
        }
        needed
    }

    /// How far back an operation is looked for before it is done again.
    const REMEMBERED: usize = 16;

    /// Numbers of the same bits are one constant: 0 and -0 are two.
    fn constant(&mut self, value: f64) -> At {
        let same = |step: &Step| matches!(step, Step::Constant(known) if known.to_bits() == value.to_bits());
        self.steps.iter().position(same).unwrap_or_else(|| self.push(Step::Constant(value)))
    }

    fn push(&mut self, step: Step) -> At {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn operation(&mut self, step: Step) -> At {
        let recent = self.steps.len().saturating_sub(Self::REMEMBERED);
        let known = self.steps[recent..].iter().position(|known| *known == step).map(|back| recent + back);
        known.unwrap_or_else(|| self.push(step))
    }
}

// Never inlined: a formula of a thousand operations would hold a thousand copies.
impl Traced {
    #[inline(never)]
    fn one(self, operation: Unary) -> Self {
        NOTES.with_borrow_mut(|notes| notes.one(operation, self))
    }

    #[inline(never)]
    fn two(self, operation: Binary, other: Self) -> Self {
        NOTES.with_borrow_mut(|notes| notes.two(operation, self, other))
    }

    #[inline(never)]
    fn with(self, operation: Binary, other: f64) -> Self {
        NOTES.with_borrow_mut(|notes| {
            let other = notes.know(other);
            notes.two(operation, self, other)
        })
    }
}

macro_rules! traced_operators {
    ($($operator:ident $method:ident),*) => {$(
        impl $operator for Traced {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                self.two(Binary::$operator, other)
            }
        }
        impl $operator<f64> for Traced {
            type Output = Self;
            fn $method(self, other: f64) -> Self {
                self.with(Binary::$operator, other)
            }
        }
    )*};
}
traced_operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Traced {
    type Output = Self;
    fn neg(self) -> Self {
        self.one(Unary::Neg)
    }
}

impl Number for Traced {
    #[inline(never)]
    fn constant(value: f64) -> Self {
        NOTES.with_borrow_mut(|notes| notes.know(value))
    }

    #[inline(never)]
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
        NOTES.with_borrow_mut(|notes| {
            notes.record.asked += 1;
            if let (Noted::Known(a), Noted::Known(b)) = (notes.of(self), notes.of(other)) {
                return if a < b { yes } else { no };
            }
            let operands = [self, other, yes, no].map(|number| notes.at(number));
            Notes::step(notes.record.operation(Step::IfLess(operands)))
        })
    }

    fn sqrt(self) -> Self {
        self.one(Unary::Sqrt)
    }

    fn exp(self) -> Self {
        self.one(Unary::Exp)
    }

    fn ln(self) -> Self {
        self.one(Unary::Ln)
    }

    fn exp_m1(self) -> Self {
        self.one(Unary::ExpM1)
    }

    fn ln_1p(self) -> Self {
        self.one(Unary::Ln1p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_known_numbers_lead_to_leaves_no_step() {
        let record = record(1, |x| {
            let known = Traced::constant(3.0);
            vec![(known * known - 1.0).sqrt() * x[0], (known / 2.0).exp()]
        });
        let steps =
            [Step::Input(0), Step::Constant(8_f64.sqrt()), Step::Two(Binary::Mul, [1, 0]), Step::Constant(1.5.exp())];
        assert_eq!(record.steps, steps);
        assert_eq!((record.results, record.asked), (vec![2, 3], 6));
    }

    #[test]
    fn an_operation_asked_for_twice_is_one_step_and_zeros_of_two_signs_are_two_numbers() {
        let record = record(1, |x| vec![x[0] + 1.0, x[0] + 1.0, x[0] * 0.0, x[0] * -0.0]);
        assert_eq!(record.results[0], record.results[1]);
        assert_ne!(record.results[2], record.results[3]);
    }

    #[test]
    fn a_step_is_needed_where_a_result_follows_from_it() {
        let record = record(3, |x| {
            let idle = x[2] * x[0];
            vec![x[0] + 1.0, Traced::constant(1.0).if_less(Traced::constant(2.0), x[1], idle)]
        });
        assert_eq!(record.needed()[..3], [true, true, false]);
    }

    #[test]
    fn a_record_made_while_another_is_made_leaves_it_alone() {
        let outer = record(2, |x| {
            let sum = x[0] + x[1];
            let inner = record(1, |y| vec![-y[0]]);
            assert_eq!(inner.steps, [Step::Input(0), Step::One(Unary::Neg, [0])]);
            vec![sum * x[1]]
        });
        assert_eq!(outer.steps[2..], [Step::Two(Binary::Add, [0, 1]), Step::Two(Binary::Mul, [2, 1])]);
    }
}
