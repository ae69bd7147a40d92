//! What a scan counts, and sums over all scans of a plan.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use datafusion::datasource::physical_plan::ParquetSource;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{
    Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet, Time,
};
use parking_lot::Mutex;
use serde::Serialize;

use crate::source::RootSource;

const FILES: &str = "files";
const CLUSTERS: &str = "clusters";
const BASKETS: &str = "baskets";
const BASKETS_SKIPPED: &str = "baskets_skipped";
const ROWS_PRUNED: &str = "rows_pruned";
const BYTES_READ: &str = "bytes_read";
const BYTES_DECOMPRESSED: &str = "bytes_decompressed";
const BYTES_FROM_CACHE: &str = "bytes_from_cache";
const BYTES_FROM_DISK: &str = "bytes_from_disk";
const COLUMNS_FROM_CACHE: &str = "columns_from_cache";
const COLUMNS_READ: &str = "columns_read";
const CHUNKS_PRUNED: &str = "chunks_pruned";
const ENTRIES_DONE: &str = "entries_done";
const TIME_WAITING: &str = "time_waiting";
const TIME_DECODING: &str = "time_decoding";
/// The name under which DataFusion's Parquet scan counts the bytes it reads.
const PARQUET_BYTES: &str = "bytes_scanned";

/// Files that any partition has opened, so that a file cut in parts counts once.
#[derive(Debug, Default, Clone)]
pub(crate) struct FilesSeen(Arc<Mutex<HashSet<String>>>);

impl FilesSeen {
    /// True the first time.
    pub(crate) fn is_new(&self, path: &str) -> bool {
        let mut seen = self.0.lock();
        !seen.contains(path) && seen.insert(path.to_owned())
    }
}

/// Columns that any partition has read or found in the cache, each of which counts once.
#[derive(Debug, Default, Clone)]
pub(crate) struct ColumnsSeen(Arc<Mutex<SeenNames>>);

#[derive(Debug, Default)]
struct SeenNames {
    read: HashSet<String>,
    from_cache: HashSet<String>,
}

impl ColumnsSeen {
    /// True the first time that this column is read from a file.
    pub(crate) fn is_first_read(&self, name: &str) -> bool {
        let read = &mut self.0.lock().read;
        !read.contains(name) && read.insert(name.to_owned())
    }

    /// True the first time that this column is found in the cache.
    pub(crate) fn is_first_from_cache(&self, name: &str) -> bool {
        let from_cache = &mut self.0.lock().from_cache;
        !from_cache.contains(name) && from_cache.insert(name.to_owned())
    }
}

/// Counters of one partition.
#[derive(Debug, Clone)]
pub(crate) struct ScanMetrics {
    pub(crate) files: Count,
    pub(crate) clusters: Count,
    pub(crate) baskets: Count,
    pub(crate) baskets_skipped: Count,
    pub(crate) rows_pruned: Count,
    pub(crate) bytes_read: Count,
    pub(crate) bytes_decompressed: Count,
    pub(crate) bytes_from_cache: Count,
    pub(crate) bytes_from_disk: Count,
    pub(crate) columns_from_cache: Count,
    pub(crate) columns_read: Count,
    pub(crate) chunks_pruned: Count,
    pub(crate) entries_done: Count,
    pub(crate) time_waiting: Time,
    pub(crate) time_decoding: Time,
}

impl ScanMetrics {
    pub(crate) fn new(set: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let count = |name: &'static str| MetricBuilder::new(set).counter(name, partition);
        let time = |name: &'static str| MetricBuilder::new(set).subset_time(name, partition);
        Self {
            files: count(FILES),
            clusters: count(CLUSTERS),
            baskets: count(BASKETS),
            baskets_skipped: count(BASKETS_SKIPPED),
            rows_pruned: count(ROWS_PRUNED),
            bytes_read: count(BYTES_READ),
            bytes_decompressed: count(BYTES_DECOMPRESSED),
            bytes_from_cache: count(BYTES_FROM_CACHE),
            bytes_from_disk: count(BYTES_FROM_DISK),
            columns_from_cache: count(COLUMNS_FROM_CACHE),
            columns_read: count(COLUMNS_READ),
            chunks_pruned: count(CHUNKS_PRUNED),
            entries_done: count(ENTRIES_DONE),
            time_waiting: time(TIME_WAITING),
            time_decoding: time(TIME_DECODING),
        }
    }
}

/// Adds a count that a 32-bit machine might not hold.
pub(crate) fn add(count: &Count, n: u64) {
    count.add(usize::try_from(n).unwrap_or(usize::MAX));
}

