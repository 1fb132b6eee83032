//! The football field: the ranges that several methods give for one value, side by side, and where
//! they overlap. (Rosenbaum and Pearl, "Investment Banking".)
//!
//! A row is given, or a model evaluated with one input low, as it is, and high. Rows are evaluated
//! one by one, since each asks another model: there is no formula for lanes of trials.
//!
//! Not supported: rows in units other than that of the price.

use serde_json::{Value, json};

use crate::catalogue;
use crate::error::Error;
use crate::model::{Domain, Engine, Mode, ModelSpec, Problems, record, value_of};
use crate::sensitivity::Study;
use crate::valuation::Warning;

record! {
    /// Ranges of several methods for one value.
    pub struct FootballField<N> {
        /// The methods.
        pub rows: Vec<RowInput<N>>,
        /// What the ranges are compared with.
        pub price: Option<N> [Domain::MONEY.above(0.0)],
    }
}

record! {
    /// A method: low, mid and high, or a model with its input and the values of one path.
    pub struct RowInput<N> {
        /// Its name.
        pub name: String,
        /// Low end.
        pub low: Option<N> [Domain::NUMBER],
        /// Value between.
        pub mid: Option<N> [Domain::NUMBER],
        /// High end.
        pub high: Option<N> [Domain::NUMBER],
        /// Name of the model.
        pub model: Option<String>,
        /// Its base input, which gives mid.
        pub input: Option<Value>,
        /// Path of its output; the model's primary by default.
        pub output: Option<String>,
        /// Path of the input that is varied; a pattern sets all its numbers.
        pub path: Option<String>,
        /// Value of the path at one end.
        pub low_value: Option<N> [Domain::NUMBER],
        /// Value of the path at the other end.
        pub high_value: Option<N> [Domain::NUMBER],
    }
}

record! {
    /// The rows, and what they have in common.
    pub struct FootballFieldOutput {
        /// Each method, in its order.
        pub rows: Vec<FieldRow>,
        /// What lies in every row, from the highest low to the lowest high; null when nothing does.
        pub overlap: Option<Range>,
        /// From the lowest low to the highest high.
        pub range: Range,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// The range of a method.
    pub struct FieldRow {
        /// Its name.
        pub name: String,
        /// Low end.
        pub low: f64,
        /// Value between; of a model its base value, which may lie outside.
        pub mid: f64,
        /// High end.
        pub high: f64,
        /// Low over price, less 1; null without a price.
        pub upside_low: Option<f64> [Domain::FRACTION],
        /// High over price, less 1; null without a price.
        pub upside_high: Option<f64> [Domain::FRACTION],
    }
}

record! {
    /// Two ends.
    pub struct Range {
        /// Low end.
        pub low: f64,
        /// High end.
        pub high: f64,
    }
}

impl FootballField {
    /// Evaluates the rows.
    ///
    /// ```
    /// use valor_ivx::aggregation::{FootballField, RowInput};
    /// let row = |name: &str, low: f64, high: f64| RowInput {
    ///     name: name.into(),
    ///     low: Some(low),
    ///     mid: Some((low + high) / 2.0),
    ///     high: Some(high),
    ///     ..RowInput::default()
    /// };
    /// let field = FootballField {
    ///     rows: vec![row("Multiples", 9.0, 12.0), row("Transactions", 11.0, 14.0)],
    ///     price: Some(10.0),
    /// };
    /// let overlap = field.value()?.overlap.unwrap();
    /// assert_eq!((overlap.low, overlap.high), (11.0, 12.0));
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<FootballFieldOutput, Error> {
        value_of(self)
    }
}

impl RowInput {
    fn rules_at(&self, field: &str, problems: &mut Problems) {
        let given = [("low", self.low), ("mid", self.mid), ("high", self.high)];
        let of_model = [
            ("model", self.model.is_some()),
            ("input", self.input.is_some()),
            ("path", self.path.is_some()),
            ("low_value", self.low_value.is_some()),
            ("high_value", self.high_value.is_some()),
        ];
        let is_given = given.iter().any(|(_, number)| number.is_some());
        let is_of_model = of_model.iter().any(|(_, there)| *there) || self.output.is_some();
        if is_given == is_of_model {
            let constraint = "either low, mid and high, or model, input, path, low_value and high_value";
            problems.refuse(field, self.name.as_str(), constraint);
            return;
        }
        let needed = given.map(|(name, number)| (name, number.is_some()));
        for (name, _) in if is_given { &needed[..] } else { &of_model[..] }.iter().filter(|(_, there)| !there) {
            problems.missing(format!("{field}.{name}"), "required with the others of the row");
        }
        if let (Some(low), Some(high)) = (self.low, self.high)
            && low > high
        {
            problems.refuse(format!("{field}.low"), low, format!("at most high ({high})"));
        }
    }

