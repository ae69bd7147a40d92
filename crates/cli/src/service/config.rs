//! Options of services from the command line, the environment and a file, in this order.
//!
//! The file is TOML with a table per command, its keys the options without dashes in front:
//!
//! ```toml
//! [executor]
//! scheduler = "hepframe://10.0.0.1:21050"
//! slots = 16
//! cache-bytes = "200GiB"
//! ```
//!
//! What the file says is put behind what was typed, as if typed, unless it was typed or is in the
//! environment: so one set of rules checks both.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, Error, FromArgMatches};
use toml::{Table, Value};

use super::command::{command, refuse_unused};
use crate::args::Arguments;

/// Commands that have a table in the file.
pub(crate) const SERVICES: [&str; 3] = ["scheduler", "executor", "cluster"];

/// Options that make no sense in the file.
const NOT_IN_FILE: [&str; 4] = ["config", "with-parent", "help", "version"];

/// Below this, a name is not meant to be another.
const ALIKE: f64 = 0.7;

/// The arguments from all sources.
///
/// # Errors
/// What clap says of typed ones, or a sentence about the file.
pub(crate) fn arguments(typed: Vec<OsString>) -> Result<Arguments, Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(typed.clone())?;
    refuse_unused(&matches)?;
    let added = match config_of(&matches) {
        Some((service, options, file)) => {
            let added = from_file(&command, service, options, &file)
                .map_err(|problem| refused(&mut command, &file, &problem))?;
            Some((file, added))
        }
        None => None,
    };
    let Some((file, added)) = added else {
        return Arguments::from_arg_matches(&matches);
    };
    let mut all = typed;
    all.extend(added);
    // What was typed is known to be right, so whatever is wrong now is the file's.
    let matches = command
        .try_get_matches_from_mut(all)
        .map_err(|error| refused(&mut Arguments::command(), &file, &first_line(&error)))?;
    Arguments::from_arg_matches(&matches)
}

/// The service, its options and its file, if the command is a service with a file.
fn config_of(matches: &ArgMatches) -> Option<(&str, &ArgMatches, PathBuf)> {
    let (name, options) = matches.subcommand()?;
    let service = SERVICES.into_iter().find(|service| *service == name)?;
    let file = options.get_one::<PathBuf>("config")?.clone();
    Some((service, options, file))
}

/// What the file says and nobody else did, as arguments.
fn from_file(
    command: &Command,
    service: &str,
    options: &ArgMatches,
    file: &Path,
) -> Result<Vec<OsString>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let tables: Table = text
        .parse()
        .map_err(|error| format!("is not TOML: {error}"))?;
    let mut added = Vec::new();
    for (name, table) in &tables {
        let Value::Table(table) = table else {
            return Err(unknown("table", name, &SERVICES));
        };
        let described = command
            .find_subcommand(name)
            .filter(|_| SERVICES.contains(&name.as_str()))
            .ok_or_else(|| unknown("table", name, &SERVICES))?;
        for (key, value) in table {
            let option =
                option_of(described, key).map_err(|problem| format!("[{name}] {problem}"))?;
            let words =
                words(option, key, value).map_err(|problem| format!("[{name}] {problem}"))?;
            if name == service && !is_said(options, option) {
                added.extend(words);
            }
        }
    }
    Ok(added)
}

fn option_of<'a>(command: &'a Command, key: &str) -> Result<&'a Arg, String> {
    let in_file = || {
        command
            .get_arguments()
            .filter(|option| !option.is_global_set() && !option.is_hide_set())
            .filter_map(|option| Some((option.get_long()?, option)))
            .filter(|(name, _)| !NOT_IN_FILE.contains(name))
    };
    in_file()
        .find(|(name, _)| *name == key)
        .map(|(_, option)| option)
        .ok_or_else(|| {
            let names: Vec<&str> = in_file().map(|(name, _)| name).collect();
            unknown("key", key, &names)
        })
}

/// True if the option was typed or is in the environment.
fn is_said(options: &ArgMatches, option: &Arg) -> bool {
    matches!(
        options.value_source(option.get_id().as_str()),
        Some(ValueSource::CommandLine | ValueSource::EnvVariable)
    )
}

