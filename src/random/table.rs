//! A smooth function of one number as polynomials over pieces, checked against the function itself
//! where they are made.

/// Coefficients of a piece.
const TERMS: usize = 16;
/// The most parts that a piece is halved into before it is left to the function.
const MOST_PARTS: usize = 64;
/// What the last coefficients may add, relative to the function (absolute below 1).
const TOLERANCE: f64 = 2e-14;
/// What the polynomial may differ from the function between the nodes.
const CHECK: f64 = 1e-13;

/// Pieces of equal width, each of one or more equal parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    low: f64,
    /// Pieces in a unit.
    density: f64,
    pieces: Vec<Piece>,
    parts: Vec<[f64; TERMS]>,
}

/// The parts of a piece: none where the function could not be met.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    first: usize,
    parts: usize,
}

impl Table {
    /// Tabulates `function`, which is asked from `low` upwards and may have no answer.
    pub(super) fn new(low: f64, high: f64, pieces: usize, mut function: impl FnMut(f64) -> Option<f64>) -> Self {
        let width = (high - low) / pieces as f64;
        let mut table = Self { low, density: 1.0 / width, pieces: Vec::with_capacity(pieces), parts: Vec::new() };
        for i in 0..pieces {
            let start = low + i as f64 * width;
            let first = table.parts.len();
            let mut parts = 1;
            while parts <= MOST_PARTS {
                let part = width / parts as f64;
                let fitted: Option<Vec<_>> =
                    (0..parts).map(|k| fit(start + (k as f64 + 0.5) * part, 0.5 * part, &mut function)).collect();
                if let Some(fitted) = fitted {
                    table.parts.extend(fitted);
                    break;
                }
                parts *= 2;
            }
            table.pieces.push(Piece { first, parts: table.parts.len() - first });
        }
        table
    }

    /// The function at `x`; `exact` answers where the table cannot.
    #[inline]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie inside")]
    pub(super) fn at(&self, x: f64, exact: impl FnOnce(f64) -> f64) -> f64 {
        let place = (x - self.low) * self.density;
        if !(place >= 0.0 && place < self.pieces.len() as f64) {
            return exact(x);
        }
        let piece = self.pieces[place as usize];
        if piece.parts == 0 {
            return exact(x);
        }
        let within = (place - (place as usize) as f64) * piece.parts as f64;
        let part = (within as usize).min(piece.parts - 1);
        polynomial(&self.parts[piece.first + part], 2.0 * (within - part as f64) - 1.0)
    }
}

/// Even and odd terms apart, so that one need not wait for the other.
#[inline(always)]
fn polynomial(terms: &[f64; TERMS], x: f64) -> f64 {
    let square = x * x;
    let (mut even, mut odd) = (0.0, 0.0);
    for k in (0..TERMS / 2).rev() {
        even = even * square + terms[2 * k];
        odd = odd * square + terms[2 * k + 1];
    }
    even + x * odd
}

/// The polynomial through the Chebyshev nodes around `centre`; `None` where it is not the function.
fn fit(centre: f64, half: f64, function: &mut impl FnMut(f64) -> Option<f64>) -> Option<[f64; TERMS]> {
    let nodes: [f64; TERMS] = std::array::from_fn(|i| -cosine(2 * i + 1));
    let mut values = [0.0; TERMS];
    for (value, node) in values.iter_mut().zip(&nodes) {
        *value = function(centre + half * node).filter(|value| value.is_finite())?;
    }
    // Coefficients of the Chebyshev polynomials, by their orthogonality over the nodes.
    let chebyshev: [f64; TERMS] = std::array::from_fn(|k| {
        let sum: f64 = values.iter().enumerate().map(|(i, value)| value * cosine(k * (2 * TERMS - 2 * i - 1))).sum();
        sum * if k == 0 { 1.0 } else { 2.0 } / TERMS as f64
    });
    let size = chebyshev[0].abs().max(1.0);
    if chebyshev[TERMS - 1].abs() + chebyshev[TERMS - 2].abs() > TOLERANCE * size {
        return None;
    }
    let terms = powers(&chebyshev);
    // Near both ends, where a series cut short is at its worst.
    for place in [-0.9986, 0.9986] {
        let want = function(centre + half * place)?;
        if (polynomial(&terms, place) - want).abs() > CHECK * size {
            return None;
        }
    }
    Some(terms)
}

/// The same polynomial in powers of its argument.
fn powers(chebyshev: &[f64; TERMS]) -> [f64; TERMS] {
    let mut sum = [0.0; TERMS];
    // T0 and T1, then T(k+1) = 2 x T(k) - T(k-1).
    let (mut before, mut current) = ([0.0; TERMS], [0.0; TERMS]);
    before[0] = 1.0;
    current[1] = 1.0;
    for coefficient in chebyshev {
        for (total, term) in sum.iter_mut().zip(&before) {
            *total += coefficient * term;
        }
        let mut next = [0.0; TERMS];
        for k in 1..TERMS {
            next[k] = 2.0 * current[k - 1] - before[k];
        }
        next[0] = -before[0];
        (before, current) = (current, next);
    }
    sum
}

/// cos (k pi / 32): the nodes are whole multiples, so half-angle roots give all of them.
fn cosine(k: usize) -> f64 {
    // By the rotation of one step, whose cosine and sine are those of pi / 32.
    let k = k % 64;
    let k = if k > 32 { 64 - k } else { k };
    if k > 16 {
        return -cosine(32 - k);
    }
    COSINES[k]
}

/// cos (k pi / 32) for k up to 16.
const COSINES: [f64; 17] = [
    1.0,
    0.9951847266721969,
    0.9807852804032304,
    0.9569403357322088,
    0.9238795325112867,
    0.881921264348355,
    0.8314696123025452,
    0.773010453362737,
    std::f64::consts::FRAC_1_SQRT_2,
    0.6343932841636455,
    0.5555702330196022,
    0.47139673682599764,
    0.3826834323650898,
    0.2902846772544624,
    0.19509032201612828,
    0.0980171403295606,
    0.0,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Number;

    #[test]
    fn a_smooth_function_is_met_to_fourteen_digits_and_halved_where_it_bends() {
        let mut asked = 0;
        let table = Table::new(-3.0, 5.0, 8, |x| {
            asked += 1;
            Some(Number::exp(x) / (1.0 + 400.0 * x * x))
        });
        assert!(table.pieces.iter().any(|piece| piece.parts > 1), "bends at 0");
        assert!(table.pieces.iter().any(|piece| piece.parts == 1), "is smooth elsewhere");
        for i in 0..4_000 {
            let x = -3.0 + f64::from(i) * 0.002;
            let want = Number::exp(x) / (1.0 + 400.0 * x * x);
            let got = table.at(x, |_| f64::NAN);
            assert!((got - want).abs() < 2e-13 * want.max(1.0), "{x}: {got} {want}");
        }
    }

    #[test]
    fn what_the_table_cannot_hold_is_left_to_the_function() {
        let table = Table::new(0.0, 2.0, 2, |x| (x > 1.0).then(|| x.sqrt()));
        assert_eq!(table.at(0.5, |x| x + 10.0), 10.5);
        assert_eq!(table.at(2.5, |x| x + 10.0), 12.5);
        assert!(table.at(f64::NAN, |x| x).is_nan());
        assert!((table.at(1.5, |_| f64::NAN) - 1.5_f64.sqrt()).abs() < 1e-14);
        let kink = Table::new(-1.0, 2.0, 1, |x: f64| Some(x.abs()));
        assert_eq!(kink.at(0.3, |_| 7.0), 7.0);
    }
}
