//! Reading the column of a branch: baskets in, Arrow arrays out, batch by batch.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Int64Type};
use bytes::Bytes;

use super::basket::{OpenBasket, Part};
use crate::buffers;
use crate::decode::Decoder;
use crate::error::{Result, RootError};
use crate::shared::SharedOffsets;
use crate::tree::{BasketPlace, Column, StoredBranch};

/// Decodes one column of a `TTree`, batch by batch.
///
/// A basket is unpacked once, however many batches it spans, into a buffer that later baskets of
/// the thread use again.
pub(crate) struct BasketReader {
    column: Arc<Column>,
    fed: BTreeMap<usize, Bytes>,
    open: Option<(usize, OpenBasket)>,
    decoder: Option<Box<dyn Decoder>>,
    counter: Option<Box<BasketReader>>,
    unpacked_bytes: u64,
    unpacked_baskets: u64,
}

impl BasketReader {
    /// A reader of a branch without any bytes yet.
    pub(crate) fn new(column: Arc<Column>, text_as_binary: bool) -> Self {
        let branch = column.stored_branch();
        let decoder = branch.map(|branch| branch.layout.decoder(text_as_binary));
        let counter = branch
            .and_then(|branch| branch.counter.as_ref())
            .map(|counter| Box::new(Self::new(Arc::clone(counter), false)));
        Self {
            column,
            fed: BTreeMap::new(),
            open: None,
            decoder,
            counter,
            unpacked_bytes: 0,
            unpacked_baskets: 0,
        }
    }

    pub(crate) fn feed(&mut self, basket: usize, bytes: Bytes) {
        self.fed.insert(basket, bytes);
    }

    pub(crate) fn feed_counter(&mut self, basket: usize, bytes: Bytes) {
        if let Some(counter) = &mut self.counter {
            counter.feed(basket, bytes);
        }
    }

    pub(crate) fn unpacked_bytes(&self) -> u64 {
        let of_counter = self.counter.as_ref();
        self.unpacked_bytes + of_counter.map_or(0, |counter| counter.unpacked_bytes)
    }

    pub(crate) fn unpacked_baskets(&self) -> u64 {
        let of_counter = self.counter.as_ref();
        self.unpacked_baskets + of_counter.map_or(0, |counter| counter.unpacked_baskets)
    }

    /// The values of these entries; an error comes with the basket it is about, if there is one.
    pub(crate) fn read(
        &mut self,
        entries: Range<u64>,
        shared: &mut SharedOffsets,
    ) -> Result<ArrayRef, (Option<usize>, RootError)> {
        let Some(mut decoder) = self.decoder.take() else {
            return Err((
                None,
                RootError::malformed("column", 0, "an earlier read failed"),
            ));
        };
        let counter = self.column.counted_by;
        let offsets = counter.and_then(|counter| shared.get(counter, &entries).cloned());
        let rows = entries.end - entries.start;
        let all = offsets
            .as_ref()
            .map(|offsets| self.bytes_between(offsets, 0, rows));
        let in_memory = |n| usize::try_from(n).unwrap_or(usize::MAX);
        decoder.begin(in_memory(rows), all.map(in_memory));
        let mut next = entries.start;
        for index in self.column.baskets_of(entries.clone()) {
            let (first, end) = {
                let basket = &self.column.baskets[index];
                (basket.first_entry, basket.end_entry)
            };
            if first > next {
                break;
            }
            let stop = end.min(entries.end);
            let counted = offsets.as_ref().map(|offsets| {
                self.bytes_between(offsets, next - entries.start, stop - entries.start)
            });
            local_range(next - first, stop - first)
                .and_then(|local| self.append(&mut *decoder, index, local, counted))
                .map_err(|error| (Some(index), error))?;
            next = stop;
        }
        if next != entries.end {
            let why = format!("no basket holds entry {next}");
            return Err((None, RootError::malformed("table of baskets", 0, why)));
        }
        let array = match offsets {
            Some(offsets) => decoder.finish_with(offsets),
            None => decoder.finish(),
        };
        let array = array.map_err(|error| (None, error))?;
        if let (Some(counter), Some(list)) = (counter, array.as_list_opt::<i32>()) {
            shared.put(counter, &entries, list.offsets().clone());
        }
        self.decoder = Some(decoder);
        Ok(array)
    }

