//! Reading the description of one tree.

use std::sync::Arc;

use bytes::Bytes;

use super::Step;
use super::fetched::{Fetched, Halt};
use super::file::FileIndex;
use super::key::{KeyHeader, ObjectKey, unpacked_payload};
use crate::cursor::Cursor;
use crate::error::{Result, RootError};
use crate::object::ObjectReader;
use crate::tree::{Column, Tree};
use crate::ttree::raw::RawTree;
use crate::ttree::{FileFacts, cluster_borders, columns_of};

/// Reads the description of one tree, asking for its record.
#[derive(Debug)]
pub struct TreeOpener {
    file: FileIndex,
    key: ObjectKey,
    fetched: Fetched,
}

impl TreeOpener {
    /// An opener of the tree behind `key`, one of the keys of `file`.
    ///
    /// # Errors
    ///
    /// [`RootError::Unsupported`] if the key is no `TTree`.
    pub fn new(file: &FileIndex, key: &ObjectKey) -> Result<Self> {
        if !key.is_ttree() {
            return Err(RootError::unsupported(&key.class, "only TTrees are read"));
        }
        // Keys are not needed any more, only what describes classes.
        let file = FileIndex {
            objects: Vec::new(),
            classes: Arc::clone(&file.classes),
            ..file.clone()
        };
        let fetched = Fetched::new(file.file_bytes);
        Ok(Self {
            file,
            key: key.clone(),
            fetched,
        })
    }

    /// Adds bytes that start at byte `at` of the file.
    pub fn feed(&mut self, at: u64, bytes: Bytes) {
        self.fetched.insert(at, bytes);
    }

    /// Goes on until bytes are missing or all is known.
    ///
    /// # Errors
    ///
    /// If the record is cut off or malformed.
    pub fn step(&mut self) -> Result<Step<Tree>> {
        Halt::step(self.advance())
    }

    fn advance(&self) -> Result<Tree, Halt> {
        let record = self.fetched.get(self.key.at, self.key.record_bytes)?;
        let header = KeyHeader::parse(&mut Cursor::new(&record, self.key.at))?;
        let parts = header.split(&record)?;
        let payload = unpacked_payload(&record, &header)?;
        let mut reader = ObjectReader::new(&payload, parts.key_bytes, &self.file.classes);
        let raw = RawTree::read(&mut reader, &self.key.class)?;
        let entries = u64::try_from(raw.entries).map_err(|_| {
            RootError::malformed("tree", self.key.at, format!("{} entries", raw.entries))
        })?;
        let facts = FileFacts {
            classes: &self.file.classes,
            file_bytes: self.file.file_bytes,
            root_version: self.file.root_version,
            entries,
        };
        let branches = raw.branches.as_deref().unwrap_or_default();
        let columns = columns_of(branches, &mut reader, facts);
        check_entries(entries, &columns, self.key.at)?;
        let borders = cluster_borders(&raw, entries, &columns);
        Ok(Tree::new(
            self.key.path.clone(),
            raw.title,
            entries,
            borders,
            columns,
        ))
    }
}

/// Refuses a number of entries that no branch bears out: counts are answered from it alone.
///
/// Single branches may have fewer entries than their tree (filled for a while) or none, and a
/// tree that was never saved after its branches has none: so ROOT takes it, too.
fn check_entries(entries: u64, columns: &[Arc<Column>], at: u64) -> Result<()> {
    let stored = columns
        .iter()
        .filter_map(|column| Some(column.baskets.last()?.end_entry));
    let (Some(least), Some(most)) = (stored.clone().min(), stored.max()) else {
        return Ok(());
    };
    if entries == 0 || (least..=most).contains(&entries) {
        return Ok(());
    }
    let why = format!("it says it has {entries} entries, its branches have {least} to {most}");
    Err(RootError::malformed("tree", at, why))
}
