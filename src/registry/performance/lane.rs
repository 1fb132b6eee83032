//! The way of a record from the thread that makes it to whoever reads: a short ring that one thread fills
//! and the holder of the series' lock empties. Filling it is a few plain stores and never waits.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Threads with lanes of their own at a time; those beyond record under the lock.
pub(super) const LANES: usize = 64;

/// Records a ring holds.
const SLOTS: u64 = 64;

/// Which numbers below [`LANES`] belong to a running thread.
static TAKEN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static NUMBER: Number = Number::take();
}

/// A thread's number while it runs; none where all are taken.
struct Number(Option<usize>);

impl Number {
    fn take() -> Self {
        let free = |taken: u64| (taken != u64::MAX).then(|| taken | (taken + 1));
        // What the last owner of the number stored comes before what this thread reads.
        let taken = TAKEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, free);
        Self(taken.ok().map(|taken| taken.trailing_ones() as usize))
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            TAKEN.fetch_and(!(1 << number), Ordering::Release);
        }
    }
}

/// This thread's number; none where all are taken, and while the thread ends.
pub(super) fn this_thread() -> Option<usize> {
    NUMBER.try_with(|number| number.0).ok().flatten()
}

/// A finished call in two words.
#[derive(Clone, Copy)]
pub(super) struct Entry(pub(super) [u64; 2]);

/// A ring with one writer at a time, and others behind it for when nobody could empty it.
pub(super) struct Lane {
    /// Records written ever; stored by the writer.
    written: AtomicU64,
    /// Records read ever; stored by the reader.
    read: AtomicU64,
    slots: [[AtomicU64; 2]; SLOTS as usize],
    next: OnceLock<Box<Lane>>,
}

impl Lane {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            slots: [const { [const { AtomicU64::new(0) }; 2] }; SLOTS as usize],
            next: OnceLock::new(),
        })
    }

    fn slot(&self, number: u64) -> &[AtomicU64; 2] {
        #[expect(clippy::cast_possible_truncation, reason = "below the number of slots")]
        &self.slots[(number % SLOTS) as usize]
    }

    /// Writes `entry` if there is room; for the thread whose lane it is.
    #[inline]
    pub(super) fn push(&self, Entry([one, two]): Entry) -> bool {
        let written = self.written.load(Ordering::Relaxed);
        if written - self.read.load(Ordering::Acquire) == SLOTS {
            return false;
        }
        let slot = self.slot(written);
        slot[0].store(one, Ordering::Relaxed);
        slot[1].store(two, Ordering::Relaxed);
        self.written.store(written + 1, Ordering::Release);
        true
    }

    /// Writes `entry` into the first ring behind this one that has room, or a new one.
    pub(super) fn push_behind(&self, entry: Entry) {
        let mut lane = self;
        loop {
            lane = lane.next.get_or_init(Lane::new);
            if lane.push(entry) {
                return;
            }
        }
    }

    /// Reads what was written; for the holder of the lock alone.
    pub(super) fn drain(&self, mut take: impl FnMut(Entry)) {
        let mut lane = Some(self);
        while let Some(ring) = lane {
            let (read, written) = (ring.read.load(Ordering::Relaxed), ring.written.load(Ordering::Acquire));
            for number in read..written {
                let slot = ring.slot(number);
                take(Entry([slot[0].load(Ordering::Relaxed), slot[1].load(Ordering::Relaxed)]));
            }
            ring.read.store(written, Ordering::Release);
            lane = ring.next.get().map(|next| &**next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_takes_nothing_more_and_those_behind_it_do() {
        let lane = Lane::new();
        let pushed = (0..200).filter(|n| lane.push(Entry([*n, 0]))).count();
        assert_eq!(pushed as u64, SLOTS);
        (0..200).for_each(|n| lane.push_behind(Entry([n, 1])));
        let mut sums = [0, 0];
        lane.drain(|Entry([n, behind])| sums[usize::from(behind == 1)] += n);
        assert_eq!(sums, [(0..SLOTS).sum::<u64>(), (0..200).sum::<u64>()]);
        lane.drain(|_| panic!("nothing is read twice"));
        assert!(lane.push(Entry([0, 0])));
    }

    #[test]
    fn threads_that_run_together_have_numbers_of_their_own_and_give_them_back() {
        let started = std::sync::Barrier::new(8);
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
}
