//! The `hepframe` command.
fn main() {}
