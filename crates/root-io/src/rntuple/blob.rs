//! Envelopes as they lie in the file: in one record, or split over several.
//!
//! What is longer than the anchor's longest record is split. The first part ends with the
//! positions of the others:
//!
//! ```text
//! │ … contents … │ at: u64 │ at: u64 │      │ … contents … │      │ … contents │
//! ├────────── max key bytes ─────────┤      ├─ max key ────┤      ├─ the rest ─┤
//! ```
//!
//! Source: ROOT `RMiniFileReader::ReadBuffer`.

use bytes::Bytes;

use super::locator::{EnvelopeLink, Extent};
use crate::compress;
use crate::error::{Result, RootError};
use crate::open::{Fetched, Halt};

const POSITION_BYTES: u64 = size_of::<u64>() as u64;
/// Most parts of an envelope. ROOT's parts have 1 GiB, so a file with more is taken for damaged.
const MAX_PARTS: u64 = 1024;

/// An envelope, unpacked; or what is missing to read it.
pub(super) fn read_envelope(
    fetched: &Fetched,
    link: EnvelopeLink,
    max_key_bytes: u64,
) -> Result<Bytes, Halt> {
    let packed = read_blob(fetched, link.place, max_key_bytes)?;
    if packed.len() as u64 == link.unpacked_bytes {
        return Ok(packed);
    }
    let unpacked_bytes = usize::try_from(link.unpacked_bytes).unwrap_or(usize::MAX);
    let mut unpacked = Vec::new();
    compress::unpack(&packed, unpacked_bytes, &mut unpacked)?;
    Ok(unpacked.into())
}

fn read_blob(fetched: &Fetched, place: Extent, max_key_bytes: u64) -> Result<Bytes, Halt> {
    if max_key_bytes == 0 || place.bytes <= max_key_bytes {
        return fetched.get(place.at, place.bytes);
    }
    // What the whole file cannot hold is not worth a request for its first part.
    if place.bytes > fetched.file_bytes() {
        return Err(RootError::Truncated {
            at: place.at,
            wanted: place.bytes,
            left: fetched.file_bytes().saturating_sub(place.at),
        }
        .into());
    }
    let parts = part_count(place, max_key_bytes)?;
    let first = fetched.get(place.at, max_key_bytes)?;
    let positions_bytes = (parts - 1) * POSITION_BYTES;
    let of_first = usize::try_from(max_key_bytes - positions_bytes).unwrap_or(usize::MAX);
    let (contents, positions) = first.split_at(of_first.min(first.len()));
    let (positions, _) = positions.as_chunks::<{ size_of::<u64>() }>();
    let mut blob = contents.to_vec();
    for position in positions {
        let missing = place.bytes - blob.len() as u64;
        let bytes = missing.min(max_key_bytes);
        blob.extend_from_slice(&fetched.get(u64::from_le_bytes(*position), bytes)?);
    }
    Ok(blob.into())
}

/// How many parts hold the contents and, in the first one, the positions of the others.
fn part_count(place: Extent, max_key_bytes: u64) -> Result<u64> {
    let mut parts = place.bytes.div_ceil(max_key_bytes);
    // ROOT adds one part at most, so the positions in it need no further one.
    let spare = parts * max_key_bytes - place.bytes;
    if (parts - 1) * POSITION_BYTES > spare {
        parts += 1;
    }
    if parts > MAX_PARTS || (parts - 1) * POSITION_BYTES > max_key_bytes {
        let why = format!(
            "{} bytes split over {parts} records of {max_key_bytes} bytes",
            place.bytes
        );
        return Err(RootError::malformed("RNTuple", place.at, why));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with `contents` split into parts of `max_key` bytes, a gap behind each.
    fn split(contents: &[u8], max_key: usize, parts: usize) -> Vec<u8> {
        let gap = [0xee; 5];
        let of_first = max_key - 8 * (parts - 1);
        let mut file = contents[..of_first].to_vec();
        let mut tail = Vec::new();
        for part in contents[of_first..].chunks(max_key) {
            let at = max_key + tail.len() + gap.len();
            file.extend((at as u64).to_le_bytes());
            tail.extend(gap);
            tail.extend(part);
        }
        file.extend(tail);
        file
    }

    fn read(file: &[u8], bytes: usize, max_key: usize) -> Result<Bytes, Halt> {
        let mut fetched = Fetched::new(file.len() as u64);
        fetched.insert(0, Bytes::copy_from_slice(file));
        let bytes = bytes as u64;
        read_blob(&fetched, Extent { at: 0, bytes }, max_key as u64)
    }

    #[test]
    fn parts_are_joined() {
        let contents: Vec<u8> = (0..250).collect();
        // With 3 parts of 90 bytes, 20 are to spare: enough for two positions of 8.
        let file = split(&contents, 90, 3);

        assert_eq!(read(&file, 250, 90).unwrap(), contents);
    }

    #[test]
    fn positions_that_do_not_fit_beside_the_contents_make_one_more_part() {
        let contents: Vec<u8> = (0..250).collect();
        let file = split(&contents, 84, 4);

        assert_eq!(read(&file, 250, 84).unwrap(), contents);
    }

    #[test]
    fn what_fits_one_record_is_not_split() {
        assert_eq!(read(&[1, 2, 3, 4], 3, 3).unwrap(), [1, 2, 3][..]);
        assert_eq!(read(&[1, 2, 3, 4], 3, 0).unwrap(), [1, 2, 3][..]);
    }

    #[test]
    fn records_too_short_for_the_positions_are_refused() {
        for max_key in [1, 7, 9] {
            let halt = read(&[0; 5000], 5000, max_key).unwrap_err();

            assert!(matches!(halt, Halt::Failed(RootError::Malformed { .. })));
        }
    }

    #[test]
    fn a_position_outside_of_the_file_is_refused() {
        let mut file = split(&[7; 100], 60, 2);
        file[52..60].copy_from_slice(&u64::MAX.to_le_bytes());

        let halt = read(&file, 100, 60).unwrap_err();

        assert!(matches!(halt, Halt::Failed(RootError::Truncated { .. })));
    }
}
