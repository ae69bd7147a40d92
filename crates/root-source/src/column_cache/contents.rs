//! What a cache holds, summed up for people and for `SHOW CACHE`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::disk::Owner;
use super::identity::CachedColumnEntry;
use super::store::Store;
use crate::definition::TableDefinition;
use crate::fetch::displayed_at;

/// A column of a tree of a file, as far as it is in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedColumn {
    /// URL of the file, or its path if it is local.
    pub file: String,
    /// `dir/tree;cycle`
    pub tree: String,
    /// Name of the column.
    pub column: String,
    /// Memory that it takes.
    pub bytes: u64,
    /// Runs of entries that are in memory.
    pub chunks: u64,
    /// Entries that are in memory.
    pub entries: u64,
    /// Chunks that scans found in memory.
    pub hits: u64,
    /// Chunks that scans had to read from the file.
    pub misses: u64,
    /// Of the bytes, those that stay until `UNCACHE TABLE` or `CLEAR CACHE`.
    pub pinned_bytes: u64,
    /// What it takes on disk.
    #[serde(default)]
    pub disk_bytes: u64,
    /// Chunks that scans found on disk.
    #[serde(default)]
    pub disk_hits: u64,
}

/// Which columns are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheFilter {
    /// Files, named as in [`CachedColumn::file`], and trees of them, with or without cycle (an
    /// empty name means all trees); `None`: all.
    pub trees: Option<Vec<(String, String)>>,
}

impl CacheFilter {
    /// All columns of all trees of these files.
    #[must_use]
    pub fn of_files(files: Vec<String>) -> Self {
        let trees = files.into_iter().map(|file| (file, String::new()));
        Self {
            trees: Some(trees.collect()),
        }
    }

    /// All columns of a table.
    #[must_use]
    pub fn of_table(table: &TableDefinition) -> Self {
        let trees = table.files.iter().map(|file| {
            let tree = table.options.tree_of(&file.path);
            let tree = tree.unwrap_or(&table.tree_name).trim_start_matches('/');
            (displayed_at(&table.store, &file.path), tree.to_owned())
        });
        Self {
            trees: Some(trees.collect()),
        }
    }

    /// True if the filter means this column.
    #[must_use]
    pub fn matches(&self, column: &CachedColumn) -> bool {
        self.means(&column.file, &column.tree)
    }

    pub(super) fn takes(&self, entry: &CachedColumnEntry) -> bool {
        self.means(&entry.file.file, &entry.file.tree)
    }

    fn means(&self, file: &str, tree: &str) -> bool {
        let without_cycle = tree.rsplit_once(';').map_or(tree, |(path, _)| path);
        let means_tree = |name: &str| name.is_empty() || name == tree || name == without_cycle;
        self.trees.as_ref().is_none_or(|trees| {
            let mut trees = trees.iter();
            trees.any(|(of_file, name)| of_file == file && means_tree(name))
        })
    }
}

/// All columns with chunks in memory, by file, tree and name.
pub(super) fn in_memory(store: &Store) -> Vec<CachedColumn> {
    // A column may have several entries: of a file that changed, or of other batch sizes.
    let mut of_entry: BTreeMap<u64, CachedColumn> = BTreeMap::new();
    for (key, chunk, is_pinned) in store.chunks() {
        let entry = &chunk.column;
        let column = of_entry
            .entry(entry.number)
            .or_insert_with(|| CachedColumn {
                file: entry.file.file.clone(),
                tree: entry.file.tree.clone(),
                column: entry.column.name.clone(),
                bytes: 0,
                chunks: 0,
                entries: 0,
                hits: entry.hits.load(Ordering::Relaxed),
                misses: entry.misses.load(Ordering::Relaxed),
                pinned_bytes: 0,
                disk_bytes: 0,
                disk_hits: entry.disk_hits.load(Ordering::Relaxed),
            });
        column.bytes += chunk.bytes;
        column.chunks += 1;
        column.entries += key.end - key.start;
        if is_pinned {
            column.pinned_bytes += chunk.bytes;
        }
    }
    let mut columns: Vec<CachedColumn> = of_entry.into_values().collect();
    sort(&mut columns);
    columns
}

/// The same with what the disk has of each column, and columns that only the disk has. `columns`
/// come sorted, as [`in_memory`] gives them: there may be a hundred thousand of each.
pub(super) fn with_disk(
    mut columns: Vec<CachedColumn>,
    on_disk: &BTreeMap<Arc<Owner>, u64>,
) -> Vec<CachedColumn> {
    let mut only_on_disk = Vec::new();
    for (owner, &disk_bytes) in on_disk {
        let of_owner = (&owner.file, &owner.tree, &owner.column);
        let place = columns.partition_point(|column| place_of(column) < of_owner);
        // Of several, as of a file that changed, the disk's part is told with the first.
        match columns.get_mut(place) {
            Some(column) if place_of(column) == of_owner => column.disk_bytes = disk_bytes,
            _ => only_on_disk.push(CachedColumn {
                file: owner.file.clone(),
                tree: owner.tree.clone(),
                column: owner.column.clone(),
                bytes: 0,
                chunks: 0,
                entries: 0,
                hits: 0,
                misses: 0,
                pinned_bytes: 0,
                disk_bytes,
                disk_hits: 0,
            }),
        }
    }
    columns.extend(only_on_disk);
    sort(&mut columns);
    columns
}

fn sort(columns: &mut [CachedColumn]) {
    columns.sort_by(|a, b| place_of(a).cmp(&place_of(b)));
}

fn place_of(column: &CachedColumn) -> (&String, &String, &String) {
    (&column.file, &column.tree, &column.column)
}
