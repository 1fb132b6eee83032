//! Paths: `a.b[2].c` names one number, `a[*].c` that number in every element.

use std::fmt;

use serde_json::Value;

use super::field::{Place, PlaceStep};
use crate::error::Error;

/// A parsed path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Name(String),
    Index(usize),
    Every,
}

impl Path {
    /// Reads a path; `field` names where it was given, for the error.
    pub fn parse(text: &str, field: &str) -> Result<Self, Error> {
        let refuse = || Error::invalid_input(field, text, "a path such as a.b[2].c or a[*].c");
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if name.is_empty() {
                return Err(refuse());
            }
            steps.push(Step::Name(name.to_owned()));
            while !rest.is_empty() {
                let end = rest.find(']').ok_or_else(refuse)?;
                let index = rest[..end].strip_prefix('[').ok_or_else(refuse)?;
                steps.push(match index {
                    "*" => Step::Every,
                    digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                        Step::Index(digits.parse().map_err(|_| refuse())?)
                    }
                    _ => return Err(refuse()),
                });
                rest = &rest[end + 1..];
            }
        }
        Ok(Self(steps))
    }

    /// A path that no text reads as, of a number that cannot be addressed.
    pub(super) fn nowhere() -> Self {
        Self(Vec::new())
    }

    /// The path of a place.
    pub(super) fn to(place: &Place<'_>) -> Self {
        let mut steps = Vec::new();
        let mut at = place;
        while let Some((above, step)) = at.above() {
            steps.push(match step {
                PlaceStep::Name(name) => Step::Name(name.to_owned()),
                PlaceStep::Index(index) => Step::Index(index),
            });
            at = above;
        }
        steps.reverse();
        Self(steps)
    }

    /// Whether `place` is one of those this path names.
    pub(super) fn leads_to(&self, place: &Place<'_>) -> bool {
        let (mut rest, mut at) = (&self.0[..], place);
        while let Some((above, step)) = at.above() {
            let Some((last, before)) = rest.split_last() else { return false };
            let same = match (last, step) {
                (Step::Name(mine), PlaceStep::Name(theirs)) => mine == theirs,
                (Step::Index(mine), PlaceStep::Index(theirs)) => *mine == theirs,
                (Step::Every, PlaceStep::Index(_)) => true,
                _ => false,
            };
            if !same {
                return false;
            }
            (rest, at) = (before, above);
        }
        rest.is_empty()
    }

    /// Whether the concrete path `other` is one of those this path names.
    #[must_use]
    pub fn covers(&self, other: &Path) -> bool {
        self.0.len() == other.0.len() && self.holds(other)
    }

    /// Whether the concrete path `other` is one of those this path names, or leads inside one.
    pub(crate) fn holds(&self, other: &Path) -> bool {
        self.0.len() <= other.0.len()
            && self.0.iter().zip(&other.0).all(|pair| match pair {
                (Step::Every, Step::Index(_)) => true,
                (mine, theirs) => mine == theirs,
            })
    }

    /// Whether this path names several numbers.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.0.contains(&Step::Every)
    }

    /// Whether nothing follows the first `depth` steps.
    #[must_use]
    pub fn ends_at(&self, depth: usize) -> bool {
        self.0.len() == depth
    }

    /// The name that step `depth` asks an object for.
    #[must_use]
    pub fn name_at(&self, depth: usize) -> Option<&str> {
        match self.0.get(depth) {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// The position that step `depth` asks an array for.
    #[must_use]
    pub fn index_at(&self, depth: usize) -> Option<usize> {
        match self.0.get(depth) {
            Some(Step::Index(index)) => Some(*index),
            _ => None,
        }
    }

    /// The value at this path of a JSON object; `None` when the path does not exist or is a pattern.
    #[must_use]
    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.get_from(0, root)
    }

    /// As [`Path::get`], for a value that the first `depth` steps have led to.
    pub(super) fn get_from<'v>(&self, depth: usize, value: &'v Value) -> Option<&'v Value> {
        self.0.get(depth..)?.iter().try_fold(value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
            Step::Every => None,
        })
    }

    /// Whether a value that has this JSON Schema may have something at this path.
    pub(crate) fn exists_in(&self, schema: &Value) -> bool {
        exists_in(&self.0, schema)
    }

    /// Whether `name` can be a step of a path.
    pub(crate) fn can_name(name: &str) -> bool {
        !name.is_empty() && !name.contains(['.', '['])
    }

    /// Puts `new` at this path, making the last field if it is missing; false when the way there
    /// does not exist.
    pub fn set(&self, root: &mut Value, new: &Value) -> bool {
        set(&self.0, root, new)
    }
}

