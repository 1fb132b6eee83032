//! The run: blocks are taken in order by any number of threads, and what they leave is folded so
//! that neither the number of threads nor their pace can be told from the result.

use std::collections::BTreeMap;
use std::slice::ChunksMut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::block::{Finished, Plan, Undefined, Workspace};
use super::control::{CancelToken, Control, Progress};
use super::result::Stopped;
use crate::error::Error;
use crate::model::Fault;
use crate::random::BLOCK;
use crate::statistics::Nodes;
use crate::time::{Clock, SystemClock};

/// Nanoseconds between two calls of progress.
const PROGRESS_EVERY: u64 = 50_000_000;

/// The trials to run and when to stop.
pub(super) struct Span {
    /// First trial; a multiple of [`BLOCK`].
    pub(super) first: u64,
    pub(super) count: usize,
    pub(super) threads: usize,
    pub(super) time_budget: Option<f64>,
    /// Whether a trial without a value ends the run.
    pub(super) fail: bool,
}

/// What a run found.
pub(super) struct Ran {
    /// Finished trials, counted from the first.
    pub(super) trials: u64,
    /// A column an output; NaN where a trial has no value.
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) moments: Vec<Nodes>,
    pub(super) pairs: Vec<Nodes>,
    pub(super) undefined: BTreeMap<Fault, (u64, u64)>,
    pub(super) stopped: Stopped,
    pub(super) elapsed: f64,
}

/// A block to run: its number within the span and its part of each column.
struct Job<'c> {
    index: u64,
    columns: Vec<&'c mut [f64]>,
}

struct State<'c> {
    /// The parts of the columns nobody has taken yet, an iterator an output.
    waiting: Vec<ChunksMut<'c, f64>>,
    taken: u64,
    trials: u64,
    moments: Vec<Nodes>,
    pairs: Vec<Nodes>,
    undefined: BTreeMap<Fault, (u64, u64)>,
    stopped: Stopped,
    error: Option<Error>,
}

struct Shared<'c, 'a> {
    plan: &'a Plan<'a>,
    span: &'a Span,
    cancel: Option<&'a CancelToken>,
    clock: &'a dyn Clock,
    start: u64,
    state: Mutex<State<'c>>,
}

impl<'c> Shared<'c, '_> {
    fn lock(&self) -> MutexGuard<'_, State<'c>> {
        // A thread that panics ends the run by its own panic; what it left is not read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn elapsed_nanos(&self) -> u64 {
        self.clock.monotonic_nanos().saturating_sub(self.start)
    }

    /// The next block, unless the run is to stop. Blocks are given out in order and each one given
    /// out is finished, so the finished ones are always a prefix.
    fn take(&self) -> Option<Job<'c>> {
        let cancelled = self.cancel.is_some_and(CancelToken::is_cancelled);
        let late = self.span.time_budget.is_some_and(|budget| seconds(self.elapsed_nanos()) >= budget);
        let mut state = self.lock();
        if state.stopped != Stopped::Complete || state.error.is_some() {
            return None;
        }
        let index = state.taken;
        let job = Job { index, columns: state.waiting.iter_mut().map_while(Iterator::next).collect() };
        if job.columns.is_empty() {
            return None;
        }
        if cancelled || late {
            state.stopped = if cancelled { Stopped::Cancelled } else { Stopped::TimeBudget };
            return None;
        }
        state.taken += 1;
        Some(job)
    }

    fn finish(&self, index: u64, length: usize, finished: Finished) {
        let block = self.span.first / BLOCK as u64 + index;
        let mut state = self.lock();
        let state = &mut *state;
        state.trials += length as u64;
        for (nodes, moments) in state.moments.iter_mut().zip(finished.moments) {
            nodes.add(block, moments);
        }
        for (nodes, moments) in state.pairs.iter_mut().zip(finished.pairs) {
            nodes.add(block, moments);
        }
        for Undefined { reason, count, first_trial } in finished.undefined {
            let known = state.undefined.entry(reason).or_insert((0, first_trial));
            *known = (known.0 + count, known.1.min(first_trial));
        }
        if self.span.fail && !state.undefined.is_empty() {
            // Blocks before this one have all been given out, so the first such trial is found.
            state.waiting.clear();
        }
    }

    /// Runs blocks until none is left; `after` is called after each.
    fn work(&self, mut after: impl FnMut()) {
        let mut workspace = Workspace::new(self.plan);
        while let Some(mut job) = self.take() {
            let first = self.span.first + job.index * BLOCK as u64;
            let length = job.columns.first().map_or(0, |column| column.len());
            match workspace.run(self.plan, first, &mut job.columns) {
                Ok(finished) => self.finish(job.index, length, finished),
                Err(error) => {
                    self.lock().error.get_or_insert(error);
                }
            }
            after();
        }
    }
}

