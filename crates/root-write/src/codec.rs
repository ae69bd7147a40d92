//! Compression of a record into ROOT's blocks.
//!
//! ```text
//! 0  2      3            6              9
//! ├──┤method├ packed size ├ unpacked size ├ packed bytes ...
//!  ZL    8      3 bytes       3 bytes       little-endian sizes
//! ```
//!
//! A record longer than a block can hold is a row of such blocks. LZ4 blocks
//! begin with the big-endian xxHash64 of their packed bytes.

use libdeflater::{CompressionLvl, Compressor};
use xxhash_rust::xxh64::xxh64;

use crate::{Result, WriteError};

/// Most unpacked bytes in one block: its size field has three bytes.
const BLOCK_BYTES: usize = 0xff_ffff;

/// Compression of baskets and of the tree's own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Codec {
    /// As they are.
    #[default]
    None,
    /// zlib streams, level 1 to 9.
    Zlib(u8),
    /// xz streams, level 0 to 9.
    Lzma(u8),
    /// LZ4 blocks with their checksum.
    Lz4,
    /// Zstandard frames, level 1 to 19.
    Zstd(u8),
    /// Bare deflate in `CS` blocks, as ROOT wrote before it knew zlib; level 1 to 9.
    OldCs(u8),
}

impl Codec {
    /// The number ROOT keeps in `fCompress`: 100 times the algorithm plus the level.
    #[must_use]
    pub fn setting(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Zlib(level) => 100 + i32::from(level),
            Self::Lzma(level) => 200 + i32::from(level),
            Self::Lz4 => 404,
            Self::Zstd(level) => 500 + i32::from(level),
            Self::OldCs(level) => i32::from(level),
        }
    }

    /// Packs a record; `None` if that does not make it smaller, so that it is stored as it is.
    pub(crate) fn pack(self, record: &[u8]) -> Result<Option<Vec<u8>>> {
        if self == Self::None {
            return Ok(None);
        }
        let mut packed = Vec::with_capacity(record.len() / 2);
        for block in record.chunks(BLOCK_BYTES) {
            let bytes = self.pack_block(block)?;
            if bytes.len() >= block.len() {
                return Ok(None);
            }
            packed.extend_from_slice(self.tag());
            packed.extend_from_slice(&three_bytes(bytes.len()));
            packed.extend_from_slice(&three_bytes(block.len()));
            packed.extend_from_slice(&bytes);
        }
        Ok((packed.len() < record.len()).then_some(packed))
    }

    fn pack_block(self, block: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::None => Ok(block.to_vec()),
            Self::Zlib(level) => {
                let mut deflate = deflater(level)?;
                let mut out = vec![0; deflate.zlib_compress_bound(block.len())];
                let length = deflate
                    .zlib_compress(block, &mut out)
                    .map_err(|e| failed("zlib", e))?;
                out.truncate(length);
                Ok(out)
            }
            Self::OldCs(level) => {
                let mut deflate = deflater(level)?;
                let mut out = vec![0; deflate.deflate_compress_bound(block.len())];
                let length = deflate
                    .deflate_compress(block, &mut out)
                    .map_err(|e| failed("deflate", e))?;
                out.truncate(length);
                Ok(out)
            }
            Self::Lzma(level) => {
                liblzma::encode_all(block, u32::from(level.min(9))).map_err(|e| failed("lzma", e))
            }
            Self::Lz4 => {
                let bytes = lz4_flex::block::compress(block);
                let mut out = xxh64(&bytes, 0).to_be_bytes().to_vec();
                out.extend_from_slice(&bytes);
                Ok(out)
            }
            Self::Zstd(level) => {
                zstd::bulk::compress(block, i32::from(level)).map_err(|e| failed("zstd", e))
            }
        }
    }

    /// Two letters and the method, as `R__zip` writes them.
    fn tag(self) -> &'static [u8; 3] {
        match self {
            Self::None => b"\0\0\0",
            Self::Zlib(_) => b"ZL\x08",
            Self::Lzma(_) => b"XZ\0",
            Self::Lz4 => b"L4\x01",
            Self::Zstd(_) => b"ZS\x01",
            Self::OldCs(_) => b"CS\x08",
        }
    }
}

fn deflater(level: u8) -> Result<Compressor> {
    let level = CompressionLvl::new(i32::from(level))
        .map_err(|_| failed("zlib", format!("there is no level {level}")))?;
    Ok(Compressor::new(level))
}

fn failed(codec: &'static str, why: impl std::fmt::Display) -> WriteError {
    WriteError::Codec {
        codec,
        why: why.to_string(),
    }
}

/// Little-endian; the callers keep `size` below 2^24.
fn three_bytes(size: usize) -> [u8; 3] {
    let [a, b, c, ..] = size.to_le_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zlib_block_says_both_sizes() {
        let record = [7_u8; 1000];

        let packed = Codec::Zlib(6).pack(&record).unwrap().unwrap();

        assert_eq!(packed[..3], *b"ZL\x08");
        assert_eq!(
            usize::from(packed[3]) + 256 * usize::from(packed[4]),
            packed.len() - 9
        );
        assert_eq!(packed[6..9], [232, 3, 0]);
    }

    #[test]
    fn bytes_that_do_not_shrink_are_stored_as_they_are() {
        assert_eq!(Codec::Zstd(5).pack(b"abc").unwrap(), None);
        assert_eq!(Codec::None.pack(&[0; 1000]).unwrap(), None);
    }

    #[test]
    fn a_long_record_becomes_several_blocks() {
        let record = vec![1_u8; BLOCK_BYTES + 10_000];

        let packed = Codec::Lz4.pack(&record).unwrap().unwrap();

        let first =
            usize::from(packed[3]) + (usize::from(packed[4]) << 8) + (usize::from(packed[5]) << 16);
        assert_eq!(packed[6..9], [255, 255, 255]);
        assert_eq!(packed[9 + first..9 + first + 3], *b"L4\x01");
    }

    #[test]
    fn the_checksum_of_an_lz4_block_is_over_its_packed_bytes() {
        let packed = Codec::Lz4.pack(&[3_u8; 500]).unwrap().unwrap();

        assert_eq!(packed[9..17], xxh64(&packed[17..], 0).to_be_bytes());
    }
}