    /// Appends entries of one basket; `counted` are their bytes, if another column tells.
    fn append(
        &mut self,
        decoder: &mut dyn Decoder,
        index: usize,
        entries: Range<usize>,
        counted: Option<u64>,
    ) -> Result<()> {
        let part = if counted.is_some() {
            Part::Values
        } else {
            Part::Whole
        };
        self.open(index, entries.start, part)?;
        let Some((_, basket)) = &mut self.open else {
            return Ok(());
        };
        let is_last = entries.end == basket.entries;
        match counted {
            None => decoder.append(basket, entries)?,
            Some(bytes) => decoder.append_values(basket.counted_values(entries, bytes)?)?,
        }
        if is_last {
            self.close();
            self.fed.remove(&index);
        }
        Ok(())
    }

    /// Makes a basket the open one, unpacked as far as reading from this entry on needs it.
    fn open(&mut self, index: usize, entry: usize, part: Part) -> Result<()> {
        if let Some((open, basket)) = &self.open
            && *open == index
            && (!basket.lacks_table() || (part == Part::Values && basket.knows_start_of(entry)))
        {
            return Ok(());
        }
        // Without its entry table, a basket can be read from the front only.
        let part = if entry == 0 { part } else { Part::Whole };
        self.close();
        self.fed = self.fed.split_off(&index);
        let column = Arc::clone(&self.column);
        let basket = &column.baskets[index];
        let mut open = match &basket.place {
            BasketPlace::Memory(embedded) => OpenBasket::embedded(&embedded.0)?,
            BasketPlace::File(_) => {
                let Some(bytes) = self.fed.get(&index) else {
                    return Err(RootError::malformed(
                        "basket",
                        0,
                        "its bytes were not given",
                    ));
                };
                let root_version = column
                    .stored_branch()
                    .map_or(0, |branch| branch.root_version);
                OpenBasket::unpack(bytes, root_version, part, buffers::take())?
            }
            BasketPlace::Pages => {
                return Err(RootError::malformed("basket", 0, "it is in pages"));
            }
        };
        if open.entries as u64 != basket.end_entry - basket.first_entry {
            let why = format!(
                "it holds {} entries, its branch says {}",
                open.entries,
                basket.end_entry - basket.first_entry
            );
            return Err(RootError::malformed("basket", 0, why));
        }
        if open.needs_counts() {
            self.set_counts(&mut open, basket.first_entry..basket.end_entry)?;
        }
        self.unpacked_bytes += open.payload_bytes() as u64;
        self.unpacked_baskets += 1;
        self.open = Some((index, open));
        Ok(())
    }

    /// Bytes of the entries `from..to` of a batch with these offsets.
    fn bytes_between(&self, offsets: &OffsetBuffer<i32>, from: u64, to: u64) -> u64 {
        let at = |entry: u64| offsets.get(usize::try_from(entry).ok()?).copied();
        let count = at(to)
            .zip(at(from))
            .and_then(|(end, start)| u64::try_from(end - start).ok());
        count
            .zip(self.column.stored_branch())
            .and_then(|(count, branch)| branch.layout.counted_bytes(count))
            .unwrap_or(u64::MAX)
    }

    /// Lets go of the open basket, keeping its buffer for the next.
    fn close(&mut self) {
        if let Some((_, closed)) = self.open.take() {
            buffers::give_back(closed.into_buffer());
        }
    }

    fn set_counts(&mut self, basket: &mut OpenBasket, entries: Range<u64>) -> Result<()> {
        let branch = self.column.stored_branch();
        let (Some(counter), Some(StoredBranch { layout, .. })) = (&mut self.counter, branch) else {
            let why = "it has no entry table and no counter";
            return Err(RootError::malformed("basket", 0, why));
        };
        let counts = counter.read(entries, &mut SharedOffsets::default());
        let counts = counts.map_err(|(_, error)| error)?;
        let counts = arrow::compute::cast(&counts, &DataType::Int64)
            .map_err(|error| RootError::malformed("counter", 0, error.to_string()))?;
        let counts = counts.as_primitive::<Int64Type>().values();
        if let Some(negative) = counts.iter().find(|&&n| n < 0) {
            return Err(RootError::malformed(
                "counter",
                0,
                format!("a count of {negative}"),
            ));
        }
        basket.set_counts(
            counts
                .iter()
                .map(|n| layout.counted_bytes(n.unsigned_abs()).unwrap_or(u64::MAX)),
        )
    }
}

impl Drop for BasketReader {
    fn drop(&mut self) {
        self.close();
    }
}

fn local_range(start: u64, end: u64) -> Result<Range<usize>> {
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) => Ok(start..end),
        _ => Err(RootError::malformed(
            "basket",
            0,
            format!("entries {start} to {end}"),
        )),
    }
}
