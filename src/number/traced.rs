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

thread_local! {
    // A formula hands its numbers around by value, so they cannot hold the record themselves.
    static RECORD: RefCell<Record> = RefCell::default();
}

/// A number of a run that is written down.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Traced {
    Known(f64),
    Step(At),
}

/// Writes down how `formula` computes its results from so many unknown numbers.
pub(crate) fn record(inputs: usize, formula: impl FnOnce(&[Traced]) -> Vec<Traced>) -> Record {
    let fresh = Record { steps: (0..inputs).map(Step::Input).collect(), ..Record::default() };
    let before = RECORD.replace(fresh);
    let unknown: Vec<_> = (0..inputs).map(Traced::Step).collect();
    let results = formula(&unknown).into_iter().map(|result| RECORD.with_borrow_mut(|record| record.at(result)));
    let results = results.collect();
    Record { results, ..RECORD.replace(before) }
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

    /// How far back an operation is looked for before it is done again.
    const REMEMBERED: usize = 16;

    fn at(&mut self, number: Traced) -> At {
        match number {
            Traced::Step(at) => at,
            Traced::Known(value) => {
                // Numbers of the same bits only: 0 and -0 are two.
                let same = |step: &Step| matches!(step, Step::Constant(known) if known.to_bits() == value.to_bits());
                self.steps.iter().position(same).unwrap_or_else(|| self.push(Step::Constant(value)))
            }
        }
    }

    fn push(&mut self, step: Step) -> At {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn operation(&mut self, step: Step) -> Traced {
        let recent = self.steps.len().saturating_sub(Self::REMEMBERED);
        let known = self.steps[recent..].iter().position(|known| *known == step).map(|back| recent + back);
        Traced::Step(known.unwrap_or_else(|| self.push(step)))
    }
}

// Never inlined: a formula of a thousand operations would hold a thousand copies.
impl Traced {
    #[inline(never)]
    fn one(self, operation: Unary) -> Self {
        RECORD.with_borrow_mut(|record| {
            record.asked += 1;
            match self {
                Traced::Known(value) => Traced::Known(operation.of(value)),
                Traced::Step(at) => record.operation(Step::One(operation, [at])),
            }
        })
    }

    #[inline(never)]
    fn two(self, operation: Binary, other: Self) -> Self {
        RECORD.with_borrow_mut(|record| {
            record.asked += 1;
            if let (Traced::Known(a), Traced::Known(b)) = (self, other) {
                return Traced::Known(operation.of(a, b));
            }
            let operands = [record.at(self), record.at(other)];
            record.operation(Step::Two(operation, operands))
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
                self.two(Binary::$operator, Traced::Known(other))
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
    fn constant(value: f64) -> Self {
        Traced::Known(value)
    }

    #[inline(never)]
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
        RECORD.with_borrow_mut(|record| {
            record.asked += 1;
            if let (Traced::Known(a), Traced::Known(b)) = (self, other) {
                return if a < b { yes } else { no };
            }
            let operands = [self, other, yes, no].map(|number| record.at(number));
            record.operation(Step::IfLess(operands))
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
        let known = Traced::constant(3.0);
        let record = record(1, |x| vec![(known * known - 1.0).sqrt() * x[0], (known / 2.0).exp()]);
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
