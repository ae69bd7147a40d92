//! One tree of one or many files, as a DataFusion table.

mod groups;

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::physical_plan::FileScanConfigBuilder;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectMeta;
use parking_lot::RwLock;

use crate::caches::Caches;
use crate::definition::{FileDefinition, TableDefinition};
use crate::error::SourceError;
use crate::fetch::{FileReader, displayed};
use crate::list::list;
use crate::metadata_cache::CachedTree;
use crate::open::open_trees;
use crate::options::ScanOptions;
use crate::placement::Placement;
use crate::schema::{FileShape, UnsupportedColumn, binary_schema, unify};
use crate::source::RootSource;
use crate::uri::RootUri;

/// A tree of one or many ROOT files.
#[derive(Debug)]
pub struct RootTable {
    store: ObjectStoreUrl,
    files: Vec<TableFile>,
    schema: RwLock<SchemaRef>,
    tree_name: String,
    options: ScanOptions,
    caches: Caches,
    unsupported: Vec<UnsupportedColumn>,
    notes: Vec<String>,
}

#[derive(Debug)]
struct TableFile {
    meta: ObjectMeta,
    opened: Arc<CachedTree>,
}

impl RootTable {
    /// Opens one tree of one or many files (a list, globs, directories of `*.root`).
    ///
    /// A tree named in a URI wins over `options.tree`; without either, each file must have
    /// exactly one tree, of the same name in all.
    ///
    /// # Errors
    ///
    /// No file found (with what was tried), no such tree (with those there are), columns whose
    /// types do not fit together (with both files), bad bytes, failed reads.
    pub async fn open(
        state: &dyn Session,
        uris: &[RootUri],
        mut options: ScanOptions,
        caches: Caches,
    ) -> Result<Self> {
        let (store_url, listed) = list_all(state, uris, &options).await?;
        let store = state.runtime_env().object_store(&store_url)?;
        let readers = listed
            .iter()
            .map(|(meta, tree)| {
                let store = Arc::clone(&store);
                (
                    FileReader::new(store, &store_url, meta.clone(), &options),
                    tree.clone(),
                )
            })
            .collect();
        let opened = open_trees(readers, &caches.metadata).await?;

        let names: Vec<String> = listed
            .iter()
            .map(|(meta, _)| displayed(&store_url, &meta.location))
            .collect();
        let tree_name = settle_trees(&listed, &names, &opened, &mut options)?;
        let shapes: Vec<FileShape<'_>> = opened
            .iter()
            .zip(&names)
            .map(|(cached, file)| FileShape {
                file,
                tree: &cached.tree.path,
                columns: &cached.shape,
                binary: cached.binary_columns(),
            })
            .collect();
        let unified = unify(&shapes)?;
        let files = listed
            .into_iter()
            .zip(opened)
            .map(|((meta, _), opened)| TableFile { meta, opened })
            .collect();
        Ok(Self {
            store: store_url,
            files,
            schema: RwLock::new(unified.schema),
            tree_name,
            options,
            caches,
            unsupported: unified.unsupported,
            notes: unified.notes,
        })
    }

    /// Opens the files of a table that was opened before, maybe by another process.
    ///
    /// # Errors
    ///
    /// Files that have changed since, bad bytes, failed reads.
    pub(crate) async fn reopen(
        state: &dyn Session,
        store_url: ObjectStoreUrl,
        metas: Vec<ObjectMeta>,
        definition: &TableDefinition,
        schema: SchemaRef,
        caches: Caches,
    ) -> Result<Self> {
        let store = state.runtime_env().object_store(&store_url)?;
        let options = &definition.options;
        let readers = metas
            .iter()
            .map(|meta| {
                let store = Arc::clone(&store);
                let reader = FileReader::new(store, &store_url, meta.clone(), options);
                let tree = options.tree_of(meta.location.as_ref());
                (reader, tree.map(str::to_owned))
            })
            .collect();
        let opened = open_trees(readers, &caches.metadata).await?;
        let files = metas
            .into_iter()
            .zip(opened)
            .map(|(meta, opened)| TableFile { meta, opened })
            .collect();
        Ok(Self {
            store: store_url,
            files,
            schema: RwLock::new(schema),
            tree_name: definition.tree_name.clone(),
            options: options.clone(),
            caches,
            unsupported: definition.unsupported.clone(),
            notes: definition.notes.clone(),
        })
    }

    pub(crate) fn file_definitions(&self) -> Vec<FileDefinition> {
        self.files
            .iter()
            .map(|file| FileDefinition::new(&file.meta, file.opened.tree.entries))
            .collect()
    }

    /// Columns of the files that are not in the table, with the reason.
    #[must_use]
    pub fn unsupported_columns(&self) -> &[UnsupportedColumn] {
        &self.unsupported
    }

    /// Name of the tree (of the first file, if URIs named several).
    #[must_use]
    pub fn tree_name(&self) -> &str {
        &self.tree_name
    }

