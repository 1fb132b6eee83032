//! How a value stands in an input or output: read from JSON with every problem collected, checked
//! against its domain, written back, described by a schema, and lowered to the numbers a formula
//! runs on.
//!
//! Engines never implement these traits by hand for structs and enums: `record!` and `choice!` do.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use super::domain::Domain;
use super::found::Found;
use super::path::Path;
use crate::by_key::by_key;
use crate::error::Error;
use crate::time::Date;

/// Where in an input a value stands: the steps from the root and the domain of the innermost field.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The place one step up, and the step from there; none at the root.
    above: Option<(&'a Place<'a>, PlaceStep<'a>)>,
    domain: Domain,
}

/// One step from a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum PlaceStep<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    /// The whole input.
    pub const ROOT: Place<'static> = Place { above: None, domain: Domain::NUMBER };

    /// The field `name` of the object here, with the domain of its numbers.
    #[must_use]
    pub fn field(&'a self, name: &'a str, domain: Domain) -> Place<'a> {
        Place { above: Some((self, PlaceStep::Name(name))), domain }
    }

    /// The element `index` of the array here.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Place<'a> {
        Place { above: Some((self, PlaceStep::Index(index))), domain: self.domain }
    }

    /// The domain of the numbers here.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The place one step up, and the step from there.
    pub(super) fn above(&self) -> Option<(&'a Place<'a>, PlaceStep<'a>)> {
        self.above
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((above, step)) = self.above else { return Ok(()) };
        above.fmt(f)?;
        match step {
            PlaceStep::Name(name) if above.above.is_none() => f.write_str(name),
            PlaceStep::Name(name) => write!(f, ".{name}"),
            PlaceStep::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// The problems of one input, collected so that they are reported together.
#[derive(Debug, Default)]
pub struct Problems(Vec<Error>);

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    /// Adds the problem that `value` at `field` violates `constraint`.
    pub fn refuse(&mut self, field: impl fmt::Display, value: impl Into<Value>, constraint: impl Into<String>) {
        self.push(Error::invalid_input(field.to_string(), value, constraint));
    }

    /// Adds the problem that `field` is missing.
    pub fn missing(&mut self, field: impl fmt::Display, constraint: impl Into<String>) {
        self.refuse(field, Value::Null, constraint);
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All problems as one error, or `Ok` when there is none.
    pub fn into_result(self) -> Result<(), Error> {
        Error::collect(self.0).map_or(Ok(()), Err)
    }
}

/// A type that can stand in an input or output.
pub trait Field: Sized {
    /// Reads the JSON form; a problem is added and `None` returned when it has another type.
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self>;

    /// Whether a field of this type must be given; otherwise its placeholder stands for a missing or
    /// null one.
    const REQUIRED: bool = true;

    /// What stands in a Rust struct literal until it is filled in; for a required number NaN, so
    /// that forgetting it is refused at the door.
    fn placeholder() -> Self;

    /// Adds a problem for each number outside its domain.
    fn check(&self, at: &Place<'_>, problems: &mut Problems);

    /// Whether this is surely inside `domain`, so that a long list need not name the place of each item.
    fn is_inside(&self, domain: &Domain) -> bool {
        let _ = domain;
        false
    }

    /// The JSON form.
    fn write(&self) -> Value;

    /// What the steps of `path` from `depth` lead to, as in the JSON form.
    fn find(&self, path: &Path, depth: usize) -> Found {
        Found::at(&self.write(), path, depth)
    }

    /// Shows `visit` every number that can be drawn with its place: in the order of [`Lower`], and between
    /// these the whole ones ([`Domain::is_whole`]), which lowering leaves as they are.
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        let _ = (at, visit);
    }

    /// The JSON Schema of the type, with `domain` for its numbers.
    fn schema(domain: &Domain) -> Map<String, Value>;
}

/// A type whose numbers can be exchanged one by one, in a fixed order: `Dcf<f64>` to `Dcf<Slot>`.
pub trait Lower<M> {
    /// The same type over the other numbers.
    type Out;
    /// Exchanges each number for what `exchange` gives for its place and value.
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Self::Out;
}

pub(super) fn typed(name: &str) -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), name.into())])
}

impl Field for f64 {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        let number = if value.is_number() { value.as_f64() } else { None };
        if number.is_none() {
            problems.refuse(at, value.clone(), at.domain.constraint());
        }
        number
    }

    fn placeholder() -> Self {
        f64::NAN
    }

    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        if !at.domain.contains(*self) {
            problems.push(Error::invalid_number(at.to_string(), *self, at.domain.constraint()));
        }
    }

    #[inline]
    fn is_inside(&self, domain: &Domain) -> bool {
        domain.contains(*self)
    }

    fn write(&self) -> Value {
        // Adding zero turns -0 into 0 and changes nothing else.
        serde_json::Number::from_f64(*self + 0.0).map_or(Value::Null, Value::Number)
    }

    fn find(&self, path: &Path, depth: usize) -> Found {
        Found::whole(*self, path, depth)
    }

    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        visit(at, self);
    }

    fn schema(domain: &Domain) -> Map<String, Value> {
        let mut schema = typed("number");
        domain.describe(&mut schema);
        schema
    }
}

