//! The normal distribution over columns: its inverse in the manner of Wichura's AS 241 (Applied
//! Statistics 37, 1988, PPND16), and its tail by a series of ours.
//!
//! The tails of the inverse are AS 241's. Its centre is ours and reaches further out (94 % of all
//! probabilities instead of 85), since a tail costs a logarithm and a root
//! (`tests/golden/normal_score.py` computes it).
//!
//! Probabilities are held by their nearer end, so that both tails keep their relative accuracy:
//! -p for a probability p below, +p for a probability p above.

use super::TILE;
use crate::number::{Number, dispatch};

/// Below this tail probability the tail approximation is used; it holds up to 0.075.
const TAIL: f64 = 0.03;
/// e^-25: below it the far tail approximation holds.
const FAR_TAIL: f64 = 1.388794386496402e-11;

/// By Horner's rule in fused steps. A fused step rounds once, on every machine: one without the
/// instruction computes it at length, so bits do not differ.
macro_rules! polynomial {
    ($x:expr; $last:literal $(, $coefficient:literal)*) => {{
        let x: f64 = $x;
        let value: f64 = $last;
        $( let value = value.mul_add(x, $coefficient); )*
        value
    }};
}

/// The score of a probability 1/2 + q with |q| <= 0.47: q times a rational function of q^2, within
/// 5e-17 of the true one.
#[inline(always)]
fn central(q: f64) -> f64 {
    let r = (-q).mul_add(q, 0.2209);
    let numerator = polynomial!(r; 3425889.1825682, 51450944.19420978, 113844344.39928378, 84132948.34682876,
        27349712.251278173, 4460239.800645078, 388190.5753393593, 18174.480847619554, 429.39708844103325,
        4.0016885279813845);
    let denominator = polynomial!(r; 7517422.599979493, 45690277.93499019, 67515895.44144197, 38793990.24519726,
        10569381.127757013, 1510951.5122625644, 118747.20778813162, 5125.7445965663155, 113.35344037593025, 1.0);
    q * (numerator / denominator)
}

/// The score above which lies `probability`, from e^-25 up to 0.075.
#[inline(always)]
fn near_tail(probability: f64) -> f64 {
    let r = (-Number::ln(probability)).sqrt() - 1.6;
    let numerator = polynomial!(r; 7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
        1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959,
        1.42343711074968357734);
    let denominator = polynomial!(r; 1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
        0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0);
    numerator / denominator
}

/// The score above which lies `probability`, below e^-25.
#[cold]
fn far_tail(probability: f64) -> f64 {
    let r = (-Number::ln(probability)).sqrt() - 5.0;
    let numerator = polynomial!(r; 2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
        0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699,
        6.6579046435011037772);
    let denominator = polynomial!(r; 2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
        7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0);
    numerator / denominator
}

/// Turns a column of probabilities, held by their nearer end, into normal scores.
pub fn scores(column: &mut [f64]) {
    for tile in column.chunks_mut(TILE) {
        dispatch(
            #[inline(always)]
            || tile_scores(tile),
        );
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "positions are below 256")]
fn tile_scores(tile: &mut [f64]) {
    let mut positions = [0_u8; TILE];
    let mut tails = [0.0; TILE];
    let mut count = 0;
    for (group, values) in tile.chunks(64).enumerate() {
        let mut in_tail = bits(values, |tail| tail.abs() < TAIL);
        while in_tail != 0 {
            let place = in_tail.trailing_zeros() as usize;
            positions[count] = (group * 64 + place) as u8;
            tails[count] = values[place];
            count += 1;
            in_tail &= in_tail - 1;
        }
    }
    for value in tile.iter_mut() {
        let tail = *value;
        *value = central((0.5 - tail.abs()).copysign(tail));
    }
    // Whole groups of lanes; what lies beyond `count` is computed and not used.
    let padded = count.next_multiple_of(8).min(TILE);
    let mut in_tail = [0.0; TILE];
    for (score, &tail) in in_tail[..padded].iter_mut().zip(&tails[..padded]) {
        *score = near_tail(tail.abs()).copysign(tail);
    }
    for ((&position, &score), &tail) in positions[..count].iter().zip(&in_tail).zip(&tails) {
        let score = if tail.abs() < FAR_TAIL { far_tail(tail.abs()).copysign(tail) } else { score };
        tile[usize::from(position)] = score;
    }
}

