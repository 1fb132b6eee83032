//! Count, mean, central moments and extremes of a column, mergeable by the pairwise update
//! (Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
//! statistical moments", 2008).

use crate::number::dispatch;

/// Lanes that a column is accumulated in, set by position.
const WIDE: usize = 16;

/// Moments of the values seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Values.
    pub count: u64,
    /// Their mean; 0 when there are none.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub m2: f64,
    /// Sum of cubed deviations.
    pub m3: f64,
    /// Sum of fourth powers of deviations.
    pub m4: f64,
    /// Smallest value; infinite when there are none.
    pub min: f64,
    /// Largest value; minus infinite when there are none.
    pub max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, mean: 0.0, m2: 0.0, m3: 0.0, m4: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Moments {
    /// Moments of the numbers of a column; places that hold NaN have no value and are left out.
    ///
    /// A value is added in the lane that its position has, whatever is missing before it.
    #[must_use]
    pub fn of(column: &[f64]) -> Self {
        dispatch(
            #[inline(always)]
            || {
                let mut totals = [[0.0; WIDE]; 2];
                let [sums, counts] = &mut totals;
                let mut min = [f64::INFINITY; WIDE];
                let mut max = [f64::NEG_INFINITY; WIDE];
                // Sums of differences from one of the values: equal values have their mean exactly.
                let origin = column.iter().copied().find(|value| !value.is_nan()).unwrap_or_default();
                in_lanes(column, |lane, value| {
                    let there = !value.is_nan();
                    sums[lane] += if there { value - origin } else { 0.0 };
                    counts[lane] += if there { 1.0 } else { 0.0 };
                    min[lane] = if value < min[lane] { value } else { min[lane] };
                    max[lane] = if value > max[lane] { value } else { max[lane] };
                });
                let count = fold(counts, |a, b| a + b);
                if count == 0.0 {
                    return Self::default();
                }
                let mean = origin + fold(sums, |a, b| a + b) / count;
                let mut powers = [[0.0; WIDE]; 3];
                let [m2, m3, m4] = &mut powers;
                in_lanes(column, |lane, value| {
                    let deviation = if value.is_nan() { 0.0 } else { value - mean };
                    let square = deviation * deviation;
                    m2[lane] += square;
                    m3[lane] += square * deviation;
                    m4[lane] += square * square;
                });
                Self {
                    count: whole(count),
                    mean,
                    m2: fold(m2, |a, b| a + b),
                    m3: fold(m3, |a, b| a + b),
                    m4: fold(m4, |a, b| a + b),
                    min: fold(&min, |a, b| if b < a { b } else { a }),
                    max: fold(&max, |a, b| if b > a { b } else { a }),
                }
            },
        )
    }

    /// The moments of both together; `self` stands to the left.
    #[must_use]
    pub fn merge(&self, right: &Self) -> Self {
        if self.count == 0 {
            return *right;
        }
        if right.count == 0 {
            return *self;
        }
        let (a, b) = (self.count as f64, right.count as f64);
        let n = a + b;
        let delta = right.mean - self.mean;
        let step = delta / n;
        let cross = delta * step * a * b;
        Self {
            count: self.count + right.count,
            mean: self.mean + step * b,
            m2: self.m2 + right.m2 + cross,
            m3: self.m3 + right.m3 + cross * step * (a - b) + 3.0 * step * (a * right.m2 - b * self.m2),
            m4: self.m4
                + right.m4
                + cross * step * step * (a * a - a * b + b * b)
                + 6.0 * step * step * (a * a * right.m2 + b * b * self.m2)
                + 4.0 * step * (a * right.m3 - b * self.m3),
            min: if right.min < self.min { right.min } else { self.min },
            max: if right.max > self.max { right.max } else { self.max },
        }
    }

    /// The variance with n - 1; `None` for fewer than two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    /// The standard deviation with n - 1; `None` for fewer than two values.
    #[must_use]
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// The standard error of the mean; `None` for fewer than two values.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        self.variance().map(|variance| (variance / self.count as f64).sqrt())
    }

    /// m3 / m2^1.5 of the population; `None` when all values are equal.
    #[must_use]
    pub fn skewness(&self) -> Option<f64> {
        let n = self.count as f64;
        let variance = self.m2 / n;
        (self.m2 > 0.0).then(|| self.m3 / n / (variance * variance.sqrt())).filter(|value| value.is_finite())
    }

    /// m4 / m2^2 - 3 of the population; `None` when all values are equal.
    #[must_use]
    pub fn excess_kurtosis(&self) -> Option<f64> {
        let n = self.count as f64;
        let variance = self.m2 / n;
        (self.m2 > 0.0).then(|| self.m4 / n / (variance * variance) - 3.0).filter(|value| value.is_finite())
    }
}

/// Calls `visit` with each value and the lane of its position.
#[inline(always)]
fn in_lanes(column: &[f64], mut visit: impl FnMut(usize, f64)) {
    let groups = column.chunks_exact(WIDE);
    let rest = groups.remainder();
    for group in groups {
        for (lane, &value) in group.iter().enumerate() {
            visit(lane, value);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        visit(lane, value);
    }
}

/// Halves the lanes until one is left.
#[inline(always)]
fn fold(lanes: &[f64; WIDE], join: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = *lanes;
    let mut width = WIDE / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of places in a slice")]
fn whole(count: f64) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-12 * scale
    }

    #[test]
    fn a_column_and_its_merged_halves_agree_with_the_plain_sums() {
        let values: Vec<f64> = (0..1024).map(|i| f64::from(i * i % 769) * 0.37 - 20.0).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let power = |k: i32| values.iter().map(|value| (value - mean).powi(k)).sum::<f64>();
        for moments in [Moments::of(&values), Moments::of(&values[..300]).merge(&Moments::of(&values[300..]))] {
            assert_eq!(moments.count, 1024);
            assert!(close(moments.mean, mean, mean.abs()));
            assert!(close(moments.m2, power(2), power(2)));
            assert!(close(moments.m3, power(3), power(4)));
            assert!(close(moments.m4, power(4), power(4)));
            assert_eq!((moments.min, moments.max), (-20.0, 768.0 * 0.37 - 20.0));
        }
    }

    #[test]
    fn missing_values_are_left_out_and_do_not_move_the_others() {
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        values[7] = f64::NAN;
        let moments = Moments::of(&values);
        assert_eq!(moments.count, 99);
        assert_eq!(moments.mean, (99.0 * 100.0 / 2.0 - 7.0) / 99.0);
        assert_eq!(Moments::of(&[f64::NAN; 3]), Moments::default());
    }

    #[test]
    fn equal_values_have_no_spread_at_all() {
        let moments = Moments::of(&[0.1; 1024]).merge(&Moments::of(&[0.1; 1000]));
        assert_eq!((moments.mean, moments.m2), (0.1, 0.0));
        assert_eq!((moments.skewness(), moments.excess_kurtosis()), (None, None));
    }
}
