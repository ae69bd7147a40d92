//! The one place that makes a session, and the one door for SQL.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::catalog::{DynamicFileCatalog, TableProvider};
use datafusion::common::TableReference;
use datafusion::common::config::Dialect;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use hepframe_root_source::{Caches, DiskOptions, FileReport, RootTableFactory, RootUri};

use crate::cache::default_cache_bytes;
use crate::cluster::ClusterClient;
use crate::dialect::{LOCATION_SEPARATOR, parse_statements};
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::functions::function_names;
use crate::physics::with_physics;
use crate::query::Query;
use crate::statement::Statement;
use crate::tables::{PathTables, TableSource};

/// Settings of a session; the defaults suit one process on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// Tasks that work at the same time; `None` for as many as there are cores.
    pub threads: Option<usize>,
    /// Rows in a batch; `None` for what suits the readers.
    pub batch_rows: Option<usize>,
    /// Bytes that sorts, joins and aggregates may hold before they spill to disk; `None` for no
    /// limit.
    pub memory_bytes: Option<usize>,
    /// Bytes for descriptions of files already opened.
    pub metadata_bytes: usize,
    /// Bytes of decoded columns that are kept in memory between queries; 0 for none, `None` for a
    /// share of the memory there is ([`default_cache_bytes`](crate::default_cache_bytes)).
    pub cache_bytes: Option<u64>,
    /// Where decoded columns are kept on disk too, so that they outlive the process; `None` for
    /// nowhere.
    pub cache_disk: Option<DiskOptions>,
    /// Whose queries these are, for a cluster that users share.
    pub user: Option<String>,
    /// What tells a cluster who asks: sent with every call to its scheduler as `authorization: Bearer`.
    pub token: Option<String>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            threads: None,
            batch_rows: None,
            memory_bytes: None,
            metadata_bytes: 512 << 20,
            cache_bytes: None,
            cache_disk: None,
            user: None,
            token: None,
        }
    }
}

/// A place to run SQL: tables, views and settings live here. Cheap to clone.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    context: SessionContext,
    paths: Arc<PathTables>,
    place: Place,
}

/// Where a session's queries run.
pub(crate) enum Place {
    Here(Caches),
    Cluster(Box<ClusterClient>),
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.inner.context.session_id())
            .finish()
    }
}

/// A table of the session.
#[derive(Debug, Clone)]
pub struct TableInfo {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub schema: SchemaRef,
}

impl Session {
    /// A session that runs in this process.
    ///
    /// # Errors
    /// If the machine lacks what a session needs (a directory for spilled data, or for cached
    /// columns where they are to be kept on disk).
    pub fn local() -> Result<Self> {
        Self::local_with(&SessionOptions::default())
    }

    /// As [`Session::local`], with settings.
    ///
    /// # Errors
    /// As [`Session::local`].
    pub fn local_with(options: &SessionOptions) -> Result<Self> {
        let bytes = options.cache_bytes.unwrap_or_else(default_cache_bytes);
        let caches = Caches::of_metadata(options.metadata_bytes)
            .with_column_cache(bytes, options.cache_disk.clone())
            .map_err(|error| EngineError::Session {
                source: error.into(),
            })?;
        Self::local_sharing(options, caches)
    }

    /// As [`Session::local_with`], with caches that other sessions of the process use too.
    ///
    /// # Errors
    /// As [`Session::local`].
    pub fn local_sharing(options: &SessionOptions, caches: Caches) -> Result<Self> {
        let paths = Arc::new(PathTables::new(TableSource::Here(caches.clone())));
        // A remembered directory would hide files that a running job adds to it.
        let mut runtime = RuntimeEnvBuilder::new().with_object_list_cache_limit(0);
        if let Some(bytes) = options.memory_bytes {
            runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
        }
        let runtime = runtime
            .build_arc()
            .map_err(|source| EngineError::Session { source })?;
        let builder = SessionStateBuilder::new()
            .with_config(configuration(options))
            .with_runtime_env(runtime)
            .with_default_features()
            .with_table_factory(
                "ROOT".to_owned(),
                Arc::new(RootTableFactory::new(caches.clone())),
            );
        let state = with_physics(builder).map_err(|source| EngineError::Session { source })?;
        Ok(Self::of(state, paths, Place::Here(caches)))
    }

    /// Puts a session together around its state.
    pub(crate) fn of(mut state: SessionState, paths: Arc<PathTables>, place: Place) -> Self {
        let catalogs = Arc::clone(state.catalog_list());
        state.register_catalog_list(Arc::new(DynamicFileCatalog::new(
            catalogs,
            Arc::clone(&paths) as _,
        )));
        let context = SessionContext::new_with_state(state);
        paths.set_session(context.state_weak_ref());
        Self {
            inner: Arc::new(Inner {
                context,
                paths,
                place,
            }),
        }
    }

    /// The cluster that queries run on; `None` for this process.
    #[must_use]
    pub fn cluster(&self) -> Option<&ClusterClient> {
        match &self.inner.place {
            Place::Here(_) => None,
            Place::Cluster(client) => Some(client),
        }
    }

    /// The caches of this process that the session uses; none on a cluster.
    #[must_use]
    pub fn caches(&self) -> Option<Caches> {
        match &self.inner.place {
            Place::Here(caches) => Some(caches.clone()),
            Place::Cluster(_) => None,
        }
    }

