//! `record!` and `choice!`: a struct or enum of an engine written once, from which reading,
//! checking, writing, schema and lowering follow.

/// Declares an input or output struct.
///
/// Each field is `pub name: Type [domain] = default`; domain and default are optional. A type that
/// mentions the parameter `N` holds numbers a simulation can draw. A field with neither a default
/// nor an `Option` type is required.
macro_rules! record {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident $(<$n:ident>)? {
            $( $(#[doc = $doc:literal])* pub $field:ident : $type:ty $([$domain:expr])? $(= $default:expr)? ),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name $(<$n = f64>)? {
            $( $(#[doc = $doc])* pub $field: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $crate::model::record::or_placeholder!($($default)?), )* }
            }
        }

        impl $name {
            const FIELDS: &'static [$crate::model::record::RecordField] = {
                $( #[allow(dead_code)] type $n = f64; )?
                &[$($crate::model::record::RecordField {
                    name: stringify!($field),
                    about: concat!($($doc),*),
                    domain: $crate::model::record::domain!($($domain)?),
                    has_default: $crate::model::record::has_default!($($default)?),
                    required: $crate::model::record::required!($type $(, $default)?),
                    schema: <$type as $crate::model::Field>::schema,
                }),*]
            };
        }

        impl $crate::model::Field for $name {
            fn read(
                value: &serde_json::Value,
                at: &$crate::model::Place<'_>,
                problems: &mut $crate::model::Problems,
            ) -> Option<Self> {
                let mut record = Self::default();
                let values: &mut [&mut dyn $crate::model::AnyField] = &mut [$(&mut record.$field),*];
                $crate::model::record::read(Self::FIELDS, values, value, at, problems).then_some(record)
            }

            fn placeholder() -> Self {
                Self::default()
            }

            fn check(&self, at: &$crate::model::Place<'_>, problems: &mut $crate::model::Problems) {
                $crate::model::record::check(Self::FIELDS, &[$(&self.$field),*], at, problems);
            }

            fn write(&self) -> serde_json::Value {
                $crate::model::record::write(Self::FIELDS, &[$(&self.$field),*])
            }

            fn find(&self, path: &$crate::model::Path, depth: usize) -> $crate::model::Found {
                $crate::model::record::find(Self::FIELDS, &[$(&self.$field),*], path, depth)
            }

            $crate::model::record::drawable!($($n)? { $($field)* });

            fn schema(_: &$crate::model::Domain) -> serde_json::Map<String, serde_json::Value> {
                let defaults = Self::default();
                $crate::model::record::schema(concat!($($about),*), Self::FIELDS, &[$(&defaults.$field),*])
            }
        }

        $crate::model::record::lower!($name $(<$n>)? { $($field [$($domain)?])* });

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::model::Field::write(self), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                $crate::model::read(&value).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Declares an enum of named choices; the first is the default.
macro_rules! choice {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident {
            $( $(#[doc = $doc:literal])* $variant:ident = $text:literal ),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $doc])* $variant, )*
        }

        impl $name {
            /// All choices, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as it is written in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl $crate::model::Field for $name {
            fn read(
                value: &serde_json::Value,
                at: &$crate::model::Place<'_>,
                problems: &mut $crate::model::Problems,
            ) -> Option<Self> {
                let found = value.as_str().and_then(|text| Self::ALL.iter().copied().find(|choice| choice.name() == text));
                if found.is_none() {
                    problems.refuse(at, value.clone(), concat!("one of" $(, " ", $text)*));
                }
                found
            }
            fn placeholder() -> Self {
                Self::default()
            }
            fn check(&self, _: &$crate::model::Place<'_>, _: &mut $crate::model::Problems) {}
            fn write(&self) -> serde_json::Value {
                self.name().into()
            }
            fn schema(_: &$crate::model::Domain) -> serde_json::Map<String, serde_json::Value> {
                let names: Vec<_> = Self::ALL.iter().map(|choice| choice.name()).collect();
                serde_json::Map::from_iter([
                    ("type".to_owned(), "string".into()),
                    ("enum".to_owned(), names.into()),
                ])
            }
        }

        $crate::model::fixed!($name);
    };
}

macro_rules! or_placeholder {
    () => {
        $crate::model::Field::placeholder()
    };
    ($default:expr) => {
        $default
    };
}
macro_rules! required {
    ($type:ty) => {
        <$type as $crate::model::Field>::REQUIRED
    };
    ($type:ty, $default:expr) => {
        false
    };
}
macro_rules! has_default {
    () => {
        false
    };
    ($default:expr) => {
        true
    };
}
macro_rules! domain {
    () => {
        $crate::model::Domain::NUMBER
    };
    ($domain:expr) => {
        $domain
    };
}
macro_rules! drawable {
    // The numbers of a record without the parameter are not for drawing.
    ({ $($fields:tt)* }) => {};
    ($n:ident { $($field:ident)* }) => {
        fn numbers(
            &mut self,
            at: &$crate::model::Place<'_>,
            visit: &mut dyn FnMut(&$crate::model::Place<'_>, &mut f64),
        ) {
            $crate::model::record::numbers(Self::FIELDS, &mut [$(&mut self.$field),*], at, visit);
        }
    };
}
macro_rules! lower {
    // A record without numbers to draw is lowered to itself.
    ($name:ident { $($fields:tt)* }) => {
        $crate::model::fixed!($name);
    };
    ($name:ident <$n:ident> { $($field:ident [$($domain:expr)?])* }) => {
        impl<M> $crate::model::Lower<M> for $name {
            type Out = $name<M>;
            fn lower(
                &self,
                at: &$crate::model::Place<'_>,
                exchange: &mut dyn FnMut(&$crate::model::Place<'_>, f64) -> M,
            ) -> Self::Out {
                $name {
                    $( $field: $crate::model::Lower::<M>::lower(
                        &self.$field,
                        &at.field(stringify!($field), $crate::model::record::domain!($($domain)?)),
                        exchange,
                    ), )*
                }
            }
        }
    };
}
pub(crate) use {choice, domain, drawable, has_default, lower, or_placeholder, record, required};

use serde_json::{Map, Value};

use super::any::AnyField;
use super::domain::Domain;
use super::field::{Place, Problems, typed};
use super::{Found, Path};
use crate::error::Error;

/// A field of a record, as data.
///
/// What a record does with its fields is written once, over this table and the fields themselves:
/// unrolled for each field of each record it would be a third of the library's code.
pub(crate) struct RecordField {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) domain: Domain,
    pub(crate) has_default: bool,
    pub(crate) required: bool,
    pub(crate) schema: fn(&Domain) -> Map<String, Value>,
}

impl RecordField {
    fn place<'a>(&self, at: &'a Place<'a>) -> Place<'a> {
        at.field(self.name, self.domain)
    }
}

/// Reads the fields of an object into `values`, which hold their defaults; false with a problem added
/// for each field that is missing, unknown or of another type.
pub(crate) fn read(
    fields: &[RecordField],
    values: &mut [&mut dyn AnyField],
    object: &Value,
    at: &Place<'_>,
    problems: &mut Problems,
) -> bool {
    let Some(object) = object.as_object() else {
        problems.refuse(at, object.clone(), "an object");
        return false;
    };
    for (name, value) in object {
        if !fields.iter().any(|field| field.name == name) {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            let place = at.field(name, Domain::NUMBER);
            problems.push(
                Error::invalid_input(place.to_string(), value.clone(), "unknown field")
                    .with_hint(format!("known fields: {}", names.join(", "))),
            );
        }
    }
    let mut whole = true;
    for (field, target) in fields.iter().zip(values) {
        whole &= match object.get(field.name) {
            None | Some(Value::Null) if field.required => {
                problems.missing(field.place(at), "required");
                false
            }
            None | Some(Value::Null) => true,
            Some(value) => target.read_into(value, &field.place(at), problems),
        };
    }
    whole
}

/// Adds a problem for each number outside its domain.
pub(crate) fn check(fields: &[RecordField], values: &[&dyn AnyField], at: &Place<'_>, problems: &mut Problems) {
    for (field, value) in fields.iter().zip(values) {
        value.check(&field.place(at), problems);
    }
}

/// The object of the fields.
pub(crate) fn write(fields: &[RecordField], values: &[&dyn AnyField]) -> Value {
    fields.iter().zip(values).map(|(field, value)| (field.name.to_owned(), value.write())).collect::<Map<_, _>>().into()
}

/// What the steps of `path` from `depth` lead to.
pub(crate) fn find(fields: &[RecordField], values: &[&dyn AnyField], path: &Path, depth: usize) -> Found {
    let name = path.name_at(depth);
    let position = fields.iter().position(|field| name == Some(field.name));
    position.map_or(Found::Nothing, |position| values[position].find(path, depth + 1))
}

/// Shows `visit` every number that can be drawn, in order.
pub(crate) fn numbers(
    fields: &[RecordField],
    values: &mut [&mut dyn AnyField],
    at: &Place<'_>,
    visit: &mut dyn FnMut(&Place<'_>, &mut f64),
) {
    for (field, value) in fields.iter().zip(values) {
        value.numbers(&field.place(at), visit);
    }
}

/// The JSON Schema of a record with these defaults.
pub(crate) fn schema(about: &str, fields: &[RecordField], defaults: &[&dyn AnyField]) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for (field, default) in fields.iter().zip(defaults) {
        let mut schema = (field.schema)(&field.domain);
        if !field.about.is_empty() {
            schema.insert("description".into(), field.about.trim().into());
        }
        if field.has_default {
            schema.insert("default".into(), default.write());
        }
        if field.required {
            required.push(field.name.into());
        }
        properties.insert(field.name.to_owned(), schema.into());
    }
    let mut schema = typed("object");
    if !about.is_empty() {
        schema.insert("description".into(), about.trim().into());
    }
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    schema
}
