//! A host's own function over columns in place of a model.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value, json};

use super::explanation::{Explanation, unexplained};
use super::prepare::{all_finite, unknown_path};
use super::{
    Block, Column, Demand, Domain, Fault, Field, Model, ModelSpec, Numbers, Path, Place, Prepared, Problems, Slot,
};
use crate::error::{Error, ErrorKind};

type Columns = dyn Fn(&[Column], &mut [Vec<f64>]) -> Result<(), Error> + Send + Sync;

static SPEC: ModelSpec = ModelSpec {
    name: "function",
    about: "A function of the host's own over columns",
    version: "",
    primary: "",
    feature: "",
};

/// A function of the host's own that stands in for a model: a column an input in, a column an output, of
/// the same length, out.
///
/// Its input is an object with a number for each name, its primary output the first. An error that it
/// returns ends what is computed and is passed on unchanged; a value that is not finite is one that does
/// not exist.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::model::Function;
/// use valor_ivx::sensitivity::{Driver, StudyOf, Tornado};
///
/// let revenue = Function::new(["price", "volume"], ["revenue"], |columns, outputs| {
///     for (i, revenue) in outputs[0].iter_mut().enumerate() {
///         *revenue = columns[0][i] * columns[1][i];
///     }
///     Ok(())
/// });
/// let tornado = Tornado {
///     input: json!({"price": 10.0, "volume": 3.0}),
///     drivers: vec![Driver { path: "price".into(), low: 9.0, high: 12.0, ..Driver::default() }],
///     ..Tornado::default()
/// };
/// assert_eq!(tornado.value_of(&revenue)?.rows[0].swing, Some(9.0));
/// # Ok::<(), valor_ivx::Error>(())
/// ```
#[derive(Clone)]
pub struct Function {
    inputs: Vec<String>,
    outputs: Vec<String>,
    columns: Arc<Columns>,
    schema: Arc<Value>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({} -> {})", self.inputs.join(", "), self.outputs.join(", "))
    }
}

impl Function {
    /// A function of the columns of `inputs`, in their order, to those of `outputs`.
    pub fn new<F>(
        inputs: impl IntoIterator<Item = impl Into<String>>,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        function: F,
    ) -> Self
    where
        F: Fn(&[&[f64]], &mut [Vec<f64>]) -> Result<(), Error> + Send + Sync + 'static,
    {
        Self::of_columns(inputs, outputs, move |columns, outputs| {
            let columns: Vec<&[f64]> = columns.iter().map(|column| &**column).collect();
            function(&columns, outputs)
        })
    }

    /// As [`Function::new`] for one that keeps columns beyond the call, without a copy.
    pub fn of_columns<F>(
        inputs: impl IntoIterator<Item = impl Into<String>>,
        outputs: impl IntoIterator<Item = impl Into<String>>,
        function: F,
    ) -> Self
    where
        F: Fn(&[Column], &mut [Vec<f64>]) -> Result<(), Error> + Send + Sync + 'static,
    {
        let inputs = inputs.into_iter().map(Into::into).collect();
        Self::with(inputs, outputs.into_iter().map(Into::into).collect(), Arc::new(function))
    }

    /// The same function, which computes `outputs`.
    pub(crate) fn computing(&self, outputs: &[String]) -> Self {
        Self::with(self.inputs.clone(), outputs.to_vec(), Arc::clone(&self.columns))
    }

    fn with(inputs: Vec<String>, outputs: Vec<String>, columns: Arc<Columns>) -> Self {
        let object = |names: &[String]| {
            let properties: Map<_, _> = names.iter().map(|name| (name.clone(), json!({"type": "number"}))).collect();
            json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
        };
        let schema = json!({
            "name": SPEC.name,
            "about": SPEC.about,
            "version": SPEC.version,
            "primary": outputs.first(),
            "feature": SPEC.feature,
            "inputs": object(&inputs),
            "outputs": object(&outputs),
        });
        Self { inputs, outputs, columns, schema: Arc::new(schema) }
    }

    /// Refuses names of inputs that no path reaches, and a function without outputs.
    fn check_names(&self) -> Result<(), Error> {
        let mut problems = Problems::default();
        if self.outputs.is_empty() {
            problems.refuse("outputs", Value::Array(Vec::new()), "the names of what the function computes");
        }
        let mut seen = HashSet::new();
        for name in &self.inputs {
            if !Path::can_name(name) || !seen.insert(name) {
                problems.refuse("names", name.as_str(), "a name of its own, without . and [");
            }
        }
        problems.into_result()
    }

    /// The numbers of `input`, one a name; every problem is reported.
    fn read(&self, input: &Value) -> Result<Vec<f64>, Error> {
        let mut problems = Problems::default();
        let Some(given) = input.as_object() else {
            problems.refuse("", input.clone(), "object");
            return problems.into_result().map(|()| Vec::new());
        };
        for (name, value) in given.iter().filter(|(name, _)| !self.inputs.contains(name)) {
            problems.refuse(name, value.clone(), format!("one of {}", self.inputs.join(", ")));
        }
        let mut read = |name: &String| {
            let place = Place::ROOT.field(name, Domain::NUMBER);
            let Some(value) = given.get(name) else {
                problems.missing(place, "required");
                return None;
            };
            f64::read(value, &place, &mut problems).inspect(|number| number.check(&place, &mut problems))
        };
        let numbers: Vec<_> = self.inputs.iter().filter_map(&mut read).collect();
        problems.into_result().map(|()| numbers)
    }
}

