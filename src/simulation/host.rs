//! A host's own function over columns in place of a model.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::error::{Error, ErrorKind};
use crate::model::{Block, Domain, Fault, Field, Numbers, Place, Prepared, Problems};
use crate::random::BLOCK;

type Columns = dyn Fn(&[&[f64]], &mut [Vec<f64>]) -> Result<(), Error> + Send + Sync;

/// A function with the names of its inputs.
#[derive(Clone)]
pub struct Function {
    names: Vec<String>,
    function: Arc<Columns>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.names.join(", "))
    }
}

impl Function {
    pub(super) fn new<F>(names: Vec<String>, function: F) -> Self
    where
        F: Fn(&[&[f64]], &mut [Vec<f64>]) -> Result<(), Error> + Send + Sync + 'static,
    {
        Self { names, function: Arc::new(function) }
    }

    /// The function ready for columns, with the base numbers of `input`.
    pub(super) fn prepare(&self, input: &Value, outputs: &[String]) -> Result<Box<dyn Prepared>, Error> {
        let mut problems = Problems::default();
        if outputs.is_empty() {
            problems.refuse("outputs", Value::Array(Vec::new()), "the names of what the function computes");
        }
        let mut numbers = Numbers::default();
        let root = Place::ROOT;
        for name in &self.names {
            let place = root.field(name, Domain::NUMBER);
            let at = root.field("input", Domain::NUMBER);
            let value = match input.get(name) {
                None => {
                    problems.missing(at.field(name, Domain::NUMBER), "required");
                    None
                }
                Some(value) => f64::read(value, &at.field(name, Domain::NUMBER), &mut problems),
            };
            if crate::model::Path::parse(name, "names").is_ok_and(|path| path.to_string() == *name) {
                numbers.add(&place, value.unwrap_or_default());
            } else {
                problems.refuse("names", name.as_str(), "a plain name or path");
            }
        }
        problems.into_result()?;
        let (function, outputs) = (Arc::clone(&self.function), outputs.to_vec());
        Ok(Box::new(ByColumns { function, numbers, outputs, failure: Mutex::new(None) }))
    }
}

struct ByColumns {
    function: Arc<Columns>,
    numbers: Numbers,
    outputs: Vec<String>,
    failure: Mutex<Option<Error>>,
}

impl ByColumns {
    fn call(&self, columns: &[&[f64]], outputs: &mut [Vec<f64>]) -> Result<(), Error> {
        let length = columns.first().map_or(1, |column| column.len());
        for output in outputs.iter_mut() {
            output.resize(length, 0.0);
            output.fill(f64::NAN);
        }
        (self.function)(columns, outputs)?;
        for (name, output) in self.outputs.iter().zip(outputs) {
            if output.len() != length {
                let what = format!("the function left {} values of {name} for {length} trials", output.len());
                return Err(Error::internal("model_internal", what));
            }
        }
        Ok(())
    }

    fn keep(&self, error: &Error) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.clone());
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
        let columns: Vec<&[f64]> = numbers.iter().map(std::slice::from_ref).collect();
        let mut outputs = vec![Vec::new(); self.outputs.len()];
        self.call(&columns, &mut outputs).inspect_err(|error| self.keep(error))?;
        let values: Vec<f64> = outputs.into_iter().flatten().collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(i) => Err(Error::undefined(self.outputs[i].clone(), "the result is not a finite number")),
            None => Ok(values),
        }
    }

    fn block(&self, block: &mut Block<'_>) {
        let length = block.faults.len();
        // Inputs that are not drawn are constant columns.
        let constants: Vec<Vec<f64>> = self
            .numbers
            .all()
            .iter()
            .enumerate()
            .map(|(i, number)| {
                let drawn = block.draws.iter().any(|draw| draw.slot.index() == i);
                if drawn { Vec::new() } else { vec![number.value; length] }
            })
            .collect();
        let mut columns: Vec<&[f64]> = constants.iter().map(Vec::as_slice).collect();
        for draw in block.draws {
            columns[draw.slot.index()] = &draw.column[..length];
        }
        block.faults.fill(0);
        if let Err(error) = self.call(&columns, block.outputs) {
            self.keep(&error);
            block.reasons.push(Fault { kind: ErrorKind::Internal, what: "function".to_owned() });
            block.faults.fill(1);
        }
        for output in block.outputs.iter_mut() {
            output.resize(BLOCK.max(length), f64::NAN);
        }
    }

    fn failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
