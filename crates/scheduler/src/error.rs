//! Why a scheduler could not start or ended.
#![expect(missing_docs, reason = "the message of a variant explains its fields")]

use ballista_core::error::BallistaError;
use hepframe_engine::EngineError;

/// What goes wrong in a scheduler as a whole; a failed query is told to its client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchedulerError {
    /// A setting that cannot work.
    #[error("{option} is {value}: {why}")]
    Option {
        option: &'static str,
        value: String,
        why: &'static str,
    },

    /// The functions or tables of a session could not be set up.
    #[error("the session of the scheduler could not be made")]
    Session {
        #[source]
        source: Box<EngineError>,
    },

    /// Ballista's part refused to start.
    #[error("the scheduler could not be started")]
    Ballista {
        #[source]
        source: Box<BallistaError>,
    },

    /// The port it was to listen on.
    #[error("the scheduler stopped serving its port")]
    Serve {
        #[source]
        source: std::io::Error,
    },

    /// The server's task ended by a panic.
    #[error("the scheduler's server broke down: {text}")]
    Broke { text: String },
}

impl From<BallistaError> for SchedulerError {
    fn from(source: BallistaError) -> Self {
        Self::Ballista {
            source: Box::new(source),
        }
    }
}
