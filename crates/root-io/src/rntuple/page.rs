//! One page: checking its bytes and unpacking them.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use super::elements::Encoding;
use crate::buffers;
use crate::compress::{MAX_UNPACKED_BYTES, unpack};
use crate::error::{Result, RootError};

const CHECKSUM_BYTES: usize = 8;

/// The bytes of a page's elements.
#[derive(Debug)]
pub(super) enum PageBytes {
    /// As they are in the file.
    Stored(Bytes),
    /// In a buffer of the thread, given back when this is dropped.
    Unpacked(Vec<u8>),
}

impl PageBytes {
    /// Checks and unpacks the bytes of a page that begins at byte `at` of the file.
    ///
    /// # Errors
    ///
    /// [`RootError::Malformed`] if the checksum is wrong or the elements need more bytes than a
    /// page may have; [`RootError::Codec`] if they do not unpack to as many bytes as they need.
    pub(super) fn unpack(
        mut bytes: Bytes,
        has_checksum: bool,
        encoding: Encoding,
        elements: u64,
        at: u64,
    ) -> Result<Self> {
        if has_checksum {
            check(&mut bytes, at)?;
        }
        let needed = elements
            .checked_mul(encoding.bits())
            .map(|bits| bits.div_ceil(8))
            .and_then(|needed| usize::try_from(needed).ok())
            .filter(|&needed| needed <= MAX_UNPACKED_BYTES);
        let Some(needed) = needed else {
            let why = format!("{elements} elements take more than {MAX_UNPACKED_BYTES} bytes");
            return Err(RootError::malformed("page", at, why));
        };
        if bytes.len() == needed {
            return Ok(Self::Stored(bytes));
        }
        if bytes.len() > needed {
            let why = format!(
                "it has {} bytes, its {elements} elements take {needed}",
                bytes.len()
            );
            return Err(RootError::malformed("page", at, why));
        }
        let mut unpacked = Self::Unpacked(buffers::take());
        if let Self::Unpacked(buffer) = &mut unpacked {
            unpack(&bytes, needed, buffer).map_err(|error| match error {
                RootError::Codec { codec, why } => RootError::Codec {
                    codec,
                    why: format!("{why} (the page at byte {at})"),
                },
                other => other,
            })?;
        }
        Ok(unpacked)
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Stored(bytes) => bytes,
            Self::Unpacked(bytes) => bytes,
        }
    }
}

impl Drop for PageBytes {
    fn drop(&mut self) {
        if let Self::Unpacked(buffer) = self {
            buffers::give_back(std::mem::take(buffer));
        }
    }
}

/// Takes the checksum off the end, if it is right.
fn check(bytes: &mut Bytes, at: u64) -> Result<()> {
    let Some((payload, checksum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
        let why = format!("{} bytes have no room for a checksum", bytes.len());
        return Err(RootError::malformed("page", at, why));
    };
    let (stored, computed) = (u64::from_le_bytes(*checksum), xxh3_64(payload));
    if stored != computed {
        let why = format!("its checksum is {computed:016x}, it should be {stored:016x}");
        return Err(RootError::malformed("page", at, why));
    }
    bytes.truncate(bytes.len() - CHECKSUM_BYTES);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_checksum(payload: &[u8]) -> Vec<u8> {
        [payload, &xxh3_64(payload).to_le_bytes()].concat()
    }

    fn message_of(bytes: Vec<u8>, has_checksum: bool, elements: u64) -> String {
        let bytes = Bytes::from(bytes);
        PageBytes::unpack(bytes, has_checksum, Encoding::Int32, elements, 70)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_page_that_is_not_packed_is_not_copied() {
        let bytes = Bytes::from(with_checksum(&[1; 12]));

        let page = PageBytes::unpack(bytes.clone(), true, Encoding::Int32, 3, 70).unwrap();

        assert_eq!(page.as_slice(), [1; 12]);
        assert_eq!(page.as_slice().as_ptr(), bytes.as_ptr());
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let mut bytes = with_checksum(&[1; 12]);
        bytes[3] ^= 16;

        let message = message_of(bytes, true, 3);

        assert!(
            message.starts_with("malformed page at byte 70: its checksum is"),
            "{message}"
        );
    }

    #[test]
    fn a_page_of_the_wrong_size_is_refused() {
        let longer = message_of(vec![0; 13], false, 3);
        let shorter = message_of(vec![0; 11], false, 3);
        let absurd = message_of(vec![0; 11], false, 1 << 40);
        let without_checksum = message_of(vec![0; 7], true, 3);

        assert_eq!(
            longer,
            "malformed page at byte 70: it has 13 bytes, its 3 elements take 12"
        );
        assert!(shorter.contains("page at byte 70"), "{shorter}");
        assert!(absurd.contains("more than 1073741824 bytes"), "{absurd}");
        assert!(
            without_checksum.contains("no room for a checksum"),
            "{without_checksum}"
        );
    }
}
