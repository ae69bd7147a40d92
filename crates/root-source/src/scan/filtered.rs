//! One step with a filter: judge first, then read only what survives.
//!
//! ```text
//! filter column    ├──────────── decoded, then judged ──────────────────┤
//! survivors              ×  ×××                             ×
//! other column     ├─ basket ─┼─ basket ─┼─ skipped ─┼─ skipped ─┼─ basket ─┤
//! ```
//!
//! The filter may be a dynamic one (of an `ORDER BY ... LIMIT` or a join) that tightens while the scan runs; each
//! batch is judged by the filter's value at that time. What is dropped then stays droppable.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{FilterBuilder, FilterPredicate, concat};
use datafusion::common::Result;
use hepframe_root_io::{Column, SharedOffsets};

use super::columns::{OpenColumn, ScanColumn};
use super::feed::{Feed, baskets_of};
use super::filter::Filter;
use super::small_batches::SmallBatches;
use super::step::{FileScan, Pause, rows};
use crate::metrics::add;

/// A filter and where its columns are in one file.
#[derive(Debug)]
pub(crate) struct FileFilter {
    pub(crate) filter: Filter,
    pub(crate) columns: Vec<ScanColumn>,
    /// For each projected column: which of the filter's columns it is, if any.
    pub(crate) shared: Vec<Option<usize>>,
}

/// A batch's entries after judgement; batches without survivors are not kept.
pub(crate) struct Judged {
    entries: Range<u64>,
    /// `None`: all survive.
    survivors: Option<BooleanBuffer>,
    survivor_count: usize,
    /// The filter's columns.
    arrays: Vec<ArrayRef>,
}

impl FileScan {
    pub(crate) async fn read_filtered(
        &self,
        filter: &FileFilter,
        entries: Range<u64>,
    ) -> Result<Vec<RecordBatch>> {
        let judged = self.judge(filter, entries.clone()).await?;
        let survivors: usize = judged.iter().map(|batch| batch.survivor_count).sum();
        add(
            &self.metrics.rows_pruned,
            (entries.end - entries.start) - survivors as u64,
        );

        // What is not shared with the filter is read now, where anything survived.
        let spans: Vec<Vec<Vec<Range<u64>>>> = judged
            .iter()
            .map(|batch| self.spans_of_batch(filter, batch))
            .collect();
        let wanted = spans_by_column(self.columns.len(), &spans);
        self.count_skipped(filter, &wanted, &entries);
        let read = self.read_survivors(filter, &judged, &spans, &wanted);

        let mut batches = SmallBatches::new(Arc::clone(&self.schema), self.batch_rows);
        for (batch, arrays) in judged.iter().zip(read.await?) {
            batches.push(self.batch(arrays, batch.survivor_count)?)?;
        }
        batches.finish()
    }

    /// Reads the filter's columns and judges every entry.
    async fn judge(&self, filter: &FileFilter, entries: Range<u64>) -> Result<Vec<Judged>> {
        let ranges: Vec<Range<u64>> = self.batch_ranges(entries).collect();
        let batches = self.read_columns(&filter.columns, &ranges).await?;
        let mut judged = Vec::new();
        let mut pause = Pause::new();
        for (arrays, range) in batches.into_iter().zip(ranges) {
            let timer = self.metrics.time_decoding.timer();
            judged.extend(filter.filter.judge(arrays, range)?);
            timer.done();
            pause.if_due().await;
        }
        Ok(judged)
    }

    /// The survivors of each batch, column after column; `spans` are to be decoded, by batch and
    /// column, and `wanted` is the same by column.
    async fn read_survivors(
        &self,
        filter: &FileFilter,
        judged: &[Judged],
        spans: &[Vec<Vec<Range<u64>>>],
        wanted: &[Vec<Range<u64>>],
    ) -> Result<Vec<Vec<ArrayRef>>> {
        let mut columns: Vec<OpenColumn<'_>> = self.columns.iter().map(ScanColumn::open).collect();
        let local = self.reader.local_file().await?;
        let mut feed = Feed::new(self, local, &columns, wanted, false)?;

        let place = self.place();
        let mut kept: Vec<Kept<'_>> = judged.iter().map(Kept::new).collect();
        let mut shared: Vec<SharedOffsets> = Vec::new();
        shared.resize_with(judged.len(), SharedOffsets::default);
        let mut survived: Vec<Vec<ArrayRef>> = vec![Vec::new(); judged.len()];
        let mut pause = Pause::new();
        for i in 0..columns.len() {
            for (b, batch) in judged.iter().enumerate() {
                let (kept, shared) = (&mut kept[b], &mut shared[b]);
                let array = if let Some(of_filter) = filter.shared[i] {
                    kept.keep(&batch.arrays[of_filter], &batch.entries)?
                } else if columns[i].reader.is_none() {
                    columns[i].read(0..batch.survivor_count as u64, shared, &place)?
                } else {
                    let mut parts = Vec::with_capacity(spans[b][i].len());
                    for span in &spans[b][i] {
                        feed.up_to(span, i, &mut columns).await?;
                        let timer = self.metrics.time_decoding.timer();
                        let array = columns[i].read(span.clone(), shared, &place)?;
                        parts.push(kept.keep(&array, span)?);
                        timer.done();
                        pause.if_due().await;
                    }
                    joined(parts)?
                };
                survived[b].push(array);
            }
            self.count_unpacked(&columns[i..=i]);
            columns[i].reader = None;
        }
        Ok(survived)
    }

