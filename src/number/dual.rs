//! A number with its derivative, for exact sensitivities (forward-mode automatic differentiation).

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Number;

/// A value and its derivative with respect to one chosen input.
///
/// The value has the same bits as the plain `f64` computation. At a kink (a maximum, a floor) the
/// derivative is that of the side the value is on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// The value.
    pub value: f64,
    /// Its derivative.
    pub derivative: f64,
}

impl Dual {
    /// The input that is differentiated by.
    #[must_use]
    pub fn variable(value: f64) -> Self {
        Self { value, derivative: 1.0 }
    }
}

impl Add for Dual {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, derivative: self.derivative + other.derivative }
    }
}

impl Sub for Dual {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, derivative: self.derivative - other.derivative }
    }
}

impl Mul for Dual {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            derivative: self.derivative * other.value + self.value * other.derivative,
        }
    }
}

impl Div for Dual {
    type Output = Self;
    #[inline]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self { value, derivative: (self.derivative - value * other.derivative) / other.value }
    }
}

impl Neg for Dual {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self { value: -self.value, derivative: -self.derivative }
    }
}

macro_rules! with_plain_number {
    ($($operator:ident $method:ident $symbol:tt),*) => {$(
        impl $operator<f64> for Dual {
            type Output = Self;
            #[inline]
            fn $method(self, other: f64) -> Self {
                self $symbol Self::constant(other)
            }
        }
    )*};
}
with_plain_number!(Add add +, Sub sub -, Mul mul *, Div div /);

impl Number for Dual {
    fn constant(value: f64) -> Self {
        Self { value, derivative: 0.0 }
    }
    fn if_less(self, other: Self, yes: Self, no: Self) -> Self {
        if self.value < other.value { yes } else { no }
    }
    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        Self { value, derivative: self.derivative / (2.0 * value) }
    }
    fn exp(self) -> Self {
        let value = Number::exp(self.value);
        Self { value, derivative: self.derivative * value }
    }
    fn ln(self) -> Self {
        Self { value: Number::ln(self.value), derivative: self.derivative / self.value }
    }
    fn exp_m1(self) -> Self {
        Self { value: Number::exp_m1(self.value), derivative: self.derivative * Number::exp(self.value) }
    }
    fn ln_1p(self) -> Self {
        Self { value: Number::ln_1p(self.value), derivative: self.derivative / (1.0 + self.value) }
    }
}
