//! The Python side: an environment of its own under the build folder, and the wheel in it.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Outcome, program, root, step, target, works};

/// What building, testing and checking the package needs.
const PACKAGES: &[&str] = &[
    "maturin>=1.16,<2",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "tqdm",
    "matplotlib",
    "dask[distributed]",
    "pytest>=8",
    "prometheus_client",
    "mypy",
    "typing_extensions",
];

fn folder() -> PathBuf {
    target().join("python")
}

fn executable(name: &str) -> PathBuf {
    folder().join(if cfg!(windows) { "Scripts" } else { "bin" }).join(name)
}

/// A command of the environment's Python.
pub(crate) fn python() -> Outcome<Command> {
    let path = executable("python");
    if path.exists() { Ok(program(path)) } else { Err("no Python environment; run `cargo xtask check`".to_owned()) }
}

/// Makes the environment and installs [`PACKAGES`], unless both are there already.
pub(crate) fn environment() -> Outcome {
    let stamp = folder().join("packages");
    let wanted = PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if !executable("pip").exists() && !virtual_environment() {
        // Debian keeps `venv` in a package of its own.
        step("apt-get update", program("apt-get").args(["update", "-qq"]))?;
        step("python3-venv", program("apt-get").args(["install", "-y", "-qq", "python3-venv"]))?;
        if !virtual_environment() {
            return Err("python3 -m venv does not work; install Python 3.10 or later with venv".to_owned());
        }
    }
    let mut install = program(executable("python"));
    step("Python packages", install.args(["-m", "pip", "install", "--quiet", "--prefer-binary"]).args(PACKAGES))?;
    std::fs::write(&stamp, wanted).map_err(|cause| format!("{}: {cause}", stamp.display()))
}

fn virtual_environment() -> bool {
    ["python3", "python"].iter().any(|name| works(program(name).args(["-m", "venv", "--clear"]).arg(folder())))
}

/// Builds the wheel's library and installs the package in the environment, editable.
pub(crate) fn build() -> Outcome {
    let mut maturin = program(executable("maturin"));
    maturin.current_dir(root().join("bindings/python"));
    step(
        "Python package",
        maturin.env("VIRTUAL_ENV", folder()).args(["develop", "--release", "--locked", "--skip-install"]),
    )?;
    install_link()
}

/// Makes the environment find the package where it lies.
fn install_link() -> Outcome {
    let mut find = python()?;
    let site = crate::run::output(
        "site-packages",
        find.args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]),
    )?;
    let link = PathBuf::from(site.trim()).join("valor_ivx.pth");
    let package = root().join("bindings/python/python");
    std::fs::write(&link, format!("{}\n", package.display())).map_err(|cause| format!("{}: {cause}", link.display()))
}

/// The path of a wheel built for distribution.
pub(crate) fn wheel() -> Outcome<PathBuf> {
    let wheels = target().join("wheels");
    let mut maturin = program(executable("maturin"));
    maturin.current_dir(root().join("bindings/python")).args(["build", "--release", "--locked", "--out"]).arg(&wheels);
    step("wheel", &mut maturin)?;
    newest(&wheels)
}

fn newest(folder: &std::path::Path) -> Outcome<PathBuf> {
    let entries = std::fs::read_dir(folder).map_err(|cause| format!("{}: {cause}", folder.display()))?;
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "whl"))
        .max_by_key(|entry| entry.metadata().and_then(|data| data.modified()).ok())
        .map(|entry| entry.path())
        .ok_or_else(|| "maturin left no wheel".to_owned())
}
