//! The only place that prints.
#![expect(clippy::print_stderr, reason = "this is the place")]

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::error::ArrowError;

use crate::error::{CliError, Result};

/// Set when the reader of standard output has gone; error types on the way up lose the cause.
static READER_GONE: AtomicBool = AtomicBool::new(false);

/// Standard output, buffered. Failures are remembered for [`failure`].
pub(crate) fn stdout() -> BufWriter<Stdout> {
    BufWriter::with_capacity(1 << 16, Stdout)
}

/// Standard output; see [`stdout`].
#[derive(Debug)]
pub(crate) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        watched(io::stdout().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        watched(io::stdout().lock().flush())
    }
}

fn watched<T>(result: io::Result<T>) -> io::Result<T> {
    if let Err(error) = &result
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        READER_GONE.store(true, Ordering::Relaxed);
    }
    result
}

/// Prints text with a line break.
pub(crate) fn line(text: &str) -> Result<()> {
    let mut out = Stdout;
    out.write_all(text.as_bytes())
        .and_then(|()| {
            if text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        })
        .and_then(|()| out.flush())
        .map_err(failed)
}

/// The error for a failed write to standard output.
pub(crate) fn failed(error: io::Error) -> CliError {
    if READER_GONE.load(Ordering::Relaxed) {
        CliError::ReaderGone
    } else {
        CliError::Output(error)
    }
}

/// The error for rows that could not be written to standard output.
pub(crate) fn show_failed(error: ArrowError) -> CliError {
    if READER_GONE.load(Ordering::Relaxed) {
        CliError::ReaderGone
    } else {
        CliError::Show(error)
    }
}

/// Something the user should know; goes to standard error so that output stays clean.
pub(crate) fn warn(text: &str) {
    eprintln!("{} {text}", label("warning:", "33"));
}

/// A line for standard error without decoration, such as statistics.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Tells why something failed.
pub(crate) fn tell(error: &CliError) {
    match error {
        CliError::ReaderGone => {}
        CliError::Interrupted { .. } => eprintln!("interrupted"),
        other => eprintln!("{} {other}", label("error:", "31")),
    }
}

/// Tells why the command ended and gives the exit code.
pub(crate) fn report(error: &CliError) -> ExitCode {
    tell(error);
    ExitCode::from(error.exit_code())
}

/// Width of the terminal; `None` if standard output is none.
pub(crate) fn width() -> Option<usize> {
    let terminal = console::Term::stdout();
    let (_, columns) = terminal.size_checked()?;
    io::stdout().is_terminal().then_some(usize::from(columns))
}

fn label(text: &str, colour: &str) -> String {
    if io::stderr().is_terminal() && console::colors_enabled_stderr() {
        format!("\x1b[1;{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
