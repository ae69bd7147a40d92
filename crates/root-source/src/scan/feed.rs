//! Hands baskets and pages to the columns' readers: just before they are read if the system has
//! them in memory, all together otherwise.
//!
//! ```text
//! file in memory      read a basket, unpack it, decode it; then the next one
//! disk or network     ask for all baskets of the step, wait, then decode
//! ```
//!
//! Pages of an RNTuple are asked for by the readers, those of list items once the offsets are there:
//! from a disk or network in as many rounds as lists are nested, all columns together.
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
    scan: &'a FileScan,
    /// By column, ascending by entry.
    wanted: Vec<std::vec::IntoIter<WantedBasket>>,
    /// By column, the entries whose pages are needed; none of a branch.
    in_pages: Vec<Vec<Range<u64>>>,
    /// The file, as long as what is wanted of it is in memory.
    local: Option<&'a CachedFile>,
}

impl<'a> Feed<'a> {
    /// Finds out where these baskets are, given as (column, basket) in the order of columns and
    /// entries, and those of the counters they need. Nothing outside `within` is read of them;
    /// `dense` says that all columns are then read one after the other, over all these entries.
    ///
    /// # Errors
    ///
    /// A basket outside the file.
    pub(crate) fn new(
        scan: &'a FileScan,
        local: Option<&'a CachedFile>,
        columns: &[OpenColumn<'_>],
        baskets: &[(usize, usize)],
        within: &Range<u64>,
        dense: bool,
    ) -> Result<Self> {
        scan.count_columns(columns, baskets);
        let counted_before = counted_before(columns, baskets);
        let mut wanted: Vec<Vec<WantedBasket>> = columns.iter().map(|_| Vec::new()).collect();
        let mut in_pages: Vec<Vec<Range<u64>>> = columns.iter().map(|_| Vec::new()).collect();
        let mut counted_up_to = vec![0; columns.len()];
        for &(column, basket) in baskets {
            let Some(stored) = columns[column].scan.column() else {
                continue;
            };
            let entries = &stored.baskets[basket];
            let first_entry = entries.first_entry;
            if let BasketPlace::Pages = entries.place {
                let part = first_entry.max(within.start)..entries.end_entry.min(within.end);
                join_on(&mut in_pages[column], part);
                continue;
            }
            let counted = counted_before[column] && dense && first_entry >= within.start;
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
            let counts = counter.baskets_of(entries.first_entry..entries.end_entry);
            for basket in counts.start.max(counted_up_to[column])..counts.end {
                want(counter, basket, true)?;
            }
            counted_up_to[column] = counts.end;
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

    async fn pages_up_to(
        &mut self,
        entries: &Range<u64>,
        column: usize,
        columns: &mut [OpenColumn<'_>],
    ) -> Result<()> {
        while let Some(file) = self.local {
            let wanted = self.pages_of(&mut columns[column], entries)?;
            if wanted.is_empty() {
                return Ok(());
            }
            for bytes in wanted {
                let timer = self.scan.metrics.time_waiting.timer();
                let read = file.read(&bytes);
                timer.done();
                let Some(read) = read else {
                    self.local = None;
                    break;
                };
                add(&self.scan.metrics.bytes_read, read.len() as u64);
                hand_over_pages(bytes.start, read, &mut columns[column]);
            }
        }
        self.all(columns).await
    }

    /// Where the pages are that a column still lacks for these entries.
    fn pages_of(
        &self,
        column: &mut OpenColumn<'_>,
        entries: &Range<u64>,
    ) -> Result<Vec<Range<u64>>> {
        let Some(reader) = &mut column.reader else {
            return Ok(Vec::new());
        };
        let timer = self.scan.metrics.time_decoding.timer();
        let wanted = reader.pages_wanted(entries.clone());
        timer.done();
        wanted.map_err(|error| placed(error, self.scan.place()))
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

    /// Fetches all pages of these entries, by column.
    async fn all_pages(
        &self,
        entries: &[Vec<Range<u64>>],
        columns: &mut [OpenColumn<'_>],
    ) -> Result<()> {
        loop {
            let mut ranges = Vec::new();
            let mut of_columns = Vec::new();
            for (i, entries) in entries.iter().enumerate() {
                for part in entries {
                    let wanted = self.pages_of(&mut columns[i], part)?;
                    of_columns.extend(wanted.iter().map(|_| i));
                    ranges.extend(wanted);
                }
            }
            if ranges.is_empty() {
                return Ok(());
            }
            let timer = self.scan.metrics.time_waiting.timer();
            let fetched = self.scan.reader.read(&ranges).await?;
            timer.done();
            add(&self.scan.metrics.bytes_read, fetched.bytes_read);
            for ((i, range), bytes) in of_columns.into_iter().zip(&ranges).zip(fetched.pieces) {
                hand_over_pages(range.start, bytes, &mut columns[i]);
            }
        }
    }
}

/// Adds a range that begins where the last one ends, or later.
fn join_on(ranges: &mut Vec<Range<u64>>, more: Range<u64>) {
    match ranges.last_mut() {
        Some(last) if last.end == more.start => last.end = more.end,
        _ if more.is_empty() => {}
        _ => ranges.push(more),
    }
}

fn hand_over_pages(at: u64, bytes: Bytes, column: &mut OpenColumn<'_>) {
    if let Some(reader) = &mut column.reader {
        reader.feed_pages(at, bytes);
    }
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
fn counted_before(columns: &[OpenColumn<'_>], baskets: &[(usize, usize)]) -> Vec<bool> {
    let mut counted = vec![false; columns.len()];
    let mut before: Vec<&Arc<Column>> = Vec::new();
    let mut last = None;
    for &(i, _) in baskets {
        if last.replace(i) != Some(i)
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
