//! What a query cost, and how far it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use datafusion::physical_plan::ExecutionPlan;
use hepframe_root_source::{ScanStatistics, scan_progress, scan_statistics};
use parking_lot::Mutex;
use serde::Serialize;

use crate::cluster::Jobs;

/// What a query cost, all its scans taken together.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Statistics {
    /// From the start of planning to the last row, in milliseconds.
    pub wall_ms: f64,
    /// Of it, until the plan was ready to run, in milliseconds.
    pub planning_ms: f64,
    /// Rows handed out.
    pub rows: u64,
    /// Files opened.
    pub files: u64,
    /// Clusters that data was read from.
    pub clusters: u64,
    /// Baskets read.
    pub baskets: u64,
    /// Bytes read from files.
    pub bytes_read: u64,
    /// Bytes after decompression.
    pub bytes_decompressed: u64,
    /// Bytes of columns that were in the column cache in memory.
    pub bytes_from_cache: u64,
    /// Bytes that columns take in memory that were in the column cache on disk.
    pub bytes_from_disk: u64,
    /// Columns that were in the column cache, wholly or in part.
    pub columns_from_cache: u64,
    /// Columns that were read from files, wholly or in part.
    pub columns_read: u64,
    /// Runs of entries left out because of what earlier filters learned about them.
    pub chunks_pruned: u64,
    /// Time that scans waited for bytes, over all threads, in milliseconds.
    pub waiting_ms: f64,
    /// Time that scans decoded, over all threads, in milliseconds.
    pub decoding_ms: f64,
    /// Tasks that ran on a cluster; 0 in one process.
    pub tasks: u64,
}

/// Watches a query from another task; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    run: Arc<Run>,
}

impl Progress {
    /// Share of the work that is done, from 0 to 1: of the entries in one process, of the tasks on
    /// a cluster. `None` until the query runs or if it reads no ROOT file.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a progress bar has fewer than 2^52 steps"
    )]
    pub fn fraction(&self) -> Option<f64> {
        let (done, total) = match self.tasks() {
            Some(tasks) => tasks,
            None => self.entries()?,
        };
        (total > 0).then(|| (done as f64 / total as f64).min(1.0))
    }

    /// Entries done and entries to do.
    #[must_use]
    pub fn entries(&self) -> Option<(u64, u64)> {
        if self.run.jobs().is_some() {
            return None;
        }
        let plan = self.run.plan.lock().clone()?;
        Some(scan_progress(plan.as_ref()))
    }

    /// Tasks done and tasks known so far, on a cluster; `None` in one process.
    #[must_use]
    pub fn tasks(&self) -> Option<(u64, u64)> {
        Some(self.run.jobs()?.tasks())
    }

    /// What the query has cost so far; as [`Query::statistics`](crate::Query::statistics).
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.run.statistics()
    }

    pub(crate) fn run(&self) -> &Run {
        &self.run
    }
}

/// The state of one query that its stream and its watchers share.
#[derive(Debug)]
pub(crate) struct Run {
    started: Instant,
    plan: Mutex<Option<Arc<dyn ExecutionPlan>>>,
    planning: Mutex<Option<Duration>>,
    /// What of the plan runs on a cluster.
    jobs: Mutex<Option<Arc<Jobs>>>,
    rows: AtomicU64,
    wall: Mutex<Option<Duration>>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            plan: Mutex::new(None),
            planning: Mutex::new(None),
            jobs: Mutex::new(None),
            rows: AtomicU64::new(0),
            wall: Mutex::new(None),
        }
    }
}

impl Run {
    pub(crate) fn set_plan(&self, plan: Arc<dyn ExecutionPlan>) {
        *self.plan.lock() = Some(plan);
        *self.planning.lock() = Some(self.started.elapsed());
    }

    pub(crate) fn set_jobs(&self, jobs: Option<Arc<Jobs>>) {
        *self.jobs.lock() = jobs;
    }

    pub(crate) fn jobs(&self) -> Option<Arc<Jobs>> {
        self.jobs.lock().clone()
    }

    pub(crate) fn add_rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn finish(&self) {
        self.wall
            .lock()
            .get_or_insert_with(|| self.started.elapsed());
    }

    /// Numbers so far; they are final once the stream has ended.
    pub(crate) fn statistics(&self) -> Statistics {
        let wall = self.wall.lock().unwrap_or_else(|| self.started.elapsed());
        let planning = self.planning.lock().unwrap_or(wall).min(wall);
        let scans = match (self.jobs(), self.plan.lock().as_ref()) {
            (Some(jobs), _) => jobs.statistics(),
            (None, Some(plan)) => scan_statistics(plan.as_ref()),
            (None, None) => ScanStatistics::default(),
        };
        let (tasks, _) = self.jobs().map_or((0, 0), |jobs| jobs.tasks());
        Statistics {
            wall_ms: milliseconds(wall),
            planning_ms: milliseconds(planning),
            rows: self.rows.load(Ordering::Relaxed),
            files: scans.files,
            clusters: scans.clusters,
            baskets: scans.baskets,
            bytes_read: scans.bytes_read,
            bytes_decompressed: scans.bytes_decompressed,
            bytes_from_cache: scans.bytes_from_cache,
            bytes_from_disk: scans.bytes_from_disk,
            columns_from_cache: scans.columns_from_cache,
            columns_read: scans.columns_read,
            chunks_pruned: scans.chunks_pruned,
            waiting_ms: milliseconds(scans.waiting),
            decoding_ms: milliseconds(scans.decoding),
            tasks,
        }
    }
}

/// With microseconds kept and nothing finer: the numbers are for people and logs.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
