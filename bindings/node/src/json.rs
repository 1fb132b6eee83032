//! JSON text across the border, and errors as the text of their JSON form, which the JavaScript half
//! turns into a `ValorError`.

use std::sync::Arc;

use napi::Status;
use serde_json::{Map, Value};
use valor_ivx::Error;

/// The largest integer a JavaScript number holds exactly.
const EXACT: u64 = (1 << 53) - 1;

/// Reads the JSON text that the JavaScript half wrote.
pub(crate) fn read(text: &str) -> napi::Result<Value> {
    serde_json::from_str(text).map_err(|cause| thrown(&Error::internal("malformed_message", cause.to_string())))
}

/// Writes a value as JSON text; integers beyond 2^53 as `{"$integer": "digits"}`.
pub(crate) fn write(value: &Value) -> String {
    if has_large(value) { with_large(value).to_string() } else { value.to_string() }
}

/// The number of what a JavaScript function threw; the JavaScript half keeps the thing itself.
struct Thrown(u32);

/// The error that stands for what the JavaScript function threw in call `call`.
pub(crate) fn foreign(call: u32) -> Error {
    Error::from_foreign(Arc::new(Thrown(call)), "a function of the host threw")
}

/// The library's error as the one to throw.
pub(crate) fn thrown(error: &Error) -> napi::Error {
    if let Some(Thrown(call)) = error.foreign().and_then(|foreign| foreign.downcast_ref()) {
        return napi::Error::new(Status::GenericFailure, format!("valor-ivx-thrown:{call}"));
    }
    napi::Error::new(Status::GenericFailure, format!("valor-ivx:{}", write(&told(error))))
}

/// The details of an error with its message, of which the JavaScript half makes a `ValorError`.
pub(crate) fn told(error: &Error) -> Value {
    let mut details = error.to_json();
    details["message"] = error.to_string().into();
    details
}

fn is_large(number: &serde_json::Number) -> bool {
    number.as_u64().is_some_and(|number| number > EXACT) || number.as_i64().is_some_and(|n| n.unsigned_abs() > EXACT)
}

fn has_large(value: &Value) -> bool {
    match value {
        Value::Number(number) => is_large(number),
        Value::Array(items) => items.iter().any(has_large),
        Value::Object(entries) => entries.values().any(has_large),
        _ => false,
    }
}

fn with_large(value: &Value) -> Value {
    match value {
        Value::Number(number) if is_large(number) => {
            Map::from_iter([("$integer".to_owned(), number.to_string().into())]).into()
        }
        Value::Array(items) => items.iter().map(with_large).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(name, value)| (name.clone(), with_large(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}
