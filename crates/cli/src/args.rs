//! What can be typed after `hepframe`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hepframe_engine::OutputFormat;

use crate::service::options::{ClusterArguments, ExecutorArguments, SchedulerArguments};
use crate::service::units::parse_within;

const EXAMPLES: &str = "\
Examples:
  hepframe                                        start the shell
  hepframe sql \"SELECT count(*) FROM 'events.root:Events'\"
  hepframe inspect events.root                    what is in a file
  hepframe demo                                   a Z peak in your terminal
  hepframe --cluster hepframe://node1:21050       the shell, on a cluster
  echo \"SELECT 1 + 1\" | hepframe                  SQL from standard input";

const SQL_EXAMPLES: &str = "\
Examples:
  hepframe sql \"SELECT floor(MET_pt / 2) AS bin, count(*) FROM 'run*.root:Events' GROUP BY 1\"
  hepframe sql -t ev=events.root:Events \"SELECT max(MET_pt) FROM ev\"
  hepframe sql -o muons.parquet \"SELECT Muon_pt, Muon_eta FROM 'events.root:Events' WHERE nMuon = 2\"
  hepframe sql -f analysis.sql --format csv > result.csv";

const INSPECT_EXAMPLES: &str = "\
Examples:
  hepframe inspect events.root             all trees
  hepframe inspect events.root:Events      one tree
  hepframe inspect --json events.root      for programs";

const DEMO_EXAMPLES: &str = "\
Examples:
  hepframe demo                            one million events
  hepframe demo --events 10000 --dir /tmp  small, somewhere else";

/// SQL over ROOT files (and Parquet, CSV, JSON, Arrow).
///
/// Without a command, the shell starts; if standard input is no terminal, the SQL in it is run.
#[derive(Debug, Parser)]
#[command(name = "hepframe", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Threads to use; as many as there are cores if left out.
    #[arg(long, global = true, value_name = "N", env = "HEPFRAME_THREADS",
          value_parser = parse_within::<1, 1024>)]
    pub(crate) threads: Option<u16>,

    /// Memory for decoded columns that are kept between statements, like 2GiB; 0 keeps none. A
    /// share of the memory there is if left out; a cluster has its own.
    #[arg(long, global = true, value_name = "SIZE", env = "HEPFRAME_CACHE_BYTES",
          value_parser = hepframe_engine::parse_bytes)]
    pub(crate) cache_bytes: Option<u64>,

    /// Directory on a local disk where decoded columns are kept for the next start, too; no two
    /// processes can share one.
    #[arg(global = true, long, value_name = "DIR", env = "HEPFRAME_CACHE_DISK")]
    pub(crate) cache_disk: Option<PathBuf>,

    /// Most bytes of columns that are kept there.
    #[arg(global = true, long, value_name = "SIZE", env = "HEPFRAME_CACHE_DISK_BYTES", default_value = "32GiB", value_parser = hepframe_engine::parse_bytes)]
    pub(crate) cache_disk_bytes: u64,

    /// Run queries on a cluster instead of in this process: `hepframe://host:21050`.
    #[arg(long, global = true, value_name = "URL", env = "HEPFRAME_CLUSTER")]
    pub(crate) cluster: Option<String>,

    /// Whose queries these are, for a cluster that users share; the login name if left out.
    #[arg(long, global = true, value_name = "NAME", env = "HEPFRAME_USER")]
    pub(crate) user: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Query(QueryCommand),
    #[command(flatten)]
    Service(ServiceCommand),
}

/// Commands that run queries and end.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// Run SQL and show or save the answer.
    Sql(SqlArguments),
    /// Show the trees and columns of a ROOT file.
    Inspect(InspectArguments),
    /// Make a file of dimuon events, query it, draw the Z peak.
    Demo(DemoArguments),
}

/// Commands that serve until they are told to end.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Start a scheduler and executors on this machine.
    Cluster(ClusterArguments),
    /// Plan queries of a cluster.
    Scheduler(Box<SchedulerArguments>),
    /// Run parts of a cluster's queries, keep columns in memory.
    Executor(Box<ExecutorArguments>),
}

