//! The second tier of the cache: decoded chunks on a local disk, which survive the process.
//!
//! ```text
//! key     column, entries ─▶ bytes that say it all ─▶ name    file    key, arrays ↔ bytes, checked
//! folder  name ↔ file of a directory that is ours alone       index   name ─▶ size, who goes first
//! queue   chunks on their way to the disk                     shared  index and files in step
//! tier    all of it, as scans see it
//! ```
//!
//! A chunk is written behind its reader's back and looked for here before the ROOT file is read.
//! What is found is checked as a whole first; anything odd about it is as if it were not there.

mod file;
mod folder;
mod index;
mod key;
mod queue;
mod shared;
mod tier;

use std::path::PathBuf;

pub(crate) use key::Owner;
pub(crate) use tier::DiskTier;

/// Where and how much a [`ColumnCache`](crate::ColumnCache) keeps on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskOptions {
    /// A directory on a local disk, made if it is missing. No two processes can share it.
    pub dir: PathBuf,
    /// Bytes that its files take at most, those being written among them.
    pub bytes: u64,
}

/// What a cache has on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskUse {
    /// Bytes that its files take.
    pub bytes: u64,
    /// Chunks that are there.
    pub chunks: u64,
    /// Chunks written since the start.
    pub written: u64,
    /// Chunks that were not written since the start: the disk was too slow, or they are too large.
    pub left_out: u64,
    /// Why it is no longer used, if it is not.
    pub trouble: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::DataType;

    use crate::column_cache::identity::{
        CachedColumnEntry, ColumnIdentity, Directory, FileIdentity,
    };

    pub(super) fn file() -> FileIdentity {
        FileIdentity {
            file: "a".to_owned(),
            size: 1,
            modified_ns: Some(1),
            e_tag: None,
            uuid: "00".to_owned(),
            tree: "t;1".to_owned(),
        }
    }

    pub(super) fn column(data_type: DataType) -> ColumnIdentity {
        ColumnIdentity {
            name: "x".to_owned(),
            data_type,
            batch_rows: 4,
        }
    }

    pub(super) fn entry(file: FileIdentity, column: ColumnIdentity) -> Arc<CachedColumnEntry> {
        let entries = Directory::default().entries(file, std::iter::once(Some(column)));
        entries.into_iter().next().flatten().unwrap()
    }
}
