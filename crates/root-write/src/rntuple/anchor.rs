//! The anchor `ROOT::RNTuple`: the object of an RNTuple that a directory lists.

use xxhash_rust::xxh3::xxh3_64;

use super::blob::StoredEnvelope;
use crate::Result;
use crate::buffer::Buffer;
use crate::streamer_elements::{Class, Element, basic};

/// Version of the class.
const VERSION: u16 = 2;
/// Version of the format: epoch, major, minor, patch.
const FORMAT: [u16; 4] = [1, 0, 0, 0];
/// Most bytes of a record (`fMaxKeySize`), as ROOT writes it.
const MAX_KEY_BYTES: u64 = 1 << 30;

/// Its description, for the file's list of classes.
pub(crate) const ANCHOR_CLASS: Class = Class {
    name: "ROOT::RNTuple",
    version: VERSION as u32,
    checksum: 686_174_956,
    elements: &[
        short("fVersionEpoch"),
        short("fVersionMajor"),
        short("fVersionMinor"),
        short("fVersionPatch"),
        long("fSeekHeader"),
        long("fNBytesHeader"),
        long("fLenHeader"),
        long("fSeekFooter"),
        long("fNBytesFooter"),
        long("fLenFooter"),
        long("fMaxKeySize"),
    ],
};

/// The anchor and its checksum, big-endian as everything that `TBufferFile` writes.
///
/// # Errors
///
/// As [`Buffer::finish`].
pub(crate) fn anchor(
    key_bytes: u16,
    header: StoredEnvelope,
    footer: StoredEnvelope,
) -> Result<Vec<u8>> {
    let mut members = Vec::new();
    for part in FORMAT {
        members.extend_from_slice(&part.to_be_bytes());
    }
    for envelope in [header, footer] {
        members.extend_from_slice(&envelope.place.at.to_be_bytes());
        members.extend_from_slice(&envelope.place.bytes.to_be_bytes());
        members.extend_from_slice(&(envelope.bytes as u64).to_be_bytes());
    }
    members.extend_from_slice(&MAX_KEY_BYTES.to_be_bytes());
    let mut out = Buffer::new(key_bytes);
    out.versioned(VERSION, |out| out.raw(&members));
    out.u64(xxh3_64(&members));
    out.finish()
}

const fn short(name: &'static str) -> Element {
    basic(name, 12, 2, "unsigned short")
}

const fn long(name: &'static str) -> Element {
    basic(name, 14, 8, "unsigned long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_over_the_members_alone() {
        let bytes = anchor(0, StoredEnvelope::default(), StoredEnvelope::default()).unwrap();

        assert_eq!(bytes.len(), 78);
        assert_eq!(bytes[..6], [0x40, 0, 0, 66, 0, 2]);
        assert_eq!(bytes[70..], xxh3_64(&bytes[6..70]).to_be_bytes());
    }
}
