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

        impl $crate::model::Field for $name {
            fn read(
                value: &serde_json::Value,
                at: &$crate::model::Place<'_>,
                problems: &mut $crate::model::Problems,
            ) -> Option<Self> {
                const NAMES: &[&str] = &[$(stringify!($field)),*];
                let object = $crate::model::record::object(value, NAMES, at, problems)?;
                $(
                    let $field = {
                        let place = at.field(stringify!($field), $crate::model::record::domain!($($domain)?));
                        match object.get(stringify!($field)) {
                            None | Some(serde_json::Value::Null) => {
                                let absent = $crate::model::record::or_absent!($($default)?);
                                if absent.is_none() {
                                    problems.missing(place, "required");
                                }
                                absent
                            }
                            Some(value) => $crate::model::Field::read(value, &place, problems),
                        }
                    };
                )*
                Some(Self { $( $field: $field?, )* })
            }

            fn placeholder() -> Self {
                Self::default()
            }

            fn check(&self, at: &$crate::model::Place<'_>, problems: &mut $crate::model::Problems) {
                $(
                    let place = at.field(stringify!($field), $crate::model::record::domain!($($domain)?));
                    $crate::model::Field::check(&self.$field, &place, problems);
                )*
            }

            fn write(&self) -> serde_json::Value {
                let mut object = serde_json::Map::new();
                $( object.insert(stringify!($field).to_owned(), $crate::model::Field::write(&self.$field)); )*
                object.into()
            }

            fn find(&self, path: &$crate::model::Path, depth: usize) -> $crate::model::Found {
                match path.name_at(depth) {
                    $( Some(stringify!($field)) => $crate::model::Field::find(&self.$field, path, depth + 1), )*
                    _ => $crate::model::Found::Nothing,
                }
            }

            fn schema(_: &$crate::model::Domain) -> serde_json::Map<String, serde_json::Value> {
                $( #[allow(dead_code)] type $n = f64; )?
                let mut record = $crate::model::record::RecordSchema::new(concat!($($about),*));
                $(
                    record.field::<$type>(
                        stringify!($field),
                        concat!($($doc),*),
                        &$crate::model::record::domain!($($domain)?),
                        $crate::model::record::or_absent!($($default)?),
                        $crate::model::record::has_default!($($default)?),
                    );
                )*
                record.finish()
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
macro_rules! or_absent {
    () => {
        $crate::model::Field::absent()
    };
    ($default:expr) => {
        Some($default)
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
pub(crate) use {choice, domain, has_default, lower, or_absent, or_placeholder, record};

use serde_json::{Map, Value};

use super::domain::Domain;
use super::field::{Field, Place, Problems, typed};

/// The object here, with a problem for each name that is not one of `names`.
pub(crate) fn object<'v>(
    value: &'v Value,
    names: &[&str],
    at: &Place<'_>,
    problems: &mut Problems,
) -> Option<&'v Map<String, Value>> {
    let Some(object) = value.as_object() else {
        problems.refuse(at, value.clone(), "an object");
        return None;
    };
    for (name, value) in object {
        if !names.contains(&name.as_str()) {
            let place = at.field(name, Domain::NUMBER);
            problems.push(
                crate::Error::invalid_input(place.to_string(), value.clone(), "unknown field")
                    .with_hint(format!("known fields: {}", names.join(", "))),
            );
        }
    }
    Some(object)
}

/// Builds the JSON Schema of a record.
pub(crate) struct RecordSchema {
    about: &'static str,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl RecordSchema {
    pub(crate) fn new(about: &'static str) -> Self {
        Self { about, properties: Map::new(), required: Vec::new() }
    }

    pub(crate) fn field<T: Field>(
        &mut self,
        name: &'static str,
        doc: &'static str,
        domain: &Domain,
        absent: Option<T>,
        has_default: bool,
    ) {
        let mut schema = T::schema(domain);
        if !doc.is_empty() {
            schema.insert("description".into(), doc.trim().into());
        }
        match absent {
            None => self.required.push(name.into()),
            Some(default) if has_default => {
                schema.insert("default".into(), default.write());
            }
            Some(_) => {}
        }
        self.properties.insert(name.to_owned(), schema.into());
    }

    pub(crate) fn finish(self) -> Map<String, Value> {
        let mut schema = typed("object");
        if !self.about.is_empty() {
            schema.insert("description".into(), self.about.trim().into());
        }
        schema.insert("properties".into(), self.properties.into());
        if !self.required.is_empty() {
            schema.insert("required".into(), self.required.into());
        }
        schema.insert("additionalProperties".into(), false.into());
        schema
    }
}
