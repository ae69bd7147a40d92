//! Opens tables for others: where the files are readable, asked from where they are not.

use std::sync::Arc;

use datafusion::catalog::{MemTable, TableProvider};
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::listing::ListingTable;
use datafusion::datasource::provider_as_source;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;
use datafusion_proto::logical_plan::AsLogicalPlan;
use hepframe_root_source::{Caches, FileReport, RootTableFactory, RootUri, check_readable};

use super::wire::{LogicalCodec, WirePlan, cluster_config, cluster_state};
use crate::error::{EngineError, Result};
use crate::explain::{Circumstances, explain};
use crate::tables::{PathTables, TableSource, without_patterns};

/// The name that a table has in the plan that carries it.
const NAME: &str = "table";

/// Opens tables and describes files; the scheduler answers its clients with it.
#[derive(Debug)]
pub struct TableService {
    state: SessionState,
    paths: PathTables,
    codec: LogicalCodec,
    caches: Caches,
}

impl TableService {
    /// A service whose tables are read through `runtime`'s stores.
    ///
    /// # Errors
    /// If the functions cannot be registered.
    pub fn new(caches: Caches, runtime: Arc<RuntimeEnv>) -> Result<Self> {
        let session = |source| EngineError::Session { source };
        let mut state = cluster_state(cluster_config(), runtime).map_err(session)?;
        state.table_factories_mut().insert(
            "ROOT".to_owned(),
            Arc::new(RootTableFactory::new(caches.clone())),
        );
        Ok(Self {
            state,
            paths: PathTables::new(TableSource::Here(caches.clone())),
            codec: LogicalCodec::new(caches.clone()),
            caches,
        })
    }

    /// The table at a location as an encoded plan; empty if the text is no location.
    ///
    /// # Errors
    /// As a query that names the location in this process.
    pub async fn open(&self, location: &str) -> Result<Vec<u8>> {
        self.paths.begin_statement();
        let table = self.paths.table(&self.state, location).await;
        let Some(table) = table.map_err(|error| self.explain(error))? else {
            return Ok(Vec::new());
        };
        let encoded = async { encode_table(self.for_the_wire(table).await?, &self.codec) };
        encoded.await.map_err(|error| self.explain(error))
    }

    /// The table as plans can carry it.
    ///
    /// Compressed text, and files of one JSON array, travel as rows: plans do not say what they
    /// are, and nobody can read them in parts. Nor do plans say patterns.
    async fn for_the_wire(
        &self,
        table: Arc<dyn TableProvider>,
    ) -> datafusion::error::Result<Arc<dyn TableProvider>> {
        let Some(listing) = table.downcast_ref::<ListingTable>() else {
            return Ok(table);
        };
        let format = &listing.options().format;
        let packing = format.compression_type();
        let is_packed = packing.is_some_and(|packing| packing.is_compressed());
        let json = format.downcast_ref::<JsonFormat>();
        if !is_packed && json.is_none_or(JsonFormat::is_newline_delimited) {
            let named = without_patterns(&self.state, listing).await?;
            return Ok(named.unwrap_or(table));
        }
        let context = SessionContext::new_with_state(self.state.clone());
        let schema = table.schema();
        let rows = context.read_table(table)?.collect().await?;
        Ok(Arc::new(MemTable::try_new(schema, vec![rows])?))
    }

    /// The table of an encoded CREATE EXTERNAL TABLE, as an encoded plan.
    ///
    /// # Errors
    /// As the statement in this process; a plan that is something else.
    pub async fn create(&self, plan: &[u8]) -> Result<Vec<u8>> {
        let encoded = async {
            let table = self.create_table(plan).await?;
            encode_table(self.for_the_wire(table).await?, &self.codec)
        };
        encoded.await.map_err(|error| self.explain(error))
    }

    async fn create_table(&self, plan: &[u8]) -> datafusion::error::Result<Arc<dyn TableProvider>> {
        let plan = WirePlan::try_decode(plan)?;
        let context = SessionContext::new_with_state(self.state.clone());
        let plan = plan.try_into_logical_plan(&context.task_ctx(), &self.codec)?;
        let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) = plan else {
            return Err(DataFusionError::Plan(
                "CREATE EXTERNAL TABLE was expected".to_owned(),
            ));
        };
        let format = create.file_type.to_uppercase();
        let Some(factory) = self.state.table_factories().get(&format) else {
            return Err(DataFusionError::Plan(format!(
                "no table can be STORED AS {format}; known are ROOT, PARQUET, CSV, JSON and ARROW"
            )));
        };
        if format != "ROOT" {
            // Other readers open what is named, and a pipe waits then.
            let mut locations = create.locations.iter();
            locations.try_for_each(|location| check_readable(&self.state, location))?;
        }
        factory.create(&self.state, &create).await
    }

    /// What is in a ROOT file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn inspect(&self, location: &str) -> Result<FileReport> {
        let uri = RootUri::parse(location);
        hepframe_root_source::inspect(&self.state, &uri, &self.caches.metadata)
            .await
            .map_err(|error| self.explain(error))
    }

    fn explain(&self, error: DataFusionError) -> EngineError {
        let circumstances = Circumstances {
            state: &self.state,
            tables: &[],
            aliases: &[],
            missing: &[],
            session_tables: &[],
        };
        explain(error, &circumstances)
    }
}

/// A table as a plan that scans it.
pub(crate) fn encode_table(
    table: Arc<dyn TableProvider>,
    codec: &LogicalCodec,
) -> datafusion::error::Result<Vec<u8>> {
    let plan = LogicalPlanBuilder::scan(NAME, provider_as_source(table), None)?.build()?;
    encode_plan(&plan, codec)
}

pub(crate) fn encode_plan(
    plan: &LogicalPlan,
    codec: &LogicalCodec,
) -> datafusion::error::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    WirePlan::try_from_logical_plan(plan, codec)?.try_encode(&mut bytes)?;
    Ok(bytes)
}

/// The table of a plan that [`encode_table`] has made.
pub(crate) fn decode_table(
    bytes: &[u8],
    context: &TaskContext,
    codec: &LogicalCodec,
) -> datafusion::error::Result<Arc<dyn TableProvider>> {
    let plan = WirePlan::try_decode(bytes)?;
    match plan.try_into_logical_plan(context, codec)? {
        LogicalPlan::TableScan(scan) => datafusion::datasource::source_as_provider(&scan.source),
        _ => Err(DataFusionError::Plan(
            "the scheduler answered with no table".to_owned(),
        )),
    }
}
