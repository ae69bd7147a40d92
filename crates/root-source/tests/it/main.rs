//! Scans of files that root-write wrote, and of the shared data folder if it is there.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "small numbers"
)]

mod fixture;
mod plans;
mod rows;
mod schemas;
mod shared_files;
mod tables;
