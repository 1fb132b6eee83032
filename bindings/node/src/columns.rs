//! A model over typed arrays.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use valor_ivx::columns::{Column, ColumnModel, evaluate_columns as evaluate_rows};

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
    let columns = one_a_row(&paths, &columns);
    evaluate_rows(&model, &inputs, &columns, output.as_deref()).map(Float64Array::new).map_err(|error| thrown(&error))
}

/// A model made ready once for columns at its paths.
#[napi]
pub struct NativeColumnModel(ColumnModel);

#[napi]
impl NativeColumnModel {
    /// `inputs` are JSON, whole and valid.
    #[napi(constructor)]
    pub fn new(model: String, inputs: String, paths: Vec<String>, output: Option<String>) -> napi::Result<Self> {
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        let made = ColumnModel::new(&model, &read(&inputs)?, &paths, output.as_deref());
        made.map(Self).map_err(|error| thrown(&error))
    }

    /// One value a row; the columns are for the inputs at `paths`.
    #[napi]
    pub fn evaluate(&self, paths: Vec<String>, columns: Vec<Float64Array>) -> napi::Result<Float64Array> {
        self.0.evaluate(&one_a_row(&paths, &columns)).map(Float64Array::new).map_err(|error| thrown(&error))
    }
}

fn one_a_row<'a>(paths: &'a [String], columns: &'a [Float64Array]) -> Vec<Column<'a>> {
    paths.iter().zip(columns).map(|(path, values)| Column::new(path, values)).collect()
}
