//! Tail probabilities of the gamma and beta distributions and their inverses, in any size of their
//! parameters, in both tails, to full relative accuracy.
//!
//! Both are taken on the whole line, ln X for the gamma and ln X / (1 - X) for the beta, where the
//! logarithm of their density is concave and analytic. A tail is then the integral of a smooth bump,
//! which the tanh-sinh rule (Takahasi and Mori, 1974) finds with the same number of nodes whatever the
//! parameters; and its logarithm is concave too, so Newton's method finds the place of any tail. The
//! constant of the density is the integral over the whole line, so no gamma function is needed.
//!
//! Student's t is the beta distribution with parameters 1/2 and df/2: T^2 / df is its X / (1 - X).

use super::normal;
use crate::number::{Number, dispatch};

/// Where the density has fallen by this power of e it adds nothing to the sum.
const NEGLIGIBLE: f64 = 42.0;
/// Step of the rule, and steps on each side of its middle.
const STEP: f64 = 1.0 / 16.0;
const SIDE: usize = 52;
const NODES: usize = 2 * SIDE + 1;

/// The densities, by the distance d from their mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Family {
    /// d = ln (X / shape).
    Gamma { shape: f64 },
    /// d = ln (X / (1 - X)) - ln (alpha / beta).
    Beta { alpha: f64, beta: f64 },
}

/// A direction on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Below,
    Above,
}

impl Side {
    fn sign(self) -> f64 {
        match self {
            Self::Below => -1.0,
            Self::Above => 1.0,
        }
    }
}

impl Family {
    /// ln X or ln X / (1 - X) at the mode.
    pub(super) fn mode(self) -> f64 {
        match self {
            Self::Gamma { shape } => Number::ln(shape),
            Self::Beta { alpha, beta } => Number::ln(alpha) - Number::ln(beta),
        }
    }

    /// The logarithm of the density, less that at the mode.
    #[inline(always)]
    fn height(self, d: f64) -> f64 {
        match self {
            Self::Gamma { shape } => -shape * exp_less_line(d),
            Self::Beta { alpha, beta } => {
                let (near, far, d) = smaller_first(alpha, beta, d);
                let total = near + far;
                let share = near / total;
                // ln (1 + share (e^d - 1)); far out, where e^d overflows, from ln (share e^d).
                let close = Number::ln_1p(share * Number::exp_m1(d));
                let ln = d + Number::ln(share);
                let distant = if ln > 40.0 { ln } else { Number::ln_1p(Number::exp(ln)) };
                near * d - total * if d < 600.0 { close } else { distant }
            }
        }
    }

    /// The derivative of [`Family::height`].
    fn slope(self, d: f64) -> f64 {
        match self {
            Self::Gamma { shape } => -shape * Number::exp_m1(d),
            Self::Beta { alpha, beta } => {
                let (near, far, away) = smaller_first(alpha, beta, d);
                let total = near + far;
                let slope = -near * (far / total) / (1.0 / Number::exp_m1(away) + near / total);
                if alpha <= beta { slope } else { -slope }
            }
        }
    }

    /// Minus the second derivative at the mode.
    fn curvature(self) -> f64 {
        match self {
            Self::Gamma { shape } => shape,
            Self::Beta { alpha, beta } => alpha * (beta / (alpha + beta)),
        }
    }

    /// A distance from `from` to one side within which the logarithm of the density falls by `drop`, not much more.
    fn reach(self, from: f64, side: Side, drop: f64) -> f64 {
        let top = self.height(from);
        let enough = |distance: f64| self.height(from + side.sign() * distance) <= top - drop;
        let slope = (self.slope(from) * side.sign()).abs();
        let mut distance = (drop / slope).min((2.0 * drop / self.curvature()).sqrt());
        while !enough(distance) && distance < f64::MAX / 4.0 {
            distance *= 2.0;
        }
        while enough(distance * 0.5) && distance > f64::MIN_POSITIVE {
            distance *= 0.5;
        }
        let (mut short, mut long) = (distance * 0.5, distance);
        for _ in 0..3 {
            let middle = 0.5 * (short + long);
            if enough(middle) { long = middle } else { short = middle }
        }
        long
    }
}

/// Mirrored if need be so that the first parameter is the smaller one: then nothing large cancels.
#[inline(always)]
fn smaller_first(alpha: f64, beta: f64, d: f64) -> (f64, f64, f64) {
    if alpha <= beta { (alpha, beta, d) } else { (beta, alpha, -d) }
}

/// e^d - 1 - d, without cancellation.
#[inline(always)]
fn exp_less_line(d: f64) -> f64 {
    let far = Number::exp_m1(d) - d;
    // Up to 0.2 the series, whose next term is below 2^-60 of the sum.
    let mut series = 1.0;
    for k in [12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0] {
        series = 1.0 + d / k * series;
    }
    if d.abs() < 0.2 { 0.5 * d * d * series } else { far }
}

/// A distribution of [`Family`] with its tails.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LogConcave {
    family: Family,
    /// Nodes in (0, 1) and their weights.
    rule: Vec<(f64, f64)>,
    /// The logarithm of the integral of the density over that at the mode.
    ln_total: f64,
    /// How far the density reaches from its mode, below and above.
    reaches: [f64; 2],
}

impl LogConcave {
    pub(super) fn new(family: Family) -> Self {
        let reaches = [Side::Below, Side::Above].map(|side| family.reach(0.0, side, NEGLIGIBLE));
        let mut of = Self { family, rule: rule(), ln_total: 0.0, reaches };
        let (below, above) = (of.ln_beyond(0.0, Side::Below), of.ln_beyond(0.0, Side::Above));
        of.ln_total = Number::ln(Number::exp(below) + Number::exp(above));
        of
    }

