//! Distributions in the form that turns columns of probabilities or normal scores into values.

use super::distribution::{Distribution, Interpolation};
use super::inverse::{Inverse, StudentT};
use super::log_concave::{Family, Side};
use super::normal;
use super::philox::{above, below};
use super::steps::{Linear, Steps};
use crate::number::{Number, dispatch};

/// Puts a value in each place of a column in lane code. Not a function: its closure could be left out of
/// line. It owns what it uses, since numbers behind references are gathered anew for each register.
macro_rules! each {
    ($column:expr, |$place:ident| $value:expr) => {{
        let column: &mut [f64] = $column;
        dispatch(
            #[inline(always)]
            move || {
                for place in column {
                    let $place = *place;
                    *place = $value;
                }
            },
        )
    }};
}

/// A distribution ready to be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Marginal {
    Constant(f64),
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
        shift: f64,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    Triangular {
        low: f64,
        high: f64,
        below_mode: f64,
        rising: f64,
        falling: f64,
    },
    /// shift + mode e^d.
    Gamma {
        inverse: Inverse,
        mode: f64,
        shift: f64,
    },
    Beta {
        inverse: Inverse,
        ln_odds: f64,
        low: f64,
        high: f64,
    },
    StudentT {
        law: StudentT,
        location: f64,
        scale: f64,
    },
    Linear(Linear),
    Steps(Steps),
    Truncated {
        of: Box<Marginal>,
        part: Part,
        low: f64,
        high: f64,
    },
}

/// The part of a distribution between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    /// The probability below it.
    below: f64,
    /// The probability above it.
    above: f64,
    /// Its own probability.
    pub(super) mass: f64,
}

impl Marginal {
    /// From a distribution that has passed its checks.
    pub(super) fn of(distribution: &Distribution) -> Self {
        match distribution {
            Distribution::Constant(of) => Self::Constant(of.value),
            Distribution::Normal(of) if of.sd == 0.0 => Self::Constant(of.mean),
            Distribution::Normal(of) => Self::Normal { mean: of.mean, sd: of.sd },
            Distribution::Lognormal(of) => match (of.mu.zip(of.sigma), of.mean.zip(of.sd)) {
                (_, Some((mean, sd))) => {
                    let variance = Number::ln_1p((sd / mean) * (sd / mean));
                    if variance == 0.0 {
                        Self::Constant(of.shift + mean)
                    } else {
                        let mu = Number::ln(mean) - 0.5 * variance;
                        Self::Lognormal { mu, sigma: variance.sqrt(), shift: of.shift }
                    }
                }
                (Some((mu, 0.0)), None) => Self::Constant(of.shift + Number::exp(mu)),
                (Some((mu, sigma)), None) => Self::Lognormal { mu, sigma, shift: of.shift },
                // Refused where the distribution was checked.
                (None, None) => Self::Constant(f64::NAN),
            },
            Distribution::Uniform(of) => Self::Uniform { low: of.low, width: of.high - of.low },
            Distribution::Triangular(of) => {
                let width = of.high - of.low;
                Self::Triangular {
                    low: of.low,
                    high: of.high,
                    below_mode: (of.mode - of.low) / width,
                    rising: width * (of.mode - of.low),
                    falling: width * (of.high - of.mode),
                }
            }
            Distribution::Pert(of) => {
                let rise = of.shape / (of.high - of.low);
                Self::beta(1.0 + rise * (of.mode - of.low), 1.0 + rise * (of.high - of.mode), of.low, of.high)
            }
            Distribution::Beta(of) => Self::beta(of.alpha, of.beta, of.low, of.high),
            Distribution::StudentT(of) => {
                Self::StudentT { law: StudentT::new(of.df), location: of.location, scale: of.scale }
            }
            Distribution::Gamma(of) => {
                let inverse = Inverse::new(Family::Gamma { shape: of.shape });
                Self::Gamma { inverse, mode: of.shape * of.scale, shift: of.shift }
            }
            Distribution::Empirical(of) => match of.interpolation {
                Interpolation::Linear => Self::Linear(Linear::new(&of.values)),
                Interpolation::Step => {
                    let equal = || vec![1.0; of.values.len()];
                    Self::Steps(Steps::new(&of.values, &of.weights.clone().unwrap_or_else(equal)))
                }
            },
            Distribution::Discrete(of) => Self::Steps(Steps::new(&of.values, &of.probabilities)),
            Distribution::Truncated(of) => {
                let (parent, low, high) = of.flat();
                match Self::of(parent) {
                    Self::Constant(value) => Self::Constant(value),
                    Self::Steps(whole) => Self::Steps(whole.between(low, high)),
                    whole => Self::Truncated { part: whole.between(low, high), of: Box::new(whole), low, high },
                }
            }
        }
    }

