//! How many threads work takes that is not told how many. One test: the number is the process's.
#![cfg(feature = "parallel")]

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use serde_json::json;
use valor_ivx::random::Distribution;
use valor_ivx::simulation::{Control, RunOptions, Simulation};
use valor_ivx::{num_threads, set_num_threads};

/// The mean of a run, and the threads that it took.
fn run(options: &RunOptions) -> (f64, HashSet<ThreadId>) {
    let seen: Arc<Mutex<HashSet<ThreadId>>> = Arc::default();
    let note = Arc::clone(&seen);
    let result = Simulation::of_function(["x"], move |columns, outputs| {
        note.lock().unwrap().insert(std::thread::current().id());
        outputs[0].copy_from_slice(columns[0]);
        Ok(())
    })
    .input(json!({"x": 1.0}))
    .draw("x", Distribution::normal(0.0, 1.0))
    .outputs(["y"])
    .run(options, &mut Control::default())
    .unwrap();
    let threads = seen.lock().unwrap().clone();
    (result.stats("y").unwrap().mean(), threads)
}

#[test]
fn the_number_of_threads_holds_where_none_is_given_and_moves_no_bit() {
    let options = RunOptions::new(200_000, 1);
    let cores = num_threads();
    assert!(cores >= 1);
    set_num_threads(NonZeroUsize::new(1));
    assert_eq!(num_threads(), 1);
    let (mean, threads) = run(&options);
    let (own, alone) = run(&RunOptions { threads: Some(1), ..options.clone() });
    assert_eq!((mean.to_bits(), threads.len()), (own.to_bits(), alone.len()));
    set_num_threads(NonZeroUsize::new(5));
    assert_eq!(num_threads(), 5);
    assert_eq!(run(&options).0.to_bits(), mean.to_bits());
    let (own, threads) = run(&RunOptions { threads: Some(1), ..options });
    assert_eq!(own.to_bits(), mean.to_bits());
    assert_eq!(threads.len(), alone.len(), "what a run is told comes first");
    set_num_threads(None);
    assert_eq!(num_threads(), cores);
}
