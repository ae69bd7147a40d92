//! The hepframe executor: runs tasks, keeps columns in memory.
#![forbid(unsafe_code)]
