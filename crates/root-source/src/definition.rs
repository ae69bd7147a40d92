//! A table as plain values, so that another process can scan it without opening its files first.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use chrono::DateTime;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectMeta;
use object_store::path::Path;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use crate::caches::Caches;
use crate::fetch::displayed_at;
use crate::options::ScanOptions;
use crate::schema::{UnsupportedColumn, binary_schema};
use crate::table::RootTable;

/// All there is to know about a [`RootTable`] but its columns, which are an Arrow schema.
///
/// Files are listed with the sizes and times they had when the table was opened: a scan of a file
/// that has changed since is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDefinition {
    /// URL of the store that all files are in.
    pub store: String,
    /// The files, in order.
    pub files: Vec<FileDefinition>,
    /// The tree's path in the first file.
    pub tree_name: String,
    /// How scans read.
    pub options: ScanOptions,
    /// Columns of the files that the table leaves out.
    pub unsupported: Vec<UnsupportedColumn>,
    /// What a user should know about the columns.
    pub notes: Vec<String>,
}

impl TableDefinition {
    /// Entries of all files.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.files.iter().map(|file| file.entries).sum()
    }

    /// The file that an entry of the table is in, as people write it, and the entry in that file;
    /// `None` behind the last.
    #[must_use]
    pub fn place_of(&self, entry: u64) -> Option<(String, u64)> {
        let mut left = entry;
        for file in &self.files {
            if left < file.entries {
                return Some((displayed_at(&self.store, &file.path), left));
            }
            left -= file.entries;
        }
        None
    }

    fn among(mut self, entries: Range<u64>) -> Self {
        self.options.entries = Some(entries);
        self
    }
}

/// One file of a table, as it was when the table was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDefinition {
    /// Path in the store.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Time of its last change, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// The store's tag of its contents, if it has one.
    pub e_tag: Option<String>,
    /// Entries of its tree.
    pub entries: u64,
}

impl FileDefinition {
    pub(crate) fn new(meta: &ObjectMeta, entries: u64) -> Self {
        Self {
            path: meta.location.to_string(),
            size: meta.size,
            modified_ns: meta.last_modified.timestamp_nanos_opt().unwrap_or(0),
            e_tag: meta.e_tag.clone(),
            entries,
        }
    }

    pub(crate) fn meta(&self) -> Result<ObjectMeta> {
        Ok(ObjectMeta {
            location: Path::parse(&self.path)
                .map_err(|error| DataFusionError::External(Box::new(error)))?,
            last_modified: DateTime::from_timestamp_nanos(self.modified_ns),
            size: self.size,
            e_tag: self.e_tag.clone(),
            version: None,
        })
    }
}

/// What a session asks of every table of ROOT files, wherever it was opened.
pub trait RootColumns {
    /// Columns of the files that are not in the table, with the reason.
    fn unsupported_columns(&self) -> &[UnsupportedColumn];

    /// What a user should know about the columns, e.g. branches of one name that were renamed.
    fn notes(&self) -> &[String];

    /// Declares a text column binary, after a scan met bytes that are not UTF-8 (see
    /// [`not_utf8_column`](crate::not_utf8_column)). True if anything changed: plan again then.
    fn read_as_binary(&self, column: &str) -> bool;

    /// The table as plain values; with its schema they are enough to scan it elsewhere.
    fn definition(&self) -> TableDefinition;

    /// The table of these entries alone, counted over all its files in order.
    fn among(&self, entries: Range<u64>) -> Arc<dyn TableProvider>;
}

/// The table as one of ROOT files, if it is one.
#[must_use]
pub fn root_columns(table: &dyn TableProvider) -> Option<&dyn RootColumns> {
    if let Some(table) = table.downcast_ref::<RootTable>() {
        return Some(table);
    }
    table.downcast_ref::<DefinedTable>().map(|table| table as _)
}

impl RootColumns for RootTable {
    fn unsupported_columns(&self) -> &[UnsupportedColumn] {
        self.unsupported_columns()
    }

    fn notes(&self) -> &[String] {
        self.notes()
    }

    fn read_as_binary(&self, column: &str) -> bool {
        self.read_as_binary(column)
    }

    fn definition(&self) -> TableDefinition {
        TableDefinition {
            store: self.store().to_string(),
            files: self.file_definitions(),
            tree_name: self.tree_name().to_owned(),
            options: self.options().clone(),
            unsupported: self.unsupported_columns().to_vec(),
            notes: self.notes().to_vec(),
        }
    }

    fn among(&self, entries: Range<u64>) -> Arc<dyn TableProvider> {
        let definition = self.definition().among(entries);
        let caches = self.caches().clone();
        Arc::new(DefinedTable::new(definition, self.schema(), caches))
    }
}

/// A table that another process has opened; its files are opened here when it is scanned.
#[derive(Debug)]
pub struct DefinedTable {
    definition: TableDefinition,
    schema: RwLock<SchemaRef>,
    caches: Caches,
}

impl DefinedTable {
    /// The table of a definition and the schema that goes with it.
    #[must_use]
    pub fn new(definition: TableDefinition, schema: SchemaRef, caches: Caches) -> Self {
        Self {
            definition,
            schema: RwLock::new(schema),
            caches,
        }
    }
}

impl RootColumns for DefinedTable {
    fn unsupported_columns(&self) -> &[UnsupportedColumn] {
        &self.definition.unsupported
    }

    fn notes(&self) -> &[String] {
        &self.definition.notes
    }

    fn read_as_binary(&self, column: &str) -> bool {
        let mut schema = self.schema.write();
        binary_schema(&schema, column).is_some_and(|changed: Schema| {
            *schema = Arc::new(changed);
            true
        })
    }

    fn definition(&self) -> TableDefinition {
        self.definition.clone()
    }

    fn among(&self, entries: Range<u64>) -> Arc<dyn TableProvider> {
        let definition = self.definition().among(entries);
        let caches = self.caches.clone();
        Arc::new(DefinedTable::new(definition, self.schema(), caches))
    }
}

#[async_trait]
impl TableProvider for DefinedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema.read())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn statistics(&self) -> Option<Statistics> {
        let entries = self.definition.options.count_of(self.definition.entries());
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = usize::try_from(entries).map_or(Precision::Absent, Precision::Exact);
        if !self.definition.options.pin.is_empty() {
            // Its rows are counted to load columns, not to know their number.
            statistics = statistics.to_inexact();
        }
        Some(statistics)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let store = ObjectStoreUrl::parse(&self.definition.store)?;
        let files = self.definition.files.iter().map(FileDefinition::meta);
        let files = files.collect::<Result<Vec<_>>>()?;
        let table = RootTable::reopen(
            state,
            store,
            files,
            &self.definition,
            self.schema(),
            self.caches.clone(),
        )
        .await?;
        table.scan(state, projection, filters, limit).await
    }
}
