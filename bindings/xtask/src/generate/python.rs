//! The generated modules of the Python package.

use std::fmt::Write as _;

use valor_ivx::{Error, ErrorKind};

use super::shape::{EngineShape, FieldShape, Record, Shape};

const HEAD: &str = "# Written by `cargo xtask generate`; edit the core instead.\n";

/// `errors.py`: a class a kind, from the error table.
pub(crate) fn errors() -> String {
    let mut text = format!(
        "{HEAD}\"\"\"The package's exceptions: one class a kind of failure, all of them `ValorError`.\"\"\"\n\n\
         from __future__ import annotations\n\n\
         from typing import Any\n\n\
         __all__ = [\n    \"ValorError\",\n"
    );
    for row in ErrorKind::TABLE {
        let _ = writeln!(text, "    \"{}\",", row.python_class);
    }
    text.push_str("]\n\n_DETAILS = (\n");
    for detail in Error::DETAILS {
        let _ = writeln!(text, "    \"{detail}\",");
    }
    text.push_str(")\n\n\n");
    text.push_str(
        "class ValorError(Exception):\n    \"\"\"A clear refusal: what is wrong, which value, what is allowed, what to do.\n\n    \
         Details that do not apply are `None`; `also` holds the other problems of the same input.\n    \"\"\"\n\n    \
         kind: str\n",
    );
    for detail in Error::DETAILS {
        let kind = match *detail {
            "iterations" | "limit" | "used" | "current" | "value" | "residual" | "best" | "blocked_by" | "allowed"
            | "offenders" | "problems" => "Any",
            _ => "str | None",
        };
        let _ = writeln!(text, "    {detail}: {kind}");
    }
    text.push_str(
        "    also: tuple[ValorError, ...]\n\n    \
         def __init__(self, message: str = \"\", details: dict[str, Any] | None = None) -> None:\n        \
         Exception.__init__(self, message)\n        \
         self._message = message\n        \
         self._details = dict(details or {})\n        \
         self.kind = self._details.get(\"kind\", _KINDS.get(type(self), \"Internal\"))\n        \
         for name in _DETAILS:\n            \
         setattr(self, name, self._details.get(name))\n        \
         self.also = tuple(_from_native(_shown(other), other) for other in self._details.get(\"also\", ()))\n\n    \
         def to_dict(self) -> dict[str, Any]:\n        \
         \"\"\"The JSON form of the error.\"\"\"\n        \
         return {\"kind\": self.kind, **self._details}\n\n    \
         def __str__(self) -> str:\n        \
         return self._message\n\n    \
         def __reduce__(self) -> tuple[Any, ...]:\n        \
         return (type(self), (self._message, self._details))\n\n",
    );
    for row in ErrorKind::TABLE {
        let bases = row.python_base.map_or_else(|| "ValorError".to_owned(), |base| format!("ValorError, {base}"));
        let _ = write!(text, "\nclass {}({bases}):\n    \"\"\"{}.\"\"\"\n\n", row.python_class, about(row.kind));
    }
    text.push_str("\n_CLASSES: dict[str, type[ValorError]] = {\n");
    for row in ErrorKind::TABLE {
        let _ = writeln!(text, "    \"{}\": {},", row.name, row.python_class);
    }
    text.push_str(
        "}\n_KINDS: dict[type, str] = {made: kind for kind, made in _CLASSES.items()}\n\n\n\
         def _shown(details: dict[str, Any]) -> str:\n    \
         return f\"{details.get('field', '')}: {details.get('value')!r} is not allowed: {details.get('constraint', '')}\"\n\n\n\
         def _from_native(message: str, details: dict[str, Any]) -> ValorError:\n    \
         return _CLASSES.get(details[\"kind\"], ValorError)(message, details)\n",
    );
    text
}