/// What all scans of a plan have done so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScanStatistics {
    /// ROOT files opened.
    pub files: u64,
    /// Clusters of entries visited.
    pub clusters: u64,
    /// Baskets unpacked.
    pub baskets: u64,
    /// Bytes read from files, ROOT and Parquet; headers read while planning do not count.
    pub bytes_read: u64,
    /// Bytes that baskets unpacked to.
    pub bytes_decompressed: u64,
    /// Bytes of columns that were in the column cache in memory.
    pub bytes_from_cache: u64,
    /// Bytes that columns take in memory that were in the column cache on disk.
    pub bytes_from_disk: u64,
    /// Columns that were in the column cache, wholly or in part; each counts once per scan.
    pub columns_from_cache: u64,
    /// Columns that were read from files, wholly or in part; each counts once per scan.
    pub columns_read: u64,
    /// Runs of entries left out because of what earlier filters learned about them.
    pub chunks_pruned: u64,
    /// Time that steps waited for bytes; steps wait side by side, so it can exceed the wall time.
    pub waiting: Duration,
    /// Time that cores unpacked, decoded and filtered.
    pub decoding: Duration,
}

impl ScanStatistics {
    /// From sums of metrics by name, as they come from other processes; times are nanoseconds.
    #[must_use]
    pub fn from_named<'a>(metrics: impl Iterator<Item = (&'a str, u64)>) -> Self {
        let mut sum = Self::default();
        for (name, value) in metrics {
            sum.add_named(name, value);
        }
        sum
    }

    /// Adds one metric of a ROOT scan; those that are no part of these statistics change nothing.
    fn add_named(&mut self, name: &str, value: u64) {
        match name {
            FILES => self.files += value,
            CLUSTERS => self.clusters += value,
            BASKETS => self.baskets += value,
            BYTES_READ | PARQUET_BYTES => self.bytes_read += value,
            BYTES_DECOMPRESSED => self.bytes_decompressed += value,
            BYTES_FROM_CACHE => self.bytes_from_cache += value,
            BYTES_FROM_DISK => self.bytes_from_disk += value,
            COLUMNS_FROM_CACHE => self.columns_from_cache += value,
            COLUMNS_READ => self.columns_read += value,
            CHUNKS_PRUNED => self.chunks_pruned += value,
            TIME_WAITING => self.waiting += Duration::from_nanos(value),
            TIME_DECODING => self.decoding += Duration::from_nanos(value),
            _ => {}
        }
    }
}

/// Sums the metrics of all scans of a plan.
#[must_use]
pub fn scan_statistics(plan: &dyn ExecutionPlan) -> ScanStatistics {
    let mut sum = ScanStatistics::default();
    visit_scans(plan, &mut |scan| {
        let metrics = scan.metrics().unwrap_or_default();
        if scan.downcast_to_file_source::<RootSource>().is_some() {
            sum.files += total(&metrics, FILES);
            sum.clusters += total(&metrics, CLUSTERS);
            sum.baskets += total(&metrics, BASKETS);
            sum.bytes_read += total(&metrics, BYTES_READ);
            sum.bytes_decompressed += total(&metrics, BYTES_DECOMPRESSED);
            sum.bytes_from_cache += total(&metrics, BYTES_FROM_CACHE);
            sum.bytes_from_disk += total(&metrics, BYTES_FROM_DISK);
            sum.columns_from_cache += total(&metrics, COLUMNS_FROM_CACHE);
            sum.columns_read += total(&metrics, COLUMNS_READ);
            sum.chunks_pruned += total(&metrics, CHUNKS_PRUNED);
            sum.waiting += Duration::from_nanos(total(&metrics, TIME_WAITING));
            sum.decoding += Duration::from_nanos(total(&metrics, TIME_DECODING));
        } else if scan.downcast_to_file_source::<ParquetSource>().is_some() {
            sum.bytes_read += total(&metrics, PARQUET_BYTES);
        }
    });
    sum
}

/// Entries done so far and entries to read in all ROOT scans of a plan.
#[must_use]
pub fn scan_progress(plan: &dyn ExecutionPlan) -> (u64, u64) {
    let (mut done, mut all) = (0, 0);
    visit_scans(plan, &mut |scan| {
        if let Some((config, source)) = scan.downcast_to_file_source::<RootSource>() {
            let ranges = config.file_groups.iter().flat_map(|group| group.iter());
            let entries: u64 = ranges
                .filter_map(|file| file.range.as_ref())
                .map(|range| u64::try_from(range.end - range.start).unwrap_or(0))
                .sum();
            let limit = config.limit.filter(|_| !source.has_predicate());
            all += limit.map_or(entries, |limit| entries.min(limit as u64));
            done += total(&scan.metrics().unwrap_or_default(), ENTRIES_DONE);
        }
    });
    (done.min(all), all)
}

fn visit_scans(plan: &dyn ExecutionPlan, visit: &mut dyn FnMut(&DataSourceExec)) {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        visit(scan);
    }
    for child in plan.children() {
        visit_scans(child.as_ref(), visit);
    }
}

fn total(metrics: &MetricsSet, name: &str) -> u64 {
    metrics
        .sum_by_name(name)
        .map_or(0, |value| value.as_usize() as u64)
}
