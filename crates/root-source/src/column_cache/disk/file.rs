//! A chunk ↔ the bytes of its file.
//!
//! ```text
//! 0        8         12           16         24    24 + n       64 k
//! ├ magic ─┼ version ┼ n: of key ─┼ checksum ┼ key ──┼ zeros ────┼ Arrow IPC stream ┤
//! ```
//!
//! Numbers are little-endian. The checksum (XXH3, 64 bits) is of all bytes but its own, and is
//! looked at before anything else is believed. Nothing here does I/O.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::writer::StreamWriter;
use xxhash_rust::xxh3::Xxh3;

use super::key::{DiskKey, VERSION};
use crate::column_cache::{CachedColumnEntry, Chunk};

const MAGIC: &[u8; 8] = b"hfchunk\n";
const CHECKSUM_AT: usize = 16;
/// Bytes in front of the key.
pub(super) const HEADER_BYTES: usize = 24;
/// Arrow's buffers begin at multiples of so many bytes.
const ALIGNMENT: usize = 64;
/// More than a stream's messages take besides their arrays, for most chunks.
const MESSAGE_BYTES: usize = 16 << 10;

/// Why bytes are not the chunk that they were taken for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damage {
    #[error("it is not a plain file")]
    NoFile,
    #[error("its {found} bytes are not the {wanted} that were written")]
    Length { found: u64, wanted: u64 },
    #[error("it does not begin as a chunk of this version")]
    Header,
    #[error("its checksum is wrong")]
    Checksum,
    #[error("it is another chunk")]
    OtherKey,
    #[error("its arrays cannot be read: {0}")]
    Arrays(#[from] ArrowError),
    #[error("its arrays have other types or lengths than those of the chunk")]
    OtherArrays,
    #[error("reading its arrays crashed")]
    Crash,
}

/// The bytes of a chunk's file.
pub(super) fn encode(key: &DiskKey, chunk: &Chunk) -> Result<Vec<u8>, ArrowError> {
    let room = usize::try_from(chunk.bytes).unwrap_or(0);
    let mut bytes = Vec::with_capacity(room + room / ALIGNMENT + key.bytes.len() + MESSAGE_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    let key_length = u32::try_from(key.bytes.len())
        .map_err(|_| ArrowError::InvalidArgumentError("the key is too long".to_owned()))?;
    bytes.extend(key_length.to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend(&key.bytes);
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);

    let field = Field::new("", chunk.column.column.data_type.clone(), true);
    let schema = Arc::new(Schema::new(vec![field]));
    let mut stream = StreamWriter::try_new(&mut bytes, &schema)?;
    for array in &chunk.batches {
        let columns = vec![Arc::clone(array)];
        stream.write(&RecordBatch::try_new(Arc::clone(&schema), columns)?)?;
    }
    stream.finish()?;
    drop(stream);

    let checksum = checksum_of(&bytes);
    bytes[CHECKSUM_AT..HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// The chunk of these entries, if the bytes are exactly that.
///
/// # Errors
/// What is wrong with them.
pub(super) fn decode(
    file: &Buffer,
    key: &DiskKey,
    column: &Arc<CachedColumnEntry>,
    entries: &Range<u64>,
) -> Result<Chunk, Damage> {
    let found = key_of(file).ok_or(Damage::Header)?;
    if file[CHECKSUM_AT..HEADER_BYTES] != checksum_of(file).to_le_bytes() {
        return Err(Damage::Checksum);
    }
    if found != key.bytes {
        return Err(Damage::OtherKey);
    }
    let start = (HEADER_BYTES + found.len()).next_multiple_of(ALIGNMENT);
    if start > file.len() {
        return Err(Damage::Header);
    }
    let mut rest = file.slice(start);
    let mut stream = StreamDecoder::new();
    let mut batches: Vec<ArrayRef> = Vec::new();
    while !rest.is_empty() {
        if let Some(batch) = stream.decode(&mut rest)? {
            batches.extend(batch.columns().iter().cloned());
        }
    }
    stream.finish()?;
    if !are_of(
        &batches,
        &column.column.data_type,
        column.column.batch_rows,
        entries,
    ) {
        return Err(Damage::OtherArrays);
    }
    // Copies them: each would hold the whole file otherwise.
    Ok(Chunk::new(Arc::clone(column), batches))
}

/// The key in the first bytes of a file, if they are the header of this version.
pub(super) fn key_of(file: &[u8]) -> Option<&[u8]> {
    let length = key_length(file)?;
    file.get(HEADER_BYTES..)?.get(..length)
}

/// How long the key is that follows this header.
pub(super) fn key_length(header: &[u8]) -> Option<usize> {
    let (magic, rest) = header.split_first_chunk::<8>()?;
    let (version, rest) = rest.split_first_chunk::<4>()?;
    let (length, _) = rest.split_first_chunk::<4>()?;
    let is_ours = magic == MAGIC && *version == VERSION.to_le_bytes();
    is_ours
        .then(|| usize::try_from(u32::from_le_bytes(*length)).ok())
        .flatten()
}

/// Of a file of at least a header's length.
fn checksum_of(file: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&file[..CHECKSUM_AT]);
    hash.update(&file[HEADER_BYTES..]);
    hash.digest()
}

/// True if there is an array of the type for each batch of the entries.
fn are_of(batches: &[ArrayRef], data_type: &DataType, rows: u64, entries: &Range<u64>) -> bool {
    let mut left = entries.end - entries.start;
    let fit = batches.iter().all(|array| {
        let expected = left.min(rows.max(1));
        left -= expected;
        array.len() as u64 == expected && array.data_type() == data_type
    });
    fit && left == 0 && !batches.iter().any(|array| array.is_empty())
}

#[cfg(test)]
mod tests;
