//! Why an executor cannot start or ended.
#![expect(missing_docs, reason = "the message of a variant explains its fields")]

use std::io;
use std::path::PathBuf;

use datafusion::error::DataFusionError;

/// Why an executor cannot start or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorError {
    #[error("{name} is {value}, but {why}")]
    BadOption {
        name: &'static str,
        value: String,
        why: String,
    },

    #[error(
        "the work directory {} cannot be used: {source}; choose another on a local disk",
        path.display()
    )]
    WorkDir { path: PathBuf, source: io::Error },

    #[error("cannot start threads for tasks: {0}")]
    Threads(io::Error),

    #[error("cannot tell the address of the listener: {0}")]
    Listener(io::Error),

    #[error("cannot prepare queries: {0}")]
    Setup(#[from] DataFusionError),

    #[error("the server ended: {0}")]
    Server(String),

    #[error("the executor's own work stopped: {0}")]
    Crashed(String),
}
