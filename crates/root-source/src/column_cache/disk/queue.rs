//! Chunks on their way to the disk: many may offer, one writes, nobody waits to offer.
//!
//! The queue holds no chunk alive. One that the memory gave up before its turn is left out, so a
//! slow disk costs neither time nor memory.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Weak;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::column_cache::Chunk;

/// Chunks that wait at most; some MB of names.
const MOST_WAITING: usize = 64 << 10;

/// A chunk to write.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) chunk: Weak<Chunk>,
    pub(super) entries: Range<u64>,
    /// How often the cache had been cleared when it was offered.
    pub(super) clears: u64,
}

/// Chunks to write, in the order they were offered.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// The writer has taken a job and not said that it is done.
    is_busy: bool,
    is_closed: bool,
}

impl Queue {
    /// False if there is no room.
    pub(super) fn offer(&self, job: Job) -> bool {
        let mut state = self.state.lock();
        if state.is_closed || state.jobs.len() >= MOST_WAITING {
            return false;
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_all();
        true
    }

    /// The next job, when there is one; the last one is done then. `None` once closed.
    pub(super) fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        state.is_busy = false;
        self.changed.notify_all();
        self.changed.wait_while(&mut state, |state| {
            state.jobs.is_empty() && !state.is_closed
        });
        let job = state.jobs.pop_front();
        state.is_busy = job.is_some();
        job
    }

    /// Drops what waits; the writer ends after what it has in hand.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closed = true;
        state.jobs.clear();
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until nothing waits and nothing is being written, or so long; true if all is done.
    pub(super) fn wait_until_empty(&self, limit: Duration) -> bool {
        let mut state = self.state.lock();
        let is_working = |state: &mut State| state.is_busy || !state.jobs.is_empty();
        match Instant::now().checked_add(limit) {
            Some(end) => {
                self.changed.wait_while_until(&mut state, is_working, end);
            }
            None => self.changed.wait_while(&mut state, is_working),
        }
        !is_working(&mut state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(start: u64) -> Job {
        Job {
            chunk: Weak::new(),
            entries: start..start + 1,
            clears: 0,
        }
    }

    #[test]
    fn what_is_offered_comes_in_order_until_the_end() {
        let queue = Queue::default();
        assert!(queue.offer(job(1)) && queue.offer(job(2)));

        let starts = [queue.next(), queue.next()].map(|job| job.unwrap().entries.start);
        queue.close();

        assert_eq!(starts, [1, 2]);
        assert!(queue.next().is_none() && !queue.offer(job(3)));
    }

    #[test]
    fn nobody_waits_for_room() {
        let queue = Queue::default();

        let taken = (0..2 * MOST_WAITING as u64).filter(|&start| queue.offer(job(start)));

        assert_eq!(taken.count(), MOST_WAITING);
    }

    #[test]
    fn it_is_empty_when_the_last_job_is_done_not_when_it_is_taken() {
        let queue = Queue::default();
        queue.offer(job(1));
        let taken = queue.next();

        assert!(taken.is_some() && !queue.wait_until_empty(Duration::ZERO));
        queue.close();
        queue.next();
        assert!(queue.wait_until_empty(Duration::ZERO));
    }
}
