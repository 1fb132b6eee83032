//! From a range of data to positions on the page and round numbers beside them.
//!
//! Every function is total: constant, tiny and huge data give a usable range, and no position is ever
//! outside the axis. Start at [`Range::over`], then [`Axis`].

/// Largest magnitude an axis reaches; beyond it sums of two ends would not be numbers any more.
const LARGEST: f64 = 1e307;
/// Smallest magnitude told apart from zero.
const SMALLEST: f64 = 1e-280;

/// A closed range of values with `low < high`, both finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Range {
    /// The range of the finite values; widened about a constant, 0 to 1 without any.
    pub(crate) fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .map(|value| value.clamp(-LARGEST, LARGEST))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Self { low: 0.0, high: 1.0 };
        }
        let size = low.abs().max(high.abs());
        if size < SMALLEST {
            return Self { low: -1.0, high: 1.0 };
        }
        if high - low < size * 1e-9 {
            let middle = low / 2.0 + high / 2.0;
            return Self { low: middle - size * 0.05, high: middle + size * 0.05 }.bounded();
        }
        Self { low, high }
    }

    /// The same with `share` of its length added below and above.
    pub(crate) fn padded(self, share_below: f64, share_above: f64) -> Self {
        let length = self.high - self.low;
        Self { low: self.low - length * share_below, high: self.high + length * share_above }.bounded()
    }

    fn bounded(self) -> Self {
        Self { low: self.low.max(-LARGEST), high: self.high.min(LARGEST) }
    }
}

/// A range laid along the page from one position to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    range: Range,
    from: f64,
    to: f64,
}

impl Axis {
    pub(crate) fn new(range: Range, from: f64, to: f64) -> Self {
        Self { range, from, to }
    }

    /// Position of a value; a value outside the range lies at the nearer end.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = (value - self.range.low) / (self.range.high - self.range.low);
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.from + share * (self.to - self.from)
    }
}

/// The whole number next above `value`, at most `most`; 0 for what is negative or does not exist.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and within the type after the clamp"
)]
pub(crate) fn whole_above(value: f64, most: u16) -> usize {
    value.ceil().clamp(0.0, f64::from(most)) as usize
}

/// Distance of round numbers (1, 2 or 5 times a power of ten) that puts at most `most` into the range.
fn step(range: Range, most: usize) -> f64 {
    let raw = (range.high - range.low) / most.max(1) as f64;
    let base = 10_f64.powf(raw.log10().floor());
    let multiple = [1.0, 2.0, 5.0].into_iter().find(|multiple| base * multiple >= raw * 0.999_999_9);
    base * multiple.unwrap_or(10.0)
}

/// Round numbers in a range, and how far they are apart.
pub(crate) struct Ticks {
    pub(crate) values: Vec<f64>,
    pub(crate) step: f64,
}

/// At most about `most` round numbers inside the range.
pub(crate) fn ticks(range: Range, most: usize) -> Ticks {
    let step = step(range, most);
    let first = (range.low / step - 1e-9).ceil();
    let values = (0..most + 2)
        .map(|index| (first + index as f64) * step)
        .filter(|value| value.is_finite())
        .take_while(|&value| value <= range.high + step * 1e-9)
        .collect();
    Ticks { values, step }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_ones_twos_and_fives() {
        let of = |low, high, most| ticks(Range { low, high }, most).values;
        assert_eq!(of(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(of(-7.0, 23.0, 6), [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(of(130.0, 410.0, 6), [150.0, 200.0, 250.0, 300.0, 350.0, 400.0]);
    }

    #[test]
    fn odd_data_still_give_a_range() {
        for data in [vec![], vec![f64::NAN], vec![0.0], vec![5e-324], vec![3.0, 3.0], vec![f64::MAX, f64::MIN]] {
            let range = Range::over(data).padded(0.05, 0.05);
            assert!(range.low < range.high && (range.high - range.low).is_finite(), "{range:?}");
            let axis = Axis::new(range, 0.0, 100.0);
            for value in [f64::MIN, -1.0, 0.0, 5e-324, f64::MAX, f64::NAN] {
                assert!((0.0..=100.0).contains(&axis.at(value)));
            }
        }
    }

    proptest! {
        #[test]
        fn ticks_lie_inside_few_and_rising(low in proptest::num::f64::NORMAL, other in proptest::num::f64::NORMAL, most in 1_usize..12) {
            let range = Range::over([low, other]);
            let ticks = ticks(range, most);
            prop_assert!(ticks.values.len() <= most + 2);
            prop_assert!(ticks.step > 0.0);
            for pair in ticks.values.windows(2) {
                prop_assert!(pair[0] < pair[1]);
            }
            for tick in ticks.values {
                prop_assert!(tick >= range.low - ticks.step * 1e-6 && tick <= range.high + ticks.step * 1e-6);
            }
        }
    }
}
