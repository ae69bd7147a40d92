//! `hepframe` without a command: the shell.

use std::io::IsTerminal;
use std::path::PathBuf;

use hepframe_engine::{Session, Statistics};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use tokio::runtime::Runtime;

use super::backslash::{Backslash, HELP, plain_word};
use super::line::Line;
use super::sql::{read_file, read_stdin};
use super::start_runtime;
use crate::args::Format;
use crate::error::{CliError, Result};
use crate::interrupt::run_until_interrupted;
use crate::output;
use crate::run::{Show, run_statement, run_text};
use crate::service::units::size;
use crate::view::report::bytes;

const PROMPT: &str = "hepframe> ";
const GREETING: &str = "\
hepframe: SQL over ROOT files. End a statement with ; and press Enter. \\? for help, \\q to leave.
Try: SELECT * FROM 'events.root:Events' LIMIT 5;";
/// Lines of history kept.
const HISTORY: usize = 10_000;

/// Runs the shell; if standard input is no terminal, runs the SQL in it.
pub(super) fn run(runtime: Runtime, session: Session, threads: Option<usize>) -> Result<()> {
    let show = Show {
        format: Format::Table,
        rows: 40,
        more: "\\rows N shows more",
        stats: false,
    };
    if !std::io::stdin().is_terminal() {
        let show = Show {
            more: "`hepframe sql --rows N` shows more",
            ..show
        };
        let text = read_stdin()?;
        let ended = run_until_interrupted(&runtime, async move {
            run_text(&session, &text, &show, None).await
        });
        runtime.shutdown_background();
        return ended;
    }
    let mut shell = Shell {
        runtime,
        session,
        threads,
        show,
        timing: true,
    };
    let ended = shell.run();
    shell.runtime.shutdown_background();
    ended
}

struct Shell {
    runtime: Runtime,
    session: Session,
    threads: Option<usize>,
    show: Show,
    timing: bool,
}

/// Whether the shell goes on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Prompt,
    Leave,
}

