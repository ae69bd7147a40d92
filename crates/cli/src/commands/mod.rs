//! One file per command.

mod backslash;
mod demo;
mod inspect;
mod line;
mod shell;
mod sql;

use std::future::Future;
use std::time::Duration;

use hepframe_engine::{Session, SessionOptions};
use tokio::runtime::{Builder, Runtime};

use crate::args::{Arguments, Command};
use crate::error::{CliError, Result};
use crate::interrupt::until_interrupted;

/// Runs what the command line asks for.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let threads = arguments.threads.map(usize::from);
    let runtime = start_runtime(threads)?;
    let session = Session::local_with(&SessionOptions {
        threads,
        ..SessionOptions::default()
    })?;
    let result = match arguments.command {
        Some(Command::Sql(arguments)) => block(&runtime, sql::run(&session, &arguments)),
        Some(Command::Inspect(arguments)) => block(&runtime, inspect::run(&session, &arguments)),
        Some(Command::Demo(arguments)) => block(&runtime, demo::run(&session, &arguments)),
        None => shell::run(&runtime, &session),
    };
    // Reads that nobody waits for any more must not delay the end.
    runtime.shutdown_timeout(Duration::ZERO);
    result
}

/// Runs a task on the calling thread, until Ctrl-C at the latest.
fn block<T>(runtime: &Runtime, task: impl Future<Output = Result<T>>) -> Result<T> {
    runtime.block_on(until_interrupted(task))
}

fn start_runtime(threads: Option<usize>) -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(CliError::Start)
}
