//! Ordinary least squares of few observations, by Householder's QR decomposition (Golub and Van Loan,
//! "Matrix Computations", section 5.3).

/// Part of a column's length below which what is left of it is rounding.
const RANK_TOLERANCE: f64 = 1e-12;

/// The fit of y = X b, with what its uncertainty follows from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LeastSquares {
    pub(crate) coefficients: Vec<f64>,
    /// Standard error of each coefficient.
    pub(crate) standard_errors: Vec<f64>,
    /// 1 - residual over total sum of squares about the mean; `None` when all of y are equal.
    pub(crate) r_squared: Option<f64>,
    /// Standard deviation of the residuals, with n - k.
    residual_deviation: f64,
    /// Upper triangle R, row by row.
    triangle: Vec<Vec<f64>>,
}

impl LeastSquares {
    /// Fits `y` to the rows of X, of which there are more than columns; `None` when its columns are
    /// linearly dependent.
    pub(crate) fn fit(rows: &[Vec<f64>], y: &[f64]) -> Option<Self> {
        let count = rows.len();
        let columns = rows.first()?.len();
        debug_assert!(count > columns && y.len() == count);
        let mut x = rows.to_vec();
        let mut transformed = y.to_vec();
        for j in 0..columns {
            let whole = norm((0..count).map(|i| rows[i][j]));
            let rest = norm((j..count).map(|i| x[i][j]));
            if rest <= RANK_TOLERANCE * whole {
                return None;
            }
            let diagonal = -rest.copysign(x[j][j]);
            let mut reflector: Vec<f64> = (j..count).map(|i| x[i][j]).collect();
            reflector[0] -= diagonal;
            let square: f64 = reflector.iter().map(|v| v * v).sum();
            for column in j..columns {
                let along: f64 = reflector.iter().zip(&x[j..]).map(|(v, row)| v * row[column]).sum();
                for (v, row) in reflector.iter().zip(&mut x[j..]) {
                    row[column] -= 2.0 * along / square * v;
                }
            }
            let along: f64 = reflector.iter().zip(&transformed[j..]).map(|(v, y)| v * y).sum();
            for (v, y) in reflector.iter().zip(&mut transformed[j..]) {
                *y -= 2.0 * along / square * v;
            }
        }
        x.truncate(columns);
        let mut coefficients = vec![0.0; columns];
        for j in (0..columns).rev() {
            let known: f64 = (j + 1..columns).map(|k| x[j][k] * coefficients[k]).sum();
            coefficients[j] = (transformed[j] - known) / x[j][j];
        }
        let residual_squares: f64 = transformed[columns..].iter().map(|y| y * y).sum();
        let mean = y.iter().sum::<f64>() / count as f64;
        let total_squares: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
        let residual_deviation = (residual_squares / (count - columns) as f64).sqrt();
        let unit = |j: usize| (0..columns).map(|k| f64::from(u8::from(k == j))).collect::<Vec<_>>();
        let standard_errors = (0..columns).map(|j| residual_deviation * spread(&x, &unit(j))).collect();
        Some(Self {
            coefficients,
            standard_errors,
            r_squared: (total_squares > 0.0).then(|| 1.0 - residual_squares / total_squares),
            residual_deviation,
            triangle: x,
        })
    }

    /// The value at `row`.
    pub(crate) fn predicted(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.coefficients).map(|(x, b)| x * b).sum()
    }

    /// Standard error of a new observation at `row`.
    pub(crate) fn prediction_error(&self, row: &[f64]) -> f64 {
        self.residual_deviation * spread(&self.triangle, row).hypot(1.0)
    }
}

/// The square root of v' (R'R)^-1 v: the length of R'^-1 v.
fn spread(triangle: &[Vec<f64>], v: &[f64]) -> f64 {
    let mut solved: Vec<f64> = Vec::with_capacity(v.len());
    for j in 0..v.len() {
        let known: f64 = solved.iter().enumerate().map(|(k, s)| triangle[k][j] * s).sum();
        solved.push((v[j] - known) / triangle[j][j]);
    }
    norm(solved.into_iter())
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_fitted_with_its_textbook_errors() {
        // x 1..5, y 2 4 5 4 5: slope 0.6, intercept 2.2, residual variance 0.8.
        let rows: Vec<_> = (1..=5).map(|x| vec![1.0, f64::from(x)]).collect();
        let fit = LeastSquares::fit(&rows, &[2.0, 4.0, 5.0, 4.0, 5.0]).unwrap();
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
        close(fit.coefficients[0], 2.2);
        close(fit.coefficients[1], 0.6);
        close(fit.standard_errors[0], (0.8_f64 * (1.0 / 5.0 + 9.0 / 10.0)).sqrt());
        close(fit.standard_errors[1], (0.8_f64 / 10.0).sqrt());
        close(fit.r_squared.unwrap(), 0.6);
        close(fit.predicted(&[1.0, 6.0]), 5.8);
        close(fit.prediction_error(&[1.0, 6.0]), (0.8_f64 * (1.0 + 1.0 / 5.0 + 9.0 / 10.0)).sqrt());
    }

    #[test]
    fn dependent_columns_and_equal_values_are_noticed() {
        let rows: Vec<_> = (1..=4).map(|x| vec![1.0, f64::from(x), 2.0 * f64::from(x)]).collect();
        assert_eq!(LeastSquares::fit(&rows, &[1.0, 2.0, 4.0, 3.0]), None);
        let rows: Vec<_> = (1..=4).map(|x| vec![1.0, f64::from(x)]).collect();
        assert_eq!(LeastSquares::fit(&rows, &[3.0; 4]).unwrap().r_squared, None);
    }
}
