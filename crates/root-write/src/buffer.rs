//! Serialisation of objects the way `TBufferFile` does it.
//!
//! An object that others may point to starts with a byte count and a class:
//!
//! ```text
//! count | new class: ffffffff + name   or   known class: 80000000 + place
//!       | count | version | members ...
//! ```
//!
//! A place is counted from the start of the record's key, plus 2.

use std::collections::HashMap;

use crate::{Result, WriteError};

/// Marks a 32-bit word as a byte count (`kByteCountMask`).
const COUNT_FLAG: u32 = 0x4000_0000;
/// Marks a word as the place of a class (`kClassMask`).
const CLASS_FLAG: u32 = 0x8000_0000;
/// A class that comes for the first time (`kNewClassTag`).
const NEW_CLASS: u32 = 0xffff_ffff;
/// Added to places, so that none is 0 (`kMapOffset`).
const PLACE_OFFSET: usize = 2;

/// A record being written.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    key_bytes: usize,
    classes: HashMap<&'static str, u32>,
}

impl Buffer {
    /// `key_bytes` is the length of the key in front of the record.
    pub(crate) fn new(key_bytes: u16) -> Self {
        Self {
            bytes: Vec::new(),
            key_bytes: usize::from(key_bytes),
            classes: HashMap::new(),
        }
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// `TooBig` if a byte count could not hold the length.
    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        if self.bytes.len() + self.key_bytes >= COUNT_FLAG as usize {
            return Err(WriteError::TooBig {
                what: "a record",
                bytes: self.bytes.len(),
            });
        }
        Ok(self.bytes)
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    pub(crate) fn i16(&mut self, value: i16) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn f64(&mut self, value: f64) {
        self.raw(&value.to_be_bytes());
    }

    /// A number of things as 32-bit word.
    pub(crate) fn count(&mut self, count: usize) {
        self.u32(word(count));
    }

    pub(crate) fn string(&mut self, text: &str) {
        put_string(text.as_bytes(), &mut self.bytes);
    }

    /// Byte count and version around a body.
    pub(crate) fn versioned(&mut self, version: u16, body: impl FnOnce(&mut Self)) {
        self.counted(|out| {
            out.u16(version);
            body(out);
        });
    }

    /// An object behind a pointer; returns the place others can point to.
    pub(crate) fn object(&mut self, class: &'static str, body: impl FnOnce(&mut Self)) -> u32 {
        let place = word(self.place());
        self.counted(|out| {
            match out.classes.get(class) {
                Some(&known) => out.u32(CLASS_FLAG | known),
                None => {
                    let class_place = word(out.place());
                    out.classes.insert(class, class_place);
                    out.u32(NEW_CLASS);
                    out.raw(class.as_bytes());
                    out.u8(0);
                }
            }
            body(out);
        });
        place
    }

    /// A pointer to an object written before; 0 is the null pointer.
    pub(crate) fn pointer(&mut self, place: u32) {
        self.u32(place);
    }

    /// `TObject` with its status bits.
    pub(crate) fn tobject(&mut self, bits: u32) {
        self.u16(1);
        self.u32(0);
        self.u32(bits);
    }

    /// `TNamed`.
    pub(crate) fn tnamed(&mut self, name: &str, title: &str, bits: u32) {
        self.versioned(1, |out| {
            out.tobject(bits);
            out.string(name);
            out.string(title);
        });
    }

    /// `TObjArray` of `count` items that `items` writes.
    pub(crate) fn tobjarray(&mut self, count: usize, items: impl FnOnce(&mut Self)) {
        self.versioned(3, |out| {
            out.tobject(0);
            out.string("");
            out.count(count);
            out.i32(0);
            items(out);
        });
    }

    fn place(&self) -> usize {
        self.key_bytes + self.bytes.len() + PLACE_OFFSET
    }

    fn counted(&mut self, body: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.u32(0);
        body(self);
        let count = COUNT_FLAG | word(self.bytes.len() - at - 4);
        if let Some(slot) = self.bytes.get_mut(at..at + 4) {
            slot.copy_from_slice(&count.to_be_bytes());
        }
    }
}

/// A length as 32-bit word. Longer records than that are refused by [`Buffer::finish`].
pub(crate) fn word(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// `TString` and `std::string`: one length byte, or 255 and a length word.
pub(crate) fn put_string(text: &[u8], out: &mut Vec<u8>) {
    match u8::try_from(text.len()) {
        Ok(length) if length < 255 => out.push(length),
        _ => {
            out.push(255);
            out.extend_from_slice(&word(text.len()).to_be_bytes());
        }
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_object_is_laid_out_like_roots() {
        let mut out = Buffer::new(0);

        out.tnamed("a", "b", 0);

        let expected = b"\x40\0\0\x10\0\x01\0\x01\0\0\0\0\0\0\0\0\x01a\x01b";
        assert_eq!(out.finish().unwrap(), expected);
    }

    #[test]
    fn the_second_object_of_a_class_points_to_the_first_ones_class() {
        let mut out = Buffer::new(60);

        let first = out.object("TLeafF", |_| ());
        let second = out.object("TLeafF", |_| ());

        let bytes = out.finish().unwrap();
        assert_eq!((first, second), (62, 77));
        assert_eq!(bytes[4..8], [255; 4]);
        assert_eq!(bytes[19..23], (CLASS_FLAG | 66).to_be_bytes());
    }

    #[test]
    fn a_long_string_has_a_length_word() {
        let mut out = Vec::new();

        put_string(&[b'x'; 255], &mut out);

        assert_eq!(out[..6], [255, 0, 0, 0, 255, b'x']);
    }
}