/// A bit for each of at most 64 values, the first lowest.
#[inline(always)]
fn bits(values: &[f64], holds: impl Fn(f64) -> bool) -> u64 {
    let mut flags = [0_u8; 64];
    for (flag, &value) in flags.iter_mut().zip(values) {
        *flag = u8::from(holds(value));
    }
    // Eight flags of one byte each, moved side by side by one multiplication.
    let (words, _) = flags.as_chunks::<8>();
    let gathered = |word: &[u8; 8]| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    words.iter().rev().fold(0, |bits, word| bits << 8 | gathered(word))
}

/// The score of one probability, held by its nearer end; the same bits as [`scores`].
#[must_use]
pub fn score(tail: f64) -> f64 {
    let probability = tail.abs();
    if probability < FAR_TAIL {
        far_tail(probability).copysign(tail)
    } else if probability < TAIL {
        near_tail(probability).copysign(tail)
    } else {
        central((0.5 - probability).copysign(tail))
    }
}

/// The score z with probability `probability` between -z and z, up to 0.94.
pub(super) fn score_of_within(probability: f64) -> f64 {
    central(0.5 * probability)
}

/// The score z with probability `probability` below it; infinite at 0 and 1, NaN outside.
#[must_use]
pub fn quantile(probability: f64) -> f64 {
    if probability == 0.0 {
        f64::NEG_INFINITY
    } else if probability == 1.0 {
        f64::INFINITY
    } else if probability < 0.5 {
        if probability > 0.0 { score(-probability) } else { f64::NAN }
    } else {
        if probability < 1.0 { score(1.0 - probability) } else { f64::NAN }
    }
}

/// The probability beyond a score x >= 0 over e^(-x^2/2): h(s) / (x + 9/2) with s = (x - 9/2) / (x + 9/2).
///
/// h is smooth on all of [-1, 1]; its Chebyshev series, computed with 50 digits, is cut at degree
/// 20, where the remainder is 4e-16. The relative error is below 2e-15 and that of rounding x^2.
#[inline(always)]
fn beyond_scaled(x: f64) -> f64 {
    let inverse = 1.0 / (x + 4.5);
    let s = (x - 4.5) * inverse;
    let even = polynomial!(s * s; -5.5091541044569974e-9, 5.6964549429132996e-8, -3.609576531026155e-7,
        2.1274234247983383e-6, -1.422754776303447e-5, 0.00011203980060974177, -0.0009177458759287087,
        0.004223613301623179, 0.11138259657525122, 0.4464525170555528, 0.7632305289702036);
    let odd = polynomial!(s * s; -4.7731729176479965e-9, 6.290725902476393e-8, -4.997848114040333e-7,
        3.189005838051229e-6, -1.5932238901909017e-5, 6.380840220616266e-6, 0.0017488306315910547,
        -0.03387132618405072, -0.25314179995063396, -0.6402577602526218);
    s.mul_add(odd, even) * inverse
}

/// The probability beyond a score x >= 0.
#[inline(always)]
fn beyond(x: f64) -> f64 {
    Number::exp(-0.5 * x * x) * beyond_scaled(x)
}

/// The logarithm of the probability beyond a score x >= 0, however far out.
pub(super) fn ln_beyond(x: f64) -> f64 {
    -0.5 * x * x + Number::ln(beyond_scaled(x))
}

/// The logarithm of the probability between -x and x, for 0 < x < 1, by the series of the error
/// function, whose next term is below 2^-60 of the sum.
pub(super) fn ln_within(x: f64) -> f64 {
    let half_square = 0.5 * x * x;
    let (mut power, mut sum) = (1.0, 1.0);
    for k in 1..=14_u8 {
        power *= -half_square / f64::from(k);
        sum += power / f64::from(2 * k + 1);
    }
    // The square root of 2 / pi.
    Number::ln(x * 0.797884560802865356 * sum)
}

