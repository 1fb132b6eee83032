//! A model's JSON Schema as a tree of types that each language can write down.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::names::pascal;
use crate::run::Outcome;

/// An engine: its name, what it does, and the types of both of its sides.
pub(crate) struct EngineShape {
    /// Name of the model.
    pub(crate) model: String,
    /// Name of the class.
    pub(crate) class: String,
    /// One line.
    pub(crate) about: String,
    /// The inputs.
    pub(crate) inputs: Record,
    /// The outputs.
    pub(crate) outputs: Record,
}

/// An object with known names.
pub(crate) struct Record {
    /// Name of the type.
    pub(crate) name: String,
    /// What it is.
    pub(crate) about: String,
    /// Its fields in order.
    pub(crate) fields: Vec<FieldShape>,
}

/// A field of a record.
pub(crate) struct FieldShape {
    /// Its name.
    pub(crate) name: String,
    /// What it means, with unit and default.
    pub(crate) about: String,
    /// Whether it must be given.
    pub(crate) required: bool,
    /// Its type.
    pub(crate) shape: Shape,
}

/// A type.
pub(crate) enum Shape {
    Number,
    Integer,
    Boolean,
    Text,
    Date,
    Choice(Vec<String>),
    Any,
    Null,
    List(Box<Shape>),
    Map(Box<Shape>),
    Record(Record),
    Either(Vec<Shape>),
}

impl EngineShape {
    /// Reads the schema of a model.
    pub(crate) fn read(schema: &Value) -> Outcome<Self> {
        let model = schema["name"].as_str().ok_or("a schema has no name")?.to_owned();
        let class = pascal(&model);
        Ok(Self {
            about: schema["about"].as_str().unwrap_or_default().to_owned(),
            inputs: record(&schema["inputs"], &format!("{class}Inputs")).ok_or(format!("{model}: no input fields"))?,
            outputs: record(&schema["outputs"], &format!("{class}Result")).ok_or(format!("{model}: no outputs"))?,
            model,
            class,
        })
    }
}

impl Record {
    /// This record and those inside it, innermost first.
    pub(crate) fn all(&self) -> Vec<&Record> {
        let mut records: Vec<&Record> = self.fields.iter().flat_map(|field| field.shape.records()).collect();
        records.push(self);
        records
    }
}

impl Shape {
    /// The records inside, innermost first.
    pub(crate) fn records(&self) -> Vec<&Record> {
        match self {
            Shape::Record(record) => record.all(),
            Shape::List(of) | Shape::Map(of) => of.records(),
            Shape::Either(shapes) => shapes.iter().flat_map(Shape::records).collect(),
            _ => Vec::new(),
        }
    }
}

fn record(schema: &Value, name: &str) -> Option<Record> {
    let properties = schema.get("properties")?.as_object()?;
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let field = |(field, schema): (&String, &Value)| FieldShape {
        name: field.clone(),
        about: about(schema),
        required: required.contains(&field.as_str()),
        shape: shape(schema, &format!("{name}{}", pascal(field))),
    };
    Some(Record {
        name: name.to_owned(),
        about: schema["description"].as_str().unwrap_or_default().to_owned(),
        fields: properties.iter().map(field).collect(),
    })
}

fn about(schema: &Value) -> String {
    let mut about = schema["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(default) = schema.get("default") {
        let separator = if about.is_empty() { "" } else { " " };
        // Writing to a String cannot fail.
        let _ = write!(about, "{separator}Default: {default}.");
    }
    about
}

fn shape(schema: &Value, name: &str) -> Shape {
    let Some(schema) = schema.as_object() else { return Shape::Any };
    if let Some(Value::Array(either)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        return Shape::Either(either.iter().map(|schema| shape(schema, name)).collect());
    }
    match schema.get("type") {
        Some(Value::String(kind)) => typed(kind, schema, name),
        Some(Value::Array(kinds)) => {
            Shape::Either(kinds.iter().filter_map(Value::as_str).map(|kind| typed(kind, schema, name)).collect())
        }
        _ => Shape::Any,
    }
}

fn typed(kind: &str, schema: &Map<String, Value>, name: &str) -> Shape {
    match kind {
        "number" => Shape::Number,
        "integer" => Shape::Integer,
        "boolean" => Shape::Boolean,
        "null" => Shape::Null,
        "string" => match schema.get("enum") {
            Some(Value::Array(choices)) => {
                Shape::Choice(choices.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            _ if schema.get("format").is_some_and(|format| format == "date") => Shape::Date,
            _ => Shape::Text,
        },
        "array" => Shape::List(Box::new(schema.get("items").map_or(Shape::Any, |items| shape(items, name)))),
        "object" => match record(&Value::Object(schema.clone()), name) {
            Some(record) => Shape::Record(record),
            None => Shape::Map(Box::new(schema.get("additionalProperties").map_or(Shape::Any, |of| shape(of, name)))),
        },
        _ => Shape::Any,
    }
}
