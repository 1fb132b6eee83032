//! A model over many whole inputs, in parallel: order is kept, and an input that fails leaves its
//! error in its own place.
//!
//! For inputs that differ in a few numbers only, [`columns`](crate::columns) is far faster.

use serde_json::Value;

use crate::catalogue;
use crate::error::Error;
use crate::model::{Model, Path};
use crate::parallel;

/// Inputs a thread takes at once.
const PART: usize = 16;

/// Values each of `inputs` by the model called `model`, on `threads` threads (all cores unless given).
///
/// An unknown model is the error of the call; all others stand in the place of their input.
///
/// ```
/// use serde_json::json;
/// let inputs = [json!({"cashflows": [-100.0, 110.0]}), json!({"cashflows": [100.0]})];
/// let results = valor_ivx::evaluate_many("irr", &inputs, None)?;
/// assert!(results[0].is_ok() && results[1].is_err());
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn evaluate_many(
    model: &str,
    inputs: &[Value],
    threads: Option<usize>,
) -> Result<Vec<Result<Value, Error>>, Error> {
    let model = catalogue::find(model)?;
    each(inputs, threads, |input| model.evaluate(input))
}

/// As [`evaluate_many`] for inputs that are `base` with some values replaced: each of `rows` is an
/// object of paths and their values.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::batch::evaluate_many_over;
/// let base = json!({"rate": 0.1, "cashflows": [-100.0, 110.0]});
/// let rows = [json!({"rate": 0.0}), json!({"cashflows[1]": 120.0, "rate": 0.0})];
/// let results = evaluate_many_over("npv", &base, &rows, None)?;
/// assert_eq!(results[1].as_ref().unwrap()["npv"], 20.0);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn evaluate_many_over(
    model: &str,
    base: &Value,
    rows: &[Value],
    threads: Option<usize>,
) -> Result<Vec<Result<Value, Error>>, Error> {
    let model = catalogue::find(model)?;
    each(rows, threads, |row| evaluate_over(model, base, row))
}

fn evaluate_over(model: &dyn Model, base: &Value, row: &Value) -> Result<Value, Error> {
    let row = row.as_object().ok_or_else(|| Error::invalid_input("", row.clone(), "an object of paths and values"))?;
    let mut input = base.clone();
    let mut problems = Vec::new();
    for (path, value) in row {
        match Path::parse(path, "rows") {
            Ok(parsed) if parsed.set(&mut input, value) => {}
            Ok(_) => problems.push(Error::invalid_input(path, Value::Null, "unknown path")),
            Err(error) => problems.push(error),
        }
    }
    match Error::collect(problems) {
        None => model.evaluate(&input),
        Some(error) => Err(error),
    }
}

fn each(
    inputs: &[Value],
    threads: Option<usize>,
    value: impl Fn(&Value) -> Result<Value, Error> + Sync,
) -> Result<Vec<Result<Value, Error>>, Error> {
    let mut results: Vec<Result<Value, Error>> = vec![Ok(Value::Null); inputs.len()];
    parallel::in_parts(&mut results, PART, parallel::threads(threads), |start, results| {
        for (result, input) in results.iter_mut().zip(&inputs[start..]) {
            *result = value(input);
        }
    })?;
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use serde_json::json;

    #[test]
    fn each_input_has_its_own_result_in_its_own_place() {
        let inputs: Vec<Value> = (0..100)
            .map(|i| json!({"rate": if i % 7 == 3 { -2.0 } else { 0.01 * f64::from(i) }, "cashflows": [-100.0, 60.0, 60.0]}))
            .collect();
        for threads in [None, Some(1), Some(3)] {
            let results = evaluate_many("npv", &inputs, threads).unwrap();
            assert_eq!(results.len(), inputs.len());
            for (input, result) in inputs.iter().zip(results) {
                assert_eq!(result, catalogue::evaluate("npv", input));
            }
        }
    }

    #[test]
    fn rows_are_set_over_the_base_and_refused_alone() {
        let base = json!({"rate": 0.0, "cashflows": [-100.0, 110.0]});
        let rows = [json!({"cashflows[1]": 150.0}), json!({"cashflows[7]": 1.0, "a..b": 1.0}), json!({}), json!(3)];
        let results = evaluate_many_over("npv", &base, &rows, Some(2)).unwrap();
        assert_eq!(results[0].as_ref().unwrap()["npv"], 50.0);
        let refused = results[1].as_ref().unwrap_err();
        assert_eq!((refused.field(), refused.also().len()), (Some("cashflows[7]"), 1));
        assert_eq!(results[2].as_ref().unwrap()["npv"], 10.0);
        assert_eq!(results[3].as_ref().unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn an_unknown_model_is_the_error_of_the_call() {
        assert_eq!(evaluate_many("nothing", &[], None).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
