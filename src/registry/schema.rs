//! Whether an input is what a variant declares to take: the part of JSON Schema that schemas of models
//! are written in.
//!
//! `type`, `enum`, `const`, `required`, `properties`, `additionalProperties`, `items`, the limits of numbers,
//! texts and lists, `anyOf`, `oneOf`, `allOf`. Other keywords say nothing here, as those that a validator does not
//! know; where they change what a known one means (`patternProperties`, `prefixItems`, a `oneOf` of forms that
//! say more than is read here), that one refuses nothing that they may allow.
//! <https://json-schema.org/draft/2020-12/json-schema-validation>.

use serde_json::{Map, Value};

use crate::error::Error;

/// Problems that are named at most.
const MOST_PROBLEMS: usize = 100;

/// Refuses `input` with every problem it has by `schema`; reason `invalid_input`.
pub(super) fn check(input: &Value, schema: &Value) -> Result<(), Error> {
    let mut problems = Vec::new();
    visit(input, schema, "", &mut problems);
    Error::collect(problems).map_or(Ok(()), Err)
}

fn visit(value: &Value, schema: &Value, path: &str, problems: &mut Vec<Error>) {
    if problems.len() >= MOST_PROBLEMS {
        return;
    }
    let Some(schema) = schema.as_object() else {
        if *schema == Value::Bool(false) {
            refuse(value, path, "not allowed", problems);
        }
        return;
    };
    if let Some(types) = schema.get("type")
        && !is_of_type(value, types)
    {
        let allowed = types.as_str().map_or_else(|| types.to_string(), str::to_owned);
        return refuse(value, path, allowed, problems);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array)
        && !values.iter().any(|allowed| is_same(allowed, value))
    {
        refuse(value, path, format!("one of {}", Value::from(values.clone())), problems);
    }
    if let Some(only) = schema.get("const")
        && !is_same(only, value)
    {
        refuse(value, path, only.to_string(), problems);
    }
    limits(value, schema, path, problems);
    match value {
        Value::Object(fields) => object(fields, schema, path, problems),
        Value::Array(items) => {
            if let Some(schema) = schema.get("items").filter(|_| !schema.contains_key("prefixItems")) {
                let each = |(at, item)| visit(item, schema, &format!("{path}[{at}]"), problems);
                items.iter().enumerate().for_each(each);
            }
        }
        _ => {}
    }
    choices(value, schema, path, problems);
}

fn refuse(value: &Value, path: &str, constraint: impl Into<String>, problems: &mut Vec<Error>) {
    if problems.len() >= MOST_PROBLEMS {
        return;
    }
    let field = if path.is_empty() { "input" } else { path };
    problems.push(Error::invalid_input(field, value.clone(), constraint).with_reason("invalid_input"));
}

fn is_of_type(value: &Value, types: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    };
    match types {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

/// Numbers are the same by value, however they are written.
fn is_same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| one == other)
}

/// A keyword, whether a number keeps to its limit, and how that is said.
type Rule = (&'static str, fn(f64, f64) -> bool, &'static str);

fn limits(value: &Value, schema: &Map<String, Value>, path: &str, problems: &mut Vec<Error>) {
    let size = match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        _ => None,
    };
    let measured = value.as_f64().or(size.map(|size| size as f64));
    let Some(measured) = measured else { return };
    let (least, most) = match value {
        Value::String(_) => ("minLength", "maxLength"),
        Value::Array(_) => ("minItems", "maxItems"),
        _ => ("minimum", "maximum"),
    };
    let rules: [Rule; 4] = [
        (least, |value, limit| value >= limit, "at least"),
        (most, |value, limit| value <= limit, "at most"),
        ("exclusiveMinimum", |value, limit| value > limit, "above"),
        ("exclusiveMaximum", |value, limit| value < limit, "below"),
    ];
    for (name, holds, words) in rules {
        if name.starts_with("exclusive") && size.is_some() {
            continue;
        }
        if let Some(limit) = schema.get(name).and_then(Value::as_f64)
            && !holds(measured, limit)
        {
            let what = if size.is_some() { "length " } else { "" };
            refuse(value, path, format!("{what}{words} {limit}"), problems);
        }
    }
}

fn object(fields: &Map<String, Value>, schema: &Map<String, Value>, path: &str, problems: &mut Vec<Error>) {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            refuse(&Value::Null, &at(name), "present", problems);
        }
    }
    let known = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties").filter(|_| !schema.contains_key("patternProperties"));
    for (name, value) in fields {
        match known.and_then(|known| known.get(name)).or(others) {
            Some(Value::Bool(false)) => refuse(value, &at(name), "a field that is known", problems),
            Some(schema) => visit(value, schema, &at(name), problems),
            None => {}
        }
    }
}

