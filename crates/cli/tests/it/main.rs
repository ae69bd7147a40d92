//! The command `hepframe`, run as a user runs it.

mod desk;
mod inspect;
mod sql;
