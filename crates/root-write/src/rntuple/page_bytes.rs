//! The pages of a cluster: cut, encoded, packed, one after the other.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::fill::OpenColumn;
use super::options::{EqualPages, NtupleOptions, PageChecksums};
use super::page_list::{ColumnPages, Page};
use super::schema::{ColumnRecord, Schema};
use super::wire::Locator;
use crate::Result;

/// The pages of a cluster, as stored.
#[derive(Debug, Default)]
pub(crate) struct PageBytes {
    pub(crate) bytes: Vec<u8>,
    /// Where equal pages are.
    known: HashMap<Vec<u8>, Locator>,
}

impl PageBytes {
    /// Adds the pages of all columns; only those of one representation have any.
    ///
    /// # Errors
    ///
    /// `Codec` if a compression library refuses.
    pub(crate) fn add_columns(
        &mut self,
        schema: &Schema,
        columns: &[OpenColumn],
        representation: u16,
        options: &NtupleOptions,
    ) -> Result<Vec<Option<ColumnPages>>> {
        let pages_of = |record: &ColumnRecord| {
            // Fields with one representation use that.
            let used = representation.min(record.representations - 1);
            (record.representation == used)
                .then(|| self.add_column(record, &columns[record.primary], options))
                .transpose()
        };
        schema.columns.iter().map(pages_of).collect()
    }

    /// Cuts the elements of a column into pages; their places are those in these bytes.
    fn add_column(
        &mut self,
        record: &ColumnRecord,
        column: &OpenColumn,
        options: &NtupleOptions,
    ) -> Result<ColumnPages> {
        let mut pages = Vec::new();
        for elements in column.pending.chunks(options.elements_per_page) {
            let bytes = record.element.page(record.encoding, elements);
            pages.push(Page {
                elements: elements.len(),
                place: self.add(bytes, options)?,
            });
        }
        Ok(ColumnPages {
            first: column.first,
            pages,
        })
    }

    /// Packs a page; returns its place in these bytes.
    fn add(&mut self, page: Vec<u8>, options: &NtupleOptions) -> Result<Locator> {
        if let Some(place) = self.known.get(&page) {
            return Ok(*place);
        }
        let packed = options.codec.pack(&page)?;
        let stored = packed.as_deref().unwrap_or(&page);
        let place = Locator {
            at: self.bytes.len() as u64,
            bytes: stored.len() as u64,
        };
        self.bytes.extend_from_slice(stored);
        if options.checksums == PageChecksums::Stored {
            self.bytes.extend_from_slice(&xxh3_64(stored).to_le_bytes());
        }
        if options.equal_pages == EqualPages::Shared {
            self.known.insert(page, place);
        }
        Ok(place)
    }
}
