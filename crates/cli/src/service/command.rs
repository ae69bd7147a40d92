//! The command line as clap is told of it, beyond what its derive can say.
//!
//! Options of queries stand before or after the name of a command, so they are global; services
//! have no use for them, and neither show nor take them. An environment variable that is empty is
//! as good as none.

use clap::builder::{OsStr, Resettable};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, Error};

use super::config::SERVICES;
use crate::args::Arguments;

/// All commands and options.
pub(crate) fn command() -> Command {
    let command = without_empty(Arguments::command());
    let global = of_queries(&command);
    command.mut_subcommands(|service| {
        if !SERVICES.contains(&service.get_name()) {
            return service;
        }
        let unused = unused(&global, &service);
        // A hidden one of the same name keeps clap from adding the global one to the help.
        service.args(unused.into_iter().map(|option| option.hide(true)))
    })
}

/// Refuses options of queries that were typed for a service.
///
/// # Errors
/// As clap says it of unknown options.
pub(crate) fn refuse_unused(matches: &ArgMatches) -> Result<(), Error> {
    let Some((name, options)) = matches.subcommand() else {
        return Ok(());
    };
    let derived = Arguments::command();
    let service = derived.find_subcommand(name);
    let Some(service) = service.filter(|_| SERVICES.contains(&name)) else {
        return Ok(());
    };
    for option in unused(&of_queries(&derived), service) {
        let id = option.get_id().as_str();
        let is_typed =
            |matches: &ArgMatches| matches.value_source(id) == Some(ValueSource::CommandLine);
        if is_typed(options) || is_typed(matches) {
            let long = option.get_long().unwrap_or(id);
            let text = format!("`hepframe {name}` has no --{long}; it is for commands that query");
            return Err(command().error(ErrorKind::UnknownArgument, text));
        }
    }
    Ok(())
}

fn of_queries(command: &Command) -> Vec<Arg> {
    let options = command.get_arguments();
    options
        .filter(|option| option.is_global_set())
        .cloned()
        .collect()
}

/// Options of queries that a service does not have under the same name.
fn unused(of_queries: &[Arg], service: &Command) -> Vec<Arg> {
    let has = |option: &&Arg| {
        service
            .get_arguments()
            .any(|own| own.get_id() == option.get_id())
    };
    of_queries
        .iter()
        .filter(|option| !has(option))
        .cloned()
        .collect()
}

/// Takes the environment from options whose variable is empty.
fn without_empty(command: Command) -> Command {
    let is_empty = |option: &Arg| {
        let value = option.get_env().and_then(std::env::var_os);
        value.is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|option| {
            if is_empty(&option) {
                option.env(Resettable::<OsStr>::Reset)
            } else {
                option
            }
        })
        .mut_subcommands(without_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_show_only_what_they_use() {
        let help = |name: &str| {
            let mut all = command();
            all.build();
            all.find_subcommand_mut(name)
                .unwrap()
                .render_help()
                .to_string()
        };

        for name in SERVICES {
            let text = help(name);
            assert!(
                !text.contains("--cluster <") && !text.contains("--user <"),
                "{text}"
            );
            assert!(
                !text.contains("--threads <") && text.contains("--port"),
                "{text}"
            );
        }
        assert!(!help("scheduler").contains("--cache-"));
        assert!(help("executor").contains("--cache-bytes"));
        assert!(help("sql").contains("--cluster <"));
    }

    #[test]
    fn services_refuse_options_of_queries_wherever_they_stand() {
        for words in [
            ["hepframe", "scheduler", "--threads", "2"],
            ["hepframe", "--threads", "2", "scheduler"],
        ] {
            let matches = command().try_get_matches_from(words).unwrap();
            let refused = refuse_unused(&matches).unwrap_err().to_string();
            assert!(
                refused.contains("`hepframe scheduler` has no --threads"),
                "{refused}"
            );
        }
        let words = ["hepframe", "--threads", "2", "sql", "SELECT 1"];
        refuse_unused(&command().try_get_matches_from(words).unwrap()).unwrap();
    }
}
