//! Tables of a session that is connected to a cluster: opened there, described here.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{CreateExternalTable, DdlStatement, LogicalPlan};
use hepframe_root_source::Caches;

use super::client::ClusterClient;
use super::tables::{decode_table, encode_plan};
use super::wire::LogicalCodec;
use crate::dialect::LOCATION_SEPARATOR;
use crate::error::EngineError;
use crate::tables::{existing_path, looks_like_location};

/// Opens tables on a cluster; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ClusterTables {
    client: ClusterClient,
    codec: Arc<LogicalCodec>,
}

/// A table as the scheduler describes it.
#[derive(Debug)]
pub(crate) struct RemoteTable {
    plan: Vec<u8>,
    codec: Arc<LogicalCodec>,
}

impl ClusterTables {
    pub(crate) fn new(client: ClusterClient) -> Self {
        // What is decoded here is never read here.
        let codec = Arc::new(LogicalCodec::new(Caches::of_metadata(0)));
        Self { client, codec }
    }

    /// The table at a location, as the cluster sees it; `None` if the text is no location.
    pub(crate) async fn open(&self, text: &str) -> Result<Option<RemoteTable>> {
        let locations: Vec<String> = text.split(LOCATION_SEPARATOR).map(absolute).collect();
        if locations.iter().any(|text| !looks_like_location(text)) {
            return Ok(None);
        }
        let text = locations.join(&LOCATION_SEPARATOR.to_string());
        let plan = self.client.open_table(&text).await.map_err(external)?;
        let codec = Arc::clone(&self.codec);
        Ok((!plan.is_empty()).then_some(RemoteTable { plan, codec }))
    }
}

impl RemoteTable {
    /// Changes when the table does.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.plan.hash(&mut hasher);
        hasher.finish()
    }

    pub(crate) fn table(&self, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
        decode_table(&self.plan, state.task_ctx().as_ref(), &self.codec)
    }
}

/// `CREATE EXTERNAL TABLE`, carried out where the files are.
#[async_trait]
impl TableProviderFactory for ClusterTables {
    async fn create(
        &self,
        state: &dyn Session,
        command: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        let mut command = command.clone();
        command.locations = command
            .locations
            .iter()
            .map(|text| absolute(text))
            .collect();
        let plan = LogicalPlan::Ddl(DdlStatement::CreateExternalTable(Box::new(command)));
        let plan = encode_plan(&plan, &self.codec)?;
        let plan = self.client.create_table(plan).await.map_err(external)?;
        decode_table(&plan, state.task_ctx().as_ref(), &self.codec)
    }
}

/// A relative path as seen from here: the scheduler works in another directory.
fn absolute(text: &str) -> String {
    let is_relative = !text.contains("://") && !Path::new(text).is_absolute();
    if !is_relative || !(looks_like_location(text) || existing_path(text).is_some()) {
        return text.to_owned();
    }
    match std::env::current_dir() {
        Ok(here) => here
            .join(text.trim_start_matches("./"))
            .to_string_lossy()
            .into_owned(),
        Err(_) => text.to_owned(),
    }
}

fn external(error: EngineError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
