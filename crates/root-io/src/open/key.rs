//! Keys: the labels in front of every record of a file.

use crate::cursor::Cursor;
use crate::error::{Result, RootError};

/// Versions from here on have 8-byte positions.
const BIG_KEY_VERSION: i16 = 1000;
/// The upper bits of a parent's position hold the number of a process id.
const PARENT_POSITION_MASK: u64 = 0x0000_ffff_ffff_ffff;

/// Class of anchors that RNTuple had before version 1.0.
pub(super) const EXPERIMENTAL_RNTUPLE: &str = "ROOT::Experimental::RNTuple";

/// Label of one object in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectKey {
    /// Directories and name, joined with `/`.
    pub path: String,
    /// C++ class.
    pub class: String,
    /// Title given by the writer.
    pub title: String,
    /// Cycle number: a higher one replaces a lower one of the same path.
    pub cycle: u16,
    pub(super) at: u64,
    pub(super) record_bytes: u64,
}

impl ObjectKey {
    /// The key as people write it: `path;cycle`.
    #[must_use]
    pub fn spelled(&self) -> String {
        format!("{};{}", self.path, self.cycle)
    }

    /// True for the classes stored as a `TTree`.
    #[must_use]
    pub fn is_ttree(&self) -> bool {
        matches!(self.class.as_str(), "TTree" | "TNtuple" | "TNtupleD")
    }

    /// True for an RNTuple's anchor.
    #[must_use]
    pub fn is_rntuple(&self) -> bool {
        matches!(self.class.as_str(), "ROOT::RNTuple" | EXPERIMENTAL_RNTUPLE)
    }

    pub(super) fn is_directory(&self) -> bool {
        matches!(self.class.as_str(), "TDirectory" | "TDirectoryFile")
    }
}

/// A `TKey` as it stands in front of a record.
///
/// Source: ROOT `TKey::Streamer`.
#[derive(Debug, Clone)]
pub(crate) struct KeyHeader {
    /// Key and payload; negative for a gap in the file.
    pub(crate) record_bytes: i32,
    /// Payload when unpacked.
    pub(crate) unpacked_bytes: i32,
    pub(crate) key_bytes: i16,
    pub(crate) cycle: i16,
    pub(crate) at: u64,
    pub(crate) parent_at: u64,
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) title: String,
}

impl KeyHeader {
    pub(crate) fn parse(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut key = Self::parse_numbers(cursor)?;
        key.class = cursor.tstring()?;
        key.name = cursor.tstring()?;
        key.title = cursor.tstring()?;
        Ok(key)
    }

    /// The numbers only; baskets need no names, and there are many baskets.
    pub(crate) fn parse_numbers(cursor: &mut Cursor<'_>) -> Result<Self> {
        let record_bytes = cursor.i32()?;
        let version = cursor.i16()?;
        let unpacked_bytes = cursor.i32()?;
        cursor.skip(4)?; // date
        let key_bytes = cursor.i16()?;
        let cycle = cursor.i16()?;
        let big = version > BIG_KEY_VERSION;
        let (at, parent_at) = if big {
            (cursor.u64()?, cursor.u64()? & PARENT_POSITION_MASK)
        } else {
            (u64::from(cursor.u32()?), u64::from(cursor.u32()?))
        };
        Ok(Self {
            record_bytes,
            unpacked_bytes,
            key_bytes,
            cycle,
            at,
            parent_at,
            class: String::new(),
            name: String::new(),
            title: String::new(),
        })
    }

    /// Length of key and of packed payload, checked against the record.
    pub(crate) fn split(&self, record: &[u8]) -> Result<RecordParts> {
        let parts = self.parts()?;
        let record_bytes = parts.key_bytes + parts.packed_bytes;
        if record_bytes > record.len() {
            let why = format!("a record of {record_bytes} bytes, {} there", record.len());
            return Err(RootError::malformed("key", self.at, why));
        }
        Ok(parts)
    }

    /// Length of key and of packed payload, as the key says.
    pub(crate) fn parts(&self) -> Result<RecordParts> {
        let malformed = |why: String| RootError::malformed("key", self.at, why);
        let record_bytes = usize::try_from(self.record_bytes)
            .map_err(|_| malformed(format!("record of {} bytes", self.record_bytes)))?;
        let key_bytes = usize::try_from(self.key_bytes)
            .map_err(|_| malformed(format!("key of {} bytes", self.key_bytes)))?;
        let unpacked_bytes = usize::try_from(self.unpacked_bytes)
            .map_err(|_| malformed(format!("payload of {} bytes", self.unpacked_bytes)))?;
        if key_bytes > record_bytes {
            return Err(malformed(format!(
                "key of {key_bytes} bytes in a record of {record_bytes}"
            )));
        }
        Ok(RecordParts {
            key_bytes,
            packed_bytes: record_bytes - key_bytes,
            unpacked_bytes,
        })
    }

    pub(super) fn object(self, directory: &str) -> Result<ObjectKey> {
        let record_bytes = u64::try_from(self.record_bytes).map_err(|_| {
            RootError::malformed(
                "key",
                self.at,
                format!("record of {} bytes", self.record_bytes),
            )
        })?;
        let path = match directory {
            "" => self.name,
            directory => format!("{directory}/{}", self.name),
        };
        Ok(ObjectKey {
            path,
            class: self.class,
            title: self.title,
            cycle: self.cycle.cast_unsigned(),
            at: self.at,
            record_bytes,
        })
    }
}

/// How a record divides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordParts {
    pub(crate) key_bytes: usize,
    pub(crate) packed_bytes: usize,
    pub(crate) unpacked_bytes: usize,
}

/// The payload of a record, unpacked.
///
/// Source: ROOT `TKey::ReadObj`: a payload is packed if it is shorter than its unpacked length.
pub(crate) fn unpacked_payload(record: &[u8], key: &KeyHeader) -> Result<Vec<u8>> {
    let parts = key.split(record)?;
    let payload = &record[parts.key_bytes..parts.key_bytes + parts.packed_bytes];
    if parts.unpacked_bytes <= parts.packed_bytes {
        return Ok(payload[..parts.unpacked_bytes].to_vec());
    }
    let mut out = Vec::new();
    crate::compress::unpack(payload, parts.unpacked_bytes, &mut out)?;
    Ok(out)
}
