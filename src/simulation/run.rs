//! The run: blocks are taken in order by any number of threads, and what they leave is folded in that
//! order, so that neither the number of threads nor their pace can be told from the result.

use std::collections::BTreeMap;
use std::slice::ChunksMut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::block::{Finished, Plan, Undefined, Workspace};
use super::control::{CancelToken, Control, Progress};
use super::indices::{Design, IndexSums};
use super::replicates::Replicates;
use super::result::Stopped;
use super::tally::{Tallies, Tally};
use super::target::Decisions;
use crate::error::Error;
use crate::model::Fault;
use crate::random::BLOCK;
use crate::statistics::Nodes;
use crate::time::{Clock, SystemClock};
use crate::zeros::zeros;

/// Nanoseconds between two calls of progress.
const PROGRESS_EVERY: u64 = 50_000_000;

/// What takes the memory of a run, and how to need less.
const VALUES: &str = "the values of all trials";
const FEWER: &str = "statistics.quantile_mode: \"sketch\" needs none; or run fewer trials, fewer outputs, or shards";

/// The trials to run and when to stop.
pub(super) struct Span<'a> {
    /// First trial; a multiple of [`BLOCK`].
    pub(super) first: u64,
    pub(super) count: u64,
    pub(super) threads: usize,
    pub(super) time_budget: Option<f64>,
    /// Whether a trial without a value ends the run.
    pub(super) fail: bool,
    /// The precision to stop at; only for a span that starts at trial 0.
    pub(super) decisions: Option<Decisions>,
    /// Whether the values of all trials are kept.
    pub(super) hold_values: bool,
    /// What is counted of the values, nothing yet, an entry an output; empty when nothing is.
    pub(super) tallies: &'a [Tally],
}

impl Span<'_> {
    fn blocks(&self) -> u64 {
        self.count.div_ceil(BLOCK as u64)
    }
}

/// What a run found.
pub(super) struct Ran {
    /// Finished trials, counted from the first.
    pub(super) trials: u64,
    /// A column an output when values are kept; NaN where a trial has no value.
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) tallies: Vec<Tally>,
    pub(super) moments: Vec<Nodes>,
    pub(super) pairs: Vec<Nodes>,
    pub(super) replicates: Vec<Replicates>,
    pub(super) indices: Nodes<IndexSums>,
    pub(super) undefined: BTreeMap<Fault, (u64, u64)>,
    pub(super) stopped: Stopped,
    pub(super) elapsed: f64,
}

/// A block to run: its number within the span and its part of each column that is kept.
struct Job<'c> {
    index: u64,
    length: usize,
    columns: Vec<&'c mut [f64]>,
}

/// A block that has been run.
struct Done {
    length: usize,
    found: Result<Finished, Error>,
}

struct State<'c> {
    /// The parts of the columns nobody has taken yet, an iterator an output.
    waiting: Vec<ChunksMut<'c, f64>>,
    taken: u64,
    /// Whether a finished block ends the run once those before it have been folded.
    doomed: bool,
    /// Finished blocks behind one that is not.
    pending: BTreeMap<u64, Done>,
    /// Blocks folded, always the first ones; what follows is about them.
    folded: u64,
    /// Blocks sure to be part of the run.
    needed: u64,
    trials: u64,
    moments: Vec<Nodes>,
    pairs: Vec<Nodes>,
    replicates: Vec<Replicates>,
    indices: Nodes<IndexSums>,
    undefined: BTreeMap<Fault, (u64, u64)>,
    stopped: Stopped,
    error: Option<Error>,
    /// What threads that are done have counted.
    tallies: Tallies,
}

impl State<'_> {
    /// Folds the finished blocks that no unfinished one precedes.
    fn fold(&mut self, plan: &Plan<'_>, span: &Span<'_>) {
        while self.error.is_none()
            && self.stopped != Stopped::TargetReached
            && let Some(done) = self.pending.remove(&self.folded)
        {
            match done.found {
                Ok(finished) => self.fold_one(span, done.length, finished),
                Err(error) => self.error = Some(error),
            }
            if let Some(decisions) = &span.decisions {
                self.decide(plan, decisions);
            }
        }
    }

    fn fold_one(&mut self, span: &Span<'_>, length: usize, finished: Finished) {
        let block = span.first / BLOCK as u64 + self.folded;
        self.folded += 1;
        self.trials += length as u64;
        for (nodes, moments) in self.moments.iter_mut().zip(finished.moments) {
            nodes.add(block, moments);
        }
        for (nodes, moments) in self.pairs.iter_mut().zip(finished.pairs) {
            nodes.add(block, moments);
        }
        for (replicates, parts) in self.replicates.iter_mut().zip(finished.replicates) {
            replicates.add(block, parts);
        }
        for Undefined { reason, count, first_trial } in finished.undefined {
            let known = self.undefined.entry(reason).or_insert((0, first_trial));
            *known = (known.0 + count, known.1.min(first_trial));
        }
        if span.fail {
            let first = self.undefined.iter().min_by_key(|(_, (_, first))| *first);
            self.error = first.map(|(fault, (_, trial))| without_value("", *trial, fault));
        }
        let Some(design) = finished.design else { return };
        self.indices.add(block, design.sums);
        if let Some((trial, fault)) = design.undefined.filter(|_| span.fail) {
            self.error.get_or_insert_with(|| without_value(" with draws exchanged for its indices", trial, &fault));
        }
    }

    fn decide(&mut self, plan: &Plan<'_>, decisions: &Decisions) {
        let total = self.moments[decisions.output].total();
        let spread = if plan.antithetic { self.pairs[decisions.output].total() } else { total };
        if decisions.reached(self.folded, total.mean, &spread) {
            self.stopped = Stopped::TargetReached;
        } else {
            self.needed = decisions.needed(self.folded);
        }
    }
}

