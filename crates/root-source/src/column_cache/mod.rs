//! Decoded columns, kept between queries, sessions and users of a process.

/// How large a [`ColumnCache`] may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheOptions {
    /// Bytes of decoded columns that are kept at most.
    pub bytes: u64,
}

/// Decoded columns of ROOT trees, by file, tree, column and run of entries.
#[derive(Debug)]
pub struct ColumnCache {
    options: CacheOptions,
}

impl ColumnCache {
    /// An empty cache.
    #[must_use]
    pub fn new(options: CacheOptions) -> Self {
        Self { options }
    }

    /// The limits it was made with.
    #[must_use]
    pub fn options(&self) -> &CacheOptions {
        &self.options
    }
}