fn about(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidInput => "One field, or a pair of fields, violates its stated domain",
        ErrorKind::Undefined => "Each input is legal but the quantity does not exist",
        ErrorKind::NoConvergence => "An iteration stopped above its tolerance",
        ErrorKind::NotFound => "The thing named does not exist, or the caller may not know that it does",
        ErrorKind::Conflict => "The state of the thing named forbids the change",
        ErrorKind::Unauthenticated => "Nobody has been identified",
        ErrorKind::Denied => "The caller is known and may not do this",
        ErrorKind::LimitExceeded => "A plan, quota or rate does not allow it",
        ErrorKind::Cancelled => "The caller asked to stop",
        ErrorKind::Unavailable => "Something outside is not there at the moment",
        _ => "A fault of the library or of a model",
    }
}

/// `engines.py`: a class an engine, and one for each object of its outputs.
pub(crate) fn engines(engines: &[EngineShape]) -> String {
    let mut text = format!(
        "{HEAD}\"\"\"One class an engine: keyword arguments are its inputs, `.value()` its outputs as attributes.\"\"\"\n\n\
         from __future__ import annotations\n\n\
         from typing import TYPE_CHECKING, Any, ClassVar, Literal\n\n\
         from ._record import Engine, Record\n\n\
         if TYPE_CHECKING:\n    \
         from collections.abc import Mapping, Sequence\n\n    \
         from typing_extensions import Required, TypedDict\n\n    \
         from ._types import Date, Number, Numbers\n\n\
         __all__ = [\n"
    );
    for engine in engines {
        let _ = writeln!(text, "    \"{}\",\n    \"{}\",", engine.class, engine.outputs.name);
    }
    text.push_str("]\n");
    for engine in engines {
        typed_dicts(&mut text, &engine.inputs);
        for record in engine.outputs.all() {
            result_class(&mut text, record);
        }
        engine_class(&mut text, engine);
    }
    text
}

fn typed_dicts(text: &mut String, inputs: &Record) {
    let nested: Vec<&Record> = inputs.fields.iter().flat_map(|field| field.shape.records()).collect();
    if nested.is_empty() {
        return;
    }
    text.push_str("\n\nif TYPE_CHECKING:\n");
    for (i, record) in nested.iter().enumerate() {
        if i > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "    class {}(TypedDict, total=False):", record.name);
        let _ = writeln!(text, "        \"\"\"{}\"\"\"\n", docs(record));
        for field in &record.fields {
            let kind = input_type(&field.shape);
            let kind = if field.required { format!("Required[{kind}]") } else { optional(&kind) };
            let _ = writeln!(text, "        {}: {kind}", field.name);
        }
    }
}

fn docs(record: &Record) -> String {
    sentence(&record.about, &record.name)
}

fn sentence(about: &str, name: &str) -> String {
    let about = about.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "\\\\").replace('"', "'");
    match about.as_str() {
        "" => format!("Fields of {name}."),
        about if about.ends_with('.') => about.to_owned(),
        about => format!("{about}."),
    }
}

fn result_class(text: &mut String, record: &Record) {
    let _ = write!(text, "\n\nclass {}(Record):\n    \"\"\"{}", record.name, docs(record));
    described(text, "    ", &record.fields);
    text.push_str("\"\"\"\n\n    __slots__ = ()\n");
    classes(text, record, "_shapes", |shape| matches!(shape, Shape::Record(_) | Shape::List(_)));
    classes(text, record, "_maps", |shape| matches!(shape, Shape::Map(_)));
    if !record.fields.is_empty() {
        text.push_str("\n    if TYPE_CHECKING:\n");
    }
    for field in &record.fields {
        let _ = writeln!(
            text,
            "\n        @property\n        def {}(self) -> {}: ...",
            field.name,
            output_type(&field.shape)
        );
    }
}

