//! What a new number does to the one at a path.

use super::record::choice;

choice! {
    /// What a drawn or varied number does to the base number at its path.
    pub enum Mode {
        /// Takes its place.
        Set = "set",
        /// Is added to it.
        Shift = "shift",
        /// Multiplies it.
        Scale = "scale",
    }
}

impl Mode {
    /// The number at the path after `x` has been applied to `base`.
    #[must_use]
    #[inline]
    pub fn apply(self, base: f64, x: f64) -> f64 {
        match self {
            Mode::Set => x,
            Mode::Shift => base + x,
            Mode::Scale => base * x,
        }
    }
}