impl<M> Lower<M> for f64 {
    type Out = M;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> M {
        exchange(at, *self)
    }
}

macro_rules! fixed {
    ($($type:ty),*) => {$(
        impl<M> $crate::model::Lower<M> for $type {
            type Out = $type;
            fn lower(&self, _: &$crate::model::Place<'_>, _: &mut dyn FnMut(&$crate::model::Place<'_>, f64) -> M) -> $type {
                self.clone()
            }
        }
    )*};
}
pub(crate) use fixed;
fixed!(bool, u32, u64, String, Date, Value);

/// The largest whole number below which numbers of every kind and language hold each: 2^53 - 1.
pub(crate) const LARGEST_EXACT: u64 = (1 << 53) - 1;

macro_rules! integers {
    ($($type:ty, $most:expr);*) => {$(
        impl Field for $type {
            fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
                let exact = value.as_u64().or_else(|| {
                    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=LARGEST_EXACT as f64).contains(number))?;
                    // In range and whole, so the conversion is exact.
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                    Some(number as u64)
                });
                let number = exact.and_then(|number| <$type>::try_from(number).ok());
                if number.is_none() {
                    problems.refuse(at, value.clone(), at.domain.whole($most).constraint());
                }
                number
            }
            fn placeholder() -> Self {
                0
            }
            #[allow(clippy::cast_lossless, reason = "one body for both widths")]
            fn check(&self, at: &Place<'_>, problems: &mut Problems) {
                if !at.domain.contains(*self as f64) {
                    problems.refuse(at, *self, at.domain.whole($most).constraint());
                }
            }
            fn write(&self) -> Value {
                (*self).into()
            }
            fn find(&self, path: &Path, depth: usize) -> Found {
                #[allow(clippy::cast_lossless, reason = "one body for both widths")]
                Found::whole(*self as f64, path, depth)
            }
            #[allow(clippy::cast_lossless, reason = "one body for both widths")]
            fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
                let given = *self as f64;
                let mut number = given;
                visit(&Place { domain: at.domain.whole($most), ..*at }, &mut number);
                if number != given {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside its domain")]
                    let changed = number as $type;
                    *self = changed;
                }
            }
            fn schema(domain: &Domain) -> Map<String, Value> {
                let mut schema = typed("integer");
                schema.insert("minimum".into(), 0.into());
                domain.describe(&mut schema);
                schema
            }
        }
    )*};
}
integers!(u32, f64::from(u32::MAX); u64, LARGEST_EXACT as f64);

impl Field for bool {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if !value.is_boolean() {
            problems.refuse(at, value.clone(), "true or false");
        }
        value.as_bool()
    }
    fn placeholder() -> Self {
        false
    }
    fn check(&self, _: &Place<'_>, _: &mut Problems) {}
    fn write(&self) -> Value {
        (*self).into()
    }
    fn schema(_: &Domain) -> Map<String, Value> {
        typed("boolean")
    }
}

impl Field for String {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if !value.is_string() {
            problems.refuse(at, value.clone(), "text");
        }
        value.as_str().map(str::to_owned)
    }
    fn placeholder() -> Self {
        String::new()
    }
    fn check(&self, _: &Place<'_>, _: &mut Problems) {}
    fn write(&self) -> Value {
        self.as_str().into()
    }
    fn schema(_: &Domain) -> Map<String, Value> {
        typed("string")
    }
}

