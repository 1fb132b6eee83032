//! One simulation over several processes, by nothing but JSON: `cargo run --example shards`
//!
//! The program starts itself once for each shard. A worker reads a task from its standard input, the input
//! of the model `simulate` with `first_trial` and `trial_count`, and writes the answer's `summary`; any queue
//! could carry both. What the summaries merge to has the bits of the run in one piece.
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use std::io::{Read, Write, stdin, stdout};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use valor_ivx::simulation::{RunOptions, SimulationResult};
use valor_ivx::{Error, evaluate};

const SHARDS: u64 = 4;
const TRIALS: u64 = 200_000;
const WORKER: &str = "worker";

fn main() -> Result<(), Error> {
    if std::env::args().nth(1).as_deref() == Some(WORKER) { work() } else { lead() }
}

/// The simulation that all shards are parts of.
fn simulation() -> Value {
    json!({
        "model": "npv",
        "input": {"rate": 0.1, "cashflows": [-100.0, 40.0, 50.0, 45.0]},
        "draws": [
            {"path": "rate", "distribution": {"type": "normal", "mean": 0.1, "sd": 0.01}},
            {"path": "cashflows[3]", "distribution": {"type": "triangular", "low": 30.0, "mode": 45.0, "high": 70.0}},
        ],
        "trials": TRIALS,
        "seed": 7,
    })
}

/// Values the task on the standard input.
fn work() -> Result<(), Error> {
    let mut task = String::new();
    stdin().read_to_string(&mut task).map_err(|cause| failed("no task", cause))?;
    let task: Value = serde_json::from_str(&task).map_err(|cause| failed("the task is no JSON", cause))?;
    let answer = evaluate("simulate", task)?;
    let summary = answer["summary"].as_str().unwrap_or_default();
    stdout().write_all(summary.as_bytes()).map_err(|cause| failed("no answer", cause))
}

/// Spreads the shards over processes, merges what they answer, and compares.
fn lead() -> Result<(), Error> {
    let workers = (0..SHARDS).map(start).collect::<Result<Vec<_>, Error>>()?;
    let summaries = workers.into_iter().map(answer).collect::<Result<Vec<_>, Error>>()?;
    let merged = SimulationResult::merge_summaries(&summaries)?;
    let whole = evaluate("simulate", simulation())?;
    let stats = merged.stats("npv")?;
    let bits = |number: &Value| number.as_f64().map(f64::to_bits);
    assert_eq!(Some(stats.mean().to_bits()), bits(&whole["outputs"]["npv"]["mean"]));
    assert_eq!(merged.to_json()["outputs"], whole["outputs"]);
    println!("{} trials over {SHARDS} processes, {}", merged.trials(), merged.stopped().name());
    println!("mean               {:.6}", stats.mean());
    println!("the bits of the run in one piece");
    Ok(())
}

/// A worker with its task.
fn start(shard: u64) -> Result<Child, Error> {
    let part = RunOptions::new(TRIALS, 7).shard(shard, SHARDS)?;
    let mut task = simulation();
    task["first_trial"] = part.first_trial.into();
    task["trial_count"] = part.trial_count.into();
    let program = std::env::current_exe().map_err(|cause| failed("this program is not found", cause))?;
    let mut worker = Command::new(program)
        .arg(WORKER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|cause| failed("no worker", cause))?;
    if let Some(mut input) = worker.stdin.take() {
        input.write_all(task.to_string().as_bytes()).map_err(|cause| failed("no task", cause))?;
    }
    Ok(worker)
}

/// The summary that a worker writes.
fn answer(worker: Child) -> Result<String, Error> {
    let output = worker.wait_with_output().map_err(|cause| failed("no answer", cause))?;
    if !output.status.success() {
        return Err(Error::unavailable("worker_failed", output.status.to_string()));
    }
    String::from_utf8(output.stdout).map_err(|cause| failed("the answer is no text", cause))
}

fn failed(what: &str, cause: impl std::fmt::Display) -> Error {
    Error::unavailable("worker_failed", format!("{what}: {cause}"))
}