    /// Parses SQL: one or several statements, separated by `;`.
    ///
    /// All SQL enters here, whoever calls. Nothing runs yet; each statement is planned and run by
    /// itself, in order, because the second may need what the first creates.
    ///
    /// # Errors
    /// [`EngineError::Syntax`], with the place.
    pub fn sql(&self, text: &str) -> Result<Vec<Statement>> {
        let statements = parse_statements(text)?;
        Ok(statements
            .into_iter()
            .map(|parsed| Statement::new(self.clone(), parsed))
            .collect())
    }

    /// Plans a text that is exactly one statement.
    ///
    /// # Errors
    /// As [`Session::sql`] and [`Statement::plan`].
    pub async fn query(&self, text: &str) -> Result<Query> {
        let statements = self.sql(text)?;
        match <[Statement; 1]>::try_from(statements) {
            Ok([statement]) => statement.plan().await,
            Err(statements) => Err(EngineError::NotOneStatement {
                found: statements.len(),
            }),
        }
    }

    /// Runs all statements of a text and returns the rows of the last one.
    ///
    /// # Errors
    /// Whatever stops one of them; later ones do not run.
    pub async fn collect(&self, text: &str) -> Result<Vec<RecordBatch>> {
        let mut rows = Vec::new();
        for statement in self.sql(text)? {
            rows = statement.plan().await?.collect().await?;
        }
        Ok(rows)
    }

    /// Makes files known under a name. Several locations of ROOT files become one table.
    ///
    /// # Errors
    /// As a query that names the locations.
    pub async fn register(&self, name: &str, locations: &[String]) -> Result<()> {
        let table = self.located(locations).await?;
        self.inner
            .context
            .register_table(TableReference::bare(name), table)
            .map_err(|error| self.explain(error))?;
        Ok(())
    }

    /// The table that these locations are together.
    pub(crate) async fn located(&self, locations: &[String]) -> Result<Arc<dyn TableProvider>> {
        let text = locations.join(&LOCATION_SEPARATOR.to_string());
        let state = self.inner.context.state();
        self.inner.paths.begin_statement();
        match self.inner.paths.table(&state, &text).await {
            Ok(Some(table)) => Ok(table),
            Ok(None) => Err(EngineError::FileNotFound {
                location: text,
                nearest: Vec::new(),
            }),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// What is in a ROOT file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn inspect(&self, location: &str) -> Result<FileReport> {
        let state = self.inner.context.state();
        match &self.inner.place {
            Place::Cluster(client) => client.inspect(location).await,
            Place::Here(caches) => {
                let uri = RootUri::parse(location);
                hepframe_root_source::inspect(&state, &uri, &caches.metadata)
                    .await
                    .map_err(|error| self.explain(error))
            }
        }
    }

    /// Tables and views of the session, by name; not those that SQL named by location.
    pub async fn tables(&self) -> Vec<TableInfo> {
        let mut tables = Vec::new();
        let Some(schema) = self.default_schema() else {
            return tables;
        };
        for name in self.table_names() {
            if let Ok(Some(table)) = schema.table(&name).await {
                tables.push(TableInfo {
                    name,
                    schema: table.schema(),
                });
            }
        }
        tables
    }

    /// Tables that SQL named by location so far, as far as they are still remembered.
    #[must_use]
    pub fn located_tables(&self) -> Vec<TableInfo> {
        self.inner.paths.remembered()
    }

    /// Names of all functions.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        function_names(&self.inner.context.state_ref().read())
    }

    pub(crate) fn context(&self) -> &SessionContext {
        &self.inner.context
    }

    pub(crate) fn paths(&self) -> &PathTables {
        &self.inner.paths
    }

    /// Names of the session's tables, sorted.
    pub(crate) fn table_names(&self) -> Vec<String> {
        let mut names = self
            .default_schema()
            .map_or_else(Vec::new, |schema| schema.table_names());
        names.sort_unstable();
        names
    }

    pub(crate) fn default_schema(&self) -> Option<Arc<dyn datafusion::catalog::SchemaProvider>> {
        let state = self.inner.context.state_ref();
        let state = state.read();
        let options = &state.config_options().catalog;
        state
            .catalog_list()
            .catalog(&options.default_catalog)?
            .schema(&options.default_schema)
    }

    pub(crate) fn explain(&self, error: datafusion::error::DataFusionError) -> EngineError {
        self.explain_over(&[], error)
    }

    /// As [`explain`](Self::explain), about a query over these tables.
    pub(crate) fn explain_over(
        &self,
        tables: &[NamedTable],
        error: datafusion::error::DataFusionError,
    ) -> EngineError {
        let state = self.inner.context.state();
        let circumstances = crate::explain::Circumstances {
            state: &state,
            tables,
            aliases: &[],
            missing: &[],
            session_tables: &self.table_names(),
        };
        crate::explain::explain(error, &circumstances)
    }
}

/// The SQL that hepframe speaks: `DuckDB`'s grammar (for `x -> ...`), names as written.
fn configuration(options: &SessionOptions) -> SessionConfig {
    let mut config = SessionConfig::new().with_information_schema(true);
    if let Some(threads) = options.threads {
        config = config.with_target_partitions(threads.max(1));
    }
    if let Some(rows) = options.batch_rows {
        config = config.with_batch_size(rows.max(1));
    }
    speak_our_sql(config)
}

/// Sets the dialect, wherever a session lives.
pub(crate) fn speak_our_sql(mut config: SessionConfig) -> SessionConfig {
    let sql = &mut config.options_mut().sql_parser;
    sql.dialect = Dialect::DuckDB;
    sql.enable_ident_normalization = false;
    config
}
