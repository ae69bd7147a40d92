//! Where frames come from: files, statements, rows in memory; and frames as tables of SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::{MemTable, ViewTable, provider_as_source};
use datafusion::logical_expr::type_coercion::binary::{
    binary_numeric_coercion, type_union_resolution,
};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};

use super::steps::Frame;
use super::whole::with_whole_fields;
use crate::dialect::Parameter;
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::given::Given;
use crate::physics::with_nulls_below;
use crate::session::Session;
use crate::statistics::Progress;

/// Rows that stay together when rows in memory are read: small enough to share out, large enough
/// for whole columns.
const BATCH_ROWS: usize = 1 << 16;

/// A frame made by SQL, and what its user should know besides.
#[derive(Debug, Clone)]
pub struct FrameOfSql {
    /// The rows of the last statement.
    pub frame: Frame,
    /// Such as columns left out of `SELECT *`.
    pub warnings: Vec<String>,
}

impl Session {
    /// A frame over a file, written as in SQL: `run*.root:Events`, `jets.parquet`, a table's name.
    ///
    /// # Errors
    /// As a query that names it.
    pub async fn read(&self, location: &str) -> Result<Frame> {
        self.read_all(&[location]).await
    }

    /// A frame over several files of ROOT, one after the other.
    ///
    /// # Errors
    /// As [`Session::read`].
    pub async fn read_all(&self, locations: &[&str]) -> Result<Frame> {
        self.paths().begin_statement();
        let locations: Vec<String> = locations.iter().map(|one| (*one).to_owned()).collect();
        let provider = match self.context().table_provider(locations.join("\n")).await {
            Ok(table) if locations.len() == 1 => table,
            _ => self.located(&locations).await?,
        };
        self.frame_over(locations.join(", "), provider)
    }

    /// A frame over rows in memory.
    ///
    /// # Errors
    /// If a batch has other columns than `schema`.
    pub fn frame_of_rows(&self, schema: SchemaRef, rows: Vec<RecordBatch>) -> Result<Frame> {
        let rows = rows
            .into_iter()
            .map(|rows| with_nulls_below(&rows))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| self.explain(error.into()))?;
        let rows = rows.iter().flat_map(in_pieces).collect();
        let table = MemTable::try_new(schema, vec![rows]).map_err(|error| self.explain(error))?;
        self.frame_over("rows".to_owned(), Arc::new(table))
    }

    fn frame_over(&self, name: String, provider: Arc<dyn TableProvider>) -> Result<Frame> {
        let scan = LogicalPlanBuilder::scan(
            TableReference::bare(name.clone()),
            provider_as_source(Arc::clone(&provider)),
            None,
        )
        .and_then(LogicalPlanBuilder::build);
        let table = NamedTable { name, provider };
        let plan = match table.whole_fields() {
            Some(whole) => scan.and_then(|scan| with_whole_fields(scan, &whole)),
            None => scan,
        };
        let plan = plan.map_err(|error| self.explain(error))?;
        Ok(Frame::starting(self.clone(), plan, Arc::new(vec![table])))
    }

    /// Runs the statements of a text, but for a SELECT at its end: that becomes a frame, which has
    /// not run yet. `$name` stands for a parameter, and a name in FROM may be a frame of `tables`.
    ///
    /// # Errors
    /// Whatever is wrong with one of them; later ones do not run.
    pub async fn frame(
        &self,
        text: &str,
        parameters: BTreeMap<String, Parameter>,
        tables: &BTreeMap<String, Frame>,
        progress: &Progress,
    ) -> Result<FrameOfSql> {
        let views = tables.iter().map(|(name, frame)| {
            let view: Arc<dyn TableProvider> = frame.as_table()?;
            Ok((name.clone(), view))
        });
        let given = Given::new(parameters, views.collect::<Result<_>>()?);
        let mut last = None;
        for statement in self.sql(text)? {
            let mut query = statement
                .given(given.clone())
                .plan_watched(progress)
                .await?;
            let warnings = query.warnings().to_vec();
            let frame = match query.only_selects() {
                Some((plan, tables)) => Frame::starting(self.clone(), plan, tables),
                None => {
                    let rows = query.collect().await?;
                    let schema = rows
                        .first()
                        .map_or_else(|| query.schema(), RecordBatch::schema);
                    self.frame_of_rows(schema, rows)?
                }
            };
            // An earlier SELECT whose rows nobody sees is not run.
            last = Some(FrameOfSql { frame, warnings });
        }
        last.ok_or(EngineError::NotOneStatement { found: 0 })
    }

    /// Makes a frame known to SQL under a name.
    ///
    /// # Errors
    /// If its steps do not fit together.
    pub fn register_frame(&self, name: &str, frame: &Frame) -> Result<()> {
        let view = frame.as_table()?;
        let reference = TableReference::bare(name);
        self.context()
            .deregister_table(reference.clone())
            .and_then(|_| self.context().register_table(reference, view))
            .map_err(|error| self.explain(error))?;
        Ok(())
    }

    /// Forgets a table or a view; false if there is none of that name.
    ///
    /// # Errors
    /// None that is known.
    pub fn deregister(&self, name: &str) -> Result<bool> {
        self.context()
            .deregister_table(TableReference::bare(name))
            .map(|table| table.is_some())
            .map_err(|error| self.explain(error))
    }
}