    /// Counts baskets, or pages of outermost columns, that need not be read.
    fn count_skipped(&self, filter: &FileFilter, wanted: &[Vec<Range<u64>>], entries: &Range<u64>) {
        let all = self.columns.iter().zip(&filter.shared).zip(wanted);
        for ((column, shared), wanted) in all {
            if let (Some(column), None) = (column.column(), shared) {
                let read = baskets_of(column, wanted).len();
                let skipped = column
                    .baskets_of(entries.clone())
                    .len()
                    .saturating_sub(read);
                self.metrics.baskets_skipped.add(skipped);
            }
        }
    }

    /// For each projected column, the entries to decode; empty for the filter's columns.
    fn spans_of_batch(&self, filter: &FileFilter, batch: &Judged) -> Vec<Vec<Range<u64>>> {
        let bounds = batch.bounds();
        self.columns
            .iter()
            .zip(&filter.shared)
            .map(|(column, shared)| match (shared, column.column()) {
                (Some(_), _) | (None, None) => Vec::new(),
                (None, Some(column)) => batch.spans(column, &bounds),
            })
            .collect()
    }
}

impl Filter {
    /// Judges a batch; `None` if nothing survives.
    pub(super) fn judge(
        &self,
        arrays: Vec<ArrayRef>,
        entries: Range<u64>,
    ) -> Result<Option<Judged>> {
        let (survivors, survivor_count) = self.survivors(&arrays, rows(&entries))?;
        Ok((survivor_count > 0).then_some(Judged {
            entries,
            survivors,
            survivor_count,
            arrays,
        }))
    }
}

impl Judged {
    /// The batch's entries.
    pub(super) fn entries(&self) -> &Range<u64> {
        &self.entries
    }

    /// How many of them survive.
    pub(super) fn survivor_count(&self) -> usize {
        self.survivor_count
    }

    /// The filter's columns, all entries.
    pub(super) fn arrays(&self) -> &[ArrayRef] {
        &self.arrays
    }

    /// From the first survivor to the last.
    fn bounds(&self) -> Range<u64> {
        let Some(bits) = &self.survivors else {
            return self.entries.clone();
        };
        let mut runs = bits.set_slices();
        let Some((first, mut end)) = runs.next() else {
            return self.entries.start..self.entries.start;
        };
        for (_, later) in runs {
            end = later;
        }
        self.entries.start + first as u64..self.entries.start + end as u64
    }

    /// Entries of a column that must be decoded: the parts within `bounds` of those baskets that
    /// hold a survivor, neighbours joined.
    fn spans(&self, column: &Column, bounds: &Range<u64>) -> Vec<Range<u64>> {
        let Some(bits) = &self.survivors else {
            return vec![self.entries.clone()];
        };
        let mut spans: Vec<Range<u64>> = Vec::new();
        for basket in column.baskets_of(bounds.clone()) {
            let basket = &column.baskets[basket];
            let part = basket.first_entry.max(bounds.start)..basket.end_entry.min(bounds.end);
            if part.start >= part.end || survivors_in(bits, &self.entries, &part) == 0 {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.end == part.start => last.end = part.end,
                _ => spans.push(part),
            }
        }
        spans
    }
}

fn bits_of(bits: &BooleanBuffer, batch: &Range<u64>, part: &Range<u64>) -> BooleanBuffer {
    bits.slice(rows(&(batch.start..part.start)), rows(part))
}

fn survivors_in(bits: &BooleanBuffer, batch: &Range<u64>, part: &Range<u64>) -> usize {
    bits_of(bits, batch, part).count_set_bits()
}

/// Applies a batch's survivors to arrays; columns cut alike share the prepared filter.
pub(super) struct Kept<'a> {
    batch: &'a Judged,
    prepared: Option<(Range<u64>, FilterPredicate)>,
}

impl<'a> Kept<'a> {
    pub(super) fn new(batch: &'a Judged) -> Self {
        Self {
            batch,
            prepared: None,
        }
    }

    /// The survivors among the values of `span`.
    pub(super) fn keep(&mut self, array: &ArrayRef, span: &Range<u64>) -> Result<ArrayRef> {
        let Some(bits) = &self.batch.survivors else {
            return Ok(Arc::clone(array));
        };
        let predicate = match &mut self.prepared {
            Some((prepared, predicate)) if prepared == span => predicate,
            prepared => {
                let part = BooleanArray::new(bits_of(bits, &self.batch.entries, span), None);
                // Worth preparing: most queries read several columns.
                let predicate = FilterBuilder::new(&part).optimize().build();
                &mut prepared.insert((span.clone(), predicate)).1
            }
        };
        Ok(predicate.filter(array)?)
    }
}

fn joined(mut parts: Vec<ArrayRef>) -> Result<ArrayRef> {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return Ok(only);
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    Ok(concat(&parts)?)
}

/// What is to be decoded of each column, from what is of each batch; neighbours joined.
fn spans_by_column(columns: usize, of_batches: &[Vec<Vec<Range<u64>>>]) -> Vec<Vec<Range<u64>>> {
    let mut of_columns: Vec<Vec<Range<u64>>> = vec![Vec::new(); columns];
    for batch in of_batches {
        for (all, spans) in of_columns.iter_mut().zip(batch) {
            for span in spans {
                match all.last_mut() {
                    Some(last) if last.end == span.start => last.end = span.end,
                    _ => all.push(span.clone()),
                }
            }
        }
    }
    of_columns
}
