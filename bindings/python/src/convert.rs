//! Python objects to JSON values and back: the only place where the two meet.
//!
//! Accepted are mappings, lists, tuples, numbers, texts, dates, NumPy scalars and arrays of any
//! stride and dtype, pandas and polars series, and the package's own objects. Each number that is
//! not finite is refused by its path; all such problems of one input are reported together.

use std::fmt::Write as _;

use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};
use valor_ivx::Error;

use crate::error::raised;

/// Deeper nesting is refused; no input of any model comes near it, and a list that contains itself does.
const DEEPEST: usize = 64;

/// Fields that hold whole numbers of 64 bits, which JSON carries as digits beyond 2^53.
const WIDE: &[&str] = &["seed"];

/// The largest integer of which JSON numbers hold every digit.
const LARGEST_EXACT: u64 = (1 << 53) - 1;

/// Reads a Python object as JSON.
pub(crate) fn to_value(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    to_value_at(object, "")
}

/// As [`to_value`], with paths in errors starting at `path`.
pub(crate) fn to_value_at(object: &Bound<'_, PyAny>, path: &str) -> PyResult<Value> {
    let mut reader = Reader { path: path.to_owned(), depth: 0, problems: Vec::new() };
    let value = reader.read(object)?;
    match Error::collect(reader.problems) {
        None => Ok(value),
        Some(error) => Err(raised(object.py(), &error)),
    }
}

struct Reader {
    path: String,
    depth: usize,
    problems: Vec<Error>,
}

impl Reader {
    fn refuse(&mut self, value: impl Into<Value>, constraint: &str) -> Value {
        self.problems.push(Error::invalid_input(self.path.clone(), value, constraint));
        Value::Null
    }

    fn number(&mut self, number: f64) -> Value {
        if let Some(number) = Number::from_f64(number) {
            return Value::Number(number);
        }
        self.problems.push(Error::invalid_number(self.path.clone(), number, "finite number"));
        Value::Null
    }

