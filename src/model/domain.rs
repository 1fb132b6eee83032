//! What a number may be: its unit and its range, as data beside the field it belongs to.
//!
//! One [`Domain`] validates inputs, writes the schema, and tells a simulation which drawn values
//! are outside the model.

use serde_json::{Map, Value};

/// The unit of a number, as shown in schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// No unit, or any.
    Number,
    /// One currency unit, used consistently.
    Money,
    /// A fraction: 0.09 is 9 %.
    Fraction,
    /// Years.
    Years,
    /// Shares, in any unit that prices are quoted by.
    Shares,
    /// A count.
    Count,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Number => "number",
            Unit::Money => "money",
            Unit::Fraction => "fraction",
            Unit::Years => "years",
            Unit::Shares => "shares",
            Unit::Count => "count",
        }
    }
}

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    value: f64,
    closed: bool,
}

/// Unit and range of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Domain {
    unit: Unit,
    low: Option<Bound>,
    high: Option<Bound>,
    nonzero: bool,
    whole: bool,
}

impl Domain {
    /// Any finite number.
    pub const NUMBER: Domain = Domain::of(Unit::Number);
    /// Any amount of money.
    pub const MONEY: Domain = Domain::of(Unit::Money);
    /// Any fraction.
    pub const FRACTION: Domain = Domain::of(Unit::Fraction);
    /// Any number of years.
    pub const YEARS: Domain = Domain::of(Unit::Years);
    /// Any number of shares.
    pub const SHARES: Domain = Domain::of(Unit::Shares);
    /// Any count.
    pub const COUNT: Domain = Domain::of(Unit::Count);
    /// A rate per period, above -100 %.
    pub const RATE: Domain = Domain::FRACTION.above(-1.0);
    /// A tax rate, in [0, 1).
    pub const TAX_RATE: Domain = Domain::FRACTION.at_least(0.0).below(1.0);
    /// A share of a whole, in [0, 1].
    pub const SHARE: Domain = Domain::FRACTION.at_least(0.0).at_most(1.0);

    const fn of(unit: Unit) -> Self {
        Self { unit, low: None, high: None, nonzero: false, whole: false }
    }

    /// Restricted to values greater than `value`.
    #[must_use]
    pub const fn above(mut self, value: f64) -> Self {
        self.low = Some(Bound { value, closed: false });
        self
    }

    /// Restricted to values of at least `value`.
    #[must_use]
    pub const fn at_least(mut self, value: f64) -> Self {
        self.low = Some(Bound { value, closed: true });
        self
    }

    /// Restricted to values less than `value`.
    #[must_use]
    pub const fn below(mut self, value: f64) -> Self {
        self.high = Some(Bound { value, closed: false });
        self
    }

    /// Restricted to values of at most `value`.
    #[must_use]
    pub const fn at_most(mut self, value: f64) -> Self {
        self.high = Some(Bound { value, closed: true });
        self
    }

    /// Restricted to values other than zero.
    #[must_use]
    pub const fn nonzero(mut self) -> Self {
        self.nonzero = true;
        self
    }

    /// Restricted to whole numbers from 0 to `most`, within the ends that it has.
    #[must_use]
    pub const fn whole(mut self, most: f64) -> Self {
        self.whole = true;
        if self.low.is_none() {
            self.low = Some(Bound { value: 0.0, closed: true });
        }
        if self.high.is_none() {
            self.high = Some(Bound { value: most, closed: true });
        }
        self
    }

    /// Whether only whole numbers are inside.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether `value` is finite and inside the range.
    #[must_use]
    #[inline]
    pub fn contains(&self, value: f64) -> bool {
        let above = self.low.is_none_or(|bound| value > bound.value || (bound.closed && value == bound.value));
        let below = self.high.is_none_or(|bound| value < bound.value || (bound.closed && value == bound.value));
        let left_out = (self.nonzero && value == 0.0) || (self.whole && value.fract() != 0.0);
        value.is_finite() && above && below && !left_out
    }

    /// Whether all of `values` are finite and inside the range; written for lanes.
    #[must_use]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    pub fn contains_all(&self, values: &[f64]) -> bool {
        // An open end is the closed one at the next number.
        let low = self.low.map_or(f64::MIN, |bound| if bound.closed { bound.value } else { bound.value.next_up() });
        let high = self.high.map_or(f64::MAX, |bound| if bound.closed { bound.value } else { bound.value.next_down() });
        let mut inside = true;
        for &value in values {
            inside &= value >= low;
            inside &= value <= high;
        }
        if self.nonzero {
            for &value in values {
                inside &= value != 0.0;
            }
        }
        if self.whole {
            for &value in values {
                inside &= value.trunc() == value;
            }
        }
        inside
    }

    /// Whether every finite number is inside.
    #[must_use]
    pub fn is_unbounded(&self) -> bool {
        self.low.is_none() && self.high.is_none() && !self.nonzero && !self.whole
    }

    /// The range in words, for errors: `finite number > -1`.
    #[must_use]
    pub fn constraint(&self) -> String {
        let mut text = String::from(if self.whole { "whole number" } else { "finite number" });
        let mut ends = Vec::new();
        if let Some(bound) = self.low {
            ends.push(format!("{} {}", if bound.closed { ">=" } else { ">" }, bound.value));
        }
        if let Some(bound) = self.high {
            ends.push(format!("{} {}", if bound.closed { "<=" } else { "<" }, bound.value));
        }
        if self.nonzero {
            ends.push("not 0".to_owned());
        }
        if !ends.is_empty() {
            text.push(' ');
            text.push_str(&ends.join(" and "));
        }
        text
    }

    /// Adds unit and range to a JSON Schema object.
    pub(super) fn describe(&self, schema: &mut Map<String, Value>) {
        if self.unit != Unit::Number {
            schema.insert("x-unit".into(), self.unit.name().into());
        }
        if let Some(bound) = self.low {
            schema.insert(if bound.closed { "minimum" } else { "exclusiveMinimum" }.into(), bound.value.into());
        }
        if let Some(bound) = self.high {
            schema.insert(if bound.closed { "maximum" } else { "exclusiveMaximum" }.into(), bound.value.into());
        }
        if self.nonzero {
            schema.insert("not".into(), serde_json::json!({"const": 0}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_open_or_closed_as_stated() {
        assert!(!Domain::RATE.contains(-1.0));
        assert!(Domain::TAX_RATE.contains(0.0));
        assert!(!Domain::TAX_RATE.contains(1.0));
        assert!(!Domain::NUMBER.nonzero().contains(0.0));
        assert!(!Domain::NUMBER.contains(f64::NAN));
        let years = Domain::COUNT.at_least(1.0).whole(200.0);
        for domain in [Domain::NUMBER, Domain::RATE, Domain::TAX_RATE, Domain::SHARE, Domain::NUMBER.nonzero(), years] {
            for value in [-1.0, -0.999, -0.0, 0.0, 0.5, 1.0, 2.0, f64::MAX, f64::INFINITY, f64::NAN] {
                let all = domain.contains_all(&[value, value]);
                assert_eq!(all, domain.contains(value), "{value} in {domain:?}");
            }
        }
        assert!(years.contains(200.0) && !years.contains(1.5) && !years.contains(201.0));
        assert_eq!(years.constraint(), "whole number >= 1 and <= 200");
        assert_eq!(Domain::TAX_RATE.constraint(), "finite number >= 0 and < 1");
    }
}
