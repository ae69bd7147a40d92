//! The hepframe scheduler: plans queries, places tasks where their columns are.
#![forbid(unsafe_code)]

pub mod placement;