fn without_value(how: &str, trial: u64, fault: &Fault) -> Error {
    Error::undefined("trial", format!("trial {trial}{how}: {} {}", fault.kind.row().name, fault.what))
        .with("value", trial)
        .with_hint("on_undefined: \"discard\" counts such trials and leaves them out")
}

struct Shared<'c, 'a> {
    plan: &'a Plan<'a>,
    span: &'a Span<'a>,
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
    /// out is finished, so the finished ones end up as a prefix.
    fn take(&self) -> Option<Job<'c>> {
        let cancelled = self.cancel.is_some_and(CancelToken::is_cancelled);
        let late = self.span.time_budget.is_some_and(|budget| seconds(self.elapsed_nanos()) >= budget);
        let mut state = self.lock();
        let index = state.taken;
        if state.doomed || state.stopped != Stopped::Complete || index == self.span.blocks() {
            return None;
        }
        if cancelled || late {
            state.stopped = if cancelled { Stopped::Cancelled } else { Stopped::TimeBudget };
            return None;
        }
        state.taken += 1;
        let rest = self.span.count - index * BLOCK as u64;
        let length = usize::try_from(rest).map_or(BLOCK, |rest| rest.min(BLOCK));
        Some(Job { index, length, columns: state.waiting.iter_mut().filter_map(Iterator::next).collect() })
    }

    /// Takes note of a finished block; the answer is how many blocks are sure to be part of the run.
    fn finish(&self, index: u64, done: Done) -> u64 {
        let ends = |finished: &Finished| {
            let missing = !finished.undefined.is_empty() || finished.design.as_ref().is_some_and(Design::lacks_any);
            self.span.fail && missing
        };
        let mut state = self.lock();
        // Blocks before this one have all been given out, so the first that ends the run is found.
        state.doomed |= done.found.as_ref().map_or(true, ends);
        state.pending.insert(index, done);
        state.fold(self.plan, self.span);
        state.needed
    }

    /// Runs blocks until none is left; `after` is called after each.
    fn work(&self, mut after: impl FnMut()) {
        let mut workspace = Workspace::new(self.plan);
        let mut tallies = Tallies::new(self.span.tallies);
        while let Some(mut job) = self.take() {
            let first = self.span.first + job.index * BLOCK as u64;
            let found = workspace.run(self.plan, first, job.length, &mut job.columns);
            let needed = self.finish(job.index, Done { length: job.length, found });
            tallies.take(job.index, workspace.outputs(), job.length, needed);
            after();
        }
        self.lock().tallies.absorb(tallies);
    }
}

/// Runs the trials of `span`.
pub(super) fn run(plan: &Plan<'_>, span: &Span<'_>, control: &mut Control<'_>) -> Result<Ran, Error> {
    let outputs = plan.prepared.outputs().len();
    let held = if span.hold_values { outputs } else { 0 };
    let mut columns =
        (0..held).map(|_| zeros(usize::try_from(span.count).ok(), VALUES, FEWER)).collect::<Result<Vec<_>, _>>()?;
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
            doomed: false,
            pending: BTreeMap::new(),
            folded: 0,
            needed: span.decisions.as_ref().map_or(u64::MAX, |decisions| decisions.needed(0)),
            trials: 0,
            moments: vec![Nodes::default(); outputs],
            pairs: vec![Nodes::default(); if plan.antithetic { outputs } else { 0 }],
            replicates: vec![Replicates::default(); if plan.replicate.is_some() { outputs } else { 0 }],
            indices: Nodes::default(),
            undefined: BTreeMap::new(),
            stopped: Stopped::Complete,
            error: None,
            tallies: Tallies::new(span.tallies),
        }),
    };
    let told_output = span.decisions.map_or(0, |decisions| decisions.output);
    let mut told = shared.start;
    let tell = || {
        let Some(progress) = &mut control.progress else { return };
        let now = shared.clock.monotonic_nanos();
        if now.saturating_sub(told) < PROGRESS_EVERY {
            return;
        }
        told = now;
        let (done, spread) = {
            let state = shared.lock();
            let finished = span.first..span.first + state.trials;
            let of_replicates = plan.replicate.zip(state.replicates.get(told_output));
            let spread = match of_replicates {
                Some((size, replicates)) => Some(replicates.means(size, finished)),
                None if plan.antithetic => state.pairs.get(told_output).map(Nodes::total),
                None => state.moments.get(told_output).map(Nodes::total),
            };
            (state.trials, spread)
        };
        progress(&Progress {
            done,
            total: span.count,
            elapsed: seconds(shared.elapsed_nanos()),
            standard_error: spread.and_then(|moments| moments.standard_error()),
        });
    };
    let useful = usize::try_from(span.blocks()).unwrap_or(usize::MAX);
    let helpers = span.threads.min(useful) - 1;
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|| shared.work(|| ()));
        }
        shared.work(tell);
    });
    let elapsed = seconds(shared.elapsed_nanos());
    let State { trials, folded, moments, pairs, replicates, indices, undefined, stopped, error, mut tallies, .. } =
        shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = error {
        return Err(error);
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
    tallies.settle(folded);
    let stopped = match stopped {
        Stopped::TargetReached => stopped,
        // A stop that came when everything had been given out changed nothing.
        _ if trials == span.count && span.decisions.is_some() => Stopped::MaxTrials,
        _ if trials == span.count => Stopped::Complete,
        _ => stopped,
    };
    let tallies = tallies.into_outputs();
    Ok(Ran { trials, columns, tallies, moments, pairs, replicates, indices, undefined, stopped, elapsed })
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 * 1e-9
}
