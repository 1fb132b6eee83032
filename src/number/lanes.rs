//! Trials side by side in one register, and the one place where the instruction set is picked.
//!
//! The only unsafe code of this crate is here, in one line. An array of eight `f64` that the compiler
//! is left to vectorise was tried first: it packed the ten-year DCF into pieces of unequal width and
//! took 22 ns a trial, where registers taken by name take less than half (`benches/simulation.rs`).
#![allow(unsafe_code)]

use std::ops::{Add, Div, Mul, Neg, Sub};

use pulp::{Arch, NullaryFnOnce, Simd, WithSimd, bytemuck};

use super::{Number, elementary};

/// Runs `work` with the widest instruction set of this machine.
///
/// Whatever is inlined into `work` is compiled for that set; results are the same bits on each, since no
/// operation is reordered, and none is fused but where `mul_add` says so, which rounds once everywhere.
#[inline]
pub fn dispatch<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> NullaryFnOnce for Work<F> {
        type Output = R;
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Work(work))
}

/// A [`Number`] of several trials.
pub(crate) trait LaneNumber: Number {
    /// Trials in one number.
    const COUNT: usize;

    /// Whether a [`LaneNumber::mul_add`] costs no more than a product.
    const FUSES: bool;

    /// The first numbers of `values`; what is missing at the end of a column is 0.
    fn load(values: &[f64]) -> Self;

    /// Writes the lanes to the first places of `target`, as many as it has.
    fn store(self, target: &mut [f64]);

    /// `self` times `factor` plus `addend`, rounded once.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
}

/// One trial alone, for work that is not worth a register.
impl LaneNumber for f64 {
    const COUNT: usize = 1;
    const FUSES: bool = false;

    #[inline(always)]
    fn load(values: &[f64]) -> Self {
        values.first().copied().unwrap_or(0.0)
    }

    #[inline(always)]
    fn store(self, target: &mut [f64]) {
        if let Some(first) = target.first_mut() {
            *first = self;
        }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        f64::mul_add(self, factor, addend)
    }
}

/// Work over trials side by side. `work` must be `#[inline(always)]` all the way down.
pub(crate) trait LaneWork {
    fn work<N: LaneNumber>(self);
}

/// Runs `work` in the widest registers of this machine.
#[inline]
pub(crate) fn side_by_side(work: impl LaneWork) {
    struct Work<W>(W);
    impl<W: LaneWork> WithSimd for Work<W> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            self.0.work::<Lanes<S>>();
        }
    }
    Arch::new().dispatch(Work(work));
}

/// Registers worked on together: while one waits for its last result the other goes on, and what is asked
/// of the plan is asked half as often.
const REGISTERS: usize = 2;

/// The most lanes that a number has, on any machine.
pub(crate) const WIDEST: usize = 8 * REGISTERS;

/// As many trials as two registers of the instruction set `S` hold.
///
/// Private, so that there is one only inside [`side_by_side`], on a machine that has `S`. Aligned to a
/// line of cache, or half of all loads and stores would touch two.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Lanes<S: Simd>([S::f64s; REGISTERS]);

impl<S: Simd> Lanes<S> {
    /// The leave to use the instructions of `S`, which holds no data.
    #[inline(always)]
    fn simd() -> S {
        const { assert!(size_of::<S>() == 0, "an instruction set is no value") };
        // SAFETY: `S` is of size 0, so a copy of no bytes is every value of it. What a value of `S`
        // vouches for, that this machine has its instructions, holds wherever a `Lanes<S>` is:
        // `side_by_side` alone makes them, with a value of `S` that `pulp` made after asking the CPU.
        unsafe { std::mem::transmute_copy::<(), S>(&()) }
    }
}

impl<S: Simd> LaneNumber for Lanes<S> {
    const COUNT: usize = REGISTERS * S::F64_LANES;
    const FUSES: bool = S::F64_LANES > 1;

    #[inline(always)]
    fn load(values: &[f64]) -> Self {
        let (whole, rest) = S::as_simd_f64s(values);
        let simd = Self::simd();
        match whole {
            [first, second, ..] => Self([*first, *second]),
            [first] => Self([*first, simd.partial_load_f64s(rest)]),
            [] => Self([simd.partial_load_f64s(rest), simd.partial_load_f64s(&[])]),
        }
    }

    #[inline(always)]
    fn store(self, target: &mut [f64]) {
        let (whole, rest) = S::as_mut_simd_f64s(target);
        if let Some(registers) = whole.first_chunk_mut() {
            *registers = self.0;
        } else {
            let (full, cut) = self.0.split_at(whole.len());
            whole.copy_from_slice(full);
            Self::simd().partial_store_f64s(rest, cut[0]);
        }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        let (simd, [a, b], [c, d], [e, f]) = (Self::simd(), self.0, factor.0, addend.0);
        Self([simd.mul_add_f64s(a, c, e), simd.mul_add_f64s(b, d, f)])
    }
}

