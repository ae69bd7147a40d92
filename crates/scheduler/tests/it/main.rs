//! A scheduler on a real port, with executors and clients that are played by the tests.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod pages;
