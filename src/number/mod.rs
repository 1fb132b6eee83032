//! The number types a formula runs on: `f64` values a company, lanes value as many trials at once as
//! a register holds, [`Dual`] carries an exact derivative along, `Traced` writes down the steps.
//!
//! A formula is a function over [`Number`] with no branch on its values: where it must choose, it
//! computes both sides and selects. All types do the same IEEE operations in the same order,
//! so a trial has the same bits as the headline valuation. Elementary functions are our own
//! (`elementary`), because the platform's differ between machines.
//!
//! Why not an existing crate: `num-traits` and `simba` know no lane-wise selection, and `wide` picks
//! the instruction set at compile time, which costs a plain x86-64 wheel half of its speed. Lanes are
//! the registers of `pulp`, which asks the machine what it has and compiles for each.

// Lane code is compiled for the chosen instruction set only where it is inlined into `dispatch`.
#![allow(clippy::inline_always)]

mod dual;
mod elementary;
mod lanes;
mod quotient;
mod traced;

use std::ops::{Add, Div, Mul, Neg, Sub};

pub use dual::Dual;
pub use lanes::dispatch;
pub(crate) use lanes::{LaneNumber, LaneWork, WIDEST, side_by_side};
pub(crate) use quotient::divide_all;
pub(crate) use traced::{At, Binary, Record, Step, Traced, Unary, record};

/// A number a formula can be computed in.
///
/// Comparisons are selections: there is no way to ask for the value, hence no way to write a
/// formula that works for one number type only.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
    + Send
    + Sync
    + 'static
{
    /// The number `value`, without any uncertainty or derivative.
    fn constant(value: f64) -> Self;

    /// `yes` where `self < other`, else `no`; `no` where either is NaN.
    #[must_use]
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self;

    /// The square root.
    #[must_use]
    fn sqrt(self) -> Self;

    /// e to the power of `self`, within 1 ulp; 0 below -745.2, infinite above 709.8.
    #[must_use]
    fn exp(self) -> Self;

    /// The natural logarithm, within 1 ulp; NaN below 0, minus infinity at 0.
    #[must_use]
    fn ln(self) -> Self;

    /// e to the power of `self`, less 1, accurate near 0.
    #[must_use]
    fn exp_m1(self) -> Self;

    /// The natural logarithm of `self` + 1, accurate near 0.
    #[must_use]
    fn ln_1p(self) -> Self;

    /// The larger of the two; NaN if `self` is NaN.
    #[must_use]
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.if_less(other, other, self)
    }

    /// The smaller of the two; NaN if `other` is NaN.
    #[must_use]
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.if_less(other, self, other)
    }

    /// The absolute value.
    #[must_use]
    #[inline(always)]
    fn abs(self) -> Self {
        self.if_less(Self::constant(0.0), -self, self)
    }

    /// `self` to the power of `exponent`, for `self` > 0: exp(exponent ln self).
    #[must_use]
    #[inline(always)]
    fn pow(self, exponent: Self) -> Self {
        (self.ln() * exponent).exp()
    }
}

impl Number for f64 {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
        if self < other { yes } else { no }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        elementary::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        elementary::ln(self)
    }
    #[inline(always)]
    fn exp_m1(self) -> Self {
        elementary::exp_m1(self)
    }
    #[inline(always)]
    fn ln_1p(self) -> Self {
        elementary::ln_1p(self)
    }
}
