//! What a cached column belongs to, and short numbers for it.
//!
//! ```text
//! file (URL, size, time, tag, UUID) + tree ─▶ name, Arrow type, rows of a batch ─▶ number
//! ```
//!
//! A scan looks its columns up once per file; the chunks of a column are then found by the
//! column's number and their entries alone. Numbers are never used twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::DataType;
use object_store::ObjectMeta;
use parking_lot::{Mutex, RwLock};

use super::learned::Learned;

/// Columns that are remembered at most, resident or not, before those without chunks are
/// forgotten. About 100 MiB of names at worst.
const MOST_COLUMNS: usize = 256 << 10;

/// One tree of one file as it was at one time. A file that changed is another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileIdentity {
    /// A URL, or a path if the file is local.
    pub(crate) file: String,
    pub(crate) size: u64,
    pub(crate) modified_ns: Option<i64>,
    pub(crate) e_tag: Option<String>,
    /// From the header of the ROOT file.
    pub(crate) uuid: String,
    /// `dir/tree;cycle`
    pub(crate) tree: String,
}

impl FileIdentity {
    /// `meta` is what the store says of the file now.
    pub(crate) fn new(file: &str, meta: &ObjectMeta, uuid: &str, tree: String) -> Self {
        Self {
            file: file.to_owned(),
            size: meta.size,
            modified_ns: meta.last_modified.timestamp_nanos_opt(),
            e_tag: meta.e_tag.clone(),
            uuid: uuid.to_owned(),
            tree,
        }
    }
}

/// A column of a tree, decoded in one way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ColumnIdentity {
    pub(crate) name: String,
    /// As decoded: text may be read as binary.
    pub(crate) data_type: DataType,
    pub(crate) batch_rows: u64,
}

/// What is known of a column, whether chunks of it are resident or not.
#[derive(Debug)]
pub(crate) struct CachedColumnEntry {
    /// Unique in the process.
    pub(crate) number: u64,
    pub(crate) file: Arc<FileIdentity>,
    pub(crate) column: ColumnIdentity,
    pub(crate) hits: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) disk_hits: AtomicU64,
    pub(crate) learned: RwLock<Learned>,
}

/// Columns by what they belong to.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    files: Mutex<Files>,
    next_number: AtomicU64,
}

#[derive(Debug, Default)]
struct Files {
    by_identity: HashMap<Arc<FileIdentity>, OfFile>,
    column_count: usize,
    clock: u64,
}

#[derive(Debug, Default)]
struct OfFile {
    columns: HashMap<ColumnIdentity, Arc<CachedColumnEntry>>,
    used: u64,
}

impl Directory {
    /// The entries of these columns of a file, made where they are new.
    pub(crate) fn entries(
        &self,
        file: FileIdentity,
        columns: impl Iterator<Item = Option<ColumnIdentity>>,
    ) -> Vec<Option<Arc<CachedColumnEntry>>> {
        let mut files = self.files.lock();
        let files = &mut *files;
        files.clock += 1;
        let file = match files.by_identity.get_key_value(&file) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::new(file),
        };
        let of_file = files.by_identity.entry(Arc::clone(&file)).or_default();
        of_file.used = files.clock;
        let mut added = 0;
        let entries = columns
            .map(|column| {
                let column = column?;
                if let Some(known) = of_file.columns.get(&column) {
                    return Some(Arc::clone(known));
                }
                added += 1;
                let entry = Arc::new(CachedColumnEntry {
                    number: self.next_number.fetch_add(1, Ordering::Relaxed),
                    file: Arc::clone(&file),
                    column: column.clone(),
                    hits: AtomicU64::new(0),
                    misses: AtomicU64::new(0),
                    disk_hits: AtomicU64::new(0),
                    learned: RwLock::default(),
                });
                of_file.columns.insert(column, Arc::clone(&entry));
                Some(entry)
            })
            .collect();
        files.column_count += added;
        if files.column_count > MOST_COLUMNS {
            files.forget_unused(MOST_COLUMNS / 2);
        }
        entries
    }

    /// Forgets what no chunk and no scan belongs to.
    pub(crate) fn forget_all_unused(&self) {
        self.files.lock().forget_unused(0);
    }
}

impl Files {
    /// Forgets columns that nobody holds, those of files unused for longest first, until so many
    /// are left.
    fn forget_unused(&mut self, goal: usize) {
        let mut order: Vec<(u64, Arc<FileIdentity>)> = self
            .by_identity
            .iter()
            .map(|(file, of_file)| (of_file.used, Arc::clone(file)))
            .collect();
        order.sort_unstable_by_key(|(used, _)| *used);
        for (_, file) in order {
            if self.column_count <= goal {
                return;
            }
            if let Some(of_file) = self.by_identity.get_mut(&file) {
                let before = of_file.columns.len();
                // Chunks and running scans hold a reference of their own.
                of_file
                    .columns
                    .retain(|_, entry| Arc::strong_count(entry) > 1);
                self.column_count -= before - of_file.columns.len();
                if of_file.columns.is_empty() {
                    self.by_identity.remove(&file);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn file(name: &str) -> FileIdentity {
        FileIdentity {
            file: name.to_owned(),
            size: 1,
            modified_ns: Some(1),
            e_tag: None,
            uuid: "00".to_owned(),
            tree: "t;1".to_owned(),
        }
    }

    fn column(name: &str) -> ColumnIdentity {
        ColumnIdentity {
            name: name.to_owned(),
            data_type: DataType::Int32,
            batch_rows: 8192,
        }
    }

    fn number(directory: &Directory, file: FileIdentity, column: ColumnIdentity) -> u64 {
        let entries = directory.entries(file, [Some(column)].into_iter());
        entries[0].as_ref().unwrap().number
    }

    #[test]
    fn the_same_column_has_the_same_number_and_any_other_another() {
        let directory = Directory::default();
        let first = number(&directory, file("a"), column("x"));
        let changed = FileIdentity {
            modified_ns: Some(2),
            ..file("a")
        };
        let text_as_binary = ColumnIdentity {
            data_type: DataType::Binary,
            ..column("x")
        };

        assert_eq!(number(&directory, file("a"), column("x")), first);
        assert_ne!(number(&directory, changed, column("x")), first);
        assert_ne!(number(&directory, file("b"), column("x")), first);
        assert_ne!(number(&directory, file("a"), column("y")), first);
        assert_ne!(number(&directory, file("a"), text_as_binary), first);
    }

    #[test]
    fn only_columns_that_nobody_holds_are_forgotten_and_numbers_never_return() {
        let directory = Directory::default();
        let held = directory.entries(file("a"), [Some(column("x"))].into_iter());
        let lost = number(&directory, file("a"), column("y"));

        directory.forget_all_unused();

        let held_number = held[0].as_ref().unwrap().number;
        assert_eq!(number(&directory, file("a"), column("x")), held_number);
        assert!(number(&directory, file("a"), column("y")) > lost);
    }
}
