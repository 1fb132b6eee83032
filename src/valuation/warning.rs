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
