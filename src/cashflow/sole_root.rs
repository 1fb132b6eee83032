//! The one internal rate of flows whose sign changes once, of many series side by side.
//!
//! Let E be the value of the early flows and L that of the late ones, both as sizes, at the rate
//! e^u - 1. Then h(u) = ln(L/E) falls all along: its slope is the difference of the mean times of E
//! and L, weighted by value, and its second derivative the difference of their variances. It is nearly
//! straight, so Halley's step (Traub, "Iterative Methods for the Solution of Equations", 1964, section
//! 5.2) needs three or four; a bracket takes over where a step leaves it.
//!
//! A lane whose sums are out of the range of numbers has no answer here and is left to the caller.

// Lane code is compiled for the chosen instruction set only where it is inlined into its dispatch.
#![allow(clippy::inline_always)]

use crate::number::{LaneNumber, LaneWork, Number, WIDEST, side_by_side};

/// Accuracy of a root in u, relative to 1 + |u|.
const TOLERANCE: f64 = 1e-14;
/// Below this, relative to the logarithms it is the difference of, h is its own rounding error.
const ROUNDING: f64 = 8.9e-16;
/// Steps before the bracket is only halved, which then ends within 60 more.
const FREE_STEPS: u32 = 24;
const MOST_STEPS: u32 = 100;

/// Series of dated flows whose sign changes once: those of a date added up, those of zero left out,
/// in order of time.
#[derive(Default)]
pub(super) struct Conventional {
    /// Flows of all series, with the sign that makes the early ones of each negative.
    flows: Vec<(f64, f64)>,
    series: Vec<Span>,
}

/// Where a series' flows lie, and when its early and late ones begin and end.
struct Span {
    start: usize,
    end: usize,
    early: [f64; 2],
    late: [f64; 2],
}

impl Conventional {
    /// Adds a series with ascending times; false when it has another number of sign changes than one.
    pub(super) fn add(&mut self, flows: impl Iterator<Item = (f64, f64)>) -> bool {
        let start = self.flows.len();
        let mut sign = 0.0;
        let mut early = [0.0; 2];
        let mut late = [f64::NAN; 2];
        for (amount, time) in flows {
            if amount == 0.0 {
                continue;
            }
            if sign == 0.0 {
                sign = if amount < 0.0 { 1.0 } else { -1.0 };
                early = [time; 2];
            }
            let amount = sign * amount;
            if amount > 0.0 {
                late = [if late[0].is_nan() { time } else { late[0] }, time];
            } else if late[0].is_nan() {
                early[1] = time;
            } else {
                late[0] = f64::NAN;
                break;
            }
            self.flows.push((amount, time));
        }
        if late[0].is_nan() {
            self.flows.truncate(start);
            return false;
        }
        self.series.push(Span { start, end: self.flows.len(), early, late });
        true
    }

    /// The rate of each series added, in `rates`, with ln(1 + rate) from `low` to `high`; NaN where
    /// there is none or none was found.
    pub(super) fn rates(&self, low: f64, high: f64, rates: &mut [f64]) {
        side_by_side(Rates { all: self, low, high, found: rates });
    }
}

/// The same for one series after another, in room that is written over.
#[derive(Default)]
pub(super) struct SoleRate {
    all: Conventional,
    side: Side<f64>,
}

impl SoleRate {
    /// Room for as many flows.
    pub(super) fn for_flows(count: usize) -> Self {
        let all = Conventional { flows: Vec::with_capacity(count), series: Vec::with_capacity(1) };
        Self { all, side: Side { flows: Vec::with_capacity(count), ..Side::default() } }
    }

    /// The rate of flows with ascending times, with ln(1 + rate) from `low` to `high`; the same bits as
    /// among many.
    pub(super) fn rate(&mut self, flows: impl Iterator<Item = (f64, f64)>, low: f64, high: f64) -> Option<f64> {
        let Self { all, side } = self;
        all.flows.clear();
        all.series.clear();
        if !all.add(flows) {
            return None;
        }
        side.fill(all, &all.series);
        // The method of that name that numbers have of their own is the platform's.
        Some(Number::exp_m1(side.root(low, high, 1))).filter(|rate| rate.is_finite())
    }
}

struct Rates<'a> {
    all: &'a Conventional,
    low: f64,
    high: f64,
    found: &'a mut [f64],
}

impl LaneWork for Rates<'_> {
    #[inline(always)]
    fn work<N: LaneNumber>(self) {
        let mut lanes = Side::<N>::default();
        for (series, found) in self.all.series.chunks(N::COUNT).zip(self.found.chunks_mut(N::COUNT)) {
            lanes.fill(self.all, series);
            lanes.root(self.low, self.high, series.len()).exp_m1().store(found);
        }
    }
}

/// A series in each lane; shorter ones end in flows of 0.
struct Side<N> {
    flows: Vec<(N, N)>,
    early: [N; 2],
    late: [N; 2],
}

