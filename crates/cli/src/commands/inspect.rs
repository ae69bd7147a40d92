//! `hepframe inspect`: trees and columns of a ROOT file.

use hepframe_engine::Session;

use crate::args::InspectArguments;
use crate::error::{CliError, Result};
use crate::output;
use crate::view::report;

/// Runs the command.
pub(crate) async fn run(session: Session, arguments: InspectArguments) -> Result<()> {
    let report = session.inspect(&arguments.uri).await?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| CliError::Output(error.into()))?;
        output::line(&text)
    } else {
        output::line(&report::render(&report))
    }
}
