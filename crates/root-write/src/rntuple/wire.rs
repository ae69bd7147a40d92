//! How header, footer and page lists are laid out: little-endian, in frames, in an envelope.
//!
//! ```text
//! record frame: size                list frame: -size | number of items
//! envelope:     kind (16 bits) and length (48 bits) | payload | XXH3 of all before
//! ```

use xxhash_rust::xxh3::xxh3_64;

use super::options::Locators;
use crate::buffer::word;
use crate::{Result, WriteError};

/// What an envelope holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EnvelopeKind {
    Header = 1,
    Footer = 2,
    PageList = 3,
}

/// An envelope, unpacked, and its checksum.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) bytes: Vec<u8>,
    pub(crate) checksum: u64,
}

/// Bytes in the file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Locator {
    pub(crate) at: u64,
    pub(crate) bytes: u64,
}

/// Bytes of an envelope being written.
#[derive(Debug, Default)]
pub(crate) struct Wire(Vec<u8>);

impl Wire {
    pub(crate) fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of things.
    pub(crate) fn count(&mut self, count: usize) {
        self.u32(word(count));
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn record(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.0.len();
        self.u64(0);
        body(self);
        self.set_size(at, (self.0.len() - at) as u64);
    }

    /// A list of `count` items that `body` writes, with what else belongs to its frame.
    pub(crate) fn list(&mut self, count: usize, body: impl FnOnce(&mut Self)) {
        let at = self.0.len();
        self.u64(0);
        self.count(count);
        body(self);
        self.set_size(at, ((self.0.len() - at) as u64).wrapping_neg());
    }

    /// A list of items that are written one like the other.
    pub(crate) fn items<T>(&mut self, items: &[T], mut item: impl FnMut(&T, &mut Self)) {
        self.list(items.len(), |out| {
            for each in items {
                item(each, out);
            }
        });
    }

    /// # Errors
    ///
    /// `TooBig` if a standard locator cannot hold the size.
    pub(crate) fn locator(&mut self, locator: Locator, kind: Locators) -> Result<()> {
        match kind {
            Locators::Standard => {
                let size = i32::try_from(locator.bytes).map_err(|_| WriteError::TooBig {
                    what: "a page",
                    bytes: usize::try_from(locator.bytes).unwrap_or(usize::MAX),
                })?;
                self.i32(size);
            }
            Locators::Large => {
                // 20 bytes with this word, type 1; negative as all that are not standard.
                self.i32(-((1 << 24) | 20));
                self.u64(locator.bytes);
            }
        }
        self.u64(locator.at);
        Ok(())
    }

    /// Puts the bytes into an envelope.
    pub(crate) fn into_envelope(self, kind: EnvelopeKind) -> Envelope {
        let length = self.0.len() as u64 + 16;
        let mut bytes = (kind as u64 | length << 16).to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.0);
        let checksum = xxh3_64(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        Envelope { bytes, checksum }
    }

    fn set_size(&mut self, at: usize, size: u64) {
        self.0[at..at + 8].copy_from_slice(&size.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_its_size_as_a_negative_number() {
        let mut out = Wire::default();

        out.items(&[7_u16, 8], |item, out| out.u16(*item));

        let mut expected = (-16_i64).to_le_bytes().to_vec();
        expected.extend_from_slice(&[2, 0, 0, 0, 7, 0, 8, 0]);
        assert_eq!(out.0, expected);
    }

    #[test]
    fn an_envelope_says_its_kind_and_its_length_and_ends_with_its_checksum() {
        let mut out = Wire::default();
        out.u32(5);

        let envelope = out.into_envelope(EnvelopeKind::PageList);

        assert_eq!(envelope.bytes[..8], [3, 0, 20, 0, 0, 0, 0, 0]);
        assert_eq!(
            envelope.bytes[12..],
            xxh3_64(&envelope.bytes[..12]).to_le_bytes()
        );
    }
}
