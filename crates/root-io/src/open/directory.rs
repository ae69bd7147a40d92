//! Directories: where the list of keys is, and the list itself.

use super::fetched::{Fetched, Halt};
use super::key::{KeyHeader, ObjectKey};
use crate::cursor::Cursor;
use crate::error::{Result, RootError};

/// Bytes of a directory's record that hold its positions, at most.
const RECORD_BYTES: u64 = 42;
/// Versions from here on have 8-byte positions.
const BIG_DIRECTORY_VERSION: i16 = 1000;

/// Where a directory keeps its keys.
///
/// Source: ROOT `TDirectoryFile::Streamer`.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    /// Position of the directory itself, which its keys name as their parent.
    pub(super) at: u64,
    keys_at: u64,
    keys_bytes: u64,
}

impl Directory {
    /// The directory whose record starts at `at`.
    pub(super) fn read(fetched: &Fetched, at: u64) -> Result<Self, Halt> {
        let bytes = fetched.get_up_to(at, RECORD_BYTES)?;
        let mut cursor = Cursor::new(&bytes, at);
        let version = cursor.i16()?;
        let big = version > BIG_DIRECTORY_VERSION;
        cursor.skip(8)?; // dates
        let keys_bytes = cursor.position(false)?;
        cursor.skip(4)?; // bytes of its name
        let own_at = cursor.position(big)?;
        cursor.position(big)?; // parent
        let keys_at = cursor.position(big)?;
        Ok(Self {
            at: own_at,
            keys_at,
            keys_bytes,
        })
    }

    /// True if the file was closed properly: the list of keys is written last.
    pub(super) fn has_keys(&self) -> bool {
        self.keys_at > 0 && self.keys_bytes > 0
    }

    /// All keys of this directory, whose path is `path`.
    pub(super) fn keys(&self, fetched: &Fetched, path: &str) -> Result<Vec<ObjectKey>, Halt> {
        let record = fetched.get(self.keys_at, self.keys_bytes)?;
        let mut cursor = Cursor::new(&record, self.keys_at);
        KeyHeader::parse(&mut cursor)?;
        let count = cursor.len_i32("number of keys")?;
        // A key takes 26 bytes at least, so a count that lies is found here.
        if count > cursor.left() / 26 {
            let why = format!("{count} keys do not fit {} bytes", cursor.left());
            return Err(RootError::malformed("list of keys", cursor.at(), why).into());
        }
        let mut keys = Vec::with_capacity(count);
        for _ in 0..count {
            keys.push(KeyHeader::parse(&mut cursor)?.object(path)?);
        }
        Ok(keys)
    }
}

/// The directory record behind a key of class `TDirectory`.
pub(super) fn directory_of(fetched: &Fetched, key: &ObjectKey) -> Result<Directory, Halt> {
    let record = fetched.get(key.at, key.record_bytes)?;
    let mut cursor = Cursor::new(&record, key.at);
    let header = KeyHeader::parse(&mut cursor)?;
    let parts = header.split(&record)?;
    Directory::read(fetched, key.at + parts.key_bytes as u64)
}
