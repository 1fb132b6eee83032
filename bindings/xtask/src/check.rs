//! `cargo xtask check`: from a bare machine with Rust, Python and Node to every test passed.

use crate::run::{Outcome, cargo, output, program, root, step};
use crate::{node, python};

/// Installs what is missing, builds both bindings, and runs all tests and the examples.
pub(crate) fn check() -> Outcome {
    python::environment()?;
    step("Rust tests", &mut cargo(&["test", "--locked", "--features", "sqlite,postgres,report"]))?;
    python::build()?;
    step("Python tests", python::python()?.current_dir(root().join("bindings/python")).args(["-m", "pytest"]))?;
    node::install()?;
    node::build()?;
    step("Node tests", &mut node::npm(&["test", "--silent"]))?;
    examples()
}

/// An example that is there in several languages prints the same digits in each.
fn examples() -> Outcome {
    for (name, others) in [("quickstart", &["py", "mjs"][..]), ("shards", &["mjs"][..])] {
        println!("== example {name}");
        let rust = output(
            name,
            &mut cargo(&["run", "--quiet", "--locked", "--features", "sqlite,report", "--example", name]),
        )?;
        for language in others {
            let file = format!("examples/{name}.{language}");
            let mut run = if *language == "py" { python::python()? } else { program("node") };
            let text = output(&file, run.arg(&file))?;
            if text != rust {
                return Err(format!("{file} prints\n{text}and examples/{name}.rs\n{rust}"));
            }
        }
        print!("{rust}");
    }
    Ok(())
}
