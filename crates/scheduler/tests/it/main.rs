//! A scheduler on a real port, with executors and clients that are played by the tests.

mod cluster;
mod faults;
mod jobs;
mod pages;
