//! Hands baskets and pages to the columns' readers: just before they are read if the system has
//! them in memory, all together otherwise.
//!
//! ```text
//! file in memory      read a basket, unpack it, decode it; then the next one
//! disk or network     ask for all baskets of the step, wait, then decode
//! ```
//!
//! The pages of an RNTuple are in [`pages`](super::pages).
//!
//! Baskets that are stored unpacked need not be read to their end where another column of the same
//! counter tells their entries: a third of them is entry tables.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result;
use hepframe_root_io::{BasketPlace, Column, Place, RootError};

use super::columns::OpenColumn;
use super::step::FileScan;
use crate::error::placed;
use crate::fetch::CachedFile;
use crate::metrics::add;

/// Enough for key and header of a basket, unless its tree has a very long title.
const HEAD_BYTES: u64 = 512;

/// A basket to read, for one of the columns being read.
struct WantedBasket {
    column: usize,
    basket: usize,
    /// It is one of the column's counter, not of the column itself.
    of_counter: bool,
    /// It is needed from this entry on.
    first_entry: u64,
    /// Its values suffice, without its entry table.
    only_values: bool,
    bytes: Range<u64>,
}

/// Baskets and pages that were not handed over yet.
pub(crate) struct Feed<'a> {
    pub(super) scan: &'a FileScan,
    /// By column, ascending by entry.
    wanted: Vec<std::vec::IntoIter<WantedBasket>>,
    /// By column, the entries whose pages are needed; none of a branch.
    in_pages: Vec<Vec<Range<u64>>>,
    /// The file, as long as what is wanted of it is in memory.
    pub(super) local: Option<&'a CachedFile>,
}

