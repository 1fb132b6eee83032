//! The uniform door: any model by its name, JSON text in and out.

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use serde_json::{Map, Value};
use valor_ivx::model::Field;

use crate::interrupt::promise;
use crate::json::{read, thrown, write};

/// Values the inputs by the model of that name.
#[napi]
pub fn evaluate(model: String, inputs: String) -> napi::Result<String> {
    let inputs = read(&inputs)?;
    valor_ivx::evaluate(&model, &inputs).map(|output| write(&output)).map_err(|error| thrown(&error))
}

/// Refuses what `evaluate` would refuse before computing.
#[napi]
pub fn validate(model: String, inputs: String) -> napi::Result<()> {
    let inputs = read(&inputs)?;
    valor_ivx::catalogue::find(&model).and_then(|model| model.validate(&inputs)).map_err(|error| thrown(&error))
}

/// The result for the inputs as a sum, line by line, with the table in plain text as `text`.
#[napi]
pub fn explain(model: String, inputs: String) -> napi::Result<String> {
    let inputs = read(&inputs)?;
    let explanation = valor_ivx::explain(&model, &inputs).map_err(|error| thrown(&error))?;
    let mut told = explanation.write();
    told["text"] = explanation.to_string().into();
    Ok(write(&told))
}

/// Names of the models with one line each.
#[napi]
#[must_use]
pub fn models() -> String {
    let lines = valor_ivx::models().map(|model| (model.name.to_owned(), Value::from(model.about)));
    Value::from(lines.collect::<Map<_, _>>()).to_string()
}

/// Schema of the inputs and outputs of the model of that name.
#[napi]
pub fn schema(model: String) -> napi::Result<String> {
    valor_ivx::schema(&model).map(write).map_err(|error| thrown(&error))
}

/// A promise of `evaluate` for work that takes long.
#[napi]
pub fn evaluate_later(env: &Env, model: String, inputs: String) -> napi::Result<Object<'_>> {
    let inputs = read(&inputs)?;
    promise(env, move || valor_ivx::evaluate(&model, &inputs), |output| write(&output))
}
