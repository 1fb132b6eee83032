//! The rate that the tax saved by interest is discounted at, by name or as a number.

use serde_json::{Map, Value, json};

use crate::model::{Domain, Field, Lower, Place, Problems};

/// What the tax saved by interest is discounted at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ShieldDiscount<N = f64> {
    /// The unlevered cost of capital: debt moves with value at all times.
    #[default]
    Unlevered,
    /// The cost of debt: debt is what it is planned to be.
    Debt,
    /// The cost of debt for the year ahead, the unlevered cost before: debt moves with value once a year.
    MilesEzzell,
    /// A rate.
    Rate(N),
}

impl<N> ShieldDiscount<N> {
    const NAMES: &'static [&'static str] = &["unlevered", "debt", "miles_ezzell"];
}

impl From<f64> for ShieldDiscount {
    fn from(rate: f64) -> Self {
        ShieldDiscount::Rate(rate)
    }
}

impl Field for ShieldDiscount {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if let Some(rate) = value.as_f64() {
            return Some(ShieldDiscount::Rate(rate));
        }
        match value.as_str() {
            Some("unlevered") => Some(ShieldDiscount::Unlevered),
            Some("debt") => Some(ShieldDiscount::Debt),
            Some("miles_ezzell") => Some(ShieldDiscount::MilesEzzell),
            _ => {
                let names = Self::NAMES.join(" ");
                problems.refuse(at, value.clone(), format!("one of {names}, or a {}", at.domain().constraint()));
                None
            }
        }
    }
    fn placeholder() -> Self {
        ShieldDiscount::Unlevered
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        if let ShieldDiscount::Rate(rate) = self {
            rate.check(at, problems);
        }
    }
    fn write(&self) -> Value {
        match self {
            ShieldDiscount::Unlevered => "unlevered".into(),
            ShieldDiscount::Debt => "debt".into(),
            ShieldDiscount::MilesEzzell => "miles_ezzell".into(),
            ShieldDiscount::Rate(rate) => rate.write(),
        }
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        if let ShieldDiscount::Rate(rate) = self {
            rate.numbers(at, visit);
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        let choices = json!([{"type": "string", "enum": Self::NAMES}, f64::schema(domain)]);
        Map::from_iter([("anyOf".to_owned(), choices)])
    }
}

impl<M> Lower<M> for ShieldDiscount {
    type Out = ShieldDiscount<M>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> ShieldDiscount<M> {
        match self {
            ShieldDiscount::Unlevered => ShieldDiscount::Unlevered,
            ShieldDiscount::Debt => ShieldDiscount::Debt,
            ShieldDiscount::MilesEzzell => ShieldDiscount::MilesEzzell,
            ShieldDiscount::Rate(rate) => ShieldDiscount::Rate(exchange(at, *rate)),
        }
    }
}
