//! Runs of simulations, as several tests need them.
#![allow(dead_code, reason = "no test needs all of it")]

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use valor_ivx::random::Distribution;
use valor_ivx::simulation::{CancelToken, Control, RunOptions, Simulation, SimulationResult};

/// What the run gives.
pub(crate) fn run(simulation: &Simulation, options: &RunOptions) -> SimulationResult {
    simulation.run(options, &mut Control::default()).unwrap()
}

/// All that must not depend on how the work was divided.
pub(crate) fn settled(result: &SimulationResult) -> Value {
    let mut json = result.to_json();
    json["elapsed"] = Value::Null;
    json
}

/// A simulation of the function that gives back its one input, a standard normal draw.
pub(crate) fn identity(at_each_call: impl Fn() + Send + Sync + 'static) -> Simulation {
    Simulation::of_function(["x"], move |columns, outputs| {
        at_each_call();
        outputs[0].copy_from_slice(columns[0]);
        Ok(())
    })
    .input(json!({"x": 1.0}))
    .draw("x", Distribution::normal(0.0, 1.0))
    .outputs(["y"])
}

/// A run of [`identity`] that is cancelled in its fifth block, after the base case.
pub(crate) fn cancelled_midway(options: &RunOptions) -> SimulationResult {
    let token = CancelToken::new();
    let (pull, calls) = (token.clone(), AtomicU32::new(0));
    let simulation = identity(move || {
        if calls.fetch_add(1, Ordering::SeqCst) == 5 {
            pull.cancel();
        }
    });
    simulation.run(options, &mut Control { cancel: Some(&token), ..Control::default() }).unwrap()
}
