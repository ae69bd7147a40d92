//! From a planned file to a stream of batches.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::runtime::SpawnedTask;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener};
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::columns::ScanColumn;
use super::filtered::{FileFilter, Filter};
use super::step::FileScan;
use super::steps::{StepSize, borders_of_largest, cut, entries_in};
use crate::error::SourceError;
use crate::fetch::FileReader;
use crate::metadata_cache::MetadataCache;
use crate::metrics::{FilesSeen, ScanMetrics};
use crate::open::open_tree;
use crate::options::ScanOptions;

/// With a limit and a filter, nobody knows how much must be read; so it begins with little.
const ENTRIES_OF_A_LIMITED_STEP: u64 = 128 << 10;

/// Opens the files of one partition.
#[derive(Debug)]
pub(crate) struct PartitionOpener {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) store_url: ObjectStoreUrl,
    pub(crate) options: ScanOptions,
    pub(crate) cache: Arc<MetadataCache>,
    /// The columns that come out, by name and type of the table.
    pub(crate) schema: SchemaRef,
    pub(crate) filter: Option<Filter>,
    pub(crate) batch_rows: usize,
    pub(crate) limit: Option<usize>,
    pub(crate) files_seen: FilesSeen,
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
    ) -> Result<BoxStream<'static, Result<arrow::array::RecordBatch>>> {
        let scan = Arc::new(self.prepare(&file).await?);
        let entries = self.entries_of(&file, &scan)?;
        let steps = self.steps(entries, &scan);
        // Nothing runs beside a step that is alone, so it needs no task of its own.
        let alone = steps.len() == 1;
        let stream = futures::stream::iter(steps)
            .map(move |step| {
                let run = Arc::clone(&scan).run_step(step);
                async move {
                    if alone {
                        return run.await;
                    }
                    let joined = SpawnedTask::spawn(run).await;
                    joined.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))?
                }
            })
            .buffered(self.options.steps_ahead.saturating_add(1))
            .map_ok(|batches| futures::stream::iter(batches.into_iter().map(Ok)))
            .try_flatten();
        Ok(stream.boxed())
    }

    async fn prepare(&self, file: &PartitionedFile) -> Result<FileScan> {
        let store = Arc::clone(&self.store);
        let meta = file.object_meta.clone();
        let mut reader = FileReader::new(store, &self.store_url, meta, &self.options);
        let timer = self.metrics.time_waiting.timer();
        reader.open().await?;
        let path = reader.meta().location.as_ref();
        let tree = self.options.tree_of(path);
        let cached = open_tree(&reader, tree, &self.cache).await?;
        timer.done();
        if self.files_seen.is_new(path) {
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
        Ok(FileScan {
            reader,
            cached,
            schema: Arc::clone(&self.schema),
            columns,
            filter,
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

    fn steps(&self, entries: Range<u64>, scan: &FileScan) -> Vec<Range<u64>> {
        let tree = &scan.cached.tree;
        let of_filter = scan.filter.iter().flat_map(|filter| &filter.columns);
        let columns: Vec<&ScanColumn> = scan.columns.iter().chain(of_filter).collect();
        let mut most_entries = entries_in(self.options.step_bytes, &columns, tree.entries);
        if self.limit.is_some() && self.filter.is_some() {
            most_entries = most_entries.min(ENTRIES_OF_A_LIMITED_STEP);
        }
        let size = StepSize {
            cluster_borders: &tree.cluster_borders,
            basket_borders: &borders_of_largest(&columns),
            most_entries,
        };
        cut(entries, &size)
    }
}