/// A key and its value as they would be typed.
fn words(option: &Arg, key: &str, value: &Value) -> Result<Vec<OsString>, String> {
    let is_switch = matches!(option.get_action(), ArgAction::SetTrue);
    let text = match value {
        Value::Boolean(on) if is_switch => {
            return Ok(on.then(|| format!("--{key}").into()).into_iter().collect());
        }
        _ if is_switch => {
            return Err(format!(
                "{key} is {}; write true or false",
                value.type_str()
            ));
        }
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
            return Err(format!(
                "{key} is {}; write one number or text",
                value.type_str()
            ));
        }
    };
    Ok(vec![format!("--{key}={text}").into()])
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let closest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness >= ALIKE);
    let hint = match closest {
        Some((_, candidate)) => format!("did you mean `{candidate}`?"),
        None => format!("there is {}", known.join(", ")),
    };
    format!("the {what} `{name}` is not known; {hint}")
}

fn refused(command: &mut Command, file: &Path, problem: &str) -> Error {
    command.error(
        ErrorKind::InvalidValue,
        format!("configuration file {}: {problem}", file.display()),
    )
}

/// The sentence of clap's text, without its hints for what was typed.
fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::args::{Command as Typed, ServiceCommand};
    use crate::service::options::ExecutorArguments;

    fn executor(file: &str, typed: &[&str]) -> Result<ExecutorArguments, String> {
        let mut config = tempfile::NamedTempFile::new().unwrap();
        config.write_all(file.as_bytes()).unwrap();
        let path = config.path().to_str().unwrap();
        let words = ["hepframe", "executor", "--config", path]
            .into_iter()
            .chain(typed.iter().copied());
        let arguments = arguments(words.map(OsString::from).collect());
        match arguments.map_err(|error| error.to_string())?.command {
            Some(Typed::Service(ServiceCommand::Executor(executor))) => Ok(*executor),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_above_defaults_and_below_what_is_typed() {
        let file =
            "[executor]\nslots = 3\nport = 1111\ncache-bytes = \"1GiB\"\n[scheduler]\nport = 5\n";

        let executor = executor(file, &["--port", "2222"]).unwrap();

        assert_eq!(executor.slots, Some(3));
        assert_eq!(executor.port, 2222);
        assert_eq!(executor.cache_bytes, Some(1 << 30));
        assert_eq!(executor.bind, "127.0.0.1");
    }

    #[test]
    fn an_unknown_key_or_table_is_refused_with_the_nearest() {
        let key = executor("[executor]\nslotz = 3", &[]).unwrap_err();
        assert!(
            key.contains("[executor] the key `slotz` is not known; did you mean `slots`?"),
            "{key}"
        );
        let table = executor("[execuctor]\nslots = 3", &[]).unwrap_err();
        assert!(table.contains("did you mean `executor`?"), "{table}");
        let loose = executor("slots = 3", &[]).unwrap_err();
        assert!(
            loose.contains("the table `slots` is not known; there is scheduler"),
            "{loose}"
        );
    }

    #[test]
    fn tables_of_other_services_are_checked_too() {
        let message = executor("[scheduler]\nprot = 3", &[]).unwrap_err();

        assert!(message.contains("did you mean `port`?"), "{message}");
    }

    #[test]
    fn a_value_that_cannot_be_is_the_files_fault() {
        for (file, part) in [
            ("[executor]\nport = 70000", "'70000' for '--port"),
            ("[executor]\ncache-bytes = \"lots\"", "2GiB"),
            ("[executor]\nslots = [1, 2]", "write one number or text"),
            ("[executor]\nconfig = \"x\"", "`config` is not known"),
            (
                "[executor]\nwith-parent = true",
                "`with-parent` is not known",
            ),
            ("[executor", "is not TOML"),
        ] {
            let message = executor(file, &[]).unwrap_err();
            assert!(
                message.contains("configuration file") && message.contains(part),
                "{message}"
            );
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let words = ["hepframe", "executor", "--config", "/no/such.toml"];

        let message = arguments(words.map(OsString::from).to_vec())
            .unwrap_err()
            .to_string();

        assert!(
            message.contains("/no/such.toml: cannot be read"),
            "{message}"
        );
    }
}
