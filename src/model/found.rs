//! What a path leads to in an output, without its JSON form.

use serde_json::Value;

use super::path::Path;

/// What a path leads to in an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// A number.
    Number(f64),
    /// A number that this output does not have.
    Null,
    /// Anything else, or nothing.
    Nothing,
}

impl Found {
    /// What the steps of `path` from `depth` lead to in a JSON value.
    pub(super) fn at(value: &Value, path: &Path, depth: usize) -> Self {
        match path.get_from(depth, value) {
            Some(Value::Number(number)) => number.as_f64().map_or(Found::Null, Found::Number),
            Some(Value::Null) => Found::Null,
            _ => Found::Nothing,
        }
    }

    /// `number`, where no step of `path` from `depth` asks for a part of it.
    pub(super) fn whole(number: f64, path: &Path, depth: usize) -> Self {
        match (path.ends_at(depth), number.is_finite()) {
            (false, _) => Found::Nothing,
            (true, false) => Found::Null,
            // Adding zero turns -0 into 0, as in the JSON form.
            (true, true) => Found::Number(number + 0.0),
        }
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "records are declared as they are elsewhere")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Domain, Field, Series, record};

    record! {
        /// One of each kind of field.
        pub struct Sample {
            /// A number.
            pub number: f64 [Domain::NUMBER],
            /// A count.
            pub count: u32,
            /// A text.
            pub text: String,
            /// A number that is there.
            pub given: Option<f64>,
            /// A number that is not.
            pub left_out: Option<f64>,
            /// A record that is not there.
            pub nobody: Option<Box<Inner>>,
            /// Records.
            pub items: Vec<Inner>,
            /// Numbers by name.
            pub named: BTreeMap<String, f64>,
            /// Numbers a year.
            pub series: Series,
            /// Free JSON.
            pub free: Value,
        }
    }

    record! {
        /// A record inside.
        pub struct Inner {
            /// A number.
            pub number: f64,
        }
    }

    #[test]
    fn a_path_finds_what_it_finds_in_the_json_form() {
        let sample = Sample {
            number: -0.0,
            count: 3,
            text: "text".into(),
            given: Some(2.5),
            items: vec![Inner { number: 1.0 }, Inner { number: 4.0 }],
            named: BTreeMap::from([("ev/ebitda".to_owned(), 8.0)]),
            series: vec![1.0, 2.0].into(),
            free: serde_json::json!({"a": [{"b": 7}, null]}),
            ..Sample::default()
        };
        let json = sample.write();
        let paths = [
            "number",
            "number.x",
            "number[0]",
            "count",
            "text",
            "given",
            "left_out",
            "left_out.x",
            "nobody",
            "nobody.number",
            "items",
            "items[1].number",
            "items[2].number",
            "items[*].number",
            "items.number",
            "named.ev/ebitda",
            "named.other",
            "series",
            "series[1]",
            "series[2]",
            "free.a[0].b",
            "free.a[1]",
            "free.b",
            "nothing",
        ];
        for text in paths {
            let path = Path::parse(text, "path").unwrap();
            assert_eq!(sample.find(&path, 0), Found::at(&json, &path, 0), "{text}");
        }
        assert_eq!(sample.find(&Path::parse("items[1].number", "path").unwrap(), 0), Found::Number(4.0));
        assert_eq!(sample.find(&Path::parse("left_out", "path").unwrap(), 0), Found::Null);
    }
}