impl<'a> Feed<'a> {
    /// Finds out where the baskets of these entries are, by column and ascending, and those of the
    /// counters they need. `dense` says that all columns are then read one after the other, over
    /// the same entries.
    ///
    /// # Errors
    ///
    /// A basket outside the file.
    pub(crate) fn new(
        scan: &'a FileScan,
        local: Option<&'a CachedFile>,
        columns: &[OpenColumn<'_>],
        entries: &[Vec<Range<u64>>],
        dense: bool,
    ) -> Result<Self> {
        scan.count_columns(columns, entries);
        let counted_before = counted_before(columns, entries);
        let mut wanted: Vec<Vec<WantedBasket>> = columns.iter().map(|_| Vec::new()).collect();
        let mut in_pages: Vec<Vec<Range<u64>>> = columns.iter().map(|_| Vec::new()).collect();
        for (column, entries) in entries.iter().enumerate() {
            let Some(stored) = columns[column].scan.column() else {
                continue;
            };
            if stored.is_in_pages() {
                in_pages[column].clone_from(entries);
                continue;
            }
            let begin = entries.first().map_or(0, |part| part.start);
            let mut counted_up_to = 0;
            for basket in baskets_of(stored, entries) {
                let of_basket = &stored.baskets[basket];
                let first_entry = of_basket.first_entry;
                let counted = counted_before[column] && dense && first_entry >= begin;
                let mut want = |of: &Column, basket, of_counter| {
                    if let Some(bytes) = place_of(scan, of, basket)? {
                        wanted[column].push(WantedBasket {
                            column,
                            basket,
                            of_counter,
                            first_entry,
                            only_values: counted && !of_counter,
                            bytes,
                        });
                    }
                    Ok::<_, datafusion::error::DataFusionError>(())
                };
                want(stored, basket, false)?;
                let Some(counter) = stored.counter() else {
                    continue;
                };
                let counts = counter.baskets_of(first_entry..of_basket.end_entry);
                for basket in counts.start.max(counted_up_to)..counts.end {
                    want(counter, basket, true)?;
                }
                counted_up_to = counts.end;
            }
        }
        Ok(Self {
            scan,
            wanted: wanted.into_iter().map(Vec::into_iter).collect(),
            in_pages,
            local,
        })
    }

    /// Sees to it that these entries of a column can be read, and those before them.
    ///
    /// # Errors
    ///
    /// A failed read, malformed pages.
    pub(crate) async fn up_to(
        &mut self,
        entries: &Range<u64>,
        column: usize,
        columns: &mut [OpenColumn<'_>],
    ) -> Result<()> {
        if !self.in_pages[column].is_empty() {
            return self.pages_up_to(entries, column, columns).await;
        }
        let end = entries.end;
        while let Some(want) = self.wanted[column].as_slice().first()
            && want.first_entry < end
        {
            let Some(file) = self.local else {
                return self.all(columns).await;
            };
            let timer = self.scan.metrics.time_waiting.timer();
            let bytes = read_cached(file, want, columns);
            timer.done();
            let Some(bytes) = bytes else {
                self.local = None;
                continue;
            };
            add(&self.scan.metrics.bytes_read, bytes.len() as u64);
            if let Some(want) = self.wanted[column].next() {
                hand_over(&want, bytes, columns);
            }
        }
        Ok(())
    }

    /// Fetches all that is left.
    pub(crate) async fn all(&mut self, columns: &mut [OpenColumn<'_>]) -> Result<()> {
        let wanted: Vec<WantedBasket> = self.wanted.iter_mut().flatten().collect();
        let ranges: Vec<Range<u64>> = wanted.iter().map(|want| want.bytes.clone()).collect();
        let timer = self.scan.metrics.time_waiting.timer();
        let fetched = self.scan.reader.read(&ranges).await?;
        timer.done();
        add(&self.scan.metrics.bytes_read, fetched.bytes_read);
        for (want, bytes) in wanted.iter().zip(fetched.pieces) {
            hand_over(want, bytes, columns);
        }
        let in_pages: Vec<Vec<Range<u64>>> = self.in_pages.iter_mut().map(std::mem::take).collect();
        self.all_pages(&in_pages, columns).await
    }
}

/// Baskets that hold any of these entries, which ascend; each once.
pub(super) fn baskets_of(column: &Column, entries: &[Range<u64>]) -> Vec<usize> {
    let mut baskets = Vec::new();
    let mut next = 0;
    for part in entries {
        let touched = column.baskets_of(part.clone());
        baskets.extend(touched.start.max(next)..touched.end);
        next = next.max(touched.end);
    }
    baskets
}

/// The bytes of a basket, or of its values if they suffice, if they are in memory.
fn read_cached(
    file: &CachedFile,
    want: &WantedBasket,
    columns: &[OpenColumn<'_>],
) -> Option<Bytes> {
    let Range { start, end } = want.bytes;
    if want.only_values
        && let Some(column) = columns[want.column].scan.column()
    {
        let head = file.read(&(start..end.min(start + HEAD_BYTES)))?;
        if let Some(bytes) = column.values_end(&head) {
            return file.read(&(start..end.min(start + bytes)));
        }
    }
    file.read(&(start..end))
}

/// For each column: it is stored unpacked, and lists of one before it have the same lengths.
fn counted_before(columns: &[OpenColumn<'_>], entries: &[Vec<Range<u64>>]) -> Vec<bool> {
    let mut counted = vec![false; columns.len()];
    let mut before: Vec<&Arc<Column>> = Vec::new();
    for (i, entries) in entries.iter().enumerate() {
        if !entries.is_empty()
            && let Some(column) = columns[i].scan.column()
        {
            counted[i] = column.zip_bytes >= column.tot_bytes
                && before.iter().any(|other| column.is_counted_like(other));
            before.push(column);
        }
    }
    counted
}

fn hand_over(want: &WantedBasket, bytes: Bytes, columns: &mut [OpenColumn<'_>]) {
    let Some(reader) = &mut columns[want.column].reader else {
        return;
    };
    if want.of_counter {
        reader.feed_counter(want.basket, bytes);
    } else {
        reader.feed(want.basket, bytes);
    }
}

/// Bytes of a basket in the file; `None` if it is in the tree's own record or in pages.
fn place_of(scan: &FileScan, column: &Column, basket: usize) -> Result<Option<Range<u64>>> {
    let BasketPlace::File(bytes) = &column.baskets[basket].place else {
        return Ok(None);
    };
    let size = scan.reader.meta().size;
    if bytes.start > bytes.end || bytes.end > size {
        let branch = Some(column.branch.clone());
        let place = Place {
            branch,
            basket: Some(basket),
            ..scan.place()
        };
        let wanted = bytes.end.saturating_sub(bytes.start);
        let left = size.saturating_sub(bytes.start);
        return Err(placed(
            RootError::Truncated {
                at: bytes.start,
                wanted,
                left,
            },
            place,
        ));
    }
    Ok(Some(bytes.clone()))
}