fn choices(value: &Value, schema: &Map<String, Value>, path: &str, problems: &mut Vec<Error>) {
    let of = |name: &str| schema.get(name).and_then(Value::as_array);
    let fits = |schema: &&Value| {
        let mut found = Vec::new();
        visit(value, schema, path, &mut found);
        found.is_empty()
    };
    if let Some(schemas) = of("anyOf")
        && !schemas.iter().any(|schema| fits(&schema))
    {
        refuse(value, path, "one of the forms of its schema", problems);
    }
    if let Some(schemas) = of("oneOf")
        && match schemas.iter().filter(fits).count() {
            0 => true,
            1 => false,
            _ => schemas.iter().all(is_read_whole),
        }
    {
        refuse(value, path, "exactly one of the forms of its schema", problems);
    }
    for schema in of("allOf").into_iter().flatten() {
        visit(value, schema, path, problems);
    }
}

/// Keywords that are read here, and those that never refuse anything.
const READ: [&str; 27] = [
    "type",
    "enum",
    "const",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "anyOf",
    "oneOf",
    "allOf",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$schema",
];

/// Whether all that `schema` asks is read here.
fn is_read_whole(schema: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return true };
    schema.iter().all(|(name, inner)| match name.as_str() {
        "properties" => inner.as_object().is_none_or(|fields| fields.values().all(is_read_whole)),
        "items" | "additionalProperties" => is_read_whole(inner),
        "anyOf" | "oneOf" | "allOf" => inner.as_array().is_none_or(|forms| forms.iter().all(is_read_whole)),
        name => READ.contains(&name),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(input: &Value, schema: &Value) -> Vec<String> {
        let Err(error) = check(input, schema) else { return Vec::new() };
        let field = |error: &Error| error.field().unwrap_or_default().to_owned();
        std::iter::once(field(&error)).chain(error.also().iter().map(field)).collect()
    }

    #[test]
    fn every_problem_of_an_input_is_named_by_its_field() {
        let schema = json!({
            "type": "object", "required": ["growth", "years"], "additionalProperties": false,
            "properties": {
                "growth": {"type": "number", "minimum": -1, "exclusiveMaximum": 1},
                "years": {"type": "integer"},
                "method": {"enum": ["gordon", "exit"]},
                "flows": {"type": "array", "minItems": 1, "items": {"type": ["number", "null"]}},
                "note": {"type": "string", "maxLength": 3},
                "by_name": {"type": "object", "additionalProperties": {"type": "boolean"}},
            },
        });
        let good = json!({"growth": 0.1, "years": 3.0, "method": "exit", "flows": [1, null], "note": "été", "by_name": {"a": true}});
        assert!(refused(&good, &schema).is_empty());
        let bad =
            json!({"growth": 1, "method": "magic", "flows": [1, "2"], "note": "long", "by_name": {"a": 1}, "more": 0});
        let mut found = refused(&bad, &schema);
        found.sort_unstable();
        assert_eq!(found, ["by_name.a", "flows[1]", "growth", "method", "more", "note", "years"]);
        assert_eq!(refused(&json!({"growth": 0, "years": 1, "flows": []}), &schema), ["flows"]);
        assert_eq!(refused(&json!([]), &schema), ["input"]);
    }

    #[test]
    fn keywords_that_are_not_read_refuse_nothing_by_way_of_others() {
        let union = json!({"oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]});
        assert!(check(&json!({"kind": "cat"}), &union).is_ok());
        let pattern = json!({"patternProperties": {"^x-": {}}, "additionalProperties": false});
        assert!(check(&json!({"x-note": 1}), &pattern).is_ok());
        let tuple = json!({"prefixItems": [{"type": "string"}], "items": {"type": "number"}});
        assert!(check(&json!(["a", 1]), &tuple).is_ok());
        let many = json!((0..1_000).map(|_| "wrong").collect::<Vec<_>>());
        assert_eq!(refused(&many, &json!({"items": {"type": "number"}})).len(), MOST_PROBLEMS);
    }

    #[test]
    fn forms_are_counted() {
        let either = json!([{"type": "number"}, {"type": "integer"}, {"const": "mean"}]);
        for (value, any, one) in [
            (json!(0.5), true, true),
            (json!(2), true, false),
            (json!("mean"), true, true),
            (json!(true), false, false),
        ] {
            assert_eq!(check(&value, &json!({"anyOf": either})).is_ok(), any, "{value}");
            assert_eq!(check(&value, &json!({"oneOf": either})).is_ok(), one, "{value}");
        }
        assert!(check(&json!(5), &json!({"allOf": [{"minimum": 1}, {"maximum": 4}]})).is_err());
        assert!(check(&json!(5), &json!(false)).is_err() && check(&json!(5), &json!(true)).is_ok());
    }
}
