//! `TKey`: the header in front of every record of a file.

use crate::buffer::put_string;
use crate::{Result, WriteError};

/// From here on places in the file take 8 bytes (`TFile::kStartBigFile`).
pub(crate) const BIG_FILE: u64 = 2_000_000_000;

/// `2026-01-01 00:00:00` as `TDatime`: equal input makes equal files.
pub(crate) const WRITTEN_AT: u32 = ((2026 - 1995) << 26) | (1 << 22) | (1 << 17);

/// What identifies a record.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) class: &'static str,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) cycle: u16,
    /// Where the record starts.
    pub(crate) seek: u64,
    /// Where the directory that lists it starts.
    pub(crate) parent: u64,
    /// Bytes of the object, unpacked.
    pub(crate) object_bytes: usize,
    /// Bytes of the object as stored.
    pub(crate) stored_bytes: usize,
    /// Bytes that belong to the header but follow these fields: a basket's own.
    pub(crate) extra_bytes: u16,
    /// Whether places take 8 bytes.
    pub(crate) is_big: bool,
}

impl Key {
    /// A key at byte `seek` whose sizes are still unknown.
    pub(crate) fn new(
        class: &'static str,
        name: &str,
        title: &str,
        seek: u64,
        parent: u64,
    ) -> Self {
        Self {
            class,
            name: name.to_owned(),
            title: title.to_owned(),
            cycle: 1,
            seek,
            parent,
            object_bytes: 0,
            stored_bytes: 0,
            extra_bytes: 0,
            is_big: seek > BIG_FILE || parent > BIG_FILE,
        }
    }

    /// Bytes of the header.
    ///
    /// # Errors
    ///
    /// `TooBig` if the names are too long for its two-byte field.
    pub(crate) fn header_bytes(&self) -> Result<u16> {
        let strings: usize = [self.class, &self.name, &self.title]
            .iter()
            .map(|text| string_bytes(text))
            .sum();
        let fixed = if self.is_big { 34 } else { 26 };
        let bytes = fixed + strings + usize::from(self.extra_bytes);
        i16::try_from(bytes)
            .ok()
            .and_then(|bytes| u16::try_from(bytes).ok())
            .ok_or(WriteError::TooBig {
                what: "the key of a record",
                bytes,
            })
    }

    /// Bytes of header and object in the file.
    pub(crate) fn total_bytes(&self) -> Result<i32> {
        let bytes = usize::from(self.header_bytes()?) + self.stored_bytes;
        i32::try_from(bytes).map_err(|_| WriteError::TooBig {
            what: "a record",
            bytes,
        })
    }

    /// Appends the header, without the extra bytes.
    pub(crate) fn put(&self, out: &mut Vec<u8>) -> Result<()> {
        let bytes = self.object_bytes;
        let object_bytes = i32::try_from(bytes).map_err(|_| WriteError::TooBig {
            what: "an object",
            bytes,
        })?;
        out.extend_from_slice(&self.total_bytes()?.to_be_bytes());
        out.extend_from_slice(&(if self.is_big { 1004_u16 } else { 4 }).to_be_bytes());
        out.extend_from_slice(&object_bytes.to_be_bytes());
        out.extend_from_slice(&WRITTEN_AT.to_be_bytes());
        out.extend_from_slice(&self.header_bytes()?.to_be_bytes());
        out.extend_from_slice(&self.cycle.to_be_bytes());
        put_place(self.seek, self.is_big, out);
        put_place(self.parent, self.is_big, out);
        put_string(self.class.as_bytes(), out);
        put_string(self.name.as_bytes(), out);
        put_string(self.title.as_bytes(), out);
        Ok(())
    }
}

/// Bytes of a string with its length.
pub(crate) fn string_bytes(text: &str) -> usize {
    text.len() + if text.len() < 255 { 1 } else { 5 }
}

/// A place in the file, in 4 or 8 bytes.
pub(crate) fn put_place(place: u64, is_big: bool, out: &mut Vec<u8>) {
    match u32::try_from(place) {
        Ok(short) if !is_big => out.extend_from_slice(&short.to_be_bytes()),
        _ => out.extend_from_slice(&place.to_be_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_own_length() {
        let key = Key::new("TTree", "Events", "events", 100, 100);

        let mut bytes = Vec::new();
        key.put(&mut bytes).unwrap();

        assert_eq!(bytes.len(), usize::from(key.header_bytes().unwrap()));
        assert_eq!(bytes[4..6], [0, 4]);
    }

    #[test]
    fn beyond_two_gigabytes_places_take_eight_bytes() {
        let key = Key::new("TTree", "Events", "", 3 << 30, 100);

        let mut bytes = Vec::new();
        key.put(&mut bytes).unwrap();

        assert_eq!(bytes[4..6], 1004_u16.to_be_bytes());
        assert_eq!(bytes[18..26], (3_u64 << 30).to_be_bytes());
        assert_eq!(bytes.len(), usize::from(key.header_bytes().unwrap()));
    }

    #[test]
    fn an_endless_name_is_refused() {
        let key = Key::new("TTree", &"x".repeat(40_000), "", 100, 100);

        assert!(matches!(key.header_bytes(), Err(WriteError::TooBig { .. })));
    }
}