fn set(steps: &[Step], value: &mut Value, new: &Value) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.clone();
        return true;
    };
    match (step, value) {
        (Step::Name(name), Value::Object(object)) if rest.is_empty() => {
            object.insert(name.clone(), new.clone());
            true
        }
        (Step::Name(name), Value::Object(object)) => {
            let value = object.entry(name.clone()).or_insert(Value::Null);
            // An object that is absent is one of which nothing is given.
            if value.is_null() && matches!(rest.first(), Some(Step::Name(_))) {
                *value = Value::Object(serde_json::Map::new());
            }
            set(rest, value, new)
        }
        (Step::Index(index), Value::Array(items)) => items.get_mut(*index).is_some_and(|value| set(rest, value, new)),
        (Step::Every, Value::Array(items)) => !items.is_empty() && items.iter_mut().all(|value| set(rest, value, new)),
        _ => false,
    }
}

fn exists_in(steps: &[Step], schema: &Value) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    if let Some(either) = schema.get("anyOf").and_then(Value::as_array) {
        return either.iter().any(|schema| exists_in(steps, schema));
    }
    // A free value: what it holds is known to the model that takes it.
    if schema.get("type").is_none() {
        return true;
    }
    let inside = match step {
        Step::Name(name) => {
            let field = schema.get("properties").and_then(|fields| fields.get(name));
            field.or_else(|| schema.get("additionalProperties").filter(|others| others.is_object()))
        }
        Step::Index(_) | Step::Every => schema.get("items"),
    };
    inside.is_some_and(|schema| exists_in(rest, schema))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if i == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Every => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Domain;
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_read_back_and_select() {
        let pattern = Path::parse("stages[*].growth", "path").unwrap();
        assert_eq!(pattern.to_string(), "stages[*].growth");
        assert!(pattern.covers(&Path::parse("stages[2].growth", "path").unwrap()));
        assert!(!pattern.covers(&Path::parse("stages[2].ebit_margin", "path").unwrap()));
        let mut root = json!({"stages": [{"growth": 1}, {"growth": 2}]});
        assert!(pattern.set(&mut root, &json!(3)));
        assert_eq!(root, json!({"stages": [{"growth": 3}, {"growth": 3}]}));
    }

    #[test]
    fn paths_lead_to_the_places_that_have_them() {
        let root = Place::ROOT;
        let stages = root.field("stages", Domain::NUMBER);
        let stage = stages.index(2);
        let growth = stage.field("growth", Domain::NUMBER);
        assert_eq!(Path::to(&growth), Path::parse("stages[2].growth", "path").unwrap());
        for (text, leads) in [
            ("stages[2].growth", true),
            ("stages[*].growth", true),
            ("stages[1].growth", false),
            ("stages.growth", false),
            ("growth", false),
            ("input.stages[2].growth", false),
            ("stages[2]", false),
        ] {
            assert_eq!(Path::parse(text, "path").unwrap().leads_to(&growth), leads, "{text}");
        }
    }

    #[test]
    fn a_path_exists_where_the_schema_has_a_field_an_element_or_a_free_value() {
        let schema = json!({"type": "object", "additionalProperties": false, "properties": {
            "rate": {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}]},
            "stages": {"type": "array", "items": {"type": "object", "properties": {"growth": {"type": "number"}}}},
            "metrics": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
            "input": {"description": "of another model"},
        }});
        let exists = |text: &str| Path::parse(text, "path").unwrap().exists_in(&schema);
        for text in ["rate", "rate[3]", "stages", "stages[0]", "stages[*].growth", "metrics.ebitda", "input.a[1].b"] {
            assert!(exists(text), "{text}");
        }
        for text in ["rates", "rate.x", "stages.growth", "stages[0].grwth", "stages[0][1]", "metrics.ebitda.x"] {
            assert!(!exists(text), "{text}");
        }
    }

    #[test]
    fn a_pattern_over_nothing_sets_nothing() {
        let mut root = json!({"stages": []});
        assert!(!Path::parse("stages[*].growth", "path").unwrap().set(&mut root, &json!(1)));
    }

    #[test]
    fn malformed_paths_are_refused() {
        for text in ["", "a..b", "a[", "a[x]", "a[1", "[0]", "a]b["] {
            assert!(Path::parse(text, "path").is_err(), "{text}");
        }
    }
}
