//! Rows over threads: many rows of independent work, in parts that any thread takes in turn.
//!
//! Where a row is worked on cannot be told from its result, so neither can the number of threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::error::Error;

/// What [`set_num_threads`] was told last; 0 for all cores.
static DEFAULT: AtomicUsize = AtomicUsize::new(0);

/// Cores of the machine that the process may use. Asking reads files, which takes longer than a small valuation.
static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));

/// Sets how many threads work takes that is not told how many; `None` for as many as the machine has cores,
/// as it is at first.
///
/// It holds for the whole process, work that is under way excepted, and never changes a bit of a result.
pub fn set_num_threads(threads: Option<NonZeroUsize>) {
    DEFAULT.store(threads.map_or(0, NonZeroUsize::get), Ordering::Relaxed);
}

/// How many threads work takes that is not told how many; one without the feature `parallel`.
#[must_use]
pub fn num_threads() -> usize {
    threads(None)
}

/// The threads to use: those asked for, or those of [`set_num_threads`]; one without the feature
/// `parallel`.
pub(crate) fn threads(asked: Option<usize>) -> usize {
    if !cfg!(feature = "parallel") {
        return 1;
    }
    let default = || match DEFAULT.load(Ordering::Relaxed) {
        0 => *CORES,
        threads => threads,
    };
    asked.unwrap_or_else(default).max(1)
}

/// Runs `work` over `rows` in parts of `part` rows, given the number of a part's first row; the
/// answers are in the order of the parts.
pub(crate) fn in_parts<T: Send, R: Send>(
    rows: &mut [T],
    part: usize,
    threads: usize,
    work: impl Fn(usize, &mut [T]) -> R + Sync,
) -> Result<Vec<R>, Error> {
    let parts = rows.len().div_ceil(part);
    if threads.min(parts) <= 1 {
        return Ok(rows.chunks_mut(part).enumerate().map(|(i, rows)| work(i * part, rows)).collect());
    }
    let waiting = Mutex::new(rows.chunks_mut(part).enumerate());
    // The lock is held while the next part is taken and no longer.
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let worker = || {
        let mut answers = Vec::new();
        while let Some((i, rows)) = next() {
            answers.push((i, work(i * part, rows)));
        }
        answers
    };
    let finished: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(parts)).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let mut answers = Vec::with_capacity(parts);
    for part in finished {
        answers.extend(part.map_err(|_| Error::internal("model_internal", "a model panicked"))?);
    }
    answers.sort_unstable_by_key(|(i, _)| *i);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_order_on_any_number_of_threads() {
        for threads in 1..5 {
            let mut rows = vec![0; 103];
            let starts = in_parts(&mut rows, 10, threads, |start, rows| {
                for (i, row) in rows.iter_mut().enumerate() {
                    *row = start + i;
                }
                start
            });
            assert_eq!(starts.unwrap(), (0..11).map(|i| i * 10).collect::<Vec<_>>());
            assert_eq!(rows, (0..103).collect::<Vec<_>>());
        }
        assert!(in_parts(&mut [0; 0], 10, 2, |_, _| ()).unwrap().is_empty());
    }
}