/// Turns a column of normal scores into probabilities, held by their nearer end.
pub fn probabilities(column: &mut [f64]) {
    dispatch(
        #[inline(always)]
        || {
            for value in column.iter_mut() {
                *value = beyond(value.abs()).copysign(*value);
            }
        },
    );
}

/// The probability beyond one score on its side, held by its nearer end.
#[must_use]
pub fn probability(score: f64) -> f64 {
    beyond(score.abs()).copysign(score)
}

#[cfg(test)]
mod tests {
    use super::super::BLOCK;
    use super::*;

    /// Probability below and its score, to 40 digits by an independent multiple-precision run.
    const SCORES: &[(f64, f64)] = &[
        (0.4999, -0.00025066283008800747),
        (0.3, -0.5244005127080408),
        (0.1, -1.2815515655446004),
        (0.0751, -1.43882539275254),
        (0.0749, -1.4402382675279637),
        (0.01, -2.326347874040841),
        (0.0001, -3.7190164854556804),
        (1e-08, -5.612001244174789),
        (1.39e-11, -6.657777073049202),
        (1.38e-11, -6.658838502850766),
        (1e-16, -8.222082216130435),
        (5.6e-17, -8.291318431375108),
        (1e-100, -21.273453560965326),
    ];

    #[test]
    fn scores_keep_their_accuracy_in_the_centre_and_both_tails() {
        for &(probability, want) in SCORES {
            let mut column = [-probability, probability];
            scores(&mut column);
            assert!((column[0] / want - 1.0).abs() < 4e-15, "{probability}: {} instead of {want}", column[0]);
            assert_eq!(column[1], -column[0]);
            assert_eq!(score(-probability), column[0]);
        }
    }

    #[test]
    fn probabilities_keep_their_relative_accuracy_far_out() {
        for &(probability, score) in SCORES {
            let mut column = [score, -score];
            probabilities(&mut column);
            // A score rounded to f64 moves a far probability by x^2 2^-53.
            let allowed = 4e-15 + score * score * 2.3e-16;
            assert!((-column[0] / probability - 1.0).abs() < allowed, "{score}: {}", column[0]);
            assert_eq!(column[1], -column[0]);
        }
        assert!((probability(0.0) - 0.5).abs() < 1e-15);
        assert_eq!(probability(40.0), 0.0);
    }

    #[test]
    fn logarithms_of_probabilities_reach_where_the_probabilities_cannot() {
        for &(probability, score) in SCORES {
            assert!((ln_beyond(-score) - Number::ln(probability)).abs() < 1e-13 + score * score * 2.3e-16);
        }
        // mpmath: log(erfc(60 / sqrt 2) / 2) and log(erf(x / sqrt 2)).
        assert!((ln_beyond(60.0) / -1805.0135606805673 - 1.0).abs() < 1e-15);
        for (x, want) in [(1e-06, -14.041301910609167), (0.25, -1.622459064037205), (0.7, -0.6615076405673258)] {
            assert!((ln_within(x) - want).abs() < 5e-16 * want.abs().max(1.0), "{x}");
            assert!((score_of_within(Number::exp(want)) / x - 1.0).abs() < 2e-15);
        }
    }

    #[test]
    fn columns_have_the_bits_of_single_numbers() {
        // Single numbers are compiled for the plain instruction set, columns for the widest there is.
        let tails_only = (1..=BLOCK).map(|i| i as f64 * 1e-14);
        let mut column: Vec<f64> = tails_only.chain((1..3000).map(|i| f64::from(i) / 6000.0)).collect();
        let want: Vec<f64> = column.iter().map(|&tail| score(tail)).collect();
        scores(&mut column);
        assert_eq!(column, want);
        let want: Vec<f64> = column.iter().map(|&score| probability(score)).collect();
        probabilities(&mut column);
        assert_eq!(column, want);
    }
}
