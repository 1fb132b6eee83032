//! A model over many whole inputs, JSON text in and out.

use napi_derive::napi;
use serde_json::{Value, json};
use valor_ivx::batch::evaluate_many_over;

use crate::json::{read, thrown, told, write};

/// `[{"output": …} or {"error": …}]`, one for each row over `base`.
#[napi]
pub fn evaluate_many(model: String, base: String, rows: String, threads: Option<u32>) -> napi::Result<String> {
    let base = read(&base)?;
    let Value::Array(rows) = read(&rows)? else { return Ok("[]".to_owned()) };
    let valued = evaluate_many_over(&model, &base, &rows, threads.map(|threads| threads as usize));
    let results = valued.map_err(|error| thrown(&error))?.into_iter().map(|result| match result {
        Ok(output) => json!({"output": output}),
        Err(error) => json!({"error": told(&error)}),
    });
    Ok(write(&results.collect()))
}