impl Frame {
    /// The frame as a table of SQL.
    fn as_table(&self) -> Result<Arc<ViewTable>> {
        Ok(Arc::new(ViewTable::new(self.plan()?, None)))
    }

    /// The rows of this frame, then those of the others. They must have the same columns in the
    /// same order; numbers become of the wider type.
    ///
    /// # Errors
    /// Columns that do not fit.
    pub fn union(&self, others: &[Self]) -> Result<Self> {
        let told = |error| self.session.explain(error);
        let mut types: Vec<DataType> = Vec::new();
        for (place, field) in self.schema().fields().iter().enumerate() {
            let mut wide = field.data_type().clone();
            for other in others {
                let schema = other.schema();
                let Some(right) = schema.fields().get(place).map(|field| field.data_type()) else {
                    continue;
                };
                wide = common_type(&wide, right).ok_or_else(|| EngineError::UnionOfTypes {
                    column: field.name().clone(),
                    left: wide.clone(),
                    right: right.clone(),
                })?;
            }
            types.push(wide);
        }
        let mut plan = LogicalPlanBuilder::from(self.as_types(&types)?);
        let mut tables = self.node.tables.as_ref().clone();
        for other in others {
            plan = plan.union(other.as_types(&types)?).map_err(told)?;
            tables.extend(other.node.tables.iter().cloned());
        }
        let plan = plan.build().map_err(told)?;
        Ok(Self::starting(self.session.clone(), plan, Arc::new(tables)))
    }

    /// The plan of the frame with its columns cast to these types.
    fn as_types(&self, types: &[DataType]) -> Result<LogicalPlan> {
        let plan = self.plan()?;
        let same = plan
            .schema()
            .fields()
            .iter()
            .zip(types)
            .all(|(field, wanted)| field.data_type() == wanted);
        if same || plan.schema().fields().len() != types.len() {
            return Ok(plan);
        }
        let columns: Vec<Expr> = plan
            .schema()
            .columns()
            .into_iter()
            .zip(types)
            .map(|(column, wanted)| {
                let name = column.name.clone();
                cast(Expr::Column(column), wanted.clone()).alias(name)
            })
            .collect();
        LogicalPlanBuilder::from(plan)
            .project(columns)
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| self.session.explain(error))
    }

    /// Runs the frame and goes on from its rows, which stay in memory.
    ///
    /// # Errors
    /// Whatever stops the query.
    pub async fn cache(&self) -> Result<Self> {
        self.cache_watched(&Progress::default()).await
    }

    /// As [`Frame::cache`], watched from elsewhere.
    ///
    /// # Errors
    /// As [`Frame::cache`].
    pub async fn cache_watched(&self, progress: &Progress) -> Result<Self> {
        let rows = self.query_watched(progress)?.collect().await?;
        let schema = rows
            .first()
            .map_or_else(|| self.schema(), RecordBatch::schema);
        self.session.frame_of_rows(schema, rows)
    }
}

/// The type that holds the values of both without loss of kind; none for a number and a text.
fn common_type(left: &DataType, right: &DataType) -> Option<DataType> {
    match (left, right) {
        _ if left == right => Some(left.clone()),
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        _ if left.is_numeric() && right.is_numeric() => binary_numeric_coercion(left, right),
        _ if is_text(left) && is_text(right) => Some(DataType::Utf8View),
        // The same but for names or nulls of items, or of dates: as DataFusion has it.
        _ if left.is_nested() == right.is_nested()
            && is_text(left) == is_text(right)
            && left.is_numeric() == right.is_numeric() =>
        {
            type_union_resolution(&[left.clone(), right.clone()])
        }
        _ => None,
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn in_pieces(rows: &RecordBatch) -> Vec<RecordBatch> {
    (0..rows.num_rows())
        .step_by(BATCH_ROWS)
        .map(|start| rows.slice(start, BATCH_ROWS.min(rows.num_rows() - start)))
        .collect()
}