    /// Entries of all files.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.files.iter().map(|file| file.opened.tree.entries).sum()
    }

    /// Number of files.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// What a user should know about the columns, e.g. branches of one name that were renamed.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How scans of this table read.
    #[must_use]
    pub fn options(&self) -> &ScanOptions {
        &self.options
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    /// Size and time of the files, to see whether one has changed since.
    pub fn file_versions(&self) -> impl Iterator<Item = &ObjectMeta> {
        self.files.iter().map(|file| &file.meta)
    }

    /// The store the files are in.
    #[must_use]
    pub fn store(&self) -> &ObjectStoreUrl {
        &self.store
    }

    /// Declares a text column binary, after a scan met bytes that are not UTF-8 (see
    /// [`not_utf8_column`](crate::not_utf8_column)). True if anything changed: plan again then.
    /// Tables opened later over the same files start that way.
    pub fn read_as_binary(&self, column: &str) -> bool {
        let mut schema = self.schema.write();
        let Some(changed) = binary_schema(&schema, column) else {
            return false;
        };
        *schema = Arc::new(changed);
        for file in &self.files {
            file.opened.remember_binary(column);
        }
        true
    }

    /// Exact counts of rows and nulls; sizes are those of the unpacked baskets.
    fn statistics_of(&self, schema: &Schema, entries: u64) -> Statistics {
        let is_whole = entries == self.entries();
        let column_statistics = schema
            .fields()
            .iter()
            .map(|field| {
                let mut column = ColumnStatistics::new_unknown();
                if !field.is_nullable() {
                    column.null_count = Precision::Exact(0);
                } else if is_whole {
                    let lacking = self
                        .files
                        .iter()
                        .filter(|file| file.opened.tree.column(field.name()).is_none());
                    let nulls: u64 = lacking.map(|file| file.opened.tree.entries).sum();
                    column.null_count = exact(nulls);
                }
                column
            })
            .collect();
        let all_columns = self.files.iter().flat_map(|file| &file.opened.tree.columns);
        let bytes: u64 = all_columns.map(|column| column.tot_bytes).sum();
        Statistics {
            num_rows: exact(entries),
            total_byte_size: exact(bytes).to_inexact(),
            column_statistics,
        }
    }
}

fn exact(n: u64) -> Precision<usize> {
    usize::try_from(n).map_or(Precision::Absent, Precision::Exact)
}

/// A file to open and the tree asked of it.
type Listed = (ObjectMeta, Option<String>);

/// All files of all URIs, each once, in order.
async fn list_all(
    state: &dyn Session,
    uris: &[RootUri],
    options: &ScanOptions,
) -> Result<(ObjectStoreUrl, Vec<Listed>)> {
    let mut store: Option<(ObjectStoreUrl, &RootUri)> = None;
    let mut listed: Vec<Listed> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for uri in uris {
        let listing = list(state, &uri.location).await?;
        match &store {
            Some((first, left)) if *first != listing.store => {
                let (left, right) = (left.to_string(), uri.to_string());
                return Err(SourceError::SeveralStores { left, right }.into());
            }
            _ => store = Some((listing.store, uri)),
        }
        let tree = uri.tree.clone().or_else(|| options.tree.clone());
        for meta in listing.files {
            if seen.insert((meta.location.clone(), tree.clone())) {
                listed.push((meta, tree.clone()));
            }
        }
    }
    match store {
        Some((store, _)) => Ok((store, listed)),
        None => Err(SourceError::NoLocation.into()),
    }
}

/// Writes into the options which tree scans read, and returns its name.
///
/// Trees that were named differ only if the user said so; trees that were found must agree.
fn settle_trees(
    listed: &[Listed],
    names: &[String],
    opened: &[Arc<CachedTree>],
    options: &mut ScanOptions,
) -> Result<String, SourceError> {
    let (Some(first), Some((_, first_asked))) = (opened.first(), listed.first()) else {
        return Err(SourceError::NoLocation);
    };
    let main = first_asked
        .clone()
        .unwrap_or_else(|| first.tree.path.clone());
    for (((meta, asked), cached), name) in listed.iter().zip(opened).zip(names) {
        let tree = asked.clone().unwrap_or_else(|| cached.tree.path.clone());
        if tree == main {
            continue;
        }
        if asked.is_none() {
            return Err(SourceError::SeveralTrees {
                left_file: names[0].clone(),
                left_tree: main,
                right_file: name.clone(),
                right_tree: tree,
            });
        }
        options.tree_of_file.insert(meta.location.to_string(), tree);
    }
    options.tree = Some(main);
    Ok(first.tree.path.clone())
}

#[async_trait]
impl TableProvider for RootTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema.read())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        let entries = self.options.count_of(self.entries());
        let statistics = self.statistics_of(&self.schema(), entries);
        if self.options.pin.is_empty() {
            Some(statistics)
        } else {
            Some(statistics.to_inexact())
        }
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let fields = schema.fields();
        let mut columns: Vec<String> = match projection {
            Some(indices) => indices
                .iter()
                .filter_map(|&i| fields.get(i))
                .map(|f| f.name().clone())
                .collect(),
            None => fields.iter().map(|field| field.name().clone()).collect(),
        };
        columns.extend(self.options.pin.iter().cloned());
        let target = state.config().target_partitions();
        let placement = state.config().get_extension::<Placement>();
        let (groups, entries) = self.file_groups(&columns, target, limit, placement.as_deref());
        let mut statistics = self.statistics_of(&schema, entries);
        if !self.options.pin.is_empty() {
            // With an exact number of rows, counting them would not run the scan.
            statistics = statistics.to_inexact();
        }
        let source = RootSource::new(schema, self.options.clone(), self.caches.clone());
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
