//! Runs `CACHE TABLE`, `UNCACHE TABLE`, `CLEAR CACHE` and `SHOW CACHE`.
//!
//! Loading is a plan like any other: it counts the rows of a table whose scans pin the columns
//! they are told to (`ScanOptions::pin`). So the columns are loaded where scans run, in parallel.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::count::count_all;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use futures::TryStreamExt;
use hepframe_root_source::{
    CacheFilter, CachedColumn, Caches, DefinedTable, TableDefinition, root_columns,
};

use super::report::{
    CLEARED, CacheReport, ExecutorColumn, LOADED, RELEASED, SHOWN, cleared_rows, loaded_rows,
    released_rows, schema, shown_rows,
};
use crate::dialect::CacheStatement;
use crate::error::EngineError;
use crate::query::Query;
use crate::session::Session;

/// What the only process of a session is called in `SHOW CACHE`.
const HERE: &str = "local";

/// A cache statement whose tables are known.
#[derive(Debug, Clone)]
pub(crate) struct CacheAction {
    statement: CacheStatement,
    /// The ROOT tables that it is about, and their columns.
    tables: Vec<PinnedTable>,
}

#[derive(Debug, Clone)]
struct PinnedTable {
    definition: TableDefinition,
    schema: SchemaRef,
    columns: Vec<String>,
}

impl CacheAction {
    /// `plan` selects the columns that the statement names.
    pub(crate) fn new(
        session: &Session,
        statement: CacheStatement,
        plan: &LogicalPlan,
    ) -> Result<Self> {
        let tables = match &statement {
            CacheStatement::Load { table } | CacheStatement::Release { table } => {
                tables_of(session, plan, table)?
            }
            CacheStatement::Clear | CacheStatement::Show => Vec::new(),
        };
        Ok(Self { statement, tables })
    }

    /// Columns of the answer.
    pub(crate) fn schema(&self) -> SchemaRef {
        schema(match &self.statement {
            CacheStatement::Load { .. } => LOADED,
            CacheStatement::Release { .. } => RELEASED,
            CacheStatement::Clear => CLEARED,
            CacheStatement::Show => SHOWN,
        })
    }

    /// The columns in the cache that the statement is about.
    fn filter(&self) -> CacheFilter {
        let trees = self
            .tables
            .iter()
            .filter_map(|table| CacheFilter::of_table(&table.definition).trees);
        CacheFilter {
            trees: Some(trees.flatten().collect()),
        }
    }
}

