//! The column cache as sessions see it: its size, and the statements that fill, show and empty it.
//!
//! The cache itself is root-source's; here is what SQL and the session's calls do with it.

mod calls;
mod memory;
mod report;
mod size;
mod statements;

pub use memory::default_cache_bytes;
pub use report::{CacheReport, ExecutorColumn};
pub use size::parse_bytes;
pub(crate) use statements::{CacheAction, run};
