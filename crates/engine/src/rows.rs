//! The rows of a running query, to its end or its error.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt};

use crate::cluster::{self, Jobs};
use crate::diagnosis::with_entry;
use crate::error::{EngineError, Result};
use crate::plan::Planned;
use crate::session::Session;
use crate::statistics::Progress;

/// How long the end of a query waits for its last numbers.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The rows of a query, as Arrow batches.
pub struct RowStream {
    schema: SchemaRef,
    first: Option<RecordBatch>,
    rest: Option<SendableRecordBatchStream>,
    /// Asks the cluster what the query has cost, after its last row.
    last_words: Option<BoxFuture<'static, ()>>,
    /// Finds out which entry an error is about.
    failure: Option<BoxFuture<'static, EngineError>>,
    planned: Planned,
    session: Session,
    progress: Progress,
}

impl std::fmt::Debug for RowStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl RowStream {
    /// The rows of `planned`: the first batch, and those behind it.
    pub(crate) fn new(
        schema: SchemaRef,
        first: Option<RecordBatch>,
        rest: Option<SendableRecordBatchStream>,
        (session, planned, progress): (Session, Planned, Progress),
    ) -> Self {
        Self {
            schema,
            first,
            rest,
            last_words: None,
            failure: None,
            planned,
            session,
            progress,
        }
    }

    /// Columns of all batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn late_error(&self, error: DataFusionError) -> EngineError {
        if let Some(column) = not_utf8_column(&error)
            && self.planned.read_as_binary(&column)
        {
            return EngineError::TextIsBinary { column };
        }
        if let Some(message) = cluster::why_given_up(&error) {
            return EngineError::Remote { message };
        }
        if self.session.cluster().is_some() && cluster::is_lost(&error) {
            let why = self.planned.explain(&self.session, error).to_string();
            return EngineError::ResultsLost { why };
        }
        self.planned.explain(&self.session, error)
    }
}

impl Stream for RowStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(failure) = &mut this.failure {
            let error = std::task::ready!(failure.poll_unpin(context));
            this.failure = None;
            return Poll::Ready(Some(Err(error)));
        }
        let batch = match (this.first.take(), &mut this.rest) {
            (Some(first), _) => Some(Ok(first)),
            (None, Some(rest)) => std::task::ready!(rest.poll_next_unpin(context)),
            (None, None) => {
                if let Some(words) = &mut this.last_words {
                    std::task::ready!(words.poll_unpin(context));
                    this.last_words = None;
                }
                return Poll::Ready(None);
            }
        };
        Poll::Ready(match batch {
            Some(Ok(batch)) => {
                this.progress.run().add_rows(batch.num_rows());
                Some(Ok(batch))
            }
            Some(Err(error)) => {
                this.rest = None;
                this.progress.run().finish();
                let error = this.late_error(error);
                let (session, planned) = (this.session.clone(), this.planned.clone());
                let told = async move { with_entry(&session, &planned, error).await };
                this.failure = Some(told.boxed());
                return self.poll_next(context);
            }
            None => {
                this.rest = None;
                this.progress.run().finish();
                this.last_words = Some(ask_once_more(this.progress.run().jobs()).boxed());
                return self.poll_next(context);
            }
        })
    }
}

/// The text column that turned out to hold other bytes, whichever process found out.
pub(crate) fn not_utf8_column(error: &DataFusionError) -> Option<String> {
    hepframe_root_source::not_utf8_column(error).or_else(|| cluster::not_utf8_column(error))
}

/// What a query on a cluster has cost is known after its end. An answer is no need: the rows are
/// there.
pub(crate) async fn ask_once_more(jobs: Option<Arc<Jobs>>) {
    if let Some(jobs) = jobs {
        let _unanswered = tokio::time::timeout(LAST_WORDS, jobs.ask()).await;
    }
}

/// A stream of the cluster's rows that ends with an error if the scheduler is lost.
pub(crate) fn watched(
    rows: SendableRecordBatchStream,
    watch: Option<SpawnedTask<String>>,
) -> SendableRecordBatchStream {
    let Some(watch) = watch else {
        return rows;
    };
    let schema = rows.schema();
    let lost = watch.map(|why| match why {
        Ok(why) => DataFusionError::External(Box::new(EngineError::Remote { message: why })),
        Err(failure) => DataFusionError::ExecutionJoin(Box::new(failure)),
    });
    let lost = futures::stream::once(lost.map(Err));
    // Rows first: the watch has nothing to say while they come, and never ends before them.
    let rows = rows.map(Some).chain(futures::stream::once(async { None }));
    let either = futures::stream::select_with_strategy(rows, lost.map(Some), |(): &mut ()| {
        futures::stream::PollNext::Left
    });
    let rows = either.scan((), |(), item| std::future::ready(item));
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}
