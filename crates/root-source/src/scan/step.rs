//! One step: the baskets of a run of entries become batches.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::physical_expr::DynamicFilterTracking;
use hepframe_root_io::{Place, SharedOffsets};

use super::cached::FileCache;
use super::columns::{OpenColumn, ScanColumn};
use super::feed::Feed;
use super::filtered::FileFilter;
use super::steps::clusters_in;
use crate::fetch::FileReader;
use crate::metadata_cache::CachedTree;
use crate::metrics::{ColumnsSeen, ScanMetrics, add};

/// How long a step computes before it lets other tasks run, and notices that it was cancelled.
const PATIENCE: Duration = Duration::from_millis(20);

/// One planned file of a partition; its steps share it.
#[derive(Debug)]
pub(crate) struct FileScan {
    pub(crate) reader: FileReader,
    pub(crate) cached: Arc<CachedTree>,
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<ScanColumn>,
    pub(crate) filter: Option<FileFilter>,
    /// The column cache, if there is one.
    pub(crate) cached_columns: Option<FileCache>,
    pub(crate) columns_seen: ColumnsSeen,
    pub(crate) batch_rows: u64,
    pub(crate) metrics: ScanMetrics,
}

impl FileScan {
    /// Reads the batches of one step.
    pub(crate) async fn run_step(self: Arc<Self>, entries: Range<u64>) -> Result<Vec<RecordBatch>> {
        let batches = match &self.filter {
            None => self.read_all(entries.clone()).await?,
            Some(filter) => self.read_filtered(filter, entries.clone()).await?,
        };
        let clusters = clusters_in(&self.cached.tree.cluster_borders, &entries);
        self.metrics.clusters.add(clusters);
        add(&self.metrics.entries_done, entries.end - entries.start);
        Ok(batches)
    }

    async fn read_all(&self, entries: Range<u64>) -> Result<Vec<RecordBatch>> {
        let ranges: Vec<Range<u64>> = self.batch_ranges(entries).collect();
        let batches = self.read_columns(&self.columns, &ranges).await?;
        let batches = batches.into_iter().zip(&ranges);
        batches
            .map(|(arrays, range)| self.batch(arrays, rows(range)))
            .collect()
    }

    /// All values of some columns, for each of these ranges, which follow one another.
    ///
    /// Column after column: only one basket is open at a time, and it stays in the processor's
    /// cache from its reading to its last value.
    pub(super) async fn read_columns(
        &self,
        columns: &[ScanColumn],
        ranges: &[Range<u64>],
    ) -> Result<Vec<Vec<ArrayRef>>> {
        let mut open: Vec<OpenColumn<'_>> = columns.iter().map(ScanColumn::open).collect();
        let local = self.reader.local_file().await?;
        let entries = match ranges {
            [first, .., last] => first.start..last.end,
            [only] => only.clone(),
            [] => 0..0,
        };
        let of_columns = for_all(columns, &entries);
        let mut feed = Feed::new(self, local, &open, &of_columns, true)?;

        let place = self.place();
        let mut shared: Vec<SharedOffsets> = Vec::new();
        shared.resize_with(ranges.len(), SharedOffsets::default);
        let mut batches: Vec<Vec<ArrayRef>> = ranges
            .iter()
            .map(|_| Vec::with_capacity(columns.len()))
            .collect();
        let mut pause = Pause::new();
        for i in 0..columns.len() {
            for (batch, range) in ranges.iter().enumerate() {
                feed.up_to(range, i, &mut open).await?;
                let timer = self.metrics.time_decoding.timer();
                let array = open[i].read(range.clone(), &mut shared[batch], &place)?;
                batches[batch].push(array);
                timer.done();
                pause.if_due().await;
            }
            self.count_unpacked(&open[i..=i]);
            open[i].reader = None;
        }
        Ok(batches)
    }

    /// The columns that are read, projected ones and the filter's.
    pub(crate) fn all_columns(&self) -> Vec<&ScanColumn> {
        let of_filter = self.filter.iter().flat_map(|filter| &filter.columns);
        let pinned = self.cached_columns.iter().flat_map(|c| &c.pin.columns);
        self.columns.iter().chain(of_filter).chain(pinned).collect()
    }

    /// True if the filter may tighten while the scan runs.
    pub(crate) fn has_dynamic_filter(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| {
            let tracking = DynamicFilterTracking::classify(&filter.filter.predicate);
            matches!(tracking, DynamicFilterTracking::Watching(_))
        })
    }

    /// Place in this file's tree, for messages.
    pub(crate) fn place(&self) -> Place {
        Place {
            tree: Some(self.cached.tree.path.clone()),
            ..self.reader.place()
        }
    }

    /// The ranges of entries that become batches.
    pub(crate) fn batch_ranges(&self, entries: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let rows = self.batch_rows.max(1);
        let count = (entries.end - entries.start).div_ceil(rows);
        (0..count).map(move |i| {
            let start = entries.start + i * rows;
            start..(start + rows).min(entries.end)
        })
    }

    /// A batch of the projected columns; it may have rows without having columns.
    pub(crate) fn batch(&self, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            arrays,
            &options,
        )?)
    }

    /// Counts the columns that are read, each once.
    pub(super) fn count_columns(&self, columns: &[OpenColumn<'_>], entries: &[Vec<Range<u64>>]) {
        for (column, entries) in columns.iter().zip(entries) {
            let is_read = column.scan.column().is_some_and(|stored| {
                let mut parts = entries.iter();
                parts.any(|part| !stored.baskets_of(part.clone()).is_empty())
            });
            if is_read && self.columns_seen.is_first_read(column.scan.field().name()) {
                self.metrics.columns_read.add(1);
            }
        }
    }

    pub(crate) fn count_unpacked(&self, columns: &[OpenColumn<'_>]) {
        for reader in columns.iter().filter_map(|column| column.reader.as_ref()) {
            add(&self.metrics.baskets, reader.unpacked_baskets());
            add(&self.metrics.bytes_decompressed, reader.unpacked_bytes());
        }
    }
}

/// Number of rows of a range of entries that is at most a batch.
pub(crate) fn rows(range: &Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

/// The same entries for each of these columns.
pub(crate) fn for_all(columns: &[ScanColumn], entries: &Range<u64>) -> Vec<Vec<Range<u64>>> {
    columns.iter().map(|_| vec![entries.clone()]).collect()
}

/// Lets other tasks run now and then.
pub(crate) struct Pause(Instant);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }

    pub(crate) async fn if_due(&mut self) {
        if self.0.elapsed() > PATIENCE {
            tokio::task::yield_now().await;
            self.0 = Instant::now();
        }
    }
}
