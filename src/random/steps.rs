//! Distributions given by lists: values with probabilities, and observations.

/// Values with probabilities, each drawn as it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Steps {
    /// Increasing, each with a probability above 0.
    values: Vec<f64>,
    shares: Vec<f64>,
    /// The probability up to and with each value.
    below: Vec<f64>,
    /// The probability above each value, summed from the top so that small ones keep their accuracy.
    above: Vec<f64>,
}

impl Steps {
    /// From values in any order and weights of positive sum.
    pub(super) fn new(values: &[f64], weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let mut pairs: Vec<(f64, f64)> = values
            .iter()
            .copied()
            .zip(weights.iter().map(|weight| weight / total))
            .filter(|pair| pair.1 > 0.0)
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let running = |sum: &mut f64, share: f64| {
            let before = *sum;
            *sum += share;
            Some((before, *sum))
        };
        let up: Vec<f64> = pairs.iter().scan(0.0, |sum, pair| running(sum, pair.1)).map(|(_, with)| with).collect();
        let down = pairs.iter().rev().scan(0.0, |sum, pair| running(sum, pair.1)).map(|(before, _)| before);
        let mut above: Vec<f64> = down.collect();
        above.reverse();
        let (values, shares) = pairs.into_iter().unzip();
        Self { values, shares, below: up, above }
    }

    fn range(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        self.values.partition_point(|&value| value < low)..self.values.partition_point(|&value| value <= high)
    }

    /// The probability of the values from `low` to `high`, both included.
    pub(super) fn mass(&self, low: f64, high: f64) -> f64 {
        self.shares[self.range(low, high)].iter().sum()
    }

    /// The distribution of the values from `low` to `high`, of which there must be one.
    pub(super) fn between(&self, low: f64, high: f64) -> Self {
        let range = self.range(low, high);
        Self::new(&self.values[range.clone()], &self.shares[range])
    }

    /// The value at a probability held by its nearer end: the smallest one with as much up to it.
    #[inline]
    pub(super) fn at(&self, tail: f64) -> f64 {
        let place = if tail < 0.0 {
            self.below.partition_point(|&below| below < -tail)
        } else {
            self.above.partition_point(|&above| above > tail)
        };
        self.values[place.min(self.values.len() - 1)]
    }

    /// The probabilities below `x` and above it; both without `x` itself.
    pub(super) fn beside(&self, x: f64) -> (f64, f64) {
        let at = self.range(x, x);
        let below = if at.start == 0 { 0.0 } else { self.below[at.start - 1] };
        let above = if at.end == 0 { 1.0 } else { self.above[at.end - 1] };
        (below, above)
    }
}

/// The quantile function of type 7 (Hyndman and Fan, 1996) of observations: h = (n - 1) p, linear
/// between the observations beside h.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Linear {
    /// Sorted, two or more.
    values: Vec<f64>,
}

impl Linear {
    pub(super) fn new(values: &[f64]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        Self { values }
    }

    /// The value at a probability held by its nearer end, counted from that end.
    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last")]
    pub(super) fn at(&self, tail: f64) -> f64 {
        let last = self.values.len() - 1;
        let h = tail.abs() * last as f64;
        let whole = (h as usize).min(last - 1);
        let part = h - whole as f64;
        let (near, far) = if tail < 0.0 { (whole, whole + 1) } else { (last - whole, last - whole - 1) };
        self.values[near] + part * (self.values[far] - self.values[near])
    }

    /// The probabilities below and above `x`.
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    pub(super) fn beside(&self, x: f64) -> (f64, f64) {
        let last = (self.values.len() - 1) as f64;
        let from = |ranked: &dyn Fn(usize) -> f64, before: usize| {
            if before == 0 {
                return 0.0;
            }
            if before == self.values.len() {
                return 1.0;
            }
            let (near, far) = (ranked(before - 1), ranked(before));
            ((before - 1) as f64 + (x - near) / (far - near)) / last
        };
        // An observation at `x` counts to neither side.
        let low = self.values.partition_point(|&value| value < x);
        let high = self.values.len() - self.values.partition_point(|&value| value <= x);
        (from(&|i| self.values[i], low), from(&|i| self.values[self.values.len() - 1 - i], high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_the_smallest_with_as_much_probability_up_to_it() {
        let steps = Steps::new(&[3.0, 1.0, 2.0, 9.0], &[0.25, 0.5, 0.25, 0.0]);
        for (below, want) in [(0.1, 1.0), (0.5, 1.0), (0.500_001, 2.0), (0.75, 2.0), (0.76, 3.0), (1.0 - 1e-16, 3.0)] {
            let tail = if below < 0.5 { -below } else { 1.0 - below };
            assert_eq!(steps.at(tail), want, "{below}");
        }
        assert_eq!(steps.beside(2.0), (0.5, 0.25));
        assert_eq!(steps.beside(0.0), (0.0, 1.0));
        assert_eq!(steps.beside(3.5), (1.0, 0.0));
    }

    #[test]
    fn observations_are_joined_by_lines() {
        let linear = Linear::new(&[4.0, 1.0, 2.0]);
        for (tail, want) in [(-0.25, 1.5), (0.5, 2.0), (-0.5, 2.0), (0.25, 3.0), (0.0, 4.0), (-0.0_f64.next_up(), 1.0)]
        {
            assert!((linear.at(tail) - want).abs() < 1e-15, "{tail}");
        }
        assert_eq!(linear.beside(1.5), (0.25, 0.75));
        assert_eq!(linear.beside(2.0), (0.5, 0.5));
        assert_eq!(linear.beside(0.0), (0.0, 1.0));
        assert_eq!(linear.beside(5.0), (1.0, 0.0));
    }
}
