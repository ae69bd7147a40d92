//! Takes partition after partition, while the next ones already run.

use std::fmt;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties,
};
use futures::StreamExt;
use hepframe_root_source::share_last_task;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// How far a partition may run ahead of its turn.
const AHEAD_BYTES: usize = 8 << 20;
/// As above, for batches that hold (almost) no bytes.
const AHEAD_BATCHES: usize = 1024;

/// Concatenates the partitions of its input, first to last.
#[derive(Debug)]
pub(super) struct InOrderExec {
    input: Arc<dyn ExecutionPlan>,
    fetch: Option<usize>,
    at_once: usize,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl InOrderExec {
    /// The first `fetch` rows of all partitions, of which about `at_once` run at a time.
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, fetch: Option<usize>, at_once: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self {
            input,
            fetch,
            at_once: at_once.max(1),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
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
            Some(input) => Ok(Arc::new(Self::new(input, self.fetch, self.at_once))),
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
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let schema = self.input.schema();
        let input = Arc::clone(&self.input);
        let partitions = 0..input.output_partitioning().partition_count();
        let started = futures::stream::iter(partitions).map(move |partition| {
            let started = input.execute(partition, Arc::clone(&context));
            futures::future::ready(match started {
                Ok(rows) => run_ahead(rows).boxed(),
                Err(error) => futures::stream::iter([Err(error)]).boxed(),
            })
        });
        let in_order = started.buffered(self.at_once).flatten();
        let limited = match self.fetch {
            Some(fetch) => first_rows(in_order, fetch).boxed(),
            None => in_order.boxed(),
        };
        let rows = MetricBuilder::new(&self.metrics).output_rows(partition);
        let counted = limited.inspect(move |batch| {
            rows.add(batch.as_ref().map_or(0, RecordBatch::num_rows));
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
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
    // The merge starts several, and this thread can run but one.
    share_last_task();
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
