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

/// A warning where growth for ever comes near the rate, called `rate`, that it is discounted at.
pub(in crate::valuation) fn narrow_spread(rate: &str, spread: f64) -> Option<Warning> {
    (spread < 0.01).then(|| Warning {
        code: "narrow_spread".to_owned(),
        field: "terminal.growth".to_owned(),
        message: format!("the {rate} exceeds growth by only {:.2} %", spread * 100.0),
    })
}

/// A warning where what is grown for ever is not positive.
pub(in crate::valuation) fn negative_terminal_flow(flow: f64) -> Option<Warning> {
    (flow <= 0.0).then(|| Warning {
        code: "negative_terminal_flow".to_owned(),
        field: "terminal".to_owned(),
        message: format!("the flow grown for ever is {flow}"),
    })
}
