//! Decides where a plan runs: on the cluster, or here if it reads nothing but this session.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use ballista_core::extension::SessionConfigExt;
use ballista_core::planner::BallistaQueryPlanner;
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::listing::ListingTable;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::physical_plan::{ExecutionPlan, collect_partitioned};
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;
use hepframe_root_source::root_columns;

use super::wire::WirePlan;

/// The name of a plan's rows, where they become a table of this process.
const ROWS: &str = "rows";

/// Plans for a session that is connected to a cluster.
#[derive(Debug)]
pub(crate) struct ClusterPlanner {
    cluster: Arc<BallistaQueryPlanner<WirePlan>>,
}

impl ClusterPlanner {
    /// Plans for the scheduler at `http://host:port`; the codec is the one of `config`.
    pub(crate) fn new(address: String, config: &SessionConfig) -> Self {
        let codec = config.ballista_logical_extension_codec();
        let cluster =
            BallistaQueryPlanner::with_extension(address, config.ballista_config(), codec);
        Self {
            cluster: Arc::new(cluster),
        }
    }

    /// The plan with the rows of its input as a table that the cluster makes.
    fn with_remote_input(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        let inputs = plan
            .inputs()
            .into_iter()
            .map(|input| {
                let rows = RemoteRows {
                    plan: input.clone(),
                    schema: Arc::clone(input.schema().inner()),
                    planner: Arc::clone(&self.cluster),
                };
                LogicalPlanBuilder::scan(ROWS, provider_as_source(Arc::new(rows)), None)?.build()
            })
            .collect::<Result<Vec<_>>>()?;
        plan.with_new_exprs(plan.expressions(), inputs)
    }
}

#[async_trait]
impl QueryPlanner for ClusterPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        state: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if !reads_files(plan)? {
            return DefaultPhysicalPlanner::default()
                .create_physical_plan(plan, state)
                .await;
        }
        let plan = &with_rows_in_hand(plan, state).await?;
        match plan {
            // The rows are wanted where the user is, not on some executor's disk.
            LogicalPlan::Copy(_) | LogicalPlan::Dml(_) => {
                let plan = self.with_remote_input(plan)?;
                DefaultPhysicalPlanner::default()
                    .create_physical_plan(&plan, state)
                    .await
            }
            _ => self.cluster.create_physical_plan(plan, state).await,
        }
    }
}

/// True if a plan reads any table that the cluster must read.
fn reads_files(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && is_of_files(source_as_provider(&scan.source)?.as_ref())
        {
            found = true;
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn is_of_files(table: &dyn TableProvider) -> bool {
    root_columns(table).is_some() || table.is::<ListingTable>()
}

/// The plan with all tables that only this process has (`generate_series`, `information_schema`)
/// as rows, which can travel.
async fn with_rows_in_hand(plan: &LogicalPlan, state: &dyn Session) -> Result<LogicalPlan> {
    let mut tables: Vec<Arc<dyn TableProvider>> = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let table = source_as_provider(&scan.source)?;
            if !is_of_files(table.as_ref()) && !table.is::<MemTable>() {
                tables.push(table);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    if tables.is_empty() {
        return Ok(plan.clone());
    }
    let mut in_hand: Vec<(Arc<dyn TableProvider>, Arc<MemTable>)> = Vec::new();
    for table in tables {
        let scan = table.scan(state, None, &[], None).await?;
        let rows = collect_partitioned(scan, state.task_ctx()).await?;
        let rows = Arc::new(MemTable::try_new(table.schema(), rows)?);
        in_hand.push((table, rows));
    }
    let replaced = plan.clone().transform_up_with_subqueries(|node| {
        let LogicalPlan::TableScan(mut scan) = node else {
            return Ok(Transformed::no(node));
        };
        let table = source_as_provider(&scan.source)?;
        let rows = in_hand.iter().find(|(known, _)| Arc::ptr_eq(known, &table));
        let Some((_, rows)) = rows else {
            return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
        };
        scan.source = provider_as_source(Arc::clone(rows) as _);
        Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
    })?;
    Ok(replaced.data)
}

/// The rows of a plan that runs on the cluster.
struct RemoteRows {
    plan: LogicalPlan,
    schema: SchemaRef,
    planner: Arc<BallistaQueryPlanner<WirePlan>>,
}

impl fmt::Debug for RemoteRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteRows")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for RemoteRows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut plan = LogicalPlanBuilder::from(self.plan.clone());
        if let Some(columns) = projection {
            plan = plan.select(columns.iter().copied())?;
        }
        if limit.is_some() {
            plan = plan.limit(0, limit)?;
        }
        self.planner
            .create_physical_plan(&plan.build()?, state)
            .await
    }
}
