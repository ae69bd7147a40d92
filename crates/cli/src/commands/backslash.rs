//! The shell's own commands: `\d`, `\timing` and the like.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::args::Format;

/// What `\?` prints.
pub(super) const HELP: &str = "\
\\d              tables
\\d TABLE        columns of a table or a file: \\d events.root:Events
\\timing         show or hide time and bytes read after each statement
\\format FORMAT  how rows are shown: table, csv, tsv, json, ndjson, markdown
\\i FILE         run the SQL in a file
\\?              this text
\\q              leave; Ctrl-D does too
Ctrl-C stops a running query, or clears what you are typing. Tab completes names and files.

SELECT floor(MET_pt / 2) AS bin, count(*) FROM 'run*.root:Events' GROUP BY 1 ORDER BY 1;
CREATE VIEW ev AS SELECT * FROM 'run*.root:Events';
COPY (SELECT Muon_pt FROM ev) TO 'muons.parquet';";

/// A command of the shell.
#[derive(Debug, PartialEq)]
pub(super) enum Backslash {
    Help,
    Quit,
    Tables,
    Describe(String),
    Timing,
    Format(Format),
    Include(PathBuf),
}

impl Backslash {
    /// Reads a line that begins with a backslash.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim().trim_matches('\'');
        match (name, rest) {
            ("\\?" | "\\h" | "\\help", _) => Ok(Self::Help),
            ("\\q" | "\\quit" | "\\exit", _) => Ok(Self::Quit),
            ("\\d" | "\\dt", "") => Ok(Self::Tables),
            ("\\d" | "\\dt", table) => Ok(Self::Describe(table.to_owned())),
            ("\\timing", _) => Ok(Self::Timing),
            ("\\i" | "\\include", "") => Err("which file? \\i FILE".to_owned()),
            ("\\i" | "\\include", file) => Ok(Self::Include(PathBuf::from(file))),
            ("\\format", name) => Format::from_str(name, true)
                .map(Self::Format)
                .map_err(|_| format!("formats are {}", formats().join(", "))),
            (unknown, _) => Err(format!("{unknown} is no command; \\? lists them")),
        }
    }
}

fn formats() -> Vec<String> {
    Format::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_their_argument() {
        assert_eq!(Backslash::parse("\\q;"), Ok(Backslash::Quit));
        assert_eq!(Backslash::parse("\\d"), Ok(Backslash::Tables));
        assert_eq!(
            Backslash::parse("\\d  'a b.root:T'"),
            Ok(Backslash::Describe("a b.root:T".to_owned()))
        );
        assert_eq!(
            Backslash::parse("\\format CSV"),
            Ok(Backslash::Format(Format::Csv))
        );
    }

    #[test]
    fn a_wrong_command_says_where_to_look() {
        assert!(Backslash::parse("\\foo").unwrap_err().contains("\\?"));
        assert!(
            Backslash::parse("\\format x")
                .unwrap_err()
                .contains("ndjson")
        );
    }
}
