//! The generated modules of the Node package.

use std::fmt::Write as _;

use valor_ivx::{Error, ErrorKind};

use super::names::camel;
use super::shape::{EngineShape, FieldShape, Record, Shape};

const HEAD: &str = "// Written by `cargo xtask generate`; edit the core instead.\n";

/// `errors.js`: the error class and the codes of its kinds.
pub(crate) fn errors() -> String {
    let mut text = format!("{HEAD}\nexport const CODES = Object.freeze({{\n");
    for row in ErrorKind::TABLE {
        let _ = writeln!(text, "  {}: \"{}\",", row.name, row.node_code);
    }
    text.push_str("});\n\nexport const DETAILS = Object.freeze({\n");
    for detail in Error::DETAILS {
        let _ = writeln!(text, "  {detail}: \"{}\",", camel(detail));
    }
    text.push_str(
        "});\n\n/** A clear refusal: what is wrong, which value, what is allowed, what to do. */\n\
         export class ValorError extends Error {\n  \
         constructor(message, details = {}) {\n    \
         super(message);\n    \
         this.name = \"ValorError\";\n    \
         this.kind = details.kind ?? \"Internal\";\n    \
         this.code = CODES[this.kind] ?? CODES.Internal;\n    \
         for (const name of Object.values(DETAILS)) {\n      \
         this[name] = details[name] ?? undefined;\n    \
         }\n    \
         this.also = Object.freeze((details.also ?? []).map((other) => new ValorError(shown(other), other)));\n  \
         }\n}\n\n\
         function shown(details) {\n  \
         return `${details.field}: ${JSON.stringify(details.value)} is not allowed: ${details.constraint}`;\n}\n",
    );
    text
}

/// `errors.d.ts`.
pub(crate) fn error_types() -> String {
    let kinds: Vec<_> = ErrorKind::TABLE.iter().map(|row| format!("\"{}\"", row.name)).collect();
    let codes: Vec<_> = ErrorKind::TABLE.iter().map(|row| format!("\"{}\"", row.node_code)).collect();
    let mut text = format!(
        "{HEAD}\n/** What sort of failure a `ValorError` is. */\nexport type ErrorKind =\n  | {};\n\n\
         /** The `code` of a `ValorError`. */\nexport type ErrorCode =\n  | {};\n\n\
         /** A clear refusal: what is wrong, which value, what is allowed, what to do. */\n\
         export class ValorError extends Error {{\n  \
         constructor(message: string, details?: {{ kind?: ErrorKind; [name: string]: unknown }});\n  \
         readonly kind: ErrorKind;\n  readonly code: ErrorCode;\n",
        kinds.join("\n  | "),
        codes.join("\n  | ")
    );
    for detail in Error::DETAILS {
        let kind = match *detail {
            "value" | "limit" | "used" | "current" | "residual" | "best" | "blocked_by" | "allowed" | "offenders"
            | "problems" => "unknown",
            "iterations" => "number | undefined",
            _ => "string | undefined",
        };
        let _ = writeln!(text, "  readonly {}: {kind};", camel(detail));
    }
    text.push_str("  readonly also: readonly ValorError[];\n}\n");
    text
}

/// `engines.js`: a class an engine.
pub(crate) fn engines(engines: &[EngineShape]) -> String {
    let mut text = format!("{HEAD}\nimport {{ Engine }} from \"./engine.js\";\n");
    for engine in engines {
        let _ = write!(
            text,
            "\nexport class {0} extends Engine {{\n  static model = \"{1}\";\n}}\n",
            engine.class, engine.model
        );
    }
    text
}

/// `engines.d.ts`.
pub(crate) fn engine_types(engines: &[EngineShape]) -> String {
    let mut text = format!("{HEAD}\nimport type {{ Engine, NumberArray }} from \"./engine.js\";\n");
    for engine in engines {
        for record in engine.inputs.all() {
            interface(&mut text, record, true);
        }
        for record in engine.outputs.all() {
            interface(&mut text, record, false);
        }
        let _ = write!(
            text,
            "\n/** {0} */\nexport class {1} extends Engine<{2}, {3}> {{\n  static readonly model: \"{4}\";\n  \
             constructor(inputs: {2});\n}}\n",
            engine.about, engine.class, engine.inputs.name, engine.outputs.name, engine.model
        );
    }
    text
}

fn interface(text: &mut String, record: &Record, input: bool) {
    text.push('\n');
    if !record.about.is_empty() {
        let _ = writeln!(text, "/** {} */", comment(&record.about));
    }
    let _ = writeln!(text, "export interface {} {{", record.name);
    for field in &record.fields {
        field_line(text, field, input);
    }
    text.push_str("}\n");
}

fn field_line(text: &mut String, field: &FieldShape, input: bool) {
    if !field.about.is_empty() {
        let _ = writeln!(text, "  /** {} */", comment(&field.about));
    }
    let name = camel(&field.name);
    let kind = if name == "seed" && input {
        "number | bigint".to_owned()
    } else if name == "seed" {
        "bigint".to_owned()
    } else {
        type_of(&field.shape, input)
    };
    let _ = match (input, field.required) {
        (true, true) => writeln!(text, "  {name}: {kind};"),
        (true, false) => writeln!(text, "  {name}?: {kind} | undefined;"),
        (false, _) => writeln!(text, "  readonly {name}: {kind};"),
    };
}

fn comment(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("*/", "* /")
}

fn type_of(shape: &Shape, input: bool) -> String {
    match shape {
        Shape::Number | Shape::Integer => "number".to_owned(),
        Shape::Boolean => "boolean".to_owned(),
        Shape::Date if input => "string | Date".to_owned(),
        Shape::Text | Shape::Date => "string".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Any => "unknown".to_owned(),
        Shape::Choice(choices) => choices.iter().map(|choice| format!("{choice:?}")).collect::<Vec<_>>().join(" | "),
        Shape::List(of) if input && matches!(**of, Shape::Number | Shape::Integer) => "NumberArray".to_owned(),
        Shape::List(of) => format!("{}Array<{}>", if input { "Readonly" } else { "" }, type_of(of, input)),
        Shape::Map(of) => format!("Record<string, {}>", type_of(of, input)),
        Shape::Record(record) => record.name.clone(),
        Shape::Either(shapes) => {
            let mut kinds: Vec<String> = shapes.iter().map(|shape| type_of(shape, input)).collect();
            kinds.dedup();
            kinds.join(" | ")
        }
    }
}
