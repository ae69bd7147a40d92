//! Editing a line of the shell: when it is complete, and what Tab offers.

use std::cell::OnceCell;

use hepframe_engine::{KEYWORDS, Session};
use rustyline::completion::{Completer, Pair};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};
use tokio::runtime::Handle;

use super::backslash::{COMMANDS, formats};
use super::ended::is_complete;
use super::quotes::{files, open_quote, quoted, unquoted};

/// What Tab offers at most: more cannot be read.
const OFFERED: usize = 200;

/// Knows the session's names while a line is typed.
#[derive(Helper, Highlighter, Hinter)]
pub(super) struct Line {
    runtime: Handle,
    session: Session,
    /// Asked for at the first Tab.
    names: OnceCell<Vec<String>>,
}

impl Line {
    pub(super) fn new(runtime: Handle, session: Session) -> Self {
        Self {
            runtime,
            session,
            names: OnceCell::new(),
        }
    }

    /// Tables, columns and functions.
    fn names(&self) -> &[String] {
        self.names.get_or_init(|| {
            let mut names = self.session.functions();
            let tables = self.runtime.block_on(self.session.tables());
            for table in &tables {
                names.push(table.name.clone());
            }
            for table in tables.into_iter().chain(self.session.located_tables()) {
                names.extend(
                    table
                        .schema
                        .fields()
                        .iter()
                        .map(|field| field.name().clone()),
                );
            }
            names.sort_unstable();
            names.dedup();
            names
        })
    }

    /// Names of trees after `file.root:`.
    fn trees(&self, location: &str) -> Vec<String> {
        let report = self.runtime.block_on(self.session.inspect(location));
        report.map_or_else(
            |_| Vec::new(),
            |report| report.trees.into_iter().map(|tree| tree.path).collect(),
        )
    }
}

impl Line {
    /// What continues a location that begins at `start`, inside these quotes if any.
    fn located(&self, typed: &str, start: usize, quote: Option<char>) -> (usize, Vec<Pair>) {
        if let Some(colon) = typed.to_ascii_lowercase().rfind(".root:") {
            let tree = colon + ".root:".len();
            let trees = self.trees(&unquoted(&typed[..tree - 1], quote));
            return (start + tree, offered(&trees, &typed[tree..]));
        }
        let found = files(&unquoted(typed, quote));
        let pairs = found.into_iter().map(|path| Pair {
            replacement: quoted(&path, quote),
            display: path,
        });
        (start, pairs.take(OFFERED).collect())
    }

    /// What continues a command of the shell.
    fn of_command(&self, before: &str) -> (usize, Vec<Pair>) {
        let begin = before.len() - before.trim_start().len();
        let typed = &before[begin..];
        let Some(space) = typed.find(char::is_whitespace) else {
            return (begin, offered(&COMMANDS.map(str::to_owned), typed));
        };
        let (name, argument) = (&typed[..space], typed[space..].trim_start());
        let start = before.len() - argument.len();
        let (start, argument, quote) = match argument.strip_prefix('\'') {
            Some(rest) => (start + 1, rest, Some('\'')),
            None => (start, argument, None),
        };
        match name {
            "\\d" | "\\dt" => {
                let tables = self.runtime.block_on(self.session.tables());
                let tables: Vec<String> = tables.into_iter().map(|table| table.name).collect();
                let (at, mut pairs) = self.located(argument, start, quote);
                if at == start {
                    pairs.splice(0..0, offered(&tables, argument));
                }
                (at, pairs)
            }
            "\\i" | "\\include" => self.located(argument, start, quote),
            "\\format" => (start, offered(&formats(), argument)),
            "\\timing" => (start, offered(&["on", "off"].map(str::to_owned), argument)),
            _ => (start, Vec::new()),
        }
    }
}

impl Validator for Line {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Completer for Line {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..position];
        if before.trim_start().starts_with('\\') {
            return Ok(self.of_command(before));
        }
        if let Some(quote) = open_quote(before) {
            let mark = before[quote..].chars().next();
            return Ok(self.located(&before[quote + 1..], quote + 1, mark));
        }
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| c.is_alphanumeric() || *c == '_' || *c == '.')
            .last()
            .map_or(position, |(index, _)| index);
        let word = &before[start..];
        if word.is_empty() {
            return Ok((start, Vec::new()));
        }
        let mut candidates = keywords(word);
        candidates.extend(offered(self.names(), word));
        candidates.truncate(OFFERED);
        Ok((start, candidates))
    }
}

/// Names that begin with what was typed, in whatever case.
fn offered(names: &[String], typed: &str) -> Vec<Pair> {
    names
        .iter()
        .filter(|name| begins_with(name, typed))
        .take(OFFERED)
        .map(|name| pair(name.clone()))
        .collect()
}

/// Keywords, in the case that was typed.
fn keywords(typed: &str) -> Vec<Pair> {
    let lower = typed.chars().all(|c| !c.is_uppercase());
    KEYWORDS
        .iter()
        .filter(|keyword| begins_with(keyword, typed))
        .map(|keyword| {
            pair(if lower {
                keyword.to_lowercase()
            } else {
                (*keyword).to_owned()
            })
        })
        .collect()
}

fn begins_with(name: &str, typed: &str) -> bool {
    name.get(..typed.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

fn pair(text: String) -> Pair {
    Pair {
        display: text.clone(),
        replacement: text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> (tokio::runtime::Runtime, Line) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let session = Session::local().unwrap();
        let made = runtime.block_on(session.collect("CREATE VIEW runs AS SELECT 1 AS year"));
        made.unwrap();
        let line = Line::new(runtime.handle().clone(), session);
        (runtime, line)
    }

    /// The text up to what Tab replaces, and what by.
    fn completed(text: &str) -> Vec<String> {
        let (_runtime, line) = line();
        let history = rustyline::history::MemHistory::new();
        let (start, pairs) = line
            .complete(text, text.len(), &Context::new(&history))
            .unwrap();
        let replaced = pairs
            .into_iter()
            .map(|pair| format!("{}{}", &text[..start], pair.replacement));
        replaced.collect()
    }

    #[test]
    fn commands_and_what_they_take_are_completed() {
        assert_eq!(completed("\\ti"), ["\\timing"]);
        assert_eq!(completed("  \\d ru"), ["  \\d runs"]);
        assert_eq!(completed("\\format nd"), ["\\format ndjson"]);
        assert_eq!(completed("\\timing of"), ["\\timing off"]);
        assert!(completed("\\").contains(&"\\rows".to_owned()));
    }

    #[test]
    fn a_file_is_completed_as_it_must_be_written() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("it's.root"), b"").unwrap();
        let at = directory.path().display();

        assert_eq!(
            completed(&format!("FROM '{at}/i")),
            [format!("FROM '{at}/it''s.root")]
        );
        assert_eq!(
            completed(&format!("FROM '{at}/it''")),
            [format!("FROM '{at}/it''s.root")]
        );
        assert_eq!(
            completed(&format!("FROM \"{at}/i")),
            [format!("FROM \"{at}/it's.root")]
        );
        assert_eq!(
            completed(&format!("\\d {at}/i")),
            [format!("\\d {at}/it's.root")]
        );
    }

    #[test]
    fn names_of_the_inside_are_not_offered() {
        assert!(completed("SELECT hep_").is_empty());
        assert_eq!(completed("SELECT delta_r"), ["SELECT delta_r"]);
    }

    #[test]
    fn keywords_follow_the_case_that_is_typed() {
        assert_eq!(keywords("sel")[0].replacement, "select");
        assert_eq!(keywords("SEL")[0].replacement, "SELECT");
    }
}
