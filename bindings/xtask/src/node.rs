//! The Node side: packages from the lock file, and the addon beside the JavaScript that loads it.

use std::process::Command;

use crate::run::{Outcome, program, root, step};

/// `npm` in the package.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut npm = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(root().join("bindings/node")).args(arguments);
    npm
}

/// Installs the packages of the lock file, unless they are there already.
pub(crate) fn install() -> Outcome {
    let package = root().join("bindings/node");
    let lock =
        std::fs::read(package.join("package-lock.json")).map_err(|cause| format!("package-lock.json: {cause}"))?;
    let stamp = package.join("node_modules/.installed-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step("Node packages", &mut npm(&["ci", "--no-fund", "--no-audit"]))?;
    std::fs::write(&stamp, lock).map_err(|cause| format!("{}: {cause}", stamp.display()))
}

/// Builds the addon.
pub(crate) fn build() -> Outcome {
    step("Node addon", &mut npm(&["run", "build", "--silent"]))
}
