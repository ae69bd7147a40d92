//! One task: from the bytes of a plan to files of rows.

use std::path::Path;
use std::sync::Arc;

use ballista_core::client_pool::BallistaClientPool;
use ballista_core::error::BallistaError;
use ballista_core::execution_plans::ShuffleReaderExec;
use ballista_core::extension::{SessionConfigExt, SessionConfigHelperExt};
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::{OperatorMetricsSet, SuccessfulTask, TaskDefinition};
use ballista_executor::execution_engine::{
    DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor,
};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::execution::TaskContext;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use hepframe_engine::cluster::merge_in_order;
use hepframe_engine::cluster::wire::{cluster_config, codec, function_registry};
use hepframe_root_source::Caches;

use crate::cancel::Cancelled;
use crate::connections::Connections;
use crate::error::ExecutorError;

/// All that tasks share.
pub(crate) struct Stages {
    executor_id: String,
    jobs_dir: String,
    runtime: Arc<RuntimeEnv>,
    registry: BallistaFunctionRegistry,
    codec: BallistaCodec<LogicalPlanNode, PhysicalPlanNode>,
    engine: DefaultExecutionEngine,
    connections: Arc<Connections>,
}

/// What a task that succeeded has to tell.
pub(crate) struct Finished {
    pub(crate) task: SuccessfulTask,
    pub(crate) metrics: Vec<OperatorMetricsSet>,
    /// Bytes that scans fetched from storage.
    pub(crate) bytes_read: u64,
    /// Bytes that scans took from the column cache.
    pub(crate) bytes_from_cache: u64,
    /// Bytes that scans took from the column cache on disk.
    pub(crate) bytes_from_disk: u64,
}

impl Stages {
    pub(crate) fn new(
        executor_id: String,
        jobs_dir: &Path,
        runtime: Arc<RuntimeEnv>,
        caches: &Caches,
    ) -> Result<Self, ExecutorError> {
        Ok(Self {
            executor_id,
            jobs_dir: jobs_dir.to_string_lossy().into_owned(),
            runtime,
            registry: function_registry()?,
            codec: codec(caches),
            engine: DefaultExecutionEngine::new(),
            connections: Arc::default(),
        })
    }

    /// Runs a task to its end, or until it is cancelled.
    pub(crate) async fn run(
        &self,
        task: &TaskDefinition,
        cancelled: &Cancelled,
    ) -> Result<Finished, BallistaError> {
        let task_id = task.task_id as usize;
        let (stage, context) = self.prepare(task, cancelled)?;
        let partitions = stage.execute_query_stage(task_id, context).await?;
        let metrics = stage.collect_plan_metrics();
        let [bytes_read, bytes_from_cache, bytes_from_disk] =
            ["bytes_read", "bytes_from_cache", "bytes_from_disk"]
                .map(|name| sum_of(&metrics, name));
        Ok(Finished {
            task: SuccessfulTask {
                executor_id: self.executor_id.clone(),
                partitions,
                runtime_stats: stage.collect_runtime_stats_reports(),
                window_state: stage.collect_window_state_reports()?,
                task_column_stats: stage.collect_column_stats(),
            },
            metrics: metrics
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, BallistaError>>()?,
            bytes_read,
            bytes_from_cache,
            bytes_from_disk,
        })
    }

    fn prepare(
        &self,
        task: &TaskDefinition,
        cancelled: &Cancelled,
    ) -> Result<(Arc<dyn QueryStageExecutor>, Arc<TaskContext>), BallistaError> {
        let mut config = cluster_config().update_from_key_value_pair(&task.props);
        let context = |config| {
            Arc::new(TaskContext::new(
                Some(format!(
                    "{}/{}/{}",
                    task.job_id, task.stage_id, task.task_id
                )),
                task.session_id.clone(),
                config,
                self.registry.scalar_functions.clone(),
                self.registry.higher_order_functions.clone(),
                self.registry.aggregate_functions.clone(),
                self.registry.window_functions.clone(),
                Arc::clone(&self.runtime),
            ))
        };
        let mut task_context = context(config.clone());
        let plan = PhysicalPlanNode::try_decode(&task.plan)?
            .try_into_physical_plan(&task_context, self.codec.physical_extension_codec())?;
        let plan = merge_in_order(plan)?;
        if self.has_stale_inputs(&plan)? {
            config = config.with_ballista_shuffle_reader_force_remote_read(true);
            task_context = context(config);
        }
        let plan = cancelled.end(self.with_connections(plan)?)?;
        let stage = self.engine.create_query_stage_exec(
            task.job_id.clone().into(),
            task.stage_id as usize,
            task.task_id as usize,
            task.global_output_partition_ids
                .iter()
                .map(|&id| id as usize)
                .collect(),
            plan,
            &self.jobs_dir,
            task_context.session_config(),
        )?;
        Ok((stage, task_context))
    }