/// The ROOT tables behind a plan, with the columns that it reads of them.
fn tables_of(session: &Session, plan: &LogicalPlan, name: &str) -> Result<Vec<PinnedTable>> {
    let optimized = session.context().state().optimize(plan)?;
    let mut tables: Vec<PinnedTable> = Vec::new();
    let mut other = None;
    optimized.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let provider = source_as_provider(&scan.source)?;
            let Some(root) = root_columns(provider.as_ref()) else {
                other = Some(scan.table_name.to_string());
                return Ok(TreeNodeRecursion::Stop);
            };
            let mut columns: Vec<String> = scan
                .projected_schema
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect();
            for filter in &scan.filters {
                columns.extend(
                    filter
                        .column_refs()
                        .iter()
                        .map(|column| column.name.clone()),
                );
            }
            let definition = root.definition();
            let known = tables
                .iter_mut()
                .find(|table| table.definition == definition);
            match known {
                Some(known) => known.columns.extend(columns),
                None => tables.push(PinnedTable {
                    definition,
                    schema: provider.schema(),
                    columns,
                }),
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    if other.is_some() || tables.is_empty() {
        return Err(external(EngineError::NotCacheable {
            table: name.to_owned(),
            because: other.filter(|other| other != name),
        }));
    }
    for table in &mut tables {
        table.columns.sort_unstable();
        table.columns.dedup();
    }
    Ok(tables)
}

/// Runs a statement; the rows are its answer.
pub(crate) async fn run(query: &Query, action: &CacheAction) -> Result<RecordBatch> {
    let session = query.session();
    Ok(match &action.statement {
        CacheStatement::Load { table } => {
            let loaded = load_all(query, action, table).await;
            if loaded.is_err() {
                // What does not fit as a whole is not kept in part.
                release(session, &action.filter()).await?;
            }
            loaded_rows(&loaded?)?
        }
        CacheStatement::Release { table } => {
            released_rows(table, release(session, &action.filter()).await?)?
        }
        CacheStatement::Clear => cleared_rows(clear(session).await?)?,
        CacheStatement::Show => shown_rows(&show(session).await?)?,
    })
}

async fn load_all(query: &Query, action: &CacheAction, name: &str) -> Result<Vec<CacheReport>> {
    let mut reports = Vec::with_capacity(action.tables.len());
    for table in &action.tables {
        let rows = load(query, table).await?;
        let filter = CacheFilter::of_table(&table.definition);
        let shown = show(query.session()).await?;
        let columns = shown.iter().map(|shown| &shown.column);
        let pinned = columns.filter(|column| {
            column.pinned_bytes > 0
                && filter.matches(column)
                && table.columns.contains(&column.column)
        });
        reports.push(CacheReport {
            table: name.to_owned(),
            columns: table.columns.len() as u64,
            rows,
            bytes: pinned.map(|column| column.bytes).sum(),
        });
    }
    Ok(reports)
}

/// Counts the rows of a table while its scans pin columns.
async fn load(query: &Query, table: &PinnedTable) -> Result<u64> {
    let mut definition = table.definition.clone();
    definition.options.pin.clone_from(&table.columns);
    let caches = query
        .session()
        .caches()
        .unwrap_or_else(|| Caches::of_metadata(0));
    let schema = Arc::clone(&table.schema);
    let pinning = DefinedTable::new(definition, schema, caches);
    let plan = LogicalPlanBuilder::scan("pinned", provider_as_source(Arc::new(pinning)), None)?
        .aggregate(
            Vec::<datafusion::logical_expr::Expr>::new(),
            vec![count_all()],
        )?
        .build()?;
    let batches: Vec<RecordBatch> = query.rows_of(&plan).await?.try_collect().await?;
    let counts = batches.iter().filter_map(|batch| {
        let counts = batch.columns().first()?.as_primitive_opt::<Int64Type>()?;
        u64::try_from(*counts.values().first()?).ok()
    });
    Ok(counts.sum())
}

/// Lets pinned columns be evicted; gives their bytes.
async fn release(session: &Session, filter: &CacheFilter) -> Result<u64> {
    let Some(client) = session.cluster() else {
        let caches = session.caches();
        let columns = caches.and_then(|caches| caches.columns);
        return Ok(columns.map_or(0, |columns| columns.unpin(filter)));
    };
    let (bytes, missing) = client.unpin(filter).await.map_err(external)?;
    all_answered(&missing)?;
    Ok(bytes)
}

/// Drops all columns; gives their bytes.
async fn clear(session: &Session) -> Result<u64> {
    let Some(client) = session.cluster() else {
        let columns = session.caches().and_then(|caches| caches.columns);
        return off_the_workers(move || columns.map_or(0, |columns| columns.clear())).await;
    };
    let (bytes, missing) = client.clear_cache().await.map_err(external)?;
    all_answered(&missing)?;
    Ok(bytes)
}

/// All columns of all executors.
pub(super) async fn show(session: &Session) -> Result<Vec<ExecutorColumn>> {
    let Some(client) = session.cluster() else {
        let columns = session.caches().and_then(|caches| caches.columns);
        let snapshot = move || columns.map(|columns| columns.snapshot());
        let columns = off_the_workers(snapshot).await?.unwrap_or_default();
        let here = |column| ExecutorColumn {
            executor: HERE.to_owned(),
            column,
        };
        return Ok(columns.into_iter().map(here).collect());
    };
    let (columns, missing) = client.show_cache().await.map_err(external)?;
    all_answered(&missing)?;
    let column = |column: crate::cluster::rpc::CachedColumn| ExecutorColumn {
        executor: column.executor,
        column: CachedColumn {
            file: column.file,
            tree: column.tree,
            column: column.column,
            bytes: column.bytes,
            chunks: column.chunks,
            hits: column.hits,
            misses: column.misses,
            pinned_bytes: column.pinned_bytes,
            entries: column.entries,
            disk_bytes: column.disk_bytes,
            disk_hits: column.disk_hits,
        },
    };
    Ok(columns.into_iter().map(column).collect())
}

/// Runs what may wait for the cache's disk.
async fn off_the_workers<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))
}

/// An executor that does not answer may hold anything.
fn all_answered(missing: &[String]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("not all executors answered: {}", missing.join("; "));
    Err(external(EngineError::Remote { message }))
}

fn external(error: EngineError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
