//! The shell's own commands: `\d`, `\timing` and the like.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::args::Format;

/// What `\?` prints.
pub(super) const HELP: &str = "\
\\d, \\dt         tables
\\d TABLE        columns of a table or a file: \\d events.root:Events
\\timing [on|off] show or hide time and bytes read after each statement
\\rows N         most rows that a table shows
\\format FORMAT  how rows are shown: table, csv, tsv, json, ndjson, markdown
\\i FILE         run the SQL in a file
\\?              this text
\\q              leave; quit, exit and Ctrl-D do too
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
    /// On, off or the other of both.
    Timing(Option<bool>),
    Rows(usize),
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
            ("\\?" | "\\h" | "\\help", "") => Ok(Self::Help),
            ("\\q" | "\\quit" | "\\exit", "") => Ok(Self::Quit),
            ("\\d" | "\\dt", "") => Ok(Self::Tables),
            ("\\d" | "\\dt", table) => Ok(Self::Describe(table.to_owned())),
            ("\\timing", "") => Ok(Self::Timing(None)),
            ("\\timing", "on") => Ok(Self::Timing(Some(true))),
            ("\\timing", "off") => Ok(Self::Timing(Some(false))),
            ("\\timing", other) => Err(format!("`{other}`: \\timing takes on, off or nothing")),
            ("\\rows", number) => number
                .parse()
                .map(Self::Rows)
                .map_err(|_| format!("`{number}`: \\rows takes a number")),
            ("\\i" | "\\include", "") => Err("which file? \\i FILE".to_owned()),
            ("\\i" | "\\include", file) => Ok(Self::Include(PathBuf::from(file))),
            ("\\format", name) => Format::from_str(name, true)
                .map(Self::Format)
                .map_err(|_| format!("formats are {}", formats().join(", "))),
            ("\\?" | "\\h" | "\\help" | "\\q" | "\\quit" | "\\exit", more) => Err(format!(
                "{name} stands alone, and here is `{more}` behind it"
            )),
            (unknown, _) => Err(format!("{unknown} is no command; \\? lists them")),
        }
    }
}

/// The command that a plain word is, alone on a line: people leave a shell by it, or ask for help.
pub(super) fn plain_word(line: &str) -> Option<&'static str> {
    let word = line.trim().trim_end_matches(';').trim_end();
    match word.to_ascii_lowercase().as_str() {
        "quit" | "exit" => Some("\\q"),
        "help" => Some("\\?"),
        _ => None,
    }
}

/// What Tab offers after a backslash.
pub(super) const COMMANDS: [&str; 8] = [
    "\\d", "\\dt", "\\timing", "\\rows", "\\format", "\\i", "\\?", "\\q",
];

/// Names of the formats.
pub(super) fn formats() -> Vec<String> {
    Format::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|value| value.get_name().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

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

    #[rstest]
    #[case::something_behind("\\q now", "\\q stands alone")]
    #[case::another_word("\\timing x", "on, off or nothing")]
    #[case::no_number("\\rows all", "takes a number")]
    #[case::unknown("\\dx", "no command")]
    fn what_is_not_understood_is_told(#[case] line: &str, #[case] said: &str) {
        let error = Backslash::parse(line).unwrap_err();

        assert!(error.contains(said), "{error}");
    }

    #[test]
    fn words_of_other_shells_are_commands_when_alone() {
        assert_eq!(plain_word("quit"), Some("\\q"));
        assert_eq!(plain_word(" EXIT; "), Some("\\q"));
        assert_eq!(plain_word("help"), Some("\\?"));
        assert_eq!(plain_word("help me"), None);
    }

    #[test]
    fn every_offered_command_is_one() {
        for command in COMMANDS {
            let said = Backslash::parse(command).err().unwrap_or_default();
            assert!(!said.contains("is no command"), "{said}");
            assert!(HELP.contains(command), "{command}");
        }
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
