//! JSON from callers as it came in: bounded in size and depth, and saying each thing once.
//!
//! A parser that takes the last of two equal keys lets two readers of one text see different things, so
//! text is read here, before it is a value.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::Error;

/// The most bytes of a document.
pub const MOST_DOCUMENT_BYTES: usize = 64 * 1_024;

/// How deep lists and objects of a document are nested at most, the outermost counted.
pub const MOST_DOCUMENT_DEPTH: usize = 16;

/// Beyond this size a number is not kept as it was written.
const LARGEST_NUMBER: f64 = 18_446_744_073_709_551_616.0;

const ALLOWED: &str = "JSON of at most 64 KiB, 16 deep, its numbers within 2^64, no key of an object twice";

/// A JSON value of at most 64 KiB and 16 levels.
///
/// ```
/// use valor_ivx::tenancy::Document;
///
/// assert!(Document::parse("patch", r#"{"theme": "dark"}"#).is_ok());
/// assert!(Document::parse("patch", r#"{"theme": "dark", "theme": "light"}"#).is_err());
/// ```
#[derive(Clone, PartialEq)]
pub struct Document(Value);

impl Document {
    /// Reads `text`; errors are about `field` and repeat nothing of what was written.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        if text.len() > MOST_DOCUMENT_BYTES {
            return Err(refused(field, &format!("this has {} bytes", text.len())));
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = Level(MOST_DOCUMENT_DEPTH).deserialize(&mut reader);
        let whole = read.and_then(|value| reader.end().map(|()| value));
        whole.map(Self).map_err(|cause| refused(field, &cause.to_string()))
    }

    /// Takes a value that was read before; errors are about `field` and repeat nothing of it.
    pub fn of(field: &str, value: Value) -> Result<Self, Error> {
        if !is_within(&value, MOST_DOCUMENT_DEPTH) {
            return Err(refused(field, "this is too deep, or holds a number too large"));
        }
        let bytes = value.to_string().len();
        if bytes > MOST_DOCUMENT_BYTES {
            return Err(refused(field, &format!("this has {bytes} bytes")));
        }
        Ok(Self(value))
    }

    /// What it says.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Document {
    /// Without what it says, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").finish_non_exhaustive()
    }
}

fn refused(field: &str, why: &str) -> Error {
    Error::invalid_input(field, Value::Null, format!("{ALLOWED} ({why})"))
}

fn is_within(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_within(item, depth - 1)),
        Value::Object(fields) => depth > 0 && fields.values().all(|field| is_within(field, depth - 1)),
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= LARGEST_NUMBER),
        _ => true,
    }
}

/// A place in a document, with how many levels there may be below it.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.abs() <= LARGEST_NUMBER { Ok(value.into()) } else { Err(E::custom("too large a number")) }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(below)? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let field = map.next_value_seed(below)?;
            if fields.insert(name, field).is_some() {
                return Err(A::Error::custom("a key that stands there twice"));
            }
        }
        Ok(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}1{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn threat_34_deep_long_huge_or_doubled_json_is_refused_in_text_and_as_a_value() {
        assert!(Document::parse("x", &nested(16)).is_ok());
        let long = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
        assert!(Document::parse("x", &long(64 * 1_024)).is_ok());
        for hostile in [
            nested(17),
            nested(100_000),
            "[".repeat(60_000),
            long(64 * 1_024 + 1),
            "1e400".to_owned(),
            "1e30".to_owned(),
            "123456789012345678901234567890".to_owned(),
            r#"{"a": 1, "a": 2}"#.to_owned(),
            r#"{"a": 1, "\u0061": 1}"#.to_owned(),
            r#"{"a": [{"b": null, "b": null}]}"#.to_owned(),
            r#"{"a": 1} {"a": 2}"#.to_owned(),
            "{\"a\": 1".to_owned(),
            String::new(),
        ] {
            let error = Document::parse("x", &hostile).unwrap_err();
            assert_eq!(error.field(), Some("x"), "{error}");
        }
        let deep = (0..17).fold(json!(1), |inner, _| json!({ "a": inner }));
        for hostile in [deep, json!("a".repeat(64 * 1_024)), json!(1e30)] {
            assert_eq!(Document::of("x", hostile).unwrap_err().field(), Some("x"));
        }
    }

    #[test]
    fn nothing_that_was_written_is_told_again() {
        for text in [r#"{"canary": "canary", "canary": 1}"#, "canary", "\"canary", r#"{"canary" 1}"#] {
            let error = Document::parse("x", text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        let document = Document::parse("x", r#""canary""#).unwrap();
        assert!(!format!("{document:?}").contains("canary"));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e15..1e15_f64).prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|fields| fields.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn text_and_value_are_read_alike(value in value()) {
            let parsed = Document::parse("x", &value.to_string()).unwrap();
            prop_assert_eq!(parsed.value(), &value);
            prop_assert_eq!(parsed, Document::of("x", value).unwrap());
        }
    }
}
