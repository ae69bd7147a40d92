//! `hepframe sql`: runs SQL and shows or saves the answer.

use std::io::Read;
use std::path::{Path, PathBuf};

use hepframe_engine::Session;

use crate::args::SqlArguments;
use crate::error::{CliError, Result};
use crate::run::{Show, run_text};

/// Runs the command.
pub(crate) async fn run(session: Session, arguments: SqlArguments) -> Result<()> {
    let text = sql_text(&arguments)?;
    if text.trim().is_empty() {
        return Err(CliError::NoSql);
    }
    for (name, locations) in tables(&arguments) {
        session.register(&name, &locations).await?;
    }
    let show = Show {
        format: arguments.format,
        rows: arguments.rows,
        more: "--rows N shows more, -o FILE saves all",
        stats: arguments.stats,
    };
    run_text(&session, &text, &show, arguments.output.as_deref()).await
}

/// All SQL of the command line: the files first, then the argument, else standard input.
fn sql_text(arguments: &SqlArguments) -> Result<String> {
    let mut parts = Vec::new();
    for path in &arguments.files {
        parts.push(read_file(path)?);
    }
    match arguments.sql.as_deref() {
        None if !parts.is_empty() => {}
        None | Some("-") => parts.push(read_stdin()?),
        Some(sql) => parts.push(sql.to_owned()),
    }
    // A file may end in a comment, so the semicolon needs a line of its own.
    Ok(parts.join("\n;\n"))
}

/// Text of a file with SQL.
pub(crate) fn read_file(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|source| CliError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(without_mark(text))
}

/// All of standard input.
pub(crate) fn read_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|source| CliError::Read {
            path: PathBuf::from("standard input"),
            source,
        })?;
    Ok(without_mark(text))
}

/// Editors of Windows begin a file with a byte order mark.
fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// Locations by table name, in the order given.
fn tables(arguments: &SqlArguments) -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for table in &arguments.tables {
        match tables.iter_mut().find(|(name, _)| *name == table.name) {
            Some((_, locations)) => locations.push(table.location.clone()),
            None => tables.push((table.name.clone(), vec![table.location.clone()])),
        }
    }
    tables
}
