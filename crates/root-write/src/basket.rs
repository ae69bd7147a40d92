//! Baskets: the values of some entries of one branch, as one record.
//!
//! ```text
//! key, then a basket's own    payload                    entry table
//! ├──────────────────────────┤├─ entry 0 ─┤├ e1 ┤├ e2 ──┤├ 4, 70, 82, 86, 0 ┤
//!                             70           82    86     last
//! ```
//!
//! The table (its length, where entries start, a 0) is there only if entries
//! differ in size and their places cannot be worked out from a counter. Where
//! the branch has `kGenerateOffsetMap` set but needs a table all the same, the
//! table holds differences.

use std::io::{Seek, Write};
use std::ops::Range;

use crate::buffer::{Buffer, put_string, word};
use crate::column::{Column, Items, Lists};
use crate::key::Key;
use crate::sink::Sink;
use crate::{Codec, Result, WriteError};

/// Version of `TBasket`.
const BASKET_VERSION: u16 = 3;
/// Size ROOT would reserve for a basket; readers use it as a hint only.
pub(crate) const BASKET_SIZE_HINT: i32 = 32_000;
/// Version of `std::vector` in front of its size.
const VECTOR_VERSION: u16 = 9;

/// How a reader finds the entries of a basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryTable {
    /// All entries have one size.
    Fixed,
    /// Starts follow the payload.
    Stored,
    /// From the counter (`kGenerateOffsetMap`).
    Generated,
}

/// Entries that wait to become a basket.
#[derive(Debug)]
pub(crate) struct Pending {
    payload: Vec<u8>,
    starts: Vec<usize>,
    pub(crate) entry_count: usize,
}

/// A basket in the file.
#[derive(Debug)]
pub(crate) struct WrittenBasket {
    pub(crate) first_entry: u64,
    pub(crate) seek: u64,
    /// Bytes in the file, key included.
    pub(crate) stored_bytes: i32,
    /// Bytes unpacked, key included.
    pub(crate) unpacked_bytes: u64,
}

/// To whom a basket belongs and how it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BasketOwner<'a> {
    pub(crate) branch: &'a str,
    pub(crate) tree: &'a str,
    pub(crate) directory_seek: u64,
    pub(crate) codec: Codec,
    pub(crate) table: EntryTable,
    pub(crate) io_bits: u8,
}

impl Pending {
    pub(crate) fn new() -> Self {
        Self {
            payload: Vec::new(),
            starts: Vec::new(),
            entry_count: 0,
        }
    }

    /// Adds entries of a column. A counted column comes with the offsets its counter makes.
    pub(crate) fn add(&mut self, column: &Column, offsets: &[usize], entries: Range<usize>) {
        self.entry_count += entries.len();
        match column {
            Column::Flat(values) => values.put(entries, &mut self.payload),
            Column::Array { shape, values } => {
                let length: usize = shape.iter().product();
                values.put(
                    entries.start * length..entries.end * length,
                    &mut self.payload,
                );
            }
            Column::Counted { shape, values, .. } => {
                let length: usize = shape.iter().product();
                for entry in entries {
                    self.start_entry();
                    values.put(
                        scaled(item_range(offsets, entry), length),
                        &mut self.payload,
                    );
                }
            }
            Column::Leaves(leaves) => {
                for entry in entries {
                    for leaf in leaves {
                        let length: usize = leaf.shape.iter().product();
                        leaf.values
                            .put(scaled(entry..entry + 1, length), &mut self.payload);
                    }
                }
            }
            Column::Text(texts) | Column::StdString(texts) | Column::TString(texts) => {
                for text in texts.get(entries).unwrap_or_default() {
                    self.start_entry();
                    put_string(text, &mut self.payload);
                }
            }
            Column::Vector(lists) => {
                for entry in entries {
                    self.start_entry();
                    put_vector(lists, entry, &mut self.payload);
                }
            }
        }
    }

