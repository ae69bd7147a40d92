//! The hepframe scheduler: plans queries, places tasks where their columns are.
//!
//! ```no_run
//! use hepframe_scheduler::{Scheduler, SchedulerOptions};
//! use tokio::net::TcpListener;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = TcpListener::bind("0.0.0.0:21050").await?;
//! let scheduler = Scheduler::start(SchedulerOptions::default(), listener).await?;
//! tokio::signal::ctrl_c().await?;
//! scheduler.shutdown().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Ballista's scheduler does the staging, retries and bookkeeping. Ours, around it:
//!
//! | module | does |
//! |---|---|
//! | `start` | puts all together |
//! | `routes` | serves it on one port, with pages for health and metrics |
//! | `gateway` | Ballista's service; a query ends with its client |
//! | `job_ids` | ids of jobs, known at once |
//! | `told` | how tasks ended, counted once |
//! | `planning` | the session of one query |
//! | `service` | opens tables, tells progress, rings executors |
//! | `fan_out` | asks the column caches of all executors |
//! | `placement` | gives work to whom it fits best |
//! | `jobs` | stands around running jobs: repairs, reasons, progress |
//! | `watchdog` | ends what cannot go on |
//! | `listeners` | who is on the line, and what a broken one means |
//! | `roster`, `hints` | who is there; how they are rung |
#![forbid(unsafe_code)]

mod error;
mod fan_out;
mod gateway;
mod hints;
mod job_ids;
mod jobs;
mod listeners;
mod metrics;
mod options;
mod placement;
mod planning;
mod roster;
mod routes;
mod service;
mod start;
mod told;
mod watchdog;

use ballista_scheduler::scheduler_server::SchedulerServer;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};

pub use error::SchedulerError;
pub use options::SchedulerOptions;
pub use roster::LiveExecutor;
pub use start::{Scheduler, SchedulerHandle};

/// Ballista's part.
type Ballista = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;
