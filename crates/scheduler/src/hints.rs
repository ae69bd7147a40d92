//! Tells executors that there may be work, so that none waits for its next turn to ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;

/// Hints that an executor may miss before it only hears that it missed some.
const BACKLOG: usize = 16;

/// A bell that all executors listen to.
#[derive(Debug, Clone)]
pub(crate) struct Hints {
    bell: broadcast::Sender<()>,
    is_set: Arc<AtomicBool>,
}

impl Hints {
    pub(crate) fn new() -> Self {
        Self {
            bell: broadcast::Sender::new(BACKLOG),
            is_set: Arc::default(),
        }
    }

    /// There is work.
    pub(crate) fn ring(&self) {
        // An error only says that nobody listens.
        self.bell.send(()).ok();
    }

    /// There will be work for others: it was held back for an executor that did not come.
    /// One alarm at a time is enough, whoever comes will be told of the rest.
    pub(crate) fn ring_in(&self, wait: Duration) {
        if self.is_set.swap(true, Ordering::AcqRel) {
            return;
        }
        let hints = self.clone();
        drop(tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            hints.is_set.store(false, Ordering::Release);
            hints.ring();
        }));
    }

    /// Listens from here on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<()> {
        self.bell.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_two_alarms_the_first_rings() {
        let hints = Hints::new();
        let mut listener = hints.listen();

        hints.ring_in(Duration::from_millis(1));
        hints.ring_in(Duration::from_secs(100));

        listener.recv().await.unwrap();
        assert!(listener.try_recv().is_err());
    }
}
