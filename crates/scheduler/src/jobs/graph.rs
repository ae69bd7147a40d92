//! A job's execution graph with what ours needs around it.
//!
//! Ballista keeps a running job as a graph of stages and tells it what happened. [`WatchedGraph`]
//! passes everything on to the real one, and besides: puts right results after a retry
//! ([`repair`](super::repair)), tells executors of tasks that wait again, gives a cancelled job
//! the reason it was cancelled for, and writes down what a job has cost when it ends.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ballista_core::JobId;
use ballista_core::error::Result;
use ballista_core::serde::protobuf::{JobStatus, TaskStatus};
use ballista_core::serde::scheduler::{ExecutorMetadata, PartitionLocation};
use ballista_scheduler::scheduler_server::event::QueryStageSchedulerEvent;
use ballista_scheduler::state::execution_graph::{
    ExecutionGraph, ExecutionGraphBox, RunningTaskInfo,
};
use ballista_scheduler::state::execution_stage::{ExecutionStage, RunningStage};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;

use super::ledger::Ledger;
use super::repair::{finished_tasks, settle_results};

/// See the module.
#[derive(Debug)]
pub(crate) struct WatchedGraph {
    inner: ExecutionGraphBox,
    ledger: Arc<Ledger>,
}

impl WatchedGraph {
    pub(crate) fn new(inner: ExecutionGraphBox, ledger: Arc<Ledger>) -> Self {
        Self { inner, ledger }
    }

    /// Says if there is more to do than there was.
    fn tell_of_more(&self, before: usize) {
        if self.inner.available_tasks() > before {
            self.ledger.hints().ring();
        }
    }

    fn note_end(&self) {
        self.ledger.note_end(self.inner.as_ref());
    }
}

impl ExecutionGraph for WatchedGraph {
    fn update_task_status(
        &mut self,
        executor: &ExecutorMetadata,
        task_statuses: Vec<TaskStatus>,
        max_task_failures: usize,
        max_stage_failures: usize,
    ) -> Result<Vec<QueryStageSchedulerEvent>> {
        let before = self.inner.available_tasks();
        let events = self.inner.update_task_status(
            executor,
            task_statuses,
            max_task_failures,
            max_stage_failures,
        )?;
        if self.inner.is_successful() {
            let mut status = self.inner.status().clone();
            settle_results(&mut status, &finished_tasks(self.inner.stages()));
            self.inner.update_status(status);
        }
        self.tell_of_more(before);
        self.note_end();
        Ok(events)
    }

    fn reset_stages_on_lost_executor(
        &mut self,
        executor_id: &str,
    ) -> Result<(HashSet<usize>, Vec<RunningTaskInfo>)> {
        let before = self.inner.available_tasks();
        let reset = self.inner.reset_stages_on_lost_executor(executor_id);
        self.tell_of_more(before);
        reset
    }

    fn abort_running(&mut self, error: String) -> Vec<RunningTaskInfo> {
        let reason = self.ledger.reason(self.inner.job_id());
        let tasks = self.inner.abort_running(reason.unwrap_or(error));
        self.note_end();
        tasks
    }

    fn fail_job(&mut self, error: String) {
        self.inner.fail_job(error);
        self.note_end();
    }

    fn cloned(&self) -> ExecutionGraphBox {
        Box::new(Self::new(self.inner.cloned(), Arc::clone(&self.ledger)))
    }

    // From here on all is passed on as it is.

    fn job_id(&self) -> &JobId {
        self.inner.job_id()
    }

    fn job_name(&self) -> &str {
        self.inner.job_name()
    }

    fn session_id(&self) -> &str {
        self.inner.session_id()
    }

    fn scheduler_id(&self) -> Option<&str> {
        self.inner.scheduler_id()
    }

    fn session_config(&self) -> Arc<SessionConfig> {
        self.inner.session_config()
    }

    fn status(&self) -> &JobStatus {
        self.inner.status()
    }

    fn logical_plan(&self) -> Option<&str> {
        self.inner.logical_plan()
    }

    fn physical_plan(&self) -> Arc<dyn ExecutionPlan> {
        self.inner.physical_plan()
    }

    fn start_time(&self) -> u64 {
        self.inner.start_time()
    }

    fn end_time(&self) -> u64 {
        self.inner.end_time()
    }

    fn completed_stages(&self) -> usize {
        self.inner.completed_stages()
    }

    fn is_successful(&self) -> bool {
        self.inner.is_successful()
    }

    fn revive(&mut self) -> bool {
        self.inner.revive()
    }

    fn running_stages(&self) -> Vec<usize> {
        self.inner.running_stages()
    }

    fn running_tasks(&self) -> Vec<RunningTaskInfo> {
        self.inner.running_tasks()
    }

    fn available_tasks(&self) -> usize {
        self.inner.available_tasks()
    }

    fn fetch_running_stage(&mut self, black_list: &[usize]) -> Option<&mut RunningStage> {
        self.inner.fetch_running_stage(black_list)
    }

    fn update_status(&mut self, status: JobStatus) {
        self.inner.update_status(status);
    }

    fn output_locations(&self) -> Vec<PartitionLocation> {
        self.inner.output_locations()
    }

    fn resolve_stage(&mut self, stage_id: usize) -> Result<bool> {
        self.inner.resolve_stage(stage_id)
    }

    fn succeed_stage(&mut self, stage_id: usize) -> bool {
        self.inner.succeed_stage(stage_id)
    }

    fn fail_stage(&mut self, stage_id: usize, err_msg: String) -> bool {
        self.inner.fail_stage(stage_id, err_msg)
    }

    fn rollback_running_stage(
        &mut self,
        stage_id: usize,
        failure_reasons: HashSet<String>,
    ) -> Result<Vec<RunningTaskInfo>> {
        self.inner.rollback_running_stage(stage_id, failure_reasons)
    }

    fn rollback_resolved_stage(&mut self, stage_id: usize) -> Result<bool> {
        self.inner.rollback_resolved_stage(stage_id)
    }

    fn rerun_successful_stage(&mut self, stage_id: usize) -> bool {
        self.inner.rerun_successful_stage(stage_id)
    }

    fn succeed_job(&mut self) -> Result<()> {
        self.inner.succeed_job()
    }

    fn stages(&self) -> &HashMap<usize, ExecutionStage> {
        self.inner.stages()
    }

    fn intermediate_stage_ids(&self) -> Vec<u32> {
        self.inner.intermediate_stage_ids()
    }

    fn task_vcores(&self, stage_id: usize, task_id: usize) -> Option<u32> {
        self.inner.task_vcores(stage_id, task_id)
    }

    fn stage_count(&self) -> usize {
        self.inner.stage_count()
    }
}
