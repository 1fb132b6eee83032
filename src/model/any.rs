//! Fields and engines without their types: what is done with each of them alike is compiled once,
//! not once for each engine.

use serde_json::Value;

use super::explanation::{Explanation, explain};
use super::field::{Field, Place, Problems};
use super::prepare::{Numbers, Prepared};
use super::{Engine, Found, Path, value_of};
use crate::error::Error;

/// A [`Field`] of any type.
pub trait AnyField {
    /// Puts what it reads here; false with a problem added when that has another type.
    fn read_into(&mut self, value: &Value, at: &Place<'_>, problems: &mut Problems) -> bool;
    /// [`Field::check`].
    fn check(&self, at: &Place<'_>, problems: &mut Problems);
    /// [`Field::write`].
    fn write(&self) -> Value;
    /// [`Field::find`].
    fn find(&self, path: &Path, depth: usize) -> Found;
    /// [`Field::numbers`].
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64));
}

impl<T: Field> AnyField for T {
    fn read_into(&mut self, value: &Value, at: &Place<'_>, problems: &mut Problems) -> bool {
        T::read(value, at, problems).map(|read| *self = read).is_some()
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        T::check(self, at, problems);
    }
    fn write(&self) -> Value {
        T::write(self)
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        T::find(self, path, depth)
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        T::numbers(self, at, visit);
    }
}

/// An [`Engine`] of any type.
pub(super) trait AnyEngine: AnyField + Send + Sync {
    fn rules(&self, problems: &mut Problems);
    /// [`value_of`].
    fn value(&self) -> Result<Box<dyn AnyField>, Error>;
    fn explain(&self) -> Result<Explanation, Error>;
    fn primary(&self) -> &'static str;
    fn default_at(&self, path: &str) -> Option<f64>;
    fn inner(&self) -> Vec<(String, Value)>;
    fn trials(&self) -> u64;
    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>>;
    fn boxed_clone(&self) -> Box<dyn AnyEngine>;
}

impl<E: Engine> AnyEngine for E {
    fn rules(&self, problems: &mut Problems) {
        E::rules(self, problems);
    }
    fn value(&self) -> Result<Box<dyn AnyField>, Error> {
        value_of(self).map(|output| Box::new(output) as Box<dyn AnyField>)
    }
    fn explain(&self) -> Result<Explanation, Error> {
        explain(self)
    }
    fn primary(&self) -> &'static str {
        E::primary(self)
    }
    fn default_at(&self, path: &str) -> Option<f64> {
        E::default_at(self, path)
    }
    fn inner(&self) -> Vec<(String, Value)> {
        E::inner(self)
    }
    fn trials(&self) -> u64 {
        E::trials(self)
    }
    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        E::lowered(self, numbers, outputs)
    }
    fn boxed_clone(&self) -> Box<dyn AnyEngine> {
        Box::new(self.clone())
    }
}

/// Reads an input into `field` and checks it: every problem of types and ranges is reported together.
pub(super) fn read(field: &mut dyn AnyField, value: &Value) -> Result<(), Error> {
    let mut problems = Problems::default();
    if field.read_into(value, &Place::ROOT, &mut problems) {
        field.check(&Place::ROOT, &mut problems);
    }
    problems.into_result()
}

/// Reads an engine's input into `engine`, with its rules.
pub(super) fn read_engine(engine: &mut dyn AnyEngine, value: &Value) -> Result<(), Error> {
    let mut problems = Problems::default();
    if engine.read_into(value, &Place::ROOT, &mut problems) {
        check(engine, &mut problems);
    }
    problems.into_result()
}

/// Refuses an input built in Rust that the door would refuse.
pub(super) fn check_engine(engine: &dyn AnyEngine) -> Result<(), Error> {
    let mut problems = Problems::default();
    check(engine, &mut problems);
    problems.into_result()
}

fn check(engine: &dyn AnyEngine, problems: &mut Problems) {
    engine.check(&Place::ROOT, problems);
    if problems.is_empty() {
        engine.rules(problems);
    }
}

/// Refuses an output in which a number is not finite.
pub(super) fn check_output(output: &dyn AnyField) -> Result<(), Error> {
    let mut problems = Problems::default();
    output.check(&Place::ROOT, &mut problems);
    problems.into_result().map_err(|error| {
        let why = "the result is too large for a number, or is not one";
        Error::undefined(error.field().unwrap_or_default(), why)
    })
}
