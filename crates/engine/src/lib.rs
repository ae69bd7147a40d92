//! The hepframe session: SQL over ROOT, Parquet, CSV, JSON and Arrow files.
//!
//! ```no_run
//! # async fn example() -> Result<(), hepframe_engine::EngineError> {
//! use hepframe_engine::Session;
//!
//! let session = Session::local()?;
//! let rows = session
//!     .collect("SELECT floor(MET_pt / 2) AS bin, count(*) FROM 'events.root:Events' GROUP BY 1")
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! | module | does |
//! |---|---|
//! | `session` | makes sessions; the one door for SQL |
//! | `dialect` | rewrites of the parsed SQL: `evt.N`, `read_root(..)` |
//! | `given` | values and tables that a statement brings along |
//! | `statement` | one parsed statement |
//! | `plan` | one statement to a logical plan, with warnings |
//! | `query`, `rows` | runs it; rows, cost, progress |
//! | `order` | rows in file order where that is free |
//! | `tables` | locations as tables |
//! | `frame` | analyses step by step, many answers from one scan |
//! | `physics` | lists, collections, combinations, four-vectors, histograms |
//! | `explain` | DataFusion's errors to sentences that help |
//! | `diagnosis` | which entry of which file an error is about |
//! | `cache` | the column cache: its size, its statements |
//! | `connect` | makes sessions on a cluster |
//! | `cluster` | what client, scheduler and executors share |
//! | `user_function` | functions that a caller brings along |
//! | `output` | rows to Parquet, Arrow, CSV and JSON files |
#![forbid(unsafe_code)]

mod cache;
pub mod cluster;
mod connect;
mod current;
mod diagnosis;
mod dialect;
mod error;
mod explain;
pub mod frame;
mod functions;
mod given;
mod keywords;
mod nearest;
mod order;
mod output;
mod physics;
mod plan;
mod query;
mod rows;
mod rules;
mod sentences;
mod session;
mod statement;
mod statistics;
mod store_error;
mod tables;
mod told;
mod user_function;
mod writes;

pub use cache::{CacheReport, ExecutorColumn, default_cache_bytes, parse_bytes};
pub use dialect::{Parameter, STACK_BYTES};
pub use error::{EngineError, Result, SyntaxError};
pub use hepframe_physics::histogram;
pub use hepframe_root_source::{
    CacheFilter, CacheOptions, CachedColumn, Caches, ColumnCache, ColumnReport, DiskOptions,
    DiskUse, FileReport, ObjectCount, TreeReport,
};
pub use keywords::KEYWORDS;
pub use output::{FileWriter, OutputFormat, TextWriter};
pub use physics::physics_reference;
pub use query::Query;
pub use rows::RowStream;
pub use session::{Session, SessionOptions, TableInfo};
pub use statement::Statement;
pub use statistics::{Progress, Statistics};
pub use user_function::UserFunction;
