//! Unpacking of ROOT's compressed records.
//!
//! A record is one or more blocks, each with a header of 9 bytes:
//!
//! ```text
//! ┌──────┬────────┬─────────────────┬─────────────────┬─────────┐
//! │ "ZS" │ method │ packed length   │ unpacked length │ payload │
//! │  2   │   1    │ 3 little-endian │ 3 little-endian │         │
//! └──────┴────────┴─────────────────┴─────────────────┴─────────┘
//! ```
//!
//! so a block unpacks to at most 16 MiB. The tag names the codec. LZ4 payloads
//! begin with the big-endian xxHash64 of the rest.
//!
//! Source: ROOT `core/zip/src/RZip.cxx`, `core/lz4/src/ZipLZ4.cxx`.

mod codecs;

use codecs::{
    CONTEXTS, front_of_lz4, front_of_zlib, front_of_zstd, lz4_into, lzma_into, zstd_into,
};

use crate::error::{Result, RootError};

const HEADER_BYTES: usize = 9;
/// Most bytes a record may unpack to: ROOT's own limit for a buffer is 1 GiB.
pub(crate) const MAX_UNPACKED_BYTES: usize = 1 << 30;

/// Unpacks all blocks of `packed` into `out`, which then holds exactly `unpacked_bytes`.
///
/// `out` is overwritten; giving a used buffer saves clearing fresh memory.
///
/// # Errors
///
/// If the blocks do not unpack to `unpacked_bytes`, or a checksum is wrong.
pub(crate) fn unpack(packed: &[u8], unpacked_bytes: usize, out: &mut Vec<u8>) -> Result<()> {
    unpack_front(packed, unpacked_bytes, unpacked_bytes, out)
}

/// As [`unpack`], but only the first `wanted_bytes`; what follows them is left packed as far as
/// the codec can.
pub(crate) fn unpack_front(
    packed: &[u8],
    unpacked_bytes: usize,
    wanted_bytes: usize,
    out: &mut Vec<u8>,
) -> Result<()> {
    let wanted_bytes = wanted_bytes.min(unpacked_bytes);
    if unpacked_bytes > MAX_UNPACKED_BYTES {
        return Err(codec_error(
            "compressed",
            format!("it promises {unpacked_bytes} bytes, more than {MAX_UNPACKED_BYTES}"),
        ));
    }
    let mut rest = packed;
    let mut done = 0;
    while done < wanted_bytes {
        let block = Block::split(&mut rest)?;
        if block.unpacked_bytes > unpacked_bytes - done || block.unpacked_bytes == 0 {
            return Err(codec_error(
                block.codec.name(),
                format!(
                    "a block of {} bytes does not fit the {} that are missing",
                    block.unpacked_bytes,
                    unpacked_bytes - done
                ),
            ));
        }
        let end = done + block.unpacked_bytes;
        if out.len() < end {
            // Many baskets are open at once; growing by doubling would waste half their memory.
            out.reserve_exact(end - out.len());
            out.resize(end, 0);
        }
        if end <= wanted_bytes || !unpack_front_of(&block, &mut out[done..wanted_bytes])? {
            unpack_block(&block, &mut out[done..end])?;
        }
        done = end;
    }
    out.truncate(wanted_bytes);
    Ok(())
}

/// Names codec and level of a `fCompress` setting, e.g. 505 as `zstd 5`.
pub(crate) fn setting_name(setting: i32) -> String {
    let level = setting % 100;
    if level <= 0 {
        return "none".to_owned();
    }
    // Before algorithms had numbers, a plain level meant zlib.
    let name = match setting / 100 {
        0 | 1 => "zlib",
        2 => "lzma",
        3 => "old",
        4 => "lz4",
        5 => "zstd",
        _ => "unknown",
    };
    format!("{name} {level}")
}

#[derive(Debug, Clone, Copy)]
enum Codec {
    Zlib,
    Lzma,
    Lz4,
    Zstd,
    OldDeflate,
}

impl Codec {
    fn name(self) -> &'static str {
        match self {
            Self::Zlib => "zlib",
            Self::Lzma => "lzma",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
            Self::OldDeflate => "old deflate (CS)",
        }
    }
}

struct Block<'a> {
    codec: Codec,
    payload: &'a [u8],
    unpacked_bytes: usize,
}

impl<'a> Block<'a> {
    fn split(rest: &mut &'a [u8]) -> Result<Self> {
        let Some((header, after)) = rest.split_at_checked(HEADER_BYTES) else {
            return Err(codec_error(
                "compressed",
                format!("{} bytes are left of it", rest.len()),
            ));
        };
        let codec = match &header[..2] {
            b"ZL" => Codec::Zlib,
            b"XZ" => Codec::Lzma,
            b"L4" => Codec::Lz4,
            b"ZS" => Codec::Zstd,
            b"CS" => Codec::OldDeflate,
            other => {
                let tag = String::from_utf8_lossy(other).into_owned();
                return Err(codec_error(
                    "compressed",
                    format!("its codec is unknown: {tag:?}"),
                ));
            }
        };
        let size = |b: &[u8]| usize::from(b[0]) | usize::from(b[1]) << 8 | usize::from(b[2]) << 16;
        let packed_bytes = size(&header[3..6]);
        let Some((payload, next)) = after.split_at_checked(packed_bytes) else {
            return Err(codec_error(
                codec.name(),
                format!(
                    "it is cut off: {} of {packed_bytes} bytes are there",
                    after.len()
                ),
            ));
        };
        *rest = next;
        Ok(Self {
            codec,
            payload,
            unpacked_bytes: size(&header[6..9]),
        })
    }
}

