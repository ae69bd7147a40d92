//! Ends everything that a task has begun, when the task ends.
//!
//! Ballista writes the rows of a task in tasks of their own, which nobody ends when the task is
//! cancelled; and a computing task cannot be stopped before it lets go of its thread, which
//! DataFusion's operators do after 128 batches of a scan: minutes, if each row becomes thousands.
//! So operators that read rows, and those that make many of few, give an error instead of their
//! next batch once the task is over.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::watch;

/// Cancels a task, at the latest when it is dropped.
#[derive(Debug)]
pub(crate) struct Cancel(watch::Sender<()>);

/// Whether a task was cancelled, or is over.
#[derive(Debug, Clone)]
pub(crate) struct Cancelled(watch::Receiver<()>);

impl Cancel {
    pub(crate) fn new() -> (Self, Cancelled) {
        let (cancel, cancelled) = watch::channel(());
        (Self(cancel), Cancelled(cancelled))
    }

    pub(crate) fn now(&self) {
        self.0.send_replace(());
    }
}

impl Cancelled {
    /// The plan, which ends with its task. To all who look at it, it is as it was.
    ///
    /// # Errors
    /// If an operator refuses its own children, which is a bug in it.
    pub(crate) fn end(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let makes_many_rows = node.children().len() > 1 || node.is::<UnnestExec>();
            if makes_many_rows || node.children().is_empty() {
                Ok(Transformed::yes(Arc::new(Ending {
                    node,
                    cancelled: self.clone(),
                })))
            } else {
                Ok(Transformed::no(node))
            }
        })
        .data()
    }

    fn is_true(&self) -> bool {
        self.0.has_changed().unwrap_or(true)
    }

    fn told(&self) -> BoxFuture<'static, ()> {
        let mut cancelled = self.0.clone();
        // An error says that the task is over.
        async move { cancelled.changed().await.unwrap_or_default() }.boxed()
    }
}

/// An operator whose rows end with its task.
#[derive(Debug)]
struct Ending {
    node: Arc<dyn ExecutionPlan>,
    cancelled: Cancelled,
}

impl DisplayAs for Ending {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt_as(kind, f)
    }
}

impl ExecutionPlan for Ending {
    fn name(&self) -> &str {
        self.node.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.node.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.node.children()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.node.apply_expressions(visit)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let node = Arc::clone(&self.node).replace_children(children, options)?;
        let cancelled = self.cancelled.clone();
        Ok(Arc::new(Self { node, cancelled }))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        Ok(Box::pin(Rows {
            rows: self.node.execute(partition, context)?,
            told: self.cancelled.told(),
            cancelled: self.cancelled.clone(),
        }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.node.metrics()
    }
}

/// Rows until the task is over.
struct Rows {
    rows: SendableRecordBatchStream,
    cancelled: Cancelled,
    /// Wakes those who wait for rows.
    told: BoxFuture<'static, ()>,
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.cancelled.is_true() {
            let polled = self.rows.poll_next_unpin(cx);
            if polled.is_ready() || self.told.poll_unpin(cx).is_pending() {
                return polled;
            }
        }
        let over = DataFusionError::Execution("the task was cancelled".to_owned());
        Poll::Ready(Some(Err(over)))
    }
}

impl RecordBatchStream for Rows {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Schema;
    use datafusion::execution::context::SessionContext;
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use datafusion::physical_plan::{collect, displayable};

    use super::*;

    /// Rows as a task has them, of which the inner ones are these.
    fn rows(
        inner: impl Stream<Item = Result<RecordBatch>> + Send + 'static,
        cancelled: &Cancelled,
    ) -> Rows {
        let schema = Arc::new(Schema::empty());
        Rows {
            rows: Box::pin(RecordBatchStreamAdapter::new(schema, inner)),
            told: cancelled.told(),
            cancelled: cancelled.clone(),
        }
    }

    #[tokio::test]
    async fn rows_without_end_end_with_their_task() {
        let (cancel, cancelled) = Cancel::new();
        let batch = RecordBatch::new_empty(Arc::new(Schema::empty()));
        let mut endless = rows(
            futures::stream::repeat_with(move || Ok(batch.clone())),
            &cancelled,
        );

        endless.next().await.unwrap().unwrap();
        cancel.now();

        assert!(endless.next().await.unwrap().is_err());
    }

    #[tokio::test]
    async fn who_waits_for_rows_hears_that_the_task_is_over() {
        let (cancel, cancelled) = Cancel::new();
        let mut silent = rows(futures::stream::pending(), &cancelled);

        let waiting = tokio::spawn(async move { silent.next().await });
        tokio::task::yield_now().await;
        drop(cancel);

        assert!(waiting.await.unwrap().unwrap().is_err());
    }

    #[tokio::test]
    async fn a_plan_looks_and_answers_as_before_until_its_task_is_over() {
        let session = SessionContext::new();
        let sql = "SELECT count(*), sum(u) FROM (SELECT unnest(range(0, v)) AS u FROM \
                   (VALUES (10), (30)) t(v)) a CROSS JOIN (VALUES (1), (2)) b(w)";
        let plan = async || {
            let plan = session.sql(sql).await.unwrap();
            plan.create_physical_plan().await.unwrap()
        };
        let shown = |plan: &Arc<dyn ExecutionPlan>| {
            let text = displayable(plan.as_ref()).indent(true).to_string();
            assert!(text.contains("UnnestExec"), "{text}");
            text
        };
        let run = async |plan| collect(plan, session.task_ctx()).await;
        let (cancel, cancelled) = Cancel::new();

        let ending = cancelled.end(plan().await).unwrap();

        assert_eq!(shown(&ending), shown(&plan().await));
        assert_eq!(run(ending).await.unwrap(), run(plan().await).await.unwrap());
        cancel.now();
        let ending = cancelled.end(plan().await).unwrap();
        let late = run(ending).await.unwrap_err().to_string();
        assert!(late.contains("cancelled"), "{late}");
    }
}