    /// Low, mid and high; `None` for a row that the rules refuse.
    fn ends(&self) -> Result<Option<[f64; 3]>, Error> {
        if let (Some(low), Some(mid), Some(high)) = (self.low, self.mid, self.high) {
            return Ok(Some([low, mid, high]));
        }
        let (Some(model), Some(input), Some(path)) = (&self.model, &self.input, &self.path) else { return Ok(None) };
        let (Some(low), Some(high)) = (self.low_value, self.high_value) else { return Ok(None) };
        let outputs: Vec<String> = self.output.iter().cloned().collect();
        let study = Study::new(catalogue::find(model)?, input, &[("path".to_owned(), path)], &outputs)?;
        let slots = study.slots(path);
        let at = |x| study.with(&slots, Mode::Set, x).map_err(|error| error.under("input"));
        let (one, other) = (at(low)?[0], at(high)?[0]);
        Ok(Some([one.min(other), study.base_outputs()?[0], one.max(other)]))
    }
}

impl Engine for FootballField {
    const SPEC: ModelSpec = ModelSpec {
        name: "football_field",
        about: "Ranges of several valuation methods side by side, and where they overlap",
        version: "1.0.0",
        // Of the numbers it tells, the one that is always there and sums up all rows from below.
        primary: "range.low",
        feature: "basic_analytics",
    };

    type Output = FootballFieldOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.rows.is_empty() {
            problems.refuse("rows", json!([]), "at least one row");
        }
        for (i, row) in self.rows.iter().enumerate() {
            row.rules_at(&format!("rows[{i}]"), problems);
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        self.rows.iter().filter_map(|part| part.model.clone().zip(part.input.clone())).collect()
    }

    fn compute(&self) -> Result<FootballFieldOutput, Error> {
        let upside = |value: f64| self.price.map(|price| value / price - 1.0);
        let mut rows = Vec::with_capacity(self.rows.len());
        for (i, row) in self.rows.iter().enumerate() {
            let ends = row.ends().map_err(|error| error.under(&format!("rows[{i}]")))?;
            let [low, mid, high] =
                ends.ok_or_else(|| Error::internal("unread_row", "a row has passed the rules and has no ends"))?;
            let (upside_low, upside_high) = (upside(low), upside(high));
            rows.push(FieldRow { name: row.name.clone(), low, mid, high, upside_low, upside_high });
        }
        let (lows, highs) = (|| rows.iter().map(|row| row.low), || rows.iter().map(|row| row.high));
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
        let range = Range { low: least(&mut lows()), high: most(&mut highs()) };
        let common = Range { low: most(&mut lows()), high: least(&mut highs()) };
        let overlap = (common.low <= common.high).then_some(common);
        let mut warnings = Vec::new();
        if overlap.is_none() {
            let message = "null: no value lies in every row".to_owned();
            warnings.push(Warning { code: "no_overlap".into(), field: "overlap".into(), message });
        }
        Ok(FootballFieldOutput { rows, overlap, range, warnings })
    }
}
