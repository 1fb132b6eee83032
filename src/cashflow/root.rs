//! Roots of a function of one number: Brent's method in a bracket, and the scan that finds brackets
//! and double roots over a range.

use std::convert::Infallible;

use crate::error::Error;

/// Most iterations in one bracket; Brent's method needs far fewer on any function met here.
const MOST_ITERATIONS: u64 = 500;

/// The root of `f` between `low` and `high`, where its signs differ, to
/// `tolerance` (1 + |root|).
///
/// `NoConvergence` names `what` when 500 iterations do not suffice.
pub fn brent(what: &str, tolerance: f64, low: f64, high: f64, f: impl FnMut(f64) -> f64) -> Result<f64, Error> {
    between(tolerance, low, high, f).map_err(|failure| failure.error(what))
}

/// As [`brent`], failing without words.
pub(crate) fn between(
    tolerance: f64,
    low: f64,
    high: f64,
    mut f: impl FnMut(f64) -> f64,
) -> Result<f64, NoRoot<Infallible>> {
    let bracket = Bracket { low, high, tolerance, most_iterations: MOST_ITERATIONS };
    bracket.find(|x| Ok(f(x)), |value| value == 0.0).map(|(root, _)| root)
}

/// Why a bracket shows no root. Words are made of it only where somebody reads them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NoRoot<E> {
    /// The function itself failed.
    Function(E),
    /// Both ends have one sign.
    OneSign { low: f64, high: f64 },
    /// It does not stand still.
    NoConvergence { iterations: u64, residual: f64, best: f64 },
}

