//! Files generated from the core: the error classes from the error table, and from the models'
//! schemas one class an engine in Python and Node with its types, and the run that all languages repeat
//! bit for bit. A new engine needs nothing here.

mod golden;
mod names;
mod node;
mod python;
mod shape;

use std::path::PathBuf;

use serde_json::Value;

use crate::run::{Outcome, root};
use shape::EngineShape;

/// A generated file: its path from the root of the project, and its text.
pub(crate) struct Generated {
    path: &'static str,
    text: String,
}

fn is_study(schema: &Value) -> bool {
    let of_scenarios = schema["name"].as_str().is_some_and(|name| name.starts_with("scenarios_"));
    of_scenarios || schema["inputs"]["properties"].get("model").is_some()
}

fn files() -> Outcome<Vec<Generated>> {
    let engines = valor_ivx::models()
        .map(|spec| valor_ivx::schema(spec.name).map_err(|error| error.to_string()))
        .collect::<Outcome<Vec<_>>>()?
        .into_iter()
        // A study, such as a grid or a comparison of scenarios, is a function of the packages and no class.
        .filter(|schema| !is_study(schema))
        .map(EngineShape::read)
        .collect::<Outcome<Vec<_>>>()?;
    Ok(vec![
        Generated { path: "tests/golden/simulation.json", text: golden::simulation()? },
        Generated { path: "bindings/python/python/valor_ivx/errors.py", text: python::errors() },
        Generated { path: "bindings/python/python/valor_ivx/engines.py", text: python::engines(&engines) },
        Generated { path: "bindings/node/lib/errors.js", text: node::errors() },
        Generated { path: "bindings/node/lib/errors.d.ts", text: node::error_types() },
        Generated { path: "bindings/node/lib/engines.js", text: node::engines(&engines) },
        Generated { path: "bindings/node/lib/engines.d.ts", text: node::engine_types(&engines) },
    ])
}

fn place(file: &Generated) -> PathBuf {
    root().join(file.path)
}

/// Writes every generated file.
pub(crate) fn write() -> Outcome {
    for file in files()? {
        std::fs::write(place(&file), &file.text).map_err(|cause| format!("{}: {cause}", file.path))?;
        println!("{}", file.path);
    }
    Ok(())
}

/// Fails when a committed file is not what would be generated.
pub(crate) fn verify() -> Outcome {
    println!("== generated files are fresh");
    for file in files()? {
        let committed = std::fs::read_to_string(place(&file)).unwrap_or_default();
        if committed != file.text {
            return Err(format!("{} is stale; run `cargo xtask generate` and commit", file.path));
        }
    }
    Ok(())
}
