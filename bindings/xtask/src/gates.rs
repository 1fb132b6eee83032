//! `cargo xtask gates`: what must hold before a change is merged, besides the tests.

use std::path::Path;

use serde_json::Value;

use crate::run::{Outcome, cargo, output, read, root, step};
use crate::{generate, node, python};

/// What the wheel, which is compressed, may grow to, in bytes.
const LARGEST_WHEEL: u64 = 5 << 20;

/// What the addon, which is not, may grow to; an npm package of it is less than half of that.
const LARGEST_ADDON: u64 = 12 << 20;

/// Runs every gate, the quick ones first.
pub(crate) fn gates() -> Outcome {
    versions()?;
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    generate::verify()?;
    step(
        "lints",
        &mut cargo(&["clippy", "--locked", "--workspace", "--all-features", "--all-targets", "--", "-D", "warnings"]),
    )?;
    step(
        "docs",
        cargo(&["doc", "--locked", "--no-deps", "--features", "sqlite,postgres,report"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    step(
        "core without a C compiler",
        cargo(&["build", "--locked", "--package", "valor-ivx", "--no-default-features"])
            .env("CC", "/bin/false")
            .env("CARGO_TARGET_DIR", crate::run::target().join("bare")),
    )?;
    python::environment()?;
    python::build()?;
    python_types()?;
    node::install()?;
    node::build()?;
    step("napi output is fresh", &mut git(&["diff", "--exit-code", "--stat", "--", "bindings/node"]))?;
    step("TypeScript user", &mut node::npm(&["run", "types", "--silent"]))?;
    sizes()
}

fn git(arguments: &[&str]) -> std::process::Command {
    let mut git = crate::run::program("git");
    git.args(arguments);
    git
}

fn python_types() -> Outcome {
    let package = root().join("bindings/python");
    step("mypy", python::python()?.current_dir(&package).args(["-m", "mypy"]))?;
    step("stubtest", python::python()?.current_dir(&package).args(["-m", "mypy.stubtest", "valor_ivx._native"]))
}

/// One version number for the crate, the wheel and the npm package.
fn versions() -> Outcome {
    println!("== one version");
    let metadata = output("cargo metadata", &mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|cause| cause.to_string())?;
    let core = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "valor-ivx")
        .and_then(|package| package["version"].as_str())
        .ok_or("the workspace has no package valor-ivx")?;
    let project = read(&root().join("bindings/python/pyproject.toml"))?;
    let wheel =
        project.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"')).unwrap_or_default();
    let package = read(&root().join("bindings/node/package.json"))?;
    let package: Value = serde_json::from_str(&package).map_err(|cause| format!("package.json: {cause}"))?;
    for (place, version) in
        [("pyproject.toml", wheel), ("package.json", package["version"].as_str().unwrap_or_default())]
    {
        if version != core {
            return Err(format!("{place} says version {version:?}, the workspace {core:?}"));
        }
    }
    Ok(())
}

fn sizes() -> Outcome {
    let wheel = python::wheel()?;
    small(&wheel, LARGEST_WHEEL)?;
    let folder = root().join("bindings/node");
    let addons = std::fs::read_dir(&folder).map_err(|cause| cause.to_string())?;
    for addon in addons.filter_map(Result::ok).map(|entry| entry.path()) {
        if addon.extension().is_some_and(|extension| extension == "node") {
            small(&addon, LARGEST_ADDON)?;
        }
    }
    Ok(())
}

fn small(file: &Path, largest: u64) -> Outcome {
    let size = std::fs::metadata(file).map_err(|cause| format!("{}: {cause}", file.display()))?.len();
    println!("   {}: {:.2} MB", file.display(), size as f64 / 1e6);
    if size < largest { Ok(()) } else { Err(format!("{} is not smaller than {} MiB", file.display(), largest >> 20)) }
}
