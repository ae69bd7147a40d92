//! Scans of real files: written by root-write, and those of the shared data folder if it is there.
