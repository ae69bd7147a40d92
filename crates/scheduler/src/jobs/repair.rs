//! Puts right what Ballista 55 gets wrong when a stage is tried again.
//!
//! A stage whose input was lost with an executor starts over, all of its partitions. But what its
//! first tasks had written before stays on the list of the stage that reads it, or on the list of
//! the job's results, beside the same rows of the second try: the answer would hold them twice.
//! A place on such a list names the task that wrote it; those that are not a finished task of the
//! writing stage as it is now are struck out here. Tasks of all tries have different numbers for
//! that ([`first_task`]).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ballista_core::execution_plans::ShuffleReaderExec;
use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::job_status::Status;
use ballista_core::serde::protobuf::{FailedTask, JobStatus, TaskKilled, task_status};
use ballista_core::serde::scheduler::PartitionLocation;
use ballista_scheduler::state::execution_graph::create_task_info;
use ballista_scheduler::state::execution_stage::{ExecutionStage, RunningStage};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_plan::ExecutionPlan;

/// Stages by number.
type Stages = HashMap<usize, ExecutionStage>;

/// Tasks whose output counts: (stage, task).
pub(crate) type Finished = HashSet<(usize, usize)>;

/// Finished tasks of finished stages.
pub(crate) fn finished_tasks(stages: &Stages) -> Finished {
    let mut finished = Finished::new();
    for (stage_id, stage) in stages {
        if let ExecutionStage::Successful(stage) = stage {
            for (task_id, task) in stage.task_infos.iter().enumerate() {
                if matches!(task.task_status, task_status::Status::Successful(_)) {
                    finished.insert((*stage_id, task_id));
                }
            }
        }
    }
    finished
}

/// True if any stage has been tried more than once.
pub(crate) fn was_repeated(stages: &Stages) -> bool {
    stages.values().any(|stage| match stage {
        ExecutionStage::UnResolved(stage) => stage.stage_attempt_num > 0,
        ExecutionStage::Resolved(stage) => stage.stage_attempt_num > 0,
        ExecutionStage::Running(stage) => stage.stage_attempt_num > 0,
        ExecutionStage::Successful(stage) => stage.stage_attempt_num > 0,
        ExecutionStage::Failed(stage) => stage.stage_attempt_num > 0,
    })
}

/// Strikes out of a stage's input what no finished task wrote.
///
/// # Errors
///
/// If the plan cannot be put together again.
pub(crate) fn drop_stale_input(stage: &mut RunningStage, finished: &Finished) -> Result<()> {
    let counts = |location: &PartitionLocation| {
        finished.contains(&(location.partition_id.stage_id, location.map_partition_id))
    };
    for output in stage.inputs.values_mut() {
        for locations in output.partition_locations.values_mut() {
            locations.retain(counts);
        }
    }
    let plan = Arc::clone(&stage.plan);
    stage.plan = plan
        .transform_up(|node| {
            let Some(reader) = node.downcast_ref::<ShuffleReaderExec>() else {
                return Ok(Transformed::no(node));
            };
            if reader.partition.iter().flatten().all(counts) {
                return Ok(Transformed::no(node));
            }
            without(reader, counts).map(Transformed::yes)
        })
        .data()?;
    Ok(())
}

fn without(
    reader: &ShuffleReaderExec,
    counts: impl Fn(&PartitionLocation) -> bool,
) -> Result<Arc<dyn ExecutionPlan>> {
    let keep = |locations: &Vec<PartitionLocation>| -> Vec<PartitionLocation> {
        locations
            .iter()
            .filter(|location| counts(location))
            .cloned()
            .collect()
    };
    let partitions: Vec<Vec<PartitionLocation>> = reader.partition.iter().map(keep).collect();
    let schema = reader.schema();
    let rebuilt = if reader.broadcast {
        let all = partitions.into_iter().flatten().collect();
        let count = reader.upstream_partition_count;
        ShuffleReaderExec::try_new_broadcast(reader.stage_id, all, schema, count)
    } else {
        let partitioning = reader.properties().output_partitioning().clone();
        ShuffleReaderExec::try_new(reader.stage_id, partitions, schema, partitioning)
    };
    Ok(Arc::new(rebuilt?))
}

/// Strikes out of a job's results what no finished task wrote, and sorts them by partition.
pub(crate) fn settle_results(status: &mut JobStatus, finished: &Finished) {
    let Some(Status::Successful(job)) = &mut status.status else {
        return;
    };
    job.partition_location.retain(|location| {
        let stage = location
            .partition_id
            .as_ref()
            .map(|id| id.stage_id as usize);
        stage.is_some_and(|stage| finished.contains(&(stage, location.map_partition_id as usize)))
    });
    job.partition_location.sort_by_key(|location| {
        (
            location.partition_id.as_ref().map(|id| id.partition_id),
            location.map_partition_id,
        )
    });
}

/// Makes the tasks of a stage's new try begin at number `first`, by marking lower ones as killed.
pub(crate) fn begin_tasks_at(stage: &mut RunningStage, first: usize) {
    while stage.task_infos.len() < first {
        let mut task = create_task_info(String::new(), stage.task_infos.len());
        task.task_status = task_status::Status::Failed(FailedTask {
            error: "belongs to an earlier try of the stage".to_owned(),
            retryable: false,
            count_to_failures: false,
            failed_reason: Some(FailedReason::TaskKilled(TaskKilled {})),
        });
        stage.task_infos.push(task);
    }
}
