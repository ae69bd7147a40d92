//! The tasks that this executor holds: run on threads of their own, so that they never keep the
//! scheduler, or others who fetch rows, waiting.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::task_status::Status;
use ballista_core::serde::protobuf::{RunningTaskInfo, TaskDefinition, TaskStatus};
use hepframe_engine::STACK_BYTES;
use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinError};

use crate::cancel::Cancel;
use crate::error::ExecutorError;
use crate::failure::{failed_task, sentence_of};
use crate::stage::{Finished, Stages};

/// One task as the scheduler names it. Attempts of one stage number their tasks alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TaskName {
    job: String,
    stage: u32,
    attempt: u32,
    task: u32,
}

/// How tasks ended since the start.
#[derive(Debug, Default)]
pub(crate) struct TaskCounts {
    pub(crate) succeeded: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) cancelled: AtomicU64,
    pub(crate) bytes_read: AtomicU64,
    pub(crate) bytes_from_cache: AtomicU64,
    pub(crate) bytes_from_disk: AtomicU64,
}

/// Runs tasks; tells how they ended through a channel.
pub(crate) struct Tasks {
    slots: usize,
    permits: Arc<Semaphore>,
    threads: Threads,
    stages: Arc<Stages>,
    held: Mutex<HashMap<TaskName, Held>>,
    ended: mpsc::UnboundedSender<TaskStatus>,
    idle: Notify,
    pub(crate) counts: TaskCounts,
}

#[derive(Debug)]
struct Held {
    abort: AbortHandle,
    cancel: Cancel,
    slots: usize,
}

