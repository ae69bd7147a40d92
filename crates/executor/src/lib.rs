//! The hepframe executor: runs tasks, keeps columns in memory.
//!
//! ```no_run
//! use hepframe_executor::{Caches, Executor, ExecutorOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let options = ExecutorOptions { slots: 4, ..ExecutorOptions::new("hepframe://head:21050") };
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:21060").await?;
//! let mut executor = Executor::start(options, Caches::default(), listener)?;
//! tokio::signal::ctrl_c().await?;
//! executor.drain();
//! executor.join().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Ballista gives the parts (query stages, shuffle files, the Flight service); they are put together
//! here, because Ballista's own process can neither cancel tasks that were pulled, nor share one
//! memory pool among them, nor serve everything on one port.
//!
//! | module | does |
//! |---|---|
//! | `options`, `error` | settings, checked; what can go wrong |
//! | `start` | puts the parts together |
//! | `life` | what a running executor does until its end |
//! | `link` | the way to the scheduler |
//! | `phase` | whether tasks are still taken |
//! | `poll` | asks the scheduler for tasks, tells how they ended |
//! | `watch` | hears from the scheduler when there is work |
//! | `tasks` | runs tasks on threads of their own, cancels them |
//! | `stage` | one task: bytes of a plan → files of rows |
//! | `cancel` | ends all that a task has begun |
//! | `connections` | ways to other executors |
//! | `failure` | errors of tasks, told to the scheduler so that it can decide |
//! | `work_dir` | the files of this executor, and of nobody else |
//! | `server` | everything served on the one port |
//! | `control`, `flight`, `cache_service`, `health` | the services |
//! | `metrics` | numbers for Prometheus |
#![forbid(unsafe_code)]

mod cache_service;
mod cancel;
mod connections;
mod control;
mod error;
mod failure;
mod flight;
mod health;
mod life;
mod link;
mod metrics;
mod options;
mod phase;
mod poll;
mod server;
mod stage;
mod start;
mod tasks;
mod watch;
mod work_dir;

pub use error::ExecutorError;
pub use hepframe_root_source::{CacheOptions, Caches, ColumnCache, DiskOptions};
pub use options::ExecutorOptions;
pub use start::{Executor, ExecutorHandle};
pub use work_dir::default_work_dir;
