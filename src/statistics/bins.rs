//! The bins of a column: equal ones between two ends, found for a tile of values at a time.

use crate::number::dispatch;

/// Adding 1.5 * 2^52 rounds to a whole number, which then stands in the low bits: unlike a conversion
/// that saturates, this is one instruction for a register of values.
const ROUND: f64 = 6755399441055744.0;

/// Equal bins from `low` up.
///
/// A value's bin never falls when the value rises; at an edge, rounding may put it one bin off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bins {
    low: f64,
    scale: f64,
    count: f64,
}

impl Bins {
    /// `count` bins of one width between `low` and `high`; one bin holds all when they are equal.
    pub(super) fn new(low: f64, high: f64, count: usize) -> Self {
        let count = count as f64;
        let scale = count / (high - low);
        Self { low, scale: if scale.is_finite() { scale } else { 0.0 }, count }
    }

    /// Calls `visit` with tiles of the column and the bin of each value in them: the first for what
    /// lies below, the last for what lies above, and one past the last for NaN.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are the whole number")]
    pub(super) fn tiles(self, column: &[f64], mut visit: impl FnMut(&[u32], &[f64])) {
        let Self { low, scale, count } = self;
        let (last, missing) = (count - 0.5, count + 0.5);
        dispatch(
            #[inline(always)]
            || {
                let mut bins = [0_u32; 256];
                for values in column.chunks(bins.len()) {
                    for (bin, &value) in bins.iter_mut().zip(values) {
                        let position = (value - low) * scale;
                        let position = if position < last { position } else { last };
                        let position = if position > 0.0 { position } else { 0.0 };
                        let position = if value.is_nan() { missing } else { position };
                        *bin = ((position - 0.5) + ROUND).to_bits() as u32;
                    }
                    visit(&bins[..values.len()], values);
                }
            },
        );
    }
}
