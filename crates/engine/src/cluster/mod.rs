//! What client, scheduler and executors share: plans on the wire, and our own remote calls.
//!
//! ```text
//! client                      scheduler                       executors
//!   OpenTable 'a.root' ────────▶ TableService (opens, keeps)
//!   logical plan ──────────────▶ physical plan, stages ────────▶ tasks: wire::PhysicalCodec
//!   JobProgress ───────────────▶ task states                     ColumnCache {Show, Clear, Unpin}
//!   rows ◀──────────────────────────────────────────────────────
//! ```

mod client;
mod failure;
mod job;
mod planner;
mod remote_tables;
pub mod rpc;
mod tables;
pub mod wire;

pub use crate::order::cluster::{ScansInFileOrder, merge_in_order};
pub use client::{ClusterClient, DEFAULT_PORT};
pub(crate) use failure::{failure_of_task, is_lost, is_unreachable, not_utf8_column, why_given_up};
pub(crate) use job::Jobs;
pub(crate) use planner::ClusterPlanner;
pub(crate) use remote_tables::ClusterTables;
pub use tables::TableService;
