//! What can go wrong with a query, told so that the next try works.
#![expect(missing_docs, reason = "the message of a variant explains its fields")]

use std::fmt;
use std::path::PathBuf;

use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;

use crate::cluster::failure_of_task;
use crate::store_error::store_message;
use crate::told::told;

/// Result of everything in this crate.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// Why a query gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The text is no SQL.
    #[error("{0}")]
    Syntax(SyntaxError),

    /// Exactly one statement was asked for.
    #[error("expected one SQL statement, found {found}")]
    NotOneStatement { found: usize },

    /// A column of a frame is one expression.
    #[error("`{text}` is not one expression; write it as after SELECT, without commas and FROM")]
    NotOneExpression { text: String },

    /// A statement names a parameter that it is not given.
    #[error("there is no value for `${name}`{}", did_you_mean(.nearest))]
    UnknownParameter { name: String, nearest: Vec<String> },

    /// Something that only works in one process.
    #[error("{what} on a cluster; {instead}")]
    NotOnCluster { what: String, instead: &'static str },

    /// Frames are joined on columns.
    #[error(
        "a join needs the names of columns that both frames have, such as [\"run\", \"event\"]"
    )]
    JoinOnNothing,

    /// Frames whose rows do not go together.
    #[error(
        "column `{column}` is {left} in one frame and {right} in the other; cast one of them with \
         redefine()"
    )]
    UnionOfTypes {
        column: String,
        left: DataType,
        right: DataType,
    },

    /// A frame has such a column already.
    #[error("there is a column `{name}` already; redefine() replaces it")]
    ColumnExists { name: String },

    /// A caller's function under the name of one of ours.
    #[error("`{name}` is a function of hepframe already; give yours another name")]
    FunctionExists { name: String },

    /// A histogram that cannot be.
    #[error("{why}")]
    Histogram { why: String },

    /// An answer was taken for one of another kind.
    #[error("this booking gives a {found}, not a {wanted}")]
    OtherAnswer {
        wanted: &'static str,
        found: &'static str,
    },

    /// `read_root` was called with something else than texts.
    #[error(
        "`{written}`: write read_root('file.root', 'tree'); the file may be a glob, a directory or a \
         list ['a.root', 'b.root'], and the tree may be left out if there is just one"
    )]
    ReadRoot { written: String },

    /// A part of a field where there is only the field.
    #[error(
        "`{name}` is a part of `{whole}`, and here `*` stands for whole fields; write `{whole}`"
    )]
    PartOfField { name: String, whole: String },

    /// No column of this name.
    #[error("there is no column `{name}`{}{}", in_table(.table), did_you_mean(.nearest))]
    UnknownColumn {
        name: String,
        table: Option<String>,
        nearest: Vec<String>,
    },

    /// Two tables of the query have it.
    #[error("column `{name}` is in more than one table; write {}", or_list(.candidates))]
    AmbiguousColumn {
        name: String,
        candidates: Vec<String>,
    },

    /// Selected beside an aggregate.
    #[error(
        "column `{column}` has many values per group: add it to GROUP BY, or make one of them, like \
         max({column})"
    )]
    NotGrouped { column: String },

    /// Two columns of an answer have it.
    #[error(
        "two columns of the answer are called `{name}`; give one of them another name, such as {name} AS \
         {name}_2"
    )]
    SameNames { name: String },

    /// A number where a condition is wanted.
    #[error(
        "WHERE, HAVING and filters take a condition, and `{written}` is {data_type}; compare it with \
         something, such as {written} > 0"
    )]
    NoCondition { written: String, data_type: String },

    /// The column is there, but its type cannot be read. The text is root-source's.
    #[error("{description}; `hepframe inspect` shows what can be read")]
    UnsupportedColumn { column: String, description: String },

    /// No table of this name.
    #[error("there is no table `{name}`{}", table_hint(.nearest, .tables))]
    UnknownTable {
        name: String,
        nearest: Vec<String>,
        tables: Vec<String>,
    },

    /// No function of this name.
    #[error("there is no function `{name}`{}", did_you_mean(.nearest))]
    UnknownFunction { name: String, nearest: Vec<String> },

    /// A text column turned out to hold other bytes after rows had been handed out.
    #[error(
        "column `{column}` holds bytes that are no UTF-8 text; it is read as binary from now on, \
         run the query again (a frame: from where the file is read)"
    )]
    TextIsBinary { column: String },

    /// Files were replaced by others with other columns.
    #[error(
        "{location} has changed, and its columns are not those that the frame was made from: \
         read it again"
    )]
    ColumnsChanged { location: String },

    /// Nothing to read at this place.
    #[error("{location}: no such file or directory{}", did_you_mean(.nearest))]
    FileNotFound {
        location: String,
        nearest: Vec<String>,
    },

    /// A directory without tables.
    #[error("directory {location} holds no file that can be a table (.root, .parquet, .csv ...)")]
    EmptyDirectory { location: String },

    /// A file whose contents are not recognised.
    #[error(
        "{location}: cannot tell what kind of file this is; known are .root, .parquet, .csv, .tsv, \
         .json, .ndjson and .arrow"
    )]
    UnknownFormat { location: String },

    /// A file named like an Arrow file that is none.
    #[error("{location} is no Arrow file: it begins neither with ARROW1 nor as a stream does")]
    NotArrow { location: String },

    /// A table that the column cache cannot hold.
    #[error(
        "`{table}` cannot be kept in the column cache, which holds columns of ROOT files{}",
        something_else(.because)
    )]
    NotCacheable {
        table: String,
        because: Option<String>,
    },

    /// DROP of what is no table of the session.
    #[error("`{location}` is on disk, and files are not dropped; remove it where it is")]
    NotDropped { location: String },

    /// A result file could not be written.
    #[error("cannot write {}: {why}", path.display())]
    Write { path: PathBuf, why: String },

    /// A setting of the session is not possible.
    #[error("cannot start a session: {}", plain_message(.source))]
    Session { source: DataFusionError },

    /// The address of a cluster is none.
    #[error("`{url}` is no address of a cluster; write hepframe://host:21050")]
    ClusterUrl { url: String },

    /// Nobody answers there.
    #[error(
        "cannot reach the cluster at {url}: {why}; is its scheduler running? (`hepframe cluster` starts \
         one on this machine)"
    )]
    Unreachable { url: String, why: String },

    /// An executor went away after it had finished, with rows that were not fetched yet.
    #[error("part of the answer was lost with an executor ({why}); run the query again")]
    ResultsLost { why: String },

    /// The cluster refused or failed, in its own words.
    #[error("{message}")]
    Remote { message: String },

    /// Anything else that stopped the query.
    #[error("{}", told(.source))]
    Query { source: DataFusionError },
}

