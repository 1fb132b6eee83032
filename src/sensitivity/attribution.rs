//! What each input contributes to the change of an output from one input to another: stepwise, in the
//! order given, or by Shapley's value (1953), which is the mean over all orders.

use serde_json::{Value, json};

use super::{Study, StudyOf, single_output};
use crate::catalogue;
use crate::error::Error;
use crate::model::{Engine, Explained, ExplanationLine, Model, ModelSpec, Problems, choice, record, value_of};
use crate::valuation::Warning;

choice! {
    /// How contributions are found.
    pub enum AttributionMethod {
        /// One path after the other, in the order given.
        Stepwise = "stepwise",
        /// The mean over all orders; at most 12 paths.
        Shapley = "shapley",
    }
}

/// Most paths of Shapley's method, which values each of their 2^n combinations.
const MOST_PATHS: usize = 12;

record! {
    /// Two inputs of one model, and the paths between them.
    pub struct Attribution {
        /// Name of the model.
        pub model: String,
        /// The input to start from.
        pub from_input: Value,
        /// The input to arrive at.
        pub to_input: Value,
        /// Path of the output; the model's primary by default.
        pub output: Option<String>,
        /// The same as a list of one.
        pub outputs: Vec<String> = Vec::new(),
        /// Paths of the inputs that change; a pattern moves all its numbers together.
        pub paths: Vec<String>,
        /// How contributions are found.
        pub method: AttributionMethod = AttributionMethod::default(),
    }
}

record! {
    /// What one path contributes.
    pub struct Contribution {
        /// The path.
        pub path: String,
        /// Its part of the change.
        pub amount: f64,
    }
}

record! {
    /// The change of an output, laid to its causes.
    pub struct AttributionOutput {
        /// Path of the output.
        pub output: String,
        /// Its value at from_input.
        pub from: f64,
        /// Its value at to_input.
        pub to: f64,
        /// The whole change: the contributions in their order and other, added up. Apart from rounding,
        /// to less from.
        pub change: f64,
        /// One a path, in the order given.
        pub contributions: Vec<Contribution>,
        /// The part of differences between the inputs that no path names; 0 when there are none.
        pub other: f64,
        /// Paths that have no effect at from_input; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

impl Attribution {
    /// Attributes the change.
    pub fn value(&self) -> Result<AttributionOutput, Error> {
        value_of(self)
    }
}

impl Engine for Attribution {
    const SPEC: ModelSpec = ModelSpec {
        name: "attribution",
        about: "What each input contributes to the change of an output",
        version: "1.0.0",
        primary: "change",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "change", lines: |attribution, output| Ok(attribution.lines(output)) });

    type Output = AttributionOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.paths.is_empty() {
            problems.refuse("paths", json!([]), "at least one path");
        }
        if self.method == AttributionMethod::Shapley && self.paths.len() > MOST_PATHS {
            problems.refuse("paths", self.paths.len(), format!("at most {MOST_PATHS} paths for shapley"));
        }
    }

    fn inner(&self) -> Vec<(String, Value)> {
        [&self.from_input, &self.to_input].map(|input| (self.model.clone(), input.clone())).into()
    }

    fn compute(&self) -> Result<AttributionOutput, Error> {
        self.compute_of(catalogue::find(&self.model)?)
    }
}

impl StudyOf for Attribution {
    fn compute_of(&self, model: &dyn Model) -> Result<AttributionOutput, Error> {
        let outputs = single_output(self.output.as_ref(), &self.outputs)?;
        let mut problems = Problems::default();
        for (field, input) in [("from_input", &self.from_input), ("to_input", &self.to_input)] {
            if let Err(error) = model.validate(input) {
                problems.push(error.under(field));
            }
        }
        problems.into_result()?;
        let paths: Vec<_> =
            self.paths.iter().enumerate().map(|(i, path)| (format!("paths[{i}]"), path.as_str())).collect();
        let start = Study::new(model, &self.from_input, &paths, &outputs)?;
        let end = Study::new(model, &self.to_input, &paths, &outputs)?;
        let (from, to) = (start.base_outputs()?[0], end.base_outputs()?[0]);
        let walk = Walk { start: &start, moves: self.moves(&start, &end)? };
        let all = walk.value((0..self.paths.len()).map(|_| true))?;
        let amounts = match self.method {
            AttributionMethod::Stepwise => walk.stepwise(from)?,
            AttributionMethod::Shapley => walk.shapley()?,
        };
        let other = if all == to { 0.0 } else { to - all };
        let change = amounts.iter().sum::<f64>() + other;
        let contribution = |(path, amount): (&String, f64)| Contribution { path: path.clone(), amount };
        Ok(AttributionOutput {
            output: start.names()[0].clone(),
            from,
            to,
            change,
            contributions: self.paths.iter().zip(amounts).map(contribution).collect(),
            other,
            warnings: start.inert(),
        })
    }
}

