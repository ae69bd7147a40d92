//! Envelopes: header, footer and page lists, with type, length and checksum around them.
//!
//! ```text
//! │ type: 16 bits, length: 48 bits │ contents … │ xxh3 of all before: u64 │
//! ```

use xxhash_rust::xxh3::xxh3_64;

use super::frame::Frame;
use crate::error::{Result, RootError};

const FRONT_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 8;

/// What an envelope holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Footer,
    PageList,
}

impl Kind {
    fn number(self) -> u64 {
        match self {
            Self::Header => 1,
            Self::Footer => 2,
            Self::PageList => 3,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Header => "RNTuple header",
            Self::Footer => "RNTuple footer",
            Self::PageList => "RNTuple page list",
        }
    }
}

/// The contents of an unpacked envelope, and its checksum.
///
/// # Errors
///
/// Another type or length than promised, a wrong checksum.
pub(super) fn contents(envelope: &[u8], kind: Kind) -> Result<(Frame<'_>, u64)> {
    let malformed = |why: String| RootError::malformed(kind.name(), 0, why);
    let split = envelope.split_last_chunk::<CHECKSUM_BYTES>();
    let front = split.and_then(|(covered, sum)| Some((covered, sum, covered.first_chunk()?)));
    let Some((covered, checksum, front)) = front else {
        return Err(malformed(format!("it has {} bytes", envelope.len())));
    };
    let (told, is) = (u64::from_le_bytes(*checksum), xxh3_64(covered));
    if told != is {
        return Err(malformed(format!(
            "its checksum is {is:x} instead of {told:x}"
        )));
    }
    let front = u64::from_le_bytes(*front);
    let (number, length) = (front & 0xffff, front >> 16);
    if number != kind.number() {
        let wanted = kind.number();
        return Err(malformed(format!(
            "an envelope of type {number} instead of {wanted}"
        )));
    }
    if length != envelope.len() as u64 {
        let there = envelope.len();
        return Err(malformed(format!(
            "it says it has {length} bytes, {there} are there"
        )));
    }
    Ok((
        Frame::new(&covered[FRONT_BYTES..], FRONT_BYTES, kind.name()),
        told,
    ))
}

#[cfg(test)]
pub(super) fn sealed(kind: Kind, contents: &[u8]) -> Vec<u8> {
    let length = (contents.len() + FRONT_BYTES + CHECKSUM_BYTES) as u64;
    let mut bytes = (length << 16 | kind.number()).to_le_bytes().to_vec();
    bytes.extend(contents);
    let checksum = xxh3_64(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_gives_its_contents() {
        let envelope = sealed(Kind::Footer, &42_u32.to_le_bytes());

        let (mut frame, checksum) = contents(&envelope, Kind::Footer).unwrap();

        assert_eq!(frame.u32().unwrap(), 42);
        assert!(frame.u16().is_err());
        assert_eq!(checksum.to_le_bytes(), envelope[12..]);
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let good = sealed(Kind::Header, &[0; 30]);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);

            assert!(contents(&bad, Kind::Header).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_footer_is_no_header() {
        let error = contents(&sealed(Kind::Footer, &[]), Kind::Header).unwrap_err();

        assert!(error.to_string().contains("type 2 instead of 1"), "{error}");
    }

    #[test]
    fn too_few_bytes_are_no_envelope() {
        for length in [0, 7, 8, 15] {
            assert!(contents(&vec![0; length], Kind::Header).is_err());
        }
    }
}
