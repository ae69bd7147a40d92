//! Decoded columns, kept between queries, sessions and users of a process.
//!
//! ```text
//! identity   file, tree, column ─▶ number        learned   smallest, largest value of a chunk
//! chunking   tree ─▶ runs of entries             chunk     a column over one of them
//! store      (number, entries) ─▶ chunk          contents  what is here, for people
//! ```
//!
//! The cache is below filters: different cuts share the same columns. It is only asked for whole
//! chunks. What it holds never decides an answer (docs/adr/0005-column-cache.md).

mod chunk;
mod chunking;
mod contents;
mod identity;
mod learned;
mod store;

use std::fmt;

pub(crate) use chunk::{Chunk, ChunkKey};
pub(crate) use chunking::chunk_borders;
pub use contents::{CacheFilter, CachedColumn};
pub(crate) use identity::{CachedColumnEntry, ColumnIdentity, Directory, FileIdentity};
pub(crate) use learned::{FilterColumn, learn, may_match};
pub(crate) use store::{Asked, Claim, Store};

/// How large a [`ColumnCache`] may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// Bytes of decoded columns that are held at most, kept ones and those being read.
    pub bytes: u64,
}

/// Decoded columns of ROOT trees, by file, tree, column and run of entries.
///
/// One serves a whole process; share it in an [`Arc`].
pub struct ColumnCache {
    options: CacheOptions,
    pub(crate) directory: Directory,
    pub(crate) store: Store,
}

impl ColumnCache {
    /// An empty cache.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        let store = Store::new(options.bytes);
        Self {
            options,
            directory: Directory::default(),
            store,
        }
    }

    /// The limits it was made with.
    #[must_use]
    pub fn options(&self) -> &CacheOptions {
        &self.options
    }

    /// Bytes of all columns it holds.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.store.bytes()
    }

    /// Bytes that may be pinned at most.
    #[must_use]
    pub fn most_pinned_bytes(&self) -> u64 {
        self.store.most_pinned_bytes()
    }

    /// What it holds, by file, tree and column.
    #[must_use]
    pub fn snapshot(&self) -> Vec<CachedColumn> {
        contents::snapshot(&self.store)
    }

    /// Drops all columns, pinned ones too, and what was learned about them; gives their bytes.
    pub fn clear(&self) -> u64 {
        let bytes = self.store.bytes();
        self.store.drop_all();
        self.directory.forget_all_unused();
        bytes
    }

    /// Lets pinned columns be evicted again; gives their bytes.
    pub fn unpin(&self, filter: &CacheFilter) -> u64 {
        self.store.unpin(|chunk| filter.takes(&chunk.column))
    }
}

impl fmt::Debug for ColumnCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnCache")
            .field("options", &self.options)
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}