    fn beta(alpha: f64, beta: f64, low: f64, high: f64) -> Self {
        let family = Family::Beta { alpha, beta };
        Self::Beta { inverse: Inverse::new(family), ln_odds: family.mode(), low, high }
    }

    /// Whether values come from normal scores; otherwise from probabilities held by their nearer end.
    pub(super) fn wants_scores(&self) -> bool {
        matches!(
            self,
            Self::Normal { .. }
                | Self::Lognormal { .. }
                | Self::Gamma { .. }
                | Self::Beta { .. }
                | Self::StudentT { .. }
        )
    }

    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }

    /// Turns what the column holds, as [`Marginal::wants_scores`] says, into values.
    pub(super) fn values(&self, column: &mut [f64]) {
        match *self {
            Self::Constant(value) => column.fill(value),
            Self::Normal { mean, sd } => each!(column, |z| mean + sd * z),
            Self::Lognormal { mu, sigma, shift } => each!(column, |z| shift + Number::exp(mu + sigma * z)),
            Self::Uniform { low, width } => each!(column, |tail| low + width * below(tail)),
            Self::Triangular { low, high, below_mode, rising, falling } => each!(column, |tail| {
                let rises = below(tail) < below_mode;
                let (left, right) = (below(tail) * rising, above(tail) * falling);
                // One root, since a root costs more than all else here.
                let distance = (if rises { left } else { right }).sqrt();
                let (left, right) = (low + distance, high - distance);
                if rises { left } else { right }
            }),
            Self::Gamma { ref inverse, mode, shift } => {
                inverse.distances(column);
                each!(column, |d| shift + mode * Number::exp(d));
            }
            Self::Beta { ref inverse, ln_odds, low, high } => {
                inverse.distances(column);
                // From the nearer end.
                each!(column, |d| {
                    let ln = ln_odds + d;
                    let odds = Number::exp(-ln.abs());
                    let share = (high - low) * (odds / (1.0 + odds));
                    if ln < 0.0 { low + share } else { high - share }
                });
            }
            Self::StudentT { ref law, location, scale } => {
                law.quantiles(column);
                each!(column, |t| location + scale * t);
            }
            Self::Linear(ref of) => column.iter_mut().for_each(|place| *place = of.at(*place)),
            Self::Steps(ref of) => column.iter_mut().for_each(|place| *place = of.at(*place)),
            Self::Truncated { ref of, part, low, high } => {
                each!(column, |tail| part.tail(tail));
                if of.wants_scores() {
                    normal::scores(column);
                }
                of.values(column);
                // Rounding alone may have crossed a bound.
                each!(column, |value| {
                    let value = if value < low { low } else { value };
                    if value > high { high } else { value }
                });
            }
        }
    }

    /// The part between two bounds, which belong to it.
    pub(super) fn between(&self, low: f64, high: f64) -> Part {
        let ((below, above_low), (below_high, above)) = (self.beside(low), self.beside(high));
        let mass = match self {
            Self::Constant(value) => f64::from(u8::from((low..=high).contains(value))),
            Self::Steps(of) => of.mass(low, high),
            // From the side on which nothing cancels.
            _ if below > 0.5 => above_low - above,
            _ if above > 0.5 => below_high - below,
            _ => 1.0 - below - above,
        };
        Part { below, above, mass }
    }

    /// The probabilities below and above `x`, each accurate where it is small; both without `x` itself.
    pub(super) fn beside(&self, x: f64) -> (f64, f64) {
        if x == f64::NEG_INFINITY {
            return (0.0, 1.0);
        }
        if x == f64::INFINITY {
            return (1.0, 0.0);
        }
        match *self {
            Self::Constant(value) => (f64::from(u8::from(value < x)), f64::from(u8::from(value > x))),
            Self::Normal { mean, sd } => of_score((x - mean) / sd),
            Self::Lognormal { mu, sigma, shift } => {
                if x > shift {
                    of_score((Number::ln(x - shift) - mu) / sigma)
                } else {
                    (0.0, 1.0)
                }
            }
            Self::Uniform { low, width } => {
                if x <= low {
                    (0.0, 1.0)
                } else if x - low >= width {
                    (1.0, 0.0)
                } else {
                    ((x - low) / width, (low + width - x) / width)
                }
            }
            Self::Triangular { low, high, below_mode, rising, falling } => {
                if x <= low {
                    return (0.0, 1.0);
                }
                if x >= high {
                    return (1.0, 0.0);
                }
                let below = (x - low) * (x - low) / rising;
                if below < below_mode {
                    return (below, 1.0 - below);
                }
                let above = (high - x) * (high - x) / falling;
                (1.0 - above, above)
            }
            Self::Gamma { ref inverse, mode, shift } => {
                if x > shift {
                    of_distance(inverse, Number::ln((x - shift) / mode))
                } else {
                    (0.0, 1.0)
                }
            }
            Self::Beta { ref inverse, ln_odds, low, high } => {
                if x <= low {
                    (0.0, 1.0)
                } else if x >= high {
                    (1.0, 0.0)
                } else {
                    of_distance(inverse, Number::ln((x - low) / (high - x)) - ln_odds)
                }
            }
            Self::StudentT { ref law, location, scale } => {
                let t = (x - location) / scale;
                let (within, beyond) = if t == 0.0 { (0.0, 1.0) } else { law.within_and_beyond(t.abs()) };
                let ends = (0.5 * beyond, 0.5 + 0.5 * within);
                if t < 0.0 { ends } else { (ends.1, ends.0) }
            }
            Self::Linear(ref of) => of.beside(x),
            Self::Steps(ref of) => of.beside(x),
            Self::Truncated { ref of, part, .. } => {
                let (below, above) = of.beside(x);
                let share = |of: f64, beyond: f64| ((of - beyond) / part.mass).clamp(0.0, 1.0);
                (share(below, part.below), share(above, part.above))
            }
        }
    }
}