/// Runs the trials of `span`.
pub(super) fn run(plan: &Plan<'_>, span: &Span, control: &mut Control<'_>) -> Result<Ran, Error> {
    let outputs = plan.prepared.outputs().len();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for _ in 0..outputs {
        // Asked for first, since an allocation that fails would end the process.
        let mut asked: Vec<f64> = Vec::new();
        asked.try_reserve_exact(span.count).map_err(|_| {
            Error::limit_exceeded("out_of_memory", "memory for the values of all trials")
                .with("limit", "8 bytes for each trial and output")
                .with_hint("run fewer trials, fewer outputs, or shards")
        })?;
        drop(asked);
        columns.push(vec![0.0; span.count]);
    }
    let machine = SystemClock::new();
    let clock = control.clock.unwrap_or(&machine);
    let shared = Shared {
        plan,
        span,
        cancel: control.cancel,
        clock,
        start: clock.monotonic_nanos(),
        state: Mutex::new(State {
            waiting: columns.iter_mut().map(|column| column.chunks_mut(BLOCK)).collect(),
            taken: 0,
            trials: 0,
            moments: vec![Nodes::default(); outputs],
            pairs: vec![Nodes::default(); if plan.antithetic { outputs } else { 0 }],
            undefined: BTreeMap::new(),
            stopped: Stopped::Complete,
            error: None,
        }),
    };
    let mut told = shared.start;
    let tell = || {
        let Some(progress) = &mut control.progress else { return };
        let now = shared.clock.monotonic_nanos();
        if now.saturating_sub(told) < PROGRESS_EVERY {
            return;
        }
        told = now;
        let (done, nodes) = {
            let state = shared.lock();
            let nodes = if plan.antithetic { &state.pairs } else { &state.moments };
            (state.trials, nodes.first().map(Nodes::total))
        };
        progress(&Progress {
            done,
            total: span.count as u64,
            elapsed: seconds(shared.elapsed_nanos()),
            standard_error: nodes.and_then(|moments| moments.standard_error()),
        });
    };
    let helpers = if cfg!(feature = "parallel") { span.threads.min(span.count.div_ceil(BLOCK)) - 1 } else { 0 };
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|| shared.work(|| ()));
        }
        shared.work(tell);
    });
    let elapsed = seconds(shared.elapsed_nanos());
    let State { trials, moments, pairs, undefined, stopped, error, .. } =
        shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = error {
        return Err(error);
    }
    if span.fail
        && let Some((fault, (_, trial))) = undefined.iter().min_by_key(|(_, (_, first))| *first)
    {
        return Err(Error::undefined("trial", format!("trial {trial}: {} {}", fault.kind.row().name, fault.what))
            .with("value", *trial)
            .with_hint("on_undefined: \"discard\" counts such trials and leaves them out"));
    }
    if trials == 0 {
        return Err(match stopped {
            Stopped::Cancelled => Error::cancelled("simulation"),
            _ => Error::undefined("simulation", "no block finished"),
        });
    }
    for column in &mut columns {
        column.truncate(usize::try_from(trials).unwrap_or(usize::MAX));
    }
    // A stop that came when everything had been given out changed nothing.
    let stopped = if trials == span.count as u64 { Stopped::Complete } else { stopped };
    Ok(Ran { trials, columns, moments, pairs, undefined, stopped, elapsed })
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 * 1e-9
}
