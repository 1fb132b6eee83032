//! Quantiles of the gamma, beta and Student distributions as smooth functions of the normal score of
//! the same probability: found exactly at the nodes of a table, by polynomials between them.

use super::log_concave::{Family, LogConcave, Side};
use super::table::Table;
use super::{TILE, normal};
use crate::number::{Number, dispatch};

/// Scores up to this are in the tables: every uniform of 53 bits has one.
const LARGEST: f64 = 8.5;
/// Pieces in a unit of the score.
const PIECES: f64 = 2.0;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
fn pieces(width: f64) -> usize {
    (width * PIECES).ceil() as usize
}

/// The distance d from the mode of a gamma or beta distribution by the normal score.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inverse {
    law: LogConcave,
    table: Table,
}

impl Inverse {
    pub(super) fn new(family: Family) -> Self {
        let law = LogConcave::new(family);
        let mut follower = law.follow();
        follow_from_zero(&mut follower, -LARGEST);
        let at = |score| follower.at(score);
        let table = Table::new(-LARGEST, LARGEST, pieces(2.0 * LARGEST), at);
        Self { law, table }
    }

    pub(super) fn law(&self) -> &LogConcave {
        &self.law
    }

    pub(super) fn at(&self, score: f64) -> f64 {
        self.table.at(score, |score| follow_from_zero(&mut self.law.follow(), score).unwrap_or(f64::NAN))
    }

    /// Turns a column of scores into distances.
    pub(super) fn distances(&self, column: &mut [f64]) {
        for value in column {
            *value = self.at(*value);
        }
    }
}

/// In steps short enough for each place to be near the one before.
fn follow_from_zero(follower: &mut super::log_concave::Follower<'_>, score: f64) -> Option<f64> {
    let steps = score.abs().ceil().max(1.0);
    let mut d = None;
    let mut step = 0.0;
    while step < steps {
        step += 1.0;
        d = Some(follower.at(score * (step / steps))?);
    }
    d
}

/// Student's t with `df` degrees of freedom: its quantile and, the other way, its normal score.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StudentT {
    /// d = ln T^2.
    law: LogConcave,
    /// d - 2 ln z by the score z >= 0.
    table: Table,
}

impl StudentT {
    pub(super) fn new(df: f64) -> Self {
        let law = LogConcave::new(Family::Beta { alpha: 0.5, beta: 0.5 * df });
        let mut last = 0.0;
        let table = Table::new(0.0, LARGEST, pieces(LARGEST), |score| {
            last = ln_ratio(&law, score, last)?;
            Some(last)
        });
        Self { law, table }
    }

    fn ln_ratio(&self, size: f64) -> f64 {
        self.table.at(size, |size| {
            let mut last = 0.0;
            let mut at = LARGEST.min(size);
            loop {
                last = ln_ratio(&self.law, at, last).unwrap_or(f64::NAN);
                if at >= size || last.is_nan() {
                    return last;
                }
                at = (at + 1.0).min(size);
            }
        })
    }

    /// Turns a column of scores into quantiles.
    pub(super) fn quantiles(&self, column: &mut [f64]) {
        for tile in column.chunks_mut(TILE) {
            let mut ratios = [0.0; TILE];
            for (ratio, score) in ratios.iter_mut().zip(tile.iter()) {
                *ratio = self.ln_ratio(score.abs());
            }
            dispatch(
                #[inline(always)]
                || {
                    for (value, ratio) in tile.iter_mut().zip(&ratios) {
                        *value *= Number::exp(0.5 * ratio);
                    }
                },
            );
        }
    }

    /// The probabilities that |T| is below and above `size`.
    pub(super) fn within_and_beyond(&self, size: f64) -> (f64, f64) {
        within_and_beyond(&self.law, 2.0 * Number::ln(size))
    }
}

fn within_and_beyond(law: &LogConcave, d: f64) -> (f64, f64) {
    (Number::exp(law.ln_beyond(d, Side::Below)), Number::exp(law.ln_beyond(d, Side::Above)))
}

/// The place above which Student's t has the probability `above`, at most 1/2; NaN where it is not found.
pub(crate) fn student_quantile(df: f64, above: f64) -> f64 {
    if above == 0.5 {
        return 0.0;
    }
    let law = LogConcave::new(Family::Beta { alpha: 0.5, beta: 0.5 * df });
    let score = normal::score(above);
    ln_ratio(&law, score, 0.0).map_or(f64::NAN, |ratio| score * Number::exp(0.5 * ratio))
}

/// The probability that Student's t with `df` degrees of freedom is further from 0 than `size`.
pub(crate) fn student_beyond(df: f64, size: f64) -> f64 {
    if size == 0.0 {
        return 1.0;
    }
    within_and_beyond(&LogConcave::new(Family::Beta { alpha: 0.5, beta: 0.5 * df }), 2.0 * Number::ln(size)).1
}

/// The probability that a chi-square with `df` degrees of freedom is above `value`.
pub(crate) fn chi_square_beyond(df: f64, value: f64) -> f64 {
    if value == 0.0 {
        return 1.0;
    }
    if value == f64::INFINITY {
        return 0.0;
    }
    let law = LogConcave::new(Family::Gamma { shape: 0.5 * df });
    Number::exp(law.ln_beyond(Number::ln(value / df), Side::Above))
}

