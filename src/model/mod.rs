//! Everything that can be valued is a [`Model`]: named, typed inputs in, named outputs out.
//!
//! An engine implements [`Engine`] (its types, rules and formula); the blanket [`Model`] gives it
//! the uniform JSON door, its schema, and [`Prepared`], through which simulation and sensitivity
//! change numbers by path and evaluate blocks of trials. This room knows no engine by name.

mod canonical;
mod domain;
mod explanation;
mod field;
mod found;
mod mode;
mod path;
mod prepare;
pub(crate) mod record;
mod rows;
mod series;
mod tape;
mod trials;

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::error::Error;

pub use canonical::canonical_json;
pub use domain::{Domain, Unit};
pub(crate) use explanation::figure;
pub use explanation::{Explained, Explanation, ExplanationLine, explain};
pub(crate) use field::fixed;
pub use field::{Field, Lower, Place, Problems};
pub use found::Found;
pub use mode::Mode;
pub use path::Path;
pub use prepare::{Block, Draw, Fault, Formula, NumberAt, Numbers, Prepared, Slot};
pub(crate) use prepare::{ByLanes, number_at};
pub(crate) use record::{choice, record};
pub use rows::Rows;
pub use series::Series;
pub use tape::Tape;
pub(crate) use trials::ByTrials;
pub use trials::TrialFormula;

/// What a model is, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    /// The name it is evaluated by.
    pub name: &'static str,
    /// One line: what it values.
    pub about: &'static str,
    /// `major.minor.patch`: a changed default, formula or timing rule is a new major version.
    pub version: &'static str,
    /// Path of the output that is meant when none is named.
    pub primary: &'static str,
    /// The plan feature that guards it.
    pub feature: &'static str,
}

/// An engine: input, rules and formula of one model, side by side in one file.
pub trait Engine: Field + Default + Clone + Send + Sync + 'static + Lower<f64, Out = Self> {
    /// What the model is.
    const SPEC: ModelSpec;

    /// The output that can be told as a sum, and its lines; none where no sum leads to a result.
    const EXPLAINED: Option<Explained<Self>> = None;

    /// The named outputs.
    type Output: Field;

    /// Adds the problems that concern more than one field, or more than a range.
    fn rules(&self, problems: &mut Problems) {
        let _ = problems;
    }

    /// The outputs of a valid input.
    fn compute(&self) -> Result<Self::Output, Error>;

    /// The path of the output that is meant when none is named, for this input.
    fn primary(&self) -> &'static str {
        Self::SPEC.primary
    }

    /// The value of an optional input that is not given, where a path may address it: the default
    /// that the computation would use.
    fn default_at(&self, path: &str) -> Option<f64> {
        let _ = path;
        None
    }

    /// The other models that this one evaluates, with their inputs.
    fn inner(&self) -> Vec<(String, Value)> {
        Vec::new()
    }

    /// Trials that one evaluation draws.
    fn trials(&self) -> u64 {
        0
    }

    /// The engine lowered for evaluation by blocks, if all of `outputs` can be had that way.
    ///
    /// Lanes of trials by a [`Formula`], or trials without allocating by a [`TrialFormula`]. Without
    /// either each trial is one [`Engine::compute`].
    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let _ = (numbers, outputs);
        None
    }
}

/// Reads an input and checks it: every problem of types, ranges and rules is reported together.
pub fn read<T: Field>(value: &Value) -> Result<T, Error> {
    let mut problems = Problems::default();
    let input = T::read(value, &Place::ROOT, &mut problems);
    if let Some(input) = &input {
        input.check(&Place::ROOT, &mut problems);
    }
    problems.into_result()?;
    input.ok_or_else(|| Error::internal("unread_input", "an input could not be read and no problem was named"))
}

/// Reads an engine's input, with its rules.
pub fn read_engine<E: Engine>(value: &Value) -> Result<E, Error> {
    let mut problems = Problems::default();
    let input = E::read(value, &Place::ROOT, &mut problems);
    if let Some(input) = &input {
        check_into(input, &mut problems);
    }
    problems.into_result()?;
    input.ok_or_else(|| Error::internal("unread_input", "an input could not be read and no problem was named"))
}

fn check_into<E: Engine>(input: &E, problems: &mut Problems) {
    input.check(&Place::ROOT, problems);
    if problems.is_empty() {
        input.rules(problems);
    }
}

