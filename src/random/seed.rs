//! Seeds as they stand in inputs.

use serde_json::{Map, Value, json};

use crate::model::{Domain, Field, LARGEST_EXACT, Place, Problems, fixed};

/// A seed: in JSON a number up to 2^53 - 1, or a decimal string up to 2^64 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Seed(pub u64);

impl Field for Seed {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        let seed = match value {
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            Value::Number(_) => {
                let whole = u64::read(value, at, &mut Problems::default());
                whole.filter(|&seed| seed <= LARGEST_EXACT)
            }
            _ => None,
        };
        if seed.is_none() {
            let constraint = "a whole number up to 2^53 - 1, or a decimal string up to 2^64 - 1";
            problems.refuse(at, value.clone(), constraint);
        }
        seed.map(Self)
    }
    fn placeholder() -> Self {
        Self(0)
    }
    fn check(&self, _: &Place<'_>, _: &mut Problems) {}
    fn write(&self) -> Value {
        if self.0 <= LARGEST_EXACT { self.0.into() } else { self.0.to_string().into() }
    }
    fn schema(_: &Domain) -> Map<String, Value> {
        let number = json!({"type": "integer", "minimum": 0, "maximum": LARGEST_EXACT});
        Map::from_iter([("anyOf".to_owned(), json!([number, {"type": "string", "pattern": "^[0-9]+$"}]))])
    }
}
fixed!(Seed);
