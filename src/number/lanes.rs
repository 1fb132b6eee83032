//! Eight trials side by side, and the one place where the instruction set is picked.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::{Number, elementary};

/// Trials in one [`Lanes`]: one AVX-512 register, two of AVX2, four of SSE2.
pub const LANES: usize = 8;

/// One number of eight trials.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes(pub [f64; LANES]);

/// Runs `work` with the widest instruction set of this machine.
///
/// Whatever is inlined into `work` is compiled for that set; results are the same bits on each,
/// since no operation is fused or reordered.
#[inline]
pub fn dispatch<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> pulp::NullaryFnOnce for Work<F> {
        type Output = R;
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    pulp::Arch::new().dispatch(Work(work))
}

impl Lanes {
    /// The first eight numbers of `values`, which has at least eight.
    #[must_use]
    #[inline(always)]
    pub fn load(values: &[f64]) -> Self {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&values[..LANES]);
        Self(lanes)
    }

    /// Writes the lanes to the first eight places of `target`, which has at least eight.
    #[inline(always)]
    pub fn store(self, target: &mut [f64]) {
        target[..LANES].copy_from_slice(&self.0);
    }

    #[inline(always)]
    fn each(self, f: impl Fn(f64) -> f64) -> Self {
        let mut lanes = self.0;
        for lane in &mut lanes {
            *lane = f(*lane);
        }
        Self(lanes)
    }

    #[inline(always)]
    fn pairs(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let mut lanes = self.0;
        for (lane, other) in lanes.iter_mut().zip(other.0) {
            *lane = f(*lane, other);
        }
        Self(lanes)
    }
}

macro_rules! lane_operators {
    ($($operator:ident $method:ident $symbol:tt),*) => {$(
        impl $operator for Lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.pairs(other, |a, b| a $symbol b)
            }
        }
        impl $operator<f64> for Lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                self.each(|a| a $symbol other)
            }
        }
    )*};
}
lane_operators!(Add add +, Sub sub -, Mul mul *, Div div /);

impl Neg for Lanes {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.each(|a| -a)
    }
}

impl Number for Lanes {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self([value; LANES])
    }
    #[inline(always)]
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
        let mut lanes = no.0;
        #[expect(clippy::needless_range_loop, reason = "four arrays in step")]
        for i in 0..LANES {
            lanes[i] = if self.0[i] < other.0[i] { yes.0[i] } else { no.0[i] };
        }
        Self(lanes)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        self.each(f64::sqrt)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        self.each(elementary::exp)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.each(elementary::ln)
    }
    #[inline(always)]
    fn exp_m1(self) -> Self {
        self.each(elementary::exp_m1)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        self.each(elementary::ln_1p)
    }
}
