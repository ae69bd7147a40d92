//! Decoded columns, kept between queries, sessions and users of a process.
//!
//! ```text
//! identity   file, tree, column ─▶ number        learned   smallest, largest value of a chunk
//! chunking   tree ─▶ runs of entries             chunk     a column over one of them
//! store      (number, entries) ─▶ chunk          contents  what is here, for people
//! disk       the same in files, if asked for
//! ```
//!
//! The cache is below filters: different cuts share the same columns. It is only asked for whole
//! chunks. What it holds never decides an answer (docs/adr/0005-column-cache.md).

mod chunk;
mod chunking;
mod contents;
mod disk;
mod identity;
mod learned;
mod store;

use std::fmt;
use std::time::Duration;

pub(crate) use chunk::{Chunk, ChunkKey};
pub(crate) use chunking::chunk_borders;
pub use contents::{CacheFilter, CachedColumn};
pub(crate) use disk::DiskTier;
pub use disk::{DiskOptions, DiskUse};
pub(crate) use identity::{CachedColumnEntry, ColumnIdentity, Directory, FileIdentity};
pub(crate) use learned::{FilterColumn, learn, may_match};
pub(crate) use store::{Asked, Claim, Store};

use crate::error::SourceError;

/// How large a [`ColumnCache`] may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// Bytes of decoded columns that are held at most, kept ones and those being read.
    pub bytes: u64,
}

/// Decoded columns of ROOT trees, by file, tree, column and run of entries.
///
/// One serves a whole process; share it in an [`Arc`](std::sync::Arc).
pub struct ColumnCache {
    options: CacheOptions,
    pub(crate) directory: Directory,
    pub(crate) store: Store,
    pub(crate) disk: Option<DiskTier>,
}

impl ColumnCache {
    /// An empty cache in memory.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        let store = Store::new(options.bytes);
        Self {
            options,
            directory: Directory::default(),
            store,
            disk: None,
        }
    }

    /// The same with a second tier on disk, and what an earlier process left there.
    ///
    /// # Errors
    /// [`SourceError::CacheDirInUse`] if another process has the directory,
    /// [`SourceError::CacheDir`] if it cannot be made, read or written to.
    pub fn with_disk(mut self, options: DiskOptions) -> Result<Self, SourceError> {
        self.disk = Some(DiskTier::open(options)?);
        Ok(self)
    }

    /// The limits it was made with.
    #[must_use]
    pub fn options(&self) -> &CacheOptions {
        &self.options
    }

    /// The limits of its tier on disk, if it has one.
    #[must_use]
    pub fn disk_options(&self) -> Option<&DiskOptions> {
        self.disk.as_ref().map(DiskTier::options)
    }

    /// What its tier on disk holds, if it has one.
    #[must_use]
    pub fn disk_use(&self) -> Option<DiskUse> {
        self.disk.as_ref().map(DiskTier::usage)
    }

    /// Waits until all that is on its way to the disk is there, or so long; true if it is. Blocks
    /// the thread.
    pub fn finish_writing(&self, limit: Duration) -> bool {
        let disk = self.disk.as_ref();
        disk.is_none_or(|disk| disk.finish_writing(limit))
    }

    /// Bytes of all columns it holds in memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.store.bytes()
    }

    /// Bytes that may be pinned at most.
    #[must_use]
    pub fn most_pinned_bytes(&self) -> u64 {
        self.store.most_pinned_bytes()
    }

    /// What it holds in memory, by file, tree and column.
    #[must_use]
    pub fn in_memory(&self) -> Vec<CachedColumn> {
        contents::in_memory(&self.store)
    }

    /// What it holds in memory and on disk, by file, tree and column. Reads the disk, once for
    /// each file of an earlier process: not for threads that others wait for.
    #[must_use]
    pub fn snapshot(&self) -> Vec<CachedColumn> {
        let columns = self.in_memory();
        match &self.disk {
            Some(disk) => contents::with_disk(columns, &disk.bytes_by_owner()),
            None => columns,
        }
    }

    /// Drops all columns, pinned ones too, and what was learned about them; gives the bytes that
    /// they had in memory. Removes files if there are any on disk.
    pub fn clear(&self) -> u64 {
        let bytes = self.store.bytes();
        self.store.drop_all();
        if let Some(disk) = &self.disk {
            disk.clear();
        }
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
            .field("disk", &self.disk_use())
            .finish_non_exhaustive()
    }
}
