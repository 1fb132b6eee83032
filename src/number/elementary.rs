//! Elementary functions of one `f64`, written without branches so that a loop over lanes vectorises.
//!
//! Only IEEE additions, multiplications, divisions and bit operations are used, so the bits are the
//! same on every machine. Error bounds are tested against references computed with 50 digits.

const LN_2_HIGH: f64 = 6.93147180369123816490e-01;
const LN_2_LOW: f64 = 1.90821492927058770002e-10;
/// Adding and subtracting 1.5 * 2^52 rounds to a whole number, which then stands in the low bits.
const ROUND: f64 = 6755399441055744.0;

/// 2^k for a whole k in -1022..=1023, given as `k + ROUND`.
#[inline(always)]
fn power_of_two(rounded: f64) -> f64 {
    f64::from_bits(rounded.to_bits().wrapping_add(1023) << 52)
}

/// x = k ln 2 + r with |r| <= ln 2 / 2: k as `k + ROUND`, r, and r's rounding error.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64, f64) {
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let high = x - k * LN_2_HIGH;
    let low = k * LN_2_LOW;
    let r = high - low;
    (rounded, r, (high - r) - low)
}

/// e^x. The remainder r is in [-0.35, 0.35]; e^r by its series to degree 13, whose next term is below 2^-57.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let clamped = if x < -746.0 { -746.0 } else { x };
    let clamped = if clamped > 710.0 { 710.0 } else { clamped };
    let (rounded, r, error) = reduce(clamped);
    let value = 1.0 + (r + (r * r * exp_tail(r) + error));
    // Two factors, since 2^k alone may be out of range where the result is not.
    let half = ((rounded - ROUND) * 0.5 + ROUND) - ROUND;
    let rest = (rounded - ROUND) - half;
    let scaled = value * power_of_two(half + ROUND) * power_of_two(rest + ROUND);
    if x.is_nan() { x } else { scaled }
}

/// (e^r - 1 - r) / r^2.
#[inline(always)]
fn exp_tail(r: f64) -> f64 {
    let r2 = r * r;
    let r4 = r2 * r2;
    let a = 0.5 + r * (1.0 / 6.0);
    let b = 1.0 / 24.0 + r * (1.0 / 120.0);
    let c = 1.0 / 720.0 + r * (1.0 / 5040.0);
    let d = 1.0 / 40320.0 + r * (1.0 / 362880.0);
    let e = 1.0 / 3628800.0 + r * (1.0 / 39916800.0);
    let f = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0);
    (a + r2 * b) + r4 * ((c + r2 * d) + r4 * (e + r2 * f))
}

/// e^x - 1. Up to |x| = 0.34 its own series, so that nothing cancels; beyond, where e^x is at least
/// 0.29 away from 1, the difference. Within 4 ulp.
#[inline(always)]
pub(super) fn exp_m1(x: f64) -> f64 {
    let far = exp(x) - 1.0;
    if x.abs() < 0.34 { x + x * x * exp_tail(x) } else { far }
}

/// ln x. x = 2^k m with m in [sqrt(1/2), sqrt(2)); ln m by the odd series in s = (m-1)/(m+1) with the
/// minimax coefficients of FreeBSD's `e_log.c` (Sun Microsystems, 1993).
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    // Subnormal numbers are scaled into the normal range first.
    let subnormal = x < f64::MIN_POSITIVE;
    let scaled = if subnormal { x * 18014398509481984.0 } else { x };
    let shift = if subnormal { 54.0 } else { 0.0 };

    let bits = scaled.to_bits();
    // The exponent of the mantissa's nearest power of two: adding 1 - sqrt(1/2) carries into it from sqrt(2) up.
    let biased = bits.wrapping_add(0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd);
    let exponent = biased >> 52;
    let mantissa = (biased & 0x000f_ffff_ffff_ffff).wrapping_add(0x3fe6_a09e_667f_3bcd);
    // A whole number below 2^52 as f64 by bits alone, which vectorises.
    let k = (f64::from_bits(exponent | 0x4330_0000_0000_0000) - 4503599627370496.0) - 1023.0 - shift;
    let f = f64::from_bits(mantissa) - 1.0;

    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    let odd = z
        * (6.666666666666735130e-01
            + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    let half_square = 0.5 * f * f;
    let value = k * LN_2_HIGH - ((half_square - (s * (half_square + (even + odd)) + k * LN_2_LOW)) - f);

    let value = if x > f64::MAX { x } else { value };
    let value = if x < 0.0 { f64::NAN } else { value };
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    if x.is_nan() { x } else { value }
}

/// ln (1 + x): the logarithm of the rounded sum, corrected by the part that rounding lost.
#[inline(always)]
pub(super) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    let lost = x - (sum - 1.0);
    let corrected = ln(sum) + if sum > 0.0 { lost / sum } else { 0.0 };
    let value = if sum > f64::MAX { sum } else { corrected };
    // Below 2^-54 the sum is 1 and the logarithm is x itself; the correction already gives that.
    if x == 0.0 { x } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arguments and values to 50 digits, rounded to f64, from an independent multiple-precision run.
    const EXP: &[(f64, f64)] = &[
        (1.0, std::f64::consts::E),
        (-0.5, 0.6065306597126334),
        (0.3, 1.3498588075760032),
        (10.0, 22026.465794806718),
        (-30.0, 9.357622968840175e-14),
        (700.0, 1.0142320547350045e304),
        (-740.0, 4.2e-322),
    ];

    fn ulps(a: f64, b: f64) -> i64 {
        (a.to_bits().cast_signed() - b.to_bits().cast_signed()).abs()
    }

    #[test]
    fn exp_is_within_one_ulp_of_the_reference() {
        for &(x, want) in EXP {
            assert!(ulps(exp(x), want) <= 1, "exp({x}) = {:e}, want {want:e}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-800.0), 0.0);
        assert_eq!(exp(720.0), f64::INFINITY);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn ln_is_within_one_ulp_of_the_platform_and_inverts_exp() {
        for i in 1..20_000 {
            let x = f64::from(i) * 0.013;
            assert!(ulps(ln(x), x.ln()) <= 1, "ln({x})");
            assert!(ulps(exp(x.min(700.0)), x.min(700.0).exp()) <= 1, "exp({x})");
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert!(ln(-1.0).is_nan());
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert!(ulps(ln(5e-324), (5e-324_f64).ln()) <= 1);
    }

    #[test]
    fn small_arguments_keep_their_accuracy() {
        for i in -2_000..2_000 {
            let x = f64::from(i) * 4.9e-4;
            assert!(ulps(ln_1p(x), x.ln_1p()) <= 4, "ln_1p({x})");
            assert!(ulps(exp_m1(x), x.exp_m1()) <= 4, "exp_m1({x})");
        }
        assert_eq!(exp_m1(1e-20), 1e-20);
        assert_eq!(ln_1p(1e-20), 1e-20);
        assert_eq!(ln_1p(-1.0), f64::NEG_INFINITY);
    }
}
