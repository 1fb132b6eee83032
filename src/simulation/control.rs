//! How a run is watched and stopped from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::time::Clock;

/// Asks a run to stop; clones ask the same run.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token nobody has pulled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the runs that hold this token to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Trials finished.
    pub done: u64,
    /// Trials asked for.
    pub total: u64,
    /// Seconds since the start.
    pub elapsed: f64,
    /// Standard error of the mean of the first output so far; `None` before there are two trials.
    pub standard_error: Option<f64>,
}

impl Progress {
    /// Trials a second so far; `None` before any is finished.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.done > 0 && self.elapsed > 0.0).then(|| self.done as f64 / self.elapsed)
    }

    /// Seconds that the rest takes at the rate so far; `None` before any trial is finished.
    #[must_use]
    pub fn remaining(&self) -> Option<f64> {
        self.rate().map(|rate| self.total.saturating_sub(self.done) as f64 / rate)
    }
}

/// The caller's hold on a run; none of it changes a bit of the result.
#[derive(Default)]
pub struct Control<'a> {
    /// Stops the run within a block of trials per thread.
    pub cancel: Option<&'a CancelToken>,
    /// Called on the calling thread, at most every 50 ms.
    pub progress: Option<&'a mut dyn FnMut(&Progress)>,
    /// Where durations come from; the machine's clock when absent.
    pub clock: Option<&'a dyn Clock>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_remains_follows_from_the_rate_so_far() {
        let at = |done, elapsed| Progress { done, total: 4_000, elapsed, standard_error: None };
        assert_eq!((at(1_000, 2.0).rate(), at(1_000, 2.0).remaining()), (Some(500.0), Some(6.0)));
        assert_eq!(at(4_000, 2.0).remaining(), Some(0.0));
        // Nothing is foretold from nothing.
        assert_eq!((at(0, 2.0).rate(), at(0, 2.0).remaining(), at(1_000, 0.0).rate()), (None, None, None));
    }
}
