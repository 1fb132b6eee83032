//! Distributions, each by its inverse from one uniform, increasing in it.
//!
//! Every parameter set is a record; [`Distribution`] is the tagged choice among them.

use serde_json::{Map, Value, json};

use super::marginal::Marginal;
use crate::error::Error;
use crate::model::{Domain, Field, Place, Problems, choice, fixed, record};

/// Below this nearly all values are an end or infinite; above it they are one number to their 7th digit.
const SHAPE: Domain = Domain::NUMBER.at_least(1e-9).at_most(1e15);
const POSITIVE: Domain = Domain::NUMBER.above(0.0);
/// What probabilities may differ from 1 in sum.
const SUM: f64 = 1e-9;
/// A truncated distribution with less probability between its bounds is refused.
const LEAST_MASS: f64 = 1e-12;

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

record! {
    /// A beta distribution by its ends and likeliest value, as used for expert estimates.
    pub struct Pert {
        /// Lower end.
        pub low: f64,
        /// Likeliest value.
        pub mode: f64,
        /// Upper end, above `low`.
        pub high: f64,
        /// Weight of the likeliest value; more of it narrows the distribution.
        pub shape: f64 [Domain::NUMBER.above(0.0).at_most(1e15)] = 4.0,
    }
}

record! {
    /// The beta distribution between `low` and `high`.
    pub struct Beta {
        /// First shape.
        pub alpha: f64 [SHAPE],
        /// Second shape.
        pub beta: f64 [SHAPE],
        /// Lower end.
        pub low: f64 = 0.0,
        /// Upper end, above `low`.
        pub high: f64 = 1.0,
    }
}

record! {
    /// location + scale T with Student's T; its standard deviation is scale sqrt(df / (df - 2)).
    pub struct StudentT {
        /// Degrees of freedom, not necessarily whole.
        pub df: f64 [Domain::NUMBER.at_least(1e-9)],
        /// Centre.
        pub location: f64,
        /// Scale, which is not the standard deviation.
        pub scale: f64 [POSITIVE],
    }
}

record! {
    /// The gamma distribution, of mean shift + shape x scale.
    pub struct Gamma {
        /// Shape.
        pub shape: f64 [SHAPE],
        /// Scale.
        pub scale: f64 [POSITIVE],
        /// What is added to every value.
        pub shift: f64 = 0.0,
    }
}

choice! {
    /// What lies between observations.
    pub enum Interpolation {
        /// The quantile function of type 7: linear between observations.
        Linear = "linear",
        /// Nothing: an observation is drawn.
        Step = "step",
    }
}

record! {
    /// The distribution of observed values.
    pub struct Empirical {
        /// Observations, two or more, in any order.
        pub values: Vec<f64>,
        /// Their weights, for `step` only; equal when absent.
        pub weights: Option<Vec<f64>> [Domain::NUMBER.at_least(0.0)],
        /// What lies between observations.
        pub interpolation: Interpolation = Interpolation::Linear,
    }
}

record! {
    /// Values with their probabilities.
    pub struct Discrete {
        /// The values.
        pub values: Vec<f64>,
        /// Their probabilities, 1 in sum.
        pub probabilities: Vec<f64> [Domain::SHARE],
    }
}

record! {
    /// A distribution given that its value lies between two bounds. Not a floor: no value is moved.
    pub struct Truncated {
        /// The distribution without these bounds.
        pub of: Parent,
        /// Lower bound; none when absent.
        pub low: Option<f64>,
        /// Upper bound, above `low`; none when absent.
        pub high: Option<f64>,
    }
}

impl Truncated {
    /// The lower and the upper bound, infinite where there is none.
    fn range(&self) -> (f64, f64) {
        (self.low.unwrap_or(f64::NEG_INFINITY), self.high.unwrap_or(f64::INFINITY))
    }

    /// The distribution that has no bounds at all, and the range that all bounds leave it.
    pub(super) fn flat(&self) -> (&Distribution, f64, f64) {
        let (low, high) = self.range();
        match &*self.of.0 {
            Distribution::Truncated(inner) => {
                let (of, inner_low, inner_high) = inner.flat();
                (of, low.max(inner_low), high.min(inner_high))
            }
            of => (of, low, high),
        }
    }
}

