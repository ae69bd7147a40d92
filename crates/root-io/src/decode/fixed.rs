//! Entries of the same number of values: `x`, `x[3]`, `x[2][3]`.

use std::ops::Range;

use arrow::array::{ArrayRef, ArrowPrimitiveType};

use super::item::ItemReader;
use super::{Decoder, MOST_RESERVED, in_fixed_size_lists};
use crate::error::{Result, RootError};
use crate::ttree::basket::OpenBasket;

pub(super) struct FixedDecoder<R: ItemReader> {
    reader: R,
    dims: Vec<usize>,
    entry_bytes: usize,
    values: Vec<<R::Arrow as ArrowPrimitiveType>::Native>,
}

impl<R: ItemReader> FixedDecoder<R> {
    pub(super) fn new(reader: R, dims: Vec<usize>) -> Self {
        let entry_bytes = R::BYTES * dims.iter().product::<usize>();
        Self {
            reader,
            dims,
            entry_bytes,
            values: Vec::new(),
        }
    }
}

impl<R: ItemReader> Decoder for FixedDecoder<R> {
    fn begin(&mut self, entries: usize, _value_bytes: Option<usize>) {
        let values = entries.saturating_mul(self.entry_bytes / R::BYTES);
        self.values.reserve_exact(values.min(MOST_RESERVED));
    }

    fn append(&mut self, basket: &OpenBasket, entries: Range<usize>) -> Result<()> {
        let data = basket.data();
        if data.len() != basket.entries.saturating_mul(self.entry_bytes) {
            let why = format!(
                "{} entries of {} bytes do not make {} bytes",
                basket.entries,
                self.entry_bytes,
                data.len()
            );
            return Err(RootError::malformed("basket", 0, why));
        }
        let bytes = entries.start * self.entry_bytes..entries.end * self.entry_bytes;
        let Some(raw) = data.get(bytes) else {
            let why = format!("entries {entries:?} of {}", basket.entries);
            return Err(RootError::malformed("basket", 0, why));
        };
        self.values.reserve(raw.len() / R::BYTES);
        self.reader.extend(raw, &mut self.values);
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        in_fixed_size_lists(
            self.reader.finish(std::mem::take(&mut self.values)),
            &self.dims,
        )
    }
}