/// The classes of the fields that hold records in this way.
fn classes(text: &mut String, record: &Record, name: &str, way: fn(&Shape) -> bool) {
    let inner = |field: &FieldShape| {
        let holder = match &field.shape {
            Shape::Either(shapes) => shapes.iter().find(|shape| !shape.records().is_empty())?,
            shape => shape,
        };
        let class = holder.records().last()?.name.clone();
        way(holder).then(|| format!("        \"{}\": {class},\n", field.name))
    };
    let lines: String = record.fields.iter().filter_map(inner).collect();
    if !lines.is_empty() {
        let _ = write!(text, "    {name}: ClassVar[Mapping[str, type[Record]]] = {{\n{lines}    }}\n");
    }
}

fn described(text: &mut String, indent: &str, fields: &[FieldShape]) {
    if fields.iter().all(|field| field.about.is_empty()) {
        return;
    }
    text.push('\n');
    for field in fields.iter().filter(|field| !field.about.is_empty()) {
        let about = field.about.replace('\\', "\\\\").replace('"', "'");
        let _ = write!(text, "\n{indent}- `{}`: {about}", field.name);
    }
    let _ = write!(text, "\n{indent}");
}

fn engine_class(text: &mut String, engine: &EngineShape) {
    let _ = write!(text, "\n\nclass {}(Engine):\n    \"\"\"{}", engine.class, sentence(&engine.about, &engine.class));
    described(text, "    ", &engine.inputs.fields);
    let _ = write!(text, "\"\"\"\n\n    __slots__ = ()\n    model = \"{}\"\n", engine.model);
    let _ = writeln!(text, "    _result: ClassVar[type[Record]] = {}\n", engine.outputs.name);
    text.push_str("    if TYPE_CHECKING:\n\n        def __init__(\n            self,\n");
    if !engine.inputs.fields.is_empty() {
        text.push_str("            *,\n");
    }
    let (required, others): (Vec<_>, Vec<_>) = engine.inputs.fields.iter().partition(|field| field.required);
    for field in required {
        let _ = writeln!(text, "            {}: {},", field.name, input_type(&field.shape));
    }
    for field in others {
        let _ = writeln!(text, "            {}: {} = None,", field.name, optional(&input_type(&field.shape)));
    }
    let _ = writeln!(
        text,
        "        ) -> None: ...\n\n        def value(self) -> {}:\n            \"\"\"The outputs for these inputs.\"\"\"\n            ...",
        engine.outputs.name
    );
}

fn optional(kind: &str) -> String {
    if kind == "Any" || kind.split(" | ").any(|part| part == "None") {
        kind.to_owned()
    } else {
        format!("{kind} | None")
    }
}

fn input_type(shape: &Shape) -> String {
    match shape {
        Shape::Number => "Number".to_owned(),
        Shape::Integer => "int".to_owned(),
        Shape::Date => "Date".to_owned(),
        Shape::List(of) if matches!(**of, Shape::Number | Shape::Integer) => "Numbers".to_owned(),
        Shape::List(of) => format!("Sequence[{}]", input_type(of)),
        Shape::Map(of) => format!("Mapping[str, {}]", input_type(of)),
        other => common_type(other, input_type),
    }
}

fn output_type(shape: &Shape) -> String {
    match shape {
        Shape::Number => "float".to_owned(),
        Shape::Integer => "int".to_owned(),
        Shape::Date => "str".to_owned(),
        Shape::List(of) => format!("list[{}]", output_type(of)),
        Shape::Map(of) => format!("dict[str, {}]", output_type(of)),
        other => common_type(other, output_type),
    }
}

fn common_type(shape: &Shape, inner: fn(&Shape) -> String) -> String {
    match shape {
        Shape::Boolean => "bool".to_owned(),
        Shape::Text => "str".to_owned(),
        Shape::Null => "None".to_owned(),
        Shape::Choice(choices) => {
            format!("Literal[{}]", choices.iter().map(|choice| format!("{choice:?}")).collect::<Vec<_>>().join(", "))
        }
        Shape::Record(record) => record.name.clone(),
        Shape::Either(shapes) => {
            let mut kinds: Vec<String> = shapes.iter().map(inner).collect();
            kinds.dedup();
            kinds.join(" | ")
        }
        _ => "Any".to_owned(),
    }
}
