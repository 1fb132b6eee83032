//! Distributions, each by its inverse from one uniform, increasing in it.
//!
//! Every parameter set is a record; [`Distribution`] is the tagged choice among them, and
//! `Marginal` the form that fills columns.

use serde_json::{Map, Value, json};

use super::philox::{above, below};
use crate::error::Error;
use crate::model::{Domain, Field, Place, Problems, fixed, record};
use crate::number::{Number, dispatch};

record! {
    /// A point mass.
    pub struct Constant {
        /// The value.
        pub value: f64,
    }
}

record! {
    /// The normal distribution; a standard deviation of 0 is a point mass.
    pub struct Normal {
        /// Mean.
        pub mean: f64,
        /// Standard deviation.
        pub sd: f64 [Domain::NUMBER.at_least(0.0)],
    }
}

record! {
    /// shift + exp(mu + sigma Z), given by exactly one of the pairs `mean`, `sd` and `mu`, `sigma`.
    pub struct Lognormal {
        /// Mean of the logarithm.
        pub mu: Option<f64>,
        /// Standard deviation of the logarithm.
        pub sigma: Option<f64> [Domain::NUMBER.at_least(0.0)],
        /// Mean, before the shift.
        pub mean: Option<f64> [Domain::NUMBER.above(0.0)],
        /// Standard deviation.
        pub sd: Option<f64> [Domain::NUMBER.at_least(0.0)],
        /// What is added to every value.
        pub shift: f64 = 0.0,
    }
}

record! {
    /// The uniform distribution between `low` and `high`.
    pub struct Uniform {
        /// Lower end.
        pub low: f64,
        /// Upper end, above `low`.
        pub high: f64,
    }
}

record! {
    /// The triangular distribution.
    pub struct Triangular {
        /// Lower end.
        pub low: f64,
        /// Likeliest value.
        pub mode: f64,
        /// Upper end, above `low`.
        pub high: f64,
    }
}

macro_rules! distributions {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal),* $(,)?) => {
        /// What a drawn number is distributed as; in JSON an object with `type` and its parameters.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Distribution {
            $( $(#[doc = $doc])* $variant($variant), )*
        }

        impl Distribution {
            /// The names that `type` may have.
            pub const TYPES: &'static [&'static str] = &[$($name),*];

            fn parameters(&self) -> (&'static str, Value) {
                match self { $( Self::$variant(of) => ($name, of.write()), )* }
            }
        }

        impl Field for Distribution {
            fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
                let Some(object) = value.as_object() else {
                    problems.refuse(at, value.clone(), "an object with a type and its parameters");
                    return None;
                };
                let mut parameters = object.clone();
                let name = parameters.shift_remove("type").unwrap_or_default();
                match name.as_str() {
                    $( Some($name) => $variant::read(&parameters.into(), at, problems).map(Self::$variant), )*
                    _ => {
                        let place = at.field("type", Domain::NUMBER);
                        problems.refuse(place, name, format!("one of {}", Self::TYPES.join(", ")));
                        None
                    }
                }
            }

            fn placeholder() -> Self {
                Self::Constant(Constant::default())
            }

            fn check(&self, at: &Place<'_>, problems: &mut Problems) {
                match self { $( Self::$variant(of) => of.check(at, problems), )* }
                if problems.is_empty() {
                    self.rules(at, problems);
                }
            }

            fn write(&self) -> Value {
                let (name, parameters) = self.parameters();
                let mut object = Map::from_iter([("type".to_owned(), name.into())]);
                if let Value::Object(parameters) = parameters {
                    object.extend(parameters.into_iter().filter(|(_, value)| !value.is_null()));
                }
                object.into()
            }

            fn schema(domain: &Domain) -> Map<String, Value> {
                let tagged = |name: &str, mut schema: Map<String, Value>| {
                    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                        properties.insert("type".into(), json!({"const": name}));
                    }
                    if let Value::Array(required) = schema.entry("required").or_insert_with(|| json!([])) {
                        required.push("type".into());
                    }
                    Value::from(schema)
                };
                Map::from_iter([("oneOf".to_owned(), json!([$( tagged($name, $variant::schema(domain)) ),*]))])
            }
        }

        $( impl From<$variant> for Distribution {
            fn from(of: $variant) -> Self {
                Self::$variant(of)
            }
        } )*
    };
}

distributions! {
    /// A point mass.
    Constant = "constant",
    /// Normal.
    Normal = "normal",
    /// Lognormal, possibly shifted.
    Lognormal = "lognormal",
    /// Uniform.
    Uniform = "uniform",
    /// Triangular.
    Triangular = "triangular",
}

fixed!(Distribution);

