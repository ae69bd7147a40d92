//! What a process remembers of files, handed to everything that opens or reads them.

use std::sync::Arc;

use crate::column_cache::{CacheOptions, ColumnCache, DiskOptions};
use crate::error::SourceError;
use crate::metadata_cache::MetadataCache;

/// The caches of one process. All its sessions and tasks share them; cloning is cheap.
///
/// They save work and never decide an answer: with others, or none, a plan gives the same rows.
#[derive(Debug, Clone)]
pub struct Caches {
    /// Parsed trees.
    pub metadata: Arc<MetadataCache>,
    /// Decoded columns; `None` if every query reads them anew.
    pub columns: Option<Arc<ColumnCache>>,
}

impl Caches {
    /// Keeps trees of at most so many bytes, and no columns.
    #[must_use]
    pub fn of_metadata(limit_bytes: usize) -> Self {
        Self {
            metadata: Arc::new(MetadataCache::new(limit_bytes)),
            columns: None,
        }
    }

    /// The same with a cache of columns of so many bytes in memory, none if they are 0, and with a
    /// second tier on disk if there are options for it.
    ///
    /// # Errors
    /// As [`ColumnCache::with_disk`], and [`SourceError::DiskWithoutMemory`].
    pub fn with_column_cache(
        self,
        bytes: u64,
        disk: Option<DiskOptions>,
    ) -> Result<Self, SourceError> {
        let columns = || ColumnCache::new(CacheOptions { bytes });
        let columns = match (bytes, disk) {
            (0, None) => return Ok(self),
            (0, Some(_)) => return Err(SourceError::DiskWithoutMemory),
            (_, None) => columns(),
            (_, Some(disk)) => columns().with_disk(disk)?,
        };
        Ok(self.with_columns(Arc::new(columns)))
    }

    /// The same with this cache of columns.
    #[must_use]
    pub fn with_columns(mut self, columns: Arc<ColumnCache>) -> Self {
        self.columns = Some(columns);
        self
    }
}

impl Default for Caches {
    /// Half a GiB for trees, enough for some thousand files of some hundred columns.
    fn default() -> Self {
        Self::of_metadata(512 << 20)
    }
}