impl Tasks {
    /// Statuses of tasks that ended come out of the receiver.
    pub(crate) fn new(
        slots: usize,
        stages: Stages,
    ) -> Result<(Arc<Self>, mpsc::UnboundedReceiver<TaskStatus>), ExecutorError> {
        let (ended, statuses) = mpsc::unbounded_channel();
        let tasks = Self {
            slots,
            permits: Arc::new(Semaphore::new(slots)),
            threads: Threads::start(slots)?,
            stages: Arc::new(stages),
            held: Mutex::default(),
            ended,
            idle: Notify::new(),
            counts: TaskCounts::default(),
        };
        Ok((Arc::new(tasks), statuses))
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Slots without a task.
    pub(crate) fn free(&self) -> usize {
        let taken = self.held.lock().values().map(|held| held.slots).sum();
        self.slots.saturating_sub(taken)
    }

    /// Tasks that have not ended.
    pub(crate) fn running(&self) -> usize {
        self.held.lock().len()
    }

    /// Jobs with tasks here.
    pub(crate) fn jobs(&self) -> HashSet<String> {
        self.held
            .lock()
            .keys()
            .map(|name| name.job.clone())
            .collect()
    }

    /// Waits until no task is left.
    pub(crate) async fn ended(&self) {
        loop {
            let notified = self.idle.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if self.held.lock().is_empty() {
                return;
            }
            notified.await;
        }
    }

    /// Starts a task; more tasks than slots wait for each other.
    pub(crate) fn start(self: &Arc<Self>, task: TaskDefinition) {
        let name = TaskName {
            job: task.job_id.clone(),
            stage: task.stage_id,
            attempt: task.stage_attempt_num,
            task: task.task_id,
        };
        self.cancel_where(|held| {
            // Nobody waits for an attempt after a later one has begun.
            held.job == name.job && held.stage == name.stage && held.attempt < name.attempt
        });
        let status = TaskStatus {
            task_id: task.task_id,
            job_id: task.job_id.clone(),
            stage_id: task.stage_id,
            stage_attempt_num: task.stage_attempt_num,
            launch_time: task.launch_time,
            start_exec_time: now_ms(),
            end_exec_time: 0,
            metrics: Vec::new(),
            status: None,
        };
        let slots = (task.vcores_consumed as usize).clamp(1, self.slots);
        let (stages, permits) = (Arc::clone(&self.stages), Arc::clone(&self.permits));
        let (cancel, cancelled) = Cancel::new();
        // The lock is held until the task is noted, so that it cannot end before.
        let mut held = self.held.lock();
        let work = self.threads.spawn(async move {
            let wanted = u32::try_from(slots).unwrap_or(u32::MAX);
            let _slot = permits
                .acquire_many_owned(wanted)
                .await
                .map_err(|closed| BallistaError::Internal(closed.to_string()))?;
            stages.run(&task, &cancelled).await
        });
        held.insert(
            name.clone(),
            Held {
                abort: work.abort_handle(),
                cancel,
                slots,
            },
        );
        drop(held);
        tracing::debug!(?name, "task started");

        let tasks = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = work.await;
            tasks.note_end(&name, status, outcome);
        });
    }

    /// Stops tasks; those already gone are no error.
    pub(crate) fn cancel(&self, wanted: &[RunningTaskInfo]) {
        self.cancel_where(|held| {
            wanted.iter().any(|task| {
                task.job_id == held.job && task.stage_id == held.stage && task.task_id == held.task
            })
        });
    }

    /// Stops all tasks.
    pub(crate) fn cancel_all(&self) {
        self.cancel_where(|_| true);
    }

    fn cancel_where(&self, unwanted: impl Fn(&TaskName) -> bool) {
        for (name, held) in self.held.lock().iter() {
            if unwanted(name) {
                tracing::info!(?name, "cancelling a task");
                held.cancel.now();
                held.abort.abort();
            }
        }
    }

    fn note_end(
        &self,
        name: &TaskName,
        mut status: TaskStatus,
        outcome: Result<Result<Finished, BallistaError>, JoinError>,
    ) {
        status.end_exec_time = now_ms();
        let result = outcome.unwrap_or_else(|stopped| Err(reason_of(stopped)));
        status.status = Some(match result {
            Ok(finished) => {
                tracing::debug!(?name, "task succeeded");
                let counts = &self.counts;
                counts.succeeded.fetch_add(1, Ordering::Relaxed);
                counts
                    .bytes_read
                    .fetch_add(finished.bytes_read, Ordering::Relaxed);
                counts
                    .bytes_from_cache
                    .fetch_add(finished.bytes_from_cache, Ordering::Relaxed);
                counts
                    .bytes_from_disk
                    .fetch_add(finished.bytes_from_disk, Ordering::Relaxed);
                status.metrics = finished.metrics;
                Status::Successful(finished.task)
            }
            Err(BallistaError::Cancelled) => {
                self.counts.cancelled.fetch_add(1, Ordering::Relaxed);
                Status::Failed(failed_task(BallistaError::Cancelled))
            }
            Err(error) => {
                tracing::warn!(?name, error = sentence_of(&error), "task failed");
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
                Status::Failed(failed_task(error))
            }
        });
        // First the slot, then the news: who hears of the end asks for more.
        let none_left = {
            let mut held = self.held.lock();
            held.remove(name);
            held.is_empty()
        };
        // Nobody listens once the executor ends.
        let _unheard = self.ended.send(status).is_err();
        if none_left {
            self.idle.notify_waiters();
        }
    }
}

/// Why a task was stopped from outside: it was cancelled, or it panicked.
fn reason_of(stopped: JoinError) -> BallistaError {
    match stopped.try_into_panic() {
        Err(_) => BallistaError::Cancelled,
        Ok(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "without a message".to_owned());
            BallistaError::Internal(format!(
                "a task panicked, which is a bug in hepframe; please report it: {text}"
            ))
        }
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The threads of tasks. Ended without waiting, which any thread may do.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn start(count: usize) -> Result<Self, ExecutorError> {
        Builder::new_multi_thread()
            .worker_threads(count)
            .thread_name("task")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(ExecutorError::Threads)
    }

    fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        match &self.0 {
            Some(runtime) => runtime.spawn(work),
            None => tokio::spawn(work),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
