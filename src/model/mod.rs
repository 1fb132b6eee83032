//! Everything that can be valued is a [`Model`]: named, typed inputs in, named outputs out.
//!
//! An engine implements [`Engine`] (its types, rules and formula); the blanket [`Model`] gives it
//! the uniform JSON door, its schema, and [`Prepared`], through which simulation and sensitivity
//! change numbers by path and evaluate blocks of trials. This room knows no engine by name.

mod any;
pub(crate) mod canonical;
mod column;
mod domain;
mod explanation;
mod field;
mod found;
mod function;
mod mode;
mod path;
mod prepare;
pub(crate) mod record;
mod rows;
mod series;
mod shaped;
mod tape;
mod trials;

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use crate::error::Error;

use any::AnyEngine;

pub use any::AnyField;
pub use canonical::canonical_json;
pub use column::Column;
pub use domain::{Domain, Unit};
pub(crate) use explanation::figure;
pub use explanation::{Explained, Explanation, ExplanationLine, explain};
pub use field::{Field, Lower, Place, Problems};
pub(crate) use field::{LARGEST_EXACT, fixed};
pub use found::Found;
pub use function::Function;
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
pub trait Engine: Field + Default + Clone + Send + Sync + 'static {
    /// What the model is.
    const SPEC: ModelSpec;

    /// The output that can be told as a sum, and its lines; none where no sum leads to a result.
    const EXPLAINED: Option<Explained<Self>> = None;

    /// The named outputs.
    type Output: Field + 'static;

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
    let mut field = T::placeholder();
    any::read(&mut field, value).map(|()| field)
}

/// Reads an engine's input, with its rules.
pub fn read_engine<E: Engine>(value: &Value) -> Result<E, Error> {
    let mut input = E::default();
    any::read_engine(&mut input, value).map(|()| input)
}

/// Checks an input built in Rust, then values it: the body of every engine's `value`.
pub fn value_of<E: Engine>(input: &E) -> Result<E::Output, Error> {
    value_by(input, E::compute)
}

/// As [`value_of`], computed by `compute`.
pub(crate) fn value_by<E: Engine>(
    input: &E,
    compute: impl FnOnce(&E) -> Result<E::Output, Error>,
) -> Result<E::Output, Error> {
    any::check_engine(input)?;
    let output = compute(input)?;
    any::check_output(&output).map(|()| output)
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

/// Writes the schema of a type.
type Schema = fn(&Domain) -> Map<String, Value>;

/// The door through which an [`Engine`] is a [`Model`].
pub struct ModelOf {
    spec: &'static ModelSpec,
    explained: Option<&'static str>,
    fresh: fn() -> Box<dyn AnyEngine>,
    inputs: Schema,
    outputs: Schema,
    schema: OnceLock<Value>,
}

impl ModelOf {
    /// The model of engine `E`.
    #[must_use]
    pub const fn engine<E: Engine>() -> Self {
        Self {
            spec: &E::SPEC,
            explained: match &E::EXPLAINED {
                Some(explained) => Some(explained.output),
                None => None,
            },
            fresh: || Box::new(E::default()),
            inputs: E::schema,
            outputs: E::Output::schema,
            schema: OnceLock::new(),
        }
    }

    fn read(&self, inputs: &Value) -> Result<Box<dyn AnyEngine>, Error> {
        let mut input = (self.fresh)();
        any::read_engine(&mut *input, inputs).map(|()| input)
    }
}

impl Model for ModelOf {
    fn spec(&self) -> &ModelSpec {
        self.spec
    }

    fn evaluate(&self, inputs: &Value) -> Result<Value, Error> {
        self.read(inputs)?.value().map(|output| output.write())
    }

    fn explained(&self) -> Option<&'static str> {
        self.explained
    }

    fn explain(&self, inputs: &Value) -> Result<Explanation, Error> {
        self.read(inputs)?.explain()
    }

    fn validate(&self, inputs: &Value) -> Result<(), Error> {
        self.read(inputs).map(drop)
    }

    fn demand(&self, inputs: &Value) -> Result<Demand, Error> {
        let input = self.read(inputs)?;
        Ok(Demand { inner: input.inner(), trials: input.trials() })
    }

    fn filled(&self, inputs: &Value) -> Result<Value, Error> {
        self.read(inputs).map(|input| input.write())
    }

    fn schema(&self) -> &Value {
        self.schema.get_or_init(|| {
            json!({
                "name": self.spec.name,
                "about": self.spec.about,
                "version": self.spec.version,
                "primary": self.spec.primary,
                "feature": self.spec.feature,
                "inputs": (self.inputs)(&Domain::NUMBER),
                "outputs": (self.outputs)(&Domain::NUMBER),
            })
        })
    }

    fn prepare(&self, inputs: &Value, paths: &[Path], outputs: &[String]) -> Result<Box<dyn Prepared>, Error> {
        prepare::prepare(self.read(inputs)?, paths, outputs)
    }
}
