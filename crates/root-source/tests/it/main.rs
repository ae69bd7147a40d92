//! Scans of files that root-write wrote, and of the shared data folder if it is there.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

#[cfg(test)]
mod cache;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod rebuilt;
#[cfg(test)]
mod rntuple_reads;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod shared_files;
#[cfg(test)]
mod some_entries;
#[cfg(test)]
mod tables;
