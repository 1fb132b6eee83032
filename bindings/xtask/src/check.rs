//! `cargo xtask check`: from a bare machine with Rust, Python and Node to every test passed.

use crate::run::{Outcome, cargo, root, step};
use crate::{node, python};

/// Installs what is missing, builds both bindings, and runs all tests and the three examples.
pub(crate) fn check() -> Outcome {
    python::environment()?;
    step("Rust tests", &mut cargo(&["test", "--locked", "--features", "sqlite,report"]))?;
    python::build()?;
    step("Python tests", python::python()?.current_dir(root().join("bindings/python")).args(["-m", "pytest"]))?;
    node::install()?;
    node::build()?;
    step("Node tests", &mut node::npm(&["test", "--silent"]))
}
