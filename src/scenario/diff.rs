//! What is different between two inputs, field by field, as they are given: a default that is written
//! out differs from one that is not.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::model::{Domain, Engine, ModelSpec, Path, Place, Problems, choice, record, value_of};

record! {
    /// Two inputs to be compared.
    pub struct Diff {
        /// The old input.
        pub a: Value,
        /// The new input.
        pub b: Value,
    }
}

choice! {
    /// What happened to a value.
    pub enum DifferenceKind {
        /// It is only in the new input.
        Added = "added",
        /// It is only in the old input.
        Removed = "removed",
        /// It is another.
        Changed = "changed",
    }
}

record! {
    /// A value that is not the same in both inputs.
    pub struct Difference {
        /// Where it stands.
        pub path: String,
        /// The old value; null where it was added.
        pub old: Option<Value>,
        /// The new value; null where it was removed.
        pub new: Option<Value>,
        /// What happened.
        pub kind: DifferenceKind,
    }
}

record! {
    /// The differences, in the order of the fields.
    pub struct DiffOutput {
        /// None if and only if the inputs are equal.
        pub differences: Vec<Difference>,
        /// Number of differences.
        pub count: u64,
    }
}

impl Diff {
    /// Compares the inputs.
    pub fn value(&self) -> Result<DiffOutput, Error> {
        value_of(self)
    }
}

/// The differences of the input `b` against the input `a`, none if and only if they are equal.
///
/// A null is a field that is missing, and 1.0 is 1. Elements of an array are compared by position. An
/// object with a field that no path can name is compared as a whole.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::scenario::{DifferenceKind, diff};
/// let differences = diff(
///     &json!({"rate": 0.1, "cashflows": [-100.0, 121.0]}),
///     &json!({"rate": 0.1, "cashflows": [-100.0, 121.0, 50.0]}),
/// )?;
/// assert_eq!(differences[0].path, "cashflows[2]");
/// assert_eq!(differences[0].kind, DifferenceKind::Added);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn diff(a: &Value, b: &Value) -> Result<Vec<Difference>, Error> {
    Diff { a: a.clone(), b: b.clone() }.value().map(|output| output.differences)
}

impl Engine for Diff {
    const SPEC: ModelSpec = ModelSpec {
        name: "scenarios_diff",
        about: "What is different between two inputs, field by field",
        version: "1.0.0",
        primary: "count",
        feature: "basic_analytics",
    };

    type Output = DiffOutput;

    fn rules(&self, problems: &mut Problems) {
        for (field, input) in [("a", &self.a), ("b", &self.b)] {
            match input.as_object() {
                None => problems.refuse(field, input.clone(), "an object"),
                Some(object) => {
                    for name in object.keys().filter(|name| !Path::can_name(name)) {
                        problems.refuse(field, name.as_str(), "names that a path can have: not empty, no dot or [");
                    }
                }
            }
        }
    }

    fn compute(&self) -> Result<DiffOutput, Error> {
        let mut differences = Vec::new();
        compare(Some(&canonical(&self.a)), Some(&canonical(&self.b)), &Place::ROOT, &mut differences);
        Ok(DiffOutput { count: differences.len() as u64, differences })
    }
}

/// `value` with what means the same written the same: fields that are null left out, whole numbers as
/// integers.
pub(super) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let given = object.iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| (name.clone(), canonical(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Number(number) => number.as_f64().and_then(whole).map_or_else(|| value.clone(), Value::from),
        other => other.clone(),
    }
}

/// The number as an integer, where it is one and has no neighbour that is written the same.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    exact.then_some(number as i64)
}

fn compare(old: Option<&Value>, new: Option<&Value>, at: &Place<'_>, differences: &mut Vec<Difference>) {
    match (old, new) {
        _ if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) if names(old).chain(names(new)).all(Path::can_name) => {
            let added = names(new).filter(|name| !old.contains_key(*name));
            for name in names(old).chain(added) {
                compare(old.get(name), new.get(name), &at.field(name, Domain::NUMBER), differences);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for i in 0..old.len().max(new.len()) {
                compare(old.get(i), new.get(i), &at.index(i), differences);
            }
        }
        _ => differences.push(Difference {
            path: at.to_string(),
            old: old.cloned(),
            new: new.cloned(),
            kind: match (old, new) {
                (None, _) => DifferenceKind::Added,
                (_, None) => DifferenceKind::Removed,
                _ => DifferenceKind::Changed,
            },
        }),
    }
}

fn names(object: &Map<String, Value>) -> impl Iterator<Item = &str> {
    object.keys().map(String::as_str)
}
