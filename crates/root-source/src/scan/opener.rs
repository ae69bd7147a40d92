//! From a planned file to a stream of batches.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::runtime::SpawnedTask;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener};
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::ObjectStore;

use super::cached::FileCache;
use super::columns::ScanColumn;
use super::filter::Filter;
use super::filtered::FileFilter;
use super::run::Looks;
use super::step::FileScan;
use super::steps::{Step, StepSize, borders_of_largest, cut, entries_in, room_for_pages, together};
use crate::caches::Caches;
use crate::column_cache::{FileIdentity, chunk_borders};
use crate::error::SourceError;
use crate::fetch::FileReader;
use crate::metrics::{ColumnsSeen, FilesSeen, ScanMetrics};
use crate::open::open_tree;
use crate::options::ScanOptions;

/// With a limit and a filter, nobody knows how much must be read; so it begins with little.
const ENTRIES_OF_A_LIMITED_STEP: u64 = 128 << 10;

/// Partitions that the column cache's share for reading is meant for, each with its steps.
const PARTITIONS_READING: u64 = 4;

/// Opens the files of one partition.
#[derive(Debug)]
pub(crate) struct PartitionOpener {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) store_url: ObjectStoreUrl,
    pub(crate) options: ScanOptions,
    pub(crate) caches: Caches,
    /// The columns that come out, by name and type of the table.
    pub(crate) schema: SchemaRef,
    pub(crate) filter: Option<Filter>,
    pub(crate) batch_rows: usize,
    pub(crate) limit: Option<usize>,
    /// Columns to pin, in the table's types.
    pub(crate) pin: SchemaRef,
    pub(crate) files_seen: FilesSeen,
    pub(crate) columns_seen: ColumnsSeen,
    pub(crate) looks: Arc<Looks>,
    pub(crate) metrics: ScanMetrics,
}

/// What DataFusion holds: the opener, shared with the futures it makes.
struct SharedOpener(Arc<PartitionOpener>);

impl FileOpener for SharedOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let opener = Arc::clone(&self.0);
        Ok(async move { opener.open_file(file).await }.boxed())
    }
}

impl PartitionOpener {
    pub(crate) fn into_opener(self) -> Arc<dyn FileOpener> {
        Arc::new(SharedOpener(Arc::new(self)))
    }

