//! Ctrl-C ends what is running, even while a query keeps every thread busy.
//!
//! A worker of tokio cannot look at signals or clocks while it computes a batch, and a join of
//! big tables computes for long. So these have a thread of their own.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use crate::error::{CliError, Result};
use crate::progress;

/// How long a cancelled task may take to remove its half-written file.
const FAREWELL: Duration = Duration::from_millis(500);

/// The runtime for signals, clocks and drawing; `None` if the machine has no thread left for it.
pub(crate) fn attendant() -> Option<&'static Handle> {
    static ATTENDANT: OnceLock<Option<Runtime>> = OnceLock::new();
    ATTENDANT
        .get_or_init(|| {
            Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .ok()
        })
        .as_ref()
        .map(Runtime::handle)
}

/// Runs a task on the runtime until it ends or Ctrl-C comes; then its query is cancelled.
pub(crate) fn run_until_interrupted<T: Send + 'static>(
    runtime: &Runtime,
    task: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let mut task = AbortOnDrop(runtime.spawn(task));
    let mut signal =
        attendant().map(|attendant| AbortOnDrop(attendant.spawn(tokio::signal::ctrl_c())));
    let pressed = async {
        let seen = match &mut signal {
            Some(signal) => matches!((&mut signal.0).await, Ok(Ok(()))),
            None => false,
        };
        if !seen {
            // Ctrl-C that cannot be watched keeps its usual meaning, to end the process.
            std::future::pending::<()>().await;
        }
    };
    let ended = runtime.block_on(async {
        tokio::select! {
            biased;
            result = &mut task.0 => Some(result),
            () = pressed => None,
        }
    });
    match ended {
        Some(Ok(result)) => result,
        Some(Err(failure)) => Err(CliError::Start(failure.into())),
        None => {
            task.0.abort();
            progress::hide();
            Err(CliError::Interrupted {
                stuck: !has_ended(task),
            })
        }
    }
}

/// Waits a moment for a cancelled task, on the thread whose clock always runs.
fn has_ended(mut task: AbortOnDrop<impl Send + 'static>) -> bool {
    let Some(attendant) = attendant() else {
        return false;
    };
    let waiting =
        attendant.spawn(async move { tokio::time::timeout(FAREWELL, &mut task.0).await.is_ok() });
    attendant.block_on(waiting).unwrap_or(false)
}

/// A task that ends with its owner.
struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
