//! Reading the description of one tree or RNTuple.

use std::sync::Arc;

use bytes::Bytes;

use super::Step;
use super::fetched::{Fetched, Halt};
use super::index::FileIndex;
use super::key::{EXPERIMENTAL_RNTUPLE, KeyHeader, ObjectKey, unpacked_payload};
use crate::cursor::Cursor;
use crate::error::{Result, RootError};
use crate::object::ObjectReader;
use crate::rntuple::{NTupleOpening, too_old};
use crate::tree::{Column, Tree};
use crate::ttree::raw::RawTree;
use crate::ttree::{FileFacts, TreeRecord, cluster_borders, columns_of};

/// Reads the description of one tree or RNTuple, asking for its records.
#[derive(Debug)]
pub struct TreeOpener {
    file: FileIndex,
    key: ObjectKey,
    fetched: Fetched,
    ntuple: NTupleOpening,
}

impl TreeOpener {
    /// An opener of the tree behind `key`, one of the keys of `file`.
    ///
    /// # Errors
    ///
    /// [`RootError::Unsupported`] if the key is neither a `TTree` nor an RNTuple, or is an RNTuple
    /// of before version 1.0.
    pub fn new(file: &FileIndex, key: &ObjectKey) -> Result<Self> {
        if key.class == EXPERIMENTAL_RNTUPLE {
            return Err(too_old(&key.class));
        }
        if !key.is_ttree() && !key.is_rntuple() {
            let why = "only TTrees and RNTuples are read";
            return Err(RootError::unsupported(&key.class, why));
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
            ntuple: NTupleOpening::default(),
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
    /// If a record is cut off or malformed; [`RootError::CutOff`] if the whole file is.
    pub fn step(&mut self) -> Result<Step<Tree>> {
        Halt::step(self.advance()).map_err(|error| self.file.blamed(error))
    }

    fn advance(&mut self) -> Result<Tree, Halt> {
        if self.key.is_rntuple() {
            let (fetched, key) = (&self.fetched, &self.key);
            let anchor = || {
                let (payload, key_bytes) = object_of(fetched, key)?;
                Ok((payload, key.at.saturating_add(key_bytes as u64)))
            };
            return self.ntuple.advance(fetched, &key.path, anchor);
        }
        let (payload, key_bytes) = object_of(&self.fetched, &self.key)?;
        let mut reader = ObjectReader::new(&payload, key_bytes, &self.file.classes);
        let raw = RawTree::read(&mut reader, &self.key.class)?;
        let entries = u64::try_from(raw.entries).map_err(|_| {
            RootError::malformed("tree", self.key.at, format!("{} entries", raw.entries))
        })?;
        let facts = FileFacts {
            classes: &self.file.classes,
            file_bytes: self.file.file_bytes,
            root_version: self.file.root_version,
            entries,
            record: TreeRecord {
                packed_bytes: self.key.record_bytes,
                unpacked_bytes: payload.len() as u64,
            },
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

/// The object behind a key, unpacked, and the bytes of the key.
fn object_of(fetched: &Fetched, key: &ObjectKey) -> Result<(Vec<u8>, usize), Halt> {
    let record = fetched.get(key.at, key.record_bytes)?;
    let header = KeyHeader::parse(&mut Cursor::new(&record, key.at))?;
    let parts = header.split(&record)?;
    Ok((unpacked_payload(&record, &header)?, parts.key_bytes))
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
