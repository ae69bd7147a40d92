//! Ctrl-C ends what is running, cleanly: files half written are removed.

use std::future::Future;

use crate::error::{CliError, Result};

/// Runs a task until it ends or Ctrl-C comes; then the task is dropped, which cancels its query.
pub(crate) async fn until_interrupted<T>(task: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        result = task => result,
        // If Ctrl-C cannot be watched it keeps its usual meaning, to end the process.
        Ok(()) = tokio::signal::ctrl_c() => Err(CliError::Interrupted),
    }
}
