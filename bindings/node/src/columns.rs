//! A model over typed arrays.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use valor_ivx::columns::{Column, evaluate_columns as evaluate_rows};

use crate::json::{read, thrown};

/// One output a row; the columns are for the inputs at `paths`.
#[napi]
pub fn evaluate_columns(
    model: String,
    inputs: String,
    paths: Vec<String>,
    columns: Vec<Float64Array>,
    output: Option<String>,
) -> napi::Result<Float64Array> {
    let inputs = read(&inputs)?;
    let columns: Vec<Column<'_>> = paths.iter().zip(&columns).map(|(path, values)| Column::new(path, values)).collect();
    evaluate_rows(&model, &inputs, &columns, output.as_deref()).map(Float64Array::new).map_err(|error| thrown(&error))
}
