//! Dependence between draws: a Gaussian or Student copula given by a correlation matrix.
//!
//! The matrix is checked by its own smallest eigenvalue, repaired if that is asked for, and factored
//! by a Cholesky decomposition that takes singular matrices.

use std::ops::Range;

use super::eigen::{Eigen, nearest_correlation};
use crate::error::Error;
use crate::model::{Domain, Field, Place, Problems, choice, record};
use crate::number::{LaneNumber, LaneWork, side_by_side};

choice! {
    /// The family of the copula.
    pub enum Copula {
        /// Correlated normal scores.
        Gaussian = "gaussian",
        /// Normal scores over the root of one chi-square, which makes extremes come together.
        StudentT = "student_t",
    }
}

choice! {
    /// What the entries of the matrix are correlations of.
    pub enum CorrelationKind {
        /// Of the copula's normal scores.
        Latent = "latent",
        /// Of the ranks: r = 2 sin(pi rho / 6).
        Spearman = "spearman",
        /// Of pairs in the same order: r = sin(pi tau / 2).
        Kendall = "kendall",
    }
}

choice! {
    /// What happens to a matrix that no draws can have.
    pub enum Repair {
        /// It is refused.
        None = "none",
        /// The nearest possible one takes its place, and the result says so.
        Nearest = "nearest",
    }
}

record! {
    /// How draws depend on each other.
    pub struct Dependence {
        /// Family of the copula.
        pub copula: Copula = Copula::Gaussian,
        /// Degrees of freedom of the Student copula.
        pub df: Option<f64> [Domain::NUMBER.at_least(1e-9)],
        /// The draws that the rows stand for, by name; all draws in order when absent.
        pub names: Option<Vec<String>>,
        /// Correlations: symmetric, 1 on the diagonal, positive semi-definite.
        pub matrix: Vec<Vec<f64>>,
        /// What the entries are correlations of.
        pub kind: CorrelationKind = CorrelationKind::Latent,
        /// What happens to a matrix that is not positive semi-definite.
        pub repair: Repair = Repair::None,
    }
}

/// The correlations of scores that draws are made with.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixUsed {
    /// The matrix, converted to correlations of scores and repaired if need be.
    pub matrix: Vec<Vec<f64>>,
    /// How far the repair moved it, as the root of the sum of squares; 0 when nothing was repaired.
    pub distance: f64,
}

/// Below this a pivot counts as zero: its draw is a combination of those before it.
const ZERO_PIVOT: f64 = 1e-12;

impl Dependence {
    /// A Gaussian copula over all draws in order, with these correlations of normal scores.
    #[must_use]
    pub fn correlation(matrix: Vec<Vec<f64>>) -> Self {
        Self { matrix, ..Self::default() }
    }

    /// The columns of the draws that the rows stand for; refuses names that are none, or given twice.
    pub(super) fn order(&self, draws: &[&str]) -> Result<Vec<usize>, Error> {
        let Some(names) = &self.names else { return Ok((0..draws.len()).collect()) };
        let mut problems = Problems::default();
        let mut order = Vec::with_capacity(names.len());
        for (i, name) in names.iter().enumerate() {
            let field = format!("dependence.names[{i}]");
            match draws.iter().position(|draw| draw == name) {
                None => problems.refuse(field, name.as_str(), format!("the name of a draw: {}", draws.join(", "))),
                Some(j) if order.contains(&j) => problems.refuse(field, name.as_str(), "each draw once"),
                Some(j) => order.push(j),
            }
        }
        problems.into_result().map(|()| order)
    }

