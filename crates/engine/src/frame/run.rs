//! Runs frames: their rows, and all that is booked on them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use futures::TryStreamExt;

use super::answer::Answer;
use super::book::Booking;
use super::chain::chain;
use super::plan::Together;
use super::read::{answer, histograms};
use super::steps::{Frame, Node};
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::given::Given;
use crate::output::FileWriter;
use crate::plan::Planned;
use crate::query::Query;
use crate::session::Session;
use crate::statistics::Progress;

impl Session {
    /// Computes everything that is booked: all bookings over the same table in one scan.
    ///
    /// Answers come in the order of the bookings. A define behind filters is computed for every
    /// event that passed the filters that all bookings share.
    ///
    /// # Errors
    /// Whatever stops the scan.
    pub async fn run(&self, bookings: &[Booking]) -> Result<Vec<Answer>> {
        self.run_watched(bookings, &Progress::default()).await
    }

    /// As [`Session::run`], watched from elsewhere.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run_watched(
        &self,
        bookings: &[Booking],
        progress: &Progress,
    ) -> Result<Vec<Answer>> {
        let mut answers: Vec<Option<Answer>> = vec![None; bookings.len()];
        for places in of_one_table(bookings) {
            let together: Vec<&Booking> = places.iter().map(|place| &bookings[*place]).collect();
            let found = self.run_together(&together, progress).await?;
            for (place, answer) in places.iter().zip(found) {
                answers[*place] = Some(answer);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    async fn run_together(
        &self,
        bookings: &[&Booking],
        progress: &Progress,
    ) -> Result<Vec<Answer>> {
        let told = |error| self.explain(error);
        let (plan, wanted) = Together::plan(bookings).map_err(told)?;
        let Some(first) = bookings.first() else {
            return Ok(Vec::new());
        };
        let rows = query_of(self, plan, &first.node.tables, progress.clone())
            .collect()
            .await?;
        let Some(row) = rows.iter().find(|batch| batch.num_rows() == 1) else {
            return Err(EngineError::Query {
                source: DataFusionError::Internal("an aggregate gives one row".to_owned()),
            });
        };
        let histograms = histograms(row, &wanted).map_err(told)?;
        wanted
            .iter()
            .map(|wanted| answer(row, wanted, &histograms).map_err(told))
            .collect()
    }
}

impl Frame {
    /// The frame as a query: to run it, to watch it, to see what it costs.
    ///
    /// # Errors
    /// None that is known.
    pub fn query(&self) -> Result<Query> {
        self.query_watched(&Progress::default())
    }

    /// As [`Frame::query`], watched from elsewhere.
    ///
    /// # Errors
    /// None that is known.
    pub fn query_watched(&self, progress: &Progress) -> Result<Query> {
        let plan = self.plan()?;
        Ok(query_of(
            &self.session,
            plan,
            &self.node.tables,
            progress.clone(),
        ))
    }

    /// All rows, in memory.
    ///
    /// # Errors
    /// Whatever stops the query.
    pub async fn collect(&self) -> Result<Vec<RecordBatch>> {
        self.query()?.collect().await
    }

    /// How the frame would run; if `analyze`, it runs and tells what that cost.
    ///
    /// # Errors
    /// If it cannot be planned.
    pub async fn explain(&self, analyze: bool) -> Result<String> {
        let plan = LogicalPlanBuilder::from(self.plan()?)
            .explain(false, analyze)
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| self.told(error))?;
        let rows = query_of(&self.session, plan, &self.node.tables, Progress::default())
            .collect()
            .await?;
        arrow::util::pretty::pretty_format_batches(&rows)
            .map(|text| text.to_string())
            .map_err(|error| self.told(error.into()))
    }

    /// Writes all rows to a Parquet file and tells how many there are.
    ///
    /// # Errors
    /// Whatever stops the query; a file that cannot be written.
    pub async fn write_parquet(&self, path: impl AsRef<Path>) -> Result<u64> {
        self.write_parquet_watched(path, &Progress::default()).await
    }

    /// As [`Frame::write_parquet`], watched from elsewhere.
    ///
    /// # Errors
    /// As [`Frame::write_parquet`].
    pub async fn write_parquet_watched(
        &self,
        path: impl AsRef<Path>,
        progress: &Progress,
    ) -> Result<u64> {
        let mut rows = self.query_watched(progress)?.execute().await?;
        let mut writer = FileWriter::create(path.as_ref(), &rows.schema())?;
        let mut written = 0;
        while let Some(batch) = rows.try_next().await? {
            written += batch.num_rows() as u64;
            writer.write(&batch)?;
        }
        writer.finish()?;
        Ok(written)
    }
}

/// A plan as a query of the session.
fn query_of(
    session: &Session,
    plan: LogicalPlan,
    tables: &Arc<Vec<NamedTable>>,
    progress: Progress,
) -> Query {
    let planned = Planned {
        statement: None,
        plan,
        tables: tables.as_ref().clone(),
        aliases: Vec::new(),
        warnings: Vec::new(),
        cache: None,
        given: Given::default(),
    };
    Query::new(session.clone(), planned, progress)
}

/// The places of the bookings over each table.
fn of_one_table(bookings: &[Booking]) -> Vec<Vec<usize>> {
    let mut starts: HashMap<*const Node, usize> = HashMap::new();
    let mut tables: Vec<Vec<usize>> = Vec::new();
    for (place, booking) in bookings.iter().enumerate() {
        let start = Arc::as_ptr(chain(&booking.node)[0]);
        let table = *starts.entry(start).or_insert(tables.len());
        match tables.get_mut(table) {
            Some(places) => places.push(place),
            None => tables.push(vec![place]),
        }
    }
    tables
}