fn unpack_block(block: &Block<'_>, out: &mut [u8]) -> Result<()> {
    let wanted = out.len();
    let got = match block.codec {
        Codec::Zlib => CONTEXTS
            .with_borrow_mut(|c| c.deflate.zlib_decompress(block.payload, out))
            .map_err(|e| e.to_string()),
        Codec::OldDeflate => CONTEXTS
            .with_borrow_mut(|c| c.deflate.deflate_decompress(block.payload, out))
            .map_err(|e| e.to_string()),
        Codec::Zstd => CONTEXTS.with_borrow_mut(|c| zstd_into(&mut c.zstd, block.payload, out)),
        Codec::Lz4 => lz4_into(block.payload, out),
        Codec::Lzma => lzma_into(block.payload, out),
    };
    match got {
        Ok(n) if n == wanted => Ok(()),
        Ok(n) => Err(codec_error(
            block.codec.name(),
            format!("{n} bytes instead of {wanted}"),
        )),
        Err(why) => Err(codec_error(block.codec.name(), why)),
    }
}

/// Fills `out` from the front of a block; false if the whole block is to be unpacked instead.
fn unpack_front_of(block: &Block<'_>, out: &mut [u8]) -> Result<bool> {
    let wanted = out.len();
    let got = match block.codec {
        Codec::Zstd => {
            CONTEXTS.with_borrow_mut(|c| front_of_zstd(&mut c.zstd_front, block.payload, out))
        }
        Codec::Lz4 => front_of_lz4(block.payload, out),
        // What can stop early is slower from byte to byte.
        Codec::Zlib if wanted <= block.unpacked_bytes / 4 * 3 => {
            CONTEXTS.with_borrow_mut(|c| front_of_zlib(&mut c.inflate_front, block.payload, out))
        }
        Codec::Zlib | Codec::Lzma | Codec::OldDeflate => return Ok(false),
    };
    match got {
        Ok(n) if n == wanted => Ok(true),
        Ok(n) => Err(codec_error(
            block.codec.name(),
            format!("{n} bytes instead of {wanted}"),
        )),
        Err(why) => Err(codec_error(block.codec.name(), why)),
    }
}

fn codec_error(codec: &'static str, why: impl Into<String>) -> RootError {
    RootError::Codec {
        codec,
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh64::xxh64;

    use super::*;

    fn block(tag: &[u8; 2], payload: &[u8], unpacked_bytes: usize) -> Vec<u8> {
        let mut bytes = tag.to_vec();
        bytes.push(1);
        bytes.extend(&payload.len().to_le_bytes()[..3]);
        bytes.extend(&unpacked_bytes.to_le_bytes()[..3]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn several_blocks_are_joined() {
        let packed =
            |text: &[u8]| block(b"ZS", &zstd::bulk::compress(text, 1).unwrap(), text.len());
        let record = [packed(b"muons and "), packed(b"jets")].concat();
        let mut out = vec![7; 100];

        unpack(&record, 14, &mut out).unwrap();

        assert_eq!(out, b"muons and jets");
    }

    fn lz4_payload(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        lzzzz::lz4::compress_to_vec(bytes, &mut packed, 1).unwrap();
        [&xxh64(&packed, 0).to_be_bytes()[..], &packed].concat()
    }

    fn zlib_payload(bytes: &[u8]) -> Vec<u8> {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut packed = vec![0; compressor.zlib_compress_bound(bytes.len())];
        let length = compressor.zlib_compress(bytes, &mut packed).unwrap();
        packed.truncate(length);
        packed
    }

    #[test]
    fn the_front_of_a_record_is_the_same_as_in_the_whole() {
        let text: Vec<u8> = (0..400_000_u32)
            .flat_map(|i| (i / 3).to_be_bytes())
            .collect();
        let zstd = zstd::bulk::compress(&text, 5).unwrap();
        let payloads = [
            (b"ZS", zstd),
            (b"L4", lz4_payload(&text)),
            (b"ZL", zlib_payload(&text)),
        ];
        for (tag, payload) in payloads {
            let record = block(tag, &payload, text.len());

            for wanted in [
                0,
                1,
                131_072,
                200_000,
                1_100_000,
                text.len() - 1,
                text.len(),
            ] {
                let mut out = Vec::new();
                unpack_front(&record, text.len(), wanted, &mut out).unwrap();
                assert_eq!(out, text[..wanted], "{tag:?} {wanted}");
            }
            let short = block(tag, &payload[..500], text.len());
            assert!(unpack_front(&short, text.len(), 200_000, &mut Vec::new()).is_err());
        }
    }

    #[test]
    fn a_flipped_bit_under_lz4_is_noticed() {
        let mut payload = lz4_payload(&[5; 1000]);
        *payload.last_mut().unwrap() ^= 1;

        let error = unpack(&block(b"L4", &payload, 1000), 1000, &mut Vec::new()).unwrap_err();

        assert!(error.to_string().contains("checksum"), "{error}");
    }

    #[test]
    fn a_record_that_unpacks_to_less_than_promised_is_refused() {
        let record = block(b"ZS", &zstd::bulk::compress(b"abc", 1).unwrap(), 3);

        assert!(unpack(&record, 4, &mut Vec::new()).is_err());
    }

    #[test]
    fn settings_have_the_names_of_their_codecs() {
        assert_eq!(setting_name(505), "zstd 5");
        assert_eq!(setting_name(1), "zlib 1");
        assert_eq!(setting_name(0), "none");
        assert_eq!(setting_name(400), "none");
    }
}
