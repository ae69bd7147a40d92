//! What goes wrong in a cluster: the right answer, or a clear error, and always in time.

mod chaos;
mod losses;
mod memory;
mod misfits;
mod network;
pub(crate) mod processes;
