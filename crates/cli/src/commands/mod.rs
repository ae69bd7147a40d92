//! One file per command.

mod backslash;
mod cluster;
mod demo;
mod ended;
mod executor;
mod inspect;
mod line;
mod quotes;
mod scheduler;
mod shell;
mod sql;

use std::time::Duration;

use hepframe_engine::{ColumnCache, DiskOptions, STACK_BYTES, Session, SessionOptions};
use tokio::runtime::{Builder, Runtime};

use crate::args::{Arguments, Command, QueryCommand, ServiceCommand};
use crate::error::{CliError, Result};
use crate::interrupt::run_until_interrupted;
use crate::output;
use crate::service::footprint;

/// Longest wait at the end for columns that are on their way to the disk; shorter than what
/// `hepframe cluster` gives its processes.
const DISK_FAREWELL: Duration = Duration::from_secs(3);

/// Runs what the command line asks for.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    match arguments.command.take() {
        Some(Command::Service(ServiceCommand::Cluster(options))) => cluster::run(&options),
        Some(Command::Service(ServiceCommand::Scheduler(options))) => scheduler::run(&options),
        Some(Command::Service(ServiceCommand::Executor(options))) => executor::run(*options),
        Some(Command::Query(command)) => run_queries(arguments, Some(command)),
        None => run_queries(arguments, None),
    }
}

/// Runs what needs a session; without a command, the shell.
fn run_queries(arguments: Arguments, command: Option<QueryCommand>) -> Result<()> {
    if let (Some(cache_bytes), None) = (arguments.cache_bytes, &arguments.cluster) {
        footprint::suit(cache_bytes);
    }
    let threads = arguments.threads.map(usize::from);
    let runtime = start_runtime(threads)?;
    let options = SessionOptions {
        threads,
        cache_bytes: arguments.cache_bytes,
        cache_disk: arguments.cache_disk.map(|dir| DiskOptions {
            dir,
            bytes: arguments.cache_disk_bytes,
        }),
        user: arguments.user.or_else(login_name),
        ..SessionOptions::default()
    };
    let session = match arguments.cluster {
        Some(url) => connect(&runtime, url, options)?,
        None => Session::local_with(&options)?,
    };
    let columns = session.caches().and_then(|caches| caches.columns);
    let result = match command {
        Some(QueryCommand::Sql(arguments)) => {
            run_until_interrupted(&runtime, sql::run(session, arguments))
        }
        Some(QueryCommand::Inspect(arguments)) => {
            run_until_interrupted(&runtime, inspect::run(session, arguments))
        }
        Some(QueryCommand::Demo(arguments)) => {
            run_until_interrupted(&runtime, demo::run(session, arguments))
        }
        None => {
            shell::run(runtime, session, threads)?;
            finish_writing(columns.as_deref());
            return Ok(());
        }
    };
    if result.is_ok() {
        finish_writing(columns.as_deref());
    }
    // Work that nobody waits for any more must not delay the end.
    runtime.shutdown_background();
    result
}

/// Lets columns that are on their way to the disk arrive there; tells if the disk made trouble.
fn finish_writing(columns: Option<&ColumnCache>) {
    let Some(columns) = columns else {
        return;
    };
    columns.finish_writing(DISK_FAREWELL);
    if let Some(trouble) = columns.disk_use().and_then(|disk| disk.trouble) {
        output::note(&format!("warning: {trouble}"));
    }
}

/// A session on a cluster; Ctrl-C ends the wait for it.
fn connect(runtime: &Runtime, url: String, options: SessionOptions) -> Result<Session> {
    run_until_interrupted(runtime, async move {
        Ok(Session::connect_with(&url, &options).await?)
    })
}

fn login_name() -> Option<String> {
    std::env::var_os("USER").map(|name| name.to_string_lossy().into_owned())
}

/// The threads that queries run on.
fn start_runtime(threads: Option<usize>) -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.thread_stack_size(STACK_BYTES);
    if let Some(threads) = threads {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(CliError::Start)
}
