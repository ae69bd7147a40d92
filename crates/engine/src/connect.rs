//! Sessions whose queries run on a cluster.

use std::sync::Arc;

use ballista_core::extension::SessionConfigExt;
use datafusion::catalog::TableProviderFactory;
use datafusion::execution::SessionStateBuilder;
use hepframe_root_source::Caches;

use crate::cluster::wire::{LogicalCodec, QueryOptions, cluster_config, cluster_state};
use crate::cluster::{ClusterClient, ClusterPlanner, ClusterTables};
use crate::error::{EngineError, Result};
use crate::session::{Place, Session, SessionOptions};
use crate::tables::{PathTables, TableSource};

/// What `CREATE EXTERNAL TABLE ... STORED AS` takes.
const STORED_AS: [&str; 6] = ["ROOT", "PARQUET", "CSV", "JSON", "NDJSON", "ARROW"];

impl Session {
    /// A session whose queries run on the cluster at `hepframe://host:port`.
    ///
    /// The same calls give the same answers as in [`Session::local`]. Files are opened and read by
    /// the cluster; a relative path is taken from this process's directory, so it must name the
    /// same file there.
    ///
    /// # Errors
    /// [`EngineError::ClusterUrl`], [`EngineError::Unreachable`].
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, &SessionOptions::default()).await
    }

    /// As [`Session::connect`], with settings. The sizes of caches and threads are the cluster's.
    ///
    /// # Errors
    /// As [`Session::connect`]; executors of another version than ours.
    pub async fn connect_with(url: &str, options: &SessionOptions) -> Result<Self> {
        let client = ClusterClient::connect(url, options.token.as_deref()).await?;
        let ours = env!("CARGO_PKG_VERSION");
        let theirs = client.info().await?.version;
        if theirs != ours {
            return Err(EngineError::Remote {
                message: format!(
                    "{url} runs hepframe {theirs} and this is {ours}; use the same version on both \
                     sides"
                ),
            });
        }
        let tables = ClusterTables::new(client.clone());
        let paths = Arc::new(PathTables::new(TableSource::Cluster(Box::new(
            tables.clone(),
        ))));
        let mut config = cluster_config().with_ballista_logical_extension_codec(Arc::new(
            LogicalCodec::new(Caches::of_metadata(0)),
        ));
        if let Some(rows) = options.batch_rows {
            config = config.with_batch_size(rows.max(1));
        }
        if let Some(user) = &options.user {
            config
                .options_mut()
                .extensions
                .insert(QueryOptions { user: user.clone() });
        }
        if let Some(token) = &options.token {
            let header = ("authorization".to_owned(), format!("Bearer {token}"));
            config = config.with_ballista_grpc_metadata([header].into());
        }
        let planner = ClusterPlanner::new(client.address()?, &config);
        let session = |source| EngineError::Session { source };
        let state = cluster_state(config, Arc::default()).map_err(session)?;
        let mut state = SessionStateBuilder::new_from_existing(state)
            .with_query_planner(Arc::new(planner))
            .build();
        let factory: Arc<dyn TableProviderFactory> = Arc::new(tables);
        for format in STORED_AS {
            state
                .table_factories_mut()
                .insert(format.to_owned(), Arc::clone(&factory));
        }
        Ok(Self::of(state, paths, Place::Cluster(Box::new(client))))
    }
}