impl Distribution {
    /// A point mass at `value`.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Constant { value }.into()
    }

    /// The normal distribution with this mean and standard deviation.
    #[must_use]
    pub fn normal(mean: f64, sd: f64) -> Self {
        Normal { mean, sd }.into()
    }

    /// The lognormal distribution with this mean and standard deviation of the value itself.
    #[must_use]
    pub fn lognormal(mean: f64, sd: f64) -> Self {
        Lognormal { mean: Some(mean), sd: Some(sd), ..Lognormal::default() }.into()
    }

    /// The lognormal distribution whose logarithm has this mean and standard deviation.
    #[must_use]
    pub fn lognormal_of_log(mu: f64, sigma: f64) -> Self {
        Lognormal { mu: Some(mu), sigma: Some(sigma), ..Lognormal::default() }.into()
    }

    /// The uniform distribution between `low` and `high`.
    #[must_use]
    pub fn uniform(low: f64, high: f64) -> Self {
        Uniform { low, high }.into()
    }

    /// The triangular distribution from `low` to `high` with its top at `mode`.
    #[must_use]
    pub fn triangular(low: f64, mode: f64, high: f64) -> Self {
        Triangular { low, mode, high }.into()
    }

    fn rules(&self, at: &Place<'_>, problems: &mut Problems) {
        let refuse = |problems: &mut Problems, name: &'static str, value: f64, constraint: &str| {
            let place = at.field(name, Domain::NUMBER);
            problems.push(Error::invalid_number(place.to_string(), value, constraint));
        };
        match self {
            Self::Constant(_) | Self::Normal(_) => {}
            Self::Lognormal(of) => {
                let of_log = [of.mu, of.sigma].iter().flatten().count();
                let of_value = [of.mean, of.sd].iter().flatten().count();
                if (of_log, of_value) != (2, 0) && (of_log, of_value) != (0, 2) {
                    problems.refuse(at, self.write(), "exactly one of the pairs mean, sd and mu, sigma");
                }
            }
            Self::Uniform(of) => {
                if of.low >= of.high {
                    refuse(problems, "high", of.high, "above low");
                }
            }
            Self::Triangular(of) => {
                if of.low >= of.high {
                    refuse(problems, "high", of.high, "above low");
                } else if of.mode < of.low || of.mode > of.high {
                    refuse(problems, "mode", of.mode, "between low and high");
                }
            }
        }
    }

    pub(super) fn marginal(&self) -> Marginal {
        match self {
            Self::Constant(of) => Marginal::Constant(of.value),
            Self::Normal(of) if of.sd == 0.0 => Marginal::Constant(of.mean),
            Self::Normal(of) => Marginal::Normal { mean: of.mean, sd: of.sd },
            Self::Lognormal(of) => match (of.mu.zip(of.sigma), of.mean.zip(of.sd)) {
                (_, Some((mean, sd))) => {
                    let variance = Number::ln_1p((sd / mean) * (sd / mean));
                    if variance == 0.0 {
                        Marginal::Constant(of.shift + mean)
                    } else {
                        let mu = Number::ln(mean) - 0.5 * variance;
                        Marginal::Lognormal { mu, sigma: variance.sqrt(), shift: of.shift }
                    }
                }
                (Some((mu, 0.0)), None) => Marginal::Constant(of.shift + Number::exp(mu)),
                (Some((mu, sigma)), None) => Marginal::Lognormal { mu, sigma, shift: of.shift },
                // Refused where the distribution was checked.
                (None, None) => Marginal::Constant(f64::NAN),
            },
            Self::Uniform(of) => Marginal::Uniform { low: of.low, width: of.high - of.low },
            Self::Triangular(of) => {
                let width = of.high - of.low;
                Marginal::Triangular {
                    low: of.low,
                    high: of.high,
                    below_mode: (of.mode - of.low) / width,
                    rising: width * (of.mode - of.low),
                    falling: width * (of.high - of.mode),
                }
            }
        }
    }
}

/// A distribution in the form that turns columns of uniforms or normal scores into values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marginal {
    Constant(f64),
    Normal { mean: f64, sd: f64 },
    Lognormal { mu: f64, sigma: f64, shift: f64 },
    Uniform { low: f64, width: f64 },
    Triangular { low: f64, high: f64, below_mode: f64, rising: f64, falling: f64 },
}

impl Marginal {
    /// Whether values come from normal scores; otherwise from probabilities held by their nearer end.
    pub(super) fn wants_scores(self) -> bool {
        matches!(self, Self::Normal { .. } | Self::Lognormal { .. })
    }

    pub(super) fn is_constant(self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// Turns what the column holds, as [`Marginal::wants_scores`] says, into values.
    pub(super) fn values(self, column: &mut [f64]) {
        dispatch(
            #[inline(always)]
            || match self {
                Self::Constant(value) => column.fill(value),
                Self::Normal { mean, sd } => each(column, |z| mean + sd * z),
                Self::Lognormal { mu, sigma, shift } => each(column, |z| shift + Number::exp(mu + sigma * z)),
                Self::Uniform { low, width } => each(column, |tail| low + width * below(tail)),
                Self::Triangular { low, high, below_mode, rising, falling } => each(column, |tail| {
                    let probability = below(tail);
                    let left = low + (probability * rising).sqrt();
                    let right = high - (above(tail) * falling).sqrt();
                    if probability < below_mode { left } else { right }
                }),
            },
        );
    }
}

#[inline(always)]
fn each(column: &mut [f64], value: impl Fn(f64) -> f64) {
    for place in column {
        *place = value(*place);
    }
}