/// Checks an input built in Rust, then values it: the body of every engine's `value`.
pub fn value_of<E: Engine>(input: &E) -> Result<E::Output, Error> {
    let mut problems = Problems::default();
    check_into(input, &mut problems);
    problems.into_result()?;
    let output = input.compute()?;
    let mut problems = Problems::default();
    output.check(&Place::ROOT, &mut problems);
    match problems.into_result() {
        Ok(()) => Ok(output),
        Err(error) => Err(Error::undefined(
            error.field().unwrap_or_default(),
            "the result is too large for a number, or is not one",
        )),
    }
}

/// What evaluating a model takes beside the model itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// Other models that it evaluates, with their inputs.
    pub inner: Vec<(String, Value)>,
    /// Trials that one evaluation draws.
    pub trials: u64,
}

/// A model: an engine seen only by its names.
pub trait Model: Send + Sync {
    /// What it is.
    fn spec(&self) -> &ModelSpec;

    /// Outputs for inputs, both as JSON objects.
    fn evaluate(&self, inputs: &Value) -> Result<Value, Error>;

    /// Path of the output that [`Model::explain`] tells as a sum; none where no sum leads to a result.
    fn explained(&self) -> Option<&'static str>;

    /// The result for inputs, told as a sum.
    fn explain(&self, inputs: &Value) -> Result<Explanation, Error>;

    /// Refuses what [`Model::evaluate`] would refuse before computing.
    fn validate(&self, inputs: &Value) -> Result<(), Error>;

    /// What evaluating takes beside the model itself; refuses what [`Model::validate`] refuses.
    fn demand(&self, inputs: &Value) -> Result<Demand, Error>;

    /// The inputs with every default written out; refuses what [`Model::validate`] refuses.
    fn filled(&self, inputs: &Value) -> Result<Value, Error>;

    /// `{"inputs": JSON Schema, "outputs": JSON Schema, …}`.
    fn schema(&self) -> &Value;

    /// The model ready to be evaluated many times for `outputs` (empty: its primary) with other
    /// numbers at `paths`, each of which must exist.
    fn prepare(&self, inputs: &Value, paths: &[Path], outputs: &[String]) -> Result<Box<dyn Prepared>, Error>;
}

/// The door through which an [`Engine`] is a [`Model`].
pub struct ModelOf<E: Engine> {
    schema: OnceLock<Value>,
    engine: std::marker::PhantomData<fn() -> E>,
}

impl<E: Engine> ModelOf<E> {
    /// The model of engine `E`.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "const, for static tables")]
    pub const fn new() -> Self {
        Self { schema: OnceLock::new(), engine: std::marker::PhantomData }
    }
}

impl<E: Engine> Model for ModelOf<E> {
    fn spec(&self) -> &ModelSpec {
        &E::SPEC
    }

    fn evaluate(&self, inputs: &Value) -> Result<Value, Error> {
        value_of(&read_engine::<E>(inputs)?).map(|output| output.write())
    }

    fn explained(&self) -> Option<&'static str> {
        E::EXPLAINED.map(|explained| explained.output)
    }

    fn explain(&self, inputs: &Value) -> Result<Explanation, Error> {
        explain(&read_engine::<E>(inputs)?)
    }

    fn validate(&self, inputs: &Value) -> Result<(), Error> {
        read_engine::<E>(inputs).map(drop)
    }

    fn demand(&self, inputs: &Value) -> Result<Demand, Error> {
        let input = read_engine::<E>(inputs)?;
        Ok(Demand { inner: input.inner(), trials: input.trials() })
    }

    fn filled(&self, inputs: &Value) -> Result<Value, Error> {
        read_engine::<E>(inputs).map(|input| input.write())
    }

    fn schema(&self) -> &Value {
        self.schema.get_or_init(|| {
            let spec = &E::SPEC;
            let side = |schema: Map<String, Value>| Value::from(schema);
            json!({
                "name": spec.name,
                "about": spec.about,
                "version": spec.version,
                "primary": spec.primary,
                "feature": spec.feature,
                "inputs": side(E::schema(&Domain::NUMBER)),
                "outputs": side(E::Output::schema(&Domain::NUMBER)),
            })
        })
    }

    fn prepare(&self, inputs: &Value, paths: &[Path], outputs: &[String]) -> Result<Box<dyn Prepared>, Error> {
        prepare::prepare(read_engine::<E>(inputs)?, paths, outputs)
    }
}