    /// Writes the entries as a record and forgets them.
    pub(crate) fn flush<W: Write + Seek>(
        &mut self,
        owner: BasketOwner<'_>,
        first_entry: u64,
        sink: &mut Sink<W>,
    ) -> Result<WrittenBasket> {
        let mut key = owner.key(sink.position(), owner.directory_seek);
        let key_bytes = key.header_bytes()?;
        let header = self.header(owner, key_bytes)?;
        let mut record = std::mem::take(&mut self.payload);
        if owner.table == EntryTable::Stored {
            record.extend_from_slice(&word(self.starts.len() + 1).to_be_bytes());
            if owner.io_bits == 0 {
                self.put_starts(key_bytes, &mut record);
                record.extend_from_slice(&[0; 4]);
            } else {
                self.put_start_differences(key_bytes, &mut record);
            }
        }
        let packed = owner.codec.pack(&record)?;
        let stored = packed.as_deref().unwrap_or(&record);
        key.object_bytes = record.len();
        key.stored_bytes = stored.len();

        let mut head = Vec::with_capacity(usize::from(key_bytes));
        key.put(&mut head)?;
        head.extend_from_slice(&header);
        sink.write(&head)?;
        sink.write(stored)?;
        let written = WrittenBasket {
            first_entry,
            seek: key.seek,
            stored_bytes: key.total_bytes()?,
            unpacked_bytes: (usize::from(key_bytes) + record.len()) as u64,
        };
        record.clear();
        *self = Self {
            payload: record,
            starts: Vec::new(),
            entry_count: 0,
        };
        Ok(written)
    }

    /// Writes the entries into the tree's own record, as ROOT does with a basket still being filled.
    pub(crate) fn embed(&self, owner: BasketOwner<'_>, out: &mut Buffer) -> Result<()> {
        let key = owner.key(0, 0);
        let key_bytes = key.header_bytes()?;
        let mut head = Vec::new();
        key.put(&mut head)?;
        // A record of its own it is not (yet): no length, no cycle.
        head.get_mut(..4).unwrap_or_default().fill(0);
        let mut header = self.header(owner, key_bytes)?;
        header.pop();
        // 10: with a buffer; 1 or 2: with or without starts; 80: starts from the counter.
        header.push(match owner.table {
            EntryTable::Fixed => 12,
            EntryTable::Stored => 11,
            EntryTable::Generated => 91,
        });
        out.raw(&head);
        out.raw(&header);
        if owner.table == EntryTable::Stored {
            out.count(self.starts.len());
            let mut starts = Vec::new();
            self.put_starts(key_bytes, &mut starts);
            out.raw(&starts);
        }
        // The buffer with the space for its key.
        out.raw(&head);
        out.raw(&header);
        out.raw(&self.payload);
        Ok(())
    }

    /// A basket's own part of the key.
    fn header(&self, owner: BasketOwner<'_>, key_bytes: u16) -> Result<Vec<u8>> {
        let bytes = usize::from(key_bytes) + self.payload.len();
        let too_big = || WriteError::TooBig {
            what: "a basket",
            bytes,
        };
        let last = i32::try_from(bytes).map_err(|_| too_big())?;
        let entries = i32::try_from(self.entry_count).map_err(|_| too_big())?;
        // Bytes of an entry, or the room for the table.
        let entry_size = match self.payload.len().checked_div(self.entry_count) {
            Some(size) if owner.table == EntryTable::Fixed => {
                i32::try_from(size).map_err(|_| too_big())?
            }
            _ => entries.saturating_add(1).max(1000),
        };
        let mut out = Vec::with_capacity(20);
        out.extend_from_slice(&BASKET_VERSION.to_be_bytes());
        out.extend_from_slice(&BASKET_SIZE_HINT.max(last).to_be_bytes());
        if owner.io_bits == 0 {
            out.extend_from_slice(&entry_size.to_be_bytes());
        } else {
            out.extend_from_slice(&(-entry_size).to_be_bytes());
            out.push(owner.io_bits);
        }
        out.extend_from_slice(&entries.to_be_bytes());
        out.extend_from_slice(&last.to_be_bytes());
        out.push(if owner.table == EntryTable::Generated {
            80
        } else {
            0
        });
        Ok(out)
    }

