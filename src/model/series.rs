//! A number for all periods or one a period, as it stands in an input.

use std::fmt;

use serde_json::{Map, Value, json};

use super::domain::Domain;
use super::field::{Field, Lower, Place, Problems};
use super::found::Found;
use super::path::Path;

/// One number for all periods, or one a period.
#[derive(Clone, Debug, PartialEq)]
pub enum Series<N = f64> {
    /// The same number in every period.
    Flat(N),
    /// A number a period, the first in position 0.
    Each(Vec<N>),
}

impl<N: Copy> Series<N> {
    /// The number of period `index` (0-based); the length was checked when the input was.
    #[must_use]
    pub fn at(&self, index: usize) -> N {
        match self {
            Series::Flat(value) => *value,
            Series::Each(values) => values[index],
        }
    }

    /// Adds a problem when an array has not exactly `periods` elements.
    pub fn check_length(&self, periods: usize, at: impl fmt::Display, problems: &mut Problems) {
        if let Series::Each(values) = self
            && values.len() != periods
        {
            problems.refuse(at, values.len(), format!("one number, or an array of exactly {periods} numbers"));
        }
    }
}

impl From<f64> for Series {
    fn from(value: f64) -> Self {
        Series::Flat(value)
    }
}

impl From<Vec<f64>> for Series {
    fn from(values: Vec<f64>) -> Self {
        Series::Each(values)
    }
}

impl Field for Series {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if value.is_array() {
            Vec::read(value, at, problems).map(Series::Each)
        } else {
            f64::read(value, at, problems).map(Series::Flat)
        }
    }
    fn placeholder() -> Self {
        Series::Flat(f64::NAN)
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        match self {
            Series::Flat(value) => value.check(at, problems),
            Series::Each(values) => values.check(at, problems),
        }
    }
    fn write(&self) -> Value {
        match self {
            Series::Flat(value) => value.write(),
            Series::Each(values) => values.write(),
        }
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        match self {
            Series::Flat(value) => value.find(path, depth),
            Series::Each(values) => values.find(path, depth),
        }
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        match self {
            Series::Flat(value) => value.numbers(at, visit),
            Series::Each(values) => values.numbers(at, visit),
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        Map::from_iter([("anyOf".to_owned(), json!([f64::schema(domain), Vec::<f64>::schema(domain)]))])
    }
}

impl<M> Lower<M> for Series {
    type Out = Series<M>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Series<M> {
        match self {
            Series::Flat(value) => Series::Flat(exchange(at, *value)),
            Series::Each(values) => Series::Each(values.lower(at, exchange)),
        }
    }
}