/// A range in words.
fn in_words(low: f64, high: f64) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{low} to {high}"),
        (true, false) => format!("{low} and above"),
        (false, true) => format!("{high} and below"),
        (false, false) => "all numbers".to_owned(),
    }
}

/// The distribution that a [`Truncated`] one is a part of; one that is truncated itself is truncated to
/// the range that both have.
#[derive(Clone, Debug, PartialEq)]
pub struct Parent(pub Box<Distribution>);

impl Field for Parent {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        Distribution::read(value, at, problems).map(|of| Self(Box::new(of)))
    }

    fn placeholder() -> Self {
        Self(Box::new(Distribution::placeholder()))
    }

    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        self.0.check(at, problems);
    }

    fn write(&self) -> Value {
        self.0.write()
    }

    // A truncated distribution holds distributions: the schema stops at the second level.
    fn schema(domain: &Domain) -> Map<String, Value> {
        let mut schema = Distribution::schema_of(domain, &|name| name != "truncated");
        if let Some(Value::Array(types)) = schema.get_mut("oneOf") {
            types.push(json!({
                "type": "object",
                "description": "a truncated distribution, here with the range that both have",
                "properties": {"type": {"const": "truncated"}},
                "required": ["of", "type"],
            }));
        }
        schema
    }
}

