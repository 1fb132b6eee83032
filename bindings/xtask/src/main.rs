//! The project's own commands: `cargo xtask check`, `cargo xtask gates`, `cargo xtask generate`.
//!
//! Start at the command's file. Each step is an outside program run by [`run`]; the first that fails
//! ends the command with its output on the terminal.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod check;
mod gates;
mod generate;
mod node;
mod python;
mod run;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask check      install what the tests need, then run the Rust, Python and Node tests and the examples
cargo xtask gates      formatting, lints, docs, generated files, types, versions, sizes
cargo xtask generate   write the files generated from the models' schemas and the error table";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let outcome = match command.as_str() {
        "check" => check::check(),
        "gates" => gates::gates(),
        "generate" => generate::write(),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => {
            println!("xtask {command}: all good");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("xtask {command}: {problem}");
            ExitCode::FAILURE
        }
    }
}