impl<N: Number> Default for Side<N> {
    fn default() -> Self {
        Self { flows: Vec::new(), early: [N::constant(0.0); 2], late: [N::constant(0.0); 2] }
    }
}

/// h, its slope downward and its curvature, and the size of the logarithms h is the difference of.
struct Point<N> {
    value: N,
    fall: N,
    curve: N,
    size: N,
}

impl<N: LaneNumber> Side<N> {
    #[inline(always)]
    fn fill(&mut self, all: &Conventional, series: &[Span]) {
        let longest = series.iter().map(|span| span.end - span.start).fold(0, usize::max);
        self.flows.clear();
        for k in 0..longest {
            let (mut amounts, mut times) = ([0.0; WIDEST], [0.0; WIDEST]);
            for (lane, span) in series.iter().enumerate() {
                let at = span.start + k;
                if at < span.end {
                    (amounts[lane], times[lane]) = all.flows[at];
                }
            }
            self.flows.push((N::load(&amounts), N::load(&times)));
        }
        let each = |value: &dyn Fn(&Span) -> f64| {
            // Lanes without a series have two flows of 0 at different times.
            let mut values = [0.0; WIDEST];
            for (place, span) in values.iter_mut().zip(series) {
                *place = value(span);
            }
            N::load(&values)
        };
        self.early = [each(&|span| span.early[0]), each(&|span| span.early[1])];
        self.late = [each(&|span| span.late[0]), each(&|span| span.late[1])];
    }

    /// h and its derivatives at `u`. Each side is discounted to its own flow that weighs most, so no
    /// factor is above 1. `exp` is e to a power; at u = 0, where all powers are 0, it may be 1.
    #[inline(always)]
    fn at(&self, u: N, exp: impl Fn(N) -> N) -> Point<N> {
        let zero = N::constant(0.0);
        let early_origin = u.if_less(zero, self.early[1], self.early[0]);
        let late_origin = u.if_less(zero, self.late[1], self.late[0]);
        let mut early = [zero; 3];
        let mut late = [zero; 3];
        for &(amount, time) in &self.flows {
            let after = time - amount.if_less(zero, early_origin, late_origin);
            // The bound matters only for the flows of 0 that fill up a lane.
            let value = amount * exp((-(u * after)).min(zero));
            let moments = |sums: &mut [N; 3], value: N| {
                let first = value * after;
                sums[0] = sums[0] + value;
                sums[1] = sums[1] + first;
                sums[2] = sums[2] + first * after;
            };
            moments(&mut early, value.min(zero));
            moments(&mut late, value.max(zero));
        }
        let (early_mean, late_mean) = (early[1] / early[0], late[1] / late[0]);
        let early_variance = early[2] / early[0] - early_mean * early_mean;
        let late_variance = late[2] / late[0] - late_mean * late_mean;
        let ratio = (-(late[0] / early[0])).ln();
        Point {
            value: ratio - u * (late_origin - early_origin),
            fall: (late_origin + late_mean) - (early_origin + early_mean),
            curve: late_variance - early_variance,
            size: ratio.abs() + 1.0,
        }
    }

    /// The root of h between `low` and `high`; NaN where there is none. Lanes that have ended keep
    /// their answer while the others go on, so the company a series is in does not show.
    #[inline(always)]
    fn root(&self, low: f64, high: f64, series: usize) -> N {
        let [zero, one] = [N::constant(0.0), N::constant(1.0)];
        let either = |a: N, b: N| a.max(b);
        let yes_if_less = |a: N, b: N| a.if_less(b, one, zero);
        let no = |flag: N| one - flag;
        let (low, high) = (N::constant(low), N::constant(high));
        let span = self.late[1] - self.early[0];
        let mut below = N::constant(f64::NEG_INFINITY);
        let mut above = N::constant(f64::INFINITY);
        let mut root = N::constant(f64::NAN);
        let mut ended = zero;
        let mut u = zero;
        for step in 0..MOST_STEPS {
            let Point { value, fall, curve, size } = if step == 0 { self.at(u, |_| one) } else { self.at(u, N::exp) };
            let newton = value / fall;
            // Halley's correction, held where the quadratic says something about the neighbourhood.
            let bend = (one - newton * curve / (fall * 2.0)).max(N::constant(0.5)).min(N::constant(2.0));
            let change = newton / bend;
            let near = (u.abs() + 1.0) * TOLERANCE;
            below = zero.if_less(value, u, below);
            above = value.if_less(zero, u, above);
            let (left, right) = (below.max(low), above.min(high));

            // The error after a step is below (q^2 / 20) |step|^3 with q = span^2 / fall: variances are
            // below span^2 / 4, and third moments below span^3 / 10.
            let q = span * span / fall;
            let last = yes_if_less(q * q * change.abs() * change.abs() * change.abs(), near);
            let found = either(
                either(last, yes_if_less(change.abs(), near)),
                either(yes_if_less(value.abs(), size * ROUNDING), yes_if_less(right - left, near)),
            );
            let reached = u + change;
            let found = found * no(yes_if_less(reached + near, low)) * no(yes_if_less(high + near, reached));
            // Beyond an end of the range there is no root; a value that is no number ends too.
            let outside = either(
                yes_if_less(zero, value) * no(yes_if_less(u, high)),
                yes_if_less(value, zero) * no(yes_if_less(low, u)),
            );
            let broken = no(yes_if_less(value.abs(), N::constant(f64::MAX)));
            let answer = reached.max(left).min(right);
            let missing = N::constant(f64::NAN);
            let here = zero.if_less(broken, missing, zero.if_less(found, answer, missing));
            let ends = either(either(found, outside), broken);
            root = zero.if_less(ended, root, zero.if_less(ends, here, root));
            ended = either(ended, ends);
            if all(ended, series) {
                break;
            }

            let middle = (left + right) * 0.5;
            let next = if step < FREE_STEPS { reached.max(low).min(high) } else { middle };
            let inside = below.if_less(next, next.if_less(above, next, middle), middle);
            u = zero.if_less(ended, u, inside);
        }
        root
    }
}

