//! Reading a column: bytes in, Arrow arrays out, batch by batch.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use bytes::Bytes;

use crate::error::{Place, Result, RootError};
use crate::rntuple::PageReader;
use crate::shared::SharedOffsets;
use crate::tree::{Column, Stored};
use crate::ttree::BasketReader;

/// Decodes one column, batch by batch.
///
/// Of a branch: feed the baskets that [`Column::baskets_of`] names. Of a field: feed what
/// [`pages_wanted`](Self::pages_wanted) asks for. Then [`read`](Self::read) ascending ranges of
/// entries.
pub struct ColumnReader {
    column: Arc<Column>,
    stored: StoredReader,
}

enum StoredReader {
    Baskets(BasketReader),
    Pages(PageReader),
    Unreadable(RootError),
}

impl ColumnReader {
    /// A reader without any bytes yet.
    ///
    /// `text_as_binary` gives text as Arrow binary, for text that is not UTF-8.
    #[must_use]
    pub fn new(column: Arc<Column>, text_as_binary: bool) -> Self {
        let stored = match &column.stored {
            Ok(Stored::Branch(_)) => {
                StoredReader::Baskets(BasketReader::new(Arc::clone(&column), text_as_binary))
            }
            Ok(Stored::Field(_)) => StoredReader::Pages(PageReader::new(&column, text_as_binary)),
            Err(error) => StoredReader::Unreadable(error.clone()),
        };
        Self { column, stored }
    }

    /// The column being read.
    #[must_use]
    pub fn column(&self) -> &Arc<Column> {
        &self.column
    }

    /// Gives the bytes of a basket that lies in the file.
    pub fn feed(&mut self, basket: usize, bytes: Bytes) {
        if let StoredReader::Baskets(reader) = &mut self.stored {
            reader.feed(basket, bytes);
        }
    }

    /// Gives the bytes of a basket of [`Column::counter`].
    pub fn feed_counter(&mut self, basket: usize, bytes: Bytes) {
        if let StoredReader::Baskets(reader) = &mut self.stored {
            reader.feed_counter(basket, bytes);
        }
    }

    /// Where the pages are that are missing to read these entries of a field, ascending; none for
    /// a branch.
    ///
    /// Which pages hold the items of lists is known once their offsets are read: feed what is
    /// asked for with [`feed_pages`](Self::feed_pages) and ask again, until nothing is missing.
    /// Calls for the same or later entries only; a range may be asked for before others are read.
    ///
    /// # Errors
    ///
    /// Malformed pages of offsets, with branch.
    pub fn pages_wanted(&mut self, entries: Range<u64>) -> Result<Vec<Range<u64>>> {
        match &mut self.stored {
            StoredReader::Pages(reader) => {
                let wanted = reader.pages_wanted(entries);
                wanted.map_err(|error| error.at(of_branch(&self.column)))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Gives the bytes of pages: `bytes` begin at byte `at` of the file, a range that
    /// [`pages_wanted`](Self::pages_wanted) asked for.
    pub fn feed_pages(&mut self, at: u64, bytes: Bytes) {
        if let StoredReader::Pages(reader) = &mut self.stored {
            reader.feed(at, bytes);
        }
    }

    /// The values of these entries, as a compact array: lists own exactly their values.
    ///
    /// Ranges must ascend from call to call; entries may be left out. Baskets and pages that lie
    /// wholly before the range are forgotten.
    ///
    /// # Errors
    ///
    /// Malformed bytes, a basket or page that was not fed, entries that no basket holds, text that
    /// is not UTF-8 ([`RootError::NotUtf8`]); all with branch and basket.
    pub fn read(&mut self, entries: Range<u64>) -> Result<ArrayRef> {
        self.read_sharing(entries, &mut SharedOffsets::default())
    }

    /// As [`read`](Self::read), sharing list offsets with other columns of the same tree that
    /// are read over the same entries.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_sharing(
        &mut self,
        entries: Range<u64>,
        shared: &mut SharedOffsets,
    ) -> Result<ArrayRef> {
        let outcome = match &mut self.stored {
            StoredReader::Baskets(reader) => reader.read(entries, shared),
            StoredReader::Pages(reader) => {
                reader.read(entries, shared).map_err(|error| (None, error))
            }
            StoredReader::Unreadable(error) => Err((None, error.clone())),
        };
        outcome.map_err(|(basket, error)| {
            let error = match error {
                RootError::NotUtf8 { .. } => RootError::NotUtf8 {
                    column: self.column.name.clone(),
                },
                other => other,
            };
            error.at(Place {
                basket,
                ..of_branch(&self.column)
            })
        })
    }

    /// Bytes unpacked so far.
    #[must_use]
    pub fn unpacked_bytes(&self) -> u64 {
        match &self.stored {
            StoredReader::Baskets(reader) => reader.unpacked_bytes(),
            StoredReader::Pages(reader) => reader.unpacked_bytes(),
            StoredReader::Unreadable(_) => 0,
        }
    }

    /// Baskets or pages unpacked so far.
    #[must_use]
    pub fn unpacked_baskets(&self) -> u64 {
        match &self.stored {
            StoredReader::Baskets(reader) => reader.unpacked_baskets(),
            StoredReader::Pages(reader) => reader.unpacked_pages(),
            StoredReader::Unreadable(_) => 0,
        }
    }
}

impl std::fmt::Debug for ColumnReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ColumnReader")
            .field("column", &self.column.name)
            .field("unpacked_baskets", &self.unpacked_baskets())
            .finish_non_exhaustive()
    }
}

fn of_branch(column: &Column) -> Place {
    Place {
        branch: Some(column.branch.clone()),
        ..Place::default()
    }
}
