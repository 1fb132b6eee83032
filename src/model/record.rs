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

        impl $crate::model::record::Record for $name {
            fn fields(&self) -> &'static [$crate::model::record::RecordField] {
                $( #[allow(dead_code)] type $n = f64; )?
                const {
                    &[$($crate::model::record::RecordField {
                        name: stringify!($field),
                        about: concat!($($doc),*),
                        domain: $crate::model::record::domain!($($domain)?),
                        has_default: $crate::model::record::has_default!($($default)?),
                        required: $crate::model::record::required!($type $(, $default)?),
                        schema: <$type as $crate::model::Field>::schema,
                    }),*]
                }
            }

            fn values(&self, show: &mut dyn FnMut(&[&dyn $crate::model::AnyField])) {
                show(&[$(&self.$field),*]);
            }

            fn values_mut(&mut self, show: &mut dyn FnMut(&mut [&mut dyn $crate::model::AnyField])) {
                show(&mut [$(&mut self.$field),*]);
            }
        }

        impl $crate::model::Field for $name {
            fn read(
                value: &serde_json::Value,
                at: &$crate::model::Place<'_>,
                problems: &mut $crate::model::Problems,
            ) -> Option<Self> {
                let mut record = Self::default();
                $crate::model::record::read(&mut record, value, at, problems).then_some(record)
            }

            fn placeholder() -> Self {
                Self::default()
            }

            fn check(&self, at: &$crate::model::Place<'_>, problems: &mut $crate::model::Problems) {
                $crate::model::record::check(self, at, problems);
            }

            fn write(&self) -> serde_json::Value {
                $crate::model::record::write(self)
            }

            fn find(&self, path: &$crate::model::Path, depth: usize) -> $crate::model::Found {
                $crate::model::record::find(self, path, depth)
            }

            $crate::model::record::drawable!($($n)?);

            fn schema(_: &$crate::model::Domain) -> serde_json::Map<String, serde_json::Value> {
                $crate::model::record::schema(concat!($($about),*), &Self::default())
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

            const NAMES: &'static [&'static str] = &[$($text),*];

            /// The name as it is written in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                Self::NAMES[self as usize]
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
                $crate::model::record::choose(Self::NAMES, value, at, problems).map(|position| Self::ALL[position])
            }
            fn placeholder() -> Self {
                Self::default()
            }
            fn check(&self, _: &$crate::model::Place<'_>, _: &mut $crate::model::Problems) {}
            fn write(&self) -> serde_json::Value {
                self.name().into()
            }
            fn schema(_: &$crate::model::Domain) -> serde_json::Map<String, serde_json::Value> {
                $crate::model::record::choice_schema(Self::NAMES)
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
    () => {};
    ($n:ident) => {
        fn numbers(
            &mut self,
            at: &$crate::model::Place<'_>,
            visit: &mut dyn FnMut(&$crate::model::Place<'_>, &mut f64),
        ) {
            $crate::model::record::numbers(self, at, visit);
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

/// A record of any type, seen by its fields.
///
/// What a record does with its fields is written once, over these: unrolled for each field of each
/// record it took a seventh of the addon.
pub(crate) trait Record {
    /// The fields, in order.
    fn fields(&self) -> &'static [RecordField];
    /// Shows what is in them.
    fn values(&self, show: &mut dyn FnMut(&[&dyn AnyField]));
    /// Shows what is in them, to be changed.
    fn values_mut(&mut self, show: &mut dyn FnMut(&mut [&mut dyn AnyField]));
}

/// A field of a record, as data.
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

/// Reads the fields of an object into `record`, which holds its defaults; false with a problem added
/// for each field that is missing or of another type. Unknown fields are problems too.
pub(crate) fn read(record: &mut dyn Record, object: &Value, at: &Place<'_>, problems: &mut Problems) -> bool {
    let fields = record.fields();
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
    record.values_mut(&mut |values| {
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
    });
    whole
}

/// Adds a problem for each number outside its domain.
pub(crate) fn check(record: &dyn Record, at: &Place<'_>, problems: &mut Problems) {
    let fields = record.fields();
    record.values(&mut |values| {
        for (field, value) in fields.iter().zip(values) {
            value.check(&field.place(at), problems);
        }
    });
}

/// The object of the fields.
pub(crate) fn write(record: &dyn Record) -> Value {
    let mut object = Map::new();
    record.values(&mut |values| {
        object.extend(record.fields().iter().zip(values).map(|(field, value)| (field.name.to_owned(), value.write())));
    });
    object.into()
}

/// What the steps of `path` from `depth` lead to.
pub(crate) fn find(record: &dyn Record, path: &Path, depth: usize) -> Found {
    let name = path.name_at(depth);
    let mut found = Found::Nothing;
    if let Some(position) = record.fields().iter().position(|field| name == Some(field.name)) {
        record.values(&mut |values| found = values[position].find(path, depth + 1));
    }
    found
}

/// Shows `visit` every number that can be drawn, in order.
pub(crate) fn numbers(record: &mut dyn Record, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
    let fields = record.fields();
    record.values_mut(&mut |values| {
        for (field, value) in fields.iter().zip(values) {
            value.numbers(&field.place(at), visit);
        }
    });
}

/// The JSON Schema of a record with these defaults.
pub(crate) fn schema(about: &str, defaults: &dyn Record) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    defaults.values(&mut |values| {
        for (field, default) in defaults.fields().iter().zip(values) {
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
    });
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

/// The position of the name that stands here.
pub(crate) fn choose(names: &[&str], value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<usize> {
    let found = value.as_str().and_then(|text| names.iter().position(|name| *name == text));
    if found.is_none() {
        problems.refuse(at, value.clone(), format!("one of {}", names.join(" ")));
    }
    found
}

/// The JSON Schema of a choice among names.
pub(crate) fn choice_schema(names: &[&str]) -> Map<String, Value> {
    let mut schema = typed("string");
    schema.insert("enum".into(), names.into());
    schema
}
