//! Stages and fades: how a driver moves from year to year, by one rule for all models of years.

use crate::model::{Problems, Slot, choice};
use crate::number::Number;

choice! {
    /// How a driver moves through the years of a stage from the previous value p to the target s.
    pub enum Fade {
        /// s from the first year on.
        Step = "step",
        /// p + (s - p) j/n in year j of n.
        Linear = "linear",
        /// p + (s - p) h(j/n) with h(x) = x^2 (3 - 2x).
        SCurve = "s_curve",
    }
}

/// A driver of one year: the way from one number to another, or the other end itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::valuation) struct Driver<S> {
    pub(in crate::valuation) from: S,
    pub(in crate::valuation) to: S,
    /// Part of the way that is done; 1 is `to`.
    pub(in crate::valuation) way: f64,
}

impl<S: Copy> Driver<S> {
    /// The same number, whatever the year.
    pub(in crate::valuation) fn held(at: S) -> Self {
        Self { from: at, to: at, way: 1.0 }
    }
}

// Inside lane code.
#[allow(clippy::inline_always)]
impl Driver<Slot> {
    /// The driver's number of this year.
    #[inline(always)]
    pub(in crate::valuation) fn of<N: Number>(&self, x: &[N]) -> N {
        let to = self.to.of(x);
        if self.way < 1.0 {
            let from = self.from.of(x);
            from + (to - from) * self.way
        } else {
            to
        }
    }
}

/// What one stage says of a driver.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Target<S> {
    /// Years of the stage.
    pub(in crate::valuation) years: u32,
    /// How the driver gets there.
    pub(in crate::valuation) fade: Fade,
    /// Where it gets; what the stage before had when not given.
    pub(in crate::valuation) value: Option<S>,
}

/// The driver called `name` over all years. `base` is its value of year 0, `default` what it is where
/// nobody says; where there is neither, `required` says why there must be one.
pub(in crate::valuation) fn spread<S: Copy>(
    name: &str,
    stages: impl Iterator<Item = Target<S>>,
    base: Option<S>,
    default: Option<S>,
    required: Option<&str>,
    problems: &mut Problems,
) -> Vec<Option<Driver<S>>> {
    let mut previous = None;
    let mut years = Vec::new();
    for (i, stage) in stages.enumerate() {
        let count = stage.years as usize;
        let Some(target) = stage.value else {
            let held = previous.or(base).or(default);
            if let (None, Some(why)) = (held, required) {
                problems.missing(format!("stages[{i}].{name}"), why);
            }
            previous = held;
            years.extend(std::iter::repeat_n(held.map(Driver::held), count));
            continue;
        };
        let from = if i == 0 { base } else { previous };
        if stage.fade != Fade::Step && from.is_none() {
            problems.missing(
                if i == 0 { format!("base.{name}") } else { format!("stages[{}].{name}", i - 1) },
                format!("required, since stage {i} fades {name} from it"),
            );
        }
        years.extend((1..=count).map(|year| {
            let x = year as f64 / count as f64;
            let way = match stage.fade {
                Fade::Step => 1.0,
                Fade::Linear => x,
                Fade::SCurve => x * x * (3.0 - 2.0 * x),
            };
            Some(Driver { from: from.unwrap_or(target), to: target, way })
        }));
        previous = Some(target);
    }
    years
}
