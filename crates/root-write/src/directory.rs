//! Directories of a file: a record that says where the list of keys is.

use std::io::{Seek, Write};

use crate::Result;
use crate::buffer::{put_string, word};
use crate::key::{BIG_FILE, Key, WRITTEN_AT, put_place};
use crate::sink::Sink;

/// Bytes of a directory's record behind its names, whatever the width of its places.
const RECORD_BYTES: usize = 60;

/// A directory being filled.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) name: String,
    /// Index of the directory that holds it.
    pub(crate) parent: Option<usize>,
    pub(crate) seek: u64,
    /// Key and names in front of the record (`fNbytesName`).
    pub(crate) name_bytes: u16,
    pub(crate) keys: Vec<Key>,
    class: &'static str,
    parent_seek: u64,
}

impl Directory {
    /// The root directory: its record holds the name and title of the file as well.
    pub(crate) fn start_root<W: Write + Seek>(name: &str, sink: &mut Sink<W>) -> Result<Self> {
        let mut names = Vec::new();
        put_string(name.as_bytes(), &mut names);
        put_string(b"", &mut names);
        let (key, name_bytes) = reserve("TFile", name, 0, &names, sink)?;
        Ok(Self {
            name: name.to_owned(),
            parent: None,
            seek: key.seek,
            name_bytes,
            keys: Vec::new(),
            class: "TFile",
            parent_seek: 0,
        })
    }

    /// A directory in another one, and its key.
    pub(crate) fn start<W: Write + Seek>(
        name: &str,
        parent: usize,
        parent_seek: u64,
        sink: &mut Sink<W>,
    ) -> Result<(Self, Key)> {
        let (key, name_bytes) = reserve("TDirectory", name, parent_seek, &[], sink)?;
        let directory = Self {
            name: name.to_owned(),
            parent: Some(parent),
            seek: key.seek,
            name_bytes,
            keys: Vec::new(),
            class: "TDirectory",
            parent_seek,
        };
        Ok((directory, key))
    }

    /// Cycle for another object of this name.
    pub(crate) fn next_cycle(&self, name: &str) -> u16 {
        let last = self
            .keys
            .iter()
            .filter(|key| key.name == name)
            .map(|key| key.cycle)
            .max();
        last.map_or(1, |cycle| cycle.saturating_add(1))
    }

    /// Writes the list of keys, and where it is into the record.
    pub(crate) fn finish<W: Write + Seek>(
        &mut self,
        identity: [u8; 16],
        sink: &mut Sink<W>,
    ) -> Result<()> {
        let seek_keys = sink.position();
        // Newest first among the cycles of a name, as ROOT keeps them.
        self.keys.sort_by_key(|key| std::cmp::Reverse(key.cycle));
        let mut list = word(self.keys.len()).to_be_bytes().to_vec();
        for key in &self.keys {
            key.put(&mut list)?;
        }
        let mut key = Key::new(self.class, &self.name, "", seek_keys, self.seek);
        key.object_bytes = list.len();
        key.stored_bytes = list.len();
        let mut record = Vec::new();
        key.put(&mut record)?;
        record.extend_from_slice(&list);
        sink.write(&record)?;
        let record = self.record(key.total_bytes()?, seek_keys, identity);
        sink.patch(self.seek + u64::from(self.name_bytes), &record)
    }

    fn record(&self, keys_bytes: i32, seek_keys: u64, identity: [u8; 16]) -> Vec<u8> {
        let is_big = seek_keys > BIG_FILE || self.seek > BIG_FILE;
        let mut out = Vec::with_capacity(RECORD_BYTES);
        out.extend_from_slice(&(if is_big { 1005_u16 } else { 5 }).to_be_bytes());
        out.extend_from_slice(&WRITTEN_AT.to_be_bytes());
        out.extend_from_slice(&WRITTEN_AT.to_be_bytes());
        out.extend_from_slice(&keys_bytes.to_be_bytes());
        out.extend_from_slice(&i32::from(self.name_bytes).to_be_bytes());
        put_place(self.seek, is_big, &mut out);
        put_place(self.parent_seek, is_big, &mut out);
        put_place(seek_keys, is_big, &mut out);
        out.extend_from_slice(&1_u16.to_be_bytes()); // version of the identity
        out.extend_from_slice(&identity);
        out.resize(RECORD_BYTES, 0);
        out
    }
}

/// Writes the key of a directory and leaves room for its record.
fn reserve<W: Write + Seek>(
    class: &'static str,
    name: &str,
    parent_seek: u64,
    names: &[u8],
    sink: &mut Sink<W>,
) -> Result<(Key, u16)> {
    let mut key = Key::new(class, name, "", sink.position(), parent_seek);
    key.object_bytes = names.len() + RECORD_BYTES;
    key.stored_bytes = key.object_bytes;
    let mut record = Vec::new();
    key.put(&mut record)?;
    record.extend_from_slice(names);
    let name_bytes = u16::try_from(record.len()).unwrap_or(u16::MAX);
    record.resize(record.len() + RECORD_BYTES, 0);
    sink.write(&record)?;
    Ok((key, name_bytes))
}