impl<E: Into<Error>> NoRoot<E> {
    /// The error that says so of `what`.
    pub(crate) fn error(self, what: &str) -> Error {
        match self {
            NoRoot::Function(error) => error.into(),
            NoRoot::OneSign { low, high } => Error::undefined(what, format!("no sign change between {low} and {high}")),
            NoRoot::NoConvergence { iterations, residual, best } => {
                Error::no_convergence(what, iterations, residual, best)
            }
        }
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Where a root lies, and how well it is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bracket {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Of the root, relative to 1 + |root|; 0 for as near as numbers lie.
    pub(crate) tolerance: f64,
    pub(crate) most_iterations: u64,
}

impl Bracket {
    /// As [`Bracket::find`], for `what`.
    pub(crate) fn root(
        self,
        what: &str,
        f: impl FnMut(f64) -> Result<f64, Error>,
        near_enough: impl Fn(f64) -> bool,
    ) -> Result<(f64, u64), Error> {
        self.find(f, near_enough).map_err(|failure| failure.error(what))
    }

    /// The root of `f`, or a place where its value is `near_enough`, and the iterations that took.
    ///
    /// Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 4.
    pub(crate) fn find<E>(
        self,
        f: impl FnMut(f64) -> Result<f64, E>,
        near_enough: impl Fn(f64) -> bool,
    ) -> Result<(f64, u64), NoRoot<E>> {
        let Self { low, high, tolerance, most_iterations } = self;
        let mut function = f;
        let mut f = |x| function(x).map_err(NoRoot::Function);
        let (mut a, mut b) = (low, high);
        let (mut fa, mut fb) = (f(a)?, f(b)?);
        if near_enough(fa) {
            return Ok((a, 0));
        }
        if near_enough(fb) {
            return Ok((b, 0));
        }
        if (fa > 0.0) == (fb > 0.0) {
            return Err(NoRoot::OneSign { low, high });
        }
        let (mut c, mut fc) = (a, fa);
        let mut step = b - a;
        let mut before = step;
        for iteration in 0..most_iterations {
            if (fb > 0.0) == (fc > 0.0) {
                (c, fc) = (a, fa);
                step = b - a;
                before = step;
            }
            if fc.abs() < fb.abs() {
                (a, b, c) = (b, c, b);
                (fa, fb, fc) = (fb, fc, fb);
            }
            let near = 0.5 * tolerance * (1.0 + b.abs()) + 2.0 * f64::EPSILON * b.abs();
            let half = 0.5 * (c - b);
            if half.abs() <= near || near_enough(fb) {
                return Ok((b, iteration));
            }
            if before.abs() >= near && fa.abs() > fb.abs() {
                // Inverse quadratic interpolation, or the secant where only two points differ.
                let s = fb / fa;
                let (mut p, mut q);
                if a == c {
                    p = 2.0 * half * s;
                    q = 1.0 - s;
                } else {
                    let r = fa / fc;
                    let t = fb / fc;
                    p = s * (2.0 * half * r * (r - t) - (b - a) * (t - 1.0));
                    q = (r - 1.0) * (t - 1.0) * (s - 1.0);
                }
                if p > 0.0 {
                    q = -q;
                }
                p = p.abs();
                if 2.0 * p < (3.0 * half * q - (near * q).abs()).min((before * q).abs()) {
                    before = step;
                    step = p / q;
                } else {
                    step = half;
                    before = half;
                }
            } else {
                step = half;
                before = half;
            }
            (a, fa) = (b, fb);
            b += if step.abs() > near { step } else { near.copysign(half) };
            fb = f(b)?;
        }
        Err(NoRoot::NoConvergence { iterations: most_iterations, residual: fb.abs(), best: b })
    }
}

/// Where a scan looks and how finely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) points: u32,
    /// Relative accuracy of each root, as in [`brent`].
    pub(crate) tolerance: f64,
}

impl Scan {
    /// Puts into `roots` all roots of `f` that the grid shows, ascending: sign changes, zeros, and
    /// double roots where |f| has a local minimum below `negligible(x)`.
    pub(crate) fn roots(
        &self,
        roots: &mut Vec<f64>,
        mut f: impl FnMut(f64) -> f64,
        mut negligible: impl FnMut(f64) -> f64,
    ) -> Result<(), NoRoot<Infallible>> {
        roots.clear();
        let last = f64::from(self.points - 1);
        let point = |i: u32| self.low + (self.high - self.low) * (f64::from(i) / last);
        // Two points back, one point back.
        let mut trail: [Option<(f64, f64)>; 2] = [None, None];
        for i in 0..self.points {
            let x = point(i);
            let y = f(x);
            if y == 0.0 {
                roots.push(x);
            }
            if let Some((x1, y1)) = trail[1] {
                if y1 * y < 0.0 || (y1 > 0.0) != (y > 0.0) && y1 != 0.0 && y != 0.0 {
                    roots.push(between(self.tolerance, x1, x, &mut f)?);
                } else if let Some((x0, y0)) = trail[0]
                    && (y0 > 0.0) == (y1 > 0.0)
                    && y1 != 0.0
                    && y1.abs() <= y0.abs()
                    && y1.abs() <= y.abs()
                {
                    let lowest = minimum(x0, x, |x| f(x).abs());
                    let there = f(lowest);
                    if (there > 0.0) != (y1 > 0.0) && there != 0.0 {
                        roots.push(between(self.tolerance, x0, lowest, &mut f)?);
                        roots.push(between(self.tolerance, lowest, x, &mut f)?);
                    } else if there.abs() <= negligible(lowest) {
                        roots.push(lowest);
                    }
                }
            }
            trail = [trail[1], Some((x, y))];
        }
        roots.sort_unstable_by(f64::total_cmp);
        Ok(())
    }
}

/// The place of the least value of `f` between `low` and `high`, by golden section.
fn minimum(mut low: f64, mut high: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut left = high - GOLDEN * (high - low);
    let mut right = low + GOLDEN * (high - low);
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..120 {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = f(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = f(right);
        }
    }
    if at_left < at_right { left } else { right }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brent_finds_roots_to_the_tolerance() {
        let root = brent("x", 1e-14, 0.0, 2.0, |x| x * x - 2.0).unwrap();
        assert!((root - std::f64::consts::SQRT_2).abs() < 1e-13);
        let flat = brent("x", 1e-14, -4.0, 3.0, |x| (x - 1.0).powi(9)).unwrap();
        assert!((flat - 1.0).abs() < 1e-3);
        assert_eq!(brent("x", 1e-14, 1.0, 2.0, |x| x).unwrap_err().what(), Some("x"));
    }

    #[test]
    fn a_scan_shows_single_and_double_roots() {
        let scan = Scan { low: -3.0, high: 3.0, points: 101, tolerance: 1e-14 };
        let mut roots = Vec::new();
        scan.roots(&mut roots, |x| (x - 1.0) * (x + 0.501).powi(2), |_| 1e-12).unwrap();
        assert_eq!(roots.len(), 2, "{roots:?}");
        assert!((roots[0] + 0.501).abs() < 1e-6 && (roots[1] - 1.0).abs() < 1e-12);
    }
}