impl Model for Function {
    fn spec(&self) -> &ModelSpec {
        &SPEC
    }

    fn evaluate(&self, inputs: &Value) -> Result<Value, Error> {
        let prepared = self.prepare(inputs, &[], &self.outputs)?;
        let values = prepared.evaluate(&prepared.numbers().values())?;
        Ok(self.outputs.iter().cloned().zip(values.into_iter().map(Value::from)).collect::<Map<_, _>>().into())
    }

    fn explained(&self) -> Option<&'static str> {
        None
    }

    fn explain(&self, _: &Value) -> Result<Explanation, Error> {
        Err(unexplained(SPEC.name))
    }

    fn validate(&self, inputs: &Value) -> Result<(), Error> {
        self.read(inputs).map(drop)
    }

    fn demand(&self, inputs: &Value) -> Result<Demand, Error> {
        self.validate(inputs).map(|()| Demand::default())
    }

    fn filled(&self, inputs: &Value) -> Result<Value, Error> {
        self.validate(inputs).map(|()| inputs.clone())
    }

    fn schema(&self) -> &Value {
        &self.schema
    }

    fn prepare(&self, inputs: &Value, paths: &[Path], outputs: &[String]) -> Result<Box<dyn Prepared>, Error> {
        self.check_names()?;
        let mut numbers = Numbers::default();
        for (name, value) in self.inputs.iter().zip(self.read(inputs)?) {
            numbers.add(&Place::ROOT.field(name, Domain::NUMBER), value);
        }
        if let Some(path) = paths.iter().find(|path| numbers.select(path).is_empty()) {
            return Err(unknown_path(path));
        }
        let outputs = if outputs.is_empty() { &self.outputs[..1] } else { outputs };
        let mut problems = Problems::default();
        let mut wanted = Vec::new();
        for output in outputs {
            match self.outputs.iter().position(|name| name == output) {
                Some(position) => wanted.push(position),
                None => problems.refuse("outputs", output.as_str(), format!("one of {}", self.outputs.join(", "))),
            }
        }
        problems.into_result()?;
        Ok(Box::new(ByColumns {
            function: self.clone(),
            numbers,
            outputs: outputs.to_vec(),
            wanted,
            constants: OnceLock::new(),
            failure: Mutex::new(None),
        }))
    }
}

/// A [`Function`] ready for columns.
struct ByColumns {
    function: Function,
    numbers: Numbers,
    outputs: Vec<String>,
    /// Where each output stands among those that the function computes.
    wanted: Vec<usize>,
    /// The columns of the base numbers, as long as the first block.
    constants: OnceLock<Vec<Column>>,
    failure: Mutex<Option<Error>>,
}

impl ByColumns {
    /// The outputs of `columns`, one a number, of `length` trials each; what fails is kept.
    fn call(&self, columns: &[Column], length: usize) -> Result<Vec<Vec<f64>>, Error> {
        let mut computed = vec![vec![f64::NAN; length]; self.function.outputs.len()];
        let called = (self.function.columns)(columns, &mut computed).and_then(|()| {
            match self.function.outputs.iter().zip(&computed).find(|(_, output)| output.len() != length) {
                None => Ok(computed),
                Some((name, output)) => {
                    let what = format!("the function left {} values of {name} for {length} trials", output.len());
                    Err(Error::internal("model_internal", what))
                }
            }
        });
        called.inspect_err(|error| {
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.clone());
        })
    }
}

impl ByColumns {
    /// Columns of the base numbers.
    fn constants(&self, length: usize) -> Vec<Column> {
        let of_length = || self.numbers.values().into_iter().map(|number| Column::new(vec![number; length])).collect();
        let known: &Vec<Column> = self.constants.get_or_init(of_length);
        if known.first().is_some_and(|column| column.len() < length) {
            return of_length();
        }
        known.iter().map(|column| column.first(length)).collect()
    }
}

impl Prepared for ByColumns {
    fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn evaluate(&self, numbers: &[f64]) -> Result<Vec<f64>, Error> {
        self.numbers.check(numbers)?;
        let columns: Vec<_> = numbers.iter().map(|number| Column::new(vec![*number])).collect();
        let computed = self.call(&columns, 1)?;
        all_finite(&self.outputs, self.wanted.iter().map(|&output| computed[output][0]).collect())
    }

    fn block(&self, block: &mut Block<'_>) {
        let copies = block.draws.iter().map(|draw| (draw.slot, Column::new(draw.column.to_vec())));
        let columns: Vec<_> = copies.collect();
        self.block_of_columns(&columns, block);
    }

    fn keeps_columns(&self) -> bool {
        true
    }

    fn block_of_columns(&self, drawn: &[(Slot, Column)], block: &mut Block<'_>) {
        let length = block.faults.len();
        let mut columns = self.constants(length);
        for (slot, column) in drawn {
            columns[slot.index()] = column.first(length);
        }
        let Ok(computed) = self.call(&columns, length) else {
            block.reasons.push(Fault { kind: ErrorKind::Internal, what: "function".to_owned() });
            block.faults.fill(1);
            return;
        };
        block.faults.fill(0);
        for (output, &wanted) in block.outputs.iter_mut().zip(&self.wanted) {
            output[..length].copy_from_slice(&computed[wanted]);
        }
    }

    fn failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
