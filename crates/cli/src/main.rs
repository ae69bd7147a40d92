//! The command `hepframe`: SQL over ROOT files, in a shell or in one go.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod args;
mod commands;
mod error;
mod interrupt;
mod output;
mod progress;
mod run;
mod service;
mod view;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let typed = args::with_comments(std::env::args_os());
    let arguments = match service::config::arguments(typed) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::report(&error),
    }
}
