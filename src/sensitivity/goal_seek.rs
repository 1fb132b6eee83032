//! Goal seek: the value of one input for which an output is what it should be. On a `dcf` it is the
//! reverse DCF: the growth, margin or cost of capital that a price stands for.
//!
//! As the inner model of a simulation each trial is one search, prepared afresh and whole: the model that
//! is searched is known by its JSON alone, so its numbers are no slots of this one.

use serde_json::Value;

use super::{Study, StudyOf, single_output};
use crate::cashflow::root::Bracket;
use crate::catalogue;
use crate::error::Error;
use crate::model::{Domain, Engine, Mode, Model, ModelSpec, Problems, Slot, record, value_of};

record! {
    /// An input to be found by the output it should lead to.
    pub struct GoalSeek {
        /// Name of the model.
        pub model: String,
        /// Its base input.
        pub input: Value,
        /// Path of the input to be found; a pattern moves all its numbers together.
        pub path: String,
        /// Path of the output; the model's primary by default.
        pub output: Option<String>,
        /// The same as a list of one.
        pub outputs: Vec<String> = Vec::new(),
        /// What the output should be.
        pub target: f64,
        /// What x does to the base number.
        pub mode: Mode = Mode::default(),
        /// Where the search for x begins.
        pub lower: f64,
        /// Where it ends.
        pub upper: f64,
        /// How near the output must come, relative to the target, or to 1 where that is more.
        pub tolerance: f64 [Domain::NUMBER.above(0.0)] = 1e-12,
        /// Most iterations for one root.
        pub max_iterations: u32 [Domain::COUNT.at_least(1.0).at_most(100_000.0)] = 200,
        /// Steps of equal length in which the range is searched for changes of sign.
        pub scan: u32 [Domain::COUNT.at_least(1.0).at_most(1_000_000.0)] = 64,
    }
}

record! {
    /// The input found.
    pub struct GoalSeekOutput {
        /// The root; of several the one nearest to the current value of the path.
        pub x: f64,
        /// The output there.
        pub output_value: f64,
        /// All roots found, rising.
        pub roots: Vec<f64>,
        /// Whether there is more than one.
        pub multiple: bool,
        /// Points of the scan at which the model is undefined.
        pub undefined_points: u64,
        /// Iterations over all roots.
        pub iterations: u64,
        /// The model's whole output at x.
        pub result: Value,
    }
}

impl GoalSeek {
    /// Searches the range.
    ///
    /// `Undefined{what: "goal_seek"}` when the output does not cross the target inside it;
    /// `NoConvergence` when it does and cannot be brought near enough.
    pub fn value(&self) -> Result<GoalSeekOutput, Error> {
        value_of(self)
    }
}

impl Engine for GoalSeek {
    const SPEC: ModelSpec = ModelSpec {
        name: "goal_seek",
        about: "The value of an input for which an output reaches a target",
        version: "1.0.0",
        primary: "x",
        feature: "basic_analytics",
    };

    type Output = GoalSeekOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.lower >= self.upper {
            problems.refuse("upper", self.upper, format!("above lower, which is {}", self.lower));
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        vec![(self.model.clone(), self.input.clone())]
    }

    fn compute(&self) -> Result<GoalSeekOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for GoalSeek {
    fn compute_of(&self, model: &dyn Model) -> Result<GoalSeekOutput, Error> {
        let outputs = single_output(self.output.as_ref(), &self.outputs)?;
        let study = Study::new(model, &self.input, &[("path".to_owned(), &self.path)], &outputs)?;
        let slots = study.slots(&self.path);
        if slots.iter().any(|slot| study.prepared.numbers().all()[slot.index()].domain.is_whole()) {
            let constraint = "not that of a whole number, between two of which no target can be met";
            return Err(Error::invalid_input("path", self.path.as_str(), constraint)
                .with_hint("sensitivity_1d gives the outputs for whole numbers one by one"));
        }
        let search = Search { seek: self, study: &study, slots: &slots };
        let (found, undefined_points) = search.roots()?;
        let current = match self.mode {
            Mode::Set => study.base[slots[0].index()],
            Mode::Shift => 0.0,
            Mode::Scale => 1.0,
        };
        let x = found.iter().map(|(x, _)| *x).min_by(|a, b| (a - current).abs().total_cmp(&(b - current).abs()));
        let x = x.ok_or_else(|| search.no_bracket())?;
        let result = study.model.evaluate(&search.input_at(x)?)?;
        Ok(GoalSeekOutput {
            x,
            output_value: study.with(&slots, self.mode, x)?[0],
            roots: found.iter().map(|(x, _)| *x).collect(),
            multiple: found.len() > 1,
            undefined_points,
            iterations: found.iter().map(|(_, iterations)| iterations).sum(),
            result,
        })
    }
}

/// A search under way.
struct Search<'a> {
    seek: &'a GoalSeek,
    study: &'a Study<'a>,
    slots: &'a [Slot],
}

impl Search<'_> {
    /// How far the output at x is from the target.
    fn miss(&self, x: f64) -> Result<f64, Error> {
        self.study.with(self.slots, self.seek.mode, x).map(|outputs| outputs[0] - self.seek.target)
    }

    fn near_enough(&self, miss: f64) -> bool {
        miss.abs() <= self.seek.tolerance * self.seek.target.abs().max(1.0)
    }

    /// The roots, each with the iterations it took, and the points at which the model is undefined.
    fn roots(&self) -> Result<(Vec<(f64, u64)>, u64), Error> {
        let GoalSeek { lower, upper, scan, max_iterations, .. } = *self.seek;
        let mut roots: Vec<(f64, u64)> = Vec::new();
        let mut undefined_points = 0;
        // The point before, unless the model is undefined there.
        let mut before: Option<(f64, f64)> = None;
        for i in 0..=scan {
            let x = if i == scan { upper } else { lower + (upper - lower) * (f64::from(i) / f64::from(scan)) };
            let Ok(miss) = self.miss(x) else {
                self.study.check_failure()?;
                undefined_points += 1;
                before = None;
                continue;
            };
            if miss == 0.0 {
                roots.push((x, 0));
            } else if let Some((last, missed)) = before
                && missed != 0.0
                && (missed > 0.0) != (miss > 0.0)
            {
                let most_iterations = u64::from(max_iterations);
                let bracket = Bracket { low: last, high: x, tolerance: 0.0, most_iterations };
                roots.push(bracket.root("goal_seek", |x| self.miss(x), |miss| self.near_enough(miss))?);
            }
            before = Some((x, miss));
        }
        Ok((roots, undefined_points))
    }

    fn no_bracket(&self) -> Error {
        let GoalSeek { target, lower, upper, .. } = *self.seek;
        let end = |x: f64| match self.miss(x) {
            Ok(miss) => (miss + target).to_string(),
            Err(error) => format!("undefined ({})", error.what().unwrap_or(error.kind().name())),
        };
        let name = &self.study.names()[0];
        let why =
            format!("{name} does not cross {target}: it is {} at {lower} and {} at {upper}", end(lower), end(upper));
        Error::undefined("goal_seek", why).with_hint("widen lower and upper, or raise scan")
    }

    /// The model's input with x applied.
    fn input_at(&self, x: f64) -> Result<Value, Error> {
        self.study.input_with(self.slots, |base| self.seek.mode.apply(base, x))
    }
}