/// Whether the flag is up in the first `series` lanes.
#[inline(always)]
fn all<N: LaneNumber>(flag: N, series: usize) -> bool {
    let mut flags = [0.0; WIDEST];
    flag.store(&mut flags);
    flags[..series].iter().all(|flag| *flag > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(series: &[&[(f64, f64)]], low: f64, high: f64) -> Vec<f64> {
        let mut all = Conventional::default();
        for flows in series {
            assert!(all.add(flows.iter().copied()));
        }
        let mut rates = vec![0.0; series.len()];
        all.rates(Number::ln_1p(low), Number::ln_1p(high), &mut rates);
        rates
    }

    #[test]
    fn a_rate_does_not_depend_on_the_company_it_is_in() {
        let series: Vec<Vec<(f64, f64)>> = (0..37)
            .map(|i| {
                let later = (1..2 + i % 9).map(|t| (f64::from(20 + (i * 7 + t * 5) % 40), f64::from(t) * 0.7));
                std::iter::once((-100.0, 0.0)).chain(later).collect()
            })
            .collect();
        let slices: Vec<&[(f64, f64)]> = series.iter().map(Vec::as_slice).collect();
        let together = rates(&slices, -0.99, 100.0);
        for (flows, rate) in slices.iter().zip(together) {
            assert_eq!(rates(&[flows], -0.99, 100.0)[0].to_bits(), rate.to_bits());
            let alone = SoleRate::default().rate(flows.iter().copied(), Number::ln_1p(-0.99), Number::ln_1p(100.0));
            assert_eq!(alone.map(f64::to_bits), Some(rate.to_bits()));
        }
    }

    #[test]
    fn known_rates_are_found_to_the_last_digits() {
        let found = rates(
            &[
                &[(-100.0, 0.0), (110.0, 1.0)],
                &[(100.0, 0.0), (-121.0, 2.0)],
                &[(-1.0, 0.0), (1.0, 400.0)],
                &[(-100.0, 0.0), (1e-6, 1.0)],
                &[(-1.0, 0.0), (1e5, 1.0)],
            ],
            -0.999999999999,
            1e6,
        );
        for (rate, want) in found.iter().zip([0.1, 0.1, 0.0, -0.99999999, 99999.0]) {
            assert!((rate - want).abs() <= 1e-13 * (1.0 + want), "{rate} {want}");
        }
    }

    #[test]
    fn ends_of_the_range_are_kept() {
        let flows: &[(f64, f64)] = &[(-100.0, 0.0), (110.0, 1.0)];
        assert!(rates(&[flows], 0.11, 5.0)[0].is_nan());
        assert!(rates(&[flows], -0.5, 0.09)[0].is_nan());
        assert!((rates(&[flows], 0.05, 5.0)[0] - 0.1).abs() < 1e-14);
        assert!((rates(&[flows], -0.9, 0.100000000001)[0] - 0.1).abs() < 1e-14);
    }

    #[test]
    fn other_numbers_of_sign_changes_are_refused() {
        let mut all = Conventional::default();
        assert!(!all.add([(0.0, 0.0), (1.0, 1.0)].into_iter()));
        assert!(!all.add([(-1.0, 0.0), (3.0, 1.0), (-2.0, 2.0)].into_iter()));
        assert!(!all.add(std::iter::empty()));
        assert!(all.flows.is_empty() && all.series.is_empty());
        assert!(all.add([(-1.0, 0.0), (0.0, 1.0), (3.0, 2.0)].into_iter()));
    }
}
