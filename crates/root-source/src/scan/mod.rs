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
//! * [`feed`]: baskets → the columns' readers
//! * [`step`]: one piece without a filter, and what both kinds share
//! * [`filtered`]: one piece with a filter: judge first, then read what survives

mod columns;
mod feed;
mod filtered;
mod opener;
mod step;
mod steps;

pub(crate) use filtered::Filter;
pub(crate) use opener::PartitionOpener;
