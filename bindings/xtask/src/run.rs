//! Running outside programs from the root of the project, and finding that root.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What went wrong, in one line.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask lives in bindings/xtask").to_owned()
}

/// The build folder that Rust, Python and Node share.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// A program to run, in the root of the project.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).env("CARGO_TARGET_DIR", target());
    command
}

/// `cargo` with these arguments.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a step with its output on the terminal.
pub(crate) fn step(what: &str, command: &mut Command) -> Outcome {
    println!("== {what}");
    let start = Instant::now();
    let status = command.status().map_err(|cause| format!("{what}: {} does not start: {cause}", shown(command)))?;
    if !status.success() {
        return Err(format!("{what}: {} failed ({status})", shown(command)));
    }
    println!("   {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Whether a program runs and succeeds; its output is of no interest.
pub(crate) fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// What a program prints.
pub(crate) fn output(what: &str, command: &mut Command) -> Outcome<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| format!("{what}: {} does not start: {cause}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("{what}: {} failed ({})", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{what}: the output is not text"))
}

/// Reads a text file of the project.
pub(crate) fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|cause| format!("{}: {cause}", path.display()))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
