//! Baskets: their header, their unpacked payload and where each entry starts in it.
//!
//! ```text
//! key + basket header    payload, unpacked
//! ├────────────────────┤├─ entry 0 ─┤├ 1 ┤├── 2 ──┤├ count │ 70 │ 82 │ 86 ┤
//! 0               key_bytes                       last    entry table, key included
//! ```
//!
//! Source: ROOT `TBasket::Streamer`, `TBasket::ReadBasketBuffers`.

use std::ops::Range;

use bytes::Bytes;

use super::basket_header::{BasketHeader, GENERATE_OFFSETS};
use crate::compress;
use crate::cursor::Cursor;
use crate::error::{Result, RootError};

/// Writers up to this version could store a packed payload of the same length as the unpacked one.
const LAST_ROOT_WITH_ODD_PACKING: u32 = 30_401;

/// A basket whose payload can be read.
#[derive(Debug)]
pub(crate) struct OpenBasket {
    payload: Payload,
    data_bytes: usize,
    starts: Starts,
    pub(crate) entries: usize,
}

#[derive(Debug)]
enum Payload {
    /// Stored unpacked: a part of the fetched bytes.
    Stored(Bytes),
    Unpacked(Vec<u8>),
}

#[derive(Debug)]
enum Starts {
    /// Every entry takes this many bytes.
    Uniform(usize),
    /// In the payload, at this place.
    Table { at: usize, key_bytes: u32 },
    /// Apart, from the start of the data, one for each entry.
    Apart(Vec<u32>),
    /// To be computed from the counter.
    Generated,
    /// Left packed; known is only where the next entry starts.
    Next { entry: usize, byte: usize },
}

/// How much of a basket to unpack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// The values without the entry table, for entries that another column has counted.
    Values,
}

impl OpenBasket {
    /// Unpacks a basket as it stands in the file, into `buffer`.
    pub(crate) fn unpack(
        record: &Bytes,
        root_version: u32,
        part: Part,
        mut buffer: Vec<u8>,
    ) -> Result<Self> {
        let mut cursor = Cursor::new(record, 0);
        let header = BasketHeader::parse(&mut cursor)?;
        let parts = header.key.parts()?;
        if cursor.pos() > parts.key_bytes {
            let why = format!(
                "it takes {} bytes, its key {}",
                cursor.pos(),
                parts.key_bytes
            );
            return Err(RootError::malformed("basket header", 0, why));
        }
        let packed = parts.key_bytes..parts.key_bytes + parts.packed_bytes;
        let odd = root_version <= LAST_ROOT_WITH_ODD_PACKING
            && parts.unpacked_bytes == parts.packed_bytes
            && record
                .get(packed.clone())
                .is_some_and(|p| p.starts_with(b"CS"));
        let data_bytes = data_bytes(&header, parts.key_bytes, parts.unpacked_bytes)?;
        let is_packed = parts.unpacked_bytes > parts.packed_bytes || odd;
        let only_values = part == Part::Values && data_bytes < parts.unpacked_bytes;
        let needed = match (is_packed, only_values) {
            (true, _) => packed.end,
            (false, true) => packed.start + data_bytes,
            (false, false) => packed.start + parts.unpacked_bytes,
        };
        if needed > record.len() {
            let why = format!("it needs {needed} bytes, {} are there", record.len());
            return Err(RootError::malformed("basket", 0, why));
        }
        let payload = if is_packed {
            let wanted = if only_values {
                data_bytes
            } else {
                parts.unpacked_bytes
            };
            compress::unpack_front(&record[packed], parts.unpacked_bytes, wanted, &mut buffer)?;
            Payload::Unpacked(buffer)
        } else {
            Payload::Stored(record.slice(packed.start..needed))
        };
        let starts = if only_values {
            Starts::Next { entry: 0, byte: 0 }
        } else if header.offsets_are_generated() {
            Starts::Generated
        } else if data_bytes < parts.unpacked_bytes {
            entry_table(&header, data_bytes, parts.key_bytes, parts.unpacked_bytes)?
        } else {
            Starts::Uniform(header.entry_bytes)
        };
        let mut basket = Self {
            payload,
            data_bytes,
            starts,
            entries: header.entries,
        };
        if let Starts::Table { at, .. } = basket.starts
            && header.io_bits & GENERATE_OFFSETS != 0
        {
            basket.starts = Starts::Apart(starts_of_sizes(basket.table(at), header.entries));
        }
        Ok(basket)
    }

