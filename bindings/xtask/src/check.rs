//! `cargo xtask check`: from a bare machine with Rust, Python and Node to every test passed.

use crate::run::{Outcome, cargo, output, program, root, step};
use crate::{node, python};

/// Installs what is missing, builds both bindings, and runs all tests and the three examples.
pub(crate) fn check() -> Outcome {
    python::environment()?;
    step("Rust tests", &mut cargo(&["test", "--locked", "--features", "sqlite,report"]))?;
    python::build()?;
    step("Python tests", python::python()?.current_dir(root().join("bindings/python")).args(["-m", "pytest"]))?;
    node::install()?;
    node::build()?;
    step("Node tests", &mut node::npm(&["test", "--silent"]))?;
    quick_starts()
}

/// The same quick start in three languages prints the same digits.
fn quick_starts() -> Outcome {
    println!("== quick starts");
    let rust = output(
        "quickstart.rs",
        &mut cargo(&["run", "--quiet", "--locked", "--features", "sqlite,report", "--example", "quickstart"]),
    )?;
    let others = [
        ("quickstart.py", output("quickstart.py", python::python()?.arg("examples/quickstart.py"))?),
        ("quickstart.mjs", output("quickstart.mjs", program("node").arg("examples/quickstart.mjs"))?),
    ];
    for (name, text) in others {
        if text != rust {
            return Err(format!("examples/{name} prints\n{text}and examples/quickstart.rs\n{rust}"));
        }
    }
    print!("{rust}");
    Ok(())
}
