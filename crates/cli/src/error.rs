//! Why a command ended early, and the exit code for it.

use std::io;
use std::path::PathBuf;

use hepframe_engine::EngineError;

pub(crate) type Result<T, E = CliError> = std::result::Result<T, E>;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The query or its files.
    #[error(transparent)]
    Engine(#[from] EngineError),

    /// A file with SQL.
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },

    /// The demo's file.
    #[error("cannot write {}: {source}", path.display())]
    Demo {
        path: PathBuf,
        source: hepframe_root_write::WriteError,
    },

    /// Standard output or the terminal.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),

    /// Rows that the chosen format cannot show.
    #[error("cannot show the rows: {0}")]
    Show(arrow::error::ArrowError),

    /// The line editor.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] rustyline::error::ReadlineError),

    /// Threads could not be started.
    #[error("cannot start: {0}")]
    Start(io::Error),

    /// A port is taken, or an address is not this machine's.
    #[error("cannot listen on {address}: {source}; choose another with --port or --bind")]
    Listen { address: String, source: io::Error },

    /// An option of a service.
    #[error("{text}")]
    Option { text: String },

    /// An executor that cannot start or ended.
    #[error(transparent)]
    Executor(#[from] hepframe_executor::ExecutorError),

    /// A scheduler that cannot start or ended.
    #[error("{}", with_causes(.0))]
    Scheduler(#[from] hepframe_scheduler::SchedulerError),

    /// A process of a cluster that ended before queries could run.
    #[error("the cluster's {name} ended at its start ({status}); its log says why")]
    Child { name: String, status: String },

    /// Nothing to do.
    #[error("no SQL given; write it as an argument, in a file with -f, or to standard input")]
    NoSql,

    /// `-o` without a query.
    #[error("nothing was saved to {}: no statement is a query", path.display())]
    NothingToSave { path: PathBuf },

    /// The reader of our output went away, as `head` does; not a failure.
    #[error("the reader of the output has gone")]
    ReaderGone,

    /// Ctrl-C. A stuck query computes on for a while, on threads that cannot be stopped.
    #[error("interrupted")]
    Interrupted { stuck: bool },
}

impl CliError {
    /// 0 fine, 1 the query failed, 2 the command line is wrong, 130 interrupted.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::ReaderGone => 0,
            Self::NoSql | Self::Option { .. } => 2,
            Self::Interrupted { .. } => 130,
            Self::Engine(_)
            | Self::Read { .. }
            | Self::Demo { .. }
            | Self::Output(_)
            | Self::Show(_)
            | Self::Terminal(_)
            | Self::Start(_)
            | Self::Listen { .. }
            | Self::Executor(_)
            | Self::Scheduler(_)
            | Self::Child { .. }
            | Self::NothingToSave { .. } => 1,
        }
    }
}

/// An error and its causes in one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_causes(cause)),
        None => error.to_string(),
    }
}