impl Shell {
    fn run(&mut self) -> Result<()> {
        let config = Config::builder()
            .history_ignore_space(true)
            .max_history_size(HISTORY)?
            .completion_type(CompletionType::List)
            .build();
        let mut editor: Editor<Line, FileHistory> = Editor::with_config(config)?;
        let history = history_file();
        if let Some(path) = &history
            && path.try_exists().unwrap_or(false)
            && let Err(error) = editor.load_history(path)
        {
            output::warn(&format!(
                "no history: cannot read {}: {error}",
                path.display()
            ));
        }
        output::line(GREETING)?;
        loop {
            let runtime = self.runtime.handle().clone();
            editor.set_helper(Some(Line::new(runtime, self.session.clone())));
            match editor.readline(PROMPT) {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => {
                    editor.add_history_entry(text.trim())?;
                    save_history(&mut editor, history.as_ref());
                    if self.enter(&text)? == Next::Leave {
                        return Ok(());
                    }
                }
                // Ctrl-C clears the line and nothing else.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Does what was typed. Failures are told; only output that cannot be written ends the shell.
    fn enter(&mut self, text: &str) -> Result<Next> {
        let text = text.trim();
        if text.starts_with('\\') {
            return self.command(text);
        }
        if let Some(command) = plain_word(text) {
            return self.command(command);
        }
        self.run_sql(text)?;
        Ok(Next::Prompt)
    }

    fn command(&mut self, text: &str) -> Result<Next> {
        match Backslash::parse(text) {
            Ok(Backslash::Quit) => return Ok(Next::Leave),
            Ok(Backslash::Help) => output::line(&format!("{HELP}\n\n{}", self.cache()))?,
            Ok(Backslash::Tables) => self.list_tables()?,
            Ok(Backslash::Describe(table)) => self.describe(&table)?,
            Ok(Backslash::Timing(timing)) => {
                self.timing = timing.unwrap_or(!self.timing);
                let state = if self.timing { "on" } else { "off" };
                output::line(&format!("timing is {state}; {}", self.cache()))?;
            }
            Ok(Backslash::Rows(rows)) => self.show.rows = rows,
            Ok(Backslash::Format(format)) => self.show.format = format,
            Ok(Backslash::Include(path)) => match read_file(&path) {
                Ok(sql) => self.run_sql(&sql)?,
                Err(error) => output::tell(&error),
            },
            Err(message) => output::note(&message),
        }
        Ok(Next::Prompt)
    }

    /// How large the column cache is, and how full.
    fn cache(&self) -> String {
        match self.session.caches().map(|caches| caches.columns) {
            Some(Some(columns)) => {
                let mut text = format!(
                    "the column cache holds {} of {}",
                    size(columns.bytes()),
                    size(columns.options().bytes)
                );
                if let (Some(disk), Some(most)) = (columns.disk_use(), columns.disk_options()) {
                    text += &format!(", on disk {} of {}", size(disk.bytes), size(most.bytes));
                }
                text
            }
            Some(None) => "columns are not kept (--cache-bytes 0)".to_owned(),
            None => "columns are kept on the cluster: SHOW CACHE".to_owned(),
        }
    }

    /// All columns of a table, however many.
    fn describe(&mut self, table: &str) -> Result<()> {
        let show = Show {
            rows: usize::MAX,
            ..self.show.clone()
        };
        self.run_shown(&describe(table), show)
    }

    fn run_sql(&mut self, sql: &str) -> Result<()> {
        self.run_shown(sql, self.show.clone())
    }

    fn run_shown(&mut self, sql: &str, show: Show) -> Result<()> {
        let (session, sql) = (self.session.clone(), sql.to_owned());
        let timing = self.timing;
        let task = async move {
            for statement in session.sql(&sql)? {
                let statistics = run_statement(statement, &show, None).await?;
                if timing {
                    output::note(&summary(&statistics));
                }
            }
            Ok(())
        };
        let Err(error) = run_until_interrupted(&self.runtime, task) else {
            return Ok(());
        };
        output::tell(&error);
        if matches!(error, CliError::Interrupted { stuck: true }) {
            // The next statement must not wait for threads that still compute this one.
            let stuck = std::mem::replace(&mut self.runtime, start_runtime(self.threads)?);
            stuck.shutdown_background();
        }
        Ok(())
    }

    fn list_tables(&self) -> Result<()> {
        let mut tables = self.runtime.block_on(self.session.tables());
        tables.extend(self.session.located_tables());
        if tables.is_empty() {
            return output::line("no tables yet; name a file in quotes: FROM 'events.root:Events'");
        }
        for table in tables {
            let columns = table.schema.fields().len();
            output::line(&format!("{}  ({columns} columns)", table.name))?;
        }
        Ok(())
    }
}

/// `DESCRIBE` of a table, or of a file if there is no such table.
fn describe(table: &str) -> String {
    let plain = table.trim_matches(|c| c == '\'' || c == '"' || c == ';');
    format!("DESCRIBE \"{}\"", plain.replace('"', "\"\""))
}

/// `0.123 s, read 12.3 MB (unpacked 20.1 MB)`.
fn summary(statistics: &Statistics) -> String {
    let seconds = statistics.wall_ms / 1e3;
    let mut text = format!("{seconds:.3} s");
    if statistics.bytes_read > 0 {
        text.push_str(&format!(", read {}", bytes(statistics.bytes_read)));
    }
    if statistics.bytes_decompressed > 0 {
        text.push_str(&format!(
            " (unpacked {})",
            bytes(statistics.bytes_decompressed)
        ));
    }
    text
}

/// Where history is kept between sessions; `None` if there is no home.
fn history_file() -> Option<PathBuf> {
    let data = match std::env::var_os("XDG_DATA_HOME") {
        Some(directory) if !directory.is_empty() => PathBuf::from(directory),
        _ => std::env::home_dir()?.join(".local/share"),
    };
    Some(data.join("hepframe").join("history"))
}

/// Losing history is no reason to end a session; it is told when it cannot be read.
fn save_history(editor: &mut Editor<Line, FileHistory>, path: Option<&PathBuf>) {
    let Some(path) = path else { return };
    let saved = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .map_err(ReadlineError::from)
        .and_then(|()| editor.save_history(path));
    drop(saved);
}
