//! What a result says beside its numbers.

use crate::model::record;

record! {
    /// Something that deserves a second look.
    pub struct Warning {
        /// Stable snake_case code.
        pub code: String,
        /// Path it concerns.
        pub field: String,
        /// What was found.
        pub message: String,
    }
}

/// A warning for each path of `fields` that is given and cannot influence the value.
pub(in crate::valuation) fn inert<'a>(fields: impl IntoIterator<Item = (&'a str, bool)>) -> Vec<Warning> {
    let given = fields.into_iter().filter_map(|(path, inert)| inert.then_some(path));
    given
        .map(|path| Warning {
            code: "inert_path".to_owned(),
            field: path.to_owned(),
            message: "given, but another field takes precedence".to_owned(),
        })
        .collect()
}
