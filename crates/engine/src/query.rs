//! One planned statement: its columns, its run, its cost.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{
    CreateExternalTable, DdlStatement, LogicalPlan, LogicalPlanBuilder,
};
use datafusion::physical_plan::{ExecutionPlan, collect_partitioned, execute_stream};
use futures::{StreamExt, TryStreamExt};

use crate::cache;
use crate::cluster::{self, Jobs};
use crate::diagnosis::with_entry;
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::order::keep_file_order;
use crate::output::Draft;
use crate::plan::{Planned, plan_statement};
use crate::rows::{RowStream, ask_once_more, not_utf8_column, watched};
use crate::session::Session;
use crate::statistics::{Progress, Statistics};

/// How often a statement is planned again because text turned out to be binary. Each time at
/// least one column changes; the limit only guards against a table that never settles.
const REPLANS: usize = 64;

/// A planned statement, ready to run.
#[derive(Debug)]
pub struct Query {
    session: Session,
    planned: Planned,
    progress: Progress,
    /// Its rows were lost once; they are not waited for a third time.
    ran_again: bool,
}

impl Query {
    pub(crate) fn new(session: Session, planned: Planned, progress: Progress) -> Self {
        Self {
            session,
            planned,
            progress,
            ran_again: false,
        }
    }

    /// Columns of the answer; none for statements that give no rows, such as `CREATE VIEW`.
    ///
    /// A text column may become binary when the query runs: see [`RowStream::schema`].
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        if let Some(cache) = &self.planned.cache {
            return cache.schema();
        }
        match &self.planned.plan {
            LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) => Arc::new(Schema::empty()),
            plan => Arc::clone(plan.schema().inner()),
        }
    }

    /// True for statements that answer with rows.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        !matches!(
            self.planned.plan,
            LogicalPlan::Ddl(_) | LogicalPlan::Statement(_)
        )
    }

    /// True for `COPY .. TO` and `INSERT`, whose one row is the number of rows written.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(
            self.planned.plan,
            LogicalPlan::Copy(_) | LogicalPlan::Dml(_)
        )
    }

    /// What the user should know besides the answer, such as columns left out of `SELECT *`.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.planned.warnings
    }

    /// A handle to watch the query from another task.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// What the query cost so far; final once its stream has ended.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.progress.run().statistics()
    }

    /// Runs the query up to its first rows. Dropping the stream cancels the rest.
    ///
    /// # Errors
    /// Whatever stops the query before its first rows.
    pub async fn execute(&mut self) -> Result<RowStream> {
        for _ in 0..REPLANS {
            match Box::pin(self.start()).await {
                Ok(stream) => return Ok(stream),
                // Rows were lost with their executor before any of them was handed out.
                Err(error) if !self.ran_again && self.is_lost(&error) => self.ran_again = true,
                Err(error) => Box::pin(self.plan_again(error)).await?,
            }
        }
        match Box::pin(self.start()).await {
            Ok(stream) => Ok(stream),
            Err(error) => Err(Box::pin(self.told(error)).await),
        }
    }

    /// The error that a user sees.
    async fn told(&self, error: DataFusionError) -> EngineError {
        if let Some(message) = cluster::why_given_up(&error) {
            return EngineError::Remote { message };
        }
        match self.session.cluster() {
            Some(cluster) if cluster::is_unreachable(&error) => EngineError::Unreachable {
                url: cluster.url().to_owned(),
                why: "its scheduler does not answer, and the query is lost".to_owned(),
            },
            _ => {
                let error = self.planned.explain(&self.session, error);
                with_entry(&self.session, &self.planned, error).await
            }
        }
    }

    fn is_lost(&self, error: &DataFusionError) -> bool {
        self.session.cluster().is_some() && cluster::is_lost(error)
    }

    /// Runs the query and keeps all rows in memory.
    ///
    /// # Errors
    /// Whatever stops the query.
    pub async fn collect(&mut self) -> Result<Vec<RecordBatch>> {
        let rows = self.execute().await?.try_collect().await;
        match rows {
            Err(EngineError::ResultsLost { .. }) if !self.ran_again => {
                self.ran_again = true;
                self.execute().await?.try_collect().await
            }
            rows => rows,
        }
    }

    async fn start(&self) -> datafusion::error::Result<RowStream> {
        let run = self.progress.run();
        let context = self.session.context();
        if !self.has_rows() {
            let plan = self.without_select(self.planned.plan.clone()).await?;
            let created = created_table(&plan);
            context.execute_logical_plan(plan).await?;
            if let Some(create) = created {
                self.session.remember_created(&create).await;
            }
            run.finish();
            return Ok(self.stream(Arc::new(Schema::empty()), None, None));
        }
        if let Some(action) = &self.planned.cache {
            let rows = cache::run(self, action).await?;
            run.finish();
            return Ok(self.stream(rows.schema(), Some(rows), None));
        }
        let mut batches = match Draft::of(&self.planned.plan)? {
            Some((plan, draft)) => draft.kept_by(self.rows_of(&plan).await?),
            None => self.rows_of(&self.planned.plan).await?,
        };
        let schema = batches.schema();
        // The first batch tells whether text is text; until then the query can start anew.
        let first = loop {
            match batches.next().await {
                Some(Ok(batch)) if batch.num_rows() == 0 => {}
                Some(Ok(batch)) => break Some(batch),
                Some(Err(error)) => return Err(error),
                None => break None,
            }
        };
        if first.is_none() {
            run.finish();
            ask_once_more(run.jobs()).await;
        }
        let rest = first.is_some().then_some(batches);
        Ok(self.stream(schema, first, rest))
    }

    fn stream(
        &self,
        schema: SchemaRef,
        first: Option<RecordBatch>,
        rest: Option<SendableRecordBatchStream>,
    ) -> RowStream {
        let of = (
            self.session.clone(),
            self.planned.clone(),
            self.progress.clone(),
        );
        RowStream::new(schema, first, rest, of)
    }

    /// Runs a plan of this query; it is watched and counted.
    pub(crate) async fn rows_of(
        &self,
        plan: &LogicalPlan,
    ) -> datafusion::error::Result<SendableRecordBatchStream> {
        let plan = self.physical(plan).await?;
        let watch = self.progress.run().jobs().map(|jobs| jobs.follow());
        let rows = execute_stream(plan, self.session.context().task_ctx())?;
        Ok(watched(rows, watch))
    }

    /// Its plan and tables, if rows are all that it is about.
    pub(crate) fn only_selects(&self) -> Option<(LogicalPlan, Arc<Vec<NamedTable>>)> {
        let plan = &self.planned.plan;
        let acts = self.planned.cache.is_some()
            || !self.has_rows()
            || self.writes()
            || matches!(
                plan,
                LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_)
            );
        (!acts).then(|| (plan.clone(), Arc::new(self.planned.tables.clone())))
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    async fn physical(
        &self,
        plan: &LogicalPlan,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        let state = self.session.context().state();
        let plan = if self.planned.statement.is_none() {
            // A frame was planned when it was made, which may be long ago.
            let plan = self.session.over_files_of_now(plan).await?;
            state.create_physical_plan(&plan).await?
        } else {
            state.create_physical_plan(plan).await?
        };
        let plan = keep_file_order(plan, state.config().target_partitions())?;
        let jobs = self
            .session
            .cluster()
            .and_then(|cluster| Jobs::of(&plan, cluster));
        self.progress.run().set_jobs(jobs);
        self.progress.run().set_plan(Arc::clone(&plan));
        Ok(plan)
    }

    /// `CREATE TABLE AS`: runs its SELECT here, so that it is watched and counted like any other.
    async fn without_select(&self, plan: LogicalPlan) -> datafusion::error::Result<LogicalPlan> {
        let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(mut create)) = plan else {
            return Ok(plan);
        };
        let already_there = self.session.context().table_exist(create.name.clone())?;
        if already_there && !create.or_replace {
            return Ok(LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)));
        }
        let select = self.physical(&create.input).await?;
        let schema = select.schema();
        let batches = collect_partitioned(select, self.session.context().task_ctx()).await?;
        let rows = datafusion::datasource::MemTable::try_new(schema, batches)?;
        let rows = datafusion::datasource::provider_as_source(Arc::new(rows));
        let scan = LogicalPlanBuilder::scan("select", rows, None)?.build()?;
        create.input = Arc::new(scan);
        Ok(LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)))
    }

    /// Plans anew if the failure was text that is none; any other failure is the answer.
    async fn plan_again(&mut self, error: DataFusionError) -> Result<()> {
        let column = not_utf8_column(&error);
        let Some(column) = column.filter(|column| self.planned.read_as_binary(column)) else {
            return Err(Box::pin(self.told(error)).await);
        };
        let Some(statement) = self.planned.statement.clone() else {
            // Steps of a frame know the types of columns: they have to be taken anew.
            return Err(EngineError::TextIsBinary { column });
        };
        self.session.refresh_views().await?;
        let given = self.planned.given.clone();
        self.planned = plan_statement(&self.session, statement, given).await?;
        Ok(())
    }
}

fn created_table(plan: &LogicalPlan) -> Option<CreateExternalTable> {
    match plan {
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) => Some(*create.clone()),
        _ => None,
    }
}