impl Attribution {
    fn lines(&self, output: &AttributionOutput) -> Vec<ExplanationLine> {
        let of_path = |(i, contribution): (usize, &Contribution)| {
            let formula = format!("contributions[{i}] to {}, {}", output.output, self.method.name());
            ExplanationLine::new(contribution.path.clone(), formula, contribution.amount)
        };
        let other = ExplanationLine::new("Other differences", "other, of inputs that paths do not name", output.other);
        output.contributions.iter().enumerate().map(of_path).chain([other]).collect()
    }

    /// For each path the slots it moves and where it moves them.
    fn moves(&self, start: &Study<'_>, end: &Study<'_>) -> Result<Vec<Vec<(usize, f64)>>, Error> {
        let numbers = |study: &Study<'_>, path: &String| -> Vec<(usize, String)> {
            let all = study.prepared.numbers().all();
            study.slots(path).iter().map(|slot| (slot.index(), all[slot.index()].path.to_string())).collect()
        };
        let moves = |(i, path): (usize, &String)| {
            let (from, to) = (numbers(start, path), numbers(end, path));
            let same = from.len() == to.len() && from.iter().zip(&to).all(|((_, one), (_, other))| one == other);
            if !same {
                let constraint = "the same numbers in from_input and to_input";
                return Err(Error::invalid_input(format!("paths[{i}]"), path.as_str(), constraint));
            }
            Ok(from.iter().zip(&to).map(|((slot, _), (there, _))| (*slot, end.base[*there])).collect())
        };
        self.paths.iter().enumerate().map(moves).collect()
    }
}

/// The way from one input to the other.
struct Walk<'a> {
    start: &'a Study<'a>,
    /// Slots and their values at the end, by path.
    moves: Vec<Vec<(usize, f64)>>,
}

impl Walk<'_> {
    /// The output when the paths that `moved` tells have been moved.
    fn value(&self, moved: impl Iterator<Item = bool>) -> Result<f64, Error> {
        let mut numbers = self.start.base.clone();
        for (moves, moved) in self.moves.iter().zip(moved) {
            for &(slot, value) in moves.iter().filter(|_| moved) {
                numbers[slot] = value;
            }
        }
        self.start.prepared.evaluate(&numbers).map(|outputs| outputs[0])
    }

    fn stepwise(&self, from: f64) -> Result<Vec<f64>, Error> {
        let count = self.moves.len();
        let mut last = from;
        (0..count)
            .map(|step| {
                let next = self.value((0..count).map(|path| path <= step))?;
                Ok(next - std::mem::replace(&mut last, next))
            })
            .collect()
    }

    /// For path i the mean, over all sets S of the others, of f(S and i) - f(S), with S of size s
    /// weighing s! (n - s - 1)! / n!.
    fn shapley(&self) -> Result<Vec<f64>, Error> {
        let count = self.moves.len();
        let holds = |set: usize, path: usize| set >> path & 1 == 1;
        let values = (0..1_usize << count)
            .map(|set| self.value((0..count).map(|path| holds(set, path))))
            .collect::<Result<Vec<f64>, Error>>()?;
        let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
        let weight = |size: usize| factorial(size) * factorial(count - size - 1) / factorial(count);
        let amount = |path: usize| {
            let without = (0..1_usize << count).filter(|set| !holds(*set, path));
            without.map(|set| weight(set.count_ones() as usize) * (values[set | 1 << path] - values[set])).sum::<f64>()
        };
        Ok((0..count).map(amount).collect())
    }
}
