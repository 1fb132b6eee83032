//! Studies of a model that is handed over, such as a host's own function.

use serde_json::Value;

use super::{Attribution, GoalSeek, Gradient, Grid, OneWay, Spider, Tornado};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Engine, Field, Model, read_engine, value_by};

/// A study of any model, not only of those that the catalogue knows by name.
pub trait StudyOf: Engine {
    /// What a valid study of `model` gives; the name in its own field `model` is not looked at.
    fn compute_of(&self, model: &dyn Model) -> Result<Self::Output, Error>;

    /// As the study's `value`, of `model` in place of the one that it names.
    ///
    /// An error that a host's own function returns ends the study and is passed on unchanged.
    fn value_of(&self, model: &dyn Model) -> Result<Self::Output, Error> {
        value_by(self, |study| study.compute_of(model))
    }
}

type Door = fn(&Value, &dyn Model) -> Result<Value, Error>;

const DOORS: &[(&str, Door)] = &[
    (OneWay::SPEC.name, door::<OneWay>),
    (Grid::SPEC.name, door::<Grid>),
    (Tornado::SPEC.name, door::<Tornado>),
    (Gradient::SPEC.name, door::<Gradient>),
    (Spider::SPEC.name, door::<Spider>),
    (Attribution::SPEC.name, door::<Attribution>),
    (GoalSeek::SPEC.name, door::<GoalSeek>),
];

fn door<S: StudyOf>(input: &Value, model: &dyn Model) -> Result<Value, Error> {
    read_engine::<S>(input)?.value_of(model).map(|output| output.write())
}

/// Values `input` by the study called `study` with `model` in place of the one that the input names.
pub fn evaluate_with(study: &str, input: &Value, model: &dyn Model) -> Result<Value, Error> {
    if let Some((_, door)) = DOORS.iter().find(|(name, _)| *name == study) {
        return door(input, model);
    }
    catalogue::find(study)?;
    let names: Vec<_> = DOORS.iter().map(|(name, _)| *name).collect();
    Err(Error::invalid_input("study", study, format!("a study that takes any model: {}", names.join(", "))))
}
