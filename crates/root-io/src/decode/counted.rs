//! Entries of any number of values: `x[n]`, `x[n][3]`, `std::vector<float>`.
//!
//! The entry table says where each entry starts, in bytes; Arrow wants the same in values.
//! Without a header the values of a whole batch are contiguous and copied at one go.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, ListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};

use super::item::ItemReader;
use super::{
    CountedHeader, Decoder, MOST_RESERVED, arrow_error, in_fixed_size_lists, list_item, too_long,
};
use crate::error::{Result, RootError};
use crate::ttree::basket::OpenBasket;

pub(super) struct CountedDecoder<R: ItemReader> {
    reader: R,
    dims: Vec<usize>,
    value_bytes: usize,
    header: CountedHeader,
    offsets: Vec<i32>,
    values: Vec<<R::Arrow as ArrowPrimitiveType>::Native>,
    starts: Vec<u32>,
}

impl<R: ItemReader> CountedDecoder<R> {
    pub(super) fn new(reader: R, dims: Vec<usize>, header: CountedHeader) -> Self {
        let value_bytes = R::BYTES * dims.iter().product::<usize>();
        Self {
            reader,
            dims,
            value_bytes,
            header,
            offsets: vec![0],
            values: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// Values of a batch lie back to back, so offsets are the starts in other units.
    fn append_contiguous(&mut self, data: &[u8]) -> Result<()> {
        let (Some(&first), Some(&last)) = (self.starts.first(), self.starts.last()) else {
            return Ok(());
        };
        let raw = &data[first as usize..last as usize];
        let before = self.values.len() / self.values_per_element();
        let total = before + raw.len() / self.value_bytes;
        let (Ok(before), Ok(_)) = (u32::try_from(before), i32::try_from(total)) else {
            return Err(too_long());
        };
        let starts = self.starts.get(1..).unwrap_or_default();
        let out = &mut self.offsets;
        let whole = if self.value_bytes == R::BYTES {
            push_offsets::<R>(starts, first, before, out)
        } else {
            push_offsets_of_arrays(starts, first, self.value_bytes, before, out)
        };
        if !whole {
            let why = format!("an entry is not a multiple of {} bytes", self.value_bytes);
            return Err(RootError::malformed("entry table", 0, why));
        }
        self.values.reserve(raw.len() / R::BYTES);
        self.reader.extend(raw, &mut self.values);
        Ok(())
    }

    fn append_with_header(&mut self, data: &[u8]) -> Result<()> {
        let header_bytes = self.header.bytes();
        let values_per_element = self.values_per_element();
        for pair in self.starts.windows(2) {
            let entry = &data[pair[0] as usize..pair[1] as usize];
            let raw = match entry.get(header_bytes..) {
                Some(raw) => raw,
                // A null pointer is stored as its byte alone, an empty entry as nothing.
                None if entry.is_empty() => entry,
                None => {
                    let why = format!(
                        "an entry of {} bytes has no room for its header",
                        entry.len()
                    );
                    return Err(RootError::malformed("basket", 0, why));
                }
            };
            let count = raw.len() / self.value_bytes;
            let stored = match self.header {
                CountedHeader::Vector if !entry.is_empty() => vector_count(entry),
                CountedHeader::Vector | CountedHeader::Pointer | CountedHeader::None => Some(count),
            };
            if raw.len() % self.value_bytes != 0 || stored != Some(count) {
                let why = format!(
                    "an entry of {} bytes says it has {stored:?} values of {}",
                    entry.len(),
                    self.value_bytes
                );
                return Err(RootError::malformed("vector", 0, why));
            }
            self.reader.extend(raw, &mut self.values);
            let end = i32::try_from(self.values.len() / values_per_element);
            self.offsets.push(end.map_err(|_| too_long())?);
        }
        Ok(())
    }

    fn values_per_element(&self) -> usize {
        (self.value_bytes / R::BYTES).max(1)
    }
}

impl<R: ItemReader> Decoder for CountedDecoder<R> {
    fn begin(&mut self, entries: usize, value_bytes: Option<usize>) {
        match value_bytes {
            // The offsets are another column's.
            Some(bytes) => {
                let values = bytes / R::BYTES;
                self.values.reserve_exact(values.min(MOST_RESERVED));
            }
            None => self.offsets.reserve_exact(entries.min(MOST_RESERVED)),
        }
    }

    fn append(&mut self, basket: &OpenBasket, entries: Range<usize>) -> Result<()> {
        if self.value_bytes == 0 {
            return Err(RootError::malformed("array", 0, "a dimension of 0"));
        }
        let mut starts = std::mem::take(&mut self.starts);
        let found = basket.starts(entries, &mut starts);
        self.starts = starts;
        found?;
        match self.header {
            CountedHeader::None => self.append_contiguous(basket.data()),
            CountedHeader::Pointer | CountedHeader::Vector => {
                self.append_with_header(basket.data())
            }
        }
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        // The entry table was in order, so the offsets are.
        self.finish_with(OffsetBuffer::new(ScalarBuffer::from(offsets)))
    }

    fn append_values(&mut self, raw: &[u8]) -> Result<()> {
        self.values.reserve(raw.len() / R::BYTES);
        self.reader.extend(raw, &mut self.values);
        Ok(())
    }

    fn finish_with(&mut self, offsets: OffsetBuffer<i32>) -> Result<ArrayRef> {
        let values = self.reader.finish(std::mem::take(&mut self.values));
        let values = in_fixed_size_lists(values, &self.dims)?;
        let field = list_item(values.data_type().clone());
        let list = ListArray::try_new(field, offsets, values, None).map_err(arrow_error)?;
        Ok(Arc::new(list))
    }
}

/// Pushes `starts`, counted from `first`, as offsets; false if one lies inside a value.
///
/// The width is known at compile time, so that the division becomes a shift of many at once.
#[expect(
    clippy::cast_possible_wrap,
    reason = "the caller checked that the last one fits"
)]
fn push_offsets<R: ItemReader>(
    starts: &[u32],
    first: u32,
    before: u32,
    out: &mut Vec<i32>,
) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "a width of at most 8")]
    let width = const { R::BYTES as u32 };
    let done = out.len();
    out.resize(done + starts.len(), 0);
    let mut rests = 0;
    for (offset, &start) in out[done..].iter_mut().zip(starts) {
        let bytes = start.wrapping_sub(first);
        rests |= bytes % width;
        *offset = before.wrapping_add(bytes / width) as i32;
    }
    rests == 0
}

/// As [`push_offsets`] for values that are arrays.
#[expect(
    clippy::cast_possible_wrap,
    reason = "the caller checked that the last one fits"
)]
fn push_offsets_of_arrays(
    starts: &[u32],
    first: u32,
    value_bytes: usize,
    before: u32,
    out: &mut Vec<i32>,
) -> bool {
    let Ok(width) = u32::try_from(value_bytes) else {
        return false;
    };
    out.extend(
        starts
            .iter()
            .map(|&start| (before + (start - first) / width) as i32),
    );
    starts
        .iter()
        .all(|&start| (start - first).is_multiple_of(width))
}

/// The number of values in the header of a vector: byte count, version, then the number.
fn vector_count(entry: &[u8]) -> Option<usize> {
    let word = entry.get(6..10)?.first_chunk::<4>()?;
    usize::try_from(i32::from_be_bytes(*word)).ok()
}
