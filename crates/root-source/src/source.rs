//! The scan as DataFusion sees it: a `FileSource` that takes projection and filters.
//!
//! A plan holds a stock `DataSourceExec` over `FileScanConfig`, because distributed schedulers
//! cut exactly that leaf into tasks (docs/adr/0003-scan-as-file-source.md). Everything a scan
//! needs is in the file groups (whose `range` counts entries, not bytes), the table's schema,
//! the predicate and [`ScanOptions`]; the caches only save work.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::datasource::physical_plan::{FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, conjunction};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, apply_expression_roots};
use object_store::ObjectStore;

use crate::caches::Caches;
use crate::metrics::{ColumnsSeen, FilesSeen, ScanMetrics};
use crate::options::ScanOptions;
use crate::scan::{Filter, PartitionOpener, RunFiles};

/// Columns named in `EXPLAIN` before the rest is only counted.
const MOST_COLUMNS_SHOWN: usize = 40;

/// Reads entries of ROOT trees for a `DataSourceExec`.
#[derive(Debug, Clone)]
pub struct RootSource {
    table_schema: TableSchema,
    options: ScanOptions,
    caches: Caches,
    projection: SplitProjection,
    predicate: Option<Arc<dyn PhysicalExpr>>,
    batch_rows: usize,
    files_seen: FilesSeen,
    columns_seen: ColumnsSeen,
    run: RunFiles,
    metrics: ExecutionPlanMetricsSet,
}

/// DataFusion's own default, for sources that are opened without being told.
const DEFAULT_BATCH_ROWS: usize = 8192;

