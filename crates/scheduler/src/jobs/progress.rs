//! How far a job is and what it has cost, from its execution graph.

use std::collections::HashMap;

use ballista_core::serde::protobuf::task_status;
use ballista_scheduler::state::execution_stage::{ExecutionStage, TaskInfo};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use hepframe_engine::cluster::rpc::JobProgressReply;

use crate::placement::plan::must_stay_whole;

/// Progress of a job with these stages.
pub(crate) fn progress(stages: &HashMap<usize, ExecutionStage>) -> JobProgressReply {
    let mut reply = JobProgressReply {
        known: true,
        ..JobProgressReply::default()
    };
    for stage in stages.values() {
        let (done, total) = tasks(stage);
        reply.tasks_done += done as u64;
        reply.tasks_total += total as u64;
        let metrics = match stage {
            ExecutionStage::Running(stage) => stage.stage_metrics.as_deref(),
            ExecutionStage::Successful(stage) => Some(stage.stage_metrics.as_slice()),
            ExecutionStage::Failed(stage) => stage.stage_metrics.as_deref(),
            ExecutionStage::UnResolved(_) | ExecutionStage::Resolved(_) => None,
        };
        if let Some(metrics) = metrics {
            add_scan_metrics(stage.plan(), metrics, &mut 0, &mut reply.scan_metrics);
        }
    }
    reply
}

/// Tasks done and all tasks of a stage. A partition is a task, unless all must be in one.
fn tasks(stage: &ExecutionStage) -> (usize, usize) {
    let (plan, partitions) = match stage {
        ExecutionStage::Successful(stage) => (&stage.plan, stage.partitions),
        ExecutionStage::Running(stage) => (&stage.plan, stage.partitions),
        ExecutionStage::Resolved(stage) => (&stage.plan, stage.partitions),
        ExecutionStage::Failed(stage) => (&stage.plan, stage.partitions),
        ExecutionStage::UnResolved(stage) => {
            let input = stage
                .plan
                .children()
                .first()
                .map(|input| input.output_partitioning());
            (
                &stage.plan,
                input.map_or(1, |partitioning| partitioning.partition_count()),
            )
        }
    };
    let done = done_partitions(stage.task_infos().unwrap_or_default(), partitions);
    let is_done = matches!(stage, ExecutionStage::Successful(_));
    if must_stay_whole(plan) {
        (usize::from(is_done), 1)
    } else {
        (if is_done { partitions } else { done }, partitions)
    }
}

fn done_partitions(tasks: &[TaskInfo], partitions: usize) -> usize {
    let mut done = vec![false; partitions];
    for task in tasks {
        if matches!(task.task_status, task_status::Status::Successful(_)) {
            for partition in &task.global_input_partition_ids {
                if let Some(done) = done.get_mut(*partition) {
                    *done = true;
                }
            }
        }
    }
    done.into_iter().filter(|done| *done).count()
}

/// Sums the metrics of scans by name. Metrics of a stage come in one list: one set for each
/// operator that has any, parents before children.
fn add_scan_metrics(
    plan: &dyn ExecutionPlan,
    metrics: &[MetricsSet],
    next: &mut usize,
    sums: &mut HashMap<String, u64>,
) {
    if plan.metrics().is_some() {
        if plan.is::<DataSourceExec>()
            && let Some(set) = metrics.get(*next)
        {
            for metric in set.iter() {
                if let Some(value) = sum_of(metric.value()) {
                    *sums.entry(metric.value().name().to_owned()).or_default() += value;
                }
            }
        }
        *next += 1;
    }
    for child in plan.children() {
        add_scan_metrics(child.as_ref(), metrics, next, sums);
    }
}

/// The value, if values of tasks may be added up.
fn sum_of(value: &MetricValue) -> Option<u64> {
    let is_point_in_time = matches!(
        value,
        MetricValue::StartTimestamp(_) | MetricValue::EndTimestamp(_)
    );
    (!is_point_in_time).then(|| value.as_usize() as u64)
}
