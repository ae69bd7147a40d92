//! ROOT files as DataFusion tables, and all the I/O of the project.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use datafusion::prelude::SessionContext;
//! use hepframe_root_source::{Caches, RootTable, RootUri, ScanOptions};
//!
//! # async fn example() -> datafusion::error::Result<()> {
//! let context = SessionContext::new();
//! let uris = [RootUri::parse("run*.root:Events")];
//! let options = ScanOptions::default();
//! let table = RootTable::open(&context.state(), &uris, options, Caches::default()).await?;
//!
//! context.register_table("events", Arc::new(table))?;
//! context.sql("SELECT avg(\"MET_pt\") FROM events").await?.show().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is where
//!
//! | module | from → to |
//! |---|---|
//! | `uri` | text → location and tree |
//! | `list` | location → files |
//! | `fetch` | byte ranges → bytes; drives the parsers of root-io |
//! | `open`, `metadata_cache`, `once_lru` | file → parsed tree, once |
//! | `caches`, `column_cache` | decoded columns, kept |
//! | `schema`, `widen` | columns of many files → one schema |
//! | `split` | files → partitions |
//! | `placement` | files → partitions by where their columns are kept |
//! | `file_order` | partitions by place → partitions in the order of the files |
//! | `table`, `factory` | all of these → a `TableProvider` |
//! | `definition` | a table ↔ plain values that travel |
//! | `source` | projection and filters pushed down; the plan's leaf |
//! | `scan` | a partition → batches |
//! | `metrics` | what scans did |
//! | `inspect` | a file → a description for people |
//! | `options`, `error` | settings; what can go wrong |
#![forbid(unsafe_code)]

mod caches;
mod column_cache;
mod definition;
pub mod error;
mod factory;
mod fetch;
mod file_order;
mod inspect;
mod list;
mod metadata_cache;
mod metrics;
mod once_lru;
mod open;
mod options;
mod placement;
mod scan;
mod schema;
mod source;
mod split;
mod table;
mod threads;
mod uri;
mod widen;

pub use caches::Caches;
pub use column_cache::{
    CacheFilter, CacheOptions, CachedColumn, ColumnCache, DiskOptions, DiskUse,
};
pub use definition::{DefinedTable, FileDefinition, RootColumns, TableDefinition, root_columns};
pub use error::{SourceError, is_closed, missing_file, not_utf8_column};
pub use factory::RootTableFactory;
pub use file_order::{in_file_order, in_small_parts};
pub use inspect::{ColumnReport, FileReport, ObjectCount, TreeReport, inspect};
pub use list::{check_readable, files_of};
pub use metadata_cache::MetadataCache;
pub use metrics::{ScanStatistics, scan_progress, scan_statistics};
pub use options::ScanOptions;
pub use placement::{Chunk, Homes, Placement, Settled, chunk_key};
pub use schema::UnsupportedColumn;
pub use source::RootSource;
pub use table::RootTable;
pub use threads::share_last_task;
pub use uri::RootUri;