    /// Where the values end in the record of a basket that is stored unpacked, judged by the
    /// first bytes of the record; `None` if these do not tell.
    pub(crate) fn values_end(head: &[u8], root_version: u32) -> Option<usize> {
        let header = BasketHeader::parse(&mut Cursor::new(head, 0)).ok()?;
        let parts = header.key.parts().ok()?;
        let is_packed = parts.unpacked_bytes != parts.packed_bytes
            || root_version <= LAST_ROOT_WITH_ODD_PACKING;
        let data_bytes = data_bytes(&header, parts.key_bytes, parts.unpacked_bytes).ok()?;
        (!is_packed).then_some(parts.key_bytes + data_bytes)
    }

    /// A basket that is kept in its branch.
    pub(crate) fn embedded(basket: &super::raw::RawBasket) -> Result<Self> {
        let header = &basket.header;
        let key_bytes = usize::try_from(header.key.key_bytes).unwrap_or(0);
        let data = basket.bytes.get(key_bytes..header.last).ok_or_else(|| {
            let why = format!(
                "data {key_bytes}..{} of {}",
                header.last,
                basket.bytes.len()
            );
            RootError::malformed("embedded basket", 0, why)
        })?;
        let starts = match &basket.entry_offsets {
            _ if header.offsets_are_generated() => Starts::Generated,
            None => Starts::Uniform(header.entry_bytes),
            Some(offsets) => {
                let relative = |&offset: &i32| {
                    u32::try_from(i64::from(offset) - i64::from(header.key.key_bytes)).map_err(
                        |_| RootError::malformed("entry table", 0, format!("an entry at {offset}")),
                    )
                };
                Starts::Apart(offsets.iter().map(relative).collect::<Result<_>>()?)
            }
        };
        Ok(Self {
            payload: Payload::Unpacked(data.to_vec()),
            data_bytes: data.len(),
            starts,
            entries: header.entries,
        })
    }

    /// True if [`Self::set_counts`] must be called before entries can be found.
    pub(crate) fn needs_counts(&self) -> bool {
        matches!(self.starts, Starts::Generated)
    }

    /// Computes where entries start from the number of values of each.
    pub(crate) fn set_counts(&mut self, bytes_of_entry: impl Iterator<Item = u64>) -> Result<()> {
        let mut starts = Vec::with_capacity(self.entries);
        let mut at = 0_u64;
        for bytes in bytes_of_entry.take(self.entries) {
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
            at = at.saturating_add(bytes);
        }
        if at != self.data_bytes as u64 {
            let why = format!(
                "its counter asks for {at} bytes, it has {}",
                self.data_bytes
            );
            return Err(RootError::malformed("basket", 0, why));
        }
        self.starts = Starts::Apart(starts);
        Ok(())
    }

    /// The values of all entries.
    pub(crate) fn data(&self) -> &[u8] {
        match &self.payload {
            Payload::Stored(bytes) => &bytes[..self.data_bytes],
            Payload::Unpacked(bytes) => &bytes[..self.data_bytes],
        }
    }

    /// Where the entries of a range start in [`Self::data`], and at last where the range ends.
    pub(crate) fn starts(&self, entries: Range<usize>, out: &mut Vec<u32>) -> Result<()> {
        out.clear();
        if entries.end > self.entries {
            let why = format!("entry {} of {}", entries.end, self.entries);
            return Err(RootError::malformed("basket", 0, why));
        }
        let end = u32::try_from(self.data_bytes).unwrap_or(u32::MAX);
        let is_last = entries.end == self.entries;
        match &self.starts {
            Starts::Uniform(bytes) => {
                for entry in entries.start..=entries.end {
                    out.push(u32::try_from(entry.saturating_mul(*bytes)).unwrap_or(u32::MAX));
                }
            }
            Starts::Table { at, key_bytes } => {
                let table = self.table(*at);
                let upto = if is_last {
                    entries.end
                } else {
                    entries.end + 1
                };
                let part = table.get(entries.start..upto).unwrap_or_default();
                out.extend(
                    part.iter()
                        .map(|w| u32::from_be_bytes(*w).wrapping_sub(*key_bytes)),
                );
                if is_last {
                    out.push(end);
                }
            }
            Starts::Apart(starts) => {
                let upto = if is_last {
                    entries.end
                } else {
                    entries.end + 1
                };
                out.extend_from_slice(starts.get(entries.start..upto).unwrap_or_default());
                if is_last {
                    out.push(end);
                }
            }
            Starts::Generated | Starts::Next { .. } => {
                return Err(RootError::malformed("basket", 0, "it has no entry table"));
            }
        }
        let ordered = out.len() == entries.len() + 1 && out.is_sorted();
        match out.last() {
            Some(&last) if ordered && last <= end => Ok(()),
            _ => Err(RootError::malformed(
                "entry table",
                0,
                format!("entries {entries:?} do not lie in order in {end} bytes"),
            )),
        }
    }

