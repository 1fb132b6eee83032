//! Eigenvalues and eigenvectors of symmetric matrices by cyclic Jacobi rotations, and the correlation
//! matrix nearest to one that no draws can have.

use crate::error::Error;

/// Rounds of projections before giving up.
const MOST_ROUNDS: u64 = 1_000;
/// What a round may still change, relative to the matrix.
const SETTLED: f64 = 1e-10;

/// A symmetric matrix as V diag(values) V'.
pub(super) struct Eigen {
    values: Vec<f64>,
    /// Row k is the vector of value k.
    vectors: Vec<Vec<f64>>,
}

impl Eigen {
    pub(super) fn of(matrix: &[Vec<f64>]) -> Self {
        let size = matrix.len();
        let mut a = matrix.to_vec();
        let mut vectors: Vec<Vec<f64>> =
            (0..size).map(|i| (0..size).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect();
        for _ in 0..60 {
            let off: f64 = (0..size).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
            if off < 1e-30 {
                break;
            }
            for p in 0..size {
                for q in p + 1..size {
                    if let Some((cosine, sine)) = rotation(&a, p, q) {
                        for row in &mut a {
                            let (x, y) = (row[p], row[q]);
                            (row[p], row[q]) = (cosine * x - sine * y, sine * x + cosine * y);
                        }
                        rotate_rows(&mut a, p, q, cosine, sine);
                        rotate_rows(&mut vectors, p, q, cosine, sine);
                    }
                }
            }
        }
        Self { values: (0..size).map(|i| a[i][i]).collect(), vectors }
    }

    pub(super) fn smallest(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The nearest positive semi-definite matrix: the same without its negative values.
    fn positive_part(&self) -> Vec<Vec<f64>> {
        let size = self.values.len();
        let mut sum = vec![vec![0.0; size]; size];
        for (value, vector) in self.values.iter().zip(&self.vectors).filter(|(value, _)| **value > 0.0) {
            for (row, left) in sum.iter_mut().zip(vector) {
                for (entry, right) in row.iter_mut().zip(vector) {
                    *entry += value * left * right;
                }
            }
        }
        sum
    }
}

/// The rotation that makes `a[p][q]` zero; none where it is.
fn rotation(a: &[Vec<f64>], p: usize, q: usize) -> Option<(f64, f64)> {
    if a[p][q] == 0.0 {
        return None;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let tangent = 1.0_f64.copysign(theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    Some((cosine, tangent * cosine))
}

fn rotate_rows(a: &mut [Vec<f64>], p: usize, q: usize, cosine: f64, sine: f64) {
    let (above, below) = a.split_at_mut(q);
    for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

/// The positive semi-definite matrix with unit diagonal nearest to a symmetric one, and its distance:
/// alternating projections with Dykstra's correction (Higham, "Computing the nearest correlation
/// matrix", IMA Journal of Numerical Analysis 22, 2002).
pub(super) fn nearest_correlation(matrix: &[Vec<f64>]) -> Result<(Vec<Vec<f64>>, f64), Error> {
    let size = matrix.len();
    let mut unit = matrix.to_vec();
    let mut correction = vec![vec![0.0; size]; size];
    let mut change = f64::INFINITY;
    let mut rounds = 0;
    while change > SETTLED {
        if rounds == MOST_ROUNDS {
            return Err(Error::no_convergence("dependence.matrix", rounds, change, Eigen::of(&unit).smallest()));
        }
        rounds += 1;
        let corrected = combine(&unit, &correction, |entry, correction| entry - correction);
        let positive = Eigen::of(&corrected).positive_part();
        correction = combine(&positive, &corrected, |positive, corrected| positive - corrected);
        let mut next = positive.clone();
        for (i, row) in next.iter_mut().enumerate() {
            row[i] = 1.0;
        }
        change = distance(&next, &unit).max(distance(&next, &positive)) / norm(&next);
        unit = next;
    }
    // The last projection made the diagonal 1 and may have left a value a little below 0.
    let positive = Eigen::of(&unit).positive_part();
    let scale: Vec<f64> = (0..size).map(|i| positive[i][i].sqrt()).collect();
    let nearest: Vec<Vec<f64>> = (0..size)
        .map(|i| (0..size).map(|j| if i == j { 1.0 } else { positive[i][j] / (scale[i] * scale[j]) }).collect())
        .collect();
    let moved = distance(&nearest, matrix);
    Ok((nearest, moved))
}

fn combine(a: &[Vec<f64>], b: &[Vec<f64>], entry: impl Fn(f64, f64) -> f64) -> Vec<Vec<f64>> {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| entry(*a, *b)).collect()).collect()
}

/// The root of the sum of squared differences.
fn distance(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    norm(&combine(a, b, |a, b| a - b))
}

fn norm(a: &[Vec<f64>]) -> f64 {
    a.iter().flatten().map(|entry| entry * entry).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_eigenvalue_of_a_known_matrix_is_found() {
        let matrix = vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]];
        // Eigenvalues 1.9, 1.9 and 1 - 1.8.
        assert!((Eigen::of(&matrix).smallest() + 0.8).abs() < 1e-14);
    }

    #[test]
    fn the_nearest_correlation_matrix_is_the_published_one() {
        // Higham (2002), section 5: distance 0.52779.
        let matrix = vec![vec![1.0, 1.0, 0.0], vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 1.0]];
        let (nearest, distance) = nearest_correlation(&matrix).unwrap();
        let want = [[1.0, 0.76069, 0.15730], [0.76069, 1.0, 0.76069], [0.15730, 0.76069, 1.0]];
        for (row, want) in nearest.iter().zip(want) {
            assert!(row.iter().zip(want).all(|(found, want)| (found - want).abs() < 1e-5), "{nearest:?}");
        }
        assert!((distance - 0.52779).abs() < 1e-5);
        assert!(Eigen::of(&nearest).smallest() > -1e-14);
    }
}