impl Part {
    /// The probability of the whole distribution at a probability of the part; both held by their nearer end.
    #[inline(always)]
    fn tail(&self, tail: f64) -> f64 {
        let low = self.below + self.mass * below(tail);
        let high = self.above + self.mass * above(tail);
        if low < high { -low } else { high }
    }
}

/// The probabilities below and above a normal score.
fn of_score(score: f64) -> (f64, f64) {
    let tail = normal::probability(score.abs());
    if score < 0.0 { (tail, 1.0 - tail) } else { (1.0 - tail, tail) }
}

fn of_distance(inverse: &Inverse, d: f64) -> (f64, f64) {
    let law = inverse.law();
    (Number::exp(law.ln_beyond(d, Side::Below)), Number::exp(law.ln_beyond(d, Side::Above)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read;
    use serde_json::{Value, json};

    fn draw(marginal: &Marginal, tails: &[f64]) -> Vec<f64> {
        let mut column = tails.to_vec();
        if marginal.wants_scores() {
            normal::scores(&mut column);
        }
        marginal.values(&mut column);
        column
    }

    #[expect(clippy::needless_pass_by_value, reason = "made where it is passed")]
    fn of(distribution: Value) -> Marginal {
        Marginal::of(&read::<Distribution>(&distribution).expect("a valid distribution"))
    }

    fn golden() -> Vec<(Value, Vec<f64>, Vec<f64>)> {
        let golden: Value =
            serde_json::from_str(include_str!("../../tests/golden/distributions.json")).expect("a golden file");
        let numbers = |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let cases = golden["cases"].as_array().unwrap();
        cases
            .iter()
            .map(|case| (case["distribution"].clone(), numbers(&golden["tails"]), numbers(&case["values"])))
            .collect()
    }

    #[test]
    fn quantiles_are_those_of_a_reference_of_sixty_digits_out_to_tails_of_one_in_a_trillion() {
        for (distribution, tails, want) in golden() {
            let values = draw(&of(distribution.clone()), &tails);
            for ((value, want), tail) in values.iter().zip(&want).zip(&tails) {
                let allowed = (1e-12 * want.abs()).max(1e-14);
                assert!((value - want).abs() <= allowed, "{distribution} at {tail}: {value:e} instead of {want:e}");
            }
        }
    }

    #[test]
    fn probabilities_undo_quantiles_and_quantiles_rise() {
        let others = [
            json!({"type": "normal", "mean": 1.0, "sd": 2.0}),
            json!({"type": "lognormal", "mean": 3.0, "sd": 2.0, "shift": 1.0}),
            json!({"type": "uniform", "low": -2.0, "high": 5.0}),
            json!({"type": "triangular", "low": 1.0, "mode": 1.0, "high": 4.0}),
            json!({"type": "triangular", "low": 1.0, "mode": 2.0, "high": 4.0}),
            json!({"type": "empirical", "values": [3.0, 9.0, -2.0, 4.0, 5.5]}),
        ];
        let smooth = golden().into_iter().map(|(distribution, ..)| distribution);
        for distribution in smooth.chain(others) {
            let marginal = of(distribution.clone());
            let below = (1..=200).map(|i| -0.5 * (f64::from(i) / 200.0).powi(7));
            let above = (1..200).rev().map(|i| 0.5 * (f64::from(i) / 200.0).powi(7));
            let tails: Vec<f64> = below.chain(above).collect();
            let values = draw(&marginal, &tails);
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{distribution}");
            let ends = [values[0], values[values.len() - 1], 0.0];
            for (&value, &tail) in values.iter().zip(&tails) {
                // A value that rounding puts on an end has no probability to compare; one near it, few digits.
                if ends.contains(&value) || !(1e-250..1e250).contains(&value.abs()) {
                    continue;
                }
                let probability = |value: f64| {
                    let (below, above) = marginal.beside(value);
                    if tail < 0.0 { below } else { above }
                };
                let found = probability(value);
                let moved = probability(value + 1e-14 * value.abs() + 1e-15) - found;
                let allowed = 1e-11 * tail.abs() + 20.0 * moved.abs();
                assert!((found - tail.abs()).abs() < allowed, "{distribution} at {tail}: {value}, {found}");
            }
        }
    }

    #[test]
    fn truncated_quantiles_are_those_of_the_whole_between_the_bounds_even_far_out() {
        let normal = json!({"type": "normal", "mean": 0.0, "sd": 1.0});
        let bounded = of(json!({"type": "truncated", "of": normal, "low": 5.0, "high": null}));
        let mass = normal::probability(5.0);
        for (tail, above) in [(-0.25, 0.75), (0.5, 0.5), (0.001, 0.001), (1e-12, 1e-12)] {
            let value = draw(&bounded, &[tail])[0];
            assert!((value / normal::score(mass * above) - 1.0).abs() < 1e-14, "{tail}: {value}");
        }
        // Two thirds of 1 - e^-1 to 1 - e^-3.
        let exponential = json!({"type": "gamma", "shape": 1.0, "scale": 1.0});
        let bounded = of(json!({"type": "truncated", "of": exponential, "low": 1.0, "high": 3.0}));
        let (low, high) = (Number::exp(-1.0), Number::exp(-3.0));
        let value = draw(&bounded, &[1.0 / 3.0])[0];
        assert!((value + Number::ln(high + (low - high) / 3.0)).abs() < 1e-12 * value, "{value}");
        let listed = of(json!({"type": "truncated", "low": 2.0, "high": 3.0,
            "of": {"type": "discrete", "values": [1.0, 2.0, 3.0, 4.0], "probabilities": [0.4, 0.1, 0.3, 0.2]}}));
        assert_eq!(draw(&listed, &[-0.2, -0.25, -0.26, 0.4, 1e-16]), [2.0, 2.0, 3.0, 3.0, 3.0]);
    }

    #[test]
    fn the_extremes_of_what_parameters_may_be_have_values() {
        let tails = [-1e-16, -0.3, -0.5, 0.4, 0.01, 1e-16];
        for shape in [1e-9, 1e-3, 1e5, 1e9, 1e15] {
            let gamma = draw(&of(json!({"type": "gamma", "shape": shape, "scale": 1.0})), &tails);
            assert!(gamma.iter().all(|value| value.is_finite() && *value >= 0.0), "{shape}: {gamma:?}");
            assert!(gamma.windows(2).all(|pair| pair[0] <= pair[1]), "{shape}: {gamma:?}");
            if shape > 1e4 {
                // The normal limit, whose error is of order 1 over the root of the shape.
                let z = (gamma[3] / shape - 1.0) * shape.sqrt();
                assert!((z - normal::quantile(0.6)).abs() < 1.0 / shape.sqrt() + 1e-7, "{shape}: {z}");
            }
            for other in [1e-9, 1e-3, 1.0, 1e15] {
                let beta = draw(&of(json!({"type": "beta", "alpha": shape, "beta": other})), &tails);
                assert!(beta.iter().all(|value| (0.0..=1.0).contains(value)), "{shape}, {other}: {beta:?}");
                assert!(beta.windows(2).all(|pair| pair[0] <= pair[1]), "{shape}, {other}: {beta:?}");
            }
        }
        for df in [0.1, 1e4, 1e9, 1e300] {
            let t = draw(&of(json!({"type": "student_t", "df": df, "location": 0.0, "scale": 1.0})), &tails);
            assert_eq!(t[2], 0.0);
            assert!(t.iter().all(|value| value.is_finite()) && t.windows(2).all(|pair| pair[0] < pair[1]), "{t:?}");
            if df > 1e8 {
                assert!((t[4] / normal::quantile(0.99) - 1.0).abs() < 1e-8 && (t[5] / 8.2220822 - 1.0).abs() < 1e-6);
            }
        }
    }
}
