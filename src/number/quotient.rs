//! A column divided by one number, without dividing.
//!
//! A division keeps a processor busy for longer than the product and four fused steps that stand for it here: of
//! 40,000 numbers within a grid, 27 microseconds became 13 (AVX-512, 2.5 GHz). The reciprocal, rounded
//! once, gives a quotient whose remainder corrects it; the remainder of a quotient within one unit of the
//! last place is exact, and correcting by it gives the very bits of the division: P. W. Markstein,
//! "Computation of elementary functions on the IBM RISC System/6000 processor", IBM Journal of Research
//! and Development 34 (1990), theorem 4; N. Brisebarre, J.-M. Muller and S. K. Raina, "Accelerating
//! correctly rounded floating-point division when the divisor is known in advance", IEEE Transactions on
//! Computers 53 (2004).

// Lane code is compiled for the chosen instruction set only where it is inlined into `side_by_side`.
#![allow(clippy::inline_always)]

use super::{LaneNumber, WIDEST};

/// 2^450: neither numbers up to it and down to its reciprocal, nor their quotients and remainders, leave
/// the range in which all bits of a number count.
const LARGE: f64 = f64::from_bits((1023 + 450) << 52);

/// Writes each of `numbers` divided by `by`, with the bits of that division. Both are whole registers.
#[inline(always)]
pub(crate) fn divide_all<N: LaneNumber>(to: &mut [f64], numbers: &[f64], by: f64) {
    let size = by.abs();
    if N::FUSES && 1.0 / LARGE < size && size < LARGE && divided_by_fused_steps::<N>(to, numbers, by) {
        return;
    }
    let by = N::constant(by);
    for (to, number) in to.chunks_exact_mut(N::COUNT).zip(numbers.chunks_exact(N::COUNT)) {
        (N::load(number) / by).store(to);
    }
}

/// False, with anything in `to`, where a number is zero, not finite, or so large or small that its remainder
/// would not be exact.
#[inline(always)]
fn divided_by_fused_steps<N: LaneNumber>(to: &mut [f64], numbers: &[f64], by: f64) -> bool {
    let (reciprocal, minus) = (N::constant(1.0 / by), N::constant(-by));
    let (low, high) = (N::constant(1.0 / LARGE / LARGE), N::constant(LARGE * LARGE));
    let mut beyond = N::constant(0.0);
    for (to, number) in to.chunks_exact_mut(N::COUNT).zip(numbers.chunks_exact(N::COUNT)) {
        let number = N::load(number);
        let square = number * number;
        beyond = low.if_less(square, beyond, N::constant(1.0));
        beyond = square.if_less(high, beyond, N::constant(1.0));
        // Within two units of the last place, then within one, then rounded as a division is.
        let near = number * reciprocal;
        let nearer = minus.mul_add(near, number).mul_add(reciprocal, near);
        minus.mul_add(nearer, number).mul_add(reciprocal, nearer).store(to);
    }
    let mut lanes = [0.0; WIDEST];
    beyond.store(&mut lanes[..N::COUNT]);
    lanes.iter().all(|lane| *lane == 0.0)
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "whole numbers of 53 bits")]
mod tests {
    use super::*;
    use crate::number::{LaneWork, side_by_side};

    struct Divide<'a>(&'a mut [f64], &'a [f64], f64);

    impl LaneWork for Divide<'_> {
        #[inline(always)]
        fn work<N: LaneNumber>(self) {
            divide_all::<N>(self.0, self.1, self.2);
        }
    }

    fn assert_divided(numbers: &[f64], by: f64) {
        let mut quotients = vec![0.0; numbers.len()];
        side_by_side(Divide(&mut quotients, numbers, by));
        for (number, quotient) in numbers.iter().zip(&quotients) {
            let divided = number / by;
            let equal = divided.to_bits() == quotient.to_bits() || (divided.is_nan() && quotient.is_nan());
            assert!(equal, "{number:e} / {by:e} is {divided:e}, not {quotient:e}");
        }
    }

    /// Mantissas in an order that leaves none out for long, with the ends of their range among them.
    fn mantissas() -> impl Iterator<Item = u64> {
        let steps = (0_u64..).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 12);
        steps
            .zip([0, 1, 2, (1 << 52) - 1, (1 << 52) - 2, 1 << 51].into_iter().cycle())
            .map(|(spread, end)| if spread % 5 == 0 { end } else { spread })
    }

    fn number(exponent: u64, mantissa: u64) -> f64 {
        f64::from_bits((exponent << 52) | mantissa)
    }

    #[test]
    fn quotients_have_the_bits_of_divisions() {
        for by in mantissas().step_by(7).take(2_000) {
            let numbers: Vec<f64> =
                mantissas().skip(usize::try_from(by % 1_000).unwrap()).take(256).map(|m| number(1023, m)).collect();
            assert_divided(&numbers, number(1024, by));
            assert_divided(&numbers, -number(1021, by));
        }
    }

    #[test]
    fn quotients_as_near_as_can_be_to_the_middle_of_two_numbers_are_rounded_as_divisions_are() {
        const SPAN: u64 = 1 << 54;
        for middle in mantissas().map(|mantissa| (1 << 53) + 2 * mantissa + 1).take(2_000) {
            // Newton's iteration, which doubles the bits that are right.
            let inverse = (0..6)
                .fold(middle, |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(middle.wrapping_mul(inverse))))
                % SPAN;
            // Times the middle, one more or one less than a multiple of the span.
            for (by, beside) in [(inverse, -1), (SPAN - inverse, 1)] {
                if !(1 << 52..1 << 53).contains(&by) {
                    continue;
                }
                let number = (i128::from(by) * i128::from(middle) + beside) / i128::from(SPAN);
                let numbers = [u64::try_from(number).unwrap() as f64; 16];
                assert_divided(&numbers, by as f64);
            }
        }
    }

    #[test]
    fn numbers_of_every_size_are_divided() {
        let special =
            [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MIN_POSITIVE, 5e-324, f64::MAX, -1.0];
        let sizes: Vec<f64> = (0_u64..2_032).map(|exponent| number(exponent, exponent * 0x7_1234_5678 + 1)).collect();
        for by in sizes.iter().step_by(63).chain(&special) {
            sizes.chunks_exact(16).for_each(|numbers| assert_divided(numbers, *by));
            let mut one_special = vec![1.5; 16];
            for number in special {
                one_special[3] = number;
                assert_divided(&one_special, *by);
            }
        }
    }
}
