//! One text for one JSON value, so that equal values have equal digests in every language.

use std::fmt::Write;

use serde_json::Value;

/// `value` as JSON with keys sorted by their UTF-8 bytes and no insignificant space.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::model::canonical_json;
/// assert_eq!(canonical_json(&json!({"b": [1, 2.5], "a": null})), r#"{"a":null,"b":[1,2.5]}"#);
/// ```
#[must_use]
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

pub(crate) fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_unstable_by_key(|(name, _)| name.as_bytes());
            text.push('{');
            for (index, (name, entry)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(text, name);
                text.push(':');
                write_value(text, entry);
            }
            text.push('}');
        }
        Value::Array(entries) => {
            text.push('[');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, entry);
            }
            text.push(']');
        }
        Value::String(string) => write_string(text, string),
        scalar => append(text, scalar),
    }
}

pub(crate) fn write_string(text: &mut String, string: &str) {
    // What JSON escapes is below a space, a quote or a backslash.
    if string.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        append(text, &Value::from(string));
        return;
    }
    text.push('"');
    text.push_str(string);
    text.push('"');
}

fn append(text: &mut String, scalar: &Value) {
    write!(text, "{scalar}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_keys_does_not_reach_the_text_at_any_depth() {
        let one = json!({"b": {"y": 1, "x": [{"q": 1, "p": 2}]}, "a": "ü\"\n"});
        let two = json!({"a": "ü\"\n", "b": {"x": [{"p": 2, "q": 1}], "y": 1}});
        assert_eq!(canonical_json(&one), canonical_json(&two));
        assert_eq!(canonical_json(&one), r#"{"a":"ü\"\n","b":{"x":[{"p":2,"q":1}],"y":1}}"#);
    }

    #[test]
    fn texts_are_written_as_json_has_them() {
        for byte in 0..=0x7f_u8 {
            let value = json!([format!("a{}é", char::from(byte))]);
            assert_eq!(canonical_json(&value), value.to_string());
        }
    }

    #[test]
    fn seeds_beyond_two_to_the_53_keep_every_digit() {
        assert_eq!(canonical_json(&json!(u64::MAX)), "18446744073709551615");
    }
}