impl EngineError {
    /// The name of the file that is not there, and the nearest ones that are, if that is why.
    #[must_use]
    pub fn missing_file(&self) -> Option<(String, Vec<String>)> {
        match self {
            Self::FileNotFound { location, nearest } => Some((location.clone(), nearest.clone())),
            Self::Query { source } => hepframe_root_source::missing_file(source),
            _ => None,
        }
    }
}

/// The table that is none of ROOT files.
fn something_else(table: &Option<String>) -> String {
    let tell = |table: &String| format!(": `{table}` is something else");
    table.as_ref().map(tell).unwrap_or_default()
}

/// A place in the text that is no SQL.
#[derive(Debug)]
pub struct SyntaxError {
    /// What was expected and what was found.
    pub message: String,
    /// Line and column, from 1, if known.
    pub place: Option<(usize, usize)>,
    /// The line.
    pub excerpt: Option<String>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self
            .message
            .replace("found: EOF", "found the end of the text");
        write!(f, "SQL syntax: {message}")?;
        let (Some((line, column)), Some(excerpt)) = (self.place, &self.excerpt) else {
            return Ok(());
        };
        let (shown, caret) = window(excerpt, column);
        write!(
            f,
            " (line {line}, column {column})\n  {shown}\n  {}^",
            " ".repeat(caret)
        )
    }
}

