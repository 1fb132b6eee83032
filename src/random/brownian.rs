//! Paths of a geometric Brownian motion, whose logarithm takes independent normal steps: exact at the
//! times of its steps, however long these are. Glasserman, "Monte Carlo Methods in Financial
//! Engineering" (2003), section 3.2.1.

use super::seed::Seed;
use super::{Stream, TILE, normal};
use crate::error::Error;
use crate::model::{Domain, Field, Place, Problems, record};
use crate::number::{Number, dispatch};
use crate::parallel;
use crate::zeros::zeros;

/// Times worked on together, an even number.
const AT_ONCE: usize = 8;

record! {
    /// Paths of a geometric Brownian motion, looked at in equal steps.
    pub struct GeometricBrownian {
        /// Where every path begins.
        pub spot: f64 [Domain::MONEY.above(0.0)],
        /// Expected growth a year, continuously compounded.
        pub drift: f64 [Domain::FRACTION],
        /// Standard deviation of the logarithm a year.
        pub volatility: f64 [Domain::FRACTION.at_least(0.0)],
        /// Years from the first to the last time.
        pub horizon: f64 [Domain::YEARS.above(0.0)],
        /// Steps from the first to the last time.
        pub steps: u32 [Domain::COUNT.at_least(1.0)],
        /// Number of paths.
        pub paths: u32,
        /// Path i is a function of the seed and i alone.
        pub seed: Seed,
    }
}

impl GeometricBrownian {
    /// The values of all paths, path by path, each `steps` + 1 long and beginning with `spot`.
    ///
    /// Path i is the same bits whatever the number of paths or of `threads` (all cores unless given): its
    /// step k is the normal score of uniform k of trial i.
    ///
    /// ```
    /// use valor_ivx::random::{GeometricBrownian, Seed};
    /// let motion = GeometricBrownian {
    ///     spot: 100.0, drift: 0.05, volatility: 0.2, horizon: 1.0, steps: 4, paths: 10_000, seed: Seed(7),
    /// };
    /// let paths = motion.values(None)?;
    /// let last: Vec<f64> = paths.chunks(5).map(|path| path[4]).collect();
    /// let mean = last.iter().sum::<f64>() / 10_000.0;
    /// assert!((mean / (100.0 * 0.05_f64.exp()) - 1.0).abs() < 0.01);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn values(&self, threads: Option<usize>) -> Result<Vec<f64>, Error> {
        let mut problems = Problems::default();
        self.check(&Place::ROOT, &mut problems);
        problems.into_result()?;
        let length = self.length();
        let hint = "make fewer paths at a time: those of a seed are the same however many are made";
        let mut values = zeros((self.paths as usize).checked_mul(length), "all times of all paths", hint)?;
        let all_stay = parallel::in_parts(&mut values, TILE * length, parallel::threads(threads), |start, rows| {
            self.fill((start / length) as u64, rows)
        })?;
        if all_stay.into_iter().all(|stay| stay) {
            return Ok(values);
        }
        let first = values.iter().position(|value| !value.is_finite()).unwrap_or_default();
        let (path, step) = (first / length, first % length);
        Err(Error::undefined("paths", format!("path {path} leaves the range of numbers at step {step}")))
    }

    fn length(&self) -> usize {
        self.steps as usize + 1
    }

    /// Fills a tile of paths, of which the first has number `first`, with whole rows; whether they all stay
    /// within the range of numbers.
    fn fill(&self, first: u64, rows: &mut [f64]) -> bool {
        let length = self.length();
        let count = rows.len() / length;
        let step = self.horizon / f64::from(self.steps);
        let (mean, sd) = ((self.drift - 0.5 * self.volatility * self.volatility) * step, self.volatility * step.sqrt());
        let mut level = [self.spot; TILE];
        let level = &mut level[..count];
        for row in rows.chunks_mut(length) {
            row[0] = self.spot;
        }
        // Some times at once, or each number written would be on a line of cache of its own.
        let mut columns = [[0.0; TILE]; AT_ONCE];
        for (first_stream, start) in (0..).step_by(AT_ONCE / 2).zip((1..length).step_by(AT_ONCE)) {
            for (number, pair) in (first_stream..).zip(columns.chunks_exact_mut(2)) {
                let [even, odd] = pair else { continue };
                let stream = Stream { seed: self.seed.0, number, antithetic: false };
                stream.fill(first, &mut even[..count], &mut odd[..count]);
            }
            for column in &mut columns {
                let scores = &mut column[..count];
                normal::scores(scores);
                advance(level, scores, mean, sd);
            }
            for (path, row) in rows.chunks_mut(length).enumerate() {
                for (place, column) in row[start..].iter_mut().zip(&columns) {
                    *place = column[path];
                }
            }
        }
        // A path that has left does not come back.
        level.iter().all(|level| level.is_finite())
    }
}

