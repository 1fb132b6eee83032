//! Every golden case of a model that exists, through the uniform door.

use serde_json::Value;

/// The cases, shared with the Python and Node tests: those of development, and those computed from
/// textbooks by `golden/textbook.py`.
const FILES: [&str; 2] = [include_str!("golden/valuation.json"), include_str!("golden/textbook.json")];

fn cases() -> Vec<Value> {
    let files = FILES.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
    files.flat_map(|mut file| file["cases"].as_array_mut().map(std::mem::take).unwrap()).collect()
}

struct Tolerance<'a> {
    whole: &'a Value,
    fields: Vec<(&'a String, &'a Value)>,
}

impl Tolerance<'_> {
    /// Relative and absolute tolerance at a path: the longest listed path that covers it, else the whole's.
    fn at(&self, path: &str) -> (f64, f64) {
        let covering = self
            .fields
            .iter()
            .filter(|(field, _)| {
                path == *field || path.starts_with(&format!("{field}.")) || path.starts_with(&format!("{field}["))
            })
            .max_by_key(|(field, _)| field.len());
        let of = |name: &str| {
            let own = covering.and_then(|(_, tolerance)| tolerance[name].as_f64());
            own.or(self.whole[name].as_f64()).unwrap_or(0.0)
        };
        (of("rel"), of("abs"))
    }

    /// Compares only what is expected; adds a line for each difference.
    fn compare(&self, got: &Value, want: &Value, path: &str, differences: &mut Vec<String>) {
        match (got, want) {
            (Value::Object(got), Value::Object(want)) => {
                for (name, want) in want {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.compare(got.get(name).unwrap_or(&Value::Null), want, &path, differences);
                }
            }
            (Value::Array(got), Value::Array(want)) if got.len() == want.len() => {
                for (i, (got, want)) in got.iter().zip(want).enumerate() {
                    self.compare(got, want, &format!("{path}[{i}]"), differences);
                }
            }
            (Value::Number(got), Value::Number(want)) => {
                let (got, want) = (got.as_f64().unwrap(), want.as_f64().unwrap());
                let (rel, abs) = self.at(path);
                if (got - want).abs() > abs.max(rel * want.abs()) {
                    differences.push(format!("{path}: got {got}, want {want}"));
                }
            }
            (got, want) if got == want => {}
            (got, want) => differences.push(format!("{path}: got {got}, want {want}")),
        }
    }
}

#[test]
fn each_case_of_a_model_that_exists_is_met() {
    let mut run = 0;
    let mut failures = Vec::new();
    for case in cases() {
        let model = case["model"].as_str().unwrap();
        if valor_ivx::schema(model).is_err() {
            continue;
        }
        run += 1;
        let mut differences = Vec::new();
        match valor_ivx::evaluate(model, &case["inputs"]) {
            Ok(output) => {
                let none = serde_json::Map::new();
                let fields = case["tolerance"]["fields"].as_object().unwrap_or(&none).iter().collect();
                let tolerance = Tolerance { whole: &case["tolerance"], fields };
                if case["expected"].is_null() {
                    differences.push(format!("expected the error {}", case["expected_error"]));
                } else {
                    tolerance.compare(&output, &case["expected"], "", &mut differences);
                }
            }
            Err(error) => {
                let exact = Tolerance { whole: &Value::Null, fields: Vec::new() };
                match &case["expected_error"] {
                    Value::Null => differences.push(error.to_string()),
                    want => exact.compare(&error.to_json(), want, "", &mut differences),
                }
            }
        }
        failures.extend(differences.into_iter().map(|difference| format!("{}: {difference}", case["id"])));
    }
    assert!(run >= 190, "only {run} cases ran");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn each_model_has_a_case_computed_apart_from_it() {
    let cases = cases();
    let covered = |model: &str| cases.iter().any(|case| case["source"].is_string() && case["model"] == model);
    // A simulation has files of its own.
    let missing: Vec<_> =
        valor_ivx::models().map(|spec| spec.name).filter(|model| *model != "simulate" && !covered(model)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
