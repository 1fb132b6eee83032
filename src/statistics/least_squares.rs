//! Ordinary least squares of few observations, by Householder's QR decomposition (Golub and Van Loan,
//! "Matrix Computations", section 5.3).

/// Part of a column's length below which what is left of it is rounding.
const RANK_TOLERANCE: f64 = 1e-12;

/// Observations of y beside the columns of X, and once they are fitted, y = X b with what its uncertainty
/// follows from. One that was cleared takes as many again without allocating.
#[derive(Clone, Debug)]
pub(crate) struct LeastSquares {
    columns: usize,
    /// X and y, a row an observation.
    observed: Vec<f64>,
    order: Vec<usize>,
    /// The same in order; once fitted the upper triangle R, and Q'y.
    turned: Vec<f64>,
    reflector: Vec<f64>,
    solved: Vec<f64>,
    pub(crate) coefficients: Vec<f64>,
    /// Standard error of each coefficient.
    pub(crate) standard_errors: Vec<f64>,
    /// 1 - residual over total sum of squares about the mean; `None` when all of y are equal.
    pub(crate) r_squared: Option<f64>,
    /// Standard deviation of the residuals, with n - k.
    residual_deviation: f64,
}

impl LeastSquares {
    /// For X of so many columns, with room for so many observations.
    pub(crate) fn with_room(columns: usize, observations: usize) -> Self {
        let room = Vec::with_capacity;
        Self {
            columns,
            observed: room((columns + 1) * observations),
            order: Vec::with_capacity(observations),
            turned: room((columns + 1) * observations),
            reflector: room(observations),
            solved: room(columns),
            coefficients: room(columns),
            standard_errors: room(columns),
            r_squared: None,
            residual_deviation: f64::NAN,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.observed.clear();
    }

    /// Takes an observation, unless a number of it is lacking.
    pub(crate) fn observe(&mut self, x: impl IntoIterator<Item = Option<f64>>, y: f64) {
        let before = self.observed.len();
        let is_whole = x.into_iter().all(|number| number.map(|number| self.observed.push(number)).is_some());
        if is_whole {
            self.observed.push(y);
        } else {
            self.observed.truncate(before);
        }
    }

    /// How many observations there are.
    pub(crate) fn count(&self) -> usize {
        self.observed.len() / (self.columns + 1)
    }

    /// Fits y to X of fewer columns than observations, whose order moves no bit; false when columns are
    /// linearly dependent.
    pub(crate) fn fit(&mut self) -> bool {
        let (columns, count, width) = (self.columns, self.count(), self.columns + 1);
        debug_assert!(count > columns);
        let Self { observed, order, turned, reflector, .. } = self;
        let row = |i: usize| &observed[i * width..(i + 1) * width];
        order.clear();
        order.extend(0..count);
        // By y, then by X.
        order.sort_unstable_by(|&a, &b| {
            let numbers = |i: usize| row(i).iter().cycle().skip(columns).take(width);
            numbers(a).zip(numbers(b)).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(a.cmp(&b))
        });
        turned.clear();
        turned.extend(order.iter().flat_map(|&i| row(i)));
        let y = || order.iter().map(|&i| row(i)[columns]);
        let mean = y().sum::<f64>() / count as f64;
        let total_squares: f64 = y().map(|y| (y - mean) * (y - mean)).sum();
        for j in 0..columns {
            let whole = norm(order.iter().map(|&i| row(i)[j]));
            let rest = norm((j..count).map(|i| turned[i * width + j]));
            if rest <= RANK_TOLERANCE * whole {
                return false;
            }
            let diagonal = -rest.copysign(turned[j * width + j]);
            reflector.clear();
            reflector.extend((j..count).map(|i| turned[i * width + j]));
            reflector[0] -= diagonal;
            let square: f64 = reflector.iter().map(|v| v * v).sum();
            for column in j..width {
                let rows = turned[j * width..].chunks_exact(width);
                let along: f64 = reflector.iter().zip(rows).map(|(v, row)| v * row[column]).sum();
                for (v, row) in reflector.iter().zip(turned[j * width..].chunks_exact_mut(width)) {
                    row[column] -= 2.0 * along / square * v;
                }
            }
        }
        let residual_squares: f64 = turned[columns * width..].chunks_exact(width).map(|row| row[columns].powi(2)).sum();
        self.residual_deviation = (residual_squares / (count - columns) as f64).sqrt();
        self.r_squared = (total_squares > 0.0).then(|| 1.0 - residual_squares / total_squares);
        self.solve();
        true
    }

    /// Coefficients and their errors from R and Q'y.
    fn solve(&mut self) {
        let (columns, width) = (self.columns, self.columns + 1);
        self.coefficients.clear();
        self.coefficients.resize(columns, 0.0);
        for j in (0..columns).rev() {
            let row = &self.turned[j * width..];
            let known: f64 = (j + 1..columns).map(|k| row[k] * self.coefficients[k]).sum();
            self.coefficients[j] = (row[columns] - known) / row[j];
        }
        self.standard_errors.clear();
        for j in 0..columns {
            let spread = self.spread((0..columns).map(|k| f64::from(u8::from(k == j))));
            self.standard_errors.push(self.residual_deviation * spread);
        }
    }

    /// The value at `row` of X, and the standard error of a new observation there.
    pub(crate) fn predict(&mut self, row: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
        let predicted = row.clone().zip(&self.coefficients).map(|(x, b)| x * b).sum();
        (predicted, self.residual_deviation * self.spread(row).hypot(1.0))
    }

    /// The square root of v' (R'R)^-1 v: the length of R'^-1 v.
    fn spread(&mut self, v: impl Iterator<Item = f64>) -> f64 {
        let (width, triangle, solved) = (self.columns + 1, &self.turned, &mut self.solved);
        solved.clear();
        for (j, v) in v.enumerate() {
            let known: f64 = solved.iter().enumerate().map(|(k, s)| triangle[k * width + j] * s).sum();
            solved.push((v - known) / triangle[j * width + j]);
        }
        norm(solved.iter().copied())
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(rows: &[(f64, f64)]) -> LeastSquares {
        let mut squares = LeastSquares::with_room(2, rows.len());
        for (x, y) in rows {
            squares.observe([Some(1.0), Some(*x)], *y);
        }
        squares
    }

    #[test]
    fn a_line_is_fitted_with_its_textbook_errors() {
        // Slope 0.6, intercept 2.2, residual variance 0.8.
        let mut fit = observed(&[(1.0, 2.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0), (5.0, 5.0)]);
        assert!(fit.fit());
        let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-12, "got {got}, want {want}");
        close(fit.coefficients[0], 2.2);
        close(fit.coefficients[1], 0.6);
        close(fit.standard_errors[0], (0.8_f64 * (1.0 / 5.0 + 9.0 / 10.0)).sqrt());
        close(fit.standard_errors[1], (0.8_f64 / 10.0).sqrt());
        close(fit.r_squared.unwrap(), 0.6);
        let (predicted, error) = fit.predict([1.0, 6.0].into_iter());
        close(predicted, 5.8);
        close(error, (0.8_f64 * (1.0 + 1.0 / 5.0 + 9.0 / 10.0)).sqrt());
    }

    #[test]
    fn what_was_fitted_before_and_the_order_of_observations_move_no_bit() {
        let rows = [(1.0, 2.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0)];
        let mut first = observed(&rows);
        assert!(first.fit());
        let mut again = observed(&[(9.0, 1.0), (8.0, 3.0), (7.0, 3.0), (6.0, 6.0), (5.0, 0.0)]);
        assert!(again.fit());
        again.clear();
        for (x, y) in rows.iter().rev() {
            again.observe([Some(1.0), Some(*x)], *y);
            again.observe([Some(1.0), None], *y);
        }
        assert!(again.count() == 4 && again.fit());
        assert_eq!((&first.coefficients, &first.standard_errors), (&again.coefficients, &again.standard_errors));
        assert_eq!(first.predict([1.0, 6.0].into_iter()), again.predict([1.0, 6.0].into_iter()));
    }

    #[test]
    fn dependent_columns_and_equal_values_are_noticed() {
        let mut dependent = LeastSquares::with_room(3, 4);
        for (x, y) in [(1.0, 1.0), (2.0, 2.0), (3.0, 4.0), (4.0, 3.0)] {
            dependent.observe([Some(1.0), Some(x), Some(2.0 * x)], y);
        }
        assert!(!dependent.fit());
        let mut level = observed(&[(1.0, 3.0), (2.0, 3.0), (3.0, 3.0), (4.0, 3.0)]);
        assert!(level.fit());
        assert_eq!(level.r_squared, None);
    }
}
