//! A branch while its tree is being written.

use std::io::{Seek, Write};
use std::ops::Range;

use crate::basket::{BasketOwner, EntryTable, Pending, WrittenBasket};
use crate::column::Column;
use crate::layout::Layout;
use crate::options::{Offsets, TreeOptions};
use crate::sink::Sink;
use crate::{Codec, Result};

/// Slots ROOT reserves for baskets at least.
const LEAST_BASKET_SLOTS: usize = 10;

/// A branch and what was written of it.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) name: String,
    pub(crate) layout: Layout,
    pub(crate) codec: Codec,
    pub(crate) io_bits: u8,
    pub(crate) pending: Pending,
    pub(crate) written: Vec<WrittenBasket>,
    /// Largest count of a counter, or bytes of the longest text.
    pub(crate) largest: usize,
    entries_per_basket: usize,
    /// First entry that is not in `written`.
    next_entry: u64,
}

impl Branch {
    pub(crate) fn new(name: &str, layout: Layout, options: &TreeOptions) -> Self {
        let codec = options
            .branch_codecs
            .get(name)
            .copied()
            .unwrap_or(options.codec);
        let entries_per_basket = options
            .branch_baskets
            .get(name)
            .copied()
            .unwrap_or(options.entries_per_basket);
        let io_bits = u8::from(options.offsets == Offsets::Generated && layout.has_io_features());
        Self {
            name: name.to_owned(),
            layout,
            codec,
            io_bits,
            pending: Pending::new(),
            written: Vec::new(),
            largest: 0,
            entries_per_basket,
            next_entry: 0,
        }
    }

    /// Adds entries, writing a basket whenever one is full.
    pub(crate) fn add<W: Write + Seek>(
        &mut self,
        column: &Column,
        offsets: &[usize],
        entries: Range<usize>,
        place: (&str, u64),
        sink: &mut Sink<W>,
    ) -> Result<()> {
        let mut start = entries.start;
        while start < entries.end {
            let room = self.entries_per_basket - self.pending.entry_count;
            let end = entries.end.min(start + room);
            self.pending.add(column, offsets, start..end);
            start = end;
            if self.pending.entry_count == self.entries_per_basket {
                self.flush(place, sink)?;
            }
        }
        Ok(())
    }

    /// Writes what is pending. `place` is the tree's name and the start of its directory.
    pub(crate) fn flush<W: Write + Seek>(
        &mut self,
        (tree, directory_seek): (&str, u64),
        sink: &mut Sink<W>,
    ) -> Result<()> {
        if self.pending.entry_count == 0 {
            return Ok(());
        }
        let entry_count = self.pending.entry_count as u64;
        let mut pending = std::mem::replace(&mut self.pending, Pending::new());
        let owner = self.basket_owner(tree, directory_seek);
        self.written
            .push(pending.flush(owner, self.next_entry, sink)?);
        self.pending = pending;
        self.next_entry += entry_count;
        Ok(())
    }

    pub(crate) fn basket_owner<'a>(
        &'a self,
        tree: &'a str,
        directory_seek: u64,
    ) -> BasketOwner<'a> {
        let table = if self.layout.is_fixed() {
            EntryTable::Fixed
        } else if self.io_bits != 0 && self.layout.can_generate_offsets() {
            EntryTable::Generated
        } else {
            EntryTable::Stored
        };
        let (codec, io_bits) = (self.codec, self.io_bits);
        BasketOwner {
            branch: &self.name,
            tree,
            directory_seek,
            codec,
            table,
            io_bits,
        }
    }

    /// Notes the largest count or text, for the leaf's maximum.
    pub(crate) fn note_largest(&mut self, column: &Column) {
        let largest = match column {
            Column::Flat(numbers) => numbers.counts().and_then(|counts| counts.into_iter().max()),
            Column::Text(texts) => texts.iter().map(Vec::len).max(),
            _ => None,
        };
        self.largest = self.largest.max(largest.unwrap_or(0));
    }

    /// Length of the basket tables: one slot is for the end.
    pub(crate) fn basket_slots(&self) -> usize {
        (self.written.len() + 1).max(LEAST_BASKET_SLOTS)
    }

    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.written
            .iter()
            .map(|basket| basket.unpacked_bytes)
            .sum()
    }

    pub(crate) fn stored_bytes(&self) -> u64 {
        self.written
            .iter()
            .map(|basket| u64::from(basket.stored_bytes.unsigned_abs()))
            .sum()
    }
}