/// ln (T^2 / z^2) at the score z > 0, from a value near it.
fn ln_ratio(law: &LogConcave, score: f64, near: f64) -> Option<f64> {
    let line = 2.0 * Number::ln(score);
    let d = if score < 0.7 {
        law.solve(Side::Below, normal::ln_within(score), line + near)?
    } else {
        law.solve(Side::Above, std::f64::consts::LN_2 + normal::ln_beyond(score), line + near)?
    };
    Some(d - line)
}

/// Scores of Student's copula: each normal score z over the root of w / df, where w is one chi-square
/// for all of a trial, as the normal score of the same probability.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StudentScores {
    /// d = ln (w / df).
    mixing: Inverse,
    law: LogConcave,
    /// z / s by s = asinh |t|.
    table: Table,
}

impl StudentScores {
    pub(super) fn new(df: f64) -> Self {
        let mixing = Inverse::new(Family::Gamma { shape: 0.5 * df });
        let law = LogConcave::new(Family::Beta { alpha: 0.5, beta: 0.5 * df });
        let largest = inverse_hyperbolic_sine(Number::ln(LARGEST) - 0.5 * mixing.at(-LARGEST));
        let table = Table::new(0.0, largest, pieces(largest).min(128), |s| Some(score_ratio(&law, s)));
        Self { mixing, law, table }
    }

    /// ln (w / df) by the normal score of the chi-square.
    pub(super) fn mixing(&self, column: &mut [f64]) {
        self.mixing.distances(column);
    }

    /// Turns a column of normal scores z into those of t = z / sqrt(w / df).
    pub(super) fn scores(&self, column: &mut [f64], mixing: &[f64]) {
        for (tile, mixing) in column.chunks_mut(TILE).zip(mixing.chunks(TILE)) {
            let mut sizes = [0.0; TILE];
            dispatch(
                #[inline(always)]
                || {
                    for ((size, score), ln_mixing) in sizes.iter_mut().zip(tile.iter()).zip(mixing) {
                        *size = inverse_hyperbolic_sine(Number::ln(score.abs()) - 0.5 * ln_mixing);
                    }
                },
            );
            for (score, size) in tile.iter_mut().zip(sizes) {
                let ratio = self.table.at(size, |s| score_ratio(&self.law, s));
                *score = (size * ratio).copysign(*score);
            }
        }
    }
}

/// asinh t of a number given by its logarithm.
#[inline(always)]
fn inverse_hyperbolic_sine(ln: f64) -> f64 {
    let number = Number::exp(ln);
    let square = number * number;
    let near = Number::ln_1p(number + square / (1.0 + (1.0 + square).sqrt()));
    // From e^20 on, asinh t is ln 2t to the last place.
    if ln < 20.0 { near } else { ln + std::f64::consts::LN_2 }
}

/// The normal score of the probability of t = sinh s, over s.
fn score_ratio(law: &LogConcave, s: f64) -> f64 {
    let ln_size = s + Number::ln(-Number::exp_m1(-2.0 * s)) - std::f64::consts::LN_2;
    let (within, beyond) = within_and_beyond(law, 2.0 * ln_size);
    let score = if within < 0.7 { normal::score_of_within(within) } else { normal::score(0.5 * beyond) };
    score / s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(law: &StudentT, score: f64) -> f64 {
        let mut column = [score];
        law.quantiles(&mut column);
        column[0]
    }

    #[test]
    fn scores_of_t_are_undone_by_its_quantiles() {
        for df in [0.3, 1.0, 4.0, 30.0, 1e6] {
            let (there, back) = (StudentScores::new(df), StudentT::new(df));
            // With w = df the mixing is ln 1 and t is z itself.
            for t in [1e-9, 0.01, 0.5, 1.0, 3.0, 7.9] {
                let mut column = [t, -t];
                there.scores(&mut column, &[0.0; 2]);
                assert_eq!(column[0], -column[1]);
                back.quantiles(&mut column);
                assert!((column[0] / t - 1.0).abs() < 2e-13, "df {df}, t {t}: {}", column[0]);
            }
        }
    }

    #[test]
    fn columns_have_the_bits_of_single_numbers() {
        let law = StudentT::new(3.0);
        let mut column: Vec<f64> = (-400..400).map(|i| f64::from(i) * 0.025).collect();
        let want: Vec<f64> = column.iter().map(|&score| alone(&law, score)).collect();
        law.quantiles(&mut column);
        assert_eq!(column, want);
    }

    #[test]
    fn what_lies_beyond_the_table_goes_on_where_it_ends() {
        let law = Inverse::new(Family::Gamma { shape: 2.0 });
        for edge in [-LARGEST, LARGEST] {
            let (inside, outside) = (law.at(edge * (1.0 - 1e-9)), law.at(edge * (1.0 + 1e-9)));
            assert!((inside - outside).abs() < 2e-7 && inside != outside);
        }
        assert!(law.at(30.0) > law.at(12.0));
        let law = StudentT::new(3.0);
        assert!((alone(&law, LARGEST * (1.0 + 1e-12)) / alone(&law, LARGEST * (1.0 - 1e-12)) - 1.0).abs() < 1e-9);
        assert!(alone(&law, 30.0) > alone(&law, 12.0));
    }
}