/// A free JSON value: the input of another model, or its result.
impl Field for Value {
    fn read(value: &Value, _: &Place<'_>, _: &mut Problems) -> Option<Self> {
        Some(value.clone())
    }
    fn placeholder() -> Self {
        Value::Null
    }
    fn check(&self, _: &Place<'_>, _: &mut Problems) {}
    fn write(&self) -> Value {
        self.clone()
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        Found::at(self, path, depth)
    }
    fn schema(_: &Domain) -> Map<String, Value> {
        Map::new()
    }
}

impl Field for Date {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        let date = value.as_str().and_then(|text| text.parse().ok());
        if date.is_none() {
            problems.refuse(at, value.clone(), "a date YYYY-MM-DD that exists");
        }
        date
    }
    fn placeholder() -> Self {
        Date::EPOCH
    }
    fn check(&self, _: &Place<'_>, _: &mut Problems) {}
    fn write(&self) -> Value {
        self.to_string().into()
    }
    fn schema(_: &Domain) -> Map<String, Value> {
        let mut schema = typed("string");
        schema.insert("format".into(), "date".into());
        schema
    }
}

impl<T: Field> Field for Option<T> {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        T::read(value, at, problems).map(Some)
    }
    const REQUIRED: bool = false;
    fn placeholder() -> Self {
        None
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        if let Some(value) = self {
            value.check(at, problems);
        }
    }
    #[inline]
    fn is_inside(&self, domain: &Domain) -> bool {
        self.as_ref().is_none_or(|value| value.is_inside(domain))
    }
    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        match self {
            Some(value) => value.find(path, depth),
            None if path.ends_at(depth) => Found::Null,
            None => Found::Nothing,
        }
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        if let Some(value) = self {
            value.numbers(at, visit);
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        or_null(T::schema(domain))
    }
}

fn or_null(mut schema: Map<String, Value>) -> Map<String, Value> {
    match schema.get_mut("type") {
        Some(Value::String(name)) => {
            let both = json!([name, "null"]);
            schema.insert("type".into(), both);
            if let Some(Value::Array(allowed)) = schema.get_mut("enum") {
                allowed.push(Value::Null);
            }
            schema
        }
        _ => Map::from_iter([("anyOf".to_owned(), json!([schema, {"type": "null"}]))]),
    }
}

impl<M, T: Lower<M>> Lower<M> for Option<T> {
    type Out = Option<T::Out>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Self::Out {
        self.as_ref().map(|value| value.lower(at, exchange))
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(items) = value.as_array() else {
            problems.refuse(at, value.clone(), "an array");
            return None;
        };
        let mut read = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            read.extend(T::read(item, &at.index(i), problems));
        }
        // Every element is read before giving up, so that all its problems are reported.
        (read.len() == items.len()).then_some(read)
    }
    fn placeholder() -> Self {
        Vec::new()
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        for (i, item) in self.iter().enumerate().filter(|(_, item)| !item.is_inside(&at.domain)) {
            item.check(&at.index(i), problems);
        }
    }
    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        let item = path.index_at(depth).and_then(|index| self.get(index));
        item.map_or(Found::Nothing, |item| item.find(path, depth + 1))
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        for (i, item) in self.iter_mut().enumerate() {
            item.numbers(&at.index(i), visit);
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        let mut schema = typed("array");
        schema.insert("items".into(), T::schema(domain).into());
        schema
    }
}

impl<M, T: Lower<M>> Lower<M> for Vec<T> {
    type Out = Vec<T::Out>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Self::Out {
        self.iter().enumerate().map(|(i, item)| item.lower(&at.index(i), exchange)).collect()
    }
}

impl<T: Field> Field for Box<T> {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        T::read(value, at, problems).map(Box::new)
    }
    const REQUIRED: bool = T::REQUIRED;
    fn placeholder() -> Self {
        Box::new(T::placeholder())
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        T::check(self, at, problems);
    }
    fn write(&self) -> Value {
        T::write(self)
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        T::find(self, path, depth)
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        T::numbers(self, at, visit);
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        T::schema(domain)
    }
}

impl<M, T: Lower<M>> Lower<M> for Box<T> {
    type Out = Box<T::Out>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Self::Out {
        Box::new(T::lower(self, at, exchange))
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(object) = value.as_object() else {
            problems.refuse(at, value.clone(), "an object");
            return None;
        };
        let mut read = BTreeMap::new();
        for (name, item) in object {
            if let Some(item) = T::read(item, &at.field(name, at.domain), problems) {
                read.insert(name.clone(), item);
            }
        }
        (read.len() == object.len()).then_some(read)
    }
    fn placeholder() -> Self {
        BTreeMap::new()
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        for (name, item) in self {
            item.check(&at.field(name, at.domain), problems);
        }
    }
    fn write(&self) -> Value {
        self.iter().map(|(name, item)| (name.clone(), item.write())).collect::<Map<_, _>>().into()
    }
    fn find(&self, path: &Path, depth: usize) -> Found {
        let item = path.name_at(depth).and_then(|name| self.get(name));
        item.map_or(Found::Nothing, |item| item.find(path, depth + 1))
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        for (name, item) in self {
            item.numbers(&at.field(name, at.domain), visit);
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        let mut schema = typed("object");
        schema.insert("additionalProperties".into(), T::schema(domain).into());
        schema
    }
}

impl<M, T: Lower<M>> Lower<M> for BTreeMap<String, T> {
    type Out = BTreeMap<String, T::Out>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Self::Out {
        by_key(self.iter().map(|(name, item)| (name.clone(), item.lower(&at.field(name, at.domain), exchange))))
    }
}
