//! What a result says beside its numbers.

use serde_json::Value;

use crate::model::{Model, Path, Prepared, Slot, record};

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

/// A warning for each of `paths`, named by the field that it was given in, that can change no output of
/// `prepared`, which was made of `input`: `model` itself calls all its numbers inert on that input, or no
/// output follows from one of them.
///
/// An input without a value says nothing of its paths.
pub(crate) fn inert_paths(
    model: &dyn Model,
    mut input: Value,
    prepared: &dyn Prepared,
    paths: &[(String, Path)],
) -> Vec<Warning> {
    let numbers = prepared.numbers();
    let slots: Vec<_> = paths.iter().map(|(_, path)| numbers.select(path)).collect();
    for slot in slots.iter().flatten() {
        let number = &numbers.all()[slot.index()];
        // A default that a path addresses is written out, so that the model may say that it is inert.
        if !number.path.set(&mut input, &number.value.into()) {
            return Vec::new();
        }
    }
    let Ok(result) = model.evaluate(&input) else { return Vec::new() };
    let said = result["warnings"].as_array().into_iter().flatten();
    let inert: Vec<_> = said
        .filter(|warning| warning["code"] == "inert_path")
        .filter_map(|warning| Path::parse(warning["field"].as_str()?, "warnings").ok())
        .collect();
    let is_inert = |slot: &Slot| inert.iter().any(|path| path.holds(&numbers.all()[slot.index()].path));
    // A path may be given twice.
    let mut varied = slots.concat();
    varied.sort_unstable();
    varied.dedup();
    let may_matter = prepared.may_matter(&varied);
    let matters = |slot: &Slot| varied.binary_search(slot).is_ok_and(|position| may_matter[position]);
    let mut warnings = Vec::new();
    for ((field, path), slots) in paths.iter().zip(&slots) {
        let why = if slots.iter().all(is_inert) {
            "the model, since another field takes precedence"
        } else if !slots.iter().any(matters) {
            "an output that is asked for"
        } else {
            continue;
        };
        let message = format!("{path} cannot influence {why}");
        warnings.push(Warning { code: "inert_path".to_owned(), field: field.clone(), message });
    }
    warnings
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