/// Several statements run in order in one session; with -o, the rows of the last query are saved.
#[derive(Debug, Args)]
#[command(after_help = SQL_EXAMPLES)]
pub(crate) struct SqlArguments {
    /// Give files a name: `ev=run*.root:Events`, `jets=jets.parquet`. The same NAME several times
    /// makes one table of several ROOT files.
    #[arg(short = 't', long = "table", value_name = "NAME=URI", value_parser = parse_table)]
    pub(crate) tables: Vec<NamedLocation>,

    /// Run the SQL in this file, before SQL given as an argument; several files run in order.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Save the rows of the last query: .parquet, .arrow (IPC file), .csv, .tsv or .json (an
    /// object per line). An existing file is replaced once the new one is complete.
    #[arg(short = 'o', long = "output", value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,

    /// How rows are shown.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// Most rows shown as a table; the other formats show all.
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) rows: usize,

    /// Write a line of JSON about each statement to standard error: wall time, rows, bytes.
    #[arg(long)]
    pub(crate) stats: bool,

    /// The SQL; `-`, or nothing at all, reads it from standard input.
    #[arg(value_name = "SQL")]
    pub(crate) sql: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(crate) struct InspectArguments {
    /// A ROOT file, or one tree in it: `events.root:Events`.
    #[arg(value_name = "URI")]
    pub(crate) uri: String,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = DEMO_EXAMPLES)]
pub(crate) struct DemoArguments {
    /// Events to make.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub(crate) events: u32,

    /// Where the file goes.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// `NAME=URI`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedLocation {
    pub(crate) name: String,
    pub(crate) location: String,
}

/// What was typed, with a space before a text that begins with a comment of SQL: an option's name
/// ends at `=` or with the argument, never at white space.
pub(crate) fn with_comments(typed: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let is_comment = |argument: &OsString| {
        let text = argument.to_string_lossy();
        let end = text.find(|c: char| c == '=' || c.is_whitespace());
        text.starts_with("--") && end.is_some_and(|end| !text[end..].starts_with('='))
    };
    let with_space = |argument: OsString| {
        let mut text = OsString::from(" ");
        text.push(argument);
        text
    };
    let typed = typed.into_iter();
    typed
        .map(|argument| match is_comment(&argument) {
            true => with_space(argument),
            false => argument,
        })
        .collect()
}

fn parse_table(text: &str) -> Result<NamedLocation, String> {
    match text.split_once('=') {
        Some((name, location)) if !name.is_empty() && !location.is_empty() => Ok(NamedLocation {
            name: name.to_owned(),
            location: location.to_owned(),
        }),
        _ => Err("write NAME=URI, for example ev=events.root:Events".to_owned()),
    }
}

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, cut to the terminal and to --rows.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// Tab-separated values with a header.
    Tsv,
    /// One array of objects.
    Json,
    /// An object per line.
    Ndjson,
    /// A Markdown table.
    Markdown,
}

impl Format {
    /// The engine's format for those that stream; `None` for tables.
    pub(crate) fn streaming(self) -> Option<OutputFormat> {
        match self {
            Self::Table | Self::Markdown => None,
            Self::Csv => Some(OutputFormat::Csv),
            Self::Tsv => Some(OutputFormat::Tsv),
            Self::Json => Some(OutputFormat::JsonArray),
            Self::Ndjson => Some(OutputFormat::JsonLines),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_text_that_begins_with_a_comment_is_no_option() {
        let typed = [
            "-- my\nselect 1",
            "--x y",
            "--",
            "--rows",
            "--output=a b.csv",
            "-f",
        ];

        let read = with_comments(typed.map(OsString::from));

        assert_eq!(
            read,
            [
                " -- my\nselect 1",
                " --x y",
                "--",
                "--rows",
                "--output=a b.csv",
                "-f"
            ]
        );
    }

    #[test]
    fn a_table_is_split_at_the_first_equals_sign() {
        let table = parse_table("ev=a=b.root:T").unwrap();

        assert_eq!(
            (table.name.as_str(), table.location.as_str()),
            ("ev", "a=b.root:T")
        );
        assert!(parse_table("events.root").is_err());
    }
}
