//! A JavaScript function over columns in place of a model.

use std::sync::mpsc::sync_channel;

use napi::Env;
use napi::bindgen_prelude::{Float64Array, Function, Object};
use napi::threadsafe_function::ThreadsafeFunctionCallMode::Blocking;
use napi_derive::napi;
use serde_json::Value;
use valor_ivx::Error;
use valor_ivx::model;
use valor_ivx::sensitivity::evaluate_with;

use crate::interrupt::promise;
use crate::json::{read, write};

/// `function` of the numbers of `input`, by name, to `outputs`, called on the thread of the event loop: it
/// takes the columns one after the other and gives those of the outputs, or nothing when it failed.
pub(crate) fn own_model(
    input: &Value,
    outputs: Vec<String>,
    function: Function<'_, Float64Array, Option<Float64Array>>,
) -> napi::Result<model::Function> {
    let function = function.build_threadsafe_function::<Float64Array>().build()?;
    let names: Vec<String> = input.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let call = move |columns: &[&[f64]], results: &mut [Vec<f64>]| {
        let failed = || Error::internal("model_internal", "the function gave no result");
        let (sender, receiver) = sync_channel(1);
        let answer = move |answer: napi::Result<Option<Float64Array>>, _: Env| {
            // The run is over when nobody receives; the answer is then of no use.
            let _ = sender.send(answer.ok().flatten().map(|numbers| numbers.to_vec()));
            Ok(())
        };
        function.call_with_return_value(Float64Array::new(columns.concat()), Blocking, answer);
        let numbers = receiver.recv().ok().flatten().ok_or_else(failed)?;
        let length = columns.first().map_or(1, |column| column.len());
        if numbers.len() != length * results.len() {
            return Err(failed());
        }
        for (result, column) in results.iter_mut().zip(numbers.chunks_exact(length)) {
            result.copy_from_slice(column);
        }
        Ok(())
    };
    Ok(model::Function::new(names, outputs, call))
}

/// A promise of what the study of that name gives with `model` in place of its model, which computes
/// `outputs`.
#[napi]
pub fn study<'env>(
    env: &'env Env,
    name: String,
    input: String,
    outputs: Vec<String>,
    model: Function<'env, Float64Array, Option<Float64Array>>,
) -> napi::Result<Object<'env>> {
    let input = read(&input)?;
    let base = input.get("input").or(input.get("from_input")).unwrap_or(&Value::Null);
    let model = own_model(base, outputs, model)?;
    promise(env, move || evaluate_with(&name, &input, &model), |output| write(&output))
}
