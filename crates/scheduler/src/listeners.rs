//! Executors on the line: each keeps a connection open on which it hears of work.
//!
//! If the connection breaks and the executor does not come back, it is lost: nobody waits for a
//! process that was killed as long as for one that is only silent. While the line is open, no other
//! executor may come under its name.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::serde::protobuf::ExecutorStoppedParams;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpc;
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tonic::Request;

use crate::Ballista;
use crate::roster::{LiveExecutor, Roster, home_name};

/// How long an executor has to come back whose connection broke, or to open one at its start.
const GRACE: Duration = Duration::from_secs(3);

/// All who listen.
pub(crate) struct Listeners {
    ballista: Ballista,
    roster: Arc<Roster>,
    /// Open lines of each executor: a new one may be there before the old one is seen to be broken.
    lines: Mutex<HashMap<String, usize>>,
}

impl Listeners {
    pub(crate) fn new(ballista: Ballista, roster: Arc<Roster>) -> Self {
        Self {
            ballista,
            roster,
            lines: Mutex::default(),
        }
    }

    /// Notes that an executor listens, until the line is dropped.
    pub(crate) fn listen(self: &Arc<Self>, executor_id: String) -> Line {
        *self.lines.lock().entry(executor_id.clone()).or_default() += 1;
        Line {
            executor_id,
            listeners: Arc::clone(self),
        }
    }

    /// Another executor that is alive and has the name of this one, which is new here.
    pub(crate) fn rival(&self, executor_id: &str) -> Option<LiveExecutor> {
        if self.roster.is_alive(executor_id) {
            return None;
        }
        self.roster.alive().into_iter().find(|other| {
            home_name(&other.id) == home_name(executor_id)
                && (self.listens(&other.id) || other.alive_for < GRACE)
        })
    }

    fn listens(&self, executor_id: &str) -> bool {
        self.lines.lock().contains_key(executor_id)
    }

    /// Declares an executor lost that has not come back.
    async fn after_break(&self, executor_id: String) {
        tokio::time::sleep(GRACE).await;
        let silence = self.roster.silence(&executor_id);
        if self.listens(&executor_id) || silence.is_none_or(|silence| silence < GRACE) {
            return;
        }
        tracing::warn!(
            executor = executor_id,
            "its connection broke; giving out its tasks again"
        );
        let request = Request::new(ExecutorStoppedParams {
            executor_id,
            reason: "its connection broke and it did not come back".to_owned(),
        });
        if let Err(status) = self.ballista.executor_stopped(request).await {
            tracing::error!(%status, "an executor could not be declared lost");
        }
    }
}

/// An executor's open connection.
pub(crate) struct Line {
    executor_id: String,
    listeners: Arc<Listeners>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut lines = self.listeners.lines.lock();
        if let Some(open) = lines.get_mut(&self.executor_id) {
            *open -= 1;
            if *open > 0 {
                return;
            }
        }
        lines.remove(&self.executor_id);
        drop(lines);
        // Without a runtime the scheduler itself is gone.
        if let Ok(runtime) = Handle::try_current() {
            let (listeners, id) = (Arc::clone(&self.listeners), self.executor_id.clone());
            drop(runtime.spawn(async move { listeners.after_break(id).await }));
        }
    }
}