    fn reach(&self, from: f64, side: Side) -> f64 {
        match side {
            Side::Below if from == 0.0 => self.reaches[0],
            Side::Above if from == 0.0 => self.reaches[1],
            _ => self.family.reach(from, side, NEGLIGIBLE),
        }
    }

    /// The logarithm of the probability beyond `d`.
    pub(super) fn ln_beyond(&self, d: f64, side: Side) -> f64 {
        let sign = side.sign();
        // The highest place of the tail: the mode if it lies in it, else its start.
        let top = if sign * d < 0.0 { 0.0 } else { d };
        let end = top + sign * self.reach(top, side);
        let back = if top == d { d } else { top - sign * self.reach(top, opposite(side)) };
        let start = if sign * d > sign * back { d } else { back };
        // Where the density bends: at the mode, and where X or 1 - X stops being small.
        let mut breaks = [0.0, -self.family.mode()];
        if sign * breaks[1] < sign * breaks[0] {
            breaks.swap(0, 1);
        }
        let mut sum = 0.0;
        let mut from = start;
        for place in breaks {
            if sign * place > sign * from && sign * place < sign * end {
                sum += self.piece(from, place, top);
                from = place;
            }
        }
        sum += self.piece(from, end, top);
        self.family.height(top) + Number::ln(sum) - self.ln_total
    }

    /// The integral between two places of the density over that at `top`.
    fn piece(&self, from: f64, to: f64, top: f64) -> f64 {
        let (family, width, height) = (self.family, to - from, self.family.height(top));
        let mut terms = [0.0; NODES];
        dispatch(
            #[inline(always)]
            || {
                for (term, (node, weight)) in terms.iter_mut().zip(&self.rule) {
                    *term = weight * Number::exp(family.height(from + width * node) - height);
                }
            },
        );
        width.abs() * terms.iter().sum::<f64>()
    }

    /// The place beyond which lies the probability e^`ln_probability`, from a place near it; `None`
    /// where rounding keeps it from being found.
    pub(super) fn solve(&self, side: Side, ln_probability: f64, near: f64) -> Option<f64> {
        // The place does not lie further out, where a guess or a first step from the flat side may lead.
        let limit = self.family.reach(0.0, side, NEGLIGIBLE - ln_probability);
        let mut d = if side.sign() * near > limit { side.sign() * limit } else { near };
        for _ in 0..1_000 {
            let ln_beyond = self.ln_beyond(d, side);
            let miss = ln_beyond - ln_probability;
            let slope = self.family.slope(d);
            let hazard = Number::exp(self.family.height(d) - self.ln_total - ln_beyond);
            // Newton's step for a logarithm with derivative -hazard; near the end Halley's, of third order.
            let newton = side.sign() * miss / hazard;
            let bend = 0.5 * miss * (1.0 + side.sign() * slope / hazard);
            let step = if miss.abs() < 0.1 { newton / (1.0 + bend) } else { newton };
            let sign = side.sign();
            d = if sign * d < limit && sign * (d + step) > limit { sign * limit } else { d + step };
            if !d.is_finite() {
                return None;
            }
            if miss.abs() < 1e-5 {
                return Some(d);
            }
        }
        None
    }

    /// d at one normal score after another, each found from the one before.
    pub(super) fn follow(&self) -> Follower<'_> {
        Follower { of: self, score: 0.0, d: 0.0 }
    }

    /// The logarithm of the density of d.
    fn ln_density(&self, d: f64) -> f64 {
        self.family.height(d) - self.ln_total
    }
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Below => Side::Above,
        Side::Above => Side::Below,
    }
}

fn rule() -> Vec<(f64, f64)> {
    let node = |i: usize| {
        let t = (i as f64 - SIDE as f64) * STEP;
        let (up, down) = (Number::exp(t), Number::exp(-t));
        let bend = std::f64::consts::PI * 0.5 * (up - down);
        let node = 1.0 / (1.0 + Number::exp(-bend));
        let other = 1.0 / (1.0 + Number::exp(bend));
        (node, STEP * std::f64::consts::PI * 0.5 * (up + down) * node * other)
    };
    (0..NODES).map(node).collect()
}

/// d as a function of the normal score z of the same probability.
pub(super) struct Follower<'a> {
    of: &'a LogConcave,
    score: f64,
    d: f64,
}

impl Follower<'_> {
    /// d at `score`, which is best near the score asked for before.
    pub(super) fn at(&mut self, score: f64) -> Option<f64> {
        let side = if score < 0.0 { Side::Below } else { Side::Above };
        let d = self.of.solve(side, normal::ln_beyond(score.abs()), self.near(score))?;
        (self.score, self.d) = (score, d);
        Some(d)
    }

    /// Two terms of the series from the last score: dd/dz = phi(z) / density(d).
    fn near(&self, score: f64) -> f64 {
        let step = score - self.score;
        // The last term is half of ln 2 pi.
        let ln_phi = -0.5 * self.score * self.score - 0.918938533204672742;
        let rise = Number::exp(ln_phi - self.of.ln_density(self.d));
        let bend = rise * (-self.score - self.of.family.slope(self.d) * rise);
        let guess = self.d + step * (rise + 0.5 * step * bend);
        if guess.is_finite() { guess } else { self.d }
    }
}
