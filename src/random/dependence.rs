//! Dependence between draws: a Gaussian copula given by a correlation matrix.
//!
//! The matrix is checked by its own smallest eigenvalue and factored by a Cholesky decomposition
//! that takes singular matrices.

use std::ops::Range;

use crate::error::Error;
use crate::model::{choice, record};
use crate::number::{LaneNumber, LaneWork, side_by_side};

choice! {
    /// The family of the copula.
    pub enum Copula {
        /// Correlated normal scores.
        Gaussian = "gaussian",
    }
}

choice! {
    /// What the entries of the matrix are correlations of.
    pub enum CorrelationKind {
        /// Of the copula's normal scores.
        Latent = "latent",
        /// Of the ranks: r = 2 sin(pi rho / 6).
        Spearman = "spearman",
    }
}

record! {
    /// How draws depend on each other.
    pub struct Dependence {
        /// Family of the copula.
        pub copula: Copula = Copula::Gaussian,
        /// The draws that the rows stand for, by name; all draws in order when absent.
        pub names: Option<Vec<String>>,
        /// Correlations: symmetric, 1 on the diagonal, positive semi-definite.
        pub matrix: Vec<Vec<f64>>,
        /// What the entries are correlations of.
        pub kind: CorrelationKind = CorrelationKind::Latent,
    }
}

/// Below this a pivot counts as zero: its draw is a combination of those before it.
const ZERO_PIVOT: f64 = 1e-12;

impl Dependence {
    /// A Gaussian copula over all draws in order, with these correlations of normal scores.
    #[must_use]
    pub fn correlation(matrix: Vec<Vec<f64>>) -> Self {
        Self { matrix, ..Self::default() }
    }

    /// The correlations of normal scores; refuses a matrix that is none, or has not `size` rows.
    pub(super) fn scores_matrix(&self, size: usize) -> Result<Vec<Vec<f64>>, Error> {
        let field = "dependence.matrix";
        let count = self.matrix.len();
        if count != size {
            return Err(Error::invalid_input(field, count, format!("{size} rows, one a draw")));
        }
        for (i, row) in self.matrix.iter().enumerate() {
            if row.len() != size {
                return Err(Error::invalid_input(format!("{field}[{i}]"), row.len(), format!("{size} numbers")));
            }
            for (j, &entry) in row.iter().enumerate() {
                let at = format!("{field}[{i}][{j}]");
                if !(-1.0..=1.0).contains(&entry) {
                    return Err(Error::invalid_number(at, entry, "between -1 and 1"));
                }
                if i == j && entry != 1.0 {
                    return Err(Error::invalid_number(at, entry, "1 on the diagonal"));
                }
                let mirrored = self.matrix[j].get(i).copied().unwrap_or(f64::NAN);
                if i > j && (mirrored.is_nan() || (entry - mirrored).abs() > 1e-12) {
                    return Err(Error::invalid_number(at, entry, format!("symmetric: [{j}][{i}] is {mirrored}")));
                }
            }
        }
        let convert = |entry: f64| match self.kind {
            CorrelationKind::Latent => entry,
            CorrelationKind::Spearman => 2.0 * sine(entry * std::f64::consts::PI / 6.0),
        };
        // The lower triangle stands for both.
        let entry = |i: usize, j: usize| if i == j { 1.0 } else { convert(self.matrix[i.max(j)][i.min(j)]) };
        Ok((0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect())
    }
}

/// sin x for |x| <= pi/6, by its series; the next term is below 1e-17.
fn sine(x: f64) -> f64 {
    let square = x * x;
    let mut term = x;
    let mut sum = x;
    for k in 1..=8_u8 {
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
    /// Factors a symmetric matrix with unit diagonal; refuses one that is not positive
    /// semi-definite, naming its smallest eigenvalue.
    pub(super) fn new(matrix: &[Vec<f64>]) -> Result<Self, Error> {
        let smallest = smallest_eigenvalue(matrix);
        if smallest < -1e-12 {
            let constraint = format!("a positive semi-definite matrix; its smallest eigenvalue is {smallest:e}");
            return Err(Error::invalid_input("dependence.matrix", serde_json::json!(matrix), constraint));
        }
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
        Ok(Self { rows })
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

/// The smallest eigenvalue of a symmetric matrix, by cyclic Jacobi rotations.
fn smallest_eigenvalue(matrix: &[Vec<f64>]) -> f64 {
    let size = matrix.len();
    let mut a = matrix.to_vec();
    for _ in 0..60 {
        let off: f64 = (0..size).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if off < 1e-30 {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut a, p, q);
            }
        }
    }
    (0..size).map(|i| a[i][i]).fold(f64::INFINITY, f64::min)
}

/// One rotation that makes `a[p][q]` zero.
fn rotate(a: &mut [Vec<f64>], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let tangent = 1.0_f64.copysign(theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in a.iter_mut() {
        let (x, y) = (row[p], row[q]);
        (row[p], row[q]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
    let (above, below) = a.split_at_mut(q);
    for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_matrix_is_refused_with_its_smallest_eigenvalue() {
        let matrix = vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        // Eigenvalues 1.9, 1.9 and 1 - 1.8.
        assert!((smallest_eigenvalue(&matrix) + 0.8).abs() < 1e-14);
        let error = Factor::new(&matrix).unwrap_err();
        assert_eq!(error.field(), Some("dependence.matrix"));
        assert!(error.to_string().contains("smallest eigenvalue is -8"), "{error}");
    }

    #[test]
    fn a_singular_matrix_is_factored_with_zero_columns() {
        let matrix = vec![vec![1.0, 1.0, 0.5], vec![1.0, 1.0, 0.5], vec![0.5, 0.5, 1.0]];
        let factor = Factor::new(&matrix).unwrap();
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
        for x in [-0.5, 0.1, std::f64::consts::FRAC_PI_6] {
            assert!((sine(x) - x.sin()).abs() < 2e-16);
        }
    }
}
