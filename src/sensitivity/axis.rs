//! One direction in which inputs are varied.

use crate::error::Error;
use crate::model::{Domain, Mode, record};

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
        pub steps: Option<u32> [Domain::COUNT.at_least(2.0)],
        /// What a value does to the base number.
        pub mode: Mode = Mode::default(),
    }
}

impl Axis {
    /// The values in order; `field` names where the axis stands.
    pub(super) fn points(&self, field: &str) -> Result<Vec<f64>, Error> {
        match (&self.values, self.start, self.stop, self.steps) {
            (Some(values), None, None, None) if !values.is_empty() => Ok(values.clone()),
            (None, Some(start), Some(stop), Some(steps)) => {
                let last = f64::from(steps - 1);
                Ok((0..steps).map(|i| start + (stop - start) * (f64::from(i) / last)).collect())
            }
            (Some(values), ..) if values.is_empty() => {
                Err(Error::invalid_input(format!("{field}values"), serde_json::json!([]), "at least one value"))
            }
            _ => Err(Error::invalid_input(
                format!("{field}values"),
                serde_json::Value::Null,
                "either values, or start, stop and steps",
            )),
        }
    }
}