    async fn open_file(
        &self,
        file: PartitionedFile,
    ) -> Result<BoxStream<'static, Result<RecordBatch>>> {
        let scan = Arc::new(self.prepare(&file).await?);
        let entries = self.entries_of(&file, &scan)?;
        let steps = self.steps(entries, &scan);
        let ahead = self.steps_ahead(&steps, &scan);
        let alone = steps.len() == 1;
        let stream = futures::stream::iter(steps)
            .map(move |step| begin(&scan, step, alone))
            .buffered(ahead.saturating_add(1))
            .map_ok(futures::stream::iter)
            .try_flatten();
        Ok(stream.boxed())
    }

    async fn prepare(&self, file: &PartitionedFile) -> Result<FileScan> {
        let store = Arc::clone(&self.store);
        let meta = file.object_meta.clone();
        let reader = FileReader::new(store, &self.store_url, meta, &self.options);
        let path = reader.meta().location.to_string();
        let tree = self.options.tree_of(&path);

        let timer = self.metrics.time_waiting.timer();
        let found = self.looks.once(&path, reader.check_unchanged()).await?;
        let reader = reader.with_meta(found);
        let cached = open_tree(&reader, tree, &self.caches.metadata).await?;
        timer.done();
        if self.files_seen.is_new(&path) {
            self.metrics.files.add(1);
        }

        let find = |schema: &SchemaRef| {
            schema
                .fields()
                .iter()
                .map(|field| ScanColumn::find(field, &cached, &reader))
                .collect::<Result<Vec<_>>>()
        };
        let columns = find(&self.schema)?;
        let filter = match &self.filter {
            None => None,
            Some(filter) => {
                let shared = columns
                    .iter()
                    .map(|c| filter.schema.index_of(c.field().name()).ok())
                    .collect();
                let filter = filter.clone();
                Some(FileFilter {
                    columns: find(&filter.schema)?,
                    filter,
                    shared,
                })
            }
        };
        let pinned = find(&self.pin)?;
        let cached_columns = match &self.caches.columns {
            None if pinned.is_empty() => None,
            None => return Err(SourceError::NoColumnCache.into()),
            Some(cache) => {
                let batch_rows = self.batch_rows as u64;
                let file = FileIdentity::new(
                    reader.name(),
                    reader.meta(),
                    &cached.uuid,
                    cached.spelled.clone(),
                );
                let borders = chunk_borders(&cached, &self.options);
                let cache = Arc::clone(cache);
                Some(FileCache::new(
                    cache,
                    file,
                    borders,
                    batch_rows,
                    &columns,
                    filter.as_ref(),
                    pinned,
                ))
            }
        };
        Ok(FileScan {
            reader,
            cached,
            schema: Arc::clone(&self.schema),
            columns,
            filter,
            cached_columns,
            columns_seen: self.columns_seen.clone(),
            batch_rows: self.batch_rows as u64,
            metrics: self.metrics.clone(),
        })
    }

    /// The entries to read of a planned file, checked: plans may come from elsewhere.
    fn entries_of(&self, file: &PartitionedFile, scan: &FileScan) -> Result<Range<u64>> {
        let in_tree = scan.cached.tree.entries;
        let mut entries = 0..in_tree;
        if let Some(range) = &file.range {
            let bounds = (u64::try_from(range.start), u64::try_from(range.end));
            entries = match bounds {
                (Ok(start), Ok(end)) if start <= end && end <= in_tree => start..end,
                _ => {
                    let why = format!(
                        "it asks for entries {} to {}, the tree has {in_tree}",
                        range.start, range.end
                    );
                    let file = scan.reader.name().to_owned();
                    return Err(SourceError::BadPlan { file, why }.into());
                }
            };
        }
        if let (Some(limit), None) = (self.limit, &self.filter) {
            entries.end = entries.end.min(entries.start.saturating_add(limit as u64));
        }
        Ok(entries)
    }

    fn steps(&self, entries: Range<u64>, scan: &FileScan) -> Vec<Step> {
        let tree = &scan.cached.tree;
        let columns = scan.all_columns();
        let mut most_entries = self.fitting_entries(scan);
        if self.limit.is_some() && self.filter.is_some() {
            most_entries = most_entries.min(ENTRIES_OF_A_LIMITED_STEP);
        }
        let size = StepSize {
            cluster_borders: &tree.cluster_borders,
            basket_borders: &borders_of_largest(&columns),
            most_entries,
        };
        let parts = |entries| cut(entries, &size).into_iter().map(Step::Part);
        let Some(cached) = &scan.cached_columns else {
            return parts(entries).collect();
        };
        let (before, chunks, after) = cached.whole_chunks(&entries);
        let chunks = scan.prune(cached, chunks);
        parts(before)
            .chain(together(chunks, most_entries))
            .chain(parts(after))
            .collect()
    }

    /// Entries that fit in a step.
    fn fitting_entries(&self, scan: &FileScan) -> u64 {
        let columns = scan.all_columns();
        let mut stored = columns.iter().filter_map(|column| column.column());
        let in_pages = stored.any(|column| column.is_in_pages());
        let bytes = room_for_pages(self.options.step_bytes, in_pages);
        entries_in(bytes, &columns, scan.cached.tree.entries)
    }

    /// Steps to work on besides the one that is consumed: fewer if they are large.
    fn steps_ahead(&self, steps: &[Step], scan: &FileScan) -> usize {
        let longest = steps.iter().map(Step::entries).max().unwrap_or(0);
        let fitting = self.fitting_entries(scan);
        let ahead = self.options.steps_ahead;
        let in_all = fitting.saturating_mul(ahead as u64 + 1) / longest.max(1);
        // A small cache is meant to keep the process small: less of its share is on the way then.
        let share = scan.cached_columns.as_ref().map_or(u64::MAX, |cached| {
            let reading = cached.cache.store.reading_bytes() / PARTITIONS_READING;
            reading / self.options.step_bytes.max(1)
        });
        let in_all = in_all.min(share);
        usize::try_from(in_all.saturating_sub(1)).map_or(ahead, |n| n.min(ahead))
    }
}

/// Batches of a step, ready or to be made as they are asked for.
type StepBatches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// Begins a step: on a task of its own, unless all it needs is in the column cache or it is the
/// only one, so that nothing can run beside it.
fn begin(scan: &Arc<FileScan>, step: Step, alone: bool) -> BoxFuture<'static, Result<StepBatches>> {
    let scan = Arc::clone(scan);
    let task = match (step, &scan.cached_columns) {
        (Step::Part(part), None) => beside(alone, scan.run_step(part)),
        (Step::Part(part), Some(cached)) => match scan.serve_part(cached, &part) {
            Some(batches) => return ready(batches),
            None => beside(alone, scan.run_step(part)),
        },
        (Step::Chunks(_), None) => return ready(std::iter::empty()),
        (Step::Chunks(chunks), Some(cached)) => {
            // A filter may have tightened since the file was opened.
            let chunks = if scan.has_dynamic_filter() {
                scan.prune(cached, chunks)
            } else {
                chunks
            };
            match scan.serve(cached, &chunks) {
                Ok(batches) => return ready(batches),
                // Never on the polling task: others may wait for what it reads, and must not have
                // to wait for whoever polls it.
                Err(found) => beside(false, scan.run_chunks(chunks, found)),
            }
        }
    };
    task.map_ok(|batches| Box::new(batches.into_iter().map(Ok)) as StepBatches)
        .boxed()
}

/// Starts work beside the polling task; on it, when it is polled, if there is nothing else to do.
fn beside(
    alone: bool,
    work: impl Future<Output = Result<Vec<RecordBatch>>> + Send + 'static,
) -> BoxFuture<'static, Result<Vec<RecordBatch>>> {
    if alone {
        return work.boxed();
    }
    let task = SpawnedTask::spawn(work);
    async move {
        task.await
            .map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))?
    }
    .boxed()
}

fn ready(
    batches: impl Iterator<Item = Result<RecordBatch>> + Send + 'static,
) -> BoxFuture<'static, Result<StepBatches>> {
    futures::future::ready(Ok(Box::new(batches) as StepBatches)).boxed()
}
