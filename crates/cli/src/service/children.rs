//! Processes of this command, kept alive by another: started again when they end, ended with it.
//!
//! A child's standard input is a pipe from its parent. Its end tells the child to end, whether the
//! parent closed it or died.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::error::{CliError, Result};

/// Pauses before a child is started again: the first, and the longest after doubling.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A child that lived so long was well; its next end is not the same trouble again.
const WELL_AFTER: Duration = Duration::from_mins(1);

/// A child that has not ended this long after being told is killed.
const END_LIMIT: Duration = Duration::from_secs(5);

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    /// For messages.
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) words: Vec<OsString>,
}

/// How far the whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// A child that ends now cannot work at all.
    Starting,
    /// A child that ends is started again.
    Running,
    /// Children end.
    Ending,
}

/// Keeps one child until the stage says that it ends.
///
/// # Errors
/// If the child cannot be started, or ends before everything runs.
pub(crate) async fn keep(kind: Kind, mut stage: watch::Receiver<Stage>) -> Result<()> {
    let mut pause = PAUSES.0;
    loop {
        let (mut child, input) = start(&kind)?;
        let since = tokio::time::Instant::now();
        let status = tokio::select! {
            status = child.wait() => status.map_err(CliError::Start)?,
            () = ending(&mut stage) => return end(&kind, child, input).await,
        };
        if *stage.borrow() == Stage::Starting {
            return Err(CliError::Child {
                name: kind.name,
                status: told(status),
            });
        }
        if since.elapsed() >= WELL_AFTER {
            pause = PAUSES.0;
        }
        tracing::warn!(child = kind.name, status = told(status), again_in = ?pause, "a process ended; starting it again");
        tokio::select! {
            () = sleep(pause) => {}
            () = ending(&mut stage) => return Ok(()),
        }
        pause = (2 * pause).min(PAUSES.1);
    }
}

/// Waits until children are to end.
async fn ending(stage: &mut watch::Receiver<Stage>) {
    // Nobody to tell the stage means the end, too.
    let _gone = stage
        .wait_for(|stage| *stage == Stage::Ending)
        .await
        .is_err();
}

/// The child and the pipe that tells it to end; waiting for it would close one that it holds.
fn start(kind: &Kind) -> Result<(Child, Option<ChildStdin>)> {
    let mut command = Command::new(&kind.program);
    command
        .args(&kind.words)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    // Ctrl-C reaches all processes of a terminal's group; here, the parent alone decides.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(CliError::Start)?;
    tracing::debug!(child = kind.name, process = child.id(), "started");
    let input = child.stdin.take();
    Ok((child, input))
}

/// Closes the child's standard input and waits; kills it if that does not help.
async fn end(kind: &Kind, mut child: Child, input: Option<ChildStdin>) -> Result<()> {
    drop(input);
    if timeout(END_LIMIT, child.wait()).await.is_err() {
        tracing::warn!(child = kind.name, "a process does not end; killing it");
        child.kill().await.map_err(CliError::Start)?;
    }
    Ok(())
}

fn told(status: ExitStatus) -> String {
    status.to_string()
}