// No closures and no iterators from here on: those that are left out of line are compiled for the plainest
// instruction set, and a formula runs half as fast.
macro_rules! lane_operators {
    ($($operator:ident $method:ident $instruction:ident),*) => {$(
        impl<S: Simd> $operator for Lanes<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let (simd, [a, b], [c, d]) = (Self::simd(), self.0, other.0);
                Self([simd.$instruction(a, c), simd.$instruction(b, d)])
            }
        }
        impl<S: Simd> $operator<f64> for Lanes<S> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                let (simd, [a, b]) = (Self::simd(), self.0);
                let other = simd.splat_f64s(other);
                Self([simd.$instruction(a, other), simd.$instruction(b, other)])
            }
        }
    )*};
}
lane_operators!(Add add add_f64s, Sub sub sub_f64s, Mul mul mul_f64s, Div div div_f64s);

macro_rules! lane_functions {
    ($($function:ident),*) => {$(
        #[inline(always)]
        fn $function(mut self) -> Self {
            for lane in bytemuck::cast_slice_mut::<S::f64s, f64>(&mut self.0) {
                *lane = elementary::$function(*lane);
            }
            self
        }
    )*};
}

impl<S: Simd> Neg for Lanes<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        let (simd, [a, b]) = (Self::simd(), self.0);
        Self([simd.neg_f64s(a), simd.neg_f64s(b)])
    }
}

impl<S: Simd> Number for Lanes<S> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self([Self::simd().splat_f64s(value); REGISTERS])
    }
    #[inline(always)]
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
        let (simd, [a, b], [c, d]) = (Self::simd(), self.0, other.0);
        let (first, second) = (simd.less_than_f64s(a, c), simd.less_than_f64s(b, d));
        Self([simd.select_f64s(first, yes.0[0], no.0[0]), simd.select_f64s(second, yes.0[1], no.0[1])])
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        let (simd, [a, b]) = (Self::simd(), self.0);
        Self([simd.sqrt_f64s(a), simd.sqrt_f64s(b)])
    }
    lane_functions!(exp, ln, exp_m1, ln_1p);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation, on a column that is no multiple of a register, with every special value.
    fn all_operations<N: Number>(a: N, b: N) -> [N; 16] {
        [
            a + b,
            a - b,
            a * b,
            a / b,
            a + 1.5,
            a - 1.5,
            a * 1.5,
            a / 1.5,
            -a,
            a.if_less(b, a, b),
            a.abs().sqrt(),
            a.exp(),
            a.abs().ln(),
            a.exp_m1(),
            a.abs().ln_1p(),
            a.max(b).min(N::constant(2.0)),
        ]
    }

    struct Columns<'a>(&'a [f64], &'a [f64], &'a mut [Vec<f64>]);

    impl LaneWork for Columns<'_> {
        #[inline(always)]
        fn work<N: LaneNumber>(self) {
            for start in (0..self.0.len()).step_by(N::COUNT) {
                let results = all_operations(N::load(&self.0[start..]), N::load(&self.1[start..]));
                for (column, result) in self.2.iter_mut().zip(results) {
                    result.store(&mut column[start..]);
                }
            }
        }
    }

    /// Runs the work on one instruction set, if this machine has it.
    fn on<S: Simd>(simd: Option<S>, work: Columns<'_>) -> bool {
        struct Work<'a>(Columns<'a>);
        impl WithSimd for Work<'_> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                self.0.work::<Lanes<S>>();
            }
        }
        simd.is_some_and(|simd| {
            simd.vectorize(Work(work));
            true
        })
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_single_numbers() {
        let special = [0.0, -0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-310, 1e300, -745.0, 709.9];
        let pairs = special.iter().flat_map(|&a| special.iter().map(move |&b| (a, b)));
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.chain((0..100).map(|i| (f64::from(i) * 0.37 - 9.0, 1.7))).unzip();
        assert_ne!(a.len() % 8, 0);
        let mut want = vec![vec![0.0; a.len()]; 16];
        for i in 0..a.len() {
            for (column, result) in want.iter_mut().zip(all_operations(a[i], b[i])) {
                column[i] = result;
            }
        }
        let bits = |columns: &[Vec<f64>]| -> Vec<u64> {
            // The payload of a NaN is not promised; that it is one is.
            columns.iter().flatten().map(|value| if value.is_nan() { f64::NAN } else { *value }.to_bits()).collect()
        };
        let check = |name: &str, run: &dyn Fn(Columns<'_>) -> bool| {
            let mut columns = vec![vec![0.0; a.len()]; 16];
            if run(Columns(&a, &b, &mut columns)) {
                assert!(bits(&columns) == bits(&want), "{name} differs");
            }
        };
        check("no registers", &|work| on(Some(pulp::Scalar::new()), work));
        #[cfg(target_arch = "x86_64")]
        {
            check("AVX2", &|work| on(pulp::x86::V3::try_new(), work));
            check("AVX-512", &|work| on(pulp::x86::V4::try_new(), work));
        }
        check("the widest", &|work| {
            side_by_side(work);
            true
        });
    }
}
