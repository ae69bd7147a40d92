//! The codecs behind a block: whole payloads, or only their front where the codec can stop early.

use std::cell::RefCell;

use libdeflater::Decompressor as Deflate;
use liblzma::stream::{Action, Status, Stream};
use xxhash_rust::xxh64::xxh64;
use zlib_rs::{Inflate, InflateFlush};
use zstd::stream::raw::{self, Operation};

const CHECKSUM_BYTES: usize = 8;
/// Memory the LZMA decoder may use; level 9 needs 65 MiB.
const LZMA_MEMORY_LIMIT: u64 = 256 << 20;

/// Codec contexts, kept from block to block: making one costs more than a small block.
pub(super) struct Contexts {
    pub(super) deflate: Deflate,
    pub(super) inflate_front: Option<Inflate>,
    pub(super) zstd: Option<zstd::bulk::Decompressor<'static>>,
    pub(super) zstd_front: Option<raw::Decoder<'static>>,
}

thread_local! {
    pub(super) static CONTEXTS: RefCell<Contexts> =
        RefCell::new(Contexts {
            deflate: Deflate::new(),
            inflate_front: None,
            zstd: None,
            zstd_front: None,
        });
}

pub(super) fn zstd_into(
    context: &mut Option<zstd::bulk::Decompressor<'static>>,
    packed: &[u8],
    out: &mut [u8],
) -> Result<usize, String> {
    let decompressor = match context {
        Some(decompressor) => decompressor,
        None => context.insert(zstd::bulk::Decompressor::new().map_err(|e| e.to_string())?),
    };
    decompressor
        .decompress_to_buffer(packed, out)
        .map_err(|e| e.to_string())
}

/// The inner blocks of a frame (128 KiB) are unpacked one by one.
pub(super) fn front_of_zstd(
    context: &mut Option<raw::Decoder<'static>>,
    packed: &[u8],
    out: &mut [u8],
) -> Result<usize, String> {
    let decoder = match context {
        Some(decoder) => decoder,
        None => context.insert(raw::Decoder::new().map_err(|e| e.to_string())?),
    };
    decoder.reinit().map_err(|e| e.to_string())?;
    let wanted = out.len();
    let mut input = raw::InBuffer::around(packed);
    let mut output = raw::OutBuffer::around(out);
    while output.pos() < wanted {
        let before = (input.pos(), output.pos());
        decoder
            .run(&mut input, &mut output)
            .map_err(|e| e.to_string())?;
        if (input.pos(), output.pos()) == before {
            break;
        }
    }
    Ok(output.pos())
}

pub(super) fn front_of_zlib(
    context: &mut Option<Inflate>,
    packed: &[u8],
    out: &mut [u8],
) -> Result<usize, String> {
    const ZLIB_HEADER: bool = true;
    const WINDOW_BITS: u8 = 15;
    let inflate = context.get_or_insert_with(|| Inflate::new(ZLIB_HEADER, WINDOW_BITS));
    inflate.reset(ZLIB_HEADER);
    inflate
        .decompress(packed, out, InflateFlush::NoFlush)
        .map_err(|e| e.as_str().to_owned())?;
    usize::try_from(inflate.total_out()).map_err(|e| e.to_string())
}

pub(super) fn lz4_into(packed: &[u8], out: &mut [u8]) -> Result<usize, String> {
    lzzzz::lz4::decompress(checked_lz4(packed)?, out).map_err(|e| e.to_string())
}

pub(super) fn front_of_lz4(packed: &[u8], out: &mut [u8]) -> Result<usize, String> {
    let wanted = out.len();
    lzzzz::lz4::decompress_partial(checked_lz4(packed)?, out, wanted).map_err(|e| e.to_string())
}

/// The payload after its checksum.
fn checked_lz4(packed: &[u8]) -> Result<&[u8], String> {
    let Some((checksum, packed)) = packed.split_at_checked(CHECKSUM_BYTES) else {
        return Err("it is shorter than its checksum".to_owned());
    };
    if xxh64(packed, 0).to_be_bytes() != checksum {
        return Err("its checksum is wrong".to_owned());
    }
    Ok(packed)
}

pub(super) fn lzma_into(packed: &[u8], out: &mut [u8]) -> Result<usize, String> {
    let mut stream = Stream::new_stream_decoder(LZMA_MEMORY_LIMIT, 0).map_err(|e| e.to_string())?;
    let status = stream
        .process(packed, out, Action::Finish)
        .map_err(|e| e.to_string())?;
    if !matches!(status, Status::StreamEnd) {
        return Err("it does not end where it should".to_owned());
    }
    usize::try_from(stream.total_out()).map_err(|e| e.to_string())
}
