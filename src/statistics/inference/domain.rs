//! What numbers a method can take.

use crate::error::Error;

/// All problems at once, or none.
pub(super) fn require<const N: usize>(problems: [Option<Error>; N]) -> Result<(), Error> {
    Error::collect(problems.into_iter().flatten().collect()).map_or(Ok(()), Err)
}

/// The answer, unless one of its numbers does not exist or overflows for these legal inputs.
pub(super) fn told<T, const N: usize>(what: &str, numbers: [f64; N], answer: T) -> Result<T, Error> {
    if numbers.iter().all(|number| number.is_finite()) {
        return Ok(answer);
    }
    Err(Error::undefined(what, "the numbers are too far apart to be computed with"))
}

pub(super) fn finite(field: &str, value: f64) -> Option<Error> {
    (!value.is_finite()).then(|| Error::invalid_number(field, value, "a finite number"))
}

pub(super) fn positive(field: &str, value: f64) -> Option<Error> {
    (!(value > 0.0 && value.is_finite())).then(|| Error::invalid_number(field, value, "a finite number above 0"))
}

pub(super) fn not_negative(field: &str, value: f64) -> Option<Error> {
    (!(value >= 0.0 && value.is_finite())).then(|| Error::invalid_number(field, value, "a finite number of 0 or more"))
}

/// Strictly between 0 and 1.
pub(super) fn probability(field: &str, value: f64) -> Option<Error> {
    (!(value > 0.0 && value < 1.0)).then(|| Error::invalid_number(field, value, "between 0 and 1"))
}

pub(super) fn at_least(field: &str, count: u64, least: u64) -> Option<Error> {
    (count < least).then(|| Error::invalid_input(field, count, format!("{least} or more")))
}