impl RootSource {
    /// A source of all columns of `table_schema`, without filters.
    #[must_use]
    pub fn new(table_schema: impl Into<TableSchema>, options: ScanOptions, caches: Caches) -> Self {
        let table_schema = table_schema.into();
        Self {
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            batch_rows: options.batch_rows.unwrap_or(DEFAULT_BATCH_ROWS),
            options,
            caches,
            predicate: None,
            files_seen: FilesSeen::default(),
            columns_seen: ColumnsSeen::default(),
            run: RunFiles::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The same source with a filter over the table's columns (all other filters are dropped).
    #[must_use]
    pub fn with_predicate(mut self, predicate: Option<Arc<dyn PhysicalExpr>>) -> Self {
        self.predicate = predicate;
        self
    }

    /// The settings, for whoever writes the plan down.
    #[must_use]
    pub fn options(&self) -> &ScanOptions {
        &self.options
    }

    /// The filter that the scan judges, over the table's columns.
    #[must_use]
    pub fn predicate(&self) -> Option<&Arc<dyn PhysicalExpr>> {
        self.predicate.as_ref()
    }

    pub(crate) fn has_predicate(&self) -> bool {
        self.predicate.is_some()
    }

    /// Fields the predicate needs, in the table's order.
    fn filter_fields(&self) -> Vec<FieldRef> {
        let schema = self.table_schema.file_schema();
        let mut indices: Vec<usize> = self
            .predicate
            .iter()
            .flat_map(collect_columns)
            .map(|column| column.index())
            .collect();
        indices.sort_unstable();
        indices.dedup();
        indices
            .into_iter()
            .filter_map(|i| schema.fields().get(i).cloned())
            .collect()
    }

    fn filter_for_scan(&self) -> Result<Option<Filter>> {
        let Some(predicate) = &self.predicate else {
            return Ok(None);
        };
        let fields = self.filter_fields();
        let schema = Arc::new(Schema::new(fields));
        let predicate = reassign_expr_columns(Arc::clone(predicate), &schema)?;
        Ok(Some(Filter::new(schema, predicate)))
    }

    /// The columns to pin, each once.
    fn pinned_columns(&self) -> Result<SchemaRef> {
        let schema = self.table_schema.file_schema();
        let mut indices = Vec::with_capacity(self.options.pin.len());
        for name in &self.options.pin {
            indices.push(schema.index_of(name)?);
        }
        indices.sort_unstable();
        indices.dedup();
        Ok(Arc::new(schema.project(&indices)?))
    }

    /// True if this filter can be judged here: our columns only, and the same at every call.
    fn takes(&self, filter: &Arc<dyn PhysicalExpr>) -> bool {
        let schema = self.table_schema.file_schema();
        let is_ours = |index: usize, name: &str| {
            schema
                .fields()
                .get(index)
                .is_some_and(|field| field.name() == name)
        };
        !is_volatile(filter)
            && collect_columns(filter)
                .iter()
                .all(|column| is_ours(column.index(), column.name()))
    }
}

impl FileSource for RootSource {
    fn create_file_opener(
        &self,
        object_store: Arc<dyn ObjectStore>,
        base_config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let opener = PartitionOpener {
            store: object_store,
            store_url: base_config.object_store_url.clone(),
            options: self.options.clone(),
            caches: self.caches.clone(),
            schema: Arc::new(file_schema.project(&self.projection.file_indices)?),
            filter: self.filter_for_scan()?,
            batch_rows: self.batch_rows.max(1),
            limit: base_config.limit,
            pin: self.pinned_columns()?,
            files_seen: self.files_seen.clone(),
            columns_seen: self.columns_seen.clone(),
            looks: self.run.begin(partition),
            metrics: ScanMetrics::new(&self.metrics, partition),
        };
        ProjectionOpener::try_new(self.projection.clone(), opener.into_opener(), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        let batch_rows = self
            .options
            .batch_rows
            .map_or(batch_size, |rows| rows.min(batch_size));
        Arc::new(Self {
            batch_rows,
            ..self.clone()
        })
    }

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.predicate.clone()
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &'static str {
        "root"
    }

    /// DataFusion's splitter would take entry numbers for byte offsets.
    fn supports_repartitioning(&self) -> bool {
        false
    }

    /// `RootTable::scan` has cut the files already, at borders only it knows.
    fn repartitioned(
        &self,
        _target_partitions: usize,
        _repartition_file_min_size: usize,
        _output_ordering: Option<LexOrdering>,
        _config: &FileScanConfig,
    ) -> Result<Option<FileScanConfig>> {
        Ok(None)
    }

    fn try_pushdown_projection(
        &self,
        projection: &ProjectionExprs,
    ) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self {
            projection,
            ..self.clone()
        })))
    }

    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let answers: Vec<PushedDown> = filters
            .iter()
            .map(|filter| {
                if self.takes(filter) {
                    PushedDown::Yes
                } else {
                    PushedDown::No
                }
            })
            .collect();
        let taken: Vec<Arc<dyn PhysicalExpr>> = filters
            .into_iter()
            .filter(|filter| self.takes(filter))
            .collect();
        let result = FilterPushdownPropagation::with_parent_pushdown_result(answers);
        if taken.is_empty() {
            return Ok(result);
        }
        let predicate = conjunction(self.predicate.iter().cloned().chain(taken));
        let source: Arc<dyn FileSource> = Arc::new(Self {
            predicate: Some(predicate),
            ..self.clone()
        });
        Ok(result.with_updated_node(source))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let projected = self
            .projection
            .source
            .iter()
            .map(|projected| &projected.expr);
        apply_expression_roots(self.predicate.iter().chain(projected), f)
    }

    fn fmt_extra(&self, t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = self.options.tree.as_deref().unwrap_or("?");
        let columns = self.columns_read();
        match t {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, ", tree={tree}, columns=[{columns}]")?;
                match &self.predicate {
                    Some(predicate) => write!(f, ", predicate={predicate}"),
                    None => Ok(()),
                }
            }
            DisplayFormatType::TreeRender => {
                writeln!(f, "tree={tree}")?;
                writeln!(f, "columns={columns}")?;
                match &self.predicate {
                    Some(predicate) => writeln!(f, "predicate={predicate}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl RootSource {
    /// Names of the columns that are read, the filter's included.
    fn columns_read(&self) -> String {
        let schema = self.table_schema.file_schema();
        let mut names: Vec<&str> = self
            .projection
            .file_indices
            .iter()
            .map(|&i| schema.field(i).name().as_str())
            .collect();
        let filter_fields = self.filter_fields();
        for field in &filter_fields {
            if !names.contains(&field.name().as_str()) {
                names.push(field.name());
            }
        }
        if names.len() > MOST_COLUMNS_SHOWN {
            let more = names.len() - MOST_COLUMNS_SHOWN;
            return format!("{} and {more} more", names[..MOST_COLUMNS_SHOWN].join(", "));
        }
        names.join(", ")
    }
}
