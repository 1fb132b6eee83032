//! Models evaluated one trial at a time, for what no lanes can compute: a root search, an iteration
//! that ends when it stands still, a sort.
//!
//! A [`TrialFormula`] computes a few outputs without allocating. Every other output is read off the
//! whole account of each trial: [`OneByOne`], which is also what explains a trial without a value.

use super::any::{AnyEngine, AnyField};
use super::path::Path;
use super::prepare::{Block, Fault, Numbers, Prepared};
use super::{Engine, Found, Place};
use crate::error::Error;

/// A formula of one trial, whose intermediate figures live in a scratch that every trial writes over.
pub trait TrialFormula: Send + Sync + 'static {
    /// Room for intermediate figures, made once a block.
    type Scratch;

    /// Makes the room.
    fn scratch(&self) -> Self::Scratch;

    /// Computes the outputs from the numbers, NaN for one that this trial does not have; fails with the
    /// code of the reason, from 1, where [`Engine::compute`] or the rules fail.
    ///
    /// Reasons of one code are of one kind and concern one quantity, so that a block asks once for each.
    fn evaluate(&self, numbers: &[f64], scratch: &mut Self::Scratch, outputs: &mut [f64]) -> Result<(), u8>;
}

/// A [`TrialFormula`] as a [`Prepared`] model.
pub(crate) struct ByTrials<F> {
    formula: F,
    /// How many outputs the formula computes, and which of them are wanted.
    computed: usize,
    wanted: Vec<usize>,
    /// The same model by its whole account.
    whole: OneByOne,
}

impl<F: TrialFormula> ByTrials<F> {
    /// `None` when one of `outputs` is not among those the formula computes.
    ///
    /// `numbers` begins with those of `input`; constants of the formula may follow.
    pub(crate) fn boxed<E: Engine, S: AsRef<str>>(
        input: &E,
        formula: F,
        numbers: Numbers,
        computed: &[S],
        outputs: &[String],
    ) -> Option<Box<dyn Prepared>> {
        let position = |output: &String| computed.iter().position(|name| name.as_ref() == output);
        let wanted = outputs.iter().map(position).collect::<Option<Vec<_>>>()?;
        let whole = OneByOne::new(input.boxed_clone(), numbers, outputs.to_vec()).ok()?;
        Some(Box::new(Self { formula, computed: computed.len(), wanted, whole }))
    }

    /// Why the trial of these numbers has no value.
    fn error(&self, numbers: &[f64]) -> Error {
        match self.whole.evaluate(numbers) {
            Err(error) => error,
            Ok(_) => Error::internal("valued_trial", "a formula of one trial failed where its model has a value"),
        }
    }
}

impl<F: TrialFormula> Prepared for ByTrials<F> {
    fn numbers(&self) -> &Numbers {
        &self.whole.numbers
    }

    fn outputs(&self) -> &[String] {
        &self.whole.outputs
    }

    fn evaluate(&self, numbers: &[f64]) -> Result<Vec<f64>, Error> {
        self.whole.numbers.check(numbers)?;
        let mut computed = vec![f64::NAN; self.computed];
        let outcome = self.formula.evaluate(numbers, &mut self.formula.scratch(), &mut computed);
        // Adding zero turns -0 into 0, as in a written result.
        let values: Vec<f64> = self.wanted.iter().map(|&i| computed[i] + 0.0).collect();
        if outcome.is_err() || values.iter().any(|value| !value.is_finite()) {
            return Err(self.error(numbers));
        }
        Ok(values)
    }

    fn block(&self, block: &mut Block<'_>) {
        let mut numbers = self.whole.numbers.values();
        let mut scratch = self.formula.scratch();
        let mut computed = vec![f64::NAN; self.computed];
        // Codes in the block of the formula's reasons, and of outputs that a trial lacks; 0 for not met yet.
        let mut reasons = [0; 256];
        let mut lacking = vec![0; self.wanted.len()];
        for trial in 0..block.faults.len() {
            for draw in block.draws {
                numbers[draw.slot.index()] = draw.column[trial];
            }
            let outcome = self.formula.evaluate(&numbers, &mut scratch, &mut computed);
            let lacks = self.wanted.iter().position(|&i| !computed[i].is_finite());
            let known = match (outcome, lacks) {
                (Err(code), _) => &mut reasons[usize::from(code)],
                (Ok(()), Some(output)) => &mut lacking[output],
                (Ok(()), None) => {
                    for (column, &output) in block.outputs.iter_mut().zip(&self.wanted) {
                        column[trial] = computed[output] + 0.0;
                    }
                    block.faults[trial] = 0;
                    continue;
                }
            };
            if *known == 0 {
                *known = block.code(Fault::from(&self.error(&numbers)));
            }
            block.faults[trial] = *known;
        }
    }
}

/// A model evaluated by its whole account, for outputs that have neither a lane nor a trial formula.
pub(super) struct OneByOne {
    input: Box<dyn AnyEngine>,
    numbers: Numbers,
    outputs: Vec<String>,
    output_paths: Vec<Path>,
}

impl OneByOne {
    pub(super) fn new(input: Box<dyn AnyEngine>, numbers: Numbers, outputs: Vec<String>) -> Result<Self, Error> {
        let output_paths = outputs.iter().map(|output| Path::parse(output, "outputs")).collect::<Result<_, _>>()?;
        Ok(Self { input, numbers, outputs, output_paths })
    }

    fn account(&self, numbers: &[f64]) -> Result<Box<dyn AnyField>, Error> {
        let mut trial = self.input.boxed_clone();
        let mut next = numbers.iter();
        trial.numbers(&Place::ROOT, &mut |place, number| {
            if !place.domain().is_whole() {
                *number = next.next().copied().unwrap_or(*number);
            }
        });
        trial.value()
    }
}

impl Prepared for OneByOne {
    fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn evaluate(&self, numbers: &[f64]) -> Result<Vec<f64>, Error> {
        let output = self.account(numbers)?;
        self.output_paths.iter().map(|path| output.find(path, 0).number(path)).collect()
    }

    fn block(&self, block: &mut Block<'_>) {
        let mut numbers = self.numbers.values();
        for trial in 0..block.faults.len() {
            for draw in block.draws {
                numbers[draw.slot.index()] = draw.column[trial];
            }
            let written = self.account(&numbers).and_then(|output| {
                for (column, path) in block.outputs.iter_mut().zip(&self.output_paths) {
                    column[trial] = output.find(path, 0).number(path)?;
                }
                Ok(())
            });
            block.faults[trial] = match written {
                Ok(()) => 0,
                Err(error) => block.code(Fault::from(&error)),
            };
        }
    }
}

impl Found {
    /// The number found at `path` of an output.
    pub(super) fn number(self, path: &Path) -> Result<f64, Error> {
        match self {
            Found::Number(number) => Ok(number),
            Found::Null => Err(Error::undefined(path.to_string(), "this input has no such output")),
            Found::Nothing => Err(Error::invalid_input("outputs", path.to_string(), "the path of a numeric output")),
        }
    }
}
