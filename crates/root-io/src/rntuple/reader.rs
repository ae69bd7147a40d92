//! Reading the column of a field: pages in, Arrow arrays out, batch by batch.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use bytes::Bytes;

use crate::error::{Result, RootError};
use crate::shared::SharedOffsets;
use crate::tree::Column;

/// Decodes one column of an RNTuple, batch by batch.
pub(crate) struct PageReader {
    column: Arc<Column>,
}

impl PageReader {
    pub(crate) fn new(column: Arc<Column>, _text_as_binary: bool) -> Self {
        Self { column }
    }

    pub(crate) fn pages_wanted(&mut self, _entries: Range<u64>) -> Result<Vec<Range<u64>>> {
        Ok(Vec::new())
    }

    pub(crate) fn feed(&mut self, _at: u64, _bytes: Bytes) {}

    pub(crate) fn read(
        &mut self,
        _entries: Range<u64>,
        _shared: &mut SharedOffsets,
    ) -> Result<ArrayRef> {
        Err(RootError::unsupported(
            &self.column.cpp_type,
            "RNTuple is not read yet",
        ))
    }

    pub(crate) fn unpacked_bytes(&self) -> u64 {
        0
    }

    pub(crate) fn unpacked_pages(&self) -> u64 {
        0
    }
}
