//! The executor's numbers for Prometheus, looked up when somebody asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::execution::memory_pool::MemoryPool;
use hepframe_root_source::{CachedColumn, Caches};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::flight::Fetches;
use crate::tasks::Tasks;

/// Where the numbers are.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    tasks: Arc<Tasks>,
    pool: Arc<dyn MemoryPool>,
    pool_bytes: u64,
    caches: Caches,
    fetches: Arc<Fetches>,
}

impl Metrics {
    pub(crate) fn new(
        id: &str,
        tasks: Arc<Tasks>,
        pool: Arc<dyn MemoryPool>,
        pool_bytes: u64,
        caches: Caches,
        fetches: Arc<Fetches>,
    ) -> Self {
        let recorder = PrometheusBuilder::new()
            .add_global_label("executor", id)
            .build_recorder();
        let handle = recorder.handle();
        let metrics = Self {
            recorder,
            handle,
            tasks,
            pool,
            pool_bytes,
            caches,
            fetches,
        };
        metrics::with_local_recorder(&metrics.recorder, describe);
        metrics
    }

    /// All numbers as text.
    pub(crate) fn render(&self) -> String {
        // Several executors may live in one process, so none of them owns the global recorder.
        metrics::with_local_recorder(&self.recorder, || self.record());
        self.handle.render()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "gauges are floats; nobody reads the 16th digit"
    )]
    fn record(&self) {
        let counts = &self.tasks.counts;
        let total = |name: &'static str, value: &AtomicU64| {
            counter!(name).absolute(value.load(Ordering::Relaxed));
        };
        total("hepframe_tasks_succeeded_total", &counts.succeeded);
        total("hepframe_tasks_failed_total", &counts.failed);
        total("hepframe_tasks_cancelled_total", &counts.cancelled);
        total("hepframe_storage_read_bytes_total", &counts.bytes_read);
        total("hepframe_cache_read_bytes_total", &counts.bytes_from_cache);
        total(
            "hepframe_cache_disk_read_bytes_total",
            &counts.bytes_from_disk,
        );
        gauge!("hepframe_tasks_running").set(self.tasks.running() as f64);
        gauge!("hepframe_slots").set(self.tasks.slots() as f64);
        gauge!("hepframe_task_memory_bytes").set(self.pool.reserved() as f64);
        gauge!("hepframe_task_memory_limit_bytes").set(self.pool_bytes as f64);
        gauge!("hepframe_fetches_open").set(self.fetches.open() as f64);
        if let Some(columns) = &self.caches.columns {
            let kept = columns.in_memory();
            let sum = |of: fn(&CachedColumn) -> u64| kept.iter().map(of).sum::<u64>() as f64;
            gauge!("hepframe_cache_budget_bytes").set(columns.options().bytes as f64);
            gauge!("hepframe_cache_bytes").set(columns.bytes() as f64);
            gauge!("hepframe_cache_pinned_bytes").set(sum(|column| column.pinned_bytes));
            // Of columns that are kept; those that were evicted take their counts along.
            gauge!("hepframe_cache_hits").set(sum(|column| column.hits));
            gauge!("hepframe_cache_misses").set(sum(|column| column.misses));
            if let (Some(options), Some(disk)) = (columns.disk_options(), columns.disk_use()) {
                gauge!("hepframe_cache_disk_budget_bytes").set(options.bytes as f64);
                gauge!("hepframe_cache_disk_bytes").set(disk.bytes as f64);
                gauge!("hepframe_cache_disk_off").set(f64::from(u8::from(disk.trouble.is_some())));
                counter!("hepframe_cache_disk_written_total").absolute(disk.written);
                counter!("hepframe_cache_disk_left_out_total").absolute(disk.left_out);
            }
        }
    }
}

fn describe() {
    describe_counter!(
        "hepframe_tasks_succeeded_total",
        "Tasks that succeeded since the start"
    );
    describe_counter!(
        "hepframe_tasks_failed_total",
        "Tasks that failed since the start"
    );
    describe_counter!(
        "hepframe_tasks_cancelled_total",
        "Tasks that were cancelled since the start"
    );
    describe_counter!(
        "hepframe_storage_read_bytes_total",
        "Bytes that finished tasks read from storage"
    );
    describe_counter!(
        "hepframe_cache_read_bytes_total",
        "Bytes that finished tasks took from the column cache"
    );
    describe_counter!(
        "hepframe_cache_disk_read_bytes_total",
        "Bytes that finished tasks took from the column cache on disk"
    );
    describe_gauge!(
        "hepframe_cache_disk_bytes",
        "Bytes of files of the cache on disk"
    );
    describe_gauge!(
        "hepframe_cache_disk_budget_bytes",
        "Bytes of files of the cache on disk at most"
    );
    describe_gauge!(
        "hepframe_cache_disk_off",
        "1 if the cache on disk is no longer used, as the disk made trouble"
    );
    describe_counter!(
        "hepframe_cache_disk_written_total",
        "Chunks written to the disk since the start"
    );
    describe_counter!(
        "hepframe_cache_disk_left_out_total",
        "Chunks not written to the disk, as it was too slow for them or too small"
    );
    describe_gauge!("hepframe_tasks_running", "Tasks that are held");
    describe_gauge!("hepframe_slots", "Tasks that run at a time");
    describe_gauge!(
        "hepframe_task_memory_bytes",
        "Bytes that tasks have reserved"
    );
    describe_gauge!(
        "hepframe_task_memory_limit_bytes",
        "Bytes that tasks may reserve together"
    );
    describe_gauge!(
        "hepframe_fetches_open",
        "Streams of rows that others are fetching"
    );
    describe_gauge!("hepframe_cache_bytes", "Bytes of columns that are kept");
    describe_gauge!(
        "hepframe_cache_pinned_bytes",
        "Of these, bytes that are pinned"
    );
    describe_gauge!(
        "hepframe_cache_hits",
        "Chunks of the columns kept that scans found in the cache"
    );
    describe_gauge!(
        "hepframe_cache_misses",
        "Chunks of the columns kept that scans had to read"
    );
    describe_gauge!(
        "hepframe_cache_budget_bytes",
        "Bytes of columns that are kept at most"
    );
}