    /// The values of entries that take `bytes` according to their counter.
    pub(crate) fn counted_values(&mut self, entries: Range<usize>, bytes: u64) -> Result<&[u8]> {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let start = self.start_of(entries.start);
        let end = if self.lacks_table() {
            let byte = start.unwrap_or(0).saturating_add(bytes);
            self.starts = Starts::Next {
                entry: entries.end,
                byte,
            };
            // The counter must use up the basket.
            Some(byte).filter(|&end| entries.end < self.entries || end == self.data_bytes)
        } else {
            self.start_of(entries.end)
        };
        let range = start.zip(end).map(|(start, end)| start..end);
        match range.and_then(|range| self.data().get(range)) {
            Some(values) if values.len() == bytes => Ok(values),
            _ => {
                let why = format!(
                    "entries {entries:?} lie at {start:?} to {end:?}, the counter asks for {bytes} bytes"
                );
                Err(RootError::malformed("entry table", 0, why))
            }
        }
    }

    /// True if [`Self::counted_values`] can find the entries from this one on.
    pub(crate) fn knows_start_of(&self, entry: usize) -> bool {
        self.start_of(entry).is_some()
    }

    /// True if the entry table was left packed.
    pub(crate) fn lacks_table(&self) -> bool {
        matches!(self.starts, Starts::Next { .. })
    }

    /// Where an entry starts; the one after the last starts at the end.
    fn start_of(&self, entry: usize) -> Option<usize> {
        if entry >= self.entries && !self.lacks_table() {
            return (entry == self.entries).then_some(self.data_bytes);
        }
        match &self.starts {
            Starts::Uniform(bytes) => entry.checked_mul(*bytes),
            Starts::Table { at, key_bytes } => {
                let word = u32::from_be_bytes(*self.table(*at).get(entry)?);
                word.checked_sub(*key_bytes).map(|start| start as usize)
            }
            Starts::Apart(starts) => starts.get(entry).map(|&start| start as usize),
            Starts::Next { entry: next, byte } => (*next == entry).then_some(*byte),
            Starts::Generated => None,
        }
    }

    fn table(&self, at: usize) -> &[[u8; 4]] {
        let whole = match &self.payload {
            Payload::Stored(bytes) => &bytes[..],
            Payload::Unpacked(bytes) => &bytes[..],
        };
        whole.get(at..).unwrap_or_default().as_chunks::<4>().0
    }

    /// Unpacked bytes, for statistics.
    pub(crate) fn payload_bytes(&self) -> usize {
        match &self.payload {
            Payload::Stored(bytes) => bytes.len(),
            Payload::Unpacked(bytes) => bytes.len(),
        }
    }

    /// Gives the buffer back for the next basket.
    pub(crate) fn into_buffer(self) -> Vec<u8> {
        match self.payload {
            Payload::Stored(_) => Vec::new(),
            Payload::Unpacked(buffer) => buffer,
        }
    }
}

/// Where the table could not be left out, these writers store sizes instead of positions.
fn starts_of_sizes(table: &[[u8; 4]], entries: usize) -> Vec<u32> {
    let sizes = table.iter().map(|word| u32::from_be_bytes(*word));
    // The first number stands for the key, the next for the first entry.
    let starts = sizes.skip(1).scan(0_u32, |at, size| {
        let start = *at;
        *at = at.saturating_add(size);
        Some(start)
    });
    starts.take(entries).collect()
}

fn data_bytes(header: &BasketHeader, key_bytes: usize, unpacked_bytes: usize) -> Result<usize> {
    match header.last.checked_sub(key_bytes) {
        Some(bytes) if bytes <= unpacked_bytes => Ok(bytes),
        _ => Err(RootError::malformed(
            "basket header",
            0,
            format!(
                "data end at {} in {unpacked_bytes} bytes after a key of {key_bytes}",
                header.last
            ),
        )),
    }
}

fn entry_table(
    header: &BasketHeader,
    data_bytes: usize,
    key_bytes: usize,
    unpacked_bytes: usize,
) -> Result<Starts> {
    // The table is an array with its length in front; a second array of displacements may follow.
    let at = data_bytes + 4;
    if unpacked_bytes < at + 4 * header.entries {
        let why = format!(
            "{} entries, but {} bytes",
            header.entries,
            unpacked_bytes - data_bytes
        );
        return Err(RootError::malformed("entry table", data_bytes as u64, why));
    }
    Ok(Starts::Table {
        at,
        key_bytes: u32::try_from(key_bytes).unwrap_or(u32::MAX),
    })
}
