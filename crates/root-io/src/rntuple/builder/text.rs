//! Strings: offsets and bytes.

use std::sync::Arc;

use arrow::array::ArrayRef;

use super::Builder;
use super::list::ListOffsets;
use crate::decode::text_array;
use crate::error::Result;
use crate::rntuple::fed::Fed;
use crate::rntuple::layout::PhysicalColumn;
use crate::rntuple::offsets::Offsets;
use crate::rntuple::pages::{Pages, Span};

pub(super) struct TextBuilder {
    stored: Offsets,
    offsets: ListOffsets,
    pages: Pages,
    bytes: Vec<u8>,
    as_binary: bool,
}

impl TextBuilder {
    pub(super) fn new(
        offsets: &Arc<PhysicalColumn>,
        bytes: &Arc<PhysicalColumn>,
        as_binary: bool,
    ) -> Self {
        Self {
            stored: Offsets::new(Arc::clone(offsets)),
            offsets: ListOffsets::new(),
            pages: Pages::new(Arc::clone(bytes)),
            bytes: Vec::new(),
            as_binary,
        }
    }
}

impl Builder for TextBuilder {
    fn want(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        if let Some(bytes) = self.stored.want(span, fed)? {
            self.pages.want(&span.with(bytes), fed)?;
        }
        Ok(())
    }

    fn append(&mut self, span: &Span, fed: &mut Fed) -> Result<()> {
        let bytes = self.offsets.append(span, &mut self.stored, fed)?;
        self.pages.append(&span.with(bytes), fed, &mut self.bytes)
    }

    fn append_defaults(&mut self, count: usize) -> Result<()> {
        self.offsets.append_empty(count)
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let bytes = std::mem::take(&mut self.bytes);
        text_array(self.offsets.finish(), bytes, self.as_binary)
    }
}
