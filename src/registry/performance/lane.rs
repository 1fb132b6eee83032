//! The way of a record from the thread that makes it to whoever reads: a short ring that one thread fills
//! and the holder of the series' lock empties. Filling it is a few plain stores and never waits.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

/// Threads with lanes of their own at a time; those beyond record under the lock.
pub(super) const LANES: usize = 64;

/// Records a ring holds.
pub(super) const SLOTS: usize = 64;

/// Length of a slice of time in microseconds.
pub(super) const SLICE_MICROS: i64 = 15_000_000;

/// Which numbers below [`LANES`] belong to a running thread.
static TAKEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The number of this thread, read at every record; at first that it has to ask for one.
    static NUMBER: Cell<usize> = const { Cell::new(UNASKED) };
    /// Gives the number back when the thread ends.
    static LEASE: Lease = const { Lease };
}

const UNASKED: usize = usize::MAX;
/// The thread ends.
const NONE: usize = LANES;

struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let number = NUMBER.replace(NONE);
        if number < LANES {
            TAKEN.fetch_and(!(1 << number), Ordering::Release);
        }
    }
}

/// This thread's number below [`LANES`]; none where all are taken, and while the thread ends.
#[inline]
pub(super) fn this_thread() -> Option<usize> {
    let number = NUMBER.get();
    if number < LANES { Some(number) } else { ask(number) }
}

#[cold]
fn ask(number: usize) -> Option<usize> {
    if number == NONE || LEASE.try_with(|_| ()).is_err() {
        return None;
    }
    let free = |taken: u64| (taken != u64::MAX).then(|| taken | (taken + 1));
    // What the last owner of the number stored comes before what this thread reads.
    let taken = TAKEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, free);
    let number = taken.ok().map(|taken| taken.trailing_ones() as usize);
    // Without one it asks again, since another thread may have ended.
    NUMBER.set(number.unwrap_or(UNASKED));
    number
}

/// A finished call: what there is to say of it in one word, and when it finished.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) word: u64,
    /// Microseconds since 1970.
    pub(super) micros: i64,
}

/// A ring with one writer at a time, and others behind it for when nobody could empty it.
///
/// All calls in a ring finished in one slice of time, so that a call is one word there.
pub(super) struct Lane {
    /// Records written ever; stored by the writer.
    written: AtomicUsize,
    /// Records read ever; stored by the reader.
    read: AtomicUsize,
    /// When the slice began; stored by the writer while the ring is empty.
    since: AtomicI64,
    words: [AtomicU64; SLOTS],
    next: OnceLock<Box<Lane>>,
}

/// Whether `micros` is in the slice that began at `since`.
#[inline]
pub(super) fn is_in_slice(micros: i64, since: i64) -> bool {
    // As numbers without sign, what is before the slice is far beyond it.
    micros.wrapping_sub(since).cast_unsigned() < SLICE_MICROS.unsigned_abs()
}

/// When the slice of `micros` began.
pub(super) fn slice_start(micros: i64) -> i64 {
    micros.saturating_sub(micros.rem_euclid(SLICE_MICROS))
}

