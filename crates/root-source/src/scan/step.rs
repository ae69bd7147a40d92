//! One step: fetch the baskets of a run of entries, then decode them batch by batch.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use hepframe_root_io::{BasketPlace, Column, Place, RootError, SharedOffsets};

use super::cached::FileCache;
use super::columns::{OpenColumn, ScanColumn};
use super::filtered::FileFilter;
use super::steps::clusters_in;
use crate::error::placed;
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
        let mut columns: Vec<OpenColumn<'_>> = self.columns.iter().map(ScanColumn::open).collect();
        self.fetch(&mut columns, &all_baskets(&self.columns, &entries))
            .await?;

        let place = self.place();
        let mut batches = Vec::new();
        let mut shared = SharedOffsets::default();
        let mut pause = Pause::new();
        for range in self.batch_ranges(entries) {
            let timer = self.metrics.time_decoding.timer();
            let arrays = columns
                .iter_mut()
                .map(|column| column.read(range.clone(), &mut shared, &place))
                .collect::<Result<Vec<_>>>()?;
            batches.push(self.batch(arrays, rows(&range))?);
            timer.done();
            pause.if_due().await;
        }
        self.count_unpacked(&columns);
        Ok(batches)
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

    /// Fetches baskets, given as (column, basket), and hands them to the columns' readers.
    pub(crate) async fn fetch(
        &self,
        columns: &mut [OpenColumn<'_>],
        baskets: &[(usize, usize)],
    ) -> Result<()> {
        let wanted = self.wanted_bytes(columns, baskets)?;
        let ranges: Vec<Range<u64>> = wanted.iter().map(|want| want.bytes.clone()).collect();
        let timer = self.metrics.time_waiting.timer();
        let fetched = self.reader.read(&ranges).await?;
        timer.done();
        add(&self.metrics.bytes_read, fetched.bytes_read);
        self.count_columns(columns, baskets);
        for (want, bytes) in wanted.into_iter().zip(fetched.pieces) {
            let Some(reader) = &mut columns[want.column].reader else {
                continue;
            };
            if want.of_counter {
                reader.feed_counter(want.basket, bytes);
            } else {
                reader.feed(want.basket, bytes);
            }
        }
        Ok(())
    }

    /// Counts the columns that are read, each once.
    fn count_columns(&self, columns: &[OpenColumn<'_>], baskets: &[(usize, usize)]) {
        let mut last = None;
        for &(column, _) in baskets {
            if last.replace(column) != Some(column)
                && self
                    .columns_seen
                    .is_first_read(columns[column].scan.field().name())
            {
                self.metrics.columns_read.add(1);
            }
        }
    }

    /// Where these baskets are, and those of the counters they need.
    fn wanted_bytes(
        &self,
        columns: &[OpenColumn<'_>],
        baskets: &[(usize, usize)],
    ) -> Result<Vec<WantedBasket>> {
        let mut wanted = Vec::with_capacity(baskets.len());
        let mut counted_up_to = vec![0; columns.len()];
        for &(column, basket) in baskets {
            let Some(stored) = columns[column].scan.column() else {
                continue;
            };
            if let Some(bytes) = self.place_of(stored, basket)? {
                wanted.push(WantedBasket {
                    column,
                    basket,
                    of_counter: false,
                    bytes,
                });
            }
            let Some(counter) = stored.counter() else {
                continue;
            };
            let entries = &stored.baskets[basket];
            let counts = counter.baskets_of(entries.first_entry..entries.end_entry);
            for basket in counts.start.max(counted_up_to[column])..counts.end {
                if let Some(bytes) = self.place_of(counter, basket)? {
                    wanted.push(WantedBasket {
                        column,
                        basket,
                        of_counter: true,
                        bytes,
                    });
                }
            }
            counted_up_to[column] = counts.end;
        }
        Ok(wanted)
    }

    /// Bytes of a basket in the file; `None` if it is in the tree's own record.
    fn place_of(&self, column: &Column, basket: usize) -> Result<Option<Range<u64>>> {
        let BasketPlace::File(bytes) = &column.baskets[basket].place else {
            return Ok(None);
        };
        let size = self.reader.meta().size;
        if bytes.start > bytes.end || bytes.end > size {
            let branch = Some(column.branch.clone());
            let place = Place {
                branch,
                basket: Some(basket),
                ..self.place()
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

    pub(crate) fn count_unpacked(&self, columns: &[OpenColumn<'_>]) {
        for reader in columns.iter().filter_map(|column| column.reader.as_ref()) {
            add(&self.metrics.baskets, reader.unpacked_baskets());
            add(&self.metrics.bytes_decompressed, reader.unpacked_bytes());
        }
    }
}

/// A basket to fetch, for one of the columns being read.
struct WantedBasket {
    column: usize,
    basket: usize,
    /// It is one of the column's counter, not of the column itself.
    of_counter: bool,
    bytes: Range<u64>,
}

/// Number of rows of a range of entries that is at most a batch.
pub(crate) fn rows(range: &Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

/// All baskets of these columns that hold any of the entries, as (column, basket).
pub(crate) fn all_baskets(columns: &[ScanColumn], entries: &Range<u64>) -> Vec<(usize, usize)> {
    columns
        .iter()
        .enumerate()
        .filter_map(|(i, column)| column.column().map(|column| (i, column)))
        .flat_map(|(i, column)| {
            column
                .baskets_of(entries.clone())
                .map(move |basket| (i, basket))
        })
        .collect()
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
