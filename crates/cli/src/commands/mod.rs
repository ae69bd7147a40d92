//! One file per command.

mod backslash;
mod demo;
mod inspect;
mod line;
mod shell;
mod sql;

use hepframe_engine::{Session, SessionOptions};
use tokio::runtime::{Builder, Runtime};

use crate::args::{Arguments, Command};
use crate::error::{CliError, Result};
use crate::interrupt::run_until_interrupted;

/// Runs what the command line asks for.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let threads = arguments.threads.map(usize::from);
    let runtime = start_runtime(threads)?;
    let options = SessionOptions {
        threads,
        user: arguments.user.or_else(login_name),
        ..SessionOptions::default()
    };
    let session = match arguments.cluster {
        Some(url) => connect(&runtime, url, options)?,
        None => Session::local_with(&options)?,
    };
    let result = match arguments.command {
        Some(Command::Sql(arguments)) => {
            run_until_interrupted(&runtime, sql::run(session, arguments))
        }
        Some(Command::Inspect(arguments)) => {
            run_until_interrupted(&runtime, inspect::run(session, arguments))
        }
        Some(Command::Demo(arguments)) => {
            run_until_interrupted(&runtime, demo::run(session, arguments))
        }
        None => return shell::run(runtime, session, threads),
    };
    // Work that nobody waits for any more must not delay the end.
    runtime.shutdown_background();
    result
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
    if let Some(threads) = threads {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(CliError::Start)
}