impl Lane {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            written: AtomicUsize::new(0),
            read: AtomicUsize::new(0),
            since: AtomicI64::new(0),
            words: [const { AtomicU64::new(0) }; SLOTS],
            next: OnceLock::new(),
        })
    }

    #[inline]
    fn slot(&self, number: usize) -> &AtomicU64 {
        &self.words[number % SLOTS]
    }

    /// Writes `entry` if there is room and the ring holds no other slice; for the thread whose lane it is.
    #[inline]
    pub(super) fn push(&self, entry: Entry) -> bool {
        let (written, read) = (self.written.load(Ordering::Relaxed), self.read.load(Ordering::Acquire));
        if written.wrapping_sub(read) == SLOTS {
            return false;
        }
        if !is_in_slice(entry.micros, self.since.load(Ordering::Relaxed)) {
            if written != read {
                return false;
            }
            self.since.store(slice_start(entry.micros), Ordering::Relaxed);
        }
        self.slot(written).store(entry.word, Ordering::Relaxed);
        self.written.store(written.wrapping_add(1), Ordering::Release);
        true
    }

    /// Writes `entry` into the first ring behind this one that takes it, or a new one.
    pub(super) fn push_behind(&self, entry: Entry) {
        let mut lane = self;
        loop {
            lane = lane.next.get_or_init(Lane::new);
            if lane.push(entry) {
                return;
            }
        }
    }

    /// Reads what was written, with the beginning of its slice; for the holder of the lock alone.
    #[inline]
    pub(super) fn drain(&self, mut take: impl FnMut(i64, &[u64])) {
        let mut words = [0; SLOTS];
        let mut lane = Some(self);
        while let Some(ring) = lane {
            let (read, written) = (ring.read.load(Ordering::Relaxed), ring.written.load(Ordering::Acquire));
            let held = written.wrapping_sub(read);
            for (at, word) in words[..held].iter_mut().enumerate() {
                *word = ring.slot(read.wrapping_add(at)).load(Ordering::Relaxed);
            }
            if held > 0 {
                // The writer changes it only when it has seen all of these read.
                take(ring.since.load(Ordering::Relaxed), &words[..held]);
            }
            ring.read.store(written, Ordering::Release);
            lane = ring.next.get().map(|next| &**next);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex, RwLock, mpsc};

    use super::*;

    /// Held by tests that count the numbers that are free.
    static COUNTING: Mutex<()> = Mutex::new(());

    fn entry(word: u64, micros: i64) -> Entry {
        Entry { word, micros }
    }

    #[test]
    fn a_full_ring_takes_nothing_more_and_those_behind_it_do() {
        let lane = Lane::new();
        let pushed = (0..200).filter(|n| lane.push(entry(*n, 0))).count();
        assert_eq!(pushed, SLOTS);
        (0..200).for_each(|n| lane.push_behind(entry(n + 1_000, 1)));
        let mut sums = [0, 0];
        lane.drain(|_, words| words.iter().for_each(|n| sums[usize::from(*n >= 1_000)] += n % 1_000));
        assert_eq!(sums, [(0..64).sum::<u64>(), (0..200).sum::<u64>()]);
        lane.drain(|_, _| panic!("nothing is read twice"));
        assert!(lane.push(entry(0, 0)));
    }

    #[test]
    fn a_ring_holds_one_slice_of_time() {
        let lane = Lane::new();
        let (early, late) = (entry(1, SLICE_MICROS - 1), entry(2, SLICE_MICROS));
        assert!(lane.push(early) && !lane.push(late) && lane.push(entry(3, 0)));
        lane.push_behind(late);
        let mut found = Vec::new();
        lane.drain(|since, words| found.push((since, words.to_vec())));
        assert_eq!(found, [(0, vec![1, 3]), (SLICE_MICROS, vec![2])]);
        assert!(lane.push(late) && !lane.push(early));
        assert_eq!([slice_start(-1), slice_start(SLICE_MICROS + 7)], [-SLICE_MICROS, SLICE_MICROS]);
    }

    #[test]
    fn threads_that_run_together_have_numbers_of_their_own_and_give_them_back() {
        let _counting = COUNTING.lock();
        let started = Barrier::new(8);
        let number = || {
            let number = this_thread();
            started.wait();
            number
        };
        let mut numbers: Vec<usize> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(number)).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect()
        });
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 8);
        for _ in 0..1_000 {
            assert!(std::thread::spawn(this_thread).join().unwrap().is_some());
        }
    }

    #[test]
    fn a_thread_that_found_no_number_free_has_one_when_others_have_ended() {
        let _counting = COUNTING.lock();
        let (holding, waiting) = (RwLock::new(()), RwLock::new(()));
        let (held, waits) = (holding.write().unwrap(), waiting.write().unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            loop {
                let (tell, holding, waiting) = (tell.clone(), &holding, &waiting);
                threads.push(scope.spawn(move || {
                    let number = this_thread();
                    tell.send(number).unwrap();
                    drop(if number.is_some() { holding.read() } else { waiting.read() });
                    this_thread()
                }));
                if told.recv().unwrap().is_none() {
                    break;
                }
            }
            let last = threads.pop().unwrap();
            drop(held);
            for thread in threads {
                assert!(thread.join().unwrap().is_some());
            }
            drop(waits);
            assert!(last.join().unwrap().is_some());
        });
    }
}
