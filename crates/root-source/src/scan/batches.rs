//! Cached chunks → batches: nothing to wait for, little to compute.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use datafusion::common::Result;

use super::cached::ChunkColumns;
use super::columns::ScanColumn;
use super::filtered::{FileFilter, Judged, Kept};
use super::small_batches::SmallBatches;
use super::step::{FileScan, rows};
use crate::column_cache::Chunk;
use crate::metrics::add;

/// A chunk with all columns that its batches need.
pub(crate) struct LoadedChunk {
    /// All of the chunk.
    pub(super) entries: Range<u64>,
    /// Those that are wanted.
    pub(super) within: Range<u64>,
    pub(super) judgement: Judgement,
    pub(super) projected: ChunkColumns,
}

/// What the filter says of a chunk.
pub(crate) enum Judgement {
    /// There is none.
    AllSurvive,
    /// Not yet asked; these are its columns.
    Due(ChunkColumns),
    /// For each batch; nothing for batches without survivors.
    Done(Vec<Option<Judged>>),
}

/// Makes the batches of loaded chunks, one at a time.
pub(crate) struct ChunkBatches {
    scan: Arc<FileScan>,
    chunks: VecDeque<LoadedChunk>,
    /// The next batch of the first chunk.
    next: usize,
    small: Option<SmallBatches>,
    ready: VecDeque<RecordBatch>,
}

impl ChunkBatches {
    pub(super) fn new(scan: Arc<FileScan>, chunks: Vec<LoadedChunk>) -> Self {
        let small = scan
            .filter
            .as_ref()
            .map(|_| SmallBatches::new(Arc::clone(&scan.schema), scan.batch_rows));
        Self {
            scan,
            chunks: chunks.into(),
            next: 0,
            small,
            ready: VecDeque::new(),
        }
    }

    /// Leaves out entries that are not wanted.
    pub(super) fn narrow_to(&mut self, part: &Range<u64>) {
        for chunk in &mut self.chunks {
            chunk.within = chunk.within.start.max(part.start)..chunk.within.end.min(part.end);
        }
    }

    /// Makes batches of the next run of rows; false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(chunk) = self.chunks.front_mut() else {
            let small = self.small.take();
            let Some(small) = small else {
                return Ok(false);
            };
            self.ready.extend(small.finish()?);
            return Ok(true);
        };
        if self.next == 0
            && let Judgement::Due(of_filter) = &chunk.judgement
        {
            self.scan.learn(of_filter, &chunk.entries);
        }
        let batch_rows = self.scan.batch_rows.max(1);
        let start = chunk.entries.start + self.next as u64 * batch_rows;
        if start >= chunk.within.end {
            self.scan.count_chunk(&chunk.within);
            self.chunks.pop_front();
            self.next = 0;
            return Ok(true);
        }
        let i = self.next;
        self.next += 1;
        let whole = start..(start + batch_rows).min(chunk.entries.end);
        let part = whole.start.max(chunk.within.start)..whole.end.min(chunk.within.end);
        if part.start >= part.end {
            return Ok(true);
        }
        let batch = match (&self.scan.filter, &mut chunk.judgement) {
            (Some(filter), judgement) => {
                let timer = self.scan.metrics.time_decoding.timer();
                let judged = match judgement {
                    Judgement::Done(judged) => judged.get_mut(i).and_then(Option::take),
                    Judgement::Due(of_filter) => self
                        .scan
                        .judge_cached(filter, of_filter, i, &whole, &part)?,
                    Judgement::AllSurvive => None,
                };
                let batch = judged
                    .map(|judged| {
                        let projected = &chunk.projected;
                        self.scan.survivors(filter, &judged, projected, i, &whole)
                    })
                    .transpose()?;
                timer.done();
                batch
            }
            (None, _) => Some(self.scan.all_rows(&chunk.projected, i, &whole, &part)?),
        };
        match (batch, &mut self.small) {
            (Some(batch), Some(small)) => {
                small.push(batch)?;
                self.ready.extend(small.take_done());
            }
            (Some(batch), None) => self.ready.push_back(batch),
            (None, _) => {}
        }
        Ok(true)
    }
}

impl Iterator for ChunkBatches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Some(Ok(batch));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.chunks.clear();
                    self.small = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl FileScan {
    /// Judges batch `i` of a chunk, or a part of it; `None` if nothing survives.
    pub(super) fn judge_cached(
        &self,
        filter: &FileFilter,
        of_filter: &ChunkColumns,
        i: usize,
        whole: &Range<u64>,
        part: &Range<u64>,
    ) -> Result<Option<Judged>> {
        let arrays = filter
            .columns
            .iter()
            .zip(of_filter)
            .map(|(column, chunk)| values(column, chunk.as_ref(), i, whole, part))
            .collect::<Result<Vec<_>>>()?;
        let judged = filter.filter.judge(arrays, part.clone())?;
        let survivor_count = judged.as_ref().map_or(0, Judged::survivor_count);
        let dropped = rows(part) - survivor_count;
        add(&self.metrics.rows_pruned, dropped as u64);
        Ok(judged)
    }

    /// The projected columns of what survived of batch `i`.
    fn survivors(
        &self,
        filter: &FileFilter,
        judged: &Judged,
        projected: &ChunkColumns,
        i: usize,
        whole: &Range<u64>,
    ) -> Result<RecordBatch> {
        let part = judged.entries();
        let mut kept = Kept::new(judged);
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (c, column) in self.columns.iter().enumerate() {
            let array = match filter.shared[c] {
                Some(of_filter) => Arc::clone(&judged.arrays()[of_filter]),
                None => values(column, projected[c].as_ref(), i, whole, part)?,
            };
            arrays.push(kept.keep(&array, part)?);
        }
        self.batch(arrays, judged.survivor_count())
    }

    /// The projected columns of batch `i`, or of a part of it.
    fn all_rows(
        &self,
        projected: &ChunkColumns,
        i: usize,
        whole: &Range<u64>,
        part: &Range<u64>,
    ) -> Result<RecordBatch> {
        let arrays = self
            .columns
            .iter()
            .zip(projected)
            .map(|(column, chunk)| values(column, chunk.as_ref(), i, whole, part))
            .collect::<Result<Vec<_>>>()?;
        self.batch(arrays, rows(part))
    }
}

/// Values of a column in batch `i` of a chunk, or in a part of it, in the table's type.
fn values(
    column: &ScanColumn,
    chunk: Option<&Arc<Chunk>>,
    i: usize,
    whole: &Range<u64>,
    part: &Range<u64>,
) -> Result<ArrayRef> {
    let decoded = chunk.and_then(|chunk| chunk.batches.get(i));
    let decoded = match decoded {
        Some(array) if part != whole => {
            // A slice of a list would drag all its values along.
            let first = rows(&(whole.start..part.start));
            let indices = (first..first + rows(part)).map(|row| u32::try_from(row).ok());
            Some(take(array, &indices.collect::<UInt32Array>(), None)?)
        }
        other => other.cloned(),
    };
    column.in_table_type(decoded, rows(part))
}
