//! The anchor: the keyed object that says where header and footer are.
//!
//! ```text
//! │ byte count │ version │ epoch major minor patch │ header │ footer │ max key │ … │ xxh3 │
//! │    u32     │   u16   │         4 × u16         │ 3 u64  │ 3 u64  │   u64   │   │ u64  │
//! ```
//!
//! All big-endian; the checksum is of what lies between it and the version.

use xxhash_rust::xxh3::xxh3_64;

use super::locator::{EnvelopeLink, Extent};
use crate::cursor::Cursor;
use crate::error::{Result, RootError};

/// Byte count and version in front of the members.
const FRONT_BYTES: usize = 6;

/// Where the description of an RNTuple begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) header: EnvelopeLink,
    pub(super) footer: EnvelopeLink,
    /// Most bytes in one record; longer ones are split. 0 means that none is.
    pub(super) max_key_bytes: u64,
}

impl Anchor {
    /// Reads the payload of an anchor's key, which is at byte `at` of the file.
    ///
    /// # Errors
    ///
    /// A wrong checksum, an epoch other than 1.
    pub(super) fn parse(payload: &[u8], at: u64) -> Result<Self> {
        let malformed = |why: String| RootError::malformed("RNTuple anchor", at, why);
        let mut cursor = Cursor::new(payload, at);
        let end = cursor.version()?.end;
        let members = end.and_then(|end| payload.get(FRONT_BYTES..end));
        let (Some(end), Some(members)) = (end, members) else {
            return Err(malformed("it does not say how long it is".to_owned()));
        };
        let epoch = cursor.u16()?;
        cursor.skip(6)?; // major, minor, patch: for reporting only, see features
        let header = link(&mut cursor)?;
        let footer = link(&mut cursor)?;
        let max_key_bytes = cursor.u64()?;
        cursor.go_to(end)?;
        let (told, is) = (cursor.u64()?, xxh3_64(members));
        if told != is {
            return Err(malformed(format!(
                "its checksum is {is:x} instead of {told:x}"
            )));
        }
        if epoch != 1 {
            let why = format!("its format has epoch {epoch}, this reader knows epoch 1");
            return Err(RootError::unsupported("ROOT::RNTuple", why));
        }
        Ok(Self {
            header,
            footer,
            max_key_bytes,
        })
    }
}

fn link(cursor: &mut Cursor<'_>) -> Result<EnvelopeLink> {
    let (at, bytes) = (cursor.u64()?, cursor.u64()?);
    Ok(EnvelopeLink {
        place: Extent { at, bytes },
        unpacked_bytes: cursor.u64()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(epoch: u16, added: &[u8]) -> Vec<u8> {
        let mut members = Vec::new();
        for version in [epoch, 7, 0, 0] {
            members.extend(version.to_be_bytes());
        }
        for number in [100_u64, 10, 30, 200, 20, 40, 1 << 30] {
            members.extend(number.to_be_bytes());
        }
        members.extend(added);
        let count = 0x4000_0000 | u32::try_from(members.len() + 2).unwrap();
        let front = [&count.to_be_bytes()[..], &2_u16.to_be_bytes()].concat();
        let checksum = xxh3_64(&members).to_be_bytes();
        [front, members, checksum.to_vec()].concat()
    }

    #[test]
    fn an_anchor_tells_where_header_and_footer_are() {
        let link = |at, bytes, unpacked_bytes| EnvelopeLink {
            place: Extent { at, bytes },
            unpacked_bytes,
        };

        for added in [&[][..], &[1, 2, 3]] {
            let parsed = Anchor::parse(&anchor(1, added), 0).unwrap();

            assert_eq!(parsed.header, link(100, 10, 30));
            assert_eq!(parsed.footer, link(200, 20, 40));
            assert_eq!(parsed.max_key_bytes, 1 << 30);
        }
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let good = anchor(1, &[]);
        for bit in 0..good.len() * 8 {
            let in_class_version = (32..48).contains(&bit);
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);

            assert_eq!(
                Anchor::parse(&bad, 0).is_ok(),
                in_class_version,
                "bit {bit}"
            );
        }
    }

    #[test]
    fn another_epoch_is_unsupported() {
        let error = Anchor::parse(&anchor(2, &[]), 0).unwrap_err();

        assert!(error.to_string().contains("epoch 2"), "{error}");
    }
}