    fn read(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(number) = object.cast::<PyFloat>() {
            return Ok(self.number(number.value()));
        }
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if object.is_instance_of::<PyInt>() {
            return self.integer(object);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Value::String(text.to_cow()?.into_owned()));
        }
        if self.depth == DEEPEST {
            return Ok(self.refuse("…", "nested less deeply"));
        }
        self.depth += 1;
        let value = self.composite(object);
        self.depth -= 1;
        value
    }

    fn integer(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(number) = object.extract::<i64>() {
            return Ok(number.into());
        }
        if let Ok(number) = object.extract::<u64>() {
            return Ok(number.into());
        }
        match object.extract::<f64>() {
            Ok(number) => Ok(self.number(number)),
            Err(_) => Ok(self.refuse(object.str()?.to_string(), "finite number")),
        }
    }

    fn composite(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if let Ok(dict) = object.cast::<PyDict>() {
            return self.entries(dict.iter());
        }
        if let Ok(list) = object.cast::<PyList>() {
            return self.items(list.iter());
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return self.items(tuple.iter());
        }
        if let Ok(array) = object.cast::<PyArrayDyn<f64>>()
            && let Ok(array) = array.try_readonly()
            && array.as_array().ndim() == 1
        {
            let numbers = array.as_array();
            return self.each(numbers.len(), |reader, i| Ok(reader.number(numbers[i])));
        }
        let py = object.py();
        if let Ok(inner) = object.getattr("_valor_json") {
            return self.read(&inner.call0()?);
        }
        if object.is_instance(date_class(py)?)? {
            return self.date(object);
        }
        if let Ok(kind) = object.getattr("dtype").and_then(|dtype| dtype.getattr("kind"))
            && kind.eq("M")?
            && object.hasattr("astype")?
            && !object.hasattr("to_list")?
        {
            // NumPy gives nanosecond dates out as bare integers, days as dates.
            return self.read(&object.call_method1("astype", ("datetime64[D]",))?.call_method0("tolist")?);
        }
        for method in ["tolist", "to_list"] {
            if object.hasattr(method)? {
                return self.read(&object.call_method0(method)?);
            }
        }
        if let Ok(mapping) = object.cast::<PyMapping>() {
            let pairs = mapping.items()?;
            let pairs = pairs.iter().map(|pair| pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>());
            return self.entries(pairs.collect::<PyResult<Vec<_>>>()?.into_iter());
        }
        if object.hasattr("__float__")? {
            let number = object.call_method0("__float__")?.extract::<f64>()?;
            return Ok(self.number(number));
        }
        let shown = object.get_type().name()?.to_string();
        Ok(self.refuse(shown, "a number, text, date, list, array, mapping, or None"))
    }

    fn date(&mut self, object: &Bound<'_, PyAny>) -> PyResult<Value> {
        if object.hasattr("hour")? {
            let date = object.call_method0("date")?;
            let midnight = ["hour", "minute", "second", "microsecond"]
                .into_iter()
                .map(|part| object.getattr(part)?.eq(0))
                .collect::<PyResult<Vec<_>>>()?;
            if midnight.contains(&false) {
                return Ok(self.refuse(object.str()?.to_string(), "a date without a time of day"));
            }
            return Ok(date.call_method0("isoformat")?.extract::<String>()?.into());
        }
        Ok(object.call_method0("isoformat")?.extract::<String>()?.into())
    }

    fn entries<'py>(
        &mut self,
        entries: impl Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    ) -> PyResult<Value> {
        let mut object = Map::new();
        for (key, value) in entries {
            let Ok(name) = key.cast::<PyString>() else {
                self.refuse(key.repr()?.to_string(), "names are texts");
                continue;
            };
            let name = name.to_cow()?;
            let end = self.path.len();
            if end > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            let value = self.read(&value)?;
            self.path.truncate(end);
            let value = match value.as_u64() {
                Some(number) if number > LARGEST_EXACT && WIDE.contains(&&*name) => number.to_string().into(),
                _ => value,
            };
            object.insert(name.into_owned(), value);
        }
        Ok(Value::Object(object))
    }

    fn items<'py>(&mut self, items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>) -> PyResult<Value> {
        let mut items = items;
        self.each(items.len(), |reader, _| match items.next() {
            Some(item) => reader.read(&item),
            None => Ok(Value::Null),
        })
    }

    fn each(&mut self, length: usize, mut read: impl FnMut(&mut Self, usize) -> PyResult<Value>) -> PyResult<Value> {
        let mut values = Vec::with_capacity(length);
        let end = self.path.len();
        for i in 0..length {
            // Writing to a String cannot fail.
            let _ = write!(self.path, "[{i}]");
            let value = read(self, i);
            self.path.truncate(end);
            values.push(value?);
        }
        Ok(Value::Array(values))
    }
}

fn date_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static DATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = DATE.get_or_try_init(py, || Ok::<_, PyErr>(py.import("datetime")?.getattr("date")?.unbind()))?;
    Ok(class.bind(py))
}

/// Writes a JSON value as plain Python objects.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(flag) => flag.into_bound_py_any(py),
        Value::Number(number) => {
            if let Some(number) = number.as_i64() {
                number.into_bound_py_any(py)
            } else if let Some(number) = number.as_u64() {
                number.into_bound_py_any(py)
            } else {
                number.as_f64().into_bound_py_any(py)
            }
        }
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(entries) => {
            let dict = PyDict::new(py);
            for (name, value) in entries {
                let wide =
                    value.as_str().filter(|_| WIDE.contains(&name.as_str())).and_then(|text| text.parse::<u64>().ok());
                match wide {
                    Some(number) => dict.set_item(name, number)?,
                    None => dict.set_item(name, to_python(py, value)?)?,
                }
            }
            Ok(dict.into_any())
        }
    }
}
