//! Parsed trees, kept so that a second query on a file with 10 000 branches does not parse it
//! again.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use datafusion::error::Result;
use hepframe_root_io::{Column, Tree};
use object_store::ObjectMeta;
use parking_lot::RwLock;

use crate::once_lru::OnceLru;
use crate::schema::{TreeShape, shape_of};

/// Parsed trees by file (URL, size, modification time) and tree name.
///
/// Bounded by the bytes the trees take; the least recently used go first. Whoever asks for a
/// tree that someone else is parsing waits for that one.
#[derive(Debug)]
pub struct MetadataCache {
    trees: OnceLru<TreeKey, CachedTree>,
}

/// One parsed tree, and what scans learned about it.
#[derive(Debug)]
pub(crate) struct CachedTree {
    pub(crate) tree: Arc<Tree>,
    pub(crate) shape: Arc<TreeShape>,
    /// In the header of the file.
    pub(crate) uuid: String,
    /// `dir/tree;cycle`
    pub(crate) spelled: String,
    /// Which column unpacks to the most bytes.
    largest: Option<usize>,
    binary_columns: RwLock<BTreeSet<String>>,
}

/// A file as it was at one time, and the name of a tree in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TreeKey {
    file: String,
    size: u64,
    modified_ns: Option<i64>,
    e_tag: Option<String>,
    tree: Option<String>,
}

impl MetadataCache {
    /// A cache that keeps trees of at most `limit_bytes` in all.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            trees: OnceLru::new(limit_bytes),
        }
    }

    /// The tree of this key, parsed by `parse` if it is not here.
    pub(crate) async fn get_or_parse(
        &self,
        key: &TreeKey,
        parse: impl Future<Output = Result<Arc<CachedTree>>>,
    ) -> Result<Arc<CachedTree>> {
        self.trees
            .get_or_make(key, parse, CachedTree::memory_bytes)
            .await
    }

    /// Makes a parsed tree known under a second name.
    pub(crate) fn put(&self, key: &TreeKey, parsed: &Arc<CachedTree>) {
        self.trees.put(key, parsed, CachedTree::memory_bytes);
    }
}

impl CachedTree {
    /// `spelled` is the tree's path with its cycle.
    pub(crate) fn new(tree: Tree, uuid: &str, spelled: String) -> Self {
        let shape = Arc::new(shape_of(&tree));
        let largest = tree.columns.iter().enumerate();
        let largest = largest.max_by_key(|(_, column)| column.tot_bytes);
        Self {
            largest: largest.map(|(i, _)| i),
            tree: Arc::new(tree),
            shape,
            uuid: uuid.to_owned(),
            spelled,
            binary_columns: RwLock::default(),
        }
    }

    /// The column that unpacks to the most bytes.
    pub(crate) fn largest_column(&self) -> Option<&Arc<Column>> {
        self.tree.columns.get(self.largest?)
    }

    /// Memory that reading these entries of a column takes, by the average of the tree: baskets as
    /// they are stored, and unpacked.
    pub(crate) fn bytes_to_read(&self, column: &Column, entries: &Range<u64>) -> u64 {
        let share = u128::from(entries.end - entries.start)
            * (u128::from(column.tot_bytes) + u128::from(column.zip_bytes));
        u64::try_from(share / u128::from(self.tree.entries.max(1))).unwrap_or(u64::MAX)
    }

    /// Text columns that turned out to hold bytes that are not UTF-8.
    pub(crate) fn binary_columns(&self) -> BTreeSet<String> {
        self.binary_columns.read().clone()
    }

    pub(crate) fn remember_binary(&self, column: &str) {
        self.binary_columns.write().insert(column.to_owned());
    }

    fn memory_bytes(&self) -> usize {
        let of_column = |column| size_of_val(column);
        let names: usize = self.shape.iter().map(|column| column.name.len()).sum();
        let shapes: usize = self.shape.iter().map(of_column).sum();
        self.tree.memory_bytes() + shapes + names
    }
}

impl TreeKey {
    /// `file` is a URL.
    pub(crate) fn new(file: &str, meta: &ObjectMeta, tree: Option<&str>) -> Self {
        let modified_ns = meta
            .last_modified
            .timestamp_nanos_opt()
            .filter(|&ns| ns != 0);
        Self {
            file: file.to_owned(),
            size: meta.size,
            modified_ns,
            e_tag: meta.e_tag.clone(),
            tree: tree.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_size_or_time_is_another_file() {
        let meta = ObjectMeta {
            location: object_store::path::Path::from("x.root"),
            last_modified: std::time::SystemTime::now().into(),
            size: 1,
            e_tag: None,
            version: None,
        };
        let later = meta.last_modified + std::time::Duration::from_secs(1);
        let key = |meta: &ObjectMeta| TreeKey::new("x.root", meta, Some("t"));

        assert_eq!(key(&meta), key(&meta.clone()));
        assert_ne!(
            key(&meta),
            key(&ObjectMeta {
                size: 2,
                ..meta.clone()
            })
        );
        assert_ne!(
            key(&meta),
            key(&ObjectMeta {
                last_modified: later,
                ..meta.clone()
            })
        );
    }
}