/// Moves each level by the factor of its score, in whose place it then stands.
fn advance(level: &mut [f64], scores: &mut [f64], mean: f64, sd: f64) {
    dispatch(
        #[inline(always)]
        move || {
            for (level, score) in level.iter_mut().zip(scores) {
                *level *= Number::exp(mean + sd * *score);
                *score = *level;
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn motion() -> GeometricBrownian {
        GeometricBrownian {
            spot: 50.0,
            drift: 0.03,
            volatility: 0.25,
            horizon: 2.0,
            steps: 7,
            paths: 1_000,
            seed: Seed(9),
        }
    }

    #[test]
    fn a_path_is_the_same_bits_whatever_is_made_with_it() {
        let many = motion().values(Some(1)).unwrap();
        assert_eq!(motion().values(Some(3)).unwrap(), many);
        let few = |seed| GeometricBrownian { paths: 300, seed: Seed(seed), ..motion() }.values(None).unwrap();
        assert_eq!(few(9), many[..300 * 8]);
        assert_ne!(few(10), many[..300 * 8]);
        // Fewer steps of the same length are the beginning of more.
        let shorter = GeometricBrownian { horizon: 12.0 / 7.0, steps: 6, ..motion() }.values(None).unwrap();
        for (short, long) in shorter.chunks(7).zip(many.chunks(8)) {
            assert!(short.iter().zip(long).all(|(a, b)| (a / b - 1.0).abs() < 1e-13));
        }
    }

    #[test]
    fn logarithms_have_the_mean_variance_and_correlation_of_the_motion() {
        let motion = GeometricBrownian { paths: 200_000, ..motion() };
        let (paths, length) = (f64::from(motion.paths), motion.length());
        let values = motion.values(None).unwrap();
        let log = |at: usize| values.chunks(length).map(move |path| Number::ln(path[at] / 50.0));
        let moment = |at: usize, other: usize| log(at).zip(log(other)).map(|(a, b)| a * b).sum::<f64>() / paths;
        let first = |at: usize| log(at).sum::<f64>() / paths;
        for (at, years) in [(3, 6.0 / 7.0), (7, 2.0)] {
            let (mean, variance) = ((0.03 - 0.03125) * years, 0.0625 * years);
            let found = moment(at, at) - first(at) * first(at);
            assert!((first(at) - mean).abs() < 4.0 * (variance / paths).sqrt());
            assert!((found / variance - 1.0).abs() < 4.0 * (2.0 / paths).sqrt());
        }
        let covariance = moment(3, 7) - first(3) * first(7);
        assert!((covariance / (0.0625 * 6.0 / 7.0) - 1.0).abs() < 0.02);
        assert_eq!(values[0], 50.0);
    }

    #[test]
    fn what_no_motion_can_be_is_refused_all_at_once() {
        let wrong = GeometricBrownian { spot: 0.0, drift: f64::NAN, volatility: -0.1, steps: 0, ..motion() };
        let error = wrong.values(None).unwrap_err();
        assert_eq!((error.field(), error.also().len()), (Some("spot"), 3));
        let wild = GeometricBrownian { drift: 1e6, ..motion() };
        assert_eq!(wild.values(None).unwrap_err().what(), Some("paths"));
        let many = GeometricBrownian { paths: u32::MAX, steps: u32::MAX - 1, ..motion() };
        assert_eq!(many.values(None).unwrap_err().reason(), Some("out_of_memory"));
        assert!(GeometricBrownian { paths: 0, ..motion() }.values(None).unwrap().is_empty());
    }
}
