//! Rows without ORDER BY come in the order of the file.
//!
//! DataFusion merges the partitions of a scan as they come, so `SELECT pt FROM t` would shuffle
//! events and `LIMIT 5` would give any five. Someone who compares columns with another tool, or
//! looks at the first events, expects the file's order. Where the plan from the scan up to the
//! merge only passes rows on, [`keep_file_order`] swaps the merge for one that takes partition
//! after partition. They still all run at once, each up to a few megabytes ahead.

use std::fmt;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties, replace_children_if_necessary,
};
use futures::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// How far a partition may run ahead of its turn.
const AHEAD_BYTES: usize = 8 << 20;
/// As above, for batches that hold (almost) no bytes.
const AHEAD_BATCHES: usize = 1024;

/// The plan with a single output partition, in the file's order where that costs no extra work.
pub(crate) fn keep_file_order(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = if plan.output_partitioning().partition_count() > 1 {
        Arc::new(CoalescePartitionsExec::new(plan)) as Arc<dyn ExecutionPlan>
    } else {
        plan
    };
    plan.transform_up(|node| {
        let Some(merge) = node.downcast_ref::<CoalescePartitionsExec>() else {
            return Ok(Transformed::no(node));
        };
        let fetch = ExecutionPlan::fetch(merge);
        match passing_rows_on(merge.input())? {
            Some(input) => Ok(Transformed::yes(
                Arc::new(InOrderExec::new(input, fetch)) as _
            )),
            None => Ok(Transformed::no(node)),
        }
    })
    .data()
}

/// The subtree in file order, or `None` if some operator in it mixes rows.
///
/// A round-robin repartition only spreads rows over threads; here it is taken out.
fn passing_rows_on(node: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(spread) = node.downcast_ref::<RepartitionExec>()
        && matches!(spread.partitioning(), Partitioning::RoundRobinBatch(_))
    {
        return passing_rows_on(spread.input());
    }
    if node.is::<DataSourceExec>() {
        // Without this, partitions take files from each other.
        return Ok(Some(
            node.with_preserve_order(true)
                .unwrap_or_else(|| Arc::clone(node)),
        ));
    }
    let passes = node.is::<ProjectionExec>()
        || node.is::<FilterExec>()
        || node.is::<LocalLimitExec>()
        || node.is::<UnnestExec>()
        || node.is::<UnionExec>()
        || node.is::<CooperativeExec>();
    if !passes {
        return Ok(None);
    }
    let children: Option<Vec<_>> = node
        .children()
        .into_iter()
        .map(passing_rows_on)
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .collect();
    match children {
        Some(children) => replace_children_if_necessary(Arc::clone(node), children).map(Some),
        None => Ok(None),
    }
}

/// Concatenates the partitions of its input, first to last.
#[derive(Debug)]
struct InOrderExec {
    input: Arc<dyn ExecutionPlan>,
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
}

impl InOrderExec {
    fn new(input: Arc<dyn ExecutionPlan>, fetch: Option<usize>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self {
            input,
            fetch,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for InOrderExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fetch {
            Some(fetch) => write!(f, "InOrderExec: fetch={fetch}"),
            None => write!(f, "InOrderExec"),
        }
    }
}

impl ExecutionPlan for InOrderExec {
    fn name(&self) -> &'static str {
        "InOrderExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Self::new(input, self.fetch))),
            None => Ok(self),
        }
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        _partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let schema = self.input.schema();
        let partitions = (0..self.input.output_partitioning().partition_count())
            .map(|partition| {
                self.input
                    .execute(partition, Arc::clone(&context))
                    .map(run_ahead)
            })
            .collect::<Result<Vec<_>>>()?;
        let in_order = futures::stream::iter(partitions).flatten();
        let limited = match self.fetch {
            Some(fetch) => first_rows(in_order, fetch).boxed(),
            None => in_order.boxed(),
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, limited)))
    }
}

/// Runs a partition on its own task, at most [`AHEAD_BYTES`] ahead of its consumer.
///
/// Dropping the returned stream ends the task: it stops at the next batch it cannot send.
fn run_ahead(
    mut partition: SendableRecordBatchStream,
) -> impl futures::Stream<Item = Result<RecordBatch>> + Send {
    type Ahead = (Result<RecordBatch>, Option<OwnedSemaphorePermit>);
    let (sender, receiver) = mpsc::channel::<Ahead>(AHEAD_BATCHES);
    let budget = Arc::new(Semaphore::new(AHEAD_BYTES));
    let task = datafusion::common::runtime::SpawnedTask::spawn(async move {
        while let Some(batch) = partition.next().await {
            let bytes = batch.as_ref().map_or(1, RecordBatch::get_array_memory_size);
            let bytes = u32::try_from(bytes.clamp(1, AHEAD_BYTES)).unwrap_or(u32::MAX);
            // The budget is never closed; without a permit the batch is just not accounted.
            let permit = Arc::clone(&budget).acquire_many_owned(bytes).await.ok();
            if sender.send((batch, permit)).await.is_err() {
                return;
            }
        }
    });
    futures::stream::unfold(
        (receiver, Some(task)),
        |(mut receiver, mut task)| async move {
            if let Some((batch, _permit)) = receiver.recv().await {
                return Some((batch, (receiver, task)));
            }
            // The task ended; if it panicked, that is the partition's error.
            match task.take()?.join().await {
                Ok(()) => None,
                Err(failure) => {
                    let error = DataFusionError::ExecutionJoin(Box::new(failure));
                    Some((Err(error), (receiver, None)))
                }
            }
        },
    )
}

/// The first rows of a stream; the batch after the last one wanted is never asked for.
fn first_rows(
    batches: impl futures::Stream<Item = Result<RecordBatch>> + Send,
    rows: usize,
) -> impl futures::Stream<Item = Result<RecordBatch>> + Send {
    futures::stream::unfold(
        (Box::pin(batches), rows),
        |(mut batches, left)| async move {
            if left == 0 {
                return None;
            }
            let batch = batches
                .next()
                .await?
                .map(|batch| batch.slice(0, batch.num_rows().min(left)));
            let left = left - batch.as_ref().map_or(0, RecordBatch::num_rows);
            Some((batch, (batches, left)))
        },
    )
}