fixed!(Parent);

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

            /// The schema of the types that are wanted.
            fn schema_of(domain: &Domain, wanted: &dyn Fn(&str) -> bool) -> Map<String, Value> {
                let tagged = |name: &str, mut schema: Map<String, Value>| {
                    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                        properties.insert("type".into(), json!({"const": name}));
                    }
                    if let Value::Array(required) = schema.entry("required").or_insert_with(|| json!([])) {
                        required.push("type".into());
                    }
                    Value::from(schema)
                };
                let mut types = Vec::new();
                $( if wanted($name) {
                    types.push(tagged($name, $variant::schema(domain)));
                } )*
                Map::from_iter([("oneOf".to_owned(), types.into())])
            }

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
                Self::schema_of(domain, &|_| true)
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
    /// Beta by its ends and likeliest value.
    Pert = "pert",
    /// Beta, possibly stretched.
    Beta = "beta",
    /// Student's t.
    StudentT = "student_t",
    /// Gamma, possibly shifted.
    Gamma = "gamma",
    /// Observed values.
    Empirical = "empirical",
    /// Values with probabilities.
    Discrete = "discrete",
    /// Another distribution between bounds.
    Truncated = "truncated",
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

    /// The beta distribution from `low` to `high` with its top at `mode`, of shape 4.
    #[must_use]
    pub fn pert(low: f64, mode: f64, high: f64) -> Self {
        Pert { low, mode, high, ..Pert::default() }.into()
    }

    /// The beta distribution between 0 and 1.
    #[must_use]
    pub fn beta(alpha: f64, beta: f64) -> Self {
        Beta { alpha, beta, ..Beta::default() }.into()
    }

    /// location + scale T with Student's T of `df` degrees of freedom.
    #[must_use]
    pub fn student_t(df: f64, location: f64, scale: f64) -> Self {
        StudentT { df, location, scale }.into()
    }

    /// The gamma distribution of mean shape x scale.
    #[must_use]
    pub fn gamma(shape: f64, scale: f64) -> Self {
        Gamma { shape, scale, ..Gamma::default() }.into()
    }

    /// The distribution of observed values, linear between them.
    #[must_use]
    pub fn empirical(values: impl Into<Vec<f64>>) -> Self {
        Empirical { values: values.into(), ..Empirical::default() }.into()
    }

    /// Values with their probabilities.
    #[must_use]
    pub fn discrete(values: impl Into<Vec<f64>>, probabilities: impl Into<Vec<f64>>) -> Self {
        Discrete { values: values.into(), probabilities: probabilities.into() }.into()
    }

    /// This distribution given that its value lies between `low` and `high`, of which either may be absent.
    #[must_use]
    pub fn truncated(self, low: impl Into<Option<f64>>, high: impl Into<Option<f64>>) -> Self {
        Truncated { of: Parent(Box::new(self)), low: low.into(), high: high.into() }.into()
    }

    /// Whether all its values are whole by its type, as those of a draw on a whole number must be: a
    /// `constant` or `discrete` distribution, truncated or not.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Constant(of) => of.value.fract() == 0.0,
            Self::Discrete(of) => of.values.iter().all(|value| value.fract() == 0.0),
            Self::Truncated(of) => of.of.0.is_whole(),
            _ => false,
        }
    }

    fn rules(&self, at: &Place<'_>, problems: &mut Problems) {
        let refuse = |problems: &mut Problems, name: &'static str, value: f64, constraint: &str| {
            let place = at.field(name, Domain::NUMBER);
            problems.push(Error::invalid_number(place.to_string(), value, constraint));
        };
        let count = |problems: &mut Problems, name: &'static str, count: usize, constraint: &str| {
            problems.refuse(at.field(name, Domain::NUMBER), count, constraint);
        };
        let ends = |problems: &mut Problems, low: f64, high: f64| {
            if low >= high {
                refuse(problems, "high", high, "above low");
            }
        };
        let top = |problems: &mut Problems, low: f64, mode: f64, high: f64| {
            ends(problems, low, high);
            if low < high && !(low..=high).contains(&mode) {
                refuse(problems, "mode", mode, "between low and high");
            }
        };
        match self {
            Self::Constant(_) | Self::Normal(_) | Self::StudentT(_) | Self::Gamma(_) => {}
            Self::Lognormal(of) => {
                let of_log = [of.mu, of.sigma].iter().flatten().count();
                let of_value = [of.mean, of.sd].iter().flatten().count();
                if (of_log, of_value) != (2, 0) && (of_log, of_value) != (0, 2) {
                    problems.refuse(at, self.write(), "exactly one of the pairs mean, sd and mu, sigma");
                }
            }
            Self::Uniform(of) => ends(problems, of.low, of.high),
            Self::Triangular(of) => top(problems, of.low, of.mode, of.high),
            Self::Pert(of) => top(problems, of.low, of.mode, of.high),
            Self::Beta(of) => ends(problems, of.low, of.high),
            Self::Empirical(of) => {
                if of.values.len() < 2 {
                    count(problems, "values", of.values.len(), "two observations or more");
                }
                if let Some(weights) = &of.weights {
                    if weights.len() != of.values.len() {
                        count(problems, "weights", weights.len(), "a weight for each of the values");
                    } else if weights.iter().sum::<f64>() <= 0.0 {
                        problems.refuse(at.field("weights", Domain::NUMBER), weights.write(), "a positive sum");
                    } else if of.interpolation == Interpolation::Linear && weights.iter().any(|w| *w != weights[0]) {
                        let constraint = "equal weights with interpolation linear; step takes any";
                        problems.refuse(at.field("weights", Domain::NUMBER), weights.write(), constraint);
                    }
                }
            }
            Self::Discrete(of) => {
                let sum = of.probabilities.iter().sum::<f64>();
                if of.values.is_empty() {
                    count(problems, "values", 0, "one value or more");
                }
                if of.probabilities.len() != of.values.len() {
                    count(problems, "probabilities", of.probabilities.len(), "a probability for each of the values");
                } else if (sum - 1.0).abs() > SUM {
                    refuse(problems, "probabilities", sum, "a sum of 1 within 1e-9");
                }
            }
            Self::Truncated(of) => {
                let (low, high) = of.range();
                let (parent, least, most) = of.flat();
                if low >= high {
                    ends(problems, low, high);
                } else if let Self::Truncated(inner) = &*of.of.0
                    && least > most
                {
                    let (_, inner_low, inner_high) = inner.flat();
                    let (own, inner) = (in_words(low, high), in_words(inner_low, inner_high));
                    problems.refuse(at, self.write(), format!("bounds, {own}, that meet those within of, {inner}"));
                } else if Marginal::of(parent).between(least, most).mass <= LEAST_MASS {
                    let range = in_words(least, most);
                    let constraint = format!("bounds that hold more than 1e-12 of the probability, unlike {range}");
                    problems.refuse(at, self.write(), constraint);
                }
            }
        }
    }
}