    /// Readers of other stages' rows with what Ballista's engine would give them, which does not
    /// find them behind [`Cancelled::end`].
    fn with_connections(
        &self,
        plan: Arc<dyn ExecutionPlan>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(reader) = node.downcast_ref::<ShuffleReaderExec>() else {
                return Ok(Transformed::no(node));
            };
            let connections = Arc::clone(&self.connections) as Arc<dyn BallistaClientPool>;
            let reader = reader
                .with_work_dir(self.jobs_dir.clone())
                .with_client_pool(connections);
            Ok(Transformed::yes(Arc::new(reader)))
        })
        .data()
    }

    /// True if a file lies here by the name of one that another executor holds.
    ///
    /// Ballista reads a file from the own disk whenever there is one by its name. But a stage that
    /// had to be started over numbers its tasks anew, so a file of its first attempt may lie here by
    /// the name of another executor's valid one, and hold other rows.
    fn has_stale_inputs(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<bool, BallistaError> {
        let mut stale = false;
        plan.apply(|node| {
            let Some(reader) = node.downcast_ref::<ShuffleReaderExec>() else {
                return Ok(TreeNodeRecursion::Continue);
            };
            for location in reader.partition.iter().flatten() {
                if location.executor_meta.id != self.executor_id
                    && location.path(&self.jobs_dir)?.try_exists()?
                {
                    stale = true;
                    return Ok(TreeNodeRecursion::Stop);
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(stale)
    }
}

fn sum_of(metrics: &[MetricsSet], name: &str) -> u64 {
    metrics
        .iter()
        .filter_map(|set| set.sum_by_name(name))
        .map(|value| u64::try_from(value.as_usize()).unwrap_or(u64::MAX))
        .fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ballista_core::serde::scheduler::{
        ExecutorMetadata, ExecutorOperatingSystemSpecification, ExecutorSpecification, PartitionId,
        PartitionLocation, PartitionStats,
    };
    use datafusion::arrow::datatypes::Schema;
    use datafusion::physical_plan::Partitioning;

    use super::*;

    /// A plan that reads what a task of this executor wrote.
    fn reader_of(executor: &str) -> (Arc<dyn ExecutionPlan>, PartitionLocation) {
        let location = PartitionLocation {
            map_partition_id: 0,
            partition_id: PartitionId::new(&"job".to_owned().into(), 1, 0),
            executor_meta: ExecutorMetadata {
                id: executor.to_owned(),
                host: "localhost".to_owned(),
                port: 1,
                grpc_port: 1,
                specification: ExecutorSpecification::default(),
                os_info: ExecutorOperatingSystemSpecification::default(),
            },
            partition_stats: PartitionStats::default(),
            file_id: Some(3),
            is_sort_shuffle: true,
        };
        let reader = ShuffleReaderExec::try_new(
            1,
            vec![vec![location.clone()]],
            Arc::new(Schema::empty()),
            Partitioning::UnknownPartitioning(1),
        );
        (Arc::new(reader.unwrap()), location)
    }

    #[test]
    fn a_file_by_the_name_of_another_executors_is_stale() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = Arc::new(RuntimeEnv::default());
        let stages = Stages::new("me".into(), dir.path(), runtime, &Caches::default()).unwrap();
        let (others, location) = reader_of("other");
        assert!(!stages.has_stale_inputs(&others).unwrap());

        let file = location.path(&stages.jobs_dir).unwrap();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "rows of an earlier try").unwrap();

        assert!(stages.has_stale_inputs(&others).unwrap());
        assert!(!stages.has_stale_inputs(&reader_of("me").0).unwrap());
    }
}
