//! Reading one partition.
//!
//! ```text
//! PartitionedFile ─▶ steps ─▶ fetch ─▶ decode ─▶ batches
//!   (entry range)    └─ a few steps ahead, each a task of its own ─┘
//! ```
//!
//! * [`opener`](PartitionOpener): from a planned file to a stream of batches
//! * [`columns`]: how a column of the table comes out of this file
//! * [`steps`]: an entry range → pieces that fit in memory
//! * [`feed`], [`pages`]: baskets, or pages of an RNTuple → the columns' readers
//! * [`step`]: one piece without a filter, and what both kinds share
//! * [`filter`]: which rows a predicate keeps
//! * [`filtered`]: one piece with a filter: judge first, then read what survives,
//!   in batches that are [not too small](small_batches)
//! * [`cached`], [`batches`]: whole chunks of entries through the column cache
//! * [`load`]: reads what the cache lacks, once for all who ask
//! * [`run`](RunFiles): files that a run of a plan has looked at

mod batches;
mod cached;
mod columns;
mod feed;
mod filter;
mod filtered;
mod load;
mod opener;
mod pages;
mod run;
mod small_batches;
mod step;
mod steps;

pub(crate) use filter::Filter;
pub(crate) use opener::PartitionOpener;
pub(crate) use run::RunFiles;
pub(crate) use steps::{StepSize, cut, room_for_pages};
