//! Logs of services: to standard error, as text or JSON, Ballista's included.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::error::{CliError, Result};
use crate::service::options::LogArguments;

/// How log records look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// An object per line, for collectors.
    Json,
}

impl LogFormat {
    /// As typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Starts to log.
pub(crate) fn start(arguments: &LogArguments) -> Result<()> {
    let filter =
        EnvFilter::try_new(directives(&arguments.log)).map_err(|error| CliError::Option {
            text: format!(
                "--log {}: {error}; write error, warn, info, debug or trace",
                arguments.log
            ),
        })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let started = match arguments.log_format {
        LogFormat::Text => logs.with_ansi(false).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| CliError::Option {
        text: format!("logging cannot be started: {error}"),
    })
}

/// A plain level is ours; the libraries tell one step less, as their details are many.
fn directives(level: &str) -> String {
    match level.trim().to_ascii_lowercase().as_str() {
        "info" => "warn,hepframe=info".to_owned(),
        "debug" => "info,hepframe=debug".to_owned(),
        "trace" => "debug,hepframe=trace".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_are_taken_and_others_refused() {
        for good in [
            "info",
            "WARN",
            "debug",
            "trace",
            "error",
            "off",
            "info,ballista_scheduler=debug",
        ] {
            EnvFilter::try_new(directives(good)).unwrap();
        }
        EnvFilter::try_new(directives("info,x=loud")).unwrap_err();
    }
}