    /// The correlations of scores; refuses a matrix that is none, or has not `size` rows.
    pub(super) fn scores_matrix(&self, size: usize) -> Result<Vec<Vec<f64>>, Error> {
        let mut problems = Problems::default();
        self.check(&Place::ROOT.field("dependence", Domain::NUMBER), &mut problems);
        self.check_copula(&mut problems);
        self.check_matrix(size, &mut problems);
        problems.into_result()?;
        let half_turn = std::f64::consts::PI;
        let convert = |entry: f64| match self.kind {
            CorrelationKind::Latent => entry,
            CorrelationKind::Spearman => 2.0 * sine(entry * half_turn / 6.0),
            CorrelationKind::Kendall => sine(entry * half_turn / 2.0),
        };
        // The lower triangle stands for both.
        let entry = |i: usize, j: usize| if i == j { 1.0 } else { convert(self.matrix[i.max(j)][i.min(j)]) };
        Ok((0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect())
    }

    fn check_copula(&self, problems: &mut Problems) {
        match (self.copula, self.df) {
            (Copula::StudentT, None) => problems.missing("dependence.df", "degrees of freedom above 0 for student_t"),
            (Copula::Gaussian, Some(df)) => problems.refuse("dependence.df", df, "absent with copula gaussian"),
            _ => {}
        }
        if self.copula == Copula::StudentT && self.kind == CorrelationKind::Spearman {
            problems.refuse("dependence.kind", "spearman", "latent or kendall with copula student_t");
        }
    }

    fn check_matrix(&self, size: usize, problems: &mut Problems) {
        let field = "dependence.matrix";
        if self.matrix.len() != size {
            problems.refuse(field, self.matrix.len(), format!("{size} rows, one a draw"));
            return;
        }
        for (i, row) in self.matrix.iter().enumerate() {
            if row.len() != size {
                problems.refuse(format!("{field}[{i}]"), row.len(), format!("{size} numbers"));
                continue;
            }
            for (j, &entry) in row.iter().enumerate() {
                let mut refuse = |constraint: String| {
                    problems.push(Error::invalid_number(format!("{field}[{i}][{j}]"), entry, constraint));
                };
                let mirrored = self.matrix[j].get(i).copied();
                if !(-1.0..=1.0).contains(&entry) {
                    refuse("between -1 and 1".to_owned());
                } else if i == j && entry != 1.0 {
                    refuse("1 on the diagonal".to_owned());
                } else if let Some(mirrored) = mirrored.filter(|mirrored| i > j && (entry - mirrored).abs() > 1e-12) {
                    refuse(format!("symmetric: [{j}][{i}] is {mirrored}"));
                }
            }
        }
    }

    /// The matrix itself if draws can have it, else what `repair` says.
    pub(super) fn possible(&self, matrix: Vec<Vec<f64>>) -> Result<(Vec<Vec<f64>>, f64), Error> {
        let smallest = Eigen::of(&matrix).smallest();
        if smallest >= -1e-12 {
            return Ok((matrix, 0.0));
        }
        match self.repair {
            Repair::None => {
                let constraint = format!("a positive semi-definite matrix; its smallest eigenvalue is {smallest:e}");
                Err(Error::invalid_input("dependence.matrix", serde_json::json!(matrix), constraint)
                    .with_hint("repair: \"nearest\" takes the nearest possible matrix"))
            }
            Repair::Nearest => nearest_correlation(&matrix),
        }
    }
}

/// sin x for |x| <= pi/2, by its series; the next term is below 1e-20.
fn sine(x: f64) -> f64 {
    let square = x * x;
    let mut term = x;
    let mut sum = x;
    for k in 1..=12_u8 {
        let k = 2.0 * f64::from(k);
        term *= -square / (k * (k + 1.0));
        sum += term;
    }
    sum
}

/// The lower triangle L of a correlation matrix L L'.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Factor {
    /// Row i has i + 1 numbers.
    rows: Vec<Vec<f64>>,
}

impl Factor {
    /// Factors a positive semi-definite matrix with unit diagonal.
    pub(super) fn new(matrix: &[Vec<f64>]) -> Self {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
        for (i, given) in matrix.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for j in 0..i {
                let known: f64 = (0..j).map(|k| row[k] * rows[j][k]).sum();
                let pivot = rows[j][j];
                row.push(if pivot == 0.0 { 0.0 } else { (given[j] - known) / pivot });
            }
            let rest = 1.0 - row.iter().map(|entry| entry * entry).sum::<f64>();
            row.push(if rest > ZERO_PIVOT { rest.sqrt() } else { 0.0 });
            rows.push(row);
        }
        Self { rows }
    }

    /// Replaces independent normal scores by correlated ones; `order[i]` is the column of row i.
    pub(super) fn correlate(&self, columns: &mut [Vec<f64>], order: &[usize], places: &Range<usize>) {
        side_by_side(Correlation { rows: &self.rows, columns, order, places });
    }
}

/// The product of the factor and a block of scores.
struct Correlation<'a> {
    rows: &'a [Vec<f64>],
    columns: &'a mut [Vec<f64>],
    order: &'a [usize],
    places: &'a Range<usize>,
}

impl LaneWork for Correlation<'_> {
    #[inline(always)]
    fn work<N: LaneNumber>(self) {
        let Self { rows, columns, order, places } = self;
        for start in places.clone().step_by(N::COUNT) {
            let group = start..places.end.min(start + N::COUNT);
            // From the last row up, so that the scores a row needs are still the independent ones.
            for (row, &column) in rows.iter().zip(order).rev() {
                let mut score = N::load(&columns[column][group.clone()]) * row[row.len() - 1];
                for (&weight, &source) in row[..row.len() - 1].iter().zip(order) {
                    score = score + N::load(&columns[source][group.clone()]) * weight;
                }
                score.store(&mut columns[column][group.clone()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_matrix_is_factored_with_zero_columns() {
        let matrix = vec![vec![1.0, 1.0, 0.5], vec![1.0, 1.0, 0.5], vec![0.5, 0.5, 1.0]];
        let factor = Factor::new(&matrix);
        for (row, given) in factor.rows.iter().zip(&matrix) {
            for (other, want) in factor.rows.iter().zip(given) {
                let product: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                assert!((product - want).abs() < 1e-15);
            }
        }
        let mut columns = vec![vec![2.0], vec![7.0], vec![0.0]];
        factor.correlate(&mut columns, &[0, 1, 2], &(0..1));
        assert_eq!(columns[0], columns[1]);
    }

    #[test]
    fn rank_correlations_are_converted() {
        for x in [-1.5, -0.5, 0.1, std::f64::consts::FRAC_PI_6, std::f64::consts::FRAC_PI_2] {
            assert!((sine(x) - x.sin()).abs() < 3e-16);
        }
    }
}
