//! Editing a line of the shell: when it is complete, and what Tab offers.

use std::cell::OnceCell;
use std::path::Path;

use hepframe_engine::{KEYWORDS, Session};
use rustyline::completion::{Completer, Pair};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};
use tokio::runtime::Handle;

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
        if let Some(quote) = open_quote(before) {
            let start = quote + 1;
            let typed = &before[start..];
            if let Some(colon) = typed.to_ascii_lowercase().rfind(".root:") {
                let tree = colon + ".root:".len();
                let trees = self.trees(&typed[..tree - 1]);
                return Ok((start + tree, offered(&trees, &typed[tree..])));
            }
            return Ok((start, files(typed)));
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

/// True if the text can be run: it ends with `;`, or is a command, or is blank.
fn is_complete(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with('\\') || ends_with_semicolon(text)
}

/// True if the last thing outside quotes and comments is a `;`.
fn ends_with_semicolon(text: &str) -> bool {
    let mut last = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                if !chars.by_ref().any(|inside| inside == c) {
                    return false;
                }
                last = Some(c);
            }
            '-' if chars.peek() == Some(&'-') => {
                // The comment ends with the line.
                let _ = chars.by_ref().find(|inside| *inside == '\n');
            }
            c if c.is_whitespace() => {}
            c => last = Some(c),
        }
    }
    last == Some(';')
}

/// Where the quote begins that the end of the text is in.
fn open_quote(text: &str) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    for (index, c) in text.char_indices() {
        match open {
            Some((_, quote)) if c == quote => open = None,
            None if c == '\'' || c == '"' => open = Some((index, c)),
            _ => {}
        }
    }
    open.map(|(index, _)| index)
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

/// Files and directories that continue a path.
fn files(typed: &str) -> Vec<Pair> {
    let (directory, start) = match typed.rfind('/') {
        Some(slash) => typed.split_at(slash + 1),
        None => ("", typed),
    };
    let listed = if directory.is_empty() {
        Path::new(".")
    } else {
        Path::new(directory)
    };
    let Ok(entries) = std::fs::read_dir(listed) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && !start.starts_with('.');
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(start) && !hidden).then(|| format!("{directory}{name}{slash}"))
        })
        .collect();
    names.sort_unstable();
    names.into_iter().take(OFFERED).map(pair).collect()
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

    #[test]
    fn a_statement_is_complete_at_its_semicolon() {
        assert!(is_complete("SELECT 1;"));
        assert!(is_complete("SELECT 1; -- done"));
        assert!(is_complete("\\d"));
        assert!(!is_complete("SELECT 1"));
        assert!(!is_complete("SELECT ';"));
        assert!(!is_complete("SELECT 1; SELECT"));
        assert!(!is_complete("SELECT 1 -- ;"));
    }

    #[test]
    fn a_path_is_completed_inside_quotes() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("events.root"), b"").unwrap();
        let typed = format!("{}/ev", directory.path().display());

        let found: Vec<_> = files(&typed)
            .into_iter()
            .map(|pair| pair.replacement)
            .collect();

        assert_eq!(
            found,
            [format!("{}/events.root", directory.path().display())]
        );
        assert_eq!(open_quote("FROM 'ev"), Some(5));
        assert_eq!(open_quote("FROM 'ev' "), None);
    }

    #[test]
    fn keywords_follow_the_case_that_is_typed() {
        assert_eq!(keywords("sel")[0].replacement, "select");
        assert_eq!(keywords("SEL")[0].replacement, "SELECT");
    }
}
