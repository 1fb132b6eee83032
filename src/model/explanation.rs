//! A result told as a sum: what it consists of, line by line, each with the figures it comes from.
//!
//! An engine says by [`Explained`] which output it explains and which lines add up to it; [`explain`]
//! values an input and returns the whole [`Explanation`], as data or as a plain-text table.
//!
//! Not supported: results that no sum leads to, such as a rate that a search finds.

use std::fmt;

use super::domain::Domain;
use super::field::{Field, Place, Problems};
use super::{Engine, Found, Path, record, value_of};
use crate::error::Error;

record! {
    /// A result as the sum of what it consists of.
    pub struct Explanation {
        /// The model.
        pub model: String,
        /// Path of the output that is explained.
        pub output: String,
        /// Its value, to which the amounts of the lines add up.
        pub total: f64 [Domain::NUMBER],
        /// What it consists of, in order; what adds nothing is left out.
        pub lines: Vec<ExplanationLine>,
    }
}

record! {
    /// One of the things that a result consists of.
    pub struct ExplanationLine {
        /// What it is.
        pub label: String,
        /// How the amount comes about: fields and the figures used.
        pub formula: String,
        /// What it adds to the total; negative when it takes away.
        pub amount: f64 [Domain::NUMBER],
    }
}

impl ExplanationLine {
    /// A line.
    pub fn new(label: impl Into<String>, formula: impl Into<String>, amount: f64) -> Self {
        Self { label: label.into(), formula: formula.into(), amount }
    }
}

/// How an engine explains a result.
pub struct Explained<E: Engine> {
    /// Path of the output that is explained.
    pub output: &'static str,
    /// The lines that add up to it, for an input and its outputs.
    pub lines: fn(&E, &E::Output) -> Result<Vec<ExplanationLine>, Error>,
}

/// Values an input and explains the result.
///
/// `Undefined{what: "explanation"}` says that no sum leads to this engine's results.
///
/// ```
/// use valor_ivx::capital::Capm;
/// let capm = Capm { risk_free: 0.03, beta: 1.2, equity_risk_premium: 0.05, ..Capm::default() };
/// let explanation = valor_ivx::model::explain(&capm)?;
/// assert_eq!(explanation.lines[1].amount, 1.2 * 0.05);
/// println!("{explanation}");
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn explain<E: Engine>(input: &E) -> Result<Explanation, Error> {
    let Some(explained) = E::EXPLAINED else {
        return Err(unexplained(E::SPEC.name));
    };
    let output = value_of(input)?;
    let Found::Number(total) = output.find(&Path::parse(explained.output, "output")?, 0) else {
        return Err(Error::undefined(explained.output, "it does not exist for this input; the warnings say why"));
    };
    let lines = (explained.lines)(input, &output)?;
    told(E::SPEC.name, explained.output, total, lines)
}

/// The error of a model that no sum tells.
pub(super) fn unexplained(model: &str) -> Error {
    Error::undefined("explanation", format!("no sum leads to the results of {model}"))
}

fn told(model: &str, output: &str, total: f64, mut lines: Vec<ExplanationLine>) -> Result<Explanation, Error> {
    lines.retain(|line| line.amount != 0.0);
    let explanation = Explanation { model: model.into(), output: output.into(), total, lines };
    let mut problems = Problems::default();
    explanation.check(&Place::ROOT, &mut problems);
    match problems.into_result() {
        Ok(()) => Ok(explanation),
        Err(_) => Err(Error::undefined("explanation", "a line is too large for a number, or is not one")),
    }
}

/// A figure as a formula quotes it: six significant digits at most.
pub(crate) fn figure(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e15).contains(&value.abs()) {
        return format!("{value:.2e}");
    }
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    format!("{}", rounded + 0.0)
}

/// Label, amount and formula in columns, the total under a rule.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amounts = self.lines.iter().map(|line| line.amount).chain([self.total]);
        let decimals = decimals(amounts.clone().fold(0.0, |most, amount| most.max(amount.abs())));
        let shown = |amount: f64| format!("{:.decimals$}", amount + 0.0);
        let wide = |text: &str| text.chars().count();
        let labels = self.lines.iter().map(|line| wide(&line.label)).chain([wide(&self.output)]).max().unwrap_or(0);
        let figures = amounts.map(|amount| wide(&shown(amount))).max().unwrap_or(0);
        writeln!(f, "{}", self.model)?;
        for line in &self.lines {
            writeln!(f, "  {:labels$}  {:>figures$}  {}", line.label, shown(line.amount), line.formula)?;
        }
        writeln!(f, "  {:labels$}  {}", "", "-".repeat(figures))?;
        write!(f, "  {:labels$}  {:>figures$}", self.output, shown(self.total))
    }
}

/// Decimals that tell amounts of the size `most` apart.
fn decimals(most: f64) -> usize {
    match most {
        _ if most >= 1e15 => 0,
        _ if most >= 10.0 => 2,
        _ if most >= 0.01 => 4,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_six_digits_and_no_trailing_zeros() {
        assert_eq!(figure(0.09), "0.09");
        assert_eq!(figure(1_895.578_8), "1895.58");
        assert_eq!(figure(-0.0), "0");
        assert_eq!(figure(1.0 / 3.0), "0.333333");
        assert_eq!(figure(1e18), "1.00e18");
    }

    #[test]
    fn columns_line_up_whatever_the_lengths() {
        let explanation = Explanation {
            model: "m".into(),
            output: "value".into(),
            total: 90.0,
            lines: vec![ExplanationLine::new("Überbau", "given", 100.0), ExplanationLine::new("x", "taken", -10.0)],
        };
        let text = explanation.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[1], "  Überbau  100.00  given");
        assert_eq!(lines[2], "  x        -10.00  taken");
        assert_eq!(lines[4], "  value     90.00");
    }
}
