//! Opening: from the first byte of a file to the description of a tree, asking for bytes on the way.
//!
//! ```text
//! header ─▶ class descriptions ─▶ top directory ─▶ sub-directories …   FileOpener ─▶ FileIndex
//!                                        └─▶ record of one tree        TreeOpener ─▶ Tree
//! ```

mod directory;
mod fetched;
mod file;
mod header;
mod index;
pub(crate) mod key;
mod recover;
mod tree;

pub(crate) use fetched::{Fetched, Halt};
pub use file::{FileOpener, Want};
pub use index::FileIndex;
pub use key::ObjectKey;
pub use tree::TreeOpener;

use std::ops::Range;

/// What an opener needs next.
///
/// Openers never read. They ask for a range, the caller fetches it (from disk,
/// HTTP, XRootD or a test array), calls `feed` and steps again.
#[derive(Debug)]
#[must_use]
pub enum Step<T> {
    /// Fetch these bytes, feed them and step again. The range lies inside the file.
    NeedBytes(Range<u64>),
    /// Finished.
    Done(T),
}
