//! When a service is to end: signals, and the end of the process that started it.

use std::io::Read;

use tokio::sync::oneshot;

use crate::error::{CliError, Result};

/// What asks a service to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// SIGTERM or Ctrl-C: finish what is running.
    Asked,
    /// The process that started this one is gone or wants it gone now.
    ParentGone,
}

/// Watches for the end; from here on signals no longer end the process by themselves.
pub(crate) struct Ends {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    parent: Option<oneshot::Receiver<()>>,
}

impl Ends {
    /// With a parent, the end of standard input is its end.
    pub(crate) fn watch(with_parent: bool) -> Result<Self> {
        #[cfg(unix)]
        let on = |kind| tokio::signal::unix::signal(kind).map_err(CliError::Start);
        Ok(Self {
            #[cfg(unix)]
            terminate: on(tokio::signal::unix::SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: on(tokio::signal::unix::SignalKind::interrupt())?,
            parent: with_parent.then(watch_parent).transpose()?,
        })
    }

    /// The next wish; may be asked again.
    pub(crate) async fn next(&mut self) -> End {
        let parent = async {
            match &mut self.parent {
                // A watcher that is gone says the same as one that reports.
                Some(gone) => drop(gone.await),
                None => std::future::pending().await,
            }
        };
        #[cfg(unix)]
        let end = tokio::select! {
            () = parent => End::ParentGone,
            _ = self.terminate.recv() => End::Asked,
            _ = self.interrupt.recv() => End::Asked,
        };
        #[cfg(not(unix))]
        let end = tokio::select! {
            () = parent => End::ParentGone,
            _ = tokio::signal::ctrl_c() => End::Asked,
        };
        if end == End::ParentGone {
            self.parent = None;
        }
        end
    }
}

/// Reads standard input to its end on a thread, as nothing else can wait for it.
fn watch_parent() -> Result<oneshot::Receiver<()>> {
    let (gone, is_gone) = oneshot::channel();
    std::thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            let mut buffer = [0; 64];
            let mut input = std::io::stdin().lock();
            while matches!(input.read(&mut buffer), Ok(1..)) {}
            drop(gone);
        })
        .map_err(CliError::Start)?;
    Ok(is_gone)
}