    fn put_starts(&self, key_bytes: u16, out: &mut Vec<u8>) {
        for start in &self.starts {
            out.extend_from_slice(&word(usize::from(key_bytes) + start).to_be_bytes());
        }
    }

    /// The table of a branch that might have done without one (`kGenerateOffsetMap`): every start
    /// less the one before it, and 0 for the first.
    fn put_start_differences(&self, key_bytes: u16, out: &mut Vec<u8>) {
        let mut before = self.starts.first().copied().unwrap_or(0);
        for &start in &self.starts {
            out.extend_from_slice(&word(start - before).to_be_bytes());
            before = start;
        }
        let end = word(usize::from(key_bytes) + before).wrapping_neg();
        out.extend_from_slice(&end.to_be_bytes());
    }

    fn start_entry(&mut self) {
        self.starts.push(self.payload.len());
    }
}

impl BasketOwner<'_> {
    fn key(&self, seek: u64, directory_seek: u64) -> Key {
        let mut key = Key::new("TBasket", self.branch, self.tree, seek, directory_seek);
        key.is_big = true;
        key.cycle = 0;
        key.extra_bytes = if self.io_bits == 0 { 19 } else { 20 };
        key
    }
}

/// Items of one entry.
fn item_range(offsets: &[usize], entry: usize) -> Range<usize> {
    match offsets.get(entry..entry + 2) {
        Some(&[start, end]) => start..end,
        _ => 0..0,
    }
}

fn scaled(items: Range<usize>, length: usize) -> Range<usize> {
    items.start * length..items.end * length
}

/// A vector with byte count and version, then its size and items.
fn put_vector(lists: &Lists, entry: usize, out: &mut Vec<u8>) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&VECTOR_VERSION.to_be_bytes());
    put_list(lists, entry, out);
    let count = 0x4000_0000 | word(out.len() - at - 4);
    if let Some(slot) = out.get_mut(at..at + 4) {
        slot.copy_from_slice(&count.to_be_bytes());
    }
}

/// Size and items; inner vectors have no byte counts.
fn put_list(lists: &Lists, index: usize, out: &mut Vec<u8>) {
    let range = item_range(&lists.offsets, index);
    out.extend_from_slice(&word(range.len()).to_be_bytes());
    match &lists.items {
        Items::Numbers(numbers) => numbers.put(range, out),
        Items::Text(texts) => {
            texts
                .get(range)
                .unwrap_or_default()
                .iter()
                .for_each(|text| put_string(text, out));
        }
        Items::Lists(inner) => range.for_each(|item| put_list(inner, item, out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_ten_bytes_in_front_of_its_items() {
        let lists = Lists::new(&[0, 2], Items::Numbers(vec![1_i32, 2].into()));
        let mut out = Vec::new();

        put_vector(&lists, 0, &mut out);

        assert_eq!(out, b"\x40\0\0\x0e\0\x09\0\0\0\x02\0\0\0\x01\0\0\0\x02");
    }

    #[test]
    fn with_generated_offsets_a_table_holds_differences() {
        let mut pending = Pending::new();
        pending.add(&Column::text(&["ab", "ab", "ab"]), &[], 0..3);

        let mut table = Vec::new();
        pending.put_start_differences(0x42, &mut table);

        // What ROOT 6.40 wrote for the same texts.
        assert_eq!(table, b"\0\0\0\0\0\0\0\x03\0\0\0\x03\xff\xff\xff\xb8");
    }

    #[test]
    fn counted_entries_start_where_their_counter_says() {
        let mut pending = Pending::new();
        let column = Column::counted_arrays("n", &[2], vec![0.0_f32; 6]);

        pending.add(&column, &[0, 1, 1, 3], 0..3);

        assert_eq!(pending.starts, [0, 8, 8]);
        assert_eq!(pending.payload.len(), 24);
    }
}
