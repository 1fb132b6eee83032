//! One direction in which inputs are varied.

use serde_json::json;

use super::MOST_CELLS;
use crate::model::{Domain, Mode, Problems, record};

record! {
    /// The values a path takes: given one by one, or equally spaced from start to stop.
    pub struct Axis {
        /// Path of the number varied.
        pub path: String,
        /// The values; instead of start, stop and steps.
        pub values: Option<Vec<f64>>,
        /// First value.
        pub start: Option<f64>,
        /// Last value.
        pub stop: Option<f64>,
        /// Number of values from start to stop.
        pub steps: Option<u32> [Domain::COUNT.at_least(2.0).at_most(MOST_CELLS as f64)],
        /// What a value does to the base number.
        pub mode: Mode = Mode::default(),
    }
}

impl Axis {
    /// Refuses an axis without values; `field` names where it stands.
    pub(super) fn rules(&self, field: &str, problems: &mut Problems) {
        match (&self.values, self.start, self.stop, self.steps) {
            (Some(values), None, None, None) if values.is_empty() => {
                problems.refuse(format!("{field}values"), json!([]), "at least one value");
            }
            (Some(_), None, None, None) | (None, Some(_), Some(_), Some(_)) => {}
            (values, ..) => {
                problems.refuse(format!("{field}values"), values.clone(), "either values, or start, stop and steps");
            }
        }
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.as_ref().map_or(self.steps.unwrap_or_default() as usize, Vec::len)
    }

    /// The values in order, of an axis that has passed its rules.
    pub(super) fn points(&self) -> Vec<f64> {
        let (Some(start), Some(stop), Some(steps)) = (self.start, self.stop, self.steps) else {
            return self.values.clone().unwrap_or_default();
        };
        let last = steps - 1;
        // The ends are the numbers given, free of rounding.
        let point = |i: u32| if i == last { stop } else { start + (stop - start) * (f64::from(i) / f64::from(last)) };
        (0..steps).map(point).collect()
    }
}
