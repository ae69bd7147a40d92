//! Whether an executor still takes tasks, and whether the scheduler answers it.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// Where an executor is on its way from start to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Takes tasks.
    Serving,
    /// Takes no more tasks, finishes those it has, serves their results.
    Draining,
    /// Ends at once.
    Stopping,
}

/// What all parts of an executor know of each other.
#[derive(Debug)]
pub(crate) struct Condition {
    phase: watch::Sender<Phase>,
    scheduler_answers: AtomicBool,
}

impl Condition {
    pub(crate) fn new() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Serving),
            scheduler_answers: AtomicBool::new(false),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Goes on to this phase; never back.
    pub(crate) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = to > *phase;
            *phase = to.max(*phase);
            later
        });
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Waits until this phase or a later one.
    pub(crate) async fn reached(&self, phase: Phase) {
        let mut changes = self.watch();
        // The sender lives as long as `self`.
        let _ended = changes.wait_for(|current| *current >= phase).await.is_err();
    }

    /// Notes whether the scheduler answered; gives what was true before.
    pub(crate) fn heard(&self, answers: bool) -> bool {
        self.scheduler_answers.swap(answers, Ordering::Relaxed)
    }

    pub(crate) fn scheduler_answers(&self) -> bool {
        self.scheduler_answers.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_only_go_forward() {
        let condition = Condition::new();

        condition.advance(Phase::Stopping);
        condition.advance(Phase::Draining);

        assert_eq!(condition.phase(), Phase::Stopping);
    }
}
