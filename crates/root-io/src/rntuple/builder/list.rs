//! Lists, and the number of items in lists.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, UInt32Array, UInt64Array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef};

use super::{Builder, builder};
use crate::decode::{arrow_error, too_long};
use crate::error::{Result, RootError};
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::{FieldLayout, PhysicalColumn};
use crate::rntuple::offsets::Offsets;
use crate::rntuple::pages::{Span, refuse_many_zeros};

/// The Arrow offsets of lists whose items are collected one cluster after the other.
pub(super) struct ListOffsets(Vec<i32>);

impl ListOffsets {
    pub(super) fn new() -> Self {
        Self(vec![0])
    }

    /// Appends the lists of these elements; their items are returned.
    pub(super) fn append(
        &mut self,
        span: &Span,
        stored: &mut Offsets,
        fed: &mut Fed,
    ) -> Result<Range<u64>> {
        let items = stored.items(span, fed)?;
        let before = u64::try_from(self.last()).map_err(|_| too_long())?;
        let end = before.checked_add(items.end - items.start);
        if end.is_none_or(|end| i32::try_from(end).is_err()) {
            return Err(too_long());
        }
        // What is added may be negative, and wraps; the sum is not, and fits.
        let shift = before.wrapping_sub(items.start);
        self.0
            .reserve(usize::try_from(span.len()).unwrap_or(0).min(1 << 20));
        let offsets = &mut self.0;
        stored.read(span, &items, fed, |ends| {
            refuse_many_zeros(offsets.len())?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the last one fits, and they ascend"
            )]
            offsets.extend(ends.iter().map(|end| end.wrapping_add(shift) as i32));
            Ok(())
        })?;
        Ok(items)
    }

    /// Appends empty lists.
    pub(super) fn append_empty(&mut self, count: usize) -> Result<()> {
        refuse_many_zeros(count)?;
        self.0.resize(self.0.len() + count, self.last());
        Ok(())
    }

    /// The offsets of all that was appended.
    pub(super) fn finish(&mut self) -> OffsetBuffer<i32> {
        let offsets = std::mem::replace(&mut self.0, vec![0]);
        OffsetBuffer::new(ScalarBuffer::from(offsets))
    }

    fn last(&self) -> i32 {
        self.0.last().copied().unwrap_or(0)
    }
}

/// Lists of items.
pub(in crate::rntuple) struct ListBuilder {
    stored: Offsets,
    offsets: ListOffsets,
    item: Box<dyn Builder>,
    field: FieldRef,
}

impl ListBuilder {
    pub(in crate::rntuple) fn new(
        offsets: &Arc<PhysicalColumn>,
        item: &FieldLayout,
        text_as_binary: bool,
    ) -> Result<Self> {
        Ok(Self {
            stored: Offsets::new(Arc::clone(offsets)),
            offsets: ListOffsets::new(),
            item: builder(item, text_as_binary)?,
            field: item.list_item(text_as_binary),
        })
    }

    /// Appends the items of these elements, whose offsets another column has built.
    pub(in crate::rntuple) fn append_items(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let items = self.stored.skip(span, fed)?;
        self.item.append(&span.with(items), fed)
    }

    /// As [`Builder::finish`], with the offsets of another column.
    ///
    /// # Errors
    ///
    /// [`RootError::Malformed`] if there are not as many items as they say.
    pub(in crate::rntuple) fn finish_with(
        &mut self,
        offsets: OffsetBuffer<i32>,
    ) -> Result<ArrayRef> {
        let items = self.item.finish()?;
        if usize::try_from(offsets.last().copied().unwrap_or(0)) != Ok(items.len()) {
            let why = format!(
                "it has {} items where another column of the same lists has {:?}",
                items.len(),
                offsets.last()
            );
            return Err(RootError::malformed("column", 0, why));
        }
        let list = ListArray::try_new(Arc::clone(&self.field), offsets, items, None);
        Ok(Arc::new(list.map_err(arrow_error)?))
    }
}

impl Builder for ListBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        match self.stored.want(span, fed)? {
            Some(items) => self.item.want(&span.with(items), fed),
            None => Ok(()),
        }
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let items = self.offsets.append(span, &mut self.stored, fed)?;
        self.item.append(&span.with(items), fed)
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        self.offsets.append_empty(count)
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let offsets = self.offsets.finish();
        self.finish_with(offsets)
    }
}

/// How many items lists have, without the items.
pub(super) struct CardinalityBuilder {
    stored: Offsets,
    counts: Vec<u64>,
    data_type: DataType,
}

impl CardinalityBuilder {
    pub(super) fn new(offsets: &Arc<PhysicalColumn>, data_type: &DataType) -> Self {
        Self {
            stored: Offsets::new(Arc::clone(offsets)),
            counts: Vec::new(),
            data_type: data_type.clone(),
        }
    }
}

impl Builder for CardinalityBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        self.stored.want(span, fed).map(|_| ())
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let items = self.stored.items(span, fed)?;
        let mut start = items.start;
        let counts = &mut self.counts;
        self.stored.read(span, &items, fed, |ends| {
            refuse_many_zeros(counts.len())?;
            counts.extend(ends.iter().map(|&end| {
                let count = end - start;
                start = end;
                count
            }));
            Ok(())
        })
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        refuse_many_zeros(count)?;
        self.counts.resize(self.counts.len() + count, 0);
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let counts = std::mem::take(&mut self.counts);
        if self.data_type != DataType::UInt32 {
            return Ok(Arc::new(UInt64Array::from(counts)));
        }
        let narrow = counts.iter().map(|&count| {
            u32::try_from(count).map_err(|_| {
                let why = format!("a list of {count} items, more than its type can count");
                RootError::malformed("column", 0, why)
            })
        });
        Ok(Arc::new(UInt32Array::from(
            narrow.collect::<Result<Vec<_>>>()?,
        )))
    }
}
