//! Hands pages of `RNTuple`s to the columns' readers, which say what they lack.
//!
//! Those of list items are known once the offsets are there: from a disk or network pages are
//! fetched in as many rounds as lists are nested, all columns together.

use std::ops::Range;

use bytes::Bytes;
use datafusion::common::Result;

use super::columns::OpenColumn;
use super::feed::Feed;
use crate::error::placed;
use crate::metrics::add;

impl Feed<'_> {
    /// As [`up_to`](Self::up_to), of a column in pages.
    pub(super) async fn pages_up_to(
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

    /// Fetches all pages of these entries, by column.
    pub(super) async fn all_pages(
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

fn hand_over_pages(at: u64, bytes: Bytes, column: &mut OpenColumn<'_>) {
    if let Some(reader) = &mut column.reader {
        reader.feed_pages(at, bytes);
    }
}