/// The part of a line around a column, and where the column is in it: queries written by programs
/// have lines of thousands of characters.
fn window(line: &str, column: usize) -> (String, usize) {
    const BEFORE: usize = 50;
    const SHOWN: usize = 78;
    let at = column.saturating_sub(1);
    let start = at.saturating_sub(BEFORE);
    let start = if line.chars().count() <= SHOWN {
        0
    } else {
        start
    };
    // A tab is as wide as the terminal likes; one space keeps the caret in place.
    let shown = line
        .chars()
        .skip(start)
        .take(SHOWN)
        .map(|c| if c == '\t' { ' ' } else { c });
    (shown.collect(), at - start)
}

fn in_table(table: &Option<String>) -> String {
    table
        .as_ref()
        .map_or_else(String::new, |table| format!(" in `{table}`"))
}

fn did_you_mean(names: &[String]) -> String {
    if names.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", or_list(names))
    }
}

fn table_hint(nearest: &[String], tables: &[String]) -> String {
    const SHOWN: usize = 10;
    match (nearest, tables) {
        ([], []) => "; name a file in quotes, like 'events.root:Events', or create the table \
                     first"
            .to_owned(),
        ([], tables) if tables.len() <= SHOWN => format!("; there is {}", and_list(tables)),
        ([], _) => String::new(),
        (nearest, _) => did_you_mean(nearest),
    }
}

fn or_list(names: &[String]) -> String {
    join(names, "or")
}

fn and_list(names: &[String]) -> String {
    join(names, "and")
}

fn join(names: &[String], word: &str) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// DataFusion's message without the names of its internals.
pub(crate) fn plain_message(error: &DataFusionError) -> String {
    let text = match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
            plain_message(inner)
        }
        DataFusionError::Shared(inner) => plain_message(inner),
        DataFusionError::Collection(errors) => errors
            .first()
            .map_or_else(|| error.to_string(), plain_message),
        DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => plain_message(inner),
            None => inner.to_string(),
        },
        DataFusionError::ArrowError(inner, _) => match inner.as_ref() {
            arrow::error::ArrowError::ExternalError(inner) => {
                match inner.downcast_ref::<DataFusionError>() {
                    Some(inner) => plain_message(inner),
                    None => inner.to_string(),
                }
            }
            other => other.to_string(),
        },
        DataFusionError::ObjectStore(inner) => store_message(inner),
        DataFusionError::IoError(inner) => inner.to_string(),
        other => other.message().into_owned(),
    };
    without_prefixes(failure_of_task(&text)).to_owned()
}

pub(crate) fn without_prefixes(text: &str) -> &str {
    const PREFIXES: [&str; 13] = [
        "DataFusion error: ",
        "Error during planning: ",
        "Execution error: ",
        "External error: ",
        "External: ",
        "Arrow error: ",
        "Invalid argument error: ",
        "Invalid or Unsupported Configuration: ",
        "Object Store error: ",
        "Parquet error: ",
        "Schema error: ",
        "This feature is not implemented: ",
        "type_coercion\ncaused by\n",
    ];
    let mut text = text.split("\n\nbacktrace: ").next().unwrap_or(text).trim();
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest.trim_start();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_column_names_table_and_nearest_names() {
        let error = EngineError::UnknownColumn {
            name: "Muon_Pt".to_owned(),
            table: Some("events.root:Events".to_owned()),
            nearest: vec!["Muon_pt".to_owned(), "Muon_phi".to_owned()],
        };

        assert_eq!(
            error.to_string(),
            "there is no column `Muon_Pt` in `events.root:Events`; did you mean `Muon_pt` or `Muon_phi`?"
        );
    }

    #[test]
    fn the_prefixes_of_the_query_engine_are_hidden() {
        let inner = DataFusionError::Plan("no tree named `x`".to_owned());
        let source = DataFusionError::External(Box::new(inner)).context("while opening");

        assert_eq!(
            EngineError::Query { source }.to_string(),
            "no tree named `x`"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}X", "a".repeat(500));
        let error = SyntaxError {
            message: "odd".to_owned(),
            place: Some((1, 501)),
            excerpt: Some(line),
        };

        let text = error.to_string();

        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].len() < 90, "{text}");
        assert_eq!(lines[1].find('X'), lines[2].find('^'), "{text}");
    }
}
