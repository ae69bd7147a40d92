//! Arrays of a fixed length.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray};
use arrow::datatypes::FieldRef;

use super::{Builder, builder};
use crate::decode::arrow_error;
use crate::error::{Result, RootError};
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::FieldLayout;
use crate::rntuple::pages::Span;

pub(super) struct ArrayBuilder {
    length: i32,
    item: Box<dyn Builder>,
    field: FieldRef,
    /// Arrays of no items cannot be counted by their items.
    count: usize,
}

impl ArrayBuilder {
    pub(super) fn new(length: u32, item: &FieldLayout, text_as_binary: bool) -> Result<Self> {
        let length = i32::try_from(length).map_err(|_| {
            let why = format!("{length} items are more than an Arrow array can have");
            RootError::unsupported("std::array", why)
        })?;
        Ok(Self {
            length,
            item: builder(item, text_as_binary)?,
            field: item.list_item(text_as_binary),
            count: 0,
        })
    }

    fn items(&self, span: &Span) -> Result<Span> {
        let length = u64::from(self.length.unsigned_abs());
        let start = span.elements.start.checked_mul(length);
        let end = span.elements.end.checked_mul(length);
        match (start, end) {
            (Some(start), Some(end)) => Ok(span.with(start..end)),
            _ => {
                let why = format!("{length} times {:?} elements", span.elements);
                Err(RootError::malformed("array", 0, why))
            }
        }
    }
}

impl Builder for ArrayBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let items = self.items(span)?;
        self.item.want(&items, fed)
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let items = self.items(span)?;
        self.item.append(&items, fed)?;
        self.count += usize::try_from(span.len()).unwrap_or(usize::MAX);
        Ok(())
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        let length = usize::try_from(self.length).unwrap_or(0);
        self.item.append_defaults(count.saturating_mul(length))?;
        self.count += count;
        Ok(())
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let items = self.item.finish()?;
        let count = std::mem::take(&mut self.count);
        let field = Arc::clone(&self.field);
        let array = FixedSizeListArray::try_new_with_length(field, self.length, items, None, count);
        Ok(Arc::new(array.map_err(arrow_error)?))
    }
}
